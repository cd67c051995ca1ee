"""Comparing a citation, as printed or by its fields, with the record of its identifier.

`compare` and `compare_fields` give one verdict per field and say whether the record is another work. `word_spans`
leads from the words of a compared citation back to its characters.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from evidence.matching.additions import is_addition
from evidence.matching.authors import (
    AuthorList,
    AuthorReading,
    PrintedName,
    contradiction_of,
    judge_authors,
    judge_bodies,
)
from evidence.matching.chapters import book_names, is_chapter, judge_book_year, printed_years, segment_chapter
from evidence.matching.journals import JournalNames, journal_names, judge_journal
from evidence.matching.locators import (
    judge_locators,
    judge_pages,
    judge_part,
    judge_year,
    ranges,
    same_part,
    without_year_as_volume,
)
from evidence.matching.segment import Segments, Span, prepare, segment_citation
from evidence.matching.text import CleanText, clean, electronic_year, without_identifiers
from evidence.matching.titles import (
    Titles,
    find_title,
    is_unexplained,
    judge_title,
    serial_numbers,
    title_key,
    titles_of,
)
from evidence.matching.untitled import read_untitled
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
from evidence.model.identifiers import IdKind
from evidence.model.records import Article, title_mark
from evidence.model.references import Name, Reference
from evidence.model.regex import regex
from evidence.model.title_marks import NOTICES

_CLOSE_TITLES = 0.75
_STRONG = frozenset({Field.AUTHORS, Field.TITLE, Field.JOURNAL, Field.PAGES})
_NAMESAKES = frozenset({DifferenceKind.INITIALS, DifferenceKind.GIVEN_NAME})
_NOTICE_TYPES = frozenset({"D016425", "D016440", "D000075742"})
_NOTICE_LINKS = frozenset({"RetractionOf", "ErratumFor", "ExpressionOfConcernFor", "CommentOn"})
_NOTICE_WORDS = regex(
    r"\b(?:correct(?:ion|ions|ed to)|corrigend\w*|errat\w*|retract(?:ion|ed)|withdraw\w*|concern|comment\w*|letters?"
    r"|reply|replies|response|responds?|notice|editorial|addendum|author'?s'?|editors?|re|on)\b",
    re.IGNORECASE,
)
_NOTICE_HEAD = regex(
    r"^\W*(?:(?:author|publisher)'?s? correction|correction(?: to| for)?|corrigend\w*(?: to)?|erratum(?: to)?"
    r"|retraction(?: of| note)?|expression of concern|comment(?:ary)? on|reply(?: to)?|response to|re)\b\s*[:.\-]?",
    re.IGNORECASE,
)
_REF_SOURCE = regex(r";\s*+(?P<volume>[^():]{1,60}+)(?:\([^)]{0,60}+\))?\s*+:\s*+(?P<pages>[^.;]+)")
_WORD = regex(r"[^\W_]+")
_MOST_WORDS = 3000
_MOST_INITIALS = 4
_GROUPS_SINCE = 2002
"""The first year in which PubMed lists groups among the authors of every record; before, some are in the title."""


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
    authors, names = AuthorList(article.authors), _container_names(article)
    segments = segments_of(printed, article)
    text, locator = segments.text, segments.locator
    volume, issue, pages = judge_locators(locator, article)
    title = _judge_title(segments, titles_of(article))
    who = judge_authors(text, *segments.authors, authors)
    if segments.title is None and who.verdict is Verdict.NOT_JUDGED and min(article.years, default=0) >= _GROUPS_SINCE:
        who = judge_bodies(text, *segments.authors, authors, article.title)
    located = volume.agrees and (pages.agrees or bool(pages.matched))
    if segments.journal is None:
        journal = not_judged(Field.JOURNAL, recorded=names.display)
    elif segments.journal_agrees:
        journal = agrees(Field.JOURNAL, text.slice(*segments.journal), names.display)
    else:
        journal = _judge_container(text, segments.journal, article, located=located)
    if article.is_book:
        year, years_apart = judge_book_year(printed_years(printed), article)
    else:
        printed_year = locator.year or segments.front_year or electronic_year(printed)
        year, years_apart = judge_year(printed_year, article, located=located)
    fields = (title, who, year, journal, volume, issue, pages)
    # A name and a year are too little to agree with a record, and enough to contradict it.
    dated = not article.is_book and Verdict.NOT_JUDGED not in {who.verdict, year.verdict} and segments.title is None
    contradicted = _is_another_title_alone(title, article) or (dated and (who.differs or year.differs))
    if not has_enough_fields(*fields) and not contradicted:
        # Nothing is judged; the citation is not blamed where its title agrees and the record has nothing else.
        read = tuple(f.field for f in fields if f.verdict is not Verdict.NOT_JUDGED)
        more = article.authors or article.pages or article.elocations or (names.display and not article.is_book)
        unjudged = tuple(not_judged(f.field, f.printed, f.recorded) for f in fields)
        return Comparison(unjudged, too_short=bool(more) or not title.agrees, read=read)
    if segments.title is None:
        linked = _is_at_linked_place(volume, pages, article)
        wrong = linked or _wrong_record_without_title(segments, who, journal, (volume, pages), authors)
    else:
        wrong = _wrong_record(fields, years_apart, article) or _is_notice_by_its_head(who, title, article)
    return Comparison(fields, wrong, other_title=wrong is None and _is_other_title(fields, text, article))


@lru_cache(64)
def segments_of(printed: str, article: Article) -> Segments:
    """The authors, title, journal and numbers of a citation, found with its record's help."""
    titles = titles_of(article)
    text = prepare(printed, titles, article.elocations)
    names, authors = _container_names(article), AuthorList(article.authors)
    if is_chapter(article):
        return segment_chapter(text, titles, names, authors)
    untitled = None if find_title(text, titles) else read_untitled(text, titles, names, authors)
    return untitled or segment_citation(text, titles, names, authors)


