"""The CI job that the command runs in, as its environment tells."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

import click

from evidence.library.files import monograph_path, staged
from evidence.library.reader import waivers_file
from evidence.model.errors import UsageError
from evidence.model.references import Library
from evidence.reports.document import Checkout, Document
from evidence.reports.text import TextOptions
from evidence.storage.lockfile import lock_of

# The CI job that the command runs in, as its environment tells.


class Host(StrEnum):
    """Whose CI it is."""

    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True, slots=True)
class Job:
    """The CI job: whose it is (None outside CI), where its checkout is, and where its summary goes."""

    host: Host | None = None
    root: str = ""
    summary: Path | None = None

    def checkout(self, folder: str) -> Checkout:
        """The checkout, seen from the folder in which the command runs; links on the way to either are resolved."""
        here = os.path.realpath(folder)
        return Checkout(folder=here, root=os.path.realpath(self.root) if self.root else here)


def job_from(environ: Mapping[str, str]) -> Job:
    """The job, by the variables that GitHub Actions and GitLab CI set."""
    if environ.get("GITHUB_ACTIONS") == "true":
        summary = environ.get("GITHUB_STEP_SUMMARY")
        return Job(Host.GITHUB, environ.get("GITHUB_WORKSPACE", ""), Path(summary) if summary else None)
    if environ.get("GITLAB_CI") == "true":
        return Job(Host.GITLAB, environ.get("CI_PROJECT_DIR", ""))
    return Job()


# The one list of formats: by name, what renders a report's document; each imported only when it is asked for.


@dataclass(frozen=True, slots=True)
class View:
    """What formats need to know beside the document: how to set text, and where the checkout is."""

    text: TextOptions = field(default_factory=TextOptions)
    checkout: Checkout = field(default_factory=Checkout)


Render = Callable[[Document, View], str]

# Imported inside: a format costs 5 to 100 ms, and few runs want more than one of them.
# ruff: noqa: PLC0415


def _text(shown: Document, view: View) -> str:
    from evidence.reports.text import render_text

    return render_text(shown, view.text)


def _json(shown: Document, view: View) -> str:
    from evidence.reports.document import render_json

    del view
    return render_json(shown)


def _sarif(shown: Document, view: View) -> str:
    from evidence.app.registry import RULES
    from evidence.reports.sarif import render_sarif

    return render_sarif(shown, RULES, view.checkout)


def _junit(shown: Document, view: View) -> str:
    from evidence.app.registry import RULES
    from evidence.reports.junit import render_junit

    del view
    return render_junit(shown, RULES)


def _github(shown: Document, view: View) -> str:
    from evidence.reports.github import render_github

    return render_github(shown, view.checkout)


def _gitlab(shown: Document, view: View) -> str:
    from evidence.reports.gitlab import render_gitlab

    return render_gitlab(shown, view.checkout)


def _markdown(shown: Document, view: View) -> str:
    from evidence.reports.markdown import render_markdown

    del view
    return render_markdown(shown)


def _html(shown: Document, view: View) -> str:
    from evidence.app.registry import RULES, SOURCE_TITLES
    from evidence.reports.html import render_html

    del view
    return render_html(shown, RULES, SOURCE_TITLES)


FORMS: Mapping[str, Render] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "junit": _junit,
    "github": _github,
    "gitlab": _gitlab,
    "markdown": _markdown,
    "html": _html,
}


# Where reports go: a format and a file for each, and what may never be overwritten.

_BESIDE_STORES = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database


@dataclass(frozen=True, slots=True)
class Target:
    """One report: its format, and its file or None for standard output."""

    form: str
    path: Path | None = None


def target_of(text: str) -> Target:
    """`sarif` or `sarif=out.sarif`; a file called `-` is standard output.

    Raises:
        UsageError: there is no such format, or no file after the `=`.
    """
    form, asked, file = text.partition("=")
    if form not in FORMS:
        near = get_close_matches(form, FORMS, n=1)
        raise UsageError(
            f"no format is called {form or 'nothing'}" + (f", did you mean {near[0]}?" if near else ""),
            fix=f"there are {', '.join(FORMS)}; --format FORMAT=FILE writes to a file",
        )
    if asked and not file:
        raise UsageError(f"no file after {text}", fix=f"write --format {form}=FILE, or --format {form} alone")
    return Target(form, Path(file).expanduser() if file not in {"", "-"} else None)


def targets_of(forms: Sequence[str], output: str | None) -> tuple[Target, ...]:
    """What `--format` (several times) and `--output` ask for together; text on standard output by default.

    Raises:
        UsageError: two reports for one place, or an `--output` that belongs to none of them.
    """
    targets = [target_of(form) for form in forms] or [Target("text")]
    open_ones = [target for target in targets if target.path is None]
    if len(open_ones) > 1:
        raise UsageError(
            f"{' and '.join(target.form for target in open_ones)} cannot share standard output",
            fix=f"give all but one a file, such as --format {open_ones[0].form}=FILE",
        )
    if output is not None and not open_ones:
        raise UsageError("--output, but every format has a file of its own", fix="leave --output out")
    if output not in {None, "-"}:
        if not output:
            raise UsageError("an empty file name after --output", fix="name a file")
        path = Path(output).expanduser()
        targets = [Target(target.form, target.path or path) for target in targets]
    return tuple(targets)


class JobFileRole(StrEnum):
    """What a file is to a job."""

    REFERENCES = "references file"
    WAIVERS = "waivers file"
    MONOGRAPH = "monograph"
    LOCK = "lock"
    STORE = "store"
    LOG = "audit log"
    CONFIGURATION = "configuration"
    SIGNERS = "file of allowed signers"
    READ = "file that this run reads"


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file that belongs to a job, there or not yet there, and what it is to it."""

    path: Path
    role: JobFileRole


