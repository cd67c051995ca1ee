"""Two prints under one identifier: of one work, or of two. All works are invented."""

from __future__ import annotations

import pytest

from evidence.matching.prints import Prints, compare_prints
from evidence.model.identifiers import IdKind

AMA = "Adler J, Nord N. Warm socks for cold feet: a crossover trial of daily warmth. J Winter Med. 2013;65(2):529-538."
ALIKE = {
    "APA": "Adler, J., & Nord, N. (2013). Warm socks for cold feet: A crossover trial of daily warmth. "
    "Journal of Winter Medicine, 65(2), 529-538. https://doi.org/10.5555/socks",
    "Chicago": "Adler, Jane, and Nils Nord. 2013. “Warm Socks for Cold Feet: A Crossover Trial of Daily Warmth.” "
    "Journal of Winter Medicine 65 (2): 529-38.",
    "numbered, with its PMID": f"12. {AMA} PMID: 44000009",
    "cut": "Adler J, et al. Warm socks for cold feet. J Winter Med. 2013;65:529.",
    "first author, journal, year": "Adler et al. J Winter Med 2013",
    "first author and year": "Adler et al. (2013)",
    "the year of electronic publication": AMA.replace("2013", "2012"),
    "a letter wrong": AMA.replace("Adler J", "Alder J"),
    "only an identifier": "PMID: 44000009",
    "accessed": f"{AMA} Accessed May 3, 2024.",
}
OF_TWO = {
    "another work": "Kohl R. Cabbage soup in the nutrition of arctic explorers. Ann Summer Surg. 2004;12(9):101-9.",
    "in the same issue": "Kohl R. Gloves for cold hands: a cohort. J Winter Med. 2013;65(2):539-544.",
    "of the same author": "Adler J, Nord N. Gloves for cold hands: a cohort. J Winter Med. 2014;66(1):12-19.",
    "part of a series": AMA.replace("daily warmth.", "daily warmth, part II.").replace("529-538", "541-549"),
    "its correction": AMA.replace("Warm", "Correction to: Warm").replace("65(2):529-538", "65(3):611"),
    "another name and year": "Kohl et al. (2004)",
    "its title by other people elsewhere": AMA.replace("Adler J, Nord N", "Kohl R").replace("529-538", "12-19"),
}
UNLIKE = {
    "translated": "Adler J, Nord N. Chaussettes chaudes pour pieds froids. J Winter Med. 2013;65(2):529-538.",
    "a digit of the page wrong": AMA.replace("529-538", "592-598"),
    "another name in the same journal and year": "Kohl et al. J Winter Med 2013",
}


@pytest.mark.parametrize("printed", ALIKE.values(), ids=ALIKE)
def test_forms_of_one_citation_are_alike(printed: str) -> None:
    assert compare_prints(AMA, printed, IdKind.PMID) is Prints.ALIKE
    assert compare_prints(printed, AMA, IdKind.DOI) is Prints.ALIKE


@pytest.mark.parametrize("printed", OF_TWO.values(), ids=OF_TWO)
def test_citations_of_other_works_are_of_two_works(printed: str) -> None:
    assert compare_prints(AMA, printed, IdKind.PMID) is Prints.OF_TWO_WORKS
    assert compare_prints(printed, AMA, IdKind.PMID) is Prints.OF_TWO_WORKS


@pytest.mark.parametrize("printed", UNLIKE.values(), ids=UNLIKE)
def test_one_thing_that_differs_is_neither(printed: str) -> None:
    assert compare_prints(AMA, printed, IdKind.PMID) is Prints.UNLIKE


def test_family_names_of_two_letters_are_names() -> None:
    own, other = (
        f"{name}, Wu K. Enhancing methane from sludge by sodium. Bioresour Technol. 2021;3:4-9."
        for name in ("Xu L", "Du L")
    )
    assert compare_prints(own, "Xu et al. (2021)", IdKind.PMID) is Prints.ALIKE
    assert compare_prints(own, other, IdKind.PMID) is not Prints.ALIKE


NALTREXONE = "Naltrexone hydrochloride tablets [prescribing information]. Mallinckrodt; 2013. Accessed August 2025."


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("Naltrexone HCl. Package insert. SpecGx LLC; 2020", Prints.ALIKE),
        ("Vivitrol [prescribing information]. Alkermes; 2022. Accessed May 2024.", Prints.OF_TWO_WORKS),
        ("DailyMed. Accessed May 2024.", Prints.ALIKE),
        (f"{AMA} Set ID 11111111-2222-4333-8444-555555555555", Prints.OF_TWO_WORKS),
    ],
)
def test_labels_are_told_by_the_drugs_name_alone(printed: str, expected: Prints) -> None:
    assert compare_prints(NALTREXONE, printed, IdKind.SETID) is expected


def test_articles_with_the_set_id_of_one_label_are_compared_as_articles() -> None:
    other = "Winter JA. Warm socks for the treatment of cold feet. J Winter Med. 2018;50(1):1-9."
    assert compare_prints(AMA, other, IdKind.SETID) is Prints.OF_TWO_WORKS
    assert compare_prints(AMA, AMA.upper(), IdKind.SETID) is Prints.ALIKE


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("World Health Organization. Report A. Geneva: WHO; 2009.", Prints.ALIKE),
        ("World Health Organization. Report B. Geneva: WHO; 2015.", Prints.OF_TWO_WORKS),
    ],
)
def test_a_page_may_hold_several_works(printed: str, expected: Prints) -> None:
    own = "World Health Organization. Report A. Geneva: WHO; 2009. https://www.who.int/"
    assert compare_prints(own, printed, IdKind.URL) is expected
