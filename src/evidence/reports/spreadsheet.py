"""A report for spreadsheets: an Excel workbook with a row for each finding and for each reference, or its rows as CSV.

No cell is ever a formula, whatever strangers have written: in the workbook all text is stored as text, in CSV what
looks like a formula gets an apostrophe. The same document gives the same bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from evidence.model.errors import UsageError
from evidence.model.rule import Rule
from evidence.model.text import formula_safe, one_line, quantity
from evidence.model.version import how_to_install
from evidence.reports.document import (
    TOOL,
    Document,
    Values,
    check_statuses,
    claims_by_key,
    loaded_sentences,
    place_text,
    unjudged_findings,
    void_label,
    waived_findings,
    weaker_lines,
)
from evidence.reports.html import identifier_link, what_to_do
from evidence.reports.wording import (
    CHECKS,
    SEVERITIES,
    STATES,
    by_reference,
    checks_of,
    finding_groups,
    minute_utc,
    record_summary,
)

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Numbers = Mapping[tuple[str, str], int]
"""The number that the monograph prints before a reference, by the path of its file and its id."""

BOM = "\ufeff"
"""Before the CSV: Excel takes a file without it for one of the local code page."""

LONGEST = 32_767  # characters of a cell of Excel
_LONGEST_LINK = 2_079  # characters of an address that Excel follows
_MOST_LINKS = 65_530  # of one sheet of Excel

_LINE, _HIGHEST = 15.0, 405.0  # points of a line of text, and of the highest row of Excel

Cell = str | int | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, how wide it is in characters, and what a row has in it."""

    heading: str
    width: int
    cell: Callable[[SheetRow], Cell]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A finding with its reference; either may be missing: a file's finding, or a reference's own row."""

    table: _Table
    path: str
    reference: Values | None
    finding: Values

    @property
    def claim(self) -> Values:
        """The claim that the finding is on; empty where it is on none."""
        return self.table.claims.get((self.finding.get("path", ""), self.finding.get("reference")), {})

    @property
    def link(self) -> str | None:
        """The address of the reference's first identifier, None where none can be followed."""
        identifiers = self.reference["identifiers"] if self.reference else {}
        links = (identifier_link(kind, value).href for kind, value in identifiers.items())
        return next(links, None)


class _Table:
    """What the rows of one document have in common."""

    def __init__(self, document: Document, rules: Iterable[Rule], numbers: Numbers) -> None:
        self.document = document
        self.numbers = numbers
        self.rules = {rule.code: rule for rule in rules}
        self.due: dict[tuple[str, str], Values] = {}
        for item in document.get("due", ()):  # the earliest comes first
            self.due.setdefault((item["path"], item["reference"]), item)
        self.checks = {
            id(entry): check for entry, check in zip(document["references"], check_statuses(document), strict=True)
        }
        self.unchecked = by_reference(document["unchecked"])
        self.claims = claims_by_key(document)

    def findings(self) -> list[SheetRow]:
        """The findings, the most severe first; after them what could not be checked again, then what is waived."""
        earlier = [{**finding, "status": _UNJUDGED} for finding in unjudged_findings(self.document)]
        rows: list[SheetRow] = []
        for findings in (self.document["findings"], earlier, waived_findings(self.document)):
            groups = finding_groups({**self.document, "findings": findings})
            found = [
                SheetRow(self, group.path, group.reference, finding) for group in groups for finding in group.findings
            ]
            rows += sorted(found, key=lambda row: SEVERITIES.index(row.finding["severity"]))
        return rows

    def references(self) -> list[SheetRow]:
        """The references in the order of their files; the finding of each row has its counts."""
        groups = finding_groups({**self.document, "findings": [*self.document["findings"]]})
        waived = by_reference(waived_findings(self.document))
        rows = []
        for group in groups:
            if group.reference is None:
                continue
            key = (group.path, group.reference["id"])
            counts = [
                quantity(number, severity)
                for severity in SEVERITIES
                if (number := sum(finding["severity"] == severity for finding in group.findings))
            ]
            counts += [f"{len(waived[key])} waived"] if key in waived else []
            worst = min((SEVERITIES.index(finding["severity"]) for finding in group.findings), default=None)
            severity = None if worst is None else SEVERITIES[worst]
            rows.append(
                SheetRow(self, group.path, group.reference, {"counts": ", ".join(counts), "severity": severity})
            )
        return rows


