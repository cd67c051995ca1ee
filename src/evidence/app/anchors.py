"""What the claims of a run rest on: the words of their sources, read from the answers, and their quotes looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from evidence.app.contents import labels_of
from evidence.app.registry import SOURCES
from evidence.matching.anchors import QuoteSource, judge_anchors
from evidence.model.claims import Anchor, AnchorState, Claim, ClaimEvidence
from evidence.model.identifiers import ARTICLES, Identifier, IdKind, contents_of
from evidence.model.outcomes import Answer, Found, NotFound, is_unsourced
from evidence.model.records import Article, RecordPassage, RecordText
from evidence.model.references import Library, Reference
from evidence.model.text import canonical_sha256
from evidence.rules.labels import version_then
from evidence.storage.lock import LockedAnchor

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
        given = [_read(answer) for answer in _article_answers(reference, answers)]
        read = [text for text in given if text is not None]
        if read:
            headings = frozenset[str]().union(*(text.headings or () for text in read))
            texts[reference.id] = RecordText(
                tuple(dict.fromkeys(passage for text in read for passage in text.passages)),
                next((text.nlm_id for text in read if text.nlm_id), ""),
                headings if headings or len(read) == len(given) else None,
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


_NOT_LOCKED = "the lock file has no result for this quote: rewrite it with `evidence check --update-lock`"


def by_lock(
    library: Library, anchors: Mapping[str, tuple[Anchor, ...]], locked: Mapping[str, tuple[LockedAnchor, ...]]
) -> dict[str, tuple[Anchor, ...]]:
    """The quotes as a lock knows them, which keeps no texts: one that it does not know could not be looked for.

    What nobody can look for, such as the words of a web page, stays so.
    """
    references = {reference.id: reference for reference in _references_of_claims(library)}

    def as_locked(claim: Claim, anchor: Anchor) -> Anchor:
        reference = references[anchor.reference]
        question = asked(claim.evidence[anchor.index], reference)
        known = next((known for known in locked.get(claim.id, ()) if known.asked == question), None)
        if known is not None:
            return replace(
                anchor,
                state=known.state,
                section=known.section,
                earlier=known.earlier,
                reason=known.reason,
                nearest="",
                marks_lost=known.marks_lost,
                sha256=known.sha256,
            )
        has_text = any(identifier.kind in ARTICLES | {IdKind.SETID} for identifier in reference.identifiers)
        unknown = Anchor(anchor.claim, anchor.index, anchor.reference, AnchorState.NOT_CHECKED, reason=_NOT_LOCKED)
        return unknown if has_text else anchor

    return {
        claim.id: tuple(as_locked(claim, anchor) for anchor in anchors.get(claim.id, ())) for claim in library.claims
    }


def anchors_to_lock(
    library: Library, anchors: Mapping[str, tuple[Anchor, ...]], old: Mapping[str, tuple[LockedAnchor, ...]]
) -> dict[str, tuple[LockedAnchor, ...]]:
    """What a lock keeps of the quotes: what could not be looked for today stays as it was, no words of a source."""
    references = {reference.id: reference for reference in _references_of_claims(library)}
    kept: dict[str, tuple[LockedAnchor, ...]] = {}
    for claim in library.claims:
        quotes = []
        for anchor in anchors.get(claim.id, ()):
            question = asked(claim.evidence[anchor.index], references[anchor.reference])
            if anchor.state is AnchorState.NOT_CHECKED:
                quotes += [known for known in old.get(claim.id, ()) if known.asked == question]
                continue
            quotes.append(
                LockedAnchor(
                    question,
                    anchor.state,
                    anchor.section,
                    anchor.earlier,
                    anchor.reason,
                    marks_lost=anchor.marks_lost,
                    sha256=anchor.sha256,
                )
            )
        if quotes:
            kept[claim.id] = tuple(dict.fromkeys(quotes))
    return kept


def asked(evidence: ClaimEvidence, reference: Reference) -> str:
    """The SHA-256 of what is looked for and where: the quote, the part, and which version of what the entry cites."""
    identifiers = sorted(str(identifier) for identifier in reference.identifiers)
    accessed = None if reference.accessed is None else str(reference.accessed)
    return canonical_sha256([evidence.quote, evidence.within, identifiers, accessed, reference.spl_version])


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
        return (
            RecordText((RecordPassage("title", record.title),))
            if isinstance(record, Article) and record.title
            else None
        )
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
        return QuoteSource(now=text.passages, is_article=True, unread=_unread(reference, answers))
    if kinds & ARTICLES:
        return _without_text([answers[i] for i in reference.identifiers if i.kind in ARTICLES and i in answers])
    if IdKind.SETID in kinds:
        return _label_source(reference, answers)
    kind = next((kind for kind in _WITHOUT_TEXT if kind in kinds), None)
    reason = _WITHOUT_TEXT[kind] if kind is not None else "the reference has no identifier"
    return QuoteSource(state=AnchorState.CANNOT_BE_CHECKED, reason=reason)


def _unread(reference: Reference, answers: Mapping[Identifier, Answer]) -> str:
    """Why one of an article's records could not be read today, so that a quote may be in it; else empty."""
    of_texts = {spec.name for spec in SOURCES if spec.has_text}
    given = [answers[i] for i in reference.identifiers if i.kind in ARTICLES and i in answers]
    silent = [answer for answer in given if answer.source in of_texts and _read(answer) is None]
    unknown = _without_text(answer for answer in silent if not isinstance(answer.outcome, NotFound))
    return unknown.reason if unknown.state is AnchorState.NOT_CHECKED else ""


def _label_source(reference: Reference, answers: Mapping[Identifier, Answer]) -> QuoteSource:
    """The sections of a label's current version, and of the one that was current when it was accessed."""
    for setid, label in labels_of(reference, answers):
        now, reason = _passages(answers.get(contents_of(setid, label.current.version)))
        if isinstance(now, AnchorState):
            return QuoteSource(state=now, reason=reason)
        then = version_then(reference, label)
        if then is None or then == label.current:
            return QuoteSource(now=now)
        before, reason = _passages(answers.get(contents_of(setid, then.version)))
        return QuoteSource(now=now, then=None if isinstance(before, AnchorState) else before, reason=reason)
    return _without_text([answers[i] for i in reference.identifiers if i.kind is IdKind.SETID and i in answers])


def _passages(answer: Answer | None) -> tuple[tuple[RecordPassage, ...] | AnchorState, str]:
    """The sections of a label's contents; else whether anybody can look into them, and why not."""
    if answer is None:
        return AnchorState.NOT_CHECKED, "the label's contents were not looked up"
    match answer.outcome:
        case NotFound(reason=reason):
            return AnchorState.CANNOT_BE_CHECKED, reason
        case Found() if answer.raw is not None and answer.raw.lstrip()[:1] == b"<":
            from evidence.sources.spl_xml import sections_of  # noqa: PLC0415 - few claims rest on labels

            return tuple(
                RecordPassage(
                    section.code or section.title, section.text, section.title, tuple(filter(None, [section.within]))
                )
                for section in sections_of(answer.raw)
            ), ""
        case Found():
            return AnchorState.NOT_CHECKED, "only the hashes of the label's sections are stored"
        case outcome:
            return AnchorState.NOT_CHECKED, outcome.reason


def _without_text(answers: Iterable[Answer]) -> QuoteSource:
    """Why there are no words of an article or label: it could not be asked about today, or is not there."""
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
