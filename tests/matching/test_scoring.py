"""How surely a citation is of a record: the right one, its near neighbours, and what distinguishes them."""

from __future__ import annotations

import pytest

from evidence.matching.score import MATCH_THRESHOLD, choose, is_possible, score
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Ambiguous, Match, Matched, Unmatched
from evidence.model.records import Article, Journal, NoticeLink, PublicationType
from factories import VANCOUVER, WORK, authors, work

TITLE = WORK.title.removesuffix(".")
ERRATUM = PublicationType("D016425", "Published Erratum")
RETRACTION = PublicationType("D016440", "Retraction of Publication")


def pmid(number: int) -> Identifier:
    return Identifier(IdKind.PMID, str(number))


def chosen(printed: str, *records: Article) -> Match:
    return choose([score(printed, record) for record in records])


def is_matched(printed: str, *records: Article, to: Article = WORK) -> bool:
    match chosen(printed, *records):
        case Matched(candidate=candidate):
            assert candidate.record is to, f"matched wrongly to {candidate.record.title}"
            return True
    return False


def test_a_citation_printed_from_its_record_scores_near_one() -> None:
    candidate = score(VANCOUVER, WORK)
    assert candidate.score > 0.95
    assert candidate.agrees == ("title", "authors", "year", "journal", "volume", "issue", "pages")
    assert candidate.differs == ()


FLAWED = {
    "issue missing": VANCOUVER.replace("(2)", ""),
    "pages missing": VANCOUVER.replace(":529-38", ""),
    "no numbers but the year": VANCOUVER.replace(";65(2):529-38", ""),
    "year off by one": VANCOUVER.replace("2013", "2014"),
    "et al. after one name": VANCOUVER.replace(", Nord N, McFrost R, de Vries AP", ", et al"),
    "ligature": VANCOUVER.replace("fi", "\ufb01"),
    "letters misread": VANCOUVER.replace("treatment", "treatrnent").replace("cold", "co1d"),
    "subtitle dropped": VANCOUVER.partition(": findings")[0] + ". J Winter Med. 2013;65(2):529-38.",
    "title cut": VANCOUVER.replace(" assessing daily warmth", ""),
    "family name misspelt": VANCOUVER.replace("McFrost", "McFrast"),
    "journal written out": VANCOUVER.replace("J Winter Med", "The Journal of Winter Medicine"),
    "in capitals": VANCOUVER.replace(TITLE, TITLE.upper()),
    "page mistyped": VANCOUVER.replace("529-38", "592-38"),
    "no title": "Winter J, Nord N, McFrost R, de Vries AP. J Winter Med. 2013;65(2):529-38.",
}


@pytest.mark.parametrize("flaw", FLAWED)
def test_one_flaw_does_not_hide_the_work(flaw: str) -> None:
    assert is_matched(FLAWED[flaw], WORK)


@pytest.mark.parametrize("flaw", FLAWED)
def test_no_flaw_makes_it_sure_to_be_more_than_right(flaw: str) -> None:
    assert score(FLAWED[flaw], WORK).score <= score(VANCOUVER, WORK).score


