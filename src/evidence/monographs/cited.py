"""A monograph's text read for what it cites: its list, its citation markers, and which references both mean."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from evidence.compare.fold import fold
from evidence.library.files import monograph_path
from evidence.model.references import Library, Place, Reference
from evidence.monographs.documents import Document
from evidence.monographs.entries import ListedEntry
from evidence.monographs.listing import ReferenceList, find_references
from evidence.monographs.markers import Marker, find_markers
from evidence.monographs.names import CitedWork, folded
from evidence.monographs.pairing import Pairing, PairingText, pair
from evidence.monographs.reading import read_document

_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d[a-z]?(?!\d)")


@dataclass(frozen=True, slots=True, eq=False)
class PrintedEntry:
    """An entry of the monograph's own list; its places are those of the monograph."""

    entry: ListedEntry
    reading: MonographReading

    @property
    def text(self) -> str:
        """The entry as printed, without its number."""
        return self.entry.text

    def place(self, offset: int) -> Place:
        """Where a character of the entry stands."""
        return self.reading.place(self.entry.passage.offset(offset))


@dataclass(frozen=True, eq=False)
class MonographReading:
    """A monograph beside the whole library that names it; without slots, so that all is worked out once."""

    document: Document
    library: Library

    def place(self, offset: int) -> Place:
        """Line and column of an offset; of a document without lines, paragraph and character in it."""
        if self.document.exact:
            return self.document.place(offset)
        starts = self._starts
        number = max(0, bisect_right(starts, offset) - 1)
        column = offset - starts[number] + 1 if starts else 1
        return Place(self.document.path, number + 1, column, in_paragraphs=True)

    @cached_property
    def _starts(self) -> list[int]:
        return [block.passage.offset(0) for block in self.document.blocks]

    @cached_property
    def references(self) -> ReferenceList | None:
        """The monograph's own list."""
        return find_references(self.document)

    @cached_property
    def markers(self) -> tuple[Marker, ...]:
        """The citations in its text, in order."""
        return find_markers(self.document, self.references)

    @cached_property
    def entries(self) -> tuple[ListedEntry, ...]:
        """The entries of its list."""
        return self.references.entries if self.references is not None else ()

    @cached_property
    def pairing(self) -> Pairing:
        """Which entry is which reference, by their places in list and library, from 0."""
        printed = [PairingText(entry.text, entry.recognised.identifiers) for entry in self.entries]
        return pair(printed, [PairingText(text_of(one), one.identifiers) for one in self.library.references])

    @cached_property
    def ids(self) -> Mapping[int, str]:
        """The ids of the references that entries are, by the entries' positions (from 1)."""
        pairs = (*self.pairing.pairs, *self.pairing.again)
        return {one.printed + 1: self.library.references[one.wanted].id for one in pairs}

    @cached_property
    def printed(self) -> Mapping[str, PrintedEntry]:
        """The entries by the ids of the references that they are."""
        references = self.library.references
        return {references[one.wanted].id: PrintedEntry(self.entries[one.printed], self) for one in self.pairing.pairs}

    @cached_property
    def by_number(self) -> Mapping[int, str]:
        """What a number stands for: the list's own entry, without a list the reference at that place of the file."""
        if self.references is None:
            return {number: reference.id for number, reference in enumerate(self.library.references, 1)}
        entries = self.references.by_number().items()
        return {number: self.ids[entry.position] for number, entry in entries if entry.position in self.ids}

    @cached_property
    def by_name(self) -> Mapping[CitedWork, str]:
        """What name and year can mean; a name and year that two references share mean neither."""
        told: dict[CitedWork, set[str]] = {}
        for reference in self.library.references:
            if reference.authors and reference.issued:
                name = reference.authors[0].family or reference.authors[0].literal
                told.setdefault(CitedWork(folded(name), str(reference.issued.year)), set()).add(reference.id)
        for entry in self.entries:
            found = self.ids.get(entry.position)
            if found is not None:
                for cited in names_of(entry.text):
                    told.setdefault(cited, set()).add(found)
        return {cited: next(iter(found)) for cited, found in told.items() if len(found) == 1}

    @cached_property
    def known(self) -> AbstractSet[str]:
        """The ids of the library."""
        return frozenset(reference.id for reference in self.library.references)

    def cited_by(self, marker: Marker) -> Iterator[str]:
        """The ids of the references that a marker means, as far as they can be told."""
        yield from (key for key in marker.keys if key in self.known)
        yield from (self.by_number[number] for number in marker.numbers if number in self.by_number)
        yield from (self.by_name[name] for name in marker.names if name in self.by_name)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The ids in the order of their first citation in the text, each once."""
        return tuple(dict.fromkeys(found for marker in self.markers for found in self.cited_by(marker)))


def read_monograph(library: Library) -> MonographReading | None:
    """The text that a library names as its monograph, beside it; None where it names none.

    Raises:
        FileError: it cannot be read.
    """
    path = monograph_path(library)
    return None if path is None else MonographReading(read_document(path), library)


def text_of(reference: Reference) -> str:
    """A reference as text: as it is cited, else its own fields put together."""
    if reference.cited_as:
        return reference.cited_as
    names = ", ".join(f"{name.family} {name.given}".strip() or name.literal for name in reference.authors)
    year = str(reference.issued.year) if reference.issued else None
    parts = (names, reference.title, reference.container_title, year, reference.volume, reference.issue, reference.page)
    return ". ".join(part for part in parts if part)


def names_of(text: str) -> Iterator[CitedWork]:
    """The name that an entry begins with, and its year with its letter."""
    year = _YEAR.search(text)
    name = re.match(r"[^,.(\d]{2,80}", text)
    if year and name:
        words = name[0].split()
        while len(words) > 1 and words[-1].isupper() and len(words[-1]) <= 3:
            words.pop()  # initials
        yield CitedWork(" ".join(fold(word) for word in words), year[0])
