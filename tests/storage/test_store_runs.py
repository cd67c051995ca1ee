import json
import sqlite3
from datetime import timedelta

import pytest

from evidence.model.errors import StoreError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Observation, Origin, State, Unavailable
from evidence.model.records import Page
from evidence.model.report import Exit, Ignored, Input, Mode
from evidence.storage.maintenance import info, prune
from evidence.storage.values import RunEntry
from factories import (
    ADDRESS,
    TODAY,
    answer,
    begun_run,
    connection_of,
    end_run,
    finding,
    found_answer,
    open_store,
    pmid,
)
from fakes import NOON

ROWS = "SELECT * FROM {0}"


def test_a_run_that_has_not_ended_is_recorded_as_such(store):
    store.begin_run(begun_run("one", mode=Mode.OFFLINE, select=("RET",)))
    entry = store.run("one")
    assert entry == RunEntry(
        "one", NOON, TODAY, Mode.OFFLINE, "editor", "1.2.3", (Input("references.yaml", "ab" * 32),), entry.policy
    )
    assert store.last_runs(1, finished=True) == ()


def test_the_policy_is_recorded_in_the_words_of_the_file(store):
    store.begin_run(begun_run("one", select=("RET",)))
    assert json.loads(store.run("one").policy) == {
        "files": {
            "references.yaml": {
                "accessed-limit": {"webpage": 365, "label": 365, "article": None},
                "life": {"status": 1, "metadata": 30, "page": 1},
                "confirm-dead": 1,
                "lock-limit": 14,
                "sign-off-limit": 365,
                "coverage": None,
                "severity": {"MET007": "warning"},
                "fail-on": "error",
                "waiver-limit": {"error": 30, "warning": 90, "info": 365, "baseline": 90},
                "self-approval": "refused",
                "style": "ama",
            }
        },
        "select": ["RET"],
        "ignore": [],
    }


def test_a_report_comes_back_byte_for_byte_also_after_reopening(path):
    report = ('{"message": "naïve\u202e"}\r\n' * 1000).encode()
    with open_store(path) as store:
        store.begin_run(begun_run("one"))
        end_run(store, "one", report, code=Exit.FINDINGS)
    with open_store(path) as store:
        assert store.report_of("one") == report
        assert store.run("one").exit is Exit.FINDINGS
        assert store.run("one").finished == NOON + timedelta(minutes=1)


def test_a_report_of_no_run_or_of_an_interrupted_one_is_none(store):
    store.begin_run(begun_run("one"))
    assert store.report_of("one") is None
    assert store.report_of("two") is None
    assert store.run("two") is None


def test_a_report_that_no_longer_matches_its_hash_is_never_given_out(store):
    store.begin_run(begun_run("one"))
    end_run(store, "one")
    with connection_of(store) as connection:
        connection.execute("DROP TRIGGER run_ends_keep_values")
        connection.execute("UPDATE run_ends SET sha256 = 'x'")
    with pytest.raises(StoreError, match="report of run one is damaged"):
        store.report_of("one")


def test_the_last_runs_come_newest_first_by_order_of_beginning(store):
    for name in ("one", "two", "three"):
        store.begin_run(begun_run(name, started=NOON))
    end_run(store, "two")
    assert [run.id for run in store.last_runs(2)] == ["three", "two"]
    assert [run.id for run in store.last_runs(1, finished=True)] == ["two"]


def test_findings_and_ignored_ones_come_back_as_they_were(store):
    plain = finding(message="retracted \ud800 \x1b[31m")
    silenced = Ignored(finding("MET007"), "no DOI was ever registered")
    store.begin_run(begun_run("one"))
    end_run(store, "one", findings=[plain, finding()], ignored=[silenced])
    first, second, third = store.findings_about(plain.reference)
    assert first.finding.message == "retracted \\ud800 \x1b[31m"
    assert (second.finding, second.ignored) == (finding(), None)
    assert (third.finding, third.ignored) == (silenced.finding, silenced.reason)


