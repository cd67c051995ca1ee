"""One entry of a printed reference list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.monographs.documents import Hyperlink
from evidence.monographs.lines import Line
from evidence.monographs.passages import Passage, Span, joined
from evidence.monographs.recognising import Recognised, recognise
from evidence.monographs.splitting import Start

_ADDRESS_GOES_ON = re.compile(r"(?<!\S)(?>\S*?(?:https?://|www\.|10\.\d{4,9}/))\S*[/_=?&%#.-]$")
_WORD_GOES_ON = re.compile(r"[^\W\d_]-$|\d[-\u2013]$")


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry as printed. `position` counts from 1; `number` is the one printed before it, None without one.

    `passage` is the printed text, verbatim but for line ends, which became spaces; the number is no part of it, but
    `label` ("1.", "[1]"). `blocks` are the first paragraph and the one behind the last.
    """

    position: int
    number: int | None
    label: str
    passage: Passage
    links: tuple[Hyperlink, ...]
    blocks: Span

    @property
    def text(self) -> str:
        """The printed text."""
        return self.passage.text

    @property
    def recognised(self) -> Recognised:
        """The identifiers and the date of access that it prints."""
        return recognise(self.text, self.links)


def entry_of(position: int, group: tuple[Start | None, Sequence[Line]]) -> ListedEntry:
    """The entry that these lines make."""
    start, lines = group
    skipped = start.length if start else 0
    pieces: list[tuple[str, Passage]] = []
    links: list[Hyperlink] = []
    length = 0
    for line in lines:
        passage = line.passage.part(skipped, len(line.text)).stripped() if skipped else line.passage
        shift = len(line.text[skipped:]) - len(line.text[skipped:].lstrip()) + skipped
        separator = _separator(pieces[-1][1].text, passage.text) if pieces else ""
        length += len(separator)
        for link in line.links:
            first, behind = (max(0, place - shift) + length for place in link.span)
            links.append(Hyperlink((first, behind), link.address))
        pieces.append((separator, passage))
        length += len(passage.text)
        skipped = 0
    number, label = (start.number, start.label) if start else (None, "")
    blocks = (lines[0].block, lines[-1].block + 1)
    return ListedEntry(position, number, label, joined(pieces), tuple(links), blocks)


def _separator(before: str, after: str) -> str:
    """What stands between two lines of a text that was wrapped: nothing within a word or an address, else a space."""
    last = before[before.rfind(" ") + 1 :][-300:]
    if _WORD_GOES_ON.search(last):
        return ""
    if _ADDRESS_GOES_ON.search(last) and (last[-1] != "." or after[:1].islower() or after[:1].isdigit()):
        return "" if not after.lower().startswith(("accessed", "pmid", "doi", "http")) else " "
    return " "
