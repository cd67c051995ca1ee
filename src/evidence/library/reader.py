"""Our field `candidates`: the records among which a person is to choose, as an import writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from dataclasses import fields as fields_xsettings
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar

from evidence.library import fields, markdown
from evidence.library.fields import IDENTIFIER_FIELDS, nearest
from evidence.library.files import SourceText, find_libraries, read_source
from evidence.library.scalars import Written
from evidence.library.yaml import (
    MappingNode,
    Node,
    Notes,
    PairNode,
    ScalarNode,
    SequenceNode,
    keys,
    printable,
    read_tree,
)
from evidence.model import dates, identifiers
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.policy import CacheTtl, HouseStyle, Policy, Severity, SourceType, WaiverLimits
from evidence.model.references import (
    FINDING,
    Category,
    Companion,
    Confirmation,
    Fault,
    FaultKind,
    IdentifierUse,
    Library,
    Monograph,
    Name,
    Place,
    Proposal,
    Reference,
    Role,
    Waiver,
)
from evidence.model.rule import VOIDING
from evidence.model.urls import Malformed, masked

# Our field `candidates`: the records among which a person is to choose, as an import writes them.

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


# Names and dates as CSL-JSON, CSL-YAML and pandoc write them.

_NAME_PARTS = ("family", "given", "suffix", "literal", "dropping-particle", "non-dropping-particle")
_NAME_FLAGS = frozenset(["comma-suffix", "static-ordering", "parse-names"])
_DATE_FLAGS = frozenset(["circa", "season"])
_DATE_NUMBERS = ("year", "month", "day")
_NUMBER = re.compile(r"[0-9]{1,4}")


def read_names(key: str, node: Node, notes: Notes) -> tuple[Name, ...]:
    """A list of CSL names; one name alone and plain strings (as bodies) are understood too."""
    if isinstance(node, ScalarNode) and node.is_empty:
        notes.invalid(key, node, f"{key} is empty")
        return ()
    items = node.items if isinstance(node, SequenceNode) else (node,)
    names = (_name(key, item, notes) for item in items)
    return tuple(name for name in names if name is not None)


def _name(key: str, node: Node, notes: Notes) -> Name | None:
    if isinstance(node, ScalarNode):
        literal = notes.text(key, node)
        return Name(literal=markdown.to_plain(literal)) if literal else None
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, f"a name of {key} is a text, or family and given")
        return None
    parts: dict[str, str] = {}
    for pair in notes.distinct(node, f"{key}."):
        part = pair.key.value
        if part in _NAME_PARTS:
            text = notes.text(f"{key}.{part}", pair.value)
            parts[part] = markdown.to_plain(text) if text else ""
        elif part not in _NAME_FLAGS:
            notes.invalid(key, pair.key, f"a name has no {printable(part)}, only {', '.join(_NAME_PARTS)}")
    if not any(parts.get(part) for part in ("family", "given", "literal")):
        notes.invalid(key, node, f"a name of {key} needs family or literal")
        return None
    particles = (parts.get("dropping-particle"), parts.get("non-dropping-particle"))
    return Name(
        family=parts.get("family", ""),
        given=parts.get("given", ""),
        suffix=parts.get("suffix", ""),
        particle=" ".join(particle for particle in particles if particle),
        literal=parts.get("literal", ""),
    )


def read_date(key: str, node: Node, notes: Notes) -> PartialDate | None:
    """An EDTF text, CSL's `date-parts`, pandoc's `{year, month, day}` or a list of one or two of these."""
    try:
        return _date(node)
    except _DateFieldError as fault:
        notes.invalid(key, fault.node, f"{key}: {fault.message}", fault.suggestion)
        return None


def read_day(key: str, node: Node, notes: Notes) -> PartialDate | None:
    """A date that must name its day, such as that of a person's word; noted where it does not."""
    read = read_date(key, node, notes)
    if read is not None and not read.is_exact:
        notes.invalid(key, node, f"{key}: a day is expected, as YYYY-MM-DD")
        return None
    return read


