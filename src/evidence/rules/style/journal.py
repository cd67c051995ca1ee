"""STY006: the journal's name, NLM's abbreviation without points in AMA and NLM, in full in APA and Chicago."""

from __future__ import annotations

import re

from evidence.matching.compare import word_spans
from evidence.matching.text import CleanText, clean
from evidence.model.identifiers import ARTICLES
from evidence.model.policy import HouseStyle, Severity
from evidence.model.records import Journal
from evidence.model.rule import Lookup, Subject
from evidence.rules.case import Case
from evidence.rules.style.form import CONFORMS, STYLE_NAMES, Respelling, Slip, SlipCheck, style_rule

_ABBREVIATING = frozenset({HouseStyle.AMA, HouseStyle.NLM})
_SPELLING_OUT = frozenset({HouseStyle.APA, HouseStyle.CHICAGO})
_QUALIFIER = re.compile(r"(?<!\s)\s*+[\[(][^\])]{0,200}+[\])]")
_BRANCH = re.compile(r"\s[:=/]\s")
SMALL_WORDS = frozenset(
    "a|an|and|as|at|by|de|der|des|die|du|et|for|from|in|la|le|of|on|or|the|to|und|with|y".split("|")  # noqa: SIM905 - a list of words
)


@style_rule("STY006", "journal-abbreviation", Severity.INFO, subject=Subject.CITATION, needs=Lookup.ANY, about=ARTICLES)
def journal_abbreviation(text: str, case: Case) -> SlipCheck | None:
    """The journal's name in another form than the style's.

    What it does:
        Expects NLM's abbreviation without points in AMA and NLM, the name in full in APA and Chicago.
        Another journal than the record's is MET004 and not judged here.

    Why is this bad?
        An abbreviation of one's own cannot be looked up.

    Example:
        American Journal of Gastroenterology. 2007;102(4):820-828.

    Use instead:
        Am J Gastroenterol. 2007;102(4):820-828.

    References:
        NLM Catalog, journals referenced in the NCBI databases; AMA Manual of Style, 11th edition, chapter 3.
    """
    article, style = case.bibliography, case.policy.style
    if article is None or article.is_book or style not in _ABBREVIATING | _SPELLING_OUT:
        return None
    laid = word_spans(text, article)
    zone = laid.segments.journal if laid.segments.journal_agrees else None
    span = laid.span(*zone) if zone is not None and laid.segments.title_agrees else None
    if span is None:
        return None
    printed = text[span[0] : span[1]]
    short, full = _short(article.journal), _full(article.journal)
    if not short or not full:
        return None
    abbreviates = style in _ABBREVIATING
    better = (
        _without_points(clean(article.journal.medline_ta or article.journal.iso))
        if abbreviates
        else _headline(_title(article.journal))
    )
    key = _key(printed)
    theme = _fault(printed, key, short, full, abbreviates=abbreviates)
    if not theme:
        return CONFORMS
    whose = "its own" if style is HouseStyle.NLM else "NLM's"
    wanted = f"{whose} abbreviation without points" if abbreviates else "the name in full"
    message = f'{STYLE_NAMES[style]} prints {wanted}, {better}; "{printed}" is printed'
    return SlipCheck((Slip("journal", span[0], printed, message, better, (Respelling(*span, better),), theme),))


def _fault(printed: str, key: str, short: frozenset[str], full: frozenset[str], *, abbreviates: bool) -> str:
    if abbreviates:
        if key in short:
            return "journals with points" if "." in printed.rstrip(".") else ""
        return "journals in full" if key in full else "journals otherwise abbreviated"
    return "journals abbreviated" if key in short - full else ""


def _key(name: str) -> str:
    return CleanText(clean(name)).joined.text


def _bare(name: str) -> str:
    return _QUALIFIER.sub("", name).strip()


def _without_points(name: str) -> str:
    return " ".join(name.replace(".", " ").split())


def _short(journal: Journal) -> frozenset[str]:
    """The keys of the abbreviations, with and without what stands in brackets behind them."""
    return frozenset(_key(form) for name in (journal.medline_ta, journal.iso) if name for form in (name, _bare(name)))


def _full(journal: Journal) -> frozenset[str]:
    forms = {journal.title, _bare(journal.title), _title(journal)} if journal.title else set[str]()
    forms |= {form[4:] for form in forms if form[:4].lower() == "the "}
    return frozenset(_key(form) for form in forms if form)


def _title(journal: Journal) -> str:
    """The name that people use: without place, branch and subtitle."""
    return _BRANCH.split(_bare(clean(journal.title)))[0].strip(" .")


def _headline(title: str) -> str:
    """In headline style, as journals' names are printed; NLM's are in sentence case."""
    words = title.split()
    return " ".join(
        word if (at and word.lower() in SMALL_WORDS) or not word.islower() else word[:1].upper() + word[1:]
        for at, word in enumerate(words)
    )
