"""What a store has noted in its trail itself, told from what events of other stores say."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

from evidence.app.bundle import PAGE, REPORT, Opened, harms, opened
from evidence.app.sign import files_now
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
from evidence.audit.signatures import verified
from evidence.audit.signoffs import NoSignOffError, current, files_changed, sign_off_in
from evidence.model.audit import (
    ActionStatus,
    AuditAction,
    BoundKind,
    ChainHead,
    SignatureCheck,
    SignatureState,
    SignOff,
)
from evidence.model.errors import EvidenceError, StoreError, UsageError
from evidence.model.ports import Clock
from evidence.model.references import FINDING, Waiver
from evidence.model.report import Mode
from evidence.storage import encoding, schema
from evidence.storage.database import is_access_problem, open_read_only, schema_version
from evidence.storage.lockfile import AUDIT, read_lock
from evidence.storage.trail import INPUT, LOCK, ROWS, STORE, mark_of

# What a store has noted in its trail itself, told from what events of other stores say.


@dataclass(frozen=True, slots=True)
class Own:
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
    def forgotten(self) -> Forgotten:
        """What prunings have removed."""
        days: dict[str, date] = {}
        for event in self.about(AuditAction.PRUNE):
            for key in ("history-before", "answers-before"):
                if key in event.details:
                    day = date.fromisoformat(event.details[key])
                    days[key] = max(day, days.get(key, day))
        return Forgotten(days.get("history-before"), days.get("answers-before"))


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Before which day prunings have removed runs, and raw answers; None for never."""

    runs: date | None
    answers: date | None

    def has_run(self, started: str) -> bool:
        """Whether a run begun at this instant was removed."""
        return self.runs is not None and started < self.runs.isoformat()

    def has_answers_of(self, started: str) -> bool:
        """Whether what a run begun at this instant was told may have been removed."""
        return self.answers is not None and started < self.answers.isoformat()


# What is verified: a store as it is, the log beside it, the locks that name the trail's head; all read once.

Told = Iterator[Flaw | Remark]
"""What one check has to say."""

RESTORE = "restore the store from a backup; the log and version control tell what stood there"

DAMAGED = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What SQLite raises on a damaged file; its own message may be no text any more."""

_HAS_TRAIL = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'events'"

_TRIES, _PAUSE = 3, 0.2  # a command that is under way is between store and log for some milliseconds


@dataclass(frozen=True)
class LogText:
    """A log's complete lines, and the part of a line that may stand behind them."""

    shown: str
    lines: Sequence[str]
    rest: str


@dataclass(frozen=True)
class StoreRows:
    """A store as it is, with its table of events; `rows` are their numbers, objects and lines."""

    path: Path
    connection: sqlite3.Connection
    rows: Sequence[tuple[int, str, str]]

    @property
    def shown(self) -> str:
        """The path as it is told."""
        return self.path.as_posix()

    @cached_property
    def links(self) -> list[Event | Break]:
        """The store's chain gone over."""
        return list(walk(line for _, _, line in self.rows))

    def reports(self) -> Iterator[tuple[str, int, bytes, str]]:
        """Of every run that has ended: its id, its number, the report as it is packed, the SHA-256 beside it."""
        return self.connection.execute(
            "SELECT r.id, e.run, e.report, e.sha256 FROM run_ends AS e JOIN runs AS r ON r.sequence = e.run "
            "ORDER BY e.run"
        )


