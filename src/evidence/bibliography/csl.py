"""Where in a volume a work stands: pages from first to last, or an article number."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evidence.library.fields import DATE_FIELDS, NAME_FIELDS, TEXT_FIELDS
from evidence.model import dates, identifiers
from evidence.model.csl import csl_date, csl_item, full_pages
from evidence.model.identifiers import IdKind
from evidence.model.records import Article, Label, NoticeLink, Record, SplVersion, is_retracted, links
from evidence.model.references import Reference

# Where in a volume a work stands: pages from first to last, or an article number.

_SINGLE_NUMBER = re.compile(
    r"""[eE]-?\d[\w.-]*          # e0212345, and e01234-20 of the American Society for Microbiology
      | 0\d{4}-\d{2}             # 01234-20, the same without its letter
      | [A-Za-z]{2}[\w.]*\d(?:\.pub\d+)?    # CD010410.pub3, dkaa123
      | \d{6,}                   # article numbers of Elsevier, Springer, BMC""",
    re.VERBOSE,
)
_RANGE_OF_E = re.compile(r"([eE])(\d+)-\1?(\d+)")
# A publisher's item identifier is no place in a volume, though PubMed prints it there.
_PII = re.compile(r"S?\d{4}-?\d{3}[\dX]\(?\d{2}\)?\d{5}-?[\dX]", re.IGNORECASE)

_INTERNAL = re.compile(r"\d{10,}")  # what Sage and others give a work that is in no issue yet


def page_or_number(pages: str, elocations: tuple[str, ...], *, in_volume: bool) -> tuple[str, str]:
    """Pages (first to last, ends completed) and article number; at least one of them is empty.

    An e-location counts only where the work has a volume or an issue: before, it is ahead of print and
    PubMed's number is the publisher's internal one.
    """
    pages = pages.strip().rstrip(".")
    if not in_volume and _INTERNAL.fullmatch(pages):
        return "", ""
    if pages:
        return ("", pages) if is_article_number(pages) else (full_pages(pages), "")
    numbers = (number for number in elocations if not _PII.fullmatch(number))
    return "", next(numbers, "") if in_volume else ""


def is_article_number(pages: str) -> bool:
    """Whether what stands in the place of pages is one article's number, hyphen or not."""
    if _is_range_of_e(pages):
        return False
    return bool(_SINGLE_NUMBER.fullmatch(pages))


def _is_range_of_e(pages: str) -> bool:
    """`e123-30`, `e1-e7`: pages of an electronic edition. `e01234-20` is none: its number has a leading zero."""
    match = _RANGE_OF_E.fullmatch(pages)
    return match is not None and not (match[2].startswith("0") and len(match[2]) == 5 and len(match[3]) == 2)


# Names as CSL wants them: initials apart, and the names of firms in readable case.

_RUN_TOGETHER = re.compile(r"[^\W\d_]{2,4}")
_LEGAL_FORMS = {"gmbh": "GmbH", "inc": "Inc", "ltd": "Ltd", "co": "Co", "corp": "Corp", "hcl": "HCl", "kgaa": "KGaA"}
_ABBREVIATIONS = frozenset(
    {"LLC", "LLP", "LP", "USA", "US", "UK", "EU", "PLC", "AG", "SA", "NV", "BV", "AB", "KG", "SE"}
)
_SMALL = frozenset({"and", "of", "in", "for", "with", "the", "a"})
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_VOWEL = re.compile(r"[AEIOUY]")


def initials_apart(given: str) -> str:
    """`JP` as `J P`, so that a style does not take it for one forename; anything else as it is.

    Capital letters of an alphabet with case only: 小明 is a name, not two initials.
    """
    together = _RUN_TOGETHER.fullmatch(given) and given.isupper() and given.lower() != given
    return " ".join(given) if together else given


def name_of(parts: Mapping[str, object]) -> dict[str, object]:
    """A CSL name whose given name has its initials apart."""
    given = parts.get("given")
    return {**parts, "given": initials_apart(given)} if isinstance(given, str) else dict(parts)


def firm(name: str) -> str:
    """A firm's name that is written in capitals only, in title case: `ATON PHARMA, INC.` is Aton Pharma, Inc.

    Abbreviations (no vowel, digits, LLC, USA) keep their capitals; a name in mixed case is left alone.
    """
    return _WORD.sub(lambda word: _firm_word(word[0]), name) if name.isupper() else name


