"""What the tests of verification are made of: a store with one of everything, and one byte changed in it at a time."""

import json
import random
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from evidence.audit.flaws import Flaw, Remark
from evidence.audit.logfile import LogFile
from evidence.model.deeds import Action, Deed
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Found, NotFound
from evidence.model.policy import Policy
from evidence.model.records import Page
from evidence.verifying.everything import verify
from evidence.verifying.subject import gathered
from store.making import NOON, TODAY, ToldClock, begun, ended, finding, found, open_store, pmid, unheard

NOT_VERIFIED = {"pace", "pending", "_sqlite_migrations"}
"""Of the moment, or bookkeeping of the library that builds the tables."""

DAY = timedelta(days=1)


def page(number):
    identifier = Identifier(IdKind.URL, f"https://example.org/{number}")
    record = Page(identifier, f"https://example.org/{number}", "A page", 200, fingerprint="1.30.AAAA")
    return Answer(identifier, Found(record), "web", "web", NOON, raw=b'{"page": %d}' % number)


def filled(folder):
    """A store and its log with runs, findings, answers, prunings and edits of every kind."""
    clock = ToldClock()
    path = folder / "evidence.db"
    with open_store(path, clock, log=folder / "evidence.log.jsonl") as store:
        for number in range(4):
            clock.moment = NOON + number * DAY
            today = TODAY + number * DAY
            name = f"run-{number}"
            policy = Policy(confirm_dead=1 + number // 2)
            store.begin_run(begun(name, started=clock.now(), as_of=today, policies={"references.yaml": policy}))
            seen = [found(pmid(n), b"<PubmedArticle>%d %d</PubmedArticle>" % (n, number % 2)) for n in range(1, 4)]
            seen += [unheard(pmid(9), NotFound("no such PMID", 404)), page(number)]
            store.keep(seen, today)
            store.observe(name, seen, today)
            head = store.head()
            report = {"version": 1, "audit": {"sequence": head.sequence, "head": head.hash}, "number": number}
            store.end_run(name, ended(json.dumps(report).encode(), [finding(), finding("MET001")]))
        store.begin_run(begun("killed", started=clock.now()))
        trail = store.trail("editor", TODAY)
        trail.note(Deed(Action.WAIVE, "younger-2013", reason="it is discussed", details={"code": "RET001"}))
        store.prune(unused_since=NOON - DAY, actor="owner")
    return path


def told_of(path, locks=()):
    """All that verifying a store and its log has to say."""
    clock = ToldClock()
    with gathered(path, LogFile(path.with_suffix(".log.jsonl"), clock, 1), locks, clock) as subject:
        return list(verify(subject))


def flaws_of(path, locks=()):
    return [one for one in told_of(path, locks) if isinstance(one, Flaw)]


def remarks_of(path, locks=()):
    return [one.text for one in told_of(path, locks) if isinstance(one, Remark)]


@contextmanager
def owning(path):
    """The store in the hands of somebody who owns the file: no trigger and no foreign key stands in the way."""
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
