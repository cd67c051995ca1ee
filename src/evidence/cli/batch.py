"""`evidence check` over many files: their reports as they come, in their formats and places, and the summary."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import IO, Any

from evidence.app.batch import Batch, CheckedFile, RequestedFile
from evidence.app.check import Checker, CheckRequest, stored_report, with_fail_on, with_owner
from evidence.app.lock import require_no_later_lock
from evidence.app.workers import open_workers, require_scheduler
from evidence.cli.formats import Target, render
from evidence.cli.guard import (
    JobFile,
    JobFileRole,
    files_beside,
    files_in_use,
    guarded,
    library_files,
    refuse_overwriting,
    require_distinct,
)
from evidence.cli.locks import beside_trail, lines_of
from evidence.cli.output import (
    Output,
    ProgressBar,
    Syntax,
    brief,
    echo_note,
    echo_wait,
    prints_unicode,
    replace_all,
    spreadsheet,
    terminal_width,
    to_stdout,
    wants_color,
)
from evidence.cli.overwriting import REPORTS, GuardedFile, OutputFile
from evidence.cli.settings import log_from, root_from, settings_from, store_from
from evidence.library.config import Configuration
from evidence.library.reader import read_library
from evidence.model.errors import EvidenceError, StoreError, UsageError
from evidence.model.policy import Policy, Severity
from evidence.model.ports import SystemClock
from evidence.model.references import Library
from evidence.model.report import BatchSummary, Exit, Mode, Report
from evidence.model.text import quantity
from evidence.model.version import __version__
from evidence.reports.document import Checkout, Document
from evidence.reports.text import TextOptions
from evidence.storage.lockfile import lock_of, read_lock, require_writable

_ENDINGS = {"text": "txt", "summary": "txt", "github": "txt", "gitlab": "json", "sarif": "sarif", "junit": "xml"}
_ENDINGS |= {"markdown": "md", "brief": "html"}
_JOINED = ("text", "summary", "junit", "sarif")
"""The formats in which the reports of many files are one file."""

_LINES = "json"
"""The format of which standard output gets a line for each file."""

# Imported inside: a format costs 5 to 100 ms, and few runs want more than one of them.
# ruff: noqa: PLC0415


def check_batch(
    paths: Sequence[Path],
    request: CheckRequest,
    options: Mapping[str, Any],
    output: Output,
    configuration: Configuration,
    *,
    alone: Callable[[CheckRequest], Report] | None = None,
) -> Exit:
    """Check each file by itself and write what comes of it; `alone` checks one without store and services.

    Raises:
        EvidenceError: the options do not fit together; the store, or an output, cannot be used.
    """
    if options["lock"]:
        what = "--lock names one file, but each file of a batch has its own lock"
        raise UsageError(what, fix="omit --lock: the locks are those beside the files")
    if options["scheduler"]:
        require_scheduler(options["scheduler"])
    files = _Files(paths, request, options, configuration)
    reports = _Reports(output, files)
    progress = ProgressBar(SystemClock().monotonic, visible=not output.quiet, doing="checking")
    with reports.opened():
        summary = _checked_alone(files, alone, reports) if alone else _recorded(files, reports, progress)
        progress.clear()
        reports.close(summary)
    return summary.exit


@dataclass(slots=True)
class _Files:
    """The files of a batch, read one after another; `unreadable` are those that could not be, so far."""

    paths: Sequence[Path]
    request: CheckRequest
    options: Mapping[str, Any]
    configuration: Configuration
    unreadable: list[EvidenceError] = field(default_factory=list)

    def read(self, prepare: Callable[[Library], RequestedFile]) -> Iterator[RequestedFile]:
        """Each file as it is requested; one that cannot be read is named, and the others are checked."""
        top = root_from(os.environ)
        fail_on = Severity[self.options["fail_on"].upper()] if self.options["fail_on"] else None
        policy: Policy | None = self.configuration.policy
        for path in self.paths:
            try:
                library = with_fail_on(read_library(path, policy, top), fail_on)
                (library,) = with_owner([library], self.configuration.owner)
                file = prepare(library)
            except StoreError:
                raise
            except EvidenceError as error:
                echo_note(f"error: {error}")
                self.unreadable.append(error)
            else:
                yield file

    def job(self) -> Iterator[JobFile]:
        """What no output may overwrite."""
        yield from files_in_use(os.environ, self.configuration, (), store=self.options["store"])
        for path in self.paths:
            yield from files_beside(path.as_posix())


def _checked_alone(files: _Files, alone: Callable[[CheckRequest], Report], reports: _Reports) -> BatchSummary:
    """Judge each file by its lock, or by the store; nothing is asked or recorded."""
    now = SystemClock().now()
    summary = BatchSummary(f"{now:%Y%m%dT%H%M%SZ}", now)
    requested = files.read(lambda library: RequestedFile(replace(files.request, libraries=(library,))))
    for file in requested:
        (library,) = file.request.libraries
        try:
            report = alone(file.request)
        except StoreError:
            raise
        except EvidenceError as error:
            echo_note(f"error: {error}")
            files.unreadable.append(error)
            continue
        summary.add(len(report.references), report)
        reports.add(CheckedFile(library.path, len(report.references), report, stored_report(report)), library)
    summary.unreadable = files.unreadable
    return summary


def _recorded(files: _Files, reports: _Reports, progress: ProgressBar) -> BatchSummary:
    """Ask the services, or the store alone, and record each file's run."""
    from evidence.app.sign import read_sign_offs, sign_offs_by_library, signer_roots, with_sign_offs
    from evidence.cli.lock import write_locks
    from evidence.cli.trail import echo_warnings, recover_edits
    from evidence.storage.store import Store

    clock, options, request, configuration = SystemClock(), files.options, files.request, files.configuration
    store_path = store_from(os.environ, options["store"], configuration)
    log = log_from(os.environ, store_path, configuration)
    require_distinct(files_in_use(os.environ, configuration, (), store=options["store"]))
    as_of = request.as_of or clock.now().astimezone(UTC).date()
    update = options["update_lock"]
    with (
        Store.open(
            store_path,
            tool_version=__version__,
            clock=clock,
            log=log,
            reading=not request.recorded,
            on_wait=echo_wait,
        ) as store,
        open_workers(options["jobs"] or 1, options["scheduler"]) as workers,
    ):
        trail = store.trail(request.actor, as_of)
        if request.recorded:
            recover_edits(trail)
        roots = signer_roots(os.environ, configuration)
        signed = sign_offs_by_library(read_sign_offs(log, clock, store), log.parent)
        lines = lines_of(log) if log.exists() else None

        def prepared(library: Library) -> RequestedFile:
            reports.require_apart(library)
            own = replace(request, libraries=(library,))
            about = signed.get(Path(library.path).resolve())
            if about:
                own = with_sign_offs(own, log, roots, clock, store, sign_offs=about)
            place = lock_of(library.path)
            if request.mode is not Mode.ONLINE or not (update or place.exists()):
                return RequestedFile(own)
            lock = read_lock(place)
            if update:
                require_writable(lock.path)
                require_no_later_lock([lock], as_of)
            return RequestedFile(beside_trail(own, [lock], log, store, lines), (lock,))

        settings = settings_from(os.environ, ca_bundle=options["ca_bundle"])
        batch = Batch(Checker(settings, store, clock, lambda _answered, _total: None), workers)
        batch.summary.unreadable = files.unreadable
        for file in batch.run(files.read(prepared)):
            summary = batch.summary
            progress.counted = f" files, {quantity(summary.references, 'reference')}"
            progress.clear()
            write_locks(file.locks, trail if update else None, quiet=reports.output.quiet)
            reports.add(file)
            progress(summary.files + len(summary.lost) + len(summary.unreadable), len(files.paths))
        for path, reason in batch.summary.lost:
            echo_note(f"not judged: {path} ({reason})")
        echo_warnings(store)
    return batch.summary


