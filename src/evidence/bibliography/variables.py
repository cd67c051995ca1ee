"""What a CSL-JSON item says, variable by variable, ready for one line of any format.

Every text comes out on one line and without characters that no reader may see: line breaks and
similar ones become spaces, control characters, overrides of the writing direction, byte order marks
and lone surrogates are dropped. So no value can begin a new field or record, whatever the format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from evidence.bibliography.csl import plain
from evidence.model import dates
from evidence.model.csl import last_page
from evidence.model.dates import PartialDate
from evidence.model.regex import regex
from evidence.model.title_marks import TitleMark, read_title

Item = Mapping[str, object]

ARTICLE_TYPES = frozenset(
    ["article", "article-journal", "article-magazine", "article-newspaper", "review", "review-book"]
)
"""The CSL types whose `number` is the number of an article: what it has in place of pages."""

RETRACTED = "RETRACTED"
"""The word before the title of a retracted paper (NISO RP-45)."""

WITHDRAWN = "WITHDRAWN"
"""The word before the title of a paper that was withdrawn or removed, as publishers and PubMed write it."""

RETRACTED_KEYWORD = "Retracted Publication"
"""NLM's publication type of a retracted paper, as a keyword for tools that know keywords only."""

_KEYWORDS = {RETRACTED: RETRACTED_KEYWORD, WITHDRAWN: "Withdrawn Publication"}
_BEFORE_A_MARK = '[(*"\u201c '
_MARKS = {RETRACTED: TitleMark.RETRACTED, WITHDRAWN: TitleMark.WITHDRAWN}

_UNSEEN = regex(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)
_SPACES = regex("[\t-\r\x1c-\x1f\x85\u2028\u2029 ]+")
_TAG = regex(r"<(/?)(i|b|sub|sup)>")
_RANGE = regex(r"([^\s,;:\-\u2010-\u2015\u2212]+)\s*[-\u2010-\u2015\u2212]+\s*([^\s,;:\-\u2010-\u2015\u2212]+)")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SEASONS = ("Spring", "Summer", "Autumn", "Winter")


class ItemName(NamedTuple):
    """A CSL name. `last` is the family name with its particles; a body has `literal` alone."""

    last: str = ""
    given: str = ""
    suffix: str = ""
    particle: str = ""
    family: str = ""
    literal: str = ""

    @property
    def inverted(self) -> str:
        """`van Gogh, Vincent`, without the suffix; a body as it is."""
        return ", ".join(part for part in (self.last, self.given) if part) or self.literal


class Tag(NamedTuple):
    """The beginning or end of markup: `i`, `b`, `sub` or `sup`."""

    name: str
    closes: bool


def clean(text: str) -> str:
    """The text on one line, without what cannot be seen."""
    if text.isprintable() and "  " not in text:
        return text.strip(" ")
    return _SPACES.sub(" ", _UNSEEN.sub("", text)).strip(" ")


def text(item: Item, variable: str) -> str:
    """A text or number variable; empty where there is none."""
    value = item.get(variable)
    return clean(str(value)) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def custom(item: Item, key: str) -> object:
    """A value under `custom`, which is where we keep what CSL has no variable for."""
    within = item.get("custom")
    return within.get(key) if isinstance(within, Mapping) else None


def set_id(item: Item) -> str:
    """DailyMed's Set ID of a label."""
    value = custom(item, "setid")
    return clean(value) if isinstance(value, str) else ""


def trial(item: Item) -> str:
    """The number of a trial at ClinicalTrials.gov."""
    value = custom(item, "nct")
    return clean(value) if isinstance(value, str) else ""


def void_word(item: Item) -> str:
    """RETRACTED or WITHDRAWN for a paper that is; empty for any other."""
    words = {"retracted": RETRACTED, "withdrawn": WITHDRAWN}
    return next((word for key, word in words.items() if custom(item, key) in (True, "true")), "")  # YAML holds text


