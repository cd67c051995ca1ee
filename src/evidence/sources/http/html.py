"""What a page's bytes say of it: its title, its main text, its own name, where it sends readers on, its anchors.

Pure, bounded, and never trusting a charset label.
"""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from evidence.model.regex import regex
from evidence.sources.http.visit import KILOBYTE, PageAnswer

_SEARCHED = 128 * KILOBYTE
_LONGEST_TITLE = 300
_META = regex(rb"""charset\s*+=\s*+["']?\s*+([a-z0-9_:.-]{1,40})""")
_HEADER = regex(r"""charset\s*+=\s*+["']?\s*+([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
_TITLE_TAG = regex(r"<[^<>]*>")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAFE_CODECS = ("utf-8", "cp", "iso8859", "koi8", "gb", "big5", "euc", "shift_jis", "iso2022_jp", "mac", "ascii", "tis")
_HIDDEN = frozenset({"Cc", "Cs", "Co", "Cn"})
_JOINERS = "\u200c\u200d"  # of Persian and Indic spelling
_MARKUP = frozenset({"text/html", "application/xhtml+xml", ""})


def content_type(answer: PageAnswer) -> str:
    """The media type without parameters, in lower case; empty when none was sent."""
    return clean(answer.headers.get("content-type", "").partition(";")[0], 100).lower()


def title(answer: PageAnswer) -> str:
    """The text of the page's first `<title>`, at most 300 characters; empty when it has none."""
    if not is_markup(answer):
        return ""
    head = answer.body[:_SEARCHED]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head.decode("utf-16", "replace").encode("utf-8")
        return _title(head, "utf-8")
    return _title(head, charset(answer))


def is_markup(answer: PageAnswer) -> bool:
    """Whether the page is HTML, or does not say what it is."""
    return content_type(answer) in _MARKUP


def text(answer: PageAnswer) -> str:
    """The body as text; what cannot be decoded becomes U+FFFD."""
    return answer.body.decode(charset(answer), "replace")


def charset(answer: PageAnswer) -> str:
    """Python's name of the page's encoding: by byte order mark, header, `<meta>`, else UTF-8 or Windows-1252.

    The order is the WHATWG's (https://html.spec.whatwg.org/#determining-the-character-encoding).
    """
    mark = next((name for bom, name in _BOMS if answer.body.startswith(bom)), None)
    if mark is not None:
        return mark
    header = _HEADER.search(answer.headers.get("content-type", ""))
    meta = _META.search(answer.body[: 2 * KILOBYTE].lower())
    labels = (header.group(1) if header else "", meta.group(1).decode("ascii") if meta else "")
    return next((name for label in labels if (name := _codec(label))), "") or _guessed(answer.body)


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
    return clean(_TITLE_TAG.sub("", html.unescape(inside.decode(encoding, "replace"))), _LONGEST_TITLE)


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
        # A character may be cut at the end of what we took: leave the decoder open.
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _is_hidden(character: str) -> bool:
    kind = unicodedata.category(character)
    if kind == "Cf":
        return character not in _JOINERS
    return kind in _HIDDEN and not character.isspace()


# Markup.

REFRESH_WITHIN = 5.0
"""Seconds: who sends readers on later than that lets them read first."""

_UNSEEN = frozenset(
    {"title", "script", "style", "noscript", "template", "svg", "select", "button"}
    | {"iframe", "textarea", "object", "video", "audio", "canvas"}
)
_FRAME = frozenset({"nav", "header", "footer", "aside", "dialog"})
_PARTS = regex(rf"<(/?)({'|'.join(sorted(_UNSEEN | _FRAME | {'main'}))})(?=[\s/>])[^<>]*>")
_TAG = regex(r"<[^<>]*>")
_ENTITY = regex(r"&#?[a-z0-9]{1,31};")
_META_REFRESH = regex(r"<meta\s[^<>]*http-equiv\s*+=\s*+[\"']?\s*+refresh[^<>]*>")
_CONTENT = regex(r"content\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]*))", re.IGNORECASE)
_SENDS_ON = regex(r"\s*([0-9]{0,4}(?:\.[0-9]{0,3})?)\s*[;,]?\s*(?:url\s*=)?\s*[\"']?([^\"']*)", re.IGNORECASE)
_LINK = regex(r"<link\s[^<>]*>")
_HREF = regex(r"href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]*))", re.IGNORECASE)
_ASCII_SPACES = " \n\t\r\f\v\x1c\x1d\x1e\x1f"  # what `str.split` splits at
_MIN_MAIN_LETTERS = 300  # letters in <main>; with fewer, the page is filled in elsewhere


@dataclass(frozen=True, slots=True)
class Markup:
    """What a page says.

    `main` is its main text in lower case, without menus, headers, footers and asides, with a line end wherever a tag
    stood; `visible` is the number of characters, white space not counted, that a reader sees of all of the page.
    `refresh` is the address, as written, to which it sends readers on within five seconds; `canonical` the one that it
    gives as its own. `scripted` is True when scripts may add what is not in the body.
    """

    main: str = ""
    visible: int = 0
    scripted: bool = False
    refresh: str | None = None
    canonical: str | None = None


def read_markup(answer: PageAnswer) -> Markup:
    """What the body says; nothing for a body that is not HTML. Pure."""
    if not is_markup(answer):
        return Markup()
    written = text(answer)
    lowered = written.lower()
    if len(lowered) != len(written):
        written = lowered  # a letter grew (U+0130): places no longer agree
    main, visible = _texts(_without_comments(lowered))
    return Markup(main, visible, "<script" in lowered, _refresh(written, lowered), _canonical(written, lowered))


def has_anchor(answer: PageAnswer, fragment: str) -> bool:
    """Whether an element of the page has this fragment as its id or name (HTML standard, 7.4.6.3).

    GitHub's `user-content-` counts too; `top` is always there.
    """
    names = {fragment, unquote(fragment)}
    if "top" in {name.lower() for name in names} or not all(names):
        return True
    wanted = {prefix + form for name in names for form in (name, html.escape(name)) for prefix in ("", "user-content-")}
    any_of = "|".join(re.escape(name) for name in sorted(wanted))
    pattern = rf"[\s\"'/](?:[iI][dD]|[nN][aA][mM][eE])\s*=\s*(?:\"(?:{any_of})\"|'(?:{any_of})'|(?:{any_of})(?=[\s/>]))"
    return re.search(pattern, text(answer)) is not None


def _texts(lowered: str) -> tuple[str, int]:
    """The main text, and how much is visible in all."""
    main, body, frame = _parted(lowered)
    texts = ["".join(part) for part in (main, body, frame)]
    plain = [_plain(part) if part else "" for part in texts]
    letters = [_letters(part) for part in plain]
    if letters[0] >= _MIN_MAIN_LETTERS:
        return plain[0], sum(letters)
    if letters[0] + letters[1] == 0:
        return plain[2], sum(letters)
    return "\n".join(plain[:2]), sum(letters)


def _letters(text: str) -> int:
    """How many characters are not white space; by counting white space, which is many times faster than splitting."""
    if text.isascii():
        return len(text) - sum(map(text.count, _ASCII_SPACES))
    return len("".join(text.split()))


def _plain(markup: str) -> str:
    return _ENTITY.sub(" ", _TAG.sub("\n", markup.replace("\n", " ").replace("\r", " ")))


def _parted(lowered: str) -> tuple[list[str], list[str], list[str]]:
    """The markup inside `<main>`, outside it, and of the frame around it; invisible parts are left out."""
    parts: tuple[list[str], list[str], list[str]] = ([], [], [])
    hidden, framed, in_main, start = "", 0, 0, 0
    for match in _PARTS.finditer(lowered):
        closing, name = match[1] == "/", match[2]
        if hidden and not (closing and name == hidden):
            continue
        if not hidden:
            parts[2 if framed else 0 if in_main else 1].append(lowered[start : match.start()] + "\n")
        start = match.end()
        step = -1 if closing else 1
        if name in _UNSEEN:
            hidden = "" if closing else name
        elif name == "main":
            in_main = max(0, in_main + step)
        else:
            framed = max(0, framed + step)
    if not hidden:
        parts[2 if framed else 0 if in_main else 1].append(lowered[start:])
    return parts


def _without_comments(lowered: str) -> str:
    first, *rest = lowered.split("<!--")
    return first + " ".join(part.partition("-->")[2] for part in rest)


def _refresh(written: str, lowered: str) -> str | None:
    if "http-equiv" not in lowered or "refresh" not in lowered:
        return None
    match = _META_REFRESH.search(lowered)
    if match is None or lowered.rfind("<noscript", 0, match.start()) > lowered.rfind("</noscript", 0, match.start()):
        return None
    content = _CONTENT.search(written[match.start() : match.end()])
    sends_on = _SENDS_ON.match(html.unescape(_value(content))) if content else None
    if sends_on is None or not sends_on[2].strip():
        return None
    seconds = float(sends_on[1]) if sends_on[1].strip(".") else 0.0
    return sends_on[2].strip() if seconds <= REFRESH_WITHIN else None


def _canonical(written: str, lowered: str) -> str | None:
    if "canonical" not in lowered:
        return None
    tags = (match for match in _LINK.finditer(lowered) if "canonical" in match[0])
    hrefs = (_HREF.search(written[tag.start() : tag.end()]) for tag in tags)
    return next((html.unescape(_value(href)).strip() for href in hrefs if href), None)


def _value(match: re.Match[str]) -> str:
    return match[1] or match[2] or match[3] or ""