class _Reports:
    """Where the reports of a batch go: into one file for all, into a folder, a file each, or to standard output."""

    def __init__(self, output: Output, files: _Files) -> None:
        self.output = output
        self._clear: Callable[[], None] = lambda: None
        self._actor, self._mode = files.request.actor, files.request.mode
        self._targets = [_with_folder(target) for target in output.targets]
        joined = [OutputFile(t.path, REPORTS[t.form], output.force) for t in self._joined if t.path is not None]
        self._guarded = guarded(joined, files.job())
        self._writers: list[_Joined] = []
        self._folders = [_Folder(target, output.force) for target in self._targets if target.is_folder]
        here = os.path.realpath(Path.cwd())
        self._checkout = Checkout(folder=here, root=here)

    @property
    def _joined(self) -> list[Target]:
        return [target for target in self._targets if not target.is_folder]

    @contextmanager
    def opened(self) -> Iterator[None]:
        """The outputs that are one file are collected beside their places, and moved there at the end."""
        with ExitStack() as stack:
            places = iter(self._guarded)
            for target in self._joined:
                file = next(places) if target.path is not None else None
                text = TextOptions(
                    width=terminal_width(),
                    color=file is None and wants_color(os.environ, terminal=os.isatty(1)),
                    verbose=self.output.verbose,
                    quiet=self.output.quiet,
                    unicode=file is not None or prints_unicode(),
                    in_file=False,
                )
                self._writers.append(_Joined(target.form, file, text, self._checkout, stack))
                self._writers[-1].begin(self._actor, self._mode)
            for folder in self._folders:
                folder.make()
            yield

    def require_apart(self, library: Library) -> None:
        """Refuse to write over what belongs to a library: its monograph may have any name."""
        places = [target.path for target in self._joined if target.path is not None]
        refuse_overwriting(places, (file for file in library_files(library) if file.role is JobFileRole.MONOGRAPH))

    def add(self, file: CheckedFile, library: Library | None = None) -> None:
        """Write one file's reports."""
        if library is not None:
            self.require_apart(library)
        document = json.loads(file.document)
        for writer in self._writers:
            writer.add(document)
        for folder in self._folders:
            folder.add(document, self._checkout)

    def close(self, summary: BatchSummary) -> None:
        """Write what comes last, and put the files in their places."""
        for folder in self._folders:
            folder.close(summary)
        for writer in sorted(self._writers, key=lambda one: one.file is None):  # standard output is last
            writer.close(summary)