def retraction(item: Item) -> str:
    """What must be said of a retracted or withdrawn paper, with the notice if it is known; empty for any other."""
    word, notice = void_word(item), custom(item, "retraction-notice")
    return f"{word}: {clean(notice)}" if word and isinstance(notice, str) and notice else word


def own_keywords(item: Item) -> list[str]:
    """The item's own keywords."""
    value = item.get("keyword")
    parts = value if isinstance(value, Sequence) and not isinstance(value, str) else text(item, "keyword").split(",")
    return [word for part in parts if (word := clean(str(part)))]


def keywords(item: Item) -> list[str]:
    """The keywords; a retracted or withdrawn paper has one more."""
    word = void_word(item)
    return [*own_keywords(item), *([_KEYWORDS[word]] if word else [])]


def accession(item: Item) -> tuple[str, str]:
    """The number under which a database holds the work, and the database: PubMed's or else DailyMed's."""
    if pmid := text(item, "PMID"):
        return pmid, "PubMed"
    return (set_id(item), "DailyMed") if set_id(item) else ("", "")


def second_accession(item: Item) -> str:
    """The Set ID of what has a PMID too."""
    return set_id(item) if text(item, "PMID") else ""


def edition(item: Item) -> str:
    """The edition and the version, for formats that have one field for both: `2nd`, `version 3`."""
    version = text(item, "version")
    return ", ".join(filter(None, (text(item, "edition"), f"version {version}" if version else "")))


def own_note(item: Item) -> str:
    """The item's note, without what `with_retraction` has put before it."""
    note, words = text(item, "note"), _retraction_in_words(item)
    return note[len(words) :].lstrip(". ") if words and note.startswith(words) else note


def _retraction_in_words(item: Item) -> str:
    """`RETRACTED (Lancet. 2010;375:445)`: with a colon pandoc and others take it for a variable called retracted."""
    _, _, notice = retraction(item).partition(": ")
    return f"{void_word(item)} ({notice})" if notice else retraction(item)


def notes(item: Item) -> list[str]:
    """What must be said of a retracted or withdrawn paper, which comes first, and the item's own note."""
    return [note for note in (retraction(item), own_note(item)) if note]


def with_own_ids(items: Sequence[Item]) -> list[Item]:
    """The items, none under the id of another: of equal ids a reader keeps one. The second `a` is `a-2`."""
    ids = [text(item, "id") for item in items]
    wanted, taken = set(ids), set[str]()
    written: list[Item] = []
    for item, own in zip(items, ids, strict=True):
        name, number = own, 1
        while name in taken or (number > 1 and name in wanted):
            number += 1
            name = f"{own or 'item'}-{number}"
        taken.add(name)
        written.append(item if name == own else {**item, "id": name})
    return written


def with_retraction(item: Item) -> Item:
    """The item, a retracted or withdrawn paper's with a statement of it before its title and in its note.

    Processors of CSL know nothing of `custom`, so that a paper would be cited as if it were valid. Marked twice is
    marked once.
    """
    if not (word := void_word(item)):
        return item
    title = text(item, "title")
    begins = plain(title).lstrip(_BEFORE_A_MARK).upper().startswith(word)
    is_marked = begins and read_title(plain(title)).mark is _MARKS[word]
    marked = title if is_marked else f"{word}: {title}".rstrip()
    return {**item, "title": marked, "note": ". ".join(filter(None, (_retraction_in_words(item), own_note(item))))}


def names(item: Item, variable: str) -> list[ItemName]:
    """The persons and bodies of a name variable, in order; nameless ones are left out."""
    value = item.get(variable)
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else []
    people = (_name(name) for name in values if isinstance(name, Mapping))
    return [name for name in people if name.last or name.literal]


