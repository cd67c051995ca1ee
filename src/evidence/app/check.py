"""Checking references files: one run, from what is requested to its recorded report.

`check` is for programs; commands run a `Checker`, which holds an open store. A run looks up every identifier, records
what was observed, judges each reference, and compares with the runs before it.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.app.anchors import anchors_of, by_lock, cited_by_claims, record_texts
from evidence.app.contents import labels_of, needed, notices_of
from evidence.app.due import Verification, by_day, claims_due, due, sign_offs_due, waivers_due
from evidence.app.judge import CaseResult, FileResult, RuleSet, judge_file
from evidence.app.lookup import LookupResults, SourceSlot, identifier_from_record, look_up
from evidence.app.registry import (
    RULE_SET,
    RULES,
    SOURCE_TITLES,
    SOURCED,
    LookupPolicy,
    find_source,
    locked_sources,
    shortest_ttl,
)
from evidence.app.weaker import weaker_entries, weaker_policy
from evidence.audit.log import default_log_path
from evidence.audit.signoffs import RunFindings, sign_off_statuses
from evidence.library.reader import find_libraries, read_library
from evidence.matching.label_sections import SectionText
from evidence.model.audit import Attested, ChangedLock
from evidence.model.claims import AnchorState
from evidence.model.errors import EvidenceError, FileError, Place, UsageError
from evidence.model.identifiers import ARTICLES, Identifier, IdKind, contents_of
from evidence.model.outcomes import (
    Answer,
    Cause,
    Found,
    Match,
    Named,
    Observation,
    Origin,
    State,
    Unavailable,
    state_of,
)
from evidence.model.policy import FOREVER, CacheTtl, Policy, Severity
from evidence.model.ports import Clock, NullRecorder, Progress, RunRecorder, SystemClock
from evidence.model.records import Article, Page, RecordText, is_retracted, is_withdrawn
from evidence.model.references import Fault, FaultKind, Library, Reference
from evidence.model.report import (
    BegunRun,
    Due,
    Exit,
    FilesLoaded,
    Input,
    Mode,
    ReferenceResult,
    Report,
    ReportedClaim,
    Retraction,
    Run,
    Unchecked,
)
from evidence.model.rule import RETRACTION, VOIDING, WITHDRAWAL, Finding, Rule, Selection
from evidence.model.version import __version__
from evidence.reports.document import report_document, stored_json
from evidence.reports.history import (
    EARLIER_RUNS,
    RecordedRun,
    changes_between,
    reference_history,
    reported_observation,
    run_of_json,
    run_of_report,
)
from evidence.rules.case import Beside, Case, ClaimCase, LibraryCase, VersionContents
from evidence.rules.evidence import evidence_class
from evidence.rules.labels import version_then
from evidence.sources.cache import LastObserved, LockedFirst
from evidence.sources.http.network import Network
from evidence.sources.spec import Settings
from evidence.storage.lock import (
    LockedAnchor,
    LockedAnswer,
    LockEntry,
    Moment,
    RememberingRecorder,
)

if TYPE_CHECKING:
    from evidence.documents.citations import MonographReading  # the readers of monographs are for runs that have one
    from evidence.storage.store import Store

USER_AGENT = f"evidence-tracker/{__version__} (checks the references of drug monographs)"

RETRACTION_WATCH = "retraction-watch"
"""The source that is asked of nobody, but heard where its file was loaded."""

_WITHOUT_FILE = frozenset({IdKind.URL, IdKind.DOI, IdKind.PMCID, IdKind.NCT})
"""The kinds of identifier that no file which can be loaded answers for."""

_NO_FILE = "in no file that can be loaded: cannot be checked offline"

QUOTES = "quotes"
"""What stands for the source in what is said of a quote that could not be looked for."""

_SPEAK_OF_ARTICLES = frozenset({"pubmed", "pmc", "crossref", "retraction-watch"})


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What is asked of a run; each library brings the policy it is judged by.

    `waived_as_of` is the day as of which waivers are applied, where that is not the one that is judged for.
    `texts` are the monographs, by the paths of the libraries that name them; None: they are still to be read.
    `locked_anchors` are the quotes of claims, by the path of the library, where they are judged by a lock.
    `attested` are the sign-offs about these libraries that no newer one has replaced, `locks` the lock files beside
    them, `changed_locks` those that are not what the trail wrote, by the path of the library. `recorded` is False for a
    run that is to be no event: neither store nor log note it.
    `configured` is the policy that the libraries' own ones are based on; `weaker` is what the configuration makes
    weaker than the defaults, beside its policy. `asks_notices` is whether Retraction Watch is heard, too.
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
    locked_anchors: Mapping[str, Mapping[str, tuple[LockedAnchor, ...]]] = field(default_factory=dict)
    locks: tuple[Input, ...] = ()
    changed_locks: Mapping[str, ChangedLock] = field(default_factory=dict)
    recorded: bool = True
    configured: Policy = field(default_factory=Policy)
    weaker: tuple[str, ...] = ()
    asks_notices: bool = False


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
        EvidenceError: A file or the store cannot be used. That a service or a page does not answer is not an exception
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
class Observed:
    """All that one run observed, when it was made, and which kinds of identifier it has a source for."""

    answers: Mapping[Identifier, LockedAnswer]
    made: Moment
    kinds: frozenset[IdKind]


@dataclass(frozen=True, slots=True)
class Checker:
    """What requests are carried out with: the operator's settings, an open store, the time, and who follows it."""

    settings: Settings
    store: Store
    clock: Clock
    progress: Progress

    def run(self, request: CheckRequest) -> Report:
        """Check what is requested and record it, unless it is to be no event.

        Raises:
            EvidenceError: the store cannot be read or written.
        """
        return self._check(request, self._recorder_of(request))

    def run_remembering(
        self, request: CheckRequest, entries: Mapping[Identifier, LockEntry]
    ) -> tuple[Report, Observed]:
        """As `run`, with what these entries of locks remember of earlier runs; also what the run observed.

        Raises:
            EvidenceError: the store cannot be read or written.
        """
        recorder = RememberingRecorder(self._recorder_of(request), entries)
        report = self._check(request, recorder)
        made = Moment(report.run.started, report.run.as_of)
        return report, Observed(recorder.locked_answers(report.run.id), made, SOURCED)

    def run_by_locks(
        self, request: CheckRequest, entries: Mapping[Identifier, LockEntry], reasons: Mapping[Identifier, str]
    ) -> Report:
        """As `run`, offline, by these entries of locks and, for what they and `reasons` do not name, by the store.

        `reasons` say why an identifier is not to be answered by either.

        Raises:
            EvidenceError: the store cannot be read or written.
        """
        recorder = RememberingRecorder(self._recorder_of(request), entries)
        named = entries.keys() | reasons.keys()
        by_lock = {slot.name: slot.source for slot in locked_sources(entries, reasons, self.clock)}

        def lock_first(slot: SourceSlot) -> SourceSlot:
            return replace(slot, source=LockedFirst(named, by_lock[slot.name], slot.source))

        return self._check(replace(request, mode=Mode.OFFLINE), recorder, arrange=lock_first)

    def _recorder_of(self, request: CheckRequest) -> RunRecorder:
        return self.store if request.recorded else self.store.unrecorded()

    def known(self, request: CheckRequest) -> tuple[dict[Identifier, LockedAnswer], tuple[ReportedClaim, ...]]:
        """What the store holds of all that the request's references cite or name, and of quotes, recording nothing."""
        recorder = RememberingRecorder(NullRecorder(self.store.history), {})
        report = self._check(replace(request, mode=Mode.OFFLINE, texts={}), recorder)
        return recorder.locked_answers(report.run.id), report.claims

    def look(self, request: CheckRequest) -> Report:
        """Judge by what the store holds, recording nothing: looking at a reference is not a check of it."""
        return self._check(replace(request, mode=Mode.OFFLINE), NullRecorder(self.store.history))

    def look_back(self, request: CheckRequest) -> Report:
        """As `look`, and what gave no record on the day judged for is judged as it was: dead, silent or refused."""
        return self._check(replace(request, mode=Mode.OFFLINE), NullRecorder(self.store.history), looking_back=True)

    def consider(self, request: CheckRequest) -> Report:
        """Look up and judge what is not in a file yet; answers are stored, but no check of a file is recorded."""
        return self._check(replace(request, texts={}), NullRecorder(self.store.history))

    def match(self, citations: Sequence[str], *, offline: bool = False, as_of: date | None = None) -> tuple[Match, ...]:
        """The works that printed citations without identifier name, one answer per citation, in their order.

        Searchers (ECitMatch, PubMed's and Crossref's searches) offer candidates; each is verified against its
        record. Records are stored, but no check of a file is recorded.

        Args:
            citations: Printed texts, verbatim, in any style.
            offline: Look only at records that the store holds, however old; no service is asked.
            as_of: The day under which fetched records are stored; today in UTC by default.

        Raises:
            EvidenceError: the store cannot be read or written.
        """
        from evidence.app.sources import open_match_sources  # noqa: PLC0415 - as in `_check`
        from evidence.matching.match import match_all  # noqa: PLC0415 - it brings the comparer, which most runs lack

        today = as_of or self.clock.now().date()
        policy = LookupPolicy(
            as_of=date.max if offline else today, lives=FOREVER if offline else CacheTtl(), offline=offline
        )
        with open_match_sources(self.settings, self.store, self.clock, policy) as sources:
            return match_all(citations, sources, self.progress)

    def named_by(self, addresses: Sequence[Identifier]) -> Mapping[Identifier, Named]:
        """The PMID or DOI of the work that an address names by a number of its own (NCBI's Bookshelf, a short DOI).

        An address that names none, or none that is known, is left out.

        Raises:
            EvidenceError: the store cannot be read or written.
        """
        from evidence.app.sources import open_aliases  # noqa: PLC0415 - as in `_check`

        policy = LookupPolicy(as_of=self.clock.now().date(), lives=CacheTtl())
        with open_aliases(self.settings, self.store, self.clock, policy) as aliases:
            return aliases.named(addresses)

    def files_heard(self, policy: LookupPolicy) -> Iterator[FilesLoaded]:
        """The newest files of each source by whose answers a run can judge.

        An online run asks all sources but Retraction Watch, whose file it hears as long as that is fresh.
        """
        for collection in self.store.loaded.collections():
            newest = self.store.loaded.shelf(collection).newest
            if newest is None or find_source(collection).unchanging:
                continue
            is_fresh = 0 <= (policy.as_of - newest.day).days < policy.lives.status
            if policy.offline or (collection == RETRACTION_WATCH and is_fresh):
                up_to = newest.stem if newest.number else ""
                yield FilesLoaded(collection, SOURCE_TITLES[collection], up_to, newest.day, newest.actor)

    def recall(self, references: Iterable[Reference]) -> Mapping[Identifier, Answer]:
        """The records last stored about these references, however old; no service is asked."""
        from evidence.app.sources import open_sources  # noqa: PLC0415 - as in `_check`

        policy = LookupPolicy(as_of=date.max, lives=FOREVER, offline=True)
        with open_sources(self.settings, self.store, self.clock, policy) as slots:
            results = look_up(references, slots, clock=self.clock, observe=lambda _: None, progress=self.progress)
        return {i: answer for i, answer in results.answers.items() if isinstance(answer.outcome, Found)}

    def _check(
        self,
        request: CheckRequest,
        recorder: RunRecorder,
        *,
        looking_back: bool = False,
        arrange: Callable[[SourceSlot], SourceSlot] = lambda slot: slot,
    ) -> Report:
        # It brings every source, which looking into the lock alone does without.
        from evidence.app.sources import open_sources  # noqa: PLC0415 - see above

        request = with_texts(request)
        begun = begun_run(request, self.clock.now())
        policy = lookup_policy(request, begun.as_of)
        begun = replace(begun, loaded=tuple(self.files_heard(policy)))
        request = replace(request, asks_notices=any(files.source == RETRACTION_WATCH for files in begun.loaded))
        with open_sources(self.settings, self.store, self.clock, policy) as opened:
            last = partial(self.store.history, limit=1)
            past = (replace(slot, source=LastObserved(slot.source, last, policy.as_of)) for slot in opened)
            slots = past if looking_back else map(arrange, opened)
            return run_check(
                request, begun, RULE_SET, slots, recorder=recorder, clock=self.clock, progress=self.progress
            )


