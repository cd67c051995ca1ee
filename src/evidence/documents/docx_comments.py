"""Comments put into a DOCX file, at stretches of its text as it was read; all else in the file stays as it is.

Bibliographies are in content controls (Zotero, Mendeley, Word), results of fields and hyperlinks, where python-docx
sees no runs. So a comment is put around the elements of which its text was read, as children of their paragraph: the
whole of a control, a link or a field that is within one paragraph, since the programs that made these write them
again. Where a run has more text than the comment is about it is divided; no character is changed. Where Word allows no
comment (notes, text boxes) it is at the mark, or at the box.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import count
from typing import Any

from evidence.documents.document import COMMENTATOR, Comment
from evidence.documents.docx import Leaf, OpenedDocx, open_docx, read_docx
from evidence.model.errors import FileError
from evidence.model.text import one_line

_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_W = f"{{{_NAMESPACE}}}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_COMMENTS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_NO_RELATIONS = f'<Relationships xmlns="{_RELATIONS}"/>'.encode()
_INITIALS = "ev"
_CONTENT_TYPES = "[Content_Types].xml"
_OLDEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP archive can name
_NOTE_MARKS = (f"{_W}footnoteReference", f"{_W}endnoteReference")
_IS_RANGE = frozenset({f"{_W}commentRangeStart", f"{_W}commentRangeEnd", f"{_W}commentReference"})


def with_comments(path: str, data: bytes, comments: Iterable[Comment], day: date) -> bytes:
    """The DOCX file with these comments, of this day; one of ours that it has already is not repeated.

    The same file with the same comments gives the same bytes.

    Args:
        path: What errors call the file.
        data: The file.
        comments: What to say, and at which offsets of the text that `read_docx` gives.
        day: The day of the comments.

    Raises:
        FileError: as `read_docx`; or the text would not be the same.
    """
    opened = open_docx(path, data)
    part = opened.part
    root = part.element
    existing = _related(part, _COMMENTS)
    listed = _new_comments() if existing is None else _parsed(existing.blob)
    new = _not_there_yet(comments, listed)
    if not new or not opened.leaves:
        return data
    taken = {element.get(f"{_W}id") for tree in (listed, root) for element in tree.iter(f"{_W}comment", *_IS_RANGE)}
    free = (number for number in map(str, count()) if number not in taken)
    numbered = list(zip(free, new, strict=False))
    _Anchoring(opened).put([(comment.span, number) for number, comment in numbered])
    for number, comment in numbered:
        listed.append(_comment(number, comment, day))
    main = part.partname.membername
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = _free_name(archive, main) if existing is None else existing.partname.membername
        changed = {main: _serialised(root), name: _serialised(listed)}
        if existing is None:
            relations = part.partname.rels_uri.membername
            known = archive.read(relations) if relations in archive.namelist() else _NO_RELATIONS
            changed[relations] = _with_relation(known, posixpath.basename(name))
            changed[_CONTENT_TYPES] = _with_type(archive.read(_CONTENT_TYPES), f"/{name}")
        marked = _replaced(archive, changed)
    if read_docx(path, marked).source.text != opened.document.source.text:
        what = "comments cannot be added to this document without changing its text"
        raise FileError(what, path=path, fix="save it again from Word or LibreOffice")
    return marked


# The file's parts


def _related(part: Any, kind: str) -> Any:
    """The part in this relation to the main one, None where there is none."""
    related = (relation for relation in part.rels.values() if relation.reltype == kind and not relation.is_external)
    return next((relation.target_part for relation in related), None)


def _parsed(data: bytes) -> Any:
    """A part's XML, in which nothing outside of it is looked up."""
    from lxml import etree  # noqa: PLC0415 - of the extra `import`; loaded already, by the reader

    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


def _serialised(root: Any) -> bytes:
    from lxml import etree  # noqa: PLC0415 - as above

    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _element(tag: str, **attributes: str) -> Any:
    """An element of Word's own, with attributes of Word's own."""
    from lxml import etree  # noqa: PLC0415 - as above

    named = {f"{_W}{name}": value for name, value in attributes.items()}
    return etree.Element(f"{_W}{tag}", named, nsmap={"w": _NAMESPACE})


def _new_comments() -> Any:
    return _element("comments")


