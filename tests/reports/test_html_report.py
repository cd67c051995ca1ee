from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree as ET

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.app.registry import RULES, SOURCE_TITLES
from evidence.model.report import Exit, Mode
from evidence.reports.document import render_json, report_document
from evidence.reports.html import anchors, render_html
from evidence.reports.html_charts import accessed_ages, run_bars
from factories import PATH, clean_report, full_document, large_document, sample_report

HOSTILE = [
    "<script>alert(1)</script>",
    '"onmouseover="alert(1)',
    "'><img src=x onerror=alert(1)>",
    "</script><style>*{}</style>",
    "</pre></textarea><!--",
    "{{ 7 * 7 }}{% raw %}",
    "<b><i>crossed</b></i><sup>",
    "\x1b]0;owned\x07\u202egnp.exe\u202c\u2066\ufeff\x00\ud800",
    "&lt;b&gt;&#60;b&#62;",
]
ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//evil.example/",
    "https://user:secret@evil.example/",
    "https://good.example\\@evil.example/",
    "https://a b.example/",
    "https://\u202eelpmaxe.evil/",
    "http://[::1",
    "file:///etc/passwd",
]
FIXED = frozenset(  # what the tool itself writes from closed lists, or as days and times
    [
        "version",
        "severity",
        "state",
        "as_of",
        "mode",
        "started",
        "finished",
        "sha256",
        "at",
        "on",
        "verified",
        "from",
        "code",
        "fail-on",
        "policies",
        "published",
        "accessed",
    ]
)
FORMS = {
    "sample": report_document(sample_report()),
    "clean": report_document(clean_report()),
    "everything": full_document(),
    "hundreds": large_document(40, files=3, runs=3),
    "stand-in": report_document(sample_report(Mode.STAND_IN)),
}


@lru_cache(32)
def parsed(page: str) -> ET.Element:
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def rendered(output: dict[str, Any]) -> str:
    return render_html(output, RULES, SOURCE_TITLES)


def words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def body(output: dict[str, Any]) -> str:
    root = parsed(rendered(output))
    page = root.find("body")
    assert page is not None
    return words(page)


def hrefs(page: str) -> list[str]:
    return [element.get("href", "") for element in parsed(page).iter() if element.get("href")]


