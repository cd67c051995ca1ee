"""A chain of events gone over link by link: what is broken, and at which link first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evidence.audit.events import NOTHING, Event, parse_event
from evidence.model.deeds import ChainHead


@dataclass(frozen=True, slots=True)
class Break:
    """A link that does not hold. `number` counts the lines from 1; `what` says what is wrong with that one."""

    number: int
    what: str


def walk(lines: Iterable[str], after: ChainHead = NOTHING) -> Iterator[Event | Break]:
    """Every event in its order, and every place at which the chain does not hold.

    After a break the chain is followed from what stands there, so that each break is told once.
    """
    before: ChainHead | None = after
    for number, line in enumerate(lines, 1):
        try:
            event = parse_event(line)
        except ValueError as wrong:
            yield Break(number, str(wrong))
            before = None
            continue
        if before is not None and (what := _misfit(event, before)):
            yield Break(number, what)
        yield event
        before = event.head


def _misfit(event: Event, before: ChainHead) -> str | None:
    expected = before.sequence + 1
    if event.sequence > expected:
        missing = (
            f"event {expected}" if event.sequence == expected + 1 else f"events {expected} to {event.sequence - 1}"
        )
        return f"event {event.sequence} stands here, so {missing} was removed or moved"
    if event.sequence < expected:
        return f"event {event.sequence} stands here where event {expected} belongs: inserted, repeated or moved"
    if event.previous != before.hash:
        return f"event {event.sequence} does not name the hash of the one before it: one of the two was put here later"
    return None


def first_break(lines: Iterable[str], after: ChainHead = NOTHING) -> Break | None:
    """The first link that does not hold, None for a sound chain."""
    return next((link for link in walk(lines, after) if isinstance(link, Break)), None)
