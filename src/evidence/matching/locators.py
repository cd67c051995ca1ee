"""Years of publication: print, electronic and MedlineDate years are all right."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.matching.text import clean, fold
from evidence.matching.verdict import Field, FieldComparison, Verdict, agrees, not_judged
from evidence.model.identifiers import IdKind
from evidence.model.records import Article

# Years of publication: print, electronic and MedlineDate years are all right.


def judge_year(printed: int | None, article: Article, *, located: bool) -> tuple[FieldComparison, int]:
    """Compare a printed year with the record's years, and say how far apart they are.

    `located`: volume and page agree, so that a year one less may be the electronic one.
    """
    if article.is_book or printed is None or not article.years:
        return not_judged(Field.YEAR), 0
    recorded = " or ".join(map(str, article.years))
    if printed in article.years:
        return agrees(Field.YEAR, str(printed), recorded), 0
    message = f"year differs: {printed} is printed, the record has {recorded}"
    if printed == min(article.years) - 1 and not article.has_article_date and located:
        message += " (possibly the year of electronic publication, which the record does not give)"
    apart = min(abs(printed - year) for year in article.years)
    return FieldComparison(Field.YEAR, Verdict.DIFFERS, str(printed), recorded, message=message), apart


# The numbers at a citation's end: year, volume, issue and pages in the orders that styles use.

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?|Spring|Summer|Autumn|Fall|Winter)"
)
_MONTHS = rf"{_MONTH}\.?(?:\s?[-/]\s?{_MONTH}\.?)?"
_YEAR = r"(?:1[6-9]|20)\d\d"
_DATED = re.compile(
    rf"\b({_YEAR})[a-z]?(?:\s?[-/]\s?(?:{_YEAR}|\d\d))?,?\s+{_MONTHS}(?:[ ,]+\d{{1,2}}(?:-\d{{1,2}})?(?!\d|[-(:]))?",
    re.IGNORECASE,
)
_DATED_BEHIND = re.compile(rf"\b{_MONTHS}(?:\s+\d{{1,2}})?,?\s+({_YEAR})\b", re.IGNORECASE)
_MONTH_ISSUE = re.compile(rf"\(\s*{_MONTHS}(?:\s+\d{{1,2}}(?:-\d{{1,2}})?)?\s*\)", re.IGNORECASE)
_LONE_MONTH = re.compile(rf"(?:(?<=^)|(?<=[\s,(]))(?:\d{{1,2}}\s+)?{_MONTHS}(?=[\s,;.)]|$)", re.IGNORECASE)
_BRACKETED_YEAR = re.compile(rf"\(\s*({_YEAR})[a-z]?\s*\)")
_ANY_YEAR = re.compile(rf"(?<![\d-])({_YEAR})[a-z]?(?![\d])")
_LEADING_YEAR = re.compile(rf"^[\s.,;:(]*({_YEAR})[a-z]?\)?(?:\s?[-/]\s?(?:{_YEAR}|\d\d)\b(?!\s*\())?[\s.,;:]+(?=\S)")
_VOLUME_MARK = re.compile(r"\b(?:vol(?:ume|s)?\b\.?|(?:Bd|Band|Jg)\b\.?(?=\s*\d)|(?-i:v)\.(?=\s*\d))\s*", re.IGNORECASE)
_ISSUE_MARK = re.compile(
    r"(?:,|(?<![\s,]))\s*+\b(?:(?:no|nos|issue|iss|nr|number|fasc|heft)\b\.?|n\s?(?:\u00b0|\.(?=\s*\d))|(?-i:H)\.(?=\s*\d))\s*(?=\w)",
    re.IGNORECASE,
)
_PAGE_MARK = re.compile(
    r"(?:\b(?:pp?|pages?|pgs?|art(?:icle)?(?:\.?\s+(?:no|id|number))?)\b[.:]?\s*)(?=[\w-])"
    r"|(?<=[\s,])(?:(?-i:S)\.|Seiten?\b)\s*(?=\d)",
    re.IGNORECASE,
)
_PARTS = r"(?:suppl?(?:ement)?|series|pt|part|spec(?:ial)?|no|hors|s[eé]rie|ser)"
_GLUED_PART = re.compile(r"(?<=\d)(?=(?:suppl|pt)\b)", re.IGNORECASE)
_NUMBER = rf"[A-Z]{{0,4}}\.?\d[\w./?-]*|[IVXLC]+\b|{_PARTS}\b\.?(?:\s*\d+)?"
_VOLUME = rf"(?P<volume>(?:{_NUMBER})(?:\.?,?\s*{_PARTS}\b\.?(?:\s*\w{{1,4}}\b(?!\s*-\s*\d))?)*)"
_SEMICOLON_BEFORE_YEAR = re.compile(rf"^[\s.)]*;\s*(?={_YEAR}\s*;)")
_EMPHASIS = re.compile("[*_]")
_LOCATED = re.compile(
    rf"^[^\w(#]*{_VOLUME}?\s*(?:\((?P<issue>[^()]*(?:\([^()]*\)[^()]*)?)\)|\#(?P<marked>[\w/.-]+(?:\s*{_PARTS}\.?(?:\s*\d+)?)?))?\s*"
    r"(?P<mark>[:,;]|\s|\.)?\s*(?P<pages>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_PAGES = re.compile(r"[A-Z]{0,3}\d+\s*-\s*[A-Z]{0,3}\d+|[a-z]\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Locator:
    """What the numbers say. `lone` is a single number that may be volume, issue or page."""

    year: int | None = None
    volume: str = ""
    issue: str = ""
    pages: str = ""
    lone: str = ""


def parse_locator(raw: str, *, year_known: bool) -> Locator:
    """Read the text behind the journal's name; `year_known` when a year stood before the title."""
    text = _MONTH_ISSUE.sub(" ", _SEMICOLON_BEFORE_YEAR.sub("", _EMPHASIS.sub("", raw)))
    if ";" in text:
        dated, _, located = text.partition(";")
        year = _ANY_YEAR.search(dated)
        if year or not re.search(r"\d", dated):
            return _located(located, int(year[1]) if year else None)
        text = f"{dated},{located}"
    year_found, rest = _take_year(text, year_known=year_known)
    return _located(rest, year_found)


