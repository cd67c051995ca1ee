"""The official CSL processor prints the same text, on the same items and the same (patched) styles.

Differences that remain are known by their kind (docs/bibliography.md has the table); a kind that is not known fails.
"""

import random
import re
import sys
from datetime import date

import pytest

from acceptance.citeproc_oracle import by_citeproc_js, by_pandoc, difference
from acceptance.real_records import bodies
from bibliography.specimens import SPECIMENS, cited
from evidence.bibliography.items import item_of
from evidence.bibliography.patches import patched
from evidence.bibliography.rendering import engine_json
from evidence.bibliography.styles import find_style
from evidence.model.identity import Identifier, IdKind
from evidence.model.records import Label, SplVersion
from evidence.sources.pubmed_xml import read_article, split_articles

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


@pytest.fixture(scope="module")
def items():
    chance = random.Random(7)
    raws = [raw for body in bodies() for _, raw in split_articles(body)]
    picked = chance.sample(raws, RECORDS)
    real = [cited(f"r{at}", read_article(raw)) for at, raw in enumerate(picked)]
    return [item_of(one) for one in (*real, *made_up(), *SPECIMENS)]


def made_up():
    """Labels and pages, of which there are no real files: every shape of title, firm, date and accessed date."""
    accessed = ("2025", "2025-08", "2025-08-03")
    for at in range(MADE_UP):
        setid = Identifier(IdKind.SETID, f"{at:08x}-1111-4222-8333-444444444444")
        title = ("INVENTUM (INVENTINE HCL) TABLET, FILM COATED", "Inventum- inventine kit", "NOVUM 0.5% CREAM")[at % 3]
        firm = ("ATON PHARMA, INC.", "Example GmbH & Co. KG", "PD-RX OF EXAMPLE LLC", "")[at % 4]
        label = Label(setid, title, (SplVersion(1 + at % 9, date(2010 + at % 14, 1 + at % 12, 3)),), firm)
        yield cited(
            f"label{at}", label, f"setid: {setid.value}, accessed: {'2024-12/2025-01' if at == 7 else accessed[at % 3]}"
        )
        shown = (
            f"type: webpage, title: 'Guide {at}: what \"patients\" ask?', URL: 'https://a{at}.example/guide?a=1&b=%20'",
            "author: [{literal: Example Agency}]" if at % 2 else "author: [{family: Archer, given: A. B.}]",
            "container-title: Example Health" if at % 3 else "publisher: Example Press",
            "issued: 2024-02" if at % 5 else "issued: 2024",
            f"accessed: {accessed[at // 2 % 3]}",
        )
        yield cited(f"page{at}", None, ", ".join(shown))


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
