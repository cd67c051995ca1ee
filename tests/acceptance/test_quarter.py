"""A year's beginning and the quarter after it, as README tells a medical writer to do it, on real reference lists.

Twelve Word monographs with 143 references (131 real PubMed records, 12 labels) in folders of their own, against the
demo server; every command is one of README's.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from html import escape

import pytest

from acceptance.citations import FILES, wheel
from evidence.demo.server import DemoServer
from evidence.demo.world import ArticleFacts
from evidence.model.identifiers import IdKind
from evidence.model.records import Article
from evidence.sources.pubmed_xml import read_article, split_articles
from processes import PROJECT, Command
from quarters import label_of, quarter, reprinted, retracted, revised, write

pytestmark = pytest.mark.acceptance

MONOGRAPHS, REFERENCES = 12, 143
FIRST, SECOND = "2026-09-05", "2026-11-30"
RETRACTED, REVISED = (5, 60), (1, 4, 9)
MOST_PAGES = 25


def facts_of(record: Article, raw: bytes) -> ArticleFacts:
    """A real record, served by PubMed as it is; Crossref's reply is made from its fields."""
    dois = [other.value for other in record.also_known_as if other.kind is IdKind.DOI]
    return ArticleFacts(
        pmid=record.identifier.value,
        title=escape(record.title, quote=False),
        authors=record.authors,
        journal=record.journal,
        pub_date=str(record.issued.year) if record.issued else "",
        volume=record.volume,
        issue=record.issue,
        pages=record.pages,
        doi=dois[0] if dois else "",
        xml=raw.decode(),
    )


def real_articles(number: int) -> Iterator[ArticleFacts]:
    """Complete records, far from each other in their file."""
    with zipfile.ZipFile(wheel()) as archive:
        body = gzip.decompress(archive.read(next(reversed(FILES))))
    found = 0
    for at, (_, raw) in enumerate(split_articles(body)):
        if at % 12:
            continue
        record = read_article(raw)
        complete = record.volume and record.issue and re.fullmatch(r"\d+-\d+", record.pages) and record.issued
        if complete and 1 <= len(record.authors) <= 6 and not record.is_book and not record.notices:
            yield facts_of(record, raw)
            found += 1
            if found == number:
                return


def readme_commands() -> list[str]:
    """The commands of README's way from Word: those of the first time, then that of every quarter."""
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    shown = text[text.index("## I have a Word file") :]
    return [re.sub(r"\s+#.*", "", line) for line in re.findall(r"^    (evidence [^\n]+)$", shown, re.MULTILINE)][:4]


def changed_subjects(summary: str) -> dict[str, set[str]]:
    """What the summary says has changed, by kind: the references that it names."""
    part = re.search(r"^Changed since[^\n]*\n-+\n(.*?)\n\n", summary, re.MULTILINE | re.DOTALL)
    assert part is not None, summary
    lines = re.sub(r"\n +(?!- )", " ", part[1]).splitlines()
    found: dict[str, set[str]] = {}
    for line in lines:
        kind, _, rest = line.removeprefix("- ").partition(": ")
        found.setdefault(kind, set()).add(rest.partition(": ")[0])
    return found


def pages_of(folder, name: str) -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on this machine (apt-get install chromium)")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
    place = folder / f"{name}.pdf"
    subprocess.run([chromium, *flags, f"--print-to-pdf={place}", folder / name], capture_output=True, check=True)
    return len(re.findall(rb"/Type /Page\b", place.read_bytes()))


def show(line: str) -> None:
    sys.stdout.write(line + "\n")


def test_two_quarters_of_twelve_monographs_by_the_commands_of_readme(tmp_path):
    articles = list(real_articles(REFERENCES - MONOGRAPHS))
    world, monographs = quarter(MONOGRAPHS, REFERENCES, articles)
    served = [articles[at] for at in RETRACTED]
    world = world.with_article(*(ArticleFacts(**{**_fields(article), "xml": ""}) for article in served))
    init, import_, review, next_review = readme_commands()
    assert [line.split()[1] for line in (init, import_, review, next_review)] == ["init", "import", "review", "review"]
    with DemoServer(revised(retracted(world, *served), 2, date(2026, 9, 3), *REVISED)) as server:
        command = Command(tmp_path, server.addresses)
        write(tmp_path, monographs)

        def run(line: str, *more: str, day: str):
            words = line.split()[1:]
            given = [
                name
                for word in words
                for name in (sorted(p.name for p in tmp_path.glob(word)) if "*" in word else [word])
            ]
            show(f"\n$ {line}")
            done = command(*given, *more, *(("--as-of", day) if words[0] == "review" else ()))
            show(done.stdout[-6000:] if words[0] == "review" else done.stdout[-400:])
            assert done.returncode in {0, 1}, done.stderr
            return done

        run(
            init,
            "--name",
            "Dana Reyes",
            "--email",
            "d.reyes@example.org",
            "--style",
            "ama",
            "--owner",
            "Dana Reyes",
            day=FIRST,
        )
        run(import_, day=FIRST)
        first = run(review, day=FIRST)
        report = bundled(tmp_path / "2026-Q4")
        assert len(report["references"]) == REFERENCES
        assert report["summary"]["checked"] == REFERENCES
        assert [(each["code"]) for each in report["findings"]].count("SPL002") == len(REVISED)
        assert sum(each["retracted"] for each in report["references"]) == len(RETRACTED)
        void = re.search(r"^Retracted or withdrawn\n-+\n(.*?)\n\n", first.stdout, re.MULTILINE | re.DOTALL)
        assert void is not None
        assert void[1].count("RETRACTED") == len(RETRACTED)

        # What happens until the next quarter: one article is retracted, one label revised, one monograph edited.
        ids = {each["identifiers"].get("pmid") or each["identifiers"]["setid"]: each for each in report["references"]}
        gone, anew = articles[100], label_of(7)
        server.world = revised(
            retracted(server.world.with_article(ArticleFacts(**{**_fields(gone), "xml": ""})), gone),
            3,
            date(2026, 11, 15),
            7,
        )
        edited = reprinted(monographs[2], 1, lambda entry: re.sub(r";[^(;]+\(", ";4711(", entry))
        write(tmp_path, [edited])
        second = run(next_review, day=SECOND)
        changed = changed_subjects(second.stdout)
        named = {key: f"{ids[key]['path']}::{ids[key]['id']}" for key in (gone.pmid, anew.setid)}
        pmid = re.search(r"PMID: (\d+)", edited.printed[0])
        assert pmid is not None
        reprint = f"{ids[pmid[1]]['path']}::{ids[pmid[1]]['id']}"
        assert changed.pop("retracted") == {named[gone.pmid]}
        assert changed.pop("label revised") == {named[anew.setid]}
        assert set().union(*changed.values()) <= {*named.values(), reprint}
        assert reprint in changed["new"]
        assert second.returncode == 1
    for name in ("2026-Q4", "2027-Q1"):
        folder = tmp_path / name
        assert len(list((folder / "monographs").iterdir())) == MONOGRAPHS
        brief, full = pages_of(folder, "brief.html"), pages_of(folder, "report.html")
        show(f"{name}: brief.html {brief} pages, report.html {full} pages of {REFERENCES} references")
        assert brief <= 2
        assert full <= MOST_PAGES


def bundled(folder) -> dict:
    with zipfile.ZipFile(folder / "bundle.zip") as bundle:
        return json.loads(bundle.read("report.json"))


def _fields(article: ArticleFacts) -> dict:
    return {name: getattr(article, name) for name in ArticleFacts.__dataclass_fields__}
