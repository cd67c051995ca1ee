"""MET001 to MET008, MET010 on made-up cases: what is reported, where, and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from evidence.model.dates import PartialDate
from evidence.model.errors import Place
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Cause, Found, Unavailable
from evidence.model.policy import Severity
from evidence.model.records import Article, Author, Journal, Page
from evidence.model.references import FINDING, Category, Name, Waiver
from evidence.model.rule import Finding, Rule, fingerprint
from evidence.rules.case import Case
from evidence.rules.metadata import RULES
from factories import PATH, PMID, TODAY, URL, answer, article, case, case_about, found_codes, only_finding, reference

BY_CODE = {rule.code: rule for rule in RULES}
DOI = Identifier(IdKind.DOI, "10.1000/xyz.12")
RECORD = Article(
    PMID,
    "Warm socks for cold feet: a crossover trial assessing daily warmth.",
    authors=(Author("Winter", "Jane", "J"), Author("Nord", "Nils", "N")),
    journal=Journal("The journal of winter medicine", "J Winter Med", "J Winter Med"),
    issued=PartialDate(2013),
    years=(2013,),
    has_article_date=True,
    volume="65",
    issue="2",
    pages="529-38",
)
RIGHT = (
    "Winter J, Nord N. Warm socks for cold feet: a crossover trial assessing daily warmth. "
    "J Winter Med. 2013;65(2):529-38."
)


def cited(printed: str | None = None, record: Article = RECORD, **fields: Any) -> Case:
    fields |= {"cited_as": printed} if printed else {}
    return case_about(record, **fields)


def finding(code: str, judged: Case) -> Finding:
    return only_finding(BY_CODE[code], judged)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_of_the_family_is_documented_and_needs_a_lookup(rule: Rule) -> None:
    assert rule.needs_lookup
    sections = ("What it does:", "Why it matters:", "Example:", "What to do:", "References:")
    assert all(section in rule.doc for section in sections)


def test_a_right_citation_has_no_finding() -> None:
    assert found_codes(RULES, cited(RIGHT)) == []


def test_an_entry_with_an_identifier_alone_has_no_finding() -> None:
    assert found_codes(RULES, cited()) == []


CASES = {
    "MET001": RIGHT.replace(" assessing daily warmth", ""),
    "MET002": RIGHT.replace("Nord N", "Nord Q"),
    "MET003": RIGHT.replace("2013", "2009"),
    "MET004": RIGHT.replace("J Winter Med", "Ann Summer Surg"),
    "MET005": RIGHT.replace("529-38", "592-98"),
}


@pytest.mark.parametrize(("code", "printed"), CASES.items(), ids=CASES.keys())
def test_one_wrong_thing_gets_its_code_at_the_printed_citation(code: str, printed: str) -> None:
    judged = cited(printed)
    assert found_codes(RULES, judged) == [code]
    assert finding(code, judged).place == judged.reference.places["cited-as"]


def test_a_cut_title_suggests_the_entire_one() -> None:
    found = finding("MET001", cited(CASES["MET001"]))
    assert found.severity is Severity.WARNING
    assert found.message == 'title is incomplete: the record continues "assessing daily warmth"'
    assert found.suggestion == RECORD.title.removesuffix(".")


FIELDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "title": ("MET001", {"title": "Warm socks for cold hands: a crossover trial assessing daily warmth"}, "title"),
    "author": ("MET002", {"authors": (Name("Nord", "N"), Name("Winter", "J"))}, "author"),
    "issued": ("MET003", {"issued": PartialDate(2009)}, "issued"),
    "container-title": ("MET004", {"container_title": "Annals of Summer Surgery"}, "container-title"),
    "volume": ("MET005", {"volume": "66"}, "volume"),
    "page": ("MET005", {"page": "592-598"}, "page"),
}


@pytest.mark.parametrize(("code", "fields", "key"), FIELDS.values(), ids=FIELDS.keys())
def test_a_wrong_field_of_the_entry_is_reported_where_it_is(code: str, fields: dict[str, Any], key: str) -> None:
    judged = cited(RIGHT, **fields)
    placed = Place(PATH, 99, 7)
    moved = replace(judged.reference, places={key: placed})
    found = finding(code, case(moved, *judged.answers))
    assert found.place == placed


def test_the_same_mistake_in_both_places_is_reported_once() -> None:
    judged = cited(RIGHT.replace("65(2)", "66(2)"), volume="66")
    assert found_codes(RULES, judged) == ["MET005"]
    assert finding("MET005", judged).place == judged.reference.places["volume"]


def test_two_different_mistakes_are_reported_twice() -> None:
    assert found_codes(RULES, cited(RIGHT.replace("65(2)", "66(2)"), volume="67")) == ["MET005", "MET005"]


OTHER = "Kohl R, Suppe E. Cabbage soup in the nutrition of arctic explorers. Ann Summer Surg. 2004;12(9):101-9."


def test_a_wrong_record_replaces_the_single_differences_and_lists_them() -> None:
    judged = cited(OTHER)
    assert found_codes(RULES, judged) == ["MET006"]
    found = finding("MET006", judged)
    assert found.severity is Severity.ERROR
    assert "PMID 23359310 is a different work" in found.message
    assert RECORD.title.removesuffix(".") in found.message
    assert "title, authors, year, journal, volume, issue, pages" in found.message


def test_a_wrong_record_among_the_fields_is_found_beside_a_right_printed_citation() -> None:
    judged = cited(RIGHT, title="Cabbage soup in the nutrition of arctic explorers", authors=(Name("Kohl", "R"),))
    assert found_codes(RULES, judged) == ["MET006"]


def test_a_short_citation_says_what_agreed() -> None:
    found = finding("MET003", cited("Winter et al. J Winter Med 2009"))
    assert "no title is printed" in found.message
    assert "matching: authors, journal;" in found.message


def with_doi() -> Article:
    return Article(RECORD.identifier, RECORD.title, also_known_as=(DOI,))


def test_a_doi_that_the_record_has_is_missed() -> None:
    found = finding("MET007", cited(record=with_doi()))
    assert found.severity is Severity.INFO
    assert found.suggestion == "DOI: 10.1000/xyz.12"


def test_a_doi_of_the_entry_or_in_its_printed_citation_is_not_missed() -> None:
    beside = case(reference(PMID, DOI), answer(PMID, Found(with_doi())))
    assert found_codes(RULES, beside) == []
    assert found_codes(RULES, cited(RIGHT + " doi:10.1000/xyz.12", record=with_doi())) == []


def test_pages_and_unanswered_references_are_never_compared() -> None:
    page = case(reference(URL, cited_as=OTHER), answer(URL, Found(Page(URL, 200, URL.value, title="A page"))))
    silent = case(reference(PMID, cited_as=OTHER), answer(PMID, Unavailable("no answer", Cause.TIMEOUT)))
    assert found_codes(RULES, page) == found_codes(RULES, silent) == []


def test_a_remembered_record_is_compared_while_the_service_is_silent() -> None:
    remembered = answer(PMID, Unavailable("no answer", Cause.TIMEOUT), remembered=RECORD)
    assert found_codes(RULES, case(reference(PMID, cited_as=OTHER), remembered)) == ["MET006"]


def test_a_record_that_says_nothing_but_its_title_judges_nothing_else() -> None:
    assert found_codes(RULES, cited(RIGHT, record=article(title=RECORD.title))) == []


TOO_SHORT = ("Cabbage soup in the nutrition of arctic explorers", "See the paper on socks.")


@pytest.mark.parametrize("printed", TOO_SHORT)
def test_a_printed_citation_that_cannot_be_compared_is_reported(printed: str) -> None:
    judged = cited(printed)
    assert found_codes(RULES, judged) == ["MET008"]
    found = finding("MET008", judged)
    assert found.severity is Severity.INFO
    assert found.place == judged.reference.places["cited-as"]
    assert RECORD.title.removesuffix(".") in found.message


def test_one_wrong_field_alone_is_no_wrong_record() -> None:
    assert found_codes(RULES, cited(title="Cabbage soup in the nutrition of arctic explorers")) == ["MET001"]
    assert found_codes(RULES, cited(authors=(Name("Kohl", "R"),))) == ["MET002"]


def test_met010_a_chapter_revised_after_it_was_read_is_a_warning_and_its_day_a_part_of_the_fact() -> None:
    read = {"accessed": PartialDate(2025, 8)}
    chapter = replace(RECORD, is_book=True, book_title="A Book", revised=PartialDate(2026, 3, 1))
    first, later = (
        finding("MET010", cited(RIGHT, record, **read))
        for record in (chapter, replace(chapter, revised=PartialDate(2026, 4)))
    )
    assert first.message == "chapter revised since it was accessed (2025-08): last revised 2026-03-01"
    assert (first.severity, first.place.line) == (Severity.WARNING, 5)
    assert first.fingerprint != later.fingerprint
    assert "MET010" not in found_codes(RULES, cited(RIGHT, replace(chapter, is_book=False), **read))


def test_a_book_of_another_source_than_pubmed_has_no_day_of_revision() -> None:
    book = replace(RECORD, identifier=DOI, is_book=True, published_online=PartialDate(2026, 3, 1))
    assert found_codes((BY_CODE["MET010"],), cited(RIGHT, book, accessed=PartialDate(2025, 8))) == []


REFERENCE = reference().id
INVENTED = "Cabbage soup and the memory of arctic explorers"


def test_an_invented_title_at_the_right_place_is_an_error_instead_of_a_warning() -> None:
    judged = cited(RIGHT.replace(RECORD.title.removesuffix("."), INVENTED))
    assert found_codes(RULES, judged) == ["MET009"]
    found = finding("MET009", judged)
    assert found.severity is Severity.ERROR
    assert found.message == (
        f'title is different: the record has "{RECORD.title.removesuffix(".")}"; authors, year, journal, volume, '
        "issue and pages match, so either the title or the identifier belongs to another work"
    )


def test_an_invented_title_in_both_places_is_reported_once() -> None:
    fields: dict[str, Any] = {"title": INVENTED, "volume": "65", "page": "529-538"}
    judged = cited(RIGHT.replace(RECORD.title.removesuffix("."), INVENTED), **fields)
    assert found_codes(RULES, judged) == ["MET009"]
    assert finding("MET009", judged).place == judged.reference.places["title"]


def test_a_title_that_another_source_has_for_the_same_work_is_a_warning() -> None:
    judged = cited(RIGHT.replace(RECORD.title.removesuffix("."), INVENTED), replace(RECORD, also_known_as=(DOI,)))
    crossref = replace(RECORD, identifier=DOI, title=f"{INVENTED}.")
    known = replace(judged, learned=(answer(DOI, Found(crossref)),))
    assert found_codes(RULES, known) == ["MET001", "MET007"]


def test_a_wrong_record_replaces_another_title() -> None:
    assert found_codes(RULES, cited(OTHER)) == ["MET006"]


def title_waiver(fact: str, until: date) -> Waiver:
    """A waiver of MET001 for a fact, given when a title like that was a mere mismatch."""
    evidence = {FINDING: fingerprint("MET001", REFERENCE, fact)}
    place = Place(PATH, 9, 3)
    return Waiver(
        "MET001",
        REFERENCE,
        Category.ACCEPTED_RISK,
        "as printed",
        "Dana Reyes",
        "Kim Ode",
        TODAY,
        until,
        evidence,
        place,
    )


@pytest.mark.parametrize(
    ("words", "days", "expected"), [(INVENTED, 0, "MET001"), (INVENTED, -1, "MET009"), ("Other words", 0, "MET009")]
)
def test_a_waiver_of_the_same_words_as_a_title_mismatch_covers_another_title_until_it_ends(
    words: str, days: int, expected: str
) -> None:
    judged = cited(RIGHT.replace(RECORD.title.removesuffix("."), INVENTED))
    given = title_waiver(f"title: {words} | {RECORD.title.removesuffix('.')}", TODAY + timedelta(days=days))
    assert judged.reference.id == REFERENCE
    assert found_codes(RULES, replace(judged, library=replace(judged.library, waivers=(given,)))) == [expected]
