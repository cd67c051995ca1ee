"""Changing a library by edits of its text: comments, order and quoting survive, byte for byte.

`edit` works changes into the text and proves, by reading it again, that nothing else has changed; `save` writes it to
the very file that it was read from.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from evidence.library.claims import CLAIMS, claim_rank
from evidence.library.confinement import beside_objection
from evidence.library.fields import PREVIOUS, rank
from evidence.library.files import BOM, LARGEST, SourceText, read_source, replace_file
from evidence.library.layout import Edit, Layout, apply_edits, settled
from evidence.library.scalars import (
    Value,
    block_lines,
    double_quoted,
    field_lines,
    flow_text,
    is_plain,
    scalar,
    spelling,
)
from evidence.library.yaml import MappingNode, Node, PairNode, ScalarNode, SequenceNode, pair_of, printable, read_tree
from evidence.model.errors import FileError
from evidence.model.regex import regex

REFERENCES = "references"
"""The key of the list that every library has."""

MONOGRAPH = "monograph"
"""The key of what the references are of."""

LISTS = frozenset([REFERENCES, "waivers", CLAIMS])
"""The lists of a file whose entries may have their keys in any order."""

NEW_LIBRARY = SourceText("", "references: []\n", "")
"""What a library begins as when its file does not exist yet."""

NEW_WAIVERS = SourceText("", "waivers: []\n", "")
"""What a file of waivers begins as."""

NEW_CLAIMS = SourceText("", "claims: []\n", "")
"""What a file of claims begins as."""

MOST_CULPRITS = 10
"""Changes that may be left out of many because they cannot be proved; looking for each costs several readings."""

Fields = Mapping[str, Value]
Part = tuple[int, int, str]
"""First character of a text that is replaced, the one after the last, and what replaces them."""

_HEADER = regex(r"([|>])[0-9+-]*")
_COLON = regex(r"[ \t]*:")
_NARROWEST = 60  # columns to which a folded text is wrapped at least
_BREAK = regex(r"[\r\n]")
_BLANK_LINE = regex(r"(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)")


@dataclass(frozen=True, slots=True)
class SetFields:
    """Fields of the entry at `index` (from 0) of a list are to have these values; what it lacks is added.

    Values are what the file is to hold: where pandoc reads Markdown, they are escaped already
    (`evidence.library.fill`). `within` is the key of the list at the top of the file. `removed` are fields that the
    entry has and is to lose.
    """

    index: int
    fields: Fields
    within: str = REFERENCES
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddEntries:
    """Entries to be added at the end of a list, in this order; a list other than the references' may be new."""

    entries: Sequence[Fields]
    within: str = REFERENCES


@dataclass(frozen=True, slots=True)
class Respell:
    """Some characters of one text of the entry at `index` (from 0) are to be replaced.

    `text` is the field's text as it was read, `parts` the spans of it that are replaced, apart and in order.
    """

    index: int
    key: str
    text: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class AddMonograph:
    """A `monograph:` block with these fields is to come before all else; the file has none."""

    fields: Fields


Change = SetFields | AddEntries | Respell | AddMonograph


@dataclass(frozen=True, slots=True)
class RefusedEdit:
    """A change that cannot be made in this file without touching more; `reason` says why, with its place."""

    change: Change
    reason: FileError


@dataclass(frozen=True, slots=True)
class Edited:
    """A file's text before and after, the edits between the two, and the changes that could not be made."""

    before: SourceText
    text: str
    edits: tuple[Edit, ...] = ()
    refused: tuple[RefusedEdit, ...] = ()

    @property
    def after(self) -> SourceText:
        """The text as it would be read again."""
        return replace(self.before, text=self.text)


def edit(source: SourceText, changes: Iterable[Change]) -> Edited:
    """Work the changes into the text, and prove by reading it again that nothing else has changed.

    Args:
        source: The file as read.
        changes: At most one `SetFields` and one `Respell` for an entry, of other fields, and one `AddEntries` for
            a list.

    Returns:
        The new text with its edits; changes that an alias, a merged mapping or a comment inside a
        value prevents are not made, but returned as `refused`. So are, of several, those few
        that cannot be proved.

    Raises:
        FileError: the file cannot be read, or the result would not be exactly the announced one.
    """
    changes = list(changes)
    try:
        return _edited(source, changes)
    except UnprovedError:
        if len(changes) == 1:
            raise
    culprits = _culprits(source, changes)
    refused = {id(culprit.change) for culprit in culprits}
    edited = _edited(source, [change for change in changes if id(change) not in refused])
    return replace(edited, refused=(*edited.refused, *culprits))


def source_or_new(path: Path, new: SourceText = NEW_LIBRARY) -> SourceText:
    """The file as read, or an empty one that is to be written there.

    Raises:
        FileError: it exists and cannot be read.
    """
    if path.exists() or path.is_symlink():
        return read_source(path)
    return replace(new, path=path.as_posix())


