"""Waivers as they are in references.yaml, and in the waivers.yaml beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from evidence.library.files import read_source
from evidence.library.reader import WAIVER_FIELDS, find_libraries, read_library, read_text, waivers_file
from evidence.model.errors import FileError, Place
from evidence.model.policy import WaiverLimits
from evidence.model.references import Category, Library
from factories import source_from

ENTRY = "references:\n- id: label\n  setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65\n"
WAIVER = """\
waivers:
- code: SPL002
  reference: label
  category: accepted-risk
  reason: "the package alone changed: see the note"
  requested-by: Dana Reyes
  approved-by: Kim Ode
  since: 2026-11-23
  until: "2026-12-23"
  evidence: {finding: 1ce684cab67c0abda63348271e1d843a, dailymed: 8f8fcbdf3da95ccaeee22c4cae6bd4b9}
"""


def read(text: str) -> Library:
    return read_text(source_from(text))


def faults(text: str) -> list[tuple[str, int]]:
    return [(fault.message, fault.place.line) for fault in read(text).faults]


def test_a_waiver_is_read_with_where_each_of_its_fields_is() -> None:
    library = read(ENTRY + WAIVER)
    [waiver] = library.waivers
    assert library.faults == ()
    assert (waiver.code, waiver.reference, waiver.category) == ("SPL002", "label", Category.ACCEPTED_RISK)
    assert (waiver.since, waiver.until, waiver.baseline) == (date(2026, 11, 23), date(2026, 12, 23), False)
    assert waiver.evidence["dailymed"] == "8f8fcbdf3da95ccaeee22c4cae6bd4b9"
    assert waiver.place_of("until") == Place(library.path, 12, 10)


@pytest.mark.parametrize("empty", ["waivers:\n", "waivers: ~\n", "waivers: []\n"])
def test_no_waivers_are_none(empty: str) -> None:
    library = read(ENTRY + empty)
    assert (library.waivers, library.faults) == ((), ())


@pytest.mark.parametrize(
    ("before", "after", "reported", "line"),
    [
        ("  approved-by: Kim Ode\n", "", "the waiver has no effect, because it lacks approved-by", 5),
        ("accepted-risk", "acepted-risk", "not one of false-positive", 7),
        ("code: SPL002", "code: spl002", "not a rule code", 5),
        ('"2026-12-23"', "2026-12", "needs a full date", 12),
        ('"2026-12-23"', "2026-11-01", "is before since", 12),
        ("finding: 1ce684cab67c0abda63348271e1d843a, ", "", "does not name the finding", 13),
        ("  reference: label", "  reference: [label]", "must be a single text value", 6),
    ],
)
def test_a_waiver_with_a_fault_is_reported_at_its_line_and_covers_nothing(
    before: str, after: str, reported: str, line: int
) -> None:
    library = read((ENTRY + WAIVER).replace(before, after))
    assert library.waivers == ()
    [(message, at)] = [(fault.message, fault.place.line) for fault in library.faults]
    assert reported in message
    assert at == line


def test_an_unknown_field_is_reported_at_its_name() -> None:
    [(message, line)] = faults(ENTRY + WAIVER + "  approvedby: Kim Ode\n")
    assert (message, line) == ("unknown field waivers.SPL002.label.approvedby; approved-by is already present", 14)


def test_one_faulty_waiver_does_not_hide_the_next_whose_place_in_the_list_is_known() -> None:
    library = read(ENTRY + WAIVER.replace("waivers:\n", "waivers:\n- code: LNK001\n"))
    assert [waiver.index for waiver in library.waivers] == [1]


def test_a_list_that_is_none_is_reported() -> None:
    assert "waivers must be a list" in faults(ENTRY + "waivers: {code: SPL002}\n")[0][0]


def test_a_field_that_begins_with_x_is_left_alone() -> None:
    assert read(ENTRY + WAIVER + "  x-ticket: 4711\n").faults == ()


def test_the_policy_says_how_long_waivers_may_run_and_whether_one_may_approve_ones_own() -> None:
    policy = read("policy: {waiver-limit: {error: 14 d, baseline: 60}, self-approval: allowed}\n" + ENTRY).policy
    assert policy.waiver_limits == WaiverLimits(error=14, warning=90, info=365, baseline=60)
    assert policy.self_approval
    assert "not one of refused, allowed" in faults("policy: {self-approval: yes}\n" + ENTRY)[0][0]


@pytest.mark.parametrize(
    ("library", "beside"),
    [
        ("docs/references.yaml", "docs/waivers.yaml"),
        ("references.yml", "waivers.yml"),
        ("ldn.references.yaml", "ldn.waivers.yaml"),
        ("mine.yaml", "mine.waivers.yaml"),
    ],
)
def test_every_library_has_a_file_of_waivers_of_its_own(library: str, beside: str) -> None:
    assert waivers_file(library) == Path(beside)


def test_waivers_of_the_file_beside_follow_the_librarys_own(tmp_path: Path) -> None:
    own, beside = tmp_path / "references.yaml", tmp_path / "waivers.yaml"
    own.write_text(ENTRY + WAIVER)
    beside.write_text(WAIVER.replace("SPL002", "ACC001"))
    library = read_library(own)
    assert [(waiver.code, waiver.place.path) for waiver in library.waivers] == [
        ("SPL002", own.as_posix()),
        ("ACC001", beside.as_posix()),
    ]
    assert [companion.path for companion in library.companions] == [beside.as_posix()]
    assert replace(library, waivers=(), companions=()) == replace(read_text(read_source(own)), waivers=())


def test_a_fault_of_the_file_beside_is_reported_there(tmp_path: Path) -> None:
    (tmp_path / "references.yaml").write_text(ENTRY)
    (tmp_path / "waivers.yaml").write_text("waivrs: []\n")
    [fault] = read_library(tmp_path / "references.yaml").faults
    assert (fault.place.path, fault.suggestion) == ((tmp_path / "waivers.yaml").as_posix(), "waivers")


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_an_empty_file_beside_holds_no_waivers(tmp_path: Path, text: str) -> None:
    (tmp_path / "references.yaml").write_text(ENTRY)
    (tmp_path / "waivers.yaml").write_text(text)
    assert read_library(tmp_path / "references.yaml").waivers == ()


def test_a_file_beside_that_cannot_be_read_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "references.yaml").write_text(ENTRY)
    (tmp_path / "waivers.yaml").write_text("- code: SPL002\n")
    with pytest.raises(FileError, match=r"waivers\.yaml:1:1: the file is not a mapping"):
        read_library(tmp_path / "references.yaml")


@pytest.mark.parametrize(("library", "beside"), [("references.yml", "waivers.yml"), ("mine.yaml", "mine.waivers.yaml")])
def test_a_file_of_waivers_means_its_library(tmp_path: Path, library: str, beside: str) -> None:
    (tmp_path / library).write_text(ENTRY)
    (tmp_path / beside).write_text(WAIVER)
    assert find_libraries([tmp_path / beside, tmp_path / library]) == [tmp_path / library]


def test_waivers_given_in_a_librarys_place_are_distinguished(tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(WAIVER)
    with pytest.raises(FileError, match="name the references file"):
        read_library(tmp_path / "waivers.yaml")


def test_the_schema_knows_waivers() -> None:
    schema = json.loads(files("evidence.library").joinpath("schema.json").read_text(encoding="utf-8"))
    assert tuple(schema["$defs"]["waiver"]["properties"]) == WAIVER_FIELDS
    content = yaml.load(ENTRY + WAIVER.replace("since: 2026-11-23", 'since: "2026-11-23"'), yaml.SafeLoader)
    assert list(Draft202012Validator(schema).iter_errors(content)) == []
    del content["waivers"][0]["reason"]
    assert not Draft202012Validator(schema).is_valid(content)
