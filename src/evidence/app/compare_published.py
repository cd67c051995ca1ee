"""A published reference list compared with what would be printed now: what drifted, per field and word by word.

The list is read from its file, its entries are paired with the references, and each pair is compared as words, of
which some stayed, some went and some came. The fields that changed words belong to are found with the help of the
reference's CSL item.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

from rapidfuzz.distance import LCSseq

from evidence.bibliography.csl import AS_PRINTED, NOT_VERIFIED, plain
from evidence.bibliography.render import bibliography, in_print_order
from evidence.bibliography.styles import Style
from evidence.documents.document import Document, DocumentFormat, Passage
from evidence.documents.identify import find_accessed, recognise
from evidence.documents.identify import plain as plain_text
from evidence.documents.pairs import PairingText, likeness, pair
from evidence.documents.reader import read_document
from evidence.documents.reflist import ListedEntry, required_references
from evidence.matching.text import fold
from evidence.model import identifiers
from evidence.model.errors import RenderError
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.regex import regex
from evidence.model.text import one_line
from evidence.model.urls import Malformed

DIFFERENT_WORK = 40.0
"""Likeness (0-100) below which an entry that carries a reference's identifier looks like another work."""

_NUMBER = regex(r"[\[(]?\d{1,6}[\])]?\.?\s+")
_HAS_A_CHARACTER = regex(r"[0-9+\-=()]+")


@dataclass(frozen=True, slots=True)
class PrintedReference:
    """A reference as it would be printed now: its id, its text without markup or number, its CSL item."""

    id: str
    text: str
    item: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FieldDrift:
    """A field (a CSL variable, `text` or `punctuation`): what was printed, what would be now; either may be empty."""

    field: str
    was: str
    now: str


class WordFate(StrEnum):
    """What became of words."""

    STAYED = "stayed"
    WENT = "went"
    CAME = "came"


@dataclass(frozen=True, slots=True)
class WordChange:
    """A run of words of one fate, as printed (what stayed: as it was printed)."""

    fate: WordFate
    text: str


@dataclass(frozen=True, slots=True)
class Drift:
    """How one printed entry differs from the reference as it would be printed now.

    `printed` counts the entry's place in the printed list from 1, `number` is the one printed before it. `fields` are
    those that differ, `words` the entire text as runs of words that stayed, went and came. `likeness` is 0 to 100.
    """

    reference: str
    printed: int
    number: int | None
    fields: tuple[FieldDrift, ...]
    words: tuple[WordChange, ...]
    likeness: float

    @property
    def looks_like_another_work(self) -> bool:
        """Whether little but the identifier is the reference's."""
        return self.likeness < DIFFERENT_WORK


@dataclass(frozen=True, slots=True)
class ListComparison:
    """A printed list against the references.

    `unmatched` are printed entries that are none of the references, `unprinted` the ids of references that are not in
    the print, `again` (place, id) of entries whose reference is printed before them, `moved` the ids that are at
    another place among the others.
    """

    drifts: tuple[Drift, ...]
    same: tuple[str, ...]
    unmatched: tuple[ListedEntry, ...]
    unprinted: tuple[str, ...]
    again: tuple[tuple[int, str], ...]
    moved: tuple[str, ...]

    @property
    def drifted(self) -> bool:
        """Whether the print is not what would be printed now."""
        return bool(self.drifts or self.unmatched or self.unprinted or self.again or self.moved)


def printed_references(
    items: Sequence[Mapping[str, Any]], style: Style, pandoc: Path, *, keep_order: bool = False
) -> list[PrintedReference]:
    """Each item with its text in this style, without the number that the style may set before it.

    They come in the order given where the style has none of its own, or `keep_order` asks for it.

    Raises:
        RenderError: pandoc failed, or a style prints several lines for one reference.
    """
    printed = bibliography(items, style, "text", pandoc, keep_order=keep_order).decode().splitlines()
    if len(printed) != len(items):
        raise RenderError(
            f"the style prints {len(printed)} lines for {len(items)} references", fix="choose another style"
        )
    items = items if keep_order else in_print_order(items, style, pandoc)
    # A style numbers all of its entries or none: a title that begins with a number is not a list.
    numbers = [int(re.sub(r"\D", "", found[0])) if (found := _NUMBER.match(line)) else 0 for line in printed]
    numbered = numbers == list(range(1, len(printed) + 1))
    texts = (_NUMBER.sub("", line, count=1) if numbered else line for line in printed)
    return [PrintedReference(str(item["id"]), text, item) for item, text in zip(items, texts, strict=True)]


