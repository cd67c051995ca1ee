"""STY004: how many authors are printed, and the form of "et al."; the record tells how many there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from evidence.matching.authors import AuthorList, AuthorReader, align_in_order, et_al_end
from evidence.matching.compare import WordSpans, word_spans
from evidence.matching.segment import Span
from evidence.model.identifiers import ARTICLES
from evidence.model.policy import HouseStyle, Severity
from evidence.model.records import Article, Author
from evidence.model.rule import Lookup, Subject
from evidence.rules.case import Case
from evidence.rules.style.form import STYLE_NAMES, Respelling, Slip, SlipCheck, style_rule

_ET_AL = re.compile(r"\bet\.?\s?al\b\.?")
_NAME = re.compile(r"[^.,;&]+ [A-Z][A-Z-]{0,4}(?: (?:Jr|Sr|2nd|3rd|4th|I{2,3}|IV))?")
# How many authors a style prints before "et al.": up to the first number all of them, of more the first so many.
_RULES = {HouseStyle.AMA: (6, (3,)), HouseStyle.NLM: (6, (6, 3))}
_APA_ALL_UP_TO = 20
_ALL = "all authors"


@dataclass(frozen=True, slots=True)
class _List:
    """An author list that was read to its end: the `spans` of its names, which are the record's first ones."""

    laid: WordSpans
    people: tuple[Author, ...]
    bodies: int
    spans: tuple[Span, ...]
    et_al: Span | None

    @property
    def printed(self) -> int:
        """How many names are printed."""
        return len(self.spans)

    @property
    def end(self) -> int:
        """Where the last name ends."""
        return self.spans[-1][1]

    @property
    def most(self) -> int:
        """The authors, if bodies are counted with them."""
        return len(self.people) + self.bodies

    @property
    def is_in_our_form(self) -> bool:
        """Whether every name is printed as AMA and NLM do: `Smith JP`, commas between."""
        text = self.laid.printed
        names = all(_NAME.fullmatch(text[first:end]) for first, end in self.spans)
        return names and all(text[one[1] : other[0]].strip() == "," for one, other in pairwise(self.spans))


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
    found = _read(text, article) if article is not None else None
    if found is None:
        return None
    if found.et_al is None and found.printed < len(found.people):
        return SlipCheck((_stops(found, style),), frozenset())
    if style is HouseStyle.APA:
        return SlipCheck(_apa(found))
    if style not in _RULES:
        return None
    slips = _counted(found, style) or _punctuated(found, style)
    return SlipCheck(slips, frozenset() if slips else _against(found))


def _against(found: _List) -> frozenset[str]:
    """What a right list shows not to be the way of all: to cut lists as long as this one, or to print such in full."""
    if found.et_al is not None:
        others = (_cut_after(number) for number in range(1, 8) if number != found.printed)
        return frozenset((_ALL, *others))
    return frozenset(_cut_after(number) for number in range(1, len(found.people) - 1))


def _cut_after(number: int) -> str:
    return f"et al. after {number}"


def _read(text: str, article: Article) -> _List | None:
    """The list as printed; None unless every word of it is understood and it begins with the record's first name."""
    laid = word_spans(text, article)
    zones = laid.segments
    first, behind = zones.authors
    authors = AuthorList(article.authors)
    people = tuple(one for one in article.authors if not one.collective)
    usable = (
        zones.title_agrees
        and zones.before_title is None
        and first < behind
        and article.authors_complete
        and not article.is_book
    )
    if not usable or len(authors.people) != len(people) or not people:
        return None
    done = align_in_order(AuthorReader(zones.text, behind, authors.families), authors, first)
    numbers = sorted(done.read)
    spans = [laid.span(done.read[number].first, done.read[number].end) for number in numbers]
    known = [span for span in spans if span is not None]
    if not done.complete or not known or len(known) < len(numbers) or numbers != list(range(len(numbers))):
        return None
    gap = any(et_al_end(zones.text, at, behind) is not None for at in range(first, behind))
    printed = _ET_AL.search(text, known[-1][1]) if gap else None
    if gap and printed is None:
        return None  # an ellipsis, or "and others"
    bodies = len(article.authors) - len(people)
    return _List(laid, people, bodies, tuple(known), printed.span() if printed else None)


