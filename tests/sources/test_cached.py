from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.model.errors import UsageError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Origin, Unavailable
from evidence.model.records import Article
from evidence.sources.cache import BATCH_SECONDS, BATCH_SIZE, Cached
from evidence.storage.store import Store
from evidence.storage.values import Stored
from fakes import FakeClock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)
ADDRESS = "https://eutils.example/entrez"
SILENT = Unavailable("timed out", Cause.TIMEOUT)


class MemoryShelf:
    """Keeps answers in a dictionary and notes every group that is kept."""

    def __init__(self):
        self.rows = {}
        self.groups = []

    def put(self, identifier, raw, as_of):
        self.rows[identifier] = Stored(raw, "hash", NOON - timedelta(days=1), as_of, "pubmed", "1.2.3")

    def stored(self, address, identifiers):
        assert address == ADDRESS
        return {i: self.rows[i] for i in identifiers if i in self.rows}

    def keep(self, answers, as_of):
        self.groups.append([answer.identifier for answer in answers])
        for answer in answers:
            self.put(answer.identifier, answer.raw, as_of)


class CannedSource:
    """Answers by a table of outcomes, else Found; notes every call."""

    def __init__(self, outcomes=None, pause=lambda: None):
        self.outcomes = outcomes or {}
        self.calls = []
        self.pause = pause

    def look_up(self, identifiers):
        self.calls.append(list(identifiers))
        for identifier in self.calls[-1]:
            self.pause()
            outcome = self.outcomes.get(identifier, Found(Article(identifier, "as asked")))
            raw = b"as asked" if isinstance(outcome, Found) else None
            yield Answer(identifier, outcome, "pubmed", ADDRESS, NOON, raw=raw)


def pmid(number):
    return Identifier(IdKind.PMID, str(number))


def read(identifier, raw):
    if raw == b"none":
        return NotFound("not held")
    return Article(identifier, raw.decode("ascii"))


def cached(shelf, inner=None, **more):
    given = {
        "source": "pubmed",
        "address": ADDRESS,
        "lives": (1, 30),
        "as_of": TODAY,
        "clock": FakeClock(),
    }
    return Cached(inner or CannedSource(), read, shelf, **(given | more))


def shelf_with(age, raw=b"as stored", identifier=None):
    shelf = MemoryShelf()
    shelf.put(identifier or pmid(1), raw, TODAY - timedelta(days=age))
    return shelf


def test_a_stored_answer_within_its_life_is_served_without_asking():
    inner = CannedSource()
    (answer,) = cached(shelf_with(0), inner).look_up([pmid(1)])
    assert answer == Answer(
        pmid(1),
        Found(Article(pmid(1), "as stored")),
        "pubmed",
        ADDRESS,
        NOON - timedelta(days=1),
        raw=b"as stored",
        origin=Origin.STORE,
        as_of=TODAY,
    )
    assert inner.calls == []


@pytest.mark.parametrize(
    ("age", "life", "served"),
    [(0, 1, True), (1, 1, False), (1, 2, True), (29, 30, True), (30, 30, False), (-1, 30, False)],
)
def test_a_life_counts_as_of_days_and_never_backwards(age, life, served):
    (answer,) = cached(shelf_with(age), lives=(life, 30)).look_up([pmid(1)])
    assert (answer.origin is Origin.STORE) is served


def test_only_the_rest_is_asked_in_one_call():
    inner = CannedSource()
    answers = list(cached(shelf_with(0), inner).look_up([pmid(2), pmid(1), pmid(3), pmid(2)]))
    assert inner.calls == [[pmid(2), pmid(3)]]
    assert [answer.identifier for answer in answers] == [pmid(1), pmid(2), pmid(3)]


def test_what_was_asked_is_served_the_next_time():
    shelf = MemoryShelf()
    list(cached(shelf).look_up([pmid(1), pmid(2)]))
    again = CannedSource()
    answers = list(cached(shelf, again).look_up([pmid(1), pmid(2)]))
    assert again.calls == []
    assert {answer.origin for answer in answers} == {Origin.STORE}


def test_refreshing_asks_whatever_is_stored():
    inner = CannedSource()
    (answer,) = cached(shelf_with(0), inner, refresh=True).look_up([pmid(1)])
    assert inner.calls == [[pmid(1)]]
    assert answer.origin is Origin.NETWORK


def test_refreshing_and_staying_offline_contradict_each_other():
    with pytest.raises(UsageError):
        cached(MemoryShelf(), refresh=True, offline=True)


