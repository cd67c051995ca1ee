"""Asking the sources, lane by lane side by side, and noting what was seen as it comes in."""

from __future__ import annotations

import queue
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Origin, Unavailable
from evidence.model.ports import Clock, Progress, Source
from evidence.model.records import Article, Page
from evidence.model.references import Reference

OBSERVED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class SourceSlot:
    """A source's place in the order of asking: the identifiers it answers, and the source it waits for.

    The fields are those of `evidence.sources.spec.SourceSpec`.
    """

    name: str
    kinds: frozenset[IdKind]
    source: Source
    after: str | None = None
    also: frozenset[IdKind] = frozenset()


@dataclass(slots=True)
class LookupResults:
    """The answers of a run by identifier, and whether the pages' silence is our own weather.

    `names_known` counts the pages on hosts with a public name that were heard of: as long as there is
    none, the name system's "no such name" is not believed.
    """

    answers: dict[Identifier, Answer] = field(default_factory=dict)
    pages_asked: int = 0
    pages_heard: int = 0
    names_known: int = 0

    @property
    def weather(self) -> bool:
        """True when pages were asked and none gave any HTTP status: the trouble is ours."""
        return self.pages_asked > 0 and self.pages_heard == 0

    def add(self, answer: Answer) -> None:
        """Take an answer in; stored results and the guard's refusals say nothing about the weather."""
        self.answers[answer.identifier] = answer
        if answer.identifier.kind is not IdKind.URL or answer.origin is not Origin.NETWORK:
            return
        if not _never_asked(answer):
            heard = _gave_status(answer)
            self.pages_asked += 1
            self.pages_heard += heard
            self.names_known += heard and _has_public_name(answer.identifier)

    def settled(self, answer: Answer) -> Answer:
        """The answer as it is to be remembered and judged, now that all have come."""
        if is_network_down(answer, weather=self.weather):
            return as_network_down(answer)
        fresh = answer.origin is Origin.NETWORK
        return _without_the_names_word(answer) if fresh and not self.names_known else answer


def _never_asked(answer: Answer) -> bool:
    match answer.outcome:
        case Blocked(status=None):
            return True
        case Unavailable(cause=Cause.OFFLINE | Cause.NO_SOURCE):
            return True
    return False


def _gave_status(answer: Answer) -> bool:
    match answer.outcome:
        case Found(record=Page()):
            return True
        case NotFound(status=status) | Blocked(status=status) | Unavailable(status=status):
            return status is not None
    return False


def is_network_down(answer: Answer, *, weather: bool) -> bool:
    """Whether this page's silence is to be laid at our own network's door."""
    return (
        weather
        and answer.identifier.kind is IdKind.URL
        and answer.origin is Origin.NETWORK
        and isinstance(answer.outcome, Unavailable)
        and answer.outcome.status is None
    )


def look_up(
    references: Iterable[Reference],
    lanes: Iterable[SourceSlot],
    *,
    clock: Clock,
    observe: Callable[[list[Answer]], None],
    progress: Progress,
) -> LookupResults:
    """Ask every identifier once, whoever cites it or names it; answers are observed in batches as they come.

    Raises whatever a lane raised that is not weather (a full disk, say), after the answers that
    came before it were observed.
    """
    wanted = tuple(dict.fromkeys(i for reference in references for i in reference.identifiers))
    lanes = tuple(lanes)
    asked = LookupResults()
    expected = set(wanted)
    pending: list[Answer] = []
    silent: list[Answer] = []
    try:
        for answer in _answers(_Task(wanted, tuple(references), expected), lanes, clock):
            asked.add(replace(answer, raw=None))  # kept by the store by now; a run of thousands need not hold it
            (silent if is_network_down(answer, weather=True) else pending).append(answer)
            if len(pending) >= OBSERVED_AT_ONCE:
                observe(pending)
                pending = []
            progress(len(asked.answers), len(expected))
    finally:
        if pending:
            observe(pending)
    if silent:
        observe([asked.settled(answer) for answer in silent])
    return asked


def as_network_down(answer: Answer) -> Answer:
    """The answer as it is to be remembered when our own network was the trouble: no strike."""
    reason = f"no cited page answered in this run, so the trouble is likely our own network ({_reason(answer)})"
    return replace(answer, outcome=Unavailable(reason, Cause.NO_SOURCE))


def _without_the_names_word(answer: Answer) -> Answer:
    match answer.outcome:
        case Unavailable(reason=reason, cause=Cause.NO_SUCH_NAME):
            told = f"{reason}, but no other name could be resolved either"
            return replace(answer, outcome=Unavailable(told, Cause.DNS))
    return answer


def _has_public_name(identifier: Identifier) -> bool:
    host = urlsplit(identifier.value).hostname or ""
    return "." in host and ":" not in host and not host.rpartition(".")[2].isdigit()


