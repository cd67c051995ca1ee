"""Everything that tests are made of: references, records, answers, cases, findings, runs, reports, sign-offs, files."""

from __future__ import annotations

import hashlib
import io
import os
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

from evidence.app.import_ import Plan, begin, plan
from evidence.app.import_files import ImportFormat
from evidence.app.import_listing import Listing, read_listing
from evidence.app.registry import SOURCE_NAMES
from evidence.audit.signoffs import details_of, sign_off_of
from evidence.bibliography.csl import ItemSource
from evidence.demo import spl
from evidence.demo.world import ArticleFacts
from evidence.documents.document import Document, DocumentFormat
from evidence.documents.reader import parse_document
from evidence.documents.reflist import find_references
from evidence.library.editor import edit
from evidence.library.files import SourceText
from evidence.library.reader import read_text
from evidence.matching.compare import compare
from evidence.matching.verdict import Comparison
from evidence.model.audit import (
    Attested,
    Bound,
    BoundKind,
    Meaning,
    Signature,
    SignatureCheck,
    SignatureKind,
    SignatureState,
    SignedFinding,
    SignedReport,
    SignOff,
    SignOffStatus,
)
from evidence.model.dates import PartialDate
from evidence.model.errors import Place
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import (
    Answer,
    Blocked,
    Candidate,
    Cause,
    CheckStatus,
    Found,
    Match,
    NotFound,
    Observation,
    Origin,
    Outcome,
    Unavailable,
    state_of,
)
from evidence.model.policy import Policy, Severity
from evidence.model.records import (
    Article,
    Author,
    Journal,
    Label,
    NoticeLink,
    Page,
    PublicationType,
    Record,
    RecordText,
    SplVersion,
)
from evidence.model.references import Fault, IdentifierUse, Library, Reference
from evidence.model.report import BegunRun, Exit, Ignored, Input, Mode, ReferenceResult, Report, Run, Unchecked
from evidence.model.rule import ANYTHING, Finding, Lookup, fingerprint
from evidence.reports.document import report_document, sign_off_document
from evidence.rules.case import Case
from evidence.rules.rule import CaseRule, entry_rule
from evidence.storage.lockfile import text_to_write, write_text
from evidence.storage.store import Store
from fakes import NOON, FakeClock

PATH = "references.yaml"
TODAY = date(2026, 11, 23)
ADDRESS = "https://eutils.example/entrez"
LABEL_SETID = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


# Identifiers


def spl_document(*sections: str, **facts: Any) -> bytes:
    """The document of version 3 of the label of tests, unless the facts say otherwise."""
    return spl.spl_document(*sections, **{"setid": LABEL_SETID, "version": 3, "effective": "20240131"} | facts)


def pmid(number: int | str) -> Identifier:
    return Identifier(IdKind.PMID, str(number))


def pmcid(number: int | str) -> Identifier:
    return Identifier(IdKind.PMCID, f"PMC{number}")


def doi(value: str) -> Identifier:
    return Identifier(IdKind.DOI, value)


def setid(value: str) -> Identifier:
    return Identifier(IdKind.SETID, value)


def nct(number: str) -> Identifier:
    return Identifier(IdKind.NCT, number)


def url(address: str) -> Identifier:
    return Identifier(IdKind.URL, address)


# References and libraries

PMID = pmid("23359310")
SETID = setid(LABEL_SETID)
NCT = nct("NCT01234567")
URL = url("https://charity.example/naltrexone")
_KEYS = {IdKind.PMID: "PMID", IdKind.SETID: "setid", IdKind.URL: "URL", IdKind.DOI: "DOI", IdKind.NCT: "NCT"}
_SOURCES = {
    IdKind.PMID: "pubmed",
    IdKind.SETID: "dailymed",
    IdKind.CONTENTS: "spl",
    IdKind.URL: "web",
    IdKind.DOI: "crossref",
    IdKind.NCT: "clinicaltrials",
}


def reference(*identifiers: Identifier, **fields: Any) -> Reference:
    """An entry whose fields are one a line, in the order given."""
    keys = [_KEYS[identifier.kind] for identifier in identifiers] + [name.replace("_", "-") for name in fields]
    places = {key: Place(PATH, line, 11) for line, key in enumerate(keys, 4)}
    uses = tuple(IdentifierUse(i, _KEYS[i.kind], places[_KEYS[i.kind]]) for i in identifiers)
    return Reference("entry", Place(PATH, 3, 5), places=places, uses=uses, **fields)


def reference_named(
    name: str, *identifiers: Identifier, line: int = 1, ignore: Mapping[str, str] | None = None
) -> Reference:
    place = Place(PATH, line, 3)
    uses = tuple(IdentifierUse(identifier, identifier.kind.value, place) for identifier in identifiers)
    return Reference(id=name, place=place, uses=uses, ignore=ignore or {})


def library_of(*references: Reference, path: str = PATH) -> Library:
    return Library(path=path, sha256="0" * 64, references=references)


def source_from(text: str = "references: []\n") -> SourceText:
    return SourceText(PATH, text, hashlib.sha256(text.encode()).hexdigest())


def library_from(text: str) -> Library:
    return read_text(source_from(dedent(text)))


def entry_from(fields: str) -> Reference:
    """The one entry with these fields, its first field on line 2, values from column 5 on."""
    [reference] = library_from(
        "references:\n"
        + "".join(
            f"  - {line}\n" if n == 0 else f"    {line}\n"
            for n, line in enumerate(dedent(fields).strip("\n").split("\n"))
        )
    ).references
    return reference


def only_fault(fields: str) -> Fault:
    [fault] = entry_from(fields).faults
    return fault


def entry_in_braces(fields: str) -> Reference:
    """The one entry with these fields in flow style: `id: a, volume: 1`."""
    return library_from(f"references:\n- {{{fields}}}\n").references[0]


# Records, and what their sources answered


def article(
    *links: NoticeLink, types: tuple[PublicationType, ...] = (), identifier: Identifier = PMID, title: str = "A title."
) -> Article:
    return Article(identifier, title, notices=links, publication_types=types)


def label(*versions: tuple[int, date], identifier: Identifier = SETID) -> Label:
    return Label(identifier, "NALTREXONE tablet", tuple(SplVersion(number, day) for number, day in versions))


def answer(
    identifier: Identifier,
    outcome: Outcome,
    remembered: Record | None = None,
    *,
    at: datetime = NOON,
    address: str = ADDRESS,
    **more: Any,
) -> Answer:
    """What the source of such an identifier answered."""
    return Answer(identifier, outcome, _SOURCES[identifier.kind], address, at, remembered=remembered, **more)


