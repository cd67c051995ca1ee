"""The author list: the record's names aligned, in order, with the words of the printed list."""

from __future__ import annotations

from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from evidence.compare.people import Person, person
from evidence.compare.readings import AuthorReader, AuthorReading, is_initials
from evidence.compare.text import CleanText
from evidence.compare.verdicts import DifferenceKind, Field, FieldComparison, Verdict, agrees, not_judged
from evidence.model.records import Author

_GROUP_WORDS = frozenset(
    [
        "group",
        "groups",
        "study",
        "investigators",
        "collaborators",
        "consortium",
        "network",
        "team",
        "committee",
        "society",
        "association",
        "trial",
        "members",
        "on",
        "behalf",
        "of",
        "working",
        "force",
        "task",
        "initiative",
        "collaboration",
        "council",
        "registry",
        "project",
        "program",
        "centre",
        "center",
        "alliance",
        "organization",
        "organisation",
        "federation",
        "college",
        "academy",
        "agency",
        "institute",
        "department",
        "ministry",
        "guideline",
        "guidelines",
    ]
)
_ELLIPSIS = ("...", ". . .", "\u2026")
_SLOW_NODES = 1500


@dataclass(frozen=True, slots=True)
class AuthorDifference:
    """One thing wrong with the list."""

    kind: DifferenceKind
    message: str


@dataclass(slots=True)
class AuthorAlignment:
    """Which author was read where; `behind` is the word behind the last name that was read."""

    read: dict[int, AuthorReading] = field(default_factory=dict)
    behind: int = 0
    complete: bool = False


class AuthorList:
    """The record's persons and bodies, ready to be looked for."""

    def __init__(self, authors: tuple[Author, ...]) -> None:
        self.people: list[Person] = [who for who in map(person, authors) if who is not None]
        self.body_words = frozenset(key for a in authors if a.collective for key in CleanText(a.collective).keys if key)
        families = {key for a in authors for key in CleanText(a.family).keys if len(key) > 1}
        self.families = frozenset(families)


def gap_at(text: CleanText, at: int, behind: int) -> int | None:
    """The word behind "et al", "and others" or an ellipsis that stands here."""
    if at < behind and text.keys[at] == "et" and at + 1 < behind and text.keys[at + 1] in {"al", "alii", "alia"}:
        return at + 2
    if at < behind and text.keys[at] == "etal":
        return at + 1
    if at < behind and not text.keys[at]:
        return gap_at(text, at + 1, behind) or (
            at + 2 if at + 1 < behind and text.keys[at + 1] in {"others", "colleagues"} else None
        )
    return at if at and any(dots in text.before(at) for dots in _ELLIPSIS) else None


def tile(reader: AuthorReader, authors: AuthorList, first: int) -> AuthorAlignment:
    """Read the list name by name from the front: the quick way, which right citations go."""
    done, at, number = AuthorAlignment(behind=first), first, 0
    people, behind = authors.people, reader.behind
    while at < behind and number < len(people):
        found = next((r for r in reader.readings(at, people[number]) if r.certain), None)
        if found is not None:
            done.read[number] = found
            at, number = found.behind, number + 1
            continue
        skipped = gap_at(reader.text, at, behind)
        resumed = (at, number) if skipped is None else _after_gap(reader, authors, skipped, number)
        if resumed != (at, number):
            at, number = resumed
        elif reader.is_optional(at) or reader.text.keys[at] in authors.body_words:
            at += 1
        else:
            break
    while at < behind and (reader.is_optional(at) or _is_body(reader, authors, at)):
        at += 1
    done.behind, done.complete = at, at >= behind
    return done


def _after_gap(reader: AuthorReader, authors: AuthorList, at: int, number: int) -> tuple[int, int]:
    while at < reader.behind and reader.is_optional(at):
        at += 1
    for later in range(len(authors.people) - 1, number - 1, -1):
        if at < reader.behind and any(r.certain for r in reader.readings(at, authors.people[later])):
            return at, later
    return at, number


def _is_body(reader: AuthorReader, authors: AuthorList, at: int) -> bool:
    key = reader.text.keys[at]
    return key in authors.body_words or key in _GROUP_WORDS


def chain(reader: AuthorReader, authors: AuthorList, first: int) -> dict[int, AuthorReading]:
    """The run of names, in the record's order, that explains most of the printed list."""
    nodes: list[tuple[int, AuthorReading, float]] = []
    for at in range(first, reader.behind):
        for number, who in enumerate(authors.people):
            nodes += [(number, reading, _worth(reading)) for reading in reader.readings(at, who)]
        if len(nodes) > _SLOW_NODES:
            break
    best: list[tuple[float, int]] = []
    for i, (number, reading, worth) in enumerate(nodes):
        score, came_from = worth - 0.05 * number * (not best), -1
        for j in range(i):
            before, earlier, _ = nodes[j]
            if before < number and earlier.behind <= reading.first:
                near = 0.4 * (before + 1 == number) + 0.2 * (earlier.behind == reading.first)
                if best[j][0] + worth + near > score:
                    score, came_from = best[j][0] + worth + near, j
        best.append((score, came_from))
    read: dict[int, AuthorReading] = {}
    at = max(range(len(nodes)), key=lambda i: best[i][0]) if nodes else -1
    while at >= 0:
        read[nodes[at][0]] = nodes[at][1]
        at = best[at][1]
    return read


def _worth(reading: AuthorReading) -> float:
    worth = 3.0 if reading.whole else 1.5
    return worth + (1.5 if reading.fits else -1.2 if reading.fits is False else 0.0)


