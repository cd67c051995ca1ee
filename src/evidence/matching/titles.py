"""Titles: the forms under which a record's title may be printed, and how a printed one differs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, product

from evidence.matching.notices import NoticeTitle, notice_title
from evidence.matching.text import CleanText, Spelling, american, clean, fold, loose
from evidence.matching.verdict import DifferenceKind, Field, FieldComparison, Verdict, agrees
from evidence.model.records import Article, is_retraction_notice, links, title_mark
from evidence.model.regex import regex
from evidence.model.title_marks import TitleMark, read_title

_NOTE = regex(
    r"(?<!\s)\s*+[\[(](?:author'?s'? (?:transl(?:ation)?|abstract)\.?|proceedings?(?: \[proceedings\])?"
    r"|letter proceedings|letters?(?: to the editor)?|corrected|editorial|abstract|comment(?:ary)?|review|news"
    r"|biography|video|interview|historical article|clinical conference|podcast)[\])]",
    re.IGNORECASE,
)
CHAPTER_NUMBER = regex(
    r"^(?:(?:chapter|chap\.?|part|section)\s+(?:\d{1,3}|[IVXLC]{1,6})|\d{1,3}(?:\.\d{1,3})?)(?:\s*[.:-])?\s+(?=\w)",
    re.IGNORECASE,
)
"""The number of a chapter before its title, which not every citation prints."""
_BRACKETED = regex(r"^\[(.*)\](?:\s*\.)?$")
_UNKNOWN = regex(r"^\[?(?:not available|in process citation)\]?\.?$", re.IGNORECASE)

_SERIAL = regex(r"\b(?:part|no|pt|number)?\.?\s*([ivx]+|\d+)\b(?=\s*[.:),]|\s*$)", re.IGNORECASE)

SAME_WORK = 0.5
"""Word similarity (F-measure) from which two titles are one title with other words."""

_LOST = frozenset({TitleMark.RETRACTED, TitleMark.WITHDRAWN})

_LONGEST_INITIALS = 4
SPELLINGS: tuple[Spelling, ...] = (None, american, loose)

_ENGLISH_WORDS = frozenset(
    """
    the of and with by from to for on is are during between after before among its using or under as
    their into be how what who can not new through without
    """.split()  # noqa: SIM905 - a list of words
)
_FOREIGN_WORDS = (
    frozenset(
        """
    der die das und bei von des den dem ein eine einer eines im zur zum mit durch nach uber fuer auf als oder beim unter
    le la les du de et dans chez sur une un aux au par pour avec sous ou sont est
    el los las del en con por para una sobre como su sus
    il lo gli della delle dello dei degli nella nel nelle negli di per da alla alle sulla su tra ed
    os das dos em com nos uma ao pelo pela
    het een van bij voor op te met door aan
    av hos ved til som vid ett og af ock och
    oraz ze przez po przy dla od
    pri pomoci ve pentru sau cu la din prin
    pod bez dlia ot kak posle iz na
    ile bir es az egy
    """.split()  # noqa: SIM905 - a list of words
    )
    - _ENGLISH_WORDS
)
_ACCENTED = regex(r"[\u00c0-\u024f\u1e00-\u1eff]")
_LATIN_OR_GREEK = regex(r"[A-Za-z\u00c0-\u024f\u0370-\u03ff\u1e00-\u1eff]")


@dataclass(frozen=True, slots=True)
class Titles:
    """The forms of a record's title, longest first: with and without NLM's notes and publishers' marks, and vernacular.

    A title and its translation beside each other, as many styles print them, are forms, too.

    `display` is the title as it is printed in messages. `marks` are those that a print may bear beside the title.
    `notice` is that of a notice, which a print may call by another word.
    """

    display: str
    forms: tuple[str, ...]
    marks: frozenset[TitleMark] = _LOST
    notice: NoticeTitle | None = None

    def in_own_words(self, printed: str) -> str:
        """A citation, or a title, of a notice with the record's own word for it; of anything else as it is."""
        return printed if self.notice is None else self.notice.in_own_words(printed, _place_in)


@lru_cache(64)
def titles_of(article: Article) -> Titles:
    """The forms to look for; none when the record has no title (or PubMed's "[Not Available].")."""
    forms: dict[str, None] = {}
    marks, of_each = _marks_of(article), []
    for title in (article.title, article.vernacular_title):
        of_each.append(len(forms))
        if title and not _UNKNOWN.match(title.strip()):
            printed = clean(title)
            for full in map(_unbracketed, (printed, read_title(printed).rest) if marks else (printed,)):
                bare = _unbracketed(_NOTE.sub("", full))
                unnumbered = CHAPTER_NUMBER.sub("", bare) if article.is_book else bare
                forms |= dict.fromkeys(form for form in (full, bare, unnumbered) if title_key(form, None))
    translated, vernacular = list(forms)[: of_each[1]], list(forms)[of_each[1] :]
    for one, other in product(translated, vernacular):  # "Le titre [The title]", "The title [Le titre]"
        forms |= dict.fromkeys((f"{other} {one}", f"{one} {other}"))
    display = clean(article.title).rstrip(".") if forms else ""
    notice = notice_title(article, _unbracketed(clean(article.title))) if forms else None
    if notice is not None:
        forms[notice.title] = None
    return Titles(display, tuple(sorted(forms, key=len, reverse=True)), marks, notice)


