"""Paragraphs of a DOCX file, with the numbers that Word prints before them and the text of its notes.

python-docx opens the package (parts by their relation, whatever their names) and parses it without entities. Its own
list of paragraphs is not used: it leaves out content controls, in which Word, Zotero and Mendeley keep
bibliographies. pandoc would need its 160 MB for what `evidence import` reads, and drops the form of list numbers.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from evidence.errors import FileError
from evidence.monographs.archives import checked
from evidence.monographs.building import Builder
from evidence.monographs.documents import Document, DocumentFormat, Item
from evidence.monographs.webpage import missing_extra
from evidence.monographs.word_numbers import Numbering, Styles, W, value_of

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_PASSED_OVER = frozenset({f"{W}del", f"{W}moveFrom", f"{W}txbxContent", f"{W}pPr", f"{W}rPr", _FALLBACK})
_LETTERS = {f"{W}tab": " ", f"{W}noBreakHyphen": "\N{NON-BREAKING HYPHEN}", f"{W}ptab": " "}
_SYMBOLS = dict(zip("abcdefghijklmnopqrstuvwxyz", "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))


def read_docx(shown: str, data: bytes) -> Document:
    """A DOCX file.

    Raises:
        FileError: python-docx is not installed; no DOCX file, or one that unpacks to more than a document holds.
    """
    checked(shown, data)
    try:
        import docx  # noqa: PLC0415 - of the extra `import`, 150 ms that only these files pay
        from docx.exceptions import PythonDocxError  # noqa: PLC0415
        from lxml import etree  # noqa: PLC0415
    except ModuleNotFoundError:
        raise missing_extra(shown, "DOCX", "python-docx") from None
    builder = Builder(shown)
    broken = (PythonDocxError, etree.LxmlError, zipfile.BadZipFile, zlib.error, EOFError)
    malformed = (KeyError, ValueError, AttributeError, IndexError, TypeError, NotImplementedError)
    try:
        part = docx.Document(io.BytesIO(data)).part
        _read(part, builder)
    except (*broken, *malformed) as error:
        told = str(error).partition("\n")[0][:120]
        raise FileError(
            f"this DOCX file cannot be read ({told or type(error).__name__})",
            path=shown,
            fix="save it again from Word or LibreOffice",
        ) from None
    return builder.document(DocumentFormat.DOCX, data)


def _read(part: Any, builder: Builder) -> None:
    styles = Styles(_root(part, "styles"))
    numbering = Numbering(_root(part, "numbering"))
    notes = {kind: list[str]() for kind in ("endnote", "footnote")}
    for paragraph in _paragraphs(part.element):
        _Paragraph(part, builder, styles, notes).read(paragraph)
        item = numbering.item_of(paragraph, styles)
        builder.paragraph(level=styles.level_of(paragraph), item=item)
    for kind, ids in notes.items():
        root = _root(part, f"{kind}s")
        texts = {value_of(note, "id"): note for note in root.iter(f"{W}{kind}")} if root is not None else {}
        for number, note in enumerate(ids, 1):
            if note in texts:
                _note(part, builder, styles, texts[note], number)


def _note(part: Any, builder: Builder, styles: Styles, note: Any, number: int) -> None:
    """A note's paragraphs as one, numbered as its marks are."""
    for paragraph in _paragraphs(note):
        builder.line_end()
        _Paragraph(part, builder, styles, {}).read(paragraph)
    builder.paragraph(item=Item(number, str(number)), note=True)


def _root(part: Any, kind: str) -> Any:
    """The part that stands in this relation to the document, parsed; None when there is none."""
    from docx.oxml import parse_xml  # noqa: PLC0415 - loaded already, by the caller

    related = (relation for relation in part.rels.values() if relation.reltype == _RELATION + kind)
    found = next((relation.target_part for relation in related if not relation.is_external), None)
    return None if found is None else parse_xml(found.blob)


def _paragraphs(root: Any) -> Iterator[Any]:
    doubled = next(root.iter(_FALLBACK), None) is not None
    for paragraph in root.iter(f"{W}p"):
        if not doubled or next(paragraph.iterancestors(_FALLBACK), None) is None:
            yield paragraph


class _Paragraph:
    """The runs of one paragraph, put into the builder in order."""

    def __init__(self, part: Any, builder: Builder, styles: Styles, notes: dict[str, list[str]]) -> None:
        self._part = part
        self._builder = builder
        self._styles = styles
        self._notes = notes
        self._fields: list[tuple[str, int]] = []

    def read(self, paragraph: Any) -> None:
        """All of it; deleted text, hidden text and text boxes (which follow on their own) left out."""
        from lxml import etree  # noqa: PLC0415 - loaded already, by the caller

        walk = etree.iterwalk(paragraph, events=("start", "end"))
        links: list[int] = []
        raised = False
        for event, element in walk:
            tag = element.tag
            if event == "start" and (tag in _PASSED_OVER or (tag == f"{W}r" and self._styles.is_hidden(element))):
                walk.skip_subtree()
            elif tag == f"{W}r":
                raised = event == "start" and self._styles.is_raised(element)
            elif tag == f"{W}hyperlink":
                if event == "start":
                    links.append(self._builder.place())
                else:
                    self._link(element, links.pop())
            elif event == "start":
                self._leaf(element, raised=raised)

    def _leaf(self, element: Any, *, raised: bool) -> None:
        tag = element.tag
        if tag in {f"{W}t", f"{_MATH}t"}:
            self._builder.add(element.text or "", raised=raised)
        elif tag in _LETTERS:
            self._builder.add(_LETTERS[tag])
        elif tag in {f"{W}br", f"{W}cr"}:
            self._builder.line_end()
        elif tag == f"{W}sym":
            self._builder.add(_symbol(value_of(element, "char")), raised=raised)
        elif tag in {f"{W}endnoteReference", f"{W}footnoteReference"}:
            self._mark(tag[len(W) : -len("Reference")], value_of(element, "id"))
        elif tag in {f"{W}fldChar", f"{W}instrText"}:
            self._field(element)

    def _mark(self, kind: str, note: str) -> None:
        ids = self._notes.get(kind)
        if ids is not None and note:
            if note not in ids[-1:]:
                ids.append(note)
            self._builder.add(str(len(ids)), raised=True)

    def _link(self, element: Any, start: int) -> None:
        relation = self._part.rels.get(element.get(f"{_R}id") or "")
        if relation is not None and relation.is_external:
            self._builder.link(start, str(relation.target_ref))

    def _field(self, element: Any) -> None:
        """Fields written out in runs: begin, instruction, separate, result, end."""
        if element.tag == f"{W}instrText":
            if self._fields:
                told, start = self._fields[-1]
                self._fields[-1] = (told + (element.text or ""), start)
            return
        kind = value_of(element, "fldCharType")
        if kind == "begin":
            self._fields.append(("", self._builder.place()))
        elif kind == "separate" and self._fields:
            self._fields[-1] = (self._fields[-1][0], self._builder.place())
        elif kind == "end" and self._fields:
            told, start = self._fields.pop()
            words = told.split('"')
            if told.split()[:1] == ["HYPERLINK"] and len(words) > 1 and "\\l" not in words[0]:
                self._builder.link(start, words[1])


def _symbol(code: str) -> str:
    """A letter of the Symbol font, which old files use for Greek."""
    try:
        char = chr(int(code, 16) & 0x00FF)
    except ValueError:
        return ""
    greek = _SYMBOLS.get(char.lower(), "")
    return greek.upper() if char.isupper() and char != "J" else greek
