"""A comparison with a published list as text for people: harmless in a terminal, the same for the same input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.bibliography.drift import Drift, ListComparison
from evidence.bibliography.drift_words import WordChange, WordFate
from evidence.escape import one_line

_CONTEXT = 4  # words of what stayed that are shown on each side of a change
_LONGEST = 160  # characters of an entry that is only named


def render_drift(comparison: ListComparison, shown: str) -> str:
    """Every drift, field by field and word by word: `[-went-] {+came+}`, as git marks changed words.

    Args:
        comparison: What was compared.
        shown: The name of the printed list.
    """
    lines = [_headline(comparison, shown)]
    for drift in comparison.drifts:
        lines += ["", *_drift(drift)]
    rest = list(_rest(comparison))
    return "\n".join([*lines, *([""] if rest else []), *rest]) + "\n"


def _headline(comparison: ListComparison, shown: str) -> str:
    counts = [
        (len(comparison.drifts), "drifted"),
        (len(comparison.unmatched), "printed but not among the references"),
        (len(comparison.unprinted), "not printed"),
        (len(comparison.again), "printed twice"),
        (len(comparison.moved), "at another place"),
    ]
    told = ", ".join(f"{count:,} {what}" for count, what in counts if count)
    same = f"{len(comparison.same):,} as it would be printed now"
    return f"{one_line(shown)}: {told}; {same}" if told else f"{one_line(shown)}: nothing drifted, {same}"


def _drift(drift: Drift) -> Iterator[str]:
    number = f"printed as {drift.number}" if drift.number is not None else f"entry {drift.printed}"
    yield f"{one_line(drift.reference)} ({number})"
    if drift.looks_like_another_work:
        yield "  the printed text looks like another work: only the identifier is the same"
    width = max(len(one.field) for one in drift.fields) if drift.fields else 0
    for one in drift.fields:
        yield f"  {one.field:<{width}}  was  {one_line(one.was) or '(nothing)'}"
        yield f"  {'':<{width}}  now  {one_line(one.now) or '(nothing)'}"
    yield f"  {_marked(drift.words)}"


def _marked(changes: Sequence[WordChange]) -> str:
    parts: list[str] = []
    for number, change in enumerate(changes):
        text = one_line(change.text)
        if change.fate is WordFate.WENT:
            parts.append(f"[-{text}-]")
        elif change.fate is WordFate.CAME:
            parts.append(f"{{+{text}+}}")
        else:
            parts.append(_shortened(text, first=number == 0, last=number == len(changes) - 1))
    told = ""
    for part in parts:
        told += part if not told or part.startswith((".", ",", ";", ":", ")")) else f" {part}"
    return told


def _shortened(text: str, *, first: bool, last: bool) -> str:
    """What stayed, with only the words next to changes."""
    words = text.split(" ")
    before, behind = (0 if first else _CONTEXT), (0 if last else _CONTEXT)
    if len(words) <= before + behind + 1:
        return text
    kept = [*words[:before], "\N{HORIZONTAL ELLIPSIS}", *(words[-behind:] if behind else [])]
    return " ".join(kept)


def _rest(comparison: ListComparison) -> Iterator[str]:
    for entry in comparison.unmatched:
        number = entry.number if entry.number is not None else entry.position
        text = one_line(entry.text)
        yield f"not among the references: {number}. {text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}"
    yield from (f"not printed: {one_line(reference)}" for reference in comparison.unprinted)
    yield from (f"printed again at place {place}: {one_line(reference)}" for place, reference in comparison.again)
    if comparison.moved:
        yield f"at another place: {', '.join(map(one_line, comparison.moved))}"
