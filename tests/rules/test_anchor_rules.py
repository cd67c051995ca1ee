"""CLM004 and CLM005: quotes that are lost or have moved, and evidence that cannot be looked for."""

from __future__ import annotations

from datetime import date

import pytest

from evidence.model.claims import Anchor, AnchorState, Approval, Claim, ClaimEvidence, Stance
from evidence.model.errors import Place
from evidence.model.identifiers import Identifier
from evidence.model.policy import Severity
from evidence.model.rule import Finding
from evidence.rules.case import ClaimCase, LibraryCase
from evidence.rules.claims import lost_anchor, unanchored
from factories import PMID, SETID, TODAY, case, library_of, reference_named

PLACE = Place("claims.yaml", 5, 7)
QUOTE = "one 50 mg tablet once daily"


def evidence(quote: str | None = QUOTE, stance: Stance | None = Stance.SUPPORTS) -> ClaimEvidence:
    places = {"quote": Place("claims.yaml", 7, 16), "in": Place("claims.yaml", 8, 13)}
    return ClaimEvidence("source", PLACE, stance, quote, places=places)


def anchor(state: AnchorState, **more: str | bool) -> Anchor:
    return Anchor("c", 0, "source", state, **more)  # type: ignore[arg-type]  # each is a field of its type


def judged(
    item: ClaimEvidence, *anchors: Anchor, of: Identifier = SETID, approved: Approval | None = None
) -> ClaimCase:
    claim = Claim("c", "A sentence.", PLACE, evidence=(item,), approved=approved)
    source = case(reference_named("source", of))
    file = LibraryCase(library_of(source.reference), TODAY, anchors={"c": anchors})
    return ClaimCase(claim, file, {"source": source})


def lost(*anchors: Anchor, of: Identifier = SETID) -> Finding:
    (finding,) = lost_anchor.findings(judged(evidence(), *anchors, of=of))
    return finding


def test_a_lost_quote_is_an_error_at_the_quote_that_names_section_and_nearest_words() -> None:
    words = "one 25 mg tablet once daily"
    finding = lost(anchor(AnchorState.LOST, section="34068-7", earlier="34068-7", nearest=words))
    assert (finding.code, finding.severity, str(finding.place)) == ("CLM004", Severity.ERROR, "claims.yaml:7:16")
    assert finding.message == (
        f'quote no longer in source: "{QUOTE}"; the version current at that time had it in 34068-7 (dosage); '
        f'nearest match now in 34068-7 (dosage): "{words}"'
    )


def test_a_quote_in_no_version_is_said_to_be_in_none() -> None:
    assert (
        lost(anchor(AnchorState.LOST)).message == f'quote not found in any version that was read of source: "{QUOTE}"'
    )


def test_where_the_earlier_version_could_not_be_read_only_the_current_one_is_spoken_for() -> None:
    finding = lost(anchor(AnchorState.LOST, reason="version 13 was not read"))
    assert finding.message == f'quote not in the current version of source: "{QUOTE}"; version 13 was not read'


def test_an_article_has_no_versions() -> None:
    finding = lost(anchor(AnchorState.LOST, section="abstract", nearest="one tablet"), of=PMID)
    assert finding.message == (
        f'quote not found in the title or abstract of source: "{QUOTE}"; nearest match in the abstract: "one tablet"'
    )


def test_a_quote_that_has_moved_is_an_info() -> None:
    finding = lost(anchor(AnchorState.MOVED, earlier="42232-9", section="43685-7"))
    assert (finding.severity, str(finding.place)) == (Severity.INFO, "claims.yaml:8:13")
    assert finding.message == (
        "the quote in source moved from 42232-9 (precautions) to 43685-7 (warnings and precautions)"
    )


@pytest.mark.parametrize("state", [AnchorState.FOUND, AnchorState.NOT_CHECKED, AnchorState.CANNOT_BE_CHECKED], ids=str)
def test_what_is_found_or_unknown_is_not_lost(state: AnchorState) -> None:
    assert list(lost_anchor.findings(judged(evidence(), anchor(state)))) == []


def reasons(case: ClaimCase) -> list[str]:
    return [finding.message for finding in unanchored.findings(case)]


def test_evidence_without_quote_is_not_anchored() -> None:
    assert reasons(judged(evidence(quote=None))) == ["not anchored: source (no quote)"]


def test_a_quote_that_nobody_can_look_for_says_why() -> None:
    unknown = anchor(AnchorState.CANNOT_BE_CHECKED, reason="the record has no abstract")
    assert reasons(judged(evidence(), unknown)) == ["not anchored: source (the record has no abstract)"]


def test_a_quote_without_its_superscripts_is_said_to_lack_them() -> None:
    found = anchor(AnchorState.FOUND, marks_lost=True)
    assert reasons(judged(evidence(), found)) == [
        "not anchored: source (superscripts or subscripts are lost in the quote)"
    ]


def test_a_stance_is_asked_for_until_the_claim_is_approved() -> None:
    found = anchor(AnchorState.FOUND)
    assert reasons(judged(evidence(stance=None), found)) == ["not anchored: source (no stance)"]
    approved = Approval("NAME", date(2026, 11, 30), "0" * 64)
    assert reasons(judged(evidence(stance=None), found, approved=approved)) == []


@pytest.mark.parametrize("state", [AnchorState.FOUND, AnchorState.NOT_CHECKED, AnchorState.LOST], ids=str)
def test_what_is_found_lost_or_not_asked_today_is_anchored(state: AnchorState) -> None:
    assert reasons(judged(evidence(), anchor(state))) == []
