"""The numbers of a citation: year, volume, issue and pages, read from print and compared with the record."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.matching.text import MONTHS_ABROAD, clean, fold
from evidence.matching.verdict import Field, FieldComparison, Verdict, agrees, not_judged
from evidence.model.identifiers import IdKind
from evidence.model.records import Article
from evidence.model.regex import regex

# Reading: year, volume, issue and pages in the orders that styles print them

_MONTH = (
    rf"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    rf"|Nov(?:ember)?|Dec(?:ember)?|Spring|Summer|Autumn|Fall|Winter|(?:{MONTHS_ABROAD})\b)"
)
_MONTHS = rf"{_MONTH}\.?(?:\s?[-/]\s?{_MONTH}\.?)?"
_YEAR = r"(?:1[6-9]|20)\d\d"
_YEAR_BEFORE_MONTH = regex(
    rf"\b({_YEAR})[a-z]?(?:\s?[-/]\s?(?:{_YEAR}|\d\d))?,?\s+{_MONTHS}(?!\w|\.?,?\s+(?:\d{{1,2}},?\s+)?{_YEAR}\b)"
    r"(?:[ ,]+\d{1,2}(?:-\d{1,2})?(?!\d|[-(:]))?",
    re.IGNORECASE,
)
_YEAR_AFTER_MONTH = regex(rf"\b{_MONTHS}(?:\s+\d{{1,2}})?,?\s+({_YEAR})\b", re.IGNORECASE)
_MONTH_ISSUE = regex(rf"\(\s*{_MONTHS}(?:\s+\d{{1,2}}(?:-\d{{1,2}})?)?\s*\)", re.IGNORECASE)
_LONE_MONTH = regex(rf"(?:(?<=^)|(?<=[\s,(]))(?:\d{{1,2}}\s+)?{_MONTHS}(?=[\s,;.)]|$)", re.IGNORECASE)
_BRACKETED_YEAR = regex(rf"\(\s*({_YEAR})[a-z]?\s*\)")
_ANY_YEAR = regex(rf"(?<![\d-])({_YEAR})[a-z]?(?![\d])")
_LEADING_YEAR = regex(rf"^[\s.,;:()\]]*({_YEAR})[a-z]?\)?(?:\s?[-/]\s?(?:{_YEAR}|\d\d)\b(?!\s*\())?[\s.,;:]+(?=\S)")
# Words for volume, issue and pages, in the languages of Europe; those that are no English word only before a number.
_VOLUME_MARK = regex(
    r"\b(?:vol(?:ume|s|umen)?\b\.?|(?-i:v)\.(?=\s*\d)|(?:^|(?<=[,;.]\s))V\.?(?=\s*\d)"
    r"|(?:Bd|Band|Jg|Jahrg|\u0442|\u0442\u043e\u043c|tom[oe]?|t|cilt|cild|ro\u010d(?:n\u00edk)?|\u00e9vf|\u00e5rg|jrg|jaarg|rocz|kd|sv)\b\.?(?=\s*\d))\s*",
    re.IGNORECASE,
)
_VOLUME_FOLLOWS = regex(rf"(?:{_VOLUME_MARK.pattern})\d|\d{{1,4}}\s?[(,:]", re.IGNORECASE)
_ISSUE_MARK = regex(
    r"(?:,|(?<![\s,]))\s*+\b(?:(?:no|nos|issue|iss|nr|number|fasc|heft|n\u00fam|n\u00famero|numero)\b\.?|n\s?(?:\u00b0|\.(?=\s*\d)|(?=\s\d))"
    r"|(?-i:H)\.(?=\s*\d)|(?:\u0432\u044b\u043f(?:\u0443\u0441\u043a)?|\u0432\u0438\u043f|\u010d(?:\u00edslo)?|z|zesz|say\u0131|sayi|broj|br|\u0431\u0440|sz|h|hft|cah)\b\.?(?=\s*\d))\s*(?=\w)",
    re.IGNORECASE,
)
_PAGE_MARK = regex(
    r"(?:\b(?:pp?|pages?|pgs?|art(?:icle)?(?:\.?\s+(?:no|id|number))?)\b[.:]?\s*)(?=[\w-])"
    r"|(?<=[\s,])(?:S\.|Seiten?\b|ss\.|\u0441{1,2}\.|\u0441\u0442\u0440\b\.?|str\b\.?|p[\u00e1a]gs?\b\.?|pagg?\b\.?|sivut?\b|blz\b\.?|lk\b\.?|psl\b\.?)\s*(?=\w?\d)",
    re.IGNORECASE,
)
_YEAR_AFTER_ISSUE = regex(rf"(?<=\))[\s,]{{0,3}}({_YEAR})[\s,:]{{1,3}}(?=[A-Za-z]?\d)")
# A sentence or bracket after the numbers that begins with no word for them: "Level of evidence: II.", "(open access)".
_TAIL = regex(
    rf"(?<=[\d)\]a-z])\s?[.;]?\s{{1,3}}(?:[(\[](?=[A-Za-z]{{2}})|(?=[A-Z][A-Za-z]{{2}}))"
    rf"(?!(?:vol|no|nos|nr|number|issue|iss|suppl|supp|supplement|part|pt|pp?|pages?|pgs|art|article|paper|band|bd|heft|jg"
    rf"|seiten?|spec|special|hors|fasc|forthcoming|epub|tom[oe]?|cilt|[ivxlc]+|{_MONTH})\b)",
    re.IGNORECASE,
)
_RULE = regex(r"^-\s+|[.,;]\s*-\s+|(?<!\d)\s+-\s+|\s+-\s+(?!\d)")  # GOST: "2021. - Vol. 60, No 11. - P. 8267"
_PARTS = r"(?:suppl?(?:ement)?|series|pt|part|spec(?:ial)?|no|hors|s[eé]rie|ser)"
_GLUED_PART = regex(r"(?<=\d)(?=(?:suppl|pt)\b)", re.IGNORECASE)
_NUMBER = rf"[A-Z]{{0,4}}\.?\d[\w./?-]*|[IVXLC]+\b|{_PARTS}\b\.?(?:\s*\d+)?"
_VOLUME = rf"(?P<volume>(?:{_NUMBER})(?:\.?,?\s*{_PARTS}\b\.?(?:\s*\w{{1,4}}\b(?!\s*-\s*\d))?)*)"
_SEMICOLON_BEFORE_YEAR = regex(rf"^[\s.)]*;\s*(?={_YEAR}\s*(?:;|$))")
_EMPHASIS = regex("[*_]")
_VOLUME_ISSUE_PAGES = regex(
    rf"^[^\w(#]*{_VOLUME}?\s*(?:\((?P<issue>[^()]*(?:\([^()]*\)[^()]*)?)\)|\#(?P<marked>(?:{_PARTS}\b\.?\s*\d+|[\w/.-]+)(?:\s*{_PARTS}\b\.?(?:\s*\d+)?){{0,2}}))?\s*"
    r"(?P<mark>[:,;]|\s|\.)?\s*(?P<pages>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_ACM = regex(
    rf"^[^\w(]*(?P<volume>[A-Z]?\d[\w/.-]*|[IVXLC]+)\s*,\s*(?P<issue>[A-Z]{{0,5}}[\s.]?\d[\w/.-]*(?:\s{_PARTS}\b\.?(?:\s\d+)?)?)"
    rf"(?:,?\s+Article\s+(?P<article>\w+))?\s*\((?:{_MONTHS}\s+)?(?P<year>{_YEAR})\)\s*[,:]\s*(?P<pages>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_PAGES = regex(r"[A-Z]{0,3}\d+\s*-\s*[A-Z]{0,3}\d+|[a-z]\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Locator:
    """The numbers at a citation's end. `lone` is a single number that may be volume, issue or page."""

    year: int | None = None
    volume: str = ""
    issue: str = ""
    pages: str = ""
    lone: str = ""