def save(edited: Edited) -> None:
    """Replace the file by the edited text, completely or not at all; its mode and its byte order mark stay.

    Raises:
        FileError: the file has changed since it was read, is read-only, cannot be written, or is a link out of its
            checkout.
    """
    source = edited.before
    path = Path(source.path)
    if path.is_symlink() and (wrong := beside_objection(path)):
        raise FileError(wrong, path=source.path, fix="nothing was written; name the file that the link points to")
    if not source.sha256:
        if path.exists():
            fix = "nothing was written; run the command again"
            raise FileError("the file was created in the meantime", path=path.as_posix(), fix=fix)
    elif read_source(path).sha256 != source.sha256:
        fix = "nothing was written; run the command again"
        raise FileError("the file has changed since it was read", path=source.path, fix=fix)
    elif not os.access(path, os.W_OK):
        raise FileError("the file is read-only", path=source.path, fix="nothing was written")
    try:
        replace_file(path, saved_bytes(edited))
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        raise FileError(message, path=source.path, fix="nothing was written") from error


def saved_bytes(edited: Edited) -> bytes:
    """The bytes of the edited file, its byte order mark included."""
    return (BOM if edited.before.bom else b"") + edited.text.encode("utf-8")


class UnprovedError(FileError):
    """The text with its edits would not hold exactly what was announced, or would not be YAML any more."""


def _edited(source: SourceText, changes: Sequence[Change]) -> Edited:
    editor = Editor(source)
    for change in changes:
        editor.take(change)
    edits = settled(editor.edits)
    text = apply_edits(source.text, edits)
    _prove(source, editor.tree, text, editor.made)
    return Edited(source, text, tuple(edits), tuple(editor.refused))


