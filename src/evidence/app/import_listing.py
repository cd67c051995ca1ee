"""The entries of a file that is to be imported, in one form: of a monograph's reference list or a manager's file."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from evidence.app.import_files import ImportFormat, manager_items
from evidence.bibliography import variables
from evidence.bibliography.csl import plain
from evidence.documents.citations import names_of, without_initials
from evidence.documents.document import Document, DocumentFormat
from evidence.documents.identify import Recognised, recognise
from evidence.documents.markers import CitedWork, Marker, find_markers
from evidence.documents.reader import LARGEST_BINARY, parse_document
from evidence.documents.reflist import (
    ListedEntry,
    ReferenceList,
    is_like,
    is_list_heading,
    required_references,
)
from evidence.library import fields
from evidence.library.files import LARGEST, decoded
from evidence.library.fill import base_of, escaped_text, identifier_text, rich_text
from evidence.library.scalars import Value
from evidence.library.yaml import MOST_ENTRIES
from evidence.matching.kinds import WorkKind, kind_of_print, kind_of_work, names_article
from evidence.model import dates, identifiers
from evidence.model.dates import PartialDate
from evidence.model.errors import FileError
from evidence.model.identifiers import ARTICLES, FIELD_OF, LABELS, Identifier, IdKind, url_of
from evidence.model.records import initials
from evidence.model.regex import regex
from evidence.model.urls import Malformed

DESCRIPTIVE_FIELDS = ("title", "author", "container-title", "issued", "volume", "issue", "page", "number", "publisher")
"""The fields by which an entry that was never printed is recognised; one that has none of them says nothing."""

REGISTERED = (IdKind.SETID, IdKind.PMID, IdKind.PMCID, IdKind.DOI, IdKind.NCT)
"""Kinds of which one number is one work; several works may share a page."""


_ODD = regex(r"[^\x20-\x7e]")
_LONGEST_TITLE = 200
_CONTEXT = 28  # characters printed before a marker, where the text has no lines of its own


@dataclass(frozen=True, slots=True)
class CitationCount:
    """How often a text cites an entry, and where first (`line 12`, or the words before it); empty where nowhere."""

    times: int = 0
    first: str = ""


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """One entry. `position` counts from 1; `label` is its printed number or its key in the file it comes from.

    `text` is what it is recognised by: the printed text, or its fields put together. `cited_as` is the printed text,
    None for what was never printed. `fields` are the entry's other fields, `id` and `accessed` left out, escaped and
    in canonical form; `identifiers` what these identify. `base` is what its id is made from, `key` the id that it
    had. `caveats` need a person, `notes` do not. `possible` are the readings of a DOI that a line's end breaks.
    `is_article` says that it reads as an article's, `may_be_article` that it could be one's; `is_joined` that its
    identifier was put together over a line's end, and is confirmed by no link.
    """

    position: int
    label: str
    text: str
    cited_as: str | None
    fields: Mapping[str, Value]
    identifiers: tuple[Identifier, ...] = ()
    accessed: PartialDate | None = None
    base: str = ""
    key: str | None = None
    caveats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    possible: tuple[Identifier, ...] = ()
    is_article: bool = False
    may_be_article: bool = False
    is_joined: bool = False
    cited: CitationCount = CitationCount()


@dataclass(frozen=True, slots=True)
class Listing:
    """All entries of one file. `title` is the monograph's own.

    `is_printed` is False for a reference manager's file. `doubts` say what of it may have been read wrongly,
    `left_out` are paragraphs of a printed list's section that look like no reference.
    `has_markers` is None for such a file, else whether the text cites at all; `undefined` are its citations that lead
    to no entry, as printed, each once; `by_key` those by the ids of a library.
    """

    path: str
    sha256: str
    entries: tuple[ImportEntry, ...]
    is_printed: bool
    title: str | None = None
    has_markers: bool | None = None
    undefined: tuple[str, ...] = ()
    by_key: Mapping[str, CitationCount] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def largest(kind: ImportFormat | None) -> int:
    """The most bytes that a file of this kind may have, None for one that is not known yet."""
    return LARGEST_BINARY if kind in {None, ImportFormat.DOCX, ImportFormat.PDF} else LARGEST


def read_listing(path: str, data: bytes, kind: ImportFormat) -> Listing:
    """The entries of a file; `path` is the name that errors give it.

    Raises:
        FileError: it cannot be read, is hostile, or holds no reference list.
        RenderError: its kind needs pandoc, and there is none.
    """
    if len(data) > largest(kind):
        size = f"{len(data) / 1e6:,.1f} MB"
        limit = f"{largest(kind) // 1_000_000} MB"
        raise FileError(f"the file is too large: {size} (limit {limit})", path=path, fix="split it into several files")
    if kind.form is not None:
        return printed_list(parse_document(path, data, kind.form))
    source = decoded(path, data)
    items = list(islice(manager_items(source, data, kind), MOST_ENTRIES + 1))
    if len(items) > MOST_ENTRIES:
        raise FileError(
            f"the file has more than {MOST_ENTRIES:,} references", path=path, fix="split it into several files"
        )
    entries = [_managed_entry(position, item) for position, item in enumerate(items, 1)]
    entries = [entry for entry in entries if entry.identifiers or entry.fields.keys() & set(DESCRIPTIVE_FIELDS)]
    if not entries:
        raise FileError(f"no references found (read as {kind})", path=path, fix="use --from to set the format")
    return Listing(path, source.sha256, tuple(entries), is_printed=False)


def verbatim(printed: str) -> str:
    """Printed text to the letter, on one line: control characters and what is not a character are left out."""
    return _ODD.sub(lambda match: _character(match[0]), printed).strip()


def _character(char: str) -> str:
    if char in "\t\n\v\f\r\x85":
        return " "
    return "" if unicodedata.category(char) in {"Cc", "Cs"} or ord(char) & 0xFFFE == 0xFFFE else char


def identifier_values(identifiers: Iterable[Identifier]) -> dict[str, Value]:
    """The fields for the first identifier of each kind.

    A label has its page beside its Set ID, a trial beside its number, as `add` writes them.
    """
    firsts: dict[IdKind, Identifier] = {}
    for identifier in identifiers:
        firsts.setdefault(identifier.kind, identifier)
    page = next((firsts[kind] for kind in (IdKind.URL, IdKind.SETID, IdKind.NCT) if kind in firsts), None)
    values: dict[str, Value] = {
        FIELD_OF[kind]: identifier_text(kind, firsts[kind].value) for kind in REGISTERED if kind in firsts
    }
    if page is not None:
        values["URL"] = identifier_text(IdKind.URL, url_of(page))
    return values


# The reference list that a monograph prints

_YEAR = r"(?:1[89]|20)\d\d"
_YEARS = (
    regex(rf"(?<!\d)({_YEAR})[a-z]?(?:\s[A-Z][a-z]{{2,8}}\.?(?:[-\s][A-Za-z\d-]{{1,9}})?)?\s?;"),  # Vancouver, AMA
    regex(rf"\(({_YEAR})[a-z]?(?:,[^()]{{0,30}})?\)"),  # APA, Harvard
    regex(rf"(?<![\d-])({_YEAR})[a-z]?(?![\d-])"),
)
_DOTTED = regex(r"\b(?:[A-Z]\.){2,}")  # U.S. is one word
_NAME = regex(r"[\"'\u201c\u201d\u2018*_\s]*([^,.;:(\d\"\u201c\u201d]{2,120})")
_IN_A_BOOK = regex(r"(?:^|[.:;,)\]]\s+)In:?\s+(?=[A-Z\u00c0-\u024f])|\bStatPearls\b")


def printed_list(document: Document) -> Listing:
    """The entries of the monograph's reference list, and how its text cites them.

    Raises:
        FileError: there is no reference list in it.
    """
    found = required_references(document)
    cited = citations(document, found)
    others = tuple(
        f'references under another heading, "{other.heading}", are left out ({len(other.entries)}): import them'
        " separately, or combine them into one list"
        for other in found.others
    )
    return Listing(
        path=document.path,
        sha256=document.source.sha256,
        entries=tuple(
            _printed_entry(entry, cited.by_position.get(entry.position, CitationCount())) for entry in found.entries
        ),
        is_printed=True,
        title=_title(document, found.blocks[0]),
        has_markers=cited.any_found,
        undefined=cited.undefined,
        by_key=cited.by_key,
        doubts=(*document.doubts, *others),
        left_out=found.left_out,
    )


def _printed_entry(entry: ListedEntry, cited: CitationCount) -> ImportEntry:
    recognised = _without_reported_trials(entry.text, entry.recognised)
    name, year = _name_and_year(entry.text, recognised)
    kind = _type_of(entry.text, recognised)
    values: dict[str, Value] = {"type": kind} if kind else {}
    values |= identifier_values(recognised.identifiers)
    if recognised.isbns:
        values["ISBN"] = recognised.isbns[0]
    dois = (mention for mention in recognised.mentions if mention.identifier.kind is IdKind.DOI)
    if (doi := next(dois, None)) and doi.version:
        values["version"] = doi.version
    caveats = []
    for misread in recognised.misread:
        read = identifiers.parse(misread.kind, misread.text)
        if isinstance(read, Malformed):
            values.setdefault(FIELD_OF[misread.kind], misread.text)
            caveats.append(f"{FIELD_OF[misread.kind]} {misread.text}: {read.message}")
    if recognised.accessed is not None and recognised.accessed.date is None:
        caveats.append(f"access date {recognised.accessed.wording} is ambiguous")
    is_article = kind_of_print(entry.text) is WorkKind.ARTICLE
    kinds = Counter(identifier.kind for identifier in recognised.identifiers if identifier.kind is not IdKind.URL)
    for id_kind, number in kinds.items():
        if number > 1:
            named = ", ".join(found.value for found in recognised.identifiers if found.kind is id_kind)
            caveats.append(f"{number} {id_kind.upper()}s are printed ({named}); the first is used")
    return ImportEntry(
        position=entry.position,
        label=str(entry.number or entry.position),
        text=entry.text,
        cited_as=verbatim(entry.text) or None,
        fields=values,
        identifiers=recognised.identifiers,
        accessed=recognised.accessed.date if recognised.accessed else None,
        base=base_of(name, year, recognised.identifiers),
        caveats=tuple(caveats),
        possible=tuple(reading for broken in recognised.broken for reading in broken.readings),
        is_article=is_article,
        may_be_article=is_article or names_article(entry.text),
        is_joined=_is_joined(entry, recognised),
        cited=cited,
    )


def _is_joined(entry: ListedEntry, recognised: Recognised) -> bool:
    """Whether a line ends within a DOI as printed, so that it may be that of another work or of none.

    Where a PMID is printed as well the two are compared by `check`.
    """
    if recognised.first(IdKind.PMID) or recognised.first(IdKind.PMCID):
        return False
    joined = {
        mention.identifier
        for mention in recognised.mentions
        if mention.span is not None
        and mention.identifier.kind is IdKind.DOI
        and any(entry.text.find("10.", mention.span[0]) < place < mention.span[1] for place in entry.joints)
    }
    return bool(joined) and not joined <= {mention.identifier for mention in recognise("", entry.links).mentions}


def _without_reported_trials(printed: str, recognised: Recognised) -> Recognised:
    """Without the numbers of trials, where the reference is to an article or a label: that is what it reports on."""
    kinds = {identifier.kind for identifier in recognised.identifiers}
    if not kinds & {*ARTICLES, *LABELS} and kind_of_print(printed) is not WorkKind.ARTICLE:
        return recognised
    mentions = tuple(mention for mention in recognised.mentions if mention.identifier.kind is not IdKind.NCT)
    return replace(recognised, mentions=mentions)


def _name_and_year(printed: str, recognised: Recognised) -> tuple[str, str]:
    """The first author (or body, or the first words) and the year; empty where there is none.

    The day of access and what is in addresses are not a year of publication.
    """
    spans = [mention.span for mention in recognised.mentions if mention.span is not None]
    spans += [recognised.accessed.span] if recognised.accessed else []
    for first, end in spans:
        printed = printed[:first] + " " * (end - first) + printed[end:]
    year = next((match[1] for pattern in _YEARS if (match := pattern.search(printed))), "")
    found = _NAME.match(_DOTTED.sub(lambda word: word[0].replace(".", ""), printed[:300]))
    return " ".join(without_initials(found[1])) if found else "", year


def _type_of(printed: str, recognised: Recognised) -> str | None:
    """The CSL type, where identifiers or the way of printing make it certain."""
    kinds = {identifier.kind for identifier in recognised.identifiers}
    if IdKind.SETID in kinds:
        return "webpage"
    if recognised.isbns or _IN_A_BOOK.search(printed):
        return "chapter" if _IN_A_BOOK.search(printed) else "book" if recognised.isbns else None
    if kinds & {IdKind.PMID, IdKind.PMCID} or kind_of_print(printed) is WorkKind.ARTICLE:
        return "article-journal"
    return "webpage" if kinds & {IdKind.URL, IdKind.NCT} and not kinds & {IdKind.DOI} else None


def _title(document: Document, end: int) -> str | None:
    """The monograph's title: its first heading, in a plain text its first line if that is short."""
    plain = document.form in {DocumentFormat.TEXT, DocumentFormat.PDF}
    for block in document.blocks[: max(end, 0)]:
        line = block.text.strip().split("\n")[0].strip()
        if (block.level or plain) and line and not is_list_heading(line):
            title = verbatim(line)
            return title if 0 < len(title) <= _LONGEST_TITLE and not is_like(title) else None
    return None


