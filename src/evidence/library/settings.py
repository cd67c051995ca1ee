"""What stands at the top of the file beside the entries: `monograph:` and `policy:`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from typing import NamedTuple, TypeVar

from evidence.library.fields import nearest
from evidence.library.nodes import MappingNode, Node, PairNode, ScalarNode
from evidence.library.notes import Notes, keys, printable
from evidence.model.policy import CacheTtl, HouseStyle, Policy, Severity, SourceType, WaiverLimits
from evidence.model.references import Monograph, Place
from evidence.rules import VOIDING

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
    read = _each("monograph", node, notes, {"title": _text, "file": _text})
    return Monograph(title=read.get("title"), file=read.get("file"), place=_place_of("file", node, notes))


def _place_of(key: str, node: Node, notes: Notes) -> Place | None:
    pairs = node.pairs if isinstance(node, MappingNode) else ()
    return next((notes.place(pair.value) for pair in pairs if pair.key.value == key), None)


def read_policy(node: Node, notes: Notes, base: Policy | None = None) -> Policy:
    """`policy:`; what is missing or cannot be read stays as in `base`, by default the built-in policy."""
    policy = base or Policy()
    for pair in _pairs("policy", node, notes, frozenset(_PARTS)):
        policy = _PARTS[pair.key.value](policy, pair.value, notes)
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
    names = [field.name for field in fields(WaiverLimits)]
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


_PARTS: dict[str, Callable[[Policy, Node, Notes], Policy]] = {
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


def _text(key: str, node: Node, notes: Notes) -> str | None:
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
