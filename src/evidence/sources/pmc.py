"""PubMed Central by PMCID, through `esummary db=pmc`.

The summaries are bibliographic only: they hold no publication types and no notices, so they say
nothing about retractions.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidence.model import identifiers as ids
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.ports import Clock, Source
from evidence.model.records import Article, Author, Journal
from evidence.model.regex import regex
from evidence.sources.entrez import (
    Entrez,
    Summary,
    body_of,
    entrez_of,
    in_batches,
    summaries_in,
    summaries_problem,
)
from evidence.sources.http.request import Reply, json_object
from evidence.sources.pubmed_xml import medline_date, years_named
from evidence.sources.spec import Opener

NAME = "pmc"
# The limit of esummary's JSON (ropensci/rentrez#103).
BATCH = 500
_MARKUP = regex(r"</?(?:i|b|u|sub|sup|em|strong|italic|bold)>", re.IGNORECASE)
_INITIALS = regex(r"[^\W\d_]{1,2}(?:[-.]?[^\W\d_]){0,4}\.?")
_SUFFIXES = frozenset({"jr", "sr", "2nd", "3rd", "4th", "ii", "iii", "iv"})


@dataclass(frozen=True, slots=True)
class Pmc:
    """PubMed Central as a source; never raises for what a service does. `batch` PMCIDs go into one request."""

    entrez: Entrez
    clock: Clock
    batch: int = BATCH

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every PMCID exactly once; one that PMC denies is asked again before it is not found."""
        numbers: dict[str, None] = {}
        for identifier in identifiers:
            if identifier.kind is IdKind.PMCID:
                numbers[identifier.value.removeprefix("PMC")] = None
            else:
                no_source = Unavailable("only PMCIDs can be looked up in PubMed Central", Cause.NO_SOURCE)
                yield Answer(identifier, no_source, NAME, self.entrez.address, self.clock.now())
        denied: list[str] = []
        for part, outcome in in_batches(numbers, self._ask, self.batch):
            for answer in self._answers(part, outcome):
                if isinstance(answer.outcome, NotFound):
                    denied.append(answer.identifier.value.removeprefix("PMC"))
                else:
                    yield answer
        for part, outcome in in_batches(denied, self._ask, self.batch):
            yield from self._answers(part, outcome)

    def _ask(self, numbers: Sequence[str]) -> Reply | Blocked | Unavailable:
        return self.entrez.summarise("pmc", numbers, summaries_problem)

    def _answers(self, numbers: Sequence[str], outcome: Reply | Blocked | Unavailable) -> Iterator[Answer]:
        at = self.clock.now()
        body = body_of(outcome)
        summaries = summaries_in(body) if isinstance(body, bytes) else {}
        for number in numbers:
            identifier, summary = Identifier(IdKind.PMCID, f"PMC{number}"), summaries.get(number)
            answer = body if not isinstance(body, bytes) else _outcome(identifier, summary)
            raw = None
            if summary is not None and isinstance(answer, Found):
                raw = json.dumps(summary.fields, ensure_ascii=False).encode("utf-8", "surrogatepass")
            yield Answer(identifier, answer, NAME, self.entrez.address, at, raw)


def _outcome(identifier: Identifier, summary: Summary | None) -> Outcome:
    if summary is None:
        return Unavailable("PubMed Central's answer does not contain this PMCID", Cause.CONTENT, 200)
    if summary.is_unknown:
        return NotFound("PubMed Central holds no such PMCID (asked twice)")
    if summary.error is not None:
        return Unavailable(f"esummary reports: {summary.error}", Cause.CONTENT, 200)
    try:
        return Found(_article(identifier, summary))
    except ValueError as error:
        return Unavailable(str(error), Cause.CONTENT, 200)


