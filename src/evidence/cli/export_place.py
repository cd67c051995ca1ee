"""Where a bibliography goes, and in which form."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evidence.bibliography.rendering import FORMS
from evidence.bibliography.writers import WRITERS
from evidence.cli.targets import JobFile, guard_places
from evidence.cli.writing import replace_all, to_stdout
from evidence.errors import UsageError

_SUFFIXES = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".docx": "docx",
    ".rtf": "rtf",
    ".json": "csl-json",
    ".yaml": "csl-yaml",
    ".yml": "csl-yaml",
    ".bib": "bibtex",
    ".ris": "ris",
    ".nbib": "nbib",
    ".xml": "endnote",
    ".csv": "csv",
}


@dataclass(frozen=True, slots=True)
class ExportPlace:
    """A file, or standard output where `path` is None, and the form of what goes there."""

    path: Path | None
    form: str

    @classmethod
    def of(cls, output: str | None, form: str | None, job: Iterable[JobFile]) -> ExportPlace:
        """The place that the options name, refused before any work is done where it cannot be written to.

        The form is told by the name of the file where the options name none; `-` is standard output.

        Raises:
            UsageError: with what is wrong with the place.
        """
        path = _path_of(output)
        guard_places([path] if path else [], job)
        chosen = form or (_SUFFIXES.get(path.suffix.lower(), "") if path and path.suffix else "text")
        if chosen not in FORMS and chosen not in WRITERS:
            forms = ", ".join([*FORMS, *WRITERS])
            raise UsageError(f"{output} does not tell its form", fix=f"say it with --to: {forms}")
        if chosen == "docx" and path is None and sys.stdout.isatty():
            raise UsageError("a DOCX is nothing for a terminal", fix="name a file with --output")
        return cls(path, chosen)

    @classmethod
    def of_comparison(cls, output: str | None, job: Iterable[JobFile]) -> ExportPlace:
        """The place of a comparison, which is text whatever its file is called.

        Raises:
            UsageError: as `of`, and when the name promises another form.
        """
        path = _path_of(output)
        if path is not None and _SUFFIXES.get(path.suffix.lower(), "text") not in {"text", "markdown"}:
            raise UsageError(f"{output} would hold text: what differs is told as text", fix="name a .txt file")
        return cls.of(output, "text", job)

    def write(self, content: bytes) -> None:
        """Write; a reader that has gone away is no error of ours.

        Raises:
            UsageError: the place cannot be written to.
        """
        if self.path is not None:
            replace_all([(self.path, content)])
            return
        to_stdout(content)


def _path_of(output: str | None) -> Path | None:
    if output == "":
        raise UsageError("an empty file name after --output", fix="name a file")
    return None if output in {None, "-"} else Path(str(output))
