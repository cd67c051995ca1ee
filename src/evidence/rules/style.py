"""A form that a whole list has is told once: it is its style, not a slip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from evidence.model.findings import Finding, Violation
from evidence.model.identifiers import ARTICLES
from evidence.model.policy import Severity
from evidence.model.references import Place
from evidence.model.rule import ANYTHING, Absence, Exceptions, FactOf, FixKind, Lookup, OnAdding, Rule, Subject
from evidence.rules.case import CITED_AS, Case, in_paragraph
from evidence.rules.rule import rule
from evidence.rules.style_forms import (
    Respelling,
    Slip,
    SlipCheck,
    accessed_wording,
    author_list,
    bare_url,
    journal_name,
    mixed_dashes,
    quotation_marks,
    spaces,
    title_case,
)

# A form that a whole list has is told once: it is its style, not a slip.

FEWEST = 5
SHARE = 0.8
"""From so many citations on, and from this share of those that have the form at all, it is the list's own way."""

Look = Callable[[str, Case], SlipCheck | None]


def folded(looks: Mapping[str, Look], findings: Sequence[Finding], cases: Sequence[Case]) -> Iterator[Finding]:
    """The findings, those of one theme that most of the list shares told at the first alone.

    Args:
        looks: By a rule's code what it looks at.
        findings: Those of one library, in the order of its entries.
        cases: The library's cases.
    """
    themes: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.theme:
            themes.setdefault((finding.code, finding.theme), []).append(finding)
    common = {
        key: len({finding.reference for finding in same})
        for key, same in themes.items()
        if len({finding.reference for finding in same}) >= max(FEWEST, SHARE * _concerned(looks[key[0]], key[1], cases))
    }
    told: set[tuple[str, str]] = set()
    for finding in findings:
        key = (finding.code, finding.theme)
        if key not in common:
            yield finding
        elif key not in told:
            told.add(key)
            style = "; if the list follows another style, name it as `policy: style:`"
            yield replace(finding, message=f"{finding.message}; so in {common[key]} citations of the list{style}")


def _concerned(look: Look, theme: str, cases: Sequence[Case]) -> int:
    """How many of the citations have the form that the theme is about, or could have had it."""
    printed = ((case, _printed(case)) for case in cases)
    looked = (look(text, case) for case, text in printed if text)
    return sum(one is not None and one.concerns(theme) for one in looked)


def _printed(case: Case) -> str:
    """The citation as the library has it, else as the monograph prints it."""
    entry = case.beside.entries.get(case.reference.id)
    return case.reference.cited_as or (entry.text if entry is not None else "")


# STY: the form in which a citation is printed, in `cited-as` and in the monograph's own list; never what it says.

LOOKS: Mapping[str, Look] = {
    "STY001": mixed_dashes,
    "STY002": spaces,
    "STY003": quotation_marks,
    "STY004": author_list,
    "STY005": accessed_wording,
    "STY006": journal_name,
    "STY007": title_case,
    "STY008": bare_url,
}
"""What each rule looks at."""

_LONGEST = 20_000
"""Characters of a citation that is looked at: one of 3,000 authors has more, and nobody reads it for its spaces."""

_BY_RECORD = frozenset({"STY004", "STY006", "STY007"})


def slips_of(code: str, text: str, case: Case) -> Sequence[Slip]:
    """The slips of one rule in a printed citation; by a record of another work none is judged."""
    if len(text) > _LONGEST:
        return ()
    if code in _BY_RECORD and case.wrong_record is not None:
        return ()
    looked = LOOKS[code](text, case)
    return looked.slips if looked is not None else ()


def _hits(code: str, case: Case) -> Iterator[Violation]:
    """The slips of `cited-as`, and those that stand in the monograph's own entry alone."""
    reference = case.reference
    entry = case.beside.entries.get(reference.id)
    theirs = {(slip.kind, slip.printed): slip for slip in (slips_of(code, entry.text, case) if entry else ())}
    for slip in slips_of(code, reference.cited_as, case) if reference.cited_as else ():
        same = theirs.pop((slip.kind, slip.printed), None)
        also = f" (in the monograph {entry.place(same.at)})" if entry and same else ""
        printed = reference.printed
        yield _hit(slip, f"{slip.message}{also}", place=printed.place(slip.at) if printed else None)
    for slip in theirs.values():
        printed_at = entry.place(slip.at) if entry else None
        yield _hit(slip, slip.message + in_paragraph(printed_at), printed=printed_at)


