"""The monograph that a library names, as a user has it checked: what is reported of it, where, and in which reports."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys

import pytest

from processes import PROJECT, make_pipe

SHARED = PROJECT / "../shared/monograph/naltrexone-ldn.txt"

LIBRARY = """\
monograph: {title: Naltrexone, file: text.md}
references:
- id: younger
  PMID: "23359310"
  cited-as: 'Younger J, Noor N, McCue R, Mackey S. “Low-dose naltrexone for the treatment of fibromyalgia: findings
    of a small, randomized, double-blind, placebo-controlled, counterbalanced, crossover trial assessing daily pain
    levels.” Arthritis Rheum. 2013;65(2):529-538.'
- id: smith
  PMID: "17222320"
"""
TEXT = """\
# Naltrexone

Low-dose naltrexone reduces pain in fibromyalgia [1], as was seen in a small trial [3].

# References

1. Younger J, Noor N, McCue R, Mackey S. “Low-dose naltrexone for the treatment of fibromyalgia: findings of a small, \
randomized, double-blind, placebo-controlled, counterbalanced, crossover trial assessing daily pain levels.” \
Arthritis Rheum. 2013;65(2):529-538. PMID: 23359310
2. Smith JP, Stock H, et al. Low-dose naltrexone therapy improves active Crohn's disease. Am J Gastroenterol. \
2007;102(4):820-828. PMID: 17222320
"""


def spot(line, part):
    """Where a part of the text is."""
    return line, TEXT.splitlines()[line - 1].index(part) + 1


THREE = spot(3, "3].")


@pytest.fixture
def monograph(evidence):
    evidence.write(LIBRARY)
    evidence.write(TEXT, "text.md")
    return evidence


def found_in_monograph(report):
    """Code, reference and place in the monograph of what was found of the printed form and of citations."""
    return [
        (one["code"], one["reference"], one["printed"] and (one["printed"]["line"], one["printed"]["column"]))
        for one in report["findings"]
        if one["code"][:3] in {"CIT", "STY"}
    ]


@pytest.mark.parametrize("options", [(), ("--offline",), ("--locked",)])
def test_the_text_is_judged_online_offline_and_by_the_lock(monograph, options):
    if options:
        monograph.check("--update-lock")
    status, report = monograph.report(*options)
    assert status == 1
    assert sorted(found_in_monograph(report), key=str) == [
        ("CIT001", None, THREE),
        ("CIT002", "smith", spot(8, "Smith JP")),
        ("STY003", "younger", None),
        ("STY004", "smith", spot(8, "et al.")),
    ]
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    assert report["run"]["inputs"][1] == {"path": "text.md", "sha256": digest, "role": "monograph"}


def test_a_slip_in_both_is_reported_at_cited_as_with_its_place_in_the_text(monograph):
    _, report = monograph.report("--select", "STY003")
    [finding] = report["findings"]
    assert (finding["line"], finding["column"]) == (5, 52)
    assert "text.md:7:42" in finding["message"]


def test_what_the_entry_ignores_of_its_citation_is_ignored_and_used(monograph):
    monograph.write(LIBRARY + "  ignore: {CIT002: kept for the next edition, STY004: as printed}\n")
    _, report = monograph.report("--select", "CIT002,STY004,REF006")
    assert report["findings"] == []
    assert sorted(one["code"] for one in report["ignored"]) == ["CIT002", "STY004"]
    monograph.write(LIBRARY.replace("file: text.md", "x-file: none") + "  ignore: {CIT002: kept}\n")
    _, report = monograph.report("--select", "CIT002,REF006")
    assert report["findings"] == []  # without a monograph nobody knows whether the reason is still good


def test_severities_of_the_policy_hold_for_the_text_too(monograph):
    monograph.write(LIBRARY + "policy: {severity: {CIT001: warning}}\n")
    status, report = monograph.report("--select", "CIT001")
    assert (status, report["findings"][0]["severity"]) == (0, "warning")


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("gone.txt", "cannot be read: No such file"),
        ("picture.png", "as a monograph; supported"),
        ("folder.txt", "this is a directory"),
        ("pipe.txt", "not a regular file"),
        ("latin.txt", "not UTF-8"),
    ],
)
def test_a_monograph_that_cannot_be_read_is_reported_at_its_line_and_the_run_goes_on(monograph, name, part):
    folder = monograph.folder
    (folder / "folder.txt").mkdir()
    make_pipe(folder / "pipe.txt")
    (folder / "latin.txt").write_bytes(b"caf\xe9")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    monograph.write(LIBRARY.replace("text.md", name))
    status, report = monograph.report()
    [finding] = [one for one in report["findings"] if one["code"] == "REF005"]
    assert (status, finding["line"], finding["column"]) == (1, 1, 38)
    assert part in finding["message"]
    assert [reference["state"] for reference in report["references"]] == ["found", "found"]
    assert len(report["run"]["inputs"]) == 1


def test_a_monograph_may_lie_elsewhere(monograph):
    aside = monograph.folder / "texts"
    aside.mkdir()
    shutil.move(monograph.folder / "text.md", aside / "text.md")
    (monograph.folder / "refs").mkdir()
    monograph.write(LIBRARY.replace("text.md", "../texts/text.md"), "refs/references.yaml")
    (monograph.folder / "references.yaml").unlink()
    _, report = monograph.report("refs")
    assert ("CIT001", None, THREE) in found_in_monograph(report)


def test_annotations_point_at_the_text(monograph):
    monograph.check()
    sarif = json.loads(monograph.check("--offline", "--format", "sarif").stdout)["runs"][0]
    spots = {
        result["ruleId"]: result["locations"][0]["physicalLocation"]
        for result in sarif["results"]
        if "CIT" in result["ruleId"]
    }
    assert spots["evidence/CIT001"]["artifactLocation"] == {"uri": "text.md", "uriBaseId": "%SRCROOT%", "index": 1}
    assert spots["evidence/CIT001"]["region"] == {"startLine": 3, "startColumn": THREE[1]}
    assert sarif["artifacts"][1]["mimeType"] == "text/markdown"
    github = monograph.check("--offline", "--format", "github").stdout
    assert f"::error file=text.md,line=3,col={THREE[1]},title=CIT001 undefined-citation::" in github
    gitlab = json.loads(monograph.check("--offline", "--format", "gitlab").stdout)
    assert {"path": "text.md", "lines": {"begin": 8}} in [issue["location"] for issue in gitlab]


def test_in_a_document_without_lines_no_line_is_annotated(monograph):
    words = "<p>Low-dose naltrexone reduces pain in fibromyalgia [1], and so did another trial in adults [3].</p>"
    listed = "".join(f"<li>{line.split(' ', 1)[1]}</li>" for line in TEXT.splitlines()[-2:])
    monograph.write(f"<html>\n\n<body>{words}<h2>References</h2><ol>{listed}</ol></body></html>", "text.html")
    monograph.write(LIBRARY.replace("text.md", "text.html"))
    monograph.check()
    github = monograph.check("--offline", "--format", "github").stdout
    assert "::error file=references.yaml,line=1,col=38,title=CIT001 undefined-citation::3 is cited" in github
    assert "(text.html, paragraph 1)" in github
    assert "file=text.html" not in github
    sarif = json.loads(monograph.check("--offline", "--format", "sarif").stdout)["runs"][0]
    uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in sarif["results"]}
    assert uris == {"references.yaml"}
    gitlab = json.loads(monograph.check("--offline", "--format", "gitlab").stdout)
    assert {issue["location"]["path"] for issue in gitlab} == {"references.yaml"}
    assert "CIT001 undefined-citation \N{MIDDLE DOT} text.html, paragraph 1" in monograph.check("--offline").stdout


def test_a_run_that_could_not_read_the_monograph_resolves_nothing_of_it(monograph):
    monograph.check()
    monograph.folder.joinpath("text.md").rename(monograph.folder / "away.md")
    _, report = monograph.report("--offline")
    changes = report["changes"]
    assert "CIT001" in [one["code"] for one in changes["unjudged"]]
    assert not [one for one in changes["resolved"] if one["code"].startswith("CIT")]


@pytest.mark.parametrize("form", ["text", "markdown", "html", "junit"])
def test_reports_for_people_name_the_place_in_the_text(monograph, form):
    monograph.check()
    output = monograph.check("--offline", "-v", "--format", form).stdout
    assert "text.md:3" in output
    assert "younger" in output
    assert "references.yaml:younger" not in output  # the text is no second library


def test_show_prints_what_concerns_the_reference_and_nothing_of_the_others(monograph):
    monograph.check()
    output = monograph("show", "smith").stdout
    assert "CIT002" in output
    assert "CIT001" not in output
    assert "STY003" in monograph("show", "younger").stdout
    assert "CIT002" not in monograph("show", "younger").stdout
    assert f"text.md:8:{spot(8, 'et al.')[1]}" in output


def test_a_report_may_not_overwrite_the_text(monograph):
    done = monograph.check("--format", "text=text.md")
    assert done.returncode == 2
    assert (monograph.folder / "text.md").read_text() == TEXT


def test_naming_a_monograph_does_not_cut_the_past_off(monograph):
    monograph.write(LIBRARY.replace("file: text.md", "x-file: text.md"))
    monograph.check()
    monograph.write(LIBRARY)
    _, report = monograph.report()
    assert report["changes"] is not None
    assert {one["code"] for one in report["findings"] if one["new"]} == {"CIT001", "CIT002", "STY004"}


def test_what_was_found_in_a_text_that_cannot_be_read_now_is_not_resolved(monograph):
    monograph.check()
    monograph.write("", "text.md")
    (monograph.folder / "text.md").rename(monograph.folder / "moved.md")
    _, report = monograph.report()
    assert {one["code"] for one in report["changes"]["unjudged"]} == {"CIT001", "CIT002", "STY004"}
    assert report["changes"]["resolved"] == []


def test_the_style_of_the_configuration_is_what_fix_goes_by(monograph):
    monograph.check()
    monograph.write('[policy]\nstyle = "chicago"\n', "evidence.toml")
    assert "STY003" not in monograph("fix").stderr


def test_the_form_of_cited_as_is_fixed_at_a_persons_word_only(monograph):
    monograph.check()
    assert "STY003 1" in monograph("fix").stderr
    assert "+  cited-as" not in monograph("fix").stdout
    output = monograph("fix", "--select", "STY", "--accept", "STY003")
    assert output.returncode == 1
    before = (monograph.folder / "references.yaml").read_text()
    assert monograph("fix", "--select", "STY", "--accept", "quotation-marks", "--write").returncode == 0
    after = (monograph.folder / "references.yaml").read_text()
    assert after == before.replace("S. “Low", "S. Low").replace("levels.” Arth", "levels. Arth")


def test_a_run_without_a_monograph_loads_no_reader_of_documents(evidence):
    evidence.write("references:\n- {id: younger, PMID: '23359310'}\n")
    evidence.check("--update-lock")
    script = """
