"""LNK: cited web pages: dead, silent, moved, an error page in disguise, or with another text than was read."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlsplit

from evidence.matching.simhash import changed_share
from evidence.model.errors import Place
from evidence.model.identifiers import PAGES, Identifier, IdKind, is_label_search
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
from evidence.model.policy import Severity
from evidence.model.records import Page
from evidence.model.rule import Absence, FixKind, Lookup, NewsKind, OnAdding, Violation
from evidence.model.urls import MASK, mask_secrets, secrets_in
from evidence.rules.case import Case
from evidence.rules.identifiers import CONFIRMED_AFTER, judged_at
from evidence.rules.rule import entry_rule
from evidence.rules.waiver_evidence import page_text, refusal

PERSISTENT_DAYS = 3
PERSISTENT_SPAN = timedelta(hours=72)
"""On so many days, over so long, a page must have been silent before that is more than a bad day."""

DRIFTED = 0.3
"""The share of a page's text that must have been exchanged before it is reported.

Measured on 300 made-up pages each of 200 to 3,000 words (compare tests/matching/test_drift.py): a text of
which 15 % was exchanged was never estimated above 0.25, one of which 50 % was, never below 0.33. So
teasers that change daily raise nothing while they are less than a sixth of the page, and marked as an
aside they never do.
"""

_ONE_READERS = (
    "open the cited address in a browser, and cite the page's address without the part that is specific to you "
    "(a session id or token)"
)
_NO_PAGE = ("LNK001", "LNK002", "LNK003", "LNK004", "LNK006")
"""What takes the place of an earlier finding on a page: that there is no page any more, or none today."""

_rule = partial(entry_rule, needs=Lookup.PAGE, about=PAGES, superseded_by=_NO_PAGE)


@_rule("LNK001", "dead-link", Severity.ERROR, absence=Absence.VANISHED, news=NewsKind.DIED)
def dead_link(case: Case) -> Iterator[Violation]:
    """The cited page is gone.

    What it does:
        Reports a page that returns 404 or 410 to both GET and HEAD (a server that does not support
        HEAD counts as confirming). With `policy: confirm-dead: N`, the page must have failed in this
        way on N different days without a success in between; until then it is LNK002. Also reports a
        page whose host no longer exists: DNS must say so, resolve another public name in the same
        run, and confirm it in a run at least 24 hours later. The suggestion gives the archived copy
        closest to the date of `accessed`, if there is one.

    Why it matters:
        Readers cannot see the source that supports the text.

    Message:
        dead link: https://example.org/a-page-that-was-deleted returns HTTP 404 Not Found

    Example:
        - id: charity
          URL: https://example.org/a-page-that-was-deleted

    What to do:
        Cite the page's new address, or an archived copy from the time it was read.

    References:
        RFC 9110, 15.5.5 and 15.5.11; RFC 8020. Klein et al. 2014, doi:10.1371/journal.pone.0115253.
    """
    for answer in links(case):
        reason = _reason_dead(case, answer)
        if reason is not None:
            yield Violation(
                f"dead link: {reason}",
                f"dead {answer.identifier.value}",
                place=place_of(case, answer.identifier),
                suggestion=_replacement(answer),
            )


def _reason_dead(case: Case, answer: Answer) -> str | None:
    """How it is known that the page does not exist any more, on as many days as it takes; None while it is not.

    A 404 or 410 takes as many days as the policy asks for. That its host does not exist takes a second
    run, at least 24 hours after the first that found it so.
    """
    match answer.outcome:
        case NotFound(reason=reason) if len(_days(case, answer, State.NOT_FOUND)) >= case.policy.confirm_dead:
            return f"{answer.identifier.value} returns {reason}"
        case Unavailable(reason=reason, cause=Cause.NO_SUCH_NAME):
            past = [seen for seen in _since_found(case, answer) if seen.cause is Cause.NO_SUCH_NAME]
            today = case.day_of(answer)
            days = {seen.as_of for seen in past} | {today}
            first = min((judged_at(seen.at, seen.as_of) for seen in past), default=None)
            lasting = first is not None and judged_at(answer.at, today) >= first + CONFIRMED_AFTER
            if lasting and len(days) >= case.policy.confirm_dead:
                return f"{answer.identifier.value}: {reason} (on {len(days)} days since {min(days)})"
    return None


def _replacement(answer: Answer) -> str:
    """What can be cited in place of a page that does not exist any more."""
    if answer.archived is None:
        return "cite the page's new address, or an archived copy from the access date"
    return f"cite the page's new address, or the archived copy {answer.archived}"


@_rule("LNK002", "unreachable-link", Severity.WARNING, absence=Absence.TODAY)
def unreachable_link(case: Case) -> Iterator[Violation]:
    """The cited page could not be reached today.

    What it does:
        Reports a page that gave no usable response in three attempts: a timeout, a host name that does
        not resolve, an invalid certificate, a server error, a redirect loop. Also reports a 404 or 410
        that `policy: confirm-dead:` does not yet count as dead. Not judged if no cited page at all
        could be reached in this run, because then the local network is the likely cause. If the problem
        persists, LNK003 is reported instead.

    Why it matters:
        The page may be dead or only temporarily unavailable; one attempt cannot distinguish the two.

    Message:
        https://no-longer-registered.example.org/study could not be reached: no answer in
        time

    Example:
        - id: charity
          URL: https://no-longer-registered.example.org/study

    What to do:
        Nothing yet. Open the page in a browser, and wait for the next run.

    References:
        Ducut et al. 2008, doi:10.1186/1472-6947-8-23 (a fifth of the pages were down on some day).
    """
    for answer in links(case):
        reason = _reason_unreachable(case, answer)
        if reason is not None and not _failing_days(case, answer):
            yield Violation(
                reason,
                f"unreachable {answer.identifier.value}",
                place=place_of(case, answer.identifier),
                suggestion="open the page in a browser; the next run tries again",
            )


def _reason_unreachable(case: Case, answer: Answer) -> str | None:
    """Why the page could not be judged today, if that may be the page's fault; never when it may be ours."""
    if _reason_dead(case, answer) is not None:
        return None
    match answer.outcome:
        case NotFound(reason=reason):
            days = len(_days(case, answer, State.NOT_FOUND))
            return f"{answer.identifier.value} returns {reason} (day {days} of {case.policy.confirm_dead})"
        case Unavailable(reason=reason, cause=cause) if not case.network_down:
            if cause not in (Cause.OFFLINE, Cause.NO_SOURCE, Cause.NO_FILE):
                return f"{answer.identifier.value} could not be reached: {reason}"
    return None