def files_of(library: Library) -> Iterator[JobFile]:
    """A library's own files: the references, its monograph, and what stands beside it or may."""
    yield from files_beside(library.path)
    monograph = monograph_path(library)
    if monograph is not None:
        yield JobFile(monograph, JobFileRole.MONOGRAPH)


def files_beside(library: str) -> Iterator[JobFile]:
    """The references file of this name, its waivers and its lock."""
    yield JobFile(Path(library), JobFileRole.REFERENCES)
    yield JobFile(waivers_file(library), JobFileRole.WAIVERS)
    yield JobFile(lock_of(library), JobFileRole.LOCK)


def guard(targets: Iterable[Target], job: Iterable[JobFile]) -> None:
    """Refuse, before any work is done, places that cannot be written, belong to the job, or are named twice.

    Raises:
        UsageError: with what is wrong with the place.
    """
    guard_places([target.path for target in targets if target.path is not None], job)


def guard_places(paths: Sequence[Path], job: Iterable[JobFile], *own: JobFileRole) -> None:
    """The same for the places themselves; `own` as in `require_foreign`.

    Raises:
        UsageError: with what is wrong with the place.
    """
    require_foreign(paths, job, *own)
    taken: set[object] = set()
    for path in paths:
        names = _names(path)
        if names & taken:
            raise UsageError(f"two outputs for one file, {path}", fix="give each a file of its own")
        taken |= names
        if path.is_dir() or not path.parent.is_dir():
            raise UsageError(f"{path} is a directory, or lies in one that does not exist")


def require_foreign(paths: Sequence[Path], job: Iterable[JobFile], *own: JobFileRole) -> None:
    """Refuse to write over a file of the job, or over what SQLite keeps beside its store.

    A file is known by where its name leads and by what lies there, so that neither links nor `..` hide it. Files in
    one of the roles `own` are what is to be written; the job is looked at only when there is something to write.

    Raises:
        UsageError: with which file of the job it is.
    """
    if not paths:
        return
    kept: dict[object, list[JobFile]] = {}
    for file in job:
        for path in _with_neighbours(file):
            for name in _names(path):
                kept.setdefault(name, []).append(file)
    for path in paths:
        met = [file for name in _names(path) for file in kept.get(name, ())]
        if met and not any(file.role in own for file in met):
            same = "" if met[0].path == path else f", {met[0].path}"
            raise UsageError(f"{path} would overwrite the {met[0].role}{same}", fix="name another file")


