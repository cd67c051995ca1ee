"""How often, and where first, a monograph's text cites each entry of its list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evidence.importing.listed import Cited
from evidence.monographs.documents import Document
from evidence.monographs.listing import ReferenceList
from evidence.monographs.markers import Marker, find_markers
from evidence.monographs.names import Cited as Named
from evidence.monographs.order import names_of

_WORDS_SHOWN = 28  # characters before a marker, where the text has no lines of its own


def citations(document: Document, references: ReferenceList) -> tuple[Mapping[int, Cited], tuple[str, ...], bool]:
    """What is cited, by the entries' positions; the markers that lead to no entry; whether the text cites at all.

    Keys (`[@smith-2007]`) name entries of a library, not of a printed list, and are left alone.
    """
    markers = [marker for marker in find_markers(document, references) if not marker.keys]
    by_number = {number: entry.position for number, entry in references.by_number().items()}
    by_name = _by_name(references) if any(marker.names for marker in markers) else {}
    cited: dict[int, Cited] = {}
    undefined: dict[str, None] = {}
    for marker in markers:
        for position, shown in _targets(marker, by_number, by_name):
            if position is None:
                undefined[shown] = None
            elif position in cited:
                cited[position] = Cited(cited[position].times + 1, cited[position].first)
            else:
                cited[position] = Cited(1, _where(document, marker))
    return cited, tuple(undefined), bool(markers)


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
