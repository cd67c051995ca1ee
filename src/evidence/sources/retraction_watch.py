"""Retraction Watch as one CSV file, which Crossref gives away (gitlab.com/crossref/retraction-watch-data).

It is loaded and never asked. Each row is one notice about one work, named by DOI, PMID or both; "unavailable" and "0"
mean neither. Some rows are not sound UTF-8. What the file says of a work is stored as JSON: its rows, or that it has
none, which is a fact about the day of the file.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from evidence.model import identifiers as ids
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind, notices_about, work_of
from evidence.model.outcomes import Answer, Cause, NotFound, Unavailable
from evidence.model.ports import Clock
from evidence.model.records import Article, Journal, NoticeLink
from evidence.model.regex import regex
from evidence.sources.pubmed_files import BrokenFileError, lines_in
from evidence.sources.spec import Opener

NAME = "retraction-watch"
NOT_LISTED = "Retraction Watch lists no notice about it"

_TITLE, _JOURNAL = "Title", "Journal"
_DOI, _PMID = "OriginalPaperDOI", "OriginalPaperPubMedID"
_NATURE, _REASON, _DATE = "RetractionNature", "Reason", "RetractionDate"
_NOTICE_DOI, _NOTICE_PMID = "RetractionDOI", "RetractionPubMedID"
COLUMNS = (_TITLE, _JOURNAL, _DOI, _PMID, _NATURE, _REASON, _DATE, _NOTICE_DOI, _NOTICE_PMID)
"""The columns that are read, of some twenty."""

_NATURES = {
    "retraction": "RetractionIn",
    "expression of concern": "ExpressionOfConcernIn",
    "correction": "ErratumIn",
    "reinstatement": "ReinstatementIn",
}
_DAY = regex(r"(\d{1,2})/(\d{1,2})/(\d{4})\b.*")
_ABSENT = "not-listed"
_LONGEST_FIELD = 1_000_000  # characters


@dataclass(frozen=True, slots=True)
class ListedNotice:
    """One row: the numbers of the work that it is about, and what is stored of it."""

    works: tuple[Identifier, ...]
    values: Mapping[str, str]


def is_notice_list(head: bytes) -> bool:
    """Whether a file that begins so is Retraction Watch's, by its column of natures."""
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    return _NATURE.encode() in line and b"," in line


def listed_notices(file: BinaryIO, wanted: Container[Identifier]) -> Iterator[ListedNotice]:
    """The rows about wanted works, in their order.

    A stray quotation mark or comma moves numbers to other columns, or hides the rows that follow: what the file says
    is then not known, and none of it is taken.

    Raises:
        BrokenFileError: it lacks a column, or a row has not its columns.
        OSError: it cannot be read.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    try:
        rows = csv.reader((line.replace("\0", "") for line in lines_in(text)), strict=True)
        names = [name.strip() for name in next(rows, [])]
        if missing := [name for name in COLUMNS if name not in names]:
            raise BrokenFileError(f"it has no column {', '.join(missing)}")
        places = {name: names.index(name) for name in COLUMNS}
        for row in rows:
            is_moved = len(row) > len(names) and row[places[_NATURE]].strip().lower() not in _NATURES
            if row and (len(row) < len(names) or is_moved):
                raise BrokenFileError(f"line {rows.line_num} has {len(row)} of {len(names)} columns")
            values = {name: row[place].strip() for name, place in places.items()} if row else {}
            works = tuple(_works_in(values))
            if any(work in wanted for work in works):
                yield ListedNotice(works, values)
    except csv.Error as error:
        raise BrokenFileError(f"line {rows.line_num} is not CSV ({error})") from error
    finally:
        text.detach()


def _works_in(values: Mapping[str, str]) -> Iterator[Identifier]:
    for kind, column in ((IdKind.PMID, _PMID), (IdKind.DOI, _DOI)):
        if (work := _number(kind, values.get(column, ""))) is not None:
            yield work


def _number(kind: IdKind, written: str) -> Identifier | None:
    """The identifier in a field; None for "unavailable", "0" and what is none."""
    parsed = ids.parse(kind, written) if written and written.lower() not in ("0", "unavailable") else None
    return parsed if isinstance(parsed, Identifier) else None


def stored_notices(work: Identifier, notices: Iterable[ListedNotice]) -> bytes:
    """What is stored of a work: its rows, or that there is none."""
    rows = [dict(notice.values) for notice in notices]
    document = {"work": str(work), "notices": rows} if rows else {_ABSENT: str(work)}
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def read_stored(identifier: Identifier, raw: bytes) -> Article | NotFound:
    """What a stored answer says of the work that `identifier` is about: a record of its numbers and notices alone.

    Raises:
        ValueError: The bytes are not such an answer.
    """
    stored = json.loads(raw)
    work = work_of(identifier)
    if stored.get(_ABSENT) == str(work):
        return NotFound(NOT_LISTED)
    if stored.get("work") != str(work):
        raise ValueError(f"{identifier}: the stored answer is about another work")
    rows = stored["notices"]
    named = dict.fromkeys(other for row in rows for other in _works_in(row))
    return Article(
        identifier=work,
        title=rows[0][_TITLE],
        journal=Journal(title=rows[0][_JOURNAL]),
        also_known_as=tuple(other for other in named if other != work),
        notices=tuple(_link(row) for row in rows),
    )


def _link(row: Mapping[str, str]) -> NoticeLink:
    pmid, doi = _number(IdKind.PMID, row[_NOTICE_PMID]), _number(IdKind.DOI, row[_NOTICE_DOI])
    nature = row[_NATURE]
    return NoticeLink(
        ref_type=_NATURES.get(nature.lower(), nature),
        ref_source="",
        pmid=pmid.value if pmid else None,
        note=_reasons(row[_REASON]),
        doi=doi.value if doi else None,
        told_by=(NAME,),
        date=_day(row[_DATE]),
    )


def _reasons(written: str) -> str:
    """The reasons as words: `+Error in Data;+Retract and Replace;` is two."""
    return "; ".join(filter(None, (part.strip().lstrip("+").strip() for part in re.split(r";|(?<!^)\+", written))))


def _day(written: str) -> PartialDate | None:
    found = _DAY.fullmatch(written)
    try:
        return PartialDate(int(found[3]), int(found[1]), int(found[2])) if found else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class NotLoaded:
    """The source where nothing was loaded: it has no service that could be asked."""

    clock: Clock

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """That no file was loaded, for each identifier."""
        for identifier in identifiers:
            outcome = Unavailable("Retraction Watch's file is not loaded", Cause.OFFLINE)
            yield Answer(identifier, outcome, NAME, NAME, self.clock.now())


def notices_wanted(works: Iterable[Identifier]) -> list[Identifier]:
    """What is looked for about these works: their notices, of those that have a PMID or a DOI."""
    return [notices_about(work) for work in works if work.kind in (IdKind.PMID, IdKind.DOI)]


OPENER = Opener(connect=lambda access: NotLoaded(access.clock), read=read_stored)
