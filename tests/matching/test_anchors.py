"""Anchors: what becomes of a claim's quotes in what its sources say."""

from __future__ import annotations

import pytest

from evidence.matching.anchors import NO_ABSTRACT, QuoteSource, judge_anchors
from evidence.matching.tokens import raised
from evidence.model.claims import Anchor, AnchorState, Claim, ClaimEvidence
from evidence.model.errors import Place
from evidence.model.records import RecordPassage

PLACE = Place("claims.yaml", 1, 1)
TITLE = RecordPassage("title", "Low-dose naltrexone for fibromyalgia.")
ABSTRACT = RecordPassage(
    "abstract", f"Pain fell by 28.8% in the first group. A concentration of 10{raised('-6')}M was used."
)
DOSAGE = RecordPassage("34068-7", "Take one 50 mg tablet once daily with food.")
STORAGE = RecordPassage("44425-7", "Store at 20 to 25 degrees in a tight container.", within=("34069-5",))


def anchor(quote: str | None, source: QuoteSource, within: str | None = None) -> Anchor:
    evidence = ClaimEvidence("source", PLACE, quote=quote, within=within)
    (only,) = judge_anchors(Claim("c", "A sentence.", PLACE, evidence=(evidence,)), {"source": source})
    return only


def article(*passages: RecordPassage) -> QuoteSource:
    return QuoteSource(now=passages, is_article=True)


@pytest.mark.parametrize("within", [None, "abstract"])
def test_a_quote_of_the_abstract_is_found_there(within: str | None) -> None:
    found = anchor("pain fell by 28.8 % in", article(TITLE, ABSTRACT), within)
    assert (found.state, found.section, found.marks_lost) == (AnchorState.FOUND, "abstract", False)


def test_a_quote_in_another_part_than_the_one_named_has_moved() -> None:
    moved = anchor("Low-dose naltrexone for fibromyalgia", article(TITLE, ABSTRACT), "abstract")
    assert (moved.state, moved.earlier, moved.section) == (AnchorState.MOVED, "abstract", "title")


def test_a_quote_without_its_superscripts_is_found_and_says_so() -> None:
    found = anchor("a concentration of 10-6 M was used", article(TITLE, ABSTRACT))
    assert (found.state, found.marks_lost) == (AnchorState.FOUND, True)


def test_a_quote_with_another_number_is_lost_and_the_nearest_words_are_shown() -> None:
    lost = anchor("Pain fell by 23.8% in the first group", article(TITLE, ABSTRACT))
    assert (lost.state, lost.section) == (AnchorState.LOST, "abstract")
    assert lost.nearest == "Pain fell by 28.8% in the first group"


def test_without_an_abstract_a_quote_cannot_be_checked_and_is_not_lost() -> None:
    unknown = anchor("Pain fell by 28.8% in", article(TITLE))
    assert (unknown.state, unknown.reason) == (AnchorState.CANNOT_BE_CHECKED, NO_ABSTRACT)


def test_a_quote_of_the_title_is_found_and_lost_without_an_abstract() -> None:
    assert anchor("naltrexone for fibromyalgia", article(TITLE), "title").state is AnchorState.FOUND
    assert anchor("naltrexone for chronic pain", article(TITLE), "title").state is AnchorState.LOST


def test_a_quote_that_the_label_has_no_longer_is_lost_with_its_earlier_section() -> None:
    then = RecordPassage("34068-7", "Take one 100 mg tablet once daily with food.")
    lost = anchor("one 100 mg tablet once daily", QuoteSource(now=(DOSAGE, STORAGE), then=(then,)), "34068-7")
    assert (lost.state, lost.section, lost.earlier) == (AnchorState.LOST, "34068-7", "34068-7")
    assert lost.nearest == "one 50 mg tablet once daily"


def test_a_quote_in_no_version_has_no_earlier_section() -> None:
    lost = anchor("one 100 mg tablet once daily", QuoteSource(now=(DOSAGE,), then=(DOSAGE,)))
    assert (lost.state, lost.earlier) == (AnchorState.LOST, "")


def test_a_quote_in_another_section_of_the_label_has_moved() -> None:
    moved = anchor("Store at 20 to 25 degrees", QuoteSource(now=(DOSAGE, STORAGE)), "34068-7")
    assert (moved.state, moved.earlier, moved.section) == (AnchorState.MOVED, "34068-7", "44425-7")


def test_a_nested_section_belongs_to_the_one_around_it() -> None:
    assert anchor("Store at 20 to 25 degrees", QuoteSource(now=(STORAGE,)), "34069-5").state is AnchorState.FOUND


def test_what_could_not_be_asked_is_not_checked() -> None:
    silent = QuoteSource(state=AnchorState.NOT_CHECKED, reason="HTTP 503")
    unknown = anchor("one 50 mg tablet once daily", silent)
    assert (unknown.state, unknown.reason) == (AnchorState.NOT_CHECKED, "HTTP 503")


def test_evidence_without_a_quote_has_no_anchor() -> None:
    claim = Claim("c", "A sentence.", PLACE, evidence=(ClaimEvidence("source", PLACE),))
    assert judge_anchors(claim, {"source": article(TITLE)}) == ()
