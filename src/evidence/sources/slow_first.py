"""The order in which pages are asked: those that were slow or silent last time first.

A page that hangs takes its whole time-out whenever it is asked; asked last, it would hold up the end
of the run alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from evidence.model.identity import Identifier
from evidence.model.outcomes import Answer, Cause, Observation, State
from evidence.ports import Source

LastSeen = Callable[[Iterable[Identifier]], Mapping[Identifier, tuple[Observation, ...]]]
"""What was seen of identifiers before, the newest last; one observation is enough."""


class SlowFirst:
    """A source around another, which is asked for the slow ones first, else in the order given."""

    def __init__(self, inner: Source, last_seen: LastSeen) -> None:
        self._inner = inner
        self._last_seen = last_seen

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """As the inner source answers.

        Raises:
            StoreError: what was seen before cannot be read.
        """
        wanted = tuple(identifiers)
        seen = self._last_seen(wanted)
        return self._inner.look_up(sorted(wanted, key=lambda identifier: _rank(seen.get(identifier, ()))))


def _rank(seen: tuple[Observation, ...]) -> int:
    """0 for who timed out last time, 1 for who was silent in another way, 2 for the others and the unknown."""
    if not seen or seen[-1].state is not State.UNAVAILABLE:
        return 2
    return 0 if seen[-1].cause is Cause.TIMEOUT else 1
