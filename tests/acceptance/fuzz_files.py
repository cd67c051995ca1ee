"""Fuzz targets: files that people bring, as functions of bytes, from their reader to what is written and shown of them.

Each bears any bytes: it reads them, or refuses them with an `EvidenceError` of one line.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from datetime import date
from functools import cache, partial
from pathlib import Path

from acceptance import fuzzing
from acceptance.fuzzing import Target, is_printed_safely, judged
from evidence.app.import_ import begin, new_library, plan, style_fixed
from evidence.app.import_files import ImportFormat
from evidence.app.import_listing import Listing, printed_list, read_listing
from evidence.audit.events import NOTHING, Event, Stamp, event_document, line_of, unfinished, walk
from evidence.audit.log import LogFile
from evidence.bibliography import styles
from evidence.bibliography.writers import WRITERS
from evidence.cli.import_ import table
from evidence.documents import pdf_child
from evidence.documents.citations import MonographReading
from evidence.documents.document import DocumentFormat
from evidence.documents.pdf import document_of
from evidence.documents.reader import parse_document
from evidence.library.config import read_configuration
from evidence.library.editor import edit
from evidence.library.files import SourceText
from evidence.library.reader import read_library, read_text
from evidence.model.audit import ActionStatus, AuditAction, AuditEntry
from evidence.model.errors import EvidenceError
from evidence.model.identifiers import Identifier
from evidence.model.outcomes import Answer
from evidence.model.text import canonical_json, canonical_sha256, one_line
from evidence.storage.lock import Lock, LockedAnswer, entry_of
from evidence.storage.lockdiff import changes
from evidence.storage.lockfile import entry_digest, lock_text
from evidence.storage.lockfile import read_text as read_lock_text
from factories import PRINTED_REFERENCES, docx_file, items_of_all_kinds, sample_results
from fakes import NOON, StoppedClock
from pdf_files import PdfFile

_TODAY = date(2026, 11, 30)
_FOLDER = tempfile.TemporaryDirectory(prefix="evidence-fuzz-files-")


def _bears_broken_input(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """The target, for which an error of one line is an answer too."""

    def target(data: bytes) -> None:
        try:
            run(data)
        except EvidenceError as error:
            is_printed_safely(one_line(str(error)))

    return target


# Files to import: the library that is made of them is read, judged, and made once


def _imported(listing: Listing) -> SourceText:
    source = new_library(Path("references.yaml"), listing.title, Path("monograph"))
    begun = begin(listing, read_text(source))
    planned = plan(begun, None, _TODAY)
    for width in (None, 60):
        is_printed_safely("\n".join(table(planned, listing, width)))
    edited = edit(source, planned.changes)
    assert not edited.refused
    again = SourceText("references.yaml", edited.text, "1")
    begun = begin(listing, read_text(again))
    planned = plan(begun, None, _TODAY, style_fixed(begun, {}, _TODAY))
    assert edit(again, planned.changes).text == edited.text
    return again


def managed(kind: ImportFormat, data: bytes) -> None:
    """A reference manager's file, imported twice and checked."""
    judged(read_text(_imported(read_listing("made", data, kind))), {})


def monograph(form: DocumentFormat, data: bytes) -> None:
    """A monograph: its list is imported, and its citations are checked against what was imported."""
    if form is DocumentFormat.PDF:  # without the process of its own, which nothing could look into
        document = document_of("made.pdf", data, pdf_child.answer(data))
    else:
        document = parse_document(f"made.{form}", data, form)
    library = read_text(_imported(printed_list(document)))
    judged(library, {}, {library.path: MonographReading(document, library)})


def word_file(data: bytes) -> None:
    """A DOCX file, or the text part of one."""
    monograph(DocumentFormat.DOCX, data if data.startswith(b"PK") else _word_file_of(data))


def _word_file_of(text: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_word_file())) as made, zipfile.ZipFile(packed, "w") as new:
        for name in made.namelist():
            new.writestr(name, text if name == "word/document.xml" else made.read(name))
    return packed.getvalue()


# What a repository holds beside its references


def waivers(data: bytes) -> None:
    """A file of waivers beside a library that they are about."""
    folder = Path(_FOLDER.name)
    (folder / "references.yaml").write_bytes(fuzzing.TARGETS["library_yaml"].seeds[0].replace(b"file: a.md", b""))
    (folder / "waivers.yaml").write_bytes(data)
    judged(read_library(folder / "references.yaml"), {})


