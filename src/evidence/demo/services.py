"""Replies of all services but PubMed: DailyMed, Crossref, doi.org, Wayback, ClinicalTrials.gov, and the cited pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import unescape

from evidence.demo import spl
from evidence.demo.http import Delivery, ServerReply, ServerRequest, json_reply
from evidence.demo.pubmed import most_alike
from evidence.demo.world import ArticleFacts, CrossrefUpdate, LabelFacts, PageFacts, TrialFacts, World, page_key
from evidence.model.records import SplVersion
from evidence.model.regex import regex

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# DailyMed's web services v2: a label's history, and the list filtered by Set ID. The shape is that of recorded
# answers: numbers as numbers, an absent page as the string `null`, dates in English. What DailyMed answers for a
# Set ID that it does not hold is not documented; `World.unknown_label` chooses. The current document comes from the
# services, older ones as archives from DailyMed's pages, which show the home page for what they do not have.

_DAILYMED = "/dailymed/services/v2"
_MOST_PER_PAGE = 100
_Item = TypeVar("_Item")


def dailymed_reply(world: World, request: ServerRequest) -> ServerReply:
    """The reply of one DailyMed web service."""
    path = request.path.removeprefix(_DAILYMED)
    if path in ("/dailymed", "/dailymed/", "/dailymed/index.cfm"):
        return ServerReply(200, _HOME_PAGE)
    if request.method not in ("GET", "HEAD"):
        return ServerReply(405, b"<h1>Method Not Allowed</h1>")
    if path == "/spls.json":
        return _labels(world, request)
    if path.startswith("/spls/") and path.endswith("/history.json"):
        return _label_history(world, request)
    if path.startswith("/spls/") and path.endswith(".xml") and path.count("/") == 2:
        return _current_document(world, request)
    if path == "/dailymed/getFile.cfm" and request.params.get("type") == "zip":
        return _archive(world, request)
    if path.startswith("/spls/") and path.endswith(".zip"):
        return _HOME
    return ServerReply(415 if path.endswith(".json") else 404, b"<h1>HTTP Status</h1>")


def set_ids_in(request: ServerRequest) -> tuple[str, ...]:
    """The Set ID that a request asks for."""
    named = request.path.removeprefix(f"{_DAILYMED}/spls/").partition("/")[0].removesuffix(".xml")
    setid = request.params.get("setid") or named
    return (setid.lower(),) if setid else ()


_HOME = ServerReply(302, headers={"Location": "/dailymed/index.cfm"})
_HOME_PAGE = b"<!DOCTYPE html><html><head><title>DailyMed</title></head><body>Search for a drug</body></html>"


def _current_document(world: World, request: ServerRequest) -> ServerReply:
    label = world.labels.get("".join(set_ids_in(request)))
    if label is None:
        return ServerReply(404, b"<h1>HTTP Status 404 - Not Found</h1>")
    facts = label.contents.get(label.versions[0].version)
    if facts is not None and facts.trouble:
        return _troubled(world, label, label.versions[0], facts.trouble, archived=False)
    return ServerReply(200, spl.label_document(label, label.versions[0]), "application/xml")


def _archive(world: World, request: ServerRequest) -> ServerReply:
    label = world.labels.get("".join(set_ids_in(request)))
    wanted = request.params.get("version", "")
    version = next((each for each in label.versions if str(each.version) == wanted), None) if label else None
    if label is None or version is None:
        return _HOME
    facts = label.contents.get(version.version)
    if facts is not None and facts.trouble:
        return _troubled(world, label, version, facts.trouble, archived=True)
    return ServerReply(200, spl.zipped(spl.label_document(label, version)), "application/zip")


def _troubled(world: World, label: LabelFacts, version: SplVersion, trouble: str, *, archived: bool) -> ServerReply:
    """How DailyMed fails to give a version, as `ContentsFacts.trouble` says."""
    document = spl.label_document(label, version)
    match trouble:
        case "home":
            return _HOME
        case "another-label":
            others = (other for setid, other in world.labels.items() if setid != label.setid.lower())
            other = next(others, replace(label, setid="00000000-0000-4000-8000-000000000000"))
            document = spl.label_document(other, version)
        case "cut":
            body = spl.zipped(document) if archived else document
            return ServerReply(200, body[: len(body) // 2], "application/zip" if archived else "application/xml")
        case "no-document":
            return ServerReply(200, spl.zipped(document, "readme.txt"), "application/zip")
        case "page":
            return ServerReply(200, b"<!DOCTYPE html><html><body>Please try again later</body></html>")
        case _:
            raise ValueError(f"unknown trouble {trouble}")
    body = spl.zipped(document) if archived else document
    return ServerReply(200, body, "application/zip" if archived else "application/xml")


def _label_history(world: World, request: ServerRequest) -> ServerReply:
    setid = "".join(set_ids_in(request))
    label = world.labels.get(setid)
    if label is None and world.unknown_label == "404":
        return ServerReply(404, b"<h1>HTTP Status 404 - Not Found</h1>")
    versions = label.versions if label else ()
    spl = {"title": label.title if label else "null", "setid": setid}
    on_page, metadata = _paginated(versions, request, f"{_DAILYMED}/spls/{setid}/history")
    entries = [
        {"spl_version": version.version, "published_date": _english_day(version.published)} for version in on_page
    ]
    return json_reply({"data": {"spl": spl, "history": entries}, "metadata": metadata})


def _labels(world: World, request: ServerRequest) -> ServerReply:
    wanted = request.params.get("setid", "").lower()
    labels = [label for setid, label in world.labels.items() if wanted in ("", setid)]
    on_page, metadata = _paginated(labels, request, f"{_DAILYMED}/spls.json")
    listed = [
        {
            "spl_version": label.versions[0].version,
            "published_date": _english_day(label.versions[0].published),
            "title": label.title,
            "setid": label.setid,
        }
        for label in on_page
    ]
    return json_reply({"data": listed, "metadata": metadata})


def _paginated(items: Sequence[_Item], request: ServerRequest, path: str) -> tuple[Sequence[_Item], Mapping[str, Any]]:
    size = min(int(request.params.get("pagesize", _MOST_PER_PAGE)), _MOST_PER_PAGE)
    page = int(request.params.get("page", 1))
    pages = math.ceil(len(items) / size)
    url = f"https://dailymed.nlm.nih.gov{path}"
    metadata = {
        "db_published_date": "Nov 20, 2026 07:31:34PM EST",
        "elements_per_page": size,
        "current_url": url,
        "next_page_url": f"{url}?page={page + 1}&pagesize={size}" if page < pages else "null",
        "total_elements": len(items),
        "total_pages": pages,
        "current_page": page,
        "previous_page": page - 1 if page > 1 else "null",
        "previous_page_url": f"{url}?page={page - 1}&pagesize={size}" if page > 1 else "null",
        "next_page": page + 1 if page < pages else "null",
    }
    return items[(page - 1) * size : page * size], metadata


def _english_day(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.day:02d}, {day.year}"


# Crossref's REST API, the Handle API and the Wayback Machine's availability, as far as the project asks them.


def crossref_reply(world: World, request: ServerRequest) -> ServerReply:
    """`/works?filter=doi:…,doi:…&rows=N` and `/works/{doi}`; an unknown DOI is absent from the list, or a 404.

    `/works?query.bibliographic=…&rows=N` lists the works that share words with a citation, the likeliest first.
    """
    if request.path.startswith("/crossref/works/"):
        message = _crossref_work(world, *dois_in(request))
        if message is None:
            return ServerReply(404, b"Resource not found.", "text/plain")
        return json_reply({"status": "ok", "message-type": "work", "message-version": "1.0.0", "message": message})
    if request.path != "/crossref/works":
        return ServerReply(404, b"Resource not found.", "text/plain")
    rows = int(request.params.get("rows", 20))
    query = request.params.get("query.bibliographic")
    wanted = dois_in(request) if query is None else most_alike(world, query)
    found = [message for message in (_crossref_work(world, doi) for doi in wanted) if message is not None]
    if request.params.get("select") == "DOI":
        found = [{"DOI": message["DOI"]} for message in found]
    listed = {
        "facets": {},
        "total-results": len(found),
        "items": found[:rows],
        "items-per-page": rows,
        "query": {"start-index": 0, "search-terms": None},
    }
    return json_reply({"status": "ok", "message-type": "work-list", "message-version": "1.0.0", "message": listed})


def doi_reply(world: World, request: ServerRequest) -> ServerReply:
    """`/api/handles/{doi}`: responseCode 1 with the DOI's address, or 100 with 404 when no agency registered it.

    `/{doi}` itself redirects to that address, whatever is accepted: no agency here speaks CSL JSON.
    """
    (doi,) = dois_in(request)
    at_crossref = doi in world.by_doi or doi in world.works
    target = world.handles.get(doi, f"https://publisher.example/{doi}" if at_crossref else None)
    is_alias = target is not None and "://" not in target
    if not request.path.startswith("/doi/api/handles/"):
        location = f"https://publisher.example/{target}" if is_alias else target
        return ServerReply(302, headers={"Location": location}) if location else ServerReply(404, b"DOI Not Found")
    if target is None:
        return json_reply({"responseCode": 100, "handle": doi}, 404)
    value = {
        "index": 1,
        "type": "HS_ALIAS" if is_alias else "URL",
        "data": {"format": "string", "value": target},
        "ttl": 86400,
        "timestamp": "2020-01-01T00:00:00Z",
    }
    return json_reply({"responseCode": 1, "handle": doi, "values": [value]})


def wayback_reply(world: World, request: ServerRequest) -> ServerReply:
    """`/available?url=…&timestamp=…`: the copy nearest to the timestamp, the newest without one, or nothing."""
    url, wanted = request.params.get("url", ""), request.params.get("timestamp", "99991231")
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


def dois_in(request: ServerRequest) -> tuple[str, ...]:
    """The DOIs that a Crossref or Handle request asks for, in lower case."""
    path = unquote(urlsplit(request.target).path)
    for root in ("/crossref/works/", "/doi/api/handles/", "/doi/"):
        if path.startswith(root):
            return (path.removeprefix(root).lower(),)
    listed = request.params.get("filter", "").split(",")
    return tuple(part.removeprefix("doi:").lower() for part in listed if part.startswith("doi:"))


def _crossref_work(world: World, doi: str) -> dict[str, Any] | None:
    if doi in world.works:
        return dict(world.works[doi])
    article = world.by_doi.get(doi)
    return None if article is None or doi in world.not_at_crossref else _crossref_message(article)


def _crossref_message(article: ArticleFacts) -> dict[str, Any]:
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
        parts.append(_MONTHS.index(rest[0]) + 1)
        parts += [int(part) for part in rest[1:2] if part.isdecimal()]
    return parts


# ClinicalTrials.gov's API v2: lists by number, and single studies. The shape is that of its documentation.

_TRIALS = "/trials/api/v2/studies"
_NCT = regex(r"NCT\d{8}")


def trials_reply(world: World, request: ServerRequest) -> ServerReply:
    """`?filter.ids=A|B&pageSize=N&pageToken=T` and `/{NCT}`.

    In a list what is unknown is left out, an alias brings the study that it belongs to, and one malformed number is
    refused with all others (400). Alone an unknown number is a 404 in plain text, an alias a redirect.
    """
    by_number = {number: trial for trial in world.trials.values() for number in (*trial.aliases, trial.number)}
    numbers = trials_in(request)
    if any(not _NCT.fullmatch(number) for number in numbers):
        return ServerReply(400, b"Bad Request: NCT number expected", "text/plain")
    if request.path == _TRIALS:
        asked = [by_number[number] for number in numbers if number in by_number]
        listed = list(dict.fromkeys(asked)) if "filter.ids" in request.params else list(world.trials.values())
        size, first = int(request.params.get("pageSize", 10)), int(request.params.get("pageToken", 0))
        more = {"nextPageToken": str(first + size)} if first + size < len(listed) else {}
        return json_reply({"studies": [_study(trial) for trial in listed[first : first + size]], **more})
    (number,) = numbers or ("",)
    if number not in by_number:
        return ServerReply(404, f"NCT number {number} not found".encode(), "text/plain")
    trial = by_number[number]
    if trial.number != number:
        return ServerReply(301, headers={"Location": f"{_TRIALS}/{trial.number}"})
    return json_reply(_study(trial))


def trials_in(request: ServerRequest) -> tuple[str, ...]:
    """The numbers that a request asks for."""
    if request.path.startswith(f"{_TRIALS}/"):
        return (request.path.removeprefix(f"{_TRIALS}/"),)
    return tuple(filter(None, request.params.get("filter.ids", "").split("|")))


def _study(trial: TrialFacts) -> Mapping[str, Any]:
    identification: dict[str, Any] = {"nctId": trial.number, "briefTitle": trial.title}
    if trial.aliases:
        identification["nctIdAliases"] = list(trial.aliases)
    status: dict[str, Any] = {"overallStatus": trial.status}
    if trial.why_stopped:
        status["whyStopped"] = trial.why_stopped
    if trial.results_posted:
        status["resultsFirstPostDateStruct"] = {"date": trial.results_posted, "type": "ACTUAL"}
    if trial.updated:
        status["lastUpdatePostDateStruct"] = {"date": trial.updated, "type": "ACTUAL"}
    return {
        "protocolSection": {"identificationModule": identification, "statusModule": status},
        "hasResults": bool(trial.results_posted),
    }


# The cited pages, served by Host header and path.

# A host that the world does not know must not look dead.
_UNKNOWN_HOST = ServerReply(503, b"<title>Unknown host</title><p>The demo server does not know this host.</p>")
_UNKNOWN_PATH = ServerReply(404, b"<title>404 Not Found</title><p>No such page.</p>")


def page_reply(world: World, request: ServerRequest) -> ServerReply:
    """The page at the address asked for; without it 404 on a known host, 503 on a host that the world does not know."""
    page = page_at(world, request.url)
    if page is None:
        return _UNKNOWN_PATH if urlsplit(page_key(request.url)).netloc in world.hosts | {""} else _UNKNOWN_HOST
    if page.status is None or page.refused:
        return ServerReply(delivery=Delivery.HANG_UP, delay=page.delay)
    status = page.head_status if request.method == "HEAD" and page.head_status is not None else page.status
    location: Mapping[str, str] = {"Location": page.location} if page.location else {}
    return ServerReply(
        status,
        page.body.encode(),
        page.content_type,
        {**location, **page.headers},
        delivery=_delivery(page),
        delay=page.delay,
        pause=page.drip,
    )


def page_at(world: World, url: str) -> PageFacts | None:
    """The page of an address: that of its host, else one that answers for every host."""
    key = page_key(url)
    parts = urlsplit(key)
    return world.pages.get(key) or world.pages.get(
        page_key(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    )


def _delivery(page: PageFacts) -> Delivery:
    if page.endless:
        return Delivery.ENDLESS
    if page.cut:
        return Delivery.CUT
    return Delivery.DRIP if page.drip else Delivery.COMPLETE