def _container_names(article: Article) -> JournalNames:
    """The names of the journal, or of the chapter's book."""
    return book_names(article) if is_chapter(article) else journal_names(article.journal)


def _judge_container(text: CleanText, span: Span, article: Article, *, located: bool) -> FieldComparison:
    """Compare the printed journal or book; another book says nothing where Crossref may name its series."""
    judged = judge_journal(text, span, _container_names(article), located=located)
    if judged.differs and article.is_book and article.identifier.kind is not IdKind.PMID:
        return not_judged(Field.JOURNAL, judged.printed, judged.recorded)
    return judged


def _is_other_title(fields: tuple[FieldComparison, ...], text: CleanText, article: Article) -> bool:
    """Whether the title alone is another's: an author or the page is the record's, and nothing in print explains it."""
    title, authors, *_, pages = fields
    if title.kind is not DifferenceKind.ANOTHER_TITLE or not (authors.matched or pages.agrees or pages.matched):
        return False
    return is_unexplained(title.printed, text, article)


def _is_another_title_alone(title: FieldComparison, article: Article) -> bool:
    """Whether the title is enough to judge by: of chapters and books often nothing else is printed or recorded."""
    return article.is_book and title.differs


def _judge_title(segments: Segments, titles: Titles) -> FieldComparison:
    text = segments.text
    if segments.title is None or not titles.forms:
        return not_judged(Field.TITLE, recorded=titles.display)
    if not segments.title_agrees:
        return judge_title(text.slice(*segments.title), titles)
    # Words beside the title count unless they are its other form (the translation beside the original) or name, in
    # brackets, the kind of publication: "[letter]", "(abstract)", "[see comments]".
    added = [
        words
        for words in (segments.before_title, segments.added)
        if words is not None
        and not any(title_key(form, None) == "".join(text.keys[slice(*words)]) for form in titles.forms)
        and not _is_addition(text, words)
    ]
    if added:
        first, end = (
            min(first for first, _ in (*added, segments.title)),
            max(end for _, end in (*added, segments.title)),
        )
        message = "title has words that are not in the record: " + " and ".join(
            f'"{text.slice(*words)}"' for words in added
        )
        return FieldComparison(
            Field.TITLE, Verdict.DIFFERS, text.slice(first, end), titles.display, DifferenceKind.WORDS_ADDED, message
        )
    return agrees(Field.TITLE, text.slice(*segments.title), titles.display)


