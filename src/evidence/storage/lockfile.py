"""Records as plain JSON values and back, without loss: only what is not a field's default is written.

A field's name is written with hyphens, a date in ISO 8601, a partial date as EDTF, an identifier as it
is printed (`pmid:23359310`). What is read must have exactly the types that the record's fields have.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from evidence.library.files import read_source, replace_file
from evidence.model.audit import ChainHead
from evidence.model.dates import PartialDate, parse
from evidence.model.errors import LockError, UsageError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, Outcome, State, Unavailable, state_of
from evidence.model.records import RECORDS, Label, Record
from evidence.storage.lock import Lock, LockedFailure, LockedText, LockEntry, Memory, Moment

# Records as plain JSON values and back, without loss: only what is not a field's default is written.

T = TypeVar("T")

Plain = Any
"""What JSON can hold."""

_SHOWN_PLAIN = 60


def plain(value: object) -> Plain:
    """A record, or a part of one, as JSON values."""
    match value:
        case None | str() | bool() | int():
            return value
        case date():
            return value.isoformat()
        case Identifier():
            return str(value)
        case PartialDate():
            return str(value) if _reads_back(value) else _by_fields(value)
        case tuple():
            return [plain(part) for part in value]
    return _by_fields(value)


def _by_fields(value: object) -> dict[str, Plain]:
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no plain form")
    written = {}
    for field in fields(value):
        held = getattr(value, field.name)
        if field.default is MISSING or held != field.default:
            written[_key(field)] = plain(held)
    return written


def _reads_back(value: PartialDate) -> bool:
    try:
        return parse(str(value)) == value
    except ValueError:
        return False


def _key(field: Field[Any]) -> str:
    return field.name.replace("_", "-")


def built(kind: type[T], value: Plain, at: str = "") -> T:
    """The record of this kind that was written so; `at` says where it stands, for messages.

    Raises:
        ValueError: a field that is unknown, missing, or of another type.
    """
    made: T = _value(kind, value, at)
    return made


def _value(kind: Any, value: Plain, at: str) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        options = [option for option in get_args(kind) if option is not types.NoneType]
        return None if value is None else _value(options[0], value, at)
    if get_origin(kind) is tuple:
        (part, _) = get_args(kind)
        return tuple(_value(part, one, at) for one in _typed(list, value, at))
    if kind in (str, int, bool):
        return _typed(kind, value, at)
    if kind in _FROM_TEXT and not (kind is PartialDate and isinstance(value, dict)):
        return _FROM_TEXT[kind](_typed(str, value, at))
    return _from_fields(kind, _typed(dict, value, at), at)


def _from_fields(kind: Any, value: Mapping[str, Plain], at: str) -> Any:
    known = _fields(kind)
    unknown = sorted(value.keys() - known.keys())
    if unknown:
        raise ValueError(f"{_at(at)}unknown field {unknown[0][:_SHOWN_PLAIN]!r}")
    given = {}
    for key, (field, hint) in known.items():
        if key in value:
            given[field.name] = _value(hint, value[key], f"{at}.{key}" if at else key)
        elif field.default is MISSING:
            raise ValueError(f"{_at(at)}the field {key!r} is missing")
    return kind(**given)


@cache
def _fields(kind: Any) -> dict[str, tuple[Field[Any], Any]]:
    hints = get_type_hints(kind)
    return {_key(field): (field, hints[field.name]) for field in fields(kind)}


def _typed(kind: type[T], value: Plain, at: str) -> T:
    if type(value) is not kind:
        raise ValueError(f"{_at(at)}{str(value)[:_SHOWN_PLAIN]!r} is no {_NAMES[kind]}")
    return value


_NAMES: Mapping[type, str] = {str: "text", int: "whole number", bool: "true or false", list: "list", dict: "mapping"}


def _at(at: str) -> str:
    return f"{at}: " if at else ""


def identifier(written: str) -> Identifier:
    """The identifier of a printed form; raises ValueError for an unknown kind or an empty value."""
    kind, _, value = written.partition(":")
    if kind not in _KINDS or not value:
        raise ValueError(f"{written[:_SHOWN_PLAIN]!r} is no identifier")
    return Identifier(_KINDS[kind], value)


_KINDS = {str(kind): kind for kind in IdKind}

_FROM_TEXT: Mapping[type, Callable[[str], object]] = {
    date: date.fromisoformat,
    Identifier: identifier,
    PartialDate: parse,
}


# A lock as text: JSON, sorted, one fact per line, ending in a line break; the same lock gives the same bytes.

VERSION = 1

_RECORD_KINDS: dict[str, type[Record]] = {kind.__name__.lower(): kind for kind in RECORDS}
"""The kinds of record, by the key under which each is written."""

AUDIT = "audit-head"
_UNSEEN = re.compile(r"[^\x20-\x7e\n]")


def lock_text(lock: Lock) -> str:
    """The whole file."""
    entries = {str(identifier): entry_plain(entry) for identifier, entry in lock.entries.items()}
    complete = None if lock.complete is None else moment_text(lock.complete)
    head: dict[str, Plain] = {"version": VERSION, "last-complete-run": complete}
    if lock.audit is not None:
        head[AUDIT] = {"sequence": lock.audit.sequence, "head": lock.audit.hash}
    text = "\n".join(_lines({**head, "digest": digest(head), "identifiers": entries}, "")) + "\n"
    return _UNSEEN.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    """What does not show, spelled out; in JSON that means the same (RFC 8259, 7)."""
    char = match[0]
    return char if char.isprintable() else json.dumps(char)[1:-1]


def _lines(value: Plain, indent: str) -> Iterator[str]:
    """A mapping's keys and a list's items on lines of their own; what an item of a list holds, on that line."""
    if not value or not isinstance(value, dict | list):
        yield _on_one_line(value)
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    inner = indent + "  "
    yield opening
    if isinstance(value, dict):
        parts = [_indented(f"{_on_one_line(key)}: ", value[key], inner) for key in sorted(value)]
    else:
        parts = [inner + _on_one_line(item) for item in value]
    yield ",\n".join(parts)
    yield indent + closing


def _indented(head: str, value: Plain, indent: str) -> str:
    return indent + head + "\n".join(_lines(value, indent))


def _on_one_line(value: Plain) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def entry_plain(entry: LockEntry) -> dict[str, Plain]:
    """An entry as JSON values, with its digest."""
    facts = entry_facts(entry)
    named = {"digest": entry_digest(str(entry.identifier), facts), "verified": moment_text(entry.verified)}
    return facts | named


def entry_facts(entry: LockEntry) -> dict[str, Plain]:
    """All that an entry says but when it was verified."""
    written = {
        "source": entry.source,
        "address": entry.address,
        **outcome_plain(entry.outcome),
        "answer-sha256": entry.answer_sha256,
        "archived": entry.archived,
        "remembered": None if entry.remembered is None else _record_written(entry.remembered),
        **_memory_written(entry.memory),
    }
    return {key: value for key, value in written.items() if value is not None and value != []}


def entry_digest(identifier: str, facts: dict[str, Plain]) -> str:
    """What stands as `digest` in an entry: SHA-256 over its identifier and all else but `verified`."""
    return digest([identifier, facts])


def digest(value: Plain) -> str:
    """SHA-256 of JSON values in the one form without spaces, keys sorted, ASCII only."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def outcome_plain(outcome: Outcome) -> dict[str, Plain]:
    """An outcome as JSON values, the record under the name of its kind."""
    state = {"state": str(state_of(outcome))}
    if isinstance(outcome, Found):
        return state | _record_written(outcome.record)
    cause = str(outcome.cause) if isinstance(outcome, Unavailable) else None
    return state | {"reason": outcome.reason, "status": outcome.status, "cause": cause}