@dataclass(frozen=True)
class VerifySubject:
    """What a verification looks at. `folder` is the log's: files in events are named from there.

    `damage` is why the store cannot be read, or not all of it; `allowed_signers` is the file that says whose
    SSH keys may sign; `waivers` are those of the references files as they are now;
    `heads` are hashes, or their beginnings, of events that the trail is to hold.
    """

    folder: Path
    store: StoreRows | None
    log: LogText | None
    locks: Sequence[Path] = ()
    log_place: str = ""
    damage: Flaw | None = None
    allowed_signers: Path | None = None
    waivers: Sequence[Waiver] = ()
    heads: Sequence[str] = ()

    @cached_property
    def log_links(self) -> list[Event | Break]:
        """The log's chain gone over; once for both, where it holds the very lines of the store."""
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
    def own(self) -> Own | None:
        """What this store has noted itself; None without a store, and while its trail has not begun."""
        mark = mark_of(self.store.connection) if self.store is not None else None
        if mark is None:
            return None
        return Own(mark, tuple(event for event in self.events.values() if event.details.get(STORE) == mark))

    @property
    def head(self) -> ChainHead | None:
        """Where the trail has got to."""
        return self.events[max(self.events)].head if self.events else None


@contextmanager
def gathered(store: Path, log: LogFile, locks: Sequence[Path], clock: Clock) -> Iterator[VerifySubject]:
    """Everything that is to be verified, the store and the log as they are at one moment.

    Raises:
        UsageError: there is neither, or only a store that keeps no trail yet.
        StoreError: one of them cannot be opened at all: rights, a full disk or another process stand against it, or
            there is no log to tell that it should be a store.
    """
    with ExitStack() as stack:
        opened, damage = _opened(store, log, stack)
        if opened is None and not log.path.exists():
            told = f"{store} keeps no audit trail yet" if store.exists() else "there is no audit trail"
            fix = "it begins with the next command that is recorded; name others with --store and --log"
            raise UsageError(f"{told}, and there is no log {log.shown}", fix=fix)
        subject = VerifySubject(log.path.parent, None, _log(log), locks, log.shown, damage)
        if opened is not None:
            subject = replace(subject, **_at_one_moment(store, opened, log, clock))
        yield subject


def _opened(store: Path, log: LogFile, stack: ExitStack) -> tuple[sqlite3.Connection | None, Flaw | None]:
    """The store, if there is one that keeps a trail; what is wrong when it cannot even be opened."""
    if not store.exists():
        return None, None
    try:
        connection = stack.enter_context(open_read_only(store))
        return (connection if connection.execute(_HAS_TRAIL).fetchone() else None), None
    except StoreError as wrong:
        if not log.path.exists() or is_access_problem(wrong.__cause__):
            raise
        return None, Flaw(store.as_posix(), wrong.what, wrong.fix or RESTORE)
    except DAMAGED as wrong:
        return None, Flaw(store.as_posix(), f"the file is damaged: {wrong}", RESTORE)


def _at_one_moment(path: Path, connection: sqlite3.Connection, log: LogFile, clock: Clock) -> dict[str, Any]:
    """Store and log, read again when a command that is under way has written the one and not yet the other."""
    for attempt in range(1, _TRIES + 1):
        text = _log(log)
        connection.execute("BEGIN")
        rows, damage = _events(path, connection)
        if attempt == _TRIES or damage or len(rows) == len(text.lines if text else ()):
            break
        connection.execute("ROLLBACK")
        clock.sleep(_PAUSE)
    return {"store": StoreRows(path, connection, rows), "log": text, "damage": damage}


def _log(log: LogFile) -> LogText | None:
    if not log.path.exists():
        return None
    lines, rest = log.lines()
    return LogText(log.shown, lines, rest)


def _events(path: Path, connection: sqlite3.Connection) -> tuple[list[tuple[int, str, str]], Flaw | None]:
    try:
        return connection.execute("SELECT sequence, object, event FROM events ORDER BY sequence").fetchall(), None
    except DAMAGED as wrong:
        return [], Flaw(f"{path.as_posix()} events", f"the file is damaged: {wrong}", RESTORE)


# Whether raw answers are what they were, and whether everything that names one finds it.

_ASK_AGAIN = "`evidence check --refresh` asks again; restore a backup to have back what was said then"

