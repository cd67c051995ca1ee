"""A printed citation against its record: what agrees however it is written, and what does not."""

from __future__ import annotations

import pytest

from evidence.matching.compare import compare
from evidence.matching.verdict import Field, Verdict
from evidence.model.records import Journal
from factories import VANCOUVER, WORK, authors, differences, work

TITLE = WORK.title.removesuffix(".")

STYLES = {
    "vancouver": VANCOUVER,
    "numbered": "12. " + VANCOUVER,
    "ama": f"Winter J, Nord N, McFrost R, et al. {TITLE}. J Winter Med. 2013;65(2):529-538. doi:10.1000/xyz.12",
    "nlm with identifiers": VANCOUVER
    + " doi: 10.1000/xyz.12. PubMed PMID: 10000001; PubMed Central PMCID: PMC1234567.",
    "lancet": f"Winter J, Nord N, McFrost R, de Vries AP. {TITLE}. J Winter Med 2013; 65: 529\u201338.",
    "apa": "Winter, J., Nord, N., McFrost, R., & de Vries, A. P. (2013). "
    f"{TITLE}. The Journal of Winter Medicine, 65(2), 529\u2013538. https://doi.org/10.1000/xyz.12",
    "apa cut in the middle": "Winter, J., Nord, N., … de Vries, A. P. (2013). "
    f"{TITLE}. J Winter Med, 65(2), 529\u2013538.",
    "chicago": "Winter, J., N. Nord, R. McFrost, and A. P. de Vries. 2013. "
    f"“{TITLE}.” The Journal of Winter Medicine 65 (2): 529\u201338.",
    "cell": f"Winter, J., Nord, N., McFrost, R., and de Vries, A.P. (2013). {TITLE}. J. Winter Med. 65, 529\u2013538.",
    "nature": f"Winter, J., Nord, N., McFrost, R. & de Vries, A. P. {TITLE}. J. Winter Med. 65, 529\u2013538 (2013).",
    "ieee": "J. Winter, N. Nord, R. McFrost, and A. P. de Vries, "
    f"“{TITLE},” J. Winter Med., vol. 65, no. 2, pp. 529\u2013538, Feb. 2013.",
    "mla": f"Winter, J., et al. “{TITLE}.” The Journal of Winter Medicine, vol. 65, no. 2, 2013, pp. 529-38.",
    "layout with the last author": f"Winter, J, et al., & de Vries, AP (2013). {TITLE}. J Winter Med 65(2) 529-538",
    "no spaces and quotation marks": f"Winter J, Nord N, et al.“{TITLE}.”J Winter Med. 2013;65(2):529\u2013538. https://example.org/10000001/",
    "accessed": VANCOUVER + " Accessed August 14, 2025.",
    "shouted": VANCOUVER.upper(),
    "no issue, no last page": f"Winter J, Nord N, McFrost R, de Vries AP. {TITLE}. J Winter Med. 2013;65:529.",
    "electronic year": VANCOUVER.replace("2013", "2012"),
    "date with month and day": VANCOUVER.replace("2013;", "2013 Feb 14;"),
}


@pytest.mark.parametrize("printed", STYLES.values(), ids=STYLES.keys())
def test_a_right_citation_agrees_in_every_style(printed: str) -> None:
    comparison = compare(printed, WORK)
    assert (comparison.differences, comparison.wrong) == ((), None)
    assert {Field.TITLE, Field.AUTHORS, Field.YEAR, Field.JOURNAL, Field.VOLUME, Field.PAGES} <= set(
        comparison.compared
    )


