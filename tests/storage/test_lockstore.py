"""Lock and store, each rebuilt from the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from evidence.app.lock import lock_from_store, restore_store
from evidence.demo.world import naltrexone_world, references_for, synthetic_world
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.report import Mode
from evidence.storage.lockfile import read_lock
from factories import write_lock
from runs import FIRST, verdicts
from storage.test_locked_verdicts import days, everything


def rebuild(series, day):
    request = series.request(day, Mode.OFFLINE)
    with series.checker(day) as checker:
        return lock_from_store(checker, request, request.libraries[0])


def restored(series, day):
    """Another machine's store, made from the lock alone."""
    elsewhere = series.elsewhere()
    request = elsewhere.request(day, Mode.OFFLINE)
    with elsewhere.checker(day) as checker:
        result = restore_store(checker, request, [elsewhere.lock.sound()])
    return elsewhere, result


def offline(series, day):
    with series.checker(day) as checker:
        return checker.run(series.request(day, Mode.OFFLINE))


def test_a_lock_that_was_lost_is_rebuilt_from_the_store(series):
    series.server.world = naltrexone_world()
    series.write(references_for(series.server.world))
    series.run(0)
    series.run(8)
    before = series.lock.sound()
    series.lock_path.unlink()
    again = rebuild(series, 8)
    assert again.complete == before.complete
    assert again.entries.keys() == before.entries.keys()
    assert [entry.facts for entry in again.entries.values()] == [before.entries[one].facts for one in again.entries]


def test_a_lock_rebuilt_after_a_bad_week_judges_as_the_one_that_was_lost(series):
    world, references = everything()
    # It cites a trial, which nobody can be asked about, so that no run counts as complete by its report alone.
    series.write(references.replace("  - {id: trial, NCT: NCT00568555, type: webpage}\n", ""))
    for day, changed in days(world):
        series.server.world = changed
        series.run(day)
    kept = read_lock(series.lock_path)
    expected = series.locked(5)
    again = rebuild(series, 5)
    write_lock(kept, replace(again, complete=kept.sound().complete))
    assert verdicts(series.locked(5)) == verdicts(expected)


def test_a_store_that_was_lost_is_restored_from_the_lock_and_judges_offline_as_before(series):
    series.server.world = naltrexone_world()
    series.write(references_for(series.server.world))
    series.run(0)
    expected = offline(series, 0)
    elsewhere, result = restored(series, 0)
    assert (result.taken, result.known) == (len(series.lock.sound().entries), 0)
    series.server.forget()
    assert verdicts(offline(elsewhere, 0)) == verdicts(expected)
    assert series.server.requests == []


def test_a_restored_answer_lives_no_longer_than_it_would_have(series):
    series.server.world = synthetic_world(1)
    series.write(references_for(series.server.world))
    series.run(0)
    elsewhere, _ = restored(series, 3)
    assert elsewhere.run(3).unchecked == ()
    assert series.server.count("eutils") == 2


def test_a_restored_store_remembers_strikes_and_what_was_found(series):
    world, references = everything()
    series.write(references)
    for day, changed in days(world):
        series.server.world = changed
        if day < 4:
            series.run(day)
    elsewhere, _ = restored(series, 3)
    elsewhere.lock_path.unlink()
    assert verdicts(elsewhere.run(4)) == verdicts(series.run(4))


def test_what_a_store_has_seen_itself_is_not_overwritten(series):
    series.server.world = synthetic_world(2)
    series.write(references_for(series.server.world))
    series.run(0)
    known = Identifier(IdKind.PMID, "10000001")
    request = series.request(0, Mode.OFFLINE)
    with series.checker(0) as checker:
        before = [checker.store.observations_of(known), checker.store.last_runs(9)]
        result = restore_store(checker, request, [series.lock.sound()])
        assert (result.taken, result.known) == (0, 4)
        assert [checker.store.observations_of(known), checker.store.last_runs(9)] == before


def test_a_restored_run_is_recorded_as_locked_and_left_without_an_end(series):
    series.server.world = synthetic_world(1)
    series.write(references_for(series.server.world))
    series.run(0)
    elsewhere, _ = restored(series, 0)
    with elsewhere.checker(0) as checker:
        (run,) = checker.store.last_runs(9)
        assert (run.mode, run.finished) == (Mode.LOCKED, None)
        (observed,) = checker.store.observations_of(Identifier(IdKind.PMID, "10000001"))
        assert (str(observed.state), observed.as_of) == ("found", FIRST)
        assert observed.at.date() == FIRST + timedelta(days=0)
        assert checker.store.last_runs(1, finished=True) == ()
