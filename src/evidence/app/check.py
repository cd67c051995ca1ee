"""From options to a finished run: what `check`, `demo` and `show` have in common."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.app.judge import Order
from evidence.app.lookup import SourceSlot, look_up
from evidence.app.registry import RULES, RULING, SOURCED, LookupPolicy, shortest_ttl
from evidence.app.relock import Observed
from evidence.app.run import run_check as check_xdesk
from evidence.audit.log import default_log_path
from evidence.library.reader import find_libraries, read_library
from evidence.model.audit import Attested
from evidence.model.errors import EvidenceError, FileError, UsageError
from evidence.model.findings import Selection
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Found, Match
from evidence.model.policy import FOR_EVER, CacheTtl, Policy, Severity
from evidence.model.ports import Clock, NullRecorder, Progress, RunRecorder, SystemClock
from evidence.model.references import Fault, FaultKind, Library, Place, Reference
from evidence.model.report import BegunRun, Input, Mode, Report
from evidence.model.rule import VOIDING
from evidence.model.version import __version__
from evidence.reports.document import report_document, stored_json
from evidence.sources.cache import LastSeen
from evidence.sources.http.network import Network
from evidence.sources.spec import Settings
from evidence.storage.lock import LockedAnswer, LockEntry, Moment, RememberingLedger

# From options to a finished run: what `check`, `demo` and `show` have in common.

if TYPE_CHECKING:
    from evidence.documents.citations import MonographReading
    from evidence.storage.store import Store


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What the options asked of a run; `waived_as_of` as in `evidence.app.run.Order`.

    `texts` are the monographs, by the paths of the libraries that name them; None: they are still to be read.
    """

    libraries: tuple[Library, ...]
    mode: Mode
    actor: str
    as_of: date | None = None
    refresh: bool = False
    incomplete_fails: bool = True
    selection: Selection = field(default_factory=Selection)
    waived_as_of: date | None = None
    texts: Mapping[str, MonographReading] | None = None
    attested: tuple[Attested, ...] = ()
    locks: tuple[Input, ...] = ()


def read_libraries(
    paths: tuple[str, ...], fail_on: Severity | None = None, policy: Policy | None = None
) -> tuple[Library, ...]:
    """Every library that the paths name; `fail_on` overrides their own policies, they override `policy`.

    Raises:
        FileError: one of them cannot be read.
    """
    if not all(paths):
        raise UsageError("an empty file name", fix="name a file, a directory or a pattern")
    libraries = (read_library(path, policy) for path in find_libraries(paths))
    if fail_on is None:
        return tuple(libraries)
    return tuple(replace(library, policy=replace(library.policy, fail_on=fail_on)) for library in libraries)


def with_texts(wish: CheckRequest) -> CheckRequest:
    """The wish with the monographs read that its libraries name.

    One that cannot be read is a fault of the library's own `monograph: file:`; the run goes on without it.
    """
    if wish.texts is not None:
        return wish
    texts: dict[str, MonographReading] = {}
    libraries: list[Library] = []
    for library in wish.libraries:
        if library.monograph.file is not None:
            from evidence.documents.citations import read_monograph  # noqa: PLC0415 - only for those who name one

            try:
                reading = read_monograph(library)
            except FileError as trouble:
                library = _unread(library, trouble)  # noqa: PLW2901 - the same library with its fault
            else:
                texts |= {library.path: reading} if reading is not None else {}
        libraries.append(library)
    return replace(wish, libraries=tuple(libraries), texts=texts)


def _unread(library: Library, trouble: FileError) -> Library:
    """The library with the fault that its monograph cannot be read."""
    place = library.monograph.place or Place(library.path, 1, 1)
    message = f"the monograph was not read: {trouble}"
    fault = Fault(FaultKind.INVALID_VALUE, "monograph.file", library.monograph.file or "", place, message)
    return replace(library, faults=(*library.faults, fault))


def selection_of(select: tuple[str, ...], ignore: tuple[str, ...]) -> Selection:
    """The selection, its words checked against the rules that exist.

    Raises:
        UsageError: a word is no rule's code, name or family.
    """
    if any(not word.strip() for text in (*select, *ignore) for word in text.split(",")):
        raise UsageError("an empty rule in --select or --ignore", fix="name a code, a name or a family")
    known = {word for rule in RULES for word in rule.words}
    chosen = [_words(words) for words in (select, ignore)]
    for word in sorted(frozenset[str]().union(*chosen) - known):
        raise UsageError(f"no rule, name or family is called {word}", fix="see `evidence rule` for the list")
    return Selection(only=chosen[0], never=chosen[1])