def _place_in(text: str, title: str) -> tuple[int, int] | None:
    words = CleanText(text)
    for first, end in find_title(words, Titles("", (title,))):
        return words.starts[first], words.ends[end - 1]
    return None


def _marks_of(article: Article) -> frozenset[TitleMark]:
    """The marks that are no part of a record's title; a notice's "Retracted: …" is, being the notice's own title."""
    if is_retraction_notice(article):
        return frozenset()
    doubted = title_mark(article) is TitleMark.CONCERN or links(article, "ExpressionOfConcernIn")
    return _LOST | {TitleMark.CONCERN} if doubted else _LOST


def _unbracketed(title: str) -> str:
    """The title without the brackets around all of it, which are NLM's for a translated one."""
    found = _BRACKETED.match(title)
    if found is None:
        return title
    depths = accumulate((letter == "[") - (letter == "]") for letter in found[1])
    return title if min(depths, default=0) < 0 or found[1].count("[") != found[1].count("]") else found[1]


@lru_cache(256)
def title_key(form: str, spelling: Spelling) -> str:
    """A form's words joined, in one spelling."""
    return CleanText(form).joined_as(spelling).text


def is_foreign(title: str) -> bool:
    """Whether a title is surely not in English, by its small words and its letters; names and formulas say nothing."""
    text = CleanText(clean(title))
    letters = [letter for letter in text.raw if letter.isalpha()]
    if 2 * sum(_LATIN_OR_GREEK.match(letter) is not None for letter in letters) < len(letters):
        return True
    english, foreign = _small_words(text)
    accented = any(word.islower() and _ACCENTED.search(word) for word in text.words)
    return foreign + accented > english


def is_english(title: str) -> bool:
    """Whether a title is surely in English, by its small words."""
    return not is_foreign(title) and _small_words(CleanText(clean(title)))[0] > 0


def _small_words(text: CleanText) -> tuple[int, int]:
    """How many words are English small words, and how many are those of other languages alone."""
    folded = [fold(word) for word in text.words if not word.isupper()]
    english, foreign = (sum(word in words for word in folded) for words in (_ENGLISH_WORDS, _FOREIGN_WORDS))
    return english, foreign


def find_title(text: CleanText, titles: Titles) -> list[tuple[int, int]]:
    """Every place of the title in the text, of the first spelling and longest form that is there."""
    for spelling in SPELLINGS:
        joined = text.joined_as(spelling)
        for form in titles.forms:
            places = [place for place in joined.find_all(title_key(form, spelling)) if _is_bounded(text, *place)]
            if places:
                return places
    return []


def _is_bounded(text: CleanText, first: int, end: int) -> bool:
    """A title of one or two words counts only where punctuation, or initials or a year before it, bound it."""
    if end - first > 2:
        return True
    before, after = text.before(first), text.before(end)
    opened = first == 0 or any(mark in before for mark in '.:;)"?!,[*_|') or " - " in before
    if not opened:  # "Lewy RM Male contraception. …"
        last = text.words[first - 1]
        named = last.isupper() and len(last) <= _LONGEST_INITIALS and text.words[first][0].isupper()
        opened = named or last[:4].isdigit() or text.keys[first - 1] == "al"
    closed = end == len(text) or any(mark in after for mark in '.,;:"?!([])*_/|') or " - " in after
    return opened and closed


def judge_title(printed: str, titles: Titles) -> FieldComparison:
    """Compare a title that is printed by itself, or a segment that holds one, with the record's forms."""
    text = CleanText(printed)
    read = read_title(printed)
    same = dict.fromkeys((printed, titles.in_own_words(printed), read.rest if read.mark in titles.marks else printed))
    for readable in (text if spelt == printed else CleanText(spelt) for spelt in same):
        for spelling in SPELLINGS:
            key = readable.joined_as(spelling).text
            if any(title_key(form, spelling) == key for form in titles.forms):
                return agrees(Field.TITLE, printed, titles.display)
    differences = (_difference(text, CleanText(form), titles.display) for form in titles.forms)
    return max(differences, key=lambda difference: difference.closeness)


