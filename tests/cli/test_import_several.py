"""`evidence import` of several monographs: each has a library of its own, and none is written into another's."""

from __future__ import annotations

import pytest

from evidence.library.reader import read_library

ALDER = "Alder AB, Birch C. Effects of examplinib on test outcomes. J Ex Med. 2019;12(3):45-52. PMID: 91234501"
FIR = "Fir F, Gorse G. Examplinib in old age. Ann Test. 2022;8(1):11-19. PMID: 91234503"


def monograph(name: str, reference: str) -> str:
    return f"# {name}\n\nIt works [1].\n\n## References\n\n1. {reference}\n"


@pytest.fixture
def two(evidence):
    evidence.write(monograph("Examplinib", ALDER), "examplinib (final).md")
    evidence.write(monograph("Testamine", FIR), "testamine.md")


@pytest.mark.usefixtures("two")
def test_each_monograph_gets_a_library_by_its_name_which_commands_without_files_then_read(evidence):
    done = evidence("import", "examplinib (final).md", "testamine.md", "--no-match", "--write")
    assert done.returncode == 0, done.stderr
    for name, title, pmid in (
        ("examplinib (final)", "Examplinib", "91234501"),
        ("testamine", "Testamine", "91234503"),
    ):
        library = read_library(evidence.folder / f"{name}.references.yaml")
        assert (library.monograph.title, library.monograph.file) == (title, f"{name}.md")
        assert [str(reference.identifiers[0]) for reference in library.references] == [f"pmid:{pmid}"]
    assert not (evidence.folder / "references.yaml").exists()
    _, report = evidence.report("--offline")
    assert [entry["id"] for entry in report["references"]] == ["alder-2019", "fir-2022"]
    assert evidence("format", "--check").returncode in {0, 1}


@pytest.mark.usefixtures("two")
def test_a_second_monograph_does_not_edit_the_library_of_the_first_without_merge(evidence):
    evidence("import", "examplinib (final).md", "--no-match", "--write")
    library = evidence.folder / "references.yaml"
    before = library.read_bytes()
    refused = evidence("import", "testamine.md", "--no-match", "--write")
    assert (refused.returncode, library.read_bytes()) == (2, before)
    assert "references.yaml belongs to examplinib (final).md, not to testamine.md" in refused.stderr
    assert "--output testamine.references.yaml" in refused.stderr
    merged = evidence("import", "testamine.md", "--no-match", "--merge", "--write")
    assert merged.returncode == 0
    read = read_library(library)
    assert read.monograph.file == "examplinib (final).md"
    assert [reference.id for reference in read.references] == ["alder-2019", "fir-2022"]


def test_merging_makes_no_entry_of_the_other_monograph_another_source(evidence):
    page = "Example Agency. {0} guideline. https://example.org/guideline-{0}. Accessed March 3, 2026."
    for name in ("examplinib", "testamine"):
        evidence.write(monograph(name, page.format(name)), f"{name}.md")
    evidence("import", "examplinib.md", "--no-match", "--write")
    merged = evidence("import", "testamine.md", "--no-match", "--merge", "--write")
    assert "another source" not in merged.stdout
    read = read_library(evidence.folder / "references.yaml")
    assert [reference.identifiers[0].value.rpartition("-")[2] for reference in read.references] == [
        "examplinib",
        "testamine",
    ]


@pytest.mark.usefixtures("two")
def test_two_monographs_of_one_name_are_refused_and_both_named(evidence):
    evidence.write(monograph("Testamine", FIR), "testamine.txt")
    done = evidence("import", "testamine.md", "testamine.txt", "--no-match", "--write")
    assert done.returncode == 2
    assert "testamine.md and testamine.txt would both be written to testamine.references.yaml" in done.stderr
    assert not list(evidence.folder.glob("*.yaml"))


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    "arguments", [("testamine.md", "-"), ("testamine.md", "examplinib (final).md", "-o", "a.yaml")]
)
def test_what_has_no_library_of_its_own_is_refused_among_several(evidence, arguments):
    done = evidence("import", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.usefixtures("two")
def test_a_library_without_a_monograph_gets_its_block_before_its_first_key(evidence):
    library = evidence.write("# ours\n\npolicy: {fail-on: warning}  # strict\n\nreferences: []\n")
    evidence("import", "testamine.md", "--no-match", "--write")
    text = library.read_text()
    assert text.startswith(
        "# ours\n\nmonograph: {title: Testamine, file: testamine.md}\n\n"
        "policy: {fail-on: warning}  # strict\n\nreferences:\n"
    )
    again = evidence("import", "testamine.md", "--no-match", "--write")
    assert (again.returncode, library.read_text()) == (0, text)


@pytest.mark.usefixtures("two")
def test_a_library_in_braces_keeps_them_and_the_block_is_left_to_a_person(evidence):
    library = evidence.write('{"references": []}\n')
    done = evidence("import", "testamine.md", "--no-match", "--write")
    assert "the file uses braces at the top level (add `monograph:` by hand)" in done.stderr
    assert [reference.id for reference in read_library(library).references] == ["fir-2022"]
