"""STY005: the wording and the place of a date of access."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from evidence.model.dates import PartialDate
from evidence.model.policy import HouseStyle, Severity
from evidence.model.rule import ANYTHING, Lookup, Subject
from evidence.rules.case import Case
from evidence.rules.style.form import CONFORMS, STYLE_NAMES, Respelling, Slip, SlipCheck, style_rule

if TYPE_CHECKING:
    from evidence.documents.identify import Accessed

_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTHS = _MONTH.split("|")
_DATE = rf"(?:(?:{_MONTH})(?: \d{{1,2}},)? )?\d{{4}}"
_RIGHT = {
    HouseStyle.AMA: re.compile(rf"(?<![(\[])Accessed {_DATE}(?=\.(?:\s|\Z))"),
    HouseStyle.CHICAGO: re.compile(rf"(?<![(\[])Accessed {_DATE}(?=\.(?:\s|\Z))"),
    HouseStyle.APA: re.compile(rf"Retrieved {_DATE}, from(?=\s+http)"),
    HouseStyle.NLM: re.compile(r"cited \d{4}(?: [A-Z][a-z]{2}(?: \d{1,2})?)?\]"),
}
_RIGHT_AT_END = re.compile(rf"Accessed {_DATE}\.\s*\Z")
_WORD = re.compile(r"access|retriev|viewed|visited|consulted|\bcited\b", re.IGNORECASE)
_CONNECTOR = re.compile(r"[)\]]?[.,;:]?(?:\s*(?:through|from|at|via|on)\b\s*+:?(?=\s*+(?:<|http|www\.)))?")
_ADDRESS = re.compile(r"<?(?:https?://|www\.)")
_ADDRESS_BEFORE = re.compile(
    r"(?:[(\[]?Available\s(?:at|from|online)?:?\s*(?:URL:?\s*)?)?"
    r"<?(?P<address>(?:https?://|www\.)[^\s<>]{0,2000}[^\s<>.,;:()\[\]])[>.,;:()\[\]\s]*+\Z"
)
_STOPS = (".", "?", "!")


@style_rule("STY005", "accessed-wording", Severity.INFO, subject=Subject.CITATION, needs=Lookup.NONE, about=ANYTHING)
def accessed_wording(text: str, case: Case) -> SlipCheck | None:
    """The date of access in other words than the style's.

    What it does:
        Expects "Accessed August 14, 2025." before the address in AMA, "[cited 2025 Aug 14]" in NLM,
        "Retrieved August 14, 2025, from" in APA. The precision stays as printed: no day is made up.

    Why is this bad?
        Readers and programs look for the date in that form.

    Example:
        LDN Research Trust: accessed August 2025 through: https://www.ldnresearchtrust.org

    Use instead:
        LDN Research Trust. Accessed August 2025. https://www.ldnresearchtrust.org

    References:
        AMA Manual of Style, 11th edition, chapter 3; NLM, Citing Medicine, chapter 25.
    """
    style = case.policy.style
    if style not in _RIGHT or _WORD.search(text) is None:
        return None
    from evidence.documents.identify import find_accessed  # noqa: PLC0415 - its large patterns are seldom needed

    found = find_accessed(text)
    if found is None:
        return None
    start = found.full_span[0]
    right = _RIGHT[style].match(text, start)
    if right is not None and right.end() >= found.span[1]:
        return _in_its_place(text, style)
    edits, better = _reworded(text, found, style)
    printed = text[start : edits[0].end if edits else found.span[1]].strip()
    message = (
        f'{STYLE_NAMES[style]} prints "{better or _phrase(PartialDate(2025, 8, 14), style)}"; "{printed}" is printed'
    )
    theme = f"accessed as {printed.split()[0]}"
    return SlipCheck((Slip("accessed", start, printed, message, better, edits, theme),))


def _in_its_place(text: str, style: HouseStyle) -> SlipCheck:
    """AMA prints the date before the address."""
    found = _RIGHT_AT_END.search(text) if style is HouseStyle.AMA else None
    address = _ADDRESS_BEFORE.search(text[: found.start()]) if found else None
    if found is None or address is None:
        return CONFORMS
    edit, better = _before_address(text, address, found[0].strip(), len(text))
    message = "AMA prints the date of access before the address"
    return SlipCheck(
        (Slip("accessed place", found.start(), found[0].strip(), message, better, (edit,), "accessed last"),)
    )


def _before_address(text: str, address: re.Match[str], phrase: str, end: int) -> tuple[Respelling, str]:
    """The date moved to before its address, which then ends the citation."""
    before = text[: address.start()].rstrip(" ,;:([")
    point = "" if not before or before.endswith(_STOPS) else "."
    better = f"{phrase} {address['address']}"
    return Respelling(len(before), end, f"{point}{' ' if before else ''}{better}"), better


def _reworded(text: str, found: Accessed, style: HouseStyle) -> tuple[tuple[Respelling, ...], str | None]:
    """The date in the style's words, at its precision; nothing where it can be read in two ways."""
    if found.date is None or not found.is_after_verb:
        return (), None
    connector = _CONNECTOR.match(text, found.span[1])
    end = connector.end() if connector else found.span[1]
    phrase = _phrase(found.date, style)
    before = _ADDRESS_BEFORE.search(text[: found.full_span[0]])
    if style is HouseStyle.AMA and before is not None and not text[end:].strip(" .)]"):
        edit, better = _before_address(text, before, phrase, len(text))
        return (edit,), better
    followed = _ADDRESS.match(text[end:].lstrip()) is not None
    if style is HouseStyle.APA and not followed:
        return (), None
    rest = text[: found.full_span[0]].rstrip(" ,;:([")
    point = "" if not rest or rest.endswith(_STOPS) or style is HouseStyle.NLM else "."
    better = phrase + (" Available from:" if style is HouseStyle.NLM and followed else "")
    gap = " " if end < len(text) and not text[end].isspace() else ""
    return (Respelling(len(rest), end, f"{point}{' ' if rest else ''}{better}{gap}"),), better


def _phrase(date: PartialDate, style: HouseStyle) -> str:
    month = _MONTHS[date.month - 1] if date.month else ""
    if style is HouseStyle.NLM:
        parts = (str(date.year), month[:3], str(date.day or ""))
        return f"[cited {' '.join(part for part in parts if part)}]."
    day = f" {date.day}," if date.day else ""
    spelled = f"{month}{day} {date.year}" if month else str(date.year)
    return f"Retrieved {spelled}, from" if style is HouseStyle.APA else f"Accessed {spelled}."
