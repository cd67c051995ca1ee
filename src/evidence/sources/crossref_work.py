"""One work of Crossref's, or the CSL JSON of another DOI agency, as an article.

Crossref's message extends CSL JSON (api.crossref.org/swagger-ui, model Work), so one reader does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evidence.model.identity import Identifier
from evidence.model.partialdate import PartialDate
from evidence.model.records import Article, Journal, PublicationType
from evidence.sources.crossref_fields import authors, dated, mapping, text, texts
from evidence.sources.crossref_text import marked, plain
from evidence.sources.crossref_updates import notices

_JOURNAL_ARTICLE = PublicationType("D016428", "Journal Article")
_PREPRINT = PublicationType("D000076942", "Preprint")
# Crossref's types (api.crossref.org/types) that CSL calls otherwise.
_CSL_TYPES = {
    "journal-article": "article-journal",
    "proceedings-article": "paper-conference",
    "book-chapter": "chapter",
    "book-part": "chapter",
    "book-section": "chapter",
    "reference-entry": "entry",
    "monograph": "book",
    "edited-book": "book",
    "reference-book": "book",
    "posted-content": "article",
    "dissertation": "thesis",
    "peer-review": "review",
}
_KNOWN_CSL_TYPES = frozenset(
    {"article", "article-journal", "article-magazine", "article-newspaper", "book", "chapter", "dataset", "document"}
    | {"entry", "entry-dictionary", "entry-encyclopedia", "paper-conference", "report", "review", "software"}
    | {"speech", "standard", "thesis", "webpage"}
)
_IN_BOOKS = frozenset({"chapter", "entry", "entry-dictionary", "entry-encyclopedia"})
_PRINTED = ("published-print",)
_ONLINE = ("published-online", "posted")
_OTHER_DATES = ("issued", "published", "published-other")


def article_of(identifier: Identifier, work: Mapping[str, Any]) -> Article:
    """The record.

    Args:
        identifier: The DOI that was asked.
        work: Crossref's message, or a CSL JSON item.

    Raises:
        DriftError: A field is not made as documented. A field that is missing is empty.
    """
    title, kind = _title(work), _csl_type(work)
    in_issue = mapping(work, "journal-issue")
    printed = _first(work, *_PRINTED) or _first(in_issue, *_PRINTED)
    online = _first(work, *_ONLINE) or _first(in_issue, *_ONLINE)
    issued = printed or _first(work, *_OTHER_DATES) or online
    is_book = kind == "book" or kind in _IN_BOOKS
    container = text(work, "container-title")
    return Article(
        identifier=identifier,
        title=plain(title),
        title_html=marked(title),
        vernacular_title=text(work, "original-title"),
        authors=authors(work, "author"),
        editors=authors(work, "editor"),
        journal=Journal(issns=texts(work, "ISSN")) if is_book else _journal(work, container),
        issued=issued,
        published_online=online,
        years=_years(work, in_issue),
        has_article_date=online is not None,
        volume=text(work, "volume"),
        issue=text(work, "issue") or text(in_issue, "issue"),
        pages=text(work, "page"),
        elocations=tuple(plain(number) for number in texts(work, "article-number")),
        publication_types=_publication_types(work, kind),
        notices=notices(work, identifier.value),
        is_book=is_book,
        book_title=(container if kind in _IN_BOOKS else plain(title)) if is_book else "",
        publisher=text(work, "publisher"),
        publisher_place=text(work, "publisher-location") or text(work, "publisher-place"),
        csl_type=kind,
    )


def _title(work: Mapping[str, Any]) -> str:
    """The title with its subtitle, unless the title ends with that already; markup and all."""
    title, subtitle = (next(iter(texts(work, field)), "") for field in ("title", "subtitle"))
    if not subtitle or plain(subtitle).casefold() in plain(title).casefold():
        return title
    if not title:
        return subtitle
    joint = " " if plain(title).endswith((":", "?", "!", ".", "\N{EM DASH}")) else ": "
    return f"{title.rstrip()}{joint}{subtitle.lstrip()}"


def _csl_type(work: Mapping[str, Any]) -> str:
    told = text(work, "type").lower()
    kind = _CSL_TYPES.get(told, told)
    if kind in _KNOWN_CSL_TYPES:
        return kind
    return "document" if kind else ""


def _publication_types(work: Mapping[str, Any], kind: str) -> tuple[PublicationType, ...]:
    if kind == "article-journal":
        return (_JOURNAL_ARTICLE,)
    is_preprint = text(work, "type") == "posted-content" and text(work, "subtype") in ("preprint", "")
    return (_PREPRINT,) if is_preprint else ()


def _journal(work: Mapping[str, Any], title: str) -> Journal:
    short = text(work, "short-container-title") or text(work, "container-title-short")
    return Journal(title=title, iso="" if short == title else short, issns=texts(work, "ISSN"))


def _first(work: Mapping[str, Any], *fields: str) -> PartialDate | None:
    return next((date for field in fields if (date := dated(work, field))), None)


def _years(work: Mapping[str, Any], in_issue: Mapping[str, Any]) -> tuple[int, ...]:
    """Every year under which the work may be cited: in print, online, or however else it was published."""
    fields = (*_PRINTED, *_ONLINE, *_OTHER_DATES)
    dates = [dated(source, field) for source in (work, in_issue) for field in fields]
    return tuple(sorted({date.year for date in dates if date}))