def _take_year(text: str, *, year_known: bool) -> tuple[int | None, str]:
    for pattern in (_BRACKETED_YEAR, _DATED, _DATED_BEHIND):
        found = pattern.search(text)
        if found:
            return int(found[1]), text[: found.start()] + " " + text[found.end() :]
    text = _LONE_MONTH.sub(" ", text)
    leading = _LEADING_YEAR.match(text)
    if leading and not year_known:
        return int(leading[1]), text[leading.end() :]
    if not year_known:
        years = list(_ANY_YEAR.finditer(text))
        alone = [y for y in years if re.match(r"[\s,.)]*$", text[y.end() :]) or text[y.end() : y.end() + 1] == ","]
        if alone:
            return int(alone[-1][1]), text[: alone[-1].start()] + " " + text[alone[-1].end() :]
    return None, text


def _located(text: str, year: int | None) -> Locator:
    text = _GLUED_PART.sub(" ", text)
    text = _ISSUE_MARK.sub(" #", _VOLUME_MARK.sub("", text))
    text = _PAGE_MARK.sub(":", text).strip(" .,;")
    if text.startswith(":"):
        return Locator(year, pages=_trimmed(text))
    found = _LOCATED.match(text)
    if found is None:
        return Locator(year)
    volume, issue = (found["volume"] or "").strip(" .,"), (found["issue"] or found["marked"] or "").strip()
    pages = _trimmed(found["pages"])
    if volume and not issue and not pages:
        return Locator(year, pages=volume) if _PAGES.fullmatch(volume) else Locator(year, lone=volume)
    return Locator(year, volume, issue, pages)


def _trimmed(pages: str) -> str:
    text = pages.strip(" .,;:")
    sentence = re.search(r"(?<=[\w\])])[.](?=\s+[A-Z])", text)
    return (text[: sentence.start()] if sentence else text).strip(" .,;:")


# Volume, issue and pages: when two ways of writing them mean the same place.

_RANGE = re.compile(
    r"((?:(?<![a-z])[a-z]+)?\d+[a-z]*(?:\.\d+)?|\b[ivxlc]+\b)"
    r"(?:\s*-\s*([a-z]*\d+[a-z]*(?:\.\d+)?|\b[ivxlc]+\b))?",
    re.IGNORECASE,
)
_PIECE = re.compile(r"\d+|[a-z]+", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_PART_NAMES = {
    "supplement": "suppl",
    "supplements": "suppl",
    "sup": "suppl",
    "supp": "suppl",
    "s": "suppl",
    "part": "pt",
    "p": "pt",
    "number": "no",
    "special": "spec",
    "issue": "",
    "iss": "",
    "no": "",
    "nos": "",
    "nr": "",
    "vol": "",
    "volume": "",
    "half": "",
}
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_ROMAN_NUMBER = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")


def _roman(word: str) -> str:
    if not word or not _ROMAN_NUMBER.fullmatch(word):
        return word
    values = [_ROMAN[letter] for letter in word]
    return str(sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True)))


def _pieces(text: str) -> frozenset[str]:
    folded = (fold(piece) for piece in _PIECE.findall(clean(text)))
    named = (_PART_NAMES.get(piece, piece) for piece in folded)
    return frozenset((p.lstrip("0") or "0") if p.isdigit() else _roman(p) for p in named if p)


