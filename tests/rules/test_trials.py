from __future__ import annotations

from typing import Any

import pytest

from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.policy import Severity
from evidence.model.records import Trial
from evidence.model.rule import Finding
from evidence.rules.case import Case
from evidence.rules.identifiers import RULES as IDENTIFIER_RULES
from evidence.rules.identifiers import replaced_identifier, unregistered_identifier
from evidence.rules.trials import RULES, results_posted_since, stopped_trial
from factories import NCT, PMID, answer, article, case, found_codes, only_finding, reference

POSTED = PartialDate(2026, 2, 11)
STOPPED = Trial(NCT, "A trial", "TERMINATED", "Lack of efficacy")


def about(trial: Trial | None = None, /, accessed: PartialDate | None = None, **facts: Any) -> Case:
    """An entry that cites a trial, and the trial as its registry has it today."""
    record = trial or Trial(**({"identifier": NCT, "title": "A trial", "status": "COMPLETED"} | facts))
    given = {"accessed": accessed} if accessed else {}
    return case(reference(NCT, **given), answer(NCT, Found(record)))


@pytest.mark.parametrize(
    ("status", "part"),
    [
        ("TERMINATED", "the trial was terminated (stopped early, will not resume)"),
        ("WITHDRAWN", "the trial was withdrawn (stopped before the first participant was enrolled)"),
        ("SUSPENDED", "the trial is suspended (stopped early, may resume)"),
    ],
)
def test_a_stopped_trial_is_a_warning_with_the_sponsors_reason(status: str, part: str) -> None:
    finding = only_finding(stopped_trial, about(status=status, why_stopped="Lack of\nefficacy"))
    assert (finding.code, finding.severity, finding.place.line) == ("TRL001", Severity.WARNING, 4)
    assert finding.message == f'{part}; reason given: "Lack of efficacy"'


def test_a_stopped_trial_without_a_reason_is_said_to_have_none() -> None:
    assert only_finding(stopped_trial, about(status="TERMINATED")).message.endswith("; no reason given")


def test_a_long_reason_is_cut() -> None:
    assert len(only_finding(stopped_trial, about(status="TERMINATED", why_stopped="x " * 5000)).message) < 400


@pytest.mark.parametrize("status", ["UNKNOWN", "WITHHELD", "PAUSED_BY_REGULATOR"])
def test_a_status_that_says_nothing_of_it_is_an_info_that_it_has_possibly_been_stopped(status: str) -> None:
    finding = only_finding(stopped_trial, about(status=status))
    assert (finding.code, finding.severity) == ("TRL001", Severity.INFO)
    assert finding.message == f"the trial was possibly stopped: its status at ClinicalTrials.gov is {status}"


@pytest.mark.parametrize(
    "status", ["RECRUITING", "COMPLETED", "ACTIVE_NOT_RECRUITING", "NOT_YET_RECRUITING", "NO_LONGER_AVAILABLE"]
)
def test_a_trial_that_goes_on_or_has_ended_is_fine(status: str) -> None:
    assert found_codes(RULES, about(status=status, why_stopped="left over")) == []


@pytest.mark.parametrize(
    ("accessed", "posted", "message"),
    [
        (
            PartialDate(2025, 8, 14),
            POSTED,
            "results were first posted on 2026-02-11, after the trial was accessed (2025-08-14)",
        ),
        (
            PartialDate(2026, 2),
            POSTED,
            "results were first posted on 2026-02-11, possibly after the trial was accessed (2026-02)",
        ),
        (POSTED, POSTED, "results were first posted on 2026-02-11, possibly after the trial was accessed (2026-02-11)"),
        (
            POSTED,
            PartialDate(2026, 2),
            "results were first posted on 2026-02, possibly after the trial was accessed (2026-02-11)",
        ),
        (
            PartialDate(2026, 1),
            PartialDate(2026, 2),
            "results were first posted on 2026-02, after the trial was accessed (2026-01)",
        ),
        (PartialDate(2026, 2, 12), POSTED, None),
        (PartialDate(2026, 3), PartialDate(2026, 2), None),
        (None, POSTED, None),
        (PartialDate(2025, 8, 14), None, None),
    ],
)
def test_results_are_an_info_when_they_came_after_the_day_of_access(
    accessed: PartialDate | None, posted: PartialDate | None, message: str | None
) -> None:
    judged = about(accessed=accessed, results_posted=posted, has_results=posted is not None)
    found = list(results_posted_since.findings(judged))
    assert [finding.message for finding in found] == ([message] if message else [])
    assert {(finding.code, finding.severity) for finding in found} <= {("TRL002", Severity.INFO)}


@pytest.mark.parametrize(
    "silence", [Unavailable("no answer", Cause.TIMEOUT), Blocked("HTTP 403", 403), NotFound("no study")]
)
def test_silence_says_nothing_of_a_trial_even_when_one_is_remembered(silence: Outcome) -> None:
    remembered = answer(NCT, silence, remembered=STOPPED)
    assert found_codes(RULES, case(reference(NCT, accessed=PartialDate(2025)), remembered)) == []


def test_an_article_that_names_its_trial_is_not_judged_as_the_trial() -> None:
    entry = reference(PMID, NCT, accessed=PartialDate(2025))
    judged = case(entry, answer(PMID, Found(article())), answer(NCT, Found(STOPPED)))
    assert found_codes(RULES, judged) == []


def test_a_waiver_of_a_stopped_trial_rests_on_status_and_reason() -> None:
    def evidence(**facts: Any) -> Finding:
        return only_finding(stopped_trial, about(**({"status": "TERMINATED", "why_stopped": "Funding"} | facts)))

    assert evidence().evidence == evidence(title="Another title").evidence
    assert evidence().evidence != evidence(why_stopped="Deaths").evidence
    assert evidence().fingerprint == evidence(why_stopped="Deaths").fingerprint


def test_a_number_that_the_registry_does_not_hold_is_dead() -> None:
    finding = only_finding(unregistered_identifier, case(reference(NCT), answer(NCT, NotFound("asked twice"))))
    assert (finding.code, finding.severity) == ("IDN003", Severity.ERROR)
    assert finding.message == f"NCT {NCT.value} does not exist in ClinicalTrials.gov: asked twice"


def test_an_obsolete_number_is_reported_with_the_one_that_took_its_place() -> None:
    now = Identifier(IdKind.NCT, "NCT00000042")
    judged = about(Trial(now, "A trial", "COMPLETED"))
    finding = only_finding(replaced_identifier, judged)
    assert (finding.code, finding.severity, finding.suggestion) == ("IDN005", Severity.WARNING, now.value)
    assert found_codes(IDENTIFIER_RULES, judged) == ["IDN005"]


def test_findings_are_about_the_number_that_the_entry_gives() -> None:
    now = Trial(Identifier(IdKind.NCT, "NCT00000042"), "A trial", "TERMINATED", "Lack of efficacy")
    assert (
        only_finding(stopped_trial, about(now)).fingerprint == only_finding(stopped_trial, about(STOPPED)).fingerprint
    )