def test_a_run_ends_once(store):
    store.begin_run(begun_run("one"))
    end_run(store, "one")
    with pytest.raises(StoreError, match="append-only"):
        end_run(store, "one", b"another")
    assert store.report_of("one") == b'{"version": 1}\n'


def test_a_run_id_is_used_once(store):
    store.begin_run(begun_run("one"))
    with pytest.raises(StoreError):
        store.begin_run(begun_run("one"))


def test_nothing_is_observed_of_a_run_that_has_ended_or_never_began(store):
    store.begin_run(begun_run("one"))
    end_run(store, "one")
    with pytest.raises(StoreError, match="the run has ended"):
        store.observe("one", [found_answer(pmid(1))], TODAY)
    with pytest.raises(StoreError, match="run two not found"):
        store.observe("two", [found_answer(pmid(1))], TODAY)
    assert info(store).observations == 0


@pytest.mark.parametrize(
    "table", ["runs", "run_ends", "observations", "findings", "prunings", "answers", "events", "trail"]
)
@pytest.mark.parametrize(
    "change", ["DELETE FROM {0}", "UPDATE {0} SET rowid = rowid", "REPLACE INTO {0} SELECT * FROM {0}"]
)
def test_recorded_rows_can_be_neither_changed_nor_deleted(path, table, change):
    with open_store(path) as store:
        store.begin_run(begun_run("one"))
        store.observe("one", [found_answer(pmid(1))], TODAY)
        end_run(store, "one", findings=[finding()])
        prune(store, unused_since=NOON, actor="editor")
    # Opened again, because sqlite-utils leaves settings of its own on the connection it builds with.
    with open_store(path) as store, connection_of(store) as connection:
        before = connection.execute(ROWS.format(table)).fetchall()
        assert before
        with pytest.raises(sqlite3.IntegrityError, match=r"append-only|has ended|behind the last one"):
            connection.execute(change.format(table))
        assert connection.execute(ROWS.format(table)).fetchall() == before


def test_history_lists_what_earlier_runs_saw_oldest_first(store):
    outcomes = [NotFound("gone", 404), Blocked("captcha", 403), Unavailable("no such host", Cause.DNS)]
    for number, outcome in enumerate(outcomes):
        store.begin_run(begun_run(f"run {number}"))
        store.observe(f"run {number}", [answer(pmid(1), outcome)], TODAY + timedelta(days=number))
    assert store.history([pmid(1), pmid(2)], "run 2") == {
        pmid(1): (
            Observation(pmid(1), "pubmed", State.NOT_FOUND, NOON, TODAY, "gone", 404, "run 0"),
            Observation(pmid(1), "pubmed", State.BLOCKED, NOON, TODAY + timedelta(days=1), "captcha", 403, "run 1"),
        )
    }
    assert store.observations_of(pmid(1))[-1].cause is Cause.DNS


def test_history_is_cut_to_the_newest(store):
    store.begin_run(begun_run("one"))
    answers = [found_answer(pmid(1), at=NOON + timedelta(hours=n)) for n in range(5)]
    store.observe("one", answers, TODAY)
    observed = store.history([pmid(1)], limit=2)[pmid(1)]
    assert [one.at for one in observed] == [NOON + timedelta(hours=3), NOON + timedelta(hours=4)]
    assert len(store.observations_of(pmid(1))) == 5


def test_what_a_run_saw_comes_back_with_its_origin(store):
    store.begin_run(begun_run("one"))
    store.observe("one", [found_answer(pmid(2), origin=Origin.STORE), found_answer(pmid(1))], TODAY)
    observed = [*store.observations_of(pmid(2)), *store.observations_of(pmid(1))]
    assert [(one.run, one.origin) for one in observed] == [("one", Origin.STORE), ("one", Origin.NETWORK)]


def test_an_observation_names_the_hash_of_the_answer_it_rests_on(store):
    store.begin_run(begun_run("one"))
    store.cache.keep([found_answer(pmid(1))], TODAY)
    store.observe("one", [found_answer(pmid(1)), answer(pmid(2), NotFound("no"))], TODAY)
    with connection_of(store) as connection:
        hashes = connection.execute("SELECT record_sha256 FROM observations ORDER BY sequence").fetchall()
    assert hashes == [(store.cache.stored(ADDRESS, [pmid(1)])[pmid(1)].sha256,), (None,)]


