"""The marks with which a monograph's text cites its references: [1], superscripts, (1-3), [@key], (Smith, 2013).

Raised numbers that are units, powers, charges or isotopes, years in brackets and confidence intervals are no
citations. Numbers in round brackets, numbers right behind a comma or full stop (raised ones of which plain text and
PDF keep only the digits) and names with years are read only where the text uses them as its way of citing.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from evidence.documents.document import Block, Document, DocumentFormat, Span
from evidence.documents.reader import read_document
from evidence.documents.reflist import CitedWork, ListedEntry, ReferenceList, find_references, folded, named
from evidence.library.files import monograph_path
from evidence.matching.text import CleanText, clean, fold, without_identifiers, without_number
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.references import Library, Place, Reference

# The marks with which a monograph's text cites its references: [1], superscripts, (1-3), [@key], (Smith, 2013).


class Way(StrEnum):
    """How a marker is written."""

    KEY = "key"
    BRACKET = "bracket"
    RAISED = "raised"
    PARENTHESIS = "parenthesis"
    LOWERED = "raised once"
    NAME = "author-year"


@dataclass(frozen=True, slots=True)
class Marker:
    """A citation in the text. `span` are offsets in the document's source, `block` the number of its paragraph.

    One of `numbers` (ranges written out), `keys` (of `[@key]`) and `names` (family name and year) is not empty.
    """

    way: Way
    span: Span
    block: int
    text: str
    numbers: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    names: tuple[CitedWork, ...] = ()


_DASH = "-\u2010-\u2015\u2212\u207b"  # of a character class, first in it: its first hyphen is itself
_NUMBERS = rf"\d{{1,5}}(?:\s?(?:[{_DASH}]|[,;]|\band\b|&)\s?\d{{1,5}}){{0,80}}"
_LOCATOR = (
    r"(?:[,:;]\s?(?:pp?\.|pages?\b|ch(?:ap)?\.|chapter\b|sec(?:t|tion)?\b\.?|tab(?:le)?\b\.?|fig(?:ure)?\b\.?|\u00a7)"
    r"[^\[\]]{1,40})?"
)
_BRACKET = re.compile(rf"\[\s?(?:refs?\.?\s)?(?P<numbers>{_NUMBERS}){_LOCATOR}\s?\]", re.IGNORECASE)
_LOWERED = re.compile(
    rf"(?:(?<=[^\W\d_]{{2}}[.,;:)])|(?<=[^\W\d_]\)[.,;]))[\"\u201d\u2019]?(?P<numbers>\d{{1,3}}(?:[{_DASH},]\d{{1,3}}){{0,20}})(?=\s|\Z)"
)
_ABBREVIATED = re.compile(r"\b(?:figs?|nos?|vols?|refs?|eqs?|tabs?|sect?|chap|ver|app|suppl|pp)[.:]$", re.IGNORECASE)
_PARENTHESIS = re.compile(rf"\(\s?(?:refs?\.?\s)?(?P<numbers>{_NUMBERS})\s?\)", re.IGNORECASE)
_RAISED_NUMBERS = re.compile(rf"[\s\[(]*(?P<numbers>{_NUMBERS})[\])\s,]*")
_DIGITS = "\u2070\u00b9\u00b2\u00b3\u2074-\u2079"
_JOINTS = f"{_DASH}, \u02d2\u00b7\u02c9\u02d3\u02cc\u1427"  # what stands for a raised comma
_SUPERSCRIPTS = re.compile(rf"[{_DIGITS}](?:[{_JOINTS}]{{0,2}}[{_DIGITS}]){{0,80}}")
_PLAIN_DIGITS = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b", "0123456789-")
_KEYS = re.compile(r"\[(?:[^\[\]@]{0,200}[\s\[-])?-?@[^\[\]]{1,2000}\]")
_KEY = re.compile(r"(?<![\w@])-?@(?:\{(?P<braced>[^{}\s]{1,200})\}|(?P<bare>\w(?:[\w:.#$%&+?<>~/-]{0,200}\w)?))")
_PART = re.compile(rf"(\d+)\s?[{_DASH}]\s?(\d+)|(\d+)")
_INTERVAL = re.compile(r"(?:\bCI|interval|range[ds]?|IQR|between|score|grade)\s?[:,=]?\s?$", re.IGNORECASE)
_UNIT = re.compile(
    r"(?:^|[\s/(\u00b7\u00d7\d])(?:[cdkmn\u00b5\u03bc]?m|ft|in|yd|km|sec|s|h)$|(?<![^\W\d_])[A-Za-z\u03b1-\u03c9]$"
)
_BEFORE = re.compile(r"[^\W\d_]$|[.,;:!?)\]\"'\u201d\u2019%\u00bb*]$|\b(?:19|20)\d\d$")
_SIGNS = frozenset("\u207a\u207b+-\u2212")
_LONGEST_RANGE = 200
_YEARS = range(1800, 2200)


def find_markers(document: Document, references: ReferenceList | None) -> tuple[Marker, ...]:
    """The text's citations in order; the reference list's own text is left out."""
    found = [marker for number, block in enumerate(document.blocks) for marker in _in_block(document, number, block)]
    if references is not None:
        first, behind = references.span
        found = [marker for marker in found if not first <= marker.span[0] < behind]
    numbers = references.by_number().keys() if references is not None else frozenset[int]()
    found = [m for m in found if not any(number in _YEARS and number not in numbers for number in m.numbers)]
    return tuple(sorted(_meant(found, references), key=lambda marker: marker.span))


@dataclass(frozen=True, slots=True)
class _Where:
    """A paragraph and its number."""

    number: int
    block: Block

    def marker(
        self,
        way: Way,
        span: Span,
        *,
        numbers: tuple[int, ...] = (),
        keys: tuple[str, ...] = (),
        names: tuple[CitedWork, ...] = (),
    ) -> Marker:
        """A marker at a place of the paragraph's text."""
        first, behind = span
        passage = self.block.passage
        source = (passage.offset(first), passage.offset(behind - 1) + 1)
        return Marker(way, source, self.number, passage.text[first:behind], numbers, keys, names)


