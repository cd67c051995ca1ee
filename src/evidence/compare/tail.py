"""The numbers at a citation's end: year, volume, issue and pages in the orders that styles use."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?|Spring|Summer|Autumn|Fall|Winter)"
)
_MONTHS = rf"{_MONTH}\.?(?:\s?[-/]\s?{_MONTH}\.?)?"
_YEAR = r"(?:1[6-9]|20)\d\d"
_DATED = re.compile(
    rf"\b({_YEAR})[a-z]?(?:\s?[-/]\s?(?:{_YEAR}|\d\d))?,?\s+{_MONTHS}(?:[ ,]+\d{{1,2}}(?:-\d{{1,2}})?(?!\d|[-(:]))?",
    re.IGNORECASE,
)
_DATED_BEHIND = re.compile(rf"\b{_MONTHS}(?:\s+\d{{1,2}})?,?\s+({_YEAR})\b", re.IGNORECASE)
_MONTH_ISSUE = re.compile(rf"\(\s*{_MONTHS}(?:\s+\d{{1,2}}(?:-\d{{1,2}})?)?\s*\)", re.IGNORECASE)
_LONE_MONTH = re.compile(rf"(?:(?<=^)|(?<=[\s,(]))(?:\d{{1,2}}\s+)?{_MONTHS}(?=[\s,;.)]|$)", re.IGNORECASE)
_BRACKETED_YEAR = re.compile(rf"\(\s*({_YEAR})[a-z]?\s*\)")
_ANY_YEAR = re.compile(rf"(?<![\d-])({_YEAR})[a-z]?(?![\d])")
_LEADING_YEAR = re.compile(rf"^[\s.,;:(]*({_YEAR})[a-z]?\)?(?:\s?[-/]\s?(?:{_YEAR}|\d\d)\b(?!\s*\())?[\s.,;:]+(?=\S)")
_VOLUME_MARK = re.compile(r"\b(?:vol(?:ume|s)?\b\.?|(?:Bd|Band|Jg)\b\.?(?=\s*\d)|(?-i:v)\.(?=\s*\d))\s*", re.IGNORECASE)
_ISSUE_MARK = re.compile(
    r"(?:,|(?<![\s,]))\s*+\b(?:(?:no|nos|issue|iss|nr|number|fasc|heft)\b\.?|n\s?(?:\u00b0|\.(?=\s*\d))|(?-i:H)\.(?=\s*\d))\s*(?=\w)",
    re.IGNORECASE,
)
_PAGE_MARK = re.compile(
    r"(?:\b(?:pp?|pages?|pgs?|art(?:icle)?(?:\.?\s+(?:no|id|number))?)\b[.:]?\s*)(?=[\w-])"
    r"|(?<=[\s,])(?:(?-i:S)\.|Seiten?\b)\s*(?=\d)",
    re.IGNORECASE,
)
_PARTS = r"(?:suppl?(?:ement)?|series|pt|part|spec(?:ial)?|no|hors|s[eé]rie|ser)"
_GLUED_PART = re.compile(r"(?<=\d)(?=(?:suppl|pt)\b)", re.IGNORECASE)
_NUMBER = rf"[A-Z]{{0,4}}\.?\d[\w./?-]*|[IVXLC]+\b|{_PARTS}\b\.?(?:\s*\d+)?"
_VOLUME = rf"(?P<volume>(?:{_NUMBER})(?:\.?,?\s*{_PARTS}\b\.?(?:\s*\w{{1,4}}\b(?!\s*-\s*\d))?)*)"
_SEMICOLON_BEFORE_YEAR = re.compile(rf"^[\s.)]*;\s*(?={_YEAR}\s*;)")
_EMPHASIS = re.compile("[*_]")
_LOCATED = re.compile(
    rf"^[^\w(#]*{_VOLUME}?\s*(?:\((?P<issue>[^()]*(?:\([^()]*\)[^()]*)?)\)|\#(?P<marked>[\w/.-]+(?:\s*{_PARTS}\.?(?:\s*\d+)?)?))?\s*"
    r"(?P<mark>[:,;]|\s|\.)?\s*(?P<pages>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_PAGES = re.compile(r"[A-Z]{0,3}\d+\s*-\s*[A-Z]{0,3}\d+|[a-z]\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Locator:
    """What the numbers say. `lone` is a single number that may be volume, issue or page."""

    year: int | None = None
    volume: str = ""
    issue: str = ""
    pages: str = ""
    lone: str = ""


def parse_locator(raw: str, *, year_known: bool) -> Locator:
    """Read the text behind the journal's name; `year_known` when a year stood before the title."""
    text = _MONTH_ISSUE.sub(" ", _SEMICOLON_BEFORE_YEAR.sub("", _EMPHASIS.sub("", raw)))
    if ";" in text:
        dated, _, located = text.partition(";")
        year = _ANY_YEAR.search(dated)
        if year or not re.search(r"\d", dated):
            return _located(located, int(year[1]) if year else None)
        text = f"{dated},{located}"
    year_found, rest = _take_year(text, year_known=year_known)
    return _located(rest, year_found)


def _take_year(text: str, *, year_known: bool) -> tuple[int | None, str]:
    for pattern in (_BRACKETED_YEAR, _DATED, _DATED_BEHIND):
        found = pattern.search(text)
        if found:
            return int(found[1]), text[: found.start()] + " " + text[found.end() :]
    text = _LONE_MONTH.sub(" ", text)
    leading = _LEADING_YEAR.match(text)
    if leading and not year_known:
        return int(leading[1]), text[leading.end() :]
    if not year_known:
        years = list(_ANY_YEAR.finditer(text))
        alone = [y for y in years if re.match(r"[\s,.)]*$", text[y.end() :]) or text[y.end() : y.end() + 1] == ","]
        if alone:
            return int(alone[-1][1]), text[: alone[-1].start()] + " " + text[alone[-1].end() :]
    return None, text


def _located(text: str, year: int | None) -> Locator:
    text = _GLUED_PART.sub(" ", text)
    text = _ISSUE_MARK.sub(" #", _VOLUME_MARK.sub("", text))
    text = _PAGE_MARK.sub(":", text).strip(" .,;")
    if text.startswith(":"):
        return Locator(year, pages=_trimmed(text))
    found = _LOCATED.match(text)
    if found is None:
        return Locator(year)
    volume, issue = (found["volume"] or "").strip(" .,"), (found["issue"] or found["marked"] or "").strip()
    pages = _trimmed(found["pages"])
    if volume and not issue and not pages:
        return Locator(year, pages=volume) if _PAGES.fullmatch(volume) else Locator(year, lone=volume)
    return Locator(year, volume, issue, pages)


def _trimmed(pages: str) -> str:
    text = pages.strip(" .,;:")
    sentence = re.search(r"(?<=[\w\])])[.](?=\s+[A-Z])", text)
    return (text[: sentence.start()] if sentence else text).strip(" .,;:")
