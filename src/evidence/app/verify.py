"""Recomputes what an audit trail and a bundle bind: store, log, locks, files and signatures as they are now.

Each check yields what is broken (`Flaw`) and what is worth knowing (`Remark`), and is independent.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

from evidence.app.bundle import PAGE, REPORT, BundleContents, contents_of, problems_of
from evidence.app.sign import SignerRoots, files_now
from evidence.audit.events import (
    CRLF,
    FILE,
    Break,
    Event,
    Flaw,
    Remark,
    describe_result,
    edit_result,
    is_edit,
    sha256_of,
    unfinished,
    walk,
)
from evidence.audit.log import LogFile
from evidence.audit.signoffs import NoSignOffError, current, files_changed, mismatch, sign_off_in
from evidence.model.audit import (
    ActionStatus,
    AuditAction,
    BoundKind,
    ChainHead,
    SignatureCheck,
    SignatureState,
    SignOff,
)
from evidence.model.claims import Claim
from evidence.model.errors import EvidenceError, StoreError, UsageError
from evidence.model.policy import SignOffPolicy
from evidence.model.ports import Clock
from evidence.model.references import FINDING, Waiver
from evidence.model.report import Mode
from evidence.model.text import quantity
from evidence.storage import encoding, schema
from evidence.storage.database import UnclosedStoreError, is_access_problem, open_read_only, schema_version
from evidence.storage.lockfile import AUDIT, read_lock
from evidence.storage.trail import INPUT, LOCK, ROWS, STORE, mark_of

Results = Iterator[Flaw | Remark]
"""What one check yields."""

RESTORE = "restore the store from a backup; the log and version control show what was there"

DAMAGED = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What SQLite raises on a damaged file; its own message may be no text any more."""

CUT_OFF = "restore the log and the store from version control or a backup that still has this event"
"""What to do when a trail does not go through a head that is known from elsewhere."""

_RESTORE_LOG = "restore the log from version control, or compare it with `evidence log`, which shows the store's events"
_RESTORE_OR_SIGN = "restore the store and the log from a backup or version control, or sign again"
_CATCH_UP = "the next recorded command adds the missing events"
_ASK_AGAIN = "run `evidence check --refresh` to look it up again, or restore a backup to recover the earlier answer"
_SIGN_AGAIN = "sign again; ask the signer whether this signature is theirs"
_ANOTHER_COPY = "use another copy of the bundle, or make it again with `evidence bundle`"
_ALTERED = "changed after it was recorded"

_TRIES, _PAUSE = 3, 0.2  # a command that is under way is between store and log for some milliseconds
_SKEW = timedelta(minutes=1)  # processes and machines that take turns differ by less
_MOST_MESSAGES = 20  # of SQLite's own examination
_MOST_EVENTS = 5  # named for one file
_MOST_WAIVERS = 5  # (and approvals) of which the trail knows nothing, named one by one


@dataclass(frozen=True)
class LogText:
    """A log's complete lines, and the part of a line that may follow them."""

    name: str
    lines: Sequence[str]
    rest: str


@dataclass(frozen=True)
class StoreRows:
    """A store as it is, with its table of events; `rows` are their numbers, objects and lines."""

    path: Path
    connection: sqlite3.Connection
    rows: Sequence[tuple[int, str, str]]

    @property
    def name(self) -> str:
        """The path as messages name it."""
        return self.path.as_posix()

    @cached_property
    def links(self) -> list[Event | Break]:
        """The store's chain verified."""
        return list(walk(line for _, _, line in self.rows))

    def reports(self) -> Iterator[tuple[str, int, bytes, str]]:
        """Of every run that has ended: its id, its number, the report as it is packed, the SHA-256 beside it."""
        return self.connection.execute(
            "SELECT r.id, e.run, e.report, e.sha256 FROM run_ends AS e JOIN runs AS r ON r.sequence = e.run "
            "ORDER BY e.run"
        )


@dataclass(frozen=True, slots=True)
class Prunings:
    """Before which day prunings have removed runs, and raw answers; None for never."""

    runs: date | None
    answers: date | None

    def removed_run(self, started: str) -> bool:
        """Whether a run begun at this instant was removed."""
        return self.runs is not None and started < self.runs.isoformat()

    def may_have_removed_answers_of(self, started: str) -> bool:
        """Whether answers that a run begun at this instant was given may have been removed."""
        return self.answers is not None and started < self.answers.isoformat()


@dataclass(frozen=True, slots=True)
class OwnEvents:
    """What this very store has noted in the trail, which may hold events of others, too."""

    mark: str
    events: tuple[Event, ...]

    def about(self, action: AuditAction) -> Iterator[Event]:
        """The events of this action."""
        return (event for event in self.events if event.action == action)

    @property
    def beginning(self) -> Mapping[str, str]:
        """What the trail found when it began in this store."""
        return next((event.details for event in self.about(AuditAction.BEGIN)), {})

    @property
    def prunings(self) -> Prunings:
        """What prunings have removed."""
        days: dict[str, date] = {}
        for event in self.about(AuditAction.PRUNE):
            for key in ("history-before", "answers-before"):
                if key in event.details:
                    day = date.fromisoformat(event.details[key])
                    days[key] = max(day, days.get(key, day))
        return Prunings(days.get("history-before"), days.get("answers-before"))


