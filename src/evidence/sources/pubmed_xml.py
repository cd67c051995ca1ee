"""PubMed's XML: cut a reply into records, read a record from its own bytes.

A record may rightly be cited under its print year, its electronic year and every year of a MedlineDate (`1998 Dec-1999
Jan`); in 7 % of records with an ArticleDate the two years differ. The History dates `entrez` and `pubmed` say when NLM
got the record and are not publication years.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, auto
from xml.etree.ElementTree import Element, ParseError, XMLParser

from evidence.matching.tokens import lowered, raised
from evidence.model import identifiers
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import (
    Article,
    Author,
    Journal,
    NoticeLink,
    PublicationType,
    RecordPassage,
    RecordText,
)
from evidence.model.regex import regex

_OPENING = regex(rb"<(PubmedArticle|PubmedBookArticle)[\s>]")
_OWN_PMID = regex(rb"<(?:MedlineCitation|BookDocument)\b[^<>]*>\s*<PMID\b[^<>]*>\s*(\d+)\s*</PMID>")
_DELETED = regex(rb"<(DeleteCitation|DeleteDocument)\b.*?</\1>", re.DOTALL)
_PMID = regex(rb"<PMID\b[^<>]*>\s*(\d+)\s*</PMID>")
# Prefixes that a reply may declare on its root; inside <_> a document type is a syntax error.
_HEAD = (
    b'<_ xmlns:mml="http://www.w3.org/1998/Math/MathML" xmlns:xlink="http://www.w3.org/1999/xlink"'
    b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)


class SchemaDriftError(ValueError):
    """A record that lacks what every PubMed record has, or is not a PubMed record; its text begins `schema drift`."""


def split_articles(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Cut a reply into its records.

    Args:
        body: A PubmedArticleSet in UTF-8.

    Yields:
        The record's PMID ("" when it is not where it belongs) and its own element,
        PubmedArticle or PubmedBookArticle. A record that the body cuts off is not yielded.
    """
    position = 0
    while opening := _OPENING.search(body, position):
        closing = b"</" + opening[1] + b">"
        end = body.find(closing, opening.end())
        if end < 0:
            return
        position = end + len(closing)
        raw = body[opening.start() : position]
        own = _OWN_PMID.search(raw)
        yield (own[1].decode("ascii").lstrip("0") if own else "", raw)


def deleted_pmids(body: bytes) -> frozenset[str]:
    """The PMIDs that a reply's DeleteCitation (or DeleteDocument, for books) says are withdrawn."""
    return frozenset(
        pmid.decode("ascii").lstrip("0") for block in _DELETED.finditer(body) for pmid in _PMID.findall(block[0])
    )


def version_of(raw: bytes) -> int:
    """The record's `PMID/@Version` (1 where it says nothing): NLM may give several versions of one PMID."""
    match = re.search(rb'<PMID\b[^<>]*\bVersion="(\d{1,6})"', raw)
    return int(match[1]) if match else 1


def read_article(raw: bytes) -> Article:
    """One record from its own bytes, as `split_articles` yields them.

    Raises:
        SchemaDriftError: The bytes are not such an element, or lack a PMID or any title.
    """
    element = _parsed(raw)
    if element.tag == "PubmedBookArticle":
        return _book(element)
    if element.tag == "PubmedArticle":
        return _journal_article(element)
    raise SchemaDriftError(f"schema drift: <{element.tag}> where a PubMed record was expected")


def read_text(raw: bytes) -> RecordText:
    """The words of a record, from the same bytes: its titles and abstracts, each as one passage.

    The labels of a structured abstract are printed before their parts, as PubMed does.

    Raises:
        SchemaDriftError: The bytes are not such an element.
    """
    root = _parsed(raw)
    titles = (f"{way}Title" for way in ("MedlineCitation/Article/Article", "MedlineCitation/Article/Vernacular"))
    books = ("BookDocument/ArticleTitle", "BookDocument/Book/BookTitle", "BookDocument/VernacularTitle")
    abstracts = ("MedlineCitation/Article/Abstract", "MedlineCitation/OtherAbstract", "BookDocument/Abstract")
    named = [("title", _quotable_text(root.find(way))) for way in (*titles, *books)]
    named += [("abstract", _abstract_text(abstract)) for way in abstracts for abstract in root.iterfind(way)]
    headings = root.iterfind("MedlineCitation/MeshHeadingList/MeshHeading/DescriptorName")
    return RecordText(
        passages=tuple(RecordPassage(part, text) for part, text in named if text),
        nlm_id=plain_text(root.find("MedlineCitation/MedlineJournalInfo/NlmUniqueID")),
        headings=frozenset(filter(None, (heading.get("UI") for heading in headings))),
    )


