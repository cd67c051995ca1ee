"""Claims in every report: their sentences with the places in both files, and quotes counted apart from references."""

from __future__ import annotations

import json
import shutil
from xml.etree import ElementTree as ET

import pytest

from evidence.reports.document import render_json
from processes import PROJECT, Command

EXAMPLE = PROJECT / "examples" / "naltrexone"
SENTENCE = "Low-dose naltrexone has been proposed for the prevention of disease and for a better quality of life"
WRITTEN = "claims.yaml:88:5"


@pytest.fixture
def example(evidence: Command) -> Command:
    """The example, one of whose quotes its abstract does not have, and one of whose claims is not kept in its text."""
    for file in EXAMPLE.iterdir():
        shutil.copy(file, evidence.folder)
    claims = evidence.folder / "claims.yaml"
    quote = "pain fell by 28.8% with naltrexone and by 18.0% with placebo"
    text = claims.read_text()
    assert quote in text
    claims.write_text(text.replace(quote, quote.replace("28.8%", "38.8%")))
    return evidence


def shown(example: Command, form: str) -> str:
    done = example.check("--format", form)
    assert done.stderr == ""
    assert done.returncode == 1
    return done.stdout


def test_the_document_has_each_claim_with_its_quotes_and_both_places(example):
    _, report = example.report()
    claims = {claim["id"]: claim for claim in report["claims"]}
    pain = claims["fm-pain"]
    assert (pain["path"], pain["line"], pain["printed"]["path"], pain["kind"]) == (
        "claims.yaml",
        38,
        "ldn.md",
        "efficacy",
    )
    [evidence] = pain["evidence"]
    assert (evidence["anchor"]["state"], evidence["anchor"]["section"]) == ("lost", "abstract")
    assert "28.8" in evidence["anchor"]["nearest"]
    assert evidence["level"]["value"] == "GRADE low"
    assert evidence["suggested"]["class"]
    summary = report["summary"]
    states = [item["anchor"]["state"] for claim in report["claims"] for item in claim["evidence"] if item["anchor"]]
    assert summary["anchors"] == {state: states.count(state) for state in summary["anchors"]}
    assert summary["anchors"]["lost"] == 1
    assert summary["claims"] == len(claims) == 25
    assert summary["references"] == 5
    assert json.loads(render_json(report)) == report


def test_a_file_without_claims_has_neither_claims_nor_anchors(evidence):
    evidence.write("references:\n- {id: a, PMID: '17222320'}\n")
    _, report = evidence.report()
    assert "claims" not in report
    assert not {"claims", "anchors"} & report["summary"].keys()


def test_text_has_the_sentence_its_places_and_the_sum_of_quotes(example):
    text = shown(example, "text")
    _, _, rest = text.partition("claim:prevention")
    assert WRITTEN in rest.splitlines()[0]
    assert "ldn.md:19:1" in rest.splitlines()[1]
    assert SENTENCE[:60] in rest.splitlines()[2]
    assert "EVD002" in rest.splitlines()[3]
    [sums] = [line for line in text.splitlines() if line.startswith("25 claims, ")]
    assert "1 not found" in sums
    assert "cannot be checked" in sums
    full = example.check("-v").stdout
    assert "not a GRADE assessment" in full
    assert 'supports; not found in abstract: "pain fell by 38.8%' in " ".join(full.split())


def test_markdown_has_the_sentence_and_its_places(example):
    [item] = [line for line in shown(example, "markdown").splitlines() if "EVD002" in line]
    assert SENTENCE in item.replace("`", "")
    assert WRITTEN in item
    assert "ldn.md:19" in item


def test_sarif_points_at_the_sentence_and_at_the_claim(example):
    results = json.loads(shown(example, "sarif"))["runs"][0]["results"]
    [result] = [one for one in results if one["ruleId"] == "evidence/EVD002"]
    [place] = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "ldn.md"
    assert place["logicalLocations"][0]["name"] == "claim:prevention"
    claim, sentence = result["relatedLocations"]
    assert claim["physicalLocation"]["artifactLocation"]["uri"] == "claims.yaml"
    assert claim["physicalLocation"]["region"] == {"startLine": 88, "startColumn": 5}
    assert sentence["physicalLocation"]["region"] == {"startLine": 19, "startColumn": 1}
    assert SENTENCE in sentence["message"]["text"]


def test_annotations_of_code_hosts_have_the_sentence(example):
    [annotation] = [line for line in shown(example, "github").splitlines() if "EVD002" in line]
    assert annotation.startswith("::warning file=ldn.md,line=19,col=1,")
    assert SENTENCE in annotation
    [issue] = [one for one in json.loads(shown(example, "gitlab")) if one["check_name"] == "evidence/EVD002"]
    assert SENTENCE in issue["description"]
    assert WRITTEN in issue["description"]


def test_junit_skips_the_quotes_that_nobody_can_look_for_and_fails_the_lost_one(example):
    suite = ET.fromstring(shown(example, "junit"))  # noqa: S314 - ours
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert cases["claim:ldn: quotes"].find("skipped") is None
    skipped = cases["claim:multiple-sclerosis: quotes"].find("skipped")
    assert skipped is not None
    assert skipped.get("message").startswith("cannot be checked")
    failed = next(case for name, case in cases.items() if name.startswith("claim:fm-pain: CLM"))
    assert failed.find("failure").get("type") == "CLM004"
    assert not any(name.startswith(("younger-2013: CLM", "younger-2013: EVD")) for name in cases)


def test_junit_counts_the_quotes_of_a_file_as_the_summary_does(example):
    _, report = example.report()
    suite = ET.fromstring(shown(example, "junit"))  # noqa: S314 - ours
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    anchors = report["summary"]["anchors"]
    assert {state: int(properties[f"quotes-{state.replace('_', '-')}"]) for state in anchors} == anchors
    assert sum(anchors.values()) == 25
    assert properties["claims"] == "25"


def test_junit_passes_no_rule_of_a_claim_whose_source_did_not_answer(example, server):
    server.faults.add("eutils", "503")
    suite = ET.fromstring(example.check("--format", "junit").stdout)  # noqa: S314 - ours
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    for family in ("CLM claims", "EVD evidence class"):
        skipped = cases[f"claim:crohn-remission: {family}"].find("skipped")
        assert skipped is not None, family
        assert skipped.get("message").startswith("not evaluated, smith-2007, pubmed: ")
        assert cases[f"claim:licensed-dose: {family}"].find("skipped") is None  # rests on a label alone
