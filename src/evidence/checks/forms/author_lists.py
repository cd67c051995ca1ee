"""How many authors are printed, and the form of "et al."; the record tells how many there are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.checks.forms.slips import CONFORMS, NAMES, Respelling, Slip
from evidence.compare.names import AuthorList, gap_at, tile
from evidence.compare.places import Laid, lay
from evidence.compare.readings import Reader
from evidence.model.case import Case
from evidence.model.policy import HouseStyle, Severity
from evidence.model.records import Article, Author

_ET_AL = re.compile(r"\bet\.?\s?al\b\.?")
_BEFORE = re.compile(r"[\s,]*\Z")
# How many authors a style prints before "et al.": up to `all_up_to` all of them, of more the first `kept`.
_RULES = {HouseStyle.AMA: (6, (3,)), HouseStyle.NLM: (6, (6, 3))}
_APA_ALL_UP_TO = 20


@dataclass(frozen=True, slots=True)
class _List:
    """An author list that was read to its end: `printed` names, from the record's first on."""

    laid: Laid
    people: tuple[Author, ...]
    bodies: int
    printed: int
    ends: tuple[int, ...]
    et_al: int | None

    @property
    def most(self) -> int:
        """The authors, if bodies are counted with them."""
        return len(self.people) + self.bodies


def author_list(text: str, case: Case) -> tuple[Slip, ...] | None:
    """Too few or too many names for the style, a list that just stops, and "et al." in another form."""
    article = case.bibliography
    found = _read(text, article) if article is not None else None
    if found is None:
        return None
    if found.et_al is None and found.printed < len(found.people):
        return (_stops(found, case.policy.style),)
    if case.policy.style is HouseStyle.APA:
        return _apa(found)
    if case.policy.style not in _RULES:
        return CONFORMS
    return _counted(found, case.policy.style) or _punctuated(found, case.policy.style)


def _read(text: str, article: Article) -> _List | None:
    """The list as printed; None unless every word of it is understood and it begins with the record's first name."""
    laid = lay(text, article)
    zones = laid.zones
    first, behind = zones.authors
    authors = AuthorList(article.authors)
    people = tuple(one for one in article.authors if not one.collective)
    usable = zones.found and zones.head is None and first < behind and article.authors_complete and not article.is_book
    if not usable or len(authors.people) != len(people) or not people:
        return None
    done = tile(Reader(zones.text, behind, authors.families), authors, first)
    numbers = sorted(done.read)
    if not done.complete or not numbers or numbers != list(range(len(numbers))):
        return None
    ends: list[int] = []
    for number in numbers:
        span = laid.span(done.read[number].first, done.read[number].behind)
        if span is None:
            return None
        ends.append(span[1])
    gap = any(gap_at(zones.text, at, behind) is not None for at in range(first, behind))
    printed = _ET_AL.search(text, ends[-1]) if gap else None
    if gap and printed is None:
        return None  # an ellipsis, or "and others"
    return _List(laid, people, len(article.authors) - len(people), len(numbers), tuple(ends), printed.start() if printed else None)


def _stops(found: _List, style: HouseStyle) -> Slip:
    """A list that ends before the record's, and does not say so."""
    all_of, at = len(found.people), found.ends[-1]
    message = f"the list of authors stops after {found.printed} of {all_of} without et al."
    kept = _kept(found, style) if style in _RULES else None
    edits, better = ((), None) if kept is None else _rewritten(found, kept)
    return Slip("stops early", at, f"{found.printed} of {all_of}", message, better, edits, severity=Severity.WARNING)


def _kept(found: _List, style: HouseStyle) -> int:
    """How many names the style prints."""
    all_up_to, kept = _RULES[style]
    return len(found.people) if len(found.people) <= all_up_to else kept[0]


def _counted(found: _List, style: HouseStyle) -> tuple[Slip, ...]:
    all_up_to, kept = _RULES[style]
    number, all_of = found.printed, len(found.people)
    cut = found.et_al is not None
    name = NAMES[style]
    if cut and all_of <= all_up_to < found.most:
        return ()  # a body may be the seventh author
    if cut and all_of <= all_up_to:
        told = f"the record has {all_of} authors, and {name} prints all of up to {all_up_to}; {number} and et al. are printed"
        theme = f"et al. after {number}"
    elif cut and number not in kept:
        told = f"of {all_of} authors {name} prints the first {kept[0]} and et al.; {number} are printed"
        theme = f"et al. after {number}"
    elif not cut and style is HouseStyle.AMA and all_of > all_up_to:
        told = f"of {all_of} authors {name} prints the first {kept[0]} and et al.; all are printed"
        theme = "all authors"
    else:
        return ()
    edits, better = _rewritten(found, _kept(found, style))
    at = found.et_al if found.et_al is not None else found.ends[kept[0] - 1]
    printed = f"{number} of {all_of}" + (", et al." if cut else "")
    return (Slip("number of authors", at, printed, told, better, edits, theme),)


def _rewritten(found: _List, kept: int) -> tuple[tuple[Respelling, ...], str | None]:
    """The list with as many names as the style prints, behind those that are printed and stay."""
    stay = min(found.printed, kept)
    if any(not author.family or not author.initials for author in found.people[stay:kept]):
        return (), None
    text, start = found.laid.printed, found.ends[stay - 1]
    end = found.ends[-1]
    if found.et_al is not None:
        closing = _ET_AL.match(text, found.et_al)
        end = closing.end() if closing else end
    names = "".join(f", {_name(author)}" for author in found.people[stay:kept])
    cut = kept < len(found.people)
    stopped = text[end - 1] == "." and found.et_al is not None
    point = "." if (stopped or cut) and text[end : end + 1] != "." else ""
    new = names + (", et al" if cut else "") + point
    first = text[:start].rpartition(", ")[2]
    return (Respelling(start, end, new),), f"{first}{new}"


def _name(author: Author) -> str:
    return " ".join(part for part in (author.family, author.initials, author.suffix) if part)


def _punctuated(found: _List, style: HouseStyle) -> tuple[Slip, ...]:
    """`, et al.`: a comma before it, no point behind "et", one behind "al"."""
    if found.et_al is None:
        return ()
    text = found.laid.printed
    start = found.ends[-1]
    printed = _ET_AL.match(text, found.et_al)
    end = printed.end() if printed else found.et_al
    told = text[start:end]
    if told == ", et al." or _BEFORE.search(text[start : found.et_al]) is None or text[start : found.et_al].strip(", "):
        return ()
    edits = (Respelling(start, end, ", et al."),)
    message = f'{NAMES[style]} prints ", et al." behind the last name; "{told.strip()}" is printed'
    return (Slip("et al.", found.et_al, told, message, ", et al.", edits, f"et al. as {told}"),)


def _apa(found: _List) -> tuple[Slip, ...]:
    if found.et_al is None or found.most > _APA_ALL_UP_TO:
        return ()
    message = f"APA prints up to {_APA_ALL_UP_TO} authors and no et al. in a list; the record has {len(found.people)}"
    printed = f"{found.printed} of {len(found.people)}, et al."
    return (Slip("number of authors", found.et_al, printed, message, theme=f"et al. after {found.printed}"),)