def _deselected(selection: Selection) -> Iterator[str]:
    """The codes of the rules that void a reference as support and that `--select` does not name."""
    voiding = (rule for rule in RULES if rule.code in VOIDING)
    return (rule.code for rule in voiding if selection.only and not selection.only & {*rule.words})


def _words(given: tuple[str, ...]) -> frozenset[str]:
    words = (word.strip() for text in given for word in text.split(","))
    return frozenset(word.upper() if word[:3].isalpha() and "-" not in word else word for word in words if word)


def _is_found(answer: Answer) -> bool:
    """Whether the authority knows the identifier."""
    return isinstance(answer.outcome, Found)


@dataclass(frozen=True, slots=True)
class Checker:
    """Where wishes are carried out: the operator's settings, an open store, the time, someone to tell."""

    settings: Settings
    store: Store
    clock: Clock
    progress: Progress

    def run(self, wish: CheckRequest) -> Report:
        """Carry the wish out and record it.

        Raises:
            EvidenceError: the store cannot be read or written.
        """
        return self._checked(wish, self._recording())

    def run_remembering(self, wish: CheckRequest, entries: Mapping[Identifier, LockEntry]) -> tuple[Report, Observed]:
        """As `run`, with what these entries of locks remember of earlier runs; also what the run saw.

        Raises:
            EvidenceError: the store cannot be read or written.
        """
        ledger = RememberingLedger(self._recording(), entries)
        report = self._checked(wish, ledger)
        made = Moment(report.run.started, report.run.as_of)
        return report, Observed(ledger.seen(report.run.id), made, SOURCED)

    def known(self, wish: CheckRequest) -> dict[Identifier, LockedAnswer]:
        """What the store holds of all that the wish's references cite or name, recording nothing."""
        ledger = RememberingLedger(NullRecorder(self.store.history), {})
        report = self._checked(replace(wish, mode=Mode.OFFLINE, texts={}), ledger)
        return ledger.seen(report.run.id)

    def _recording(self) -> RunRecorder:
        return self.store.ledger(lambda report: stored_json(report_document(report)))

    def look(self, wish: CheckRequest) -> Report:
        """Judge by what the store holds, recording nothing: looking at a reference is no check of it."""
        return self._checked(replace(wish, mode=Mode.OFFLINE), NullRecorder(self.store.history))

    def look_back(self, wish: CheckRequest) -> Report:
        """As `look`, and what gave no record on the day judged for is judged as it was: dead, silent or refused."""
        return self._checked(replace(wish, mode=Mode.OFFLINE), NullRecorder(self.store.history), looking_back=True)

    def consider(self, wish: CheckRequest) -> Report:
        """Look up and judge what is not in a file yet; answers are kept, but no check of a file is recorded."""
        return self._checked(replace(wish, texts={}), NullRecorder(self.store.history))

    def match(self, citations: Sequence[str], *, offline: bool = False, as_of: date | None = None) -> tuple[Match, ...]:
        """The works that printed citations without identifier name, one answer per citation, in their order.

        Finders (ECitMatch, PubMed's and Crossref's searches) offer candidates; each is verified against its
        record. Records are kept in the store, but no check of a file is recorded.

        Args:
            citations: Printed texts, verbatim, in any style.
            offline: Look only at records that the store holds, however old; nobody is asked.
            as_of: The day under which fetched records are kept; today in UTC by default.

        Raises:
            EvidenceError: the store cannot be read or written.
        """
        from evidence.app.sources import open_match_sources  # noqa: PLC0415 - as in `_checked`
        from evidence.matching.match import match_all  # noqa: PLC0415 - it brings the comparer, which most runs lack

        today = as_of or self.clock.now().date()
        terms = LookupPolicy(
            as_of=date.max if offline else today, lives=FOR_EVER if offline else CacheTtl(), offline=offline
        )
        with open_match_sources(self.settings, self.store, self.clock, terms) as means:
            return match_all(citations, means, self.progress)

    def recall(self, references: Iterable[Reference]) -> Mapping[Identifier, Answer]:
        """The answers last kept about these references, however old; nobody is asked."""
        from evidence.app.sources import open_sources  # noqa: PLC0415 - as in `_checked`

        terms = LookupPolicy(as_of=date.max, lives=FOR_EVER, offline=True)
        with open_sources(self.settings, self.store, self.clock, terms) as lanes:
            asked = look_up(references, lanes, clock=self.clock, observe=lambda _: None, progress=self.progress)
        return {identifier: answer for identifier, answer in asked.answers.items() if _is_found(answer)}

    def _checked(self, wish: CheckRequest, ledger: RunRecorder, *, looking_back: bool = False) -> Report:
        # It brings every source, which looking into the lock alone does without.
        from evidence.app.sources import open_sources  # noqa: PLC0415 - as in `_checked`

        wish = with_texts(wish)
        begun = begun_run(wish, self.clock.now())
        terms = LookupPolicy(
            as_of=begun.as_of,
            lives=shortest_ttl(begun.policies.values()),
            offline=wish.mode is Mode.OFFLINE,
            refresh=wish.refresh,
            read_on=_read_on(wish.libraries),
        )
        with (
            open_sources(self.settings, self.store, self.clock, terms) as opened,
            _telling_failure(ledger, begun.id),
        ):
            last = partial(self.store.history, limit=1)
            seen = (replace(lane, source=LastSeen(lane.source, last, terms.as_of)) for lane in opened)
            lanes = tuple(seen) if looking_back else opened
            return check_xdesk(order_of(wish, lanes), begun, ledger=ledger, clock=self.clock, progress=self.progress)