def _firm_word(word: str) -> str:
    if word.lower() in _LEGAL_FORMS:
        return _LEGAL_FORMS[word.lower()]
    if word in _ABBREVIATIONS or len(word) == 1 or not _VOWEL.search(word) or not word.isalpha():
        return word
    return word.lower() if word.lower() in _SMALL else word.capitalize()


def drug(title: str) -> str:
    """A label's title that is written in capitals only, in sentence case: `NALTREXONE TABLET` is Naltrexone tablet."""
    if not title.isupper():
        return title
    lowered = _WORD.sub(lambda word: _drug_word(word[0]), title)
    return lowered[:1].upper() + lowered[1:]


def _drug_word(word: str) -> str:
    if word.lower() == "hcl":
        return "HCl"
    return word if any(char.isdigit() for char in word) or (len(word) == 1 and word != "A") else word.lower()


def initials(given: str) -> str:
    """Given names as NLM prints them: `Jill P.` JP."""
    words = [match[0] for match in _LETTERS.finditer(given)]
    if len(words) == 1 and words[0].isupper() and len(words[0]) <= 3:
        return words[0]
    return "".join(word[0].upper() for word in words)


# An entry of the library as a CSL-JSON item: what it says itself, its dates and names made uniform.

Item = dict[str, object]

_TRUE = (True, "true")  # a library read from YAML holds text
_NUMBERS = {IdKind.PMID: "PMID", IdKind.PMCID: "PMCID", IdKind.DOI: "DOI"}


def entry_item(reference: Reference) -> Item:
    """The entry's own fields under CSL's names; a type is guessed where it gives none."""
    told = reference.csl
    item: Item = {"type": reference.type or _type(reference)}
    # In the entry's own order: that of a set is another one in every process.
    item |= {key: text for key, text in told.items() if key in TEXT_FIELDS}
    item |= {key: _names(names) for key, names in told.items() if key in NAME_FIELDS}
    item |= {key: date for key in told if key in DATE_FIELDS and (date := _date_of(reference, key))}
    item |= numbers_of(reference)
    page = item.get("page")
    if isinstance(page, str):
        item |= _located(page, is_article=item["type"] == "article-journal" and "number" not in item)
    if "URL" in told and not _is_only_a_pointer(reference):
        item["URL"] = told["URL"]
    label = reference.first(IdKind.SETID)
    if label is not None:
        item.setdefault("URL", identifiers.url_of(label))
        item["custom"] = {"setid": label.value}
    return item


def numbers_of(reference: Reference) -> Item:
    """PMID, PMCID and DOI in canonical form."""
    found = {variable: reference.first(kind) for kind, variable in _NUMBERS.items()}
    return {variable: identifier.value for variable, identifier in found.items() if identifier}


def entry_retraction(reference: Reference) -> Item:
    """What the entry itself says of a retraction, as an exported library does; empty where it says nothing."""
    custom = reference.csl.get("custom")
    if not isinstance(custom, Mapping) or custom.get("retracted") not in _TRUE:
        return {}
    notice = custom.get("retraction-notice")
    republished = {"republished": True} if custom.get("republished") in _TRUE else {}
    return {"retracted": True, "retraction-notice": notice if isinstance(notice, str) else "", **republished}


def _located(page: str, *, is_article: bool) -> Item:
    """Pages with their ends completed; an article's number under its own name."""
    return {"page": "", "number": page} if is_article and is_article_number(page) else {"page": full_pages(page)}


def _type(reference: Reference) -> str:
    kinds = {identifier.kind for identifier in reference.identifiers}
    if IdKind.SETID in kinds:
        return "document"
    return "article-journal" if kinds & _NUMBERS.keys() else "webpage"


def _is_only_a_pointer(reference: Reference) -> bool:
    """Whether the URL is a registry's address of the PMID, PMCID or DOI: that number is printed itself."""
    return any(use.key == "URL" and use.derived and use.identifier.kind in _NUMBERS for use in reference.uses)


