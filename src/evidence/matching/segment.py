"""Segmenting a printed citation: which of its words are authors, title, journal and numbers.

With a record the segments are found by its title, its journal and its authors' names; what of the record is not
found in print is guessed from punctuation alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.matching.additions import without_additions, without_notices
from evidence.matching.authors import GROUP_WORDS, AuthorAlignment, AuthorList, AuthorReader, align_in_order
from evidence.matching.et_al import others_end
from evidence.matching.journals import JournalNames, is_name
from evidence.matching.locators import Locator, parse_locator
from evidence.matching.text import CleanText, clean, without_identifiers, without_number
from evidence.matching.titles import Titles, find_title
from evidence.model.regex import regex
from evidence.model.title_marks import without_marks

_SHORTEST_ARTICLE_NUMBER = 5
_LONGEST_CITATION = 20_000
_LONGEST_JOURNAL = 8
_MAX_NAME_WORDS = 16
_MAX_DATE_WORDS = 8
_MAX_LEAD_WORDS = 6
_LONGEST_PARTICLE = 4

_YEAR_WORD = regex(r"(?:1[6-9]|20)\d\d[a-z]?$")
_ROMAN = regex(r"[IVXLC]+$")
_SENTENCE_END = regex(r'[.?!]"?\s|"|[.?!]"|[?!]')
_NAME = regex(r"[A-Z\u00c0-\u024f'][\w'\u00c0-\u024f-]*$")
_NOTICE = regex(r"corr|errat|retract|comment|reply|re$|letter|editorial")
_RESPONSIBILITY = regex(r"\s/\s([^/]{3,4000})\s//\s")
_LEAD_ENDS = regex(r"[:.!)\]*_]")
_LEADS = frozenset(["by", "cf", "eg", "from", "in", "per", "see", "to", "via"])
_PLACE_FIRST = regex(
    r"(?P<place>[A-Z][^.;:]{1,80}(?:\.[^.;:]{1,30}){0,6}[ .,](?:1[6-9]|20)\d\d[^;:.]{0,12}; ?\d[^;:.]{0,24}: ?"
    r"[A-Za-z]{0,3}\d[\w-]{0,20}(?:\.e\d{1,3})?)\.\s+(?=[^\W\d_]{2})"
)
_INITIAL = regex(r"(?<![^\W\d_])[^\W\d_]\.")
_HEADING = regex(r"[\s,]*(?P<family>[^\W\d_][\w' -]{1,40}?),?\s(?:(?:[^\W\d_]\.[\s-]?){1,4}|[A-Z]{1,3}\b\.?)")
_NUMBERS = (
    regex(r"(?P<numbers>(?:1[6-9]|20)\d\d[a-z]?\b[^;.]{0,24};)"),
    regex(r"(?P<numbers>;)\s*\w"),
    regex(r"[,.\s](?P<numbers>\d{1,4}\s*+(?:Suppl\.?\s*+\d*+\s*+)?\([^()]{1,24}\)\s*+[:,]?\s*+\w?\d)"),
    regex(r"(?P<numbers>\bvol(?:ume|\.)\s*\d)", re.IGNORECASE),
    regex(r"[,.\s](?P<numbers>\d{1,4}\s*[,:]\s*[A-Za-z]{0,3}\d+)"),
    regex(r"[,\s](?P<numbers>\d{1,4}-\d{1,4}\b)"),
    regex(r"(?P<numbers>\((?:1[6-9]|20)\d\d[a-z]?\))[\s.]*$"),
    regex(r"(?P<numbers>\b(?:1[6-9]|20)\d\d[a-z]?)[\s.)]*$"),
    regex(r"[,\s](?P<numbers>[a-z]?\d{3,})[\s.]*$"),
)
_SMALL_WORDS = frozenset(["of", "the", "and", "in", "for", "on", "de", "la", "et", "der", "und", "del", "di"])
_PART_WORDS = frozenset(
    """
    vol volume suppl supplement no nos nr v bd band jg heft fasc pt part issue number art article pp p page pages
    spec e s num numero tom tome tomo cilt sayi roc rocnik rocz evf arg jrg jaarg kd sv zesz cislo br broj sz hft
    \u0442\u043e\u043c \u0432\u044b\u043f
    """.split()  # noqa: SIM905 - a list of words
)
_PART_LETTERS = frozenset(["n", "t", "z", "c", "\u0442"])
_MONTHS = frozenset(
    """
    jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october
    nov november dec december spring summer autumn fall winter
    """.split()  # noqa: SIM905 - a list of words
)

Span = tuple[int, int]
"""The number of a run's first word, and that of the word after its last."""


