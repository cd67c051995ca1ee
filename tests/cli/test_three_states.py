"""What was checked, was not, and cannot be: counted and listed alike in every format, whatever people decide."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from lxml import etree, html

from evidence.demo.faults import InjectedFault, InjectedFaultKind
from evidence.demo.server import DemoServer
from evidence.demo.world import LabelFacts, TrialFacts, references_for, synthetic_world
from evidence.model.records import SplVersion
from processes import Command

BOOKS, WALLED, SILENT, TRIALS = 42, 4, 3, 2
SETIDS = [f"06ff2d5a-e62b-4fa4-bbdb-00000000000{number}" for number in range(SILENT)]
STATES = ("checked", "not checked", "cannot be checked")
UNCHECKED_IDS = {f"label-{number}" for number in range(SILENT)}
UNCHECKABLE_IDS = {*(f"book-{number}" for number in range(BOOKS)), *(f"walled-{number}" for number in range(WALLED))}
BASELINE = ("--requested-by", "A. Writer", "--approved-by", "B. Lead", "--reason", "inherited", "--until", "30d")


@dataclass(frozen=True)
class Rendered:
    """One run in all forms."""

    status: int
    text: str
    forms: dict[str, str]
    summary: str
    annotations: str

    @property
    def document(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.forms["json"])
        return read


def rendered(evidence: Command, *arguments: str) -> Rendered:
    """A check in GitHub Actions, with every form in a file."""
    names = {form: f"report.{form}" for form in ("html", "json", "sarif", "junit", "gitlab", "markdown")}
    summary = evidence.folder / "summary.md"
    summary.unlink(missing_ok=True)
    for name in names.values():
        (evidence.folder / name).unlink(missing_ok=True)
    words = [word for form, name in names.items() for word in ("--format", f"{form}={name}")]
    done = evidence.check(
        "--format", "text", *words, *arguments, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary)
    )
    forms = {form: (evidence.folder / name).read_text(encoding="utf-8") for form, name in names.items()}
    return Rendered(done.returncode, done.stdout, forms, summary.read_text(encoding="utf-8"), done.stderr)


def in_words(line: str) -> dict[str, int]:
    """The counts that a line gives in words."""
    found = re.findall(r"(\d+) (checked|not checked|cannot be checked)", line)
    return {words: int(number) for number, words in found}


def counts_in_text(text: str) -> dict[str, int]:
    return in_words(text.rpartition(" references: ")[2].partition(";")[0])


def counts_in_markdown(text: str) -> dict[str, int]:
    return in_words(text.splitlines()[0])


def counts_in_summary(summary: dict[str, int]) -> dict[str, int]:
    return {words: summary[words.replace(" ", "_")] for words in STATES}


def counts_of_references(document: dict[str, Any]) -> dict[str, int]:
    return dict(Counter(reference["check"].replace("-", " ") for reference in document["references"]))


def counts_in_junit(text: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for case in etree.fromstring(text.encode()).xpath("//testcase[contains(@name, ': check')]"):
        skipped = case.find("skipped")
        counts["checked" if skipped is None else skipped.get("message").partition(",")[0]] += 1
    return dict(counts)


def counts_of_any_skipped(text: str) -> dict[str, int]:
    """How many references have a skipped case that says so, whichever family it is of."""
    said = {
        (case.get("name").partition(":")[0], case.find("skipped").get("message").partition(",")[0])
        for case in etree.fromstring(text.encode()).xpath("//testcase[skipped]")
    }
    return {state: sum(words == state for _, words in said) for state in STATES}


def counts_in_junit_properties(text: str) -> dict[str, int]:
    given = etree.fromstring(text.encode()).xpath("//testsuite/properties/property")
    values = {one.get("name").replace("-", " "): one.get("value") for one in given}
    return {words: int(values[words]) for words in STATES}


def counts_in_tally(page: str) -> dict[str, int]:
    tally = html.fromstring(page).xpath("//section[contains(@class, 'verdict')]//ul[contains(@class, 'tally')]/li")
    return in_words(" ".join(item.text_content() for item in tally))


def counts_of_rows(page: str) -> dict[str, int]:
    rows = html.fromstring(page).xpath("//table[contains(@class, 'refs')]/tbody")
    return dict(Counter(row.get("data-has").split()[-1].replace("-", " ") for row in rows))


def every_count(run: Rendered) -> dict[str, dict[str, int]]:
    """What each form counts."""
    sarif = json.loads(run.forms["sarif"])["runs"][0]["properties"]["summary"]
    return {
        "text": counts_in_text(run.text),
        "markdown": counts_in_markdown(run.forms["markdown"]),
        "job summary": counts_in_markdown(run.summary),
        "json summary": counts_in_summary(run.document["summary"]),
        "json references": counts_of_references(run.document),
        "junit cases": counts_in_junit(run.forms["junit"]),
        "junit properties": counts_in_junit_properties(run.forms["junit"]),
        "sarif": counts_in_summary(sarif),
        "html tally": counts_in_tally(run.forms["html"]),
        "html rows": counts_of_rows(run.forms["html"]),
    }


@dataclass(frozen=True)
class Mixed:
    """A references.yaml of all kinds, and what is to be counted of it."""

    evidence: Command
    expected: dict[str, int]


@pytest.fixture(params=[3, pytest.param(91, marks=pytest.mark.acceptance)])
def mixed(request: pytest.FixtureRequest, evidence: Command, server: DemoServer) -> Mixed:
    """55 or 143 references, while DailyMed refuses to answer; pages on this machine are not looked at."""
    articles: int = request.param
    world = synthetic_world(articles)
    entries = references_for(world)
    for number, setid in enumerate(SETIDS):
        world = world.with_label(LabelFacts(setid, f"DRUG {number} TABLET", (SplVersion(1, date(2025, 2, 1)),)))
        entries += f"  - {{id: label-{number}, setid: {setid}, accessed: 2026-10-01}}\n"
    for number in range(WALLED):
        entries += f"  - {{id: walled-{number}, URL: 'http://127.0.0.1:9/{number}', accessed: 2026-10-01}}\n"
    for number in range(TRIALS):
        world = world.with_trial(TrialFacts(f"NCT0000000{number}", f"A trial of drug {number}"))
        entries += f"  - {{id: trial-{number}, type: webpage, NCT: NCT0000000{number}, accessed: 2026-10-01}}\n"
    entries += '  - {id: invented, PMID: "99999999"}\n'
    for number in range(BOOKS):
        entries += f"  - {{id: book-{number}, type: book, title: The handbook of synthetic drugs {number}}}\n"
    server.world = world
    server.faults.script("dailymed", lambda _: InjectedFault(InjectedFaultKind.PROXY))
    evidence.write(entries)
    return Mixed(
        evidence, {"checked": articles + TRIALS + 1, "not checked": SILENT, "cannot be checked": BOOKS + WALLED}
    )


def test_all_formats_count_and_list_the_same_also_after_a_baseline(mixed: Mixed) -> None:
    first = rendered(mixed.evidence)
    assert first.document["summary"]["references"] == sum(mixed.expected.values())
    assert every_count(first) == dict.fromkeys(every_count(first), mixed.expected)
    assert counts_of_any_skipped(first.forms["junit"]) == {**mixed.expected, "checked": 0}
    lists = {**first.forms, "text": first.text, "summary": first.summary, "annotations": first.annotations}
    for form, text in lists.items():
        assert {name for name in UNCHECKED_IDS | UNCHECKABLE_IDS if not re.search(rf"\b{name}\b", text)} == set(), form
    assert "all checked" not in "".join(lists.values()).lower()

    done = mixed.evidence("baseline", *BASELINE, "--as-of", mixed.evidence.today)
    assert done.returncode == 0, done.stderr
    after = rendered(mixed.evidence)
    assert after.document["summary"]["waived"] >= 1
    assert every_count(after) == dict.fromkeys(every_count(after), mixed.expected)
    assert "all checked" not in "".join([after.text, after.summary, *after.forms.values()]).lower()
    assert "No problem found" not in after.forms["html"]


def test_only_what_was_not_answered_makes_the_run_incomplete(mixed: Mixed, server: DemoServer) -> None:
    assert mixed.evidence.report("--select", "SPL,RET")[0] == 3
    server.faults.clear()
    status, report = mixed.evidence.report("--select", "SPL,RET")
    assert (status, report["unchecked"]) == (0, [])
    checked = mixed.expected["checked"] + SILENT
    assert counts_in_summary(report["summary"]) == {**mixed.expected, "checked": checked, "not checked": 0}


def test_only_what_was_found_without_any_finding_is_green(mixed: Mixed) -> None:
    page = html.fromstring(rendered(mixed.evidence).forms["html"])
    greens = 0
    for row in page.xpath("//tbody[@data-has]"):
        (state,) = row.xpath(".//td[contains(@class, 'c-state')]/span")
        is_green = "flawless" in state.get("class").split()
        is_found = row.get("data-state") == "found" and row.get("data-has").strip() == "checked"
        assert is_green == is_found, etree.tostring(row)[:300]
        greens += is_green
    assert greens == mixed.expected["checked"] - 1  # all but the invented one


def test_a_file_of_which_nothing_can_be_checked_is_neither_passed_nor_incomplete(evidence: Command) -> None:
    evidence.write("references:\n  - {id: walled, URL: 'http://127.0.0.1:9/page', accessed: 2026-11-01}\n")
    done = evidence.check()
    assert done.returncode == 0
    assert " 1 cannot be checked; " in done.stdout
    assert "all checked" not in done.stdout
    assert evidence.check("--fail-on", "info").returncode == 1
    assert evidence.check("--on-incomplete", "fail").returncode == 0


BOOK = "Elsegood L. The LDN Book. White River Junction, VT: Chelsea Green Publishing; 2016."
NOTHING_WRONG = f"""\
references:
  - {{id: younger-2013, type: article-journal, PMID: "23359310", DOI: 10.1002/art.37734}}
  - {{id: final-trial, type: webpage, NCT: NCT04270877, accessed: 2026-11-01}}
  - {{id: trial-page, type: webpage, URL: "https://clinicaltrials.gov/study/NCT04270878", accessed: 2026-11-01}}
  - {{id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2026-11-01}}
  - {{id: book, type: book, cited-as: "{BOOK}"}}