def found_answer(identifier: Identifier, raw: bytes = b"<PubmedArticle/>", **more: Any) -> Answer:
    """An answer that brings an article."""
    return answer(identifier, Found(Article(identifier, "A title")), raw=raw, **more)


# Cases and what rules find

plain_rule = partial(entry_rule, needs=Lookup.NONE, about=ANYTHING)
"""Declares a rule with nothing special about it."""


def case(
    entry: Reference,
    *answers: Answer,
    today: date = TODAY,
    policy: Policy | None = None,
    history: Mapping[Identifier, tuple[Observation, ...]] | None = None,
    text: RecordText | None = None,
) -> Case:
    return Case(
        entry,
        library_of(entry),
        policy or Policy(),
        today,
        answers,
        history or {},
        source_names=SOURCE_NAMES,
        text=text,
    )


def case_about(record: Article | Label, **fields: Any) -> Case:
    """An entry that cites an article or a label, and the record as its source gives it today."""
    return case(reference(record.identifier, **fields), answer(record.identifier, Found(record)))


def only_finding(rule: CaseRule, judged: Case) -> Finding:
    """The one finding of this rule."""
    [finding] = rule.findings(judged)
    return finding


def found_codes(rules: tuple[CaseRule, ...], judged: Case) -> list[str]:
    """The codes that these rules find."""
    return [finding.code for rule in rules for finding in rule.findings(judged)]


def finding(
    code: str = "RET001",
    reference: str | None = "younger-2013",
    message: str = "is retracted",
    *,
    name: str = "retracted-publication",
    severity: Severity = Severity.ERROR,
    place: Place | None = None,
    fact: str | None = None,
    fix: str | None = None,
) -> Finding:
    """A finding; its fingerprint is made of its message, unless a fact is given as it is."""
    printed = fingerprint(code, reference, message) if fact is None else fact
    return Finding(code, name, severity, reference, place or Place(PATH, 12, 5), message, printed, fix)


def finding_at(
    code: str,
    name: str,
    severity: Severity,
    at: tuple[str | None, int],
    message: str,
    *,
    fix: str | None = None,
) -> Finding:
    reference, line = at
    return finding(code, reference, message, name=name, severity=severity, place=Place(PATH, line, 13), fix=fix)


# Stores, runs and locks


def open_store(path, clock=None, **options):
    return Store.open(path, tool_version="1.2.3", clock=clock or FakeClock(), **options)


@contextmanager
def connection_of(store):
    """The store's own connection, to do what no part of the program would."""
    with store.database.read() as connection:
        yield connection


def without_triggers(connection, *tables):
    """Take the triggers away that keep these tables append-only, as somebody who owns the file can."""
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        if name.startswith(tuple(f"{table}_keep_" for table in tables)):
            connection.execute(f"DROP TRIGGER {name}")


def begun_run(run_id, *, started=NOON, as_of=TODAY, **more):
    given = {
        "mode": Mode.ONLINE,
        "actor": "editor",
        "tool_version": "1.2.3",
        "inputs": (Input(PATH, "ab" * 32),),
        "policies": {PATH: Policy(severity={"MET007": Severity.WARNING})},
    }
    return BegunRun(id=run_id, started=started, as_of=as_of, **(given | more))


STORED_REPORT = b'{"version": 1}\n'


def end_run(store, run_id, stored=STORED_REPORT, *, findings=(), ignored=(), code=Exit.CLEAN):
    """End a run a minute after noon, with these bytes as its report."""
    begun = begun_run(run_id)
    known = {field.name: getattr(begun, field.name) for field in fields(begun)}
    report = Report(
        run=Run(**known, finished=NOON + timedelta(minutes=1)),
        references=(),
        findings=tuple(findings),
        unchecked=(),
        ignored=tuple(ignored),
        exit=code,
    )
    store.end_run(report, lambda _: stored)


def printed_entry(article: ArticleFacts) -> str:
    people = ", ".join(f"{author.family} {author.initials}" for author in article.authors)
    where = f"{article.pub_date[:4]};{article.volume}({article.issue}):{article.pages}"
    return f"{people}. {article.title.rstrip('.')}. {article.journal.medline_ta}. {where}. PMID: {article.pmid}"


def write_lock(old, lock):
    """Put a lock in the place of the old one, where no trail is kept; False when no byte would change."""
    text = text_to_write(old, lock, None)
    if text is not None:
        write_text(old, text)
    return text is not None


# A sign-off of one file, one lock and one report

STALE_FINDING = SignedFinding("ACC001", "f" * 32, Severity.WARNING)
BOUND_FILES = (
    Bound(BoundKind.REFERENCES, PATH, "a" * 64),
    Bound(BoundKind.MONOGRAPH, "naltrexone.docx", "b" * 64),
    Bound(BoundKind.LOCK, "references.lock.json", "c" * 64, "d" * 64),
)
SIGNED_REPORT = SignedReport(
    run="20261123T090000Z-abcdef",
    sha256="e" * 64,
    finished="2026-11-23T09:00:05Z",
    mode="online",
    exit=0,
    errors=0,
    warnings=1,
    infos=2,
    unchecked=0,
    findings={PATH: (STALE_FINDING,)},
)


def sign_off_details(**changed: Any) -> dict[str, str]:
    fields: dict[str, Any] = {
        "name": "A. Reviewer",
        "role": "medical editor",
        "meaning": Meaning.APPROVED,
        "at": "2026-11-23T10:00:00Z",
        "bound": BOUND_FILES,
        "report": SIGNED_REPORT,
    }
    return details_of(**(fields | changed))


def sign_off(sequence: int = 7, as_of: date = TODAY, reason: str | None = None, **changed: Any) -> SignOff:
    return sign_off_of(
        sequence=sequence,
        at="2026-11-23T10:00:01Z",
        as_of=as_of,
        actor="areviewer",
        reason=reason,
        details=sign_off_details(**changed),
    )


def attested(*now: Bound, **changed: Any) -> Attested:
    """The sign-off beside these files as they are now, in the place of those that were signed."""
    present = {(one.kind, one.path): one for one in (*BOUND_FILES, *now)}
    return Attested(sign_off(**changed), tuple(present.values()), library_of={PATH: PATH})


def signed_finding(code: str = "ACC001", fact: str = "f" * 32, severity: Severity = Severity.WARNING) -> Finding:
    return finding(code, "entry", "a message", name="a-name", severity=severity, place=Place(PATH, 3, 5), fact=fact)


# A run with one of everything that a report can show

STARTED = datetime(2026, 11, 23, 8, 35, 54, tzinfo=UTC)


def sample_run(mode: Mode = Mode.ONLINE, as_of: date = TODAY) -> Run:
    return Run(
        id="20261123T083554Z-7f3a",
        started=STARTED,
        finished=STARTED.replace(minute=36),
        as_of=as_of,
        mode=mode,
        actor="reviewer",
        tool_version="0.1.0",
        inputs=(Input(PATH, _SHA256),),
        policies={PATH: Policy()},
    )


