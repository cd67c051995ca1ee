"""One author: the ways to write a name, and whether printed initials can be this person's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz.distance import OSA

from evidence.matching.text import CleanText, clean, fold, loose
from evidence.matching.verdict import DifferenceKind, Field, FieldComparison, Verdict, agrees, not_judged
from evidence.model.records import Author

# One author: the ways to write a name, and whether printed initials can be this person's.

PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "du",
        "la",
        "le",
        "les",
        "ten",
        "ter",
        "te",
        "zu",
        "zum",
        "zur",
        "vom",
        "el",
        "al",
        "af",
        "av",
        "e",
        "y",
        "d'",
        "d",
        "do",
        "dal",
        "degli",
        "bin",
        "ibn",
        "ben",
        "abu",
        "af",
        "st",
        "san",
        "santa",
        "li",
        "lo",
        "'t",
        "op",
        "in",
    ]
)
"""Particles are particles only in lower case: "Li" is a surname."""

SUFFIXES = frozenset(
    ["jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "4th", "5th", "6th", "2d", "3d", "filho", "neto", "junior", "senior"]
)
SUFFIXES_OR_NAMES = frozenset(["filho", "neto", "junior", "senior"])
"""Suffixes in some names, family names in others: never behind a comma."""

DEGREES = frozenset(
    [
        "md",
        "phd",
        "msc",
        "mph",
        "bsc",
        "ba",
        "ma",
        "mba",
        "mbbs",
        "frcp",
        "frcs",
        "dds",
        "dmd",
        "do",
        "dvm",
        "rn",
        "msn",
        "ms",
        "bs",
        "pharmd",
        "psyd",
        "esq",
        "facs",
        "facp",
        "mbchb",
        "dr",
        "prof",
        "drph",
        "edd",
        "scd",
        "dsc",
        "dphil",
        "fracp",
        "frcpc",
        "mrcp",
        "np",
        "pa",
        "bpharm",
        "mpharm",
        "jd",
        "llm",
        "meng",
        "bm",
        "bch",
        "ao",
    ]
)
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Person:
    """An author's keys: whole family names, halves of compound ones, initials and forenames.

    `loose` are the whole names with transliterated umlauts alike.
    """

    shown: str
    whole: tuple[str, ...]
    halves: tuple[str, ...]
    loose: frozenset[str]
    initials: str
    given: tuple[str, ...]


@lru_cache(1 << 15)
def person_of(author: Author) -> Person | None:
    """The keys of a person; None for a collective author or a name without letters."""
    name = clean(author.family)
    text = CleanText(name)
    if author.collective or not any(text.keys):
        return None
    whole = [text.joined.text]
    start = 0
    while start < len(text) - 1 and (text.words[start].islower() and text.keys[start] in PARTICLES):
        start += 1
    bare = "".join(text.keys[start:])
    dirt = [k for k in text.keys if k not in SUFFIXES and k not in DEGREES]
    for key in (bare, "".join(dirt)):
        if key and key not in whole:
            whole.append(key)
    umlauts = _transliterated(name)
    if umlauts not in whole:
        whole.append(umlauts)
    rest = [key for key in text.keys[start:] if key]
    halves = _halves(rest)
    given = CleanText(clean(author.given))
    initials = "".join(fold(letter) for letter in _LETTERS.findall(clean(author.initials))) or "".join(
        key[0] for key in given.keys if key
    )
    shown = f"{author.family} {author.initials}".strip()
    looser = frozenset("".join(loose(k) for k in CleanText(n).keys) for n in (name,)) | {loose(bare)}
    return Person(shown, tuple(whole), halves, looser, initials, tuple(k for k in given.keys if k))


def _halves(rest: list[str]) -> tuple[str, ...]:
    if len(rest) < 2:
        return ()
    parts = [part for part in rest if len(part) > 2 and part not in PARTICLES]
    joined = ["".join(rest[:n]) for n in range(2, len(rest))] + ["".join(rest[n:]) for n in range(1, len(rest) - 1)]
    return tuple(dict.fromkeys([*joined, *parts]))


def _transliterated(name: str) -> str:
    spelt = name.lower()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ø", "oe"), ("å", "aa")):
        spelt = spelt.replace(umlaut, letters)
    return CleanText(spelt).joined.text


def initials_fit(printed: str, who: Person) -> bool:
    """Whether printed initials can be this person's: one run is within the other, in order.

    The print may know more than the record, and less.
    """
    if not printed or not (who.initials or who.given):
        return True
    spelt = "".join(word[0] for word in who.given)
    return any(_within(printed, own) or _within(own, printed) for own in (who.initials, spelt) if own)


def _within(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)


def is_forename(key: str, who: Person) -> bool:
    """Whether a printed word is one of the person's forenames, or shortens one."""
    return any(
        key == word or (len(key) > 1 and (word.startswith(key) or key.startswith(word)))
        for word in who.given
        if len(word) > 1
    )