def _name(name: Mapping[str, object]) -> ItemName:
    family, given, suffix = (text(name, part) for part in ("family", "given", "suffix"))
    particles = (text(name, "dropping-particle"), text(name, "non-dropping-particle"))
    particle = " ".join(filter(None, particles))
    if not family:
        alone = text(name, "literal") or " ".join(filter(None, (given, particle, suffix)))
        return ItemName(literal=alone)
    return ItemName(" ".join(filter(None, (particle, family))), given, suffix, particle, family)


def date(item: Item, variable: str) -> PartialDate | str | None:
    """A date at the precision given; the text of one that only has words; None without any."""
    value = item.get(variable)
    if not isinstance(value, Mapping):
        return None
    parts = value.get("date-parts")
    if not isinstance(parts, Sequence) or not parts or not parts[0]:
        return text(value, "literal") or text(value, "raw") or None
    try:
        return _date_parts(parts, text(value, "season"))
    except (dates.DateError, TypeError, ValueError):  # no such day: better its numbers than nothing
        return "/".join("-".join(clean(str(part)) for part in day) for day in parts)


def _date_parts(parts: Sequence[Sequence[object]], season: str) -> PartialDate:
    first, *rest = [[int(str(part)) for part in day] for day in parts[:2]]
    if len(first) == 1 and season:
        first.append(20 + (int(season) if season.isdigit() else 1 + SEASONS.index(season.title())))
    begin = dates.from_parts(*first)
    return dates.parse(f"{begin}/{dates.from_parts(*rest[0])}") if rest and rest[0] else begin


def edtf(when: PartialDate | str | None) -> str:
    """A date as the Extended Date/Time Format has it (`2025-08`); words as they are."""
    return str(when or "")


def year(when: PartialDate | str | None) -> str:
    """The (first) year in four digits; empty for a date in words without one."""
    if isinstance(when, PartialDate):
        return f"{when.year:04}"
    found = re.search(r"(?<![0-9])[12][0-9]{3}(?![0-9])", when or "")
    return found[0] if found else ""


def month_and_day(when: PartialDate | str | None) -> str:
    """What a date has besides the year, in NLM's manner: `Feb 14`, `Jan-Feb`, `Spring`, `Dec-2013 Jan`."""
    if not isinstance(when, PartialDate):
        return when or ""
    begin = _in_year(when)
    if when.until is None:
        return begin
    end = _in_year(when.until)
    if when.until.year != when.year:
        return f"{begin}-{when.until.year:04} {end}".rstrip()
    return f"{begin}-{end}"


def _in_year(when: PartialDate) -> str:
    if when.season:
        return SEASONS[when.season - 1]
    if when.month is None:
        return ""
    return MONTHS[when.month - 1] + (f" {when.day}" if when.day else "")


def pages(item: Item) -> tuple[str, str]:
    """First and last page, the last in full (`529-38` ends on 538); the second is empty for what is not a range."""
    written = text(item, "page")
    match = _RANGE.fullmatch(written)
    if match is None:
        return written, ""
    first, last = match.groups()
    return first, last_page(first, last) if first.isdigit() and last.isdigit() else last


def article_number(item: Item) -> str:
    """The number that an article has instead of pages."""
    return text(item, "number") if text(item, "type") in ARTICLE_TYPES else ""


def rich_pieces(rich: str) -> Iterator[str | Tag]:
    """A rich text as plain pieces and well-nested tags; a tag without its partner is dropped."""
    matches = list(_TAG.finditer(rich))
    paired: set[int] = set()
    opened: list[int] = []
    for number, match in enumerate(matches):
        if not match[1]:
            opened.append(number)
        elif opened and matches[opened[-1]][2] == match[2]:
            paired.update((opened.pop(), number))
    at, pending = 0, ""
    for number, match in enumerate(matches):
        pending += rich[at : match.start()]
        at = match.end()
        if number in paired:
            if pending:
                yield pending
            pending = ""
            yield Tag(match[2], closes=bool(match[1]))
    if pending + rich[at:]:
        yield pending + rich[at:]
