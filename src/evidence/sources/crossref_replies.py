"""What Crossref's replies are worth, judged before anyone believes them, and how its addresses are made.

Crossref leaves out of a list what it does not hold, and answers 404 with the words "Resource not
found." for a single DOI. Its pace is told in headers (limits changed on 1 December 2025).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from evidence.http.exchange import Reply

_LONGEST_ADDRESS = 4000  # characters; beyond 4 KB, servers on the way may refuse
_LONGEST_QUERY = 600  # characters of a citation; what follows is more authors or a note
_NOT_FOUND = b"resource not found"
_INTERVAL = re.compile(r"(\d+(?:\.\d+)?)\s*s?")
_VOLATILE = ("indexed", "reference", "license", "link", "score", "is-referenced-by-count", "funder")
_SLOWEST = 5.0
_HEAD = 2048


def lists(base: str, dois: Iterable[str], email: str | None) -> Iterator[tuple[str, Sequence[str]]]:
    """The addresses that ask for all of these DOIs in as few lists as fit, each with the DOIs it asks for."""
    part: list[str] = []
    for doi in dois:
        if part and len(_list_address(base, [*part, doi], email)) > _LONGEST_ADDRESS:
            yield _list_address(base, part, email), part
            part = []
        part.append(doi)
    if part:
        yield _list_address(base, part, email), part


def _list_address(base: str, dois: Sequence[str], email: str | None) -> str:
    asked = ",".join(f"doi:{quote(doi, safe='/:()')}" for doi in dois)
    mailto = f"&mailto={quote(email)}" if email else ""
    return f"{base}/works?rows={len(dois)}{mailto}&filter={asked}"


def single(base: str, doi: str, email: str | None) -> str:
    """The address of one work."""
    mailto = f"?mailto={quote(email)}" if email else ""
    return f"{base}/works/{quote(doi, safe='')}{mailto}"


def search(base: str, printed: str, rows: int, email: str | None) -> str:
    """The address that asks for the works likest to a printed citation, their DOIs alone."""
    text = printed[:_LONGEST_QUERY].encode("utf-8", "replace").decode()
    mailto = f"&mailto={quote(email)}" if email else ""
    return f"{base}/works?rows={rows}&select=DOI{mailto}&query.bibliographic={quote(text, safe='')}"


def fits_filter(doi: str) -> bool:
    """Whether a list can be asked for this DOI; a comma would end it there."""
    return "," not in doi


def rate_limit_gap(headers: Mapping[str, str], gap: float) -> float:
    """The seconds between requests that `x-rate-limit-limit` and `-interval` allow; `gap` when they say nothing."""
    limit = headers.get("x-rate-limit-limit", "").strip()
    interval = _INTERVAL.fullmatch(headers.get("x-rate-limit-interval", "").strip())
    if interval is None or not limit.isdecimal() or int(limit) < 1:
        return gap
    return min(max(float(interval[1]) / int(limit), 0.02), _SLOWEST)


def list_problem(reply: Reply) -> str | None:
    """Why a list cannot be believed; None for a whole one, and for a refusal of its filter (400)."""
    objection = search_problem(reply)
    if objection is not None or reply.status == 400:
        return objection
    message, _ = _message(reply, "work-list")
    if message.get("total-results") != len(message["items"]):
        return f"the list holds {len(message['items'])} of {message.get('total-results')} works"
    return None


def search_problem(reply: Reply) -> str | None:
    """Why a list of search results cannot be believed; None for one of works, and for a refusal (400)."""
    if reply.status == 400:
        return None
    message, objection = _message(reply, "work-list")
    if objection is not None:
        return objection
    items = message.get("items")
    works = isinstance(items, list) and all(isinstance(item, dict) and _doi(item) for item in items)
    return None if works else "schema drift: the list's items are no works"


def single_problem(reply: Reply, doi: str) -> str | None:
    """Why the reply about one DOI cannot be believed; None for its work and for Crossref's own "no"."""
    if is_no(reply):
        return None
    message, objection = _message(reply, "work")
    if objection is not None:
        return objection
    return None if _doi(message) == doi.lower() else "Crossref answered about another DOI"


def is_no(reply: Reply) -> bool:
    """Whether Crossref says that it does not hold the DOI; a web server's own 404 page does not."""
    return reply.status == 404 and _NOT_FOUND in reply.body[:_HEAD].lower() and b"<html" not in reply.body[:_HEAD]


def _message(reply: Reply, message_type: str) -> tuple[Mapping[str, Any], str | None]:
    """The message of a reply, and why it cannot be believed."""
    if reply.status != 200:
        return {}, f"the service answered {reply.status}"
    head = reply.body[:_HEAD].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return {}, "a web page came instead of data"
    told = json_object(reply.body)
    if told is None:
        return {}, "the reply is no complete JSON"
    message = told.get("message")
    if told.get("status") != "ok" or told.get("message-type") != message_type or not isinstance(message, dict):
        return {}, f'no {message_type} but status "{_short(told, "status")}", type "{_short(told, "message-type")}"'
    return message, None


def works_in(reply: Reply) -> Mapping[str, Mapping[str, Any]]:
    """The works of a believable list by DOI in lower case."""
    message, _ = _message(reply, "work-list")
    return {_doi(item): item for item in message.get("items", ())}


def work_in(reply: Reply) -> Mapping[str, Any]:
    """The work of a believable single reply."""
    return _message(reply, "work")[0]


def stored_work(work: Mapping[str, Any]) -> bytes:
    """The work as it is kept: without its reference list and what changes though the record does not."""
    facts = {name: value for name, value in work.items() if name not in _VOLATILE}
    return json.dumps(facts, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")


def json_object(body: bytes) -> Mapping[str, Any] | None:
    """The object that a JSON text is; None when it is anything else."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _doi(work: Mapping[str, Any]) -> str:
    told = work.get("DOI")
    return told.lower() if isinstance(told, str) else ""


def _short(told: Mapping[str, Any], field: str) -> str:
    return "".join(char for char in str(told.get(field))[:40] if char.isprintable())