def _record_written(record: Record) -> dict[str, Plain]:
    """Under the name of its kind."""
    (name,) = (name for name, kind in _RECORD_KINDS.items() if isinstance(record, kind))
    return {name: plain(record)}


def _memory_written(memory: Memory) -> dict[str, Plain]:
    return {
        "last-found": None if memory.last_found is None else moment_text(memory.last_found),
        "failures": [_failure_written(failure) for failure in memory.failures],
        "text-since": None if memory.text_since is None else moment_text(memory.text_since),
        "texts": [_text_written(text) for text in memory.texts],
    }


def _failure_written(failure: LockedFailure) -> dict[str, Plain]:
    cause = {} if failure.cause is None else {"cause": str(failure.cause)}
    return {"on": moment_text(failure.on), "state": str(failure.state), **cause}


def _text_written(text: LockedText) -> dict[str, Plain]:
    return {"first": moment_text(text.first), "last": moment_text(text.last), "text": text.fingerprint}


def moment_text(moment: Moment) -> str:
    """The real time in UTC to the microsecond, and the day judged for where that is another one."""
    at = moment.at.astimezone(UTC)
    text = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return text if at.date() == moment.as_of else f"{text} as of {moment.as_of.isoformat()}"


# The text of a lock file read: every way in which it can be wrong is told with its line and the fix.

