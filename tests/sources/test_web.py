import json
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, State, Unavailable, state_of
from evidence.model.records import Hop, Page
from evidence.sources.http.visit import DeadlinePassed, Fetched, FetchFailure, GuardRefused, PageAnswer, PageOutcome
from evidence.sources.web import Web, judge, page_of
from fakes import StoppedClock

URL = "https://www.example.org/study"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HTML = {"content-type": "text/html; charset=utf-8"}


def link(url: str = URL) -> Identifier:
    return Identifier(IdKind.URL, url)


def page_answer(
    status: int, body: bytes = b"<title>A study</title>", second_opinion: int | None = None, **headers: str
) -> PageAnswer:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return PageAnswer(URL, status, HTML | names, body, second_opinion=second_opinion)


class FakePages:
    """Answers by address, on the side too (there 404 for what it does not know); notes what it was asked."""

    def __init__(self, answers: dict[str, PageOutcome], *, patient: bool = True) -> None:
        self.answers = answers
        self.patient = patient
        self.asked: list[str] = []
        self.on_the_side: list[str] = []
        self.deadline: float | None = None

    def fetch(
        self, urls: Iterable[str], *, deadline: float | None = None, extra_urls: deque[str] | None = None
    ) -> Iterator[Fetched]:
        self.deadline = deadline
        for url in urls:
            self.asked.append(url)
            yield Fetched(url, self.answers[url])
        while extra_urls and self.patient:
            url = extra_urls.popleft()
            self.on_the_side.append(url)
            yield Fetched(url, self.answers.get(url, PageAnswer(url, 404)), is_extra=True)


def ask(pages: FakePages, *identifiers: Identifier, **more: object) -> list[Answer]:
    return list(Web(pages, StoppedClock(), **more).look_up(identifiers))


@pytest.mark.parametrize("status", [200, 201, 204, 206, 226])
def test_a_success_is_found(status):
    assert isinstance(judge(link(), page_answer(status)), Found)


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("head", [404, 410, 405, 501])
def test_a_confirmed_404_or_410_is_not_found(status, head):
    outcome = judge(link(), page_answer(status, second_opinion=head))
    assert isinstance(outcome, NotFound)
    assert outcome.status == status


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("head", [None, 200, 301, 403, 429, 500])
def test_an_unconfirmed_404_or_410_is_unavailable(status, head):
    outcome = judge(link(), page_answer(status, second_opinion=head))
    assert isinstance(outcome, Unavailable)
    assert (outcome.cause, outcome.status) == (Cause.HTTP, status)


@pytest.mark.parametrize("status", [202, 203, 401, 402, 403, 406, 407, 412, 418, 428, 429, 451, 999])
def test_a_wall_is_blocked(status):
    outcome = judge(link(), page_answer(status))
    assert isinstance(outcome, Blocked)
    assert outcome.status == status


@pytest.mark.parametrize("status", [200, 403, 404, 503])
def test_a_challenge_named_in_the_headers_is_blocked_whatever_the_status(status):
    assert judge(link(), page_answer(status, second_opinion=404, cf_mitigated="challenge")) == Blocked(
        judge(link(), page_answer(status, cf_mitigated="challenge")).reason, status
    )


@pytest.mark.parametrize(
    "body",
    [
        b"<title>Just a moment...</title>",
        b"<title>Making sure you&#39;re not a bot!</title>",
        b"<title>Attention Required! | Cloudflare</title>",
        b'<html><iframe src="/_Incapsula_Resource?CWUDNSAI=9"></iframe></html>',
    ],
)
def test_a_challenge_page_with_200_is_blocked(body):
    assert isinstance(judge(link(), page_answer(200, body)), Blocked)


@pytest.mark.parametrize("title", ["Just a moment in pain care", "Access to robots: a human check"])
def test_a_title_that_only_resembles_a_challenge_is_found(title):
    assert isinstance(judge(link(), page_answer(200, f"<title>{title}</title>".encode())), Found)


@pytest.mark.parametrize("status", [300, 304, 400, 405, 408, 411, 414, 421, 422, 500, 502, 503, 504, 520, 530, 599])
def test_everything_else_is_unavailable(status):
    outcome = judge(link(), page_answer(status))
    assert isinstance(outcome, Unavailable)
    assert (outcome.cause, outcome.status) == (Cause.HTTP, status)


def test_a_trouble_keeps_its_cause_and_status():
    assert judge(link(), FetchFailure("no answer in time", Cause.TIMEOUT)) == Unavailable(
        "no answer in time", Cause.TIMEOUT
    )


def test_a_refusal_is_blocked_without_a_status():
    assert judge(link(), GuardRefused("private address")) == Blocked("private address", None)


def test_a_page_that_was_never_asked_is_not_checked():
    assert state_of(judge(link(), DeadlinePassed())) is State.NOT_CHECKED


def test_the_record_holds_what_was_seen():
    hops = (Hop(301, URL, "https://www.example.org/new"),)
    observed = PageAnswer(
        "https://www.example.org/new", 200, HTML, b"<title>A\x1b[1m study</title>", complete=False, hops=hops
    )
    assert judge(link(), observed) == Found(
        Page(link(), 200, "https://www.example.org/new", hops, "A[1m study", "text/html", complete=False)
    )


def test_what_is_kept_can_be_read_again():
    hops = (Hop(301, URL, "https://www.example.org/new"), Hop(302, "https://www.example.org/new", "https://b.example/"))
    observed = PageAnswer(
        "https://b.example/", 200, HTML, "<title>Caf\u00e9 \u8584</title>".encode(), complete=False, hops=hops
    )
    (answer,) = ask(FakePages({URL: observed}), link())
    assert answer.raw is not None
    assert isinstance(answer.outcome, Found)
    assert page_of(link(), answer.raw) == answer.outcome.record
    assert json.loads(answer.raw)["v"] == 2


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"v":1}', b'{"v":2}', b'{"v":2,"status":200,"hops":7}', b"\xff", b"[" * 9999]
)
def test_facts_that_this_version_cannot_read_are_refused(raw):
    with pytest.raises(ValueError, match=r".*"):
        page_of(link(), raw)


def test_an_answer_says_who_gave_it_and_when():
    (answer,) = ask(FakePages({URL: page_answer(404, second_opinion=404)}), link(), address="stand-in")
    assert (answer.source, answer.address, answer.at, answer.raw) == ("web", "stand-in", NOON, None)


def test_addresses_that_differ_in_the_fragment_alone_are_asked_once():
    pages = FakePages({URL: page_answer(200), "https://b.example/": page_answer(200)})
    wanted = [link(f"{URL}#methods"), link("https://b.example/"), link(f"{URL}#results"), link(URL)]
    answers = ask(pages, *wanted)
    assert pages.asked == [URL, "https://b.example/"]
    assert sorted(answer.identifier for answer in answers) == sorted(wanted)


def test_nothing_is_asked_when_nothing_is_wanted():
    pages = FakePages({})
    assert ask(pages) == []
    assert pages.asked == []


def test_the_deadline_is_handed_on():
    pages = FakePages({URL: page_answer(200)})
    ask(pages, link(), deadline=60.0)
    assert pages.deadline == 60.0


def test_an_identifier_that_is_no_address_has_no_source_here():
    (answer,) = ask(FakePages({}), Identifier(IdKind.PMID, "1"))
    assert isinstance(answer.outcome, Unavailable)
    assert answer.outcome.cause is Cause.NO_SOURCE
