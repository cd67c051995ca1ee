import json
from pathlib import Path

import pytest

from evidence.model.outcomes import Blocked, Unavailable
from evidence.sources.entrez import body_of, is_bad_id, records_in, records_problem, summaries_in, summaries_problem
from evidence.sources.http.request import Reply
from fakes import ARTICLE_SET, BAD_IDS, UNKNOWN_SUMMARY, article_xml, reply, summaries

SHARED = Path(__file__).resolve().parents[2] / "../shared/data/ncbi-errors"
HTML = "<!DOCTYPE html><html><body>Maintenance</body></html>"


@pytest.mark.parametrize(
    ("body", "reported"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        (HTML, "web page"),
        ('<?xml version="1.0"?><html xmlns="x"><body/></html>', "web page"),
        ("Unable to route request!", "not a PubmedArticleSet"),
        ('{"error":"/lbsm/eutils_lb -> Neg"}', "not a PubmedArticleSet"),
        ("<eFetchResult><ERROR>Supplied id parameter is empty.</ERROR></eFetchResult>", "Supplied id parameter"),
        ("<eFetchResult><ERROR>Search Backend failed: Database is not supported</ERROR>", "Search Backend failed"),
        ("<eFetchResult><ERROR>cut in the mid", "cut in the mid"),
        ("<eFetchResult><ERROR></ERROR></eFetchResult>", "an error without a message"),
        (ARTICLE_SET.format(article_xml(1))[:-30], "cut off"),
        (ARTICLE_SET.format(article_xml(1)).replace("</PubmedArticleSet>", ""), "cut off"),
        (ARTICLE_SET.format(article_xml(1) + "<ERROR>backend died</ERROR>"), "backend died"),
        ('<!DOCTYPE PubmedArticleSet [<!ENTITY a "b">]><PubmedArticleSet></PubmedArticleSet>', "entities"),
    ],
)
def test_a_reply_that_is_no_complete_set_of_records_is_rejected(body, reported):
    assert reported in records_problem(reply(body))


@pytest.mark.parametrize(
    "body",
    [
        ARTICLE_SET.format(""),
        ARTICLE_SET.format(article_xml(1)),
        "<PubmedArticleSet />",
        ARTICLE_SET.format(article_xml(1)) + "\n\n",
    ],
)
def test_a_complete_set_is_believed_also_an_empty_one(body):
    assert records_problem(reply(body)) is None


@pytest.mark.parametrize(
    "text",
    [
        "proxy_stream() ... 502 Bad Gateway ... Failed to connect to PubOne service",
        " Error: External viewer error: Empty Response. Bytes read: 0 Status: Timeout",
        "Can't fetch uids from history because of: NCBI C++ Exception",
    ],
)
def test_a_passing_trouble_that_ncbi_relays_as_400_is_rejected_so_that_it_is_asked_again(text):
    relayed = reply(f"<eFetchResult><ERROR>{text}</ERROR></eFetchResult>", 400)
    assert records_problem(relayed)
    assert not is_bad_id(relayed)


def test_a_400_without_any_explanation_is_rejected():
    assert "400" in records_problem(reply("<x/>", 400))
    assert "400" in summaries_problem(reply('{"result":{}}', 400))


def test_a_rejection_quotes_neither_markup_nor_control_characters_nor_without_end():
    body = f"<eFetchResult><ERROR>\x1b[31m<h1>Bad</h1> gateway {'x' * 5000}</ERROR></eFetchResult>"
    reported = records_problem(reply(body))
    assert "\x1b" not in reported
    assert "<h1>" not in reported
    assert len(reported) < 250


@pytest.mark.parametrize(
    "refused",
    [
        BAD_IDS,
        reply("ID+list+is+empty!+Possibly+it+has+no+correct+IDs.", 400),
        reply(json.dumps({"header": {}, "esummaryresult": ["Invalid uid x at position=0"]})),
    ],
)
def test_a_batch_refused_for_a_bad_identifier_is_believed_and_distinguished(refused):
    assert is_bad_id(refused)
    assert isinstance(body_of(refused), Unavailable)


def test_words_of_a_refusal_inside_a_title_refuse_nothing():
    titled = reply(ARTICLE_SET.format(article_xml(1, "ID list is empty: API key invalid, Invalid uid.")))
    assert not is_bad_id(titled)
    assert records_problem(titled) is None
    assert isinstance(body_of(titled), bytes)
    reported = summaries({"1": {"title": "ID list is empty, API key invalid. Invalid uid."}})
    assert not is_bad_id(reported)
    assert summaries_problem(reported) is None
    assert isinstance(body_of(reported), bytes)


def test_a_refused_key_is_blocked_and_is_not_asked_again():
    refused = reply('{"error":"API key invalid","api-key":"k1","type":"invalid",\n"status":"unknown"}', 400)
    assert records_problem(refused) is None
    assert summaries_problem(refused) is None
    blocked = body_of(refused)
    assert isinstance(blocked, Blocked)
    assert "NCBI_API_KEY" in blocked.reason
    assert "k1" not in blocked.reason


