"""What an authority says about an identifier: an article, label, trial or page; and whether an article is retracted.

Field names follow PubMed's DTD (pubmed_250101.dtd) and the SPL standard where they have one.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, replace
from datetime import date
from functools import partial
from itertools import takewhile
from typing import Any, ClassVar

from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.regex import regex
from evidence.model.title_marks import STATES, TitleMark, read_title
from evidence.model.urls import mask_secrets

RETRACTED = "D016441"
RETRACTION_NOTICE = "D016440"
PUBLISHED_ERRATUM = "D016425"
CONCERN_NOTICE = "D000075742"
DUPLICATE = "D016438"
"""Publication types, by their MeSH unique ids."""

_LABELS = {
    RETRACTED: {"retracted publication"},
    RETRACTION_NOTICE: {"retraction notice", "retraction of publication"},
    PUBLISHED_ERRATUM: {"published erratum"},
    CONCERN_NOTICE: {"expression of concern"},
    DUPLICATE: {"duplicate publication"},
}
_LETTERS = regex(r"[^\W\d_]+")
COCHRANE = "10.1002/14651858."
"""How the DOIs of Cochrane reviews begin."""

_PERMANENT = frozenset({301, 308})


class Record:
    """What an authority says about an identifier.

    Every kind of record (`RECORDS`) is a frozen dataclass with these fields among others. Lock files write one by its
    fields, under the name of its class.
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    identifier: Identifier
    title: str


@dataclass(frozen=True, slots=True)
class Author:
    """One author: a person (`family`, `given` as ForeName, `initials`, `suffix`) or a `collective`."""

    family: str = ""
    given: str = ""
    initials: str = ""
    suffix: str = ""
    collective: str = ""


def initials(given: str) -> str:
    """The initials of given names as MEDLINE writes them: `Jean-Paul` JP, `A. J.` AJ, `AJ Marie` AJM, `Yu-Hsiu` YH."""
    words = _LETTERS.findall(given)
    # Up to three capitals are initials already, written without spaces; but in `MEI LI` all names are in capitals.
    are_initials = len(words) == 1 or not all(map(str.isupper, words))
    return "".join(word if are_initials and word.isupper() and len(word) <= 3 else word[0].upper() for word in words)


@dataclass(frozen=True, slots=True)
class Journal:
    """The three printed forms of a journal's name, and its ISSNs."""

    title: str = ""
    iso: str = ""
    medline_ta: str = ""
    issns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicationType:
    """A publication type with its MeSH unique id, which is what to key on (`D016441`); it may be empty."""

    ui: str
    label: str


@dataclass(frozen=True, slots=True)
class NoticeLink:
    """One CommentsCorrections element: `RetractionIn`, `ErratumFor`, `CommentOn` … `pmid` may be absent.

    Crossref's updates and relations are given the same names. `told_by` then holds who says so
    (`publisher`, `retraction-watch`), `date` the day of the notice.
    """

    ref_type: str
    ref_source: str
    pmid: str | None = None
    note: str = ""
    doi: str | None = None
    told_by: tuple[str, ...] = ()
    date: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Article(Record):
    """A bibliographic record, from PubMed, PMC, Crossref or another DOI agency.

    `title` is plain text (markup removed, entities decoded), `title_html` keeps only i, b, sub, sup,
    u. `years` are all years under which the work may rightly be cited (print, electronic,
    MedlineDate ranges). `pages` is MedlinePgn as given; `elocations` are article numbers.
    `authors_complete` is False when the record itself says that its list is cut.
    `also_known_as` holds identifiers the record gives for the same work (PMID, PMCID, DOI).
    `is_book` marks books and their chapters. A chapter of NLM's Bookshelf that is revised in place gives the day as
    `revised`, else as `published_online`: PubMed's ContributionDate is then that of the last revision.
    `identifier` is another one than was asked for when the source has replaced that.
    `csl_type` is set where the source itself says what kind of work it is; a DOI that is registered,
    but whose agency's record could not be had, has an empty title.
    """

    identifier: Identifier
    title: str
    title_html: str = ""
    vernacular_title: str = ""
    authors: tuple[Author, ...] = ()
    editors: tuple[Author, ...] = ()
    authors_complete: bool = True
    journal: Journal = Journal()
    issued: PartialDate | None = None
    published_online: PartialDate | None = None
    date_text: str = ""
    years: tuple[int, ...] = ()
    has_article_date: bool = False
    volume: str = ""
    issue: str = ""
    pages: str = ""
    elocations: tuple[str, ...] = ()
    also_known_as: tuple[Identifier, ...] = ()
    publication_types: tuple[PublicationType, ...] = ()
    notices: tuple[NoticeLink, ...] = ()
    languages: tuple[str, ...] = ()
    status: str = ""
    is_book: bool = False
    book_title: str = ""
    publisher: str = ""
    publisher_place: str = ""
    trials: tuple[str, ...] = ()
    csl_type: str = ""
    revised: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class SplVersion:
    """One published version of a label: its number and DailyMed's publication day."""

    version: int
    published: date