@contextmanager
def _telling_failure(ledger: RunRecorder, run_id: str) -> Iterator[None]:
    """A run that does not come to its end, whatever stops it, is noted as failed."""
    try:
        yield
    except EvidenceError as wrong:
        ledger.fail_run(run_id, str(wrong))
        raise
    except KeyboardInterrupt:
        ledger.fail_run(run_id, "interrupted")
        raise


def _read_on(libraries: Iterable[Library]) -> dict[Identifier, date]:
    """The first day on which each cited page may have been read."""
    return {
        identifier: reference.accessed.earliest
        for library in libraries
        for reference in library.references
        if reference.accessed is not None
        for identifier in reference.identifiers
        if identifier.kind is IdKind.URL
    }


def order_of(wish: CheckRequest, lanes: tuple[SourceSlot, ...]) -> Order:
    """What a run of this wish is asked to do, over these lanes."""
    return Order(
        libraries=wish.libraries,
        lanes=lanes,
        ruling=RULING,
        selection=wish.selection,
        incomplete_fails=wish.incomplete_fails,
        waived_as_of=wish.waived_as_of,
        texts=wish.texts or {},
        attested=wish.attested,
    )


def _inputs(wish: CheckRequest) -> Iterator[Input]:
    """The references files with what was read beside them, and each monograph that any of them names, once."""
    for library in wish.libraries:
        yield Input(library.path, library.sha256, title=library.monograph.title)
        yield from (Input(beside.path, beside.sha256, of=library.path) for beside in library.companions)
    sources = {text.document.path: text.document.source for text in (wish.texts or {}).values()}
    yield from (Input(path, source.sha256, is_monograph=True) for path, source in sources.items())


def begun_run(wish: CheckRequest, started: datetime) -> BegunRun:
    """The run of this wish that begins now."""
    return BegunRun(
        id=f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        started=started,
        as_of=wish.as_of or started.date(),
        mode=wish.mode,
        actor=wish.actor,
        tool_version=__version__,
        inputs=tuple(_inputs(wish)),
        policies={library.path: library.policy for library in wish.libraries}
        | {beside.path: library.policy for library in wish.libraries for beside in library.companions},
        select=tuple(sorted(wish.selection.only)),
        ignore=tuple(sorted(wish.selection.never)),
        deselected=tuple(_deselected(wish.selection)),
        locks=wish.locks,
    )


# The tool as a library: one function, the same run as `evidence check` makes.

USER_AGENT = f"evidence-tracker/{__version__} (checks the references of drug monographs)"


def check(
    *paths: str | Path,
    store: str | Path,
    actor: str,
    offline: bool = False,
    as_of: date | None = None,
    settings: Settings | None = None,
) -> Report:
    """Check these files, directories or globs, record the run in the store, and return its report.

    Args:
        paths: References files, or where they lie.
        store: The SQLite file that keeps answers and runs; created when it does not exist. The log of its audit trail
            lies beside it.
        actor: Who runs this; recorded with the run.
        offline: Judge by the store alone.
        as_of: The day to judge for; today in UTC by default.
        settings: Addresses, network, NCBI's e-mail and key; the environment is not read. By default the real services.

    Raises:
        EvidenceError: A file or the store cannot be used; weather is no exception but part of the report.
    """
    wish = CheckRequest(
        libraries=read_libraries(tuple(map(str, paths))),
        mode=Mode.OFFLINE if offline else Mode.ONLINE,
        actor=actor,
        as_of=as_of,
    )
    clock = SystemClock()
    settings = settings or Settings(Network(user_agent=USER_AGENT))
    path = Path(store)
    from evidence.storage.store import Store  # noqa: PLC0415 - SQLite is for those who have a store, not for a locked run

    with Store.open(path, tool_version=__version__, clock=clock, log=default_log_path(path)) as opened:
        return Checker(settings, opened, clock, lambda _answered, _total: None).run(wish)