@_rule("LNK003", "persistently-unreachable-link", Severity.ERROR, absence=Absence.LASTING, news=NewsKind.UNREACHABLE)
def persistently_unreachable_link(case: Case) -> Iterator[Violation]:
    """The cited page has been unreachable for several days.

    What it does:
        Reports a page that could not be reached on at least three different days over at least 72
        hours, including this run, without a success in between. It replaces LNK002.

    Why it matters:
        For a reader, a page that has been unreachable for days is practically dead.

    Message:
        https://example.org/study could not be reached: no answer in time; unreachable on 3
        days since 2026-11-20

    Example:
        A page whose server did not respond on 20, 21 and 23 November.

    What to do:
        Cite the page's new address, or an archived copy from around the access date.

    References:
        The three strikes of the Internet Archive's bot,
        https://meta.wikimedia.org/wiki/InternetArchiveBot/FAQ_for_sysadmins.
    """
    for answer in links(case):
        days = _failing_days(case, answer)
        if days:
            yield Violation(
                f"{_reason_unreachable(case, answer)}; unreachable on {len(days)} days since {min(days)}",
                f"persistently unreachable {answer.identifier.value}",
                place=place_of(case, answer.identifier),
                suggestion=_replacement(answer),
            )


def _failing_days(case: Case, answer: Answer) -> frozenset[date]:
    """The as-of days since the last success on which the page could not be reached, if it is so for long enough.

    Long enough is three different days over 72 hours, today among them; else there are none.
    """
    if not isinstance(answer.outcome, Unavailable) or _reason_unreachable(case, answer) is None:
        return frozenset()
    days = _days(case, answer, State.UNAVAILABLE)
    lasting = case.day_of(answer) - min(days) >= PERSISTENT_SPAN
    return days if len(days) >= PERSISTENT_DAYS and lasting else frozenset()


