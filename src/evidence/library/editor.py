"""Where things end and what stands between them in a file's text: what splicing needs beside the tree.

libyaml lets a block collection end where the next token begins, behind comments and blank lines; an
editor wants the end of what is said.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence as AnySequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from evidence.library import yaml as nodes
from evidence.library.fields import rank
from evidence.library.files import BOM, LARGEST, SourceText, read_source, replace_file
from evidence.library.scalars import (
    Span,
    Value,
    block_lines,
    double_quoted,
    field_lines,
    flow_text,
    is_plain,
    scalar,
    spelling,
)
from evidence.library.yaml import ANCHOR, MappingNode, Node, PairNode, ScalarNode, SequenceNode, printable, read_tree
from evidence.model.errors import FileError

# Where things end and what stands between them in a file's text: what splicing needs beside the tree.

_ANCHOR_NAME = re.compile(r"&([\w-]+)")
_ALIAS_NAME = re.compile(r"\*([\w-]+)")
_LINE_END = re.compile(r"\r\n|\n|\r")
_HEADER_LAYOUT = re.compile(r"[|>][0-9+-]*")
_DASHES = re.compile(r"[ \t]*(?:-[ \t]+)*")
_COMMENT = re.compile(r"(?:^|[ \t])#.*")


class Layout:
    """A file's text seen as lines, indentation and extents. Offsets count code points from 0."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.text = source.text
        first = _LINE_END.search(source.text)
        self.newline = first[0] if first else "\n"
        self._aliases = frozenset(_ALIAS_NAME.findall(source.text)) if "*" in source.text else frozenset[str]()

    def line_start(self, offset: int) -> int:
        """Where the line of this offset begins."""
        return offset - self.column(offset)

    def line_end(self, offset: int) -> int:
        """Where the line of this offset ends, before its line break."""
        end = _LINE_END.search(self.text, offset)
        return end.start() if end else len(self.text)

    def after_break(self, offset: int) -> int:
        """Behind the line break that stands at this offset, if one does."""
        end = _LINE_END.match(self.text, offset)
        return end.end() if end else offset

    def column(self, offset: int) -> int:
        """How many characters stand before this offset on its line."""
        return self.source.place(offset).column - 1

    def key_column(self, key: int) -> int:
        """The column of the block mapping whose first key begins at this offset, behind dashes."""
        line = self.line_start(key)
        before = _DASHES.match(self.text, line, key)
        return before.end() - line if before else key - line

    def is_flow(self, node: Node) -> bool:
        """Whether a collection is written in brackets or braces."""
        return not isinstance(node, ScalarNode) and self.text[self.begin(node) : self.begin(node) + 1] in {"[", "{"}

    def begin(self, node: Node) -> int:
        """Where a value itself begins, behind its anchor."""
        if not node.shared.startswith("&") or self.text[node.start : node.start + 1] != "&":
            return node.start
        anchor = ANCHOR.match(self.text, node.start)
        return anchor.end() if anchor else node.start

    def keeps_breaks(self, node: Node) -> bool:
        """Whether this is, or ends in, a block scalar that keeps the blank lines behind it (`|+`)."""
        last = self._last(node)
        if last is None or not self.is_block_scalar(last):
            return False
        if not isinstance(node, ScalarNode) and self._end_of_rest(last.end, node.end) > last.end:
            return False  # a merge stands behind it
        header = _HEADER_LAYOUT.match(self.text, last.start)
        return bool(header and "+" in header[0]) and self._is_ended(last)

    def chomped(self, node: Node) -> tuple[int, int, str] | None:
        """What makes a literal text that the file breaks off at say the same when lines follow it.

        Such a text has no line break at its end; with lines behind it, it would gain one. Start, end and
        new form of its header (`|-`); None for all other texts.
        """
        last = self._last(node)
        if last is None or not self.is_block_scalar(last) or self._is_ended(last):
            return None
        header = _HEADER_LAYOUT.match(self.text, last.start)
        if header is None or "-" in header[0]:
            return None
        return header.start(), header.end(), header[0].replace("+", "") + "-"

    def _is_ended(self, node: Node) -> bool:
        """Whether a line break stands behind what the node says."""
        return node.end < len(self.text) or self.text.endswith(("\n", "\r"))

    def is_block_scalar(self, node: Node) -> bool:
        """Whether this is, or ends in, a literal or folded text."""
        last = self._last(node)
        return isinstance(last, ScalarNode) and last.style in {"|", ">"} and not last.shared.startswith("*")

    def end(self, node: Node) -> int:
        """Where what a value says ends: comments and blank lines behind it are left out."""
        if node.shared.startswith("*") or self.is_flow(node):
            return node.end
        if isinstance(node, ScalarNode):
            return self._scalar_end(node)
        last = self._last_child(node)
        known = self.begin(node) if last is None else self.end(last)
        return self._end_of_rest(known, node.end)

    def span(self, node: Node) -> tuple[int, int]:
        """Where a value begins and ends, blank lines that it keeps behind it left out: what a new value replaces."""
        begin = self.begin(node)
        return begin, begin + len(self.text[begin : self.end(node)].rstrip())

    def _scalar_end(self, node: ScalarNode) -> int:
        if node.style not in {"|", ">"} or self.keeps_breaks(node):
            return node.end
        return node.start + len(self.text[node.start : node.end].rstrip())

    def _last_child(self, node: SequenceNode | MappingNode) -> Node | None:
        if isinstance(node, SequenceNode):
            return node.items[-1] if node.items else None
        return node.own[-1].value if node.own else None

    def _last(self, node: Node) -> Node | None:
        while not isinstance(node, ScalarNode) and not self.is_flow(node) and not node.shared.startswith("*"):
            last = self._last_child(node)
            if last is None:
                return None
            node = last
        return node

    def _end_of_rest(self, known: int, end: int) -> int:
        """The end, later than `known`, of a `<<: *name` that the tree does not show any more."""
        rest = self.text[known:end]
        if "<<" not in rest:
            return known
        at = known
        for line in rest.splitlines(keepends=True):
            said = _COMMENT.sub("", line.rstrip("\r\n")).rstrip()
            if "<<" in said:
                known = at + len(said)
            at += len(line)
        return known

    def own_pair(self, mapping: MappingNode, key: str) -> PairNode | None:
        """The pair of this key that is read: the first."""
        return next((pair for pair in mapping.pairs if pair.key.value == key), None)

    def holds_comment(self, node: Node) -> bool:
        """Whether a comment stands inside a collection, or behind the `|` or `>` of a literal text."""
        return any("#" in gap for gap in self.gaps(node)) or any(
            leaf.style in {"|", ">"} and "#" in self.text[leaf.start : self.line_end(leaf.start)]
            for leaf in _leaves(node)
        )

    def is_shared(self, node: Node) -> bool:
        """Whether a value, or one inside it, has an anchor that an alias somewhere in the file may repeat."""
        return bool(self._aliases) and any(
            name in self._aliases for gap in self.gaps(node) for name in _ANCHOR_NAME.findall(gap)
        )

    def is_repeated(self, node: Node) -> bool:
        """Whether a value itself has an anchor that an alias somewhere in the file may repeat."""
        return node.shared.startswith("&") and node.shared[1:] in self._aliases

    def gaps(self, node: Node) -> Iterator[str]:
        """What stands inside a collection between its texts: indicators, blanks, comments, anchors."""
        at = node.start
        for leaf in _leaves(node):
            if at <= leaf.start <= node.end:
                yield self.text[at : leaf.start]
                at = leaf.end
        if not isinstance(node, ScalarNode):
            yield self.text[at : max(at, self.end(node))]