@dataclass(frozen=True, slots=True)
class Citations:
    """What a text cites: entries of its list by their positions, entries of a library by their ids (`[@smith-2007]`).

    `undefined` are the markers that lead to no entry of the list, as printed, each once.
    """

    by_position: Mapping[int, CitationCount]
    by_key: Mapping[str, CitationCount]
    undefined: tuple[str, ...]

    @property
    def any_found(self) -> bool:
        """Whether the text cites at all."""
        return bool(self.by_position or self.by_key or self.undefined)


def citations(document: Document, references: ReferenceList) -> Citations:
    """What the text cites, how often and where first."""
    markers = find_markers(document, references)
    by_number = {number: entry.position for number, entry in references.by_number().items()}
    by_name: dict[CitedWork, int | None] = {}  # None for a name and year that two entries share
    if any(marker.names for marker in markers):
        for entry in references.entries:
            for name in names_of(entry.text):
                by_name[name] = entry.position if name not in by_name else None
    by_position: dict[int, CitationCount] = {}
    by_key: dict[str, CitationCount] = {}
    undefined: dict[str, None] = {}
    for marker in markers:
        for key in marker.keys:
            by_key[key] = _with_citation(by_key.get(key), document, marker)
        targets = [(by_number.get(number), f"[{number}]") for number in marker.numbers]
        targets += [(by_name.get(name), marker.text) for name in marker.names if name not in by_name or by_name[name]]
        for position, printed in targets:
            if position is None:
                undefined[printed] = None
            else:
                by_position[position] = _with_citation(by_position.get(position), document, marker)
    return Citations(by_position, by_key, tuple(undefined))


