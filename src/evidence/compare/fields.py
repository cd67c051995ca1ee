"""Comparing an entry's own CSL fields with the record: the same verdicts, no zones to find."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from evidence.compare.clean import clean
from evidence.compare.dating import judge_year
from evidence.compare.journals import judge_journal, names_of
from evidence.compare.locators import judge_pages, judge_part
from evidence.compare.names import AuthorList, judge_authors
from evidence.compare.text import CleanText
from evidence.compare.titles import judge_title, titles_of
from evidence.compare.verdicts import Comparison, Field, FieldComparison, WrongRecord, not_judged
from evidence.compare.wrong import WrongRecordEvidence, decide, decide_short, judged_enough
from evidence.model.partialdate import PartialDate
from evidence.model.records import Article
from evidence.model.references import Name, Reference

_MOST_INITIALS = 4


@dataclass(frozen=True, slots=True)
class EntryFields:
    """The fields of an entry that are compared; hashable, so that six rules compare once."""

    title: str
    authors: tuple[Name, ...]
    container: str
    issued: PartialDate | None
    volume: str
    issue: str
    page: str


def compare_fields(reference: Reference, article: Article) -> Comparison:
    """Compare an entry's title, author, container-title, issued, volume, issue and page with its record.

    Args:
        reference: The entry; its `cited-as` is not looked at (`evidence.compare.citation.compare`).
        article: The record of the entry's identifier.

    Returns:
        One verdict per field; a field that the entry or the record lacks is not judged.
    """
    entry = EntryFields(
        reference.title or "",
        reference.authors,
        reference.container_title or "",
        reference.issued,
        reference.volume or "",
        reference.issue or "",
        reference.page or "",
    )
    return _compare(entry, article)


@lru_cache(1024)
def _compare(entry: EntryFields, article: Article) -> Comparison:
    authors, names = AuthorList(article.authors), names_of(article.journal)
    listed = CleanText(clean("; ".join(filter(None, map(_listed, entry.authors)))))
    volume = judge_part(Field.VOLUME, clean(entry.volume), article.volume)
    issue = judge_part(Field.ISSUE, clean(entry.issue), article.issue)
    pages = judge_pages(clean(entry.page), article)
    journal_name = CleanText(clean(entry.container))
    located = volume.agrees and (pages.agrees or bool(pages.matched))
    journal = judge_journal(journal_name, (0, len(journal_name)), names, located=located)
    who = not_judged(Field.AUTHORS) if article.is_book else judge_authors(listed, 0, len(listed), authors)
    year, apart = judge_year(entry.issued.year if entry.issued else None, article, located=located)
    seen = WrongRecordEvidence(_title(entry.title, article), who, journal, volume, pages, apart)
    wrong: WrongRecord | None = None
    if judged_enough(seen.title, who, journal, pages):
        wrong = decide(seen, article) if entry.title else decide_short(seen, listed, len(listed), authors)
    return Comparison((seen.title, who, year, journal, volume, issue, pages), wrong)


def _title(printed: str, article: Article) -> FieldComparison:
    titles = titles_of(article)
    if not printed.strip() or not titles.forms:
        return not_judged(Field.TITLE, printed, titles.shown)
    return judge_title(clean(printed), titles)


def _listed(name: Name) -> str:
    """The name as "Family XX", which the list's reader knows how to read."""
    if name.literal:
        return name.literal
    initials = "".join(word[0].upper() for word in CleanText(clean(name.given)).words if word[0].isalpha())
    given = name.given if name.given.isupper() and len(name.given) <= _MOST_INITIALS else initials[:_MOST_INITIALS]
    return " ".join(part for part in (name.particle, name.family, given, name.suffix) if part)
