"""REF008 and REF009 over real records printed in six layouts, and over citations of works that no registry holds.

`other_works.txt` holds one citation a line: books, chapters, guidance, package inserts, standards, what was said or
never printed; public works and invented ones, in several styles. `hard_articles.txt` holds articles that are printed
with less than others, or otherwise: ahead of print, without a volume, with abbreviated journals, in other languages.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from acceptance.citations import SIX_STYLES, articles, show
from evidence.model.errors import Place
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Article
from evidence.model.references import IdentifierUse, Reference
from evidence.rules.reference import missing_identifier, nothing_to_look_up, unidentified_article
from factories import case

pytestmark = pytest.mark.acceptance

PLACE = Place("references.yaml", 2, 3)
NUMBER = 1000
OTHER_WORKS = Path(__file__).with_name("other_works.txt").read_text(encoding="utf-8").splitlines()
HARD_ARTICLES = Path(__file__).with_name("hard_articles.txt").read_text(encoding="utf-8").splitlines()
TYPES = [None, "book", "report", "document", "webpage"]


@pytest.fixture(scope="module")
def sample() -> list[Article]:
    """Records that give a place in a journal: volume or pages."""
    placed = [article for article in articles() if article.volume or article.pages]
    return random.Random(13).sample(placed, NUMBER)


def codes(entry: Reference) -> list[str]:
    judged = case(entry)
    rules = (missing_identifier, nothing_to_look_up, unidentified_article)
    return [finding.code for rule in rules for finding in rule.findings(judged)]


@pytest.mark.parametrize("style", SIX_STYLES)
@pytest.mark.parametrize("kind", ["book", "report", "chapter", "webpage"])
def test_no_article_is_taken_for_another_work_whatever_its_type_says(
    style: str, kind: str, sample: list[Article]
) -> None:
    found = Counter[str]()
    for article in sample:
        found.update(codes(Reference("a", PLACE, type=kind, cited_as=SIX_STYLES[style](article))))
    show(f"{style} typed {kind}: {dict(found)}")
    assert found["REF003"] >= 0.999 * NUMBER


@pytest.mark.parametrize("style", SIX_STYLES)
def test_an_article_with_an_address_alone_is_unidentified(style: str, sample: list[Article]) -> None:
    use = IdentifierUse(Identifier(IdKind.URL, "https://journal.example/1045"), "URL", PLACE)
    found = Counter(
        code
        for article in sample
        for code in codes(Reference("a", PLACE, type="webpage", cited_as=SIX_STYLES[style](article), uses=(use,)))
    )
    show(f"{style} with an address: {dict(found)}")
    assert found["REF009"] >= 0.98 * NUMBER


@pytest.mark.parametrize("kind", TYPES)
def test_works_of_no_registry_are_such(kind: str | None) -> None:
    found = Counter(
        code for printed in OTHER_WORKS for code in codes(Reference("a", PLACE, type=kind, cited_as=printed))
    )
    show(f"{len(OTHER_WORKS)} works typed {kind}: {dict(found)}")
    assert found["REF008"] >= 0.98 * len(OTHER_WORKS)


@pytest.mark.parametrize("kind", TYPES)
def test_articles_that_print_little_are_articles(kind: str | None) -> None:
    other = [
        printed for printed in HARD_ARTICLES if codes(Reference("a", PLACE, type=kind, cited_as=printed)) != ["REF003"]
    ]
    show(f"{len(HARD_ARTICLES)} hard articles typed {kind}: {len(other)} not REF003")
    assert other == []


@pytest.mark.parametrize("style", SIX_STYLES)
def test_hardly_any_article_without_its_place_is_taken_for_another_work(style: str, sample: list[Article]) -> None:
    bare = [replace(article, volume="", issue="", pages="", elocations=()) for article in sample]
    found = Counter(
        code for article in bare for code in codes(Reference("a", PLACE, cited_as=SIX_STYLES[style](article)))
    )
    show(f"{style} without volume, issue and pages: {dict(found)}")
    assert found["REF003"] >= 0.95 * NUMBER
