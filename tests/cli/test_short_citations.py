"""Citations without a title beside the right PMID and beside a wrong one."""

from __future__ import annotations

import json

import pytest

from processes import Command, codes_in

FOUR_AUTHORS, TWO_AUTHORS, ANOTHER = "23359310", "19041189", "17222320"
OF_TWO = (
    "Brown & Panksepp. Med Hypotheses 2009",
    "Brown & Panksepp, Med Hypotheses 2009",
    "Brown N & Panksepp J. Med Hypotheses 2009",
    "Brown and Panksepp (2009) Med Hypotheses",
    "Brown N, Panksepp J. Med Hypotheses 2009;72:333-7",
    "N. Brown and J. Panksepp, Medical Hypotheses, 2009",
    "Brown, N., & Panksepp, J. (2009). Med Hypotheses, 72(3), 333-337.",
    "Brown, Panksepp 2009a, Med. Hypotheses",
)
OF_FOUR = (
    "Younger, Arthritis Rheum 2013",
    "Younger J. Arthritis Rheum 2013",
    "Younger Arthritis Rheum 2013",
    "Younger J, Noor N, McCue R, Mackey S (Arthritis Rheum 2013)",
    "Younger, Noor, et al. Arthritis Rheum 2013",
    "Younger, Noor, McCue & Mackey, 2013, Arthritis and Rheumatism",
    "Younger et al (Arthritis Rheum, 2013)",
    "(Younger et al., Arthritis Rheum, 2013)",
    "J. Younger et al., Arthritis Rheum. 65, 529 (2013)",
    "LDN-FM, Younger et al. Arthritis Rheum 2013",
    "LDN-FM trial (Younger et al. Arthritis Rheum 2013)",
    "LDN-FM: Younger J, Noor N. Arthritis Rheum 2013",
    "The LDN-FM study. Younger, Arthritis Rheum 2013",
    "Younger et al. (LDN-FM), Arthritis Rheum 2013",
    "Younger et al. Arthritis Rheum 2013 [LDN-FM trial]",
    "Arthritis Rheum 2013 (Younger et al.)",
    "See Younger et al. in Arthritis Rheum 2013",
)
NAME_AND_YEAR = (
    "Younger et al. (2013)",
    "Younger 2013",
    "Younger, 2013",
    "Younger J, Noor N. 2013a",
    "LDN-FM (Younger 2013)",
)


def _codes(evidence: Command, pmid: str, *printed: str) -> dict[str, list[str]]:
    """The MET codes of each citation under this PMID, but for MET007, all checked in one run."""
    entries = [{"id": f"r{n}", "type": "article-journal", "PMID": pmid, "cited-as": p} for n, p in enumerate(printed)]
    evidence.write(json.dumps({"references": entries}))
    _, report = evidence.report()
    found: dict[str, list[str]] = {text: [] for text in printed}
    for name, code in codes_in(report):
        if code.startswith("MET") and code != "MET007":
            found[printed[int(name[1:])]].append(code)
    return found


@pytest.mark.parametrize(("pmid", "printed"), [(TWO_AUTHORS, OF_TWO), (FOUR_AUTHORS, OF_FOUR)])
def test_names_and_place_beside_the_right_pmid_have_no_finding(
    evidence: Command, pmid: str, printed: tuple[str, ...]
) -> None:
    assert _codes(evidence, pmid, *printed) == {text: [] for text in printed}


def test_a_name_and_a_year_beside_the_right_pmid_are_too_little_to_compare(evidence: Command) -> None:
    assert _codes(evidence, FOUR_AUTHORS, *NAME_AND_YEAR) == {text: ["MET008"] for text in NAME_AND_YEAR}


@pytest.mark.parametrize("printed", [OF_TWO, OF_FOUR, NAME_AND_YEAR], ids=["two authors", "four", "name and year"])
def test_they_are_another_work_beside_another_pmid(evidence: Command, printed: tuple[str, ...]) -> None:
    assert _codes(evidence, ANOTHER, *printed) == {text: ["MET006"] for text in printed}


def test_the_finding_says_what_contradicts_the_record(evidence: Command) -> None:
    evidence.write(f'references: [{{id: a, PMID: "{ANOTHER}", cited-as: Younger et al. (2013)}}]\n')
    status, report = evidence.report()
    (finding,) = [one for one in report["findings"] if one["code"] == "MET006"]
    assert status == 1
    assert "none of the cited authors is in the record. Differences: authors, year" in finding["message"]


def test_a_right_name_beside_another_year_is_a_warning(evidence: Command) -> None:
    printed = "Younger et al. (2011)"
    assert _codes(evidence, FOUR_AUTHORS, printed) == {printed: ["MET003"]}


@pytest.mark.parametrize(
    "printed", ["Product Information 2013", "UpToDate 2013", "LDN-FM 2013", "See the naltrexone paper."]
)
def test_words_with_capitals_that_are_no_names_accuse_nobody(evidence: Command, printed: str) -> None:
    assert _codes(evidence, ANOTHER, printed) == {printed: ["MET008"]}
