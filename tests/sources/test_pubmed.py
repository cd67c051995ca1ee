import pytest

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, State, Unavailable, state_of
from evidence.sources.entrez import Entrez
from evidence.sources.pubmed import PubMed, read_stored
from factories import pmid
from fakes import (
    ARTICLE_SET,
    BAD_IDS,
    NOON,
    UNKNOWN_SUMMARY,
    FakeNcbi,
    FakeServices,
    StoppedClock,
    article_xml,
    ids_of,
    reply,
    summaries,
    utility_of,
)

HTML = "<!DOCTYPE html><html><body>Maintenance</body></html>"


def source(answer, **settings):
    services = FakeServices(answer)
    entrez = Entrez(services, base="http://127.0.0.1:1/eutils", api_key=settings.pop("api_key", None))
    return PubMed(entrez, StoppedClock(), **settings), services


def looked_up(answer, *numbers, **settings):
    """Every answer by its PMID, and the requests as (utility, how many identifiers)."""
    pubmed, services = source(answer, **settings)
    answers = list(pubmed.look_up([pmid(number) for number in numbers]))
    assert sorted(a.identifier.value for a in answers) == sorted({str(number) for number in numbers})
    return {a.identifier.value: a for a in answers}, [(utility_of(r), len(ids_of(r))) for r in services.requests]


def states(answers):
    return {number: state_of(answer.outcome) for number, answer in answers.items()}


def test_a_record_is_found_with_its_own_element_as_raw_answer():
    answers, _ = looked_up(FakeNcbi(held={"7", "8"}), 7, 8)
    answer = answers["8"]
    assert answer.outcome.record.identifier == pmid(8)
    assert answer.raw == article_xml(8).encode()
    assert (answer.source, answer.address, answer.at) == ("pubmed", "http://127.0.0.1:1/eutils", NOON)


def test_a_stored_raw_answer_reads_as_the_same_record():
    pubmed, _ = source(FakeNcbi(held={"7"}))
    (answer,) = pubmed.look_up([pmid(7)])
    assert read_stored(pmid(7), answer.raw) == answer.outcome.record


@pytest.mark.parametrize(
    "raw", [b"", b"garbage", b"<PubmedArticle/>", b"<html/>", article_xml(1).encode()[:-20], b"\x00\xff"]
)
def test_a_stored_answer_that_is_no_record_is_a_value_error(raw):
    with pytest.raises(ValueError, match="pmid:7"):
        read_stored(pmid(7), raw)


def test_a_thousand_pmids_are_two_efetch_requests():
    numbers = range(1, 1001)
    answers, requests = looked_up(FakeNcbi(held={str(n) for n in numbers}), *numbers)
    assert requests == [("efetch", 500), ("efetch", 500)]
    assert set(states(answers).values()) == {State.FOUND}


def test_a_pmid_given_twice_is_asked_and_answered_once():
    _, requests = looked_up(FakeNcbi(held={"7"}), 7, 7)
    assert requests == [("efetch", 1)]


def test_nothing_to_ask_is_no_request():
    assert looked_up(FakeNcbi()) == ({}, [])


def test_an_identifier_of_another_kind_has_no_source_here():
    pubmed, services = source(FakeNcbi())
    (answer,) = pubmed.look_up([Identifier(IdKind.DOI, "10.1000/1")])
    assert answer.outcome.cause is Cause.NO_SOURCE
    assert services.requests == []


def test_a_missing_pmid_is_not_found_only_after_the_second_look_says_so_too():
    answers, requests = looked_up(FakeNcbi(held={"7"}), 7, 99)
    assert requests == [("efetch", 2), ("esummary", 1)]
    assert answers["99"].outcome == NotFound("PubMed holds no such PMID (efetch and esummary agree)")
    assert answers["99"].raw is None
    assert isinstance(answers["7"].outcome, Found)


def test_the_missing_of_all_batches_share_one_second_look_of_at_most_500():
    _, requests = looked_up(FakeNcbi(), *range(1, 601), batch=100)
    assert requests == [("efetch", 100)] * 6 + [("esummary", 500), ("esummary", 100)]


