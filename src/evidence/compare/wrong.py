"""When the record is another work altogether. The rules are numbered as in docs/matching.md.

Title, author list and first page carry the identity; journal, volume and year are shared by a
work's nearest neighbours and are what sloppy people get wrong, so they only support.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.compare.clean import clean
from evidence.compare.locators import ranges, same_part
from evidence.compare.names import AuthorList, near
from evidence.compare.text import CleanText
from evidence.compare.verdicts import DifferenceKind, Field, FieldComparison, Verdict, WrongRecord
from evidence.model.records import Article

_CLOSE = 0.75
_STRONG = frozenset({Field.AUTHORS, Field.TITLE, Field.JOURNAL, Field.PAGES})
_NOTICE_TYPES = frozenset({"D016425", "D016440", "D000075742"})
_NOTICE_LINKS = frozenset({"RetractionOf", "ErratumFor", "ExpressionOfConcernFor", "CommentOn"})
_NOTICE_WORDS = re.compile(
    r"\b(?:correct(?:ion|ions|ed to)|corrigend\w*|errat\w*|retract(?:ion|ed)|withdraw\w*|concern|comment\w*|letters?"
    r"|reply|replies|response|responds?|notice|editorial|addendum|author'?s'?|editors?|re|on)\b",
    re.IGNORECASE,
)
_NOTICE_HEAD = re.compile(
    r"^\W*(?:(?:author|publisher)'?s? correction|correction(?: to| for)?|corrigend\w*(?: to)?|erratum(?: to)?"
    r"|retraction(?: of| note)?|expression of concern|comment(?:ary)? on|reply(?: to)?|response to|re)\b\s*[:.\-]?",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"\b(?:part|no|pt|number)?\.?\s*([ivx]+|\d+)\b(?=\s*[.:),]|\s*$)", re.IGNORECASE)
_SOURCE = re.compile(r";\s*+(?P<volume>[^():]{1,60}+)(?:\([^)]{0,60}+\))?\s*+:\s*+(?P<pages>[^.;]+)")


@dataclass(frozen=True, slots=True)
class WrongRecordEvidence:
    """What the fields say, in the terms of the rules."""

    title: FieldComparison
    authors: FieldComparison
    journal: FieldComparison
    volume: FieldComparison
    pages: FieldComparison
    years_apart: int

    @property
    def another_page(self) -> bool:
        """The first page is another."""
        return self.pages.differs and not self.pages.matched

    @property
    def no_author(self) -> bool:
        """Authors are printed, and none of them is the record's."""
        return self.authors.differs and self.authors.matched == 0

    @property
    def weak(self) -> int:
        """How many of journal, volume and year (by two or more) differ."""
        return self.journal.differs + self.volume.differs + (self.years_apart >= 2)


def judged_enough(*fields: FieldComparison) -> bool:
    """Whether at least two of author, title, journal and page are printed and can be compared."""
    return sum(field.field in _STRONG and field.verdict is not Verdict.NOT_JUDGED for field in fields) >= 2


def decide(seen: WrongRecordEvidence, article: Article) -> WrongRecord | None:
    """Whether the citation is of another work than the record; None when it is not, or cannot be told."""
    return (
        _linked_work(seen, article)
        or _another_title(seen)
        or _same_words(seen)
        or _same_title(seen)
        or _notice(seen, article)
    )


def _linked_work(seen: WrongRecordEvidence, article: Article) -> WrongRecord | None:
    volume, pages = seen.volume.printed, seen.pages.printed
    if not pages or not volume or seen.pages.agrees:
        return None
    first = next((start for start, _ in ranges(pages)), "")
    for link in article.notices:
        found = _SOURCE.search(clean(link.ref_source))
        if found and same_part(volume, found["volume"]) and first in {start for start, _ in ranges(found["pages"])}:
            pmid = f" (PMID {link.pmid})" if link.pmid else ""
            source = f"{link.ref_source.rstrip('.')}{pmid}"
            return WrongRecord(1, certain=True, message=f"volume and page are those of {source}, which it is linked to")
    return None


