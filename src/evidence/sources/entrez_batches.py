"""Many identifiers, few requests: batches, and halving of a batch that one bad identifier spoils."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from evidence.http.exchange import Reply
from evidence.model.outcomes import Blocked, Unavailable
from evidence.sources.entrez_replies import is_bad_id

Asked = Callable[[Sequence[str]], Reply | Blocked | Unavailable]

# A lone bad identifier among 500 takes 18 further requests. When a service refuses everything this
# way, the trouble is its own, and more requests do not help.
_MOST_HALVINGS = 20


def in_batches(
    ids: Iterable[str], ask: Asked, size: int
) -> Iterator[tuple[Sequence[str], Reply | Blocked | Unavailable]]:
    """Ask for all identifiers, `size` at a time.

    NCBI refuses a whole request for one identifier that is none. Such a batch is halved until the
    bad one stands alone, which is then yielded with its refusal like any other part.

    Yields:
        The identifiers of one request and what came of it; together they cover every identifier once.
    """
    remaining = iter(ids)
    while batch := list(islice(remaining, size)):
        yield from _halved(batch, ask)


def _halved(batch: Sequence[str], ask: Asked) -> Iterator[tuple[Sequence[str], Reply | Blocked | Unavailable]]:
    halvings = 0
    waiting = [batch]
    while waiting:
        part = waiting.pop()
        outcome = ask(part)
        if len(part) > 1 and halvings < _MOST_HALVINGS and isinstance(outcome, Reply) and is_bad_id(outcome):
            halvings += 1
            middle = len(part) // 2
            waiting += [part[middle:], part[:middle]]
        else:
            yield part, outcome
