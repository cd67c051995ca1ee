"""How often, and where first, a monograph's text cites each entry of its list."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from itertools import islice
from pathlib import Path, PurePath
from typing import assert_never

from evidence.app import import_files as bib
from evidence.app import import_files as csl
from evidence.app import import_files as endnote
from evidence.app import import_files as nbib
from evidence.app import import_files as ris
from evidence.app.import_files import REGISTERED, TELLING, CitationCount, Listed, Listing, identifier_values, verbatim
from evidence.app.import_files import listed as listed_xreading
from evidence.documents.citations import Marker, PairingText, find_markers, names_of, pair, text_of
from evidence.documents.document import Document, DocumentFormat
from evidence.documents.identify import Recognised, recognise
from evidence.documents.reader import LARGEST_BINARY, parse_document
from evidence.documents.reflist import (
    CITES_BY_KEY,
    ListedEntry,
    ReferenceList,
    find_references,
    is_like,
    is_list_heading,
)
from evidence.documents.reflist import CitedWork as Named
from evidence.library import markdown
from evidence.library.editor import NEW_LIBRARY, AddEntries, Change, SetFields
from evidence.library.fields import IDENTIFIER_FIELDS, rank
from evidence.library.files import LARGEST, SourceText, decoded
from evidence.library.fill import Ids, base_of, identifier_fields
from evidence.library.scalars import Value, scalar
from evidence.model.case import Beside, Case
from evidence.model.csl import csl_item
from evidence.model.errors import FileError
from evidence.model.identifiers import FIELD_OF, Identifier, IdKind
from evidence.model.outcomes import Ambiguous, Answer, Candidate, Match, Matched, Unasked, Unmatched
from evidence.model.records import is_retracted
from evidence.model.references import Library, Reference
from evidence.rules.style import is_style_fix_of

# How often, and where first, a monograph's text cites each entry of its list.

_WORDS_SHOWN = 28  # characters before a marker, where the text has no lines of its own


@dataclass(frozen=True, slots=True)
class Citations:
    """What a text cites: entries of its list by their positions, entries of a library by their ids (`[@smith-2007]`).

    `undefined` are the markers that lead to no entry of the list, as printed, each once.
    """

    by_position: Mapping[int, CitationCount]
    by_key: Mapping[str, CitationCount]
    undefined: tuple[str, ...]

    @property
    def any_found(self) -> bool:
        """Whether the text cites at all."""
        return bool(self.by_position or self.by_key or self.undefined)


def citations(document: Document, references: ReferenceList) -> Citations:
    """What the text cites, how often and where first."""
    markers = find_markers(document, references)
    by_number = {number: entry.position for number, entry in references.by_number().items()}
    by_name = _by_name(references) if any(marker.names for marker in markers) else {}
    by_position: dict[int, CitationCount] = {}
    by_key: dict[str, CitationCount] = {}
    undefined: dict[str, None] = {}
    for marker in markers:
        for key in marker.keys:
            by_key[key] = _again(by_key.get(key), document, marker)
        for position, shown in _targets(marker, by_number, by_name):
            if position is None:
                undefined[shown] = None
            else:
                by_position[position] = _again(by_position.get(position), document, marker)
    return Citations(by_position, by_key, tuple(undefined))


def _again(before: CitationCount | None, document: Document, marker: Marker) -> CitationCount:
    return CitationCount(before.times + 1, before.first) if before else CitationCount(1, _where(document, marker))


def _targets(
    marker: Marker, by_number: Mapping[int, int], by_name: Mapping[Named, int | None]
) -> Iterator[tuple[int | None, str]]:
    yield from ((by_number.get(number), f"[{number}]") for number in marker.numbers)
    for name in marker.names:
        position = by_name.get(name)
        if position is not None or name not in by_name:
            yield position, marker.text


def _by_name(references: ReferenceList) -> dict[Named, int | None]:
    """What name and year can mean; None for what two entries share."""
    told: dict[Named, int | None] = {}
    for entry in references.entries:
        for name in names_of(entry.text):
            told[name] = entry.position if name not in told else None
    return told


def _where(document: Document, marker: Marker) -> str:
    if document.exact:
        return f"line {document.place(marker.span[0]).line}"
    passage = document.blocks[marker.block].passage
    place = marker.span[0] - passage.span[0]
    return f'"…{passage.text[max(0, place - _WORDS_SHOWN) : place + len(marker.text)].strip()}"'


# What a match with records adds to an entry: identifiers where it is sure, candidates for a person where it is not.

MOST_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Gain:
    """Fields to write, the identifiers in them, how that came about, and what a person must know."""

    fields: dict[str, Value]
    identifiers: tuple[Identifier, ...] = ()
    how: str = ""
    doubts: tuple[str, ...] = ()
    unasked: bool = False


def gain_of(match: Match) -> Gain:
    """What is written of a match."""
    match match:
        case Matched(candidate=candidate):
            return _sure(candidate)
        case Ambiguous(candidates=candidates):
            number = len(candidates)
            doubt = "a likely record waits for your word" if number == 1 else f"{number} likely records, choose one"
            values: list[Value] = [_candidate(one) for one in candidates[:MOST_CANDIDATES]]
            return Gain({"candidates": values}, how=f"{number} candidate{'s' if number > 1 else ''}", doubts=(doubt,))
        case Unmatched():
            return Gain({}, how="no record found", doubts=("no identifier is printed and no record was found",))
        case Unasked(reason=reason):
            told = f"no identifier is printed, and nobody was asked: {reason}"
            return Gain({}, how="not asked", doubts=(told,), unasked=True)
        case _:
            assert_never(match)


def _sure(candidate: Candidate) -> Gain:
    record = candidate.record
    agreeing = f" ({', '.join(candidate.agrees)})" if candidate.agrees else ""
    differing = f", not {', '.join(candidate.differs)}" if candidate.differs else ""
    doubts = ("RETRACTED: the record says so",) if is_retracted(record) else ()
    fields: dict[str, Value] = {"type": str(csl_item(record)["type"]), **identifier_fields(record)}
    names = (record.identifier, *record.also_known_as)
    return Gain(fields, names, f"matched {candidate.score:.2f}{agreeing}{differing}", doubts)


def _candidate(candidate: Candidate) -> dict[str, Value]:
    """As the file holds it: the record's PMID and DOI, the score, the title as plain text."""
    numbers = identifier_fields(candidate.record)
    told: dict[str, Value] = {key: numbers[key] for key in ("PMID", "DOI") if key in numbers} or dict(numbers)
    title = " ".join(candidate.record.title.split())
    return {**told, "score": f"{candidate.score:.2f}", **({"title": title} if title else {})}