class _DateFieldError(Exception):
    """A date that cannot be read, and the node to show it at."""

    def __init__(self, node: Node, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.node = node
        self.message = message
        self.suggestion = suggestion


def _date(node: Node) -> PartialDate:
    if isinstance(node, ScalarNode):
        return _edtf(node)
    if isinstance(node, SequenceNode):
        return _one_or_two(node, [_date(item) for item in node.items])
    fields = {pair.key.value: pair.value for pair in node.pairs}
    if len(fields) < len(node.pairs):
        raise _DateFieldError(node, "a key is repeated within the date")
    for name in ("literal", "raw"):
        if name in fields:
            raise _free_text(name, fields[name])
    if "edtf" in fields:
        return _date(fields["edtf"])
    unknown = next((name for name in fields if name not in {*_DATE_NUMBERS, *_DATE_FLAGS, "date-parts"}), None)
    if unknown is not None:
        raise _DateFieldError(node, f"a date has no {printable(unknown)}")
    if "date-parts" in fields:
        return _date_parts(fields["date-parts"], fields.get("season"))
    numbers = [fields[name] for name in _DATE_NUMBERS if name in fields]
    if "year" not in fields or ("day" in fields and "month" not in fields):
        raise _DateFieldError(node, dates.EXPECTED)
    return _from_numbers(node, numbers, fields.get("season"))


def _edtf(node: ScalarNode) -> PartialDate:
    try:
        return dates.parse(node.value)
    except dates.DateError as error:
        raise _DateFieldError(node, str(error), error.suggestion) from None


def _free_text(name: str, node: Node) -> _DateFieldError:
    meant = dates.guess(node.value) if isinstance(node, ScalarNode) else None
    asked = f", did you mean {meant}?" if meant else ""
    return _DateFieldError(
        node, f"a {name} date cannot be judged, {dates.EXPECTED}{asked}", str(meant) if meant else None
    )


def _date_parts(node: Node, season: Node | None) -> PartialDate:
    if not isinstance(node, SequenceNode):
        raise _DateFieldError(node, "date-parts is a list of lists, such as [[2025, 8, 14]]")
    read = []
    for part in node.items:
        if not isinstance(part, SequenceNode) or not 1 <= len(part.items) <= 3:
            raise _DateFieldError(part, "date-parts is a list of lists, such as [[2025, 8, 14]]")
        read.append(_from_numbers(part, list(part.items), season))
    return _one_or_two(node, read)


def _one_or_two(node: Node, read: list[PartialDate]) -> PartialDate:
    if len(read) == 1:
        return read[0]
    if len(read) != 2:
        raise _DateFieldError(node, "a date is one date, or the first and last of an interval")
    try:
        return dates.parse(f"{read[0]}/{read[1]}")
    except dates.DateError as error:
        raise _DateFieldError(node, str(error), error.suggestion) from None


def _from_numbers(node: Node, numbers: list[Node], season: Node | None) -> PartialDate:
    read = [_number(number) for number in numbers]
    if season is not None and len(read) == 1:
        read.append(20 + _number(season))
    try:
        return dates.from_parts(*read)
    except dates.DateError as error:
        raise _DateFieldError(numbers[0] if numbers else node, str(error), error.suggestion) from None


def _number(node: Node) -> int:
    if not isinstance(node, ScalarNode) or not _NUMBER.fullmatch(node.value):
        raise _DateFieldError(node, "years, months, days and seasons are numbers")
    return int(node.value)


# One entry of `references:` as a Reference, with a fault for everything in it that cannot be used.

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


# What stands at the top of the file beside the entries: `monograph:` and `policy:`.

TOP_FIELDS = frozenset(["references", "monograph", "policy", "waivers"])

_DAYS = re.compile(r"([0-9]{1,5})\s*(?:d|days?)?")
_COUNT = re.compile(r"[1-9][0-9]{0,2}")
_SELF_APPROVAL = {"refused": False, "allowed": True}
_SEVERITIES = {str(severity): severity for severity in Severity}
_STYLES = {str(style): style for style in HouseStyle} | {"vancouver": HouseStyle.NLM}

V = TypeVar("V")
Read = Callable[[str, Node, Notes], V | None]


class _Limit(NamedTuple):
    """Days, or None for no limit."""

    days: int | None


def read_monograph(node: Node, notes: Notes) -> Monograph:
    """`monograph: {title, file}`."""
    read = _each("monograph", node, notes, {"title": _text_settings, "file": _text_settings})
    return Monograph(title=read.get("title"), file=read.get("file"), place=_place_of("file", node, notes))


def _place_of(key: str, node: Node, notes: Notes) -> Place | None:
    pairs = node.pairs if isinstance(node, MappingNode) else ()
    return next((notes.place(pair.value) for pair in pairs if pair.key.value == key), None)


def read_policy(node: Node, notes: Notes, base: Policy | None = None) -> Policy:
    """`policy:`; what is missing or cannot be read stays as in `base`, by default the built-in policy."""
    policy = base or Policy()
    for pair in _pairs("policy", node, notes, frozenset(_PARTS_SETTINGS)):
        policy = _PARTS_SETTINGS[pair.key.value](policy, pair.value, notes)
    return policy


def _accessed_limit(policy: Policy, node: Node, notes: Notes) -> Policy:
    read = _each("policy.accessed-limit", node, notes, {str(kind): _limit for kind in SourceType})
    limits = {SourceType(name): limit.days for name, limit in read.items()}
    return replace(policy, accessed_limit={**policy.accessed_limit, **limits})


def _life(policy: Policy, node: Node, notes: Notes) -> Policy:
    read = _each("policy.life", node, notes, {"status": _days, "metadata": _days, "page": _days})
    default = policy.lives
    lives = CacheTtl(
        status=read.get("status", default.status),
        metadata=read.get("metadata", default.metadata),
        page=read.get("page", default.page),
    )
    return replace(policy, lives=lives)


def _confirm_dead(policy: Policy, node: Node, notes: Notes) -> Policy:
    key = "policy.confirm-dead"
    text = notes.text(key, node)
    if text is not None and _COUNT.fullmatch(text):
        return replace(policy, confirm_dead=int(text))
    if text is not None:
        notes.invalid(key, node, f"confirm-dead {printable(text)}: a number of days, 1 to 999, is expected")
    return policy


def _lock_limit(policy: Policy, node: Node, notes: Notes) -> Policy:
    days = _days("policy.lock-limit", node, notes)
    return policy if days is None else replace(policy, lock_limit=days)


def _waiver_limit(policy: Policy, node: Node, notes: Notes) -> Policy:
    names = [field.name for field in fields_xsettings(WaiverLimits)]
    read = _each("policy.waiver-limit", node, notes, dict.fromkeys(names, _days))
    return replace(policy, waiver_limits=replace(policy.waiver_limits, **read))


def _self_approval(policy: Policy, node: Node, notes: Notes) -> Policy:
    key = "policy.self-approval"
    text = notes.text(key, node)
    if text in _SELF_APPROVAL:
        return replace(policy, self_approval=_SELF_APPROVAL[text])
    if text is not None:
        told = f"{printable(text)} is none of {', '.join(_SELF_APPROVAL)}"
        notes.invalid(key, node, told, nearest(text, _SELF_APPROVAL))
    return policy


def _sign_off_limit(policy: Policy, node: Node, notes: Notes) -> Policy:
    limit = _limit("policy.sign-off-limit", node, notes)
    return policy if limit is None else replace(policy, sign_off_limit=limit.days)


def _severity(policy: Policy, node: Node, notes: Notes) -> Policy:
    key = "policy.severity"
    read: dict[str, Severity] = {}
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, "severity gives each code its severity, such as 'ACC004: warning'")
        return policy
    for code, value in notes.distinct(node, f"{key}."):
        name = f"{key}.{code.value}"
        severity = _named_severity(name, value, notes) if notes.is_rule_code(name, code) else None
        if severity is not None and code.value in VOIDING and severity < Severity.ERROR:
            notes.invalid(name, value, f"{code.value} cannot be lowered: what it finds voids the reference")
        elif severity is not None:
            read[code.value] = severity
    return replace(policy, severity={**policy.severity, **read})


