"""`evidence add`, against the stand-in."""

import json
import stat
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from evidence.demo.world import CrossrefUpdate, PageFacts
from evidence.model.records import NoticeLink

LIST = """\
# our list
references:   # of the monograph

  # the first
  - id: younger
    PMID: "23359310"   # checked

policy: {fail-on: error}
"""


def test_an_article_is_looked_up_and_written_completely_at_the_end_of_the_list(evidence):
    evidence.write(LIST)
    done = evidence("add", "pmid:17222320")
    assert (done.returncode, done.stdout) == (0, "")
    assert "added smith-2007" in done.stderr
    text = (evidence.folder / "references.yaml").read_text()
    before, after = LIST.split("\n\npolicy")
    assert text.startswith(before + "\n")
    assert text.endswith("\n\npolicy" + after)
    assert text[len(before) : -len(after) - len("\n\npolicy")].strip("\n").split("\n") == [
        "  - id: smith-2007",
        "    type: article-journal",
        "    title: Low-dose naltrexone therapy improves active Crohn's disease",
        "    author:",
        "      - {family: Smith, given: J P}",
        '      - {family: Stock, given: "H"}',
        '      - {family: Bingaman, given: "S"}',
        '      - {family: Mauger, given: "D"}',
        '      - {family: Rogosnitzky, given: "M"}',
        "      - {family: Zagon, given: I S}",
        "    container-title: The American journal of gastroenterology",
        "    container-title-short: Am J Gastroenterol",
        '    issued: "2007-04"',
        '    volume: "102"',
        '    issue: "4"',
        "    page: 820-828",
        '    PMID: "17222320"',
        "    DOI: 10.1111/j.1572-0241.2007.01045.x",
    ]


def test_what_was_added_passes_the_check_that_follows_and_is_not_asked_again(evidence, server):
    evidence.write("references: []\n")
    evidence("add", "pmid:17222320", "doi:10.1002/art.37734")
    server.forget()
    status, report = evidence.report("--as-of", _today())
    assert status == 0
    assert [f["code"] for f in report["findings"]] == []
    assert server.requests == []


def _today():
    return datetime.now(UTC).date().isoformat()  # the day on which `add` has just asked


@pytest.mark.parametrize(("pages", "written"), [("1205-13", "1205-1213"), ("1205-3", "1205-3"), ("S45-9", "S45-S49")])
def test_a_last_page_is_completed_to_an_ascending_range_alone_in_the_file_and_in_print(
    evidence, server, pages, written
):
    evidence.write("references: []\n")
    server.world = server.world.with_article(replace(server.world.articles["17222320"], pages=pages))
    assert evidence("add", "pmid:17222320").returncode == 0
    assert f"\n    page: {written}\n" in evidence.folder.joinpath("references.yaml").read_text().replace('"', "")
    for source in ("record", "entry"):
        (item,) = json.loads(evidence("export", "--to", "csl-json", "--source", source).stdout)
        assert item["page"] == written


def test_several_at_once_are_one_edit_and_what_does_not_exist_is_not_written(evidence):
    evidence.write(LIST)
    done = evidence("add", "pmid:17222320", "99999999", "setid:06ff2d5a-e62b-4fa4-bbdb-01938535bc65")
    assert (done.returncode, evidence.folder.joinpath("references.yaml").read_text()) == (2, LIST)
    done = evidence("add", "pmid:17222320", "pmid:99999999", "setid:06ff2d5a-e62b-4fa4-bbdb-01938535bc65")
    assert done.returncode == 1
    assert "pmid:99999999 not added: not found" in done.stderr
    text = evidence.folder.joinpath("references.yaml").read_text()
    assert "id: smith-2007" in text
    assert "setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65" in text
    assert "99999999" not in text


def test_a_library_that_does_not_exist_yet_is_begun(evidence):
    assert evidence("add", "pmid:17222320").returncode == 0
    assert evidence.folder.joinpath("references.yaml").read_text().startswith("references:\n  - id: smith-2007\n")


@pytest.mark.parametrize("again", ["pmid:23359310", "https://pubmed.ncbi.nlm.nih.gov/23359310/"])
def test_what_is_there_already_is_refused(evidence, again):
    evidence.write(LIST)
    done = evidence("add", again)
    assert done.returncode == 1
    assert "already in the file as younger" in done.stderr
    assert evidence.folder.joinpath("references.yaml").read_text() == LIST


def test_a_work_that_is_there_under_another_identifier_is_refused(evidence):
    evidence.write(LIST)
    evidence.check()
    done = evidence("add", "doi:10.1002/art.37734")
    assert done.returncode == 1
    assert "already in the file as younger" in done.stderr


def test_one_work_asked_for_twice_is_added_once(evidence):
    evidence.write("references: []\n")
    done = evidence("add", "pmid:23359310", "doi:10.1002/art.37734")
    assert done.returncode == 1
    assert evidence.folder.joinpath("references.yaml").read_text().count("- id:") == 1


@pytest.fixture
def retracted(server):
    notice = NoticeLink("RetractionIn", "J Synth Med. 2020", "31000000")
    server.world = server.world.with_retraction("17222320", notice)