def _difference(text: CleanText, record: CleanText, display: str) -> FieldComparison:
    """How the printed title differs from one form of the record's."""
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415 - only where something differs

    here = [american(key) for key in text.keys if key]
    there = [american(key) for key in record.keys if key]
    closeness = 2 * LCSseq.similarity(here, there) / (len(here) + len(there)) if here and there else 0.0
    for spelling in SPELLINGS:
        printed, joined = text.joined_as(spelling).text, record.joined_as(spelling)
        end = joined.ends.get(len(printed)) if printed and joined.text.startswith(printed) else None
        if end is not None:
            kind, closeness = DifferenceKind.CUT_SHORT, max(closeness, SAME_WORK)
            lack = "lacks its subtitle" if any(mark in record.before(end) for mark in ":.?!-(") else "is incomplete"
            message = f"title {lack}: the record continues {_quoted(record.slice(end, len(record)))}"
            break
        first = joined.firsts.get(len(joined.text) - len(printed)) if joined.text.endswith(printed) else None
        if printed and first is not None:
            kind, closeness = DifferenceKind.HEAD_MISSING, max(closeness, SAME_WORK)
            message = f"title lacks its first words: the record begins {_quoted(record.slice(0, first))}"
            break
    else:
        if closeness >= SAME_WORK:
            kind, message = DifferenceKind.WORDS_DIFFER, _different_words(text, record)
        else:
            kind, message = DifferenceKind.ANOTHER_TITLE, f"title is different: the record has {_quoted(record.raw)}"
    return FieldComparison(Field.TITLE, Verdict.DIFFERS, text.raw, display, kind, message, closeness=closeness)


def _different_words(text: CleanText, record: CleanText) -> str:
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415 - only where something differs

    here, there = [american(key) for key in text.keys], [american(key) for key in record.keys]
    differences: list[str] = []
    for step in LCSseq.opcodes(here, there):
        printed = text.slice(step.src_start, step.src_end)
        recorded = record.slice(step.dest_start, step.dest_end)
        if step.tag == "equal" or not (printed or recorded):
            continue
        if printed and recorded:
            differences.append(f"cited {_quoted(printed)}, record {_quoted(recorded)}")
        else:
            differences.append(f"{_quoted(printed)} not in the record" if printed else f"{_quoted(recorded)} missing")
    return "title differs: " + "; ".join(differences[:3]) + (" …" if len(differences) > 3 else "")


def _quoted(text: str, limit: int = 120) -> str:
    short = text.strip(" .:;,-")
    if len(short) > limit:
        short = short[: limit - 1].rsplit(" ", 1)[0] + " …"
    return f'"{short}"'


def serial_numbers(title: str) -> frozenset[str]:
    """The numbers by which a title counts itself, as in "Part II" and "3. Results"."""
    return frozenset(found.lower() for found in _SERIAL.findall(title))


# Whether a title is another one altogether, which nothing explains

_STEM = 5  # letters that forms of one word have in common
_SHORTEST_CONTENT_WORD = 4
_LEAST_CONTENT = 2
_CUT = 0.5
"""The share of the shorter title's content words in the other from which it may be that one, cut or with a subtitle."""

_TRANSLATED = 0.34
"""The same where the record's title is a translation, which may be another's."""

_ON_THE_PAGE = 0.6
"""The share of the record's content words in the entire print from which its title may be there, read otherwise."""

_OF_MANY_TITLES = frozenset(
    """
    study studies trial trials analysis analyses review reviews report reports case cases effect effects patient
    patients treatment treatments therapy clinical results using based among associated association randomized
    randomised controlled systematic meta novel new role human humans disease diseases risk letter letters editorial
    comment commentary reply response author authors editor erratum correction article editors
    """.split()  # noqa: SIM905 - a list of words
)


def is_unexplained(printed: str, text: CleanText, article: Article) -> bool:
    """Whether a printed title that is another than the record's is not explained by anything in the print.

    A title that is translated, cut, with a subtitle or in other words shares words with the record's; so does a print
    whose title was not read where it is. Titles of other languages, and too short ones, cannot be judged.

    Args:
        printed: The title as it was read.
        text: The entire citation.
        article: The record.
    """
    journal = frozenset[str]().union(*map(telling_words, (article.journal.title, article.journal.iso)))
    people = frozenset[str]().union(
        *(telling_words(f"{who.given} {who.family} {who.collective}") for who in article.authors)
    )
    here, forms = telling_words(printed) - journal - people, titles_of(article).forms
    is_translation = any(language != "eng" for language in article.languages) or any(map(is_foreign, forms))
    if len(here) < _LEAST_CONTENT or is_foreign(printed) or (is_translation and not is_english(printed)):
        return False
    everything, enough = telling_words(text.raw), _TRANSLATED if is_translation else _CUT
    for there in map(telling_words, forms):
        own = there - journal - people
        if (
            not there
            or len(here & there) >= enough * min(len(here), len(there))
            or len(own & everything) >= _ON_THE_PAGE * len(own)
        ):
            return False
    return True


@lru_cache(64)
def telling_words(title: str) -> frozenset[str]:
    """The beginnings of a title's telling words."""
    words = (american(key) for key in CleanText(clean(title)).keys if len(key) >= _SHORTEST_CONTENT_WORD)
    return frozenset(w[:_STEM] for w in words if w not in _OF_MANY_TITLES | _ENGLISH_WORDS | _FOREIGN_WORDS)
