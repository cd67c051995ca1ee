"""Lock files: where each lies, the text of a lock written and read, and the records in it as plain JSON.

A lock is JSON, sorted, one fact a line, ending in a line break; the same lock gives the same bytes. Only what is not a
field's default is written. A field's name is written with hyphens, a date in ISO 8601, a partial date as EDTF, an
identifier as it is printed (`pmid:23359310`). What is read must have exactly the types that the fields have; every way
in which a text can be wrong is reported with its line and the fix.
"""

from __future__ import annotations

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

from evidence.library.confinement import beside_objection
from evidence.library.files import read_source, replace_file
from evidence.model.audit import ChainHead
from evidence.model.claims import CLAIM_PREFIX, AnchorState
from evidence.model.dates import PartialDate, parse, rfc3339
from evidence.model.errors import LockError, UsageError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, Outcome, State, Unavailable, state_of
from evidence.model.ports import Read
from evidence.model.records import Article, Label, LabelContents, Page, Record, Trial, without_secrets
from evidence.model.regex import regex
from evidence.model.text import canonical_json, canonical_sha256
from evidence.model.urls import mask_secrets
from evidence.storage.lock import Lock, LockedAnchor, LockedFailure, LockedText, LockEntry, Memory, Moment

VERSIONS = (1, 2)
"""The versions of lock files that are read; a lock is written as the first of them that can hold it."""

LARGEST = 200_000_000  # bytes; a reference takes some 3,000

RECORDS: dict[str, type[Article | Label | LabelContents | Trial | Page]] = {
    "article": Article,
    "label": Label,
    "contents": LabelContents,
    "trial": Trial,
    "page": Page,
}
"""The kinds of record, by the key under which each is written."""

SINCE_VERSION_2 = frozenset({"trial", "contents", "article.revised"})
"""What a lock of version 1 never holds: kinds of record (`trial`), fields of those that it knows (`article.field`)."""

KINDS_SINCE_VERSION_2 = frozenset({IdKind.CONTENTS, IdKind.NOTICES})
"""Kinds of identifier that a lock of version 1 never holds, whatever was answered about them."""

AUDIT = "audit-head"
ANCHORS = "anchors"
"""The key of the quotes of claims, which version 1 does not have."""

MARK = b"evidence-lock 1\n"
"""Begins the bytes that a store keeps of a lock's facts."""

UPDATE = "rewrite the lock with `evidence check --update-lock`"
EDITED = "edited by hand, or merged incorrectly"
_DELETE = "restore it from version control, or delete it and run `evidence check --update-lock`"

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

_UNSEEN = regex(r"[^\x20-\x7e\n]")
_CONFLICT = regex(r"^(?:<{7}|={7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
_MOMENT = regex(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)Z(?: as of ([0-9]{4}-[0-9]{2}-[0-9]{2}))?"
)
_STRING = regex(r'("(?:[^"\\\n]|\\.)*+"?)(\s*+:)?')  # a key where a colon follows; none is looked at twice
_SHA256 = regex(r"[0-9a-f]{64}")
_QUOTED = 80  # characters of what is wrong, in messages
_QUOTED_OF_FIELD = 60

Plain = Any
"""What JSON can hold."""

T = TypeVar("T")


# Files


@dataclass(frozen=True, slots=True)
class LockFile:
    """The lock of one references file. `lock`, `text` and the SHA-256 of its bytes are None while there is none."""

    path: Path
    lock: Lock | None = None
    text: str | None = None
    sha256: str | None = None

    @property
    def name(self) -> str:
        """The path as messages name it."""
        return self.path.as_posix()

    def line_of(self, identifier: Identifier) -> int:
        """The line on which an entry begins, the first when it cannot be found."""
        return _LockReader(self.text or "", self.name).line_of(str(identifier))

    def sound(self) -> Lock:
        """The lock, every entry of it as it was written.

        Raises:
            LockError: there is none, or an entry does not match its digest.
        """
        if self.lock is None:
            raise LockError("lock file not found", path=self.name, fix="write it with `evidence check --update-lock`")
        for identifier, line in (*self.lock.corrupt.items(), *self.lock.corrupt_claims.items()):
            what = f"{identifier} does not match its digest: {EDITED}"
            raise LockError(what, path=self.name, line=line, fix=UPDATE)
        return self.lock