def _days(case: Case, answer: Answer, state: State) -> frozenset[date]:
    """The as-of days in this state since the page was last found, that of the answer at hand among them."""
    return frozenset({case.day_of(answer)} | {seen.as_of for seen in _since_found(case, answer) if seen.state is state})


def _since_found(case: Case, answer: Answer) -> tuple[Observation, ...]:
    """What earlier runs saw since the page was last found, oldest first."""
    return since_found([seen for seen in case.history.get(answer.identifier, ()) if seen.as_of <= case.today])[1]


@_rule("LNK004", "blocked-link", Severity.INFO, absence=Absence.REFUSED, waiver_evidence=refusal)
def blocked_link(case: Case) -> Iterator[Violation]:
    """The cited page blocks automated checks.

    What it does:
        Reports a page that refuses access (401, 403, 429, 451, 999 …) or shows a challenge such as a
        CAPTCHA, and a link that is not followed because it leads to a private address. A blocked page
        never counts as dead. Not reported while a person's `confirmed` for the entry is valid: from
        its date (tomorrow, UTC, at the latest) to its `until`.

    Why it matters:
        The page may be fine, but it was not checked.

    Message:
        https://publisher.example.com/an-article blocks automated checks: HTTP 403
        Forbidden

    Example:
        - id: publisher
          URL: https://publisher.example.com/an-article

    What to do:
        Open the page and record that you did:

        - id: publisher
          URL: https://publisher.example.com/an-article
          confirmed: {by: the editor, date: 2026-11-23, until: 2027-05-23}

    References:
        RFC 9110, 15.5; RFC 6585; RFC 7725.
    """
    if _is_confirmed(case):
        return
    for answer in links(case):
        if isinstance(answer.outcome, Blocked):
            how = "was not requested" if answer.outcome.status is None else "blocks automated checks"
            yield Violation(
                f"{answer.identifier.value} {how}: {answer.outcome.reason}",
                f"blocked {answer.identifier.value}",
                place=place_of(case, answer.identifier),
                suggestion=_blocked_advice(answer.outcome),
            )


def _is_confirmed(case: Case) -> bool:
    """Whether a person has looked at what machines cannot see, and their word holds; not that on another source."""
    confirmed = case.reference.confirmed
    if confirmed is None or not confirmed.holds(case.today):
        return False
    return confirmed.of is None or confirmed.of in map(str, case.reference.identifiers)


def is_unread(case: Case, answer: Answer) -> bool:
    """Whether the answer is of a cited page that gave nothing readable, neither to a machine nor to a person.

    Those are the pages of LNK002 and LNK004. LNK001 and LNK003 are verdicts on what was seen.
    """
    if answer.identifier.kind is not IdKind.URL:
        return False
    match answer.outcome:
        case Found():
            return False
        case Blocked():
            return not _is_confirmed(case)
        case NotFound() | Unavailable():
            return _reason_dead(case, answer) is None and not _failing_days(case, answer)


def _blocked_advice(blocked: Blocked) -> str:
    """What a person can do about a link that machines cannot follow."""
    if blocked.status is not None:
        return "open it in a browser and record that you did: confirmed: {by: …, date: …, until: …}"
    if blocked.reason == PRIVATE_ADDRESS:
        return "set EVIDENCE_ALLOW_PRIVATE=1 to allow cited links to private addresses"
    return "cite a public address; no setting allows this one"


