"""A printed title beside its record's: how like they are in letters, and which differences copying can make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from evidence.compare.fold import american
from evidence.compare.text import CleanText
from evidence.compare.titles import titles_of
from evidence.compare.verdicts import FieldComparison
from evidence.compare.wrong import serials
from evidence.model.records import Article

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
        return not alike or serials(self.printed) != serials(recorded)


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