def parse_locator(raw: str, *, front_year: int | None) -> Locator:
    """Read the text after the journal's name; `front_year` is the year that is printed before it."""
    raw = _without_tail(raw)
    text = _RULE.sub(", ", _MONTH_ISSUE.sub(" ", _SEMICOLON_BEFORE_YEAR.sub("", _EMPHASIS.sub("", raw))))
    if acm := _ACM.match(text):  # "60, 11 (2021), 8267-8275"
        pages = _first_sentence(acm["article"] or _PAGE_MARK.sub("", acm["pages"]))
        return Locator(int(acm["year"]), acm["volume"], acm["issue"].strip(), pages)
    dated, semicolon, rest = text.rstrip(" .,;:").partition(";")
    before_semicolon = _ANY_YEAR.search(dated) if semicolon else None
    if before_semicolon or (semicolon and not re.search(r"\d", dated)):
        year = int(before_semicolon[1]) if before_semicolon else None
    else:
        year, rest = _take_year(f"{dated},{rest}" if semicolon else text, front_year)
    rest = _ISSUE_MARK.sub(" #", _VOLUME_MARK.sub("", _GLUED_PART.sub(" ", rest)))
    rest = _PAGE_MARK.sub(":", rest).strip(" .,;")
    if rest.startswith(":"):
        return Locator(year, pages=_first_sentence(rest))
    found = _VOLUME_ISSUE_PAGES.match(rest)
    if found is None:
        return Locator(year)
    volume, issue = (found["volume"] or "").strip(" .,"), (found["issue"] or found["marked"] or "").strip()
    pages = _first_sentence(found["pages"])
    if volume and not issue and not pages:
        return Locator(year, pages=volume) if _PAGES.fullmatch(volume) else Locator(year, lone=volume)
    return Locator(year, volume, issue, pages)


