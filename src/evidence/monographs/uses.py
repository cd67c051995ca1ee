"""How a monograph's text uses its references: what it cites and has not, has and does not cite, and in what order.

Everything here would rather miss a slip than invent one: numbers in brackets are also doses, ranges and quartiles, and
names with years also stand for laws and products.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import LCSseq

from evidence.compare.fold import fold
from evidence.monographs.cited import MonographReading, text_of
from evidence.monographs.documents import Block, DocumentFormat
from evidence.monographs.entries import ListedEntry
from evidence.monographs.markers import Marker, Way
from evidence.monographs.names import CitedWork

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
