"""From reports to what is printed: every reference as an item, what has to be said beside them, and their order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from evidence.bibliography.csl import ItemSource, item_of, plain
from evidence.model.outcomes import Answer, CheckStatus, Found
from evidence.model.policy import Severity
from evidence.model.records import Article, Record
from evidence.model.references import Reference
from evidence.model.report import Report
from evidence.model.rule import OTHER_LABEL, RETRACTION, VOID_WORDS, WITHDRAWAL, WRONG_RECORD, Finding

_NEVER = datetime.min.replace(tzinfo=UTC)
_OF_ANOTHER = frozenset({WRONG_RECORD, OTHER_LABEL})


@dataclass(frozen=True, slots=True)
class BibliographyNote:
    """Something that the reader of a bibliography has to know: of which reference of which file, in one sentence.

    `retracts` is True for the gravest: that the work is retracted or was withdrawn.
    """

    reference: str
    path: str
    text: str
    retracts: bool = False


@dataclass(frozen=True, slots=True)
class Bibliography:
    """The items in the order of their files.

    `unverified` are the ids of references of which no authority was asked yet, `unknown` of those that none knows or
    that nobody can be asked about; both are printed from their entries. `oldest` is the earliest day on which a record
    that is printed was verified, None when none was.
    """

    items: tuple[Mapping[str, object], ...]
    notes: tuple[BibliographyNote, ...] = ()
    unverified: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    oldest: date | None = None


def gather_entries(references: Iterable[Reference]) -> Bibliography:
    """What the entries alone say, nothing of it verified."""
    references = tuple(references)
    return Bibliography(tuple(item_of(ItemSource(r)) for r in references), unverified=tuple(r.id for r in references))


def gather_reports(
    reports: Sequence[Report],
    verifying: Collection[str],
    unanswered: Collection[str] | None = None,
    *,
    from_records: bool = True,
) -> Bibliography:
    """What the records say, and the entries where there is no record.

    Of each reference the record that was verified last is printed, of equals that of the first report; it is retracted
    or withdrawn when any of the reports says so. The record of another work or label (MET006, SPL004) is not printed:
    its entry is, and that is said.

    Args:
        reports: Runs over the same files in which every reference was looked up, at least one.
        verifying: The codes of the rules that judge what an authority answered.
        unanswered: The ids of the references about which the store holds no answer; None where there is no store.
        from_records: False to print the entries; what is retracted is said all the same.
    """
    items, notes = [], []
    without_record: dict[bool, list[str]] = {True: [], False: []}
    verified: list[datetime] = []
    for views in zip(*map(_views, reports), strict=True):
        latest = max(views, key=lambda view: view.at)
        source = _merged_source(latest, views)
        reference = source.reference
        wrong = any(finding.code in _OF_ANOTHER for finding in latest.findings)
        items.append(item_of(source, from_record=from_records and not wrong))
        notes += [_note(finding, reference) for finding in _notable(latest, views, verifying)]
        if source.record is None:
            is_answered = unanswered is not None and reference.id not in unanswered
            without_record[latest.is_settled or is_answered].append(reference.id)
        elif from_records and not wrong:
            verified.append(latest.at)
    oldest = min(verified).date() if verified else None
    unverified, unknown = tuple(without_record[False]), tuple(without_record[True])
    return Bibliography(tuple(items), tuple(notes), unverified, unknown, oldest)


@dataclass(frozen=True, slots=True)
class _View:
    """A reference as one report has it.

    Its record was verified `at`, long ago where there is none; `findings` are those that count: those that are
    ignored or waived do not. `is_settled` is False where something has still to be asked.
    """

    source: ItemSource
    at: datetime
    findings: tuple[Finding, ...]
    is_settled: bool


def _views(report: Report) -> Iterator[_View]:
    found: dict[tuple[str, str | None], list[Finding]] = {}
    silenced = [*(item.finding for item in report.ignored), *(item.finding for item in report.waived)]
    for finding in (*report.findings, *silenced):
        found.setdefault((finding.place.path, finding.reference), []).append(finding)
    silenced_ids = {id(finding) for finding in silenced}
    for result in report.references:
        own = found.get((result.reference.place.path, result.reference.id), [])
        # The first record found, by the most authoritative identifier, and what others hold of the same work.
        records = [record for answer in result.answers if (record := _record(answer)) is not None]
        record = next(iter(records), None)
        others = tuple(other for other in records if isinstance(other, Article) and _is_same_work(record, other))
        codes = {finding.code for finding in own}
        at = [answer.at for answer in result.answers if record and _record(answer) is record]
        yield _View(
            ItemSource(result.reference, record, others, RETRACTION in codes, WITHDRAWAL in codes),
            min(at, default=_NEVER),
            tuple(finding for finding in own if id(finding) not in silenced_ids),
            result.check is not CheckStatus.NOT_CHECKED,
        )


def _record(answer: Answer) -> Record | None:
    return answer.outcome.record if isinstance(answer.outcome, Found) else None


def _is_same_work(record: Record | None, other: Article) -> bool:
    """Whether another source's record is of the work itself: an entry's DOI may be another work's than its PMID."""
    if not isinstance(record, Article) or other is record:
        return False
    return not {record.identifier, *record.also_known_as}.isdisjoint({other.identifier, *other.also_known_as})


