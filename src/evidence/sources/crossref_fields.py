"""Values as Crossref and CSL JSON hold them, read strictly: another shape than documented is schema drift.

Crossref's REST API gives most texts as lists of strings, CSL JSON gives the same as strings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from evidence.model.partialdate import PartialDate
from evidence.model.records import Author
from evidence.sources.crossref_text import plain

_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_RUN = 3
_LONGEST_TEXT = 20_000  # characters; a title full of MathML has a few thousand


class DriftError(ValueError):
    """A message that is not made as documented; its text begins `schema drift`."""

    def __init__(self, field: str) -> None:
        super().__init__(f'schema drift: "{field}" is not made as it should be')


def texts(work: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """The texts of a field, markup and all, the empty ones left out.

    Raises:
        DriftError: It is neither text nor a list of texts, or longer than any such text.
    """
    value = work.get(field)
    entries = value if isinstance(value, list) else [value]
    if any(entry is not None and not isinstance(entry, str) for entry in entries):
        raise DriftError(field)
    if any(len(entry or "") > _LONGEST_TEXT for entry in entries):
        raise DriftError(field)
    return tuple(entry for entry in entries if entry and entry.strip())


def text(work: Mapping[str, Any], field: str) -> str:
    """The first text of a field, plain; numbers are told as text."""
    value = work.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return plain(next(iter(texts(work, field)), ""))


def mappings(work: Mapping[str, Any], field: str) -> tuple[Mapping[str, Any], ...]:
    """The objects of a field that is a list of them; () when it is missing.

    Raises:
        DriftError: It is anything else.
    """
    value = work.get(field)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise DriftError(field)
    return tuple(value)


def mapping(work: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """The object in a field; empty when it is missing.

    Raises:
        DriftError: It is anything else.
    """
    value = work.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DriftError(field)
    return value


def dated(work: Mapping[str, Any], field: str) -> PartialDate | None:
    """A date given as `date-parts`, as precise as it is possible; None when it says nothing (`[[null]]`).

    Raises:
        DriftError: It is no such date.
    """
    told = mapping(work, field)
    parts = told.get("date-parts")
    if parts is None:
        return None
    if not isinstance(parts, list) or not all(isinstance(part, list) for part in parts):
        raise DriftError(field)
    try:
        numbers = [int(number) for number in (parts[0] if parts else []) if number is not None]
        return _partial(numbers)
    except (TypeError, ValueError, OverflowError) as error:
        raise DriftError(field) from error


def _partial(numbers: list[int]) -> PartialDate | None:
    if not numbers or not 1 <= numbers[0] <= 9999:
        return None
    year, month, day = (*numbers, 0, 0)[:3]
    if not 1 <= month <= 12:
        return PartialDate(year)
    try:
        date(year, month, day)
    except (ValueError, OverflowError):
        return PartialDate(year, month)
    return PartialDate(year, month, day)


def authors(work: Mapping[str, Any], field: str) -> tuple[Author, ...]:
    """The people and bodies of a field, in order; those without any name are left out."""
    people = (_author(entry) for entry in mappings(work, field))
    return tuple(person for person in people if person != Author())


def _author(entry: Mapping[str, Any]) -> Author:
    family, given = text(entry, "family"), text(entry, "given")
    body = text(entry, "name") or text(entry, "literal")
    if not family and not given:
        return Author(collective=body)
    particle = text(entry, "non-dropping-particle")
    return Author(
        family=f"{particle} {family}".strip() if family else given,
        given=given if family else "",
        initials=initials(given) if family else "",
        suffix=text(entry, "suffix"),
    )


def initials(given: str) -> str:
    """The initials of given names as MEDLINE writes them: `Jean-Paul` JP, `A. J.` AJ, `AJ` AJ, `Yu-Hsiu` YH."""
    return "".join(word if _is_run(word) else word[0].upper() for word in _WORD.findall(given))


def _is_run(word: str) -> bool:
    """Whether a word is initials already, written without spaces."""
    return word.isupper() and len(word) <= _LONGEST_RUN
