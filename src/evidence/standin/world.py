"""The world that the stand-in plays: what each authority holds and how each page answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from evidence.model.records import NoticeLink, SplVersion
from evidence.standin.facts import RETRACTED_PUBLICATION, ArticleFacts, CrossrefUpdate, LabelFacts, PageFacts

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def page_key(url: str) -> str:
    """The form under which a page is kept: host in lower case, no default port, no fragment, `/` for an empty path.

    An address without a host (`/path`) answers for every host.
    """
    parts = urlsplit(url)
    netloc = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme.lower(), ":"))
    return urlunsplit((parts.scheme.lower(), netloc, parts.path or "/", parts.query, ""))


@dataclass(frozen=True)
class World:
    """Everything that the stand-in holds; builders return a changed copy, so that weeks can be played through.

    `articles` by PMID, `replaced` the PMIDs that became others, `pmc` by PMCID (works in PMC without a PMID), `labels`
    by lower-case Set ID, `pages` by address (percent-encoded, international hosts in their ASCII form).
    Articles with a DOI are at Crossref and in the Handle system too, unless their DOI is in `not_at_crossref`; `works`
    holds Crossref messages of their own by lower-case DOI, `handles` the addresses of DOIs that other agencies
    registered. `snapshots` are the Wayback timestamps of an address.
    `unknown_label` says how DailyMed's history answers for a Set ID that it does not hold, which is not documented:
    `404` or `empty` (200 without data).
    """

    articles: Mapping[str, ArticleFacts] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)
    pmc: Mapping[str, ArticleFacts] = field(default_factory=dict)
    labels: Mapping[str, LabelFacts] = field(default_factory=dict)
    pages: Mapping[str, PageFacts] = field(default_factory=dict)
    works: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    not_at_crossref: frozenset[str] = frozenset()
    handles: Mapping[str, str] = field(default_factory=dict)
    snapshots: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown_label: str = "404"

    @cached_property
    def by_doi(self) -> Mapping[str, ArticleFacts]:
        """Articles by lower-case DOI."""
        everything = [*self.articles.values(), *self.pmc.values()]
        return {article.doi.lower(): article for article in everything if article.doi}

    @cached_property
    def by_pmcid(self) -> Mapping[str, ArticleFacts]:
        """Articles by PMCID."""
        held = {article.pmcid: article for article in self.articles.values() if article.pmcid}
        return {**held, **self.pmc}

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The hosts that have at least one page."""
        return frozenset(urlsplit(url).netloc for url in self.pages)

    def with_article(self, *articles: ArticleFacts) -> World:
        """The world with these articles added or replaced."""
        return replace(self, articles={**self.articles, **{article.pmid: article for article in articles}})

    def without_article(self, *pmids: str) -> World:
        """The world in which PubMed no longer holds these PMIDs (deleted or merged: efetch omits both)."""
        return replace(self, articles={pmid: kept for pmid, kept in self.articles.items() if pmid not in pmids})

    def with_replacement(self, old: str, new: str) -> World:
        """The world in which a PMID became another: efetch leaves the old one out, esummary names the new one."""
        return replace(self.without_article(old), replaced={**self.replaced, old: new})

    def with_pmc(self, pmcid: str, article: ArticleFacts) -> World:
        """The world with a work that only PMC holds."""
        return replace(self, pmc={**self.pmc, pmcid: replace(article, pmcid=pmcid)})

    def with_label(self, label: LabelFacts) -> World:
        """The world with this label added or replaced."""
        return replace(self, labels={**self.labels, label.setid.lower(): label})

    def with_label_version(self, setid: str, version: int, published: date) -> World:
        """The world in which DailyMed has published a newer version of a label."""
        label = self.labels[setid.lower()]
        return self.with_label(replace(label, versions=(SplVersion(version, published), *label.versions)))

    def without_label(self, setid: str) -> World:
        """The world in which DailyMed no longer lists a label."""
        return replace(self, labels={held: label for held, label in self.labels.items() if held != setid.lower()})

    def with_page(self, url: str, page: PageFacts) -> World:
        """The world with this page added or replaced."""
        return replace(self, pages={**self.pages, page_key(url): page})

    def with_redirect(self, url: str, target: str, status: int = 301) -> World:
        """The world in which an address sends on to another."""
        return self.with_page(url, PageFacts(status=status, location=target))

    def without_page(self, url: str) -> World:
        """The world in which a page is gone; its host still answers, with 404."""
        return self.with_page(url, PageFacts(status=404, body="<title>404 Not Found</title><p>No such page.</p>"))

    def with_work(self, doi: str, message: Mapping[str, Any]) -> World:
        """The world with this Crossref message, instead of one generated from an article."""
        return replace(self, works={**self.works, doi.lower(): {"DOI": doi, **message}})

    def with_handle(self, doi: str, url: str) -> World:
        """The world with a DOI that some other agency than Crossref registered."""
        return replace(self, handles={**self.handles, doi.lower(): url})

    def with_snapshot(self, url: str, *timestamps: str) -> World:
        """The world with archived copies of an address, at `YYYYMMDDhhmmss`."""
        held = self.snapshots.get(page_key(url), ())
        return replace(self, snapshots={**self.snapshots, page_key(url): (*held, *timestamps)})

    def with_retraction(self, pmid: str, notice: NoticeLink, *, update: CrossrefUpdate | None = None) -> World:
        """The world in which a paper has been retracted: the link and the type at PubMed, `update` at Crossref."""
        article = self.articles[pmid]
        changed = replace(
            article,
            notices=(*article.notices, notice),
            publication_types=(*article.publication_types, RETRACTED_PUBLICATION),
            updates=(*article.updates, update) if update else article.updates,
        )
        return self.with_article(changed)
