"""Paragraphs of an HTML file, without what a browser does not display."""

from __future__ import annotations

import re
from typing import Any

from evidence.documents.document import Builder, Document, DocumentFormat, Item, missing_extra
from evidence.library.files import decoded
from evidence.model.errors import FileError
from evidence.model.regex import regex

_INVISIBLE = frozenset(
    "head script style noscript template svg math select button iframe object textarea nav audio video title".split()  # noqa: SIM905 - a word list
)
_BREAKS = frozenset(
    "address article aside blockquote caption center dd details dialog div dl dt fieldset figcaption figure footer form"  # noqa: SIM905 - a word list
    " header hr main p pre section summary table tbody td tfoot th thead tr ul ol body html".split()
)
_HIDDEN = frozenset({"footnote-back", "reversefootnote", "mw-cite-backlink", "mw-editsection", "footnote-backref"})
"""Classes of what leads back from a note to the text, and of what MediaWiki puts beside headings."""
_LEFT_MARGIN = "csl-left-margin"
_MARK = regex(r"\s*(?:[0-9]{1,4}\.|\[[0-9]{1,4}\]|\([0-9]{1,4}\))\s*")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CHARSET = regex(rb"<meta[^<>]{0,200}charset\s*+=\s*+[\"']?\s*+([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)


def read_html(path: str, data: bytes) -> Document:
    """An HTML file, read by lxml as browsers do.

    Raises:
        FileError: lxml is not installed, or the file's encoding is unknown.
    """
    try:
        from lxml import etree  # noqa: PLC0415 - of the extra `import`, 40 ms that only these files pay
    except ModuleNotFoundError:
        raise missing_extra(path, "HTML", "lxml") from None
    text = _decoded(path, data)
    builder = Builder(path)
    if text.strip():
        parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
        fatal = next((entry for entry in parser.error_log if entry.level == etree.ErrorLevels.FATAL), None)
        if fatal is not None:  # the rest of the page is missing: too deep, or a text of ten megabytes
            raise FileError(f"cannot read this HTML ({fatal.message[:120]})", path=path, line=fatal.line)
        if root is not None:
            reading = _Reading(builder)
            for event, element in etree.iterwalk(root, events=("start", "end")):
                if not isinstance(element.tag, str):
                    continue
                if event == "start":
                    reading.start(element)
                    reading.text(element.text)
                else:
                    reading.end(element)
                    reading.text(element.tail)
            reading.end_paragraph()
    return builder.document(DocumentFormat.HTML, data)


def _decoded(path: str, data: bytes) -> str:
    """By the encoding that the page declares, else UTF-8."""
    declared = _CHARSET.search(data[:4096])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        name = declared[1].decode("ascii") if declared else "utf-8"
    try:
        return data.decode(name)
    except (LookupError, UnicodeDecodeError):
        return decoded(path, data).text  # raises, and names the place


def _classes(element: Any) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())


def _is_invisible(element: Any) -> bool:
    """What a browser does not display, and what leads back from a note to the text."""
    if element.tag in _INVISIBLE or element.get("role") == "doc-backlink":
        return True
    return not _HIDDEN.isdisjoint(_classes(element))


class _Lists:
    """The lists around the place that is read, with the number of the item to come."""

    def __init__(self) -> None:
        self._counters: list[int | None] = []
        self.item: Item | None = None
        self.depth = 0

    def enter(self, element: Any) -> None:
        first = _number(element.get("start")) if element.tag == "ol" else None
        self._counters.append((first if first is not None else 1) if element.tag == "ol" else None)

    def leave(self) -> None:
        if self._counters:
            self._counters.pop()

    def next_item(self, element: Any) -> None:
        self.depth += 1
        count = self._counters[-1] if self._counters else None
        if count is None:
            self.item = Item(None, "\N{BULLET}")
            return
        given = _number(element.get("value"))
        count = count if given is None else given
        self._counters[-1] = count + 1
        self.item = Item(count, f"{count}.")


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,6}", text.strip()) else None


class _Reading:
    """The elements that are open at the place that is read, by their effect on the text."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.lists = _Lists()
        self.invisible = 0
        self.raised = 0
        self.preformatted = 0
        self.rows: list[int] = []
        self.last_row = 0
        self.links: list[tuple[int, str]] = []
        self.link_end = -1

    def text(self, text: str | None) -> None:
        if text and not self.invisible:
            if self.raised and self.links and self.links[-1][0] == self.builder.place() == self.link_end:
                self.builder.add(",", raised=True)  # between the numbers of two notes
            self.builder.add(text, raised=self.raised > 0, folded=not self.preformatted)

    def end_paragraph(self, level: int = 0) -> None:
        if level == 0 and not self.rows and _MARK.fullmatch(self.builder.so_far):
            self.builder.add(" ")  # a number in a box of its own belongs to the text after it
            return
        row = self.rows[-1] if self.rows else 0
        self.link_end = -1
        if self.builder.paragraph(level=level, item=self.lists.item, row=row):
            self.lists.item = None

    def start(self, element: Any) -> None:
        tag = element.tag
        if _is_invisible(element):
            self.invisible += 1
        elif self.invisible:
            return
        elif tag == "br":
            self.builder.line_end()
        elif tag == "sup":
            self.raised += 1
        elif tag == "a":
            self.links.append((self.builder.place(), element.get("href") or ""))
        elif tag == "li" or tag in _BREAKS or tag in _HEADINGS:
            self._break(tag)
            if tag in {"ol", "ul"}:
                self.lists.enter(element)
            elif tag == "li":
                self.lists.next_item(element)
            elif tag == "tr":
                self.last_row += 1
                self.rows.append(self.last_row)
            self.preformatted += tag == "pre"

    def end(self, element: Any) -> None:
        tag = element.tag
        if _is_invisible(element):
            self.invisible -= 1
        elif self.invisible:
            return
        elif tag == "sup":
            self.raised -= 1
        elif tag == "a":
            start, address = self.links.pop()
            self.link_end = self.builder.place()
            if address and start <= self.builder.place():
                self.builder.link(start, address)
        elif tag == "div" and _LEFT_MARGIN in _classes(element):
            self._number_beside()
        elif tag == "li" or tag in _BREAKS or tag in _HEADINGS:
            self._break(tag, _HEADINGS.get(tag, 0))
            if tag in {"ol", "ul"}:
                self.lists.leave()
            elif tag == "li":
                self.lists.depth -= 1
                self.lists.item = None
            elif tag == "tr" and self.rows:
                self.rows.pop()
            self.preformatted -= tag == "pre"

    def _number_beside(self) -> None:
        """A citation style's number in a box of its own is the mark of the text beside it."""
        label = self.builder.so_far.strip()
        number = re.search(r"\d{1,5}", label)
        self.lists.item = Item(int(number[0]) if number else None, label)
        self.builder.drop()

    def _break(self, tag: str, level: int = 0) -> None:
        """End the paragraph, or within a list's item the line."""
        if tag in {"ol", "ul", "li"} or tag in _HEADINGS or not self.lists.depth:
            self.end_paragraph(level)
        else:
            self.builder.line_end()
