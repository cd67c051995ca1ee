"""Fixes: from findings to the fields that are to be written, a pure function for each code that a machine can fix.

A code that gains a fix gets a line in `_FIXERS`; those of the printed form are made by the rules of style. Whether a
person must accept it first, the fix says itself. `accessed` is never among the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from urllib.parse import urldefrag

from evidence.app.registry import RULE_SET
from evidence.library.editor import Change, Respell, SetFields
from evidence.library.fields import IDENTIFIER_FIELDS
from evidence.library.fill import article_fields, identifier_fields, identifier_text, record_fields
from evidence.library.scalars import Value
from evidence.matching.verdict import Field
from evidence.model.identifiers import IdKind, url_of
from evidence.model.outcomes import Found
from evidence.model.references import FaultKind, Library
from evidence.model.report import Report
from evidence.model.rule import Finding, FixKind, fingerprint
from evidence.model.urls import MASK
from evidence.rules.case import CITED_AS, FIELD_KEYS, Beside, Case
from evidence.rules.identifiers import conflicting_identifiers, replaced_identifier
from evidence.rules.labels import other_label
from evidence.rules.links import is_home_page, links, moved_to, place_of
from evidence.rules.metadata import missing_doi, wrong_record_cited
from evidence.rules.style import RULES as STYLE_RULES
from evidence.rules.style import Respelling

FILL = "fill"
"""In place of a code: of fields that an entry lacks and its record has."""

_FILLED = ("type", "title", "author", "container-title", "publisher", "issued", "volume", "issue", "page")
_DOUBTFUL = frozenset(
    {conflicting_identifiers.code, other_label.code, replaced_identifier.code, wrong_record_cited.code}
)
"""Where one of these is found it is open which work the entry is about, and no record may add to it."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Fields of the entry at `index` (from 0) to be written, and why.

    `respelled` are spans of `printed`, which is `cited-as`, with what they become. `needs_consent` is True for
    what a person has to accept: it replaces what a person wrote by what a record says, or what the
    monograph prints.
    """

    code: str
    reference: str
    index: int
    fields: Mapping[str, Value]
    why: str
    needs_consent: bool = False
    respelled: tuple[Respelling, ...] = ()
    printed: str = ""


_Fixed = tuple[Mapping[str, Value], bool]
"""The fields to write, none where there is no fix, and whether a person has to accept them."""


def fixes(library: Library, report: Report, *, complete: bool = True, fill: bool = False) -> Iterator[Fix]:
    """What can be fixed in this library, by what was found.

    Args:
        library: The library that the report is about, and no other.
        report: What was found; what is ignored or waived is not fixed.
        complete: Whether PMIDs, PMCIDs and DOIs that a record names are added where they are missing.
        fill: Whether other fields that an entry lacks are taken from its record.
    """
    waived = [item.finding for item in report.waived if item.finding.place.path == library.path]
    waived_prints = {finding.fingerprint for finding in waived}
    waived_completions = {item.finding.reference for item in report.waived if item.finding.code == missing_doi.code}
    by_reference: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.reference is not None and finding.place.path == library.path:
            by_reference.setdefault(finding.reference, []).append(finding)
    beside = Beside([reference.cited_as for reference in library.references if reference.cited_as])
    for index, result in enumerate(report.references):
        own = [answer for answer in result.answers if answer.identifier in result.reference.identifiers]
        case = Case(result.reference, library, library.policy, report.run.as_of, tuple(own), beside=beside)
        name = case.reference.id
        findings = by_reference.get(name, [])
        for finding in findings:
            fixer = FIXERS.get(RULE_SET.by_code[finding.code].fix)
            fields, needs_consent = fixer(case, finding) if fixer else ({}, False)
            if fields:
                yield Fix(finding.code, name, index, fields, finding.message, needs_consent)
        if case.wrong_record is None and not any(finding.code in _DOUBTFUL for finding in findings):
            yield from _completed(case, index, complete=complete and name not in waived_completions, fill=fill)
        yield from _respelled(case, index, waived_prints)


def changes_of(chosen: Iterable[Fix]) -> list[Change]:
    """The changes to make; where two fixes name one field, or the same characters of one, the first counts."""
    fields: dict[int, dict[str, Value]] = {}
    printed: dict[int, tuple[str, list[Respelling]]] = {}
    for fix in chosen:
        if fix.fields:
            entry = fields.setdefault(fix.index, {})
            for key, value in fix.fields.items():
                entry.setdefault(key, value)
        if fix.respelled:
            _, taken = printed.setdefault(fix.index, (fix.printed, []))
            if not any(new.clashes(old) for new in fix.respelled for old in taken):
                taken += (new for new in fix.respelled if new not in taken)
    changes: list[Change] = [SetFields(index, entry) for index, entry in fields.items()]
    for index, (text, parts) in printed.items():
        changes.append(Respell(index, CITED_AS, text, [(part.start, part.end, part.text) for part in sorted(parts)]))
    return changes


def _respelled(case: Case, index: int, waived: AbstractSet[str]) -> Iterator[Fix]:
    """The form of `cited-as` in the house style, where it has slips; what is ignored or waived is left."""
    reference = case.reference
    text = reference.cited_as or ""
    for rule in STYLE_RULES if text else ():
        if rule.code in reference.ignore:
            continue
        for slip in rule.slips(text, case):
            if slip.edits and fingerprint(rule.code, reference.id, slip.fact) not in waived:
                yield Fix(rule.code, reference.id, index, {}, slip.message, True, slip.edits, text)


def _completed(case: Case, index: int, *, complete: bool, fill: bool) -> Iterator[Fix]:
    reference, article = case.reference, case.bibliography
    if complete and article is not None and missing_doi.code not in reference.ignore:
        kinds = {identifier.kind for identifier in reference.identifiers}
        missing = {
            key: value
            for key, value in identifier_fields(article).items()
            if IDENTIFIER_FIELDS[key] not in kinds and key not in reference.places
        }
        if missing:
            yield Fix(missing_doi.code, reference.id, index, missing, f"{', '.join(missing)} found in the record")
    record = article or case.label or case.trial or case.page
    if fill and record is not None:
        known = record_fields(record)
        lacking = {key: known[key] for key in _FILLED if key in known and key not in reference.places}
        if lacking:
            yield Fix(FILL, reference.id, index, lacking, f"the record has {', '.join(lacking)}")


def _canonical(case: Case, finding: Finding) -> _Fixed:
    for fault in case.reference.faults:
        if fault.kind is FaultKind.NONCANONICAL_IDENTIFIER and fault.place == finding.place and fault.suggestion:
            return {fault.key: identifier_text(IDENTIFIER_FIELDS[fault.key], fault.suggestion)}, False
    return {}, False


def _moved(case: Case, finding: Finding) -> _Fixed:
    """The address that the page has moved to; from a page to a home page only with a person's consent."""
    for answer in links(case):
        target = moved_to(answer)
        if target is None or MASK in target or place_of(case, answer.identifier) != finding.place:
            continue
        fragment = urldefrag(answer.identifier.value).fragment
        if fragment and not urldefrag(target).fragment:
            target = f"{target}#{fragment}"
        lost = is_home_page(target) and not is_home_page(answer.identifier.value)
        return {"URL": identifier_text(IdKind.URL, target)}, lost
    return {}, False


