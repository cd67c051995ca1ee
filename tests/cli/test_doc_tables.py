"""The tables of docs/ name what the code has: services, kinds of identifier, fields, roles, settings, variables."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from urllib.parse import urlsplit

from evidence.app.registry import SERVICES, SOURCED
from evidence.library.fields import IDENTIFIER_FIELDS, OWN_FIELDS
from evidence.model.identifiers import IdKind
from evidence.model.references import Role
from processes import PROJECT

PRIVACY, FILE, CONFIGURATION = (
    (PROJECT / "docs" / f"{name}.md").read_text("utf-8") for name in ("privacy", "file", "configuration")
)
CALLED = {
    IdKind.PMID: "PMID",
    IdKind.PMCID: "PMCID",
    IdKind.SETID: "Set ID",
    IdKind.DOI: "DOI",
    IdKind.NCT: "NCT number",
    IdKind.URL: "URL",
    IdKind.CONTENTS: "version of a label",
    IdKind.NOTICES: "notices about an article",
}
"""What the page calls each kind of identifier."""

OPERATED_BY = {
    "eutils": "NCBI",
    "dailymed": "DailyMed",
    "crossref": "Crossref",
    "doi": "doi.org",
    "trials": "ClinicalTrials.gov",
    "wayback": "archive.org",
}
"""To whom the page says that something is sent, for each service."""


def section(heading: str) -> str:
    """A section of the page on what is sent to whom."""
    [found] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PRIVACY, re.DOTALL | re.MULTILINE)
    return str(found)


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the tables in a text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not set(line) <= set("|- ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def words_in_code(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def test_the_services_that_are_asked_are_those_of_the_table_of_sources() -> None:
    asked = [cells[1] for cells in rows(section("What is looked up"))[1:]]
    named = {word for cell in asked for word in words_in_code(cell) if "." in word}
    assert named == {urlsplit(service.address).hostname for service in SERVICES}


def test_every_kind_of_identifier_that_some_source_answers_for_has_a_row() -> None:
    first = " ".join(cells[0] for cells in rows(section("What is looked up")))
    assert {kind for kind, name in CALLED.items() if re.search(rf"\b{name}\b", first)} == SOURCED


def test_privacy_names_everybody_to_whom_something_is_sent() -> None:
    privacy = section("What is sent")
    assert {service.name for service in SERVICES} == set(OPERATED_BY)
    assert [name for name in OPERATED_BY.values() if name not in privacy] == []


def test_every_service_has_a_variable_for_another_address() -> None:
    variables = words_in_code(" ".join(cells[0] for cells in rows(CONFIGURATION)))
    listed = {name for name in variables if re.fullmatch(r"EVIDENCE_[A-Z]+_URL", name)}
    assert listed == {service.variable for service in SERVICES}


def test_the_table_of_fields_has_all_that_csl_has_not() -> None:
    fields = words_in_code(" ".join(cells[0] for cells in rows(FILE)))
    assert fields == OWN_FIELDS | {name for name in IDENTIFIER_FIELDS if name in {"setid", "NCT"}}


def test_every_role_is_named_beside_its_field() -> None:
    [meaning] = [cells[1] for cells in rows(FILE) if cells[0] == "`role`"]
    assert words_in_code(meaning) == {str(role) for role in Role}


def test_the_settings_of_the_policy_are_all_shown() -> None:
    [shown] = re.findall(r"```yaml\n(policy:.*?)```", CONFIGURATION, re.DOTALL)
    schema = json.loads(files("evidence.library").joinpath("schema.json").read_text("utf-8"))
    keys = re.findall(r"^  ([a-z-]+):", shown, re.MULTILINE)
    assert sorted(keys) == sorted(schema["properties"]["policy"]["properties"])
