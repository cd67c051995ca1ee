"""A record as a CSL-JSON item, for reports and for bibliography writers.

Only variables of CSL 1.0.2 are used (its JSON schema allows no others); what CSL has no word for
(publication types, notices, the Set ID, versions) stands under `custom`, which the schema leaves
open. Values are what the authority says, apart from the full stop that PubMed sets after a title
(styles set their own). `custom: retracted` is there, and true, only for a retracted article.
"""

from __future__ import annotations

import re
from dataclasses import asdict

from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Article, Author, Label, NoticeLink, Page, Record, SplVersion, is_retracted

_PREPRINT = "D000076942"  # MeSH unique id of the publication type
_PAGE_RANGE = re.compile(
    r"(?<![A-Za-z0-9])([A-Za-z]*+)([0-9]++)([A-Za-z]*+)[-\u2010-\u2013]([A-Za-z]*+)([0-9]++)([A-Za-z]*+)"
)
_LABEL_ADDRESS = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="


def csl_item(record: Record) -> dict[str, object]:
    """The record as one CSL-JSON item.

    Empty values are left out; `id` is the identifier it was asked by, e.g. `pmid:23359310`.
    Dates are `date-parts` at the precision given; a date that could not be read is a `literal`.
    """
    match record:
        case Article():
            item = _article(record)
        case Label():
            item = _label(record)
        case Page():
            item = _page(record)
        case _:
            item = {"type": "document", "title": record.title}
    return {"id": str(record.identifier), **_present(item)}


def full_pages(pages: str) -> str:
    """Pages with the end of every range in full, as CSL wants it.

    `529-38` becomes 529-538, `S93-9` S93-S99, `5-5` 5. What is no ascending range stays as it is.
    """
    return _PAGE_RANGE.sub(_in_full, pages)


def _in_full(match: re.Match[str]) -> str:
    before, first, after, before_last, last, after_last = match.groups()
    end = last_page(first, last)
    width = max(len(first), len(end))
    if before_last not in ("", before) or end.zfill(width) < first.zfill(width):
        return match[0]
    if end.zfill(width) == first.zfill(width) and after == after_last:
        return f"{before}{first}{after}"
    return f"{before}{first}{after}-{before}{end}{after_last}"


def last_page(first: str, last: str) -> str:
    """The last page's digits in full: 38 behind 529 is 538. `1205-3` would run down to 1203, and is no abbreviation."""
    whole = first[: -len(last)] + last if len(last) < len(first) else last
    return whole if whole >= first else last


def _article(article: Article) -> dict[str, object]:
    return {
        **_kind(article),
        "title": _title(article),
        "original-title": article.vernacular_title,
        "author": [_name(author) for author in article.authors],
        "editor": [_name(editor) for editor in article.editors],
        "container-title": article.journal.title or _book(article),
        "container-title-short": article.journal.medline_ta or article.journal.iso,
        "publisher": article.publisher,
        "publisher-place": article.publisher_place,
        "issued": _issued(article),
        "volume": article.volume,
        "issue": article.issue,
        "page": article.pages or next(iter(article.elocations), ""),
        "ISSN": ", ".join(article.journal.issns),
        **_identifiers((article.identifier, *article.also_known_as)),
        "custom": _article_custom(article),
    }


def _kind(article: Article) -> dict[str, object]:
    if article.is_book and article.csl_type:
        return {"type": article.csl_type}
    if article.is_book:
        return {"type": "chapter" if _book(article) else "book"}
    if any(kind.ui == _PREPRINT for kind in article.publication_types):
        return {"type": "article", "genre": "Preprint"}
    return {"type": article.csl_type or "article-journal"}


def _book(article: Article) -> str:
    """The book that an article is a part of; none when it is the book itself."""
    return "" if article.book_title == article.title else article.book_title


def _title(article: Article) -> str:
    title = article.title or article.vernacular_title
    return title[:-1] if title.endswith(".") and not title.endswith("..") else title


def _name(author: Author) -> dict[str, object]:
    if author.collective:
        return {"literal": author.collective}
    name = {"family": author.family, "given": author.given or author.initials, "suffix": author.suffix}
    return _present(name)


def _issued(article: Article) -> dict[str, object]:
    date = article.issued or article.published_online
    if date is not None:
        return csl_date(date)
    return {"literal": article.date_text} if article.date_text else {}


def csl_date(date: PartialDate) -> dict[str, object]:
    """`date-parts` at the precision given, no day or month invented."""
    parts = [_parts(date)] if date.until is None else [_parts(date), _parts(date.until)]
    return {"date-parts": parts} if date.season is None else {"date-parts": parts, "season": date.season}


def _parts(date: PartialDate) -> list[int]:
    return [part for part in (date.year, date.month, date.day) if part is not None]


def _identifiers(identifiers: tuple[Identifier, ...]) -> dict[str, object]:
    """The first PMID, PMCID and DOI, under CSL's names for them."""
    wanted = {IdKind.PMID: "PMID", IdKind.PMCID: "PMCID", IdKind.DOI: "DOI"}
    firsts: dict[str, object] = {}
    for kind, variable in wanted.items():
        firsts[variable] = next((i.value for i in identifiers if i.kind is kind), "")
    return firsts


def _article_custom(article: Article) -> dict[str, object]:
    custom: dict[str, object] = {
        "title-html": article.title_html if "<" in article.title_html else "",
        "publication-types": [asdict(kind) for kind in article.publication_types],
        "notices": [_notice(link) for link in article.notices],
        "trials": list(article.trials),
        "status": article.status,
    }
    if is_retracted(article):
        custom["retracted"] = True
    if not article.authors_complete:
        custom["authors-complete"] = False
    return _present(custom)


def _notice(link: NoticeLink) -> dict[str, object]:
    notice: dict[str, object] = {"type": link.ref_type, "source": link.ref_source, "PMID": link.pmid, "DOI": link.doi}
    told = {"note": link.note, "told-by": list(link.told_by), "date": str(link.date) if link.date else ""}
    return _present({**notice, **told})


def _label(label: Label) -> dict[str, object]:
    item: dict[str, object] = {
        "type": "document",
        "title": label.title,
        "publisher": label.labeler,
        "source": "DailyMed",
        "URL": _LABEL_ADDRESS + label.identifier.value,
        "custom": {"setid": label.identifier.value, "versions": [_version(version) for version in label.versions]},
    }
    if label.versions:
        published = label.current.published
        item["version"] = str(label.current.version)
        item["issued"] = {"date-parts": [[published.year, published.month, published.day]]}
    return item


def _version(version: SplVersion) -> dict[str, object]:
    return {"version": version.version, "published": version.published.isoformat()}


def _page(page: Page) -> dict[str, object]:
    custom: dict[str, object] = {
        "status": page.status,
        "final-url": page.final_url,
        "redirects": [asdict(hop) for hop in page.hops],
        "content-type": page.content_type,
    }
    if not page.complete:
        custom["complete"] = False
    return {"type": "webpage", "title": page.title, "URL": page.identifier.value, "custom": _present(custom)}


def _present(fields: dict[str, object] | dict[str, str] | dict[str, str | None]) -> dict[str, object]:
    """Without what is empty; False and 0 are facts."""
    return {key: value for key, value in fields.items() if value not in (None, "", [], {})}
