"""A reference as one CSL-JSON item, from its verified record where there is one, else from its entry.

Here is also what an item is made of: pages and article numbers, names, the languages of PubMed's records, the printed
form of notices, and CSL-JSON's rich text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evidence.library.fields import DATE_FIELDS, NAME_FIELDS, TEXT_FIELDS
from evidence.model import dates, identifiers
from evidence.model.csl import csl_date, csl_item, full_pages, without_full_stop
from evidence.model.identifiers import IdKind
from evidence.model.records import (
    Article,
    Label,
    NoticeLink,
    Record,
    SplVersion,
    Trial,
    is_retracted,
    is_withdrawn,
    links,
)
from evidence.model.references import Reference
from evidence.model.regex import regex

Item = dict[str, object]

_TRUE = (True, "true")  # a library read from YAML holds text
_NUMBERS = {IdKind.PMID: "PMID", IdKind.PMCID: "PMCID", IdKind.DOI: "DOI"}
# What no record says, so that the entry's value is added to the record's.
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


AS_PRINTED = "As printed, not verified"
NOT_VERIFIED = "Not verified"
"""The remarks with which a citation, or a number alone, is printed of which no record is known."""

_SAYS_WHAT_IT_IS = ("title", "author", "container-title")


@dataclass(frozen=True, slots=True)
class ItemSource:
    """What an item is made of.

    `others` are the records that further sources hold of the same work; `retracted` and `withdrawn` are True when the
    work was judged to be so, by whichever source.
    """

    reference: Reference
    record: Record | None = None
    others: tuple[Article, ...] = ()
    retracted: bool = False
    withdrawn: bool = False


def item_of(source: ItemSource, *, from_record: bool = True) -> Item:
    """The item of a reference; that it is retracted or withdrawn is said whichever source it is made from.

    Raises nothing: what cannot be used is left out.
    """
    reference, record = source.reference, source.record if from_record else None
    match record:
        case Article(title="", vernacular_title=""):
            item = _entry(reference)
        case Article():
            item = _article(record, reference)
        case Label():
            item = _label(record, reference)
        case Trial():
            item = _trial(record, reference)
        case Record(title=title):
            item = {"title": title, **_entry(reference)}
        case None:
            item = _entry(reference)
    if not any(item.get(key) for key in _SAYS_WHAT_IT_IS) and (reference.cited_as or not item.get("URL")):
        item |= _as_printed(reference, item)
    custom = item.pop("custom", {})
    trial = reference.first(IdKind.NCT)
    custom = {
        **(custom if isinstance(custom, Mapping) else {}),
        **({"nct": trial.value} if trial is not None else {}),
        **_notices(source),
    }
    clean_item = cleaned({"id": reference.id, **item, "custom": custom})
    if not isinstance(clean_item, dict):
        return {}
    if "container-title-short" in clean_item and "container-title" not in clean_item:
        # A journal that is only known by its short name bears it as its name too.
        clean_item["container-title"] = clean_item["container-title-short"]
    return clean_item


def _as_printed(reference: Reference, item: Item) -> Item:
    """What is printed of a work of which no record or field says anything: its citation or number, marked."""
    own, named = item.get("custom"), next(iter(reference.identifiers), None)
    number = f"{named.kind.upper()} {named.value}" if named is not None else reference.id
    mark = AS_PRINTED if reference.cited_as else NOT_VERIFIED
    return {
        "title": " ".join((reference.cited_as or number).split()),
        "note": ". ".join(filter(None, (str(item.get("note", "")), mark))),
        "custom": {**(own if isinstance(own, Mapping) else {}), "as-printed": mark},
    }


def _notices(source: ItemSource) -> Item:
    """What is to be said of retractions, corrections and concerns."""
    articles = tuple(record for record in (source.record, *source.others) if isinstance(record, Article))
    retracted = source.retracted or (bool(articles) and is_retracted(articles[0]))
    in_entry = _entry_retraction(source.reference)
    if not retracted and (source.withdrawn or (articles and is_withdrawn(articles[0]))):
        notices = (_named(link) for article in articles for link in links(article, "WithdrawalIn"))
        return in_entry or {"withdrawn": True, "retraction-notice": next(filter(None, notices), "")}
    if not retracted:
        corrections, concerns = (_named_in(articles, kind) for kind in ("ErratumIn", "ExpressionOfConcernIn"))
        return {"corrections": corrections, "concerns": concerns, **in_entry}
    kinds = ("RetractionIn", "RetractedandRepublishedIn")
    named = (_named(link) for kind in kinds for article in articles for link in links(article, kind))
    notice = next(filter(None, named), "")
    if not notice and in_entry:
        return in_entry
    only_retracted, republished = (any(links(article, kind) for article in articles) for kind in kinds)
    # The notice may at once republish the work.
    return {
        "retracted": True,
        "retraction-notice": notice,
        **({"republished": True} if republished and not only_retracted else {}),
    }


def _entry_retraction(reference: Reference) -> Item:
    """What the entry itself says of a retraction, as an exported library does; empty where it says nothing."""
    custom = reference.csl.get("custom")
    if not isinstance(custom, Mapping):
        return {}
    void = next((key for key in ("retracted", "withdrawn") if custom.get(key) in _TRUE), None)
    if void is None:
        return {}
    notice = custom.get("retraction-notice")
    republished = {"republished": True} if custom.get("republished") in _TRUE else {}
    return {void: True, "retraction-notice": notice if isinstance(notice, str) else "", **republished}


# Items from records


def _article(article: Article, reference: Reference) -> Item:
    record, entry = csl_item(article), _entry(reference)
    page, number = page_or_number(article.pages, article.elocations, in_volume=bool(article.volume or article.issue))
    if "<" in article.title_html:
        title = html.unescape(_UNDERLINE.sub("", article.title_html))
    else:
        title = article.title or article.vernacular_title
    custom = record.get("custom")
    in_season = article.issued is not None and article.issued.season is not None
    item: Item = {
        **{key: entry[key] for key in _ADDED if key in entry},
        **{key: value for key, value in record.items() if key not in {"id", "page", "custom"}},
        "title": without_full_stop(title),
        "original-title": without_full_stop(article.vernacular_title),
        "page": page,
        "number": number,
        "language": _language_tag(article.languages),
        **{role: _names(record.get(role, [])) for role in ("author", "editor")},
        **{key: value for key, value in _numbers(reference).items() if key not in record},
        "custom": {
            "notices": custom.get("notices") if isinstance(custom, Mapping) else None,
            "trials": list(article.trials),
            **({} if article.authors_complete else {"authors-complete": False}),
            **({"season": article.date_text} if in_season else {}),
        },
    }
    if article.is_book and "DOI" not in item:
        item.setdefault("URL", identifiers.url_of(article.identifier))
    return item


def _label(label: Label, reference: Reference) -> Item:
    """Drug, prescribing information, company, the day of the version that was read, accessed, address."""
    record, entry = csl_item(label), _entry(reference)
    version = _version_read(label, reference)
    item: Item = {
        **{key: entry[key] for key in _ADDED if key in entry},
        "type": "document",
        "title": drug(label.title) or entry.get("title"),
        "genre": "Prescribing information",
        "publisher": firm(label.labeler),
        "URL": record["URL"],
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


def _trial(trial: Trial, reference: Reference) -> Item:
    """The registry's title and page; who registered it, which no record says here, is the entry's word.

    Its day is that of the last update, unless that came after it was read.
    """
    record, entry, accessed = csl_item(trial), _entry(reference), reference.accessed
    named = {key: record[key] for key in ("type", "title", "container-title", "URL")}
    if trial.updated is not None and (accessed is None or trial.updated.earliest <= accessed.latest):
        named["issued"] = csl_date(trial.updated)
    return {**entry, **named}


# Items from entries of the library, with uniform dates and names


def _entry(reference: Reference) -> Item:
    """The entry's own fields under CSL's names; a type is guessed where it gives none."""
    fields = reference.csl
    kinds = {identifier.kind for identifier in reference.identifiers}
    guess = "document" if IdKind.SETID in kinds else "article-journal" if kinds & _NUMBERS.keys() else "webpage"
    item: Item = {"type": reference.type or guess}
    # In the entry's own order: that of a set is another one in every process.
    item |= {key: text for key, text in fields.items() if key in TEXT_FIELDS}
    item |= {key: _names(names) for key, names in fields.items() if key in NAME_FIELDS}
    item |= {key: date for key in fields if key in DATE_FIELDS and (date := _date(reference, key))}
    item |= _numbers(reference)
    page = item.get("page")
    if isinstance(page, str):
        if item["type"] == "article-journal" and "number" not in item and _is_article_number(page):
            item |= {"page": "", "number": page}
        else:
            item["page"] = full_pages(page)
    # A registry's address of the PMID, PMCID or DOI is only a pointer: that number is printed itself.
    if "URL" in fields and not any(
        use.key == "URL" and use.derived and use.identifier.kind in _NUMBERS for use in reference.uses
    ):
        item["URL"] = fields["URL"]
    label = reference.first(IdKind.SETID)
    if label is not None:
        item.setdefault("URL", identifiers.url_of(label))
        item["custom"] = {"setid": label.value}
    trial = reference.first(IdKind.NCT)
    if trial is not None and not kinds & _NUMBERS.keys():
        item.setdefault("URL", identifiers.url_of(trial))
    return item


def _numbers(reference: Reference) -> Item:
    """PMID, PMCID and DOI in canonical form."""
    found = {variable: reference.first(kind) for kind, variable in _NUMBERS.items()}
    return {variable: identifier.value for variable, identifier in found.items() if identifier}


def _date(reference: Reference, key: str) -> Item:
    parsed = {"issued": reference.issued, "accessed": reference.accessed}
    if key in parsed:
        date = parsed[key]
        return csl_date(date) if date else {}
    try:
        match reference.csl[key]:
            case str() as text:
                return csl_date(dates.parse(text))
            case {"date-parts": [*parts]}:
                return {"date-parts": [[int(number) for number in part] for part in parts]}
            case {"year": year, **rest}:
                numbers = (year, rest.get("month"), rest.get("day"))
                return {"date-parts": [[int(str(number)) for number in numbers if number]]}
    except (dates.DateError, TypeError, ValueError, LookupError):
        pass
    return {}


# Pages from first to last, or an article number.

_SINGLE_NUMBER = regex(
    r"""[eE]-?\d[\w.-]*          # e0212345, and e01234-20 of the American Society for Microbiology
      | 0\d{4}-\d{2}             # 01234-20, the same without its letter
      | [A-Za-z]{2}[\w.]*\d(?:\.pub\d+)?    # CD010410.pub3, dkaa123
      | \d{6,}                   # article numbers of Elsevier, Springer, BMC""",
    re.VERBOSE,
)
_RANGE_OF_E = regex(r"([eE])(\d+)-\1?(\d+)")
# A publisher's item identifier is not a place in a volume, though PubMed prints it there.
_PII = regex(r"S?\d{4}-?\d{3}[\dX]\(?\d{2}\)?\d{5}-?[\dX]", re.IGNORECASE)
_INTERNAL = regex(r"\d{10,}")  # what Sage and others give a work that is in no issue yet


