"""Five hundred random single-byte changes, in everything that the trail binds; and what raw bytes of the file mean."""

import os
import shutil
import sys
import time
from collections import Counter

import pytest

from audit.damage import cells, change, flaws_of, one_byte_changed, owning, seeded, store_with_everything
from evidence.audit.events import NOTHING, Stamp, line_of, parse_event
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry
from evidence.model.errors import EvidenceError
from factories import TODAY, open_store
from fakes import NOON

CHANGES = int(os.environ.get("EVIDENCE_CHANGES", "500"))
EVENTS = int(os.environ.get("EVIDENCE_EVENTS", "100000"))
FILES = ("evidence.db", "evidence.log.jsonl")

pytestmark = pytest.mark.acceptance


def copied(sound, folder):
    folder.mkdir(exist_ok=True)
    for left in folder.glob("evidence*"):
        left.unlink()
    for name in FILES:
        shutil.copy(sound.parent / name, folder / name)
    return folder / "evidence.db"


def tampered(path, by_table, rng):
    """Change one byte: of the log, or of a value in a table that is drawn first, so that small ones have their turn."""
    table = rng.choice(["the log", *sorted(by_table)])
    if table == "the log":
        log = path.with_suffix(".log.jsonl")
        log.write_bytes(one_byte_changed(log.read_bytes(), rng))
        return table, "a byte of the log"
    cell = rng.choice(by_table[table])
    change(path, cell, rng)
    return table, str(cell)


def test_no_change_of_one_byte_is_missed(tmp_path):
    sound = store_with_everything(tmp_path)
    assert flaws_of(sound) == []
    by_table = {}
    for cell in cells(sound):
        by_table.setdefault(cell.table, []).append(cell)
    reported, missed, unnamed = Counter(), [], []
    for seed in range(CHANGES):
        path = copied(sound, tmp_path / "changed")
        where, what = tampered(path, by_table, seeded(seed))
        reported[where] += 1
        flaws = flaws_of(path)
        if not flaws:
            missed.append((seed, what))
        unnamed += [what for flaw in flaws if not (flaw.place and flaw.what and flaw.fix)]
    sys.stdout.write(f"\n{CHANGES} changes: {dict(sorted(reported.items()))}; missed: {missed}\n")
    assert (missed, unnamed) == ([], [])


def test_a_byte_of_the_file_is_found_or_means_nothing(tmp_path):
    """SQLite's own bytes: free space within pages, unused header fields and counters hold nothing that is recorded.

    So a change of one that no flaw tells of leaves every row of every verified table as it was.
    """
    sound = store_with_everything(tmp_path)
    before = contents(sound)
    reported = Counter()
    for seed in range(CHANGES):
        rng = seeded(seed)
        path = copied(sound, tmp_path / "changed")
        path.write_bytes(one_byte_changed(path.read_bytes(), rng))
        try:
            flaws = flaws_of(path)
        except EvidenceError:
            reported["cannot be opened as a store"] += 1
            continue
        if flaws:
            reported["told"] += 1
            continue
        reported["means nothing"] += 1
        assert contents(path) == before, seed
    sys.stdout.write(f"\n{CHANGES} changes of bytes of the file: {dict(reported)}\n")
    assert reported["told"]


def contents(path):
    """Every value of every row that is verified."""
    with owning(path) as connection:
        names = {cell.table for cell in cells(path)}
        return {
            table: connection.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid").fetchall()  # noqa: S608
            for table in sorted(names)
        }


def test_a_long_chain_is_verified(tmp_path):
    path = tmp_path / "evidence.db"
    lines, head = [], NOTHING
    for number in range(EVENTS):
        stamp = Stamp(NOON, TODAY, "editor", "1.2.3")
        action = AuditEntry(
            AuditAction.WAIVE, f"reference-{number % 500}", ActionStatus.REFUSED, reason="it is discussed in the text"
        )
        lines.append(line_of(action, stamp, head))
        head = parse_event(lines[-1]).head
    log = path.with_suffix(".log.jsonl")
    log.write_text("".join(f"{line}\n" for line in lines))
    with open_store(path, log=log) as store:
        store.trail("editor", TODAY).note(AuditEntry(AuditAction.ADD, "the last"))
    began = time.process_time()
    assert flaws_of(path) == []
    seconds = time.process_time() - began
    sys.stdout.write(f"\n{EVENTS} events ({log.stat().st_size / 1e6:.0f} MB of log) in {seconds:.1f} CPU s\n")