def _names(told: object) -> list[dict[str, object]]:
    names = told if isinstance(told, list) else [told]
    return [name_of(name) if isinstance(name, Mapping) else {"literal": str(name)} for name in names]


def _date_of(reference: Reference, key: str) -> Item:
    known = {"issued": reference.issued, "accessed": reference.accessed}
    if key in known:
        date = known[key]
        return csl_date(date) if date else {}
    told = reference.csl[key]
    try:
        return csl_date(dates.parse(told)) if isinstance(told, str) else _from_parts(told)
    except (dates.DateError, TypeError, ValueError, LookupError):
        return {}


def _from_parts(told: object) -> Item:
    match told:
        case {"date-parts": [*parts]}:
            return {"date-parts": [[int(number) for number in part] for part in parts]}
        case {"year": year, **rest}:
            return {"date-parts": [[int(str(n)) for n in (year, rest.get("month"), rest.get("day")) if n]]}
    return {}


# The languages of PubMed's records: ISO 639-2 as MEDLINE writes it, BCP 47 for CSL, and the English name for print.

_TABLE = """
afr af Afrikaans|alb sq Albanian|ara ar Arabic|arm hy Armenian|aze az Azerbaijani|baq eu Basque|bos bs Bosnian
bul bg Bulgarian|cat ca Catalan|chi zh Chinese|cze cs Czech|dan da Danish|dut nl Dutch|eng en English
epo eo Esperanto|est et Estonian|fin fi Finnish|fre fr French|geo ka Georgian|ger de German
gla gd Scottish Gaelic|gre el Greek|heb he Hebrew|hin hi Hindi|hrv hr Croatian|hun hu Hungarian
ice is Icelandic|ind id Indonesian|ita it Italian|jpn ja Japanese|kin rw Kinyarwanda|kor ko Korean
lat la Latin|lav lv Latvian|lit lt Lithuanian|mac mk Macedonian|mal ml Malayalam|mao mi Maori|may ms Malay
nor no Norwegian|per fa Persian|pol pl Polish|por pt Portuguese|pus ps Pushto|rum ro Romanian|rus ru Russian
san sa Sanskrit|scc sr Serbian|scr hr Croatian|slo sk Slovak|slv sl Slovenian|spa es Spanish|srp sr Serbian
swe sv Swedish|tha th Thai|tur tr Turkish|ukr uk Ukrainian|urd ur Urdu|vie vi Vietnamese|wel cy Welsh
"""
_ROWS = [row.split(" ", 2) for line in _TABLE.split("\n") for row in line.split("|") if row]
TAGS = {code: tag for code, tag, _ in _ROWS}
"""ISO 639-2 (bibliographic) to BCP 47."""

NAMES = {tag: name for _, tag, name in _ROWS}
"""BCP 47 to the language's English name."""


def tag_of(languages: tuple[str, ...]) -> str:
    """The BCP 47 tag of a record's language; empty for English, for several with English, and for unknown ones."""
    return "" if "eng" in languages else next((TAGS[code] for code in languages if code in TAGS), "")


# The printed form of retraction notices and corrections, after PubMed's own words for them.

_DOI = re.compile(r"(?:[.;,]|(?<![\s.;,]))\s*+\bdoi:\s*+\S+", re.IGNORECASE)
_MONTH_AND_DAY = re.compile(r"\b(\d{4})\s[A-Z][a-z]{2}(?:[-/][A-Z][a-z]{2})?(?:\s\d{1,2})?(?=;)")


def retraction_notice(articles: Iterable[Article]) -> str:
    """Where the retraction stands, as `Lancet. 2010 Feb 6;375(9713):445`; empty when no record names it."""
    articles = tuple(articles)
    for kind in ("RetractionIn", "RetractedandRepublishedIn"):
        printed = [named for article in articles for link in links(article, kind) if (named := _named(link))]
        if printed:
            return printed[0]
    return ""


def is_republished(articles: Iterable[Article]) -> bool:
    """Whether the notice at once republishes the work."""
    articles = tuple(articles)
    only_retracted = any(links(article, "RetractionIn") for article in articles)
    return not only_retracted and any(links(article, "RetractedandRepublishedIn") for article in articles)


