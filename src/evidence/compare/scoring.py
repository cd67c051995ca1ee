"""How surely a printed citation is of a record: points for what agrees and against what differs, 0 to 1.

Title, authors and first page carry a work's identity. What its nearest neighbours share with it (journal,
year, volume) counts little, and what no copying fault explains (another serial number, a notice in place
of its paper, another journal without volume and page to speak for it) sets a ceiling below every match.
How often this is right and wrong is measured in docs/matching.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, LCSseq

from evidence.compare.citation import compare
from evidence.compare.clean import clean
from evidence.compare.fold import american
from evidence.compare.journals import names_of
from evidence.compare.text import Text
from evidence.compare.titles import titles_of
from evidence.compare.verdicts import Comparison, Field, Judged, Kind
from evidence.compare.wrong import is_notice, notice_words, serials
from evidence.model.matches import Candidate
from evidence.model.records import Article

_TITLE, _TITLE_APART = 0.40, -0.40
_AUTHORS = (0.0, 0.14, 0.19, 0.22)  # by how many of the record's authors are printed
_AUTHORS_APART, _AUTHORS_DOUBTED = -0.30, 0.6
_PAGES, _FIRST_PAGE, _PAGES_APART = 0.14, 0.12, -0.15
_VOLUME, _JOURNAL, _YEAR, _ISSUE = 0.08, 0.08, 0.06, 0.02
_VOLUME_APART, _JOURNAL_APART, _YEAR_APART, _ISSUE_APART = -0.10, -0.12, -0.03, -0.04
_YEARS_APART = -0.15
_LOCATED = 0.12  # journal, volume and first page together name a place in print
# What a title is worth by the number of its telling words: "Editorial" and "Reply" are titles of thousands.
_TELLING = (0.15, 0.30, 0.55, 0.75, 0.90, 1.0)
_SIMILAR = 0.80  # likeness in letters from which a title that differs may be the same one, misread
_CLOSE = 0.90  # … and from which it is so in spite of another fault
_PART = 0.95  # of a beginning or an end that is the record's
_DISTINCT = 4  # telling words from which the beginning of a title is rarely another's
_LEAST_PART = 0.35  # of a title, by letters
_MISREAD = 0.50  # likeness of what differs between two titles, from which it is the same words misread
_SHORT_NAME, _LONG_NAME = 6, 12
_ANSWER = re.compile(
    r"(?:^|[-:.,;?!(\[]\s*)(?:the )?(?:authors?'?s?'? |in )?"
    r"(?:repl(?:y|ies)|respon[sd](?:e|s|es)?|comments?|erratum|correction|corrigendum|retraction)\W*$",
    re.IGNORECASE,
)

_WRONG, _NOTICE, _SERIAL, _UNPLACED, _ELSEWHERE = 0.20, 0.30, 0.40, 0.50, 0.45


@dataclass(frozen=True, slots=True)
class _Title:
    """The printed title as it is read, and its likeness to the record's: 1.0 for the same, 0.0 without any.

    `is_part`: it is like a beginning (or the end) of the record's title, `against` what of that it was compared with.
    """

    printed: str
    likeness: float
    is_part: bool = False
    against: str = ""


def score(printed: str, article: Article) -> Candidate:
    """How well a citation as printed agrees with a record, and in what.

    Args:
        printed: The citation's text, verbatim.
        article: A record that it may be of.
    """
    comparison = compare(printed, article)
    title = comparison.of(Field.TITLE)
    read = _read_title(title, article)
    points = _title_points(title, read) + _author_points(comparison.of(Field.AUTHORS)) + _place_points(comparison)
    ceiling = min(_ceilings(printed, comparison, article, read), default=1.0)
    return Candidate(
        article,
        round(max(0.0, min(points, ceiling, 1.0)), 3),
        tuple(str(judged.field) for judged in comparison.fields if judged.agrees),
        tuple(str(judged.field) for judged in comparison.fields if judged.differs),
    )


def _read_title(title: Judged, article: Article) -> _Title:
    """The printed title at its likest: where nothing else ends the authors, an opening quotation mark does."""
    if not title.differs:
        return _Title(title.printed, float(title.agrees))
    zones = dict.fromkeys((title.printed, title.printed.partition('"')[2] or title.printed))
    read = (one for zone in zones for form in titles_of(article).forms for one in _readings(zone, form))
    likest = max(read, key=lambda one: one.likeness, default=_Title(title.printed, 0.0))
    return replace(likest, likeness=likest.likeness * _PART) if likest.is_part else likest


def _readings(printed: str, form: str) -> Iterator[_Title]:
    """How like the whole title the print is, and how like as much of its beginning, or of its end."""
    here, recorded = _letters(printed), Text(form)
    yield _Title(printed, fuzz.ratio(here, recorded.american.text) / 100, against=form)
    if len(here) >= _LEAST_PART * len(recorded.american.text):
        length = len(Text(printed))
        for part in (
            recorded.slice(0, min(length, len(recorded))),
            recorded.slice(max(0, len(recorded) - length), len(recorded)),
        ):
            yield _Title(printed, fuzz.ratio(here, _letters(part)) / 100, is_part=True, against=part)


def _letters(title: str) -> str:
    return "".join(map(american, Text(title).keys))


def _title_points(title: Judged, read: _Title) -> float:
    if not title.agrees and not title.differs:
        return 0.0
    if read.likeness < _SIMILAR:
        return _TITLE_APART if title.kind is Kind.ANOTHER_TITLE else _TITLE_APART / 2
    share = (read.likeness - _SIMILAR / 2) / (1 - _SIMILAR / 2)
    return _TITLE * share * _TELLING[min(telling_words(read.printed), len(_TELLING) - 1)]


def telling_words(title: str) -> int:
    """How many different words of four letters and more a title has."""
    return len({key for key in Text(title).keys if len(key) > 3 and not key.isdigit()})


def _author_points(authors: Judged) -> float:
    if authors.differs and not authors.matched:
        return _AUTHORS_APART
    points = _AUTHORS[min(authors.matched, len(_AUTHORS) - 1)]
    return points * _AUTHORS_DOUBTED if authors.differs else points


def _place_points(comparison: Comparison) -> float:
    pages = comparison.of(Field.PAGES)
    points = _PAGES if pages.agrees else _FIRST_PAGE if pages.matched else _PAGES_APART if pages.differs else 0.0
    points += _LOCATED if is_located(comparison) and comparison.of(Field.JOURNAL).agrees else 0.0
    points += _of(comparison, Field.VOLUME, _VOLUME, _VOLUME_APART)
    points += _of(comparison, Field.ISSUE, _ISSUE, _ISSUE_APART)
    points += _of(comparison, Field.JOURNAL, _JOURNAL, _JOURNAL_APART)
    return points + _of(comparison, Field.YEAR, _YEAR, _YEARS_APART if _years_apart(comparison) > 1 else _YEAR_APART)


def _of(comparison: Comparison, field: Field, agreeing: float, differing: float) -> float:
    judged = comparison.of(field)
    return agreeing if judged.agrees else differing if judged.differs else 0.0


def is_located(comparison: Comparison) -> bool:
    """Whether volume and first page are the record's; issues that begin anew with page 1 are told apart."""
    pages = comparison.of(Field.PAGES)
    paged = comparison.of(Field.VOLUME).agrees and (pages.agrees or bool(pages.matched))
    return paged and (comparison.of(Field.TITLE).agrees or not comparison.of(Field.ISSUE).differs)


