from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from evidence.matching.simhash import fingerprint
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, Unavailable
from evidence.model.records import (
    Article,
    Author,
    Hop,
    Journal,
    Label,
    NoticeLink,
    Page,
    PublicationType,
    SplVersion,
    Trial,
)
from evidence.storage.lock import Lock, LockEntry, Moment
from evidence.storage.lockdiff import KINDS, changes
from factories import SentenceWriter

NOON = Moment(datetime(2026, 11, 23, 12, tzinfo=UTC), date(2026, 11, 23))
PMID = Identifier(IdKind.PMID, "1")
SETID = Identifier(IdKind.SETID, "06ff2d5a-e62b-4fa4-bbdb-000000000001")
URL = Identifier(IdKind.URL, "https://example.org/trial")
ARTICLE = Article(PMID, "A trial", authors=(Author("Younger", "Jarred", "J"),), journal=Journal("Pain", issns=("1-2",)))
LABEL = Label(SETID, "A LABEL", (SplVersion(3, date(2025, 2, 1)),))
WRITER = SentenceWriter(3)
SENTENCES = WRITER.sentences(300)
TRIAL = Trial(Identifier(IdKind.NCT, "NCT01234567"), "A trial", "RECRUITING", updated=PartialDate(2026, 1, 5))
PAGE = Page(URL, 200, URL.value, title="The page", fingerprint=fingerprint(" ".join(SENTENCES)))


def locked(outcome):
    identifier = URL if not isinstance(outcome, Found) else outcome.record.identifier
    return Lock(NOON, {identifier: LockEntry(identifier, "x", "x", NOON, outcome)} if outcome else {})


def changes_between(before, now):
    old, new = (locked(Found(one) if isinstance(one, Article | Label | Trial | Page) else one) for one in (before, now))
    return [(change.kind, change.message) for change in changes(old, new, 0.3)]


RETRACTED = replace(ARTICLE, notices=(NoticeLink("RetractionIn", "Pain", pmid="9"),))


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (ARTICLE, ARTICLE, []),
        (ARTICLE, RETRACTED, [("retracted", "retracted (PMID 9)")]),
        (
            ARTICLE,
            replace(ARTICLE, publication_types=(PublicationType("D016441", "Retracted Publication"),)),
            [("retracted", "retracted")],
        ),
        (
            ARTICLE,
            replace(ARTICLE, notices=(NoticeLink("WithdrawalIn", "Pain", pmid="9"),)),
            [("withdrawn", "withdrawn (PMID 9)")],
        ),
        (
            None,
            replace(ARTICLE, title="WITHDRAWN: A trial"),
            [("withdrawn", 'withdrawn: the title is "WITHDRAWN: A trial"'), ("added", "found")],
        ),
        (
            ARTICLE,
            replace(ARTICLE, notices=(NoticeLink("ExpressionOfConcernIn", "Pain", doi="10.5555/x"),)),
            [("concern", "expression of concern (10.5555/x)")],
        ),
        (
            ARTICLE,
            replace(ARTICLE, notices=(NoticeLink("ErratumIn", "Pain 2026"),)),
            [("notice", "ErratumIn (Pain 2026)")],
        ),
        (ARTICLE, replace(ARTICLE, title="The trial"), [("corrected", "title: The trial, was A trial")]),
        (
            ARTICLE,
            replace(ARTICLE, authors=(), issued=PartialDate(2013, 2)),
            [("corrected", "authors: nothing, was Younger Jarred J"), ("corrected", "issued: 2013-02, was nothing")],
        ),
        (
            LABEL,
            replace(LABEL, versions=(SplVersion(5, date(2026, 11, 2)), *LABEL.versions)),
            [("label-revised", "version 5 (2026-11-02), was version 3 (2025-02-01)")],
        ),
        (TRIAL, replace(TRIAL, updated=PartialDate(2026, 3, 9)), []),
        (
            TRIAL,
            replace(TRIAL, status="TERMINATED", why_stopped="Lack of efficacy", results_posted=PartialDate(2026, 2)),
            [
                ("trial-status", "TERMINATED (Lack of efficacy), was RECRUITING"),
                ("new-results", "results first posted: 2026-02, was nothing"),
            ],
        ),
        (TRIAL, replace(TRIAL, title="The trial"), [("corrected", "title: The trial, was A trial")]),
        (PAGE, NotFound("HTTP 404", 404), [("died", "gone: HTTP 404")]),
        (PAGE, Unavailable("timed out", Cause.TIMEOUT), [("unreachable", "timed out")]),
        (PAGE, Blocked("HTTP 403", 403), [("blocked", "HTTP 403")]),
        (NotFound("HTTP 404", 404), PAGE, [("recovered", "found again, was not found: HTTP 404")]),
        (NotFound("HTTP 404", 404), NotFound("HTTP 410", 410), []),
        (
            PAGE,
            replace(PAGE, hops=(Hop(301, URL.value, "https://new.example.org/"), Hop(302, "a", "b"))),
            [("moved", "moved permanently to https://new.example.org/")],
        ),
        (
            PAGE,
            replace(PAGE, suspicion="its title says so"),
            [("suspected", "suspected to be an error page: its title says so")],
        ),
        (None, ARTICLE, [("added", "found")]),
        (None, RETRACTED, [("retracted", "retracted (PMID 9)"), ("added", "found")]),
        (ARTICLE, None, [("removed", "no longer cited")]),
        (
            RETRACTED,
            ARTICLE,
            [("no-longer-retracted", "was retracted (PMID 9), and its record no longer shows this")],
        ),
        (
            replace(ARTICLE, title="RETRACTED: A trial"),
            ARTICLE,
            [
                ("no-longer-retracted", "was retracted, and its record no longer shows this"),
                ("corrected", "title: A trial, was RETRACTED: A trial"),
            ],
        ),
        (
            replace(ARTICLE, publication_types=(PublicationType("D016441", "Retracted Publication"),)),
            ARTICLE,
            [("no-longer-retracted", "was retracted, and its record no longer shows this")],
        ),
        (
            RETRACTED,
            None,
            [
                ("no-longer-retracted", "was retracted (PMID 9), and its entry is no longer in the lock"),
                ("removed", "no longer cited"),
            ],
        ),
        (
            replace(ARTICLE, notices=(NoticeLink("WithdrawalIn", "Pain", pmid="9"),)),
            ARTICLE,
            [("no-longer-withdrawn", "was withdrawn (PMID 9), and its record no longer shows this")],
        ),
        (
            RETRACTED,
            replace(RETRACTED, notices=(*RETRACTED.notices, NoticeLink("ReinstatementIn", "Pain", pmid="10"))),
            [
                ("no-longer-retracted", "was retracted (PMID 9), and is now reinstated (PMID 10)"),
                ("notice", "ReinstatementIn (PMID 10)"),
            ],
        ),
        (
            replace(ARTICLE, notices=(NoticeLink("ExpressionOfConcernIn", "Pain", doi="10.5555/x"),)),
            ARTICLE,
            [("notice-removed", "ExpressionOfConcernIn (10.5555/x), and its record no longer shows this")],
        ),
        (
            replace(ARTICLE, notices=(NoticeLink("ErratumIn", "Pain", doi="10.5555/x"),)),
            replace(ARTICLE, notices=(NoticeLink("ErratumIn", "Pain 2026", doi="10.5555/x", pmid="11"),)),
            [("notice", "ErratumIn (PMID 11)")],
        ),
    ],
)
def test_what_changed_is_reported_in_words(before, now, expected):
    assert changes_between(before, now) == expected


