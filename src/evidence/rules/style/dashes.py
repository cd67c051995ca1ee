"""STY001: dashes in page ranges, of one kind throughout a list."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from evidence.model.policy import HouseStyle, Severity
from evidence.model.rule import ANYTHING, Lookup, Subject
from evidence.rules.case import Beside, Case
from evidence.rules.style.form import CONFORMS, STYLE_NAMES, Respelling, Slip, SlipCheck, style_rule, without_addresses

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
_FEWEST_DASHES = 5


@style_rule("STY001", "mixed-range-dashes", Severity.WARNING, subject=Subject.LIST, needs=Lookup.NONE, about=ANYTHING)
def mixed_range_dashes(text: str, case: Case) -> SlipCheck | None:
    """Hyphens here and dashes there in page ranges.

    What it does:
        Where the page ranges of a list have dashes of several kinds, reports those to change: to the
        kind of nearly all others, else to the style's (AMA and NLM a hyphen, APA and Chicago an en
        dash). A list with one kind throughout is left alone, whichever it is.

    Why is this bad?
        It is the commonest sign that references were pasted from several places; no style mixes them.

    Example:
        Arthritis Rheum. 2013;65(2):529-538. … Am J Gastroenterol. 2007;102(4):820\u2013828.

    Use instead:
        Am J Gastroenterol. 2007;102(4):820-828.

    References:
        AMA Manual of Style, 11th edition, chapter 3; NLM, Citing Medicine, chapter 1.
    """
    found = _range_of(text)
    if found is None:
        return None
    kinds, own = _kinds(case.beside), _kind(found["dash"])
    if not kinds.keys() - {own}:
        return CONFORMS
    most, times = kinds.most_common(1)[0]
    all_but_slips = kinds.total() >= _FEWEST_DASHES and times >= _CONSISTENT * kinds.total()
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
        else f"{_ARTICLES[wanted]} in {STYLE_NAMES[case.policy.style]}"
    )
    at = start + len(found["dash"]) - len(found["dash"].lstrip())
    message = f"the page range {pages} has {_ARTICLES[own]}, and {elsewhere}"
    return SlipCheck((Slip("dash", at, pages, message, better, (Respelling(start, end, _SIGNS[wanted]),)),))


def _range_of(text: str) -> re.Match[str] | None:
    """The page range of a citation: the last in the place of pages."""
    return max(_RANGE.finditer(without_addresses(text)), key=lambda found: found.start(), default=None)


def _kind(dash: str) -> str:
    return _KINDS.get(dash.strip(), "other dash")


@lru_cache(8)
def _kinds(beside: Beside) -> Counter[str]:
    """How often the list has each kind of dash."""
    texts = [*beside.texts, *(entry.text for entry in beside.entries.values())]
    return Counter(_kind(found["dash"]) for found in map(_range_of, texts) if found is not None)