@dataclass(frozen=True)
class VerifySubject:
    """What a verification looks at. `folder` is the log's: files in events are named from there.

    `damage` is why the store cannot be read, or not all of it; `roots` say whose SSH keys may sign;
    `waivers` and `claims` are those of the references files as they are now;
    `heads` are hashes, or their beginnings, of events that the trail is to hold.
    """

    folder: Path
    store: StoreRows | None
    log: LogText | None
    locks: Sequence[Path] = ()
    log_place: str = ""
    damage: Flaw | None = None
    roots: SignerRoots = field(default_factory=SignerRoots)
    waivers: Sequence[Waiver] = ()
    claims: Sequence[Claim] = ()
    heads: Sequence[str] = ()

    @cached_property
    def log_links(self) -> list[Event | Break]:
        """The log's chain verified; once for both, where it holds the very lines of the store."""
        lines = self.log.lines if self.log is not None else []
        if self.store is not None and [line for _, _, line in self.store.rows] == lines:
            return self.store.links
        return list(walk(lines))

    @cached_property
    def events(self) -> Mapping[int, Event]:
        """The events that are what they were, by their number: the store's, or without one the log's."""
        links = self.store.links if self.store is not None else self.log_links
        return {link.sequence: link for link in links if isinstance(link, Event)}

    @cached_property
    def own(self) -> OwnEvents | None:
        """What this store has noted itself; None without a store, and while its trail has not begun."""
        mark = mark_of(self.store.connection) if self.store is not None else None
        if mark is None:
            return None
        return OwnEvents(mark, tuple(event for event in self.events.values() if event.details.get(STORE) == mark))

    @property
    def head(self) -> ChainHead | None:
        """Where the trail has got to."""
        return self.events[max(self.events)].head if self.events else None


@contextmanager
def verify_subject(store: Path, log: LogFile, locks: Sequence[Path], clock: Clock) -> Iterator[VerifySubject]:
    """Everything that is to be verified, the store and the log as they are at one moment.

    Raises:
        UsageError: there is neither, or only a store that keeps no trail yet.
        StoreError: one of them cannot be opened at all: rights, a full disk or another process prevents it, or
            there is no log that shows that it should be a store.
    """
    with ExitStack() as stack:
        connection, damage = _open_store(store, log, stack)
        if connection is None and not log.path.exists():
            what = f"{store} has no audit trail yet" if store.exists() else "no audit trail found"
            fix = "the trail begins with the next recorded command; for other files, use --store and --log"
            raise UsageError(f"{what}, and log {log.name} not found", fix=fix)
        if connection is None:
            rows, text = None, _log_text(log)
        else:
            rows, text, damage = _read_snapshot(store, connection, log, clock)
        yield VerifySubject(log.path.parent, rows, text, locks, log.name, damage)


def _open_store(store: Path, log: LogFile, stack: ExitStack) -> tuple[sqlite3.Connection | None, Flaw | None]:
    """The store, if there is one that keeps a trail; what is wrong when it cannot even be opened."""
    if not store.exists():
        return None, None
    try:
        connection = stack.enter_context(open_read_only(store))
        has_trail = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'events'"
        return (connection if connection.execute(has_trail).fetchone() else None), None
    except StoreError as wrong:
        prevented = isinstance(wrong, UnclosedStoreError) or is_access_problem(wrong.__cause__)
        if prevented or not log.path.exists():
            raise
        return None, Flaw(store.as_posix(), wrong.what, wrong.fix or RESTORE)
    except DAMAGED as wrong:
        return None, Flaw(store.as_posix(), f"the file is damaged: {wrong}", RESTORE)


def _read_snapshot(
    path: Path, connection: sqlite3.Connection, log: LogFile, clock: Clock
) -> tuple[StoreRows, LogText | None, Flaw | None]:
    """Store and log, read again when a command that is under way has written the one and not yet the other."""
    damage = None
    for attempt in range(1, _TRIES + 1):
        text = _log_text(log)
        connection.execute("BEGIN")
        try:
            rows = connection.execute("SELECT sequence, object, event FROM events ORDER BY sequence").fetchall()
        except DAMAGED as wrong:
            rows, damage = [], Flaw(f"{path.as_posix()} events", f"the file is damaged: {wrong}", RESTORE)
        if attempt == _TRIES or damage or len(rows) == len(text.lines if text else ()):
            break
        connection.execute("ROLLBACK")
        clock.sleep(_PAUSE)
    return StoreRows(path, connection, rows), text, damage


def _log_text(log: LogFile) -> LogText | None:
    if not log.path.exists():
        return None
    lines, rest = log.lines()
    return LogText(log.name, lines, rest)


# The chain of events, in the store and in the log


def chain_in_store(subject: VerifySubject) -> Results:
    """Every event in the store hashes to what it says, and names the one before it; so do the columns beside it."""
    store = subject.store
    if store is None:
        return
    for link in store.links:
        if isinstance(link, Break):
            yield Flaw(f"{store.name} events {store.rows[link.number - 1][0]}", link.what, RESTORE)
    known = {link.sequence: link for link in store.links if isinstance(link, Event)}
    for number, (sequence, named, _) in enumerate(store.rows, 1):
        place = f"{store.name} events {sequence}"
        event = known.get(number)
        if sequence != number:  # so are those that follow it
            yield Flaw(place, f"found the row of event {sequence} where event {number} was expected", RESTORE)
            return
        if event is not None and encoding.text(event.object) != named:
            yield Flaw(place, "its object differs from the object in the event itself", RESTORE)


