"""STY: the form in which a citation is printed, in `cited-as` and in the monograph's own list; never what it says.

What all these rules are made of comes first, then each rule with what it looks at, then their list. What a citation
says is judged in `evidence.rules.metadata`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING

from evidence.matching.authors import AuthorList, AuthorReader, align_in_order, et_al_end
from evidence.matching.compare import WordSpans, word_spans
from evidence.matching.segment import Span
from evidence.matching.text import CleanText, clean, without_identifiers
from evidence.matching.titles import title_key, titles_of
from evidence.model.dates import PartialDate
from evidence.model.errors import Place
from evidence.model.identifiers import ARTICLES, IdKind
from evidence.model.policy import HouseStyle, Severity
from evidence.model.records import Article, Author, Journal
from evidence.model.regex import regex
from evidence.model.rule import (
    ANYTHING,
    Finding,
    FixKind,
    Lookup,
    Subject,
    Violation,
)
from evidence.rules.case import CITED_AS, Beside, Case, in_paragraph
from evidence.rules.rule import CaseRule, entry_rule

if TYPE_CHECKING:  # the readers of monographs are for runs that have one
    from evidence.documents.identify import Accessed

# What a rule of printed form is made of: it looks at a citation's text and names its slips and how to fix them

STYLE_NAMES = {
    HouseStyle.AMA: "AMA",
    HouseStyle.NLM: "NLM",
    HouseStyle.APA: "APA",
    HouseStyle.CHICAGO: "Chicago",
    HouseStyle.NONE: "no style",
}
"""The styles as people call them."""

_FILLER = "\ufffc"
_ADDRESS = regex(r"(?:https?://|www\.)\S+|\b10\.\d{4,9}/\S+|[^\s@]{1,64}@[^\s@]+", re.IGNORECASE)
_MAX_CITATION = 20_000
"""Characters of a citation that is looked at: one of 3,000 authors has more, and its spaces do not matter."""


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

    `at` is its place in the text, `printed` the characters that show it; with `kind` they are what the finding
    rests on. `better` is how it would be printed, `edits` what makes it so. `theme` is set where all of a list may have
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


ANY_THEME = "any theme"


@dataclass(frozen=True, slots=True)
class SlipCheck:
    """What one rule says of a citation that has the form in question.

    `against` are the themes that it shows not to be the way of its list; a slip contradicts the themes of all others.
    """

    slips: tuple[Slip, ...] = ()
    against: frozenset[str] = frozenset({ANY_THEME})

    def concerns(self, theme: str) -> bool:
        """Whether this citation could have had the form that a theme is about."""
        return bool(self.slips) or ANY_THEME in self.against or theme in self.against


CONFORMS = SlipCheck()
"""The citation has the form in question, and has it right."""


Look = Callable[[str, Case], SlipCheck | None]
"""Looks at a printed citation; None where it does not have the form in question at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleRule(CaseRule):
    """A rule that looks at the form of a printed citation."""

    look: Look

    def slips(self, text: str, case: Case) -> Sequence[Slip]:
        """The slips in a printed citation; a rule that needs a record judges none by that of another work."""
        if len(text) > _MAX_CITATION or (self.needs_lookup and case.wrong_record is not None):
            return ()
        check = self.look(text, case)
        return check.slips if check is not None else ()

    def violations(self, case: Case) -> Iterator[Violation]:
        """The slips of `cited-as`, and those that only the monograph's own entry has."""
        reference = case.reference
        entry = case.beside.entries.get(reference.id)
        of_entry = {(slip.kind, slip.printed): slip for slip in (self.slips(entry.text, case) if entry else ())}
        for slip in self.slips(reference.cited_as, case) if reference.cited_as else ():
            same = of_entry.pop((slip.kind, slip.printed), None)
            also = f" (in the monograph {entry.place(same.at)})" if entry and same else ""
            place = reference.printed.place(slip.at) if reference.printed else None
            yield _violation(slip, f"{slip.message}{also}", place=place)
        for slip in of_entry.values():
            printed = entry.place(slip.at) if entry else None
            yield _violation(slip, slip.message + in_paragraph(printed), printed=printed)


def _violation(slip: Slip, message: str, *, place: Place | None = None, printed: Place | None = None) -> Violation:
    return Violation(message, slip.fact, (CITED_AS, "id"), slip.better, slip.severity, place, printed, slip.theme)


def style_rule(
    code: str,
    name: str,
    severity: Severity,
    *,
    raised_to: Severity | None,
    subject: Subject,
    needs: Lookup,
    about: frozenset[IdKind],
) -> Callable[[Look], StyleRule]:
    """Make a rule of a function that looks at a printed citation; its docstring is the rule's page."""

    def declared(look: Look) -> StyleRule:
        def judge(case: Case) -> Iterator[Violation]:
            return made.violations(case)

        judge.__doc__ = look.__doc__
        declare = entry_rule(
            code,
            name,
            severity,
            raised_to=raised_to,
            subject=subject,
            needs=needs,
            about=about,
            fix=FixKind.RESPELLED,
        )
        common = declare(judge)
        made = StyleRule(**{fact.name: getattr(common, fact.name) for fact in fields(common)}, look=look)
        return made

    return declared


_rule = partial(style_rule, raised_to=None)


def without_addresses(text: str) -> str:
    """The text with its addresses, DOIs and mail addresses made unreadable, of the same length."""
    return _ADDRESS.sub(lambda found: _FILLER * len(found[0]), text)


def around(text: str, start: int, end: int, more: int = 20) -> str:
    """Some characters with the words before and after them."""
    left = text.rfind(" ", max(0, start - more), max(0, start)) + 1 or max(0, start - more)
    right = text.find(" ", end, end + more)
    return text[left : right if right >= 0 else min(len(text), end + more)].strip()