def _years_apart(comparison: Comparison) -> int:
    year = comparison.of(Field.YEAR)
    if not year.differs:
        return 0
    return min(abs(int(year.printed) - int(recorded)) for recorded in re.findall(r"\d{4}", year.recorded))


def _ceilings(printed: str, comparison: Comparison, article: Article, read: _Title) -> Iterator[float]:
    title, authors = comparison.of(Field.TITLE), comparison.of(Field.AUTHORS)
    located = is_located(comparison)
    sure = located and authors.agrees
    authored = authors.agrees or (authors.matched > 0 and authors.kind is not Kind.ANOTHER_NAME)
    placed = authored and any(comparison.of(field).agrees for field in (Field.VOLUME, Field.PAGES))
    if comparison.too_short or comparison.wrong is not None:
        yield _WRONG
    if _is_answer(read.printed or printed) != _is_answer(article.title) and not (title.agrees and located):
        yield _NOTICE
    if not located and (_has_head(title, article) or (is_notice(article) and not _is_answer(read.printed))):
        yield _NOTICE
    if title.differs and not (sure and read.likeness >= _CLOSE) and _counts_otherwise(read, article):
        yield _SERIAL
    if _is_elsewhere(comparison, read):
        yield _ELSEWHERE
    if not located and (not _in_journal(comparison.of(Field.JOURNAL), article) or _years_apart(comparison) > 1):
        yield _UNPLACED
    if (read.likeness < _SIMILAR and not sure) or (read.likeness < _CLOSE and not (authors.agrees or located)):
        yield _UNPLACED
    if not located and (_has_other_words(read) or (_may_have_siblings(read, article) and not placed)):
        yield _UNPLACED
    if authors.differs and (not authors.matched or not (authored or located)):
        yield _UNPLACED


