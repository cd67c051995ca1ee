from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from evidence.reports.document import report_document
from evidence.reports.html import render_html
from evidence.reports.markdown import render_markdown
from evidence.reports.text import TextOptions, render_text
from factories import sample_report, two_sign_offs

SCHEMA = json.loads((files("evidence.reports") / "report.schema.json").read_text())


def signed() -> dict[str, Any]:
    return {**report_document(sample_report()), "sign_offs": two_sign_offs()}


FORMS = {
    "text": lambda output: render_text(output, TextOptions(width=100)),
    "html": render_html,
    "markdown": render_markdown,
}


@pytest.mark.parametrize("form", FORMS)
def test_who_signed_what_as_whom_and_whether_it_holds_is_in_every_report(form: str) -> None:
    page = " ".join(FORMS[form](signed()).replace("`", "").replace("<br>", " ").split())
    assert "approved by A. Reviewer (medical editor), 2026-11-23 10:00 UTC" in page
    assert "approved by A. Reviewer (physician), 2026-11-23 10:00 UTC" in page
    assert "references.yaml has changed (sha256 was aaaaaaaaaaaa, is 999999999999)" in page
    assert "signed: good signature by reviewer@example.org" in page
    assert "not signed with a key" in page
    assert "to be renewed by 2027-11-23" in page
    assert "reason: yearly review" in page
    assert "1 signed finding no longer reported" in page
    assert page.index("physician") < page.index("medical editor"), "what is void comes first"


@pytest.mark.parametrize("form", FORMS)
def test_what_could_not_be_asked_limits_what_in_force_means(form: str) -> None:
    reported = [{**one, "unjudged": 2} for one in two_sign_offs()]
    page = " ".join(FORMS[form]({**signed(), "sign_offs": reported}).split())
    assert "2 look-ups failed: their results are unknown" in page


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_what_it_binds_is_named(form: str) -> None:
    page = FORMS[form](signed())
    for path in ("naltrexone.docx", "references.lock.json", "references.yaml", "20261123T090000Z-abcdef"):
        assert path in page


def test_a_full_text_report_shows_the_entire_hashes() -> None:
    assert "naltrexone.docx sha256 " + "b" * 64 in render_text(signed(), TextOptions(width=200, verbose=1))


@pytest.mark.parametrize("form", FORMS)
def test_a_document_made_before_there_were_sign_offs_says_nothing_of_them(form: str) -> None:
    output = report_document(sample_report())
    assert output["sign_offs"] == []
    bare = {key: value for key, value in output.items() if key != "sign_offs"}
    assert FORMS[form](bare) == FORMS[form](output)
    assert "sign-offs" not in FORMS[form](output).lower().replace("#sign-offs", "")


def test_the_schema_knows_them() -> None:
    jsonschema.validate(signed(), SCHEMA)
