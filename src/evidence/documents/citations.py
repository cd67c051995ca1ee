"""A monograph's text read for what it cites: its list, its citations, and which references of its library both mean.

`MonographReading` holds a text beside its library; the functions say how the one uses the other: what it cites and has
not, has and does not cite, and in what order.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rapidfuzz.distance import LCSseq

from evidence.documents.document import Document
from evidence.documents.markers import CitedWork, Marker, MarkerStyle, find_markers, folded
from evidence.documents.pairs import Pairing, PairingText, pair
from evidence.documents.reader import read_document
from evidence.documents.reflist import ListedEntry, ReferenceList, find_references
from evidence.documents.sentences import MonographSentences
from evidence.library.files import monograph_to_read
from evidence.matching.prints import Prints, compare_prints
from evidence.matching.text import fold
from evidence.model.errors import Place
from evidence.model.references import Library, Reference
from evidence.model.regex import regex

_NUMBERED = (MarkerStyle.BRACKET, MarkerStyle.RAISED, MarkerStyle.PARENTHESIS)
_FAR = 20  # numbers beyond the list that may still be a citation; [250] in a text of 40 references is a dose
_AFTER_A_NUMBER = regex(r"[\d%]\s?$")
_CROSS_REFERENCE = regex(r"(?:fig|tbl|tab|sec|eq|lst|thm|lem|cor|prp|cnj|def|exm|exr|nte|tip|wrn|imp|cau)[:-]")
_WORDS = regex(r"\w+")
_KNOWN_SHARE = 0.75
_YEAR = regex(r"(?<!\d)(?:1[89]|20)\d\d[a-z]?(?!\d)")


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
        """The place of a character of the entry."""
        return self.reading.place(self.entry.passage.offset(offset))


@dataclass(frozen=True, eq=False)
class MonographReading:
    """A monograph beside the library that names it; without slots, so that everything is worked out once."""

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

    def offset(self, place: Place) -> int:
        """The offset of a place that `place` gave; the end of a text that has become shorter."""
        text = self.document.source.text
        starts = self._starts if place.in_paragraphs else self.document.source.line_starts
        return min(starts[min(place.line, len(starts)) - 1] + place.column - 1, len(text)) if starts else 0

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
        return pair(
            printed, [PairingText(text_of(reference), reference.identifiers) for reference in self.library.references]
        )

    @cached_property
    def ids(self) -> Mapping[int, str]:
        """The ids of the references that entries are, by the entries' positions (from 1)."""
        pairs = (*self.pairing.pairs, *self.pairing.again)
        return {pair.printed + 1: self.library.references[pair.wanted].id for pair in pairs}

    @cached_property
    def printed(self) -> Mapping[str, PrintedEntry]:
        """The entries by the ids of the references that they are."""
        references = self.library.references
        return {references[p.wanted].id: PrintedEntry(self.entries[p.printed], self) for p in self.pairing.pairs}

    @cached_property
    def by_number(self) -> Mapping[int, str]:
        """What a number means: the list's own entry, without a list the reference at that place of the file."""
        if self.references is None:
            return {number: reference.id for number, reference in enumerate(self.library.references, 1)}
        entries = self.references.by_number().items()
        return {number: self.ids[entry.position] for number, entry in entries if entry.position in self.ids}

    @cached_property
    def by_name(self) -> Mapping[CitedWork, str]:
        """What name and year can mean; a name and year that two references share mean neither."""
        ids: dict[CitedWork, set[str]] = {}
        for reference in self.library.references:
            if reference.authors and reference.issued:
                name = reference.authors[0].family or reference.authors[0].literal
                ids.setdefault(CitedWork(folded(name), str(reference.issued.year)), set()).add(reference.id)
        for entry in self.entries:
            found = self.ids.get(entry.position)
            if found is not None:
                for cited in names_of(entry.text):
                    ids.setdefault(cited, set()).add(found)
        return {cited: next(iter(found)) for cited, found in ids.items() if len(found) == 1}

    @cached_property
    def known(self) -> Mapping[str, Reference]:
        """The references of the library by their ids, the first where several have one."""
        return {reference.id: reference for reference in reversed(self.library.references)}

    def cited_by(self, marker: Marker) -> Iterator[str]:
        """The ids of the references that a marker means, as far as they are known."""
        yield from (key for key in marker.keys if key in self.known)
        yield from (self.by_number[number] for number in marker.numbers if number in self.by_number)
        yield from (self.by_name[name] for name in marker.names if name in self.by_name)

    @cached_property
    def sentences(self) -> MonographSentences:
        """Its sentences without their citations."""
        return MonographSentences(self.document, self.markers, self.references)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The ids in the order of their first citation in the text, each once."""
        return tuple(dict.fromkeys(found for marker in self.markers for found in self.cited_by(marker)))


def read_monograph(library: Library) -> MonographReading | None:
    """The text that a library names as its monograph, beside it; None where it names none.

    Raises:
        FileError: it cannot be read, or lies where the library may name nothing.
    """
    path = monograph_to_read(library)
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
    name = re.match(r"(?:St\.\s|U\.[SK]\.\s)?[^,.(\d]{2,80}", text)
    if year and name:
        yield CitedWork(folded(" ".join(without_initials(name[0]))), year[0])


def without_initials(name: str) -> list[str]:
    """The words of a name as a list begins with it, without the initials at its end."""
    words = name.split()
    while len(words) > 1 and words[-1].isupper() and len(words[-1]) <= 3:
        words.pop()
    return words


def citation_order(document: Document, library: Library) -> tuple[str, ...] | None:
    """The ids of the library's references in the order of their first citation in the text.

    `[@id]` names a reference itself. A number means the entry of the monograph's own reference list, which is
    matched with the library by identifier and text; without such a list, for the reference at that place of the
    file. Names with years are looked up in both. What is not cited, or not known, is left out.

    Returns:
        The ids, each once; None when the text has no citation at all.
    """
    reading = MonographReading(document, library)
    return reading.order if reading.markers else None


@dataclass(frozen=True, slots=True)
class Undefined:
    """A citation of what is neither in the list nor in the library, at an offset of the source."""

    offset: int
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """A first citation out of its place: `after` that of a higher number, or `before` that of a lower one."""

    marker: Marker
    number: int
    where: str
    other: int


def undefined(reading: MonographReading) -> Iterator[Undefined]:
    """Citations of what is neither in the list nor in the library: keys, numbers, then names with years."""
    keyed = [marker for marker in reading.markers if marker.style is MarkerStyle.KEY]
    known = any(key in reading.known for marker in keyed for key in marker.keys)
    for marker in keyed:
        if not known and not marker.text.startswith("["):
            continue  # @someone
        for key in marker.keys:
            if key not in reading.known and not _CROSS_REFERENCE.match(key):
                yield Undefined(_offset(marker, f"@{key}"), f"@{key}", "key")
    yield from _undefined_numbers(reading)
    yield from _undefined_names(reading)


def _undefined_numbers(reading: MonographReading) -> Iterator[Undefined]:
    numbers, style = known_numbers(reading), main_style(reading)
    most = max(numbers, default=0)
    for marker in reading.markers:
        unknown = [number for number in marker.numbers if number not in numbers]
        if not unknown or marker.style is not style or max(unknown) > most + _FAR:
            continue
        before = reading.document.source.text[max(0, marker.span[0] - 8) : marker.span[0]]
        if len(unknown) == len(marker.numbers) and _AFTER_A_NUMBER.search(before):
            continue  # 25 [41-45]
        yield from (Undefined(number_offset(marker, number), str(number), "number") for number in unknown)


def _undefined_names(reading: MonographReading) -> Iterator[Undefined]:
    """Names with years that no entry and no reference has; only in a text whose other names are known."""
    works = [(marker, name) for marker in reading.markers if marker.style is MarkerStyle.NAME for name in marker.names]
    if not works:
        return
    texts = [entry.text for entry in reading.entries]
    texts += [text_of(reference) for reference in reading.library.references]
    known = [(frozenset(fold(word) for word in _WORDS.findall(text)), text) for text in texts]
    unknown = []
    for marker, name in works:
        words, year = set(name.family.split()), name.year[:4]
        if not any(words <= own and year in text for own, text in known):
            unknown.append((marker, name))
    if len(works) - len(unknown) >= max(3, _KNOWN_SHARE * len(works)):
        for marker, name in unknown:
            yield Undefined(marker.span[0], f"{name.family} {name.year}", "name")


def main_style(reading: MonographReading) -> MarkerStyle | None:
    """The style of numbers in which most of the list is cited; None where the text cites by none."""
    numbers = known_numbers(reading)
    used = Counter(
        marker.style
        for marker in reading.markers
        if marker.style in _NUMBERED and any(number in numbers for number in marker.numbers)
    )
    return used.most_common(1)[0][0] if used else None


def known_numbers(reading: MonographReading) -> frozenset[int]:
    """The numbers that mean something."""
    if reading.references is not None:
        return frozenset(reading.references.by_number())
    return frozenset(range(1, len(reading.library.references) + 1))


def untracked(reading: MonographReading) -> Iterator[ListedEntry]:
    """Entries that the text cites by number and the library does not have: they are not checked."""
    if reading.references is None or not reading.ids:
        return
    style = main_style(reading)
    cited = {number for marker in reading.markers if marker.style is style for number in marker.numbers}
    for number, entry in reading.references.by_number().items():
        if number in cited and entry.position not in reading.ids:
            yield entry


def uncited(reading: MonographReading) -> Iterator[str]:
    """The ids of references that nothing in the text cites; none where the text cites nothing, or by names."""
    if not reading.markers or any(marker.style is MarkerStyle.NAME for marker in reading.markers):
        return
    cited = set(reading.order)
    yield from dict.fromkeys(reference.id for reference in reading.library.references if reference.id not in cited)


def out_of_order(reading: MonographReading) -> list[OutOfOrder]:
    """First citations that do not go up: as few of them as explain the order."""
    style, numbers = main_style(reading), known_numbers(reading)
    firsts: dict[int, Marker] = {}
    for marker in reading.markers:
        if marker.style is style:
            for number in marker.numbers:
                if number in numbers:
                    firsts.setdefault(number, marker)
    order = list(firsts)
    steps = LCSseq.opcodes(order, sorted(order))
    in_place = {order[at] for step in steps if step.tag == "equal" for at in range(step.src_start, step.src_end)}
    lowest_after: dict[int, int] = {}
    lowest = order[-1] if order else 0
    for number in reversed(order):
        lowest_after[number] = lowest
        lowest = min(lowest, number)
    highest, found = 0, []
    for number in order:
        if number not in in_place:
            where, other = ("after", highest) if highest > number else ("before", lowest_after[number])
            found.append(OutOfOrder(firsts[number], number, where, other))
        highest = max(highest, number)
    return found


def is_alphabetical(reading: MonographReading) -> bool:
    """Whether the list is in the order of names, as some styles number it."""
    names = [fold(entry.text[:12]) for entry in reading.entries]
    return len(names) > 4 and sum(a <= b for a, b in pairwise(names)) >= 0.9 * (len(names) - 1)


def repeated_numbers(reading: MonographReading) -> Iterator[tuple[ListedEntry, ListedEntry]]:
    """Entries whose number an earlier entry has, with that one; a list all numbered alike was not counted."""
    numbered = [entry for entry in reading.entries if entry.number is not None]
    if len({entry.number for entry in numbered}) < 2:
        return
    firsts: dict[int | None, ListedEntry] = {}
    for entry in numbered:
        first = firsts.setdefault(entry.number, entry)
        if first is not entry:
            yield entry, first


def repeated_entries(reading: MonographReading) -> Iterator[tuple[ListedEntry, ListedEntry, str]]:
    """Entries of a reference that is printed before them, by its identifier; with the first and its id."""
    firsts = {pair.wanted: reading.entries[pair.printed] for pair in reading.pairing.pairs}
    for again in reading.pairing.again:
        if again.likeness is None:
            id_ = reading.library.references[again.wanted].id
            yield reading.entries[again.printed], firsts[again.wanted], id_


def is_another_work(entry: ListedEntry, first: ListedEntry) -> bool:
    """Whether two entries with one identifier are printed as different works."""
    earlier = set(first.recognised.identifiers)
    shared = next((found for found in entry.recognised.identifiers if found in earlier), None)
    return shared is not None and compare_prints(entry.text, first.text, shared.kind) is Prints.OF_TWO_WORKS


def number_offset(marker: Marker, number: int) -> int:
    """Where a number of a marker begins in the source; the marker itself for one that a range only spans."""
    found = re.search(rf"(?<!\d){number}(?!\d)", marker.text)
    return _offset(marker, found[0]) if found and found.start() == marker.text.find(found[0]) else marker.span[0]


def _offset(marker: Marker, part: str) -> int:
    """Where a part of a marker begins in the source; the marker itself where its text is spelled otherwise there."""
    at = marker.text.find(part)
    is_literal = marker.span[1] - marker.span[0] == len(marker.text)
    return marker.span[0] + at if at > 0 and is_literal else marker.span[0]
