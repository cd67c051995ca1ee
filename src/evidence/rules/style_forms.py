"""What the form of a printed citation may be found to have, and what every look at it needs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from rapidfuzz.distance import LCSseq

from evidence.matching.authors import AuthorList, AuthorReader, align_in_order, et_al_end
from evidence.matching.compare import WordSpans, word_spans
from evidence.matching.segment import Span
from evidence.matching.text import CleanText, clean, without_identifiers
from evidence.matching.titles import title_key, titles_of
from evidence.model.dates import PartialDate
from evidence.model.identifiers import ARTICLES
from evidence.model.policy import HouseStyle, Severity
from evidence.model.records import Article, Author, Journal
from evidence.rules.case import Beside, Case

# What the form of a printed citation may be found to have, and what every look at it needs.

NAMES = {
    HouseStyle.AMA: "AMA",
    HouseStyle.NLM: "NLM",
    HouseStyle.APA: "APA",
    HouseStyle.CHICAGO: "Chicago",
    HouseStyle.NONE: "no style",
}
"""The styles as people call them."""

FILLER = "\ufffc"
_ADDRESS_SLIPS = re.compile(r"(?:https?://|www\.)\S+|\b10\.\d{4,9}/\S+|[^\s@]{1,64}@[^\s@]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Respelling:
    """The characters from `start` to `end` of a citation become `text`."""

    start: int
    end: int
    text: str

    def clashes(self, other: Respelling) -> bool:
        """Whether two edits want the same characters; edits that only touch do not, nor do two that are the same."""
        if self == other:
            return False
        if self.start == self.end == other.start == other.end:
            return True
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing about a citation's form that its style prints otherwise.

    `at` is where it stands in the text, `printed` the characters that show it; with `kind` they are what the finding
    rests on. `better` is how it would be printed, `edits` what makes it so. `theme` is set where a whole list may have
    the same form on purpose.
    """

    kind: str
    at: int
    printed: str
    message: str
    better: str | None = None
    edits: tuple[Respelling, ...] = ()
    theme: str = ""
    severity: Severity | None = None

    @property
    def fact(self) -> str:
        """What a finding of it rests on."""
        return f"{self.kind}: {self.printed}"


ANY = "any theme"


@dataclass(frozen=True, slots=True)
class SlipCheck:
    """What one rule says of a citation that has the form in question (None stands for one that has not).

    `against` are the themes that it shows not to be the whole list's way; a slip speaks against all others' themes.
    """

    slips: tuple[Slip, ...] = ()
    against: frozenset[str] = frozenset({ANY})

    def concerns(self, theme: str) -> bool:
        """Whether this citation could have had the form that a theme is about."""
        return bool(self.slips) or ANY in self.against or theme in self.against


CONFORMS = SlipCheck()
"""The citation has the form in question, and has it right."""


def without_addresses(text: str) -> str:
    """The text with its addresses, DOIs and mail addresses made unreadable, of the same length."""
    return _ADDRESS_SLIPS.sub(lambda found: FILLER * len(found[0]), text)


def around(text: str, first: int, behind: int, more: int = 20) -> str:
    """Some characters with the word before and the one behind them."""
    left = text.rfind(" ", max(0, first - more), max(0, first)) + 1 or max(0, first - more)
    right = text.find(" ", behind, behind + more)
    return text[left : right if right >= 0 else min(len(text), behind + more)].strip()


# The wording of a date of access.

if TYPE_CHECKING:
    from evidence.documents.identify import Accessed