def _with_folder(target: Target) -> Target:
    """The target of a batch: a folder also where there is one.

    Raises:
        UsageError: the reports of many files do not go together in this format.
    """
    if target.path is not None and (target.is_folder or target.path.is_dir()):
        return replace(target, is_folder=True)
    if target.form in _JOINED or (target.form == _LINES and target.path is None):
        return target
    what = f"the {target.form} reports of many files cannot be one file"
    raise UsageError(what, fix=f"name a folder, which gets one for each: --format {target.form}=FOLDER/")


class _Joined:
    """The reports of many files as one, on standard output as they come or in a file."""

    def __init__(
        self, form: str, file: GuardedFile | None, text: TextOptions, checkout: Checkout, stack: ExitStack
    ) -> None:
        from evidence.reports.junit import JoinedSuites

        self.file = file
        self._form, self._text, self._checkout = form, text, checkout
        self._suites = JoinedSuites()
        self._number = 0
        # JUnit begins with sums: what comes before the end waits.
        waits = file is not None or form == "junit"
        self._spool: IO[bytes] | None = stack.enter_context(tempfile.TemporaryFile()) if waits else None  # noqa: SIM115 - the stack closes it

    def begin(self, actor: str, mode: Mode) -> None:
        """What comes first."""
        from evidence.reports.batch import head_line
        from evidence.reports.sarif import JOINED_HEAD

        if self._form == "sarif":
            self._put(JOINED_HEAD)
        elif self._form in {"text", "summary"} and (self.file is not None or not self._text.quiet):
            self._put(head_line(SystemClock().now(), __version__, mode.words, f"by {actor}") + "\n")

    def add(self, document: Document) -> None:
        """One file's report."""
        from evidence.app.registry import RULES
        from evidence.reports.batch import file_line, has_news
        from evidence.reports.sarif import joined_run

        self._number += 1
        match self._form:
            case "junit":
                self._put(self._suites.add(document, RULES))
            case "sarif":
                comma = ",\n" if self._number > 1 else ""
                self._put(comma + joined_run(document, RULES, self._checkout))
            case "json":
                self._put(json.dumps(document, separators=(",", ":")) + "\n")
            case "text" if has_news(document) or self._text.verbose:
                self._put("\n" + render("text", document, self._text))
            case _ if has_news(document) or not self._text.quiet:
                self._put(file_line(document) + "\n")

    def close(self, summary: BatchSummary) -> None:
        """What comes last; a file is moved to its place."""
        from evidence.reports.batch import summary_lines
        from evidence.reports.junit import JoinedSuites
        from evidence.reports.sarif import JOINED_END

        head = b""
        match self._form:
            case "junit":
                head = self._suites.head().encode()
                self._put(JoinedSuites.END)
            case "sarif":
                self._put(JOINED_END)
            case "text" | "summary":
                self._put("\n" + "".join(f"{line}\n" for line in summary_lines(summary)))
        if self._spool is None:
            return
        self._spool.seek(0)
        content = head + self._spool.read()
        if self.file is None:
            to_stdout(content)
        else:
            replace_all([(self.file, content)])

    def _put(self, text: str) -> None:
        if self._spool is not None:
            self._spool.write(text.encode())
        else:
            syntax = Syntax.JSON if self._form in {"json", "sarif"} else Syntax.TEXT
            to_stdout(text, syntax, os.environ)