_NAMED_AND_MISSING = (
    "SELECT o.sequence, o.identifier, o.run, o.record_sha256, r.started FROM observations AS o "
    "JOIN runs AS r ON r.sequence = o.run WHERE o.record_sha256 IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM answers AS a WHERE a.sha256 = o.record_sha256) ORDER BY o.sequence"
)
_RECORDS = (
    "SELECT r.identifier, r.address, a.sha256, r.fetched_at, r.as_of, r.source, r.tool_version, r.digest "
    "FROM records AS r LEFT JOIN answers AS a ON a.sequence = r.answer ORDER BY 1, 2"
)
_SEEN = (
    "SELECT record_sha256, as_of, source FROM observations "
    "WHERE identifier = ? AND address = ? AND at = ? AND origin = 'network' AND state IN ('found', 'not-found')"
)


def raw_answers(subject: VerifySubject) -> Told:
    """Every raw answer hashes to the SHA-256 under which it is kept."""
    store = subject.store
    if store is None:
        return
    sound: set[str] = set()
    harmed: list[tuple[int, str, str]] = []
    for number, sha256, packed, crc in store.connection.execute("SELECT sequence, sha256, raw, crc FROM answers"):
        if encoding.unpack(packed, sha256) is None:
            harmed.append((number, sha256, "the raw answer does not hash to its SHA-256"))
        elif encoding.checksum(packed, number) != crc:
            harmed.append((number, sha256, "the bytes of the raw answer as it is packed do not match their checksum"))
        else:
            sound.add(sha256)
    for number, sha256, what in harmed:
        place = f"{store.shown} answers {number}"
        if sha256 in sound:
            yield Remark(f"{place}: {what}; the same answer was kept again since")
        else:
            yield Flaw(place, f"{what} ({sha256[:16]}…)", _ASK_AGAIN)


def answers_that_runs_were_given(subject: VerifySubject) -> Told:
    """Every raw answer that an observation names is kept, unless a pruning removed it."""
    store = subject.store
    if store is None:
        return
    mine = subject.own
    forgotten = mine.forgotten if mine else Forgotten(None, None)
    earlier = int(mine.beginning.get("earlier-runs", "0")) if mine else 2**63
    lost = pruned = 0
    for number, identifier, run, sha256, started in store.connection.execute(_NAMED_AND_MISSING):
        if run <= earlier:
            lost += 1
        elif forgotten.has_answers_of(started):
            pruned += 1
        else:
            what = f"the raw answer about {identifier} ({sha256[:16]}…) is not kept any more: it was removed"
            yield Flaw(f"{store.shown} observations {number}", what, "restore the store from a backup")
    if lost:
        yield Remark(f"{lost} raw answers were not kept, from before the trail began")
    if pruned:
        yield Remark(f"{pruned} raw answers that observations name were pruned")


def stored_records(subject: VerifySubject) -> Told:
    """What is served as an authority's last answer is what was kept, as the run that asked saw it."""
    store = subject.store
    if store is None:
        return
    for *values, row_digest in store.connection.execute(_RECORDS).fetchall():
        identifier, address, sha256, fetched_at, as_of, source, _ = values
        place = f"{store.shown} records {identifier} at {address}"
        if encoding.digest_of_row("records", values) != row_digest:
            yield Flaw(place, "the row does not match its own digest, so it was changed", _ASK_AGAIN)
            continue
        seen = store.connection.execute(_SEEN, (identifier, address, fetched_at)).fetchall()
        if seen and (sha256, as_of, source) not in seen:
            what = "the run that asked then was answered otherwise, by what the trail bound of it"
            yield Flaw(place, what, _ASK_AGAIN)


# Whether the trail still goes through every head that a lock or a report names: cutting off its end shows there.

CUT_OFF = "restore log and store from version control or a backup that still go that far"
"""What to do when a trail does not go through a head that is known from elsewhere."""


def heads_in_locks(subject: VerifySubject) -> Told:
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
                yield Flaw(f"{file.shown}:{line}", what, CUT_OFF)


def heads_given(subject: VerifySubject) -> Told:
    """The trail holds the events whose hashes were printed and filed elsewhere."""
    for named in subject.heads:
        if not any(event.hash.startswith(named) for event in subject.events.values()):
            what = (
                f"no event here has this hash ({named}): the trail's end was cut off, it was rewritten, or is another"
            )
            yield Flaw("--head", what, CUT_OFF)


