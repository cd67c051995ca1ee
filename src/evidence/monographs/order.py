"""The order in which a monograph cites the references of its library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from evidence.compare.fold import fold
from evidence.model.references import Library, Reference
from evidence.monographs.documents import Document
from evidence.monographs.listing import ReferenceList, find_references
from evidence.monographs.markers import Marker, find_markers
from evidence.monographs.names import Cited, folded
from evidence.monographs.pairing import Printed, pair


def citation_order(document: Document, library: Library) -> tuple[str, ...] | None:
    """The ids of the library's references in the order of their first citation in the text.

    `[@id]` names a reference itself. A number stands for the entry of the monograph's own reference list, which is
    matched with the library by identifier and text; without such a list, for the reference at that place of the
    file. Names with years are looked up in both. What is not cited, or cannot be told, is left out.

    Returns:
        The ids, each once; None when the text has no citation at all.
    """
    references = find_references(document)
    markers = find_markers(document, references)
    if not markers:
        return None
    ids = _ids_of_entries(references, library)
    by_name = _by_name(references, ids, library)
    known = frozenset(reference.id for reference in library.references)
    by_number = _by_number(references, ids, library)
    cited = (found for marker in markers for found in _cited(marker, known, by_number, by_name))
    return tuple(dict.fromkeys(cited))


def _cited(
    marker: Marker, known: AbstractSet[str], by_number: Mapping[int, str], by_name: Mapping[Cited, str]
) -> Iterator[str]:
    yield from (key for key in marker.keys if key in known)
    yield from (by_number[number] for number in marker.numbers if number in by_number)
    yield from (by_name[name] for name in marker.names if name in by_name)


def _by_number(references: ReferenceList | None, ids: Mapping[int, str], library: Library) -> dict[int, str]:
    """What a number stands for: the list's own entry, without a list the reference at that place of the file."""
    if references is None:
        return {number: reference.id for number, reference in enumerate(library.references, 1)}
    entries = references.by_number().items()
    return {number: ids[entry.position] for number, entry in entries if entry.position in ids}


def _ids_of_entries(references: ReferenceList | None, library: Library) -> Mapping[int, str]:
    """Entries' positions and the ids of the references that they are."""
    if references is None:
        return {}
    printed = [Printed(entry.text, entry.recognised.identifiers) for entry in references.entries]
    wanted = [Printed(text_of(reference), reference.identifiers) for reference in library.references]
    paired = pair(printed, wanted)
    return {one.printed + 1: library.references[one.wanted].id for one in (*paired.pairs, *paired.again)}


def text_of(reference: Reference) -> str:
    """A reference as text: as it is cited, else its own fields put together."""
    if reference.cited_as:
        return reference.cited_as
    names = ", ".join(f"{name.family} {name.given}".strip() or name.literal for name in reference.authors)
    year = str(reference.issued.year) if reference.issued else None
    parts = (names, reference.title, reference.container_title, year, reference.volume, reference.issue, reference.page)
    return ". ".join(part for part in parts if part)


def _by_name(references: ReferenceList | None, ids: Mapping[int, str], library: Library) -> dict[Cited, str]:
    """What name and year can mean; a name and year that two references share mean neither."""
    told: dict[Cited, set[str]] = {}
    for reference in library.references:
        if reference.authors and reference.issued:
            name = reference.authors[0].family or reference.authors[0].literal
            told.setdefault(Cited(folded(name), str(reference.issued.year)), set()).add(reference.id)
    for entry in references.entries if references else ():
        found = ids.get(entry.position)
        if found is not None:
            for cited in names_of(entry.text):
                told.setdefault(cited, set()).add(found)
    return {cited: next(iter(found)) for cited, found in told.items() if len(found) == 1}


def names_of(text: str) -> Iterator[Cited]:
    """The name that an entry begins with, and its year with its letter."""
    year = re.search(r"(?<!\d)(?:1[89]|20)\d\d[a-z]?(?!\d)", text)
    name = re.match(r"[^,.(\d]{2,80}", text)
    if year and name:
        words = name[0].split()
        while len(words) > 1 and words[-1].isupper() and len(words[-1]) <= 3:
            words.pop()  # initials
        yield Cited(" ".join(fold(word) for word in words), year[0])
