"""Entries whose identifiers, names, title or print are another work's, as a user meets them. All works are invented."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evidence.demo.world import ArticleFacts
from evidence.model.records import Author, Journal
from evidence.model.rule import fingerprint
from processes import codes_in

SAFETY = Journal("Drug safety", "Drug Saf", "Drug Saf", ("0114-5916",))
RINSES = ArticleFacts(
    "44000001",
    "Statin rinses for periodontal bleeding.",
    (Author("Smith", "John A", "JA"), Author("Brown", "Mary", "M")),
    journal=SAFETY,
    pub_date="2018",
    volume="50",
    issue="1",
    pages="1-9",
    doi="10.5555/rinses",
)
LOZENGES = ArticleFacts(
    "44000003",
    "Statin lozenges for hoarse singers.",
    (Author("Kohl", "Rita", "R"), Author("Nord", "Nils", "N")),
    journal=SAFETY,
    pub_date="2018",
    volume="50",
    issue="1",
    pages="21-29",
    doi="10.5555/lozenges",
)


@pytest.fixture(autouse=True)
def _invented(server):
    server.world = server.world.with_article(RINSES, LOZENGES)


def check(evidence, references):
    evidence.write(f"references:\n{references}")
    status, report = evidence.report()
    return status, report["findings"]


@pytest.mark.parametrize("known", [True, False], ids=["with its record", "registered by another agency"])
def test_a_pmid_beside_the_doi_of_the_next_paper_is_an_error(evidence, server, known):
    if not known:
        server.world = server.world.with_handle("10.5555/elsewhere", "https://agency.example/")
    doi = "10.5555/lozenges" if known else "10.5555/elsewhere"
    status, findings = check(evidence, f'- {{id: two, type: article-journal, PMID: "44000001", DOI: {doi}}}\n')
    assert (status, [finding["code"] for finding in findings]) == (1, ["IDN004"])
    assert "under DOI 10.5555/rinses" in findings[0]["message"]


def test_a_pmid_beside_its_own_doi_or_a_version_of_it_is_none(evidence, server):
    server.world = server.world.with_handle("10.5555/rinses.v2", "https://agency.example/")
    entries = [
        f'- {{id: {name}, type: article-journal, PMID: "44000001", DOI: {doi}}}\n'
        for name, doi in (("own", "10.5555/rinses"), ("version", "10.5555/rinses.v2"))
    ]
    evidence.write(f"references:\n{''.join(entries)}")
    assert [code for _, code in codes_in(evidence.report()[1])] == ["REF004"]


def entry(record, names, **more):
    printed = f"{names}. {record.title} {record.journal.iso}. 2018;50(1):{record.pages}."
    fields = {"id": "a", "type": "article-journal", "PMID": record.pmid, "cited-as": printed} | more
    return f"- {json.dumps(fields)}\n"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("Kohl, Rita; Nord, Nils", []),
        ("Kohl, Rita; Nord, Noah", ["MET002"]),
        ("Kohl, Rosemary, and Nicholas Nord", ["MET002"]),
    ],
)
def test_invented_given_names_are_a_warning(evidence, names, expected):
    status, findings = check(evidence, entry(LOZENGES, names, DOI="10.5555/lozenges"))
    assert (status, [finding["code"] for finding in findings]) == (0, expected)
    for finding in findings:
        assert (finding["severity"], finding["message"].partition(":")[0]) == (
            "warning",
            "given names differ" if "Rosemary" in names else "given name differs",
        )


def test_invented_given_names_in_the_entrys_own_fields_are_a_warning(evidence):
    authors = [{"family": "Kohl", "given": "Rosemary"}, {"family": "Nord", "given": "Nils"}]
    people = json.dumps(authors)
    fields = f'- {{id: a, type: article-journal, PMID: "44000003", DOI: 10.5555/lozenges, author: {people}}}\n'
    _, findings = check(evidence, fields)
    assert [(finding["code"], finding["message"]) for finding in findings] == [
        ("MET002", 'given name differs: "Kohl, Rosemary" is Rita Kohl in the record')
    ]


def test_chinese_given_names_are_one_name_with_and_without_a_hyphen(evidence, server):
    joined = replace(LOZENGES, authors=(Author("Chen", "Yuan", "Y"), Author("Xu", "Ruiyuan", "R")))
    server.world = server.world.with_article(joined)
    for names in (
        "Chen, Yu-An; Xu, Rui-Yuan",
        "Chen, Yu An; Xu, Rui Yuan",
        "Chen, Yuan; Xu, Ruiyuan",
        "Chen YA, Xu RY",
    ):
        assert check(evidence, entry(joined, names, DOI="10.5555/lozenges")) == (0, [])


INVENTED = "Long-term metformin and cognitive decline in nursing homes"
RINSES_NAMES = "Smith JA, Brown M"


def with_title(title, record=RINSES, names=RINSES_NAMES):
    printed = f"{names}. {title}. {record.journal.iso}. 2018;50(1):{record.pages}."
    fields = {"id": "a", "type": "article-journal", "PMID": record.pmid, "DOI": record.doi, "cited-as": printed}
    return f"- {json.dumps(fields)}\n"


def test_an_invented_title_under_the_right_identifier_authors_and_place_is_an_error(evidence):
    status, findings = check(evidence, with_title(INVENTED))
    assert (status, [finding["code"] for finding in findings]) == (1, ["MET009"])
    assert findings[0]["severity"] == "error"
    assert "Statin rinses for periodontal bleeding" in findings[0]["message"]


@pytest.mark.parametrize(
    "title", ["Statin rinses", "Estatinas para las enc\u00edas que sangran", "Periodontal rinses: statin"]
)
def test_a_title_that_is_cut_or_translated_or_in_other_words_is_a_warning(evidence, title):
    status, findings = check(evidence, with_title(title))
    assert (status, [finding["code"] for finding in findings]) == (0, ["MET001"])


def test_another_title_can_be_waived(evidence):
    check(evidence, with_title(INVENTED))
    words = [
        "--category",
        "accepted-risk",
        "--requested-by",
        "Dana",
        "--approved-by",
        "Kim",
        "--reason",
        "seen",
        "--until",
        "20d",
    ]
    done = evidence("waive", *words, "--as-of", evidence.today, "MET009", "a")
    assert done.returncode == 0, done.stderr
    status, report = evidence.report()
    assert (status, [waived["code"] for waived in report["waived"]]) == (0, ["MET009"])


def test_a_waiver_of_the_title_mismatch_that_it_was_before_covers_it_until_it_ends(evidence):
    fact = f"title: {INVENTED} | {RINSES.title.removesuffix('.')}"
    waiver = {
        "code": "MET001",
        "reference": "a",
        "category": "accepted-risk",
        "reason": "as printed",
        "requested-by": "Dana",
        "approved-by": "Kim",
        "since": "2026-11-01",
        "until": "2026-12-31",
        "evidence": {"finding": fingerprint("MET001", "a", fact)},
    }
    evidence.write(f"references:\n{with_title(INVENTED)}waivers:\n- {json.dumps(waiver)}\n")
    status, report = evidence.report()
    assert (status, report["findings"]) == (0, [])
    assert [waived["code"] for waived in report["waived"]] == ["MET001"]
    done = evidence("check", "--as-of", "2027-01-02", "--format", "json")
    assert done.returncode == 1
    assert ("a", "MET009") in codes_in(json.loads(done.stdout))
