"""A source around a source that asks nobody: what gave no record when it was last asked is answered so again.

Stored answers are records, since failures are never served as answers to a run. For looking back at a run, though,
that a page was dead or silent on its day is what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, NotFound, Observation, Origin, Outcome, State, Unavailable
from evidence.ports import Source

Past = Callable[[Iterable[Identifier]], Mapping[Identifier, tuple[Observation, ...]]]
"""What was seen of identifiers, oldest first."""


@dataclass(frozen=True, slots=True)
class LastSeen:
    """Answers as `inner`, and where that could not ask, by what was seen on the very day that is judged for."""

    inner: Source
    past: Past
    as_of: date

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every identifier once."""
        unasked: dict[Identifier, Answer] = {}
        for answer in self.inner.look_up(identifiers):
            match answer.outcome:
                case Unavailable(cause=Cause.OFFLINE):
                    unasked[answer.identifier] = answer
                case _:
                    yield answer
        seen = self.past(unasked) if unasked else {}
        for identifier, answer in unasked.items():
            yield self._seen(answer, seen.get(identifier, ()))

    def _seen(self, answer: Answer, past: tuple[Observation, ...]) -> Answer:
        last = next((one for one in reversed(past) if one.as_of == self.as_of), None)
        outcome = _outcome(last) if last is not None else None
        if last is None or outcome is None:
            return answer
        return replace(answer, outcome=outcome, source=last.source, at=last.at, origin=Origin.STORE, as_of=last.as_of)


def _outcome(seen: Observation) -> Outcome | None:
    """A no, a refusal or a page's silence; None for what says nothing, or only where a record is at hand."""
    reason = seen.detail or ""
    is_page = seen.identifier.kind is IdKind.URL
    match seen.state:
        case State.NOT_FOUND:
            return NotFound(reason, seen.status)
        case State.BLOCKED if is_page:
            return Blocked(reason, seen.status)
        case State.UNAVAILABLE if is_page and seen.cause is not None:
            return Unavailable(reason, seen.cause, seen.status)
    return None