_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTHS = _MONTH.split("|")
_DATE = rf"(?:(?:{_MONTH})(?: \d{{1,2}},)? )?\d{{4}}"
_RIGHT = {
    HouseStyle.AMA: re.compile(rf"(?<![(\[])Accessed {_DATE}(?=\.(?:\s|\Z))"),
    HouseStyle.CHICAGO: re.compile(rf"(?<![(\[])Accessed {_DATE}(?=\.(?:\s|\Z))"),
    HouseStyle.APA: re.compile(rf"Retrieved {_DATE}, from(?=\s+http)"),
    HouseStyle.NLM: re.compile(r"cited \d{4}(?: [A-Z][a-z]{2}(?: \d{1,2})?)?\]"),
}
_RIGHT_AT_END = re.compile(rf"Accessed {_DATE}\.\s*\Z")
_WORD = re.compile(r"access|retriev|viewed|visited|consulted|\bcited\b", re.IGNORECASE)
_CONNECTOR = re.compile(r"[)\]]?[.,;:]?(?:\s*(?:through|from|at|via|on)\b\s*+:?(?=\s*+(?:<|http|www\.)))?")
_ADDRESS = re.compile(r"<?(?:https?://|www\.)")
_ADDRESS_BEFORE = re.compile(
    r"(?:[(\[]?Available\s(?:at|from|online)?:?\s*(?:URL:?\s*)?)?"
    r"<?(?P<address>(?:https?://|www\.)[^\s<>]{0,2000}[^\s<>.,;:()\[\]])[>.,;:()\[\]\s]*+\Z"
)
_STOPS = (".", "?", "!")


def accessed_wording(text: str, case: Case) -> SlipCheck | None:
    """A date of access in other words, or in another place, than the style's."""
    style = case.policy.style
    if style not in _RIGHT or _WORD.search(text) is None:
        return None
    from evidence.documents.identify import find_accessed  # noqa: PLC0415 - its large patterns are seldom needed

    found = find_accessed(text)
    if found is None:
        return None
    start = found.whole[0]
    right = _RIGHT[style].match(text, start)
    if right is not None and right.end() >= found.span[1]:
        return _in_its_place(text, style)
    edits, better = _reworded(text, found, style)
    printed = text[start : edits[0].end if edits else found.span[1]].strip()
    message = f'{NAMES[style]} prints "{better or _phrase(PartialDate(2025, 8, 14), style)}"; "{printed}" is printed'
    theme = f"accessed as {printed.split()[0]}"
    return SlipCheck((Slip("accessed", start, printed, message, better, edits, theme),))


def _in_its_place(text: str, style: HouseStyle) -> SlipCheck:
    """AMA prints the date before the address."""
    found = _RIGHT_AT_END.search(text) if style is HouseStyle.AMA else None
    address = _ADDRESS_BEFORE.search(text[: found.start()]) if found else None
    if found is None or address is None:
        return CONFORMS
    edit, better = _before_address(text, address, found[0].strip(), len(text))
    message = "AMA prints the date of access before the address"
    return SlipCheck(
        (Slip("accessed place", found.start(), found[0].strip(), message, better, (edit,), "accessed last"),)
    )


def _before_address(text: str, address: re.Match[str], phrase: str, end: int) -> tuple[Respelling, str]:
    """The date moved to before its address, which then ends the citation."""
    kept = text[: address.start()].rstrip(" ,;:([")
    point = "" if not kept or kept.endswith(_STOPS) else "."
    better = f"{phrase} {address['address']}"
    return Respelling(len(kept), end, f"{point}{' ' if kept else ''}{better}"), better


def _reworded(text: str, found: Accessed, style: HouseStyle) -> tuple[tuple[Respelling, ...], str | None]:
    """The date in the style's words, at its precision; nothing where it can be read in two ways."""
    if found.date is None or not found.is_after_verb:
        return (), None
    connector = _CONNECTOR.match(text, found.span[1])
    end = connector.end() if connector else found.span[1]
    phrase = _phrase(found.date, style)
    before = _ADDRESS_BEFORE.search(text[: found.whole[0]])
    if style is HouseStyle.AMA and before is not None and not text[end:].strip(" .)]"):
        edit, better = _before_address(text, before, phrase, len(text))
        return (edit,), better
    followed = _ADDRESS.match(text[end:].lstrip()) is not None
    if style is HouseStyle.APA and not followed:
        return (), None
    kept = text[: found.whole[0]].rstrip(" ,;:([")
    point = "" if not kept or kept.endswith(_STOPS) or style is HouseStyle.NLM else "."
    better = phrase + (" Available from:" if style is HouseStyle.NLM and followed else "")
    gap = " " if end < len(text) and not text[end].isspace() else ""
    return (Respelling(len(kept), end, f"{point}{' ' if kept else ''}{better}{gap}"),), better