def _leaves(node: Node) -> Iterator[ScalarNode]:
    if node.shared.startswith("*"):
        return
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _leaves(item)
    else:
        for pair in node.own:
            yield pair.key
            yield from _leaves(pair.value)


# Edits of a text at known positions, and the text with them made.


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """The characters from `start` to `end` (code points from 0) become `text`; equal ends insert.

    `about` says which entry and field it is for. An edit that `yields` prepares its place for what other edits
    write behind it; `settled` leaves it out where another edit replaces that place.
    """

    start: int
    end: int
    text: str
    about: str = ""
    yields: bool = False


def place(edit: Edit) -> tuple[int, int]:
    """Where an edit stands; edits at one place keep their order."""
    return edit.start, edit.end


def settled(edits: Iterable[Edit]) -> list[Edit]:
    """The edits in order of place, each that yields made once, and only where no other edit replaces what it does."""
    given = list(edits)
    firm = [edit for edit in given if not edit.yields]
    yielding = {place(edit): edit for edit in given if edit.yields}.values()
    kept = [edit for edit in yielding if not any(one.start < edit.end and edit.start < one.end for one in firm)]
    return sorted([*firm, *kept], key=place)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits made; linear in its length.

    Raises:
        ValueError: two edits overlap.
    """
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=place):
        if edit.start < at:
            raise ValueError(f"edits overlap at {edit.start}: {edit.about}")
        parts += (text[at : edit.start], edit.text)
        at = edit.end
    parts.append(text[at:])
    return "".join(parts)


# The edits that give fields of one entry their values: replaced where they stand, or added in their place.

_HEADER = re.compile(r"([|>])[0-9+-]*")
_COLON = re.compile(r"[ \t]*:")
_NARROWEST = 60  # columns to which a folded text is wrapped at least


class Obstacle(Exception):  # noqa: N818 - what stands in the way is told as a FileError, or noted
    """Why a change cannot be made by splicing, at an offset."""

    def __init__(self, what: str, offset: int, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset
        self.fix = fix


def entry_edits(layout: Layout, entry: Node, fields: AnyMapping[str, Value]) -> tuple[list[Edit], dict[str, Obstacle]]:
    """The edits for the fields of one entry, and what stands in the way of the others, by key.

    A value that is shared through an anchor, merged from elsewhere or holds comments is left alone.

    Raises:
        Obstacle: the entry itself is shared, or is none.
    """
    if not isinstance(entry, MappingNode):
        raise Obstacle("this entry has no fields", entry.start, "mend it by hand")
    if entry.shared.startswith("*") or layout.is_repeated(entry):
        raise _shared(entry, "this entry")
    edits: list[Edit] = []
    obstacles: dict[str, Obstacle] = {}
    new: dict[str, Value] = {}
    for key, value in fields.items():
        pair = layout.own_pair(entry, key)
        if pair is None:
            new[key] = value
            continue
        try:
            edits += replaced(layout, entry, pair, value)
        except Obstacle as obstacle:
            obstacles[key] = obstacle
    return edits + (_added(layout, entry, new) if new else []), obstacles


def _shared(node: Node, what: str) -> Obstacle:
    if node.shared.startswith("*"):
        return Obstacle(f"{what} is an alias ({printable(node.shared)})", node.start, "write it out here first")
    return Obstacle(f"{what} is repeated elsewhere by an alias", node.start, "write it out there first")


def _name(entry: MappingNode, key: str) -> str:
    named = next((pair.value for pair in entry.pairs if pair.key.value == "id"), None)
    return f"{named.value if isinstance(named, ScalarNode) else '?'}: {key}"


def require_own(layout: Layout, entry: MappingNode, pair: PairNode) -> None:
    """Raise an Obstacle for an entry or a value that an alias repeats or that is merged from elsewhere."""
    if entry.shared.startswith("*") or layout.is_repeated(entry):
        raise _shared(entry, "this entry")
    if not any(own is pair for own in entry.own):
        fix = "write the field out in the entry itself first"
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
        told = f"a comment stands inside {printable(key)}, and would be lost"
        raise Obstacle(told, node.start, "edit it by hand, or move the comment")
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
    begin = _behind_colon(layout, pair)
    indent = layout.newline + " " * layout.column(pair.key.start)
    return [Edit(begin, end, indent.join(field_lines("", value))[1:], about)]


def _stays_block(node: Node, value: Value) -> bool:
    """Whether a text in literal or folded form can be replaced within that form, its header's comment kept."""
    is_block = isinstance(node, ScalarNode) and node.style in {"|", ">"}
    return is_block and isinstance(value, str) and value == value.strip() and value.isprintable()