def page_or_number(pages: str, elocations: tuple[str, ...], *, in_volume: bool) -> tuple[str, str]:
    """Pages (first to last, ends completed) and article number; at least one of them is empty.

    An e-location counts only where the work has a volume or an issue: before, it is ahead of print and
    PubMed's number is the publisher's internal one.
    """
    pages = pages.strip().rstrip(".")
    if not in_volume and _INTERNAL.fullmatch(pages):
        return "", ""
    if pages:
        return ("", pages) if _is_article_number(pages) else (full_pages(pages), "")
    numbers = (number for number in elocations if not _PII.fullmatch(number))
    return "", next(numbers, "") if in_volume else ""


def _is_article_number(pages: str) -> bool:
    """Whether what is given as pages is one article's number, hyphen or not.

    `e123-30` and `e1-e7` are pages of an electronic edition; `e01234-20` is a number, with a leading zero.
    """
    match = _RANGE_OF_E.fullmatch(pages)
    if match is not None and not (match[2].startswith("0") and len(match[2]) == 5 and len(match[3]) == 2):
        return False
    return bool(_SINGLE_NUMBER.fullmatch(pages))


# Names as CSL wants them: initials apart, and the names of firms and drugs in readable case.

_RUN_TOGETHER = regex(r"[^\W\d_]{2,4}")
_LEGAL_FORMS = {"gmbh": "GmbH", "inc": "Inc", "ltd": "Ltd", "co": "Co", "corp": "Corp", "hcl": "HCl", "kgaa": "KGaA"}
_ABBREVIATIONS = frozenset(
    {"LLC", "LLP", "LP", "USA", "US", "UK", "EU", "PLC", "AG", "SA", "NV", "BV", "AB", "KG", "SE"}
)
_SMALL = frozenset({"and", "of", "in", "for", "with", "the", "a"})
_WORD = regex(r"[^\W_]+")
_VOWEL = regex(r"[AEIOUY]")