import sys
from evidence.cli.main import cli
readers = ("evidence.documents.reader", "evidence.documents.citations", "docx", "pypdfium2", "lxml")
try:
    cli.main(["check", "--locked", "--as-of", "2026-11-23", "-q"], standalone_mode=False)
finally:
    print([name for name in sys.modules if name.startswith(readers)])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=evidence.folder,
        env=evidence.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip().endswith("[]"), done.stderr


@pytest.mark.skipif(not SHARED.exists(), reason="needs the first monograph in ../shared")
def test_the_first_monograph_has_exactly_its_known_slips_of_style(evidence):
    shutil.copy(SHARED, evidence.folder / "naltrexone-ldn.txt")
    named = PROJECT.joinpath("references.yaml").read_text()
    named = named.replace("  title: Naltrexone (LDN)\n", "  title: Naltrexone (LDN)\n  file: naltrexone-ldn.txt\n", 1)
    library = evidence.write(named)
    lines = named.splitlines()
    done = evidence("demo", "--as-of", evidence.today, "--format", "json", "--select", "STY,CIT", library)
    findings = json.loads(done.stdout)["findings"]
    at = [
        (one["code"], one["reference"], lines[one["line"] - 1][one["column"] - 1 :][:10])
        for one in findings
        if one["code"] != "CIT004"
    ]
    assert sorted(at) == [
        ("STY001", "brown-2009", "\u2013337. http"),
        ("STY001", "smith-2007", "\u2013828. http"),
        ("STY002", "brown-2009", "\u201cLow-dose "),
        ("STY002", "smith-2007", "\u201cLow-dose "),
        ("STY003", "brown-2009", "\u201cLow-dose "),
        ("STY003", "smith-2007", "\u201cLow-dose "),
        ("STY003", "younger-2013", "\u201cLow-dose "),
        ("STY004", "smith-2007", "et al.\u201cLow"),
        ("STY005", "dailymed-naltrexone", "accessed A"),
        ("STY005", "ldn-research-trust", "accessed A"),
    ]
    text = SHARED.read_text().splitlines()
    for one in findings:
        if one["code"] != "CIT004":
            line, column = map(int, one["message"].rpartition("naltrexone-ldn.txt:")[2].rstrip(")").split(":"))
            output = lines[one["line"] - 1][one["column"] - 1 :][:12]
            assert text[line - 1][column - 1 :].startswith(output)
    [coverage] = [one for one in findings if one["code"] == "CIT004"]
    assert "0 of 18 paragraphs cite a reference" in coverage["message"]
    assert "Product Overview 0 of 13" in coverage["message"]


