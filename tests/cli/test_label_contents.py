"""What a revised label means to its users: the sections that changed, one request for each version, once."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import ContentsFacts, LabelFacts
from evidence.model.records import SplVersion
from processes import Command, codes_in

SETID = "11111111-2222-4333-8444-555555555555"
CITED = f"references:\n- {{id: label, title: Testol, setid: {SETID}, accessed: 2026-11-01}}\n"
VERSIONS = (SplVersion(5, date(2026, 11, 20)), SplVersion(3, date(2025, 2, 1)))
THEN = {
    "34068-7": ("Take one tablet a day.",),
    "34070-3": ("None.",),
    "51945-4": ("30 tablets",),
}
DOSAGE = THEN | {"34068-7": ("Take two tablets a day.",)}
PACKAGE = THEN | {"51945-4": ("60 tablets",)}


def publish(server: DemoServer, now: ContentsFacts | None = None, then: ContentsFacts | None = None) -> None:
    """The label with version 3, read, and version 5, current."""
    contents = {5: now or ContentsFacts(DOSAGE), 3: then or ContentsFacts(THEN)}
    server.world = server.world.with_label(LabelFacts(SETID, "TESTOL TABLET", VERSIONS, contents))


def asked(server: DemoServer) -> list[str]:
    """What was asked of DailyMed, by what it is."""
    kinds = {"history.json": "history", f"{SETID}.xml": "document", "getFile.cfm": "archive"}
    paths = [request.path.rpartition("/")[2] for request in server.requests if request.service == "dailymed"]
    return [kinds[path] for path in paths if path != "index.cfm"]  # where redirects lead


def test_a_revised_label_is_reported_with_the_sections_that_changed(evidence: Command, server: DemoServer) -> None:
    publish(server)
    evidence.write(CITED)

    status, report = evidence.report()

    assert (status, codes_in(report)) == (0, [("label", "SPL002")])
    [found] = report["findings"]
    assert found["severity"] == "warning"
    assert found["message"].endswith("version 5 (2026-11-20) now: changed dosage (1 place); 3 sections unchanged")
    assert found["details"] == {
        "then": 3,
        "now": 5,
        "sections": [{"code": "34068-7", "name": "dosage", "state": "changed", "places": 1}],
        "unchanged": 3,
    }
    assert asked(server) == ["history", "document", "archive"]


def test_contents_are_requested_once_and_for_ever(evidence: Command, server: DemoServer) -> None:
    publish(server)
    evidence.write(CITED)
    evidence.report()
    first = server.requests[:]
    later = (date.fromisoformat(evidence.today) + timedelta(days=400)).isoformat()

    evidence("check", "--as-of", later)
    evidence("check", "--refresh", "--as-of", later)

    assert [request.path.rpartition("/")[2] for request in server.requests[len(first) :]] == ["history.json"] * 2


def test_a_label_that_is_not_revised_costs_one_request_as_before(evidence: Command, server: DemoServer) -> None:
    publish(server)
    evidence.write(CITED.replace("2026-11-01", "2026-11-21"))

    assert evidence.report()[1]["findings"] == []
    assert asked(server) == ["history"]


def test_a_new_package_label_alone_is_an_info(evidence: Command, server: DemoServer) -> None:
    publish(server, ContentsFacts(PACKAGE))
    evidence.write(CITED)

    [found] = evidence.report()[1]["findings"]

    assert found["severity"] == "info"
    assert found["message"].endswith("now: changed package label (1 place) only; 3 sections unchanged")


def test_a_new_boxed_warning_is_an_error(evidence: Command, server: DemoServer) -> None:
    publish(server, ContentsFacts({"34066-1": ("Liver failure.",), **THEN}))
    evidence.write(CITED)

    status, report = evidence.report()

    assert (status, codes_in(report)) == (1, [("label", "SPL002"), ("label", "SPL006")])
    assert [found["severity"] for found in report["findings"]] == ["warning", "error"]


@pytest.mark.parametrize("trouble", ["home", "another-label", "no-document"])
def test_a_version_that_dailymed_does_not_have_is_an_answer_and_not_asked_again_within_its_life(
    evidence: Command, server: DemoServer, trouble: str
) -> None:
    publish(server, then=ContentsFacts(trouble=trouble))
    evidence.write(CITED)

    status, report = evidence.report()

    assert (status, report["unchecked"], report["references"][0]["check"]) == (0, [], "checked")
    assert [found["severity"] for found in report["findings"]] == ["warning"]
    assert report["findings"][0]["message"].endswith("now; the changed sections are not known")
    so_far = len(server.requests)
    for days, requests in ((20, ["history"]), (40, ["history", "archive"])):
        later = (date.fromisoformat(evidence.today) + timedelta(days=days)).isoformat()
        evidence("check", "--as-of", later)
        assert asked(server)[-len(requests) :] == requests
        assert "archive" in requests or len(server.requests) == so_far + 1


@pytest.mark.parametrize("trouble", ["cut", "page"])
def test_a_version_that_could_not_be_read_leaves_the_reference_unchecked_and_is_asked_again(
    evidence: Command, server: DemoServer, trouble: str
) -> None:
    publish(server, then=ContentsFacts(trouble=trouble))
    evidence.write(CITED)

    status, report = evidence.report()

    assert (status, report["references"][0]["check"]) == (3, "not-checked")
    assert [found["code"] for found in report["findings"]] == ["SPL002"]
    [unchecked] = report["unchecked"]
    assert unchecked["source"] == "spl"
    assert unchecked["reason"].endswith("(contents of version 3)")
    publish(server)
    status, report = evidence.report()
    assert (status, report["unchecked"]) == (0, [])
    assert "changed dosage" in report["findings"][0]["message"]


def test_a_lock_has_hashes_of_sections_no_text_and_gives_the_same_findings(
    evidence: Command, server: DemoServer
) -> None:
    publish(server)
    evidence.write(CITED)
    evidence("check", "--update-lock", "--as-of", evidence.today)
    lock = (evidence.folder / "references.lock.json").read_text("utf-8")
    assert '"version": 2\n' in lock
    assert "tablets a day" not in lock

    result = evidence("check", "--locked", "--select", "SPL", "--as-of", evidence.today)

    assert result.returncode == 0
    assert "changed dosage; 3 sections unchanged" in " ".join(result.stdout.split())


def test_a_store_restored_from_a_lock_has_hashes_until_the_text_is_needed(
    evidence: Command, server: DemoServer
) -> None:
    publish(server)
    evidence.write(CITED)
    evidence("check", "--update-lock")
    (evidence.folder / "evidence.db").unlink()
    evidence("lock", "--restore")
    known = evidence("show", "label", "--changes", "--offline")
    assert known.returncode == 3
    assert "only the hashes of version 3" in known.stderr

    assert evidence("show", "label", "--changes").returncode == 0
    assert asked(server)[3:] == ["archive", "document"]


def test_a_lock_without_contents_is_version_1_and_judges_as_before(evidence: Command, server: DemoServer) -> None:
    publish(server)
    evidence.write(CITED.replace("2026-11-01", "2026-11-21"))
    evidence("check", "--update-lock", "--as-of", evidence.today)
    assert '"version": 1\n' in (evidence.folder / "references.lock.json").read_text("utf-8")
    evidence.write(CITED)  # as an entry whose lock was written before contents were asked about

    result = evidence("check", "--locked", "--select", "SPL", "--as-of", evidence.today)

    assert result.returncode == 0
    assert "the changed sections are not known" in " ".join(result.stdout.split())


def test_changes_are_shown_word_by_word(evidence: Command, server: DemoServer) -> None:
    publish(server)
    evidence.write(CITED)

    result = evidence("show", "label", "--changes")

    assert result.returncode == 0
    assert result.stdout.splitlines()[:3] == [
        "TESTOL TABLET",
        "version 3 (2025-02-01) and version 5 (2026-11-20)",
        "1 section changed; 3 unchanged",
    ]
    assert "Take [-one tablet-] {+two tablets+} a day" in result.stdout
    assert asked(server) == ["history", "archive", "document"]


def test_changes_of_stored_versions_are_shown_without_a_request(evidence: Command, server: DemoServer) -> None:
    publish(server)
    evidence.write(CITED)
    missing = evidence("show", "label", "--changes", "--offline")
    assert (missing.returncode, missing.stdout) == (2, "")
    evidence("check")
    so_far = server.count()

    for extra in ((), ("--offline",)):
        assert evidence("show", "label", "--changes", *extra).returncode == 0

    assert server.count() == so_far


def test_offline_a_version_that_is_not_stored_is_not_compared(evidence: Command, server: DemoServer) -> None:
    publish(server)
    evidence.write(CITED.replace("2026-11-01", "2026-11-21"))
    evidence.report()  # the history alone

    result = evidence("show", "label", "--changes", "3:5", "--offline")

    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr == "evidence: not compared: offline, and no answer is stored\n"


def test_any_two_versions_can_be_named_and_a_hostile_word_stays_a_word(evidence: Command, server: DemoServer) -> None:
    publish(server, ContentsFacts(THEN | {"34068-7": ("Take <script>alert(1)</script> \u202e daily.",)}))
    evidence.write(CITED)

    page = evidence("show", "label", "--changes", "5:3", "--format", "html").stdout
    data = json.loads(evidence("show", "label", "--changes", "5:3", "--format", "json").stdout)

    assert (data["then"]["version"], data["now"]["version"]) == (5, 3)
    assert [section["name"] for section in data["sections"]] == ["dosage"]
    assert "<script" not in page
    assert "&lt;script&gt;alert" in page
    assert "\u202e" not in page + evidence("show", "label", "--changes").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("label", "--changes", "3"), "--changes 3 does not name two versions"),
        (("label", "--changes", "3:3"), "--changes 3:3 does not name two versions"),
        (("label", "--changes", "3:4"), "version 4 is not in DailyMed's history of this label (it has 5, 3)"),
        (("label", "--format", "html"), "--format cannot be used without --changes"),
        (("label", "--offline"), "--offline cannot be used without --changes"),
        (("paper", "--changes"), "paper does not cite a label"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    evidence: Command, server: DemoServer, arguments: tuple[str, ...], message: str
) -> None:
    publish(server)
    evidence.write(CITED + "- {id: paper, PMID: 23359310}\n")

    result = evidence("show", *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"evidence: error: {message}")
    assert result.stderr.count("\n") == 1


def test_a_label_that_is_as_it_was_read_has_no_changes(evidence: Command, server: DemoServer) -> None:
    publish(server)
    evidence.write(CITED.replace("2026-11-01", "2026-11-21"))

    result = evidence("show", "label", "--changes")

    assert result.returncode == 0
    assert "one version: it was current when the label was accessed, and still is" in result.stdout
    assert asked(server) == ["history"]


def test_a_waiver_of_a_new_boxed_warning_rests_on_its_text(evidence: Command, server: DemoServer) -> None:
    publish(server, ContentsFacts({"34066-1": ("Liver failure.",), **THEN}))
    evidence.write(CITED)
    evidence.report()
    terms = ("--category", "accepted-risk", "--reason", "being added", "--until", "30D", "--requested-by", "A. Reader")
    done = evidence("waive", "SPL006", "label", *terms, "--approved-by", "B. Reader", "--as-of", evidence.today)
    assert done.returncode == 0, done.stderr
    status, report = evidence.report()
    assert (status, [one["code"] for one in report["waived"]]) == (0, ["SPL006"])
    publish(server, ContentsFacts({"34066-1": ("Liver failure.",), **THEN, **PACKAGE}))
    (evidence.folder / "evidence.db").unlink()
    status, report = evidence.report()
    assert [one["code"] for one in report["waived"]] == ["SPL006"]
    publish(server, ContentsFacts({"34066-1": ("Liver failure and death.",), **THEN}))
    (evidence.folder / "evidence.db").unlink()
    status, report = evidence.report()
    assert (status, report["waived"]) == (1, [])
    assert {"SPL006", "WVR002"} <= {one["code"] for one in report["findings"]}


def test_of_many_labels_only_the_revised_ones_cost_more_requests(evidence: Command, server: DemoServer) -> None:
    entries = ["references:"]
    for number in range(20):
        setid, accessed = f"{number:08d}-2222-4333-8444-555555555555", "2026-11-01" if number < 3 else "2026-11-21"
        server.world = server.world.with_label(LabelFacts(setid, f"TESTOL{number} TABLET", VERSIONS))
        entries.append(f"- {{id: label-{number}, title: Testol{number}, setid: {setid}, accessed: {accessed}}}")
    evidence.write("\n".join([*entries, ""]))

    _, report = evidence.report()

    assert [found["code"] for found in report["findings"]] == ["SPL002"] * 3
    paths = [request.path.rpartition("/")[2] for request in server.requests]
    assert (paths.count("history.json"), paths.count("getFile.cfm"), len(paths)) == (20, 3, 26)
    evidence.report()
    assert server.count() == 26


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (11, "DailyMed has no contents of version 11"),
        (8, "DailyMed has no contents of version 8"),
        (10, "DailyMed's archive cannot be read to its end"),
    ],
    ids=["the home page in place of its archive", "the document of another label", "an archive that is cut short"],
)
def test_the_demo_server_has_a_version_for_each_way_in_which_dailymed_gives_none(
    evidence: Command, version: int, said: str
) -> None:
    evidence.write("references:\n- {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2025-08}\n")
    evidence.report()

    compared = evidence("show", "label", "--changes", "13:14")
    result = evidence("show", "label", "--changes", f"{version}:14")

    assert (compared.returncode, result.returncode, result.stdout) == (0, 3, "")
    assert result.stderr.startswith(f"evidence: not compared: {said}")
