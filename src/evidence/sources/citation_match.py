"""PubMed's ECitMatch: many citations in one request, found by journal, volume and first page.

It ignores author and year, answers some lines not at all, and gives one citation's PMID to another
where keys repeat (NBK25499, and reports of its users). So every line gets a key of its own, only that
key and the answer are read, and a PMID that comes back is a candidate, no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from evidence.model.identity import Identifier, IdKind
from evidence.model.searches import Candidates, Finding, SearchQuery
from evidence.sources.entrez import Entrez
from evidence.sources.entrez_replies import body_of, matches_problem

BATCH = 100
"""Lines in one request: about 6 kB, and cheap to repeat."""

_QUALIFIER = re.compile(r"(?<!\s)\s*+[(:=].*")
_PMID = re.compile(r"[1-9]\d*")


class CitationMatch:
    """ECitMatch as a finder; never raises for weather.

    Args:
        entrez: The E-utilities.
        batch: Citations in one request.
    """

    name = "ECitMatch"

    def __init__(self, entrez: Entrez, *, batch: int = BATCH) -> None:
        self._entrez = entrez
        self._batch = batch

    def find(self, wanted: Sequence[SearchQuery]) -> Iterator[Finding]:
        """What PubMed holds at the printed place; nothing for citations without journal, volume and page."""
        for start in range(0, len(wanted), self._batch):
            part = wanted[start : start + self._batch]
            lines = {f"c{at}": _line(one, f"c{at}") for at, one in enumerate(part) if _is_placed(one)}
            yield from self._found(part, lines) if lines else (Candidates() for _ in part)

    def _found(self, part: Sequence[SearchQuery], lines: Mapping[str, str]) -> Iterator[Finding]:
        outcome = body_of(self._entrez.match_citations(list(lines.values()), matches_problem))
        if not isinstance(outcome, bytes):
            yield from (outcome if f"c{at}" in lines else Candidates() for at in range(len(part)))
            return
        matches = _matches(outcome.decode("utf-8", "replace"))
        for at in range(len(part)):
            yield Candidates(tuple(Identifier(IdKind.PMID, pmid) for pmid in matches.get(f"c{at}", ())))


def _is_placed(one: SearchQuery) -> bool:
    return bool(one.journal and one.volume and one.first_page)


def _line(one: SearchQuery, key: str) -> str:
    author = f"{one.first_author} {one.initials}".strip()
    journal = _QUALIFIER.sub("", one.journal)
    fields = (journal, str(one.year or ""), one.volume, one.first_page, author, key)
    return "|".join(_plain(field) for field in fields) + "|"


def _plain(field: str) -> str:
    """A field without what would end it or its line."""
    return " ".join(re.sub(r"[|\x00-\x1f\x7f]", " ", field).split())


def _matches(text: str) -> dict[str, tuple[str, ...]]:
    """The PMIDs by key: one, several where the place is ambiguous, none for NOT_FOUND."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        *fields, answer = line.strip().split("|")
        told = answer.removeprefix("AMBIGUOUS")
        if fields and "NOT_FOUND" not in answer and re.fullmatch(r"[\s\d,;]*", told):
            found[fields[-1].strip()] = tuple(_PMID.findall(told))
    return found
