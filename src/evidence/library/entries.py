"""One entry of `references:` as a Reference, with a fault for everything in it that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from evidence import identifiers
from evidence.library import fields, markdown
from evidence.library.candidates import read_candidates
from evidence.library.files import SourceText
from evidence.library.nodes import MappingNode, Node, PairNode, ScalarNode, SequenceNode
from evidence.library.notes import Notes, keys, printable
from evidence.library.spelling import Written
from evidence.library.values import read_date, read_day, read_names
from evidence.malformed import Malformed
from evidence.model.identity import IdKind
from evidence.model.partialdate import PartialDate
from evidence.model.references import Confirmation, FaultKind, IdentifierUse, Name, Place, Proposal, Reference, Role
from evidence.webaddress import masked

_SPL_VERSION = re.compile(r"[1-9][0-9]{0,6}")
_MOST_SUGGESTIONS = 20  # in one entry; beyond that it is no entry with slips
_KIND_ORDER = list(IdKind)


@dataclass(slots=True)
class _Entry:
    """What has been read of an entry so far."""

    notes: Notes
    places: dict[str, Place] = field(default_factory=dict)
    csl: dict[str, object] = field(default_factory=dict)
    plain: dict[str, str] = field(default_factory=dict)
    dates: dict[str, PartialDate] = field(default_factory=dict)
    authors: tuple[Name, ...] = ()
    uses: list[IdentifierUse] = field(default_factory=list)
    keys: frozenset[str] = frozenset()
    ignore: dict[str, str] = field(default_factory=dict)
    confirmed: Confirmation | None = None
    candidates: tuple[Proposal, ...] = ()
    printed: Written | None = None
    unknown: int = 0


def read_entry(node: MappingNode, fallback_id: str, source: SourceText) -> Reference:
    """Read one entry; `fallback_id` names it where it does not name itself."""
    notes = Notes(source)
    entry = _Entry(notes, keys=keys(node))
    for pair in notes.distinct(node):
        _take(entry, pair)
    if "id" not in entry.places:
        notes.add(FaultKind.MISSING_ID, "id", node, "the entry has no id", f"id: {fallback_id}")
    plain = entry.plain
    return Reference(
        id=plain.get("id", fallback_id),
        place=notes.place(node),
        type=plain.get("type"),
        places=entry.places,
        uses=tuple(sorted(entry.uses, key=lambda use: _KIND_ORDER.index(use.identifier.kind))),
        title=plain.get("title"),
        authors=entry.authors,
        container_title=plain.get("container-title"),
        issued=entry.dates.get("issued"),
        volume=plain.get("volume"),
        issue=plain.get("issue"),
        page=plain.get("page"),
        accessed=entry.dates.get("accessed"),
        cited_as=plain.get("cited-as"),
        spl_version=int(plain["spl-version"]) if "spl-version" in plain else None,
        role=Role(plain.get("role", Role.EVIDENCE)),
        owner=plain.get("owner"),
        ignore=entry.ignore,
        confirmed=entry.confirmed,
        candidates=entry.candidates,
        csl=entry.csl,
        faults=tuple(notes.faults),
        printed=entry.printed,
    )


def _take(entry: _Entry, pair: PairNode) -> None:
    key, value = pair.key.value, pair.value
    if key.startswith("x-"):
        return
    if key not in fields.KNOWN_FIELDS:
        entry.unknown += 1
        known = fields.KNOWN_FIELDS if entry.unknown <= _MOST_SUGGESTIONS else ()
        entry.notes.unknown(key, pair.key, fields.nearest(key, known), entry.keys)
        return
    entry.places[key] = entry.notes.place(value)
    if key in fields.IDENTIFIER_FIELDS:
        _identifier(entry, key, value)
    elif key in fields.NAME_FIELDS:
        names = read_names(key, value, entry.notes)
        entry.authors = names if key == "author" else entry.authors
        entry.csl[key] = _tree(value)
    elif key in fields.DATE_FIELDS:
        date = read_date(key, value, entry.notes)
        if date is not None:
            entry.dates[key] = date
            entry.csl[key] = _tree(value, lambda text: text)
    elif key in fields.TEXT_FIELDS:
        _text(entry, key, value)
    else:
        _READERS[key](entry, key, value)


def _text(entry: _Entry, key: str, value: Node) -> None:
    if key == "keyword" and isinstance(value, SequenceNode):
        entry.csl[key] = _tree(value)
        return
    text = entry.notes.text(key, value)
    if text is not None:
        plain = markdown.is_plain(text)
        entry.csl[key] = text if plain else markdown.to_html(text)
        entry.plain[key] = text if plain else markdown.to_plain(text)


def _identifier(entry: _Entry, key: str, value: Node) -> None:
    written = entry.notes.text(key, value)
    if written is None:
        return
    kind = fields.IDENTIFIER_FIELDS[key]
    text = markdown.unescape(written)
    entry.csl[key] = text
    parsed = identifiers.parse(kind, text)
    if isinstance(parsed, Malformed):
        asked = f", did you mean {parsed.suggestion}?" if parsed.suggestion else ""
        entry.csl[key] = masked(text)
        message = f"{key} {printable(masked(text))}: {parsed.message}{asked}"
        entry.notes.add(FaultKind.MALFORMED_IDENTIFIER, key, value, message, parsed.suggestion)
        return
    carried = identifiers.from_url(text) if kind is IdKind.URL else None
    if not identifiers.is_canonical(kind, text):
        better = identifiers.url_of(carried) if carried else parsed.value
        message = f"{key} is better written {printable(better)}"
        entry.notes.add(FaultKind.NONCANONICAL_IDENTIFIER, key, value, message, better)
    entry.uses.append(IdentifierUse(carried or parsed, key, entry.places[key], derived=carried is not None))


def _id(entry: _Entry, key: str, value: Node) -> None:
    text = entry.notes.text(key, value)
    if text is not None and text.strip():
        entry.plain[key] = text


def _cited_as(entry: _Entry, key: str, value: Node) -> None:
    _verbatim(entry, key, value)
    if key in entry.plain and isinstance(value, ScalarNode):
        entry.printed = Written(entry.notes.source, value, entry.plain[key])


def _verbatim(entry: _Entry, key: str, value: Node) -> None:
    text = entry.notes.text(key, value)
    if text is not None:
        entry.plain[key] = text.rstrip("\n")


def _type(entry: _Entry, key: str, value: Node) -> None:
    text = entry.notes.text(key, value)
    if text is not None and _chosen(entry, key, value, text, fields.TYPES):
        entry.plain[key] = text
        entry.csl[key] = text


def _role(entry: _Entry, key: str, value: Node) -> None:
    text = entry.notes.text(key, value)
    if text is not None and _chosen(entry, key, value, text, frozenset(Role)):
        entry.plain[key] = text


def _chosen(entry: _Entry, key: str, node: Node, text: str, choices: frozenset[str]) -> bool:
    if text in choices:
        return True
    meant = fields.nearest(text, choices)
    told = (
        f"did you mean {meant}?"
        if meant
        else "it is none of CSL's types"
        if key == "type"
        else f"it is none of {', '.join(sorted(choices))}"
    )
    entry.notes.invalid(key, node, f"unknown {key} {printable(text)}, {told}", meant)
    return False


def _spl_version(entry: _Entry, key: str, value: Node) -> None:
    text = entry.notes.text(key, value)
    if text is not None and _SPL_VERSION.fullmatch(text):
        entry.plain[key] = text
    elif text is not None:
        entry.notes.invalid(key, value, f"spl-version {printable(text)} is no version number, which is 1 or more")


def _ignore(entry: _Entry, key: str, value: Node) -> None:
    notes = entry.notes
    if not isinstance(value, MappingNode):
        notes.invalid(key, value, "ignore gives each code its reason, such as 'ACC004: the month is all we have'")
        return
    for code, reason in notes.distinct(value, "ignore."):
        name = f"ignore.{code.value}"
        if not notes.is_rule_code(name, code):
            continue
        if not isinstance(reason, ScalarNode) or reason.is_empty:
            notes.invalid(name, code, f"ignore {code.value} gives no reason")
        else:
            entry.ignore[code.value] = notes.clean(name, reason)
            entry.places[name] = notes.place(code)


def _confirmed(entry: _Entry, key: str, value: Node) -> None:
    notes = entry.notes
    if not isinstance(value, MappingNode):
        notes.invalid(key, value, "confirmed says by (a name), date and, if you like, until")
        return
    parts = {pair.key.value: pair for pair in notes.distinct(value, "confirmed.")}
    for name, pair in parts.items():
        if name not in {"by", "date", "until"}:
            notes.unknown(f"confirmed.{name}", pair.key, fields.nearest(name, ("by", "date", "until")), parts)
    missing = next((name for name in ("by", "date") if name not in parts), None)
    if missing:
        notes.invalid(key, value, f"confirmed needs {missing}")
        return
    by = notes.text("confirmed.by", parts["by"].value)
    on = read_day("confirmed.date", parts["date"].value, notes)
    until = read_day("confirmed.until", parts["until"].value, notes) if "until" in parts else None
    if on is not None and until is not None and until.earliest < on.earliest:
        notes.invalid("confirmed.until", parts["until"].value, f"confirmed.until {until} is before its date, {on}")
        return
    if by is not None and on is not None:
        entry.confirmed = Confirmation(by, on.earliest, until.earliest if until else None)


def _candidates(entry: _Entry, key: str, value: Node) -> None:
    entry.candidates = read_candidates(key, value, entry.notes)


def _structure(entry: _Entry, key: str, value: Node) -> None:
    entry.csl[key] = _tree(value)


def _tree(node: Node, read: Callable[[str], str] = markdown.to_html) -> object:
    if isinstance(node, ScalarNode):
        return read(node.value)
    if isinstance(node, SequenceNode):
        return [_tree(item, read) for item in node.items]
    return {pair.key.value: _tree(pair.value, read) for pair in node.pairs}


_READERS: dict[str, Callable[[_Entry, str, Node], None]] = {
    "id": _id,
    "type": _type,
    "categories": _structure,
    "custom": _structure,
    "cited-as": _cited_as,
    "candidates": _candidates,
    "owner": _verbatim,
    "role": _role,
    "spl-version": _spl_version,
    "ignore": _ignore,
    "confirmed": _confirmed,
}
