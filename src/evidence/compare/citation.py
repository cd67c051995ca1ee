"""Comparing a printed citation, or an entry's own fields, with the record of its identifier."""

from __future__ import annotations

import re
from functools import lru_cache

from evidence.compare.clean import electronic_year
from evidence.compare.dating import judge_year
from evidence.compare.journals import judge_journal, names_of
from evidence.compare.locators import judge_locators
from evidence.compare.names import AuthorList, judge_authors
from evidence.compare.text import CleanText
from evidence.compare.titles import Titles, judge_title, titles_of
from evidence.compare.verdicts import Comparison, DifferenceKind, Field, FieldComparison, Verdict, agrees, not_judged
from evidence.compare.wrong import WrongRecordEvidence, decide, decide_short, judged_enough
from evidence.compare.zones import Segments, lay_out, prepared, tail_of
from evidence.model.records import Article

_DESIGNATOR = re.compile(
    r"(?:[\W_]*(?:abstracts?|letters?(?: to the editor)?|editorial|review|see comments?|corrected"
    r"|retracted(?: article)?))+",
    re.IGNORECASE,
)


@lru_cache(1024)
def compare(printed: str, article: Article) -> Comparison:
    """Compare a citation as printed, in any style, with its record.

    Args:
        printed: The citation's text, verbatim (`cited-as`).
        article: The record of the identifier that the citation carries.

    Returns:
        One verdict per field, and whether the record is another work. What is not printed, or not
        in the record, is not judged, never a difference.
    """
    titles, authors = titles_of(article), AuthorList(article.authors)
    zones = align_citation(printed, article)
    text = zones.text
    tail = tail_of(zones)
    volume, issue, pages = judge_locators(tail, article)
    title = _title(zones, titles)
    who = not_judged(Field.AUTHORS) if article.is_book else judge_authors(text, *zones.authors, authors)
    located = volume.agrees and (pages.agrees or bool(pages.matched))
    journal = _journal(zones, article, located=located)
    year, apart = judge_year(tail.year or zones.front_year or electronic_year(printed), article, located=located)
    fields = (title, who, year, journal, volume, issue, pages)
    if not judged_enough(*fields):
        return _not_compared(fields, article)
    seen = WrongRecordEvidence(title, who, journal, volume, pages, apart)
    short = zones.title is None
    wrong = decide_short(seen, text, zones.authors[1], authors) if short else decide(seen, article)
    return Comparison(fields, wrong)


@lru_cache(64)
def align_citation(printed: str, article: Article) -> Segments:
    """Where the authors, title, journal and numbers of a citation stand, found with its record's help."""
    titles = titles_of(article)
    text = prepared(printed, titles, article.elocations)
    return lay_out(text, titles, names_of(article.journal), AuthorList(article.authors))


def _not_compared(fields: tuple[FieldComparison, ...], article: Article) -> Comparison:
    """Nothing is judged; the citation is not blamed where its title agrees and the record has nothing else."""
    read = tuple(f.field for f in fields if f.verdict is not Verdict.NOT_JUDGED)
    people = article.authors and not article.is_book
    more = people or article.pages or article.elocations or names_of(article.journal).shown
    blamed = bool(more) or not fields[0].agrees
    return Comparison(tuple(not_judged(f.field, f.printed, f.recorded) for f in fields), too_short=blamed, read=read)


def _title(zones: Segments, titles: Titles) -> FieldComparison:
    text = zones.text
    if zones.title is None or not titles.forms:
        return not_judged(Field.TITLE, recorded=titles.shown)
    if not zones.found:
        return judge_title(text.slice(*zones.title), titles)
    added = [
        words for words in (zones.head, zones.added) if words is not None and not _is_title_too(text, words, titles)
    ]
    added = [words for words in added if not _is_designator(text, words)]
    if added:
        whole = text.slice(
            min(words[0] for words in (*added, zones.title)), max(words[1] for words in (*added, zones.title))
        )
        told = " and ".join(f'"{text.slice(*words)}"' for words in added)
        message = f"title has words that the record's lacks: {told}"
        return FieldComparison(Field.TITLE, Verdict.DIFFERS, whole, titles.shown, DifferenceKind.WORDS_ADDED, message)
    return agrees(Field.TITLE, text.slice(*zones.title), titles.shown)


def _is_title_too(text: CleanText, words: tuple[int, int], titles: Titles) -> bool:
    """Whether the words beside the title are its other form: the translation beside the original."""
    key = "".join(text.keys[words[0] : words[1]])
    return any(titles.key(form, None) == key for form in titles.forms)


def _is_designator(text: CleanText, words: tuple[int, int]) -> bool:
    """Whether these bracketed words name the kind of publication: "[letter]", "(abstract)", "[see comments]"."""
    bracketed = any(mark in text.before(words[0]) for mark in "[(")
    return bracketed and _DESIGNATOR.fullmatch(text.slice(*words)) is not None


def _journal(zones: Segments, article: Article, *, located: bool) -> FieldComparison:
    names = names_of(article.journal)
    if zones.journal is None:
        return not_judged(Field.JOURNAL, recorded=names.shown)
    if zones.journal_agrees:
        return agrees(Field.JOURNAL, zones.text.slice(*zones.journal), names.shown)
    return judge_journal(zones.text, zones.journal, names, located=located)
