"""A world as JSON: the built-in one is kept so, and another process is told of one so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from evidence.model.partialdate import PartialDate
from evidence.model.records import Author, Journal, NoticeLink, PublicationType, SplVersion
from evidence.standin.facts import ArticleFacts, CrossrefUpdate, LabelFacts, PageFacts
from evidence.standin.world import World


def world_to_json(world: World) -> str:
    """A world as JSON text, which `world_from` reads again."""
    told = {
        "articles": [asdict(article) for article in world.articles.values()],
        "replaced": world.replaced,
        "pmc": {pmcid: asdict(article) for pmcid, article in world.pmc.items()},
        "labels": [asdict(label) for label in world.labels.values()],
        "pages": {url: asdict(page) for url, page in world.pages.items()},
        "works": world.works,
        "not_at_crossref": sorted(world.not_at_crossref),
        "handles": world.handles,
        "snapshots": world.snapshots,
        "unknown_label": world.unknown_label,
    }
    return json.dumps(told, default=date.isoformat, ensure_ascii=False)


def world_from(told: Mapping[str, Any]) -> World:
    """A world from its JSON form, as `world_to_json` writes it.

    Raises:
        KeyError, TypeError, ValueError: a part is missing, unknown or malformed.
    """
    articles = map(_article, told.get("articles", ()))
    labels = map(_label, told.get("labels", ()))
    world = World(
        articles={article.pmid: article for article in articles},
        replaced=told.get("replaced", {}),
        pmc={pmcid: _article(facts) for pmcid, facts in told.get("pmc", {}).items()},
        labels={label.setid.lower(): label for label in labels},
        works=told.get("works", {}),
        not_at_crossref=frozenset(told.get("not_at_crossref", ())),
        handles=told.get("handles", {}),
        snapshots={url: tuple(copies) for url, copies in told.get("snapshots", {}).items()},
        unknown_label=told.get("unknown_label", "404"),
    )
    for url, facts in told.get("pages", {}).items():
        world = world.with_page(url, PageFacts(**facts))
    return world


def _article(told: Mapping[str, Any]) -> ArticleFacts:
    facts = dict(told)
    made: dict[str, Any] = {
        "authors": tuple(Author(**author) for author in facts.pop("authors", ())),
        "journal": Journal(**{**facts.pop("journal", {}), "issns": tuple(told.get("journal", {}).get("issns", ()))}),
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


def _notice(told: Mapping[str, Any]) -> NoticeLink:
    on = told.get("date")
    made = {"told_by": tuple(told.get("told_by", ())), "date": PartialDate(**on) if on else None}
    return NoticeLink(**{**told, **made})


def _label(told: Mapping[str, Any]) -> LabelFacts:
    versions = (
        SplVersion(version["version"], date.fromisoformat(version["published"])) for version in told["versions"]
    )
    return LabelFacts(told["setid"], told["title"], tuple(versions))
