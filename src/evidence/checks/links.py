"""LNK: cited web pages, dead, silent or moved. What a page that answers says is judged in `page_contents`.

Only 404, 410 and a host that does not exist are a death; silence is silence, and a wall says nothing of
the page.

Strikes are counted in distinct as-of days since the page was last found; whatever is not a success
leaves them standing, and any success takes them back.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from evidence.checks.link_states import (
    addresses,
    copy_of,
    death,
    failing_days,
    is_home_page,
    is_loopback,
    links,
    moved_to,
    place_of,
    silence,
    way_past,
)
from evidence.checks.page_contents import drifted_content, soft_404
from evidence.findings import Violation
from evidence.model.case import Case
from evidence.model.identity import PAGES
from evidence.model.outcomes import Blocked
from evidence.model.policy import Severity
from evidence.rules import rule


@rule("LNK001", "dead-link", Severity.ERROR, needs_lookup=True, about=PAGES)
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
        told = death(case, answer)
        if told is not None:
            yield Violation(
                f"the page is gone: {told}",
                f"dead {answer.identifier.value}",
                place=place_of(case, answer.identifier),
                suggestion=copy_of(answer),
            )


@rule("LNK002", "unreachable-link", Severity.WARNING, needs_lookup=True, about=PAGES)
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
        told = silence(case, answer)
        if told is not None and not failing_days(case, answer):
            yield Violation(
                told,
                f"unreachable {answer.identifier.value}",
                place=place_of(case, answer.identifier),
                suggestion="open it in a browser; the next run asks again",
            )


@rule("LNK003", "persistently-unreachable-link", Severity.ERROR, needs_lookup=True, about=PAGES)
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
        days = failing_days(case, answer)
        if days:
            yield Violation(
                f"{silence(case, answer)}; so on {len(days)} days since {min(days)}, without one success",
                f"persistently unreachable {answer.identifier.value}",
                place=place_of(case, answer.identifier),
                suggestion=copy_of(answer),
            )


@rule("LNK004", "blocked-link", Severity.INFO, needs_lookup=True, about=PAGES)
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
    confirmed = case.reference.confirmed
    if confirmed is not None and confirmed.holds(case.today):
        return
    for answer in links(case):
        if isinstance(answer.outcome, Blocked):
            told = "was not asked" if answer.outcome.status is None else "keeps machines out"
            yield Violation(
                f"{answer.identifier.value} {told}: {answer.outcome.reason}",
                f"blocked {answer.identifier.value}",
                place=place_of(case, answer.identifier),
                suggestion=way_past(answer.outcome),
            )


@rule("LNK005", "moved-link", Severity.WARNING, needs_lookup=True, about=PAGES)
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


@rule("LNK007", "insecure-link", Severity.INFO)
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
    for identifier in addresses(case):
        parts = urlsplit(identifier.value)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            yield Violation(
                f"{identifier.value} is not protected by https",
                f"insecure {identifier.value}",
                place=place_of(case, identifier),
                suggestion=f"try https{identifier.value.removeprefix('http')}",
            )


@rule("LNK009", "home-page-cited", Severity.WARNING)
def home_page_cited(case: Case) -> Iterator[Violation]:
    """The address is a site's home page, not the page that was read.

    What it does:
        Reports addresses without a path (or with `/` or `index.*` alone) and without a query.

    Why is this bad?
        A home page changes daily and holds no statement that could be checked.

    Example:
        - id: charity
          URL: https://example.org

    Use instead:
        - id: charity
          URL: https://example.org/conditions/fibromyalgia

    References:
        NLM, Citing Medicine, ch. 25: cite the page, not the site, when a page supports the statement.
    """
    for identifier in addresses(case):
        if is_home_page(identifier.value):
            yield Violation(
                f"{identifier.value} is a home page, not a page that supports a statement",
                f"home page {identifier.value}",
                place=place_of(case, identifier),
                suggestion="cite the page on which the statement stands",
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
)