# Reading one author's name at one place of the printed list, family first or given name first.

_LONGEST_INITIALS = 4
_MOST_GIVEN_NAMES = 6
_MOST_PARTICLES = 8


@dataclass(frozen=True, slots=True)
class AuthorReading:
    """An author found at words `first` to `behind`. `fits` is None when no given name is printed."""

    first: int
    behind: int
    whole: bool
    fits: bool | None
    given: str = ""
    family_first: bool = True

    @property
    def certain(self) -> bool:
        """A whole family name whose initials do not speak against it."""
        return self.whole and self.fits is not False


def is_initials(text: str) -> bool:
    """Whether a printed word can be a run of initials."""
    return (
        len(text) <= 4
        and text.isalpha()
        and (text.isupper() or len(text) == 1 or (len(text) == 2 and text[0].isupper()))
    )


def _stops(before: str, word: str) -> bool:
    return ";" in before or "&" in before or word in {"and", "And", "AND"} or ":" in before


class AuthorReader:
    """Reads names in one zone of a text. `families` are the record's first family-name words."""

    def __init__(self, text: CleanText, behind: int, families: frozenset[str]) -> None:
        self.text = text
        self.behind = behind
        self.families = families

    def family(self, at: int, who: Person, *, half: bool = False) -> int | None:
        """The word behind the person's family name, if it stands here."""
        joined = self.text.joined
        for start in range(at, min(at + _MOST_PARTICLES, self.behind)):
            for key in who.halves if half else who.whole:
                behind = joined.match_at(start, key)
                if behind is not None and behind <= self.behind:
                    return behind
            if half or not (self.text.words[start].islower() and self.text.keys[start] in PARTICLES):
                return None
        return None

    def readings(self, at: int, who: Person) -> list[AuthorReading]:
        """Every way in which this person can be read here, the best first."""
        found = [self.family_first(at, who), self.given_first(at, who)]
        if found == [None, None]:
            found = [self.family_first(at, who, half=True), self.given_first(at, who, half=True)]
        return sorted((r for r in found if r), key=lambda r: (r.certain, r.fits is True), reverse=True)

    def family_first(self, at: int, who: Person, *, half: bool = False) -> AuthorReading | None:
        """Family name, then given names or initials, then suffixes."""
        behind = self.family(at, who, half=half)
        if behind is None:
            return None
        if half:
            behind = self._rest_of_compound(behind, who)
        end, letters = self._given_run(behind, who)
        return AuthorReading(at, end, not half, initials_fit(letters, who) if letters else None, letters)

    def _rest_of_compound(self, at: int, who: Person) -> int:
        while at < self.behind and self.text.keys[at] in who.halves and "," not in self.text.before(at):
            at += 1
        return at

    def _given_run(self, at: int, who: Person) -> tuple[int, str]:
        """The word behind the given names that follow a family name, and their initials."""
        start, letters, comma_used = at, "", False
        while at < self.behind:
            if self._is_suffix(at, letters, who):
                at += 1
                continue
            comma = "," in self.text.before(at)
            if self._ends_run(at, start, letters, who) or (
                comma and (comma_used or letters or not self._may_be_given(at, who))
            ):
                break
            comma_used = comma_used or comma
            taken = self._given_letters(at, letters, who, behind_comma=comma_used)
            if taken is None:
                break
            letters += taken
            at += 1
        return at, letters

    def _ends_run(self, at: int, start: int, letters: str, who: Person) -> bool:
        """Whether a new author, or a new sentence, begins here."""
        before = self.text.before(at)
        if _stops(before, self.text.words[at]):
            return True
        if letters and "." in before and len(letters) >= len(who.initials):
            return True
        after_word = at > start and ". " in before and len(self.text.words[at - 1]) > _LONGEST_INITIALS
        return after_word and not is_forename(self.text.keys[at - 1], who)

    def _given_letters(self, at: int, letters: str, who: Person, *, behind_comma: bool) -> str | None:
        """The initials that this word adds; "" for a particle, None when it is no given name."""
        word, key = self.text.words[at], self.text.keys[at]
        if word.islower() and key in PARTICLES:
            lone = not letters and len(key) == 1
            another = at + 1 < self.behind and "," in self.text.before(at)
            return None if lone or another else ""
        if (self._is_own(at, letters, who) or is_initials(word)) and not (
            letters and key in self.families and len(key) > 2
        ):
            return key
        if is_forename(key, who) or (behind_comma and self._may_be_given(at, who)):
            return key[0]
        return None

    def _is_own(self, at: int, letters: str, who: Person) -> bool:
        """Whether the record has these very initials ("AIa", "Vde A"), or the start of a longer run."""
        word, key = self.text.words[at], self.text.keys[at]
        if not key or not word[0].isupper() or not who.initials:
            return False
        fuller = word.isupper() and not letters and key[0] == who.initials[0] and initials_fit(key, who)
        return who.initials.startswith(letters + key) or fuller

    def _is_suffix(self, at: int, letters: str, who: Person) -> bool:
        is_suffix = self.text.keys[at] in SUFFIXES and not self._is_own(at, letters, who)
        return is_suffix and not self._is_no_suffix(at, letters)

    def _is_no_suffix(self, at: int, letters: str) -> bool:
        """Behind a comma "Filho" is another author; right behind a name "SR" is initials."""
        word, key = self.text.words[at], self.text.keys[at]
        if "," in self.text.before(at):
            return key in SUFFIXES_OR_NAMES
        return not letters and word.isupper() and key in {"jr", "sr"}

    def _may_be_given(self, at: int, who: Person) -> bool:
        word, key = self.text.words[at], self.text.keys[at]
        if is_initials(word) or is_forename(key, who):
            return True
        return word[0].isupper() and bool(who.initials) and key[:1] == who.initials[0] and key not in self.families

    def given_first(self, at: int, who: Person, *, half: bool = False) -> AuthorReading | None:
        """Given names or initials, then the family name; the last one, where a forename is spelt like it."""
        text, letters, start = self.text, "", at
        found: AuthorReading | None = None
        while at < self.behind and at - start < _MOST_GIVEN_NAMES:
            before, word, key = text.before(at), text.words[at], text.keys[at]
            if not key or (at > start and ("," in before or _stops(before, word))):
                break
            behind = self.family(at, who, half=half) if letters else None
            if behind is not None:
                fits = initials_fit(letters, who)
                found = AuthorReading(start, self._suffixes(behind), not half, fits, letters, family_first=False)
            taken = self._given_before(at, who)
            if taken is None:
                break
            letters += taken
            at += 1
        return found

    def _given_before(self, at: int, who: Person) -> str | None:
        word, key = self.text.words[at], self.text.keys[at]
        if is_initials(word):
            return key
        if is_forename(key, who) or word[0].isupper():
            return key[0]
        return "" if key in PARTICLES else None

    def _suffixes(self, at: int) -> int:
        while at < self.behind and self.text.keys[at] in SUFFIXES:
            at += 1
        return at

    def is_optional(self, at: int) -> bool:
        """Words of a list that name nobody: "and", "et al", suffixes, degrees, particles, editors."""
        key, word = self.text.keys[at], self.text.words[at]
        return (
            not key
            or key in SUFFIXES
            or key
            in {"et", "al", "eds", "ed", "editor", "editors", "others", "alii", "colleagues", "with", "for", "the"}
            or (key in DEGREES and (word.isupper() or not word.islower()))
            or (word.islower() and key in PARTICLES)
        )


