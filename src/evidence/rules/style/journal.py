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
    words = word_spans(text, article)
    segments, journal = words.segments, article.journal
    surely_printed = segments.title_agrees and segments.journal_agrees
    span = words.span(*segments.journal) if segments.journal is not None and surely_printed else None
    if span is None:
        return None
    printed = text[span[0] : span[1]]
    # With and without what is printed in brackets after them; the title as people use it, and without its article.
    abbreviations = [form for name in (journal.medline_ta, journal.iso) if name for form in (name, _bare(name))]
    titles = {journal.title, _bare(journal.title), _usual_title(journal)} if journal.title else set[str]()
    titles |= {title[4:] for title in titles if title[:4].lower() == "the "}
    short, full = ({_key(form) for form in forms if form} for forms in (abbreviations, titles))
    if not short or not full:
        return None
    key = _key(printed)
    if style in _ABBREVIATING:
        better = " ".join(clean(journal.medline_ta or journal.iso).replace(".", " ").split())
        whose = "its own" if style is HouseStyle.NLM else "NLM's"
        wanted = f"{whose} abbreviation without points"
        if key in short:
            theme = "journals with points" if "." in printed.rstrip(".") else ""
        else:
            theme = "journals in full" if key in full else "journals otherwise abbreviated"
    else:
        better, wanted = _headline(_usual_title(journal)), "the name in full"
        theme = "journals abbreviated" if key in short - full else ""
    if not theme:
        return CONFORMS
    message = f'{STYLE_NAMES[style]} prints {wanted}, {better}; "{printed}" is printed'
    return SlipCheck((Slip("journal", span[0], printed, message, better, (Respelling(*span, better),), theme),))


def _key(name: str) -> str:
    return CleanText(clean(name)).joined.text


def _bare(name: str) -> str:
    return _QUALIFIER.sub("", name).strip()


def _usual_title(journal: Journal) -> str:
    """The name that people use: without place, branch and subtitle."""
    return _BRANCH.split(_bare(clean(journal.title)))[0].strip(" .")


def _headline(title: str) -> str:
    """In headline style, as journals' names are printed; NLM's are in sentence case."""
    words = title.split()
    return " ".join(
        word if (at and word.lower() in SMALL_WORDS) or not word.islower() else word[:1].upper() + word[1:]
        for at, word in enumerate(words)
    )
