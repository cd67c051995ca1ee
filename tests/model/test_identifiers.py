from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evidence.model.identifiers import (
    Identifier,
    IdKind,
    bookshelf_accession,
    from_url,
    is_canonical,
    is_own_page,
    misprinted_isbn,
    parse,
    short_doi,
    url_of,
)
from evidence.model.urls import Malformed

SETID = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
SICI = "10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim968>3.0.co;2-2"

numbers = st.integers(1, 99_999_999)
identifiers = st.one_of(
    numbers.map(lambda n: Identifier(IdKind.PMID, str(n))),
    numbers.map(lambda n: Identifier(IdKind.PMCID, f"PMC{n}")),
    st.integers(0, 99_999_999).map(lambda n: Identifier(IdKind.NCT, f"NCT{n:08}")),
    st.uuids().map(lambda uuid: Identifier(IdKind.SETID, str(uuid))),
    st.from_regex(r"10\.[0-9]{4,6}/[a-z0-9;()/:<>._%?#&=+-]{0,15}[a-z0-9]", fullmatch=True)
    .filter(lambda doi: not {".", ".."} & set(doi.split("/")))  # an address cannot carry them
    .map(lambda doi: Identifier(IdKind.DOI, doi)),
)


@given(identifiers)
@example(Identifier(IdKind.DOI, SICI))
@example(Identifier(IdKind.DOI, "10.1234/a%2fb?c#d"))
def test_an_identifier_reads_back_from_its_value_and_from_its_page(identifier: Identifier) -> None:
    assert parse(identifier.kind, identifier.value) == identifier
    assert is_canonical(identifier.kind, identifier.value)
    assert from_url(url_of(identifier)) == identifier
    assert is_canonical(IdKind.URL, url_of(identifier))


@given(st.sampled_from(IdKind), st.text(max_size=40))
def test_whatever_is_understood_is_understood_the_same_again(kind: IdKind, text: str) -> None:
    identifier = parse(kind, text)
    if isinstance(identifier, Identifier):
        assert parse(kind, identifier.value) == identifier
        assert is_canonical(kind, identifier.value)


@given(st.sampled_from(IdKind), st.text(alphabet="pmcidPMCDOI10./:- 239(){}<>nNtT\u200b\u202e", max_size=25))
def test_near_misses_are_read_or_refused_with_a_printable_reason(kind: IdKind, text: str) -> None:
    identifier = parse(kind, text)
    if isinstance(identifier, Malformed):
        assert identifier.message.isprintable()
    else:
        assert identifier.kind is kind


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (IdKind.PMID, "PMID: 23359310", "23359310"),
        (IdKind.PMID, "0023359310", "23359310"),
        (IdKind.PMID, "\uff12\uff13\uff13\uff15\uff19\uff13\uff11\uff10", "23359310"),
        (IdKind.PMID, " 23359310\u200b", "23359310"),
        (IdKind.PMID, "23359310.", "23359310"),
        (IdKind.PMID, "https://pubmed.ncbi.nlm.nih.gov/23359310/?x=1", "23359310"),
        (IdKind.PMCID, "pmc3718998", "PMC3718998"),
        (IdKind.PMCID, "PMCID: PMC3718998.2", "PMC3718998"),
        (IdKind.PMCID, "https://pmc.ncbi.nlm.nih.gov/articles/PMC3718998/", "PMC3718998"),
        (IdKind.DOI, "doi:10.1002/art.37734", "10.1002/art.37734"),
        (IdKind.DOI, "https://dx.doi.org/10.1002/ART.37734.", "10.1002/art.37734"),
        (IdKind.DOI, "doi: https://doi.org/10.1002/art.37734", "10.1002/art.37734"),
        (IdKind.DOI, "10.1016/S0140-6736(20)30183-5).", "10.1016/s0140-6736(20)30183-5"),
        (IdKind.SETID, SETID.upper(), SETID),
        (IdKind.SETID, "{" + SETID + "}", SETID),
        (IdKind.SETID, SETID.replace("-", ""), SETID),
        (IdKind.SETID, SETID.replace("-", "\u2011"), SETID),
        (IdKind.SETID, f"https://dailymed.nlm.nih.gov/dailymed/lookup.cfm?setid={SETID}", SETID),
        (IdKind.NCT, "nct 01234567", "NCT01234567"),
        (IdKind.NCT, "NCT-01234567", "NCT01234567"),
        (IdKind.NCT, "NCT: NCT01234567", "NCT01234567"),
        (IdKind.NCT, "ClinicalTrials.gov Identifier: NCT01234567", "NCT01234567"),
        (IdKind.NCT, "https://clinicaltrials.gov/study/NCT01234567", "NCT01234567"),
    ],
)
def test_other_spellings_are_understood_and_reported_as_not_canonical(kind: IdKind, text: str, value: str) -> None:
    assert parse(kind, text) == Identifier(kind, value)
    assert not is_canonical(kind, text)


