"""CLM: the monograph's claims: what each rests on, whether it is still in the text, approved and reviewed.

A claim is judged by what people wrote of it and by what is known of the references that it rests on. Nothing here says
whether it is true.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from evidence.matching.tokens import similarity, tokenize, word_edits
from evidence.model.claims import Anchor, AnchorState, ClaimKind, Stance
from evidence.model.identifiers import ARTICLES, IdKind
from evidence.model.policy import Severity
from evidence.model.rule import (
    OTHER_LABEL,
    RETRACTION,
    UNLISTED_LABEL,
    UNREGISTERED,
    WITHDRAWAL,
    WRONG_RECORD,
    Exceptions,
    Finding,
    Lookup,
    Subject,
    Violation,
)
from evidence.model.sections import section_name
from evidence.model.text import quantity
from evidence.rules.case import ClaimCase, LibraryCase, in_paragraph
from evidence.rules.rule import claim_rule, library_rule
from evidence.rules.waiver_evidence import searched_text

_FALLEN = {
    RETRACTION: "is retracted",
    WITHDRAWAL: "is withdrawn",
    UNLISTED_LABEL: "is no longer listed in DailyMed",
    OTHER_LABEL: "is the label of a different drug",
    WRONG_RECORD: "has the identifier of a different work",
    UNREGISTERED: "has an identifier that does not exist",
}
"""What each finding that voids a support says of its reference."""

_LONGEST_QUOTED = 300
_LONGEST_LOST = 120

_NEEDING_SUPPORT = frozenset({ClaimKind.EFFICACY, ClaimKind.SAFETY, ClaimKind.DOSE, ClaimKind.CONTRAINDICATION})


@claim_rule("CLM001", "uncited-claim", Severity.WARNING, raised_to=Severity.ERROR)
def uncited_claim(case: ClaimCase) -> Iterator[Violation]:
    """No evidence supports the claim.

    What it does:
        Reports a claim without evidence whose stance is `supports`. An error for claims of the kinds efficacy,
        safety, dose and contraindication, a warning for the others and for a claim without a kind. Evidence
        without a stance counts as support once the claim is approved (before that, CLM005 asks for it).

    Why it matters:
        Readers act on the sentence as if a source supported it.

    Message:
        this claim (efficacy) has no evidence that supports it

    Example:
        - id: storage
          text: The capsules are stored at room temperature.
          kind: storage

    What to do:
        Name the reference that supports the sentence, or remove the sentence.

    References:
        ICH M4E(R2), 2.5.1: statements in a summary are referenced.
    """
    claim = case.claim
    if case.evidence_of(Stance.SUPPORTS):
        return
    unsaid = sum(claim.stance_of(item) is None for item in claim.evidence)
    if unsaid:
        return  # CLM005 asks for the stance
    kind = f" ({claim.kind})" if claim.kind else ""
    stances = sorted({str(item.stance) for item in claim.evidence})
    how = f"; its evidence: {', '.join(stances)}" if stances else ""
    yield Violation(
        f"this claim{kind} has no evidence that supports it{how}",
        "no support",
        at=("evidence", "text"),
        severity=Severity.ERROR if claim.kind in _NEEDING_SUPPORT else Severity.WARNING,
        suggestion="name the reference that supports it",
    )


@claim_rule("CLM002", "lost-sentence", Severity.WARNING, subject=Subject.MONOGRAPH)
def lost_sentence(case: ClaimCase) -> Iterator[Violation]:
    """The claim's sentence is not in the monograph.

    What it does:
        Looks for the claim's text in the monograph, outside the reference list, by its words, numbers and signs: white
        space, quotation marks, brackets, capitals and citations do not matter. If it is not found, the most similar
        sentence (at least 80 %) is shown with its differences. Without `monograph: file:` no sentence is looked
        for, which is reported once as an info.

    Why it matters:
        The text was edited after its evidence was collected; the new sentence may not be supported by it.

    Message:
        the sentence is not in the monograph; most similar (82 %): "Low-dose naltrexone reduces pain in fibromyalgia.";
        claim "may reduce", monograph "reduces"

    Example:
        - id: fm-pain
          text: Low-dose naltrexone may reduce pain in fibromyalgia.

    What to do:
        Compare the new sentence with its evidence, then correct `text` in the claim, or the monograph.

    References:
        ICH M4E(R2), 2.5.1: statements in a summary are referenced.
    """
    text, wanted = case.file.text, case.claim.text
    if text is None or case.printed is not None:
        return
    message = "the sentence is not in the monograph"
    printed = None
    similar = text.sentences.most_similar(wanted)
    if similar is not None:
        printed = text.place(similar.offset)
        claimed, there = tokenize(wanted), tokenize(similar.text)
        percent = int(100 * similarity(claimed, there))
        differences = "; ".join(
            f"claim {_quoted(edit.before)}, monograph {_quoted(edit.after)}"
            for edit in word_edits(claimed, there)
            if edit.differs
        )
        message += f"; most similar ({percent} %): {_quoted(similar.text)}; {differences}"
    fix = "compare the sentence with its evidence, then correct the claim's text or the monograph"
    yield Violation(message, f"lost {wanted}", at=("text",), suggestion=fix, printed=printed)


def _quoted(words: str) -> str:
    cut = words if len(words) <= _LONGEST_QUOTED else f"{words[: _LONGEST_QUOTED - 1]}…"
    return f'"{cut}"' if cut else "nothing"


def claim_findings(case: LibraryCase) -> Iterator[Finding]:
    """What is said once of all claims of a file: that there is no text in which to look for their sentences."""
    claims = case.library.claims
    if claims and case.library.monograph.file is None:
        violation = Violation(
            "the claims were not compared with a monograph: monograph.file is not set",
            "no monograph",
            severity=Severity.INFO,
            suggestion="name the monograph: `monograph: {file: …}`",
        )
        yield lost_sentence.finding(violation, None, claims[0].place)


@claim_rule("CLM003", "void-approval", Severity.ERROR)
def void_approval(case: ClaimCase) -> Iterator[Violation]:
    """The claim was edited after it was approved.

    What it does:
        Compares the SHA-256 in `approved` with that of the claim's text, kind and evidence as they are now.

    Why it matters:
        The approval was given for a different text or different evidence.

    Message:
        the approval by NAME (2026-11-30) is void: text, kind or evidence has changed since then

    Example:
        approved: {by: NAME, on: 2026-11-30, sha256: 9f2c…}

    What to do:
        Read the claim again, then approve it again: `evidence confirm claim:ID --by NAME`.

    References:
        21 CFR 11.70: signatures are linked to their records.
    """
    approved = case.claim.approved
    if approved is not None and approved.sha256 != case.claim.digest:
        yield Violation(
            f"the approval by {approved.by} ({approved.on}) is void: text, kind or evidence has changed since then",
            f"approved {approved.sha256} {case.claim.digest}",
            at=("approved",),
            suggestion=f"read it again, then run `evidence confirm {case.claim.key} --by NAME`",
        )


@claim_rule("CLM004", "lost-anchor", Severity.ERROR, needs=Lookup.ANY, waiver_evidence=searched_text)
def lost_anchor(case: ClaimCase) -> Iterator[Violation]:
    """A quote is not in its source.

    What it does:
        Looks for each `quote` of the claim's evidence, by its words, numbers and signs, in the title and abstract of
        the article's record, or in the sections of the label's current version (`in` names one). White space, case,
        brackets, quotation marks and kinds of dash do not matter. A quote that is in another section than the one
        named is an info. For a label the finding says whether the version that was current on `accessed` contained it.

    Why it matters:
        The sentence rests on words that its source does not say, or no longer says.

    Message:
        quote no longer in dailymed-naltrexone: "one 50 mg tablet once daily"; the version current at that time had it
        in dosage; nearest match now in dosage: "one 25 mg tablet once daily"

    Example:
        - reference: dailymed-naltrexone
          quote: one 50 mg tablet once daily
          in: dosage

    What to do:
        Read the source again, correct the sentence if needed, and quote what the source says now.

    References:
        DailyMed web services v2; PubMed's records, ArticleTitle and AbstractText.
    """
    for anchor in case.anchors:
        evidence = case.claim.evidence[anchor.index]
        fact = f"{anchor.reference} {evidence.quote}"
        at = evidence.places.get("quote", evidence.place)
        if anchor.state is AnchorState.MOVED:
            moved = f"from {_part(anchor.earlier)} to {_part(anchor.section)}"
            yield Violation(
                f"the quote in {anchor.reference} moved {moved}",
                f"moved {anchor.earlier} {anchor.section} {fact}",
                place=evidence.places.get("in", at),
                suggestion=f"write in: {anchor.section}",
                severity=Severity.INFO,
            )
        elif anchor.state is AnchorState.LOST:
            yield Violation(
                _lost(anchor, evidence.quote or "", case),
                f"lost {fact}",
                place=at,
                suggestion="read the source again, and quote what it says now",
            )


def _lost(anchor: Anchor, quote: str, case: ClaimCase) -> str:
    quoted = f'"{textwrap.shorten(quote, _LONGEST_LOST, placeholder=" …")}"'
    source = case.cases.get(anchor.reference)
    if source is not None and IdKind.SETID in source.kinds and not source.kinds & ARTICLES:
        lost, now = f"quote not found in any version that was read of {anchor.reference}: {quoted}", " now"
        if anchor.earlier:
            lost = f"quote no longer in {anchor.reference}: {quoted}"
            lost += f"; the version current at that time had it in {_part(anchor.earlier)}"
        elif anchor.reason:
            lost = f"quote not in the current version of {anchor.reference}: {quoted}; {anchor.reason}"
    else:
        lost, now = f"quote not found in the title or abstract of {anchor.reference}: {quoted}", ""
    return lost + (f'; nearest match{now} in {_part(anchor.section)}: "{anchor.nearest}"' if anchor.nearest else "")


def _part(part: str) -> str:
    """What messages call a part of a source: `the abstract`, `34068-7 (dosage)`."""
    if part in ("abstract", "title"):
        return f"the {part}"
    name = section_name(part)
    return part if name == part else f"{part} ({name})"


@claim_rule("CLM005", "unanchored", Severity.INFO, needs=Lookup.ANY)
def unanchored(case: ClaimCase) -> Iterator[Violation]:
    """A piece of evidence has no quote that can be checked.

    What it does:
        Reports, once for each claim: evidence without a quote; a quote that cannot be searched for, because its source
        is a web page, its record has no abstract, or DailyMed does not provide the label's contents; a quote that is
        found only without the superscripts or subscripts of its source; and evidence without a stance while the claim
        is not approved.

    Why it matters:
        Only someone who reads the source can then tell whether it still says what the sentence needs.

    Message:
        not anchored: brown-2009 (the record has no abstract), ldn-research-trust (no quote)

    Example:
        - reference: ldn-research-trust
          stance: supports

    What to do:
        Quote at least four consecutive words of the abstract or the label, and say how they relate to the claim.

    References:
        PubMed's records: a third have no abstract.
    """
    reasons = [reason for item in _unanchored(case) for reason in item]
    if reasons:
        yield Violation(
            f"not anchored: {', '.join(dict.fromkeys(reasons))}",
            f"unanchored {'; '.join(dict.fromkeys(reasons))}",
            at=("evidence",),
            suggestion="quote at least four consecutive words exactly as they appear in the source",
        )


def _unanchored(case: ClaimCase) -> Iterator[list[str]]:
    """For each piece of evidence, why it is not anchored."""
    anchors = {anchor.index: anchor for anchor in case.anchors}
    for index, item in enumerate(case.claim.evidence):
        reasons = ["no stance"] if case.claim.stance_of(item) is None else []
        anchor = anchors.get(index)
        if item.quote is None:
            reasons.append("no quote")
        elif anchor is not None and anchor.state is AnchorState.CANNOT_BE_CHECKED:
            reasons.append(anchor.reason)
        elif anchor is not None and anchor.marks_lost:
            reasons.append("superscripts or subscripts are lost in the quote")
        yield [f"{item.reference} ({', '.join(reasons)})"] if reasons else []


@library_rule(
    "CLM006",
    "fallen-support",
    Severity.ERROR,
    raised_to=None,
    subject=Subject.CLAIM,
    exceptions=Exceptions.NOT_WAIVED,
    needs=Lookup.ANY,
)
def fallen_support_rule() -> None:
    """A source that supports the claim is void.

    What it does:
        Reports a claim whose support is a reference with one of these findings, as a warning or an error: RET001
        (retracted), RET008 (withdrawn), SPL001 (label no longer listed), SPL004 (label of another drug), MET006
        (the identifier of another work), IDN003 (the identifier does not exist). It is not reported if that
        finding is ignored or waived; it cannot be waived itself. Evidence of another stance is not judged.

    Why it matters:
        The reference is corrected or replaced in the list, while the sentence that rests on it stays in the text.

    Message:
        a source that supports this claim is void: smith-2005 is retracted (RET001)

    Example:
        - reference: smith-2005
          stance: supports

    What to do:
        Support the sentence with another source, or remove it.

    References:
        COPE Retraction Guidelines (2019); ICMJE, III.A.
    """


def fallen_support(case: ClaimCase, found: Mapping[str, Sequence[Finding]]) -> Iterator[Finding]:
    """CLM006 by what was `found` of the references, by their ids, and neither ignored nor waived."""
    for item in dict.fromkeys(case.evidence_of(Stance.SUPPORTS)):
        fallen = {finding.code for finding in found.get(item.reference, ()) if finding.severity > Severity.INFO}
        for code in (code for code in _FALLEN if code in fallen):
            message = f"a source that supports this claim is void: {item.reference} {_FALLEN[code]} ({code})"
            violation = Violation(
                message + in_paragraph(case.printed),
                f"{code} {item.reference}",
                suggestion="support the sentence with another source, or remove it",
                printed=case.printed,
            )
            place = item.places.get("reference", item.place)
            yield fallen_support_rule.finding(violation, case.claim.key, place)


@claim_rule("CLM007", "review-overdue", Severity.WARNING)
def review_overdue(case: ClaimCase) -> Iterator[Violation]:
    """The claim was last reviewed too long ago.

    What it does:
        Compares `reviewed` with `policy: claim-limit`: by default 365 days for claims of efficacy and safety, 730 days
        for all others. `evidence due` lists it 30 days before. A claim without `reviewed` is not judged. A date later
        than tomorrow (UTC) is reported too, since it would put off the review for ever.

    Why it matters:
        New trials, withdrawn papers and revised labels change what a sentence can say.

    Message:
        reviewed on 2025-06-01, 547 days ago; the limit for efficacy is 365 days

    Example:
        - id: fm-pain
          kind: efficacy
          reviewed: 2025-06-01

    What to do:
        Compare the claim with its evidence, then approve it again: `evidence confirm claim:ID --by NAME`.

    References:
        ICH E6(R3), 3.16.1: documents are kept up to date.
    """
    claim = case.claim
    limit = case.policy.claim_days(claim.kind)
    if claim.reviewed is None or limit is None:
        return
    days = (case.today - claim.reviewed).days
    if days < -1:  # a reader's own day may be one ahead of UTC
        yield Violation(
            f"reviewed on {claim.reviewed}, which is in the future (today: {case.today})",
            f"reviewed {claim.reviewed}",
            at=("reviewed",),
            suggestion="enter the date on which the claim was compared with its evidence",
        )
    elif days > limit:
        kind = f"{claim.kind}" if claim.kind else "claims"
        ago, at_most = quantity(days, "day"), quantity(limit, "day")
        yield Violation(
            f"reviewed on {claim.reviewed}, {ago} ago; the limit for {kind} is {at_most}",
            f"reviewed {claim.reviewed}",
            at=("reviewed",),
            suggestion=f"read it again, then run `evidence confirm {claim.key} --by NAME`",
        )


RULES = (
    uncited_claim,
    lost_sentence,
    void_approval,
    lost_anchor,
    unanchored,
    fallen_support_rule,
    review_overdue,
)
"""Judged claim by claim; `fallen_support_rule` by `fallen_support`, once waivers are applied."""
