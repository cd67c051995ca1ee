"""LNK: cited web pages: dead, silent, moved, an error page in disguise, or with another text than was read."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlsplit

from evidence.matching.simhash import changed_share
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
from evidence.model.references import Place
from evidence.model.rule import Absence, FixKind, Lookup, NewsKind, OnAdding, Violation
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

_NO_PAGE = ("LNK001", "LNK002", "LNK003", "LNK004", "LNK006")
"""What takes the place of an earlier finding on a page: that there is no page any more, or none today."""

_rule = partial(entry_rule, needs=Lookup.PAGE, about=PAGES, superseded_by=_NO_PAGE)


@_rule("LNK001", "dead-link", Severity.ERROR, absence=Absence.VANISHED, news=NewsKind.DIED)
def dead_link(case: Case) -> Iterator[Violation]:
    """The cited page is gone.

    What it does:
        Reports a page that answers 404 or 410 both to GET and to HEAD (a server that does not
        speak HEAD counts as agreeing). With `policy: confirm-dead: N` the page must have answered
        so on N different days, without a success between; until then it is LNK002. Also reports a
        page whose host does not exist any more: the name system must say so itself, know another
        public name in the same run, and say it again in a run at least 24 hours later. The
        suggestion names the archived copy nearest to the day of `accessed`, where there is one.

    Why is this bad?
        No reader can see what the text rests on.

    Example:
        - id: charity
          URL: https://example.org/a-page-that-was-deleted

    Use instead:
        The page's new address, or an archived copy from the time it was read.

    References:
        RFC 9110, 15.5.5 and 15.5.11; RFC 8020. Klein et al. 2014, doi:10.1371/journal.pone.0115253.
    """
    for answer in links(case):
        reason = _reason_dead(case, answer)
        if reason is not None:
            yield Violation(
                f"the page is gone: {reason}",
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
            return f"{answer.identifier.value} answers {reason}"
        case Unavailable(reason=reason, cause=Cause.NO_SUCH_NAME):
            past = [seen for seen in _since_found(case, answer) if seen.cause is Cause.NO_SUCH_NAME]
            today = case.day_of(answer)
            days = {seen.as_of for seen in past} | {today}
            first = min((judged_at(seen.at, seen.as_of) for seen in past), default=None)
            lasting = first is not None and judged_at(answer.at, today) >= first + CONFIRMED_AFTER
            if lasting and len(days) >= case.policy.confirm_dead:
                return f"{answer.identifier.value}: {reason}, as on {len(days)} days since {min(days)}"
    return None


def _replacement(answer: Answer) -> str:
    """What can be cited in place of a page that does not exist any more."""
    if answer.archived is None:
        return "cite the page's new address, or an archived copy from the day it was read"
    return f"cite the page's new address, or the archived copy {answer.archived}"


@_rule("LNK002", "unreachable-link", Severity.WARNING, absence=Absence.TODAY)
def unreachable_link(case: Case) -> Iterator[Violation]:
    """The cited page could not be reached today.

    What it does:
        Reports a page that gave no usable answer after three tries: a timeout, a name that does not
        resolve, a broken certificate, a server error, redirects in a circle. Also a 404 or 410 that
        `policy: confirm-dead:` does not take for a death yet. Not judged when no cited page at all
        answered in this run: then the trouble is our own network's. Once it has lasted, LNK003
        takes its place.

    Why is this bad?
        The page may be dead or only having a bad day; nobody can tell from one try.

    Example:
        - id: charity
          URL: https://no-longer-registered.example.org/study

    Use instead:
        Nothing yet: open the page in a browser, and wait for the next run.

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
                suggestion="open it in a browser; the next run asks again",
            )


def _reason_unreachable(case: Case, answer: Answer) -> str | None:
    """Why the page could not be judged today, if that may be the page's fault; never when it may be ours."""
    if _reason_dead(case, answer) is not None:
        return None
    match answer.outcome:
        case NotFound(reason=reason):
            days = len(_days(case, answer, State.NOT_FOUND))
            return f"{answer.identifier.value} answers {reason}, seen on {days} of {case.policy.confirm_dead} days"
        case Unavailable(reason=reason, cause=cause) if not case.network_down:
            if cause not in (Cause.OFFLINE, Cause.NO_SOURCE):
                return f"{answer.identifier.value} could not be reached: {reason}"
    return None


