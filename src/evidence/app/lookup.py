"""Look-ups: every identifier of a run is asked about once, by the sources side by side, and observed as it is answered.

Here is also what only a run can know: which record answers for another identifier, and that our own network is
down, so that no page's silence counts against it.
"""

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
from evidence.sources.spec import SourceSpec

OBSERVED_AT_ONCE = 200

Further = Callable[[Mapping[Identifier, Answer]], Iterable[Identifier]]
"""The identifiers that are to be asked about because of what was answered, given all answers so far."""


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


def slot_of(spec: SourceSpec, source: Source) -> SourceSlot:
    """The place of a source in the order of asking."""
    return SourceSlot(spec.name, spec.kinds, source, spec.after, spec.also)


@dataclass(slots=True)
class LookupResults:
    """The answers of a run by identifier, and whether the pages' silence is our own network's fault.

    `names_known` counts the pages on hosts with a public name that gave a status: as long as there is
    none, the name system's "no such name" is not believed.
    """

    answers: dict[Identifier, Answer] = field(default_factory=dict)
    pages_requested: int = 0
    pages_answered: int = 0
    names_known: int = 0

    @property
    def network_down(self) -> bool:
        """True when pages were asked and none gave any HTTP status: the trouble is ours."""
        return self.pages_requested > 0 and self.pages_answered == 0

    def add(self, answer: Answer) -> None:
        """Take an answer in; stored results and the guard's refusals say nothing about the network."""
        self.answers[answer.identifier] = answer
        if answer.identifier.kind is not IdKind.URL or answer.origin is not Origin.NETWORK:
            return
        match answer.outcome:
            case Blocked(status=None) | Unavailable(cause=Cause.OFFLINE | Cause.NO_SOURCE | Cause.NO_FILE):
                return  # no service was asked
            case Found(record=record):
                is_answered = isinstance(record, Page)
            case NotFound(status=status) | Blocked(status=status) | Unavailable(status=status):
                is_answered = status is not None
        self.pages_requested += 1
        if is_answered:
            self.pages_answered += 1
            host = urlsplit(answer.identifier.value).hostname or ""
            self.names_known += "." in host and ":" not in host and not host.rpartition(".")[2].isdigit()

    def settled(self, answer: Answer) -> Answer:
        """The answer as it is to be remembered and judged, now that all have come."""
        outcome = answer.outcome
        if not isinstance(outcome, Unavailable) or answer.origin is not Origin.NETWORK:
            return answer
        if self.network_down and _is_silent_page(answer):
            reason = f"no cited page answered in this run; the local network is probably down ({outcome.reason})"
            return replace(answer, outcome=Unavailable(reason, Cause.NO_SOURCE))
        if outcome.cause is Cause.NO_SUCH_NAME and not self.names_known:
            reason = f"{outcome.reason}, but no other name could be resolved either"
            return replace(answer, outcome=Unavailable(reason, Cause.DNS))
        return answer


def look_up(
    references: Iterable[Reference],
    slots: Iterable[SourceSlot],
    *,
    clock: Clock,
    observe: Callable[[list[Answer]], None],
    progress: Progress,
    with_raw: Container[Identifier] = frozenset(),
    further: Further = lambda _: (),
) -> LookupResults:
    """Ask about every identifier once, whoever cites it or names it; answers are observed in batches as they come.

    `further` are asked about because of what was answered. The results hold the raw bytes of the answers `with_raw`
    alone, and of those whose record leaves out what they say: the contents of labels.

    Raises whatever a source raised, which is never the lack of an answer (a full disk, say), after the answers that
    came before it were observed.
    """
    results = LookupResults()
    pending: list[Answer] = []
    silent: list[Answer] = []
    try:
        for answer, expected in _answers(tuple(references), tuple(slots), clock, further):
            # All are stored by now; a run of thousands need not hold them.
            is_kept = answer.identifier in with_raw or answer.identifier.kind is IdKind.CONTENTS
            results.add(answer if is_kept else replace(answer, raw=None))
            (silent if _is_silent_page(answer) else pending).append(answer)
            if len(pending) >= OBSERVED_AT_ONCE:
                observe(pending)
                pending = []
            progress(len(results.answers), expected)
    finally:
        if pending:
            observe(pending)
    if silent:
        observe([results.settled(answer) for answer in silent])
    return results


