"""REF: the entry itself, as it is written in the file; no source is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from evidence.model.identifiers import ARTICLES, FIELD_OF, LABELS, PAGES, IdKind, isbns_in
from evidence.model.outcomes import has_no_source
from evidence.model.policy import Severity
from evidence.model.references import Fault, FaultKind, Proposal, Reference
from evidence.model.rule import ANYTHING, Exceptions, Finding, Lookup, Subject, Violation
from evidence.rules.case import Case, LibraryCase
from evidence.rules.rule import entry_rule, library_rule

MATCHES = "evidence fix --match"
"""The command that looks for the records of entries without identifier."""

_MOST_PROPOSED = 3
_LONGEST_TITLE = 60
_IDENTIFIER_KEYS = frozenset(FIELD_OF.values())
_PAGE_TYPES = frozenset({"article-magazine", "article-newspaper", "post", "post-weblog", "webpage"})
"""Types of which an address could be given."""


def reading_faults(reference: Reference, *kinds: FaultKind) -> Iterator[Violation]:
    """The faults of these kinds that reading found."""
    return (_violation(fault) for fault in reference.faults if fault.kind in kinds)


def _violation(fault: Fault) -> Violation:
    suggestion = fault.suggestion
    if suggestion is None and fault.kind is FaultKind.MALFORMED_IDENTIFIER:
        suggestion = f"correct the {fault.key}"
    elif suggestion is None and fault.kind is FaultKind.DUPLICATE_ID:
        suggestion = "give one of the two a different id"
    elif suggestion is None and fault.kind is FaultKind.REPEATED_KEY:
        suggestion = "remove one of the two"
    return Violation(fault.message, f"{fault.kind} {fault.key} {fault.text}", suggestion=suggestion, place=fault.place)


_rule = partial(entry_rule, needs=Lookup.NONE, about=ANYTHING)


@_rule("REF001", "duplicate-id", Severity.ERROR)
def duplicate_id(case: Case) -> Iterator[Violation]:
    """Two entries of one file have the same id.

    What it does:
        Reports every entry whose id is already used above it, and names the line of the first.

    Why it matters:
        A citation of that id is ambiguous. Pandoc silently prints the last entry.

    Message:
        id smith-2007 is already used on line 2

    Example:
        - id: smith-2007
          PMID: "17222320"
        - id: smith-2007
          PMID: "19041189"

    What to do:
        - id: smith-2007
          PMID: "17222320"
        - id: brown-2009
          PMID: "19041189"

    References:
        CSL 1.0.2, id.
    """
    yield from reading_faults(case.reference, FaultKind.DUPLICATE_ID)


@_rule("REF002", "unknown-field", Severity.ERROR)
def unknown_field(case: Case) -> Iterator[Violation]:
    """The entry has an unknown field.

    What it does:
        Reports fields that are neither CSL 1.0.2 variables nor fields of this tool, and suggests the
        closest name. Fields that begin with x- are allowed, also at the top of the file.

    Why it matters:
        A misspelled field is not read: its date is not checked, its identifier is not looked up.

    Message:
        unknown field pmid; did you mean PMID?

    Example:
        - id: smith-2007
          pmid: "17222320"

    What to do:
        - id: smith-2007
          PMID: "17222320"

    References:
        CSL 1.0.2, appendix IV, variables; names are case-sensitive.
    """
    yield from reading_faults(case.reference, FaultKind.UNKNOWN_FIELD)


@_rule("REF003", "missing-identifier", Severity.ERROR)
def missing_identifier(case: Case) -> Iterator[Violation]:
    """The entry of an article, or of a possible article, has no identifier.

    What it does:
        Reports entries without setid, PMID, PMCID, DOI, NCT and URL. An identifier that cannot be read
        is IDN001, a misspelled field is REF002. If an import found records that may match (`candidates`),
        they are listed, the most likely first. Books, guidance, package inserts, standards and personal
        communications are in no registry; they are REF008.

    Why it matters:
        Nothing can be looked up, so neither a retraction nor a wrong title can be detected.

    Message:
        no identifier to look up

    Example:
        - id: smith-2007
          title: Low-dose naltrexone therapy improves active Crohn's disease

    What to do:
        - id: smith-2007
          PMID: "17222320"

        If there are candidates, copy the PMID or DOI of the right one into the entry and delete
        `candidates`. If none is right, delete them and state where the source can be found.

    References:
        ICMJE Recommendations, IV.A.3.g: references should be verified against their sources.
    """
    reference = case.reference
    if not _lacks_identifier(reference) or (_is_of_no_registry(reference) and not _is_explained(case)):
        return
    message = "no identifier to look up"
    if not reference.candidates:
        suggestion = f"add a PMID, DOI, setid, PMCID or URL; `{MATCHES}` searches for the record"
        yield Violation(message, "no identifier", ("id",), suggestion=suggestion)
    else:
        yield _to_be_chosen(message, "no identifier", reference)


def _lacks_identifier(reference: Reference) -> bool:
    """Whether an entry gives no identifier at all, not even one that cannot be read or is misspelt."""
    misspelt = any(f.kind is FaultKind.UNKNOWN_FIELD and f.suggestion in _IDENTIFIER_KEYS for f in reference.faults)
    return not (reference.uses or misspelt or _IDENTIFIER_KEYS & reference.places.keys())


def _is_of_no_registry(reference: Reference) -> bool:
    """Whether an entry is of a work that no registry holds: a book, guidance, a package insert.

    A type alone is not believed: reference managers call an article a book, a report or a web page.
    """
    # Its expressions take 10 ms to compile, which only references without a registry's number need.
    from evidence.matching.kinds import (  # noqa: PLC0415
        ARTICLE_TYPES,
        WorkKind,
        is_title_alone,
        kind_of_work,
        may_be_article,
    )

    kind, printed = kind_of_work(reference.type, reference.csl, reference.cited_as), reference.cited_as or ""
    if reference.candidates or kind is WorkKind.ARTICLE:
        return False
    typed = reference.type is not None and reference.type not in ARTICLE_TYPES | _PAGE_TYPES
    return kind is WorkKind.OTHER or ((typed or not is_title_alone(printed)) and not may_be_article(printed))


def _is_explained(case: Case) -> bool:
    """Whether a person has explained the lack of an identifier as REF003 already; then it stays that."""
    code, name = missing_identifier.code, case.reference.id
    waivers = (waiver for waiver in case.library.waivers if (waiver.code, waiver.reference) == (code, name))
    return code in case.reference.ignore or any(not waiver.has_ended(case.today) for waiver in waivers)


def _to_be_chosen(message: str, fact: str, reference: Reference) -> Violation:
    """The violation that names the entry's candidates."""
    candidates = [_described(candidate) for candidate in reference.candidates[:_MOST_PROPOSED]]
    if len(reference.candidates) > _MOST_PROPOSED:
        candidates.append(f"{len(reference.candidates) - _MOST_PROPOSED} more")
    return Violation(
        f"{message}; candidates: {'; '.join(candidates)}",
        fact,
        ("candidates",),
        suggestion="copy the PMID or DOI of the right candidate into the entry, and delete candidates",
    )


