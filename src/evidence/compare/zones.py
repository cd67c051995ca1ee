"""Where a printed citation's authors, title, journal and numbers stand, found with the record's help.

No style is parsed first: the record tells what to look for. Only where nothing of the record is
found (another work) are the zones guessed from punctuation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.compare.clean import clean, without_identifiers, without_number
from evidence.compare.journals import Names, exact_at, is_name
from evidence.compare.names import AuthorList, tile
from evidence.compare.readings import Reader
from evidence.compare.text import Text
from evidence.compare.titles import Titles, find_title

_YEAR_WORD = re.compile(r"(?:1[6-9]|20)\d\d[a-z]?$")
_ROMAN = re.compile(r"[IVXLC]+$")
_SENTENCE = re.compile(r'[.?!]"?\s|"|[.?!]"|[?!]')
_MAX_NAME_WORDS = 16


@dataclass(slots=True)
class Zones:
    """Word ranges of the zones; None where a zone is not there. `tail` is the first word of the numbers."""

    text: Text
    authors: tuple[int, int] = (0, 0)
    title: tuple[int, int] | None = None
    found: bool = False
    added: tuple[int, int] | None = None
    head: tuple[int, int] | None = None
    journal: tuple[int, int] | None = None
    journal_agrees: bool = False
    tail: int = 0
    front_year: int | None = None
    own_locator: bool = False


def prepared(printed: str, titles: Titles) -> Text:
    """The citation cleaned, without identifiers; those inside the record's own title stay."""
    plain = without_number(clean(printed))
    if any(without_identifiers(form) != form for form in titles.forms):
        whole = Text(plain)
        places = find_title(whole, titles)
        if places:
            first, behind = places[0]
            return Text(without_identifiers(plain, (whole.starts[first], whole.ends[behind - 1])))
    return Text(without_identifiers(plain))


def is_year(text: Text, at: int) -> bool:
    """Whether this word is a year, as in "2013" or "2013a"."""
    return at < len(text) and _YEAR_WORD.match(text.words[at]) is not None


def number_at(text: Text, start: int) -> int:
    """The first word from `start` on that begins the numbers: a digit word, or one behind a semicolon."""
    for at in range(start, len(text)):
        if text.words[at][0].isdigit():
            return at
        if at > start and ";" in text.before(at) and (_is_part(text, at) or any(c.isdigit() for c in text.words[at])):
            return at
    return len(text)


def skip_year(text: Text, at: int) -> tuple[int, int | None]:
    """Step over a year (in brackets with its month and day) that stands between two zones."""
    if not is_year(text, at):
        return at, None
    behind = at + 1
    if "(" in text.before(at):
        while behind < min(len(text), at + 4) and ")" not in text.before(behind):
            behind += 1
    elif not _ends_zone(text.before(behind)):
        return at, None
    return behind, int(text.words[at][:4])


def _ends_zone(separator: str) -> bool:
    return any(mark in separator for mark in '.):"')


def journal_from(text: Text, at: int, names: Names) -> int | None:
    """The word behind the record's journal, if it stands here and the numbers follow it."""
    if at >= len(text):
        return None
    behind = exact_at(text, at, names)
    if behind is not None:
        behind = _past_qualifier(text, behind)
        if _numbers_follow(text, behind):
            return behind
    stop = number_at(text, at)
    for end in (stop, _before_dates(text, at, stop), _before_bracket(text, at, stop)):
        if end > at and end - at <= _MAX_NAME_WORDS and is_name(text, at, end, names):
            return stop if end != stop and "(" in text.before(end) else end
    return None


def _past_qualifier(text: Text, at: int) -> int:
    if at < len(text) and "(" in text.before(at) and not text.words[at][0].isdigit():
        behind = at + 1
        while behind < len(text) and ")" not in text.before(behind):
            behind += 1
        return behind
    return at


def _numbers_follow(text: Text, at: int) -> bool:
    if at >= len(text) or text.words[at][0].isdigit():
        return True
    before = text.before(at)
    return any(mark in before for mark in ";:.,(") or _is_part(text, at) or _ROMAN.match(text.words[at]) is not None


