"""The policy a run judges by; every number of it is printed in the reports.

No evidence supports one universal review interval, so all of these are defaults to be overridden
under `policy:` in references.yaml or by options.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum

from evidence.model.claims import ClaimKind
from evidence.model.errors import Place
from evidence.model.regex import regex

_BETWEEN_WORDS = regex(r"(?:[^\w]|_)+")
_LOOK_LIKE_LATIN = str.maketrans(
    "\u0430\u0435\u0456\u0458\u043e\u0440\u0441\u0443\u0445\u0455\u0501\u051b\u051d\u04bb\u04cf\u0131\u03b1\u03b9\u03bf\u03c1\u03bd\u03c5",
    "aeijopcyxsdqwhliaiopvu",
)
"""Cyrillic and Greek letters, and the dotless i, that nobody distinguishes by eye: Unicode Technical Standard 39."""


class Severity(IntEnum):
    """How bad a finding is; ordered, so that `--fail-on` is a comparison."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


class HouseStyle(StrEnum):
    """The printed form that citations are judged by; `none` leaves all to the monograph but plain slips."""

    AMA = "ama"
    NLM = "nlm"
    APA = "apa"
    CHICAGO = "chicago"
    NONE = "none"


class SourceType(StrEnum):
    """Kinds of source that the limits of `policy: accessed-limit:` distinguish."""

    WEBPAGE = "webpage"
    LABEL = "label"
    ARTICLE = "article"


DEFAULT_LIMIT = "default"
"""What `policy: claim-limit:` calls the limit for claims of all kinds that it does not name."""


@dataclass(frozen=True, slots=True)
class CacheTtl:
    """How many days a stored answer is served before the service is asked again."""

    status: int = 1
    metadata: int = 30
    page: int = 1


FOREVER = CacheTtl(*[date.max.toordinal()] * 3)
"""Lives for looking at what is stored, however old it is."""


@dataclass(frozen=True, slots=True)
class WaiverLimits:
    """How many days a waiver may run, by the severity of the finding that it covers.

    `baseline` is for what was in a file when it came under the gate, whatever its severity: were an inherited
    error given the 30 days of a new one, a team would have to correct the entire monograph before it may begin.
    """

    error: int = 30
    warning: int = 90
    info: int = 365
    baseline: int = 90

    def days(self, severity: Severity, *, baseline: bool = False) -> int:
        """The days for a finding of this severity."""
        by_severity = {Severity.ERROR: self.error, Severity.WARNING: self.warning, Severity.INFO: self.info}
        return self.baseline if baseline else by_severity[severity]


@dataclass(frozen=True, slots=True)
class SignOffPolicy:
    """Who may sign off in which role, by the names or addresses that their keys are known by, and whether a key must.

    `roles` are as `role_key` writes them. In a role that is not among them, everybody may sign.
    """

    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    require_key: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits in days (None: no limit), lives of answers, strikes, severities, the failing severity and the house style.

    `claim_limit` is how many days after its last review a claim is overdue, by its kind (`default` for all others).
    `lock_limit` is how many days after its last complete run a lock file is judged by. `self_approval` is True
    where the one who asks for a waiver may also approve it; that is noted all the same. `sign_off_limit` is how
    many days after it was given a sign-off is overdue. `coverage` is the percentage of a monograph's paragraphs that
    are to cite a reference. `offline` is True where what has no file form cannot be checked: an offline run does not
    count it as unchecked. `set_at` is where a file says what, by the setting's name (`policy.life.status`).
    """

    accessed_limit: Mapping[SourceType, int | None] = field(
        default_factory=lambda: {
            SourceType.WEBPAGE: 365,
            SourceType.LABEL: 365,
            SourceType.ARTICLE: None,
        }
    )
    claim_limit: Mapping[str, int | None] = field(
        default_factory=lambda: {DEFAULT_LIMIT: 730, ClaimKind.EFFICACY: 365, ClaimKind.SAFETY: 365}
    )
    lives: CacheTtl = field(default_factory=CacheTtl)
    confirm_dead: int = 1
    lock_limit: int = 14
    sign_off_limit: int | None = 365
    coverage: int | None = None
    severity: Mapping[str, Severity] = field(default_factory=dict)
    fail_on: Severity = Severity.ERROR
    waiver_limits: WaiverLimits = field(default_factory=WaiverLimits)
    self_approval: bool = False
    style: HouseStyle = HouseStyle.AMA
    offline: bool = False
    sign_off: SignOffPolicy = field(default_factory=SignOffPolicy)
    set_at: Mapping[str, Place] = field(default_factory=dict, compare=False)

    def claim_days(self, kind: ClaimKind | None) -> int | None:
        """The days after which a claim of this kind is to be reviewed again; None: no limit."""
        limits = self.claim_limit
        return limits[kind] if kind is not None and kind in limits else limits.get(DEFAULT_LIMIT)


def role_key(role: str) -> str:
    """A role as it is compared: in one case and form, without accents, its words one space apart, whatever is between.

    Letters of other scripts that look like Latin ones count as these: what reads as a role that only some may sign in
    is that role.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", role).casefold())
    plain = "".join(char for char in folded if not unicodedata.combining(char)).translate(_LOOK_LIKE_LATIN)
    return " ".join(_BETWEEN_WORDS.sub(" ", plain).split())


def strictest(policies: Iterable[SignOffPolicy]) -> SignOffPolicy:
    """What a sign-off needs that is about several files: what each of them asks."""
    roles: dict[str, tuple[str, ...]] = {}
    require_key = False
    for policy in policies:
        require_key = require_key or policy.require_key
        for role, names in policy.roles.items():
            roles[role] = tuple(name for name in roles[role] if name in names) if role in roles else names
    return SignOffPolicy(roles, require_key)


def claim_limit_policy(policy: Policy) -> dict[str, object]:
    """`claim-limit:` in the words of references.yaml, None for no limit; nothing where it is as by default."""
    if policy.claim_limit == Policy().claim_limit:
        return {}
    return {"claim-limit": {str(kind): days for kind, days in sorted(policy.claim_limit.items())}}


def offline_policy(policy: Policy) -> dict[str, object]:
    """`offline:` in the words of references.yaml; nothing where it is as by default."""
    return {"offline": True} if policy.offline else {}


def sign_off_policy(policy: Policy) -> dict[str, object]:
    """`sign-off:` in the words of references.yaml; nothing where the policy asks nothing of sign-offs."""
    settings = policy.sign_off
    if settings == SignOffPolicy():
        return {}
    roles = {role: list(names) for role, names in sorted(settings.roles.items())}
    return {"sign-off": {"roles": roles, "require-key": settings.require_key}}
