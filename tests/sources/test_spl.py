"""Contents of labels asked of DailyMed over real HTTP on loopback: every kind of wrong answer, and what it means."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from evidence.demo.spl import spl_section, zipped
from evidence.model.identifiers import contents_of
from evidence.model.outcomes import Answer, Blocked, Found, NotFound, Unavailable
from evidence.model.records import LabelContents
from evidence.sources.http.network import Network
from evidence.sources.http.request import RetryLimits
from evidence.sources.http.session import InMemoryPacer, Services
from evidence.sources.spl import SplContents, stored_contents
from factories import LABEL_SETID, SETID, label, spl_document
from fakes import FakeClock
from servers import Behaviour, answers, cut_after, empty_reply, ok, replying, reset_reply

DOCUMENT = spl_document(spl_section("34068-7", text="One tablet."), version=2)
ARCHIVE = zipped(DOCUMENT)
OTHER_LABEL = spl_document(spl_section("34068-7"), version=2, setid="00000000-0000-4000-8000-00000000000a")
OTHER_VERSION = spl_document(spl_section("34068-7"), version=9)
HOME = b"<!DOCTYPE html><html><title>DailyMed</title></html>"
WITH_DTD = b'<!DOCTYPE document [<!ENTITY a "b">]>' + DOCUMENT[DOCUMENT.index(b"<document") :]
NESTED = spl_document(spl_section("34068-7", text=f"{'<content>' * 100}deep{'</content>' * 100}"), version=2)
LIMITS = RetryLimits(read=10.0, request=20.0)


def archive_of(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return packed.getvalue()


@contextmanager
def dailymed(*behaviours: Behaviour, current: int = 3) -> Iterator[tuple[Callable[[int], Answer], list[str]]]:
    """DailyMed that behaves so, one reply after another; asks for a version, and says what was asked of it."""
    clock = FakeClock(tick=0.5)
    with (
        replying(*behaviours) as script,
        Services(
            network=Network(user_agent="test"),
            clock=clock,
            pacer=InMemoryPacer(clock),
            limits=LIMITS,
            jitter=lambda: 0.5,
        ) as services,
    ):
        known = label((current, date(2026, 1, 1)))
        source = SplContents(
            services=services, clock=clock, base=f"{script.url}/dailymed", label_of=lambda _setid: known
        )
        asked: list[str] = []

        def ask(version: int) -> Answer:
            (given,) = source.look_up([contents_of(SETID, version)])
            asked[:] = [request.path for request in script.requests]
            return given

        yield ask, asked


def test_an_older_version_is_one_request_for_its_archive() -> None:
    with dailymed(ok(ARCHIVE)) as (ask, asked):
        given = ask(2)

    assert asked == [f"/dailymed/getFile.cfm?type=zip&setid={LABEL_SETID}&version=2"]
    assert given.raw == DOCUMENT
    assert isinstance(given.outcome, Found)
    assert isinstance(given.outcome.record, LabelContents)
    assert given.outcome.record.version == 2
    assert stored_contents(given.identifier, DOCUMENT) == given.outcome.record


def test_the_current_version_is_one_request_for_its_document() -> None:
    with dailymed(ok(DOCUMENT), current=2) as (ask, asked):
        assert isinstance(ask(2).outcome, Found)

    assert asked == [f"/dailymed/services/v2/spls/{LABEL_SETID}.xml"]


def test_a_current_document_of_a_newer_version_leads_to_the_archive() -> None:
    with dailymed(ok(OTHER_VERSION), ok(ARCHIVE), current=2) as (ask, asked):
        assert isinstance(ask(2).outcome, Found)

    assert len(asked) == 2


@pytest.mark.parametrize(
    "behaviours",
    [
        (answers(302, location="/dailymed/index.cfm"), ok(HOME)),
        (answers(302, location="/dailymed/"), ok(HOME)),
        (ok(archive_of(readme__txt=b"nothing")),),
        (ok(zipped(OTHER_LABEL)),),
        (ok(zipped(OTHER_VERSION)),),
    ],
    ids=["home page", "home page without a name", "no document", "another label", "another version"],
)
def test_what_dailymed_does_not_have_is_an_answer_that_is_kept(behaviours: tuple[Behaviour, ...]) -> None:
    with dailymed(*behaviours) as (ask, _):
        given = ask(2)

    assert given.outcome == NotFound("DailyMed has no contents of version 2")
    assert given.raw is not None
    assert stored_contents(given.identifier, given.raw) == given.outcome
    with pytest.raises(ValueError, match="another label or version"):
        stored_contents(contents_of(SETID, 1), given.raw)


TROUBLES: dict[str, tuple[Behaviour, type]] = {
    "another page": (ok(HOME), Unavailable),
    "empty": (ok(b""), Unavailable),
    "cut archive": (ok(ARCHIVE[: len(ARCHIVE) // 2]), Unavailable),
    "cut transfer": (cut_after(ARCHIVE[:50], len(ARCHIVE)), Unavailable),
    "damaged archive": (ok(ARCHIVE[:60] + b"\0\1\2\3" + ARCHIVE[64:]), Unavailable),
    "cut document": (ok(archive_of(label__xml=DOCUMENT[:-30])), Unavailable),
    "document type": (ok(archive_of(label__xml=WITH_DTD)), Unavailable),
    "two documents": (ok(archive_of(a__xml=DOCUMENT, b__xml=DOCUMENT)), Unavailable),
    "bomb": (ok(archive_of(label__xml=bytes(17_000_000))), Unavailable),
    "nested without end": (ok(archive_of(label__xml=NESTED)), Unavailable),
    "not found": (answers(404), Unavailable),
    "refused": (answers(403, HOME), Blocked),
    "too many": (answers(429), Blocked),
    "server error": (answers(503), Unavailable),
    "reset": (reset_reply, Unavailable),
    "hangs up": (empty_reply, Unavailable),
    "elsewhere": (answers(302, location="https://www.example/"), Unavailable),
}


@pytest.mark.parametrize(("trouble", "kind"), TROUBLES.values(), ids=TROUBLES)
def test_every_other_answer_is_none(trouble: Behaviour, kind: type) -> None:
    with dailymed(*[trouble] * 4) as (ask, _):
        given = ask(2)

    assert type(given.outcome) is kind
    assert given.raw is None


@pytest.mark.parametrize("body", [HOME, b"", DOCUMENT[:-30], WITH_DTD], ids=["page", "empty", "cut", "document type"])
def test_a_current_document_that_is_none_is_no_answer_and_no_reason_to_ask_for_an_archive(body: bytes) -> None:
    with dailymed(*[ok(body)] * 4, current=2) as (ask, asked):
        assert isinstance(ask(2).outcome, Unavailable)

    assert set(asked) == {f"/dailymed/services/v2/spls/{LABEL_SETID}.xml"}