@_rule("LNK005", "moved-link", Severity.WARNING, news=NewsKind.MOVED, on_adding=OnAdding.REPORTED, fix=FixKind.MOVED)
def moved_link(case: Case) -> Iterator[Violation]:
    """The cited page has moved permanently.

    What it does:
        Reports a page whose address redirects permanently (301 or 308), with the final address of
        these redirects. Redirects that follow a temporary one are not considered. Not reported if
        only the scheme, `www.` or a trailing slash changes, if the page is dead (LNK001), or if it
        looks like an error page (LNK006). A secret in the new address (a token, a signature) is shown
        as `***`, and such an address is not suggested.

    Why it matters:
        Redirects are often removed after some time, and the cited address will then stop working.

    Message:
        https://old.example.org/study has moved permanently to https://new.example.org/study

    Example:
        - id: charity
          URL: https://old.example.org/study

    What to do:
        - id: charity
          URL: https://new.example.org/study

    References:
        RFC 9110, 15.4.2 and 15.4.9.
    """
    for answer in links(case):
        target = moved_to(answer)
        if target is not None:
            yield Violation(
                f"{answer.identifier.value} has moved permanently to {target}",
                f"moved {answer.identifier.value} to {target}",
                place=place_of(case, answer.identifier),
                suggestion=_ONE_READERS if MASK in target else f"cite {target}",
            )


def moved_to(answer: Answer) -> str | None:
    """Where the leading permanent redirects end, unless only scheme, `www.` or a trailing slash differ."""
    match answer.outcome:
        case Found(record=Page(suspicion="", moves=moves)) if moves:
            if _essence(moves[-1].target) != _essence(moves[0].source):
                return moves[-1].target
    return None


def _essence(address: str) -> tuple[str, int | None, str, str]:
    parts = urlsplit(address)
    return (parts.hostname or "").removeprefix("www."), parts.port, parts.path.rstrip("/"), parts.query


@_rule(
    "LNK006",
    "soft-404",
    Severity.WARNING,
    absence=Absence.VANISHED,
    waiver_evidence=page_text,
    news=NewsKind.DRIFTED,
    on_adding=OnAdding.DECLINED,
)
def soft_404(case: Case) -> Iterator[Violation]:
    """The cited page looks like an error page, or it has no such anchor.

    What it does:
        Reports a page that returns success although there is a sign of an error: a specific address
        redirects to the site's home page or to a log-in page; the whole title says "not found"; an
        invented address on the same site returns the same page; the domain is parked; the page
        forwards its readers within five seconds to one of these or to a dead page. The message names
        the sign. If the address has a fragment (`#methods`) and the page has no such anchor, an info
        is reported.

    Why it matters:
        Readers see an error page, or the top of a long page, instead of the statement.

    Message:
        https://example.org/a-page-that-now-shows-the-front-page responds, but looks like an error
        page: it leads to the front page

    Example:
        - id: charity
          URL: https://example.org/a-page-that-now-shows-the-front-page

    What to do:
        Open it in a browser. If the statement is not there, cite the page's new address or an archived
        copy.

    References:
        Bar-Yossef et al. 2004, doi:10.1145/988672.988716 (invented addresses). HTML standard, 7.4.6.3.
    """
    for answer, page in _pages(case):
        cited = answer.identifier.value
        if is_label_search(cited):
            continue
        if page.suspicion:
            yield Violation(
                f"{cited} responds, but looks like an error page: {page.suspicion}",
                f"soft 404 {cited}",
                place=place_of(case, answer.identifier),
                suggestion="open it in a browser; cite its new address, or an archived copy from the access date",
            )
        elif page.anchor_missing:
            yield Violation(
                f"the page has no anchor #{urlsplit(cited).fragment}: {cited}",
                f"no anchor {cited}",
                place=place_of(case, answer.identifier),
                suggestion="find the passage on the page and cite its anchor, or cite the page without one",
                severity=Severity.INFO,
            )