def reference_result(
    name: str,
    line: int,
    identifier: Identifier,
    outcome: Outcome,
    *,
    origin: Origin = Origin.NETWORK,
    check: CheckStatus = CheckStatus.CHECKED,
) -> ReferenceResult:
    use = IdentifierUse(identifier, identifier.kind.upper(), Place(PATH, line + 1, 9))
    found: Record | None = outcome.record if isinstance(outcome, Found) else None
    answer = Answer(identifier, outcome, _SOURCES[identifier.kind], "https://service.example", STARTED, origin=origin)
    return ReferenceResult(
        reference=Reference(name, Place(PATH, line, 5), uses=(use,)),
        state=state_of(outcome),
        answers=(answer,),
        verified=STARTED if found else None,
        origin=origin if found else None,
        record=found,
        check=check,
    )


def fibromyalgia_trial() -> Article:
    return Article(
        pmid("23359310"),
        "Low-dose naltrexone for the treatment of fibromyalgia: findings of a small, randomized trial.",
        authors=(Author("Younger", "Jarred", "J"), Author("Noor", "Noorulain", "N")),
        journal=Journal("Arthritis and rheumatism", "Arthritis Rheum", "Arthritis Rheum"),
        issued=PartialDate(2013, 2),
        volume="65",
        issue="2",
        pages="529-38",
    )


def sample_label() -> Label:
    versions = (SplVersion(12, date(2026, 3, 14)), SplVersion(10, date(2025, 2, 1)))
    return Label(setid(LABEL_SETID), "NALTREXONE HYDROCHLORIDE tablet, film coated", versions, "A Labeler")


def sample_page() -> Page:
    return Page(url("https://charity.example/"), 200, "https://charity.example/", title="A charity")


def retracted_article() -> Article:
    notice = NoticeLink("RetractionIn", "J Examples. 2021 Jun;1(1):1", "34000002")
    title = "A study \x1b]0;owned\x07with \u202ea title\u202c that is <i>hostile</i>."
    return Article(pmid("34000001"), title, notices=(notice,), issued=PartialDate(2020))


def sample_results() -> tuple[ReferenceResult, ...]:
    silent = Unavailable("no answer within 75 s", Cause.TIMEOUT)
    return (
        reference_result("younger-2013", 12, pmid("23359310"), Found(fibromyalgia_trial())),
        reference_result("retracted-2020", 20, pmid("34000001"), Found(retracted_article()), origin=Origin.STORE),
        reference_result("gone-2019", 28, pmid("99999999"), NotFound("PubMed does not know it")),
        reference_result("charity", 36, url("https://charity.example/"), Found(sample_page())),
        reference_result("label", 44, setid(LABEL_SETID), Found(sample_label())),
        reference_result(
            "walled",
            52,
            url("https://walled.example/deep/page"),
            Blocked("HTTP 403", 403),
            check=CheckStatus.CANNOT_BE_CHECKED,
        ),
        reference_result("by-doi", 60, doi("10.5555/silent"), silent, check=CheckStatus.NOT_CHECKED),
        reference_result("passed", 68, pmid("12345678"), Found(fibromyalgia_trial())),
    )


def sample_findings() -> tuple[Finding, ...]:
    error, warning, info = Severity.ERROR, Severity.WARNING, Severity.INFO
    again = "read the source again and set accessed to that day (YYYY-MM-DD)"
    return (
        finding_at("REF005", "invalid-value", warning, (None, 3), "policy: life: metadata is not a number of days"),
        finding_at(
            "MET001",
            "title-mismatch",
            warning,
            ("younger-2013", 16),
            'the title is cut short, PubMed\'s goes on "assessing daily pain levels"',
            fix="Low-dose naltrexone for the treatment of fibromyalgia: findings of a small, randomized trial.",
        ),
        finding_at(
            "MET007", "missing-doi", info, ("younger-2013", 12), "no DOI is given", fix="DOI: 10.1002/art.37734"
        ),
        finding_at(
            "RET001",
            "retracted-publication",
            error,
            ("retracted-2020", 21),
            "PubMed: retracted, see J Examples. 2021 Jun;1(1):1 (PMID 34000002)",
            fix="remove it as support; where the text is about the retraction itself, set role: discusses-retraction",
        ),
        finding_at("IDN003", "unregistered-identifier", error, ("gone-2019", 29), "PubMed does not know PMID 99999999"),
        finding_at(
            "ACC001",
            "stale-accessed-date",
            warning,
            ("charity", 39),
            "access date 2025-08 is 449 to 479 days old (limit: 365 days)",
            fix=again,
        ),
        finding_at(
            "ACC004", "imprecise-accessed-date", info, ("charity", 39), "accessed 2025-08 has no day", fix=again
        ),
        finding_at(
            "SPL002",
            "label-changed-since-accessed",
            warning,
            ("label", 47),
            "1 version published since it was accessed (2025-08), now version 12 of 2026-03-14; then current was "
            "version 10 of 2025-02-01",
            fix="read version 12, correct the text if needed, and set accessed to that day",
        ),
        finding_at("ACC004", "imprecise-accessed-date", info, ("label", 47), "accessed 2025-08 has no day", fix=again),
        finding_at(
            "LNK004",
            "blocked-link",
            info,
            ("walled", 53),
            "HTTP 403 from walled.example: the page may be fine, machines are refused",
            fix="open it in a browser",
        ),
    )


def sample_report(mode: Mode = Mode.ONLINE, as_of: date = TODAY) -> Report:
    home = finding_at("LNK009", "home-page-cited", Severity.WARNING, ("charity", 38), "the address is a bare home page")
    return Report(
        run=sample_run(mode, as_of),
        references=sample_results(),
        findings=sample_findings(),
        unchecked=(Unchecked("by-doi", PATH, "crossref", "no answer within 75 s"),),
        ignored=(Ignored(home, "the charity has no page of its own on this"),),
        exit=Exit.FINDINGS,
    )


def clean_report(mode: Mode = Mode.ONLINE) -> Report:
    return replace(
        sample_report(mode), references=sample_results()[-1:], findings=(), unchecked=(), ignored=(), exit=Exit.CLEAN
    )


# Documents for the HTML report: one of everything, hundreds of references, also what this version does not write itself