def require_apart(job: Iterable[JobFile]) -> None:
    """Refuse a job whose store, log or lock is another of its files: writing the one would destroy the other.

    Raises:
        UsageError: with which they are.
    """
    files = list(job)
    for role in (JobFileRole.LOCK, JobFileRole.LOG, JobFileRole.STORE):
        others = [file for file in files if file.role is not role]
        require_foreign([file.path for file in files if file.role is role], others)


def _with_neighbours(file: JobFile) -> Iterator[Path]:
    yield file.path
    if file.role is JobFileRole.STORE:
        for path in (file.path, Path(os.path.realpath(file.path))):
            yield from (path.with_name(path.name + suffix) for suffix in _BESIDE_STORES)


def _names(path: Path) -> set[object]:
    """All by which a file is known: where its name leads, and its inode; devices such as /dev/null may be shared."""
    leads_to = os.path.realpath(path)
    try:
        status = Path(leads_to).stat()
    except OSError:
        return {leads_to}
    return {leads_to, (status.st_dev, status.st_ino)} if stat.S_ISREG(status.st_mode) else set()


# Files replaced whole, so that a full disk leaves the old ones as they were, and what goes to standard output.


def replace_all(contents: Iterable[tuple[Path, bytes]]) -> None:
    """Write all beside their places, then move them there.

    A link's target is what is replaced; a device or a pipe is written to.

    Raises:
        UsageError: one cannot be written; then no file has changed, unless moving itself failed.
    """
    with ExitStack() as clean_up:
        moves = [(place, _staged(place, data, clean_up)) for place, data in contents]
        for place, written in moves:
            try:
                if written is not None:
                    written.replace(place.resolve())
            except OSError as trouble:
                raise _unwritable(place, trouble) from trouble


def to_stdout(content: str | bytes) -> None:
    """Write to standard output; a reader that has gone away is no error of ours.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        click.echo(content, nl=False, color=True)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as trouble:
        raise UsageError(f"cannot write to standard output: {trouble.strerror}") from trouble


def append(place: Path, text: str) -> None:
    """Add text to a file.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        with place.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as trouble:
        raise _unwritable(place, trouble) from trouble


def _staged(place: Path, data: bytes, clean_up: ExitStack) -> Path | None:
    try:
        written = staged(place, data)
    except OSError as trouble:
        raise _unwritable(place, trouble) from trouble
    if written is not None:
        clean_up.callback(written.unlink, missing_ok=True)
    return written


def _unwritable(place: Path, trouble: OSError) -> UsageError:
    return UsageError(f"cannot write {place}: {trouble.strerror}")


# Where a report goes: the terminal, a pipe or files, each as it likes it; in CI, annotations beside it.

NARROWEST, WIDEST = 40, 120

_GITLAB_HINT = (
    "GitLab CI: `--format gitlab=gl-code-quality-report.json`, kept as artifacts:reports:codequality, "
    "shows this in the merge request"
)


