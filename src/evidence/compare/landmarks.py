"""Landmarks of a printed citation: years, the ends of sentences, the journal, where the numbers begin."""

from __future__ import annotations

import re

from evidence.compare.journals import Names, exact_at, is_name
from evidence.compare.text import CleanText

_YEAR_WORD = re.compile(r"(?:1[6-9]|20)\d\d[a-z]?$")
_ROMAN = re.compile(r"[IVXLC]+$")
_SENTENCE = re.compile(r'[.?!]"?\s|"|[.?!]"|[?!]')
_MAX_NAME_WORDS = 16
_MAX_DATE_WORDS = 8


_PART_WORDS = frozenset(
    [
        "vol",
        "volume",
        "suppl",
        "supplement",
        "no",
        "nos",
        "nr",
        "v",
        "bd",
        "band",
        "jg",
        "heft",
        "fasc",
        "pt",
        "part",
        "issue",
        "number",
        "art",
        "article",
        "pp",
        "p",
        "spec",
        "e",
        "s",
    ]
)
_MONTHS = frozenset(
    [
        "jan",
        "january",
        "feb",
        "february",
        "mar",
        "march",
        "apr",
        "april",
        "may",
        "jun",
        "june",
        "jul",
        "july",
        "aug",
        "august",
        "sep",
        "sept",
        "september",
        "oct",
        "october",
        "nov",
        "november",
        "dec",
        "december",
        "spring",
        "summer",
        "autumn",
        "fall",
        "winter",
    ]
)


def is_year(text: CleanText, at: int) -> bool:
    """Whether this word is a year, as in "2013" or "2013a"."""
    return at < len(text) and _YEAR_WORD.match(text.words[at]) is not None


def skip_year(text: CleanText, at: int) -> tuple[int, int | None]:
    """Step over a year (in brackets with its month and day) that stands between two zones."""
    if not is_year(text, at):
        return at, None
    behind = at + 1
    if "(" in text.before(at):
        while behind < min(len(text), at + 4) and ")" not in text.before(behind):
            behind += 1
    elif not ends_segment(text.before(behind)):
        return at, None
    return behind, int(text.words[at][:4])


def number_at(text: CleanText, start: int, most: int | None = None) -> int:
    """The first word from `start` on, `most` words looked at, that begins the numbers: a digit word, or a part's."""
    behind = len(text) if most is None else min(len(text), start + most)
    for at in range(start, behind):
        word = text.words[at]
        digits = sum(letter.isdigit() for letter in word)
        if (word[0].isdigit() or digits > 2) and not _in_qualifier(text, at, start):
            return at
        if at > start and ";" in text.before(at) and (_is_part(text, at) or digits):
            return at
    return behind


def _in_qualifier(text: CleanText, at: int, start: int) -> bool:
    """Whether the number belongs to a journal's qualifier, as in "Hypertension (Dallas, Tex. : 1979), 45"."""
    if start >= at:
        return False
    opened = text.raw.rfind("(", text.ends[start], text.starts[at])
    closed = text.raw.find(")", text.ends[at])
    inner = text.raw[opened + 1 : text.starts[at]]
    if opened < 0 or closed < 0 or ")" in inner or not re.search(r"\d", text.raw[closed:]):
        return False
    words = [word.lower() for word in re.findall(r"[^\W\d_]{3,}", inner)]
    return bool(words) and not any(word in _MONTHS for word in words)


def ends_segment(separator: str) -> bool:
    """Whether this punctuation can end authors, a title or a year."""
    return any(mark in separator for mark in '.):"')


def opens(separator: str) -> bool:
    """Whether a journal's name can begin behind this punctuation."""
    return any(mark in separator for mark in '.,?!":;)(]*_')


def is_sentence_end(text: CleanText, at: int) -> bool:
    """Whether a sentence ends right before this word."""
    before = text.before(at)
    return bool(_SENTENCE.search(before))


def journal_from(text: CleanText, at: int, names: Names) -> int | None:
    """The word behind the record's journal, if it stands here and the numbers follow it."""
    if at >= len(text):
        return None
    behind = exact_at(text, at, names)
    if behind is not None:
        behind = _past_qualifier(text, behind)
        if _numbers_follow(text, behind):
            return behind
    stop = number_at(text, at, _MAX_NAME_WORDS + _MAX_DATE_WORDS)
    for end in (stop, _before_dates(text, at, stop), _before_bracket(text, at, stop)):
        if end > at and end - at <= _MAX_NAME_WORDS and is_name(text, at, end, names):
            return stop if end != stop and "(" in text.before(end) else end
    return None


def _past_qualifier(text: CleanText, at: int) -> int:
    if at < len(text) and "(" in text.before(at) and not text.words[at][0].isdigit():
        behind = at + 1
        while behind < len(text) and ")" not in text.before(behind):
            behind += 1
        return behind
    return at


def _numbers_follow(text: CleanText, at: int) -> bool:
    if at >= len(text) or ";" in text.before(at) or _is_part(text, at):
        return True
    word = text.words[at]
    return any(letter.isdigit() for letter in word) or _ROMAN.match(word) is not None


def _is_part(text: CleanText, at: int) -> bool:
    return text.keys[at] in _PART_WORDS or text.keys[at] in _MONTHS


def _before_dates(text: CleanText, at: int, stop: int) -> int:
    end = stop
    while end > at + 1 and _is_part(text, end - 1):
        end -= 1
    return end


def _before_bracket(text: CleanText, at: int, stop: int) -> int:
    for end in range(at + 1, stop):
        if "(" in text.before(end) or "[" in text.before(end):
            return end
    return stop