@dataclass(slots=True)
class Segments:
    """The words of each field of a citation; None where a field is not printed.

    `title_agrees` and `journal_agrees` say that these words are the record's. `before_title` and `added` are words
    before and after the record's title that are no other field's. `numbers` is the first word of year, volume, issue
    and pages, `numbers_end` the word after them where others follow; `front_year` is a year printed before them.
    """

    text: CleanText
    authors: Span = (0, 0)
    title: Span | None = None
    title_agrees: bool = False
    added: Span | None = None
    before_title: Span | None = None
    journal: Span | None = None
    journal_agrees: bool = False
    numbers: int = 0
    numbers_end: int | None = None
    front_year: int | None = None

    @property
    def locator(self) -> Locator:
        """The numbers at the citation's end."""
        text = self.text
        stop = len(text.raw) if self.numbers_end is None else text.ends[self.numbers_end - 1]
        rest = text.raw[text.ends[self.numbers - 1] : stop] if self.numbers else ""
        rest = rest.lstrip(" .,)]")
        if self.numbers_end is not None and rest.count("(") > rest.count(")"):
            rest += ")"
        return parse_locator(rest, front_year=self.front_year)


def prepare(printed: str, titles: Titles, article_numbers: tuple[str, ...] = ()) -> CleanText:
    """The citation cleaned, without identifiers, additions and marks ("RETRACTED:"); those in the record's title stay.

    The record's article numbers can look like words ("tpc.119.tt0819") and are closed up.
    """
    plain = _unmarked(_authors_first(_place_last(without_number(clean(printed[:_LONGEST_CITATION])))), titles)
    plain = titles.in_own_words(plain)
    for number in article_numbers:
        if not number.isalnum() and len(number) > _SHORTEST_ARTICLE_NUMBER:
            plain = plain.replace(number, "".join(filter(str.isalnum, number)))
    text = CleanText(plain)
    places = find_title(text, titles)
    if not places:
        return CleanText(without_identifiers(plain))
    start, end = text.starts[places[0][0]], text.ends[places[0][1] - 1]
    after = without_notices(without_identifiers(without_additions(plain[end:])))
    return CleanText(without_identifiers(plain[:start]) + plain[start:end] + after)


def _place_last(plain: str) -> str:
    """A citation that begins with its place, "Lancet 2013;65(2):529-38. Smith JP. Title.", with it at its end."""
    found = _PLACE_FIRST.match(plain)
    if found is None:
        return plain
    rest = plain[found.end() :].rstrip()
    return f"{rest}{'' if rest.endswith(('.', '?', '!')) else '.'} {found['place']}."


def _authors_first(plain: str) -> str:
    """A citation of GOST, "Title / A. B. Smith, C. Brown // Journal", with its authors before its title."""
    found = _RESPONSIBILITY.search(plain)
    if found is None or not _INITIAL.search(found[1]):
        return plain
    head, names = plain[: found.start()], found[1].partition(" ; ")[0]
    # authors once more: "Smith, A. B. Title / A. B. Smith", "Smith AB, Brown C. Title / A. B. Smith, C. Brown"
    while (heading := _HEADING.match(head)) is not None and heading["family"] in names:
        head = head[heading.end() :]
    return f"{names}. {head}. {plain[found.end() :]}"


def _unmarked(plain: str, titles: Titles) -> str:
    if without_marks(plain, titles.marks) == plain:
        return plain
    text = CleanText(plain)
    places = find_title(text, titles)
    if not places:
        return without_marks(plain, titles.marks)
    start, last = text.starts[places[0][0]], text.ends[places[0][1] - 1] - 1
    before, after = (without_marks(part, titles.marks) for part in (plain[:start], plain[last:]))
    return before + plain[start:last] + after


