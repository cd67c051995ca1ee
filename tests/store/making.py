"""What the store's tests are made of: a clock that is told the time, answers, runs."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from evidence.findings import Finding, fingerprint
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Found
from evidence.model.policy import Policy, Severity
from evidence.model.records import Article
from evidence.model.references import Place
from evidence.report import BegunRun, Exit, Input, Mode
from evidence.store.store import Store
from evidence.store.values import RunEnd

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)
ADDRESS = "https://eutils.example/entrez"


class ToldClock:
    """Stands still until it is set or slept on."""

    def __init__(self, moment=NOON):
        self.moment = moment
        self.passed = 0.0

    def now(self):
        return self.moment

    def monotonic(self):
        return self.passed

    def sleep(self, seconds):
        self.passed += seconds
        self.moment += timedelta(seconds=seconds)


class RealClock:
    def now(self):
        return datetime.now(UTC)

    def monotonic(self):
        return time.monotonic()

    def sleep(self, seconds):
        time.sleep(seconds)


def open_store(path, clock=None, **options):
    return Store.open(path, tool_version="1.2.3", clock=clock or ToldClock(), **options)


@contextmanager
def connection_of(store):
    """The store's own connection, to do what no part of the program would."""
    with store._database.read() as connection:
        yield connection


def lifted(connection, *tables):
    """Take the triggers away that keep these tables append-only, as somebody who owns the file can."""
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        if name.startswith(tuple(f"{table}_keep_" for table in tables)):
            connection.execute(f"DROP TRIGGER {name}")


def pmid(number):
    return Identifier(IdKind.PMID, str(number))


def found(identifier, raw=b"<PubmedArticle/>", *, at=NOON, address=ADDRESS, **more):
    return Answer(identifier, Found(Article(identifier, "A title")), "pubmed", address, at, raw=raw, **more)


def unheard(identifier, outcome, *, at=NOON, address=ADDRESS):
    return Answer(identifier, outcome, "pubmed", address, at)


def begun(run_id, *, started=NOON, as_of=TODAY, **more):
    given = {
        "mode": Mode.ONLINE,
        "actor": "editor",
        "tool_version": "1.2.3",
        "inputs": (Input("references.yaml", "ab" * 32),),
        "policies": {"references.yaml": Policy(severity={"MET007": Severity.WARNING})},
    }
    return BegunRun(id=run_id, started=started, as_of=as_of, **(given | more))


def finding(code="RET001", reference="younger-2013", message="is retracted"):
    place = Place("references.yaml", 12, 5)
    return Finding(
        code, "retracted-publication", Severity.ERROR, reference, place, message, fingerprint(code, reference, message)
    )


def ended(report=b'{"version": 1}\n', findings=(), ignored=(), code=Exit.CLEAN):
    return RunEnd(NOON + timedelta(minutes=1), code, report, tuple(findings), tuple(ignored))
