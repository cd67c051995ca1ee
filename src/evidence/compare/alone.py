"""Reading a printed citation by itself, without a record: enough to look for its record, never to judge it."""

from __future__ import annotations

import re
from itertools import takewhile

from evidence.compare.clean import electronic_year
from evidence.compare.journals import names_of
from evidence.compare.landmarks import is_year
from evidence.compare.names import AuthorList
from evidence.compare.readings import is_initials
from evidence.compare.text import CleanText
from evidence.compare.titles import Titles
from evidence.compare.zones import lay_out, prepared, tail_of
from evidence.model.records import Journal
from evidence.model.searches import SearchQuery

_NOTHING = Titles("", ())
_NOBODY = AuthorList(())
_PAGE = re.compile(r"[A-Za-z]{0,4}\d+[A-Za-z]?(?:\.\d+)?")
# "(Baltimore, Md. : 1950)" behind a journal's full name: its points and its year would end the sentence.
_QUALIFIER = re.compile(r"(?<!\s)\s*+\([^()]{0,200} : \d{4}[^()]{0,200}+\)")
_MOST_NAME_WORDS = 4
_LONGEST = 6000


def parse_without_record(printed: str) -> SearchQuery:
    """Read a citation, in any style, by its punctuation alone.

    Args:
        printed: The citation's text, verbatim; of a very long one the beginning is read.
    """
    text = prepared(_QUALIFIER.sub("", printed[:_LONGEST]), _NOTHING)
    zones = lay_out(text, _NOTHING, names_of(Journal()), _NOBODY)
    tail = tail_of(zones)
    family, initials = _first_author(text, zones.authors[1])
    page = _PAGE.search(tail.pages or "")
    return SearchQuery(
        text.raw.strip(),
        family,
        initials,
        text.slice(*zones.title).strip(" .") if zones.title else "",
        text.slice(*zones.journal).strip(" .,") if zones.journal else "",
        tail.year or zones.front_year or electronic_year(printed) or _lone_year(text, zones.tail),
        tail.volume or tail.lone,
        page[0] if page else "",
    )


def _first_author(text: CleanText, behind: int) -> tuple[str, str]:
    """Family name and initials of the first name in the list, family first ("Smith JP") or last ("J. P. Smith")."""
    start = sum(1 for _ in takewhile(lambda at: is_initials(text.words[at]), range(behind)))
    end = start
    while end < behind and (end == start or not _ends_family(text, end)):
        end += 1
    if not 0 < end - start <= _MOST_NAME_WORDS:
        return "", ""
    letters = (0, start) if start else (end, _initials_end(text, end, behind))
    return text.slice(start, end), "".join(filter(str.isalpha, text.slice(*letters)))


def _ends_family(text: CleanText, at: int) -> bool:
    before = text.before(at)
    others = text.keys[at] in {"", "et", "etal"}
    return others or any(mark in before for mark in ",;&.") or is_initials(text.words[at])


def _initials_end(text: CleanText, at: int, behind: int) -> int:
    end = at
    while end < behind and is_initials(text.words[end]) and (end == at or "," not in text.before(end)):
        end += 1
    return end


def _lone_year(text: CleanText, tail: int) -> int | None:
    return next((int(text.words[at][:4]) for at in range(len(text) - 1, tail - 1, -1) if is_year(text, at)), None)