_CITED_AS = (
    "Younger J, Noor N. \N{LEFT DOUBLE QUOTATION MARK}Low-dose naltrexone for the treatment of fibromyalgia: findings "
    "of a small trial.\N{RIGHT DOUBLE QUOTATION MARK} Arthritis Rheum. 2013;65(2):529\N{EN DASH}538."
)
_WORDS = ("naltrexone", "dose", "pain", "trial", "cohort", "fibromyalgia", "placebo", "randomized", "label", "safety")
_OWNERS = ("Clinical", "Labelling", "Medical affairs", None)
_CODES = (
    ("RET001", "retracted-publication", "error", "retracted, see J Examples. 2026;1(1):1"),
    ("LNK001", "dead-link", "error", "HTTP 404 from pages.example to GET and HEAD"),
    ("ACC001", "stale-accessed-date", "warning", "access date 2025-08 is 449 to 479 days old (limit: 365 days)"),
    ("MET001", "title-mismatch", "warning", 'title is incomplete: the record continues "in adults"'),
    ("MET007", "missing-doi", "info", "DOI is missing: the record gives 10.5555/example"),
    ("ACC004", "imprecise-accessed-date", "info", "accessed 2025-08 has no day"),
)


def document_with_claims() -> dict[str, Any]:
    """The full document with claims: a quote that was found, one that was not, one that nobody can look for."""
    output = full_document()
    first, label, other = output["references"][:3]
    path = first["path"]

    def evidence(reference, state, **anchor):
        found = {"section": None, "earlier": None, "reason": None, "nearest": None, "marks_lost": False}
        return {
            "reference": reference["id"],
            "line": 90,
            "column": 9,
            "stance": "supports",
            "quote": f"made-up words that are {state}",
            "in": None,
            "level": {"value": "GRADE low", "by": "A. Reader", "on": "2026-11-30"},
            "suggested": {"class": "randomized controlled trial", "facts": ["Randomized Controlled Trial"]},
            "anchor": {**found, "state": state, **anchor},
        }

    def claim(number, text, *rests_on):
        return {
            "id": f"made-{number}",
            "path": path,
            "line": 80 + number,
            "column": 3,
            "text": text,
            "kind": "efficacy",
            "printed": {"path": "made.md", "line": number, "column": 1, "unit": "line"},
            "approved": {"by": "A. Reader", "on": "2026-11-30", "in_force": number == 1},
            "reviewed": "2026-11-30",
            "owner": None,
            "evidence": list(rests_on),
        }

    output["claims"] = [
        claim(1, "A made-up sentence about <pain> & sleep.", evidence(first, "found", section="abstract")),
        claim(
            2, "Another one.", evidence(first, "lost", section="abstract"), evidence(label, "not_checked", reason="x")
        ),
        claim(3, "A third.", evidence(other, "cannot_be_checked", reason="the record has no abstract")),
        claim(4, "A fourth, which rests on nothing."),
    ]
    lost = {**output["findings"][0], "code": "CLM004", "name": "lost-anchor", "reference": "claim:made-2", "path": path}
    output["findings"] = [
        *output["findings"],
        {**lost, "line": 82, "message": "a quote is lost", "fingerprint": "c" * 32},
    ]
    output["summary"]["errors"] += lost["severity"] == "error"
    states = ("found", "moved", "lost", "not_checked", "cannot_be_checked")
    output["summary"] |= {"claims": 4, "anchors": {state: int(state != "moved") for state in states}}
    return output


def full_document() -> dict[str, Any]:
    """The sample run with all that later documents add: citations, history, changes, what is due."""
    output = report_document(sample_report())
    for number, reference in enumerate(output["references"]):
        reference.update(title=None, cited_as=None, accessed=None, owner=None, role="evidence", history=[])
        reference["owner"] = ("Clinical", "Labelling", None)[number % 3]
    first, charity, label = (_reference_of(output, name) for name in ("younger-2013", "charity", "label"))
    first["cited_as"] = _CITED_AS
    charity["accessed"] = label["accessed"] = "2025-08"
    charity["history"] = list(_flapping_history(charity))
    first["history"] = [_observation(first, day, "found") for day in (21, 14, 7)]
    prints = [finding["fingerprint"] for finding in output["findings"]]
    gone = {**output["findings"][1], "message": "the page did not answer", "fingerprint": "0" * 32, "code": "LNK002"}
    output["changes"] = {
        "since": {"run": "20261116T083000Z-aaaa", "as_of": "2026-11-16", "finished": "2026-11-16T08:31:00Z"},
        "new": prints[3:5],
        "persisting": [*prints[:3], *prints[5:]],
        "resolved": [gone],
        "ignored": [finding["fingerprint"] for finding in output["ignored"]],
        "news": [
            _news_of("retracted", "retracted-2020", "retracted since the last run", "error"),
            _news_of("label-revised", "label", "version 12 was published on 2026-03-14", "warning"),
            _news_of("recovered", "charity", "answers again", "info"),
        ],
    }
    output["earlier_runs"] = [_earlier_run(days, {"found": 6, "unavailable": 2}) for days in (21, 14, 7)]
    output["due"] = [
        _due_item("charity", "accessed", "2026-08-31", "the accessed date runs out"),
        _due_item("label", "verification", "2026-11-23", "to be verified again"),
        _due_item("walled", "confirmation", "2026-12-20", "the confirmation ends"),
    ]
    output["sign_offs"] = two_sign_offs()
    return output


def two_sign_offs() -> list[dict[str, Any]]:
    """One in force with a good signature, one void."""
    good = SignatureCheck(SignatureState.GOOD, "good signature by reviewer@example.org, key ED25519 SHA256:made/up")
    sound = replace(sign_off(8, reason="yearly review"), signature=Signature(SignatureKind.SSH, "made up", "made up"))
    void = ("references.yaml has changed (sha256 was aaaaaaaaaaaa, is 999999999999)",)
    due = TODAY + timedelta(days=365)
    return [
        sign_off_document(SignOffStatus(sound, PATH, good, due=due, resolved=1)),
        sign_off_document(SignOffStatus(sign_off(5, role="physician"), PATH, void=void, due=due)),
    ]


def _reference_of(output: dict[str, Any], name: str) -> dict[str, Any]:
    return next(reference for reference in output["references"] if reference["id"] == name)


def _observation(reference: dict[str, Any], days_ago: int, state: str, detail: str | None = None) -> dict[str, Any]:
    day = (TODAY - timedelta(days=days_ago)).isoformat()
    lookup = reference["lookups"][0]
    reported = {"run": f"run-{day}", "as_of": day, "at": f"{day}T08:35:54Z", "state": state, "detail": detail}
    return {**reported, "identifier": lookup["identifier"], "source": lookup["source"]}


def _earlier_run(days_ago: int, states: dict[str, int]) -> dict[str, Any]:
    day = (TODAY - timedelta(days=days_ago)).isoformat()
    reported = {"run": f"run-{day}", "as_of": day, "finished": f"{day}T08:36:54Z", "mode": "online", "states": states}
    return {**reported, "errors": 1, "warnings": 2, "infos": 3, "unchecked": 0}