# The author list: the record's names aligned, in order, with the words of the printed list.

_GROUP_WORDS = frozenset(
    [
        "group",
        "groups",
        "study",
        "investigators",
        "collaborators",
        "consortium",
        "network",
        "team",
        "committee",
        "society",
        "association",
        "trial",
        "members",
        "on",
        "behalf",
        "of",
        "working",
        "force",
        "task",
        "initiative",
        "collaboration",
        "council",
        "registry",
        "project",
        "program",
        "centre",
        "center",
        "alliance",
        "organization",
        "organisation",
        "federation",
        "college",
        "academy",
        "agency",
        "institute",
        "department",
        "ministry",
        "guideline",
        "guidelines",
    ]
)
_ELLIPSIS = ("...", ". . .", "\u2026")
_SLOW_NODES = 1500


@dataclass(frozen=True, slots=True)
class AuthorDifference:
    """One thing wrong with the list."""

    kind: DifferenceKind
    message: str


@dataclass(slots=True)
class AuthorAlignment:
    """Which author was read where; `behind` is the word behind the last name that was read."""

    read: dict[int, AuthorReading] = field(default_factory=dict)
    behind: int = 0
    complete: bool = False


class AuthorList:
    """The record's persons and bodies, ready to be looked for."""

    def __init__(self, authors: tuple[Author, ...]) -> None:
        self.people: list[Person] = [who for who in map(person_of, authors) if who is not None]
        self.body_words = frozenset(key for a in authors if a.collective for key in CleanText(a.collective).keys if key)
        families = {key for a in authors for key in CleanText(a.family).keys if len(key) > 1}
        self.families = frozenset(families)