@_rule("LNK007", "insecure-link", Severity.INFO, needs=Lookup.NONE, superseded_by=())
def insecure_link(case: Case) -> Iterator[Violation]:
    """The address uses http, not https.

    What it does:
        Reports `http:` addresses, except those of the local machine.

    Why it matters:
        Anyone between reader and server can change what the reader sees.

    Message:
        http://example.org/study does not use https

    Example:
        - id: charity
          URL: http://example.org/study

    What to do:
        - id: charity
          URL: https://example.org/study

    References:
        RFC 9110, 17.1.
    """
    for identifier in _addresses(case):
        parts = urlsplit(identifier.value)
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            yield Violation(
                f"{identifier.value} does not use https",
                f"insecure {identifier.value}",
                place=place_of(case, identifier),
                suggestion=f"try https{identifier.value.removeprefix('http')}",
            )


def _is_loopback(host: str) -> bool:
    """Whether this host is the machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@_rule("LNK008", "drifted-content", Severity.WARNING, waiver_evidence=page_text, news=NewsKind.DRIFTED)
def drifted_content(case: Case) -> Iterator[Violation]:
    """The text of the cited page has changed since it was read.

    What it does:
        Compares the main text of the page (without menus, headers, footers, numbers and dates) with
        that of the first run on or after the date of `accessed`, and reports it if about 30 % or more
        has changed. Not judged without an earlier run, for texts of fewer than 50 words, for pages
        that were not read completely, and for suspected error pages (LNK006).

    Why it matters:
        The page is available, but may no longer support the text.

    Message:
        about 70 % of the text of https://example.org/naltrexone has changed since it was accessed
        (2025-08-14); last seen unchanged on 2026-11-03

    Example:
        - id: charity
          URL: https://example.org/naltrexone
          accessed: 2025-08-14

    What to do:
        Read the page again. If it still supports the text, update the access date:

        - id: charity
          URL: https://example.org/naltrexone
          accessed: 2026-11-23

    References:
        Jones et al. 2016, doi:10.1371/journal.pone.0167475 (three of four cited pages had changed).
    """
    accessed = case.reference.accessed
    if accessed is None:
        return
    for answer, page in _pages(case):
        history = case.history.get(answer.identifier, ())
        texts = [seen for seen in history if seen.fingerprint and seen.as_of <= case.today]
        since = (seen for seen in texts if seen.as_of >= accessed.earliest)
        first = min(since, key=lambda seen: seen.as_of, default=None)
        share = changed_share(first.fingerprint or "", page.fingerprint) if first is not None else None
        is_drift = share is not None and share >= DRIFTED and not page.suspicion
        if first is None or share is None or not is_drift or is_label_search(answer.identifier.value):
            continue
        unchanged = max(seen.as_of for seen in texts if seen.fingerprint == first.fingerprint)
        yield Violation(
            f"about {5 * round(20 * share)} % of the text of {answer.identifier.value} has changed since it was "
            f"accessed ({accessed}); last seen unchanged on {unchanged}",
            f"drifted {answer.identifier.value} since {accessed}",
            place=place_of(case, answer.identifier),
            suggestion="read it again; if it still supports the text, record the date with `evidence confirm`",
        )


@_rule("LNK009", "home-page-cited", Severity.WARNING, needs=Lookup.NONE, superseded_by=())
def home_page_cited(case: Case) -> Iterator[Violation]:
    """The address is a home page or a DailyMed search, not the page that supports the text.

    What it does:
        Reports addresses without a path (or only with `/` or `index.*`) and without a query. A DailyMed search is
        reported as an info; it is not checked for changed text or as an error page (LNK006, LNK008). A search for a
        Set ID alone counts as that label.

    Why it matters:
        Home pages change frequently and rarely support a specific statement; search results differ over time.

    Message:
        https://example.org is a home page, not the page that supports the statement

    Example:
        - id: charity
          URL: https://example.org

    What to do:
        - id: charity
          URL: https://example.org/conditions/fibromyalgia

    References:
        NLM, Citing Medicine, ch. 25: cite the page, not the site, when a page supports the statement.
    """
    for identifier in _addresses(case):
        if is_home_page(identifier.value):
            yield Violation(
                f"{identifier.value} is a home page, not the page that supports the statement",
                f"home page {identifier.value}",
                place=place_of(case, identifier),
                suggestion="cite the specific page that supports the statement",
            )
        elif is_label_search(identifier.value):
            yield Violation(
                f"{identifier.value} is a DailyMed search, whose results change, not a label",
                f"label search {identifier.value}",
                place=place_of(case, identifier),
                suggestion="cite the label that was read by its Set ID, which is in the address of the label's page",
                severity=Severity.INFO,
            )


def is_home_page(address: str) -> bool:
    """Whether an address names a site and no page of it; a fragment that routes (`#/page`) names one."""
    parts = urlsplit(address)
    page = parts.path.removeprefix("/").lower()
    bare = not page or (page.startswith("index.") and "/" not in page)
    return bare and not parts.query and not parts.fragment.startswith(("/", "!"))


@_rule("LNK010", "secret-in-address", Severity.INFO, needs=Lookup.NONE, superseded_by=(), on_adding=OnAdding.REPORTED)
def secret_in_address(case: Case) -> Iterator[Violation]:
    """The cited address contains what looks like a password, a key or a token.

    What it does:
        Reports addresses with a value of `access_token`, `password`, `api_key`, `X-Amz-Signature` and
        similar names in query, path or fragment, with a long random value of `token`, `sig`, `signature` or
        `code`, or with a JSON Web Token. The address is used and shown as it is cited. What servers
        add to it when they redirect is never kept or shown: `***` is in its place.

    Why it matters:
        Anyone who reads the file, the lock or a report can use it, and the address stops working when it expires.

    Message:
        https://example.org/report?token=*** contains what looks like a secret (token)

    Example:
        - id: charity
          URL: https://example.org/study.pdf?access_token=2YotnFZFEjr1zCsicMWpAA

    What to do:
        - id: charity
          URL: https://example.org/study.pdf

    References:
        RFC 6750, 5.3 (do not pass bearer tokens in page addresses). RFC 3986, 7.5.
    """
    for identifier in _addresses(case):
        secrets = secrets_in(identifier.value)
        if secrets:
            names = ", ".join(dict.fromkeys(secret.name or "JSON Web Token" for secret in secrets))
            yield Violation(
                f"{mask_secrets(identifier.value)} contains what looks like a secret ({names})",
                f"secret in {identifier.value}",
                place=place_of(case, identifier),
                suggestion="remove the secret from the address, and have it revoked: it is in every copy of this file",
            )


RULES = (
    dead_link,
    unreachable_link,
    persistently_unreachable_link,
    blocked_link,
    moved_link,
    soft_404,
    insecure_link,
    drifted_content,
    home_page_cited,
    secret_in_address,
)


def _addresses(case: Case) -> Iterator[Identifier]:
    """The web addresses that the reference cites."""
    return (identifier for identifier in case.reference.identifiers if identifier.kind is IdKind.URL)


def links(case: Case) -> Iterator[Answer]:
    """The answers for cited web addresses."""
    return (answer for answer in case.answers if answer.identifier.kind is IdKind.URL)


def _pages(case: Case) -> Iterator[tuple[Answer, Page]]:
    for answer in links(case):
        match answer.outcome:
            case Found(record=Page() as page):
                yield answer, page


def place_of(case: Case, identifier: Identifier) -> Place:
    """Where the entry gives this address."""
    uses = (use.place for use in case.reference.uses if use.identifier == identifier)
    return next(uses, case.reference.place_of("URL"))