def _in_block(document: Document, number: int, block: Block) -> Iterator[Marker]:
    if block.level or block.note:
        return
    where = _Where(number, block)
    if "@" in block.text:
        yield from _keyed(where, bare=document.form is DocumentFormat.MARKDOWN)
    yield from _numbered(where)
    for span in _raised(block):
        numbers = _raised_numbers(block.text, *span)
        if numbers:
            yield where.marker(Way.RAISED, span, numbers=numbers)
    if document.form in {DocumentFormat.TEXT, DocumentFormat.PDF}:
        yield from _lowered(where)
    for span, names in named(block.text):
        yield where.marker(Way.NAME, span, names=names)


def _keyed(where: _Where, *, bare: bool) -> Iterator[Marker]:
    """Pandoc's citations: in brackets, and in Markdown without them too."""
    text = where.block.text
    for group in _KEYS.finditer(text):
        keys = tuple(key["braced"] or key["bare"] for key in _KEY.finditer(group[0]))
        if keys:
            yield where.marker(Way.KEY, group.span(), keys=keys)
    for key in _KEY.finditer(_KEYS.sub(lambda group: " " * len(group[0]), text)) if bare else ():
        yield where.marker(Way.KEY, key.span(), keys=(key["braced"] or key["bare"],))


def _numbered(where: _Where) -> Iterator[Marker]:
    text = where.block.text
    for way, pattern in ((Way.BRACKET, _BRACKET), (Way.PARENTHESIS, _PARENTHESIS)):
        last, behind = 0, 0
        for match in pattern.finditer(text):
            numbers = _expanded(match["numbers"])
            if not numbers or _INTERVAL.search(text[max(0, match.start() - 16) : match.start()]):
                continue
            if text[: match.start()].endswith("]") and behind != match.start():
                continue  # a link of Markdown: [words][23]
            joint = text[behind : match.start()].strip()
            if last and re.fullmatch(f"[{_DASH}]", joint) and last < numbers[0] <= last + _LONGEST_RANGE:
                numbers = (*range(last + 1, numbers[0]), *numbers)  # [12]-[14]
            last, behind = numbers[-1], match.end()
            yield where.marker(way, match.span(), numbers=numbers)


def _lowered(where: _Where) -> Iterator[Marker]:
    """Numbers right behind a comma or full stop: "in pain.1,2 It" was printed with them raised."""
    text = where.block.text
    for match in _LOWERED.finditer(text):
        numbers = _expanded(match["numbers"])
        if numbers and not _ABBREVIATED.search(text[max(0, match.start() - 8) : match.start()]):
            yield where.marker(Way.LOWERED, match.span("numbers"), numbers=numbers)


