"""Which existing files an output may replace: empty ones, and earlier ones of the very kind that is being written.

A kind is recognised by its content, never by its name: the tool's name in JSON, SARIF, JUnit and HTML, the mark that
ends the Markdown report, the first and the last lines of the text report, the manifest of a bundle. A bibliography
bears no such mark in most forms, since it goes into the user's own documents. Whatever else is there is the user's, and
is replaced only with `--force`.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NewType

from evidence.library.files import require_closed, require_name
from evidence.model.errors import UsageError
from evidence.model.regex import regex
from evidence.reports.document import TOOL

if TYPE_CHECKING:
    from zipfile import ZipFile

_LARGEST = 200_000_000  # bytes; a larger file is not looked into, but is taken for the user's own
_BEGINNING = 65_536  # bytes in which the head of a page, or the root of an XML file, is looked for


@dataclass(frozen=True, slots=True)
class OutputKind:
    """What is written to a file: what it is called, and how an earlier one is known (None: it bears no mark)."""

    name: str
    is_earlier: Callable[[BinaryIO], bool] | None = None


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file that is to be written. `force` replaces whatever is there; None: so nobody can ask for it to be."""

    path: Path
    kind: OutputKind
    force: bool | None = False

    def require_replaceable(self) -> None:
        """Refuse to write over what is the user's own.

        A link is followed only to an earlier output of this kind: what lies at its other end was not named. A device, a
        pipe, or the stream that /dev/stdout leads to is written to.

        Raises:
            EvidenceError: with what is there, and what can be done; or another program has it open.
        """
        require_name(self.path)
        is_link = self.path.is_symlink()
        try:
            status = self.path.stat()
        except FileNotFoundError:
            if is_link:
                self._refuse(f"{self.path} is a link to {self.path.readlink()}, which does not exist")
            return
        except OSError as error:
            raise UsageError(f"cannot write {self.path}: {error.strerror}") from None
        if stat.S_ISCHR(status.st_mode) or stat.S_ISFIFO(status.st_mode):
            return
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{self.path} is not a regular file", fix="name another file")
        require_closed(self.path)
        is_replaceable = (status.st_size == 0 and (not is_link or _is_stream(self.path))) or self._is_earlier()
        if is_replaceable or (self.force and not is_link):
            return
        if self.kind.is_earlier is None:
            why = f"cannot be recognised as an earlier {self.kind.name}"
        else:
            why = f"is not an earlier {self.kind.name}"
        at = f" (a link to {os.path.realpath(self.path)})" if is_link else ""
        self._refuse(f"{self.path} exists{at} and {why}")

    def _refuse(self, what: str) -> None:
        if self.path.is_symlink():
            fix = "name the target of the link, or another file"
        elif self.force is None:
            fix = "remove it, or name a file on the command line"
        else:
            fix = "add --force to replace it, or name another file"
        raise UsageError(what, fix=fix)

    def _is_earlier(self) -> bool:
        """Whether what is there is an earlier output of this kind."""
        if self.kind.is_earlier is None:
            return False
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_size > _LARGEST and self.kind is not BUNDLE:
                    return False
                return self.kind.is_earlier(file)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError):
            return False  # not to be read, or of another shape


GuardedFile = NewType("GuardedFile", OutputFile)
"""An output that `guard.guarded` has let pass; nothing else is written."""


def _is_stream(path: Path) -> bool:
    """Whether this is one of the kernel's names for an open file, such as /dev/stdout."""
    return Path(os.path.realpath(path.parent)).parts[1:2] in {("dev",), ("proc",)}


# Earlier outputs, known by their content

_TEXT_HEAD = regex(
    rf"{TOOL}\s+\S+\s+\N{{MIDDLE DOT}}\s+\d{{4}}-\d\d-\d\d\s"
    # Quiet reports of version 0.1.0 do not name the tool.
    r"|── |\d+\s+references?:\s|Checked\s+against\s+the\s+(?:stand-in|demo\s+server),\s|Offline:\s|Locked:\s"
    r"|(?:Judged|Checked)\s+as\s+of\s|Only\s+these\s+rules\s+are\s+shown\s|These\s+rules\s+are\s+not\s+shown\s"
)
_TEXT_SUM = regex(
    r"^\d+\sreferences?:\s+(?:[\w\s,]{1,99};\s)?"
    r"\d+\s+errors?,\s+\d+\s+warnings?,\s+\d+\s+infos?\b",
    re.MULTILINE,
)
_COMMAND = regex(r"::(?:error|warning|notice) (?:file=[^:\n]*,)?title=[^:\n]*::.*")
_JUNIT_HEAD = regex(rf'\s*(?:<\?xml[^>]*>\s*)?<testsuites name="{TOOL}"'.encode())
_GENERATOR = regex(rf'<meta name="generator" content="{TOOL}\b'.encode())
_COMPARISON_END = regex(
    rb"; [\d,]+ unchanged$|no differences; (?:all [\d,]+ entries match|1 entry matches)$"
    rb"| as it would be printed now$"  # of version 0.1.0
)
_WORKBOOK_MARKS = (
    "<dc:title>evidence report</dc:title>",
    f"<dc:creator>{TOOL}</dc:creator>",
    f"<cp:lastModifiedBy>{TOOL}</cp:lastModifiedBy>",
)
_CALENDAR_HEAD = regex(rf"BEGIN:VCALENDAR\r?\nVERSION:2\.0\r?\nPRODID:-//{TOOL}//".encode())