def _abstract_text(abstract: Element) -> str:
    parts = []
    for part in abstract.iterfind("AbstractText"):
        label, text = part.get("Label", ""), _quotable_text(part)
        parts.append(f"{label}: {text}" if label and label.upper() != "UNLABELLED" else text)
    return " ".join(filter(None, parts))


def accession_of(raw: bytes) -> str | None:
    """The Bookshelf accession (`NBK430685`) of a book's or chapter's record; None where it gives none."""
    try:
        found = _parsed(raw).find("BookDocument/ArticleIdList/ArticleId[@IdType='bookaccession']")
    except SchemaDriftError:
        return None
    return plain_text(found).upper() or None


def _parsed(raw: bytes) -> Element:
    """The one element that these bytes are.

    Raises:
        SchemaDriftError: they are none.
    """
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - inside <_> a DOCTYPE is an error, so no entity can be declared
    try:
        parser.feed(_HEAD)
        parser.feed(raw)
        parser.feed(b"</_>")
        root = parser.close()
    except ParseError as error:
        raise SchemaDriftError(f"schema drift: a PubMed record is not well-formed XML ({error})") from error
    if len(root) != 1:
        raise SchemaDriftError("schema drift: not exactly one PubMed record")
    element: Element = root[0]
    return element


def _journal_article(root: Element) -> Article:
    citation = root.find("MedlineCitation")
    if citation is None:
        raise SchemaDriftError("schema drift: a PubmedArticle without MedlineCitation")
    pmid = _identifier(citation)
    article = _part(citation, "Article", pmid)
    title, vernacular = article.find("ArticleTitle"), article.find("VernacularTitle")
    if title is None and vernacular is None:
        raise SchemaDriftError(f"schema drift: {pmid} has neither ArticleTitle nor VernacularTitle")
    printed, online = article.find("Journal/JournalIssue/PubDate"), article.findall("ArticleDate")
    issns = [
        plain_text(issn)
        for path in ("Article/Journal/ISSN", "MedlineJournalInfo/ISSNLinking")
        for issn in citation.iterfind(path)
    ]
    lists, numbers = article.findall("AuthorList"), article.findall("ELocationID")
    return Article(
        identifier=pmid,
        title=plain_text(title),
        title_html=marked_text(title),
        vernacular_title=plain_text(vernacular),
        authors=authors(lists),
        editors=authors(lists, "editors"),
        authors_complete=authors_complete(lists),
        journal=Journal(
            title=plain_text(article.find("Journal/Title")),
            iso=plain_text(article.find("Journal/ISOAbbreviation")),
            medline_ta=plain_text(citation.find("MedlineJournalInfo/MedlineTA")),
            issns=tuple(dict.fromkeys(issn for issn in issns if issn)),
        ),
        issued=dated(printed),
        published_online=dated(online[0]) if online else None,
        date_text=date_text(printed),
        years=citable_years(printed, *online, history=root.iterfind("PubmedData/History/PubMedPubDate")),
        has_article_date=bool(online),
        volume=plain_text(article.find("Journal/JournalIssue/Volume")),
        issue=plain_text(article.find("Journal/JournalIssue/Issue")),
        pages=pages(article.find("Pagination")),
        elocations=elocations(numbers),
        # Not .//ArticleId: the ReferenceList holds the identifiers of the works that this one cites.
        also_known_as=own_identifiers(numbers, root.iterfind("PubmedData/ArticleIdList/ArticleId")),
        publication_types=publication_types(article.iterfind("PublicationTypeList/PublicationType")),
        notices=notices(citation.iterfind("CommentsCorrectionsList/CommentsCorrections")),
        languages=languages(article.iterfind("Language")),
        status=citation.get("Status") or "",
        trials=trials(article.iterfind("DataBankList/DataBank")),
    )


