"""Reading a printed citation by itself, without a record: enough to look for its record, never to judge it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from rapidfuzz.distance import LCSseq

from evidence.matching.authors import AuthorList, is_initials, is_near_spelling, judge_authors
from evidence.matching.journals import journal_names, judge_journal
from evidence.matching.locators import judge_locators, judge_pages, judge_part, judge_year, ranges, same_part
from evidence.matching.segment import Segments, is_year, locator_of, prepare, segment_citation
from evidence.matching.text import CleanText, clean, electronic_year
from evidence.matching.titles import Titles, judge_title, titles_of
from evidence.matching.verdict import (
    Comparison,
    DifferenceKind,
    Field,
    FieldComparison,
    Verdict,
    WrongRecord,
    agrees,
    not_judged,
)
from evidence.model.dates import PartialDate
from evidence.model.outcomes import SearchQuery
from evidence.model.records import Article, Journal
from evidence.model.references import Name, Reference

# Reading a printed citation by itself, without a record: enough to look for its record, never to judge it.

_NOTHING = Titles("", ())
_NOBODY = AuthorList(())
_PAGE = re.compile(r"[A-Za-z]{0,4}\d+[A-Za-z]?(?:\.\d+)?")
# "(Baltimore, Md. : 1950)" behind a journal's full name: its points and its year would end the sentence.
_QUALIFIER = re.compile(r"(?<!\s)\s*+\([^()]{0,200} : \d{4}[^()]{0,200}+\)")
_MOST_NAME_WORDS = 4
_LONGEST = 6000


def parse_without_record(printed: str) -> SearchQuery:
    """Read a citation, in any style, by its punctuation alone.

    Args:
        printed: The citation's text, verbatim; of a very long one the beginning is read.
    """
    text = prepare(_QUALIFIER.sub("", printed[:_LONGEST]), _NOTHING)
    zones = segment_citation(text, _NOTHING, journal_names(Journal()), _NOBODY)
    tail = locator_of(zones)
    family, initials = _first_author(text, zones.authors[1])
    page = _PAGE.search(tail.pages or "")
    return SearchQuery(
        text.raw.strip(),
        family,
        initials,
        text.slice(*zones.title).strip(" .") if zones.title else "",
        text.slice(*zones.journal).strip(" .,") if zones.journal else "",
        tail.year or zones.front_year or electronic_year(printed) or _lone_year(text, zones.tail),
        tail.volume or tail.lone,
        page[0] if page else "",
    )


def _first_author(text: CleanText, behind: int) -> tuple[str, str]:
    """Family name and initials of the first name in the list, family first ("Smith JP") or last ("J. P. Smith")."""
    start = sum(1 for _ in takewhile(lambda at: is_initials(text.words[at]), range(behind)))
    end = start
    while end < behind and (end == start or not _ends_family(text, end)):
        end += 1
    if not 0 < end - start <= _MOST_NAME_WORDS:
        return "", ""
    letters = (0, start) if start else (end, _initials_end(text, end, behind))
    return text.slice(start, end), "".join(filter(str.isalpha, text.slice(*letters)))


def _ends_family(text: CleanText, at: int) -> bool:
    before = text.before(at)
    others = text.keys[at] in {"", "et", "etal"}
    return others or any(mark in before for mark in ",;&.") or is_initials(text.words[at])


def _initials_end(text: CleanText, at: int, behind: int) -> int:
    end = at
    while end < behind and is_initials(text.words[end]) and (end == at or "," not in text.before(end)):
        end += 1
    return end


def _lone_year(text: CleanText, tail: int) -> int | None:
    return next((int(text.words[at][:4]) for at in range(len(text) - 1, tail - 1, -1) if is_year(text, at)), None)


# When the record is another work altogether. The rules are numbered as in docs/matching.md.

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


def has_enough_fields(*fields: FieldComparison) -> bool:
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
    series = serial_numbers(seen.title.printed) != serial_numbers(seen.title.recorded)
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


def serial_numbers(title: str) -> frozenset[str]:
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
    return any(
        is_near_spelling(name, word) for who in authors.people for name in (*who.whole, *who.halves) for word in words
    )


# Comparing a printed citation, or an entry's own fields, with the record of its identifier.

_DESIGNATOR = re.compile(
    r"(?:[\W_]*(?:abstracts?|letters?(?: to the editor)?|editorial|review|see comments?|corrected"
    r"|retracted(?: article)?))+",
    re.IGNORECASE,
)


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
    titles, authors = titles_of(article), AuthorList(article.authors)
    zones = segments_of(printed, article)
    text = zones.text
    tail = locator_of(zones)
    volume, issue, pages = judge_locators(tail, article)
    title = _title(zones, titles)
    who = not_judged(Field.AUTHORS) if article.is_book else judge_authors(text, *zones.authors, authors)
    located = volume.agrees and (pages.agrees or bool(pages.matched))
    journal = _journal(zones, article, located=located)
    year, apart = judge_year(tail.year or zones.front_year or electronic_year(printed), article, located=located)
    fields = (title, who, year, journal, volume, issue, pages)
    if not has_enough_fields(*fields):
        return _not_compared(fields, article)
    seen = WrongRecordEvidence(title, who, journal, volume, pages, apart)
    short = zones.title is None
    wrong = decide_short(seen, text, zones.authors[1], authors) if short else decide(seen, article)
    return Comparison(fields, wrong)


@lru_cache(64)
def segments_of(printed: str, article: Article) -> Segments:
    """Where the authors, title, journal and numbers of a citation stand, found with its record's help."""
    titles = titles_of(article)
    text = prepare(printed, titles, article.elocations)
    return segment_citation(text, titles, journal_names(article.journal), AuthorList(article.authors))


