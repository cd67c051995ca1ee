"""A printed title beside its record's: how like they are in letters, and which differences copying can make."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, LCSseq

from evidence.matching.compare import compare, is_notice, is_notice_title, serial_numbers
from evidence.matching.journals import journal_names
from evidence.matching.locators import ranges
from evidence.matching.text import CleanText, american, clean
from evidence.matching.titles import titles_of
from evidence.matching.verdict import Comparison, DifferenceKind, Field, FieldComparison
from evidence.model.identifiers import IdKind
from evidence.model.outcomes import Ambiguous, Candidate, Matched, Unmatched
from evidence.model.records import Article

# A printed title beside its record's: how like they are in letters, and which differences copying can make.

_PART = 0.95  # what the likeness of a beginning or an end counts
_LEAST_PART = 0.35  # of a title, by letters
_DISTINCT = 4  # telling words from which the beginning of a title is rarely another's
_MISREAD = 0.50  # likeness of what differs between two titles, from which it is the same words misread
_SUBTITLE = re.compile(r"[\s)\]\"']*(?:[:.?!]|--| - )")
_NUMBER = re.compile(r"\d+")  # "31st" counts as 31 does


@dataclass(frozen=True, slots=True)
class PrintedTitle:
    """The printed title as it is read, and its likeness to the record's: 1.0 for the same, 0.0 without any.

    `is_part`: it is like a beginning or an end of the record's title; `against` is what of that it was compared with.
    """

    printed: str
    likeness: float
    is_part: bool = False
    against: str = ""

    @property
    def telling(self) -> int:
        """How many different words of four letters and more are printed."""
        return len({key for key in CleanText(self.printed).keys if len(key) > 3 and not key.isdigit()})

    @property
    def has_other_words(self) -> bool:
        """Whether a word is another word, not a misspelt one: "halothane" where the record has "fentanyl"."""
        if not self.against:
            return False
        here, there = (
            list(map(american, CleanText(self.printed).keys)),
            list(map(american, CleanText(self.against).keys)),
        )
        steps = [step for step in LCSseq.opcodes(here, there) if step.tag != "equal"]
        printed = "".join(word for step in steps for word in here[step.src_start : step.src_end])
        recorded = "".join(word for step in steps for word in there[step.dest_start : step.dest_end])
        return bool(printed or recorded) and fuzz.ratio(printed, recorded) / 100 < _MISREAD

    def may_have_siblings(self, article: Article) -> bool:
        """Whether other works may begin alike: few words are printed, or all before the record's subtitle."""
        if not self.is_part:
            return False
        form = next((form for form in titles_of(article).forms if form.startswith(self.against)), "")
        return self.telling < _DISTINCT or _SUBTITLE.match(form, len(self.against)) is not None

    def counts_otherwise(self, article: Article) -> bool:
        """Whether the titles count differently: part I and II, the 30th and the 31st report."""
        recorded = titles_of(article).shown
        here, there = _numbers(self.printed), _numbers(recorded)
        alike = here <= there if self.is_part else here == there
        return not alike or serial_numbers(self.printed) != serial_numbers(recorded)


def read_title(title: FieldComparison, article: Article) -> PrintedTitle:
    """The printed title at its likest: where nothing else ends the authors, an opening quotation mark does."""
    if not title.differs:
        return PrintedTitle(title.printed, float(title.agrees))
    zones = dict.fromkeys((title.printed, title.printed.partition('"')[2] or title.printed))
    read = (one for zone in zones for form in titles_of(article).forms for one in _readings(zone, form))
    likest = max(read, key=lambda one: one.likeness, default=PrintedTitle(title.printed, 0.0))
    return replace(likest, likeness=likest.likeness * _PART) if likest.is_part else likest


def letters(text: str) -> str:
    """A text's folded letters and digits, British and American spelling alike."""
    return CleanText(text).american.text


def _readings(printed: str, form: str) -> Iterator[PrintedTitle]:
    """How like the whole title the print is, and how like as much of its beginning, or of its end."""
    here, recorded = letters(printed), CleanText(form)
    yield PrintedTitle(printed, fuzz.ratio(here, recorded.american.text) / 100, against=form)
    if len(here) >= _LEAST_PART * len(recorded.american.text):
        words, length = len(recorded), len(CleanText(printed))
        for part in (recorded.slice(0, min(length, words)), recorded.slice(max(0, words - length), words)):
            yield PrintedTitle(printed, fuzz.ratio(here, letters(part)) / 100, is_part=True, against=part)


def _numbers(title: str) -> set[str]:
    return {found[0] for key in CleanText(title).keys if (found := _NUMBER.match(key))}


# What no copying fault explains: it sets a ceiling to a citation's score, below every match.

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


def score_cap(printed: str, comparison: Comparison, article: Article, read: PrintedTitle) -> float:
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
        for form in journal_names(article.journal).forms
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


# Which of the candidates is the work that a citation names: one alone, several, or none.

MATCH_THRESHOLD = 0.55
"""The least score of a match."""

MARGIN = 0.10
"""By how much the next candidate must stay behind."""

UNREFUTED_MARGIN = 0.35
"""By how much it must stay behind where it is not refuted, only unsure: its score may be held down by a ceiling."""

_UNSURE_CHOOSING = 0.50

CANDIDATE_THRESHOLD = 0.25
"""The least score of a candidate that a person is asked about."""

_MOST_SHOWN = 5


def choose(candidates: Collection[Candidate], *, threshold: float = MATCH_THRESHOLD) -> Matched | Ambiguous | Unmatched:
    """Decide among candidates, each scored against the same citation.

    Args:
        candidates: In any order; records of one work (PubMed's and Crossref's) count as one.
        threshold: The least score of a match.
    """
    ranked = sorted(one_per_work(candidates), key=lambda candidate: candidate.score, reverse=True)
    next_score = ranked[1].score if len(ranked) > 1 else 0.0
    margin = UNREFUTED_MARGIN if next_score >= _UNSURE_CHOOSING else MARGIN
    if ranked and ranked[0].score >= threshold and ranked[0].score - next_score >= margin:
        return Matched(ranked[0])
    shown = tuple(candidate for candidate in ranked if candidate.score >= CANDIDATE_THRESHOLD)[:_MOST_SHOWN]
    return Ambiguous(shown) if shown else Unmatched()


def one_per_work(candidates: Collection[Candidate]) -> list[Candidate]:
    """The candidates without those whose work another one is a record of, too; PubMed's records stay.

    Works are known by the identifiers that records give, and, as many PubMed records give no DOI, by a title
    at a place. Two PMIDs are two candidates even where they share a DOI, as papers and their notices sometimes do.
    """
    kept = {candidate.record.identifier: candidate for candidate in candidates if _is_pubmed(candidate.record)}
    known = {name for candidate in kept.values() for name in _names(candidate.record)}
    for candidate in candidates:
        record = candidate.record
        if record.identifier not in kept and known.isdisjoint(_names(record)):
            kept[record.identifier] = candidate
            known |= _names(record)
    return list(kept.values())


def _is_pubmed(record: Article) -> bool:
    return record.identifier.kind is IdKind.PMID


def _names(record: Article) -> set[Hashable]:
    """By what a work is known: its identifiers, and its title with volume and first page."""
    pages = ranges(record.pages)
    title = CleanText(record.title).joined.text
    place = {(title, record.volume, pages[0][0])} if title and record.volume and pages else set()
    return {record.identifier, *record.also_known_as, *place}


# How surely a printed citation is of a record: points for what agrees and against what differs, 0 to 1.

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
        round(max(0.0, min(points, score_cap(printed, comparison, article, read))), 3),
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
