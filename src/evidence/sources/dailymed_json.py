"""What DailyMed's web services v2 say about a label: tolerant where they vary, strict where facts hang on it.

Known to vary: numbers come as numbers or strings, an absent page as the string "null", Set IDs in
either case, titles with HTML entities; version numbers skip. Dates are English text ("Aug 09, 2023").
What fits neither is raised as a ValueError with a short reason: it is no answer, and never a fact.

Shapes: NLM's `spls_setid_history_api.cfm` and `spls_api.cfm` (web services help, v2), and recorded answers.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from evidence.model.identity import Identifier
from evidence.model.records import Label, SplVersion

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"([A-Za-z]{3})[a-z]* +(\d{1,2}), *(\d{4})", re.ASCII)
_DIGITS = re.compile(r"\d{1,9}", re.ASCII)
_MOST_PAGES = 100  # 100 versions each; no label comes near
_DAYS_AHEAD = 2  # a label may be dated for tomorrow, and elsewhere it is tomorrow already


class No(Enum):
    """DailyMed's own "no": in words of its services (`EMPTY`) or by HTTP 404/410 alone (`MISSING`)."""

    EMPTY = "empty"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is kept of an answer: the Set ID, the title as given, versions with their publication days, newest first."""

    setid: str
    title: str
    versions: tuple[SplVersion, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One page of a version history; `total` counts the versions on all `pages`."""

    facts: Facts
    total: int
    pages: int
    number: int


def history_page(body: bytes, setid: str) -> HistoryPage | No:
    """One page of `spls/{SETID}/history.json`; raises ValueError when it cannot be believed."""
    answer = _mapping(_loaded(body), "answer")
    metadata = _mapping(answer.get("metadata") or {}, "metadata")
    total = _number(metadata.get("total_elements"))
    data = answer.get("data")
    if _is_empty(answer, total):
        return No.EMPTY
    data = _mapping(data, "data")
    label = _mapping(data.get("spl") or data, "spl")
    _check_setid(label.get("setid"), setid)
    versions = tuple(_version(entry) for entry in _list(data.get("history"), "history"))
    if not versions and total == 0:
        return No.EMPTY
    pages = _number(metadata.get("total_pages")) or 1
    if not versions or not total or pages > _MOST_PAGES:
        raise ValueError("DailyMed's answer contradicts itself")
    number = _number(metadata.get("current_page")) or 1
    return HistoryPage(Facts(setid, _text(label.get("title")), versions), total, pages, number)


def listed(body: bytes, setid: str) -> Facts | No:
    """The label in the answer to `spls.json?setid=`; raises ValueError when it cannot be believed.

    A list of other labels is not a "no": the service is known to ignore filters.
    """
    answer = _mapping(_loaded(body), "answer")
    total = _number(_mapping(answer.get("metadata") or {}, "metadata").get("total_elements"))
    if _is_empty(answer, total):
        return No.EMPTY
    for entry in _list(answer.get("data"), "data"):
        label = _mapping(entry, "data")
        if _text(label.get("setid")).lower() == setid:
            return Facts(setid, _text(label.get("title")), (_version(label),))
    raise ValueError("DailyMed answered about another Set ID")


def lists_anything(body: bytes) -> bool:
    """Whether this is the list of labels, with labels in it; raises ValueError when it is no such list."""
    answer = _mapping(_loaded(body), "answer")
    entries = _list(answer.get("data"), "data")
    return any(_version(_mapping(entry, "data")) for entry in entries)


def canonical(facts: Facts) -> bytes:
    """The facts in the shape of `history.json`, without its metadata and always spelt alike.

    The metadata change every day; what is kept changes, and with it its hash, only when the facts do.
    """
    document = {
        "data": {
            "spl": {"setid": facts.setid, "title": facts.title},
            "history": [{"spl_version": v.version, "published_date": _english(v.published)} for v in facts.versions],
        }
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "replace")


