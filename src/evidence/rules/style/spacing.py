"""STY002: spaces that are missing, doubled or before a comma; and those that a style leaves out of its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.matching.text import clean
from evidence.model.policy import HouseStyle, Severity
from evidence.model.rule import ANYTHING, Lookup, Subject
from evidence.rules.case import Case
from evidence.rules.style.form import STYLE_NAMES, Respelling, Slip, SlipCheck, around, style_rule, without_addresses

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
    message = f'{STYLE_NAMES[style]} prints "{better}" behind the year, without spaces'
    yield Slip("numbers", at, printed, message, better, edits, _SPACED, Severity.INFO)


_JOINTS_ONLY = re.compile(r"\([^()]*\)")


def _closed(printed: str, start: int) -> Iterator[Respelling]:
    for joint in _JOINT.finditer(printed):
        sign = joint[1] or ""
        if joint[0] != sign:
            yield Respelling(start + joint.start(), start + joint.end(), sign)
