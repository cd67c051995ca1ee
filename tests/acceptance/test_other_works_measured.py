"""Other works under right-looking references, measured on real records: identifiers, given names, titles, prints.

The tables go to docs/matching.md; the records are those of tests/acceptance/test_matching.py.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from acceptance.citations import KEYS, apa, at_random, cell, chicago, ieee, lancet, nlm, sharing, show
from evidence.matching.compare import compare
from evidence.matching.locators import doi_of
from evidence.matching.prints import Prints, compare_prints
from evidence.matching.verdict import Field
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Found
from evidence.model.records import Article, Author, Journal, PublicationType, initials
from evidence.rules.identifiers import conflicting_identifiers
from factories import case, found_codes, reference
from fakes import NOON

pytestmark = pytest.mark.acceptance


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


# MET002: given names in styles that print them in full


def _family_first(author: Author) -> str:
    return author.collective or f"{author.family}, {author.given or author.initials}"


def _given_first(author: Author) -> str:
    return author.collective or f"{author.given or author.initials} {author.family}"


def _after(names: str, article: Article) -> str:
    place = f"{article.volume}({article.issue}):{article.pages}"
    return f"{names}. {article.title.rstrip('.')}. {article.journal.title}. {article.years[0]};{place}."


def semicolons(article: Article) -> str:
    return _after("; ".join(map(_family_first, article.authors)), article)


def given_first(article: Article) -> str:
    return _after(", ".join(map(_given_first, article.authors)), article)


def mla(article: Article) -> str:
    first, *others = article.authors
    more = ", et al" if len(others) > 1 else f", and {_given_first(others[0])}" if others else ""
    return _after(_family_first(first) + more, article)


FULL_NAMES: dict[str, Callable[[Article], str]] = {
    "semicolons": semicolons,
    "Chicago": chicago,
    "MLA": mla,
    "given first": given_first,
}
INVENTED = """
    Aaron Abigail Amanda Arthur Barbara Benjamin Brenda Bruce Caroline Charles Clara Craig Deborah Dennis Dorothy
    Douglas Edgar Eleanor Emily Ernest Felix Fiona Frank Gerald Gloria Gregory Hannah Harold Helen Howard Ian Ingrid
    Irene Isaac James Janet Jeffrey Judith Karen Keith Kenneth Kimberly Larry Laura Linda Louise Magnus Margaret
    Melissa Monica Nancy Naomi Neil Norman Olive Oscar Owen Pamela Patrick Philip Priscilla Quentin Quincy Rachel
    Raymond Rebecca Roger Sandra Sebastian Simon Susan Teresa Theodore Timothy Ulrich Una Ursula Valerie Vera Victor
    Walter Wanda Wendy Winifred Xavier Xenia Yolanda Yvette Zachary Zelda
