"""EVD: what is said of the class of a claim's evidence, and where nothing is said."""

from __future__ import annotations

import pytest

from evidence.model.claims import Claim, ClaimEvidence, ClaimKind, Stance
from evidence.model.errors import Place
from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Found
from evidence.model.policy import Severity
from evidence.model.records import Article, Journal, PublicationType, RecordText
from evidence.model.rule import Finding
from evidence.rules.case import Case, ClaimCase, LibraryCase
from evidence.rules.evidence import NOT_KNOWN, NOT_STATED, RULES, evidence_class
from factories import NCT, PMID, SETID, TODAY, answer, case, library_of, reference_named, url

PLACE = Place("claims.yaml", 1, 1)
LABELS = {
    "D016428": "Journal Article",
    "D016430": "Clinical Trial",
    "D017427": "Clinical Trial, Phase II",
    "D016449": "Randomized Controlled Trial",
    "D018848": "Controlled Clinical Trial",
    "D017418": "Meta-Analysis",
    "D002363": "Case Reports",
    "D016420": "Comment",
    "D016421": "Editorial",
    "D016422": "Letter",
    "D016454": "Review",
    "D064888": "Observational Study",
}
PAGE = url("https://charity.example/")


def article_case(*uis: str, name: str = "a", nlm_id: str = "", headings: frozenset[str] | None = frozenset()) -> Case:
    """A cited article with these publication types."""
    types = tuple(PublicationType(ui, LABELS[ui]) for ui in ("D016428", *uis))
    record = Article(PMID, "A title", journal=Journal(medline_ta="Med Hypotheses"), publication_types=types)
    text = RecordText(nlm_id=nlm_id, headings=headings)
    return case(reference_named(name, PMID), answer(PMID, Found(record)), text=text)


def other_case(identifier: Identifier, name: str = "b") -> Case:
    return case(reference_named(name, identifier))


def findings(kind: ClaimKind | None, *cases: Case, stance: Stance = Stance.SUPPORTS) -> list[Finding]:
    """What the rules find of a claim of this kind that rests on these references."""
    evidence = tuple(ClaimEvidence(case.reference.id, PLACE, stance) for case in cases)
    claim = Claim("c", "A sentence.", PLACE, kind, evidence)
    library = library_of(*(case.reference for case in cases))
    judged = ClaimCase(claim, LibraryCase(library, TODAY), {case.reference.id: case for case in cases})
    return [finding for rule in RULES for finding in rule.findings(judged)]


def codes(kind: ClaimKind | None, *cases: Case, stance: Stance = Stance.SUPPORTS) -> list[str]:
    return [finding.code for finding in findings(kind, *cases, stance=stance)]


@pytest.mark.parametrize("ui", ["D016430", "D017427", "D002363"])
def test_efficacy_that_rests_on_uncontrolled_studies_alone_is_a_warning(ui: str) -> None:
    (finding,) = findings(ClaimKind.EFFICACY, article_case(ui))
    assert (finding.code, finding.severity, finding.reference) == ("EVD001", Severity.WARNING, "claim:c")
    assert finding.message == f"all evidence for this efficacy claim is uncontrolled: a ({LABELS[ui]})"


@pytest.mark.parametrize("ui", ["D016449", "D018848", "D017418"])
def test_a_controlled_trial_is_not_uncontrolled_whatever_other_types_it_has(ui: str) -> None:
    assert codes(ClaimKind.EFFICACY, article_case("D016430", ui)) == []


def test_one_support_of_another_class_or_of_none_is_enough_to_say_nothing() -> None:
    uncontrolled = article_case("D016430")
    assert codes(ClaimKind.EFFICACY, uncontrolled, article_case(name="b")) == []
    assert codes(ClaimKind.EFFICACY, uncontrolled, other_case(SETID)) == []


def test_only_claims_of_efficacy_need_a_control_group() -> None:
    assert codes(ClaimKind.SAFETY, article_case("D016430")) == []
    assert codes(None, article_case("D016430")) == []


def test_a_record_without_a_design_says_nothing() -> None:
    assert codes(ClaimKind.EFFICACY, article_case()) == []
    assert evidence_class(article_case()).name == NOT_STATED


def test_a_paper_in_medical_hypotheses_is_a_hypothesis() -> None:
    (finding,) = findings(ClaimKind.EFFICACY, article_case(nlm_id="7505668"))
    assert (finding.code, finding.severity) == ("EVD002", Severity.WARNING)
    assert finding.message == "supported by a hypothesis: a appeared in Med Hypotheses"


