"""Citations that print no title: "Brown & Panksepp, Med Hypotheses 2009", also with a trial's name before or around.

Such a citation is names and a place: a journal and a year in either order, perhaps volume and pages. A trial's name
or a note may stand before, between and after them. Whatever else is printed may be a title, and the text is not read
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from evidence.matching.authors import (
    DEGREES,
    GROUP_WORDS,
    PARTICLES,
    SUFFIXES,
    AuthorList,
    AuthorReader,
    best_alignment,
)
from evidence.matching.et_al import others_end
from evidence.matching.journals import STOP_WORDS, JournalNames
from evidence.matching.segment import Segments, Span, is_number_word, is_year, journal_end, looks_like_journal
from evidence.matching.text import CleanText
from evidence.matching.titles import Titles
from evidence.model.regex import regex

_LONGEST = 150
_MOST_FAMILY_WORDS = 4
_MOST_NOTE_WORDS = 8
_MOST_TRIAL_WORDS = 8
_LONGEST_INITIALS = 4
_SHORT = 3
_MOST_SMALL_WORDS = 4

_LEAD_INS = frozenset(
    [
        "see",
        "also",
        "cf",
        "eg",
        "from",
        "in",
        "per",
        "by",
        "after",
        "adapted",
        "data",
        "source",
        "ref",
        "reference",
        "reviewed",
    ]
)
_KINDS = frozenset(["article", "citation", "evidence", "metaanalysis", "paper", "publication", "review"])
"""Words that, with a colon, lead to a citation as those of `_LEAD_INS` do."""
_TRIAL_WORDS = frozenset(
    ["trial", "trials", "study", "studies", "extension", "substudy", "followup", "rct", "program", "programme"]
)
_NO_NAMES = frozenset(
    """
    information label labeling labelling monograph package insert product guideline guidelines guidance review
    editorial error letter letters reply comment commentary correction corrections corrigendum corrigenda erratum errata
    retraction abstract abstracts preface foreword introduction discussion obituary news
    statement consensus report handbook update summary database website personal communication cochrane lexicomp
    uptodate micromedex medscape wikipedia drugs statpearls livertox dailymed clinicaltrials fda ema who nih cdc nice
    """.split()  # noqa: SIM905 - a list of words
)
"""Capitalised words that no citation means as a name where nothing else says so."""

_AND_ABROAD = frozenset(["und", "u", "et", "y", "e", "en", "och", "og", "i", "ja", "ve", "a", "\u0438"])
_WORKS = frozenset(["study", "trial", "work", "paper", "report", "article", "analysis"])

_ACRONYM = regex(r"(?:[A-Z]+\d|\d+[A-Z]|[A-Z]{3})[A-Z\d]*$")
_NUMBERED_TRIAL = regex(r"\d{1,2}[A-Z]{1,3}$")
_OPENS = regex(r"[(\[:]| - ")
_BRACKET = regex(r"[(\[]")
_SENTENCE = regex(r"\.\W*\s")
_LISTED = regex(r"[,;&/]")
_BODY_ENDS = regex(r"[,;:&()\[\]]| - |\.\W*\s")
_HEADS = GROUP_WORDS - {"behalf", "members", "of", "on"}
"""What a body is: "group", "investigators", "committee"."""
_OF_BODY = frozenset(["behalf", "for", "members", "of", "on", "the"])


def read_untitled(text: CleanText, titles: Titles, names: JournalNames, authors: AuthorList) -> Segments | None:
    """The segments of a citation without a title; None where a title may be printed."""
    if not 0 < len(text) <= _LONGEST or _has_words_of_title(text, names, authors):
        return None
    reader = _UntitledReader(text, titles, names, authors)
    found = (reader.read(start) for start in reader.starts())
    return next((segments for segments in found if segments is not None), None) or reader.read_another_place_first()


def _has_words_of_title(text: CleanText, names: JournalNames, authors: AuthorList) -> bool:
    """Whether more words in small letters are printed than names, a place and a note have; quick."""
    small = [at for at, key in enumerate(text.keys) if len(key) > _SHORT and text.words[at].islower()]
    if len(small) <= _MOST_SMALL_WORDS:
        return False
    known = authors.body_words.union(authors.families, *(form.words for form in names.forms), GROUP_WORDS, _TRIAL_WORDS)
    unknown = [at for at in small if text.keys[at] not in known]
    if len(unknown) <= _MOST_SMALL_WORDS:
        return False
    unnamed = [range(at, end) for at in range(len(text)) if (end := others_end(text, at, len(text))) is not None]
    return sum(not any(at in others for others in unnamed) for at in unknown) > _MOST_SMALL_WORDS


class _UntitledReader:
    """Reads names and place in the words of a text; the record's journal is looked for first."""

    def __init__(self, text: CleanText, titles: Titles, names: JournalNames, authors: AuthorList) -> None:
        self.text = text
        self.authors = authors
        self.title_words = frozenset(key for form in titles.forms for key in CleanText(form).keys)
        self.journal = self._find_journal(names)

    def _find_journal(self, names: JournalNames) -> Span | None:
        """The longest run that is the record's journal, the last one of equal length; one in full before short ones."""
        for end_of in (self._full_journal_end, self._short_journal_end):
            found = ((at, end) for at in range(len(self.text)) if (end := end_of(at, names)) is not None)
            longest = max(found, key=lambda span: (span[1] - span[0], span[0]), default=None)
            if longest is not None:
                return longest
        return None

    def _full_journal_end(self, at: int, names: JournalNames) -> int | None:
        text = self.text
        ends = (text.joined.match_at(at, form.key) for form in names.forms)
        return next((end for end in ends if end is not None and self._can_end_journal(end)), None)

    def _can_end_journal(self, end: int) -> bool:
        text = self.text
        return end == len(text) or not text.before(end).isspace() or is_number_word(text, end)

    def _short_journal_end(self, at: int, names: JournalNames) -> int | None:
        return None if self.text.keys[at] in {"al", *STOP_WORDS} else journal_end(self.text, at, names)

    # Where the names can begin

    def starts(self) -> Iterator[int]:
        """The words with which the names can begin: after a trial's name, else the first, else inside brackets."""
        first = 0
        while first < len(self.text) - 1 and self._is_lead_in(first):
            first += 1
        after_trial = self._after_trial(first)
        if after_trial is not None:
            yield after_trial
        yield first
        # What precedes brackets that end the text is a note: "Low-dose naltrexone (Younger et al. 2013)".
        inside = next((at for at in range(first + 1, len(self.text)) if _BRACKET.search(self.text.before(at))), None)
        if (
            inside is not None
            and inside - first <= _MOST_NOTE_WORDS
            and (self.text.raw.rstrip(" .;,").endswith((")", "]")) or not re.search(r"[)\]]", self.text.raw))
        ):
            before = range(first, inside)
            placed = self.journal is not None and self.journal[0] < inside
            if not (placed or any(is_year(self.text, at) or _SENTENCE.search(self.text.before(at)) for at in before)):
                yield inside

    def _is_lead_in(self, at: int) -> bool:
        """Whether this word leads to a citation: "see Brown", not "See et al." nor "EG Brown"."""
        text = self.text
        if text.keys[at] in _WORKS and text.keys[at + 1] in {"by", "from"}:
            return True
        is_name = "," in text.before(at + 1) or others_end(text, at + 1, len(text)) is not None
        is_name = is_name or text.words[at].isupper() or text.keys[at] in self.authors.families
        headed = ":" in text.before(at + 1) and text.keys[at] in _KINDS | _TRIAL_WORDS
        return headed or (text.keys[at] in _LEAD_INS and not is_name)

    def _after_trial(self, first: int) -> int | None:
        """The word after the name of a trial with which the text begins, before names: "LDN-FM trial (Younger"."""
        text = self.text
        journal = len(text) if self.journal is None else self.journal[0]
        if journal == first:  # "ZFA (Stuttgart). 1979", "Contemp Clin Trials Commun. 2020"
            return None
        journal = journal if journal > first else len(text)
        for end in range(max(first + 1, self._own_body_end(first, journal)), min(journal, first + _MOST_TRIAL_WORDS)):
            at = end
            ends = _separates(text.before(at)) or "/" in text.before(at) or text.keys[at - 1] in _TRIAL_WORDS
            if ends and text.keys[at] not in _HEADS and self._is_trial(first, at):
                while at < len(text) - 1 and text.keys[at] in _LEAD_INS:
                    at += 1
                following = [word for word in text.words[at : at + 3] if not is_run_of_initials(word)]
                plain = all(word.isalpha() and word.isupper() for word in text.words[first:end])
                return None if plain and following and all(word.isupper() for word in following) else at
        return None

    def _is_trial(self, first: int, end: int) -> bool:
        """Whether these words are the name of a trial: an acronym, a number, or called a trial or study."""
        words, keys = self.text.words[first:end], self.text.keys[first:end]
        reader = AuthorReader(self.text, end, self.authors.families)
        if any(reader.certain_reading(first, person) for person in self.authors.people):
            return False
        named = [word for word, key in zip(words, keys, strict=True) if key not in _TRIAL_WORDS and key != "the"]
        if end - first > _MOST_TRIAL_WORDS:
            return False
        capitals = all(word[0].isupper() or word[0].isdigit() for word in named)
        if not named or not capitals or any(_separates(self.text.before(at)) for at in range(first + 1, end)):
            return False
        hyphened = any(self.text.before(at) == "-" and self.text.words[at].isupper() for at in range(first + 1, end))
        if self._is_letters_and_number(first, end):
            return True
        if set(keys) & _TRIAL_WORDS or (hyphened and len(named) == 2 and len(named[-1]) > 1):
            return True
        first_word, *rest = named
        if _ACRONYM.match(first_word):
            beside_a_name = is_run_of_initials(first_word) and rest and not rest[0].isupper()
            return not (beside_a_name and rest[0].isalpha())
        numbered = len(named) == 2 and rest[0].isdigit() and re.search("[A-Z].*[A-Z]", first_word)  # "CheckMate 067"
        return bool(numbered) or any(_ACRONYM.match(word) and not is_run_of_initials(word) for word in rest)

    def _is_letters_and_number(self, first: int, end: int) -> bool:
        """Whether these words are letters in capitals and a number after a hyphen: "T-01", "PS-341"."""
        words = self.text.words[first:end]
        return len(words) == 2 and words[0].isupper() and words[1].isdigit() and self.text.before(first + 1) == "-"

    # Names and place, from there on

    def read(self, start: int) -> Segments | None:
        """The segments, if names begin with this word and the rest is a place; else None."""
        if self.journal is not None and self.journal[0] == start:
            return self._read_place_first(self.journal)
        limit = self.journal[0] if self.journal is not None and self.journal[0] > start else len(self.text)
        end = self._names_end(start, limit)
        if end is None or end == start:
            return None
        stop = next(
            (n for n in range(start + 1, limit) if is_year(self.text, n) or _separates(self.text.before(n))), limit
        )
        is_number = self._is_letters_and_number(start, stop)
        if not is_number and self._are_names(start, end):
            if self.journal is None:
                end = self._without_journal(start, end)
            return self._read_place((start, end), end)
        # A trial's name and a place: "ACCORD. N Engl J Med 2008".
        words, keys = self.text.words[start:stop], self.text.keys[start:stop]
        has_acronym = is_number or any(map(_ACRONYM.match, words))
        named = has_acronym and _NO_NAMES.isdisjoint(keys) and self._is_trial(start, stop)
        return self._read_place((start, start), stop) if named else None

    def _names_end(self, start: int, limit: int) -> int | None:
        """The word after the list of names that begins here; None where a word cannot be of one."""
        text, at = self.text, start
        family = 0  # words of the family name that is being read
        is_open = is_complete = given_first = after_et_al = False
        while at < limit:
            before, word, key = text.before(at), text.words[at], text.keys[at]
            dashed = " - " in before and (limit < len(text) or self._known_name_end(at, limit) > at)
            joins = word in _AND_ABROAD and 0 < at < limit - 1 and others_end(text, at, limit) is None
            listed = not key or joins or dashed or _LISTED.search(before) is not None
            body_end = self._body_end(at, limit) if listed or at == start or key == "for" else None
            ended = after_et_al and key and body_end is None and "&" not in before
            in_name = listed or self._goes_on_after_point(at, limit, is_complete) or (body_end and key == "for")
            opens = _OPENS.search(before) is not None and not dashed
            if at > start and (opens or ended or (_SENTENCE.search(before) and not in_name)):
                return at
            if body_end is not None:
                at, family, is_complete = body_end, 1, True
                continue
            if word[0].isdigit():
                if at == start or is_year(text, at) or not _ACRONYM.match(text.words[at - 1]):
                    return at
                at += 1  # "KEYNOTE-204"
                continue
            if listed:
                # In "Brown, N., & Panksepp, J." initials belong to the name before the comma.
                is_open = "," in before and family > 0 and not is_complete and not given_first
                family, is_complete, given_first = 0, False, False
            after_others = others_end(text, at, limit)
            if after_others is not None:
                at, after_et_al = after_others, True
                continue
            known_end = self._known_name_end(at, limit) if key and not joins and not family else at
            if known_end > at:
                at, family, is_complete = known_end, 1, True
                continue
            at += 1
            if not key or joins or self._is_part_of_name(at - 1):
                continue
            initial = len(word) == 1 and text.before(at).startswith(".")  # "I. u. M." for IuM
            if is_run_of_initials(word) or initial:
                is_complete = is_complete or is_open or (family > 0 and not given_first)
                given_first = given_first or not is_complete
            elif not word[0].isupper():
                return None
            else:
                family += 1
                if family > _MOST_FAMILY_WORDS:
                    return None
        return limit

    def _body_end(self, at: int, limit: int) -> int | None:
        """The word after the name of a body that begins here: "ACCORD Study Group", "for the LDN Investigators"."""
        text = self.text
        own_end = self._own_body_end(at, limit)
        ends = (
            n
            for n in range(max(at + 1, own_end), limit)
            if is_year(text, n) or _BODY_ENDS.search(text.before(n)) or others_end(text, n, limit)
        )
        end = next(ends, limit)
        named = [n for n in range(max(at, own_end), end) if text.keys[n] not in _HEADS | _OF_BODY]
        capitals = all(not text.words[n][0].islower() or text.words[n] in PARTICLES for n in named)
        first = next((n for n in range(at, end) if text.keys[n] not in _OF_BODY), end)
        is_body = any(key in _HEADS for key in text.keys[at:end]) or (first > at and self._is_trial(first, end))
        is_named = named or own_end > at or _ACRONYM.match(text.words[first])  # "GROUP trial investigators"
        if capitals and is_named and is_body:
            return end
        return own_end if own_end > at else None

    def _own_body_end(self, at: int, limit: int) -> int:
        """The word after one of the record's bodies that is named here in full; this word where none is."""
        first = next((n for n in range(at, limit) if self.text.keys[n] not in _OF_BODY), limit)
        bodies = self.authors.bodies if first < limit else ()
        ends = (self.text.joined.match_at(first, "".join(body)) for body in bodies)
        return max((end for end in ends if end is not None and end <= limit), default=at)

    def _known_name_end(self, at: int, limit: int) -> int:
        """The word after one of the record's authors who is named here; this word where none is."""
        opened = (n for n in range(at + 1, limit) if _OPENS.search(self.text.before(n)))
        reader = AuthorReader(self.text, next(opened, limit), self.authors.families)
        readings = (r for person in self.authors.people for r in reader.readings(at, person) if r.is_certain)
        return max((reading.end for reading in readings), default=at)

    def _goes_on_after_point(self, at: int, limit: int, is_complete: bool) -> bool:
        """Whether the point before this word is of an initial, or of "Jr.", and the name or "et al." goes on."""
        if others_end(self.text, at, limit) is not None:
            return True
        word, following = self.text.words[at - 1], self.text.words[at]
        if len(word) == 1 or is_run_of_initials(word):
            return not is_complete or len(following) == 1 or is_run_of_initials(following)
        return word in {"Jr", "Sr", "St"}

    def _is_part_of_name(self, at: int) -> bool:
        """Particles, suffixes and degrees, and the record's own names."""
        word, key = self.text.words[at], self.text.keys[at]
        if word.islower() and not (len(word) == 1 and self.text.before(at + 1).startswith(".")):
            short = len(word) <= 3 and self.text.before(at + 1) in {"-", "'"}  # "el-Sayed"
            part = at > 0 and self.text.before(at) in {"-", "'"}  # "Gusel'nikova"
            return key in PARTICLES or short or part or key in self.authors.families
        return key in SUFFIXES or (key in DEGREES and word.isupper() and len(word) > 1)

    def _are_names(self, start: int, end: int) -> bool:
        """Whether capitalised words are meant as names: "Brown" may be, "Product Information" and "LDN-FM" are not."""
        words, keys = self.text.words[start:end], set(self.text.keys[start:end])
        if self._own_body_end(start, end) > start:
            return True
        if all(word.islower() for word in words) or keys & _NO_NAMES:
            return False
        known = bool(keys & self.authors.families) or self._known_name_end(start, end) > start
        body = keys & (_HEADS - _TRIAL_WORDS) or all(self.authors.is_of_body(self.text, at) for at in range(start, end))
        if known or body or any(others_end(self.text, at, end) for at in range(start, end)):
            return True
        initials = [word for word in words if is_run_of_initials(word)]
        if initials:
            return len(initials) < len(words) or self._are_short_names_in_capitals(start, end)
        return not keys <= self.title_words and not self._is_trial(start, end)

    def _are_short_names_in_capitals(self, start: int, end: int) -> bool:
        """Whether each of several listed is a name and initials that both could be initials: "XU B & DU YT"."""
        text = self.text
        first = [at for at in range(start, end) if at == start or not text.keys[at] or _LISTED.search(text.before(at))]
        listed = [[text.words[n] for n in range(at, after) if text.keys[n]] for at, after in pairwise([*first, end])]
        return len(listed) > 1 and all(len(words) == 2 and len(words[0]) > 1 for words in listed)

    def _without_journal(self, start: int, end: int) -> int:
        """The end of the names where another journal than the record's may follow them, listed like one more name."""
        text = self.text
        if self._body_end(start, end) == end:
            return end
        last = next(
            (at for at in range(end - 1, start, -1) if _LISTED.search(text.before(at)) or not text.keys[at]), end
        )
        if any(map(is_run_of_initials, text.words[last:end])) or set(text.keys[last:end]) & _HEADS:
            return end
        read = best_alignment(AuthorReader(text, end, self.authors.families), self.authors, start)
        known_end = max((reading.end for reading in read.values() if reading.is_certain), default=start)
        if known_end > start:
            known_end = next((after for at in range(known_end, end) if (after := others_end(text, at, end))), known_end)
            return (self._body_end(known_end, end) or known_end) if known_end < end else end
        is_journal = end - last > 1 and text.keys[last] != "" and "," in text.before(last)
        return last if is_journal and others_end(text, last, end) is None else end

    def _read_place(self, names: Span, at: int) -> Segments | None:
        """Journal, year and numbers from this word on, after the names, with notes between them."""
        text = self.text
        segments = Segments(text, authors=names)
        journal = self.journal if self.journal is not None and self.journal[0] >= at else None
        while at < len(text):
            note = self._note_end(at)
            if journal is not None and at == journal[0]:
                segments.journal, segments.journal_agrees, at = journal, True, journal[1]
                break
            trial = self._listed_trial_end(at, journal)
            if note is not None and self._is_trial(at, note):
                at = note
            elif trial is not None:
                at = trial
            elif text.keys[at] in {"in", "from", "the"}:
                at += 1
            elif is_year(text, at) and segments.front_year is None:
                segments.front_year = int(text.words[at][:4])
                at += 1
            elif is_number_word(text, at) or (journal is None and self._is_rest(at, notes=False)):
                break
            elif journal is None and text.words[at][0].isupper():
                end = next((n for n in range(at, len(text)) if text.words[n][0].isdigit()), len(text))
                if not looks_like_journal(text, at, end) or any(mark in text.slice(at, end) for mark in '[(":?'):
                    return None
                segments.journal, at = (at, end), end
                break
            else:
                return None
        if segments.front_year is None and segments.journal is None:
            return None
        segments.numbers, segments.numbers_end = at, self._numbers_end(at)
        return segments if self._is_rest(segments.numbers_end) else None

    def read_another_place_first(self) -> Segments | None:
        """The segments where the text begins with another journal than the record's: "Lancet 2013 (Brown et al.)"."""
        numbers = next((at for at in range(len(self.text)) if self.text.words[at][0].isdigit()), 0)
        if self.journal is not None or not looks_like_journal(self.text, 0, numbers):
            return None
        return self._read_place_first((0, numbers))

    def _listed_trial_end(self, at: int, journal: Span | None) -> int | None:
        """The word after a trial's name that looks like one more author before the place: "Brown et al; LDN-FM. …"."""
        text = self.text
        if not _LISTED.search(text.before(at)) or journal is None:
            return None
        end = next((n for n in range(at + 1, journal[0]) if _separates(text.before(n))), journal[0])
        return end if self._is_trial(at, end) else None

    def _read_place_first(self, journal: Span) -> Segments | None:
        """The journal and its numbers, then the names; or, after a colon, the names and the year."""
        text = self.text
        segments = Segments(text, journal=journal, journal_agrees=journal == self.journal, numbers=journal[1])
        at = segments.numbers_end = self._numbers_end(journal[1])
        numbered = journal[1] < at or ":" in text.before(at)
        end = self._names_end(at, len(text)) if numbered and at < len(text) else None
        if end is None or end == at or not self._are_names(at, end):
            return None
        if at == journal[1]:
            segments.numbers, segments.numbers_end = end, self._numbers_end(end)
        segments.authors = (at, end)
        return segments if self._is_rest(max(end, segments.numbers_end)) else None

    # Numbers and notes

    def _numbers_end(self, start: int) -> int:
        text, at = self.text, start
        while (
            at < len(text) and is_number_word(text, at) and text.keys[at] not in self.authors.families
        ):  # "May", "Winter"
            at += 1
        if at > start and _NUMBERED_TRIAL.match(text.words[at - 1]):  # "4S trial", "(4S)"
            followed = at < len(text) and text.before(at).isspace()
            at -= followed or (at == len(text) and re.search(r"[(\[;,]| - ", text.before(at - 1)) is not None)
        return at

    def _note_end(self, at: int) -> int | None:
        """The word after a note in brackets that begins here, without a year: "(LDN-FM trial)"."""
        text = self.text
        if not _BRACKET.search(text.before(at)):
            return None
        end = next((n for n in range(at + 1, len(text) + 1) if re.match(r"[^(\[]*[)\]]", text.before(n))), len(text))
        words = range(at, end)
        journal_inside = self.journal is not None and at <= self.journal[0] < end
        if len(words) > _MOST_NOTE_WORDS or journal_inside or any(is_year(text, n) for n in words):
            return None
        return None if all(text.words[n].isdigit() for n in words) else end

    def _is_rest(self, at: int, *, notes: bool = True) -> bool:
        """Whether nothing follows here but a trial's name, and `notes` in brackets."""
        text = self.text
        while at < len(text):
            end = self._note_end(at)
            if end is None:
                cut = len(text.before(at)) > 1  # an identifier was cut out here
                return (cut or _separates(text.before(at))) and self._is_trial(at, len(text))
            if not notes and not self._is_trial(at, end) and end < len(text):
                return False
            at = end
        return True


def is_run_of_initials(word: str) -> bool:
    """Whether a printed word can only be initials: "J", "JP"; "Li" is a name."""
    return word.isupper() and len(word) <= _LONGEST_INITIALS


def _separates(separator: str) -> bool:
    """Whether this punctuation separates a trial's name from names or numbers."""
    return bool(_OPENS.search(separator) or _SENTENCE.search(separator) or re.search(r"[,;)\]]", separator))
