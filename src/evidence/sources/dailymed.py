"""Drug labels at DailyMed, by Set ID, through its web services v2; never through its pages.

Its answers are read tolerantly where they vary, strictly where facts depend on it. Numbers come as numbers
or strings, an absent page as the string "null", Set IDs in either case, titles with HTML entities; version numbers
skip. Dates are English text ("Aug 09, 2023"). What fits neither is raised as a ValueError with a short reason: it is no
answer, and never a fact.

Shapes: NLM's `spls_setid_history_api.cfm` and `spls_api.cfm` (web services help, v2), and recorded answers.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import quote

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.ports import Clock
from evidence.model.records import Label, SplVersion
from evidence.model.regex import regex
from evidence.sources.http.request import Exchanger, Reply, Request
from evidence.sources.spec import Opener, Probe

NAME = "dailymed"
ABSENT = "not-listed"
"""The key of a stored answer that says that a list of current labels does not name the Set ID."""
GAP = 0.3  # seconds between requests; NLM names no limit, careful clients keep to 0.3-0.5

T = TypeVar("T")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = regex(r"([A-Za-z]{3})[a-z]* +(\d{1,2}), *(\d{4})", re.ASCII)
_DIGITS = regex(r"\d{1,9}", re.ASCII)
_MOST_PAGES = 100  # 100 versions each; no label comes near
_DAYS_AHEAD = 2  # a label may be dated for tomorrow, and elsewhere it is tomorrow already


class No(Enum):
    """DailyMed's own "no": by an empty answer of its services (`EMPTY`) or by HTTP 404/410 alone (`MISSING`)."""

    EMPTY = "empty"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Facts:
    """What an answer says: the Set ID, the title as given, versions with their publication days, newest first."""

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