def compare_printed(path: Path, references: Sequence[PrintedReference]) -> ListComparison:
    """Compare the reference list of a monograph, or a file that is nothing but such a list, with the references.

    Args:
        path: Markdown, DOCX, text, HTML or PDF.
        references: In the order in which they would be printed now.

    Raises:
        FileError: the file cannot be read, or no reference list is found in it.
    """
    document = read_document(path)
    found = required_references(document)
    if document.form is DocumentFormat.PDF:
        raised = None
    else:  # digits and signs; of a run with letters none, which a text without markup cannot raise
        raised = frozenset(
            block.passage.offset(at)
            for block in document.blocks
            for span in block.raised
            if _HAS_A_CHARACTER.fullmatch(block.text, *span)
            for at in range(*span)
        )
    return compare_entries(found.entries, _as_published(references, document), raised)


def _as_published(references: Sequence[PrintedReference], document: Document) -> Sequence[PrintedReference]:
    """The references without our remark on what was not verified, unless the document has it too."""
    remarks = [f" [{remark}.]" for remark in (AS_PRINTED, NOT_VERIFIED) if f"[{remark}.]" not in document.source.text]
    for remark in remarks:
        references = [replace(reference, text=reference.text.replace(remark, "")) for reference in references]
    return references


def compare_entries(
    entries: Sequence[ListedEntry],
    references: Sequence[PrintedReference],
    raised: Collection[int] | None = frozenset(),
) -> ListComparison:
    """Match printed entries with references, by identifier first and by likeness of text else, and find the drift.

    Args:
        entries: What was printed.
        references: What would be printed now.
        raised: The offsets in the source of digits that are printed as superscript; None where the print says
            nothing of scripts, so that 10<sup>5</sup> cannot be distinguished from 105.
    """
    printed = [PairingText(entry.text, entry.recognised.identifiers) for entry in entries]
    paired = pair(printed, [PairingText(reference.text, _identifiers(reference)) for reference in references])
    drifts, same = [], []
    for match in paired.pairs:
        reference = references[match.wanted]
        drift = _entry_drift(entries[match.printed], reference, raised)
        if drift is None:
            same.append(reference.id)
        else:
            drifts.append(drift)
    # Those at another place among the references that both lists hold.
    order = [match.wanted for match in paired.pairs]
    steps = LCSseq.opcodes(order, sorted(order))
    in_place = {at for op in steps if op.tag == "equal" for at in range(op.src_start, op.src_end)}
    return ListComparison(
        tuple(drifts),
        tuple(same),
        tuple(entries[number] for number in paired.unmatched),
        tuple(references[number].id for number in paired.unprinted),
        tuple((match.printed + 1, references[match.wanted].id) for match in paired.again),
        tuple(references[number].id for at, number in enumerate(order) if at not in in_place),
    )


def _identifiers(reference: PrintedReference) -> tuple[Identifier, ...]:
    """The identifiers of a reference: its item's fields, and what its text prints."""
    item = reference.item
    custom = item.get("custom")
    texts = {kind: item.get(name) for kind, name in identifiers.FIELD_OF.items()}
    texts |= {
        kind: custom.get(str(kind)) if isinstance(custom, Mapping) else None for kind in (IdKind.SETID, IdKind.NCT)
    }
    found: dict[Identifier, None] = {}
    for kind, text in texts.items():
        carried = identifiers.from_url(text) if kind is IdKind.URL and isinstance(text, str) else None
        parsed = carried or (identifiers.parse(kind, text) if isinstance(text, str) and text else None)
        if parsed is not None and not isinstance(parsed, Malformed):
            found[parsed] = None
    return tuple(dict.fromkeys((*found, *recognise(reference.text).identifiers)))


