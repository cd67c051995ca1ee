"""Chapters of books that have a record of their own (StatPearls, LiverTox, GeneReviews): how they are cited.

`Author. Chapter. [Updated …]. In: Editor, editor. Book [Internet]. Place: Publisher; years.` or, where the chapters
have no authors, `Book [Internet]. Place: Publisher; years. Chapter.` A chapter is known by its own title; the book is
where an article has its journal. Most are revised in place, so a year is right from the first to the last of them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from evidence.matching.authors import AuthorList
from evidence.matching.journals import JournalNames, journal_names
from evidence.matching.segment import (
    Segments,
    Span,
    before_title,
    is_date_word,
    is_sentence_end,
    is_year,
    leading_authors,
    without_title,
)
from evidence.matching.text import CleanText, clean, without_identifiers
from evidence.matching.titles import Titles, find_title, title_key
from evidence.matching.verdict import Field, FieldComparison, Verdict, agrees, not_judged
from evidence.model.identifiers import IdKind
from evidence.model.records import Article, Journal
from evidence.model.regex import regex

_SHORT_NAME = regex(r"[^:(]{4,}?(?=\s{0,3}:)")
_ACRONYM = regex(r"\(([^()]{3,20})\)")
_YEAR = regex(r"(?<![\d/-])(?:1[6-9]|20)\d\d(?!\d|[-/]\d\d[-/]\d\d)")
_ACCESSED = regex(
    r"\b(?:access(?:ed)?|cited|retrieved|viewed|visited|consult\w{0,5}|abgerufen|zugriff|acceso)\b[^\];.]{0,30}?(?:19|20)\d\d(?!\d)",
    re.IGNORECASE,
)
_UPDATED = regex(r"\b(?:updated|revised|last\s+update)\b:?\s[^\]\[;]{0,30}?((?:19|20)\d\d)(?!\d)", re.IGNORECASE)
_OPEN_DATE = regex(r";\s*(?=(?:1[6-9]|20)\d\d\s?-)")
_SERIALS = ("statpearls", "livertox", "lactmed", "genereviews", "endotext", "mothertobaby")
"""Books of NLM's Bookshelf that have chapters of one title, such as the name of a drug; as they are joined."""
_NUMBERED = frozenset({"chapter", "chap", "ch"})
_EDITORS = frozenset({"ed", "eds", "editor", "editors"})
_LONGEST_NAME = 12
_LONGEST_LIFE = 10  # years between the first edition of a chapter and the one that is dated today


def is_chapter(article: Article) -> bool:
    """Whether the record is that of a chapter, with a title other than its book's."""
    own, book = (title_key(clean(title), None) for title in (article.title, article.book_title))
    return article.is_book and bool(book) and own != book


@lru_cache(1 << 10)
def book_names(article: Article) -> JournalNames:
    """The forms of a book's title: whole, before its subtitle, and the short name in brackets after it."""
    title = clean(article.book_title)
    short, acronym = _SHORT_NAME.match(title), _ACRONYM.search(title)
    names = journal_names(Journal(title, short[0].strip() if short else "", acronym[1] if acronym else ""))
    return replace(names, display=title, noun="book")


def segment_chapter(text: CleanText, titles: Titles, names: JournalNames, authors: AuthorList) -> Segments:
    """The segments of a citation of a chapter, of which `journal` is its book."""
    book, within = _book(text, names), _within(text)
    places = [place for place in find_title(text, titles) if book is None or place[1] <= book[0] or book[1] <= place[0]]
    head_end = within if within is not None else book[0] if book is not None else None
    if places:
        first, end = places[0]
        segments = Segments(text, title=(first, end), title_agrees=True)
        head = _without_number(text, first)
        if head and (book is None or first < book[0]):
            segments.authors, segments.before_title, segments.front_year = before_title(text, head, authors)
        segments.added = _added(text, end, head_end if head_end is not None and head_end >= end else len(text))
    elif head_end:
        segments = Segments(text)
        segments.authors, start, segments.front_year = leading_authors(text, authors)
        segments.authors, start = ((0, 0), 0) if start >= head_end else (segments.authors, start)
        segments.title = _undated(text, start, head_end)
    elif (after_book := _after_book(text, book[1] if book is not None else None)) is not None or book is not None:
        segments = Segments(text, title=after_book)
    else:
        return without_title(text, names, authors)
    segments.journal, segments.journal_agrees = book, book is not None
    if book is None:
        segments.journal = _serial(text) if within is None else _printed_book(text, within + 1)
    after = max(end for _, end in (segments.title or (0, 0), segments.journal or (0, 0)))
    year = next((at for at in range(after, len(text)) if is_year(text, at)), None)
    end = len(text) if year is None else year + 1
    while end < len(text) and is_year(text, end) and "-" in text.before(end):  # 1993-2025
        end += 1
    segments.numbers = end
    segments.front_year = segments.front_year or (None if year is None else int(text.words[year][:4]))
    return segments