def _with_citation(before: CitationCount | None, document: Document, marker: Marker) -> CitationCount:
    """The count with this citation too; the first one's place is its line, or else the words before it."""
    if before is not None:
        return CitationCount(before.times + 1, before.first)
    if document.exact:
        return CitationCount(1, f"line {document.place(marker.span[0]).line}")
    passage = document.blocks[marker.block].passage
    start = marker.span[0] - passage.span[0]
    return CitationCount(1, f'"…{passage.text[max(0, start - _CONTEXT) : start + len(marker.text)].strip()}"')


# An item of a reference manager's file

_IDENTIFIER_NAMES = {
    "PMID": IdKind.PMID,
    "PubMed ID": IdKind.PMID,
    "PMCID": IdKind.PMCID,
    "DOI": IdKind.DOI,
    "setid": IdKind.SETID,
    "Set ID": IdKind.SETID,
    "NCT": IdKind.NCT,
    "URL": IdKind.URL,
}
_NOTE_LINE = regex(
    rf"^(?:\{{|[^\S\n])*+({'|'.join(_IDENTIFIER_NAMES)})\s*[:=]\s*(\S*[^\s}}])(?:\}}|[^\S\n])*+$",
    re.IGNORECASE | re.MULTILINE,
)
_WITH_PAGE = frozenset({IdKind.SETID, IdKind.NCT})
"""What is written with its own page beside it."""

