"""Author lists: the names of a record's persons, found and compared in the words of a printed list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import chain

from evidence.matching.et_al import others_end
from evidence.matching.forenames import are_forms, contradict, have_a_form, is_within
from evidence.matching.text import CleanText, clean, fold
from evidence.matching.verdict import DifferenceKind, Field, FieldComparison, Verdict, agrees, not_judged
from evidence.model.records import Author
from evidence.model.regex import regex

PARTICLES = frozenset(
    """
    van von de der den del della di da dos das du la le les ten ter te zu zum zur vom el al af av e y d' d do
    dal degli bin ibn ben abu st san santa li lo 't op in
    """.split()  # noqa: SIM905 - a list of words
)
"""Particles are particles only in lower case: "Li" is a surname."""

SUFFIXES = frozenset(
    ["jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "4th", "5th", "6th", "2d", "3d", "filho", "neto", "junior", "senior"]
)
SUFFIXES_OR_NAMES = frozenset(["filho", "neto", "junior", "senior"])
"""Suffixes in some names, family names in others: never after a comma."""

DEGREES = frozenset(
    """
    md phd msc mph bsc ba ma mba mbbs frcp frcs dds dmd do dvm rn msn ms bs pharmd psyd esq facs facp mbchb dr
    prof drph edd scd dsc dphil fracp frcpc mrcp np pa bpharm mpharm jd llm meng bm bch ao
    """.split()  # noqa: SIM905 - a list of words
)
_CONJUNCTIONS = frozenset(
    "und og och et ed ve \u00e9s ja ir dan \u0438 \u0442\u0430 \u03ba\u03b1\u03b9".split()  # noqa: SIM905 - a list of words
)
""""and" in other languages; those of one letter may be particles or initials too."""
_LETTER_CONJUNCTIONS = frozenset(["y", "e", "i", "a", "u", "\u0456", "\u0439"])
GROUP_WORDS = frozenset(
    """
    group groups study investigators collaborators consortium network team committee society association trial
    members on behalf of working force task initiative collaboration council registry project program centre
    center alliance organization organisation federation college academy agency institute department ministry
    guideline guidelines
    """.split()  # noqa: SIM905 - a list of words
)
_OF_AUTHORS = frozenset({"investigators", "trialists", "collaborators", "consortium"})
"""Words of groups whose articles never go without authors in PubMed, as those of agencies and societies do."""
_LETTERS = regex(r"[^\W\d_]")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_JOINING = frozenset(["-", "'"])
_WITHIN_NAMES = " -'"
_ELLIPSIS = ("...", ". . .", "\u2026")
_LONGEST_INITIALS = 4
_SHORTEST_ACRONYM = 3
_SHORTEST_MISSPELT = 3
_MOST_GIVEN_NAMES = 6
_MOST_PARTICLES = 8
_SLOW_READINGS = 1500
_MOST_NAMED = 3
_SHORTEST_FORENAME = 3


@dataclass(frozen=True, slots=True)
class Person:
    """An author's keys: full family names, parts of compound ones, initials and given names; and these as written."""

    display: str
    full_display: str
    full_names: tuple[str, ...]
    part_names: tuple[str, ...]
    initials: str
    given: tuple[str, ...]
    given_words: tuple[str, ...]


_MOST_FAMILY_WORDS = 20
"""Of a family name whose parts are known too; no person's is longer, and parts of parts grow with the square."""