def heads_in_reports(subject: VerifySubject) -> Told:
    """The trail holds the event that each stored report names as the last one before its run ended."""
    if subject.store is None:
        return
    for run_id, number, packed, sha256 in subject.store.reports():
        report = encoding.unpack(packed, sha256)
        audit = None if report is None else json.loads(report).get("audit")
        if audit is not None:
            for what in _missed(subject, ChainHead(audit["sequence"], audit["head"])):
                yield Flaw(
                    f"{subject.store.shown} run_ends {number}", f"of the report of run {run_id}: {what}", CUT_OFF
                )


def _missed(subject: VerifySubject, named: ChainHead) -> Iterator[str]:
    """What is wrong when the trail does not go through this head."""
    event = subject.events.get(named.sequence)
    if event is not None and event.hash == named.hash:
        return
    last = subject.head.sequence if subject.head else 0
    if named.sequence > last:
        yield f"it names event {named.sequence}, and the trail ends with event {last}: its end was cut off"
    else:
        yield f"it names event {named.sequence} by another hash than the trail's: rewritten, or another trail"


# Whether the files of which the trail tells are as it left them; edits that were begun and not ended.

_TOLD = 5  # events named for one file


def edits_have_ended(subject: VerifySubject) -> Told:
    """No edit was interrupted between its being announced and its end."""
    for event in unfinished(subject.events):
        what = f"event {event.sequence} announces `{event.action}` of {event.object}, and no event tells its end"
        fix = f"{describe_result(edit_result(event, subject.folder))}; the next command that is recorded notes it"
        yield Flaw(place_of(subject, event.sequence), what, fix)


def place_of(subject: VerifySubject, sequence: int) -> str:
    """Where an event stands: its line of the log, without one its row in the store."""
    if subject.log is not None:
        return f"{subject.log.shown}:{sequence}"
    return f"{subject.store.shown} events {sequence}" if subject.store else str(sequence)


def _files_in(event: Event) -> Iterator[tuple[str, str | None, str | None]]:
    """Every file of which an event tells: its name, its SHA-256 when it was met, and when it was left."""
    if event.action == AuditAction.RUN:
        for key, sha256 in event.details.items():
            if key.startswith((INPUT, LOCK)):
                yield key.partition(":")[2], sha256, sha256
    elif is_edit(event):
        done = event.ending == ActionStatus.DONE
        yield event.details[FILE], None if done else event.before, event.after if done else None


def files_as_they_are(subject: VerifySubject) -> Told:
    """What was changed since by other means than these commands: allowed, and worth knowing."""
    last: dict[str, tuple[int, str]] = {}
    between: dict[str, list[int]] = {}
    edited = {event.details[FILE] for event in subject.events.values() if is_edit(event)}  # others are nobody's to keep
    for event in subject.events.values():
        for name, found, left in _files_in(event):
            if found is not None and name in last and last[name][1] != found:
                between.setdefault(name, []).append(event.sequence)
            if left is not None:
                last[name] = event.sequence, left
    for name, (sequence, sha256) in sorted(last.items()):
        if name in between and name in edited:
            numbers = ", ".join(map(str, between[name][-_TOLD:]))
            often = f" ({len(between[name])} times)" if len(between[name]) > _TOLD else ""
            yield Remark(f"{name} had been changed by other means when events {numbers} met it{often}")
        now = sha256_of(subject.folder / name)
        if now is None:
            yield Remark(f"{name} is not here, of which event {sequence} tells last")
        elif now != sha256:
            yield Remark(f"{name} was changed after event {sequence}, the last one that tells of it, by other means")


# Whether every sign-off is about a report that a run left, whether its signature holds, and what it binds now.

_NOT_OURS = "sign again; whoever signed can say whether that was theirs"
_RESTORE = "restore store and log from a backup or version control that still hold it, or sign again"


