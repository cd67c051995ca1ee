"""What the rules on links ask of a case: which links, how they answered today and on the days before. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import urlsplit

from evidence.checks.gone import CONFIRMED_AFTER, judged_at
from evidence.model.case import Case
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import (
    PRIVATE_ADDRESS,
    Answer,
    Blocked,
    Cause,
    Found,
    NotFound,
    Observation,
    State,
    Unavailable,
    since_found,
)
from evidence.model.records import Page
from evidence.model.references import Place

PERSISTENT_DAYS = 3
PERSISTENT_SPAN = timedelta(hours=72)

_NEVER_ASKED = frozenset({Cause.OFFLINE, Cause.NO_SOURCE})


def addresses(case: Case) -> Iterator[Identifier]:
    """The web addresses that the reference cites."""
    return (identifier for identifier in case.reference.identifiers if identifier.kind is IdKind.URL)


def links(case: Case) -> Iterator[Answer]:
    """The answers for cited web addresses."""
    return (answer for answer in case.answers if answer.identifier.kind is IdKind.URL)


def place_of(case: Case, identifier: Identifier) -> Place:
    """Where the entry gives this address."""
    uses = (use.place for use in case.reference.uses if use.identifier == identifier)
    return next(uses, case.reference.place_of("URL"))


def death(case: Case, answer: Answer) -> str | None:
    """How it is known that the page is gone, on as many days as it takes; None while it is not.

    A 404 or 410 takes as many days as the policy asks for. That its host does not exist takes a second
    run, at least 24 hours after the first that was told so.
    """
    match answer.outcome:
        case NotFound(reason=reason) if len(_days(case, answer, State.NOT_FOUND)) >= case.policy.confirm_dead:
            return f"{answer.identifier.value} answers {reason}"
        case Unavailable(reason=reason, cause=Cause.NO_SUCH_NAME):
            told = [seen for seen in _since_found(case, answer) if seen.cause is Cause.NO_SUCH_NAME]
            today = case.day_of(answer)
            days = {seen.as_of for seen in told} | {today}
            first = min((judged_at(seen.at, seen.as_of) for seen in told), default=None)
            lasting = first is not None and judged_at(answer.at, today) >= first + CONFIRMED_AFTER
            if lasting and len(days) >= case.policy.confirm_dead:
                return f"{answer.identifier.value}: {reason}, as on {len(days)} days since {min(days)}"
    return None


def copy_of(answer: Answer) -> str:
    """What can be cited in place of a page that is gone."""
    if answer.archived is None:
        return "cite the page's new address, or an archived copy from the day it was read"
    return f"cite the page's new address, or the archived copy {answer.archived}"


def silence(case: Case, answer: Answer) -> str | None:
    """Why the page could not be judged today, if that may be the page's fault; never when it may be ours."""
    if death(case, answer) is not None:
        return None
    match answer.outcome:
        case NotFound(reason=reason):
            days = len(_days(case, answer, State.NOT_FOUND))
            return f"{answer.identifier.value} answers {reason}, seen on {days} of {case.policy.confirm_dead} days"
        case Unavailable(reason=reason, cause=cause) if cause not in _NEVER_ASKED and not case.weather:
            return f"{answer.identifier.value} could not be reached: {reason}"
        case _:
            return None


def failing_days(case: Case, answer: Answer) -> frozenset[date]:
    """The as-of days since the last success on which the page could not be reached, if it is so for long enough.

    Long enough is three different days over 72 hours, today among them; else there are none.
    """
    if not isinstance(answer.outcome, Unavailable) or silence(case, answer) is None:
        return frozenset()
    days = _days(case, answer, State.UNAVAILABLE)
    lasting = case.day_of(answer) - min(days) >= PERSISTENT_SPAN
    return days if len(days) >= PERSISTENT_DAYS and lasting else frozenset()


def moved_to(answer: Answer) -> str | None:
    """Where the leading permanent redirects end, unless only scheme, `www.` or a trailing slash differ."""
    match answer.outcome:
        case Found(record=Page(suspicion="", moves=moves)) if moves:
            if _essence(moves[-1].target) != _essence(moves[0].source):
                return moves[-1].target
    return None


def way_past(blocked: Blocked) -> str:
    """What a person can do about a link that machines cannot follow."""
    if blocked.status is not None:
        return "look at it in a browser and note it: confirmed: {by: …, date: …, until: …}"
    if blocked.reason == PRIVATE_ADDRESS:
        return "set EVIDENCE_ALLOW_PRIVATE=1 to let cited links reach private addresses"
    return "cite a public address; no setting opens this one"


def is_loopback(host: str) -> bool:
    """Whether this host is the machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_home_page(address: str) -> bool:
    """Whether an address names a site and no page of it; a fragment that routes (`#/page`) names one."""
    parts = urlsplit(address)
    page = parts.path.removeprefix("/").lower()
    bare = not page or (page.startswith("index.") and "/" not in page)
    return bare and not parts.query and not parts.fragment.startswith(("/", "!"))


def _days(case: Case, answer: Answer, state: State) -> frozenset[date]:
    """The as-of days in this state since the page was last found, that of the answer at hand among them."""
    return frozenset({case.day_of(answer)} | {seen.as_of for seen in _since_found(case, answer) if seen.state is state})


def _since_found(case: Case, answer: Answer) -> tuple[Observation, ...]:
    """What earlier runs saw since the page was last found, oldest first."""
    return since_found([seen for seen in case.history.get(answer.identifier, ()) if seen.as_of <= case.today])[1]


def _essence(address: str) -> tuple[str, int | None, str, str]:
    parts = urlsplit(address)
    return (parts.hostname or "").removeprefix("www."), parts.port, parts.path.rstrip("/"), parts.query