def _hit(slip: Slip, message: str, *, place: Place | None = None, printed: Place | None = None) -> Violation:
    return Violation(message, slip.fact, (CITED_AS, "id"), slip.better, slip.severity, place, printed, slip.theme)


_rule = partial(
    rule,
    subject=Subject.CITATION,
    needs=Lookup.NONE,
    about=ANYTHING,
    fact_of=FactOf.ENTRY,
    absence=Absence.NONE,
    superseded_by=(),
    exceptions=Exceptions.ALLOWED,
    waiver_evidence=None,
    news=None,
    on_adding=OnAdding.SILENT,
    fix=FixKind.RESPELLED,
    compares=(),
)


@_rule("STY001", "mixed-range-dashes", Severity.WARNING, subject=Subject.LIST)
def mixed_range_dashes(case: Case) -> Iterator[Violation]:
    """Hyphens here and dashes there in page ranges.

    What it does:
        Where the page ranges of a list have dashes of several kinds, reports those to change: to the
        kind of nearly all others, else to the style's (AMA and NLM a hyphen, APA and Chicago an en
        dash). A list with one kind throughout is left alone, whichever it is.

    Why is this bad?
        It is the commonest sign that references were pasted from several places; no style mixes them.

    Example:
        Arthritis Rheum. 2013;65(2):529-538. … Am J Gastroenterol. 2007;102(4):820\u2013828.

    Use instead:
        Am J Gastroenterol. 2007;102(4):820-828.

    References:
        AMA Manual of Style, 11th edition, chapter 3; NLM, Citing Medicine, chapter 1.
    """
    yield from _hits("STY001", case)


@_rule("STY002", "spacing", Severity.WARNING)
def spacing(case: Case) -> Iterator[Violation]:
    """A space is missing, doubled, or stands before a comma.

    What it does:
        Reports a missing space behind "et al.", a sentence or a closing quotation mark, more than one
        space in a row, a space before a comma or full stop; in AMA and NLM also spaces inside
        `2013;65(2):529`. Addresses and DOIs are passed over.

    Why is this bad?
        Reference managers and readers take the words on both sides for one.

    Example:
        Smith JP, Stock H, et al.“Low-dose naltrexone therapy …

    Use instead:
        Smith JP, Stock H, et al. “Low-dose naltrexone therapy …

    References:
        NLM, Citing Medicine, chapter 1 (punctuation and spacing).
    """
    yield from _hits("STY002", case)


@_rule("STY003", "quotation-marks", Severity.INFO)
def quotation_marks_printed(case: Case) -> Iterator[Violation]:
    """Quotation marks round an article's title.

    What it does:
        Reports them in AMA, NLM and APA, which print none. Words that the record itself quotes, and
        quotations within a title, are left alone.

    Why is this bad?
        It is another style's form (Chicago, MLA): the list was put together from several.

    Example:
        Brown N, Panksepp J. “Low-dose naltrexone for disease prevention.” Med Hypotheses.

    Use instead:
        Brown N, Panksepp J. Low-dose naltrexone for disease prevention. Med Hypotheses.

    References:
        AMA Manual of Style, 11th edition, chapter 3.
    """
    yield from _hits("STY003", case)


@_rule("STY004", "et-al-form", Severity.INFO, needs=Lookup.ANY, about=ARTICLES)
def et_al_form(case: Case) -> Iterator[Violation]:
    """Another number of authors than the style prints, or "et al." in another form.

    What it does:
        Compares the number of printed names with the record's: AMA prints up to six, of more the first
        three and "et al."; NLM up to six, of more the first six (or all, or three); APA up to twenty
        and never "et al.". A list that stops early without "et al." is a warning in every style.
        Nothing is judged unless every printed name was recognised.

    Why is this bad?
        Authors are left out who should be named, or it looks as if there were no others.

    Example:
        Smith JP, Stock H, et al. (the record has six authors)

    Use instead:
        Smith JP, Stock H, Bingaman S, Mauger D, Rogosnitzky M, Zagon IS.

    References:
        AMA Manual of Style, 11th edition, chapter 3; ICMJE, samples of formatted references; APA Publication
        Manual, 7th edition.
    """
    yield from _hits("STY004", case)