def lock_of(library: str) -> Path:
    """The place of a references file's lock: `references.lock.json` beside `references.yaml`."""
    return Path(library).with_suffix(".lock.json")


def lock_paths(libraries: Iterable[str], given: str | None = None) -> list[Path]:
    """The lock of each references file, unless one is given for the only file.

    Raises:
        UsageError: one lock would serve two files.
        LockError: a lock beside a file is a link out of the checkout.
    """
    paths = list(libraries)
    if given is not None and len(paths) > 1:
        raise UsageError(
            f"--lock {given} cannot be used for {len(paths)} references files", fix="check one file at a time"
        )
    locks = [Path(given) if given is not None else lock_of(library) for library in paths]
    for at, lock in enumerate(locks):
        if given is None and lock.is_symlink() and (wrong := beside_objection(lock)):
            raise LockError(wrong, path=lock.as_posix(), fix="replace the link, or name the lock with --lock")
        if lock in locks[:at]:
            raise UsageError(
                f"{paths[locks.index(lock)]} and {paths[at]} would share the lock {lock.as_posix()}",
                fix="rename one of them",
            )
    return locks


def read_lock(path: Path) -> LockFile:
    """The lock file at this path, which need not exist.

    Raises:
        LockError: it is damaged, as by `read_text`.
        FileError: it cannot be read, is no text, or is larger than 200 MB.
    """
    if not path.exists():
        return LockFile(path)
    source = read_source(path, LARGEST)
    return LockFile(path, read_text(source.text, path.as_posix()), source.text, source.sha256)


def could_be_lock(data: bytes) -> bool:
    """Whether a file that cannot be read as a lock may have been one: it is empty, or names a last run, as all do."""
    return not data.strip() or b'"last-complete-run"' in data


def require_writable(path: Path) -> None:
    """Raise LockError when a lock could not be written here; asked before an hour of looking up, not after."""
    place = path.resolve()
    wrong = "not a regular file" if place.exists() and not place.is_file() else None
    if not place.parent.is_dir():
        wrong = f"directory {place.parent.as_posix()} not found"
    elif not os.access(place.parent, os.W_OK):
        wrong = "its directory is not writable"
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
    """Put a lock's text in the place of the old one, all of it or nothing.

    The new file is on the disk before it takes the old one's name, so that neither a kill nor a
    power failure leaves half of it. A link's target is what is replaced.

    Raises:
        LockError: it cannot be written; the old file is as it was.
    """
    try:
        replace_file(old.path, text.encode())
    except OSError as trouble:
        raise LockError(f"cannot be written: {trouble.strerror}", path=old.name) from trouble


def digests_in(text: str) -> dict[str, str]:
    """The digest of each entry, by its identifier or claim, in the text of a lock that was read or is to be written."""
    read = json.loads(text)
    return {name: entry["digest"] for name, entry in (read["identifiers"] | read.get(ANCHORS, {})).items()}


# Writing the text


def lock_text(lock: Lock) -> str:
    """The text of the file."""
    entries = {}
    version = 1
    for identifier, entry in lock.entries.items():
        facts = entry_facts(entry)
        version = max(version, version_for(identifier, facts))
        named = {"digest": entry_digest(str(identifier), facts), "verified": moment_text(entry.verified)}
        entries[str(identifier)] = facts | named
    quotes = {f"{CLAIM_PREFIX}{claim}": _anchors_plain(claim, anchors) for claim, anchors in lock.anchors.items()}
    version = 2 if quotes else version
    complete = None if lock.complete is None else moment_text(lock.complete)
    head: dict[str, Plain] = {"version": version, "last-complete-run": complete}
    if lock.audit is not None:
        head[AUDIT] = {"sequence": lock.audit.sequence, "head": lock.audit.hash}
    body = {**head, "digest": canonical_sha256(head), "identifiers": entries, **({ANCHORS: quotes} if quotes else {})}
    text = "\n".join(_lines(body, "")) + "\n"
    # What does not show is spelled out; in JSON that means the same (RFC 8259, 7).
    return _UNSEEN.sub(lambda match: match[0] if match[0].isprintable() else json.dumps(match[0])[1:-1], text)