_KINDS = {name.lower(): kind for name, kind in _IDENTIFIER_NAMES.items()}
_RENAMED = {"journalAbbreviation": "container-title-short", "shortTitle": "title-short"}
_NAME_PARTS = ("literal", "family", "given", "suffix", "dropping-particle", "non-dropping-particle")
_USABLE_KEY = regex(r"[A-Za-z_][\w.:+-]{0,79}")
_VERSION = regex(r"(?:(.{1,60}), )?version (\S{1,30})")
_LETTERS = regex(r"[^\W\d_]")
_ADDRESS = regex(r"https?://\S+", re.IGNORECASE)
_ENTITY = regex(r"&(?:lt|gt|amp|quot|apos|#[0-9]{1,5}|#x[0-9a-f]{1,4});", re.IGNORECASE)
_HANDLED = frozenset(["id", "type", "accessed", "note", "custom", "cited-as", *fields.IDENTIFIER_FIELDS])


def _managed_entry(position: int, item: Mapping[str, object]) -> ImportEntry:
    """One item as an entry. A malformed identifier is kept as `x-DOI` and so on, and reported."""
    note = item.get("note")
    note = note if isinstance(note, str) else ""
    publisher = variables.text(item, "publisher")
    if _ADDRESS.fullmatch(publisher) and not variables.text(item, "URL"):
        # BibTeX has no field for an address: it is `howpublished`, and the day of access is in the note.
        read = recognise(note).accessed
        day = {"accessed": {"edtf": str(read.date)}} if read and read.date and not item.get("accessed") else {}
        item = {key: value for key, value in item.items() if key != "publisher"} | {"URL": publisher} | day
    found, malformed, caveats = _item_identifiers(item, note)
    name = next(iter(variables.names(item, "author") or variables.names(item, "editor")), None)
    who = (name.last or name.literal) if name else plain(variables.text(item, "title"))
    year = variables.year(_date(item, "issued"))
    accessed = _date(item, "accessed")
    if isinstance(accessed, str):
        caveats.append(f"accessed {accessed} is not a date")
    version = identifiers.preprint_version(variables.text(item, "DOI"))
    if version is not None and not item.get("version"):
        item = {**item, "version": version}
    key = variables.text(item, "id")
    cited_as = item.get("cited-as")
    printed = cited_as if isinstance(cited_as, str) else None
    is_article = kind_of_work(variables.text(item, "type"), item, printed) is WorkKind.ARTICLE
    return ImportEntry(
        position=position,
        label=key[:24] or str(position),
        text=citation_of(item),
        cited_as=verbatim(printed) or None if printed is not None else None,
        fields={**_item_fields(item, note), **identifier_values(found), **malformed},
        identifiers=tuple(found),
        accessed=accessed if isinstance(accessed, PartialDate) else None,
        base=base_of(who, year, found),
        key=key if _USABLE_KEY.fullmatch(key) and _LETTERS.search(key) else None,
        caveats=tuple(caveats),
        is_article=is_article,
        may_be_article=is_article,
    )