def _fail_on(policy: Policy, node: Node, notes: Notes) -> Policy:
    severity = _named_severity("policy.fail-on", node, notes)
    return policy if severity is None else replace(policy, fail_on=severity)


def _style(policy: Policy, node: Node, notes: Notes) -> Policy:
    key = "policy.style"
    text = node.value if isinstance(node, ScalarNode) and node.value == "none" else notes.text(key, node)
    style = _STYLES.get(text.lower()) if text is not None else None
    if text is not None and style is None:
        notes.invalid(key, node, f"style {printable(text)} is none of {', '.join(_STYLES)}", nearest(text, _STYLES))
    return policy if style is None else replace(policy, style=style)


_PARTS_SETTINGS: dict[str, Callable[[Policy, Node, Notes], Policy]] = {
    "accessed-limit": _accessed_limit,
    "life": _life,
    "confirm-dead": _confirm_dead,
    "lock-limit": _lock_limit,
    "sign-off-limit": _sign_off_limit,
    "severity": _severity,
    "fail-on": _fail_on,
    "waiver-limit": _waiver_limit,
    "self-approval": _self_approval,
    "style": _style,
}


def _pairs(key: str, node: Node, notes: Notes, known: frozenset[str]) -> list[PairNode]:
    """The pairs of a mapping whose keys are known; the others are noted."""
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, f"{key} needs fields of its own: {', '.join(sorted(known))}")
        return []
    kept = []
    for pair in notes.distinct(node, f"{key}."):
        if pair.key.value in known:
            kept.append(pair)
        elif not pair.key.value.startswith("x-"):
            notes.unknown(f"{key}.{pair.key.value}", pair.key, nearest(pair.key.value, known), keys(node))
    return kept


