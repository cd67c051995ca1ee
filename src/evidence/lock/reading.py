"""The text of a lock file read: every way in which it can be wrong is told with its line and the fix."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from evidence.errors import LockError
from evidence.lock.entries import Lock, LockedFailure, LockedText, LockEntry, Memory, Moment
from evidence.lock.plain import Plain, built, identifier
from evidence.lock.written import AUDIT, RECORDS, VERSION, digest, entry_digest
from evidence.model.deeds import ChainHead
from evidence.model.identity import Identifier
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, Outcome, State, Unavailable
from evidence.model.records import Article, Label, Page, Record

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
    if unknown := sorted(written.keys() - _ENTRY - _FAILED - RECORDS.keys()):
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
    state, given = _text(written, "state"), written.keys() & (_FAILED | RECORDS.keys())
    wrong = given - RECORDS.keys() if state == State.FOUND else given & RECORDS.keys()
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
    if not isinstance(written, dict) or len(written) != 1 or not written.keys() <= RECORDS.keys():
        raise ValueError(f"{at}: one of {', '.join(RECORDS)} is expected")
    ((name, value),) = written.items()
    kind: type[Article | Label | Page] = RECORDS[name]
    record: Record = built(kind, value, name)
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