def et_al_end(text: CleanText, at: int, behind: int) -> int | None:
    """The word behind "et al", "and others" or an ellipsis that stands here."""
    if at < behind and text.keys[at] == "et" and at + 1 < behind and text.keys[at + 1] in {"al", "alii", "alia"}:
        return at + 2
    if at < behind and text.keys[at] == "etal":
        return at + 1
    if at < behind and not text.keys[at]:
        return et_al_end(text, at + 1, behind) or (
            at + 2 if at + 1 < behind and text.keys[at + 1] in {"others", "colleagues"} else None
        )
    return at if at and any(dots in text.before(at) for dots in _ELLIPSIS) else None


def align_in_order(reader: AuthorReader, authors: AuthorList, first: int) -> AuthorAlignment:
    """Read the list name by name from the front: the quick way, which right citations go."""
    done, at, number = AuthorAlignment(behind=first), first, 0
    people, behind = authors.people, reader.behind
    while at < behind and number < len(people):
        found = next((r for r in reader.readings(at, people[number]) if r.certain), None)
        if found is not None:
            done.read[number] = found
            at, number = found.behind, number + 1
            continue
        skipped = et_al_end(reader.text, at, behind)
        resumed = (at, number) if skipped is None else _after_gap(reader, authors, skipped, number)
        if resumed != (at, number):
            at, number = resumed
        elif reader.is_optional(at) or reader.text.keys[at] in authors.body_words:
            at += 1
        else:
            break
    while at < behind and (reader.is_optional(at) or _is_body(reader, authors, at)):
        at += 1
    done.behind, done.complete = at, at >= behind
    return done


