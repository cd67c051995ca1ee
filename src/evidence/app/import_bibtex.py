"""What a BibTeX file would be with its strings and its parents written out, found out before pandoc does that.

The file is read once from its beginning to its end; what is no BibTeX is left to pandoc's own error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evidence.bibliography.expansion import CircleError, sizes
from evidence.library.files import SourceText
from evidence.model.regex import regex

LONGEST_STRING = 100_000
"""Characters of one value with all its strings written out."""

MOST_INHERITED = 10_000
"""Fields of one entry with those of all its parents."""

MOST_BACKTICKS = 2_000
"""LaTeX's opening quotation marks of one entry: pandoc's time for those of one text grows with their square."""

_BRACES_AND_BACKTICKS = regex(r"\\.|[{}`]", re.DOTALL)
_EXPANDS = regex(r"@\s{0,20}string\b|\b(?:crossref|xdata)\b", re.IGNORECASE)
_TOKEN = regex(
    r"@[ \t\r\n]*+(?P<kind>[A-Za-z]++)[ \t\r\n]*+[{(]|\\.|[{}\"(),=#]|(?P<word>[^\s\\{}\"(),=#@]++)", re.DOTALL
)
_PARENTS = frozenset({"crossref", "xdata"})
_KEY = regex(r"[^,\s]+")
_NO_ENTRY = frozenset({"comment", "preamble"})


def require_finite(source: SourceText) -> None:
    """Refuse a file that goes in a circle, that its strings or parents would make enormous, or all of backticks.

    Raises:
        FileError: with the line on which that begins.
    """
    _require_few_backticks(source)
    if _EXPANDS.search(source.text) is None:
        return
    found = _Scan(source.text)
    found.read()
    _require(source, found.strings, "@string", LONGEST_STRING, "characters")
    _require(source, found.entries, "crossref", MOST_INHERITED, "fields")
    strings = sizes(found.strings.own, found.strings.uses)
    for offset, used in found.used:
        if sum(strings.get(name, 0) for name in used) > LONGEST_STRING:
            what = f"a value has more than {LONGEST_STRING:,} characters after expanding its @strings"
            raise source.error(what, offset, "write a shorter value")


def _require_few_backticks(source: SourceText) -> None:
    if source.text.count("`") <= MOST_BACKTICKS:
        return
    depth = backticks = 0
    for sign in _BRACES_AND_BACKTICKS.finditer(source.text):
        if sign[0] == "`":
            backticks += 1
            if backticks > MOST_BACKTICKS:
                what = f"an entry has more than {MOST_BACKTICKS:,} backticks, LaTeX's opening quotation marks"
                raise source.error(what, sign.start(), "remove them")
        elif sign[0] == "{":
            depth += 1
        elif sign[0] == "}":
            depth -= 1
            if depth == 0:
                backticks = 0


@dataclass(slots=True)
class _Names:
    """Names by which others can be meant: where each is defined, its own size, and what it uses."""

    offsets: dict[str, int] = field(default_factory=dict)
    own: dict[str, int] = field(default_factory=dict)
    uses: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, offset: int, size: int, used: Sequence[str]) -> None:
        self.offsets.setdefault(name, offset)
        self.own[name] = self.own.get(name, 0) + size
        self.uses.setdefault(name, []).extend(used)


def _require(source: SourceText, names: _Names, what: str, most: int, unit: str) -> None:
    try:
        whole = sizes(names.own, names.uses)
    except CircleError as circle:
        message = f"circular {what}: {str(circle)[:200]}"
        raise source.error(message, names.offsets[circle.names[0]], "remove one of them") from None
    large: Mapping[str, int] = {name: size for name, size in whole.items() if size > most and names.uses[name]}
    if large:
        first = min(large, key=lambda name: names.offsets[name])
        message = f"{what} makes {first[:60]} longer than {most:,} {unit}"
        raise source.error(message, names.offsets[first], "write a shorter value")


class _Scan:
    """One reading of the text: entries, their fields, and within values text in braces or quotes."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.strings = _Names()
        self.entries = _Names()
        self.used: list[tuple[int, list[str]]] = []
        self._kind = ""
        self._key: str | None = None
        self._begin()

    def _begin(self) -> None:
        """A key, or a field, begins."""
        self._name: str | None = None
        self._offset = 0
        self._is_value = False
        self._size = 0
        self._macros: list[str] = []
        self._span: tuple[int, int] | None = None  # of the value's text

    def read(self) -> None:
        """Read all of it."""
        depth, end, is_quoted = 0, "}", False
        for token in _TOKEN.finditer(self._text):
            sign = token[0]
            if depth == 0:
                if token["kind"]:
                    self._kind, self._key = token["kind"].lower(), None
                    depth, end, is_quoted = 1, "}" if sign.endswith("{") else ")", False
                    self._begin()
                continue
            is_text = depth > 1 or is_quoted
            if sign.endswith("{") and sign != "\\{":
                depth += 1
            elif sign == (end if depth == 1 else "}"):
                depth -= 1
                if depth == 0:
                    self._end()
            elif sign == '"' and depth == 1 and self._is_value:
                is_quoted = not is_quoted
            elif is_text:
                self._take(token)
            elif sign == ",":
                self._end()
            elif sign == "=":
                self._is_value = True
            elif token["word"]:
                self._word(token)

    def _take(self, token: re.Match[str]) -> None:
        self._size += len(token[0]) + 1
        self._span = (self._span[0] if self._span else token.start(), token.end())

    def _word(self, token: re.Match[str]) -> None:
        """A word outside braces and quotes: a key, a field's name, a number, or a string's name."""
        if not self._is_value:
            self._name, self._offset = token[0], token.start()
        elif token[0].isdigit() or str(self._name).lower() in _PARENTS:
            self._take(token)
        else:
            self._macros.append(token[0].lower())

    def _end(self) -> None:
        """A key or a field ends."""
        name, macros = self._name, self._macros
        if name is None or self._kind in _NO_ENTRY:
            pass
        elif self._kind == "string" and self._is_value:
            name = name.lower()  # of its own name it means what that was before
            used = [macro for macro in macros if macro != name or name not in self.strings.own]
            self.strings.add(name, self._offset, self._size, used)
        elif self._key is None and not self._is_value:
            self._key = name
            self.entries.add(name, self._offset, 0, ())
        elif self._key is not None:
            parents = _KEY.findall(self._text, *self._span) if self._span and name.lower() in _PARENTS else ()
            self.entries.add(self._key, self._offset, 1, parents)
            if macros:
                self.used.append((self._offset, macros))
        self._begin()