def _as_text(layout: Layout, pair: PairNode, text: str, *, flow: bool, about: str) -> list[Edit]:
    node = pair.value
    begin, end = layout.span(node)
    if isinstance(node, ScalarNode):
        if _stays_block(node, text):
            return _as_block(layout, pair, node, text, about)
        if begin == end:
            begin = end = _behind_value_sign(layout, pair)
        like = node.style if node.style not in {"|", ">"} else "unlike"
        written = scalar(text, flow=flow, like=like if node.value else "unlike", before=node.value)
        return [Edit(begin, end, _spaced(layout, begin, written), about)]
    written = double_quoted(text) if flow and pair.key.style == '"' else scalar(text, flow=flow)
    if not layout.is_flow(node):
        begin = _behind_colon(layout, pair)
    return [Edit(begin, end, _spaced(layout, begin, written), about)]


def _spaced(layout: Layout, begin: int, written: str) -> str:
    """With a space before it where none stands behind the colon."""
    before = layout.text[begin - 1 : begin]
    return written if before.isspace() or before in {"[", "{", ""} else f" {written}"


def _behind_colon(layout: Layout, pair: PairNode) -> int:
    """Behind the colon of a pair, where a value of another shape may begin."""
    colon = _COLON.match(layout.text, pair.key.end)
    between = layout.text[colon.end() : layout.begin(pair.value)] if colon else "?"
    if colon is None or between.strip():
        told = f"a comment, an anchor or a '?' stands beside {printable(pair.key.value)}"
        raise Obstacle(told, pair.key.start, "edit it by hand")
    return colon.end()


