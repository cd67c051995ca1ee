"""Journal names: the record's forms, and whether a printed run of words is one of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from evidence.matching.text import CleanText, clean
from evidence.matching.verdict import Field, FieldComparison, Verdict, agrees, not_judged
from evidence.model.records import Journal

_STOP_WORDS = frozenset(
    [
        "the",
        "of",
        "and",
        "in",
        "for",
        "on",
        "an",
        "a",
        "de",
        "la",
        "le",
        "les",
        "du",
        "des",
        "der",
        "die",
        "das",
        "und",
        "et",
        "y",
        "e",
        "del",
        "el",
        "los",
        "della",
        "delle",
        "dei",
        "di",
        "i",
        "et",
        "an",
        "to",
        "und",
        "fur",
        "für",
        "zur",
        "&",
        "van",
        "voor",
        "och",
        "og",
        "da",
        "do",
        "dos",
    ]
)
_QUALIFIER = re.compile(r"(?<!\s)\s*+[\[(][^\])]{0,200}+[\])]")
_BRANCHES = (" : ", " = ", " / ")
_NICKNAMES = {
    "cochrane": ("cochrane database syst rev",),
    "cochranedatabase": ("cochrane database syst rev",),
    "mmwr": ("mmwr morb mortal wkly rep", "mmwr recomm rep", "mmwr surveill summ"),
    "bmj": ("br med j", "br med j clin res ed", "bmj"),
    "brmedj": ("bmj", "br med j clin res ed"),
    "ajrccm": ("am j respir crit care med",),
    "jnnp": ("j neurol neurosurg psychiatry",),
    "cid": ("clin infect dis",),
    "ajnr": ("ajnr am j neuroradiol",),
    "ajr": ("ajr am j roentgenol",),
    "nejm": ("n engl j med",),
    "pnas": ("proc natl acad sci u s a",),
}


@dataclass(frozen=True, slots=True)
class JournalForm:
    """One printed form of a journal's name: its joined key, its words without stop words, its initials."""

    key: str
    words: tuple[str, ...]
    initials: str
    short_initials: str


@dataclass(frozen=True, slots=True)
class JournalNames:
    """All forms of a journal's name, longest first; `shown` is the one to print."""

    shown: str
    forms: tuple[JournalForm, ...]
    nicknames: frozenset[str]

    @property
    def known(self) -> bool:
        """Whether the record names its journal at all."""
        return bool(self.forms)


@lru_cache(1 << 15)
def _form(name: str) -> JournalForm:
    keys = [key for key in CleanText(name).keys if key]
    words = tuple(key for key in keys if key not in _STOP_WORDS) or tuple(keys)
    return JournalForm("".join(keys), words, "".join(k[0] for k in keys), "".join(w[0] for w in words))


@lru_cache(1 << 13)
def journal_names(journal: Journal) -> JournalNames:
    """The forms of Title, ISOAbbreviation and MedlineTA, each also without its qualifiers and branches."""
    written: list[str] = []
    for name in (journal.title, journal.iso, journal.medline_ta):
        whole = clean(name)
        bare = _QUALIFIER.sub("", whole)
        written += [whole, bare]
        for branch in _BRANCHES:
            written += [part for text in (whole, bare) for part in text.split(branch)[:2] if branch in text]
    written += [name[4:] for name in written if name[:4].lower() == "the "]
    forms = {form.key: form for form in map(_form, written) if form.key}
    bare_ta = " ".join(CleanText(_QUALIFIER.sub("", journal.medline_ta or journal.iso)).keys)
    nicknames = frozenset(nick for nick, meant in _NICKNAMES.items() if bare_ta in meant)
    ordered = sorted(forms.values(), key=lambda form: len(form.key), reverse=True)
    return JournalNames(journal.iso or journal.medline_ta or journal.title, tuple(ordered), nicknames)


def exact_at(text: CleanText, number: int, names: JournalNames) -> int | None:
    """The word behind the longest form that stands here letter by letter."""
    for form in names.forms:
        behind = text.joined.match_at(number, form.key)
        if behind is not None:
            return behind
    return None


def is_name(text: CleanText, first: int, behind: int, names: JournalNames) -> bool:
    """Whether these words, all of them, are a form of the journal's name, in full or abbreviated."""
    keys = [key for key in text.keys[first:behind] if key]
    if not keys:
        return False
    key = "".join(keys)
    if key in names.nicknames:
        return True
    words = tuple(k for k in keys if k not in _STOP_WORDS) or tuple(keys)
    bare = "".join(words)
    letters = text.slice(first, behind).replace(".", "").replace(" ", "")
    shouted = letters.isupper() and 2 <= len(letters) <= 8
    for form in names.forms:
        if key == form.key or bare == "".join(form.words) or _abbreviates(words, form.words):
            return True
        if shouted and len(key) >= 3 and (form.initials.startswith(key) or form.short_initials.startswith(key)):
            return True
        if len(form.words) == 1 and form.key == "".join(word[0] for word in words) and len(words) > 2:
            return True
    return False


def begins_alike(text: CleanText, first: int, behind: int, names: JournalNames) -> bool:
    """Whether the printed words begin a form or a form begins them: renamed journals, missing sections."""
    words = tuple(k for k in text.keys[first:behind] if k and k not in _STOP_WORDS)
    return any(_begin_alike(words, form.words) for form in names.forms)


def _begin_alike(words: tuple[str, ...], form: tuple[str, ...]) -> bool:
    shared = min(len(words), len(form))
    pairs = list(zip(words[:shared], form[:shared], strict=True))
    telling = any(min(len(a), len(b)) > 2 for a, b in pairs)
    return shared > 1 and telling and all(a.startswith(b) or b.startswith(a) for a, b in pairs)


def _abbreviates(words: tuple[str, ...], form: tuple[str, ...]) -> bool:
    """Word by word the same, or one a shortening of the other; a section letter may be missing."""
    if len(form) > 2 and len(form[-1]) == 1 and len(words) == len(form) - 1:
        form = form[:-1]
    if len(words) != len(form):
        return False
    if len(form) == 1:
        return _is_prefix(words[0], form[0], 4)
    return all(_shortens(a, b) or _shortens(b, a) for a, b in zip(words, form, strict=True))


def _is_prefix(one: str, other: str, least: int) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= least and long.startswith(short)


@lru_cache(1 << 14)
def _shortens(short: str, long: str) -> bool:
    if long.startswith(short):
        return True
    if short[0] != long[0] or len(short) > len(long):
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)


def judge_journal(text: CleanText, zone: tuple[int, int], names: JournalNames, *, located: bool) -> FieldComparison:
    """Compare the words of `zone`, all of them, with the record's journal.

    `located`: volume and first page agree, so that a name which merely begins alike is enough.
    """
    if zone[0] >= zone[1] or not names.known:
        return not_judged(Field.JOURNAL, recorded=names.shown)
    printed = text.slice(*zone)
    if is_name(text, *zone, names) or (located and begins_alike(text, *zone, names)):
        return agrees(Field.JOURNAL, printed, names.shown)
    bare = next((at for at in range(zone[0] + 1, zone[1]) if text.before(at).lstrip().startswith(("(", "["))), zone[1])
    if bare < zone[1] and is_name(text, zone[0], bare, names):
        return agrees(Field.JOURNAL, printed, names.shown)
    message = f'journal differs: "{printed}" is printed, the record has {names.shown}'
    return FieldComparison(Field.JOURNAL, Verdict.DIFFERS, printed, names.shown, message=message)
