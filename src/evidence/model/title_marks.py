"""What publishers say of a work in its title: `RETRACTED: …`, `… [Withdrawn]`, `Retraction Note to: …`.

This is the only list of such marks: records are judged by it, and prints are compared with them by it. A mark of a
state (`STATES`) is no part of the title that it is set beside; that of a notice (`NOTICES`) is.

The forms are those of publishers in PubMed and Crossref, of Web of Science ("(Retracted article. See vol. 335, …)")
and SciELO ("[ARTIGO RETRATADO]: …"). Titles about retractions, about drugs that were withdrawn or tissue that
retracts have no mark: a mark is set off by brackets, a colon, a dash, a full stop or its capitals.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, lru_cache

from evidence.model.regex import regex


class TitleMark(Enum):
    """What a title says beside naming its work, the gravest first."""

    RETRACTED = auto()
    """The work is retracted."""
    WITHDRAWN = auto()
    """The work was withdrawn or removed, if only for a time, or its publisher calls it obsolete."""
    CONCERN = auto()
    """There is an expression of concern about the work; notices of a concern are titled in the same way."""
    RETRACTION_NOTICE = auto()
    """It is the notice that retracts a work."""
    WITHDRAWAL_NOTICE = auto()
    """It is the notice that a work was withdrawn or removed."""
    CONCERN_NOTICE = auto()
    """It is the notice of a concern."""
    OTHER_NOTICE = auto()
    """It is a notice of another kind about a work: that it was published twice, for one."""


STATES = frozenset({TitleMark.RETRACTED, TitleMark.WITHDRAWN, TitleMark.CONCERN})
"""Marks that say in which state the work itself is."""

NOTICES = frozenset(TitleMark) - STATES
"""Marks that say that the work is a notice about another."""


@dataclass(frozen=True, slots=True)
class MarkedTitle:
    """A title as read: its gravest mark, None without one, and the title without the marks of a state."""

    mark: TitleMark | None
    rest: str


@lru_cache(2048)
def read_title(title: str) -> MarkedTitle:
    """The marks of a title, plain text in any case, and what is left of it without them."""
    marks: list[TitleMark] = []
    rest = " ".join(title.split())
    if _STEM.search(rest) is None:
        return MarkedTitle(None, rest)
    while len(marks) < _MOST and (found := next(_state_marks(rest), None)) is not None:
        marks.append(found[0])
        rest = found[1]
    if (notice := next(_notice_marks(rest), None)) is not None:
        marks.append(notice)
    return MarkedTitle(min(marks, key=list(TitleMark).index, default=None), rest)


def without_marks(citation: str, marks: Collection[TitleMark]) -> str:
    """A citation, or the part of one beside its title, without the marks of these states between its sentences."""
    at = 0
    for _ in range(_MOST):
        found = next((words for words in _states_in(citation, at) if words.mark in marks), None)
        if found is None:
            break
        at = len(found.before) + 1
        if parts := _cut(found):
            at, citation = len(parts[0]), "".join(parts)
    return citation


# The words of the marks

_MOST = 20  # such words that are looked at in one text, which nobody can so make long to read
_WORK = (
    r"(?:(?:scientific|research|original|review|journal) )?"
    r"(?:article|paper|publication|manuscript|chapter|book|study|report|letter|review|abstract|preprint|work)"
)
_PERSON = r"(?:authors?|editors?|editorial office|publishers?|journals?)(?:['\u2019]s|s['\u2019])?"
_BY_WHOM = rf"(?: (?:by|at|on) (?:the )?{_PERSON}(?: request)?)?"
_IS = rf"(?:(?:this )?{_WORK}:? (?:has been |was |is )?)?"
_STATE_WORDS = {
    TitleMark.RETRACTED: (
        r"retraction published",
        rf"{_IS}retracted(?:[ -]{_WORK})?(?: (?:and|&) (?:republished|replaced))?{_BY_WHOM}",
        r"(?:art[i\u00ed]culo |artigo )?(?:retractad[oa]|retratad[oa]|despublicad[oa])",
        r"(?:article )?r[e\u00e9]tract[e\u00e9]e?",
        r"(?:art[i\u00ed]culo|artigo|articolo|article) (?:retirado|ritirato|retir[e\u00e9])",
        r"(?:articolo )?ritrattato|zur(?:\u00fc|ue)ckgezogen(?:er artikel)?|geri \u00e7ekil(?:di|mi\u015f(?:tir)?)",
        r"\u043e\u0442\u043e\u0437\u0432\u0430\u043d[\u0430\u043e]?",  # Russian: recalled, retracted
        r"\u0440\u0435\u0442\u0440\u0430\u0433\u0438\u0440\u043e\u0432\u0430\u043d[\u0430\u043e]?",
        r"\u5df2?\u64a4(?:\u7a3f|\u56de)(?:\u8ad6\u6587|\u8bba\u6587)?|\u53d6\u308a\u4e0b\u3052",  # Chinese, Japanese
        r"\ucca0\ud68c(?:\ub41c \ub17c\ubb38)?",  # Korean
    ),
    TitleMark.WITHDRAWN: (
        rf"{_IS}(?:temporarily |permanently )?(?:withdrawn|removed)(?:[ -]{_WORK})?(?: as (?:a )?duplicate)?{_BY_WHOM}",
        r"publisher (?:withdrawn|removed)",
        r"(?:temporary|permanent) (?:removal|withdrawal)",
        rf"obsolete(?:[ -]{_WORK})?",
    ),
    TitleMark.CONCERN: (
        rf"(?:{_PERSON} )?(?:editorial )?expression of (?:editorial )?concern",
        r"notice of violation of (?:ieee )?publication principles",
        r"expresi[o\u00f3]n de preocupaci[o\u00f3]n|express[a\u00e3]o de preocupa[c\u00e7][a\u00e3]o",
        r"expression de pr[e\u00e9]occupation",
    ),
}
# Words with which no other title begins, whatever comes after their "to", "of" or "for" …
_UNMISTAKABLE_NOTICES = {
    TitleMark.RETRACTION_NOTICE: (
        rf"(?:{_PERSON} )?(?:full |editorial )?retraction (?:note|notice|statement|announcement)",
        r"retraction of publication",
        r"(?:notice|statement|note|announcement) of (?:\w{1,20} )?retraction(?: and (?:replacement|republication))?",
    ),
    TitleMark.WITHDRAWAL_NOTICE: (
        rf"(?:{_PERSON} )?(?:temporary |article )?(?:withdrawal|removal) (?:note|notice|statement)",
    ),
    TitleMark.CONCERN_NOTICE: (r"(?:notice|statement) of (?:editorial |publisher )?concern",),
    TitleMark.OTHER_NOTICE: (
        r"notice of (?:(?:inadvertent )?(?:duplicate|redundant|dual) publication|plagiarism|correction|erratum)",
        r"partial retraction(?: note| notice)?",
    ),
}
# … and words that other titles begin with, too.
_AMBIGUOUS_NOTICES = {
    TitleMark.RETRACTION_NOTICE: (
        rf"(?:{_PERSON} )?(?:full |editorial |article )?retraction(?: and (?:replacement|republication))?",
        r"(?:nota de |aviso de )?(?:retrac(?:ta)?ci[o\u00f3]n|retrata[c\u00e7][a\u00e3]o)",
        r"(?:avis de )?r[e\u00e9]tractation",
        r"ritrattazione|retraktion|widerruf|\u64a4\u7a3f(?:\u58f0\u660e|\u901a\u77e5|\u542f\u4e8b)",
        r"\u0440\u0435\u0442\u0440\u0430\u043a\u0446\u0438\u044f",
    ),
    TitleMark.WITHDRAWAL_NOTICE: (
        rf"(?:{_PERSON} )?(?:article |manuscript )?withdrawal",
        r"(?:notice|statement) of (?:article )?(?:withdrawal|removal)",
    ),
    TitleMark.CONCERN_NOTICE: (rf"(?:{_PERSON} )?(?:editorial )?expression of (?:editorial )?concern",),
}


def _words(*tables: dict[TitleMark, tuple[str, ...]]) -> re.Pattern[str]:
    """Each mark's words as a group of its name, a table after the other where several give words to a mark."""
    groups = (
        f"(?P<{mark.name}{'_' * number}>{'|'.join(forms)})"
        for number, table in enumerate(tables)
        for mark, forms in table.items()
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(groups)})(?!\w)", re.IGNORECASE)


