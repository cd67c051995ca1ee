"""What kind of work a citation says that it is of. Persons and papers are invented, some books and agencies are not."""

from __future__ import annotations

import pytest

from evidence.matching.kinds import WorkKind, is_title_alone, kind_of_print, kind_of_work, may_be_article

TITLE = "Warm socks for the treatment of cold feet"
ARTICLES = [
    f"Winter J, Nord N. {TITLE}. J Winter Med. 2013;65(2):529-38.",
    f"Winter J, Nord N. {TITLE}. J Winter Med. 2013 Feb 5;65:e1012.",
    f"Winter J, Nord N. {TITLE}. J Winter Med 2013; 65 Suppl 2: S9.",
    f"Winter J, Nord N. {TITLE}. J Winter Med. 2013;:m1091.",
    f"Winter, J., & Nord, N. (2013). {TITLE}. The Journal of Winter Medicine, 65(2), 529-538.",
    f"Winter, J., & Nord, N. (2013). {TITLE}. The Journal of Winter Medicine, 65(2).",
    f"Winter, J., & Nord, N. (2013). {TITLE}. The Journal of Winter Medicine, (610), 1\u2013133.",
    f'Winter, J, and N Nord. 2013. "{TITLE}." The Journal of Winter Medicine 65 (2): 529-38.',
    f"Winter, J., and Nord, N. (2013). {TITLE}. J. Winter Med. 65, 529-538.",
    f"J. Winter and N. Nord, “{TITLE},” J. Winter Med., vol. 65, no. 2, pp. 529-538, 2013.",
    f"Winter J, Nord N (2013) {TITLE}. J Winter Med 65:529\u2013538",
    f"Winter J. {TITLE}[J]. Journal of Winter Medicine, 2013, 65(2): 529-538.",
    f"Winter J. {TITLE}. J Winter Med 2013, 65:529-38 (in Norwegian)",
    f"J. Winter. {TITLE}. J. Winter Med. 65, 2 (Feb. 2013), 529-538.",
    f"Winter J. {TITLE} // J Winter Med. 2013. \u0422. 65, \u2116 2. \u0421. 529-538.",
    f"Winter J. {TITLE}. J Winter Med. Bd. 65, H. 2, S. 529\u2013538.",
    f"Winter, J. {TITLE}. Nature 481, 365\u2013370 (2013).",
    f"Winter J. {TITLE}. J Winter Med (Oslo). 2013 Feb 05;.",
    f"Winter, J.; Nord, N. {TITLE}. J. Winter Med. **2013**, *65*, 529-538.",
    f"Winter, J. (2013, February 3). {TITLE}. *Winter medicine : the journal*, *65*(2), 529.",
    f"J. Winter, {TITLE}, J. Winter Med. 65, 1949 (2013).",
    f"Winter J. {TITLE}. J Winter Med. 2013;65, Article ID 529, 9 pages.",
    f"Winter J. {TITLE}. J Winter Med. 2013. [Epub ahead of print]",
    f"Winter J. {TITLE}. J Winter Med 2013; Early View.",
    f"Press HC, Saunders NA. {TITLE}. J Winter Med. 2013;65:5.",
    f"Saunders, N.A., and Press, S.M. (2013). {TITLE}. J. Winter Med. 65, 529\u2013538.",
    "Winter J. Personal communication with patients: an unpublished thesis, reviewed. J Winter Med. 2013;65:5.",
    f"Food and Drug Administration. {TITLE}: guidance for industry. J Winter Med. 2013;65:5.",
    f"Winter J. {TITLE}. Nursing Times. 1977;73(1):23.",
    f"Micromedex. {TITLE}. J Winter Med. 2013;65:5.",
    "Winter, J. (1978). Workshop on warm socks in cold feet. Winter 27, 427\u2013429.",
    "Winter, J., and Nord, N. (1978). Symposium on socks: 5. Panel discussion on socks. Can J Winter 21, 67-8, 73-4.",
    f"Winter Association. {TITLE}, version 2. J Winter Med. 65, 529-538 (2013).",
    f"Winter J. {TITLE}. J Winter Med 1985;ii:25.",
    f"Winter J. {TITLE}. J Winter Med xxxi:128, 1916.",
]
OTHER_WORKS = [
    "Winter J, Nord N. Socks. 3rd ed. New York, NY: Wiley; 2010.",
    "Winter J. Socks and Shoes. McGraw-Hill; 2018.",
    "Winter, J. (2018). Socks and shoes. Cambridge University Press.",
    "Winter J, ed. Socks. London, 2009. ISBN 978-0-306-40615-7",
    "Winter J. Cold feet. In: Nord N, ed. Textbook of Winter. Vol 2. New York: Springer; 2013:123-131.",
    "Winter, J. (2014). Cold feet. In N. Nord (Ed.), Handbook of winter (pp. 210-232). Elsevier.",
    "Food and Drug Administration. Guidance for Industry: Socks. Silver Spring, MD: FDA; 2018.",
    "European Medicines Agency. Guideline on socks. CPMP/EWP/QWP/1401/98. London; 2010.",
    "Soxil [package insert]. Oslo: Winter Inc; 2013.",
    "Soxil. Prescribing information. Winter Inc. Accessed March 3, 2021.",
    "ISO 14971:2019. Medical devices. Geneva: International Organization for Standardization; 2019.",
    "USP 43-NF 38. <797> Compounding of socks. Rockville, MD; 2020.",
    "UpToDate. Cold feet. Oslo: UpToDate Inc. Accessed April 2023.",
    "Winter J, inventor; Acme, assignee. Warm capsules. United States patent US 8,252,746. 2012 Aug 28.",
    "WO 2011/123456 A1. Warm films. 2011.",
    "Winter Network. Clinical Practice Guidelines in Podology: Cold Feet. Version 1.2023. Oslo: Winter Network.",
    "Winter J. Personal communication. March 3, 2021.",
    "Nord N, telephone conversation with the author, 2 February 2018.",
    "Winter J. Formulation of socks [dissertation]. Oslo: Winter University; 2010.",
    "21 CFR 314.50. Content and format of an NDA.",
    "Winter J. Cold feet stir debate. The New York Times. January 15, 2018:A1.",
    "Nord N. Kalte Füße. Frankfurter Allgemeine Zeitung, 3. Mai 2016, S. 9.",
    "Winter, J. (2019, March 22). What socks do. The Washington Post.",
    "Winter J. What socks do [blog post]. March 12, 2019.",
    "AHFS Drug Information. Soxil. Updated March 2, 2020.",
    "Soxil. In-depth answers. IBM Micromedex [online]. Updated 12/03/2020. Accessed 01/04/2021.",
    "Winter J. socks: knitted graphics. R package version 3.3.5. 2021.",
    "Soxstat version 9.0.0 for Windows, Winter Software, Oslo, Norway.",
    "Winter v. Nord, 410 U.S. 113 (1973).",
    "Socks Regulations 2012, SI 2012/1916.",
    "Standard Operating Procedure 6.012: Drying of socks. Winter Pharmacy; effective 2020-05-01.",
    "Winter Association. Consumer guide to socks. 2020.",
    "U.S. Winter Bureau (2020). A guide to socks.",
    "Winter J. Warm films. WO2004096201A1. 11 Nov 2004.",
    "Winter J. Bas chauds. Thèse d'exercice de pharmacie, Université d'Oslo, 2018.",
    "Winter J, mündliche Mitteilung, 4.5.2021.",
]


