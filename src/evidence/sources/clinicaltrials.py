"""ClinicalTrials.gov by NCT number, through its API v2: in lists, and what a list leaves out once more alone.

A number that a list leaves out is not yet unknown: only the service's 404 to a request for it alone is its "no". A
number may be obsolete: the answer is then the study of which it is an alias, under another number. A list with one
malformed number is refused whole (400), so none is ever sent.

Answers are read tolerantly where they vary (what may be absent is absent), strictly where facts depend on it: what
does not fit is raised as a ValueError with a short reason; it is no answer, and never a fact.

Shapes: the API's own documentation, https://clinicaltrials.gov/data-api/api.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import Any, TypeVar
from urllib.parse import quote

from evidence.model.dates import DateError, PartialDate, parse
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Unavailable
from evidence.model.ports import Clock
from evidence.model.records import Trial
from evidence.model.regex import regex
from evidence.sources.http.request import Exchanger, Reply, Request, json_object
from evidence.sources.spec import Opener, Probe

NAME = "clinicaltrials"
GAP = 1.2  # seconds between requests: 50 a minute; the service's own limit is not published
BATCH = 100  # numbers in a list; their address stays far below the 8,000 characters that servers take
FIELDS = (
    "NCTId,NCTIdAlias,BriefTitle,OverallStatus,WhyStopped,"
    "HasResults,ResultsFirstPostDateStruct,LastUpdatePostDateStruct"
)
"""What is asked of each study."""

T = TypeVar("T")
Study = Mapping[str, Any]
"""A study as `canonical_study` writes it: the part of the service's own shape that a record is read from."""

_PAGE_SIZE = 1000
_NUMBER = regex(r"NCT[0-9]{8}")
_DATE = regex(r"[0-9]{4}-(?:0[1-9]|1[0-2])(?:-[0-9]{2})?")
_STATUS = regex(r"[A-Z][A-Z_]{0,60}")
_DAYS_AHEAD = 2  # elsewhere it is tomorrow already
_CONTRADICTORY = "ClinicalTrials.gov's answer contradicts itself"
_UNKNOWN = "ClinicalTrials.gov holds no study under this number (asked twice)"


@dataclass(frozen=True, slots=True)
class StudyPage:
    """One page of a list: its studies by every number that each is known by, and the token of the next page.

    `is_readable` is False when it holds a study that cannot be read, which may be any of those asked for.
    """

    studies: Mapping[str, Study]
    next_token: str
    is_readable: bool


@dataclass(slots=True)
class _Listed:
    """What a list says of the numbers asked for, by number; and why it says nothing of the others, if it does not."""

    studies: dict[str, Study] = field(default_factory=dict)
    is_readable: bool = True
    problem: Blocked | Unavailable | None = None