@lru_cache(1 << 15)
def person_of(author: Author) -> Person | None:
    """The keys of a person; None for a collective author or a name without letters."""
    name = clean(author.family)
    text = CleanText(name)
    if author.collective or not any(text.keys):
        return None
    start = 0
    while start < len(text) - 1 and text.words[start].islower() and text.keys[start] in PARTICLES:
        start += 1
    bare = "".join(text.keys[start:])
    without_titles = "".join(key for key in text.keys if key not in SUFFIXES and key not in DEGREES)
    transliterated = CleanText(name.lower().translate(_UMLAUTS)).joined.text
    full_names = [text.joined.text, *filter(None, (bare, without_titles)), transliterated]
    words = [key for key in text.keys[start:] if key]
    part_names: list[str] = []
    if 1 < len(words) <= _MOST_FAMILY_WORDS:
        part_names += ["".join(words[:n]) for n in range(2, len(words))]
        part_names += ["".join(words[n:]) for n in range(1, len(words) - 1)]
        part_names += [word for word in words if len(word) > 2 and word not in PARTICLES]
    given_text = CleanText(clean(author.given))
    given = tuple(key for key in given_text.keys if key)
    initials = "".join(fold(letter) for letter in _LETTERS.findall(clean(author.initials)))
    return Person(
        f"{author.family} {author.initials}".strip(),
        f"{given_text.raw} {author.family}".strip(),
        tuple(dict.fromkeys(full_names)),
        tuple(dict.fromkeys(part_names)),
        initials or "".join(key[0] for key in given),
        given,
        tuple(given_text.words),
    )


def initials_fit(printed: str, person: Person) -> bool:
    """Whether printed initials can be this person's: one run is within the other, in order.

    The print may know more than the record, and less.
    """
    if not printed or not (person.initials or person.given):
        return True
    spelt = "".join(word[0] for word in person.given)
    return any(is_within(printed, own) or is_within(own, printed) for own in (person.initials, spelt) if own)


def forename_of(key: str, person: Person) -> str | None:
    """The person's forename that a printed word is, shortens, or is another form of; None when it is none."""
    forenames = [word for word in person.given if len(word) > 1]
    shortened = (
        word for word in forenames if key == word or (len(key) > 1 and (word.startswith(key) or key.startswith(word)))
    )
    other_forms = (word for word in forenames if are_forms(key, word))
    return next(chain(shortened, other_forms), None)


def is_initials(text: str) -> bool:
    """Whether a printed word can be a run of initials."""
    return (
        len(text) <= 4
        and text.isalpha()
        and (text.isupper() or len(text) == 1 or (len(text) == 2 and text[0].isupper()))
    )


def is_near_spelling(name: str, word: str) -> bool:
    """Whether a printed name is a near spelling: one letter up to five letters, else two."""
    allowed = 1 if len(name) <= 5 else 2
    if abs(len(name) - len(word)) > allowed:
        return False
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - only where something differs

    return OSA.distance(name, word, score_cutoff=allowed) <= allowed


# One author at one place of the printed list, family name first or given name first


@dataclass(frozen=True, slots=True)
class AuthorReading:
    """An author read in the words from `first` to before `end`.

    `is_full` says whether the full family name is printed, not a part of a compound one. `fits` says whether the
    given name printed can be the author's, by its initials; None when none is printed. `given` is its run of words.
    """

    first: int
    end: int
    is_full: bool
    fits: bool | None
    given: tuple[int, int] = (0, 0)

    @property
    def is_certain(self) -> bool:
        """A full family name whose initials do not contradict it."""
        return self.is_full and self.fits is not False