def _anchors_plain(claim: str, anchors: Iterable[LockedAnchor]) -> dict[str, Plain]:
    quotes = [plain(anchor) for anchor in anchors]
    return {"quotes": quotes, "digest": canonical_sha256([f"{CLAIM_PREFIX}{claim}", quotes])}


def _claim_anchors(name: str, written: Plain) -> tuple[LockedAnchor, ...] | None:
    """The quotes of a claim; None where they do not match their digest; raises ValueError for what no lock holds."""
    if not name.startswith(CLAIM_PREFIX) or not isinstance(written, dict) or written.keys() != {"quotes", "digest"}:
        raise ValueError("expected a claim with its quotes and their digest")
    if written["digest"] != canonical_sha256([name, written["quotes"]]):
        return None
    anchors = [built(LockedAnchor, quote, "quotes") for quote in _typed(list, written["quotes"], "quotes")]
    return tuple(
        replace(anchor, state=AnchorState.MOVED) if anchor.earlier and anchor.state is AnchorState.FOUND else anchor
        for anchor in anchors
    )


_ANCHOR_STATES = {
    AnchorState.FOUND: "found",
    AnchorState.MOVED: "found",
    AnchorState.LOST: "lost",
    AnchorState.CANNOT_BE_CHECKED: "unchecked",
}
"""How a lock calls what became of a quote; what moved is found and has an `earlier` place."""


def _anchor_state(written: str) -> AnchorState:
    """The state that was written so; raises ValueError for any other word."""
    for state, word in _ANCHOR_STATES.items():
        if word == written:
            return state
    raise ValueError(f"{written[:_QUOTED]!r} is not a valid state of a quote")


def entry_facts(entry: LockEntry) -> dict[str, Plain]:
    """All that an entry says but when it was verified."""
    memory = entry.memory
    written = {
        "source": entry.source,
        "address": entry.address,
        **outcome_plain(entry.outcome),
        "answer-sha256": entry.answer_sha256,
        "archived": entry.archived,
        "remembered": None if entry.remembered is None else _named_record(entry.remembered),
        "last-found": None if memory.last_found is None else moment_text(memory.last_found),
        "failures": [
            {
                "on": moment_text(failure.on),
                "state": str(failure.state),
                **({} if failure.cause is None else {"cause": str(failure.cause)}),
            }
            for failure in memory.failures
        ],
        "text-since": None if memory.text_since is None else moment_text(memory.text_since),
        "texts": [
            {"first": moment_text(text.first), "last": moment_text(text.last), "text": text.fingerprint}
            for text in memory.texts
        ],
    }
    return {key: value for key, value in written.items() if value is not None and value != []}


def version_for(identifier: Identifier, facts: Mapping[str, Plain]) -> int:
    """The first version of lock files that can hold an entry with these facts."""
    if identifier.kind in KINDS_SINCE_VERSION_2:
        return 2
    records = [facts, facts.get("remembered") or {}]
    held = {name for record in records for name in record.keys() & RECORDS.keys()}
    held |= {f"{name}.{key}" for record in records for name in record.keys() & RECORDS.keys() for key in record[name]}
    return 2 if held & SINCE_VERSION_2 else 1


def entry_digest(identifier: str, facts: dict[str, Plain]) -> str:
    """The `digest` of an entry: SHA-256 over its identifier and all else but `verified`."""
    return canonical_sha256([identifier, facts])


