"""What differs between two runs, on records made up for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from evidence.app.registry import RULE_SET
from evidence.model.errors import Place
from evidence.model.outcomes import State
from evidence.model.policy import Severity
from evidence.model.report import EarlierRun, Mode
from evidence.model.rule import Finding, NewsKind, Selection, fingerprint
from evidence.reports.document import report_document, stored_json
from evidence.reports.history import (
    ClaimState,
    EarlierState,
    RecordedRun,
    Scope,
    changes_between,
    run_of_document,
    run_of_json,
    run_of_report,
)
from factories import sample_report

RULES = RULE_SET.by_code

FILE = "references.yaml"
PMID, PAGE, LABEL = "pmid:1", "url:https://example.org/a", "setid:06ff2d5a-e62b-4fa4-bbdb-01938535bc65"


def run(name: str) -> EarlierRun:
    moment = datetime(2026, 11, 23, 12, tzinfo=UTC)
    return EarlierRun(name, date(2026, 11, 23), moment, Mode.ONLINE, 0, 0, 0, 0, {})


def known(identifier: str, state: State = State.FOUND, *, source: str = "", version: str | None = None) -> EarlierState:
    asked = source or {"p": "pubmed", "u": "web", "s": "dailymed"}[identifier[0]]
    return EarlierState(frozenset({identifier}), state, version, ((asked, state),))


def finding(code: str, reference: str | None, fact: str = "", severity: Severity = Severity.WARNING) -> Finding:
    place = Place(FILE, 3, 5)
    return Finding(code, code.lower(), severity, reference, place, f"{code} {fact}", fingerprint(code, reference, fact))


def kept(
    name: str = "a", *findings: Finding, unjudged: tuple[Finding, ...] = (), **references: EarlierState
) -> RecordedRun:
    known_ones = references or {"paper": known(PMID), "page": known(PAGE), "label": known(LABEL)}
    return RecordedRun(run(name), {(FILE, one): what for one, what in known_ones.items()}, findings, unjudged=unjudged)


def kinds(earlier: RecordedRun, later: RecordedRun) -> list[tuple[str, str]]:
    return [(str(one.kind), one.reference) for one in changes_between(earlier, later, RULES).news]


def test_findings_are_new_persisting_or_resolved_by_their_fingerprints():
    stays, goes, comes = finding("ACC001", "page"), finding("MET002", "paper", "x"), finding("REF002", "paper")
    changes = changes_between(kept("a", stays, goes), kept("b", replace(stays, message="older now"), comes), RULES)
    assert (changes.new, changes.persisting) == ((comes.fingerprint,), (stays.fingerprint,))
    assert changes.resolved == (goes,)
    assert changes.since.id == "a"


def test_a_finding_that_an_entry_ignores_now_is_ignored_and_not_resolved():
    reported = finding("LNK001", "page", "dead")
    changes = changes_between(kept("a", reported), replace(kept("b"), ignored=(reported,)), RULES)
    assert (changes.resolved, changes.ignored) == ((), (reported.fingerprint,))


def test_what_is_no_longer_ignored_is_new_but_no_news():
    reported = finding("LNK001", "page", "dead", Severity.ERROR)
    changes = changes_between(replace(kept("a"), ignored=(reported,)), kept("b", reported), RULES)
    assert (changes.new, changes.news) == ((reported.fingerprint,), ())


@pytest.mark.parametrize("state", [State.UNAVAILABLE, State.BLOCKED, State.NOT_CHECKED])
def test_what_rests_on_a_silent_source_is_unknown_not_resolved(state):
    reported = finding("RET001", "paper")
    silent = kept("b", paper=known(PMID, state), page=known(PAGE), label=known(LABEL))
    changes = changes_between(kept("a", reported), silent, RULES)
    assert (changes.resolved, changes.unjudged) == ((), (reported,))


CLAIM = "claim:pain"


def with_claim(run: RecordedRun, *, is_unchecked: bool = False) -> RecordedRun:
    """A run with one claim, in the file beside the references, that rests on the paper."""
    scope = Scope(libraries={"claims.yaml": FILE})
    return replace(run, scope=scope, claims={(FILE, CLAIM): ClaimState(frozenset({"paper"}), is_unchecked)})


def of_claim(code: str) -> Finding:
    return replace(finding(code, CLAIM), place=Place("claims.yaml", 3, 5))


@pytest.mark.parametrize("code", ["CLM004", "CLM006"])
def test_what_rests_on_a_claims_silent_source_is_unknown_not_resolved(code):
    reported = of_claim(code)
    silent = EarlierState(frozenset({PMID}), State.UNAVAILABLE, unchecked=frozenset({"pubmed"}))
    others = {"page": known(PAGE), "label": known(LABEL)}
    before = with_claim(kept("a", reported))
    for later in (
        with_claim(kept("b", paper=silent, **others)),
        with_claim(kept("b"), is_unchecked=True),
    ):
        changes = changes_between(before, later, RULES)
        assert (changes.resolved, changes.unjudged) == ((), (reported,))
    unrelated = {"paper": known(PMID), "label": known(LABEL), "page": replace(silent, identifiers=frozenset({PAGE}))}
    assert changes_between(before, with_claim(kept("b", **unrelated)), RULES).resolved == (reported,)


def test_what_people_write_of_a_claim_is_resolved_whatever_is_silent():
    reported = of_claim("CLM001")
    later = with_claim(kept("b"), is_unchecked=True)
    assert changes_between(with_claim(kept("a", reported)), later, RULES).resolved == (reported,)


def test_what_was_found_of_a_claim_that_was_removed_is_resolved():
    reported = of_claim("CLM006")
    later = replace(with_claim(kept("b")), claims={})
    assert changes_between(with_claim(kept("a", reported)), later, RULES).resolved == (reported,)


def test_a_doubted_no_of_a_registry_leaves_its_findings_unknown():
    reported = finding("RET001", "paper")
    doubted = replace(known(PMID, State.NOT_FOUND), unchecked=frozenset({"pubmed"}))
    changes = changes_between(kept("a", reported), kept("b", paper=doubted), RULES)
    assert changes.unjudged == (reported,)


def test_a_source_that_a_finding_does_not_rest_on_may_be_silent():
    reported = finding("RET001", "paper")
    trial = replace(known(PMID), unchecked=frozenset({"nct"}))
    assert changes_between(kept("a", reported), kept("b", paper=trial), RULES).resolved == (reported,)


def test_what_needs_no_look_up_is_resolved_also_when_nobody_answers():
    reported = finding("ACC001", "page")
    silent = kept("b", page=known(PAGE, State.NOT_CHECKED))
    assert changes_between(kept("a", reported), silent, RULES).resolved == (reported,)


def test_what_was_unknown_counts_as_found_before():
    reported = finding("RET001", "paper", severity=Severity.ERROR)
    unknown = kept("a", unjudged=(reported,))
    back = changes_between(unknown, kept("b", reported), RULES)
    assert (back.new, back.persisting, back.news) == ((), (reported.fingerprint,), ())
    assert changes_between(unknown, kept("b"), RULES).resolved == (reported,)


def test_what_came_up_between_two_runs_and_is_unknown_in_the_later_is_not_lost():
    reported = finding("RET001", "paper", severity=Severity.ERROR)
    changes = changes_between(kept("a"), kept("b", unjudged=(reported,)), RULES)
    assert changes.unjudged == (reported,)
    assert [one.kind for one in changes.news] == [NewsKind.RETRACTED]


@pytest.mark.parametrize(
    ("before", "now"),
    [("LNK002", "LNK003"), ("LNK003", "LNK001"), ("LNK005", "LNK001"), ("ACC006", "ACC001"), ("SPL002", "SPL002")],
)
def test_a_graver_finding_on_the_same_thing_replaces_the_earlier(before, now):
    reference = {"L": "page", "A": "page", "S": "label"}[before[0]]
    old, new = finding(before, reference, "old"), finding(now, reference, "new")
    changes = changes_between(kept("a", old), kept("b", new), RULES)
    assert (changes.resolved, changes.replaced) == ((), (old,))


def test_a_page_that_was_dead_and_is_only_silent_today_is_not_resolved():
    dead, silent = finding("LNK001", "page"), finding("LNK002", "page")
    later = kept("b", silent, page=known(PAGE, State.UNAVAILABLE))
    assert changes_between(kept("a", dead), later, RULES).unjudged == (dead,)


def test_a_finding_of_a_reference_that_is_missing_is_resolved():
    reported = finding("RET001", "paper")
    changes = changes_between(kept("a", reported), kept("b", page=known(PAGE, State.UNAVAILABLE)), RULES)
    assert changes.resolved == (reported,)


def test_two_files_with_references_of_one_id_are_distinguished():
    one = finding("ACC001", "page")
    other = replace(one, place=Place("other.yaml", 3, 5))
    assert changes_between(kept("a", one), kept("b", other), RULES).resolved == (one,)


def test_news_come_in_the_order_of_their_weight_one_of_each_kind_for_a_reference():
    before = kept("a", paper=known(PMID), page=known(PAGE), old=known("pmid:9"))
    later = kept(
        "b",
        finding("RET006", "paper", "one"),
        finding("RET006", "paper", "two"),
        finding("LNK001", "page", severity=Severity.ERROR),
        finding("RET001", "paper", severity=Severity.ERROR),
        finding("RET007", "paper"),
        paper=known(PMID),
        page=known(PAGE, State.NOT_FOUND),
        fresh=known("pmid:3"),
    )
    assert kinds(before, later) == [
        ("retracted", "paper"),
        ("died", "page"),
        ("corrected", "paper"),
        ("added", "fresh"),
        ("removed", "old"),
    ]


def test_a_dead_link_that_somebody_adds_is_no_news_but_the_adding_is():
    later = kept("b", finding("LNK001", "page", severity=Severity.ERROR), paper=known(PMID), page=known(PAGE))
    changes = changes_between(kept("a", paper=known(PMID)), later, RULES)
    assert [(one.kind, one.message) for one in changes.news] == [(NewsKind.ADDED, "new in the file: 1 error")]


def test_what_is_found_under_another_identifier_did_not_happen_since():
    later = kept("b", finding("RET001", "paper", severity=Severity.ERROR), paper=known("pmid:2"))
    assert kinds(kept("a", paper=known(PMID)), later) == []


def test_a_label_with_another_version_is_news_also_without_a_finding():
    before, later = (kept(name, label=known(LABEL, version=number)) for name, number in (("a", "13"), ("b", "14")))
    assert kinds(before, later) == [("label-revised", "label")]
    assert kinds(later, later) == []


def test_a_label_that_could_not_be_seen_is_not_called_revised():
    silent = kept("b", label=known(LABEL, State.UNAVAILABLE))
    assert kinds(kept("a", label=known(LABEL, version="13")), silent) == []


def test_a_dead_page_that_is_found_again_has_recovered():
    dead = finding("LNK001", "page", severity=Severity.ERROR)
    assert kinds(kept("a", dead), kept("b")) == [("recovered", "page")]


def test_a_report_and_its_kept_document_are_compared_alike():
    report = sample_report()
    there, back = run_of_report(report), run_of_document(report_document(report))
    assert there.run == back.run
    assert (there.findings, there.ignored) == (back.findings, back.ignored)
    assert {whose: replace(one, looked_up=frozenset()) for whose, one in back.references.items()} == there.references


def test_a_run_compared_with_itself_has_changed_in_nothing():
    same = run_of_document(report_document(sample_report()))
    changes = changes_between(same, same, RULES)
    assert (changes.new, changes.resolved, changes.replaced, changes.unjudged, changes.news) == ((), (), (), (), ())
    assert len(changes.persisting) == len({f.fingerprint for f in same.findings})


def test_a_report_from_before_there_was_a_past_is_understood():
    old = json.loads(stored_json(report_document(sample_report())))
    for key in ("changes", "earlier_runs", "due"):
        del old[key]
    for reference in old["references"]:
        for key in ("title", "cited_as", "accessed", "owner", "role", "history"):
            del reference[key]
    understood = run_of_json(json.dumps(old).encode())
    assert understood is not None
    assert understood.findings == sample_report().findings
    assert all(one.history == () and one.looked_up == frozenset() for one in understood.references.values())


@pytest.mark.parametrize("foreign", [b"{}", b"[]", b'{"version": 2}'])
def test_what_is_no_report_of_this_version_is_not_compared_with(foreign):
    assert run_of_json(foreign) is None


@pytest.mark.parametrize(
    "scope", [Scope(selection=Selection(ignored=frozenset({"RET"}))), Scope(frozenset({"other.yaml"}))]
)
def test_what_the_later_run_did_not_ask_about_is_unknown_not_resolved(scope):
    reported = finding("RET001", "paper", severity=Severity.ERROR)
    later = replace(kept("b"), scope=scope)
    changes = changes_between(kept("a", reported), later, RULES)
    assert (changes.resolved, changes.unjudged) == ((), (reported,))


def test_references_of_a_file_that_only_one_run_judged_neither_came_nor_went():
    here, there = (replace(kept(name), scope=Scope(frozenset({path}))) for name, path in (("a", FILE), ("b", "x.yaml")))
    there = replace(there, references={("x.yaml", "paper"): known(PMID)})
    assert (kinds(here, there), kinds(there, here)) == ([], [])


def test_what_the_earlier_run_did_not_show_did_not_happen_since():
    reported = finding("RET001", "paper", severity=Severity.ERROR)
    silent = replace(kept("a"), scope=Scope(selection=Selection(selected=frozenset({"LNK"}))))
    changes = changes_between(silent, kept("b", reported), RULES)
    assert (changes.new, changes.news) == ((reported.fingerprint,), ())


@pytest.mark.parametrize("code", ["RET001", "MET002"])
def test_a_finding_whose_record_its_source_has_dropped_is_not_resolved(code):
    reported, gone = finding(code, "paper"), finding("IDN003", "paper", severity=Severity.ERROR)
    dropped = kept("c", gone, paper=known(PMID, State.NOT_FOUND))
    doubted = replace(known(PMID, State.NOT_FOUND), unchecked=frozenset({"pubmed"}))
    for before in (kept("a", reported), kept("b", unjudged=(reported,), paper=doubted)):
        changes = changes_between(before, dropped, RULES)
        assert (changes.resolved, changes.replaced, changes.unjudged) == ((), (reported,), ())


def test_a_retraction_is_not_resolved_by_citing_the_paper_by_its_address():
    reported = finding("RET001", "paper", severity=Severity.ERROR)
    changes = changes_between(kept("a", reported, paper=known(PMID)), kept("b", paper=known(PAGE)), RULES)
    assert (changes.resolved, changes.replaced) == ((), (reported,))
    (news,) = changes.news
    assert (news.kind, news.severity) == (NewsKind.REMOVED, Severity.ERROR)
    assert news.message == "identifier changed: without pmid:1 there is no look-up for RET001 ret001"


def test_a_retraction_is_resolved_by_citing_another_paper():
    reported = finding("RET001", "paper")
    changes = changes_between(kept("a", reported, paper=known(PMID)), kept("b", paper=known("pmid:2")), RULES)
    assert (changes.resolved, changes.replaced) == ((reported,), ())


def test_a_dead_link_is_resolved_by_citing_the_work_in_another_way():
    reported = finding("LNK001", "page")
    changes = changes_between(kept("a", reported, page=known(PAGE)), kept("b", page=known(PMID)), RULES)
    assert changes.resolved == (reported,)


def test_that_a_paper_which_somebody_adds_is_retracted_is_said_and_weighs_as_much():
    reported = replace(finding("RET001", "paper", "x", Severity.ERROR), name="retracted-publication")
    later = kept("b", reported, finding("RET007", "paper"), paper=known(PMID), page=known(PAGE))
    (news,) = changes_between(kept("a", page=known(PAGE)), later, RULES).news
    assert (news.kind, news.severity) == (NewsKind.ADDED, Severity.ERROR)
    assert news.message == "new in the file: RET001 retracted-publication (RET001 x), 1 error, 1 warning"


def test_a_finding_that_a_waiver_covers_now_is_waived_and_not_resolved():
    reported = finding("LNK001", "page", "dead", Severity.ERROR)
    changes = changes_between(kept("a", reported), replace(kept("b"), waived=(reported,)), RULES)
    assert (changes.resolved, changes.unjudged, changes.waived) == ((), (), (reported.fingerprint,))
    assert changes.newly_waived == (reported.fingerprint,)
    again = changes_between(replace(kept("b"), waived=(reported,)), replace(kept("c"), waived=(reported,)), RULES)
    assert (again.waived, again.newly_waived) == ((reported.fingerprint,), ())


def test_what_is_no_longer_waived_is_new_but_no_news():
    reported = finding("LNK001", "page", "dead", Severity.ERROR)
    changes = changes_between(replace(kept("a"), waived=(reported,)), kept("b", reported), RULES)
    assert (changes.new, changes.news, changes.waived) == ((reported.fingerprint,), (), ())


def test_a_void_waiver_is_not_fixed_by_the_silence_of_what_it_rests_on():
    reported = finding("WVR002", "label", "void", Severity.ERROR)
    silent = kept("b", paper=known(PMID), page=known(PAGE), label=known(LABEL, State.UNAVAILABLE))
    assert changes_between(kept("a", reported), silent, RULES).unjudged == (reported,)
    assert changes_between(kept("a", reported), kept("b"), RULES).resolved == (reported,)


def test_what_stood_in_a_file_beside_is_judged_with_its_library_also_when_that_file_is_gone():
    reported = replace(finding("WVR003", "label", "unused"), place=Place("waivers.yaml", 4, 11))
    before = replace(
        kept("a", reported), scope=Scope(frozenset([FILE, "waivers.yaml"]), libraries={"waivers.yaml": FILE})
    )
    after = replace(kept("b"), scope=Scope(frozenset([FILE])))
    assert changes_between(before, after, RULES).resolved == (reported,)
    elsewhere = replace(kept("b"), scope=Scope(frozenset(["other.yaml"])))
    assert changes_between(before, elsewhere, RULES).unjudged == (reported,)


def printed(code: str, reference: str | None = None, path: str = "m.md") -> Finding:
    return replace(finding(code, reference, "in the monograph"), printed=Place(path, 3, 1))


def reading(
    name: str, *findings: Finding, texts: tuple[str, ...] = (), unjudged: tuple[Finding, ...] = ()
) -> RecordedRun:
    return replace(kept(name, *findings, unjudged=unjudged), scope=Scope(monographs=frozenset(texts)))


@pytest.mark.parametrize(
    "reported", [printed("CIT001"), printed("CIT002", "paper"), printed("STY002", "paper"), finding("CIT002", "paper")]
)
def test_what_is_in_a_monograph_that_could_not_be_read_is_unknown_until_it_is_read_again(reported):
    unread = changes_between(reading("a", reported, texts=("m.md",)), reading("b"), RULES)
    assert (unread.resolved, unread.unjudged) == ((), (reported,))
    still = changes_between(reading("b", unjudged=(reported,)), reading("c"), RULES)
    assert (still.resolved, still.unjudged) == ((), (reported,))
    again = changes_between(reading("c", unjudged=(reported,)), reading("d", texts=("m.md",)), RULES)
    assert (again.resolved, again.unjudged) == ((reported,), ())


def test_a_monograph_under_another_name_was_read():
    reported = printed("CIT001")
    changes = changes_between(reading("a", reported, texts=("m.md",)), reading("b", texts=("m2.md",)), RULES)
    assert changes.resolved == (reported,)


def test_of_two_monographs_the_one_that_was_not_read_leaves_its_findings_unknown():
    ones, others = printed("CIT001"), replace(printed("CIT001", path="n.md"), fingerprint="another")
    changes = changes_between(reading("a", ones, others, texts=("m.md", "n.md")), reading("b", texts=("n.md",)), RULES)
    assert (changes.unjudged, changes.resolved) == ((ones,), (others,))


def test_the_form_of_a_citation_in_the_library_needs_no_monograph():
    reported = finding("STY002", "paper")
    assert changes_between(reading("a", reported, texts=("m.md",)), reading("b"), RULES).resolved == (reported,)
    mixed = finding("STY001", "paper")
    assert changes_between(reading("a", mixed, texts=("m.md",)), reading("b"), RULES).unjudged == (mixed,)
    assert changes_between(reading("a", mixed), reading("b"), RULES).resolved == (mixed,)
