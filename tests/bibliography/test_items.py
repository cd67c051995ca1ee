import os
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.bibliography.csl import ItemSource, item_of, page_or_number
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Article, Author, Label, NoticeLink, Page, PublicationType
from factories import INVENTED_SETID, SPECIMENS, entry_in_braces, invented_article, subject_of

TESTS = Path(__file__).resolve().parents[1]


def test_the_record_is_printed_and_not_the_entry():
    subject = subject_of("a", invented_article(1, title="What the record says."), "title: What the entry says")
    assert item_of(subject)["title"] == "What the record says"
    assert item_of(subject, from_record=False)["title"] == "What the entry says"


def test_a_registered_doi_whose_record_could_not_be_had_is_printed_from_the_entry():
    empty = Article(Identifier(IdKind.DOI, "10.5555/a"), title="")
    assert item_of(ItemSource(entry_in_braces("id: a, DOI: 10.5555/a, title: Told by the entry"), empty))["title"] == (
        "Told by the entry"
    )


@pytest.mark.parametrize(("written", "parts"), [("2025", [2025]), ("2025-08", [2025, 8]), ("2025-08-03", [2025, 8, 3])])
def test_accessed_is_the_entrys_at_the_precision_given(written, parts):
    item = item_of(subject_of("a", invented_article(1), f"accessed: {written}"))
    assert item["accessed"] == {"date-parts": [parts]}


def test_a_record_that_was_never_said_to_be_accessed_has_no_accessed_date():
    assert "accessed" not in item_of(subject_of("a", invented_article(1)))


@pytest.mark.parametrize(
    ("accessed", "year"),
    [("2025-08", 2024), ("2026-02", 2026), ("2026", 2026)],
)
def test_a_label_bears_the_year_of_the_version_that_was_read(accessed, year):
    specimen = next(one for one in _labels())
    subject = ItemSource(entry_in_braces(f"id: a, setid: {INVENTED_SETID}, accessed: {accessed}"), specimen)
    assert item_of(subject)["issued"]["date-parts"][0][0] == year


def test_a_pinned_version_is_the_one_printed():
    subject = ItemSource(
        entry_in_braces(f"id: a, setid: {INVENTED_SETID}, spl-version: 8, accessed: 2026-02"), next(_labels())
    )
    assert (item_of(subject)["version"], item_of(subject)["issued"]) == ("8", {"date-parts": [[2024, 5, 1]]})


def test_a_label_read_before_all_known_versions_has_no_year_invented():
    assert "issued" not in item_of(
        ItemSource(entry_in_braces(f"id: a, setid: {INVENTED_SETID}, accessed: 2019-02"), next(_labels()))
    )


def _labels():

    return (one.record for one in SPECIMENS if isinstance(one.record, Label))


def test_a_pages_title_is_taken_from_the_page_only_where_the_entry_has_none():
    url = Identifier(IdKind.URL, "https://a.example/")
    page = Page(url, 200, url.value, title="Home | Site")
    assert item_of(ItemSource(entry_in_braces("id: a, URL: 'https://a.example/'"), page))["title"] == "Home | Site"
    reported = item_of(ItemSource(entry_in_braces("id: a, title: A guide, URL: 'https://a.example/'"), page))
    assert (reported["title"], reported["type"]) == ("A guide", "webpage")


@pytest.mark.parametrize(
    ("title", "marked", "printed"),
    [
        ("p < 0.05 & q > 1.", "p &lt; 0.05 &amp; q &gt; 1.", "p < 0.05 & q > 1"),
        ("Of <Bacillus>.", "Of &lt;Bacillus&gt;.", "Of <Bacillus>"),
        ("In vivo CO2.", "<i>In vivo</i> <u>CO</u><sub>2</sub>.", "<i>In vivo</i> CO<sub>2</sub>"),
        ("What next...", "", "What next..."),
    ],
)
def test_titles_keep_their_markup_and_their_literal_characters(title, marked, printed):
    assert item_of(subject_of("a", invented_article(1, title=title, title_html=marked)))["title"] == printed


@pytest.mark.parametrize(
    ("pages", "elocations", "in_volume", "found"),
    [
        ("529-38", (), True, ("529-538", "")),
        ("S93-9", (), True, ("S93-S99", "")),
        ("1084-94, 1100-1", (), True, ("1084-1094, 1100-1101", "")),
        ("313-6; quiz 317", (), True, ("313-316; quiz 317", "")),
        ("285-285", (), True, ("285", "")),
        ("e1-e7", (), True, ("e1-e7", "")),
        ("e123-30", (), True, ("e123-e130", "")),
        ("xi-xix", (), True, ("xi-xix", "")),
        ("445", (), True, ("445", "")),
        ("e0212345", (), True, ("", "e0212345")),
        ("e01234-20", (), True, ("", "e01234-20")),
        ("01234-20", (), True, ("", "01234-20")),
        ("102345", (), True, ("", "102345")),
        ("CD010410", (), True, ("", "CD010410")),
        ("", ("e17",), True, ("", "e17")),
        ("", ("e17",), False, ("", "")),
        ("", ("S0140-6736(24)00001-1",), True, ("", "")),
        ("17470218211021111", (), False, ("", "")),
        ("38-529", (), True, ("38-529", "")),
        ("529-38a", (), True, ("529-538a", "")),
        ("94-3", (), True, ("94-3", "")),
    ],
)
def test_pages_are_distinguished_from_article_numbers(pages, elocations, in_volume, found):
    assert page_or_number(pages, elocations, in_volume=in_volume) == found


