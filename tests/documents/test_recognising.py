from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.documents.document import Hyperlink
from evidence.documents.identify import recognise
from evidence.model.identifiers import IdKind

SETID = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"


def reported(text: str, *links: Hyperlink) -> list[str]:
    return [str(identifier) for identifier in recognise(text, links).identifiers]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PMID: 23359310", "pmid:23359310"),
        ("PMID 23359310; PMC1", "pmid:23359310"),
        ("[PubMed: 23359310]", "pmid:23359310"),
        ("PubMed PMID: 23359310. Epub 2013", "pmid:23359310"),
        ("https://pubmed.ncbi.nlm.nih.gov/23359310/.", "pmid:23359310"),
        ("(http://www.ncbi.nlm.nih.gov/pubmed/23359310)", "pmid:23359310"),
        ("pubmed.ncbi.nlm.nih.gov/23359310", "pmid:23359310"),
        ("PMCID: PMC3544123", "pmcid:PMC3544123"),
        ("PMC3544123.", "pmcid:PMC3544123"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC3544123/pdf/a.pdf", "pmcid:PMC3544123"),
        ("doi:10.1002/art.37734.", "doi:10.1002/art.37734"),
        ("DOI 10.1002/ART.37734, 2013", "doi:10.1002/art.37734"),
        ("https://dx.doi.org/10.1002/art.37734;", "doi:10.1002/art.37734"),
        ("(10.1016/0304-4017(94)00727-T)", "doi:10.1016/0304-4017(94)00727-t"),
        (
            "10.1002/(SICI)1098-2264(199910)26:2<142::AID-GCC6>3.0.CO;2-B",
            "doi:10.1002/(sici)1098-2264(199910)26:2<142::aid-gcc6>3.0.co;2-b",
        ),
        ("doi:10.1000/abc\u200bdef", "doi:10.1000/abcdef"),
        ("doi:10.1000/a\u2010b", "doi:10.1000/a-b"),
        ("doi:10.1000/abc[PubMed: 1]", "doi:10.1000/abc"),
        ("https://onlinelibrary.wiley.com/doi/full/10.1002/art.37734", "doi:10.1002/art.37734"),
        ("https://example.org/article?doi=10.1002/art.37734&x=1", "doi:10.1002/art.37734"),
        ("https://www.nejm.org/doi/pdf/10.1056/NEJMoa2034577.pdf", "doi:10.1056/nejmoa2034577"),
        (f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={SETID}", f"setid:{SETID}"),
        (f"https://dailymed.nlm.nih.gov/dailymed/lookup.cfm?setid={SETID.upper()}&version=3.", f"setid:{SETID}"),
        (f"dailymed.nlm.nih.gov/dailymed/fda/fdaDrugXsl.cfm?setid={SETID}&type=display", f"setid:{SETID}"),
        (f"https://dailymed.nlm.nih.gov/dailymed/downloadpdffile.cfm?setId={SETID}", f"setid:{SETID}"),
        (f"https://dailymed.nlm.nih.gov/dailymed/services/v2/spls/{SETID}.xml", f"setid:{SETID}"),
        (f"https://nctr-crs.fda.gov/fdalabel/services/spl/set-ids/{SETID}/spl-doc", f"setid:{SETID}"),
        (f"DailyMed. Set ID: {SETID}.", f"setid:{SETID}"),
        ("ClinicalTrials.gov NCT01234567", "nct:NCT01234567"),
        ("(ClinicalTrials.gov number, NCT01234567.)", "nct:NCT01234567"),
        ("ClinicalTrials.gov Identifier: NCT 01234567", "nct:NCT01234567"),
        ("NCT No.: 01234567", "nct:NCT01234567"),
        ("NCT: NCT01234567", "nct:NCT01234567"),
        ("NCT\u201101234567", "nct:NCT01234567"),
        ("clinicaltrials.gov/ct2/show/NCT01234567.", "nct:NCT01234567"),
        ("https://clinicaltrials.gov/study/NCT01234567?tab=results", "nct:NCT01234567"),
        ("https://www.ldnresearchtrust.org", "url:https://www.ldnresearchtrust.org/"),
        ("See www.example.org/a_(b), for", "url:https://www.example.org/a_(b)"),
        ("<https://example.org/a>.", "url:https://example.org/a"),
        ("https://example.org/a?b=1&amp;c=2", "url:https://example.org/a?b=1&c=2"),
        ("https://example.org/a.htm[accessed 2 May 2020]", "url:https://example.org/a.htm"),
        ("\u201chttps://example.org/a\u201d", "url:https://example.org/a"),
    ],
)
def test_every_form_of_an_identifier_is_recognised(text: str, expected: str) -> None:
    assert reported(f"Alder A. Title. 2013. {text} ") == [expected]
    assert reported(text)[:1] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "J Ex Med. 2019;12(3):45-52.",
        "Doi M, Samuels A. 103: 6386-6391. 2006",
        "Version 10.15/2 of the PMI guide; PMC, 12; dose 10.5/kg",
        "PMID: pending. doi: in press. NCT number not given. Set ID unknown.",
        f"request {SETID} of no label",
        "user@www.example",
        "ISSN 1677-7042",
        "NCT012345678 and NCT0123456",
    ],
)
def test_what_only_resembles_an_identifier_is_none(text: str) -> None:
    assert reported(text) == []


