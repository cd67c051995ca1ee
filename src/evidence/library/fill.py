"""What a new entry holds: an id made from author and year, and the values of a record as a library writes them."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from string import ascii_lowercase
from urllib.parse import urlsplit

from evidence.library import markdown
from evidence.library.scalars import Value
from evidence.model.csl import csl_item, full_pages
from evidence.model.identifiers import FIELD_OF, Identifier, IdKind, url_of
from evidence.model.records import Article, Label, Page, Record, Trial
from evidence.model.regex import regex

_LETTERS = {"\u00df": "ss", "\u00e6": "ae", "\u00f8": "o", "\u0142": "l", "\u0153": "oe", "\u00f0": "d", "\u00fe": "th"}
_WORD = regex(r"[a-z0-9]+")
_LONGEST = 40
_TEXTS = ("container-title", "container-title-short", "publisher", "publisher-place", "volume", "issue", "genre")
_NAME_PARTS = ("literal", "family", "given", "suffix")
_UNDERSCORE = regex(r"(?<=[0-9A-Za-z])\\_(?=[0-9A-Za-z])")
_UNDERLINED = regex(r"</?u>")


def new_id(identifier: Identifier, record: Record | None, taken: Container[str]) -> str:
    """An id such as `smith-2007`, `smith-2007b`, `ldnresearchtrust` or `naltrexone-label`, not among `taken`.

    Args:
        identifier: What the entry is added by; names it when its record does not.
        record: What was found; None when nothing was.
        taken: The ids that the file already has.
    """
    base = _base(identifier, record)
    return next(candidate for candidate in _candidates(base) if candidate not in taken)


def base_of(name: str, year: str, identifiers: Iterable[Identifier]) -> str:
    """What an id is made from when there is no record: name and year, else an identifier; empty without either."""
    words = slug(name)
    if words:
        return "-".join(filter(None, (words, year)))
    first = next(iter(identifiers), None)
    return _base(first, None) if first is not None else ""


class Ids:
    """Ids made different from those that are taken; each is taken once it is given. Linear in their number."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._open: dict[str, Iterator[str]] = {}

    def new(self, base: str) -> str:
        """The base itself, or the next free name made from it."""
        candidates = self._open.setdefault(base, _candidates(base))
        name = next(candidate for candidate in candidates if candidate not in self._taken)
        self._taken.add(name)
        return name


def _base(identifier: Identifier, record: Record | None) -> str:
    match record:
        case Article():
            author = next((a.family or a.collective for a in record.authors), "")
            year = record.issued or record.published_online
            words = (slug(author) or slug(record.title, 3), str(year.year) if year else "")
            base = "-".join(filter(None, words)) if words[0] else ""
        case Label(title=title):
            base = f"{slug(title, 1)}-label"
        case Trial():
            base = slug(identifier.value)
        case _:
            host = urlsplit(identifier.value).hostname or ""
            base = slug(host.removeprefix("www.").rpartition(".")[0] or host, 4)
    return base or slug(str(identifier), 6)


def slug(text: str, most: int = 3) -> str:
    """The first words of a text as a part of an id: lower case, ASCII, joined by hyphens."""
    lower = "".join(_LETTERS.get(char, char) for char in text.lower())
    ascii_only = unicodedata.normalize("NFKD", lower).encode("ascii", "ignore").decode()
    return "-".join(_WORD.findall(ascii_only.replace("'", ""))[:most])[:_LONGEST].strip("-")


def _candidates(base: str) -> Iterator[str]:
    """The base, then with b to z appended (to a year without a hyphen), then with numbers."""
    yield base
    joint = "" if base[-1:].isdigit() else "-"
    yield from (f"{base}{joint}{letter}" for letter in ascii_lowercase[1:])
    number = 27
    while True:
        yield f"{base}-{number}"
        number += 1


# The values of a record, Markdown escaped where pandoc reads Markdown


def escaped_text(plain: str) -> str:
    """Text from outside as the file is to hold it: on one line, without control characters, escaped."""
    return markdown.escape(_cleaned(plain))