def _has_other_words(read: _Title) -> bool:
    """Whether a word is another word, not a misspelt one: "halothane" where the record has "fentanyl"."""
    if not read.against:
        return False
    here, there = list(map(american, Text(read.printed).keys)), list(map(american, Text(read.against).keys))
    steps = [step for step in LCSseq.opcodes(here, there) if step.tag != "equal"]
    printed = "".join(word for step in steps for word in here[step.src_start : step.src_end])
    recorded = "".join(word for step in steps for word in there[step.dest_start : step.dest_end])
    return bool(printed or recorded) and fuzz.ratio(printed, recorded) / 100 < _MISREAD


def _may_have_siblings(read: _Title, article: Article) -> bool:
    """Whether other works may begin alike: few words are printed, or all before the record's subtitle."""
    if not read.is_part:
        return False
    form = next((form for form in titles_of(article).forms if form.startswith(read.against)), "")
    goes_on = form[len(read.against) :].lstrip()[:1]
    return telling_words(read.printed) < _DISTINCT or goes_on in set(":.?!-([")


def _in_journal(journal: Judged, article: Article) -> bool:
    """Whether the journal is the record's, if need be with a letter or two misread."""
    printed = _letters(journal.printed)
    slips = 1 if len(printed) < _LONG_NAME else 2
    return journal.agrees or any(
        len(printed) >= _SHORT_NAME and OSA.distance(printed, form.key, score_cutoff=slips) <= slips
        for form in names_of(article.journal).forms
    )


def _is_elsewhere(comparison: Comparison, read: _Title) -> bool:
    """Whether another first page is more than a slip: beside another volume, issue or title, or under a short title."""
    title, pages = comparison.of(Field.TITLE), comparison.of(Field.PAGES)
    if not pages.differs or pages.matched:
        return False
    also = not title.agrees or comparison.of(Field.VOLUME).differs or comparison.of(Field.ISSUE).differs
    return also or telling_words(read.printed) <= len(_TELLING)


def _has_head(title: Judged, article: Article) -> bool:
    """Whether words stand before the record's title, as in "Correction to: …"."""
    printed = _letters(title.printed)
    return title.kind is Kind.WORDS_ADDED and not any(
        printed.startswith(_letters(form)) for form in titles_of(article).forms
    )


def _is_answer(title: str) -> bool:
    """Whether a title says that it is a notice, a comment or an answer, before or behind the title it speaks of."""
    return notice_words(title) or _ANSWER.search(clean(title)) is not None


def _counts_otherwise(read: _Title, article: Article) -> bool:
    """Whether the titles count differently: part I and II, the 30th and the 31st report."""
    recorded = titles_of(article).shown
    here, there = _digits(read.printed), _digits(recorded)
    also = here <= there if read.is_part else here == there
    return not also or serials(read.printed) != serials(recorded)


def _digits(title: str) -> set[str]:
    return {key for key in Text(title).keys if key.isdigit()}
