"""Which contents of labels a run needs: those of versions that a rule or a claim compares, and of no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from evidence.model.identifiers import Identifier, IdKind, contents_of
from evidence.model.outcomes import Answer, Found
from evidence.model.records import Label
from evidence.model.references import Library, Reference
from evidence.rules.labels import is_revised, version_then


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


def labels_of(reference: Reference, given: Mapping[Identifier, Answer]) -> Iterator[tuple[Identifier, Label]]:
    """The labels that a reference cites, as far as they were found, each by its Set ID."""
    for identifier in reference.identifiers:
        if identifier.kind is IdKind.SETID:
            match given.get(identifier):
                case Answer(outcome=Found(record=Label() as label)) if label.versions:
                    yield identifier, label