def _merged_source(latest: _View, views: Sequence[_View]) -> ItemSource:
    """The source of the latest view, with the notices that any of the views has of the same work."""
    source = latest.source
    known = [record for view in views if view is not latest for record in (view.source.record, *view.source.others)]
    more = tuple(other for other in known if isinstance(other, Article) and _is_same_work(source.record, other))
    retracted = any(view.source.retracted for view in views)
    withdrawn = any(view.source.withdrawn for view in views)
    return replace(source, others=(*source.others, *more), retracted=retracted, withdrawn=withdrawn)


def _notable(latest: _View, views: Sequence[_View], verifying: Collection[str]) -> Iterator[Finding]:
    """What is said of a reference: by the latest view, and that it is retracted or withdrawn by whichever says it."""
    for finding in latest.findings:
        if finding.code in VOID_WORDS or (finding.code in verifying and finding.severity >= Severity.WARNING):
            yield finding
    if not any(finding.code in VOID_WORDS for finding in latest.findings):
        others = (finding for view in views if view is not latest for finding in view.findings)
        yield from (finding for finding in others if finding.code in VOID_WORDS)


def _note(finding: Finding, reference: Reference) -> BibliographyNote:
    printed = "; the list shows the entry as written" if finding.code in _OF_ANOTHER else ""
    text = f"{finding.code} {finding.name}: {finding.message}{printed}"
    return BibliographyNote(reference.id, reference.place.path, text, retracts=finding.code in VOID_WORDS)


# The order of a bibliography.

Item = Mapping[str, Any]
T = TypeVar("T", bound=Item)


class Sort(StrEnum):
    """What a bibliography can be sorted by; equal ones stay in the order of the file."""

    CITATION = "citation"
    FILE = "file"
    AUTHOR = "author"
    YEAR = "year"
    TITLE = "title"
    TYPE = "type"
    ID = "id"


def ordered(items: Sequence[T], sort: Sort, cited: Sequence[str] | None = None) -> list[T]:
    """The items in this order.

    Args:
        items: In the order of their files.
        sort: By what.
        cited: The ids in the order of first citation, for `Sort.CITATION`; what is never cited comes after them.
    """
    match sort:
        case Sort.FILE:
            return list(items)
        case Sort.CITATION:
            places = {name: at for at, name in reversed(list(enumerate(cited or ())))}
            return sorted(items, key=lambda item: places.get(str(item.get("id")), len(places)))
    return sorted(items, key=_KEYS[sort])


def _title(item: Item) -> str:
    return _folded(re.sub(r"^\W*(?:(?:an?|the)\s+)?", "", plain(str(item.get("title", ""))), flags=re.IGNORECASE))


def _names(item: Item) -> tuple[tuple[str, str], ...]:
    """The authors' (else the editors') names as they are filed; a work without names is filed under its title."""
    people = item.get("author") or item.get("editor") or ()
    filed = ((p.get("family") or p.get("literal", ""), p.get("given", "")) for p in people)
    return tuple((_folded(family), _folded(given)) for family, given in filed) or ((_title(item), ""),)


def _year(item: Item) -> tuple[int, ...]:
    parts = item.get("issued", {}).get("date-parts") or [[9999]]
    return tuple(parts[0])


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


_KEYS: dict[Sort, Callable[[Item], Any]] = {
    Sort.AUTHOR: lambda item: (_names(item), _year(item), _title(item)),
    Sort.YEAR: lambda item: (_year(item), _names(item)),
    Sort.TITLE: _title,
    Sort.TYPE: lambda item: str(item.get("type", "")),
    Sort.ID: lambda item: str(item.get("id", "")),
}
