"""Where the HTML report's charts draw what: plain numbers, which the templates turn into SVG.

Widths are percent or user units; nothing here is text from outside but the names of references.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from evidence.model import dates
from evidence.model.dates import DateError
from evidence.reports.document import Document
from evidence.reports.wording import SOURCE_KINDS, STATES

_ROWS = 16  # more accessed dates than these are counted by age instead of drawn one by one
_BINS = 14
_BINS_TO_LIMIT = 8
_WORDED = 6  # stretches of a timeline in words; all are drawn
_RUNS = 24  # columns that a reader can still distinguish


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: which state it means, how many, and where it lies (in percent of the bar)."""

    state: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar made of states."""

    name: str
    total: int
    parts: tuple[Part, ...]

    def of(self, state: str) -> int:
        """How many are in this state."""
        return sum(part.count for part in self.parts if part.state == state)


@dataclass(frozen=True, slots=True)
class Dated:
    """A reference's accessed date: its age in days as a range, and the limit for its kind."""

    name: str
    anchor: str
    accessed: str
    least: int
    most: int
    limit: int

    @property
    def status(self) -> str:
        """`over` the limit, `possibly` over it (the day is not known), or `within`."""
        return "over" if self.least > self.limit else "possibly" if self.most > self.limit else "within"

    @property
    def age(self) -> str:
        """The age in words."""
        return f"{self.least} days" if self.least == self.most else f"{self.least}\N{EN DASH}{self.most} days"


@dataclass(frozen=True, slots=True)
class Bin:
    """How many accessed dates are `first` to `last` days old, and how many of those are over their limit."""

    first: int
    last: int
    within: int
    over: int


@dataclass(frozen=True, slots=True)
class Ages:
    """The accessed dates against their limits: one by one (`rows`) or, when they are many, counted (`bins`)."""

    rows: tuple[Dated, ...]
    bins: tuple[Bin, ...]
    bin_width: float
    limits: tuple[int, ...]
    longest: int
    counts: Mapping[str, int]

    @property
    def tallest(self) -> int:
        """The largest bin."""
        return max((item.within + item.over for item in self.bins), default=1)


def accessed_ages(document: Document, anchors: Sequence[str]) -> Ages | None:
    """The chart of accessed dates; None where no reference has both a date and a limit."""
    as_of = date.fromisoformat(document["run"]["as_of"])
    policies = document["run"]["policies"]
    pairs = zip(document["references"], anchors, strict=True)
    dated = [item for pair in pairs if (item := _dated(*pair, policies, as_of)) is not None]
    if not dated:
        return None
    dated.sort(key=lambda item: (-item.most, item.name, item.anchor))
    limits = tuple(sorted({item.limit for item in dated}))
    longest = max(*(item.most for item in dated), *limits, 1)
    counts = Counter(item.status for item in dated)
    by_status = {status: counts[status] for status in ("within", "possibly", "over")}
    if len(dated) <= _ROWS:
        return Ages(tuple(dated), (), 1, limits, longest, by_status)
    # An integral number of bins up to the limit, so that no bin is on both sides of it.
    parts = min(max(round(_BINS * limits[0] / longest), 1), _BINS_TO_LIMIT)
    width = max(limits[0], 1) / parts
    return Ages((), tuple(_bins(dated, width, longest)), width, limits, longest, by_status)


def _dated(reference: Mapping[str, Any], anchor: str, policies: Mapping[str, Any], as_of: date) -> Dated | None:
    limits = policies.get(reference["path"], {}).get("accessed-limit", {})
    limit, accessed = limits.get(_source_type(reference)), reference.get("accessed")
    if limit is None or not accessed:
        return None
    try:
        span = dates.age(dates.parse(accessed), as_of)
    except DateError:
        return None
    return Dated(reference["id"], anchor, accessed, max(span.least, 0), max(span.most, 0), limit)


def _source_type(reference: Mapping[str, Any]) -> str:
    """Which of the policy's limits applies, as the rules decide it (`Case.source_type`)."""
    kinds = reference["identifiers"].keys()
    if "setid" in kinds:
        return "label"
    return "article" if kinds & {"pmid", "pmcid", "doi"} else "webpage"


