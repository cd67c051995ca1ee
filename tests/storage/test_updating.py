"""What an online run makes of a lock: what it writes, what it leaves, what it says of a lock that lies."""

from __future__ import annotations

import difflib
import json
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest

from evidence.app.lock import check_locked, require_no_later_lock
from evidence.demo.world import PageFacts, naltrexone_world, plain_page, references_for, synthetic_world
from evidence.model.errors import LockError, UsageError
from evidence.model.records import NoticeLink
from evidence.model.report import Exit, Mode
from evidence.storage.lock import Lock
from evidence.storage.lockfile import LockFile, entry_digest, lock_paths, lock_text, read_lock, require_writable
from factories import write_lock
from runs import codes_of, verdicts

DEAD = "https://dead.example.org/trial"


def difference(before, after):
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line[2:].strip().split(":")[0] for line in lines if line.startswith("+ ")]


def test_a_quiet_day_changes_two_lines_and_a_quiet_week_the_dates(series):
    series.server.world = naltrexone_world()
    series.write(references_for(series.server.world))
    series.run(0)
    first = series.lock_text
    assert series.lock_results[0].complete
    series.run(1)
    second = series.lock_text
    series.run(8)
    third = series.lock_text
    assert difference(first, second) == ['"digest"', '"last-complete-run"']
    identifiers = len(series.lock.sound().entries)
    assert sorted(difference(second, third)) == ['"digest"', '"last-complete-run"'] + ['"verified"'] * identifiers


def test_the_same_run_again_writes_the_same_bytes_whatever_the_order_of_entries(series):
    series.server.world = synthetic_world(4)
    text = references_for(series.server.world)
    series.write(text)
    series.run(0)
    first = json.loads(series.lock_text)
    head, *entries = text.split("  - ")
    series.write(head + "".join(f"  - {entry}" for entry in reversed(entries)))
    series.run(0)
    assert json.loads(series.lock_text)["identifiers"] == first["identifiers"]


def test_what_could_not_be_asked_keeps_its_facts_and_the_run_is_not_complete(series):
    series.server.world = synthetic_world(2).with_page("https://ok.example.org/x", plain_page("A page"))
    series.write(references_for(series.server.world))
    series.run(0)
    before = series.lock.sound()
    series.server.world = series.server.world.with_retraction("10000001", NoticeLink("RetractionIn", "x", pmid="9"))
    series.server.faults.add("eutils", "502")
    online = series.run(2)
    assert online.exit is Exit.INCOMPLETE
    after = series.lock.sound()
    assert after.complete == before.complete
    assert {str(one): entry.outcome for one, entry in after.entries.items()} == {
        str(one): entry.outcome for one, entry in before.entries.items()
    }
    assert not series.lock_results[0].complete
    series.server.faults.clear()
    assert ("pmid-10000001", "RET001") in codes_of(series.run(3))
    assert series.lock.sound().complete.as_of.day == 4


def test_a_page_that_is_silent_is_a_fact_and_the_run_complete(series):
    world = synthetic_world(1).with_page("https://ok.example.org/x", plain_page("A page"))
    series.server.world = world.with_page(DEAD, PageFacts(status=None))
    series.write(references_for(series.server.world))
    series.run(0)
    assert series.lock_results[0].complete


def test_a_trial_number_that_nobody_answers_for_does_not_keep_a_lock_from_being_complete(series):
    series.server.world = synthetic_world(1)
    series.write(references_for(series.server.world) + "  - {id: trial, NCT: NCT00568555}\n")
    online = series.run(0)
    assert series.lock_results[0].complete
    assert verdicts(series.locked(0)) == verdicts(online)


def test_what_nobody_cites_any_more_leaves_the_lock(series):
    series.server.world = synthetic_world(3)
    series.write(references_for(series.server.world))
    series.run(0)
    series.write(references_for(synthetic_world(2)))
    series.run(0)
    named = {str(identifier) for identifier in series.lock.sound().entries}
    assert named == {f"pmid:1000000{n}" for n in (1, 2)} | {f"doi:10.5555/synthetic.1000000{n}" for n in (1, 2)}


def test_answers_out_of_the_store_are_locked_under_the_day_on_which_they_were_given(series):
    series.server.world = synthetic_world(1)
    series.write(references_for(series.server.world) + "policy: {life: {status: 5 d}}\n")
    series.run(0, update=False)
    series.server.forget()
    series.run(3)
    assert series.server.requests == []
    lock = series.lock.sound()
    assert {entry.verified.as_of.day for entry in lock.entries.values()} == {1}
    assert lock.complete.as_of.day == 4
    assert all(entry.answer_sha256 for entry in lock.entries.values())


def edited(series, name, old, new, *, digest):
    """The lock with one fact edited by hand, and its digest made to match if asked."""
    reported = json.loads(series.lock_text)
    entry = json.loads(json.dumps(reported["identifiers"][name]).replace(old, new))
    facts = {key: value for key, value in entry.items() if key not in ("digest", "verified")}
    if digest:
        entry["digest"] = entry_digest(name, facts)
    reported["identifiers"][name] = entry
    series.lock_path.write_text(json.dumps(reported), encoding="utf-8")


