import json
import threading
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.records import Page
from evidence.sources.http.request import Reply, Request
from evidence.sources.wayback import CopiesOfDay, Wayback, WithArchive
from evidence.storage.values import Stored
from fakes import NOON, FakeClock, FakeServices, StoppedClock, reply

URL = "https://www.example.org/study"
COPY = "http://web.archive.org/web/20250801120000/https://www.example.org/study"
MISSING = NotFound("HTTP 404 Not Found", 404)


def link(number: int = 0) -> Identifier:
    return Identifier(IdKind.URL, f"{URL}{number or ''}")


def holds(url: str = COPY, **more: object) -> Reply:
    closest = {"status": "200", "available": True, "url": url, "timestamp": "20250801120000"} | more
    return reply(json.dumps({"url": URL, "archived_snapshots": {"closest": closest}}))


class Pages:
    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = outcomes

    def look_up(self, identifiers):
        for identifier, outcome in zip(identifiers, self.outcomes, strict=True):
            yield Answer(identifier, outcome, "web", "web", NOON)


def ask(services: FakeServices, *outcomes: Outcome, read_on=None, clock=None) -> list[Answer]:
    wanted = [link(number) for number in range(len(outcomes))]
    archive = Wayback(services=services, base="https://archive.example/wayback/")
    return list(WithArchive(Pages(*outcomes), archive, read_on or {}, clock or StoppedClock()).look_up(wanted))


def asked(request: Request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.url).query)


def test_a_dead_page_gets_the_copy_nearest_to_the_day_it_was_read():
    services = FakeServices(lambda _: holds())
    (answer,) = ask(services, MISSING, read_on={link(): date(2025, 8, 14)})
    assert answer.archived == "https://web.archive.org/web/20250801120000/https://www.example.org/study"
    (request,) = services.requests
    assert request.url.startswith("https://archive.example/wayback/available?")
    assert asked(request) == {"url": [URL], "timestamp": ["20250814"]}
    assert request.bucket == "wayback"


def test_a_page_without_such_a_day_gets_the_newest_copy():
    services = FakeServices(lambda _: holds())
    ask(services, MISSING)
    assert asked(services.requests[0]) == {"url": [URL]}


def test_a_page_whose_host_does_not_exist_gets_a_copy_too():
    (answer,) = ask(FakeServices(lambda _: holds()), Unavailable("host not found", Cause.NO_SUCH_NAME))
    assert answer.archived


@pytest.mark.parametrize(
    "outcome",
    [Found(Page(link(), 200, URL)), Blocked("HTTP 403", 403), Unavailable("no answer", Cause.TIMEOUT)],
)
def test_the_archive_is_asked_for_dead_pages_only(outcome):
    services = FakeServices(lambda _: holds())
    (answer,) = ask(services, outcome)
    assert (answer.archived, services.requests) == (None, [])


@pytest.mark.parametrize(
    "answered",
    [
        reply('{"archived_snapshots": {}}'),
        reply('{"archived_snapshots": {"closest": []}}'),
        holds(available=False),
        holds(status="404"),
        holds(url="https://elsewhere.example/copy"),
        holds(url="javascript:alert(1)"),
        holds(url=f"{COPY} and more"),
        reply("[]"),
        reply("<html>busy</html>"),
        reply("", 404),
        Blocked("too many requests (429)", 429),
        Unavailable("timed out", Cause.TIMEOUT),
    ],
)
def test_without_a_copy_that_can_be_had_the_page_is_answered_as_it_was(answered):
    (answer,) = ask(FakeServices(lambda _: answered), MISSING)
    assert (answer.outcome, answer.archived) == (MISSING, None)


def test_an_archive_that_fails_twice_is_asked_no_more():
    services = FakeServices(lambda _: Unavailable("timed out", Cause.TIMEOUT))
    answers = ask(services, *[MISSING] * 20)
    assert len(answers) == 20
    assert len(services.requests) == 2


def test_the_archive_has_a_minute_for_all_pages_of_a_run():
    services = FakeServices(lambda _: holds())
    answers = ask(services, *[MISSING] * 20, clock=FakeClock(tick=20.0))
    assert len(answers) == 20
    assert len(services.requests) == 2


def test_the_other_pages_do_not_wait_for_the_archive():
    answers = ask(FakeServices(lambda _: holds()), MISSING, Blocked("HTTP 403", 403))
    assert [answer.identifier for answer in answers] == [link(1), link()]


def test_the_archive_is_asked_while_other_pages_are_still_requested():
    asked_it = threading.Event()

    class Slow:
        def look_up(self, _identifiers):
            yield Answer(link(), MISSING, "web", "web", NOON)
            assert asked_it.wait(30)
            yield Answer(link(1), MISSING, "web", "web", NOON)

    def answer(_request):
        asked_it.set()
        return holds()

    archive = Wayback(services=FakeServices(answer), base="https://archive.example/wayback/")
    answers = list(WithArchive(Slow(), archive, {}, StoppedClock()).look_up([link(), link(1)]))
    assert [answer.archived for answer in answers] == [COPY.replace("http:", "https:")] * 2


def test_failures_of_the_archive_count_only_in_a_row():
    told = iter([Unavailable("timed out", Cause.TIMEOUT), holds()] * 4)
    answers = ask(FakeServices(lambda _: next(told)), *[MISSING] * 8)
    assert [answer.archived is not None for answer in answers] == [False, True] * 4


class Shelf:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, Identifier], Stored] = {}

    def stored(self, address, identifiers):
        return {each: self.kept[address, each] for each in identifiers if (address, each) in self.kept}

    def keep(self, answers, as_of):
        for each in answers:
            self.kept[each.address, each.identifier] = Stored(each.raw, "", each.at, as_of, each.source, "")


def on_day(services: FakeServices, shelf: Shelf, day: int) -> list[str | None]:
    """Where the copy of a dead page is, by a run for this day."""
    archive = Wayback(services=services, base="https://archive.example/wayback/")
    clock = StoppedClock()
    of_day = CopiesOfDay(shelf, "https://archive.example/wayback", date(2026, 11, day), clock)
    source = WithArchive(Pages(MISSING), archive, {}, clock, of_day=of_day)
    return [answer.archived for answer in source.look_up([link()])]


@pytest.mark.parametrize("answered", [holds(), reply('{"archived_snapshots": {}}'), reply("", 404)])
def test_the_archive_is_asked_about_a_page_once_a_day(answered):
    services, shelf = FakeServices(lambda _: answered), Shelf()
    first = on_day(services, shelf, 23)
    assert on_day(services, shelf, 23) == first
    assert len(services.requests) == 1
    assert on_day(services, shelf, 24) == first
    assert len(services.requests) == 2


def test_an_archive_that_did_not_answer_is_asked_again():
    services, shelf = FakeServices(lambda _: Unavailable("timed out", Cause.TIMEOUT)), Shelf()
    assert on_day(services, shelf, 23) == on_day(services, shelf, 23) == [None]
    assert len(services.requests) == 2
