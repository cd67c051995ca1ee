"""Quotes of claims in a lock: what became of each, no words of a source, and a run that judges by it alone."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import plain_page
from evidence.storage.lockfile import lock_text, read_lock
from processes import PROJECT, Command

EXAMPLE = PROJECT / "examples" / "naltrexone"
QUOTE = "pain fell by 28.8% with naltrexone and by 18.0% with placebo"


@pytest.fixture
def example(evidence: Command, server: DemoServer) -> Command:
    """The example with one quote that its abstract does not have, and the lock of a run over it."""
    for file in EXAMPLE.iterdir():
        shutil.copy(file, evidence.folder)
    server.world = server.world.with_page("/web/200/a", plain_page("A charity"))
    edit(evidence, "https://www.ldnresearchtrust.org/", f"{server.pages_url}/web/200/a", "references.yaml")
    evidence.env["EVIDENCE_ALLOW_PRIVATE"] = "1"
    edit(evidence, QUOTE, QUOTE.replace("28.8%", "38.8%"))
    edit(evidence, "hold 50 mg\n    kind: dose", "hold 50 mg\n    kind: definition")  # so that SPL005 is no error
    assert evidence.check("--update-lock").returncode == 1
    return evidence


def edit(evidence: Command, old: str, new: str, name: str = "claims.yaml") -> None:
    path = evidence.folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def lock_of(evidence: Command) -> Path:
    return evidence.folder / "references.lock.json"


def states(report: dict) -> dict[str, list[str]]:
    return {
        claim["id"]: [item["anchor"]["state"] for item in claim["evidence"] if item["anchor"]]
        for claim in report["claims"]
    }


def test_a_locked_run_judges_the_quotes_as_the_online_run_did(example):
    _, online = example.report()
    status, locked = example.report("--locked")
    assert status == 1
    assert states(locked) == states(online)
    assert locked["summary"] | {"infos": 0} == online["summary"] | {"infos": 0}
    [unread] = [finding["message"] for finding in locked["findings"] if finding["code"] == "SPL007"]
    assert "cannot be checked: only the hashes of the label's sections are stored" in unread
    unknown = {finding["message"] for finding in locked["findings"] if finding["code"] == "EVD003"}
    assert unknown
    assert all(message.startswith("cannot check whether all evidence for this claim comes") for message in unknown)
    prints = [finding["fingerprint"] for finding in online["findings"] if finding["code"].startswith("CLM")]
    assert [one["fingerprint"] for one in locked["findings"] if one["code"].startswith("CLM")] == prints
    assert any(finding["code"] == "CLM004" for finding in locked["findings"])


def test_the_lock_is_of_version_2_by_its_schema_and_holds_no_words_of_a_source(example):
    text = lock_of(example).read_text(encoding="utf-8")
    written = json.loads(text)
    jsonschema.validate(written, json.loads((files("evidence.storage") / "lock.schema.json").read_text("utf-8")))
    assert written["version"] == 2
    words = {quote["state"] for claim in written["anchors"].values() for quote in claim["quotes"]}
    assert words == {"found", "lost", "unchecked"}
    assert "pain fell" not in text
    assert lock_text(read_lock(lock_of(example)).lock) == text


def test_a_second_run_leaves_what_the_lock_says_as_it_is(example):
    before = json.loads(lock_of(example).read_text())
    example.check("--update-lock")
    now = json.loads(lock_of(example).read_text())
    assert (now["anchors"], now["identifiers"]) == (before["anchors"], before["identifiers"])


def test_a_quote_that_was_edited_is_not_in_the_lock_and_the_run_is_not_complete(example):
    edit(example, "no difference in fatigue or sleep", "no difference in fatigue or appetite")
    status, report = example.report("--locked", "--fail-on", "error", "--ignore", "CLM004")
    assert status == 3
    assert states(report)["fm-sleep"] == ["not_checked"]
    [item] = report["unchecked"]
    assert (item["reference"], item["path"]) == ("claim:fm-sleep", "claims.yaml")
    assert "--update-lock" in item["reason"]


def test_what_could_not_be_asked_keeps_what_the_lock_says_of_it(example, server):
    before = json.loads(lock_of(example).read_text())["anchors"]
    server.faults.add("eutils", "503")
    assert example.check("--update-lock", "--refresh").returncode in {1, 3}
    assert json.loads(lock_of(example).read_text())["anchors"] == before


def test_an_altered_quote_is_named_and_asked_about_again(example):
    lock = lock_of(example)
    text = lock.read_text(encoding="utf-8")
    assert '"state": "lost"' in text
    lock.write_text(text.replace('"state": "lost"', '"state": "found"', 1), encoding="utf-8")
    done = example.check("--locked")
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert "references.lock.json:" in line
    assert "claim:fm-pain does not match its digest" in line
    assert example.check("--update-lock").returncode == 1
    assert json.loads(lock.read_text(encoding="utf-8"))["anchors"] == json.loads(text)["anchors"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"claim:fm-pain"', '"fm-pain"', "expected a claim"),
        ('"quotes"', '"words"', "expected a claim"),
        ('"version": 2', '"version": 3', "lock file version 3"),
    ],
)
def test_what_no_lock_holds_is_refused_in_one_line(example, old, new, said):
    lock = lock_of(example)
    lock.write_text(lock.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    done = example.check("--locked")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert said in done.stderr


def test_a_lock_without_claims_and_contents_stays_version_1(evidence):
    evidence.write("references:\n- {id: a, PMID: '17222320', accessed: 2026-11-01}\n")
    assert evidence.check("--update-lock").returncode == 0
    written = json.loads(lock_of(evidence).read_text())
    assert (written["version"], "anchors" in written) == (1, False)


def test_a_store_that_has_only_the_facts_of_a_lock_is_not_enough_for_quotes_and_they_are_asked_about_again(example):
    online = states(example.report()[1])
    (example.folder / "evidence.db").unlink()
    assert example("lock", "--restore").returncode == 0
    status, report = example.report("--offline", "--ignore", "CLM004")
    assert (status, {state for found in states(report).values() for state in found if state == "found"}) == (3, set())
    status, report = example.report()
    assert (status, report["unchecked"], states(report)) == (1, [], online)


def test_a_product_that_was_declared_after_the_lock_was_written_is_not_compared_by_it(evidence):
    monograph = "monograph: {file: a.md, product: {drug: naltrexone, strengths: [4.5 mg]}}\n"
    entries = "references:\n- {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2026-11-01}\n"
    evidence.write("It is a drug [@label].\n", "a.md")
    evidence.write(entries)
    assert evidence.check("--update-lock").returncode == 0
    evidence.write(monograph + entries)
    status, report = evidence.report("--locked")
    assert (status, [(one["reference"], one["source"]) for one in report["unchecked"]]) == (3, [("label", "lock")])
    assert evidence.check("--update-lock").returncode == 0
    status, report = evidence.report("--locked")
    assert (status, {one["code"] for one in report["findings"]} & {"SPL005", "SPL007"}) == (0, {"SPL005", "SPL007"})


def test_a_lock_rebuilt_from_the_store_has_the_quotes(example):
    lock = lock_of(example)
    before = json.loads(lock.read_text())["anchors"]
    lock.unlink()
    assert example("lock", "--rebuild", "--as-of", example.today).returncode == 0
    assert json.loads(lock.read_text())["anchors"] == before


def test_the_change_log_of_a_lock_names_a_quote_that_is_lost(example, server):
    old = example.folder / "old.json"
    shutil.copy(lock_of(example), old)
    sleep = server.world.articles["23359310"]
    corrected = sleep.abstract.replace("no difference in fatigue", "less fatigue")
    assert corrected != sleep.abstract
    server.world = server.world.with_article(replace(sleep, abstract=corrected))
    example.check("--refresh", "--update-lock")
    lines = example("lock", "--diff", old, "--as-of", example.today).stdout.splitlines()
    assert [line for line in lines if "quote" in line] == [
        "quote-lost: claim:fm-sleep: quote 1 is not found in abstract, was found"
    ]


WAIVE = (
    *("--category", "accepted-risk", "--reason", "the abstract is to be corrected", "--until", "30D"),
    *("--requested-by", "A. Reader", "--approved-by", "B. Reader"),
)


def test_a_waiver_of_a_lost_quote_rests_on_what_was_searched_online_and_by_the_lock(example, server):
    done = example("waive", "CLM004", "claim:fm-pain", *WAIVE, "--as-of", example.today)
    assert done.returncode == 0, done.stderr
    for arguments in ((), ("--refresh",), ("--locked",)):
        status, report = example.report(*arguments)
        assert (status, [one["code"] for one in report["waived"]]) == (0, ["CLM004"])
    pain = server.world.articles["23359310"]
    corrected = pain.abstract.replace("18.0%", "19.0%")
    assert corrected != pain.abstract
    server.world = server.world.with_article(replace(pain, abstract=corrected))
    assert example.check("--refresh", "--update-lock").returncode == 1
    status, report = example.report()
    found = [(one["code"], one["reference"]) for one in report["findings"] if one["severity"] == "error"]
    assert (status, found) == (1, [("CLM004", "claim:fm-pain"), ("WVR002", "claim:fm-pain")])
    [void] = [one for one in report["findings"] if one["code"] == "WVR002"]
    assert "younger-2013" in void["message"]
    status, report = example.report("--locked")
    assert (status, [one["code"] for one in report["waived"]]) == (1, [])
