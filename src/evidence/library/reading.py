"""references.yaml as a Library.

Faults of the file as a whole raise (exit 2); faults of an entry or of the settings are kept beside
what could be read, and become findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from evidence.library.entries import read_entry
from evidence.library.fields import nearest
from evidence.library.files import SourceText, find_libraries, read_source
from evidence.library.nodes import MappingNode, Node, PairNode, ScalarNode, SequenceNode, read_tree
from evidence.library.notes import Notes, printable
from evidence.library.settings import TOP_FIELDS, read_monograph, read_policy
from evidence.library.waivers import WAIVERS, read_waivers, with_sibling_waivers
from evidence.model.identity import Identifier
from evidence.model.policy import Policy
from evidence.model.references import Fault, FaultKind, Library, Monograph, Reference

__all__ = ["find_libraries", "read_library", "read_text"]

_SHORTEST = "the shortest library is 'references: []'"


def read_library(path: Path, policy: Policy | None = None) -> Library:
    """Read one references file and the waivers beside it; what its own `policy:` does not settle is as in `policy`.

    Raises:
        FileError: not readable, too large, not UTF-8, not YAML, no `references` list, an entry that
            is no mapping, nested too deeply or expanding too far; with path, line, column and fix.
    """
    return with_sibling_waivers(read_text(read_source(path), policy))


def read_text(source: SourceText, policy: Policy | None = None) -> Library:
    """Read a library from text already at hand, without what lies beside it.

    Raises:
        FileError: as `read_library`.
    """
    root = read_tree(source)
    if root is None:
        raise source.error("the file is empty", 0, _SHORTEST)
    if isinstance(root, SequenceNode):
        raise source.error(
            "the file is a bare list, no mapping with a references list",
            root.start,
            "begin with 'references:' and indent the entries",
        )
    if not isinstance(root, MappingNode):
        raise source.error(
            "the file is no mapping with a references list", root.start, "put the entries below 'references:'"
        )
    notes = Notes(source)
    top = {pair.key.value: pair for pair in notes.distinct(root)}
    entries = _entries(source, root, top.get("references"))
    for key, pair in top.items():
        if key not in TOP_FIELDS and not key.startswith("x-"):
            notes.unknown(key, pair.key, nearest(key, TOP_FIELDS), top)
    named = zip(entries, _fallback_ids(entries), strict=True)
    references = [read_entry(node, fallback_id, source) for node, fallback_id in named]
    return Library(
        path=source.path,
        sha256=source.sha256,
        references=tuple(_with_duplicates_noted(references)),
        monograph=read_monograph(top["monograph"].value, notes) if "monograph" in top else Monograph(),
        policy=read_policy(top["policy"].value, notes, policy) if "policy" in top else policy or Policy(),
        waivers=read_waivers(top[WAIVERS].value, notes) if WAIVERS in top else (),
        faults=tuple(notes.faults),
    )


def _entries(source: SourceText, root: MappingNode, pair: PairNode | None) -> list[MappingNode]:
    if pair is None:
        beside = any(other.key.value == WAIVERS for other in root.pairs)
        fix = "waivers are read with the references file beside them: name that" if beside else _SHORTEST
        raise source.error("there is no references list", root.start, fix)
    if not isinstance(pair.value, SequenceNode):
        raise source.error("references is no list", pair.value.start, f"begin every entry with '- id:'; {_SHORTEST}")
    return [_mapping(source, node) for node in pair.value.items]


def _mapping(source: SourceText, node: Node) -> MappingNode:
    if not isinstance(node, MappingNode):
        raise source.error("this entry has no fields", node.start, "write '- id: …' and its fields below it")
    return node


def _fallback_ids(entries: list[MappingNode]) -> Iterator[str]:
    """A made-up id for each entry, `entry-3` for the third; they step aside for written ones."""
    pairs = (pair for entry in entries for pair in entry.pairs if pair.key.value == "id")
    written = {pair.value.value for pair in pairs if isinstance(pair.value, ScalarNode)}
    for number in range(1, len(entries) + 1):
        made_up = f"entry-{number}"
        while made_up in written:
            made_up += "-unnamed"
        yield made_up


def _with_duplicates_noted(references: list[Reference]) -> Iterator[Reference]:
    first_of_id: dict[str, Reference] = {}
    first_of_identifier: dict[Identifier, Reference] = {}
    for reference in references:
        faults = [
            *_same_id(reference, first_of_id.setdefault(reference.id, reference)),
            *_same_identifier(reference, first_of_identifier),
        ]
        yield replace(reference, faults=(*reference.faults, *faults)) if faults else reference


def _same_id(reference: Reference, first: Reference) -> Iterator[Fault]:
    if first is not reference:
        place = reference.place_of("id")
        message = f"id {printable(reference.id)} is already used on line {first.place_of('id').line}"
        yield Fault(FaultKind.DUPLICATE_ID, "id", reference.id, place, message)


def _same_identifier(reference: Reference, first_of: dict[Identifier, Reference]) -> Iterator[Fault]:
    """At most one fault: the same source under another id earlier in the file."""
    shared = None
    for use in reference.uses:
        first = first_of.setdefault(use.identifier, reference)
        if first.id != reference.id and shared is None:
            shared = (use, first)
    if shared:
        use, first = shared
        message = (
            f"{printable(str(use.identifier))} is already cited by {printable(first.id)} on line {first.place.line}"
        )
        yield Fault(FaultKind.DUPLICATE_REFERENCE, use.key, str(use.identifier), use.place, message)
