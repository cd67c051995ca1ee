"""From the entries of a file, a library and what matching found to what is to be written. Pure: others ask and write.

What people have written is kept: of an entry that exists only `cited-as`, and what still says what the print said
before, follow a new print; identifiers and fields are added where there are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from evidence.identifiers import FIELD_OF
from evidence.importing.listed import Listed, Listing
from evidence.importing.matching import Gain, gain_of
from evidence.importing.pairs import Sorted, registered, sort_out
from evidence.importing.rows import Plan, Row, RowAction
from evidence.importing.updating import update
from evidence.library.fields import rank
from evidence.library.naming import Ids
from evidence.library.yaml_text import Value
from evidence.model.identity import Identifier
from evidence.model.matches import Match
from evidence.model.references import Library, Reference

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
