"""An entry of the library as a CSL-JSON item: what it says itself, its dates and names made uniform."""

from __future__ import annotations

from collections.abc import Mapping

from evidence import dates, identifiers
from evidence.bibliography.locators import is_article_number
from evidence.bibliography.names import name_of
from evidence.csl import csl_date, full_pages
from evidence.library.fields import DATE_FIELDS, NAME_FIELDS, TEXT_FIELDS
from evidence.model.identity import IdKind
from evidence.model.references import Reference

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