def chain_in_log(subject: VerifySubject) -> Results:
    """Every line of the log is an event that hashes to what it says, and names the one before it."""
    log = subject.log
    if log is None:
        return
    rewritten = False
    for link in subject.log_links:
        if isinstance(link, Break) and not (rewritten and link.what == CRLF):
            rewritten |= link.what == CRLF  # once for all lines
            yield Flaw(f"{log.name}:{link.number}", link.what, _RESTORE_LOG)


def store_and_log_agree(subject: VerifySubject) -> Results:
    """The log holds the store's events, byte for byte, no more and no fewer."""
    store, log = subject.store, subject.log
    if store is None:
        if log is not None and log.rest:
            yield Flaw(f"{log.name}:{len(log.lines) + 1}", "the log ends with an incomplete line", _RESTORE_LOG)
        return
    if log is None:
        if store.rows:
            what = f"log not found, but the store has {quantity(len(store.rows), 'event')}"
            yield Flaw(subject.log_place, what, f"restore the log from version control; otherwise {_CATCH_UP}")
        return
    broken = {link.number for chain in (store.links, subject.log_links) for link in chain if isinstance(link, Break)}
    for number, (row, line) in enumerate(zip_longest(store.rows, log.lines), 1):
        if row is None or line is None or row[2] == line:
            continue
        if number not in broken:
            what = f"differs from event {number} of {store.name}: different chains, or one was rewritten"
            yield Flaw(f"{log.name}:{number}", what, _RESTORE_LOG)
        return
    yield from _lengths(subject, len(store.rows), len(log.lines))


def _lengths(subject: VerifySubject, stored: int, mirrored: int) -> Results:
    """One of the two goes on where the other ends."""
    store, log = subject.store, subject.log
    if store is None or log is None:
        return
    place = f"{log.name}:{mirrored + 1}"
    if not stored and not store.connection.execute("SELECT 1 FROM runs LIMIT 1").fetchone():
        yield Remark(f"the store is new; the next recorded command copies {quantity(mirrored, 'event')} from the log")
    elif mirrored < stored:
        what = f"the log ends after event {mirrored}, the store after event {stored}"
        yield Flaw(place, f"{what}: it was truncated, or a command was killed before it added them", _CATCH_UP)
    elif mirrored > stored:
        what = f"the log ends with event {mirrored}, the store with event {stored}"
        fix = (
            "if the events came with the log (from version control, or because the store is an older copy), the next "
            "recorded command copies them; otherwise restore the store from a backup"
        )
        what = f"{what}: events were removed from the store, or added to the log"
        yield Flaw(f"{store.name} events {stored + 1}", what, fix)
    elif log.rest:
        yield Flaw(place, "incomplete line after the last event", _RESTORE_LOG)


def events_in_time(subject: VerifySubject) -> Results:
    """No event is dated before the one before it: setting a clock back is not prevented, but found."""
    late = [
        (event, before)
        for before, event in pairwise(event for _, event in sorted(subject.events.items()))
        if before.at - event.at > _SKEW
    ]
    if late:
        event, before = late[0]
        more = f" ({len(late) - 1} more like this)" if len(late) > 1 else ""
        what = f"event {event.sequence} is dated {event.at:%Y-%m-%d %H:%M} UTC, earlier than event {before.sequence}"
        yield Remark(f"{what} ({before.at:%Y-%m-%d %H:%M}){more}: a clock was set back, or two clocks differ")


# The heads of the trail that are known from elsewhere: they show when its end was cut off


def heads_in_locks(subject: VerifySubject) -> Results:
    """The trail holds the event that each lock names as its last one."""
    for path in subject.locks:
        try:
            file = read_lock(path)
        except EvidenceError as wrong:
            place = ":".join(str(part) for part in (wrong.path, wrong.line) if part is not None)
            yield Flaw(place or path.as_posix(), wrong.what, wrong.fix or "restore it from version control")
            continue
        if file.lock is not None and file.lock.audit is not None:
            line = next(n for n, text in enumerate((file.text or "").splitlines(), 1) if f'"{AUDIT}"' in text)
            for what in _missed(subject, file.lock.audit):
                yield Flaw(f"{file.name}:{line}", what, CUT_OFF)


def heads_given(subject: VerifySubject) -> Results:
    """The trail holds the events whose hashes were printed and filed elsewhere."""
    for named in subject.heads:
        if not any(event.hash.startswith(named) for event in subject.events.values()):
            what = f"no event has this hash ({named}): the trail was truncated or rewritten, or is a different one"
            yield Flaw("--head", what, CUT_OFF)


def heads_in_reports(subject: VerifySubject) -> Results:
    """The trail holds the event that each stored report names as the last one before its run ended."""
    if subject.store is None:
        return
    for run_id, number, packed, sha256 in subject.store.reports():
        report = encoding.unpack(packed, sha256)
        audit = None if report is None else json.loads(report).get("audit")
        if audit is not None:
            for what in _missed(subject, ChainHead(audit["sequence"], audit["head"])):
                yield Flaw(f"{subject.store.name} run_ends {number}", f"report of run {run_id}: {what}", CUT_OFF)