def configuration(data: bytes) -> None:
    """An evidence.toml."""
    place = Path(_FOLDER.name) / "evidence.toml"
    place.write_bytes(data)
    with contextlib.chdir(place.parent):
        read_configuration(place, place.parent)


def lock_file(data: bytes) -> None:
    """A lock: as it is, and with digests that are right; whatever is read is written, read again and compared."""
    text = data.decode("utf-8", "replace")
    for written in (text, _with_digests(text)):
        with contextlib.suppress(EvidenceError):
            lock = read_lock_text(written, "references.lock.json")
            again = read_lock_text(lock_text(lock), "references.lock.json")
            assert (again.entries, again.complete, again.audit) == (lock.entries, lock.complete, lock.audit)
            for old, new in ((Lock(), lock), (lock, Lock()), (_lock(), lock)):
                is_printed_safely("\n".join(one_line(f"{c.title} {c.message}") for c in changes(old, new, 0.5)))
    read_lock_text(text, "references.lock.json")


def _with_digests(text: str) -> str:
    with contextlib.suppress(ValueError, RecursionError, TypeError):
        read = json.loads(text)
        if isinstance(read, dict) and isinstance(read.get("identifiers"), dict):
            for name, entry in read["identifiers"].items():
                if isinstance(entry, dict):
                    facts = {key: value for key, value in entry.items() if key not in ("digest", "verified")}
                    entry["digest"] = entry_digest(name, facts)
            head = {key: read[key] for key in ("version", "last-complete-run", "audit-head") if key in read}
            read["digest"] = canonical_sha256(head)
            return json.dumps(read)
    return text


def event_log(data: bytes) -> None:
    """An audit log: as it is, and with hashes that are right."""
    place = Path(_FOLDER.name) / "evidence.log.jsonl"
    place.write_bytes(data)
    log = LogFile(place, StoppedClock(), 0)
    lines, rest = log.lines()
    assert log.tail() == ((lines or [None])[-1], rest)
    for written in (lines, list(_with_hashes(lines))):
        events = {}
        for number, link in enumerate(walk(written)):
            if isinstance(link, Event):
                events[number] = link
                is_printed_safely(one_line(json.dumps(event_document(link))))
            else:
                is_printed_safely(one_line(link.what))
        unfinished(events)


def _with_hashes(lines: list[str]) -> list[str]:
    before, made = NOTHING.hash, []
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError, TypeError):
            values = json.loads(line)
            if isinstance(values, dict):
                values["previous"] = before
                values.pop("hash", None)
                before = canonical_sha256(values)
                made.append(canonical_json(values | {"hash": before}))
    return made


def citation_style(data: bytes) -> None:
    """A CSL style in a file."""
    place = Path(_FOLDER.name) / "made.csl"
    place.write_bytes(data)
    style = styles.find_style(str(place))
    for keep_order in (False, True):
        styles.patched(style, keep_order=keep_order)
    for item in items_of_all_kinds():
        styles.prepared(item, style)


# Examples to begin from


def _lines(form: DocumentFormat) -> list[str]:
    entries = [f"{number}. {reference}" for number, reference in enumerate(PRINTED_REFERENCES, 1)]
    sign = "# " if form is DocumentFormat.MARKDOWN else ""
    text = "It works [1], is safe [2-4] and was compared (Alder and Birch 2019; Cedar et al., 2021)."
    return [f"{sign}Examplinib", "", text, "", f"#{sign}References" if sign else "References", "", *entries, ""]


_MARKDOWN_NOTES = (
    "A[^1] b [see](#ref-2) <sup>1,2</sup> [@elm-2020]\n\n| No. | Reference |\n|--|--|\n| 1 | {} |\n\n[^1]: {}\n"
)
_HTML = (
    "<!doctype html><html><head><title>E</title><style>p {{}}</style></head><body><h1>Examplinib</h1>"
    '<p>It works <sup><a href="#r1">1</a></sup>, is safe [2&ndash;3].</p><h2>References</h2>'
    '<ol><li id="r1">{}</li><li>{}</li></ol><table><tr><td>3</td><td>{}</td></tr></table></body></html>'
)


@cache
def _word_file() -> bytes:
    def fill(document) -> None:
        for line in _lines(DocumentFormat.TEXT):
            document.add_paragraph(line)
        table = document.add_table(1, 2)
        table.rows[0].cells[1].text = PRINTED_REFERENCES[0]

    return docx_file(fill)