def _described(candidate: Proposal) -> str:
    """`PMID 17222320 (0.83) "Low-dose naltrexone…"`."""
    first = candidate.identifiers[0]
    title = candidate.title or ""
    title = title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"
    score = f" ({candidate.score:.2f})" if candidate.score is not None else ""
    return f"{first.kind.upper()} {first.value}{score}" + (f' "{title}"' if title else "")


@_rule("REF004", "duplicate-reference", Severity.WARNING)
def duplicate_reference(case: Case) -> Iterator[Violation]:
    """Two entries have the same identifier.

    What it does:
        Reports an entry that has the same identifier as an earlier entry of the file. A PubMed, DOI or
        DailyMed address counts as the identifier it contains. If the two citations describe different
        works (by title, authors and journal; labels by the drug's name), the message says so: one of
        them has the wrong identifier.

    Why it matters:
        The source appears twice in the printed list and looks like two pieces of evidence; or one of
        the two works was never checked.

    Message:
        pmid:17222320 is already cited by smith-2007 on line 2

    Example:
        - id: smith-2007
          PMID: "17222320"
        - id: smith-crohn
          URL: https://pubmed.ncbi.nlm.nih.gov/17222320/

    What to do:
        Keep one entry and use its id in every citation.

    References:
        ICMJE Recommendations, IV.A.3.g: references are numbered in the order of their first mention.
    """
    for fault in case.reference.faults:
        if fault.kind is FaultKind.DUPLICATE_REFERENCE:
            yield _two_works(case, fault) or _violation(fault)


def _two_works(case: Case, fault: Fault) -> Violation | None:
    """The violation of an entry that is printed as another work than the one that has its identifier; else None."""
    from evidence.documents.citations import text_of  # noqa: PLC0415 - only for those who have such entries
    from evidence.matching.prints import Prints, compare_prints  # noqa: PLC0415 - as above

    first = fault.first
    if first is None:
        return None
    kind = next(use.identifier.kind for use in case.reference.uses if use.place == fault.place)
    own, other = text_of(case.reference), text_of(first)
    if compare_prints(own, other, kind) is not Prints.OF_TWO_WORKS:
        return None
    unless = " (unless these are a brand and its ingredient)" if kind is IdKind.SETID else ""
    return Violation(
        f"{fault.message}, but the citations describe two different works{unless}",
        f"two works {fault.key} {fault.text}",
        suggestion="look up both works and give each its own identifier",
        place=fault.place,
    )


