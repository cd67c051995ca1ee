"""Reading a printed citation by itself: enough to look for its record, never to judge it.

Punctuation alone does not say where a title ends and a journal begins ("Kunz. Physiol Biochem Zool"), nor which
numbers are the place ("a 50,000 dalton polypeptide. FEBS Lett 98, 135"). So beside the likeliest reading there are
others, for a service that knows all journals and finds what is at a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, takewhile

from evidence.matching.authors import AuthorList, is_initials
from evidence.matching.et_al import others_end
from evidence.matching.journals import journal_names
from evidence.matching.segment import is_year, prepare, segment_citation
from evidence.matching.text import CleanText, electronic_year
from evidence.matching.titles import Titles
from evidence.model.outcomes import PrintedPlace, SearchQuery
from evidence.model.records import Journal
from evidence.model.regex import regex

_NO_TITLES = Titles("", ())
_NO_AUTHORS = AuthorList(())
_PAGE = regex(r"[A-Za-z]{0,4}\d+(?:[A-Za-z]\d{4,}|[A-Za-z])?(?:\.[a-z]?\d+)?")
# "(Baltimore, Md. : 1950)" after a journal's full name: its points and its year would end the sentence.
_QUALIFIER = regex(r"(?<!\s)\s*+\([^()]{0,200} : \d{4}[^()]{0,200}+\)")
_MOST_NAME_WORDS = 4
_LONGEST = 6000


def parse_without_record(printed: str) -> SearchQuery:
    """Read a citation, in any style, by its punctuation alone.

    Args:
        printed: The citation's text, verbatim; of a very long one the beginning is read.
    """
    text = prepare(_QUALIFIER.sub("", printed[:_LONGEST]), _NO_TITLES)
    segments = segment_citation(text, _NO_TITLES, journal_names(Journal()), _NO_AUTHORS)
    locator = segments.locator
    family, initials = _first_author(text, segments.authors[1])
    page = _PAGE.search(locator.pages or "")
    years = (int(text.words[at][:4]) for at in range(len(text) - 1, segments.numbers - 1, -1) if is_year(text, at))
    whole = prepare(printed[:_LONGEST], _NO_TITLES).raw
    query = SearchQuery(
        text.raw.strip(),
        family,
        initials,
        text.slice(*segments.title).strip(" .") if segments.title else "",
        _qualified(text.slice(*segments.journal).strip(" .,"), whole) if segments.journal else "",
        locator.year or segments.front_year or electronic_year(printed) or next(years, None),
        locator.volume or locator.lone,
        page[0] if page else "",
    )
    first = PrintedPlace(query.journal, query.volume, query.first_page)
    others = dict.fromkeys(place for place in _places(whole) if place != first)
    return replace(query, other_places=tuple(islice(others, _MOST_PLACES)))


def _qualified(journal: str, printed: str) -> str:
    """The journal's name with the qualifier that is printed after it."""
    found = re.search(re.escape(journal) + r" ?\([^()]{1,200} : \d{4}[^()]{0,200}\)", printed) if journal else None
    return found[0] if found else journal


# Other readings: every place that numbers can name, after every name that may end there