def _is_text_report(file: BinaryIO) -> bool:
    text = file.read().decode()
    return bool(_TEXT_HEAD.match(text) and _TEXT_SUM.search(text.rstrip("\n").rpartition("\n\n")[2]))


def _is_json_report(file: BinaryIO) -> bool:
    document = json.load(file)
    return bool(document["tool"]["name"] == TOOL and "run" in document and "findings" in document)


def _is_sarif(file: BinaryIO) -> bool:
    runs = json.load(file)["runs"]
    return bool(runs) and all(run["tool"]["driver"]["name"] == TOOL for run in runs)


def _is_junit(file: BinaryIO) -> bool:
    return _JUNIT_HEAD.match(file.read(_BEGINNING)) is not None


def _is_commands(file: BinaryIO) -> bool:
    return all(_COMMAND.fullmatch(line) for line in file.read().decode().splitlines())


def _is_code_quality(file: BinaryIO) -> bool:
    issues: Any = json.load(file)
    return isinstance(issues, list) and all(issue["check_name"].startswith("evidence/") for issue in issues)


def _is_markdown_report(file: BinaryIO) -> bool:
    from evidence.reports.markdown import MARKER  # noqa: PLC0415 - few runs write Markdown

    text = file.read().decode()
    return text.startswith("## Evidence: ") and text.rstrip().endswith(MARKER)


def _is_page(file: BinaryIO, title: bytes) -> bool:
    head = file.read(_BEGINNING).partition(b"</title>")[0]
    return _GENERATOR.search(head) is not None and title in head.rpartition(b"<title>")[2]


def _is_html_report(file: BinaryIO) -> bool:
    return _is_page(file, b"evidence report")


def _is_findings_csv(file: BinaryIO) -> bool:
    from evidence.reports.spreadsheet import BOM, headings  # noqa: PLC0415 - few runs write spreadsheets

    first = BOM.encode() + headings()  # a program that has saved it since writes its own kind of quotes
    return file.read(len(first)) == first


@contextmanager
def _archive(file: BinaryIO) -> Iterator[ZipFile]:
    """The archive, for reading; raises ValueError for what is none."""
    import zipfile  # noqa: PLC0415 - few outputs are archives

    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except zipfile.BadZipFile as damaged:
        raise ValueError(str(damaged)) from None


def _is_workbook(file: BinaryIO) -> bool:
    """Whether it is as we wrote it: a program in which somebody has worked on it writes its own properties."""
    with _archive(file) as archive:
        properties = archive.read("docProps/core.xml").decode()
    return all(mark in properties for mark in _WORKBOOK_MARKS)


def _is_bibliography_page(file: BinaryIO) -> bool:
    return _is_page(file, b"References")


def _is_marked_page(file: BinaryIO) -> bool:
    return _is_page(file, b"Marked-up monograph")


def _is_comparison(file: BinaryIO) -> bool:
    return _COMPARISON_END.search(file.readline().rstrip()) is not None


def _is_agenda(file: BinaryIO) -> bool:
    return re.match(r"[─-]{2} due within \d+ days? [─-]+ as of \d{4}-", file.read(_BEGINNING).decode()) is not None


def _is_agenda_json(file: BinaryIO) -> bool:
    return bool(json.load(file).keys() >= {"version", "as_of", "within_days", "due"})


def _is_calendar(file: BinaryIO) -> bool:
    return _CALENDAR_HEAD.match(file.read(_BEGINNING)) is not None


def _is_bundle(file: BinaryIO) -> bool:
    from evidence.app.bundle import ABOUT, MANIFEST, REPORT  # noqa: PLC0415 - only bundles need it

    with _archive(file) as archive:
        return set(archive.namelist()) >= {ABOUT, MANIFEST, REPORT}


REPORTS: Mapping[str, OutputKind] = {
    "text": OutputKind("text report", _is_text_report),
    "summary": OutputKind("text report", _is_text_report),
    "json": OutputKind("JSON report", _is_json_report),
    "sarif": OutputKind("SARIF report", _is_sarif),
    "junit": OutputKind("JUnit report", _is_junit),
    "github": OutputKind("file of annotations", _is_commands),
    "gitlab": OutputKind("Code Quality report", _is_code_quality),
    "markdown": OutputKind("Markdown report", _is_markdown_report),
    "html": OutputKind("HTML report", _is_html_report),
    "brief": OutputKind("HTML report", _is_html_report),
    "csv": OutputKind("CSV report", _is_findings_csv),
    "xlsx": OutputKind("Excel report", _is_workbook),
}
"""The kinds of report, by format."""

AGENDAS: Mapping[str, OutputKind] = {
    "text": OutputKind("list of due dates", _is_agenda),
    "csv": OutputKind("CSV file"),
    "ics": OutputKind("calendar of due dates", _is_calendar),
    "json": OutputKind("JSON file of due dates", _is_agenda_json),
}
"""What `due` writes, by format."""

BUNDLE = OutputKind("bundle", _is_bundle)
COMPARISON = OutputKind("comparison with a published list", _is_comparison)
BIBLIOGRAPHY_PAGE = OutputKind("bibliography", _is_bibliography_page)
BIBLIOGRAPHY = OutputKind("bibliography")
"""A bibliography in any form but HTML, which bears no mark."""

MARKED_PAGE = OutputKind("marked-up monograph", _is_marked_page)
MARKED_DOCUMENT = OutputKind("marked-up monograph")
"""A Word document with comments, in which people go on writing."""
