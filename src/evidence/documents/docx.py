"""Paragraphs of a DOCX file, with the numbers that Word prints before them and the text of its notes.

A DOCX file is a ZIP archive; whether it may be unpacked is decided by its directory, and while unpacking.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from evidence.documents.document import Builder, Document, DocumentFormat, Item, missing_extra
from evidence.model.errors import FileError
from evidence.model.regex import regex

LARGEST = 200_000_000  # bytes of all parts together; Word's largest documents are mostly pictures
LARGEST_TEXT = 60_000_000  # bytes of XML; 2,000 pages are some 20 MB
_MOST_PARTS = 20_000
_HIGHEST_RATIO = 250  # XML packs up to 50 to 1, long tables of equal cells 100 to 1; bombs 1,000 to 1
_SMALL = 2_000_000  # bytes that are harmless whatever their ratio
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_SKIPPED = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}txbxContent", f"{_W}pPr", f"{_W}rPr", _FALLBACK})
_LETTERS = {f"{_W}tab": " ", f"{_W}noBreakHyphen": "\N{NON-BREAKING HYPHEN}", f"{_W}ptab": " "}
_SYMBOLS = dict(zip("abcdefghijklmnopqrstuvwxyz", "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where a stretch of a paragraph's text is in the file: the element of which it was read.

    `first` and `end` are places in the text of the block of this number, from 0. Of a note's text, which is in a part
    of its own, it is the element of the mark in the text.
    """

    block: int
    first: int
    end: int
    element: Any


@dataclass(frozen=True, slots=True)
class OpenedDocx:
    """A DOCX file, its main part as python-docx has it, and the elements of which its text was read, in order."""

    document: Document
    part: Any
    leaves: tuple[Leaf, ...]


def read_docx(path: str, data: bytes) -> Document:
    """A DOCX file.

    Raises:
        FileError: python-docx is not installed; no DOCX file, or one that unpacks to more than a document holds.
    """
    return _open(path, data, None).document


def open_docx(path: str, data: bytes) -> OpenedDocx:
    """A DOCX file with the elements of which its text was read.

    Raises:
        FileError: as `read_docx`.
    """
    return _open(path, data, [])


def _open(path: str, data: bytes, leaves: list[Leaf] | None) -> OpenedDocx:
    _require_bounded(path, data)
    try:
        import docx  # noqa: PLC0415 - of the extra `import`, 150 ms that only these files pay
        from docx.exceptions import PythonDocxError  # noqa: PLC0415
        from lxml import etree  # noqa: PLC0415
    except ModuleNotFoundError:
        raise missing_extra(path, "DOCX", "python-docx") from None
    builder = Builder(path)
    broken = (PythonDocxError, etree.LxmlError, zipfile.BadZipFile, zlib.error, EOFError)
    malformed = (KeyError, ValueError, AttributeError, IndexError, TypeError, NotImplementedError)
    try:
        part = docx.Document(io.BytesIO(data)).part
        _read(part, builder, leaves)
    except (*broken, *malformed) as error:
        reason = str(error).partition("\n")[0][:120]
        raise FileError(
            f"cannot read this DOCX file ({reason or type(error).__name__})",
            path=path,
            fix="save it again from Word or LibreOffice",
        ) from None
    return OpenedDocx(builder.document(DocumentFormat.DOCX, data), part, tuple(leaves or ()))


