"""TRL: trials at ClinicalTrials.gov, by NCT number. A reference to an article about a trial is none to the trial."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from evidence.model.identifiers import TRIALS
from evidence.model.policy import Severity
from evidence.model.rule import FactOf, Lookup, NewsKind, OnAdding, Violation
from evidence.rules.case import Case
from evidence.rules.rule import entry_rule
from evidence.rules.waiver_evidence import trial_status

_rule = partial(entry_rule, needs=Lookup.TRIAL, about=TRIALS, fact_of=FactOf.WORK)

_STOPPED = {
    "TERMINATED": "was terminated (stopped early, will not resume)",
    "WITHDRAWN": "was withdrawn (stopped before the first participant was enrolled)",
    "SUSPENDED": "is suspended (stopped early, may resume)",
}
_NOT_STOPPED = frozenset(
    [
        "ACTIVE_NOT_RECRUITING",
        "COMPLETED",
        "ENROLLING_BY_INVITATION",
        "NOT_YET_RECRUITING",
        "RECRUITING",
        # Expanded access, where drugs are given outside trials:
        "APPROVED_FOR_MARKETING",
        "AVAILABLE",
        "NO_LONGER_AVAILABLE",
        "TEMPORARILY_NOT_AVAILABLE",
    ]
)
_LONGEST_REASON = 250  # characters of it in a message


@_rule(
    "TRL001",
    "stopped-trial",
    Severity.WARNING,
    waiver_evidence=trial_status,
    news=NewsKind.TRIAL_STOPPED,
    on_adding=OnAdding.REPORTED,
)
def stopped_trial(case: Case) -> Iterator[Violation]:
    """The trial was terminated, withdrawn or suspended.

    What it does:
        Reports a cited trial that ClinicalTrials.gov lists as terminated, withdrawn or suspended,
        with the sponsor's reason. If the registry lists the status as unknown (the end date has
        passed and the status was not confirmed for two years), withholds it or uses a new status,
        the trial may have been stopped: this is an info that says "possibly". A reference that also
        has a PMID, PMCID or DOI cites an article and is not judged.

    Why it matters:
        The results that the text expects will not come. Most trials are stopped because too few
        participants were enrolled, others because the drug failed or caused harm.

    Message:
        the trial was terminated (stopped early, will not resume); reason given: "Lack of
        efficacy"

    Example:
        - id: a-trial
          NCT: NCT01234567   # terminated: lack of efficacy

    What to do:
        State in the text that the trial was stopped and why, or cite its published results.

    References:
        ClinicalTrials.gov, glossary: recruitment status; Williams et al. 2015, doi:10.1371/journal.pone.0127242.
    """
    trial = case.trial
    if trial is None or trial.status in _NOT_STOPPED:
        return
    reason = " ".join(trial.why_stopped.split())
    if len(reason) > _LONGEST_REASON:
        reason = f"{reason[: _LONGEST_REASON - 1]}…"
    stopped = _STOPPED.get(trial.status)
    if stopped:
        given = f'reason given: "{reason}"' if reason else "no reason given"
        message = f"the trial {stopped}; {given}"
    else:
        message = f"the trial was possibly stopped: its status at ClinicalTrials.gov is {trial.status}"
    yield Violation(
        message,
        f"status {trial.status} of {_number(case)}",
        ("NCT", "URL"),
        suggestion="state in the text that the trial was stopped, or cite its published results" if stopped else None,
        severity=None if stopped else Severity.INFO,
    )


@_rule("TRL002", "results-posted-since", Severity.INFO, news=NewsKind.NEW_RESULTS)
def results_posted_since(case: Case) -> Iterator[Violation]:
    """The trial's results were posted after it was accessed.

    What it does:
        Compares the date on which ClinicalTrials.gov first posted results with `accessed`. If the
        order of the two dates is uncertain, for example because one has no day, the message says
        "possibly". Entries without `accessed` and entries that cite an article are not judged.

    Why it matters:
        The text was written before these results were available.

    Message:
        results were first posted on 2026-02-11, after the trial was accessed (2025-08-14)

    Example:
        - id: a-trial
          NCT: NCT01234567   # results posted on 2026-02-11
          accessed: 2025-08-14

    What to do:
        Read the results, correct the text where needed, and
        record the date with `evidence confirm`.

    References:
        42 CFR 11.42 and 11.44 (submission of results); ClinicalTrials.gov, results first posted.
    """
    trial, accessed = case.trial, case.reference.accessed
    if trial is None or accessed is None or trial.results_posted is None:
        return
    posted = trial.results_posted
    if posted.latest < accessed.earliest:
        return
    possibly = "" if posted.earliest > accessed.latest else "possibly "
    yield Violation(
        f"results were first posted on {posted}, {possibly}after the trial was accessed ({accessed})",
        f"results of {_number(case)} posted {posted}, accessed {accessed}",
        ("accessed", "NCT", "URL"),
        suggestion="read the results, correct the text if needed, and record the date with `evidence confirm`",
    )


RULES = (stopped_trial, results_posted_since)


def _number(case: Case) -> str:
    """The number that the entry gives, for fingerprints; never the one under which the registry answers."""
    return next(identifier.value for identifier in case.reference.identifiers if identifier.kind in TRIALS)