def segment_citation(text: CleanText, titles: Titles, names: JournalNames, authors: AuthorList) -> Segments:
    """Find the segments, by the record's title if it is there, else by its journal and the punctuation."""
    places = find_title(text, titles)
    if not places:
        return without_title(text, names, authors)
    followed = (place for place in places if journal_end(text, skip_year(text, place[1])[0], names) is not None)
    return _around_title(text, places[0] if len(places) == 1 else next(followed, places[0]), names, authors)


# With the record's title


def _around_title(text: CleanText, title: Span, names: JournalNames, authors: AuthorList) -> Segments:
    first, end = title
    segments = Segments(text, title=title, title_agrees=True)
    segments.authors, segments.before_title, segments.front_year = before_title(text, first, authors)
    at, year = skip_year(text, end)
    if (
        first == 0 and year is None and journal_end(text, at, names) is None
    ):  # "Title. Smith JP, Brown N. Journal", as PubMed lists its records
        segments.authors = _authors_behind(text, at, names, authors)
        at, year = skip_year(text, segments.authors[1])
    segments.front_year = segments.front_year or year
    if (
        at + 1 < len(text)
        and text.keys[at] == "in"
        and (":" in text.before(at + 1) or journal_end(text, at + 1, names))
    ):
        at += 1  # "Title. In: Journal"
    after_journal = journal_end(text, at, names)
    if after_journal is None:
        # A cut title may be completed by the journal's first words ("… endometrial. Cancer Lett").
        for cut in range(end - 1, max(first, end - 6), -1):
            if "." in text.before(cut) and (after_journal := journal_end(text, cut, names)) is not None:
                segments.title, segments.title_agrees, at = (first, cut), False, cut
                break
    if after_journal is not None:
        segments.journal, segments.journal_agrees, segments.numbers = (at, after_journal), True, after_journal
    else:
        _place_journal(segments, at, names, authors)
    return segments


def before_title(text: CleanText, title: int, authors: AuthorList) -> tuple[Span, Span | None, int | None]:
    """The authors before the title, words that precede the record's title, and a year between."""
    for at in range(title - 1, max(-1, title - 8), -1):
        if is_year(text, at) and (at == 0 or "(" in text.before(at) or re.search(r"[.,]\s|\s$", text.before(at))):
            start, _ = skip_year(text, at)
            between = (start, title) if at < start < title else None
            return (_aligned(text, at, authors)[0], at), between, int(text.words[at][:4])
    # The names end at the title, unless a sentence of other words is between: words in small letters, or a notice's.
    start, alignment = _aligned(text, title, authors)
    end = alignment.end
    if alignment.read and not alignment.complete and is_sentence_end(text, end):
        small = any(word.islower() and len(word) > 1 for word in text.words[end:title])
        if small or _NOTICE.match(text.keys[end]):
            return (start, end), (end, title), None
    return (start, title), None, None


def _authors_behind(text: CleanText, start: int, names: JournalNames, authors: AuthorList) -> Span:
    """The names that are printed after the title with which the text begins; an empty span where none are."""
    first = start + 1 if start < len(text) and text.keys[start] == "by" else start
    reader = AuthorReader(text, len(text), authors.families)
    alignment = align_in_order(reader, authors, first)
    if not alignment.read:
        return start, start
    # "Nicholas WC J Physiol": the journal's first letter is no third initial. Strangers may follow those who are read.
    backwards, onwards = range(alignment.end, first, -1), range(alignment.end + 1, len(text))
    ends = (*backwards, *(end for end in onwards if is_sentence_end(text, end)))
    return first, next((end for end in ends if journal_end(text, end, names) is not None), alignment.end)


def _aligned(text: CleanText, end: int, authors: AuthorList) -> tuple[int, AuthorAlignment]:
    """Where the list of names before this word begins, and how it is read."""
    reader = AuthorReader(text, end, authors.families)
    alignment = align_in_order(reader, authors, 0)
    if not authors.people or (alignment.read and not _begins_with_lead_in(text, alignment)):
        return 0, alignment
    for at in range(1, min(end, _MAX_LEAD_WORDS + 1)):
        if _is_lead_in(text, at) and any(
            reading.is_certain and reading.fits for reading in reader.readings(at, authors.people[0])
        ):
            return at, align_in_order(reader, authors, at)
    return 0, alignment


