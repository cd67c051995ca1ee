"""Whether the chain of events holds, in the store and in the log, and whether the two are one."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise, zip_longest

from evidence.audit.chain import Break
from evidence.audit.events import CRLF
from evidence.audit.flaws import Flaw, Remark
from evidence.store import events, schema
from evidence.store.inspecting import version
from evidence.verifying.subject import RESTORE, StoreRows, Told, VerifySubject

_RESTORE_LOG = "restore the log from version control, or compare it with `evidence log`, which tells the store's events"
_CATCH_UP = "the next command that is recorded adds what is missing"
_SKEW = timedelta(minutes=1)  # processes and machines that take turns differ by less
_GREATEST = 20  # messages of SQLite's own examination


def database_is_sound(subject: VerifySubject) -> Told:
    """SQLite's own examination of every page and index, and the triggers that keep rows from being changed."""
    if subject.damage is not None:
        yield subject.damage
    elif subject.store is None:
        yield Remark("no store with a trail is here: the log alone was verified, no reports, raw answers or rows")
    if subject.store is None:
        return
    connection, shown = subject.store.connection, subject.store.shown
    for (wrong,) in connection.execute(f"PRAGMA integrity_check({_GREATEST})"):
        if wrong != "ok":
            yield Flaw(shown, f"the file is damaged: {wrong}", RESTORE)
    for table, row, other, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Flaw(f"{shown} {table} {row}", f"it names a row of {other} that is not there", RESTORE)
    if version(connection) < schema.VERSION:
        yield Flaw(shown, f"its header names schema {version(connection)}, and its tables are of a later one", RESTORE)
    elif schema.migrations_differ(connection):
        yield Flaw(f"{shown} _sqlite_migrations", "it tells of other migrations than those of this version", RESTORE)
    if missing := schema.missing(connection):
        yield Flaw(shown, f"the store was altered: it lacks {', '.join(missing)}", RESTORE)


def chain_in_store(subject: VerifySubject) -> Told:
    """Every event in the store hashes to what it says, and names the one before it."""
    store = subject.store
    if store is None:
        return
    for link in store.links:
        if isinstance(link, Break):
            yield Flaw(f"{store.shown} events {store.rows[link.number - 1][0]}", link.what, RESTORE)
    yield from _columns(store)


def _columns(store: StoreRows) -> Told:
    """The columns beside an event say what it says itself; what follows an event that is out of place is, too."""
    known = {link.sequence: link for link in store.links if not isinstance(link, Break)}
    for number, (sequence, subject, _) in enumerate(store.rows, 1):
        event = known.get(number)
        if sequence != number:
            yield Flaw(f"{store.shown} events {sequence}", f"event {number} stands in the row of another one", RESTORE)
            return
        if event is not None and events.column(event.object) != subject:
            yield Flaw(f"{store.shown} events {sequence}", "its object is not the one in the event itself", RESTORE)


def events_in_time(subject: VerifySubject) -> Told:
    """No event is dated before the one before it: who sets a clock back is not stopped, and is seen."""
    late = [
        (event, before)
        for before, event in pairwise(event for _, event in sorted(subject.events.items()))
        if before.at - event.at > _SKEW
    ]
    if late:
        event, before = late[0]
        more = f", as are {len(late) - 1} more" if len(late) > 1 else ""
        told = f"event {event.sequence} is dated {event.at:%Y-%m-%d %H:%M} UTC, before event {before.sequence}"
        yield Remark(f"{told} of {before.at:%Y-%m-%d %H:%M}{more}: a clock was set back, or the two differ")


def chain_in_log(subject: VerifySubject) -> Told:
    """Every line of the log is an event that hashes to what it says, and names the one before it."""
    log = subject.log
    if log is None:
        return
    rewritten = False
    for link in subject.log_links:
        if isinstance(link, Break) and not (rewritten and link.what == CRLF):
            rewritten |= link.what == CRLF  # once for all lines
            yield Flaw(f"{log.shown}:{link.number}", link.what, _RESTORE_LOG)


def store_and_log_agree(subject: VerifySubject) -> Told:
    """The log holds the store's events, byte for byte, no more and no fewer."""
    store, log = subject.store, subject.log
    if store is None:
        if log is not None and log.rest:
            yield Flaw(f"{log.shown}:{len(log.lines) + 1}", "the log ends in the middle of a line", _RESTORE_LOG)
        return
    if log is None:
        if store.rows:
            what = f"there is no log, and the store holds {len(store.rows)} events"
            yield Flaw(subject.log_place, what, f"restore it from version control; otherwise {_CATCH_UP}")
        return
    told = {link.number for chain in (store.links, subject.log_links) for link in chain if isinstance(link, Break)}
    for number, (row, line) in enumerate(zip_longest(store.rows, log.lines), 1):
        if row is None or line is None or row[2] == line:
            continue
        if number not in told:
            what = f"this is not event {number} of {store.shown}: two chains, or one of the two was rewritten"
            yield Flaw(f"{log.shown}:{number}", what, _RESTORE_LOG)
        return
    yield from _lengths(subject, len(store.rows), len(log.lines))


def _lengths(subject: VerifySubject, stored: int, mirrored: int) -> Told:
    """One of the two goes on where the other ends."""
    store, log = subject.store, subject.log
    if store is None or log is None:
        return
    place = f"{log.shown}:{mirrored + 1}"
    if not stored and not store.connection.execute("SELECT 1 FROM runs LIMIT 1").fetchone():
        yield Remark(f"the store is new; the next command that is recorded takes over the {mirrored} events of the log")
    elif mirrored < stored:
        what = f"the log ends after event {mirrored}, the store after event {stored}"
        yield Flaw(place, f"{what}: it was cut off, or a command was killed before it could add them", _CATCH_UP)
    elif mirrored > stored:
        what = f"the log goes on to event {mirrored}, the store ends with event {stored}"
        fix = (
            "when they came with the log (from version control, or the store is an older copy), the next command "
            "that is recorded takes them over; otherwise restore the store from a backup"
        )
        yield Flaw(f"{store.shown} events {stored + 1}", f"{what}: events were removed from the store, or added", fix)
    elif log.rest:
        yield Flaw(place, "part of a line stands behind the last event", _RESTORE_LOG)