def _free_name(archive: zipfile.ZipFile, main: str) -> str:
    """A name for the part of the comments, beside the main part."""
    taken = set(archive.namelist())
    names = (posixpath.join(posixpath.dirname(main), f"comments{number or ''}.xml") for number in range(len(taken) + 1))
    return next(name for name in names if name not in taken)


def _with_relation(data: bytes, target: str) -> bytes:
    root = _parsed(data)
    taken = {relation.get("Id") for relation in root}
    number = next(number for number in range(1, len(taken) + 2) if f"rIdEvidence{number}" not in taken)
    relation = root.makeelement(f"{{{_RELATIONS}}}Relationship")
    for key, value in (("Id", f"rIdEvidence{number}"), ("Type", _COMMENTS), ("Target", target)):
        relation.set(key, value)
    root.append(relation)
    return _serialised(root)


def _with_type(data: bytes, name: str) -> bytes:
    root = _parsed(data)
    override = root.makeelement(f"{{{_TYPES}}}Override")
    override.set("PartName", name)
    override.set("ContentType", _COMMENTS_TYPE)
    root.append(override)
    return _serialised(root)


def _replaced(archive: zipfile.ZipFile, changed: Mapping[str, bytes]) -> bytes:
    """The archive with these members changed or added; the others are as they were."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in archive.infolist():
            copied = zipfile.ZipInfo(info.filename, info.date_time)
            copied.compress_type = info.compress_type
            copied.external_attr = info.external_attr
            new.writestr(copied, changed.get(info.filename, archive.read(info)))
        for name in changed.keys() - set(archive.namelist()):
            added = zipfile.ZipInfo(name, _OLDEST)
            added.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(added, changed[name])
    return out.getvalue()


# The comments


def _not_there_yet(comments: Iterable[Comment], listed: Any) -> list[Comment]:
    """The comments without those of which the file has one of ours in the same words."""
    there = Counter(
        tuple(filter(None, ("".join(paragraph.itertext(f"{_W}t")) for paragraph in comment.iter(f"{_W}p"))))
        for comment in listed.iter(f"{_W}comment")
        if comment.get(f"{_W}author") == COMMENTATOR
    )
    new = []
    for comment in comments:
        words = tuple(filter(None, map(one_line, comment.paragraphs)))
        if there[words]:
            there[words] -= 1
        else:
            new.append(comment)
    return new


def _comment(number: str, comment: Comment, day: date) -> Any:
    """The comment's text; its first paragraph is a title."""
    element = _element("comment", id=number, author=COMMENTATOR, date=f"{day}T00:00:00Z", initials=_INITIALS)
    for at, text in enumerate(filter(None, map(one_line, comment.paragraphs))):
        paragraph, run, words = _element("p"), _element("r"), _element("t")
        if at == 0:
            mark = _element("r")
            mark.append(_element("annotationRef"))
            paragraph.append(mark)
            properties = _element("rPr")
            properties.append(_element("b"))
            run.append(properties)
        words.text = text
        words.set(_SPACE, "preserve")
        run.append(words)
        paragraph.append(run)
        element.append(paragraph)
    return element


# Where they are put


@dataclass(frozen=True, slots=True)
class _Cut:
    """A place in an element of text: before its character of this number, or after all of them."""

    leaf: Any
    at: int


@dataclass(frozen=True, slots=True)
class _Range:
    """Where a comment goes: before one place and after another, each an element of a paragraph or a cut in a run."""

    number: str
    first: Any
    last: Any


