"""PubMed by PMID, through the E-utilities.

efetch leaves out what it does not know, without a word. So every PMID asked is reconciled with what
came back, and the missing get a second look with esummary, which distinguishes an unknown PMID from one
that exists but was not sent. Only when both say no is a PMID not found.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.ports import Clock
from evidence.model.records import Article
from evidence.sources.entrez import (
    BUCKET,
    GAP,
    Entrez,
    body_of,
    entrez_of,
    in_batches,
    is_bad_id,
    records_in,
    records_problem,
    summaries_in,
    summaries_problem,
)
from evidence.sources.http.request import Reply, Request
from evidence.sources.pubmed_xml import SchemaDriftError, read_article, read_text
from evidence.sources.spec import Opener, Probe, Settings

NAME = "pubmed"
_DELETED_IN = "deleted-in"  # the key of a stored answer that says which file withdraws the PMID
# PubMed XML is about 15 kB a record; 500 make a reply of 7 MB, and a failed batch is cheap to repeat.
BATCH = 500
# The limit of esummary's JSON (ropensci/rentrez#103).
_MOST_SUMMARIES = 500


@dataclass(frozen=True, slots=True)
class PubMed:
    """PubMed as a source; never raises for what a service does. `batch` PMIDs go into one request."""

    entrez: Entrez
    clock: Clock
    batch: int = BATCH

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every PMID exactly once: those that efetch brings as they come, the others after a second look."""
        pmids: dict[str, None] = {}
        for identifier in identifiers:
            if identifier.kind is IdKind.PMID:
                pmids[identifier.value] = None
            else:
                no_source = Unavailable("only PMIDs can be looked up in PubMed", Cause.NO_SOURCE)
                yield Answer(identifier, no_source, NAME, self.entrez.address, self.clock.now())
        missing: list[str] = []
        for part, outcome in in_batches(pmids, self._fetch, self.batch):
            at = self.clock.now()
            if isinstance(outcome, Reply) and is_bad_id(outcome):
                missing.extend(part)
                continue
            body = body_of(outcome)
            if not isinstance(body, bytes):
                yield from (self._answer(pmid, body, at) for pmid in part)
                continue
            # A record that was not requested answers nothing: efetch never sends one for a PMID that was
            # replaced, so a reply that does is confused; esummary will name the replacement.
            records = records_in(body)
            for pmid in part:
                if pmid in records.raws:
                    yield self._found(pmid, records.raws[pmid], at)
                elif pmid in records.deleted:
                    yield self._answer(pmid, NotFound("PubMed has deleted this PMID"), at)
                elif records.nameless:
                    yield self._answer(pmid, _unreadable("schema drift: PubMed sent a record without its PMID"), at)
                else:
                    missing.append(pmid)
        for part, outcome in in_batches(
            missing, lambda pmids: self.entrez.summarise("pubmed", pmids, summaries_problem), _MOST_SUMMARIES
        ):
            yield from self._second_look(part, outcome)

    def _fetch(self, pmids: Sequence[str]) -> Reply | Blocked | Unavailable:
        return self.entrez.fetch("pubmed", pmids, records_problem)

    def _second_look(self, pmids: Sequence[str], outcome: Reply | Blocked | Unavailable) -> Iterator[Answer]:
        """What esummary says of PMIDs that efetch left out."""
        at = self.clock.now()
        body = body_of(outcome)
        if not isinstance(body, bytes):
            yield from (self._answer(pmid, body, at) for pmid in pmids)
            return
        summaries = summaries_in(body)
        replaced: dict[str, str] = {}
        for pmid in pmids:
            summary = summaries.get(pmid)
            real = summary.number("pubmed") if summary else None
            if real and real != pmid and real.isdecimal():
                replaced[pmid] = real
            elif summary is None:
                yield self._answer(pmid, _unreadable("the answers of efetch and esummary do not contain this PMID"), at)
            elif summary.is_unknown:
                yield self._answer(pmid, NotFound("PubMed holds no such PMID (efetch and esummary agree)"), at)
            elif summary.error is not None:
                yield self._answer(pmid, _unreadable(f"esummary reports: {summary.error}"), at)
            else:
                yield self._answer(pmid, _unreadable("PubMed has this PMID, but did not return its record"), at)
        yield from self._replacements(replaced)

    def _replacements(self, replaced: dict[str, str]) -> Iterator[Answer]:
        """The records of the PMIDs by which others were replaced, as answers to the old ones."""
        for part, outcome in in_batches(dict.fromkeys(replaced.values()), self._fetch, self.batch):
            at = self.clock.now()
            body = body_of(outcome)
            raws = records_in(body).raws if isinstance(body, bytes) else {}
            for pmid in (old for old, new in replaced.items() if new in part):
                real = replaced[pmid]
                if real in raws:
                    yield self._found(pmid, raws[real], at)
                else:
                    lost = _unreadable(f"PubMed has replaced this PMID with {real}, but did not return that record")
                    yield self._answer(pmid, lost if isinstance(body, bytes) else body, at)

    def _found(self, pmid: str, raw: bytes, at: datetime) -> Answer:
        try:
            article = read_article(raw)
        except SchemaDriftError as error:
            return self._answer(pmid, _unreadable(str(error)), at)
        return self._answer(pmid, Found(article), at, raw)

    def _answer(self, pmid: str, outcome: Outcome, at: datetime, raw: bytes | None = None) -> Answer:
        return Answer(Identifier(IdKind.PMID, pmid), outcome, NAME, self.entrez.address, at, raw)


def _unreadable(reason: str) -> Unavailable:
    return Unavailable(reason, Cause.CONTENT, 200)


def deletion(pmid: str, file: str) -> bytes:
    """What is stored of a PMID that a file of PubMed's (its name) withdraws."""
    return json.dumps({_DELETED_IN: file, "pmid": pmid}, sort_keys=True).encode()


def read_stored(identifier: Identifier, raw: bytes) -> Article | NotFound:
    """The record in a stored answer, or the stored fact that a file withdraws the PMID.

    The record's identifier is another one when PubMed had replaced the one asked.

    Raises:
        ValueError: The bytes are not a PubMed record.
    """
    if raw.startswith(b"{"):
        return NotFound(f"PubMed has deleted this PMID ({json.loads(raw)[_DELETED_IN]})")
    try:
        return read_article(raw)
    except SchemaDriftError as error:
        raise SchemaDriftError(f"{identifier}: {error}") from error


def _probe(settings: Settings, address: str) -> Request:
    key = f"&api_key={settings.ncbi_api_key}" if settings.ncbi_api_key else ""
    return Request(
        f"{address}/esummary.fcgi",
        BUCKET,
        GAP,
        body=f"db=pubmed&id=1&retmode=json&tool=evidence-tracker{key}".encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )


OPENER = Opener(
    connect=lambda access: PubMed(entrez_of(access, NAME), access.clock),
    read=read_stored,
    read_text=read_text,
    probe=Probe("PubMed", _probe, b'"result"'),
)