def lookup_policy(request: CheckRequest, as_of: date, begun: datetime | None = None) -> LookupPolicy:
    """How what is requested is looked up; what was asked since `begun` is not refreshed once more."""
    return LookupPolicy(
        as_of=as_of,
        lives=shortest_ttl(library.policy for library in request.libraries),
        offline=request.mode is Mode.OFFLINE,
        refresh=request.refresh,
        begun=begun,
        read_on={
            identifier: reference.accessed.earliest
            for library in request.libraries
            for reference in library.references
            if reference.accessed is not None
            for identifier in reference.identifiers
            if identifier.kind is IdKind.URL
        },
        in_full=cited_by_claims(request.libraries),
    )


def new_id(started: datetime) -> str:
    """A name for what begins now, which sorts by time."""
    return f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def begun_run(request: CheckRequest, started: datetime, run_id: str | None = None) -> BegunRun:
    """The run of this request that begins now, under a new id or this one.

    Its inputs are the references files with what was read beside them, and each monograph that any of them names, once.
    """
    inputs: list[Input] = []
    for library in request.libraries:
        inputs.append(Input(library.path, library.sha256, title=library.monograph.title))
        inputs += (Input(beside.path, beside.sha256, of=library.path) for beside in library.companions)
    monographs = {text.document.path: text.document.source for text in (request.texts or {}).values()}
    inputs += (Input(path, source.sha256, is_monograph=True) for path, source in monographs.items())
    selected = request.selection.selected
    return BegunRun(
        id=run_id or new_id(started),
        started=started,
        as_of=request.as_of or started.date(),
        mode=request.mode,
        actor=request.actor,
        tool_version=__version__,
        inputs=tuple(inputs),
        policies={library.path: library.policy for library in request.libraries}
        | {beside.path: library.policy for library in request.libraries for beside in library.companions},
        select=tuple(sorted(selected)),
        ignore=tuple(sorted(request.selection.ignored)),
        deselected=tuple(
            rule.code for rule in RULES if rule.code in VOIDING and selected and not selected & {*rule.words}
        ),
        locks=request.locks,
        recorded=request.recorded,
    )