@_rule("REF005", "invalid-value", Severity.ERROR)
def invalid_value(case: Case) -> Iterator[Violation]:
    """A field has an invalid value.

    What it does:
        Reports impossible or free-text dates, empty fields, repeated keys, a missing id, unknown
        types and roles, text instead of a list, control characters, a `confirmed` that ends before its
        date, and a policy that lowers RET001 or MET006. Dates are EDTF: YYYY, YYYY-MM or YYYY-MM-DD.

    Why it matters:
        The value is not used, although it looks as if it were.

    Message:
        PMID is empty

    Example:
        - id: charity
          URL: https://example.org/naltrexone
          accessed: August 2025

    What to do:
        - id: charity
          URL: https://example.org/naltrexone
          accessed: 2025-08

    References:
        CSL 1.0.2, date variables; EDTF (ISO 8601-2, level 1), https://www.loc.gov/standards/datetime/.
    """
    yield from reading_faults(case.reference, FaultKind.INVALID_VALUE, FaultKind.REPEATED_KEY, FaultKind.MISSING_ID)


@library_rule(
    "REF006",
    "unused-ignore",
    Severity.WARNING,
    raised_to=None,
    needs=Lookup.NONE,
    subject=Subject.IGNORES,
    exceptions=Exceptions.ALLOWED,
)
def unused_ignore() -> None:
    """An ignored rule has no finding.

    What it does:
        Reports codes under `ignore` that have no finding, and codes that cannot be ignored (RET001,
        MET006, SPL004). Rules that could not be judged in this run are skipped.

    Why it matters:
        An unused exception would hide the next finding of that rule, which no one has reviewed.

    Message:
        ACC004 is ignored here but has no finding

    Example:
        - id: charity
          URL: https://example.org/naltrexone
          accessed: 2025-08-14
          ignore:
            ACC004: the day is not known

    What to do:
        Remove that line from the entry.

    References:
        The same rule in ruff (RUF100, unused-noqa) and in mypy (unused-ignore).
    """


@_rule("REF007", "settled-candidates", Severity.INFO)
def settled_candidates(case: Case) -> Iterator[Violation]:
    """The entry has an identifier but still lists candidates.

    What it does:
        Reports `candidates` in entries that have an identifier.

    Why it matters:
        The candidates are no longer needed, and it looks as if someone still had to choose.

    Message:
        candidates are no longer needed: the entry has an identifier

    Example:
        - id: smith-2007
          PMID: "17222320"
          candidates:
            - {PMID: "17222320", score: "0.83"}
            - {PMID: "19041189", score: "0.41"}

    What to do:
        - id: smith-2007
          PMID: "17222320"

    References:
        `evidence import` writes candidates where a printed citation may be of several records.
    """
    if case.reference.candidates and case.kinds - PAGES:
        yield Violation(
            "candidates are no longer needed: the entry has an identifier",
            "settled candidates",
            ("candidates",),
            suggestion="delete candidates",
        )


@_rule("REF008", "nothing-to-look-up", Severity.INFO)
def nothing_to_look_up(case: Case) -> Iterator[Violation]:
    """The work is in no registry and has no address.

    What it does:
        Reports entries without an identifier for books, guidance, package inserts, standards, personal
        communications and similar works: entries of such a type, and entries whose citation has neither a
        journal with volume or pages, nor authors with what may be the name of a journal, and no
        `candidates`. For an ISBN, only the check digit is verified (a wrong one is IDN001). Also reports
        entries whose identifiers are all of kinds that no source supports.

    Why it matters:
        No service can be asked. Only a person can check whether the work exists and supports the text.

    Message:
        nothing to look up: the work is in no registry and has no address

    Example:
        - id: katzung-2021
          type: book
          cited-as: Katzung BG, Vanderah TW. Basic & Clinical Pharmacology. 15th ed. McGraw Hill; 2021.

    What to do:
        The same entry, checked by a person; with its DOI or URL if it has one:

        - id: katzung-2021
          type: book
          URL: https://accessmedicine.mhmedical.com/book.aspx?bookid=2988
          accessed: 2025-08-14
          cited-as: Katzung BG, Vanderah TW. Basic & Clinical Pharmacology. 15th ed. McGraw Hill; 2021.

    References:
        ICMJE Recommendations, IV.A.3.g: references should be verified against their sources; ISO 2108, ISBN.
    """
    reference = case.reference
    if case.answers and all(has_no_source(answer.outcome) for answer in case.answers):
        kinds = " and ".join(sorted(kind.upper() for kind in case.kinds))
        message = f"cannot be looked up: no source supports {kinds}"
        yield Violation(message, "nothing to look up", suggestion="check the source manually")
    if not _lacks_identifier(reference) or not _is_of_no_registry(reference) or _is_explained(case):
        return
    message = "nothing to look up: the work is in no registry and has no address"
    written = f"ISBN {reference.csl.get('ISBN', '')} {reference.cited_as or ''}"
    if isbns := isbns_in(written):
        message = f"{message}; of ISBN {isbns[0]}, only the check digit was verified"
    yield Violation(message, "nothing to look up", ("id",), suggestion="add its DOI or URL if it has one")


