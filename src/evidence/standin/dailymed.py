"""DailyMed's web services v2: a label's history, and the list filtered by Set ID.

The shape is that of recorded answers: numbers as numbers, an absent page as the string `null`, dates in English. What
DailyMed answers for a Set ID that it does not hold is not documented; `World.unknown_label` chooses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from evidence.standin.asked import ServerRequest
from evidence.standin.served import Served, json_reply
from evidence.standin.world import World

_ROOT = "/dailymed/services/v2"
_MOST_PER_PAGE = 100
_Item = TypeVar("_Item")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def answer(world: World, asked: ServerRequest) -> Served:
    """The reply of one DailyMed web service."""
    path = asked.path.removeprefix(_ROOT)
    if asked.method not in ("GET", "HEAD"):
        return Served(405, b"<h1>Method Not Allowed</h1>")
    if path == "/spls.json":
        return _list(world, asked)
    if path.startswith("/spls/") and path.endswith("/history.json"):
        return _history(world, asked)
    return Served(415 if path.endswith(".json") else 404, b"<h1>HTTP Status</h1>")


def ids_of(asked: ServerRequest) -> tuple[str, ...]:
    """The Set ID that a request asks for."""
    setid = asked.params.get("setid") or asked.path.removeprefix(f"{_ROOT}/spls/").partition("/")[0]
    return (setid.lower(),) if setid else ()


def _history(world: World, asked: ServerRequest) -> Served:
    setid = "".join(ids_of(asked))
    label = world.labels.get(setid)
    if label is None and world.unknown_label == "404":
        return Served(404, b"<h1>HTTP Status 404 - Not Found</h1>")
    versions = label.versions if label else ()
    spl = {"title": label.title if label else "null", "setid": setid}
    shown, metadata = _page(versions, asked, f"{_ROOT}/spls/{setid}/history")
    entries = [{"spl_version": version.version, "published_date": _day(version.published)} for version in shown]
    return json_reply({"data": {"spl": spl, "history": entries}, "metadata": metadata})


def _list(world: World, asked: ServerRequest) -> Served:
    wanted = asked.params.get("setid", "").lower()
    labels = [label for setid, label in world.labels.items() if wanted in ("", setid)]
    shown, metadata = _page(labels, asked, f"{_ROOT}/spls.json")
    listed = [
        {
            "spl_version": label.versions[0].version,
            "published_date": _day(label.versions[0].published),
            "title": label.title,
            "setid": label.setid,
        }
        for label in shown
    ]
    return json_reply({"data": listed, "metadata": metadata})


def _page(items: Sequence[_Item], asked: ServerRequest, path: str) -> tuple[Sequence[_Item], Mapping[str, Any]]:
    size = min(int(asked.params.get("pagesize", _MOST_PER_PAGE)), _MOST_PER_PAGE)
    page = int(asked.params.get("page", 1))
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


def _day(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.day:02d}, {day.year}"
