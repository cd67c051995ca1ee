from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import datetime

import openpyxl
import pytest

from evidence.app.registry import RULES
from evidence.model.policy import Severity
from evidence.model.report import Mode
from evidence.reports.document import finding_document, report_document
from evidence.reports.html import what_to_do
from evidence.reports.spreadsheet import FINDINGS, REFERENCES, render_csv, render_xlsx
from factories import PATH, document_of_two_monographs, finding_at, full_document, large_document, sample_report

HOSTILE = [
    '=HYPERLINK("https://evil.example";"x")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\x00\x1b]0;x\x07",
    "_x000D_",
    "\uff1d1",
]


def book_of(document, numbers=None):
    return openpyxl.load_workbook(io.BytesIO(render_xlsx(document, RULES, numbers or {})))


def rows_of(sheet):
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def csv_rows(document, numbers=None):
    return list(csv.DictReader(io.StringIO(render_csv(document, RULES, numbers or {}).decode("utf-8-sig"), newline="")))


def hostile_document(text):
    document = full_document()
    for entry in document["references"]:
        entry.update(title=text, cited_as=text, owner=text)
    for finding in document["findings"]:
        finding.update(message=text, suggestion=text)
    return document


def waived_document():
    document = report_document(sample_report())
    finding = document["findings"].pop()
    waiver = {"category": "accepted-risk", "approved_by": "A. Approver", "until": "2027-03-31", "baseline": False}
    document["waived"] = [{**finding, "waiver": waiver}]
    return document


def test_a_row_is_a_finding_and_a_row_is_a_reference():
    document = full_document()
    book = book_of(document)
    found = rows_of(book["Findings"])
    assert sorted((row["rule"], row["finding"]) for row in found) == sorted(
        (finding["code"], finding["message"]) for finding in document["findings"]
    )
    assert [row["reference"] for row in rows_of(book["References"])] == [
        entry["id"] for entry in document["references"]
    ]


def test_the_most_severe_comes_first():
    severities = [row["severity"] for row in rows_of(book_of(full_document())["Findings"])]
    assert severities == ["error"] * 2 + ["warning"] * 4 + ["info"] * 4


def test_a_row_says_what_somebody_has_to_know():
    rows = rows_of(book_of(full_document(), {(PATH, "charity"): 7})["Findings"])
    row = next(row for row in rows if row["rule"] == "ACC001")
    assert (row["file"], row["number"], row["state"], row["owner"]) == (PATH, 7, "found", "Clinical")
    assert row["due"] == datetime(2026, 8, 31)  # noqa: DTZ001 - Excel's days have no zone
    assert row["what to do"] == "read the source again and set accessed to that day (YYYY-MM-DD)"
    retracted = next(row for row in rows if row["rule"] == "RET001")
    assert retracted["state"] == "RETRACTED; found"


def test_an_identifier_leads_to_its_registry():
    sheet = book_of(full_document())["References"]
    column = [column.heading for column in REFERENCES].index("identifier") + 1
    links = {cell.value: cell.hyperlink.target for (cell,) in sheet.iter_rows(2, None, column, column)}
    assert links["PMID 23359310"] == "https://pubmed.ncbi.nlm.nih.gov/23359310"
    assert links["https://charity.example/"] == "https://charity.example/"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "file:///etc/passwd", "https://u:p@evil.example/", "https://e.example/" + "x" * 3000],
)
def test_an_address_that_nobody_should_follow_is_text(address):
    document = full_document()
    document["references"][3]["identifiers"] = {"url": address}
    sheet = book_of(document)["References"]
    (cell,) = (row[4] for row in sheet.iter_rows(5, 5))
    assert (cell.value, cell.hyperlink) == (address, None)


def test_what_is_waived_has_who_approved_it_and_until_when():
    document = waived_document()
    rows = rows_of(book_of(document)["Findings"])
    assert len(rows) == len(document["findings"]) + 1
    assert (rows[-1]["waived by"], rows[-1]["waived until"]) == ("A. Approver", datetime(2027, 3, 31))  # noqa: DTZ001
    assert csv_rows(document)[-1]["waived until"] == "2027-03-31"


def test_an_earlier_error_that_could_not_be_checked_again_is_a_row():
    document = full_document()
    earlier = finding_at("RET001", "retracted-publication", Severity.ERROR, ("passed", 68), "PubMed: retracted")
    document["changes"]["unjudged"] = [finding_document(earlier)]
    row = next(row for row in csv_rows(document) if row["finding"].startswith("could not be checked again"))
    assert row["finding"] == "could not be checked again; previously: PubMed: retracted"


