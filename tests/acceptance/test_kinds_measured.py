"""REF008 and REF009 over real records printed in six layouts, and over citations of works that no registry holds.

`other_works.txt` holds one citation a line: books, chapters, guidance, package inserts, standards, what was said or
never printed; public works and invented ones, in several styles.
"""

from __future__ import annotations

import random
from collections import Counter
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


@pytest.mark.parametrize("kind", [None, "book", "report", "document"])
def test_works_of_no_registry_are_such(kind: str | None) -> None:
    found = Counter(
        code for printed in OTHER_WORKS for code in codes(Reference("a", PLACE, type=kind, cited_as=printed))
    )
    show(f"{len(OTHER_WORKS)} works typed {kind}: {dict(found)}")
    assert found["REF008"] >= 0.95 * len(OTHER_WORKS)
