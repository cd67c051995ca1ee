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
from stations import FIRST, verdicts
from storage.test_locked_verdicts import days, everything


def rebuild(station, day):
    request = station.check_request(day, Mode.OFFLINE)
    with station.open(day) as store:
        return lock_from_store(station.workplace(day, store), request, request.libraries[0])


def restored(station, day):
    """Another machine's store, made from the lock alone."""
    elsewhere = station.elsewhere()
    request = elsewhere.check_request(day, Mode.OFFLINE)
    with elsewhere.open(day) as store:
        result = restore_store(elsewhere.workplace(day, store), request, [elsewhere.lock.sound()])
    return elsewhere, result


def offline(station, day):
    with station.open(day) as store:
        return station.workplace(day, store).run(station.check_request(day, Mode.OFFLINE))


def test_a_lock_that_was_lost_is_rebuilt_from_the_store(station):
    station.server.world = naltrexone_world()
    station.write(references_for(station.server.world))
    station.online(0)
    station.online(8)
    before = station.lock.sound()
    station.lock_path.unlink()
    again = rebuild(station, 8)
    assert again.complete == before.complete
    assert again.entries.keys() == before.entries.keys()
    assert [entry.facts for entry in again.entries.values()] == [before.entries[one].facts for one in again.entries]


def test_a_lock_rebuilt_after_a_bad_week_judges_as_the_one_that_was_lost(station):
    world, references = everything()
    # It cites a trial, which nobody can be asked about, so that no run counts as complete by its report alone.
    station.write(references.replace("  - {id: trial, NCT: NCT00568555, type: webpage}\n", ""))
    for day, changed in days(world):
        station.server.world = changed
        station.online(day)
    kept = read_lock(station.lock_path)
    expected = station.locked(5)
    again = rebuild(station, 5)
    write_lock(kept, replace(again, complete=kept.sound().complete))
    assert verdicts(station.locked(5)) == verdicts(expected)


def test_a_store_that_was_lost_is_restored_from_the_lock_and_judges_offline_as_before(station):
    station.server.world = naltrexone_world()
    station.write(references_for(station.server.world))
    station.online(0)
    expected = offline(station, 0)
    elsewhere, result = restored(station, 0)
    assert (result.taken, result.known) == (len(station.lock.sound().entries), 0)
    station.server.forget()
    assert verdicts(offline(elsewhere, 0)) == verdicts(expected)
    assert station.server.requests == []


def test_a_restored_answer_lives_no_longer_than_it_would_have(station):
    station.server.world = synthetic_world(1)
    station.write(references_for(station.server.world))
    station.online(0)
    elsewhere, _ = restored(station, 3)
    assert elsewhere.online(3).unchecked == ()
    assert station.server.count("eutils") == 2


def test_a_restored_store_remembers_strikes_and_what_was_found(station):
    world, references = everything()
    station.write(references)
    for day, changed in days(world):
        station.server.world = changed
        if day < 4:
            station.online(day)
    elsewhere, _ = restored(station, 3)
    elsewhere.lock_path.unlink()
    assert verdicts(elsewhere.online(4)) == verdicts(station.online(4))


def test_what_a_store_has_seen_itself_is_not_overwritten(station):
    station.server.world = synthetic_world(2)
    station.write(references_for(station.server.world))
    station.online(0)
    known = Identifier(IdKind.PMID, "10000001")
    request = station.check_request(0, Mode.OFFLINE)
    with station.open(0) as store:
        before = [store.observations_of(known), store.last_runs(9)]
        result = restore_store(station.workplace(0, store), request, [station.lock.sound()])
        assert (result.taken, result.known) == (0, 4)
        assert [store.observations_of(known), store.last_runs(9)] == before


def test_a_restored_run_is_recorded_as_locked_and_left_without_an_end(station):
    station.server.world = synthetic_world(1)
    station.write(references_for(station.server.world))
    station.online(0)
    elsewhere, _ = restored(station, 0)
    with elsewhere.open(0) as store:
        (run,) = store.last_runs(9)
        assert (run.mode, run.finished) == (Mode.LOCKED, None)
        (observed,) = store.observations_of(Identifier(IdKind.PMID, "10000001"))
        assert (str(observed.state), observed.as_of) == ("found", FIRST)
        assert observed.at.date() == FIRST + timedelta(days=0)
        assert store.last_runs(1, finished=True) == ()