def test_a_retraction_that_the_lock_remembers_beside_a_no_is_not_lost():
    remembering = LockEntry(PMID, "x", "x", NOON, NotFound("gone"), remembered=RETRACTED)
    assert [change.kind for change in changes(locked(Found(RETRACTED)), Lock(NOON, {PMID: remembering}), 0.3)] == [
        "died"
    ]
    forgetful = Lock(NOON, {PMID: replace(remembering, remembered=None)})
    assert [change.message for change in changes(locked(Found(RETRACTED)), forgetful, 0.3)] == [
        "was retracted (PMID 9), and is now not found: gone",
        "no longer registered: gone",
    ]


def test_another_address_of_a_service_is_a_change():
    moved = {PMID: replace(locked(Found(ARTICLE)).entries[PMID], address="http://127.0.0.1:1/eutils")}
    (change,) = changes(locked(Found(ARTICLE)), Lock(NOON, moved), 0.3)
    assert (change.kind, change.message) == ("service", "x at http://127.0.0.1:1/eutils, was x at x")


def test_a_text_that_was_rewritten_has_drifted_and_one_that_was_polished_has_not():
    polished = replace(PAGE, fingerprint=fingerprint(" ".join(WRITER.exchanged(SENTENCES, 0.1))))
    rewritten = replace(PAGE, fingerprint=fingerprint(" ".join(WRITER.exchanged(SENTENCES, 0.7))))
    assert changes_between(PAGE, polished) == []
    ((kind, message),) = changes_between(PAGE, rewritten)
    assert kind == "drifted"
    assert message.startswith("about ")


def test_what_matters_most_comes_first():
    old = Lock(NOON, {**locked(Found(ARTICLE)).entries, **locked(Found(LABEL)).entries, **locked(Found(PAGE)).entries})
    new = Lock(NOON, {**locked(Found(RETRACTED)).entries, **locked(NotFound("HTTP 404", 404)).entries})
    kinds = [change.kind for change in changes(old, new, 0.3)]
    assert kinds == ["retracted", "died", "removed"]
    assert kinds == sorted(kinds, key=KINDS.index)


def test_a_change_is_reported_with_the_title_it_is_known_by():
    (change,) = changes(locked(Found(PAGE)), locked(NotFound("HTTP 404", 404)), 0.3)
    assert change.title == "The page"
