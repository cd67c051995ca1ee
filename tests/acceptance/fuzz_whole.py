"""Fuzz targets that go the whole way: from a library, and PubMed's answer about it, to the report that is shown."""

import contextlib
import json
import tempfile
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

from evidence.checking.lookups import Lane
from evidence.checking.order import Order
from evidence.checking.run import check
from evidence.errors import FileError
from evidence.escape import one_line
from evidence.findings import Selection
from evidence.formats.json_report import document, render_json
from evidence.formats.text import TextOptions, render_text
from evidence.library.reading import read_library
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Cause, Found, Unavailable
from evidence.registry import RULING
from evidence.report import BegunRun, Mode
from evidence.sources import pubmed_xml

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SETID = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
_FOLDER = tempfile.TemporaryDirectory(prefix="evidence-fuzz-")


def _library(data):
    path = Path(_FOLDER.name) / "references.yaml"
    path.write_bytes(data)
    return read_library(path)


def is_shown_safely(text):
    """No control character but the line break, no override of the writing direction; spaces of any width may be."""
    wrong = [hex(ord(c)) for c in text if c != "\n" and not c.isprintable() and unicodedata.category(c) != "Zs"]
    assert not wrong, wrong


class _Answers:
    """A source that answers from a dictionary; the rest is silence."""

    def __init__(self, known):
        self._known = known

    def look_up(self, wanted):
        for identifier in wanted:
            outcome = self._known.get(identifier) or Unavailable("nobody\x1b[31m answers\u202e", Cause.TIMEOUT)
            yield Answer(identifier, outcome, "pubmed", "here", NOON)


class _Forgetful:
    """A ledger without a memory."""

    def begin_run(self, run):
        pass

    def observe(self, run_id, answers, as_of):
        pass

    def history(self, *_):
        return {}

    def previous(self, _run_id):
        return None

    def seen_since(self, *_):
        return {}

    def end_run(self, report):
        return report

    def fail_run(self, run_id, why):
        pass


class _Still:
    """A clock that stands still."""

    def now(self):
        return NOON

    def monotonic(self):
        return 0.0

    def sleep(self, seconds):
        pass


def _judged(library, known):
    """The whole way from a library to its report, in both forms."""
    lane = Lane("all", frozenset(IdKind), _Answers(known))
    begun = BegunRun(
        id="run",
        started=NOON,
        as_of=date(2026, 11, 23),
        mode=Mode.ONLINE,
        actor="someone\x1b]0;x\x07",
        tool_version="0",
        inputs=(),
        policies={library.path: library.policy},
    )
    order = Order(libraries=(library,), lanes=(lane,), ruling=RULING, selection=Selection())
    report = check(order, begun, ledger=_Forgetful(), clock=_Still(), progress=lambda *_: None)
    shown = document(report)
    for options in (TextOptions(verbose=1, width=60), TextOptions(unicode=False), TextOptions(quiet=True)):
        is_shown_safely(render_text(shown, options))
    told = render_json(shown)
    is_shown_safely(told)
    assert json.loads(told)["summary"] == shown["summary"]


def library_yaml(data):
    """A references.yaml: read or refused in one line, and whatever is read can be judged and shown."""
    try:
        library = _library(data)
    except FileError as error:
        is_shown_safely(one_line(str(error)))
        return
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for reference in library.references:
        assert 1 <= reference.place.line <= lines
    _judged(library, {})


def references_and_record(data):
    """A library and PubMed's answer about its PMIDs: compared, judged and shown, whatever both say."""
    written, _, sent = data.partition(b"\x00\x00")
    try:
        library = _library(written)
    except FileError:
        return
    known = {}
    for pmid, raw in pubmed_xml.split_articles(sent):
        with contextlib.suppress(pubmed_xml.SchemaDriftError):
            known[Identifier(IdKind.PMID, pmid)] = Found(pubmed_xml.read_article(raw))
    _judged(library, known)