class AuthorReader:
    """Reads names in the words of a text before `end`. `families` are the record's first family-name words."""

    def __init__(self, text: CleanText, end: int, families: frozenset[str]) -> None:
        self.text = text
        self.end = end
        self.families = families

    def readings(self, at: int, person: Person) -> list[AuthorReading]:
        """Every way in which this person can be read here, the best first."""
        found = [self._family_first(at, person), self._family_alone(at, person), self._given_first(at, person)]
        if not any(found):
            found = [self._family_first(at, person, part=True), self._given_first(at, person, part=True)]
        return sorted((r for r in found if r), key=lambda r: (r.is_certain, r.fits is True), reverse=True)

    def certain_reading(self, at: int, person: Person) -> AuthorReading | None:
        """The best certain way in which this person can be read here; in most right lists it is the first tried."""
        first = self._family_first(at, person)
        if first is not None and first.is_certain and first.fits:
            return first
        return next((reading for reading in self.readings(at, person) if reading.is_certain), None)

    def is_optional(self, at: int) -> bool:
        """Words of a list that are not names: "and", "et al", suffixes, degrees, particles, editors."""
        key, word = self.text.keys[at], self.text.words[at]
        return (
            not key
            or key in SUFFIXES
            or key
            in {"et", "al", "eds", "ed", "editor", "editors", "others", "alii", "colleagues", "with", "for", "the"}
            or (key in DEGREES and (word.isupper() or (not word.islower() and (len(word) > 2 or key == "dr"))))
            or (word.islower() and (key in PARTICLES or word in _CONJUNCTIONS or word in _LETTER_CONJUNCTIONS))
        )

    def _family_end(self, at: int, person: Person, *, part: bool) -> int | None:
        """The word after the person's family name, if it is printed here; `part`: after a part of a compound one."""
        joined = self.text.joined
        for start in range(at, min(at + _MOST_PARTICLES, self.end)):
            for key in person.part_names if part else person.full_names:
                end = joined.match_at(start, key)
                if end is not None and end <= self.end:
                    return end
            if part or not (self.text.words[start].islower() and self.text.keys[start] in PARTICLES):
                return None
        return None

    def _family_first(self, at: int, person: Person, *, part: bool = False) -> AuthorReading | None:
        """Family name, then given names or initials, then suffixes."""
        family_end = self._family_end(at, person, part=part)
        if family_end is None:
            return None
        if part:
            while (
                family_end < self.end
                and self.text.keys[family_end] in person.part_names
                and "," not in self.text.before(family_end)
            ):
                family_end += 1
        end, letters = self._given_names(family_end, person)
        fits = initials_fit(letters, person) if letters else None
        return AuthorReading(at, end, not part, fits, (family_end, end))

    def _family_alone(self, at: int, person: Person) -> AuthorReading | None:
        """A family name before a comma and a word that is another author's: "Li, Qi, Jiang"."""
        end = self._family_end(at, person, part=False)
        if end is None or end >= self.end or "," not in self.text.before(end) or self.text.words[end].isupper():
            return None
        return AuthorReading(at, end, is_full=True, fits=None) if self.text.keys[end] in self.families else None

    def _given_names(self, start: int, person: Person) -> tuple[int, str]:
        """The word after the given names that follow a family name, and their initials."""
        text, at, letters, comma_used = self.text, start, "", False
        while at < self.end:
            before, word, key = text.before(at), text.words[at], text.keys[at]
            comma = "," in before
            if key in SUFFIXES and not self._is_own_initials(at, letters, person):
                # After a comma "Filho" is another author; right after a name "SR" is initials.
                if comma:
                    is_suffix = key not in SUFFIXES_OR_NAMES
                else:
                    is_suffix = letters != "" or not word.isupper() or key not in {"jr", "sr"}
                if is_suffix:
                    at += 1
                    continue
            if _separates_authors(before, word) or others_end(text, at, self.end) is not None:
                break
            if word in _LETTER_CONJUNCTIONS and at + 1 < self.end and text.words[at + 1][0].isupper():
                break
            if letters and "." in before and len(letters) >= len(person.initials):
                break  # the record has no more initials: a new sentence
            after_word = at > start and ". " in before and len(text.words[at - 1]) > _LONGEST_INITIALS
            if after_word and forename_of(text.keys[at - 1], person) is None:
                break
            if comma and (comma_used or letters or not self._may_be_given(at, person)):
                break
            comma_used = comma_used or comma
            entire = None if letters else self._given_end(at, person)
            if entire is not None:
                letters, at = person.initials, entire
                continue
            if letters and before in _JOINING and len(text.words[at - 1]) > 1:  # the second half of "Yu-An"
                letters += key[:1]
            elif word.islower() and key in PARTICLES:
                lone = not letters and len(key) == 1
                another = at + 1 < self.end and comma
                if lone or another:
                    break
            elif (self._is_own_initials(at, letters, person) or is_initials(word)) and not (
                letters and key in self.families and len(key) > 2
            ):
                letters += key
            elif forename := forename_of(key, person):
                letters += forename[0]
            elif comma_used and (self._may_be_given(at, person) or self._is_next_initial(word, letters, person)):
                letters += key[0]
            else:
                break
            at += 1
        return at, letters

    def _given_end(self, at: int, person: Person) -> int | None:
        """The word after the person's given names, printed here in full, whatever the spaces and hyphens in them."""
        entire = "".join(person.given)
        end = self.text.joined.match_at(at, entire) if len(entire) >= _SHORTEST_FORENAME else None
        if (
            end is None
            or end > self.end
            or any(self.text.before(part).strip(_WITHIN_NAMES) for part in range(at + 1, end))
            or any(others_end(self.text, part, self.end) is not None for part in range(at + 1, end))  # "L in sod."
        ):
            return None
        return end

    def _is_own_initials(self, at: int, letters: str, person: Person) -> bool:
        """Whether the record has these very initials ("AIa", "Vde A"), or the start of a longer run."""
        word, key = self.text.words[at], self.text.keys[at]
        if not key or not word[0].isupper() or not person.initials:
            return False
        fuller = word.isupper() and not letters and key[0] == person.initials[0] and initials_fit(key, person)
        return person.initials.startswith(letters + key) or fuller

    def _may_be_given(self, at: int, person: Person) -> bool:
        word, key = self.text.words[at], self.text.keys[at]
        if len(word) == 1 and self.text.before(at + 1) == "'":  # "O'Brien"
            return False
        if is_initials(word) or forename_of(key, person) is not None:
            return True
        return (
            word[0].isupper() and bool(person.initials) and key[:1] == person.initials[0] and key not in self.families
        )

    def _is_next_initial(self, word: str, letters: str, person: Person) -> bool:
        """Whether a further name begins with the initial that is due: `Robert James` of whom the record has RJ."""
        key = fold(word)
        return (
            bool(letters)
            and word.istitle()
            and key not in self.families
            and person.initials.startswith(letters + key[0])
        )

    def _given_first(self, start: int, person: Person, *, part: bool = False) -> AuthorReading | None:
        """Given names or initials, then the family name; the last one, where a forename is spelt like it."""
        text, letters = self.text, ""
        found: AuthorReading | None = None
        for at in range(start, min(start + _MOST_GIVEN_NAMES, self.end)):
            before, word, key = text.before(at), text.words[at], text.keys[at]
            if not key or (at > start and ("," in before or _separates_authors(before, word))):
                break
            if others_end(text, at, self.end) is not None:
                break
            end = self._family_end(at, person, part=part) if letters else None
            if end is not None:
                while end < self.end and text.keys[end] in SUFFIXES:
                    end += 1
                found = AuthorReading(start, end, not part, initials_fit(letters, person), (start, at))
            if is_initials(word):
                letters += key
            elif forename := forename_of(key, person):
                letters += forename[0]
            elif word[0].isupper() or (letters and before in _JOINING):
                letters += key[0]
            elif key not in PARTICLES:
                break
        return found


