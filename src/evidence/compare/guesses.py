"""The zones of a citation in which nothing of the record was found, guessed from punctuation alone."""

from __future__ import annotations

import re

from evidence.compare.landmarks import is_sentence_end, is_year, skip_year
from evidence.compare.text import CleanText

Span = tuple[int, int]
_LONGEST_JOURNAL = 8

_TAILS = (
    re.compile(r"(?P<tail>(?:1[6-9]|20)\d\d[a-z]?\b[^;.]{0,24};)"),
    re.compile(r"(?P<tail>;)\s*\w"),
    re.compile(r"[,.\s](?P<tail>\d{1,4}\s*+(?:Suppl\.?\s*+\d*+\s*+)?\([^()]{1,24}\)\s*+[:,]?\s*+\w?\d)"),
    re.compile(r"(?P<tail>\bvol(?:ume|\.)\s*\d)", re.IGNORECASE),
    re.compile(r"[,.\s](?P<tail>\d{1,4}\s*[,:]\s*[A-Za-z]{0,3}\d+)"),
    re.compile(r"[,\s](?P<tail>\d{1,4}-\d{1,4}\b)"),
    re.compile(r"(?P<tail>\((?:1[6-9]|20)\d\d[a-z]?\))[\s.]*$"),
    re.compile(r"(?P<tail>\b(?:1[6-9]|20)\d\d[a-z]?)[\s.)]*$"),
    re.compile(r"[,\s](?P<tail>[a-z]?\d{3,})[\s.]*$"),
)


_SMALL = frozenset(["of", "the", "and", "in", "for", "on", "de", "la", "et", "der", "und", "del", "di"])


_NAME = re.compile(r"[A-Z\u00c0-\u024f'][\w'\u00c0-\u024f-]*$")


def guess_authors(text: CleanText) -> tuple[Span, int, int | None]:
    """The author zone by punctuation alone: its words, where the title starts, and a year between."""
    for at in range(len(text)):
        if is_year(text, at) and (at == 0 or _year_closes(text, at)):
            start, year = skip_year(text, at)
            return (0, at), start, year
        if at and _closes_at_others(text, at):
            start, year = skip_year(text, at)
            return (0, at), start, year
        if at and (_closes_at_colon(text, at) or (is_sentence_end(text, at) and not _within_names(text, at))):
            return ((0, at), at, None) if _names_only(text, at) else ((0, 0), 0, None)
    return (0, 0), 0, None


def _closes_at_others(text: CleanText, at: int) -> bool:
    """Whether "et al" ends right before this word, and no last author follows it."""
    is_end = at > 1 and text.keys[at - 1] == "al" and text.keys[at - 2] == "et"
    return is_end and "&" not in text.before(at) and bool(text.keys[at])


def _closes_at_colon(text: CleanText, at: int) -> bool:
    short = any(len(word) <= 3 and word.isupper() for word in text.words[:at])
    return ":" in text.before(at) and short and _names_only(text, at)


def _year_closes(text: CleanText, at: int) -> bool:
    before, after = text.before(at), text.before(at + 1)
    words_behind = sum(len(w) > 2 and not w[0].isdigit() for w in text.words[at + 1 : at + 8])
    return words_behind >= 2 and (
        ("(" in before and (")" in after or "," in after)) or ("." in before and "." in after)
    )


def _within_names(text: CleanText, at: int) -> bool:
    """Whether the point here belongs to an initial, or another name follows."""
    word, after = text.words[at - 1], text.words[at]
    if len(word) <= 2 and word[0].isupper() and "." in text.before(at) and '"' not in text.before(at):
        single = len(after) <= 2 and after[0].isupper() and any(mark in text.before(at + 1) for mark in ".,-")
        comma = "," in text.before(at) or "&" in text.before(at) or ";" in text.before(at)
        return single or comma or not text.keys[at] or _names_given_first(text, at)
    return word in {"Jr", "Sr", "St"}


def _names_given_first(text: CleanText, at: int) -> bool:
    """A list that opens with an initial: "J. P. Smith"."""
    return len(text.words[0]) <= 2 and text.words[0].isupper() and at <= 3


def _names_only(text: CleanText, behind: int) -> bool:
    """Whether these words can be a list of names: capitals, initials, particles, some initial or comma."""
    words = text.words[:behind]
    capitals = all(_NAME.match(w) or (w.islower() and len(w) <= 5) or w[0].isdigit() for w in words)
    initials = any(len(w) <= 4 and w.isupper() for w in words)
    lower = sum(w.islower() and text.keys[n] != "" for n, w in enumerate(words))
    return capitals and (initials or "," in text.raw[: text.ends[behind - 1]]) and lower <= max(1, len(words) // 3)


def guess_tail(text: CleanText, start: int) -> int:
    """The first word of the numbers when nothing of the record was found."""
    raw = text.raw
    for pattern in _TAILS:
        for found in pattern.finditer(raw):
            at = next((n for n in range(start, len(text)) if text.starts[n] >= found.start("tail")), len(text))
            if at > start:
                return at
    return next((n for n in range(len(text) - 1, start, -1) if is_year(text, n)), len(text))


def split_guess(text: CleanText, start: int, stop: int) -> tuple[Span | None, Span | None]:
    """Title and journal of an unknown work: the last sentence before the numbers is the journal."""
    ends = [n for n in range(start + 1, stop) if is_sentence_end(text, n)]
    while len(ends) > 1 and _is_short_title_word(text, ends[-1] - 1) and _looks_like_journal(text, ends[-2], stop):
        ends.pop()
    if not ends and stop - start > _LONGEST_JOURNAL:
        ends = [n for n in range(start + 1, stop) if "," in text.before(n)]
    if ends:
        return (start, ends[-1]), (ends[-1], stop)
    if _looks_like_journal(text, start, stop):
        return None, (start, stop)
    return (start, stop), None


def _is_short_title_word(text: CleanText, at: int) -> bool:
    """Whether the point behind this word can be an abbreviation's ("J. Biol. Chem.")."""
    return len(text.words[at]) <= _LONGEST_JOURNAL and text.words[at][0].isupper()


def _looks_like_journal(text: CleanText, first: int, behind: int) -> bool:
    """A few words, each with a capital but for small words: "Clin Infect Dis", "Journal of Pain"."""
    if behind - first > 2 * _LONGEST_JOURNAL:
        return False
    words = [text.words[n] for n in range(first, behind) if text.keys[n] not in _SMALL and text.keys[n]]
    return 0 < len(words) < _LONGEST_JOURNAL and all(word[0].isupper() for word in words)