def citation_of(item: Mapping[str, object]) -> str:
    """The item as a citation, in the order of Vancouver, by which it is compared and searched for."""
    names = ", ".join(
        f"{name.last or name.literal} {initials(name.given)}".strip() for name in variables.names(item, "author")
    )
    volume, issue, page = (variables.text(item, key) for key in ("volume", "issue", "page"))
    located = f"{volume}({issue})" if volume and issue else volume
    when = variables.year(_date(item, "issued"))
    tail = when + (f";{located}" if located else "") + (f":{page}" if page else "")
    title, container = (plain(variables.text(item, key)) for key in ("title", "container-title"))
    return ". ".join(part.rstrip(".") for part in (names, title, container, tail) if part)


def _date(item: Mapping[str, object], key: str) -> PartialDate | str | None:
    """A date, or the words that say none; date-parts must be lists of lists, as CSL-JSON has them."""
    value = item.get(key)
    wording = value.get("edtf") if isinstance(value, Mapping) else value
    if isinstance(wording, (str, int)) and not isinstance(wording, bool):
        try:
            return dates.parse(str(wording))
        except dates.DateError:
            return variables.clean(str(wording)) or None
    parts = value.get("date-parts") if isinstance(value, Mapping) else None
    if parts is None or (isinstance(parts, list) and all(isinstance(part, list) for part in parts)):
        return variables.date(item, key)
    return None