VARIANTS = {
    "entities": VANCOUVER.replace("randomized, crossover", "randomized&#44; cross&shy;over").replace(
        "Winter J,", "Winter&nbsp;J,"
    ),
    "markup": VANCOUVER.replace("cold feet", "<i>cold</i> <b>feet</b>"),
    "hyphen": VANCOUVER.replace("crossover", "cross-over"),
    "line break": VANCOUVER.replace("treatment", "treat- ment"),
    "British spelling": VANCOUVER.replace("randomized", "randomised"),
    "curly punctuation": VANCOUVER.replace("-", "\u2013"),
    "author's initials with points": VANCOUVER.replace("de Vries AP", "de Vries A.P."),
    "one initial of two": VANCOUVER.replace("de Vries AP", "de Vries A"),
    "particle behind": VANCOUVER.replace("de Vries AP", "Vries AP de"),
    "et al after one": VANCOUVER.replace("Winter J, Nord N, McFrost R, de Vries AP", "Winter J, et al"),
    "list stops early": VANCOUVER.replace(", McFrost R, de Vries AP", ""),
    "pp.": VANCOUVER.replace("529-38", "pp. 529-538"),
    "journal with points": VANCOUVER.replace("J Winter Med", "J. Winter Med."),
    "journal in other abbreviations": VANCOUVER.replace("J Winter Med", "Jour. Wint. Medicine"),
    "journal by initials": VANCOUVER.replace("J Winter Med", "JWM"),
}


@pytest.mark.parametrize("printed", VARIANTS.values(), ids=VARIANTS.keys())
def test_a_harmless_variant_agrees(printed: str) -> None:
    assert differences(printed) == {}


DEFECTS = {
    "title cut short": (VANCOUVER.replace(" assessing daily warmth", ""), {"title": "cut short"}),
    "subtitle dropped": (VANCOUVER.replace(TITLE, TITLE.partition(":")[0]), {"title": "cut short"}),
    "head missing": (VANCOUVER.replace("Warm socks for the treatment of ", ""), {"title": "head missing"}),
    "words differ": (VANCOUVER.replace("cold feet", "warm hands"), {"title": "words differ"}),
    "a letter of the title": (VANCOUVER.replace("socks", "sacks"), {"title": "words differ"}),
    "words added": (VANCOUVER.replace("warmth.", "warmth: a pilot study."), {"title": "words added"}),
    "another title": (
        VANCOUVER.replace(TITLE, "Cabbage soup in the nutrition of arctic explorers"),
        {"title": "another title"},
    ),
    "author missing": (VANCOUVER.replace("Nord N, ", ""), {"authors": "missing"}),
    "authors swapped": (VANCOUVER.replace("Winter J, Nord N", "Nord N, Winter J"), {"authors": "order"}),
    "author misspelt": (VANCOUVER.replace("McFrost", "McFrast"), {"authors": "misspelt"}),
    "another author": (VANCOUVER.replace("McFrost R", "Summer Q"), {"authors": "another name"}),
    "wrong initial": (VANCOUVER.replace("Winter J", "Winter K"), {"authors": "initials"}),
    "year": (VANCOUVER.replace("2013", "2010"), {"year": "other"}),
    "journal": (VANCOUVER.replace("J Winter Med", "Ann Summer Surg"), {"journal": "other"}),
    "volume": (VANCOUVER.replace("65(2)", "66(2)"), {"volume": "other"}),
    "issue": (VANCOUVER.replace("65(2)", "65(3)"), {"issue": "other"}),
    "first page": (VANCOUVER.replace("529-38", "519-38"), {"pages": "other"}),
    "last page": (VANCOUVER.replace("529-38", "529-39"), {"pages": "other"}),
}


@pytest.mark.parametrize(("printed", "expected"), DEFECTS.values(), ids=DEFECTS.keys())
def test_one_wrong_thing_is_found_and_nothing_else(printed: str, expected: dict[str, str]) -> None:
    assert differences(printed) == expected
    assert compare(printed, WORK).wrong is None


def test_a_cut_title_says_how_the_record_goes_on() -> None:
    judged = compare(VANCOUVER.replace(" assessing daily warmth", ""), WORK).of(Field.TITLE)
    assert judged.message == 'title is incomplete: the record continues "assessing daily warmth"'
    assert judged.recorded == TITLE


def test_a_title_that_the_journal_seems_to_complete_is_still_cut_short() -> None:
    record = work(
        title="Progress in endometrial cancer.", journal=Journal("Cancer letters", "Cancer Lett", "Cancer Lett")
    )
    printed = "Winter J, Nord N, McFrost R, de Vries AP. Progress in endometrial. Cancer Lett. 2013;65(2):529-38."
    assert differences(printed, record) == {"title": "cut short"}


