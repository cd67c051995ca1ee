"""IDN: identifiers, as written and as their registries answer; and when a registry's "no" may be believed.

An identifier that an earlier run found and that is not found now is more often a registry's bad day
than a deletion. It stays unchecked until a second run, at least 24 hours after the first that
missed it, agrees.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import combinations
from urllib.parse import unquote

from evidence.matching.compare import is_notice_title
from evidence.matching.journals import is_name, journal_names
from evidence.matching.text import CleanText, clean, fold
from evidence.matching.titles import SAME_WORK, is_english, is_foreign, judge_title, titles_of
from evidence.model.errors import Place
from evidence.model.identifiers import FIELD_OF, Identifier, IdKind, misprinted_isbn_in
from evidence.model.outcomes import LOADED, Answer, Found, NotFound, Observation, Origin, State, since_found
from evidence.model.policy import Severity
from evidence.model.records import Article, Label, Trial
from evidence.model.references import FaultKind
from evidence.model.regex import regex
from evidence.model.rule import (
    ANYTHING,
    UNREGISTERED,
    Absence,
    FixKind,
    Lookup,
    NewsKind,
    OnAdding,
    Violation,
)
from evidence.rules.case import CITED_AS, Case
from evidence.rules.reference import reading_faults
from evidence.rules.retractions import are_different_works, are_of_one_place, differing_places, has_other_authors
from evidence.rules.rule import entry_rule
from evidence.rules.waiver_evidence import named_works

CONFIRMED_AFTER = timedelta(hours=24)
"""From the first run that missed what an earlier one had found: from then on a further one confirms it."""

_UNREGISTERED = {
    IdKind.PMID: "PubMed",
    IdKind.PMCID: "PubMed Central",
    IdKind.DOI: "the DOI system",
    IdKind.NCT: "ClinicalTrials.gov",
}
_SAME_TITLE = 0.75
_TITLE_LENGTH = 80  # letters of a title in a message

_rule = partial(entry_rule, needs=Lookup.NONE, about=ANYTHING)


@_rule("IDN001", "malformed-identifier", Severity.ERROR)
def malformed_identifier(case: Case) -> Iterator[Violation]:
    """The identifier is not valid.

    What it does:
        Reports a PMID, PMCID, DOI, Set ID or address with an invalid form, or in the wrong field.
        Addresses with credentials, invisible characters or a scheme other than http and https are
        rejected as well, and so is an ISBN with a wrong check digit.

    Why it matters:
        It cannot be looked up, neither automatically nor by a reader.

    Message:
        ISBN 978-0-306-40615-1 has a wrong check digit

    Example:
        - id: smith-2007
          PMID: PMC1234567

    What to do:
        - id: smith-2007
          PMCID: PMC1234567

    References:
        NLM, PubMed and PMC identifiers; DOI Handbook, 2.2; RFC 9562 (Set IDs are UUIDs); RFC 3986; ISO 2108.
    """
    yield from reading_faults(case.reference, FaultKind.MALFORMED_IDENTIFIER)
    printed = case.reference.cited_as or ""
    if "ISBN" in printed and "ISBN" not in case.reference.places and (wrong := misprinted_isbn_in(printed)):
        yield Violation(
            f"ISBN {wrong} has a wrong check digit",
            f"malformed ISBN {wrong}",
            (CITED_AS,),
            suggestion="correct the ISBN",
        )


@_rule("IDN002", "noncanonical-identifier", Severity.INFO, fix=FixKind.CANONICAL)
def noncanonical_identifier(case: Case) -> Iterator[Violation]:
    """The identifier is not written in its standard form.

    What it does:
        Reports prefixes (PMID:, doi:), resolver addresses, leading zeros, upper-case Set IDs and
        obsolete addresses of the registries. Upper and lower case in a DOI do not matter.

    Why it matters:
        Other tools read the field literally, and the same source looks like two.

    Message:
        DOI should be written as 10.1111/j.1572-0241.2007.01045.x

    Example:
        - id: smith-2007
          DOI: https://doi.org/10.1111/j.1572-0241.2007.01045.x

    What to do:
        - id: smith-2007
          DOI: 10.1111/j.1572-0241.2007.01045.x

    References:
        CSL 1.0.2, DOI, PMID, PMCID, URL.
    """
    yield from reading_faults(case.reference, FaultKind.NONCANONICAL_IDENTIFIER)


@_rule(
    UNREGISTERED,
    "unregistered-identifier",
    Severity.ERROR,
    needs=Lookup.REGISTRY,
    absence=Absence.VANISHED,
    news=NewsKind.DIED,
)
def unregistered_identifier(case: Case) -> Iterator[Violation]:
    """The identifier does not exist in its registry.

    What it does:
        Reports a PMID, PMCID, DOI or NCT number that its own registry does not have, confirmed by a
        second look-up. If an earlier run found the identifier, it is reported only when a second run, at
        least 24 hours later, confirms it; until then it is not checked. An unknown Set ID is SPL001, a
        dead page LNK001.

    Why it matters:
        Readers cannot find the source: the number is mistyped, invented or withdrawn.

    Message:
        PMID 99999999 does not exist in PubMed: not in PubMed after a second look

    Example:
        - id: smith-2007
          PMID: "99999999"

    What to do:
        Use the identifier given in the source's own record.

    References:
        NLM, E-utilities; the DOI Handle system, https://doi.org/api/handles/; ClinicalTrials.gov, API v2.
    """
    for answer in _own_answers(case):
        identifier = answer.identifier
        known_to = _UNREGISTERED.get(identifier.kind)
        if known_to is None or not isinstance(answer.outcome, NotFound) or registry_caveat(case, answer):
            continue
        yield Violation(
            f"{_named(identifier)} does not exist in {known_to}: {answer.outcome.reason}",
            f"unregistered {identifier}",
            place=_place(case, identifier),
            suggestion=f"look up the source and correct its {FIELD_OF[identifier.kind]}",
        )


@_rule("IDN004", "conflicting-identifiers", Severity.ERROR, needs=Lookup.ARTICLE, waiver_evidence=named_works)
def conflicting_identifiers(case: Case) -> Iterator[Violation]:
    """Two identifiers of one entry belong to different works.

    What it does:
        Compares the records of two identifiers that were both found: a PMID with a PMCID or DOI by
        the identifiers in the records, two of the same kind (for example from a field and an address) by
        their records. If PubMed's record gives a DOI, a different registered DOI belongs to a different
        work, unless it is another spelling, a version, a part or a preprint, or its record has the same
        title or a translation of it. If no record gives a DOI, the records of two sources are different
        works only if the titles differ and authors, volume, page or year differ as well.

    Why it matters:
        One of the identifiers is wrong, and a reader who follows it finds a different work.

    Message:
        PMID 17222320 is "Low-dose naltrexone therapy improves active Crohn's disease", but PMID
        19041189 is "Low-dose naltrexone for disease prevention and quality of life"

    Example:
        - id: smith-2007
          PMID: "17222320"
          URL: https://pubmed.ncbi.nlm.nih.gov/19041189/

    What to do:
        - id: smith-2007
          PMID: "17222320"

    References:
        NLM, ID Converter: one article has one PMID, one PMCID, one DOI.
    """
    works = []
    for answer in _own_answers(case):
        match answer.outcome:
            case Found(record=Article() | Label() as record):
                others = record.also_known_as if isinstance(record, Article) else ()
                identifiers = frozenset({answer.identifier, record.identifier, *others})
                works.append(_Work(answer.identifier, answer.source, record, identifiers))
    for first, second in combinations(works, 2):
        if _are_different(first, second):
            named = _named_instead(first, second.cited)
            under = f" under {_named(named)}" if named is not None else ""
            another = _quoted(second.record.title) if second.record.title else "a different work"
            yield Violation(
                f"{_named(first.cited)} is {_quoted(first.record.title)}{under}, "
                f"but {_named(second.cited)} is {another}",
                f"conflict {first.cited} {second.cited}",
                place=_place(case, second.cited),
                suggestion="keep the identifier of the cited work and remove the other",
            )


@dataclass(frozen=True, slots=True)
class _Work:
    """What a cited identifier turned out to name, by whose record, and every identifier that the record gives."""

    cited: Identifier
    source: str
    record: Article | Label
    identifiers: frozenset[Identifier]


def _are_different(first: _Work, second: _Work) -> bool:
    record, other = first.record, second.record
    if first.identifiers & second.identifiers or type(record) is not type(other):
        return False
    share_kinds = bool({i.kind for i in first.identifiers} & {i.kind for i in second.identifiers})
    if not isinstance(record, Article) or not isinstance(other, Article):
        return share_kinds
    if first.source != second.source:
        return (share_kinds or are_different_works(record, other)) and not _can_be_one_work(record, other)
    titles = {"".join(letter for letter in fold(work.title) if letter.isalnum()) for work in (record, other)}
    return share_kinds and len(titles) > 1  # labels of one drug share a title, articles do not


def _named_instead(work: _Work, cited: Identifier) -> Identifier | None:
    """What the work's record names itself where another identifier of the same kind is cited."""
    return next((i for i in sorted(work.identifiers - {work.cited}) if i.kind is cited.kind), None)


