"""What an import changes in a library: pure decisions, from a listing's entries and what matching found for them.

`begin` pairs the entries with the references that the library has, `plan` decides what becomes of each. Others ask
the services and write the file.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from evidence.app.import_listing import DESCRIPTIVE_FIELDS, REGISTERED, ImportEntry, Listing, identifier_values
from evidence.documents.citations import text_of
from evidence.documents.identify import Recognised, recognise
from evidence.documents.pairs import PairingText, pair
from evidence.library import markdown
from evidence.library.editor import NEW_LIBRARY, AddEntries, Change, SetFields
from evidence.library.fields import IDENTIFIER_FIELDS, PREVIOUS, rank
from evidence.library.files import SourceText
from evidence.library.fill import Ids, identifier_fields
from evidence.library.scalars import Value, scalar
from evidence.matching.kinds import is_article_not_label
from evidence.matching.prints import Prints, compare_prints
from evidence.model.csl import csl_item
from evidence.model.dates import PartialDate
from evidence.model.identifiers import ARTICLES, FIELD_OF, LABELS, Identifier, IdKind, names_work
from evidence.model.outcomes import Ambiguous, Answer, Blocked, Match, Matched, Named, Unasked, Unavailable, Unmatched
from evidence.model.records import void_word
from evidence.model.references import Library, Reference
from evidence.model.regex import regex
from evidence.model.text import relative_path
from evidence.rules.case import Beside, Case
from evidence.rules.reference import missing_identifier, unidentified_article
from evidence.rules.style import is_style_fix_of

ALL_BUT_THE_NUMBER = 97.0
"""The least likeness of two prints that are one work although their registries' numbers differ: one was corrected."""

MOST_CANDIDATES = 5

_MOST_PRINTS = 20
"""Prints of one identifier with which a further one is compared: a list of more is no list of references."""

IDENTIFYING = ARTICLES | LABELS
"""Kinds of identifier that say which article, or which label, is cited."""

_IDENTIFYING_KEYS = frozenset(FIELD_OF[kind] for kind in IDENTIFYING)
_LABEL_KEYS = frozenset(FIELD_OF[kind] for kind in LABELS)

_NUMBER = regex(r"\d+")


class RowAction(StrEnum):
    """What is done with an entry."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "unchanged"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the file imported, and what is done with it.

    `id` is its entry's in the library; `fields` what is written (all of a new entry's, only those that change of
    another's), `removed` what it loses. `how` says how it was identified, `existing` are the identifiers that its
    entry has already. `caveats` need a person, `notes` do not; `unasked` is True where a service that could have known
    it gave no answer. `index` is the entry's in the library, from 0; None for a new or repeated one.
    """

    listed: ImportEntry
    id: str
    action: RowAction
    fields: Mapping[str, Value] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    how: str = ""
    existing: tuple[Identifier, ...] = ()
    caveats: tuple[str, ...] = ()
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
            SetFields(row.index, row.fields, removed=row.removed)
            for row in self.rows
            if row.action is RowAction.CHANGED and row.index is not None
        ]
        new = [row.fields for row in self.rows if row.action is RowAction.NEW]
        return [*changes, *([AddEntries(new)] if new else [])]

    def of(self, action: RowAction) -> list[Row]:
        """The rows with which this is done."""
        return [row for row in self.rows if row.action is action]


@dataclass(frozen=True, slots=True)
class Import:
    """A listing beside the library into which it is imported; entries and references are numbered from 0.

    `pairs` maps an entry to the reference that it is, `repeats` one to the earlier entry that it repeats.
    `unidentified` are the entries that have no identifier anywhere, and those of articles that have only an address; of
    `tentative` ones among these it is not clear that they are articles, so that no match says nothing. `naming` are
    the addresses that name a work by a number of their own; `unanswered` says why nobody said which one.
    """

    listing: Listing
    library: Library
    pairs: Mapping[int, int]
    repeats: Mapping[int, int]
    unidentified: tuple[int, ...]
    tentative: frozenset[int] = frozenset()
    naming: Mapping[int, Identifier] = field(default_factory=dict)
    unanswered: Mapping[int, str] = field(default_factory=dict)

    @property
    def citations(self) -> list[str]:
        """The texts to be matched, in the order of `unidentified`."""
        return [self.listing.entries[number].text for number in self.unidentified]