def read_libraries(
    paths: tuple[str, ...],
    fail_on: Severity | None = None,
    policy: Policy | None = None,
    top: Path | None = None,
    listed_at: Place | None = None,
) -> tuple[Library, ...]:
    """Every library that the paths name; `fail_on` overrides their own policies, they override `policy`.

    `top` is the folder below which their monographs have to lie, by default the root of each one's repository;
    `listed_at` is where a configuration lists the paths.

    Raises:
        FileError: one of them cannot be read.
    """
    if not all(paths):
        raise UsageError("empty file name", fix="name a file, a directory or a pattern")
    libraries = (read_library(path, policy, top) for path in find_libraries(paths, listed_at))
    return tuple(with_fail_on(library, fail_on) for library in libraries)


def with_fail_on(library: Library, fail_on: Severity | None) -> Library:
    """The library with its own policy overridden by this severity, if there is one."""
    return library if fail_on is None else replace(library, policy=replace(library.policy, fail_on=fail_on))


def with_owner(libraries: Iterable[Library], owner: str | None) -> tuple[Library, ...]:
    """The libraries with this owner for each reference that names none."""
    if owner is None:
        return tuple(libraries)
    return tuple(
        replace(
            library,
            references=tuple(
                reference if reference.owner else replace(reference, owner=owner) for reference in library.references
            ),
        )
        for library in libraries
    )


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
                message = f"the monograph could not be read: {error}"
                fault = Fault(FaultKind.INVALID_VALUE, "monograph.file", library.monograph.file, place, message)
                read = replace(library, faults=(*library.faults, fault))
            else:
                texts |= {library.path: text} if text is not None else {}
        libraries.append(read)
    return replace(request, libraries=tuple(libraries), texts=texts)