def _separates_authors(before: str, word: str) -> bool:
    joined = word in {"and", "And", "AND"} or word in _CONJUNCTIONS
    return joined or " - " in before or any(mark in before for mark in ";&/:")


# The entire list: the record's names aligned, in order, with the words of the printed list


class AuthorList:
    """The record's persons and bodies, ready to be looked for."""

    def __init__(self, authors: tuple[Author, ...]) -> None:
        self.people: list[Person] = [person for person in map(person_of, authors) if person is not None]
        self.bodies = [tuple(filter(None, CleanText(clean(a.collective)).keys)) for a in authors if a.collective]
        self.body_words = frozenset(key for body in self.bodies for key in body)
        self.families = frozenset(key for a in authors for key in CleanText(a.family).keys if len(key) > 1)

    def is_of_body(self, text: CleanText, at: int) -> bool:
        """Whether this printed word is of a body's name, or an acronym of it."""
        return text.keys[at] in self.body_words or self.is_body_acronym(text.words[at])

    def is_body_acronym(self, word: str) -> bool:
        """Whether a printed word in capitals shortens one of the bodies: "ACCORD", "AIBL"."""
        return (
            len(word) >= _SHORTEST_ACRONYM
            and word.isupper()
            and any(_shortens_body(fold(word), b) for b in self.bodies)
        )