def everywhere(value: Any, text: str) -> Any:
    """The document with every text that may come from outside replaced."""
    if isinstance(value, dict):
        return {key: item if key in FIXED else everywhere(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [everywhere(item, text) for item in value]
    return text if isinstance(value, str) else value


@pytest.mark.parametrize("name", FORMS)
def test_the_page_is_valid_html(name: str) -> None:
    parsed(rendered(FORMS[name]))


@pytest.mark.parametrize("name", FORMS)
def test_the_same_document_gives_the_same_bytes(name: str) -> None:
    stored = json.loads(render_json(FORMS[name]))
    assert rendered(stored) == rendered(FORMS[name])


@pytest.mark.parametrize("name", FORMS)
def test_anchors_are_unique_and_every_inner_link_leads_somewhere(name: str) -> None:
    root = parsed(rendered(FORMS[name]))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    inner = {element.get("href", "")[1:] for element in root.iter("a") if element.get("href", "").startswith("#")}
    assert inner
    assert inner <= set(ids)


@pytest.mark.parametrize("name", FORMS)
def test_only_the_page_s_own_style_and_script_are_allowed(name: str) -> None:
    root = parsed(rendered(FORMS[name]))
    policy = next(m.get("content", "") for m in root.iter("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        texts = [element.text or "" for element in root.iter(tag)]
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        allowed = re.search(rf"{tag}-src ([^;]*)", policy)
        assert allowed is not None
        assert allowed[1].split() == [f"'sha256-{digest}'" for digest in digests]


@pytest.mark.parametrize("name", FORMS)
def test_the_page_asks_for_nothing_and_has_no_inline_style_or_handler(name: str) -> None:
    root = parsed(rendered(FORMS[name]))
    for element in root.iter():
        assert element.tag not in {"img", "link", "iframe", "object", "embed", "base", "image", "use", "video", "audio"}
        for attribute in element.attrib:
            assert not attribute.startswith("on")
            assert attribute not in {"style", "src", "srcset", "action", "formaction", "ping", "background"}
    style = next(root.iter("style")).text or ""
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_never_becomes_markup(text: str) -> None:
    tame, hostile = (rendered(everywhere(full_document(), each)) for each in ("harmless", text))
    counted = [[element.tag for element in parsed(page).iter()] for page in (tame, hostile)]
    allowed = {"b", "i", "sup", "sub"}
    assert [tag for tag in counted[1] if tag not in allowed] == [tag for tag in counted[0] if tag not in allowed]
    names = {attribute for element in parsed(hostile).iter() for attribute in element.attrib}
    assert names == {attribute for element in parsed(tame).iter() for attribute in element.attrib}


def test_what_does_not_show_is_spelled_out() -> None:
    page = rendered(everywhere(full_document(), HOSTILE[7]))
    assert all(char.isprintable() or char == "\n" for char in page)
    assert "\\x1b]0;owned\\x07\\u202egnp.exe\\u202c\\u2066\\ufeff\\x00\\ud800" in page
    page.encode("utf-8")


@settings(deadline=None, max_examples=10)
@given(st.text(max_size=30))
def test_no_text_breaks_the_page(text: str) -> None:
    page = render_html(everywhere(FORMS["clean"], text))
    parsed(page)
    assert all(char.isprintable() or char == "\n" for char in page)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_is_not_safe_to_follow_is_text(address: str) -> None:
    output = full_document()
    for reference in output["references"]:
        reference["identifiers"] = {"url": address, "doi": address, "pmid": address, "nct": address}
        reference["record"] = {"id": "url:x", "type": "webpage", "DOI": address, "custom": {"final-url": address}}
    assert all(href.startswith("#") for href in hrefs(rendered(output)))


def test_identifiers_lead_to_their_registries_and_pages() -> None:
    found = hrefs(rendered(full_document()))
    assert "https://pubmed.ncbi.nlm.nih.gov/23359310" in found
    assert "https://doi.org/10.5555/silent" in found
    assert "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=06ff2d5a-e62b-4fa4-bbdb-01938535bc65" in found
    assert "https://charity.example/" in found


def test_every_finding_unchecked_and_ignored_item_is_there_with_its_words() -> None:
    output = full_document()
    reported = body(output)
    for finding in (*output["findings"], *output["ignored"]):
        assert finding["code"] in reported
        assert " ".join(finding["message"].split()) in reported
        assert finding["suggestion"] is None or finding["suggestion"] in reported or finding in output["ignored"]
    for item in (*output["unchecked"], *output["ignored"]):
        assert item["reason"] in reported
    for item in (*output["changes"]["news"], *output["changes"]["resolved"], *output["due"]):
        assert item["message"] in reported


def test_a_document_without_the_later_keys_is_a_complete_report() -> None:
    output = report_document(sample_report())
    for reference in output["references"]:
        for key in ("title", "cited_as", "accessed", "owner", "role", "history"):
            reference.pop(key, None)
    output.pop("changes", None)
    output.pop("due", None)
    reported = body(output)
    assert all(finding["message"] in reported for finding in output["findings"])
    assert "No earlier run of the same files" in reported
    assert "within 30 days" not in reported


def test_the_header_says_who_checked_what_when_with_which_tool_and_policy() -> None:
    output = full_document()
    reported = body(output)
    for fact in (PATH, "2026-11-23 08:35 UTC", "reviewer", "evidence-tracker 0.1.0", output["run"]["id"]):
        assert fact in reported
    assert output["run"]["inputs"][0]["sha256"] in reported
    assert "label 365 days" in reported
    assert "article no limit" in reported


def test_a_retracted_article_is_never_shown_without_the_word() -> None:
    root = parsed(rendered(full_document()))
    row = next(row for row in root.iter("tr") if "retracted-2020" in words(row))
    assert "RETRACTED" in words(row)
    assert "1 cited article is retracted." in body(full_document())


def test_the_chart_of_runs_counts_the_references_of_each_run_as_that_run_did() -> None:
    output = full_document()
    output["earlier_runs"][0]["states"] = {"found": 500, "blocked": 7}  # what no reference's folded past tells
    bars = run_bars(output)
    assert [(bar.name, bar.total) for bar in bars] == [
        ("2026-11-02", 507), ("2026-11-09", 8), ("2026-11-16", 8), ("2026-11-23", len(output["references"])),
    ]  # fmt: skip
    assert (bars[0].of("found"), bars[0].of("blocked")) == (500, 7)
    assert bars[-1].of("found") == sum(one["state"] == "found" for one in output["references"])
    assert "References by state, run by run" in body(output)
    assert run_bars({**output, "earlier_runs": []}) == ()


def test_what_an_earlier_run_verified_is_not_called_never_verified() -> None:
    output = full_document()
    one = next(one for one in output["references"] if one["id"] == "younger-2013")
    one.update(verified=None, state="unavailable", record=None)
    one["lookups"][0].update(state="unavailable")
    row = next(row for row in parsed(rendered(output)).iter("tr") if "younger-2013" in words(row))
    assert "not in this run; last 2026-11-16" in words(row)
    assert "Verifiednot in this run; last 2026-11-16" in " ".join(body(output).split())
    one["history"] = [{**observed, "state": "blocked"} for observed in one["history"]]
    row = next(row for row in parsed(rendered(output)).iter("tr") if "younger-2013" in words(row))
    assert "never" in words(row)


def test_what_could_not_be_judged_again_is_reported_above_all_else_that_changed() -> None:
    output = full_document()
    known = next(finding for finding in output["findings"] if finding["code"] == "RET001")
    output["findings"].remove(known)
    output["changes"].update(unjudged=[known], replaced=[{**known, "code": "LNK002"}], news=[], new=[])
    page = " ".join(body(output).split())
    before_the_references = page[: page.index("References in ")]
    assert before_the_references.count(known["message"]) == 3  # to decide, unknown, replaced
    assert "1 earlier error could not be checked again and still applies." in page
    assert "1 unknown" in page
    assert "1 replaced" in page


def test_a_stand_in_run_cannot_be_taken_for_a_check() -> None:
    page = rendered(FORMS["stand-in"])
    assert "<title>DEMO SERVER: " in page
    assert "must not be filed as a check" in page
    assert '@bottom-left{content:"DEMO SERVER' in page
    assert "DEMO SERVER" not in rendered(FORMS["sample"])


@pytest.mark.parametrize(
    ("mode", "words_"),
    [(Mode.OFFLINE, "Based on stored results"), (Mode.LOCKED, "Based on the lock file alone")],
)
def test_a_run_that_asked_no_service_says_so(mode: Mode, words_: str) -> None:
    assert words_ in body(report_document(sample_report(mode)))


def test_the_verdict_names_the_problems_first_and_what_is_incomplete() -> None:
    reported = body(full_document())
    assert "2 problems need a decision" in reported
    assert "Also incomplete: 1 look-up failed (Crossref)." in reported
    assert "Exit status 1" in reported


def test_an_incomplete_run_is_no_pass() -> None:
    output = report_document(replace(sample_report(), findings=(), exit=Exit.INCOMPLETE))
    assert "Incomplete: no usable answer from Crossref" in body(output)


def test_an_incomplete_run_that_was_let_pass_says_so() -> None:
    output = report_document(replace(sample_report(), findings=(), exit=Exit.CLEAN))
    assert "Exit status 0: the run is incomplete" in body(output)


def test_nothing_checked_is_not_called_good() -> None:
    output = report_document(replace(clean_report(), references=(), exit=Exit.INCOMPLETE))
    assert "Nothing was checked: no references found" in body(output)
    assert "No problem found" not in body(output)


def test_a_clean_run_says_that_no_finding_is_no_proof() -> None:
    reported = body(FORMS["clean"])
    assert "No problem found in 1 reference" in reported
    assert "The absence of findings is not proof of validity" in reported


def test_a_policy_that_fails_on_warnings_makes_them_problems() -> None:
    output = json.loads(json.dumps(FORMS["sample"]))
    output["run"]["policies"][PATH]["fail-on"] = "warning"
    assert "6 problems need a decision" in body(output)


def test_findings_link_to_the_help_of_their_rule() -> None:
    page = rendered(full_document())
    assert "#rule-RET001" in hrefs(page)
    assert "The cited article has been retracted." in page
    assert 'id="rule-REF001"' not in page  # a rule of which the report does not speak


def test_without_rules_the_codes_are_plain_text() -> None:
    assert not any(href.startswith("#rule-") for href in hrefs(render_html(full_document())))


def test_news_are_in_their_order_before_the_references() -> None:
    reported = body(full_document())
    places = [reported.index(item["message"]) for item in full_document()["changes"]["news"]]
    assert places == sorted(places)
    assert places[-1] < reported.index("References in references.yaml")


def test_several_monographs_have_an_overview_and_a_section_each() -> None:
    output = FORMS["hundreds"]
    root = parsed(rendered(output))
    captions = [words(caption) for caption in root.iter("caption")]
    assert "The monographs of this report" in captions
    for item in output["run"]["inputs"]:
        assert any(caption.startswith(f"References in {item['path']}") for caption in captions)
    rows = sum(row.get("class") == "row" for row in root.iter("tr"))
    assert rows == len(output["references"])


def test_a_finding_of_the_file_is_with_its_file() -> None:
    root = parsed(rendered(FORMS["sample"]))
    section = next(s for s in root.iter("section") if s.get("class") == "monograph")
    assert "policy: life: metadata is not a number of days" in words(section)


def test_entries_of_one_id_each_have_their_own_findings() -> None:
    output = json.loads(json.dumps(FORMS["sample"]))
    twin = {**output["references"][0], "line": 500}
    output["references"].append(twin)
    output["findings"].append({**output["findings"][1], "line": 501, "message": "only of the twin"})
    root = parsed(rendered(output))
    bodies = [words(b) for b in root.iter("tbody") if (b.get("id") or "").startswith("ref-")]
    assert ["only of the twin" in reported for reported in bodies].count(True) == 1
    assert "only of the twin" in bodies[-1]


def test_tables_have_captions_and_headers_with_a_scope() -> None:
    root = parsed(rendered(full_document()))
    for table in root.iter("table"):
        assert table.find("caption") is not None
        assert all(header.get("scope") in {"col", "row"} for header in table.iter("th"))


def test_an_accessed_date_without_a_day_is_possibly_over_its_limit() -> None:
    output = full_document()
    output["run"]["as_of"] = "2026-08-15"
    chart = accessed_ages(output, anchors(output))
    assert chart is not None
    assert {row.name: row.status for row in chart.rows} == {"charity": "possibly", "label": "possibly"}


def test_many_accessed_dates_are_counted_by_age_and_none_is_lost() -> None:
    output = large_document(200)
    chart = accessed_ages(output, anchors(output))
    assert chart is not None
    dated = sum(reference["accessed"] is not None for reference in output["references"])
    assert sum(one.within + one.over for one in chart.bins) == dated == sum(chart.counts.values())
    assert all(one.over == 0 for one in chart.bins if one.last <= 365)
    assert all(one.within == 0 for one in chart.bins if one.first > 365)


def test_five_hundred_references_stay_a_lean_page() -> None:
    assert len(rendered(large_document(500)).encode()) < 2_000_000