def selection_of(select: tuple[str, ...], ignore: tuple[str, ...]) -> Selection:
    """The selection, its words checked against the rules that exist.

    Raises:
        UsageError: a word is not a rule's code, name or family.
    """
    if any(not word.strip() for text in (*select, *ignore) for word in text.split(",")):
        raise UsageError("empty rule in --select or --ignore", fix="use a rule code, a rule name or a family")
    known = {word for rule in RULES for word in rule.words}
    selected, ignored = (
        frozenset(
            word.upper() if word[:3].isalpha() and "-" not in word else word
            for text in texts
            for word in map(str.strip, text.split(","))
        )
        for texts in (select, ignore)
    )
    for word in sorted((selected | ignored) - known):
        raise UsageError(f"unknown rule or family {word}", fix="for a list, run `evidence rule`")
    return Selection(selected, ignored)


def run_check(
    request: CheckRequest,
    begun: BegunRun,
    rules: RuleSet,
    slots: Iterable[SourceSlot],
    *,
    recorder: RunRecorder,
    clock: Clock,
    progress: Progress,
) -> Report:
    """Look up every identifier once, record what was observed, judge every reference, and report.

    A run that does not come to its end, whatever stops it, is recorded as failed.

    Raises:
        StoreError: the record cannot be written; what it took before that stays.
    """
    with _failure_recorded(recorder, begun.id):
        recorder.begin_run(begun)
        lookups = look_up(
            (reference for library in request.libraries for reference in library.references),
            slots,
            clock=clock,
            observe=lambda answers: recorder.observe(begun.id, answers, begun.as_of),
            progress=progress,
            with_raw=cited_by_claims(request.libraries),
            further=partial(needed, request.libraries, asks_notices=request.asks_notices),
        )
        report = judged(request, begun, rules, lookups, past=recorder, clock=clock)
        return recorder.end_run(report, stored_report)