_UNJUDGED = "could not be checked again"


# What is in the columns


def _citation(row: SheetRow) -> str:
    """The reference as it is printed, else what its record says in a few words; the sentence of a claim."""
    reference = row.reference
    if reference is None:
        return str(row.claim.get("text", ""))
    record = record_summary(reference["record"]) if reference["record"] else ""
    return str(reference.get("cited_as") or record or reference.get("title") or "")


def _number(row: SheetRow) -> int | None:
    return None if row.reference is None else row.table.numbers.get((row.path, row.reference["id"]))


def _identifier(row: SheetRow) -> str:
    """The first identifier, as people write it."""
    identifiers = row.reference["identifiers"] if row.reference else {}
    return next((_named(kind, value) for kind, value in identifiers.items()), "")


def _other_identifiers(row: SheetRow) -> str:
    identifiers = list(row.reference["identifiers"].items()) if row.reference else []
    return "; ".join(_named(kind, value) for kind, value in identifiers[1:])


def _named(kind: str, value: str) -> str:
    return value if kind == "url" else f"{identifier_link(kind, value).label} {value}"


def _state(row: SheetRow) -> str:
    """What came of the look-up; a retraction or withdrawal comes first."""
    if row.reference is None:
        return ""
    return "; ".join(filter(None, (void_label(row.reference), STATES[row.reference["state"]])))


def _what_to_do(row: SheetRow) -> str:
    return what_to_do(row.table.rules.get(row.finding["code"]), row.finding["suggestion"])


def _due(row: SheetRow) -> date | None:
    item = row.table.due.get((row.path, row.reference["id"])) if row.reference else None
    return None if item is None else date.fromisoformat(item["on"])


def _due_for(row: SheetRow) -> str:
    item = row.table.due.get((row.path, row.reference["id"])) if row.reference else None
    return "" if item is None else str(item["message"])


def _waived_until(row: SheetRow) -> date | None:
    waiver = row.finding.get("waiver")
    return date.fromisoformat(waiver["until"]) if waiver else None


def _message(row: SheetRow) -> str:
    status = row.finding.get("status")
    return f"{status}; previously: {row.finding['message']}" if status else row.finding["message"]


def _checked(row: SheetRow) -> str:
    """How far the reference could be looked at, and why no further."""
    assert row.reference is not None  # noqa: S101 - of the rows of references
    reasons = dict.fromkeys(
        f"{item['source']}: {item['reason']}" for item in row.table.unchecked.get((row.path, row.reference["id"]), ())
    )
    return "; ".join((CHECKS[row.table.checks[id(row.reference)]], *reasons))


def _of_reference(key: str) -> Callable[[SheetRow], str]:
    return lambda row: str((row.reference or row.claim).get(key) or "")


def _of_finding(key: str) -> Callable[[SheetRow], str]:
    return lambda row: str(row.finding.get(key) or "")


_REFERENCE = (
    Column("file", 18, lambda row: row.path),
    Column("number", 8, _number),
    Column("reference", 14, lambda row: row.finding.get("reference") or (row.reference or {}).get("id")),
    Column("citation", 36, _citation),
    Column("identifier", 17, _identifier),
)
"""What both sheets begin with; `number` is the one that the monograph prints."""

_SEVERITY = "severity"
_IDENTIFIER = "identifier"

