"""What a report owes to the runs before it: each reference's past, what has changed since, what falls due."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from evidence.history import earlier
from evidence.history.changes import changes_between
from evidence.history.due import Verification, due, in_order, sign_offs_due, waivers_due
from evidence.history.earlier import EarlierState, Recorded
from evidence.history.past import past_of, reported_observation
from evidence.model.outcomes import State
from evidence.model.policy import Policy
from evidence.model.references import Waiver
from evidence.ports import RunRecorder
from evidence.report import Due, ReferenceResult, Report


def remembered(
    report: Report, ledger: RunRecorder, needs_lookup: Container[str], waivers: Mapping[str, Sequence[Waiver]]
) -> Report:
    """The report with its past; what differs from the run before is worked out by the codes that need a look-up.

    `waivers` are those of each library, by its path, which fall due. Raises StoreError when the ledger cannot be read.
    """
    kept = ledger.previous(report.run.id)
    before = earlier.read_report(kept) if kept is not None else None
    told = replace(report, references=tuple(_with_past(report, before, ledger)))
    told = replace(told, due=_due(told, waivers))
    if before is None:
        return told
    return replace(
        told,
        changes=changes_between(before, earlier.of_report(told), needs_lookup),
        earlier=(*before.earlier, before.run)[-earlier.EARLIER_RUNS :],
    )


def _with_past(report: Report, before: Recorded | None, ledger: RunRecorder) -> Iterator[ReferenceResult]:
    """The results with their past: what the run before carried, and what was seen from that run on.

    The whole past is asked for only of what that run did not carry everywhere, so a year of daily runs
    costs no more than a week.
    """
    known = [_known(result, before) for result in report.references]
    asked = [[answer.identifier for answer in result.answers] for result in report.references]
    strangers = {
        identifier
        for identifiers, one in zip(asked, known, strict=True)
        for identifier in identifiers
        if one is None or str(identifier) not in one.asked
    }
    everything = {identifier for identifiers in asked for identifier in identifiers}
    seen = dict(ledger.seen_since(strangers, None, report.run.id)) if strangers else {}
    if before is not None:
        seen |= ledger.seen_since(everything - strangers, before.run.id, report.run.id)
    fresh = {str(identifier): tuple(map(reported_observation, told)) for identifier, told in seen.items()}
    unfamiliar = {str(identifier) for identifier in strangers}
    for result, identifiers, one in zip(report.references, asked, known, strict=True):
        carried = [sight for sight in (one.past if one else ()) if sight["identifier"] not in unfamiliar]
        yield replace(result, history=past_of(map(str, identifiers), carried, fresh))


def _known(result: ReferenceResult, before: Recorded | None) -> EarlierState | None:
    whose = (result.reference.place.path, result.reference.id)
    return before.references.get(whose) if before is not None else None


def _due(report: Report, waivers: Mapping[str, Sequence[Waiver]]) -> tuple[Due, ...]:
    items: list[Due] = []
    owners: dict[str, dict[str, str | None]] = {}
    for result in report.references:
        policy = report.run.policies.get(result.reference.place.path, Policy())
        items += due(result.reference, policy, _verified(result), report.run.as_of)
        owners.setdefault(result.reference.place.path, {})[result.reference.id] = result.reference.owner
    for path, some in waivers.items():
        items += waivers_due(some, path, owners.get(path, {}), report.run.as_of)
    return in_order([*items, *sign_offs_due(report.sign_offs, report.run.as_of)])


def _verified(result: ReferenceResult) -> Verification:
    found = [sight["as_of"] for sight in result.history if sight["state"] == State.FOUND]
    return Verification(result.state, date.fromisoformat(max(found)) if found else None)
