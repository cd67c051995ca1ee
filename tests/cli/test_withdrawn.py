"""Works that their title calls retracted, withdrawn or a notice, as a user meets them. All works are invented."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from bibliography.readback import engine
from evidence.demo.server import DemoServer
from evidence.demo.world import JOURNAL_ARTICLE, ArticleFacts, CrossrefUpdate
from evidence.model.records import Author, Journal, NoticeLink, PublicationType
from processes import AS_OF, Command, codes_in

TITLE = "Surgery for large strokes of the middle cerebral artery: a randomized trial."
STROKE = Journal("International journal of stroke", "Int J Stroke", "Int J Stroke", ("1747-4930",))
TRIAL = ArticleFacts(
    "44000801",
    f"WITHDRAWN: {TITLE}",
    (Author("Alder", "Eva", "E"), Author("Birch", "Hans", "H"), Author("Cedar", "Ada", "A")),
    journal=STROKE,
    pub_date="2021 Mar 23",
    volume="16",
    issue="2",
    pages="101-9",
    doi="10.5555/stroke",
)
CITED = "Alder E, Birch H, Cedar A. Surgery for large strokes of the middle cerebral artery: a randomized trial."
ENTRY = f"""references:
- id: trial
  type: article-journal
  PMID: "44000801"
  DOI: 10.5555/stroke
  cited-as: "{CITED} Int J Stroke. 2021;16(2):101-9."
