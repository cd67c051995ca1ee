r"""Text from outside made harmless before it reaches a terminal or a file.

Titles, messages of servers and cited text may hold anything: escape sequences that move the cursor
or set the window's title, overrides of the writing direction that make one thing look like another,
characters that do not show at all. They are written as escapes, `\x1b` or `\u202e`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import unicodedata

from evidence.model.regex import regex

# Letters and marks to Unicode, but nothing to the eye: the combining grapheme joiner and fillers.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_UNUSUAL = regex(r"[^\x20-\x7e\n]")
_FORMULAS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_PLAIN = str.maketrans(
    {
        "\N{HYPHEN}": "-",
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{MINUS SIGN}": "-",
        "\N{BOX DRAWINGS LIGHT HORIZONTAL}": "-",
        "\N{MIDDLE DOT}": "|",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    }
)


def one_line(text: str) -> str:
    r"""The text on one line: white space folded to single spaces, the unseen spelled out (`\x1b`, `\u202e`)."""
    folded = " ".join(text.split())
    if folded.isprintable() and _BLANKS.isdisjoint(folded):
        return folded
    return "".join(char if _is_visible(char) else _escaped(char) for char in folded)


def shell_command(*words: str) -> str:
    """The `evidence` command with these words, quoted so that a reader can paste it into a shell."""
    if os.name == "nt":  # quotes that both cmd.exe and PowerShell take
        from subprocess import list2cmdline  # noqa: PLC0415 - slow to import, and wanted there only

        return list2cmdline(["evidence", *words])
    return shlex.join(["evidence", *words])


def relative_path(path: str | os.PathLike[str], folder: str | os.PathLike[str]) -> str:
    """The path from this folder; the full one where no way leads there, which is so for two drives of Windows."""
    try:
        return os.path.relpath(path, folder)
    except ValueError:
        return os.path.abspath(path)  # noqa: PTH100 - as `relpath`, which follows no link


def json_safe(text: str) -> str:
    r"""JSON text with the unseen spelled out; a string's `\u` escapes mean the same to a reader (RFC 8259, 7)."""
    return _UNUSUAL.sub(_json_escaped, text)


def canonical_json(value: object) -> str:
    """JSON in the one form that is hashed: keys sorted, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_sha256(value: object) -> str:
    """SHA-256 of a JSON value in its canonical form."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def formula_safe(text: str) -> str:
    """A cell of CSV that no spreadsheet takes for a formula (OWASP, CSV injection): an apostrophe goes before it."""
    return f"'{text}" if text[:1] in _FORMULAS else text


def plain_ascii(text: str) -> str:
    """The text for terminals that know no Unicode: accents dropped, punctuation replaced, the rest escaped."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return bare.encode("ascii", "backslashreplace").decode("ascii")


def _is_visible(char: str) -> bool:
    return char.isprintable() and char not in _BLANKS


def _escaped(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _json_escaped(match: re.Match[str]) -> str:
    char = match[0]
    if _is_visible(char) or unicodedata.category(char) == "Zs":
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def quantity(number: int, noun: str, plural: str = "s") -> str:
    """`1 reference`, `2 references`; `plural` is what the noun takes for more than one."""
    return f"{number} {noun}{'' if number == 1 else plural}"