def _flapping_history(reference: dict[str, Any]) -> list[dict[str, Any]]:
    states = ["found", "found", "unavailable", "found", "blocked", "not-found", "not-checked", "found"]
    return [_observation(reference, 7 * (len(states) - n), state) for n, state in enumerate(states)]


def _news_of(kind: str, reference: str, message: str, severity: str) -> dict[str, Any]:
    return {"kind": kind, "reference": reference, "path": PATH, "message": message, "severity": severity}


def _due_item(reference: str, kind: str, day: str, message: str) -> dict[str, Any]:
    return {"reference": reference, "path": PATH, "owner": None, "kind": kind, "on": day, "message": message}


def document_of_two_monographs() -> dict[str, Any]:
    """Two small monographs in one run."""
    return large_document(12, files=2, runs=4, seed=7)


def large_document(number: int, *, files: int = 1, runs: int = 12, seed: int = 7) -> dict[str, Any]:
    """A made-up run over `number` references in `files` monographs, each seen in `runs` earlier runs."""
    chance = random.Random(seed)
    output = full_document()
    paths = [f"monographs/drug-{n + 1:02d}.yaml" for n in range(files)]
    output["run"]["inputs"] = [{"path": path, "sha256": _SHA256} for path in paths]
    output["run"]["policies"] = dict.fromkeys(paths, output["run"]["policies"][PATH])
    output["references"] = [_random_reference(chance, n, paths[n * files // number], runs) for n in range(number)]
    output["findings"] = [f for reference in output["references"] for f in _random_findings(chance, reference)]
    silent = [reference for reference in output["references"] if reference["state"] == "unavailable"]
    output["unchecked"] = [
        {"reference": one["id"], "path": one["path"], "source": "crossref", "reason": "no answer within 75 s"}
        for one in silent
        if "doi" in one["identifiers"]
    ]
    output["ignored"], output["due"] = [], []
    rows = [7 * (runs - n) for n in range(runs)]
    output["earlier_runs"] = [_earlier_run(days, {"found": number - 2, "unavailable": 2}) for days in rows]
    output["changes"].update(news=[], resolved=[], ignored=[], persisting=[])
    output["changes"]["new"] = [finding["fingerprint"] for finding in output["findings"][::9]]
    counts = {s: sum(f["severity"] == s for f in output["findings"]) for s in ("error", "warning", "info")}
    output["summary"] = {
        "references": number,
        **{f"{severity}s": count for severity, count in counts.items()},
        "unchecked": len(output["unchecked"]),
        "ignored": 0,
        "exit_code": 1 if counts["error"] else 3 if output["unchecked"] else 0,
    }
    return output


def _random_reference(chance: random.Random, n: int, path: str, runs: int) -> dict[str, Any]:
    kind = chance.choices(["pmid", "doi", "setid", "url"], [60, 10, 10, 20])[0]
    state = chance.choices(["found", "not-found", "blocked", "unavailable"], [92, 2, 3, 3])[0]
    value = {
        "pmid": str(20_000_000 + n),
        "doi": f"10.5555/example.{n}",
        "setid": f"00000000-0000-4000-8000-{n:012d}",
        "url": f"https://pages.example/guideline/{n}",
    }[kind]
    source = {"pmid": "pubmed", "doi": "crossref", "setid": "dailymed", "url": "web"}[kind]
    title = " ".join(chance.choices(_WORDS, k=11)).capitalize()
    article = kind in {"pmid", "doi"}
    lookup = {"source": source, "identifier": f"{kind}:{value}", "state": state, "at": "2026-11-23T08:35:58Z"}
    reference = {
        "id": f"author{n}-{2001 + n % 25}",
        "path": path,
        "line": 10 * n + 4,
        "column": 5,
        "type": "article-journal" if article else "webpage",
        "identifiers": {kind: value},
        "state": state,
        "verified": "2026-11-23T08:35:58Z" if state == "found" else None,
        "from": "network" if state == "found" else None,
        "record": _random_record(kind, value, title, n) if state == "found" else None,
        "lookups": [{**lookup, "detail": None if state == "found" else "no answer within 75 s"}],
        "title": title,
        "cited_as": f"Author{n} A, Writer B. {title}. J Examples. {2001 + n % 25};{n}(2):{n}-{n + 9}.",
        "accessed": None if article else (TODAY - timedelta(days=chance.randrange(500))).isoformat(),
        "owner": chance.choice(_OWNERS),
        "role": "evidence",
    }
    observed = chance.choices(["found", "unavailable"], [95, 5], k=runs)
    reference["history"] = [_observation(reference, 7 * (runs - k), state) for k, state in enumerate(observed)]
    return reference


def _random_record(kind: str, value: str, title: str, n: int) -> dict[str, Any]:
    if kind in {"setid", "url"}:
        return {"id": f"{kind}:{value}", "type": "webpage", "title": title, "URL": "https://pages.example/"}
    return {
        "id": f"{kind}:{value}",
        "type": "article-journal",
        "title": title + (" in adults" if n % 7 == 0 else ""),
        "author": [{"family": f"Author{n}", "given": "A"}, {"family": "Writer", "given": "B"}],
        "container-title": "Journal of Examples",
        "container-title-short": "J Examples",
        "issued": {"date-parts": [[2001 + n % 25, 3]]},
        "volume": str(n),
        "issue": "2",
        "page": f"{n}-{n + 9}",
        "DOI": f"10.5555/example.{n}",
        "custom": {"publication-types": [{"ui": "D016428", "label": "Journal Article"}]},
    }


def _random_findings(chance: random.Random, reference: dict[str, Any]) -> list[dict[str, Any]]:
    article = reference["record"] is not None and "author" in reference["record"]
    picked = [c for c, weight in zip(_CODES, (1, 3, 8, 14, 30, 10), strict=True) if chance.randrange(100) < weight]
    if reference["record"] and reference["record"]["title"].endswith("in adults") and article:
        picked = [_CODES[3], *(code for code in picked if code is not _CODES[3])]
    else:
        picked = [code for code in picked if code is not _CODES[3]]
    return [
        {
            "code": code,
            "name": name,
            "severity": severity,
            "reference": reference["id"],
            "path": reference["path"],
            "line": reference["line"],
            "column": 5,
            "message": message,
            "fingerprint": f"{code}-{reference['id']}",
            "suggestion": "read the source again" if severity == "warning" else None,
        }
        for code, name, severity, message in picked
    ]


# Monographs: the references are invented, their forms are those of real lists

PRINTED_REFERENCES = (
    "Alder AB, Birch C. Effects of examplinib on test outcomes. J Ex Med. 2019;12(3):45-52. doi:10.1000/jem.2019.0045",
    "Cedar D, Dogwood E, et al. A second trial of examplinib in adults. Ann Test. 2021;7:e101. PMID: 91234567",
    "Elm F. Examplinib: a review. Rev Samples. 2020;33(1):1-19. https://pubmed.ncbi.nlm.nih.gov/90000001/",
    "Fir Institute. Examplinib information for patients. Accessed March 2025. https://example.org/examplinib",
)


def document_of(text: str, form: DocumentFormat = DocumentFormat.TEXT) -> Document:
    return parse_document("made." + form, text.encode(), form)


def listed_entries(text: str, form: DocumentFormat = DocumentFormat.TEXT) -> list[tuple[int | None, str]]:
    """Number and text of every entry that is found."""
    found = find_references(document_of(text, form))
    return [(entry.number, entry.text) for entry in found.entries] if found else []


def docx_file(fill: Callable[[Any], None]) -> bytes:
    """A DOCX file as python-docx writes it."""
    import docx  # noqa: PLC0415 - slow to import, and few tests need it

    document = docx.Document()
    fill(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_part_changed(data: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The DOCX file with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text.decode()).encode() if name == part else text)
    return out.getvalue()


# Listings to import

ALDER = "Alder AB, Birch C. Effects of examplinib on test outcomes. J Ex Med. 2019;12(3):45-52."
CEDAR = "Cedar D, Dogwood E, et al. A second trial of examplinib in adults. Ann Test. 2021;7:e101. PMID: 91234567"
ELM = "Elm F. Examplinib: a review. Rev Samples. 2020;33(1):1-19. https://pubmed.ncbi.nlm.nih.gov/90000001/"
FIR = "Fir Institute. Examplinib information for patients. Accessed March 2025. https://example.org/examplinib"

EXAMPLINIB_RECORD = Article(
    pmid("90000009"),
    "Effects of examplinib on test outcomes.",
    authors=(Author("Alder", "Anna B", "AB"), Author("Birch", "Carl", "C")),
    journal=Journal("Journal of examples in medicine", "J Ex Med", "J Ex Med"),
    also_known_as=(doi("10.1000/jem.2019"),),
)
OTHER_RECORD = Article(pmid("90000010"), "Effects of examplinib: {a} *second* #look.")


def listing_of(*references: str, text: str = "") -> Listing:
    """The listing of a text that prints these references."""
    lines = [f"{number}. {reference}" for number, reference in enumerate(references, 1)]
    written = "\n".join(["Examplinib", "", text, "", "References", "", *lines, ""])
    return read_listing("m.txt", written.encode(), ImportFormat.TEXT)


def planned(listing: Listing, text: str = "references: []\n", *matches: Match, ask: bool = True) -> Plan:
    begun = begin(listing, read_text(source_from(text)))
    return plan(begun, matches if ask else None, date(2026, 11, 30))


def imported(listing: Listing, text: str = "references: []\n", *matches: Match) -> str:
    """The library's text once the listing is in it; nobody is asked where no match is given."""
    made = planned(listing, text, *matches, ask=bool(matches))
    edited = edit(source_from(text), made.changes)
    assert not edited.refused
    return edited.text


def entries_by_id(text: str) -> dict[str, Reference]:
    return {reference.id: reference for reference in read_text(source_from(text)).references}


def candidate(record: Article = EXAMPLINIB_RECORD, score: float = 0.97) -> Candidate:
    return Candidate(record, score, ("title", "authors"), ("year",))


# One work, its citation, and how they differ

WINTER_JOURNAL = Journal("The journal of winter medicine", "J Winter Med", "J Winter Med")


def authors(*names: str) -> tuple[Author, ...]:
    """Authors of "Family XX" texts; what has no initials is a group."""
    made = []
    for name in names:
        family, _, initials = name.rpartition(" ")
        made.append(Author(family, initials=initials) if initials.isupper() else Author(collective=name))
    return tuple(made)


WORK = Article(
    pmid("10000001"),
    "Warm socks for the treatment of cold feet: findings of a small, randomized, crossover trial "
    "assessing daily warmth.",
    authors=authors("Winter J", "Nord N", "McFrost R", "de Vries AP"),
    journal=WINTER_JOURNAL,
    issued=PartialDate(2013),
    years=(2012, 2013),
    has_article_date=True,
    volume="65",
    issue="2",
    pages="529-38",
)

VANCOUVER = (
    "Winter J, Nord N, McFrost R, de Vries AP. Warm socks for the treatment of cold feet: findings of a small, "
    "randomized, crossover trial assessing daily warmth. J Winter Med. 2013;65(2):529-38."
)


def work(**changes: Any) -> Article:
    """The ordinary work with other facts."""
    return replace(WORK, **changes)


def differences(printed: str, article: Article = WORK) -> dict[str, str]:
    """Which fields differ, and how."""
    return {judged.field.value: judged.kind.value for judged in compare(printed, article).differences}


def differing_fields(comparison: Comparison) -> list[str]:
    """The fields that differ."""
    return [judged.field.value for judged in comparison.differences]


# Texts of invented words, always the same for a seed


class SentenceWriter:
    """Writes sentences of 5 to 22 words, the longer ones with a comma."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.words = [
            "".join(self.random.choices("abcdefghilmnoprstuvz", k=length)) for length in (2, 4, 5, 7, 9) * 600
        ]

    def sentence(self) -> str:
        words = self.random.choices(self.words, k=self.random.randint(5, 22))
        if len(words) > 10:
            words[len(words) // 2] += ","
        return f"{' '.join(words)}."

    def sentences(self, words: int) -> list[str]:
        """Sentences of about so many words together."""
        return list(self._until(words))

    def _until(self, words: int) -> Iterator[str]:
        while words > 0:
            sentence = self.sentence()
            words -= len(sentence.split())
            yield sentence

    def exchanged(self, sentences: list[str], share: float) -> list[str]:
        """The same text, a run of so great a share of its sentences exchanged for new ones."""
        number = round(len(sentences) * share)
        start = self.random.randint(0, len(sentences) - number)
        return [*sentences[:start], *(self.sentence() for _ in range(number)), *sentences[start + number :]]


# CSL items: one that has everything, one of each kind, and hostile ones

LABEL_ITEM = {
    "id": "label",
    "type": "document",
    "title": "Naltrexone Hydrochloride Tablets USP, 50 mg",
    "publisher": "Mallinckrodt & Sons, Inc.",
    "genre": "Prescribing information",
    "version": "12",
    "issued": {"date-parts": [[2024, 3, 1]]},
    "accessed": {"date-parts": [[2025, 8]]},
    "URL": "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=06ff2d5a-e62b-4fa4-bbdb-01938535bc65",
    "custom": {"setid": "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"},
}
PAGE_ITEM = {
    "id": "page",
    "type": "webpage",
    "title": "What is LDN?",
    "author": [{"literal": "LDN Research Trust"}],
    "container-title": "LDN Research Trust",
    "issued": {"date-parts": [[2021]]},
    "accessed": {"date-parts": [[2025, 8, 14]]},
    "URL": "https://www.ldnresearchtrust.org/what_is_low_dose_naltrexone#top",
}
ARTICLE_ITEM = {
    "id": "younger-2013",
    "type": "article-journal",
    "title": "Low-dose <i>naltrexone</i> in McCue's H<sub>2</sub>O: 10<sup>9</sup> <b>DNA</b> copies & 5 % of $7",
    "author": [
        {"family": "King", "given": "Martin L", "suffix": "Jr"},
        {"literal": "ADVANCE Collaborative Group"},
        {"literal": "Institute of Medicine, Board on Health and Science"},
        {"family": "Gogh", "given": "Vincent", "non-dropping-particle": "van"},
        {"family": "García Márquez", "given": "M. J."},
        {"family": "李", "given": "小龙"},
        {"family": "Plato"},
    ],
    "editor": [{"family": "Edwards", "given": "I"}],
    "container-title": "Arthritis & rheumatism",
    "container-title-short": "Arthritis Rheum",
    "issued": {"date-parts": [[2013, 2, 14]]},
    "accessed": {"date-parts": [[2025, 8]]},
    "volume": "65",
    "issue": "2",
    "page": "529-538",
    "PMID": "23359310",
    "PMCID": "PMC3617413",
    "DOI": "10.1002/(sici)1097_0258<1661::aid>",
    "URL": "https://example.org/_a_/b%20c;d?x=1&y=2#z~",
    "publisher": "Johnson and Johnson",
    "publisher-place": "New York, NY",
    "original-title": "Über <i>x</i>",
    "ISSN": "1234-5678, 2345-6789",
    "note": "A <i>note</i>",
    "custom": {"retracted": True, "retraction-notice": "Lancet. 2010;375:445"},
}
HOSTILE_TEXTS = (
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-1+1",
    "\\input{/etc/passwd}",
    "\\write18{rm -rf}",
    "<script>alert(1)</script>",
    "a\r\nER  - \r\nTY  - JOUR\r\nTI  - evil",
    "a\n\nPMID- 666\nTI  - evil",
    "a\rPMID- 666",
    "}\n}\n@article{evil, title={evil}",
    "{{{",
    "}}}",
    '"}, {"id": "evil"}',
    "]]></title><title>&lt;&evil;",
    "x\n---\nreferences:\n- id: evil",
    "*a: &a [*a] # comment",
    "a\x00\x1b]0;evil\x07\x9b31m",
    "a\u2028TY  - JOUR\u2029ER  - \x85evil",
    "\u202eevil\ufeff",
    "</i><b><i>un</b>paired",
    "% comment",
    "$x^2_3$ ~ ` '' `` -- --- ...",
    "and others and",
    "| a | b |",
    "[a](javascript:alert(1)) ![b](x) @c [^1]",
    "\ud800 lone",
)


def items_of_all_kinds():
    """One item of each kind that has a place of its own somewhere."""
    book = {
        "type": "book",
        "title": "Citing Medicine",
        "edition": "2nd",
        "publisher": "NLM",
        "ISBN": "978-0-00-000000-2",
    }
    made = [
        book,
        {**book, "type": "chapter", "title": "Web sites", "container-title": "Citing Medicine", "page": "S1-S15"},
        {
            "type": "report",
            "title": "A report",
            "number": "WHO-12/3",
            "publisher": "Health and Care Board",
        },
        {"type": "thesis", "title": "A thesis", "publisher": "Uppsala University", "publisher-place": "Uppsala"},
        {
            "type": "article",
            "title": "A preprint",
            "container-title": "medRxiv",
            "genre": "Preprint",
            "DOI": "10.1101/1",
        },
        {"type": "article", "title": "A preprint of no server", "genre": "Preprint"},
        {"type": "article-journal", "title": "An article number", "number": "e01234-20", "container-title": "J Virol"},
        {"type": "software", "title": "R", "version": "4.4.1", "URL": "https://www.r-project.org/"},
        {"type": "paper-conference", "title": "A paper", "container-title": "Proceedings", "page": "1-9"},
        {"type": "article-journal", "title": "In spring", "issued": {"date-parts": [[2013]], "season": 1}},
        {"type": "article-journal", "title": "An interval", "issued": {"date-parts": [[2012, 12], [2013, 1]]}},
        {"type": "article-journal", "title": "Of some months", "issued": {"date-parts": [[2012, 1], [2012, 2]]}},
        {"type": "document", "title": "Bare"},
    ]
    numbered = [{"id": f"kind-{number}", **item} for number, item in enumerate(made)]
    return [*numbered, ARTICLE_ITEM, LABEL_ITEM, PAGE_ITEM]


def hostile_item(text):
    """An item with the same text in every variable that holds text."""
    words = ["title", "container-title", "container-title-short", "volume", "issue", "page", "publisher", "note"]
    words += ["publisher-place", "original-title", "ISSN", "ISBN", "edition", "version", "genre", "language"]
    words += ["PMID", "PMCID", "DOI", "URL", "keyword", "number", "collection-title", "title-short"]
    names = [{"family": text, "given": text, "suffix": text}, {"literal": text}]
    dates = {"issued": {"literal": text}, "accessed": {"literal": text}}
    custom = {"setid": text, "retracted": True, "retraction-notice": text}
    return {"id": text, "type": text, "author": names, "editor": names, **dates, "custom": custom} | dict.fromkeys(
        words, text
    )


# References of every kind that a monograph cites; all people, works and numbers are invented

INVENTED_JOURNAL = Journal("The journal of invented medicine", "J. Invent. Med.", "J Invent Med", ("1234-5678",))
INVENTED_SETID = "0f0f0f0f-1111-4222-8333-444444444444"


def _people(*names: str) -> tuple[Author, ...]:
    """Authors given as `Family, Given Names`."""
    split = (name.split(", ") for name in names)
    return tuple(
        Author(family, given, "".join(word[0] for word in given.replace("-", " ").split())) for family, given in split
    )


def invented_article(number: int, **fields: Any) -> Article:
    reported: dict[str, Any] = {
        "identifier": pmid(number),
        "title": "Effect of an invented drug on sleep.",
        "journal": INVENTED_JOURNAL,
        "issued": PartialDate(2019, 3),
        "volume": "12",
        "issue": "4",
        "pages": "529-38",
        "authors": _people("Archer, Ann B"),
        "also_known_as": (doi(f"10.5555/invented.{number}"),),
        "languages": ("eng",),
    }
    return Article(**(reported | fields))


def subject_of(name: str, record: Article | Label | None, fields: str = "", **more: Any) -> ItemSource:
    pmid = f'PMID: "{record.identifier.value}"' if isinstance(record, Article) else ""
    reported = ", ".join(part for part in (f"id: {name}", pmid, fields) if part)
    return ItemSource(entry_in_braces(reported), record, **more)


_SIX_AUTHORS = _people("Archer, Ann B", "Baker, Carl", "Cook, Dora E", "Dyer, Finn", "Fisher, Gail H", "Glover, Ian")
_SEVEN_AUTHORS = (*_SIX_AUTHORS, *_people("Hunter, Joan K"))
_FIFTY_AUTHORS = tuple(Author(f"Name{chr(97 + n // 26)}{chr(97 + n % 26)}", "Kim Lee", "KL") for n in range(50))
_NOTICE = "J Invent Med. 2021 Feb 6;14(2):99. doi: 10.5555/invented.99"

SPECIMENS: tuple[ItemSource, ...] = (
    subject_of("one-author", invented_article(101)),
    subject_of("six-authors", invented_article(102, authors=_SIX_AUTHORS)),
    subject_of("seven-authors", invented_article(103, authors=_SEVEN_AUTHORS)),
    subject_of("fifty-authors", invented_article(104, authors=_FIFTY_AUTHORS)),
    subject_of(
        "collective-and-suffix",
        invented_article(
            105,
            authors=(
                Author("Mason", "John P", "JP", "Jr"),
                Author("Potter", "Lou", "L", "3rd"),
                Author(collective="INVENT Study Group"),
            ),
        ),
    ),
    subject_of("no-authors", invented_article(106, authors=(), title="Invented drugs: a warning.")),
    subject_of("e-locator", invented_article(107, pages="e0212345", issued=PartialDate(2019))),
    subject_of(
        "hyphenated-number", invented_article(108, pages="e01234-20", journal=Journal("mInvent", "mInvent", "mInvent"))
    ),
    subject_of(
        "ahead-of-print",
        invented_article(
            109, volume="", issue="", pages="", elocations=("S1234-5678(24)00001-1",), issued=PartialDate(2024, 1, 5)
        ),
    ),
    subject_of("supplement", invented_article(110, volume="42", issue="Suppl 2", pages="S93-9")),
    subject_of("part-of-supplement", invented_article(111, volume="58", issue="12 Suppl 7", pages="S12-7")),
    subject_of(
        "label",
        Label(
            setid(INVENTED_SETID),
            "INVENTUM (INVENTINE HCL) TABLET, FILM COATED",
            (SplVersion(9, date(2026, 1, 2)), SplVersion(8, date(2024, 5, 1))),
            "ATON PHARMA OF EXAMPLE, INC.",
        ),
        f"setid: {INVENTED_SETID}, accessed: 2025-08",
    ),
    subject_of(
        "web-page",
        None,
        "type: webpage, title: Invented drugs and driving, author: [{literal: Example Health Agency}], "
        "container-title: Example Health, URL: 'https://health.example/driving', issued: 2024-02-01, "
        "accessed: 2025-08-03",
    ),
    subject_of(
        "guideline",
        None,
        "type: report, title: 'Sleep disorders: assessment and management', genre: Guideline, number: EG123, "
        "author: [{literal: Example Institute for Care}], publisher: Example Institute for Care, "
        "URL: 'https://institute.example/eg123', issued: 2023-04-01, accessed: 2025-08-03",
    ),
    subject_of(
        "book",
        None,
        "type: book, title: The invented pharmacology, edition: '3', publisher: Example Press, "
        "publisher-place: New York, issued: 2021, ISBN: 9780000000002, "
        "editor: [{family: Archer, given: Ann B}, {family: Baker, given: C}]",
    ),
    subject_of(
        "chapter",
        invented_article(
            112,
            title="Inventine.",
            is_book=True,
            book_title="ExamplePearls",
            publisher="Example Publishing",
            publisher_place="Example Island (FL)",
            journal=Journal(),
            issued=PartialDate(2024, 1),
            volume="",
            issue="",
            pages="",
            also_known_as=(),
        ),
        "accessed: 2025-08-03",
    ),
    subject_of(
        "chapter-of-a-book",
        None,
        "type: chapter, title: Drugs of sleep, author: [{family: Cook, given: Dora E}], "
        "editor: [{family: Archer, given: Ann B}], container-title: The invented pharmacology, edition: '3', "
        "publisher: Example Press, publisher-place: New York, issued: 2021, page: 201-19",
    ),
    subject_of(
        "preprint",
        invented_article(
            113,
            publication_types=(PublicationType("D000076942", "Preprint"),),
            journal=Journal("inventRxiv : the preprint server for examples", "inventRxiv", "inventRxiv"),
            issued=PartialDate(2024, 6, 1),
            volume="",
            issue="",
            pages="",
        ),
    ),
    subject_of(
        "retracted", invented_article(114, notices=(NoticeLink("RetractionIn", _NOTICE, "999"),)), retracted=True
    ),
    subject_of("retracted-by-title", invented_article(115, title="RETRACTED: Inventine cures all."), retracted=True),
    subject_of("corrected", invented_article(116, notices=(NoticeLink("ErratumIn", _NOTICE, "999"),))),
    subject_of(
        "translated",
        invented_article(
            117, title="[Inventine in old age].", vernacular_title="Inventin im Alter.", languages=("ger",)
        ),
    ),
    subject_of(
        "markup",
        invented_article(
            118,
            title="K<ATP in vivo: p < 0.05 & CYP2D6*4, 5-HT2A and Ca2+.",
            title_html="K&lt;ATP <i>in vivo</i>: p &lt; 0.05 &amp; CYP2D6*4, 5-HT<sub>2A</sub> and Ca<sup>2+</sup>.",
        ),
    ),
    subject_of(
        "diacritics-and-hyphens",
        invented_article(
            119,
            authors=(
                Author("García-Márquez", "José Á", "JÁ"),
                Author("Kim", "S.-Y.", "SY"),
                Author("Müller", "Jean-Pierre", "JP"),
                Author("van der Berg", "Łukasz", "Ł"),
            ),
        ),
    ),
    subject_of(
        "cjk",
        None,
        "type: article-journal, title: 发明药物的作用, author: [{family: 王, given: 小明}], "
        "container-title: 发明医学杂志, issued: 2018, volume: '3', page: 11-15",
    ),
)


# Files of how something is printed


def golden(path: Path, text: str) -> str:
    """What this file says that is printed. With REWRITE_GOLDEN=1 `text` is written to it; read it before it is kept."""
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")