def _replaced(case: Case, finding: Finding) -> _Fixed:
    """The number under which the registry answers now."""
    for use in case.reference.uses:
        answer = next((answer for answer in case.answers if answer.identifier == use.identifier), None)
        if use.place != finding.place or use.derived or answer is None or not isinstance(answer.outcome, Found):
            continue
        now = answer.outcome.record.identifier
        if now.kind is use.identifier.kind:
            fields: dict[str, Value] = {use.key: identifier_text(now.kind, now.value)}
            if any(other.derived and other.identifier == use.identifier for other in case.reference.uses):
                fields["URL"] = identifier_text(IdKind.URL, url_of(now))  # the registry's page of the old number
            return fields, True
    return {}, True


def _from_record(case: Case, finding: Finding) -> _Fixed:
    """The record's words for the fields that differ; what `cited-as` prints is left as it is printed."""
    article = case.bibliography
    if article is None:
        return {}, True
    recorded = article_fields(article)
    keys = {Field(field): FIELD_KEYS[Field(field)] for field in RULE_SET.by_code[finding.code].compares}
    differing = {
        keys[judged.field]
        for compared in case.comparisons
        for judged in compared.comparison.differences
        if not compared.printed and judged.field in keys
    }
    return {key: recorded[key] for key in keys.values() if key in differing and key in recorded}, True


FIXERS: Mapping[FixKind | None, Callable[[Case, Finding], _Fixed]] = {
    FixKind.CANONICAL: _canonical,
    FixKind.REPLACED: _replaced,
    FixKind.MOVED: _moved,
    FixKind.RECORD: _from_record,
}
"""The fixes of single findings; `FixKind.IDENTIFIERS` and `FixKind.RESPELLED` are made for an entry at once."""