def _after_gap(reader: AuthorReader, authors: AuthorList, at: int, number: int) -> tuple[int, int]:
    while at < reader.behind and reader.is_optional(at):
        at += 1
    for later in range(len(authors.people) - 1, number - 1, -1):
        if at < reader.behind and any(r.certain for r in reader.readings(at, authors.people[later])):
            return at, later
    return at, number


def _is_body(reader: AuthorReader, authors: AuthorList, at: int) -> bool:
    key = reader.text.keys[at]
    return key in authors.body_words or key in _GROUP_WORDS


def best_alignment(reader: AuthorReader, authors: AuthorList, first: int) -> dict[int, AuthorReading]:
    """The run of names, in the record's order, that explains most of the printed list."""
    nodes: list[tuple[int, AuthorReading, float]] = []
    for at in range(first, reader.behind):
        for number, who in enumerate(authors.people):
            nodes += [(number, reading, _worth(reading)) for reading in reader.readings(at, who)]
        if len(nodes) > _SLOW_NODES:
            break
    best: list[tuple[float, int]] = []
    for i, (number, reading, worth) in enumerate(nodes):
        score, came_from = worth - 0.05 * number * (not best), -1
        for j in range(i):
            before, earlier, _ = nodes[j]
            if before < number and earlier.behind <= reading.first:
                close = 0.4 * (before + 1 == number) + 0.2 * (earlier.behind == reading.first)
                if best[j][0] + worth + close > score:
                    score, came_from = best[j][0] + worth + close, j
        best.append((score, came_from))
    read: dict[int, AuthorReading] = {}
    at = max(range(len(nodes)), key=lambda i: best[i][0]) if nodes else -1
    while at >= 0:
        read[nodes[at][0]] = nodes[at][1]
        at = best[at][1]
    return read


def _worth(reading: AuthorReading) -> float:
    worth = 3.0 if reading.whole else 1.5
    return worth + (1.5 if reading.fits else -1.2 if reading.fits is False else 0.0)


def judge_authors(text: CleanText, first: int, behind: int, authors: AuthorList) -> FieldComparison:
    """Compare the words `first` to `behind` with the record's authors."""
    printed = text.slice(first, behind)
    if not authors.people or first >= behind:
        return not_judged(Field.AUTHORS, printed)
    reader = AuthorReader(text, behind, authors.families)
    quick = align_in_order(reader, authors, first)
    shown = _shown(authors.people)
    if quick.complete and quick.read:
        return agrees(Field.AUTHORS, printed, shown, matched=len(quick.read))
    read = best_alignment(reader, authors, first)
    leftover = _leftover(reader, authors, first, read)
    if not read and not leftover:
        return not_judged(Field.AUTHORS, printed, shown)
    if not read and all(_nameless(group, text) for group in leftover):
        return not_judged(Field.AUTHORS, printed, shown)
    troubles = _troubles(reader, authors, read, leftover)
    if not troubles:
        return agrees(Field.AUTHORS, printed, shown, matched=len(read))
    kind = troubles[0].kind if read or troubles[0].kind is DifferenceKind.MISSPELT else DifferenceKind.NO_AUTHOR
    told = tuple(t.message for t in troubles)
    misspelt = sum(t.kind is DifferenceKind.MISSPELT for t in troubles)
    return FieldComparison(
        Field.AUTHORS, Verdict.DIFFERS, printed, shown, kind, told[0], told[1:], matched=len(read) + misspelt
    )


def _shown(people: list[Person], limit: int = 4) -> str:
    names = [who.shown for who in people[:limit]]
    return ", ".join(names) + (", et al." if len(people) > limit else "")


def _nameless(group: tuple[int, int], text: CleanText) -> bool:
    words = text.words[group[0] : group[1]]
    return any(text.keys[at] in _GROUP_WORDS for at in range(*group)) or not any(w[0].isupper() for w in words)


