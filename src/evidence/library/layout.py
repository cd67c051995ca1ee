"""A file's text as lines and extents, and edits of it at known positions: what editing needs beside the tree.

libyaml lets a block collection end where the next token begins, after comments and blank lines; an
editor wants the end of its last value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evidence.library.files import SourceText
from evidence.library.yaml import ANCHOR, MappingNode, Node, ScalarNode, SequenceNode
from evidence.model.regex import regex

_ANCHOR_NAME = regex(r"&([\w-]+)")
_ALIAS_NAME = regex(r"\*([\w-]+)")
_LINE_END = regex(r"\r\n|\n|\r")
_HEADER_LAYOUT = regex(r"[|>][0-9+-]*")
_DASHES = regex(r"[ \t]*(?:-[ \t]+)*")
_COMMENT = regex(r"(?:^|[ \t])#.*")


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """The characters from `start` to `end` (code points from 0) become `text`; equal ends insert.

    `about` says which entry and field it is for. An edit that `yields` prepares its place for what other edits
    write after it; `settled` leaves it out where another edit replaces that place.
    """

    start: int
    end: int
    text: str
    about: str = ""
    yields: bool = False


def place(edit: Edit) -> tuple[int, int]:
    """The position of an edit; edits at one place keep their order."""
    return edit.start, edit.end


def settled(edits: Iterable[Edit]) -> list[Edit]:
    """The edits in order of place, each that yields made once, and only where no other edit replaces what it does."""
    edits = list(edits)
    firm = [edit for edit in edits if not edit.yields]
    yielding = {place(edit): edit for edit in edits if edit.yields}.values()
    needed = [edit for edit in yielding if not any(f.start < edit.end and edit.start < f.end for f in firm)]
    return sorted([*firm, *needed], key=place)


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


class Layout:
    """A file's text as lines, indentation and extents. Offsets count code points from 0."""

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
        """After the line break at this offset, if there is one."""
        end = _LINE_END.match(self.text, offset)
        return end.end() if end else offset

    def column(self, offset: int) -> int:
        """How many characters of its line come before this offset."""
        return self.source.place(offset).column - 1

    def key_column(self, key: int) -> int:
        """The column of the block mapping whose first key begins at this offset, after dashes."""
        line = self.line_start(key)
        before = _DASHES.match(self.text, line, key)
        return before.end() - line if before else key - line

    def is_flow(self, node: Node) -> bool:
        """Whether a collection is written in brackets or braces."""
        return not isinstance(node, ScalarNode) and self.text[self.begin(node) : self.begin(node) + 1] in {"[", "{"}

    def begin(self, node: Node) -> int:
        """Where a value itself begins, after its anchor."""
        if not node.shared.startswith("&") or self.text[node.start : node.start + 1] != "&":
            return node.start
        anchor = ANCHOR.match(self.text, node.start)
        return anchor.end() if anchor else node.start

    def keeps_breaks(self, node: Node) -> bool:
        """Whether this is, or ends in, a block scalar that keeps the blank lines after it (`|+`)."""
        last = self._last(node)
        if last is None or not self.is_block_scalar(last):
            return False
        if not isinstance(node, ScalarNode) and self._end_of_rest(last.end, node.end) > last.end:
            return False  # a merge follows it
        header = _HEADER_LAYOUT.match(self.text, last.start)
        return bool(header and "+" in header[0]) and self._is_ended(last)

    def chomped(self, node: Node) -> tuple[int, int, str] | None:
        """The header that a literal text at the very end of the file needs to keep its value when lines follow it.

        Such a text has no line break at its end; with lines after it, it would gain one. Start, end and
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
        """Whether a line break follows the node."""
        return node.end < len(self.text) or self.text.endswith(("\n", "\r"))

    def is_block_scalar(self, node: Node) -> bool:
        """Whether this is, or ends in, a literal or folded text."""
        last = self._last(node)
        return isinstance(last, ScalarNode) and last.style in {"|", ">"} and not last.shared.startswith("*")

    def end(self, node: Node) -> int:
        """Where a value ends: comments and blank lines after it are left out."""
        if node.shared.startswith("*") or self.is_flow(node):
            return node.end
        if isinstance(node, ScalarNode):
            if node.style not in {"|", ">"} or self.keeps_breaks(node):
                return node.end
            return node.start + len(self.text[node.start : node.end].rstrip())
        last = self._last_child(node)
        known = self.begin(node) if last is None else self.end(last)
        return self._end_of_rest(known, node.end)

    def span(self, node: Node) -> tuple[int, int]:
        """Where a value begins and ends, blank lines that it keeps after it left out: what a new value replaces."""
        begin = self.begin(node)
        return begin, begin + len(self.text[begin : self.end(node)].rstrip())

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
        """The end, later than `known`, of a `<<: *name` that the tree does not have any more."""
        rest = self.text[known:end]
        if "<<" not in rest:
            return known
        at = known
        for line in rest.splitlines(keepends=True):
            content = _COMMENT.sub("", line.rstrip("\r\n")).rstrip()
            if "<<" in content:
                known = at + len(content)
            at += len(line)
        return known

    def holds_comment(self, node: Node) -> bool:
        """Whether there is a comment inside a collection, or after the `|` or `>` of a literal text."""
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
        """The text inside a collection between its scalars: indicators, blanks, comments, anchors."""
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