def _begins_with_lead_in(text: CleanText, alignment: AuthorAlignment) -> bool:
    """Whether a note was read as the first author's given name: "Reviewed in" before a name of initial R."""
    given = next(iter(alignment.read.values())).given
    return given[0] == 0 and given[1] > 0 and _is_lead_in(text, given[1])


def _is_lead_in(text: CleanText, end: int) -> bool:
    """Whether the words before the first author are a note and no names: "Adapted from:", "Ref 3:", "Key reference".

    A journal with its numbers may be there, too: "Lancet 2013;65:1-9. Smith JP".
    """
    words, keys = text.words[:end], text.keys[:end]
    if not GROUP_WORDS.isdisjoint(keys) or any(word.isupper() and word.isalpha() for word in words):
        return False
    if any("," in text.before(at) or "&" in text.before(at) or not keys[at] for at in range(1, end)):
        return False
    is_word = words[-1].islower() and (len(words[-1]) > _LONGEST_PARTICLE or words[-1] in _LEADS)
    return is_word or _LEAD_ENDS.search(text.before(end)) is not None


def _place_journal(segments: Segments, at: int, names: JournalNames, authors: AuthorList) -> None:
    """The title is there but its journal does not follow: words were added, or it is another journal."""
    text = segments.text
    stop = numbers_start(text, at)
    segments.numbers = stop
    for start in range(at + 1, stop):
        if can_precede_journal(text.before(start)) and (end := journal_end(text, start, names)) is not None:
            segments.added, segments.journal = (at, start), (start, end)
            segments.journal_agrees, segments.numbers = True, end
            return
    if stop == at:
        end = journal_end(text, 0, names) if segments.authors[0] == 0 else None
        if end is not None and end <= segments.authors[1]:
            first = next((n for n in range(end, segments.authors[1]) if _is_name_word(text, n, authors)), end)
            segments.journal, segments.journal_agrees, segments.authors = (0, end), True, (first, segments.authors[1])
        return
    # The last sentence before the numbers is the journal.
    start = at
    if not ends_segment(text.before(at)) and not any(mark in text.before(at) for mark in "?!],"):
        start = next((n for n in range(at + 1, stop) if is_sentence_end(text, n)), at)
    if start > at:
        segments.added = (at, start)
    segments.journal = (start, stop)


def _is_name_word(text: CleanText, at: int, authors: AuthorList) -> bool:
    """Whether this word is none of the numbers; "March" and "May" are families, too."""
    return not is_number_word(text, at) or text.keys[at] in authors.families


# Without the record's title


def without_title(text: CleanText, names: JournalNames, authors: AuthorList) -> Segments:
    """The segments of a citation in which the record's title is not found, by its journal and the punctuation."""
    segments = Segments(text)
    end = journal_end(text, 0, names)
    if end is not None:
        segments.journal, segments.journal_agrees, segments.numbers = (0, end), True, end
        return segments
    segments.authors, start, segments.front_year = leading_authors(text, authors)
    # The record's journal somewhere after the authors: the longest run that the numbers follow.
    for at in range(start, len(text)):
        if at == start or can_precede_journal(text.before(at)):
            end = journal_end(text, at, names)
            if end is not None and (segments.journal is None or end > segments.journal[1]):
                segments.journal, segments.journal_agrees, segments.numbers = (at, end), True, end
    if segments.journal is not None:
        segments.title = (start, segments.journal[0]) if segments.journal[0] > start else None
        return segments
    segments.numbers = _guess_numbers(text, start)
    if segments.numbers > start:
        segments.title, segments.journal = _guess_title_and_journal(text, start, segments.numbers)
    return segments


def leading_authors(text: CleanText, authors: AuthorList) -> tuple[Span, int, int | None]:
    """The authors, as far as the record's names reach if a sentence or a year ends there; the title's start, a year."""
    if authors.people and len(text):
        first, alignment = _aligned(text, len(text), authors)
        start, year = skip_year(text, alignment.end)
        if alignment.read and (year is not None or alignment.complete or is_sentence_end(text, alignment.end)):
            return (first, alignment.end), start, year
    return _guess_authors(text)


# Guesses from punctuation alone


