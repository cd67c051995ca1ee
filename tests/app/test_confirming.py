"""What a person's word writes; labels are made up."""

from __future__ import annotations

from datetime import UTC, date, datetime

from evidence.app.confirm import ConfirmRequest, contradiction, fields_of, last_observations, version_on
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Found, Observation, State
from evidence.model.records import Label, Page, SplVersion
from evidence.model.references import Reference
from factories import entry_from

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SETID = Identifier(IdKind.SETID, "06ff2d5a-e62b-4fa4-bbdb-01938535bc65")
LABEL = Label(SETID, "A label", (SplVersion(9, date(2026, 10, 1)), SplVersion(7, date(2025, 1, 1))))
RECALLED = {SETID: Answer(SETID, Found(LABEL), "dailymed", "", NOW)}


def pinned(version: int = 7) -> Reference:
    return entry_from(f"id: a\nsetid: {SETID.value}\nspl-version: {version}\naccessed: 2025-08")


def test_the_version_read_is_the_one_that_was_current_on_that_day() -> None:
    assert version_on(pinned(), date(2026, 9, 30), RECALLED) == SplVersion(7, date(2025, 1, 1))
    assert version_on(pinned(), date(2026, 10, 1), RECALLED) == SplVersion(9, date(2026, 10, 1))
    assert version_on(pinned(), date(2024, 1, 1), RECALLED) is None
    assert version_on(pinned(), date(2026, 10, 1), {}) is None


def test_a_pin_is_moved_only_when_the_version_is_another() -> None:
    word = ConfirmRequest("me", date(2026, 10, 2))
    assert fields_of(pinned(), word, RECALLED)["spl-version"] == "9"
    assert "spl-version" not in fields_of(pinned(9), word, RECALLED)
    assert "spl-version" not in fields_of(pinned(), word, {})


def test_a_day_before_the_one_on_record_contradicts_it() -> None:
    assert contradiction(pinned(), date(2025, 7, 31)) is not None
    assert contradiction(pinned(), date(2025, 8, 1)) is None


def test_what_machines_saw_is_reported_and_a_newer_label_pointed_out() -> None:
    [line] = last_observations(pinned(), date(2026, 9, 1), RECALLED, ())
    assert "version 9" in line
    assert "you read an earlier version" in line


def test_a_page_is_known_by_the_fingerprint_of_its_text_and_a_wall_by_its_reason() -> None:
    address = Identifier(IdKind.URL, "https://charity.example/page")
    page = entry_from("id: a\nURL: https://charity.example/page")
    answer = Answer(address, Found(Page(address, 200, address.value, title="T", fingerprint="f" * 40)), "web", "", NOW)
    assert [f"text {'f' * 16}" in line for line in last_observations(page, NOW.date(), {address: answer}, ())] == [True]
    [line] = last_observations(page, NOW.date(), {address: answer}, (), with_fingerprint=False)
    assert line == 'url:https://charity.example/page: page "T", last seen on 2026-11-23'
    wall = Observation(address, "web", State.BLOCKED, NOW, NOW.date(), detail="HTTP 403")
    [line] = last_observations(page, NOW.date(), {}, (wall,))
    assert "blocked on 2026-11-23: HTTP 403" in line


def test_silence_of_the_store_is_said() -> None:
    [line] = last_observations(pinned(), NOW.date(), {}, ())
    assert "nothing recorded yet" in line


def test_what_was_found_at_another_address_of_the_service_is_not_passed_over() -> None:
    page_answer = Observation(SETID, "dailymed", State.FOUND, NOW, NOW.date())
    [line] = last_observations(pinned(), NOW.date(), {}, (page_answer,))
    assert "last found on 2026-11-23" in line
    assert "is stored" in line