class ClinicalTrials:
    """ClinicalTrials.gov as a source; never raises for what the service does. `base` is the site's address."""

    def __init__(self, services: Exchanger, clock: Clock, *, base: str, batch: int = BATCH) -> None:
        self._services = services
        self._clock = clock
        self._base = base.rstrip("/")
        self._batch = batch

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every number exactly once; one that is no number is never sent."""
        numbers: list[Identifier] = []
        for identifier in dict.fromkeys(identifiers):
            if identifier.kind is IdKind.NCT and _NUMBER.fullmatch(identifier.value):
                numbers.append(identifier)
            else:
                yield self._answer(
                    identifier, Unavailable("only NCT numbers can be looked up in ClinicalTrials.gov", Cause.NO_SOURCE)
                )
        for start in range(0, len(numbers), self._batch):
            part = numbers[start : start + self._batch]
            listed = self._listed([identifier.value for identifier in part])
            for identifier in part:
                said = listed.studies.get(identifier.value) or listed.problem or self._single(identifier.value)
                if isinstance(said, NotFound) and not listed.is_readable:
                    said = Unavailable(
                        "ClinicalTrials.gov's list holds a study that cannot be read", Cause.CONTENT, 200
                    )
                yield self._answer(identifier, said)

    def _answer(self, identifier: Identifier, said: Study | NotFound | Blocked | Unavailable) -> Answer:
        at = self._clock.now()
        if isinstance(said, NotFound | Blocked | Unavailable):
            return Answer(identifier, said, NAME, self._base, at)
        raw = json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
        trial = read_stored(identifier, raw)
        if is_dated_ahead(trial, at.astimezone(UTC).date()):
            ahead = Unavailable("ClinicalTrials.gov's answer contains a date in the future", Cause.CONTENT, 200)
            return Answer(identifier, ahead, NAME, self._base, at)
        return Answer(identifier, Found(trial), NAME, self._base, at, raw)

    def _listed(self, numbers: list[str]) -> _Listed:
        """The list of these numbers, all its pages; studies that nobody asked for are left out."""
        listed, token = _Listed(), ""
        # Of so few numbers one page is the rule, and no page can be needed that brings none of them.
        for _ in numbers:
            more = f"&pageToken={quote(token, safe='')}" if token else ""
            ids = quote("|".join(numbers), safe="")
            page = self._ask(f"studies?filter.ids={ids}&fields={FIELDS}&pageSize={_PAGE_SIZE}{more}", study_page)
            if isinstance(page, NotFound):
                page = Unavailable(
                    "ClinicalTrials.gov's list of studies was not found at its address", Cause.CONTENT, 404
                )
            if isinstance(page, Blocked | Unavailable):
                listed.problem = page
                return listed
            new = {number: study for number, study in page.studies.items() if number in numbers}
            if any(listed.studies.get(number, study) != study for number, study in new.items()):
                return _Listed(problem=Unavailable(_CONTRADICTORY, Cause.CONTENT, 200))
            listed.studies |= new
            listed.is_readable &= page.is_readable
            token = page.next_token
            if not token:
                return listed
            if not new:
                break
        listed.problem = Unavailable("ClinicalTrials.gov's list of studies does not end", Cause.CONTENT, 200)
        return listed

    def _single(self, number: str) -> Study | NotFound | Blocked | Unavailable:
        """The second look: what the service says of one number alone."""
        return self._ask(f"studies/{number}", lambda body: single_study(body, number), number)

    def _ask(self, path: str, read: Callable[[bytes], T], number: str = "") -> T | NotFound | Blocked | Unavailable:
        def problem(reply: Reply) -> str | None:
            try:
                if reply.status == 200:
                    read(reply.body)
                elif reply.status == 404:
                    require_own_404(reply.body, number)
            except ValueError as error:
                return str(error)
            return None

        request = Request(f"{self._base}/api/v2/{path}", NAME, GAP, headers={"Accept": "application/json"})
        reply = self._services.exchange(request, problem)
        if not isinstance(reply, Reply):
            return reply
        if reply.status == 404:
            return NotFound(_UNKNOWN)
        if reply.status != 200:
            return Unavailable(f"ClinicalTrials.gov returned HTTP {reply.status}", Cause.HTTP, reply.status)
        return read(reply.body)


# Reading answers


def study_page(body: bytes) -> StudyPage:
    """A page of `studies?filter.ids=`; raises ValueError when it cannot be believed."""
    answer = _loaded(body)
    by_number: dict[str, Study] = {}
    by_alias: dict[str, Study] = {}
    unread: ValueError | None = None
    for listed in _typed(answer.get("studies"), list, "studies"):
        try:
            study = canonical_study(listed)
        except ValueError as error:  # one odd study does not spoil the others
            unread = error
            continue
        number, *aliases = _numbers(study)
        if by_number.setdefault(number, study) != study:
            raise ValueError(_CONTRADICTORY)
        if any(by_alias.setdefault(alias, study) != study for alias in aliases):
            raise ValueError(_CONTRADICTORY)
    if unread is not None and not by_number:
        raise unread
    return StudyPage(by_alias | by_number, _text(answer, "nextPageToken"), is_readable=unread is None)


def single_study(body: bytes, number: str) -> Study:
    """The study in the answer to one number; raises ValueError when it is not that study.

    An obsolete number is redirected to the current one: the study is that one only if it names the number asked.
    """
    study = canonical_study(_loaded(body))
    if number not in _numbers(study):
        raise ValueError("ClinicalTrials.gov answered about another study")
    return study


def require_own_404(body: bytes, number: str) -> None:
    """Raise ValueError for a 404 that is not the service's own: a web page, or the answer to another number."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ValueError("ClinicalTrials.gov returned HTTP 404 with a web page")
    if any(found != number for found in _NUMBER.findall(body.decode("utf-8", "replace"))):
        raise ValueError("ClinicalTrials.gov answered about another study")


