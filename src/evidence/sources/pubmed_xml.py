"""PubMed's XML, record by record: split a reply, read one record from its own bytes.

`Entrez.read` needs the DTD of the year, keeps everything in memory and loses inline markup. Here a
reply is cut into its records by their end tags, and each is parsed alone: the bytes that are stored
are the bytes that are read again. No document type is ever evaluated and no entity can be declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, XMLParser

from evidence.model.identity import Identifier, IdKind
from evidence.model.records import Article, Journal
from evidence.sources import pubmed_xml_fields as fields
from evidence.sources.pubmed_xml_dates import citable_years, date_text, dated
from evidence.sources.pubmed_xml_text import marked_text, plain_text

_OPENING = re.compile(rb"<(PubmedArticle|PubmedBookArticle)[\s>]")
_OWN_PMID = re.compile(rb"<(?:MedlineCitation|BookDocument)\b[^>]*>\s*<PMID\b[^>]*>\s*(\d+)\s*</PMID>")
_DELETED = re.compile(rb"<(DeleteCitation|DeleteDocument)\b.*?</\1>", re.DOTALL)
_PMID = re.compile(rb"<PMID\b[^>]*>\s*(\d+)\s*</PMID>")
# Prefixes that a reply may declare on its root; inside <_> a document type is a syntax error.
_HEAD = (
    b'<_ xmlns:mml="http://www.w3.org/1998/Math/MathML" xmlns:xlink="http://www.w3.org/1999/xlink"'
    b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)


class SchemaDriftError(ValueError):
    """A record that lacks what every PubMed record has, or is no PubMed record; its text begins `schema drift`."""


def split_articles(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Cut a reply into its records.

    Args:
        body: A PubmedArticleSet in UTF-8.

    Yields:
        The record's PMID ("" when it does not stand where it belongs) and its own element,
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
        yield (_digits(own[1]) if own else "", raw)


def deleted_pmids(body: bytes) -> frozenset[str]:
    """The PMIDs that a reply's DeleteCitation (or DeleteDocument, for books) says are withdrawn."""
    return frozenset(_digits(pmid) for block in _DELETED.finditer(body) for pmid in _PMID.findall(block[0]))


def _digits(pmid: bytes) -> str:
    return pmid.decode("ascii").lstrip("0")


def version_of(raw: bytes) -> int:
    """The record's `PMID/@Version` (1 where it says nothing): NLM may give several versions of one PMID."""
    match = re.search(rb'<PMID\b[^>]*\bVersion="(\d{1,6})"', raw)
    return int(match[1]) if match else 1


def read_article(raw: bytes) -> Article:
    """One record from its own bytes, as `split_articles` yields them.

    Raises:
        SchemaDriftError: The bytes are no such element, or lack a PMID or any title.
    """
    element = _parsed(raw)
    if element.tag == "PubmedBookArticle":
        return _book(element)
    if element.tag == "PubmedArticle":
        return _journal_article(element)
    raise SchemaDriftError(f"schema drift: <{element.tag}> where a PubMed record was expected")


def _parsed(raw: bytes) -> Element:
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
    return root[0]


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
    lists, numbers = article.findall("AuthorList"), article.findall("ELocationID")
    return Article(
        identifier=pmid,
        title=plain_text(title),
        title_html=marked_text(title),
        vernacular_title=plain_text(vernacular),
        authors=fields.authors(lists),
        editors=fields.authors(lists, "editors"),
        authors_complete=fields.authors_complete(lists),
        journal=_journal(citation),
        issued=dated(printed),
        published_online=dated(online[0]) if online else None,
        date_text=date_text(printed),
        years=citable_years(printed, *online, history=root.iterfind("PubmedData/History/PubMedPubDate")),
        has_article_date=bool(online),
        volume=plain_text(article.find("Journal/JournalIssue/Volume")),
        issue=plain_text(article.find("Journal/JournalIssue/Issue")),
        pages=fields.pages(article.find("Pagination")),
        elocations=fields.elocations(numbers),
        # Not .//ArticleId: the ReferenceList holds the identifiers of the works that this one cites.
        also_known_as=fields.own_identifiers(numbers, root.iterfind("PubmedData/ArticleIdList/ArticleId")),
        publication_types=fields.publication_types(article.iterfind("PublicationTypeList/PublicationType")),
        notices=fields.notices(citation.iterfind("CommentsCorrectionsList/CommentsCorrections")),
        languages=fields.languages(article.iterfind("Language")),
        status=citation.get("Status") or "",
        trials=fields.trials(article.iterfind("DataBankList/DataBank")),
    )


def _journal(citation: Element) -> Journal:
    paths = ("Article/Journal/ISSN", "MedlineJournalInfo/ISSNLinking")
    issns = (plain_text(entry) for path in paths for entry in citation.iterfind(path))
    return Journal(
        title=plain_text(citation.find("Article/Journal/Title")),
        iso=plain_text(citation.find("Article/Journal/ISOAbbreviation")),
        medline_ta=plain_text(citation.find("MedlineJournalInfo/MedlineTA")),
        issns=tuple(dict.fromkeys(issn for issn in issns if issn)),
    )


def _book(root: Element) -> Article:
    """A Bookshelf record (StatPearls, GeneReviews, LactMed …): a chapter, or a book without ArticleTitle."""
    document = root.find("BookDocument")
    if document is None:
        raise SchemaDriftError("schema drift: a PubmedBookArticle without BookDocument")
    pmid = _identifier(document)
    book = _part(document, "Book", pmid)
    chapter, whole = document.find("ArticleTitle"), book.find("BookTitle")
    if chapter is None and whole is None:
        raise SchemaDriftError(f"schema drift: {pmid} has neither ArticleTitle nor BookTitle")
    title = chapter if plain_text(chapter) else whole
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
        authors=fields.authors(own) or fields.authors(of_book),
        editors=fields.authors(own, "editors") or fields.authors(of_book, "editors"),
        authors_complete=fields.authors_complete(own or of_book),
        issued=dated(printed) or dated(contributed),
        published_online=dated(contributed),
        date_text=date_text(printed),
        years=citable_years(*dates, history=root.iterfind("PubmedBookData/History/PubMedPubDate")),
        volume=plain_text(book.find("Volume")),
        pages=fields.pages(document.find("Pagination")),
        elocations=fields.elocations(numbers),
        also_known_as=fields.own_identifiers(numbers, ids),
        publication_types=fields.publication_types(document.iterfind("PublicationType")),
        languages=fields.languages(document.iterfind("Language")),
        is_book=True,
        book_title=plain_text(whole),
        publisher=plain_text(book.find("Publisher/PublisherName")),
        publisher_place=plain_text(book.find("Publisher/PublisherLocation")),
    )
