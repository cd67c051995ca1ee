"""Retraction Watch's file as the second source on retraction, offline and online."""

import json

import pytest

from bulk_files import notice, notice_list, pubmed_file, record
from evidence.demo.world import RETRACTED_PUBLICATION
from evidence.model.records import NoticeLink
from processes import AS_OF, codes_in

ENTRY = "- {{id: r{0}, PMID: '{0}'}}\n"
REASON = "reason (Retraction Watch): Concerns/Issues about Data; Investigation by Company/Institution"


def wants(evidence, *pmids):
    evidence.write("references:\n" + "".join(map(ENTRY.format, pmids)))


def load(evidence, *arguments, day=AS_OF):
    done = evidence("cache", "load", *arguments, "--day", day)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def messages(report):
    return {(item["reference"], item["code"]): item["message"] for item in report["findings"]}


@pytest.fixture
def loaded(evidence):
    """Four papers that PubMed knows nothing bad about, one that it holds to be retracted."""
    wants(evidence, 11, 12, 13, 14, 15)
    links = (NoticeLink("RetractionIn", "J Synth. 2021;13(1):2", pmid="19"),)
    records = [record(number, doi=f"10.5555/{number}") for number in (11, 12, 13, 14)]
    records.append(record(15, doi="10.5555/15", notices=links, publication_types=(RETRACTED_PUBLICATION,)))
    pubmed_file(evidence.folder, 1, records)
    load(evidence, "pubmed26n0001.xml.gz")
    return evidence


def test_without_the_file_a_record_with_a_doi_is_not_checked_by_a_second_source(loaded):
    status, report = loaded.report("--offline")
    assert (status, {item["source"] for item in report["unchecked"]}) == (1, {"crossref"})


def test_with_the_file_a_run_is_complete_and_every_nature_is_judged(loaded):
    rows = [
        notice(pmid="11"),
        notice("Expression of concern", doi="10.5555/12"),
        notice("Correction", pmid="13", Reason="+Error in Dose;"),
        notice(doi="10.5555/14", RetractionDate="1/2/2020 0:00"),
        notice("Reinstatement", doi="10.5555/14", RetractionDate="5/6/2021 0:00"),
        notice(pmid="99"),
        notice(),
    ]
    assert "Retraction Watch's file of" in load(loaded, notice_list(loaded.folder, *rows))
    status, report = loaded.report("--offline")
    assert (status, report["unchecked"]) == (1, [])
    said = messages(report)
    assert said[("r11", "RET001")] == f"Retraction Watch only: retracted, see doi:10.5555/notice; {REASON}"
    assert said[("r11", "RET007")] == "Retraction Watch reports a retraction (doi:10.5555/notice), PubMed does not"
    assert said[("r12", "RET003")].startswith("Retraction Watch only: expression of concern, see doi:10.5555/notice")
    assert said[("r13", "RET006")].startswith("Retraction Watch: material erratum published in doi:10.5555/notice")
    assert said[("r14", "RET006")].startswith("Retraction Watch: retracted and later reinstated")
    assert ("r14", "RET001") not in said
    assert said[("r15", "RET001")].startswith("PubMed only: retracted, see J Synth")
    assert "Retraction Watch does not" in said[("r15", "RET007")]
    [entry] = [entry for entry in report["references"] if entry["id"] == "r11"]
    assert '"told_by": ["retraction-watch"]' in json.dumps(entry) or "retraction-watch" in json.dumps(entry)
    assert {files["source"] for files in report["run"]["loaded"]} == {"pubmed", "retraction-watch"}
    assert f"Retraction Watch's file of {AS_OF}, loaded by tester." in loaded.check("--offline").stdout


def test_an_old_file_makes_them_not_checked_again(loaded):
    load(loaded, notice_list(loaded.folder, notice(pmid="11")), day="2026-11-20")
    _, report = loaded.report("--offline")
    reasons = {item["reason"] for item in report["unchecked"] if item["source"] == "retraction-watch"}
    assert reasons == {"offline, and what was loaded from files up to retraction_watch is 3 days old (life: 1 day)"}
    assert ("r11", "RET001") in codes_in(report)  # what was said then is not forgotten