def _shortens_body(acronym: str, body: tuple[str, ...]) -> bool:
    """Whether the letters stand in the body's name, in this order, and most of them begin its words.

    ACCORD is "Action to Control CardiOvascular Risk in Diabetes Study Group".
    """
    initials = "".join(word[0] for word in body)
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415 - few works have bodies for authors

    begun = LCSseq.similarity(acronym, initials)
    return acronym[0] in initials and 2 * begun > len(acronym) and is_within(acronym, "".join(body))


@dataclass(slots=True)
class AuthorAlignment:
    """Which author was read where; `end` is the word after the last name that was read."""

    read: dict[int, AuthorReading] = field(default_factory=dict)
    end: int = 0
    complete: bool = False


def et_al_end(text: CleanText, at: int, end: int) -> int | None:
    """The word after the "et al", "and others" or ellipsis that is printed here; None when none is."""
    others = others_end(text, at, end)
    if others is not None:
        return others
    return at if at and any(dots in text.before(at) for dots in _ELLIPSIS) else None


def align_in_order(reader: AuthorReader, authors: AuthorList, first: int) -> AuthorAlignment:
    """Read the list name by name from the front: quick, and enough for right citations."""
    alignment, at, number = AuthorAlignment(end=first), first, 0
    people, end = authors.people, reader.end
    while at < end and number < len(people):
        reading = reader.certain_reading(at, people[number])
        if reading is not None:
            alignment.read[number] = reading
            at, number = reading.end, number + 1
            continue
        after_gap = et_al_end(reader.text, at, end)
        resumed = (at, number) if after_gap is None else _after_gap(reader, authors, after_gap, number)
        if resumed != (at, number):
            at, number = resumed
        elif reader.is_optional(at) or reader.text.keys[at] in authors.body_words:
            at += 1
        else:
            break
    while at < end and (
        reader.is_optional(at) or reader.text.keys[at] in authors.body_words or reader.text.keys[at] in GROUP_WORDS
    ):
        at += 1
    alignment.end, alignment.complete = at, at >= end
    return alignment


def _after_gap(reader: AuthorReader, authors: AuthorList, at: int, number: int) -> tuple[int, int]:
    """Where the list goes on after "et al", and with which author: the last one that can be read there."""
    while at < reader.end and reader.is_optional(at):
        at += 1
    for later in range(len(authors.people) - 1, number - 1, -1):
        if at < reader.end and reader.certain_reading(at, authors.people[later]):
            return at, later
    return at, number


def best_alignment(reader: AuthorReader, authors: AuthorList, first: int) -> dict[int, AuthorReading]:
    """The run of names, in the record's order, that explains most of the printed list."""
    candidates: list[tuple[int, AuthorReading, float]] = []
    for at in range(first, reader.end):
        for number, person in enumerate(authors.people):
            for reading in reader.readings(at, person):
                weight = 3.0 if reading.is_full else 1.5
                weight += 1.5 if reading.fits else -1.2 if reading.fits is False else 0.0
                candidates.append((number, reading, weight))
        if len(candidates) > _SLOW_READINGS:
            break
    best: list[tuple[float, int]] = []  # the score of the best run that ends with a candidate, and the one before it
    for i, (number, reading, weight) in enumerate(candidates):
        score, came_from = weight - 0.05 * number * (not best), -1
        for j in range(i):
            before, earlier, _ = candidates[j]
            if before < number and earlier.end <= reading.first:
                adjacent = 0.4 * (before + 1 == number) + 0.2 * (earlier.end == reading.first)
                if best[j][0] + weight + adjacent > score:
                    score, came_from = best[j][0] + weight + adjacent, j
        best.append((score, came_from))
    read: dict[int, AuthorReading] = {}
    at = max(range(len(candidates)), key=lambda i: best[i][0]) if candidates else -1
    while at >= 0:
        read[candidates[at][0]] = candidates[at][1]
        at = best[at][1]
    return read


@dataclass(frozen=True, slots=True)
class PrintedName:
    """An author's name as it is written, and the words of its given names."""

    text: str
    given: Sequence[str]