class _Anchoring:
    """The elements of one document, as comments are put around them."""

    def __init__(self, opened: OpenedDocx) -> None:
        blocks = opened.document.blocks
        self._root = opened.part.element
        self._leaves = opened.leaves
        self._firsts = [blocks[leaf.block].passage.offset(leaf.first) for leaf in opened.leaves]
        self._ends = [first + leaf.end - leaf.first for first, leaf in zip(self._firsts, self._leaves, strict=True)]
        self._fields: dict[Any, list[tuple[Any, Any]]] = {}
        self._parts: dict[Any, list[_Cut]] = {}

    def put(self, spans: Sequence[tuple[tuple[int, int], str]]) -> None:
        """Put a comment of this number around each stretch of the text."""
        ranges = [self._range(span, number) for span, number in spans]
        self._divide([cut for found in ranges for cut in (found.first, found.last) if isinstance(cut, _Cut)])
        after: dict[Any, Any] = {}

        def add_after(element: Any, added: Any) -> None:
            after.get(element, element).addnext(added)
            after[element] = added

        for found in ranges:
            first, last = self._start(found.first), self._end(found.last)
            if _place_of(last) < _place_of(first):  # a stretch from the text to a note, whose mark is before it
                last = first
            first.addprevious(_element("commentRangeStart", id=found.number))
            add_after(last, _element("commentRangeEnd", id=found.number))
            run = _element("r")
            run.append(_element("commentReference", id=found.number))
            add_after(self._home(last), run)

    def _range(self, span: tuple[int, int], number: str) -> _Range:
        """The elements of which this stretch was read; those of its first cell or paragraph where it is in several."""
        begin = min(bisect_right(self._ends, span[0]), len(self._leaves) - 1)
        end = max(bisect_left(self._firsts, span[1]) - 1, begin)
        paragraph = _paragraph_of(self._leaves[begin].element)
        while end > begin and not _is_beside(paragraph, _paragraph_of(self._leaves[end].element)):
            end -= 1
        first, last = self._leaves[begin], self._leaves[end]
        starts = max(min(span[0], self._ends[begin] - 1) - self._firsts[begin], 0)
        stops = max(min(span[1], self._ends[end]) - self._firsts[end], 1)
        return _Range(
            number,
            self._place(first, starts, is_end=False),
            self._place(last, stops, is_end=True),
        )

    def _place(self, leaf: Leaf, at: int, *, is_end: bool) -> Any:
        """The cut before or after a character of an element's text, or the child of the paragraph that holds it all."""
        paragraph = _paragraph_of(leaf.element)
        child = _child_of(paragraph, leaf.element)
        for first, last in self._fields_of(paragraph):
            if paragraph.index(first) <= paragraph.index(child) <= paragraph.index(last):
                return last if is_end else first
        if leaf.element.getparent() is not child or child.tag != f"{_W}r" or len(leaf.element):
            return child
        if leaf.element.tag != f"{_W}t":
            return _Cut(leaf.element, 1 if is_end else 0)
        places = _raw_places(leaf.element.text or "", leaf.end - leaf.first)
        return _Cut(leaf.element, places[at - 1] + 1 if is_end else places[at])

    def _fields_of(self, paragraph: Any) -> list[tuple[Any, Any]]:
        """The fields that are within this paragraph, each by the children in which it begins and ends."""
        if paragraph not in self._fields:
            found: list[tuple[Any, Any]] = []
            begun: list[Any] = []
            for mark in paragraph.iter(f"{_W}fldChar"):
                if _paragraph_of(mark) is not paragraph:
                    continue
                kind, child = mark.get(f"{_W}fldCharType"), _child_of(paragraph, mark)
                if kind == "begin":
                    begun.append(child)
                elif kind == "end" and begun:
                    first = begun.pop()
                    if not begun:
                        found.append((first, child))
            self._fields[paragraph] = found
        return self._fields[paragraph]

    def _home(self, element: Any) -> Any:
        """After what a comment has its reference, whose range ends with this child of a paragraph: mostly after that.

        The range alone says what a comment is on (ISO/IEC 29500-1, 17.13.4.5). LibreOffice loses the words of a comment
        whose reference is in a field of several paragraphs, the text of a content control's first paragraph that has
        one, and all notes where one is between two marks. So it goes after the field or the control, or to the end.
        """
        paragraph = element.getparent()
        end = self._field_ends.get(paragraph)
        owners = [*(element if end is None else end).iterancestors(f"{_W}sdt")]
        if owners and (end is not None or next(owners[-1].iter(f"{_W}p")) is paragraph):
            following = owners[-1].getnext()
            if following is not None and following.tag == f"{_W}p":
                return _properties_of(following)
        if end is not None:
            return end
        return element if next(paragraph.iter(*_NOTE_MARKS), None) is None else paragraph[-1]

    @cached_property
    def _field_ends(self) -> Mapping[Any, Any]:
        """The child that ends the outermost field which goes on after a paragraph, for each such paragraph."""
        ends: dict[Any, Any] = {}
        begun = 0
        open_paragraphs: list[Any] = []
        for paragraph in self._root.iter(f"{_W}p"):
            for mark in paragraph.iter(f"{_W}fldChar"):
                if next(mark.iterancestors(f"{_W}p")) is not paragraph:
                    continue
                kind = mark.get(f"{_W}fldCharType")
                begun = max(0, begun + (kind == "begin") - (kind == "end"))
                if kind == "end" and begun == 0 and open_paragraphs:
                    end = _child_of(paragraph, mark)
                    ends |= dict.fromkeys((*open_paragraphs, paragraph), end)
                    open_paragraphs = []
            if begun:
                open_paragraphs.append(paragraph)
        return ends

    def _divide(self, cuts: Iterable[_Cut]) -> None:
        """Divide runs at these places, so that each is between two of them."""
        wanted: dict[Any, set[int]] = {}
        for cut in cuts:
            wanted.setdefault(cut.leaf, set()).add(cut.at)
        for leaf, places in wanted.items():
            length = len(leaf.text or "") if leaf.tag == f"{_W}t" else 1
            parts = []
            for at in sorted(places, reverse=True):
                if at >= length:
                    _move_on(leaf.getparent(), leaf.getnext())
                elif at == 0:
                    _move_on(leaf.getparent(), leaf)
                else:
                    rest = deepcopy(leaf)
                    leaf.text, rest.text = leaf.text[:at], leaf.text[at:]
                    for text in (leaf, rest):
                        text.set(_SPACE, "preserve")
                    leaf.addnext(rest)
                    _move_on(leaf.getparent(), rest)
                    parts.append(_Cut(rest, at))
            self._parts[leaf] = [_Cut(leaf, 0), *reversed(parts)]

    def _start(self, place: Any) -> Any:
        """The run that begins at this place."""
        if not isinstance(place, _Cut):
            return place
        return next(part.leaf for part in self._parts[place.leaf] if part.at == place.at).getparent()

    def _end(self, place: Any) -> Any:
        """The run that ends at this place."""
        if not isinstance(place, _Cut):
            return place
        return [part.leaf for part in self._parts[place.leaf] if part.at < place.at][-1].getparent()


