"""What comes of asking: the answer to a look-up, what earlier runs observed, and the results of a search.

Only NotFound can lead to "dead"; nothing but Found can lead to "pass".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import takewhile

from evidence.model.identifiers import Identifier
from evidence.model.records import Article, Record

LOADED = "nlm-files"
"""The address of answers that were not asked for but loaded from files, whatever their source."""

PRIVATE_ADDRESS = "private address"
"""The reason of a Blocked that `EVIDENCE_ALLOW_PRIVATE=1` would open; no other refusal of our guard has a switch."""


class Cause(StrEnum):
    """Why an answer is not available: our inability, never what the source says.

    NO_SUCH_NAME is the one that comes close to it: the name system itself said that the host does not
    exist, while it knew other public names in the same run. UNSOURCED is nobody's inability: no source
    answers for identifiers of this kind, today or tomorrow. NO_FILE is that for a run that judges by files alone: what
    is in none of them cannot be checked there.
    """

    TIMEOUT = "timeout"
    DNS = "dns"
    NO_SUCH_NAME = "no-such-name"
    CONNECT = "connect"
    TLS = "tls"
    HTTP = "http"
    CONTENT = "content"
    PROTOCOL = "protocol"
    OFFLINE = "offline"
    NO_SOURCE = "no-source"
    UNSOURCED = "unsourced"
    NO_FILE = "no-file"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Found:
    """The authority knows the identifier, and this is what it says."""

    record: Record


@dataclass(frozen=True, slots=True)
class NotFound:
    """The authority's own "no", after a second look. `status` is the HTTP status of a page."""

    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """We were refused (401, 403, 429, a bot wall, our own address guard): the source may be fine."""

    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """We could not find out. `status` is set when an HTTP status came back all the same (5xx)."""

    reason: str
    cause: Cause
    status: int | None = None


Outcome = Found | NotFound | Blocked | Unavailable


class State(StrEnum):
    """An outcome's name in reports and in the store."""

    FOUND = "found"
    NOT_FOUND = "not-found"
    BLOCKED = "blocked"
    UNAVAILABLE = "unavailable"
    NOT_CHECKED = "not-checked"


class CheckStatus(StrEnum):
    """How far everything could be looked at that was to be looked at of one reference; nothing else is a pass."""

    CHECKED = "checked"
    NOT_CHECKED = "not-checked"
    """Something that was to be asked was not answered this time: the run is incomplete."""
    CANNOT_BE_CHECKED = "cannot-be-checked"
    """Nobody could be asked: nothing to look up, no source for it, or only pages that gave nothing readable."""


def state_of(outcome: Outcome) -> State:
    """The outcome's name; what was never asked (offline, no source) is `not-checked`."""
    match outcome:
        case Found():
            return State.FOUND
        case NotFound():
            return State.NOT_FOUND
        case Blocked():
            return State.BLOCKED
        case Unavailable(cause=Cause.OFFLINE | Cause.NO_SOURCE | Cause.UNSOURCED | Cause.NO_FILE):
            return State.NOT_CHECKED
        case Unavailable():
            return State.UNAVAILABLE


def detail_of(outcome: Outcome) -> str | None:
    """The reason of an outcome, if it has one."""
    return None if isinstance(outcome, Found) else outcome.reason


def is_unsourced(outcome: Outcome) -> bool:
    """Whether nobody was asked, since no source answers for identifiers of this kind, or no file for this one."""
    return isinstance(outcome, Unavailable) and outcome.cause in (Cause.UNSOURCED, Cause.NO_FILE)


def has_no_source(outcome: Outcome) -> bool:
    """Whether no source answers for identifiers of this kind, in any run."""
    return isinstance(outcome, Unavailable) and outcome.cause is Cause.UNSOURCED


class Origin(StrEnum):
    """Where an outcome came from."""

    NETWORK = "network"
    STORE = "store"
    LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source brings back for one identifier.

    `raw` is the authority's own answer for this identifier alone, as bytes to keep (beside Found, and
    beside a NotFound that is itself a fact worth keeping); `address` the service address that it came
    from, `at` the real UTC time of asking.
    `as_of` is the day on which it was valid where that is not the run's own: the day on which it was stored or locked.
    `remembered` is an earlier record whose bibliographic facts are still within their life; it is
    set only beside an outcome that is not Found; `remembered_on` is the day on which it was valid, where that
    is known. `archived` is the address of an archived copy of a page that is dead.
    """

    identifier: Identifier
    outcome: Outcome
    source: str
    address: str
    at: datetime
    raw: bytes | None = None
    origin: Origin = Origin.NETWORK
    remembered: Record | None = None
    archived: str | None = None
    as_of: date | None = None
    remembered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What an earlier run observed of an identifier. `as_of` is the day it judged for.

    `cause` is set when it was Unavailable; what has the origin STORE was not asked again by that run.
    `fingerprint` is that of the main text of a page that was found (`evidence.matching.simhash`).
    """

    identifier: Identifier
    source: str
    state: State
    at: datetime
    as_of: date
    detail: str | None = None
    status: int | None = None
    run: str = ""
    cause: Cause | None = None
    origin: Origin = Origin.NETWORK
    fingerprint: str | None = None


def since_found(past: Sequence[Observation]) -> tuple[Observation | None, tuple[Observation, ...]]:
    """The last success among these observations, oldest first, and what came after it; None and all without one."""
    after = tuple(takewhile(lambda observation: observation.state is not State.FOUND, reversed(past)))[::-1]
    return (past[-1 - len(after)] if len(after) < len(past) else None), after


@dataclass(frozen=True, slots=True)
class PrintedPlace:
    """A place in print: a journal's name, a volume and a first page or article number."""

    journal: str
    volume: str
    first_page: str


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A printed citation as far as it can be read without a record; "" and None where nothing could be read.

    `printed` is the text without list number, markup and identifiers. `first_author` is a family name,
    `first_page` the page or article number as printed. `other_places` are what journal, volume and first page may
    be as well, the likeliest first. All of it is a guess: it serves to find candidates, never to judge them.
    """

    printed: str
    first_author: str = ""
    initials: str = ""
    title: str = ""
    journal: str = ""
    year: int | None = None
    volume: str = ""
    first_page: str = ""
    other_places: tuple[PrintedPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a searcher that answered holds to be possible: identifiers, the likeliest first; none is an answer too."""

    candidates: tuple[Identifier, ...] = ()


SearchOutcome = Candidates | Blocked | Unavailable
"""What came of asking one searcher about one citation; silence is never "no match"."""


Named = Identifier | Blocked | Unavailable
"""The identifier of the work that an address names by a number of its own, or why nobody said."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that the citation may be of.

    `score` (0 to 1) says how well the citation, read by the record, agrees with it; `agrees` and `differs` name
    the fields (title, authors, year, journal, volume, pages) that made it.
    """

    record: Article
    score: float
    agrees: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matched:
    """One record alone is what the citation names."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several records, or one that is not sure enough: a person decides. The likeliest first, never empty."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Everybody who could be asked was asked, and nothing that they offered is the work."""


@dataclass(frozen=True, slots=True)
class Unasked:
    """No service that could be asked answered, so nothing is known; `reason` says why."""

    reason: str


Match = Matched | Ambiguous | Unmatched | Unasked