# Why two sources may name one work by different numbers.

_DOI_PARTS = regex(
    r"(?:(?<=\d)v\d{1,2}|[./]v\d{1,2}|\.pub\d{1,2}|\.[gst]\d{3}|/(?:fig|table|supp)-\d{1,3}"
    r"|[./](?:full|abstract|e?pdf|html?|suppl?)){1,9}$"
)
_DOI_VERSIONS = regex(r"(?<=^10\.12688/)(\w+\.\d+)\.\d{1,2}$|(?<=^10\.7554/)(elife\.\d+)\.\d{1,3}$")
_SICI_TAIL = regex(r">\d\.\d\.[a-z]{2}\W.*$")
_PREPRINT_DOI = regex(
    r"10\.(?:1101/(?:\d{6}$|\d{4}\.)|21203/rs\.|20944/preprints|31234/|31219/|31235/|26434/chemrxiv|48550/arxiv"
    r"|2139/ssrn|7287/peerj\.preprints|22541/au\.|36227/techrxiv|2196/preprints|1590/scielopreprints|33774/|32388/"
    r"|5194/[a-z]+-\d{4}-|14293/s2199-|35542/osf)"
)
_VERSION_LINKS = frozenset(
    {"UpdateIn", "UpdateOf", "HasVersion", "VersionOf", "SameAs", "HasTranslation", "TranslationOf"}
    | {"RepublishedIn", "RepublishedFrom", "CorrectedandRepublishedIn", "CorrectedandRepublishedFrom"}
)