def _names(names: object) -> list[dict[str, object]]:
    """CSL names whose given names have their initials apart: `JP` is `J P`, so that no style takes it for a forename.

    Capital letters of an alphabet with case only: 小明 is a name, not two initials.
    """
    written: list[dict[str, object]] = []
    for name in names if isinstance(names, list) else [names]:
        if not isinstance(name, Mapping):
            written.append({"literal": str(name)})
            continue
        parts = dict(name)
        given = parts.get("given")
        if isinstance(given, str) and _RUN_TOGETHER.fullmatch(given) and given.isupper() and given.lower() != given:
            parts["given"] = " ".join(given)
        written.append(parts)
    return written


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

    def lowered(match: re.Match[str]) -> str:
        word = match[0]
        if word.lower() == "hcl":
            return "HCl"
        return word if any(char.isdigit() for char in word) or (len(word) == 1 and word != "A") else word.lower()

    text = _WORD.sub(lowered, title)
    return text[:1].upper() + text[1:]


# The languages of PubMed's records: ISO 639-2 as MEDLINE writes it, BCP 47 for CSL, and the English name for print.

_LANGUAGES = """
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
_ROWS = [row.split(" ", 2) for line in _LANGUAGES.split("\n") for row in line.split("|") if row]
_LANGUAGE_TAGS = {code: tag for code, tag, _ in _ROWS}
LANGUAGES = {tag: name for _, tag, name in _ROWS}
"""BCP 47 to the language's English name."""


