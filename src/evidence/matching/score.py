"""How surely a printed citation is of a record, and which of several records it is of.

A citation's score is the sum of points for what agrees and against what differs, between 0 and 1; what no copying
fault explains sets a cap to it, below every match. `choose` decides among scored candidates.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, LCSseq

from evidence.matching.compare import compare, is_notice, is_notice_title
from evidence.matching.journals import journal_names
from evidence.matching.locators import ranges
from evidence.matching.text import CleanText, american, clean
from evidence.matching.titles import serial_numbers, titles_of
from evidence.matching.verdict import Comparison, DifferenceKind, Field, FieldComparison
from evidence.model.identifiers import IdKind
from evidence.model.outcomes import Ambiguous, Candidate, Matched, Unmatched
from evidence.model.records import Article
from evidence.model.regex import regex

MATCH_THRESHOLD = 0.55
"""The least score of a match."""

MARGIN = 0.10
"""By how much the next candidate must score less."""

UNREFUTED_MARGIN = 0.35
"""By how much it must score less where it is not refuted, only unsure: its score may be held down by a cap."""

_UNREFUTED = 0.50

CANDIDATE_THRESHOLD = 0.25
"""The least score of a candidate that a person is asked about."""

_MOST_CANDIDATES = 5

# Points. What a title is worth by the number of its distinctive words: "Editorial" and "Reply" are titles of thousands.
_TITLE, _DIFFERENT_WORDS, _ANOTHER_TITLE = 0.40, -0.20, -0.40
_DISTINCTIVE_SHARE = (0.15, 0.30, 0.55, 0.75, 0.90, 1.0)
_AUTHORS = (0.0, 0.14, 0.19, 0.22)  # by how many of the record's authors are printed
_NO_AUTHOR, _SHARE_OF_DIFFERING_AUTHORS = -0.30, 0.6
_PAGES, _FIRST_PAGE, _ANOTHER_PAGE = 0.14, 0.12, -0.15
_LOCATED = 0.12  # journal, volume and first page together name a place in print
_YEAR, _ANOTHER_YEAR, _YEARS_APART = 0.06, -0.03, -0.15
_AGREEING = {Field.JOURNAL: 0.08, Field.VOLUME: 0.08, Field.ISSUE: 0.02}
_DIFFERING = {Field.JOURNAL: -0.12, Field.VOLUME: -0.10, Field.ISSUE: -0.04}

# Caps
_DIFFERENT_WORK_CAP, _NOTICE_CAP, _SERIAL_CAP, _DIFFERENT_PLACE_CAP, _UNSURE_CAP = 0.20, 0.30, 0.40, 0.45, 0.50

SIMILAR = 0.80
"""Likeness in letters from which a title that differs may be the same one, misread."""

_VERY_SIMILAR = 0.90  # … and from which it is so in spite of another fault
_PART = 0.95  # what the likeness of a beginning or an end counts
_LEAST_PART = 0.35  # of a title, by letters
_DISTINCTIVE = 4  # distinctive words from which the beginning of a title is rarely another's
_MISREAD = 0.50  # likeness of what differs between two titles, from which it is the same words misread
_LONG_TITLE = 6  # distinctive words of a title under which a page with transposed digits is a slip
_LEAST_DIGITS = 3
_SHORT_NAME, _LONG_NAME = 6, 12  # letters of a journal's name that may have one misread, and two
_SUBTITLE = regex(r"[\s)\]\"']*(?:[:.?!]|--| - )")
_NUMBER = regex(r"\d+")  # "31st" counts as 31 does
_ANSWER = regex(
    r"(?:^|[-:.,;?!(\[]\s*)(?:the )?(?:authors?'?s?'? |in )?"
    r"(?:repl(?:y|ies)|respon[sd](?:e|s|es)?|comments?|erratum|correction|corrigendum|retraction)\W*$",
    re.IGNORECASE,
)
_NOTICE_OF = regex(
    r"\b(?:corrigendum|erratum|correction|retraction|addendum|expression of concern)(?: note| notice)?"
    r"[ :]+(?:to|of|for)\b",
    re.IGNORECASE,
)


def score(printed: str, article: Article) -> Candidate:
    """How well a citation as printed agrees with a record, and in what.

    Args:
        printed: The citation's text, verbatim.
        article: A record that it may be of.
    """
    comparison = compare(printed, article)
    title, authors = comparison.of(Field.TITLE), comparison.of(Field.AUTHORS)
    pages, year = comparison.of(Field.PAGES), comparison.of(Field.YEAR)
    printed_title = read_title(title, article)
    if not title.agrees and not title.differs:
        title_points = 0.0
    elif printed_title.likeness < SIMILAR:
        title_points = _ANOTHER_TITLE if title.kind is DifferenceKind.ANOTHER_TITLE else _DIFFERENT_WORDS
    else:
        share = (printed_title.likeness - SIMILAR / 2) / (1 - SIMILAR / 2)
        distinctive = min(printed_title.distinctive_words, len(_DISTINCTIVE_SHARE) - 1)
        title_points = _TITLE * share * _DISTINCTIVE_SHARE[distinctive]
    if authors.differs and not authors.matched:
        author_points = _NO_AUTHOR
    else:
        author_points = _AUTHORS[min(authors.matched, len(_AUTHORS) - 1)]
        author_points *= _SHARE_OF_DIFFERING_AUTHORS if authors.differs else 1.0
    page_points = _PAGES if pages.agrees else _FIRST_PAGE if pages.matched else _ANOTHER_PAGE if pages.differs else 0.0
    page_points += _LOCATED if is_located(comparison) and comparison.of(Field.JOURNAL).agrees else 0.0
    if year.differs:
        year_points = _YEARS_APART if years_apart(comparison) > 1 else _ANOTHER_YEAR
    else:
        year_points = _YEAR if year.agrees else 0.0
    points = title_points + author_points + (page_points + year_points)
    points += sum(
        _AGREEING[field] if judged.agrees else _DIFFERING[field] if judged.differs else 0.0
        for field, judged in ((field, comparison.of(field)) for field in _AGREEING)
    )
    return Candidate(
        article,
        round(max(0.0, min(points, score_cap(printed, comparison, article, printed_title))), 3),
        tuple(str(judged.field) for judged in comparison.fields if judged.agrees),
        tuple(str(judged.field) for judged in comparison.fields if judged.differs),
    )


def is_possible(printed: str, article: Article) -> bool:
    """Whether print and record share an author's name or two distinctive words of the title: quick, never too strict.

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


