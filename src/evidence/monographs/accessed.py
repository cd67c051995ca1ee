"""When somebody read a source, as reference lists say it.

Covers the wordings of AMA ("Accessed August 14, 2025."), NLM ("[cited 2025 Aug 14]"), APA ("Retrieved August 14, 2025,
from"), Chicago and Harvard ("(accessed 14 August 2025)", "viewed"), OUP ("(14 August 2025, date last accessed)").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence import dates
from evidence.model.partialdate import PartialDate
from evidence.monographs.passages import Span

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20)\d\d"
DATE = rf"""(?:
      \d{{4}}-\d{{1,2}}(?:-\d{{1,2}})?(?!\d)
    | {_YEAR}[/.]\d{{1,2}}[/.]\d{{1,2}}(?!\d)
    | \d{{1,2}}[-/. ]\d{{1,2}}[-/. ]{_YEAR}(?!\d)
    | \d{{1,2}}[-/.]{_YEAR}(?!\d)
    | (?:{_DAY}[\s-]+(?:of\s+)?)?{_MONTH},?[\s-]*(?:{_DAY},?\s+)?{_YEAR}(?!\d)
    | {_YEAR},?[\s-]+{_MONTH}(?:[\s-]+{_DAY}(?!\d))?
    | {_YEAR}(?![\d/-])
    )"""
_VERB = (
    r"(?:(?:date\s++)?(?:last\s++)?(?:accessed|viewed|visited|consulted)"
    r"|date\s+of\s+access|access\s+date|retrieved|cited)"
)
_WEEKDAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)?"
_ADDRESS = r"(?:from|at|through|via)\s*+:?\s*+<?(?:https?://|www\.)[^\s<>]{1,1000}+>?"
_AFTER_VERB = re.compile(
    rf"\b(?P<verb>{_VERB})\b(?:\s*+[:,(]\s*+|\s++)(?:{_ADDRESS}\s*+[,;(]?\s*+)?"
    rf"(?:on\s++|in\s++(?=[A-Z]))?{_WEEKDAY}(?P<date>{DATE})",
    re.IGNORECASE | re.VERBOSE,
)
_BEFORE_VERB = re.compile(rf"(?P<date>{DATE}),?\s*\(?(?:date\s+)?(?:last\s+)?accessed\b", re.IGNORECASE | re.VERBOSE)
_ELSEWHERE = re.compile(
    rf"\b(?:abgerufen|aufgerufen|zugriff|zuletzt\s+(?:besucht|abgerufen)|consult[ée]e?|consultado|acceso|visitato"
    r"|geraadpleegd|дата\s+обращения)"
    rf"(?:\s*:\s*|\s+)(?:am\s+|le\s+|el\s+|il\s+|op\s+)?(?P<date>{DATE})",
    re.IGNORECASE | re.VERBOSE,
)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b|\bof\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Accessed:
    """A date of access as printed. `date` is None where the wording leaves it open ("10/11/2008").

    `span` is the date's own, `whole` that of its verb and the date; `is_after_verb` tells "accessed August 2025" from
    other orders and languages.
    """

    date: PartialDate | None
    wording: str
    span: Span
    whole: Span = (0, 0)
    is_after_verb: bool = False


def find_accessed(text: str) -> Accessed | None:
    """The first date of access in a reference; its precision is what is printed, no day is invented."""
    found = next((match for pattern in _PATTERNS if (match := pattern.search(text)) is not None), None)
    if found is None:
        return None
    wording = found["date"].rstrip(" ,")
    start = found.start("date")
    span, after = (start, start + len(wording)), found.re is _AFTER_VERB
    return Accessed(_read(wording), wording, span, (found.start(), max(found.end(), span[1])), after)


_PATTERNS = (_AFTER_VERB, _BEFORE_VERB, _ELSEWHERE)


def _read(wording: str) -> PartialDate | None:
    plain = _ORDINAL.sub(" ", wording)
    if re.fullmatch(_YEAR, plain):
        return PartialDate(int(plain))
    return dates.guess(" ".join(plain.split()))