def _behind_value_sign(layout: Layout, pair: PairNode) -> int:
    """Where the value of a key without one is to be written."""
    colon = _COLON.match(layout.text, pair.key.end)
    if colon is None or pair.value.shared:
        told = f"{printable(pair.key.value)} is written without a colon, or with an anchor"
        raise Obstacle(told, pair.key.start, "edit it by hand")
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
        raise Obstacle(f"{printable(pair.key.value)} is indented oddly", node.start, "edit it by hand")
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


def _added(layout: Layout, entry: MappingNode, fields: AnyMapping[str, Value]) -> list[Edit]:
    """New fields, each behind the present field that it belongs behind; several at one place in their order."""
    own = list(entry.own)
    groups: dict[int, dict[str, Value]] = {}
    for key in sorted(fields, key=rank):
        before = [at for at, pair in enumerate(own) if rank(pair.key.value) <= rank(key)]
        groups.setdefault(max(before, key=lambda at: (rank(own[at].key.value), at)) if before else -1, {})[key] = (
            fields[key]
        )
    write = _added_in_flow if layout.is_flow(entry) else _added_in_block
    return [edit for at, group in groups.items() for edit in write(layout, entry, own, at, group)]


def keep_literal_end(layout: Layout, node: Node) -> list[Edit]:
    """The edit that a literal text at the very end of the file needs when something is written behind it."""
    chomped = layout.chomped(node)
    return [] if chomped is None else [Edit(*chomped, "the text at the end of the file", yields=True)]


def _added_in_flow(
    layout: Layout, entry: MappingNode, own: list[PairNode], at: int, fields: AnyMapping[str, Value]
) -> list[Edit]:
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
    behind = ", " if own else ""
    return [Edit(begin, begin, ", ".join(written) + behind, about)]


def _added_in_block(
    layout: Layout, entry: MappingNode, own: list[PairNode], at: int, fields: AnyMapping[str, Value]
) -> list[Edit]:
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


# The edits that put entries at the end of a list: the references, or the waivers.

_BREAK = re.compile(r"[\r\n]")
_BLANK_LINE = re.compile(r"(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)")

REFERENCES = "references"
"""The key of the list that every library has."""

Entries = AnySequence[AnyMapping[str, Value]]


def list_edits(layout: Layout, root: Node | None, references: SequenceNode, entries: Entries) -> list[Edit]:
    """The edits that add these entries behind the last one, in the style of the list.

    Raises:
        Obstacle: the list is an alias, or repeated by one.
    """
    if not entries:
        return []
    if references.shared.startswith("*") or layout.is_repeated(references):
        raise Obstacle("the list is repeated by an alias", references.start, "write it out once")
    about = _named(entries)
    if not layout.is_flow(references):
        return _behind_last(layout, references, entries, about)
    pair = _pair_of(root, references)
    if references.items or pair is None or (root is not None and layout.is_flow(root)):
        return [_in_brackets(layout, references, entries, about)]
    return _instead_of_brackets(layout, pair, entries, about)


def new_list_edits(layout: Layout, root: Node | None, key: str, entries: Entries) -> list[Edit]:
    """The edits that write a list that is not there yet, behind everything else that the file says.

    Raises:
        Obstacle: the key is there with another value, or the file is no mapping of its own.
    """
    if not isinstance(root, MappingNode) or not root.own:
        raise Obstacle("the file is no mapping", 0, f"write '{key}:' by hand")
    if not entries:
        return []
    about = _named(entries)
    there = layout.own_pair(root, key)
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
    """What stands before the dashes of the file's other lists; two spaces where there is none."""
    lists = (pair.value for pair in root.own if isinstance(pair.value, SequenceNode) and not layout.is_flow(pair.value))
    begin = next((layout.begin(some) for some in lists if not some.shared.startswith("*")), None)
    return margin + "  " if begin is None else " " * layout.column(begin)


def _below_key(layout: Layout, root: MappingNode, pair: PairNode, entries: Entries) -> list[Edit]:
    """Entries below a key that has no value yet; what is not empty is left alone."""
    value = pair.value
    if not isinstance(value, ScalarNode) or value.value or value.shared:
        raise Obstacle(f"{pair.key.value} is no list", pair.key.start, f"write '{pair.key.value}: []' there first")
    dash = _dash_like(layout, root, " " * layout.key_column(pair.key.start))
    at = layout.line_end(pair.key.end)
    lines = _lines(entries, f"{dash}- ", f"{dash}  ")
    return [Edit(at, at, "".join(layout.newline + line for line in lines), _named(entries))]


