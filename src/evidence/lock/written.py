"""A lock as text: JSON, sorted, one fact per line, ending in a line break; the same lock gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC

from evidence.lock.entries import Lock, LockedFailure, LockedText, LockEntry, Memory, Moment
from evidence.lock.plain import Plain, plain
from evidence.model.outcomes import Found, Outcome, Unavailable, state_of
from evidence.model.records import Article, Label, Page, Record

VERSION = 1

RECORDS: dict[str, type[Article | Label | Page]] = {"article": Article, "label": Label, "page": Page}
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
        "remembered": None if entry.remembered is None else _record(entry.remembered),
        **_memory(entry.memory),
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
        return state | _record(outcome.record)
    cause = str(outcome.cause) if isinstance(outcome, Unavailable) else None
    return state | {"reason": outcome.reason, "status": outcome.status, "cause": cause}


def _record(record: Record) -> dict[str, Plain]:
    """Under the name of its kind."""
    (name,) = (name for name, kind in RECORDS.items() if isinstance(record, kind))
    return {name: plain(record)}


def _memory(memory: Memory) -> dict[str, Plain]:
    return {
        "last-found": None if memory.last_found is None else moment_text(memory.last_found),
        "failures": [_failure(failure) for failure in memory.failures],
        "text-since": None if memory.text_since is None else moment_text(memory.text_since),
        "texts": [_text(text) for text in memory.texts],
    }


def _failure(failure: LockedFailure) -> dict[str, Plain]:
    cause = {} if failure.cause is None else {"cause": str(failure.cause)}
    return {"on": moment_text(failure.on), "state": str(failure.state), **cause}


def _text(text: LockedText) -> dict[str, Plain]:
    return {"first": moment_text(text.first), "last": moment_text(text.last), "text": text.fingerprint}


def moment_text(moment: Moment) -> str:
    """The real time in UTC to the microsecond, and the day judged for where that is another one."""
    at = moment.at.astimezone(UTC)
    text = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return text if at.date() == moment.as_of else f"{text} as of {moment.as_of.isoformat()}"
