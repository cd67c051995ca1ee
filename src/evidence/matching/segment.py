"""Landmarks of a printed citation: years, the ends of sentences, the journal, where the numbers begin."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.matching.authors import AuthorList, AuthorReader, align_in_order
from evidence.matching.journals import JournalNames, exact_at, is_name
from evidence.matching.locators import Locator, parse_locator
from evidence.matching.text import CleanText, clean, without_identifiers, without_number
from evidence.matching.titles import Titles, find_title

# Landmarks of a printed citation: years, the ends of sentences, the journal, where the numbers begin.

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


def numbers_start(text: CleanText, start: int, most: int | None = None) -> int:
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


def can_precede_journal(separator: str) -> bool:
    """Whether a journal's name can begin behind this punctuation."""
    return any(mark in separator for mark in '.,?!":;)(]*_')


def is_sentence_end(text: CleanText, at: int) -> bool:
    """Whether a sentence ends right before this word."""
    before = text.before(at)
    return bool(_SENTENCE.search(before))


def journal_end(text: CleanText, at: int, names: JournalNames) -> int | None:
    """The word behind the record's journal, if it stands here and the numbers follow it."""
    if at >= len(text):
        return None
    behind = exact_at(text, at, names)
    if behind is not None:
        behind = _past_qualifier(text, behind)
        if _numbers_follow(text, behind):
            return behind
    stop = numbers_start(text, at, _MAX_NAME_WORDS + _MAX_DATE_WORDS)
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


# The zones of a citation in which nothing of the record was found, guessed from punctuation alone.

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


def guess_numbers_start(text: CleanText, start: int) -> int:
    """The first word of the numbers when nothing of the record was found."""
    raw = text.raw
    for pattern in _TAILS:
        for found in pattern.finditer(raw):
            at = next((n for n in range(start, len(text)) if text.starts[n] >= found.start("tail")), len(text))
            if at > start:
                return at
    return next((n for n in range(len(text) - 1, start, -1) if is_year(text, n)), len(text))


def guess_title_and_journal(text: CleanText, start: int, stop: int) -> tuple[Span | None, Span | None]:
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


# Where a printed citation's authors, title, journal and numbers stand, found with the record's help.

_SHORTEST_ARTICLE_NUMBER = 5
_LONGEST_CITATION = 20_000


@dataclass(slots=True)
class Segments:
    """Word ranges of the zones; None where a zone is not there. `tail` is the first word of the numbers."""

    text: CleanText
    authors: tuple[int, int] = (0, 0)
    title: tuple[int, int] | None = None
    found: bool = False
    added: tuple[int, int] | None = None
    head: tuple[int, int] | None = None
    journal: tuple[int, int] | None = None
    journal_agrees: bool = False
    tail: int = 0
    front_year: int | None = None


def prepare(printed: str, titles: Titles, numbers: tuple[str, ...] = ()) -> CleanText:
    """The citation cleaned, without identifiers; those inside the record's own title stay.

    `numbers` are the record's article numbers; they can look like words ("tpc.119.tt0819") and are closed up.
    """
    plain = without_number(clean(printed[:_LONGEST_CITATION]))
    for number in numbers:
        if not number.isalnum() and len(number) > _SHORTEST_ARTICLE_NUMBER:
            plain = plain.replace(number, "".join(filter(str.isalnum, number)))
    if any(without_identifiers(form) != form for form in titles.forms):
        whole = CleanText(plain)
        places = find_title(whole, titles)
        if places:
            first, behind = places[0]
            return CleanText(without_identifiers(plain, (whole.starts[first], whole.ends[behind - 1])))
    return CleanText(without_identifiers(plain))


def segment_citation(text: CleanText, titles: Titles, names: JournalNames, authors: AuthorList) -> Segments:
    """Find the zones, by the record's title if it is there, else by its journal and the punctuation."""
    places = find_title(text, titles)
    if places:
        return _around_title(text, _best_place(text, places, names), names, authors)
    return _without_title(text, names, authors)


def locator_of(zones: Segments) -> Locator:
    """The numbers at the citation's end."""
    return parse_locator(zones.text.rest(zones.tail) if zones.tail else "", year_known=zones.front_year is not None)


def _best_place(text: CleanText, places: list[tuple[int, int]], names: JournalNames) -> tuple[int, int]:
    if len(places) == 1:
        return places[0]
    followed = (place for place in places if journal_end(text, skip_year(text, place[1])[0], names) is not None)
    return next(followed, places[0])


def _around_title(text: CleanText, place: tuple[int, int], names: JournalNames, authors: AuthorList) -> Segments:
    first, behind = place
    zones = Segments(text, title=place, found=True)
    zones.authors, zones.head, zones.front_year = front(text, first, authors)
    at, year = skip_year(text, behind)
    zones.front_year = zones.front_year or year
    end = journal_end(text, at, names)
    if end is None:
        cut = _cut_by_journal(text, first, behind, names)
        if cut is not None:
            zones.title, zones.found, at = (first, cut), False, cut
            end = journal_end(text, cut, names)
    if end is not None:
        zones.journal, zones.journal_agrees, zones.tail = (at, end), True, end
        return zones
    _place_journal(zones, at, names)
    return zones


