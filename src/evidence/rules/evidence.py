"""EVD: of what class the evidence of a claim is, as far as its records say so exactly.

Publication types, check tags and the journal say something of one record in three, and nothing of the others, of which
nothing is said here either. No finding is an assessment of a claim; that is a person's (`level:`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from evidence.model.claims import ClaimEvidence, ClaimKind, EvidenceClass
from evidence.model.identifiers import ARTICLES, IdKind
from evidence.model.policy import Severity
from evidence.model.records import Article
from evidence.model.rule import Lookup, Violation
from evidence.rules.case import Case, ClaimCase
from evidence.rules.rule import claim_rule

NOT_STATED = "not stated in the record"
"""What is said of the class of evidence whose record names none."""
NOT_KNOWN = "cannot be checked: the record's MeSH headings are not stored"
"""What is said of it where only a part of the record is known, as in a lock, and that part names none."""

_META_ANALYSIS, _SYSTEMATIC_REVIEW = "D017418", "D000078182"
_RANDOMIZED, _CONTROLLED, _EQUIVALENCE = "D016449", "D018848", "D000073843"
_TRIALS = frozenset({"D016430", "D017426", "D017427", "D017428", "D017429"})
_OBSERVATIONAL, _CASE_REPORTS = "D064888", "D002363"
_OPINIONS = frozenset({"D016420", "D016421", "D016422"})
_GUIDELINES = frozenset({"D016431", "D017065"})
_REVIEW = "D016454"
_OF_PEOPLE = frozenset({*_TRIALS, _RANDOMIZED, _CONTROLLED, _EQUIVALENCE, _OBSERVATIONAL, _CASE_REPORTS, *_GUIDELINES})
_ANIMALS, _HUMANS = "D000818", "D006801"
_MEDICAL_HYPOTHESES = "7505668"
_MEDICAL_HYPOTHESES_ISSNS = frozenset({"0306-9877", "1532-2777"})

_BY_TYPE: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({_META_ANALYSIS, _SYSTEMATIC_REVIEW}), "systematic review or meta-analysis"),
    (_GUIDELINES, "guideline"),
    (frozenset({_RANDOMIZED, _EQUIVALENCE}), "randomized controlled trial"),
    (frozenset({_CONTROLLED}), "controlled clinical trial"),
    (_TRIALS, "clinical trial without a control group"),
    (frozenset({_OBSERVATIONAL}), "observational study"),
    (frozenset({_CASE_REPORTS}), "case report"),
    (frozenset({_REVIEW}), "review"),
    (_OPINIONS, "comment, editorial or letter"),
)
"""Classes by publication types, the one that says most of a record first."""

_ABOUT_PATIENTS = frozenset({ClaimKind.EFFICACY, ClaimKind.SAFETY, ClaimKind.DOSE})
_ABOUT_THE_DRUG = frozenset({ClaimKind.MECHANISM, ClaimKind.DEFINITION})

_ASK_AGAIN = "run `evidence check` online"

_rule = partial(claim_rule, needs=Lookup.ARTICLE)


def evidence_class(case: Case) -> EvidenceClass:
    """The class of the evidence that a reference is, by what its record says; `NOT_STATED` where it says none."""
    article = case.article
    if article is None:
        return EvidenceClass(_other_class(case))
    labels = {kind.ui: kind.label for kind in article.publication_types}
    named = [
        EvidenceClass(name, tuple(label for ui, label in labels.items() if ui in types))
        for types, name in _BY_TYPE
        if types & labels.keys()
    ]
    if is_in_medical_hypotheses(case, article):
        named.insert(0, EvidenceClass("hypothesis", (article.journal.medline_ta or article.journal.title,)))
    if is_of_animals_only(case):
        named.insert(0, EvidenceClass("animal study", ("Animals, not Humans",)))
    return named[0] if named else EvidenceClass(NOT_KNOWN if _may_be_of_animals_only(case) else NOT_STATED)


def _other_class(case: Case) -> str:
    if case.kinds & ARTICLES:
        return NOT_STATED
    if IdKind.SETID in case.kinds:
        return "drug label"
    return "trial registration" if IdKind.NCT in case.kinds else "web page" if case.kinds else NOT_STATED


def is_uncontrolled(article: Article) -> bool:
    """Whether its types are those of a trial without a control group, or of case reports, and of nothing stronger."""
    types = _types(article)
    stronger = {_META_ANALYSIS, _SYSTEMATIC_REVIEW, _RANDOMIZED, _CONTROLLED, _EQUIVALENCE}
    return bool(types & (_TRIALS | {_CASE_REPORTS})) and not types & stronger


def is_opinion(article: Article) -> bool:
    """Whether its types are those of a comment, editorial or letter, and of no kind of study."""
    types = _types(article)
    studies = frozenset[str]().union(*(kinds for kinds, _ in _BY_TYPE if kinds is not _OPINIONS)) - {_REVIEW}
    return bool(types & _OPINIONS) and not types & studies


def is_in_medical_hypotheses(case: Case, article: Article) -> bool:
    """Whether it appeared in Medical Hypotheses, by the journal's number at NLM, else by its ISSN."""
    if case.text is not None and case.text.nlm_id:
        return case.text.nlm_id == _MEDICAL_HYPOTHESES
    return bool(_MEDICAL_HYPOTHESES_ISSNS & set(article.journal.issns))