def sign_offs_hold(subject: VerifySubject) -> Told:
    """Every sign-off names the report of its run and files that were judged; its signature is looked at."""
    for event in _signed(subject):
        place = place_of(subject, event.sequence)
        try:
            signed = sign_off_in(event)
        except NoSignOffError as wrong:
            yield Flaw(place, f"the sign-off cannot be read: {wrong}", _RESTORE)
            continue
        for what in _misfits(subject, signed):
            yield Flaw(place, what, _RESTORE)
        known = verified(signed, subject.allowed_signers)
        if known is not None:
            yield from check_signature(place, known)


def sign_offs_now(subject: VerifySubject) -> Told:
    """Which sign-offs bind what is not there any more; `evidence check` judges the findings, too."""
    signed = []
    for event in _signed(subject):
        try:
            signed.append(sign_off_in(event))
        except NoSignOffError:
            continue
    for one in current(signed, date.max):
        changed = list(files_changed(one.bound, files_now(one, subject.folder)))
        if changed:
            who = f"the sign-off of {one.as_of} by {one.name} ({one.role}, {one.meaning}, event {one.sequence})"
            yield Remark(f"{who} is void: {'; '.join(changed)}")


def check_signature(place: str, known: SignatureCheck) -> Told:
    """A signature that does not hold is broken; one of which nothing is known is worth knowing, never a pass."""
    match known.state:
        case SignatureState.BAD | SignatureState.EXPIRED_KEY | SignatureState.REVOKED_KEY:
            yield Flaw(place, f"the signature of this sign-off does not hold: {known.told}", _NOT_OURS)
        case SignatureState.GOOD | SignatureState.UNKNOWN_KEY | SignatureState.UNVERIFIED:
            yield Remark(f"{place}: {known.told}")


def _signed(subject: VerifySubject) -> Iterator[Event]:
    return (
        one for one in subject.events.values() if one.action == AuditAction.SIGN and one.ending == ActionStatus.DONE
    )


def _misfits(subject: VerifySubject, signed: SignOff) -> Iterator[str]:
    """What it says otherwise than the run that it names."""
    run = next((event for event in subject.events.values() if _ends(event, signed.report.run)), None)
    if run is None:
        yield f"it is about run {signed.report.run}, of whose end no event tells"
        return
    if run.after != signed.report.sha256:
        yield f"the report that it binds is not the one that event {run.sequence} names"
    judged = {key.removeprefix(INPUT): sha256 for key, sha256 in run.details.items() if key.startswith(INPUT)}
    for one in signed.bound:
        if one.kind is not BoundKind.LOCK and judged.get(one.path, one.sha256) != one.sha256:
            yield f"it binds another {one.path} than was judged by the run of event {run.sequence}"


def _ends(event: Event, run: str) -> bool:
    return event.action == AuditAction.RUN and event.object == run and event.ending == ActionStatus.DONE


# A bundle verified: its own bytes, its sign-offs' signatures, and what a trail at hand says of it.

_ANOTHER = "take another copy of the bundle, or make it anew with `evidence bundle`"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle's file: what it is called, and its bytes."""

    path: Path
    data: bytes

    @property
    def shown(self) -> str:
        """The path as it is told."""
        return self.path.as_posix()

    @property
    def sha256(self) -> str:
        """What was printed and noted when it was made."""
        return encoding.digest(self.data)


Render = Callable[[Mapping[str, Any]], bytes]
"""A report's document as the page that this version makes of it."""


def check_bundle(bundle: Bundle, trail: Iterable[Event], allowed: Path | None, render: Render) -> Told:
    """Everything that is to be said of a bundle; `trail` are the events at hand, none where no trail is."""
    broken = harms(bundle.data)
    for what in broken:
        place, _, rest = what.partition(": ")
        yield Flaw(f"{bundle.shown} {place}", rest, _ANOTHER)
    if not broken:
        read = opened(bundle.data)
        yield from _signatures(bundle, read, allowed)
        yield from _strange(bundle, read, render)
        yield from _at_hand(bundle, read, list(trail))