def _named(entries: Entries) -> str:
    return ", ".join(str(entry.get("id") or entry.get("code", "new entry")) for entry in entries)


def _lines(entries: Entries, dash: str, keys: str) -> list[str]:
    """The lines of entries, a blank one between two of them."""
    lines: list[str] = []
    for entry in entries:
        lines += [*([""] if lines else []), *_entry_lines(entry, dash, keys)]
    return lines


def _pair_of(root: Node | None, references: SequenceNode) -> PairNode | None:
    pairs = root.pairs if isinstance(root, MappingNode) else ()
    return next((pair for pair in pairs if pair.value is references), None)


def _entry_lines(entry: AnyMapping[str, Value], dash: str, keys: str) -> list[str]:
    lines = [line for key, value in entry.items() for line in field_lines(key, value)]
    return [(dash if number == 0 else keys) + line for number, line in enumerate(lines)]


def _behind_last(layout: Layout, references: SequenceNode, entries: Entries, about: str) -> list[Edit]:
    begin = layout.begin(references)
    dash = " " * layout.column(begin)
    if layout.text[begin : begin + 1] != "-":
        raise Obstacle("the list is written in an unusual way", begin, "add the entry by hand")
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
    """Whether blank lines stand between the last two entries; of one alone, whether it fills several lines."""
    if len(references.items) < 2:
        only = references.items[0]
        return bool(_BREAK.search(layout.text, layout.begin(only), layout.end(only)))
    before, last = references.items[-2:]
    return bool(_BLANK_LINE.search(layout.text, layout.end(before), layout.begin(last)))


def _in_brackets(layout: Layout, references: SequenceNode, entries: Entries, about: str) -> Edit:
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


def _instead_of_brackets(layout: Layout, pair: PairNode, entries: Entries, about: str) -> list[Edit]:
    """Entries below `references:` where `[]` stood; a comment on that line stays there."""
    begin, end = layout.begin(pair.value), layout.end(pair.value)
    lines = _lines(entries, "  - ", "    ")
    if "#" in layout.text[begin:end] or layout.column(begin) == 0:
        raise Obstacle("a comment stands inside the empty list", begin, "add the entry by hand")
    start = begin
    while layout.text[start - 1] in " \t":
        start -= 1
    at = layout.line_end(end)
    return [Edit(start, end, "", about), Edit(at, at, "".join(layout.newline + line for line in lines), about)]


# Whether one tree differs from another exactly by the changes that were announced.

LISTS = frozenset(["references", "waivers"])
"""The lists of a file whose entries may have their keys in any order."""

Fields = AnyMapping[str, Value]


@dataclass(slots=True)
class Announced:
    """What is to be different in one list at the top of the file.

    `fields` are the values of entries, by their index and the field's key, `added` the entries at its end.
    """

    fields: dict[int, Fields] = field(default_factory=dict)
    added: list[Fields] = field(default_factory=list)


def difference(before: Node | None, after: Node | None, lists: AnyMapping[str, Announced]) -> str | None:
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
    new_ones = [key for key in lists if key not in had and lists[key].added]
    if [*had, *new_ones] != [pair.key.value for pair in after.pairs]:
        return "the keys at the top"
    waiting = dict(lists)
    for old, new in zip(before.pairs, after.pairs, strict=False):
        announced = waiting.pop(old.key.value, None)
        if announced is not None:
            told = _list(old.value, new.value, announced.fields, announced.added)
            if told is not None:
                return f"{told} of {printable(old.key.value)}"
        elif not same(old.value, new.value):
            return printable(old.key.value)
    for pair in after.pairs[len(had) :]:
        if not reads_as(pair.value, lists[pair.key.value].added):
            return printable(pair.key.value)
    return None


def same(one: Node, other: Node) -> bool:
    """Whether two nodes say the same, wherever and in whatever quotes they stand.

    An empty value, `~` and `null` without quotes say nothing, which is not the same as the quoted word.
    """
    if isinstance(one, ScalarNode):
        return isinstance(other, ScalarNode) and one.value == other.value and one.is_empty == other.is_empty
    if isinstance(one, SequenceNode):
        return isinstance(other, SequenceNode) and _all_same(one.items, other.items)
    return (
        isinstance(other, MappingNode)
        and len(one.pairs) == len(other.pairs)
        and all(
            a.key.value == b.key.value and same(a.value, b.value) for a, b in zip(one.pairs, other.pairs, strict=True)
        )
    )