def _language_tag(languages: tuple[str, ...]) -> str:
    """The BCP 47 tag of a record's language; empty for English, for several with English, and for unknown ones."""
    known = (_LANGUAGE_TAGS[code] for code in languages if code in _LANGUAGE_TAGS)
    return "" if "eng" in languages else next(known, "")


# The printed form of retraction notices and corrections, after PubMed's own words for them.

_DOI = regex(r"(?:[.;,]|(?<![\s.;,]))\s*+\bdoi:\s*+\S+", re.IGNORECASE)
_MONTH_AND_DAY = regex(r"\b(\d{4})\s[A-Z][a-z]{2}(?:[-/][A-Z][a-z]{2})?(?:\s\d{1,2})?(?=;)")


def _named_in(articles: Iterable[Article], ref_type: str) -> list[str]:
    """Where the notices of one kind (`ErratumIn` …) are printed, by the first record that names any."""
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

_TAG = regex(r"</?(?:i|b|sub|sup)>")
_UNDERLINE = regex(r"</?u>")
_SCRIPT = regex(r"<(sub|sup)>([^<>]*)</\1>")
_HAS_A_CHARACTER = regex(r"[0-9+\-=()]*")
_UNSEEN = {
    # Overrides of the writing direction make one thing look like another; a bibliography has no use for them.
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)]),
    **dict.fromkeys(range(0xFDD0, 0xFDF0)),  # noncharacters, which are ours to use (`styles.MARK`)
    **dict.fromkeys([0x00AD, 0x200B, 0x2060, 0xFEFF]),  # soft hyphens and spaces without width
}


def plain(rich: str) -> str:
    """Rich text without its markup."""
    return _TAG.sub("", rich) if "<" in rich else rich


def for_plain_text(rich: str) -> str:
    """Rich text with only those sub- and superscripts left that Unicode has characters for (`H<sub>2</sub>O`)."""
    if "<su" not in rich:
        return rich
    return _SCRIPT.sub(lambda match: match[0] if _HAS_A_CHARACTER.fullmatch(match[2]) else match[2], rich)


def clean(text: str) -> str:
    r"""The text on one line, without control characters, overrides of the writing direction and broken surrogates."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    spaced = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text.translate(_UNSEEN))
    valid = spaced.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(valid.split())


def cleaned(value: object) -> object:
    """The value with every text in it clean and whatever is empty left out; numbers and True, False stay."""
    match value:
        case str():
            return clean(value)
        case Mapping():
            entries = {clean(str(key)): cleaned(inner) for key, inner in value.items()}
            return {key: inner for key, inner in entries.items() if inner not in (None, "", [], {})}
        case list() | tuple():
            return [inner for inner in map(cleaned, value) if inner not in (None, "", [], {})]
    return value