UPDATE = "`evidence check --update-lock` writes it anew"
EDITED = "edited by hand, or merged wrongly"
_DELETE = "restore it from version control, or delete it and run `evidence check --update-lock`"

_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)Z(?: as of ([0-9]{4}-[0-9]{2}-[0-9]{2}))?"
)
_KEY = re.compile(r'("(?:[^"\\]|\\.)*")\s*:')
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEAD = frozenset({"version", "last-complete-run", "digest", "identifiers"})
_DIGESTED = ("version", "last-complete-run", AUDIT)
_ENTRY = frozenset(
    {
        "source",
        "address",
        "state",
        "verified",
        "digest",
        "answer-sha256",
        "archived",
        "remembered",
        "last-found",
        "failures",
        "text-since",
        "texts",
    }
)
_FAILED = frozenset({"reason", "status", "cause"})
_SHOWN = 80


def read_text(text: str, path: str) -> Lock:
    """The lock that this text is.

    Entries that do not match their own digest are named in `harmed` and left out.

    Raises:
        LockError: no JSON, a merge conflict, a key given twice, another version, or a value that no
            lock has.
    """
    return _Reading(text, path).lock()


class _Reading:
    """One text being read; knows where an identifier stands in it."""

    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path

    def lock(self) -> Lock:
        told = self._json()
        if not isinstance(told, dict):
            raise self._wrong("this is no lock file", 1)
        version = told.get("version")
        if type(version) is not int or version != VERSION:
            fix = "upgrade evidence-tracker" if type(version) is int and version > VERSION else _DELETE
            raise self._wrong(f"version {str(version)[:_SHOWN]} of lock files, this version knows {VERSION}", 1, fix)
        self._require_head(told)
        entries, harmed = {}, {}
        for name, written in told["identifiers"].items():
            try:
                known = identifier(name)
                entry = _entry(known, written)
            except (ValueError, OverflowError, RecursionError) as error:
                raise self._wrong(f"{name[:_SHOWN]}: {error}", self._line_of(name)) from None
            if entry is None:
                harmed[known] = self._line_of(name)
            else:
                entries[known] = entry
        complete = told["last-complete-run"]
        return Lock(
            None if complete is None else self._complete(complete), entries, harmed, self._audit(told.get(AUDIT))
        )

    def _require_head(self, told: Mapping[str, Any]) -> None:
        unknown, missing = sorted(told.keys() - _HEAD - {AUDIT}), sorted(_HEAD - told.keys())
        if unknown or missing:
            what = f"unknown key {unknown[0][:_SHOWN]!r}" if unknown else f"the key {missing[0]!r} is missing"
            raise self._wrong(what, self._line_of(unknown[0]) if unknown else 1)
        if not isinstance(told["identifiers"], dict):
            raise self._wrong("identifiers: a mapping is expected", self._line_of("identifiers"))
        if told["digest"] != digest({key: told[key] for key in _DIGESTED if key in told}):
            raise self._wrong(
                f"{' or '.join(key for key in _DIGESTED[1:] if key in told)} does not match its digest: {EDITED}",
                self._line_of("last-complete-run"),
            )

    def _complete(self, written: Plain) -> Moment:
        try:
            return _moment(written)
        except ValueError as error:
            raise self._wrong(f"last-complete-run: {error}", self._line_of("last-complete-run")) from None

    def _audit(self, written: Plain) -> ChainHead | None:
        if written is None:
            return None
        match written:
            case {"sequence": int(sequence), "head": str(sha256), **rest} if not rest and _SHA256.fullmatch(sha256):
                return ChainHead(sequence, sha256)
        raise self._wrong(f"{AUDIT}: the number of an event and its hash are expected", self._line_of(AUDIT))

    def _json(self) -> Plain:
        conflict = _CONFLICT.search(self._text)
        if conflict:
            fix = f"take either side; {UPDATE}"
            raise self._wrong("a merge conflict stands here", self._line_at(conflict.start()), fix)
        try:
            return json.loads(self._text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_no_number)
        except json.JSONDecodeError as error:
            what = f"this is no JSON: {error.msg}"
            raise LockError(what, path=self._path, line=error.lineno, column=error.colno, fix=_DELETE) from None
        except _TwiceError as twice:
            raise self._wrong(f"{twice.key[:_SHOWN]!r} stands here twice", self._line_of(twice.key, -1)) from None
        except (ValueError, RecursionError) as error:
            told = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            raise self._wrong(f"this is no lock file: {told[:_SHOWN]}", 1) from None

    def _wrong(self, what: str, line: int, fix: str = _DELETE) -> LockError:
        return LockError(what, path=self._path, line=line, fix=fix)

    def _line_of(self, key: str, which: int = 0) -> int:
        """The line on which a key stands, the first when it cannot be found."""
        spellings = (json.dumps(key, ensure_ascii=False), json.dumps(key))
        lines = next((self._lines[one] for one in spellings if one in self._lines), (1,))
        return lines[which]

    @cached_property
    def _lines(self) -> dict[str, tuple[int, ...]]:
        """The lines on which each key stands, as it is spelt; looked for once, however much is wrong."""
        lines: dict[str, tuple[int, ...]] = {}
        line, read = 1, 0
        for match in _KEY.finditer(self._text):
            line, read = line + self._text.count("\n", read, match.start()), match.start()
            lines[match[1]] = (*lines.get(match[1], ())[:1], line)
        return lines

    def _line_at(self, offset: int) -> int:
        return self._text.count("\n", 0, offset) + 1