def _expanded(written: str) -> tuple[int, ...]:
    """1,3-5 as 1, 3, 4, 5; empty for what is no list of numbers: a range that runs down."""
    numbers: list[int] = []
    for first, last, single in _PART.findall(written):
        if single:
            numbers.append(int(single))
        elif int(first) < int(last) <= int(first) + _LONGEST_RANGE:
            numbers += range(int(first), int(last) + 1)
        else:
            return ()
    return () if 0 in numbers else tuple(numbers)


def _raised(block: Block) -> Iterator[Span]:
    """The raised places of a paragraph, neighbours put together."""
    spans = [*block.raised, *(match.span() for match in _SUPERSCRIPTS.finditer(block.text))]
    merged: list[Span] = []
    for first, behind in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], behind))
        else:
            merged.append((first, behind))
    yield from merged


def _raised_numbers(text: str, first: int, behind: int) -> tuple[int, ...]:
    raised = re.sub(r"[\u02d2\u00b7\u02c9\u02d3\u02cc\u1427]", ",", text[first:behind].translate(_PLAIN_DIGITS))
    match = _RAISED_NUMBERS.fullmatch(raised.strip())
    before, after = text[max(0, first - 12) : first], text[behind : behind + 1]
    if match is None or after in _SIGNS:
        return ()
    spaced = before.endswith((" ", "\u00a0", "\u2009", "\u202f")) and not after.isalnum()
    if not _BEFORE.search(before) and not spaced:
        return ()  # a power, an isotope, a charge
    if match["numbers"] in {"2", "3"} and _UNIT.search(before):
        return ()
    return _expanded(match["numbers"])


def _meant(found: Sequence[Marker], references: ReferenceList | None) -> list[Marker]:
    """Without what the text does not use for citing."""
    by_way = {way: [marker for marker in found if marker.way is way] for way in Way}
    raised = by_way[Way.RAISED]
    within = [m for m in by_way[Way.BRACKET] if not any(r.span[0] <= m.span[0] < r.span[1] for r in _near(raised, m))]
    sure = by_way[Way.KEY] + within + raised
    for way in (Way.PARENTHESIS, Way.LOWERED):
        if not sure and _is_way_of_citing(by_way[way], references):
            sure = by_way[way]
    numbers = {number for marker in sure for number in (*marker.numbers, *marker.keys)}
    works = {name for marker in by_way[Way.NAME] for name in marker.names}
    is_numbered = references is not None and any(entry.number is not None for entry in references.entries)
    if sure and (is_numbered or references is None or len(numbers) >= len(works)):
        return sure
    return by_way[Way.NAME] or sure


def _near(raised: Sequence[Marker], marker: Marker) -> Sequence[Marker]:
    """The raised places around a marker: of those in order of place, the last that begins before its end."""
    at = bisect_left(raised, marker.span[1], key=lambda one: one.span[0])
    return raised[max(0, at - 1) : at]


def _is_way_of_citing(markers: Sequence[Marker], references: ReferenceList | None) -> bool:
    """Whether numbers that may be others are citations: they cover the list, and begin with 1 and go on by one."""
    if references is None:
        return False
    told = list(dict.fromkeys(number for marker in markers for number in marker.numbers))
    numbers = references.by_number()
    known = [number for number in told if number in numbers]
    in_order = sum(number == at for at, number in enumerate(known, 1))
    return (
        len(known) >= max(1, 0.6 * len(references.entries))
        and len(known) >= 0.8 * len(told)
        and in_order >= 0.5 * len(known)
    )


# Which printed entry is which reference: by identifier first, else by their texts' likeness.

THRESHOLD = 65.0
"""Least likeness (0-100) of two texts that are taken for the same work; see the acceptance suite for its errors."""

THRESHOLD_ON_SAME_PAGES = 50.0
"""The least likeness of two texts that print the same pages: journals in full and abbreviated differ much."""

MARGIN = 5.0
"""How much likelier the taken one must be than the next: a part II is not a part I."""

_RARE_WORDS = 8
_MOST_SHARING = 200
_MOST_MEASURED = 12
_PAGES = re.compile(r"(?<![\w(-])([A-Za-z]?\d{1,6})-([A-Za-z]?\d{1,6})(?![\w)-])")
_LONGEST = 4000  # characters measured


@dataclass(frozen=True, slots=True)
class PairingText:
    """A text to be paired, and the identifiers that belong to it."""

    text: str
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryPair:
    """Numbers (from 0) of a printed entry and a reference that are one work; `likeness` is None by identifier."""

    printed: int
    wanted: int
    likeness: float | None = None


