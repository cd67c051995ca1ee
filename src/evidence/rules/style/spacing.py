"""STY002: spaces that are missing, doubled or before a comma; and those that a style leaves out of its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.matching.text import clean
from evidence.model.policy import HouseStyle, Severity
from evidence.model.rule import ANYTHING, Lookup, Subject
from evidence.rules.case import Case
from evidence.rules.style.form import STYLE_NAMES, Respelling, Slip, SlipCheck, around, style_rule, without_addresses

# After each of these a space is missing, in every style.
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
_SPACE_BEFORE = re.compile(r"(?<=[^\W\d_]) (?=[,.](?:\s|\Z)(?! ?\.))")
_NUMBERS = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?:\s[A-Z][a-z]{2,8}(?:\s\d{1,2})?)?(?P<tail>\s?;\s?\d{1,5}[A-Za-z]?(?:\s?\([^()]{1,16}\))?\s?:\s?[A-Za-z]{0,3}\d{1,6})"
)
_JOINT = re.compile(r"\s?([;:])\s?|\s(?=\()")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_SPACED = "spaced numbers"
_CLOSED = frozenset({HouseStyle.AMA, HouseStyle.NLM})


@style_rule("STY002", "spacing", Severity.WARNING, subject=Subject.CITATION, needs=Lookup.NONE, about=ANYTHING)
def spacing(text: str, case: Case) -> SlipCheck:
    """A space is missing, doubled, or stands before a comma.

    What it does:
        Reports a missing space behind "et al.", a sentence or a closing quotation mark, more than one
        space in a row, a space before a comma or full stop; in AMA and NLM also spaces inside
        `2013;65(2):529`. Addresses and DOIs are passed over.

    Why is this bad?
        Reference managers and readers take the words on both sides for one.

    Example:
        Smith JP, Stock H, et al.“Low-dose naltrexone therapy …

    Use instead:
        Smith JP, Stock H, et al. “Low-dose naltrexone therapy …

    References:
        NLM, Citing Medicine, chapter 1 (punctuation and spacing).
    """
    readable = without_addresses(text)
    article, style = case.bibliography, case.policy.style
    recorded = f"{article.title} {article.vernacular_title}" if article is not None else ""
    slips = (
        *_missing(text, readable, recorded),
        *_doubled(text, readable),
        *_before_punctuation(text, readable, recorded),
        *(_in_numbers(text, readable, style) if style in _CLOSED else ()),
    )
    numbered = _NUMBERS.search(readable) is not None
    return SlipCheck(slips, frozenset({_SPACED} if numbered and not any(slip.theme for slip in slips) else ()))


def _missing(text: str, readable: str, recorded: str) -> Iterator[Slip]:
    german = "\u201e" in readable  # whose closing marks look like English opening ones
    places = [
        found.end()
        for found in _MISSING.finditer(readable)
        if not (german and "\u201c" in readable[found.end() - 1 :][:2])
    ]
    for found in _STRAIGHT.finditer(readable):
        opens = not readable.count('"', 0, found.start()) % 2
        if opens is not found[0].endswith('"'):
            places.append(found.end())
    places = sorted(at for at in places if around(text, at, at) not in recorded)
    if places:
        printed = ", ".join(around(text, at, at) for at in places)
        where = " and ".join(f"behind {_last_word(text, at)}" for at in places[:3]) + (" …" if len(places) > 3 else "")
        better = ", ".join(around(text[:at] + " " + text[at:], at, at + 1) for at in places[:3])
        edits = tuple(Respelling(at, at, " ") for at in places)
        yield Slip("missing space", places[0], printed, f"no space {where}", better, edits)


def _last_word(text: str, at: int) -> str:
    return text[:at].rsplit(None, 1)[-1][-20:]


def _doubled(text: str, readable: str) -> Iterator[Slip]:
    found = list(_DOUBLED.finditer(readable))
    if found:
        edits = tuple(Respelling(spaces.start(), spaces.end(), " ") for spaces in found)
        more = f" ({len(found)} places)" if len(found) > 1 else ""
        printed = around(text, *found[0].span())
        message = f"more than one space behind {_last_word(text, found[0].start())}{more}"
        better = re.sub(" {2,}", " ", printed)
        yield Slip("doubled space", found[0].start(), printed, message, better, edits, severity=Severity.INFO)


def _before_punctuation(text: str, readable: str, recorded: str) -> Iterator[Slip]:
    spaces = _SPACE_BEFORE.finditer(readable)
    found = [space for space in spaces if f"{clean(_last_word(text, space.start()))} " not in recorded]
    if found:
        start, end = found[0].span()
        edits = tuple(Respelling(space.start(), space.end(), "") for space in found)
        what = "comma" if text[end] == "," else "full stop"
        message = f"a space before the {what} behind {_last_word(text, start)}"
        printed = around(text, start, end + 1)
        better = re.sub(r" (?=[,.](?: |$))", "", printed)
        yield Slip("space before", start, printed, message, better, edits)


def _in_numbers(text: str, readable: str, style: HouseStyle) -> Iterator[Slip]:
    found = _NUMBERS.search(readable)
    if found is None or not any(char.isspace() for char in _IN_BRACKETS.sub("", found["tail"])):
        return
    start, end = found.span("tail")
    printed = text[start:end]
    edits = tuple(
        Respelling(start + joint.start(), start + joint.end(), joint[1] or "")
        for joint in _JOINT.finditer(printed)
        if joint[0] != (joint[1] or "")
    )
    better = _JOINT.sub(r"\1", printed)
    message = f'{STYLE_NAMES[style]} prints "{better}" behind the year, without spaces'
    yield Slip("numbers", edits[0].start, printed, message, better, edits, _SPACED, Severity.INFO)
