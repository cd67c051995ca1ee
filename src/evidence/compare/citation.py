"""Comparing a printed citation, or an entry's own fields, with the record of its identifier."""

from __future__ import annotations

import re
from functools import lru_cache

from evidence.compare.journals import names_of
from evidence.compare.locators import judge_locators
from evidence.compare.names import AuthorList, judge_authors
from evidence.compare.tail import Tail, read_tail
from evidence.compare.titles import Titles, judge_title, titles_of
from evidence.compare.verdicts import Comparison, Field, Judged, Kind, Verdict, agrees, not_judged
from evidence.compare.wrong import Evidence, decide, decide_short
from evidence.compare.zones import Zones, journal_may_be, lay_out, prepared
from evidence.model.records import Article

_LONE_YEAR = re.compile(r"(?<![\d-])((?:1[6-9]|20)\d\d)[a-z]?(?![\d-])")


@lru_cache(1024)
def compare(printed: str, article: Article) -> Comparison:
    """Compare a citation as printed, in any style, with its record.

    Args:
        printed: The citation's text, verbatim (`cited-as`).
        article: The record of the identifier that the citation carries.

    Returns:
        One verdict per field, and whether the record is another work. What is not printed, or not
        in the record, is not judged, never a difference.
    """
    titles, names = titles_of(article), names_of(article.journal)
    text = prepared(printed, titles)
    authors = AuthorList(article.authors)
    zones = lay_out(text, titles, names, authors)
    tail = _tail(zones, article)
    volume, issue, pages = judge_locators(tail, article)
    title = _title(zones, titles)
    who = not_judged(Field.AUTHORS) if article.is_book else judge_authors(text, *zones.authors, authors)
    journal = _journal(zones, article, volume, pages)
    year, apart = _year(zones, tail, article, volume, pages)
    fields = (title, who, year, journal, volume, issue, pages)
    if _too_short(fields):
        return Comparison(tuple(not_judged(f.field, f.printed, f.recorded) for f in fields), too_short=True)
    seen = Evidence(title, who, journal, volume, pages, apart)
    if zones.title is None:
        wrong = decide_short(seen, text, zones.authors[1], authors)
    else:
        wrong = decide(seen, article, text.raw, tail.volume or tail.lone, tail.pages)
    return Comparison(fields, wrong)


def _tail(zones: Zones, article: Article) -> Tail:
    return read_tail(zones.text.rest(zones.tail) if zones.tail else "", year_known=zones.front_year is not None)


def _title(zones: Zones, titles: Titles) -> Judged:
    text = zones.text
    if zones.title is None or not titles.forms:
        return not_judged(Field.TITLE, recorded=titles.shown)
    if not zones.found:
        return judge_title(text.slice(*zones.title), titles)
    if zones.added is not None:
        added = text.slice(*zones.added)
        message = f'title has words that the record\'s lacks: "{added}"'
        return Judged(
            Field.TITLE,
            Verdict.DIFFERS,
            text.slice(zones.title[0], zones.added[1]),
            titles.shown,
            Kind.WORDS_ADDED,
            message,
        )
    return agrees(Field.TITLE, text.slice(*zones.title), titles.shown)


def _journal(zones: Zones, article: Article, volume: Judged, pages: Judged) -> Judged:
    names = names_of(article.journal)
    if zones.journal is None or not names.known:
        return not_judged(Field.JOURNAL, recorded=names.shown)
    printed = zones.text.slice(*zones.journal)
    if zones.journal_agrees:
        return agrees(Field.JOURNAL, printed, names.shown)
    located = volume.agrees and (pages.agrees or pages.matched)
    if located and journal_may_be(zones.text, zones.journal, names):
        return agrees(Field.JOURNAL, printed, names.shown)
    message = f'journal differs: "{printed}" is printed, the record has {names.shown}'
    return Judged(Field.JOURNAL, Verdict.DIFFERS, printed, names.shown, message=message)


def _year(zones: Zones, tail: Tail, article: Article, volume: Judged, pages: Judged) -> tuple[Judged, int]:
    printed = tail.year or zones.front_year
    if article.is_book or printed is None or not article.years:
        return not_judged(Field.YEAR), 0
    recorded = " or ".join(map(str, article.years))
    if printed in article.years:
        return agrees(Field.YEAR, str(printed), recorded), 0
    message = f"year differs: {printed} is printed, the record has {recorded}"
    if printed == min(article.years) - 1 and not article.has_article_date and volume.agrees and pages.agrees:
        message += " (possibly the year of electronic publication, which the record does not give)"
    apart = min(abs(printed - year) for year in article.years)
    return Judged(Field.YEAR, Verdict.DIFFERS, str(printed), recorded, message=message), apart


def _too_short(fields: tuple[Judged, ...]) -> bool:
    """Fewer than two of author, title, journal and page are printed and can be compared."""
    strong = {Field.AUTHORS, Field.TITLE, Field.JOURNAL, Field.PAGES}
    return sum(f.field in strong and f.verdict is not Verdict.NOT_JUDGED for f in fields) < 2