@dataclass(frozen=True, slots=True)
class Label(Record):
    """A drug label at DailyMed. `versions` newest first; numbers may skip."""

    identifier: Identifier
    title: str
    versions: tuple[SplVersion, ...]
    labeler: str = ""

    @property
    def current(self) -> SplVersion:
        """The newest published version."""
        return self.versions[0]


@dataclass(frozen=True, slots=True)
class LabelSection:
    """One section of a label's contents: its LOINC code, or its title where it has none, and what its text is.

    `sha256` is that of its tokens (`evidence.matching.tokens`), the sections nested in it included; `words` counts its
    tokens that are words or numbers. `within` is the code of the outermost section around it, empty for an outermost
    one: those together are the whole text.
    """

    code: str
    title: str
    sha256: str
    words: int
    within: str = ""


@dataclass(frozen=True, slots=True)
class Strength:
    """How much of an active ingredient is in one unit of a product, as the label gives it: `50`, `mg`, per `1`."""

    ingredient: str
    amount: str
    unit: str
    per: str = "1"
    per_unit: str = ""


@dataclass(frozen=True, slots=True)
class LabelProduct:
    """A product that a label is of: its name, its dosage form (`TABLET, FILM COATED`), and its active ingredients."""

    name: str
    form: str
    strengths: tuple[Strength, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelContents(Record):
    """What one version of a label says, by section; its text is only in the answer's raw bytes.

    `effective` is the label's own date (`effectiveTime`), which may be years older than its publication. `identifier`
    is of the kind `contents`.
    """

    identifier: Identifier
    title: str
    setid: str
    version: int
    effective: date | None = None
    sections: tuple[LabelSection, ...] = ()
    products: tuple[LabelProduct, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial(Record):
    """A study registered at ClinicalTrials.gov. `identifier` is the number under which the registry holds it now.

    `title` is the brief title, `status` the registry's own word (`RECRUITING`, `TERMINATED` …), `why_stopped` the
    sponsor's reason. `results_posted` is the day on which results were first posted, `updated` that of the last update.
    """

    identifier: Identifier
    title: str
    status: str
    why_stopped: str = ""
    has_results: bool = False
    results_posted: PartialDate | None = None
    updated: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect: the status that sent us on, from where, to where."""

    status: int
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Page(Record):
    """A cited page that answered. `complete` is False when the body was cut, dripped or broke off.

    `suspicion` says why the answer may be an error page in spite of its status; empty without one.
    `anchor_missing` is True when the address has a fragment that no place on the page has.
    `fingerprint` is that of the main text (`evidence.matching.simhash`); empty when there is none to judge.
    """

    identifier: Identifier
    status: int
    final_url: str
    hops: tuple[Hop, ...] = ()
    title: str = ""
    content_type: str = ""
    complete: bool = True
    suspicion: str = ""
    anchor_missing: bool = False
    fingerprint: str = ""

    @property
    def moves(self) -> tuple[Hop, ...]:
        """The leading permanent redirects (RFC 9110, 15.4: 301 and 308): how far the page has moved for good."""
        return tuple(takewhile(lambda hop: hop.status in _PERMANENT, self.hops))


def without_secrets(page: Page) -> Page:
    """The page as it is kept and shown: with secrets in addresses masked, but for those that the cited address holds.

    What servers put into redirects for one reader (a token, a signature) is nobody else's to have.
    """
    mask = partial(mask_secrets, cited=page.identifier.value)
    return replace(
        page,
        final_url=mask(page.final_url),
        hops=tuple(Hop(hop.status, mask(hop.source), mask(hop.target)) for hop in page.hops),
        title=mask(page.title),
        suspicion=mask(page.suspicion),
    )


@dataclass(frozen=True, slots=True)
class RecordPassage:
    """A part of a record or label in which quotes are looked for.

    `part` is `title`, `abstract`, or the LOINC code of a label's section, whose printed title is `name`; `text` has
    superscripts and subscripts as `evidence.matching.tokens` reads them. `within` are the codes of the sections that
    hold this one.
    """

    part: str
    text: str
    name: str = ""
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordText:
    """What a stored answer says beside the fields of its record: its words, and how NLM has indexed it.

    It is read from the answer's bytes when a claim asks for it, and is in no lock. `nlm_id` is the journal's number in
    NLM's catalog, `headings` the MeSH unique ids of the record's headings, None where they cannot be read.
    """

    passages: tuple[RecordPassage, ...] = ()
    nlm_id: str = ""
    headings: frozenset[str] | None = frozenset()


RECORDS: tuple[type[Record], ...] = (Article, Label, LabelContents, Trial, Page)
"""The kinds of record."""


def links(article: Article, *ref_types: str) -> tuple[NoticeLink, ...]:
    """The record's links of these types, in its order."""
    if not article.notices:  # most records have none, and are asked about all kinds
        return ()
    return tuple(link for link in article.notices if link.ref_type in ref_types)


def has_type(article: Article, ui: str) -> bool:
    """Whether the record has this publication type (one of this module's)."""
    return any(t.ui == ui or (not t.ui and t.label.casefold() in _LABELS[ui]) for t in article.publication_types)


def retractions(article: Article) -> tuple[NoticeLink, ...]:
    """The linked retractions that are in force: one that a later reinstatement has ended is not.

    A reinstatement follows what it ends, so a notice without a day counts as the earlier of the two.
    """
    reinstated = [link.date for link in links(article, "ReinstatementIn")]
    linked = links(article, "RetractionIn", "RetractedandRepublishedIn")
    return tuple(link for link in linked if not any(_is_ended(link.date, day) for day in reinstated))


def _is_ended(retracted: PartialDate | None, reinstated: PartialDate | None) -> bool:
    return retracted is None or reinstated is None or retracted.earliest <= reinstated.latest


def title_mark(article: Article) -> TitleMark | None:
    """What the title says of the work, in whichever language it is given; None where it says nothing.

    A notice may bear the title, mark and all, of what it is about; the state that this names is not the notice's own.
    """
    marks = [mark for title in (article.title, article.vernacular_title) if (mark := read_title(title).mark)]
    if not marks:
        return None
    mark = min(marks, key=list(TitleMark).index)
    if mark not in STATES:
        return mark
    about_concern = has_type(article, CONCERN_NOTICE) or links(article, "ExpressionOfConcernFor")
    is_notice = is_retraction_notice(article) or (mark is TitleMark.CONCERN and about_concern)
    return None if is_notice else mark


def is_retraction_notice(article: Article) -> bool:
    """Whether the record says by its type or its links that it is a notice which retracts another work."""
    return has_type(article, RETRACTION_NOTICE) or bool(links(article, "RetractionOf"))


def is_retracted(article: Article) -> bool:
    """Whether the record says in any way that the article is retracted.

    A retraction linked to it always counts. The type, or a mark in the title, does not on a retraction notice, which
    may bear the title or the type of what it retracts.
    """
    if retractions(article):
        return True
    if is_retraction_notice(article):
        return False
    return has_type(article, RETRACTED) or title_mark(article) is TitleMark.RETRACTED


def is_withdrawn(article: Article) -> bool:
    """Whether the record says that the article was withdrawn or removed, and not that it is retracted.

    A Cochrane review that was withdrawn because a newer version has taken its place is superseded instead.
    """
    if is_retracted(article) or (is_cochrane(article) and links(article, "UpdateIn")):
        return False
    return bool(links(article, "WithdrawalIn")) or title_mark(article) is TitleMark.WITHDRAWN


def is_cochrane(article: Article) -> bool:
    """Whether it is a Cochrane review, by its DOI or its journal."""
    named = (article.identifier, *article.also_known_as)
    by_doi = any(name.kind is IdKind.DOI and name.value.startswith(COCHRANE) for name in named)
    return by_doi or article.journal.medline_ta == "Cochrane Database Syst Rev"


def void_word(article: Article) -> str:
    """What is written before an article that supports nothing: RETRACTED or WITHDRAWN; empty for any other."""
    return "RETRACTED" if is_retracted(article) else "WITHDRAWN" if is_withdrawn(article) else ""
