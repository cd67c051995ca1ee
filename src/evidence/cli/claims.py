"""What `evidence show` prints of claims: what people wrote of one, and which sentences rest on a reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from evidence.model.claims import Claim, ClaimEvidence
from evidence.model.errors import Place
from evidence.model.references import Library
from evidence.model.text import one_line
from evidence.reports.layout import hanging

if TYPE_CHECKING:  # the readers of monographs are for those who name one
    from evidence.documents.citations import MonographReading

_LEAD = 22


def claim_lines(library: Library, claim: Claim, text: MonographReading | None, width: int | None) -> Iterator[str]:
    """What people wrote of a claim; its evidence, with what became of each quote, is in the report below."""
    for name, value in _facts(library, claim, text).items():
        yield from _line(name, value, width)
    yield ""


def sentence_lines(name: str, library: Library, text: MonographReading | None, width: int | None) -> Iterator[str]:
    """The claims of a library that have this reference among their evidence: what breaks when it falls."""
    resting = [claim for claim in library.claims if any(item.reference == name for item in claim.evidence)]
    if resting:
        yield f"Sentences that are based on {one_line(name)}"
    for claim in resting:
        stances = dict.fromkeys(_stance(claim, item) for item in claim.evidence if item.reference == name)
        kind = [str(claim.kind)] if claim.kind else []
        yield from _line(f"  {claim.key}", "; ".join([*stances, *kind, _where(claim, text)]), width)
        yield from _line("", claim.text, width)
    if resting:
        yield ""


def _facts(library: Library, claim: Claim, text: MonographReading | None) -> Mapping[str, str]:
    facts = {"claim": claim.key, "text": claim.text, "kind": str(claim.kind or "not set")}
    facts |= {"written in": str(claim.place), "in the monograph": _where(claim, text)}
    approved = claim.approved
    if approved is None:
        facts["approved"] = "no"
    else:
        void = "" if approved.sha256 == claim.digest else " (void: edited since then)"
        facts["approved"] = f"by {approved.by} on {approved.on}{void}"
    limit = library.policy.claim_days(claim.kind)
    if claim.reviewed is not None:
        last = _later(claim.reviewed, limit)
        facts["reviewed"] = f"{claim.reviewed}" + (f", again by {last}" if last else "")
    return facts | ({"owner": claim.owner} if claim.owner else {})


def _where(claim: Claim, text: MonographReading | None) -> str:
    if text is None:
        return "not looked for"
    offset = text.sentences.offset_of(claim.text)
    place: Place | None = None if offset is None else text.place(offset)
    return "not found" if place is None else str(place)


def _stance(claim: Claim, item: ClaimEvidence) -> str:
    return str(claim.stance_of(item) or "no stance")


def _later(day: date, days: int | None) -> date | None:
    return None if days is None or days > (date.max - day).days else day + timedelta(days=days)


def _line(lead: str, text: str, width: int | None) -> Iterator[str]:
    return iter(hanging(f"{one_line(lead) if lead.strip() else '':<{_LEAD}} ", one_line(text), width))
