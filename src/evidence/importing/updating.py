"""What a new print changes in an entry that exists, and what of it people keep."""

from __future__ import annotations

from dataclasses import dataclass, field

from evidence.identifiers import FIELD_OF
from evidence.importing.listed import Listed
from evidence.importing.matching import Gain
from evidence.library.fields import IDENTIFIER_FIELDS
from evidence.library.yaml_text import Value
from evidence.model.identity import Identifier, IdKind
from evidence.model.references import Reference
from evidence.monographs.recognising import Recognised, recognise


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
