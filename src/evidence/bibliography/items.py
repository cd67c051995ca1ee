"""A reference as one CSL-JSON item, from its verified record where there is one, else from its entry.

An item holds CSL 1.0.2's variables under their own names; what CSL has no word for stands under `custom`: `setid`,
`retracted`, `retraction-notice`, `republished`, `corrections` and `concerns` (where they stand, as printed), `notices`,
`trials`, `authors-complete`, `season` (a date such as 1977 Fall in the journal's own words). Text is rich text
(`evidence.bibliography.rich`) without control characters; `accessed` is the entry's alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evidence import identifiers
from evidence.bibliography.entries import Item, entry_item, entry_retraction, numbers_of
from evidence.bibliography.languages import tag_of
from evidence.bibliography.locators import located
from evidence.bibliography.names import drug, firm, name_of
from evidence.bibliography.notices import is_republished, named_in, retraction_notice
from evidence.bibliography.rich import cleaned, rich_of_html, without_stop
from evidence.csl import csl_date, csl_item
from evidence.model.records import Article, Label, Page, Record, SplVersion
from evidence.model.references import Reference
from evidence.standing import is_retracted

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
        case Page(title=title):
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
    page, number = located(article.pages, article.elocations, in_volume=bool(article.volume or article.issue))
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