def _missed(subject: VerifySubject, named: ChainHead) -> Iterator[str]:
    """What is wrong when the trail does not go through this head."""
    event = subject.events.get(named.sequence)
    if event is not None and event.hash == named.hash:
        return
    last = subject.head.sequence if subject.head else 0
    if named.sequence > last:
        yield f"it refers to event {named.sequence}, but the trail ends with event {last}: its end was cut off"
    else:
        yield f"its hash of event {named.sequence} differs from the trail: rewritten, or a different trail"


# The rows of the store, which events bind by their digests


def database_is_sound(subject: VerifySubject) -> Results:
    """SQLite's own examination of every page and index, and the triggers that keep rows from being changed."""
    if subject.damage is not None:
        yield subject.damage
    elif subject.store is None:
        yield Remark("no store with a trail found: only the log was verified, not reports, raw answers or rows")
    if subject.store is None:
        return
    connection, name = subject.store.connection, subject.store.name
    for (wrong,) in connection.execute(f"PRAGMA integrity_check({_MOST_MESSAGES})"):
        if wrong != "ok":
            yield Flaw(name, f"the file is damaged: {wrong}", RESTORE)
    for table, row, other, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Flaw(f"{name} {table} {row}", f"it refers to a missing row of {other}", RESTORE)
    if (version := schema_version(connection)) < schema.VERSION:
        yield Flaw(name, f"its header says schema {version}, but its tables have a later schema", RESTORE)
    elif schema.migrations_differ(connection):
        yield Flaw(f"{name} _sqlite_migrations", "its migrations differ from those of this version", RESTORE)
    if missing := schema.missing(connection):
        yield Flaw(name, f"the store was altered: missing {', '.join(missing)}", RESTORE)


def the_store_has_begun(subject: VerifySubject) -> Results:
    """The store's mark is one that an event names: all that is known of its rows hangs on that."""
    store = subject.store
    if store is None or not store.rows:
        return
    own = subject.own
    if own is None:
        # Without its mark nothing binds the rows of a store: that is so before its trail begins, and never after.
        noted = {encoding.text(event.object) for event in subject.events.values() if event.action == AuditAction.RUN}
        known = [run_id for (run_id,) in store.connection.execute("SELECT id FROM runs") if run_id in noted]
        if known:
            what = (
                "the id that links the store to its audit trail was removed, so its rows cannot be verified "
                f"(run {known[0]} is in the trail)"
            )
            yield Flaw(f"{store.name} trail", what, RESTORE)
    elif not own.beginning:
        what = "no event in the trail records the creation of a store with this id"
        yield Flaw(f"{store.name} trail {own.mark}", what, RESTORE)
    others = {event.details[STORE] for event in subject.events.values() if event.action == AuditAction.BEGIN}
    others -= {own.mark} if own else set()
    if others:
        stores = "another store" if len(others) == 1 else f"{len(others)} other stores"
        yield Remark(f"the trail also has events of {stores}; the reports and rows there were not verified")


def tables_as_they_were(subject: VerifySubject) -> Results:
    """Every table, index and trigger is worded as it was when the trail began in this version of the store."""
    store = subject.store
    if store is None or (own := subject.own) is None:
        return
    known = [
        event
        for event in own.about(AuditAction.BEGIN)
        if event.details.get("schema") == str(schema_version(store.connection))
    ]
    if known and encoding.digest_of_schema(store.connection) != known[-1].details["tables"]:
        what = f"the definition of a table, index or trigger has changed (event {known[-1].sequence})"
        yield Flaw(f"{store.name} sqlite_master", what, RESTORE)


def reports(subject: VerifySubject) -> Results:
    """Every stored report hashes to the SHA-256 beside it, and to the one that its run's event names."""
    store = subject.store
    if store is None:
        return
    own = subject.own
    named = {
        event.object: event
        for event in (own.about(AuditAction.RUN) if own else ())
        if event.ending != ActionStatus.BEGUN
    }
    for run_id, number, packed, sha256 in store.reports():
        place = f"{store.name} run_ends {number}"
        event = named.get(run_id)
        if encoding.unpack(packed, sha256) is None:
            yield Flaw(place, f"the report of run {run_id} does not match its SHA-256", RESTORE)
        elif event is not None and event.after != sha256:
            what = f"the report of run {run_id} does not match event {event.sequence}"
            yield Flaw(place, what, RESTORE)


def rows_of_runs(subject: VerifySubject) -> Results:
    """Every run's own row, its observations, its findings and its end are what its event bound."""
    store = subject.store
    if store is None or (own := subject.own) is None:
        return
    numbers = dict(store.connection.execute("SELECT id, sequence FROM runs").fetchall())
    closed = {event.object: event for event in own.about(AuditAction.RUN) if event.ending != ActionStatus.BEGUN}
    for event in own.about(AuditAction.RUN):
        if event.ending == ActionStatus.BEGUN and event.object in closed:
            continue
        number = numbers.get(encoding.text(event.object))
        if number is not None:
            yield from _altered(store, event, number)
        elif not own.prunings.removed_run(event.details["started"]):
            what = f"run {event.object} (event {event.sequence}) not found: it was removed or renamed"
            yield Flaw(f"{store.name} runs", what, RESTORE)


