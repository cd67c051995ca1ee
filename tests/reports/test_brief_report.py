"""The report in brief: what is never left out, what is counted, and nothing of a stranger's as markup."""

from __future__ import annotations

import json
import re
from hashlib import sha256

import html5lib
import pytest

from evidence.app.registry import SOURCE_TITLES
from evidence.model.report import Mode
from evidence.reports.brief import render_brief
from evidence.reports.document import report_document
from factories import clean_report, full_document, large_document, sample_report

DIGEST = "ab" * 32
FORMS = {
    "sample": report_document(sample_report()),
    "clean": report_document(clean_report()),
    "everything": full_document(),
    "hundreds": large_document(200, files=3, runs=3),
    "stand-in": report_document(sample_report(Mode.STAND_IN)),
}


def brief(document, **names):
    return render_brief(document, SOURCE_TITLES, DIGEST, **names)


def text(page):
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL))


@pytest.mark.parametrize("name", FORMS)
def test_every_brief_is_sound_html_with_the_hash_of_the_full_report(name):
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    parser.parse(brief(FORMS[name]))
    assert DIGEST in text(brief(FORMS[name]))


def test_every_retraction_is_named_however_many_there_are():
    document = json.loads(json.dumps(FORMS["hundreds"]))
    for reference in document["references"][:60]:
        reference["retracted"] = True
    printed = text(brief(document))
    named = [f"{reference['path']}::{reference['id']}" for reference in document["references"][:60]]
    assert printed.count(" RETRACTED ") >= 60
    assert [name for name in named if name not in printed] == []


def test_what_is_left_out_is_counted():
    document = json.loads(json.dumps(FORMS["sample"]))
    error = next(finding for finding in document["findings"] if finding["severity"] == "error")
    document["findings"] = [{**error, "code": "LNK003", "message": f"dead for reason {at}"} for at in range(40)]
    printed = text(brief(document))
    assert printed.count("dead for reason") == 14
    assert "And 26 more, in the full report." in printed


def test_a_rehearsal_is_called_one_and_the_responsible_person_is_named():
    assert "must not be filed" in text(brief(FORMS["stand-in"]))
    assert "Prepared by Dana Reyes" in text(brief(FORMS["sample"], responsible="Dana Reyes"))


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "{{ 7 * 7 }}", "\u202egnp.exe", "</style><b>"])
def test_what_strangers_write_is_text(hostile):
    document = json.loads(json.dumps(FORMS["everything"]))
    for item in (*document["findings"], *document["references"]):
        item["message"] = item["title"] = item["owner"] = hostile
    for finding in document["findings"]:
        finding["suggestion"] = hostile
    page = brief(document, responsible=hostile)
    assert "<script" not in page
    assert "49" not in re.findall(r">\s*49\s*<", page)
    assert "\u202e" not in page
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    assert len(tree.findall(".//style")) == 1


def test_the_option_and_the_format_write_the_same_page(evidence):
    evidence.write("references:\n- {id: a, title: Unfindable}\n")
    evidence("check", "--offline", "--as-of", "2026-11-23", "--format", "html=full.html")
    assert evidence("report", "--brief", "-o", "brief.html").returncode == 0
    assert evidence("report", "--format", "brief=same.html").returncode == 0
    written = (evidence.folder / "brief.html").read_bytes()
    assert (evidence.folder / "same.html").read_bytes() == written
    assert sha256((evidence.folder / "full.html").read_bytes()).hexdigest().encode() in written
    assert evidence("report", "--brief", "-o", "brief.html").returncode == 0  # replaced: it is known as ours