def test_the_letters_of_a_doi_may_have_any_case() -> None:
    assert parse(IdKind.DOI, "10.1002/ART.37734") == Identifier(IdKind.DOI, "10.1002/art.37734")
    assert is_canonical(IdKind.DOI, "10.1002/ART.37734")


@pytest.mark.parametrize(
    ("kind", "text", "there"),
    [
        (IdKind.PMID, "PMC3718998", "PMCID: PMC3718998"),
        (IdKind.PMID, "10.1002/art.37734", "DOI: 10.1002/art.37734"),
        (IdKind.DOI, "23359310", "PMID: 23359310"),
        (IdKind.PMCID, "10.1002/art.37734", "DOI: 10.1002/art.37734"),
        (IdKind.SETID, "https://pubmed.ncbi.nlm.nih.gov/23359310/", "PMID: 23359310"),
        (IdKind.URL, "23359310", "PMID: 23359310"),
        (IdKind.URL, "doi:10.1002/art.37734", "DOI: 10.1002/art.37734"),
        (IdKind.URL, SETID, f"setid: {SETID}"),
        (IdKind.URL, "NCT01234567", "NCT: NCT01234567"),
        (IdKind.PMID, "NCT01234567", "NCT: NCT01234567"),
    ],
)
def test_an_identifier_in_anothers_field_is_reported_with_its_own_field(kind: IdKind, text: str, there: str) -> None:
    reported = parse(kind, text)
    assert isinstance(reported, Malformed)
    assert reported.suggestion == there


