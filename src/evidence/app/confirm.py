"""Confirmations and approvals: what a person's word on a source or a claim writes, and what there was to read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from evidence.library.scalars import Value
from evidence.model.claims import Claim, Stance
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Found, Observation, State
from evidence.model.records import Article, Label, Page, SplVersion, void_word
from evidence.model.references import Reference


@dataclass(frozen=True, slots=True)
class ConfirmRequest:
    """Who has read a source, on which day, and until when that is to hold."""

    by: str
    on: date
    until: date | None = None


def fields_of(reference: Reference, request: ConfirmRequest, recalled: Mapping[Identifier, Answer]) -> dict[str, Value]:
    """The fields to write: `accessed`, `confirmed`, and the version read where the entry pins one."""
    confirmed = {"by": request.by, "date": str(request.on)} | ({"until": str(request.until)} if request.until else {})
    confirmed |= {"of": str(reference.identifiers[0])} if reference.identifiers else {}
    fields: dict[str, Value] = {"accessed": str(request.on), "confirmed": confirmed}
    read = version_on(reference, request.on, recalled)
    if read is not None and "spl-version" in reference.places and read.version != reference.spl_version:
        fields["spl-version"] = str(read.version)
    return fields


def approval_fields(claim: Claim, by: str, on: date) -> dict[str, Value]:
    """The fields to write for an approval of the claim as it is; whoever approves it has reviewed it."""
    return {"approved": {"by": by, "on": str(on), "sha256": claim.digest}, "reviewed": str(on)}


def approved_evidence(claim: Claim) -> Iterator[str]:
    """Each piece of evidence that an approval covers, with the stance that it then has."""
    for item in claim.evidence:
        quote = f': "{item.quote}"' if item.quote else ", no quote"
        yield f"{item.reference} ({item.stance or Stance.SUPPORTS}){quote}"


def version_on(reference: Reference, on: date, recalled: Mapping[Identifier, Answer]) -> SplVersion | None:
    """The label version that was the current one on that day, by its last observation; None when unknown."""
    for identifier in reference.identifiers:
        match recalled.get(identifier):
            case Answer(outcome=Found(record=Label(versions=versions))):
                return next((version for version in versions if version.published <= on), None)
            case _:
                pass
    return None


def contradiction(reference: Reference, on: date) -> str | None:
    """Why this day cannot be when the source was read last: the entry names a later one; None otherwise."""
    if reference.accessed is not None and on < reference.accessed.earliest:
        return f"{reference.id} was accessed on {reference.accessed}, which is after {on}"
    return None


def last_observations(
    reference: Reference,
    on: date,
    recalled: Mapping[Identifier, Answer],
    last: Iterable[Observation],
    *,
    with_fingerprint: bool = True,
) -> Iterator[str]:
    """What machines last saw at the source, a line for each identifier: the record of what there was to read.

    The fingerprint of a page's text is for the audit trail; it says nothing to a person.
    """
    observed = {observation.identifier: observation for observation in last}
    for identifier in reference.identifiers:
        observation, answer = observed.get(identifier), recalled.get(identifier)
        if observation is not None and observation.state is not State.FOUND:
            detail = f": {observation.detail}" if observation.detail else ""
            what = f"the {'page' if identifier.kind is IdKind.URL else 'record'} ({observation.state}"
            yield f"{identifier}: last automated check could not read {what} on {observation.as_of}{detail})"
        if answer is not None:
            what = _described(answer, on, with_fingerprint=with_fingerprint)
            yield f"{identifier}: {what}, last seen on {answer.at:%Y-%m-%d}"
        elif observation is None:
            yield f"{identifier}: nothing recorded yet; run `evidence check` to record it"
        elif observation.state is State.FOUND:
            lacking = "no content from the service's current address is stored"
            yield f"{identifier}: last found on {observation.as_of}; {lacking}"


def observed_facts(answer: Answer | None) -> dict[str, str]:
    """What identifies the very text that machines last saw: a page's fingerprint, a label's version."""
    match answer:
        case Answer(outcome=Found(record=Page(fingerprint=fingerprint))) if fingerprint:
            return {"text": fingerprint}
        case Answer(outcome=Found(record=Label(versions=versions))) if versions:
            return {"spl-version": f"{versions[0].version} of {versions[0].published}"}
    return {}


def _described(answer: Answer, on: date, *, with_fingerprint: bool) -> str:
    match answer.outcome:
        case Found(record=Page(title=title, fingerprint=fingerprint)):
            page = f'page "{title.strip()}"'
            if not fingerprint:
                return f"{page}, no text stored for later comparison"
            return f"{page}, text {fingerprint[:16]}" if with_fingerprint else page
        case Found(record=Label(versions=versions)) if versions:
            current = versions[0]
            label = f"label version {current.version}, published {current.published}"
            return label + (f" (after {on}: you read an earlier version)" if current.published > on else "")
        case Found(record=Article() as article):
            return f"{void_word(article)} article".strip()
        case _:
            return "known"