def rich_text(html: str) -> str:
    """As `escaped_text`, with CSL-JSON's italics, bold, sub- and superscript."""
    return markdown.from_html(_cleaned(_UNDERLINED.sub("", html)))


def identifier_text(kind: IdKind, value: str) -> str:
    """An identifier as its field holds it; an underscore inside a word is not markup and stays bare."""
    return value if kind in {IdKind.PMID, IdKind.SETID, IdKind.NCT} else _UNDERSCORE.sub("_", markdown.escape(value))


def record_fields(record: Record) -> dict[str, Value]:
    """The fields of an entry about this record, in the order of its keys; without an id.

    Of a label neither version nor day is written: they change, and `spl-version` is set by a person. Of a trial, whose
    status changes, its title alone.
    """
    match record:
        case Article():
            return article_fields(record)
        case Label(identifier=identifier, title=title, labeler=labeler):
            fields = {
                "type": "webpage",
                "title": escaped_text(title),
                "container-title": "DailyMed",
                "publisher": escaped_text(labeler),
            }
            fields |= {"setid": identifier.value, "URL": identifier_text(IdKind.URL, url_of(identifier))}
        case Trial(identifier=identifier, title=title):
            fields = {"type": "webpage", "title": escaped_text(title), "container-title": "ClinicalTrials.gov"}
            fields |= {"NCT": identifier.value, "URL": identifier_text(IdKind.URL, url_of(identifier))}
        case Page(identifier=identifier, title=title):
            fields = {"type": "webpage", "title": escaped_text(title)}
            fields["URL"] = identifier_text(IdKind.URL, identifier.value)
        case Record(identifier=identifier, title=title):
            own = {FIELD_OF[identifier.kind]: identifier_text(identifier.kind, identifier.value)}
            fields = {"type": "document", "title": escaped_text(title)} | own
    return {key: value for key, value in fields.items() if value}


def article_fields(article: Article) -> dict[str, Value]:
    """The fields of an article's entry: what its record says, and nothing else."""
    item = csl_item(article)
    fields: dict[str, Value] = {"type": str(item["type"]), "title": title_of(article, item)}
    for key in ("author", "editor"):
        names = item.get(key)
        if isinstance(names, Sequence) and names:
            parts = ({part: name[part] for part in _NAME_PARTS if name.get(part)} for name in names)
            fields[key] = [{part: escaped_text(str(value)) for part, value in name.items()} for name in parts]
    fields |= {key: escaped_text(str(item[key])) for key in _TEXTS if item.get(key)}
    issued = article.issued or article.published_online
    fields["issued"] = str(issued) if issued is not None else ""
    fields["page"] = escaped_text(full_pages(str(item.get("page", ""))))
    fields |= identifier_fields(article)
    return {key: value for key, value in fields.items() if value}


def title_of(article: Article, item: Mapping[str, object]) -> str:
    """The title with the markup that the record gives it, without the full stop that PubMed appends."""
    rich = article.title_html if "<" in article.title_html else ""
    if not rich:
        return escaped_text(str(item.get("title", "")))
    return rich_text(rich[:-1] if rich.endswith(".") and not rich.endswith("..") else rich)


def identifier_fields(article: Article) -> dict[str, Value]:
    """The article's PMID, PMCID and DOI, as far as its record gives them."""
    firsts: dict[IdKind, Identifier] = {}
    for identifier in (article.identifier, *article.also_known_as):
        firsts.setdefault(identifier.kind, identifier)
    kinds = (IdKind.PMID, IdKind.PMCID, IdKind.DOI)
    return {FIELD_OF[kind]: identifier_text(kind, firsts[kind].value) for kind in kinds if kind in firsts}


def _cleaned(raw: str) -> str:
    """On one line; control characters, lone surrogates and byte order marks are not text."""
    characters = (char for char in raw if unicodedata.category(char) not in {"Cc", "Cs"} or char.isspace())
    return " ".join("".join(characters).replace("\ufeff", "").split())