def _guess_authors(text: CleanText) -> tuple[Span, int, int | None]:
    """The authors, where the title starts, and a year between."""
    for at in range(len(text)):
        if is_year(text, at) and (at == 0 or _year_ends_authors(text, at)):
            start, year = skip_year(text, at)
            return (0, at), start, year
        # "et al" ends the authors where no last author follows it.
        others = others_end(text, at, len(text)) if at else None
        if others is not None and others < len(text) and "&" not in text.before(others) and text.keys[others]:
            start, year = skip_year(text, others)
            return (0, others), start, year
        if at and _colon_ends_authors(text, at):
            return (0, at), at, None
        if at and is_sentence_end(text, at) and not _is_within_names(text, at):
            return ((0, at), at, None) if _can_be_names(text, at) else ((0, 0), 0, None)
    return (0, 0), 0, None


def _colon_ends_authors(text: CleanText, at: int) -> bool:
    if ":" not in text.before(at):
        return False
    return any(len(word) <= 3 and word.isupper() for word in text.words[:at]) and _can_be_names(text, at)


def _year_ends_authors(text: CleanText, at: int) -> bool:
    before, after = text.before(at), text.before(at + 1)
    words_after = sum(len(w) > 2 and not w[0].isdigit() for w in text.words[at + 1 : at + 8])
    return words_after >= 2 and (("(" in before and (")" in after or "," in after)) or ("." in before and "." in after))


def _is_within_names(text: CleanText, at: int) -> bool:
    """Whether the point here belongs to an initial, or another name follows."""
    word, after, before = text.words[at - 1], text.words[at], text.before(at)
    if len(word) <= 2 and word[0].isupper() and "." in before and '"' not in before:
        initial_follows = len(after) <= 2 and after[0].isupper() and any(mark in text.before(at + 1) for mark in ".,-")
        separated = "," in before or "&" in before or ";" in before
        given_name_first = len(text.words[0]) <= 2 and text.words[0].isupper() and at <= 3  # "J. P. Smith"
        return initial_follows or separated or not text.keys[at] or given_name_first
    return word in {"Jr", "Sr", "St"}


