"""CSL-JSON's rich text: only `<i>`, `<b>`, `<sub>`, `<sup>` and their ends are markup, all else is literal."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping

_TAG = re.compile(r"</?(?:i|b|sub|sup)>")
_DROPPED = re.compile(r"</?u>")
_SCRIPT = re.compile(r"<(sub|sup)>([^<>]*)</\1>")
_HAS_A_CHARACTER = re.compile(r"[0-9+\-=()]*")
_UNSEEN = {
    # Overrides of the writing direction make one thing look like another; a bibliography has no use for them.
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)]),
    **dict.fromkeys(range(0xFDD0, 0xFDF0)),  # noncharacters, which are ours to use (`groups`)
    **dict.fromkeys([0x00AD, 0x200B, 0x2060, 0xFEFF]),  # soft hyphens and spaces without width
}


def rich_of_html(marked: str) -> str:
    """HTML that knows i, b, sub, sup and u, entities escaped, as rich text: entities resolved, `u` dropped."""
    return html.unescape(_DROPPED.sub("", marked))


def plain(rich: str) -> str:
    """Rich text without its markup."""
    return _TAG.sub("", rich) if "<" in rich else rich


def for_plain_text(rich: str) -> str:
    """Rich text with only those sub- and superscripts left that Unicode has characters for (`H<sub>2</sub>O`)."""
    if "<su" not in rich:
        return rich
    return _SCRIPT.sub(lambda match: match[0] if _HAS_A_CHARACTER.fullmatch(match[2]) else match[2], rich)


def without_stop(rich: str) -> str:
    """A title without the full stop that PubMed sets after it; styles set their own. An ellipsis stays."""
    return rich[:-1] if rich.endswith(".") and not rich.endswith("..") else rich


def clean(text: str) -> str:
    r"""The text on one line, without control characters, overrides of the writing direction and broken surrogates."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    shown = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text.translate(_UNSEEN))
    whole = shown.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(whole.split())


def cleaned(value: object) -> object:
    """The value with every text in it clean and whatever is empty left out; numbers and True, False stay."""
    match value:
        case str():
            return clean(value)
        case Mapping():
            kept = {clean(str(key)): cleaned(inner) for key, inner in value.items()}
            return {key: inner for key, inner in kept.items() if inner not in (None, "", [], {})}
        case list() | tuple():
            return [inner for inner in map(cleaned, value) if inner not in (None, "", [], {})]
    return value
