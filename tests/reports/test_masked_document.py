"""Stores, locks and reports of earlier versions hold secrets of redirects: they are masked where they are read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Found
from evidence.model.policy import Severity
from evidence.model.records import Hop, Page
from evidence.reports.document import masked_document
from evidence.sources.web import facts, page_of
from evidence.storage.lock import Lock, LockEntry, Moment
from evidence.storage.lockfile import lock_text, read_text
from evidence.storage.rows import finding_of_row
from factories import TODAY

CITED = "https://example.org/a?token=c1ted0aB3dE5fG7hI9jK"
TARGET = "https://example.org/b?access_token=synthetic-secret"
MASKED = "https://example.org/b?access_token=***"
MOVED = f"{CITED} has moved permanently to "
URL = Identifier(IdKind.URL, CITED)
PAGE = Page(URL, 200, TARGET, (Hop(301, CITED, TARGET),), suspicion=f"it leads to the front page, {TARGET}")
SHOWN = replace(
    PAGE, final_url=MASKED, hops=(Hop(301, CITED, MASKED),), suspicion=f"it leads to the front page, {MASKED}"
)


def test_the_facts_of_a_page_in_a_store() -> None:
    assert page_of(URL, facts(PAGE)) == SHOWN


def test_the_facts_of_a_page_in_a_lock() -> None:
    verified = Moment(datetime(2026, 11, 23, 12, tzinfo=UTC), TODAY)
    copy = f"https://web.archive.org/web/20260101/{TARGET}"
    entry = LockEntry(URL, "web", "web", verified, Found(PAGE), archived=copy)
    text = lock_text(Lock(verified, {URL: entry}))
    assert "synthetic-secret" in text
    read = read_text(text, "references.lock.json").entries[URL]
    assert (read.outcome, read.archived) == (Found(SHOWN), f"https://web.archive.org/web/20260101/{MASKED}")


def test_the_findings_in_a_store() -> None:
    row = ("LNK005", "moved-link", "warning", "page", "r.yaml", 1, 1, MOVED + TARGET, "f" * 32, f"cite {TARGET}", None)
    finding = finding_of_row(row)
    assert (finding.severity, finding.message) == (Severity.WARNING, MOVED + MASKED)
    assert finding.suggestion == f"cite {MASKED}"


def test_a_recorded_report() -> None:
    finding = {"code": "LNK005", "path": "r.yaml", "reference": "page", "message": MOVED + TARGET}
    finding |= {"suggestion": f"cite {TARGET}"}
    news = {"kind": "moved", "path": "r.yaml", "reference": "page", "message": MOVED + TARGET}
    other = {**finding, "code": "MET001", "message": "printed: https://example.org/?api_key=k", "suggestion": None}
    custom = {"final-url": TARGET, "redirects": [{"status": 301, "source": CITED, "target": TARGET}]}
    record = {"type": "webpage", "title": f"Redirecting to {TARGET}", "URL": CITED, "custom": custom}
    entry = {"id": "page", "path": "r.yaml", "identifiers": {"url": CITED}, "record": record, "title": record["title"]}
    lists = ("resolved", "replaced", "unjudged")
    document = {
        "references": [entry, {**entry, "id": "without", "record": None, "title": "Its own"}],
        "findings": [finding, other],
        "ignored": [finding],
        "waived": [finding],
        "changes": {"since": {}, "news": [news], **{key: [finding] for key in lists}},
    }
    expected = json.loads(json.dumps(document).replace("synthetic-secret", "***"))
    assert masked_document(document) == expected
    assert masked_document(expected) == expected
