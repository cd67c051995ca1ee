"""How often, and where first, a monograph's text cites each entry of its list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from evidence.importing.listed import CitationCount
from evidence.monographs.cited import names_of
from evidence.monographs.documents import Document
from evidence.monographs.listing import ReferenceList
from evidence.monographs.markers import Marker, find_markers
from evidence.monographs.names import CitedWork as Named

_WORDS_SHOWN = 28  # characters before a marker, where the text has no lines of its own


@dataclass(frozen=True, slots=True)
class Citations:
    """What a text cites: entries of its list by their positions, entries of a library by their ids (`[@smith-2007]`).

    `undefined` are the markers that lead to no entry of the list, as printed, each once.
    """

    by_position: Mapping[int, CitationCount]
    by_key: Mapping[str, CitationCount]
    undefined: tuple[str, ...]

    @property
    def any_found(self) -> bool:
        """Whether the text cites at all."""
        return bool(self.by_position or self.by_key or self.undefined)


def citations(document: Document, references: ReferenceList) -> Citations:
    """What the text cites, how often and where first."""
    markers = find_markers(document, references)
    by_number = {number: entry.position for number, entry in references.by_number().items()}
    by_name = _by_name(references) if any(marker.names for marker in markers) else {}
    by_position: dict[int, CitationCount] = {}
    by_key: dict[str, CitationCount] = {}
    undefined: dict[str, None] = {}
    for marker in markers:
        for key in marker.keys:
            by_key[key] = _again(by_key.get(key), document, marker)
        for position, shown in _targets(marker, by_number, by_name):
            if position is None:
                undefined[shown] = None
            else:
                by_position[position] = _again(by_position.get(position), document, marker)
    return Citations(by_position, by_key, tuple(undefined))


def _again(before: CitationCount | None, document: Document, marker: Marker) -> CitationCount:
    return CitationCount(before.times + 1, before.first) if before else CitationCount(1, _where(document, marker))


def _targets(
    marker: Marker, by_number: Mapping[int, int], by_name: Mapping[Named, int | None]
) -> Iterator[tuple[int | None, str]]:
    yield from ((by_number.get(number), f"[{number}]") for number in marker.numbers)
    for name in marker.names:
        position = by_name.get(name)
        if position is not None or name not in by_name:
            yield position, marker.text


def _by_name(references: ReferenceList) -> dict[Named, int | None]:
    """What name and year can mean; None for what two entries share."""
    told: dict[Named, int | None] = {}
    for entry in references.entries:
        for name in names_of(entry.text):
            told[name] = entry.position if name not in told else None
    return told


def _where(document: Document, marker: Marker) -> str:
    if document.exact:
        return f"line {document.place(marker.span[0]).line}"
    passage = document.blocks[marker.block].passage
    place = marker.span[0] - passage.span[0]
    return f'"…{passage.text[max(0, place - _WORDS_SHOWN) : place + len(marker.text)].strip()}"'