def _culprits(source: SourceText, changes: Sequence[Change]) -> list[RefusedEdit]:
    """The changes that cannot be proved, found by halving; the last one's error is raised when they are too many."""
    found: list[RefusedEdit] = []
    waiting = [list(changes)]
    while waiting:
        part = waiting.pop()
        try:
            _edited(source, part)
        except UnprovedError as error:
            if len(part) > 1:
                waiting += [part[: len(part) // 2], part[len(part) // 2 :]]
                continue
            found.append(RefusedEdit(part[0], error))
            if len(found) > MOST_CULPRITS:
                raise
    return found


class Editor:
    """A file's tree and the edits that changes need; `edit` proves them, this alone does not.

    Raises:
        FileError: the file cannot be read.
    """

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.tree = read_tree(source)
        self.edits: list[Edit] = []
        self.made: list[SetFields | AddEntries | AddMonograph] = []
        self.refused: list[RefusedEdit] = []
        self._layout = Layout(source)
        self._lists: dict[str, SequenceNode | None] = {}

    def take(self, change: Change) -> list[Edit]:
        """Add the edits of one change, and return them; what cannot be made is added to `refused`."""
        layout = self._layout
        try:
            match change:
                case AddEntries():
                    listed = self._list(change.within)
                    if listed is not None:
                        edits = list_edits(layout, self.tree, listed, change.entries)
                    else:
                        edits = new_list_edits(layout, self.tree, change.within, change.entries)
                    made: SetFields | AddEntries | AddMonograph = change
                case SetFields():
                    entry = self._entry(change.within, change.index)
                    edits, obstacles = entry_edits(
                        layout, entry, change.fields, change.removed, claim_rank if change.within == CLAIMS else rank
                    )
                    if obstacles and PREVIOUS in change.fields:  # another source's: all of it or nothing
                        raise next(iter(obstacles.values()))
                    for key, obstacle in obstacles.items():
                        self._refuse(replace(change, fields={key: change.fields[key]}), obstacle)
                    fields = {key: value for key, value in change.fields.items() if key not in obstacles}
                    made = replace(change, fields=fields)
                case Respell():
                    entry = self._entry(REFERENCES, change.index)
                    edits, value = respelling_edits(layout, entry, change.key, change.text, change.parts)
                    made = SetFields(change.index, {change.key: value})
                case AddMonograph():
                    edits, made = [_before_all(layout, self.tree, change.fields)], change
        except Obstacle as obstacle:
            self._refuse(change, obstacle)
            return []
        self.made.append(made)
        self.edits += edits
        return settled(edits)

    def _entry(self, within: str, index: int) -> Node:
        found = self._list(within)
        if found is None:
            raise Obstacle(f"the file has no {within} list", 0, "add it first")
        if self._layout.is_repeated(found) or found.shared.startswith("*"):
            raise Obstacle(
                f"an alias repeats the {within} list", found.start, "replace the alias with a copy of the list first"
            )
        return found.items[index]

    def _list(self, key: str) -> SequenceNode | None:
        """The list of this key; None where one other than the references' is still to be written."""
        if key not in self._lists:
            of_references = key == REFERENCES
            self._lists[key] = references_of(self.source, self.tree) if of_references else list_of(self.tree, key)
        return self._lists[key]

    def _refuse(self, change: Change, obstacle: Obstacle) -> None:
        self.refused.append(RefusedEdit(change, self.source.error(obstacle.what, obstacle.offset, obstacle.fix)))


def references_of(source: SourceText, root: Node | None) -> SequenceNode:
    """The list of references in the tree.

    Raises:
        FileError: there is none.
    """
    found = list_of(root, REFERENCES)
    if found is not None:
        return found
    raise source.error("the file has no references list", 0, "the smallest valid file is 'references: []'")


def _before_all(layout: Layout, root: Node | None, fields: Fields) -> Edit:
    """The edit that writes the monograph's block before the first key, below what comments come before that."""
    if not isinstance(root, MappingNode) or not root.own or layout.is_flow(root):
        raise Obstacle("the file uses braces at the top level", 0, f"add `{MONOGRAPH}:` by hand")
    begin = layout.begin(root)
    lines = field_lines(MONOGRAPH, fields)
    return Edit(begin, begin, "".join(line + layout.newline for line in [*lines, ""]), MONOGRAPH)


def list_of(root: Node | None, key: str) -> SequenceNode | None:
    """The list under this key at the top of the file, if there is one."""
    pair = pair_of(root, key)
    return pair.value if pair is not None and isinstance(pair.value, SequenceNode) else None


class Obstacle(Exception):  # noqa: N818 - reported as a FileError, or noted
    """Why a change cannot be made by editing the text, at an offset."""

    def __init__(self, what: str, offset: int, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset
        self.fix = fix


# Fields of one entry: replaced where they are, or added in their place


def entry_edits(
    layout: Layout,
    entry: Node,
    fields: Fields,
    removed: Sequence[str] = (),
    ranked: Callable[[str], int] = rank,
) -> tuple[list[Edit], dict[str, Obstacle]]:
    """The edits for the fields of one entry, and what prevents the others, by key.

    A value that is shared through an anchor, merged from elsewhere or holds comments is left alone. A field that is
    removed is first written over by the first new one, if there is one, so that the entry never loses its beginning.

    Raises:
        Obstacle: the entry itself is shared, or is none; a field to be removed is shared or holds comments.
    """
    if not isinstance(entry, MappingNode):
        raise Obstacle("this entry has no fields", entry.start, "fix it by hand")
    if entry.shared.startswith("*") or layout.is_repeated(entry):
        raise _shared(entry, "this entry")
    edits: list[Edit] = []
    obstacles: dict[str, Obstacle] = {}
    new: dict[str, Value] = {}
    for key, value in fields.items():
        pair = pair_of(entry, key)
        if pair is None:
            new[key] = value
            continue
        try:
            edits += replaced(layout, entry, pair, value)
        except Obstacle as obstacle:
            obstacles[key] = obstacle
    if removed:
        edits += _without(layout, entry, removed, new)
    return edits + (_added(layout, entry, new, ranked) if new else []), obstacles


def _without(layout: Layout, entry: MappingNode, removed: Sequence[str], new: dict[str, Value]) -> list[Edit]:
    """The edits that take fields away; one of the `new` fields, taken out of these, gets the place of the first."""
    pairs = [pair for pair in entry.own if pair.key.value in removed]
    for pair in pairs:
        require_own(layout, entry, pair)
        if layout.holds_comment(pair.value):
            what = f"a comment inside {printable(pair.key.value)} would be lost"
            raise Obstacle(what, pair.value.start, "move it by hand")
    flow, edits = layout.is_flow(entry), list[Edit]()
    for pair in pairs:
        begin, end = pair.key.start, layout.end(pair.value)
        about = _name(entry, pair.key.value)
        if new:
            key = next(iter(new))
            value = new.pop(key)
            if flow:
                json_like = pair.key.style == '"'
                written = f"{flow_text(key, json_like=json_like)}: {flow_text(value, json_like=json_like)}"
            else:
                written = (layout.newline + " " * layout.key_column(begin)).join(field_lines(key, value))
            edits.append(Edit(begin, end, written, about))
            continue
        at = entry.own.index(pair)
        if flow:
            begin, end = (layout.end(entry.own[at - 1].value), end) if at else (begin, entry.own[1].key.start)
        elif at == 0:
            raise Obstacle(f"{printable(pair.key.value)} is the first field of its entry", begin, "move it by hand")
        elif not layout.text[end : layout.line_end(end)].strip():
            begin, end = layout.line_end(layout.end(entry.own[at - 1].value)), layout.line_end(end)
            begin = max(begin, layout.text.rfind("\n", 0, pair.key.start))
        edits.append(Edit(begin, end, "", about))
    return edits


def _shared(node: Node, what: str) -> Obstacle:
    if node.shared.startswith("*"):
        return Obstacle(
            f"{what} is an alias ({printable(node.shared)})", node.start, "replace the alias with its content first"
        )
    return Obstacle(f"an alias elsewhere repeats {what}", node.start, "replace that alias with its content first")


def _name(entry: MappingNode, key: str) -> str:
    pair = pair_of(entry, "id")
    return f"{pair.value.value if pair is not None and isinstance(pair.value, ScalarNode) else '?'}: {key}"


def require_own(layout: Layout, entry: MappingNode, pair: PairNode) -> None:
    """Raise an Obstacle for an entry or a value that an alias repeats or that is merged from elsewhere."""
    if entry.shared.startswith("*") or layout.is_repeated(entry):
        raise _shared(entry, "this entry")
    if not any(own is pair for own in entry.own):
        fix = "write the field in the entry itself first"
        raise Obstacle(f"{printable(pair.key.value)} is merged from another mapping (<<)", entry.start, fix)
    node = pair.value
    if node.shared.startswith("*") or layout.is_repeated(node) or layout.is_shared(node):
        raise _shared(node, printable(pair.key.value))


def replaced(layout: Layout, entry: MappingNode, pair: PairNode, value: Value) -> list[Edit]:
    """The edits that give a field of an entry another value.

    Raises:
        Obstacle: the value is shared or merged, or holds a comment that would be lost.
    """
    require_own(layout, entry, pair)
    key, node = pair.key.value, pair.value
    if layout.holds_comment(node) and not _stays_block(node, value):
        what = f"a comment inside {printable(key)} would be lost"
        raise Obstacle(what, node.start, "edit it by hand, or move the comment")
    flow = layout.is_flow(entry)
    about = _name(entry, key)
    json_like = flow and pair.key.style == '"'
    if isinstance(value, str):
        return _as_text(layout, pair, value, flow=flow, about=about)
    begin, end = layout.span(node)
    if flow or layout.is_flow(node):
        return [Edit(begin, end, _spaced(layout, begin, flow_text(value, json_like=json_like)), about)]
    if isinstance(node, SequenceNode) == isinstance(value, list | tuple) and not isinstance(node, ScalarNode):
        indent = layout.newline + " " * layout.column(begin)
        return [Edit(begin, end, indent.join(block_lines(value)), about)]
    begin = _after_colon(layout, pair)
    indent = layout.newline + " " * layout.column(pair.key.start)
    return [Edit(begin, end, indent.join(field_lines("", value))[1:], about)]


def _stays_block(node: Node, value: Value) -> bool:
    """Whether a text in literal or folded form can be replaced within that form, with its header's comment."""
    is_block = isinstance(node, ScalarNode) and node.style in {"|", ">"}
    return is_block and isinstance(value, str) and value == value.strip() and value.isprintable()


def _as_text(layout: Layout, pair: PairNode, text: str, *, flow: bool, about: str) -> list[Edit]:
    node = pair.value
    begin, end = layout.span(node)
    if isinstance(node, ScalarNode):
        if _stays_block(node, text):
            return _as_block(layout, pair, node, text, about)
        if begin == end:
            begin = end = _place_of_empty_value(layout, pair)
        like = node.style if node.style not in {"|", ">"} else "unlike"
        written = scalar(text, flow=flow, like=like if node.value else "unlike", before=node.value)
        return [Edit(begin, end, _spaced(layout, begin, written), about)]
    written = double_quoted(text) if flow and pair.key.style == '"' else scalar(text, flow=flow)
    if not layout.is_flow(node):
        begin = _after_colon(layout, pair)
    return [Edit(begin, end, _spaced(layout, begin, written), about)]


def _spaced(layout: Layout, begin: int, written: str) -> str:
    """With a space before it where there is none after the colon."""
    before = layout.text[begin - 1 : begin]
    return written if before.isspace() or before in {"[", "{", ""} else f" {written}"


def _after_colon(layout: Layout, pair: PairNode) -> int:
    """After the colon of a pair, where a value of another shape may begin."""
    colon = _COLON.match(layout.text, pair.key.end)
    between = layout.text[colon.end() : layout.begin(pair.value)] if colon else "?"
    if colon is None or between.strip():
        what = f"there is a comment, an anchor or a '?' next to {printable(pair.key.value)}"
        raise Obstacle(what, pair.key.start, "edit it by hand")
    return colon.end()


def _place_of_empty_value(layout: Layout, pair: PairNode) -> int:
    """Where the value of a key without one is to be written."""
    colon = _COLON.match(layout.text, pair.key.end)
    if colon is None or pair.value.shared:
        what = f"{printable(pair.key.value)} has no colon or has an anchor"
        raise Obstacle(what, pair.key.start, "edit it by hand")
    return colon.end()


def _as_block(layout: Layout, pair: PairNode, node: ScalarNode, text: str, about: str) -> list[Edit]:
    """A folded text stays one, with its header's comment, indented and about as wide as before."""
    header = _HEADER.match(layout.text, node.start)
    first = layout.after_break(layout.line_end(node.start))
    end = node.start + len(layout.text[node.start : node.end].rstrip())
    lines = layout.text[first:end].splitlines()
    if header is None or not any(line.strip() for line in lines):
        return [Edit(node.start, node.start + len(header[0]) if header else node.end, scalar(text), about)]
    indent = min(len(line) - len(line.lstrip(" ")) for line in lines if line.strip())
    if indent <= layout.column(pair.key.start):
        raise Obstacle(f"{printable(pair.key.value)} has unusual indentation", node.start, "edit it by hand")
    width = max(_NARROWEST, max(map(len, lines)) - indent)
    body = (layout.newline + " " * indent).join(_wrapped(text, width))
    edits = [Edit(first, end, " " * indent + body, about)]
    if header[0] != ">-":
        edits.append(Edit(node.start, node.start + len(header[0]), ">-", about))
    return edits


def _wrapped(text: str, width: int) -> list[str]:
    """Lines that fold back into the text: broken at single spaces only."""
    lines: list[str] = []
    line = ""
    for word in re.split(r"(?<=\S) (?=\S)", text):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def _added(layout: Layout, entry: MappingNode, fields: Fields, ranked: Callable[[str], int]) -> list[Edit]:
    """New fields, each after the present field that it belongs after by rank; several at one place in their order."""
    own = list(entry.own)
    groups: dict[int, dict[str, Value]] = {}
    for key in sorted(fields, key=ranked):
        before = [at for at, pair in enumerate(own) if ranked(pair.key.value) <= ranked(key)]
        groups.setdefault(max(before, key=lambda at: (ranked(own[at].key.value), at)) if before else -1, {})[key] = (
            fields[key]
        )
    write = _added_in_flow if layout.is_flow(entry) else _added_in_block
    return [edit for at, group in groups.items() for edit in write(layout, entry, own, at, group)]


def keep_literal_end(layout: Layout, node: Node) -> list[Edit]:
    """The edit that a literal text at the very end of the file needs when something is written after it."""
    chomped = layout.chomped(node)
    return [] if chomped is None else [Edit(*chomped, "the text at the end of the file", yields=True)]


def _added_in_flow(layout: Layout, entry: MappingNode, own: list[PairNode], at: int, fields: Fields) -> list[Edit]:
    json_like = any(pair.key.style == '"' for pair in own)
    written = [
        f"{flow_text(key, json_like=json_like)}: {flow_text(value, json_like=json_like)}"
        for key, value in fields.items()
    ]
    about = ", ".join(_name(entry, key) for key in fields)
    if at >= 0:
        end = layout.end(own[at].value)
        return [Edit(end, end, "".join(f", {text}" for text in written), about)]
    begin = layout.begin(entry) + 1
    separator = ", " if own else ""
    return [Edit(begin, begin, ", ".join(written) + separator, about)]


def _added_in_block(layout: Layout, entry: MappingNode, own: list[PairNode], at: int, fields: Fields) -> list[Edit]:
    if not own:
        raise Obstacle("this entry has no fields of its own", entry.start, "add one by hand first")
    first = own[0].key.start
    indent = " " * layout.key_column(first)
    lines = [line for key, value in fields.items() for line in field_lines(key, value)]
    about = ", ".join(_name(entry, key) for key in fields)
    if at < 0:
        first -= 2 if layout.text[max(0, first - 2) : first] == "? " else 0
        return [Edit(first, first, "".join(line + layout.newline + indent for line in lines), about)]
    value = own[at].value
    end = layout.end(value)
    if layout.keeps_breaks(value):
        return [Edit(end, end, "".join(indent + line + layout.newline for line in lines), about)]
    end = layout.line_end(end)
    added = Edit(end, end, "".join(layout.newline + indent + line for line in lines), about)
    return [*keep_literal_end(layout, value), added]


# Entries at the end of a list: the references, or the waivers


def list_edits(layout: Layout, root: Node | None, references: SequenceNode, entries: Sequence[Fields]) -> list[Edit]:
    """The edits that add these entries after the last one, in the style of the list.

    Raises:
        Obstacle: the list is an alias, or repeated by one.
    """
    if not entries:
        return []
    if references.shared.startswith("*") or layout.is_repeated(references):
        raise Obstacle("an alias repeats the list", references.start, "replace the alias with a copy of the list first")
    about = _named(entries)
    if not layout.is_flow(references):
        return _after_last(layout, references, entries, about)
    pairs = root.pairs if isinstance(root, MappingNode) else ()
    pair = next((pair for pair in pairs if pair.value is references), None)
    if references.items or pair is None or (root is not None and layout.is_flow(root)):
        return [_in_brackets(layout, references, entries, about)]
    return _instead_of_brackets(layout, pair, entries, about)


def new_list_edits(layout: Layout, root: Node | None, key: str, entries: Sequence[Fields]) -> list[Edit]:
    """The edits that write a list that is not there yet, after everything else in the file.

    Raises:
        Obstacle: the key is there with another value, or the file is not a mapping of its own.
    """
    if not isinstance(root, MappingNode) or not root.own:
        raise Obstacle("the file is not a mapping", 0, f"add '{key}:' by hand")
    if not entries:
        return []
    about = _named(entries)
    there = pair_of(root, key)
    if there is not None:
        return _below_key(layout, root, there, entries)
    if layout.is_flow(root):
        end = layout.end(root.own[-1].value)
        json_like = all(pair.key.style == '"' for pair in root.own)
        name = flow_text(key, json_like=json_like)
        return [Edit(end, end, f", {name}: {flow_text(list(entries), json_like=json_like)}", about)]
    margin = " " * layout.key_column(root.own[0].key.start)
    dash = _dash_like(layout, root, margin)
    last = root.own[-1].value
    lines = ["", f"{margin}{key}:", *_lines(entries, f"{dash}- ", f"{dash}  ")]
    end = layout.end(last)
    if layout.keeps_breaks(last):
        return [Edit(end, end, "".join(line + layout.newline for line in lines[1:]), about)]
    end = layout.line_end(end)
    added = Edit(end, end, "".join(layout.newline + line for line in lines), about)
    return [*keep_literal_end(layout, last), added]


def _dash_like(layout: Layout, root: MappingNode, margin: str) -> str:
    """The indentation of the dashes of the file's other lists; two spaces where there is none."""
    lists = (pair.value for pair in root.own if isinstance(pair.value, SequenceNode) and not layout.is_flow(pair.value))
    begin = next((layout.begin(listed) for listed in lists if not listed.shared.startswith("*")), None)
    return margin + "  " if begin is None else " " * layout.column(begin)


def _below_key(layout: Layout, root: MappingNode, pair: PairNode, entries: Sequence[Fields]) -> list[Edit]:
    """Entries below a key that has no value yet; what is not empty is left alone."""
    value = pair.value
    if not isinstance(value, ScalarNode) or value.value or value.shared:
        raise Obstacle(f"{pair.key.value} is not a list", pair.key.start, f"write '{pair.key.value}: []' there first")
    dash = _dash_like(layout, root, " " * layout.key_column(pair.key.start))
    at = layout.line_end(pair.key.end)
    lines = _lines(entries, f"{dash}- ", f"{dash}  ")
    return [Edit(at, at, "".join(layout.newline + line for line in lines), _named(entries))]


def _named(entries: Sequence[Fields]) -> str:
    return ", ".join(str(entry.get("id") or entry.get("code", "new entry")) for entry in entries)


def _lines(entries: Sequence[Fields], dash: str, keys: str) -> list[str]:
    """The lines of entries, a blank one between two of them."""
    lines: list[str] = []
    for entry in entries:
        lines += [*([""] if lines else []), *_entry_lines(entry, dash, keys)]
    return lines


def _entry_lines(entry: Fields, dash: str, keys: str) -> list[str]:
    lines = [line for key, value in entry.items() for line in field_lines(key, value)]
    return [(dash if number == 0 else keys) + line for number, line in enumerate(lines)]


def _after_last(layout: Layout, references: SequenceNode, entries: Sequence[Fields], about: str) -> list[Edit]:
    begin = layout.begin(references)
    dash = " " * layout.column(begin)
    if layout.text[begin : begin + 1] != "-":
        raise Obstacle("the list has an unusual layout", begin, "add the entry by hand")
    first = references.items[0]
    gap = layout.text[begin + 1 : first.start]
    space = gap if gap and not gap.strip(" ") else " "
    last = references.items[-1]
    apart = _blank_between(layout, references)
    lines: list[str] = []
    for entry in entries:
        lines += ["", *_entry_lines(entry, f"{dash}-{space}", f"{dash} {' ' * len(space)}")][0 if apart else 1 :]
    end = layout.end(last)
    if layout.keeps_breaks(last):
        return [Edit(end, end, "".join(line + layout.newline for line in lines[apart:]), about)]
    end = layout.line_end(end)
    added = Edit(end, end, "".join(layout.newline + line for line in lines), about)
    return [*keep_literal_end(layout, last), added]


def _blank_between(layout: Layout, references: SequenceNode) -> bool:
    """Whether there are blank lines between the last two entries; of one alone, whether it fills several lines."""
    if len(references.items) < 2:
        only = references.items[0]
        return bool(_BREAK.search(layout.text, layout.begin(only), layout.end(only)))
    before, last = references.items[-2:]
    return bool(_BLANK_LINE.search(layout.text, layout.end(before), layout.begin(last)))


def _in_brackets(layout: Layout, references: SequenceNode, entries: Sequence[Fields], about: str) -> Edit:
    keys = [pair.key for item in references.items[-1:] if isinstance(item, MappingNode) for pair in item.pairs]
    json_like = any(key.style == '"' for key in keys)
    written = [flow_text(entry, json_like=json_like) for entry in entries]
    begin = layout.begin(references)
    if not references.items:
        return Edit(begin + 1, begin + 1, ", ".join(written), about)
    last = references.items[-1]
    between = ","
    if layout.text[layout.line_start(last.start) : last.start].strip(" \t") == "":
        between += layout.newline + layout.text[layout.line_start(last.start) : last.start]
    else:
        between += " "
    end = layout.end(last)
    return Edit(end, end, "".join(between + text for text in written), about)


def _instead_of_brackets(layout: Layout, pair: PairNode, entries: Sequence[Fields], about: str) -> list[Edit]:
    """Entries below `references:` where `[]` stood; a comment on that line stays there."""
    begin, end = layout.begin(pair.value), layout.end(pair.value)
    lines = _lines(entries, "  - ", "    ")
    if "#" in layout.text[begin:end] or layout.column(begin) == 0:
        raise Obstacle("there is a comment inside the empty list", begin, "add the entry by hand")
    start = begin
    while layout.text[start - 1] in " \t":
        start -= 1
    at = layout.line_end(end)
    return [Edit(start, end, "", about), Edit(at, at, "".join(layout.newline + line for line in lines), about)]


# Characters of one text: quotes, escapes and line ends of all others are preserved


def respelling_edits(layout: Layout, entry: Node, key: str, text: str, parts: Sequence[Part]) -> tuple[list[Edit], str]:
    """The edits that replace these parts of a field's text, and the full value that it then has.

    Where a part cannot be spelled in place (a text without quotes that now needs them, a space at a folded line end),
    the text is rewritten in the form that it has.

    Raises:
        Obstacle: the text is shared, merged from elsewhere, or was not read literally.
    """
    pair = pair_of(entry, key)
    node = pair.value if pair is not None else None
    if pair is None or not isinstance(entry, MappingNode) or not isinstance(node, ScalarNode):
        raise Obstacle(f"the entry has no {printable(key)}", entry.start, "fix it by hand")
    require_own(layout, entry, pair)
    if not node.value.startswith(text):
        raise Obstacle(f"{printable(key)} contains control characters", node.start, "remove them first")
    edits = [Edit(*part) for part in parts]
    value = apply_edits(node.value, edits)
    in_place = _in_place(layout, node, parts, value, flow=layout.is_flow(entry))
    if in_place is not None:
        about = _name(entry, key)
        return [Edit(edit.start, edit.end, edit.text, about) for edit in in_place], value
    full = apply_edits(text, edits)
    return replaced(layout, entry, pair, full), full


def _in_place(layout: Layout, node: ScalarNode, parts: Sequence[Part], value: str, *, flow: bool) -> list[Edit] | None:
    """The edits within the scalar, if it then reads as the value and nothing else."""
    spans = spelling(layout.text, node)
    if spans is None or (node.style is None and not is_plain(value, flow=flow)):
        return None
    if node.style != '"' and not all(text.isprintable() for _, _, text in parts):
        return None
    edits = []
    for first, end, text in parts:
        start = spans[first][0] if first < end else spans[first - 1][1] if first else spans[0][0]
        if node.style == "'":
            written = text.replace("'", "''")
        else:
            written = double_quoted(text)[1:-1] if node.style == '"' else text
        edits.append(Edit(start, spans[end - 1][1] if first < end else start, written))
    raw = layout.text[node.start : node.end]
    moved = [Edit(edit.start - node.start, edit.end - node.start, edit.text) for edit in edits]
    new = apply_edits(raw, moved)
    return edits if spelling(new, ScalarNode(value, 0, len(new), node.style)) is not None else None


# The proof: whether one tree differs from another exactly by the changes that were announced


@dataclass(slots=True)
class Announced:
    """What is to be different in one list at the top of the file.

    `fields` are the values of entries, by their index and the field's key, `removed` the keys that they lose, `added`
    the entries at its end.
    """

    fields: dict[int, Fields] = field(default_factory=dict)
    removed: dict[int, frozenset[str]] = field(default_factory=dict)
    added: list[Fields] = field(default_factory=list)


def _prove(
    source: SourceText, tree: Node | None, text: str, made: Sequence[SetFields | AddEntries | AddMonograph]
) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise FileError("the file would grow beyond 20 MB", path=source.path, fix="split it into several files")
    lists = {change.within: Announced() for change in made if not isinstance(change, AddMonograph)}
    head = next((change.fields for change in made if isinstance(change, AddMonograph)), None)
    for change in made:
        if isinstance(change, AddMonograph):
            continue
        if isinstance(change, SetFields):
            fields = lists[change.within].fields
            fields[change.index] = {**fields.get(change.index, {}), **change.fields}
            lists[change.within].removed[change.index] = frozenset(change.removed)
        else:
            lists[change.within].added += change.entries
    fix = "nothing was written; make the change by hand"
    try:
        again = read_tree(replace(source, text=text))
    except FileError as error:
        message = f"the edit would break the file ({error.what}, line {error.line})"
        raise UnprovedError(message, path=source.path, fix=fix) from None
    what = None
    if head is not None and isinstance(again, MappingNode):
        if not again.pairs or again.pairs[0].key.value != MONOGRAPH or not reads_as(again.pairs[0].value, head):
            what = MONOGRAPH
        again = again._replace(pairs=again.pairs[1:])
    what = what or difference(tree, again, lists)
    if what is not None:
        raise UnprovedError(f"the edit would change more than it should ({what})", path=source.path, fix=fix)


def difference(before: Node | None, after: Node | None, lists: Mapping[str, Announced]) -> str | None:
    """What differs although it should not, or is not as announced; None when all is as it should be.

    A list that is not there before is one more key at the end of the file.

    Args:
        before: The tree of the text as it was.
        after: The tree of the edited text.
        lists: What is announced, by the key of its list.
    """
    if not isinstance(before, MappingNode) or not isinstance(after, MappingNode):
        return "the file as a whole"
    had = [pair.key.value for pair in before.pairs]
    added_keys = [key for key in lists if key not in had and lists[key].added]
    if [*had, *added_keys] != [pair.key.value for pair in after.pairs]:
        return "the top-level keys"
    waiting = dict(lists)
    for old, new in zip(before.pairs, after.pairs, strict=False):
        announced = waiting.pop(old.key.value, None)
        if announced is not None:
            what = _list_difference(old.value, new.value, announced)
            if what is not None:
                return f"{what} of {printable(old.key.value)}"
        elif not same(old.value, new.value):
            return printable(old.key.value)
    for pair in after.pairs[len(had) :]:
        if not reads_as(pair.value, lists[pair.key.value].added):
            return printable(pair.key.value)
    return None


def same(before: Node, after: Node) -> bool:
    """Whether two nodes say the same, wherever they are and in whatever quotes.

    An empty value, `~` and `null` without quotes say nothing, which is not the same as the quoted word.
    """
    if isinstance(before, ScalarNode):
        return isinstance(after, ScalarNode) and (before.value, before.is_empty) == (after.value, after.is_empty)
    if isinstance(before, SequenceNode):
        if not isinstance(after, SequenceNode) or len(before.items) != len(after.items):
            return False
        return all(same(old, new) for old, new in zip(before.items, after.items, strict=True))
    if not isinstance(after, MappingNode) or len(before.pairs) != len(after.pairs):
        return False
    pairs = zip(before.pairs, after.pairs, strict=True)
    return all(old.key.value == new.key.value and same(old.value, new.value) for old, new in pairs)


def reads_as(node: Node, value: Value) -> bool:
    """Whether a node reads as this value."""
    if isinstance(value, str):
        return isinstance(node, ScalarNode) and node.value == value
    if isinstance(value, Mapping):
        return (
            isinstance(node, MappingNode)
            and [pair.key.value for pair in node.pairs] == list(value)
            and all(reads_as(pair.value, value[pair.key.value]) for pair in node.pairs)
        )
    return (
        isinstance(node, SequenceNode)
        and len(node.items) == len(value)
        and all(reads_as(item, inner) for item, inner in zip(node.items, value, strict=True))
    )


def _list_difference(before: Node, after: Node, announced: Announced) -> str | None:
    fields, added = announced.fields, announced.added
    if isinstance(before, ScalarNode) and before.is_empty:
        before = SequenceNode((), before.start, before.end)  # a key without a value, which gets its first entries
    if not isinstance(before, SequenceNode) or not isinstance(after, SequenceNode):
        return "the list"
    if len(after.items) != len(before.items) + len(added):
        return "the number of entries"
    for index, old in enumerate(before.items):
        new = after.items[index]
        if (gone := announced.removed.get(index)) and isinstance(old, MappingNode):
            old = old._replace(pairs=tuple(pair for pair in old.pairs if pair.key.value not in gone))  # noqa: PLW2901 - without what was announced
        if not (same(old, new) if index not in fields else _is_changed(old, new, fields[index])):
            return f"entry {index + 1}"
    for number, (new, entry) in enumerate(zip(after.items[len(before.items) :], added, strict=True), 1):
        if not reads_as(new, entry):
            return f"new entry {number}"
    return None


def _is_changed(before: Node, after: Node, fields: Fields) -> bool:
    """Whether `after` is `before` with these fields set: the first of its key, else one more pair."""
    if not isinstance(before, MappingNode) or not isinstance(after, MappingNode):
        return False
    had = {pair.key.value for pair in before.pairs}
    present = [pair for pair in after.pairs if pair.key.value in had or pair.key.value not in fields]
    more = [pair for pair in after.pairs if pair.key.value not in had and pair.key.value in fields]
    return (
        len(present) == len(before.pairs)
        and sorted(pair.key.value for pair in more) == sorted(key for key in fields if key not in had)
        and all(reads_as(pair.value, fields[pair.key.value]) for pair in more)
        and _pairs_changed(before.pairs, present, fields)
    )


def _pairs_changed(before: Sequence[PairNode], after: Sequence[PairNode], fields: Fields) -> bool:
    open_fields = dict(fields)
    for old, new in zip(before, after, strict=True):
        key = old.key.value
        if key != new.key.value:
            return False
        if key in open_fields:
            if not reads_as(new.value, open_fields.pop(key)):
                return False
        elif not same(old.value, new.value):
            return False
    return True


def same_but_order(before: Node, after: Node) -> bool:
    """Whether two files say the same, the order of keys within each entry of its lists apart.

    Of a repeated key the first is still the first.
    """
    return same(_in_key_order(before), _in_key_order(after))


def _in_key_order(root: Node) -> Node:
    if not isinstance(root, MappingNode):
        return root
    done: set[str] = set()
    pairs = []
    for pair in root.pairs:
        key, entries = pair.key.value, pair.value
        if key in LISTS and key not in done and isinstance(entries, SequenceNode):
            items = (
                item._replace(pairs=tuple(sorted(item.pairs, key=lambda own: own.key.value)))
                if isinstance(item, MappingNode)
                else item
                for item in entries.items
            )
            pair = pair._replace(value=entries._replace(items=tuple(items)))  # noqa: PLW2901 - the same pair in order
        done.add(key)
        pairs.append(pair)
    return root._replace(pairs=tuple(pairs))
