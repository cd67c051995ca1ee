"""The world that the demo server plays: what each authority holds and how pages answer; also as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, assert_never
from urllib.parse import urlsplit, urlunsplit

from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind, label_version_of
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
    """One article, from which the replies of PubMed, PMC and Crossref are made.

    `title`, `vernacular_title` and `abstract` are XML text: PubMed's markup (`<i>`, `<sup>` …) and entities as
    in a record. `pub_date` is written as esummary prints it (`2013 Feb 5`, `2013 Feb`, `2013 Spring`, `2013`);
    anything else becomes a MedlineDate (`1998 Dec-1999 Jan`). `article_date` is the electronic publication.
    `nlm_id` is the journal's number in NLM's catalog, `headings` are the names of MeSH headings by their unique ids.
    `doi_in_elocation` is False for the older records that hold their DOI in the ArticleIdList alone.
    `xml` is a complete `<PubmedArticle>` or `<PubmedBookArticle>` to be served verbatim instead.
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
    nlm_id: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
    updates: tuple[CrossrefUpdate, ...] = ()
    xml: str = ""


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product of a label with one active ingredient."""

    name: str
    form: str
    ingredient: str
    amount: str
    unit: str


@dataclass(frozen=True, slots=True)
class ContentsFacts:
    """What one version of a label says: the lines of each section by its LOINC code, `- ` before the items of lists.

    `trouble` says how DailyMed fails to give it: it shows its `home` page, serves the document of `another-label`, an
    archive that is `cut` or one with `no-document`, or a `page` of some other kind.
    """

    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    products: tuple[ProductFacts, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """A label at DailyMed with its published versions, newest first.

    `contents` by version; those of versions that are not there are made up (`evidence.demo.spl`).
    """

    setid: str
    title: str
    versions: tuple[SplVersion, ...]
    contents: Mapping[int, ContentsFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrialFacts:
    """A study at ClinicalTrials.gov; the days are written as it prints them, `YYYY-MM-DD` or `YYYY-MM`."""

    number: str
    title: str
    status: str = "COMPLETED"
    why_stopped: str = ""
    results_posted: str = ""
    updated: str = ""
    aliases: tuple[str, ...] = ()


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
    content = text or "This page is used instead of a real one, to try its reader without the internet. " * 4
    return PageFacts(
        body="<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><main><h1>{title}</h1>\n<p>{content.strip()}</p></main></body></html>\n"
    )


_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def page_key(url: str) -> str:
    """The form under which a page is stored: host in lower case, no default port, no fragment, `/` for an empty path.

    An address without a host (`/path`) answers for every host.
    """
    parts = urlsplit(url)
    netloc = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme.lower(), ":"))
    return urlunsplit((parts.scheme.lower(), netloc, parts.path or "/", parts.query, ""))


@dataclass(frozen=True)
class World:
    """Everything that the demo server holds; builders return a changed copy, so that weeks can be played through.

    `articles` by PMID, `replaced` the PMIDs that became others, `pmc` by PMCID (works in PMC without a PMID), `labels`
    by lower-case Set ID, `pages` by address (percent-encoded, international hosts in their ASCII form).
    Articles with a DOI are at Crossref and in the Handle system too, unless their DOI is in `not_at_crossref`; `works`
    holds Crossref messages of their own by lower-case DOI, `handles` the addresses of DOIs that other agencies
    registered, and the DOI that a short one (`10/b6vnmd`) is an alias of. `snapshots` are the Wayback timestamps of an
    address, `trials` those of ClinicalTrials.gov by NCT number.
    `unknown_label` says how DailyMed's history answers for a Set ID that it does not hold, which is not documented:
    `404` or `empty` (200 without data).
    """

    articles: Mapping[str, ArticleFacts] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)
    pmc: Mapping[str, ArticleFacts] = field(default_factory=dict)
    labels: Mapping[str, LabelFacts] = field(default_factory=dict)
    trials: Mapping[str, TrialFacts] = field(default_factory=dict)
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
        in_pubmed = {article.pmcid: article for article in self.articles.values() if article.pmcid}
        return {**in_pubmed, **self.pmc}

    def knows(self, identifier: Identifier) -> bool:
        """Whether anything is held of what the identifier names."""
        value = identifier.value
        match identifier.kind:
            case IdKind.PMID:
                return value in self.articles or value in self.replaced
            case IdKind.PMCID:
                return value in self.by_pmcid
            case IdKind.DOI:
                return any(value.lower() in held for held in (self.by_doi, self.works, self.handles))
            case IdKind.SETID:
                return value.lower() in self.labels
            case IdKind.CONTENTS:
                return label_version_of(identifier)[0] in self.labels
            case IdKind.NOTICES:
                return False
            case IdKind.NCT:
                return value in self.trials
            case IdKind.URL:
                return page_key(value) in self.pages
            case _:
                assert_never(identifier.kind)

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The hosts that have at least one page."""
        return frozenset(urlsplit(url).netloc for url in self.pages)

    def with_article(self, *articles: ArticleFacts) -> World:
        """The world with these articles added or replaced."""
        return replace(self, articles={**self.articles, **{article.pmid: article for article in articles}})

    def without_article(self, *pmids: str) -> World:
        """The world in which PubMed no longer holds these PMIDs (deleted or merged: efetch omits both)."""
        return replace(self, articles={pmid: article for pmid, article in self.articles.items() if pmid not in pmids})

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

    def with_contents(self, setid: str, contents: Mapping[int, ContentsFacts]) -> World:
        """The world in which these versions of a label say this."""
        label = self.labels[setid.lower()]
        return self.with_label(replace(label, contents={**label.contents, **contents}))

    def without_label(self, setid: str) -> World:
        """The world in which DailyMed no longer lists a label."""
        return replace(self, labels={key: label for key, label in self.labels.items() if key != setid.lower()})

    def with_trial(self, *trials: TrialFacts) -> World:
        """The world with these trials added or replaced."""
        return replace(self, trials={**self.trials, **{trial.number: trial for trial in trials}})

    def without_trial(self, number: str) -> World:
        """The world in which ClinicalTrials.gov does not hold a number."""
        return replace(self, trials={key: trial for key, trial in self.trials.items() if key != number})

    def with_page(self, url: str, page: PageFacts) -> World:
        """The world with this page added or replaced."""
        return replace(self, pages={**self.pages, page_key(url): page})

    def with_redirect(self, url: str, target: str, status: int = 301) -> World:
        """The world in which an address sends on to another."""
        return self.with_page(url, PageFacts(status=status, location=target))

    def without_page(self, url: str) -> World:
        """The world in which a page no longer exists; its host still answers, with 404."""
        return self.with_page(url, PageFacts(status=404, body="<title>404 Not Found</title><p>No such page.</p>"))

    def with_work(self, doi: str, message: Mapping[str, Any]) -> World:
        """The world with this Crossref message, instead of one generated from an article."""
        return replace(self, works={**self.works, doi.lower(): {"DOI": doi, **message}})

    def with_handle(self, doi: str, url: str) -> World:
        """The world with a DOI that some other agency than Crossref registered, or with a short one of another DOI."""
        return replace(self, handles={**self.handles, doi.lower(): url})

    def with_snapshot(self, url: str, *timestamps: str) -> World:
        """The world with archived copies of an address, at `YYYYMMDDhhmmss`."""
        copies = self.snapshots.get(page_key(url), ())
        return replace(self, snapshots={**self.snapshots, page_key(url): (*copies, *timestamps)})

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


