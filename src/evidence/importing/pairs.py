"""Which entry of a file to be imported is which entry of a library that exists: by identifier, then by text."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidence.importing.listed import Listed
from evidence.importing.values import REGISTERED
from evidence.library import markdown
from evidence.model.identity import Identifier
from evidence.model.references import Reference
from evidence.monographs.order import text_of
from evidence.monographs.pairing import Printed, pair

ALL_BUT_THE_NUMBER = 97.0
"""The least likeness of two prints whose registries' numbers differ, and which are one work all the same: mended."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Numbers (from 0) of entries: `pairs` listed -> in the library; `repeats` listed -> the listed one they repeat."""

    pairs: dict[int, int]
    repeats: dict[int, int]


def sort_out(entries: Sequence[Listed], references: Sequence[Reference]) -> Sorted:
    """Pair each entry with at most one reference; the second print of a work repeats the first."""
    repeats = _repeats(entries)
    pairs = _by_print(entries, references, repeats)
    _by_key(entries, references, repeats, pairs)
    taken = set(pairs.values())
    open_entries = [at for at in range(len(entries)) if at not in repeats and at not in pairs]
    open_references = [at for at in range(len(references)) if at not in taken]
    found = pair(
        [Printed(entries[at].text, entries[at].identifiers) for at in open_entries],
        [Printed(text_of(references[at]), references[at].identifiers) for at in open_references],
    )
    for one in found.pairs:
        at, other = open_entries[one.printed], open_references[one.wanted]
        by_text = one.likeness is not None and one.likeness < ALL_BUT_THE_NUMBER
        if not (by_text and contradict(entries[at].identifiers, references[other].identifiers)):
            pairs[at] = other
    leader = {other: at for at, other in pairs.items()}
    for one in found.again:
        at, other = open_entries[one.printed], open_references[one.wanted]
        shared = set(registered(entries[at].identifiers)) & set(registered(references[other].identifiers))
        if shared and leader.get(other, at) < at:
            repeats[at] = leader[other]
    return Sorted(pairs, repeats)


def registered(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """Those that stand for one work alone."""
    return [identifier for identifier in identifiers if identifier.kind in REGISTERED]


def contradict(ones: Iterable[Identifier], others: Iterable[Identifier]) -> bool:
    """Whether a registry's number of one kind differs and none is the same."""
    mine, theirs = registered(ones), registered(others)
    return not set(mine) & set(theirs) and bool({one.kind for one in mine} & {other.kind for other in theirs})


def _repeats(entries: Sequence[Listed]) -> dict[int, int]:
    """Entries that name a work named before them, or say the same words."""
    by_identifier: dict[Identifier, int] = {}
    by_text: dict[str, int] = {}
    repeats: dict[int, int] = {}
    for at, entry in enumerate(entries):
        numbers = registered(entry.identifiers)
        earlier = next((by_identifier[number] for number in numbers if number in by_identifier), None)
        same = by_text.get(entry.text)
        if earlier is None and same is not None and not contradict(numbers, entries[same].identifiers):
            earlier = same
        if earlier is not None:
            repeats[at] = earlier
        first = at if earlier is None else earlier
        by_text.setdefault(entry.text, first)
        for number in numbers:
            by_identifier.setdefault(number, first)
    return repeats


def _by_print(entries: Sequence[Listed], references: Sequence[Reference], repeats: dict[int, int]) -> dict[int, int]:
    """By the printed text, to the letter, or by the same fields: the first with the first that says so."""
    waiting: dict[str, deque[int]] = defaultdict(deque)
    for other, reference in enumerate(references):
        if reference.cited_as:
            waiting[reference.cited_as].append(other)
        elif reference.title:
            waiting[_said(reference.title, reference.issued, reference.volume, reference.page)].append(other)
    pairs: dict[int, int] = {}
    for at, entry in enumerate(entries):
        same = waiting.get(entry.cited_as or _said(*(_plain(entry, key) for key in _TELLING)))
        if same and at not in repeats:
            if entry.cited_as is None and contradict(entry.identifiers, references[same[0]].identifiers):
                continue
            pairs[at] = same.popleft()
    return pairs


_TELLING = ("title", "issued", "volume", "page")


def _plain(entry: Listed, key: str) -> str:
    value = entry.fields.get(key)
    return markdown.to_plain(value) if isinstance(value, str) else ""


def _said(title: str, *rest: object) -> str:
    return "\n".join(str(part or "") for part in (title, *rest))


def _by_key(
    entries: Sequence[Listed], references: Sequence[Reference], repeats: dict[int, int], pairs: dict[int, int]
) -> None:
    """A reference manager's key is an entry's id, unless they are of different works."""
    by_id = {reference.id: other for other, reference in enumerate(references)}
    taken = set(pairs.values())
    for at, entry in enumerate(entries):
        other = by_id.get(entry.key or "")
        if at in repeats or at in pairs or other is None or other in taken:
            continue
        if not contradict(entry.identifiers, references[other].identifiers):
            pairs[at] = other
            taken.add(other)
