"""LNK: what a cited page that answers says: an error page in disguise, a missing place, a text that has changed."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from evidence.checks.link_states import links, place_of
from evidence.compare.drift import changed
from evidence.findings import Violation
from evidence.model.case import Case
from evidence.model.identity import PAGES
from evidence.model.outcomes import Answer, Found, Observation
from evidence.model.policy import Severity
from evidence.model.records import Page
from evidence.rules import rule

DRIFTED = 0.3
"""The share of a page's text that must have been exchanged before it is told.

Measured on 300 made-up pages each of 200 to 3,000 words (compare tests/compare/test_drift.py): a text of
which 15 % was exchanged was never estimated above 0.25, one of which 50 % was, never below 0.33. So
teasers that change daily raise nothing while they are less than a sixth of the page, and marked as an
aside they never do.
"""


@rule("LNK006", "soft-404", Severity.WARNING, needs_lookup=True, about=PAGES)
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


@rule("LNK008", "drifted-content", Severity.WARNING, needs_lookup=True, about=PAGES)
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
    read = case.reference.accessed
    for answer, page in _pages(case):
        then = _first_sight(case, answer)
        share = changed(then.fingerprint or "", page.fingerprint) if then is not None else None
        if then is None or share is None or share < DRIFTED or page.suspicion:
            continue
        unchanged = max(one.as_of for one in _sights(case, answer) if one.fingerprint == then.fingerprint)
        yield Violation(
            f"about {5 * round(20 * share)} % of the text of {answer.identifier.value} has changed since it was read "
            f"({read}); it was last seen unchanged on {unchanged}",
            f"drifted {answer.identifier.value} since {read}",
            place=place_of(case, answer.identifier),
            suggestion="read it again; if it still supports the text, note that day as accessed",
        )


def _pages(case: Case) -> Iterator[tuple[Answer, Page]]:
    for answer in links(case):
        match answer.outcome:
            case Found(record=Page() as page):
                yield answer, page


def _sights(case: Case, answer: Answer) -> Iterator[Observation]:
    """Earlier sights of the page's text, up to the day that is judged for."""
    past = case.history.get(answer.identifier, ())
    return (one for one in past if one.fingerprint and one.as_of <= case.today)


def _first_sight(case: Case, answer: Answer) -> Observation | None:
    """The earliest sight of the page's text on or after the first day on which it may have been read."""
    if case.reference.accessed is None:
        return None
    read = case.reference.accessed.earliest
    return min((one for one in _sights(case, answer) if one.as_of >= read), key=lambda one: one.as_of, default=None)