def test_a_run_of_a_name_that_is_no_unicode_is_unknown_and_no_damage(store):
    assert (store.run("\udce9"), store.report_of("\udce9")) == (None, None)
    with pytest.raises(StoreError, match="not found"):
        store.observe("\udce9", [found_answer(pmid(1))], TODAY)


def test_a_value_that_nobody_wrote_is_called_damage(store):
    store.begin_run(begun_run("one"))
    with connection_of(store) as connection:
        connection.execute("DROP TRIGGER runs_keep_values")
        connection.execute("UPDATE runs SET mode = 'sideways'")
    with pytest.raises(StoreError, match="damaged: 'sideways'"):
        store.run("one")


PAGE = Identifier(IdKind.URL, "https://www.example.org/study")


def page(fingerprint, **more):
    found_page = Page(PAGE, 200, PAGE.value, fingerprint=fingerprint)
    return Answer(PAGE, Found(found_page), "web", "web", NOON, **more)


def play(store, *days):
    """One run a day, each of which saw this answer."""
    for number, observed in enumerate(days):
        today = TODAY + timedelta(days=number)
        store.begin_run(begun_run(f"run {number}", as_of=today))
        store.observe(f"run {number}", [observed], today)


def test_history_keeps_the_first_and_the_last_observation_of_each_text_of_a_page(store):
    play(store, *[page(text) for text in ("A", "A", "A", "B", "B", "B", "", "C")])
    observed = store.history([PAGE])[PAGE]
    days = [(one.as_of - TODAY).days for one in observed]
    assert [(day, one.fingerprint) for day, one in zip(days, observed, strict=True)] == [
        (0, "A"), (2, "A"), (3, "B"), (5, "B"), (7, "C")
    ]  # fmt: skip
    assert [one.as_of for one in store.history([PAGE], "run 3")[PAGE]] == [TODAY, TODAY + timedelta(days=2)]


def test_history_begins_with_the_last_success(store):
    gone, silent = (
        answer(pmid(1), NotFound("gone", 404)),
        answer(pmid(1), Unavailable("no answer", Cause.TIMEOUT)),
    )
    play(
        store,
        gone,
        found_answer(pmid(1)),
        silent,
        found_answer(pmid(1)),
        silent,
        found_answer(pmid(1), origin=Origin.STORE),
        gone,
    )
    assert [one.state for one in store.history([pmid(1)])[pmid(1)]] == [
        State.FOUND,
        State.UNAVAILABLE,
        State.FOUND,
        State.NOT_FOUND,
    ]
    assert len(store.observations_of(pmid(1))) == 7


def test_a_success_of_a_later_day_does_not_end_the_history_of_an_earlier_one(store):
    silent = answer(pmid(1), Unavailable("no answer", Cause.TIMEOUT))
    for number, (observed, today) in enumerate([(silent, TODAY), (found_answer(pmid(1)), TODAY + timedelta(days=9))]):
        store.begin_run(begun_run(f"run {number}", as_of=today))
        store.observe(f"run {number}", [observed], today)
    store.begin_run(begun_run("run back", as_of=TODAY + timedelta(days=1)))
    assert [one.state for one in store.history([pmid(1)], "run back")[pmid(1)]] == [State.UNAVAILABLE, State.FOUND]


def test_a_text_that_was_served_from_the_store_is_no_new_observation_of_it(store):
    play(store, page("A"), page("A", origin=Origin.STORE))
    assert [one.fingerprint for one in store.observations_of(PAGE)] == ["A", None]


def test_what_a_file_calls_its_monograph_is_kept_with_the_run(store):
    titled = (Input("references.yaml", "ab" * 32, title="Naltrexone, low dose"),)
    store.begin_run(begun_run("one", inputs=titled))
    assert store.run("one").inputs == titled