def new_library(path: Path, title: str | None, monograph: Path | None) -> SourceText:
    """An empty library that is to be written at `path`, with the monograph's title and its file, named from there."""
    values = {"title": title, "file": relative_to(path, monograph) if monograph else None}
    lines = [f"  {key}: {scalar(value)}" for key, value in values.items() if value]
    head = "\n".join(["monograph:", *lines, "", ""]) if lines else ""
    return SourceText(path.as_posix(), head + NEW_LIBRARY.text, NEW_LIBRARY.sha256)


def relative_to(library: Path, monograph: Path) -> str:
    """The monograph's path as the library's `monograph.file` names it: from the library's folder."""
    return Path(relative_path(monograph.resolve(), library.resolve().parent)).as_posix()


def begin(listing: Listing, library: Library, *, is_added: bool = False) -> Import:
    """Pair the listing's entries with the library's references, and find those that have to be matched.

    An address is no identifier of an article, nor is a label's Set ID; a DOI that was put together over a line's end is
    verified. An entry whose lack of an identifier somebody
    has explained (`ignore: {REF003: …}`) is not matched again, nor is one with a malformed identifier, which a person
    has to correct.

    Args:
        listing: What is imported.
        library: Into which it is imported.
        is_added: It is added to another monograph's library, whose entries become no other sources by it.
    """
    pairs, repeats = _paired(listing.entries, library.references)
    if is_added:
        pairs = {
            at: index
            for at, index in pairs.items()
            if not _is_other_source(listing.entries[at].identifiers, library.references[index].identifiers)
        }
    unidentified: list[int] = []
    tentative: set[int] = set()
    naming: dict[int, Identifier] = {}
    for number, entry in enumerate(listing.entries):
        reference = library.references[pairs[number]] if number in pairs else None
        if entry.is_joined and number not in repeats and not _has_identifier_of(reference, entry):
            unidentified.append(number)
            tentative.add(number)
            continue
        if number in repeats or not _is_open(entry, reference):
            continue
        known = (*entry.identifiers, *(reference.identifiers if reference else ()))
        address = next((identifier for identifier in known if names_work(identifier.value)), None)
        if address is not None:
            naming[number] = address
        if not known or entry.may_be_article:
            unidentified.append(number)
            tentative |= {number} if known and not entry.is_article else set()
    return Import(listing, library, pairs, repeats, tuple(unidentified), frozenset(tentative), naming)


def _has_identifier_of(reference: Reference | None, entry: ImportEntry) -> bool:
    return reference is not None and not set(reference.identifiers).isdisjoint(entry.identifiers)


def _is_other_source(printed: Collection[Identifier], known: Collection[Identifier]) -> bool:
    return bool(printed and known) and not set(printed) & set(known)


def _is_open(entry: ImportEntry, reference: Reference | None) -> bool:
    """Whether neither the print nor the library gives an identifier of the work, and nobody has said why not."""
    given = {FIELD_OF[identifier.kind] for identifier in entry.identifiers} | entry.fields.keys()
    if reference is not None:
        given |= {FIELD_OF[identifier.kind] for identifier in reference.identifiers} | reference.places.keys()
        if reference.ignore.keys() & {missing_identifier.code, unidentified_article.code}:
            return False
    given &= _IDENTIFYING_KEYS
    return not given or (given <= _LABEL_KEYS and entry.is_article and is_article_not_label(entry.text))


def identified(begun: Import, named: Mapping[Identifier, Named]) -> Import:
    """The import with the identifiers of the works that addresses name, as their registries say.

    Args:
        begun: What `begin` made.
        named: What was answered about the addresses in `begun.naming`.
    """
    entries = list(begun.listing.entries)
    unanswered: dict[int, str] = {}
    for number, address in begun.naming.items():
        match named.get(address):
            case Identifier() as identifier:
                entries[number] = _with_identifier(entries[number], address, identifier)
            case Blocked(reason=reason) | Unavailable(reason=reason):
                unanswered[number] = reason
            case None:
                pass
    found = {number for number in begun.naming if entries[number] is not begun.listing.entries[number]}
    return replace(
        begun,
        listing=replace(begun.listing, entries=tuple(entries)),
        unidentified=tuple(at for at in begun.unidentified if at not in found or entries[at].is_article),
        tentative=begun.tentative | found,
        unanswered=unanswered,
    )