def is_of_animals_only(case: Case) -> bool:
    """Whether its record has the check tag Animals and not Humans."""
    headings = _headings(case) or frozenset[str]()
    return _ANIMALS in headings and _HUMANS not in headings


def _may_be_of_animals_only(case: Case) -> bool:
    """Whether its record, whose headings cannot be read, does not say by its types that it is of people."""
    article = case.article
    return article is not None and _headings(case) is None and not _types(article) & _OF_PEOPLE


def _headings(case: Case) -> frozenset[str] | None:
    """The MeSH headings of its record; None where they cannot be read, as in a lock."""
    return None if case.text is None else case.text.headings


def _types(article: Article) -> frozenset[str]:
    return frozenset(kind.ui for kind in article.publication_types)


@_rule("EVD001", "sole-uncontrolled", Severity.WARNING)
def sole_uncontrolled(case: ClaimCase) -> Iterator[Violation]:
    """A claim of efficacy is supported only by trials without a control group or by case reports.

    What it does:
        Looks at the publication types of the articles that support a claim of the kind efficacy. Reports it if every
        one of them is a Clinical Trial (of any phase) that is not also a Randomized Controlled Trial or a Controlled
        Clinical Trial, or is Case Reports. If any support is of another class, or its record states none, nothing is
        reported.

    Why it matters:
        Without a control group it is not known what would have happened without the drug.

    Message:
        all evidence for this efficacy claim is uncontrolled: smith-2007 (Clinical Trial)

    Example:
        - id: crohn-remission
          kind: efficacy
          evidence:
            - {reference: smith-2007, stance: supports}

    What to do:
        Add a controlled trial, or say in the sentence that the study had no control group.

    References:
        MeSH publication types D016430, D017426 to D017429, D002363, D016449, D018848.
    """
    if case.claim.kind is not ClaimKind.EFFICACY or not case.support:
        return
    named = []
    for item, source in case.support:
        article = source.article
        if article is None or not is_uncontrolled(article):
            return
        kinds = [kind.label for kind in article.publication_types if kind.ui in _TRIALS | {_CASE_REPORTS}]
        named.append(f"{item.reference} ({', '.join(kinds)})")
    named = list(dict.fromkeys(named))
    yield Violation(
        f"all evidence for this efficacy claim is uncontrolled: {', '.join(named)}",
        f"uncontrolled {' '.join(named)}",
        at=("evidence",),
        suggestion="add a controlled trial, or say in the sentence that the study had no control group",
    )


@_rule("EVD002", "hypothesis-as-benefit", Severity.WARNING)
def hypothesis_as_benefit(case: ClaimCase) -> Iterator[Violation]:
    """A hypothesis, comment, editorial or letter supports a claim.

    What it does:
        Reports support that appeared in Medical Hypotheses (NLM ID 7505668), or whose record has the publication type
        Comment, Editorial or Letter and no type of a study. An info for claims of the kinds mechanism and definition.

    Why it matters:
        Such papers propose or discuss; they report no results that could show a benefit.

    Message:
        supported by a hypothesis: brown-2009 appeared in Med Hypotheses

    Example:
        - id: prevention
          kind: efficacy
          evidence:
            - {reference: brown-2009, stance: supports}

    What to do:
        Cite a study, or set the stance to `background`.

    References:
        NLM Catalog 7505668; MeSH publication types D016420, D016421, D016422.
    """
    for item, source in _distinct(case.support):
        article = source.article
        if article is None:
            continue
        if is_in_medical_hypotheses(source, article):
            what = f"a hypothesis: {item.reference} appeared in {article.journal.medline_ta or article.journal.title}"
        elif is_opinion(article):
            kinds = ", ".join(kind.label for kind in article.publication_types if kind.ui in _OPINIONS)
            what = f"an opinion: the type of {item.reference} is {kinds}"
        else:
            continue
        yield Violation(
            f"supported by {what}",
            f"opinion {item.reference}",
            place=item.places.get("reference", item.place),
            suggestion="cite a study, or set stance: background",
            severity=_severity(case),
        )


