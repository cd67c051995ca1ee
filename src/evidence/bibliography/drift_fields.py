"""Which field of a reference a changed word belongs to, found with the help of its CSL item.

The text as it would be printed now was made from the item, so the item's values are found in it, in whatever style;
the alignment with the printed text then tells what stood in each field's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evidence.bibliography.drift_words import Step, Words
from evidence.bibliography.rich import plain
from evidence.compare.fold import fold
from evidence.model.identity import IdKind
from evidence.monographs.accessed import find_accessed

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
_ACCESS = re.compile(r"(?:last )?(?:accessed|cited|retrieved|viewed|visited)(?: on)?[ :,]*\Z", re.IGNORECASE)
_ENDS = frozenset(".,;:")
OTHER = "text"
"""Words that belong to no field of the item."""

ACCESSED = "accessed"
PUNCTUATION = "punctuation"
"""Marks that changed where no word did."""


@dataclass(frozen=True, slots=True)
class FieldDrift:
    """A field (a CSL variable, `text` or `punctuation`): what was printed, what would be now; either may be empty."""

    field: str
    was: str
    now: str


@dataclass(slots=True)
class _Sides:
    """The words of one field on both sides, and whether any of them changed."""

    was: list[int]
    now: list[int]
    changed: bool = False


def differing_fields(
    was: Words, now: Words, steps: Sequence[Step], item: Mapping[str, object]
) -> tuple[FieldDrift, ...]:
    """The fields that differ, in the order in which they would be printed now."""
    fields, accessed = _fields_of(now, item), frozenset(_accessed(was))
    sides: dict[str, _Sides] = {}
    for step in steps:
        for field, side, number in _placed(was, now, step, fields, accessed):
            if step.stayed and field == OTHER:
                continue  # words of no field have nothing to do with each other
            one = sides.setdefault(field, _Sides([], []))
            (one.was if side == "was" else one.now).append(number)
            one.changed = one.changed or not step.stayed
    told = [
        FieldDrift(field, _shown(was, one.was, field), _shown(now, one.now, field))
        for field, one in sides.items()
        if one.changed
    ]
    return tuple(one for one in told if one.was != one.now)


def _placed(
    was: Words, now: Words, step: Step, fields: Sequence[str], accessed: frozenset[int]
) -> Iterator[tuple[str, str, int]]:
    """The words of a step on both sides, each with its field."""
    if step.stayed:
        for offset in range(step.was_behind - step.was_first):
            field = fields[step.now_first + offset]
            yield field, "was", step.was_first + offset
            yield field, "now", step.now_first + offset
        return
    changed = (*was[step.was_first : step.was_behind], *now[step.now_first : step.now_behind])
    if all(word.is_mark for word in changed):
        yield from ((PUNCTUATION, "was", number) for number in range(step.was_first, step.was_behind))
        yield from ((PUNCTUATION, "now", number) for number in range(step.now_first, step.now_behind))
        return
    yield from ((fields[number], "now", number) for number in range(step.now_first, step.now_behind))
    around = _around(now, step, fields)
    for number in range(step.was_first, step.was_behind):
        identifier = was[number].identifier
        own = _IDENTIFIERS[identifier.kind] if identifier else ACCESSED if number in accessed else around
        yield own, "was", number


def _around(now: Words, step: Step, fields: Sequence[str]) -> str:
    """The field in whose place words went: of what came for them, else of what stands on both sides, else before."""
    came = [fields[n] for n in range(step.now_first, step.now_behind) if not now[n].is_mark]
    if came:
        return came[0]
    before = next((fields[n] for n in range(step.now_first - 1, -1, -1) if not now[n].is_mark), OTHER)
    after = next((fields[n] for n in range(step.now_behind, len(now)) if not now[n].is_mark), OTHER)
    return before if before == after or before != OTHER else after


def _shown(words: Words, numbers: Sequence[int], field: str) -> str:
    """The words as text; of a field those from its first to its last."""
    if not numbers:
        return ""
    if field == PUNCTUATION:
        return " ".join(words[number].key for number in numbers)
    ends = [at for at, number in enumerate(numbers) if words[number].key not in _ENDS]
    kept = numbers[ends[0] : ends[-1] + 1] if ends else numbers
    text = _key(words, kept[0])
    for previous, number in pairwise(kept):
        glued = number == previous + 1 and words[number].first == words[previous].behind
        text += ("" if glued else " ") + _key(words, number)
    return text


def _key(words: Words, number: int) -> str:
    identifier = words[number].identifier
    return identifier.value if identifier else words[number].key


def _fields_of(now: Words, item: Mapping[str, object]) -> list[str]:
    """The field of every word of the text that would be printed now."""
    fields = [OTHER] * len(now)
    for number, word in enumerate(now):
        if word.identifier is not None:
            fields[number] = _IDENTIFIERS[word.identifier.kind]
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
    """Where the words of a text stand, punctuation between them ignored, among words that have no field yet."""
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
        text += " " if number and word.first > words[number - 1].behind else ""
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
    """Volume, issue and pages, in this order and behind the title."""
    titled = [number for number, field in enumerate(fields) if field in {"title", "container-title"}]
    at = max(titled, default=-1) + 1
    for name in _PARTS:
        wanted = fold(_text(item, name).partition("-")[0].split("\u2013")[0].strip())
        for number in range(at, len(keys)):
            if wanted and fields[number] == OTHER and (keys[number] == wanted or _split(keys[number])[:1] == [wanted]):
                fields[number], at = name, number + 1
                break


def _place_authors(fields: list[str], item: Mapping[str, object]) -> None:
    """What stands before the title (or the year before it), when there are authors."""
    if not (item.get("author") or item.get("editor")) or "title" not in fields:
        return
    title = fields.index("title")
    for number in range(title):
        if fields[number] == "issued":
            break
        if fields[number] == OTHER:
            fields[number] = "author"