@pytest.mark.parametrize(
    ("kind", "text", "part"),
    [
        (IdKind.PMID, "", "is empty"),
        (IdKind.PMID, "0", "1 to 8 digits"),
        (IdKind.PMID, "233593101", "1 to 8 digits"),
        (IdKind.PMID, "2335 9310", "1 to 8 digits"),
        (IdKind.PMID, "see \u202e23359310", "U+202E"),
        (IdKind.PMID, "1" * 100_000, "100,000 characters"),
        (IdKind.PMCID, "3718998", "begins with PMC"),
        (IdKind.DOI, "10.1/2", "10.<registrant>/<name>"),
        (IdKind.DOI, "10.1002/a b", "10.<registrant>/<name>"),
        (IdKind.DOI, "https://publisher.example/article", "10.<registrant>/<name>"),
        (IdKind.SETID, SETID[:-1], "a UUID"),
        (IdKind.NCT, "NCT123", "8 digits"),
        (IdKind.NCT, "NCT012345678", "8 digits"),
    ],
)
def test_what_is_no_identifier_is_reported_with_what_one_looks_like(kind: IdKind, text: str, part: str) -> None:
    reported = parse(kind, text)
    assert isinstance(reported, Malformed)
    assert part in reported.message


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://pubmed.ncbi.nlm.nih.gov/23359310", "pmid:23359310"),
        ("http://www.ncbi.nlm.nih.gov/pubmed/23359310?dopt=Abstract", "pmid:23359310"),
        ("https://ncbi.nlm.nih.gov/m/pubmed/23359310/", "pmid:23359310"),
        ("https://www.ncbi.nlm.nih.gov/entrez/query.fcgi?cmd=Retrieve&db=PubMed&list_uids=12345", "pmid:12345"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC3718998/#S1", "pmcid:PMC3718998"),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC3718998/pdf/nihms.pdf", "pmcid:PMC3718998"),
        ("https://doi.org/10.1002/ART.37734", "doi:10.1002/art.37734"),
        ("http://dx.doi.org/10.1002%2Fart.37734?nosfx=y", "doi:10.1002/art.37734"),
        (f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={SETID}", f"setid:{SETID}"),
        (f"https://dailymed.nlm.nih.gov/dailymed/lookup.cfm?SETID={SETID.upper()}&version=3", f"setid:{SETID}"),
        (f"https://dailymed.nlm.nih.gov/dailymed/getFile.cfm?type=pdf&setId={SETID}", f"setid:{SETID}"),
        (f"https://dailymed.nlm.nih.gov/dailymed/services/v2/spls/{SETID}.xml", f"setid:{SETID}"),
        (f"https://dailymed.nlm.nih.gov/dailymed/search.cfm?labeltype=all&query=SETID%3A{SETID}", f"setid:{SETID}"),
        ("https://clinicaltrials.gov/study/NCT01234567", "nct:NCT01234567"),
        ("https://clinicaltrials.gov/study/NCT01234567?tab=results#outcome", "nct:NCT01234567"),
        ("https://clinicaltrials.gov/study/NCT01234567.", "nct:NCT01234567"),
        ("https://clinicaltrials.gov/ct2/show/NCT01234567?term=x", "nct:NCT01234567"),
        ("http://www.clinicaltrials.gov/ct2/show/results/nct01234567", "nct:NCT01234567"),
        ("http://clinicaltrials.gov/ct/show/NCT01234567?order=1", "nct:NCT01234567"),
        ("https://clinicaltrials.gov/show/NCT01234567", "nct:NCT01234567"),
        ("https://classic.clinicaltrials.gov/ct2/history/NCT01234567", "nct:NCT01234567"),
        ("https://beta.clinicaltrials.gov/study/NCT01234567", "nct:NCT01234567"),
        ("https://clinicaltrials.gov/ct2/results?term=NCT01234567&Search=Search", "nct:NCT01234567"),
        ("https://clinicaltrials.gov/search?id=NCT01234567", "nct:NCT01234567"),
        ("https://clinicaltrials.gov/api/v2/studies/NCT01234567", "nct:NCT01234567"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/?term=23359310", "pmid:23359310"),
        ("https://www.ncbi.nlm.nih.gov/pubmed?term=23359310", "pmid:23359310"),
        ("https://pubmed.ncbi.nlm.nih.gov/?term=23359310%5Buid%5D&sort=date", "pmid:23359310"),
        ("https://pubmed.ncbi.nlm.nih.gov/?term=23359310[pmid]", "pmid:23359310"),
        ("https://pubmed.ncbi.nlm.nih.gov/?term=10.1002/art.37734[doi]", "doi:10.1002/art.37734"),
        ("https://www.ncbi.nlm.nih.gov/sites/entrez?db=pubmed&term=23359310", "pmid:23359310"),
        ("https://www.ncbi.nlm.nih.gov/pmc/?term=PMC3718998", "pmcid:PMC3718998"),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/pmid/23359310/", "pmid:23359310"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/pmid/23359310", "pmid:23359310"),
        ("https://europepmc.org/article/MED/23359310", "pmid:23359310"),
        ("http://europepmc.org/abstract/med/23359310", "pmid:23359310"),
        ("https://europepmc.org/article/PMC/PMC3718998", "pmcid:PMC3718998"),
        ("https://europepmc.org/articles/PMC3718998?pdf=render", "pmcid:PMC3718998"),
        ("https://europepmc.org/backend/ptpmcrender.fcgi?accid=PMC3718998&blobtype=pdf", "pmcid:PMC3718998"),
        ("https://europepmc.org/search?query=ext_id%3A23359310%20AND%20src%3Amed", "pmid:23359310"),
        ("https://www-ncbi-nlm-nih-gov.library.example/pubmed/23359310", "pmid:23359310"),
        ("https://pubmed-ncbi-nlm-nih-gov.library.example/23359310/", "pmid:23359310"),
        ("https://www.ncbi.nlm.nih.gov.ezproxy.example/pubmed/23359310", "pmid:23359310"),
        ("https://doi-org.library.example/10.1002/art.37734", "doi:10.1002/art.37734"),
        ("https://library.example/login?url=https://www.ncbi.nlm.nih.gov/pubmed/23359310", "pmid:23359310"),
    ],
)
def test_a_registrys_address_carries_its_identifier(address: str, expected: str) -> None:
    assert str(from_url(address)) == expected


