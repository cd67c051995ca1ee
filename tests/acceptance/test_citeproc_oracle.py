"""The official CSL processor prints the same text, on the same items and the same (patched) styles.

Differences that remain are known by their kind (docs/bibliography.md has the table); a kind that is not known fails.
"""

import html
import json
import os
import random
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from acceptance.citations import bodies
from evidence.bibliography.csl import item_of
from evidence.bibliography.render import PandocRequest, engine_json, find_pandoc, render
from evidence.bibliography.styles import apart, find_style, patched
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Label, SplVersion
from evidence.sources.pubmed_xml import read_article, split_articles
from factories import SPECIMENS, subject_of

pytestmark = pytest.mark.acceptance

RECORDS = 4000
MADE_UP = 120  # labels, and as many pages
LEAST = 0.995

QUOTES = "\"'\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
QUOTES += "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
# Each kind by what is left when both texts are brought to what they agree on.
KNOWN = {
    "a space behind the comma between two ranges of pages": lambda text: re.sub(r"(?<=\d),\s*(?=\d)", ",", text),
    "a space behind a point inside an article number": lambda text: re.sub(r"\.\s+(?=\d)", ".", text),
    "a superscript TM as its own character": lambda text: text.replace("\N{TRADE MARK SIGN}", "TM"),
    "whether EG123 counts as a number": lambda text: text.replace("Guideline no.: ", "Guideline "),
    "quotation marks, and the stop or comma beside them": lambda text: re.sub(rf"[.,]?[{QUOTES}]+[.,]?", "", text),
    "the end of the first of two ranges": lambda text: re.sub(r":(\d+)-\d+,\s*(?=\d)", r":\1-,", text),
    "a space in a range of dates over two years": lambda text: re.sub(r"(-\d{4}) (?=[A-Z])", r"\1", text),
    "a forename with a lower-case particle and a hyphen": lambda text: re.sub(r"\b([A-Z]) de(?:-| )\w+", r"\1", text),
}


PACKAGES = ("citeproc@2.4.63", "citeproc-locales@1.0.2")
FOLDER = Path(os.environ.get("EVIDENCE_ORACLE", Path(__file__).resolve().parents[2] / "work/oracle"))
SCRIPT = Path(__file__).with_name("citeproc_oracle.js")
_ENTRY = re.compile(r'<div id="ref-([^"]+)"[^>]*>(.*?)</div>\s*(?=<div id="ref-|</div>\s*$)', re.DOTALL)