"""
FORMATS = ("csl-json", "csl-yaml", "bibtex", "biblatex", "ris", "nbib", "endnote", "csv")
REPORTS = ("text", "html", "markdown", "github", "gitlab", "junit", "sarif")


def holds(server: DemoServer, **facts: object) -> None:
    server.world = server.world.with_article(replace(TRIAL, **facts))


def codes(evidence: Command, entries: str = ENTRY) -> tuple[int, list[str]]:
    evidence.write(entries)
    status, report = evidence.report("--refresh")
    return status, sorted(code for _, code in codes_in(report) if code[:3] in {"RET", "MET"})


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("WITHDRAWN: {}", "RET008"),
        ("[Withdrawn] {}", "RET008"),
        ("{} (withdrawn)", "RET008"),
        ("REMOVED: {}", "RET008"),
        ("TEMPORARY REMOVAL: {}", "RET008"),
        ("Obsolete: {}", "RET008"),
        ("RETRACTED ARTICLE: {}", "RET001"),
        ("[RETRACTED] {}", "RET001"),
        ("{} (Retracted article. See vol. 335, pg. 1, 2022)", "RET001"),
        ("{} \u2014 RETRACTED", "RET001"),
        ("Expression of Concern: {}", "RET003"),
    ],
)
@pytest.mark.parametrize("printed", ["as it was", "as it is titled now"])
def test_a_mark_in_the_title_is_reported_and_is_no_other_title(
    evidence: Command, server: DemoServer, form: str, expected: str, printed: str
) -> None:
    title = form.format(TITLE.removesuffix("."))
    holds(server, title=f"{title}.")
    cited = CITED if printed == "as it was" else CITED.replace(TITLE.removesuffix("."), title)
    entry = ENTRY.replace(CITED, cited.replace("\\", ""))
    assert codes(evidence, entry) == (1 if expected != "RET003" else 0, [expected])


@pytest.mark.parametrize("mark", ["RETRACTED: ", "[Withdrawn] ", "Retracted \u2014 "])
def test_a_mark_in_print_that_the_record_lacks_is_no_other_title(
    evidence: Command, server: DemoServer, mark: str
) -> None:
    holds(server, title=TITLE)
    assert codes(evidence, ENTRY.replace("Surgery", f"{mark}Surgery")) == (0, [])


def test_a_withdrawn_article_is_never_ignored_waived_deselected_or_lowered_by_a_file(
    evidence: Command, server: DemoServer
) -> None:
    holds(server)
    ignored = ENTRY + "  ignore: {RET008: we know}\n"
    assert codes(evidence, ignored) == (1, ["RET008"])
    waiver = (
        "waivers:\n- {code: RET008, reference: trial, category: accepted-risk, reason: we know, requested-by: A. Alder,"
        f" approved-by: B. Birch, since: '{AS_OF}', until: '2026-12-01', evidence: {{finding: {'0' * 32}}}}}\n"
    )
    evidence.write(ENTRY + waiver)
    report = evidence.report()[1]
    assert {"RET008", "WVR005"} <= {code for _, code in codes_in(report)}
    evidence.write(ENTRY)
    evidence.write('ignore = ["RET008"]\n', "evidence.toml")
    refused = evidence.check()
    assert (refused.returncode, "ignore leaves out a rule that invalidates references (RET008)" in refused.stderr) == (
        2,
        True,
    )
    evidence.write('select = ["MET"]\n', "evidence.toml")
    assert ("trial", "RET008") in codes_in(evidence.report()[1])
    (evidence.folder / "evidence.toml").unlink()
    evidence.write(ENTRY + "policy: {severity: {RET008: info}}\n")
    findings = evidence.report()[1]["findings"]
    assert {(f["code"], f["severity"]) for f in findings} == {("RET008", "error"), ("REF005", "error")}


def test_a_withdrawal_that_is_discussed_is_an_info(evidence: Command, server: DemoServer) -> None:
    holds(server)
    evidence.write(ENTRY + "  role: discusses-retraction\n")
    status, report = evidence.report()
    assert (status, [(f["code"], f["severity"]) for f in report["findings"]]) == (0, [("RET008", "info")])


def test_every_report_says_withdrawn(evidence: Command, server: DemoServer) -> None:
    holds(server)
    evidence.write(ENTRY)
    wanted = [word for name in REPORTS for word in ("--format", f"{name}=told.{name}")]
    evidence.check("--format", "json=told.json", *wanted)
    [reference] = json.loads((evidence.folder / "told.json").read_text())["references"]
    assert (reference["retracted"], reference["withdrawn"]) == (False, True)
    assert reference["retraction"] == {"confirmed": True, "as_of": AS_OF}
    for name in REPORTS:
        told = (evidence.folder / f"told.{name}").read_text("utf-8")
        assert "RET008" in told, name
    assert "WITHDRAWN," in (evidence.folder / "told.text").read_text()
    assert "**Withdrawn:** `trial`" in (evidence.folder / "told.markdown").read_text()
    assert '<span class="stamp">WITHDRAWN</span>' in (evidence.folder / "told.html").read_text()


def test_a_withdrawn_article_is_not_added(evidence: Command, server: DemoServer) -> None:
    holds(server)
    evidence.write("references: []\n")
    refused = evidence("add", "pmid:44000801")
    assert refused.returncode == 1
    assert 'WITHDRAWN: PubMed and Crossref: the title reads "WITHDRAWN: Surgery' in refused.stderr
    forced = evidence("add", "pmid:44000801", "--force")
    assert (forced.returncode, "WARNING: WITHDRAWN: PubMed and Crossref" in forced.stderr) == (0, True)


@pytest.mark.parametrize("title", [f"WITHDRAWN: {TITLE}", f"REMOVED: {TITLE}"])
@pytest.mark.parametrize("source", ["record", "entry"])
def test_export_prints_withdrawn_in_every_format_and_style(
    evidence: Command, server: DemoServer, title: str, source: str
) -> None:
    engine()
    holds(server, title=title)
    entry = ENTRY + "  title: Surgery for large strokes of the middle cerebral artery\n"
    evidence.write(entry)
    evidence.check()
    for style in ("ama", "nlm", "apa", "chicago"):
        done = evidence("export", "--as-of", AS_OF, "--style", style, "--source", source)
        assert "WITHDRAWN" in done.stdout, (style, done.stdout)
        assert done.stdout.count("WITHDRAWN") == 1
        assert "trial: RET008 withdrawn-publication" in done.stderr
    for form in FORMATS:
        done = evidence("export", "--as-of", AS_OF, "--to", form, "--source", source)
        assert ("withdrawn" if form == "csv" else "WITHDRAWN") in done.stdout, (form, done.stdout)


COCHRANE = Journal("The Cochrane database of systematic reviews", "Cochrane Database Syst Rev", "", ("1469-493X",))
COCHRANE = replace(COCHRANE, medline_ta="Cochrane Database Syst Rev")
NEWER = NoticeLink("UpdateIn", "Cochrane Database Syst Rev. 2023 Jan 1;1:CD009999", "44000899")


def test_a_cochrane_review_withdrawn_for_a_newer_version_is_superseded_alone(
    evidence: Command, server: DemoServer
) -> None:
    review = {"journal": COCHRANE, "volume": "3", "pages": "CD009999", "doi": "10.1002/14651858.CD009999.pub2"}
    entry = ENTRY.replace("Int J Stroke. 2021;16(2):101-9", "Cochrane Database Syst Rev. 2021;3:CD009999")
    entry = entry.replace("10.5555/stroke", review["doi"])
    holds(server, **review)
    assert codes(evidence, entry) == (1, ["RET008"])
    holds(server, **review, notices=(NEWER,))
    assert codes(evidence, entry) == (0, ["RET005"])
    newer = CrossrefUpdate("10.1002/14651858.CD009999.pub3", "new_version", date(2023, 1, 1))
    holds(server, **review, updates=(newer,))
    assert codes(evidence, entry) == (0, ["RET005"])


@pytest.mark.parametrize("kind", ["retraction_and_replacement", "withdrawal", "article-withdrawn", "retracted"])
def test_crossref_s_kinds_of_retraction_and_withdrawal_count(evidence: Command, server: DemoServer, kind: str) -> None:
    holds(server, title=TITLE, updates=(CrossrefUpdate("10.5555/notice", kind, date(2022, 1, 1)),))
    status, found = codes(evidence)
    assert (status, found) == (1, ["RET001", "RET007"])


def test_a_reinstatement_ends_a_retraction(evidence: Command, server: DemoServer) -> None:
    retracted = CrossrefUpdate("10.5555/notice", "retraction", date(2022, 1, 1), "retraction-watch")
    reinstated = CrossrefUpdate("10.5555/again", "reinstatement", date(2023, 1, 1), "retraction-watch")
    holds(server, title=TITLE, updates=(retracted, reinstated))
    evidence.write(ENTRY)
    status, report = evidence.report()
    found = [(f["code"], f["severity"]) for f in report["findings"]]
    assert (status, found) == (0, [("RET006", "info")])
    assert "reinstated" in report["findings"][0]["message"]


def test_partial_retractions_and_duplicates_are_reported(evidence: Command, server: DemoServer) -> None:
    holds(
        server,
        title=TITLE,
        notices=(NoticeLink("PartialRetractionIn", "Int J Stroke. 2022;17(1):1", "44000898"),),
        publication_types=(JOURNAL_ARTICLE, PublicationType("D016438", "Duplicate Publication")),
    )
    evidence.write(ENTRY)
    found = [(f["code"], f["severity"]) for f in evidence.report()[1]["findings"]]
    assert found == [("RET004", "info"), ("RET006", "warning")]


NOTICE_TYPE = (PublicationType("D016440", "Retraction Notice"),)
ERRATUM_TYPE = (PublicationType("D016425", "Published Erratum"),)
ABOUT = NoticeLink("RetractionOf", "Int J Stroke. 2019;14(2):1-9", "44000890")
CORRECTS = NoticeLink("ErratumFor", "Int J Stroke. 2019;14(2):1-9", "44000890")


@pytest.mark.parametrize(
    ("title", "types", "link"),
    [
        (f"Retraction: {TITLE}", NOTICE_TYPE, ABOUT),
        (f"Retracted: {TITLE}", NOTICE_TYPE, ABOUT),
        (f"Retraction Note to: {TITLE}", NOTICE_TYPE, ABOUT),
        (f'Corrigendum to "{TITLE}" [Int. J. Stroke 14 (2019) 1-9].', ERRATUM_TYPE, CORRECTS),
        (f"Correction to: {TITLE}", ERRATUM_TYPE, CORRECTS),
    ],
)
def test_a_notice_that_is_cited_under_its_own_title_is_an_info(
    evidence: Command, server: DemoServer, title: str, types: tuple[PublicationType, ...], link: NoticeLink
) -> None:
    holds(server, title=title, publication_types=types, notices=(link,))
    cited = f"Alder E, Birch H, Cedar A. {title} Int J Stroke. 2021;16(2):101-9."
    evidence.write(f"{ENTRY.partition('  cited-as')[0]}  cited-as: {json.dumps(cited)}\n")
    status, report = evidence.report()
    assert (status, [(f["code"], f["severity"]) for f in report["findings"]]) == (0, [("RET002", "info")])


@pytest.mark.parametrize("word", ["Erratum: ", "Correction: ", "Corrigendum to "])
def test_a_notice_may_be_printed_under_another_word_for_the_same(
    evidence: Command, server: DemoServer, word: str
) -> None:
    holds(server, title=f"Correction to: {TITLE}", publication_types=ERRATUM_TYPE, notices=(CORRECTS,))
    assert codes(evidence, ENTRY.replace("Surgery", f"{word}Surgery")) == (0, ["RET002"])


def test_a_notice_that_is_cited_as_the_article_is_a_warning_at_least(evidence: Command, server: DemoServer) -> None:
    holds(server, title=f"Retraction: {TITLE}", publication_types=NOTICE_TYPE, notices=(ABOUT,))
    assert codes(evidence, ENTRY.replace("16(2):101-9", "14(2):1-9")) == (1, ["MET006", "RET002"])