FINDINGS = (
    *_REFERENCE,
    Column("state", 12, _state),
    Column(_SEVERITY, 10, _of_finding("severity")),
    Column("rule", 8, _of_finding("code")),
    Column("finding", 38, _message),
    Column("what to do", 32, _what_to_do),
    Column("place", 18, lambda row: place_text(row.finding, column=False)),
    Column("owner", 12, _of_reference("owner")),
    Column("due", 11, _due),
    Column("waived by", 12, lambda row: (row.finding.get("waiver") or {}).get("approved_by")),
    Column("waived until", 12, _waived_until),
)
"""The columns of a finding."""

REFERENCES = (
    *_REFERENCE,
    Column("other identifiers", 24, _other_identifiers),
    Column("state", 12, _state),
    Column("checked", 24, _checked),
    Column(_SEVERITY, 10, _of_finding("severity")),
    Column("findings", 18, _of_finding("counts")),
    Column("owner", 12, _of_reference("owner")),
    Column("accessed", 11, _of_reference("accessed")),
    Column("last verified", 12, lambda row: _day(row.reference)),
    Column("due", 11, _due),
    Column("what is due", 32, _due_for),
)
"""The columns of a reference; its severity is that of its worst finding."""


def _day(reference: Values | None) -> date | None:
    verified = (reference or {}).get("verified")
    return date.fromisoformat(verified[:10]) if verified else None


def headings() -> bytes:
    """The first line of the CSV, by which an earlier one is known."""
    return _csv_line(column.heading for column in FINDINGS)


def render_csv(document: Document, rules: Iterable[Rule], numbers: Numbers) -> bytes:
    """The findings as CSV (RFC 4180: commas, every cell in quotes, CRLF) in UTF-8 with its byte order mark."""
    rows = _Table(document, rules, numbers).findings()
    lines = (_csv_line(_written(column.cell(row)) for column in FINDINGS) for row in rows)
    return BOM.encode() + headings() + b"".join(lines)


def _written(cell: Cell) -> str:
    return "" if cell is None else formula_safe(one_line(str(cell)))


def _csv_line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode()


# The workbook


def render_xlsx(document: Document, rules: Iterable[Rule], numbers: Numbers) -> bytes:
    """An Excel workbook: findings, references, and what run they are of.

    Raises:
        UsageError: XlsxWriter is not installed.
    """
    require_xlsxwriter()
    from xlsxwriter.workbook import Workbook  # noqa: PLC0415 - of the extra `excel`

    out = io.BytesIO()
    book = Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    finished = datetime.fromisoformat(document["run"]["finished"]).astimezone(UTC).replace(tzinfo=None)
    book.set_properties({"title": "evidence report", "author": TOOL, "created": finished})
    table = _Table(document, rules, numbers)
    styles = _styles(book)
    _fill(book.add_worksheet("Findings"), FINDINGS, table.findings(), styles)
    _fill(book.add_worksheet("References"), REFERENCES, table.references(), styles)
    _fill_run(book.add_worksheet("Run"), list(_facts(document)), styles)
    book.close()
    return out.getvalue()


def require_xlsxwriter() -> None:
    """Refuse a workbook that cannot be written.

    Raises:
        UsageError: XlsxWriter is not installed.
    """
    from importlib.util import find_spec  # noqa: PLC0415 - asked by those alone who want a workbook

    if find_spec("xlsxwriter") is None:
        raise UsageError("writing Excel files requires the package XlsxWriter", fix=how_to_install("excel"))


_HEADING, _TEXT, _NUMBER, _DATE, _LINK = "heading", "text", "number", "date", "link"
_BASE = {"valign": "top", "text_wrap": True, "bottom": 4, "bottom_color": "#8A949E"}
# Words, weight and frame say in black and white what the colours say: contrast is 7 to 1 and more.
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    _HEADING: {"bold": True, "bg_color": "#1F3044", "font_color": "#FFFFFF", "bottom": 2},
    _TEXT: {},
    _NUMBER: {"align": "left"},
    _DATE: {"num_format": "yyyy-mm-dd", "align": "left"},
    _LINK: {"font_color": "#0B4F8A", "underline": 1},
    "error": {"bold": True, "bg_color": "#8B1A1A", "font_color": "#FFFFFF", "border": 2},
    "warning": {"bold": True, "bg_color": "#FFE08A", "font_color": "#000000", "border": 1},
    "info": {"italic": True, "bg_color": "#EEF3F8", "font_color": "#000000"},
}