class _TwiceError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _once(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    read = dict(pairs)
    if len(read) < len(pairs):
        keys: set[str] = set()
        for key, _ in pairs:
            if key in keys:
                raise _TwiceError(key)
            keys.add(key)
    return read


def _no_number(written: str) -> Plain:
    raise ValueError(f"{written[:_SHOWN]} is no number that a lock holds")


def _entry(known: Identifier, written: Plain) -> LockEntry | None:
    """The entry, or None when it does not match its digest; raises ValueError for what no lock holds."""
    if not isinstance(written, dict):
        raise ValueError("a mapping is expected")  # noqa: TRY004 - broken data, not a broken call
    facts = {key: value for key, value in written.items() if key not in ("digest", "verified")}
    if written.get("digest") != entry_digest(str(known), facts):
        return None
    if unknown := sorted(written.keys() - _ENTRY - _FAILED - _RECORD_KINDS.keys()):
        raise ValueError(f"unknown field {unknown[0][:_SHOWN]!r}")
    sha256, remembered = _text_or_none(written, "answer-sha256"), written.get("remembered")
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise ValueError(f"answer-sha256: {sha256[:_SHOWN]!r} is no SHA-256")
    return LockEntry(
        identifier=known,
        source=_text(written, "source"),
        address=_text(written, "address"),
        verified=_moment(written.get("verified")),
        outcome=outcome_of(written),
        answer_sha256=sha256,
        remembered=None if remembered is None else _record(remembered, "remembered"),
        archived=_text_or_none(written, "archived"),
        memory=_memory(written),
    )


def outcome_of(written: Mapping[str, Plain]) -> Outcome:
    """The outcome that was written so; raises ValueError for what no lock holds."""
    state, given = _text(written, "state"), written.keys() & (_FAILED | _RECORD_KINDS.keys())
    wrong = given - _RECORD_KINDS.keys() if state == State.FOUND else given & _RECORD_KINDS.keys()
    if wrong:
        raise ValueError(f"{min(wrong)!r} does not go with the state {state!r}")
    if state == State.FOUND:
        return Found(_record({key: written[key] for key in given}, state))
    reason, status = _text(written, "reason"), written.get("status")
    if status is not None and type(status) is not int:
        raise ValueError(f"status: {str(status)[:_SHOWN]!r} is no whole number")
    if state == State.NOT_FOUND:
        return NotFound(reason, status)
    if state == State.BLOCKED:
        return Blocked(reason, status)
    if state == State.UNAVAILABLE:
        return Unavailable(reason, Cause(_text(written, "cause")), status)
    raise ValueError(f"state: {state[:_SHOWN]!r} is none that a lock holds")


def _record(written: Plain, at: str) -> Record:
    if not isinstance(written, dict) or len(written) != 1 or not written.keys() <= _RECORD_KINDS.keys():
        raise ValueError(f"{at}: one of {', '.join(_RECORD_KINDS)} is expected")
    ((name, value),) = written.items()
    record = built(_RECORD_KINDS[name], value, name)
    if isinstance(record, Label) and not record.versions:
        raise ValueError("label: a label has at least one version")
    return record


def _memory(written: Mapping[str, Plain]) -> Memory:
    return Memory(
        last_found=_moment_or_none(written.get("last-found")),
        failures=tuple(_failure(one) for one in _mappings(written, "failures", {"on", "state"}, {"cause"})),
        text_since=_moment_or_none(written.get("text-since")),
        texts=tuple(_seen_text(one) for one in _mappings(written, "texts", {"first", "last", "text"}, set())),
    )


def _failure(written: Mapping[str, Plain]) -> LockedFailure:
    cause = _text_or_none(written, "cause")
    return LockedFailure(
        _moment(written["on"]), State(_text(written, "state")), None if cause is None else Cause(cause)
    )


def _seen_text(written: Mapping[str, Plain]) -> LockedText:
    return LockedText(_text(written, "text"), _moment(written["first"]), _moment(written["last"]))


def _mappings(
    written: Mapping[str, Plain], key: str, needed: Iterable[str], allowed: Iterable[str]
) -> list[dict[str, Plain]]:
    """The mappings of a list, each with the needed keys and no others than those and the allowed ones."""
    listed = written.get(key, [])
    needed, known = set(needed), {*needed, *allowed}
    if not isinstance(listed, list):
        raise ValueError(f"{key}: a list is expected")  # noqa: TRY004 - broken data, not a broken call
    for one in listed:
        if not isinstance(one, dict) or not needed <= one.keys() <= known:
            raise ValueError(f"{key}: each needs {', '.join(sorted(needed))} and nothing unknown")
    return listed


def _text(written: Mapping[str, Plain], key: str) -> str:
    value = written.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key}: text is expected")  # noqa: TRY004 - broken data, not a broken call
    return value