def named_in(articles: Iterable[Article], ref_type: str) -> list[str]:
    """Where the notices of one kind (`ErratumIn` …) stand, by the first record that names any."""
    for article in articles:
        printed = list(dict.fromkeys(named for link in links(article, ref_type) if (named := _named(link))))
        if printed:
            return printed
    return []


def _named(link: NoticeLink) -> str:
    """The notice as a citation, else its number: PubMed's `RefSource` without its DOI and closing stop."""
    source = _DOI.sub("", link.ref_source).strip().rstrip(".")
    if source:
        return source
    if link.doi:
        return f"doi:{link.doi}"
    return f"PubMed PMID: {link.pmid}" if link.pmid else ""


def by_year(notice: str) -> str:
    """A notice with the year alone, as AMA prints dates of journals: `Lancet. 2010;375(9713):445`."""
    return _MONTH_AND_DAY.sub(r"\1", notice)


# CSL-JSON's rich text: only `<i>`, `<b>`, `<sub>`, `<sup>` and their ends are markup, all else is literal.

_TAG = re.compile(r"</?(?:i|b|sub|sup)>")
_DROPPED = re.compile(r"</?u>")
_SCRIPT = re.compile(r"<(sub|sup)>([^<>]*)</\1>")
_HAS_A_CHARACTER = re.compile(r"[0-9+\-=()]*")
_UNSEEN = {
    # Overrides of the writing direction make one thing look like another; a bibliography has no use for them.
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)]),
    **dict.fromkeys(range(0xFDD0, 0xFDF0)),  # noncharacters, which are ours to use (`groups`)
    **dict.fromkeys([0x00AD, 0x200B, 0x2060, 0xFEFF]),  # soft hyphens and spaces without width
}


def rich_of_html(marked: str) -> str:
    """HTML that knows i, b, sub, sup and u, entities escaped, as rich text: entities resolved, `u` dropped."""
    return html.unescape(_DROPPED.sub("", marked))


def plain(rich: str) -> str:
    """Rich text without its markup."""
    return _TAG.sub("", rich) if "<" in rich else rich


def for_plain_text(rich: str) -> str:
    """Rich text with only those sub- and superscripts left that Unicode has characters for (`H<sub>2</sub>O`)."""
    if "<su" not in rich:
        return rich
    return _SCRIPT.sub(lambda match: match[0] if _HAS_A_CHARACTER.fullmatch(match[2]) else match[2], rich)


def without_stop(rich: str) -> str:
    """A title without the full stop that PubMed sets after it; styles set their own. An ellipsis stays."""
    return rich[:-1] if rich.endswith(".") and not rich.endswith("..") else rich


