"""PubMed's efetch XML from facts, in the shape of pubmed_250101.dtd (https://dtd.nlm.nih.gov/ncbi/pubmed/out/)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from evidence.model.records import Author, NoticeLink
from evidence.standin.facts import ArticleFacts

PROLOG = (
    '<?xml version="1.0" ?>\n'
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)
_DATED = re.compile(r"(\d{4})(?: ([A-Z][a-z]{2}))?(?: (\d{1,2}))?")
_SEASONED = re.compile(r"(\d{4}) (Spring|Summer|Autumn|Fall|Winter)")


def article_set(articles: Iterable[ArticleFacts]) -> str:
    """A PubmedArticleSet; an empty one is what PubMed answers when it holds none of the identifiers."""
    return f"{PROLOG}<PubmedArticleSet>{''.join(map(article_xml, articles))}</PubmedArticleSet>\n"


def article_xml(article: ArticleFacts) -> str:
    """One PubmedArticle; every optional element is left out when there is no fact for it."""
    if article.xml:
        return article.xml
    model = "Print-Electronic" if article.article_date else "Print"
    return (
        f'<PubmedArticle><MedlineCitation Status={quoteattr(article.status)} Owner="NLM">'
        f'<PMID Version="1">{article.pmid}</PMID>'
        f'<Article PubModel="{model}">{_article_part(article)}</Article>'
        f"<MedlineJournalInfo>{_element('MedlineTA', article.journal.medline_ta)}"
        f"{_element('ISSNLinking', ''.join(article.journal.issns[1:2]))}</MedlineJournalInfo>"
        f"{_wrapped('CommentsCorrectionsList', map(_notice_xml, article.notices))}"
        f"</MedlineCitation><PubmedData>{_history(article.article_date)}"
        f"<PublicationStatus>ppublish</PublicationStatus>{_article_ids(article)}</PubmedData></PubmedArticle>\n"
    )


def _article_part(article: ArticleFacts) -> str:
    pages = f"<Pagination>{_element('MedlinePgn', article.pages)}</Pagination>" if article.pages else ""
    abstract = f"<Abstract><AbstractText>{article.abstract}</AbstractText></Abstract>" if article.abstract else ""
    types = "".join(
        f"<PublicationType UI={quoteattr(kind.ui)}>{escape(kind.label)}</PublicationType>"
        for kind in article.publication_types
    )
    online = article.article_date
    return (
        f"{_journal_xml(article)}<ArticleTitle>{article.title}</ArticleTitle>{pages}{_elocations(article)}{abstract}"
        f"{_author_list(article)}{''.join(_element('Language', language) for language in article.languages)}"
        f"{_trial_list(article.trials)}<PublicationTypeList>{types}</PublicationTypeList>"
        + (f"<VernacularTitle>{article.vernacular_title}</VernacularTitle>" if article.vernacular_title else "")
        + (f'<ArticleDate DateType="Electronic">{_day_parts(online)}</ArticleDate>' if online else "")
    )


def _journal_xml(article: ArticleFacts) -> str:
    journal = article.journal
    issn = "".join(f'<ISSN IssnType="Print">{escape(issn)}</ISSN>' for issn in journal.issns[:1])
    return (
        f'<Journal>{issn}<JournalIssue CitedMedium="Print">{_element("Volume", article.volume)}'
        f"{_element('Issue', article.issue)}<PubDate>{_pub_date(article.pub_date)}</PubDate></JournalIssue>"
        f"{_element('Title', journal.title)}{_element('ISOAbbreviation', journal.iso)}</Journal>"
    )


def _pub_date(text: str) -> str:
    if dated := _DATED.fullmatch(text):
        named = zip(("Year", "Month", "Day"), dated.groups(), strict=True)
        return "".join(_element(name, part) for name, part in named if part)
    if seasoned := _SEASONED.fullmatch(text):
        return f"{_element('Year', seasoned[1])}{_element('Season', seasoned[2])}"
    return _element("MedlineDate", text)


def _elocations(article: ArticleFacts) -> str:
    pii = (
        f'<ELocationID EIdType="pii" ValidYN="Y">{escape(article.elocation)}</ELocationID>' if article.elocation else ""
    )
    if not (article.doi and article.doi_in_elocation):
        return pii
    return f'{pii}<ELocationID EIdType="doi" ValidYN="Y">{escape(article.doi)}</ELocationID>'


def _author_list(article: ArticleFacts) -> str:
    complete = "Y" if article.authors_complete else "N"
    people = "".join(f'<Author ValidYN="Y">{_author_parts(author)}</Author>' for author in article.authors)
    return f'<AuthorList CompleteYN="{complete}">{people}</AuthorList>' if people else ""


def _author_parts(author: Author) -> str:
    if author.collective:
        return _element("CollectiveName", author.collective)
    return (
        _element("LastName", author.family)
        + _element("ForeName", author.given)
        + _element("Initials", author.initials)
        + _element("Suffix", author.suffix)
    )


def _trial_list(trials: tuple[str, ...]) -> str:
    if not trials:
        return ""
    numbers = "".join(_element("AccessionNumber", trial) for trial in trials)
    return (
        '<DataBankList CompleteYN="Y"><DataBank><DataBankName>ClinicalTrials.gov</DataBankName>'
        f"<AccessionNumberList>{numbers}</AccessionNumberList></DataBank></DataBankList>"
    )


def _notice_xml(notice: NoticeLink) -> str:
    source = f"{notice.ref_source} doi: {notice.doi}." if notice.doi else notice.ref_source
    pmid = f'<PMID Version="1">{notice.pmid}</PMID>' if notice.pmid else ""
    return (
        f"<CommentsCorrections RefType={quoteattr(notice.ref_type)}>{_element('RefSource', source)}{pmid}"
        f"{_element('Note', notice.note)}</CommentsCorrections>"
    )


def _history(online: date | None) -> str:
    if online is None:
        return ""
    return f'<History><PubMedPubDate PubStatus="entrez">{_day_parts(online)}</PubMedPubDate></History>'


def _article_ids(article: ArticleFacts) -> str:
    known = (("pubmed", article.pmid), ("doi", article.doi), ("pmc", article.pmcid))
    ids = "".join(f'<ArticleId IdType="{kind}">{escape(value)}</ArticleId>' for kind, value in known if value)
    return f"<ArticleIdList>{ids}</ArticleIdList>"


def _day_parts(day: date) -> str:
    return f"<Year>{day.year}</Year><Month>{day.month:02d}</Month><Day>{day.day:02d}</Day>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def _wrapped(name: str, parts: Iterable[str]) -> str:
    inside = "".join(parts)
    return f"<{name}>{inside}</{name}>" if inside else ""