_PART_WORDS = frozenset(
    [
        "vol",
        "volume",
        "suppl",
        "supplement",
        "no",
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


def _is_part(text: Text, at: int) -> bool:
    return text.keys[at] in _PART_WORDS or text.keys[at] in _MONTHS


def _before_dates(text: Text, at: int, stop: int) -> int:
    end = stop
    while end > at + 1 and _is_part(text, end - 1):
        end -= 1
    return end


def _before_bracket(text: Text, at: int, stop: int) -> int:
    for end in range(at + 1, stop):
        if "(" in text.before(end) or "[" in text.before(end):
            return end
    return stop


def lay_out(text: Text, titles: Titles, names: Names, authors: AuthorList) -> Zones:
    """Find the zones, by the record's title if it is there, else by its journal and the punctuation."""
    places = find_title(text, titles)
    if places:
        return _around_title(text, _best_place(text, places, names), names, authors)
    return _without_title(text, names, authors)


def _best_place(text: Text, places: list[tuple[int, int]], names: Names) -> tuple[int, int]:
    if len(places) == 1:
        return places[0]
    followed = (place for place in places if journal_from(text, skip_year(text, place[1])[0], names) is not None)
    return next(followed, places[0])


def _around_title(text: Text, place: tuple[int, int], names: Names, authors: AuthorList) -> Zones:
    first, behind = place
    zones = Zones(text, title=place, found=True)
    zones.authors, zones.head, zones.front_year = front(text, first, authors)
    at, year = skip_year(text, behind)
    zones.front_year = zones.front_year or year
    end = journal_from(text, at, names)
    if end is None:
        cut = _cut_by_journal(text, first, behind, names)
        if cut is not None:
            zones.title, zones.found, at = (first, cut), False, cut
            end = journal_from(text, cut, names)
    if end is not None:
        zones.journal, zones.journal_agrees, zones.tail = (at, end), True, end
        return zones
    _place_journal(zones, at, names)
    return zones


def _cut_by_journal(text: Text, first: int, behind: int, names: Names) -> int | None:
    """Where a cut title was completed by the journal's first words ("… endometrial. Cancer Lett")."""
    for cut in range(behind - 1, max(first, behind - 6), -1):
        if "." in text.before(cut) and journal_from(text, cut, names) is not None:
            return cut
    return None


def _place_journal(zones: Zones, at: int, names: Names) -> None:
    """The title is there but its journal does not follow: words were added, or it is another journal."""
    text = zones.text
    stop = number_at(text, at)
    zones.tail = stop
    for start in range(at + 1, stop):
        if _opens(text.before(start)) and (end := journal_from(text, start, names)) is not None:
            zones.added, zones.journal, zones.journal_agrees, zones.tail = (at, start), (start, end), True, end
            return
    if stop == at:
        end = journal_from(text, 0, names) if zones.authors[0] == 0 else None
        if end is not None and end <= zones.authors[1]:
            zones.journal, zones.journal_agrees, zones.authors = (0, end), True, (end, zones.authors[1])
        return
    start = _last_sentence(text, at, stop)
    if start > at:
        zones.added = (at, start)
    zones.journal = (start, stop)


def _opens(separator: str) -> bool:
    return any(mark in separator for mark in '.,?!":;)(]*_')


def _last_sentence(text: Text, at: int, stop: int) -> int:
    """Where the last sentence before the numbers starts: in print that is the journal."""
    if _ends_zone(text.before(at)) or any(mark in text.before(at) for mark in '?!],'):
        return at
    inner = [n for n in range(at + 1, stop) if _is_sentence_end(text, n)]
    return inner[0] if inner else at


def _is_sentence_end(text: Text, at: int) -> bool:
    before = text.before(at)
    return bool(_SENTENCE.search(before))


def front(text: Text, title: int, authors: AuthorList) -> tuple[tuple[int, int], tuple[int, int] | None, int | None]:
    """The author zone before the title, words that stand before the record's title, and a year between."""
    for at in range(title - 1, max(-1, title - 8), -1):
        if is_year(text, at) and (at == 0 or "(" in text.before(at) or re.search(r"[.,]\s|\s$", text.before(at))):
            start, _ = skip_year(text, at)
            head = (start, title) if at + 1 < start < title or (at + 1 == start < title) else None
            return (0, at), head, int(text.words[at][:4])
    end = _names_end(text, title, authors)
    return (0, end), (end, title) if end < title else None, None


def _names_end(text: Text, title: int, authors: AuthorList) -> int:
    """Where the names end before the title: at the title, unless a sentence of other words stands between."""
    done = tile(Reader(text, title, authors.families), authors, 0)
    if done.read and not done.complete and _is_sentence_end(text, done.behind) and _has_plain_words(text, done.behind, title):
        return done.behind
    return title


def _has_plain_words(text: Text, first: int, behind: int) -> bool:
    """Whether these words cannot be names: a word in small letters, or a notice's."""
    return any(word.islower() and len(word) > 1 for word in text.words[first:behind]) or _NOTICE.match(text.keys[first]) is not None


_NOTICE = re.compile(r"corr|errat|retract|comment|reply|re$|letter|editorial")


def _without_title(text: Text, names: Names, authors: AuthorList) -> Zones:
    zones = Zones(text)
    zones.authors, start, zones.front_year = _author_zone(text, authors)
    found = _scan_journal(text, start, names)
    if found is not None:
        zones.journal, zones.journal_agrees, zones.tail = found, True, found[1]
        zones.title = (start, found[0]) if found[0] > start else None
        return zones
    zones.tail = _guess_tail(text, start)
    if zones.tail > start:
        _split_guess(zones, start)
    return zones


def _author_zone(text: Text, authors: AuthorList) -> tuple[tuple[int, int], int, int | None]:
    """The author zone: as far as the record's names reach, if a sentence or a year ends there."""
    if authors.people and len(text):
        done = tile(Reader(text, len(text), authors.families), authors, 0)
        start, year = skip_year(text, done.behind)
        if done.read and (year is not None or done.complete or _is_sentence_end(text, done.behind)):
            return (0, done.behind), start, year
    return guess_authors(text)


def _scan_journal(text: Text, start: int, names: Names) -> tuple[int, int] | None:
    """The record's journal somewhere behind the authors, the longest run that the numbers follow."""
    best: tuple[int, int] | None = None
    for at in range(start, len(text)):
        if at != start and not _opens(text.before(at)):
            continue
        end = journal_from(text, at, names)
        if end is not None and (best is None or end > best[1]):
            best = (at, end)
    return best


def _guess_tail(text: Text, start: int) -> int:
    """The first word of the numbers when nothing of the record was found."""
    raw = text.raw
    for pattern in _TAILS:
        for found in pattern.finditer(raw):
            at = next((n for n in range(start, len(text)) if text.starts[n] >= found.start("tail")), len(text))
            if at > start:
                return at
    return next((n for n in range(len(text) - 1, start, -1) if is_year(text, n)), len(text))


_TAILS = (
    re.compile(r"(?P<tail>(?:1[6-9]|20)\d\d[a-z]?\b[^;.]{0,24};)"),
    re.compile(r"(?P<tail>;)\s*\w"),
    re.compile(r"[,.\s](?P<tail>\d{1,4}\s*(?:Suppl\.?\s*\d*\s*)?\([^()]{1,24}\)\s*[:,]?\s*\w?\d)"),
    re.compile(r"(?P<tail>\bvol(?:ume|\.)\s*\d)", re.IGNORECASE),
    re.compile(r"[,.\s](?P<tail>\d{1,4}\s*[,:]\s*[A-Za-z]{0,3}\d+)"),
    re.compile(r"[,\s](?P<tail>\d{1,4}-\d{1,4}\b)"),
    re.compile(r"(?P<tail>\((?:1[6-9]|20)\d\d[a-z]?\))[\s.]*$"),
    re.compile(r"(?P<tail>\b(?:1[6-9]|20)\d\d[a-z]?)[\s.)]*$"),
    re.compile(r"[,\s](?P<tail>[a-z]?\d{3,})[\s.]*$"),
)


def _split_guess(zones: Zones, start: int) -> None:
    """Title and journal of an unknown work: the last sentence before the numbers is the journal."""
    text, stop = zones.text, zones.tail
    ends = [n for n in range(start + 1, stop) if _is_sentence_end(text, n)]
    while (
        ends
        and all(len(text.words[n]) <= 8 and text.words[n][0].isupper() for n in range(ends[-1], stop))
        and len(ends) > 1
    ):
        word = text.words[ends[-1] - 1]
        if len(word) > 8 or not word[0].isupper() or not _looks_like_journal(text, ends[-2], stop):
            break
        ends.pop()
    if ends:
        zones.title, zones.journal = (start, ends[-1]), (ends[-1], stop)
        return
    commas = [n for n in range(start + 1, stop) if "," in text.before(n)]
    if commas and stop - start > 8:
        zones.title, zones.journal = (start, commas[-1]), (commas[-1], stop)
    elif _looks_like_journal(text, start, stop):
        zones.journal = (start, stop)
    else:
        zones.title = (start, stop)


_SMALL = frozenset(["of", "the", "and", "in", "for", "on", "de", "la", "et", "der", "und", "del", "di"])


def _looks_like_journal(text: Text, first: int, behind: int) -> bool:
    """A few words, each with a capital but for small words: "Clin Infect Dis", "Journal of Pain"."""
    words = [text.words[n] for n in range(first, behind) if text.keys[n] not in _SMALL and text.keys[n]]
    return 0 < len(words) <= 7 and all(word[0].isupper() for word in words)


_NAME = re.compile(r"[A-Z\u00c0-\u024f'][\w'\u00c0-\u024f-]*$")


def guess_authors(text: Text) -> tuple[tuple[int, int], int, int | None]:
    """The author zone by punctuation alone: its words, where the title starts, and a year between."""
    if len(text) and is_year(text, 0):
        start, year = skip_year(text, 0)
        return (0, 0), start, year
    for at in range(len(text)):
        if text.keys[at] == "al" and at and text.keys[at - 1] == "et" and at < 90:
            end, year = skip_year(text, at + 1)
            if "&" not in text.before(at + 1) and "and" not in text.words[at + 1 : at + 2]:
                return (0, at + 1), end, year
        if is_year(text, at) and at and _year_closes(text, at):
            end, year = skip_year(text, at)
            return (0, at), end, year
        if at and _is_sentence_end(text, at) and not _within_names(text, at):
            if _names_only(text, at):
                return (0, at), at, None
            return (0, 0), 0, None
        if (
            at
            and ":" in text.before(at)
            and _names_only(text, at)
            and any(len(text.words[n]) <= 3 and text.words[n].isupper() for n in range(at))
        ):
            return (0, at), at, None
    return (0, 0), 0, None


def _year_closes(text: Text, at: int) -> bool:
    before, after = text.before(at), text.before(at + 1)
    words_behind = sum(len(w) > 2 and not w[0].isdigit() for w in text.words[at + 1 : at + 8])
    return words_behind >= 2 and (
        ("(" in before and (")" in after or "," in after)) or ("." in before and "." in after)
    )


def _within_names(text: Text, at: int) -> bool:
    """Whether the point here belongs to an initial, or another name follows."""
    word, after = text.words[at - 1], text.words[at]
    if len(word) <= 2 and word[0].isupper() and "." in text.before(at) and '"' not in text.before(at):
        single = len(after) <= 2 and after[0].isupper() and any(mark in text.before(at + 1) for mark in ".,-")
        comma = "," in text.before(at) or "&" in text.before(at) or ";" in text.before(at)
        return single or comma or not text.keys[at] or _names_given_first(text, at)
    return word in {"Jr", "Sr", "St"}


def _names_given_first(text: Text, at: int) -> bool:
    """ "J. P. Smith, ..." : a list that opens with an initial."""
    return len(text.words[0]) <= 2 and text.words[0].isupper() and at <= 3


def _names_only(text: Text, behind: int) -> bool:
    """Whether these words can be a list of names: capitals, initials, particles, some initial or comma."""
    words = text.words[:behind]
    capitals = all(_NAME.match(w) or (w.islower() and len(w) <= 5) or w[0].isdigit() for w in words)
    initials = any(len(w) <= 4 and w.isupper() for w in words)
    lower = sum(w.islower() and text.keys[n] != "" for n, w in enumerate(words))
    return capitals and (initials or "," in text.raw[: text.ends[behind - 1]]) and lower <= max(1, len(words) // 3)