def _without_tail(text: str) -> str:
    """The numbers without the sentences after them; before the first volume or page a sentence may belong to them."""
    for tail in _TAIL.finditer(text):
        if re.search(r"\d", _ANY_YEAR.sub("", text[: tail.start()])):
            return text[: tail.start()]
    return text


def _take_year(text: str, front_year: int | None) -> tuple[int | None, str]:
    """The year, and the text without it."""
    for pattern in (_BRACKETED_YEAR, _YEAR_BEFORE_MONTH, _YEAR_AFTER_MONTH, _YEAR_AFTER_ISSUE):
        found = pattern.search(text)
        if found:
            return int(found[1]), text[: found.start()] + " " + text[found.end() :]
    text = _LONE_MONTH.sub(" ", text)
    leading = _LEADING_YEAR.match(text)
    if front_year is not None:  # ISO 690 prints the year twice: "Smith, J, 2021. Title. Journal. 2021. Vol. 60"
        again = leading and int(leading[1]) == front_year and _VOLUME_FOLLOWS.match(text, leading.end())
        return None, text[leading.end() :] if leading and again else text
    ended = [y for y in _ANY_YEAR.finditer(text) if re.match(r",|\.\s+[A-Z][a-z]|[\s,.()]*$", text[y.end() :])]
    ended = [y for y in ended if not re.search(r"\b(?:pp?|pages?|s)\.\s?$", text[: y.start()], re.IGNORECASE)] or ended
    if leading and not (ended and text[leading.end(1) :].startswith(":")):  # "1766: 147512, 2021" begins with a volume
        return int(leading[1]), text[leading.end() :]
    if ended:
        return int(ended[-1][1]), text[: ended[-1].start()] + " " + text[ended[-1].end() :]
    return None, text


def _first_sentence(pages: str) -> str:
    text = pages.strip(" .,;:")
    sentence = re.search(r"(?<=[\w\])])\s{0,3}[.](?=\s+[A-Z])", text)
    return (text[: sentence.start()] if sentence else text).strip(" .,;:")


# Comparing: when two ways of writing them mean the same place

_ISSUE_AND_PAGES = regex(r"(?P<issue>[\w/-]{1,12}(?:\s\w{1,6}){0,4})[\s,:]{1,6}(?P<pages>[A-Za-z]{0,3}\d.*)", re.DOTALL)
_RANGE = regex(
    r"((?:(?<![a-z])[a-z]+)?\d+[a-z]*(?:\.\d+)?|\b[ivxlc]+\b)"
    r"(?:\s*-\s*([a-z]*\d+[a-z]*(?:\.\d+)?|\b[ivxlc]+\b))?",
    re.IGNORECASE,
)
_PIECE = regex(r"\d+|[a-z]+", re.IGNORECASE)
_DIGITS = regex(r"\d+")
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
_ROMAN_NUMBER = regex(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")


def _arabic(word: str) -> str:
    """A Roman number in digits; any other word as it is."""
    if not word or not _ROMAN_NUMBER.fullmatch(word):
        return word
    values = [_ROMAN[letter] for letter in word]
    return str(sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True)))


def same_part(printed: str, recorded: str) -> bool:
    """Whether two volumes or issues can be one: an extra part ("Suppl 2") on one side is not a difference."""
    here, there = _pieces(printed), _pieces(recorded)
    if here == there:
        return True
    here_numbers, there_numbers = ({p for p in side if p.isdigit()} for side in (here, there))
    if here_numbers and there_numbers:
        return here_numbers <= there_numbers or there_numbers <= here_numbers
    return here <= there or there <= here


def _pieces(text: str) -> frozenset[str]:
    folded = (fold(piece) for piece in _PIECE.findall(clean(text)))
    named = (_PART_NAMES.get(piece, piece) for piece in folded)
    return frozenset((p.lstrip("0") or "0") if p.isdigit() else _arabic(p) for p in named if p)


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
    return (digits.lstrip("0") or "0") if digits else _arabic(page.lower())


def doi_of(article: Article) -> str:
    """The record's DOI; empty when it gives none."""
    return next((i.value for i in article.also_known_as if i.kind is IdKind.DOI), "") or (
        article.identifier.value if article.identifier.kind is IdKind.DOI else ""
    )


def judge_year(printed: int | None, article: Article, *, located: bool) -> tuple[FieldComparison, int]:
    """Compare a printed year with the record's years (print, electronic, MedlineDate), and say how far apart they are.

    `located`: volume and page agree, so that a year one less may be the electronic one.
    """
    if printed is None or not article.years:
        return not_judged(Field.YEAR), 0
    recorded = " or ".join(map(str, article.years))
    if printed in article.years:
        return agrees(Field.YEAR, str(printed), recorded), 0
    message = f"year differs: cited {printed}, record {recorded}"
    if printed == min(article.years) - 1 and not article.has_article_date and located:
        message += " (possibly the year of electronic publication, which is not in the record)"
    apart = min(abs(printed - year) for year in article.years)
    return FieldComparison(Field.YEAR, Verdict.DIFFERS, str(printed), recorded, message=message), apart


