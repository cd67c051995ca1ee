from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from evidence.model.report import Exit, Mode
from evidence.reports.document import report_document
from evidence.reports.markdown import MARKER, code, inline, render_markdown
from factories import clean_report, sample_report

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
LINKED_BY_HOSTS = re.compile(r"(?i)@\w|[#!$%&~]\d|://|www\.|:\w+:|GH-\d|\b(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{7,40}\b")

HOSTILE = [
    "@octocat and @org/team",
    "see #12, org/repo#3, !45, %6, $7, &8, ~bug and GH-9",
    "<script>alert(1)</script> <img src=x onerror=alert(1)>",
    "[click](https://evil.example) ![x](https://evil.example/pixel.png)",
    "https://evil.example www.evil.example mailto:a@b.example",
    "`` ` ``` code ```` fences `",
    "</details></summary> <!-- no more",
    "a | b | c\n--- | --- | ---\n# heading\n- list\n1. list\n> quote\n=====",
    "**bold** __bold__ ~~gone~~ *x* _y_ \\*z",
    "&lt;script&gt; &#64;octocat &commat;octocat",
    ":smile: :+1: :ship:",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b and 3f78685",
    "\x1b[31m\u202eevil\u200b",
    "$x^2$ and $$y$$ {{template}} {% liquid %}",
    "*",
    "",
    " ` ",
]


class Text(HTMLParser):
    """The text of a page outside code, and its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self._in_code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.add(tag)
        self._in_code += tag == "code"
        self.text += "\n" * (tag == "br")

    def handle_endtag(self, tag: str) -> None:
        self._in_code -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.text += data if not self._in_code else " "


def read(markdown: str) -> Text:
    page = Text()
    page.feed(READER.render(markdown))
    page.close()
    return page


def harmless(text: str) -> None:
    page = read(f"- **x** {inline(text)}<br>{inline(text)} ({code(text)})")
    assert page.tags <= {"ul", "li", "strong", "code", "br"}
    assert not LINKED_BY_HOSTS.search(page.text), page.text


@pytest.mark.parametrize("text", HOSTILE)
def test_strangers_text_is_shown_as_what_it_is(text: str) -> None:
    harmless(text)


@given(st.text(alphabet=st.sampled_from("aB1@#!`<>[]()*_~|\\&;:/.-+=$%^{}\"' \n\u202eé"), max_size=40))
def test_no_text_gets_out_of_its_place(text: str) -> None:
    harmless(text)


@pytest.mark.parametrize(
    "text",
    [
        "Low-dose naltrexone for the treatment of fibromyalgia: findings of a small, randomized trial.",
        'title is incomplete: the record continues "assessing daily pain levels"',
        "accessed 2025-08 is 449 to 479 days old, limit 365 (29% of them); see J Examples. 2021",
        "Crohn's disease (PMID 34000002), n = 12, p = 0.05, versus placebo/vehicle?",
        "\N{LEFT DOUBLE QUOTATION MARK}Na\u00efve\N{RIGHT DOUBLE QUOTATION MARK} \N{EM DASH} the patient's",
    ],
)
def test_ordinary_prose_stays_prose(text: str) -> None:
    assert inline(text) == text


def test_the_verdict_comes_first_and_the_marker_last() -> None:
    lines = render_markdown(report_document(sample_report())).splitlines()
    assert lines[0] == (
        "## Evidence: failed, 2 errors and 4 warnings in 8 references; 6 checked, 1 not checked, 1 cannot be checked"
    )
    assert lines[-1] == MARKER


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (clean_report(), "passed, no error or warning in 1 reference"),
        (
            replace(sample_report(), exit=Exit.INCOMPLETE, findings=()),
            "incomplete, no error or warning in 8 references; ",
        ),
        (replace(sample_report(), exit=Exit.CLEAN), "incomplete (allowed), 2 errors"),
        (
            replace(clean_report(), references=()),
            "incomplete (allowed), no error or warning in 0 references; nothing",
        ),
    ],
)
def test_the_verdict_says_what_the_exit_status_says(report: Any, verdict: str) -> None:
    assert f"Evidence: {verdict}" in render_markdown(report_document(report)).splitlines()[0]


def test_infos_of_one_rule_are_folded_into_one_item() -> None:
    text = render_markdown(report_document(sample_report()))
    assert "<summary>4 infos</summary>" in text
    assert "- **ACC004** imprecise-accessed-date, 2 times: `charity`, `label`\n" in text


def test_details_are_closed_and_hold_markdown() -> None:
    html = READER.render(render_markdown(report_document(sample_report())))
    assert html.count("<details>") == html.count("</details>") == 3
    assert "<li><strong>MET001</strong>" in html


def test_retracted_references_are_not_hidden() -> None:
    assert "**Retracted:** `retracted-2020`" in render_markdown(report_document(sample_report())).split("<details>")[0]


def test_runs_against_the_demo_server_say_so_and_the_limits_are_reported() -> None:
    text = render_markdown(report_document(clean_report(Mode.STAND_IN)))
    assert "says nothing about the real references" in text
    assert "The absence of findings is not proof of validity" in text


def test_news_since_the_last_run_come_before_the_findings() -> None:
    output = report_document(sample_report())
    new, old = output["findings"][3], output["findings"][4]
    output["changes"] = {
        "since": {"run": "r", "as_of": "2026-11-16", "finished": "2026-11-16T08:00:00Z"},
        "new": [new["fingerprint"]],
        "persisting": [old["fingerprint"]],
        "resolved": [{**old, "message": "gone @octocat"}],
        "ignored": [],
        "news": [
            {
                "kind": "retracted",
                "reference": "retracted-2020",
                "path": "references.yaml",
                "message": "retracted since",
                "severity": "error",
            }
        ],
    }
    text = render_markdown(output)
    assert text.index("**New since 2026-11-16**") < text.index("**2 errors**")
    assert "- retracted: `retracted-2020` retracted since" in text
    assert text.count("**new**") == 1
    assert "<summary>1 finding resolved</summary>" in text
    assert "gone `@octocat`" in text


def test_a_thousand_findings_stay_below_what_github_takes_and_the_rest_is_counted() -> None:
    report = sample_report()
    long = replace(report.findings[3], message="\N{GREEK SMALL LETTER ALPHA} " * 3000, reference="`" * 5000)
    text = render_markdown(report_document(replace(report, findings=(long,) * 1000, ignored=report.ignored * 1000)))
    assert len(text.encode()) < 65_536
    left = re.search(r"- and (\d+) more \(see the full report", text)
    assert left is not None
    assert text.count("**RET001**") + int(left[1]) == 1000
    assert text.rstrip().endswith(MARKER)