# STY001: dashes in page ranges, of one kind throughout a list

_PAGE_RANGE = regex(
    r"(?:(?<=[\w)]):|(?<=[\d)])[:,]\s|\bpp?\.\s?)(?P<first>[A-Za-z]{0,3}[1-9]\d{0,5}[A-Za-z]?)"
    r"(?P<dash>\s?[-\u2010-\u2014\u2212]\s?)[A-Za-z]{0,3}\d{1,6}[A-Za-z]?(?=[.,;\s]|\Z)"
)
_DASH_KINDS = {"-": "hyphen", "\u2010": "hyphen", "\u2011": "hyphen", "\u2013": "en dash"}
_DASH_SIGNS = {"hyphen": "-", "en dash": "\u2013"}
_DASH_NAMES = {"hyphen": "a hyphen", "en dash": "an en dash", "other dash": "a different dash"}
_STYLE_DASHES = {
    HouseStyle.AMA: "hyphen",
    HouseStyle.NLM: "hyphen",
    HouseStyle.APA: "en dash",
    HouseStyle.CHICAGO: "en dash",
}
_MIN_RANGES, _MAJORITY = 5, 0.8
"""From so many page ranges on, and from this share of them, one kind of dash is the list's own."""


@_rule("STY001", "mixed-range-dashes", Severity.WARNING, subject=Subject.LIST, needs=Lookup.NONE, about=ANYTHING)
def mixed_range_dashes(text: str, case: Case) -> SlipCheck | None:
    """Page ranges have different kinds of dashes.

    What it does:
        If the page ranges of a list have several kinds of dashes, reports those to change: to the kind
        that nearly all others have, otherwise to that of the style (AMA and NLM: hyphen; APA and Chicago: en
        dash). A list with one kind throughout is not reported, whichever it is.

    Why it matters:
        Mixed dashes suggest that references were pasted from several places. No style mixes them.

    Message:
        page range 820\u2013828 has an en dash; the rest of the list has a hyphen

    Example:
        Arthritis Rheum. 2013;65(2):529-538. … Am J Gastroenterol. 2007;102(4):820\u2013828.

    What to do:
        Am J Gastroenterol. 2007;102(4):820-828.

    References:
        AMA Manual of Style, 11th edition, chapter 3; NLM, Citing Medicine, chapter 1.
    """
    found = _page_range(text)
    if found is None:
        return None
    kinds, own = _dash_kinds(case.beside), _dash_kind(found["dash"])
    if not kinds.keys() - {own}:
        return CONFORMS
    most, times = kinds.most_common(1)[0]
    has_own_kind = kinds.total() >= _MIN_RANGES and times >= _MAJORITY * kinds.total()
    house = _STYLE_DASHES.get(case.policy.style)
    wanted = most if has_own_kind or house is None else house
    if own == wanted or wanted not in _DASH_SIGNS:
        return CONFORMS
    start, end = found.span("dash")
    pages = text[found.start("first") : found.end()]
    better = text[found.start("first") : start] + _DASH_SIGNS[wanted] + text[end : found.end()]
    elsewhere = (
        f"the rest of the list has {_DASH_NAMES[wanted]}"
        if kinds[wanted]
        else f"{STYLE_NAMES[case.policy.style]} style uses {_DASH_NAMES[wanted]}"
    )
    at = start + len(found["dash"]) - len(found["dash"].lstrip())
    message = f"page range {pages} has {_DASH_NAMES[own]}; {elsewhere}"
    return SlipCheck((Slip("dash", at, pages, message, better, (Respelling(start, end, _DASH_SIGNS[wanted]),)),))


def _page_range(text: str) -> re.Match[str] | None:
    """The page range of a citation: the last in the place of pages."""
    return max(_PAGE_RANGE.finditer(without_addresses(text)), key=lambda found: found.start(), default=None)


def _dash_kind(dash: str) -> str:
    return _DASH_KINDS.get(dash.strip(), "other dash")


@lru_cache(8)
def _dash_kinds(beside: Beside) -> Counter[str]:
    """How often the list has each kind of dash."""
    texts = [*beside.texts, *(entry.text for entry in beside.entries.values())]
    return Counter(_dash_kind(found["dash"]) for found in map(_page_range, texts) if found is not None)


# STY002: spaces that are missing, doubled or before a comma; and those that a style leaves out of its numbers

# After each of these a space is missing, in every style.
_MISSING_SPACE = regex(
    r"""\bet\s?al\.(?=[^\W\d_]|["\u201c(\[])
    | [.,;:?!](?=\u201c\w)
    | [.,?!]\u201d(?=[^\W\d_])
    | (?<=[a-z][a-z][a-z])\.(?=[A-Z][a-z][a-z]|[A-Z][A-Za-z]{0,4}\s[A-Z])(?!(?:Gov|Com|Org|Net)\b)
    | (?<=[a-z][a-z]),(?=[A-Z][a-z][a-z])
    | (?<=[a-z][a-z])\.(?=(?:19|20)\d\d[;.(\s])
    """,
    re.VERBOSE,
)
_MISSING_SPACE_AT_QUOTE = regex(r'[.,;:?!](?="\w)|[.,?!]"(?=[A-Z])')
_DOUBLED_SPACE = regex(r"(?<=\S)  +(?=\S)")
_SPACE_BEFORE_POINT = regex(r"(?<=[^\W\d_]) (?=[,.](?:\s|\Z)(?! ?\.))")
_SPACED_NUMBERS = regex(
    r"(?<!\d)(?:19|20)\d\d(?:\s[A-Z][a-z]{2,8}(?:\s\d{1,2})?)?(?P<tail>\s?;\s?\d{1,5}[A-Za-z]?(?:\s?\([^()]{1,16}\))?\s?:\s?[A-Za-z]{0,3}\d{1,6})"
)
_NUMBER_JOINT = regex(r"\s?([;:])\s?|\s(?=\()")
_IN_BRACKETS = regex(r"\([^()]*\)")
_SPACED_THEME = "spaced numbers"
_CLOSED_UP_STYLES = frozenset({HouseStyle.AMA, HouseStyle.NLM})


