"""Which entry of a file to be imported is which entry of a library that exists: by identifier, then by text."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence.importing.listed import TELLING, Listed
from evidence.importing.values import REGISTERED
from evidence.library import markdown
from evidence.library.yaml_text import Value
from evidence.model.identity import Identifier
from evidence.model.references import Reference
from evidence.monographs.cited import text_of
from evidence.monographs.pairing import PairingText, pair

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
        [PairingText(entries[at].text, entries[at].identifiers) for at in open_entries],
        [PairingText(text_of(references[at]), references[at].identifiers) for at in open_references],
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
    waiting: dict[object, deque[int]] = defaultdict(deque)
    for other, reference in enumerate(references):
        waiting[reference.cited_as or _said(reference.csl)].append(other)
    pairs: dict[int, int] = {}
    for at, entry in enumerate(entries):
        said = entry.cited_as or _said({key: _read(entry.fields[key]) for key in TELLING if key in entry.fields})
        same = waiting.get(said) if said else None
        if same and at not in repeats:
            if entry.cited_as is None and contradict(entry.identifiers, references[same[0]].identifiers):
                continue
            pairs[at] = same.popleft()
    return pairs


def _read(value: Value) -> object:
    """A value as it is read from a file."""
    if isinstance(value, str):
        return markdown.to_html(value)
    if isinstance(value, Mapping):
        return {key: _read(inner) for key, inner in value.items()}
    return [_read(inner) for inner in value]


def _said(csl: Mapping[str, object]) -> tuple[str, ...]:
    """What an entry's fields say; empty where they say nothing."""
    said = tuple(repr(csl[key]) if csl.get(key) else "" for key in TELLING)
    return said if any(said) else ()


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