def _item_identifiers(item: Mapping[str, object], note: str) -> tuple[list[Identifier], dict[str, Value], list[str]]:
    """The identifiers of its fields, its note's lines and its address; malformed fields as `x-`; what to report."""
    texts = {kind: variables.text(item, key) for key, kind in fields.IDENTIFIER_FIELDS.items()}
    texts[IdKind.SETID] = texts[IdKind.SETID] or variables.set_id(item)
    texts[IdKind.NCT] = texts[IdKind.NCT] or variables.trial(item)
    for line in _NOTE_LINE.finditer(note):
        kind = _KINDS[line[1].lower()]
        texts[kind] = texts[kind] or line[2]
    found: dict[IdKind, Identifier] = {}
    malformed: dict[str, Value] = {}
    caveats = []
    for key, kind in fields.IDENTIFIER_FIELDS.items():
        written = _ENTITY.sub(lambda entity: html.unescape(entity[0]), texts[kind])
        read = identifiers.parse(kind, written) if written else None
        if kind is IdKind.DOI and (alias := identifiers.short_doi(written)):
            texts[IdKind.URL] = texts[IdKind.URL] or f"https://doi.org/{alias.removeprefix('10/')}"
        elif isinstance(read, Malformed):
            caveats.append(f"{kind.upper()} {written[:60]}: {read.message}")
            if identifiers.misread_letter(written):
                malformed[key] = written
            elif variables.text(item, key):
                malformed[f"x-{key}"] = escaped_text(written)
        elif read is not None:
            found[kind] = read
    page = found.get(IdKind.URL)
    carried = identifiers.from_url(page.value) if page else None
    if carried is not None and carried.kind in REGISTERED:
        repeats = found.setdefault(carried.kind, carried) == carried
        if repeats and page is not None and identifiers.is_own_page(page.value) and carried.kind not in _WITH_PAGE:
            del found[IdKind.URL]
    return [found[kind] for kind in IdKind if kind in found], malformed, caveats


def _item_fields(item: Mapping[str, object], note: str) -> dict[str, Value]:
    """The CSL variables, escaped as Markdown; what CSL does not know stays under `x-`."""
    values: dict[str, Value] = {}
    kind = variables.text(item, "type") or ("webpage" if variables.text(item, "URL") else "")
    if kind:
        values["type"] = kind if kind in fields.TYPES else "document"
    edition = _VERSION.fullmatch(variables.text(item, "edition"))
    if edition is not None and not item.get("version"):  # RIS and EndNote have one field for `2nd, version 3`
        item = {**item, "edition": edition[1] or "", "version": edition[2]}
    for name, value in item.items():
        key = _RENAMED.get(name, name)
        if name in _HANDLED or (name in _RENAMED and key in item):
            continue
        renamed = item if key == name else {key: value}
        if field_value := _value(key, renamed):
            slug = re.sub(r"[^\w.-]+", "-", key.removeprefix("x-"))[:40].strip("-") or "field"
            values[key if key in fields.KNOWN_FIELDS else f"x-{slug}"] = field_value
        elif key in fields.DATE_FIELDS and isinstance(worded := _date(item, key), str):
            values[f"x-{key}"] = escaped_text(worded)
    rest_of_note = rich_text(_NOTE_LINE.sub("", note))
    return values | ({"note": rest_of_note} if rest_of_note else {})


def _value(key: str, item: Mapping[str, object]) -> Value:
    value = item[key]
    if key in fields.NAME_FIELDS:
        listed = value if isinstance(value, Sequence) and not isinstance(value, str) else []
        return [name for person in listed if isinstance(person, (Mapping, str)) and (name := _name(person))]
    if key in fields.DATE_FIELDS:
        day = _date(item, key)
        if isinstance(day, str):
            day = dates.guess(day)
        return str(day) if day else ""
    if key in fields.OWN_FIELDS or key == "categories":
        return ""
    if key == "keyword" and isinstance(value, Sequence) and not isinstance(value, str):
        value = ", ".join(map(str, value))
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return rich_text(str(value))
    return ""


def _name(name: Mapping[str, object] | str) -> dict[str, Value]:
    if isinstance(name, str):
        return {"literal": literal} if (literal := escaped_text(name)) else {}
    parts: dict[str, Value] = {
        part: value for part in _NAME_PARTS if (value := escaped_text(variables.text(name, part)))
    }
    if parts and not parts.keys() & {"family", "given", "literal"}:
        return {"literal": " ".join(map(str, parts.values()))}
    return parts
