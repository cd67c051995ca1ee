"""Notices as people cite them: what a record calls "Erratum: A trial" is also printed as "Correction to: A trial"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from evidence.model.records import (
    CONCERN_NOTICE,
    PUBLISHED_ERRATUM,
    RETRACTION_NOTICE,
    Article,
    has_type,
    links,
    title_mark,
)
from evidence.model.regex import regex
from evidence.model.title_marks import TitleMark

_KINDS = {
    "erratum": (PUBLISHED_ERRATUM, "ErratumFor", "Erratum: "),
    "concern": (CONCERN_NOTICE, "ExpressionOfConcernFor", "Expression of concern: "),
    "retraction": (RETRACTION_NOTICE, "RetractionOf", "Retraction: "),
}
"""The kinds of notice, the gravest last, each with its publication type, its link and the usual head of its title."""

_WHOSE = r"(?:(?:author|publisher|published|editor)'?s? )?"
_WORDS = (
    rf"(?:(?P<erratum>{_WHOSE}(?:corrections?|corrigend(?:um|a)|errat(?:um|a))(?: notice)?)"
    r"|(?P<retraction>(?:(?:statement|notice) of )?retraction(?: (?:note|notice|statement))?)"
    rf"|(?P<concern>{_WHOSE}(?:editorial )?expression of concern))"
)
_ABOUT = r"(?: (?:to|of|for|in|on|zu|regarding)\b)?\s*+[:.,-]*+\s*+[\"'\[]*+\s*+"
_OWN_HEAD = regex(rf"\W*+(?:{_WORDS}|retracted(?: article)?)\b{_ABOUT}", re.IGNORECASE)
_HEAD = regex(rf"(?<!\w){_WORDS}\b{_ABOUT}$", re.IGNORECASE)
_IN_BRACKETS = regex(rf"[\"'\]).]*+\s*+[\[(]{_WORDS}\b[^\[\]()]{{0,200}}[\])]", re.IGNORECASE)
_AFTERWARDS = regex(rf"[\"'\])]*+\s*+[:.-]\s*+{_WORDS}(?=\s*+[.,\"']|\s*+$)", re.IGNORECASE)
_OWN_TAIL = regex(rf"\s*+[\[(:.-]\s*+{_WORDS}\b[^\[\]()]{{0,200}}[\])]?\W*+$", re.IGNORECASE)
_IN_QUOTES = regex(r'(?P<core>[^"]{20,}+)"')


@dataclass(frozen=True, slots=True)
class NoticeTitle:
    """The title of a notice: its `kind`, the title itself, and the titles of the work that it is about, longest first.

    Where a record gives a notice the title of that work alone, the word for its kind is set before it.
    """

    kind: str
    title: str
    cores: tuple[str, ...]

    def in_own_words(self, print_: str, find: Callable[[str, str], tuple[int, int] | None]) -> str:
        """A print in which this notice is called by another word for the same, in the notice's own words.

        Args:
            print_: The citation or title, cleaned.
            find: Finds a title in a text: its first character, and the one after its last.
        """
        for core in self.cores:
            place = find(print_, core)
            if place is None:
                continue
            before, after = print_[: place[0]], print_[place[1] :]
            head, tail = _HEAD.search(before), _IN_BRACKETS.match(after) or _AFTERWARDS.match(after)
            if not any(part is not None and part[self.kind] for part in (head, tail)):
                continue
            start = head.start() if head is not None else place[0]
            end = place[1] + (tail.end() if tail is not None else 0)
            return print_[:start] + self.title + print_[end:]
        return print_


def notice_title(article: Article, title: str) -> NoticeTitle | None:
    """The title of a record that is a notice by its type or its links, or a retraction by its title; else None.

    Args:
        article: The record.
        title: Its title, cleaned.
    """
    kinds = [kind for kind, (ui, link, _) in _KINDS.items() if has_type(article, ui) or links(article, link)]
    if not kinds and title_mark(article) is TitleMark.RETRACTION_NOTICE:
        kinds = ["retraction"]
    if not kinds or not title:
        return None
    head, tail = _OWN_HEAD.match(title), _OWN_TAIL.search(title)
    if head is None and tail is None:
        return NoticeTitle(kinds[-1], _KINDS[kinds[-1]][2] + title, (title.rstrip("."),))
    core = title[head.end() if head else 0 : tail.start() if tail else None].rstrip(".\"' ")
    quoted = _IN_QUOTES.match(core)
    cores = (core, quoted["core"].rstrip(". ")) if quoted else (core,)
    named = next((kind for part in (head, tail) if part is not None for kind in _KINDS if part[kind]), kinds[-1])
    return NoticeTitle(named, title, tuple(filter(None, cores)))
