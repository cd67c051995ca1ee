"""The E-utilities answer as NCBI's do, also where that is inconvenient."""

from __future__ import annotations

import gzip
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import ArticleFacts, naltrexone_world, synthetic_world
from evidence.sources.pubmed_xml import split_articles
from servers import ask_plainly

YOUNGER, SMITH, UNKNOWN = "23359310", "17222320", "99999999"


def pmids(body: bytes) -> list[str]:
    return [pmid for pmid, _ in split_articles(body)]


def test_unknown_pmids_are_left_out_in_silence(server: DemoServer) -> None:
    got = ask_plainly(f"{server.addresses['eutils']}/efetch.fcgi?db=pubmed&retmode=xml&id={YOUNGER},{UNKNOWN},{SMITH}")
    assert got.status == 200
    assert pmids(got.body) == [YOUNGER, SMITH]


def test_all_unknown_gives_an_empty_set(server: DemoServer) -> None:
    got = ask_plainly(f"{server.addresses['eutils']}/efetch.fcgi?db=pubmed&retmode=xml&id={UNKNOWN}")
    assert got.status == 200
    assert got.text.endswith("<PubmedArticleSet></PubmedArticleSet>\n")
    assert "pubmed_250101.dtd" in got.text


def test_a_batch_comes_by_post(server: DemoServer) -> None:
    got = ask_plainly(f"{server.addresses['eutils']}/efetch.fcgi", form=f"db=pubmed&retmode=xml&id={YOUNGER}%2C{SMITH}")
    assert pmids(got.body) == [YOUNGER, SMITH]
    assert server.requested_ids("eutils") == [(YOUNGER, SMITH)]
    assert server.requests[0].method == "POST"


@pytest.mark.parametrize(
    ("ids", "status", "message"),
    [
        ("00000000", 400, "ID list is empty! Possibly it has no correct IDs."),
        ("abc", 400, "ID list is empty! Possibly it has no correct IDs."),
        ("", 200, "Supplied id parameter is empty."),
    ],
)
def test_a_list_without_any_pmid_is_refused(server: DemoServer, ids: str, status: int, message: str) -> None:
    got = ask_plainly(f"{server.addresses['eutils']}/efetch.fcgi?db=pubmed&retmode=xml&id={ids}")
    assert got.status == status
    assert ET.fromstring(got.body).findtext("ERROR") == message  # noqa: S314  # our own


def test_an_unsupported_form_is_answered_with_nothing(server: DemoServer) -> None:
    got = ask_plainly(f"{server.addresses['eutils']}/efetch.fcgi?db=pubmed&retmode=text&rettype=full&id={YOUNGER}")
    assert (got.status, got.body) == (200, b"")


def test_a_second_look_distinguishes_known_from_unknown(server: DemoServer) -> None:
    got = ask_plainly(f"{server.addresses['eutils']}/esummary.fcgi?db=pubmed&retmode=json&id={YOUNGER},{UNKNOWN}")
    result = got.document["result"]
    assert result["uids"] == [YOUNGER, UNKNOWN]
    assert result[UNKNOWN] == {"uid": UNKNOWN, "error": "cannot get document summary"}
    assert result[YOUNGER]["source"] == "Arthritis Rheum"
    assert {"idtype": "doi", "value": "10.1002/art.37734"} in result[YOUNGER]["articleids"]


def test_a_second_look_in_xml_tells_known_from_unknown(server: DemoServer) -> None:
    got = ask_plainly(f"{server.addresses['eutils']}/esummary.fcgi?db=pubmed&id={YOUNGER},{UNKNOWN}")
    root = ET.fromstring(got.body)  # noqa: S314  # our own
    assert [known.text for known in root.iterfind("DocSum/Id")] == [YOUNGER]
    assert root.findtext("ERROR") == f"UID={UNKNOWN}: cannot get document summary"


def test_a_replaced_pmid_is_known_to_the_second_look_alone(server: DemoServer) -> None:
    server.world = server.world.with_replacement("11111111", YOUNGER)
    assert pmids(ask_plainly(f"{server.addresses['eutils']}/efetch.fcgi?db=pubmed&id=11111111").body) == []
    summed = ask_plainly(f"{server.addresses['eutils']}/esummary.fcgi?db=pubmed&retmode=json&id=11111111").document[
        "result"
    ]
    assert summed["11111111"]["uid"] == "11111111"
    assert {"idtype": "pubmed", "value": YOUNGER} in summed["11111111"]["articleids"]


def test_more_than_500_summaries_are_too_many(server: DemoServer) -> None:
    ids = ",".join(str(pmid) for pmid in range(1, 502))
    got = ask_plainly(f"{server.addresses['eutils']}/esummary.fcgi", form=f"db=pubmed&retmode=json&id={ids}")
    assert got.status == 200
    assert got.document == {"error": "Too many UIDs in request. Maximum number of UIDs is 500 for JSON format output."}


def test_pmc_records_answer_by_their_number() -> None:
    younger = replace(naltrexone_world().articles[YOUNGER], pmcid="PMC3377171")
    alone = ArticleFacts(pmid="", title="Only in PMC.", pub_date="2020", doi="10.5555/pmc")
    with DemoServer(naltrexone_world().with_article(younger).with_pmc("PMC77", alone)) as server:
        got = ask_plainly(f"{server.addresses['eutils']}/esummary.fcgi?db=pmc&retmode=json&id=PMC3377171,77,5")
    result = got.document["result"]
    assert {"idtype": "pmid", "value": YOUNGER} in result["3377171"]["articleids"]
    assert result["77"]["articleids"] == [
        {"idtype": "doi", "value": "10.5555/pmc"},
        {"idtype": "pmcid", "value": "PMC77"},
    ]
    assert result["5"]["error"] == "cannot get document summary"


def test_a_search_for_a_doi_finds_its_article(server: DemoServer) -> None:
    found = ask_plainly(
        f"{server.addresses['eutils']}/esearch.fcgi?db=pubmed&retmode=json&term=10.1002/ART.37734[doi]"
    ).document
    assert found["esearchresult"]["idlist"] == [YOUNGER]
    none = ask_plainly(f"{server.addresses['eutils']}/esearch.fcgi?db=pubmed&term=10.5555/none[doi]")
    assert b"<Count>0</Count>" in none.body


def test_replies_are_zipped_for_those_who_accept_it(server: DemoServer) -> None:
    url = f"{server.addresses['eutils']}/efetch.fcgi?db=pubmed&retmode=xml&id={YOUNGER}"
    zipped = ask_plainly(url, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.body) == ask_plainly(url).body


def test_five_hundred_articles_come_at_once() -> None:
    world = synthetic_world(1000)
    ids = ",".join(list(world.articles)[:500])
    with DemoServer(world) as server:
        got = ask_plainly(f"{server.addresses['eutils']}/efetch.fcgi", form=f"db=pubmed&retmode=xml&id={ids}")
    assert len(pmids(got.body)) == 500


def test_a_path_that_is_no_tool_is_not_found(server: DemoServer) -> None:
    assert ask_plainly(f"{server.addresses['eutils']}/nothing.fcgi").status == 404