def _with_identifier(entry: ImportEntry, address: Identifier, identifier: Identifier) -> ImportEntry:
    fields = {**entry.fields, **identifier_values([identifier])}
    if fields.get("type") == "webpage":
        del fields["type"]
    note = f"{address.value} is {_with_kind(identifier)}"
    identifiers = (identifier, *entry.identifiers)
    return replace(entry, fields=fields, identifiers=identifiers, notes=(*entry.notes, note))


def plan(begun: Import, matches: tuple[Match, ...] | None, today: date, fixed: AbstractSet[int] = frozenset()) -> Plan:
    """What becomes of every entry.

    Args:
        begun: What `begin` made.
        today: The day from which an entry is of another source, where its identifier changes.
        matches: One for each of `begun.unidentified`; None when no service was to be asked.
        fixed: The entries (from 0) whose print the library has with its form corrected: that form is kept.
    """
    references = begun.library.references
    ids = Ids([*(reference.id for reference in references), *(claim.id for claim in begun.library.claims)])
    works: dict[Identifier, list[_Holder]] = defaultdict(list)
    for reference in references:
        holder = _Holder(reference.id, text_of(reference), reference.accessed)
        for identifier in reference.identifiers:
            works[identifier].append(holder)
    gains = _gains(begun, matches)
    rows: list[Row] = []
    for number, printed in enumerate(begun.listing.entries):
        gain = gains.get(number)
        entry, gain = _joined(printed, gain) if gain is not None and printed.possible else (printed, gain)
        if gain is not None and printed.is_joined and not set(gain.identifiers).isdisjoint(printed.identifiers):
            entry = replace(entry, notes=(*entry.notes, "its DOI, joined across a line break, matches the record"))
        if number in begun.repeats:
            first = rows[begun.repeats[number]]
            note = f"same reference as {first.listed.label}; written once"
            rows.append(Row(entry, first.id, RowAction.REPEATED, how="in the list", notes=(*entry.notes, note)))
            continue
        identifiers = (*entry.identifiers, *(gain.identifiers if gain else ()))
        if number in begun.pairs:
            row = _known(entry, begun, number, gain, works, is_fixed=number in fixed, today=today)
        else:
            row = _unknown(entry, identifiers, gain, works, ids)
        if row.action is RowAction.NEW:
            for identifier in identifiers:
                works[identifier].append(_Holder(row.id, entry.text, entry.accessed))
        elif row.action is not RowAction.REPEATED:
            for identifier in identifiers:
                works.setdefault(identifier, [_Holder(row.id, entry.text, entry.accessed)])
        rows.append(row)
    held = {row.id for row in rows}
    return Plan(tuple(rows), tuple(reference.id for reference in references if reference.id not in held))


def _gains(begun: Import, matches: tuple[Match, ...] | None) -> dict[int, Gain]:
    """What each entry gains by being matched; what may be no article at all, by a sure match alone."""
    gains: dict[int, Gain] = {}
    for at, number in enumerate(begun.unidentified):
        printed = lacking(begun.listing.entries[number].identifiers)
        match = matches[at] if matches is not None else None
        if number in begun.tentative and not isinstance(match, Matched):
            continue
        gain = Gain({}, how="none", caveats=(printed,)) if match is None else gain_of(match, printed)
        entry = begun.listing.entries[number]
        if not contradict(entry.identifiers, gain.identifiers):
            gains[number] = gain
        elif entry.is_joined:
            found = " and ".join(_with_kind(identifier) for identifier in gain.identifiers)
            caveat = f"its DOI is joined across a line break, but its text matches a different record: {found}"
            gains[number] = Gain({}, how=_printed_how(entry), caveats=(caveat,))
    for number, reason in begun.unanswered.items():
        if number not in gains or not gains[number].identifiers:
            caveat = not_named(begun.naming[number], reason)
            gains[number] = Gain({}, how="not looked up", caveats=(caveat,), unasked=True)
    return gains


def not_named(address: Identifier, reason: str) -> str:
    """What a person must know of an address that names a work, where its registry gave no answer."""
    return f"could not determine which work {address.value} refers to: {reason}"


