"""A printed citation with its differences from the record marked word by word.

The comparer that judges (`evidence.matching`) also says where a field is and whether it differs;
only words of fields that the run itself reported as different are marked, so that nothing that is
merely written otherwise (abbreviated ranges, accents, quotation marks, "et al.") ever is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup, escape
from rapidfuzz.distance import LCSseq

from evidence.matching.authors import is_near_spelling
from evidence.matching.compare import compare
from evidence.matching.text import CleanText, american
from evidence.matching.verdict import Field, FieldComparison
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Article, Author, Journal
from evidence.model.regex import regex
from evidence.model.text import one_line

SAME, PRINTED, RECORDED = "same", "printed", "recorded"

_WORDED = frozenset({Field.TITLE, Field.AUTHORS, Field.JOURNAL})  # long enough to be found by their words alone
_GIVEN = regex(r"[\s.\-]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of the citation: the same as in the record, printed only, or in the record only."""

    kind: str
    text: str

    @property
    def markup(self) -> Markup:
        """The text for the page; its spaces count, so it is not folded once more."""
        return escape(self.text)


@dataclass(frozen=True, slots=True)
class Citation:
    """The citation as printed, with its differences; `sentences` says what each is."""

    pieces: tuple[Piece, ...]
    sentences: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether anything is marked."""
        return any(piece.kind != SAME for piece in self.pieces)


def citation(printed: str, record: Mapping[str, Any] | None, fields: Collection[str]) -> Citation:
    """Mark the differences that the run reported.

    Args:
        printed: The citation, verbatim (`cited_as` of the report's document).
        record: The record as a CSL item, None when there is none.
        fields: The fields in which the run found differences, also ignored ones. In others nothing is marked:
            the run saw more of the record than the item holds.
    """
    text = CleanText(one_line(printed))
    if record is None or not fields:
        return Citation((Piece(SAME, text.raw),))
    article = article_of(record)
    compared = compare(printed, article)
    differing = [comparison for comparison in compared.differences if comparison.field in fields]
    pieces = [piece for piece in _pieces(text, compared.fields, differing, article) if piece.text]
    merged = [
        Piece(kind, "".join(piece.text for piece in group))
        for kind, group in groupby(pieces, key=lambda piece: piece.kind)
    ]
    sentences = [sentence for comparison in differing for sentence in (comparison.message, *comparison.also)]
    return Citation(tuple(merged), tuple(sentences))


def article_of(item: Mapping[str, Any]) -> Article:
    """As much of an article as its CSL item says: what a comparison of citations looks at."""
    kind, _, value = str(item["id"]).partition(":")
    known = IdKind(kind) if kind in set(IdKind) else IdKind.PMID
    page = str(item.get("page", ""))
    parts = (item.get("issued") or {}).get("date-parts") or [[None]]
    first = parts[0][0] if parts[0] else None
    year = first if isinstance(first, int) and 0 < first < 10_000 else None
    short = str(item.get("container-title-short", ""))
    return Article(
        Identifier(known, value),
        str(item.get("title", "")),
        vernacular_title=str(item.get("original-title", "")),
        authors=tuple(map(_author, item.get("author", ()))),
        journal=Journal(str(item.get("container-title", "")), short, short),
        issued=None if year is None else PartialDate(year),
        years=() if year is None else (year,),
        volume=str(item.get("volume", "")),
        issue=str(item.get("issue", "")),
        pages=page,
        elocations=() if "-" in page or not page else (page,),
        also_known_as=(Identifier(IdKind.DOI, str(item["DOI"])),) if item.get("DOI") else (),
        is_book=item.get("type") in {"book", "chapter"},
    )


def _author(name: Mapping[str, Any]) -> Author:
    given = str(name.get("given", ""))
    initials = "".join(word[0] for word in _GIVEN.split(given) if word)
    return Author(
        str(name.get("family", "")), given, initials, str(name.get("suffix", "")), str(name.get("literal", ""))
    )


@dataclass(frozen=True, slots=True)
class _Change:
    """The characters `start` to `end` of the citation, for which the record has `recorded`."""

    start: int
    end: int
    recorded: str


def _pieces(
    text: CleanText, fields: tuple[FieldComparison, ...], differing: list[FieldComparison], article: Article
) -> Iterator[Piece]:
    at = 0
    for change in sorted(_changes(text, fields, differing, article), key=lambda change: (change.start, change.end)):
        if change.start < at:
            continue
        yield Piece(SAME, text.raw[at : change.start])
        yield Piece(PRINTED, text.raw[change.start : change.end])
        yield Piece(RECORDED, one_line(change.recorded))
        at = change.end
    yield Piece(SAME, text.raw[at:])


def _changes(
    text: CleanText, fields: tuple[FieldComparison, ...], differing: list[FieldComparison], article: Article
) -> Iterator[_Change]:
    """Where each differing field is in the citation as it is printed; what is not found stays unmarked."""
    places: dict[Field, tuple[int, int] | None] = {
        comparison.field: _place(text, comparison.printed, 0) for comparison in fields if comparison.field in _WORDED
    }
    title, journal = places.get(Field.TITLE), places.get(Field.JOURNAL)
    numbers_at = journal[1] if journal else title[1] if title else 0
    for comparison in differing:
        field, printed = comparison.field, comparison.printed
        place = places.get(field) or _place(text, printed, numbers_at) or _place(text, printed, 0)
        if place is None:
            continue
        if field is Field.VOLUME:
            numbers_at = place[1]
        if field is Field.TITLE:
            yield from _word_changes(text, place, CleanText(comparison.recorded))
        elif field is Field.AUTHORS:
            yield from _name_changes(text, place, article)
        else:
            yield _Change(*_span(text, *place), comparison.recorded)


def _place(text: CleanText, printed: str, start: int) -> tuple[int, int] | None:
    """The first place of these words, whatever is between them."""
    keys = CleanText(printed).keys
    if not keys:
        return None
    ends = range(start, len(text) - len(keys) + 1)
    return next(((at, at + len(keys)) for at in ends if text.keys[at : at + len(keys)] == keys), None)


def _span(text: CleanText, first: int, end: int) -> tuple[int, int]:
    return text.starts[first], text.ends[end - 1]


def _word_changes(text: CleanText, place: tuple[int, int], record: CleanText) -> Iterator[_Change]:
    """The title's words against the record's; words that differ only in how they are joined are the same."""
    first, end = place
    here = [american(key) for key in text.keys[first:end]]
    there = [american(key) for key in record.keys]
    steps = LCSseq.opcodes(here, there)
    for equal, group in groupby(steps, key=lambda step: step.tag == "equal"):
        if equal:
            continue
        run = list(group)
        ours = (run[0].src_start, run[-1].src_end)
        theirs = (run[0].dest_start, run[-1].dest_end)
        if "".join(here[slice(*ours)]) == "".join(there[slice(*theirs)]):
            continue
        recorded = record.slice(*theirs)
        if ours[0] < ours[1]:
            yield _Change(*_span(text, first + ours[0], first + ours[1]), recorded)
        else:
            gap = text.ends[first + ours[0] - 1] if ours[0] else text.starts[first]
            yield _Change(gap, gap, recorded)


def _name_changes(text: CleanText, place: tuple[int, int], article: Article) -> Iterator[_Change]:
    """Printed names that no author of the record explains; a near spelling is given beside its own."""
    names = [
        CleanText(f"{author.family} {author.given} {author.suffix} {author.collective}") for author in article.authors
    ]
    known = {key for name in names for key in name.keys}
    initials = [author.initials.casefold() for author in article.authors]
    printed = set(text.keys[slice(*place)])
    for at in range(*place):
        word, key = text.words[at], text.keys[at]
        is_initials = word.isupper() and len(word) <= 4
        if not key or key in known or key in {"et", "al", "others"} or word.islower() or key.isdigit():
            continue
        if is_initials and any(key in letters or set(key) <= set(letters) for letters in initials):
            continue
        unread = (CleanText(author.family) for author in article.authors)
        meant = (
            family.raw
            for family in unread
            if not printed & set(family.keys) and is_near_spelling("".join(family.keys), key)
        )
        yield _Change(*_span(text, at, at + 1), "" if is_initials else next(meant, ""))