def _signatures(bundle: Bundle, read: Opened, allowed: Path | None) -> Told:
    for signed in read.sign_offs:
        known = verified(signed, allowed)
        if known is not None:
            yield from check_signature(f"{bundle.shown} event {signed.sequence}", known)


def _strange(bundle: Bundle, read: Opened, render: Render) -> Told:
    """What no event binds, and another version of the tool may make otherwise: the script, the page."""
    for name in read.strange:
        yield Remark(f"{bundle.shown} {name}: it is not the one that this version puts into bundles; do not rely on it")
    if render(read.report) != read.page:
        yield Remark(f"{bundle.shown} {PAGE}: it is not the page that this version makes of {REPORT}; rely on that one")


def _at_hand(bundle: Bundle, read: Opened, trail: list[Event]) -> Told:
    """Whether the trail at hand notes this bundle, and holds the bundle's chain."""
    yield Remark(f"{bundle.shown}: run {read.run}, events up to {read.head.sequence}, hash {read.head.hash}")
    noted = [event for event in trail if event.action == AuditAction.BUNDLE]
    ours = next((event for event in noted if event.after == bundle.sha256), None)
    same_name = [event for event in noted if event.details.get("bundle") == bundle.path.name]
    if ours is not None:
        yield Remark(f"{bundle.shown}: event {ours.sequence} notes this SHA-256, {bundle.sha256}")
    elif same_name:
        what = f"its SHA-256 is not the one that event {same_name[-1].sequence} notes for a bundle of this name"
        yield Flaw(bundle.shown, what, _ANOTHER)
    else:
        yield Remark(f"{bundle.shown}: no trail here notes it; compare its SHA-256 with the one filed, {bundle.sha256}")
    yield from _goes_as_far(bundle, read, {event.sequence: event.hash for event in trail})


def _goes_as_far(bundle: Bundle, read: Opened, trail: Mapping[int, str]) -> Told:
    """The trail at hand holds what the bundle took from it, where they begin alike; else it was cut or rewritten."""
    number, here = read.head.sequence, trail.get(read.head.sequence)
    if here == read.head.hash or not trail:
        return
    if trail.get(1) != read.first:
        yield Remark(f"{bundle.shown}: the trail here is another one: it begins with another event")
    elif number > max(trail):
        what = f"it holds event {number} of the trail here, which ends with event {max(trail)}: its end was cut off"
        yield Flaw(bundle.shown, what, CUT_OFF)
    else:
        what = f"the trail here has another event {number} than when this was made: it was rewritten"
        yield Flaw(bundle.shown, what, CUT_OFF)


# Whether the chain of events holds, in the store and in the log, and whether the two are one.

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
    if (version := schema_version(connection)) < schema.VERSION:
        yield Flaw(shown, f"its header names schema {version}, and its tables are of a later one", RESTORE)
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
        if event is not None and encoding.text(event.object) != subject:
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


# Whether the rows of runs and prunings are still those that an event bound by their digest.

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
    strangers = {e.details[STORE] for e in subject.events.values() if e.action == AuditAction.BEGIN}
    strangers -= {mine.mark} if mine else set()
    if strangers:
        yield Remark(f"the trail holds events of {len(strangers)} other stores, whose reports and rows are not here")


def _unmarked(subject: VerifySubject, store: StoreRows) -> Told:
    """Without its mark nothing binds the rows of a store: that is so before its trail begins, and never after."""
    told = {encoding.text(event.object) for event in subject.events.values() if event.action == AuditAction.RUN}
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
        if event.details.get("schema") == str(schema_version(store.connection))
    ]
    if known and encoding.digest_of_schema(store.connection) != known[-1].details["tables"]:
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
        number = numbers.get(encoding.text(event.object))
        if number is not None:
            yield from _altered(store, event, number)
        elif not mine.forgotten.has_run(event.details["started"]):
            what = f"there is no run {event.object}, which event {event.sequence} tells of: it was removed or renamed"
            yield Flaw(f"{store.shown} runs", what, RESTORE)


