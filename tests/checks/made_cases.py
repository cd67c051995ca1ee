"""Cases made up for the rules: one reference, what was answered, what was seen before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from evidence.findings import Finding
from evidence.model.case import Case
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Found, Observation, Outcome
from evidence.model.policy import Policy
from evidence.model.records import Article, Label, NoticeLink, PublicationType, Record, SplVersion
from evidence.model.references import IdentifierUse, Library, Place, Reference
from evidence.rules import Rule

PATH = "references.yaml"
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PMID = Identifier(IdKind.PMID, "23359310")
SETID = Identifier(IdKind.SETID, "06ff2d5a-e62b-4fa4-bbdb-01938535bc65")
URL = Identifier(IdKind.URL, "https://charity.example/naltrexone")
KEYS = {IdKind.PMID: "PMID", IdKind.SETID: "setid", IdKind.URL: "URL", IdKind.DOI: "DOI", IdKind.NCT: "NCT"}
SOURCES = {IdKind.PMID: "pubmed", IdKind.SETID: "dailymed", IdKind.URL: "web", IdKind.DOI: "crossref"}


def reference(*identifiers: Identifier, **fields: Any) -> Reference:
    """An entry whose fields stand one a line, in the order given."""
    keys = [KEYS[identifier.kind] for identifier in identifiers] + [name.replace("_", "-") for name in fields]
    places = {key: Place(PATH, line, 11) for line, key in enumerate(keys, 4)}
    uses = tuple(IdentifierUse(i, KEYS[i.kind], places[KEYS[i.kind]]) for i in identifiers)
    return Reference("entry", Place(PATH, 3, 5), places=places, uses=uses, **fields)


def answer(identifier: Identifier, outcome: Outcome, remembered: Record | None = None) -> Answer:
    address = "https://service.example"
    return Answer(identifier, outcome, SOURCES[identifier.kind], address, NOW, remembered=remembered)


def case(
    entry: Reference,
    *answers: Answer,
    today: date = TODAY,
    policy: Policy | None = None,
    history: Mapping[Identifier, tuple[Observation, ...]] | None = None,
) -> Case:
    library = Library(PATH, "0" * 64, (entry,))
    return Case(entry, library, policy or Policy(), today, answers, history or {})


def article(
    *links: NoticeLink, types: tuple[PublicationType, ...] = (), identifier: Identifier = PMID, title: str = "A title."
) -> Article:
    return Article(identifier, title, notices=links, publication_types=types)


def label(*versions: tuple[int, date], identifier: Identifier = SETID) -> Label:
    return Label(identifier, "NALTREXONE tablet", tuple(SplVersion(number, day) for number, day in versions))


def about_article(record: Article, **fields: Any) -> Case:
    """An entry that cites an article, and the article as its source gives it today."""
    return case(reference(record.identifier, **fields), answer(record.identifier, Found(record)))


def about_label(record: Label, **fields: Any) -> Case:
    """An entry that cites a label, and the label as DailyMed gives it today."""
    return case(reference(record.identifier, **fields), answer(record.identifier, Found(record)))


def only(rule: Rule, judged: Case) -> Finding:
    """The one finding of this rule."""
    [finding] = rule.findings(judged)
    return finding


def told(rules: tuple[Rule, ...], judged: Case) -> list[str]:
    """The codes that these rules find."""
    return [finding.code for rule in rules for finding in rule.findings(judged)]