def outcome_plain(outcome: Outcome) -> dict[str, Plain]:
    """An outcome as JSON values, the record under the name of its kind."""
    state = {"state": str(state_of(outcome))}
    if isinstance(outcome, Found):
        return state | _named_record(outcome.record)
    cause = str(outcome.cause) if isinstance(outcome, Unavailable) else None
    return state | {"reason": outcome.reason, "status": outcome.status, "cause": cause}


def _named_record(record: Record) -> dict[str, Plain]:
    """The record under the name of its kind."""
    (name,) = (name for name, kind in RECORDS.items() if isinstance(record, kind))
    return {name: plain(record)}


def moment_text(moment: Moment) -> str:
    """The real time in UTC to the microsecond, and the day judged for where that is another one."""
    text = rfc3339(moment.at)
    return text if moment.at.astimezone(UTC).date() == moment.as_of else f"{text} as of {moment.as_of.isoformat()}"


def _lines(value: Plain, indent: str) -> Iterator[str]:
    """A mapping's keys and a list's items on lines of their own; what an item of a list holds, on that line."""
    if not value or not isinstance(value, dict | list):
        yield _on_one_line(value)
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    inner = indent + "  "
    yield opening
    if isinstance(value, dict):
        parts = [f"{inner}{_on_one_line(key)}: " + "\n".join(_lines(value[key], inner)) for key in sorted(value)]
    else:
        parts = [inner + _on_one_line(item) for item in value]
    yield ",\n".join(parts)
    yield indent + closing


def _on_one_line(value: Plain) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


# Reading the text


def read_text(text: str, path: str) -> Lock:
    """The lock that this text is.

    Entries that do not match their own digest are named in `corrupt` and left out.

    Raises:
        LockError: no JSON, a merge conflict, a key given twice, another version, or a value that no
            lock has.
    """
    return _LockReader(text, path).lock()


