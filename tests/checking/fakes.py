"""Fakes for the seams of a run: a clock that is told the time, sources that are told their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Found, Observation, Outcome
from evidence.model.records import Article
from evidence.model.references import IdentifierUse, Library, Place, Reference
from evidence.report import BegunRun, Report

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)
PLACE = Place("references.yaml", 1, 1)


class StoppedClock:
    """Always the same moment; sleeping is noted, not done."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class ToldSource:
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


class MemoryLedger:
    """A ledger that remembers in lists."""

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

    def seen_since(
        self, identifiers: Iterable[Identifier], since: str | None, run_id: str
    ) -> Mapping[Identifier, tuple[Observation, ...]]:
        del since, run_id
        return {i: self.past[i] for i in identifiers if i in self.past}

    def end_run(self, report: Report) -> Report:
        self.ended.append(report)
        return report

    def fail_run(self, run_id: str, why: str) -> None:
        raise AssertionError((run_id, why))


def pmid(number: int | str) -> Identifier:
    return Identifier(IdKind.PMID, str(number))


def url(address: str) -> Identifier:
    return Identifier(IdKind.URL, address)


def entry(name: str, *identifiers: Identifier, line: int = 1, ignore: Mapping[str, str] | None = None) -> Reference:
    place = Place("references.yaml", line, 3)
    uses = tuple(IdentifierUse(identifier, identifier.kind.value, place) for identifier in identifiers)
    return Reference(id=name, place=place, uses=uses, ignore=ignore or {})


def library(*references: Reference, path: str = "references.yaml") -> Library:
    return Library(path=path, sha256="0" * 64, references=references)