def _joined(entry: ImportEntry, gain: Gain) -> tuple[ImportEntry, Gain]:
    """An entry whose DOI a line's end breaks, beside what was found by its other words.

    The record found confirms one reading, or contradicts both; where none was found the readings are candidates.
    """
    if confirmed := set(gain.identifiers) & set(entry.possible):
        note = f"joined across a line break: {', '.join(sorted(doi.value for doi in confirmed))}"
        return replace(entry, notes=(*entry.notes, note)), gain
    readings = " or ".join(doi.value for doi in entry.possible)
    caveat = f"its DOI is split by a line break: {readings}?"
    if gain.fields:
        return entry, replace(gain, caveats=(*gain.caveats, caveat))
    candidates: list[Value] = [{FIELD_OF[doi.kind]: doi.value} for doi in entry.possible]
    return entry, replace(gain, fields={"candidates": candidates}, how="broken DOI", caveats=(caveat,))


def _known(
    entry: ImportEntry,
    begun: Import,
    number: int,
    gain: Gain | None,
    works: Mapping[Identifier, Sequence[_Holder]],
    *,
    is_fixed: bool,
    today: date,
) -> Row:
    """The row of an entry that the library has."""
    index = begun.pairs[number]
    reference = begun.library.references[index]
    if is_fixed:
        note = "the monograph still has formatting errors that were corrected in cited-as; cited-as is kept"
        entry = replace(entry, cited_as=reference.cited_as, notes=(*entry.notes, note))
    if gain is not None:
        holders = [holder.id for _, holder in _holders(gain.identifiers, works)]
        if holders and reference.id not in holders:
            gain = replace(
                gain, fields={}, caveats=(f"{gain.how}, but that work is already in the file as {holders[0]}",)
            )
    updated = update(entry, reference, gain, today)
    how = (
        "in the file"
        if reference.identifiers or missing_identifier.code not in reference.ignore
        else "none (reason given)"
    )
    return Row(
        listed=entry,
        id=reference.id,
        action=RowAction.CHANGED if updated.fields else RowAction.SAME,
        fields=updated.fields,
        removed=updated.removed,
        how=gain.how if gain else _printed_how(entry) if entry.identifiers else how,
        existing=reference.identifiers,
        caveats=updated.caveats,
        notes=updated.notes,
        unasked=gain is not None and gain.unasked,
        index=index,
    )


def _unknown(
    entry: ImportEntry,
    identifiers: Sequence[Identifier],
    gain: Gain | None,
    works: Mapping[Identifier, Sequence[_Holder]],
    ids: Ids,
) -> Row:
    """The row of an entry that is not paired: a new one, unless its work is already there."""
    how = gain.how if gain else _printed_how(entry)
    matched = gain.identifiers if gain else ()
    holders = _holders(identifiers, works)
    for identifier, holder in holders:
        if identifier in matched or holder.is_printed_again_by(entry, identifier.kind):
            notes = (*entry.notes, f"already in the file as {holder.id}")
            return Row(entry, holder.id, RowAction.REPEATED, how=how, notes=notes)
    name = ids.new(entry.key or entry.base or f"reference-{entry.position}")
    caveats = [*entry.caveats, *(gain.caveats if gain else ())]
    if holders:
        caveats.append(_shared(entry, *holders[0]))
    else:
        caveats += [f"cites the same page as {works[found][0].id}" for found in identifiers if works.get(found)][:1]
    fields: dict[str, Value] = {"id": name, **(gain.fields if gain else {}), **entry.fields}
    if gain is not None and gain.identifiers and fields.get("type") == "webpage":
        fields |= {"type": gain.fields["type"]}
    if entry.accessed is not None:
        fields["accessed"] = str(entry.accessed)
    if entry.cited_as:
        fields["cited-as"] = entry.cited_as
    return Row(
        listed=entry,
        id=name,
        action=RowAction.NEW,
        fields={key: fields[key] for key in sorted(fields, key=rank)},
        how=how,
        caveats=tuple(caveats),
        notes=entry.notes,
        unasked=gain is not None and gain.unasked,
    )


def _printed_how(entry: ImportEntry) -> str:
    return "printed, joined across a line break" if entry.is_joined else "printed"