@_rule("STY002", "spacing", Severity.WARNING, subject=Subject.CITATION, needs=Lookup.NONE, about=ANYTHING)
def spacing(text: str, case: Case) -> SlipCheck:
    """A space is missing, doubled, or placed before a comma.

    What it does:
        Reports a missing space after "et al.", a sentence or a closing quotation mark, several spaces
        in a row, and a space before a comma or full stop. In AMA and NLM style, also reports spaces
        inside `2013;65(2):529`. Addresses and DOIs are skipped.

    Why it matters:
        Readers and reference managers treat the words on both sides as one word.

    Message:
        missing space after "al."

    Example:
        Smith JP, Stock H, et al.“Low-dose naltrexone therapy …

    What to do:
        Smith JP, Stock H, et al. “Low-dose naltrexone therapy …

    References:
        NLM, Citing Medicine, chapter 1 (punctuation and spacing).
    """
    readable = without_addresses(text)
    article, style = case.bibliography, case.policy.style
    recorded = f"{article.title} {article.vernacular_title}" if article is not None else ""
    slips = (
        *_missing_spaces(text, readable, recorded),
        *_doubled_spaces(text, readable),
        *_before_punctuation(text, readable, recorded),
        *(_in_numbers(text, readable, style) if style in _CLOSED_UP_STYLES else ()),
    )
    numbered = _SPACED_NUMBERS.search(readable) is not None
    return SlipCheck(slips, frozenset({_SPACED_THEME} if numbered and not any(slip.theme for slip in slips) else ()))


def _missing_spaces(text: str, readable: str, recorded: str) -> Iterator[Slip]:
    german = "\u201e" in readable  # whose closing marks look like English opening ones
    places = [
        found.end()
        for found in _MISSING_SPACE.finditer(readable)
        if not (german and "\u201c" in readable[found.end() - 1 :][:2])
    ]
    for found in _MISSING_SPACE_AT_QUOTE.finditer(readable):
        opens = not readable.count('"', 0, found.start()) % 2
        if opens is not found[0].endswith('"'):
            places.append(found.end())
    places = sorted(at for at in places if around(text, at, at) not in recorded)
    if places:
        printed = ", ".join(around(text, at, at) for at in places)
        where = " and ".join(f'after "{_last_word(text, at)}"' for at in places[:3]) + (" …" if len(places) > 3 else "")
        better = ", ".join(around(text[:at] + " " + text[at:], at, at + 1) for at in places[:3])
        edits = tuple(Respelling(at, at, " ") for at in places)
        yield Slip("missing space", places[0], printed, f"missing space {where}", better, edits)


def _last_word(text: str, at: int) -> str:
    return text[:at].rsplit(None, 1)[-1][-20:]


def _doubled_spaces(text: str, readable: str) -> Iterator[Slip]:
    found = list(_DOUBLED_SPACE.finditer(readable))
    if found:
        edits = tuple(Respelling(spaces.start(), spaces.end(), " ") for spaces in found)
        more = f" ({len(found)} places)" if len(found) > 1 else ""
        printed = around(text, *found[0].span())
        message = f'more than one space after "{_last_word(text, found[0].start())}"{more}'
        better = re.sub(" {2,}", " ", printed)
        yield Slip("doubled space", found[0].start(), printed, message, better, edits, severity=Severity.INFO)


def _before_punctuation(text: str, readable: str, recorded: str) -> Iterator[Slip]:
    spaces = _SPACE_BEFORE_POINT.finditer(readable)
    found = [space for space in spaces if f"{clean(_last_word(text, space.start()))} " not in recorded]
    if found:
        start, end = found[0].span()
        edits = tuple(Respelling(space.start(), space.end(), "") for space in found)
        what = "comma" if text[end] == "," else "full stop"
        message = f'space before the {what} after "{_last_word(text, start)}"'
        printed = around(text, start, end + 1)
        better = re.sub(r" (?=[,.](?: |$))", "", printed)
        yield Slip("space before", start, printed, message, better, edits)


def _in_numbers(text: str, readable: str, style: HouseStyle) -> Iterator[Slip]:
    found = _SPACED_NUMBERS.search(readable)
    if found is None or not any(char.isspace() for char in _IN_BRACKETS.sub("", found["tail"])):
        return
    start, end = found.span("tail")
    printed = text[start:end]
    edits = tuple(
        Respelling(start + joint.start(), start + joint.end(), joint[1] or "")
        for joint in _NUMBER_JOINT.finditer(printed)
        if joint[0] != (joint[1] or "")
    )
    better = _NUMBER_JOINT.sub(r"\1", printed)
    message = f'{STYLE_NAMES[style]} style uses no spaces between volume, issue and pages: "{better}"'
    yield Slip("numbers", edits[0].start, printed, message, better, edits, _SPACED_THEME, Severity.INFO)


# STY003: quotation marks round an article's title, which AMA, NLM and APA do not print

_QUOTED = regex(r"\u201c([^\u201c\u201d]{8,600})\u201d|\"([^\"]{8,600})\"")
_BEFORE_TITLE = regex(r"(?:\.|\)\.?|\bal|,|:)\s*\Z")
_AFTER_TITLE = regex(r"[.,]?\s*(?:In:\s)?[A-Z*_]")
_CITATION_NUMBERS = regex(r"(?:19|20)\d\d|\d\s?\(\d|:\s?\d")
_MIN_TITLE_WORDS = 4
_UNQUOTED_STYLES = frozenset({HouseStyle.AMA, HouseStyle.NLM, HouseStyle.APA})


