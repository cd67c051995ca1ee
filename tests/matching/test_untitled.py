"""Citations without a title: which words are names, which a place, and when a title may be printed after all."""

from __future__ import annotations

import pytest

from evidence.matching.compare import compare, segments_of
from evidence.matching.verdict import Field
from evidence.model.records import Author, Journal
from factories import WORK, authors, differences, work

TWO = work(authors=(Author("Winter", "Jo", "J"), Author("van der Berg-Ott", "Ann", "A")))
ASIAN = work(authors=(Author("Li", "Wei", "W"), Author("Qi", "Min", "M"), Author("Ma", "Jun", "J")))
IRISH = work(authors=(Author("Maude", "Sue", "S"), Author("O'Brien", "Mae", "M")))


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        ("Winter & van der Berg-Ott, J Winter Med 2013", "Winter & van der Berg-Ott"),
        ("Jo Winter and Ann van der Berg-Ott. J Winter Med 2013", "Jo Winter and Ann van der Berg-Ott"),
        ("Jo B. Winter, J Winter Med 2013", "Jo B. Winter"),
        ("SOCKS-2 trial: Winter J. J. Winter Med. 2013", "Winter J"),
        ("Warm socks in winter (Winter et al., 2013)", "Winter et al"),
        ("Winter/van der Berg-Ott (SOCKS), The Journal of Winter Medicine, 2013", "Winter/van der Berg-Ott"),
        ("J Winter Med 2013;65:529 (Winter, van der Berg-Ott)", "Winter, van der Berg-Ott"),
    ],
)
def test_the_names_are_found(printed: str, names: str) -> None:
    segments = segments_of(printed, TWO)
    assert segments.title is None
    assert segments.text.slice(*segments.authors) == names


@pytest.mark.parametrize(
    "printed",
    [
        "Winter J. Mittens. J Winter Med 2013",
        "Winter J. [Mittens in cold hands]. J Winter Med. 2013;65:529",
        "Winter & Nord. Mittens in cold hands. J Winter Med 2013",
        "Winter J. A pilot study. J Winter Med 2013",
        "Winter J (2013). Mittens in cold hands. J Winter Med 65:529",
        "Winter J. Mittens (leather). Ann Summer Surg 2013;65:529",
    ],
)
def test_what_may_be_a_title_is_compared_as_one(printed: str) -> None:
    assert compare(printed, TWO).of(Field.TITLE).differs


@pytest.mark.parametrize(
    "printed", ["Li, Qi, Ma. J Winter Med 2013", "Li, Qi & Ma 2013, J Winter Med", "Li/Qi/Ma J Winter Med 2013"]
)
def test_short_family_names_are_not_read_as_each_other_s_initials(printed: str) -> None:
    comparison = compare(printed, ASIAN)
    assert (comparison.differences, comparison.wrong) == ((), None)


GROUP = work(authors=(Author(collective="Warmth In Nordic TERms Study Group"), *TWO.authors))
OF_PERSONS = work(years=(2013,))


@pytest.mark.parametrize(
    "printed",
    [
        "WINTER Study Group. J Winter Med 2013",
        "The WINTER investigators (J Winter Med 2013)",
        "Warmth in Nordic Terms Study Group, J Winter Med, 2013",
        "WINTER J Winter Med 2013",
        "Winter J, WINTER Study Group. J Winter Med 2013",
        "Winter J, et al. for the WINTER Investigators. J Winter Med 2013",
        "SOCKS-22 Investigators, Winter J et al. J Winter Med 2013",
    ],
)
def test_a_group_is_the_record_s_by_its_name_or_its_acronym(printed: str) -> None:
    comparison = compare(printed, GROUP)
    assert (comparison.differences, comparison.wrong, comparison.too_short) == ((), None, False)


def test_a_group_that_neither_authors_nor_title_name_is_another_work_s() -> None:
    wrong = compare("MITTEN Study Group. J Winter Med 2013", OF_PERSONS).wrong
    assert wrong is not None
    titled = work(years=(2013,), title="Warm socks: the MITTEN study.")
    assert compare("MITTEN Study Group. J Winter Med 2013", titled).wrong is None