def _book(root: Element) -> Article:
    """A Bookshelf record (StatPearls, GeneReviews, LactMed …): a chapter, or a book without ArticleTitle."""
    document = root.find("BookDocument")
    if document is None:
        raise SchemaDriftError("schema drift: a PubmedBookArticle without BookDocument")
    pmid = _identifier(document)
    book = _part(document, "Book", pmid)
    chapter, book_title = document.find("ArticleTitle"), book.find("BookTitle")
    if chapter is None and book_title is None:
        raise SchemaDriftError(f"schema drift: {pmid} has neither ArticleTitle nor BookTitle")
    title = chapter if plain_text(chapter) else book_title
    own, of_book = document.findall("AuthorList"), book.findall("AuthorList")
    printed, contributed = book.find("PubDate"), document.find("ContributionDate")
    dates = (printed, contributed, document.find("DateRevised"), book.find("BeginningDate"), book.find("EndingDate"))
    numbers = book.findall("ELocationID")
    ids = [*document.iterfind("ArticleIdList/ArticleId"), *root.iterfind("PubmedBookData/ArticleIdList/ArticleId")]
    return Article(
        identifier=pmid,
        title=plain_text(title),
        title_html=marked_text(title),
        vernacular_title=plain_text(document.find("VernacularTitle")),
        authors=authors(own) or authors(of_book),
        editors=authors(own, "editors") or authors(of_book, "editors"),
        authors_complete=authors_complete(own or of_book),
        issued=dated(printed) or dated(contributed),
        published_online=dated(contributed),
        date_text=date_text(printed),
        years=citable_years(*dates, history=root.iterfind("PubmedBookData/History/PubMedPubDate")),
        volume=plain_text(book.find("Volume")),
        pages=pages(document.find("Pagination")),
        elocations=elocations(numbers),
        also_known_as=own_identifiers(numbers, ids),
        publication_types=publication_types(document.iterfind("PublicationType")),
        languages=languages(document.iterfind("Language")),
        is_book=True,
        book_title=plain_text(book_title),
        publisher=plain_text(book.find("Publisher/PublisherName")),
        publisher_place=plain_text(book.find("Publisher/PublisherLocation")),
        revised=dated(document.find("DateRevised")),
    )


def _identifier(parent: Element) -> Identifier:
    pmid = plain_text(parent.find("PMID")).lstrip("0")
    if not pmid.isascii() or not pmid.isdecimal():
        raise SchemaDriftError("schema drift: a PubMed record without its PMID")
    return Identifier(IdKind.PMID, pmid)


def _part(parent: Element, path: str, pmid: Identifier) -> Element:
    found = parent.find(path)
    if found is None:
        raise SchemaDriftError(f"schema drift: {pmid} has no {path}")
    return found


# Parts that articles and books have in common: people, identifiers, types, notices, trials.

# NLM's own files hold types with an empty UI; a rule keys on the UI, so the known ones are filled in.
_TYPE_UIS = {
    "retracted publication": "D016441",
    "retraction notice": "D016440",
    "retraction of publication": "D016440",
    "published erratum": "D016425",
    "expression of concern": "D000075742",
    "corrected and republished article": "D016439",
    "duplicate publication": "D016438",
    "preprint": "D000076942",
    "comment": "D016420",
    "journal article": "D016428",
    "review": "D016454",
    "systematic review": "D000078182",
    "meta-analysis": "D017418",
    "randomized controlled trial": "D016449",
    "controlled clinical trial": "D018848",
    "clinical trial": "D016430",
    "observational study": "D064888",
    "case reports": "D002363",
    "practice guideline": "D017065",
    "editorial": "D016421",
    "letter": "D016422",
}
_DOI_IN_SOURCE = regex(r"\bdoi(?:\.org/|:?\s*)(10\.\d{4,9}/\S+)", re.IGNORECASE)
_PMCID = regex(r"(?:PMC)?(\d+)(?:\.\d+)?", re.IGNORECASE)
_ADDRESS = regex(r"(?:\.|(?<![\s.]))\s*+Electronic address:.*", re.DOTALL)
_NCT = regex(r"NCT\d{8}")