def _cut_by_journal(text: CleanText, first: int, behind: int, names: JournalNames) -> int | None:
    """Where a cut title was completed by the journal's first words ("… endometrial. Cancer Lett")."""
    for cut in range(behind - 1, max(first, behind - 6), -1):
        if "." in text.before(cut) and journal_end(text, cut, names) is not None:
            return cut
    return None


def _place_journal(zones: Segments, at: int, names: JournalNames) -> None:
    """The title is there but its journal does not follow: words were added, or it is another journal."""
    text = zones.text
    stop = numbers_start(text, at)
    zones.tail = stop
    for start in range(at + 1, stop):
        if can_precede_journal(text.before(start)) and (end := journal_end(text, start, names)) is not None:
            zones.added, zones.journal, zones.journal_agrees, zones.tail = (at, start), (start, end), True, end
            return
    if stop == at:
        end = journal_end(text, 0, names) if zones.authors[0] == 0 else None
        if end is not None and end <= zones.authors[1]:
            zones.journal, zones.journal_agrees, zones.authors = (0, end), True, (end, zones.authors[1])
        return
    start = _last_sentence(text, at, stop)
    if start > at:
        zones.added = (at, start)
    zones.journal = (start, stop)


def _last_sentence(text: CleanText, at: int, stop: int) -> int:
    """Where the last sentence before the numbers starts: in print that is the journal."""
    if ends_segment(text.before(at)) or any(mark in text.before(at) for mark in "?!],"):
        return at
    inner = [n for n in range(at + 1, stop) if is_sentence_end(text, n)]
    return inner[0] if inner else at


def front(
    text: CleanText, title: int, authors: AuthorList
) -> tuple[tuple[int, int], tuple[int, int] | None, int | None]:
    """The author zone before the title, words that stand before the record's title, and a year between."""
    for at in range(title - 1, max(-1, title - 8), -1):
        if is_year(text, at) and (at == 0 or "(" in text.before(at) or re.search(r"[.,]\s|\s$", text.before(at))):
            start, _ = skip_year(text, at)
            head = (start, title) if at + 1 < start < title or (at + 1 == start < title) else None
            return (0, at), head, int(text.words[at][:4])
    end = _names_end(text, title, authors)
    return (0, end), (end, title) if end < title else None, None


def _names_end(text: CleanText, title: int, authors: AuthorList) -> int:
    """Where the names end before the title: at the title, unless a sentence of other words stands between."""
    done = align_in_order(AuthorReader(text, title, authors.families), authors, 0)
    if (
        done.read
        and not done.complete
        and is_sentence_end(text, done.behind)
        and _has_plain_words(text, done.behind, title)
    ):
        return done.behind
    return title


def _has_plain_words(text: CleanText, first: int, behind: int) -> bool:
    """Whether these words cannot be names: a word in small letters, or a notice's."""
    return (
        any(word.islower() and len(word) > 1 for word in text.words[first:behind])
        or _NOTICE.match(text.keys[first]) is not None
    )


_NOTICE = re.compile(r"corr|errat|retract|comment|reply|re$|letter|editorial")


def _without_title(text: CleanText, names: JournalNames, authors: AuthorList) -> Segments:
    zones = Segments(text)
    alone = journal_end(text, 0, names)
    if alone is not None:
        zones.journal, zones.journal_agrees, zones.tail = (0, alone), True, alone
        return zones
    zones.authors, start, zones.front_year = _author_zone(text, authors)
    found = _scan_journal(text, start, names)
    if found is not None:
        zones.journal, zones.journal_agrees, zones.tail = found, True, found[1]
        zones.title = (start, found[0]) if found[0] > start else None
        return zones
    zones.tail = guess_numbers_start(text, start)
    if zones.tail > start:
        zones.title, zones.journal = guess_title_and_journal(text, start, zones.tail)
    return zones


def _author_zone(text: CleanText, authors: AuthorList) -> tuple[tuple[int, int], int, int | None]:
    """The author zone: as far as the record's names reach, if a sentence or a year ends there."""
    if authors.people and len(text):
        done = align_in_order(AuthorReader(text, len(text), authors.families), authors, 0)
        start, year = skip_year(text, done.behind)
        if done.read and (year is not None or done.complete or is_sentence_end(text, done.behind)):
            return (0, done.behind), start, year
    return guess_authors(text)


def _scan_journal(text: CleanText, start: int, names: JournalNames) -> tuple[int, int] | None:
    """The record's journal somewhere behind the authors, the longest run that the numbers follow."""
    best: tuple[int, int] | None = None
    for at in range(start, len(text)):
        if at != start and not can_precede_journal(text.before(at)):
            continue
        end = journal_end(text, at, names)
        if end is not None and (best is None or end > best[1]):
            best = (at, end)
    return best
