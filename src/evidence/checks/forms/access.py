"""The wording of a date of access."""

from __future__ import annotations

import re

from evidence.checks.forms.slips import CONFORMS, NAMES, Respelling, Slip
from evidence.model.case import Case
from evidence.model.partialdate import PartialDate
from evidence.model.policy import HouseStyle
from evidence.monographs.accessed import Accessed, find_accessed

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_MONTH = "|".join(_MONTHS)
_DATE = rf"(?:(?:{_MONTH})(?: \d{{1,2}},)? )?\d{{4}}"
_RIGHT = {
    HouseStyle.AMA: re.compile(rf"(?<![(\[])Accessed {_DATE}(?=\.(?:\s|\Z))"),
    HouseStyle.CHICAGO: re.compile(rf"(?<![(\[])Accessed {_DATE}(?=\.(?:\s|\Z))"),
    HouseStyle.APA: re.compile(rf"Retrieved {_DATE}, from(?=\s+http)"),
    HouseStyle.NLM: re.compile(r"cited \d{4}(?: [A-Z][a-z]{2}(?: \d{1,2})?)?\]"),
}
_WORD = re.compile(r"access|retriev|viewed|visited|consulted|\bcited\b", re.IGNORECASE)
_CONNECTOR = re.compile(r"[)\]]?[.,;:]?(?:\s*(?:through|from|at|via|on)\b\s*:?(?=\s*(?:<|http|www\.)))?")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_SWAPPED = re.compile(r"(?P<address>(?:https?://|www\.)\S*[^\s.,;])[.,;]?\s+(?P<accessed>Accessed [^.]{4,20}\.)\s*\Z")
_BEFORE = re.compile(r"[\s,;:(\[]*\Z")


def accessed_wording(text: str, case: Case) -> tuple[Slip, ...] | None:
    """A date of access in other words, or in another place, than the style's."""
    style = case.policy.style
    found = find_accessed(text) if style in _RIGHT and _WORD.search(text) else None
    if found is None:
        return None
    start = found.whole[0]
    right = _RIGHT[style].match(text, start)
    if right is not None and right.end() >= found.span[1]:
        return _in_its_place(text, style)
    edits, better = _reworded(text, found, style)
    printed = text[start : edits[0].end if edits else found.span[1]].strip()
    of_style = better or _phrase(PartialDate(2025, 8, 14), style)
    message = f'{NAMES[style]} prints "{of_style}"; "{printed}" is printed'
    return (Slip("accessed", start, printed, message, better, edits, f"accessed as {printed.split()[0]}"),)


def _in_its_place(text: str, style: HouseStyle) -> tuple[Slip, ...]:
    """AMA prints the date before the address."""
    swapped = _SWAPPED.search(text) if style is HouseStyle.AMA else None
    if swapped is None:
        return CONFORMS
    new = f"{swapped['accessed']} {swapped['address']}"
    edits = (Respelling(swapped.start("address"), swapped.end("accessed"), new),)
    message = "AMA prints the date of access before the address"
    return (Slip("accessed place", swapped.start("accessed"), swapped["accessed"], message, new, edits, "accessed last"),)


def _reworded(text: str, found: Accessed, style: HouseStyle) -> tuple[tuple[Respelling, ...], str | None]:
    """The date in the style's words, at its precision; nothing where it can be read in two ways."""
    if found.date is None or not found.is_after_verb:
        return (), None
    before = _BEFORE.search(text, 0, found.whole[0])
    start = before.start() if before else found.whole[0]
    connector = _CONNECTOR.match(text, found.span[1])
    end = connector.end() if connector else found.span[1]
    followed = _ADDRESS.match(text[end:].lstrip(" <")) is not None
    if style is HouseStyle.APA and not followed:
        return (), None
    better = _phrase(found.date, style) + (" Available from:" if style is HouseStyle.NLM and followed else "")
    stopped = start == 0 or text[start - 1] in ".?!"
    point = "" if stopped or style is HouseStyle.NLM else "."
    space = " " if start else ""
    gap = " " if end < len(text) and not text[end].isspace() else ""
    return (Respelling(start, end, f"{point}{space}{better}{gap}"),), better


def _phrase(date: PartialDate, style: HouseStyle) -> str:
    month = _MONTHS[date.month - 1] if date.month else ""
    if style is HouseStyle.NLM:
        parts = (str(date.year), month[:3], str(date.day or ""))
        return f"[cited {' '.join(part for part in parts if part)}]."
    day = f" {date.day}," if date.day else ""
    spelled = f"{month}{day} {date.year}" if month else str(date.year)
    return f"Retrieved {spelled}, from" if style is HouseStyle.APA else f"Accessed {spelled}."