def same_but_order(one: Node, other: Node) -> bool:
    """Whether two files say the same, the order of keys within each entry of its lists apart.

    Of a repeated key the first is still the first.
    """
    return same(_in_key_order(one), _in_key_order(other))


def _in_key_order(root: Node) -> Node:
    if not isinstance(root, MappingNode):
        return root
    seen: set[str] = set()
    pairs = []
    for pair in root.pairs:
        key, value = pair.key.value, pair.value
        first = key not in seen
        seen.add(key)
        in_order = first and key in LISTS and isinstance(value, SequenceNode)
        pairs.append(pair._replace(value=_entries_in_order(value)) if in_order else pair)
    return root._replace(pairs=tuple(pairs))


def _entries_in_order(entries: Node) -> Node:
    if not isinstance(entries, SequenceNode):
        return entries
    items = (
        item._replace(pairs=tuple(sorted(item.pairs, key=lambda pair: pair.key.value)))
        if isinstance(item, MappingNode)
        else item
        for item in entries.items
    )
    return entries._replace(items=tuple(items))


def reads_as(node: Node, value: Value) -> bool:
    """Whether a node reads as this value."""
    if isinstance(value, str):
        return isinstance(node, ScalarNode) and node.value == value
    if isinstance(value, AnyMapping):
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


def _all_same(ones: AnySequence[Node], others: AnySequence[Node]) -> bool:
    return len(ones) == len(others) and all(same(a, b) for a, b in zip(ones, others, strict=True))


def _list(before: Node, after: Node, fields: AnyMapping[int, Fields], added: AnySequence[Fields]) -> str | None:
    if isinstance(before, ScalarNode) and before.is_empty:
        before = SequenceNode((), before.start, before.end)  # a key without a value, which gets its first entries
    if not isinstance(before, SequenceNode) or not isinstance(after, SequenceNode):
        return "the list"
    if len(after.items) != len(before.items) + len(added):
        return "the number of entries"
    for index, old in enumerate(before.items):
        new = after.items[index]
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
    kept = [pair for pair in after.pairs if pair.key.value in had or pair.key.value not in fields]
    more = [pair for pair in after.pairs if pair.key.value not in had and pair.key.value in fields]
    return (
        len(kept) == len(before.pairs)
        and sorted(pair.key.value for pair in more) == sorted(key for key in fields if key not in had)
        and all(reads_as(pair.value, fields[pair.key.value]) for pair in more)
        and _pairs_changed(before.pairs, kept, fields)
    )


def _pairs_changed(before: AnySequence[PairNode], after: AnySequence[PairNode], fields: Fields) -> bool:
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


# Replacing some characters of a text where they stand: quotes, escapes and line ends of all others survive.

Part = tuple[int, int, str]


def respelling_edits(layout: Layout, entry: Node, key: str, text: str, parts: Sequence[Part]) -> tuple[list[Edit], str]:
    """The edits that replace these parts of a field's text, and the whole value that it then has.

    Where a part cannot be spelled in place (a text without quotes that now needs them, a space at a folded line end),
    the text is written anew in the form that it has.

    Raises:
        Obstacle: the text is shared, merged from elsewhere, or was not read as it stands.
    """
    pair = layout.own_pair(entry, key) if isinstance(entry, MappingNode) else None
    node = pair.value if pair is not None else None
    if pair is None or not isinstance(entry, MappingNode) or not isinstance(node, ScalarNode):
        raise Obstacle(f"the entry has no {printable(key)}", entry.start, "mend it by hand")
    require_own(layout, entry, pair)
    if not node.value.startswith(text):
        raise Obstacle(f"{printable(key)} holds control characters", node.start, "remove them first")
    edits = [Edit(*part) for part in parts]
    value = apply_edits(node.value, edits)
    in_place = _in_place(layout, node, parts, value, flow=layout.is_flow(entry))
    if in_place is not None:
        name = next((own.value for own in entry.pairs if own.key.value == "id"), None)
        about = f"{name.value if isinstance(name, ScalarNode) else '?'}: {key}"
        return [Edit(edit.start, edit.end, edit.text, about) for edit in in_place], value
    whole = apply_edits(text, edits)
    return replaced(layout, entry, pair, whole), whole


