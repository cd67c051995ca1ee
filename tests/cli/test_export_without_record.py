"""What `evidence export` and `evidence fix` say of references of which no record is known."""

from __future__ import annotations

import json

import pytest

BOOK = "Doe J & Roe <R>. A handbook that *no* register holds. 2nd ed. Test Town: Example Press; 2001."
LIBRARY = f'references:\n- {{id: a-book, type: book, cited-as: "{BOOK}"}}\n- {{id: missing, PMID: "99999999"}}\n'


@pytest.mark.parametrize("style", ["ama", "nlm", "apa", "chicago", "vancouver", "ieee"])
def test_a_citation_without_record_or_fields_is_printed_as_it_was_in_every_style(evidence, style):
    evidence.write(LIBRARY)
    printed = evidence("export", "--style", style).stdout
    assert f"{BOOK} [As printed, not verified.]" in printed
    assert "PMID 99999999. [Not verified.]" in printed
    assert "n.d." not in printed


@pytest.mark.parametrize(
    ("form", "title"),
    [
        ("ris", f"TI  - {BOOK}\nN1  - As printed, not verified\n"),
        ("nbib", "TI  - Doe J & Roe <R>. A handbook"),
        ("endnote", "Doe J &amp; Roe &lt;R"),
        ("bibtex", "note = {As printed, not verified}"),
        ("biblatex", "note = {As printed, not verified}"),
        ("csv", f'"{BOOK}"'),
    ],
)
def test_a_citation_without_record_or_fields_is_a_title_and_a_note_in_every_format(evidence, form, title):
    evidence.write(LIBRARY)
    assert title in evidence("export", "--to", form).stdout


def test_csl_says_that_a_title_is_a_citation_as_printed(evidence):
    evidence.write(LIBRARY)
    item = json.loads(evidence("export", "--to", "csl-json").stdout)[0]
    assert (item["title"], item["note"]) == (BOOK, "As printed, not verified")
    assert item["custom"] == {"as-printed": "As printed, not verified"}


@pytest.mark.parametrize("remark", ["", " [As printed, not verified.]"])
def test_a_published_list_that_prints_such_a_citation_does_not_differ(evidence, remark):
    evidence.write(LIBRARY.replace(" & Roe <R>", "").replace("*no*", "no"))
    book = BOOK.replace(" & Roe <R>", "").replace("*no*", "no")
    evidence.write(f"# References\n\n1. {book}{remark}\n2. PMID 99999999. [Not verified.]\n", "list.md")
    done = evidence("export", "--compare", "list.md")
    assert done.returncode == 0, done.stdout + done.stderr


def test_nobody_is_sent_to_a_check_that_has_just_given_its_answer(evidence, server):
    evidence.write(
        LIBRARY
        + f"- {{id: dead-page, type: webpage, title: P, URL: '{server.pages_url}/404/x', accessed: 2026-11-01}}\n"
        + f"- {{id: closed, type: webpage, title: P, URL: '{server.pages_url}/403/x', accessed: 2026-11-01}}\n"
    )
    evidence("check")
    fixed = evidence("fix")
    assert "run `evidence check`" not in fixed.stdout + fixed.stderr
    exported = evidence("export").stderr
    assert "no record known, printed from the entry: a-book, missing, dead-page, closed" in exported
    assert "(run `evidence check`)" not in exported
