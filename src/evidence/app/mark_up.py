"""The monograph back with what a run found: each finding as a comment where it belongs in the text.

A finding is put where it was found, else at the reference in the list; an error also where the text first cites the
reference. What is about the file, or about a reference that the monograph does not list, is at the first citation or at
the beginning. A Word document gets Word's comments, any other monograph becomes a page with comments beside the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from evidence.app.registry import RULES
from evidence.documents.citations import MonographReading
from evidence.documents.document import Comment, DocumentFormat, Span
from evidence.documents.docx_comments import with_comments
from evidence.documents.marked_page import marked_page
from evidence.documents.reader import FORMS, LARGEST_BINARY, parse_document
from evidence.library.files import bytes_of, monograph_to_read
from evidence.model.claims import CLAIM_PREFIX
from evidence.model.errors import FileError, Place
from evidence.model.references import Library
from evidence.model.report import MONOGRAPH
from evidence.model.rule import Rule
from evidence.reports.document import Document, Values, claims_by_key, library_paths
from evidence.reports.html import what_to_do
from evidence.reports.wording import SEVERITIES


@dataclass(frozen=True, slots=True)
class MarkedUp:
    """A monograph with comments: the file's bytes, the end of its name, and how many comments there are.

    `is_judged` is False for a text that is not the one which the run judged: it was changed since.
    """

    content: bytes
    suffix: str
    comments: int
    is_judged: bool


def marked_suffix(monograph: Path) -> str:
    """The end of the name of what a monograph becomes."""
    return ".docx" if FORMS.get(monograph.suffix.lower()) is DocumentFormat.DOCX else ".html"


def marked_up(report: Document, library: Library, monograph: Path | None = None) -> MarkedUp | None:
    """A library's monograph with the findings of a run as comments, of the run's day; None where it names none.

    Args:
        report: The document of a run that judged the library.
        library: The library, as it is now.
        monograph: The file to mark up, where it is not the one that the library names.

    Raises:
        FileError: the monograph cannot be read, or lies where the library may name nothing.
    """
    path = monograph or monograph_to_read(library)
    if path is None:
        return None
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise FileError(f"cannot mark up {path.suffix or 'a file without an extension'}", path=path.as_posix())
    data = bytes_of(path, LARGEST_BINARY)
    reading = MonographReading(parse_document(path.as_posix(), data, form), library)
    marking = _Marking(report, reading)
    comments = sorted(marking.comments(), key=lambda comment: comment.span[0])
    day = date.fromisoformat(report["run"]["as_of"])
    if form is DocumentFormat.DOCX:
        content = with_comments(path.as_posix(), data, comments, day)
    else:
        title = library.monograph.title or path.name
        content = marked_page(reading.document, comments, title, day).encode()
    return MarkedUp(content, marked_suffix(path), len(comments), marking.is_judged)


@dataclass(frozen=True)
class _Marking:
    """What is said of one monograph, and where; without slots, so that everything is worked out once."""

    report: Document
    reading: MonographReading

    @cached_property
    def is_judged(self) -> bool:
        """Whether the text is the one that the run judged."""
        digest = self.reading.document.source.sha256
        inputs = self.report["run"]["inputs"]
        return any(item["sha256"] == digest for item in inputs if item.get("role") == MONOGRAPH)

    def comments(self) -> Iterator[Comment]:
        """A comment for each finding and each reference that could not be looked up; errors also where it is cited."""
        libraries = library_paths(self.report)
        path = self.reading.library.path
        findings = [item for item in self.report["findings"] if libraries.get(item["path"], item["path"]) == path]
        findings.sort(key=lambda finding: SEVERITIES.index(finding["severity"]))
        for finding in findings:
            words = self._words(finding)
            place = self._place(finding)
            if place is not None:
                yield Comment(place, words)
            cited = self._citations.get(finding["reference"])
            is_elsewhere = cited != place and not self._is_noted(finding)
            if finding["severity"] == "error" and cited is not None and is_elsewhere:
                yield Comment(cited, (f"Cited here. {words[0]}", *words[1:]))
        unchecked: dict[str, list[str]] = {}
        for item in self.report["unchecked"]:
            if item["path"] == path:
                unchecked.setdefault(item["reference"], []).append(f"{item['source']}: {item['reason']}")
        for reference, reasons in unchecked.items():
            place = self._place_of(reference)
            if place is not None:
                title = f"{self._mode}NOT CHECKED: {self._subject(reference)}"
                yield Comment(
                    place, (title, *dict.fromkeys(reasons), "It is not known whether anything is wrong with it.")
                )

    # What is said

    @property
    def _mode(self) -> str:
        is_stand_in = self.report["run"]["mode"] == "stand-in"
        return "[demo server, not the real services] " if is_stand_in else ""

    def _words(self, finding: Values) -> tuple[str, ...]:
        """Its title, what was found, what is to be done, and by whom until when."""
        code, name, reference = finding["code"], finding["name"], finding["reference"]
        subject = self._subject(reference) if reference else self.reading.library.path
        title = f"{self._mode}{finding['severity'].upper()} {code} {name}: {subject}"
        to_do = what_to_do(self._rules.get(code), finding["suggestion"])
        claim = self._claims.get((finding["path"], reference), {})
        entry = claim or self._entries.get(reference, {})
        due = next((item for item in self.report.get("due", ()) if item["reference"] == reference), None)
        lines = (
            f"Sentence: {claim['text']}" if claim else "",
            f"What to do: {to_do}" if to_do else "",
            f"Owner: {entry['owner']}" if entry.get("owner") else "",
            f"Due: {due['on']}, {due['message']}" if due and due["path"] == self.reading.library.path else "",
        )
        return (title, finding["message"], *filter(None, lines))

    def _subject(self, reference: str) -> str:
        """The reference with the number that the monograph prints, or the sentence."""
        if reference.startswith(CLAIM_PREFIX):
            return f"sentence {reference.removeprefix(CLAIM_PREFIX)}"
        printed = self.reading.printed.get(reference)
        number = printed.entry.number if printed is not None else None
        return f"reference {reference}" if number is None else f"reference {number} ({reference})"

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        return {rule.code: rule for rule in RULES}

    @cached_property
    def _claims(self) -> dict[tuple[str, str | None], dict[str, Any]]:
        return claims_by_key(self.report)

    @cached_property
    def _entries(self) -> dict[str | None, Values]:
        path = self.reading.library.path
        return {entry["id"]: entry for entry in reversed(self.report["references"]) if entry["path"] == path}

    # Where it is said

    def _place(self, finding: Values) -> Span | None:
        printed = finding["printed"]
        if printed is not None and self.is_judged:
            place = Place(printed["path"], printed["line"], printed["column"], printed["unit"] == "paragraph")
            return self._around(self.reading.offset(place))
        return self._place_of(finding["reference"])

    def _place_of(self, reference: str | None) -> Span | None:
        """Where the monograph prints a reference, else where it cites it, else the text's first paragraph."""
        printed = self.reading.printed.get(reference or "")
        if printed is not None:
            return printed.entry.passage.span
        blocks = self.reading.document.blocks
        return self._citations.get(reference) or (blocks[0].passage.span if blocks else None)

    def _around(self, offset: int) -> Span:
        """The citation, the entry, the sentence or else the paragraph, of which this is a place."""
        reading = self.reading
        spans = [marker.span for marker in reading.markers]
        spans += [entry.passage.span for entry in reading.entries]
        found = next((span for span in spans if span[0] <= offset < span[1]), None)
        if found is not None:
            return found
        blocks = (block.passage.span for block in reading.document.blocks)
        first, end = next((span for span in blocks if span[1] > offset), (offset, offset + 1))
        starts = [sentence.offset for sentence in reading.sentences.sentences]
        number = bisect_right(starts, offset) - 1
        if number >= 0 and starts[number] >= first:
            first = starts[number]
            end = min([end, *starts[number + 1 : number + 2]])
        text = reading.document.source.text[first:end]
        return first, first + max(1, len(text.rstrip()))

    @cached_property
    def _citations(self) -> dict[str | None, Span]:
        """The first citation of each reference."""
        found: dict[str | None, Span] = {}
        for marker in self.reading.markers:
            for reference in self.reading.cited_by(marker):
                found.setdefault(reference, marker.span)
        return found

    def _is_noted(self, finding: Values) -> bool:
        """Whether the reference is printed in a note, whose comments are at its mark: where it is cited."""
        printed = self.reading.printed.get(finding["reference"])
        return printed is not None and self.reading.document.blocks[printed.entry.blocks[0]].note
