"""The edits that put entries at the end of a list: the references, or the waivers."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence as AnySequence

from evidence.library.entry_edits import Obstacle, keep_literal_end
from evidence.library.layout import Layout
from evidence.library.nodes import MappingNode, Node, PairNode, ScalarNode, SequenceNode
from evidence.library.splices import Edit
from evidence.library.yaml_text import Value, field_lines, flow_text

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
