"""The formats of a report: what they are called, how `--format` names them and their files, and the report in each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from evidence.model.errors import UsageError
from evidence.reports.document import Checkout, Document
from evidence.reports.text import TextOptions

FORMS = ("text", "summary", "json", "sarif", "junit", "github", "gitlab", "markdown", "html", "brief", "csv", "xlsx")
"""The formats of a report."""

SPREADSHEETS = frozenset({"csv", "xlsx"})
"""The formats that are for spreadsheets: bytes, of which a terminal can show those of CSV."""

# Imported inside: a format costs 5 to 100 ms, and few runs want more than one of them.
# ruff: noqa: PLC0415


def render(
    form: str,
    document: Document,
    text: TextOptions | None = None,
    checkout: Checkout | None = None,
) -> str:
    """The report in one of `FORMS` but `SPREADSHEETS`.

    `text` is how text is set, `checkout` where paths begin for CI hosts.
    """
    checkout = checkout or Checkout()
    match form:
        case "text":
            from evidence.reports.text import render_text

            return render_text(document, text or TextOptions())
        case "summary":
            from evidence.reports.text import render_summary

            return render_summary(document, text or TextOptions())
        case "json":
            from evidence.reports.document import render_json

            return render_json(document)
        case "sarif":
            from evidence.app.registry import RULES
            from evidence.reports.sarif import render_sarif

            return render_sarif(document, RULES, checkout)
        case "junit":
            from evidence.app.registry import RULES
            from evidence.reports.junit import render_junit

            return render_junit(document, RULES)
        case "github":
            from evidence.reports.github import render_github

            return render_github(document, checkout)
        case "gitlab":
            from evidence.reports.gitlab import render_gitlab

            return render_gitlab(document, checkout)
        case "markdown":
            from evidence.reports.markdown import render_markdown

            return render_markdown(document)
        case "html":
            from evidence.app.registry import RULES, SOURCE_TITLES
            from evidence.reports.html import render_html

            return render_html(document, RULES, SOURCE_TITLES)
        case _:
            raise ValueError(f"no format is called {form}")


@dataclass(frozen=True, slots=True)
class Target:
    """One report: its format, and its file or None for standard output; `is_folder` where its name ends in a slash."""

    form: str
    path: Path | None = None
    is_folder: bool = False


def target_of(text: str) -> Target:
    """`sarif` or `sarif=out.sarif`; a file called `-` is standard output.

    Raises:
        UsageError: there is no such format, or no file after the `=`.
    """
    form, equals, file = text.partition("=")
    if form not in FORMS:
        near = get_close_matches(form, FORMS, n=1)
        raise UsageError(
            f"unknown format: {form or 'none given'}" + (f"; did you mean {near[0]}?" if near else ""),
            fix=f"formats: {', '.join(FORMS)}; --format FORMAT=FILE writes to a file",
        )
    if equals and not file:
        raise UsageError(f"no file name after {text}", fix=f"use --format {form}=FILE, or --format {form} alone")
    path = Path(file).expanduser() if file not in {"", "-"} else None
    return Target(form, path, is_folder=file.endswith(("/", os.sep)))


def targets_of(forms: Sequence[str], output: str | None) -> tuple[Target, ...]:
    """The reports that `--format` (several times) and `--output` ask for together; text on standard output by default.

    Raises:
        UsageError: two reports for one place, or an `--output` that belongs to none of them.
    """
    targets = [target_of(form) for form in forms] or [Target("text")]
    to_stdout_targets = [target for target in targets if target.path is None]
    if len(to_stdout_targets) > 1:
        raise UsageError(
            f"{' and '.join(target.form for target in to_stdout_targets)} cannot share standard output",
            fix=f"name a file for all but one, for example --format {to_stdout_targets[0].form}=FILE",
        )
    if output is not None and not to_stdout_targets:
        raise UsageError("--output is not needed: every format has its own file", fix="omit --output")
    if output not in {None, "-"}:
        if not output:
            raise UsageError("empty file name after --output", fix="name a file")
        path = Path(output).expanduser()
        targets = [target if target.path else Target(target.form, path) for target in targets]
    return tuple(targets)