def _text_or_none(written: Mapping[str, Plain], key: str) -> str | None:
    return None if written.get(key) is None else _text(written, key)


def _moment(written: Plain) -> Moment:
    match = _MOMENT.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise ValueError(f"{str(written)[:_SHOWN]!r} is no time such as 2026-11-23T12:00:00Z")
    at = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
    return Moment(at, date.fromisoformat(match[2]) if match[2] else at.date())


def _moment_or_none(written: Plain) -> Moment | None:
    return None if written is None else _moment(written)


# Lock files on the disk: where each lies, read whole, replaced whole or not at all.

LARGEST = 200_000_000  # bytes; a reference takes some 3,000


@dataclass(frozen=True, slots=True)
class LockFile:
    """The lock of one references file. `lock`, `text` and the SHA-256 of its bytes are None while there is none."""

    path: Path
    lock: Lock | None = None
    text: str | None = None
    sha256: str | None = None

    @property
    def shown(self) -> str:
        """The path as it is told."""
        return self.path.as_posix()

    def sound(self) -> Lock:
        """The lock, all of it unharmed.

        Raises:
            LockError: there is none, or an entry does not match its digest.
        """
        if self.lock is None:
            raise LockError("there is no lock file", path=self.shown, fix=f"{UPDATE} after asking everything")
        for identifier, line in self.lock.harmed.items():
            what = f"{identifier} does not match its digest: {EDITED}"
            raise LockError(what, path=self.shown, line=line, fix=UPDATE)
        return self.lock


