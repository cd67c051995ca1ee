"""What the events of a trail say of a lock."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from evidence.audit.events import BEGUN, FILE, NOTHING, Stamp, line_of, parse_event
from evidence.audit.locks import ENTRIES, changed_entries, differing_entries, written_lock
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry, ChainHead

NAME = "references.lock.json"
STAMP = Stamp(datetime(2026, 11, 23, 12, tzinfo=UTC), date(2026, 11, 23), "tester", "1.2.3")
OLD, NEW, NEXT = ("a" * 64, "b" * 64, "c" * 64)
DIGESTS = {"pmid:1": "1" * 64, "pmid:2": "2" * 64}


class Trail:
    """Lines of a trail, lengthened by one event at a time."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @property
    def head(self) -> ChainHead:
        return parse_event(self.lines[-1]).head if self.lines else NOTHING

    def run(self) -> None:
        self.lines.append(line_of(AuditEntry(AuditAction.RUN, "run"), STAMP, self.head))

    def announce(self, after: str, digests: dict[str, str] | None, name: str = NAME) -> ChainHead:
        """The announcement of a lock; the head that the lock names."""
        before = self.head
        said = {} if digests is None else {ENTRIES: changed_entries(self.lines, name, digests)}
        entry = AuditEntry(AuditAction.LOCK, name, ActionStatus.BEGUN, after=after, details={FILE: name, **said})
        self.lines.append(line_of(entry, STAMP, before))
        return before

    def end(self, after: str, ending: ActionStatus = ActionStatus.DONE, name: str = NAME) -> None:
        details = {FILE: name, BEGUN: str(self.head.sequence)}
        self.lines.append(
            line_of(AuditEntry(AuditAction.LOCK, name, ending, after=after, details=details), STAMP, self.head)
        )

    def write(self, after: str, digests: dict[str, str] | None = None, name: str = NAME) -> ChainHead:
        head = self.announce(after, digests, name)
        self.end(after, name=name)
        return head


@pytest.fixture
def trail() -> Trail:
    made = Trail()
    made.run()
    return made


def test_the_newest_event_says_what_the_lock_is(trail):
    first = trail.write(OLD, DIGESTS)
    trail.run()
    second = trail.write(NEW, DIGESTS | {"pmid:2": "3" * 64})
    for head in (first, second):
        written = written_lock(trail.lines, NAME, head)
        assert (written.event.after, written.sha256s) == (NEW, {NEW})
        assert differing_entries(written, DIGESTS) == ["pmid:2"]
        assert differing_entries(written, {"pmid:1": "1" * 64}) == ["pmid:2"]
        assert differing_entries(written, {**DIGESTS, "pmid:2": "3" * 64, "pmid:9": "9" * 64}) == ["pmid:9"]


def test_an_event_says_only_what_it_changes(trail):
    trail.write(OLD, DIGESTS)
    trail.write(NEW, {"pmid:1": "9" * 64})
    said = [json.loads(parse_event(line).details[ENTRIES]) for line in trail.lines if ENTRIES in line]
    assert said == [{"pmid:1": "1" * 12, "pmid:2": "2" * 12}, {"pmid:1": "9" * 12, "pmid:2": ""}]


def test_what_an_earlier_version_wrote_has_no_entries_and_the_next_event_has_them_all(trail):
    head = trail.write(OLD)
    assert differing_entries(written_lock(trail.lines, NAME, head), DIGESTS) is None
    trail.write(NEW, DIGESTS)
    assert differing_entries(written_lock(trail.lines, NAME, head), DIGESTS) == []
    trail.write(NEXT)
    assert differing_entries(written_lock(trail.lines, NAME, head), DIGESTS) is None


def test_another_trail_says_nothing(trail):
    head = trail.write(OLD, DIGESTS)
    assert written_lock(trail.lines, NAME, replace(head, hash="f" * 64)) is None
    assert written_lock(trail.lines, NAME, ChainHead(99, head.hash)) is None
    assert written_lock(trail.lines, NAME, NOTHING) is None
    assert written_lock([], NAME, head) is None
    assert written_lock(trail.lines, "other.lock.json", head) is None


def test_a_lock_from_which_its_head_was_taken_is_known_by_its_name(trail):
    assert written_lock(trail.lines, NAME, None) is None
    trail.write(OLD, DIGESTS)
    assert written_lock(trail.lines, NAME, None).sha256s == {OLD}


def test_a_head_that_was_moved_to_another_event_of_the_trail_does_not_help(trail):
    trail.write(OLD, DIGESTS)
    trail.run()
    assert written_lock(trail.lines, NAME, trail.head).sha256s == {OLD}


def test_the_lock_of_a_branch_names_a_run_that_another_branch_does_not_hold(trail):
    trail.write(OLD, DIGESTS)
    mine, other = Trail(), Trail()
    for branch, run in ((mine, "mine"), (other, "other")):
        branch.lines = list(trail.lines)
        branch.lines.append(line_of(AuditEntry(AuditAction.RUN, run), STAMP, branch.head))
    head = mine.write(NEW, DIGESTS)
    other.write(NEXT, DIGESTS)
    assert written_lock(other.lines, NAME, head) is None
    assert written_lock(mine.lines, NAME, head).sha256s == {NEW}


def test_a_killed_command_left_the_one_lock_or_the_other(trail):
    head = trail.write(OLD, DIGESTS)
    later = trail.announce(NEW, DIGESTS)
    for named in (head, later):
        assert written_lock(trail.lines, NAME, named).sha256s == {OLD, NEW}
    trail.end(OLD, ActionStatus.FAILED)
    assert written_lock(trail.lines, NAME, head).sha256s == {OLD}


def test_a_lock_that_was_announced_alone_is_not_known(trail):
    head = trail.announce(NEW, DIGESTS)
    assert written_lock(trail.lines, NAME, head) is None


@pytest.mark.parametrize("said", ["", "[]", '{"pmid:1": 1}', "[" * 100_000])
def test_an_event_that_no_version_writes_says_nothing(trail, said):
    head = trail.head
    entry = AuditEntry(AuditAction.LOCK, NAME, ActionStatus.BEGUN, after=NEW, details={FILE: NAME, ENTRIES: said})
    trail.lines.append(line_of(entry, STAMP, head))
    trail.end(NEW)
    assert written_lock(trail.lines, NAME, head) is None
    assert json.loads(changed_entries(trail.lines, NAME, DIGESTS)).keys() == DIGESTS.keys()


def test_the_locks_of_two_files_are_kept_apart(trail):
    mine = trail.write(OLD, DIGESTS)
    other = trail.write(NEW, {"pmid:7": "7" * 64}, "other.lock.json")
    assert differing_entries(written_lock(trail.lines, NAME, mine), DIGESTS) == []
    assert differing_entries(written_lock(trail.lines, "other.lock.json", other), {"pmid:7": "7" * 64}) == []
