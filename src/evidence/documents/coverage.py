"""How much of a monograph's text cites: its paragraphs as an editor counts them, by their headings.

A paragraph is running text, or a list of words. Headings, tables, captions, notes, the reference list, very short lines
and sections such as Acknowledgements are none. A list and the sentence that leads to it cite together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.documents.citations import MonographReading, known_numbers
from evidence.documents.document import Block, DocumentFormat
from evidence.model.regex import regex

_PLAIN = frozenset({DocumentFormat.TEXT, DocumentFormat.PDF})
_LONGEST_HEADING = 60
_SHORTEST_PARAGRAPH = 40
_SURELY_RUNNING = 100  # characters; a shorter line has to end as a sentence does
_SHORTEST_IN_TABLE = 200
_HEADING_END = regex(r"[.;,!]\s*$")
_SENTENCE_END = regex(
    r"[.!?:][\"'\u201d\u2019)\]]*+\s*+(?:[\[(][^\[\]()]{1,80}[\])][\s.]*+|[\d\u2070-\u209f\u00b9\u00b2\u00b3,\s-]+)?\Z"
)
_ITEM = regex(r"[ \t]*(?:[\u2022\u25e6\u25aa\u2023\u00b7*\u2013-]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])[ \t]+(?=\S)")
_LEAD = regex(r":\s*(?:[\[(][^\[\]()]{1,40}[\])])?\Z")
_CAPTION = regex(r"(?:figure|fig\.?|table|box|scheme|chart|exhibit)\s+[\dIVX]{1,4}[.:)\s]", re.IGNORECASE)
_GRID = regex(r"[ \t]*\+[-=+]{2,}")  # a table of pandoc, drawn with signs
_COLUMNS = regex(r"\S[ \u00a0]{3,}\S|\t\s*\S|\s\|\s")
_ADMINISTRATIVE = regex(
    r"(?:\d{1,2}(?:\.\d{1,2})*[.)]?\s+)?(?:acknowledge?ments?|abbreviations|(?:table\s+of\s+)?contents|funding|disclaimer"
    r"|(?:conflicts?\s+of|competing|declaration\s+of)\s+interests?|disclosures?|author(?:s|ship|\s+contributions)?|copyright"
    r"|(?:revision|version|document|change)\s+(?:history|control)|change\s?log|keywords|glossary)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SectionUse:
    """The text under one heading: how many paragraphs it has, how many cite, and where the first that does not begins.

    `first_uncited` is an offset of the source, None where all cite.
    """

    heading: str
    paragraphs: int
    cited: int
    first_uncited: int | None


def sections(reading: MonographReading) -> list[SectionUse]:
    """The text's paragraphs by their headings: of the text before the reference list, else of that after it."""
    everything, listed = range(len(reading.document.blocks)), reading.references
    if listed is None:
        return _sections(reading, everything)
    before, after = everything[: listed.blocks[0]], everything[listed.blocks[1] :]
    return _sections(reading, before) or _sections(reading, after)


def _sections(reading: MonographReading, numbers: range) -> list[SectionUse]:
    """The sections of the blocks with these numbers."""
    known = known_numbers(reading)
    citing = {
        marker.block
        for marker in reading.markers
        if marker.keys or marker.names or not known.isdisjoint(marker.numbers)
    }
    headed: list[tuple[str, list[_Paragraph]]] = [("", [])]
    for number in numbers:
        block = reading.document.blocks[number]
        if _is_heading(block, reading.document.form):
            headed.append((block.text.strip().rstrip(":"), []))
        elif not block.note and not _is_table(block, reading.document.form):
            _add(headed[-1][1], block, cites=number in citing)
    found: list[SectionUse] = []
    for heading, added in headed:
        paragraphs = [paragraph for paragraph in added if paragraph.counts and not _ADMINISTRATIVE.match(heading)]
        uncited = [paragraph for paragraph in paragraphs if not paragraph.is_cited]
        if paragraphs:
            first_uncited = uncited[0].first.passage.offset(0) if uncited else None
            found.append(SectionUse(heading, len(paragraphs), len(paragraphs) - len(uncited), first_uncited))
    return found


@dataclass(slots=True, eq=False)
class _Paragraph:
    """A paragraph, or those items of a list, one after the other, that are no sentences.

    `is_sentence` says whether it ends as a sentence does. `lead` is the sentence before its list, of which `led` says
    whether an item cites.
    """

    first: Block
    text: str
    cites: bool
    is_item: bool
    is_sentence: bool
    lead: _Paragraph | None = None
    led: bool = False

    @property
    def is_cited(self) -> bool:
        """Whether it cites, or the sentence that leads to it, or the list that it leads to."""
        return self.cites or self.led or (self.lead is not None and self.lead.cites)

    @property
    def counts(self) -> bool:
        """Whether it is running text or a list, not a short line or a caption."""
        if len(self.text) < _SHORTEST_PARAGRAPH or _CAPTION.match(self.text):
            return False
        return self.is_item or self.cites or self.is_sentence or len(self.text) >= _SURELY_RUNNING


def _add(paragraphs: list[_Paragraph], block: Block, *, cites: bool) -> None:
    """Add a block: by itself, or an item that is no sentence to such items before it."""
    text = block.text.strip()
    is_item = block.item is not None or _ITEM.match(text) is not None
    paragraph = _Paragraph(block, text, cites, is_item, _SENTENCE_END.search(text) is not None)
    before = paragraphs[-1] if paragraphs else None
    if before is not None and paragraph.is_item:
        paragraph.lead = before.lead if before.is_item else before if _LEAD.search(before.text) else None
        if paragraph.lead is not None:
            paragraph.lead.led |= cites
        if before.is_item and not before.is_sentence and not paragraph.is_sentence:
            before.text += f"\n{text}"
            before.cites |= cites
            return
    paragraphs.append(paragraph)


def _is_heading(block: Block, form: DocumentFormat) -> bool:
    """A heading, by the format; in plain text and PDF by its looks: one short line that is not a sentence."""
    if block.level or form not in _PLAIN:
        return bool(block.level)
    text = block.text.strip()
    return (
        "\n" not in text and len(text) <= _LONGEST_HEADING and text[:1].isupper() and _HEADING_END.search(text) is None
    )


def _is_table(block: Block, form: DocumentFormat) -> bool:
    """Whether a block is a table or a cell of one, but for running text that is laid out in one."""
    if block.row:
        return len(block.text) < _SHORTEST_IN_TABLE
    if form is DocumentFormat.MARKDOWN:
        return _GRID.match(block.text) is not None
    lines = [line for line in block.text.splitlines() if line.strip()] if form in _PLAIN else []
    return len(lines) > 1 and sum(_COLUMNS.search(line.strip()) is not None for line in lines) > len(lines) / 2
