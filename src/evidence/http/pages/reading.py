"""What a page's bytes say of it: its title, as clean text. Pure, bounded, and never trusting a charset label.

Later readers of a page (its main text, its resemblance to an error page) stand beside these and
take the same `PageAnswer`.
"""

from __future__ import annotations

import codecs
import html
import re
import unicodedata

from evidence.http.pages.seen import KILOBYTE, PageAnswer

_SEARCHED = 128 * KILOBYTE
_LONGEST_TITLE = 300
_META = re.compile(rb"""charset\s*+=\s*+["']?\s*+([a-z0-9_:.-]{1,40})""")
_HEADER = re.compile(r"""charset\s*+=\s*+["']?\s*+([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAFE_CODECS = ("utf-8", "cp", "iso8859", "koi8", "gb", "big5", "euc", "shift_jis", "iso2022_jp", "mac", "ascii", "tis")
_HIDDEN = frozenset({"Cc", "Cs", "Co", "Cn"})
_JOINERS = "\u200c\u200d"  # of Persian and Indic spelling
_MARKUP = frozenset({"text/html", "application/xhtml+xml", ""})


def content_type(sight: PageAnswer) -> str:
    """The media type without parameters, in lower case; empty when none was sent."""
    return clean(sight.headers.get("content-type", "").partition(";")[0], 100).lower()


def title(sight: PageAnswer) -> str:
    """The text of the page's first `<title>`, at most 300 characters; empty when it has none."""
    if not is_markup(sight):
        return ""
    head = sight.body[:_SEARCHED]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head.decode("utf-16", "replace").encode("utf-8")
        return _title(head, "utf-8")
    return _title(head, charset(sight))


def is_markup(sight: PageAnswer) -> bool:
    """Whether the page is HTML, or does not say what it is."""
    return content_type(sight) in _MARKUP


def text(sight: PageAnswer) -> str:
    """The whole body as text; what cannot be decoded becomes U+FFFD."""
    return sight.body.decode(charset(sight), "replace")


def charset(sight: PageAnswer) -> str:
    """Python's name of the page's encoding: by byte order mark, header, `<meta>`, else UTF-8 or Windows-1252.

    The order is the WHATWG's (https://html.spec.whatwg.org/#determining-the-character-encoding).
    """
    mark = next((name for bom, name in _BOMS if sight.body.startswith(bom)), None)
    if mark is not None:
        return mark
    header = _HEADER.search(sight.headers.get("content-type", ""))
    meta = _META.search(sight.body[: 2 * KILOBYTE].lower())
    labels = (header.group(1) if header else "", meta.group(1).decode("ascii") if meta else "")
    return next((name for label in labels if (name := _codec(label))), "") or _guessed(sight.body)


def clean(text: str, longest: int) -> str:
    """Text from outside on one line: no control or formatting characters, white space folded, cut at `longest`."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(" " if c.isspace() else c for c in text if not _is_hidden(c))
    folded = " ".join(text.split())
    return folded if len(folded) <= longest else folded[: longest - 1].rstrip() + "…"


def _title(head: bytes, encoding: str) -> str:
    lowered = head.lower()
    start = lowered.find(b"<title")
    opened = lowered.find(b">", start)
    body = lowered.find(b"<body")
    if start < 0 or opened < 0 or 0 <= body < start:
        return ""
    end = lowered.find(b"</title", opened)
    inside = head[opened + 1 : min(end if end >= 0 else len(head), opened + 1 + 4 * KILOBYTE)]
    return clean(_TAG.sub("", html.unescape(inside.decode(encoding, "replace"))), _LONGEST_TITLE)


def _codec(label: str) -> str:
    """Python's codec for a charset label; the WHATWG reads Latin-1 and ASCII as Windows-1252."""
    try:
        name = codecs.lookup(label).name if label else ""
    except LookupError:
        return ""
    if name in {"iso8859-1", "ascii"}:
        return "cp1252"
    return name if name.startswith(_SAFE_CODECS) else ""


def _guessed(body: bytes) -> str:
    try:
        # A character may be cut at the end of what we kept: leave the decoder open.
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _is_hidden(character: str) -> bool:
    kind = unicodedata.category(character)
    if kind == "Cf":
        return character not in _JOINERS
    return kind in _HIDDEN and not character.isspace()