def _altered(store: StoreRows, event: Event, number: int) -> Told:
    now = encoding.digests_of_run(store.connection, number)
    for table, actual in now.items():
        bound = event.details.get(f"{ROWS}{table}")
        if bound is not None and bound != actual:
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
    known = {encoding.text(event.object) for event in mine.about(AuditAction.RUN)}
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
        if encoding.digest_of_pruning(store.connection, number) != event.details["row"]:
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
        elif encoding.digest_of_earlier_runs(store.connection, last) != found["earlier-rows"]:
            what = f"what is recorded of runs 1 to {last}, from before the trail began, is not what it found then"
            yield Flaw(f"{store.shown} runs 1 to {last}", what, RESTORE)
    if "earlier-prunings" in found:
        last = int(found["earlier-prunings"])
        if encoding.digest_of_prunings(store.connection, last) != found["pruning-rows"]:
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


# Whether the waivers in the files are those that the trail tells of: one may be written, or lengthened, by hand.

_FINDINGS, _EVIDENCE = "findings", "evidence"
_SHOWN = 5  # waivers of which the trail knows nothing, named one by one


def waivers_as_given(subject: VerifySubject) -> Told:
    """Each waiver says what the last event about its finding gave; allowed otherwise, and worth knowing."""
    given = {finding: event for event in _given(subject) for finding in event.details.get(_FINDINGS, "").split()}
    unknown = [waiver for waiver in subject.waivers if waiver.evidence.get(FINDING) not in given]
    for waiver in unknown[:_SHOWN]:
        told = f"no event here tells that {waiver.approved_by} gave it: written by hand, or noted in another trail"
        yield Remark(f"{_where(waiver)}: {told}")
    if len(unknown) > _SHOWN:
        yield Remark(f"nor does any event here tell of {len(unknown) - _SHOWN} more waivers")
    for waiver in subject.waivers:
        event = given.get(waiver.evidence.get(FINDING, ""))
        changed = [f"{key} {was or 'nothing'}" for key, was in _otherwise(waiver, event)] if event else []
        if event and changed:
            told = f"changed by hand: event {event.sequence} gave it with {', '.join(changed)}"
            yield Remark(f"{_where(waiver)} was {told}")


def _where(waiver: Waiver) -> str:
    at = f" of {waiver.reference}" if waiver.reference else ""
    return f"{waiver.place.path}:{waiver.place.line}: the waiver of {waiver.code}{at}"


def _given(subject: VerifySubject) -> Iterator[Event]:
    actions = {AuditAction.WAIVE, AuditAction.BASELINE}
    return (one for one in subject.events.values() if one.action in actions and one.ending == ActionStatus.DONE)


def _otherwise(waiver: Waiver, event: Event) -> Iterator[tuple[str, str]]:
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
    if _EVIDENCE in event.details and _rests_on(waiver.evidence) != _rested_on(event, waiver.evidence[FINDING]):
        yield "evidence", event.details[_EVIDENCE]


def _rests_on(evidence: Mapping[str, str]) -> set[str]:
    return {f"{evidence[FINDING]}/{source}/{value}" for source, value in evidence.items() if source != FINDING}


def _rested_on(event: Event, finding: str) -> set[str]:
    return {one for one in event.details[_EVIDENCE].split() if one.startswith(f"{finding}/")}


# All that is verified, in the order in which it is told: the chain first, then what hangs on it.

Check = Callable[[VerifySubject], Told]

CHECKS: tuple[Check, ...] = (
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
)
"""What is recomputed. A check yields what is broken and what is worth knowing; each stands for itself."""


def verify(subject: VerifySubject) -> Iterator[Flaw | Remark]:
    """Everything that is to be said, the first broken link first."""
    for check in CHECKS:
        try:
            yield from check(subject)
        except DAMAGED as error:
            shown = subject.store.shown if subject.store else ""
            yield Flaw(shown, f"the file is damaged: {error}", RESTORE)