@dataclass(frozen=True, slots=True)
class Pairing:
    """The pairs, in the order of the printed entries; `again` are entries whose reference is printed before them."""

    pairs: tuple[EntryPair, ...]
    again: tuple[EntryPair, ...]
    unmatched: tuple[int, ...]
    unprinted: tuple[int, ...]


def pair(printed: Sequence[PairingText], wanted: Sequence[PairingText]) -> Pairing:
    """Pair printed entries with references, each at most once."""
    pairs: dict[int, EntryPair] = {}
    taken: dict[int, int] = {}
    again: list[EntryPair] = []
    texts = _Folded(printed), _Folded(wanted)
    for weak in (False, True):  # an address may be shared by several references; a registry's number is not
        for one in _by_identifier(printed, wanted, texts, weak=weak):
            if one.printed in pairs:
                continue
            if one.wanted in taken:
                again.append(one)
            else:
                pairs[one.printed], taken[one.wanted] = one, one.printed
    repeated = {one.printed for one in again}
    open_printed = [number for number in range(len(printed)) if number not in pairs and number not in repeated]
    open_wanted = [number for number in range(len(wanted)) if number not in taken]
    for one in _by_text(texts, open_printed, open_wanted):
        if one.printed not in pairs and one.wanted not in taken:
            pairs[one.printed], taken[one.wanted] = one, one.printed
    twice = {one.printed: one for one in again if one.printed not in pairs}
    return Pairing(
        tuple(pairs[number] for number in sorted(pairs)),
        tuple(twice[number] for number in sorted(twice)),
        tuple(number for number in range(len(printed)) if number not in pairs and number not in twice),
        tuple(number for number in range(len(wanted)) if number not in taken),
    )


def likeness(one: str, other: str) -> float:
    """How like two printed references are, 0 to 100, whatever the order of their parts."""
    return _measured(_words(one), _words(other))


def _words(text: str) -> list[str]:
    plain = without_identifiers(without_number(clean(text[:_LONGEST])))
    return sorted(key for key in CleanText(plain).keys if key)


def _measured(one: Sequence[str], other: Sequence[str]) -> float:
    return fuzz.ratio(" ".join(one), " ".join(other))


def _pages(text: str) -> tuple[str, str] | None:
    """First and last page, None where no range is printed."""
    found = _PAGES.findall(without_identifiers(clean(text[:_LONGEST])))
    return found[-1] if found else None


def _same_pages(one: tuple[str, str] | None, other: tuple[str, str] | None) -> bool | None:
    """Whether two ranges are one; False for another beginning and another end, None for what cannot be told."""
    if one is None or other is None:
        return None
    shorter, longer = sorted((one[1], other[1]), key=len)  # 529-38 ends where 529-538 does
    ends = longer.endswith(shorter)
    if one[0] == other[0]:
        return True if ends else None
    return None if ends and len(shorter) > 1 else False


