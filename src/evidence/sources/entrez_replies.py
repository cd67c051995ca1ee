"""What replies of the E-utilities are worth, judged before anyone believes them.

NCBI sends error pages, `<ERROR>` elements and cut bodies with status 200, relays its own backends'
502 as 400, and answers one malformed identifier in a batch by refusing the batch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from evidence.http.exchange import Reply
from evidence.model.outcomes import Blocked, Cause, Unavailable
from evidence.sources.pubmed_xml import deleted_pmids, split_articles, version_of

_ERROR = re.compile(rb"<ERROR>(.*?)(?:</ERROR>|\Z)", re.DOTALL)
_END_OF_SET = re.compile(rb"(?:</PubmedArticleSet\s*>|<PubmedArticleSet\s*/>)\s*\Z")
_NO_CORRECT_IDS = re.compile(rb"ID[ +]list[ +]is[ +]empty", re.IGNORECASE)
_INVALID_KEY = re.compile(rb'"error"\s*:\s*"API key\b', re.IGNORECASE)
_MATCH_FIELDS = 6  # journal, year, volume, page, author and key before the answer
_UNKNOWN = "cannot get document summary"
_QUOTED = 160  # characters of an error's text
_HEAD = 2048  # bytes that hold a prolog, or an end


def records_problem(reply: Reply) -> str | None:
    """Why an efetch reply cannot be believed; None for a whole PubmedArticleSet and for a refusal that stands."""
    if _refuses(reply):
        return None
    return _general_doubt(reply) or _set_doubt(reply.body)


def summaries_problem(reply: Reply) -> str | None:
    """Why an esummary reply cannot be believed; None for a JSON result and for a refusal that stands."""
    if _refuses(reply):
        return None
    if objection := _general_doubt(reply):
        return objection
    told = json_object(reply.body)
    if told is None:
        return "the reply is no complete JSON"
    if isinstance(told.get("result"), dict) or _is_refused_batch(told):
        return None
    return f"no summaries but: {_quoted(str(told.get('error', 'nothing')))}"


def search_problem(reply: Reply) -> str | None:
    """Why an esearch reply cannot be believed; None for a JSON list of identifiers and for a refused API key."""
    if _is_bad_key(reply):
        return None
    if objection := _general_doubt(reply):
        return objection
    found = (json_object(reply.body) or {}).get("esearchresult")
    if not isinstance(found, dict):
        return "the reply is no complete search result"
    if error := found.get("ERROR"):
        return f"the service reports: {_quoted(str(error))}"
    return None if isinstance(found.get("idlist"), list) else "the search result has no list of identifiers"


def found_identifiers(body: bytes) -> tuple[str, ...]:
    """The identifiers of a believable search result, in its order."""
    found = (json_object(body) or {}).get("esearchresult")
    listed = found.get("idlist") if isinstance(found, dict) else None
    return tuple(str(uid) for uid in listed if str(uid).isdecimal()) if isinstance(listed, list) else ()


def matches_problem(reply: Reply) -> str | None:
    """Why an ecitmatch reply cannot be believed; None for lines of fields and for a refused API key.

    It is text, so a page or an error envelope is told by its tags, and anything else by having no line of fields.
    """
    if _is_bad_key(reply):
        return None
    if objection := _general_doubt(reply):
        return objection
    lines = reply.body.splitlines()
    return None if any(line.count(b"|") >= _MATCH_FIELDS for line in lines) else "the reply is no list of matches"


def _refuses(reply: Reply) -> bool:
    """Whether the reply is a refusal which asking again would not change."""
    return is_bad_id(reply) or _is_bad_key(reply) or reply.status in (404, 410, 414)


def _is_bad_key(reply: Reply) -> bool:
    head = reply.body[:_HEAD].lstrip()
    return head.startswith(b"{") and _INVALID_KEY.search(head) is not None


def is_bad_id(reply: Reply) -> bool:
    """Whether the whole request is refused because of identifiers in it that are none."""
    head = reply.body[:_HEAD]
    if b'"esummaryresult"' in head:
        return _is_refused_batch(json_object(reply.body) or {})
    # In JSON and in records these words may be somebody's title.
    error = error_text(reply.body).encode() if head.lstrip()[:1] == b"<" else head
    return not head.lstrip().startswith(b"{") and _NO_CORRECT_IDS.search(error) is not None


def _is_refused_batch(told: Mapping[str, Any]) -> bool:
    return "result" not in told and "invalid uid" in str(told.get("esummaryresult", "")).lower()


def _general_doubt(reply: Reply) -> str | None:
    body = reply.body
    if not body or body.isspace():
        return "the reply is empty"
    if error := error_text(body):
        return f"the service reports: {_quoted(error)}"
    if reply.status != 200:
        return f"the service answered {reply.status}"
    head = body[:_HEAD].lower()
    return "a web page came instead of data" if b"<html" in head or b"<!doctype html" in head else None


def _set_doubt(body: bytes) -> str | None:
    start = body.find(b"<PubmedArticleSet")
    if start < 0:
        return "the reply is no PubmedArticleSet"
    if body.find(b"<!ENTITY", 0, start) >= 0:
        return "the reply declares entities"
    if not _END_OF_SET.search(body[-_HEAD:]):
        return "the reply is cut off"
    return None


def error_text(body: bytes) -> str:
    """The text of the first ERROR element; inside records `<` is always escaped."""
    match = _ERROR.search(body)
    return match[1].decode("utf-8", "replace").strip() or "an error without a text" if match else ""


def _quoted(text: str) -> str:
    """The beginning of a foreign text, without markup and control characters."""
    bare = re.sub(r"<[^>]*>", " ", text)
    line = " ".join("".join(char if char.isprintable() else " " for char in bare).split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"


def json_object(body: bytes) -> Mapping[str, Any] | None:
    """The object that a JSON text is; None when it is anything else."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def body_of(outcome: Reply | Blocked | Unavailable) -> bytes | Blocked | Unavailable:
    """The data of a believable reply; else why there is none."""
    if not isinstance(outcome, Reply):
        return outcome
    if _is_bad_key(outcome):
        return Blocked("NCBI says that the API key is not valid: correct or unset NCBI_API_KEY", outcome.status)
    if outcome.status != 200 or is_bad_id(outcome):
        return Unavailable(f"NCBI refused the request ({outcome.status})", Cause.HTTP, outcome.status)
    return outcome.body


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one efetch reply.

    `raws` by PMID, each in its newest version; `deleted` the PMIDs that the reply calls deleted;
    `nameless` counts records whose PMID does not stand where it belongs.
    """

    raws: Mapping[str, bytes]
    deleted: frozenset[str]
    nameless: int


def records_in(body: bytes) -> Records:
    """The records of a PubmedArticleSet."""
    raws: dict[str, bytes] = {}
    nameless = 0
    for pmid, raw in split_articles(body):
        if not pmid:
            nameless += 1
        elif pmid not in raws or version_of(raw) >= version_of(raws[pmid]):
            raws[pmid] = raw
    return Records(MappingProxyType(raws), deleted_pmids(body), nameless)


@dataclass(frozen=True, slots=True)
class Summary:
    """One document summary: its fields, or the error in its place."""

    fields: Mapping[str, Any]

    @property
    def is_unknown(self) -> bool:
        """The service's own "no"."""
        return _UNKNOWN in str(self.fields.get("error", ""))

    @property
    def error(self) -> str | None:
        """The error in place of the summary."""
        error = self.fields.get("error")
        return None if error is None else _quoted(str(error))

    def number(self, id_type: str) -> str | None:
        """The document's own number of a type (`pubmed`, `pmcid`, `doi`), as its `articleids` give it."""
        ids = self.fields.get("articleids")
        entries = [entry for entry in ids if isinstance(entry, dict)] if isinstance(ids, list) else []
        values = (str(entry.get("value") or "") for entry in entries if entry.get("idtype") == id_type)
        return next((value for value in values if value), None)


def summaries_in(body: bytes) -> Mapping[str, Summary]:
    """The summaries of an esummary reply by the identifier that was asked."""
    result = (json_object(body) or {}).get("result")
    entries = result.items() if isinstance(result, dict) else ()
    return {uid: Summary(entry) for uid, entry in entries if isinstance(entry, dict) and entry}
