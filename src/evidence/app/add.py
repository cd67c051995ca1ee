"""Additions: which identifiers become entries of a library, with which fields. Pure: others look up and write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from evidence.app.registry import RULE_SET
from evidence.library.fields import rank
from evidence.library.fill import identifier_text, new_id, record_fields
from evidence.library.scalars import Value
from evidence.model.dates import PartialDate
from evidence.model.errors import Place
from evidence.model.identifiers import FIELD_OF, Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Found, Named, NotFound, State, Unavailable
from evidence.model.records import Article, Page, Record
from evidence.model.references import IdentifierUse, Library, Reference
from evidence.model.regex import regex
from evidence.model.report import ReferenceResult, Report
from evidence.model.rule import VOID_WORDS, Finding, OnAdding

_ARTICLES_PAGE = regex(
    r"/pii/S?[0-9X()-]{8}|[?&]pii=|/doi/|/(?:full)?articles?(?:-abstract|-pdf)?/[^/?#]"
    r"|//(?:www\.)?(?:bmj|cell|cmaj|cureus|frontiersin|mdpi|nature|nejm|pnas|science|thelancet)\.(?:com|org|ca)/[^/?#]+/",
    re.IGNORECASE,
)
"""Addresses of publishers' pages of articles."""


@dataclass(frozen=True, slots=True)
class Addition:
    """An entry to be written: its id, its fields, and the findings that a person should know about.

    `unasked` says which second opinions (on retraction, for one) could not be had.
    """

    identifier: Identifier
    id: str
    fields: Mapping[str, Value]
    record: Record | None
    findings: tuple[Finding, ...] = ()
    unasked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declined:
    """What is not written, and why; `unanswered` when it is unknown whether it exists."""

    identifier: Identifier
    why: str
    unanswered: bool = False


@dataclass(frozen=True, slots=True)
class AddRequest:
    """What is requested beside the identifiers themselves; `addresses` are those that they were given as, if any."""

    id: str | None = None
    accessed: PartialDate | None = None
    force: bool = False
    addresses: Mapping[Identifier, str | None] = field(default_factory=dict)


@dataclass(slots=True)
class KnownWorks:
    """Which works and ids a library already has, also those of its claims: identifier to entry."""

    ids: set[str] = field(default_factory=set)
    works: dict[Identifier, str] = field(default_factory=dict)

    def take(self, name: str, identifiers: Iterable[Identifier]) -> None:
        """Note that the entry of this id has these identifiers."""
        self.ids.add(name)
        for identifier in identifiers:
            self.works.setdefault(identifier, name)


def known_works(library: Library, recalled: Mapping[Identifier, Answer]) -> KnownWorks:
    """What the library has, by the entries' own identifiers and by those that their stored records name."""
    known = KnownWorks({claim.id for claim in library.claims})
    for reference in library.references:
        known.take(reference.id, reference.identifiers)
    for reference in library.references:
        for identifier in reference.identifiers:
            if identifier in recalled:
                known.take(reference.id, _names(recalled[identifier]))
    return known


def with_named(
    request: AddRequest, addresses: Mapping[Identifier, str | None], named: Mapping[Identifier, Named]
) -> tuple[AddRequest, list[Declined]]:
    """The request with the works that addresses name in their place, and those about which nobody answered.

    Args:
        request: What is requested.
        addresses: The identifiers that were given, with the address that each was given as.
        named: What was answered about those that name a work by a number of their own.
    """
    works: dict[Identifier, str | None] = {}
    declined: list[Declined] = []
    for identifier, address in addresses.items():
        match named.get(identifier):
            case Identifier() as work:
                works[work] = address or identifier.value
            case Blocked(reason=reason) | Unavailable(reason=reason):
                declined.append(
                    Declined(identifier, f"could not determine which work this is: {reason}", unanswered=True)
                )
            case None:
                works[identifier] = address
    return replace(request, addresses=works), declined


def library_to_add(library: Library, identifiers: Sequence[Identifier], accessed: PartialDate | None) -> Library:
    """A library of entries that do not exist yet, one for each identifier, to be looked up and judged."""
    place = Place(library.path, 1, 1)
    references = tuple(
        Reference(
            id=str(identifier),
            place=place,
            uses=(IdentifierUse(identifier, FIELD_OF.get(identifier.kind, "URL"), place),),
            accessed=accessed,
        )
        for identifier in identifiers
    )
    return Library(library.path, library.sha256, references, policy=library.policy)