def test_an_identifier_is_reported_with_its_place_in_the_printed_text() -> None:
    text = "Alder A. T\u200bitle &amp; more. doi:10.1000/a\u200bb. PMID: 123456."
    assert [text[slice(*mention.span)] for mention in recognise(text).mentions if mention.span] == [
        "10.1000/a\u200bb",
        "PMID: 123456",
    ]


def test_several_identifiers_are_all_reported_and_each_once() -> None:
    assert reported("doi:10.1000/abc.PMID: 12345") == ["doi:10.1000/abc", "pmid:12345"]
    text = "T. doi:10.1000/a. https://doi.org/10.1000/A. PMID: 5; PMCID: PMC123456. https://example.org/x"
    assert reported(text) == ["doi:10.1000/a", "pmid:5", "pmcid:PMC123456", "url:https://example.org/x"]


def test_links_that_are_not_printed_count_when_a_registry_number_is_in_them() -> None:
    search, record = (
        Hyperlink((0, 1), "https://scholar.google.com/scholar?q=x"),
        Hyperlink((0, 1), "https://pubmed.ncbi.nlm.nih.gov/5/"),
    )
    page = Hyperlink((0, 1), "https://example.org/page")
    assert reported("Alder A. Title.", search, record, page) == ["pmid:5"]
    assert reported("LDN Research Trust", search, page) == ["url:https://example.org/page"]
    assert reported("Title. https://example.org/other", page) == ["url:https://example.org/other"]
    assert reported("x", Hyperlink((0, 1), "javascript:alert(1)"), Hyperlink((0, 1), "#cite-1")) == []


@pytest.mark.parametrize(
    ("text", "isbn"),
    [
        ("ISBN 978-0-19-974437-4", "9780199744374"),
        ("(ISBN: 0-387-95457-0)", "9780387954578"),
        ("978 0 19 974437 4", "9780199744374"),
        ("ISBN 978-0-19-974437-5", None),
        ("doi:10.1016/B978-0-12-386487-1.00016-X", None),
    ],
)
def test_isbns_are_taken_with_a_right_check_digit_only(text: str, isbn: str | None) -> None:
    assert recognise(text).isbns == ((isbn,) if isbn else ())


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Accessed August 14, 2025. https://example.org", "2025-08-14"),
        ("accessed August 2025 through: https://example.org", "2025-08"),
        ("[cited 2025 Aug 14]", "2025-08-14"),
        ("[Internet]. [cited 2025 Aug]; Available from", "2025-08"),
        ("Retrieved 14th of August 2025, from https://example.org", "2025-08-14"),
        ("Retrieved from https://example.org/2012/apr on 14 August 2025", "2025-08-14"),
        ("Retrieved from https://example.org/handle/2263/41945", None),
        ("(accessed on 14 August 2025)", "2025-08-14"),
        ("Last accessed: 2025-08-14.", "2025-08-14"),
        ("Date accessed 14/08/2025", "2025-08-14"),
        ("Accessed 10/11/2008", None),
        ("viewed 14 Aug. 2025", "2025-08-14"),
        ("last visited Aug 14, 2025", "2025-08-14"),
        ("(14 August 2025, date last accessed)", "2025-08-14"),
        ("Accessed Thursday, August 14, 2025", "2025-08-14"),
        ("Accessed 2025.", "2025"),
        ("Zugriff am 14.08.2025", "2025-08-14"),
        ("consult\xe9 le 2025-08-14", "2025-08-14"),
        ("(accessed June 28)", None),
        ("Who accessed care? 2019", None),
        ("Updated August 2025", None),
    ],
)
def test_dates_of_access_are_read_in_every_usual_wording_at_their_precision(text: str, date: str | None) -> None:
    found = recognise(text).accessed
    assert (str(found.date) if found and found.date else None) == date


def test_a_date_of_access_that_is_open_keeps_its_wording_and_place() -> None:
    text = "Site. Last Accessed 10/11/2008."
    found = recognise(text).accessed
    assert found is not None
    assert (found.date, found.wording, text[slice(*found.span)]) == (None, "10/11/2008", "10/11/2008")


@given(st.text(max_size=300))
def test_places_are_always_within_the_text(text: str) -> None:
    for mention in recognise(text).mentions:
        assert mention.span is not None
        first, behind = mention.span
        assert 0 <= first < behind <= len(text)


@given(
    st.sampled_from(["doi:10.1000/abc", "PMID: 123456", "https://example.org/a"]),
    st.text(alphabet=" .,;)\u201d\u200b\u202e\n", max_size=5),
)
def test_punctuation_and_unseen_characters_after_never_change_an_identifier(text: str, behind: str) -> None:
    assert reported(text + behind) == reported(text)
    assert recognise(text).identifiers[0].kind in IdKind