def test_pages_and_article_numbers_of_entries_are_distinguished_too():
    reported = "id: a, PMID: '1', page: "
    assert item_of(ItemSource(entry_in_braces(reported + "820\u20138")))["page"] == "820-828"
    numbered = item_of(ItemSource(entry_in_braces(reported + "e01234-20")))
    assert (numbered["number"], "page" in numbered) == ("e01234-20", False)


def test_initials_without_a_forename_are_apart():
    item = item_of(subject_of("a", invented_article(1, authors=(Author("Smith", "", "JP"),))))
    assert item["author"] == [{"family": "Smith", "given": "J P"}]


@pytest.mark.parametrize(("given", "output"), [("JP", "J P"), ("Jo", "Jo"), ("小明", "小明"), ("N", "N")])
def test_an_entrys_initials_are_apart_too(given, output):
    item = item_of(ItemSource(entry_in_braces(f"id: a, PMID: '1', author: [{{family: Smith, given: '{given}'}}]")))
    assert item["author"] == [{"family": "Smith", "given": output}]


def test_a_retraction_is_reported_whichever_source_reports_it_and_whatever_is_printed():
    link = NoticeLink("RetractionIn", "Lancet. 2010 Feb 6;375(9713):445. doi: 10.5555/x", "2")
    by_pubmed = subject_of("a", invented_article(1, notices=(link,)))
    by_crossref = subject_of("a", invented_article(1), others=(invented_article(1, notices=(link,)),), retracted=True)
    by_type = subject_of(
        "a", invented_article(1, publication_types=(PublicationType("D016441", "Retracted Publication"),))
    )
    for subject in (by_pubmed, by_crossref, by_type):
        for from_record in (True, False):
            assert item_of(subject, from_record=from_record)["custom"]["retracted"] is True
    assert item_of(by_crossref)["custom"]["retraction-notice"] == "Lancet. 2010 Feb 6;375(9713):445"


def test_a_work_that_nobody_retracted_is_not_said_to_be():
    assert "custom" not in item_of(subject_of("a", invented_article(1)))


def test_a_notice_that_is_known_by_its_number_alone_is_named_by_it():
    by_doi = invented_article(1, notices=(NoticeLink("RetractionIn", "", doi="10.5555/n"),))
    assert item_of(subject_of("a", by_doi))["custom"]["retraction-notice"] == "doi:10.5555/n"


def test_control_characters_and_turned_text_are_removed_from_every_field():
    item = item_of(
        subject_of(
            "a",
            invented_article(
                1, title="A\x1b[31m red\r\n title\u202egnp.", authors=(Author("Ev\x00il", "A\u202eB", "A"),)
            ),
        )
    )
    assert item["title"] == "A [31m red titlegnp"
    assert item["author"] == [{"family": "Ev il", "given": "AB"}]


def test_dates_of_entries_are_read_in_each_of_their_forms():
    reported = item_of(
        ItemSource(entry_in_braces("id: a, PMID: '1', issued: {year: 2019, month: 3}, event-date: 2019-04-01"))
    )
    assert reported["issued"] == {"date-parts": [[2019, 3]]}
    assert reported["event-date"] == {"date-parts": [[2019, 4, 1]]}


def test_an_interval_keeps_both_its_ends():
    ranged = PartialDate(2019, 1, until=PartialDate(2019, 2))
    assert item_of(subject_of("a", invented_article(1, issued=ranged)))["issued"] == {
        "date-parts": [[2019, 1], [2019, 2]]
    }


def test_a_url_that_only_repeats_the_pmid_is_no_address_of_its_own():
    record = invented_article(1, also_known_as=())
    subject = ItemSource(entry_in_braces("id: a, URL: 'https://pubmed.ncbi.nlm.nih.gov/1/'"), record)
    assert "URL" not in item_of(subject)


def test_a_retraction_that_the_entry_reports_is_kept_beside_a_record_that_knows_none():
    reported = "custom: {retracted: true, retraction-notice: 'Lancet. 2010;375:445'}"
    for subject in (
        subject_of("a", invented_article(1), reported),
        subject_of("a", invented_article(1), reported, retracted=True),
    ):
        assert item_of(subject)["custom"] == {"retracted": True, "retraction-notice": "Lancet. 2010;375:445"}


def test_the_fields_of_an_entry_come_in_the_same_order_in_every_process():
    script = (
        "from factories import entry_in_braces\n"
        "from evidence.bibliography.csl import ItemSource, item_of\n"
        "print(*item_of(ItemSource(entry_in_braces('id: a, '\n"
        "    ' volume: 1, title: b, page: 5, issue: 2, publisher: c, genre: d, '\n"
        "    'editor: [{family: E}], author: [{family: F}], issued: 2019, accessed: 2020'))))\n"
    )
    reported = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(TESTS)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    (order,) = reported
    assert order.split()[2:8] == ["volume", "title", "page", "issue", "publisher", "genre"]
