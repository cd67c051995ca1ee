import pytest

from evidence.app.lookup import LookupResults, SourceSlot, look_up
from evidence.model.errors import StoreError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Origin, State, Unavailable, state_of
from evidence.model.records import Article, Page
from factories import pmid, reference_named, url
from fakes import NOON, FailingSource, FakeSource, StoppedClock


def slot(source, kind=IdKind.PMID, name="ncbi", after=None):
    return SourceSlot(name, frozenset({kind}), source, after)


def ask(references, *queues, observed=None):
    observation = [] if observed is None else observed
    return look_up(references, queues, clock=StoppedClock(), observe=observation.extend, progress=lambda *_: None)


def test_an_identifier_that_two_references_share_is_asked_once():
    source = FakeSource("pubmed")
    ask([reference_named("a", pmid(1)), reference_named("b", pmid(1), pmid(2))], slot(source))
    assert source.asked == [pmid(1), pmid(2)]


def test_every_answer_is_observed_whichever_slot_it_came_from():
    observed = []
    page = url("https://example.org/")
    silent = FakeSource("web", {page: Unavailable("timed out", Cause.TIMEOUT, status=None)})
    ask(
        [reference_named("a", pmid(1), page)],
        slot(FakeSource("pubmed")),
        slot(silent, IdKind.URL, "web"),
        observed=observed,
    )
    assert {answer.identifier for answer in observed} == {pmid(1), page}


def test_an_identifier_of_a_kind_without_source_is_not_checked():
    trial = Identifier(IdKind.NCT, "NCT00568555")
    asked = ask([reference_named("a", trial)], slot(FakeSource("pubmed")))
    assert state_of(asked.answers[trial].outcome) is State.NOT_CHECKED


def test_a_doi_that_the_verified_record_names_as_its_own_needs_no_asking():
    doi = Identifier(IdKind.DOI, "10.1002/art.37734")
    record = Article(pmid(1), "A work", also_known_as=(doi,))
    asked = ask([reference_named("a", pmid(1), doi)], slot(FakeSource("pubmed", {pmid(1): Found(record)})))
    assert asked.answers[doi].outcome == Found(record)


def test_a_doi_that_another_references_record_names_is_not_thereby_verified():
    doi = Identifier(IdKind.DOI, "10.1002/art.37734")
    record = Article(pmid(1), "A work", also_known_as=(doi,))
    asked = ask(
        [reference_named("a", pmid(1)), reference_named("b", doi)], slot(FakeSource("pubmed", {pmid(1): Found(record)}))
    )
    assert state_of(asked.answers[doi].outcome) is State.NOT_CHECKED


def test_a_later_slot_is_spared_what_the_earlier_one_has_settled():
    known, other = Identifier(IdKind.PMCID, "PMC1"), Identifier(IdKind.PMCID, "PMC2")
    record = Article(pmid(1), "A work", also_known_as=(known,))
    pmc = FakeSource("pmc")
    ask(
        [reference_named("a", pmid(1), known), reference_named("b", other)],
        slot(pmc, IdKind.PMCID, "pmc", after="ncbi"),
        slot(FakeSource("pubmed", {pmid(1): Found(record)})),
    )
    assert pmc.asked == [other]


def test_what_a_slot_raises_is_raised_to_the_caller_after_its_answers_were_observed():
    observed = []
    failing = FailingSource(lambda: StoreError("the disk is full"))
    with pytest.raises(StoreError, match="the disk is full"):
        ask([reference_named("a", pmid(1), pmid(2))], slot(failing), observed=observed)
    assert [answer.identifier for answer in observed] == [pmid(1)]


def test_nothing_to_ask_is_answered_with_nothing():
    assert ask([]).answers == {}


def page_answer(outcome, origin=Origin.NETWORK):
    return Answer(url("https://example.org/"), outcome, "web", "", NOON, origin=origin)


@pytest.mark.parametrize(
    ("outcome", "network_down"),
    [
        (Unavailable("timed out", Cause.TIMEOUT), True),
        (Unavailable("no such name", Cause.DNS), True),
        (Unavailable("503", Cause.HTTP, status=503), False),
        (NotFound("404", status=404), False),
        (Blocked("403", status=403), False),
        (Blocked("private address"), False),
        (Found(Page(url("https://example.org/"), 200, "https://example.org/")), False),
        (Unavailable("offline", Cause.OFFLINE), False),
    ],
)
def test_it_is_our_own_network_only_when_pages_were_asked_and_none_gave_a_status(outcome, network_down):
    asked = LookupResults()
    asked.add(page_answer(outcome))
    assert asked.network_down is network_down


def test_a_stored_page_says_nothing_about_the_network():
    asked = LookupResults()
    asked.add(page_answer(Unavailable("timed out", Cause.TIMEOUT)))
    stored = Found(Page(url("https://example.com/"), 200, "https://example.com/"))
    asked.add(page_answer(stored, Origin.STORE))
    assert asked.network_down


def test_the_silence_of_all_pages_is_remembered_as_no_strike():
    observed = []
    page = url("https://example.org/")
    silent = FakeSource("web", {page: Unavailable("timed out", Cause.TIMEOUT)})
    ask([reference_named("a", page)], slot(silent, IdKind.URL, "web"), observed=observed)
    assert [state_of(answer.outcome) for answer in observed] == [State.NOT_CHECKED]


@pytest.mark.parametrize(
    ("heard", "believed"),
    [
        ("https://example.com/", True),
        ("http://127.0.0.1:8000/", False),
        ("http://[::1]/", False),
        ("http://localhost/", False),
    ],
)
def test_that_a_name_does_not_exist_is_believed_only_beside_another_name(heard, believed):
    observed = []
    lost, other = url("https://lost.example/"), url(heard)
    no_name = Unavailable("host not found: lost.example", Cause.NO_SUCH_NAME)
    web = FakeSource("web", {lost: no_name, other: Blocked("HTTP 403", 403)})
    asked = ask(
        [reference_named("a", lost), reference_named("b", other)], slot(web, IdKind.URL, "web"), observed=observed
    )
    (observation,) = [answer for answer in observed if answer.identifier == lost]
    assert (observation.outcome == no_name) is believed
    assert believed or observation.outcome.cause is Cause.DNS
    assert asked.settled(asked.answers[lost]) == observation
