"""Excel and CSV from the command line."""

import csv
import io
import json
import subprocess
import sys

import openpyxl
import pytest

from factories import docx_file
from processes import at_terminal, need_program

LIBRARY = """\
monograph:
  file: monograph.docx
references:
- {id: smith-2007, PMID: "17222320", title: "=1+1"}
- {id: younger-2013, PMID: "23359310", ignore: {REF001: "never seen"}}
- {id: ghost, PMID: "99999999", owner: Clinical}
"""


@pytest.fixture
def checked(evidence):
    evidence.write(LIBRARY)

    def fill(document):
        document.add_paragraph("Naltrexone relieves pain [1, 2].")
        document.add_paragraph("References")
        document.add_paragraph("1. Younger J. Low-dose naltrexone. Arthritis Rheum. 2013;65(2):529-538. PMID: 23359310")
        document.add_paragraph(
            "2. Smith JP. Low-dose naltrexone therapy. Am J Gastroenterol. 2007;102:820. PMID: 17222320"
        )

    (evidence.folder / "monograph.docx").write_bytes(docx_file(fill))
    done = evidence.check("--format", "json=report.json", "--format", "xlsx=report.xlsx", "--format", "csv=report.csv")
    assert done.returncode == 1, done.stderr
    return evidence


def findings_in(folder):
    sheet = openpyxl.load_workbook(folder / "report.xlsx")["Findings"]
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_both_have_a_row_for_each_finding_of_the_run(checked):
    report = json.loads((checked.folder / "report.json").read_text())
    expected = sorted((finding["code"], finding["message"]) for finding in report["findings"] + report["waived"])
    assert sorted((row["rule"], row["finding"]) for row in findings_in(checked.folder)) == expected
    text = (checked.folder / "report.csv").read_bytes().decode("utf-8-sig")
    assert sorted((row["rule"], row["finding"]) for row in csv.DictReader(io.StringIO(text))) == expected


def test_a_reference_has_the_number_that_the_monograph_prints(checked):
    numbers = {row["reference"]: row["number"] for row in findings_in(checked.folder)}
    assert numbers["smith-2007"] == 2
    assert numbers["ghost"] is None


def test_a_recorded_run_gives_the_same_bytes_again(checked):
    assert checked("report", "--format", "xlsx=again.xlsx").returncode == 0
    assert (checked.folder / "again.xlsx").read_bytes() == (checked.folder / "report.xlsx").read_bytes()


def test_numbers_are_those_of_the_monograph_that_was_judged(checked):
    checked.write(LIBRARY.replace("ghost", "phantom"))
    assert checked("report", "--force", "--format", "xlsx=report.xlsx").returncode == 0
    assert {row["number"] for row in findings_in(checked.folder)} == {None}


def test_the_other_formats_are_what_they_are_without_a_workbook(checked):
    forms = ("text", "summary", "json", "sarif", "junit", "github", "gitlab", "markdown", "html")
    files = [f"--format={form}=with.{form}" for form in forms]
    assert checked("report", *files, "--format=xlsx=with.xlsx", "--format=csv=with.csv").returncode == 0
    for form in forms:
        assert checked("report", f"--format={form}=alone").returncode == 0
        assert (checked.folder / "alone").read_bytes() == (checked.folder / f"with.{form}").read_bytes()
        (checked.folder / "alone").unlink()


def test_an_earlier_workbook_is_replaced_and_anybody_elses_is_not(checked):
    path = checked.folder / "report.xlsx"
    assert checked("report", "--format", "xlsx=report.xlsx").returncode == 0
    book = openpyxl.load_workbook(path)
    book["Findings"]["A1"] = "somebody's own notes"
    book.save(path)
    done = checked("report", "--format", "xlsx=report.xlsx")
    assert (done.returncode, "report.xlsx exists and is not an earlier Excel report" in done.stderr) == (2, True)


def test_an_earlier_csv_is_replaced_and_one_that_a_program_saved_is_not(checked):
    path = checked.folder / "report.csv"
    assert checked("report", "--format", "csv=report.csv").returncode == 0
    path.write_text(path.read_text("utf-8-sig").replace('"', ""), "utf-8")
    assert checked("report", "--format", "csv=report.csv").returncode == 2


def test_a_terminal_gets_no_workbook(evidence):
    evidence.write(LIBRARY)
    ours = at_terminal(evidence, "check", "--format", "xlsx", width=80)
    assert ours == []
    assert not (evidence.folder / "evidence.db").exists()


def test_in_a_pipe_a_workbook_is_bytes(checked, process):
    process.folder = checked.folder
    done = subprocess.run(
        [*process.under, sys.executable, "-m", "evidence", "report", "--format", "xlsx"],
        cwd=checked.folder,
        env=checked.env,
        capture_output=True,
        check=True,
    )
    assert done.stdout == (checked.folder / "report.xlsx").read_bytes()


@pytest.mark.acceptance
def test_libreoffice_opens_the_workbook_as_it_is(checked, tmp_path):
    need_program("soffice")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    convert = ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", "resaved"]
    subprocess.run([*convert, "report.xlsx"], cwd=checked.folder, check=True, capture_output=True, timeout=240)
    ours = openpyxl.load_workbook(checked.folder / "report.xlsx")
    theirs = openpyxl.load_workbook(checked.folder / "resaved" / "report.xlsx")
    for sheet in ours:
        again = [row for row in theirs[sheet.title].iter_rows(values_only=True) if any(row)]
        assert again == [row for row in sheet.iter_rows(values_only=True) if any(row)]
        assert not any(cell.data_type == "f" for row in theirs[sheet.title].iter_rows() for cell in row)
