"""The Markdown inside CSL-YAML strings, both ways.

Pandoc reads every string of a YAML bibliography as Markdown, so `CYP2D6*4 and CYP2C19*2` loses its
asterisks there. What is read from a library is therefore unescaped here, and what is written into
one is escaped. Emphasis, sub- and superscript map to the tags that CSL-JSON uses (`<i>`, `<b>`,
`<sub>`, `<sup>`). Everything here is linear in the length of the text.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from evidence.model.regex import regex

_SPECIAL = regex(r"[\\`*_~^<&\[]")
_TOKEN = regex(
    r"""(?P<escape>\\[!-/:-@\[-`{-~\ ])
      | `(?P<code>[^`]+)`
      | \[(?P<text>[^\[\]]*)\](?:\([^()\s]*\)|\{[.\#][^{}]*\})   # a link, or a span such as {.nocase}
      | (?P<entity>&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)
      | <(?P<address>https?://[^\s<>]*)>
      | (?P<tag></?(?:i|b|u|sub|sup|span(?:\s[^<>]*)?)>)
      | (?P<run>\*{1,3}|_{1,3}|~~|~|\^)
      | (?P<space>[ \t\r\n]+)""",
    re.VERBOSE,
)
_TAG_OF_RUN = {
    "*": ("i",),
    "**": ("b",),
    "***": ("b", "i"),
    "_": ("i",),
    "__": ("b",),
    "___": ("b", "i"),
    "~": ("sub",),
    "^": ("sup",),
    "~~": (),
}
_ALLOWED_TAGS = frozenset({"i", "b", "sub", "sup"})
_RUN_OF_TAG = {"i": "*", "b": "**", "sub": "~", "sup": "^"}

# Quotation marks and free apostrophes (5' end) would be curled; that of "Crohn's" may be.
_ESCAPED = regex(
    r"[\\`*_~^$\[@\"]|<(?=[A-Za-z/!?])|&(?=[#A-Za-z0-9]+;)|\A>|(?<=-)-|(?<=\.\.)\.|(?<![^\W\d_])'|'(?![^\W\d_])"
)
_TAG = regex(r"<(/?)(i|b|sub|sup)>")
_TOUCHING = regex(r"</(i|b|sub|sup)><\1>")


def is_plain(markdown: str) -> bool:
    """Whether there is nothing in the text that Markdown could mean anything by."""
    return _SPECIAL.search(markdown) is None


def to_plain(markdown: str) -> str:
    """The text alone: escapes resolved, emphasis and other markup taken off."""
    return _render(markdown, tags=False)


def to_html(markdown: str) -> str:
    """The text with CSL-JSON's tags for italics, bold, sub- and superscript."""
    return _render(markdown, tags=True)


def unescape(markdown: str) -> str:
    """Only backslash escapes resolved; for identifiers and addresses, which hold no markup."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown) if "\\" in markdown else markdown


def escape(plain: str) -> str:
    """Plain text as Markdown that reads back as itself."""
    return _ESCAPED.sub(lambda match: "\\" + match[0], plain)


def from_html(rich: str) -> str:
    """CSL-JSON's rich text as Markdown; tags without their partner are dropped."""
    open_tags: list[str] = []
    raised = 0  # how many of them are sub- or superscript, where spaces are escaped
    out: list[str] = []
    at = 0
    rich = _TOUCHING.sub("", rich)
    for match in _TAG.finditer(rich):
        out.append(_escaped(rich[at : match.start()], spaces=raised > 0))
        at = match.end()
        closing, name = match.groups()
        if not closing:
            open_tags.append(name)
        elif open_tags and open_tags[-1] == name:
            open_tags.pop()
        else:
            continue
        raised += (-1 if closing else 1) * (name in {"sub", "sup"})
        out.append(_RUN_OF_TAG[name])
    out.append(_escaped(rich[at:], spaces=raised > 0))
    return "".join(out)


def _escaped(text: str, *, spaces: bool) -> str:
    escaped = escape(text)
    return escaped.replace(" ", "\\ ") if spaces else escaped


@dataclass(slots=True)
class _Opener:
    """A run of markers that may begin something, and its place in the output."""

    run: str
    position: int


@dataclass(slots=True)
class _Rendering:
    tags: bool
    out: list[str] = field(default_factory=list)
    openers: list[_Opener] = field(default_factory=list)
    last_space: int = -1

    def text(self, text: str) -> None:
        if text:
            self.out.append(text)

    def run(self, run: str, before: str, after: str) -> None:
        """Close what this run can close, then open with the rest, else leave it as it is."""
        alone = run[0] == "_"  # intraword underscores are not markup
        may_close = not before.isspace() and before != "" and not (alone and after.isalnum())
        may_open = not after.isspace() and after != "" and not (alone and before.isalnum())
        rest = run
        while may_close and rest and (opener := self._closable(rest)) is not None:
            self._close(opener)
            rest = rest[len(opener.run) :]
        if rest:
            if may_open:
                self.openers.append(_Opener(rest, len(self.out)))
            self.out.append(rest)

    def _closable(self, rest: str) -> _Opener | None:
        for opener in reversed(self.openers[-8:]):  # deeper nesting is not markup
            if opener.run[0] == rest[0] and (opener.run == rest or (rest[0] in "*_" and rest.startswith(opener.run))):
                spaced = opener.run in {"~", "^"} and opener.position < self.last_space
                empty = opener.position == len(self.out) - 1
                return None if spaced or empty else opener
        return None

    def _close(self, opener: _Opener) -> None:
        while self.openers.pop() is not opener:
            pass
        names = _TAG_OF_RUN[opener.run] if self.tags else ()
        self.out[opener.position] = "".join(f"<{name}>" for name in names)
        self.out.append("".join(f"</{name}>" for name in reversed(names)))


def _render(markdown: str, *, tags: bool) -> str:
    if is_plain(markdown):
        return markdown
    rendering = _Rendering(tags)
    at = 0
    for match in _TOKEN.finditer(markdown):
        rendering.text(markdown[at : match.start()])
        _take(rendering, match, markdown)
        at = match.end()
    rendering.text(markdown[at:])
    return "".join(rendering.out)


def _take(rendering: _Rendering, match: re.Match[str], markdown: str) -> None:
    token = match[0]
    match match.lastgroup:
        case "escape":
            rendering.text(token[1])
        case "code" | "address":
            rendering.text(token[1:-1])
        case "text":
            rendering.text(_render(match["text"], tags=rendering.tags))
        case "entity":
            rendering.text(html.unescape(token))
        case "tag":
            rendering.text(token if rendering.tags and token.strip("</>") in _ALLOWED_TAGS else "")
        case "space":
            rendering.last_space = len(rendering.out)
            rendering.text(token)
        case _:
            before = markdown[match.start() - 1 : match.start()]
            rendering.run(token, before, markdown[match.end() : match.end() + 1])