@dataclass(frozen=True, slots=True)
class _Holder:
    """An entry that has an identifier: its id, its text and its day of access."""

    id: str
    text: str
    accessed: PartialDate | None

    def is_printed_again_by(self, entry: ImportEntry, kind: IdKind) -> bool:
        """Whether an entry with the same identifier is the same work, and was not read on an earlier day."""
        return not _is_read_before(entry, self.accessed, kind) and (
            entry.text == self.text or compare_prints(entry.text, self.text, kind) is Prints.ALIKE
        )


def _is_read_before(entry: ImportEntry, accessed: PartialDate | None, kind: IdKind) -> bool:
    """Whether the entry was read before the other was: a label or a chapter may have changed in between."""
    if entry.accessed is None or accessed is None:
        return entry.accessed is not None and kind is IdKind.SETID
    return entry.accessed.latest < accessed.earliest


def _holders(
    identifiers: Iterable[Identifier], works: Mapping[Identifier, Sequence[_Holder]]
) -> list[tuple[Identifier, _Holder]]:
    """The entries that have one of these registries' numbers, each beside that number."""
    return [
        (number, holder)
        for number in registered(identifiers)
        if number in works
        for holder in works[number][:_MOST_PRINTS]
    ]


def _shared(entry: ImportEntry, identifier: Identifier, holder: _Holder) -> str:
    """What a person must know of an entry whose identifier another has."""
    name = "Set ID" if identifier.kind is IdKind.SETID else FIELD_OF[identifier.kind]
    match compare_prints(entry.text, holder.text, identifier.kind):
        case Prints.ALIKE:
            return f"same reference as {holder.id}, with an earlier access date"
        case Prints.UNLIKE:
            return f"has the same {name} as {holder.id}, but is printed differently"
        case Prints.OF_TWO_WORKS:
            return f"has the same {name} as {holder.id}, but is printed as a different work"


# What a match adds to an entry: identifiers where it is certain, candidates for a person where it is not


@dataclass(frozen=True, slots=True)
class Gain:
    """Fields to write, the identifiers in them, how they were found, and what a person must know."""

    fields: dict[str, Value]
    identifiers: tuple[Identifier, ...] = ()
    how: str = ""
    caveats: tuple[str, ...] = ()
    unasked: bool = False


NO_IDENTIFIER = "no identifier printed"
ONLY_ADDRESS = "only an address is printed, which does not identify an article"
ONLY_LABEL = "only the Set ID of a label is printed, which does not identify an article"


def lacking(identifiers: Iterable[Identifier]) -> str:
    """What is said of a print with these identifiers where no record of its work was found."""
    kinds = {identifier.kind for identifier in identifiers}
    return ONLY_LABEL if kinds & LABELS else ONLY_ADDRESS if kinds else NO_IDENTIFIER


def gain_of(match: Match, printed: str = NO_IDENTIFIER) -> Gain:
    """What is written of a match; `printed` is what is said of the print where none was found."""
    match match:
        case Matched(candidate=candidate):
            record = candidate.record
            agreeing = f" ({', '.join(candidate.agrees)})" if candidate.agrees else ""
            differing = f", not {', '.join(candidate.differs)}" if candidate.differs else ""
            caveats = (f"{void_word(record)} according to the record",) if void_word(record) else ()
            fields: dict[str, Value] = {"type": str(csl_item(record)["type"]), **identifier_fields(record)}
            identifiers = (record.identifier, *record.also_known_as)
            return Gain(fields, identifiers, f"matched {candidate.score:.2f}{agreeing}{differing}", caveats)
        case Ambiguous(candidates=candidates):
            number = len(candidates)
            caveat = "1 likely record; confirm or reject it" if number == 1 else f"{number} likely records; choose one"
            values: list[Value] = []
            for candidate in candidates[:MOST_CANDIDATES]:
                numbers = identifier_fields(candidate.record)
                value: dict[str, Value] = {key: numbers[key] for key in ("PMID", "DOI") if key in numbers}
                value = value or dict(numbers)
                value["score"] = f"{candidate.score:.2f}"
                if title := " ".join(candidate.record.title.split()):
                    value["title"] = title
                values.append(value)
            return Gain({"candidates": values}, how=f"{number} candidate{'s' if number > 1 else ''}", caveats=(caveat,))
        case Unmatched():
            return Gain({}, how="no record found", caveats=(f"{printed}; no record found",))
        case Unasked(reason=reason):
            caveat = f"{printed}; not looked up: {reason}"
            return Gain({}, how="not looked up", caveats=(caveat,), unasked=True)
        case _:
            assert_never(match)