def judge_authors(
    text: CleanText,
    first: int,
    end: int,
    authors: AuthorList,
    name_of: Callable[[AuthorReading], PrintedName] | None = None,
) -> FieldComparison:
    """Compare the words from `first` to before `end` with the record's authors.

    `name_of` gives a name that was read in full, where these words are only a short form of it.
    """
    printed = text.slice(first, end)
    if not authors.people or first >= end:
        return not_judged(Field.AUTHORS, printed)
    reader = AuthorReader(text, end, authors.families)
    alignment = align_in_order(reader, authors, first)
    recorded = ", ".join(person.display for person in authors.people[:4])
    recorded += ", et al." if len(authors.people) > 4 else ""
    name_of = name_of or partial(_printed_name, text)
    if alignment.complete and alignment.read:
        names = _other_given_names(alignment.read, authors.people, name_of)
        if names:
            return FieldComparison(
                Field.AUTHORS,
                Verdict.DIFFERS,
                printed,
                recorded,
                DifferenceKind.GIVEN_NAME,
                names,
                matched=len(alignment.read),
            )
        return agrees(Field.AUTHORS, printed, recorded, matched=len(alignment.read))
    if authors.bodies and all(
        authors.is_of_body(text, at) or reads_as_group_word(text.keys[at]) for at in range(first, end)
    ):
        return not_judged(Field.AUTHORS, printed, recorded)
    read = best_alignment(reader, authors, first)
    unexplained = _unexplained_names(reader, authors, first, read)
    if not read and all(_is_not_a_name(span, text) for span in unexplained):
        return not_judged(Field.AUTHORS, printed, recorded)
    differences = _differences(reader, authors, read, unexplained, name_of)
    if names := _other_given_names(read, authors.people, name_of):
        differences.append((DifferenceKind.GIVEN_NAME, names))
    if not differences:
        return agrees(Field.AUTHORS, printed, recorded, matched=len(read))
    kinds = [kind for kind, _ in differences]
    kind = kinds[0] if read or kinds[0] is DifferenceKind.MISSPELT else DifferenceKind.NO_AUTHOR
    message, *also = (message for _, message in differences)
    matched = len(read) + kinds.count(DifferenceKind.MISSPELT)
    return FieldComparison(
        Field.AUTHORS, Verdict.DIFFERS, printed, recorded, kind, message, tuple(also), matched=matched
    )


def _printed_name(text: CleanText, reading: AuthorReading) -> PrintedName:
    words = [(text.words[at], text.keys[at]) for at in range(*reading.given)]
    given = [word for word, key in words if key not in SUFFIXES and (key not in DEGREES or word.istitle())]
    return PrintedName(text.slice(reading.first, reading.end), given)


def _other_given_names(
    read: dict[int, AuthorReading], people: list[Person], name_of: Callable[[AuthorReading], PrintedName]
) -> str:
    """A sentence on the authors whose given names are others than the record's; empty where there are none."""
    names = ((name_of(reading), people[number]) for number, reading in sorted(read.items()) if reading.fits)
    others = [(name, person) for name, person in names if contradict(name.given, person.given_words)]
    if not others:
        return ""
    listed = "; ".join(f'cited "{name.text}", record {person.full_display}' for name, person in others[:_MOST_NAMED])
    more = f"; and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    return f"given name{'s differ' if len(others) > 1 else ' differs'}: {listed}{more}"


def judge_bodies(text: CleanText, first: int, end: int, authors: AuthorList, title: str) -> FieldComparison:
    """Compare groups that are printed as the only authors with the record's groups; its title may name them, too.

    PubMed lists groups since 2001; the caller knows whether the record's list can hold them.
    """
    printed = text.slice(first, end)
    own = [at for at in range(first, end) if not reads_as_group_word(text.keys[at])]
    recorded = ", ".join(" ".join(body) for body in authors.bodies)
    is_of_authors = not _OF_AUTHORS.isdisjoint(text.keys[first:end])
    if not own or not (authors.people or authors.bodies or is_of_authors):
        return not_judged(Field.AUTHORS, printed)
    if all(authors.is_of_body(text, at) for at in own):
        return agrees(Field.AUTHORS, printed, recorded, matched=1)
    if _is_explained(text, (first, end), authors, title):
        return not_judged(Field.AUTHORS, printed, recorded)
    message = f'"{printed}" is not an author of the record and not in its title'
    kind = DifferenceKind.NO_AUTHOR
    return FieldComparison(Field.AUTHORS, Verdict.DIFFERS, printed, recorded, kind, message)