# A world as JSON: the form of the built-in world, and of one sent to another process.


def world_to_json(world: World) -> str:
    """A world as JSON text, which `world_from` reads again."""
    document = {
        "articles": [asdict(article) for article in world.articles.values()],
        "replaced": world.replaced,
        "pmc": {pmcid: asdict(article) for pmcid, article in world.pmc.items()},
        "labels": [asdict(label) for label in world.labels.values()],
        "trials": [asdict(trial) for trial in world.trials.values()],
        "pages": {url: asdict(page) for url, page in world.pages.items()},
        "works": world.works,
        "not_at_crossref": sorted(world.not_at_crossref),
        "handles": world.handles,
        "snapshots": world.snapshots,
        "unknown_label": world.unknown_label,
    }
    return json.dumps(document, default=date.isoformat, ensure_ascii=False)


def world_from(document: Mapping[str, Any]) -> World:
    """A world from its JSON form, as `world_to_json` writes it.

    Raises:
        KeyError, TypeError, ValueError: a part is missing, unknown or malformed.
    """
    articles = map(_article, document.get("articles", ()))
    labels = map(_label, document.get("labels", ()))
    trials = [
        TrialFacts(**{**facts, "aliases": tuple(facts.get("aliases", ()))}) for facts in document.get("trials", ())
    ]
    world = World(
        articles={article.pmid: article for article in articles},
        replaced=document.get("replaced", {}),
        pmc={pmcid: _article(facts) for pmcid, facts in document.get("pmc", {}).items()},
        labels={label.setid.lower(): label for label in labels},
        trials={trial.number: trial for trial in trials},
        works=document.get("works", {}),
        not_at_crossref=frozenset(document.get("not_at_crossref", ())),
        handles=document.get("handles", {}),
        snapshots={url: tuple(copies) for url, copies in document.get("snapshots", {}).items()},
        unknown_label=document.get("unknown_label", "404"),
    )
    for url, facts in document.get("pages", {}).items():
        world = world.with_page(url, PageFacts(**facts))
    return world


