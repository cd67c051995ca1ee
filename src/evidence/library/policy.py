"""`policy:` of a library or of a repository's configuration, and the library's `monograph:`, read from their nodes.

What cannot be used is noted, and leaves the policy as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, replace
from typing import NamedTuple, TypeVar

from evidence.library.fields import nearest
from evidence.library.yaml import (
    USE_ONE_OF_THESE,
    MappingNode,
    Node,
    Notes,
    PairNode,
    ScalarNode,
    SequenceNode,
    printable,
)
from evidence.model.claims import ClaimKind, Product
from evidence.model.errors import Place
from evidence.model.policy import (
    DEFAULT_LIMIT,
    HouseStyle,
    Policy,
    Severity,
    SignOffPolicy,
    SourceType,
    WaiverLimits,
    role_key,
)
from evidence.model.references import Monograph
from evidence.model.regex import regex
from evidence.model.rule import VOIDING

_POLICY_FIELDS = (
    "accessed-limit",
    "claim-limit",
    "life",
    "confirm-dead",
    "lock-limit",
    "sign-off-limit",
    "sign-off",
    "coverage",
    "severity",
    "fail-on",
    "waiver-limit",
    "self-approval",
    "style",
    "offline",
)
_DAYS = regex(r"([0-9]{1,5})\s*(?:d|days?)?")
_PERCENT = regex(r"(100|[1-9]?[0-9])\s*%?")
_COUNT = regex(r"[1-9][0-9]{0,2}")
_SELF_APPROVAL = {"refused": False, "allowed": True}
_REQUIRED = {"true": True, "false": False}
_SEVERITIES = {str(severity): severity for severity in Severity}
STYLES: Mapping[str, HouseStyle] = {str(style): style for style in HouseStyle} | {"vancouver": HouseStyle.NLM}

V = TypeVar("V")


class _Limit(NamedTuple):
    """Days, or None for no limit."""

    days: int | None


class _Share(NamedTuple):
    """A percentage, or None for none."""

    percent: int | None


def read_policy(node: Node, notes: Notes, base: Policy | None = None) -> Policy:
    """`policy:`; what is missing or cannot be read stays as in `base`, by default the built-in policy."""
    policy = base or Policy()
    policy = replace(policy, set_at={**policy.set_at, **_places("policy", node, notes)})
    for pair in _known_pairs("policy", node, notes, _POLICY_FIELDS):
        key, value = f"policy.{pair.key.value}", pair.value
        match pair.key.value:
            case "accessed-limit":
                limits = _fields(key, value, notes, map(str, SourceType), _limit)
                given = {SourceType(name): limit.days for name, limit in limits.items()}
                policy = replace(policy, accessed_limit={**policy.accessed_limit, **given})
            case "claim-limit":
                limits = _fields(key, value, notes, (DEFAULT_LIMIT, *ClaimKind), _limit)
                days_by_kind = {name: limit.days for name, limit in limits.items()}
                policy = replace(policy, claim_limit={**policy.claim_limit, **days_by_kind})
            case "life":
                lives = _fields(key, value, notes, ("status", "metadata", "page"), _days)
                policy = replace(policy, lives=replace(policy.lives, **lives))
            case "confirm-dead":
                text = notes.text(key, value)
                if text is not None and _COUNT.fullmatch(text):
                    policy = replace(policy, confirm_dead=int(text))
                elif text is not None:
                    message = f"confirm-dead {printable(text)} is not a number of days (1 to 999)"
                    notes.invalid(key, value, message)
            case "lock-limit":
                if (days := _days(key, value, notes)) is not None:
                    policy = replace(policy, lock_limit=days)
            case "sign-off-limit":
                if (limit := _limit(key, value, notes)) is not None:
                    policy = replace(policy, sign_off_limit=limit.days)
            case "sign-off":
                policy = replace(policy, sign_off=_sign_off(key, value, notes, policy.sign_off))
            case "coverage":
                if (share := _coverage(key, value, notes)) is not None:
                    policy = replace(policy, coverage=share.percent)
            case "severity":
                policy = replace(policy, severity={**policy.severity, **_severities(key, value, notes)})
            case "fail-on":
                if (name := notes.choice(key, value, _SEVERITIES)) is not None:
                    policy = replace(policy, fail_on=_SEVERITIES[name])
            case "waiver-limit":
                days_of = _fields(key, value, notes, [field.name for field in fields(WaiverLimits)], _days)
                policy = replace(policy, waiver_limits=replace(policy.waiver_limits, **days_of))
            case "self-approval":
                if (name := notes.choice(key, value, _SELF_APPROVAL)) is not None:
                    policy = replace(policy, self_approval=_SELF_APPROVAL[name])
            case "offline":
                if (name := notes.choice(key, value, _REQUIRED)) is not None:
                    policy = replace(policy, offline=_REQUIRED[name])
            case "style":
                if (style := _style(key, value, notes)) is not None:
                    policy = replace(policy, style=style)
    return policy


def _places(name: str, node: Node, notes: Notes) -> dict[str, Place]:
    """Where each setting below this one is, by its name."""
    if not isinstance(node, MappingNode):
        return {name: notes.place(node)}
    places: dict[str, Place] = {}
    for pair in node.pairs:
        places |= _places(f"{name}.{pair.key.value}", pair.value, notes)
    return places


def read_monograph(node: Node, notes: Notes) -> Monograph:
    """`monograph: {title, file, product}`."""
    title = file = place = product = None
    for pair in _known_pairs("monograph", node, notes, ("title", "file", "product")):
        key = pair.key.value
        if key == "product":
            product = _product(pair.value, notes)
        elif key == "title":
            title = notes.text(f"monograph.{key}", pair.value)
        else:
            file, place = notes.text(f"monograph.{key}", pair.value), notes.place(pair.value)
    return Monograph(title=title, file=file, place=place, product=product)


def _product(node: Node, notes: Notes) -> Product | None:
    """`product: {drug, strengths, form, status}`; None, noted, where it names no drug."""
    key = "monograph.product"
    before = len(notes.faults)
    texts: dict[str, str | None] = {}
    strengths: list[str] = []
    for pair in _known_pairs(key, node, notes, ("drug", "strengths", "form", "status")):
        name, value = f"{key}.{pair.key.value}", pair.value
        if pair.key.value == "strengths":
            items = value.items if isinstance(value, SequenceNode) else (value,)
            strengths = [text for item in items if (text := notes.text(name, item)) is not None]
        else:
            texts[pair.key.value] = notes.text(name, value)
    drug = texts.get("drug")
    if drug is None:
        if len(notes.faults) == before:
            notes.invalid(key, node, "monograph.product has no drug")
        return None
    return Product(drug, tuple(strengths), texts.get("form"), texts.get("status"), notes.place(node))


def _severities(key: str, node: Node, notes: Notes) -> dict[str, Severity]:
    """The severity of each rule's code; that of a finding that voids its reference cannot be lowered."""
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, "severity gives each code its severity, such as 'ACC004: warning'")
        return {}
    read: dict[str, Severity] = {}
    for code, value in notes.distinct(node, f"{key}."):
        name = f"{key}.{code.value}"
        chosen = notes.choice(name, value, _SEVERITIES) if notes.is_rule_code(name, code) else None
        if chosen is None:
            continue
        if code.value in VOIDING and _SEVERITIES[chosen] < Severity.ERROR:
            notes.invalid(name, value, f"{code.value} cannot be lowered: its findings make the reference invalid")
        else:
            read[code.value] = _SEVERITIES[chosen]
    return read