def _in_place(layout: Layout, node: ScalarNode, parts: Sequence[Part], value: str, *, flow: bool) -> list[Edit] | None:
    """The edits within the scalar, if it then says the value and nothing else."""
    spans = spelling(layout.text, node)
    if spans is None or (node.style is None and not is_plain(value, flow=flow)):
        return None
    if node.style != '"' and not all(text.isprintable() for _, _, text in parts):
        return None
    edits = list(_spelled(spans, parts, node))
    raw = layout.text[node.start : node.end]
    moved = [Edit(edit.start - node.start, edit.end - node.start, edit.text) for edit in edits]
    new = apply_edits(raw, moved)
    return edits if spelling(new, ScalarNode(value, 0, len(new), node.style)) is not None else None


def _spelled(spans: Sequence[Span], parts: Sequence[Part], node: ScalarNode) -> Iterator[Edit]:
    for first, behind, text in parts:
        start = spans[first][0] if first < behind else spans[first - 1][1] if first else spans[0][0]
        end = spans[behind - 1][1] if first < behind else start
        yield Edit(start, end, _written(text, node.style))


def _written(text: str, style: str | None) -> str:
    if style == "'":
        return text.replace("'", "''")
    return double_quoted(text)[1:-1] if style == '"' else text


# Changing a library by splicing its text: comments, order and quoting survive, byte for byte.

MOST_CULPRITS = 10
"""Changes that may be left out of many because they cannot be proved; looking for each costs several readings."""


@dataclass(frozen=True, slots=True)
class SetFields:
    """Fields of the entry at `index` (from 0) of a list are to have these values; what it lacks is added.

    Values are what the file is to say: where pandoc reads Markdown, they are escaped already
    (`evidence.library.fill`). `within` is the key of the list at the top of the file.
    """

    index: int
    fields: Mapping[str, Value]
    within: str = REFERENCES


@dataclass(frozen=True, slots=True)
class AddEntries:
    """Entries to stand at the end of a list, in this order; a list other than the references' may come into being."""

    entries: Sequence[Mapping[str, Value]]
    within: str = REFERENCES


@dataclass(frozen=True, slots=True)
class Respell:
    """Some characters of one text of the entry at `index` (from 0) are to be others.

    `text` is the field's text as it was read, `parts` the spans of it that are replaced, apart and in order.
    """

    index: int
    key: str
    text: str
    parts: Sequence[tuple[int, int, str]]