def _another_title(seen: WrongRecordEvidence) -> WrongRecord | None:
    if seen.title.kind is not DifferenceKind.ANOTHER_TITLE or not seen.title.differs:
        return None
    only_title = seen.authors.verdict is Verdict.NOT_JUDGED and seen.pages.verdict is Verdict.NOT_JUDGED
    others = seen.authors.differs and seen.authors.kind is not DifferenceKind.INITIALS and seen.weak >= 1
    if seen.no_author or seen.another_page or seen.weak >= 2 or only_title or others:
        told = "neither authors nor pages speak for it" if only_title else "not the title alone is another"
        return WrongRecord(2, certain=seen.no_author or seen.another_page, message=told)
    return None


def _same_words(seen: WrongRecordEvidence) -> WrongRecord | None:
    if not seen.title.differs or seen.title.kind in {DifferenceKind.ANOTHER_TITLE, DifferenceKind.WORDS_ADDED}:
        return None
    series = serials(seen.title.printed) != serials(seen.title.recorded)
    if (
        (seen.no_author and (seen.another_page or seen.weak >= 2))
        or (seen.volume.differs and seen.another_page)
        or (seen.another_page and series)
        or (seen.title.closeness < _CLOSE and seen.another_page and seen.authors.differs)
    ):
        return WrongRecord(
            3, certain=False, message="the titles are alike, but page, volume or authors are another work's"
        )
    return None


def serials(title: str) -> frozenset[str]:
    """The numbers by which a title counts itself, as in "Part II" and "3. Results"."""
    return frozenset(found.lower() for found in _SERIAL.findall(title))


def _same_title(seen: WrongRecordEvidence) -> WrongRecord | None:
    if seen.title.agrees and seen.no_author and seen.another_page:
        return WrongRecord(4, certain=True, message="the titles are the same, but authors and page are another work's")
    return None


def is_notice(article: Article) -> bool:
    """Whether the record is a notice or a comment on another work."""
    types = any(t.ui in _NOTICE_TYPES or t.label in {"Comment", "Published Erratum"} for t in article.publication_types)
    return types or any(link.ref_type in _NOTICE_LINKS for link in article.notices)


def is_notice_title(title: str) -> bool:
    """Whether a title begins as that of a notice or comment: "Correction to:", "Retraction of", "Reply to"."""
    return _NOTICE_HEAD.match(clean(title)) is not None


def _notice(seen: WrongRecordEvidence, article: Article) -> WrongRecord | None:
    if not seen.title.differs:
        return None
    record_title = clean(article.title)
    if (
        not seen.pages.agrees
        and is_notice(article)
        and not _NOTICE_WORDS.search(seen.title.printed)
        and _NOTICE_WORDS.search(record_title)
    ):
        return WrongRecord(5, certain=False, message="the record is a notice or comment on another work")
    printed_notice = _NOTICE_HEAD.match(seen.title.printed) and not _NOTICE_HEAD.match(record_title)
    own_title = seen.title.kind is DifferenceKind.WORDS_ADDED
    if printed_notice and not is_notice(article) and (own_title or not seen.pages.agrees):
        return WrongRecord(5, certain=False, message="a notice or comment is printed, and the record is none")
    return None


def decide_short(seen: WrongRecordEvidence, zone: CleanText, behind: int, authors: AuthorList) -> WrongRecord | None:
    """A citation without a title ("First et al. Journal Year"): no printed author is the record's, nor nearly."""
    if not seen.authors.differs:
        return None
    if seen.authors.matched == 0 and not _nearly(zone, behind, authors):
        return WrongRecord(6, certain=False, message="no printed author is the record's")
    if seen.authors.kind is DifferenceKind.INITIALS and seen.authors.matched == 1 and seen.journal.differs:
        return WrongRecord(6, certain=False, message="a namesake: initials and journal are another's")
    return None


def _nearly(zone: CleanText, behind: int, authors: AuthorList) -> bool:
    words = [key for key in zone.keys[:behind] if len(key) > 2]
    return any(near(name, word) for who in authors.people for name in (*who.whole, *who.halves) for word in words)
