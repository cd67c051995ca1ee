"""Many files, each a run of its own: the same findings as alone, however many processes judge them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from lxml import etree

from evidence.demo.world import references_for, synthetic_world
from evidence.model.records import NoticeLink
from processes import codes_in
from servers import page_answer, scripted_web

SHARED, RETRACTED = "23359310", "17222320"
OWN_OF_RUN = ("id", "started", "finished")


@pytest.fixture
def monographs(evidence, server):
    """Three files that share an article; the second cites one that is retracted."""
    server.world = server.world.with_retraction(RETRACTED, NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999"))
    (evidence.folder / "sub").mkdir()
    evidence.write(f'references:\n- {{id: younger, PMID: "{SHARED}"}}\n', "a.references.yaml")
    evidence.write(
        f'references:\n- {{id: smith, PMID: "{RETRACTED}"}}\n- {{id: younger, PMID: "{SHARED}"}}\n',
        "b.references.yaml",
    )
    evidence.write(f'references:\n- {{id: again, PMID: "{SHARED}"}}\n', "sub/c.references.yaml")
    return ("a.references.yaml", "b.references.yaml", "sub/c.references.yaml")


def documents(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def comparable(document):
    """A document without what differs from run to run: its id and times, and how far the audit trail had got."""
    run = {key: value for key, value in document["run"].items() if key not in OWN_OF_RUN}
    text = json.dumps({**document, "run": run, "audit": None})
    for reference in document["references"]:
        for lookup in reference["lookups"]:
            text = text.replace(lookup["at"], "AT")
        text = text.replace(reference["verified"] or "-", "AT")
    return text


def test_each_file_of_a_batch_has_its_own_run_and_the_report_it_would_have_alone(evidence, monographs):
    batch = documents(evidence.check("--batch", "--format", "json", *monographs))
    assert [[item["path"] for item in one["run"]["inputs"]] for one in batch] == [[name] for name in monographs]
    assert [one["summary"]["exit_code"] for one in batch] == [0, 1, 0]
    listed = json.loads(evidence("runs", "--json").stdout)["runs"]
    assert [run["id"] for run in reversed(listed)] == [one["run"]["id"] for one in batch]
    assert len({run["id"].rpartition("-")[0] for run in listed}) == 1
    for name, one in zip(monographs, batch, strict=True):
        alone = json.loads(evidence.check("--store", f"{name[0]}.db", "--format", "json", name).stdout)
        assert codes_in(alone) == codes_in(one), name
    stored = evidence("report", batch[1]["run"]["id"], "--format", "json")
    assert json.loads(stored.stdout) == batch[1]
    assert evidence("verify").returncode == 0


def test_a_batch_asks_about_what_its_files_share_once_and_a_second_one_asks_nothing(evidence, server, monographs):
    evidence.check("--batch", *monographs)
    fetched = [request for request in server.requests if "efetch" in request.path]
    assert len(fetched) == 1, fetched
    server.forget()
    second = evidence.check("--batch", *monographs)
    assert server.requests == []
    assert second.returncode == 1


def test_more_than_a_hundred_files_are_a_batch_and_a_hundred_are_one_run(evidence):
    for number in range(101):
        evidence.write("references: []\n", f"m{number:03}.references.yaml")
    few = evidence.report("--on-incomplete", "warn", *[f"m{number:03}.references.yaml" for number in range(100)])[1]
    assert len(few["run"]["inputs"]) == 100
    assert len(documents(evidence.check("--format", "json"))) == 101


def test_a_batch_says_what_it_found_as_it_comes_and_the_figures_last(evidence, monographs):
    done = evidence.check("--batch", *monographs)
    assert done.returncode == 1
    assert "a.references.yaml: Passed" in done.stdout
    assert "RET001" in done.stdout
    *_, batch, figures = done.stdout.splitlines()
    assert batch.endswith("3 files; each has a recorded run")
    assert figures.startswith("4 references: 1 error, ")


def test_reports_go_into_a_folder_by_the_names_of_their_files(evidence, monographs):
    forms = [word for form in ("json", "html", "csv") for word in ("--format", f"{form}={form}/")]
    done = evidence.check("--batch", *forms, *monographs)
    assert done.returncode == 1, done.stderr
    folder = evidence.folder / "json"
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.json")) == [
        "a.references.json",
        "b.references.json",
        "sub/c.references.json",
    ]
    index = (evidence.folder / "html" / "index.html").read_text(encoding="utf-8")
    assert index.index('href="b.references.html"') < index.index('href="a.references.html"')
    assert 'href="sub/c.references.html"' in index
    again = evidence.check("--batch", *forms, *monographs)
    assert again.returncode == 1, again.stderr
    evidence.write("my own notes", "json/a.references.json")
    refused = evidence.check("--batch", *forms, *monographs)
    assert (refused.returncode, "is not an earlier JSON report" in refused.stderr) == (2, True)


def test_junit_and_sarif_hold_all_files(evidence, monographs):
    forms = ("--format", "junit=all.xml", "--format", "sarif=all.sarif")
    assert evidence.check("--batch", *forms, *monographs).returncode == 1
    suites = etree.parse(evidence.folder / "all.xml").getroot()
    assert [suite.get("name") for suite in suites] == list(monographs)
    assert suites.get("failures") == str(sum(int(suite.get("failures")) for suite in suites)) != "0"
    runs = json.loads((evidence.folder / "all.sarif").read_text(encoding="utf-8"))["runs"]
    assert [[result["ruleId"] for result in run["results"]].count("evidence/RET001") for run in runs] == [0, 1, 0]
    for run in runs:
        rules = run["tool"]["driver"]["rules"]
        assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert evidence.check("--batch", *forms, *monographs).returncode == 1  # they replace themselves


def test_a_form_that_cannot_hold_many_files_needs_a_folder(evidence, monographs):
    done = evidence.check("--batch", "--format", "csv=all.csv", *monographs)
    assert done.returncode == 2
    assert "--format csv=FOLDER/" in done.stderr


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_checked(evidence, monographs):
    evidence.write("references: [", "a.references.yaml")
    done = evidence.check("--batch", "--format", "json", *monographs)
    assert done.returncode == 2
    assert "a.references.yaml" in done.stderr
    assert [one["run"]["inputs"][0]["path"] for one in documents(done)] == list(monographs[1:])


def test_locks_are_written_and_judged_by_file_by_file(evidence, server, monographs):
    assert evidence.check("--batch", "--update-lock", *monographs).returncode == 1
    assert len(list(evidence.folder.rglob("*.lock.json"))) == 3
    server.forget()
    locked = documents(evidence.check("--batch", "--locked", "--format", "json", *monographs))
    assert [one["run"]["mode"] for one in locked] == ["locked"] * 3
    assert server.requests == []
    again = documents(evidence.check("--batch", "--format", "json", *monographs))
    assert [codes_in(one) for one in again] == [codes_in(one) for one in locked]


def test_what_is_not_to_be_recorded_is_not(evidence, monographs):
    evidence.check("--batch", *monographs)
    evidence.check("--batch", "--offline", "--no-record", *monographs)
    with closing(sqlite3.connect(evidence.folder / "evidence.db")) as store:
        assert store.execute("SELECT count(*) FROM runs").fetchone() == (3,)


def test_a_dead_page_that_many_files_cite_is_requested_by_the_first_alone(evidence, server):
    server.world = synthetic_world(120)
    with scripted_web() as web:
        web.plays("/gone", page_answer(404))
        web.plays("/gone", page_answer(404), method="HEAD")
        dead = f"  - {{id: gone, URL: '{web.base}/gone', accessed: 2026-11-01}}\n"
        for name in ("a", "b", "c"):  # more than what is asked about together
            evidence.write(references_for(server.world) + dead, f"{name}.references.yaml")
        done = evidence.check("--batch", "--format", "json", EVIDENCE_ALLOW_PRIVATE="1")
    states = [[entry["state"] for entry in one["references"] if entry["id"] == "gone"] for one in documents(done)]
    assert states == [["not-found"]] * 3
    assert web.targets() == ["/gone"]


def test_processes_find_what_one_finds_in_the_same_order(evidence, monographs):
    evidence.check("--batch", *monographs)
    one = documents(evidence.check("--batch", "--store", "evidence.db", "--format", "json", *monographs))
    two = documents(evidence.check("--batch", "--jobs", "2", "--format", "json", *monographs))
    first = documents(evidence.check("--batch", "--jobs", "2", "--store", "new.db", "--format", "json", *monographs))
    assert [codes_in(each) for each in one] == [codes_in(each) for each in two] == [codes_in(each) for each in first]
    assert [each["summary"] for each in one] == [each["summary"] for each in two]


def test_a_second_run_knows_what_the_first_saw_wherever_it_is_judged(evidence, monographs):
    for name in ("here.db", "there.db"):
        evidence.check("--batch", "--store", name, "--as-of", "2026-11-20", *monographs)
    arguments = ("--batch", "--refresh", "--format", "json", *monographs)
    here = documents(evidence.check("--store", "here.db", *arguments))
    there = documents(evidence.check("--store", "there.db", "--jobs", "2", *arguments))
    for one, other in zip(here, there, strict=True):
        assert [len(each["history"]) for each in one["references"]] == [
            len(each["history"]) for each in other["references"]
        ]
        assert (one["changes"]["new"], one["changes"]["persisting"]) == (
            other["changes"]["new"],
            other["changes"]["persisting"],
        )


def test_without_a_scheduler_the_cluster_is_refused_in_one_line(evidence, monographs):
    done = evidence.check("--batch", "--scheduler", "host:8786", *monographs)
    assert done.returncode == 2
    assert "tcp://host:8786" in done.stderr