@_rule("LNK003", "persistently-unreachable-link", Severity.ERROR, absence=Absence.LASTING, news=NewsKind.UNREACHABLE)
def persistently_unreachable_link(case: Case) -> Iterator[Violation]:
    """The cited page has not been reachable for days.

    What it does:
        Reports a page that could not be reached on at least three different days over at least 72
        hours, this run included, without one success between. It takes the place of LNK002.

    Why is this bad?
        A page that stays away for days is as good as dead to a reader.

    Example:
        A page whose server has not answered on 20, 21 and 23 November.

    Use instead:
        The page's new address, or an archived copy from the time it was read.

    References:
        The three strikes of the Internet Archive's bot,
        https://meta.wikimedia.org/wiki/InternetArchiveBot/FAQ_for_sysadmins.
    """
    for answer in links(case):
        days = _failing_days(case, answer)
        if days:
            yield Violation(
                f"{_reason_unreachable(case, answer)}; so on {len(days)} days since {min(days)}, without one success",
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
    """The cited page cannot be seen by a machine.

    What it does:
        Reports a page that answers with a refusal (401, 403, 429, 451, 999 …) or a challenge for
        machines, and a link that our own guard does not follow because it leads to a private
        address. Never counts toward death. Silent while a person's `confirmed` for the entry holds:
        from its date (no later than tomorrow, UTC) to its `until`.

    Why is this bad?
        Nothing may be wrong with the page, but nobody has looked either.

    Example:
        - id: publisher
          URL: https://publisher.example.com/an-article-behind-a-wall

    Use instead:
        Look at the page and say so:

        - id: publisher
          URL: https://publisher.example.com/an-article-behind-a-wall
          confirmed: {by: the editor, date: 2026-11-23, until: 2027-05-23}

    References:
        RFC 9110, 15.5; RFC 6585; RFC 7725.
    """
    if _is_confirmed(case):
        return
    for answer in links(case):
        if isinstance(answer.outcome, Blocked):
            how = "was not asked" if answer.outcome.status is None else "keeps machines out"
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
        return "look at it in a browser and note it: confirmed: {by: …, date: …, until: …}"
    if blocked.reason == PRIVATE_ADDRESS:
        return "set EVIDENCE_ALLOW_PRIVATE=1 to let cited links reach private addresses"
    return "cite a public address; no setting opens this one"


@_rule("LNK005", "moved-link", Severity.WARNING, news=NewsKind.MOVED, on_adding=OnAdding.REPORTED, fix=FixKind.MOVED)
def moved_link(case: Case) -> Iterator[Violation]:
    """The cited page has moved for good.

    What it does:
        Reports a page whose address is redirected permanently (301 or 308), with the address that
        the leading permanent redirects end at. A temporary redirect ends the count: what follows it
        is no advice. Silent when only the scheme, `www.` or a trailing slash changes, for a
        page that is gone (LNK001), and for one that looks like an error page (LNK006).

    Why is this bad?
        Redirects are kept for a while and then dropped; the cited address is on its way out.

    Example:
        - id: charity
          URL: https://old.example.org/study

    Use instead:
        - id: charity
          URL: https://new.example.org/study

    References:
        RFC 9110, 15.4.2 and 15.4.9.
    """
    for answer in links(case):
        target = moved_to(answer)
        if target is not None:
            yield Violation(
                f"{answer.identifier.value} has moved for good to {target}",
                f"moved {answer.identifier.value} to {target}",
                place=place_of(case, answer.identifier),
                suggestion=f"cite {target}",
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
    """The cited page answers, but is suspected to be an error page; or it lacks the cited place.

    What it does:
        Reports a page that answers with success although a sign speaks against it: it leads from a
        deep address to the site's front page or to a log-in; its title, and nothing but the title,
        says "not found"; a made-up address beside it gets the same page; it is the page of a parked
        domain; it sends its readers on, within five seconds, to one of these or to a page that is
        gone. The message names the sign. An address with a fragment (`#methods`) for which the page
        has no anchor is reported as info.

    Why is this bad?
        The reader meets an error page, or the top of a long page, in place of the statement.

    Example:
        - id: charity
          URL: https://example.org/a-page-that-now-shows-the-front-page

    Use instead:
        Open it in a browser. If the statement is gone, cite the page's new address or an archived copy.

    References:
        Bar-Yossef et al. 2004, doi:10.1145/988672.988716 (made-up addresses). HTML standard, 7.4.6.3.
    """
    for answer, page in _pages(case):
        cited = answer.identifier.value
        if is_label_search(cited):
            continue
        if page.suspicion:
            yield Violation(
                f"{cited} answers, but is suspected to be an error page: {page.suspicion}",
                f"soft 404 {cited}",
                place=place_of(case, answer.identifier),
                suggestion="open it in a browser; cite its new address, or an archived copy from the day it was read",
            )
        elif page.anchor_missing:
            yield Violation(
                f"the page has no anchor #{urlsplit(cited).fragment}: {cited}",
                f"no anchor {cited}",
                place=place_of(case, answer.identifier),
                suggestion="look for the place in the page, and cite its anchor or the page alone",
                severity=Severity.INFO,
            )


@_rule("LNK007", "insecure-link", Severity.INFO, needs=Lookup.NONE, superseded_by=())
def insecure_link(case: Case) -> Iterator[Violation]:
    """The address says http, not https.

    What it does:
        Reports `http:` addresses, except those of this machine itself.

    Why is this bad?
        Whoever sits between reader and server can change what the reader sees.

    Example:
        - id: charity
          URL: http://example.org/study

    Use instead:
        - id: charity
          URL: https://example.org/study

    References:
        RFC 9110, 17.1.
    """
    for identifier in _addresses(case):
        parts = urlsplit(identifier.value)
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            yield Violation(
                f"{identifier.value} is not protected by https",
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
        Compares the main text of the page (no menus, headers, footers, numbers, dates) with that of
        the first run on or after the day of `accessed`, and reports when about 30 % or more of it was
        exchanged, with how much. Silent without an earlier run, for texts of fewer than 50 words, for
        pages that were not read to their end, and for suspected error pages (LNK006).

    Why is this bad?
        The page answers, but may no longer say what it is cited for.

    Example:
        - id: charity
          URL: https://example.org/naltrexone
          accessed: 2025-08-14

    Use instead:
        Read the page again. If it still supports the text, note the new day:

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
            f"about {5 * round(20 * share)} % of the text of {answer.identifier.value} has changed since it was read "
            f"({accessed}); it was last seen unchanged on {unchanged}",
            f"drifted {answer.identifier.value} since {accessed}",
            place=place_of(case, answer.identifier),
            suggestion="read it again; if it still supports the text, note that day as accessed",
        )


@_rule("LNK009", "home-page-cited", Severity.WARNING, needs=Lookup.NONE, superseded_by=())
def home_page_cited(case: Case) -> Iterator[Violation]:
    """The address is a site's home page, or a search at DailyMed, not the page that was read.

    What it does:
        Reports addresses without a path (or with `/` or `index.*` alone) and without a query. A search at DailyMed
        is reported as such, as an info; that its results change, or look like an error page, is not reported
        (LNK006, LNK008). A search for nothing but a Set ID counts as that label.

    Why is this bad?
        A home page changes daily and holds no statement that could be checked; a search leads every reader to other
        labels.

    Example:
        - id: charity
          URL: https://example.org

    Use instead:
        - id: charity
          URL: https://example.org/conditions/fibromyalgia

    References:
        NLM, Citing Medicine, ch. 25: cite the page, not the site, when a page supports the statement.
    """
    for identifier in _addresses(case):
        if is_home_page(identifier.value):
            yield Violation(
                f"{identifier.value} is a home page, not a page that supports a statement",
                f"home page {identifier.value}",
                place=place_of(case, identifier),
                suggestion="cite the page on which the statement stands",
            )
        elif is_label_search(identifier.value):
            yield Violation(
                f"{identifier.value} is a search at DailyMed, whose results change, not a label",
                f"label search {identifier.value}",
                place=place_of(case, identifier),
                suggestion="cite the label that was read, by its Set ID: it is in the address of the label's page",
                severity=Severity.INFO,
            )


def is_home_page(address: str) -> bool:
    """Whether an address names a site and no page of it; a fragment that routes (`#/page`) names one."""
    parts = urlsplit(address)
    page = parts.path.removeprefix("/").lower()
    bare = not page or (page.startswith("index.") and "/" not in page)
    return bare and not parts.query and not parts.fragment.startswith(("/", "!"))


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