PREPRINT = work(
    identifier=pmid(10),
    journal=Journal("bioRxiv : the preprint server for biology", "bioRxiv", "bioRxiv"),
    volume="",
    issue="",
    pages="",
    publication_types=(PublicationType("D000076942", "Preprint"),),
)
REPRINT = work(identifier=pmid(11), years=(2019,), issued=PartialDate(2019), volume="71", issue="4", pages="11-20")
CORRECTION = work(
    identifier=pmid(12),
    title=f"Correction to: {TITLE}.",
    issue="6",
    pages="1300",
    publication_types=(ERRATUM,),
    notices=(NoticeLink("ErratumFor", "J Winter Med. 2013;65(2):529-38", "10000001"),),
)
SILENT_ERRATUM = work(identifier=pmid(13), issue="6", pages="1300", publication_types=(ERRATUM,))
NOTICE = work(
    identifier=pmid(14),
    title=f"Retraction notice to: {TITLE}.",
    authors=(),
    pages="1400",
    publication_types=(RETRACTION,),
    notices=(NoticeLink("RetractionOf", "J Winter Med. 2013;65(2):529-38", "10000001"),),
)
COMMENT = work(identifier=pmid(15), authors=authors("Kohl R"), issue="5", pages="990-1")
REPLY = work(identifier=pmid(16), title=f"{TITLE}-Reply.", issue="5", pages="991")
SIBLING = work(identifier=pmid(17), title="Mittens and the temperature of the hand in sleep.", pages="539-44")
NEIGHBOURS = {
    "preprint": PREPRINT,
    "reprint": REPRINT,
    "correction": CORRECTION,
    "erratum under the paper's title": SILENT_ERRATUM,
    "retraction notice": NOTICE,
    "comment under the paper's title": COMMENT,
    "reply": REPLY,
    "same authors, same issue": SIBLING,
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_beside_a_near_neighbour_the_work_itself_is_matched(name: str) -> None:
    assert is_matched(VANCOUVER, NEIGHBOURS[name], WORK)


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_near_neighbour_alone_is_never_matched(name: str) -> None:
    assert not isinstance(chosen(VANCOUVER, NEIGHBOURS[name]), Matched)


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_without_numbers_a_near_neighbour_is_not_matched_either(name: str) -> None:
    assert not isinstance(chosen(FLAWED["no numbers but the year"], NEIGHBOURS[name]), Matched)


def test_all_neighbours_together_do_not_hide_the_work() -> None:
    assert is_matched(VANCOUVER, *NEIGHBOURS.values(), WORK)


def test_a_cited_preprint_is_not_its_article() -> None:
    printed = f"Winter J, Nord N, McFrost R, de Vries AP. {TITLE}. bioRxiv. 2013."
    assert is_matched(printed, WORK, PREPRINT, to=PREPRINT)
    assert not isinstance(chosen(printed, WORK), Matched)


def test_a_cited_correction_is_not_its_paper() -> None:
    printed = f"Winter J, Nord N, McFrost R, de Vries AP. Correction to: {TITLE}. J Winter Med. 2013;65(6):1300."
    assert is_matched(printed, WORK, CORRECTION, to=CORRECTION)
    assert not isinstance(chosen(printed, WORK), Matched)


def test_a_cited_reply_is_not_its_paper() -> None:
    printed = f"Winter J, Nord N, McFrost R, de Vries AP. {TITLE}-Reply. J Winter Med. 2013;65."
    assert not isinstance(chosen(printed, WORK), Matched)


def test_a_retracted_article_can_be_matched() -> None:
    retracted = work(
        title=f"RETRACTED: {WORK.title}",
        publication_types=(PublicationType("D016441", "Retracted Publication"),),
        notices=(NoticeLink("RetractionIn", "J Winter Med. 2014;66(1):9", "14"),),
    )
    assert is_matched(VANCOUVER, retracted, NOTICE, to=retracted)


def parts(number: str, **changes: object) -> Article:
    return work(title=f"Studies on the warmth of socks. Part {number}. Wool and cotton compared.", **changes)


def test_parts_of_a_series_are_distinguished_by_their_number() -> None:
    first, second = parts("I", identifier=pmid(21), pages="1-9"), parts("II", identifier=pmid(22), pages="10-19")
    printed = (
        "Winter J, Nord N. Studies on the warmth of socks. Part II. Wool and cotton compared. J Winter Med. 2013;65."
    )
    assert is_matched(printed, first, second, to=second)
    assert not isinstance(chosen(printed, first), Matched)


def test_a_title_without_its_part_and_page_is_ambiguous() -> None:
    first, second = parts("I", identifier=pmid(21), pages="1-9"), parts("II", identifier=pmid(22), pages="10-19")
    printed = "Winter J, Nord N. Studies on the warmth of socks. J Winter Med. 2013."
    assert isinstance(chosen(printed, first, second), Ambiguous)
    assert not isinstance(chosen(printed, first), Matched)


def test_yearly_reports_are_distinguished() -> None:
    report = work(
        title="The 31st annual report of the national sock registry.", volume="66", years=(2014,), pages="1-90"
    )
    printed = "Winter J, Nord N. The 30th annual report of the national sock registry. J Winter Med. 2013;65:1-88."
    assert not isinstance(chosen(printed, report), Matched)


def test_twins_of_one_issue_without_a_page_are_ambiguous() -> None:
    one, other = (work(identifier=pmid(n), title="Book reviews.", pages=page) for n, page in ((31, "77"), (32, "81")))
    assert isinstance(chosen("Winter J, Nord N. Book reviews. J Winter Med. 2013;65(2).", one, other), Ambiguous)


def test_twins_of_one_issue_are_distinguished_by_their_page() -> None:
    one, other = (work(identifier=pmid(n), title="Book reviews.", pages=page) for n, page in ((31, "77"), (32, "81")))
    printed = "Winter J, Nord N. Book reviews. J Winter Med. 2013;65(2):81."
    assert is_matched(printed, one, other, to=other)
    assert not isinstance(chosen(printed, one), Matched)


def test_a_title_of_thousands_needs_its_place() -> None:
    editorial = work(title="Editorial.", pages="400-1")
    assert not isinstance(chosen("Winter J. Editorial. J Winter Med. 2013.", editorial), Matched)
    assert isinstance(chosen("Winter J. Editorial. J Winter Med. 2013;65(2):400-1.", editorial), Matched)


def test_another_word_in_the_title_is_another_work_when_the_page_is_missing() -> None:
    printed = VANCOUVER.replace("cold feet", "frostbitten ears").replace(":529-38", "")
    assert not isinstance(chosen(printed, WORK), Matched)


def test_another_journal_is_not_overlooked_without_a_page() -> None:
    printed = VANCOUVER.replace("J Winter Med. 2013;65(2):529-38", "Ann Summer Surg. 2013")
    assert not isinstance(chosen(printed, WORK), Matched)


def test_the_same_work_from_pubmed_and_crossref_is_one_candidate() -> None:
    doi = Identifier(IdKind.DOI, "10.5555/socks")
    from_pubmed, from_crossref = work(also_known_as=(doi,)), work(identifier=doi)
    assert is_matched(VANCOUVER, from_crossref, from_pubmed, to=from_pubmed)


def test_the_same_work_is_one_candidate_where_pubmed_gives_no_doi() -> None:
    from_crossref = work(identifier=Identifier(IdKind.DOI, "10.5555/socks"), pages="529-538")
    assert is_matched(VANCOUVER, from_crossref, WORK)


def test_two_pmids_that_share_a_doi_are_two_candidates() -> None:
    doi = Identifier(IdKind.DOI, "10.5555/socks")
    one, other = work(also_known_as=(doi,)), work(identifier=pmid(41), also_known_as=(doi,))
    assert isinstance(chosen(VANCOUVER, one, other), Ambiguous)


def test_a_short_citation_is_a_question_for_a_person() -> None:
    assert isinstance(chosen("Winter et al. J Winter Med 2013", WORK), Ambiguous)


@pytest.mark.parametrize("printed", ["", "Data on file.", "Socks. Package insert. Acme; 2013.", "https://example.org"])
def test_what_is_no_article_matches_nothing(printed: str) -> None:
    assert chosen(printed, WORK) == Unmatched()


def test_without_candidates_nothing_is_matched() -> None:
    assert choose([]) == Unmatched()


def test_the_likeliest_candidate_comes_first() -> None:
    match chosen(FLAWED["no numbers but the year"].replace("J Winter Med", "Ann Summer Surg"), SIBLING, WORK, REPRINT):
        case Ambiguous(candidates=(first, *rest)):
            assert first.record in (WORK, REPRINT)
            assert all(first.score >= other.score for other in rest)
        case other:
            pytest.fail(f"{other}")


@pytest.mark.parametrize("flaw", FLAWED)
def test_a_spoilt_citation_is_possible_for_its_record(flaw: str) -> None:
    assert is_possible(FLAWED[flaw], WORK)


def test_a_citation_that_shares_neither_name_nor_title_words_is_impossible() -> None:
    assert not is_possible(
        "Kohl R, Suppe E. Cabbage soup in arctic nutrition. Ann Summer Surg. 2004;12(9):101-9.", WORK
    )


def test_a_record_without_authors_and_telling_words_is_always_possible() -> None:
    assert is_possible(VANCOUVER, work(title="On it.", authors=()))


def test_the_threshold_can_be_raised() -> None:
    printed = FLAWED["no numbers but the year"]
    assert MATCH_THRESHOLD < score(printed, WORK).score < 0.95
    assert isinstance(choose([score(printed, WORK)], threshold=0.95), Ambiguous)


def test_a_title_without_its_subtitle_needs_a_page_since_its_sibling_shares_the_issue() -> None:
    sibling = work(
        title=f"{TITLE.partition(':')[0]}: explanation and elaboration.", identifier=pmid(51), pages="539-60"
    )
    printed = FLAWED["subtitle dropped"].replace(":529-38", "")
    assert isinstance(chosen(printed, sibling), Ambiguous)
    assert isinstance(chosen(printed, sibling, WORK), Ambiguous)


def test_a_record_held_down_by_a_ceiling_is_not_outrun_by_its_sibling() -> None:
    own = work(title="Preferred items for the warmth of woollen socks in winter: guidance for authors.", pages="1-9")
    other = work(
        identifier=pmid(52),
        title="Preferred items for the warmth of woollen socks in winter guidelines.",
        pages="10-19",
    )
    printed = "Winter J, Nord N. Preferred items for the warmth of woollen socks in winter. J Winter Med. 2013;65(2)."
    assert isinstance(chosen(printed, own, other), Ambiguous)
