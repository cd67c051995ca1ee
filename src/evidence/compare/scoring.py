"""How surely a printed citation is of a record: points for what agrees and against what differs, 0 to 1.

Title, authors and first page carry a work's identity; what its nearest neighbours share with it (journal,
year, volume) counts little. A ceiling (`evidence.compare.ceilings`) holds down what is another work for
all that it shares. How often this is right and wrong is measured in docs/matching.md.
"""

from __future__ import annotations

from functools import lru_cache

from evidence.compare.ceilings import SIMILAR, ceiling, is_located, years_apart
from evidence.compare.citation import compare
from evidence.compare.clean import clean
from evidence.compare.printed_title import PrintedTitle, read_title
from evidence.compare.text import CleanText
from evidence.compare.verdicts import Comparison, DifferenceKind, Field, FieldComparison
from evidence.model.matches import Candidate
from evidence.model.records import Article

_TITLE, _OTHER_WORDS, _ANOTHER_TITLE = 0.40, -0.20, -0.40
# What a title is worth by the number of its telling words: "Editorial" and "Reply" are titles of thousands.
_TELLING = (0.15, 0.30, 0.55, 0.75, 0.90, 1.0)
_AUTHORS = (0.0, 0.14, 0.19, 0.22)  # by how many of the record's authors are printed
_NO_AUTHOR, _DOUBTED = -0.30, 0.6
_PAGES, _FIRST_PAGE, _ANOTHER_PAGE = 0.14, 0.12, -0.15
_LOCATED = 0.12  # journal, volume and first page together name a place in print
_YEAR, _ANOTHER_YEAR, _YEARS_APART = 0.06, -0.03, -0.15
_AGREEING = {Field.JOURNAL: 0.08, Field.VOLUME: 0.08, Field.ISSUE: 0.02}
_DIFFERING = {Field.JOURNAL: -0.12, Field.VOLUME: -0.10, Field.ISSUE: -0.04}


def score(printed: str, article: Article) -> Candidate:
    """How well a citation as printed agrees with a record, and in what.

    Args:
        printed: The citation's text, verbatim.
        article: A record that it may be of.
    """
    comparison = compare(printed, article)
    read = read_title(comparison.of(Field.TITLE), article)
    points = _title_points(comparison.of(Field.TITLE), read) + _author_points(comparison.of(Field.AUTHORS))
    points += _page_points(comparison) + _year_points(comparison)
    points += sum(_points(comparison.of(field), field) for field in _AGREEING)
    return Candidate(
        article,
        round(max(0.0, min(points, ceiling(printed, comparison, article, read))), 3),
        tuple(str(judged.field) for judged in comparison.fields if judged.agrees),
        tuple(str(judged.field) for judged in comparison.fields if judged.differs),
    )


def is_possible(printed: str, article: Article) -> bool:
    """Whether print and record share an author's name or two telling words of the title: quick, and never too strict.

    Searches offer many records for many citations; most need no closer look.
    """
    words = _words(printed)
    if any(not words.isdisjoint(_words(author.family or author.collective)) for author in article.authors):
        return True
    titled = {word for title in (article.title, article.vernacular_title) for word in _words(title) if len(word) > 3}
    return len(titled & words) >= min(2, len(titled))


@lru_cache(1024)
def _words(text: str) -> frozenset[str]:
    return frozenset(CleanText(clean(text)).keys)


def _title_points(title: FieldComparison, read: PrintedTitle) -> float:
    if not title.agrees and not title.differs:
        return 0.0
    if read.likeness < SIMILAR:
        return _ANOTHER_TITLE if title.kind is DifferenceKind.ANOTHER_TITLE else _OTHER_WORDS
    share = (read.likeness - SIMILAR / 2) / (1 - SIMILAR / 2)
    return _TITLE * share * _TELLING[min(read.telling, len(_TELLING) - 1)]


def _author_points(authors: FieldComparison) -> float:
    if authors.differs and not authors.matched:
        return _NO_AUTHOR
    points = _AUTHORS[min(authors.matched, len(_AUTHORS) - 1)]
    return points * _DOUBTED if authors.differs else points


def _page_points(comparison: Comparison) -> float:
    pages = comparison.of(Field.PAGES)
    points = _PAGES if pages.agrees else _FIRST_PAGE if pages.matched else _ANOTHER_PAGE if pages.differs else 0.0
    return points + (_LOCATED if is_located(comparison) and comparison.of(Field.JOURNAL).agrees else 0.0)


def _year_points(comparison: Comparison) -> float:
    year = comparison.of(Field.YEAR)
    if not year.differs:
        return _YEAR if year.agrees else 0.0
    return _YEARS_APART if years_apart(comparison) > 1 else _ANOTHER_YEAR


def _points(judged: FieldComparison, field: Field) -> float:
    return _AGREEING[field] if judged.agrees else _DIFFERING[field] if judged.differs else 0.0