def _require_bounded(path: str, data: bytes) -> None:
    """Refuse what is not an archive or would unpack to more than any document holds; nothing is unpacked for that.

    Directories can lie about sizes; `zipfile` then stops at the size given there, with an error of its own.

    Raises:
        FileError: no archive, encrypted, too many parts, too large, or packed implausibly well.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise FileError("not a valid DOCX file", path=path, fix="save it again as .docx") from None
    if any(part.flag_bits & 1 for part in parts):
        raise FileError("the document is password-protected", path=path, fix="save it without a password")
    size = sum(part.file_size for part in parts)
    markup = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    worst = max((part.file_size / max(part.compress_size, 1) for part in parts if part.file_size > _SMALL), default=0)
    if len(parts) > _MOST_PARTS:
        problem = f"the document has {len(parts):,} parts (limit {_MOST_PARTS:,})"
    elif size > LARGEST or markup > LARGEST_TEXT:
        limit = LARGEST if size > LARGEST else LARGEST_TEXT
        problem = f"the document unpacks to {max(size, markup) / 1e6:,.0f} MB (limit {limit // 1_000_000} MB)"
    elif worst > _HIGHEST_RATIO:
        problem = f"a part of the document has an implausible compression ratio ({worst:,.0f} to 1)"
    else:
        return
    raise FileError(problem, path=path, fix="save it again from Word or LibreOffice")


def _read(part: Any, builder: Builder, leaves: list[Leaf] | None) -> None:
    """Put the paragraphs into the builder, and where their text is into `leaves`, unless it is None."""
    styles = _Styles(_root(part, "styles"))
    numbering = _Numbering(_root(part, "numbering"))
    notes = {kind: list[str]() for kind in ("endnote", "footnote")}
    rows: dict[Any, int] = {}
    for paragraph in _paragraphs(part.element):
        _Paragraph(part, builder, styles, notes, leaves).read(paragraph)
        item = numbering.item_of(paragraph, styles)
        in_row = next(paragraph.iterancestors(f"{_W}tr"), None)
        row = 0 if in_row is None else rows.setdefault(in_row, len(rows) + 1)
        if not builder.paragraph(level=styles.level_of(paragraph), item=item, row=row) and leaves is not None:
            while leaves and leaves[-1].block == builder.count:
                leaves.pop()
    marks = {(leaf.element.tag, _value_of(leaf.element, "id")): leaf.element for leaf in reversed(leaves or ())}
    for kind, ids in notes.items():
        root = _root(part, f"{kind}s")
        texts = {_value_of(note, "id"): note for note in root.iter(f"{_W}{kind}")} if root is not None else {}
        for number, note in enumerate(ids, 1):  # a note's paragraphs as one, numbered as its marks are
            if note in texts:
                for paragraph in _paragraphs(texts[note]):
                    builder.line_end()
                    _Paragraph(part, builder, styles, {}, None).read(paragraph)
                length = builder.place()
                is_kept = builder.paragraph(item=Item(number, str(number)), note=True)
                if is_kept and leaves is not None:
                    leaves.append(Leaf(builder.count - 1, 0, length, marks[f"{_W}{kind}Reference", note]))


def _root(part: Any, kind: str) -> Any:
    """The part that is in this relation to the document, parsed; None when there is none."""
    from docx.oxml import parse_xml  # noqa: PLC0415 - loaded already, by the caller

    related = (relation for relation in part.rels.values() if relation.reltype == _RELATION + kind)
    found = next((relation.target_part for relation in related if not relation.is_external), None)
    return None if found is None else parse_xml(found.blob)


def _paragraphs(root: Any) -> Iterator[Any]:
    has_fallbacks = next(root.iter(_FALLBACK), None) is not None
    for paragraph in root.iter(f"{_W}p"):
        if not has_fallbacks or next(paragraph.iterancestors(_FALLBACK), None) is None:
            yield paragraph


def _value_of(element: Any, name: str) -> str:
    """An attribute of Word's own, empty when it is absent."""
    return str(element.get(f"{_W}{name}") or "") if element is not None else ""


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