""".split()  # noqa: SIM905 - a list of words


def has_forename(author: Author) -> bool:
    return any(len(word) > 2 and word.isalpha() and not word.isupper() for word in author.given.split("-")[0].split())


def with_invented(article: Article, rng: random.Random) -> Article | None:
    """Its authors with other forenames of the same initials; None where it gives none in full."""
    people, made = [], 0
    for author in article.authors:
        names = [name for name in INVENTED if name[0] == author.given[:1].upper() and name not in author.given]
        if names and has_forename(author):
            people.append(replace(author, given=rng.choice(names)))
            made += 1
        else:
            people.append(author)
    return replace(article, authors=tuple(people)) if made else None


@pytest.fixture(scope="module")
def named(records: list[Article]) -> list[Article]:
    """Records whose first author has a forename in full."""
    return [a for a in records if a.authors and a.years and a.title and has_forename(a.authors[0])]


@pytest.mark.parametrize("style", FULL_NAMES)
def test_invented_given_names_are_found_and_right_ones_are_not(named: list[Article], style: str) -> None:
    rng, printed = random.Random(style), FULL_NAMES[style]
    chosen = rng.sample(named, 1000)
    false = [a for a in chosen if compare(printed(a), a).of(Field.AUTHORS).differs]
    made = [(a, other) for a in chosen if (other := with_invented(a, rng)) is not None]
    found = sum(compare(printed(other), a).of(Field.AUTHORS).differs for a, other in made)
    show(f"given names, {style}: n={len(chosen)} false {len(false)}; invented n={len(made)} {found / len(made):.2%}")
    assert len(false) <= 0.002 * len(chosen)
    assert found >= 0.95 * len(made)


def test_given_names_joined_spaced_and_hyphenated_are_one(records: list[Article]) -> None:
    rng = random.Random(23)
    hyphenated = [a for a in records if a.title and a.years and any("-" in author.given for author in a.authors)]

    def changed(article: Article, change: Callable[[str], str]) -> Article:
        people = (
            replace(a, given=given, initials=initials(given)) for a in article.authors if (given := change(a.given))
        )
        return replace(article, authors=tuple(people))

    def joined(given: str) -> str:
        return " ".join(word.replace("-", "").capitalize() if "-" in word else word for word in given.split())

    def spaced(given: str) -> str:
        return given.replace("-", " ")

    wrong, made = 0, 0
    for article in rng.sample(hyphenated, 120):
        forms = [changed(article, change) for change in (str, joined, spaced)]
        for print_of in (*FULL_NAMES.values(), nlm, ieee):
            for one in forms:
                for other in forms:
                    made += 1
                    wrong += compare(print_of(one), other).of(Field.AUTHORS).differs
    show(f"given names joined, spaced, hyphenated: n={made} false {wrong / made:.2%}")
    assert wrong <= 0.005 * made


# MET009: another title at the right place


@pytest.fixture(scope="module")
def titled(records: list[Article]) -> list[Article]:
    """Records with a title and an author."""
    return [a for a in records if a.title and a.authors and not a.title.startswith("[Not")]


PRINTS = (nlm, lancet, apa, chicago, cell, ieee, semicolons, mla)


def outcome(printed: str, article: Article) -> str:
    comparison = compare(printed, article)
    return "MET006" if comparison.wrong else "MET009" if comparison.other_title else "none"


def test_a_title_of_another_work_is_another_title(titled: list[Article]) -> None:
    rng = random.Random(31)
    known = [article for article in titled if article.years]
    pairs = {
        "at random": at_random(known, 800, rng),
        "of the journal and year": sharing(known, KEYS["same journal and year"], 800, rng),
        "of the same first author": sharing(known, KEYS["same first author"], 800, rng),
    }
    least = {"at random": 0.95, "of the journal and year": 0.9, "of the same first author": 0.7}
    for name, some in pairs.items():
        found = Counter(outcome(rng.choice(PRINTS)(replace(own, title=other.title)), own) for own, other in some)
        share = (found["MET009"] + found["MET006"]) / len(some)
        show(f"another title, {name}: n={len(some)} {share:.2%} {dict(found)}")
        assert share >= least[name]


def _words(title: str) -> list[str]:
    return title.rstrip(".").split()


EXPLAINED: dict[str, Callable[[Article], str]] = {
    "own": lambda article: article.title,
    "vernacular": lambda article: article.vernacular_title or article.title,
    "first five words": lambda article: " ".join(_words(article.title)[:5]),
    "last five words": lambda article: " ".join(_words(article.title)[-5:]),
    "without its subtitle": lambda article: article.title.split(":")[0].split("--")[0],
    "only its subtitle": lambda article: article.title.split(":")[-1].strip(),
    "only its long words": lambda article: " ".join(w for w in _words(article.title) if len(w) > 5) or article.title,
    "halves exchanged": lambda article: " ".join(
        _words(article.title)[len(_words(article.title)) // 2 :]
        + _words(article.title)[: len(_words(article.title)) // 2]
    ),
    "with a subtitle": lambda article: f"{article.title.rstrip('.')}: a study of two hundred villages in the north",
}


@pytest.mark.parametrize("change", EXPLAINED)
def test_a_cut_translated_or_longer_title_is_not(titled: list[Article], change: str) -> None:
    rng = random.Random(change)
    chosen = [article for article in rng.sample(titled, 1000) if article.years]
    found = Counter(
        outcome(rng.choice(PRINTS)(replace(article, title=f"{EXPLAINED[change](article).rstrip('.')}.")), article)
        for article in chosen
    )
    show(f"title {change}: n={len(chosen)} {dict(found)}")
    assert found["MET009"] <= 0.001 * len(chosen)


def test_a_title_in_the_original_language_that_the_record_lacks_is_not(titled: list[Article]) -> None:
    rng = random.Random(37)
    translated = [a for a in titled if a.vernacular_title and a.languages and "eng" not in a.languages and a.years]
    chosen = rng.sample(translated, 1000)
    found = Counter(
        outcome(rng.choice(PRINTS)(replace(a, title=a.vernacular_title)), replace(a, vernacular_title=""))
        for a in chosen
    )
    show(f"title in the original language, not recorded: n={len(chosen)} {dict(found)}")
    assert found["MET009"] <= 0.005 * len(chosen)


# REF004, CIT005, import: two prints under one identifier


def _pair_of_prints(own: Article, other: Article, rng: random.Random) -> Prints:
    return compare_prints(rng.choice(PRINTS)(own), rng.choice(PRINTS)(other), IdKind.PMID)


def test_one_work_in_two_styles_is_one_and_siblings_are_two(titled: list[Article]) -> None:
    rng = random.Random(41)
    known = [article for article in titled if article.years]
    own = Counter(_pair_of_prints(article, article, rng).name for article in rng.sample(known, 1000))
    show(f"prints of one work: {dict(own)}")
    assert own["OF_TWO_WORKS"] <= 0.001 * own.total()
    assert own["ALIKE"] >= 0.99 * own.total()
    for key in ("same journal issue", "same journal and year"):
        pairs = sharing(known, KEYS[key], 1000, rng)
        found = Counter(_pair_of_prints(one, other, rng).name for one, other in pairs)
        show(f"prints of siblings, {key}: {dict(found)}")
        assert found["OF_TWO_WORKS"] >= 0.97 * len(pairs)
        assert found["ALIKE"] <= 0.01 * len(pairs)
