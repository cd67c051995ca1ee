import json

import pytest

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, NotFound, State, Unavailable, state_of
from evidence.model.records import Author
from evidence.sources.entrez import Entrez
from evidence.sources.pmc import Pmc, read_stored
from factories import pmcid
from fakes import NOON, UNKNOWN_SUMMARY, FakeServices, StoppedClock, form_of, ids_of, reply, summaries

KNOWN = {
    "pubdate": "2014 Jan",
    "printpubdate": "2014 Jan",
    "epubdate": "2013 Dec 20",
    "source": "J Synth Res",
    "fulljournalname": "Journal of Synthetic Research",
    "authors": [
        {"name": "Alder-Birch CD", "authtype": "Author"},
        {"name": "van der Cedar E Jr", "authtype": "Author"},
        {"name": "Dogwood Study Group", "authtype": "CollectiveName"},
        {"name": "Elm", "authtype": "Author"},
    ],
    "title": "Low <i>dose</i> and pain: p &lt; 0.05 for vitamin D<sub>3</sub>",
    "volume": "65",
    "issue": "2",
    "pages": "529-38",
    "articleids": [
        {"idtype": "pmid", "value": "123"},
        {"idtype": "doi", "value": "10.1000/ABC"},
        {"idtype": "pmcid", "value": "PMC7"},
    ],
}


def source(answer):
    services = FakeServices(answer)
    return Pmc(Entrez(services, base="http://127.0.0.1:1/eutils"), StoppedClock()), services


def looked_up(answer, *numbers):
    pmc, services = source(answer)
    answers = list(pmc.look_up([pmcid(number) for number in numbers]))
    assert sorted(a.identifier for a in answers) == sorted(pmcid(number) for number in set(numbers))
    return {a.identifier.value: a for a in answers}, services.requests


def summaries_with(**changes):
    return lambda request: summaries({uid: {**KNOWN, **changes} for uid in ids_of(request)})


def test_a_summary_becomes_a_record():
    answers, (request,) = looked_up(summaries_with(), 7)
    answer = answers["PMC7"]
    article = answer.outcome.record
    assert (form_of(request)["db"], form_of(request)["id"]) == ("pmc", "7")
    assert article.identifier == pmcid(7)
    assert article.title == "Low dose and pain: p < 0.05 for vitamin D3"
    assert article.title_html == "Low dose and pain: p &lt; 0.05 for vitamin D3"
    assert (article.volume, article.issue, article.pages) == ("65", "2", "529-38")
    assert (article.journal.title, article.journal.medline_ta) == ("Journal of Synthetic Research", "J Synth Res")
    assert (str(article.issued), str(article.published_online), article.years) == (
        "2014-01",
        "2013-12-20",
        (2013, 2014),
    )
    assert article.also_known_as == (Identifier(IdKind.PMID, "123"), Identifier(IdKind.DOI, "10.1000/abc"))
    assert (answer.source, answer.address, answer.at) == ("pmc", "http://127.0.0.1:1/eutils", NOON)


def test_names_are_read_as_family_initials_suffix_and_bodies_as_bodies():
    answers, _ = looked_up(summaries_with(), 7)
    assert answers["PMC7"].outcome.record.authors == (
        Author(family="Alder-Birch", initials="CD"),
        Author(family="van der Cedar", initials="E", suffix="Jr"),
        Author(collective="Dogwood Study Group"),
        Author(family="Elm"),
    )


def test_a_stored_raw_answer_reads_as_the_same_record():
    pmc, _ = source(summaries_with())
    (answer,) = pmc.look_up([pmcid(7)])
    assert read_stored(pmcid(7), answer.raw) == answer.outcome.record


@pytest.mark.parametrize("raw", [b"", b"garbage", b"[]", b"{}", b'{"title": 7}', b"\xff"])
def test_a_stored_answer_that_is_no_summary_is_a_value_error(raw):
    with pytest.raises(ValueError, match="PMC7"):
        read_stored(pmcid(7), raw)


def test_a_pmcid_is_not_found_only_when_pmc_denies_it_twice():
    answers, requests = looked_up(lambda request: summaries(dict.fromkeys(ids_of(request), UNKNOWN_SUMMARY)), 7, 8)
    assert {answer.outcome for answer in answers.values()} == {
        NotFound("PubMed Central holds no such PMCID (asked twice)")
    }
    assert [form_of(request)["id"] for request in requests] == ["7,8", "7,8"]


def test_a_denial_taken_back_is_found():
    replies = iter([summaries({"7": UNKNOWN_SUMMARY}), summaries({"7": KNOWN})])
    answers, _ = looked_up(lambda _request: next(replies), 7)
    assert state_of(answers["PMC7"].outcome) is State.FOUND


def test_a_second_denial_that_fails_is_no_death():
    replies = iter([summaries({"7": UNKNOWN_SUMMARY}), reply("")])
    answers, _ = looked_up(lambda _request: next(replies), 7)
    assert state_of(answers["PMC7"].outcome) is State.UNAVAILABLE


@pytest.mark.parametrize(
    "trouble",
    [
        reply(""),
        reply("<html></html>"),
        reply('{"header":{},"result":{"uids":["7"],"7":{"uid"'),
        reply('{"header":{},"result":{"uids":[]}}'),
        summaries({"7": {"error": "backend timed out"}}),
        summaries({"7": {"pubdate": "2014"}}),
        summaries({"7": {"title": None}}),
        Unavailable("no answer in time", Cause.TIMEOUT),
    ],
)
def test_trouble_is_unavailable_and_asks_no_further(trouble):
    answers, requests = looked_up(lambda _request: trouble, 7)
    assert state_of(answers["PMC7"].outcome) is State.UNAVAILABLE
    assert answers["PMC7"].raw is None
    assert len(requests) == 1


def test_a_refusal_is_blocked():
    answers, _ = looked_up(lambda _request: Blocked("too many requests (429)", 429), 7)
    assert state_of(answers["PMC7"].outcome) is State.BLOCKED


def test_a_record_under_another_pmcid_says_so():
    answers, _ = looked_up(summaries_with(articleids=[{"idtype": "pmcid", "value": "PMC70"}]), 7)
    assert answers["PMC7"].outcome.record.identifier == pmcid(70)


@pytest.mark.parametrize(
    "changes",
    [
        {"authors": None},
        {"authors": "nobody"},
        {"authors": 7},
        {"authors": {"a": 1}},
        {"articleids": None},
        {"articleids": [{"idtype": "pmid", "value": "0"}, {"idtype": "doi", "value": ""}]},
        {"pubdate": None, "printpubdate": 7, "epubdate": {}},
        {"volume": 65, "pages": ["1"]},
    ],
)
def test_fields_of_another_shape_are_absent_and_no_trouble(changes):
    answers, _ = looked_up(summaries_with(**changes), 7)
    assert state_of(answers["PMC7"].outcome) is State.FOUND


def test_an_identifier_of_another_kind_has_no_source_here():
    pmc, services = source(summaries_with())
    (answer,) = pmc.look_up([Identifier(IdKind.PMID, "7")])
    assert answer.outcome.cause is Cause.NO_SOURCE
    assert services.requests == []


def test_a_raw_answer_is_this_summary_alone():
    answers, _ = looked_up(summaries_with(), 7, 8)
    assert json.loads(answers["PMC8"].raw)["uid"] == "8"