def _is_explained(text: CleanText, group: tuple[int, int], authors: AuthorList, title: str) -> bool:
    """Whether a printed group may be the record's: one of its acronyms or half of its other words is there.

    An acronym in the title may shorten the printed words, and a printed one the words of the title.
    """
    titled = tuple(filter(None, CleanText(clean(title)).keys))
    runs = _initials_of(titled)
    if not set(titled).isdisjoint(_initials_of(text.keys[slice(*group)])):
        return True
    own = [at for at in range(*group) if not reads_as_group_word(text.keys[at])]
    known = {at for at in own if text.keys[at] in titled or authors.is_of_body(text, at)}
    acronyms = [at for at in own if len(text.words[at]) >= _SHORTEST_ACRONYM and text.words[at].isupper()]
    if acronyms:
        return any(at in known or any(text.keys[at] in run for run in runs) for at in acronyms)
    words = [at for at in own if len(text.keys[at]) > _SHORTEST_ACRONYM] or own
    return 2 * len(known.intersection(words)) >= len(words)


def _initials_of(keys: Sequence[str]) -> tuple[str, str]:
    """The first letters of all words, and of those that are not short."""
    words = [key for key in keys if key]
    return "".join(key[0] for key in words), "".join(key[0] for key in words if len(key) > _SHORTEST_ACRONYM)


def reads_as_group_word(key: str) -> bool:
    """Whether a word is of any group's name: "study", "investigators", "the"."""
    return not key or key in GROUP_WORDS or key in {"the", "for", "and", "et", "al", "research", "working"}


def contradiction_of(text: CleanText, first: int, end: int, authors: AuthorList) -> str:
    """Why the names of a citation without a title are those of another work; empty where they may be the record's."""
    if not authors.people:
        return "none of the cited authors is in the record"
    reader = AuthorReader(text, end, authors.families)
    read = best_alignment(reader, authors, first)
    unexplained = _unexplained_names(reader, authors, first, read)
    # A misspelt first name counts as the first author's; names of three letters and fewer are rather others.
    leading = text.keys[first : next((at for at in range(first + 1, end) if _separates_names(text, at)), end)]
    names = [name for name in authors.people[0].full_names if len(name) > _SHORTEST_MISSPELT]
    is_misspelt = 0 not in read and any(
        is_near_spelling(name, key) for name in names for key in leading if len(key) > _SHORTEST_MISSPELT
    )
    known, foreign = len(read) + is_misspelt, len(unexplained) - is_misspelt
    if not known:
        return "none of the cited authors is in the record"
    if foreign > known:
        return "most of the cited authors are not in the record"
    is_first = 0 in read or is_misspelt
    if not is_first and (foreign or (known == 1 and not any(reading.fits for reading in read.values()))):
        return "the first cited author is not in the record"
    return ""


def _separates_names(text: CleanText, at: int) -> bool:
    return "," in text.before(at) or not text.keys[at] or _separates_authors(text.before(at), text.words[at])


def _is_not_a_name(span: tuple[int, int], text: CleanText) -> bool:
    words = text.words[span[0] : span[1]]
    return any(text.keys[at] in GROUP_WORDS for at in range(*span)) or not any(w[0].isupper() for w in words)