def canonical_study(study: object) -> Study:
    """Of a study what is read here, in the service's own shape and always alike; raises ValueError.

    What is stored changes, and with it its hash, only when these facts do.
    """
    study = _typed(study, dict, "study")
    protocol = _typed(study.get("protocolSection"), dict, "protocolSection")
    identification = _typed(protocol.get("identificationModule"), dict, "identificationModule")
    status = _typed(protocol.get("statusModule"), dict, "statusModule")
    number, aliases = _text(identification, "nctId"), identification.get("nctIdAliases") or []
    for each in (number, *_typed(aliases, list, "nctIdAliases")):
        if not isinstance(each, str) or not _NUMBER.fullmatch(each):
            raise ValueError("ClinicalTrials.gov's answer has an unknown shape (nctId)")
    title, overall = _text(identification, "briefTitle"), _text(status, "overallStatus")
    if not title or not _STATUS.fullmatch(overall):
        raise ValueError("ClinicalTrials.gov's answer lacks a study's title or status")
    dates = {name: _day(status, name) for name in ("resultsFirstPostDateStruct", "lastUpdatePostDateStruct")}
    reason = _text(status, "whyStopped")
    has_results = study.get("hasResults", False)
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": number,
                "briefTitle": title,
                **({"nctIdAliases": sorted(set(aliases))} if aliases else {}),
            },
            "statusModule": {
                "overallStatus": overall,
                **({"whyStopped": reason} if reason else {}),
                **{name: {"date": str(day)} for name, day in dates.items() if day is not None},
            },
        },
        "hasResults": _typed(has_results, bool, "hasResults"),
    }


def read_stored(identifier: Identifier, raw: bytes) -> Trial:
    """The record in a stored answer.

    Raises:
        ValueError: The bytes are not a study of this number.
    """
    study = single_study(raw, identifier.value)
    protocol = study["protocolSection"]
    identification, status = protocol["identificationModule"], protocol["statusModule"]
    return Trial(
        identifier=Identifier(IdKind.NCT, identification["nctId"]),
        title=identification["briefTitle"],
        status=status["overallStatus"],
        why_stopped=status.get("whyStopped", ""),
        has_results=study["hasResults"],
        results_posted=_day(status, "resultsFirstPostDateStruct"),
        updated=_day(status, "lastUpdatePostDateStruct"),
    )


def is_dated_ahead(trial: Trial, requested_on: date) -> bool:
    """Whether a day that must have passed by the day of asking (UTC) has not."""
    days = (day.earliest for day in (trial.results_posted, trial.updated) if day is not None)
    return any((day - requested_on).days > _DAYS_AHEAD for day in days)


def _numbers(study: Study) -> list[str]:
    """The study's number, then its obsolete ones."""
    identification = study["protocolSection"]["identificationModule"]
    return [identification["nctId"], *identification.get("nctIdAliases", ())]


def _loaded(body: bytes) -> Mapping[str, Any]:
    answer = json_object(body)
    if answer is None:
        is_page = body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        what = "with a web page instead of data" if is_page else "without complete JSON"
        raise ValueError(f"ClinicalTrials.gov answered {what}")
    return answer


def _typed(value: object, kind: type[T], what: str) -> T:
    if not isinstance(value, kind):
        raise ValueError(f"ClinicalTrials.gov's answer has an unknown shape ({what})")  # noqa: TRY004 - no fault of ours
    return value


def _text(fields: Mapping[str, Any], name: str) -> str:
    """A text on one line; "" when it is absent."""
    value = fields.get(name)
    return " ".join(_typed("" if value is None else value, str, name).split())


def _day(status: Mapping[str, Any], name: str) -> PartialDate | None:
    """The day or month of a date, None when it is absent."""
    given = status.get(name)
    if given is None:
        return None
    written = _text(_typed(given, dict, name), "date")
    if not _DATE.fullmatch(written):
        raise ValueError(f"ClinicalTrials.gov's answer has an unknown shape ({name})")
    try:
        return parse(written)
    except DateError:
        raise ValueError(f"ClinicalTrials.gov's answer names a day that does not exist ({name})") from None


OPENER = Opener(
    connect=lambda access: ClinicalTrials(access.services, access.clock, base=access.addresses[NAME]),
    read=read_stored,
    probe=Probe(
        "trials",
        lambda _, address: Request(f"{address}/api/v2/studies?fields=NCTId&pageSize=1", NAME, GAP),
        b'"studies"',
    ),
)
