"""What becomes of each entry that is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from evidence.importing.listed import Listed
from evidence.library.editing import AddEntries, Change, SetFields
from evidence.library.yaml_text import Value
from evidence.model.identity import Identifier


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
