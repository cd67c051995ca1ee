"""What waivers cover, and what is reported of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from evidence.app.registry import RULE_SET, SOURCE_NAMES
from evidence.app.waive import is_waivable
from evidence.matching.simhash import fingerprint as sketch
from evidence.model.errors import Place
from evidence.model.policy import Policy, Severity, WaiverLimits
from evidence.model.references import Category, Library, Reference, Role, Waiver
from evidence.model.rule import Finding, fingerprint
from evidence.rules.waiver_evidence import no_answer_hash
from evidence.rules.waivers import apply_waivers, is_same_person
from factories import PATH, TODAY


def found(
    code: str = "SPL002",
    reference: str | None = "label",
    fact: str = "version 14",
    *,
    severity: Severity = Severity.WARNING,
    **evidence: str,
) -> Finding:
    place = Place(PATH, 9, 5)
    name = fingerprint(code, reference, fact)
    return Finding(code, "a-name", severity, reference, place, fact, name, evidence=tuple(sorted(evidence.items())))


def waiver(finding: Finding, *, line: int = 20, **changed: Any) -> Waiver:
    given = {
        "code": finding.code,
        "reference": finding.reference,
        "category": Category.ACCEPTED_RISK,
        "reason": "looked at",
        "requested_by": "Dana Reyes",
        "approved_by": "Kim Ode",
        "since": TODAY,
        "until": TODAY + timedelta(days=30),
        "evidence": {"finding": finding.fingerprint, **dict(finding.evidence)},
        "place": Place(PATH, line, 5),
        "places": {
            "code": Place(PATH, line, 11),
            "until": Place(PATH, line + 1, 12),
            "evidence": Place(PATH, line + 2, 15),
        },
    }
    return Waiver(**{**given, **changed})


def weigh(
    waivers: list[Waiver],
    findings: list[Finding],
    *,
    today: date = TODAY,
    policy: Policy | None = None,
    judged: bool = True,
    role: Role = Role.EVIDENCE,
) -> tuple[list[str], list[Finding], list[Finding]]:
    """The codes that are covered, what is left, and what is reported of the waivers."""
    references = tuple(Reference(name, Place(PATH, 3, 5), role=role) for name in ("label", "page"))
    library = Library(PATH, "0" * 64, references, policy=policy or Policy(), waivers=tuple(waivers))
    reported = apply_waivers(
        library, findings, today, lambda _code, _reference: judged, rules=RULE_SET.by_code, source_names=SOURCE_NAMES
    )
    return [finding.code for finding, _ in reported.covered], reported.open, reported.about


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def test_a_waiver_covers_the_finding_that_it_names() -> None:
    finding = found(dailymed="14")
    assert weigh([waiver(finding)], [finding]) == (["SPL002"], [], [])


def test_a_second_finding_of_the_same_code_is_not_covered_silently() -> None:
    first, second = found("MET005", fact="volume"), found("MET005", fact="pages")
    covered, left, about = weigh([waiver(first)], [first, second])
    assert (covered, left, about) == (["MET005"], [second], [])


def test_a_waiver_covers_one_of_several_findings_that_are_alike() -> None:
    finding = found("REF001", "label", "duplicate-id label")
    covered, left, _ = weigh([waiver(finding)], [finding, finding])
    assert (covered, left) == (["REF001"], [finding])
    covered, left, _ = weigh([waiver(finding), waiver(finding)], [finding, finding])
    assert (covered, left) == (["REF001"] * 2, [])


def test_a_waiver_without_a_reference_covers_what_is_found_of_the_file() -> None:
    finding = found("REF002", None, "unknown-field refs")
    assert weigh([waiver(finding)], [finding])[0] == ["REF002"]


def test_wvr001_a_waiver_that_has_ended_covers_nothing() -> None:
    finding = found()
    ended = waiver(finding, since=TODAY - timedelta(days=31), until=TODAY - timedelta(days=1))
    covered, left, [reported] = weigh([ended], [finding])
    assert (covered, left) == ([], [finding])
    assert (reported.code, reported.severity, reported.place) == ("WVR001", Severity.ERROR, Place(PATH, 21, 12))
    assert "expired yesterday, on 2026-11-22" in reported.message
    assert "evidence waive SPL002 label" in (reported.suggestion or "")


def test_a_waiver_holds_on_its_last_day() -> None:
    finding = found()
    assert weigh([waiver(finding)], [finding], today=TODAY + timedelta(days=30))[0] == ["SPL002"]
    assert codes(weigh([waiver(finding)], [finding], today=TODAY + timedelta(days=31))[2]) == ["WVR001"]


def test_a_waiver_that_has_ended_is_expired_also_where_nobody_knows_whether_its_finding_is_there() -> None:
    ended = waiver(found(), since=TODAY - timedelta(days=31), until=TODAY - timedelta(days=1))
    assert codes(weigh([ended], [], judged=False)[2]) == ["WVR001"]
    assert codes(weigh([ended], [], judged=True)[2]) == ["WVR003"]


def test_a_waiver_that_begins_later_is_no_waiver_yet() -> None:
    finding = found()
    assert weigh([waiver(finding)], [finding], today=TODAY - timedelta(days=2)) == ([], [finding], [])
    assert weigh([waiver(finding)], [finding], today=TODAY - timedelta(days=1))[0] == ["SPL002"]  # ahead of UTC


@pytest.mark.parametrize(
    ("severity", "baseline", "days"),
    [
        (Severity.ERROR, False, 30),
        (Severity.WARNING, False, 90),
        (Severity.INFO, False, 365),
        (Severity.ERROR, True, 90),
    ],
)
def test_a_waiver_may_run_as_long_as_the_severity_of_its_finding_allows(
    severity: Severity, *, baseline: bool, days: int
) -> None:
    finding = found(severity=severity)
    longest = waiver(finding, until=TODAY + timedelta(days=days), baseline=baseline)
    assert weigh([longest], [finding])[0] == ["SPL002"]
    covered, left, [reported] = weigh([replace(longest, until=TODAY + timedelta(days=days + 1))], [finding])
    assert (covered, left) == ([], [finding])
    assert (reported.code, reported.place.line) == ("WVR001", 21)
    assert reported.suggestion == f"until: {longest.until}"


def test_the_policy_says_how_long_waivers_may_run() -> None:
    finding = found()
    policy = Policy(waiver_limits=WaiverLimits(warning=10))
    assert codes(weigh([waiver(finding)], [finding], policy=policy)[2]) == ["WVR001"]


def test_wvr002_another_answer_of_the_source_voids_the_waiver() -> None:
    then, now = found(crossref="one notice"), found(crossref="two notices")
    covered, left, [reported] = weigh([waiver(then)], [now])
    assert (covered, left) == ([], [now])
    assert (reported.code, reported.severity, reported.place) == ("WVR002", Severity.ERROR, Place(PATH, 22, 15))
    assert "Crossref now says something different" in reported.message


def test_another_fact_voids_the_waiver() -> None:
    covered, left, about = weigh([waiver(found(fact="version 14"))], [found(fact="version 15")])
    assert (covered, codes(left), codes(about)) == ([], ["SPL002"], ["WVR002"])
    assert "the finding is now: version 15" in about[0].message


def test_a_source_that_is_silent_today_voids_nothing() -> None:
    then = found(crossref="one notice", pubmed="x")
    assert weigh([waiver(then)], [found(pubmed="x")])[0] == ["SPL002"]


def test_a_source_that_spoke_for_the_first_time_voids_the_waiver_unless_it_has_nothing_to_say() -> None:
    then = found(pubmed="x")
    assert weigh([waiver(then)], [found(pubmed="x", crossref=no_answer_hash())])[0] == ["SPL002"]
    assert codes(weigh([waiver(then)], [found(pubmed="x", crossref="a notice")])[2]) == ["WVR002"]


def test_other_words_of_a_finding_that_could_not_be_judged_completely_void_nothing_and_are_not_covered() -> None:
    now = found("MET001", fact="title as Crossref prints it")
    covered, left, about = weigh([waiver(found("MET001", fact="title as PubMed prints it"))], [now], judged=False)
    assert (covered, left, about) == ([], [now], [])


def test_what_rotates_on_a_page_voids_nothing_and_another_text_does() -> None:
    words = [f"sentence {chr(97 + n % 26)}{chr(97 + n // 26)} about naltrexone and sleep.\n" for n in range(120)]
    then, teaser, another = (
        sketch("".join(w)) for w in (words, [*words[6:], "a teaser of the day stands here now.\n"], words[70:])
    )
    first = found("LNK008", "page", "drifted", text=then)
    assert weigh([waiver(first)], [found("LNK008", "page", "drifted", text=teaser)])[0] == ["LNK008"]
    assert codes(weigh([waiver(first)], [found("LNK008", "page", "drifted", text=another)])[2]) == ["WVR002"]


def test_wvr003_a_waiver_that_covers_nothing_is_reported() -> None:
    _, _, [reported] = weigh([waiver(found())], [])
    assert (reported.code, reported.severity, reported.place) == ("WVR003", Severity.WARNING, Place(PATH, 20, 11))
    assert reported.reference == "label"


def test_a_waiver_of_a_reference_that_is_not_there_is_reported_for_the_file() -> None:
    _, _, [reported] = weigh([waiver(found(reference="gone"))], [])
    assert (reported.code, reported.reference) == ("WVR003", None)
    assert "no reference has that id" in reported.message


def test_a_waiver_is_not_unused_when_its_finding_could_not_be_judged() -> None:
    assert weigh([waiver(found())], [], judged=False) == ([], [], [])


def test_one_good_day_of_a_page_makes_no_waiver_of_its_silence_unused() -> None:
    assert weigh([waiver(found("LNK002", "page"))], []) == ([], [], [])


def test_a_second_waiver_of_the_same_finding_is_unused() -> None:
    finding = found()
    covered, left, [reported] = weigh([waiver(finding), waiver(finding, line=40)], [finding])
    assert (covered, left, reported.code, reported.place.line) == (["SPL002"], [], "WVR003", 40)
    assert "another waiver already covers that finding" in reported.message


def test_a_waiver_in_force_is_preferred_to_one_that_has_ended() -> None:
    finding = found()
    ended = waiver(finding, since=TODAY - timedelta(days=31), until=TODAY - timedelta(days=1))
    covered, left, about = weigh([ended, waiver(finding, line=40)], [finding])
    assert (covered, left, codes(about)) == (["SPL002"], [], ["WVR003"])


@pytest.mark.parametrize("asker", ["Kim Ode", "kim  ode", "KIM ODÉ"])
def test_wvr004_who_approves_their_own_waiver_is_reported_and_covered(asker: str) -> None:
    finding = found()
    given = waiver(finding, requested_by=asker, places={"approved-by": Place(PATH, 25, 18)})
    covered, left, [reported] = weigh([given], [finding])
    assert (covered, left) == (["SPL002"], [])
    assert (reported.code, reported.severity, reported.place) == ("WVR004", Severity.WARNING, Place(PATH, 25, 18))


def test_two_names_are_two_persons() -> None:
    assert not is_same_person("Kim Ode", "Kim Oda")
    assert is_same_person("Zoë O'Neil", "zoe oneil")


@pytest.mark.parametrize("code", ["RET001", "MET006", "CIT001", "WVR003"])
def test_wvr005_what_nobody_can_accept_is_not_covered(code: str) -> None:
    finding = found(code, severity=Severity.ERROR)
    covered, left, [reported] = weigh([waiver(finding)], [finding])
    assert (covered, left) == ([], [finding])
    assert (reported.code, reported.severity, reported.place) == ("WVR005", Severity.ERROR, Place(PATH, 20, 11))
    assert codes(weigh([waiver(finding)], [])[2]) == ["WVR005"]


def test_a_retraction_that_is_discussed_can_be_waived() -> None:
    finding = found("RET001", severity=Severity.INFO)
    assert is_waivable(finding, Category.ACCEPTED_RISK)
    covered, left, about = weigh([waiver(finding)], [finding], role=Role.DISCUSSES_RETRACTION)
    assert (covered, left, about) == (["RET001"], [], [])
    support = replace(finding, severity=Severity.ERROR)
    assert codes(weigh([waiver(finding)], [support])[2]) == ["WVR005"]


def test_wvr005_a_label_of_another_drug_is_waived_as_a_false_positive_alone() -> None:
    finding = found("SPL004", severity=Severity.ERROR)
    assert weigh([waiver(finding, category=Category.FALSE_POSITIVE)], [finding]) == (["SPL004"], [], [])
    covered, left, [reported] = weigh([waiver(finding)], [finding])
    assert (covered, left, reported.code) == ([], [finding], "WVR005")
    assert reported.message == "SPL004 can only be waived as false-positive, not as accepted-risk"
    assert codes(weigh([waiver(finding, category=Category.FALSE_POSITIVE)], [])[2]) == ["WVR003"]


def test_what_is_reported_about_a_waiver_has_the_same_fingerprint_wherever_it_stands() -> None:
    finding = found()
    [first] = weigh([waiver(finding, line=20)], [])[2]
    [moved] = weigh([waiver(finding, line=90)], [])[2]
    assert first.fingerprint == moved.fingerprint
