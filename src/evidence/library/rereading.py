"""Whether one tree differs from another exactly by the changes that were announced."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence as AnySequence
from dataclasses import dataclass, field

from evidence.library.nodes import MappingNode, Node, PairNode, ScalarNode, SequenceNode
from evidence.library.notes import printable
from evidence.library.yaml_text import Value

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
