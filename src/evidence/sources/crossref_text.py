"""Text as publishers deposit it with Crossref: JATS, HTML and MathML tags, entities escaped once or twice."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_TAG = re.compile(r"<(/?)\s*(?:[a-z]{2,8}:)?([a-zA-Z][a-zA-Z0-9-]*)(?:\s[^<>]*)?(/?)>")
# Twins of the same formula for other readers: their content would stand in the title twice.
_TWIN = re.compile(
    r"<((?:[a-z]{2,8}:)?(?:annotation|annotation-xml|tex-math))(?:\s[^<>]*)?>.*?</\1\s*>", re.DOTALL | re.IGNORECASE
)
_FORMULA = re.compile(r"<((?:[a-z]{2,8}:)?math)(?:\s[^<>]*)?>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_LAYOUT = re.compile(r"(?<=>)\s+|(?<!\s)\s++(?=<)")
_KEPT = {
    "i": "i",
    "em": "i",
    "italic": "i",
    "b": "b",
    "strong": "b",
    "bold": "b",
    "sub": "sub",
    "inf": "sub",
    "sup": "sup",
    "u": "u",
    "underline": "u",
}
_BREAKS = frozenset({"br", "break", "p", "sec", "title"})
# Anything else in angle brackets may be text: "<Lactobacillus>", "p<q and r>s".
_DROPPED = _BREAKS | frozenset(
    {
        "a",
        "abbrev",
        "alternatives",
        "disp-formula",
        "div",
        "ext-link",
        "fn",
        "font",
        "graphic",
        "inline-formula",
        "inline-graphic",
        "monospace",
        "named-content",
        "roman",
        "sans-serif",
        "sc",
        "scp",
        "small",
        "span",
        "strike",
        "styled-content",
        "text",
        "tt",
        "xref",
    }
    | {"math", "mi", "mn", "mo", "mtext", "mrow", "mstyle", "msub", "msup", "msubsup", "mfrac", "msqrt", "mspace"}
    | {"mfenced", "mover", "munder", "munderover", "mtable", "mtr", "mtd", "semantics", "mpadded", "merror", "mphantom"}
)


def plain(text: str) -> str:
    """The text without markup, entities decoded, white space single."""
    return _tidied("".join(piece for piece, is_tag in _pieces(text) if not is_tag))


def marked(text: str) -> str:
    """The text as HTML that knows only i, b, sub, sup and u; unbalanced tags are left out."""
    pieces = list(_pieces(text))
    if not _is_balanced([piece for piece, is_tag in pieces if is_tag]):
        return html.escape(plain(text), quote=False)
    return _tidied("".join(piece if is_tag else html.escape(piece, quote=False) for piece, is_tag in pieces))


def _tidied(text: str) -> str:
    return " ".join(text.split())


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Text, and the tags that are kept (True), in order."""
    # Some titles are escaped twice: `&amp;lt;i&amp;gt;` is markup all the same.
    text = html.unescape(html.unescape(text))
    text = _FORMULA.sub(lambda formula: _LAYOUT.sub("", _TWIN.sub("", formula[0])), _TWIN.sub("", text))
    at = 0
    for tag in _TAG.finditer(text):
        closing, name, empty = tag[1], tag[2].lower(), tag[3]
        if name not in _KEPT and name not in _DROPPED:
            continue
        yield text[at : tag.start()], False
        at = tag.end()
        if name in _BREAKS:
            yield " ", False
        elif name in _KEPT and not empty:
            yield f"<{closing}{_KEPT[name]}>", True
    yield text[at:], False


def _is_balanced(tags: list[str]) -> bool:
    opened: list[str] = []
    for tag in tags:
        if not tag.startswith("</"):
            opened.append(tag)
        elif not opened or opened.pop() != f"<{tag[2:]}":
            return False
    return not opened
