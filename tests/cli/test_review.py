"""`evidence review`: monographs read again, one run, and a folder that is complete or not there."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date

import pytest

from evidence.cli.folder import recover
from quarters import quarter, reprinted, retracted, revised, write

FILES = {"report.html", "brief.html", "findings.xlsx", "summary.txt", "bundle.zip", "monographs"}


@pytest.fixture
def folder(evidence, server):
    """Two monographs of three references each, imported, and the world that they cite."""
    server.world, monographs = quarter(2, 6)
    write(evidence.folder, monographs, ".md")
    done = evidence("import", *(f"{monograph.name}.md" for monograph in monographs), "--write")
    assert done.returncode == 0, done.stderr
    evidence.monographs = monographs
    return evidence


def review(evidence, *arguments, day="2026-11-23"):
    return evidence("review", "--as-of", day, *arguments)


def part(summary, heading):
    """The lines of a part of the summary."""
    found = re.search(rf"^{heading}[^\n]*\n-+\n(.*?)(?:\n\n|\Z)", summary, re.MULTILINE | re.DOTALL)
    return re.sub(r"\n +(?![- ])", " ", found[1]).splitlines() if found else []


def test_a_review_leaves_a_complete_folder_one_run_and_its_event(folder):
    done = review(folder, "--to", "2026-Q4")
    assert done.returncode == 0, done.stderr
    place = folder.folder / "2026-Q4"
    assert {path.name for path in place.iterdir()} == FILES
    assert done.stdout == (place / "summary.txt").read_text()
    assert "No earlier review of these files" in done.stdout
    events = [json.loads(line) for line in (folder.folder / "evidence.log.jsonl").read_text().splitlines()]
    done_events = [event["action"] for event in events if event["ending"] == "done"]
    assert done_events.count("run") == done_events.count("review") == 1
    with zipfile.ZipFile(place / "bundle.zip") as bundle:
        assert json.loads(bundle.read("report.json"))["run"]["id"] in done.stdout
    assert folder("verify", "2026-Q4/bundle.zip").returncode == 0
    assert [path.name for path in folder.folder.glob(".*")] == []


def test_the_second_review_names_exactly_what_changed_since_the_first(folder, server):
    review(folder, "--to", "2026-Q4")
    articles = list(server.world.articles.values())
    between = revised(server.world, 2, date(2026, 12, 1), 0)
    server.world = between
    folder("check", "--as-of", "2026-12-05")  # a check between two reviews hides nothing
    server.world = retracted(between, articles[3])
    changed = reprinted(folder.monographs[0], 1, lambda entry: entry.replace("A synthetic", "Another synthetic", 1))
    changed = reprinted(changed, 1, lambda entry: re.sub(r";\d+\(", ";99(", entry))
    write(folder.folder, [changed], ".md")
    done = review(folder, "--to", "2027-Q1", "--write", day="2027-02-23")
    summary = (folder.folder / "2027-Q1/summary.txt").read_text()
    lines = part(summary, "Changed since 2026-11-23")
    files = {f"examplinib-0{at}.references.yaml" for at in (1, 2)}
    news = [line for line in lines if not line.startswith(("- new: ", "- resolved: ", "- replaced: "))]
    assert [re.sub(r": .*", "", line.removeprefix("- ")) for line in news] == ["retracted", "label revised"]
    subjects = {re.search(r"(\S+::\S+):", line)[1].split("::")[0] for line in lines}
    assert subjects == files
    assert "MET005" in "".join(lines)  # the volume printed now
    assert "RET001" in "".join(lines)
    assert "SPL002" in "".join(lines)
    [retraction] = part(summary, "Retracted or withdrawn")
    assert articles[3].title.split(":")[0] in retraction
    assert part(summary, "Monographs read again")[0].startswith("examplinib-01.md: 1 reference changed")
    assert done.returncode == 1


def test_without_write_what_changed_in_a_monograph_is_only_shown(folder):
    changed = reprinted(folder.monographs[0], 1, lambda entry: re.sub(r";\d+\(", ";99(", entry))
    write(folder.folder, [changed], ".md")
    before = (folder.folder / "examplinib-01.references.yaml").read_bytes()
    done = review(folder, "--to", "2026-Q4")
    assert (folder.folder / "examplinib-01.references.yaml").read_bytes() == before
    assert "examplinib-01.references.yaml: not written, use --write" in " ".join(done.stdout.split())
    assert "not written, use --write" not in done.stderr  # the summary says it


def test_a_word_file_that_nobody_imported_is_named(folder):
    write(folder.folder, folder.monographs[:1])
    (folder.folder / "examplinib-01.docx").rename(folder.folder / "other.docx")
    said = " ".join(review(folder, "--to", "2026-Q4").stdout.split())
    assert "other.docx: not reviewed: no references file names it" in said


def test_a_copy_with_the_findings_is_no_forgotten_monograph(folder):
    write(folder.folder, folder.monographs[:1])
    (folder.folder / "examplinib-01.docx").rename(folder.folder / "examplinib-01.marked.docx")
    assert "not reviewed" not in review(folder, "--to", "2026-Q4").stdout


def test_a_folder_that_exists_is_refused_without_force_and_never_with_what_is_not_a_review_s(folder):
    review(folder, "--to", "2026-Q4")
    place = folder.folder / "2026-Q4"
    before = {path.name: path.read_bytes() for path in place.rglob("*.*")}
    refused = review(folder, "--to", "2026-Q4")
    assert (refused.returncode, "2026-Q4 exists" in refused.stderr) == (2, True)
    assert {path.name: path.read_bytes() for path in place.rglob("*.*")} == before
    assert review(folder, "--to", "2026-Q4", "--force").returncode == 0
    assert (place / "bundle.zip").read_bytes() != before["bundle.zip"]
    (place / "notes.docx").write_text("mine")
    refused = review(folder, "--to", "2026-Q4", "--force")
    assert (refused.returncode, (place / "notes.docx").read_text()) == (2, "mine")
    assert "contains notes.docx" in refused.stderr
    for wrong in (".", "..", "missing/2026-Q4", "references.yaml/x"):
        assert review(folder, "--to", wrong, "--force").returncode == 2


def test_a_review_of_which_office_has_a_file_open_is_not_replaced(folder):
    review(folder, "--to", "2026-Q4")
    place = folder.folder / "2026-Q4"
    before = {path.name: path.read_bytes() for path in place.rglob("*.*")}
    (place / "~$findings.xlsx").write_bytes(b"")  # as Excel has it beside an open workbook
    refused = review(folder, "--to", "2026-Q4", "--force")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "2026-Q4 contains ~$findings.xlsx, so a file in it is open in Word or Excel (close it" in refused.stderr
    (place / "~$findings.xlsx").unlink()
    assert {path.name: path.read_bytes() for path in place.rglob("*.*")} == before


def test_a_review_runs_in_the_folder_that_is_named(folder, tmp_path_factory):
    folder.write('name = "Dana Reyes"\nowner = "Medical Information"\n', "evidence.toml")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    inside, folder.folder = folder.folder, elsewhere
    done = review(folder, str(inside), "--to", "2026-Q4")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (elsewhere / "2026-Q4").iterdir()} == FILES
    assert {path.name for path in elsewhere.iterdir()} == {"2026-Q4"}
    assert (inside / "evidence.db").exists()
    assert "Dana Reyes" in (elsewhere / "2026-Q4/brief.html").read_text()
    assert "Medical Information" in (elsewhere / "2026-Q4/report.html").read_text()


def test_what_a_killed_review_left_is_cleared_away_and_a_folder_under_replacement_put_back(tmp_path):
    place = tmp_path / "2026-Q4"
    (tmp_path / ".2026-Q4.0123abcd.made").mkdir()
    (tmp_path / ".2026-Q4.0123abcd.before").mkdir()
    (tmp_path / ".2026-Q4.0123abcd.before/report.html").write_text("old")
    recover(place)
    assert [path.name for path in tmp_path.iterdir()] == ["2026-Q4"]
    assert (place / "report.html").read_text() == "old"


def test_due_items_are_by_owner(folder):
    folder.write('owner = "D. Reyes"\n', "evidence.toml")
    done = review(folder, "--to", "late", day="2027-08-25")
    lines = part(done.stdout, "Due")
    assert lines[0] == "D. Reyes:"
    assert [line.split("::")[0].split()[-1] for line in lines[1:]] == [
        f"examplinib-0{at}.references.yaml" for at in (1, 2)
    ]


def test_the_workbook_has_a_row_for_each_finding_and_the_bundle_the_recorded_report(folder):
    openpyxl = pytest.importorskip("openpyxl")
    review(folder, "--to", "2026-Q4")
    book = openpyxl.load_workbook(io.BytesIO((folder.folder / "2026-Q4/findings.xlsx").read_bytes()))
    with zipfile.ZipFile(folder.folder / "2026-Q4/bundle.zip") as bundle:
        findings = json.loads(bundle.read("report.json"))["findings"]
    assert book.worksheets[0].max_row - 1 >= len(findings)
