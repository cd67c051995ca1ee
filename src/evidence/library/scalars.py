"""How YAML spells values: written so that all readers agree on the text, and located in a file character by character.

libyaml reports where a scalar begins and ends, not where its characters are: quotes, escapes, folded lines and
indentation come between. They are read again here by libyaml's own rules (scanner.c: yaml_parser_scan_flow_scalar,
_scan_plain_scalar, _scan_block_scalar), and the result is used only if it is the value, letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from evidence.library.files import SourceText
from evidence.library.yaml import ScalarNode, is_control
from evidence.model.errors import Place
from evidence.model.regex import regex

Span = tuple[int, int]
"""First character and the one after the last, from 0."""

Value = str | Sequence["Value"] | Mapping[str, "Value"]
"""What is written for a field: text (Markdown already escaped where pandoc reads Markdown), lists, mappings."""

_Break = tuple[str, Span]
"""A line break as YAML reads it, and its place."""

_BREAK = regex("\r\n|[\r\n\x85\u2028\u2029]")
_BLANKS = " \t"
_BREAKS = "\r\n\x85\u2028\u2029"
_HEADER = regex(r"[|>](?:[1-9]?([+-])|([+-])[1-9])?[1-9]?[ \t]*(?:#[^\r\n\x85\u2028\u2029]*)?")
_ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    " ": " ",
    '"': '"',
    "/": "/",
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_CODES = {"x": 2, "u": 4, "U": 8}
_WORDS = frozenset(["y", "yes", "n", "no", "true", "false", "on", "off", "null", "none", "~", "=", "<<"])
# YAML 1.1's and 1.2's numbers, sexagesimal ones too, and whatever begins like a date.
_TYPED = regex(
    r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_,]*(?::[0-9]+)*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?"
    r"|\.[0-9_]+(?:e[-+]?[0-9]+)?|\.(?:inf|nan))|[0-9]{4}-[0-9]{1,2}(?:-.*)?",
    re.IGNORECASE,
)
_INDICATOR_INSIDE = regex(r":(?:\s|$)|\s#")
_FLOW_INDICATOR = regex(r"[,?\[\]{}:]")  # PyYAML itself, without libyaml, ends a plain text at a "?" here
_SHORT_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_ESCAPED = regex(r'[\\"]|[^\x20-\x7e]')

# Writing values


def is_plain(text: str, *, flow: bool) -> bool:
    """Whether the text reads back as itself without quotes; `flow` means inside brackets or braces."""
    return bool(
        text
        and (text[0].isalnum() or (text[0] == "(" and len(text) > 1))
        and text == text.strip()
        and text.isprintable()
        and not _INDICATOR_INSIDE.search(text)
        and not (flow and _FLOW_INDICATOR.search(text))
    )


def looks_typed(text: str) -> bool:
    """Whether a reader that types values takes the unquoted text for a number, a date or yes or no; or may."""
    return len(text) == 1 or text.lower() in _WORDS or bool(_TYPED.fullmatch(text))


def scalar(text: str, *, flow: bool = False, like: str | None = "unlike", before: str = "") -> str:
    """The text as one YAML scalar on one line.

    Args:
        text: What it is to read back as.
        flow: Whether it is inside brackets or braces.
        like: The quotes that are there now (`'`, `"`, None for none), kept where they can be.
        before: The text that is there now, when `like` is None: what looks typed stays unquoted
            where it was so before.
    """
    typed = looks_typed(text) and not (like is None and looks_typed(before))
    if like not in {'"', "'"} and not typed and is_plain(text, flow=flow):
        return text
    if like == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return double_quoted(text)


def double_quoted(text: str) -> str:
    """The text in double quotes, with invisible characters as escapes."""
    return '"' + _ESCAPED.sub(lambda match: _escaped(match[0]), text) + '"'


def _escaped(char: str) -> str:
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def flow_text(value: Value, *, json_like: bool = False) -> str:
    """A value on one line, lists in brackets and mappings in braces; `json_like` quotes every text."""
    if isinstance(value, str):
        return double_quoted(value) if json_like else scalar(value, flow=True)
    if isinstance(value, Mapping):
        pairs = ((flow_text(key, json_like=json_like), inner) for key, inner in value.items())
        return "{" + ", ".join(f"{key}: {flow_text(inner, json_like=json_like)}" for key, inner in pairs) + "}"
    return "[" + ", ".join(flow_text(inner, json_like=json_like) for inner in value) + "]"


def block_lines(value: Sequence[Value] | Mapping[str, Value]) -> list[str]:
    """A list with an item a line, or a mapping with a field a line, without indentation."""
    if isinstance(value, Mapping):
        return [f"{key}: {_in_line(inner)}" for key, inner in value.items()]
    return [f"- {_in_line(inner)}" for inner in value]


def field_lines(key: str, value: Value) -> list[str]:
    """A field of an entry in block style: its own line and, for a list, those of its items."""
    if isinstance(value, str | Mapping):
        return [f"{key}: {_in_line(value)}"]
    return [f"{key}:", *("  " + line for line in block_lines(value))]


def _in_line(value: Value) -> str:
    return scalar(value) if isinstance(value, str) else flow_text(value)


# Reading: where each character of a value is in the file


@dataclass(frozen=True, eq=False)
class Written:
    """A text of the library as it was read, and its scalar; without slots, to work its places out once.

    Of the value, `text` lacks line ends after it and control characters.
    """

    source: SourceText
    node: ScalarNode
    text: str

    def place(self, offset: int) -> Place:
        """Where a character of the text is in the file; where the value begins, when that is not certain."""
        spans = self.spans
        if not spans:
            return self.source.place(self.node.start)
        return self.source.place(spans[offset][0] if offset < len(spans) else spans[-1][1])

    @cached_property
    def spans(self) -> list[Span] | None:
        """The characters of the file for each of the text's; None when they are not certain."""
        spans, value = spelling(self.source.text, self.node), self.node.value
        if spans is None or value.startswith(self.text):
            return spans and spans[: len(self.text)]
        # Control characters were left out; they are not part of the text either way.
        printed = [span for char, span in zip(value, spans, strict=True) if not is_control(char)][: len(self.text)]
        return printed if len(printed) == len(self.text) else None