def _article(document: Mapping[str, Any]) -> ArticleFacts:
    facts = dict(document)
    made: dict[str, Any] = {
        "authors": tuple(Author(**author) for author in facts.pop("authors", ())),
        "journal": Journal(
            **{**facts.pop("journal", {}), "issns": tuple(document.get("journal", {}).get("issns", ()))}
        ),
        "notices": tuple(map(_notice, facts.pop("notices", ()))),
        "updates": tuple(
            CrossrefUpdate(**{**update, "updated": date.fromisoformat(update["updated"])})
            for update in facts.pop("updates", ())
        ),
    }
    if "publication_types" in facts:
        made["publication_types"] = tuple(PublicationType(**kind) for kind in facts.pop("publication_types"))
    for name in ("languages", "trials"):
        if name in facts:
            made[name] = tuple(facts.pop(name))
    online = facts.pop("article_date", None)
    return ArticleFacts(**facts, **made, article_date=date.fromisoformat(online) if online else None)


def _notice(document: Mapping[str, Any]) -> NoticeLink:
    on = document.get("date")
    made = {"told_by": tuple(document.get("told_by", ())), "date": PartialDate(**on) if on else None}
    return NoticeLink(**{**document, **made})


def _label(document: Mapping[str, Any]) -> LabelFacts:
    versions = (
        SplVersion(version["version"], date.fromisoformat(version["published"])) for version in document["versions"]
    )
    contents = {
        int(version): ContentsFacts(
            {code: tuple(lines) for code, lines in facts.get("sections", {}).items()},
            tuple(ProductFacts(**product) for product in facts.get("products", ())),
            facts.get("trouble", ""),
        )
        for version, facts in document.get("contents", {}).items()
    }
    return LabelFacts(document["setid"], document["title"], tuple(versions), contents)


# Ready-made worlds: the five naltrexone references, and any number of synthetic articles.