@_rule("STY003", "quotation-marks", Severity.INFO, subject=Subject.CITATION, needs=Lookup.NONE, about=ANYTHING)
def quotation_marks(text: str, case: Case) -> SlipCheck | None:
    """An article title is in quotation marks.

    What it does:
        Reports quotation marks in AMA, NLM and APA style, which use none around titles. Words that the
        record itself quotes, and quotations within a title, are not reported.

    Why it matters:
        They belong to other styles (Chicago, MLA) and suggest that the list mixes several styles.

    Message:
        AMA style uses no quotation marks around article titles

    Example:
        Brown N, Panksepp J. “Low-dose naltrexone for disease prevention.” Med Hypotheses.

    What to do:
        Brown N, Panksepp J. Low-dose naltrexone for disease prevention. Med Hypotheses.

    References:
        AMA Manual of Style, 11th edition, chapter 3.
    """
    style = case.policy.style
    if style not in _UNQUOTED_STYLES or not case.kinds & ARTICLES:
        return None
    quoted = _quoted_title(text, case.bibliography)
    if quoted is None:
        return CONFORMS
    first, last = quoted.span()
    group = 1 if quoted[1] is not None else 2
    title, (start, end) = quoted[group], quoted.span(group)
    has_point = text[end - 1] in ".?!," or text[last : last + 1] in {".", ","}
    edits = (Respelling(first, start, ""), Respelling(end, last, "" if has_point else "."))
    message = f"{STYLE_NAMES[style]} style uses no quotation marks around article titles"
    better = f"{title[:40].rstrip()}…" if len(title) > 40 else title
    printed = text[first : start + 12] + "…"
    return SlipCheck((Slip("quotation marks", first, printed, message, better, edits, "quotation marks"),))


def _quoted_title(text: str, article: Article | None) -> re.Match[str] | None:
    """The quoted words that are the title: the record's, or by their place in the citation."""
    for quoted in _QUOTED.finditer(text):
        words = quoted[1] or quoted[2]
        if article is not None and titles_of(article).forms:
            if _is_title(words, article):
                return quoted
        elif (
            len(words.split()) >= _MIN_TITLE_WORDS
            and (words.rstrip()[-1] in ".,?!" or text[quoted.end() : quoted.end() + 1] in {".", ","})
            and _BEFORE_TITLE.search(text[: quoted.start()]) is not None
            and _AFTER_TITLE.match(text, quoted.end()) is not None
            and _CITATION_NUMBERS.search(text, quoted.end()) is not None
        ):
            return quoted
    return None


def _is_title(words: str, article: Article) -> bool:
    """Whether these words are the record's title, or its beginning; and the record does not itself quote them."""
    key = CleanText(clean(words)).joined.text
    titles = titles_of(article)
    if any('"' in form[:1] for form in titles.forms) or not key:
        return False
    keys = [title_key(form, None) for form in titles.forms]
    return any(own == key or (len(key) > len(own) / 2 and own.startswith(key)) for own in keys)


# STY004: how many authors are printed, and the form of "et al."; the record says how many there are

_ET_AL = regex(r"\bet\.?\s?al\b\.?")
_AMA_NAME = regex(r"[^.,;&]+ [A-Z][A-Z-]{0,4}(?: (?:Jr|Sr|2nd|3rd|4th|I{2,3}|IV))?")
# How many authors a style prints before "et al.": up to the first number all of them, of more the first so many.
_AUTHORS_PRINTED = {HouseStyle.AMA: (6, (3,)), HouseStyle.NLM: (6, (6, 3))}
_APA_ALL_UP_TO = 20
_ALL_AUTHORS = "all authors"


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


@_rule(
    "STY004",
    "et-al-form",
    Severity.INFO,
    raised_to=Severity.WARNING,
    subject=Subject.CITATION,
    needs=Lookup.ANY,
    about=ARTICLES,
)
def et_al_form(text: str, case: Case) -> SlipCheck | None:
    """The number of authors, or the form of "et al.", does not follow the style.

    What it does:
        Compares the number of printed names with the record. AMA style lists up to six authors; if there
        are more, the first three and "et al.". NLM style lists up to six; if there are more, the first
        six (or all, or three). APA style lists up to twenty and never has "et al.". A list that stops
        early without "et al." is a warning in every style. Nothing is reported unless every printed
        name was recognised.

    Why it matters:
        Authors who should be named are left out, or the article seems to have no other authors.

    Message:
        2 of 6 authors and et al. are printed; AMA style lists up to 6 authors in full

    Example:
        Smith JP, Stock H, et al. (the record has six authors)

    What to do:
        Smith JP, Stock H, Bingaman S, Mauger D, Rogosnitzky M, Zagon IS.

    References:
        AMA Manual of Style, 11th edition, chapter 3; ICMJE, samples of formatted references; APA Publication
        Manual, 7th edition.
    """
    article, style = case.bibliography, case.policy.style
    authors = _printed_authors(text, article) if article is not None else None
    if authors is None:
        return None
    number, total = authors.number, len(authors.people)
    if authors.et_al is None and number < total:
        message = f"author list stops after {number} of {total} authors, without et al."
        edits, better = _rewritten(authors, _number_in(style, total)) if style in _AUTHORS_PRINTED else ((), None)
        stops = Slip(
            "stops early", authors.end, f"{number} of {total}", message, better, edits, severity=Severity.WARNING
        )
        return SlipCheck((stops,), frozenset())
    if style is HouseStyle.APA:
        if authors.et_al is None or total + authors.collectives > _APA_ALL_UP_TO:
            return CONFORMS
        message = f"APA style lists up to {_APA_ALL_UP_TO} authors, without et al.; the record has {total} authors"
        printed = f"{number} of {total}, et al."
        slip = Slip("number of authors", authors.et_al[0], printed, message, theme=_cut_after(number))
        return SlipCheck((slip,))
    if style not in _AUTHORS_PRINTED:
        return None
    slips = _miscounted(authors, style) or _mispunctuated(authors, style)
    if slips:
        return SlipCheck(slips, frozenset())
    # A right list shows what is not the way of all: to cut lists as long as this one, or to print such in full.
    if authors.et_al is None:
        return SlipCheck((), frozenset(_cut_after(other) for other in range(1, total - 1)))
    return SlipCheck((), frozenset((_ALL_AUTHORS, *(_cut_after(other) for other in range(1, 8) if other != number))))


