"""Dashes in page ranges: of one kind throughout a list."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from evidence.checks.forms.slips import CONFORMS, NAMES, Respelling, Slip, SlipCheck, without_addresses
from evidence.model.case import Beside, Case
from evidence.model.policy import HouseStyle

_RANGE = re.compile(
    r"(?:(?<=[\w)]):|(?<=[\d)])[:,]\s|\bpp?\.\s?)(?P<first>[A-Za-z]{0,3}[1-9]\d{0,5}[A-Za-z]?)"
    r"(?P<dash>\s?[-\u2010-\u2014\u2212]\s?)[A-Za-z]{0,3}\d{1,6}[A-Za-z]?(?=[.,;\s]|\Z)"
)
_KINDS = {"-": "hyphen", "\u2010": "hyphen", "\u2011": "hyphen", "\u2013": "en dash"}
_SIGNS = {"hyphen": "-", "en dash": "\u2013"}
_ARTICLES = {"hyphen": "a hyphen", "en dash": "an en dash", "other dash": "another dash"}
_HOUSE = {
    HouseStyle.AMA: "hyphen",
    HouseStyle.NLM: "hyphen",
    HouseStyle.APA: "en dash",
    HouseStyle.CHICAGO: "en dash",
}
_CONSISTENT = 0.8
_FEWEST = 5


def _range_of(text: str) -> re.Match[str] | None:
    """The page range of a citation: the last that stands where pages do."""
    return max(_RANGE.finditer(without_addresses(text)), key=lambda found: found.start(), default=None)


def _kind(dash: str) -> str:
    return _KINDS.get(dash.strip(), "other dash")


@lru_cache(8)
def _kinds(beside: Beside) -> Counter[str]:
    """How often the list has each kind of dash."""
    texts = [*beside.texts, *(entry.text for entry in beside.entries.values())]
    return Counter(_kind(found["dash"]) for found in map(_range_of, texts) if found is not None)


def mixed_dashes(text: str, case: Case) -> SlipCheck | None:
    """The range's dash, where the list has several kinds and this is not the one to keep."""
    found = _range_of(text)
    if found is None:
        return None
    kinds, own = _kinds(case.beside), _kind(found["dash"])
    if not kinds.keys() - {own}:
        return CONFORMS
    most, times = kinds.most_common(1)[0]
    all_but_slips = kinds.total() >= _FEWEST and times >= _CONSISTENT * kinds.total()
    house = _HOUSE.get(case.policy.style)
    wanted = most if all_but_slips or house is None else house
    if own == wanted or wanted not in _SIGNS:
        return CONFORMS
    start, end = found.span("dash")
    pages = text[found.start("first") : found.end()]
    better = text[found.start("first") : start] + _SIGNS[wanted] + text[end : found.end()]
    elsewhere = (
        f"{_ARTICLES[wanted]} elsewhere in the list"
        if kinds[wanted]
        else f"{_ARTICLES[wanted]} in {NAMES[case.policy.style]}"
    )
    at = start + len(found["dash"]) - len(found["dash"].lstrip())
    message = f"the page range {pages} has {_ARTICLES[own]}, and {elsewhere}"
    return SlipCheck((Slip("dash", at, pages, message, better, (Respelling(start, end, _SIGNS[wanted]),)),))
