"""STY003: quotation marks round an article's title, which AMA, NLM and APA do not print."""

from __future__ import annotations

import re

from evidence.matching.text import CleanText, clean
from evidence.matching.titles import title_key, titles_of
from evidence.model.identifiers import ARTICLES
from evidence.model.policy import HouseStyle, Severity
from evidence.model.records import Article
from evidence.model.rule import ANYTHING, Lookup, Subject
from evidence.rules.case import Case
from evidence.rules.style.form import CONFORMS, STYLE_NAMES, Respelling, Slip, SlipCheck, style_rule

_QUOTED = re.compile(r"\u201c([^\u201c\u201d]{8,600})\u201d|\"([^\"]{8,600})\"")
_BEFORE = re.compile(r"(?:\.|\)\.?|\bal|,|:)\s*\Z")
_BEHIND = re.compile(r"[.,]?\s*(?:In:\s)?[A-Z*_]")
_NUMBERS = re.compile(r"(?:19|20)\d\d|\d\s?\(\d|:\s?\d")
_FEWEST_WORDS = 4
_WITHOUT = frozenset({HouseStyle.AMA, HouseStyle.NLM, HouseStyle.APA})


@style_rule("STY003", "quotation-marks", Severity.INFO, subject=Subject.CITATION, needs=Lookup.NONE, about=ANYTHING)
def quotation_marks(text: str, case: Case) -> SlipCheck | None:
    """Quotation marks round an article's title.

    What it does:
        Reports them in AMA, NLM and APA, which print none. Words that the record itself quotes, and
        quotations within a title, are left alone.

    Why is this bad?
        It is another style's form (Chicago, MLA): the list was put together from several.

    Example:
        Brown N, Panksepp J. “Low-dose naltrexone for disease prevention.” Med Hypotheses.

    Use instead:
        Brown N, Panksepp J. Low-dose naltrexone for disease prevention. Med Hypotheses.

    References:
        AMA Manual of Style, 11th edition, chapter 3.
    """
    style = case.policy.style
    if style not in _WITHOUT or not case.kinds & ARTICLES:
        return None
    found = _quoted_title(text, case.bibliography)
    if found is None:
        return CONFORMS
    first, behind = found.span()
    inner = 1 if found[1] is not None else 2
    start, end = found.span(inner)
    printed = text[first : start + 12] + "…"
    edits = (Respelling(first, start, ""), Respelling(end, behind, _point(text, end, behind)))
    message = f"{STYLE_NAMES[style]} prints an article's title without quotation marks"
    better = f"{found[inner][:40].rstrip()}…" if len(found[inner]) > 40 else found[inner]
    return SlipCheck((Slip("quotation marks", first, printed, message, better, edits, "quotation marks"),))


def _point(text: str, end: int, behind: int) -> str:
    """The full stop that ends a title, where nothing else does."""
    ends = text[end - 1] in ".?!," or text[behind : behind + 1] in {".", ","}
    return "" if ends else "."


def _quoted_title(text: str, article: Article | None) -> re.Match[str] | None:
    """The quoted words that are the whole title: the record's, or by where they stand."""
    for found in _QUOTED.finditer(text):
        inner = found[1] or found[2]
        if article is not None and titles_of(article).forms:
            if _is_title(inner, article):
                return found
        elif _stands_as_title(text, found, inner):
            return found
    return None


def _is_title(inner: str, article: Article) -> bool:
    """Whether these words are the record's title, or its beginning; and the record does not itself quote them."""
    key = CleanText(clean(inner)).joined.text
    titles = titles_of(article)
    if any('"' in form[:1] for form in titles.forms) or not key:
        return False
    keys = [title_key(form, None) for form in titles.forms]
    return any(one == key or (len(key) > len(one) / 2 and one.startswith(key)) for one in keys)


def _stands_as_title(text: str, found: re.Match[str], inner: str) -> bool:
    if len(inner.split()) < _FEWEST_WORDS:
        return False
    ends = inner.rstrip()[-1] in ".,?!" or text[found.end() : found.end() + 1] in {".", ","}
    return (
        ends
        and _BEFORE.search(text[: found.start()]) is not None
        and _BEHIND.match(text, found.end()) is not None
        and _NUMBERS.search(text, found.end()) is not None
    )
