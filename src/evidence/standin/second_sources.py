"""Crossref's REST API, the Handle API and the Wayback Machine's availability, as far as the project asks them."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import unescape

from evidence.standin.asked import ServerRequest
from evidence.standin.facts import ArticleFacts, CrossrefUpdate
from evidence.standin.searching import likest
from evidence.standin.served import Served, json_reply
from evidence.standin.world import World, page_key

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}


def crossref(world: World, asked: ServerRequest) -> Served:
    """`/works?filter=doi:…,doi:…&rows=N` and `/works/{doi}`; an unknown DOI is absent from the list, or a 404.

    `/works?query.bibliographic=…&rows=N` lists the works that share words with a citation, the likeliest first.
    """
    if asked.path.startswith("/crossref/works/"):
        message = _work(world, *dois_of(asked))
        if message is None:
            return Served(404, b"Resource not found.", "text/plain")
        return json_reply({"status": "ok", "message-type": "work", "message-version": "1.0.0", "message": message})
    if asked.path != "/crossref/works":
        return Served(404, b"Resource not found.", "text/plain")
    rows = int(asked.params.get("rows", 20))
    query = asked.params.get("query.bibliographic")
    wanted = dois_of(asked) if query is None else likest(world, query)
    held = [message for message in (_work(world, doi) for doi in wanted) if message is not None]
    if asked.params.get("select") == "DOI":
        held = [{"DOI": message["DOI"]} for message in held]
    listed = {
        "facets": {},
        "total-results": len(held),
        "items": held[:rows],
        "items-per-page": rows,
        "query": {"start-index": 0, "search-terms": None},
    }
    return json_reply({"status": "ok", "message-type": "work-list", "message-version": "1.0.0", "message": listed})


def handles(world: World, asked: ServerRequest) -> Served:
    """`/api/handles/{doi}`: responseCode 1 with the DOI's address, or 100 with 404 when no agency registered it.

    `/{doi}` itself redirects to that address, whatever is accepted: no agency here speaks CSL JSON.
    """
    (doi,) = dois_of(asked)
    at_crossref = doi in world.by_doi or doi in world.works
    target = world.handles.get(doi, f"https://publisher.example/{doi}" if at_crossref else None)
    if not asked.path.startswith("/doi/api/handles/"):
        return Served(302, headers={"Location": target}) if target else Served(404, b"DOI Not Found")
    if target is None:
        return json_reply({"responseCode": 100, "handle": doi}, 404)
    value = {
        "index": 1,
        "type": "URL",
        "data": {"format": "string", "value": target},
        "ttl": 86400,
        "timestamp": "2020-01-01T00:00:00Z",
    }
    return json_reply({"responseCode": 1, "handle": doi, "values": [value]})


def wayback(world: World, asked: ServerRequest) -> Served:
    """`/available?url=…&timestamp=…`: the copy nearest to the timestamp, the newest without one, or nothing."""
    url, wanted = asked.params.get("url", ""), asked.params.get("timestamp", "99991231")
    copies = world.snapshots.get(page_key(url), ())
    if not copies:
        return json_reply({"url": url, "archived_snapshots": {}})
    nearest = min(copies, key=lambda copy: abs(int(copy.ljust(14, "0")) - int(wanted.ljust(14, "0"))))
    closest = {
        "status": "200",
        "available": True,
        "url": f"http://web.archive.org/web/{nearest}/{url}",
        "timestamp": nearest,
    }
    return json_reply({"url": url, "timestamp": wanted, "archived_snapshots": {"closest": closest}})


def dois_of(asked: ServerRequest) -> tuple[str, ...]:
    """The DOIs that a Crossref or Handle request asks for, in lower case."""
    path = unquote(urlsplit(asked.target).path)
    for root in ("/crossref/works/", "/doi/api/handles/", "/doi/"):
        if path.startswith(root):
            return (path.removeprefix(root).lower(),)
    listed = asked.params.get("filter", "").split(",")
    return tuple(part.removeprefix("doi:").lower() for part in listed if part.startswith("doi:"))


def _work(world: World, doi: str) -> dict[str, Any] | None:
    if doi in world.works:
        return dict(world.works[doi])
    article = world.by_doi.get(doi)
    return None if article is None or doi in world.not_at_crossref else _message(article)


def _message(article: ArticleFacts) -> dict[str, Any]:
    """An article as Crossref would hold it: the same facts, in Crossref's names."""
    issued = {"date-parts": [_date_parts(article.pub_date)]}
    message: dict[str, Any] = {
        "DOI": article.doi.lower(),
        "type": "journal-article",
        "title": [unescape(article.title).removesuffix(".")],
        "author": [
            {"name": author.collective} if author.collective else {"given": author.given, "family": author.family}
            for author in article.authors
        ],
        "container-title": [article.journal.title],
        "short-container-title": [article.journal.iso],
        "ISSN": list(article.journal.issns),
        "volume": article.volume,
        "issue": article.issue,
        "page": article.pages,
        "issued": issued,
        "published": issued,
        "published-print": issued,
        "URL": f"https://doi.org/{article.doi}",
        "source": "Crossref",
        "relation": {},
    }
    if article.updates:
        message["updated-by"] = [_update(update) for update in article.updates]
    return {name: value for name, value in message.items() if value not in ("", [], [""])}


def _update(update: CrossrefUpdate) -> dict[str, Any]:
    day = update.updated
    return {
        "DOI": update.doi,
        "type": update.type,
        "label": update.type.replace("_", " ").capitalize(),
        "source": update.source,
        "updated": {"date-parts": [[day.year, day.month, day.day]], "date-time": f"{day:%Y-%m-%d}T00:00:00Z"},
    }


def _date_parts(pub_date: str) -> list[int]:
    """`2013 Feb 5` as numbers, up to the first part that is none (a season, the second half of a range)."""
    year, *rest = pub_date.split() or ["0"]
    parts = [int(year[:4])]
    if rest and rest[0] in _MONTHS:
        parts.append(_MONTHS[rest[0]])
        parts += [int(part) for part in rest[1:2] if part.isdecimal()]
    return parts
