"""What names that stand for others are when all is written out: macros of a style, strings and parents of BibTeX.

All of it is worked out in one walk over the graph of names, however deep and however often one is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_ENORMOUS = 10**12
"""What is larger counts as this: numbers that double with every name would themselves take long."""


class CircleError(Exception):
    """Names that are defined by each other; the first and the last of them are the same."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(" \N{RIGHTWARDS ARROW} ".join(names))
        self.names = tuple(names)


def sizes(own: Mapping[str, int], uses: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The size of each name with all that it uses, as often as it uses it.

    Args:
        own: The size of each name without what it uses.
        uses: The names that each one uses; those that are not in `own` count nothing.

    Raises:
        CircleError: a name uses itself, by way of others or at once.
    """
    done: dict[str, int] = {}
    for first in own:
        path: dict[str, None] = {}  # the names that are being worked out, each used by the one before
        waiting = [first]
        while waiting:
            name = waiting[-1]
            if name in done:
                waiting.pop()
            elif name in path:  # all that it uses is done
                path.popitem()
                whole = own[name] + sum(done.get(used, 0) for used in uses.get(name, ()))
                done[waiting.pop()] = min(whole, _ENORMOUS)
            else:
                path[name] = None
                inner = [used for used in dict.fromkeys(uses.get(name, ())) if used in own and used not in done]
                if circular := next((used for used in inner if used in path), None):
                    names = list(path)
                    raise CircleError([*names[names.index(circular) :], circular])
                waiting += inner
    return done