def _phrase(date: PartialDate, style: HouseStyle) -> str:
    month = _MONTHS[date.month - 1] if date.month else ""
    if style is HouseStyle.NLM:
        parts = (str(date.year), month[:3], str(date.day or ""))
        return f"[cited {' '.join(part for part in parts if part)}]."
    day = f" {date.day}," if date.day else ""
    spelled = f"{month}{day} {date.year}" if month else str(date.year)
    return f"Retrieved {spelled}, from" if style is HouseStyle.APA else f"Accessed {spelled}."


# How many authors are printed, and the form of "et al."; the record tells how many there are.

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


def author_list(text: str, case: Case) -> SlipCheck | None:
    """Too few or too many names for the style, a list that just stops, and "et al." in another form."""
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
    number, all_of, name = found.printed, len(found.people), NAMES[style]
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
    message = f'{NAMES[style]} prints ", et al." behind the last name; "{told.strip()}" is printed'
    edits = (Respelling(found.end, end, ", et al."),)
    return (Slip("et al.", first, told, message, ", et al.", edits, f"et al. as {told}"),)


def _apa(found: _List) -> tuple[Slip, ...]:
    if found.et_al is None or found.most > _APA_ALL_UP_TO:
        return ()
    message = f"APA prints up to {_APA_ALL_UP_TO} authors and no et al. in a list; the record has {len(found.people)}"
    printed = f"{found.printed} of {len(found.people)}, et al."
    theme = _cut_after(found.printed)
    return (Slip("number of authors", found.et_al[0], printed, message, theme=theme),)


# A citation that is nothing but an address.

_ADDRESS_BARE = re.compile(r"(?:https?://|www\.)\S+")
_WORD_BARE = re.compile(r"[^\W\d_]{2,}")
_OF_ACCESS = re.compile(
    r"accessed|retrieved|available|from|at|through|via|on|last|cited|viewed|visited|url|link|website|web|page|online|see"
    r"|https?|www|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)


def bare_url(text: str, case: Case) -> SlipCheck | None:
    """An address without a word of what it leads to."""
    found = _ADDRESS_BARE.search(text)
    if found is None:
        return None
    words = [word.lower() for word in _WORD_BARE.findall(without_identifiers(clean(text)))]
    if any(_OF_ACCESS.fullmatch(word) is None for word in words):
        return CONFORMS
    page = case.page
    title = " ".join(page.title.split()).strip(" .") if page is not None else ""
    message = "the citation is an address alone: it names neither author nor title"
    edits = (Respelling(0, 0, f"{title}. "),) if title else ()
    better = f"{title}. {text}" if title else "author or organisation, title of the page, date of access, address"
    return SlipCheck((Slip("bare address", found.start(), found[0], message, better, edits),))


# Capitals in an article's title: sentence case, by the record, which knows the proper names.

_SENTENCE_CASE = frozenset({HouseStyle.AMA, HouseStyle.NLM, HouseStyle.APA})
_OPENS = re.compile(r"[:.?!]\W*\Z")
_TELLING = 4  # letters of a word that a headline would capitalise in every style
_FEWEST = 2
_SHARE = 0.5
_SAME = 0.8  # of the words of a title that is surely the record's


def title_case(text: str, case: Case) -> SlipCheck | None:
    """A title printed in headline style or in capitals, where the record has it in sentence case."""
    article, style = case.bibliography, case.policy.style
    if article is None or style not in _SENTENCE_CASE:
        return None
    laid = word_spans(text, article)
    pairs = list(_pairs(laid, article))
    telling = [(printed, own) for _, printed, own in pairs if len(own) >= _TELLING and own.islower()]
    if len(telling) < _FEWEST:
        return None
    raised = [printed for printed, _ in telling if printed[:1].isupper()]
    if len(raised) < len(telling) and (len(raised) <= _FEWEST or len(raised) < _SHARE * len(telling)):
        return CONFORMS
    if style is HouseStyle.APA:  # which has a capital behind a colon
        pairs = [(at, printed, own) for at, printed, own in pairs if _OPENS.search(text[:at]) is None]
    edits = tuple(Respelling(first, first + len(printed), own) for first, printed, own in pairs if printed != own)
    shouted = sum(printed.isupper() for printed in raised) > len(raised) / 2
    how = "in capitals" if shouted else "in headline style"
    message = f"{NAMES[style]} prints an article's title in sentence case; it is printed {how}"
    first = next(at for at, printed, own in pairs if printed != own)
    span = laid.span(*laid.segments.title) if laid.segments.title else None
    printed = text[span[0] : span[1]] if span else ""
    better = _respelled(text, span, edits)
    return SlipCheck((Slip("capitals", first, printed, message, better, edits, f"titles {how}"),))


def _pairs(laid: WordSpans, article: Article) -> Iterator[tuple[int, str, str]]:
    """Words of the printed title and the record's own, where they differ in nothing but capitals; with their places.

    None where another title is printed than the record's first: a German one has capitals of its own.
    """
    zone = laid.segments.title
    if zone is None or not laid.segments.title_agrees:
        return
    first, behind = zone
    record = CleanText(clean(article.title.strip("[]")))
    steps = LCSseq.opcodes(laid.segments.text.keys[first:behind], record.keys)
    same = [step for step in steps if step.tag == "equal"]
    if sum(step.src_end - step.src_start for step in same) < _SAME * len(record):
        return
    for step in same:
        words = record.words[step.dest_start : step.dest_end]
        for at, own in zip(range(step.src_start, step.src_end), words, strict=True):
            span = laid.spans[first + at]
            printed = laid.printed[span[0] : span[1]] if span else ""
            if span and printed.casefold() == own.casefold():
                yield span[0], printed, own


def _respelled(text: str, span: tuple[int, int] | None, edits: tuple[Respelling, ...]) -> str | None:
    if span is None:
        return None
    parts, at = [], span[0]
    for edit in edits:
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at : span[1]]])


