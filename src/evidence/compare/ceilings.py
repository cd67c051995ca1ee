"""What no copying fault explains: it sets a ceiling to a citation's score, below every match.

A citation is matched wrongly where another work shares nearly all that is printed. So whatever tells near
neighbours apart (a notice and its paper, the parts of a series, a preprint and its article, this year's
report and last year's) counts more than all that they share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz.distance import OSA

from evidence.compare.clean import clean
from evidence.compare.journals import names_of
from evidence.compare.locators import ranges
from evidence.compare.printed_title import PrintedTitle, letters
from evidence.compare.titles import titles_of
from evidence.compare.verdicts import Comparison, DifferenceKind, Field, FieldComparison
from evidence.compare.wrong import is_notice, is_notice_title
from evidence.model.records import Article

SIMILAR = 0.80
"""Likeness in letters from which a title that differs may be the same one, misread."""

_CLOSE = 0.90  # … and from which it is so in spite of another fault
_ANOTHER_WORK, _NOTICE, _SERIAL, _ELSEWHERE, _UNSURE = 0.20, 0.30, 0.40, 0.45, 0.50
_LONG_TITLE = 6  # telling words of a title under which a page with transposed digits is a slip
_LEAST_DIGITS = 3
_SHORT_NAME, _LONG_NAME = 6, 12  # letters of a journal's name that may have one misread, and two
_ANSWER = re.compile(
    r"(?:^|[-:.,;?!(\[]\s*)(?:the )?(?:authors?'?s?'? |in )?"
    r"(?:repl(?:y|ies)|respon[sd](?:e|s|es)?|comments?|erratum|correction|corrigendum|retraction)\W*$",
    re.IGNORECASE,
)
_NOTICE_OF = re.compile(
    r"\b(?:corrigendum|erratum|correction|retraction|addendum|expression of concern)(?: note| notice)?"
    r"[ :]+(?:to|of|for)\b",
    re.IGNORECASE,
)


def ceiling(printed: str, comparison: Comparison, article: Article, read: PrintedTitle) -> float:
    """The highest score that this citation can have with this record; 1.0 where nothing speaks against it."""
    if comparison.too_short or comparison.wrong is not None:
        return _ANOTHER_WORK
    limits = (
        *_of_notices(printed, comparison, article, read),
        *_of_titles(comparison, article, read),
        *_of_places(comparison, article, read),
        *_of_authors(comparison),
    )
    return min(limits, default=1.0)


def is_located(comparison: Comparison) -> bool:
    """Whether volume and first page are the record's; issues that begin anew with page 1 are told apart."""
    pages = comparison.of(Field.PAGES)
    paged = comparison.of(Field.VOLUME).agrees and (pages.agrees or bool(pages.matched))
    return paged and (comparison.of(Field.TITLE).agrees or not comparison.of(Field.ISSUE).differs)


def years_apart(comparison: Comparison) -> int:
    """By how many years the print misses the record's nearest year."""
    year = comparison.of(Field.YEAR)
    if not year.differs:
        return 0
    return min(abs(int(year.printed) - int(recorded)) for recorded in re.findall(r"\d{4}", year.recorded))


def _of_notices(printed: str, comparison: Comparison, article: Article, read: PrintedTitle) -> Iterator[float]:
    """A notice, a comment or an answer is not its paper."""
    title, located = comparison.of(Field.TITLE), is_located(comparison)
    if _is_answer(read.printed or printed) != _is_answer(article.title) and not (title.agrees and located):
        yield _NOTICE
    if _speaks_of_another(printed) and not _speaks_of_another(article.title):
        yield _NOTICE
    if not located and (_has_head(title, article) or (is_notice(article) and not _is_answer(read.printed))):
        yield _NOTICE