def test_a_journal_of_another_number_is_not_medical_hypotheses() -> None:
    assert codes(ClaimKind.EFFICACY, article_case(nlm_id="0370605")) == []


@pytest.mark.parametrize("ui", ["D016420", "D016421", "D016422"])
def test_a_comment_an_editorial_or_a_letter_is_an_opinion(ui: str) -> None:
    (finding,) = findings(ClaimKind.SAFETY, article_case(ui))
    assert finding.message == f"supported by an opinion: the type of a is {LABELS[ui]}"


def test_a_letter_that_reports_a_study_is_no_opinion() -> None:
    assert codes(ClaimKind.SAFETY, article_case("D016422", "D016449")) == []
    assert codes(ClaimKind.SAFETY, article_case("D016422", "D064888")) == []


def test_studies_of_animals_alone_are_a_warning() -> None:
    animals = article_case(headings=frozenset({"D000818"}))
    assert codes(ClaimKind.EFFICACY, animals) == ["EVD003"]
    assert codes(ClaimKind.EFFICACY, article_case(headings=frozenset({"D000818", "D006801"}))) == []
    assert codes(ClaimKind.EFFICACY, animals, article_case(name="b")) == []


def test_whether_animals_alone_were_studied_cannot_be_checked_without_the_record_s_headings() -> None:
    """As by a lock, whose articles have publication types and no headings."""
    unread = article_case(headings=None)
    (finding,) = findings(ClaimKind.EFFICACY, unread)
    assert (finding.code, finding.severity) == ("EVD003", Severity.INFO)
    assert finding.message == (
        "cannot check whether all evidence for this claim comes from animal studies: the MeSH headings of a are "
        "not stored"
    )
    assert evidence_class(unread).name == NOT_KNOWN
    animals = article_case(name="b", headings=frozenset({"D000818"}))
    assert codes(ClaimKind.EFFICACY, unread, animals) == ["EVD003"]
    assert codes(ClaimKind.EFFICACY, unread, article_case(name="b")) == []
    assert codes(ClaimKind.SAFETY, article_case("D016449", headings=None)) == []
    assert codes(ClaimKind.DEFINITION, other_case(PAGE)) == []


@pytest.mark.parametrize("kind", [ClaimKind.MECHANISM, ClaimKind.DEFINITION])
def test_ideas_and_animals_are_an_info_where_no_effect_in_people_is_claimed(kind: ClaimKind) -> None:
    cases = (article_case(nlm_id="7505668", headings=frozenset({"D000818"})),)
    assert {finding.severity for finding in findings(kind, *cases)} == {Severity.INFO}


@pytest.mark.parametrize("kind", [ClaimKind.EFFICACY, ClaimKind.SAFETY, ClaimKind.DOSE])
def test_a_web_page_supports_nothing_about_patients(kind: ClaimKind) -> None:
    (finding,) = findings(kind, other_case(PAGE))
    assert finding.message == f"a web page supports this claim ({kind}): b"


def test_a_page_may_support_a_definition_and_be_background_of_anything() -> None:
    assert codes(ClaimKind.DEFINITION, other_case(PAGE)) == []
    assert codes(ClaimKind.EFFICACY, other_case(PAGE), stance=Stance.BACKGROUND) == []
    assert codes(ClaimKind.EFFICACY, other_case(SETID)) == []
    assert codes(ClaimKind.EFFICACY, other_case(NCT)) == []


@pytest.mark.parametrize(
    ("uis", "name", "facts"),
    [
        (("D016449", "D016430"), "randomized controlled trial", ("Randomized Controlled Trial",)),
        (("D016430",), "clinical trial without a control group", ("Clinical Trial",)),
        (("D016454", "D017418"), "systematic review or meta-analysis", ("Meta-Analysis",)),
        (("D016454",), "review", ("Review",)),
    ],
)
def test_the_class_that_is_suggested_has_its_facts_beside_it(
    uis: tuple[str, ...], name: str, facts: tuple[str, ...]
) -> None:
    suggested = evidence_class(article_case(*uis))
    assert (suggested.name, suggested.facts) == (name, facts)


def test_animals_and_hypotheses_come_before_the_publication_type() -> None:
    assert evidence_class(article_case("D016454", nlm_id="7505668")).name == "hypothesis"
    assert evidence_class(article_case("D016454", headings=frozenset({"D000818"}))).name == "animal study"


def test_what_is_not_an_article_is_called_what_it_is() -> None:
    assert [evidence_class(other_case(i)).name for i in (SETID, NCT, PAGE)] == [
        "drug label",
        "trial registration",
        "web page",
    ]
