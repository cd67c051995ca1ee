"""Other works under right-looking references, measured on real records: identifiers, given names, titles, prints.

The tables go to docs/matching.md; the records are those of tests/acceptance/test_matching.py.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from dataclasses import replace

import pytest

from acceptance.citations import KEYS, articles, sharing
from evidence.matching.locators import doi_of
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Found
from evidence.model.records import Article, Journal, PublicationType
from evidence.rules.identifiers import conflicting_identifiers
from factories import case, found_codes, reference
from fakes import NOON

pytestmark = pytest.mark.acceptance


def show(line: str) -> None:
    sys.stdout.write(line + "\n")


@pytest.fixture(scope="module")
def records() -> list[Article]:
    """Every distinct record of the two files."""
    return articles()


# IDN004: the entry's DOI against the one that PubMed's record names

PREPRINT = (PublicationType("D000076942", "Preprint"),)
SISTER = Journal("Another journal altogether", "Another J", "Another J", ("0000-0000",))


def conflicts(own: Article, cited: str, **crossrefs: object) -> bool:
    """Whether an entry with the record's PMID and this DOI gets IDN004; Crossref's record is empty without facts."""
    doi = Identifier(IdKind.DOI, cited)
    work = Article(doi, "")
    if crossrefs:
        work = replace(own, identifier=doi, also_known_as=(), vernacular_title="", languages=(), **crossrefs)  # type: ignore[arg-type]
    answers = (
        Answer(own.identifier, Found(own), "pubmed", "", NOON),
        Answer(doi, Found(work), "crossref", "", NOON),
    )
    return bool(found_codes((conflicting_identifiers,), case(reference(own.identifier, doi), *answers)))


@pytest.mark.parametrize("known", [True, False], ids=["with its record", "without"])
def test_the_doi_of_a_sibling_is_another_works(records: list[Article], *, known: bool) -> None:
    named = [article for article in records if doi_of(article)]
    for key in ("same journal issue", "same journal and year"):
        pairs = [(a, b) for a, b in sharing(named, KEYS[key], 3000, random.Random(key)) if doi_of(a) != doi_of(b)]
        facts = ("title", "authors", "journal", "volume", "issue", "pages", "years", "notices", "publication_types")
        found = sum(
            conflicts(own, doi_of(other), **({fact: getattr(other, fact) for fact in facts} if known else {}))
            for own, other in pairs
        )
        show(f"IDN004, {key}: n={len(pairs)} found {found / len(pairs):.2%}")
        assert found >= 0.99 * len(pairs)


def test_versions_preprints_translations_and_second_printings_are_not(records: list[Article]) -> None:
    chosen = random.Random(17).sample([a for a in records if doi_of(a) and a.title], 1500)
    chosen = [a for a in chosen if not any(kind.label == "Preprint" for kind in a.publication_types)]
    wrong = Counter[str]()
    for article in chosen:
        doi = doi_of(article)
        made = {
            "own": conflicts(article, doi, title=article.title),
            "version": any(conflicts(article, f"{doi}{version}") for version in (".v2", "/v1", ".pub3")),
            "preprint by its number": conflicts(article, "10.1101/2020.04.07.20053083"),
            "preprint by its type": conflicts(
                article, "10.5555/x", title="Otherwise called", volume="", pages="", publication_types=PREPRINT
            ),
            "second printing": conflicts(
                article, "10.5555/x", title=article.title, journal=SISTER, volume="7", pages="1-9"
            ),
        }
        if article.vernacular_title:
            made["translation"] = conflicts(article, "10.5555/x", title=article.vernacular_title)
            made["translation elsewhere"] = conflicts(
                article, "10.5555/x", title=article.vernacular_title, journal=SISTER, volume="7", pages="1-9"
            )
        wrong.update({kind: found for kind, found in made.items() if found})
    show(f"IDN004, of {len(chosen)} works under a second DOI: {dict(wrong)}")
    assert not wrong