def identifier_from_record(
    reference: Reference, answers: Mapping[Identifier, Answer], kinds: Container[IdKind] = frozenset({IdKind.DOI})
) -> Identifier | None:
    """The identifier of these kinds that the reference's found article names first, if the entry does not give it."""
    for identifier in reference.identifiers:
        match answers.get(identifier):
            case Answer(outcome=Found(record=Article() as article)):
                named = next((other for other in article.also_known_as if other.kind in kinds), None)
                return None if named in reference.identifiers else named
    return None


def _is_silent_page(answer: Answer) -> bool:
    """Whether this is a page that gave no status when it was asked: its own fault, or our network's."""
    return (
        answer.identifier.kind is IdKind.URL
        and answer.origin is Origin.NETWORK
        and isinstance(answer.outcome, Unavailable)
        and answer.outcome.status is None
    )


def _answers(
    references: tuple[Reference, ...], slots: tuple[SourceSlot, ...], clock: Clock, further: Further
) -> Iterator[tuple[Answer, int]]:
    """Every answer as it arrives, and how many are expected by now; a slot starts when the one before it has finished.

    What is expected grows by the identifiers that records name or make necessary.
    """
    wanted = tuple(dict.fromkeys(i for reference in references for i in reference.identifiers))
    expected = set(wanted)
    given: dict[Identifier, Answer] = {}
    arrivals: queue.SimpleQueue[Answer | Future[None]] = queue.SimpleQueue()
    waiting = {slot.name: slot for slot in slots}
    running: dict[Future[None], str] = {}

    def ask(source: Source, identifiers: list[Identifier]) -> None:
        for answer in source.look_up(identifiers) if identifiers else ():
            arrivals.put(answer)

    pool = ThreadPoolExecutor(max_workers=max(len(slots), 1), thread_name_prefix="source")
    try:
        while waiting or running:
            unfinished = {*waiting, *running.values()}
            for slot in [slot for slot in waiting.values() if slot.after not in unfinished]:
                del waiting[slot.name]
                own = [identifier for identifier in wanted if identifier.kind in slot.kinds]
                known = _answered_by_records(own, references, given)
                given.update(known)
                for answer in known.values():
                    yield answer, len(expected)
                own = [identifier for identifier in own if identifier not in known]
                if slot.also:
                    named = (identifier_from_record(reference, given, slot.also) for reference in references)
                    needed = (identifier for identifier in further(given) if identifier.kind in slot.also)
                    learned = dict.fromkeys(i for i in (*named, *needed) if i is not None and i not in expected)
                    expected.update(learned)
                    own += learned
                task = pool.submit(ask, slot.source, own)
                running[task] = slot.name
                task.add_done_callback(arrivals.put)
            match arrivals.get():
                case Answer() as answer:
                    given[answer.identifier] = answer
                    yield answer, len(expected)
                case finished:
                    finished.result()  # raises what the source raised
                    del running[finished]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    covered = frozenset[IdKind]().union(*(slot.kinds for slot in slots))
    sourceless = [identifier for identifier in wanted if identifier.kind not in covered]
    known = _answered_by_records(sourceless, references, given)
    for identifier in sourceless:
        outcome = Unavailable(f"{identifier.kind.upper()}s are not looked up in any source", Cause.UNSOURCED)
        answer = known.get(identifier) or Answer(identifier, outcome, identifier.kind, "", clock.now())
        yield answer, len(expected)


def _answered_by_records(
    identifiers: Iterable[Identifier], references: Iterable[Reference], given: Mapping[Identifier, Answer]
) -> dict[Identifier, Answer]:
    """Identifiers that a verified record of the same reference names as its own: answered by that record."""
    wanted = set(identifiers) - given.keys()
    known: dict[Identifier, Answer] = {}
    for reference in references:
        for identifier in wanted.intersection(reference.identifiers):
            for answer in (given[other] for other in reference.identifiers if other in given):
                match answer.outcome:
                    case Found(record=Article(also_known_as=names)) if identifier in names:
                        known[identifier] = replace(answer, identifier=identifier, raw=None)
                        break
    return known