def _unexplained_names(
    reader: AuthorReader, authors: AuthorList, first: int, read: dict[int, AuthorReading]
) -> list[tuple[int, int]]:
    """Printed names that are not an author's, nor of one of the record's bodies, as word ranges."""
    text = reader.text
    explained = {at for reading in read.values() for at in range(reading.first, reading.end)}
    for at in range(first, reader.end):
        if at not in explained and (others := others_end(text, at, reader.end)) is not None:
            explained |= set(range(at, others))
    spans: list[tuple[int, int]] = []
    for at in range(first, reader.end):
        key = text.keys[at]
        if at in explained or reader.is_optional(at):
            continue
        if key.isdigit():
            if spans and spans[-1][1] == at and text.before(at).isspace():  # "UKPDS 34 Investigators"
                spans[-1] = (spans[-1][0], at + 1)
            continue
        begins = (
            not spans
            or spans[-1][1] != at
            or ";" in text.before(at)
            or ("," in text.before(at) and not _are_initials_of_name(text, at))
        )
        if begins:
            spans.append((at, at + 1))
        else:
            spans[-1] = (spans[-1][0], at + 1)
    spans = [span for span in spans if not all(authors.is_of_body(text, at) for at in range(*span))]
    return [span for span in spans if any(not is_initials(text.words[at]) for at in range(*span)) or not read]


def _are_initials_of_name(text: CleanText, at: int) -> bool:
    """Whether this word can be the initials of the name before it: not "O'Toole", nor "OCT Research Group"."""
    next_key = text.keys[at + 1] if at + 1 < len(text) else ""
    return is_initials(text.words[at]) and text.before(at + 1) != "'" and next_key not in {*GROUP_WORDS, "research"}


def _differences(
    reader: AuthorReader,
    authors: AuthorList,
    read: dict[int, AuthorReading],
    unexplained: list[tuple[int, int]],
    name_of: Callable[[AuthorReading], PrintedName],
) -> list[tuple[DifferenceKind, str]]:
    """What is wrong with the list, each with a sentence on it."""
    text, people = reader.text, authors.people
    missing = _missing(reader, read)
    differences = [
        _explain(text, span, authors, read, missing)
        for span in unexplained
        if not any(text.keys[at] in GROUP_WORDS for at in range(*span))
    ]
    for number, reading in sorted(read.items()):
        if reading.fits is False and not have_a_form(name_of(reading).given, people[number].given_words):
            printed = text.slice(reading.first, reading.end)
            message = f'author "{printed}" has different initials in the record: {people[number].display}'
            differences.append((DifferenceKind.INITIALS, message))
    if missing:
        names = ", ".join(people[number].display for number in missing[:3])
        message = f"author {names} is missing" if len(missing) == 1 else f"authors {names} are missing"
        differences.append((DifferenceKind.MISSING, message))
    return differences


def _missing(reader: AuthorReader, read: dict[int, AuthorReading]) -> list[int]:
    """Authors between two printed neighbours (or before the first) with no "et al" there."""
    missing: list[int] = []
    before, start = -1, 0
    for number, reading in sorted(read.items()):
        gaps = (et_al_end(reader.text, at, reader.end) for at in range(start, reading.first + 1))
        if all(gap is None for gap in gaps):
            missing += range(before + 1, number)
        before, start = number, reading.end
    return missing


def _explain(
    text: CleanText, span: tuple[int, int], authors: AuthorList, read: dict[int, AuthorReading], missing: list[int]
) -> tuple[DifferenceKind, str]:
    """What is wrong with a printed name that is not an author's; an author whom it explains is `missing` no more."""
    printed = text.slice(*span)
    words = [text.keys[at] for at in range(*span) if not is_initials(text.words[at])] or text.keys[span[0] : span[1]]
    spellings = ("".join(words), *words)
    unread = [(number, person) for number, person in enumerate(authors.people) if number not in read]
    for number, person in unread:
        if any(name in spellings for name in person.full_names):
            if number in missing:
                missing.remove(number)
            return DifferenceKind.ORDER, f'author "{printed}" is in a different position in the record'
    for number, person in unread:
        if any(is_near_spelling(name, word) for name in person.full_names for word in spellings):
            if number in missing:
                missing.remove(number)
            return DifferenceKind.MISSPELT, f'author "{printed}" is spelled {person.display} in the record'
    if missing:
        expected = authors.people[missing.pop(0)].display
        return (
            DifferenceKind.ANOTHER_NAME,
            f'author "{printed}" is not in the record; the record has {expected} in this position',
        )
    return DifferenceKind.ANOTHER_NAME, f'author "{printed}" is not in the record'