def _of_titles(comparison: Comparison, article: Article, read: PrintedTitle) -> Iterator[float]:
    """Other words and other numbers are another work's, unless place and authors leave no doubt."""
    located, authors = is_located(comparison), comparison.of(Field.AUTHORS)
    sure = located and authors.agrees
    paged = _is_authored(authors) and comparison.of(Field.PAGES).agrees
    differs = comparison.of(Field.TITLE).differs
    if differs and not (sure and read.likeness >= _CLOSE) and read.counts_otherwise(article):
        yield _SERIAL
    if (read.likeness < SIMILAR and not sure) or (read.likeness < _CLOSE and not (authors.agrees or located)):
        yield _UNSURE
    if not sure and read.has_other_words:
        yield _UNSURE
    if not (located or paged) and read.may_have_siblings(article):
        yield _UNSURE


def _of_places(comparison: Comparison, article: Article, read: PrintedTitle) -> Iterator[float]:
    """Another page or issue is another work's, and so is another journal or year that no page makes good."""
    if _is_elsewhere(comparison, read):
        yield _ELSEWHERE
    journal = comparison.of(Field.JOURNAL)
    if is_located(comparison) or (_is_in_journal(journal, article) and years_apart(comparison) <= 1):
        return
    yield _ELSEWHERE if journal.differs or years_apart(comparison) > 1 else _UNSURE


def _of_authors(comparison: Comparison) -> Iterator[float]:
    """Names that are none of the record's are another work's."""
    authors = comparison.of(Field.AUTHORS)
    if authors.differs and not (authors.matched and (_is_authored(authors) or is_located(comparison))):
        yield _UNSURE


def _is_authored(authors: FieldComparison) -> bool:
    """Whether the names are the record's, if need be misspelt, in another order or with one missing."""
    return authors.agrees or (authors.matched > 0 and authors.kind is not DifferenceKind.ANOTHER_NAME)


def _is_in_journal(journal: FieldComparison, article: Article) -> bool:
    """Whether the journal is the record's, if need be with a letter or two misread."""
    printed = letters(journal.printed)
    slips = 1 if len(printed) < _LONG_NAME else 2
    return journal.agrees or any(
        len(printed) >= _SHORT_NAME and OSA.distance(printed, form.key, score_cutoff=slips) <= slips
        for form in names_of(article.journal).forms
    )


def _is_elsewhere(comparison: Comparison, read: PrintedTitle) -> bool:
    """Whether the place is another work's, not a slip: another year's volume, another page with other digits."""
    pages, title = comparison.of(Field.PAGES), comparison.of(Field.TITLE)
    volume_differs, issue_differs = comparison.of(Field.VOLUME).differs, comparison.of(Field.ISSUE).differs
    if pages.agrees or pages.matched:
        return volume_differs and comparison.of(Field.YEAR).differs
    if not pages.differs:
        return issue_differs or (volume_differs and comparison.of(Field.YEAR).differs)
    also = not title.agrees or volume_differs or issue_differs
    return also or not _are_transposed(pages) or read.telling < _LONG_TITLE


def _are_transposed(pages: FieldComparison) -> bool:
    """Whether the first pages have the same digits in another order, as typing makes them."""
    here, there = (ranges(clean(text))[0][0] for text in (pages.printed, pages.recorded))
    return here != there and len(here) >= _LEAST_DIGITS and sorted(here) == sorted(there)


def _has_head(title: FieldComparison, article: Article) -> bool:
    """Whether words stand before the record's title, as in "Correction to: …"."""
    printed = letters(title.printed)
    return title.kind is DifferenceKind.WORDS_ADDED and not any(
        printed.startswith(letters(form)) for form in titles_of(article).forms
    )


def _is_answer(title: str) -> bool:
    """Whether a title says that it is a notice, a comment or an answer, before or behind the title it speaks of."""
    return is_notice_title(title) or _ANSWER.search(clean(title)) is not None


def _speaks_of_another(text: str) -> bool:
    """Whether a notice's words stand anywhere: "Corrigendum to", "Retraction of"."""
    return _NOTICE_OF.search(clean(text)) is not None
