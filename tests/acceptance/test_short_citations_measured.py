"""Citations without a title, in every form, beside their own record and beside a near one: same journal, same year.

Run with `make verify`, or `pytest -m acceptance -s tests/acceptance/test_short_citations_measured.py` for the tables.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from acceptance.citations import STYLES, show
from acceptance.short_citations import (
    ONE_UNLIKE,
    ShortForm,
    every_form,
    group_arrangements,
    group_citations,
    groups,
    people,
)
from acceptance.test_matching import codes
from evidence.matching.authors import AuthorList, reads_as_group_word
from evidence.matching.compare import compare
from evidence.matching.text import CleanText, clean
from evidence.model.records import Article

pytestmark = pytest.mark.acceptance

RECORDS_OF_A_FORM = 150
RANDOM_FORMS = 6000
Near = dict[str, list[Article]]


@pytest.fixture(scope="module")
def near(records: list[Article]) -> Near:
    """The records of a journal and year, by the PMID of each of them that has a person as author and a neighbour."""
    places = defaultdict(list)
    for article in records:
        if article.issued:
            places[article.journal.medline_ta, article.issued.year].append(article)
    return {a.identifier.value: place for place in places.values() if len(place) > 1 for a in place if people(a)}


class Tally:
    """What citations got beside their own record, and beside another of the same journal and year."""

    def __init__(self) -> None:
        self.own, self.other = Counter[str](), Counter[str]()
        self.failures: list[str] = []

    def add(self, printed: str, article: Article, other: Article) -> None:
        """Count one citation."""
        for counted, record in ((self.own, article), (self.other, other)):
            reported = "+".join(codes(compare(printed, record))) or "none"
            counted[reported] += 1
            if counted is self.own and reported != "none":
                self.failures.append(f"{reported} {record.identifier.value} {printed}")

    @property
    def made(self) -> int:
        """How many citations."""
        return self.own.total()

    @property
    def false(self) -> float:
        """The share of own records with a finding."""
        return 1 - self.own["none"] / self.made

    @property
    def found(self) -> float:
        """The share of near records that are said to be another work."""
        return self.other["MET006"] / self.made

    def __str__(self) -> str:
        own = f"own record {self.false:.2%} with a finding ({self.own['MET006']} MET006)"
        return f"n={self.made} {own}, near record {self.found:.2%} MET006 {self.other.most_common(4)}"


def _add(tally: Tally, form: ShortForm, near: Near, article: Article, rng: random.Random) -> bool:
    printed = form.printed(article, rng)
    if printed is None:
        return False
    others = [other for other in near[article.identifier.value] if other is not article]
    tally.add(printed, article, rng.choice(others))
    return True


@pytest.fixture(scope="module")
def by_form(records: list[Article], near: Near) -> dict[ShortForm, Tally]:
    """The figures of every form in which one thing is unlike the simplest one."""
    figures = {}
    for form in ONE_UNLIKE:
        rng, tally = random.Random(str(form)), Tally()
        chosen = iter(rng.sample(records, len(records)))
        while tally.made < RECORDS_OF_A_FORM and (article := next(chosen, None)) is not None:
            if article.identifier.value in near:
                _add(tally, form, near, article, rng)
        figures[form] = tally
        show(f"{form.example:70s} {tally}")
    return figures


def test_no_form_beside_its_own_record_is_another_work_and_hardly_any_has_a_finding(
    by_form: dict[ShortForm, Tally],
) -> None:
    made = sum(tally.made for tally in by_form.values())
    failures = [failure for tally in by_form.values() for failure in tally.failures]
    show("\n".join(failures))
    assert len(by_form) >= 100
    assert all(tally.made == RECORDS_OF_A_FORM for tally in by_form.values())
    assert not [failure for failure in failures if failure.startswith("MET006")]
    assert len(failures) <= 0.001 * made
    assert max(tally.false for tally in by_form.values()) <= 0.02


def test_every_form_beside_a_near_record_is_another_work(by_form: dict[ShortForm, Tally]) -> None:
    assert sum(tally.found for tally in by_form.values()) / len(by_form) >= 0.96
    assert {form.example: tally.found for form, tally in by_form.items() if tally.found < 0.9} == {}


def test_forms_unlike_the_simplest_in_everything_are_read_as_well(records: list[Article], near: Near) -> None:
    rng, tally = random.Random(17), Tally()
    known = [article for article in records if article.identifier.value in near]
    while tally.made < RANDOM_FORMS:
        _add(tally, rng.choice(every_form()), near, rng.choice(known), rng)
    show(str(tally))
    show("\n".join(tally.failures))
    assert tally.own["MET006"] == 0
    assert tally.false <= 0.001
    assert tally.found >= 0.97


def test_groups_are_read_by_their_names_and_their_acronyms(records: list[Article]) -> None:
    rng, reported, failures = random.Random(19), Counter[str](), []
    for article in records:
        for name in groups(article):
            authors = rng.choice(list(group_arrangements(article, name)))
            printed = rng.choice(list(STYLES.values()))(replace(article, authors=authors))
            found = "+".join(codes(compare(printed, article))) or "none"
            reported[found] += 1
            if found != "none":
                failures.append(f"{found} {printed[:200]}")
    show(f"groups: n={reported.total()} {dict(reported)}")
    show("\n".join(failures))
    assert reported.total() > 4000
    assert reported["MET006"] == 0
    assert reported["none"] >= 0.995 * reported.total()


def _explains(near: Article, name: str, article: Article) -> bool:
    """Whether a record may be cited under this group's name: its own group, its title or its first author has it."""
    text, authors = CleanText(clean(name)), AuthorList(near.authors)
    titled = set(CleanText(clean(near.title)).keys)
    own = [at for at in range(len(text)) if not reads_as_group_word(text.keys[at])]
    named = any(authors.is_of_body(text, at) or text.keys[at] in titled for at in own)
    same_first = bool(people(near)) and people(near)[0].family == people(article)[0].family
    return not own or named or same_first


def test_short_citations_of_groups_are_read_by_their_names_and_their_acronyms(
    records: list[Article], near: Near
) -> None:
    rng, tally, kinds = random.Random(23), Tally(), defaultdict(Counter[str])
    passed = 0
    for article in records:
        others = [other for other in near.get(article.identifier.value, ()) if other is not article]
        for name in groups(article):
            printed = rng.choice(list(group_citations(article, name)))
            if not others:
                continue
            other = rng.choice(others)
            tally.add(printed, article, other)
            kind = "explained" if _explains(other, name, article) else "named" if " " in name else "bare acronym"
            comparison = compare(printed, other)
            kinds[kind]["+".join(codes(comparison)) or "none"] += 1
            # A trial's name alone is no proof (docs/limits.md), and no pass: MET008 says that too little is printed.
            passed += kind == "bare acronym" and not comparison.differences and not comparison.too_short
    show(str(tally))
    show("\n".join(tally.failures))
    for kind, found in kinds.items():
        share = found["MET006"] / found.total()
        show(f"groups beside a near record, {kind}: n={found.total()} {share:.2%} {dict(found)}")
    assert tally.made > 3000
    assert tally.own["MET006"] == 0
    assert tally.false <= 0.0005
    assert kinds["named"]["MET006"] >= 0.98 * kinds["named"].total()
    assert passed == 0
