"""CLM001 to CLM003, CLM006 and CLM007: what is said of claims, where, and what is left to people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from evidence.app.judge import FileResult, judge_file
from evidence.app.registry import RULE_SET
from evidence.documents.citations import MonographReading
from evidence.documents.document import DocumentFormat
from evidence.model.claims import Anchor, AnchorState, Approval
from evidence.model.policy import Severity
from evidence.model.references import Library
from evidence.model.rule import Finding, Selection
from evidence.rules.case import Case, LibraryCase
from evidence.rules.claims import RULES
from factories import TODAY, case, case_about, document_of, library_from, retracted_article

REFERENCES = (
    "monograph: {file: made.markdown}\nreferences:\n- {id: alder, PMID: '91234567'}\n- {id: birch, PMID: '90000001'}\n"
)
OWN = frozenset({"CLM001", "CLM002", "CLM003", "CLM006", "CLM007"})
"""What is judged here; quotes, CLM004 and CLM005, are in test_anchor_rules.py."""

TEXT = "Low-dose naltrexone may reduce pain in fibromyalgia [1]. The capsules are stored in the dark.\n"
PAIN = """\
claims:
- id: fm-pain
  text: Low-dose naltrexone may reduce pain in fibromyalgia.
  kind: efficacy
  evidence:
  - {reference: alder, stance: supports}
"""


def judged(claims: str, text: str | None = TEXT, head: str = REFERENCES, **cases: Case) -> FileResult:
    library = library_from(head + claims)
    read = None if text is None else MonographReading(document_of(text, DocumentFormat.MARKDOWN), library)
    return judge(LibraryCase(library, TODAY, read), **cases)


def judge(file: LibraryCase, **cases: Case) -> FileResult:
    of_file = [
        replace(cases.get(one.id) or case(one), reference=one, library=file.library, policy=file.library.policy)
        for one in file.library.references
    ]
    return judge_file(file, of_file, RULE_SET, Selection(OWN | {"WVR"}))


def found(claims: str, text: str | None = TEXT, head: str = REFERENCES, **cases: Case) -> list[Finding]:
    return [finding for finding in judged(claims, text, head, **cases).findings if finding.code in OWN]


def codes(claims: str, text: str | None = TEXT, head: str = REFERENCES) -> list[str]:
    return [finding.code for finding in found(claims, text, head)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_of_the_family_is_documented(rule) -> None:
    sections = ("What it does:", "Why it matters:", "Message:", "Example:", "What to do:", "References:")
    assert all(section in rule.doc for section in sections)


def test_a_supported_claim_that_is_in_the_text_has_no_finding() -> None:
    assert codes(PAIN) == []


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        ("efficacy", Severity.ERROR),
        ("safety", Severity.ERROR),
        ("dose", Severity.ERROR),
        ("contraindication", Severity.ERROR),
        ("mechanism", Severity.WARNING),
        ("storage", Severity.WARNING),
        (None, Severity.WARNING),
    ],
)
def test_a_claim_without_support_is_graver_where_readers_act_on_it(kind: str | None, severity: Severity) -> None:
    claims = "claims:\n- id: a\n  text: The capsules are stored in the dark.\n" + (f"  kind: {kind}\n" if kind else "")
    [finding] = found(claims)
    assert (finding.code, finding.severity, finding.reference) == ("CLM001", severity, "claim:a")
    assert (finding.place.line, finding.printed and finding.printed.line) == (7, 1)


def test_evidence_of_another_stance_is_no_support_and_one_without_a_stance_is_asked_about() -> None:
    [finding] = found(PAIN.replace("supports", "contradicts"))
    assert finding.message == "this claim (efficacy) has no evidence that supports it; its evidence: contradicts"
    assert codes(PAIN.replace(", stance: supports", "")) == []  # CLM005 asks for the stance


def test_a_sentence_that_was_edited_is_shown_beside_the_one_that_it_has_become() -> None:
    [finding] = found(PAIN, TEXT.replace("may reduce", "reduces"))
    assert (finding.code, finding.severity) == ("CLM002", Severity.WARNING)
    assert finding.message == (
        'the sentence is not in the monograph; most similar (82 %): "Low-dose naltrexone reduces pain in '
        'fibromyalgia."; claim "may reduce", monograph "reduces"'
    )
    assert (finding.place.line, finding.place.column) == (7, 9)
    assert finding.printed is not None
    assert (finding.printed.path, finding.printed.line, finding.printed.column) == ("made.markdown", 1, 1)


def test_a_sentence_that_was_removed_has_none_beside_it() -> None:
    [finding] = found(PAIN, "The capsules are stored in the dark.\n")
    assert (finding.message, finding.printed) == ("the sentence is not in the monograph", None)


def test_without_a_monograph_that_sentences_are_not_looked_for_is_said_once() -> None:
    claims = PAIN + "- {id: b, text: Another one., evidence: [{reference: birch, stance: supports}]}\n"
    [finding] = found(claims, None, REFERENCES.partition("\n")[2])
    assert (finding.code, finding.severity, finding.reference) == ("CLM002", Severity.INFO, None)
    assert found("", None, REFERENCES.partition("\n")[2]) == []


def approved(claims: str, sha256: str | None = None, on: date = TODAY) -> str:
    digest = sha256 or library_from(REFERENCES + claims).claims[0].digest
    return f"{claims}  approved: {{by: Kim Ode, on: {on}, sha256: {digest}}}\n"


def test_an_approval_is_void_once_what_it_covers_is_edited() -> None:
    assert codes(approved(PAIN)) == []
    edited = approved(PAIN).replace("efficacy", "mechanism")
    [finding] = found(edited)
    assert (finding.code, finding.severity, finding.place.line) == ("CLM003", Severity.ERROR, 11)
    assert (
        finding.message == f"the approval by Kim Ode ({TODAY}) is void: text, kind or evidence has changed since then"
    )
    assert finding.suggestion == "read it again, then run `evidence confirm claim:fm-pain --by NAME`"


def test_once_approved_evidence_without_a_stance_counts_as_support() -> None:
    without = PAIN.replace(", stance: supports", "")
    [claim] = library_from(REFERENCES + approved(without)).claims
    assert claim.stance_of(claim.evidence[0]) == "supports"
    assert codes(approved(without)) == []


def retracted() -> Case:
    return case_about(retracted_article())


def test_a_claim_falls_with_its_support() -> None:
    result = judged(PAIN, alder=retracted())
    [finding] = [one for one in result.counted if one.code == "CLM006"]
    assert finding.severity is Severity.ERROR
    assert finding.message == "a source that supports this claim is void: alder is retracted (RET001)"
    assert (finding.reference, finding.place.line, finding.place.column) == ("claim:fm-pain", 10, 17)


@pytest.mark.parametrize("stance", ["qualifies", "contradicts", "background"])
def test_evidence_that_is_no_support_can_fall_without_its_claim(stance: str) -> None:
    result = judged(PAIN.replace("supports", stance), alder=retracted())
    assert "RET001" in {one.code for one in result.counted}
    assert "CLM006" not in {one.code for one in result.counted}


def test_a_retraction_that_the_text_is_about_is_no_fall() -> None:
    head = REFERENCES.replace("'91234567'", "'91234567', role: discusses-retraction")
    assert "CLM006" not in {one.code for one in judged(PAIN, head=head, alder=retracted()).counted}


def waiver(code: str, finding: Finding) -> str:
    return (
        f"waivers:\n- {{code: {code}, reference: '{finding.reference}', category: accepted-risk, reason: known, "
        f"requested-by: Dana, approved-by: Kim, since: {TODAY}, until: {TODAY + timedelta(days=20)}, "
        f"evidence: {{finding: {finding.fingerprint}}}}}\n"
    )


def test_what_is_found_of_a_claim_can_be_waived_but_not_that_its_support_fell() -> None:
    uncited = PAIN.replace("supports", "background")
    [finding] = found(uncited)
    result = judged(uncited + waiver("CLM001", finding))
    assert [one.finding.code for one in result.waived] == ["CLM001"]
    assert result.findings == ()
    [fallen] = [one for one in judged(PAIN, alder=retracted()).counted if one.code == "CLM006"]
    refused = judged(PAIN + waiver("CLM006", fallen), alder=retracted())
    assert {"CLM006", "WVR005"} <= {one.code for one in refused.counted}
    assert refused.waived == ()


def test_a_waiver_of_a_claim_that_is_not_there_says_so() -> None:
    [finding] = found(PAIN.replace("supports", "background"))
    result = judged(PAIN.replace("fm-pain", "other") + waiver("CLM001", finding))
    [about] = [one for one in result.findings if one.code[:3] == "WVR"]
    assert about.message == "CLM001 is waived for claim:fm-pain, but no claim has that id"


@pytest.mark.parametrize(
    ("kind", "days", "overdue"),
    [("efficacy", 365, False), ("efficacy", 366, True), ("dose", 730, False), ("dose", 731, True), (None, 731, True)],
)
def test_a_claim_is_to_be_reviewed_again_within_the_limit_of_its_kind(
    kind: str | None, days: int, overdue: bool
) -> None:
    reviewed = TODAY - timedelta(days=days)
    claims = PAIN.replace("  kind: efficacy\n", f"  kind: {kind}\n" if kind else "") + f"  reviewed: {reviewed}\n"
    assert codes(claims) == (["CLM007"] if overdue else [])


@pytest.mark.parametrize(("days", "expected"), [(1, []), (2, ["CLM007"]), (20_000, ["CLM007"])])
def test_a_review_that_lies_in_the_future_is_reported(days: int, expected: list[str]) -> None:
    """But for the reader's own day, which may be one ahead."""
    claims = PAIN + f"  reviewed: {TODAY + timedelta(days=days)}\n"
    assert codes(claims) == expected
    if expected:
        assert found(claims)[0].message.endswith(f"which is in the future (today: {TODAY})")


