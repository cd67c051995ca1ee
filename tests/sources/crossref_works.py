"""Crossref's messages made up for the tests, and a healthy Crossref that answers with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from evidence.http.exchange import Reply, Request
from evidence.model.identity import Identifier, IdKind
from sources.fakes import reply

BASE = "https://crossref.example"


def doi(value: str) -> Identifier:
    return Identifier(IdKind.DOI, value)


def work(value: str, **fields: Any) -> dict[str, Any]:
    """A journal article; keyword names stand for Crossref's with hyphens."""
    told = {name.replace("_", "-"): content for name, content in fields.items()}
    return {"DOI": value, "type": "journal-article", "title": [f"The work {value}"], **told}


def update(kind: str, notice: str, source: str = "publisher", parts: tuple[int, ...] = (2021, 5, 4)) -> dict[str, Any]:
    return {
        "DOI": notice,
        "type": kind,
        "label": kind.title(),
        "source": source,
        "updated": {"date-parts": [list(parts)]},
    }


def work_list(*works: Mapping[str, Any], total: int | None = None) -> Reply:
    message = {"total-results": len(works) if total is None else total, "items": list(works), "items-per-page": 20}
    return reply(json.dumps({"status": "ok", "message-type": "work-list", "message": message}))


def single(told: Mapping[str, Any]) -> Reply:
    return reply(json.dumps({"status": "ok", "message-type": "work", "message": told}))


NO = reply("Resource not found.", 404)


@dataclass
class FakeCrossref:
    """Answers lists and single works from what it holds; `hidden` works are left out of lists only."""

    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Reply:
        asked = dois_in(request)
        if "/works/" in urlsplit(request.url).path:
            told = self.held.get(asked[0])
            return single(told) if told else NO
        return work_list(*(self.held[one] for one in asked if one in self.held and one not in self.hidden))


def dois_in(request: Request) -> list[str]:
    """The DOIs that a request asks for."""
    parts = urlsplit(request.url)
    if "/works/" in parts.path:
        return [unquote(parts.path.partition("/works/")[2])]
    return [part.removeprefix("doi:") for part in parse_qs(parts.query)["filter"][0].split(",")]


def holding(*dois: str) -> FakeCrossref:
    return FakeCrossref({one: work(one) for one in dois})