def _not_compared(fields: tuple[FieldComparison, ...], article: Article) -> Comparison:
    """Nothing is judged; the citation is not blamed where its title agrees and the record has nothing else."""
    read = tuple(f.field for f in fields if f.verdict is not Verdict.NOT_JUDGED)
    people = article.authors and not article.is_book
    more = people or article.pages or article.elocations or journal_names(article.journal).shown
    blamed = bool(more) or not fields[0].agrees
    return Comparison(tuple(not_judged(f.field, f.printed, f.recorded) for f in fields), too_short=blamed, read=read)


def _title(zones: Segments, titles: Titles) -> FieldComparison:
    text = zones.text
    if zones.title is None or not titles.forms:
        return not_judged(Field.TITLE, recorded=titles.shown)
    if not zones.found:
        return judge_title(text.slice(*zones.title), titles)
    added = [
        words for words in (zones.head, zones.added) if words is not None and not _is_title_too(text, words, titles)
    ]
    added = [words for words in added if not _is_designator(text, words)]
    if added:
        whole = text.slice(
            min(words[0] for words in (*added, zones.title)), max(words[1] for words in (*added, zones.title))
        )
        told = " and ".join(f'"{text.slice(*words)}"' for words in added)
        message = f"title has words that the record's lacks: {told}"
        return FieldComparison(Field.TITLE, Verdict.DIFFERS, whole, titles.shown, DifferenceKind.WORDS_ADDED, message)
    return agrees(Field.TITLE, text.slice(*zones.title), titles.shown)


def _is_title_too(text: CleanText, words: tuple[int, int], titles: Titles) -> bool:
    """Whether the words beside the title are its other form: the translation beside the original."""
    key = "".join(text.keys[words[0] : words[1]])
    return any(titles.key(form, None) == key for form in titles.forms)


def _is_designator(text: CleanText, words: tuple[int, int]) -> bool:
    """Whether these bracketed words name the kind of publication: "[letter]", "(abstract)", "[see comments]"."""
    bracketed = any(mark in text.before(words[0]) for mark in "[(")
    return bracketed and _DESIGNATOR.fullmatch(text.slice(*words)) is not None


def _journal(zones: Segments, article: Article, *, located: bool) -> FieldComparison:
    names = journal_names(article.journal)
    if zones.journal is None:
        return not_judged(Field.JOURNAL, recorded=names.shown)
    if zones.journal_agrees:
        return agrees(Field.JOURNAL, zones.text.slice(*zones.journal), names.shown)
    return judge_journal(zones.text, zones.journal, names, located=located)


# Comparing an entry's own CSL fields with the record: the same verdicts, no zones to find.

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
        reference: The entry; its `cited-as` is not looked at (`evidence.matching.compare.compare`).
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
    authors, names = AuthorList(article.authors), journal_names(article.journal)
    listed = CleanText(clean("; ".join(filter(None, map(_listed, entry.authors)))))
    volume = judge_part(Field.VOLUME, clean(entry.volume), article.volume)
    issue = judge_part(Field.ISSUE, clean(entry.issue), article.issue)
    pages = judge_pages(clean(entry.page), article)
    journal_name = CleanText(clean(entry.container))
    located = volume.agrees and (pages.agrees or bool(pages.matched))
    journal = judge_journal(journal_name, (0, len(journal_name)), names, located=located)
    who = not_judged(Field.AUTHORS) if article.is_book else judge_authors(listed, 0, len(listed), authors)
    year, apart = judge_year(entry.issued.year if entry.issued else None, article, located=located)
    seen = WrongRecordEvidence(_title_fields(entry.title, article), who, journal, volume, pages, apart)
    wrong: WrongRecord | None = None
    if has_enough_fields(seen.title, who, journal, pages):
        wrong = decide(seen, article) if entry.title else decide_short(seen, listed, len(listed), authors)
    return Comparison((seen.title, who, year, journal, volume, issue, pages), wrong)


def _title_fields(printed: str, article: Article) -> FieldComparison:
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


# From the words of a cleaned citation back to the characters as printed.

Span = tuple[int, int]
_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 3000


@dataclass(frozen=True, slots=True, eq=False)
class WordSpans:
    """A printed citation with its zones, and where each of their words stands in the text as printed."""

    printed: str
    zones: Segments
    spans: tuple[Span | None, ...]

    def span(self, first: int, behind: int) -> Span | None:
        """The characters of words `first` to `behind`, as printed; None when their ends cannot be told."""
        if not first < behind <= len(self.spans):
            return None
        left, right = self.spans[first], self.spans[behind - 1]
        return None if left is None or right is None else (left[0], right[1])


@lru_cache(64)
def word_spans(printed: str, article: Article) -> WordSpans:
    """The zones of a citation and the places of their words."""
    zones = segments_of(printed, article)
    return WordSpans(printed, zones, tuple(_aligned(printed, zones.text.words)))


def _aligned(printed: str, words: list[str]) -> list[Span | None]:
    """What was cut and what was spelled otherwise has no place; all else keeps its order."""
    found = [match.span() for match in _WORD.finditer(printed)]
    own = [printed[start:end] for start, end in found]
    spans: list[Span | None] = [None] * len(words)
    if own == words:
        return list(found)
    if max(len(own), len(words)) > _MOST_WORDS:
        return spans
    for step in LCSseq.opcodes(own, words):
        if step.tag == "equal":
            spans[step.dest_start : step.dest_end] = found[step.src_start : step.src_end]
    return spans
