"""A record (a CSL item) as facts to read: what the authority says, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from evidence.formats.html_words import IdentifierLink, link, rich

_AUTHORS = 12
_VERSIONS = 5
_NOTICES = {
    "RetractionIn": "retracted by",
    "RetractedandRepublishedIn": "retracted, republished as",
    "ExpressionOfConcernIn": "expression of concern",
    "ErratumIn": "erratum",
    "UpdateIn": "updated by",
    "CorrectedandRepublishedIn": "corrected and republished as",
    "RepublishedIn": "republished as",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a record: its name, its text, and the identifiers that go with it."""

    name: str
    text: Markup | str
    links: tuple[IdentifierLink, ...] = ()


def facts(record: Mapping[str, Any]) -> Iterator[Fact]:
    """What the record says, in the order in which a reader asks."""
    custom = record.get("custom") or {}
    yield from (fact for fact in _bibliographic(record, custom) if fact.text or fact.links)
    for notice in custom.get("notices", ()):
        yield _notice(notice)
    yield from (fact for fact in _other(record, custom) if fact.text or fact.links)


def _bibliographic(record: Mapping[str, Any], custom: Mapping[str, Any]) -> Iterator[Fact]:
    yield Fact("Title", rich(str(custom.get("title-html") or record.get("title") or "")))
    yield Fact("Original title", rich(str(record.get("original-title") or "")))
    yield Fact("Authors", _names(record.get("author") or ()))
    yield Fact("Editors", _names(record.get("editor") or ()))
    journal, short = str(record.get("container-title") or ""), str(record.get("container-title-short") or "")
    yield Fact("In", rich(f"{journal} ({short})" if journal and short and short != journal else journal or short))
    yield Fact("Publisher", rich(str(record.get("publisher") or "")))
    yield Fact("Issued", _day(record.get("issued")))
    yield Fact("Located at", _place(record))
    found = tuple(link(kind.lower(), str(record[kind])) for kind in ("PMID", "PMCID", "DOI") if record.get(kind))
    yield Fact("Identifiers", "", found)


def _names(names: Any) -> str:
    told = [_name(name) for name in names[:_AUTHORS]]
    more = len(names) - len(told)
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")


def _name(name: Mapping[str, Any]) -> str:
    parts = (name.get("family"), name.get("given"), name.get("suffix"))
    return str(name.get("literal") or " ".join(str(part) for part in parts if part))


def _day(issued: Mapping[str, Any] | None) -> str:
    if not issued:
        return ""
    if issued.get("literal"):
        return str(issued["literal"])
    days = [
        "-".join(f"{part:02d}" if n else str(part) for n, part in enumerate(parts))
        for parts in issued.get("date-parts", ())
    ]
    return " to ".join(days)


def _place(record: Mapping[str, Any]) -> str:
    volume, issue, page = (str(record.get(key) or "") for key in ("volume", "issue", "page"))
    parts = (f"volume {volume}" if volume else "", f"issue {issue}" if issue else "", f"page {page}" if page else "")
    return ", ".join(part for part in parts if part)


def _notice(notice: Mapping[str, Any]) -> Fact:
    kind = str(notice.get("type", ""))
    parts = [str(notice.get("source") or ""), str(notice.get("date") or ""), str(notice.get("note") or "")]
    if notice.get("told-by"):
        parts.append("told by " + ", ".join(map(str, notice["told-by"])))
    links = tuple(link(key.lower(), str(notice[key])) for key in ("PMID", "DOI") if notice.get(key))
    return Fact(
        "Notice", ": ".join(part for part in (_NOTICES.get(kind, kind), "; ".join(filter(None, parts))) if part), links
    )


def _other(record: Mapping[str, Any], custom: Mapping[str, Any]) -> Iterator[Fact]:
    kinds = custom.get("publication-types") or ()
    yield Fact("Publication types", ", ".join(str(kind.get("label") or kind.get("ui")) for kind in kinds))
    yield Fact("Trials", "", tuple(link("nct", str(trial)) for trial in custom.get("trials") or ()))
    yield Fact("Versions", _versions(custom.get("versions") or ()))
    status = custom.get("status")
    if isinstance(status, int):
        yield Fact("Answered", f"HTTP {status}")
    elif status:
        yield Fact("Status", str(status))
    final = str(custom.get("final-url") or "")
    if final and final != record.get("URL"):
        yield Fact("Led to", "", (link("url", final),))


def _versions(versions: Any) -> str:
    told = [f"version {one.get('version')} of {one.get('published')}" for one in versions[:_VERSIONS]]
    more = len(versions) - len(told)
    return ", ".join(told) + (f" and {more} older" if more > 0 else "")