def _styles(book: Workbook) -> dict[str, Format]:
    return {name: book.add_format({**_BASE, **style}) for name, style in _FORMATS.items()}


def _fill(sheet: Worksheet, columns: Sequence[Column], rows: Sequence[SheetRow], styles: Mapping[str, Format]) -> None:
    """A sheet: headings that stay in place and on every page, a filter, one row for each."""
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, column.heading, styles[_HEADING])
    links = 0
    for line, row in enumerate(rows, 1):
        cells = [column.cell(row) for column in columns]
        sheet.set_row(line, _height(columns, cells))
        for number, (column, cell) in enumerate(zip(columns, cells, strict=True)):
            if isinstance(cell, date):
                sheet.write_datetime(line, number, datetime(cell.year, cell.month, cell.day), styles[_DATE])  # noqa: DTZ001 - Excel's days have no zone
                continue
            if isinstance(cell, int):
                sheet.write_number(line, number, cell, styles[_NUMBER])
                continue
            if not cell:
                sheet.write_blank(line, number, None, styles[_TEXT])
                continue
            text = _clipped(one_line(cell))
            link = row.link if column.heading == _IDENTIFIER else None
            if link is not None and len(link) <= _LONGEST_LINK and links < _MOST_LINKS:
                links += 1
                sheet.write_url(line, number, link, styles[_LINK], text)
            else:
                style = styles[text] if column.heading == _SEVERITY and text in styles else styles[_TEXT]
                sheet.write_string(line, number, text, style)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)  # inches
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&RPage &P of &N")


def _height(columns: Sequence[Column], cells: Sequence[Cell]) -> float:
    """How high a row is in points, so that all of its text shows: not every program works that out."""
    lines = (-(-len(str(cell or "")) // (column.width - 2)) for column, cell in zip(columns, cells, strict=True))
    return min(_HIGHEST, _LINE * max(1, *lines))


def _fill_run(sheet: Worksheet, facts: Sequence[tuple[str, str]], styles: Mapping[str, Format]) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    for line, (name, value) in enumerate(facts):
        sheet.write_string(line, 0, name, styles[_HEADING])
        sheet.write_string(line, 1, _clipped(one_line(value)), styles[_TEXT])


_MODES = {
    "online": "online",
    "offline": "offline: based on stored results; nothing was looked up",
    "locked": "locked: based on the lock file alone; nothing was looked up",
    "stand-in": "checked against the demo server, not the real services: this says nothing about the real references",
}


def _facts(document: Document) -> Iterator[tuple[str, str]]:
    """What a reader of the sheets has to know of the run."""
    run, summary = document["run"], document["summary"]
    yield "run", run["id"]
    yield "as of", run["as_of"]
    yield "finished", minute_utc(run["finished"])
    yield "by", run["actor"]
    yield "mode", _MODES[run["mode"]]
    for sentence in loaded_sentences(run):
        yield "files", sentence
    yield "references", f"{summary['references']}: {checks_of(document)}"
    yield "findings", ", ".join(quantity(summary[f"{severity}s"], severity) for severity in SEVERITIES)
    yield "exit status", str(summary["exit_code"])
    for key, title in (("select", "only these rules"), ("ignore", "without these rules")):
        if run[key]:
            yield title, ", ".join(run[key])
    for line in weaker_lines(document):
        yield "policy", line
    if document.get("audit"):
        yield "audit trail", f"up to event {document['audit']['sequence']}, head {document['audit']['head']}"
    yield "made by", f"{document['tool']['name']} {document['tool']['version']}"


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