# Which entry of a file to be imported is which entry of a library that exists: by identifier, then by text.

ALL_BUT_THE_NUMBER = 97.0
"""The least likeness of two prints whose registries' numbers differ, and which are one work all the same: mended."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Numbers (from 0) of entries: `pairs` listed -> in the library; `repeats` listed -> the listed one they repeat."""

    pairs: dict[int, int]
    repeats: dict[int, int]


def sort_out(entries: Sequence[Listed], references: Sequence[Reference]) -> Sorted:
    """Pair each entry with at most one reference; the second print of a work repeats the first."""
    repeats = _repeats(entries)
    pairs = _by_print(entries, references, repeats)
    _by_key(entries, references, repeats, pairs)
    taken = set(pairs.values())
    open_entries = [at for at in range(len(entries)) if at not in repeats and at not in pairs]
    open_references = [at for at in range(len(references)) if at not in taken]
    found = pair(
        [PairingText(entries[at].text, entries[at].identifiers) for at in open_entries],
        [PairingText(text_of(references[at]), references[at].identifiers) for at in open_references],
    )
    for one in found.pairs:
        at, other = open_entries[one.printed], open_references[one.wanted]
        by_text = one.likeness is not None and one.likeness < ALL_BUT_THE_NUMBER
        if not (by_text and contradict(entries[at].identifiers, references[other].identifiers)):
            pairs[at] = other
    leader = {other: at for at, other in pairs.items()}
    for one in found.again:
        at, other = open_entries[one.printed], open_references[one.wanted]
        shared = set(registered(entries[at].identifiers)) & set(registered(references[other].identifiers))
        if shared and leader.get(other, at) < at:
            repeats[at] = leader[other]
    return Sorted(pairs, repeats)


