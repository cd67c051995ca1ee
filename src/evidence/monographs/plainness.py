"""A text without what hides identifiers from patterns, every character's place in the original kept."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

from evidence.monographs.passages import Passage

_ODD = re.compile(r"&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|[^\x00-\x7f]")
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")


@dataclass(frozen=True, slots=True)
class Plain:
    """`text` is for patterns; `passage.offset` leads from it back to the original."""

    passage: Passage

    @property
    def text(self) -> str:
        """The plain text."""
        return self.passage.text


def plain(text: str) -> Plain:
    """Entities resolved, characters without width (soft hyphens, joiners, marks of direction) left out.

    Hyphens and full-width letters are written in ASCII: nobody can see the difference in an identifier.
    """
    if not _ODD.search(text):
        return Plain(Passage.at(text, 0))
    pieces: list[str] = []
    anchors: list[tuple[int, int]] = []
    length = at = 0
    for match in _ODD.finditer(text):
        seen = _seen(match[0])
        if seen == match[0]:
            continue
        for piece, place in ((text[at : match.start()], at), (seen, match.start())):
            if piece:
                pieces.append(piece)
                anchors.append((length, place))
                length += len(piece)
        at = match.end()
    pieces.append(text[at:])
    anchors.append((length, at))
    return Plain(Passage("".join(pieces), tuple(anchors)))


def _seen(found: str) -> str:
    if found.startswith("&"):
        return html.unescape(found)
    if unicodedata.category(found) == "Cf":
        return ""
    if found in _DASHES:
        return _DASHES[found]
    return unicodedata.normalize("NFKC", found) if "\uff01" <= found <= "\uff5e" else found