def _leftover(
    reader: AuthorReader, authors: AuthorList, first: int, read: dict[int, AuthorReading]
) -> list[tuple[int, int]]:
    """Printed names that no author explains, as word ranges."""
    text = reader.text
    taken = {at for reading in read.values() for at in range(reading.first, reading.behind)}
    groups: list[tuple[int, int]] = []
    for at in range(first, reader.behind):
        if at in taken or reader.is_optional(at) or text.keys[at] in authors.body_words or text.keys[at].isdigit():
            continue
        new = (
            not groups
            or groups[-1][1] != at
            or ";" in text.before(at)
            or ("," in text.before(at) and not is_initials(text.words[at]))
        )
        if new:
            groups.append((at, at + 1))
        else:
            groups[-1] = (groups[-1][0], at + 1)
    return [g for g in groups if any(not is_initials(text.words[at]) for at in range(*g)) or not read]


def _troubles(
    reader: AuthorReader, authors: AuthorList, read: dict[int, AuthorReading], leftover: list[tuple[int, int]]
) -> list[AuthorDifference]:
    text, people = reader.text, authors.people
    missing = _missing(reader, read)
    troubles: list[AuthorDifference] = []
    for group in leftover:
        if any(text.keys[at] in _GROUP_WORDS for at in range(*group)):
            continue
        troubles.append(_unexplained(text, group, authors, read, missing))
    for number, reading in sorted(read.items()):
        if reading.fits is False:
            printed = text.slice(reading.first, reading.behind)
            troubles.append(
                AuthorDifference(DifferenceKind.INITIALS, f'author "{printed}" is {people[number].shown} in the record')
            )
    names = ", ".join(people[number].shown for number in missing[:3])
    if missing:
        troubles.append(
            AuthorDifference(
                DifferenceKind.MISSING,
                f"author {names} is missing" if len(missing) == 1 else f"authors {names} are missing",
            )
        )
    return troubles


def _missing(reader: AuthorReader, read: dict[int, AuthorReading]) -> list[int]:
    """Authors between two printed neighbours (or before the first) with no "et al" there."""
    missing: list[int] = []
    before, start = -1, 0
    for number, reading in sorted(read.items()):
        gaps = (et_al_end(reader.text, at, reader.behind) for at in range(start, reading.first + 1))
        if all(gap is None for gap in gaps):
            missing += range(before + 1, number)
        before, start = number, reading.behind
    return missing


def _unexplained(
    text: CleanText, group: tuple[int, int], authors: AuthorList, read: dict[int, AuthorReading], missing: list[int]
) -> AuthorDifference:
    printed = text.slice(*group)
    words = [text.keys[at] for at in range(*group) if not is_initials(text.words[at])] or text.keys[group[0] : group[1]]
    whole = "".join(words)
    unread = [n for n in range(len(authors.people)) if n not in read]
    for number in unread:
        who = authors.people[number]
        if any(name in (whole, *words) for name in who.whole):
            if number in missing:
                missing.remove(number)
            return AuthorDifference(
                DifferenceKind.ORDER, f'author "{printed}" stands in another place than in the record'
            )
    for number in unread:
        who = authors.people[number]
        if any(is_near_spelling(name, word) for name in who.whole for word in (whole, *words)):
            if number in missing:
                missing.remove(number)
            return AuthorDifference(DifferenceKind.MISSPELT, f'author "{printed}" is spelt {who.shown} in the record')
    if missing:
        expected = authors.people[missing.pop(0)]
        return AuthorDifference(
            DifferenceKind.ANOTHER_NAME, f'author "{printed}" is not in the record, which has {expected.shown} here'
        )
    return AuthorDifference(DifferenceKind.ANOTHER_NAME, f'author "{printed}" is not in the record')


def is_near_spelling(name: str, word: str) -> bool:
    """Whether a printed name is a near spelling: one letter up to five letters, else two."""
    allowed = 1 if len(name) <= 5 else 2
    return abs(len(name) - len(word)) <= allowed and OSA.distance(name, word, score_cutoff=allowed) <= allowed
