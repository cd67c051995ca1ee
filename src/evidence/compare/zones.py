"""Where a printed citation's authors, title, journal and numbers stand, found with the record's help.

No style is parsed first: the record tells what to look for. Only where nothing of the record is
found (another work) are the zones guessed from punctuation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.compare.clean import clean, without_identifiers, without_number
from evidence.compare.guesses import guess_authors, guess_tail, split_guess
from evidence.compare.journals import Names
from evidence.compare.landmarks import ends_segment, is_sentence_end, is_year, journal_from, number_at, opens, skip_year
from evidence.compare.names import AuthorList, tile
from evidence.compare.readings import AuthorReader
from evidence.compare.tail import Locator, parse_locator
from evidence.compare.text import CleanText
from evidence.compare.titles import Titles, find_title

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


def prepared(printed: str, titles: Titles, numbers: tuple[str, ...] = ()) -> CleanText:
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


def lay_out(text: CleanText, titles: Titles, names: Names, authors: AuthorList) -> Segments:
    """Find the zones, by the record's title if it is there, else by its journal and the punctuation."""
    places = find_title(text, titles)
    if places:
        return _around_title(text, _best_place(text, places, names), names, authors)
    return _without_title(text, names, authors)


def tail_of(zones: Segments) -> Locator:
    """The numbers at the citation's end."""
    return parse_locator(zones.text.rest(zones.tail) if zones.tail else "", year_known=zones.front_year is not None)


def _best_place(text: CleanText, places: list[tuple[int, int]], names: Names) -> tuple[int, int]:
    if len(places) == 1:
        return places[0]
    followed = (place for place in places if journal_from(text, skip_year(text, place[1])[0], names) is not None)
    return next(followed, places[0])


def _around_title(text: CleanText, place: tuple[int, int], names: Names, authors: AuthorList) -> Segments:
    first, behind = place
    zones = Segments(text, title=place, found=True)
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


def _cut_by_journal(text: CleanText, first: int, behind: int, names: Names) -> int | None:
    """Where a cut title was completed by the journal's first words ("… endometrial. Cancer Lett")."""
    for cut in range(behind - 1, max(first, behind - 6), -1):
        if "." in text.before(cut) and journal_from(text, cut, names) is not None:
            return cut
    return None


def _place_journal(zones: Segments, at: int, names: Names) -> None:
    """The title is there but its journal does not follow: words were added, or it is another journal."""
    text = zones.text
    stop = number_at(text, at)
    zones.tail = stop
    for start in range(at + 1, stop):
        if opens(text.before(start)) and (end := journal_from(text, start, names)) is not None:
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
    done = tile(AuthorReader(text, title, authors.families), authors, 0)
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


def _without_title(text: CleanText, names: Names, authors: AuthorList) -> Segments:
    zones = Segments(text)
    alone = journal_from(text, 0, names)
    if alone is not None:
        zones.journal, zones.journal_agrees, zones.tail = (0, alone), True, alone
        return zones
    zones.authors, start, zones.front_year = _author_zone(text, authors)
    found = _scan_journal(text, start, names)
    if found is not None:
        zones.journal, zones.journal_agrees, zones.tail = found, True, found[1]
        zones.title = (start, found[0]) if found[0] > start else None
        return zones
    zones.tail = guess_tail(text, start)
    if zones.tail > start:
        zones.title, zones.journal = split_guess(text, start, zones.tail)
    return zones


def _author_zone(text: CleanText, authors: AuthorList) -> tuple[tuple[int, int], int, int | None]:
    """The author zone: as far as the record's names reach, if a sentence or a year ends there."""
    if authors.people and len(text):
        done = tile(AuthorReader(text, len(text), authors.families), authors, 0)
        start, year = skip_year(text, done.behind)
        if done.read and (year is not None or done.complete or is_sentence_end(text, done.behind)):
            return (0, done.behind), start, year
    return guess_authors(text)


def _scan_journal(text: CleanText, start: int, names: Names) -> tuple[int, int] | None:
    """The record's journal somewhere behind the authors, the longest run that the numbers follow."""
    best: tuple[int, int] | None = None
    for at in range(start, len(text)):
        if at != start and not opens(text.before(at)):
            continue
        end = journal_from(text, at, names)
        if end is not None and (best is None or end > best[1]):
            best = (at, end)
    return best