def spelling(text: str, node: ScalarNode) -> list[Span] | None:
    """The span in `text` of every character of the scalar's value, ascending and apart.

    A folded line end is one character (a space, or a line break) for the break and the indentation of the
    next line. None for an alias, and for what is not certain.
    """
    if node.shared.startswith("*"):
        return None
    if node.style in {"|", ">"}:
        candidates = _blocks(text, node)
    else:
        quoted = node.style in {"'", '"'}
        spelled = _flow(text, node.start + quoted, node.end - quoted, node.style)
        candidates = iter([spelled] if spelled is not None else [])
    return next((candidate.spans for candidate in candidates if "".join(candidate.chars) == node.value), None)


@dataclass(slots=True)
class _Spelled:
    """What has been read: the value's characters and the span of each in the file."""

    chars: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    def add(self, char: str, start: int, end: int) -> None:
        self.chars.append(char)
        self.spans.append((start, end))

    def extend(self, breaks: list[_Break]) -> None:
        for char, span in breaks:
            self.add(char, *span)


def _flow(text: str, at: int, end: int, style: str | None) -> _Spelled | None:
    """The characters between the quotes, or of a plain text; None where it is none."""
    spelled = _Spelled()
    while at < end:
        char = text[at]
        if char in _BLANKS or char in _BREAKS:
            at = _folded(text, at, end, spelled, escaped=False)
        elif style == "'" and char == "'":
            spelled.add("'", at, at + 2)
            at += 2
        elif style == '"' and char == "\\":
            after = _escape(text, at, spelled)
            if after is None:
                return None
            at = _folded(text, after, end, spelled, escaped=True) if text[at + 1] in _BREAKS else after
        else:
            spelled.add(char, at, at + 1)
            at += 1
    return spelled if at == end else None


def _escape(text: str, at: int, spelled: _Spelled) -> int | None:
    """Read one escape, and return the place after it; an escaped line end has no character."""
    kind = text[at + 1 : at + 2]
    if kind in _ESCAPES:
        spelled.add(_ESCAPES[kind], at, at + 2)
        return at + 2
    if kind in _CODES:
        after = at + 2 + _CODES[kind]
        try:
            spelled.add(chr(int(text[at + 2 : after], 16)), at, after)
        except (ValueError, OverflowError):
            return None
        return after
    found = _BREAK.match(text, at + 1)
    return found.end() if found else None