@pytest.mark.parametrize("outcome", [NotFound("no"), Blocked("captcha", 403), SILENT])
def test_a_failure_is_passed_on_remembered_and_never_kept(outcome):
    shelf = shelf_with(29)
    inner = CannedSource({pmid(1): outcome, pmid(2): outcome})
    answers = list(cached(shelf, inner).look_up([pmid(1), pmid(2)]))
    assert [answer.outcome for answer in answers] == [outcome, outcome]
    assert [answer.remembered for answer in answers] == [Article(pmid(1), "as stored"), None]
    assert shelf.groups == []


@pytest.mark.parametrize("age", [30, -1])
def test_what_is_beyond_the_life_of_its_bibliographic_facts_is_not_remembered(age):
    (answer,) = cached(shelf_with(age), CannedSource({pmid(1): SILENT})).look_up([pmid(1)])
    assert answer.remembered is None


def test_a_failed_refresh_remembers_what_is_stored():
    (answer,) = cached(shelf_with(0), CannedSource({pmid(1): SILENT}), refresh=True).look_up([pmid(1)])
    assert answer.outcome == SILENT
    assert answer.remembered == Article(pmid(1), "as stored")


def test_an_answer_that_can_no_longer_be_read_is_asked_again():
    inner = CannedSource()
    (answer,) = cached(shelf_with(0, b"\xff"), inner).look_up([pmid(1)])
    assert answer.origin is Origin.NETWORK
    assert inner.calls == [[pmid(1)]]


def test_offline_serves_what_lives_and_asks_nothing():
    inner = CannedSource()
    (answer,) = cached(shelf_with(0), inner, offline=True).look_up([pmid(1)])
    assert answer.origin is Origin.STORE
    assert isinstance(answer.outcome, Found)
    assert inner.calls == []


@pytest.mark.parametrize(
    ("shelf", "reason", "remembered"),
    [
        (MemoryShelf(), "offline, and no answer is stored", False),
        (shelf_with(1), "offline, and the stored answer is 1 day old (life: 1 day)", True),
        (shelf_with(45), "offline, and the stored answer is 45 days old (life: 1 day)", False),
        (shelf_with(-2), "offline, and the stored answer is from a later date (2026-11-25)", False),
        (shelf_with(0, b"\xff"), "offline, and the stored answer cannot be read", False),
    ],
    ids=["none", "old", "very old", "later", "unreadable"],
)
def test_offline_says_why_it_cannot_answer(shelf, reason, remembered):
    inner = CannedSource()
    (answer,) = cached(shelf, inner, offline=True).look_up([pmid(1)])
    assert answer.outcome == Unavailable(reason, Cause.OFFLINE)
    assert (answer.remembered is not None) is remembered
    assert (answer.source, answer.address, answer.at) == ("pubmed", ADDRESS, NOON)
    assert inner.calls == []


def test_a_no_that_its_source_had_kept_is_served_but_never_remembered():
    (answer,) = cached(shelf_with(0, b"none")).look_up([pmid(1)])
    assert answer.outcome == NotFound("not held")
    assert answer.origin is Origin.STORE
    (later,) = cached(shelf_with(5, b"none"), CannedSource({pmid(1): SILENT})).look_up([pmid(1)])
    assert later.remembered is None


def test_quick_answers_are_kept_in_groups():
    shelf = MemoryShelf()
    list(cached(shelf).look_up(map(pmid, range(250))))
    assert [len(group) for group in shelf.groups] == [1, BATCH_SIZE, BATCH_SIZE, 49]


def test_slow_answers_are_kept_one_by_one_before_the_next_is_waited_for():
    clock, shelf = FakeClock(), MemoryShelf()
    stored_before = []
    inner = CannedSource(pause=lambda: (stored_before.append(len(shelf.rows)), clock.sleep(BATCH_SECONDS)))
    list(cached(shelf, inner, clock=clock).look_up(map(pmid, range(4))))
    assert stored_before == [0, 1, 2, 3]


def test_answers_that_came_before_ctrl_c_are_kept():
    shelf, asked = MemoryShelf(), []

    def interrupt():
        asked.append(None)
        if len(asked) == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(cached(shelf, CannedSource(pause=interrupt)).look_up(map(pmid, range(10))))
    assert set(shelf.rows) == set(map(pmid, range(7)))


def test_answers_are_kept_when_the_reader_stops_listening():
    shelf = MemoryShelf()
    answers = cached(shelf).look_up(map(pmid, range(10)))
    for _ in range(5):
        next(answers)
    answers.close()
    assert set(shelf.rows) == set(map(pmid, range(5)))


def test_it_works_over_a_real_store(tmp_path):
    clock = FakeClock()
    with Store.open(tmp_path / "evidence.db", tool_version="1", clock=clock) as store:
        first = list(cached(store.cache, clock=clock).look_up([pmid(1)]))
        second = list(cached(store.cache, CannedSource({pmid(1): SILENT}), clock=clock).look_up([pmid(1)]))
    assert second == [replace(first[0], origin=Origin.STORE, as_of=TODAY)]
