"""The head of the audit trail in a lock: it travels along, and is no reason of its own to rewrite the lock."""

from datetime import UTC, date, datetime

import pytest

from evidence.model.audit import ChainHead
from evidence.model.errors import LockError
from evidence.storage.lock import Lock, Moment
from evidence.storage.lockfile import lock_text, read_lock, read_text, text_to_write, write_text

MOMENT = Moment(datetime(2026, 11, 23, 12, tzinfo=UTC), date(2026, 11, 23))
LATER = Moment(datetime(2026, 11, 24, 12, tzinfo=UTC), date(2026, 11, 24))
HEAD, NEXT = ChainHead(41, "ab" * 32), ChainHead(45, "cd" * 32)


def test_a_head_is_written_and_read_back():
    assert read_text(lock_text(Lock(MOMENT, audit=HEAD)), "a").audit == HEAD


def test_a_lock_from_before_there_was_a_trail_is_read():
    assert read_text(lock_text(Lock(MOMENT)), "a").audit is None


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "references.lock.json"
    path.write_text(lock_text(Lock(MOMENT, audit=HEAD)), newline="")
    return read_lock(path)


def test_a_trail_that_went_on_is_no_reason_to_write_the_lock(written):
    assert text_to_write(written, Lock(MOMENT), NEXT) is None


def test_a_lock_that_says_something_new_names_the_newest_head(written):
    text = text_to_write(written, Lock(LATER), NEXT)
    write_text(written, text)
    assert (read_lock(written.path).lock.audit, read_lock(written.path).lock.complete) == (NEXT, LATER)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"sequence": 41', '"sequence": 42', "last-complete-run or audit-head does not match its digest"),
        ("abab", "acab", "does not match its digest"),
        ('"audit-head"', '"audit-heed"', "unknown key"),
    ],
)
def test_an_altered_head_is_reported(old, new, what):
    text = lock_text(Lock(MOMENT, audit=HEAD))
    assert old in text
    with pytest.raises(LockError, match=what):
        read_text(text.replace(old, new, 1), "references.lock.json")