def _altered(store: StoreRows, event: Event, number: int) -> Results:
    """The tables whose rows of a run are not those that its event bound."""
    now = encoding.digests_of_run(store.connection, number)
    for table, actual in now.items():
        bound = event.details.get(f"{ROWS}{table}")
        if bound is not None and bound != actual:
            what = f"{table} of run {event.object} {_ALTERED} (event {event.sequence})"
            rows = ""
            if table == "observations":  # which have numbers of their own
                query = "SELECT min(sequence), max(sequence) FROM observations WHERE run = ?"
                first, last = store.connection.execute(query, (number,)).fetchone()
                rows = "" if first is None else f" (rows {first} to {last})"
            yield Flaw(f"{store.name} {table} of run {number}{rows}", what, RESTORE)
    if event.ending == ActionStatus.BEGUN:
        yield Remark(
            f"run {event.object} has not finished: it was killed or is still running; "
            "its results are added to the audit trail when another run starts, at least a day later"
        )


def runs_are_in_the_trail(subject: VerifySubject) -> Results:
    """Every run and every pruning in the store is recorded in the trail."""
    store = subject.store
    if store is None or (own := subject.own) is None:
        return
    known = {encoding.text(event.object) for event in own.about(AuditAction.RUN)}
    first = int(own.beginning.get("earlier-runs", "0"))
    query = "SELECT sequence, id FROM runs WHERE sequence > ? AND mode <> ? ORDER BY sequence"
    for number, run_id in store.connection.execute(query, (first, str(Mode.STAND_IN))):
        if run_id not in known:
            yield Flaw(
                f"{store.name} runs {number}",
                f"run {run_id} has no event: it was not recorded in the audit trail",
                RESTORE,
            )
    noted = {int(event.details["pruning"]): event for event in own.about(AuditAction.PRUNE)}
    earlier = int(own.beginning.get("earlier-prunings", "0"))
    for (number,) in store.connection.execute("SELECT sequence FROM prunings WHERE sequence > ?", (earlier,)):
        if number not in noted:
            yield Flaw(
                f"{store.name} prunings {number}",
                "this pruning record has no event: it was not recorded in the audit trail",
                RESTORE,
            )
    for number, event in noted.items():
        if encoding.digest_of_pruning(store.connection, number) != event.details["row"]:
            what = f"this pruning {_ALTERED} (event {event.sequence})"
            yield Flaw(f"{store.name} prunings {number}", what, RESTORE)


def loaded_files_are_in_the_trail(subject: VerifySubject) -> Results:
    """Every file that is noted as loaded is in the trail, with its SHA-256."""
    store = subject.store
    if store is None or (own := subject.own) is None or schema_version(store.connection) < _LOADS_SINCE:
        return
    known = {(event.object, event.after) for event in own.about(AuditAction.LOAD)}
    query = "SELECT sequence, name, sha256 FROM loaded ORDER BY sequence"
    for number, name, sha256 in store.connection.execute(query):
        if (name, sha256) not in known:
            what = f"{name} was not loaded by a recorded command, or its SHA-256 {_ALTERED}"
            yield Flaw(f"{store.name} loaded {number}", what, RESTORE)


def rows_before_the_trail(subject: VerifySubject) -> Results:
    """What was recorded before the trail began is what it found then."""
    store = subject.store
    if store is None or (own := subject.own) is None:
        return
    found = own.beginning
    if "earlier-runs" in found:
        last = int(found["earlier-runs"])
        if own.prunings.runs is not None:
            yield Remark("some of the runs from before the trail began were pruned, so the rest cannot be verified")
        elif encoding.digest_of_earlier_runs(store.connection, last) != found["earlier-rows"]:
            what = f"runs 1 to {last} were changed after the trail began"
            yield Flaw(f"{store.name} runs 1 to {last}", what, RESTORE)
    if "earlier-prunings" in found:
        last = int(found["earlier-prunings"])
        if encoding.digest_of_prunings(store.connection, last) != found["pruning-rows"]:
            what = f"prunings 1 to {last} were changed after the trail began"
            yield Flaw(f"{store.name} prunings 1 to {last}", what, RESTORE)


# The raw answers, and everything that names one


_LOADS_SINCE = 4  # the version of the store that has a table of loaded files
_NAMED_AND_MISSING = (
    "SELECT o.sequence, o.identifier, o.run, o.record_sha256, r.started FROM observations AS o "
    "JOIN runs AS r ON r.sequence = o.run WHERE o.record_sha256 IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM answers AS a WHERE a.sha256 = o.record_sha256) ORDER BY o.sequence"
)
_RECORDS = (
    "SELECT r.identifier, r.address, a.sha256, r.fetched_at, r.as_of, r.source, r.tool_version, r.digest "
    "FROM records AS r LEFT JOIN answers AS a ON a.sequence = r.answer ORDER BY 1, 2"
)
_OBSERVED = (
    "SELECT record_sha256, as_of, source FROM observations "
    "WHERE identifier = ? AND address = ? AND at = ? AND origin = 'network' AND state IN ('found', 'not-found')"
)