def clean(text: str) -> str:
    r"""The text on one line, without control characters, overrides of the writing direction and broken surrogates."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    shown = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text.translate(_UNSEEN))
    whole = shown.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(whole.split())


def cleaned(value: object) -> object:
    """The value with every text in it clean and whatever is empty left out; numbers and True, False stay."""
    match value:
        case str():
            return clean(value)
        case Mapping():
            kept = {clean(str(key)): cleaned(inner) for key, inner in value.items()}
            return {key: inner for key, inner in kept.items() if inner not in (None, "", [], {})}
        case list() | tuple():
            return [inner for inner in map(cleaned, value) if inner not in (None, "", [], {})]
    return value


# A reference as one CSL-JSON item, from its verified record where there is one, else from its entry.

# What no record of ours tells, so that the entry's word is added to the record's.
_ADDED = (
    "URL",
    "accessed",
    "archive",
    "chapter-number",
    "collection-title",
    "collection-number",
    "edition",
    "ISBN",
    "keyword",
    "note",
    "number-of-pages",
    "translator",
)


@dataclass(frozen=True, slots=True)
class ItemSource:
    """What an item is made of.

    `others` are the records that further sources hold of the same work; `retracted` is True when the work was
    judged retracted, by whichever source.
    """

    reference: Reference
    record: Record | None = None
    others: tuple[Article, ...] = ()
    retracted: bool = False


def item_of(subject: ItemSource, *, from_record: bool = True) -> Item:
    """The item of a reference; that it is retracted is told whichever source it is made from.

    Raises nothing: what cannot be used is left out.
    """
    reference, record = subject.reference, subject.record if from_record else None
    match record:
        case Article(title="", vernacular_title=""):
            item = entry_item(reference)
        case Article():
            item = _article(record, reference)
        case Label():
            item = _label(record, reference)
        case Record(title=title):
            item = {"title": title, **entry_item(reference)}
        case None:
            item = entry_item(reference)
    custom = item.pop("custom", {})
    told = {**custom, **_standing(subject)} if isinstance(custom, Mapping) else _standing(subject)
    whole = cleaned({"id": reference.id, **item, "custom": told})
    return _with_journal_name(whole) if isinstance(whole, dict) else {}


def _with_journal_name(item: Item) -> Item:
    """A journal that is only known by its short name bears it as its name too."""
    if "container-title-short" in item and "container-title" not in item:
        return {**item, "container-title": item["container-title-short"]}
    return item


def _standing(subject: ItemSource) -> Item:
    articles = tuple(r for r in (subject.record, *subject.others) if isinstance(r, Article))
    retracted = subject.retracted or (bool(articles) and is_retracted(articles[0]))
    told = entry_retraction(subject.reference)
    if not retracted:
        corrections, concerns = (named_in(articles, kind) for kind in ("ErratumIn", "ExpressionOfConcernIn"))
        return {"corrections": corrections, "concerns": concerns, **told}
    notice = retraction_notice(articles)
    if not notice and told:
        return told
    republished = {"republished": True} if is_republished(articles) else {}
    return {"retracted": True, "retraction-notice": notice, **republished}


def _article(article: Article, reference: Reference) -> Item:
    told = csl_item(article)
    entry = entry_item(reference)
    page, number = page_or_number(article.pages, article.elocations, in_volume=bool(article.volume or article.issue))
    marked = article.title_html if "<" in article.title_html else ""
    title = rich_of_html(marked) if marked else article.title or article.vernacular_title
    item: Item = {
        **{key: entry[key] for key in _ADDED if key in entry},
        **{key: value for key, value in told.items() if key not in {"id", "page", "custom"}},
        "title": without_stop(title),
        "original-title": without_stop(article.vernacular_title),
        "page": page,
        "number": number,
        "language": tag_of(article.languages),
        **{kind: _people(told.get(kind)) for kind in ("author", "editor")},
        **{key: value for key, value in numbers_of(reference).items() if key not in told},
        "custom": _article_custom(article, told),
    }
    if article.is_book and "DOI" not in item:
        item.setdefault("URL", identifiers.url_of(article.identifier))
    return item


def _article_custom(article: Article, told: Item) -> Item:
    custom = told.get("custom")
    notices = custom.get("notices") if isinstance(custom, Mapping) else None
    incomplete = {} if article.authors_complete else {"authors-complete": False}
    in_season = article.issued is not None and article.issued.season is not None
    season = {"season": article.date_text} if in_season else {}
    return {"notices": notices, "trials": list(article.trials), **incomplete, **season}


def _people(names: object) -> list[dict[str, object]]:
    return [name_of(name) for name in names if isinstance(name, Mapping)] if isinstance(names, list) else []


def _label(label: Label, reference: Reference) -> Item:
    """Drug, prescribing information, company, the day of the version that was read, accessed, address."""
    told, entry = csl_item(label), entry_item(reference)
    version = _version_read(label, reference)
    item: Item = {
        **{key: entry[key] for key in _ADDED if key in entry},
        "type": "document",
        "title": drug(label.title) or entry.get("title"),
        "genre": "Prescribing information",
        "publisher": firm(label.labeler),
        "URL": told["URL"],
        "custom": {"setid": label.identifier.value},
    }
    if version is not None:
        day = version.published
        item |= {"version": str(version.version), "issued": {"date-parts": [[day.year, day.month, day.day]]}}
    elif reference.issued is not None:
        item["issued"] = csl_date(reference.issued)
    return item


def _version_read(label: Label, reference: Reference) -> SplVersion | None:
    """The version that the entry pins, else the newest that may have been read on the accessed date.

    A label revised after it was read is not the one that the monograph rests on.
    """
    if reference.spl_version is not None:
        return next((v for v in label.versions if v.version == reference.spl_version), None)
    if reference.accessed is None:
        return label.versions[0] if label.versions else None
    last = reference.accessed.latest
    return next((version for version in label.versions if version.published <= last), None)
