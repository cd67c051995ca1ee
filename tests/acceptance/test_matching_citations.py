"""Citations without identifier, matched from lists of near neighbours; the whole tables go to docs/matching.md.

The marked tests take real records (`make verify`); a slice runs with every test, on made-up records and, where they
are on this machine, on real ones of every hard kind.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from acceptance.citations import (
    NOISES,
    PARTS,
    SIX_STYLES,
    Neighbourhood,
    Tried,
    articles,
    citable,
    ending,
    part_of,
    rows,
    spoilt,
    tally,
    tried,
)
from evidence.demo.pubmed import article_xml
from evidence.demo.world import synthetic_world
from evidence.matching.score import MATCH_THRESHOLD, score
from evidence.model.records import Article
from evidence.sources.pubmed_xml import read_article, split_articles

HARD = Path(__file__).resolve().parents[2] / "../shared/data/pubmed-hard"
NUMBER = 6000


@pytest.fixture(scope="module")
def held_out() -> list[Tried]:
    """Citations of records that nothing was tuned on."""
    records = articles()
    return tried(records, Neighbourhood(records), "held out", NUMBER)


@pytest.mark.acceptance
def test_spoilt_citations_are_matched_to_their_records_among_near_neighbours(held_out: list[Tried]) -> None:
    reported = tally(held_out, MATCH_THRESHOLD)
    _show(held_out, reported)
    assert reported["right"] >= 0.95 * NUMBER
    assert reported["wrong"] <= 0.002 * NUMBER


@pytest.mark.acceptance
def test_citations_whose_record_is_not_offered_are_not_matched(held_out: list[Tried]) -> None:
    reported = tally(held_out, MATCH_THRESHOLD, absent=True)
    _show(held_out, reported)
    assert reported["wrong"] <= 0.002 * NUMBER
    assert reported["same work"] <= 0.01 * NUMBER


@pytest.mark.acceptance
def test_every_style_and_every_fault_is_among_the_citations(held_out: list[Tried]) -> None:
    assert {one.spoilt.style for one in held_out} == set(SIX_STYLES)
    assert {name for one in held_out for name in one.spoilt.noises} == {noise.name for noise in NOISES}
    assert {part_of(one.spoilt.article) for one in held_out} == {PARTS[1]}


@pytest.mark.acceptance
def test_the_curve_is_reported(held_out: list[Tried]) -> None:
    for row in rows(held_out):
        print(row)  # noqa: T201 - the table of the documentation
    assert tally(held_out, 1.01)["right"] == 0


def _show(citations: list[Tried], reported: Counter[str]) -> None:
    print(len(citations), dict(reported))  # noqa: T201 - shown by -s


def _endings(records: list[Article], number: int, *, absent: bool) -> Counter[str]:
    near, rng = Neighbourhood(records), random.Random(7)
    reported = Counter[str]()
    for article in rng.sample([one for one in records if citable(one)], number):
        citation = spoilt(article, records, rng)
        offered = (article, *near.of(article, rng))
        reported[
            ending(
                Tried(citation, tuple(score(citation.printed, one) for one in offered)), MATCH_THRESHOLD, absent=absent
            )
        ] += 1
    return reported


@pytest.fixture(scope="module")
def made_up() -> list[Article]:
    """Records that share words, authors and journals with each other as no real ones do."""
    return [read_article(article_xml(facts).encode()) for facts in synthetic_world(400).articles.values()]


@pytest.fixture(scope="module")
def hard() -> list[Article]:
    """Real records of every hard kind."""
    if not HARD.exists():
        pytest.skip(f"{HARD} is not here")
    every = (read_article(raw) for path in sorted(HARD.glob("*.xml")) for _, raw in split_articles(path.read_bytes()))
    return list({article.identifier: article for article in every}.values())


@pytest.mark.parametrize("kind", ["made_up", "hard"])
def test_a_slice_of_spoilt_citations_is_matched_and_none_wrongly(kind: str, request: pytest.FixtureRequest) -> None:
    reported = _endings(request.getfixturevalue(kind), 60, absent=False)
    assert reported["wrong"] == 0
    assert reported["right"] >= 51


@pytest.mark.parametrize("kind", ["made_up", "hard"])
def test_a_slice_without_the_right_records_is_not_matched(kind: str, request: pytest.FixtureRequest) -> None:
    reported = _endings(request.getfixturevalue(kind), 60, absent=True)
    assert reported["wrong"] == reported["right"] == 0