COVERAGE = """\
# Examplol

## Uses

Examplol may be considered as an adjunct in chronic pain syndromes such as fibromyalgia [1].

Examplol may be considered in inflammatory disorders such as Crohn's disease of adults [2].

Examplol improves sleep, fatigue and mood in every patient who takes it for a month.

Examplol has no side effects and is clinically proven to be safe in pregnancy and in children.

## Storage

Store at 20 \u00b0C to 25 \u00b0C in a tight, light-resistant container, protected from moisture and heat.

## References

1. Younger J, Noor N, McCue R, Mackey S. Low-dose naltrexone for the treatment of fibromyalgia. Arthritis Rheum. \
2013;65(2):529-538. PMID: 23359310
2. Smith JP, Stock H, Bingaman S, Mauger D, Rogosnitzky M, Zagon IS. Low-dose naltrexone therapy improves active \
Crohn's disease. Am J Gastroenterol. 2007;102(4):820-828. PMID: 17222320
3. Brown N, Panksepp J. Low-dose naltrexone for disease prevention and quality of life. Med Hypotheses. \
2009;72(3):333-337. PMID: 19041189
4. Naltrexone hydrochloride tablets. DailyMed. Accessed November 1, 2026. \
https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=06ff2d5a-e62b-4fa4-bbdb-01938535bc65
"""