def stored_report(report: Report) -> bytes:
    """The report's document as it is stored."""
    return stored_json(report_document(report))


def judged(
    request: CheckRequest, begun: BegunRun, rules: RuleSet, lookups: LookupResults, *, past: RunRecorder, clock: Clock
) -> Report:
    """The report of a run that was given these answers; of `past` it is only asked what earlier runs saw.

    Raises:
        StoreError: the record of earlier runs cannot be read.
    """
    history = past.history([i for i, answer in lookups.answers.items() if needs_history(answer)], begun.id)
    files = []
    for library in request.libraries:
        text, changed_lock = (request.texts or {}).get(library.path), request.changed_locks.get(library.path)
        read = record_texts(library, lookups.answers)
        anchors = anchors_of(library, lookups.answers, read)
        if (locked := request.locked_anchors.get(library.path)) is not None:
            anchors = by_lock(library, anchors, locked)
        file = LibraryCase(library, begun.as_of, text, anchors, changed_lock=changed_lock)
        of_file = _cases(file, lookups, history, rules.source_names, read)
        files.append(judge_file(file, of_file, rules, request.selection, request.waived_as_of))
    cases = [case for file in files for case in file.cases]
    unchecked = tuple(item for case in cases for item in case.unchecked)
    unchecked += tuple(_unchecked_quotes(files, unchecked))
    signed = {
        library.path: [finding for finding in file.counted if rules.by_code[finding.code].is_signed]
        for library, file in zip(request.libraries, files, strict=True)
    }
    seen = RunFindings(signed, Counter(item.path for item in unchecked))
    sign_offs = sign_off_statuses(request.attested, seen, begun.policies, begun.as_of)
    findings = [finding for file in files for finding in file.findings]
    for library in request.libraries:
        own = tuple(sign_off for sign_off in sign_offs if sign_off.path == library.path)
        closing = rules.closing_findings(LibraryCase(library, begun.as_of, sign_offs=own))
        closed = (rules.with_severity(finding, library.policy) for finding in closing)
        findings += filter(request.selection.shows, closed)
    findings.sort(key=lambda f: (f.place, f.code, f.printed or f.place, f.message))
    is_any_empty = not cases or any(not library.references for library in request.libraries)
    if any(finding.severity >= begun.policies[finding.place.path].fail_on for finding in findings):
        status = Exit.FINDINGS
    else:
        status = Exit.INCOMPLETE if request.incomplete_fails and (unchecked or is_any_empty) else Exit.CLEAN
    weaker = [line for library in request.libraries for line in weaker_policy(library, request.configured)]
    weaker += [line for file in files for line in weaker_entries(file.cases)]
    report = Report(
        run=Run(**{each.name: getattr(begun, each.name) for each in fields(begun)}, finished=clock.now()),
        references=tuple(_reference_result(case) for case in cases),
        findings=tuple(findings),
        unchecked=unchecked,
        ignored=tuple(item for file in files for item in file.ignored),
        waived=tuple(item for file in files for item in file.waived),
        exit=status,
        sign_offs=sign_offs,
        weaker=tuple(dict.fromkeys([*request.weaker, *weaker])),
        claims=tuple(_reported_claim(result.case) for file in files for result in file.claims),
    )
    report = keep_retractions(with_past(report, past, rules.by_code, request.libraries))
    if status is Exit.CLEAN and is_void_unjudged(report, request.selection):
        report = replace(report, exit=Exit.INCOMPLETE)
    return report