def _reason(answer: Answer) -> str:
    return "" if isinstance(answer.outcome, Found) else answer.outcome.reason


def identifier_from_record(
    reference: Reference, answers: Mapping[Identifier, Answer], kinds: Container[IdKind] = frozenset({IdKind.DOI})
) -> Identifier | None:
    """The identifier of these kinds that the reference's found article names first, if the entry does not give it."""
    records = (_article(answers.get(identifier)) for identifier in reference.identifiers)
    article = next((record for record in records if record is not None), None)
    named = next((other for other in article.also_known_as if other.kind in kinds), None) if article else None
    return None if named in reference.identifiers else named


def _article(answer: Answer | None) -> Article | None:
    match answer:
        case Answer(outcome=Found(record=Article() as article)):
            return article
    return None


@dataclass(frozen=True, slots=True)
class _Task:
    """What the references give, and all that is expected to be answered: it grows by what records name."""

    wanted: tuple[Identifier, ...]
    references: tuple[Reference, ...]
    expected: set[Identifier]

    def learned_for(self, lane: SourceSlot, given: Mapping[Identifier, Answer]) -> list[Identifier]:
        """What the lane is to be asked because records name it and nobody else is asked about it."""
        named = (identifier_from_record(reference, given, lane.also) for reference in self.references if lane.also)
        fresh = list(dict.fromkeys(other for other in named if other is not None and other not in self.expected))
        self.expected.update(fresh)
        return fresh


def _answers(task: _Task, lanes: tuple[SourceSlot, ...], clock: Clock) -> Iterator[Answer]:
    """Every answer as it arrives; a lane starts when the one it waits for has finished."""
    wanted, references = task.wanted, task.references
    arrivals: queue.SimpleQueue[Answer | _Finished] = queue.SimpleQueue()
    given: dict[Identifier, Answer] = {}
    waiting = {lane.name: lane for lane in lanes}
    running: set[str] = set()
    pool = ThreadPoolExecutor(max_workers=max(len(lanes), 1), thread_name_prefix="lane")
    try:
        while waiting or running:
            ready = [lane for lane in waiting.values() if lane.after not in waiting and lane.after not in running]
            for lane in ready:
                del waiting[lane.name]
                running.add(lane.name)
                mine = [i for i in wanted if i.kind in lane.kinds]
                known = _corroborated(mine, references, given)
                given.update(known)
                yield from known.values()
                asked = [i for i in mine if i not in known]
                _start(pool, lane, [*asked, *task.learned_for(lane, given)], arrivals)
            match arrivals.get():
                case _Finished(lane=name, future=future):
                    future.result()
                    running.discard(name)
                case Answer() as answer:
                    given[answer.identifier] = answer
                    yield answer
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    covered = frozenset[IdKind]().union(*(lane.kinds for lane in lanes))
    yield from _orphans([i for i in wanted if i.kind not in covered], references, given, clock)


@dataclass(frozen=True, slots=True)
class _Finished:
    """A lane has brought its last answer; its future holds what it raised, if anything."""

    lane: str
    future: Future[None]


def _start(
    pool: ThreadPoolExecutor,
    lane: SourceSlot,
    identifiers: list[Identifier],
    arrivals: queue.SimpleQueue[Answer | _Finished],
) -> None:
    def work() -> None:
        for answer in lane.source.look_up(identifiers) if identifiers else ():
            arrivals.put(answer)

    pool.submit(work).add_done_callback(lambda future: arrivals.put(_Finished(lane.name, future)))


def _corroborated(
    identifiers: Iterable[Identifier], references: Iterable[Reference], given: Mapping[Identifier, Answer]
) -> dict[Identifier, Answer]:
    """Identifiers that a verified record of the same reference names as its own: answered by that record."""
    wanted = set(identifiers) - given.keys()
    known: dict[Identifier, Answer] = {}
    for reference in references:
        for identifier in wanted.intersection(reference.identifiers):
            witness = next((a for i in reference.identifiers if (a := given.get(i)) and _names(a, identifier)), None)
            if witness is not None:
                known[identifier] = replace(witness, identifier=identifier, raw=None)
    return known


def _names(answer: Answer, identifier: Identifier) -> bool:
    match answer.outcome:
        case Found(record=Article(also_known_as=others)):
            return identifier in others
    return False


def _orphans(
    orphans: Iterable[Identifier],
    references: Iterable[Reference],
    given: Mapping[Identifier, Answer],
    clock: Clock,
) -> Iterator[Answer]:
    """Answers for identifiers that nobody can be asked about: by a record that names them, else none."""
    orphans = tuple(orphans)
    known = _corroborated(orphans, references, given)
    for identifier in orphans:
        reason = f"no source is asked about {identifier.kind.upper()}s yet"
        outcome = Unavailable(reason, Cause.NO_SOURCE)
        yield known.get(identifier) or Answer(identifier, outcome, identifier.kind, "", clock.now())