def _paragraph_of(element: Any) -> Any:
    """The paragraph of the text itself: of what is in a text box, the one that holds the box."""
    paragraph = next(element.iterancestors(f"{_W}p"))
    box = next(paragraph.iterancestors(f"{_W}txbxContent"), None)
    is_held = box is not None and next(box.iterancestors(f"{_W}p"), None) is not None
    return _paragraph_of(box) if is_held else paragraph


def _properties_of(paragraph: Any) -> Any:
    """The child of a paragraph after which its content begins; it is made where there is none."""
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        properties = paragraph.makeelement(f"{_W}pPr")
        paragraph.insert(0, properties)
    return properties


def _child_of(paragraph: Any, element: Any) -> Any:
    """The child of the paragraph that holds an element."""
    while element.getparent() is not paragraph:
        element = element.getparent()
    return element


def _place_of(child: Any) -> tuple[int, int]:
    """Where a child of a paragraph is among what is beside it, to be compared with another one's."""
    paragraph = child.getparent()
    return paragraph.getparent().index(paragraph), paragraph.index(child)


def _is_beside(paragraph: Any, other: Any) -> bool:
    return paragraph.getparent() is other.getparent()


def _raw_places(text: str, length: int) -> list[int]:
    """The place in an element's own text of each of its characters as read, where white space is one blank.

    A blank that was dropped at the beginning has none.
    """
    places = []
    is_blank = False
    for at, char in enumerate(text):
        was_blank, is_blank = is_blank, char.isspace() and char not in "\u00a0\u202f"
        if not (was_blank and is_blank):
            places.append(at)
    return places[len(places) - length :]


def _move_on(run: Any, element: Any) -> None:
    """Move an element and what follows it in its run to a run of its own after it, unless it is all of the run."""
    properties = run.find(f"{_W}rPr")
    if element is None or element.getprevious() is None or element.getprevious() is properties:
        return
    rest = run.makeelement(run.tag, dict(run.attrib))
    if properties is not None:
        rest.append(deepcopy(properties))
    moved = [element, *element.itersiblings()]
    rest.extend(moved)
    run.addnext(rest)