@pytest.mark.parametrize(
    ("group", "title", "explained"),
    [
        ("Mitten Shoulder Study Group", "Warm socks after shoulder surgery.", True),  # half of its words
        ("MITTEN Shoulder Study Group", "Warm socks after shoulder surgery.", False),  # its acronym is not there
        ("Nordic Paediatric Mitten Society", "Warm socks in paediatric patients.", False),
        ("Nordic Mitten Trial Investigators", "Warm socks in winter: NMTI recommendations.", True),
        ("NMT Investigators", "Nordic mittens and thumbs: a trial.", True),
    ],
)
def test_a_group_is_explained_by_its_acronym_or_by_half_of_its_words_in_the_title(
    group: str, title: str, explained: bool
) -> None:
    wrong = compare(f"{group}. J Winter Med 2013", work(years=(2013,), title=title)).wrong
    assert (wrong is None) == explained


LISTING = (
    "SOCKS MITTENS Group (Clinical Research in Cold Care, Frost Trial Group for Global Evaluation, Research in Sepsis)"
)


@pytest.mark.parametrize(
    ("body", "printed"),
    [
        (LISTING, f"{LISTING} 2013"),
        (LISTING, f"{LISTING} (2013)"),
        ("PROCESS Study GROUP", "GROUP trial investigators (J Winter Med 2013)"),
    ],
)
def test_a_body_whose_name_holds_a_list_or_only_words_of_groups_is_read_as_one(body: str, printed: str) -> None:
    record = work(authors=(Author(collective=body), *TWO.authors), years=(2013,))
    comparison = compare(printed, record)
    assert (comparison.differences, comparison.wrong) == ((), None)


def test_groups_that_pubmed_could_not_list_yet_contradict_no_record() -> None:
    assert compare("MITTEN Study Group. J Winter Med 1993", work(years=(1993,))).wrong is None


@pytest.mark.parametrize("name", ["ZFA (Stuttgart)", "Contemp Clin Trials Commun"])
def test_a_journal_whose_name_begins_as_that_of_a_trial_is_one(name: str) -> None:
    record = work(journal=Journal(name, name, name), years=(2013,))
    comparison = compare(f"{name}. 2013;65:529-38.", record)
    assert (comparison.differences, comparison.wrong) == ((), None)


@pytest.mark.parametrize("name", ["MITTEN-2", "T-01", "PS-341"])
@pytest.mark.parametrize("between", [". {}", ", {}", " ({})", " {}"])
def test_a_trial_s_name_alone_contradicts_no_record(name: str, between: str) -> None:
    assert compare(name + between.format("J Winter Med 2013"), OF_PERSONS).too_short


@pytest.mark.parametrize("place", ["2013;66:12-20", "2013;65:1201-9"])
def test_a_trial_s_name_at_another_place_of_the_journal_is_another_work_s(place: str) -> None:
    wrong = compare(f"MITTEN-2. J Winter Med. {place}.", OF_PERSONS).wrong
    assert wrong is not None
    assert wrong.message == "no author could be compared, and the place in the journal does not match"


@pytest.mark.parametrize("place", ["2013;65:529-38", "2013;65:528-38", "2013;66:529-38", "2013;1201-9", "2013"])
def test_a_trial_s_name_with_one_wrong_number_is_not(place: str) -> None:
    assert compare(f"MITTEN-2. J Winter Med. {place}.", OF_PERSONS).wrong is None


def test_investigators_are_no_authors_of_a_record_without_any_and_an_agency_may_be() -> None:
    nameless = work(authors=(), years=(2013,))
    assert compare("MITTEN Investigators. J Winter Med 2013", nameless).wrong is not None
    assert compare("MITTEN Agency. J Winter Med 2013", nameless).wrong is None


