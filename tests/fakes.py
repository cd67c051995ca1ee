"""Fakes at the seams: clocks, sources that answer by a table, services that answer by a function, a recorder."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Answer, Blocked, Cause, Found, Observation, Outcome, Unavailable
from evidence.model.records import Article
from evidence.model.report import BegunRun, Report
from evidence.sources.entrez import Entrez
from evidence.sources.http.request import Exchanger, Reply, ReplyProblem, Request

# Clocks

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class StoppedClock:
    """Always the same moment; it cannot be waited for."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"somebody slept for {seconds} s")


class FakeClock:
    """Time that passes only when someone sleeps, when it is set, or by `tick` seconds each time it is looked at."""

    def __init__(self, moment: datetime = NOON, *, tick: float = 0.0) -> None:
        self.moment = moment
        self.passed = 0.0
        self.tick = tick
        self.sleeps: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        with self._lock:
            self._pass(self.tick)
            return self.passed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.sleeps.append(seconds)
            self._pass(seconds)

    def _pass(self, seconds: float) -> None:
        self.passed += seconds
        self.moment += timedelta(seconds=seconds)


class LeapingClock:
    """Real time from a given moment on, but waiting takes none of it: a sleep leaps, for every thread alike.

    Sleeps shorter than `least` seconds are slept.
    """

    def __init__(self, moment: datetime = NOON, *, tick: float = 0.0, least: float = 0.0) -> None:
        self.moment = moment
        self.tick = tick
        self.least = least
        self.leapt = 0.0
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self.moment + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        with self._lock:
            self.leapt += self.tick
            return time.monotonic() - self._began + self.leapt

    def sleep(self, seconds: float) -> None:
        if seconds < self.least:
            time.sleep(seconds)
            return
        with self._lock:
            self.leapt += seconds


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


# Sources and the recorder of a run


class FakeSource:
    """Answers by a table; what the table lacks is found as an untitled article."""

    def __init__(self, name: str, outcomes: Mapping[Identifier, Outcome] | None = None) -> None:
        self.name = name
        self.outcomes = dict(outcomes or {})
        self.asked: list[Identifier] = []

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        for identifier in identifiers:
            self.asked.append(identifier)
            outcome = self.outcomes.get(identifier) or Found(Article(identifier, f"The work {identifier.value}"))
            yield Answer(identifier, outcome, self.name, "http://127.0.0.1", NOON)


class FailingSource:
    """Raises in the middle of its work, as a full disk under the cache would."""

    def __init__(self, trouble: Callable[[], Exception]) -> None:
        self.trouble = trouble

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        first, *_ = identifiers
        yield Answer(first, Found(Article(first, "The first")), "failing", "http://127.0.0.1", NOON)
        raise self.trouble()


class FakeRecorder:
    """A recorder that remembers in lists."""

    def __init__(self, history: Mapping[Identifier, tuple[Observation, ...]] | None = None) -> None:
        self.begun: list[BegunRun] = []
        self.observed: list[Answer] = []
        self.ended: list[Report] = []
        self.past = dict(history or {})
        self.kept: bytes | None = None

    def begin_run(self, run: BegunRun) -> None:
        self.begun.append(run)

    def observe(self, run_id: str, answers: Sequence[Answer], as_of: date) -> None:
        del run_id, as_of
        self.observed += answers

    def history(
        self, identifiers: Iterable[Identifier], before_run: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        del before_run
        return {i: self.past[i] for i in identifiers if i in self.past}

    def previous(self, run_id: str) -> bytes | None:
        del run_id
        return self.kept

    def observed_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        del since, run_id
        return {i: self.past[i] for i in identifiers if i in self.past}

    def end_run(self, report: Report, render: Callable[[Report], bytes]) -> Report:
        del render
        self.ended.append(report)
        return report

    def fail_run(self, run_id: str, why: str) -> None:
        raise AssertionError((run_id, why))


# Services, and the messages of NCBI

EUTILS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
ARTICLE_SET = (
    '<?xml version="1.0" ?>\n'
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
    "<PubmedArticleSet>{}</PubmedArticleSet>\n"
)


class FakeServices:
    """Carries no request anywhere: a function answers it, and the source judges the reply as it does the real one."""

    def __init__(self, answer: Callable[[Request], Reply | Blocked | Unavailable]) -> None:
        self.answer = answer
        self.requests: list[Request] = []

    def exchange(self, request: Request, problem_of: ReplyProblem) -> Reply | Blocked | Unavailable:
        self.requests.append(request)
        reply = self.answer(request)
        if not isinstance(reply, Reply):
            return reply
        problem = problem_of(reply)
        return reply if problem is None else Unavailable(problem, Cause.CONTENT, reply.status)


def entrez_with(services: Exchanger, base: str = EUTILS, **settings: Any) -> Entrez:
    """The E-utilities at their own address, or at another."""
    return Entrez(services, base=base, **settings)


def reply(body: bytes | str, status: int = 200) -> Reply:
    return Reply(status, {}, body.encode() if isinstance(body, str) else body)


def utility_of(request: Request) -> str:
    return request.url.rsplit("/", 1)[1].removesuffix(".fcgi")


def form_of(request: Request) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs((request.body or b"").decode()).items()}