# Dashes in page ranges: of one kind throughout a list.

_RANGE = re.compile(
    r"(?:(?<=[\w)]):|(?<=[\d)])[:,]\s|\bpp?\.\s?)(?P<first>[A-Za-z]{0,3}[1-9]\d{0,5}[A-Za-z]?)"
    r"(?P<dash>\s?[-\u2010-\u2014\u2212]\s?)[A-Za-z]{0,3}\d{1,6}[A-Za-z]?(?=[.,;\s]|\Z)"
)
_KINDS = {"-": "hyphen", "\u2010": "hyphen", "\u2011": "hyphen", "\u2013": "en dash"}
_SIGNS = {"hyphen": "-", "en dash": "\u2013"}
_ARTICLES = {"hyphen": "a hyphen", "en dash": "an en dash", "other dash": "another dash"}
_HOUSE = {
    HouseStyle.AMA: "hyphen",
    HouseStyle.NLM: "hyphen",
    HouseStyle.APA: "en dash",
    HouseStyle.CHICAGO: "en dash",
}
_CONSISTENT = 0.8
_FEWEST_DASHES = 5


def _range_of(text: str) -> re.Match[str] | None:
    """The page range of a citation: the last that stands where pages do."""
    return max(_RANGE.finditer(without_addresses(text)), key=lambda found: found.start(), default=None)


def _kind(dash: str) -> str:
    return _KINDS.get(dash.strip(), "other dash")


@lru_cache(8)
def _kinds(beside: Beside) -> Counter[str]:
    """How often the list has each kind of dash."""
    texts = [*beside.texts, *(entry.text for entry in beside.entries.values())]
    return Counter(_kind(found["dash"]) for found in map(_range_of, texts) if found is not None)


def mixed_dashes(text: str, case: Case) -> SlipCheck | None:
    """The range's dash, where the list has several kinds and this is not the one to keep."""
    found = _range_of(text)
    if found is None:
        return None
    kinds, own = _kinds(case.beside), _kind(found["dash"])
    if not kinds.keys() - {own}:
        return CONFORMS
    most, times = kinds.most_common(1)[0]
    all_but_slips = kinds.total() >= _FEWEST_DASHES and times >= _CONSISTENT * kinds.total()
    house = _HOUSE.get(case.policy.style)
    wanted = most if all_but_slips or house is None else house
    if own == wanted or wanted not in _SIGNS:
        return CONFORMS
    start, end = found.span("dash")
    pages = text[found.start("first") : found.end()]
    better = text[found.start("first") : start] + _SIGNS[wanted] + text[end : found.end()]
    elsewhere = (
        f"{_ARTICLES[wanted]} elsewhere in the list"
        if kinds[wanted]
        else f"{_ARTICLES[wanted]} in {NAMES[case.policy.style]}"
    )
    at = start + len(found["dash"]) - len(found["dash"].lstrip())
    message = f"the page range {pages} has {_ARTICLES[own]}, and {elsewhere}"
    return SlipCheck((Slip("dash", at, pages, message, better, (Respelling(start, end, _SIGNS[wanted]),)),))