def _sign_off(key: str, node: Node, notes: Notes, base: SignOffPolicy) -> SignOffPolicy:
    """Who may sign in which role, and whether a key must; what `base` asks is only ever made stricter."""
    settings = base
    for pair in _known_pairs(key, node, notes, ("roles", "require-key")):
        name = f"{key}.{pair.key.value}"
        if pair.key.value == "roles":
            settings = replace(settings, roles=_roles(name, pair.value, notes, base.roles))
        elif (chosen := notes.choice(name, pair.value, _REQUIRED)) is not None:
            settings = replace(settings, require_key=base.require_key or _REQUIRED[chosen])
            if base.require_key and not _REQUIRED[chosen]:
                notes.invalid(name, pair.value, "require-key cannot be turned off: the configuration requires a key")
    return settings


def _roles(key: str, node: Node, notes: Notes, base: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Who may sign in each role, roles as they are compared: of one that `base` names, only those whom it names too."""
    roles = dict(base)
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, "roles gives each role its signers, such as 'medical editor: [name@example.org]'")
        return roles
    for pair in notes.distinct(node, f"{key}."):
        role, name = role_key(pair.key.value), f"{key}.{pair.key.value}"
        items = pair.value.items if isinstance(pair.value, SequenceNode) else (pair.value,)
        given = [(item, text) for item in items if (text := notes.text(name, item)) is not None]
        for item, text in given:
            if role in base and text not in base[role]:
                what = f"{printable(text)} cannot be added to {printable(role)}: the configuration lists who may sign"
                notes.invalid(name, item, what)
        roles[role] = tuple(text for _, text in given if role not in base or text in base[role])
    return roles


def _style(key: str, node: Node, notes: Notes) -> HouseStyle | None:
    """A house style, in any case; `none` is one of them, but no empty value."""
    text = node.value if isinstance(node, ScalarNode) and node.value == "none" else notes.text(key, node)
    style = STYLES.get(text.lower()) if text is not None else None
    if text is not None and style is None:
        what = f"style {printable(text)} is not one of {', '.join(STYLES)}"
        notes.invalid(key, node, what, nearest(text, STYLES) or USE_ONE_OF_THESE)
    return style


def _days(key: str, node: Node, notes: Notes, examples: str = "'30 d'") -> int | None:
    text = notes.text(key, node)
    match = _DAYS.fullmatch(text) if text is not None else None
    if text is not None and match is None:
        notes.invalid(key, node, f"{printable(text)} is not a number of days (such as {examples})")
    return int(match[1]) if match else None


def _limit(key: str, node: Node, notes: Notes) -> _Limit | None:
    """A number of days, or the word `none`; an empty value is noted."""
    if isinstance(node, ScalarNode) and node.value == "none":
        return _Limit(None)
    days = _days(key, node, notes, "'365 d', or 'none'")
    return None if days is None else _Limit(days)


def _coverage(key: str, node: Node, notes: Notes) -> _Share | None:
    """A percentage, or the word `none`."""
    if isinstance(node, ScalarNode) and node.value == "none":
        return _Share(None)
    text = notes.text(key, node)
    match = _PERCENT.fullmatch(text) if text is not None else None
    if text is not None and match is None:
        notes.invalid(key, node, f"{printable(text)} is not a percentage (such as '80 %') or 'none'")
    return _Share(int(match[1])) if match else None


def _fields(
    key: str, node: Node, notes: Notes, names: Iterable[str], read: Callable[[str, Node, Notes], V | None]
) -> dict[str, V]:
    """What `read` makes of each of the named fields of a mapping; those it cannot read are left out."""
    pairs = _known_pairs(key, node, notes, tuple(names))
    values = {pair.key.value: read(f"{key}.{pair.key.value}", pair.value, notes) for pair in pairs}
    return {name: value for name, value in values.items() if value is not None}


def _known_pairs(key: str, node: Node, notes: Notes, names: Collection[str]) -> list[PairNode]:
    """The pairs of a mapping whose keys are among the names; the others are noted."""
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, f"{key} must be a mapping with fields such as {', '.join(sorted(names))}")
        return []
    return notes.known(node, names, f"{key}.")