IN_A_JOURNAL = [
    f"Winter J, Nord N. {TITLE}. J Winter Med. 2013. https://winter.example/1",
    f"Winter, J., & Nord, N. (2013). {TITLE}. The American Journal of Winter Medicine. https://winter.example/1",
    f"J. Winter and N. Nord, “{TITLE},” Arch Winter Pediatr, 2013.",
    f"Winter J, et al. {TITLE}. Clin Pharmacol. 2013.",
    f"Winter J, et al. {TITLE}. BMJ Open. 2013.",
    f"Winter J, et al. {TITLE}. Lancet. 2013.",
]
PAGES = [
    f"Winter J. {TITLE}. Winter Clinic. 2021. https://winter.example",
    f"Winter J. {TITLE}. Winter Street Journal. March 3, 2021. https://winter.example",
    f"Winter J. {TITLE}. Winter-Based Medicine. 2010. https://winter.example",
    f"Winter J. {TITLE}. Am Acad Dermatol. 2020. https://winter.example",
    f"Winter J. {TITLE}. Univ Med Cent. 2015. https://winter.example",
    f"Winter, J. (2021, May 5). {TITLE}. Science of Winter. https://winter.example",
    "Winter J. The Journal of Winter Medicine explained. Winter Times. 2020. https://winter.example",
    f"Winter Institute. {TITLE}. J Winter Med. 2013. https://winter.example/1",
]


TRIALS = [
    f"{TITLE}. ClinicalTrials.gov identifier: NCT01234567. Updated December 6, 2023. Accessed November 1, 2026.",
    f"Winter University. {TITLE} (NCT01234567). Published online February 13, 2020. Accessed November 1, 2026.",
    f"Winter J. {TITLE}. clinicaltrials.gov; 2023. Accessed November 1, 2026. https://clinicaltrials.gov/study/NCT01234567",
    f"Winter, J. (2023). {TITLE} (Clinical trial registration NCT01234567). clinicaltrials.gov.",
    (
        f"ClinicalTrials.gov [Internet]. Bethesda (MD): National Library of Medicine (US). 2000 Feb 29 - . Identifier "
        f"NCT01234567, {TITLE}; 2020 Feb 17 [cited 2026 Nov 1]. Available from: https://clinicaltrials.gov/study/NCT01234567"
    ),
    (
        f"Winter University. {TITLE} [Internet]. 2023 [cited 2026 Nov 1]. Report No.: NCT01234567. Available from: "
        "https://clinicaltrials.gov/study/NCT01234567"
    ),
    f"Nct. {TITLE}. https://clinicaltrials.gov/show/NCT01234567, 2020.",
]