def _is_addition(text: CleanText, words: Span) -> bool:
    opening = next((mark for mark in text.before(words[0]) if mark in "[("), "")
    return bool(opening) and is_addition(f"{opening}{text.slice(*words)}{opening}")


def compare_fields(reference: Reference, article: Article) -> Comparison:
    """Compare an entry's title, author, container-title, issued, volume, issue and page with its record.

    Args:
        reference: The entry; its `cited-as` is not looked at (`evidence.matching.compare.compare`).
        article: The record of the entry's identifier.

    Returns:
        One verdict per field; a field that the entry or the record lacks is not judged.
    """
    titles, authors = titles_of(article), AuthorList(article.authors)
    written = [(name, short) for name in reference.authors if (short := clean(_vancouver_name(name)))]
    names = CleanText("; ".join(short for _, short in written))
    container = CleanText(without_identifiers(clean(reference.container_title or "")))
    printed_title = reference.title or ""
    if printed_title.strip() and titles.forms:
        title = judge_title(clean(printed_title), titles)
    else:
        title = not_judged(Field.TITLE, printed_title, titles.display)
    who = judge_authors(names, 0, len(names), authors, _FullNames(written))
    if who.kind is DifferenceKind.GIVEN_NAME:
        who = replace(who, printed="; ".join(_full_name(name) for name, _ in written))
    numbers = without_year_as_volume(clean(reference.volume or ""), clean(reference.issue or ""), article)
    volume = judge_part(Field.VOLUME, numbers[0], article.volume)
    issue = judge_part(Field.ISSUE, numbers[1], article.issue)
    pages = judge_pages(clean(reference.page or ""), article)
    located = volume.agrees and (pages.agrees or bool(pages.matched))
    journal = _judge_container(container, (0, len(container)), article, located=located)
    issued = reference.issued.year if reference.issued else None
    if article.is_book:
        year, years_apart = judge_book_year(() if issued is None else (issued,), article)
    else:
        year, years_apart = judge_year(issued, article, located=located)
    fields = (title, who, year, journal, volume, issue, pages)
    wrong: WrongRecord | None = None
    if has_enough_fields(*fields) or _is_another_title_alone(title, article):
        if printed_title:
            wrong = _wrong_record(fields, years_apart, article)
        else:
            segments = Segments(names, authors=(0, len(names)))
            wrong = _wrong_record_without_title(segments, who, journal, (volume, pages), authors)
    text = CleanText(clean(printed_title))
    return Comparison(fields, wrong, other_title=wrong is None and _is_other_title(fields, text, article))


def _vancouver_name(name: Name) -> str:
    """The name as "Family XX", which the reader of author lists understands."""
    if name.literal:
        return name.literal
    initials = "".join(word[0].upper() for word in CleanText(clean(name.given)).words if word[0].isalpha())
    given = name.given if name.given.isupper() and len(name.given) <= _MOST_INITIALS else initials[:_MOST_INITIALS]
    return " ".join(part for part in (name.particle, name.family, given, name.suffix) if part)


def _full_name(name: Name) -> str:
    return name.literal or ", ".join(filter(None, (" ".join(filter(None, (name.particle, name.family))), name.given)))


class _FullNames:
    """The entry's names in full, by the place of their short forms in the list that is read."""

    def __init__(self, written: list[tuple[Name, str]]) -> None:
        self._names = [name for name, _ in written]
        self._ends = list(accumulate(len(CleanText(short)) for _, short in written))

    def __call__(self, reading: AuthorReading) -> PrintedName:
        name = self._names[bisect_right(self._ends, reading.first)]
        return PrintedName(_full_name(name), CleanText(clean(name.given)).words)


# When the record is another work altogether: rules 1 to 6 of docs/matching.md