@dataclass(frozen=True, slots=True)
class Output:
    """The reports that the options asked for, at most one of them on standard output.

    `annotate` is whether a CI job may be told beside a text report.
    """

    targets: tuple[Target, ...] = (Target("text"),)
    verbose: int = 0
    quiet: bool = False
    annotate: bool = True

    def guard(self, job: Iterable[JobFile]) -> None:
        """Refuse, before any work is done, a place that cannot be written or that is one of the job's files.

        Raises:
            UsageError: with what is wrong with the place.
        """
        guard(self.targets, job)

    def write(self, document: Document, environ: Mapping[str, str]) -> None:
        """Write the reports: all are rendered before any is written, standard output is last.

        A reader that has gone away is no error of ours.

        Raises:
            UsageError: a file or standard output cannot be written.
        """
        job = job_from(environ)
        rendered = [(target, self._rendered(target, document, job, environ)) for target in self.targets]
        summary = self._summary(document, job)
        annotations = self._annotations(document, job)
        replace_all((target.path, text.encode()) for target, text in rendered if target.path is not None)
        if summary and job.summary is not None:
            append(job.summary, summary)
        for target, text in rendered:
            if target.path is None:
                to_stdout(text)
        if annotations:
            click.echo(annotations, nl=False, err=True)

    def _rendered(self, target: Target, document: Document, job: Job, environ: Mapping[str, str]) -> str:
        view = View(self._text_options(target, environ), job.checkout(str(Path.cwd())))
        text = FORMS[target.form](document, view)
        if target == Target("text") and job.host is Host.GITHUB:
            from evidence.reports.github import disarmed

            return disarmed(text)
        return text

    def _asked(self, form: str) -> bool:
        return any(target.form == form for target in self.targets)

    def _told_beside(self) -> bool:
        """Whether this job's host may be told more than what was asked for: only beside text."""
        return self.annotate and Target("text") in self.targets

    def _summary(self, document: Document, job: Job) -> str:
        wanted = self.annotate and (self._told_beside() or self._asked("github"))
        return FORMS["markdown"](document, View()) + "\n" if wanted and job.summary is not None else ""

    def _annotations(self, document: Document, job: Job) -> str:
        """Workflow commands on standard error, which GitHub's runner reads too; a hint for GitLab."""
        if not self._told_beside():
            return ""
        if job.host is Host.GITHUB and not self._asked("github"):
            return FORMS["github"](document, View(checkout=job.checkout(str(Path.cwd()))))
        says_something = document["findings"] or document["unchecked"]
        return f"{_GITLAB_HINT}\n" if job.host is Host.GITLAB and says_something and not self._asked("gitlab") else ""

    def _text_options(self, target: Target, environ: Mapping[str, str]) -> TextOptions:
        to_file = target.path is not None
        columns = shutil.get_terminal_size((100, 24)).columns
        encoding = "utf-8" if to_file else (sys.stdout.encoding or "ascii")
        return TextOptions(
            width=min(max(columns, NARROWEST), WIDEST),
            color=not to_file and wants_color(environ, terminal=sys.stdout.isatty()),
            verbose=self.verbose,
            quiet=self.quiet,
            unicode=encoding.lower().replace("-", "").startswith("utf"),
        )


def wants_color(environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Colour on a terminal only; NO_COLOR forbids it (no-color.org), FORCE_COLOR asks for it in a pipe."""
    if environ.get("NO_COLOR"):
        return False
    return environ.get("FORCE_COLOR", "0") not in {"", "0"} or (terminal and environ.get("TERM") != "dumb")


class ProgressBar:
    """A bar on standard error, on a terminal, once a run has lasted a second."""

    def __init__(self, monotonic: Callable[[], float], *, shown: bool) -> None:
        self._monotonic = monotonic
        self._shown = shown and sys.stderr.isatty()
        self._began = self._drawn = monotonic()

    def __call__(self, answered: int, total: int) -> None:
        """Draw at most ten times a second."""
        now = self._monotonic()
        if not self._shown or now - self._began < 1 or (now - self._drawn < 0.1 and answered < total):
            return
        self._drawn = now
        filled = 30 * answered // max(total, 1)
        click.echo(f"\r  looking up [{'#' * filled}{'-' * (30 - filled)}] {answered}/{total} ", nl=False, err=True)
        if answered >= total:
            self.clear()

    def clear(self) -> None:
        """Wipe the bar away."""
        if self._shown and self._drawn > self._began:
            click.echo("\r\x1b[2K", nl=False, err=True)
