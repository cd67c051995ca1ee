"""What the claims of a run rest on: the words of their sources, read from the answers, and their quotes looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from evidence.app.registry import SOURCES
from evidence.matching.anchors import QuoteSource, judge_anchors
from evidence.model.claims import Anchor, AnchorState
from evidence.model.identifiers import ARTICLES, Identifier, IdKind
from evidence.model.outcomes import Answer, Found, NotFound, is_unsourced
from evidence.model.records import Article, Passage, RecordText
from evidence.model.references import Library, Reference

_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What a reader raises for bytes that are not its source's, such as the facts that a lock leaves in a store."""

_WITHOUT_TEXT = {
    IdKind.URL: "web pages are not searched for quotes",
    IdKind.NCT: "trial registrations are not searched for quotes",
}
"""Why nobody looks for a quote from a source that has neither record nor label."""


def cited_by_claims(libraries: Iterable[Library]) -> frozenset[Identifier]:
    """The identifiers of the references that claims rest on: of these a run keeps what was answered, byte for byte."""
    return frozenset(
        identifier
        for library in libraries
        for reference in _references_of_claims(library)
        for identifier in reference.identifiers
    )


def record_texts(library: Library, answers: Mapping[Identifier, Answer]) -> dict[str, RecordText]:
    """The words of the records that the claims rest on, by the ids of their references; only those that can be read."""
    texts: dict[str, RecordText] = {}
    for reference in _references_of_claims(library):
        read = [text for answer in _article_answers(reference, answers) if (text := _read(answer)) is not None]
        if read:
            texts[reference.id] = RecordText(
                tuple(dict.fromkeys(passage for text in read for passage in text.passages)),
                next((text.nlm_id for text in read if text.nlm_id), ""),
                frozenset[str]().union(*(text.headings for text in read)),
            )
    return texts


def anchors_of(
    library: Library, answers: Mapping[Identifier, Answer], texts: Mapping[str, RecordText]
) -> dict[str, tuple[Anchor, ...]]:
    """The quotes of a library's claims as they are found, by the ids of the claims."""
    sources = {
        reference.id: _quote_source(reference, answers, texts.get(reference.id))
        for reference in _references_of_claims(library)
    }
    return {claim.id: judge_anchors(claim, sources) for claim in library.claims}


def _references_of_claims(library: Library) -> Iterator[Reference]:
    """The references that claims rest on; of one id twice, the first counts."""
    named = {evidence.reference for claim in library.claims for evidence in claim.evidence}
    for reference in library.references:
        if reference.id in named:
            named.remove(reference.id)
            yield reference


def _article_answers(reference: Reference, answers: Mapping[Identifier, Answer]) -> Iterator[Answer]:
    for identifier in reference.identifiers:
        answer = answers.get(identifier)
        if answer is not None and identifier.kind in ARTICLES and isinstance(answer.outcome, Found):
            yield answer


def _read(answer: Answer) -> RecordText | None:
    """The words of an answer's record: all of them, or the title alone where its source gives no more.

    None where there would be more, but only the record's fields are known (from a lock).
    """
    spec = next((spec for spec in SOURCES if spec.name == answer.source and spec.has_text), None)
    if spec is None:
        record = answer.outcome.record if isinstance(answer.outcome, Found) else None
        return RecordText((Passage("title", record.title),)) if isinstance(record, Article) and record.title else None
    reader = spec.opener().read_text if answer.raw is not None else None
    if reader is None or answer.raw is None:
        return None
    try:
        return reader(answer.raw)
    except _UNREADABLE:
        return None


def _quote_source(reference: Reference, answers: Mapping[Identifier, Answer], text: RecordText | None) -> QuoteSource:
    kinds = {identifier.kind for identifier in reference.identifiers}
    if text is not None:
        return QuoteSource(now=text.passages, is_article=True)
    if kinds & ARTICLES:
        return _without_text([answers[i] for i in reference.identifiers if i.kind in ARTICLES and i in answers])
    kind = next((kind for kind in _WITHOUT_TEXT if kind in kinds), None)
    reason = _WITHOUT_TEXT[kind] if kind is not None else "the reference has no identifier"
    return QuoteSource(state=AnchorState.CANNOT_BE_CHECKED, reason=reason)


def _without_text(answers: Iterable[Answer]) -> QuoteSource:
    """Why there are no words of an article: it could not be asked about today, or is not there."""
    reason = ""
    for answer in answers:
        match answer.outcome:
            case NotFound():
                reason = reason or "the record was not found"
            case Found():
                return QuoteSource(state=AnchorState.NOT_CHECKED, reason="only the record's fields are stored")
            case outcome if not is_unsourced(outcome):
                return QuoteSource(state=AnchorState.NOT_CHECKED, reason=outcome.reason)
    return QuoteSource(state=AnchorState.CANNOT_BE_CHECKED, reason=reason or "no source has its record")
