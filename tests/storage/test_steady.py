"""What is worth a line of a diff, and what is not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.matching.simhash import changed_share, fingerprint
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Observation, State, Unavailable
from evidence.model.records import Article, Hop, Page
from evidence.storage.lock import (
    MOST_FAILURES,
    MOST_TEXTS,
    LockedAnswer,
    LockedFailure,
    LockedText,
    LockEntry,
    LockPolicy,
    Memory,
    Moment,
    advanced,
    entry_of,
    observations_of,
    past_of,
)
from factories import SentenceWriter

URL = Identifier(IdKind.URL, "https://example.org/trial")
PMID = Identifier(IdKind.PMID, "1")
TERMS = LockPolicy(days=3, span=timedelta(hours=72), drifted=0.3)
WRITER = SentenceWriter(7)
SENTENCES = WRITER.sentences(400)


def moment(day):
    return Moment(datetime(2026, 11, 1, 12, tzinfo=UTC) + timedelta(days=day), date(2026, 11, 1) + timedelta(days=day))


def page(text=SENTENCES, **more):
    return Page(URL, 200, URL.value, fingerprint=fingerprint(" ".join(text)), **more)


def entry(outcome, day=0, identifier=URL, **memory):
    return LockEntry(identifier, "web", "web", moment(day), outcome, memory=Memory(**memory))


def failing(first, day, outcome, state=State.UNAVAILABLE, cause=Cause.TIMEOUT):
    failures = tuple(LockedFailure(moment(one), state, cause) for one in range(first, day))
    return entry(outcome, day, last_found=moment(first - 1), failures=failures)


TIMEOUT = Unavailable("timed out", Cause.TIMEOUT)


@pytest.mark.parametrize(("day", "kept"), [(1, True), (6, True), (7, False), (30, False)])
def test_verified_is_renewed_after_a_week_and_nothing_else_of_the_entry(day, kept):
    old = replace(entry(Found(Article(PMID, "A trial")), identifier=PMID), answer_sha256="0" * 64)
    new = replace(old, verified=moment(day), answer_sha256="1" * 64)
    written = advanced(old, new, TERMS)
    assert written == (old if kept else replace(old, verified=moment(day)))


def test_a_changed_fact_is_written_at_once():
    old, new = (entry(Found(Article(PMID, title)), day, PMID) for day, title in enumerate(["A trial", "The trial"]))
    assert advanced(old, new, TERMS) == new


def test_what_another_machine_locked_later_is_not_put_back_by_an_older_stored_answer():
    old, new = entry(Found(Article(PMID, "A trial")), 5, PMID), entry(Found(Article(PMID, "Before")), 3, PMID)
    assert advanced(old, new, TERMS) == old


@pytest.mark.parametrize(
    "visit",
    [
        {"title": "Visitor 12"},
        {"hops": (Hop(302, URL.value, "https://example.org/trial?session=2"),)},
        {"text": WRITER.exchanged(SENTENCES, 0.01)},
    ],
)
def test_what_a_page_changes_at_every_visit_is_no_change(visit):
    hops = (Hop(302, URL.value, "https://example.org/trial?session=1"),) if "hops" in visit else ()
    old = entry(Found(page(title="Visitor 11", hops=hops)))
    assert advanced(old, entry(Found(page(**{"hops": hops, **visit})), 1), TERMS) == old


@pytest.mark.parametrize(
    "changed_page",
    [
        page(hops=(Hop(301, URL.value, "https://example.org/new"),)),
        page(suspicion="its title says not found"),
        page(anchor_missing=True),
        page(complete=False),
        page(WRITER.exchanged(SENTENCES, 0.3)),
        replace(page(), fingerprint=""),
        replace(page(), final_url="https://example.org/elsewhere"),
        replace(page(), status=203),
    ],
)
def test_what_is_judged_of_a_page_is_a_change(changed_page):
    new = entry(Found(changed_page), 1)
    assert advanced(entry(Found(page())), new, TERMS) == new


def test_a_text_that_crosses_the_limit_of_drift_is_written_however_little_was_exchanged():
    writer = SentenceWriter(11)
    first, before = page().fingerprint, writer.exchanged(SENTENCES, 0.2)
    texts = (writer.exchanged(before, 1.5 / len(before)) for _ in range(200))
    after = next(text for text in texts if _crosses(first, before, text))
    limit = changed_share(first, page(after).fingerprint)
    known = (LockedText(first, moment(0), moment(1)),)
    old, new = (entry(Found(page(text)), day, texts=known) for day, text in ((2, before), (3, after)))
    assert advanced(old, new, TERMS) == old
    assert advanced(old, new, replace(TERMS, drifted=limit)) == new


def _crosses(first, before, after):
    below, above = page(before).fingerprint, page(after).fingerprint
    return changed_share(first, below) < changed_share(first, above) and changed_share(below, above) < 0.05


def test_every_day_of_a_young_failure_is_written_and_an_old_one_is_written_weekly():
    entries = [failing(1, day, TIMEOUT) for day in range(1, 20)]
    written, lock = [], entry(Found(page()))
    for new in entries:
        before, lock = lock, advanced(lock, new, TERMS)
        written += [new.verified.as_of.day - 1] if lock != before else []
    # Three days over 72 hours make an error; from then on nothing but the count of days changes.
    assert written == [1, 2, 3, 4, 11, 18]


def test_another_word_for_an_old_failure_is_no_change_but_a_host_that_does_not_exist_is():
    old = failing(1, 6, TIMEOUT)
    assert advanced(old, failing(1, 7, Unavailable("reset", Cause.CONNECT)), TERMS) == old
    nameless = failing(1, 7, Unavailable("host not found", Cause.NO_SUCH_NAME))
    assert advanced(old, nameless, TERMS) == nameless


def test_a_wall_is_a_change_when_it_answers_another_status():
    old = entry(Blocked("HTTP 403: words", 403))
    assert advanced(old, entry(Blocked("HTTP 403: other words", 403), 1), TERMS) == old
    other = entry(Blocked("HTTP 429", 429), 1)
    assert advanced(old, other, TERMS) == other


def test_a_copy_in_the_archive_stays_although_the_archive_is_away():
    old = replace(entry(NotFound("HTTP 404", 404)), archived="https://web.archive.org/web/2026/x")
    written = advanced(
        old, entry(NotFound("HTTP 404", 404), 1, failures=(LockedFailure(moment(0), State.NOT_FOUND),)), TERMS
    )
    assert written.archived == old.archived


def observed(state, day, *, cause=None, text=None):
    at = moment(day)
    return Observation(URL, "web", state, at.at, at.as_of, cause=cause, fingerprint=text)


def test_of_a_long_history_the_last_success_and_a_failure_of_each_day_are_remembered():
    past = [observed(State.FOUND, 0), observed(State.FOUND, 1)]
    past += [observed(State.UNAVAILABLE, day, cause=Cause.TLS) for day in (2, 2, 3, 4)]
    past += [observed(State.BLOCKED, 4), observed(State.NOT_CHECKED, 5)]
    answer = Answer(URL, TIMEOUT, "web", "web", moment(6).at)
    memory = entry_of(LockedAnswer(answer, None, tuple(past)), moment(6).as_of).memory
    assert memory.last_found == moment(1)
    assert [failure.on for failure in memory.failures] == [moment(2), moment(3), moment(4)]


def test_what_is_remembered_is_bounded_and_keeps_the_first():
    past = [observed(State.FOUND, day, text=f"text {day}") for day in range(100)]
    past += [observed(State.NOT_FOUND, day) for day in range(100, 600)]
    answer = Answer(URL, NotFound("HTTP 404", 404), "web", "web", moment(600).at)
    memory = entry_of(LockedAnswer(answer, None, tuple(past)), moment(600).as_of, read_on=moment(10).as_of).memory
    assert (len(memory.failures), len(memory.texts)) == (MOST_FAILURES, MOST_TEXTS)
    assert (memory.failures[0].on, memory.failures[-1].on) == (moment(100), moment(599))
    assert (memory.texts[0].fingerprint, memory.texts[-1].fingerprint) == ("text 10", "text 99")


def test_a_registrys_no_for_what_was_never_found_counts_no_days():
    past = tuple(replace(observed(State.NOT_FOUND, day), identifier=PMID) for day in range(5))
    answer = Answer(PMID, NotFound("not in PubMed"), "pubmed", "x", moment(5).at)
    assert entry_of(LockedAnswer(answer, None, past), moment(5).as_of).memory == Memory()


def test_the_memory_gives_back_the_history_that_it_was_made_of():
    past = (
        observed(State.FOUND, 0, text="a"),
        observed(State.FOUND, 3, text="a"),
        observed(State.FOUND, 5, text="b"),
        observed(State.FOUND, 6, text="b"),
    )
    answer = Answer(URL, Found(replace(page(), fingerprint="b")), "web", "web", moment(7).at)
    made = entry_of(LockedAnswer(answer, None, past), moment(7).as_of)
    assert made.memory.text_since == moment(5)
    assert past_of(made) == past[:3]  # that it still stood on day 6 is what the answer itself says again
    assert observations_of(made)[-1] == observed(State.FOUND, 7, text="b")


def test_a_text_that_crosses_the_limit_from_what_a_waiver_was_given_on_is_written_however_little_was_exchanged():
    writer = SentenceWriter(11)
    waived, before = page().fingerprint, writer.exchanged(SENTENCES, 0.2)
    texts = (writer.exchanged(before, 1.5 / len(before)) for _ in range(200))
    after = next(text for text in texts if _crosses(waived, before, text))
    terms = replace(TERMS, drifted=changed_share(waived, page(after).fingerprint))
    old, new = (entry(Found(page(text)), day) for day, text in ((2, before), (3, after)))
    assert advanced(old, new, terms) == old
    assert advanced(old, new, replace(terms, texts=(waived,))) == new
