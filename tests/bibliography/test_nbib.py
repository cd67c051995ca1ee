"""NBIB: the tags of PubMed's own downloads."""

import re

from evidence.bibliography.formats.ris import write_nbib
from factories import ARTICLE_ITEM, HOSTILE_TEXTS, LABEL_ITEM, hostile_item


def values(tag, item):
    found = (line for line in write_nbib([item]).splitlines() if line.startswith(f"{tag:<4}- "))
    return [line[6:] for line in found]


def test_names_are_written_in_full_and_short_and_bodies_apart():
    assert values("FAU", ARTICLE_ITEM)[:2] == ["King, Martin L Jr", "van Gogh, Vincent"]
    assert values("AU", ARTICLE_ITEM)[:2] == ["King ML Jr", "van Gogh V"]
    assert values("CN", ARTICLE_ITEM)[0] == "ADVANCE Collaborative Group"


def test_given_names_that_are_initials_stay_what_they_are():
    given = {"Jarred W": "JW", "JW": "JW", "J.-P.": "JP", "Jean-Pierre": "JP", "NOOR": "N"}
    for name, initials in given.items():
        assert values("AU", {"id": "a", "author": [{"family": "X", "given": name}]}) == [f"X {initials}"]


def test_dates_of_publication_have_nlms_form():
    def dp(parts, **more):
        return values("DP", {"id": "a", "issued": {"date-parts": parts, **more}})

    assert dp([[2013, 2, 14]]) == ["2013 Feb 14"]
    assert dp([[1979, 7], [1979, 8]]) == ["1979 Jul-Aug"]
    assert dp([[2012, 12], [2013, 1]]) == ["2012 Dec-2013 Jan"]
    assert dp([[2013]], season=3) == ["2013 Autumn"]


def test_the_doi_is_in_both_places_and_the_set_id_is_an_other_id():
    doi = "10.1002/(sici)1097_0258<1661::aid> [doi]"
    assert values("LID", ARTICLE_ITEM) == values("AID", ARTICLE_ITEM) == [doi]
    assert values("OID", LABEL_ITEM) == ["DailyMed: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65"]


def test_what_medline_has_no_tag_for_is_a_named_general_note():
    assert values("GN", LABEL_ITEM) == [
        f"URL: {LABEL_ITEM['URL']}",
        "Accessed: 2025-08",
        "Version: 12",
        "Genre: Prescribing information",
    ]


def test_a_retracted_paper_has_its_publication_type_and_its_notice():
    notices = [{"type": "RetractionIn", "source": "Lancet. 2010;375:445", "PMID": "20137807"}, {"type": "CommentIn"}]
    item = {**ARTICLE_ITEM, "custom": {**ARTICLE_ITEM["custom"], "notices": notices}}
    assert values("PT", item) == ["Journal Article", "Retracted Publication"]
    assert values("RIN", item) == ["Lancet. 2010;375:445 PMID: 20137807"]


def test_no_value_begins_a_line_or_record_of_its_own():
    for text in HOSTILE_TEXTS:
        written = write_nbib([hostile_item(text)])
        assert all(re.match(r"[A-Z]{2,4} {0,2}- .", line) for line in written.splitlines())
        assert "PMID" not in {line[:4] for line in written.splitlines()}
