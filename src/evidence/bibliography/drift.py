"""A published reference list compared with what would be printed now: what drifted, per field and word by word.

Only what typography changes is the same: kinds of dashes, quotation marks and spaces, ligatures, and the form of a link
(`doi:10.…` and `https://doi.org/10.…`). Everything else that a reader could see is told. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

from evidence import identifiers
from evidence.bibliography.drift_fields import FieldDrift, differing_fields
from evidence.bibliography.drift_words import WordChange, aligned, changes_of, with_raised, without_raised, words_of
from evidence.malformed import Malformed
from evidence.model.identity import Identifier, IdKind
from evidence.monographs.entries import ListedEntry
from evidence.monographs.pairing import EntryPair, PairingText, likeness, pair
from evidence.monographs.recognising import recognise

OTHER_WORK = 40.0
"""Likeness (0-100) below which an entry that carries a reference's identifier looks like another work."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A reference as it would be printed now: its id, its text without markup or number, its CSL item."""

    id: str
    text: str
    item: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Drift:
    """How one printed entry differs from the reference as it would be printed now.

    `printed` counts the entry's place in the printed list from 1, `number` is the one printed before it. `fields` are
    those that differ, `words` the whole text as runs of words that stayed, went and came. `likeness` is 0 to 100.
    """

    reference: str
    printed: int
    number: int | None
    fields: tuple[FieldDrift, ...]
    words: tuple[WordChange, ...]
    likeness: float

    @property
    def looks_like_another_work(self) -> bool:
        """Whether little but the identifier is the reference's."""
        return self.likeness < OTHER_WORK


@dataclass(frozen=True, slots=True)
class ListComparison:
    """A printed list against the references.

    `unmatched` are printed entries that are none of the references, `unprinted` the ids of references that are not in
    the print, `again` (place, id) of entries whose reference is printed before them, `moved` the ids that stand at
    another place among the others.
    """

    drifts: tuple[Drift, ...]
    same: tuple[str, ...]
    unmatched: tuple[ListedEntry, ...]
    unprinted: tuple[str, ...]
    again: tuple[tuple[int, str], ...]
    moved: tuple[str, ...]

    @property
    def drifted(self) -> bool:
        """Whether the print is not what would be printed now."""
        return bool(self.drifts or self.unmatched or self.unprinted or self.again or self.moved)


def compare_entries(
    entries: Sequence[ListedEntry], wanted: Sequence[Expected], raised: Collection[int] | None = frozenset()
) -> ListComparison:
    """Match printed entries with references, by identifier first and by likeness of text else, and tell the drift.

    Args:
        entries: What was printed.
        wanted: What would be printed now.
        raised: The offsets in the source of digits that are printed as superscript; None where the print tells
            nothing of scripts, so that 10<sup>5</sup> cannot be told from 105.
    """
    printed = [PairingText(entry.text, entry.recognised.identifiers) for entry in entries]
    paired = pair(printed, [PairingText(one.text, identifiers_of(one)) for one in wanted])
    drifts = [(one, drift_of(entries[one.printed], wanted[one.wanted], raised)) for one in paired.pairs]
    return ListComparison(
        tuple(drift for _, drift in drifts if drift is not None),
        tuple(wanted[one.wanted].id for one, drift in drifts if drift is None),
        tuple(entries[number] for number in paired.unmatched),
        tuple(wanted[number].id for number in paired.unprinted),
        tuple((one.printed + 1, wanted[one.wanted].id) for one in paired.again),
        _moved(paired.pairs, wanted),
    )


def drift_of(entry: ListedEntry, expected: Expected, raised: Collection[int] | None = frozenset()) -> Drift | None:
    """How an entry differs from its reference as it would be printed now; None when it does not.

    `raised` is as in `compare_entries`.
    """
    if raised is None:
        was, now = (words_of(without_raised(text)) for text in (entry.text, expected.text))
    else:
        was, now = words_of(with_raised(entry.passage, raised)), words_of(expected.text)
    steps = aligned(was, now)
    if all(step.stayed for step in steps):
        return None
    fields = differing_fields(was, now, steps, expected.item)
    alike = likeness(entry.text, expected.text)
    changes = changes_of(was, now, steps, entry.text, expected.text)
    return Drift(expected.id, entry.position, entry.number, fields, changes, alike)


def identifiers_of(expected: Expected) -> tuple[Identifier, ...]:
    """The identifiers of a reference: its item's fields, and what its text prints."""
    item = expected.item
    custom = item.get("custom")
    told = {kind: item.get(field) for kind, field in identifiers.FIELD_OF.items()}
    told[IdKind.SETID] = custom.get("setid") if isinstance(custom, Mapping) else None
    found: dict[Identifier, None] = {}
    for kind, text in told.items():
        carried = identifiers.from_url(text) if kind is IdKind.URL and isinstance(text, str) else None
        parsed = carried or (identifiers.parse(kind, text) if isinstance(text, str) and text else None)
        if parsed is not None and not isinstance(parsed, Malformed):
            found[parsed] = None
    return tuple(dict.fromkeys((*found, *recognise(expected.text).identifiers)))


def _moved(pairs: Sequence[EntryPair], wanted: Sequence[Expected]) -> tuple[str, ...]:
    """The references that stand at another place among those that both lists hold."""
    was = [one.wanted for one in pairs]
    stayed = {
        was[at]
        for op in LCSseq.opcodes(was, sorted(was))
        if op.tag == "equal"
        for at in range(op.src_start, op.src_end)
    }
    return tuple(wanted[number].id for number in was if number not in stayed)