# The journal's name: NLM's abbreviation without points in AMA and NLM, in full in APA and Chicago.

_ABBREVIATING = frozenset({HouseStyle.AMA, HouseStyle.NLM})
_SPELLING_OUT = frozenset({HouseStyle.APA, HouseStyle.CHICAGO})
_QUALIFIER = re.compile(r"(?<!\s)\s*+[\[(][^\])]{0,200}+[\])]")
_BRANCH = re.compile(r"\s[:=/]\s")
SMALL_WORDS = frozenset(
    "a|an|and|as|at|by|de|der|des|die|du|et|for|from|in|la|le|of|on|or|the|to|und|with|y".split("|")  # noqa: SIM905 - a list of words
)


def journal_name(text: str, case: Case) -> SlipCheck | None:
    """The name in another form than the style's; only where the record's journal is surely the one printed."""
    article, style = case.bibliography, case.policy.style
    if article is None or article.is_book or style not in _ABBREVIATING | _SPELLING_OUT:
        return None
    laid = word_spans(text, article)
    zone = laid.segments.journal if laid.segments.journal_agrees else None
    span = laid.span(*zone) if zone is not None and laid.segments.title_agrees else None
    if span is None:
        return None
    printed = text[span[0] : span[1]]
    short, full = _short(article.journal), _full(article.journal)
    if not short or not full:
        return None
    abbreviates = style in _ABBREVIATING
    better = (
        _without_points(clean(article.journal.medline_ta or article.journal.iso))
        if abbreviates
        else _headline(_title(article.journal))
    )
    key = _key(printed)
    theme = _fault(printed, key, short, full, abbreviates=abbreviates)
    if not theme:
        return CONFORMS
    whose = "its own" if style is HouseStyle.NLM else "NLM's"
    wanted = f"{whose} abbreviation without points" if abbreviates else "the name in full"
    message = f'{NAMES[style]} prints {wanted}, {better}; "{printed}" is printed'
    return SlipCheck((Slip("journal", span[0], printed, message, better, (Respelling(*span, better),), theme),))


def _fault(printed: str, key: str, short: frozenset[str], full: frozenset[str], *, abbreviates: bool) -> str:
    if abbreviates:
        if key in short:
            return "journals with points" if "." in printed.rstrip(".") else ""
        return "journals in full" if key in full else "journals otherwise abbreviated"
    return "journals abbreviated" if key in short - full else ""


def _key(name: str) -> str:
    return CleanText(clean(name)).joined.text


def _bare(name: str) -> str:
    return _QUALIFIER.sub("", name).strip()


def _without_points(name: str) -> str:
    return " ".join(name.replace(".", " ").split())


def _short(journal: Journal) -> frozenset[str]:
    """The keys of the abbreviations, with and without what stands in brackets behind them."""
    return frozenset(_key(form) for name in (journal.medline_ta, journal.iso) if name for form in (name, _bare(name)))


def _full(journal: Journal) -> frozenset[str]:
    forms = {journal.title, _bare(journal.title), _title(journal)} if journal.title else set[str]()
    forms |= {form[4:] for form in forms if form[:4].lower() == "the "}
    return frozenset(_key(form) for form in forms if form)


def _title(journal: Journal) -> str:
    """The name that people use: without place, branch and subtitle."""
    return _BRANCH.split(_bare(clean(journal.title)))[0].strip(" .")


def _headline(title: str) -> str:
    """In headline style, as journals' names are printed; NLM's are in sentence case."""
    words = title.split()
    return " ".join(
        word if (at and word.lower() in SMALL_WORDS) or not word.islower() else word[:1].upper() + word[1:]
        for at, word in enumerate(words)
    )


# Quotation marks round an article's title, which AMA, NLM and APA do not print.