@_rule("REF009", "unidentified-article", Severity.ERROR)
def unidentified_article(case: Case) -> Iterator[Violation]:
    """The entry of an article has only an address.

    What it does:
        Reports entries of the types article-journal, article and review, and entries printed like an
        article (a journal with volume or pages, or persons, a year
        and the name of a journal), that have no PMID, PMCID or DOI but only an address or
        a trial number. Addresses of the registries count as the identifiers they contain. `check` does
        not send the words of citations anywhere; `evidence fix --match` searches for the record. An
        article cited with the Set ID of a label is reported as well.

    Why it matters:
        A page that responds does not identify the article, so neither a retraction nor an invented
        citation can be detected.

    Message:
        article not identified: the entry has only an address

    Example:
        - id: smith-2007
          URL: https://www.example.org/articles/1045
          cited-as: Smith JP, Stock H. Low-dose naltrexone therapy. Am J Gastroenterol. 2007;102(4):820-828.

    What to do:
        - id: smith-2007
          PMID: "17222320"
          URL: https://www.example.org/articles/1045
          cited-as: Smith JP, Stock H. Low-dose naltrexone therapy. Am J Gastroenterol. 2007;102(4):820-828.

        If it is in no registry, record that: `ignore: {REF009: the journal is not indexed}`.

    References:
        ICMJE Recommendations, IV.A.3.g: references should be verified against their sources.
    """
    reference = case.reference
    if not case.kinds or case.kinds & ARTICLES or _names_malformed(reference):
        return
    from evidence.matching.kinds import (  # noqa: PLC0415 - as in `_is_of_no_registry`
        WorkKind,
        is_article_not_label,
        kind_of_work,
    )

    if case.kinds & LABELS:
        if is_article_not_label(reference.cited_as or ""):
            yield Violation(
                "article not identified: a Set ID identifies a label, not an article",
                "only a label",
                (FIELD_OF[IdKind.SETID], "URL", "id"),
                suggestion="add its PMID or DOI; cite the label in a separate entry",
            )
        return
    if (
        not reference.candidates
        and kind_of_work(reference.type, reference.csl, reference.cited_as) is not WorkKind.ARTICLE
    ):
        return
    message = "article not identified: the entry has only an address"
    if case.page is not None:
        message = "page found, but article not identified: an address does not identify an article"
    if reference.candidates:
        yield _to_be_chosen(message, "only an address", reference)
    else:
        suggestion = f"`{MATCHES} {case.library.path}` searches for its PMID or DOI"
        yield Violation(message, "only an address", ("URL", "id"), suggestion=suggestion)


def _names_malformed(reference: Reference) -> bool:
    """Whether an identifier of an article is given, but cannot be read: that is IDN001."""
    return bool(reference.places.keys() & {"PMID", "PMCID", "DOI"})


def unused_ignores(reference: Reference, silenced: Collection[str], unheeded: Collection[str]) -> Iterator[Finding]:
    """REF006, judged last: the reference's ignored codes that silence nothing.

    `silenced` codes did (or could not be judged); `unheeded` ones were found, but cannot be ignored.
    """
    for code in reference.ignore:
        if code not in silenced:
            message = f"{code} cannot be ignored" if code in unheeded else f"{code} is ignored here but has no finding"
            violation = Violation(message, f"unused {code}", suggestion=f"remove {code} from ignore")
            yield unused_ignore.finding(violation, reference.id, reference.place_of(f"ignore.{code}", "ignore"))


def library_findings(case: LibraryCase) -> Iterator[Finding]:
    """The faults of the file's own settings, which belong to no entry."""
    for fault in case.library.faults:
        judged = unknown_field if fault.kind is FaultKind.UNKNOWN_FIELD else invalid_value
        yield judged.finding(_violation(fault), None, fault.place)


RULES = (
    duplicate_id,
    unknown_field,
    missing_identifier,
    duplicate_reference,
    invalid_value,
    unused_ignore,
    settled_candidates,
    nothing_to_look_up,
    unidentified_article,
)
