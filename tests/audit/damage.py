"""A store with one of everything, and one byte changed in it at a time; commands killed at random."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from evidence.app.verify import verify, verify_subject
from evidence.audit.events import Flaw, Remark
from evidence.audit.log import LogFile
from evidence.library.reader import read_library
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Found, NotFound
from evidence.model.policy import Policy
from evidence.model.records import Page
from evidence.storage.maintenance import prune
from factories import TODAY, answer, begun_run, end_run, finding, found_answer, open_store, pmid
from fakes import NOON, FakeClock
from processes import kill, unsound

# A store with one of everything, and one byte changed in it

NOT_VERIFIED = {"pace", "pending", "_sqlite_migrations"}
"""Of the moment, or bookkeeping of the library that builds the tables."""

_DAY = timedelta(days=1)


def page(number):
    identifier = Identifier(IdKind.URL, f"https://example.org/{number}")
    record = Page(identifier, f"https://example.org/{number}", "A page", 200, fingerprint="1.30.AAAA")
    return Answer(identifier, Found(record), "web", "web", NOON, raw=b'{"page": %d}' % number)


def store_with_everything(folder):
    """A store and its log with runs, findings, answers, prunings and edits of every kind."""
    clock = FakeClock()
    path = folder / "evidence.db"
    with open_store(path, clock, log=folder / "evidence.log.jsonl") as store:
        for number in range(4):
            clock.moment = NOON + number * _DAY
            today = TODAY + number * _DAY
            name = f"run-{number}"
            policy = Policy(confirm_dead=1 + number // 2)
            store.begin_run(begun_run(name, started=clock.now(), as_of=today, policies={"references.yaml": policy}))
            observed = [
                found_answer(pmid(n), b"<PubmedArticle>%d %d</PubmedArticle>" % (n, number % 2)) for n in range(1, 4)
            ]
            observed += [answer(pmid(9), NotFound("no such PMID", 404)), page(number)]
            store.cache.keep(observed, today)
            store.observe(name, observed, today)
            head = store.audit.head()
            report = {"version": 1, "audit": {"sequence": head.sequence, "head": head.hash}, "number": number}
            end_run(store, name, json.dumps(report).encode(), findings=[finding(), finding("MET001")])
        store.begin_run(begun_run("killed", started=clock.now()))
        trail = store.trail("editor", TODAY)
        trail.note(AuditEntry(AuditAction.WAIVE, "younger-2013", reason="it is discussed", details={"code": "RET001"}))
        prune(store, unused_since=NOON - _DAY, actor="owner")
    return path


def results_of(path, locks=()):
    """All that verifying a store and its log has to say."""
    clock = FakeClock()
    with verify_subject(path, LogFile(path.with_suffix(".log.jsonl"), clock, 1), locks, clock) as subject:
        return list(verify(subject))


def flaws_of(path, locks=()):
    return [one for one in results_of(path, locks) if isinstance(one, Flaw)]


def remarks_of(path, locks=()):
    return [one.text for one in results_of(path, locks) if isinstance(one, Remark)]


@contextmanager
def owning(path):
    """The store in the hands of somebody who owns the file: no trigger and no foreign key prevents it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in triggers:
            connection.execute(sql)


@dataclass(frozen=True)
class Cell:
    """One value of one row; `row` is its rowid."""

    table: str
    column: str
    row: int

    def __str__(self):
        return f"{self.table}.{self.column} of row {self.row}"