def lock_of(library: str) -> Path:
    """The place of a references file's lock: `references.lock.json` beside `references.yaml`."""
    return Path(library).with_suffix(".lock.json")


def lock_paths(libraries: Iterable[str], given: str | None = None) -> list[Path]:
    """The lock of each references file, unless one is given for the only file.

    Raises:
        UsageError: one lock would serve two files.
    """
    shown = list(libraries)
    if given is not None and len(shown) > 1:
        raise UsageError(f"--lock {given} cannot be the lock of {len(shown)} files", fix="check one file at a time")
    locks = [Path(given) if given is not None else lock_of(library) for library in shown]
    for at, lock in enumerate(locks):
        if lock in locks[:at]:
            raise UsageError(
                f"{shown[locks.index(lock)]} and {shown[at]} would share the lock {lock.as_posix()}",
                fix="rename one of them",
            )
    return locks


def read_lock(path: Path) -> LockFile:
    """The lock file at this path, which need not exist.

    Raises:
        LockError: it is damaged (`evidence.storage.lockfile`).
        FileError: it cannot be read, is no text, or is larger than 200 MB.
    """
    if not path.exists():
        return LockFile(path)
    source = read_source(path, LARGEST)
    return LockFile(path, read_text(source.text, path.as_posix()), source.text, source.sha256)


def require_writable(path: Path) -> None:
    """Raise LockError when a lock could not be written here; asked before an hour of looking up, not after."""
    place = path.resolve()
    wrong = "this is no file" if place.exists() and not place.is_file() else None
    if not place.parent.is_dir():
        wrong = f"there is no directory {place.parent.as_posix()}"
    elif not os.access(place.parent, os.W_OK):
        wrong = "its directory cannot be written"
    if wrong:
        raise LockError(wrong, path=path.as_posix(), fix="name another file with --lock")


def text_to_write(old: LockFile, lock: Lock, head: ChainHead | None) -> str | None:
    """The text to put in the place of the old one, with where the audit trail has got to; None when nothing is new.

    The head alone is nothing new: a lock that says the same stays as it is, byte for byte.
    """
    before = old.lock.audit if old.lock is not None else None
    if lock_text(replace(lock, audit=before)) == old.text:
        return None
    return lock_text(replace(lock, audit=head))


def write_text(old: LockFile, text: str) -> None:
    """Put a lock's text in the place of the old one, whole or not at all.

    The new file is on the disk before it takes the old one's name, so that neither a kill nor a
    power failure leaves half of it. A link's target is what is replaced.

    Raises:
        LockError: it cannot be written; the old file is as it was.
    """
    try:
        replace_file(old.path, text.encode())
    except OSError as trouble:
        raise LockError(f"cannot be written: {trouble.strerror}", path=old.shown) from trouble


# Facts of a lock as bytes for a store: what is served again where the authority's own bytes are not at hand.

MARK = b"evidence-lock 1\n"

Read = Callable[[Identifier, bytes], Record | NotFound]
"""What stored raw bytes say. NotFound only by a source that attaches raw bytes to its "no", to have it stored."""


def stored_bytes(entry: LockEntry) -> bytes | None:
    """The entry's yes or no as bytes; None for one that had no bytes of its own.

    That is one that the record of another identifier answers for: served under this one it would
    outlive that record.
    """
    if entry.answer_sha256 is None or not isinstance(entry.outcome, Found | NotFound):
        return None
    return MARK + json.dumps(outcome_plain(entry.outcome), sort_keys=True, separators=(",", ":")).encode("ascii")


def stored_reader(read: Read) -> Read:
    """A reader of kept answers that reads those out of a lock, too."""

    def read_either(identifier: Identifier, raw: bytes) -> Record | NotFound:
        if not raw.startswith(MARK):
            return read(identifier, raw)
        outcome = outcome_of(json.loads(raw[len(MARK) :]))
        if isinstance(outcome, Found):
            return outcome.record
        if isinstance(outcome, NotFound):
            return outcome
        raise ValueError("not the facts of a lock")

    return read_either
