"""Names and days as reference managers write them."""

from __future__ import annotations

import re

from evidence import dates

Name = dict[str, object]

_NUMBERS = re.compile(r"\d{1,4}")


def person(written: str) -> Name:
    """A CSL name from `Last, First, Suffix`; what ends in a comma or doubles its first one is a body (EndNote)."""
    if ",," in written:
        return {"literal": written.replace(",,", ",", 1).strip()}
    parts = [part.strip() for part in written.split(",")]
    if len(parts) == 1 or not any(parts[1:]):
        return {"literal": parts[0]} if parts[0] else {}
    name: Name = {"family": parts[0], "given": parts[1], "suffix": ", ".join(parts[2:])}
    return {part: text for part, text in name.items() if text}


_DAY = 3  # year, month and day
_TIME = re.compile(r"T?\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?")


def slashed(written: str) -> dict[str, object]:
    """A CSL date from RIS's `2025/08/14/`; whatever is not given stays open, other wordings are guessed or kept.

    A time behind the day is left out: Zotero writes `2025/08/14/10:22:33` for a day of access.
    """
    numbers: list[int] = []
    parts = written.split("/")
    for part in parts[:3]:
        if not _NUMBERS.fullmatch(part.strip()):
            break
        numbers.append(int(part))
    if len(numbers) == _DAY and _TIME.fullmatch("/".join(parts[_DAY:]).strip("/ ")):
        return {"date-parts": [numbers]}
    rest = " ".join(part.strip() for part in parts[len(numbers) :] if part.strip())
    return {"date-parts": [numbers]} if numbers and not rest else worded(written.strip(" /").replace("/", " "))


def worded(written: str) -> dict[str, object]:
    """A CSL date from words: `14 Aug 2025`, `2007 Apr`; a literal where they leave it open."""
    written = " ".join(written.split())
    if not written:
        return {}
    try:
        read = dates.parse(written)
    except dates.DateError as error:
        if error.suggestion is None:
            return {"literal": written}
        read = dates.parse(error.suggestion)
    if read.season is not None or read.until is not None:
        return {"literal": written}
    return {"date-parts": [[part for part in (read.year, read.month, read.day) if part is not None]]}