Change = SetFields | AddEntries | Respell


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
    refused: tuple[RefusedEdit, ...] = field(default=())

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
        value stands against are not made, but returned as `refused`. So are, of several, those few
        that cannot be proved.

    Raises:
        FileError: the file cannot be read, or the result would not be exactly the announced one.
    """
    wanted = list(changes)
    try:
        return _edited(source, wanted)
    except UnprovedError:
        if len(wanted) == 1:
            raise
    culprits = _culprits(source, wanted)
    refused = {id(one.change) for one in culprits}
    edited = _edited(source, [change for change in wanted if id(change) not in refused])
    return replace(edited, refused=(*edited.refused, *culprits))


class UnprovedError(FileError):
    """The text with its edits would not say exactly what was announced, or would not be YAML any more."""


def _edited(source: SourceText, changes: Sequence[Change]) -> Edited:
    work = Editor(source)
    for change in changes:
        work.take(change)
    edits = settled(work.edits)
    text = apply_edits(source.text, edits)
    _prove(source, work.tree, text, work.made)
    return Edited(source, text, tuple(edits), tuple(work.refused))


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
        self.made: list[SetFields | AddEntries] = []
        self.refused: list[RefusedEdit] = []
        self._layout = Layout(source)
        self._lists: dict[str, nodes.SequenceNode | None] = {}

    def take(self, change: Change) -> list[Edit]:
        """Add the edits of one change, and say which they are; what cannot be made is added to `refused`."""
        try:
            match change:
                case AddEntries():
                    edits = self._added(change)
                case SetFields():
                    edits = self._set(change)
                case Respell():
                    edits = self._respelled(change)
        except Obstacle as obstacle:
            self._refuse(change, obstacle)
            return []
        self.edits += edits
        return settled(edits)

    def _added(self, change: AddEntries) -> list[Edit]:
        into = self._list(change.within)
        if into is not None:
            edits = list_edits(self._layout, self.tree, into, change.entries)
        else:
            edits = new_list_edits(self._layout, self.tree, change.within, change.entries)
        self.made.append(change)
        return edits

    def _entry(self, within: str, index: int) -> Node:
        """The entry of a list that is to be changed."""
        found = self._list(within)
        if found is None:
            raise Obstacle(f"there is no {within} list", 0, "write it first")
        if self._layout.is_repeated(found) or found.shared.startswith("*"):
            raise Obstacle(f"the {within} list is repeated by an alias", found.start, "write it out once")
        return found.items[index]

    def _respelled(self, change: Respell) -> list[Edit]:
        entry = self._entry(REFERENCES, change.index)
        edits, value = respelling_edits(self._layout, entry, change.key, change.text, change.parts)
        self.made.append(SetFields(change.index, {change.key: value}))
        return edits

    def _set(self, change: SetFields) -> list[Edit]:
        edits, obstacles = entry_edits(self._layout, self._entry(change.within, change.index), change.fields)
        for key, obstacle in obstacles.items():
            self._refuse(replace(change, fields={key: change.fields[key]}), obstacle)
        made = {key: value for key, value in change.fields.items() if key not in obstacles}
        self.made.append(replace(change, fields=made))
        return edits

    def _list(self, key: str) -> nodes.SequenceNode | None:
        """The list of this key; None where an own list is still to be written."""
        if key not in self._lists:
            of_references = key == REFERENCES
            self._lists[key] = references_of(self.source, self.tree) if of_references else list_of(self.tree, key)
        return self._lists[key]

    def _refuse(self, change: Change, obstacle: Obstacle) -> None:
        self.refused.append(RefusedEdit(change, self.source.error(obstacle.what, obstacle.offset, obstacle.fix)))


def references_of(source: SourceText, root: Node | None) -> nodes.SequenceNode:
    """The list of references in the tree.

    Raises:
        FileError: there is none.
    """
    found = list_of(root, REFERENCES)
    if found is not None:
        return found
    raise source.error("there is no references list", 0, "the shortest library is 'references: []'")


def list_of(root: Node | None, key: str) -> nodes.SequenceNode | None:
    """The list under this key at the top of the file, if there is one."""
    pairs = root.pairs if isinstance(root, nodes.MappingNode) else ()
    pair = next((pair for pair in pairs if pair.key.value == key), None)
    return pair.value if pair is not None and isinstance(pair.value, nodes.SequenceNode) else None


def _prove(source: SourceText, tree: Node | None, text: str, made: list[SetFields | AddEntries]) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise FileError("the file would grow beyond 20 MB", path=source.path, fix="split it into several files")
    lists = {change.within: Announced() for change in made}
    for change in made:
        if isinstance(change, SetFields):
            fields = lists[change.within].fields
            fields[change.index] = {**fields.get(change.index, {}), **change.fields}
        else:
            lists[change.within].added += change.entries
    fix = "make it by hand; nothing was written"
    try:
        again = read_tree(replace(source, text=text))
    except FileError as error:
        told = f"the edit would break the file ({error.what}, line {error.line})"
        raise UnprovedError(told, path=source.path, fix=fix) from None
    what = difference(tree, again, lists)
    if what is not None:
        raise UnprovedError(f"the edit would change more than it should ({what})", path=source.path, fix=fix)


# Writing an edited library back to the very file it was read from.

NEW_LIBRARY = SourceText("", "references: []\n", "")
"""What a library begins as when its file does not exist yet."""

NEW_WAIVERS = SourceText("", "waivers: []\n", "")
"""What a file of waivers begins as."""


def source_or_new(path: Path, new: SourceText = NEW_LIBRARY) -> SourceText:
    """The file as read, or an empty one that is to stand there.

    Raises:
        FileError: it exists and cannot be read.
    """
    if path.exists() or path.is_symlink():
        return read_source(path)
    return replace(new, path=path.as_posix())


def save(edited: Edited) -> None:
    """Replace the file by the edited text, whole or not at all; its mode and its byte order mark stay.

    Raises:
        FileError: the file has changed since it was read, is read-only, or cannot be written.
    """
    source = edited.before
    path = Path(source.path)
    if not source.sha256:
        _require_absent(path)
    elif read_source(path).sha256 != source.sha256:
        fix = "nothing was written; run the command again"
        raise FileError("the file has changed since it was read", path=source.path, fix=fix)
    elif not os.access(path, os.W_OK):
        raise FileError("the file is read-only", path=source.path, fix="nothing was written")
    try:
        replace_file(path, saved_bytes(edited))
    except OSError as trouble:
        told = f"cannot be written: {trouble.strerror or trouble}"
        raise FileError(told, path=source.path, fix="nothing was written") from trouble


def saved_bytes(edited: Edited) -> bytes:
    """The bytes that the edited file has, its byte order mark with them."""
    return (BOM if edited.before.bom else b"") + edited.text.encode("utf-8")


def _require_absent(path: Path) -> None:
    if path.exists():
        fix = "nothing was written; run the command again"
        raise FileError("the file has come into being meanwhile", path=path.as_posix(), fix=fix)
