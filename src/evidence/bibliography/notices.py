"""The printed form of retraction notices and corrections, after PubMed's own words for them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evidence.model.records import Article, NoticeLink
from evidence.standing import links

_DOI = re.compile(r"(?:[.;,]|(?<![\s.;,]))\s*+\bdoi:\s*+\S+", re.IGNORECASE)
_MONTH_AND_DAY = re.compile(r"\b(\d{4})\s[A-Z][a-z]{2}(?:[-/][A-Z][a-z]{2})?(?:\s\d{1,2})?(?=;)")


def retraction_notice(articles: Iterable[Article]) -> str:
    """Where the retraction stands, as `Lancet. 2010 Feb 6;375(9713):445`; empty when no record names it."""
    articles = tuple(articles)
    for kind in ("RetractionIn", "RetractedandRepublishedIn"):
        printed = [named for article in articles for link in links(article, kind) if (named := _named(link))]
        if printed:
            return printed[0]
    return ""


def is_republished(articles: Iterable[Article]) -> bool:
    """Whether the notice at once republishes the work."""
    articles = tuple(articles)
    only_retracted = any(links(article, "RetractionIn") for article in articles)
    return not only_retracted and any(links(article, "RetractedandRepublishedIn") for article in articles)


def named_in(articles: Iterable[Article], ref_type: str) -> list[str]:
    """Where the notices of one kind (`ErratumIn` …) stand, by the first record that names any."""
    for article in articles:
        printed = list(dict.fromkeys(named for link in links(article, ref_type) if (named := _named(link))))
        if printed:
            return printed
    return []


def _named(link: NoticeLink) -> str:
    """The notice as a citation, else its number: PubMed's `RefSource` without its DOI and closing stop."""
    source = _DOI.sub("", link.ref_source).strip().rstrip(".")
    if source:
        return source
    if link.doi:
        return f"doi:{link.doi}"
    return f"PubMed PMID: {link.pmid}" if link.pmid else ""


def by_year(notice: str) -> str:
    """A notice with the year alone, as AMA prints dates of journals: `Lancet. 2010;375(9713):445`."""
    return _MONTH_AND_DAY.sub(r"\1", notice)