def _printed_authors(text: str, article: Article) -> _PrintedAuthors | None:
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
    all_up_to, cut_to = _AUTHORS_PRINTED[style]
    return total if total <= all_up_to else cut_to[0]


def _cut_after(number: int) -> str:
    return f"et al. after {number}"


def _miscounted(authors: _PrintedAuthors, style: HouseStyle) -> tuple[Slip, ...]:
    all_up_to, cut_to = _AUTHORS_PRINTED[style]
    number, total, name = authors.number, len(authors.people), STYLE_NAMES[style]
    is_cut = authors.et_al is not None
    if is_cut and total <= all_up_to < total + authors.collectives:
        return ()  # a collective author may be the seventh
    if is_cut and total <= all_up_to:
        message = (
            f"{number} of {total} authors and et al. are printed; {name} style lists up to {all_up_to} authors in full"
        )
    elif is_cut and number not in cut_to:
        message = (
            f"{number} of {total} authors and et al. are printed; {name} style lists the first {cut_to[0]}, then et al."
        )
    elif not is_cut and style is HouseStyle.AMA and total > all_up_to:
        message = (
            f"all {total} authors are printed; for more than {all_up_to} authors, {name} style lists the first "
            f"{cut_to[0]}, then et al."
        )
    else:
        return ()
    edits, better = _rewritten(authors, _number_in(style, total))
    at = authors.et_al[0] if authors.et_al is not None else authors.spans[cut_to[0] - 1][1]
    printed = f"{number} of {total}" + (", et al." if is_cut else "")
    return (
        Slip("number of authors", at, printed, message, better, edits, _cut_after(number) if is_cut else _ALL_AUTHORS),
    )


def _rewritten(authors: _PrintedAuthors, number: int) -> tuple[tuple[Respelling, ...], str | None]:
    """The list with as many names as the style prints, after those that are printed and stay.

    Only where every name is printed as AMA and NLM do: `Smith JP`, commas between.
    """
    text, spans = authors.text, authors.spans
    stay = min(authors.number, number)
    more = authors.people[stay:number]
    names = all(_AMA_NAME.fullmatch(text[start:end]) for start, end in spans)
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
    message = f'{STYLE_NAMES[style]} style uses ", et al." after the last name; printed: "{printed.strip()}"'
    edits = (Respelling(authors.end, end, ", et al."),)
    return (Slip("et al.", first, printed, message, ", et al.", edits, f"et al. as {printed}"),)


# STY005: the wording and the place of a date of access

_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTHS = _MONTH.split("|")
_DATE = rf"(?:(?:{_MONTH})(?: \d{{1,2}},)? )?\d{{4}}"
_ACCESS_FORMS = {
    HouseStyle.AMA: regex(rf"(?<![(\[])Accessed {_DATE}(?=\.(?:\s|\Z))"),
    HouseStyle.CHICAGO: regex(rf"(?<![(\[])Accessed {_DATE}(?=\.(?:\s|\Z))"),
    HouseStyle.APA: regex(rf"Retrieved {_DATE}, from(?=\s+http)"),
    HouseStyle.NLM: regex(r"cited \d{4}(?: [A-Z][a-z]{2}(?: \d{1,2})?)?\]"),
}
_ACCESS_AT_END = regex(rf"Accessed {_DATE}\.\s*\Z")
_ACCESS_WORD = regex(r"access|retriev|viewed|visited|consulted|\bcited\b", re.IGNORECASE)
_CONNECTOR = regex(r"[)\]]?[.,;:]?(?:\s*(?:through|from|at|via|on)\b\s*+:?(?=\s*+(?:<|http|www\.)))?")
_ADDRESS_START = regex(r"<?(?:https?://|www\.)")
_ADDRESS_BEFORE = regex(
    r"(?:[(\[]?Available\s(?:at|from|online)?:?\s*(?:URL:?\s*)?)?"
    r"<?(?P<address>(?:https?://|www\.)[^\s<>]{0,2000}[^\s<>.,;:()\[\]])[>.,;:()\[\]\s]*+\Z"
)
_SENTENCE_ENDS = (".", "?", "!")


