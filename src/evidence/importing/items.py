"""A CSL-JSON item from a reference manager as an entry to be imported: all that it holds, in the form of a library."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from evidence import dates, identifiers
from evidence.bibliography import variables
from evidence.bibliography.names import initials
from evidence.bibliography.rich import plain
from evidence.importing.listed import Listed
from evidence.importing.values import REGISTERED, identifier_values, verbatim
from evidence.library import fields
from evidence.library.naming import base_of
from evidence.library.written import rich_text
from evidence.library.written import text as written
from evidence.library.yaml_text import Value
from evidence.malformed import Malformed
from evidence.model.identity import Identifier, IdKind
from evidence.model.partialdate import PartialDate
from evidence.monographs.recognising import recognise

CslItem = Mapping[str, object]

_NAMED = {
    "PMID": IdKind.PMID,
    "PubMed ID": IdKind.PMID,
    "PMCID": IdKind.PMCID,
    "DOI": IdKind.DOI,
    "setid": IdKind.SETID,
    "Set ID": IdKind.SETID,
    "URL": IdKind.URL,
}
_NOTE_LINE = re.compile(
    rf"^(?:\{{|[^\S\n])*+({'|'.join(_NAMED)})\s*[:=]\s*(\S*[^\s}}])(?:\}}|[^\S\n])*+$", re.IGNORECASE | re.MULTILINE
)
_KINDS_BY_NAME = {name.lower(): kind for name, kind in _NAMED.items()}
_RENAMED = {"journalAbbreviation": "container-title-short", "shortTitle": "title-short"}
_NAME_PARTS = ("literal", "family", "given", "suffix", "dropping-particle", "non-dropping-particle")
_USABLE_KEY = re.compile(r"[A-Za-z_][\w.:+-]{0,79}")
_VERSION = re.compile(r"(?:(.{1,60}), )?version (\S{1,30})")
_LETTERS = re.compile(r"[^\W\d_]")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_HANDLED = frozenset(["id", "type", "accessed", "note", "custom", "cited-as", *fields.IDENTIFIER_FIELDS])


def listed(position: int, item: CslItem) -> Listed:
    """One item, as it will be imported. An identifier that is none is kept beside as `x-DOI` and so on, and told."""
    item = _with_page(item)
    found, doubts = _identified(item)
    name = next(iter(variables.names(item, "author") or variables.names(item, "editor")), None)
    who = (name.last or name.literal) if name else plain(variables.text(item, "title"))
    year = variables.year(_date(item, "issued"))
    accessed = _date(item, "accessed")
    if isinstance(accessed, str):
        doubts.append(f"accessed {accessed} is no date")
    key = variables.text(item, "id")
    cited_as = item.get("cited-as")
    return Listed(
        position=position,
        label=key[:24] or str(position),
        text=text_of(item),
        cited_as=(verbatim(cited_as) or None) if isinstance(cited_as, str) else None,
        fields={**_fields(item), **identifier_values(found), **_unusable(item)},
        identifiers=tuple(found),
        accessed=accessed if isinstance(accessed, PartialDate) else None,
        base=base_of(who, year, found),
        key=key if _USABLE_KEY.fullmatch(key) and _LETTERS.search(key) else None,
        doubts=tuple(doubts),
    )


def text_of(item: CslItem) -> str:
    """The item as a citation, in the order of Vancouver, by which it is compared and looked for."""
    names = ", ".join(
        f"{name.last or name.literal} {initials(name.given)}".strip() for name in variables.names(item, "author")
    )
    volume, issue, page = (variables.text(item, key) for key in ("volume", "issue", "page"))
    located = f"{volume}({issue})" if volume and issue else volume
    when = variables.year(_date(item, "issued"))
    tail = when + (f";{located}" if located else "") + (f":{page}" if page else "")
    title, container = (plain(variables.text(item, key)) for key in ("title", "container-title"))
    return ". ".join(part.rstrip(".") for part in (names, title, container, tail) if part)


def _date(item: CslItem, key: str) -> PartialDate | str | None:
    value = item.get(key)
    told = value.get("edtf") if isinstance(value, Mapping) else value
    if isinstance(told, (str, int)) and not isinstance(told, bool):
        try:
            return dates.parse(str(told))
        except dates.DateError:
            return variables.clean(str(told)) or None
    return variables.date(item, key) if _is_date(value) else None


def _is_date(value: object) -> bool:
    """Whether date-parts, if there are any, are lists of lists of numbers, as CSL-JSON has them."""
    parts = value.get("date-parts") if isinstance(value, Mapping) else None
    return parts is None or (isinstance(parts, list) and all(isinstance(part, list) for part in parts))


def _identified(item: CslItem) -> tuple[list[Identifier], list[str]]:
    """The identifiers of its fields, of its note's lines and of the address; what is malformed is told."""
    told = {kind: variables.text(item, key) for key, kind in fields.IDENTIFIER_FIELDS.items()}
    told[IdKind.SETID] = told[IdKind.SETID] or variables.set_id(item)
    for line in _NOTE_LINE.finditer(_note(item)):
        kind = _KINDS_BY_NAME[line[1].lower()]
        told[kind] = told[kind] or line[2]
    found: dict[IdKind, Identifier] = {}
    doubts = []
    for kind, text in told.items():
        read = identifiers.parse(kind, text) if text else None
        if isinstance(read, Malformed):
            doubts.append(f"{kind.upper()} {text[:60]}: {read.message}")
        elif read is not None:
            found[kind] = read
    page = found.get(IdKind.URL)
    carried = identifiers.from_url(page.value) if page else None
    if carried is not None and carried.kind in REGISTERED:
        repeats = found.setdefault(carried.kind, carried) == carried
        if repeats and carried.kind is not IdKind.SETID:
            del found[IdKind.URL]
    ordered = (kind for kind in IdKind if kind in found)
    return [found[kind] for kind in ordered], doubts