def authors(lists: Iterable[Element], kind: str = "authors") -> tuple[Author, ...]:
    """The authors (or `editors`) of these AuthorList elements, in order.

    Names marked ValidYN="N" are spellings that an erratum has replaced: NLM keeps them for
    searching, they are not part of the citation.
    """
    entries = [entry for names in lists if names.get("Type", "authors") == kind for entry in names.iterfind("Author")]
    found: list[Author] = []
    for entry in (entry for entry in entries if entry.get("ValidYN") != "N"):
        author = Author(
            family=plain_text(entry.find("LastName")),
            given=plain_text(entry.find("ForeName")) or plain_text(entry.find("FirstName")),
            initials=plain_text(entry.find("Initials")),
            suffix=plain_text(entry.find("Suffix")),
            collective=_ADDRESS.sub("", plain_text(entry.find("CollectiveName"))),
        )
        # A body is listed once more with its address; two persons may well share a name.
        if not author.collective or author not in found:
            found.append(author)
    return tuple(found)


def authors_complete(lists: Iterable[Element]) -> bool:
    """False when a list says of itself that names are left out."""
    return all(names.get("CompleteYN") != "N" for names in lists)


def languages(entries: Iterable[Element]) -> tuple[str, ...]:
    """ISO 639-2 codes in lower case."""
    return tuple(plain_text(entry).lower() for entry in entries)


def own_identifiers(elocations: Iterable[Element], ids: Iterable[Element]) -> tuple[Identifier, ...]:
    """DOIs and PMCID that the record gives for itself: ELocationID first, then its own ArticleIdList."""
    numbers = [e for e in elocations if e.get("EIdType") == "doi" and e.get("ValidYN") != "N"]
    found: list[Identifier] = []
    for entry in (*numbers, *ids):
        text = plain_text(entry)
        if entry.get("IdType") == "pmc":
            match = _PMCID.fullmatch(text)
            found.extend([Identifier(IdKind.PMCID, f"PMC{match[1]}")] if match else [])
        elif "doi" in (entry.get("EIdType"), entry.get("IdType")):
            doi = identifiers.parse(IdKind.DOI, text)
            found.extend([doi] if isinstance(doi, Identifier) else [])
    return tuple(dict.fromkeys(found))


def elocations(entries: Iterable[Element]) -> tuple[str, ...]:
    """Article numbers: valid ELocationIDs that are not DOIs."""
    numbers = (plain_text(e) for e in entries if e.get("EIdType") != "doi" and e.get("ValidYN") != "N")
    return tuple(dict.fromkeys(number for number in numbers if number))


def pages(pagination: Element | None) -> str:
    """MedlinePgn as given; StartPage and EndPage only where it is missing."""
    if pagination is None:
        return ""
    printed = plain_text(pagination.find("MedlinePgn"))
    ends = (plain_text(pagination.find("StartPage")), plain_text(pagination.find("EndPage")))
    return printed or "-".join(end for end in ends if end)


def publication_types(entries: Iterable[Element]) -> tuple[PublicationType, ...]:
    """The record's types; an empty UI is filled in for the labels that rules rest on."""
    labelled = ((entry.get("UI") or "", plain_text(entry)) for entry in entries)
    return tuple(PublicationType(ui or _TYPE_UIS.get(label.lower(), ""), label) for ui, label in labelled)


def notices(entries: Iterable[Element]) -> tuple[NoticeLink, ...]:
    """The CommentsCorrections of a record; `Cites` (an old form of the reference list) is not a notice."""
    links = []
    for entry in entries:
        if entry.get("RefType") == "Cites":
            continue
        source = plain_text(entry.find("RefSource"))
        named = _DOI_IN_SOURCE.search(source)
        doi = identifiers.parse(IdKind.DOI, named[1].rstrip(".;,")) if named else None
        links.append(
            NoticeLink(
                ref_type=entry.get("RefType") or "",
                ref_source=source,
                pmid=plain_text(entry.find("PMID")) or None,
                note=plain_text(entry.find("Note")),
                doi=doi.value if isinstance(doi, Identifier) else None,
            )
        )
    return tuple(links)


def trials(banks: Iterable[Element]) -> tuple[str, ...]:
    """ClinicalTrials.gov numbers among the record's data banks."""
    numbers = (plain_text(number) for bank in banks for number in bank.iterfind("AccessionNumberList/AccessionNumber"))
    return tuple(dict.fromkeys(found for number in numbers for found in _NCT.findall(number.upper())))