def judge_authors(text: CleanText, first: int, behind: int, authors: AuthorList) -> FieldComparison:
    """Compare the words `first` to `behind` with the record's authors."""
    printed = text.slice(first, behind)
    if not authors.people or first >= behind:
        return not_judged(Field.AUTHORS, printed)
    reader = AuthorReader(text, behind, authors.families)
    quick = tile(reader, authors, first)
    shown = _shown(authors.people)
    if quick.complete and quick.read:
        return agrees(Field.AUTHORS, printed, shown, matched=len(quick.read))
    read = chain(reader, authors, first)
    leftover = _leftover(reader, authors, first, read)
    if not read and not leftover:
        return not_judged(Field.AUTHORS, printed, shown)
    if not read and all(_nameless(group, text) for group in leftover):
        return not_judged(Field.AUTHORS, printed, shown)
    troubles = _troubles(reader, authors, read, leftover)
    if not troubles:
        return agrees(Field.AUTHORS, printed, shown, matched=len(read))
    kind = troubles[0].kind if read or troubles[0].kind is DifferenceKind.MISSPELT else DifferenceKind.NO_AUTHOR
    told = tuple(t.message for t in troubles)
    near = sum(t.kind is DifferenceKind.MISSPELT for t in troubles)
    return FieldComparison(
        Field.AUTHORS, Verdict.DIFFERS, printed, shown, kind, told[0], told[1:], matched=len(read) + near
    )


def _shown(people: list[Person], limit: int = 4) -> str:
    names = [who.shown for who in people[:limit]]
    return ", ".join(names) + (", et al." if len(people) > limit else "")


def _nameless(group: tuple[int, int], text: CleanText) -> bool:
    words = text.words[group[0] : group[1]]
    return any(text.keys[at] in _GROUP_WORDS for at in range(*group)) or not any(w[0].isupper() for w in words)


def _leftover(
    reader: AuthorReader, authors: AuthorList, first: int, read: dict[int, AuthorReading]
) -> list[tuple[int, int]]:
    """Printed names that no author explains, as word ranges."""
    text = reader.text
    taken = {at for reading in read.values() for at in range(reading.first, reading.behind)}
    groups: list[tuple[int, int]] = []
    for at in range(first, reader.behind):
        if at in taken or reader.is_optional(at) or text.keys[at] in authors.body_words or text.keys[at].isdigit():
            continue
        new = (
            not groups
            or groups[-1][1] != at
            or ";" in text.before(at)
            or ("," in text.before(at) and not is_initials(text.words[at]))
        )
        if new:
            groups.append((at, at + 1))
        else:
            groups[-1] = (groups[-1][0], at + 1)
    return [g for g in groups if any(not is_initials(text.words[at]) for at in range(*g)) or not read]


def _troubles(
    reader: AuthorReader, authors: AuthorList, read: dict[int, AuthorReading], leftover: list[tuple[int, int]]
) -> list[AuthorDifference]:
    text, people = reader.text, authors.people
    missing = _missing(reader, read)
    troubles: list[AuthorDifference] = []
    for group in leftover:
        if any(text.keys[at] in _GROUP_WORDS for at in range(*group)):
            continue
        troubles.append(_unexplained(text, group, authors, read, missing))
    for number, reading in sorted(read.items()):
        if reading.fits is False:
            printed = text.slice(reading.first, reading.behind)
            troubles.append(
                AuthorDifference(DifferenceKind.INITIALS, f'author "{printed}" is {people[number].shown} in the record')
            )
    names = ", ".join(people[number].shown for number in missing[:3])
    if missing:
        troubles.append(
            AuthorDifference(
                DifferenceKind.MISSING,
                f"author {names} is missing" if len(missing) == 1 else f"authors {names} are missing",
            )
        )
    return troubles


def _missing(reader: AuthorReader, read: dict[int, AuthorReading]) -> list[int]:
    """Authors between two printed neighbours (or before the first) with no "et al" there."""
    missing: list[int] = []
    before, start = -1, 0
    for number, reading in sorted(read.items()):
        gaps = (gap_at(reader.text, at, reader.behind) for at in range(start, reading.first + 1))
        if all(gap is None for gap in gaps):
            missing += range(before + 1, number)
        before, start = number, reading.behind
    return missing


def _unexplained(
    text: CleanText, group: tuple[int, int], authors: AuthorList, read: dict[int, AuthorReading], missing: list[int]
) -> AuthorDifference:
    printed = text.slice(*group)
    words = [text.keys[at] for at in range(*group) if not is_initials(text.words[at])] or text.keys[group[0] : group[1]]
    whole = "".join(words)
    unread = [n for n in range(len(authors.people)) if n not in read]
    for number in unread:
        who = authors.people[number]
        if any(name in (whole, *words) for name in who.whole):
            if number in missing:
                missing.remove(number)
            return AuthorDifference(
                DifferenceKind.ORDER, f'author "{printed}" stands in another place than in the record'
            )
    for number in unread:
        who = authors.people[number]
        if any(near(name, word) for name in who.whole for word in (whole, *words)):
            if number in missing:
                missing.remove(number)
            return AuthorDifference(DifferenceKind.MISSPELT, f'author "{printed}" is spelt {who.shown} in the record')
    if missing:
        expected = authors.people[missing.pop(0)]
        return AuthorDifference(
            DifferenceKind.ANOTHER_NAME, f'author "{printed}" is not in the record, which has {expected.shown} here'
        )
    return AuthorDifference(DifferenceKind.ANOTHER_NAME, f'author "{printed}" is not in the record')


def near(name: str, word: str) -> bool:
    """Whether a printed name is a near spelling: one letter up to five letters, else two."""
    allowed = 1 if len(name) <= 5 else 2
    return abs(len(name) - len(word)) <= allowed and OSA.distance(name, word, score_cutoff=allowed) <= allowed