def choose(candidates: Collection[Candidate], *, threshold: float = MATCH_THRESHOLD) -> Matched | Ambiguous | Unmatched:
    """Decide among candidates, each scored against the same citation.

    Args:
        candidates: In any order; records of one work (PubMed's and Crossref's) count as one.
        threshold: The least score of a match.
    """
    ranked = sorted(one_per_work(candidates), key=lambda candidate: candidate.score, reverse=True)
    next_score = ranked[1].score if len(ranked) > 1 else 0.0
    margin = UNREFUTED_MARGIN if next_score >= _UNREFUTED else MARGIN
    if ranked and ranked[0].score >= threshold and ranked[0].score - next_score >= margin:
        return Matched(ranked[0])
    likely = tuple(candidate for candidate in ranked if candidate.score >= CANDIDATE_THRESHOLD)[:_MOST_CANDIDATES]
    return Ambiguous(likely) if likely else Unmatched()


def one_per_work(candidates: Collection[Candidate]) -> list[Candidate]:
    """The candidates without those whose work another one is a record of, too; PubMed's records stay.

    Works are known by the identifiers that records give, and, as many PubMed records give no DOI, by a title
    at a place. Two PMIDs are two candidates even where they share a DOI, as papers and their notices sometimes do.
    """
    by_identifier = {c.record.identifier: c for c in candidates if c.record.identifier.kind is IdKind.PMID}
    known = {key for candidate in by_identifier.values() for key in _work_keys(candidate.record)}
    for candidate in candidates:
        record = candidate.record
        if record.identifier not in by_identifier and known.isdisjoint(_work_keys(record)):
            by_identifier[record.identifier] = candidate
            known |= _work_keys(record)
    return list(by_identifier.values())


def _work_keys(record: Article) -> set[Hashable]:
    """What a work is known by: its identifiers, and its title with volume and first page."""
    pages = ranges(record.pages)
    title = CleanText(record.title).joined.text
    place = {(title, record.volume, pages[0][0])} if title and record.volume and pages else set()
    return {record.identifier, *record.also_known_as, *place}