def _can_be_one_work(record: Article, other: Article) -> bool:
    """Whether two records that name different numbers of one kind may be of one work all the same."""
    dois, others = _dois(record), _dois(other)
    if {*map(_doi_stem, dois)} & {*map(_doi_stem, others)} or _is_linked(record, others) or _is_linked(other, dois):
        return True
    if _is_preprint(record, dois) is not _is_preprint(other, others):
        return not are_different_works(record, other)
    titles, forms = titles_of(record), titles_of(other).forms
    if not titles.forms or not forms:
        return False
    closeness = max(judge_title(form, titles).closeness for form in forms)
    is_translated = any(language != "eng" for language in record.languages) or any(map(is_foreign, forms))
    if not is_translated and is_notice_title(record.title) is not is_notice_title(other.title):
        return False
    other_authors = has_other_authors(record, other)
    in_one_journal, elsewhere = _are_of_one_journal(record, other), differing_places(record, other) > 0
    if closeness >= _SAME_TITLE:
        return not (in_one_journal and elsewhere) and not (other_authors and (elsewhere or not in_one_journal))
    if closeness >= SAME_WORK:
        return not other_authors and not elsewhere
    is_perhaps_translated = is_translated or (are_of_one_place(record, other) and not any(map(is_english, forms)))
    return is_perhaps_translated and not other_authors and not (in_one_journal and elsewhere)


def _dois(article: Article) -> frozenset[str]:
    known = (article.identifier, *article.also_known_as)
    return frozenset(identifier.value.lower() for identifier in known if identifier.kind is IdKind.DOI)


def _doi_stem(doi: str) -> str:
    """A DOI's letters and digits without its version, its part of the work, or the tail of a SICI."""
    plain = html.unescape(unquote(doi)).lower().rstrip(".,;/#")
    whole = _DOI_VERSIONS.sub(r"\1\2", _DOI_PARTS.sub("", _SICI_TAIL.sub("", plain)))
    return "".join(letter for letter in whole if letter.isalnum())


def _is_linked(article: Article, dois: frozenset[str]) -> bool:
    """Whether the record links one of these DOIs as a version of itself."""
    return any(link.ref_type in _VERSION_LINKS and (link.doi or "").lower() in dois for link in article.notices)


def _is_preprint(article: Article, dois: frozenset[str]) -> bool:
    types = any(kind.label == "Preprint" for kind in article.publication_types)
    return types or article.csl_type == "article" or any(map(_PREPRINT_DOI.match, dois))


def _are_of_one_journal(first: Article, second: Article) -> bool:
    """Whether two records are of one journal, as far as that can be known: where either names none, they may be."""
    if first.journal.issns and second.journal.issns:
        return bool({*first.journal.issns} & {*second.journal.issns})
    names, others = (journal_names(work.journal) for work in (first, second))
    if not names.forms or not others.forms:
        return True
    text = CleanText(clean(others.display))
    return is_name(text, 0, len(text), names) or any(
        form.key == another.key for form in names.forms for another in others.forms
    )


