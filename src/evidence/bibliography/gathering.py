"""From a report to what is printed: every reference as an item, and what has to be said beside the bibliography."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from evidence.bibliography.items import Subject, item_of
from evidence.findings import Finding
from evidence.model.outcomes import Answer, Found
from evidence.model.policy import Severity
from evidence.model.records import Article, Record
from evidence.model.references import Reference
from evidence.report import ReferenceResult, Report

RETRACTED, WRONG_RECORD = "RET001", "MET006"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that the reader of a bibliography has to know: of which reference of which file, in one sentence."""

    reference: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """The items in the order of their files.

    `unverified` are the ids of references that no authority has confirmed, which are printed from their entries;
    `oldest` is the earliest day on which a record that is printed was verified, None when none was.
    """

    items: tuple[Mapping[str, object], ...]
    remarks: tuple[Remark, ...] = ()
    unverified: tuple[str, ...] = ()
    oldest: date | None = None


def from_entries(references: Iterable[Reference]) -> Gathered:
    """What the entries alone say, nothing of it verified."""
    references = tuple(references)
    return Gathered(tuple(item_of(Subject(r)) for r in references), unverified=tuple(r.id for r in references))


def from_report(report: Report, telling: Collection[str], *, from_records: bool = True) -> Gathered:
    """What the records say, and the entries where there is no record.

    The record of another work (MET006) is not printed: its entry is, and that is said.

    Args:
        report: A run in which every reference was looked up.
        telling: The codes of the rules that judge what an authority answered.
        from_records: False to print the entries; what is retracted is told all the same.
    """
    found: dict[tuple[str, str | None], list[Finding]] = {}
    for finding in (*report.findings, *(ignored.finding for ignored in report.ignored)):
        found.setdefault((finding.place.path, finding.reference), []).append(finding)
    silenced = {id(ignored.finding) for ignored in report.ignored}
    items, remarks, unverified = [], [], []
    verified: list[datetime] = []
    for result in report.references:
        reference = result.reference
        own = found.get((reference.place.path, reference.id), [])
        heard = [finding for finding in own if id(finding) not in silenced]
        wrong = any(finding.code == WRONG_RECORD for finding in heard)
        subject = _subject(result, retracted=any(finding.code == RETRACTED for finding in own))
        items.append(item_of(subject, from_record=from_records and not wrong))
        remarks += [_remark(finding, reference) for finding in heard if _is_told(finding, telling)]
        if subject.record is None:
            unverified.append(reference.id)
        elif from_records and not wrong:
            verified += [answer.at for answer in result.answers if _record(answer) is subject.record]
    oldest = min(verified).date() if verified else None
    return Gathered(tuple(items), tuple(remarks), tuple(unverified), oldest)


def _subject(result: ReferenceResult, *, retracted: bool) -> Subject:
    """The first record found, by the most authoritative identifier, and what others hold of the same work."""
    records = [record for answer in result.answers if (record := _record(answer)) is not None]
    record = next(iter(records), None)
    others = tuple(other for other in records if isinstance(other, Article) and _is_same_work(record, other))
    return Subject(result.reference, record, others, retracted)


def _record(answer: Answer) -> Record | None:
    return answer.outcome.record if isinstance(answer.outcome, Found) else None


def _is_same_work(record: Record | None, other: Article) -> bool:
    """Whether another source's record is of the work itself: an entry's DOI may be another work's than its PMID."""
    if not isinstance(record, Article) or other is record:
        return False
    return not {record.identifier, *record.also_known_as}.isdisjoint({other.identifier, *other.also_known_as})


def _is_told(finding: Finding, telling: Collection[str]) -> bool:
    return finding.code == RETRACTED or (finding.code in telling and finding.severity >= Severity.WARNING)


def _remark(finding: Finding, reference: Reference) -> Remark:
    printed = "; the entry is printed" if finding.code == WRONG_RECORD else ""
    text = f"{finding.code} {finding.name}: {finding.message}{printed}"
    return Remark(reference.id, reference.place.path, text)
