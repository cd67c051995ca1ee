"""Whether the rows of runs and prunings are still those that an event bound by their digest."""

from __future__ import annotations

import sqlite3

from evidence.audit.events import Event
from evidence.audit.flaws import Flaw, Remark
from evidence.model.deeds import ActionStatus, AuditAction
from evidence.report import Mode
from evidence.store import digests, encoding, events
from evidence.store.inspecting import version
from evidence.store.run_events import ROWS
from evidence.verifying.subject import RESTORE, StoreRows, Told, VerifySubject

_ALTERED = "is not what the audit trail bound when it was recorded"


def the_store_has_begun(subject: VerifySubject) -> Told:
    """The store's mark is one that an event names: all that is known of its rows hangs on that."""
    store = subject.store
    if store is None or not store.rows:
        return
    mine = subject.own
    if mine is None:
        yield from _unmarked(subject, store)
    if mine is not None and not mine.beginning:
        what = "no event tells that the trail began in a store of this mark"
        yield Flaw(f"{store.shown} trail {mine.mark}", what, RESTORE)
    strangers = {e.details[events.STORE] for e in subject.events.values() if e.action == AuditAction.BEGIN}
    strangers -= {mine.mark} if mine else set()
    if strangers:
        yield Remark(f"the trail holds events of {len(strangers)} other stores, whose reports and rows are not here")


def _unmarked(subject: VerifySubject, store: StoreRows) -> Told:
    """Without its mark nothing binds the rows of a store: that is so before its trail begins, and never after."""
    told = {events.column(event.object) for event in subject.events.values() if event.action == AuditAction.RUN}
    known = [run_id for (run_id,) in store.connection.execute("SELECT id FROM runs") if run_id in told]
    if known:
        what = f"the store's mark was removed, so nothing binds its rows: events tell of run {known[0]}, which is here"
        yield Flaw(f"{store.shown} trail", what, RESTORE)


def tables_as_they_were(subject: VerifySubject) -> Told:
    """Every table, index and trigger is worded as it was when the trail began in this version of the store."""
    store = subject.store
    if store is None or (mine := subject.own) is None:
        return
    known = [
        event
        for event in mine.about(AuditAction.BEGIN)
        if event.details.get("schema") == str(version(store.connection))
    ]
    if known and digests.of_schema(store.connection) != known[-1].details["tables"]:
        what = f"a table, an index or a trigger is not worded as it was (event {known[-1].sequence})"
        yield Flaw(f"{store.shown} sqlite_master", what, RESTORE)


def rows_of_runs(subject: VerifySubject) -> Told:
    """Every run's own row, its observations, its findings and its end are what its event bound."""
    store = subject.store
    if store is None or (mine := subject.own) is None:
        return
    numbers = dict(store.connection.execute("SELECT id, sequence FROM runs").fetchall())
    closed = {event.object: event for event in mine.about(AuditAction.RUN) if event.ending != ActionStatus.BEGUN}
    for event in mine.about(AuditAction.RUN):
        if event.ending == ActionStatus.BEGUN and event.object in closed:
            continue
        number = numbers.get(events.column(event.object))
        if number is not None:
            yield from _altered(store, event, number)
        elif not mine.forgotten.has_run(event.details["started"]):
            what = f"there is no run {event.object}, which event {event.sequence} tells of: it was removed or renamed"
            yield Flaw(f"{store.shown} runs", what, RESTORE)


def _altered(store: StoreRows, event: Event, number: int) -> Told:
    now = digests.of_run(store.connection, number)
    for table, digest in now.items():
        bound = event.details.get(f"{ROWS}{table}")
        if bound is not None and bound != digest:
            what = f"what {table} holds of run {event.object} {_ALTERED} (event {event.sequence})"
            yield Flaw(f"{store.shown} {table} of run {number}{_which(store.connection, table, number)}", what, RESTORE)
    if event.ending == ActionStatus.BEGUN:
        yield Remark(
            f"run {event.object} was begun and not ended, by a kill, or it is under way: "
            "what it saw is bound a day after, when another run begins"
        )


def _which(connection: sqlite3.Connection, table: str, run: int) -> str:
    """Which rows these are, where they have numbers of their own."""
    if table != "observations":
        return ""
    query = "SELECT min(sequence), max(sequence) FROM observations WHERE run = ?"
    first, last = connection.execute(query, (run,)).fetchone()
    return "" if first is None else f" (rows {first} to {last})"


def runs_are_in_the_trail(subject: VerifySubject) -> Told:
    """No run and no pruning stands in the store of which the trail does not tell."""
    store = subject.store
    if store is None or (mine := subject.own) is None:
        return
    known = {events.column(event.object) for event in mine.about(AuditAction.RUN)}
    first = int(mine.beginning.get("earlier-runs", "0"))
    query = "SELECT sequence, id FROM runs WHERE sequence > ? AND mode <> ? ORDER BY sequence"
    for number, run_id in store.connection.execute(query, (first, str(Mode.STAND_IN))):
        if run_id not in known:
            yield Flaw(f"{store.shown} runs {number}", f"no event tells of run {run_id}: it was put here", RESTORE)
    told = {int(event.details["pruning"]): event for event in mine.about(AuditAction.PRUNE)}
    earlier = int(mine.beginning.get("earlier-prunings", "0"))
    for (number,) in store.connection.execute("SELECT sequence FROM prunings WHERE sequence > ?", (earlier,)):
        if number not in told:
            yield Flaw(f"{store.shown} prunings {number}", "no event tells of this pruning: it was put here", RESTORE)
    for number, event in told.items():
        if digests.of_pruning(store.connection, number) != event.details["row"]:
            what = f"this pruning {_ALTERED} (event {event.sequence})"
            yield Flaw(f"{store.shown} prunings {number}", what, RESTORE)


def rows_before_the_trail(subject: VerifySubject) -> Told:
    """What was recorded before the trail began is what it found then."""
    store = subject.store
    if store is None or (mine := subject.own) is None:
        return
    found = mine.beginning
    if "earlier-runs" in found:
        last = int(found["earlier-runs"])
        if mine.forgotten.runs is not None:
            yield Remark("of the runs from before the trail began some were pruned, so the rest cannot be verified")
        elif digests.of_earlier_runs(store.connection, last) != found["earlier-rows"]:
            what = f"what is recorded of runs 1 to {last}, from before the trail began, is not what it found then"
            yield Flaw(f"{store.shown} runs 1 to {last}", what, RESTORE)
    if "earlier-prunings" in found:
        last = int(found["earlier-prunings"])
        if digests.of_prunings(store.connection, last) != found["pruning-rows"]:
            what = f"prunings 1 to {last}, from before the trail began, are not what it found then"
            yield Flaw(f"{store.shown} prunings 1 to {last}", what, RESTORE)


def reports(subject: VerifySubject) -> Told:
    """Every stored report hashes to the SHA-256 beside it, and to the one that its run's event names."""
    store = subject.store
    if store is None:
        return
    mine = subject.own
    named = {
        event.object: event
        for event in (mine.about(AuditAction.RUN) if mine else ())
        if event.ending != ActionStatus.BEGUN
    }
    for run_id, number, packed, sha256 in store.reports():
        place = f"{store.shown} run_ends {number}"
        event = named.get(run_id)
        if encoding.unpack(packed, sha256) is None:
            yield Flaw(place, f"the report of run {run_id} does not hash to its SHA-256", RESTORE)
        elif event is not None and event.after != sha256:
            what = f"the report of run {run_id} is not the one that event {event.sequence} names"
            yield Flaw(place, what, RESTORE)
