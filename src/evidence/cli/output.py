"""Where a report goes: the terminal, a pipe or a file, each as it likes it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from evidence.errors import UsageError
from evidence.formats.json_report import render_json
from evidence.formats.text import TextOptions, render_text
from evidence.wholefile import replace_file

NARROWEST, WIDEST = 40, 120


@dataclass(frozen=True, slots=True)
class Output:
    """The form and place that the options asked for."""

    form: str
    path: Path | None
    verbose: int
    quiet: bool

    def guard(self, inputs: Iterable[Path]) -> None:
        """Refuse, before any work is done, a place that cannot be written or that is one of the inputs.

        Raises:
            UsageError: with what is wrong with the place.
        """
        if self.path is None:
            return
        if any(self.path.resolve() == other.resolve() for other in inputs):
            raise UsageError(f"--output {self.path} would overwrite a file that this run reads")
        if self.path.is_dir() or not self.path.parent.is_dir():
            raise UsageError(f"--output {self.path} is a directory, or lies in one that does not exist")

    def write(self, document: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        """Write the report; a reader that has gone away is no error of ours."""
        text = render_json(document) if self.form == "json" else render_text(document, self._text_options(environ))
        if self.path is not None:
            _replace(self.path, text)
            return
        try:
            click.echo(text, nl=False, color=True)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as trouble:
            raise UsageError(f"cannot write to standard output: {trouble.strerror}") from trouble

    def _text_options(self, environ: Mapping[str, str]) -> TextOptions:
        terminal = self.path is None and sys.stdout.isatty()
        columns = shutil.get_terminal_size((100, 24)).columns
        encoding = "utf-8" if self.path is not None else (sys.stdout.encoding or "ascii")
        return TextOptions(
            width=min(max(columns, NARROWEST), WIDEST),
            color=self.path is None and _wants_color(environ, terminal=terminal),
            verbose=self.verbose,
            quiet=self.quiet,
            unicode=encoding.lower().replace("-", "").startswith("utf"),
        )


def _wants_color(environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Colour on a terminal only; NO_COLOR forbids it (no-color.org), FORCE_COLOR asks for it in a pipe."""
    if environ.get("NO_COLOR"):
        return False
    return environ.get("FORCE_COLOR", "0") not in {"", "0"} or (terminal and environ.get("TERM") != "dumb")


def _replace(place: Path, text: str) -> None:
    try:
        replace_file(place, text.encode("utf-8"))
    except OSError as trouble:
        raise UsageError(f"cannot write {place}: {trouble.strerror}") from trouble


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