def raw_answers(subject: VerifySubject) -> Results:
    """Every raw answer hashes to the SHA-256 under which it is stored."""
    store = subject.store
    if store is None:
        return
    sound: set[str] = set()
    damaged: list[tuple[int, str, str]] = []
    for number, sha256, packed, crc in store.connection.execute("SELECT sequence, sha256, raw, crc FROM answers"):
        if encoding.unpack(packed, sha256) is None:
            damaged.append((number, sha256, "the raw answer does not match its SHA-256"))
        elif encoding.checksum(packed, number) != crc:
            damaged.append((number, sha256, "the compressed raw answer does not match its checksum"))
        else:
            sound.add(sha256)
    for number, sha256, what in damaged:
        place = f"{store.name} answers {number}"
        if sha256 in sound:
            yield Remark(f"{place}: {what}; the same answer has since been stored again")
        else:
            yield Flaw(place, f"{what} ({sha256[:16]}…)", _ASK_AGAIN)


def answers_that_runs_were_given(subject: VerifySubject) -> Results:
    """Every raw answer that an observation names is stored, unless a pruning removed it."""
    store = subject.store
    if store is None:
        return
    own = subject.own
    prunings = own.prunings if own else Prunings(None, None)
    earlier = int(own.beginning.get("earlier-runs", "0")) if own else 2**63
    lost = pruned = 0
    for number, identifier, run, sha256, started in store.connection.execute(_NAMED_AND_MISSING):
        if run <= earlier:
            lost += 1
        elif prunings.may_have_removed_answers_of(started):
            pruned += 1
        else:
            what = f"the raw answer for {identifier} ({sha256[:16]}…) was removed"
            yield Flaw(f"{store.name} observations {number}", what, "restore the store from a backup")
    if lost:
        yield Remark(f"{quantity(lost, 'raw answer')} not stored (from before the trail began)")
    if pruned:
        yield Remark(f"{quantity(pruned, 'raw answer')} of earlier runs pruned")


def stored_records(subject: VerifySubject) -> Results:
    """What is served as an authority's last answer is what was stored, as the run that asked received it."""
    store = subject.store
    if store is None:
        return
    for *values, row_digest in store.connection.execute(_RECORDS).fetchall():
        identifier, address, sha256, fetched_at, as_of, source, _ = values
        place = f"{store.name} records {identifier} at {address}"
        if encoding.digest_of_row("records", values) != row_digest:
            yield Flaw(place, "the row does not match its digest: it was changed", _ASK_AGAIN)
            continue
        observed = store.connection.execute(_OBSERVED, (identifier, address, fetched_at)).fetchall()
        if observed and (sha256, as_of, source) not in observed:
            what = "it differs from the answer that the trail recorded for the run"
            yield Flaw(place, what, _ASK_AGAIN)


# Sign-offs, and the files that events name


def sign_offs_hold(subject: VerifySubject) -> Results:
    """Every sign-off names the report of its run and files that were judged; its signature is looked at."""
    for event in _signed(subject):
        place = place_of(subject, event.sequence)
        try:
            signed = sign_off_in(event)
        except NoSignOffError as wrong:
            yield Flaw(place, f"the sign-off cannot be read: {wrong}", _RESTORE_OR_SIGN)
            continue
        for what in _misfits(subject, signed):
            yield Flaw(place, what, _RESTORE_OR_SIGN)
        yield from check_signature(place, signed, subject.roots.check(signed))


def _misfits(subject: VerifySubject, signed: SignOff) -> Iterator[str]:
    """In what a sign-off differs from the run that it names."""
    of_run = (event for event in subject.events.values() if event.action == AuditAction.RUN)
    ends = (event for event in of_run if event.object == signed.report.run and event.ending == ActionStatus.DONE)
    run = next(ends, None)
    if run is None:
        yield f"it is for run {signed.report.run}, which has no end event"
        return
    if run.after != signed.report.sha256:
        yield f"the report that it covers does not match event {run.sequence}"
    judged = {key.removeprefix(INPUT): sha256 for key, sha256 in run.details.items() if key.startswith(INPUT)}
    for bound in signed.bound:
        if bound.kind is not BoundKind.LOCK and judged.get(bound.path, bound.sha256) != bound.sha256:
            yield f"its version of {bound.path} is not the one that was checked (event {run.sequence})"


def sign_offs_now(subject: VerifySubject) -> Results:
    """Which sign-offs bind what is not there any more; `evidence check` judges the findings, too."""
    signed = []
    for event in _signed(subject):
        try:
            signed.append(sign_off_in(event))
        except NoSignOffError:
            continue
    for sign_off in current(signed, date.max, subject.roots.check, lambda _: SignOffPolicy()):
        changed = list(files_changed(sign_off.bound, files_now(sign_off, subject.folder)))
        if changed:
            by = f"{sign_off.name} ({sign_off.role}, {sign_off.meaning}, event {sign_off.sequence})"
            who = f"the sign-off of {sign_off.as_of} by {by}"
            yield Remark(f"{who} is void: {'; '.join(changed)}")


def _signed(subject: VerifySubject) -> Iterator[Event]:
    return (
        event
        for event in subject.events.values()
        if event.action == AuditAction.SIGN and event.ending == ActionStatus.DONE
    )


def check_signature(place: str, signed: SignOff, known: SignatureCheck | None) -> Results:
    """A signature that does not hold is broken; one of which nothing is known is worth knowing, never a pass."""
    if known is None:
        return
    if differs := mismatch(signed, known, SignOffPolicy()):
        yield Remark(f"{place}: wrong signer: {differs}")
    match known.state:
        case SignatureState.BAD | SignatureState.EXPIRED_KEY | SignatureState.REVOKED_KEY:
            yield Flaw(place, f"the signature of this sign-off is not valid: {known.message}", _SIGN_AGAIN)
        case SignatureState.GOOD | SignatureState.UNKNOWN_KEY | SignatureState.UNVERIFIED:
            yield Remark(f"{place}: {known.message}")


