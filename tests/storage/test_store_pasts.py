from datetime import timedelta

import pytest

from evidence.model.errors import StoreError
from evidence.model.outcomes import Cause, Origin, Unavailable
from evidence.model.policy import Severity
from evidence.model.report import Ignored, Input, Mode
from evidence.model.rule import Finding
from factories import TODAY, answer, begun_run, connection_of, end_run, finding, found_answer, pmid
from fakes import NOON

OTHER = (Input("other.yaml", "cd" * 32),)


def done(store, name, report=b"{}", **more):
    store.begin_run(begun_run(name, **more))
    end_run(store, name, report)


def previous_of(store, **more):
    store.begin_run(begun_run("now", **more))
    return store.run_before("now")


def test_a_run_is_compared_with_the_newest_finished_one_over_the_same_files(store):
    for name in ("one", "two"):
        done(store, name)
    done(store, "elsewhere", inputs=OTHER)
    store.begin_run(begun_run("interrupted"))
    assert previous_of(store) == "two"


def test_the_bytes_of_a_file_may_have_changed_but_not_its_name(store):
    done(store, "one")
    assert previous_of(store, inputs=(Input("references.yaml", "ff" * 32),)) == "one"


def test_the_order_of_the_files_does_not_matter(store):
    done(store, "one", inputs=(*begun_run("x").inputs, *OTHER))
    assert previous_of(store, inputs=(*OTHER, *begun_run("x").inputs)) == "one"


@pytest.mark.parametrize(
    "other",
    [
        {"inputs": OTHER},
        {"inputs": (*OTHER, Input("references.yaml", "ab" * 32))},
        {"select": ("RET",)},
        {"ignore": ("ACC",)},
        {"mode": Mode.STAND_IN},
        {"as_of": TODAY + timedelta(days=1)},
    ],
)
def test_a_run_over_other_files_or_rules_or_days_or_the_demo_server_is_no_comparison(store, other):
    done(store, "one", **other)
    assert previous_of(store) is None


@pytest.mark.parametrize("mode", [Mode.OFFLINE, Mode.LOCKED, Mode.ONLINE])
def test_runs_that_asked_and_runs_that_did_not_are_compared(store, mode):
    done(store, "one", mode=mode)
    assert previous_of(store) == "one"


def test_the_newest_day_counts_before_the_newest_run(store):
    done(store, "yesterday", as_of=TODAY - timedelta(days=1))
    done(store, "played back", as_of=TODAY - timedelta(days=300))
    assert previous_of(store) == "yesterday"


def test_there_is_nothing_before_a_run_that_does_not_exist(store):
    with pytest.raises(StoreError, match="run nobody not found"):
        store.run_before("nobody")


def test_a_damaged_report_keeps_nobody_from_checking_today(store):
    done(store, "one", b'{"version": 1}')
    with connection_of(store) as connection:
        connection.execute("DROP TRIGGER run_ends_keep_values")
        connection.execute("UPDATE run_ends SET sha256 = 'x'")
    store.begin_run(begun_run("now"))
    assert store.previous("now") is None


def test_what_was_answered_since_a_run_is_reported_without_what_the_store_repeated(store):
    down = Unavailable("timeout", Cause.TIMEOUT)
    for number, observed in enumerate(
        [
            found_answer(pmid(1)),
            answer(pmid(1), down),
            found_answer(pmid(1), origin=Origin.STORE),
            found_answer(pmid(2)),
        ]
    ):
        store.begin_run(begun_run(f"r{number}"))
        store.observe(f"r{number}", [observed], TODAY)
    store.begin_run(begun_run("now"))
    store.observe("now", [found_answer(pmid(1))], TODAY)

    def runs_since(since, *numbers):
        observed = store.observed_since([pmid(number) for number in numbers], since, "now")
        return {identifier.value: [one.run for one in observations] for identifier, observations in observed.items()}

    assert runs_since(None, 1, 2, 3) == {"1": ["r0", "r1"], "2": ["r3"]}
    assert runs_since("r1", 1, 2) == {"1": ["r1"], "2": ["r3"]}
    assert runs_since("r1") == {}


def test_more_identifiers_than_fit_into_one_query_are_no_trouble(store):
    many = [pmid(number) for number in range(1, 1203)]
    store.begin_run(begun_run("one"))
    store.observe("one", [found_answer(identifier) for identifier in many], TODAY)
    store.begin_run(begun_run("now"))
    assert set(store.observed_since(many, None, "now")) == set(many)
    assert set(store.last_found(many, TODAY)) == set(many)


def test_the_demo_servers_answers_and_those_of_later_days_are_no_past_of_a_real_run(store):
    for name, more in (("fake", {"mode": Mode.STAND_IN}), ("later", {"as_of": TODAY + timedelta(days=9)})):
        store.begin_run(begun_run(name, **more))
        store.observe(name, [found_answer(pmid(1))], more.get("as_of", TODAY))
    store.begin_run(begun_run("now"))
    assert store.observed_since([pmid(1)], None, "now") == {}


def test_the_day_an_identifier_was_last_found_by_asking(store):
    down = Unavailable("timeout", Cause.TIMEOUT)
    for days, observed in (
        (9, found_answer(pmid(1))),
        (5, found_answer(pmid(1))),
        (3, answer(pmid(1), down)),
        (2, found_answer(pmid(1), origin=Origin.STORE)),
        (-4, found_answer(pmid(1))),
    ):
        day = TODAY - timedelta(days=days)
        store.begin_run(begun_run(f"r{days}", as_of=day))
        store.observe(f"r{days}", [observed], day)
    assert store.last_found([pmid(1), pmid(2)], TODAY) == {pmid(1): TODAY - timedelta(days=5)}


def test_runs_are_found_by_the_beginning_of_their_names_to_the_letter(store):
    for name in ("20261123T1-a", "20261123T2-b", "20261124T1-c", "%wild"):
        store.begin_run(begun_run(name))
    assert [run.id for run in store.runs_starting("20261123")] == ["20261123T2-b", "20261123T1-a"]
    assert [run.id for run in store.runs_starting("%")] == ["%wild"]
    assert store.runs_starting("2026112_") == ()


def test_all_runs_or_the_finished_ones_can_be_listed(store):
    done(store, "one")
    store.begin_run(begun_run("two"))
    assert [run.id for run in store.last_runs(None)] == ["two", "one"]
    assert [run.id for run in store.last_runs(5, finished=True)] == ["one"]


def test_findings_are_counted_by_severity_without_the_ignored(store):
    info = Finding("ACC004", "imprecise", Severity.INFO, "a", finding().place, "m", "f")
    store.begin_run(begun_run("one"))
    end_run(store, "one", findings=[finding(), finding("RET003"), info], ignored=[Ignored(info, "why")])
    store.begin_run(begun_run("two"))
    counts = store.counts_of(["one", "two"])
    assert counts["one"].found == {Severity.ERROR: 2, Severity.INFO: 1}
    assert (counts["one"].ignored, counts["two"].found, counts["two"].ignored) == (1, {}, 0)


def test_all_that_was_found_of_a_reference_is_reported_run_by_run(store):
    for name in ("one", "two"):
        store.begin_run(begun_run(name, started=NOON))
        end_run(store, name, findings=[finding(), finding(reference="other")], ignored=[Ignored(finding(), "w")])
    runs_since = store.findings_about("younger-2013")
    assert [(one.run, one.finding, one.ignored) for one in runs_since] == [
        (name, finding(), ignored) for name in ("one", "two") for ignored in (None, "w")
    ]
    assert store.findings_about("younger-2013", "elsewhere.yaml") == ()