def test_what_is_added_later_is_not_checked_before_the_file_is_loaded_again(loaded):
    path = notice_list(loaded.folder, notice(pmid="11"))
    load(loaded, path)
    wants(loaded, 11, 16)
    _, report = loaded.report("--offline")
    assert {item["reference"] for item in report["unchecked"]} == {"r16"}
    load(loaded, path, pubmed_file(loaded.folder, 2, [record(16)]))
    assert loaded.report("--offline")[1]["unchecked"] == []
    assert "1 file had been read" in load(loaded, path)


def test_an_entry_with_a_doi_alone_is_known_as_retracted_although_nobody_has_its_record(evidence):
    evidence.write("references:\n- {id: one, DOI: 10.5555/one}\n")
    load(evidence, notice_list(evidence.folder, notice(doi="10.5555/ONE")))
    status, report = evidence.report("--offline")
    assert (status, codes_in(report)) == (1, [("one", "RET001")])
    assert {item["source"] for item in report["unchecked"]} == {"crossref"}


def test_online_it_is_heard_beside_pubmed_and_crossref_and_its_silence_leaves_nothing_unchecked(evidence):
    wants(evidence, 23359310, 17222320)
    load(evidence, notice_list(evidence.folder, notice(pmid="23359310")))
    evidence.write((evidence.folder / "references.yaml").read_text() + ENTRY.format(405100))
    status, report = evidence.report()
    assert (status, report["unchecked"]) == (1, [])
    assert messages(report)[("r23359310", "RET001")].startswith("Retraction Watch only: retracted")
    status, report = evidence.report("--as-of", "2026-11-30")
    assert ("r23359310", "RET001") not in codes_in(report)
    assert "loaded" not in report["run"]


def test_a_lock_keeps_what_it_said(loaded):
    load(loaded, notice_list(loaded.folder, notice(pmid="11")))
    loaded.check("--offline")
    loaded("lock", "--rebuild", "--as-of", AS_OF)
    status, report = loaded.report("--locked")
    assert (status, ("r11", "RET001") in codes_in(report)) == (1, True)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda text: text.replace(b"RetractionDOI", b"Notice"), "it has no column RetractionDOI"),
        (lambda text: text[:-60], "line 2 has "),
    ],
)
def test_a_broken_file_is_one_line_and_not_counted_as_read(evidence, spoil, why):
    wants(evidence, 11)
    path = notice_list(evidence.folder, notice(pmid="11"))
    path.write_bytes(spoil(path.read_bytes()))
    done = evidence("cache", "load", path.name)
    assert done.returncode == 2
    assert done.stderr.startswith(f"evidence: error: retraction_watch.csv: {why}")
    assert evidence.report("--offline")[1]["run"].get("loaded") is None


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("Aspirin, again", "line 3 has 21 of 20 columns"),
        ('"Aspirin', "line 5 is not CSV"),
        ("Aspirin" * 200_000, "a line has no end"),
    ],
)
def test_a_row_that_may_hide_retractions_is_not_read_as_their_absence(evidence, title, why):
    wants(evidence, 11, 12, 13)
    path = notice_list(evidence.folder, *(notice(pmid=str(number)) for number in (11, 12, 13, 14)))
    head, *rows = path.read_text(encoding="latin-1").splitlines()
    fields = [rows[at].split(",") for at in range(4)]
    at = head.split(",").index("Title")
    fields[1][at], fields[3][at] = title, '"Aspirin"'
    path.write_text("\n".join([head, *map(",".join, fields), ""]), encoding="latin-1")
    done = evidence("cache", "load", path.name)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert why in done.stderr
    _, report = evidence.report("--offline")
    assert {item["reference"] for item in report["unchecked"]} == {"r11", "r12", "r13"}
