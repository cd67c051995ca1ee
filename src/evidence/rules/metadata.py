"""MET: what a citation says, in its own fields and as it is printed, against what the record of its identifier says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from evidence.matching.locators import doi_of
from evidence.matching.titles import SAME_WORK, Titles, judge_title, titles_of
from evidence.matching.verdict import Field
from evidence.model.identifiers import ARTICLES, IdKind
from evidence.model.outcomes import Answer, Found
from evidence.model.policy import Severity
from evidence.model.records import Article
from evidence.model.references import FINDING
from evidence.model.regex import regex
from evidence.model.rule import (
    UNCOMPARABLE,
    WRONG_RECORD,
    Exceptions,
    FactOf,
    FixKind,
    Lookup,
    Violation,
    fingerprint,
)
from evidence.rules.case import CITED_AS, Case, RecordComparison
from evidence.rules.rule import entry_rule

_ANY_DOI = regex(r"\b10\.\d{4,9}/\S")

_rule = partial(entry_rule, needs=Lookup.ARTICLE, about=ARTICLES, fact_of=FactOf.RECORD)
_mismatch = partial(_rule, superseded_by=(WRONG_RECORD,), fix=FixKind.RECORD)
_OTHER_TITLE = "MET009"


@_mismatch(
    "MET001",
    "title-mismatch",
    Severity.WARNING,
    compares=(Field.TITLE,),
    superseded_by=(WRONG_RECORD, _OTHER_TITLE),
)
def title_mismatch(case: Case) -> Iterator[Violation]:
    """The title differs from the record.

    What it does:
        Compares the title in `cited-as` and the field `title` with the record's title and its
        title in the original language. Differences in case, punctuation, spaces, hyphens, accents, Greek
        letters, British or American spelling, NLM's brackets and notes are ignored. An incomplete title
        is reported differently from a title with other words. For a book chapter, the chapter's own
        title is compared, not the book's.

    Why it matters:
        A reader who searches for a title that does not exist finds nothing, or another work. An
        incomplete title often hides what was measured, and in whom.

    Message:
        title is incomplete: the record continues "findings of a small, randomized trial"

    Example:
        - id: example-2013
          PMID: "23359310"
          cited-as: Younger J, Noor N, McCue R, Mackey S. Low-dose naltrexone for the treatment of
            fibromyalgia. Arthritis Rheum. 2013;65(2):529-538.

    What to do:
        Print the record's whole title, including its subtitle.

    References:
        NLM, Citing Medicine, chapter 1 (titles); ICMJE Recommendations, on references.
    """
    others = _other_titles(case)
    for violation in _differences(case, Field.TITLE):
        if not others or _is_waived(case, violation):
            yield violation


@_mismatch("MET002", "author-mismatch", Severity.WARNING, compares=(Field.AUTHORS,))
def author_mismatch(case: Case) -> Iterator[Violation]:
    """The authors differ from the record.

    What it does:
        Aligns the printed names with those of the record, in order. Reports names that are missing, misspelt,
        in the wrong order or not in the record, initials that do not match the author's and, where both
        the citation and the record give a full given name, given names that do not match. "et al." after
        any number of names, an incomplete list, missing suffixes, degrees and group names are accepted,
        and so are initials, nicknames, other transliterations, spaces and hyphens in given names.

    Why it matters:
        References are found by their authors, and wrong names deny credit. A wrong first author
        with a correct title is the most common sign that a reference was copied without being read.

    Message:
        author "Panksepp J" is in a different position in the record

    Example:
        - id: example-2009
          PMID: "19041189"
          author: [{family: Panksepp, given: J}, {family: Brown, given: N}]

    What to do:
        Print the names as the record gives them, in the same order.

    References:
        NLM, Citing Medicine, chapter 1 (authors); Baethge and Jergas 2025, doi:10.1186/s41073-025-00173-z.
    """
    yield from _differences(case, Field.AUTHORS)


@_mismatch("MET003", "year-mismatch", Severity.WARNING, compares=(Field.YEAR,))
def year_mismatch(case: Case) -> Iterator[Violation]:
    """The year differs from the record.

    What it does:
        Compares the year with every year under which the work may be cited: the year of the issue, of
        electronic publication, and each year of a range. A book chapter that is updated continuously may
        be cited with any year from the first to the last.

    Why it matters:
        A wrong year makes evidence look newer or older than it is, and sends the reader to another volume.

    Message:
        year differs: cited 2011, record 2013

    Example:
        - id: example-2013
          PMID: "23359310"
          issued: "2011"

    What to do:
        Print the year of the issue, or of electronic publication where the style requires it.

    References:
        NLM, MEDLINE/PubMed data element descriptions (PubDate, ArticleDate).
    """
    yield from _differences(case, Field.YEAR)


@_mismatch("MET004", "journal-mismatch", Severity.WARNING, compares=(Field.JOURNAL,))
def journal_mismatch(case: Case) -> Iterator[Violation]:
    """The journal differs from the record.

    What it does:
        Compares the journal with the record's full title, its ISO abbreviation and its NLM
        abbreviation, each also without place and subtitle. Word-by-word abbreviations, initials such as
        NEJM and common short names are accepted. Where volume and first page match, a name with the
        same beginning is enough, because journals are renamed.

    Why it matters:
        The journal shows how a work was reviewed; with volume and page, it is how the work is found.

    Message:
        journal differs: cited "Arthritis Research & Therapy", record Arthritis Rheum

    Example:
        - id: example-2013
          PMID: "23359310"
          container-title: Arthritis Research & Therapy

    What to do:
        Print the journal's name as in the record: Arthritis Rheum.

    References:
        NLM Catalog, journals referenced in the NCBI databases; ISO 4.
    """
    yield from _differences(case, Field.JOURNAL)


@_mismatch("MET005", "locator-mismatch", Severity.WARNING, compares=(Field.VOLUME, Field.ISSUE, Field.PAGES))
def locator_mismatch(case: Case) -> Iterator[Violation]:
    """Volume, issue or pages differ from the record.

    What it does:
        Compares volume, issue, first and last page or article number. 529-38 means 529-538. Prefixes,
        dashes, roman numerals and the spelling of "Suppl" are ignored; a missing issue or last page is
        accepted, and so is a page count printed with an article number.

    Why it matters:
        A library finds the work by volume and first page. Letters and comments often share one title,
        and only the page distinguishes them.

    Message:
        first page differs: cited 802-828, record 820-8

    Example:
        - id: example-2007
          PMID: "17222320"
          volume: "102"
          page: 802-828

    What to do:
        Print the record's pages: 820-828.

    References:
        NLM, Citing Medicine, chapter 1 (location); NLM, MedlinePgn.
    """
    yield from _differences(case, Field.VOLUME, Field.ISSUE, Field.PAGES)


@_mismatch(_OTHER_TITLE, "other-title", Severity.ERROR, compares=(Field.TITLE,))
def other_title(case: Case) -> Iterator[Violation]:
    """The record has the printed authors and journal, volume or pages, but a different title.

    What it does:
        Reports a title that shares almost no words with the record's although an author or the page
        matches, and replaces MET001. A translated, incomplete or reworded title, or one with a subtitle,
        is still reported as MET001, and so is a title that another source gives for the same work. A
        waiver of MET001 for the same words covers this finding until the waiver ends.

    Why it matters:
        The title was invented, or it belongs to another work by the same authors. The work that the
        monograph relies on is then not the work that was checked.

    Message:
        title is different: the record has "Low-dose naltrexone for the treatment of
        fibromyalgia"; authors, year, journal, volume, issue and pages match, so title or
        identifier belong to another work

    Example:
        - id: example-2013
          PMID: "23359310"
          cited-as: Younger J, Noor N, McCue R, Mackey S. Acupuncture and the memory of elderly
            musicians. Arthritis Rheum. 2013;65(2):529-538.

    What to do:
        Use the record's own title or, if the title is correct, the identifier of the work with that title.

    References:
        Walters and Wilder 2023, doi:10.1038/s41598-023-41032-5, on citations that language models
        make up; ICMJE Recommendations, on references.
    """
    others = _other_titles(case)
    for violation in _differences(case, Field.TITLE):
        made = others.get(violation.message)
        if made is not None and not _is_waived(case, violation):
            yield replace(
                violation,
                message=f"{violation.message}; {_agreeing(made)}, so either the title or the identifier "
                "belongs to another work",
                suggestion="find out which work is meant, then correct the title or the identifier",
            )


def _other_titles(case: Case) -> dict[str, RecordComparison]:
    """The comparisons with another title that nothing explains, by what they say of it, unless all are waived."""
    suspect = [made for made in reversed(case.comparisons) if made.comparison.other_title]
    if not suspect:
        return {}
    match case.second:
        case Answer(outcome=Found(record=Article() as article)):
            second = titles_of(article)
        case _:
            second = Titles("", ())
    others = {
        made.comparison.of(Field.TITLE).message: made
        for made in suspect
        if not (second.forms and _closeness(made, second) >= SAME_WORK)
    }
    found = (violation for violation in _differences(case, Field.TITLE) if violation.message in others)
    return others if any(not _is_waived(case, violation) for violation in found) else {}


def _closeness(made: RecordComparison, titles: Titles) -> float:
    return judge_title(made.comparison.of(Field.TITLE).printed, titles).closeness


def _agreeing(made: RecordComparison) -> str:
    """`authors, journal and pages match`."""
    *others, last = [judged.field.value for judged in made.comparison.fields if judged.agrees] or [
        "some of the authors"
    ]
    return f"{', '.join(others)} and {last} match" if others else f"{last} match{'' if last.endswith('s') else 'es'}"


def _is_waived(case: Case, violation: Violation) -> bool:
    """Whether a waiver of MET001 that has not ended was given for this very difference."""
    name = case.reference.id
    own = fingerprint(title_mismatch.code, name, violation.fact)
    return any(
        (waiver.code, waiver.reference, waiver.evidence.get(FINDING)) == (title_mismatch.code, name, own)
        and not waiver.has_ended(case.today)
        for waiver in case.library.waivers
    )


def _differences(case: Case, *fields: Field) -> Iterator[Violation]:
    """One violation for each difference in these fields; none when the record is another work (MET006)."""
    if case.wrong_record is not None:
        return
    messages: set[str] = set()
    for made in case.comparisons:
        comparison, limits = made.comparison, ""
        if made.printed and Field.TITLE not in comparison.compared:
            matching = ", ".join(judged.field for judged in comparison.fields if judged.agrees) or "nothing"
            limits = f" (no title is printed; matching: {matching}; the record may be a different work)"
        for judged in comparison.differences:
            if judged.field in fields and judged.message not in messages:
                messages.add(judged.message)
                yield Violation(
                    "; ".join((judged.message, *judged.also)) + limits,
                    f"{judged.field}: {judged.printed} | {judged.recorded}",
                    made.keys_of(judged.field),
                    suggestion=judged.recorded,
                )


@_rule(WRONG_RECORD, "wrong-record", Severity.ERROR, exceptions=Exceptions.NONE)
def wrong_record_cited(case: Case) -> Iterator[Violation]:
    """The identifier is valid, but it belongs to a different work.

    What it does:
        Decides from title, authors and first page together (journal, volume and year are supporting
        evidence only) whether the record describes the printed work. It replaces MET001 to MET005 and
        names the fields that differ. A notice instead of the article, a comment instead of the article
        it comments on, and another part of a series are different works. One field is never enough: at
        least two of author, title, journal and page must be available. A citation without a title
        ("Brown & Panksepp, Med Hypotheses 2009") is judged by its authors; a name and a year are enough
        to show that the record is a different work.

    Why it matters:
        Every check of the reference (retraction, existence, dates) was then made on the wrong work;
        the work that is printed was not checked. This finding cannot be waived.

    Message:
        PMID 17222320 is a different work: "Low-dose naltrexone therapy improves active Crohn's
        disease" (Smith, Am J Gastroenterol 2007). The citation describes "Low-dose naltrexone for
        the treatment of fibromyalgia". Reason: the title and other fields differ. Differences: title,
        authors, year, journal, volume, issue, pages

    Example:
        - id: example-2013
          PMID: "17222320"
          cited-as: Younger J, Noor N, McCue R, Mackey S. Low-dose naltrexone for the treatment of
            fibromyalgia. Arthritis Rheum. 2013;65(2):529-538.

    What to do:
        Use the identifier of the printed work, found by its title: PMID 23359310.

    References:
        ICMJE Recommendations, on references: verify references against the originals.
    """
    found, article = case.wrong_record, case.bibliography
    if found is None or article is None:
        return
    made, wrong = found
    fields = ", ".join(judged.field for judged in made.comparison.differences)
    verdict = "is" if wrong.certain else "appears to be"
    title = made.comparison.of(Field.TITLE).printed
    cited = f'The citation describes "{title.strip(" .")}". ' if title else ""
    kind = {IdKind.PMID: "PMID ", IdKind.DOI: "DOI "}.get(article.identifier.kind, "")
    yield Violation(
        f"{kind}{article.identifier.value} {verdict} a different work: {_described(article)}. "
        f"{cited}Reason: {wrong.message}. Differences: {fields}",
        f"wrong record {case.subject}",
        (CITED_AS,) if made.printed else ("title", "author", "PMID", "PMCID", "DOI"),
        suggestion="search PubMed for the cited title and use the identifier of that work",
    )


def _described(article: Article) -> str:
    """The record as a reader knows it: title, first author, journal and year."""
    author = next((author.family or author.collective for author in article.authors), "")
    journal = article.journal.iso or article.journal.medline_ta or article.journal.title
    if article.book_title != article.title:
        journal = journal or article.book_title
    year = str(article.issued.year) if article.issued else ""
    details = ", ".join(filter(None, (author, " ".join(filter(None, (journal, year))))))
    return f'"{article.title.strip().rstrip(".")}" ({details})'


@_rule("MET007", "missing-doi", Severity.INFO, fix=FixKind.IDENTIFIERS)
def missing_doi(case: Case) -> Iterator[Violation]:
    """The record has a DOI, but the reference has none.

    What it does:
        Reports an entry without a `DOI` (or a doi.org address) in its fields or in `cited-as` when the
        article's record has one.

    Why it matters:
        A DOI takes any reader to the work itself, and Crossref with Retraction Watch can then be
        checked as a second source of retractions.

    Message:
        DOI is missing: the record gives 10.1002/art.37734

    Example:
        - id: example-2013
          PMID: "23359310"

    What to do:
        - id: example-2013
          PMID: "23359310"
          DOI: 10.1002/art.37734

    References:
        AMA Manual of Style, 11th edition, 3.15; Crossref, DOI display guidelines.
    """
    article, reference = case.bibliography, case.reference
    if article is None or reference.first(IdKind.DOI) is not None or case.wrong_record is not None:
        return
    doi = doi_of(article)
    if doi and not _ANY_DOI.search(reference.cited_as or ""):
        yield Violation(
            f"DOI is missing: the record gives {doi}",
            f"missing doi {doi}",
            ("PMID", "PMCID"),
            suggestion=f"DOI: {doi}",
        )


@_rule(UNCOMPARABLE, "uncomparable-citation", Severity.INFO)
def uncomparable_citation(case: Case) -> Iterator[Violation]:
    """The printed citation is too short to be compared with the record.

    What it does:
        Reports a `cited-as` in which fewer than two of author, title, journal and page can be
        compared with the article's record, so MET001 to MET006 cannot be applied. A name and a year
        alone are reported only where they contradict the record.

    Why it matters:
        No finding would look like a match. This citation was not compared, and its identifier may
        belong to another work.

    Message:
        the printed citation is too short to compare with the record: two of author, title,
        journal and page are needed, found: title; the record is "Low-dose naltrexone for the
        treatment of fibromyalgia" (Younger, Arthritis Rheum 2013)

    Example:
        - id: example-2013
          PMID: "23359310"
          cited-as: See the naltrexone paper.

    What to do:
        Print the citation in full: Younger J, Noor N, McCue R, Mackey S. Low-dose naltrexone for the
        treatment of fibromyalgia … Arthritis Rheum. 2013;65(2):529-538.

    References:
        ICMJE Recommendations, on references: verify references against the originals.
    """
    article = case.bibliography
    made = next((made for made in case.comparisons if made.printed and made.comparison.too_short), None)
    if article is None or made is None:
        return
    read = ", ".join(field.value for field in made.comparison.read) or "nothing"
    yield Violation(
        "the printed citation is too short to compare with the record: two of author, title, journal and page "
        f"are needed, found: {read}; the record is {_described(article)}",
        f"uncomparable citation {case.reference.cited_as}",
        (CITED_AS,),
        suggestion="print the authors, title, journal and pages",
    )


@_rule("MET010", "chapter-revised-since-accessed", Severity.WARNING, fact_of=FactOf.WORK, superseded_by=(WRONG_RECORD,))
def chapter_revised_since_accessed(case: Case) -> Iterator[Violation]:
    """The chapter was revised after it was accessed.

    What it does:
        Compares the date on which a Bookshelf chapter (StatPearls, GeneReviews, LiverTox) was last
        revised, according to PubMed, with `accessed`. A later revision is a warning. If `accessed` is a
        month or a year and the revision falls within it, either version may have been read: this is an
        info that says "possibly".

    Why it matters:
        These chapters are rewritten under the same address, so the monograph may no longer agree with
        the chapter.

    Message:
        chapter revised since it was accessed (2022-08): last revised 2026-04

    Example:
        - id: example-2023
          PMID: "30521232"
          accessed: 2022-08

    What to do:
        Read the current chapter, correct the monograph where needed, and
        record the date with `evidence confirm`.

    References:
        NLM, Citing Medicine, chapter 22 (date of update); PubMed DTD, DateRevised and ContributionDate.
    """
    article, accessed = case.article, case.reference.accessed
    if article is None or accessed is None or not article.is_book or article.identifier.kind is not IdKind.PMID:
        return
    revised = article.revised or article.published_online
    if revised is None or revised.latest < accessed.earliest or case.wrong_record is not None:
        return
    after = revised.earliest > accessed.latest
    yield Violation(
        f"chapter revised since it was accessed ({accessed}): last revised {revised}"
        if after
        else f"chapter possibly revised since it was accessed ({accessed}): last revised {revised}",
        f"revised {revised} of {case.subject} after {accessed}",
        ("accessed", "PMID", "PMCID", "DOI"),
        suggestion="read the current chapter, correct the text if needed, and record the date with `evidence confirm`",
        severity=None if after else Severity.INFO,
    )


RULES = (
    title_mismatch,
    author_mismatch,
    year_mismatch,
    journal_mismatch,
    locator_mismatch,
    wrong_record_cited,
    missing_doi,
    uncomparable_citation,
    other_title,
    chapter_revised_since_accessed,
)