@cache
def _state_words() -> re.Pattern[str]:
    """The words of states; compiled with the first title that is read: 5 ms that other commands need not pay."""
    return _words(_STATE_WORDS)


@cache
def _notice_words() -> re.Pattern[str]:
    """The words of notices, as above."""
    return _words(_UNMISTAKABLE_NOTICES, _AMBIGUOUS_NOTICES)


# Each mark holds one of these: most titles hold none, which is found out in a tenth of the time.
_STEM = regex(
    r"r[e\u00e9]tra|retir|ritir|ritratt|despublic|zur(?:\u00fc|ue)ck|geri|\u043e\u0442\u043e\u0437|\u0440\u0435\u0442\u0440|\u64a4|\u53d6|\ucca0"
    r"|withdr|remov|obsol|conc|viol|preoc|pr[e\u00e9]oc|notice of|widerruf",
    re.IGNORECASE,
)

# How marks are set off

_OPENING, _CLOSING = "([{<\u3010\uff08", ")]}>\u3011\uff09"
_QUOTES = "\"'\u2018\u201a\u201c\u201e\u201f\u00ab*_"
_DASHES = "\u2013\u2014\u2015"
_COLON = "[:\uff1a\u2236|]"
_AFTER = regex(rf"\s*{_COLON}\s*|\s*\.(?=\s|$)\s*|\s+(?=[{_QUOTES}])|\s*$")
_SLASH_AFTER = regex(r"\s*/\s*")
_GOES_ON = regex(r"[a-z]{2,}(?![\w-])")  # a sentence, not a title that begins with "miR-21", "p53" or "n-3"
_BEGINS_SMALL = regex(r"(?:a|[a-z]{2,})(?![\w-])")
_STOP_AFTER = regex(r"\s*(?:[.,]?[\"'\u2019\u201d\u00bb]|\.(?=\s|$)|$)")
_DASH_AFTER = regex(rf"\s*(?:[{_DASHES}]|--)\s*|\s+-\s+")
_BEFORE = regex(rf"(?:{_COLON}\s*|[.?!]\s+|[{_DASHES}]\s*|--\s*|\s[-/]\s+)$")
_UNQUOTED = regex(rf"[{_QUOTES}\u201d\u2019\u00bb]+\s*(?:{_COLON}|[.{_DASHES}-])*\s*")
_NO_BRACKETS = rf"[^{re.escape(_OPENING + _CLOSING)}]*+"
_DETAIL = regex(
    rf"(?:\s*[.,;]|\s*[:{_DASHES}-]\s*(?:see|in|by|vol)\b|\s+(?:see|in|by|on|due|of(?=[^()]*\d)|\d))?"
    rf"(?P<detail>{_NO_BRACKETS}(?:\([^()]*+\){_NO_BRACKETS})*+)[{re.escape(_CLOSING)}]\s*(?:{_COLON}|[.{_DASHES}-])*\s*"
)
_THAT_WORK = regex(
    rf"\s+(?:to|of|for|on|in|from|regarding|concerning)\b\s*(?:[:\uff1a{_QUOTES}]"
    rf"|(?:the|this|our) (?:\w{{1,20}} )?{_WORK}\b|(?:[^\W\d_]+\.? ){{0,3}}et al\b)"
)
_ANY_WORK = regex(r"\s+(?:to|of|for|on|in|from|regarding|concerning|zu|\u00e0|a)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Words:
    """Words that may be a mark, between what comes before and after them in their title."""

    mark: TitleMark
    before: str
    words: str
    after: str
    is_ambiguous: bool

    @property
    def is_first(self) -> bool:
        return not _has_words(self.before)

    @property
    def is_last(self) -> bool:
        return not _has_words(self.after)

    @property
    def is_capital(self) -> bool:
        """Whether they are in capitals, and the rest of the title is not."""
        return self.words.isupper() and any(map(str.islower, self.before + self.after))

    @property
    def begins_capital(self) -> bool:
        return self.words[0].isupper()

    @property
    def is_distinct(self) -> bool:
        """Whether brackets or a full stop are enough to set them off: of words in small letters not "(removed)"."""
        return self.begins_capital or re.search("retracted|withdrawn", self.words) is not None


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


def _found(words: re.Pattern[str], title: str, start: int = 0) -> Iterator[_Words]:
    """All such words from `start` on, also those within others: "A case study: retracted" ends in two marks."""
    for _ in range(_MOST):
        found = words.search(title, start)
        if found is None:
            break
        start = found.start() + 1
        name = found.lastgroup or ""
        mark = TitleMark[name.rstrip("_")]
        yield _Words(mark, title[: found.start()], found[0], title[found.end() :], name.endswith("_"))


def _states_in(title: str, start: int = 0) -> Iterator[_Words]:
    """As `_found`, of the words of states."""
    return _found(_state_words(), title, start) if _STEM.search(title, start) else iter(())


def _closed(found: _Words) -> re.Match[str] | None:
    """The end of the brackets that these words are alone in, or with details: "(Retracted article. See vol. 335)"."""
    opening, closed = found.before.rstrip()[-1:], _DETAIL.match(found.after)
    if not opening or opening not in _OPENING or closed is None:
        return None
    other_words = _has_words(closed["detail"]) and closed.start("detail") == 0
    return None if other_words else closed  # "(retracted articles)", "(withdrawn from the market)"


# Marks of a state


def _state_marks(title: str) -> Iterator[tuple[TitleMark, str]]:
    """Each mark of a state, with the title without it."""
    for found in _states_in(title):
        for without in (_without_brackets, _without_beginning, _without_end, _without_capitals):
            rest = without(found)
            if rest is not None and (found.mark is not TitleMark.CONCERN or _has_words(rest)):
                yield (
                    found.mark,
                    re.sub(r"\s+(?=[.,:;?!])", "", " ".join(rest.split())).strip(" :|/-\u2013\u2014\u2015"),
                )
                break


def _without_brackets(found: _Words) -> str | None:
    """`[Retracted] A trial`, `A trial (RETRACTED ARTICLE. See vol. 335, 2016)`, `A trial [Retracted]: the results`."""
    if (closed := _closed(found)) is None:
        return None
    opening, before, after = found.before.rstrip()[-1:], found.before.rstrip()[:-1], found.after[closed.end() :]
    is_within = _has_words(before) and _has_words(after)
    if not _has_words(before + after):
        return None  # "[Retracted: A trial]"
    if is_within and not (found.is_capital or (opening == "[" and found.begins_capital)):
        return None
    if _has_words(before) and opening != "[" and not found.is_distinct:
        return None  # "a foreign body (removed)"
    return f"{before} {after}" if _has_words(before) else before + after


def _without_beginning(found: _Words) -> str | None:
    """`RETRACTED: A trial`, `Retracted - A trial`, `"Withdrawn" A trial`, `RETRACTED A trial`."""
    if not found.is_first:
        return None
    if after := _AFTER.match(found.after):
        rest = found.after[after.end() :]
        is_sentence = found.mark is TitleMark.WITHDRAWN and found.words.istitle() and _GOES_ON.match(rest)
        return None if is_sentence else found.before + rest  # "Obsolete: why old antibiotics still matter"
    if dash := _DASH_AFTER.match(found.after):
        rest = found.after[dash.end() :]
        return None if _GOES_ON.match(rest) and not found.is_capital else found.before + rest
    if found.before.strip() and (unquoted := _UNQUOTED.match(found.after)):
        return found.after[unquoted.end() :]
    following = _after_capitals(found)
    return None if following is None else found.before + following


def _after_capitals(found: _Words) -> str | None:
    """What follows a mark in capitals and nothing but a blank or a slash: `RETRACTED A trial`, `RETRACTED/A trial`."""
    after = _SLASH_AFTER.match(found.after)
    rest = found.after[after.end() :] if after else found.after.lstrip()
    is_set_off = found.is_capital and (after is not None or found.after[:1].isspace())
    return rest if is_set_off and not _GOES_ON.match(rest.lstrip(" [(")) else None


def _without_end(found: _Words) -> str | None:
    """`A trial: retracted`, `A trial - WITHDRAWN`, `A trial RETRACTED`."""
    if not found.is_last or found.is_first:
        return None
    before = _BEFORE.search(found.before)
    if before is not None and (found.mark is TitleMark.RETRACTED or found.begins_capital):
        return found.before[: before.start()] + ("." if found.before[before.start()] == "." else "")
    is_capital = found.is_capital and (found.before[-1:].isspace() or found.before.endswith("/"))
    return found.before if is_capital else None


def _without_capitals(found: _Words) -> str | None:
    """`A trial. RETRACTED ARTICLE. Second part`; other words than these are in capitals for other reasons, too."""
    after = _AFTER.match(found.after) or _DASH_AFTER.match(found.after)
    if found.mark is not TitleMark.RETRACTED or not found.is_capital or after is None:
        return None
    return f"{found.before} {found.after[after.end() :]}" if _BEFORE.search(found.before) else None


# Marks in a citation

_SENTENCE_ENDS = regex(rf"(?:^|[.?!:;)\]\"]|\b\d{{4}}[a-z]?[,.]?)\s{{0,3}}[\[({_QUOTES}]{{0,9}}$")


def _cut(found: _Words) -> tuple[str, str] | None:
    """What comes before and after the mark in a citation; None where these words are none."""
    if closed := _closed(found):
        opening, before = found.before.rstrip()[-1:], found.before.rstrip()[:-1]
        if opening not in "[{<\u3010" and not found.is_distinct:
            return None
        after = found.after[closed.end("detail") + 1 :]
        return (before, after.lstrip(" :.-")) if _SENTENCE_ENDS.search(before) else (before.rstrip(), after)
    is_distinct = found.begins_capital or found.mark is TitleMark.RETRACTED
    set_off = _BEFORE.search(found.before)
    if _STOP_AFTER.match(found.after) and set_off is not None and is_distinct:
        return found.before[: set_off.start()].rstrip(), found.after  # "A trial: retracted. Lancet"
    if _SENTENCE_ENDS.search(found.before) is not None and (is_distinct or found.after.startswith(":")):
        quoted = found.before.rstrip(_QUOTES)
        if quoted != found.before and (unquoted := _UNQUOTED.match(found.after)):
            return quoted, found.after[unquoted.end() :]
        if end := _AFTER.match(found.after) or _DASH_AFTER.match(found.after):
            return found.before, found.after[end.end() :]
        if (rest := _after_capitals(found)) is not None:
            return found.before, rest
    is_end = found.is_capital and _STOP_AFTER.match(found.after) is not None
    return (found.before.rstrip(" /"), found.after) if is_end else None


# Titles of notices


def _notice_marks(title: str) -> Iterator[TitleMark]:
    for found in _found(_notice_words(), title):
        if (found.is_first and _begins_notice(found)) or _ends_notice(found):
            yield found.mark


def _begins_notice(found: _Words) -> bool:
    """`Retraction Note to: A trial`, `Retraction: A trial`, `Retraction of the article "A trial"`, or nothing else."""
    if not found.is_ambiguous and (found.is_last or _ANY_WORK.match(found.after)):
        return True
    if found.is_last and found.mark is TitleMark.WITHDRAWAL_NOTICE:
        return False
    if after := _AFTER.match(found.after):
        rest = found.after[after.end() :]
        if found.words == "Withdrawal" and _BEGINS_SMALL.match(rest):
            return False  # "Withdrawal: a hidden risk"; the title that a notice repeats begins with a capital
        return found.after[:1] != "." or not _GOES_ON.match(rest)
    if dash := _DASH_AFTER.match(found.after):
        return not _GOES_ON.match(found.after[dash.end() :])
    if found.before.strip() and _UNQUOTED.match(found.after):
        return True
    return _closed(found) is not None or _THAT_WORK.match(found.after) is not None


def _ends_notice(found: _Words) -> bool:
    """`A trial: Retraction`, `A trial [Retraction]`, `A trial (Retraction of vol 335, 2016)`."""
    if (closed := _closed(found)) is not None:
        is_end = not _has_words(found.after[closed.end() :])
        return is_end and (found.begins_capital or found.before.rstrip()[-1:] == "[")
    is_end = found.is_last and found.begins_capital and _BEFORE.search(found.before) is not None
    return is_end and (not found.is_ambiguous or found.mark is not TitleMark.WITHDRAWAL_NOTICE)  # "Opioids: Withdrawal"
