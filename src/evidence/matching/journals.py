"""Journal names: the record's forms, and whether a printed run of words is one of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from evidence.matching.text import CleanText, clean
from evidence.matching.verdict import Field, FieldComparison, Verdict, agrees, not_judged
from evidence.model.records import Journal
from evidence.model.regex import regex

STOP_WORDS = frozenset(
    """
    the of and in for on an a de la le les du des der die das und et y e del el los della delle dei di i to
    fur für zur & van voor och og da do dos
    """.split()  # noqa: SIM905 - a list of words
)
_QUALIFIER = regex(r"(?<!\s)\s*+[\[(][^\])]{0,200}+[\])]")
_BRANCHES = (" : ", " = ", " / ")
_NICKNAMES = {
    **dict.fromkeys(
        ("cochrane", "cochranelibrary", "cochranedatabase", "cochranereview", "cochranereviews", "cochranesystrev"),
        ("cochrane database syst rev",),
    ),
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
    """All forms of a journal's name, longest first; `display` is the one to print, `noun` what messages call it."""

    display: str
    forms: tuple[JournalForm, ...]
    nicknames: frozenset[str]
    noun: str = "journal"


@lru_cache(1 << 13)
def journal_names(journal: Journal) -> JournalNames:
    """The forms of Title, ISOAbbreviation and MedlineTA, each also without its qualifiers and branches."""
    written: list[str] = []
    for name in (journal.title, journal.iso, journal.medline_ta):
        full = clean(name)
        bare = _QUALIFIER.sub("", full)
        written += [full, bare]
        for branch in _BRANCHES:
            written += [part for text in (full, bare) for part in text.split(branch)[:2] if branch in text]
    written += [name[4:] for name in written if name[:4].lower() == "the "]
    forms = {form.key: form for form in map(_form, written) if form.key and not form.key.isdigit()}
    bare_ta = " ".join(CleanText(_QUALIFIER.sub("", journal.medline_ta or journal.iso)).keys)
    nicknames = frozenset(nickname for nickname, meant in _NICKNAMES.items() if bare_ta in meant)
    ordered = sorted(forms.values(), key=lambda form: len(form.key), reverse=True)
    return JournalNames(journal.iso or journal.medline_ta or journal.title, tuple(ordered), nicknames)


@lru_cache(1 << 15)
def _form(name: str) -> JournalForm:
    keys = [key for key in CleanText(name).keys if key]
    words = tuple(key for key in keys if key not in STOP_WORDS) or tuple(keys)
    return JournalForm("".join(keys), words, "".join(k[0] for k in keys), "".join(w[0] for w in words))


def is_name(text: CleanText, first: int, end: int, names: JournalNames) -> bool:
    """Whether these words, all of them, are a form of the journal's name, in full or abbreviated."""
    keys = [key for key in text.keys[first:end] if key]
    if not keys:
        return False
    key = "".join(keys)
    words = tuple(k for k in keys if k not in STOP_WORDS) or tuple(keys)
    bare = "".join(words)
    if bare in names.nicknames:
        return True
    letters = text.slice(first, end).replace(".", "").replace(" ", "")
    is_acronym = letters.isupper() and 2 <= len(letters) <= 8
    for form in names.forms:
        if key == form.key or bare == "".join(form.words) or _abbreviates(words, form.words):
            return True
        if is_acronym and len(key) >= 3 and (form.initials.startswith(key) or form.short_initials.startswith(key)):
            return True
        if len(form.words) == 1 and form.key == "".join(word[0] for word in words) and len(words) > 2:
            return True
    return False


def _abbreviates(words: tuple[str, ...], form: tuple[str, ...]) -> bool:
    """Word by word the same, or one a shortening of the other; a section letter may be missing."""
    if len(form) > 2 and len(form[-1]) == 1 and len(words) == len(form) - 1:
        form = form[:-1]
    if len(words) != len(form):
        return False
    if len(form) == 1:
        short, long = sorted((words[0], form[0]), key=len)
        return len(short) >= 4 and long.startswith(short)
    return all(_shortens(a, b) or _shortens(b, a) for a, b in zip(words, form, strict=True))


@lru_cache(1 << 14)
def _shortens(short: str, long: str) -> bool:
    if long.startswith(short):
        return True
    if short[0] != long[0] or len(short) > len(long):
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)


def begins_alike(text: CleanText, first: int, end: int, names: JournalNames) -> bool:
    """Whether the printed words begin a form or a form begins them: renamed journals, missing sections."""
    words = tuple(k for k in text.keys[first:end] if k and k not in STOP_WORDS)
    for form in names.forms:
        pairs = list(zip(words, form.words, strict=False))
        is_distinctive = len(pairs) > 1 and any(min(len(a), len(b)) > 2 for a, b in pairs)
        if is_distinctive and all(a.startswith(b) or b.startswith(a) for a, b in pairs):
            return True
    return False


def judge_journal(text: CleanText, span: tuple[int, int], names: JournalNames, *, located: bool) -> FieldComparison:
    """Compare the words of `span`, all of them, with the record's journal.

    `located`: volume and first page agree, so that a name which merely begins alike is enough.
    """
    first, end = span
    if first >= end or not names.forms:
        return not_judged(Field.JOURNAL, recorded=names.display)
    printed = text.slice(first, end)
    if is_name(text, first, end, names) or (located and begins_alike(text, first, end, names)):
        return agrees(Field.JOURNAL, printed, names.display)
    bare = next((at for at in range(first + 1, end) if text.before(at).lstrip().startswith(("(", "["))), end)
    if bare < end and is_name(text, first, bare, names):
        return agrees(Field.JOURNAL, printed, names.display)
    message = f'{names.noun} differs: cited "{printed}", record {names.display}'
    return FieldComparison(Field.JOURNAL, Verdict.DIFFERS, printed, names.display, message=message)