_MOST_PLACES = 20
_MOST_NAMES = 8  # for one pair of numbers
_LONGEST_NAME = 160
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Spring|Summer|Autumn|Fall|Winter)[a-z]{0,6}\.?"
_DAYS = rf"(?:,? (?:{_MONTH}(?:[-/]{_MONTH})?|\d\d)(?: \d{{1,2}}(?:-\d{{1,2}})?)?)?"
_DATE = rf"(?:1[6-9]|20)\d\d[a-z]?(?: ?[-/] ?\d{{2,4}})?{_DAYS}"
_PART = r"(?:,? ?(?:Suppl(?:ement)?|Pt|Part|Spec|Ser)\b\.?(?: ?No\b\.?)?(?: ?\w{1,4})?)"
_VOLUME = rf"(?P<volume>(?P<number>[A-Z]{{0,3}}\d{{1,4}}[A-Za-z]?(?:[-/]\d{{1,4}})?){_PART}{{0,2}})"
_ISSUE = r"(?: ?\((?:[^()]{1,40}|[^()]{0,20}\([^()]{1,20}\)[^()]{0,20})\))?"
_NUMBERED_PAGE = r"[A-Za-z]{0,8}\d{1,20}(?:[A-Za-z]\d{4,20}|[A-Za-z])?(?:\.[a-z]?\d{1,3})?"
_FIRST_PAGE = rf"(?:pp?\. ?|S\. ?|:)?(?P<page>{_NUMBERED_PAGE}|[ivxlc]{{1,9}}\b|[IVXLC]{{1,9}}\b)"
_MARKED_PLACE = regex(
    rf"(?P<start>)\b(?:[Vv]ol(?:ume)?|[Bb]d)\b\.? ?{_VOLUME}"
    rf"(?:,? ?(?:[Nn]os?|[Ii]ssue|[Nn]r|H|art)\b\.? ?[\w /-]{{1,16}})?,? ?(?:{_DATE},? ?)?{_FIRST_PAGE}"
)
_DATED_PLACE = regex(rf"(?P<start>{_DATE});? ?{_VOLUME}{_ISSUE} ?[:,;] ?{_FIRST_PAGE}")
_BARE_PLACE = regex(rf"(?P<start>)(?<![\w-]){_VOLUME}{_ISSUE} ?[:,;] ?{_FIRST_PAGE}")
_BOUNDARY = regex(r"[.?!:;\])]\"? |,?\" ?|, ")


def _places(text: str) -> Iterator[PrintedPlace]:
    """The places that a cleaned citation may name, those at its end and with the shortest names first."""
    for pattern in (_MARKED_PLACE, _DATED_PLACE, _BARE_PLACE):
        for match in reversed(list(pattern.finditer(text))):
            for name in islice(_names_before(text, match.start("start")), _MOST_NAMES):
                for volume in dict.fromkeys((match["volume"], match["number"])):
                    yield PrintedPlace(name, volume, match["page"])


def _names_before(text: str, stop: int) -> Iterator[str]:
    """What may be a journal's name right before these numbers, the shortest first."""
    begin = max(0, stop - _LONGEST_NAME)
    starts = [found.end() for found in _BOUNDARY.finditer(text, begin, stop)]
    for start in reversed([begin, *starts] if begin == 0 else starts):
        name = text[start:stop].strip(' .,;:"')
        if sum(map(str.isalpha, name)) > 1 and not name[0].isdigit() and name.count("(") == name.count(")"):
            yield name


def _first_author(text: CleanText, stop: int) -> tuple[str, str]:
    """Family name and initials of the first name in the list, family first ("Smith JP") or last ("J. P. Smith")."""
    start = sum(1 for _ in takewhile(lambda at: _is_leading_initial(text, at), range(stop)))
    end = start
    while end < stop and (end == start or not _ends_family_name(text, end)):
        end += 1
    if not 0 < end - start <= _MOST_NAME_WORDS:
        return "", ""
    initials_end = end
    while initials_end < stop and is_initials(text.words[initials_end]):
        if initials_end > end and "," in text.before(initials_end):
            break
        initials_end += 1
    letters = (0, start) if start else (end, initials_end)
    return text.slice(start, end), "".join(filter(str.isalpha, text.slice(*letters)))


def _is_leading_initial(text: CleanText, at: int) -> bool:
    """Whether a word is an initial before a family name; "Xu" without a point is one itself."""
    word = text.words[at]
    return is_initials(word) and (word.isupper() or text.before(at + 1).startswith("."))


def _ends_family_name(text: CleanText, at: int) -> bool:
    if not text.keys[at] or others_end(text, at, len(text)) is not None:
        return True
    return any(mark in text.before(at) for mark in ",;&.") or is_initials(text.words[at])