def test_an_older_record_may_have_been_published_electronically_a_year_before() -> None:
    record = work(years=(2013,), has_article_date=False)
    judged = compare(VANCOUVER.replace("2013", "2012"), record).of(Field.YEAR)
    assert judged.differs
    assert "possibly the year of electronic publication" in judged.message


def test_a_translated_title_agrees_without_its_brackets_and_in_the_original_language() -> None:
    record = work(title="[Cold feet in winter (author's transl)].", vernacular_title="Kalte Füße im Winter.")
    names = "Winter J, Nord N, McFrost R, de Vries AP. "
    for title in ("[Cold feet in winter]", "Cold feet in winter", "Kalte Füße im Winter", "Kalte Fuesse im Winter"):
        assert differences(f"{names}{title}. J Winter Med. 2013;65(2):529-38.", record) == {}


@pytest.mark.parametrize("title", ["[Not Available].", ""])
def test_a_record_without_a_title_does_not_judge_titles(title: str) -> None:
    comparison = compare(VANCOUVER, work(title=title))
    assert comparison.of(Field.TITLE).verdict is Verdict.NOT_JUDGED
    assert comparison.wrong is None


def test_a_record_without_authors_does_not_judge_authors() -> None:
    assert compare(VANCOUVER, work(authors=())).of(Field.AUTHORS).verdict is Verdict.NOT_JUDGED


@pytest.mark.parametrize("printed", ["SNOW-1 trial", "PubMed: 10000001", "", "World Snow Organization", "]](((;;:"])
def test_too_little_to_compare_is_no_verdict(printed: str) -> None:
    comparison = compare(printed, WORK)
    assert comparison.too_short
    assert comparison.compared == ()
    assert comparison.wrong is None


def test_a_short_citation_says_what_could_be_compared() -> None:
    assert compare("Winter et al. J Winter Med 2013", WORK).compared == (Field.AUTHORS, Field.YEAR, Field.JOURNAL)


def test_group_names_and_suffixes_are_free_on_both_sides() -> None:
    record = work(authors=(*authors("Winter J", "Cold Feet Study Group"), *authors("Nord N")))
    names = "Winter J, Nord N, McFrost R, de Vries AP"
    for printed in (
        "Winter J, Nord N",
        "Winter J Jr, Nord N",
        "Winter J, Nord N; on behalf of the Cold Feet Study Group",
    ):
        assert differences(VANCOUVER.replace(names, printed), record) == {}


def test_umlauts_may_be_written_out_or_dropped() -> None:
    record = work(authors=authors("Müller JK", "Sørensen A"))
    names = "Winter J, Nord N, McFrost R, de Vries AP"
    for printed in ("Mueller JK, Soerensen A", "Muller JK, Sorensen A", "Müller JK, Sørensen A"):
        assert differences(VANCOUVER.replace(names, printed), record) == {}


def test_two_authors_of_one_family_name_are_distinguished_by_their_initials() -> None:
    record = work(authors=authors("Li X", "Chen W", "Wang Q", "Li Y"))
    names = "Winter J, Nord N, McFrost R, de Vries AP"
    assert differences(VANCOUVER.replace(names, "Li, X., et al., & Li, Y."), record) == {}
    assert differences(VANCOUVER.replace(names, "Li X, Chen W, Wang Q, Li Z"), record) == {"authors": "initials"}


