"""The edits that give fields of one entry their values: replaced where they stand, or added in their place."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping

from evidence.library.fields import rank
from evidence.library.layout import Layout
from evidence.library.nodes import MappingNode, Node, PairNode, ScalarNode, SequenceNode
from evidence.library.notes import printable
from evidence.library.splices import Edit
from evidence.library.yaml_text import Value, block_lines, double_quoted, field_lines, flow_text, scalar

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
