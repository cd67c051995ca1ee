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
_AFTER = re.compile(r"[.,]?\s*(?:In:\s)?[A-Z*_]")
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
    quoted = _quoted_title(text, case.bibliography)
    if quoted is None:
        return CONFORMS
    first, last = quoted.span()
    group = 1 if quoted[1] is not None else 2
    title, (start, end) = quoted[group], quoted.span(group)
    has_point = text[end - 1] in ".?!," or text[last : last + 1] in {".", ","}
    edits = (Respelling(first, start, ""), Respelling(end, last, "" if has_point else "."))
    message = f"{STYLE_NAMES[style]} prints an article's title without quotation marks"
    better = f"{title[:40].rstrip()}…" if len(title) > 40 else title
    printed = text[first : start + 12] + "…"
    return SlipCheck((Slip("quotation marks", first, printed, message, better, edits, "quotation marks"),))


def _quoted_title(text: str, article: Article | None) -> re.Match[str] | None:
    """The quoted words that are the title: the record's, or by their place in the citation."""
    for quoted in _QUOTED.finditer(text):
        words = quoted[1] or quoted[2]
        if article is not None and titles_of(article).forms:
            if _is_title(words, article):
                return quoted
        elif (
            len(words.split()) >= _FEWEST_WORDS
            and (words.rstrip()[-1] in ".,?!" or text[quoted.end() : quoted.end() + 1] in {".", ","})
            and _BEFORE.search(text[: quoted.start()]) is not None
            and _AFTER.match(text, quoted.end()) is not None
            and _NUMBERS.search(text, quoted.end()) is not None
        ):
            return quoted
    return None


def _is_title(words: str, article: Article) -> bool:
    """Whether these words are the record's title, or its beginning; and the record does not itself quote them."""
    key = CleanText(clean(words)).joined.text
    titles = titles_of(article)
    if any('"' in form[:1] for form in titles.forms) or not key:
        return False
    keys = [title_key(form, None) for form in titles.forms]
    return any(own == key or (len(key) > len(own) / 2 and own.startswith(key)) for own in keys)
