"""`evidence import`, as a user runs it. The references are invented but for those of the first monograph."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from evidence.app.import_ import begin, plan
from evidence.app.import_files import ImportFormat
from evidence.app.import_listing import read_listing
from evidence.cli.import_ import table
from evidence.library.files import SourceText
from evidence.library.reader import read_library, read_text
from evidence.model.errors import FileError

ALDER = "Alder AB, Birch C. Effects of examplinib on test outcomes. J Ex Med. 2019;12(3):45-52."
CEDAR = "Cedar D, et al. A second trial of examplinib in adults. Ann Test. 2021;7:e101. PMID: 91234567"
FIR = "Fir Institute. Examplinib for patients. Accessed March 2025. https://example.org/examplinib"
MONOGRAPH = f"# Examplinib\n\nIt works [1] and is safe [1,2].\n\n## References\n\n1. {CEDAR}\n2. {FIR}\n"
PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def monograph(evidence) -> Path:
    return evidence.write(MONOGRAPH, "examplinib.md")


@pytest.mark.usefixtures("monograph")
def test_a_dry_run_shows_a_table_and_writes_nothing(evidence):
    done = evidence("import", "examplinib.md")
    assert done.returncode == 0
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["No.", "Entry", "Id", "Identifiers", "Accessed", "Cited", "Identified", "To", "review"],
        ["1", "new", "cedar-2021", "pmid:91234567", "-", "2x,", "line", "3", "printed"],
        ["2", "new", "fir-institute", "https://example.org/examplinib", "2025-03", "1x,", "line", "3", "printed"],
    ]
    assert "examplinib.md: 2 references: 2 new" in done.stderr
    assert "nothing was written; use --write to write references.yaml" in done.stderr
    assert sorted(path.name for path in evidence.folder.iterdir()) == ["examplinib.md"]


@pytest.mark.usefixtures("monograph")
def test_a_new_library_says_of_which_monograph_it_is(evidence):
    (evidence.folder / "lists").mkdir()
    done = evidence("import", "examplinib.md", "-o", "lists/references.yaml", "--write")
    assert (done.returncode, "lists/references.yaml: written" in done.stderr) == (0, True)
    library = read_library(evidence.folder / "lists/references.yaml")
    assert (library.monograph.title, library.monograph.file) == ("Examplinib", "../examplinib.md")
    assert [fault for entry in library.references for fault in entry.faults] + list(library.faults) == []


@pytest.mark.usefixtures("monograph")
def test_what_was_imported_can_be_checked(evidence):
    evidence("import", "examplinib.md", "--write")
    _, report = evidence.report("--offline")
    assert not [f for f in report["findings"] if f["code"].startswith(("REF", "IDN"))]


@pytest.mark.usefixtures("monograph")
def test_a_library_that_exists_is_edited_in_place_and_a_second_import_changes_nothing(evidence):
    library = evidence.write('# ours\nreferences:\n- id: mine   # kept\n  PMID: "91234567"\n  owner: me\n')
    assert evidence("import", "examplinib.md", "--write").returncode == 0
    text = library.read_text()
    head = "# ours\nmonograph: {title: Examplinib, file: examplinib.md}\n\n"
    assert text.startswith(f'{head}references:\n- id: mine   # kept\n  PMID: "91234567"\n  cited-as: ')
    done = evidence("import", "examplinib.md", "--write")
    assert (done.returncode, "references.yaml: nothing to write" in done.stderr) == (0, True)
    assert library.read_text() == text


@pytest.mark.usefixtures("monograph")
def test_the_diff_is_what_would_be_written(evidence):
    evidence.write("references: []\n")
    done = evidence("import", "examplinib.md", "--diff")
    assert done.stdout.startswith("--- references.yaml\n+++ references.yaml\n")
    assert "+  - id: cedar-2021\n" in done.stdout
    assert evidence.folder.joinpath("references.yaml").read_text() == "references: []\n"


def test_what_has_no_identifier_waits_for_a_person(evidence):
    evidence.write(MONOGRAPH.replace(CEDAR, ALDER), "m.md")
    done = evidence("import", "m.md", "--no-match")
    assert (done.returncode, "reference 1 needs manual review: no identifier printed" in done.stderr) == (1, True)
    done = evidence("import", "m.md", "--offline")
    assert (done.returncode, "not looked up: offline, and no store was found" in done.stdout) == (3, True)
    assert sorted(path.name for path in evidence.folder.iterdir()) == ["m.md"]


SMITH = "Smith JP, Stock H, Bingaman S, et al. Low-dose naltrexone therapy improves active Crohn's disease. "
SMITH += "Am J Gastroenterol. 2007;102(4):820-828."


def test_what_prints_no_identifier_is_matched_and_what_agreed_is_reported(evidence, server):
    evidence.write(MONOGRAPH.replace(CEDAR, SMITH), "m.md")
    done = evidence("import", "m.md", "--write")
    assert done.returncode == 0
    [row] = [line for line in done.stdout.splitlines() if "smith-2007" in line]
    assert "pmid:17222320" in row
    assert "matched " in row
    [smith, _] = read_library(evidence.folder / "references.yaml").references
    assert str(smith.identifiers[0]) == "pmid:17222320"
    before = evidence.folder.joinpath("references.yaml").read_text()
    server.forget()
    done = evidence("import", "m.md", "--write")
    assert (done.returncode, server.requests) == (0, [])  # it has its identifier now
    [row] = [line for line in done.stdout.splitlines() if "smith-2007" in line]
    assert all(reported in row for reported in ("unchanged", "pmid:17222320", "in the file"))
    assert evidence.folder.joinpath("references.yaml").read_text() == before


def test_offline_only_the_store_is_asked_and_its_silence_is_no_answer(evidence, server):
    evidence.write(MONOGRAPH.replace(CEDAR, SMITH), "m.md")
    evidence.write("references: []\n", "empty.yaml")
    evidence("check", "empty.yaml")
    server.forget()
    done = evidence("import", "m.md", "--offline", "--write")
    assert (done.returncode, server.requests) == (3, [])
    [smith, _] = read_library(evidence.folder / "references.yaml").references
    assert (smith.id, smith.identifiers) == ("smith-2007", ())


@pytest.mark.usefixtures("monograph")
def test_what_an_alias_repeats_is_not_written_and_that_is_reported(evidence):
    library = 'references:\n- &a\n  id: mine\n  PMID: "91234567"\nx-again: *a\n'
    evidence.write(library)
    done = evidence("import", "examplinib.md", "--write")
    assert (done.returncode, "not written: references.yaml:2:" in done.stderr) == (1, True)


def test_uncited_references_undefined_citations_and_unprinted_entries_are_reported(evidence):
    evidence.write(MONOGRAPH.replace("[1,2]", "[1,3]"), "m.md")
    evidence.write('references:\n- {id: gone, PMID: "1"}\n')
    reported = evidence("import", "m.md").stderr
    assert "never cited in the text: 2" in reported
    assert "cited, but not in the list: [3]" in reported
    assert "no longer printed, but still in the file and still checked: gone" in reported


def test_citations_by_the_ids_of_the_library_are_counted(evidence):
    evidence.write(MONOGRAPH.replace("[1,2]", "[@cedar-2021; @other]").replace("[1]", "so"), "m.md")
    done = evidence("import", "m.md")
    assert "1x, line 3" in next(line for line in done.stdout.splitlines() if "cedar-2021" in line)
    assert "never cited in the text: 2" in done.stderr
    assert "cited, but not in the list: @other" in done.stderr


def test_standard_input_and_formats_by_name(evidence):
    done = subprocess.run(
        [sys.executable, "-m", "evidence", "import", "-", "--from", "markdown"],
        cwd=evidence.folder,
        env=evidence.env,
        input=MONOGRAPH,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, "fir-institute" in done.stdout) == (0, True)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" * 25_000_000)
    return out.getvalue()


LOOP = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n"
    b"trailer<</Root 1 0 R/Size 3/Prev 110>>\nstartxref\n110\n%%EOF"
)


@pytest.mark.parametrize(
    ("name", "data", "reported"),
    [
        ("m.txt", b"No list in here", "m.txt: no reference list found (add a heading"),
        ("m.docx", bomb(), "the document unpacks to 75 MB"),
        ("m.pdf", LOOP, "this PDF cannot be read"),
        ("m.txt", b"a\0b", "m.txt:1:2: the file contains a NUL"),
        ("m.parquet", b"x", "unknown file type .parquet"),
        ("m.json", b"[", "m.json:1:2: not valid JSON"),
    ],
)
def test_what_cannot_be_imported_is_one_clear_line(evidence, name: str, data: bytes, reported: str):
    evidence.folder.joinpath(name).write_bytes(data)
    done = evidence("import", name, "--write")
    assert (done.returncode, done.stdout) == (2, "")
    assert reported in done.stderr
    assert "\n" not in done.stderr.strip()
    assert not evidence.folder.joinpath("references.yaml").exists()


@pytest.mark.parametrize("output", ["", "-", "examplinib.md", "nowhere/references.yaml"])
def test_places_that_cannot_be_meant_are_refused(evidence, monograph, output: str):
    done = evidence("import", "examplinib.md", "--output", output, "--write")
    assert (done.returncode, done.stdout) == (2, "")
    assert monograph.read_text() == MONOGRAPH


def test_titles_of_strangers_do_not_damage_terminal_and_file(evidence):
    hostile = '\u202eSmith\u200b J. A: {x} #1 *y* [a]: - "q" \x1b[31m. J Ex. 2007;1(2):3-4. doi:10.1000/x'
    evidence.write(f"References\n\n1. {hostile}\n2. {CEDAR}\n", "m.txt")
    done = evidence("import", "m.txt", "--write")
    assert (done.returncode, "\x1b" in done.stdout + done.stderr, "\u202e" in done.stdout) == (0, False, False)
    text = evidence.folder.joinpath("references.yaml").read_text()
    assert not {"\x1b", "\u202e", "\u200b"} & set(text)
    library = read_library(evidence.folder / "references.yaml")
    assert library.references[0].cited_as == hostile.replace("\x1b", "")


@pytest.mark.usefixtures("monograph")
def test_pandoc_prints_what_was_imported(evidence):
    pypandoc = pytest.importorskip("pypandoc", reason="pypandoc_binary is not installed (extra `render`)")
    evidence.write("@article{a, title={T \\emph{x}}, author={Oak, B}, doi={10.1000/x}, year=2007}", "m.bib")
    evidence("import", "examplinib.md", "--write")
    evidence("import", "m.bib", "--write")
    library = evidence.folder / "references.yaml"
    arguments = ["--citeproc", "--wrap=none", "--bibliography", str(library)]
    printed = pypandoc.convert_text("---\nnocite: '@*'\n---\n", "plain", format="markdown", extra_args=arguments)
    assert "Oak, B. 2007. T x. https://doi.org/10.1000/x." in printed
    assert "https://example.org/examplinib" in printed


def test_a_library_is_never_read_as_its_own_monograph(evidence):
    evidence.write("references: []\n")
    assert evidence("import", "references.yaml").returncode == 2
    with pytest.raises(FileError):
        read_library(evidence.folder / "no.yaml")


def test_the_projects_own_library_is_imported_as_csl_yaml(evidence):
    evidence.write((PROJECT / "references.yaml").read_text(encoding="utf-8"), "theirs.yaml")
    assert evidence("import", "theirs.yaml", "--write").returncode == 0
    ours, theirs = (read_library(evidence.folder / name) for name in ("references.yaml", "theirs.yaml"))
    for one, other in zip(ours.references, theirs.references, strict=True):
        assert (one.id, one.identifiers, one.accessed) == (other.id, other.identifiers, other.accessed)
        assert (one.cited_as, one.title, one.authors) == (other.cited_as, other.title, other.authors)


SLIPPED = f"""# Examplinib

