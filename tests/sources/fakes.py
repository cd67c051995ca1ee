"""Fakes for the seams of a source: services that answer by a function, a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs

from evidence.http.exchange import Doubt, Reply, Request
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Unavailable

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SET = (
    '<?xml version="1.0" ?>\n'
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
    "<PubmedArticleSet>{}</PubmedArticleSet>\n"
)


class StoppedClock:
    """Always noon; it cannot be waited for."""

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"a source slept for {seconds} s")


class FakeServices:
    """Carries no request anywhere: a function answers it, and the source's doubt is honoured as by the real one."""

    def __init__(self, answer: Callable[[Request], Reply | Blocked | Unavailable]) -> None:
        self.answer = answer
        self.requests: list[Request] = []

    def exchange(self, request: Request, doubt: Doubt) -> Reply | Blocked | Unavailable:
        self.requests.append(request)
        reply = self.answer(request)
        if not isinstance(reply, Reply):
            return reply
        objection = doubt(reply)
        return reply if objection is None else Unavailable(objection, Cause.CONTENT, reply.status)


def reply(body: bytes | str, status: int = 200) -> Reply:
    return Reply(status, {}, body.encode() if isinstance(body, str) else body)


def utility(request: Request) -> str:
    return request.url.rsplit("/", 1)[1].removesuffix(".fcgi")


def form(request: Request) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs((request.body or b"").decode()).items()}


def ids(request: Request) -> list[str]:
    return form(request)["id"].split(",")


def pmid(number: int | str) -> Identifier:
    return Identifier(IdKind.PMID, str(number))


def pmcid(number: int | str) -> Identifier:
    return Identifier(IdKind.PMCID, f"PMC{number}")


def record(number: int | str, title: str = "A title.", version: int = 1) -> str:
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="{version}">{number}</PMID>'
        f"<Article><Journal><JournalIssue><PubDate><Year>2013</Year></PubDate></JournalIssue></Journal>"
        f"<ArticleTitle>{title}</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
    )


def summaries(entries: dict[str, dict[str, object]]) -> Reply:
    result = {"uids": list(entries), **{uid: {"uid": uid, **entry} for uid, entry in entries.items()}}
    return reply(json.dumps({"header": {"type": "esummary", "version": "0.3"}, "result": result}))


UNKNOWN: dict[str, object] = {"error": "cannot get document summary"}
BAD_IDS = reply("<eFetchResult><ERROR>ID list is empty! Possibly it has no correct IDs.</ERROR></eFetchResult>", 400)


@dataclass
class FakeNcbi:
    """A healthy NCBI: `held` PMIDs have records, `merged` ones a summary under another PMID, `bad` spoil a batch."""

    held: set[str] = field(default_factory=set)
    merged: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    bad: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Reply:
        return self.efetch(ids(request)) if utility(request) == "efetch" else self.esummary(ids(request))

    def efetch(self, asked: list[str]) -> Reply:
        if self.bad & set(asked):
            return BAD_IDS
        gone = [f'<PMID Version="1">{number}</PMID>' for number in asked if number in self.deleted]
        withdrawn = f"<DeleteCitation>{''.join(gone)}</DeleteCitation>" if gone else ""
        return reply(SET.format("".join(record(number) for number in asked if number in self.held) + withdrawn))

    def esummary(self, asked: list[str]) -> Reply:
        return summaries({number: self.summary(number) for number in asked})

    def summary(self, number: str) -> dict[str, object]:
        real = self.merged.get(number, number)
        return {"articleids": [{"idtype": "pubmed", "value": real}]} if real in self.held else UNKNOWN