# The printed title beside the record's: how like they are in letters, and which differences copying can make


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
    def distinctive_words(self) -> int:
        """How many different words of four letters and more are printed."""
        return len({key for key in CleanText(self.printed).keys if len(key) > 3 and not key.isdigit()})

    @property
    def has_other_words(self) -> bool:
        """Whether a word is another word, not a misspelt one: "halothane" where the record has "fentanyl"."""
        if not self.against:
            return False
        here, there = (list(map(american, CleanText(title).keys)) for title in (self.printed, self.against))
        steps = [step for step in LCSseq.opcodes(here, there) if step.tag != "equal"]
        printed = "".join(word for step in steps for word in here[step.src_start : step.src_end])
        recorded = "".join(word for step in steps for word in there[step.dest_start : step.dest_end])
        return bool(printed or recorded) and fuzz.ratio(printed, recorded) / 100 < _MISREAD

    def may_have_siblings(self, article: Article) -> bool:
        """Whether other works may begin alike: few words are printed, or all before the record's subtitle."""
        if not self.is_part:
            return False
        form = next((form for form in titles_of(article).forms if form.startswith(self.against)), "")
        return self.distinctive_words < _DISTINCTIVE or _SUBTITLE.match(form, len(self.against)) is not None

    def has_other_numbers(self, article: Article) -> bool:
        """Whether the titles count differently: part I and II, the 30th and the 31st report."""
        recorded = titles_of(article).display
        here, there = (
            {found[0] for key in CleanText(title).keys if (found := _NUMBER.match(key))}
            for title in (self.printed, recorded)
        )
        alike = here <= there if self.is_part else here == there
        return not alike or serial_numbers(self.printed) != serial_numbers(recorded)


def read_title(title: FieldComparison, article: Article) -> PrintedTitle:
    """The printed title at its likest: where nothing else ends the authors, an opening quotation mark does."""
    if not title.differs:
        return PrintedTitle(title.printed, float(title.agrees))
    texts = dict.fromkeys((title.printed, title.printed.partition('"')[2] or title.printed))
    readings = (reading for text in texts for form in titles_of(article).forms for reading in _readings(text, form))
    likest = max(readings, key=lambda reading: reading.likeness, default=PrintedTitle(title.printed, 0.0))
    return replace(likest, likeness=likest.likeness * _PART) if likest.is_part else likest


def letters(text: str) -> str:
    """A text's folded letters and digits, British and American spelling alike."""
    return "".join(map(american, CleanText(text).keys))


def _readings(printed: str, form: str) -> Iterator[PrintedTitle]:
    """How like the entire title the print is, and how like as much of its beginning, or of its end."""
    here, there, recorded = letters(printed), letters(form), CleanText(form)
    yield PrintedTitle(printed, fuzz.ratio(here, there) / 100, against=form)
    if len(here) >= _LEAST_PART * len(there):
        words, length = len(recorded), len(CleanText(printed))
        for part in (recorded.slice(0, min(length, words)), recorded.slice(max(0, words - length), words)):
            yield PrintedTitle(printed, fuzz.ratio(here, letters(part)) / 100, is_part=True, against=part)


# Caps: what no copying fault explains


def score_cap(printed: str, comparison: Comparison, article: Article, title: PrintedTitle) -> float:
    """The highest score that this citation can have with this record; 1.0 where nothing contradicts it."""
    if comparison.too_short or comparison.wrong is not None:
        return _DIFFERENT_WORK_CAP
    authors = comparison.of(Field.AUTHORS)
    # The names are the record's, if need be misspelt, in another order or with one missing.
    named = authors.agrees or (authors.matched > 0 and authors.kind is not DifferenceKind.ANOTHER_NAME)
    caps = [
        *_notice_caps(printed, comparison, article, title),
        *_title_caps(comparison, article, title, named=named),
        *_place_caps(comparison, article, title),
    ]
    if authors.differs and not (authors.matched and (named or is_located(comparison))):
        caps.append(_UNSURE_CAP)
    return min(caps, default=1.0)


def is_located(comparison: Comparison) -> bool:
    """Whether volume and first page are the record's; issues that begin again with page 1 are not confused."""
    pages = comparison.of(Field.PAGES)
    paged = comparison.of(Field.VOLUME).agrees and (pages.agrees or bool(pages.matched))
    return paged and (comparison.of(Field.TITLE).agrees or not comparison.of(Field.ISSUE).differs)


