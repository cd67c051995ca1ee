"""Which files commands without FILES read, and to which file an import goes, where a folder has several."""

from __future__ import annotations

import re
import shlex

import pytest

from evidence.library.reader import read_library

YOUNGER = '- {id: younger, PMID: "23359310"}\n'
SMITH = '- {id: smith, PMID: "17222320"}\n'
ALDER = "Alder AB, Birch C. Effects of examplinib on test outcomes. J Ex Med. 2019;12(3):45-52. PMID: 91234501"
FIR = "Fir F, Gorse G. Examplinib in old age. Ann Test. 2022;8(1):11-19. PMID: 91234503"


def monograph(name: str, *references: str) -> str:
    listed = "".join(f"{number}. {reference}\n" for number, reference in enumerate(references, 1))
    return f"# {name}\n\nIt works [1].\n\n## References\n\n{listed}"


@pytest.fixture
def two(evidence):
    evidence.write(monograph("Examplinib", ALDER), "examplinib.md")
    evidence.write(monograph("Testamine", FIR), "testamine.md")
    done = evidence("import", "examplinib.md", "testamine.md", "--no-match", "--write")
    assert done.returncode == 0
    return evidence


def ids(evidence, name):
    return [reference.id for reference in read_library(evidence.folder / name).references]


def test_files_beside_references_yaml_are_checked_with_it(evidence):
    evidence.write(f"references:\n{YOUNGER}")
    evidence.write(f"references:\n{SMITH}", "b.references.yaml")
    _, report = evidence.report("--offline")
    assert [(entry["path"], entry["id"]) for entry in report["references"]] == [
        ("references.yaml", "younger"),
        ("b.references.yaml", "smith"),
    ]
    shown = evidence("show", "smith")
    assert (shown.returncode, "17222320" in shown.stdout) == (0, True)


def test_a_fault_in_the_file_beside_is_not_dropped(evidence):
    evidence.write(f"references:\n{YOUNGER}")
    evidence.write("references:\n- {id: smith, PMID: '1722232O'}\n", "b.references.yaml")
    done = evidence("check", "--offline")
    assert done.returncode != 0
    assert "IDN001" in done.stdout
    assert "b.references.yaml" in done.stdout


def test_an_edited_monograph_goes_to_its_own_library(two):
    two.write(monograph("Examplinib", ALDER, FIR), "examplinib.md")
    done = two("import", "examplinib.md", "--no-match", "--write")
    assert (done.returncode, "examplinib.references.yaml: written" in done.stderr) == (0, True)
    assert ids(two, "examplinib.references.yaml") == ["alder-2019", "fir-2022"]
    assert not (two.folder / "references.yaml").exists()
    _, report = two.report("--offline")
    assert {entry["path"] for entry in report["references"]} == {
        "examplinib.references.yaml",
        "testamine.references.yaml",
    }


def test_a_library_of_any_name_here_that_names_the_monograph_is_its_own(evidence):
    evidence.write(monograph("Examplinib", ALDER), "examplinib.md")
    evidence.write("monograph: {file: examplinib.md}\nreferences: []\n", "ours.references.yaml")
    evidence.write("monograph: {file: other.md}\nreferences: []\n")
    evidence("import", "examplinib.md", "--no-match", "--write")
    assert (ids(evidence, "ours.references.yaml"), ids(evidence, "references.yaml")) == (["alder-2019"], [])


def test_several_monographs_go_to_the_libraries_that_they_have(evidence):
    evidence.write(monograph("Examplinib", ALDER), "examplinib.md")
    evidence.write(monograph("Testamine", FIR), "testamine.md")
    evidence("import", "examplinib.md", "--no-match", "--write")
    evidence("import", "examplinib.md", "testamine.md", "--no-match", "--write")
    assert sorted(path.name for path in evidence.folder.glob("*.yaml")) == [
        "references.yaml",
        "testamine.references.yaml",
    ]


def test_a_monograph_of_two_libraries_is_refused_and_both_are_named(two):
    two.write("monograph: {file: examplinib.md}\nreferences: []\n")
    done = two("import", "examplinib.md", "--no-match", "--write")
    assert (done.returncode, ids(two, "references.yaml")) == (2, [])
    assert (
        "2 references files name examplinib.md as their monograph: references.yaml, examplinib.references.yaml"
        in done.stderr
    )
    assert "`evidence import examplinib.md --write --output examplinib.references.yaml`" in done.stderr


def test_entries_no_longer_printed_are_still_checked_and_how_to_remove_them_is_said(two):
    two.write(monograph("Examplinib", FIR), "examplinib.md")
    done = two("import", "examplinib.md", "--no-match", "--write")
    assert "no longer printed, but still in the file and still checked: alder-2019" in done.stderr
    assert "to remove one of them, delete its entry from examplinib.references.yaml" in done.stderr
    _, report = two.report("--offline")
    assert "alder-2019" in [entry["id"] for entry in report["references"]]


