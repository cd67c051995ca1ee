"""Which prints are those that the library holds already, mended in form: the mended form is what people accepted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from evidence.checks.mended_form import is_style_fix_of
from evidence.importing.planning import Import
from evidence.model.case import Beside, Case
from evidence.model.identity import Identifier
from evidence.model.outcomes import Answer
from evidence.model.references import Reference

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
