"""Ready-made worlds: the five naltrexone references, and any number of synthetic articles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evidence.model.records import Author, Journal
from evidence.standin.facts import ArticleFacts
from evidence.standin.world import World
from evidence.standin.world_json import world_from

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
    """What is said of the five references of the naltrexone monograph; `world.json` tells which facts are real."""
    return world_from(json.loads(Path(__file__).with_name("world.json").read_text(encoding="utf-8")))


def synthetic_world(number: int) -> World:
    """`number` invented articles from PMID 10000001 on, no two of which could be taken for each other."""
    return World(articles={article.pmid: article for article in map(_synthetic_article, range(number))})


def _synthetic_article(at: int) -> ArticleFacts:
    """The article number `at`: every part depends on it, with periods that share no factor."""
    pmid = str(FIRST_SYNTHETIC_PMID + at)
    topic = f"{_DRUGS[at % 9]} in {_SETTINGS[at // 9 % 8]}"
    people = tuple(
        Author(family=f"{_FAMILIES[(at + step) % 11]}{_ending(at // 11 + step)}", given=first, initials=first)
        for step, first in enumerate("AKMT"[: 1 + at % 4])
    )
    number = at % 97 + 1
    first_page = at * 7 % 900 + 11
    return ArticleFacts(
        pmid=pmid,
        title=f"Effects of {topic}: a synthetic {_DESIGNS[at // 72 % 7]} number {at + 1} with {_ending(at)} follow-up.",
        authors=people,
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
    told = {"id": key, **{name: value for name, value in fields.items() if value}}
    lines = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in told.items())
    return "  - " + "\n    ".join(lines) + "\n"
