"""Escape sequences, writing directions and line breaks in references and in answers never reach the terminal raw."""

from dataclasses import replace
from datetime import date

import pytest

from evidence.demo.http import ServerReply
from evidence.demo.world import LabelFacts, PageFacts, synthetic_world
from evidence.model.records import SplVersion
from invariants import CITED_LABEL, unsafe

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\u2066\u200b\x08\x7f\u2028end\xad"
IN_YAML = r"\e]0;owned\a\e[2J\u009b31m\u202egnp.exe\u2066\u200b\b\x7f\u2028end\xad\r\nNext: line"


def references(pages):
    return rf"""
references:
- id: "one {IN_YAML}"
  type: article-journal
  title: "A title {IN_YAML}"
  author: [{{family: "Family {IN_YAML}", given: "G {IN_YAML}"}}]
  container-title: "Journal {IN_YAML}"
  issued: "2013 {IN_YAML}"
  PMID: "10000001"
  cited-as: "Printed {IN_YAML} as this. 2013;65(2):529-538."
  owner: "someone {IN_YAML}"
  "field {IN_YAML}": "x"
  ignore: {{"MET001 {IN_YAML}": "because {IN_YAML}"}}
- {{id: two, PMID: "1{IN_YAML}"}}
- {{id: three, DOI: "10.5555/x{IN_YAML}", URL: "https://example.org/{IN_YAML}"}}
- {{id: label, setid: {CITED_LABEL}, accessed: "2026-10-01"}}
- {{id: page, URL: "{pages}/page", accessed: "2026-10-01"}}
- {{id: moved, URL: "{pages}/moved", accessed: "2026-10-01"}}
- {{id: hostile-reason, URL: "{pages}/gone", accessed: "2026-10-01"}}
"""


@pytest.fixture
def hostile(evidence, server):
    world = synthetic_world(2)
    article = next(iter(world.articles.values()))
    body = f"<html><head><title>Page {HOSTILE}</title></head><body>{'text ' * 200}</body></html>"
    server.world = (
        world.with_article(_with_title(article))
        .with_label(LabelFacts(CITED_LABEL, f"TABLET {HOSTILE} [LABS {HOSTILE}]", (SplVersion(1, date(2023, 5, 4)),)))
        .with_page("/page", PageFacts(body=body))
        .with_page("/moved", PageFacts(status=301, location="/page?\x1b[2J\u00ad"))
        .with_page("/page?%1B[2J%C2%AD", PageFacts(body=body))
    )
    evidence.env["EVIDENCE_ALLOW_PRIVATE"] = "1"
    evidence.write(references(server.pages_url))
    return evidence


def _with_title(article):
    return replace(article, title="A title &#x202e;gnp.exe&#x2066;&#x9b;31m&#x200b;&#xad;&#x2028; of its record")


@pytest.mark.parametrize("colour", ["", pytest.param("1", marks=pytest.mark.acceptance)])
def test_hostile_references_and_answers_are_shown_as_what_they_are(hostile, colour):
    env = {"FORCE_COLOR": colour, "EVIDENCE_ACTOR": f"actor{HOSTILE}"}
    runs = [
        hostile.check("-v", **env),
        hostile.check("--format", "json", "--ignore", "REF", **env),
        *(hostile(*words, **env) for words in (("show", "label"), ("report",), ("cache", "export")) if colour),
    ]
    assert [run.returncode for run in runs[:2]] == [1, 1]
    assert "owned" in runs[0].stdout
    assert [unsafe(run.stdout) + unsafe(run.stderr) for run in runs] == [[]] * len(runs)


@pytest.mark.acceptance
def test_errors_that_quote_hostile_input_are_safe_too(hostile):
    hostile.write(f"references: [\n{HOSTILE}", "a\x1b[2J\u202e.yaml")
    hostile.write('references:\n- "\\e[2J\\u202e"\n', "b.yaml")
    runs = [
        hostile.check("a\x1b[2J\u202e.yaml"),
        hostile.check("b.yaml"),
        hostile.check("no\x1b[2J\u202esuch.yaml"),
        hostile.check("--select", "X\x1b[2J\u202e"),
        hostile.check("--store", "no\x1b[2J\u202e/such/store.db"),
        hostile("show", "nobody\x1b[2J\u202e"),
        hostile("rule", "X\x1b[2J\u202e"),
        hostile("nonsense\x1b[2J\u202e"),
        hostile.check("--as-of", "2026\x1b[2J\u202e"),
        hostile.check(EVIDENCE_EUTILS_URL="ftp://x\x1b[2J\u202e"),
        hostile.check("--ca-bundle", "no\x1b[2J\u202e.pem"),
        hostile.check("--output", "no\x1b[2J\u202e/x.txt"),
    ]
    assert [run.returncode for run in runs] == [2] * len(runs)
    assert [unsafe(run.stdout) + unsafe(run.stderr) for run in runs] == [[]] * len(runs)


def test_errors_of_services_that_hold_control_sequences_are_safe(hostile, server):
    reply = f"<eFetchResult><ERROR>{HOSTILE}\r\nsecond line</ERROR></eFetchResult>".encode()
    server.faults.script("eutils", lambda _: ServerReply(400, reply, f"text/xml;{HOSTILE.encode('ascii', 'ignore')}"))
    server.faults.script("dailymed", lambda _: ServerReply(200, HOSTILE.encode(), "application/json"))
    run = hostile.check("-v")
    assert run.returncode in (1, 3)
    assert "incomplete" in run.stdout
    assert unsafe(run.stdout) + unsafe(run.stderr) == []


def test_a_long_number_after_a_full_stop_does_not_keep_the_reader_of_monographs_busy(evidence):
    digits = "12" * 32
    evidence.write(
        f"Text.{digits}/x and more [1].\n\nReferences\n\n1. Smith J. A title. J Med. 2019;1(1):1-2.\n", "m.txt"
    )
    evidence.write("monograph: {file: m.txt}\nreferences:\n- {id: a, PMID: '17222320'}\n")
    assert evidence.check("--format", "json").returncode in {0, 1}


def test_a_word_of_many_quotation_marks_does_not_keep_the_markdown_report_busy(evidence):
    word = f"x{'(' * 40}a{chr(34) * 40}@"
    evidence.write(f"monograph: {{title: '{word} of naltrexone'}}\nreferences:\n- {{id: a, PMID: '17222320'}}\n")
    output = evidence.check("--format", "markdown").stdout
    assert f"`{word}`" in output