@_rule("STY005", "accessed-wording", Severity.INFO, subject=Subject.CITATION, needs=Lookup.NONE, about=ANYTHING)
def accessed_wording(text: str, case: Case) -> SlipCheck | None:
    """The access date is not worded as in the style.

    What it does:
        Expects "Accessed August 14, 2025." before the address in AMA style, "[cited 2025 Aug 14]" in NLM
        style, and "Retrieved August 14, 2025, from" in APA style. If the citation has no day, the fix
        has none either.

    Why it matters:
        Readers and programs look for the date in that form.

    Message:
        AMA style uses "Accessed August 2025."; printed: "accessed August 2025 through:"

    Example:
        LDN Research Trust: accessed August 2025 through: https://www.ldnresearchtrust.org

    What to do:
        LDN Research Trust. Accessed August 2025. https://www.ldnresearchtrust.org

    References:
        AMA Manual of Style, 11th edition, chapter 3; NLM, Citing Medicine, chapter 25.
    """
    style = case.policy.style
    if style not in _ACCESS_FORMS or _ACCESS_WORD.search(text) is None:
        return None
    from evidence.documents.identify import find_accessed  # noqa: PLC0415 - its large patterns are seldom needed

    found = find_accessed(text)
    if found is None:
        return None
    start = found.full_span[0]
    right = _ACCESS_FORMS[style].match(text, start)
    if right is not None and right.end() >= found.span[1]:
        return _in_its_place(text, style)
    edits, better = _reworded(text, found, style)
    printed = text[start : edits[0].end if edits else found.span[1]].strip()
    message = (
        f'{STYLE_NAMES[style]} style uses "{better or _phrase(PartialDate(2025, 8, 14), style)}"; printed: "{printed}"'
    )
    theme = f"accessed as {printed.split()[0]}"
    return SlipCheck((Slip("accessed", start, printed, message, better, edits, theme),))


def _in_its_place(text: str, style: HouseStyle) -> SlipCheck:
    """AMA prints the date before the address."""
    found = _ACCESS_AT_END.search(text) if style is HouseStyle.AMA else None
    address = _ADDRESS_BEFORE.search(text[: found.start()]) if found else None
    if found is None or address is None:
        return CONFORMS
    edit, better = _before_address(text, address, found[0].strip(), len(text))
    message = "AMA style puts the access date before the address"
    return SlipCheck(
        (Slip("accessed place", found.start(), found[0].strip(), message, better, (edit,), "accessed last"),)
    )


def _before_address(text: str, address: re.Match[str], phrase: str, end: int) -> tuple[Respelling, str]:
    """The date moved to before its address, which then ends the citation."""
    before = text[: address.start()].rstrip(" ,;:([")
    point = "" if not before or before.endswith(_SENTENCE_ENDS) else "."
    better = f"{phrase} {address['address']}"
    return Respelling(len(before), end, f"{point}{' ' if before else ''}{better}"), better


def _reworded(text: str, found: Accessed, style: HouseStyle) -> tuple[tuple[Respelling, ...], str | None]:
    """The date in the style's words, at its precision; nothing where it can be read in two ways."""
    if found.date is None or not found.is_after_verb:
        return (), None
    connector = _CONNECTOR.match(text, found.span[1])
    end = connector.end() if connector else found.span[1]
    phrase = _phrase(found.date, style)
    before = _ADDRESS_BEFORE.search(text[: found.full_span[0]])
    if style is HouseStyle.AMA and before is not None and not text[end:].strip(" .)]"):
        edit, better = _before_address(text, before, phrase, len(text))
        return (edit,), better
    followed = _ADDRESS_START.match(text[end:].lstrip()) is not None
    if style is HouseStyle.APA and not followed:
        return (), None
    rest = text[: found.full_span[0]].rstrip(" ,;:([")
    point = "" if not rest or rest.endswith(_SENTENCE_ENDS) or style is HouseStyle.NLM else "."
    better = phrase + (" Available from:" if style is HouseStyle.NLM and followed else "")
    gap = " " if end < len(text) and not text[end].isspace() else ""
    return (Respelling(len(rest), end, f"{point}{' ' if rest else ''}{better}{gap}"),), better


def _phrase(date: PartialDate, style: HouseStyle) -> str:
    month = _MONTHS[date.month - 1] if date.month else ""
    if style is HouseStyle.NLM:
        parts = (str(date.year), month[:3], str(date.day or ""))
        return f"[cited {' '.join(part for part in parts if part)}]."
    day = f" {date.day}," if date.day else ""
    spelled = f"{month}{day} {date.year}" if month else str(date.year)
    return f"Retrieved {spelled}, from" if style is HouseStyle.APA else f"Accessed {spelled}."


# STY006: the journal's name, NLM's abbreviation without points in AMA and NLM, in full in APA and Chicago

_ABBREVIATING_STYLES = frozenset({HouseStyle.AMA, HouseStyle.NLM})
_SPELLING_OUT_STYLES = frozenset({HouseStyle.APA, HouseStyle.CHICAGO})
_QUALIFIER = regex(r"(?<!\s)\s*+[\[(][^\])]{0,200}+[\])]")
_SUBTITLE = regex(r"\s[:=/]\s")
SMALL_WORDS = frozenset(
    "a|an|and|as|at|by|de|der|des|die|du|et|for|from|in|la|le|of|on|or|the|to|und|with|y".split("|")  # noqa: SIM905 - a list of words
)


