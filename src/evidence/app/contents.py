"""What a run needs that no entry gives: contents of the labels' versions that are compared, notices about works."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from evidence.app.lookup import identifier_from_record
from evidence.model.identifiers import Identifier, IdKind, contents_of, notices_about
from evidence.model.outcomes import Answer, Found
from evidence.model.records import Label
from evidence.model.references import Library, Reference
from evidence.rules.labels import is_revised, version_then


def needed(
    libraries: Collection[Library], given: Mapping[Identifier, Answer], *, asks_notices: bool
) -> Iterator[Identifier]:
    """What is to be asked about because of what was answered, notices only where Retraction Watch is heard."""
    yield from contents_needed(libraries, given)
    if asks_notices:
        yield from notices_needed(libraries, given)


def contents_needed(libraries: Iterable[Library], given: Mapping[Identifier, Answer]) -> Iterator[Identifier]:
    """The contents that these libraries need, once DailyMed has answered about the versions of their labels.

    Of a label that was revised since it was accessed those then and now. Of one that a claim rests on, or beside a
    monograph that declares its product, the current ones in any case.
    """
    for library in libraries:
        claimed = {evidence.reference for claim in library.claims for evidence in claim.evidence}
        for reference in library.references:
            is_read = reference.id in claimed or library.monograph.product is not None
            for setid, label in labels_of(reference, given):
                then = version_then(reference, label)
                if is_read or (then is not None and is_revised(reference, label)):
                    yield contents_of(setid, label.current.version)
                    if then is not None and then != label.current:
                        yield contents_of(setid, then.version)


def notices_needed(libraries: Iterable[Library], given: Mapping[Identifier, Answer]) -> Iterator[Identifier]:
    """What Retraction Watch is asked, once PubMed has answered."""
    for library in libraries:
        for reference in library.references:
            yield from notices_of(reference, given)


def notices_of(reference: Reference, given: Mapping[Identifier, Answer]) -> Iterator[Identifier]:
    """What Retraction Watch is asked about a reference: its PMID and DOI, else the one that its record names."""
    kinds = frozenset({IdKind.PMID, IdKind.DOI})
    own = [identifier for identifier in reference.identifiers if identifier.kind in kinds]
    if not own and (named := identifier_from_record(reference, given, kinds)) is not None:
        own = [named]
    yield from map(notices_about, own)


def labels_of(reference: Reference, given: Mapping[Identifier, Answer]) -> Iterator[tuple[Identifier, Label]]:
    """The labels that a reference cites, as far as they were found, each by its Set ID."""
    for identifier in reference.identifiers:
        if identifier.kind is IdKind.SETID:
            match given.get(identifier):
                case Answer(outcome=Found(record=Label() as label)) if label.versions:
                    yield identifier, label
