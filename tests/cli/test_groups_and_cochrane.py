"""Right citations under a group's acronym and of Cochrane reviews: no finding. The works are made up."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import ArticleFacts
from evidence.model.records import Author, Journal
from processes import Command, codes_in

BODY = "Warmth in Normal Toes and Every Remaining Extremity Study Group"
TRIAL = ArticleFacts(
    "49900002",
    "Effects of woollen socks in cold feet.",
    (Author(collective=BODY), Author("Winter", "Jo C", "JC"), Author("Frost", "May E", "ME")),
    journal=Journal("The Northern journal of medicine", "North J Med", "North J Med"),
    pub_date="2008 Jun",
    volume="358",
    issue="24",
    pages="2545-59",
)
COCHRANE = Journal(
    "The Cochrane database of systematic reviews", "Cochrane Database Syst Rev", "Cochrane Database Syst Rev"
)
REVIEW = ArticleFacts(
    "49900001",
    "Woollen socks and itching feet in older adults.",
    (Author("Winter", "John A", "JA"), Author("Frost", "Mary", "M")),
    journal=COCHRANE,
    pub_date="2015",
    volume="2015",
    issue="4",
    pages="CD009876",
)
TITLE, PLACE = "Effects of woollen socks in cold feet.", "North J Med. 2008;358:2545-2559."
GROUPS = (
    f"WINTER Study Group. {TITLE} {PLACE}",
    f"The WINTER investigators. {TITLE} {PLACE}",
    f"{BODY}. {TITLE} {PLACE}",
    f"WINTER Study Group, Winter JC, Frost ME. {TITLE} {PLACE}",
    f"Winter JC, Frost ME; WINTER Study Group. {TITLE} {PLACE}",
    f"Winter JC, et al. for the WINTER Study Group. {TITLE} {PLACE}",
    f"WNTERE. {TITLE} {PLACE}",
)
NAMES, REVIEWED = "Winter JA, Frost M", "Woollen socks and itching feet in older adults."
REVIEWS = (
    f"{NAMES}. {REVIEWED} Cochrane Database Syst Rev. 2015;4:CD009876.",
    f"{NAMES}. {REVIEWED} Cochrane Database Syst Rev. 2015;(4):CD009876.",
    f"{NAMES}. {REVIEWED} Cochrane Database Syst Rev. 2015 Apr 14;4(4):CD009876.",
    f"{NAMES}. {REVIEWED} Cochrane Library 2015, Issue 4. Art. No.: CD009876.",
    f"{NAMES}. {REVIEWED} The Cochrane Library, Issue 4, 2015.",
    f"{NAMES}. {REVIEWED} (Cochrane Review). In: The Cochrane Library, Issue 4, 2015. Oxford: Update Software.",
    f"Winter, J. A., & Frost, M. (2015). {REVIEWED} Cochrane Database of Systematic Reviews, 2015(4), CD009876.",
    f"Winter, J. A., & Frost, M. (2015). {REVIEWED} Cochrane Database of Systematic Reviews, 4, CD009876.",
)


def _codes(evidence: Command, server: DemoServer, facts: ArticleFacts, *printed: str) -> dict[str, list[str]]:
    """The MET codes of each printed citation that gets one, all checked in one run."""
    server.world = server.world.with_article(facts)
    entries = [
        {"id": f"r{n}", "type": "article-journal", "PMID": facts.pmid, "cited-as": p} for n, p in enumerate(printed)
    ]
    evidence.write(json.dumps({"references": entries}))
    _, report = evidence.report()
    found: dict[str, list[str]] = {}
    for name, code in codes_in(report):
        if code.startswith("MET"):
            found.setdefault(printed[int(name[1:])], []).append(code)
    return found


def test_a_group_printed_by_its_acronym_is_the_record_s(evidence: Command, server: DemoServer) -> None:
    assert _codes(evidence, server, TRIAL, *GROUPS) == {}


@pytest.mark.parametrize(("volume", "issue"), [("2015", "4"), ("4", ""), ("", "4")])
def test_a_cochrane_review_is_cited_by_year_and_issue(
    evidence: Command, server: DemoServer, volume: str, issue: str
) -> None:
    assert _codes(evidence, server, replace(REVIEW, volume=volume, issue=issue), *REVIEWS) == {}


def test_another_issue_or_number_of_a_cochrane_review_is_found(evidence: Command, server: DemoServer) -> None:
    places = ("2015;7:CD009876.", "2015;4:CD001111.", "2015, Issue 7: CD009876.")
    printed = [f"{NAMES}. {REVIEWED} Cochrane Database Syst Rev. {place}" for place in places]
    assert _codes(evidence, server, REVIEW, *printed) == {text: ["MET005"] for text in printed}


def test_another_person_beside_a_group_is_found(evidence: Command, server: DemoServer) -> None:
    printed = f"WINTER Study Group, Kohl R, Frost ME. {TITLE} {PLACE}"
    assert _codes(evidence, server, TRIAL, printed) == {printed: ["MET002"]}