def test_two_citations_are_no_coverage_and_the_references_that_nothing_cites_are_named(evidence):
    evidence.write(COVERAGE, "examplol.md")
    evidence("import", "examplol.md", "--write", "--no-match")
    text = (evidence.folder / "references.yaml").read_text("utf-8")
    status, report = evidence.report("--select", "CIT")
    uncited = [one["reference"] for one in report["findings"] if one["code"] == "CIT002"]
    [thin] = [one for one in report["findings"] if one["code"] == "CIT006"]
    assert (status, len(uncited), len(report["findings"])) == (0, 2, 3)
    assert (thin["severity"], thin["message"]) == (
        "info",
        "paragraphs with a citation: 2 of 5 (Uses 2 of 4, Storage 0 of 1)",
    )
    assert thin["printed"]["line"] == 9
    assert evidence.check("--select", "CIT", "--fail-on", "info").returncode == 1
    evidence.write(f"policy: {{coverage: 80 %}}\n{text}")
    status, report = evidence.report("--select", "CIT006", "--fail-on", "warning")
    assert (status, [one["severity"] for one in report["findings"]]) == (1, ["warning"])
    assert report["run"]["policies"]["references.yaml"]["coverage"] == 80
    assert "coverage 80 %" in evidence.check("--select", "CIT006").stdout
    evidence.write(text)
    evidence.write("[policy]\ncoverage = '40 %'\n", "evidence.toml")
    assert evidence.report("--select", "CIT006")[1]["findings"] == []