def cells(path):
    """Every value in every table that is verified."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in sorted(set(names) - NOT_VERIFIED):
            query = f"SELECT rowid AS row, * FROM {table} ORDER BY rowid"  # noqa: S608
            rows = connection.execute(query)
            columns = [column[0] for column in rows.description]
            for row, *values in rows:
                for column, value in zip(columns[1:], values, strict=True):
                    if value not in (None, "", b""):
                        yield Cell(table, column, row)


def one_byte_changed(raw, rng):
    """The bytes with one of them another."""
    at = rng.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ rng.randrange(1, 256)]) + raw[at + 1 :]


def change(path, cell, rng):
    """Change one byte of a value; a number's byte is one of its eight in two's complement."""
    where = f"{cell.table} WHERE rowid = ?"
    with owning(path) as connection:
        connection.text_factory = bytes
        (value,) = connection.execute(f'SELECT "{cell.column}" FROM {where}', (cell.row,)).fetchone()  # noqa: S608
        update = f'UPDATE {cell.table} SET "{cell.column}" = {{}} WHERE rowid = ?'  # noqa: S608
        if isinstance(value, int):
            shifted = value ^ (rng.randrange(1, 128) << 8 * rng.randrange(4))
            connection.execute(update.format("?"), (shifted, cell.row))
            return
        kind = connection.execute(f'SELECT typeof("{cell.column}") FROM {where}', (cell.row,)).fetchone()[0]  # noqa: S608
        changed = one_byte_changed(value, rng)
        connection.execute(update.format("CAST(? AS TEXT)" if kind == b"text" else "?"), (changed, cell.row))


def seeded(number):
    return random.Random(number)


# `kill -9` while commands edit files under the audit trail: what is left, and what `evidence verify` says of it.
# Give `killed_at_random` a folder with a library, its store and log (an `Inside`, whose environment the killed
# processes get too), and the commands to be killed, each made again for its turn. After every kill the library
# must be complete, the store sound, and every flaw one that says what to do; after the next command that is
# recorded, no flaw may be left.

EXPECTED = ("which has no end event", "the log ends after event")
"""What may be left by a kill: an edit without its end, and a log that is completed later."""


@dataclass
class KillReport:
    """What was seen; `wrong` must stay empty."""

    counts: Counter = field(default_factory=Counter)
    wrong: list = field(default_factory=list)


def killed_at_random(
    evidence, commands: Sequence[Callable[[int], Sequence[str]]], settling, *, kills: int, seed: int, ends=(0,)
) -> KillReport:
    """Kill so many commands, by turns, at moments most of which lie where the file is being replaced.

    `settling` makes a command that is recorded whatever was left, and so settles it; it may end with any of `ends`.
    """
    rng, reported = random.Random(seed), KillReport()
    path = evidence.folder / "references.yaml"
    for number in range(kills):
        arguments = [str(part) for part in commands[number % len(commands)](number)]
        before = path.read_bytes()
        _killed(evidence, arguments, rng, reported)
        _examine(evidence, path, before, arguments, reported)
        done = evidence(*map(str, settling(number)))
        if done.returncode not in ends:
            reported.wrong.append(f"{arguments}: the next command: {done.stderr}")
        reported.counts["settled by the next command"] += "was interrupted" in done.stderr
        for flaw in _flaws(evidence, reported):
            reported.wrong.append(f"{arguments}: left after the next command: {flaw}")
    return reported


def _killed(evidence, arguments, rng, reported):
    process = subprocess.Popen(
        [sys.executable, "-m", "evidence", *arguments],
        cwd=evidence.folder,
        env=evidence.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if rng.random() < 0.25:
        time.sleep(rng.uniform(0.02, 1.0))
    else:
        _await_trail(evidence, process)
        time.sleep(rng.uniform(0, rng.choice([0, 0.004, 0.02, 0.06, 0.2])))
    killed = kill(process)
    reported.counts["killed" if killed else "already over"] += 1
    reported.counts[f"{arguments[0]} " + ("killed" if killed else f"over, exit {process.returncode}")] += 1


def _await_trail(evidence, process):
    """Until the command has begun to write to the trail."""
    files = [evidence.folder / name for name in ("evidence.db-wal", "evidence.log.jsonl")]
    before = [_size(file) for file in files]
    while process.poll() is None and [_size(file) for file in files] in (before, [0, before[1]]):
        time.sleep(0.0002)


def _size(file):
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _examine(evidence, path, before, arguments, reported):
    """What was left: the old file or a new one, both complete; a sound store; flaws that say what to do."""
    after = path.read_bytes()
    reported.counts["file replaced" if after != before else "file as before"] += 1
    reported.counts[f"{arguments[0]}: file {'replaced' if after != before else 'as before'}"] += 1
    library = read_library(path)
    if library.faults:
        reported.wrong.append(f"{arguments}: {library.faults}")
    reported.wrong += [f"{arguments}: {wrong}" for wrong in unsound(evidence.folder / "evidence.db")]
    for flaw in _flaws(evidence, reported):
        reported.counts[next((kind for kind in EXPECTED if kind in flaw["what"]), "another flaw")] += 1
        if not (flaw["fix"] and any(kind in flaw["what"] for kind in EXPECTED)):
            reported.wrong.append(f"{arguments}: {flaw}")


def _flaws(evidence, reported):
    done = evidence("verify", "--json")
    if done.returncode not in {0, 1}:
        reported.wrong.append(f"verify: exit {done.returncode}: {done.stderr}")
        return []
    return json.loads(done.stdout)["flaws"]