def judge_locators(locator: Locator, article: Article) -> tuple[FieldComparison, FieldComparison, FieldComparison]:
    """Volume, issue and pages of a printed citation."""
    volume, issue, pages = locator.volume, locator.issue, locator.pages
    if locator.lone and article.volume and same_part(locator.lone, article.volume):
        volume = locator.lone
    elif locator.lone:  # the volume unless it can only be the page
        is_page = any(_digits(locator.lone) == start for start, _ in ranges(article.pages)) or _is_article_number(
            locator.lone, article
        )
        if is_page:
            pages = locator.lone
        elif article.volume:
            volume = locator.lone
    if volume and not article.volume and not issue and article.issue and same_part(volume, article.issue):
        volume, issue = "", volume
    if volume and issue and not article.volume:
        volume = ""
    volume, issue = without_year_as_volume(volume, issue, article)
    split = _ISSUE_AND_PAGES.fullmatch(pages)
    if split and not issue and same_part(split["issue"], article.issue) and judge_pages(split["pages"], article).agrees:
        issue, pages = (
            split["issue"],
            split["pages"],
        )  # "51, 22, 58-61": only the record shows which is the issue
    return (
        judge_part(Field.VOLUME, volume, article.volume),
        judge_part(Field.ISSUE, issue, article.issue),
        judge_pages(pages, article),
    )


def without_year_as_volume(volume: str, issue: str, article: Article) -> tuple[str, str]:
    """Printed volume and issue, where one side counts years as volumes and the other does not.

    Cochrane reviews are "2015;4:CD009876" and "2015;2015(4):CD009876", with the volume 2015, 4 or none in PubMed.
    """
    printed_year, recorded_year = (v in set(map(str, article.years)) for v in (volume, article.volume))
    if printed_year and not recorded_year and issue and same_part(issue, article.issue or article.volume):
        return "", issue
    is_issue = bool(volume and article.issue) and same_part(volume, article.issue) and issue in {"", volume}
    return ("", volume) if recorded_year and not printed_year and is_issue else (volume, issue)


def judge_part(field: Field, printed: str, recorded: str) -> FieldComparison:
    """Compare a volume or an issue."""
    if not printed or not recorded:
        return not_judged(field, printed, recorded)
    if same_part(printed, recorded):
        return agrees(field, printed, recorded)
    message = f"{field} differs: cited {printed}, record {recorded}"
    return FieldComparison(field, Verdict.DIFFERS, printed, recorded, message=message)


def judge_pages(printed: str, article: Article) -> FieldComparison:
    """Compare pages or an article number; first pages with any segment of the record, last with any end."""
    recorded = article.pages or (article.elocations[0] if article.elocations else "")
    here, there = ranges(printed), ranges(clean(article.pages))
    if not here or not recorded:
        return not_judged(Field.PAGES, printed, recorded)
    first, last = here[0]
    is_single = first == last
    if (is_single or not there) and _is_article_number(printed, article):
        return agrees(Field.PAGES, printed, recorded)
    has_article_number = len(ranges(article.pages)) == 1 and "-" not in article.pages
    if not there or (not is_single and first == "1" and has_article_number):
        return not_judged(Field.PAGES, printed, recorded)
    firsts = {start for start, _ in there}
    lasts = {end for _, end in there}
    is_open = there == ((first, first),)  # the record gives only the first page, so a printed last one is not judged
    if first in firsts and (is_single or last in lasts or is_open):
        return agrees(Field.PAGES, printed, recorded)
    which = "last" if first in firsts else "first"
    message = f"{which} page differs: cited {printed}, record {recorded}"
    return FieldComparison(
        Field.PAGES, Verdict.DIFFERS, printed, recorded, message=message, matched=int(first in firsts)
    )


def _is_article_number(printed: str, article: Article) -> bool:
    plain = _alphanumeric(printed)
    digits = _digits(printed)
    for number in (*article.elocations, article.pages):
        bare = "".join(_DIGITS.findall(number)).lstrip("0")
        if number and (
            plain == _alphanumeric(number)
            or (digits and (digits == bare or (len(digits) >= 3 and bare.endswith(digits))))
        ):
            return True
    doi = _alphanumeric(doi_of(article).rpartition("/")[2])
    return bool(doi) and (doi.endswith(plain) or (len(digits) >= 2 and doi.endswith(digits)))


def _alphanumeric(page: str) -> str:
    return "".join(_PIECE.findall(page)).lower()