def has_enough_fields(*fields: FieldComparison) -> bool:
    """Whether at least two of author, title, journal and page are printed and can be compared."""
    return sum(field.field in _STRONG and field.verdict is not Verdict.NOT_JUDGED for field in fields) >= 2


def _wrong_record(fields: tuple[FieldComparison, ...], years_apart: int, article: Article) -> WrongRecord | None:
    """Whether the citation is of another work than the record; None when it is not, or cannot be said."""
    title, authors, _, journal, volume, _, pages = fields
    another_page = pages.differs and not pages.matched
    no_author = authors.differs and authors.matched == 0
    weak = journal.differs + volume.differs + (years_apart >= 2)

    if linked := _is_at_linked_place(volume, pages, article):
        return linked

    # 2: the title is another, and more contradicts the record or nothing supports it.
    if title.differs and title.kind is DifferenceKind.ANOTHER_TITLE:
        only_title = authors.verdict is Verdict.NOT_JUDGED and pages.verdict is Verdict.NOT_JUDGED
        others = authors.differs and authors.kind not in _NAMESAKES and weak >= 1
        if no_author or another_page or weak >= 2 or only_title or others:
            message = (
                "the title differs, and there are no authors or pages to compare"
                if only_title
                else "the title and other fields differ"
            )
            return WrongRecord(2, certain=no_author or another_page, message=message)

    # 3: the titles share their words, but the places or the authors are another work's.
    if title.differs and title.kind not in {DifferenceKind.ANOTHER_TITLE, DifferenceKind.WORDS_ADDED}:
        another_part = serial_numbers(title.printed) != serial_numbers(title.recorded)
        if (
            (no_author and (another_page or weak >= 2))
            or (volume.differs and another_page)
            or (another_page and another_part)
            or (title.closeness < _CLOSE_TITLES and another_page and authors.differs)
        ):
            message = "the titles are similar, but page, volume or authors do not match"
            return WrongRecord(3, certain=False, message=message)

    # 4: the titles are the same, and neither authors nor page are.
    if title.agrees and no_author and another_page:
        message = "the titles are the same, but authors and page do not match"
        return WrongRecord(4, certain=True, message=message)

    # 5: one of the two is a notice or a comment, the other is not.
    if title.differs:
        record_title = clean(article.title)
        if (
            not pages.agrees
            and is_notice(article)
            and not _NOTICE_WORDS.search(title.printed)
            and _NOTICE_WORDS.search(record_title)
        ):
            return WrongRecord(5, certain=False, message="the record is a notice or comment on another work")
        printed_notice = _NOTICE_HEAD.match(title.printed) and not _NOTICE_HEAD.match(record_title)
        own_title = title.kind is DifferenceKind.WORDS_ADDED
        if printed_notice and not is_notice(article) and (own_title or not pages.agrees):
            return WrongRecord(
                5, certain=False, message="the citation is to a notice or comment, but the record is not one"
            )
    return None


def _is_at_linked_place(volume: FieldComparison, pages: FieldComparison, article: Article) -> WrongRecord | None:
    """1: volume and page are those of a work that the record is linked to."""
    if not (pages.printed and volume.printed) or pages.agrees:
        return None
    first = next((start for start, _ in ranges(pages.printed)), "")
    for link in article.notices:
        found = _REF_SOURCE.search(clean(link.ref_source))
        if not found or not same_part(volume.printed, found["volume"]):
            continue
        if first in {start for start, _ in ranges(found["pages"])}:
            source = link.ref_source.rstrip(".") + (f" (PMID {link.pmid})" if link.pmid else "")
            message = f"volume and page are those of {source}, which is linked to this record"
            return WrongRecord(1, certain=True, message=message)
    return None


def _is_notice_by_its_head(head: FieldComparison, title: FieldComparison, article: Article) -> WrongRecord | None:
    """5: "Erratum to: …" before the record's own title, without authors, and the record is no notice."""
    if not title.agrees or head.matched or not _NOTICE_HEAD.fullmatch(head.printed) or is_notice(article):
        return None
    return WrongRecord(5, certain=False, message="the citation is to a notice or comment, but the record is not one")