@_rule("EVD003", "animals-only", Severity.WARNING)
def animals_only(case: ClaimCase) -> Iterator[Violation]:
    """A claim is supported only by animal studies.

    What it does:
        Reports a claim if MEDLINE indexes all articles that support it with the check tag Animals and without Humans.
        An info for claims of the kinds mechanism and definition. A lock file contains no MeSH headings: under
        `--locked`, an info says that it cannot be checked, unless a publication type shows that people were studied.

    Why it matters:
        A drug may not have the same effects in people as in animals.

    Message:
        all evidence for this claim comes from animal studies: zagon-1983

    Example:
        - id: tumor-growth
          kind: efficacy
          evidence:
            - {reference: zagon-1983, stance: supports}

    What to do:
        Add a study in humans, or say in the sentence which animals were studied.

    References:
        MeSH check tags Animals (D000818) and Humans (D006801).
    """
    if not case.support:
        return
    named = list(dict.fromkeys(item.reference for item, _ in case.support))
    unread = [item.reference for item, source in case.support if _may_be_of_animals_only(source)]
    if all(is_of_animals_only(source) for _, source in case.support):
        yield Violation(
            f"all evidence for this claim comes from animal studies: {', '.join(named)}",
            f"animals {' '.join(named)}",
            at=("evidence",),
            suggestion="add a study in humans, or say in the sentence which animals were studied",
            severity=_severity(case),
        )
    elif all(is_of_animals_only(source) or _may_be_of_animals_only(source) for _, source in case.support):
        yield Violation(
            "cannot check whether all evidence for this claim comes from animal studies: the MeSH headings of "
            f"{', '.join(dict.fromkeys(unread))} are not stored",
            f"animals unknown {' '.join(named)}",
            at=("evidence",),
            suggestion=_ASK_AGAIN,
            severity=Severity.INFO,
        )


@claim_rule("EVD004", "page-as-support", Severity.WARNING)
def page_as_support(case: ClaimCase) -> Iterator[Violation]:
    """A web page supports a claim of efficacy, safety or dose.

    What it does:
        Reports support by a reference that has no other identifier than the address of a web page, for claims of the
        kinds efficacy, safety and dose.

    Why it matters:
        A page changes without notice, and is not reviewed as articles and labels are.

    Message:
        a web page supports this claim (efficacy): ldn-research-trust

    Example:
        - id: multiple-sclerosis
          kind: efficacy
          evidence:
            - {reference: ldn-research-trust, stance: supports}

    What to do:
        Cite the article, label or guideline that the page is based on, or set the stance to `background`.

    References:
        ICMJE Recommendations, IV.A.3.g: references to original sources.
    """
    if case.claim.kind not in _ABOUT_PATIENTS:
        return
    for item, source in _distinct(case.support):
        if source.kinds == {IdKind.URL}:
            yield Violation(
                f"a web page supports this claim ({case.claim.kind}): {item.reference}",
                f"page {item.reference}",
                place=item.places.get("reference", item.place),
                suggestion="cite the article, label or guideline that the page is based on, or set stance: background",
            )


def _severity(case: ClaimCase) -> Severity | None:
    return Severity.INFO if case.claim.kind in _ABOUT_THE_DRUG else None


def _distinct(support: Sequence[tuple[ClaimEvidence, Case]]) -> Iterator[tuple[ClaimEvidence, Case]]:
    """The support by reference, each once."""
    seen = set[str]()
    for item, source in support:
        if item.reference not in seen:
            seen.add(item.reference)
            yield item, source


RULES = (sole_uncontrolled, hypothesis_as_benefit, animals_only, page_as_support)