_QUOTED = re.compile(r"\u201c([^\u201c\u201d]{8,600})\u201d|\"([^\"]{8,600})\"")
_BEFORE = re.compile(r"(?:\.|\)\.?|\bal|,|:)\s*\Z")
_BEHIND = re.compile(r"[.,]?\s*(?:In:\s)?[A-Z*_]")
_NUMBERS = re.compile(r"(?:19|20)\d\d|\d\s?\(\d|:\s?\d")
_FEWEST_WORDS = 4
_WITHOUT = frozenset({HouseStyle.AMA, HouseStyle.NLM, HouseStyle.APA})


def quotation_marks(text: str, case: Case) -> SlipCheck | None:
    """The marks round the title of an article."""
    style = case.policy.style
    if style not in _WITHOUT or not case.kinds & ARTICLES:
        return None
    found = _quoted_title(text, case.bibliography)
    if found is None:
        return CONFORMS
    first, behind = found.span()
    inner = 1 if found[1] is not None else 2
    start, end = found.span(inner)
    printed = text[first : start + 12] + "…"
    edits = (Respelling(first, start, ""), Respelling(end, behind, _point(text, end, behind)))
    message = f"{NAMES[style]} prints an article's title without quotation marks"
    better = f"{found[inner][:40].rstrip()}…" if len(found[inner]) > 40 else found[inner]
    return SlipCheck((Slip("quotation marks", first, printed, message, better, edits, "quotation marks"),))


def _point(text: str, end: int, behind: int) -> str:
    """The full stop that ends a title, where nothing else does."""
    ends = text[end - 1] in ".?!," or text[behind : behind + 1] in {".", ","}
    return "" if ends else "."


def _quoted_title(text: str, article: Article | None) -> re.Match[str] | None:
    """The quoted words that are the whole title: the record's, or by where they stand."""
    for found in _QUOTED.finditer(text):
        inner = found[1] or found[2]
        if article is not None and titles_of(article).forms:
            if _is_title(inner, article):
                return found
        elif _stands_as_title(text, found, inner):
            return found
    return None


def _is_title(inner: str, article: Article) -> bool:
    """Whether these words are the record's title, or its beginning; and the record does not itself quote them."""
    key = CleanText(clean(inner)).joined.text
    titles = titles_of(article)
    if any('"' in form[:1] for form in titles.forms) or not key:
        return False
    keys = [title_key(form, None) for form in titles.forms]
    return any(one == key or (len(key) > len(one) / 2 and one.startswith(key)) for one in keys)


def _stands_as_title(text: str, found: re.Match[str], inner: str) -> bool:
    if len(inner.split()) < _FEWEST_WORDS:
        return False
    ends = inner.rstrip()[-1] in ".,?!" or text[found.end() : found.end() + 1] in {".", ","}
    return (
        ends
        and _BEFORE.search(text[: found.start()]) is not None
        and _BEHIND.match(text, found.end()) is not None
        and _NUMBERS.search(text, found.end()) is not None
    )


# Spaces that are missing, doubled, or stand before a comma; and those that a style leaves out of its numbers.

# Behind each of these a space is missing, in every style.
_MISSING = re.compile(
    r"""\bet\s?al\.(?=[^\W\d_]|["\u201c(\[])
    | [.,;:?!](?=\u201c\w)
    | [.,?!]\u201d(?=[^\W\d_])
    | (?<=[a-z][a-z][a-z])\.(?=[A-Z][a-z][a-z]|[A-Z][A-Za-z]{0,4}\s[A-Z])(?!(?:Gov|Com|Org|Net)\b)
    | (?<=[a-z][a-z]),(?=[A-Z][a-z][a-z])
    | (?<=[a-z][a-z])\.(?=(?:19|20)\d\d[;.(\s])
    """,
    re.VERBOSE,
)
_STRAIGHT = re.compile(r'[.,;:?!](?="\w)|[.,?!]"(?=[A-Z])')
_DOUBLED = re.compile(r"(?<=\S)  +(?=\S)")
_BEFORE_SPACING = re.compile(r"(?<=[^\W\d_]) (?=[,.](?:\s|\Z)(?! ?\.))")
_TAIL = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?:\s[A-Z][a-z]{2,8}(?:\s\d{1,2})?)?(?P<tail>\s?;\s?\d{1,5}[A-Za-z]?(?:\s?\([^()]{1,16}\))?\s?:\s?[A-Za-z]{0,3}\d{1,6})"
)
_JOINT = re.compile(r"\s?([;:])\s?|\s(?=\()")
_SPACED = "spaced numbers"
_CLOSED = frozenset({HouseStyle.AMA, HouseStyle.NLM})