class DailyMed:
    """DailyMed as a source. `base` is the service's address up to `/services/v2`."""

    def __init__(self, *, services: Exchanger, clock: Clock, base: str) -> None:
        self._services = services
        self._clock = clock
        self._base = base.rstrip("/")
        self._seen_alive = False

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer each Set ID once, one request each as a rule; other identifiers have no source here."""
        for identifier in dict.fromkeys(identifiers):
            at = self._clock.now()
            outcome, raw = self._looked_up(identifier)
            yield Answer(identifier=identifier, outcome=outcome, source=NAME, address=self._base, at=at, raw=raw)

    def _looked_up(self, identifier: Identifier) -> tuple[Outcome, bytes | None]:
        if identifier.kind is not IdKind.SETID:
            return Unavailable("only Set IDs can be looked up in DailyMed", Cause.NO_SOURCE), None
        setid = identifier.value.lower()
        history = self._history(setid)
        facts = self._second_look(setid) if isinstance(history, No) else history
        if not isinstance(facts, Facts):
            return facts, None
        problem = facts_problem(facts, self._clock.now().astimezone(UTC).date())
        if problem is not None:
            return Unavailable(problem, Cause.CONTENT), None
        raw = canonical(facts)
        return Found(label_of(identifier, raw)), raw

    def _history(self, setid: str) -> Facts | No | Blocked | Unavailable:
        """All pages of the version history as one."""
        address = f"spls/{quote(setid, safe='')}/history.json"
        first = self._ask(address, lambda body: history_page(body, setid))
        if not isinstance(first, HistoryPage):
            return first
        versions = list(first.facts.versions)
        for number in range(2, first.pages + 1):
            page = self._ask(f"{address}?page={number}", lambda body: history_page(body, setid))
            if isinstance(page, Blocked | Unavailable):
                return page
            if isinstance(page, No) or (page.number, page.total) != (number, first.total):
                return Unavailable("DailyMed's version history ends too early", Cause.CONTENT)
            versions.extend(page.facts.versions)
        # A list that is longer than it says is odd, and nothing is missing in it; repeated versions fill no gap.
        if len(versions) != first.total and len(set(versions)) < first.total:
            return Unavailable("DailyMed's version history is incomplete", Cause.CONTENT)
        return Facts(setid, first.facts.title, newest_first(tuple(versions)))

    def _second_look(self, setid: str) -> Facts | NotFound | Blocked | Unavailable:
        """After a "no" from the history: what the list of labels says."""
        result = self._ask(f"spls.json?setid={quote(setid, safe='')}", lambda body: listed(body, setid))
        if not isinstance(result, No):
            return result
        if result is No.MISSING:
            problem = self._list_problem()
            if problem is not None:
                return problem
        return NotFound("DailyMed lists no label under this Set ID")

    def _list_problem(self) -> Blocked | Unavailable | None:
        """Why two bare 404s prove nothing, if the list of labels itself is not there: the service may have moved."""
        if self._seen_alive:
            return None
        alive = self._ask("spls.json?pagesize=1", lists_anything)
        if isinstance(alive, Blocked | Unavailable):
            return alive
        if alive is not True:
            return Unavailable("the DailyMed services were not found at their address", Cause.CONTENT, 404)
        self._seen_alive = True
        return None

    def _ask(self, path: str, parse: Callable[[bytes], T]) -> T | No | Blocked | Unavailable:
        def problem(reply: Reply) -> str | None:
            try:
                if reply.status == 200:
                    parse(reply.body)
            except ValueError as error:
                return str(error)
            return None

        url = f"{self._base}/services/v2/{path}"
        reply = self._services.exchange(Request(url, NAME, GAP, headers={"Accept": "application/json"}), problem)
        if not isinstance(reply, Reply):
            return reply
        if reply.status in (404, 410):
            return No.MISSING
        if reply.status != 200:
            return Unavailable(f"DailyMed returned HTTP {reply.status}", Cause.HTTP, reply.status)
        return parse(reply.body)


# Reading answers


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
    if not versions or total is None or pages > _MOST_PAGES:
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
    """Whether this is the list of labels, with labels in it; raises ValueError when it is not such a list."""
    answer = _mapping(_loaded(body), "answer")
    entries = _list(answer.get("data"), "data")
    return any(_version(_mapping(entry, "data")) for entry in entries)


def canonical(facts: Facts) -> bytes:
    """The facts in the shape of `history.json`, without its metadata and always spelt alike.

    The metadata change every day; what is stored changes, and with it its hash, only when the facts do.
    """
    document = {
        "data": {
            "spl": {"setid": facts.setid, "title": facts.title},
            "history": [{"spl_version": v.version, "published_date": _english(v.published)} for v in facts.versions],
        }
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "replace")


def read_stored(identifier: Identifier, raw: bytes) -> Label | NotFound:
    """The label in a stored answer, or the stored fact that DailyMed's list of current labels lacks it.

    Raises:
        ValueError: The bytes are not such an answer.
    """
    stored = _mapping(_loaded(raw), "answer")
    if stored.get(ABSENT) == identifier.value:
        return NotFound(f"not in DailyMed's list of current labels ({_text(stored.get('file'))})")
    return label_of(identifier, raw)


def label_of(identifier: Identifier, raw: bytes) -> Label:
    """The label in a stored answer; raises ValueError when it is not what `canonical` writes for this Set ID."""
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


def facts_problem(facts: Facts, requested_on: date) -> str | None:
    """Why what DailyMed says of its versions cannot be right, given the day of asking (UTC); None when it can.

    A version has one publication day, and no label is published days ahead.
    """
    if len({v.version for v in facts.versions}) < len(set(facts.versions)):
        return "DailyMed's answer contradicts itself (one version, two publication days)"
    if any((v.published - requested_on).days > _DAYS_AHEAD for v in facts.versions):
        return "DailyMed's answer contains a publication date in the future"
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


OPENER = Opener(
    connect=lambda access: DailyMed(services=access.services, clock=access.clock, base=access.addresses[NAME]),
    read=read_stored,
    probe=Probe(
        "DailyMed",
        lambda _, address: Request(f"{address}/services/v2/spls.json?pagesize=1", NAME, GAP),
        b'"metadata"',
    ),
)