@_rule("STY005", "accessed-wording", Severity.INFO)
def accessed_wording_printed(case: Case) -> Iterator[Violation]:
    """The date of access in other words than the style's.

    What it does:
        Expects "Accessed August 14, 2025." before the address in AMA, "[cited 2025 Aug 14]" in NLM,
        "Retrieved August 14, 2025, from" in APA. The precision stays as printed: no day is made up.

    Why is this bad?
        Readers and programs look for the date in that form.

    Example:
        LDN Research Trust: accessed August 2025 through: https://www.ldnresearchtrust.org

    Use instead:
        LDN Research Trust. Accessed August 2025. https://www.ldnresearchtrust.org

    References:
        AMA Manual of Style, 11th edition, chapter 3; NLM, Citing Medicine, chapter 25.
    """
    yield from _hits("STY005", case)


@_rule("STY006", "journal-abbreviation", Severity.INFO, needs=Lookup.ANY, about=ARTICLES)
def journal_abbreviation(case: Case) -> Iterator[Violation]:
    """The journal's name in another form than the style's.

    What it does:
        Expects NLM's abbreviation without points in AMA and NLM, the name in full in APA and Chicago.
        Another journal than the record's is MET004 and not judged here.

    Why is this bad?
        An abbreviation of one's own cannot be looked up.

    Example:
        American Journal of Gastroenterology. 2007;102(4):820-828.

    Use instead:
        Am J Gastroenterol. 2007;102(4):820-828.

    References:
        NLM Catalog, journals referenced in the NCBI databases; AMA Manual of Style, 11th edition, chapter 3.
    """
    yield from _hits("STY006", case)


@_rule("STY007", "title-case", Severity.INFO, needs=Lookup.ANY, about=ARTICLES)
def title_case_printed(case: Case) -> Iterator[Violation]:
    """An article's title in headline style or in capitals.

    What it does:
        In AMA, NLM and APA reports a title most of whose words are capitalised that the record has in
        small letters. The record tells names from other words; where it is itself in capitals, nothing
        is judged.

    Why is this bad?
        These styles print articles' titles in sentence case; only journals and books have capitals.

    Example:
        Low-Dose Naltrexone for Disease Prevention and Quality of Life.

    Use instead:
        Low-dose naltrexone for disease prevention and quality of life.

    References:
        AMA Manual of Style, 11th edition, chapter 3; APA Publication Manual, 7th edition.
    """
    yield from _hits("STY007", case)


@_rule("STY008", "bare-url", Severity.INFO)
def bare_url_printed(case: Case) -> Iterator[Violation]:
    """The citation is an address alone.

    What it does:
        Reports a citation that holds an address, perhaps a date of access, and no word of what is
        there. The title that the page gave, if it was looked up, is proposed.

    Why is this bad?
        When the address is gone nobody can tell what was cited, nor find it elsewhere.

    Example:
        https://www.fda.gov/media/12345/download. Accessed August 14, 2025.

    Use instead:
        Author or organisation. Title of the page. Accessed August 14, 2025. Address.

    References:
        NLM, Citing Medicine, chapter 25; AMA Manual of Style, 11th edition, chapter 3.
    """
    yield from _hits("STY008", case)


RULES: tuple[Rule, ...] = (
    mixed_range_dashes,
    spacing,
    quotation_marks_printed,
    et_al_form,
    accessed_wording_printed,
    journal_abbreviation,
    title_case_printed,
    bare_url_printed,
)


def merge_common(findings: Sequence[Finding], cases: Sequence[Case]) -> Iterator[Finding]:
    """The findings of a library, what its whole list has in common told once."""
    return folded(LOOKS, findings, cases)


# A printed citation with its form mended: what is left when all that the style prints otherwise is as it prints it.

_ROUNDS = 4
"""What one form hides from another (a space behind a quotation mark) shows in the next round; more are not needed."""


def slips(text: str, case: Case) -> list[Slip]:
    """All slips of form in a printed citation."""
    return [slip for code in LOOKS for slip in slips_of(code, text, case)]


def is_style_fix_of(mended: str, printed: str, case: Case, beside: Case) -> bool:
    """Whether a citation is another print of which slips of form were mended, and of which nothing else was changed.

    Args:
        mended: The citation that may have been mended.
        printed: The citation from which it may have been made.
        case: The reference among the citations of its library.
        beside: The same reference among those with which `printed` stands.
    """
    fewer = len(slips(mended, case)) < len(slips(printed, beside))
    return fewer and _without_slips(mended, case) == _without_slips(printed, beside)


def _without_slips(text: str, case: Case) -> str:
    for _ in range(_ROUNDS):
        taken: list[Respelling] = []
        for slip in slips(text, case):
            if not any(new.clashes(old) for new in slip.edits for old in taken):
                taken += (new for new in slip.edits if new not in taken)
        if not taken:
            break
        for edit in sorted(taken, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
    return text