def decide(report: Report, known: KnownWorks, request: AddRequest) -> Iterator[Addition | Declined]:
    """For each entry of a `library_to_add` that was considered: what is written, or why not.

    Nothing is written that could not be found, that the library has already (under whatever
    identifier), or that is retracted or withdrawn. `request.force` overrides the last two, and lets a page in that
    machines cannot see.
    """
    for result in report.references:
        findings = tuple(finding for finding in report.findings if finding.reference == result.reference.id)
        decided = _declined(result, findings, known, request) or _addition(result, findings, known, request)
        if isinstance(decided, Addition):
            silent = [u for u in report.unchecked if u.reference == result.reference.id]
            decided = replace(decided, unasked=tuple(f"{u.source}: {u.reason}" for u in silent))
            known.take(decided.id, (decided.identifier, *_all_names(result)))
        yield decided


def _declined(
    result: ReferenceResult, findings: tuple[Finding, ...], known: KnownWorks, request: AddRequest
) -> Declined | None:
    identifier = result.reference.identifiers[0]
    if result.state is not State.FOUND:
        return _unresolved(result, request)
    if request.force:
        return None
    if identifier.kind is IdKind.URL and _ARTICLES_PAGE.search(identifier.value):
        why = "page found, but an address does not identify an article"
        return Declined(identifier, f"{why}; add its PMID or DOI, or use --force to add the page")
    for other in (identifier, *_all_names(result)):
        if other in known.works:
            same = "" if other == identifier else f" (under its {other.kind.upper()} {other.value})"
            return Declined(
                identifier, f"already in the file as {known.works[other]}{same}; use --force to add it again"
            )
    declining = [f for f in findings if RULE_SET.by_code[f.code].on_adding is OnAdding.DECLINED]
    void = next((f for f in declining if f.code in VOID_WORDS), None)
    if void is not None:
        return Declined(identifier, f"{VOID_WORDS[void.code]}: {void.message}; use --force to add it anyway")
    if declining:
        return Declined(identifier, f"{declining[0].message}; check it yourself, then use --force to add it anyway")
    return None


def _unresolved(result: ReferenceResult, request: AddRequest) -> Declined | None:
    """Why nothing is known of an identifier; None where a page that machines cannot see is to be added all the same."""
    identifier = result.reference.identifiers[0]
    match result.answers[0].outcome if result.answers else None:
        case NotFound(reason=reason):
            return Declined(identifier, f"not found: {reason}")
        case Blocked(reason=reason):
            if request.force and identifier.kind is IdKind.URL:
                return None
            advice = "; open it in a browser, then use --force to add it" if identifier.kind is IdKind.URL else ""
            return Declined(identifier, f"the page could not be read: {reason}{advice}", unanswered=True)
        case Unavailable(reason=reason):
            return Declined(identifier, f"look-up failed: {reason}", unanswered=True)
        case Found() | None:
            return Declined(identifier, "not looked up", unanswered=True)


def _addition(
    result: ReferenceResult, findings: tuple[Finding, ...], known: KnownWorks, request: AddRequest
) -> Addition:
    identifier, record = result.reference.identifiers[0], result.record
    name = request.id or new_id(identifier, record, known.ids)
    found = record_fields(record) if record is not None else {"type": "webpage"}
    fields: dict[str, Value] = {"id": name, **found}
    fields.setdefault(FIELD_OF[identifier.kind], identifier_text(identifier.kind, identifier.value))
    if address := request.addresses.get(identifier):
        fields["URL"] = identifier_text(IdKind.URL, address)
    if request.accessed is not None:
        fields["accessed"] = str(request.accessed)
    announced = tuple(f for f in findings if RULE_SET.by_code[f.code].on_adding is not OnAdding.SILENT)
    return Addition(identifier, name, {key: fields[key] for key in sorted(fields, key=rank)}, record, announced)


def _all_names(result: ReferenceResult) -> list[Identifier]:
    return [identifier for answer in result.answers for identifier in _names(answer)]


def _names(answer: Answer) -> Iterator[Identifier]:
    """The identifiers under which the found work is known."""
    match answer.outcome:
        case Found(record=Article(identifier=own, also_known_as=others)):
            yield from (own, *others)
        case Found(record=Page()):
            pass
        case Found(record=record):
            yield record.identifier
        case _:
            pass