It works [1] and is safe [2].

## References

1. {SMITH.replace("Low-dose", "“Low-dose").replace("disease. ", "disease.”")} PMID: 17222320
2. Younger J, Noor N. Low-dose naltrexone. Arthritis Rheum. 2013;65(2):529\u2013538. PMID: 23359310
"""


@pytest.mark.parametrize("forms", ["STY", "STY002"])
def test_a_form_that_somebody_accepted_is_kept_when_the_same_print_is_imported_again(evidence, forms):
    evidence.write(SLIPPED, "m.md")
    evidence("import", "m.md", "--write")
    evidence.check()
    assert "fixes written" in evidence("fix", "--accept", forms, "--write").stderr
    fixed = evidence.folder.joinpath("references.yaml").read_text()
    done = evidence("import", "m.md", "--write")
    assert (done.returncode, evidence.folder.joinpath("references.yaml").read_text()) == (0, fixed)
    assert "the monograph still has formatting errors that were corrected in cited-as; cited-as is kept" in done.stdout


def test_a_print_that_says_something_else_is_followed_though_its_form_has_slips(evidence):
    evidence.write(SLIPPED, "m.md")
    evidence("import", "m.md", "--write")
    evidence.check()
    evidence("fix", "--accept", "STY", "--write")
    evidence.write(SLIPPED.replace("820-828", "820-829").replace("529\u2013538", "529-538"), "m.md")
    evidence("import", "m.md", "--write")
    smith, younger = read_library(evidence.folder / "references.yaml").references
    assert "820-829" in smith.cited_as
    assert "529-538" in younger.cited_as


def test_what_somebody_has_explained_to_have_no_identifier_is_not_matched_again(evidence, server):
    evidence.write(MONOGRAPH.replace(CEDAR, SMITH), "m.md")
    explained = f'references:\n- id: mine\n  cited-as: "{SMITH}"\n  ignore: {{REF003: it is another paper}}\n'
    library = evidence.write(explained)
    server.forget()
    done = evidence("import", "m.md", "--write")
    assert (done.returncode, server.requests) == (0, [])
    assert "none (reason given)" in done.stdout
    assert "PMID" not in library.read_text()


def test_that_candidates_are_settled_is_reported_by_fix(evidence):
    evidence.write('references:\n- {id: a, PMID: "17222320", candidates: [{PMID: "17222320", score: "0.83"}]}\n')
    assert "a: already has an identifier; delete its candidates by hand (line 2)" in evidence("fix").stderr


def test_in_a_narrow_terminal_each_entry_has_its_own_lines():
    listing = read_listing("m.md", MONOGRAPH.replace(CEDAR, ALDER).encode(), ImportFormat.MARKDOWN)
    planned = plan(begin(listing, read_text(SourceText("r.yaml", "references: []\n", ""))), None, date(2026, 11, 30))
    assert table(planned, listing, 200) == table(planned, listing)
    assert table(planned, listing, 60) == [
        "1  alder-2019: new",
        "     cited: 2x, line 3; identified: none",
        "     to review: no identifier printed",
        "2  fir-institute: new",
        "     https://example.org/examplinib",
        "     accessed: 2025-03; cited: 1x, line 3; identified:",
        "     printed",
    ]
