"""The marks with which a monograph's text cites its references: [1], superscripts, (1-3), [@key], (Smith, 2013).

Raised numbers that are units, powers, charges or isotopes, years in brackets and confidence intervals are no
citations. Numbers in round brackets, numbers right after a comma or full stop (raised ones of which plain text and
PDF keep only the digits) and names with years are read only where the text uses them as its way of citing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from evidence.documents.document import Block, Document, DocumentFormat, Span
from evidence.documents.reflist import PARTICLES, ReferenceList, is_like
from evidence.matching.text import fold
from evidence.model.regex import regex

_DASH = "-\u2010-\u2015\u2212\u207b"  # of a character class, first in it: its first hyphen is itself
_NUMBERS = rf"\d{{1,5}}(?:\s?(?:[{_DASH}]|[,;]|\band\b|&)\s?\d{{1,5}}){{0,80}}"
_LOCATOR = (
    r"(?:[,:;]\s?(?:pp?\.|pages?\b|ch(?:ap)?\.|chapter\b|sec(?:t|tion)?\b\.?|tab(?:le)?\b\.?|fig(?:ure)?\b\.?|\u00a7)"
    r"[^\[\]]{1,40})?"
)
_BRACKET = regex(rf"\[\s?(?:refs?\.?\s)?(?P<numbers>{_NUMBERS}){_LOCATOR}\s?\]", re.IGNORECASE)
_LOWERED = regex(
    rf"(?:(?<=[^\W\d_]{{2}}[.,;:)])|(?<=[^\W\d_]\)[.,;]))[\"\u201d\u2019]?(?P<numbers>\d{{1,3}}(?:[{_DASH},]\d{{1,3}}){{0,20}})(?=\s|\Z)"
)
_ABBREVIATED = regex(r"\b(?:figs?|nos?|vols?|refs?|eqs?|tabs?|sect?|chap|ver|app|suppl|pp)[.:]$", re.IGNORECASE)
_PARENTHESIS = regex(rf"\(\s?(?:refs?\.?\s)?(?P<numbers>{_NUMBERS})\s?\)", re.IGNORECASE)
_RAISED_NUMBERS = regex(rf"[\s\[(]*(?P<numbers>{_NUMBERS})[\])\s,]*")
_DIGITS = "\u2070\u00b9\u00b2\u00b3\u2074-\u2079"
_JOINTS = f"{_DASH}, \u02d2\u00b7\u02c9\u02d3\u02cc\u1427"  # the mark of a raised comma
_SUPERSCRIPTS = regex(rf"[{_DIGITS}](?:[{_JOINTS}]{{0,2}}[{_DIGITS}]){{0,80}}")
_PLAIN_DIGITS = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b", "0123456789-")
_KEYS = regex(r"\[(?:[^\[\]@]{0,200}[\s\[-])?-?@[^\[\]]{1,2000}\]")
_KEY = regex(r"(?<![\w@])-?@(?:\{(?P<braced>[^{}\s]{1,200})\}|(?P<bare>\w(?:[\w:.#$%&+?<>~/-]{0,200}\w)?))")
_PART = regex(rf"(\d+)\s?[{_DASH}]\s?(\d+)|(\d+)")
_INTERVAL = regex(r"(?:\bCI|interval|range[ds]?|IQR|between|score|grade)\s?[:,=]?\s?$", re.IGNORECASE)
_UNIT = regex(
    r"(?:^|[\s/(\u00b7\u00d7\d])(?:[cdkmn\u00b5\u03bc]?m|ft|in|yd|km|sec|s|h)$|(?<![^\W\d_])[A-Za-z\u03b1-\u03c9]$"
)
_BEFORE = regex(r"[^\W\d_]$|[.,;:!?)\]\"'\u201d\u2019%\u00bb*]$|\b(?:19|20)\d\d$")
_SIGNS = frozenset("\u207a\u207b+-\u2212")
_LONGEST_RANGE = 200
_YEARS = range(1800, 2200)


class MarkerStyle(StrEnum):
    """How a marker is written."""

    KEY = "key"
    BRACKET = "bracket"
    RAISED = "raised"
    PARENTHESIS = "parenthesis"
    LOWERED = "raised once"
    NAME = "author-year"


@dataclass(frozen=True, slots=True)
class CitedWork:
    """A work as cited by name: the first author's family name or a body's, folded; the year with its letter."""

    family: str
    year: str


@dataclass(frozen=True, slots=True)
class Marker:
    """A citation in the text. `span` are offsets in the document's source, `block` the number of its paragraph.

    One of `numbers` (ranges written out), `keys` (of `[@key]`) and `names` (family name and year) is not empty.
    """

    style: MarkerStyle
    span: Span
    block: int
    text: str
    numbers: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    names: tuple[CitedWork, ...] = ()


def find_markers(document: Document, references: ReferenceList | None) -> tuple[Marker, ...]:
    """The text's citations in order; the reference list's own text is left out."""
    legends = _legends(document)
    found = [
        marker
        for number, block in enumerate(document.blocks)
        for marker in _in_block(document, number, block)
        if marker.style is not MarkerStyle.RAISED or not set(marker.numbers) <= legends[number]
    ]
    if references is not None:
        rows = {block.row for block in document.blocks[slice(*references.blocks)] if block.row}
        found = [
            marker
            for marker in found
            if not _is_in_list(document, references, marker) and document.blocks[marker.block].row not in rows
        ]
    numbers = references.by_number().keys() if references is not None else frozenset[int]()
    found = [m for m in found if not any(number in _YEARS and number not in numbers for number in m.numbers)]
    return tuple(sorted(_used_for_citing(found, references), key=lambda marker: marker.span))


def _is_in_list(document: Document, references: ReferenceList, marker: Marker) -> bool:
    """Whether it is within the list, or is the number before its first entry."""
    first, end = references.span
    if marker.span[0] >= first:
        return marker.span[0] < end
    is_before = marker.span[1] <= first and marker.block == references.blocks[0]
    return is_before and not re.search(r"\w", document.source.text[marker.span[1] : first])


def _legends(document: Document) -> list[AbstractSet[int]]:
    """For each paragraph the raised numbers that a later one of its section explains: affiliations, a table's notes.

    A section goes from one heading to the next; a paragraph that begins with a raised number and goes on with words
    explains it, for the table before it or else for all of its section that is before it.
    """
    blocks = document.blocks
    explained: list[AbstractSet[int]] = []
    later: frozenset[int] = frozenset()
    for at in reversed(range(len(blocks))):
        block = blocks[at]
        later |= frozenset() if block.note or block.item is not None else _explained(block)
        explained.append(later)
        if block.level or (block.row and not (at and blocks[at - 1].row)):
            later = frozenset()
    return explained[::-1]


def _explained(block: Block) -> set[int]:
    """The raised numbers with which the parts of a paragraph begin."""
    spans = list(_raised(block))
    numbers: set[int] = set()
    if spans and spans[0][0] == 0 and _is_explanation(block.text[spans[0][1] :]):
        for first, end in spans:
            if first == 0 or block.text[:first].rstrip().endswith((";", ".", ",", "\n")):
                numbers.update(_expanded(block.text[first:end].translate(_PLAIN_DIGITS)))
    return numbers


def _is_explanation(text: str) -> bool:
    return text.strip()[:1].isalpha() and not is_like(text)


def _in_block(document: Document, number: int, block: Block) -> Iterator[Marker]:
    if block.level or block.note:
        return
    text, passage = block.text, block.passage

    def marker(style: MarkerStyle, span: Span, **cited: Any) -> Marker:
        first, end = span
        return Marker(style, (passage.offset(first), passage.offset(end - 1) + 1), number, text[first:end], **cited)

    if "@" in text:  # pandoc's citations: in brackets, and in Markdown without them too
        for group in _KEYS.finditer(text):
            keys = tuple(key["braced"] or key["bare"] for key in _KEY.finditer(group[0]))
            if keys:
                yield marker(MarkerStyle.KEY, group.span(), keys=keys)
        if document.form is DocumentFormat.MARKDOWN:
            for key in _KEY.finditer(_KEYS.sub(lambda group: " " * len(group[0]), text)):
                yield marker(MarkerStyle.KEY, key.span(), keys=(key["braced"] or key["bare"],))
    for style, pattern in ((MarkerStyle.BRACKET, _BRACKET), (MarkerStyle.PARENTHESIS, _PARENTHESIS)):
        yield from (marker(style, span, numbers=numbers) for span, numbers in _bracketed(text, pattern))
    for span in _raised(block):
        numbers = _raised_numbers(text, *span)
        if numbers:
            yield marker(MarkerStyle.RAISED, span, numbers=numbers)
    if document.form in {DocumentFormat.TEXT, DocumentFormat.PDF}:
        for match in _LOWERED.finditer(text):  # "in pain.1,2 It" was printed with them raised
            numbers = _expanded(match["numbers"])
            if numbers and not _ABBREVIATED.search(text[max(0, match.start() - 8) : match.start()]):
                yield marker(MarkerStyle.LOWERED, match.span("numbers"), numbers=numbers)
    for span, names in _named(text):
        yield marker(MarkerStyle.NAME, span, names=names)


def _used_for_citing(found: Sequence[Marker], references: ReferenceList | None) -> list[Marker]:
    """The markers of those styles in which the text cites."""
    by_style = {style: [marker for marker in found if marker.style is style] for style in MarkerStyle}
    raised = by_style[MarkerStyle.RAISED]
    in_brackets = []
    for marker in by_style[MarkerStyle.BRACKET]:
        before = bisect_left(raised, marker.span[1], key=lambda other: other.span[0]) - 1
        if before < 0 or not raised[before].span[0] <= marker.span[0] < raised[before].span[1]:
            in_brackets.append(marker)
    certain = by_style[MarkerStyle.KEY] + in_brackets + raised
    for style in (MarkerStyle.PARENTHESIS, MarkerStyle.LOWERED):
        if not certain and _covers_list(by_style[style], references):
            certain = by_style[style]
    numbers = {number for marker in certain for number in (*marker.numbers, *marker.keys)}
    works = {name for marker in by_style[MarkerStyle.NAME] for name in marker.names}
    is_numbered = references is not None and any(entry.number is not None for entry in references.entries)
    if certain and (is_numbered or references is None or len(numbers) >= len(works)):
        return certain
    return by_style[MarkerStyle.NAME] or certain


def _covers_list(markers: Sequence[Marker], references: ReferenceList | None) -> bool:
    """Whether numbers that may be anything are citations: they cover the list, begin with 1 and go on by one."""
    if references is None:
        return False
    distinct = list(dict.fromkeys(number for marker in markers for number in marker.numbers))
    numbers = references.by_number()
    known = [number for number in distinct if number in numbers]
    in_order = sum(number == at for at, number in enumerate(known, 1))
    return (
        len(known) >= max(1, 0.6 * len(references.entries))
        and len(known) >= 0.8 * len(distinct)
        and in_order >= 0.5 * len(known)
    )


# Citations by number


def _bracketed(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[Span, tuple[int, ...]]]:
    """The numbers in brackets of one kind; of `[12]-[14]` the second has those between them too."""
    last = end = 0
    for match in pattern.finditer(text):
        numbers = _expanded(match["numbers"])
        if not numbers or _INTERVAL.search(text[max(0, match.start() - 16) : match.start()]):
            continue
        if text[: match.start()].endswith("]") and end != match.start():
            continue  # a link of Markdown: [words][23]
        joint = text[end : match.start()].strip()
        if last and re.fullmatch(f"[{_DASH}]", joint) and last < numbers[0] <= last + _LONGEST_RANGE:
            numbers = (*range(last + 1, numbers[0]), *numbers)
        last, end = numbers[-1], match.end()
        yield match.span(), numbers


_TO_THE_LIST = regex(r"#[\w.:-]*?(?:ref|cit|bib|note|fn)|#[BRC]R?\d", re.IGNORECASE)
_IN_BRACKETS_OPEN = regex(r"[\[(][^\])]*\Z")


def _to_the_list(block: Block) -> Iterator[Span]:
    """The numbers that lead to a place of the document itself which is named as references are, outside of brackets."""
    for link in block.links:
        first, end = link.span
        is_number = block.text[first:end].strip().isdigit() and _TO_THE_LIST.match(link.address)
        if is_number and not _IN_BRACKETS_OPEN.search(block.text[max(0, first - 80) : first]):
            yield link.span


def _raised(block: Block) -> Iterator[Span]:
    """The raised places of a paragraph, neighbours put together; what leads to the list counts as raised."""
    spans = [*block.raised, *(match.span() for match in _SUPERSCRIPTS.finditer(block.text)), *_to_the_list(block)]
    merged: list[Span] = []
    for first, end in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((first, end))
    yield from merged


def _raised_numbers(text: str, first: int, end: int) -> tuple[int, ...]:
    raised = re.sub(r"[\u02d2\u00b7\u02c9\u02d3\u02cc\u1427]", ",", text[first:end].translate(_PLAIN_DIGITS))
    match = _RAISED_NUMBERS.fullmatch(raised.strip())
    before, after = text[max(0, first - 12) : first], text[end : end + 1]
    if match is None or after in _SIGNS:
        return ()
    spaced = before.endswith((" ", "\u00a0", "\u2009", "\u202f")) and not after.isalnum()
    if not _BEFORE.search(before) and not spaced:
        return ()  # a power, an isotope, a charge
    if match["numbers"] in {"2", "3"} and _UNIT.search(before):
        return ()
    return _expanded(match["numbers"])


def _expanded(written: str) -> tuple[int, ...]:
    """1,3-5 as 1, 3, 4, 5; empty for what is not a list of numbers: a range that runs down."""
    numbers: list[int] = []
    for first, last, single in _PART.findall(written):
        if single:
            numbers.append(int(single))
        elif int(first) < int(last) <= int(first) + _LONGEST_RANGE:
            numbers += range(int(first), int(last) + 1)
        else:
            return ()
    return () if 0 in numbers else tuple(numbers)


# Citations by name and year: (Smith, 2013), (Smith et al. 2013a; Jones & Brown, 2010), Smith and Brown (2013)


_WORD = r"[A-Z\u00c0-\u024f\u0400-\u042f][\w'\u2019\u2010-]{1,40}"
_PARTICLE = rf"(?:{PARTICLES}|(?:St\.|Ó|O|U\.S\.|U\.K\.)\s){{0,3}}"
_NAME = rf"{_PARTICLE}{_WORD}(?:\s(?:{_WORD}|of|for|and|the)){{0,5}}?"
_BODY = r"(?:Admin|Agen|Assoc|Organi|Societ|Instit|Committee|Council|Department|Servic|Group|Prevention|Excellence)"
_FAMILY = rf"{_PARTICLE}(?!{_BODY}){_WORD}(?:\s(?!{_BODY}){_WORD})?(?!\s{_BODY})"
_OTHERS = rf"(?:,?\set\sal\.?|(?:,\s{_FAMILY}){{0,6}},?\s(?:and|&)\s{_FAMILY}|\s(?:and|&)\scolleagues)?"
_YEAR = r"(?:1[89]|20)\d\d[a-z]?"
_IN_BRACKETS = regex(r"\(([^()]{5,600})\)")
_WORK = regex(
    rf"(?:(?:see(?:\salso)?|e\.g\.,?|cf\.|reviewed\s(?:in|by)|as\sin),?\s)?"
    rf"(?P<name>{_NAME}){_OTHERS},?\s(?P<years>{_YEAR}(?:,\s?(?:{_YEAR}|[a-z]\b)){{0,6}})(?:,?\s?pp?\.\s?[\d-]+)?\Z"
)
_IN_PROSE = regex(rf"(?P<name>{_PARTICLE}{_WORD}){_OTHERS}(?:['\u2019]s)?\s?[(\[](?P<years>{_YEAR})[)\]]")
_NO_NAMES = frozenset(
    "january february march april may june july august september october november december"  # noqa: SIM905 - a word list
    " in since until from version figure table the".split()
)


def _named(text: str) -> Iterator[tuple[Span, tuple[CitedWork, ...]]]:
    """The places of a text that cite by name and year, and the works that each cites."""
    for match in _IN_BRACKETS.finditer(text):
        works = [_WORK.match(part.strip()) for part in match[1].split(";")]
        cited = tuple(found for work in works if work is not None for found in _cited(work))
        if cited and all(work is not None for work in works):
            yield match.span(), cited
    for match in _IN_PROSE.finditer(text):
        cited = tuple(_cited(match))
        if cited:
            yield match.span(), cited


def _cited(match: re.Match[str]) -> Iterator[CitedWork]:
    family = folded(match["name"])
    if family.split(" ")[0] in _NO_NAMES:
        return
    year = ""
    for printed in re.split(r",\s?", match["years"]):
        year = printed if len(printed) > 1 else year[:4] + printed
        yield CitedWork(family, year)


def folded(name: str) -> str:
    """A name's words, folded."""
    return " ".join(fold(word) for word in re.findall(r"[\w'\u2019\u2010-]+", name))
