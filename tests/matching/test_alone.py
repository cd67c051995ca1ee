"""A printed citation read without its record: what its searchers are given."""

from __future__ import annotations

import pytest

from evidence.matching.alone import parse_without_record
from evidence.model.outcomes import PrintedPlace
from factories import VANCOUVER

TITLE = "Warm socks for the treatment of cold feet"
STYLES = {
    "vancouver": f"12. Winter J, Nord N. {TITLE}. J Winter Med. 2013;65(2):529-38. doi:10.5555/socks",
    "apa": f"Winter, J., & Nord, N. (2013). {TITLE}. The Journal of Winter Medicine, 65(2), 529-538.",
    "chicago": f'Winter, J, and N Nord. 2013. "{TITLE}." The Journal of Winter Medicine 65 (2): 529-38.',
    "cell": f"Winter, J., and Nord, N. (2013). {TITLE}. J. Winter Med. 65, 529-538.",
    "lancet": f"Winter J, Nord N. {TITLE}. J Winter Med 2013; 65: 529-38.",
    "ieee": f"J. Winter and N. Nord, “{TITLE},” J. Winter Med., vol. 65, no. 2, pp. 529-538, 2013.",
}


@pytest.mark.parametrize("style", STYLES)
def test_author_year_volume_and_page_are_read_in_six_styles(style: str) -> None:
    read = parse_without_record(STYLES[style])
    assert (read.first_author, read.initials, read.year) == ("Winter", "J", 2013)
    assert (read.volume, read.first_page) == ("65", "529")


@pytest.mark.parametrize("style", STYLES)
def test_title_and_journal_are_read_in_six_styles(style: str) -> None:
    read = parse_without_record(STYLES[style])
    assert TITLE in read.title
    assert "Wint" in read.journal


def test_number_and_identifiers_are_no_part_of_the_print() -> None:
    assert (
        parse_without_record(STYLES["vancouver"]).printed
        == f"Winter J, Nord N. {TITLE}. J Winter Med. 2013;65(2):529-38."
    )


@pytest.mark.parametrize("page", ["e1002", "S12", "CD004125", "100870"])
def test_an_article_number_is_a_first_page(page: str) -> None:
    assert parse_without_record(f"Winter J. {TITLE}. J Winter Med. 2013;65:{page}.").first_page == page


def test_a_family_name_of_several_words_is_not_broken() -> None:
    assert (
        parse_without_record(f"van der Berg A, Nord N. {TITLE}. J Winter Med. 2013;65:5.").first_author
        == "van der Berg"
    )


@pytest.mark.parametrize("others", [" et al.", ", et al.", " J and Nord N.", " J, & Nord, N."])
def test_other_authors_are_no_part_of_the_first_family_name(others: str) -> None:
    assert parse_without_record(f"Winter{others} J Winter Med 2013").first_author == "Winter"


def test_the_qualifier_of_a_journal_s_full_name_ends_no_sentence() -> None:
    read = parse_without_record(
        f"Winter, J. (2013). {TITLE}. Journal of winter (Baltimore, Md. : 1950), 65(2), 529-538."
    )
    assert (read.title, read.journal, read.year) == (TITLE, "Journal of winter (Baltimore, Md. : 1950)", 2013)


def test_what_is_not_printed_is_empty() -> None:
    read = parse_without_record(f"{TITLE}.")
    assert (read.year, read.volume, read.first_page) == (None, "", "")


@pytest.mark.parametrize("text", ["", " ", "...", "—", "()", "[]"])
def test_a_text_without_words_is_read_as_nothing(text: str) -> None:
    read = parse_without_record(text)
    assert (read.first_author, read.title, read.journal) == ("", "", "")


def test_a_year_of_electronic_publication_is_a_year() -> None:
    assert parse_without_record(f"Winter J. {TITLE}. J Winter Med. Published online June 5, 2021.").year == 2021


def test_an_entire_citation_says_all_that_a_finder_needs() -> None:
    read = parse_without_record(VANCOUVER)
    assert all([read.first_author, read.initials, read.title, read.journal, read.year, read.volume, read.first_page])


@pytest.mark.parametrize(
    ("printed", "journal", "volume", "page"),
    [
        (f"Winter J. {TITLE}. Chem Commun (Camb). 2013;65(2):529-38.", "Chem Commun (Camb)", "65", "529"),
        ("Winter J. Thomas H. Kunz. Physiol Biochem Zool. 2021;94(4):253-67.", "Physiol Biochem Zool", "94", "253"),
        (
            f"Winter J. {TITLE} (I)]. Boll Soc Ital Biol Sper. 1977;53(17):1425-30.",
            "Boll Soc Ital Biol Sper",
            "53",
            "1425",
        ),
        ("Winter, J. (1979). A 50,000 dalton sock. FEBS Lett. 98, 135-138.", "FEBS Lett", "98", "135"),
        (
            f"Winter, J. (1979). {TITLE}. C.R. Hebd. Sci., Ser. D, Nat. 284, 215.",
            "C.R. Hebd. Sci., Ser. D, Nat",
            "284",
            "215",
        ),
        (f"Winter J. {TITLE}. Quad Sclavo Diagn 15 Suppl 1, 419-433.", "Quad Sclavo Diagn", "15 Suppl 1", "419"),
        (
            f"Winter, J. (1977). {TITLE}. MCN. The American journal, 2(5), 307-310.",
            "MCN. The American journal",
            "2",
            "307",
        ),
        (f"Winter J. {TITLE}. Primates Med. 1978;10:VIII-IX.", "Primates Med", "10", "VIII"),
        (f"Winter J. {TITLE}. SAGE Open Med. 2021;9:2050313X211004804.", "SAGE Open Med", "9", "2050313X211004804"),
        (f"J. Winter, “{TITLE},” Endocrinol. Jpn., vol. 24, no. 1, pp. 19-39, 1977.", "Endocrinol. Jpn", "24", "19"),
    ],
)
def test_the_place_is_among_the_readings(printed: str, journal: str, volume: str, page: str) -> None:
    read = parse_without_record(printed)
    places = {PrintedPlace(read.journal, read.volume, read.first_page), *read.other_places}
    assert PrintedPlace(journal, volume, page) in places


def test_readings_are_few_however_long_the_citation_is() -> None:
    read = parse_without_record(f"Winter J. {TITLE}. " + "Nature. 2013;65(2):529-38. " * 100)
    assert 0 < len(read.other_places) <= 20