@pytest.mark.parametrize("printed", TRIALS)
def test_the_reference_of_a_trial_is_no_article(printed: str) -> None:
    assert kind_of_print(printed) is not WorkKind.ARTICLE


@pytest.mark.parametrize("number", ["NCT01234567", "(ClinicalTrials.gov number, NCT01234567.)"])
def test_the_number_of_a_trial_behind_it_makes_no_article_another_work(number: str) -> None:
    assert {kind_of_print(f"{printed} {number}") for printed in ARTICLES} == {WorkKind.ARTICLE}


@pytest.mark.parametrize("printed", ARTICLES)
def test_a_place_in_a_journal_makes_an_article(printed: str) -> None:
    assert kind_of_print(printed) is WorkKind.ARTICLE


@pytest.mark.parametrize("printed", IN_A_JOURNAL)
def test_persons_a_year_and_a_journals_name_make_an_article_without_a_place(printed: str) -> None:
    assert kind_of_print(printed) is WorkKind.ARTICLE


@pytest.mark.parametrize("printed", PAGES)
def test_what_only_may_be_a_journals_name_makes_none(printed: str) -> None:
    assert kind_of_print(printed) is WorkKind.UNCLEAR


@pytest.mark.parametrize("printed", OTHER_WORKS)
def test_books_guidance_inserts_standards_and_what_was_said_are_other_works(printed: str) -> None:
    assert kind_of_print(printed) is WorkKind.OTHER
    assert not may_be_article(printed)


@pytest.mark.parametrize(
    ("printed", "may_be"),
    [
        ("Winter et al. J Winter Med 2013", True),
        (f"Winter, J. (2013). {TITLE}. Winter medicine.", True),
        (f"J. Winter, “{TITLE},” Winter Pod, 2013.", True),
        ("Winter J. The behavioral science of socks. 1988.", False),
        ("Winter, J. (2003). Laughter in winter.", False),
        ("Socks and shoes", False),
        (f"Winter Association. {TITLE}. J Winter Med. 2013.", True),
        (f"Winter J. {TITLE}. Winter Times. Accessed March 3, 2021.", True),
        (f"Winter J. {TITLE}. Winter Disord. 2021 Apr 5 doi pending.", True),
        (f"Winter J, Nord N. {TITLE}. Pediatric winter, published online 3 May 2014.", True),
        (f"Winter, Jack, and Nina Nord. 2021. “{TITLE}.” Winter, Cold, and Snow .", True),
        (f"SOCKS Study Group. {TITLE}. Winter, 2013.", True),
        (f"Anonymous. {TITLE}. Winter. 2013.", True),
        (f"Winter J. {TITLE}. Vortrag, Deutscher Winterkongress, Mannheim, 14.10.2016.", False),
        (f"Winter J. {TITLE}. Winterverlagsgesellschaft, Stuttgart 2016.", False),
        (f"Winter J, Nord N. {TITLE}. Winter Data, V2, 2021. 760 S.", False),
        (f"{TITLE}. Fachinformation. Winter Pharmaceuticals, Wien. Stand Juli 2019.", False),
        ("WINTER SE. Sox 30: technical information 03-11. Ludwigshafen, March 2012.", False),
        ("Handwritten note on the pharmacist's copy, undated.", False),
    ],
)
def test_without_a_place_it_is_unclear_and_may_be_an_article_where_a_journal_may_be_named(
    printed: str, may_be: bool
) -> None:
    assert (kind_of_print(printed), may_be_article(printed)) == (WorkKind.UNCLEAR, may_be)


def test_an_entry_is_judged_by_its_type_its_fields_and_its_print() -> None:
    in_journal = {"title": TITLE, "container-title": "J Winter Med", "volume": "65"}
    assert kind_of_work("article-journal", {}, None) is WorkKind.ARTICLE
    assert kind_of_work("book", in_journal, None) is WorkKind.ARTICLE
    assert kind_of_work("webpage", {}, ARTICLES[0]) is WorkKind.ARTICLE
    assert kind_of_work("book", {"publisher": "Wiley", **in_journal}, None) is WorkKind.OTHER
    assert kind_of_work(None, {}, OTHER_WORKS[0]) is WorkKind.OTHER
    assert kind_of_work(None, {"title": TITLE}, None) is WorkKind.UNCLEAR


def test_one_sentence_without_name_number_or_date_is_a_title_alone() -> None:
    assert is_title_alone(f"{TITLE}.")
    assert not is_title_alone("Handwritten note, undated")
    assert not is_title_alone(f"Winter J. {TITLE}")