@contextmanager
def _failure_recorded(recorder: RunRecorder, run_id: str) -> Iterator[None]:
    try:
        yield
    except EvidenceError as error:
        recorder.fail_run(run_id, str(error))
        raise
    except KeyboardInterrupt:
        recorder.fail_run(run_id, "interrupted")
        raise


def needs_history(answer: Answer) -> bool:
    """Whether earlier observations matter to this answer: strikes, and what a page said before."""
    match answer.outcome:
        case Found(record=Page(fingerprint=fingerprint)):
            return bool(fingerprint)
        case Found():
            return False
    return True


def _cases(
    file: LibraryCase,
    lookups: LookupResults,
    history: Mapping[Identifier, tuple[Observation, ...]],
    source_names: Mapping[str, str],
    texts: Mapping[str, RecordText],
) -> Iterator[Case]:
    """What the rules may look at, for each reference of a file."""
    printed = [reference.cited_as for reference in file.library.references if reference.cited_as]
    beside = Beside(printed)
    if file.text is not None:
        with_product = file.library.monograph.product is not None
        sentences = [sentence.text for sentence in file.text.sentences.sentences] if with_product else None
        beside = Beside(printed, file.text.printed, sentences)
    for reference in file.library.references:
        named = identifier_from_record(reference, lookups.answers)
        yield Case(
            reference=reference,
            library=file.library,
            policy=file.library.policy,
            today=file.today,
            answers=tuple(
                _by_policy(lookups.settled(lookups.answers[i]), file)
                for i in reference.identifiers
                if i in lookups.answers
            ),
            learned=(lookups.answers[named],) if named in lookups.answers else (),
            history={i: history[i] for i in reference.identifiers if i in history},
            network_down=lookups.network_down,
            beside=beside,
            source_names=source_names,
            text=texts.get(reference.id),
            contents=_contents_of(reference, lookups),
            notices=tuple(
                lookups.answers[about] for about in notices_of(reference, lookups.answers) if about in lookups.answers
            ),
        )


def _by_policy(answer: Answer, file: LibraryCase) -> Answer:
    """The answer, and with `policy: offline: true` that what no file holds cannot be checked without internet."""
    match answer.outcome:
        case Unavailable(cause=Cause.OFFLINE) as outcome if (
            file.library.policy.offline and answer.identifier.kind in _WITHOUT_FILE and answer.origin is not Origin.LOCK
        ):
            return replace(answer, outcome=replace(outcome, reason=_NO_FILE, cause=Cause.NO_FILE))
    return answer


def _contents_of(reference: Reference, lookups: LookupResults) -> Mapping[int, VersionContents]:
    """What was answered about the contents of a reference's label: of the version then current, and of today's."""
    return {
        version.version: VersionContents(lookups.answers[contents], _sections_of)
        for setid, label in labels_of(reference, lookups.answers)
        for version in (version_then(reference, label), label.current)
        if version is not None and (contents := contents_of(setid, version.version)) in lookups.answers
    }