class _LockReader:
    """One text being read, which knows where a key is in it."""

    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path

    def lock(self) -> Lock:
        read = self._json()
        if not isinstance(read, dict):
            raise self._wrong("not a lock file", 1)
        self._require_head(read)
        entries, corrupt = {}, {}
        for name, written in read["identifiers"].items():
            try:
                known = identifier(name)
                entry = _entry(known, written, read["version"])
            except (ValueError, OverflowError, RecursionError) as error:
                raise self._wrong(f"{name[:_QUOTED]}: {error}", self.line_of(name)) from None
            if entry is None:
                corrupt[known] = self.line_of(name)
            else:
                entries[known] = entry
        try:
            complete = _moment_or_none(read["last-complete-run"])
        except ValueError as error:
            raise self._wrong(f"last-complete-run: {error}", self.line_of("last-complete-run")) from None
        match read.get(AUDIT):
            case None:
                audit = None
            case {"sequence": int(sequence), "head": str(sha256), **rest} if not rest and _SHA256.fullmatch(sha256):
                audit = ChainHead(sequence, sha256)
            case _:
                what = f"{AUDIT}: expected the number and the hash of an event"
                raise self._wrong(what, self.line_of(AUDIT))
        anchors, corrupt_claims = self._anchors(read.get(ANCHORS, {}), read["version"])
        return Lock(complete, entries, corrupt, audit, anchors, corrupt_claims)

    def _anchors(self, read: Plain, version: int) -> tuple[dict[str, tuple[LockedAnchor, ...]], dict[str, int]]:
        """The quotes by the ids of their claims, and the lines of claims whose quotes were altered."""
        if not isinstance(read, dict) or (read and version < 2):
            what = f"not allowed in a lock of version {version}" if version < 2 else "expected a mapping"
            raise self._wrong(f"{ANCHORS}: {what}", self.line_of(ANCHORS))
        anchors, corrupt = {}, {}
        for name, written in read.items():
            try:
                known = _claim_anchors(name, written)
            except ValueError as error:
                raise self._wrong(f"{name[:_QUOTED]}: {error}", self.line_of(name)) from None
            if known is None:
                corrupt[name] = self.line_of(name)
            else:
                anchors[name.removeprefix(CLAIM_PREFIX)] = known
        return anchors, corrupt

    def _json(self) -> Plain:
        conflict = _CONFLICT.search(self._text)
        if conflict:
            line = self._text.count("\n", 0, conflict.start()) + 1
            raise self._wrong("merge conflict", line, f"keep either side, then {UPDATE}")
        try:
            return json.loads(self._text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_no_number)
        except json.JSONDecodeError as error:
            what = f"not valid JSON: {error.msg}"
            raise LockError(what, path=self._path, line=error.lineno, column=error.colno, fix=_DELETE) from None
        except _TwiceError as twice:
            raise self._wrong(f"{twice.key[:_QUOTED]!r} appears twice", self.line_of(twice.key, -1)) from None
        except (ValueError, RecursionError) as error:
            what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            raise self._wrong(f"not a lock file: {what[:_QUOTED]}", 1) from None

    def _require_head(self, read: Mapping[str, Any]) -> None:
        version = read.get("version")
        if type(version) is not int or version not in VERSIONS:
            fix = "upgrade evidence-tracker" if type(version) is int and version > max(VERSIONS) else _DELETE
            what = (
                f"lock file version {str(version)[:_QUOTED]}; this version of evidence-tracker reads versions "
                f"{' and '.join(map(str, VERSIONS))}"
            )
            raise self._wrong(what, 1, fix)
        unknown, missing = sorted(read.keys() - _HEAD - {AUDIT, ANCHORS}), sorted(_HEAD - read.keys())
        if unknown:
            raise self._wrong(f"unknown key {unknown[0][:_QUOTED]!r}", self.line_of(unknown[0]))
        if missing:
            raise self._wrong(f"key {missing[0]!r} is missing", 1)
        if not isinstance(read["identifiers"], dict):
            raise self._wrong("identifiers: expected a mapping", self.line_of("identifiers"))
        if read["digest"] != canonical_sha256({key: read[key] for key in _DIGESTED if key in read}):
            digested = " or ".join(key for key in _DIGESTED[1:] if key in read)
            raise self._wrong(f"{digested} does not match its digest: {EDITED}", self.line_of("last-complete-run"))

    def _wrong(self, what: str, line: int, fix: str = _DELETE) -> LockError:
        return LockError(what, path=self._path, line=line, fix=fix)

    def line_of(self, key: str, which: int = 0) -> int:
        """The line on which a key is, the first when it cannot be found."""
        spellings = (json.dumps(key, ensure_ascii=False), json.dumps(key))
        return next((self._lines[spelling] for spelling in spellings if spelling in self._lines), (1,))[which]

    @cached_property
    def _lines(self) -> dict[str, tuple[int, ...]]:
        """The lines on which each key is, as it is spelt; looked for once, however much is wrong."""
        lines: dict[str, tuple[int, ...]] = {}
        line, read = 1, 0
        for match in _STRING.finditer(self._text):
            if not match[2]:
                continue
            line, read = line + self._text.count("\n", read, match.start()), match.start()
            lines[match[1]] = (*lines.get(match[1], ())[:1], line)
        return lines


