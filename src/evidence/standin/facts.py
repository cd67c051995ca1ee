"""What the stand-in knows of one work, label or page: plain facts, from which its replies are generated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from evidence.model.records import Author, Journal, NoticeLink, PublicationType, SplVersion

JOURNAL_ARTICLE = PublicationType("D016428", "Journal Article")
RETRACTED_PUBLICATION = PublicationType("D016441", "Retracted Publication")


@dataclass(frozen=True, slots=True)
class CrossrefUpdate:
    """One entry of Crossref's `updated-by`: the notice, what it does, who says so (`publisher`, `retraction-watch`)."""

    doi: str
    type: str
    updated: date
    source: str = "publisher"


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """One article, as PubMed, PMC and Crossref shall tell it.

    `title`, `vernacular_title` and `abstract` are XML text: PubMed's markup (`<i>`, `<sup>` …) and entities as they
    stand in a record. `pub_date` is written as esummary prints it (`2013 Feb 5`, `2013 Feb`, `2013 Spring`, `2013`);
    anything else becomes a MedlineDate (`1998 Dec-1999 Jan`). `article_date` is the electronic publication.
    `doi_in_elocation` is False for the older records that hold their DOI in the ArticleIdList alone.
    `xml` is a whole `<PubmedArticle>` or `<PubmedBookArticle>` to be served verbatim instead.
    """

    pmid: str
    title: str = ""
    authors: tuple[Author, ...] = ()
    authors_complete: bool = True
    journal: Journal = field(default_factory=Journal)
    pub_date: str = ""
    article_date: date | None = None
    volume: str = ""
    issue: str = ""
    pages: str = ""
    elocation: str = ""
    doi: str = ""
    doi_in_elocation: bool = True
    pmcid: str = ""
    publication_types: tuple[PublicationType, ...] = (JOURNAL_ARTICLE,)
    notices: tuple[NoticeLink, ...] = ()
    languages: tuple[str, ...] = ("eng",)
    vernacular_title: str = ""
    status: str = "MEDLINE"
    trials: tuple[str, ...] = ()
    abstract: str = ""
    updates: tuple[CrossrefUpdate, ...] = ()
    xml: str = ""


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """A label at DailyMed with its published versions, newest first."""

    setid: str
    title: str
    versions: tuple[SplVersion, ...]


@dataclass(frozen=True, slots=True)
class PageFacts:
    """How a cited page answers.

    `status` None hangs up without a reply. `location` makes a redirect. `head_status` answers HEAD differently from
    GET. `delay` is the seconds before the first byte; `drip` the seconds between single bytes of the body (0: all at
    once). `cut` promises more bytes than it sends, `endless` repeats the body until the client leaves, `refused` lets
    the connection itself be refused.
    """

    status: int | None = 200
    body: str = ""
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    location: str = ""
    head_status: int | None = None
    delay: float = 0.0
    drip: float = 0.0
    cut: bool = False
    endless: bool = False
    refused: bool = False


def plain_page(title: str, text: str = "") -> PageFacts:
    """An ordinary page of a few paragraphs, long enough to be judged by its content."""
    told = text or "This page stands in for a real one, so that its reader can be tried without the internet. " * 4
    return PageFacts(
        body="<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><main><h1>{title}</h1>\n<p>{told.strip()}</p></main></body></html>\n"
    )