def _article(identifier: Identifier, summary: Summary) -> Article:
    """The record; its identifier is another one when PMC has replaced the one asked."""
    fields = summary.fields
    title = _text(fields, "title")
    if not title:
        raise ValueError(f"schema drift: {identifier} has no title")
    people = fields.get("authors")
    people = people if isinstance(people, list) else []
    own = ids.parse(IdKind.PMCID, summary.number("pmcid") or identifier.value)
    printed, online = _text(fields, "printpubdate") or _text(fields, "pubdate"), _text(fields, "epubdate")
    return Article(
        identifier=own if isinstance(own, Identifier) else identifier,
        title=title,
        title_html=html.escape(title, quote=False),
        authors=tuple(_author(entry) for entry in people if isinstance(entry, dict)),
        journal=Journal(title=_text(fields, "fulljournalname"), medline_ta=_text(fields, "source")),
        issued=medline_date(printed),
        published_online=medline_date(online),
        date_text=printed,
        years=years_named(printed, online, _text(fields, "pubdate")),
        has_article_date=bool(online),
        volume=_text(fields, "volume"),
        issue=_text(fields, "issue"),
        pages=_text(fields, "pages"),
        also_known_as=tuple(_known_as(summary)),
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    """A field without markup, entities decoded, white space single; "" when it is missing or no text."""
    value = fields.get(name)
    return " ".join(_MARKUP.sub("", html.unescape(value)).split()) if isinstance(value, str) else ""


def _known_as(summary: Summary) -> Iterator[Identifier]:
    for id_type, kind in (("pmid", IdKind.PMID), ("doi", IdKind.DOI)):
        number = summary.number(id_type)
        known = ids.parse(kind, number) if number and number != "0" else None
        if isinstance(known, Identifier):
            yield known


def _author(entry: Mapping[str, Any]) -> Author:
    """`Walker-Smith JA`, `Trask OJ Jr`: family name, initials, suffix; anything else is a body's name."""
    name = _text(entry, "name")
    if entry.get("authtype") == "CollectiveName":
        return Author(collective=name)
    words = name.split()
    suffix = words.pop() if len(words) > 2 and words[-1].lower().rstrip(".") in _SUFFIXES else ""
    if len(words) < 2 or not (words[-1].isupper() and _INITIALS.fullmatch(words[-1])):
        return Author(family=" ".join(words), suffix=suffix)
    return Author(family=" ".join(words[:-1]), initials=words[-1], suffix=suffix)


def read_stored(identifier: Identifier, raw: bytes) -> Article:
    """The record in a stored answer (one document summary as JSON).

    Raises:
        ValueError: The bytes are not such a summary.
    """
    fields = json_object(raw)
    if fields is None:
        raise ValueError(f"{identifier}: schema drift: this is no document summary")
    return _article(identifier, Summary(fields))


# PMCIDs answered by PubMed's record where there is one.


@dataclass(frozen=True, slots=True)
class ThroughPubMed:
    """Asks PMC which PMID an article has, and PubMed what it is: PMC's summaries say nothing about retractions.

    An article that is in PMC but not in PubMed is answered by PMC alone. When PubMed cannot be asked
    the answer is PubMed's silence, with PMC's bibliographic facts remembered beside it.
    """

    pmc: Source
    pubmed: Source

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every PMCID once."""
        by_pmid: dict[Identifier, list[Answer]] = {}
        for answer in self.pmc.look_up(identifiers):
            match answer.outcome:
                case Found(record=Article(also_known_as=others)):
                    pmid = next((other for other in others if other.kind is IdKind.PMID), None)
                case _:
                    pmid = None
            if pmid is None:
                yield answer
            else:
                by_pmid.setdefault(pmid, []).append(answer)
        for known in self.pubmed.look_up(by_pmid):
            for answer in by_pmid[known.identifier]:
                if isinstance(known.outcome, Found):
                    yield replace(known, identifier=answer.identifier, raw=None)
                else:
                    remembered = answer.outcome.record if isinstance(answer.outcome, Found) else None
                    yield replace(known, identifier=answer.identifier, remembered=known.remembered or remembered)


OPENER = Opener(
    connect=lambda access: Pmc(entrez_of(access, NAME), access.clock),
    read=read_stored,
    combine=lambda sources: ThroughPubMed(sources[NAME], sources["pubmed"]),
)