class _TwiceError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _once(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    read: dict[str, Plain] = {}
    for key, value in pairs:
        if key in read:
            raise _TwiceError(key)
        read[key] = value
    return read


def _no_number(written: str) -> Plain:
    raise ValueError(f"{written[:_QUOTED]} is not a valid number in a lock")


def _entry(known: Identifier, written: Plain, version: int) -> LockEntry | None:
    """The entry, or None when it does not match its digest; raises ValueError for what no lock holds."""
    if not isinstance(written, dict):
        raise ValueError("expected a mapping")  # noqa: TRY004 - broken data, not a broken call
    facts = {key: value for key, value in written.items() if key not in ("digest", "verified")}
    if written.get("digest") != entry_digest(str(known), facts):
        return None
    if unknown := sorted(written.keys() - _ENTRY - _FAILED - RECORDS.keys()):
        raise ValueError(f"unknown field {unknown[0][:_QUOTED]!r}")
    sha256, remembered = _text_or_none(written, "answer-sha256"), written.get("remembered")
    archived = _text_or_none(written, "archived")
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise ValueError(f"answer-sha256: {sha256[:_QUOTED]!r} is not a valid SHA-256")
    entry = LockEntry(
        identifier=known,
        source=_text(written, "source"),
        address=_text(written, "address"),
        verified=_moment(written.get("verified")),
        outcome=outcome_of(written),
        answer_sha256=sha256,
        remembered=None if remembered is None else _record(remembered, "remembered"),
        archived=None if archived is None else mask_secrets(archived, known.value),
        memory=_memory(written),
    )
    if version_for(known, facts) > version:
        raise ValueError(f"not allowed in a lock of version {version}")
    return entry


def outcome_of(written: Mapping[str, Plain]) -> Outcome:
    """The outcome that was written so; raises ValueError for what no lock holds."""
    state, given = _text(written, "state"), written.keys() & (_FAILED | RECORDS.keys())
    wrong = given - RECORDS.keys() if state == State.FOUND else given & RECORDS.keys()
    if wrong:
        raise ValueError(f"{min(wrong)!r} is not allowed with the state {state!r}")
    if state == State.FOUND:
        return Found(_record({key: written[key] for key in given}, state))
    reason, status = _text(written, "reason"), written.get("status")
    if status is not None and type(status) is not int:
        raise ValueError(f"status: {str(status)[:_QUOTED]!r} is not a whole number")
    if state == State.NOT_FOUND:
        return NotFound(reason, status)
    if state == State.BLOCKED:
        return Blocked(reason, status)
    if state == State.UNAVAILABLE:
        return Unavailable(reason, Cause(_text(written, "cause")), status)
    raise ValueError(f"state: {state[:_QUOTED]!r} is not a valid state")


def _record(written: Plain, at: str) -> Record:
    if not isinstance(written, dict) or len(written) != 1 or not written.keys() <= RECORDS.keys():
        raise ValueError(f"{at}: expected one of {', '.join(RECORDS)}")
    ((name, value),) = written.items()
    record: Record = built(RECORDS[name], value, name)
    if isinstance(record, Label) and not record.versions:
        raise ValueError("label: expected at least one version")
    return without_secrets(record) if isinstance(record, Page) else record


def _memory(written: Mapping[str, Plain]) -> Memory:
    failures = []
    last_found = _moment_or_none(written.get("last-found"))
    for failure in _mappings(written, "failures", {"on", "state"}, {"cause"}):
        cause = _text_or_none(failure, "cause")
        on, state = _moment(failure["on"]), State(_text(failure, "state"))
        failures.append(LockedFailure(on, state, None if cause is None else Cause(cause)))
    text_since = _moment_or_none(written.get("text-since"))
    texts = tuple(
        LockedText(_text(text, "text"), _moment(text["first"]), _moment(text["last"]))
        for text in _mappings(written, "texts", {"first", "last", "text"}, set())
    )
    return Memory(last_found, tuple(failures), text_since, texts)


def _mappings(written: Mapping[str, Plain], key: str, needed: set[str], allowed: set[str]) -> list[dict[str, Plain]]:
    """The mappings of a list, each with the needed keys and no others than those and the allowed ones."""
    listed = written.get(key, [])
    if not isinstance(listed, list):
        raise ValueError(f"{key}: expected a list")  # noqa: TRY004 - broken data, not a broken call
    for item in listed:
        if not isinstance(item, dict) or not needed <= item.keys() <= needed | allowed:
            raise ValueError(f"{key}: each item must have {', '.join(sorted(needed))} and no unknown keys")
    return listed


def _text(written: Mapping[str, Plain], key: str) -> str:
    value = written.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key}: expected text")  # noqa: TRY004 - broken data, not a broken call
    return value


def _text_or_none(written: Mapping[str, Plain], key: str) -> str | None:
    return None if written.get(key) is None else _text(written, key)


