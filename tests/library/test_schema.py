from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from evidence.library.fields import KNOWN_FIELDS, TYPES
from evidence.library.reader import TOP_FIELDS
from evidence.model.references import Role

PROJECT = Path(__file__).resolve().parents[2]
SCHEMA: dict[str, Any] = json.loads(files("evidence.library").joinpath("schema.json").read_text(encoding="utf-8"))


def is_valid(entry: dict[str, object]) -> bool:
    return Draft202012Validator(SCHEMA).is_valid({"references": [{"id": "a", "PMID": "23359310", **entry}]})


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_knows_the_fields_types_and_roles_that_reading_knows() -> None:
    fields = SCHEMA["$defs"]["reference"]["properties"]
    assert fields.keys() == KNOWN_FIELDS
    assert set(fields["type"]["enum"]) == TYPES
    assert set(fields["role"]["enum"]) == set(Role)
    assert SCHEMA["properties"].keys() == TOP_FIELDS


@pytest.mark.parametrize("loader", [yaml.BaseLoader, yaml.SafeLoader])
def test_the_projects_own_library_is_valid_with_typed_and_untyped_values(loader: type[Any]) -> None:
    with (PROJECT / "references.yaml").open(encoding="utf-8") as file:
        content = yaml.load(file, loader)  # noqa: S506 - both are safe loaders
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(content)] == []


@pytest.mark.parametrize(
    "entry",
    [
        {"PMID": 23359310},
        {"issued": 2013},
        {"accessed": "2025-08-14"},
        {"issued": {"date-parts": [[2025, 8]]}},
        {"issued": [{"year": 2025, "month": 8}]},
        {"issued": "2024-12/2025-01"},
        {"author": [{"family": "Smith", "given": "J"}, "A Group"]},
        {"ignore": {"ACC004": "only the month is known"}},
        {"confirmed": {"by": "the editor", "date": "2026-11-01"}},
        {"x-anything": [1]},
        {"candidates": [{"PMID": "1", "score": "0.83", "title": "T"}, {"DOI": "10.1000/x", "score": 1}]},
        {"volume": 65},
    ],
)
def test_what_can_be_read_is_valid(entry: dict[str, object]) -> None:
    assert is_valid(entry)


@pytest.mark.parametrize(
    "entry",
    [
        {"PMID": "PMC123"},
        {"pmid": "1"},
        {"accessed": "August 2025"},
        {"accessed": "2025-13"},
        {"issued": {"literal": "Spring 2025"}},
        {"URL": "javascript:alert(1)"},
        {"URL": "https://user@example.org/"},
        {"type": "article-jornal"},
        {"ignore": {"ACC004": ""}},
        {"ignore": {"stale": "x"}},
        {"confirmed": {"by": "the editor"}},
        {"author": {"suffix": "Jr"}},
        {"title": ""},
        {"candidates": [{"score": "0.83"}]},
        {"candidates": [{"PMID": "1", "score": "1.5"}]},
    ],
)
def test_what_is_a_fault_is_invalid(entry: dict[str, object]) -> None:
    assert not is_valid(entry)


def test_an_entry_needs_an_id_and_an_identifier() -> None:
    validator = Draft202012Validator(SCHEMA)
    assert not validator.is_valid({"references": [{"id": "a"}]})
    assert not validator.is_valid({"references": [{"PMID": "1"}]})
    assert validator.is_valid({"references": []})
    assert not validator.is_valid({})


def test_a_policy_is_checked_too() -> None:
    validator = Draft202012Validator(SCHEMA)
    good = {"accessed-limit": {"webpage": "180 d", "article": "none"}, "confirm-dead": 2, "fail-on": "warning"}
    good |= {"style": "vancouver", "coverage": "80 %"}
    assert validator.is_valid({"references": [], "policy": good})
    assert not validator.is_valid({"references": [], "policy": {"accessed-limit": {"webpage": "a year"}}})
    assert not validator.is_valid({"references": [], "policy": {"fail_on": "error"}})
    assert validator.is_valid({"references": [], "policy": {"coverage": 80}})
    assert not validator.is_valid({"references": [], "policy": {"coverage": "101 %"}})
    assert not validator.is_valid({"references": [], "policy": {"style": "ieee"}})