@pytest.mark.usefixtures("retracted")
def test_a_retracted_work_is_refused_loudly_and_added_only_by_force(evidence):
    evidence.write(LIST)
    refused = evidence("add", "pmid:17222320")
    assert refused.returncode == 1
    assert "RETRACTED" in refused.stderr
    assert evidence.folder.joinpath("references.yaml").read_text() == LIST
    forced = evidence("add", "--force", "pmid:17222320")
    assert forced.returncode == 0
    assert "WARNING: RETRACTED" in forced.stderr
    assert "smith-2007" in evidence.folder.joinpath("references.yaml").read_text()


def test_what_only_the_second_source_calls_retracted_is_refused_too(evidence, server):
    update = CrossrefUpdate("10.5555/notice", "retraction", date(2020, 1, 2))
    article = server.world.articles["17222320"]
    server.world = server.world.with_article(replace(article, updates=(update,)))
    evidence.write(LIST)
    done = evidence("add", "pmid:17222320")
    assert done.returncode == 1
    assert "RETRACTED: Crossref only" in done.stderr


def test_an_article_whose_second_source_is_silent_is_added_and_that_is_said(evidence, server):
    server.faults.add("crossref", "503")
    evidence.write(LIST)
    done = evidence("add", "pmid:17222320")
    assert done.returncode == 3
    assert "NOT CHECKED: crossref" in done.stderr
    assert "smith-2007" in evidence.folder.joinpath("references.yaml").read_text()


def test_what_cannot_be_asked_is_not_written_and_that_is_no_verdict(evidence, server):
    evidence.write(LIST)
    server.faults.add("dailymed", "503")
    done = evidence("add", "setid:06ff2d5a-e62b-4fa4-bbdb-01938535bc65")
    assert done.returncode == 3
    assert "look-up failed" in done.stderr
    assert evidence.folder.joinpath("references.yaml").read_text() == LIST


def test_offline_only_what_the_store_holds_can_be_added(evidence, server):
    evidence.write("references: []\n")
    assert evidence("add", "--offline", "pmid:17222320").returncode == 3
    evidence.write('references:\n- {id: x, PMID: "17222320"}\n')
    evidence("check")
    server.forget()
    evidence.write("references: []\n")
    assert evidence("add", "--offline", "pmid:17222320").returncode == 0
    assert server.requests == []


def test_a_page_is_added_with_its_title_and_accessed_only_with_a_persons_word(evidence, server):
    body = "<title>Naltrexone: *a* guideline #1</title>" + "<p>text</p>" * 100
    server.world = server.world.with_page("/guide_a_b", PageFacts(body=body))
    evidence.env["EVIDENCE_ALLOW_PRIVATE"] = "1"
    evidence.write(LIST)
    address = server.pages_url + "/guide_a_b"
    assert evidence("add", address, "--dry-run").returncode == 0
    assert evidence.folder.joinpath("references.yaml").read_text() == LIST
    assert evidence("add", address, "--id", "guide", "--accessed", "2025-08-14").returncode == 0
    text = evidence.folder.joinpath("references.yaml").read_text()
    assert r'title: "Naltrexone: \\*a\\* guideline #1"' in text
    assert f"URL: {address}\n" in text
    assert 'accessed: "2025-08-14"' in text
    assert "  - id: guide\n" in text


@pytest.mark.parametrize(
    ("words", "reported"),
    [
        (("17222320",), "did you mean pmid:17222320?"),
        (("nonsense",), "is not a recognised identifier"),
        (("pmid:x",), "PMID"),
        (("nct:NCT1",), "NCT followed by 8 digits"),
        (("pmid:1", "pmid:2", "--id", "x"), "one by one"),
        (("pmid:17222320", "--id", "younger"), "is already used"),
        (("pmid:17222320", "--accessed", "2999-01-01"), "is in the future"),
        (("pmid:17222320", "--accessed", "last week"), "a date as"),
        (("ftp://example.org/x",), "http"),
    ],
)
def test_what_cannot_be_meant_is_reported_and_nothing_is_asked(evidence, server, words, reported):
    evidence.write(LIST)
    done = evidence("add", *words)
    assert (done.returncode, done.stdout, server.requests) == (2, "", [])
    assert reported in done.stderr
    assert evidence.folder.joinpath("references.yaml").read_text() == LIST


def test_titles_of_strangers_are_written_as_text_and_nothing_more(evidence, server):
    article = server.world.articles["17222320"]
    title = "No: {x} #1 *y* &amp; &#x202e; \u2028 'q' \"d\" \\z - null"
    server.world = server.world.with_article(replace(article, title=title))
    evidence.write(LIST)
    assert evidence("add", "pmid:17222320").returncode == 0
    status, report = evidence.report("--offline", "--as-of", _today())
    assert [f for f in report["findings"] if f["reference"] == "smith-2007"] == []
    assert status in (0, 3)
    assert "\u202e" not in evidence.folder.joinpath("references.yaml").read_text()


def test_mode_and_links_of_the_file_survive(evidence):
    real = evidence.write(LIST, "real.yaml")
    real.chmod(0o640)
    link = evidence.folder / "references.yaml"
    link.symlink_to(real)
    assert evidence("add", "pmid:17222320").returncode == 0
    assert link.is_symlink()
    assert "smith-2007" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(path.name for path in evidence.folder.iterdir()) == [
        "evidence.db",
        "evidence.log.jsonl",
        "real.yaml",
        "references.yaml",
    ]