def _entry_drift(entry: ListedEntry, reference: PrintedReference, raised: Collection[int] | None) -> Drift | None:
    """How an entry differs from its reference as it would be printed now; None when it does not.

    `raised` is as in `compare_entries`.
    """
    if raised is None:  # all characters on the line, as they are got from a print that says nothing of scripts
        was, now = (_words(text.translate(_LOWERED)) for text in (entry.text, reference.text))
    else:  # raised digits and signs as characters of their own, as a text without markup has them
        passage = entry.passage
        text = "".join(
            _RAISED.get(char, char) if passage.offset(at) in raised else char for at, char in enumerate(passage.text)
        )
        was, now = _words(text), _words(reference.text)
    steps = _aligned(was, now)
    if all(step.stayed for step in steps):
        return None
    changes: list[WordChange] = []
    for step in steps:
        before, after = was[step.was_first : step.was_end], now[step.now_first : step.now_end]
        if before:
            fate = WordFate.STAYED if step.stayed else WordFate.WENT
            changes.append(WordChange(fate, entry.text[before[0].first : before[-1].end]))
        if after and not step.stayed:
            changes.append(WordChange(WordFate.CAME, reference.text[after[0].first : after[-1].end]))
    fields = _differing_fields(was, now, steps, reference.item)
    alike = likeness(entry.text, reference.text)
    return Drift(reference.id, entry.position, entry.number, fields, tuple(changes), alike)


# Printed texts as words, and which of them stayed, went or came.

