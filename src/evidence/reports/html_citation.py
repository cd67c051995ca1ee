"""A printed citation with its differences from the record marked word by word.

The comparer that judges (`evidence.matching`) also says where a field stands and whether it differs;
only words of fields that the run itself reported as different are marked, so that nothing that is
merely written otherwise (abbreviated ranges, accents, quotation marks, "et al.") ever is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape
from rapidfuzz.distance import LCSseq

from evidence.matching.authors import is_near_spelling
from evidence.matching.compare import compare
from evidence.matching.text import CleanText, american
from evidence.matching.verdict import Field, FieldComparison
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Article, Author, Journal
from evidence.model.text import one_line

# A printed citation with its differences from the record marked word by word.

SAME, PRINTED, RECORDED = "same", "printed", "recorded"

_CODES = {
    Field.TITLE: "MET001",
    Field.AUTHORS: "MET002",
    Field.YEAR: "MET003",
    Field.JOURNAL: "MET004",
    Field.VOLUME: "MET005",
    Field.ISSUE: "MET005",
    Field.PAGES: "MET005",
}
_WORDED = frozenset({Field.TITLE, Field.AUTHORS, Field.JOURNAL})  # long enough to be found by their words alone
_WRONG = "MET006"
_TELLING = frozenset({*_CODES.values(), _WRONG})
_GIVEN = re.compile(r"[\s.\-]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of the citation: the same as in the record, printed only, or in the record only."""

    kind: str
    text: str

    @property
    def markup(self) -> Markup:
        """The text for the page; its spaces count, so it is not folded once more."""
        return escape(self.text)


