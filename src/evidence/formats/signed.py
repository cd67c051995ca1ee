"""Sign-offs in the words that every report uses for them, made from the document alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evidence.formats.json_report import Document
from evidence.formats.text_references import count, minute

NOT_IDENTITY = (
    "A sign-off says who attested what to which bytes; that the person was who they say, only a good signature by a "
    "known key shows."
)

_SIGNATURES = {
    "good": "signed",
    "unknown-key": "signed by an unknown key",
    "expired-key": "signed by an expired key",
    "revoked-key": "signed by a revoked key",
    "bad": "BAD SIGNATURE",
    "unverified": "signature not verified",
}
_DIGITS = 12


def sign_offs_of(shown: Document) -> tuple[Mapping[str, Any], ...]:
    """The sign-offs that a document tells; those made before there were any tell none. The void ones come first."""
    return tuple(sorted(shown.get("sign_offs") or (), key=lambda one: (one["state"] != "void", one["sequence"])))


def title(one: Mapping[str, Any]) -> str:
    """Who attested what, as whom, when."""
    return f"{one['meaning']} by {one['name']} ({one['role']}), {minute(one['at'])}{_of_day(one)}"


def _of_day(one: Mapping[str, Any]) -> str:
    return "" if one["at"].startswith(one["as_of"]) else f" as of {one['as_of']}"


def state(one: Mapping[str, Any]) -> str:
    """One word or two on how it stands."""
    if one["state"] == "void":
        return "void"
    if one["overdue"]:
        return "overdue"
    return "in force, as far as judged" if one["unjudged"] else "in force"


def signature(one: Mapping[str, Any]) -> str:
    """What is known of its signature."""
    made = one["signature"]
    return "no signature by a key" if made is None else f"{_SIGNATURES[made['state']]}: {made['told']}"


def report(one: Mapping[str, Any]) -> str:
    """What the report said that was signed."""
    told = one["report"]
    counts = ", ".join(count(told[f"{severity}s"], severity) for severity in ("error", "warning", "info"))
    silent = f"{told['unchecked']} not checked" if told["unchecked"] else "all checked"
    return f"run {told['run']}: exit {told['exit_code']}, {counts}; {silent}"


def bound(one: Mapping[str, Any], digits: int = _DIGITS) -> Iterator[tuple[str, str]]:
    """The files that it binds and the report, each with the beginning of its SHA-256."""
    for file in one["bound"]:
        yield file["path"], file["sha256"][:digits]
    yield f"report of run {one['report']['run']}", one["report"]["sha256"][:digits]


def lines(one: Mapping[str, Any]) -> Iterator[str]:
    """What is to be said beneath its title, a sentence each without a full stop."""
    yield from one["void"]
    if one["state"] != "void" and one["due"] is not None:
        yield f"overdue since {one['due']}" if one["overdue"] else f"to be given again by {one['due']}"
    if one["unjudged"]:
        yield f"{count(one['unjudged'], 'look-up')} without an answer: nobody knows what they would have shown"
    if one["gone"]:
        yield f"{count(one['gone'], 'signed finding')} not made in this run"
    if one["reason"]:
        yield f"reason: {one['reason']}"
    if one["name"] != one["actor"]:
        yield f"entered by {one['actor']}"
    yield signature(one)
