"""Finding a monograph's reference list and taking it apart.

A heading is looked for first; without one, the longest numbered list or run of paragraphs that look like references is
taken. Nothing else of the text becomes an entry: what follows the list (disclaimers, menus) does not look like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.monographs.documents import Document
from evidence.monographs.entries import ListedEntry, entry_of
from evidence.monographs.likeness import is_like
from evidence.monographs.lines import Line, lines_of
from evidence.monographs.splitting import Start, numbered_chain, split, start_of

_HEADING = re.compile(
    r"(?:(?:\d{1,2}|[IVX]{1,4})(?:\.\d{1,2})*[.)]?\s+)?[*_]{0,2}(?:(?:selected|key|cited|full|list\s+of|further|additional|general)\s+)?"
    r"(?:references?(?:\s+(?:list|cited|and\s+notes|section))?|bibliograph(?:y|ie|ía)|works\s+cited|literature(?:\s+cited|\s+references)?"
    r"|sources?(?:\s+cited)?|citations?|reading|literatur(?:verzeichnis)?|quellen(?:verzeichnis)?|r[ée]f[ée]rences(?:\s+bibliographiques)?"
    r"|referencias(?:\s+bibliogr[áa]ficas)?|bibliografia|riferimenti(?:\s+bibliografici)?|refer[êe]ncias(?:\s+bibliogr[áa]ficas)?|endnotes|notes)"
    r"\s*+[*_]{0,2}+\s*+:?\s*+[*_]{0,2}\Z",
    re.IGNORECASE,
)
_BACK_MATTER = re.compile(
    r"(?:\d{1,2}[.)]?\s+)?(?:appendi(?:x|ces)\b|acknowledge?ments?\b|supplement(?:ary|al)?\b|figure\s+legends?\b|figures?\Z|tables?\Z|disclaimer\b"
    r"|conflicts?\s+of\s+interest|funding\b|author\s+contributions|abbreviations\b|about\s+|revision\s+history|explore\s+more|related\s+)",
    re.IGNORECASE,
)
_LONGEST_HEADING = 60
_LIKE_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class ReferenceList:
    """The list as printed. `span` are offsets in the document's source, from the first entry to the last.

    `heading` is its title as printed, None where it has none; `blocks` the numbers of the paragraphs it takes.
    """

    entries: tuple[ListedEntry, ...]
    span: tuple[int, int]
    blocks: tuple[int, int]
    heading: str | None = None

    def by_number(self) -> dict[int, ListedEntry]:
        """The entries by their numbers; those without one by position. The first of a number that is given twice."""
        return {entry.number or entry.position: entry for entry in reversed(self.entries)}

    def proper(self) -> tuple[ListedEntry, ...]:
        """The entries without what stands around those that look like entries: a title, a remark."""
        alike = [entry.position for entry in self.entries if entry.number is not None or is_like(entry.text)]
        return tuple(entry for entry in self.entries if alike and alike[0] <= entry.position <= alike[-1])


def find_references(document: Document, *, may_be_all: bool = False) -> ReferenceList | None:
    """The document's reference list, None when there is none.

    Args:
        document: A monograph.
        may_be_all: The document may be nothing but such a list, in which a paragraph that looks like no reference is an
            entry all the same.
    """
    lines = lines_of(document)
    headings = [at for at, line in enumerate(lines) if _is_heading(line)]
    found = [taken for at in headings if (taken := _under(document, lines, at)) is not None]
    if not found:
        found = [
            taken for taken in (_chain(document, lines), _run(document, lines), _notes(lines)) if taken is not None
        ]
    best = max(found, key=lambda one: (_likely(one.entries), one.span[0]), default=None)
    if best is not None and may_be_all and not headings:
        whole = _all(document, lines)
        return whole if whole is not None and _likely(whole.entries) >= _likely(best.entries) else best
    return best


def is_list_heading(text: str) -> bool:
    """Whether these words stand above reference lists: References, Works cited, Literatur."""
    return len(text) <= _LONGEST_HEADING and _HEADING.match(text) is not None


def _is_heading(line: Line) -> bool:
    """A line of its own that says so, with or without blank lines around it."""
    return not line.note and (line.opens or line.text[:1].isupper()) and is_list_heading(line.text)


def _likely(entries: Sequence[ListedEntry]) -> int:
    return sum(is_like(entry.text) for entry in entries)


def _under(document: Document, lines: Sequence[Line], heading: int) -> ReferenceList | None:
    """The list under a heading, if what follows looks like one."""
    end = heading + 1
    while end < len(lines) and not _ends_list(lines[end]):
        end += 1
    region = lines[heading + 1 : end]
    entries = [entry_of(number, group) for number, group in enumerate(split(region, document.form), 1)]
    while entries and not is_like(entries[-1].text) and entries[-1].number is None:
        entries.pop()
    if not entries or _likely(entries) < _LIKE_ENOUGH * len(entries):
        return None
    return _made(entries, lines[heading].text)


def _ends_list(line: Line) -> bool:
    if _is_heading(line) or (line.level and not start_of(line)):
        return True
    short = line.opens and len(line.text) <= _LONGEST_HEADING
    return short and _BACK_MATTER.match(line.text) is not None and not is_like(line.text)


def _chain(document: Document, lines: Sequence[Line]) -> ReferenceList | None:
    """The numbered list, anywhere, whose texts look like references; the longest, and of equals the last."""
    best: ReferenceList | None = None
    at = 0
    while at < len(lines):
        start = start_of(lines[at])
        if start is None or start.number is None or lines[at].note:
            at += 1
            continue
        groups, behind = numbered_chain(lines, at, document.form)
        entries = [entry_of(number, group) for number, group in enumerate(groups, 1)]
        if _likely(entries) >= max(1, _LIKE_ENOUGH * len(entries)) and (
            best is None or len(entries) >= len(best.entries)
        ):
            best = _made(entries, None)
        at = max(behind, at + 1)
    return best


def _run(document: Document, lines: Sequence[Line]) -> ReferenceList | None:
    """The longest run of paragraphs (or bulleted lines) that look like references."""
    best: list[list[tuple[Start | None, list[Line]]]] = [[]]
    run: list[tuple[Start | None, list[Line]]] = []
    for paragraph in _paragraphs(lines):
        groups = list(split(paragraph, document.form))
        if groups and all(is_like(entry_of(1, group).text) for group in groups) and not paragraph[0].level:
            run += groups
            continue
        best.append(run)
        run = []
    longest = max([*best, run], key=len)
    if len(longest) < (1 if len(lines) == sum(len(group) for _, group in longest) else 2):
        return None
    return _made([entry_of(number, group) for number, group in enumerate(longest, 1)], None)


def _all(document: Document, lines: Sequence[Line]) -> ReferenceList | None:
    """Everything, if most of it looks like references."""
    listed = [line for line in lines if not line.level]
    entries = [entry_of(number, group) for number, group in enumerate(split(listed, document.form), 1)]
    return _made(entries, None) if entries and _likely(entries) > _LIKE_ENOUGH * len(entries) else None


def _notes(lines: Sequence[Line]) -> ReferenceList | None:
    """Foot- and endnotes that hold references."""
    groups: list[tuple[Start | None, list[Line]]] = []
    for line in lines:
        if line.note and line.item is not None and line.opens:
            groups.append((start_of(line), [line]))
        elif line.note and groups:
            groups[-1][1].append(line)
    entries = [entry_of(number, group) for number, group in enumerate(groups, 1)]
    return _made(entries, None) if entries and _likely(entries) >= _LIKE_ENOUGH * len(entries) else None


def _paragraphs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    held: list[Line] = []
    for line in lines:
        if held and (line.opens or line.block != held[-1].block):
            yield held
            held = []
        held.append(line)
    if held:
        yield held


def _made(entries: Sequence[ListedEntry], heading: str | None) -> ReferenceList:
    span = (entries[0].passage.span[0], entries[-1].passage.span[1])
    blocks = (entries[0].blocks[0], entries[-1].blocks[1])
    return ReferenceList(tuple(entries), span, blocks, heading)