def _sections_of(raw: bytes) -> tuple[SectionText, ...]:
    from evidence.sources.spl_xml import sections_of  # noqa: PLC0415 - few runs compare contents of labels

    return sections_of(raw)


def _reference_result(result: CaseResult) -> ReferenceResult:
    case = result.case
    if not case.answers:
        return ReferenceResult(case.reference, State.NOT_CHECKED, (), None, None, None, result.check)
    first, answers = case.answers[0], (*case.answers, *case.learned, *case.notices)
    record = first.outcome.record if isinstance(first.outcome, Found) else None
    return ReferenceResult(
        case.reference,
        state_of(first.outcome),
        answers,
        verified=None if record is None else first.at,
        origin=None if record is None else first.origin,
        record=record,
        check=result.check,
        retraction=retraction_of(answers, case.today, withdrawn=not result.retracted)
        if result.retracted or result.withdrawn
        else None,
    )


def _unchecked_quotes(files: Iterable[FileResult], unchecked: Iterable[Unchecked]) -> Iterator[Unchecked]:
    """The quotes that could not be looked for although their references could be: the run is not complete."""
    silent = {(item.path, item.reference) for item in unchecked}
    for result in (result for file in files for result in file.claims):
        path = result.case.library.path
        for anchor in result.case.anchors:
            if anchor.state is AnchorState.NOT_CHECKED and (path, anchor.reference) not in silent:
                reason = anchor.reason or "not looked for"
                yield Unchecked(result.case.claim.key, result.case.claim.place.path, QUOTES, f"quote: {reason}")


def _reported_claim(case: ClaimCase) -> ReportedClaim:
    """The claim with what is known of its evidence; nothing is suggested of an article whose record is not known."""
    cited = [case.cases.get(item.reference) for item in case.claim.evidence]
    is_known = [one is not None and (one.article is not None or not one.kinds & ARTICLES) for one in cited]
    classes = (evidence_class(one) if one and known else None for one, known in zip(cited, is_known, strict=True))
    return ReportedClaim(case.claim, case.anchors, case.printed, tuple(classes))


def with_past(report: Report, recorder: RunRecorder, rules: Mapping[str, Rule], libraries: Iterable[Library]) -> Report:
    """The report with each reference's past, what falls due, and what differs from the run before.

    Args:
        report: What this run found.
        recorder: The record of earlier runs.
        rules: All rules by their codes.
        libraries: Those that were checked, whose waivers and claims fall due.

    Raises:
        StoreError: the record cannot be read.
    """
    stored = recorder.previous(report.run.id)
    before = run_of_json(stored) if stored is not None else None
    report = replace(report, references=tuple(_with_observations(report, before, recorder)))
    report = replace(report, due=_due(report, libraries))
    if before is None:
        return report
    return replace(
        report,
        changes=changes_between(before, run_of_report(report), rules),
        earlier=(*before.earlier, before.run)[-EARLIER_RUNS:],
    )


def _with_observations(report: Report, before: RecordedRun | None, recorder: RunRecorder) -> Iterator[ReferenceResult]:
    """The results with their past: what the run before carried, and what was observed from that run on.

    The entire past is asked for only of what that run did not carry everywhere, so a year of daily runs
    costs no more than a week.
    """
    known = {} if before is None else before.references
    looked_up = {answer.identifier for result in report.references for answer in result.answers}
    named = (((r.reference.place.path, r.reference.id), [a.identifier for a in r.answers]) for r in report.references)
    unfamiliar = not_carried(named, before)
    observed = dict(recorder.observed_since(unfamiliar, None, report.run.id)) if unfamiliar else {}
    if before is not None:
        observed |= recorder.observed_since(looked_up - unfamiliar, before.run.id, report.run.id)
    fresh = {str(identifier): tuple(map(reported_observation, past)) for identifier, past in observed.items()}
    without = {str(identifier) for identifier in unfamiliar}
    for result in report.references:
        earlier = known.get((result.reference.place.path, result.reference.id))
        carried = [] if earlier is None else [past for past in earlier.history if past["identifier"] not in without]
        yield replace(result, history=reference_history([str(a.identifier) for a in result.answers], carried, fresh))


