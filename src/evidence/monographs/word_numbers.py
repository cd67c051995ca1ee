"""The numbers that Word prints before paragraphs, and what styles say of headings and raised characters.

Office Open XML (ISO/IEC 29500-1) §17.9 numbering, §17.7 styles. A number is nowhere in the text: it is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from evidence.monographs.documents import Item

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DEEPEST = 9
_LONGEST_CHAIN = 30
_HEADING = re.compile(r"heading\s*([1-9])", re.IGNORECASE)
_ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ["m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"],
        strict=True,
    )
)


def value_of(element: Any, name: str) -> str:
    """An attribute of Word's own, empty when it is absent."""
    return str(element.get(f"{W}{name}") or "") if element is not None else ""


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


class Styles:
    """What styles, and the styles that they are based on, say."""

    def __init__(self, root: Any) -> None:
        elements = root.iterchildren(f"{W}style") if root is not None else ()
        self._styles = {value_of(style, "styleId"): style for style in elements}
        self._levels: dict[str, int] = {}
        self._raised: dict[str, bool] = {}

    def chain(self, name: str) -> Iterator[Any]:
        """The style and those it is based on, nearest first."""
        for _ in range(_LONGEST_CHAIN):
            style = self._styles.get(name)
            if style is None:
                return
            yield style
            name = value_of(style.find(f"{W}basedOn"), "val")

    def level_of(self, paragraph: Any) -> int:
        """A heading's level, 0 for what is none."""
        own = _number(value_of(paragraph.find(f"{W}pPr/{W}outlineLvl"), "val"))
        if own is not None:
            return own + 1 if own < _DEEPEST else 0
        name = value_of(paragraph.find(f"{W}pPr/{W}pStyle"), "val")
        if name not in self._levels:
            self._levels[name] = self._level(name)
        return self._levels[name]

    def _level(self, name: str) -> int:
        for style in self.chain(name):
            outline = _number(value_of(style.find(f"{W}pPr/{W}outlineLvl"), "val"))
            if outline is not None:
                return outline + 1 if outline < _DEEPEST else 0
            told = _HEADING.fullmatch(value_of(style.find(f"{W}name"), "val"))
            if told:
                return int(told[1])
        told = _HEADING.fullmatch(name)
        return int(told[1]) if told else 0

    def is_raised(self, run: Any) -> bool:
        """Whether a run is printed as superscript, by itself or by its style."""
        own = value_of(run.find(f"{W}rPr/{W}vertAlign"), "val")
        if own:
            return own == "superscript"
        name = value_of(run.find(f"{W}rPr/{W}rStyle"), "val")
        if name and name not in self._raised:
            found = (value_of(style.find(f"{W}rPr/{W}vertAlign"), "val") for style in self.chain(name))
            self._raised[name] = next((value for value in found if value), "") == "superscript"
        return self._raised.get(name, False)

    def is_hidden(self, run: Any) -> bool:
        """Whether a run's text does not show."""
        hidden = run.find(f"{W}rPr/{W}vanish")
        return hidden is not None and value_of(hidden, "val") not in {"0", "false", "off"}


@dataclass(slots=True)
class _Level:
    """One level of a list: where it starts, its kind of number, its text with %1 to %9 for numbers."""

    start: int = 1
    kind: str = "decimal"
    text: str = "%1."


@dataclass(slots=True)
class _List:
    levels: dict[int, _Level] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)

    def level(self, depth: int) -> _Level:
        return self.levels.get(depth) or _Level(text=f"%{depth + 1}.")


class Numbering:
    """Counts the paragraphs of each list as they come."""

    def __init__(self, root: Any) -> None:
        self._lists: dict[str, _List] = {}
        self._nums: dict[str, tuple[str, dict[int, int]]] = {}
        self._used: set[tuple[str, int]] = set()
        if root is None:
            return
        for abstract in root.iterchildren(f"{W}abstractNum"):
            levels = {
                _number(value_of(level, "ilvl")) or 0: _level(level) for level in abstract.iterchildren(f"{W}lvl")
            }
            self._lists[value_of(abstract, "abstractNumId")] = _List(levels)
        for num in root.iterchildren(f"{W}num"):
            starts = {
                _number(value_of(override, "ilvl")) or 0: _number(value_of(start, "val"))
                for override in num.iterchildren(f"{W}lvlOverride")
                if (start := override.find(f"{W}startOverride")) is not None
            }
            known = {depth: start for depth, start in starts.items() if start is not None}
            self._nums[value_of(num, "numId")] = (value_of(num.find(f"{W}abstractNumId"), "val"), known)

    def item_of(self, paragraph: Any, styles: Styles) -> Item | None:
        """The mark before this paragraph; to be asked once for each paragraph, in order."""
        number, depth = _listed(paragraph, styles)
        if number not in self._nums:
            return None
        abstract, starts = self._nums[number]
        found = self._lists.setdefault(abstract, _List())
        level = found.level(depth)
        first = starts.get(depth)
        if first is not None and (number, depth) not in self._used:
            found.counts[depth] = first
        elif depth in found.counts:
            found.counts[depth] += 1
        else:
            found.counts[depth] = level.start
        self._used.add((number, depth))
        for deeper in [inner for inner in found.counts if inner > depth]:
            del found.counts[deeper]
        if level.kind in {"bullet", "none"}:
            return Item(None, "\N{BULLET}") if level.kind == "bullet" else None
        count = found.counts[depth]
        return Item(count if "decimal" in level.kind.lower() else None, _label(found, level, depth))


def _level(element: Any) -> _Level:
    start = _number(value_of(element.find(f"{W}start"), "val"))
    kind = value_of(element.find(f"{W}numFmt"), "val") or "decimal"
    return _Level(1 if start is None else start, kind, value_of(element.find(f"{W}lvlText"), "val"))


def _listed(paragraph: Any, styles: Styles) -> tuple[str, int]:
    """The list of a paragraph and its depth in it, by itself or by its style."""
    own = paragraph.find(f"{W}pPr/{W}numPr")
    named = styles.chain(value_of(paragraph.find(f"{W}pPr/{W}pStyle"), "val"))
    inherited = (style.find(f"{W}pPr/{W}numPr") for style in named)
    number, depth = "", None
    for properties in (own, *inherited):
        if properties is not None:
            number = number or value_of(properties.find(f"{W}numId"), "val")
            given = _number(value_of(properties.find(f"{W}ilvl"), "val"))
            depth = given if depth is None else depth
    return number, min(depth or 0, _DEEPEST)


def _label(found: _List, level: _Level, depth: int) -> str:
    def shown(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        kind = level.kind if at == depth else found.level(at).kind
        return _formatted(found.counts.get(at, found.level(at).start), kind)

    return re.sub(r"%([1-9])", shown, level.text)


def _formatted(count: int, kind: str) -> str:
    if "Letter" in kind and 0 < count < 1000:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter if kind.startswith("lower") else letter.upper()
    if "Roman" in kind and 0 < count < 5000:
        roman = ""
        for value, letters in _ROMAN:
            roman += letters * (count // value)
            count %= value
        return roman if kind.startswith("lower") else roman.upper()
    return str(count)