def _note(item: CslItem) -> str:
    value = item.get("note")
    return value if isinstance(value, str) else ""


def _fields(item: CslItem) -> dict[str, Value]:
    """The CSL variables, escaped as Markdown; what CSL does not know stays under `x-`."""
    kept: dict[str, Value] = {}
    kind = variables.text(item, "type") or ("webpage" if variables.text(item, "URL") else "")
    if kind:
        kept["type"] = kind if kind in fields.TYPES else "document"
    item = _with_version(item)
    for name, value in item.items():
        key = _RENAMED.get(name, name)
        if name in _HANDLED or (name in _RENAMED and key in item):
            continue
        said = _value(key, item if key == name else {key: value})
        if said:
            kept[key if key in fields.KNOWN_FIELDS else f"x-{_slug(key)}"] = said
        elif key in fields.DATE_FIELDS and isinstance(worded := _date(item, key), str):
            kept[f"x-{key}"] = written(worded)
    note = rich_text(_NOTE_LINE.sub("", _note(item)))
    return kept | ({"note": note} if note else {})


def _with_page(item: CslItem) -> CslItem:
    """BibTeX has no field for an address: it is printed as `howpublished`, and the day of access stands in the note."""
    publisher = variables.text(item, "publisher")
    if not _ADDRESS.fullmatch(publisher) or variables.text(item, "URL"):
        return item
    read = recognise(_note(item)).accessed
    day = {"accessed": {"edtf": str(read.date)}} if read and read.date and not item.get("accessed") else {}
    return {key: value for key, value in item.items() if key != "publisher"} | {"URL": publisher} | day


def _with_version(item: CslItem) -> CslItem:
    """RIS and EndNote have one field for edition and version: `2nd, version 3`."""
    found = _VERSION.fullmatch(variables.text(item, "edition"))
    if found is None or item.get("version"):
        return item
    return {**item, "edition": found[1] or "", "version": found[2]}


def _slug(key: str) -> str:
    return re.sub(r"[^\w.-]+", "-", key.removeprefix("x-"))[:40].strip("-") or "field"


def _value(key: str, item: CslItem) -> Value:
    value = item[key]
    if key in fields.NAME_FIELDS:
        return _names(value)
    if key in fields.DATE_FIELDS:
        return _written_date(item, key)
    if key in fields.OWN_FIELDS or key == "categories":
        return ""
    if key == "keyword" and isinstance(value, Sequence) and not isinstance(value, str):
        value = ", ".join(map(str, value))
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return rich_text(str(value))
    return ""


def _written_date(item: CslItem, key: str) -> Value:
    when = _date(item, key)
    if isinstance(when, PartialDate):
        return str(when)
    guessed = dates.guess(when) if when else None
    return str(guessed) if guessed else ""


def _names(value: object) -> Value:
    each = value if isinstance(value, Sequence) and not isinstance(value, str) else []
    names = [_name(name) for name in each if isinstance(name, (Mapping, str))]
    return [name for name in names if name]


def _name(name: Mapping[str, object] | str) -> dict[str, Value]:
    if isinstance(name, str):
        return {"literal": said} if (said := written(name)) else {}
    parts: dict[str, Value] = {part: said for part in _NAME_PARTS if (said := written(variables.text(name, part)))}
    if parts and not parts.keys() & {"family", "given", "literal"}:
        return {"literal": " ".join(map(str, parts.values()))}
    return parts


def _unusable(item: CslItem) -> dict[str, Value]:
    kept: dict[str, Value] = {}
    for key, kind in fields.IDENTIFIER_FIELDS.items():
        text = variables.text(item, key)
        if text and isinstance(identifiers.parse(kind, text), Malformed):
            kept[f"x-{key}"] = written(text)
    return kept
