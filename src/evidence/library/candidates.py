"""Our field `candidates`: the records among which a person is to choose, as an import writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping

from evidence import identifiers
from evidence.library import markdown
from evidence.library.fields import IDENTIFIER_FIELDS
from evidence.library.nodes import MappingNode, Node, PairNode, SequenceNode
from evidence.library.notes import Notes, printable
from evidence.malformed import Malformed
from evidence.model.identity import Identifier
from evidence.model.references import Proposal

_IDENTIFIERS = ("PMID", "PMCID", "DOI")
_PARTS = (*_IDENTIFIERS, "score", "title")
_SCORE = re.compile(r"[01](?:\.[0-9]{1,6})?")


def read_candidates(key: str, node: Node, notes: Notes) -> tuple[Proposal, ...]:
    """A list of `{PMID, DOI, score, title}`; what cannot be used is noted."""
    if not isinstance(node, SequenceNode):
        notes.invalid(key, node, 'candidates is a list, such as [{PMID: "23359310", score: "0.83"}]')
        return ()
    read = (_proposal(key, item, notes) for item in node.items)
    return tuple(proposal for proposal in read if proposal is not None)


def _proposal(key: str, node: Node, notes: Notes) -> Proposal | None:
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, f"a candidate has {', '.join(_PARTS)}")
        return None
    parts = {pair.key.value: pair for pair in notes.distinct(node, f"{key}.")}
    for name, pair in parts.items():
        if name not in _PARTS and not name.startswith("x-"):
            notes.invalid(key, pair.key, f"a candidate has no {printable(name)}, only {', '.join(_PARTS)}")
    found = _identified(key, parts, notes)
    if not found:
        notes.invalid(key, node, f"a candidate needs one of {', '.join(_IDENTIFIERS)}")
        return None
    title = notes.text(f"{key}.title", parts["title"].value) if "title" in parts else None
    return Proposal(found, _score(key, parts, notes), title)


def _identified(key: str, parts: AnyMapping[str, PairNode], notes: Notes) -> tuple[Identifier, ...]:
    found: list[Identifier] = []
    for name in _IDENTIFIERS:
        text = notes.text(f"{key}.{name}", parts[name].value) if name in parts else None
        read = identifiers.parse(IDENTIFIER_FIELDS[name], markdown.unescape(text)) if text else None
        if isinstance(read, Malformed):
            notes.invalid(key, parts[name].value, f"candidate {name} {printable(text or '')}: {read.message}")
        elif read is not None:
            found.append(read)
    return tuple(found)


def _score(key: str, parts: AnyMapping[str, PairNode], notes: Notes) -> float | None:
    text = notes.text(f"{key}.score", parts["score"].value) if "score" in parts else None
    if text is None or not _SCORE.fullmatch(text) or float(text) > 1:
        if text is not None:
            notes.invalid(key, parts["score"].value, f"score {printable(text)}: a number from 0 to 1 is expected")
        return None
    return float(text)
