"""What a library says about a record: values ready to be written, Markdown escaped where pandoc reads Markdown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from evidence.csl import csl_item, full_pages
from evidence.identifiers import FIELD_OF, url_of
from evidence.library import markdown
from evidence.library.yaml_text import Value
from evidence.model.identity import Identifier, IdKind
from evidence.model.records import Article, Label, Page, Record

TEXTS = ("container-title", "container-title-short", "publisher", "publisher-place", "volume", "issue", "genre")
NAME_PARTS = ("literal", "family", "given", "suffix")

_UNDERSCORE = re.compile(r"(?<=[0-9A-Za-z])\\_(?=[0-9A-Za-z])")
_UNDERLINED = re.compile(r"</?u>")


def text(plain: str) -> str:
    """Text of a stranger as the file is to say it: on one line, without control characters, escaped."""
    return markdown.escape(_cleaned(plain))


def rich_text(html: str) -> str:
    """As `text`, with CSL-JSON's italics, bold, sub- and superscript."""
    return markdown.from_html(_cleaned(_UNDERLINED.sub("", html)))


def identifier_text(kind: IdKind, value: str) -> str:
    """An identifier as its field holds it; an underscore inside a word is no markup and stays bare."""
    return value if kind in {IdKind.PMID, IdKind.SETID} else _UNDERSCORE.sub("_", markdown.escape(value))


def record_fields(record: Record) -> dict[str, Value]:
    """What an entry about this record says, in the order of its keys; without an id.

    Of a label neither version nor day is written: they change, and `spl-version` is a person's pin.
    """
    match record:
        case Article():
            return article_fields(record)
        case Label(identifier=identifier, title=title, labeler=labeler):
            fields = {
                "type": "webpage",
                "title": text(title),
                "container-title": "DailyMed",
                "publisher": text(labeler),
            }
            fields |= {"setid": identifier.value, "URL": identifier_text(IdKind.URL, url_of(identifier))}
        case Page(identifier=identifier, title=title):
            fields = {"type": "webpage", "title": text(title), "URL": identifier_text(IdKind.URL, identifier.value)}
    return {key: value for key, value in fields.items() if value}


def article_fields(article: Article) -> dict[str, Value]:
    """The fields of an article's entry: what its record says and nothing that it does not."""
    item = csl_item(article)
    fields: dict[str, Value] = {"type": str(item["type"]), "title": title_of(article, item)}
    fields |= {key: names for key in ("author", "editor") if (names := _names(item.get(key)))}
    fields |= {key: text(str(item[key])) for key in TEXTS if item.get(key)}
    fields["issued"] = issued_of(article)
    fields["page"] = text(full_pages(str(item.get("page", ""))))
    fields |= identifier_fields(article)
    return {key: value for key, value in fields.items() if value}


def title_of(article: Article, item: Mapping[str, object]) -> str:
    """The title with the markup that the record gives it, without the full stop that PubMed sets behind it."""
    rich = article.title_html if "<" in article.title_html else ""
    if not rich:
        return text(str(item.get("title", "")))
    return rich_text(rich[:-1] if rich.endswith(".") and not rich.endswith("..") else rich)


def issued_of(article: Article) -> str:
    """The date of the issue, else of electronic publication, as EDTF; empty when the record's cannot be read."""
    date = article.issued or article.published_online
    return str(date) if date is not None else ""


def identifier_fields(article: Article) -> dict[str, Value]:
    """The article's PMID, PMCID and DOI, as far as its record gives them."""
    firsts: dict[IdKind, Identifier] = {}
    for identifier in (article.identifier, *article.also_known_as):
        firsts.setdefault(identifier.kind, identifier)
    kinds = (IdKind.PMID, IdKind.PMCID, IdKind.DOI)
    return {FIELD_OF[kind]: identifier_text(kind, firsts[kind].value) for kind in kinds if kind in firsts}


def _names(names: object) -> list[Value]:
    if not isinstance(names, Sequence):
        return []
    return [{part: text(str(name[part])) for part in NAME_PARTS if name.get(part)} for name in names]


def _cleaned(raw: str) -> str:
    """On one line; control characters, lone surrogates and byte order marks are no text."""
    kept = (char for char in raw if unicodedata.category(char) not in {"Cc", "Cs"} or char.isspace())
    return " ".join("".join(kept).replace("\ufeff", "").split())