def edits_have_ended(subject: VerifySubject) -> Results:
    """No edit was interrupted between its being announced and its end."""
    for event in unfinished(subject.events):
        what = f"event {event.sequence} announces `{event.action}` of {event.object}, which has no end event"
        fix = f"{describe_result(edit_result(event, subject.folder))}; the next recorded command adds the end event"
        yield Flaw(place_of(subject, event.sequence), what, fix)


def place_of(subject: VerifySubject, sequence: int) -> str:
    """Where an event is: its line of the log, without one its row in the store."""
    if subject.log is not None:
        return f"{subject.log.name}:{sequence}"
    return f"{subject.store.name} events {sequence}" if subject.store else str(sequence)


def files_as_they_are(subject: VerifySubject) -> Results:
    """What was changed since by other means than these commands: allowed, and worth knowing."""
    last: dict[str, tuple[int, str]] = {}
    between: dict[str, list[int]] = {}
    # No command writes the others.
    edited = {event.details[FILE] for event in subject.events.values() if is_edit(event)}
    for event in subject.events.values():
        for name, found, left in _files_in(event):
            if found is not None and name in last and last[name][1] != found:
                between.setdefault(name, []).append(event.sequence)
            if left is not None:
                last[name] = event.sequence, left
    for name, (sequence, sha256) in sorted(last.items()):
        if name in between and name in edited:
            numbers = ", ".join(map(str, between[name][-_MOST_EVENTS:]))
            times, several = len(between[name]), "s" if len(between[name]) > 1 else ""
            often = f" ({times} times in all)" if times > _MOST_EVENTS else ""
            yield Remark(f"{name} was changed outside this tool before event{several} {numbers}{often}")
        now = sha256_of(subject.folder / name)
        if now is None:
            yield Remark(f"{name} not found (last recorded in event {sequence})")
        elif now != sha256:
            yield Remark(f"{name} was changed outside this tool after event {sequence}, the last event about it")


def _files_in(event: Event) -> Iterator[tuple[str, str | None, str | None]]:
    """Every file that an event names: its name, its SHA-256 before the event and after it."""
    if event.action == AuditAction.RUN:
        for key, sha256 in event.details.items():
            if key.startswith((INPUT, LOCK)):
                yield key.partition(":")[2], sha256, sha256
    elif is_edit(event):
        done = event.ending == ActionStatus.DONE
        yield event.details[FILE], None if done else event.before, event.after if done else None


def waivers_as_given(subject: VerifySubject) -> Results:
    """Each waiver says what the last event about its finding gave; allowed otherwise, and worth knowing."""
    given: dict[str, Event] = {}
    for event in subject.events.values():
        if event.action in {AuditAction.WAIVE, AuditAction.BASELINE} and event.ending == ActionStatus.DONE:
            given |= dict.fromkeys(event.details.get("findings", "").split(), event)
    unknown = [waiver for waiver in subject.waivers if waiver.evidence.get(FINDING) not in given]
    for waiver in unknown[:_MOST_WAIVERS]:
        what = "written by hand, or recorded in another trail"
        yield Remark(f"{_waiver_name(waiver)}: no event for its approval by {waiver.approved_by}: {what}")
    if len(unknown) > _MOST_WAIVERS:
        yield Remark(f"no event for {quantity(len(unknown) - _MOST_WAIVERS, 'more waiver')}")
    for waiver in subject.waivers:
        gave = given.get(waiver.evidence.get(FINDING, ""))
        changed = (
            [f"{key} {was or 'nothing'}" for key, was in _changed_fields(waiver, gave)] if gave is not None else []
        )
        if gave is not None and changed:
            recorded = f"event {gave.sequence} recorded {', '.join(changed)}"
            yield Remark(f"{_waiver_name(waiver)} was changed by hand: {recorded}")


def approvals_as_given(subject: VerifySubject) -> Results:
    """Each approval of a claim is one that an event gave; allowed otherwise, and worth knowing."""
    given: dict[tuple[str, str], Event] = {}
    for event in subject.events.values():
        if event.action == AuditAction.APPROVE and event.ending == ActionStatus.DONE:
            given[event.object, event.details.get("claim-sha256", "")] = event
    unknown = []
    for claim in subject.claims:
        approved = claim.approved
        if approved is None:
            continue
        gave = given.get((claim.key, approved.sha256))
        name = f"{claim.place.path}:{claim.place.line}: the approval of {claim.key}"
        if gave is None:
            unknown.append(f"{name} by {approved.by}")
            continue
        by, on = gave.details.get("by"), gave.details.get("on")
        if (by, on) != (approved.by, str(approved.on)):
            yield Remark(f"{name} was changed by hand: event {gave.sequence} recorded it by {by} on {on}")
    for name in unknown[:_MOST_WAIVERS]:
        yield Remark(f"{name}: no event for it: written by hand, or recorded in another trail")
    if len(unknown) > _MOST_WAIVERS:
        yield Remark(f"no event for {quantity(len(unknown) - _MOST_WAIVERS, 'more approval')}")


def _waiver_name(waiver: Waiver) -> str:
    of = f" of {waiver.reference}" if waiver.reference else ""
    return f"{waiver.place.path}:{waiver.place.line}: the waiver of {waiver.code}{of}"


