"""STY004: how many authors are printed, and the form of "et al."; the record says how many there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from evidence.matching.authors import AuthorList, AuthorReader, align_in_order, et_al_end
from evidence.matching.compare import word_spans
from evidence.matching.segment import Span
from evidence.model.identifiers import ARTICLES
from evidence.model.policy import HouseStyle, Severity
from evidence.model.records import Article, Author
from evidence.model.rule import Lookup, Subject
from evidence.rules.case import Case
from evidence.rules.style.form import CONFORMS, STYLE_NAMES, Respelling, Slip, SlipCheck, style_rule

_ET_AL = re.compile(r"\bet\.?\s?al\b\.?")
_NAME = re.compile(r"[^.,;&]+ [A-Z][A-Z-]{0,4}(?: (?:Jr|Sr|2nd|3rd|4th|I{2,3}|IV))?")
# How many authors a style prints before "et al.": up to the first number all of them, of more the first so many.
_RULES = {HouseStyle.AMA: (6, (3,)), HouseStyle.NLM: (6, (6, 3))}
_APA_ALL_UP_TO = 20
_ALL = "all authors"


@dataclass(frozen=True, slots=True)
class _PrintedAuthors:
    """An author list that was read to its end: the `spans` of its names, which are the record's first ones.

    `people` are the record's authors without the collective ones, of which there are `collectives`.
    """

    text: str
    people: tuple[Author, ...]
    collectives: int
    spans: tuple[Span, ...]
    et_al: Span | None

    @property
    def number(self) -> int:
        """How many names are printed."""
        return len(self.spans)

    @property
    def end(self) -> int:
        """Where the last name ends."""
        return self.spans[-1][1]


@style_rule("STY004", "et-al-form", Severity.INFO, subject=Subject.CITATION, needs=Lookup.ANY, about=ARTICLES)
def et_al_form(text: str, case: Case) -> SlipCheck | None:
    """Another number of authors than the style prints, or "et al." in another form.

    What it does:
        Compares the number of printed names with the record's: AMA prints up to six, of more the first
        three and "et al."; NLM up to six, of more the first six (or all, or three); APA up to twenty
        and never "et al.". A list that stops early without "et al." is a warning in every style.
        Nothing is judged unless every printed name was recognised.

    Why is this bad?
        Authors are left out who should be named, or it looks as if there were no others.

    Example:
        Smith JP, Stock H, et al. (the record has six authors)

    Use instead:
        Smith JP, Stock H, Bingaman S, Mauger D, Rogosnitzky M, Zagon IS.

    References:
        AMA Manual of Style, 11th edition, chapter 3; ICMJE, samples of formatted references; APA Publication
        Manual, 7th edition.
    """
    article, style = case.bibliography, case.policy.style
    authors = _read(text, article) if article is not None else None
    if authors is None:
        return None
    number, total = authors.number, len(authors.people)
    if authors.et_al is None and number < total:
        message = f"the list of authors stops after {number} of {total} without et al."
        edits, better = _rewritten(authors, _number_in(style, total)) if style in _RULES else ((), None)
        stops = Slip(
            "stops early", authors.end, f"{number} of {total}", message, better, edits, severity=Severity.WARNING
        )
        return SlipCheck((stops,), frozenset())
    if style is HouseStyle.APA:
        if authors.et_al is None or total + authors.collectives > _APA_ALL_UP_TO:
            return CONFORMS
        message = f"APA prints up to {_APA_ALL_UP_TO} authors and no et al. in a list; the record has {total}"
        printed = f"{number} of {total}, et al."
        slip = Slip("number of authors", authors.et_al[0], printed, message, theme=_cut_after(number))
        return SlipCheck((slip,))
    if style not in _RULES:
        return None
    slips = _miscounted(authors, style) or _mispunctuated(authors, style)
    if slips:
        return SlipCheck(slips, frozenset())
    # A right list shows what is not the way of all: to cut lists as long as this one, or to print such in full.
    if authors.et_al is None:
        return SlipCheck((), frozenset(_cut_after(other) for other in range(1, total - 1)))
    return SlipCheck((), frozenset((_ALL, *(_cut_after(other) for other in range(1, 8) if other != number))))


def _read(text: str, article: Article) -> _PrintedAuthors | None:
    """The list as printed; None unless every word of it is understood and it begins with the record's first name."""
    words = word_spans(text, article)
    segments = words.segments
    start, end = segments.authors
    authors = AuthorList(article.authors)
    people = tuple(author for author in article.authors if not author.collective)
    usable = (
        segments.title_agrees
        and segments.before_title is None
        and start < end
        and article.authors_complete
        and not article.is_book
    )
    if not usable or len(authors.people) != len(people) or not people:
        return None
    aligned = align_in_order(AuthorReader(segments.text, end, authors.families), authors, start)
    numbers = sorted(aligned.read)
    spans = [words.span(aligned.read[number].first, aligned.read[number].end) for number in numbers]
    known = [span for span in spans if span is not None]
    if not aligned.complete or not known or len(known) < len(numbers) or numbers != list(range(len(numbers))):
        return None
    is_cut = any(et_al_end(segments.text, at, end) is not None for at in range(start, end))
    et_al = _ET_AL.search(text, known[-1][1]) if is_cut else None
    if is_cut and et_al is None:
        return None  # an ellipsis, or "and others"
    collectives = len(article.authors) - len(people)
    return _PrintedAuthors(text, people, collectives, tuple(known), et_al.span() if et_al else None)


