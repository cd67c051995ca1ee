"""Titles: the forms under which a record's title may be printed, and how a printed one differs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import LCSseq

from evidence.matching.text import CleanText, american, clean, loose
from evidence.matching.verdict import DifferenceKind, Field, FieldComparison, Verdict, agrees
from evidence.model.records import Article

_NOTE = re.compile(
    r"(?<!\s)\s*+[\[(](?:author'?s'? (?:transl(?:ation)?|abstract)\.?|proceedings?(?: \[proceedings\])?"
    r"|letter proceedings|letters?(?: to the editor)?|corrected|editorial|abstract|comment(?:ary)?|review|news"
    r"|biography|video|interview|retracted(?: article)?|retraction|withdrawn|historical article"
    r"|clinical conference|podcast)[\])]",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^(?:RETRACTED(?: ARTICLE)?|WITHDRAWN|Retracted|Withdrawn|REMOVED)\s*[:.]\s*")
_BRACKETED = re.compile(r"^\[(.*)\](?:\s*\.)?$")
_UNKNOWN = re.compile(r"^\[?(?:not available|in process citation)\]?\.?$", re.IGNORECASE)

SAME_WORK = 0.5
"""Word similarity (F-measure) from which two titles are one title with other words."""

_Spelling = Callable[[str], str] | None
SPELLINGS: tuple[_Spelling, ...] = (None, american, loose)


@dataclass(frozen=True, slots=True)
class Titles:
    """The forms of a record's title, longest first: with and without NLM's notes, and vernacular."""

    shown: str
    forms: tuple[str, ...]

    def key(self, form: str, spelling: _Spelling) -> str:
        """A form's words joined, in one spelling."""
        return _key(form, spelling)


@lru_cache(256)
def _key(form: str, spelling: _Spelling) -> str:
    return CleanText(form).joined_by(spelling).text


def _unbracketed(title: str) -> str:
    found = _BRACKETED.match(title)
    return found[1] if found and found[1].count("[") == found[1].count("]") else title


def _forms(title: str) -> list[str]:
    whole = _unbracketed(clean(title))
    bare = _unbracketed(_NOTE.sub("", whole))
    return [whole, bare, _PREFIX.sub("", bare)]


@lru_cache(64)
def titles_of(article: Article) -> Titles:
    """The forms to look for; none when the record has no title (or PubMed's "[Not Available].")."""
    forms: list[str] = []
    for title in (article.title, article.vernacular_title, article.book_title if article.is_book else ""):
        if title and not _UNKNOWN.match(title.strip()):
            forms += [form for form in _forms(title) if form not in forms and _key(form, None)]
    forms.sort(key=len, reverse=True)
    return Titles(clean(article.title).rstrip(".") if forms else "", tuple(forms))


def find_title(text: CleanText, titles: Titles) -> list[tuple[int, int]]:
    """Every place of the title in the text, of the first spelling and longest form that is there."""
    for spelling in SPELLINGS:
        joined = text.joined_by(spelling)
        for form in titles.forms:
            places = [place for place in joined.find_all(titles.key(form, spelling)) if _stands_alone(text, *place)]
            if places:
                return places
    return []


def _stands_alone(text: CleanText, first: int, behind: int) -> bool:
    """A title of one or two words counts only where it is bounded on both sides."""
    if behind - first > 2:
        return True
    before, after = text.before(first), text.before(behind)
    opened = first == 0 or any(mark in before for mark in '.:;)"?!,[*_') or text.keys[first - 1] == "al"
    closed = behind == len(text) or any(mark in after for mark in '.,;:"?!(])*_')
    return opened and closed


def judge_title(printed: str, titles: Titles) -> FieldComparison:
    """Compare a title that is printed by itself, or a zone that holds one, with the record's forms."""
    zone = CleanText(printed)
    for spelling in SPELLINGS:
        key = zone.joined_by(spelling).text
        if any(titles.key(form, spelling) == key for form in titles.forms):
            return agrees(Field.TITLE, printed, titles.shown)
    return max((_difference(zone, printed, form, titles.shown) for form in titles.forms), key=lambda j: j.closeness)


def _words(text: CleanText) -> list[str]:
    return [american(key) for key in text.keys if key]


def _difference(zone: CleanText, printed: str, form: str, shown: str) -> FieldComparison:
    record = CleanText(form)
    closeness = LCSseq.normalized_similarity(_words(zone), _words(record))
    here, there = _words(zone), _words(record)
    common = LCSseq.similarity(here, there)
    closeness = 2 * common / (len(here) + len(there)) if here and there else 0.0
    kind, message = _described(zone, record, closeness)
    if kind in {DifferenceKind.CUT_SHORT, DifferenceKind.HEAD_MISSING}:
        closeness = max(closeness, SAME_WORK)
    return FieldComparison(Field.TITLE, Verdict.DIFFERS, printed, shown, kind, message, closeness=closeness)


def _described(zone: CleanText, record: CleanText, closeness: float) -> tuple[DifferenceKind, str]:
    for spelling in SPELLINGS:
        here, there = zone.joined_by(spelling), record.joined_by(spelling)
        behind = there.ends.get(len(here.text)) if here.text and there.text.startswith(here.text) else None
        if behind is not None:
            return DifferenceKind.CUT_SHORT, _cut_short(record, behind)
        first = there.firsts.get(len(there.text) - len(here.text)) if there.text.endswith(here.text) else None
        if here.text and first is not None:
            return (
                DifferenceKind.HEAD_MISSING,
                f"title lacks its beginning: the record's starts {_quoted(record.slice(0, first))}",
            )
    if closeness >= SAME_WORK:
        return DifferenceKind.WORDS_DIFFER, _words_differ(zone, record)
    return DifferenceKind.ANOTHER_TITLE, f"title is another: the record's is {_quoted(record.raw)}"


def _cut_short(record: CleanText, behind: int) -> str:
    subtitle = any(mark in record.before(behind) for mark in ":.?!-(")
    goes_on = _quoted(record.slice(behind, len(record)))
    if subtitle:
        return f"title lacks its subtitle: the record goes on {goes_on}"
    return f"title is cut short: the record goes on {goes_on}"


def _words_differ(zone: CleanText, record: CleanText) -> str:
    here, there = [american(key) for key in zone.keys], [american(key) for key in record.keys]
    told: list[str] = []
    for step in LCSseq.opcodes(here, there):
        printed = zone.slice(step.src_start, step.src_end)
        recorded = record.slice(step.dest_start, step.dest_end)
        if step.tag == "equal" or not (printed or recorded):
            continue
        told.append(_step(printed, recorded))
    return "title differs from the record's: " + ", ".join(told[:3]) + (" …" if len(told) > 3 else "")


def _step(printed: str, recorded: str) -> str:
    if printed and recorded:
        return f"{_quoted(printed)} where the record has {_quoted(recorded)}"
    return f"{_quoted(printed)} is not in it" if printed else f"it lacks {_quoted(recorded)}"


def _quoted(text: str, limit: int = 120) -> str:
    short = text.strip(" .:;,-")
    if len(short) > limit:
        short = short[: limit - 1].rsplit(" ", 1)[0] + " …"
    return f'"{short}"'
