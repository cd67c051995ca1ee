"""How often the services are asked, counted by them: one process and several on one store."""

import sys
from collections import Counter
from datetime import date

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import LabelFacts, references_for, synthetic_world
from evidence.model.records import SplVersion
from processes import CommandProcess, reported, rows, start, unsound

GHOST = '  - {id: ghost, PMID: "99999999"}\n'


def message(line):
    sys.stdout.write(f"\n{line}\n")


def utilities(server):
    return Counter(observed.path.rpartition("/")[2] for observed in server.requests)


def troubles(server):
    return [observed.trouble for observed in server.requests if observed.trouble]


def labels(number):
    versions = (SplVersion(1, date(2023, 5, 4)),)
    return [LabelFacts(f"06ff2d5a-e62b-4fa4-bbdb-{at:012d}", f"TABLET {at} [X]", versions) for at in range(number)]


@pytest.mark.acceptance
def test_a_thousand_pmids_cold_warm_and_one_more(tmp_path):
    world = synthetic_world(1001)
    with DemoServer(world, rate_limit=3) as server:
        evidence = CommandProcess(tmp_path, server.addresses)
        evidence.write(references_for(synthetic_world(1000)))
        assert reported(start(evidence, "--format", "json"))[0] == 0
        cold, pace, wrong = utilities(server), server.most_in_any_second(), troubles(server)
        server.forget()
        assert reported(start(evidence, "--format", "json"))[0] == 0
        warm = len(server.requests)
        evidence.write(references_for(world))
        assert reported(start(evidence, "--format", "json"))[0] == 0
        more = [observed for observed in server.requests if observed.service == "eutils"]
    message(f"1,000 PMIDs cold: {dict(cold)}, at most {pace} in a second; warm: {warm}; one more: {more[0].ids}")
    assert cold["efetch.fcgi"] <= 2
    assert cold["esummary.fcgi"] == 0
    assert (pace <= 3, wrong, warm) == (True, [], 0)
    assert [observed.ids for observed in more] == [("10001001",)]


@pytest.mark.acceptance
@pytest.mark.parametrize("seconds_between", [0.0, 1.0])
def test_two_processes_with_a_thousand_pmids_on_one_store(tmp_path, seconds_between):
    with DemoServer(synthetic_world(1000), rate_limit=3) as server:
        evidence = CommandProcess(tmp_path, server.addresses)
        evidence.write(references_for(server.world))
        first = start(evidence, "--format", "json")
        if seconds_between:
            with pytest.raises(Exception, match="timed out"):
                first.wait(seconds_between)
        second = start(evidence, "--format", "json")
        statuses = [reported(process)[0] for process in (first, second)]
        pace = server.most_in_any_second()
        message(f"two at once, {seconds_between} s apart: {dict(utilities(server))}, at most {pace} in a second")
        assert statuses == [0, 0]
        assert utilities(server)["efetch.fcgi"] <= 4
        assert (server.most_in_any_second() <= 3, troubles(server)) == (True, [])
    assert unsound(tmp_path / "evidence.db") == []


def together(folder, processes, articles, of_labels):
    """So many processes at once on one fresh store, each with references of its own and one that nobody knows."""
    world = synthetic_world(processes * articles)
    for label in labels(of_labels):
        world = world.with_label(label)
    entries = references_for(world).split("  - ")[1:]
    cited, tail = entries[: processes * articles], entries[processes * articles :]
    with DemoServer(world) as server:
        evidence = CommandProcess(folder, server.addresses)
        for at in range(processes):
            mine = [*cited[at * articles : (at + 1) * articles], *tail]
            evidence.write("references:\n" + "".join(f"  - {entry}" for entry in mine) + GHOST, f"{at}.yaml")
        running = [start(evidence, f"{at}.yaml", "--format", "json") for at in range(processes)]
        done = [reported(process) for process in running]
        asked = utilities(server)
    store = folder / "evidence.db"
    for status, output in done:
        assert (status, output["unchecked"]) == (1, [])
        assert [finding["reference"] for finding in output["findings"] if finding["code"] == "IDN003"] == ["ghost"]
    assert unsound(store) == []
    assert rows(store, "SELECT count(*) FROM run_ends") == [(processes,)]
    pmids = "identifier LIKE 'pmid:%'"
    observed = rows(store, f"SELECT count(DISTINCT identifier) FROM observations WHERE {pmids} GROUP BY run")  # noqa: S608
    assert observed == [(articles + 1,)] * processes
    kept = rows(store, f"SELECT count(*) FROM records WHERE {pmids}")  # noqa: S608
    assert kept == [(processes * articles,)]
    return f"{processes} processes on one store: {dict(asked)}"


def test_two_processes_share_a_fresh_store(tmp_path):
    together(tmp_path, processes=2, articles=3, of_labels=0)


@pytest.mark.acceptance
@pytest.mark.parametrize("again", range(5))
def test_eight_processes_share_a_fresh_store(tmp_path, again):
    message(f"{again + 1}. {together(tmp_path, processes=8, articles=40, of_labels=4)}")