# Which entry is which reference of the library: by identifier, by the print, by the key, then by likeness


def _paired(entries: Sequence[ImportEntry], references: Sequence[Reference]) -> tuple[dict[int, int], dict[int, int]]:
    """Pairs of entries and references, each in one pair at most, and the entries that repeat an earlier one."""
    repeats = _repeats(entries)
    pairs = _same_prints(entries, references, repeats)
    taken = set(pairs.values())
    by_id = {reference.id: index for index, reference in enumerate(references)}
    for at, entry in enumerate(entries):  # a reference manager's key is an entry's id, unless they are of two works
        index = by_id.get(entry.key or "")
        if at in repeats or at in pairs or index is None or index in taken:
            continue
        if not contradict(entry.identifiers, references[index].identifiers):
            pairs[at] = index
            taken.add(index)
    open_entries = [at for at in range(len(entries)) if at not in repeats and at not in pairs]
    open_references = [at for at in range(len(references)) if at not in taken]
    found = pair(
        [PairingText(entries[at].text, entries[at].identifiers) for at in open_entries],
        [PairingText(text_of(references[at]), references[at].identifiers) for at in open_references],
    )
    for likely in found.pairs:
        at, index = open_entries[likely.printed], open_references[likely.wanted]
        by_text = likely.likeness is not None and likely.likeness < ALL_BUT_THE_NUMBER
        if not (by_text and contradict(entries[at].identifiers, references[index].identifiers)):
            pairs[at] = index
    leader = {index: at for at, index in pairs.items()}
    for again in found.again:
        at, index = open_entries[again.printed], open_references[again.wanted]
        shared = set(registered(entries[at].identifiers)) & set(registered(references[index].identifiers))
        first = leader.get(index, at)
        if shared and first < at and _is_printed_again(entries[at], entries[first]):
            repeats[at] = first
    return pairs, repeats