def _wrong_record_without_title(
    segments: Segments,
    who: FieldComparison,
    journal: FieldComparison,
    located: tuple[FieldComparison, FieldComparison],
    authors: AuthorList,
) -> WrongRecord | None:
    """6: a citation without a title ("First et al. Journal Year") whose names are not the record's, nor nearly."""
    volume, pages = located
    is_another_page = pages.differs and not pages.matched
    if not who.differs:
        nameless = is_another_page and not authors.people and segments.authors[1] > segments.authors[0]
        message = "the record has no authors, and the page does not match"
        if not nameless and not who.agrees and is_another_page and _is_elsewhere(volume, pages):
            nameless, message = True, "no author could be compared, and the place in the journal does not match"
        return WrongRecord(6, certain=False, message=message) if nameless else None
    contradiction = contradiction_of(segments.text, *segments.authors, authors)
    if not contradiction and who.kind in _NAMESAKES and who.matched == 1 and journal.differs:
        contradiction = f"the author has the same family name, but {who.kind} and journal do not match"
    if not contradiction and is_another_page and who.kind is not DifferenceKind.GIVEN_NAME:
        contradiction = "authors and page do not match"
    return WrongRecord(6, certain=False, message=contradiction) if contradiction else None


def _is_elsewhere(volume: FieldComparison, pages: FieldComparison) -> bool:
    """Whether volume and page are another's, or the page alone is so by more than one wrong digit at either end."""
    if volume.verdict is Verdict.NOT_JUDGED:
        return False
    if volume.differs:
        return True
    from rapidfuzz.distance import DamerauLevenshtein  # noqa: PLC0415 - only where something differs

    pairs = zip(ranges(pages.printed)[:1], ranges(pages.recorded)[:1], strict=False)
    return all(
        DamerauLevenshtein.distance(printed, recorded) > 1
        for ends in pairs
        for printed, recorded in zip(*ends, strict=True)
    )


def is_notice(article: Article) -> bool:
    """Whether the record is a notice or a comment on another work."""
    types = any(t.ui in _NOTICE_TYPES or t.label in {"Comment", "Published Erratum"} for t in article.publication_types)
    linked = any(link.ref_type in _NOTICE_LINKS for link in article.notices)
    return types or linked or title_mark(article) in NOTICES


def is_notice_title(title: str) -> bool:
    """Whether a title begins as that of a notice or comment: "Correction to:", "Retraction of", "Reply to"."""
    return _NOTICE_HEAD.match(clean(title)) is not None


# From the words of a cleaned citation back to the characters as printed


@dataclass(frozen=True, slots=True, eq=False)
class WordSpans:
    """A printed citation with its segments, and the characters of each of their words in the text as printed.

    A word that was cut or spelled otherwise in cleaning has no span.
    """

    printed: str
    segments: Segments
    spans: tuple[Span | None, ...]

    def span(self, first: int, end: int) -> Span | None:
        """The characters of the words from `first` to before `end`; None when their ends are not known."""
        if not first < end <= len(self.spans):
            return None
        left, right = self.spans[first], self.spans[end - 1]
        return None if left is None or right is None else (left[0], right[1])


@lru_cache(64)
def word_spans(printed: str, article: Article) -> WordSpans:
    """The segments of a citation and the places of their words."""
    segments = segments_of(printed, article)
    words = segments.text.words
    places = [match.span() for match in _WORD.finditer(printed)]
    printed_words = [printed[start:end] for start, end in places]
    spans: list[Span | None] = [None] * len(words)
    if printed_words == words:
        spans = list(places)
    elif max(len(printed_words), len(words)) <= _MOST_WORDS:
        from rapidfuzz.distance import LCSseq  # noqa: PLC0415 - only where something differs

        for step in LCSseq.opcodes(printed_words, words):
            if step.tag == "equal":
                spans[step.dest_start : step.dest_end] = places[step.src_start : step.src_end]
    return WordSpans(printed, segments, tuple(spans))