def ids_of(request: Request) -> list[str]:
    return form_of(request)["id"].split(",")


def article_xml(number: int | str, title: str = "A title.", version: int = 1) -> str:
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="{version}">{number}</PMID>'
        f"<Article><Journal><JournalIssue><PubDate><Year>2013</Year></PubDate></JournalIssue></Journal>"
        f"<ArticleTitle>{title}</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
    )


def summaries(entries: dict[str, dict[str, object]]) -> Reply:
    result = {"uids": list(entries), **{uid: {"uid": uid, **entry} for uid, entry in entries.items()}}
    return reply(json.dumps({"header": {"type": "esummary", "version": "0.3"}, "result": result}))


UNKNOWN_SUMMARY: dict[str, object] = {"error": "cannot get document summary"}
BAD_IDS = reply("<eFetchResult><ERROR>ID list is empty! Possibly it has no correct IDs.</ERROR></eFetchResult>", 400)


@dataclass
class FakeNcbi:
    """A healthy NCBI: `held` PMIDs have records, `merged` ones a summary under another PMID, `bad` spoil a batch."""

    held: set[str] = field(default_factory=set)
    merged: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    bad: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Reply:
        return self.efetch(ids_of(request)) if utility_of(request) == "efetch" else self.esummary(ids_of(request))

    def efetch(self, asked: list[str]) -> Reply:
        if self.bad & set(asked):
            return BAD_IDS
        gone = [f'<PMID Version="1">{number}</PMID>' for number in asked if number in self.deleted]
        withdrawn = f"<DeleteCitation>{''.join(gone)}</DeleteCitation>" if gone else ""
        return reply(
            ARTICLE_SET.format("".join(article_xml(number) for number in asked if number in self.held) + withdrawn)
        )

    def esummary(self, asked: list[str]) -> Reply:
        return summaries({number: self.summary(number) for number in asked})

    def summary(self, number: str) -> dict[str, object]:
        real = self.merged.get(number, number)
        return {"articleids": [{"idtype": "pubmed", "value": real}]} if real in self.held else UNKNOWN_SUMMARY


# The messages of Crossref

CROSSREF = "https://crossref.example"


def crossref_work(value: str, **fields: Any) -> dict[str, Any]:
    """A journal article; keyword names stand for Crossref's with hyphens."""
    reported = {name.replace("_", "-"): content for name, content in fields.items()}
    return {"DOI": value, "type": "journal-article", "title": [f"The work {value}"], **reported}


def crossref_update(
    kind: str, notice: str, source: str = "publisher", parts: tuple[int, ...] = (2021, 5, 4)
) -> dict[str, Any]:
    return {
        "DOI": notice,
        "type": kind,
        "label": kind.title(),
        "source": source,
        "updated": {"date-parts": [list(parts)]},
    }


def crossref_list(*works: Mapping[str, Any], total: int | None = None) -> Reply:
    message = {"total-results": len(works) if total is None else total, "items": list(works), "items-per-page": 20}
    return reply(json.dumps({"status": "ok", "message-type": "work-list", "message": message}))


def crossref_single(reported: Mapping[str, Any]) -> Reply:
    return reply(json.dumps({"status": "ok", "message-type": "work", "message": reported}))


CROSSREF_NOT_FOUND = reply("Resource not found.", 404)


@dataclass
class FakeCrossref:
    """Answers lists and single works from what it holds; `hidden` works are left out of lists only."""

    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Reply:
        asked = dois_of(request)
        if "/works/" in urlsplit(request.url).path:
            reported = self.held.get(asked[0])
            return crossref_single(reported) if reported else CROSSREF_NOT_FOUND
        return crossref_list(*(self.held[one] for one in asked if one in self.held and one not in self.hidden))


def dois_of(request: Request) -> list[str]:
    """The DOIs that a request asks for."""
    parts = urlsplit(request.url)
    if "/works/" in parts.path:
        return [unquote(parts.path.partition("/works/")[2])]
    return [part.removeprefix("doi:") for part in parse_qs(parts.query)["filter"][0].split(",")]


def crossref_holding(*dois: str) -> FakeCrossref:
    return FakeCrossref({one: crossref_work(one) for one in dois})