def _serial(text: CleanText) -> Span | None:
    """The place of the title of another book that has chapters of the same titles."""
    return next((place for name in _SERIALS for place in text.joined.find_all(name)), None)


def _book(text: CleanText, names: JournalNames) -> Span | None:
    """The place of the book's title, in its longest form that is printed."""
    return next((place for form in names.forms for place in text.joined.find_all(form.key)), None)


def _within(text: CleanText) -> int | None:
    """The word "In" that leads to the book."""
    found = [
        at
        for at in range(len(text) - 1)
        if text.keys[at] == "in"
        and text.words[at + 1][0].isupper()
        and (text.words[at] == "In" or "," in text.before(at))
    ]
    return next((at for at in found if ":" in text.before(at + 1)), None) or next(
        (at for at in found if at == 0 or is_sentence_end(text, at) or "," in text.before(at)), None
    )


def _without_number(text: CleanText, title: int) -> int:
    """The first word of "Chapter 9." before a title, else the title's own."""
    return next((at for at in (title - 1, title - 2) if at >= 0 and text.keys[at] in _NUMBERED), title)


def _added(text: CleanText, title_end: int, stop: int) -> Span | None:
    """Words of the same sentence after the record's title, but for dates."""
    end = next((at for at in range(title_end, stop) if is_sentence_end(text, at)), stop)
    added = _undated(text, title_end, end)
    return added if added and any(text.keys[at] for at in range(*added)) else None


def _undated(text: CleanText, first: int, end: int) -> Span | None:
    """The words without the dates at their end."""
    while end > first and is_date_word(text, end - 1):
        end -= 1
    return (first, end) if first < end else None


def _after_book(text: CleanText, book_end: int | None) -> Span | None:
    """The sentence that follows place, publisher and year of a book that is printed first.

    A book whose title is not known is one with an open date, as in "Bethesda (MD): NIDDK; 2012-."
    """
    if book_end is None:
        opened = _OPEN_DATE.search(text.raw)
        book_end = next((at for at in range(len(text)) if opened and text.starts[at] >= opened.end()), len(text))
    first = next((at + 1 for at in range(book_end, len(text)) if is_year(text, at)), len(text))
    while first < len(text) and is_date_word(text, first):
        first += 1
    end = next((at for at in range(first + 1, len(text)) if is_sentence_end(text, at)), len(text))
    return _undated(text, first, end)


def _printed_book(text: CleanText, first: int) -> Span | None:
    """What is printed as the book after "In:": after its editors, up to the end of its sentence."""
    limit = min(len(text), first + 40)
    editors = [at for at in range(first, limit) if text.keys[at] in _EDITORS]
    start = editors[-1] + 1 if editors else first
    marks = (
        at for at in range(start + 1, limit) if is_sentence_end(text, at) or any(m in text.before(at) for m in ",;[(")
    )
    end = next(marks, min(limit, start + _LONGEST_NAME))
    return (start, end) if start < end else None


def printed_years(printed: str) -> tuple[int, ...]:
    """The years of a citation as printed, that of an update among them, those of access not."""
    text = clean(printed)
    found = [*_YEAR.findall(_ACCESSED.sub(" ", without_identifiers(text))), *_UPDATED.findall(text)]
    return tuple(dict.fromkeys(map(int, found)))


def judge_book_year(printed: tuple[int, ...], article: Article) -> tuple[FieldComparison, int]:
    """Compare the printed years with the record's, and say how far apart they are; one that agrees is enough.

    What is revised in place may be cited by every year from its first to its last. A book to which PubMed gives a
    new date each year (StatPearls: its date is not before that of the chapter) does not say which was the first: ten
    years are allowed.
    """
    if not printed or not article.years:
        return not_judged(Field.YEAR), 0
    first, last = min(article.years), max(article.years)
    contributed = article.published_online
    dated_anew = contributed is not None and article.issued is not None and article.issued.year >= contributed.year
    if dated_anew and article.identifier.kind is IdKind.PMID:
        first -= _LONGEST_LIFE
    recorded = str(last) if first == last else f"{first} to {last}"
    apart, year = min((max(first - year, year - last, 0), year) for year in printed)
    if not apart:
        return agrees(Field.YEAR, str(year), recorded), 0
    message = f"year differs: cited {year}, record {recorded}"
    return FieldComparison(Field.YEAR, Verdict.DIFFERS, str(year), recorded, message=message), apart
