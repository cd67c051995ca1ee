"""Anchors: the quote of a claim's evidence, looked for in what its source says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from evidence.matching.tokens import TokenText, find_quote, nearest_words, tokenize
from evidence.model.claims import Anchor, AnchorState, Claim
from evidence.model.records import RecordPassage
from evidence.model.text import canonical_sha256

NO_ABSTRACT = "the record has no abstract"
"""Why a quote from an abstract cannot be looked for in three of ten records."""

_LONGEST_NEAR = 240  # characters
_PREFERENCE = 0.1


@dataclass(frozen=True, slots=True)
class QuoteSource:
    """What a reference's quotes are looked for in.

    `now` are the passages of its record, or of the label's current version; `then` those of the version that was
    current when the label was accessed, None where that is the same or could not be read. Where `now` could not be
    read, `state` says whether anybody can, and `reason` why not. Where only a part of it could be, `unread` says why:
    what is not in that part was not looked for.
    """

    now: tuple[RecordPassage, ...] = ()
    then: tuple[RecordPassage, ...] | None = None
    state: AnchorState | None = None
    reason: str = ""
    is_article: bool = False
    unread: str = ""


def judge_anchors(claim: Claim, sources: Mapping[str, QuoteSource]) -> tuple[Anchor, ...]:
    """The claim's quotes as they are found in the sources of its references, by the references' ids."""
    return tuple(_anchors(claim, sources))


def _anchors(claim: Claim, sources: Mapping[str, QuoteSource]) -> Iterator[Anchor]:
    for index, evidence in enumerate(claim.evidence):
        source = sources.get(evidence.reference)
        if evidence.quote is None or source is None:
            continue
        found = _search(tokenize(evidence.quote), evidence.within, source)
        yield Anchor(
            claim=claim.id,
            index=index,
            reference=evidence.reference,
            state=found.state,
            section=found.section,
            earlier=found.earlier,
            reason=found.reason,
            nearest=found.nearest,
            marks_lost=found.marks_lost,
            sha256=found.sha256,
        )


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of one quote, in the fields of an `Anchor`."""

    state: AnchorState
    section: str = ""
    earlier: str = ""
    reason: str = ""
    nearest: str = ""
    marks_lost: bool = False
    sha256: str = ""


def _search(quote: TokenText, within: str | None, source: QuoteSource) -> _Result:
    if source.state is not None:
        return _Result(source.state, reason=source.reason)
    found = _find(quote, within, source.now)
    if found is not None:
        passage, is_elsewhere, marks_lost = found
        if not is_elsewhere:
            return _Result(AnchorState.FOUND, passage.part, marks_lost=marks_lost)
        return _Result(AnchorState.MOVED, passage.part, earlier=within or "", marks_lost=marks_lost)
    if source.unread:
        return _Result(AnchorState.NOT_CHECKED, reason=source.unread)
    if source.is_article and within != "title" and all(passage.part != "abstract" for passage in source.now):
        return _Result(AnchorState.CANNOT_BE_CHECKED, reason=NO_ABSTRACT)
    before = _find(quote, within, source.then or ())
    earlier = before[0].part if before is not None else ""
    section, nearest = _nearest(quote, source.now, within or earlier)
    sha256 = _sha256(source.now, within)
    return _Result(AnchorState.LOST, section, earlier=earlier, reason=source.reason, nearest=nearest, sha256=sha256)


def _sha256(passages: Iterable[RecordPassage], within: str | None) -> str:
    """The SHA-256 of the tokens of the part that is named, of all parts where none is, or where it is not there."""
    read = [(passage, f"{passage.part} {tokenize(passage.text).sha256()}") for passage in passages]
    named = [text for passage, text in read if within == passage.part]
    return canonical_sha256(named or [text for _, text in read])


def _find(
    quote: TokenText, within: str | None, passages: Iterable[RecordPassage]
) -> tuple[RecordPassage, bool, bool] | None:
    """The best place of a quote: the passage, whether that is another than the one named, whether marks are lost.

    The part that is named comes first, then the others; in each, a place that has the quote's superscripts.
    """
    found: list[tuple[bool, bool, int, RecordPassage]] = []
    for number, passage in enumerate(passages):
        place = find_quote(quote, tokenize(passage.text))
        if place is not None:
            is_elsewhere = within is not None and within != passage.part and within not in passage.within
            found.append((is_elsewhere, place.marks_lost, number, passage))
    if not found:
        return None
    is_elsewhere, marks_lost, _, passage = min(found, key=lambda place: place[:3])
    return passage, is_elsewhere, marks_lost


def _nearest(quote: TokenText, passages: Iterable[RecordPassage], preferred: str) -> tuple[str, str]:
    """The part and the words that are most like a quote that is lost, the preferred part before others as alike."""
    best: tuple[float, str, str] = (0.0, "", "")
    for passage in passages:
        words, score = nearest_words(quote, tokenize(passage.text))
        if words:
            is_preferred = preferred == passage.part or preferred in passage.within
            best = max(best, (score + _PREFERENCE * is_preferred, passage.part, words), key=lambda near: near[0])
    _, part, words = best
    return part, words if len(words) <= _LONGEST_NEAR else words[:_LONGEST_NEAR].rpartition(" ")[0] + " …"