FIRST_SYNTHETIC_PMID = 10_000_001
_FAMILIES = (
    "Abbott",
    "Brandt",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Gallo",
    "Hansen",
    "Ito",
    "Jansen",
    "Kowalski",
)
_DRUGS = (
    "naltrexone",
    "carvedilol",
    "metformin",
    "warfarin",
    "lithium",
    "sertraline",
    "tramadol",
    "digoxin",
    "morphine",
)
_SETTINGS = (
    "chronic pain",
    "heart failure",
    "type 2 diabetes",
    "stroke",
    "bipolar disorder",
    "obesity",
    "asthma",
    "gout",
)
_DESIGNS = (
    "randomized trial",
    "cohort study",
    "pilot study",
    "crossover trial",
    "case series",
    "registry analysis",
    "survey",
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def naltrexone_world() -> World:
    """What the authorities say of the naltrexone references; `world.json` says which facts are real."""
    return world_from(json.loads(Path(__file__).with_name("world.json").read_text(encoding="utf-8")))


def synthetic_world(number: int) -> World:
    """`number` invented articles from PMID 10000001 on, no two of which could be taken for each other."""
    return World(articles={article.pmid: article for article in map(synthetic_article, range(number))})


def synthetic_article(at: int) -> ArticleFacts:
    """The article number `at`: every part depends on it, with periods that share no factor."""
    pmid = str(FIRST_SYNTHETIC_PMID + at)
    topic = f"{_DRUGS[at % 9]} in {_SETTINGS[at // 9 % 8]}"
    authors = tuple(
        Author(family=f"{_FAMILIES[(at + step) % 11]}{_ending(at // 11 + step)}", given=first, initials=first)
        for step, first in enumerate("AKMT"[: 1 + at % 4])
    )
    number = at % 97 + 1
    first_page = at * 7 % 900 + 11
    return ArticleFacts(
        pmid=pmid,
        title=f"Effects of {topic}: a synthetic {_DESIGNS[at // 72 % 7]} number {at + 1} with {_ending(at)} follow-up.",
        authors=authors,
        journal=Journal(
            title=f"Journal of synthetic medicine {number}",
            iso=f"J Synth Med {number}",
            medline_ta=f"J Synth Med {number}",
            issns=(f"{9000 + number}-0000",),
        ),
        pub_date=f"{1990 + at % 35} {_MONTHS[at % 12]}",
        volume=str(at % 60 + 1),
        issue=str(at % 12 + 1),
        pages=f"{first_page}-{first_page + 9}",
        doi=f"10.5555/synthetic.{pmid}",
    )


def _ending(at: int) -> str:
    """A number as a pronounceable syllable chain, so that names and titles differ by letters, not digits alone."""
    syllables = ("ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu")
    return "".join(syllables[int(digit)] for digit in str(at))


def references_for(world: World, *, accessed: str = "2026-10-01") -> str:
    """A references.yaml that cites all of a world just as its authorities print it."""
    entries = [_article_entry(article) for article in world.articles.values()]
    entries += [_entry(f"label-{setid}", setid=setid, accessed=accessed) for setid in world.labels]
    entries += [_entry(f"trial-{number}", type="webpage", NCT=number, accessed=accessed) for number in world.trials]
    entries += [
        _entry(f"page-{at}", type="webpage", URL=url, accessed=accessed) for at, url in enumerate(world.pages, start=1)
    ]
    return "references:\n" + "".join(entries) if entries else "references: []\n"


def _article_entry(article: ArticleFacts) -> str:
    year, _, month = article.pub_date.partition(" ")
    return _entry(
        f"pmid-{article.pmid}",
        type="article-journal",
        title=article.title,
        author=[
            {"literal": author.collective} if author.collective else {"family": author.family, "given": author.given}
            for author in article.authors
        ],
        **{"container-title": article.journal.title},
        issued=f"{year}-{_MONTHS.index(month) + 1:02d}" if month in _MONTHS else year,
        volume=article.volume,
        issue=article.issue,
        page=article.pages,
        PMID=article.pmid,
        DOI=article.doi,
    )


def _entry(key: str, **fields: Any) -> str:
    """One entry in YAML; JSON's strings and lists are YAML's too."""
    entry = {"id": key, **{name: value for name, value in fields.items() if value}}
    lines = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in entry.items())
    return "  - " + "\n    ".join(lines) + "\n"
