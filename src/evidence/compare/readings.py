"""Reading one author's name at one place of the printed list, family first or given name first."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.compare.people import DEGREES, PARTICLES, SUFFIXES, SUFFIXES_OR_NAMES, Person, initials_fit, is_given
from evidence.compare.text import CleanText

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
        return after_word and not is_given(self.text.keys[at - 1], who)

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
        if is_given(key, who) or (behind_comma and self._may_be_given(at, who)):
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
        if is_initials(word) or is_given(key, who):
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
        if is_given(key, who) or word[0].isupper():
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