def label_of(identifier: Identifier, raw: bytes) -> Label:
    """The label in what was kept; raises ValueError when it is not what `canonical` writes for this Set ID."""
    data = _mapping(_mapping(_loaded(raw), "answer").get("data"), "data")
    spl = _mapping(data.get("spl"), "spl")
    _check_setid(spl.get("setid"), identifier.value.lower())
    versions = newest_first(tuple(_version(entry) for entry in _list(data.get("history"), "history")))
    if not versions:
        raise ValueError("DailyMed's answer names no version")
    title, labeler = split_title(_text(spl.get("title")))
    return Label(identifier=identifier, title=title, versions=versions, labeler=labeler)


def newest_first(versions: tuple[SplVersion, ...]) -> tuple[SplVersion, ...]:
    """The distinct versions, highest number first."""
    return tuple(sorted(set(versions), key=lambda v: (v.version, v.published), reverse=True))


def disbelief(facts: Facts, asked_on: date) -> str | None:
    """Why what DailyMed says of its versions cannot be so, seen from the day of asking (UTC); None when it can.

    A version has one publication day, and no label is published days ahead.
    """
    if len({v.version for v in facts.versions}) < len(set(facts.versions)):
        return "DailyMed's answer contradicts itself (one version, two publication days)"
    if any((v.published - asked_on).days > _DAYS_AHEAD for v in facts.versions):
        return "DailyMed's answer names a publication day in the future"
    return None


def split_title(title: str) -> tuple[str, str]:
    """The title without its labeler, and the labeler: `EDECRIN … TABLET [ATON PHARMA, INC.]`."""
    text = " ".join(html.unescape(title).split())
    if not text.endswith("]"):
        return text, ""
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += {"]": 1, "[": -1}.get(text[place], 0)
        if depth == 0:
            return text[:place].rstrip(), text[place + 1 : -1].strip()
    return text, ""


def _loaded(body: bytes) -> Any:
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ValueError("DailyMed answered with a web page instead of data")
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ValueError("DailyMed's answer is no complete JSON") from None


def _is_empty(answer: Mapping[str, Any], total: int | None) -> bool:
    """Whether the answer says that there is nothing: empty data or none, and no elements counted."""
    if "data" not in answer and total is None:
        raise ValueError("DailyMed's answer has no data")
    return not total and answer.get("data") in (None, "", "null", [], {})


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"DailyMed's answer has an unknown shape ({what})")  # noqa: TRY004 - no fault of ours
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"DailyMed's answer has an unknown shape ({what})")  # noqa: TRY004 - no fault of ours
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value != "null" else ""


def _number(value: Any) -> int | None:
    """A count, as a number or as digits; None when absent."""
    if value is None or value in ("", "null"):
        return None
    if isinstance(value, int | str) and not isinstance(value, bool) and _DIGITS.fullmatch(str(value)):
        return int(value)
    raise ValueError("DailyMed's answer has an unknown shape (a number)")


def _check_setid(value: Any, setid: str) -> None:
    if _text(value).lower() != setid:
        raise ValueError("DailyMed answered about another Set ID")


def _version(entry: Any) -> SplVersion:
    entry = _mapping(entry, "version")
    number = _number(entry.get("spl_version"))
    if not number:
        raise ValueError("DailyMed's answer has an unknown shape (spl_version)")
    return SplVersion(number, _day(_text(entry.get("published_date"))))


def _day(text: str) -> date:
    """A day in English text, whatever the locale."""
    found = _DATE.fullmatch(text.strip())
    try:
        if found is not None:
            return date(int(found[3]), _MONTHS.index(found[1].lower()) + 1, int(found[2]))
    except ValueError:
        pass  # no such month, no such day
    raise ValueError("DailyMed's answer has an unknown shape (published_date)")


def _english(day: date) -> str:
    return f"{_MONTHS[day.month - 1].capitalize()} {day.day:02d}, {day.year:04d}"