def registered(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """Those that stand for one work alone."""
    return [identifier for identifier in identifiers if identifier.kind in REGISTERED]


def contradict(ones: Iterable[Identifier], others: Iterable[Identifier]) -> bool:
    """Whether a registry's number of one kind differs and none is the same."""
    mine, theirs = registered(ones), registered(others)
    return not set(mine) & set(theirs) and bool({one.kind for one in mine} & {other.kind for other in theirs})


def _repeats(entries: Sequence[Listed]) -> dict[int, int]:
    """Entries that name a work named before them, or say the same words."""
    by_identifier: dict[Identifier, int] = {}
    by_text: dict[str, int] = {}
    repeats: dict[int, int] = {}
    for at, entry in enumerate(entries):
        numbers = registered(entry.identifiers)
        earlier = next((by_identifier[number] for number in numbers if number in by_identifier), None)
        same = by_text.get(entry.text)
        if earlier is None and same is not None and not contradict(numbers, entries[same].identifiers):
            earlier = same
        if earlier is not None:
            repeats[at] = earlier
        first = at if earlier is None else earlier
        by_text.setdefault(entry.text, first)
        for number in numbers:
            by_identifier.setdefault(number, first)
    return repeats


def _by_print(entries: Sequence[Listed], references: Sequence[Reference], repeats: dict[int, int]) -> dict[int, int]:
    """By the printed text, to the letter, or by the same fields: the first with the first that says so."""
    waiting: dict[object, deque[int]] = defaultdict(deque)
    for other, reference in enumerate(references):
        waiting[reference.cited_as or _said(reference.csl)].append(other)
    pairs: dict[int, int] = {}
    for at, entry in enumerate(entries):
        said = entry.cited_as or _said({key: _read(entry.fields[key]) for key in TELLING if key in entry.fields})
        same = waiting.get(said) if said else None
        if same and at not in repeats:
            if entry.cited_as is None and contradict(entry.identifiers, references[same[0]].identifiers):
                continue
            pairs[at] = same.popleft()
    return pairs


def _read(value: Value) -> object:
    """A value as it is read from a file."""
    if isinstance(value, str):
        return markdown.to_html(value)
    if isinstance(value, Mapping):
        return {key: _read(inner) for key, inner in value.items()}
    return [_read(inner) for inner in value]


def _said(csl: Mapping[str, object]) -> tuple[str, ...]:
    """What an entry's fields say; empty where they say nothing."""
    said = tuple(repr(csl[key]) if csl.get(key) else "" for key in TELLING)
    return said if any(said) else ()


def _by_key(
    entries: Sequence[Listed], references: Sequence[Reference], repeats: dict[int, int], pairs: dict[int, int]
) -> None:
    """A reference manager's key is an entry's id, unless they are of different works."""
    by_id = {reference.id: other for other, reference in enumerate(references)}
    taken = set(pairs.values())
    for at, entry in enumerate(entries):
        other = by_id.get(entry.key or "")
        if at in repeats or at in pairs or other is None or other in taken:
            continue
        if not contradict(entry.identifiers, references[other].identifiers):
            pairs[at] = other
            taken.add(other)


# What becomes of each entry that is imported.


class RowAction(StrEnum):
    """What is done with an entry."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "as it is"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the file imported, and what is done with it.

    `id` is its entry's; `fields` what is written (all of a new entry's, only those that change of another's). `how`
    says how it was identified, `there` are the identifiers that its entry has already. `doubts` need a person, `notes`
    do not; `unasked` is True where somebody who could have known it gave no answer.
    """

    listed: Listed
    id: str
    fate: RowAction
    fields: Mapping[str, Value] = field(default_factory=dict)
    how: str = ""
    there: tuple[Identifier, ...] = ()
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unasked: bool = False
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All rows in the order of the file imported; `unprinted` are the library's entries that it does not hold."""

    rows: tuple[Row, ...]
    unprinted: tuple[str, ...] = ()

    @property
    def changes(self) -> list[Change]:
        """What is to be edited in the library."""
        changes: list[Change] = [
            SetFields(row.index, row.fields)
            for row in self.rows
            if row.fate is RowAction.CHANGED and row.index is not None
        ]
        new = [row.fields for row in self.rows if row.fate is RowAction.NEW]
        return [*changes, *([AddEntries(new)] if new else [])]

    def of(self, fate: RowAction) -> list[Row]:
        """The rows of one fate."""
        return [row for row in self.rows if row.fate is fate]


# What a new print changes in an entry that exists, and what of it people keep.


@dataclass(slots=True)
class EntryUpdate:
    """The fields to set, and what is told of what was not."""

    fields: dict[str, Value] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def update(entry: Listed, reference: Reference, gain: Gain | None) -> EntryUpdate:
    """What follows the new print: `cited-as`, and values that are still those of the print before.

    Lacking identifiers are added, unless the print before had them too: then somebody has taken them out. Of a
    reference manager's entry every lacking field is added.
    """
    made = EntryUpdate(doubts=entry.doubts, notes=entry.notes)
    before = recognise(reference.cited_as or "")
    if entry.cited_as and entry.cited_as != reference.cited_as:
        made.fields["cited-as"] = entry.cited_as
    _accessed(entry, reference, before, made)
    _identifiers(entry, reference, before, made)
    if entry.cited_as is None:
        made.fields |= {
            key: value
            for key, value in entry.fields.items()
            if key not in reference.places and key not in IDENTIFIER_FIELDS and not key.startswith("x-")
        }
    if gain is not None:
        made.doubts += gain.doubts
        made.fields |= {key: value for key, value in gain.fields.items() if key not in reference.places}
        if gain.identifiers and "candidates" in reference.places:
            made.notes += ("its candidates are settled, delete them",)
    return made


def _accessed(entry: Listed, reference: Reference, before: Recognised, made: EntryUpdate) -> None:
    """The day of access: a person's own is kept."""
    printed = before.accessed.date if before.accessed else None
    now, there = entry.accessed, reference.accessed
    if now == there or (now is None and printed is None):
        return
    if now is None:
        made.notes += (f"prints no day of access any more, accessed {there} is kept",) if there else ()
    elif there == printed and (there is not None or "accessed" not in reference.places):
        made.fields["accessed"] = str(now)
    elif now != printed:
        made.notes += (f"prints accessed {now}; {there or 'what is'} in the file is kept",)


def _identifiers(entry: Listed, reference: Reference, before: Recognised, made: EntryUpdate) -> None:
    named = set(before.identifiers)
    seen: set[IdKind] = set()
    for identifier in entry.identifiers:
        kind = identifier.kind
        if kind in seen or identifier in reference.identifiers or kind not in FIELD_OF:
            continue
        seen.add(kind)
        uses = [use for use in reference.uses if use.identifier.kind is kind]
        if identifier in named:
            continue  # printed before: whoever wrote something else, or took it out, knew of it
        if not uses and FIELD_OF[kind] not in reference.places:
            made.fields[FIELD_OF[kind]] = entry.fields[FIELD_OF[kind]]
        elif uses and all(use.identifier in named and use.key in entry.fields for use in uses):
            made.fields |= {use.key: entry.fields[use.key] for use in uses}
        else:
            there = _shown(uses[0].identifier) if uses else FIELD_OF[kind]
            made.doubts += (f"names {_shown(identifier)}; {there} in the file is kept",)


def _shown(identifier: Identifier) -> str:
    return identifier.value if identifier.kind is IdKind.URL else f"{identifier.kind.upper()} {identifier.value}"


# From the entries of a file, a library and what matching found to what is to be written. Pure: others ask and write.

UNIDENTIFIED = "REF003"
"""The rule that reports an entry without identifier."""


@dataclass(frozen=True, slots=True)
class Import:
    """A listing sorted out against a library; `wanting` are the entries (from 0) that have no identifier anywhere."""

    listing: Listing
    library: Library
    sorted: Sorted
    wanting: tuple[int, ...]

    @property
    def citations(self) -> list[str]:
        """The texts to be matched, in the order of `wanting`."""
        return [self.listing.entries[at].text for at in self.wanting]


def begin(listing: Listing, library: Library) -> Import:
    """Sort the entries out, and see which have to be matched."""
    found = sort_out(listing.entries, library.references)
    wanting = (
        at
        for at, entry in enumerate(listing.entries)
        if at not in found.repeats
        and not entry.identifiers
        and (at not in found.pairs or _is_open(library.references[found.pairs[at]]))
    )
    return Import(listing, library, found, tuple(wanting))


def _is_open(reference: Reference) -> bool:
    """Whether nothing in the entry identifies it, not even something malformed that a person has to mend.

    One whose lack of an identifier somebody has explained (`ignore: {REF003: …}`) is not looked for again.
    """
    return not reference.places.keys() & set(FIELD_OF.values()) and UNIDENTIFIED not in reference.ignore


@dataclass(slots=True)
class _Work:
    """What is taken while rows are made: ids, and the works that the library has."""

    ids: Ids
    works: dict[Identifier, str] = field(default_factory=dict)

    def take(self, name: str, identifiers: tuple[Identifier, ...]) -> None:
        for identifier in identifiers:
            self.works.setdefault(identifier, name)

    def holder(self, identifiers: tuple[Identifier, ...]) -> str | None:
        """The entry that one of these registries' numbers belongs to."""
        return next((self.works[one] for one in registered(identifiers) if one in self.works), None)


def plan(begun: Import, matches: tuple[Match, ...] | None, mended: AbstractSet[int] = frozenset()) -> Plan:
    """What becomes of every entry.

    Args:
        begun: What `begin` made.
        matches: One for each of `begun.wanting`; None when nobody was to be asked.
        mended: The entries (from 0) whose print the library has with its form mended: that form is kept.
    """
    references = begun.library.references
    work = _Work(Ids(reference.id for reference in references))
    for reference in references:
        work.take(reference.id, reference.identifiers)
    gains = _gains(begun, matches)
    rows: list[Row] = []
    for at, entry in enumerate(begun.listing.entries):
        if at in begun.sorted.repeats:
            rows.append(_repeat(entry, rows[begun.sorted.repeats[at]]))
        elif at in begun.sorted.pairs:
            row = _known(_in_form(entry, begun, at) if at in mended else entry, begun, at, gains.get(at), work)
            rows.append(row)
        else:
            rows.append(_new(entry, gains.get(at), work))
    held = {row.id for row in rows}
    return Plan(tuple(rows), tuple(reference.id for reference in references if reference.id not in held))


def _gains(begun: Import, matches: tuple[Match, ...] | None) -> Mapping[int, Gain]:
    if matches is None:
        gain = Gain({}, how="none", doubts=("no identifier is printed",))
        return dict.fromkeys(begun.wanting, gain)
    return {at: gain_of(match) for at, match in zip(begun.wanting, matches, strict=True)}


def _repeat(entry: Listed, first: Row) -> Row:
    note = f"the same as {first.listed.label}, written once"
    return Row(entry, first.id, RowAction.REPEATED, how="in the list", notes=(*entry.notes, note))


def _new(entry: Listed, gain: Gain | None, work: _Work) -> Row:
    names = (*entry.identifiers, *(gain.identifiers if gain else ()))
    holder = work.holder(names)
    if holder is not None:
        how = gain.how if gain else "printed"
        return Row(entry, holder, RowAction.REPEATED, how=how, notes=(*entry.notes, f"already there as {holder}"))
    name = work.ids.new(entry.key or entry.base or f"reference-{entry.position}")
    shared = next((work.works[one] for one in names if one in work.works), None)
    doubts = [*entry.doubts, *(gain.doubts if gain else ())]
    doubts += [f"shares its page with {shared}"] if shared else []
    work.take(name, names)
    return Row(
        listed=entry,
        id=name,
        fate=RowAction.NEW,
        fields=_fields(name, entry, gain),
        how=gain.how if gain else "printed",
        doubts=tuple(doubts),
        notes=entry.notes,
        unasked=gain is not None and gain.unasked,
    )


def _fields(name: str, entry: Listed, gain: Gain | None) -> dict[str, Value]:
    fields: dict[str, Value] = {"id": name, **(gain.fields if gain else {}), **entry.fields}
    if entry.accessed is not None:
        fields["accessed"] = str(entry.accessed)
    if entry.cited_as:
        fields["cited-as"] = entry.cited_as
    return {key: fields[key] for key in sorted(fields, key=rank)}


def _known_as(reference: Reference) -> str:
    return "in the file" if reference.identifiers or UNIDENTIFIED not in reference.ignore else "none, as explained"


def _in_form(entry: Listed, begun: Import, at: int) -> Listed:
    """The entry with the form that `cited-as` has been given."""
    note = "printed with slips of form that cited-as no longer has; cited-as is kept"
    there = begun.library.references[begun.sorted.pairs[at]]
    return replace(entry, cited_as=there.cited_as, notes=(*entry.notes, note))


def _known(entry: Listed, begun: Import, at: int, gain: Gain | None, work: _Work) -> Row:
    index = begun.sorted.pairs[at]
    reference = begun.library.references[index]
    if gain is not None:
        holder = work.holder(gain.identifiers)
        if holder not in {None, reference.id}:
            gain = replace(gain, fields={}, doubts=(f"{gain.how} the work of {holder}",))
    updated = update(entry, reference, gain)
    work.take(reference.id, (*entry.identifiers, *(gain.identifiers if gain else ())))
    return Row(
        listed=entry,
        id=reference.id,
        fate=RowAction.CHANGED if updated.fields else RowAction.SAME,
        fields=updated.fields,
        how=gain.how if gain else "printed" if entry.identifiers else _known_as(reference),
        there=reference.identifiers,
        doubts=updated.doubts,
        notes=updated.notes,
        unasked=gain is not None and gain.unasked,
        index=index,
    )


# Which prints are those that the library holds already, mended in form: the mended form is what people accepted.

_NUMBER = re.compile(r"\d+")


def reprinted(begun: Import) -> dict[int, Reference]:
    """The entries (from 0) that a library has in other words, as far as these can be another form of the same."""
    return {
        at: reference
        for at, other in begun.sorted.pairs.items()
        if _may_be_mended((reference := begun.library.references[other]).cited_as, begun.listing.entries[at].cited_as)
    }


def _may_be_mended(style_fixed: str | None, printed: str | None) -> bool:
    """Whether they differ, and no number of the print is lost: no form is about numbers."""
    if not style_fixed or not printed or style_fixed == printed:
        return False
    return Counter(_NUMBER.findall(printed)) <= Counter(_NUMBER.findall(style_fixed))


def style_fixed(begun: Import, answers: Mapping[Identifier, Answer], today: date) -> frozenset[int]:
    """Those of `reprinted` whose `cited-as` is the print with its form mended, and with nothing else changed.

    Args:
        begun: What `begin` made.
        answers: What is known of the references' identifiers; without, the forms that go by records are not told.
        today: The day of the import.
    """
    return frozenset(_mended(begun, answers, today))


def _mended(begun: Import, answers: Mapping[Identifier, Answer], today: date) -> Iterator[int]:
    library = begun.library
    ours = Beside([reference.cited_as for reference in library.references if reference.cited_as])
    theirs = Beside([entry.cited_as for entry in begun.listing.entries if entry.cited_as])
    for at, reference in reprinted(begun).items():
        known = tuple(answers[one] for one in reference.identifiers if one in answers)
        case, beside = (Case(reference, library, library.policy, today, known, beside=one) for one in (ours, theirs))
        text, printed = reference.cited_as, begun.listing.entries[at].cited_as
        if text and printed and is_style_fix_of(text, printed, case, beside):
            yield at


# What a printed reference begins with and is of: names for its id, and the type that its marks make plain.

_YEAR = r"(?:1[89]|20)\d\d"
_YEARS = (
    re.compile(rf"(?<!\d)({_YEAR})[a-z]?(?:\s[A-Z][a-z]{{2,8}}\.?(?:[-\s][A-Za-z\d-]{{1,9}})?)?\s?;"),  # Vancouver, AMA
    re.compile(rf"\(({_YEAR})[a-z]?(?:,[^()]{{0,30}})?\)"),  # APA, Harvard
    re.compile(rf"(?<![\d-])({_YEAR})[a-z]?(?![\d-])"),
)
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")  # U.S. is one word
_NAME = re.compile(r"[\"'\u201c\u201d\u2018*_\s]*([^,.;:(\d\"\u201c\u201d]{2,120})")
_LOCATOR = re.compile(  # 2007;102(4):820, vol. 3, 12(3), 45
    rf"{_YEAR}[^;]{{0,20}};\s?[A-Za-z]{{0,6}}\.?\s?\d[^\s:;]{{0,8}}(?:\s?\([^()]{{1,30}}\))?\s?:\s?\w"
    r"|\bvol\.?\s?\d|\b\d{1,4}\s?\([^()]{1,15}\)\s?[:,]\s?\w?\d"
)
_IN_A_BOOK = re.compile(r"(?:^|[.:;,)\]]\s+)In:?\s+(?=[A-Z\u00c0-\u024f])|\bStatPearls\b")


def name_and_year(text: str, recognised: Recognised) -> tuple[str, str]:
    """The first author (or body, or the first words) and the year; empty where there is none.

    The day of access and what stands in addresses are no year of publication.
    """
    spans = [mention.span for mention in recognised.mentions if mention.span is not None]
    spans += [recognised.accessed.span] if recognised.accessed else []
    for first, behind in spans:
        text = text[:first] + " " * (behind - first) + text[behind:]
    year = next((match[1] for pattern in _YEARS if (match := pattern.search(text))), "")
    found = _NAME.match(_DOTTED.sub(lambda word: word[0].replace(".", ""), text[:300]))
    words = found[1].split() if found else []
    while len(words) > 1 and words[-1].isupper() and len(words[-1]) <= 3:
        words.pop()  # initials
    return " ".join(words), year


def type_of(text: str, recognised: Recognised) -> str | None:
    """The CSL type, where identifiers or the way of printing leave no doubt."""
    kinds = {identifier.kind for identifier in recognised.identifiers}
    if IdKind.SETID in kinds:
        return "webpage"
    if recognised.isbns or _IN_A_BOOK.search(text):
        return "chapter" if _IN_A_BOOK.search(text) else "book" if recognised.isbns else None
    if kinds & {IdKind.PMID, IdKind.PMCID} or (IdKind.DOI in kinds and _LOCATOR.search(text)):
        return "article-journal"
    if _LOCATOR.search(text) and not kinds:
        return "article-journal"
    return "webpage" if kinds & {IdKind.URL, IdKind.NCT} and not kinds & {IdKind.DOI} else None


# What a file is that is to be imported: told by what stands in it where that is plain, else by its name.


class ImportFormat(StrEnum):
    """Monographs, and the files of reference managers."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    DOCX = "docx"
    PDF = "pdf"
    BIBTEX = "bibtex"
    BIBLATEX = "biblatex"
    RIS = "ris"
    ENDNOTE = "endnote"
    NBIB = "nbib"
    CSL_JSON = "csl-json"
    CSL_YAML = "csl-yaml"

    @property
    def form(self) -> DocumentFormat | None:
        """The form of a monograph; None for a reference manager's file."""
        return DocumentFormat(self.value) if self.value in set(DocumentFormat) else None


_BY_NAME = {
    **dict.fromkeys((".md", ".markdown", ".qmd", ".rmd"), ImportFormat.MARKDOWN),
    **dict.fromkeys((".html", ".htm", ".xhtml"), ImportFormat.HTML),
    **dict.fromkeys((".txt", ".text"), ImportFormat.TEXT),
    **dict.fromkeys((".nbib", ".medline"), ImportFormat.NBIB),
    **dict.fromkeys((".yaml", ".yml"), ImportFormat.CSL_YAML),
    ".docx": ImportFormat.DOCX,
    ".pdf": ImportFormat.PDF,
    ".bib": ImportFormat.BIBTEX,
    ".bibtex": ImportFormat.BIBTEX,
    ".biblatex": ImportFormat.BIBLATEX,
    ".ris": ImportFormat.RIS,
    ".xml": ImportFormat.ENDNOTE,
    ".json": ImportFormat.CSL_JSON,
}
_PLAIN = frozenset(["", ".txt", ".text"])
"""Endings that say nothing of what kind of text a file is: PubMed saves its records as .txt."""

_LOOKED_AT = 20_000  # bytes; of a file's beginning
_SIGNS = (
    (re.compile(rb"%PDF-"), ImportFormat.PDF),
    (re.compile(rb"PK\x03\x04"), ImportFormat.DOCX),
    (re.compile(rb"\s*PMID- ?\d"), ImportFormat.NBIB),
    (re.compile(rb"\s*TY  -"), ImportFormat.RIS),
    (re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<xml>\s*<records>|\s*(?:<\?xml[^>]*>\s*)?<records>"), ImportFormat.ENDNOTE),
)
_LIKELY = (
    (re.compile(rb"\s*(?:<!DOCTYPE html|<html\b)", re.IGNORECASE), ImportFormat.HTML),
    (re.compile(rb"\s*(?:%[^\n]*\n\s*)*@[A-Za-z]+\s*[{(]"), ImportFormat.BIBTEX),
    (re.compile(rb"\s*[\[{]\s*(?:\{\s*)?\""), ImportFormat.CSL_JSON),
    (re.compile(rb"\s*(?:#[^\n]*\n\s*)*(?:---\s*\n\s*)?references:\s*(?:\n|\[)"), ImportFormat.CSL_YAML),
)
_OF_BIBLATEX = re.compile(
    rb"^[^\S\n]*+(?:date|journaltitle|location|institution|eprinttype|urldate)\s*=|@(?:online|thesis|collection|dataset)\s*\{",
    re.IGNORECASE | re.MULTILINE,
)


def kind_by_name(name: str) -> ImportFormat | None:
    """What a file's name alone says; None where it says nothing."""
    return _BY_NAME.get(PurePath(name).suffix.lower())


def kind_of(name: str, data: bytes) -> ImportFormat:
    """What a file is, by its first bytes and its name (`-` for standard input).

    Raises:
        FileError: neither tells.
    """
    suffix = PurePath(name).suffix.lower()
    begin = data[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf")
    kind = next((kind for sign, kind in _SIGNS if sign.match(begin)), None) or kind_by_name(name)
    if kind is None or suffix in _PLAIN:
        kind = next((likely for sign, likely in _LIKELY if sign.match(begin)), kind)
    if kind is None and suffix in _PLAIN:
        kind = ImportFormat.TEXT
    if kind is None:
        known = ", ".join(dict.fromkeys(_BY_NAME))
        raise FileError(f"what {suffix or 'this'} is cannot be told", path=name, fix=f"say --from; known are {known}")
    if kind is ImportFormat.BIBTEX and _OF_BIBLATEX.search(data):
        return ImportFormat.BIBLATEX
    return kind


# What a library says at its top when it is made from a monograph.


def new_library(path: Path, title: str | None, monograph: Path | None) -> SourceText:
    """An empty library that is to stand at `path`, with the monograph's title and its file, named from there."""
    said = {"title": title, "file": relative_to(path, monograph) if monograph else None}
    lines = [f"  {key}: {scalar(value)}" for key, value in said.items() if value]
    head = "\n".join(["monograph:", *lines, "", ""]) if lines else ""
    return SourceText(path.as_posix(), head + NEW_LIBRARY.text, NEW_LIBRARY.sha256)


def relative_to(library: Path, monograph: Path) -> str:
    """The monograph's path as the library's `monograph.file` names it: from the library's folder."""
    try:
        return Path(os.path.relpath(monograph.resolve(), library.resolve().parent)).as_posix()
    except ValueError:  # another drive
        return monograph.resolve().as_posix()


# The reference list that a monograph prints, ready to be imported.

_LONGEST_TITLE = 200


def printed_list(document: Document) -> Listing:
    """The entries of the monograph's reference list, and how its text cites them.

    Raises:
        FileError: there is no reference list in it.
    """
    found = find_references(document, may_be_all=True)
    if found is None:
        fix = "put a heading such as References above it"
        if CITES_BY_KEY.search(document.source.text):
            fix = "it cites by [@key]: import the bibliography whose keys these are"
        raise FileError("no reference list was found", path=document.path, fix=fix)
    cited = citations(document, found)
    return Listing(
        path=document.path,
        sha256=document.source.sha256,
        entries=tuple(
            listed(entry, cited.by_position.get(entry.position, CitationCount())) for entry in found.proper()
        ),
        is_printed=True,
        title=_title(document, found.blocks[0]),
        has_markers=cited.any_found,
        undefined=cited.undefined,
        by_key=cited.by_key,
    )


def listed(entry: ListedEntry, cited: CitationCount) -> Listed:
    """One printed entry, as it will be imported."""
    recognised = entry.recognised
    name, year = name_and_year(entry.text, recognised)
    kind = type_of(entry.text, recognised)
    fields: dict[str, Value] = {"type": kind} if kind else {}
    fields |= identifier_values(recognised.identifiers)
    if recognised.isbns:
        fields["ISBN"] = recognised.isbns[0]
    doubts = list(_doubts(recognised))
    return Listed(
        position=entry.position,
        label=str(entry.number or entry.position),
        text=entry.text,
        cited_as=verbatim(entry.text) or None,
        fields=fields,
        identifiers=recognised.identifiers,
        accessed=recognised.accessed.date if recognised.accessed else None,
        base=base_of(name, year, recognised.identifiers),
        doubts=tuple(doubts),
        cited=cited,
    )


def _doubts(recognised: Recognised) -> list[str]:
    doubts = []
    if recognised.accessed is not None and recognised.accessed.date is None:
        doubts.append(f"accessed {recognised.accessed.wording} can be read in two ways")
    kinds = Counter(identifier.kind for identifier in recognised.identifiers if identifier.kind is not IdKind.URL)
    for kind, number in kinds.items():
        if number > 1:
            named = ", ".join(one.value for one in recognised.identifiers if one.kind is kind)
            doubts.append(f"prints {number} {kind.upper()}s ({named}), the first is taken")
    return doubts


def _title(document: Document, behind: int) -> str | None:
    """The monograph's title: its first heading, in a plain text its first line if that is short."""
    plain = document.form in {DocumentFormat.TEXT, DocumentFormat.PDF}
    for block in document.blocks[: max(behind, 0)]:
        line = block.text.strip().split("\n")[0].strip()
        if (block.level or plain) and line and not is_list_heading(line):
            title = verbatim(line)
            return title if 0 < len(title) <= _LONGEST_TITLE and not is_like(title) else None
    return None


# A file to be imported, whatever it is, as a listing of entries.

MOST = 100_000
"""Entries of one file; a library of 20 MB holds fewer."""


_BINARY = frozenset([ImportFormat.DOCX, ImportFormat.PDF])


def largest(kind: ImportFormat | None) -> int:
    """The most bytes that a file of this kind may have, None for one that is not known yet."""
    return LARGEST_BINARY if kind is None or kind in _BINARY else LARGEST


def read_listing(shown: str, data: bytes, kind: ImportFormat) -> Listing:
    """The entries of a file; `shown` is the name under which errors speak of it.

    Raises:
        FileError: it cannot be read, is hostile, or holds no reference list.
        RenderError: its kind needs pandoc, and there is none.
    """
    if len(data) > largest(kind):
        size = f"{len(data) / 1e6:,.1f} MB"
        limit = f"{largest(kind) // 1_000_000} MB"
        raise FileError(f"this has {size}, the limit is {limit}", path=shown, fix="split it into several files")
    if kind.form is not None:
        return printed_list(parse_document(shown, data, kind.form))
    source = decoded(shown, data)
    items = list(islice(_items(source, data, kind), MOST + 1))
    if len(items) > MOST:
        raise FileError(f"this holds more than {MOST:,} references", path=shown, fix="split it into several files")
    entries = tuple(listed_xreading(position, item) for position, item in enumerate(items, 1))
    entries = tuple(entry for entry in entries if entry.identifiers or any(key in entry.fields for key in TELLING))
    if not entries:
        raise FileError(f"no reference was found in it, read as {kind}", path=shown, fix="say with --from what it is")
    return Listing(shown, source.sha256, entries, is_printed=False)


def _items(source: SourceText, data: bytes, kind: ImportFormat) -> Iterable[dict[str, object]]:
    match kind:
        case ImportFormat.BIBTEX | ImportFormat.BIBLATEX:
            return bib.bibtex_items(source, str(kind))
        case ImportFormat.RIS:
            return ris.ris_items(source.text)
        case ImportFormat.ENDNOTE:
            return endnote.endnote_items(source.path, data)
        case ImportFormat.NBIB:
            return nbib.nbib_items(source.path, source.text)
        case ImportFormat.CSL_JSON:
            return csl.json_items(source)
        case _:
            return csl.yaml_items(source)