@pytest.mark.parametrize("digest", [False, True])
def test_a_fact_edited_by_hand_is_reported_by_the_next_online_run_and_fixed(series, digest):
    world = synthetic_world(2)
    series.server.world = world.with_retraction("10000001", NoticeLink("RetractionIn", "x", pmid="9"))
    series.write(references_for(series.server.world))
    online = series.run(0)
    right = series.lock_text
    edited(series, "pmid:10000001", "RetractionIn", "CommentIn", digest=digest)
    # Before the next day's run, the same answer is still in the store; after it, it is asked again.
    again = series.run(1)
    (reported,) = series.lock_results[0].altered
    assert "pmid:10000001" in reported
    assert "edited by hand" in reported
    assert verdicts(again) == verdicts(online)
    entries = json.loads(series.lock_text)["identifiers"]
    assert entries["pmid:10000001"]["article"] == json.loads(right)["identifiers"]["pmid:10000001"]["article"]
    series.run(1)
    assert series.lock_results[0].altered == ()


def test_also_an_edit_that_is_too_small_for_news_is_fixed(series):
    series.server.world = synthetic_world(1).with_page("https://ok.example.org/x", plain_page("A page"))
    series.write(references_for(series.server.world))
    series.run(0)
    edited(series, "url:https://ok.example.org/x", "A page", "Another page", digest=True)
    series.run(1)
    assert "the entry for url:https://ok.example.org/x differs from the answer" in series.lock_results[0].altered[0]
    assert '"title": "A page"' in series.lock_text


def test_a_locked_run_refuses_an_entry_that_does_not_match_its_digest(series):
    series.server.world = synthetic_world(2)
    series.write(references_for(series.server.world))
    series.run(0)
    series.lock_path.write_text(series.lock_text.replace('"volume": "1"', '"volume": "2"', 1), encoding="utf-8")
    with pytest.raises(LockError, match="does not match its digest: edited by hand") as caught:
        series.locked(0)
    assert series.lock_text.splitlines()[caught.value.line - 1].startswith('    "')
    assert "--update-lock" in str(caught.value)


def test_a_locked_run_without_a_lock_says_how_to_come_by_one(series):
    series.write(references_for(synthetic_world(1)))
    with pytest.raises(LockError, match="lock file not found") as caught:
        series.locked(0)
    assert "--update-lock" in str(caught.value)


def test_that_the_lock_is_outdated_is_reported_when_it_is_not_updated(series):
    series.server.world = synthetic_world(2)
    series.write(references_for(series.server.world))
    series.run(0)
    series.server.world = series.server.world.with_retraction("10000001", NoticeLink("RetractionIn", "x", pmid="9"))
    before = series.lock_text
    series.run(1, update=False)
    assert series.lock_results[0].outdated == 1
    assert series.lock_text == before


def test_no_lock_is_written_for_a_day_before_its_own(series):
    series.server.world = synthetic_world(1)
    series.write(references_for(series.server.world))
    series.run(5)
    request = series.request(3, Mode.ONLINE)
    with pytest.raises(LockError, match="after 2026-11-04"):
        require_no_later_lock([series.lock], request.as_of)
    require_no_later_lock([series.lock], series.request(4, Mode.ONLINE).as_of)


def test_each_file_has_the_lock_of_its_name(tmp_path):
    names = [path.as_posix() for path in lock_paths(["a/references.yaml", "x.references.yml"])]
    assert names == ["a/references.lock.json", "x.references.lock.json"]
    assert [path.as_posix() for path in lock_paths(["a.yaml"], "other.json")] == ["other.json"]
    with pytest.raises(UsageError, match="would share the lock"):
        lock_paths(["references.yaml", "references.yml"])
    with pytest.raises(UsageError, match="cannot be used for 2 references files"):
        lock_paths(["a.yaml", "b.yaml"], "other.json")
    assert read_lock(tmp_path / "none.lock.json").lock is None


def test_several_files_are_judged_each_by_its_lock(series):
    world = synthetic_world(4)
    series.server.world = world
    series.write(references_for(world.without_article("10000003", "10000004")), "a.references.yaml")
    series.write(references_for(world.without_article("10000001", "10000002")), "b.references.yaml")
    (series.folder / "references.yaml").unlink(missing_ok=True)
    request = series.request(0, path=series.folder)
    online = series.run_request(request, 0)
    assert sorted(path.name for path in series.folder.glob("*.lock.json")) == [
        "a.references.lock.json",
        "b.references.lock.json",
    ]
    locks = [read_lock(path) for path in lock_paths(library.path for library in request.libraries)]
    assert [len(lock.sound().entries) for lock in locks] == [4, 4]
    locked = check_locked(replace(request, mode=Mode.LOCKED), locks, series.clock_on(0), lambda *_: None)
    assert verdicts(locked) == verdicts(online)


@contextmanager
def no_room_for_files():
    """As on a full disk: the kernel refuses every byte written to a file."""
    resource = pytest.importorskip("resource")  # not on Windows
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_writing_leaves_the_old_lock_intact_when_it_fails_and_keeps_links_and_modes(tmp_path):
    real, link = tmp_path / "real.json", tmp_path / "references.lock.json"
    real.write_text(lock_text(Lock()), encoding="utf-8", newline="")
    real.chmod(0o640)
    link.symlink_to(real)
    old, new = read_lock(link), Lock()
    assert not write_lock(old, new)
    changed = LockFile(link, old.lock, "something else")
    with no_room_for_files(), pytest.raises(LockError, match="cannot be written"):
        write_lock(changed, new)
    assert real.read_text(encoding="utf-8") == old.text
    assert write_lock(changed, new)
    assert link.is_symlink()
    assert sys.platform == "win32" or real.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real.json", "references.lock.json"]


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_asked(tmp_path):
    require_writable(tmp_path / "references.lock.json")
    with pytest.raises(LockError, match=r"directory \S+ not found"):
        require_writable(tmp_path / "none" / "references.lock.json")
    with pytest.raises(LockError, match="not a regular file"):
        require_writable(tmp_path)
