"""Where a report goes: the terminal, a pipe or files, each as it likes it; in CI, annotations beside it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from evidence.cli.ci import Host, Job, job_from
from evidence.cli.forms import FORMS, View
from evidence.cli.targets import JobFile, Target, guard
from evidence.cli.writing import append, replace_all, to_stdout
from evidence.formats.json_report import Document
from evidence.formats.text import TextOptions

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
            from evidence.formats.github import disarmed  # noqa: PLC0415 - only GitHub's runner reads commands

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