class _Paragraph:
    """The runs of one paragraph, put into the builder in order."""

    def __init__(
        self,
        part: Any,
        builder: Builder,
        styles: _Styles,
        notes: dict[str, list[str]],
        leaves: list[Leaf] | None,
    ) -> None:
        self._part = part
        self._builder = builder
        self._styles = styles
        self._notes = notes
        self._leaves = leaves
        self._note_end = 0
        self._fields: list[tuple[str, int]] = []

    def read(self, paragraph: Any) -> None:
        """All of it; deleted text, hidden text and text boxes (which follow on their own) left out."""
        from lxml import etree  # noqa: PLC0415 - loaded already, by the caller

        walk = etree.iterwalk(paragraph, events=("start", "end"))
        links: list[int] = []
        raised = False
        for event, element in walk:
            tag = element.tag
            if event == "start" and (tag in _SKIPPED or (tag == f"{_W}r" and self._styles.is_hidden(element))):
                walk.skip_subtree()
            elif tag == f"{_W}r":
                raised = event == "start" and self._styles.is_raised(element)
            elif tag == f"{_W}hyperlink":
                if event == "start":
                    links.append(self._builder.place())
                else:
                    start, relation = links.pop(), self._part.rels.get(element.get(f"{_R}id") or "")
                    if relation is not None and relation.is_external:
                        self._builder.link(start, str(relation.target_ref))
            elif event == "start":
                first = self._builder.place()
                self._leaf(element, raised=raised)
                if self._leaves is not None and (end := self._builder.place()) > first:
                    self._leaves.append(Leaf(self._builder.count, first, end, element))

    def _leaf(self, element: Any, *, raised: bool) -> None:
        tag = element.tag
        if tag in {f"{_W}t", f"{_MATH}t"}:
            self._builder.add(element.text or "", raised=raised)
        elif tag in _LETTERS:
            self._builder.add(_LETTERS[tag])
        elif tag in {f"{_W}br", f"{_W}cr"}:
            self._builder.line_end()
        elif tag == f"{_W}sym":
            self._builder.add(_symbol(_value_of(element, "char")), raised=raised)
        elif tag in {f"{_W}endnoteReference", f"{_W}footnoteReference"}:
            ids, note = self._notes.get(tag[len(_W) : -len("Reference")]), _value_of(element, "id")
            if ids is not None and note:
                if note not in ids[-1:]:
                    ids.append(note)
                if self._builder.place() == self._note_end > 0:
                    self._builder.add(",", raised=True)  # between the numbers of two notes
                self._builder.add(str(len(ids)), raised=True)
                self._note_end = self._builder.place()
        elif tag in {f"{_W}fldChar", f"{_W}instrText"}:
            self._field(element)

    def _field(self, element: Any) -> None:
        """Fields written out in runs: begin, instruction, separate, result, end."""
        if element.tag == f"{_W}instrText":
            if self._fields:
                instruction, start = self._fields[-1]
                self._fields[-1] = (instruction + (element.text or ""), start)
            return
        kind = _value_of(element, "fldCharType")
        if kind == "begin":
            self._fields.append(("", self._builder.place()))
        elif kind == "separate" and self._fields:
            self._fields[-1] = (self._fields[-1][0], self._builder.place())
        elif kind == "end" and self._fields:
            instruction, start = self._fields.pop()
            words = instruction.split('"')
            if instruction.split()[:1] == ["HYPERLINK"] and len(words) > 1 and "\\l" not in words[0]:
                self._builder.link(start, words[1])


def _symbol(code: str) -> str:
    """A letter of the Symbol font, which old files use for Greek."""
    try:
        char = chr(int(code, 16) & 0x00FF)
    except ValueError:
        return ""
    greek = _SYMBOLS.get(char.lower(), "")
    return greek.upper() if char.isupper() and char != "J" else greek


# What styles say of headings and raised characters, and the numbers that Word prints before paragraphs


_DEEPEST = 9
_LONGEST_CHAIN = 30
_HEADING = regex(r"heading\s*([1-9])", re.IGNORECASE)
_ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ["m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"],
        strict=True,
    )
)


class _Styles:
    """The properties of styles, and of the styles that they are based on."""

    def __init__(self, root: Any) -> None:
        elements = root.iterchildren(f"{_W}style") if root is not None else ()
        self._styles = {_value_of(style, "styleId"): style for style in elements}
        self._levels: dict[str, int] = {}
        self._raised: dict[str, bool] = {}

    def chain(self, name: str) -> Iterator[Any]:
        """The style and those it is based on, nearest first."""
        for _ in range(_LONGEST_CHAIN):
            style = self._styles.get(name)
            if style is None:
                return
            yield style
            name = _value_of(style.find(f"{_W}basedOn"), "val")

    def level_of(self, paragraph: Any) -> int:
        """A heading's level, 0 for what is none."""
        own = _number(_value_of(paragraph.find(f"{_W}pPr/{_W}outlineLvl"), "val"))
        if own is not None:
            return own + 1 if own < _DEEPEST else 0
        name = _value_of(paragraph.find(f"{_W}pPr/{_W}pStyle"), "val")
        if name not in self._levels:
            self._levels[name] = self._level(name)
        return self._levels[name]

    def _level(self, name: str) -> int:
        for style in self.chain(name):
            outline = _number(_value_of(style.find(f"{_W}pPr/{_W}outlineLvl"), "val"))
            if outline is not None:
                return outline + 1 if outline < _DEEPEST else 0
            named = _value_of(style.find(f"{_W}name"), "val")
            heading = _HEADING.fullmatch(named)
            if heading or named.lower() == "title":
                return int(heading[1]) if heading else 1
        heading = _HEADING.fullmatch(name)
        return int(heading[1]) if heading else 0

    def is_raised(self, run: Any) -> bool:
        """Whether a run is printed as superscript, by itself or by its style."""
        own = _value_of(run.find(f"{_W}rPr/{_W}vertAlign"), "val")
        if own:
            return own == "superscript"
        name = _value_of(run.find(f"{_W}rPr/{_W}rStyle"), "val")
        if name and name not in self._raised:
            found = (_value_of(style.find(f"{_W}rPr/{_W}vertAlign"), "val") for style in self.chain(name))
            self._raised[name] = next((value for value in found if value), "") == "superscript"
        return self._raised.get(name, False)

    def is_hidden(self, run: Any) -> bool:
        """Whether a run's text is not printed."""
        hidden = run.find(f"{_W}rPr/{_W}vanish")
        return hidden is not None and _value_of(hidden, "val") not in {"0", "false", "off"}