TITLE = WORK.title.removesuffix(".")
LIST = "Winter J, Nord N, McFrost R, de Vries AP"
ORDINARY_PRINT = {
    "a bold volume": f"{LIST}. {TITLE}. *J Winter Med*. 2013;**65**(2):529-38.",
    "a volume underlined": f"{LIST}. {TITLE}. _J Winter Med_. 2013;__65__(2):529-38.",
    "a volume in italics": f"{LIST}. {TITLE}. *J Winter Med*. 2013;*65*(2):529-38.",
    "only published online": f"{LIST}. {TITLE}. J Winter Med 2013; published online Jan 28. doi:10.1000/xyz.12",
    "online day first": f"{LIST}. {TITLE}. J Winter Med 2013; published online 28 January.",
    "[abstract]": f"{LIST}. {TITLE} [abstract]. J Winter Med. 2013;65(2):529-38.",
    "(letter)": f"{LIST}. {TITLE} (letter). J Winter Med. 2013;65(2):529-38.",
    "[see comments]": f"{LIST}. {TITLE} [see comments]. J Winter Med. 2013;65(2):529-38.",
    "[RETRACTED]": f"{LIST}. {TITLE} [RETRACTED]. J Winter Med. 2013;65(2):529-38.",
    "RETRACTED:": f"RETRACTED: {LIST}. {TITLE}. J Winter Med. 2013;65(2):529-38.",
    "See": f"See {LIST}. {TITLE}. J Winter Med. 2013;65(2):529-38.",
    "See also": f"See also: {LIST}. {TITLE}. J Winter Med. 2013;65(2):529-38.",
    "a month before the year": f'{LIST} (February 2013). "{TITLE}". J Winter Med. 65 (2): 529-538.',
    "a day and a month": f'{LIST} (28 January 2013). "{TITLE}". J Winter Med. 65 (2): 529-538.',
    "German": f"{LIST}: {TITLE}. In: J Winter Med. Bd. 65, H. 2, 2013, S. 529-538.",
    "French": f"{LIST}. {TITLE}. J Winter Med, 2013, vol. 65, n\u00b0 2, p. 529-538.",
    "Brazilian": f"{LIST}. {TITLE}. J Winter Med, v. 65, n. 2, p. 529-538, fev. 2013.",
    "Italian": f"{LIST}. {TITLE}. J Winter Med 2013; 65 fasc. 2: 529-538.",
    "semicolons": f"{LIST}; {TITLE}; J Winter Med; 2013; 65(2); 529-38.",
}


@pytest.mark.parametrize("printed", ORDINARY_PRINT.values(), ids=ORDINARY_PRINT.keys())
def test_ordinary_ways_of_printing_are_no_difference(printed: str) -> None:
    assert differences(printed) == {}
    assert compare(printed, WORK).of(Field.YEAR).agrees


PLACED = ("German", "French", "Brazilian", "Italian", "semicolons", "a bold volume")


@pytest.mark.parametrize("name", PLACED)
def test_a_wrong_page_is_found_in_every_way_of_printing(name: str) -> None:
    assert set(differences(ORDINARY_PRINT[name].replace("529-", "521-"))) == {"pages"}
    assert set(differences(ORDINARY_PRINT[name].replace("65", "66"))) == {"volume"}


def test_a_month_in_the_records_own_title_stays() -> None:
    title = "Cold feet in the north (March 2020): a survey of socks and shoes."
    dated = work(title=title)
    assert differences(f"{LIST} (June 2013). {title} J Winter Med. 2013;65(2):529-38.", dated) == {}


def test_an_author_called_see_stays() -> None:
    named = work(authors=authors("See J", "Nord N"))
    assert differences(f"See J, Nord N. {WORK.title} J Winter Med. 2013;65(2):529-38.", named) == {}


@pytest.mark.parametrize("particle", ["y ", "van der ", "e, "])
def test_a_text_of_nothing_but_particles_is_read_to_its_end(particle: str) -> None:
    assert compare(particle * 1200, WORK).of(Field.AUTHORS).verdict is not Verdict.AGREES


@pytest.mark.parametrize(
    ("title", "vernacular"),
    [
        ("[Warm socks of 9 months. A series of 30 cases].", "Les chaussettes chaudes de 9 mois. Une série de 30 cas."),
        ("[Socks].", "Chaussettes."),
    ],
)
def test_a_title_and_its_translation_may_be_printed_beside_each_other(title: str, vernacular: str) -> None:
    record = work(title=title, vernacular_title=vernacular, languages=("fre",))
    translated, original = title.strip("[]."), vernacular.rstrip(".")
    for printed in (f"{original} [{translated}]", f"{translated} [{original}]"):
        cited = f"Winter J, Nord N, McFrost R, de Vries AP. {printed}. J Winter Med. 2013;65(2):529-38."
        assert differences(cited, record) == {}