def same_part(printed: str, recorded: str) -> bool:
    """Whether two volumes or issues can be one: an extra part ("Suppl 2") on one side is no difference."""
    here, there = _pieces(printed), _pieces(recorded)
    if here == there:
        return True
    here_numbers, there_numbers = ({p for p in side if p.isdigit()} for side in (here, there))
    if here_numbers and there_numbers:
        return here_numbers <= there_numbers or there_numbers <= here_numbers
    return here <= there or there <= here


def ranges(pages: str) -> tuple[tuple[str, str], ...]:
    """First and last page of every segment, digits only, abbreviated ends completed (529-38 is 529-538)."""
    found: list[tuple[str, str]] = []
    for first, last in _RANGE.findall(pages):
        start, end = _digits(first), _digits(last) if last else ""
        if end and len(end) < len(start) and (not last[0].isalpha() or first[0].isalpha()):
            end = start[: len(start) - len(end)] + end
        found.append((start, end or start))
    return tuple(found)


def _digits(page: str) -> str:
    digits = "".join(_DIGITS.findall(page))
    return (digits.lstrip("0") or "0") if digits else _roman(page.lower())


def _plain(page: str) -> str:
    return "".join(_PIECE.findall(page)).lower()


def doi_of(article: Article) -> str:
    """The record's DOI, if it gives one."""
    return next((i.value for i in article.also_known_as if i.kind is IdKind.DOI), "") or (
        article.identifier.value if article.identifier.kind is IdKind.DOI else ""
    )


def _is_article_number(printed: str, article: Article) -> bool:
    plain = _plain(printed)
    numbers = [_plain(number) for number in (*article.elocations, article.pages) if number]
    digits = _digits(printed)
    for number in numbers:
        bare = "".join(_DIGITS.findall(number)).lstrip("0")
        if plain == number or (digits and (digits == bare or (len(digits) >= 3 and bare.endswith(digits)))):
            return True
    doi = _plain(doi_of(article).rpartition("/")[2])
    return bool(doi) and (doi.endswith(plain) or (len(digits) >= 2 and doi.endswith(digits)))


def judge_pages(printed: str, article: Article) -> FieldComparison:
    """Compare pages or an article number; first pages with any segment of the record, last with any end."""
    recorded = article.pages or (article.elocations[0] if article.elocations else "")
    here, there = ranges(printed), ranges(clean(article.pages))
    if not here or not recorded:
        return not_judged(Field.PAGES, printed, recorded)
    first, last = here[0]
    single = first == last
    if (single or not there) and _is_article_number(printed, article):
        return agrees(Field.PAGES, printed, recorded)
    if not there or (not single and first == "1" and _has_article_number(article)):
        return not_judged(Field.PAGES, printed, recorded)
    firsts = {start for start, _ in there}
    lasts = {end for _, end in there}
    if first in firsts and (single or last in lasts or _is_open(there, first)):
        return agrees(Field.PAGES, printed, recorded)
    which = "last" if first in firsts else "first"
    message = f"{which} page differs: {printed!s} is printed, the record has {recorded}"
    return FieldComparison(
        Field.PAGES, Verdict.DIFFERS, printed, recorded, message=message, matched=int(first in firsts)
    )


def _is_open(there: tuple[tuple[str, str], ...], first: str) -> bool:
    """The record gives only the first page of the segment, so a printed last page is not judged."""
    return len(there) == 1 and there[0] == (first, first)


def _has_article_number(article: Article) -> bool:
    return len(ranges(article.pages)) == 1 and "-" not in article.pages


def judge_part(field: Field, printed: str, recorded: str) -> FieldComparison:
    """Compare a volume or an issue."""
    if not printed or not recorded:
        return not_judged(field, printed, recorded)
    if same_part(printed, recorded):
        return agrees(field, printed, recorded)
    message = f"{field} differs: {printed} is printed, the record has {recorded}"
    return FieldComparison(field, Verdict.DIFFERS, printed, recorded, message=message)


def judge_locators(tail: Locator, article: Article) -> tuple[FieldComparison, FieldComparison, FieldComparison]:
    """Volume, issue and pages of a printed citation."""
    volume, issue, pages = tail.volume, tail.issue, tail.pages
    if tail.lone:
        volume, pages = _place_lone(tail.lone, article)
    if volume and not article.volume and not issue and article.issue and same_part(volume, article.issue):
        volume, issue = "", volume
    if volume and issue and not article.volume:
        volume = ""
    return (
        judge_part(Field.VOLUME, volume, article.volume),
        judge_part(Field.ISSUE, issue, article.issue),
        judge_pages(pages, article),
    )


def _place_lone(lone: str, article: Article) -> tuple[str, str]:
    """A single number: the volume unless it can only be the page."""
    if article.volume and same_part(lone, article.volume):
        return lone, ""
    recorded = ranges(article.pages)
    is_page = any(_digits(lone) == start for start, _ in recorded) or _is_article_number(lone, article)
    if is_page or not article.volume:
        return "", lone if is_page else ""
    return lone, ""