"""


def test_a_file_with_trials_books_and_labels_exits_0_when_nothing_is_wrong(
    evidence: Command, server: DemoServer
) -> None:
    server.world = server.world.with_trial(TrialFacts("NCT04270878", "Another trial"))
    evidence.write(NOTHING_WRONG)
    status, report = evidence.report()
    assert (status, report["unchecked"]) == (0, [])
    assert [(item["reference"], item["code"], item["severity"]) for item in report["findings"]] == [
        ("book", "REF008", "info")
    ]
    assert counts_in_summary(report["summary"]) == {"checked": 4, "not checked": 0, "cannot be checked": 1}
    assert evidence.check("--fail-on", "info").returncode == 1


def test_a_file_of_books_alone_exits_0_and_an_empty_one_is_incomplete(evidence: Command) -> None:
    evidence.write(f'references:\n  - {{id: book, type: book, cited-as: "{BOOK}"}}\n')
    done = evidence.check()
    assert (done.returncode, " 1 cannot be checked; " in done.stdout) == (0, True)
    evidence.write("references: []\n")
    assert evidence.check().returncode == 3


def test_a_page_that_a_named_person_has_confirmed_counts_as_checked_for_as_long_as_that_holds(
    evidence: Command,
) -> None:
    confirmed = "confirmed: {by: the editor, date: 2026-11-01, until: 2026-12-01}"
    evidence.write(
        f"references:\n  - {{id: walled, URL: 'http://127.0.0.1:9/page', accessed: 2026-11-01, {confirmed}}}\n"
    )
    assert ": all checked; " in evidence.check().stdout
    assert "1 cannot be checked" in evidence.check("--as-of", "2026-12-02").stdout


@pytest.mark.parametrize("decided", ["ignore", "deselect"])
def test_nothing_that_people_decide_makes_a_reference_checked(evidence: Command, decided: str) -> None:
    ignored = ", ignore: {LNK004: we have it on paper}" if decided == "ignore" else ""
    evidence.write(f"references:\n  - {{id: walled, URL: 'http://127.0.0.1:9/page', accessed: 2026-11-01{ignored}}}\n")
    done = evidence.check(*(("--select", "RET001") if decided == "deselect" else ()))
    assert " 1 cannot be checked; " in done.stdout


def test_a_sign_off_records_and_shows_the_three_counts(evidence: Command, server: DemoServer) -> None:
    server.world = synthetic_world(2)
    evidence.write(
        references_for(server.world) + "  - {id: walled, URL: 'http://127.0.0.1:9/page', accessed: 2026-11-01}\n"
    )
    evidence.check()
    done = evidence("sign", "--role", "editor", "--meaning", "approved", "--yes", "--as-of", evidence.today)
    assert "2 checked, 0 not checked, 1 cannot be checked" in done.stderr
    assert "  cannot be checked: walled" in done.stderr
    signed = evidence.report()[1]["sign_offs"][0]["report"]
    assert counts_in_summary(signed) == {"checked": 2, "not checked": 0, "cannot be checked": 1}
    assert "2 checked, 1 cannot be checked" in evidence.check("-v").stdout.partition("sign-offs")[2]


def test_an_empty_list_among_others_is_named_and_makes_the_run_incomplete(
    evidence: Command, server: DemoServer
) -> None:
    server.world = synthetic_world(1)
    evidence.write(references_for(server.world))
    (evidence.folder / "empty.references.yaml").write_text("references: []\n", encoding="utf-8")
    done = rendered(evidence)
    assert done.status == 3
    assert "Incomplete: no references found in empty.references.yaml\n1 reference: all checked" in done.text
    assert "::warning title=nothing checked::no references found in empty.references.yaml" in done.annotations
    assert "Incomplete: no references found in empty.references.yaml" in done.forms["html"]
    assert "Evidence: incomplete," in done.forms["markdown"]


@pytest.mark.parametrize(("way", "status"), [("fail", 3), ("warn", 0)])
def test_an_empty_list_is_never_said_to_be_checked(evidence: Command, way: str, status: int) -> None:
    evidence.write("references: []\n")
    done = rendered(evidence, "--on-incomplete", way)
    assert done.status == status
    assert "no references found" in done.text
    assert "nothing checked" in done.text
    assert "nothing checked" in done.summary
    assert "::warning title=nothing checked::no references found" in done.annotations
    assert "nothing checked" in done.forms["markdown"]
    assert "Nothing was checked" in done.forms["html"]
    assert "nothing was checked: no references found" in done.forms["junit"]
    assert counts_in_summary(done.document["summary"]) == dict.fromkeys(STATES, 0)
    assert "no references found" in evidence.check("--on-incomplete", way, "-q").stdout