def test_an_empty_set_for_an_entire_batch_kills_nobody_when_the_second_look_fails():
    def silent(request):
        return reply(ARTICLE_SET.format("")) if utility_of(request) == "efetch" else reply(HTML)

    answers, _ = looked_up(silent, *range(1, 51))
    assert set(states(answers).values()) == {State.UNAVAILABLE}


def test_a_summary_of_a_record_that_was_not_sent_is_a_contradiction_and_not_a_death():
    def forgetful(request):
        return reply(ARTICLE_SET.format("")) if utility_of(request) == "efetch" else FakeNcbi(held={"7"})(request)

    answers, _ = looked_up(forgetful, 7)
    assert answers["7"].outcome == Unavailable(
        "PubMed has this PMID, but did not return its record", Cause.CONTENT, 200
    )


def test_another_error_in_place_of_the_summary_is_no_death():
    def troubled(request):
        return (
            reply(ARTICLE_SET.format("")) if utility_of(request) == "efetch" else summaries({"7": {"error": "timeout"}})
        )

    answers, _ = looked_up(troubled, 7)
    assert "timeout" in answers["7"].outcome.reason
    assert states(answers) == {"7": State.UNAVAILABLE}


def test_a_second_look_that_does_not_speak_of_the_pmid_is_no_death():
    def evasive(request):
        return reply(ARTICLE_SET.format("")) if utility_of(request) == "efetch" else summaries({"8": UNKNOWN_SUMMARY})

    answers, _ = looked_up(evasive, 7)
    assert states(answers) == {"7": State.UNAVAILABLE}


def test_a_pmid_that_pubmed_calls_deleted_is_not_found():
    answers, requests = looked_up(FakeNcbi(held={"7"}, deleted={"8"}), 7, 8)
    assert answers["8"].outcome == NotFound("PubMed has deleted this PMID")
    assert requests == [("efetch", 2)]


def test_a_replaced_pmid_is_found_as_the_record_that_replaced_it():
    answers, requests = looked_up(FakeNcbi(held={"7"}, merged={"3": "7"}), 3)
    assert answers["3"].outcome.record.identifier == pmid(7)
    assert answers["3"].raw == article_xml(7).encode()
    assert requests == [("efetch", 1), ("esummary", 1), ("efetch", 1)]


def test_a_replacement_whose_record_does_not_come_is_unavailable_and_named():
    def lost(request):
        asked = ids_of(request)
        if utility_of(request) == "efetch":
            return reply(ARTICLE_SET.format(""))
        return FakeNcbi(held={"7"}, merged={"3": "7"}).esummary(asked)

    answers, _ = looked_up(lost, 3)
    assert "7" in answers["3"].outcome.reason
    assert states(answers) == {"3": State.UNAVAILABLE}


def test_a_record_that_nobody_asked_for_answers_nothing():
    answers, requests = looked_up(lambda _request: reply(ARTICLE_SET.format(article_xml(7))), 3)
    assert states(answers) == {"3": State.UNAVAILABLE}
    assert {utility for utility, _ in requests} == {"efetch", "esummary"}


def test_a_service_that_sends_other_peoples_records_kills_nobody_and_is_not_asked_without_end():
    def confused(request):
        if utility_of(request) == "esummary":
            return reply("", 200)
        return reply(ARTICLE_SET.format(article_xml(901) + article_xml(902)))

    answers, requests = looked_up(confused, *range(1, 101))
    assert set(states(answers).values()) == {State.UNAVAILABLE}
    assert len(requests) <= 22


@pytest.mark.parametrize("bad", [1, 2, 64, 127, 128])
def test_one_bad_identifier_does_not_spoil_its_batch(bad):
    held = {str(n) for n in range(1, 129)} - {str(bad)}
    answers, requests = looked_up(FakeNcbi(held=held, bad={str(bad)}), *range(1, 129))
    assert states(answers) == {str(n): State.NOT_FOUND if n == bad else State.FOUND for n in range(1, 129)}
    assert len(requests) <= 2 * 7 + 2


