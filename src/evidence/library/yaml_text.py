"""Values written as YAML that every reader takes for the same text.

Other tools type what is not quoted (`012345` is a number to them, `no` false, `2025-08-14` a day), so
whatever looks typed is quoted; characters that do not show are spelled out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Value = str | Sequence["Value"] | Mapping[str, "Value"]
"""What is written for a field: text (Markdown already escaped where pandoc reads Markdown), lists, mappings."""

_WORDS = frozenset(["y", "yes", "n", "no", "true", "false", "on", "off", "null", "none", "~", "=", "<<"])
# YAML 1.1's and 1.2's numbers, sexagesimal ones too, and whatever begins like a date.
_TYPED = re.compile(
    r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_,]*(?::[0-9]+)*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?"
    r"|\.[0-9_]+(?:e[-+]?[0-9]+)?|\.(?:inf|nan))|[0-9]{4}-[0-9]{1,2}(?:-.*)?",
    re.IGNORECASE,
)
_INDICATOR_INSIDE = re.compile(r":(?:\s|$)|\s#")
_FLOW_INDICATOR = re.compile(r"[,\[\]{}:]")
_SHORT_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_ODD = re.compile(r'[\\"]|[^\x20-\x7e]')


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
        flow: Whether it stands inside brackets or braces.
        like: The quotes that stand there now (`'`, `"`, None for none), kept where they can be.
        before: The text that stands there now, when `like` is None: what looks typed stays unquoted
            where it was so before.
    """
    typed = looks_typed(text) and not (like is None and looks_typed(before))
    if like not in {'"', "'"} and not typed and is_plain(text, flow=flow):
        return text
    if like == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return double_quoted(text)


def double_quoted(text: str) -> str:
    """The text in double quotes, with what does not show spelled out."""
    return '"' + _ODD.sub(lambda match: _spelled(match[0]), text) + '"'


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


def _spelled(char: str) -> str:
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