_WORD = regex(r"[^\W_]+(?:[-'][^\W_]+)*|\S")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad"), "-")
_SINGLE = dict.fromkeys(map(ord, "`\u00b4\u2018\u2019\u201a\u201b\u2032\u02bc"), "'")
_DOUBLE = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"), '"')
_PLAIN = _DASHES | _SINGLE | _DOUBLE
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
# What no reader can distinguish, and indices, which change no number. An exponent does: 10\u2075 is not 105.
_ALIKE = _LIGATURES | {0x00B5: "\u03bc"} | {0x2080 + at: char for at, char in enumerate("0123456789+-=()")}
_RAISED = dict(
    zip(
        "0123456789+-=()",
        "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207c\u207d\u207e",
        strict=True,
    )
)
_LOWERED = {ord(raised): char for char, raised in _RAISED.items()}
_LABEL = regex(r"\bdoi\s*+[:=]?\s*+\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PrintedWord:
    """A word, a mark of punctuation or an identifier. `key` is what is compared; the places are those in the text."""

    key: str
    first: int
    end: int
    identifier: Identifier | None = None

    @property
    def is_mark(self) -> bool:
        """Whether it is punctuation; a sign such as \u2265 is none, it means something."""
        return self.identifier is None and not any(
            char.isalnum() or unicodedata.category(char) == "Sm" for char in self.key
        )


Words = Sequence[PrintedWord]


@dataclass(frozen=True, slots=True)
class Step:
    """Words `was[was_first:was_end]` became `now[now_first:now_end]`; `stayed` when they are the same."""

    stayed: bool
    was_first: int
    was_end: int
    now_first: int
    now_end: int


def _words(text: str) -> Words:
    """The words of a text; identifiers are one word each, whatever their form, with the label before a DOI."""
    passage = plain_text(text)
    mentions = [(mention.span, mention.identifier) for mention in recognise(passage.text).mentions if mention.span]
    words: list[PrintedWord] = []
    at = 0
    for (first, end), identifier in sorted(mentions, key=lambda mention: mention[0]):
        if first < at:
            continue
        label = _LABEL.search(passage.text, max(at, first - 12), first)
        start = label.start() if label else first
        words += _plain_words(passage, at, start)
        words.append(PrintedWord(str(identifier), passage.offset(start), passage.offset(end - 1) + 1, identifier))
        at = end
    return [*words, *_plain_words(passage, at, len(passage.text))]


def _plain_words(passage: Passage, first: int, end: int) -> Iterator[PrintedWord]:
    for match in _WORD.finditer(passage.text[first:end].translate(_PLAIN)):
        key = unicodedata.normalize("NFC", match[0].translate(_ALIKE))
        yield PrintedWord(key, passage.offset(first + match.start()), passage.offset(first + match.end() - 1) + 1)


def _aligned(was: Words, now: Words) -> list[Step]:
    """What stayed and what changed, in order; punctuation alone does not hold two changes apart."""
    steps = [
        Step(op.tag == "equal", op.src_start, op.src_end, op.dest_start, op.dest_end)
        for op in LCSseq.opcodes([word.key for word in was], [word.key for word in now])
    ]

    def has_words(step: Step) -> bool:
        words = (*was[step.was_first : step.was_end], *now[step.now_first : step.now_end])
        return any(not word.is_mark for word in words)

    merged: list[Step] = []
    for number, step in enumerate(steps):
        marks = 0 < number < len(steps) - 1 and all(word.is_mark for word in was[step.was_first : step.was_end])
        changed = not step.stayed or (marks and has_words(steps[number - 1]) and has_words(steps[number + 1]))
        if merged and not merged[-1].stayed and changed:
            merged[-1] = Step(False, merged[-1].was_first, step.was_end, merged[-1].now_first, step.now_end)
        else:
            merged.append(Step(not changed, step.was_first, step.was_end, step.now_first, step.now_end))
    return merged


# Which field of a reference a changed word belongs to, found with the help of its CSL item.

_IDENTIFIERS = {
    IdKind.DOI: "DOI",
    IdKind.PMID: "PMID",
    IdKind.PMCID: "PMCID",
    IdKind.SETID: "setid",
    IdKind.NCT: "trial",
    IdKind.URL: "URL",
}
_PARTS = ("volume", "issue", "page", "number")
_TEXTS: tuple[tuple[str, ...], ...] = (
    ("title",),
    ("container-title", "container-title-short"),
    *((name,) for name in ("publisher", "publisher-place", "genre", "original-title", "version", "edition")),
)
_ACCESS = regex(r"(?:last )?(?:accessed|cited|retrieved|viewed|visited)(?: on)?[ :,]*\Z", re.IGNORECASE)
_ENDS = frozenset(".,;:")
OTHER = "text"
"""Words that belong to no field of the item."""

ACCESSED = "accessed"
PUNCTUATION = "punctuation"
"""Marks that changed where no word did."""


@dataclass(slots=True)
class _Sides:
    """The words of one field on both sides, and whether any of them changed."""

    was: list[int] = field(default_factory=list)
    now: list[int] = field(default_factory=list)
    changed: bool = False


def _differing_fields(
    was: Words, now: Words, steps: Sequence[Step], item: Mapping[str, object]
) -> tuple[FieldDrift, ...]:
    """The fields that differ, in the order in which they would be printed now."""
    fields, accessed = _fields(now, item), frozenset(_accessed(was))
    sides: dict[str, _Sides] = {}
    for step in steps:
        for name, side, number in _placed(was, now, step, fields, accessed):
            if step.stayed and name == OTHER:
                continue  # words of no field have nothing to do with each other
            words = sides.setdefault(name, _Sides())
            (words.was if side == "was" else words.now).append(number)
            words.changed = words.changed or not step.stayed
    drifts = [
        FieldDrift(name, _field_text(was, words.was, name), _field_text(now, words.now, name))
        for name, words in sides.items()
        if words.changed
    ]
    return tuple(drift for drift in drifts if drift.was != drift.now)


def _placed(
    was: Words, now: Words, step: Step, fields: Sequence[str], accessed: frozenset[int]
) -> Iterator[tuple[str, str, int]]:
    """The words of a step on both sides, each with its field."""
    before, after = range(step.was_first, step.was_end), range(step.now_first, step.now_end)
    if step.stayed:
        for was_number, now_number in zip(before, after, strict=True):
            yield fields[now_number], "was", was_number
            yield fields[now_number], "now", now_number
        return
    if all(word.is_mark for word in (*(was[number] for number in before), *(now[number] for number in after))):
        yield from ((PUNCTUATION, "was", number) for number in before)
        yield from ((PUNCTUATION, "now", number) for number in after)
        return
    yield from ((fields[number], "now", number) for number in after)
    around = _around(now, step, fields)
    for number in before:
        identifier = was[number].identifier
        own = _IDENTIFIERS[identifier.kind] if identifier else ACCESSED if number in accessed else around
        yield own, "was", number


def _around(now: Words, step: Step, fields: Sequence[str]) -> str:
    """The field in whose place words went: of what came for them, else of what is on both sides, else before."""
    came = [fields[n] for n in range(step.now_first, step.now_end) if not now[n].is_mark]
    if came:
        return came[0]
    before = next((fields[n] for n in range(step.now_first - 1, -1, -1) if not now[n].is_mark), OTHER)
    after = next((fields[n] for n in range(step.now_end, len(now)) if not now[n].is_mark), OTHER)
    return before if before == after or before != OTHER else after


def _field_text(words: Words, numbers: Sequence[int], name: str) -> str:
    """The words as text; of a field those from its first to its last."""
    if not numbers:
        return ""
    if name == PUNCTUATION:
        return " ".join(words[number].key for number in numbers)
    keys = {
        number: identifier.value if (identifier := words[number].identifier) else words[number].key
        for number in numbers
    }
    ends = [at for at, number in enumerate(numbers) if words[number].key not in _ENDS]
    inner = numbers[ends[0] : ends[-1] + 1] if ends else numbers
    text = keys[inner[0]]
    for previous, number in pairwise(inner):
        glued = number == previous + 1 and words[number].first == words[previous].end
        text += ("" if glued else " ") + keys[number]
    return text


def _fields(now: Words, item: Mapping[str, object]) -> list[str]:
    """The field of every word of the text that would be printed now."""
    fields = [OTHER if word.identifier is None else _IDENTIFIERS[word.identifier.kind] for word in now]
    keys = [fold(word.key) if word.identifier is None and any(map(str.isalnum, word.key)) else "" for word in now]
    for names in _TEXTS:
        place = next((found for name in names if (found := _find(keys, _text(item, name), fields)) is not None), None)
        if place is not None:
            fields[place[0] : place[1]] = [names[0]] * (place[1] - place[0])
    for number in _accessed(now):
        fields[number] = ACCESSED if fields[number] == OTHER else fields[number]
    _place_year(keys, fields, item)
    _place_numbers(keys, fields, item)
    _place_authors(fields, item)
    return fields


def _text(item: Mapping[str, object], name: str) -> str:
    value = item.get(name)
    return plain(value) if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _find(keys: Sequence[str], text: str, fields: Sequence[str]) -> tuple[int, int] | None:
    """Where the words of a text are, punctuation between them ignored, among words that have no field yet."""
    wanted = [key for part in re.findall(r"[^\W_]+", text) if (key := fold(part))]
    if not wanted:
        return None
    places = [(number, part) for number, key in enumerate(keys) for part in _split(key) if fields[number] == OTHER]
    joined = [part for _, part in places]
    for at in range(len(joined) - len(wanted) + 1):
        if joined[at] == wanted[0] and joined[at : at + len(wanted)] == wanted:
            return places[at][0], places[at + len(wanted) - 1][0] + 1
    return None


def _split(key: str) -> list[str]:
    return [part for part in re.split(r"[-']", key) if part]


def _accessed(words: Words) -> Iterator[int]:
    """The words that say when the source was read."""
    starts: list[int] = []
    text = ""
    for number, word in enumerate(words):
        text += " " if number and word.first > words[number - 1].end else ""
        starts.append(len(text))
        text += word.key
    found = find_accessed(text)
    if found is None:
        return
    verb = _ACCESS.search(text, max(0, found.span[0] - 24), found.span[0])
    first = verb.start() if verb else found.span[0]
    for number, at in enumerate(starts):
        if at + len(words[number].key) > first and at < found.span[1]:
            yield number


def _place_year(keys: Sequence[str], fields: list[str], item: Mapping[str, object]) -> None:
    issued = item.get("issued")
    parts = issued.get("date-parts") if isinstance(issued, Mapping) else None
    first = parts[0] if isinstance(parts, Sequence) and parts else None
    year = str(first[0]) if isinstance(first, Sequence) and first else ""
    for number, key in enumerate(keys):
        if year and fields[number] == OTHER and key.rstrip("abcdef") == year:
            fields[number] = "issued"
            return


def _place_numbers(keys: Sequence[str], fields: list[str], item: Mapping[str, object]) -> None:
    """Volume, issue and pages, in this order and after the title."""
    titled = [number for number, field in enumerate(fields) if field in {"title", "container-title"}]
    at = max(titled, default=-1) + 1
    for name in _PARTS:
        wanted = fold(_text(item, name).partition("-")[0].split("\u2013")[0].strip())
        for number in range(at, len(keys)):
            if wanted and fields[number] == OTHER and (keys[number] == wanted or _split(keys[number])[:1] == [wanted]):
                fields[number], at = name, number + 1
                break


def _place_authors(fields: list[str], item: Mapping[str, object]) -> None:
    """What comes before the title (or the year before it), when there are authors."""
    if not (item.get("author") or item.get("editor")) or "title" not in fields:
        return
    for number in range(fields.index("title")):
        if fields[number] == "issued":
            break
        if fields[number] == OTHER:
            fields[number] = "author"


# A comparison as text for people: harmless in a terminal, the same for the same input.

_CONTEXT = 4  # words of what stayed on each side of a change
_LONGEST = 160  # characters of an entry that is only named


def render_drift(comparison: ListComparison, name: str) -> str:
    """Every drift, field by field and word by word: `[-went-] {+came+}`, as git marks changed words.

    Args:
        comparison: What was compared.
        name: The name of the printed list.
    """
    counts = [
        (len(comparison.drifts), "different"),
        (len(comparison.unmatched), "printed but not in the references file"),
        (len(comparison.unprinted), "not printed"),
        (len(comparison.again), "printed twice"),
        (len(comparison.moved), "in a different position"),
    ]
    differences = ", ".join(f"{count:,} {what}" for count, what in counts if count)
    same = len(comparison.same)
    matching = "1 entry matches" if same == 1 else f"all {same:,} entries match"
    headline = f"{differences}; {same:,} unchanged" if differences else f"no differences; {matching}"
    lines = [f"{one_line(name)}: {headline}"]
    for drift in comparison.drifts:
        lines += ["", *_drift_lines(drift)]
    rest = list(_other_lines(comparison))
    return "\n".join([*lines, *([""] if rest else []), *rest]) + "\n"


def _drift_lines(drift: Drift) -> Iterator[str]:
    number = f"printed as {drift.number}" if drift.number is not None else f"entry {drift.printed}"
    yield f"{one_line(drift.reference)} ({number})"
    if drift.looks_like_another_work:
        yield "  the printed text seems to describe a different work; only the identifier is the same"
    width = max((len(changed.field) for changed in drift.fields), default=0)
    for changed in drift.fields:
        yield f"  {changed.field:<{width}}  was  {one_line(changed.was) or '(nothing)'}"
        yield f"  {'':<{width}}  now  {one_line(changed.now) or '(nothing)'}"
    yield f"  {_marked(drift.words)}"


def _marked(changes: Sequence[WordChange]) -> str:
    parts: list[str] = []
    for number, change in enumerate(changes):
        text = one_line(change.text)
        if change.fate is WordFate.WENT:
            parts.append(f"[-{text}-]")
        elif change.fate is WordFate.CAME:
            parts.append(f"{{+{text}+}}")
        else:
            parts.append(_shortened(text, first=number == 0, last=number == len(changes) - 1))
    line = ""
    for part in parts:
        line += part if not line or part.startswith((".", ",", ";", ":", ")")) else f" {part}"
    return line


def _shortened(text: str, *, first: bool, last: bool) -> str:
    """What stayed, with only the words next to changes."""
    words = text.split(" ")
    before, after = (0 if first else _CONTEXT), (0 if last else _CONTEXT)
    if len(words) <= before + after + 1:
        return text
    words = [*words[:before], "\N{HORIZONTAL ELLIPSIS}", *(words[-after:] if after else [])]
    return " ".join(words)


def _other_lines(comparison: ListComparison) -> Iterator[str]:
    for entry in comparison.unmatched:
        number = entry.number if entry.number is not None else entry.position
        text = one_line(entry.text)
        yield f"not in the references file: {number}. {text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}"
    yield from (f"not printed: {one_line(reference)}" for reference in comparison.unprinted)
    yield from (f"printed again as entry {place}: {one_line(reference)}" for place, reference in comparison.again)
    if comparison.moved:
        yield f"in a different position: {', '.join(map(one_line, comparison.moved))}"