def _word_text() -> bytes:
    with zipfile.ZipFile(io.BytesIO(_word_file())) as made:
        return made.read("word/document.xml")


def _pdf() -> bytes:
    made = PdfFile()
    made.column(_lines(DocumentFormat.PDF))
    made.link(72, 700, 300, 712, "https://example.org/examplinib")
    return made.bytes()


def _manager_file(kind: ImportFormat) -> bytes:
    return WRITERS[str(kind)](items_of_all_kinds()).encode()


_WAIVERS = b"""\
waivers:
- code: ACC004
  reference: two
  category: accepted-risk
  reason: the month is all we have
  requested-by: A. Author
  approved-by: B. Reviewer
  since: 2026-01-01
  until: 2027-01-01
  evidence: {finding: 0123456789abcdef0123456789abcdef, dailymed: "3"}
"""
_TOML = b"""\
files = ["monographs/*/references.yaml", "other.yaml"]
store = "evidence.db"
format = ["text", "sarif=evidence.sarif"]
on-incomplete = "warn"
[policy]
accessed-limit = {webpage = "180 d", label = 90, article = "none"}
life.status = 2
severity = {MET007 = "warning"}
"""
_STYLE = b"""\
<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
<info><title>x</title><id>x/american-medical-association</id><updated>2020-01-01T00:00:00+00:00</updated></info>
<macro name="a"><names variable="author"><label/></names></macro><citation><layout><text macro="a"/></layout></citation>
<bibliography><sort><key macro="a"/></sort><layout><text macro="a"/>
<choose><if type="book"><text variable="title"/></if><else><text variable="URL"/></else></choose></layout>
</bibliography></style>
"""


@cache
def _lock() -> Lock:
    found = [answer for result in sample_results() for answer in result.answers if isinstance(answer, Answer)]
    entries: dict[Identifier, object] = {}
    for answer in found:
        entries[answer.identifier] = entry_of(LockedAnswer(answer, "0" * 64), _TODAY)
    return Lock(None, entries)


def _log() -> bytes:
    lines, head = [], NOTHING
    for action, ending in ((AuditAction.RUN, ActionStatus.DONE), (AuditAction.IMPORT, ActionStatus.BEGUN)):
        entry = AuditEntry(action, "references.yaml", ending, details={"from": "a.md", "new": "x"})
        lines.append(line_of(entry, Stamp(NOON, _TODAY, "someone", "0"), head))
        head = next(link.head for link in walk(lines[-1:], head) if isinstance(link, Event))
    return "".join(f"{line}\n" for line in lines).encode()


_MANAGERS = {
    "ris": ImportFormat.RIS,
    "nbib": ImportFormat.NBIB,
    "endnote": ImportFormat.ENDNOTE,
    "csl_json": ImportFormat.CSL_JSON,
    "csl_yaml": ImportFormat.CSL_YAML,
    "bibtex": ImportFormat.BIBTEX,
}


def _targets() -> dict[str, Target]:
    plain, marked = ("\n".join(_lines(form)).encode() for form in (DocumentFormat.TEXT, DocumentFormat.MARKDOWN))
    notes = _MARKDOWN_NOTES.format(*PRINTED_REFERENCES).encode()
    monographs = {
        "text": Target(partial(monograph, DocumentFormat.TEXT), (plain,)),
        "markdown": Target(partial(monograph, DocumentFormat.MARKDOWN), (marked, marked + notes)),
        "html": Target(partial(monograph, DocumentFormat.HTML), (_HTML.format(*PRINTED_REFERENCES).encode(),)),
        "docx": Target(word_file, (_word_text(), _word_file())),
        "pdf": Target(partial(monograph, DocumentFormat.PDF), (_pdf(),)),
    }
    managers = {name: Target(partial(managed, kind), (_manager_file(kind),)) for name, kind in _MANAGERS.items()}
    beside = {
        "waivers": Target(waivers, (_WAIVERS,)),
        "toml": Target(configuration, (_TOML,)),
        "lock": Target(lock_file, (lock_text(_lock()).encode(),)),
        "event_log": Target(event_log, (_log(),)),
        "csl_style": Target(citation_style, (_STYLE,)),
    }
    made = monographs | managers | beside
    return {name: Target(_bears_broken_input(target.run), target.seeds) for name, target in made.items()}


FILE_TARGETS = _targets()

TARGETS = fuzzing.TARGETS | FILE_TARGETS
"""Every fuzz target by name, with texts to begin from; fuzz_atheris.py, test_fuzz.py and test_growth.py feed them."""
