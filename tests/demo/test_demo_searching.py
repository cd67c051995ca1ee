"""The demo server's searches: PubMed's field tags, ECitMatch's lines, Crossref's free text."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from evidence.demo.server import DemoServer
from servers import PlainReply, ask_plainly

YOUNGER, SMITH = "23359310", "17222320"
NOWHERE = "J Nowhere|2013|1|1|Nobody N|c9|"


def search(server: DemoServer, term: str, **more: str) -> list[str]:
    asked = "".join(f"&{name}={value}" for name, value in more.items())
    got = ask_plainly(
        f"{server.addresses['eutils']}/esearch.fcgi", form=f"db=pubmed&retmode=json&term={quote(term)}{asked}"
    )
    found: list[str] = got.document["esearchresult"]["idlist"]
    return found


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("crohn[ti] AND smith[au]", [SMITH]),
        ("crohn[ti] AND younger[au]", []),
        ("fibromyalgia[ti] smith[au]", []),
        ("(fibromyalgia[ti] AND younger[1au]) OR (crohn[ti] AND smith[1au])", [YOUNGER, SMITH]),
        ("noor[1au]", []),
        ("noor[au] AND 2012:2014[dp]", [YOUNGER]),
        ("smith[au] AND 2007[dp]", [SMITH]),
        ('"am j gastroenterol"[ta] AND 102[vi] AND 820[pg]', [SMITH]),
        (f"{SMITH}[uid]", [SMITH]),
        (SMITH, [SMITH]),
        ("socks[ti]", []),
        ("((((", []),
        ("crohn[ti] AND (", []),
        ("", []),
    ],
)
def test_a_search_understands_field_tags(server: DemoServer, term: str, found: list[str]) -> None:
    assert sorted(search(server, term)) == sorted(found)


def test_a_search_counts_all_and_lists_no_more_than_asked(server: DemoServer) -> None:
    term = quote("smith[au] OR younger[au]")
    got = ask_plainly(f"{server.addresses['eutils']}/esearch.fcgi?db=pubmed&retmode=json&retmax=1&term={term}")
    reported = got.document["esearchresult"]
    assert int(reported["count"]) >= 2
    assert len(reported["idlist"]) == 1


def matches(server: DemoServer, *lines: str) -> list[str]:
    got: PlainReply = ask_plainly(
        f"{server.addresses['eutils']}/ecitmatch.cgi", form=f"db=pubmed&retmode=xml&bdata={quote(chr(13).join(lines))}"
    )
    assert got.status == 200
    return got.text.splitlines()


def test_a_line_is_echoed_with_its_pmid_whoever_wrote_it(server: DemoServer) -> None:
    line = "Am J Gastroenterol|1999|102|820|Nobody N|c0|"
    assert matches(server, line) == [line + SMITH]


def test_an_unknown_place_and_an_unknown_journal_are_distinguished(server: DemoServer) -> None:
    wrong_page = "Am J Gastroenterol|2007|102|1|Smith JP|c0|"
    assert matches(server, wrong_page, NOWHERE) == [
        wrong_page + "NOT_FOUND",
        NOWHERE + "NOT_FOUND;INVALID_JOURNAL",
    ]


def test_a_malformed_line_gets_no_line_at_all(server: DemoServer) -> None:
    assert matches(server, "Am J Gastroenterol|2007|102", NOWHERE) == [NOWHERE + "NOT_FOUND;INVALID_JOURNAL"]


def test_crossref_lists_the_likest_works_first(server: DemoServer) -> None:
    query = quote("Smith Low-dose naltrexone therapy improves active Crohn's disease Am J Gastroenterol 2007")
    got = ask_plainly(f"{server.addresses['crossref']}/works?rows=2&select=DOI&query.bibliographic={query}")
    items = got.document["message"]["items"]
    assert items[0] == {"DOI": "10.1111/j.1572-0241.2007.01045.x"}


def test_crossref_finds_nothing_for_words_that_no_work_has(server: DemoServer) -> None:
    got = ask_plainly(f"{server.addresses['crossref']}/works?rows=2&query.bibliographic=zzz+yyy+xxx")
    assert got.document["message"]["items"] == []
