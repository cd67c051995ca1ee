"""Where the output of a command goes: formats and their files, CI jobs, the terminal, files written all or none."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import click

from evidence.cli.formats import SPREADSHEETS, Target, render, targets_of
from evidence.cli.overwriting import REPORTS, GuardedFile, OutputFile
from evidence.cli.settings import configuration_from, root_from
from evidence.library.files import move_to, require_closed, staged
from evidence.model.errors import UsageError
from evidence.model.text import json_safe, one_line
from evidence.reports.document import Checkout, Document
from evidence.reports.layout import Sheet
from evidence.reports.text import TextOptions

NARROWEST, WIDEST = 40, 120  # columns of text

_GITLAB_HINT = (
    "GitLab CI: to show this in the merge request, use `--format gitlab=gl-code-quality-report.json` and keep the "
    "file as artifacts:reports:codequality"
)

# Imported inside: a format costs 5 to 100 ms, and few runs want more than one of them.
# ruff: noqa: PLC0415


def brief(document: Document, environ: Mapping[str, str], full: str | None = None) -> str:
    """The report in brief, with the name of who is responsible by the configuration; `full` is the full one as HTML."""
    from evidence.app.registry import SOURCE_TITLES
    from evidence.reports.brief import render_brief

    sha256 = hashlib.sha256((full or render("html", document)).encode()).hexdigest()
    return render_brief(document, SOURCE_TITLES, sha256, configuration_from(environ).name)


def spreadsheet(form: str, document: Document, environ: Mapping[str, str]) -> bytes:
    """The report in one of `SPREADSHEETS`, with the numbers of the monographs as far as these can be read.

    Raises:
        UsageError: what writes a workbook is not installed.
    """
    from evidence.app.numbers import printed_numbers
    from evidence.app.registry import RULES
    from evidence.reports.spreadsheet import render_csv, render_xlsx

    numbers = printed_numbers(document, root_from(environ))
    return render_csv(document, RULES, numbers) if form == "csv" else render_xlsx(document, RULES, numbers)


def forms_of(options: Mapping[str, Any]) -> tuple[str, ...]:
    """The formats that the options of `output_options` name."""
    return (*options["forms"], *(["brief"] if options.get("brief") else []))


@dataclass(frozen=True, slots=True)
class Output:
    """The reports that the options ask for, at most one of them on standard output.

    `annotate` is whether a CI job may get annotations and a summary beside a text report, `force` whether its files
    replace whatever is there (None: so nobody can ask for it).
    """

    targets: tuple[Target, ...] = (Target("text"),)
    verbose: int = 0
    quiet: bool = False
    annotate: bool = True
    force: bool | None = False

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Output:
        """The output that the options of `output_options` describe.

        Raises:
            UsageError: the formats and files do not fit together, a workbook would go to a terminal, or cannot be made.
        """
        targets = targets_of(forms_of(options), options["output"])
        if any(target.form == "xlsx" for target in targets):
            from evidence.reports.spreadsheet import require_xlsxwriter

            require_xlsxwriter()
        if Target("xlsx") in targets and sys.stdout.isatty():
            raise UsageError("an Excel file cannot be printed on a terminal", fix="name a file: --format xlsx=FILE")
        return cls(
            targets=targets,
            verbose=options["verbose"],
            quiet=options["quiet"],
            annotate=not options["no_annotations"],
            force=options["force"],
        )

    @property
    def files(self) -> list[OutputFile]:
        """The files that are written, to be guarded before any work is done."""
        return [
            OutputFile(target.path, REPORTS[target.form], self.force)
            for target in self.targets
            if target.path is not None
        ]

    def write(self, document: Document, environ: Mapping[str, str], files: Sequence[GuardedFile] = ()) -> None:
        """Write the reports: all are rendered before any is written, standard output is last.

        In a CI job, by the variables that GitHub Actions and GitLab CI set, a text report on standard output gets
        company: a job summary and workflow commands on standard error, which GitHub's runner reads too, or a hint
        for GitLab. A reader that has closed is not an error of ours. `files` are its `files`, guarded.

        Raises:
            UsageError: a file or standard output cannot be written.
        """
        on_github = environ.get("GITHUB_ACTIONS") == "true"
        on_gitlab = not on_github and environ.get("GITLAB_CI") == "true"
        root = environ.get("GITHUB_WORKSPACE" if on_github else "CI_PROJECT_DIR") if on_github or on_gitlab else None
        here = Path(os.path.realpath(Path.cwd())).as_posix()
        checkout = Checkout(folder=here, root=Path(os.path.realpath(root)).as_posix() if root else here)
        forms = {target.form for target in self.targets}
        accompany = self.annotate and Target("text") in self.targets

        rendered: list[tuple[Target, str | bytes]] = []
        for target in self.targets:
            if target.form in SPREADSHEETS:
                rendered.append((target, spreadsheet(target.form, document, environ)))
                continue
            if target.form == "brief":
                rendered.append((target, brief(document, environ)))
                continue
            to_file = target.path is not None
            options = TextOptions(
                width=terminal_width(),
                color=not to_file and wants_color(environ, terminal=sys.stdout.isatty()),
                verbose=self.verbose,
                quiet=self.quiet,
                unicode=to_file or prints_unicode(),
                in_file=to_file,
            )
            rendered.append((target, render(target.form, document, options, checkout)))
        summary_file = environ.get("GITHUB_STEP_SUMMARY") if on_github else None
        summary = annotations = ""
        if summary_file and self.annotate and (accompany or "github" in forms):
            summary = render("markdown", document) + "\n"
        if accompany and on_github and "github" not in forms:
            annotations = render("github", document, checkout=checkout)
        elif accompany and on_gitlab and "gitlab" not in forms and (document["findings"] or document["unchecked"]):
            annotations = f"{_GITLAB_HINT}\n"

        contents = [content for target, content in rendered if target.path is not None]
        texts = [content.encode() if isinstance(content, str) else content for content in contents]
        replace_all(zip(files, texts, strict=True))
        if sys.stderr.isatty():
            for file in files:
                echo_note(f"{file.path} was written")
        if summary_file and summary:
            _append_summary(Path(summary_file), summary)
        for target, content in rendered:
            if target.path is None:
                if isinstance(content, str) and target.form in _FOR_PEOPLE:
                    to_stdout(content, environ=environ)
                else:
                    document_bytes = content.encode() if isinstance(content, str) else content
                    to_stdout(document_bytes, _SYNTAXES.get(target.form, Syntax.TEXT), environ)
        if annotations:
            echo(annotations, nl=False, err=True, syntax=Syntax.COMMANDS if on_github else Syntax.TEXT, environ=environ)


def replace_all(contents: Iterable[tuple[GuardedFile, bytes]]) -> None:
    """Write all beside their places, then move them there, so that a full disk leaves the old files as they were.

    What came to their places since they were guarded is looked at again. Of a link to an earlier output that is what
    is replaced; a device or a pipe is written to.

    Raises:
        EvidenceError: one cannot be written, or another program has it open; then no file has changed, unless moving
            itself failed.
    """
    with ExitStack() as clean_up:
        moves = []
        for file, data in contents:
            file.require_replaceable()
            place = file.path
            try:
                temporary = staged(place, data)
            except OSError as error:
                raise _unwritable(place, error) from error
            if temporary is not None:
                clean_up.callback(temporary.unlink, missing_ok=True)
                moves.append((place, temporary))
        for place, _ in moves:
            require_closed(place)
        for place, temporary in moves:
            try:
                move_to(place, temporary)
            except OSError as error:
                raise _unwritable(place, error) from error


class Syntax(Enum):
    """What printed text is, by which it is kept from giving commands to the runner of a CI job."""

    TEXT = auto()
    JSON = auto()
    COMMANDS = auto()
    """Our own commands to GitHub's runner."""
    BINARY = auto()