def _stops(found: _List, style: HouseStyle) -> Slip:
    """A list that ends before the record's, and does not say so."""
    all_of = len(found.people)
    message = f"the list of authors stops after {found.printed} of {all_of} without et al."
    edits, better = _rewritten(found, _kept(found, style)) if style in _RULES else ((), None)
    printed = f"{found.printed} of {all_of}"
    return Slip("stops early", found.end, printed, message, better, edits, severity=Severity.WARNING)


def _kept(found: _List, style: HouseStyle) -> int:
    """How many names the style prints."""
    all_up_to, kept = _RULES[style]
    return len(found.people) if len(found.people) <= all_up_to else kept[0]


def _counted(found: _List, style: HouseStyle) -> tuple[Slip, ...]:
    all_up_to, kept = _RULES[style]
    number, all_of, name = found.printed, len(found.people), STYLE_NAMES[style]
    cut = found.et_al is not None
    if cut and all_of <= all_up_to < found.most:
        return ()  # a body may be the seventh author
    if cut and all_of <= all_up_to:
        told = f"{number} of {all_of} authors and et al. are printed; {name} prints up to {all_up_to} in full"
    elif cut and number not in kept:
        told = f"{number} of {all_of} authors and et al. are printed; {name} prints the first {kept[0]} and et al."
    elif not cut and style is HouseStyle.AMA and all_of > all_up_to:
        told = f"all {all_of} authors are printed; of more than {all_up_to} {name} prints {kept[0]} and et al."
    else:
        return ()
    edits, better = _rewritten(found, _kept(found, style))
    at = found.et_al[0] if found.et_al is not None else found.spans[kept[0] - 1][1]
    printed = f"{number} of {all_of}" + (", et al." if cut else "")
    theme = _cut_after(number) if cut else _ALL
    return (Slip("number of authors", at, printed, told, better, edits, theme),)


def _rewritten(found: _List, kept: int) -> tuple[tuple[Respelling, ...], str | None]:
    """The list with as many names as the style prints, behind those that are printed and stay."""
    stay = min(found.printed, kept)
    more = found.people[stay:kept]
    if not found.is_in_our_form or any(not author.family or not author.initials for author in more):
        return (), None
    text, start = found.laid.printed, found.spans[stay - 1][1]
    end = found.et_al[1] if found.et_al is not None else found.end
    cut = kept < len(found.people)
    stopped = found.et_al is not None and text[end - 1] == "."
    point = "." if (stopped or cut) and text[end : end + 1] != "." else ""
    new = "".join(f", {_shown(author)}" for author in more) + (", et al" if cut else "") + point
    first, _ = found.spans[stay - 1]
    return (Respelling(start, end, new),), f"{text[first:start]}{new}"


def _shown(author: Author) -> str:
    return " ".join(part for part in (author.family, author.initials, author.suffix) if part)


def _punctuated(found: _List, style: HouseStyle) -> tuple[Slip, ...]:
    """`, et al.`: a comma before it, no point behind "et", one behind "al"."""
    if found.et_al is None:
        return ()
    text, (first, end) = found.laid.printed, found.et_al
    told = text[found.end : end]
    if told == ", et al." or text[found.end : first].strip(", "):
        return ()
    message = f'{STYLE_NAMES[style]} prints ", et al." behind the last name; "{told.strip()}" is printed'
    edits = (Respelling(found.end, end, ", et al."),)
    return (Slip("et al.", first, told, message, ", et al.", edits, f"et al. as {told}"),)


def _apa(found: _List) -> tuple[Slip, ...]:
    if found.et_al is None or found.most > _APA_ALL_UP_TO:
        return ()
    message = f"APA prints up to {_APA_ALL_UP_TO} authors and no et al. in a list; the record has {len(found.people)}"
    printed = f"{found.printed} of {len(found.people)}, et al."
    theme = _cut_after(found.printed)
    return (Slip("number of authors", found.et_al[0], printed, message, theme=theme),)