def _can_be_names(text: CleanText, end: int) -> bool:
    """Whether the words before `end` can be a list of names: capitals, initials, particles, some initial or comma."""
    words = text.words[:end]
    capitals = all(_NAME.match(w) or (w.islower() and len(w) <= 5) or w[0].isdigit() for w in words)
    initials = any(len(w) <= 4 and w.isupper() for w in words)
    lower = sum(w.islower() and text.keys[n] != "" for n, w in enumerate(words))
    return capitals and (initials or "," in text.raw[: text.ends[end - 1]]) and lower <= max(1, len(words) // 3)


def _guess_numbers(text: CleanText, start: int) -> int:
    """The first word of the numbers."""
    for pattern in _NUMBERS:
        for found in pattern.finditer(text.raw):
            at = next((n for n in range(start, len(text)) if text.starts[n] >= found.start("numbers")), len(text))
            if at > start:
                return at
    return next((n for n in range(len(text) - 1, start, -1) if is_year(text, n)), len(text))


def _guess_title_and_journal(text: CleanText, start: int, stop: int) -> tuple[Span | None, Span | None]:
    """The last sentence before the numbers is the journal."""
    ends = [n for n in range(start + 1, stop) if is_sentence_end(text, n)]
    # The point after a short word with a capital may be an abbreviation's ("J. Biol. Chem.").
    while (
        len(ends) > 1
        and len(text.words[ends[-1] - 1]) <= _LONGEST_JOURNAL
        and text.words[ends[-1] - 1][0].isupper()
        and looks_like_journal(text, ends[-2], stop)
    ):
        ends.pop()
    if not ends and stop - start > _LONGEST_JOURNAL:
        ends = [n for n in range(start + 1, stop) if "," in text.before(n)]
    if ends:
        return (start, ends[-1]), (ends[-1], stop)
    if looks_like_journal(text, start, stop):
        return None, (start, stop)
    return (start, stop), None


def looks_like_journal(text: CleanText, first: int, end: int) -> bool:
    """A few words, each with a capital but for small words: "Clin Infect Dis", "Journal of Pain"."""
    if end - first > 2 * _LONGEST_JOURNAL:
        return False
    words = [text.words[n] for n in range(first, end) if text.keys[n] not in _SMALL_WORDS and text.keys[n]]
    return 0 < len(words) < _LONGEST_JOURNAL and all(word[0].isupper() for word in words)


# Landmarks: years, the ends of sentences, the journal, where the numbers begin


def is_year(text: CleanText, at: int) -> bool:
    """Whether this word is a year, as in "2013" or "2013a"."""
    return at < len(text) and _YEAR_WORD.match(text.words[at]) is not None


def skip_year(text: CleanText, at: int) -> tuple[int, int | None]:
    """Step over a year (in brackets with its month and day) that is printed between two segments."""
    if not is_year(text, at):
        return at, None
    end = at + 1
    if "(" in text.before(at):
        while end < min(len(text), at + 4) and ")" not in text.before(end):
            end += 1
    elif not ends_segment(text.before(end)):
        return at, None
    return end, int(text.words[at][:4])


def ends_segment(separator: str) -> bool:
    """Whether this punctuation can end authors, a title or a year."""
    return any(mark in separator for mark in '.):"')


def can_precede_journal(separator: str) -> bool:
    """Whether a journal's name can begin after this punctuation."""
    return any(mark in separator for mark in '.,?!":;)(]*_')


def is_sentence_end(text: CleanText, at: int) -> bool:
    """Whether a sentence ends right before this word."""
    return bool(_SENTENCE_END.search(text.before(at)))


def journal_end(text: CleanText, at: int, names: JournalNames) -> int | None:
    """The word after the record's journal, if it is printed here and the numbers follow it."""
    if at >= len(text) or not names.forms:
        return None
    exact = (text.joined.match_at(at, form.key) for form in names.forms)
    end = next((end for end in exact if end is not None), None)
    if end is not None:
        if end < len(text) and "(" in text.before(end) and not text.words[end][0].isdigit():  # a qualifier
            end += 1
            while end < len(text) and ")" not in text.before(end):
                end += 1
        if end >= len(text) or ";" in text.before(end) or is_number_word(text, end):
            return end
    stop = numbers_start(text, at, _MAX_NAME_WORDS + _MAX_DATE_WORDS)
    before_dates = stop
    while before_dates > at + 1 and _is_part(text, before_dates - 1):
        before_dates -= 1
    before_bracket = next((n for n in range(at + 1, stop) if "(" in text.before(n) or "[" in text.before(n)), stop)
    for end in (stop, before_dates, before_bracket):
        if end > at and end - at <= _MAX_NAME_WORDS and is_name(text, at, end, names):
            return stop if end != stop and "(" in text.before(end) else end
    return None


def numbers_start(text: CleanText, start: int, most: int | None = None) -> int:
    """The first word from `start` on, `most` words looked at, that begins the numbers: a digit word, or a part's."""
    stop = len(text) if most is None else min(len(text), start + most)
    for at in range(start, stop):
        word = text.words[at]
        digits = sum(letter.isdigit() for letter in word)
        if (word[0].isdigit() or digits > 2) and not _is_in_qualifier(text, at, start):
            return at
        if at > start and ";" in text.before(at) and (_is_part(text, at) or digits):
            return at
    return stop


def _is_in_qualifier(text: CleanText, at: int, start: int) -> bool:
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


def is_date_word(text: CleanText, at: int) -> bool:
    """Whether this word is a year, a month or a day."""
    return is_year(text, at) or text.keys[at] in _MONTHS or (text.words[at].isdigit() and len(text.words[at]) <= 2)


def is_number_word(text: CleanText, at: int) -> bool:
    """Whether this word can be of year, volume, issue and pages: a digit is in it, or it names a part or a month."""
    has_digit = any(letter.isdigit() for letter in text.words[at])
    return has_digit or bool(_ROMAN.match(text.words[at])) or _is_part(text, at)


def _is_part(text: CleanText, at: int) -> bool:
    key = text.keys[at]
    if key in _PART_WORDS or key in _MONTHS:
        return True
    # "n. 9" and "t. 12" are parts, single letters by themselves sections of a journal
    return (
        key in _PART_LETTERS and "." in text.before(at + 1) and at + 1 < len(text) and text.words[at + 1][0].isdigit()
    )
