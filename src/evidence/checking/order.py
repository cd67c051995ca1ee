"""What a run is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from evidence.checking.judging import RuleSet
from evidence.checking.lookups import Lane
from evidence.findings import Selection
from evidence.model.references import Library
from evidence.model.signoffs import Attested

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    from evidence.monographs.cited import MonographReading


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is asked to do; each library brings the policy it is judged by.

    `waived_as_of` is the day by which waivers are weighed, where that is not the one that is judged for.
    `texts` are the monographs that libraries name, by the libraries' paths.
    `attested` are the sign-offs about these libraries that no newer one has replaced.
    """

    libraries: tuple[Library, ...]
    lanes: tuple[Lane, ...]
    ruling: RuleSet
    selection: Selection
    incomplete_fails: bool = True
    waived_as_of: date | None = None
    texts: Mapping[str, MonographReading] = field(default_factory=dict)
    attested: tuple[Attested, ...] = ()