def test_a_group_that_is_printed_in_full_is_the_record_s_also_where_it_reads_as_persons() -> None:
    body = "on behalf of the de Vries and Winter Foundation. Nordic Society of Winter Medicine"
    record = work(authors=(Author("de Vries", "Jo", "J"), Author(collective=body)), years=(2013,))
    comparison = compare(f"The {body}. J Winter Med 2013", record)
    assert (comparison.differences, comparison.wrong) == ((), None)


def test_a_name_with_an_apostrophe_is_not_read_as_an_initial() -> None:
    assert compare("Maude, O'Brien. J Winter Med 2013", IRISH).differences == ()


def test_a_family_name_that_is_also_a_degree_is_a_name() -> None:
    assert compare("Ma et al. J Winter Med 2013", TWO).wrong is not None


@pytest.mark.parametrize(
    ("printed", "is_wrong"),
    [
        ("Wynter et al. J Winter Med 2013", False),  # misspelt
        ("Nord et al. J Winter Med 2013", True),  # the second author's family name alone
        ("Nord N et al. J Winter Med 2013", False),  # the second author
        ("Nord Q et al. J Winter Med 2013", True),
        ("Winter J, Kohl R. J Winter Med 2013", False),  # one of two
        ("Kohl R, Nord N. J Winter Med 2013", True),
        ("Kohl R, Suppe E, Winter J. J Winter Med 2013", True),  # most of them
        ("Winter J, Kohl R. J Winter Med 2013;65:101-9", True),  # one of two, and another page
    ],
)
def test_names_that_contradict_the_record_make_another_work(printed: str, *, is_wrong: bool) -> None:
    assert (compare(printed, WORK).wrong is not None) == is_wrong


def test_a_record_without_authors_is_another_work_only_on_another_page() -> None:
    anonymous = work(authors=())
    assert compare("Kohl R. J Winter Med 2013;65:529-38", anonymous).wrong is None
    assert compare("Kohl R. J Winter Med 2013;65:101-9", anonymous).wrong is not None


@pytest.mark.parametrize(
    "form",
    [
        "{} und {}, J Winter Med 2013",
        "{} et {} J Winter Med 2013",
        "{} y {}, J Winter Med 2013",
        "{}/{}, J Winter Med '13",
        "Study by {} and {}, J Winter Med, 2013",
        "Heart-HF: {} & {}, J Winter Med 2013",
        "{} & {} (Heart-HF), J Winter Med 2013",
        "J Winter Med: {} & {} 2013",
        "{}; {}; J Winter Med; 2013; PMID: 10000001",
    ],
)
def test_names_joined_abroad_years_cut_short_and_trials_with_a_hyphen_are_read(form: str) -> None:
    record = work(authors=authors("Winter J", "Nord N"))
    printed, another = form.format("Winter", "Nord"), form.format("Hill", "Dale")
    assert differences(printed, record) == {}
    assert compare(printed, record).wrong is None
    assert compare(another, record).wrong is not None


def test_et_al_goes_on_after_an_initial_with_a_point() -> None:
    record = work(journal=Journal("Winter", "Winter (Oslo)", "Winter (Oslo)"))
    assert differences("Winter J. et al. (2013) Winter (Oslo) 65:529", record) == {}


@pytest.mark.parametrize("others", ["et al.", "and others", "and colleagues", "and coworkers"])
def test_words_for_the_other_authors_are_no_words_of_a_title(others: str) -> None:
    printed = "Low-dose merino in fibromyalgia ({} " + others + " (2013b))"
    assert compare(printed.format("Winter"), WORK).wrong is None
    assert compare(printed.format("Kohl"), WORK).wrong is not None


@pytest.mark.parametrize("listed", ["XU B & DU YT", "XU B, DU YT", "XU B and DU YT"])
def test_short_names_in_capitals_are_names_where_initials_follow_each(listed: str) -> None:
    printed = f"{listed} J Winter Med 2013"
    assert differences(printed, work(authors=authors("Xu B", "Du YT"))) == {}
    assert compare(printed, work(authors=authors("Winter J", "Nord N"))).wrong is not None
