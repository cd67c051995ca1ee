from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.sources.pubmed_xml import citable_years, date_text, dated, medline_date, read_article


def element(inside):
    return fromstring(f"<PubDate>{inside}</PubDate>")  # noqa: S314 - written here


@pytest.mark.parametrize(
    ("inside", "edtf", "text"),
    [
        ("<Year>2013</Year>", "2013", "2013"),
        ("<Year>2013</Year><Month>Feb</Month>", "2013-02", "2013 Feb"),
        ("<Year>2013</Year><Month>02</Month><Day>07</Day>", "2013-02-07", "2013 02 07"),
        ("<Year>2021</Year><Month>6</Month><Day>7</Day>", "2021-06-07", "2021 6 7"),
        ("<Year>1976</Year><Season>Winter</Season>", "1976-24", "1976 Winter"),
        ("<Year>1976</Year><Season>Fall</Season>", "1976-23", "1976 Fall"),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998-12/1999-01", "1998 Dec-1999 Jan"),
        ("<Year>2021</Year><Month>Feb</Month><Day>30</Day>", "2021-02", "2021 Feb 30"),
        ("<Year>2021</Year><Month>13</Month>", "2021", "2021 13"),
        ("<Year>2021</Year><Month>Undecimber</Month>", "2021", "2021 Undecimber"),
    ],
)
def test_a_date_is_as_precise_as_it_is_written_and_possible(inside, edtf, text):
    assert str(dated(element(inside))) == edtf
    assert date_text(element(inside)) == text


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("1998 Dec-1999 Jan", "1998-12/1999-01"),
        ("2001 Sep-Oct", "2001-09/2001-10"),
        ("2019 Sep/Oct", "2019-09/2019-10"),
        ("2019 Feb - Apr", "2019-02/2019-04"),
        ("1978 Sep-OCT", "1978-09/1978-10"),
        ("2000 Jan\u2013Feb", "2000-01/2000-02"),
        ("1977 Dec 22-29", "1977-12-22/1977-12-29"),
        ("1979 Aug 30-Sep 5", "1979-08-30/1979-09-05"),
        ("1979 Apr-Jun 12", "1979-04/1979-06-12"),
        ("1947-1948", "1947/1948"),
        ("1976-77", "1976/1977"),
        ("1979-1980 Fall", "1979/1980-23"),
        ("1979-1980 Fall-Winter", "1979/1980-24"),
        ("1979 Fall-Winter", "1979-23/1979-24"),
        ("Winter 1999", "1999-24"),
        ("1999 Spring", "1999-21"),
        ("2016", "2016"),
        ("2021 3rd Quarter", "2021"),
        ("1999 Oct-Feb", "1999"),
        ("1990 Winter-Spring", "1990"),
        ("In 1985 or so", "1985"),
    ],
)
def test_a_medlinedate_is_the_interval_it_means_or_at_least_its_year(text, edtf):
    assert str(medline_date(text)) == edtf


@pytest.mark.parametrize("text", ["", "Jan", "0000", "99999", "no year", "9999"])
def test_without_a_year_there_is_no_date(text):
    assert medline_date(text) is None


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("1998 Dec-1999 Jan", (1998, 1999)),
        ("1944-1947", (1944, 1945, 1946, 1947)),
        ("1976-77", (1976, 1977)),
        ("1900-1999", (1900, 1999)),
        ("2021 3rd Quarter", (2021,)),
    ],
)
def test_every_year_of_a_medlinedate_may_be_cited_but_no_century_of_them(text, years):
    assert citable_years(element(f"<MedlineDate>{text}</MedlineDate>")) == years


def test_print_electronic_and_published_years_count_and_the_days_of_filing_do_not():
    history = "".join(
        f'<PubMedPubDate PubStatus="{status}"><Year>{year}</Year></PubMedPubDate>'
        for status, year in [
            ("epublish", 2011),
            ("ppublish", 2012),
            ("aheadofprint", 2010),
            ("collection", 2009),
            ("entrez", 2001),
            ("pubmed", 2002),
            ("medline", 2003),
            ("received", 2004),
            ("pmc-release", 2005),
        ]
    )
    found = read_article(
        (
            "<PubmedArticle><MedlineCitation><PMID>7</PMID><Article>"
            "<Journal><JournalIssue><PubDate><Year>2013</Year><Month>Feb</Month></PubDate></JournalIssue></Journal>"
            '<ArticleTitle>T</ArticleTitle><ArticleDate DateType="Electronic"><Year>2012</Year><Month>12</Month>'
            f"<Day>28</Day></ArticleDate></Article></MedlineCitation><PubmedData><History>{history}</History></PubmedData>"
            "</PubmedArticle>"
        ).encode()
    )
    assert found.years == (2009, 2010, 2011, 2012, 2013)
    assert (str(found.issued), str(found.published_online), found.date_text) == ("2013-02", "2012-12-28", "2013 Feb")
    assert found.has_article_date


def test_a_record_without_any_date_has_none():
    found = read_article(
        b"<PubmedArticle><MedlineCitation><PMID>7</PMID><Article><ArticleTitle>T</ArticleTitle></Article>"
        b"</MedlineCitation></PubmedArticle>"
    )
    assert (found.issued, found.published_online, found.years, found.date_text) == (None, None, (), "")
    assert not found.has_article_date


@given(
    st.lists(
        st.sampled_from(
            ["1998", "2020", "77", "3", "31", "Jan", "feb", "Winter", "Fall", "-", "/", " - ", "3rd", ",", "Quarter"]
        ),
        max_size=8,
    ).map(" ".join)
)
def test_words_of_dates_in_any_order_never_raise_and_never_end_before_they_begin(text):
    found = medline_date(text)
    assert found is None or found.earliest <= found.latest
