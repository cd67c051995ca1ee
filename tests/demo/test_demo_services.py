"""DailyMed, Crossref, the Handle system, the Wayback Machine and ClinicalTrials.gov, as the demo server plays them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import quote

from evidence.demo.server import DemoServer
from evidence.demo.world import CrossrefUpdate, LabelFacts, TrialFacts, naltrexone_world
from evidence.model.records import NoticeLink, SplVersion
from servers import PlainReply, ask_plainly

SETID = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
UNKNOWN_SETID = "00000000-0000-0000-0000-000000000000"
DOI = "10.1002/art.37734"


def history_url(server: DemoServer, setid: str) -> str:
    return f"{server.addresses['dailymed']}/services/v2/spls/{setid}/history.json"


def test_a_history_is_newest_first_in_the_recorded_shape(server: DemoServer) -> None:
    document = ask_plainly(history_url(server, SETID.upper())).document
    assert document["data"]["spl"]["setid"] == SETID
    assert document["data"]["history"][0] == {"spl_version": 14, "published_date": "Mar 12, 2026"}
    versions = [entry["spl_version"] for entry in document["data"]["history"]]
    assert versions == sorted(versions, reverse=True)
    assert document["metadata"]["total_elements"] == len(versions)
    assert document["metadata"]["next_page"] == "null"
    assert server.requested_ids("dailymed") == [(SETID,)]


def test_the_labels_last_version_is_newer_than_the_monographs_reading() -> None:
    published = [version.published for version in naltrexone_world().labels[SETID].versions]
    assert published[0] > date(2025, 8, 31) > published[1]


def test_a_long_history_comes_in_pages() -> None:
    first = date(2000, 1, 1)
    versions = tuple(SplVersion(number, first + timedelta(days=number)) for number in range(250, 0, -1))
    with DemoServer(naltrexone_world().with_label(LabelFacts(SETID, "A LABEL", versions))) as server:
        pages = [ask_plainly(f"{history_url(server, SETID)}?page={page}").document for page in (1, 2, 3)]
    assert [len(page["data"]["history"]) for page in pages] == [100, 100, 50]
    assert [page["metadata"]["next_page"] for page in pages] == [2, 3, "null"]
    assert pages[0]["metadata"]["total_pages"] == 3


def test_an_unknown_label_is_absent_from_history_and_list(server: DemoServer) -> None:
    assert ask_plainly(history_url(server, UNKNOWN_SETID)).status == 404
    listed = ask_plainly(f"{server.addresses['dailymed']}/services/v2/spls.json?setid={UNKNOWN_SETID}").document
    assert (listed["data"], listed["metadata"]["total_elements"]) == ([], 0)


def test_an_unknown_label_can_answer_with_an_empty_history() -> None:
    with DemoServer(replace(naltrexone_world(), unknown_label="empty")) as server:
        got = ask_plainly(history_url(server, UNKNOWN_SETID))
    assert (got.status, got.document["data"]["history"]) == (200, [])


def test_the_list_knows_the_current_version(server: DemoServer) -> None:
    listed = ask_plainly(f"{server.addresses['dailymed']}/services/v2/spls.json?setid={SETID}").document
    assert [(spl["setid"], spl["spl_version"]) for spl in listed["data"]] == [(SETID, 14)]


def test_a_label_is_not_served_as_json(server: DemoServer) -> None:
    assert ask_plainly(f"{server.addresses['dailymed']}/services/v2/spls/{SETID}.json").status == 415


def test_a_new_version_can_come_between_two_runs(server: DemoServer) -> None:
    server.world = server.world.with_label_version(SETID, 15, date(2026, 12, 1))
    newest = ask_plainly(history_url(server, SETID)).document["data"]["history"][0]
    assert newest == {"spl_version": 15, "published_date": "Dec 01, 2026"}
    server.world = server.world.without_label(SETID)
    assert ask_plainly(history_url(server, SETID)).status == 404


def test_crossref_answers_several_dois_and_leaves_out_the_unknown(server: DemoServer) -> None:
    got = ask_plainly(f"{server.addresses['crossref']}/works?filter=doi:{DOI.upper()},doi:10.5555/none&rows=2").document
    assert [item["DOI"] for item in got["message"]["items"]] == [DOI]
    assert got["message"]["items"][0]["container-title"] == ["Arthritis and rheumatism"]
    assert got["message"]["items"][0]["issued"] == {"date-parts": [[2013, 2]]}
    assert server.requested_ids("crossref") == [(DOI, "10.5555/none")]


def test_crossref_answers_one_doi_or_says_404(server: DemoServer) -> None:
    assert ask_plainly(f"{server.addresses['crossref']}/works/{quote(DOI, safe='')}").document["message"]["DOI"] == DOI
    missing = ask_plainly(f"{server.addresses['crossref']}/works/10.5555/none")
    assert (missing.status, missing.body) == (404, b"Resource not found.")


def test_a_work_of_its_own_is_served_as_given() -> None:
    world = naltrexone_world().with_work("10.5555/Own,Work", {"title": ["Mine"], "type": "posted-content"})
    with DemoServer(world) as server:
        got = ask_plainly(f"{server.addresses['crossref']}/works/10.5555%2Fown%2Cwork").document
    assert got["message"] == {"DOI": "10.5555/Own,Work", "title": ["Mine"], "type": "posted-content"}


def test_a_retraction_shows_at_pubmed_and_at_crossref(server: DemoServer) -> None:
    notice = NoticeLink("RetractionIn", "Arthritis Rheum. 2027;79(1):1", pmid="10000099")
    update = CrossrefUpdate("10.5555/notice", "retraction", date(2027, 1, 2), source="retraction-watch")
    server.world = server.world.with_retraction("23359310", notice, update=update)
    reported = ask_plainly(f"{server.addresses['eutils']}/efetch.fcgi?db=pubmed&id=23359310").text
    assert 'RefType="RetractionIn"' in reported
    assert 'UI="D016441"' in reported
    (updated,) = ask_plainly(f"{server.addresses['crossref']}/works/{DOI}").document["message"]["updated-by"]
    assert (updated["DOI"], updated["type"], updated["source"]) == ("10.5555/notice", "retraction", "retraction-watch")
    assert updated["updated"]["date-parts"] == [[2027, 1, 2]]


def test_the_handle_system_knows_dois_that_crossref_lacks() -> None:
    world = replace(naltrexone_world(), not_at_crossref=frozenset({DOI})).with_handle(
        "10.5281/data.1", "https://d.example"
    )
    with DemoServer(world) as server:
        assert ask_plainly(f"{server.addresses['crossref']}/works/{DOI}").status == 404
        assert ask_plainly(f"{server.addresses['doi']}/api/handles/{DOI}").document["responseCode"] == 1
        held = ask_plainly(f"{server.addresses['doi']}/api/handles/10.5281/data.1").document
        missing = ask_plainly(f"{server.addresses['doi']}/api/handles/10.5555/none")
    assert held["values"][0]["data"]["value"] == "https://d.example"
    assert (missing.status, missing.document["responseCode"]) == (404, 100)


def test_the_archive_gives_the_copy_nearest_to_the_date() -> None:
    url = "https://www.ldnresearchtrust.org"
    with DemoServer(naltrexone_world().with_snapshot(url, "20240101000000", "20250815000000")) as server:
        near = ask_plainly(
            f"{server.addresses['wayback']}/available?url={quote(url, safe='')}&timestamp=202508"
        ).document
        none = ask_plainly(f"{server.addresses['wayback']}/available?url=https%3A%2F%2Fother.example").document
    assert near["archived_snapshots"]["closest"]["url"].endswith(f"/web/20250815000000/{url}")
    assert none["archived_snapshots"] == {}


def studies_in(server: DemoServer, query: str) -> PlainReply:
    return ask_plainly(f"{server.addresses['trials']}/api/v2/studies?filter.ids={query}")


def test_a_list_of_trials_leaves_out_the_unknown_and_resolves_aliases(server: DemoServer) -> None:
    server.world = server.world.with_trial(TrialFacts("NCT00000001", "A trial", aliases=("NCT00000009",)))
    listed = studies_in(server, "NCT00000009%7CNCT99999999&pageSize=1000").document
    [identification] = [study["protocolSection"]["identificationModule"] for study in listed["studies"]]
    assert identification == {"nctId": "NCT00000001", "briefTitle": "A trial", "nctIdAliases": ["NCT00000009"]}
    assert server.requested_ids("trials") == [("NCT00000009", "NCT99999999")]


def test_a_list_with_one_malformed_number_is_refused_whole(server: DemoServer) -> None:
    assert studies_in(server, "NCT04270877%7CNCT1").status == 400


def test_a_long_list_of_trials_comes_in_pages(server: DemoServer) -> None:
    first = studies_in(server, "NCT04270877%7CNCT00568555&pageSize=1").document
    second = studies_in(server, f"NCT04270877%7CNCT00568555&pageSize=1&pageToken={first['nextPageToken']}").document
    assert (len(first["studies"]), len(second["studies"]), "nextPageToken" in second) == (1, 1, False)


def test_a_trial_alone_is_found_redirected_or_unknown(server: DemoServer) -> None:
    server.world = server.world.with_trial(TrialFacts("NCT00000001", "A trial", aliases=("NCT00000009",)))
    alone = f"{server.addresses['trials']}/api/v2/studies"
    assert ask_plainly(f"{alone}/NCT00000001").document["hasResults"] is False
    moved, missing = ask_plainly(f"{alone}/NCT00000009"), ask_plainly(f"{alone}/NCT99999999")
    assert (moved.status, moved.headers["location"]) == (301, "/trials/api/v2/studies/NCT00000001")
    assert (missing.status, missing.headers["content-type"]) == (404, "text/plain")
