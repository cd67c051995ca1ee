"""Replacing some characters of a text where they stand: quotes, escapes and line ends of all others survive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.library.entry_edits import Obstacle, replaced, require_own
from evidence.library.layout import Layout
from evidence.library.nodes import MappingNode, Node, ScalarNode
from evidence.library.notes import printable
from evidence.library.spelling import Span, spelling
from evidence.library.splices import Edit, apply_edits
from evidence.library.yaml_text import double_quoted, is_plain

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