_SYNTAXES = {
    "json": Syntax.JSON,
    "sarif": Syntax.JSON,
    "gitlab": Syntax.JSON,
    "github": Syntax.COMMANDS,
    "xlsx": Syntax.BINARY,
}
_FOR_PEOPLE = frozenset({"text", "summary"})


def echo(
    text: str,
    *,
    nl: bool = True,
    err: bool = False,
    syntax: Syntax = Syntax.TEXT,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Print a line, on standard output or standard error.

    All that is printed goes through here or `to_stdout`: inside GitHub Actions, by its variable, no text of a stranger
    gives the runner commands.
    """
    click.echo(_disarmed(text, syntax, environ), nl=nl, err=err)


def _disarmed(text: str, syntax: Syntax, environ: Mapping[str, str]) -> str:
    if environ.get("GITHUB_ACTIONS") != "true" or syntax is Syntax.COMMANDS:
        return text
    from evidence.reports.github import disarmed, disarmed_json

    return disarmed_json(text) if syntax is Syntax.JSON else disarmed(text)


def to_stdout(content: str | bytes, syntax: Syntax = Syntax.TEXT, environ: Mapping[str, str] = os.environ) -> None:
    """Write to standard output, disarmed as by `echo`; a reader that has closed is not an error of ours.

    A text is for people, in the encoding of the terminal or pipe, what that lacks spelled out. Bytes are a document for
    programs: text in them is UTF-8, whatever the terminal can show.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        if isinstance(content, str):
            content = _disarmed(content, syntax, environ)
        elif syntax is not Syntax.BINARY:
            content = _disarmed(content.decode(), syntax, environ).encode()
        click.echo(content, nl=False, color=True)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise UsageError(f"cannot write to standard output: {error.strerror}") from error


def _append_summary(place: Path, text: str) -> None:
    try:
        with place.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        what = f"GITHUB_STEP_SUMMARY: cannot write {place}: {error.strerror}"
        raise UsageError(what, fix="set it to a file that can be written, or use --no-annotations") from error


def _unwritable(place: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write {place}: {error.strerror}")


def terminal_width() -> int:
    """The columns of the terminal, within what can be read."""
    import shutil

    return min(max(shutil.get_terminal_size((100, 24)).columns, NARROWEST), WIDEST)


def table_width() -> int | None:
    """The columns of the terminal that a table has to fit; None in a file or a pipe, where programs read its lines."""
    import shutil

    return max(shutil.get_terminal_size((100, 24)).columns, NARROWEST) if sys.stdout.isatty() else None


def prints_unicode() -> bool:
    """Whether standard output can show more than ASCII."""
    return (sys.stdout.encoding or "ascii").lower().replace("-", "").startswith("utf")


def wants_color(environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Colour on a terminal only; NO_COLOR forbids it (no-color.org), FORCE_COLOR asks for it in a pipe."""
    if environ.get("NO_COLOR"):
        return False
    return environ.get("FORCE_COLOR", "0") not in {"", "0"} or (terminal and environ.get("TERM") != "dumb")


def new_sheet(environ: Mapping[str, str]) -> Sheet:
    """A sheet as wide, coloured and rich in characters as standard output can show."""
    color = wants_color(environ, terminal=sys.stdout.isatty())
    return Sheet(width=terminal_width(), color=color, unicode=prints_unicode())


def echo_json(value: Mapping[str, Any]) -> None:
    """Write JSON to standard output, with nothing in it that could steer a terminal."""
    to_stdout((json_safe(json.dumps(value, ensure_ascii=False, indent=2)) + "\n").encode(), Syntax.JSON)


def echo_lines(lines: Iterable[str]) -> None:
    """Lines for people on standard error, so that a diff on standard output can be piped on."""
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        echo(" " * indent + one_line(line), err=True)


def echo_note(text: str) -> None:
    """One line on standard error, with the tool's name before it."""
    echo(f"evidence: {one_line(text)}", err=True)


def echo_wait(bucket: str, seconds: float) -> None:
    """Say on standard error why nothing happens for a while."""
    echo_note(
        f"waiting {seconds:.0f} s before the next request to {bucket}: other runs with this store are sending requests"
    )


def echo_failed_lookups() -> None:
    """Say on standard error which command examines the network, after look-ups that failed."""
    echo_note("some look-ups failed (`evidence doctor` tests the network)")


_LONGEST_BAR = 30
_TO_LINE_END = "\x1b[K"  # erases what an earlier, longer line has left (ECMA-48)
_LEAST_MEASURED = 2.0  # seconds of look-ups from which the time that remains is estimated
_MINUTE, _HOUR = 60, 3600


def remaining(seconds: float) -> str:
    """The time that remains, in words as exact as an estimate can be."""
    if seconds < _MINUTE:
        return f"about {max(5, 5 * round(seconds / 5))} s left"
    if seconds < _HOUR:
        return f"about {round(seconds / _MINUTE)} min left"
    return f"about {seconds / _HOUR:.1f} h left"


class ProgressBar:
    """A bar on standard error, on a terminal, once a run has lasted a second; with the time that remains.

    That is estimated from the look-ups after the first second: what the store answers comes before, all at once.
    """

    def __init__(self, monotonic: Callable[[], float], *, visible: bool, doing: str = "looking up") -> None:
        self.counted = ""
        """What is counted, and what else is known so far; written after the numbers."""
        self._monotonic = monotonic
        self._doing = doing
        self._visible = visible and sys.stderr.isatty()
        self._started = self._drawn = monotonic()
        self._measured_from: tuple[int, float] | None = None

    def __call__(self, answered: int, total: int) -> None:
        """Draw at most ten times a second."""
        now = self._monotonic()
        if not self._visible or now - self._started < 1 or (now - self._drawn < 0.1 and answered < total):
            return
        self._drawn = now
        if self._measured_from is None:
            self._measured_from = (answered, now)
        counts = f"{answered}/{total}{self.counted}{self._remaining(answered, total, now)}"
        length = min(_LONGEST_BAR, max(0, terminal_width() - len(f"  {self._doing} [] {counts} ")))
        filled = length * answered // max(total, 1)
        bar = f"[{'#' * filled}{'-' * (length - filled)}] " if length else ""
        echo(f"\r  {self._doing} {bar}{counts} {_TO_LINE_END}", nl=False, err=True)
        if answered >= total:
            self.clear()

    def _remaining(self, answered: int, total: int, now: float) -> str:
        first, since = self._measured_from or (answered, now)
        if answered <= first or answered >= total or now - since < _LEAST_MEASURED:
            return ""
        return f", {remaining((now - since) * (total - answered) / (answered - first))}"

    def clear(self) -> None:
        """Wipe the bar away."""
        if self._visible and self._drawn > self._started:
            echo("\r\x1b[2K", nl=False, err=True)