def _moment(written: Plain) -> Moment:
    match = _MOMENT.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise ValueError(f"{str(written)[:_QUOTED]!r} is not a time such as 2026-11-23T12:00:00Z")
    at = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
    return Moment(at, date.fromisoformat(match[2]) if match[2] else at.date())


def _moment_or_none(written: Plain) -> Moment | None:
    return None if written is None else _moment(written)


def identifier(written: str) -> Identifier:
    """The identifier of a printed form; raises ValueError for an unknown kind or an empty value."""
    kind, _, value = written.partition(":")
    if kind not in _KINDS or not value:
        raise ValueError(f"{written[:_QUOTED_OF_FIELD]!r} is not a valid identifier")
    return Identifier(_KINDS[kind], value)


_KINDS = {str(kind): kind for kind in IdKind}


# Records as plain JSON values and back


def plain(value: object) -> Plain:
    """A record, or a part of one, as JSON values."""
    match value:
        case AnchorState():
            return _ANCHOR_STATES[value]
        case None | str() | bool() | int():
            return value
        case date():
            return value.isoformat()
        case Identifier():
            return str(value)
        case PartialDate():
            text = str(value)
            try:
                if parse(text) == value:
                    return text
            except ValueError:
                pass  # written by its fields, as what has no text that reads back
        case tuple():
            return [plain(part) for part in value]
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no plain form")
    written = {}
    for field in fields(value):
        held = getattr(value, field.name)
        if field.default is MISSING or held != field.default:
            written[_key(field)] = plain(held)
    return written


def _key(field: Field[Any]) -> str:
    return field.name.replace("_", "-")


def built(kind: type[T], value: Plain, at: str = "") -> T:
    """The record of this kind that was written so; `at` says where it is, for messages.

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
        return tuple(_value(part, item, at) for item in _typed(list, value, at))
    if kind in (str, int, bool):
        return _typed(kind, value, at)
    if kind in _FROM_TEXT and not (kind is PartialDate and isinstance(value, dict)):
        return _FROM_TEXT[kind](_typed(str, value, at))
    known, given = _fields(kind), _typed(dict, value, at)
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        raise ValueError(f"{_at(at)}unknown field {unknown[0][:_QUOTED_OF_FIELD]!r}")
    values = {}
    for key, (field, hint) in known.items():
        if key in given:
            values[field.name] = _value(hint, given[key], f"{at}.{key}" if at else key)
        elif field.default is MISSING:
            raise ValueError(f"{_at(at)}field {key!r} is missing")
    return kind(**values)


@cache
def _fields(kind: Any) -> dict[str, tuple[Field[Any], Any]]:
    hints = get_type_hints(kind)
    return {_key(field): (field, hints[field.name]) for field in fields(kind)}


def _typed(kind: type[T], value: Plain, at: str) -> T:
    if type(value) is not kind:
        raise ValueError(f"{_at(at)}{str(value)[:_QUOTED_OF_FIELD]!r} is not {_NAMES[kind]}")
    return value


def _at(at: str) -> str:
    return f"{at}: " if at else ""


_NAMES: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a mapping",
}

_FROM_TEXT: Mapping[type, Callable[[str], object]] = {
    AnchorState: _anchor_state,
    date: date.fromisoformat,
    Identifier: identifier,
    PartialDate: parse,
}


# Facts of a lock as bytes for a store: what is served again where the authority's own bytes are missing


def stored_bytes(entry: LockEntry) -> bytes | None:
    """The entry's yes or no as bytes; None for one that had no bytes of its own.

    That is one that the record of another identifier answers for: served under this one it would
    outlive that record.
    """
    if entry.answer_sha256 is None or not isinstance(entry.outcome, Found | NotFound):
        return None
    return MARK + canonical_json(outcome_plain(entry.outcome)).encode("ascii")


def stored_reader(read: Read) -> Read:
    """A reader of stored answers that reads those out of a lock, too."""

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
