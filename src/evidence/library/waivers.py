"""`waivers:` of a library, and the file beside it that holds more of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from evidence.library.fields import nearest
from evidence.library.files import SourceText, read_source
from evidence.library.nodes import MappingNode, Node, PairNode, ScalarNode, SequenceNode, read_tree
from evidence.library.notes import Notes, keys, printable
from evidence.library.values import read_day
from evidence.model.references import FINDING, Category, Companion, Library, Waiver

WAIVERS = "waivers"
"""The key of the list, in a library and in the file beside it."""

FIELDS = (
    "code",
    "reference",
    "category",
    "reason",
    "requested-by",
    "approved-by",
    "since",
    "until",
    "evidence",
    "baseline",
)
"""The fields of a waiver, in their order."""

_RANKS = {key: place for place, key in enumerate(FIELDS)}

_REQUIRED = tuple(name for name in FIELDS if name not in {"reference", "baseline"})
_CATEGORIES = {str(category): category for category in Category}
_TRUTHS = {"true": True, "false": False}
_LIBRARY_NAME = re.compile(r"(?P<stem>(?:.+\.)?)references\.(?P<ext>ya?ml)")


def rank(key: str) -> int:
    """Where a key belongs among the keys of a waiver; keys of one rank stay as they stand."""
    return _RANKS.get(key, len(_RANKS))


def waivers_file(library: str) -> Path:
    """The place of a library's further waivers: `waivers.yaml` beside `references.yaml`.

    `a.references.yaml` has `a.waivers.yaml`, a file of any other name `NAME.waivers.yaml`.
    """
    path = Path(library)
    named = _LIBRARY_NAME.fullmatch(path.name)
    name = f"{named['stem']}waivers.{named['ext']}" if named else f"{path.stem}.waivers.yaml"
    return path.with_name(name)


def with_sibling_waivers(library: Library) -> Library:
    """The library with the waivers of the file beside it behind its own; as it is where there is no such file.

    Raises:
        FileError: there is one that cannot be read.
    """
    path = waivers_file(library.path)
    if not path.is_file():
        return library
    source = read_source(path)
    notes = Notes(source)
    read = tuple(_of_file(source, notes))
    return replace(
        library,
        waivers=(*library.waivers, *read),
        faults=(*library.faults, *notes.faults),
        companions=(*library.companions, Companion(source.path, source.sha256)),
    )


def _of_file(source: SourceText, notes: Notes) -> Iterator[Waiver]:
    root = read_tree(source)
    if root is None:
        return
    if not isinstance(root, MappingNode):
        raise source.error("the file is no mapping with a waivers list", root.start, "begin it with 'waivers:'")
    for pair in notes.distinct(root):
        if pair.key.value == WAIVERS:
            yield from read_waivers(pair.value, notes)
        elif not pair.key.value.startswith("x-"):
            notes.unknown(pair.key.value, pair.key, nearest(pair.key.value, (WAIVERS,)), keys(root))


def read_waivers(node: Node, notes: Notes) -> tuple[Waiver, ...]:
    """The waivers of a list; what is wrong with one is noted, and it covers nothing."""
    if not isinstance(node, SequenceNode):
        if not (isinstance(node, ScalarNode) and node.is_empty):
            notes.invalid(WAIVERS, node, "waivers is a list: begin every waiver with '- code:'")
        return ()
    read = (_read(index, item, notes) for index, item in enumerate(node.items))
    return tuple(waiver for waiver in read if waiver is not None)


@dataclass(frozen=True, slots=True)
class _Open:
    """A waiver being read; `name` tells it apart in faults, whose place in the list may change."""

    name: str
    pairs: dict[str, PairNode]
    notes: Notes

    def node(self, key: str) -> Node:
        return self.pairs[key].value

    def text(self, key: str) -> str | None:
        return self.notes.text(f"{self.name}.{key}", self.node(key))

    def one_of(self, key: str, known: dict[str, Category] | dict[str, bool]) -> str | None:
        text = self.text(key)
        if text is None or text in known:
            return text
        told = f"{printable(text)} is none of {', '.join(known)}"
        self.notes.invalid(f"{self.name}.{key}", self.node(key), told, nearest(text, known))
        return None

    def day(self, key: str) -> date | None:
        read = read_day(f"{self.name}.{key}", self.node(key), self.notes)
        return read.earliest if read else None


def _read(index: int, node: Node, notes: Notes) -> Waiver | None:
    if not isinstance(node, MappingNode):
        notes.invalid(WAIVERS, node, "this waiver has no fields: begin it with '- code:'")
        return None
    said = {pair.key.value: pair.value.value for pair in node.pairs if isinstance(pair.value, ScalarNode)}
    name = f"{WAIVERS}.{said.get('code', '?')}.{said.get('reference', '?')}"
    given = notes.distinct(node, f"{name}.")
    for pair in given:
        key = pair.key.value
        if key not in FIELDS and not key.startswith("x-"):
            notes.unknown(f"{name}.{key}", pair.key, nearest(key, FIELDS), keys(node))
    one = _Open(name, {pair.key.value: pair for pair in given}, notes)
    missing = [key for key in _REQUIRED if key not in one.pairs]
    if missing:
        told = f"the waiver has no {', no '.join(missing)}, so it covers nothing"
        notes.invalid(name, node, told, "write it with `evidence waive`, which knows what it rests on")
        return None
    before = len(notes.faults)
    waiver = _waiver(index, node, one)
    return waiver if len(notes.faults) == before else None


def _waiver(index: int, node: MappingNode, one: _Open) -> Waiver | None:
    code, category = one.text("code"), one.one_of("category", _CATEGORIES)
    if code is not None and isinstance(code_node := one.node("code"), ScalarNode):
        one.notes.is_rule_code(f"{one.name}.code", code_node)
    reference = one.text("reference") if "reference" in one.pairs else None
    texts = [one.text(key) for key in ("reason", "requested-by", "approved-by")]
    since, until = one.day("since"), one.day("until")
    if since is not None and until is not None and until < since:
        one.notes.invalid(f"{one.name}.until", one.node("until"), f"until {until} is before since, {since}")
    baseline = one.one_of("baseline", _TRUTHS) if "baseline" in one.pairs else "false"
    evidence = _evidence(one)
    reason, requested_by, approved_by = texts
    if code is None or category is None or reason is None or requested_by is None or approved_by is None:
        return None
    if since is None or until is None or baseline is None:
        return None
    return Waiver(
        code=code,
        reference=reference,
        category=_CATEGORIES[category],
        reason=reason,
        requested_by=requested_by,
        approved_by=approved_by,
        since=since,
        until=until,
        evidence=evidence,
        place=one.notes.place(node),
        index=index,
        baseline=_TRUTHS[baseline],
        places={key: one.notes.place(pair.value) for key, pair in one.pairs.items()},
    )


def _evidence(one: _Open) -> dict[str, str]:
    """What the waiver rests on, by name; noted where it does not even name its finding."""
    key, node = f"{one.name}.evidence", one.node("evidence")
    if not isinstance(node, MappingNode):
        one.notes.invalid(key, node, "evidence names the finding and what it rests on; `evidence waive` writes it")
        return {}
    read = {
        pair.key.value: one.notes.text(f"{key}.{pair.key.value}", pair.value)
        for pair in one.notes.distinct(node, f"{key}.")
    }
    if FINDING not in read:
        one.notes.invalid(key, node, "evidence names no finding; `evidence waive` writes it")
    return {name: text for name, text in read.items() if text is not None}