def _bins(dated: Sequence[Dated], width: float, longest: int) -> Iterator[Bin]:
    """Bins of equal width from today back; the last takes all that is older."""
    number = min(max(math.ceil(longest / width), 1), _BINS)
    for n in range(number):
        first = math.floor(n * width) + 1 if n else 0
        last = longest if n == number - 1 else math.floor((n + 1) * width)
        inside = [item for item in dated if first <= item.most <= last]
        over = sum(item.status == "over" for item in inside)
        yield Bin(first, last, len(inside) - over, over)


def state_bars(references: Sequence[Mapping[str, Any]]) -> tuple[Bar, ...]:
    """How many references of each kind are in which state."""
    kinds: dict[str, list[str]] = {}
    for reference in references:
        kinds.setdefault(kind_of(reference), []).append(reference["state"])
    order = {kind: number for number, kind in enumerate(dict.fromkeys(SOURCE_KINDS.values()))}
    return tuple(_bar(kind, kinds[kind]) for kind in sorted(kinds, key=lambda kind: (order.get(kind, 9), kind)))


def kind_of(reference: Mapping[str, Any]) -> str:
    """What a reference is, by its first identifier."""
    first = next(iter(reference["identifiers"]), "")
    return SOURCE_KINDS.get(first, "no identifier")


def _bar(name: str, states: Sequence[str], most: int | None = None) -> Bar:
    counts, at = Counter(states), 0.0
    parts: list[Part] = []
    for state in STATES:
        if counts[state]:
            width = 100 * counts[state] / (most or len(states))
            parts.append(Part(state, counts[state], round(at, 2), round(width, 2)))
            at += width
    return Bar(name, len(states), tuple(parts))


def run_bars(document: Document) -> tuple[Bar, ...]:
    """How many references were in which state, run by run, this run last; empty without earlier runs.

    Heights are percent of the run with the most references. The observations that a reference carries would show
    less: those within a stretch of equal ones are folded away, and answers from the store are none.
    """
    earlier = (document.get("earlier_runs") or ())[-_RUNS + 1 :]
    if not earlier:
        return ()
    runs = [(run["as_of"], list(Counter(run["states"]).elements())) for run in earlier]
    runs.append((document["run"]["as_of"], [reference["state"] for reference in document["references"]]))
    most = max(len(states) for _, states in runs) or 1
    return tuple(_bar(as_of, states, most) for as_of, states in runs)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Observations of one state in a row: from the first day to the last, and where that lies in percent."""

    state: str
    first: str
    last: str
    count: int
    start: float
    width: float
    detail: str | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What one source said about one identifier over the runs, this run's answer last."""

    source: str
    identifier: str
    first: str
    last: str
    stretches: tuple[Stretch, ...]

    @property
    def latest(self) -> tuple[Stretch, ...]:
        """The stretches to be put in words, newest first."""
        return self.stretches[: -_WORDED - 1 : -1]

    @property
    def earlier(self) -> int:
        """How many stretches lie before those."""
        return max(len(self.stretches) - _WORDED, 0)


def timelines(reference: Mapping[str, Any], as_of: str) -> tuple[Timeline, ...]:
    """The reference's observations by source and identifier; empty when there are no earlier ones."""
    history = reference.get("history") or ()
    if not history:
        return ()
    sources: dict[tuple[str, str], list[tuple[str, str, str | None]]] = {}
    for item in (*history, *({**lookup, "as_of": as_of} for lookup in reference["lookups"])):
        point = (item["as_of"], item["state"], item["detail"])
        sources.setdefault((item["source"], item["identifier"]), []).append(point)
    first = min(points[0][0] for points in sources.values())
    return tuple(
        Timeline(source, identifier, first, as_of, tuple(_stretches(points, first, as_of)))
        for (source, identifier), points in sources.items()
    )


def _stretches(points: Sequence[tuple[str, str, str | None]], first: str, last: str) -> Iterator[Stretch]:
    """Runs of one state, each reaching to the day on which the next begins."""
    begun, length = _ordinal(first), max(_ordinal(last) - _ordinal(first), 1)
    starts = [n for n, point in enumerate(points) if n == 0 or points[n - 1][1] != point[1]]
    for start, end in zip(starts, [*starts[1:], len(points)], strict=True):
        run = points[start:end]
        until = points[end][0] if end < len(points) else last
        at = 100 * (_ordinal(run[0][0]) - begun) / length
        width = 100 * (_ordinal(until) - _ordinal(run[0][0])) / length
        yield Stretch(run[0][1], run[0][0], run[-1][0], len(run), round(at, 1), round(width, 1), run[-1][2])


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()