@_rule("STY006", "journal-abbreviation", Severity.INFO, subject=Subject.CITATION, needs=Lookup.ANY, about=ARTICLES)
def journal_abbreviation(text: str, case: Case) -> SlipCheck | None:
    """The journal name does not follow the style.

    What it does:
        Expects the NLM abbreviation without full stops in AMA and NLM style, and the full name in APA and
        Chicago style. A journal that differs from the record is reported as MET004, not here.

    Why it matters:
        A made-up abbreviation cannot be looked up.

    Message:
        AMA style uses the NLM abbreviation without full stops: "Am J Gastroenterol"; printed:
        "American Journal of Gastroenterology"

    Example:
        American Journal of Gastroenterology. 2007;102(4):820-828.

    What to do:
        Am J Gastroenterol. 2007;102(4):820-828.

    References:
        NLM Catalog, journals referenced in the NCBI databases; AMA Manual of Style, 11th edition, chapter 3.
    """
    article, style = case.bibliography, case.policy.style
    if article is None or article.is_book or style not in _ABBREVIATING_STYLES | _SPELLING_OUT_STYLES:
        return None
    words = word_spans(text, article)
    segments, journal = words.segments, article.journal
    surely_printed = segments.title_agrees and segments.journal_agrees
    span = words.span(*segments.journal) if segments.journal is not None and surely_printed else None
    if span is None:
        return None
    printed = text[span[0] : span[1]]
    # With and without what is printed in brackets after them; the title as people use it, and without its article.
    abbreviations = [
        form for name in (journal.medline_ta, journal.iso) if name for form in (name, _without_qualifier(name))
    ]
    titles = {journal.title, _without_qualifier(journal.title), _usual_title(journal)} if journal.title else set[str]()
    titles |= {title[4:] for title in titles if title[:4].lower() == "the "}
    short, full = ({_journal_key(form) for form in forms if form} for forms in (abbreviations, titles))
    if not short or not full:
        return None
    key = _journal_key(printed)
    if style in _ABBREVIATING_STYLES:
        better = " ".join(clean(journal.medline_ta or journal.iso).replace(".", " ").split())
        wanted = "the NLM abbreviation without full stops"
        if key in short:
            theme = "journals with points" if "." in printed.rstrip(".") else ""
        else:
            theme = "journals in full" if key in full else "journals otherwise abbreviated"
    else:
        better, wanted = _headline(_usual_title(journal)), "the full journal name"
        theme = "journals abbreviated" if key in short - full else ""
    if not theme:
        return CONFORMS
    message = f'{STYLE_NAMES[style]} style uses {wanted}: "{better}"; printed: "{printed}"'
    return SlipCheck((Slip("journal", span[0], printed, message, better, (Respelling(*span, better),), theme),))


def _journal_key(name: str) -> str:
    return CleanText(clean(name)).joined.text


def _without_qualifier(name: str) -> str:
    return _QUALIFIER.sub("", name).strip()


def _usual_title(journal: Journal) -> str:
    """The name that people use: without place, branch and subtitle."""
    return _SUBTITLE.split(_without_qualifier(clean(journal.title)))[0].strip(" .")


def _headline(title: str) -> str:
    """In headline style, as journals' names are printed; NLM's are in sentence case."""
    words = title.split()
    return " ".join(
        word if (at and word.lower() in SMALL_WORDS) or not word.islower() else word[:1].upper() + word[1:]
        for at, word in enumerate(words)
    )


# STY007: capitals in an article's title: sentence case, by the record, which knows the proper names

_SENTENCE_CASE_STYLES = frozenset({HouseStyle.AMA, HouseStyle.NLM, HouseStyle.APA})
_SENTENCE_START = regex(r"[:.?!]\W*\Z")
_MIN_LETTERS = 4  # of a word that a headline capitalises in every style
_MIN_CAPITALIZED, _CAPITALIZED_SHARE = 2, 0.5  # of such words: with more and a larger share it is a headline
_SAME_TITLE_SHARE = 0.8  # of the words of a title that is surely the record's


@_rule("STY007", "title-case", Severity.INFO, subject=Subject.CITATION, needs=Lookup.ANY, about=ARTICLES)
def title_case(text: str, case: Case) -> SlipCheck | None:
    """An article title is in headline style or in capitals.

    What it does:
        In AMA, NLM and APA style, reports a title in which most words that are in lower case in the
        record are capitalised. The record shows which words are names; if the record itself is in
        capitals, nothing is reported.

    Why it matters:
        These styles use sentence case for article titles.

    Message:
        AMA style uses sentence case for article titles; this title is in headline style

    Example:
        Low-Dose Naltrexone for Disease Prevention and Quality of Life.

    What to do:
        Low-dose naltrexone for disease prevention and quality of life.

    References:
        AMA Manual of Style, 11th edition, chapter 3; APA Publication Manual, 7th edition.
    """
    article, style = case.bibliography, case.policy.style
    if article is None or style not in _SENTENCE_CASE_STYLES:
        return None
    words = word_spans(text, article)
    pairs = list(_words_in_both_titles(words, article))
    comparable = [(printed, own) for _, printed, own in pairs if len(own) >= _MIN_LETTERS and own.islower()]
    if len(comparable) < _MIN_CAPITALIZED:
        return None
    capitalized = [printed for printed, _ in comparable if printed[:1].isupper()]
    if len(capitalized) < len(comparable) and (
        len(capitalized) <= _MIN_CAPITALIZED or len(capitalized) < _CAPITALIZED_SHARE * len(comparable)
    ):
        return CONFORMS
    if style is HouseStyle.APA:  # which has a capital after a colon
        pairs = [(at, printed, own) for at, printed, own in pairs if _SENTENCE_START.search(text[:at]) is None]
    edits = tuple(Respelling(at, at + len(printed), own) for at, printed, own in pairs if printed != own)
    in_capitals = sum(printed.isupper() for printed in capitalized) > len(capitalized) / 2
    how = "in capitals" if in_capitals else "in headline style"
    message = f"{STYLE_NAMES[style]} style uses sentence case for article titles; this title is {how}"
    first = next(at for at, printed, own in pairs if printed != own)
    span = words.span(*words.segments.title) if words.segments.title else None
    if span is None:
        return SlipCheck((Slip("capitals", first, "", message, None, edits, f"titles {how}"),))
    pieces, at = [], span[0]
    for edit in edits:
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    better = "".join([*pieces, text[at : span[1]]])
    return SlipCheck((Slip("capitals", first, text[span[0] : span[1]], message, better, edits, f"titles {how}"),))