@dataclass(slots=True)
class _Level:
    """One level of a list: where it starts, its kind of number, its text with %1 to %9 for numbers."""

    start: int = 1
    kind: str = "decimal"
    text: str = "%1."


@dataclass(slots=True)
class _List:
    levels: dict[int, _Level] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)

    def level(self, depth: int) -> _Level:
        return self.levels.get(depth) or _Level(text=f"%{depth + 1}.")


class _Numbering:
    """Counts the paragraphs of each list as they come."""

    def __init__(self, root: Any) -> None:
        self._lists: dict[str, _List] = {}
        self._nums: dict[str, tuple[str, dict[int, int]]] = {}
        self._used: set[tuple[str, int]] = set()
        if root is None:
            return
        for abstract in root.iterchildren(f"{_W}abstractNum"):
            levels = {}
            for element in abstract.iterchildren(f"{_W}lvl"):
                start = _number(_value_of(element.find(f"{_W}start"), "val"))
                kind = _value_of(element.find(f"{_W}numFmt"), "val") or "decimal"
                level = _Level(1 if start is None else start, kind, _value_of(element.find(f"{_W}lvlText"), "val"))
                levels[_number(_value_of(element, "ilvl")) or 0] = level
            self._lists[_value_of(abstract, "abstractNumId")] = _List(levels)
        for num in root.iterchildren(f"{_W}num"):
            starts = {
                _number(_value_of(override, "ilvl")) or 0: _number(_value_of(start, "val"))
                for override in num.iterchildren(f"{_W}lvlOverride")
                if (start := override.find(f"{_W}startOverride")) is not None
            }
            known = {depth: start for depth, start in starts.items() if start is not None}
            self._nums[_value_of(num, "numId")] = (_value_of(num.find(f"{_W}abstractNumId"), "val"), known)

    def item_of(self, paragraph: Any, styles: _Styles) -> Item | None:
        """The mark before this paragraph; to be called once for each paragraph, in order."""
        number, depth = _listed(paragraph, styles)
        if number not in self._nums:
            return None
        abstract, starts = self._nums[number]
        found = self._lists.setdefault(abstract, _List())
        level = found.level(depth)
        first = starts.get(depth)
        if first is not None and (number, depth) not in self._used:
            found.counts[depth] = first
        elif depth in found.counts:
            found.counts[depth] += 1
        else:
            found.counts[depth] = level.start
        self._used.add((number, depth))
        for deeper in [inner for inner in found.counts if inner > depth]:
            del found.counts[deeper]
        if level.kind in {"bullet", "none"}:
            return Item(None, "\N{BULLET}") if level.kind == "bullet" else None

        def formatted(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            kind = level.kind if at == depth else found.level(at).kind
            return _formatted(found.counts.get(at, found.level(at).start), kind)

        count = found.counts[depth] if "decimal" in level.kind.lower() else None
        return Item(count, re.sub(r"%([1-9])", formatted, level.text))


def _listed(paragraph: Any, styles: _Styles) -> tuple[str, int]:
    """The list of a paragraph and its depth in it, by itself or by its style."""
    own = paragraph.find(f"{_W}pPr/{_W}numPr")
    named = styles.chain(_value_of(paragraph.find(f"{_W}pPr/{_W}pStyle"), "val"))
    inherited = (style.find(f"{_W}pPr/{_W}numPr") for style in named)
    number, depth = "", None
    for properties in (own, *inherited):
        if properties is not None:
            number = number or _value_of(properties.find(f"{_W}numId"), "val")
            given = _number(_value_of(properties.find(f"{_W}ilvl"), "val"))
            depth = given if depth is None else depth
    return number, min(depth or 0, _DEEPEST)


def _formatted(count: int, kind: str) -> str:
    if "Letter" in kind and 0 < count < 1000:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter if kind.startswith("lower") else letter.upper()
    if "Roman" in kind and 0 < count < 5000:
        roman = ""
        for value, letters in _ROMAN:
            roman += letters * (count // value)
            count %= value
        return roman if kind.startswith("lower") else roman.upper()
    return str(count)
