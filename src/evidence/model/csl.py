"""A record as a CSL-JSON item, for reports and for bibliography writers.

Only variables of CSL 1.0.2 are used (its JSON schema allows no others); what CSL has no word for
(publication types, notices, the Set ID, versions) is under `custom`, which the schema leaves
open. Values are what the authority says, apart from the full stop that PubMed sets after a title
(styles set their own). `custom: retracted` and `custom: withdrawn` are there, and true, only for such articles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict

from evidence.model.dates import PartialDate
from evidence.model.identifiers import IdKind, url_of
from evidence.model.records import Article, Author, Label, Page, Record, Trial, is_retracted, is_withdrawn
from evidence.model.regex import regex

_PREPRINT = "D000076942"  # MeSH unique id of the publication type
_PAGE_RANGE = regex(
    r"(?<![A-Za-z0-9])([A-Za-z]*+)([0-9]++)([A-Za-z]*+)[-\u2010-\u2013]([A-Za-z]*+)([0-9]++)([A-Za-z]*+)"
)
_LABEL_ADDRESS = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="
_IDENTIFIERS = {IdKind.PMID: "PMID", IdKind.PMCID: "PMCID", IdKind.DOI: "DOI"}


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
        case Trial():
            item = _trial(record)
        case Page():
            item = _page(record)
        case _:
            item = {"type": "document", "title": record.title}
    return {"id": str(record.identifier), **_present(item)}


def _article(article: Article) -> dict[str, object]:
    book = "" if article.book_title == article.title else article.book_title  # none when it is the book itself
    identifiers = (article.identifier, *article.also_known_as)
    genre: dict[str, object] = {}
    if article.is_book:
        kind = article.csl_type or ("chapter" if book else "book")
    elif any(publication_type.ui == _PREPRINT for publication_type in article.publication_types):
        kind, genre = "article", {"genre": "Preprint"}
    else:
        kind = article.csl_type or "article-journal"
    date = article.issued or article.published_online
    custom: dict[str, object] = {
        "title-html": article.title_html if "<" in article.title_html else "",
        "publication-types": [asdict(publication_type) for publication_type in article.publication_types],
        "notices": [
            _present(
                {
                    "type": notice.ref_type,
                    "source": notice.ref_source,
                    "PMID": notice.pmid,
                    "DOI": notice.doi,
                    "note": notice.note,
                    "told-by": list(notice.told_by),
                    "date": str(notice.date) if notice.date else "",
                }
            )
            for notice in article.notices
        ],
        "trials": list(article.trials),
        "status": article.status,
    }
    if is_retracted(article):
        custom["retracted"] = True
    elif is_withdrawn(article):
        custom["withdrawn"] = True
    if not article.authors_complete:
        custom["authors-complete"] = False
    return {
        "type": kind,
        **genre,
        "title": without_full_stop(article.title or article.vernacular_title),
        "original-title": article.vernacular_title,
        "author": [_name(author) for author in article.authors],
        "editor": [_name(editor) for editor in article.editors],
        "container-title": article.journal.title or book,
        "container-title-short": article.journal.medline_ta or article.journal.iso,
        "publisher": article.publisher,
        "publisher-place": article.publisher_place,
        "issued": csl_date(date) if date is not None else {"literal": article.date_text} if article.date_text else {},
        "volume": article.volume,
        "issue": article.issue,
        "page": article.pages or next(iter(article.elocations), ""),
        "ISSN": ", ".join(article.journal.issns),
        **{
            variable: next((known.value for known in identifiers if known.kind is id_kind), "")
            for id_kind, variable in _IDENTIFIERS.items()
        },
        "custom": _present(custom),
    }


def _name(author: Author) -> dict[str, object]:
    if author.collective:
        return {"literal": author.collective}
    name = {"family": author.family, "given": author.given or author.initials, "suffix": author.suffix}
    return _present(name)


def _label(label: Label) -> dict[str, object]:
    versions = [{"version": version.version, "published": version.published.isoformat()} for version in label.versions]
    item: dict[str, object] = {
        "type": "document",
        "title": label.title,
        "publisher": label.labeler,
        "source": "DailyMed",
        "URL": _LABEL_ADDRESS + label.identifier.value,
        "custom": {"setid": label.identifier.value, "versions": versions},
    }
    if label.versions:
        published = label.current.published
        item["version"] = str(label.current.version)
        item["issued"] = {"date-parts": [[published.year, published.month, published.day]]}
    return item


def _trial(trial: Trial) -> dict[str, object]:
    """The registry's entry: it has no authors, and its day is that of its last update."""
    custom: dict[str, object] = {
        "nct": trial.identifier.value,
        "status": trial.status,
        "why-stopped": trial.why_stopped,
        "results-posted": str(trial.results_posted) if trial.results_posted else "",
    }
    return {
        "type": "webpage",
        "title": trial.title,
        "container-title": "ClinicalTrials.gov",
        "issued": csl_date(trial.updated) if trial.updated else {},
        "URL": url_of(trial.identifier),
        "custom": _present(custom),
    }


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


def _present(fields: Mapping[str, object]) -> dict[str, object]:
    """Without what is empty; False and 0 are facts."""
    return {key: value for key, value in fields.items() if value not in (None, "", [], {})}


def csl_date(date: PartialDate) -> dict[str, object]:
    """`date-parts` at the precision given, no day or month invented."""
    days = [date] if date.until is None else [date, date.until]
    parts = [[part for part in (day.year, day.month, day.day) if part is not None] for day in days]
    return {"date-parts": parts} if date.season is None else {"date-parts": parts, "season": date.season}


def without_full_stop(title: str) -> str:
    """A title without the full stop that PubMed sets after it; styles set their own. An ellipsis stays."""
    return title[:-1] if title.endswith(".") and not title.endswith("..") else title


# Page ranges


def full_pages(pages: str) -> str:
    """Pages with the end of every range in full, as CSL wants it.

    `529-38` becomes 529-538, `S93-9` S93-S99, `5-5` 5. What is not an ascending range stays as it is.
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
    """The last page with all its digits: 38 after 529 is 538. `1205-3` would run down to 1203: not abbreviated."""
    full = first[: -len(last)] + last if len(last) < len(first) else last
    return full if full >= first else last
