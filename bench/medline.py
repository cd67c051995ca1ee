"""Articles as MEDLINE text (NLM's "MEDLINE/PubMed Data Element Descriptions"), which bibaudit asks for."""

from __future__ import annotations

from collections.abc import Iterable

from evidence.demo.world import ArticleFacts


def medline(articles: Iterable[ArticleFacts]) -> str:
    """The records, separated by empty lines."""
    return "\n" + "\n".join(_record(article) for article in articles)


def _record(article: ArticleFacts) -> str:
    journal = article.journal
    fields = [
        ("PMID", article.pmid),
        ("OWN", "NLM"),
        ("STAT", article.status),
        *(("IS", f"{issn} (Print)") for issn in journal.issns),
        ("VI", article.volume),
        ("IP", article.issue),
        ("DP", article.pub_date),
        ("TI", article.title),
        ("PG", article.pages),
        *(("FAU", f"{author.family}, {author.given}") for author in article.authors),
        *(("LA", language) for language in article.languages),
        *(("PT", kind.label) for kind in article.publication_types),
        ("TA", journal.medline_ta),
        ("JT", journal.title),
        ("AID", f"{article.doi} [doi]"),
        ("SO", f"{journal.medline_ta}. {article.pub_date};{article.volume}({article.issue}):{article.pages}."),
    ]
    return "".join(f"{tag:<4}- {value}\n" for tag, value in fields)