def not_carried(
    named: Iterable[tuple[tuple[str, str], Iterable[Identifier]]], before: RecordedRun | None
) -> set[Identifier]:
    """The identifiers of references, given by file and id, whose past an earlier run did not carry everywhere."""
    known = {} if before is None else before.references
    lacking: set[Identifier] = set()
    for key, identifiers in named:
        earlier = known.get(key)
        lacking.update(i for i in identifiers if earlier is None or str(i) not in earlier.looked_up)
    return lacking


def _due(report: Report, libraries: Iterable[Library]) -> tuple[Due, ...]:
    items: list[Due] = []
    owners: dict[str, dict[str, str | None]] = {}
    today = report.run.as_of
    for result in report.references:
        reference, path = result.reference, result.reference.place.path
        found = [past["as_of"] for past in result.history if past["state"] == State.FOUND]
        verified = Verification(result.state, date.fromisoformat(max(found)) if found else None)
        items += due(reference, report.run.policies.get(path, Policy()), verified, today)
        owners.setdefault(path, {})[reference.id] = reference.owner
    for library in libraries:
        of_file = owners.get(library.path, {}) | {claim.key: claim.owner for claim in library.claims}
        items += [*waivers_due(library.waivers, library.path, of_file, today), *claims_due(library, today)]
    return by_day([*items, *sign_offs_due(report.sign_offs, today)])


def retraction_of(answers: Iterable[Answer], today: date, *, withdrawn: bool = False) -> Retraction:
    """When it was said of an article judged retracted (or withdrawn), by the latest of the answers that say so."""
    is_void = is_withdrawn if withdrawn else is_retracted
    dates: list[date] = []
    remembered: list[date] = []
    for answer in answers:
        match answer:
            case Answer(outcome=Found(record=Article() as article)) if is_void(article):
                dates.append(answer.as_of or today)
            case Answer(remembered=Article() as article, remembered_on=date() as day) if is_void(article):
                remembered.append(day)
    on = max(dates) if dates else max(remembered, default=None)
    return Retraction(bool(dates), on, withdrawn)


def keep_retractions(report: Report) -> Report:
    """The report whose references keep a retraction or withdrawal that an earlier run found and this could not judge.

    Only a reference of which something could not be asked today keeps it: one that now cites something
    else under the same id does not. It is valid for the last day on which each source that ever answered for it
    did: all that was known held then.
    """
    if report.changes is None:
        return report
    silent = _silent(report)
    void: dict[tuple[str, str | None], str] = {}
    for finding in report.changes.unjudged:
        key = (finding.place.path, finding.reference)
        if finding.code in (RETRACTION, WITHDRAWAL) and key in silent and void.get(key) != RETRACTION:
            void[key] = finding.code
    if not void:
        return report
    results = []
    for result in report.references:
        updated = result
        code = void.get((result.reference.place.path, result.reference.id))
        if result.retraction is None and code is not None:
            days: dict[str, str] = {}
            for past in result.history:
                if past["source"] in _SPEAK_OF_ARTICLES and past["state"] == State.FOUND:
                    days[past["source"]] = max(past["as_of"], days.get(past["source"], ""))
            on = date.fromisoformat(min(days.values())) if days else None
            updated = replace(result, retraction=Retraction(False, on, code == WITHDRAWAL))
        results.append(updated)
    return replace(report, references=tuple(results))


def is_void_unjudged(report: Report, selection: Selection) -> bool:
    """Whether a reference that an earlier run found void as support could not be asked about today.

    Such a run is incomplete, whatever may be let pass: unknown is not the same as good again.
    """

    def is_void(finding: Finding) -> bool:
        return finding.code in VOIDING and finding.severity > Severity.INFO and selection.shows(finding)

    unjudged = report.changes.unjudged if report.changes else ()
    silent = _silent(report)
    return any(is_void(finding) and (finding.place.path, finding.reference) in silent for finding in unjudged)


def _silent(report: Report) -> set[tuple[str, str | None]]:
    """The references, by file and id, of which something could not be asked."""
    return {(item.path, item.reference) for item in report.unchecked}