@pytest.mark.parametrize(
    "address",
    [
        "https://pubmed.ncbi.nlm.nih.gov/",
        "https://pubmed.ncbi.nlm.nih.gov/?term=naltrexone",
        "https://pubmed.ncbi.nlm.nih.gov.evil.example/23359310/",
        "https://evil.example/https://pubmed.ncbi.nlm.nih.gov/23359310/",
        "https://pubmed.ncbi.nlm.nih.gov/?term=2020",
        "https://pubmed.ncbi.nlm.nih.gov/?term=23359310+17222320",
        "https://europepmc.org/article/PPR/PPR12345",
        "https://europepmc.org/search?query=naltrexone",
        "https://www.ncbi.nlm.nih.gov/books/NBK534811/",
        "https://doi.org/b6vnmd",
        "https://doi.org/",
        "https://dailymed.nlm.nih.gov/dailymed/",
        "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=naltrexone",
        "https://dailymed.nlm.nih.gov/dailymed/search.cfm?labeltype=all&query=naltrexone",
        "https://clinicaltrials.gov/",
        "https://clinicaltrials.gov/search?term=naltrexone",
        "https://clinicaltrials.gov/search?term=NCT01234567%20OR%20NCT01234568",
        "https://clinicaltrials.gov/study/NCT0123456",
        "https://clinicaltrials.gov.evil.example/study/NCT01234567",
        "https://www.ldnresearchtrust.org",
        "ftp://doi.org/10.1002/art.37734",
        "not an address",
    ],
)
def test_other_addresses_carry_none(address: str) -> None:
    assert from_url(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "https://pubmed.ncbi.nlm.nih.gov/23359310",
        "https://pmc.ncbi.nlm.nih.gov/articles/PMC3718998/#S1",
        "https://doi.org/10.1002/ART.37734",
        f"https://dailymed.nlm.nih.gov/dailymed/lookup.cfm?setid={SETID}&version=3",
        "https://www.ldnresearchtrust.org",
    ],
)
def test_addresses_that_lead_to_the_right_page_are_left_as_they_are(address: str) -> None:
    assert is_canonical(IdKind.URL, address)


@pytest.mark.parametrize(
    "address",
    [
        "http://www.ncbi.nlm.nih.gov/pubmed/23359310",
        "https://dx.doi.org/10.1002/art.37734",
        f"https://dailymed.nlm.nih.gov/dailymed/getFile.cfm?type=pdf&setId={SETID}",
        "https://Example.org/",
    ],
)
def test_retired_addresses_are_not_canonical(address: str) -> None:
    assert not is_canonical(IdKind.URL, address)


def test_a_search_a_mirror_and_a_proxy_are_pages_beside_the_registrys_own() -> None:
    assert is_own_page("https://pubmed.ncbi.nlm.nih.gov/23359310/")
    assert is_own_page("http://www.ncbi.nlm.nih.gov/pubmed/23359310")
    assert is_own_page("https://doi.org/10.1002/art.37734")
    for address in (
        "https://pubmed.ncbi.nlm.nih.gov/?term=23359310",
        "https://europepmc.org/article/MED/23359310",
        "https://www-ncbi-nlm-nih-gov.library.example/pubmed/23359310",
        "https://library.example/login?url=https://www.ncbi.nlm.nih.gov/pubmed/23359310",
        "https://www.ldnresearchtrust.org",
    ):
        assert not is_own_page(address)


def test_a_mirrors_address_is_well_written_and_a_search_is_not() -> None:
    assert is_canonical(IdKind.URL, "https://europepmc.org/article/MED/23359310")
    assert not is_canonical(IdKind.URL, "https://pubmed.ncbi.nlm.nih.gov/?term=23359310")


@pytest.mark.parametrize(
    ("address", "accession"),
    [
        ("https://www.ncbi.nlm.nih.gov/books/NBK534811/", "NBK534811"),
        ("https://www.ncbi.nlm.nih.gov/books/nbk534811/#article-1.s2", "NBK534811"),
        ("https://www-ncbi-nlm-nih-gov.library.example/books/NBK534811", "NBK534811"),
        ("https://www.ncbi.nlm.nih.gov/books/n/statpearls/", None),
        ("https://evil.example/books/NBK534811/", None),
    ],
)
def test_a_bookshelf_address_gives_the_accession(address: str, accession: str | None) -> None:
    assert bookshelf_accession(address) == accession


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("https://doi.org/b6vnmd", "10/b6vnmd"),
        ("https://doi.org/10/B6VNMD", "10/b6vnmd"),
        ("https://shortdoi.org/b6vnmd.", "10/b6vnmd"),
        ("10/b6vnmd", "10/b6vnmd"),
        ("doi:10/b6vnmd", "10/b6vnmd"),
        ("https://doi.org/10.1002/art.37734", None),
        ("https://evil.example/b6vnmd", None),
        ("https://doi.org/", None),
    ],
)
def test_a_short_doi_is_the_handle_of_an_alias(text: str, handle: str | None) -> None:
    assert short_doi(text) == handle


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("978-0-306-40615-7", None),
        ("978-0-306-40615-1", "978-0-306-40615-1"),
        ("0-306-40615-2", None),
        ("0306406153", "0306406153"),
        ("978-0-306-40615-7 (hbk), 978-0-306-40615-1 (pbk)", "978-0-306-40615-1"),
        ("9780306406157 9780306406158", "9780306406158"),
        ("1234-5678", None),
    ],
)
def test_an_isbn_is_wrong_by_its_check_digit(written: str, wrong: str | None) -> None:
    assert misprinted_isbn(written) == wrong