class _Folder:
    """A folder with a report for each file, under the file's own name; of HTML also an index."""

    def __init__(self, target: Target, force: bool | None) -> None:
        self._folder, self._form, self._force = target.path or Path(), target.form, force
        self._taken: set[str] = set()
        self._rows: list[Any] = []

    def make(self) -> None:
        """Make the folder where there is none.

        Raises:
            UsageError: it cannot be made.
        """
        _make(self._folder)

    def add(self, document: Document, checkout: Checkout) -> None:
        """Write one file's report."""
        from evidence.reports.batch import index_row

        place = self._place(Path(document["run"]["inputs"][0]["path"]))
        if self._form in {"csv", "xlsx"}:
            content = spreadsheet(self._form, document, os.environ)
        elif self._form == "brief":
            content = brief(document, os.environ).encode()
        else:
            text = TextOptions(width=terminal_width(), color=False, unicode=True, in_file=True)
            content = render(self._form, document, text, checkout).encode()
        self._write(place, content)
        if self._form == "html":
            self._rows.append(index_row(document, place))

    def close(self, summary: BatchSummary) -> None:
        """Write the index of the pages."""
        from evidence.reports.batch import render_index

        if self._form == "html":
            self._write("index.html", render_index(summary, self._rows, __version__).encode())

    def _place(self, file: Path) -> str:
        """Where the report of this file goes below the folder: as the file lies below this one, without `..`."""
        parts = [part for part in file.parts if part not in {file.anchor, "."}]
        stem = "/".join("_" if part == ".." else part for part in parts).rpartition(".")[0]
        ending = _ENDINGS.get(self._form, self._form)
        names = (f"{stem}{'' if number == 1 else f'-{number}'}.{ending}" for number in range(1, len(self._taken) + 3))
        place = next(name for name in names if name not in self._taken and name != "index.html")
        self._taken.add(place)
        return place

    def _write(self, place: str, content: bytes) -> None:
        path = self._folder / place
        _make(path.parent)
        replace_all(zip(guarded([OutputFile(path, REPORTS[self._form], self._force)], ()), [content], strict=True))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {folder}: {error.strerror}", fix="name another folder") from None