def registered(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """Those that belong to one work alone."""
    return [identifier for identifier in identifiers if identifier.kind in REGISTERED]


def contradict(printed: Iterable[Identifier], known: Iterable[Identifier]) -> bool:
    """Whether a registry's number of one kind differs and none is the same."""
    mine, theirs = registered(printed), registered(known)
    return not set(mine) & set(theirs) and bool({i.kind for i in mine} & {i.kind for i in theirs})


def _repeats(entries: Sequence[ImportEntry]) -> dict[int, int]:
    """Entries that print a work named before them again, or have the same words."""
    by_identifier: dict[Identifier, list[int]] = defaultdict(list)
    by_text: dict[str, int] = {}
    repeats: dict[int, int] = {}
    for at, entry in enumerate(entries):
        numbers = registered(entry.identifiers)
        before = dict.fromkeys(first for number in numbers for first in by_identifier[number][:_MOST_PRINTS])
        earlier = next((first for first in before if _is_printed_again(entry, entries[first])), None)
        same = by_text.get(entry.text)
        if earlier is None and same is not None and not contradict(numbers, entries[same].identifiers):
            earlier = same
        if earlier is not None:
            repeats[at] = earlier
        first = at if earlier is None else earlier
        by_text.setdefault(entry.text, first)
        for number in numbers:
            firsts = by_identifier[number]
            if len(firsts) < _MOST_PRINTS and first not in firsts:
                firsts.append(first)
    return repeats


def _is_printed_again(entry: ImportEntry, earlier: ImportEntry) -> bool:
    """Whether an entry prints the work of an earlier one with one of its numbers."""
    shared = [number for number in registered(entry.identifiers) if number in earlier.identifiers]
    holder = _Holder(earlier.label, earlier.text, earlier.accessed)
    return all(holder.is_printed_again_by(entry, number.kind) for number in shared)


def _same_prints(
    entries: Sequence[ImportEntry], references: Sequence[Reference], repeats: Mapping[int, int]
) -> dict[int, int]:
    """Pairs of one printed text, to the letter, or of the same fields: the first entry with the first reference."""
    waiting: dict[object, deque[int]] = defaultdict(deque)
    for index, reference in enumerate(references):
        waiting[reference.cited_as or _description(reference.csl)].append(index)
    pairs: dict[int, int] = {}
    for at, entry in enumerate(entries):
        wording = entry.cited_as or _description(
            {key: _as_read(entry.fields[key]) for key in DESCRIPTIVE_FIELDS if key in entry.fields}
        )
        same = waiting.get(wording) if wording else None
        if same and at not in repeats:
            if entry.cited_as is None and contradict(entry.identifiers, references[same[0]].identifiers):
                continue
            pairs[at] = same.popleft()
    return pairs


def _as_read(value: Value) -> object:
    """A value as it is read from a file."""
    if isinstance(value, str):
        return markdown.to_html(value)
    if isinstance(value, Mapping):
        return {key: _as_read(inner) for key, inner in value.items()}
    return [_as_read(inner) for inner in value]


def _description(csl: Mapping[str, object]) -> tuple[str, ...]:
    """An entry's descriptive fields as texts; empty where it has none of them."""
    values = tuple(repr(csl[key]) if csl.get(key) else "" for key in DESCRIPTIVE_FIELDS)
    return values if any(values) else ()


# What a new print changes in an entry that exists, and what of it is kept


@dataclass(slots=True)
class EntryUpdate:
    """The fields to set, and what is reported of those that are not."""

    fields: dict[str, Value] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def update(entry: ImportEntry, reference: Reference, gain: Gain | None, today: date) -> EntryUpdate:
    """What follows the new print: `cited-as`, and values that are still those of the print before.

    Lacking identifiers are added, unless the print before had them too: then somebody has taken them out. Of a
    reference manager's entry every lacking field is added. An entry whose first identifier changes is of another
    source: what people noted of the one before is set aside.
    """
    made = EntryUpdate(caveats=entry.caveats, notes=entry.notes)
    before = recognise(reference.cited_as or "")
    if entry.cited_as and entry.cited_as != reference.cited_as:
        made.fields["cited-as"] = entry.cited_as
    _update_accessed(entry, reference, before, made)
    _update_identifiers(entry, reference, before, made)
    if entry.cited_as is None:
        made.fields |= {
            key: value
            for key, value in entry.fields.items()
            if key not in reference.places and key not in IDENTIFIER_FIELDS and not key.startswith("x-")
        }
    if gain is not None:
        made.caveats += gain.caveats
        of_page = {"type"} if gain.identifiers and reference.type == "webpage" else set()
        lacking = gain.fields.keys() - (reference.places.keys() - of_page)
        made.fields |= {key: value for key, value in gain.fields.items() if key in lacking}
        if gain.identifiers and "candidates" in reference.places:
            made.notes += ("its candidates are no longer needed; delete them",)
    _set_aside(entry, reference, made, today)
    return made


def _set_aside(entry: ImportEntry, reference: Reference, made: EntryUpdate, today: date) -> None:
    """Move what was noted of another source under `x-previous`; say what is there of the one that it is now."""
    named = [before for before in reference.previous if before.identifier in map(str, entry.identifiers)]
    for before in named[-1:]:
        what = ", ".join(before.noted) or "nothing"
        made.notes += (f"x-previous contains {what} for {before.identifier}; restore by hand what still applies",)
    first = reference.uses[0] if reference.uses else None
    if first is None or first.key not in made.fields or first.identifier in entry.identifiers:
        return
    noted = {key: value for key, value in _noted(reference).items() if key in reference.places}
    moved = f", {', '.join(noted)} moved to x-previous" if noted else ""
    made.caveats += (f"the source is no longer {_with_kind(first.identifier)}: its waivers are void{moved}",)
    if entry.accessed is not None:
        made.fields["accessed"] = str(entry.accessed)
    made.removed = tuple(key for key in noted if key not in made.fields)
    earlier: list[Value] = [
        {"identifier": before.identifier, "until": str(before.until), **before.noted} for before in reference.previous
    ]
    this: dict[str, Value] = {"identifier": str(first.identifier), "until": today.isoformat(), **noted}
    made.fields[PREVIOUS] = [*earlier, this] if earlier else this


def _noted(reference: Reference) -> dict[str, Value]:
    """What people noted of an entry's source, as it is written."""
    confirmed = reference.confirmed
    parts = (
        {"by": confirmed.by, "date": str(confirmed.on), "until": str(confirmed.until or ""), "of": confirmed.of or ""}
        if confirmed is not None
        else {}
    )
    noted: dict[str, Value] = {
        "accessed": str(reference.accessed or ""),
        "spl-version": str(reference.spl_version or ""),
        "confirmed": {key: text for key, text in parts.items() if text},
        "ignore": dict(reference.ignore),
    }
    return {key: value for key, value in noted.items() if value}


def _update_accessed(entry: ImportEntry, reference: Reference, before: Recognised, made: EntryUpdate) -> None:
    """The day of access: a person's own is kept."""
    printed = before.accessed.date if before.accessed else None
    now, existing = entry.accessed, reference.accessed
    if now == existing or (now is None and printed is None):
        return
    if now is None:
        made.notes += (f"an access date is no longer printed; accessed {existing} is kept",) if existing else ()
    elif existing == printed and (existing is not None or "accessed" not in reference.places):
        made.fields["accessed"] = str(now)
    elif now != printed:
        made.notes += (f"accessed {now} is printed; the file keeps {existing or 'its value'}",)


def _update_identifiers(entry: ImportEntry, reference: Reference, before: Recognised, made: EntryUpdate) -> None:
    named = set(before.identifiers)
    done: set[IdKind] = set()
    for identifier in entry.identifiers:
        kind = identifier.kind
        if kind in done or identifier in reference.identifiers or kind not in FIELD_OF:
            continue
        done.add(kind)
        uses = [use for use in reference.uses if use.identifier.kind is kind]
        if identifier in named:
            continue  # printed before: whoever wrote something else, or took it out, knew of it
        if not uses and FIELD_OF[kind] not in reference.places:
            made.fields[FIELD_OF[kind]] = entry.fields[FIELD_OF[kind]]
        elif uses and all(use.identifier in named and use.key in entry.fields for use in uses):
            made.fields |= {use.key: entry.fields[use.key] for use in uses}
        else:
            existing = _with_kind(uses[0].identifier) if uses else FIELD_OF[kind]
            made.caveats += (f"{_with_kind(identifier)} is printed; the file keeps {existing}",)


def _with_kind(identifier: Identifier) -> str:
    return identifier.value if identifier.kind is IdKind.URL else f"{identifier.kind.upper()} {identifier.value}"


# Which prints are those that the library has already, their form corrected: the corrected form is what people accepted


def reprinted(begun: Import) -> dict[int, Reference]:
    """The entries (from 0) that the library has in other words, as far as these can be another form of the same.

    No form is about numbers: where the library lacks a number of the print, they are not the same.
    """
    found = {}
    for number, index in begun.pairs.items():
        reference, printed = begun.library.references[index], begun.listing.entries[number].cited_as
        existing = reference.cited_as
        if not existing or not printed or existing == printed:
            continue
        if Counter(_NUMBER.findall(printed)) <= Counter(_NUMBER.findall(existing)):
            found[number] = reference
    return found


def style_fixed(begun: Import, answers: Mapping[Identifier, Answer], today: date) -> frozenset[int]:
    """Those of `reprinted` whose `cited-as` is the print with its form corrected, and with nothing else changed.

    Args:
        begun: What `begin` made.
        answers: What is known of the references' identifiers; without, forms that depend on records are not judged.
        today: The day of the import.
    """
    library = begun.library
    ours = Beside([reference.cited_as for reference in library.references if reference.cited_as])
    theirs = Beside([entry.cited_as for entry in begun.listing.entries if entry.cited_as])
    fixed = set()
    for number, reference in reprinted(begun).items():
        known = tuple(answers[identifier] for identifier in reference.identifiers if identifier in answers)
        case, beside = (
            Case(reference, library, library.policy, today, known, beside=texts) for texts in (ours, theirs)
        )
        existing, printed = reference.cited_as, begun.listing.entries[number].cited_as
        if existing and printed and is_style_fix_of(existing, printed, case, beside):
            fixed.add(number)
    return frozenset(fixed)