# Dates: what the journal prints, when it appeared online, which years count.

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_SEASONS = {"spring": 1, "summer": 2, "fall": 3, "autumn": 3, "winter": 4}
_PUBLISHED = frozenset({"epublish", "ppublish", "aheadofprint", "collection"})
_YEAR = regex(r"(?<!\d)(?:1[5-9]|2[01])\d\d(?!\d)")
_LONGEST_SPAN = 10  # years; a wider MedlineDate is a slip of the pen


def dated(element: Element | None) -> PartialDate | None:
    """A PubDate, ArticleDate, ContributionDate …: Year with Month, Day or Season, or a MedlineDate."""
    if element is None:
        return None
    year = element.findtext("Year")
    if not year:
        return medline_date(element.findtext("MedlineDate") or "")
    words = (year, element.findtext("Month") or element.findtext("Season") or "", element.findtext("Day") or "")
    return medline_date(" ".join(words))


def date_text(element: Element | None) -> str:
    """The date as PubMed prints it: `2013 Feb`, `1998 Dec-1999 Jan`, `1976 Winter`."""
    if element is None:
        return ""
    parts = (element.findtext(name) for name in ("Year", "Season", "Month", "Day", "MedlineDate"))
    return " ".join(" ".join(part.split()) for part in parts if part)


def medline_date(text: str) -> PartialDate | None:
    """The interval that a MedlineDate means; the bare year when its words are not understood, None without a year."""
    years = _YEAR.findall(text)
    if not years:
        return None
    sides = [_side(part) for part in re.split(r"\s*[-/\u2010-\u2014]\s*", text.strip())]
    start = _partial(sides[0]) if sides[0] and sides[0].year else None
    if start is None or None in sides:
        return PartialDate(int(years[0]))
    end = _end([side for side in sides if side])
    if end is None:
        return start
    return replace(start, until=end) if end.latest >= start.earliest else PartialDate(int(years[0]))


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a range: what is written of year, month, season and day."""

    year: int | None = None
    month: int | None = None
    season: int | None = None
    day: int | None = None


def _end(sides: list[_Side]) -> PartialDate | None:
    """The last side, completed with what only the sides before it say."""
    last = sides[-1]
    if len(sides) == 1:
        return None
    if last == _Side(day=last.day) and sides[0].month is None and last.day is not None and sides[0].year:
        return _partial(_Side(year=sides[0].year // 100 * 100 + last.day))  # 1976-77
    year = next((side.year for side in reversed(sides) if side.year), None)
    inherits_month = last.month is None and last.season is None and last.year is None
    month = sides[-2].month if inherits_month else last.month
    return _partial(replace(last, year=year, month=month))


def _side(text: str) -> _Side | None:
    """What one side says, or None when it holds a word that is not part of a date."""
    side = _Side()
    for word in text.replace(",", " ").split():
        key = word.lower().strip(".")
        if _YEAR.fullmatch(key):
            side = replace(side, year=int(key))
        elif key[:3] in _MONTHS and key.isalpha():
            side = replace(side, month=_MONTHS[key[:3]])
        elif key in _SEASONS:
            side = replace(side, season=_SEASONS[key])
        elif key.isdecimal() and len(key) <= 2:
            # A number before any month is the month when a year precedes it (`2021 06 07`), else a day.
            is_month = not side.month and side.year
            side = replace(side, month=int(key)) if is_month else replace(side, day=int(key))
        else:
            return None
    return side


def _partial(side: _Side) -> PartialDate | None:
    """The date as precise as it is possible: 30 February is February, month 13 is the year."""
    if side.year is None:
        return None
    if side.month is None:
        return PartialDate(side.year, season=side.season)
    if not 1 <= side.month <= 12:
        return PartialDate(side.year)
    try:
        date(side.year, side.month, side.day or 1)
    except ValueError:
        return PartialDate(side.year, side.month)
    return PartialDate(side.year, side.month, side.day or None)


def citable_years(*dates: Element | None, history: Iterable[Element] = ()) -> tuple[int, ...]:
    """Every year under which the work may be cited, ascending.

    Args:
        dates: PubDate, ArticleDate, ContributionDate … elements.
        history: PubMedPubDate elements, of which only the statuses of publication count.
    """
    published = [entry for entry in history if entry.get("PubStatus") in _PUBLISHED]
    texts = [
        element.findtext("Year") or element.findtext("MedlineDate") or ""
        for element in (*dates, *published)
        if element is not None
    ]
    return years_named(*texts)


def years_named(*texts: str) -> tuple[int, ...]:
    """Every year that these dates name or span, ascending."""
    found = {int(year) for text in texts for year in _YEAR.findall(text)}
    for interval in map(medline_date, texts):
        if interval and interval.until and interval.until.year - interval.year <= _LONGEST_SPAN:
            found.update(range(interval.year, interval.until.year + 1))
    return tuple(sorted(found))


# Text: inline markup and MathML become readable text.

_MATHML = "{http://www.w3.org/1998/Math/MathML}"
_ALLOWED_MARKUP = frozenset({"i", "b", "sub", "sup", "u"})
# TeX and OpenMath twins of the same formula, and invisible layout.
_SKIPPED_MATH = frozenset({"annotation", "annotation-xml", "mphantom"})
_DOUBLY_ESCAPED = regex(r"&(?:#\d{2,6}|#x[0-9A-Fa-f]{2,5}|[A-Za-z][A-Za-z0-9]{1,30});")
_SPACE_AFTER_MATH = regex(r"(?<!\s)\s++(?=[,.;:)\]]|[-\u2010-\u2014]\S)")


class _Form(Enum):
    """How an element's text is written."""

    PLAIN = auto()
    HTML = auto()
    QUOTABLE = auto()
    """As `evidence.matching.tokens` reads it: superscripts after `^`, subscripts after `_`."""


