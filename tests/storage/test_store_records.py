import threading
import zlib
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.model.dates import rfc3339
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, NotFound, Origin, Unavailable
from evidence.storage import encoding
from evidence.storage.maintenance import info
from evidence.storage.values import Stored
from factories import ADDRESS, TODAY, answer, connection_of, found_answer, pmid, without_triggers
from fakes import NOON

DAMAGE = {
    "raw": "UPDATE answers SET raw = ? WHERE sequence = 1",
    "sha256": "UPDATE answers SET sha256 = ? WHERE sequence = 1",
    "as_of": "UPDATE records SET as_of = ? WHERE identifier = 'pmid:1'",
    "fetched_at": "UPDATE records SET fetched_at = ? WHERE identifier = 'pmid:1'",
    "source": "UPDATE records SET source = ? WHERE identifier = 'pmid:1'",
}


def test_a_kept_answer_comes_back_with_its_hash_time_source_and_version(store):
    raw = b"<PubmedArticle>\xc3\xa9</PubmedArticle>"
    store.cache.keep([found_answer(pmid(7), raw)], TODAY)
    assert store.cache.stored(ADDRESS, [pmid(7)]) == {
        pmid(7): Stored(raw, encoding.digest(raw), NOON, TODAY, "pubmed", "1.2.3"),
    }


def test_a_newer_answer_replaces_the_older(store):
    later = NOON + timedelta(days=1)
    store.cache.keep([found_answer(pmid(7), b"old")], TODAY)
    store.cache.keep([found_answer(pmid(7), b"new", at=later)], TODAY + timedelta(days=1))
    kept = store.cache.stored(ADDRESS, [pmid(7)])[pmid(7)]
    assert (kept.raw, kept.fetched_at, kept.as_of) == (b"new", later, date(2026, 11, 24))
    assert info(store).records == {ADDRESS: 1}


def test_answers_of_another_address_stay_apart(store):
    store.cache.keep([found_answer(pmid(7), b"made up", address="http://127.0.0.1:8000")], TODAY)
    assert store.cache.stored(ADDRESS, [pmid(7)]) == {}


@pytest.mark.parametrize(
    "answer",
    [
        found_answer(pmid(1), raw=None),
        found_answer(pmid(1), origin=Origin.STORE),
        answer(pmid(1), NotFound("no such PMID")),
        answer(pmid(1), Blocked("captcha", 403)),
        answer(pmid(1), Unavailable("timed out", Cause.TIMEOUT)),
        Answer(pmid(1), Unavailable("error page", Cause.CONTENT), "pubmed", ADDRESS, NOON, raw=b"<html>"),
    ],
    ids=["without raw", "from the store", "not found", "blocked", "unavailable", "an error page with bytes"],
)
def test_what_is_no_fact_from_the_network_is_not_kept(store, answer):
    store.cache.keep([found_answer(pmid(1), b"good"), answer], TODAY)
    assert store.cache.stored(ADDRESS, [pmid(1)])[pmid(1)].raw == b"good"


def test_a_no_that_its_source_gives_bytes_for_is_kept(store):
    store.cache.keep([Answer(pmid(1), NotFound("not held"), "crossref", ADDRESS, NOON, raw=b"{}")], TODAY)
    assert store.cache.stored(ADDRESS, [pmid(1)])[pmid(1)].raw == b"{}"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("raw", zlib.compress(b"forged")),
        ("raw", b"not zlib"),
        ("sha256", "00"),
        ("as_of", "2026-11-24"),
        ("fetched_at", ""),
        ("source", "crossref"),
    ],
)
def test_a_damaged_row_is_reported_and_never_served(store, column, value):
    store.cache.keep([found_answer(pmid(1), b"one"), found_answer(pmid(2), b"two")], TODAY)
    with connection_of(store) as connection:
        without_triggers(connection, "answers")
        connection.execute(DAMAGE[column], (value,))
    assert set(store.cache.stored(ADDRESS, [pmid(1), pmid(2)])) == {pmid(2)}
    assert store.warnings == ("the cached answer for pmid:1 is damaged and was not used",)


def test_more_identifiers_than_one_query_holds_are_all_answered(store):
    many = [pmid(n) for n in range(1203)]
    store.cache.keep(map(found_answer, many), TODAY)
    assert set(store.cache.stored(ADDRESS, many)) == set(many)


def test_an_identifier_with_broken_unicode_is_kept_like_any_other(store):
    odd = Identifier(IdKind.DOI, "10.1000/\ud800x")
    store.cache.keep([found_answer(odd, b"raw")], TODAY)
    assert store.cache.stored(ADDRESS, [odd])[odd].raw == b"raw"


def test_threads_share_a_store(store):
    def work(slot):
        for n in range(25):
            store.cache.keep([found_answer(pmid(slot * 100 + n))], TODAY)
            store.cache.stored(ADDRESS, [pmid(n)])
            store.pacer.reserve("ncbi", 0.0)

    threads = [threading.Thread(target=work, args=(slot,)) for slot in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert info(store).records == {ADDRESS: 100}


@given(st.binary(min_size=1, max_size=400), st.data())
def test_a_flipped_bit_in_packed_bytes_never_yields_other_bytes(raw, data):
    packed = bytearray(encoding.pack(raw))
    at = data.draw(st.integers(0, len(packed) * 8 - 1))
    packed[at // 8] ^= 1 << at % 8
    assert encoding.unpack(bytes(packed), encoding.digest(raw)) in {None, raw}


@given(st.sampled_from(IdKind), st.text(st.characters(exclude_categories=["Cs"])))
def test_an_identifier_survives_being_written(kind, value):
    assert encoding.identifier(encoding.key(Identifier(kind, value))) == Identifier(kind, value)


INSTANTS = st.datetimes(timezones=st.just(UTC))


@given(INSTANTS, INSTANTS)
def test_written_instants_keep_their_order_and_value(one, other):
    written = rfc3339(one), rfc3339(other)
    assert (written[0] < written[1]) == (one < other)
    assert encoding.moment(written[0]) == one


def test_an_instant_is_written_in_utc():
    tokyo = timezone(timedelta(hours=9))
    assert rfc3339(datetime(2026, 11, 23, 8, 30, tzinfo=tokyo)) == "2026-11-22T23:30:00.000000Z"


def test_every_kept_answer_of_a_service_can_be_read_through(store):
    numbers = range(1, 1203)
    store.cache.keep([found_answer(pmid(n), b"%d" % n) for n in numbers], TODAY)
    store.cache.keep([found_answer(pmid(7777), b"made up", address="http://127.0.0.1:8000")], TODAY)
    assert {i: kept.raw for i, kept in store.cache.all_stored(ADDRESS)} == {pmid(n): b"%d" % n for n in numbers}


def test_damaged_answers_are_left_out_and_reported_when_all_are_removed_through(store):
    store.cache.keep([found_answer(pmid(1), b"one"), found_answer(pmid(2), b"two")], TODAY)
    with connection_of(store) as connection:
        without_triggers(connection, "answers")
        connection.execute(DAMAGE["raw"], (b"spoilt",))
    assert [identifier for identifier, _ in store.cache.all_stored(ADDRESS)] == [pmid(2)]
    assert store.warnings == ("the cached answer for pmid:1 is damaged and was not used",)