def _same_but_for_numbers(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether no word differs: then the pages are what drifted."""
    return [word for word in one if word.isalpha()] == [word for word in other if word.isalpha()]


class _Folded:
    """The words and pages of texts, each worked out once and only when asked for."""

    def __init__(self, texts: Sequence[PairingText]) -> None:
        self._texts = texts
        self._known: dict[int, list[str]] = {}
        self._pages: dict[int, tuple[str, str] | None] = {}

    def __getitem__(self, number: int) -> list[str]:
        if number not in self._known:
            self._known[number] = _words(self._texts[number].text)
        return self._known[number]

    def pages(self, number: int) -> tuple[str, str] | None:
        """First and last page."""
        if number not in self._pages:
            self._pages[number] = _pages(self._texts[number].text)
        return self._pages[number]


def _key(identifier: Identifier) -> str:
    """An identifier such that the same page has one key, whatever its scheme."""
    if identifier.kind is not IdKind.URL:
        return str(identifier)
    return identifier.value.partition("://")[2].removeprefix("www.").partition("#")[0].rstrip("/").lower()


def _by_identifier(
    printed: Sequence[PairingText], wanted: Sequence[PairingText], texts: tuple[_Folded, _Folded], *, weak: bool
) -> Iterator[EntryPair]:
    holders: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(wanted):
        for identifier in one.identifiers:
            if (identifier.kind is IdKind.URL) is weak:
                holders[_key(identifier)].append(number)
    for number, one in enumerate(printed):
        keys = [_key(found) for found in one.identifiers if (found.kind is IdKind.URL) is weak]
        holding = list(dict.fromkeys(holder for key in keys for holder in holders.get(key, ())))
        if len(holding) > 1:
            holding = holding[:_MOST_MEASURED]
            holding.sort(key=lambda holder: -_measured(texts[0][number], texts[1][holder]))
        if holding:
            yield EntryPair(number, holding[0])


def _by_text(texts: tuple[_Folded, _Folded], printed: Iterable[int], wanted: Sequence[int]) -> list[EntryPair]:
    """Likely pairs, the likeliest first."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number in wanted:
        for word in set(texts[1][number]):
            holders[word].append(number)
    found: list[EntryPair] = []
    for number in printed:
        words = texts[0][number]
        known = sorted((word for word in set(words) if word in holders), key=lambda word: (len(holders[word]), word))
        sharing = Counter(
            holder for word in known[:_RARE_WORDS] if len(holders[word]) <= _MOST_SHARING for holder in holders[word]
        )
        nearest = [holder for holder, _ in sharing.most_common(_MOST_MEASURED)]
        taken = _likeliest(texts, number, nearest)
        if taken is not None:
            found.append(taken)
    return sorted(found, key=lambda one: (-(one.likeness or 0.0), one.printed))


def _likeliest(texts: tuple[_Folded, _Folded], number: int, nearest: Iterable[int]) -> EntryPair | None:
    """The one reference among the nearest that a printed entry can be; None when none or several can."""
    words = texts[0][number]
    can_be: list[tuple[float, float, int]] = []
    for holder in nearest:
        alike = _measured(words, texts[1][holder])
        same = _same_pages(texts[0].pages(number), texts[1].pages(holder))
        if same is False and not _same_but_for_numbers(words, texts[1][holder]):
            continue  # parts I and II of a series
        if alike >= (THRESHOLD_ON_SAME_PAGES if same else THRESHOLD):
            can_be.append((alike + (THRESHOLD - THRESHOLD_ON_SAME_PAGES if same else 0.0), alike, holder))
    can_be.sort(reverse=True)
    if not can_be or (len(can_be) > 1 and can_be[0][0] - can_be[1][0] < MARGIN):
        return None
    return EntryPair(number, can_be[0][2], can_be[0][1])


# A monograph's text read for what it cites: its list, its citation markers, and which references both mean.

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


# The order in which a monograph cites the references of its library.


def citation_order(document: Document, library: Library) -> tuple[str, ...] | None:
    """The ids of the library's references in the order of their first citation in the text.

    `[@id]` names a reference itself. A number stands for the entry of the monograph's own reference list, which is
    matched with the library by identifier and text; without such a list, for the reference at that place of the
    file. Names with years are looked up in both. What is not cited, or cannot be told, is left out.

    Returns:
        The ids, each once; None when the text has no citation at all.
    """
    reading = MonographReading(document, library)
    return reading.order if reading.markers else None


# How a monograph's text uses its references: what it cites and has not, has and does not cite, and in what order.

_NUMBERED = (Way.BRACKET, Way.RAISED, Way.PARENTHESIS)
_FAR = 20  # numbers beyond the list that may still be a citation; [250] in a text of 40 references is a dose
_BEHIND_A_NUMBER = re.compile(r"[\d%]\s?$")
_CROSS_REFERENCE = re.compile(r"(?:fig|tbl|tab|sec|eq|lst|thm|lem|cor|prp|cnj|def|exm|exr|nte|tip|wrn|imp|cau)[:-]")
_WORDS = re.compile(r"\w+")
_HEADING_END = re.compile(r"[.;,!]\s*$")
_LONGEST_HEADING = 60
_SHORTEST_PARAGRAPH = 40
_KNOWN_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Undefined:
    """A citation of what is neither in the list nor in the library, at an offset of the source."""

    offset: int
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Late:
    """A first citation out of its place: `after` that of a higher number, or `before` that of a lower one."""

    marker: Marker
    number: int
    where: str
    other: int


@dataclass(frozen=True, slots=True)
class SectionUse:
    """The text under one heading: how many of its paragraphs there are, and how many cite."""

    heading: str
    paragraphs: int
    cited: int


def undefined(reading: MonographReading) -> Iterator[Undefined]:
    """Citations that point nowhere."""
    yield from _undefined_keys(reading)
    yield from _undefined_numbers(reading)
    yield from _undefined_names(reading)


def _undefined_keys(reading: MonographReading) -> Iterator[Undefined]:
    keyed = [marker for marker in reading.markers if marker.way is Way.KEY]
    known = any(key in reading.known for marker in keyed for key in marker.keys)
    for marker in keyed:
        if not known and not marker.text.startswith("["):
            continue  # @someone
        for key in marker.keys:
            if key not in reading.known and not _CROSS_REFERENCE.match(key):
                yield Undefined(_offset(marker, f"@{key}"), f"@{key}", "key")


def main_way(reading: MonographReading) -> Way | None:
    """The way of numbers in which most of the list is cited; None where the text cites by none."""
    numbers = _numbers(reading)
    told = Counter(
        marker.way
        for marker in reading.markers
        if marker.way in _NUMBERED and any(number in numbers for number in marker.numbers)
    )
    return told.most_common(1)[0][0] if told else None


def _numbers(reading: MonographReading) -> frozenset[int]:
    """The numbers that mean something."""
    if reading.references is not None:
        return frozenset(reading.references.by_number())
    return frozenset(range(1, len(reading.library.references) + 1))


def _undefined_numbers(reading: MonographReading) -> Iterator[Undefined]:
    numbers, way = _numbers(reading), main_way(reading)
    most = max(numbers, default=0)
    for marker in reading.markers:
        unknown = [number for number in marker.numbers if number not in numbers]
        if not unknown or marker.way is not way or max(unknown) > most + _FAR:
            continue
        if len(unknown) == len(marker.numbers) and _BEHIND_A_NUMBER.search(_before(reading, marker)):
            continue  # 25 [41-45]
        yield from (Undefined(number_offset(marker, number), str(number), "number") for number in unknown)


def _before(reading: MonographReading, marker: Marker) -> str:
    return reading.document.source.text[max(0, marker.span[0] - 8) : marker.span[0]]


def _undefined_names(reading: MonographReading) -> Iterator[Undefined]:
    """Names with years that no entry and no reference has; only in a text whose other names are known."""
    named = [marker for marker in reading.markers if marker.way is Way.NAME]
    works = [(marker, name) for marker in named for name in marker.names]
    told = list(_told(reading)) if works else []
    unknown = [(marker, name) for marker, name in works if not _is_told(name, told)]
    if len(works) - len(unknown) < max(3, _KNOWN_SHARE * len(works)):
        return
    for marker, name in unknown:
        yield Undefined(marker.span[0], f"{name.family} {name.year}", "name")


def _told(reading: MonographReading) -> Iterator[tuple[frozenset[str], str]]:
    """Every entry and reference as its folded words, and its text."""
    texts = [entry.text for entry in reading.entries]
    texts += [text_of(reference) for reference in reading.library.references]
    yield from ((frozenset(fold(word) for word in _WORDS.findall(text)), text) for text in texts)


def _is_told(name: CitedWork, told: list[tuple[frozenset[str], str]]) -> bool:
    words, year = set(name.family.split()), name.year[:4]
    return any(words <= own and year in text for own, text in told)


def untracked(reading: MonographReading) -> Iterator[ListedEntry]:
    """Entries that the text cites by number and the library does not have: nobody checks them."""
    if reading.references is None or not reading.ids:
        return
    cited = {number for marker in reading.markers if marker.way is main_way(reading) for number in marker.numbers}
    for number, entry in reading.references.by_number().items():
        if number in cited and entry.position not in reading.ids:
            yield entry


def uncited(reading: MonographReading) -> Iterator[str]:
    """The ids of references that nothing in the text points at; none where the text cites nothing, or by names."""
    if not reading.markers or any(marker.way is Way.NAME for marker in reading.markers):
        return
    cited = set(reading.order)
    if len(cited) * 2 < len(reading.library.references) and len(cited) < 3:
        return  # what looked like citations hardly was any
    yield from dict.fromkeys(reference.id for reference in reading.library.references if reference.id not in cited)


def late(reading: MonographReading) -> list[Late]:
    """First citations that do not go up: as few of them as explain the order."""
    way, numbers = main_way(reading), _numbers(reading)
    firsts: dict[int, Marker] = {}
    for marker in reading.markers:
        if marker.way is way:
            for number in marker.numbers:
                if number in numbers:
                    firsts.setdefault(number, marker)
    order = list(firsts)
    steps = LCSseq.opcodes(order, sorted(order))
    stayed = {order[at] for step in steps if step.tag == "equal" for at in range(step.src_start, step.src_end)}
    highest, told = 0, []
    for number, least in zip(order, _least_behind(order), strict=True):
        if number not in stayed:
            told.append(Late(firsts[number], number, *_displaced(number, highest, least)))
        highest = max(highest, number)
    return told


def _displaced(number: int, highest: int, least: int) -> tuple[str, int]:
    return ("after", highest) if highest > number else ("before", least)


def _least_behind(order: list[int]) -> list[int]:
    """For each number the least that comes behind it; itself for the last."""
    least = order[-1:] or [0]
    for number in reversed(order[1:]):
        least.append(min(number, least[-1]))
    return least[::-1][: len(order)]


def is_alphabetical(reading: MonographReading) -> bool:
    """Whether the list stands in the order of names, as some styles number it."""
    names = [fold(entry.text[:12]) for entry in reading.entries]
    return len(names) > 4 and sum(a <= b for a, b in pairwise(names)) >= 0.9 * (len(names) - 1)


def sections(reading: MonographReading) -> list[SectionUse]:
    """The text's paragraphs by their headings; list, notes and what stands behind the list are no part of it."""
    cited = {marker.block for marker in reading.markers}
    found: list[SectionUse] = []
    heading, paragraphs, citing = "", 0, 0
    for number, block in enumerate(_body(reading)):
        if is_heading(block, reading.document.form):
            if paragraphs:
                found.append(SectionUse(heading, paragraphs, citing))
            heading, paragraphs, citing = block.text.strip().rstrip(":"), 0, 0
        elif len(block.text.strip()) >= _SHORTEST_PARAGRAPH and not block.note:
            paragraphs += 1
            citing += number in cited
    if paragraphs:
        found.append(SectionUse(heading, paragraphs, citing))
    return found


def _body(reading: MonographReading) -> tuple[Block, ...]:
    references = reading.references
    return reading.document.blocks if references is None else reading.document.blocks[: references.blocks[0]]


def is_heading(block: Block, form: DocumentFormat) -> bool:
    """A heading, told by the format; in plain text and PDF by its looks: one short line that is no sentence."""
    if block.level or form not in {DocumentFormat.TEXT, DocumentFormat.PDF}:
        return bool(block.level)
    text = block.text.strip()
    return (
        "\n" not in text and len(text) <= _LONGEST_HEADING and text[:1].isupper() and _HEADING_END.search(text) is None
    )


def first_paragraph(reading: MonographReading) -> int:
    """Where the text's first paragraph begins, as an offset of the source."""
    body = [block for block in _body(reading) if len(block.text.strip()) >= _SHORTEST_PARAGRAPH]
    return body[0].passage.offset(0) if body else 0


def doubled(reading: MonographReading) -> Iterator[tuple[ListedEntry, ListedEntry]]:
    """Entries whose number an entry before them has; a list all numbered alike is none that was counted."""
    numbered = [entry for entry in reading.entries if entry.number is not None]
    if len({entry.number for entry in numbered}) < 2:
        return
    firsts: dict[int | None, ListedEntry] = {}
    for entry in numbered:
        first = firsts.setdefault(entry.number, entry)
        if first is not entry:
            yield entry, first


def repeated(reading: MonographReading) -> Iterator[tuple[ListedEntry, ListedEntry, str]]:
    """Entries of a reference that is printed before them, by its identifier; with the first and its id."""
    firsts = {one.wanted: reading.entries[one.printed] for one in reading.pairing.pairs}
    for one in reading.pairing.again:
        if one.likeness is None:
            yield reading.entries[one.printed], firsts[one.wanted], reading.library.references[one.wanted].id


def _offset(marker: Marker, part: str) -> int:
    """Where a part of a marker stands in the source; the marker itself where its text is spelled otherwise there."""
    at = marker.text.find(part)
    steady = marker.span[1] - marker.span[0] == len(marker.text)
    return marker.span[0] + at if at > 0 and steady else marker.span[0]


def number_offset(marker: Marker, number: int) -> int:
    """Where a number of a marker stands in the source; the marker itself for one that a range only spans."""
    found = re.search(rf"(?<!\d){number}(?!\d)", marker.text)
    return _offset(marker, found[0]) if found and found.start() == marker.text.find(found[0]) else marker.span[0]