@pytest.mark.parametrize("status", [404, 410, 414])
def test_a_utility_that_is_not_there_is_unavailable_at_once(status):
    gone = reply(HTML, status)
    assert records_problem(gone) is None
    assert body_of(gone).status == status


@pytest.mark.parametrize(
    ("body", "reported"),
    [
        ("", "empty"),
        (HTML, "web page"),
        ('{"header":{},"result":{"uids":["1"],"1":{"uid":"1"', "not complete JSON"),
        ("[1, 2]", "not complete JSON"),
        ("<eSummaryResult><ERROR>DocSum Backend failed</ERROR></eSummaryResult>", "DocSum Backend failed"),
        ('<DocumentSummarySet status="OK"><!-- DocSum Backend failed -->', "not complete JSON"),
        ('{"error":"Too many UIDs in request."}', "Too many UIDs"),
        ('{"header":{}}', "no summaries"),
        ('{"header":{},"result":null}', "no summaries"),
        ('{"a":' * 100_000, "not complete JSON"),
    ],
)
def test_a_reply_that_is_no_summaries_is_rejected(body, reported):
    assert reported in summaries_problem(reply(body))


def test_summaries_distinguish_the_unknown_from_the_known_and_from_other_errors():
    reported = summaries(
        {
            "1": {"articleids": [{"idtype": "doi", "value": "10.1/x"}, {"idtype": "pubmed", "value": "1"}]},
            "2": UNKNOWN_SUMMARY,
            "3": {"error": "backend\x1b timed out"},
        }
    )
    assert summaries_problem(reported) is None
    found = summaries_in(reported.body)
    assert (found["1"].error, found["1"].number("pubmed"), found["1"].number("pmc")) == (None, "1", None)
    assert found["2"].is_unknown
    assert not found["3"].is_unknown
    assert found["3"].error == "backend timed out"


@pytest.mark.parametrize("ids", ["nonsense", None, [7, None, {"idtype": "pubmed"}], {"a": 1}])
def test_article_ids_of_any_other_shape_are_no_ids(ids):
    assert summaries_in(summaries({"1": {"articleids": ids}}).body)["1"].number("pubmed") is None


def test_the_newest_version_of_a_record_is_kept_whatever_the_order():
    for versions in ((1, 3, 2), (3, 2, 1), (2, 1, 3)):
        body = ARTICLE_SET.format("".join(article_xml(5, f"Version {v}.", v) for v in versions)).encode()
        assert b"Version 3." in records_in(body).raws["5"]


def shared(name):
    path = SHARED / name
    if not path.exists():
        pytest.skip("the recorded error replies are not on this machine")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("200_efetch_medline_text_unavailable.txt", 200),
        ("200_efetch_rettype_full_empty.txt", 200),
        ("200_esearch_backend_failed_pubmed.xml", 200),
        ("200_esearch_backend_failed_taxonomy.xml", 200),
        ("400_efetch_external_viewer_timeout.xml", 400),
        ("400_efetch_proxy_502.xml", 400),
        ("400_efetch_retstart_limit.xml", 400),
        ("efetch_cannot_retrieve_history.xml", 200),
        ("gateway_negative_lbsm.json", 200),
        ("unable_to_route.txt", 200),
        ("200_esummary_v1_unknown_uid.xml", 200),
        ("200_esummary_v2_unknown_uid.xml", 200),
    ],
)
def test_recorded_errors_are_rejected_in_either_place(name, status):
    recorded = Reply(status, {}, shared(name))
    assert records_problem(recorded)
    assert summaries_problem(recorded)


@pytest.mark.parametrize("name", ["200_efetch_unknown_pmid_2019dtd.xml", "200_efetch_unknown_pmid_2025dtd.xml"])
def test_recorded_empty_sets_are_believed_and_hold_nothing(name):
    recorded = Reply(200, {}, shared(name))
    assert records_problem(recorded) is None
    assert records_in(recorded.body).raws == {}


def test_recorded_refusals_are_understood():
    assert is_bad_id(Reply(400, {}, shared("400_efetch_id_list_empty.xml")))
    assert is_bad_id(Reply(400, {}, shared("400_efetch_id_list_empty_text.txt")))
    assert isinstance(body_of(Reply(400, {}, shared("400_api_key_invalid.json"))), Blocked)
    assert summaries_in(shared("200_esummary_unknown_uid.json"))["999999999"].is_unknown


def test_a_recorded_summary_of_a_known_record_names_its_own_numbers():
    path = SHARED.parent / "wakefield-1998/ncbi-esummary.json"
    if not path.exists():
        pytest.skip("the recorded summary is not on this machine")
    recorded = Reply(200, {}, path.read_bytes())
    assert summaries_problem(recorded) is None
    (summary,) = summaries_in(recorded.body).values()
    assert (summary.number("pubmed"), summary.number("doi")) == ("9500320", "10.1016/s0140-6736(97)11096-0")
    assert summary.error is None