@pytest.fixture
def same_id(evidence):
    for name in ("a b.references.yaml", "c.references.yaml"):
        evidence.write(f"references:\n{YOUNGER}", name)
    return evidence


def commands_in(message: str) -> list[list[str]]:
    return [shlex.split(command) for command in re.findall(r"`(evidence [^`]+)`", message)]


def test_an_id_in_two_files_is_confirmed_by_the_command_that_the_message_prints(same_id):
    words = ["confirm", "younger", "--accessed", "2026-01-05", "--by", "N. N."]
    refused = same_id(*words)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "the id younger is in 2 files: a b.references.yaml, c.references.yaml" in refused.stderr
    first, second = commands_in(refused.stderr)
    assert first[2] == "a b.references.yaml::younger"
    assert second == ["evidence", "confirm", "c.references.yaml::younger", *words[2:]]
    assert same_id(*first[1:]).returncode == 0
    assert "2026-01-05" in (same_id.folder / "a b.references.yaml").read_text()
    assert "2026-01-05" not in (same_id.folder / "c.references.yaml").read_text()


def test_files_that_were_named_are_replaced_by_the_one_that_is_meant(same_id):
    files = ("a b.references.yaml", "c.references.yaml")
    refused = same_id("confirm", "younger", *files, "--accessed", "2026-01-05", "--by", "me")
    assert commands_in(refused.stderr)[1] == [
        *("evidence", "confirm", "c.references.yaml::younger", "--accessed", "2026-01-05", "--by", "me")
    ]


def test_file_and_id_name_a_reference_in_every_command(same_id):
    waived = ("--category", "accepted-risk", "--reason", "r", "--requested-by", "A", "--approved-by", "B")
    same_id("check", "--offline")
    for words in (
        ["show"],
        ["history"],
        ["confirm", "--accessed", "2026-01-05", "--by", "me", "--dry-run"],
        ["waive", "REF006", *waived, "--until", "20d", "--dry-run"],
        ["export", "--to", "ris", "--only"],
    ):
        at = 2 if words[0] == "waive" else len(words) if words[0] == "export" else 1
        done = same_id(*words[:at], "c.references.yaml::younger", *words[at:])
        assert "a b" not in done.stdout + done.stderr, words
        assert "no reference has the id" not in done.stderr, words
    wrong = same_id("show", "c.references.yaml::oldest")
    assert "no reference has the id oldest (known ids: younger)" in wrong.stderr
    assert "no such file" in same_id("show", "d.yaml::younger").stderr
    assert "no reference has the id what::younger" in same_id("show", "what::younger").stderr


def test_an_id_twice_in_one_file_has_to_be_made_different(evidence):
    evidence.write(f"references:\n{YOUNGER}{YOUNGER}")
    refused = evidence("confirm", "younger", "--accessed", "2026-01-05", "--by", "me")
    assert "used more than once (references.yaml:2, references.yaml:3) (make the ids unique first)" in refused.stderr


def test_an_id_in_two_files_is_waived_by_the_command_that_the_message_prints(same_id):
    same_id.report()
    words = ["waive", "ACC001", "younger", "--category", "accepted-risk", "--reason", "it is enough"]
    words += ["--requested-by", "A. A.", "--approved-by", "B. B.", "--until", "2027-01-05"]
    for reference in ("younger", "-"):
        words[2] = reference
        refused = same_id(*words)
        assert refused.returncode == 2
        assert commands_in(refused.stderr)[1] == ["evidence", *words[:2], f"c.references.yaml::{reference}", *words[3:]]


@pytest.mark.parametrize("command", [("check",), ("confirm", "x", "--accessed", "today", "--by", "me"), ("due",)])
def test_in_an_empty_folder_the_message_says_how_to_start(evidence, command):
    done = evidence(*command)
    assert done.returncode == 2
    assert "no references.yaml here; start with: evidence import MONOGRAPH.docx --write\n" in done.stderr


def test_where_there_are_other_references_files_the_message_names_them(evidence):
    evidence.write("references: []\n", "a.references.yaml")
    refused = evidence("check", "references.yaml")
    assert refused.returncode == 2
    assert "no references.yaml here; this folder has a.references.yaml\n" in refused.stderr


def test_a_command_printed_as_advice_can_be_pasted_whatever_the_file_is_called(evidence):
    name = "Nal'trexone monograph.md"
    evidence.write(monograph("Naltrexone", ALDER), name)
    refused = evidence("check", name)
    [command, _] = commands_in(refused.stderr)
    assert command == ["evidence", "import", name, "--write"]
    assert evidence(*command[1:], "--no-match").returncode == 0
    evidence.write(monograph("Testamine", FIR), "New one.md")
    [command] = commands_in(evidence("import", "New one.md").stderr)
    assert evidence(*command[1:], "--no-match").returncode == 0
    assert ids(evidence, "New one.references.yaml") == ["fir-2022"]