@dataclass(frozen=True, slots=True)
class Citation:
    """The citation as printed, with its differences; `told` says each in a sentence."""

    pieces: tuple[Piece, ...]
    told: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether anything is marked."""
        return any(piece.kind != SAME for piece in self.pieces)


def citation(printed: str, record: Mapping[str, Any] | None, codes: frozenset[str]) -> Citation:
    """Mark the differences that the run reported.

    Args:
        printed: The citation, verbatim (`cited_as` of the report's document).
        record: The record as a CSL item, None when there is none.
        codes: Codes of all findings of the reference, ignored ones too. Without MET001 to MET006 among
            them nothing is marked: the run saw more of the record than the item holds.
    """
    shown = one_line(printed)
    if record is None or not codes & _TELLING:
        return Citation((Piece(SAME, shown),))
    article = article_of(record)
    compared = compare(printed, article)
    differing = [judged for judged in compared.differences if {_CODES[judged.field], _WRONG} & codes]
    told = tuple(sentence for judged in differing for sentence in (judged.message, *judged.also))
    return Citation(tuple(_merged(_pieces(CleanText(shown), compared.fields, differing, article))), told)


def article_of(item: Mapping[str, Any]) -> Article:
    """As much of an article as its CSL item tells: what a comparison of citations looks at."""
    kind, _, value = str(item["id"]).partition(":")
    known = IdKind(kind) if kind in set(IdKind) else IdKind.PMID
    page = str(item.get("page", ""))
    year = _year(item.get("issued"))
    short = str(item.get("container-title-short", ""))
    return Article(
        Identifier(known, value),
        str(item.get("title", "")),
        vernacular_title=str(item.get("original-title", "")),
        authors=tuple(map(_author, item.get("author", ()))),
        journal=Journal(str(item.get("container-title", "")), short, short),
        issued=None if year is None else PartialDate(year),
        years=() if year is None else (year,),
        volume=str(item.get("volume", "")),
        issue=str(item.get("issue", "")),
        pages=page,
        elocations=() if "-" in page or not page else (page,),
        also_known_as=(Identifier(IdKind.DOI, str(item["DOI"])),) if item.get("DOI") else (),
        is_book=item.get("type") in {"book", "chapter"},
    )


def _author(name: Mapping[str, Any]) -> Author:
    given = str(name.get("given", ""))
    initials = "".join(word[0] for word in _GIVEN.split(given) if word)
    return Author(
        str(name.get("family", "")), given, initials, str(name.get("suffix", "")), str(name.get("literal", ""))
    )


def _year(date: Mapping[str, Any] | None) -> int | None:
    parts = (date or {}).get("date-parts") or [[None]]
    year = parts[0][0] if parts[0] else None
    return year if isinstance(year, int) and 0 < year < 10_000 else None


@dataclass(frozen=True, slots=True)
class _Change:
    """The characters `start` to `end` of the citation, for which the record has `recorded`."""

    start: int
    end: int
    recorded: str


def _pieces(
    text: CleanText, fields: tuple[FieldComparison, ...], differing: list[FieldComparison], article: Article
) -> Iterator[Piece]:
    at = 0
    for change in sorted(_changes(text, fields, differing, article), key=lambda change: (change.start, change.end)):
        if change.start < at:
            continue
        yield Piece(SAME, text.raw[at : change.start])
        yield Piece(PRINTED, text.raw[change.start : change.end])
        yield Piece(RECORDED, one_line(change.recorded))
        at = change.end
    yield Piece(SAME, text.raw[at:])


def _changes(
    text: CleanText, fields: tuple[FieldComparison, ...], differing: list[FieldComparison], article: Article
) -> Iterator[_Change]:
    """Where each differing field stands in the citation as it is shown; one that is not found stays unmarked."""
    worded = (judged for judged in fields if judged.field in _WORDED)
    places: dict[Field, tuple[int, int] | None] = {j.field: _place(text, j.printed, 0) for j in worded}
    title, journal = places.get(Field.TITLE), places.get(Field.JOURNAL)
    numbers_at = journal[1] if journal else title[1] if title else 0
    for judged in differing:
        place = places.get(judged.field) or _place(text, judged.printed, numbers_at) or _place(text, judged.printed, 0)
        if place is None:
            continue
        if judged.field is Field.VOLUME:
            numbers_at = place[1]
        if judged.field is Field.TITLE:
            yield from _word_changes(text, place, CleanText(judged.recorded))
        elif judged.field is Field.AUTHORS:
            yield from _name_changes(text, place, article)
        else:
            yield _Change(*_span(text, *place), judged.recorded)


def _place(text: CleanText, printed: str, start: int) -> tuple[int, int] | None:
    """The first place of these words, whatever stands between them."""
    keys = CleanText(printed).keys
    if not keys:
        return None
    ends = range(start, len(text) - len(keys) + 1)
    return next(((at, at + len(keys)) for at in ends if text.keys[at : at + len(keys)] == keys), None)


def _span(text: CleanText, first: int, behind: int) -> tuple[int, int]:
    return text.starts[first], text.ends[behind - 1]


def _word_changes(text: CleanText, place: tuple[int, int], record: CleanText) -> Iterator[_Change]:
    """The title's words against the record's; words that differ only in how they are joined are the same."""
    first, behind = place
    here = [american(key) for key in text.keys[first:behind]]
    there = [american(key) for key in record.keys]
    steps = LCSseq.opcodes(here, there)
    for equal, group in groupby(steps, key=lambda step: step.tag == "equal"):
        if equal:
            continue
        run = list(group)
        ours = (run[0].src_start, run[-1].src_end)
        theirs = (run[0].dest_start, run[-1].dest_end)
        if "".join(here[slice(*ours)]) == "".join(there[slice(*theirs)]):
            continue
        recorded = record.slice(*theirs)
        if ours[0] < ours[1]:
            yield _Change(*_span(text, first + ours[0], first + ours[1]), recorded)
        else:
            gap = text.ends[first + ours[0] - 1] if ours[0] else text.starts[first]
            yield _Change(gap, gap, recorded)


def _name_changes(text: CleanText, place: tuple[int, int], article: Article) -> Iterator[_Change]:
    """Printed names that no author of the record explains; a near spelling is shown beside its own."""
    names = [
        CleanText(f"{author.family} {author.given} {author.suffix} {author.collective}") for author in article.authors
    ]
    known = {key for name in names for key in name.keys}
    initials = [author.initials.casefold() for author in article.authors]
    printed = set(text.keys[slice(*place)])
    for at in range(*place):
        word, key = text.words[at], text.keys[at]
        is_initials = word.isupper() and len(word) <= 4
        if not key or key in known or key in {"et", "al", "others"} or word.islower() or key.isdigit():
            continue
        if is_initials and any(key in letters or set(key) <= set(letters) for letters in initials):
            continue
        unread = (CleanText(author.family) for author in article.authors)
        meant = (
            family.raw
            for family in unread
            if not printed & set(family.keys) and is_near_spelling("".join(family.keys), key)
        )
        yield _Change(*_span(text, at, at + 1), "" if is_initials else next(meant, ""))


def _merged(pieces: Iterator[Piece]) -> Iterator[Piece]:
    for kind, group in groupby((piece for piece in pieces if piece.text), key=lambda piece: piece.kind):
        yield Piece(kind, "".join(piece.text for piece in group))


# What the HTML report calls things, and which of them may become links.

STATES = {
    "found": "found",
    "not-found": "not found",
    "blocked": "blocked",
    "unavailable": "unavailable",
    "not-checked": "not checked",
}
"""The states in the order of their legend; `blocked` and `unavailable` say nothing about the source."""

SEVERITIES = ("error", "warning", "info")

KINDS = {"setid": "label", "pmid": "article", "pmcid": "article", "doi": "article", "nct": "trial", "url": "web page"}

_LABELS = {"setid": "Set ID", "pmid": "PMID", "pmcid": "PMCID", "doi": "DOI", "nct": "Trial", "url": "Address"}
_REGISTRIES = {
    "setid": (
        re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=",
    ),
    "pmid": (re.compile(r"[0-9]{1,9}"), "https://pubmed.ncbi.nlm.nih.gov/"),
    "pmcid": (re.compile(r"PMC[0-9]{1,9}"), "https://pmc.ncbi.nlm.nih.gov/articles/"),
    "doi": (re.compile(r"10\.[0-9]{4,9}/\S+"), "https://doi.org/"),
    "nct": (re.compile(r"NCT[0-9]{8}"), "https://clinicaltrials.gov/study/"),
}
_TAG = re.compile(r"(</?(?:i|b|sub|sup)>)")
_TAGS = {
    "<i>": Markup("<i>"),
    "</i>": Markup("</i>"),
    "<b>": Markup("<b>"),
    "</b>": Markup("</b>"),
    "<sub>": Markup("<sub>"),
    "</sub>": Markup("</sub>"),
    "<sup>": Markup("<sup>"),
    "</sup>": Markup("</sup>"),
}
_ADDRESS = re.compile(r"[\x21-\x7e]+")  # printable ASCII without spaces: all that an address may be made of


@dataclass(frozen=True, slots=True)
class IdentifierLink:
    """An identifier as people know it; `href` is None where following it would not be safe."""

    label: str
    value: str
    href: str | None


def identifier_link(kind: str, value: str) -> IdentifierLink:
    """The identifier of this kind (`pmid`, `url` …) with the address at which a reader finds it."""
    return IdentifierLink(
        _LABELS.get(kind, kind), value, web_address(value) if kind == "url" else _registered(kind, value)
    )


def _registered(kind: str, value: str) -> str | None:
    pattern, base = _REGISTRIES.get(kind, (None, ""))
    return base + quote(value, safe="/") if pattern is not None and pattern.fullmatch(value) else None


def web_address(address: str) -> str | None:
    """The address if a reader may be led there: http or https, no credentials, nothing that does not show."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    plain = _ADDRESS.fullmatch(address) and "\\" not in address
    good = plain and parts.scheme in {"http", "https"} and host and "@" not in parts.netloc
    return quote(address, safe="%/:?#[]@!$&'()*+,;=~-._") if good else None


def rich(text: str) -> Markup:
    """Text in which <i>, <b>, <sub> and <sup> are markup, as CSL-JSON has it; unpaired ones are left out."""
    pieces = _TAG.split(one_line(text))
    kept = _paired(pieces)
    shown = (_TAGS[part] if n in kept else escape("" if n % 2 else part) for n, part in enumerate(pieces))
    return Markup("").join(shown)


def _paired(pieces: list[str]) -> set[int]:
    """The numbers of the tags that open and close in order."""
    opened: list[int] = []
    kept: set[int] = set()
    for number in range(1, len(pieces), 2):
        tag = pieces[number]
        if not tag.startswith("</"):
            opened.append(number)
        elif opened and pieces[opened[-1]] == tag.replace("/", ""):
            kept |= {opened.pop(), number}
    return kept


def conjunction(words: list[str]) -> str:
    """`PubMed`, `PubMed and Crossref`, `PubMed, Crossref and DailyMed`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def days(number: int | None) -> str:
    """A limit in days, or that there is none."""
    return "no limit" if number is None else f"{number} day" if number == 1 else f"{number} days"


def policy_terms(policy: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The policy in force as (what, value), in plain words."""
    kinds = {"webpage": "web page", "label": "label", "article": "article"}
    limits = (f"{kinds.get(kind, kind)} {days(limit)}" for kind, limit in policy["accessed-limit"].items())
    yield "Accessed dates may be old", ", ".join(limits)
    yield "Asked again after", ", ".join(f"{kind} {days(life)}" for kind, life in policy["life"].items())
    strikes = policy["confirm-dead"]
    dead = "at its first 404 or 410" if strikes == 1 else f"after a 404 or 410 on {strikes} different days"
    yield "A page counts as dead", dead
    yield "The run fails on", policy["fail-on"] if policy["fail-on"] == "error" else f"{policy['fail-on']} and worse"
    if "waiver-limit" in policy:
        limits = (f"{kind} {days(limit)}" for kind, limit in policy["waiver-limit"].items())
        yield "Waivers may run", ", ".join(limits)
        yield "Approving one's own waiver", policy["self-approval"]
    if "sign-off-limit" in policy:
        yield "A sign-off is to be given again after", days(policy["sign-off-limit"])
    if "style" in policy:
        yield "Printed style", policy["style"].upper() if policy["style"] in {"ama", "nlm", "apa"} else policy["style"]
    changed = ", ".join(f"{code} {severity}" for code, severity in policy["severity"].items())
    if changed:
        yield "Severities changed", changed