def installed() -> Path:
    """The folder in which npm has put citeproc-js; skips the test where there is no node or no registry."""
    if (FOLDER / "node_modules/citeproc").is_dir() and (FOLDER / "node_modules/citeproc-locales").is_dir():
        return FOLDER
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip("needs node and npm")
    FOLDER.mkdir(parents=True, exist_ok=True)
    asked = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(FOLDER)]
    done = subprocess.run([*asked, *PACKAGES], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        pytest.skip(f"npm could not install citeproc: {done.stderr.strip()[-200:]}")
    return FOLDER


def by_citeproc_js(csl_json: bytes, style: bytes, scratch: Path) -> dict[str, str]:
    """The printed text of every item by its id."""
    folder = installed()
    (scratch / "style.csl").write_bytes(style)
    (scratch / "items.json").write_bytes(csl_json)
    asked = ["node", str(SCRIPT), str(folder), str(scratch / "style.csl"), str(scratch / "items.json")]
    done = subprocess.run(asked, capture_output=True, check=True, timeout=600)
    entries: list[list[str]] = json.loads(done.stdout)
    return {name: flat(entry) for name, entry in entries}


def by_pandoc(csl_json: bytes, style: bytes) -> dict[str, str]:
    """The same by pandoc."""
    number = len(json.loads(csl_json))
    written = render(PandocRequest(csl_json, style, "html", number), find_pandoc()).decode()
    return {html.unescape(name): flat(entry) for name, entry in _ENTRY.findall(written)}


def flat(markup: str) -> str:
    """The text alone, white space single, groups apart from persons as every form has them in the end."""
    boxes = re.sub(r"</?div[^>]*>", " ", markup)
    return apart(" ".join(html.unescape(re.sub(r"<[^>]+>", "", boxes)).split()))


def difference(ours: str, theirs: str) -> tuple[str, str]:
    """Where two texts part, with a little of what surrounds it."""
    start = _in_common(ours, theirs)
    end = _in_common(ours[start:][::-1], theirs[start:][::-1])
    first = max(start - 15, 0)
    return ours[first : len(ours) - end + 10], theirs[first : len(theirs) - end + 10]


def _in_common(one: str, other: str) -> int:
    """The length of the common beginning."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


@pytest.fixture(scope="module")
def items():
    chance = random.Random(7)
    raws = [raw for body in bodies() for _, raw in split_articles(body)]
    picked = chance.sample(raws, RECORDS)
    real = [subject_of(f"r{at}", read_article(raw)) for at, raw in enumerate(picked)]
    return [item_of(one) for one in (*real, *made_up(), *SPECIMENS)]


def made_up():
    """Labels and pages, of which there are no real files: every shape of title, firm, date and accessed date."""
    accessed = ("2025", "2025-08", "2025-08-03")
    for at in range(MADE_UP):
        setid = Identifier(IdKind.SETID, f"{at:08x}-1111-4222-8333-444444444444")
        title = ("INVENTUM (INVENTINE HCL) TABLET, FILM COATED", "Inventum- inventine kit", "NOVUM 0.5% CREAM")[at % 3]
        firm = ("ATON PHARMA, INC.", "Example GmbH & Co. KG", "PD-RX OF EXAMPLE LLC", "")[at % 4]
        label = Label(setid, title, (SplVersion(1 + at % 9, date(2010 + at % 14, 1 + at % 12, 3)),), firm)
        yield subject_of(
            f"label{at}", label, f"setid: {setid.value}, accessed: {'2024-12/2025-01' if at == 7 else accessed[at % 3]}"
        )
        output = (
            f"type: webpage, title: 'Guide {at}: what \"patients\" ask?', URL: 'https://a{at}.example/guide?a=1&b=%20'",
            "author: [{literal: Example Agency}]" if at % 2 else "author: [{family: Archer, given: A. B.}]",
            "container-title: Example Health" if at % 3 else "publisher: Example Press",
            "issued: 2024-02" if at % 5 else "issued: 2024",
            f"accessed: {accessed[at // 2 % 3]}",
        )
        yield subject_of(f"page{at}", None, ", ".join(output))


def kind(ours, theirs):
    return next((name for name, leveled in KNOWN.items() if leveled(ours) == leveled(theirs)), None)


@pytest.mark.parametrize("word", ["ama", "nlm"])
def test_pandoc_prints_what_citeproc_js_prints(items, word, tmp_path):
    style = find_style(word)
    csl_json, csl = engine_json(items, style), patched(style, keep_order=True)
    ours, theirs = by_pandoc(csl_json, csl), by_citeproc_js(csl_json, csl, tmp_path)
    assert ours.keys() == theirs.keys()
    assert len(ours) == RECORDS + 2 * MADE_UP + len(SPECIMENS)
    different = {name: (ours[name], theirs[name]) for name in theirs if ours[name] != theirs[name]}
    kinds = {name: kind(*texts) for name, texts in different.items()}
    same = 1 - len(different) / len(ours)
    sys.stdout.write(f"\n{word}: {len(ours):,} items, the same text for {100 * same:.2f} %\n")
    for name, texts in different.items():
        here, there = difference(*texts)
        sys.stdout.write(f"  {name}: {kinds[name]}: pandoc {here!r}, citeproc-js {there!r}\n")
    assert same >= LEAST
    assert None not in kinds.values()