def spaces(text: str, case: Case) -> SlipCheck:
    """Every slip of spacing, those of one kind together; what the record itself spells so is none."""
    seen = without_addresses(text)
    article = case.bibliography
    spelled = f"{article.title} {article.vernacular_title}" if article is not None else ""
    slips = (
        *_missing(text, seen, spelled),
        *_doubled(text, seen),
        *_before(text, seen, spelled),
        *(_tail(text, seen, case.policy.style) if case.policy.style in _CLOSED else ()),
    )
    numbered = _TAIL.search(seen) is not None
    return SlipCheck(slips, frozenset({_SPACED} if numbered and not any(slip.theme for slip in slips) else ()))


def _missing(text: str, seen: str, spelled: str) -> Iterator[Slip]:
    german = "\u201e" in seen  # whose closing marks look like English opening ones
    places = [
        found.end() for found in _MISSING.finditer(seen) if not (german and "\u201c" in seen[found.end() - 1 :][:2])
    ]
    for found in _STRAIGHT.finditer(seen):
        opens = not seen.count('"', 0, found.start()) % 2
        if opens is not found[0].endswith('"'):
            places.append(found.end())
    places = sorted(at for at in places if around(text, at, at) not in spelled)
    if places:
        shown = [around(text, at, at) for at in places]
        behind = " and ".join(f"behind {_last_word(text, at)}" for at in places[:3]) + (" …" if len(places) > 3 else "")
        better = ", ".join(around(text[:at] + " " + text[at:], at, at + 1) for at in places[:3])
        edits = tuple(Respelling(at, at, " ") for at in places)
        yield Slip("missing space", places[0], ", ".join(shown), f"no space {behind}", better, edits)


def _last_word(text: str, at: int) -> str:
    return text[:at].rsplit(None, 1)[-1][-20:]


def _doubled(text: str, seen: str) -> Iterator[Slip]:
    found = list(_DOUBLED.finditer(seen))
    if found:
        edits = tuple(Respelling(one.start(), one.end(), " ") for one in found)
        more = f" ({len(found)} places)" if len(found) > 1 else ""
        printed = around(text, *found[0].span())
        message = f"more than one space behind {_last_word(text, found[0].start())}{more}"
        better = re.sub(" {2,}", " ", printed)
        yield Slip("doubled space", found[0].start(), printed, message, better, edits, severity=Severity.INFO)


def _before(text: str, seen: str, spelled: str) -> Iterator[Slip]:
    found = [one for one in _BEFORE_SPACING.finditer(seen) if f"{clean(_last_word(text, one.start()))} " not in spelled]
    if found:
        first, behind = found[0].span()
        edits = tuple(Respelling(one.start(), one.end(), "") for one in found)
        what = "comma" if text[behind] == "," else "full stop"
        message = f"a space before the {what} behind {_last_word(text, first)}"
        printed = around(text, first, behind + 1)
        better = re.sub(r" (?=[,.](?: |$))", "", printed)
        yield Slip("space before", first, printed, message, better, edits)


def _tail(text: str, seen: str, style: HouseStyle) -> Iterator[Slip]:
    found = _TAIL.search(seen)
    if found is None or not any(char.isspace() for char in _JOINTS_ONLY.sub("", found["tail"])):
        return
    start, end = found.span("tail")
    printed = text[start:end]
    edits = tuple(_closed(printed, start))
    better = _JOINT.sub(r"\1", printed)
    at = edits[0].start
    message = f'{NAMES[style]} prints "{better}" behind the year, without spaces'
    yield Slip("numbers", at, printed, message, better, edits, _SPACED, Severity.INFO)


_JOINTS_ONLY = re.compile(r"\([^()]*\)")


def _closed(printed: str, start: int) -> Iterator[Respelling]:
    for joint in _JOINT.finditer(printed):
        sign = joint[1] or ""
        if joint[0] != sign:
            yield Respelling(start + joint.start(), start + joint.end(), sign)
