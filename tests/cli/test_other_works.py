"""Entries whose identifiers, names, title or print are another work's, as a user meets them. All works are invented."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evidence.demo.world import ArticleFacts
from evidence.library.reader import read_library
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
        ("MET002", 'given name differs: cited "Kohl, Rosemary", record Rita Kohl')
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


FIRST = "Smith JA, Brown M. Statin rinses for periodontal bleeding. Drug Saf. 2018;50(1):1-9."
SECOND = "Kohl R, Nord N. Statin lozenges for hoarse singers. Drug Saf. 2018;50(1):21-29."
LABEL = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=06ff2d5a-e62b-4fa4-bbdb-01938535bc65"


def imported(evidence, *entries):
    """The library that an import of this list writes: its ids, and what the table says."""
    listed = "\n".join(f"{number}. {entry}" for number, entry in enumerate(entries, 1))
    evidence.write(f"# Statins\n\nThey help [1,2].\n\n## References\n\n{listed}\n", "statins.md")
    done = evidence("import", "statins.md", "--no-match", "--write")
    return read_library(evidence.folder / "references.yaml").references, done.stdout


@pytest.mark.parametrize("number", ["PMID: 44000001", "doi:10.5555/rinses"])
def test_another_work_under_the_same_identifier_is_written_and_compared(evidence, number):
    references, table = imported(evidence, f"{FIRST} {number}", f"{SECOND} {number}")
    assert [reference.cited_as for reference in references] == [f"{FIRST} {number}", f"{SECOND} {number}"]
    assert "as smith-2018, but is printed as a different work" in table
    status, report = evidence.report()
    found = {(finding["reference"], finding["code"]): finding for finding in report["findings"]}
    assert status == 1
    assert found["kohl-2018", "MET006"]["severity"] == "error"
    shared = found["kohl-2018", "REF004"]
    assert (shared["severity"], "two different works" in shared["message"]) == ("warning", True)
    assert not {("smith-2018", code) for code in ("MET001", "MET006", "MET009")} & found.keys()


def test_the_same_work_printed_again_is_written_once(evidence):
    again = "Smith, J. A., & Brown, M. (2018). Statin rinses for periodontal bleeding. Drug Safety, 50(1), 1-9."
    references, table = imported(evidence, f"{FIRST} PMID: 44000001", f"{again} PMID: 44000001")
    assert len(references) == 1
    assert "same reference as 1; written once" in table


def test_a_second_import_of_such_a_list_changes_nothing(evidence):
    entries = (f"{FIRST} PMID: 44000001", f"{SECOND} PMID: 44000001")
    imported(evidence, *entries)
    text = (evidence.folder / "references.yaml").read_text()
    imported(evidence, *entries)
    assert (evidence.folder / "references.yaml").read_text() == text


def test_another_work_under_an_identifier_that_the_library_has_is_added(evidence):
    imported(evidence, f"{FIRST} PMID: 44000001")
    references, table = imported(evidence, f"{FIRST} PMID: 44000001", f"{SECOND} PMID: 44000001")
    assert [reference.id for reference in references] == ["smith-2018", "kohl-2018"]
    assert "has the same PMID as smith-2018, but is printed as a different work" in table


def test_an_older_day_of_access_of_a_label_is_not_lost(evidence):
    tablets = "Naltrexone tablets [prescribing information]. Mallinckrodt; 2013. {} Accessed {}."
    references, table = imported(evidence, tablets.format(LABEL, "August 2025"), tablets.format(LABEL, "May 2024"))
    assert [str(reference.accessed) for reference in references] == ["2025-08", "2024-05"]
    assert "with an earlier access date" in table


def test_two_labels_and_two_reports_under_one_address_are_two(evidence):
    references, _ = imported(
        evidence,
        f"Naltrexone tablets [prescribing information]. Mallinckrodt; 2013. {LABEL}. Accessed August 2025.",
        f"Vivitrol [prescribing information]. Alkermes; 2022. {LABEL}. Accessed May 2024.",
        "World Health Organization. Report A. Geneva: WHO; 2009. https://www.who.int/",
        "World Health Organization. Another report B. Geneva: WHO; 2015. https://www.who.int/",
    )
    assert [str(reference.accessed) for reference in references[:2]] == ["2025-08", "2024-05"]
    _, report = evidence.report("--offline")
    said = [finding["message"] for finding in report["findings"] if finding["code"] == "REF004"]
    assert len(said) == 2
    assert all("two different works" in message for message in said)


def test_a_list_that_prints_another_work_under_one_references_identifier_says_so(evidence):
    evidence.write(
        f"# Statins\n\nThey help [1,2].\n\n## References\n\n1. {FIRST} PMID: 44000001\n2. {SECOND} PMID: 44000001\n",
        "s.md",
    )
    evidence.write(f'monograph: {{file: s.md}}\nreferences:\n- {{id: own, PMID: "44000001", cited-as: "{FIRST}"}}\n')
    _, report = evidence.report()
    [finding] = [finding for finding in report["findings"] if finding["code"] == "CIT005"]
    assert "two different works" in finding["message"]


def test_the_facts_of_repeated_references_are_what_they_were(evidence):
    entries = [f'- {{id: {name}, PMID: "44000001", cited-as: "{FIRST}"}}\n' for name in ("one", "two")]
    evidence.write(f"references:\n{''.join(entries)}")
    _, report = evidence.report()
    [finding] = [finding for finding in report["findings"] if finding["code"] == "REF004"]
    assert finding["fingerprint"] == fingerprint("REF004", "two", "duplicate-reference PMID pmid:44000001")
    assert finding["message"].endswith("pmid:44000001 is already cited by one on line 2")