def _folded(text: str, at: int, end: int, spelled: _Spelled, *, escaped: bool) -> int:
    """Blanks and line ends, as they are folded; `escaped` when an escaped line end comes before them."""
    start = at
    blanks: list[int] = []
    breaks: list[tuple[str, Span]] = []
    while at < end and (text[at] in _BLANKS or text[at] in _BREAKS):
        found = _BREAK.match(text, at)
        if found:
            breaks.append((_as_read(found[0]), found.span()))
            at = found.end()
        else:
            if not breaks and not escaped:
                blanks.append(at)
            at += 1
    if not breaks and not escaped:
        for place in blanks:
            spelled.add(text[place], place, place + 1)
        return at
    first = [] if escaped or not breaks or breaks[0][0] != "\n" else breaks[:1]
    rest = breaks[len(first) :]
    if first and not rest:
        spelled.add(" ", start, at)
    for number, (char, (left, right)) in enumerate(rest):
        spelled.add(char, start if number == 0 else left, at if number == len(rest) - 1 else right)
    return at


def _as_read(line_end: str) -> str:
    return line_end if line_end in {"\u2028", "\u2029"} else "\n"


def _blocks(text: str, node: ScalarNode) -> Iterator[_Spelled]:
    """A literal or folded text, read with every indentation that it can have: only the value shows its own."""
    header = _HEADER.match(text, node.start)
    if header is None:
        return
    chomping = header[1] or header[2] or ""
    first = _BREAK.match(text, header.end())
    begin = first.end() if first else header.end()
    reader = _Block(text, begin, node.end, chomping, folded=node.style == ">")
    lines = [line for line in _BREAK.split(text[begin : node.end]) if line.strip(" ")]
    indents = [len(line) - len(line.lstrip(" ")) for line in lines] or [0]
    yield reader.read(indents[0])
    yield from (reader.read(indent) for indent in range(min(indents), -1, -1) if indent != indents[0])


class _Block:
    """Reads the lines of a literal or folded text."""

    def __init__(self, text: str, begin: int, end: int, chomping: str, *, folded: bool) -> None:
        self._text, self._begin, self._end = text, begin, end
        self._chomping = chomping
        self._folds = folded

    def read(self, indent: int) -> _Spelled:
        """The text, if its lines are indented by so much."""
        text, spelled = self._text, _Spelled()
        leading: _Break | None = None
        blank_before = False
        trailing, line, at = self._empty_lines(self._begin, indent)
        while at < self._end and at - line == indent:
            blank = text[at] in _BLANKS
            if leading is not None:
                folds = self._folds and leading[0] == "\n" and not blank_before and not blank
                self._join(spelled, leading, trailing, at if folds else None)
            spelled.extend(trailing)
            blank_before = blank
            while at < self._end and text[at] not in _BREAKS:
                spelled.add(text[at], at, at + 1)
                at += 1
            found = _BREAK.match(text, at) if at < self._end else None
            leading = (_as_read(found[0]), found.span()) if found else None
            trailing, line, at = self._empty_lines(found.end() if found else at, indent)
        if self._chomping != "-" and leading is not None:
            spelled.add(leading[0], *leading[1])
        if self._chomping == "+":
            spelled.extend(trailing)
        return spelled

    @staticmethod
    def _join(spelled: _Spelled, leading: _Break, trailing: list[_Break], folded_at: int | None) -> None:
        """The line end between two lines of text: itself, or folded into a space or into the empty lines after it."""
        if folded_at is None:
            spelled.add(leading[0], *leading[1])
        elif not trailing:
            spelled.add(" ", leading[1][0], folded_at)
        else:
            char, (_, end) = trailing[0]
            trailing[0] = (char, (leading[1][0], end))

    def _empty_lines(self, at: int, indent: int) -> tuple[list[_Break], int, int]:
        """The breaks of empty lines, where the next line begins, and the place after its indentation."""
        breaks: list[_Break] = []
        while True:
            start = at
            while at < self._end and at - start < indent and self._text[at] == " ":
                at += 1
            found = _BREAK.match(self._text, at) if at < self._end else None
            if found is None:
                return breaks, start, at
            breaks.append((_as_read(found[0]), (start, found.end())))
            at = found.end()