def years_apart(comparison: Comparison) -> int:
    """By how many years the print misses the record's nearest year."""
    year = comparison.of(Field.YEAR)
    if not year.differs:
        return 0
    return min(abs(int(year.printed) - int(recorded)) for recorded in re.findall(r"\d{4}", year.recorded))


def _notice_caps(printed: str, comparison: Comparison, article: Article, title: PrintedTitle) -> Iterator[float]:
    """A notice, a comment or an answer is not its paper."""
    compared, located = comparison.of(Field.TITLE), is_located(comparison)
    prints_answer = _is_answer(title.printed or printed)
    if prints_answer != _is_answer(article.title) and not (compared.agrees and located):
        yield _NOTICE_CAP
    if _NOTICE_OF.search(clean(printed)) and not _NOTICE_OF.search(clean(article.title)):
        yield _NOTICE_CAP
    if not located:
        # Words before the record's title, as in "Correction to: …"
        added = compared.kind is DifferenceKind.WORDS_ADDED and not any(
            letters(compared.printed).startswith(letters(form)) for form in titles_of(article).forms
        )
        if added or (is_notice(article) and not _is_answer(title.printed)):
            yield _NOTICE_CAP


def _is_answer(title: str) -> bool:
    """Whether a title says, at its beginning or end, that it is a notice, a comment or an answer."""
    return is_notice_title(title) or _ANSWER.search(clean(title)) is not None


def _title_caps(comparison: Comparison, article: Article, title: PrintedTitle, *, named: bool) -> Iterator[float]:
    """Other words and other numbers are another work's, unless place and authors are surely the record's."""
    located, authors = is_located(comparison), comparison.of(Field.AUTHORS)
    sure = located and authors.agrees
    paged = named and comparison.of(Field.PAGES).agrees
    differs = comparison.of(Field.TITLE).differs
    if differs and not (sure and title.likeness >= _VERY_SIMILAR) and title.has_other_numbers(article):
        yield _SERIAL_CAP
    if (title.likeness < SIMILAR and not sure) or (title.likeness < _VERY_SIMILAR and not (authors.agrees or located)):
        yield _UNSURE_CAP
    if not sure and title.has_other_words:
        yield _UNSURE_CAP
    if not (located or paged) and title.may_have_siblings(article):
        yield _UNSURE_CAP


def _place_caps(comparison: Comparison, article: Article, title: PrintedTitle) -> Iterator[float]:
    """Another page or issue is another work's, and so is another journal or year that no page makes good."""
    if _is_different_place(comparison, title):
        yield _DIFFERENT_PLACE_CAP
    journal = comparison.of(Field.JOURNAL)
    if is_located(comparison) or (_is_in_journal(journal, article) and years_apart(comparison) <= 1):
        return
    yield _DIFFERENT_PLACE_CAP if journal.differs or years_apart(comparison) > 1 else _UNSURE_CAP


def _is_in_journal(journal: FieldComparison, article: Article) -> bool:
    """Whether the journal is the record's, if need be with a letter or two misread."""
    printed = letters(journal.printed)
    slips = 1 if len(printed) < _LONG_NAME else 2
    return journal.agrees or any(
        len(printed) >= _SHORT_NAME and OSA.distance(printed, form.key, score_cutoff=slips) <= slips
        for form in journal_names(article.journal).forms
    )


def _is_different_place(comparison: Comparison, title: PrintedTitle) -> bool:
    """Whether the place is another work's, not a slip: another year's volume, another page with other digits."""
    pages, year = comparison.of(Field.PAGES), comparison.of(Field.YEAR)
    volume_differs, issue_differs = comparison.of(Field.VOLUME).differs, comparison.of(Field.ISSUE).differs
    if pages.agrees or pages.matched:
        return volume_differs and year.differs
    if not pages.differs:
        return issue_differs or (volume_differs and year.differs)
    also = not comparison.of(Field.TITLE).agrees or volume_differs or issue_differs
    # Typing puts the digits of a page in another order.
    here, there = (ranges(clean(text))[0][0] for text in (pages.printed, pages.recorded))
    transposed = here != there and len(here) >= _LEAST_DIGITS and sorted(here) == sorted(there)
    return also or not transposed or title.distinctive_words < _LONG_TITLE