def _changed_fields(waiver: Waiver, event: Event) -> Iterator[tuple[str, str]]:
    """The fields in which a waiver is not what was given, with what was."""
    now = {
        "category": str(waiver.category),
        "requested-by": waiver.requested_by,
        "approved-by": waiver.approved_by,
        "since": waiver.since.isoformat(),
        "until": waiver.until.isoformat(),
    }
    yield from ((key, event.details.get(key, "")) for key, value in now.items() if event.details.get(key) != value)
    if event.reason != waiver.reason:
        yield "reason", f"{event.reason!r}"
    if "evidence" in event.details:
        finding = f"{waiver.evidence[FINDING]}/"
        given = {item for item in event.details["evidence"].split() if item.startswith(finding)}
        if given != {f"{finding}{source}/{value}" for source, value in waiver.evidence.items() if source != FINDING}:
            yield "evidence", event.details["evidence"]


# A bundle: its own bytes, its sign-offs' signatures, and what the local trail says of it


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle's file: what it is called, and its bytes."""

    path: Path
    data: bytes

    @property
    def name(self) -> str:
        """The path as messages name it."""
        return self.path.as_posix()

    @property
    def sha256(self) -> str:
        """What was printed and noted when it was made."""
        return encoding.digest(self.data)


Render = Callable[[Mapping[str, Any]], bytes]
"""A report's document as the page that this version makes of it."""


def check_bundle(bundle: Bundle, trail: Iterable[Event], roots: SignerRoots, render: Render) -> Results:
    """Everything that is to be said of a bundle; `trail` are the events at hand, none where no trail is."""
    broken = problems_of(bundle.data)
    for what in broken:
        place, _, rest = what.partition(": ")
        yield Flaw(f"{bundle.name} {place}", rest, _ANOTHER_COPY)
    if broken:
        return
    contents = contents_of(bundle.data)
    for sign_off in contents.sign_offs:
        yield from check_signature(f"{bundle.name} event {sign_off.sequence}", sign_off, roots.check(sign_off))
    # No event binds the script and the page, and another version of the tool may make them otherwise.
    for name in contents.differing:
        yield Remark(f"{bundle.name} {name}: differs from the one in bundles of this version; do not rely on it")
    if render(contents.report) != contents.page:
        yield Remark(f"{bundle.name} {PAGE}: differs from the page that this version makes; rely on {REPORT}")
    yield from _in_trail(bundle, contents, list(trail))


def _in_trail(bundle: Bundle, contents: BundleContents, trail: list[Event]) -> Results:
    """Whether the trail at hand notes this bundle, and holds what the bundle took from it: else it was cut off."""
    head = contents.head
    yield Remark(f"{bundle.name}: run {contents.run}, events up to {head.sequence}, hash {head.hash}")
    noted = [event for event in trail if event.action in {AuditAction.BUNDLE, AuditAction.REVIEW}]
    ours = next((event for event in noted if event.after == bundle.sha256), None)
    same_name = [event for event in noted if event.details.get("bundle") == bundle.path.name]
    if ours is not None:
        yield Remark(f"{bundle.name}: event {ours.sequence} recorded this SHA-256, {bundle.sha256}")
    elif same_name:
        what = f"its SHA-256 differs from the one that event {same_name[-1].sequence} recorded for this file name"
        yield Flaw(bundle.name, what, _ANOTHER_COPY)
    else:
        what = f"not recorded in a trail here; compare its SHA-256 with the one filed: {bundle.sha256}"
        yield Remark(f"{bundle.name}: {what}")
    hashes = {event.sequence: event.hash for event in trail}
    if not hashes or hashes.get(head.sequence) == head.hash:
        return
    if hashes.get(1) != contents.first:
        yield Remark(f"{bundle.name}: made from a different trail: the first events differ")
    elif head.sequence > max(hashes):
        last = max(hashes)
        what = f"it has event {head.sequence}, but the trail here ends with event {last}: its end was cut off"
        yield Flaw(bundle.name, what, CUT_OFF)
    else:
        what = f"event {head.sequence} of the trail here was rewritten after the bundle was made"
        yield Flaw(bundle.name, what, CUT_OFF)


# All checks

CHECKS: tuple[Callable[[VerifySubject], Results], ...] = (
    chain_in_store,
    chain_in_log,
    store_and_log_agree,
    events_in_time,
    heads_in_locks,
    heads_given,
    database_is_sound,
    the_store_has_begun,
    tables_as_they_were,
    reports,
    rows_of_runs,
    runs_are_in_the_trail,
    loaded_files_are_in_the_trail,
    rows_before_the_trail,
    heads_in_reports,
    raw_answers,
    answers_that_runs_were_given,
    stored_records,
    sign_offs_hold,
    sign_offs_now,
    edits_have_ended,
    files_as_they_are,
    waivers_as_given,
    approvals_as_given,
)
"""What is recomputed, in the order in which it is reported: the chain first, then what hangs on it."""


def verify(subject: VerifySubject) -> Iterator[Flaw | Remark]:
    """Everything that is to be said, the first broken link first."""
    for check in CHECKS:
        try:
            yield from check(subject)
        except DAMAGED as error:
            name = subject.store.name if subject.store else ""
            yield Flaw(name, f"the file is damaged: {error}", RESTORE)
