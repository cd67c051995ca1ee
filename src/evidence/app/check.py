"""Checking references files: `check` for programs, and `Checker`, which the commands run with an open store.

Also what the options of a command become before a run: the libraries, the monographs they name, the selection of rules.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.app.lookup import look_up
from evidence.app.registry import RULES, RULING, SOURCED, LookupPolicy, shortest_ttl
from evidence.app.relock import Observed
from evidence.app.run import CheckRequest, run_check
from evidence.audit.log import default_log_path
from evidence.library.reader import find_libraries, read_library
from evidence.model.errors import FileError, UsageError
from evidence.model.findings import Selection
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Found, Match
from evidence.model.policy import FOR_EVER, CacheTtl, Policy, Severity
from evidence.model.ports import Clock, NullRecorder, Progress, RunRecorder, SystemClock
from evidence.model.references import Fault, FaultKind, Library, Place, Reference
from evidence.model.report import BegunRun, Input, Mode, Report
from evidence.model.rule import VOIDING
from evidence.model.version import __version__
from evidence.sources.cache import LastSeen
from evidence.sources.http.network import Network
from evidence.sources.spec import Settings
from evidence.storage.lock import LockedAnswer, LockEntry, Moment, RememberingRecorder

if TYPE_CHECKING:
    from evidence.documents.citations import MonographReading
    from evidence.storage.store import Store

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

    It is the same run as `evidence check` makes.

    Args:
        paths: References files, or where they lie.
        store: The SQLite file that keeps answers and runs; created when it does not exist. The log of its audit trail
            lies beside it.
        actor: Who runs this; recorded with the run.
        offline: Judge by the store alone.
        as_of: The day to judge for; today in UTC by default.
        settings: Addresses, network, NCBI's e-mail and key; the environment is not read. By default the real services.

    Raises:
        EvidenceError: A file or the store cannot be used. That a service or a page does not answer is no exception
            but part of the report.
    """
    request = CheckRequest(
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
        return Checker(settings, opened, clock, lambda _answered, _total: None).run(request)


@dataclass(frozen=True, slots=True)
class Checker:
    """What requests are carried out with: the operator's settings, an open store, the time, and who follows it."""

    settings: Settings
    store: Store
    clock: Clock
    progress: Progress

    def run(self, request: CheckRequest) -> Report:
        """Check what is requested and record it.

        Raises:
            EvidenceError: the store cannot be read or written.
        """
        return self._check(request, self.store)

    def run_remembering(
        self, request: CheckRequest, entries: Mapping[Identifier, LockEntry]
    ) -> tuple[Report, Observed]:
        """As `run`, with what these entries of locks remember of earlier runs; also what the run observed.

        Raises:
            EvidenceError: the store cannot be read or written.
        """
        recorder = RememberingRecorder(self.store, entries)
        report = self._check(request, recorder)
        made = Moment(report.run.started, report.run.as_of)
        return report, Observed(recorder.locked_answers(report.run.id), made, SOURCED)

    def known(self, request: CheckRequest) -> dict[Identifier, LockedAnswer]:
        """What the store holds of all that the request's references cite or name, recording nothing."""
        recorder = RememberingRecorder(NullRecorder(self.store.history), {})
        report = self._check(replace(request, mode=Mode.OFFLINE, texts={}), recorder)
        return recorder.locked_answers(report.run.id)

    def look(self, request: CheckRequest) -> Report:
        """Judge by what the store holds, recording nothing: looking at a reference is no check of it."""
        return self._check(replace(request, mode=Mode.OFFLINE), NullRecorder(self.store.history))

    def look_back(self, request: CheckRequest) -> Report:
        """As `look`, and what gave no record on the day judged for is judged as it was: dead, silent or refused."""
        return self._check(replace(request, mode=Mode.OFFLINE), NullRecorder(self.store.history), looking_back=True)

    def consider(self, request: CheckRequest) -> Report:
        """Look up and judge what is not in a file yet; answers are kept, but no check of a file is recorded."""
        return self._check(replace(request, texts={}), NullRecorder(self.store.history))

    def match(self, citations: Sequence[str], *, offline: bool = False, as_of: date | None = None) -> tuple[Match, ...]:
        """The works that printed citations without identifier name, one answer per citation, in their order.

        Searchers (ECitMatch, PubMed's and Crossref's searches) offer candidates; each is verified against its
        record. Records are kept in the store, but no check of a file is recorded.

        Args:
            citations: Printed texts, verbatim, in any style.
            offline: Look only at records that the store holds, however old; nobody is asked.
            as_of: The day under which fetched records are kept; today in UTC by default.

        Raises:
            EvidenceError: the store cannot be read or written.
        """
        from evidence.app.sources import open_match_sources  # noqa: PLC0415 - as in `_check`
        from evidence.matching.match import match_all  # noqa: PLC0415 - it brings the comparer, which most runs lack

        today = as_of or self.clock.now().date()
        policy = LookupPolicy(
            as_of=date.max if offline else today, lives=FOR_EVER if offline else CacheTtl(), offline=offline
        )
        with open_match_sources(self.settings, self.store, self.clock, policy) as sources:
            return match_all(citations, sources, self.progress)

    def recall(self, references: Iterable[Reference]) -> Mapping[Identifier, Answer]:
        """The records last kept about these references, however old; nobody is asked."""
        from evidence.app.sources import open_sources  # noqa: PLC0415 - as in `_check`

        policy = LookupPolicy(as_of=date.max, lives=FOR_EVER, offline=True)
        with open_sources(self.settings, self.store, self.clock, policy) as slots:
            results = look_up(references, slots, clock=self.clock, observe=lambda _: None, progress=self.progress)
        return {i: answer for i, answer in results.answers.items() if isinstance(answer.outcome, Found)}

    def _check(self, request: CheckRequest, recorder: RunRecorder, *, looking_back: bool = False) -> Report:
        # It brings every source, which looking into the lock alone does without.
        from evidence.app.sources import open_sources  # noqa: PLC0415 - see above

        request = with_texts(request)
        begun = begun_run(request, self.clock.now())
        policy = LookupPolicy(
            as_of=begun.as_of,
            lives=shortest_ttl(begun.policies.values()),
            offline=request.mode is Mode.OFFLINE,
            refresh=request.refresh,
            read_on={
                identifier: reference.accessed.earliest
                for library in request.libraries
                for reference in library.references
                if reference.accessed is not None
                for identifier in reference.identifiers
                if identifier.kind is IdKind.URL
            },
        )
        with open_sources(self.settings, self.store, self.clock, policy) as opened:
            last = partial(self.store.history, limit=1)
            past = (replace(slot, source=LastSeen(slot.source, last, policy.as_of)) for slot in opened)
            slots = past if looking_back else opened
            return run_check(request, begun, RULING, slots, recorder=recorder, clock=self.clock, progress=self.progress)


def begun_run(request: CheckRequest, started: datetime) -> BegunRun:
    """The run of this request that begins now.

    Its inputs are the references files with what was read beside them, and each monograph that any of them names, once.
    """
    inputs: list[Input] = []
    for library in request.libraries:
        inputs.append(Input(library.path, library.sha256, title=library.monograph.title))
        inputs += (Input(beside.path, beside.sha256, of=library.path) for beside in library.companions)
    monographs = {text.document.path: text.document.source for text in (request.texts or {}).values()}
    inputs += (Input(path, source.sha256, is_monograph=True) for path, source in monographs.items())
    only = request.selection.only
    return BegunRun(
        id=f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        started=started,
        as_of=request.as_of or started.date(),
        mode=request.mode,
        actor=request.actor,
        tool_version=__version__,
        inputs=tuple(inputs),
        policies={library.path: library.policy for library in request.libraries}
        | {beside.path: library.policy for library in request.libraries for beside in library.companions},
        select=tuple(sorted(only)),
        ignore=tuple(sorted(request.selection.never)),
        deselected=tuple(rule.code for rule in RULES if rule.code in VOIDING and only and not only & {*rule.words}),
        locks=request.locks,
    )


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


def with_texts(request: CheckRequest) -> CheckRequest:
    """The request with the monographs read that its libraries name.

    One that cannot be read is a fault of the library's own `monograph: file:`; the run goes on without it.
    """
    if request.texts is not None:
        return request
    texts: dict[str, MonographReading] = {}
    libraries: list[Library] = []
    for library in request.libraries:
        read = library
        if library.monograph.file is not None:
            from evidence.documents.citations import read_monograph  # noqa: PLC0415 - only for those who name one

            try:
                text = read_monograph(library)
            except FileError as error:
                place = library.monograph.place or Place(library.path, 1, 1)
                message = f"the monograph was not read: {error}"
                fault = Fault(FaultKind.INVALID_VALUE, "monograph.file", library.monograph.file, place, message)
                read = replace(library, faults=(*library.faults, fault))
            else:
                texts |= {library.path: text} if text is not None else {}
        libraries.append(read)
    return replace(request, libraries=tuple(libraries), texts=texts)


def selection_of(select: tuple[str, ...], ignore: tuple[str, ...]) -> Selection:
    """The selection, its words checked against the rules that exist.

    Raises:
        UsageError: a word is no rule's code, name or family.
    """
    if any(not word.strip() for text in (*select, *ignore) for word in text.split(",")):
        raise UsageError("an empty rule in --select or --ignore", fix="name a code, a name or a family")
    known = {word for rule in RULES for word in rule.words}
    only, never = (
        frozenset(
            word.upper() if word[:3].isalpha() and "-" not in word else word
            for text in texts
            for word in map(str.strip, text.split(","))
        )
        for texts in (select, ignore)
    )
    for word in sorted((only | never) - known):
        raise UsageError(f"no rule, name or family is called {word}", fix="see `evidence rule` for the list")
    return Selection(only, never)
