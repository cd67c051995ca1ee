"""What is to be imported: the entries of a printed list, or of a reference manager's file, in one form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evidence.library.yaml_text import Value
from evidence.model.identity import Identifier
from evidence.model.partialdate import PartialDate

TELLING = ("title", "author", "container-title", "issued", "volume", "issue", "page", "number", "publisher")
"""The fields by which an entry that was never printed is known again; one that has none of them says nothing."""


@dataclass(frozen=True, slots=True)
class CitationCount:
    """How often a text cites an entry, and where first (`line 12`, or the words before it); empty where nowhere."""

    times: int = 0
    first: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry. `position` counts from 1; `label` is its printed number or its key in the file it comes from.

    `text` is what it is recognised by: the printed text, or its fields put together. `cited_as` is the printed text,
    None for what was never printed. `fields` are the entry's other fields, `id` and `accessed` left out, escaped and
    in canonical form; `identifiers` what these identify. `base` is what its id is made from, `key` the id that it
    had. `doubts` need a person, `notes` do not.
    """

    position: int
    label: str
    text: str
    cited_as: str | None
    fields: Mapping[str, Value]
    identifiers: tuple[Identifier, ...] = ()
    accessed: PartialDate | None = None
    base: str = ""
    key: str | None = None
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cited: CitationCount = CitationCount()


@dataclass(frozen=True, slots=True)
class Listing:
    """All entries of one file. `title` is the monograph's own.

    `is_printed` is False for a reference manager's file. `has_markers` is None for such a file, else whether the text
    cites at all; `undefined` are its citations that lead to no entry, as printed, each once; `by_key` those by the ids
    of a library.
    """

    path: str
    sha256: str
    entries: tuple[Listed, ...]
    is_printed: bool
    title: str | None = None
    has_markers: bool | None = None
    undefined: tuple[str, ...] = ()
    by_key: Mapping[str, CitationCount] = field(default_factory=dict)
