"""What is judged by the lock is what was judged online, on days on which things die, move, drift and are retracted."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from evidence.demo.world import (
    CrossrefUpdate,
    LabelFacts,
    PageFacts,
    naltrexone_world,
    plain_page,
    references_for,
    synthetic_world,
)
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Cause, Origin, State, Unavailable
from evidence.model.records import NoticeLink, SplVersion
from evidence.model.report import Exit, Mode
from evidence.storage.lock import Lock, LockedFailure, LockEntry, Memory, Moment
from factories import SentenceWriter, write_lock
from runs import codes_of, verdicts

LABEL, LOST_LABEL = "06ff2d5a-e62b-4fa4-bbdb-000000000001", "06ff2d5a-e62b-4fa4-bbdb-000000000002"
NO_LABEL = "06ff2d5a-e62b-4fa4-bbdb-00000000dead"
WRITER = SentenceWriter(2026)
SENTENCES = WRITER.sentences(400)
REWRITTEN = WRITER.exchanged(SENTENCES, 0.6)
PAGES = ("healthy", "dies", "wall", "moves", "drifts", "hangs", "soft", "flaps")


def address(name):
    return f"https://{name}.example.org/trial"


def text(sentences, day=0):
    return plain_page("A trial", f"<p>Visitor {day * 37}.</p>" + " ".join(sentences))


def everything():
    """A world with one of everything, and a references.yaml that cites it."""
    world = synthetic_world(8)
    for name in PAGES:
        world = world.with_page(address(name), plain_page(f"The {name} trial"))
    world = (
        world.with_page(address("drifts"), text(SENTENCES))
        .with_label(
            LabelFacts(LABEL, "EXAMPLE TABLET", (SplVersion(3, date(2025, 2, 1)), SplVersion(2, date(2024, 3, 9))))
        )
        .with_label(LabelFacts(LOST_LABEL, "OTHER TABLET", (SplVersion(1, date(2023, 5, 4)),)))
        .with_handle("10.5281/zenodo.1", "https://zenodo.example/records/1")
        .with_pmc("PMC7", next(iter(synthetic_world(9).articles.values())))
        .with_snapshot(address("dies"), "20261020120000")
    )
    extra = "".join(
        f"  - {{id: {name}, {fields}}}\n"
        for name, fields in {
            "in-pmc": "PMCID: PMC7",
            "by-doi": "DOI: 10.5555/synthetic.10000006",
            "by-handle": "DOI: 10.5281/zenodo.1",
            "ghost-doi": "DOI: 10.5555/nobody.holds.this",
            "ghost": 'PMID: "99999999"',
            "ghost-label": f"setid: {NO_LABEL}, accessed: 2026-10-01",
            "pinned": f"setid: {LABEL}, spl-version: 2, accessed: 2025-08",
            "trial": "NCT: NCT00568555, type: webpage",
            "ignored": f"URL: '{address('dies')}', type: webpage, accessed: 2026-10-01, ignore: {{LNK001: a reason}}",
            "wrong": 'PMID: "10000002", title: Something else altogether, issued: 1950',
        }.items()
    )
    return world, references_for(world, accessed="2026-11-01") + extra


def days(world):
    """How the world is from each day on."""
    yield 0, world
    retracted = world.with_retraction(
        "10000001",
        NoticeLink("RetractionIn", "J Synth Med 1", pmid="31000001"),
        update=CrossrefUpdate("10.5555/notice", "retraction", date(2026, 11, 2)),
    )
    concerned = replace(
        retracted.articles["10000003"],
        updates=(CrossrefUpdate("10.5555/concern", "expression_of_concern", date(2026, 11, 2)),),
    )
    bad = (
        retracted.with_article(concerned)
        .without_page(address("dies"))
        .with_page(address("wall"), PageFacts(status=403))
        .with_redirect(address("moves"), address("healthy"))
        .with_page(address("hangs"), PageFacts(status=None))
        .with_page(address("flaps"), PageFacts(status=503))
        .without_article("10000004")
        .without_label(LOST_LABEL)
        .with_label_version(LABEL, 5, date(2026, 11, 2))
    )
    yield 1, bad
    drifted = bad.with_page(address("drifts"), text(REWRITTEN)).with_page(
        address("flaps"), plain_page("The flaps trial")
    )
    yield 2, drifted
    yield 3, drifted.with_page(address("soft"), plain_page("404 Not Found"))
    yield 4, drifted
    yield 5, drifted


def test_locked_runs_judge_as_the_online_runs_did_on_every_day_of_a_bad_week(series):
    world, references = everything()
    series.write(references)
    observed = {}
    for day, changed in days(world):
        series.server.world = changed
        online = series.run(day)
        assert verdicts(series.locked(day)) == verdicts(online), f"day {day}"
        observed[day] = codes_of(online)
    assert ("pmid-10000001", "RET001") in observed[1] - observed[0]
    assert ("pmid-10000003", "RET003") in observed[1]
    assert {("page-2", "LNK001"), ("ghost", "IDN003"), ("ghost-label", "SPL001")} <= observed[1]
    assert [day for day, found in observed.items() if any(code == "LNK003" for _, code in found)] == [4, 5]
    assert any(code == "LNK008" for _, code in observed[2])
    assert ("pmid-10000004", "IDN003") not in observed[1]
    assert ("pmid-10000004", "IDN003") in observed[2]


def test_another_machine_with_the_lock_alone_judges_online_as_this_one_does(series):
    world, references = everything()
    series.write(references)
    for day, changed in days(world):
        if day:
            elsewhere = series.elsewhere()
            series.server.world = changed
            assert verdicts(elsewhere.run(day)) == verdicts(series.run(day)), f"day {day}"
        else:
            series.run(day)


@pytest.mark.parametrize("make", [naltrexone_world, lambda: synthetic_world(60)], ids=["naltrexone", "synthetic"])
def test_the_worlds_of_the_demo_server_are_judged_alike_online_and_locked(series, make):
    series.server.world = make()
    series.write(references_for(series.server.world))
    online = series.run(0)
    locked = series.locked(0)
    assert verdicts(locked) == verdicts(online)
    assert {result.origin for result in locked.references} == {Origin.LOCK}
    assert locked.run.mode is Mode.LOCKED
    assert [result.record for result in locked.references] == [result.record for result in online.references]
    assert [result.verified for result in locked.references] == [result.verified for result in online.references]


class NoSocket(socket.socket):
    def __init__(self, *_args, **_kwargs):
        raise AssertionError("a socket was opened")


def test_a_locked_run_opens_no_socket_and_makes_no_file(series, monkeypatch):
    series.server.world = synthetic_world(5).with_page(address("dies"), PageFacts(status=404))
    series.write(references_for(series.server.world))
    online = series.run(0)
    clone = series.elsewhere()
    before = sorted(path.name for path in clone.folder.iterdir())
    monkeypatch.setattr(socket, "socket", NoSocket)
    with pytest.raises(AssertionError, match="a socket was opened"):
        socket.create_connection(("127.0.0.1", 9))
    assert verdicts(clone.locked(0)) == verdicts(online)
    assert sorted(path.name for path in clone.folder.iterdir()) == before == ["references.lock.json", "references.yaml"]


def test_no_day_of_silence_is_counted_that_nobody_observed(series):
    series.server.world = synthetic_world(0).with_page(address("healthy"), plain_page("A trial"))
    series.server.world = series.server.world.with_page(address("hangs"), PageFacts(status=None))
    series.write(references_for(series.server.world, accessed="2026-10-30"))
    for day in (0, 1, 2):
        series.run(day)
    assert {code for _, code in codes_of(series.locked(9))} == {"LNK002"}
    series.run(3)
    assert {code for _, code in codes_of(series.locked(9))} == {"LNK003"}


def test_a_reference_that_the_lock_lacks_is_unchecked_and_the_others_are_judged(series):
    series.server.world = synthetic_world(2)
    series.write(references_for(series.server.world))
    series.run(0)
    series.write(references_for(synthetic_world(3)))
    report = series.locked(1)
    # Its PMID and its DOI.
    assert [(item.reference, item.source) for item in report.unchecked] == [("pmid-10000003", "lock")] * 2
    assert (report.findings, report.exit) == ((), Exit.INCOMPLETE)
    assert [str(result.state) for result in report.references] == ["found", "found", "not-checked"]


@pytest.mark.parametrize(("age", "unchecked"), [(14, False), (15, True), (-1, False), (-2, True)])
def test_everything_is_unchecked_once_the_lock_is_older_than_its_limit(series, age, unchecked):
    series.server.world = synthetic_world(2)
    series.write(references_for(series.server.world))
    series.run(10)
    report = series.locked(10 + age)
    assert {item.reference for item in report.unchecked} == ({"pmid-10000001", "pmid-10000002"} if unchecked else set())
    assert (report.exit is Exit.INCOMPLETE) is unchecked


def retracted(world, number):
    return world.with_retraction(number, NoticeLink("RetractionIn", "J Synth Med 1", pmid="31000001"))


def by_crossref(world, number):
    updates = (CrossrefUpdate("10.5555/notice", "retraction", date(2026, 11, 2)),)
    return world.with_article(replace(world.articles[number], updates=updates))


@pytest.mark.parametrize("reported", [retracted, by_crossref])
@pytest.mark.parametrize("complete", [True, False])
def test_a_lock_that_is_out_of_date_still_reports_the_retraction_that_it_holds(series, reported, complete):
    series.server.world = reported(synthetic_world(2), "10000001")
    series.write(references_for(series.server.world))
    series.run(0)
    if not complete:
        write_lock(series.lock, replace(series.lock.sound(), complete=None))
    report = series.locked(99)
    reported = {
        item.reference for item in report.unchecked if "; RETRACTED according to the lock entry for " in item.reason
    }
    assert reported == {"pmid-10000001"}
    assert report.exit is Exit.INCOMPLETE


def test_the_limit_is_the_policys(series):
    series.server.world = synthetic_world(1)
    series.write(references_for(series.server.world) + "policy: {lock-limit: 3 d}\n")
    series.run(0)
    assert series.locked(3).exit is Exit.CLEAN
    (first, *_) = series.locked(4).unchecked
    assert first.reason.endswith("out of date: its last complete run was on 2026-11-01, 4 days ago (limit: 3 days)")


def test_that_crossref_does_not_hold_a_doi_is_no_death_of_it_when_an_entry_comes_to_cite_it(series):
    world = synthetic_world(1)
    series.server.world = replace(world, not_at_crossref=frozenset({"10.5555/synthetic.10000001"}))
    series.write('references:\n  - {id: one, PMID: "10000001"}\n')
    series.run(0)
    series.write('references:\n  - {id: one, PMID: "10000001", DOI: 10.5555/synthetic.10000001}\n')
    report = series.locked(0)
    assert not any(code == "IDN003" for _, code in codes_of(report))
    assert [(item.reference, item.source) for item in report.unchecked] == [("one", "lock")]


def test_that_a_host_does_not_exist_is_believed_as_the_online_run_believed_it(series):
    cited = Identifier(IdKind.URL, address("dies"))
    now, before = (Moment(datetime(2026, 11, day, 12, tzinfo=UTC), date(2026, 11, day)) for day in (6, 4))
    nameless = Unavailable("host not found: dies.example.org", Cause.NO_SUCH_NAME)
    memory = Memory(failures=(LockedFailure(before, State.UNAVAILABLE, Cause.NO_SUCH_NAME),))
    lock = Lock(now, {cited: LockEntry(cited, "web", "web", now, nameless, memory=memory)})
    series.write(f"references:\n  - {{id: page, URL: '{cited.value}', accessed: 2026-11-01}}\n")
    write_lock(series.lock, lock)
    assert codes_of(series.locked(6)) == {("page", "LNK001")}