def plain_text(element: Element | None) -> str:
    """The element's text without markup, entities decoded (also doubly escaped ones), white space single."""
    if element is None:
        return ""
    text = "".join(_pieces(element, _Form.PLAIN)) if len(element) else _written(element.text, _Form.PLAIN)
    return " ".join(text.split())


def marked_text(element: Element | None) -> str:
    """The element's text as HTML that knows only i, b, sub, sup and u."""
    return "" if element is None else " ".join("".join(_pieces(element, _Form.HTML)).split())


def _quotable_text(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(_pieces(element, _Form.QUOTABLE)).split())


def _pieces(element: Element, form: _Form) -> Iterator[str]:
    yield _written(element.text, form)
    for child in element:
        tail = _written(child.tail, form)
        if child.tag == f"{_MATHML}math":
            yield "".join(_formula(child, form)).strip()
            # NLM's conversion leaves a space after every formula, also before a comma.
            tail = _SPACE_AFTER_MATH.sub("", tail, count=1) if _SPACE_AFTER_MATH.match(tail) else tail
        elif form is not _Form.PLAIN and child.tag in _ALLOWED_MARKUP:
            yield _tagged(child.tag, "".join(_pieces(child, form)), form)
        else:
            yield from _pieces(child, form)
        yield tail


def _tagged(tag: str, text: str, form: _Form) -> str:
    if form is _Form.HTML:
        return f"<{tag}>{text}</{tag}>"
    if form is _Form.QUOTABLE and tag in ("sub", "sup"):
        return lowered(text) if tag == "sub" else raised(text)
    return text


def _written(text: str | None, form: _Form) -> str:
    """Text of the XML, once more decoded: NLM holds some titles escaped twice (`&amp;#382;` for ž)."""
    if not text:
        return ""
    decoded = _DOUBLY_ESCAPED.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text
    return html.escape(decoded, quote=False) if form is _Form.HTML else decoded


def _formula(element: Element, form: _Form) -> Iterator[str]:
    """A formula in one line: sub- and superscripts follow their base, a fraction is `a/b`; white space is layout."""
    name = element.tag.removeprefix(_MATHML)
    if name in _SKIPPED_MATH:
        return
    if name == "mspace":
        yield " "
        return
    if name == "msqrt":
        yield "√"
    parts = ["".join(_formula(child, form)) for child in element]
    if not parts:
        text = _written(element.text, form)
        yield text if name == "mtext" else text.strip()
        return
    if name == "mfrac":
        yield "/".join(parts)
        return
    scripts = {"msub": ("sub",), "msup": ("sup",), "msubsup": ("sub", "sup")}.get(name, ())
    yield "".join(parts[:1])
    for tag, part in zip(scripts, parts[1:], strict=False):
        yield _tagged(tag, part, form)
    yield "".join(parts[1 + len(scripts) :])