def _each(key: str, node: Node, notes: Notes, readers: dict[str, Read[V]]) -> dict[str, V]:
    read: dict[str, V] = {}
    for pair in _pairs(key, node, notes, frozenset(readers)):
        name = pair.key.value
        value = readers[name](f"{key}.{name}", pair.value, notes)
        if value is not None:
            read[name] = value
    return read


def _text_settings(key: str, node: Node, notes: Notes) -> str | None:
    return notes.text(key, node)


def _days(key: str, node: Node, notes: Notes) -> int | None:
    text = notes.text(key, node)
    match = _DAYS.fullmatch(text) if text is not None else None
    if text is not None and match is None:
        notes.invalid(key, node, f"{printable(text)} is no number of days, such as '30 d'")
    return int(match[1]) if match else None


def _limit(key: str, node: Node, notes: Notes) -> _Limit | None:
    """A number of days, or the word `none`, which no empty value stands for."""
    if isinstance(node, ScalarNode) and node.value == "none":
        return _Limit(None)
    text = notes.text(key, node)
    match = _DAYS.fullmatch(text) if text is not None else None
    if text is not None and match is None:
        notes.invalid(key, node, f"{printable(text)} is no number of days, such as '365 d', nor 'none'")
    return _Limit(int(match[1])) if match else None


def _named_severity(key: str, node: Node, notes: Notes) -> Severity | None:
    text = notes.text(key, node)
    if text is None or text in _SEVERITIES:
        return _SEVERITIES.get(text or "")
    notes.invalid(key, node, f"{printable(text)} is none of {', '.join(_SEVERITIES)}", nearest(text, _SEVERITIES))
    return None


# `waivers:` of a library, and the file beside it that holds more of them.

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


# references.yaml as a Library.

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