def test_a_service_that_calls_every_list_empty_is_not_asked_without_end():
    answers, requests = looked_up(lambda _request: BAD_IDS, *range(1, 501))
    assert set(states(answers).values()) == {State.UNAVAILABLE}
    assert len(requests) <= 100


@pytest.mark.parametrize(
    "trouble",
    [
        reply(HTML),
        reply(""),
        reply("<eFetchResult><ERROR>Supplied id parameter is empty.</ERROR></eFetchResult>"),
        reply("<eFetchResult><ERROR>proxy_stream() 502 Bad Gateway</ERROR></eFetchResult>", 400),
        reply(ARTICLE_SET.format(article_xml(7) + article_xml(8))[:-40]),
        reply('{"error":"/lbsm/eutils_lb -> Neg"}'),
        reply(HTML, 404),
        Unavailable("no answer in time", Cause.TIMEOUT),
        Unavailable("the service returned HTTP 502", Cause.HTTP, 502),
    ],
)
def test_a_reply_that_cannot_be_believed_makes_its_pmids_unavailable_and_asks_no_further(trouble):
    answers, requests = looked_up(lambda _request: trouble, 7, 8)
    assert set(states(answers).values()) == {State.UNAVAILABLE}
    assert requests == [("efetch", 2)]


def test_a_refusal_is_blocked_for_every_pmid_of_the_batch():
    answers, _ = looked_up(lambda _request: Blocked("too many requests (429)", 429), 7, 8)
    assert set(states(answers).values()) == {State.BLOCKED}


def test_a_key_that_ncbi_refuses_is_blocked_and_not_shown():
    refused = reply('{"error":"API key invalid","api-key":"s3cret","type":"invalid"}', 400)
    answers, _ = looked_up(lambda _request: refused, 7, api_key="s3cret")
    assert isinstance(answers["7"].outcome, Blocked)
    assert "s3cret" not in answers["7"].outcome.reason


def test_one_failed_batch_leaves_the_others_their_records():
    def patchy(request):
        return reply(HTML) if "1" in ids_of(request) else FakeNcbi(held={str(n) for n in range(1, 5)})(request)

    answers, _ = looked_up(patchy, 1, 2, 3, 4, batch=2)
    assert [state for _, state in sorted(states(answers).items())] == [
        State.UNAVAILABLE,
        State.UNAVAILABLE,
        State.FOUND,
        State.FOUND,
    ]


@pytest.mark.parametrize(
    "broken",
    [
        article_xml(7).replace("<ArticleTitle>A title.</ArticleTitle>", ""),
        article_xml(7).replace("<Article>", "<Paper>").replace("</Article>", "</Paper>"),
        article_xml(7).replace("A title.", "A <i>title.").replace("</Journal>", "</Journal>"),
        article_xml(7).replace('<PMID Version="1">7</PMID>', ""),
    ],
)
def test_a_record_that_lacks_what_every_record_has_is_schema_drift_and_spoils_no_other(broken):
    answers, _ = looked_up(lambda _request: reply(ARTICLE_SET.format(broken + article_xml(8))), 7, 8)
    assert answers["7"].outcome.reason.startswith("schema drift")
    assert states(answers) == {"7": State.UNAVAILABLE, "8": State.FOUND}


def test_the_newest_of_several_versions_is_the_record():
    body = ARTICLE_SET.format(article_xml(7, "Second.", 2) + article_xml(7, "First.", 1))
    answers, _ = looked_up(lambda _request: reply(body), 7)
    assert answers["7"].outcome.record.title == "Second."


def test_answers_come_as_the_batches_arrive():
    pubmed, services = source(FakeNcbi(held={str(n) for n in range(1, 5)}), batch=2)
    answers = pubmed.look_up([pmid(n) for n in range(1, 5)])
    next(answers)
    assert len(services.requests) == 1