def _words_in_both_titles(words: WordSpans, article: Article) -> Iterator[tuple[int, str, str]]:
    """Words of the printed title and the record's own, where they differ in nothing but capitals; with their places.

    None when another title than the record's first is printed: a German one has capitals of its own.
    """
    segments = words.segments
    if segments.title is None or not segments.title_agrees:
        return
    start, end = segments.title
    record = CleanText(clean(article.title.strip("[]")))
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415 - only where titles are printed in full

    steps = LCSseq.opcodes(segments.text.keys[start:end], record.keys)
    same = [step for step in steps if step.tag == "equal"]
    if sum(step.src_end - step.src_start for step in same) < _SAME_TITLE_SHARE * len(record):
        return
    for step in same:
        recorded = record.words[step.dest_start : step.dest_end]
        for at, own in zip(range(step.src_start, step.src_end), recorded, strict=True):
            span = words.spans[start + at]
            printed = words.printed[span[0] : span[1]] if span else ""
            if span and printed.casefold() == own.casefold():
                yield span[0], printed, own


# STY008: a citation that is nothing but an address

_BARE_ADDRESS = regex(r"(?:https?://|www\.)\S+")
_WORD = regex(r"[^\W\d_]{2,}")
_ACCESS_PHRASE_WORD = regex(
    r"accessed|retrieved|available|from|at|through|via|on|last|cited|viewed|visited|url|link|website|web|page|online|see"
    r"|https?|www|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)


@_rule("STY008", "bare-url", Severity.INFO, subject=Subject.CITATION, needs=Lookup.NONE, about=ANYTHING)
def bare_url(text: str, case: Case) -> SlipCheck | None:
    """The citation is only an address.

    What it does:
        Reports a citation that consists of an address, with or without an access date, and does not
        describe the page. If the page was looked up, its title is proposed.

    Why it matters:
        When the address no longer works, readers cannot see what was cited or find it elsewhere.

    Message:
        the citation is only an address, without author or title

    Example:
        https://www.fda.gov/media/12345/download. Accessed August 14, 2025.

    What to do:
        Author or organisation. Title of the page. Accessed August 14, 2025. Address.

    References:
        NLM, Citing Medicine, chapter 25; AMA Manual of Style, 11th edition, chapter 3.
    """
    found = _BARE_ADDRESS.search(text)
    if found is None:
        return None
    words = [word.lower() for word in _WORD.findall(without_identifiers(clean(text)))]
    if any(_ACCESS_PHRASE_WORD.fullmatch(word) is None for word in words):
        return CONFORMS
    page = case.page
    title = " ".join(page.title.split()).strip(" .") if page is not None else ""
    message = "the citation is only an address, without author or title"
    edits = (Respelling(0, 0, f"{title}. "),) if title else ()
    better = f"{title}. {text}" if title else "author or organisation, page title, access date, address"
    return SlipCheck((Slip("bare address", found.start(), found[0], message, better, edits),))


# The rules of printed form in their order, and what takes all of them together

RULES: tuple[StyleRule, ...] = (
    mixed_range_dashes,
    spacing,
    quotation_marks,
    et_al_form,
    accessed_wording,
    journal_abbreviation,
    title_case,
    bare_url,
)

_MIN_CITATIONS, _COMMON_SHARE = 5, 0.8
"""From so many citations on, and from this share of those that have the form at all, it is the list's own way."""

_MAX_ROUNDS = 4
"""What one form hides from another (a space after a quotation mark) shows in the next round; more are not needed."""


def merge_common(findings: Sequence[Finding], cases: Sequence[Case]) -> Iterator[Finding]:
    """The findings of a library; those of one theme that most of its list shares are reported at the first alone.

    A form that all of a list has is its style, not a slip.

    Args:
        findings: Those of one library, in the order of its entries.
        cases: The library's cases.
    """
    rules = {rule.code: rule for rule in RULES}
    citing: dict[tuple[str, str], set[str | None]] = {}
    for finding in findings:
        if finding.theme:
            citing.setdefault((finding.code, finding.theme), set()).add(finding.reference)
    common = {
        (code, theme): len(references)
        for (code, theme), references in citing.items()
        if len(references) >= max(_MIN_CITATIONS, _COMMON_SHARE * _concerned(rules[code], theme, cases))
    }
    merged: set[tuple[str, str]] = set()
    for finding in findings:
        key = (finding.code, finding.theme)
        if key not in common:
            yield finding
        elif key not in merged:
            merged.add(key)
            style = "; if the list follows another style, set `policy: style:`"
            yield replace(finding, message=f"{finding.message}; the same in {common[key]} citations of the list{style}")


def _concerned(rule: StyleRule, theme: str, cases: Sequence[Case]) -> int:
    """How many of the citations have the form that the theme is about, or could have had it.

    The citation is that of the library, else that of the monograph's own list.
    """
    number = 0
    for case in cases:
        entry = case.beside.entries.get(case.reference.id)
        text = case.reference.cited_as or (entry.text if entry is not None else "")
        check = rule.look(text, case) if text else None
        number += check is not None and check.concerns(theme)
    return number


def slips_of(text: str, case: Case) -> list[Slip]:
    """All slips of form in a printed citation."""
    return [slip for rule in RULES for slip in rule.slips(text, case)]


def is_style_fix_of(fixed: str, printed: str, case: Case, beside: Case) -> bool:
    """Whether a citation is another print of which slips of form were fixed, and of which nothing else was changed.

    Args:
        fixed: The citation that may have been fixed.
        printed: The citation from which it may have been made.
        case: The reference among the citations of its library.
        beside: The same reference among those beside which `printed` is printed.
    """
    fewer = len(slips_of(fixed, case)) < len(slips_of(printed, beside))
    return fewer and _without_slips(fixed, case) == _without_slips(printed, beside)


def _without_slips(text: str, case: Case) -> str:
    """What is left when all that the style prints otherwise is as it prints it."""
    for _ in range(_MAX_ROUNDS):
        taken: list[Respelling] = []
        for slip in slips_of(text, case):
            if not any(new.clashes(old) for new in slip.edits for old in taken):
                taken += (new for new in slip.edits if new not in taken)
        if not taken:
            break
        for edit in sorted(taken, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
    return text
