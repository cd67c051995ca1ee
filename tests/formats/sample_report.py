"""A synthetic run with one of everything that a report can show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from evidence.findings import Finding, fingerprint
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Origin, Outcome, Unavailable, state_of
from evidence.model.partialdate import PartialDate
from evidence.model.policy import Policy, Severity
from evidence.model.records import Article, Author, Journal, Label, NoticeLink, Page, Record, SplVersion
from evidence.model.references import IdentifierUse, Place, Reference
from evidence.report import Exit, Ignored, Input, Mode, ReferenceResult, Report, Run, Unchecked

PATH = "references.yaml"
STARTED = datetime(2026, 11, 23, 8, 35, 54, tzinfo=UTC)
SOURCES = {IdKind.PMID: "pubmed", IdKind.SETID: "dailymed", IdKind.DOI: "crossref", IdKind.URL: "web"}
SETID = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"


def run(mode: Mode = Mode.ONLINE, as_of: date = date(2026, 11, 23)) -> Run:
    return Run(
        id="20261123T083554Z-7f3a",
        started=STARTED,
        finished=STARTED.replace(minute=36),
        as_of=as_of,
        mode=mode,
        actor="reviewer",
        tool_version="0.1.0",
        inputs=(Input(PATH, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),),
        policies={PATH: Policy()},
    )


def result(
    name: str, line: int, identifier: Identifier, outcome: Outcome, *, origin: Origin = Origin.NETWORK
) -> ReferenceResult:
    use = IdentifierUse(identifier, identifier.kind.upper(), Place(PATH, line + 1, 9))
    found: Record | None = outcome.record if isinstance(outcome, Found) else None
    answer = Answer(identifier, outcome, SOURCES[identifier.kind], "https://service.example", STARTED, origin=origin)
    return ReferenceResult(
        reference=Reference(name, Place(PATH, line, 5), uses=(use,)),
        state=state_of(outcome),
        answers=(answer,),
        verified=STARTED if found else None,
        origin=origin if found else None,
        record=found,
    )


def finding(
    code: str,
    name: str,
    severity: Severity,
    at: tuple[str | None, int],
    message: str,
    *,
    fix: str | None = None,
) -> Finding:
    reference, line = at
    place = Place(PATH, line, 13)
    return Finding(code, name, severity, reference, place, message, fingerprint(code, reference, message), fix)


def fibromyalgia_trial() -> Article:
    return Article(
        Identifier(IdKind.PMID, "23359310"),
        "Low-dose naltrexone for the treatment of fibromyalgia: findings of a small, randomized trial.",
        authors=(Author("Younger", "Jarred", "J"), Author("Noor", "Noorulain", "N")),
        journal=Journal("Arthritis and rheumatism", "Arthritis Rheum", "Arthritis Rheum"),
        issued=PartialDate(2013, 2),
        volume="65",
        issue="2",
        pages="529-38",
    )


def label() -> Label:
    versions = (SplVersion(12, date(2026, 3, 14)), SplVersion(10, date(2025, 2, 1)))
    return Label(Identifier(IdKind.SETID, SETID), "NALTREXONE HYDROCHLORIDE tablet, film coated", versions, "A Labeler")


def page() -> Page:
    return Page(Identifier(IdKind.URL, "https://charity.example/"), 200, "https://charity.example/", title="A charity")


def retracted() -> Article:
    notice = NoticeLink("RetractionIn", "J Examples. 2021 Jun;1(1):1", "34000002")
    title = "A study \x1b]0;owned\x07with \u202ea title\u202c that is <i>hostile</i>."
    return Article(Identifier(IdKind.PMID, "34000001"), title, notices=(notice,), issued=PartialDate(2020))


def results() -> tuple[ReferenceResult, ...]:
    silent = Unavailable("no answer within 75 s", Cause.TIMEOUT)
    return (
        result("younger-2013", 12, Identifier(IdKind.PMID, "23359310"), Found(fibromyalgia_trial())),
        result("retracted-2020", 20, Identifier(IdKind.PMID, "34000001"), Found(retracted()), origin=Origin.STORE),
        result("gone-2019", 28, Identifier(IdKind.PMID, "99999999"), NotFound("PubMed does not know it")),
        result("charity", 36, Identifier(IdKind.URL, "https://charity.example/"), Found(page())),
        result("label", 44, Identifier(IdKind.SETID, SETID), Found(label())),
        result("walled", 52, Identifier(IdKind.URL, "https://walled.example/deep/page"), Blocked("HTTP 403", 403)),
        result("by-doi", 60, Identifier(IdKind.DOI, "10.5555/silent"), silent),
        result("passed", 68, Identifier(IdKind.PMID, "12345678"), Found(fibromyalgia_trial())),
    )


def findings() -> tuple[Finding, ...]:
    error, warning, info = Severity.ERROR, Severity.WARNING, Severity.INFO
    again = "read the source again and set accessed to that day (YYYY-MM-DD)"
    return (
        finding("REF005", "invalid-value", warning, (None, 3), "policy: life: metadata is not a number of days"),
        finding(
            "MET001",
            "title-mismatch",
            warning,
            ("younger-2013", 16),
            'the title is cut short, PubMed\'s goes on "assessing daily pain levels"',
            fix="Low-dose naltrexone for the treatment of fibromyalgia: findings of a small, randomized trial.",
        ),
        finding("MET007", "missing-doi", info, ("younger-2013", 12), "no DOI is given", fix="DOI: 10.1002/art.37734"),
        finding(
            "RET001",
            "retracted-publication",
            error,
            ("retracted-2020", 21),
            "PubMed: retracted, see J Examples. 2021 Jun;1(1):1 (PMID 34000002)",
            fix="remove it as support; where the text is about the retraction itself, set role: discusses-retraction",
        ),
        finding("IDN003", "unregistered-identifier", error, ("gone-2019", 29), "PubMed does not know PMID 99999999"),
        finding(
            "ACC001",
            "stale-accessed-date",
            warning,
            ("charity", 39),
            "accessed 2025-08 is 449\N{EN DASH}479 days old, limit 365",
            fix=again,
        ),
        finding("ACC004", "imprecise-accessed-date", info, ("charity", 39), "accessed 2025-08 names no day", fix=again),
        finding(
            "SPL002",
            "label-changed-since-accessed",
            warning,
            ("label", 47),
            "1 version published since it was accessed (2025-08), now version 12 of 2026-03-14; then current was "
            "version 10 of 2025-02-01",
            fix="read version 12, correct what changed, and set accessed to that day",
        ),
        finding("ACC004", "imprecise-accessed-date", info, ("label", 47), "accessed 2025-08 names no day", fix=again),
        finding(
            "LNK004",
            "blocked-link",
            info,
            ("walled", 53),
            "HTTP 403 from walled.example: the page may be fine, machines are refused",
            fix="open it in a browser",
        ),
    )


def sample_report(mode: Mode = Mode.ONLINE, as_of: date = date(2026, 11, 23)) -> Report:
    home = finding("LNK009", "home-page-cited", Severity.WARNING, ("charity", 38), "the address is a bare home page")
    return Report(
        run=run(mode, as_of),
        references=results(),
        findings=findings(),
        unchecked=(Unchecked("by-doi", PATH, "crossref", "no answer within 75 s"),),
        ignored=(Ignored(home, "the charity has no page of its own on this"),),
        exit=Exit.FINDINGS,
    )


def clean_report(mode: Mode = Mode.ONLINE) -> Report:
    return replace(
        sample_report(mode), references=results()[-1:], findings=(), unchecked=(), ignored=(), exit=Exit.CLEAN
    )