def test_the_policy_sets_the_limit() -> None:
    old = PAIN + f"  reviewed: {TODAY - timedelta(days=100)}\n"
    [finding] = found("policy: {claim-limit: {efficacy: 90 d}}\n" + old)
    assert (
        finding.message == f"reviewed on {TODAY - timedelta(days=100)}, 100 days ago; the limit for efficacy is 90 days"
    )
    assert codes("policy: {claim-limit: {efficacy: none}}\n" + old.replace("2026", "2001")) == []
    assert codes("policy: {claim-limit: {default: 1 d}}\n" + old) == []


def test_what_could_not_be_asked_leaves_a_claim_unjudged() -> None:
    library = library_from(REFERENCES + PAIN)
    [claim] = judge(LibraryCase(library, TODAY)).claims
    assert "CLM002" in claim.unjudged  # there is no text
    anchors = {"fm-pain": (Anchor("fm-pain", 0, "alder", AnchorState.NOT_CHECKED),)}
    [silent] = judge(LibraryCase(library, TODAY, anchors=anchors)).claims
    assert silent.unjudged >= claim.unjudged


def test_approvals_name_who_and_when() -> None:
    [claim] = library_from(REFERENCES + approved(PAIN)).claims
    assert claim.approved == Approval("Kim Ode", TODAY, claim.digest)


def test_a_library_without_claims_is_judged_as_before() -> None:
    library: Library = library_from(REFERENCES)
    assert judge(LibraryCase(library, TODAY)).claims == ()