def test_a_reference_that_was_not_checked_says_why():
    row = next(row for row in rows_of(book_of(full_document())["References"]) if row["reference"] == "by-doi")
    assert row["checked"] == "not checked; crossref: no answer within 75 s"


def test_the_demo_server_is_named_in_the_workbook():
    sheet = book_of(report_document(sample_report(Mode.STAND_IN)))["Run"]
    facts = dict(sheet.iter_rows(values_only=True))
    assert facts["mode"].startswith("checked against the demo server, not the real services")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula(text):
    document = hostile_document(text)
    data = render_xlsx(document, RULES, {})
    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        assert [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not any(b"<f>" in archive.read(name) or b"<f " in archive.read(name) for name in archive.namelist())
    for row in csv_rows(document):
        assert not any(cell[:1] in set("=+-@\t\r\uff1d\uff0b\uff0d\uff20") for cell in row.values() if cell)


def test_the_same_document_gives_the_same_bytes():
    document = full_document()
    assert render_xlsx(document, RULES, {}) == render_xlsx(document, RULES, {})


def test_the_headings_stay_in_place_and_can_be_filtered():
    book = book_of(full_document())
    for name, columns in (("Findings", FINDINGS), ("References", REFERENCES)):
        sheet = book[name]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == f"A1:{openpyxl.utils.get_column_letter(len(columns))}{sheet.max_row}"
        assert sheet.print_title_rows == "$1:$1"


def _luminance(colour):
    parts = (int(colour[at : at + 2], 16) / 255 for at in (2, 4, 6))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_severities_are_told_apart_without_colour():
    sheet = book_of(full_document())["Findings"]
    column = [column.heading for column in FINDINGS].index("severity") + 1
    looks = {}
    for (cell,) in sheet.iter_rows(2, None, column, column):
        ink, paper = cell.font.color.rgb, cell.fill.fgColor.rgb
        lighter, darker = sorted((_luminance(ink), _luminance(paper)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 7
        looks[cell.value] = (cell.font.b, cell.font.i, cell.border.left.style)
    assert len(set(looks.values())) == 3


def test_csv_opens_in_excel_as_what_it_is():
    data = render_csv(full_document(), RULES, {})
    assert data.startswith(b'\xef\xbb\xbf"file",')
    assert not re.search(rb"[^\r]\n", data)
    assert len(csv_rows(full_document())) == len(full_document()["findings"])


def test_files_with_the_same_ids_are_kept_apart():
    document = document_of_two_monographs()
    rows = rows_of(book_of(document)["References"])
    assert [(row["file"], row["reference"]) for row in rows] == [
        (entry["path"], entry["id"]) for entry in document["references"]
    ]


def test_a_finding_on_a_sentence_has_a_row_without_a_reference():
    document = report_document(sample_report())
    document["findings"].append(
        {**document["findings"][0], "code": "CLM001", "reference": "claim:pain", "message": "its source is retracted"}
    )
    document["claims"] = [{"id": "pain", "path": PATH, "text": "It relieves pain.", "owner": "Clinical"}]
    (row,) = (row for row in csv_rows(document) if row["rule"] == "CLM001")
    assert (row["reference"], row["finding"]) == ("claim:pain", "its source is retracted")
    assert (row["citation"], row["owner"], row["state"]) == ("It relieves pain.", "Clinical", "")


def test_hundreds_of_references_are_hundreds_of_rows():
    document = large_document(600, files=12, runs=2)
    book = book_of(document)
    assert book["References"].max_row - 1 == 600
    assert book["Findings"].max_row - 1 == len(document["findings"]) + len(document["waived"])


@pytest.mark.parametrize(
    ("code", "suggestion", "wanted"),
    [
        ("MET003", "2009", "correct it to: 2009"),
        ("STY005", "Accessed July 1, 2026.", "correct it to: Accessed July 1, 2026."),
        ("MET007", "DOI: 10.1002/art.37734", "add DOI: 10.1002/art.37734"),
        ("LNK001", "cite the page's new address", "cite the page's new address"),
        ("CIT003", None, "Number the references in the order of first mention."),
        ("XYZ999", None, ""),
    ],
)
def test_what_to_do_is_an_instruction_also_where_a_fix_is_only_the_right_form(code, suggestion, wanted):
    rule = next((rule for rule in RULES if rule.code == code), None)
    assert what_to_do(rule, suggestion) == wanted