def _number_in(style: HouseStyle, total: int) -> int:
    """How many of so many names the style prints."""
    all_up_to, cut_to = _RULES[style]
    return total if total <= all_up_to else cut_to[0]


def _cut_after(number: int) -> str:
    return f"et al. after {number}"


def _miscounted(authors: _PrintedAuthors, style: HouseStyle) -> tuple[Slip, ...]:
    all_up_to, cut_to = _RULES[style]
    number, total, name = authors.number, len(authors.people), STYLE_NAMES[style]
    is_cut = authors.et_al is not None
    if is_cut and total <= all_up_to < total + authors.collectives:
        return ()  # a collective author may be the seventh
    if is_cut and total <= all_up_to:
        message = f"{number} of {total} authors and et al. are printed; {name} prints up to {all_up_to} in full"
    elif is_cut and number not in cut_to:
        message = f"{number} of {total} authors and et al. are printed; {name} prints the first {cut_to[0]} and et al."
    elif not is_cut and style is HouseStyle.AMA and total > all_up_to:
        message = f"all {total} authors are printed; of more than {all_up_to} {name} prints {cut_to[0]} and et al."
    else:
        return ()
    edits, better = _rewritten(authors, _number_in(style, total))
    at = authors.et_al[0] if authors.et_al is not None else authors.spans[cut_to[0] - 1][1]
    printed = f"{number} of {total}" + (", et al." if is_cut else "")
    return (Slip("number of authors", at, printed, message, better, edits, _cut_after(number) if is_cut else _ALL),)


def _rewritten(authors: _PrintedAuthors, number: int) -> tuple[tuple[Respelling, ...], str | None]:
    """The list with as many names as the style prints, after those that are printed and stay.

    Only where every name is printed as AMA and NLM do: `Smith JP`, commas between.
    """
    text, spans = authors.text, authors.spans
    stay = min(authors.number, number)
    more = authors.people[stay:number]
    names = all(_NAME.fullmatch(text[start:end]) for start, end in spans)
    if (
        not names
        or any(text[before[1] : after[0]].strip() != "," for before, after in pairwise(spans))
        or any(not author.family or not author.initials for author in more)
    ):
        return (), None
    first, start = spans[stay - 1]
    end = authors.et_al[1] if authors.et_al is not None else authors.end
    is_cut = number < len(authors.people)
    had_point = authors.et_al is not None and text[end - 1] == "."
    added = ["", *(" ".join(filter(None, (author.family, author.initials, author.suffix))) for author in more)]
    point = "." if (had_point or is_cut) and text[end : end + 1] != "." else ""
    new = ", ".join(added) + (", et al" if is_cut else "") + point
    return (Respelling(start, end, new),), f"{text[first:start]}{new}"


def _mispunctuated(authors: _PrintedAuthors, style: HouseStyle) -> tuple[Slip, ...]:
    """`, et al.`: a comma before it, no point after "et", one after "al"."""
    if authors.et_al is None:
        return ()
    first, end = authors.et_al
    printed = authors.text[authors.end : end]
    if printed == ", et al." or authors.text[authors.end : first].strip(", "):
        return ()
    message = f'{STYLE_NAMES[style]} prints ", et al." behind the last name; "{printed.strip()}" is printed'
    edits = (Respelling(authors.end, end, ", et al."),)
    return (Slip("et al.", first, printed, message, ", et al.", edits, f"et al. as {printed}"),)