def _quoted(title: str) -> str:
    return f'"{title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1] + "…"}"'


@_rule(
    "IDN005",
    "replaced-identifier",
    Severity.WARNING,
    needs=Lookup.REGISTRY,
    news=NewsKind.MOVED,
    on_adding=OnAdding.REPORTED,
    fix=FixKind.REPLACED,
)
def replaced_identifier(case: Case) -> Iterator[Violation]:
    """The identifier was replaced by another one.

    What it does:
        Reports an identifier whose record has a different identifier of the same kind: NLM merges
        duplicate records and forwards the old PMID; a trial that was registered twice keeps one NCT
        number, and the other becomes an alias.

    Why it matters:
        The old identifier may stop working, and tools that compare identifiers see two works.

    Message:
        PMID 17222321 was replaced by PMID 17222320

    Example:
        - id: smith-2007
          PMID: "17222321"   # merged into 17222320

    What to do:
        - id: smith-2007
          PMID: "17222320"

    References:
        NLM, E-utilities, efetch for PubMed; ClinicalTrials.gov, obsolete identifiers (NCTIdAlias).
    """
    for answer in _own_answers(case):
        match answer.outcome:
            case Found(record=Article(identifier=now) | Label(identifier=now) | Trial(identifier=now)):
                before = answer.identifier
                if now.kind is before.kind and now != before:
                    yield Violation(
                        f"{_named(before)} was replaced by {_named(now)}",
                        f"replaced {before} {now}",
                        place=_place(case, before),
                        suggestion=now.value,
                    )
            case _:
                pass


def _own_answers(case: Case) -> Iterator[Answer]:
    """The answers for what the entry itself gives; what its record names is never judged."""
    own = set(case.reference.identifiers)
    return (answer for answer in case.answers if answer.identifier in own)


def _place(case: Case, identifier: Identifier) -> Place:
    """Where the entry gives this identifier."""
    return next(use.place for use in case.reference.uses if use.identifier == identifier)


def _named(identifier: Identifier) -> str:
    name = FIELD_OF.get(identifier.kind, identifier.kind.upper())
    return f"{'Set ID' if identifier.kind is IdKind.SETID else name} {identifier.value}"


RULES = (
    malformed_identifier,
    noncanonical_identifier,
    unregistered_identifier,
    conflicting_identifiers,
    replaced_identifier,
)


def caveat(case: Case, answer: Answer) -> str | None:
    """What of this answer is not to be relied on yet, reported beside the findings; None when nothing is."""
    match answer.outcome:
        case NotFound():
            return registry_caveat(case, answer)
        case Found(record=Article()) if answer.source == "pmc":
            found = (other for other in (*case.answers, *case.learned) if isinstance(other.outcome, Found))
            if not any(other.source in ("pubmed", "crossref") for other in found):
                return "PubMed Central does not give a PMID for it and does not report retractions"
    return None


def registry_caveat(case: Case, answer: Answer) -> str | None:
    """As `not_found_caveat`, for any answer: None unless a registry answers "not found"."""
    if answer.identifier.kind is IdKind.URL or not isinstance(answer.outcome, NotFound):
        return None
    return not_found_caveat(case, answer)


def not_found_caveat(case: Case, answer: Answer) -> str | None:
    """Why this answer's "not found" is not to be believed yet; None when it is.

    What a file says that its authority gave out is no bad day of a service, and needs no confirmation.
    """
    if answer.address == LOADED:
        return None
    history = case.history.get(answer.identifier, ())
    return unconfirmed(history, judged_at(answer.at, case.day_of(answer)))


def unconfirmed(history: Iterable[Observation], now: datetime) -> str | None:
    """Why "not found" now is not confirmed by these earlier observations, oldest first; None when it is."""
    found, after = since_found([observation for observation in history if observation.origin is Origin.NETWORK])
    if found is None:
        return None  # never found: nothing is missing
    missed = (judged_at(each.at, each.as_of) for each in after if each.state is State.NOT_FOUND)
    first_missed = min(missed, default=now)
    confirmed_from = first_missed + CONFIRMED_AFTER
    if now >= confirmed_from:
        return None
    return (
        f"found on {found.as_of}, not found since {first_missed:%Y-%m-%d}; "
        f"a run after {confirmed_from:%Y-%m-%d %H:%M} UTC can confirm this"
    )


def judged_at(at: datetime, as_of: date) -> datetime:
    """The moment that a run judged for: its real time of day, on its as-of date."""
    return at + timedelta(days=(as_of - at.date()).days)
