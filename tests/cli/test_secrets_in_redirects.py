"""What a server puts into a redirect for one reader is kept and shown nowhere; what an entry cites stays as it is."""

from __future__ import annotations

import json
import sqlite3
import zlib
from contextlib import closing
from typing import Any

import pytest
import yaml

from evidence.demo.server import DemoServer
from evidence.demo.world import PageFacts
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Found
from evidence.model.records import Hop, Page
from evidence.sources.web import facts
from factories import TODAY, answer, begun_run, end_run, finding, open_store
from processes import Command, codes_in

SECRETS = {
    "access_token": "synthetic-1",
    "Password": "synthetic-2",
    "API_KEY": "synthetic-3",
    "X-Amz-Credential": "SYNTHETIC4%2F20261123",
    "X-Amz-Security-Token": "synthetic-5",
    "X-Amz-Signature": "synthetic-6",
    "access%5Ftoken": "synthetic-7",
    "token": "synth8aB3dE5fG7hI9jK1lM3",
    "authorization": "Bearer%20synthetic-8",
    "oauth_verifier": "synth9aB3dE5fG7hI9jK1lM3",
    "code": "5af76519-16cd-43dd-8448-eb211c80319c",
}
QUERY = "&".join(f"{name}={value}" for name, value in SECRETS.items())
BODY = f"<html><head><title>A page</title></head><body>{'text of the page ' * 200}</body></html>"
CITED = "https://example.org/cited?token=c1ted0aB3dE5fG7hI9jK"
FORMS = ("text", "json", "markdown", "html", "sarif", "junit", "github", "gitlab")


def references(server: DemoServer, path: str = "/cited") -> str:
    return f"references:\n- {{id: page, URL: '{server.pages_url}{path}', accessed: 2026-11-01}}\n"


@pytest.fixture
def moved(evidence: Command, server: DemoServer) -> Command:
    """A page that has moved for good, to an address full of secrets; another that answers from a log-in with them."""
    server.world = (
        server.world.with_page("/cited", PageFacts(status=301, location=f"/now?a=1&{QUERY}"))
        .with_page(f"/now?a=1&{QUERY}", PageFacts(body=BODY))
        .with_page("/walled", PageFacts(status=302, location=f"/login?next=%2Fwalled&{QUERY}"))
        .with_page(f"/login?next=%2Fwalled&{QUERY}", PageFacts(body=BODY))
    )
    evidence.env["EVIDENCE_ALLOW_PRIVATE"] = "1"
    evidence.write(
        references(server) + references(server, "/walled").split("\n", 1)[1].replace("id: page", "id: walled")
    )
    return evidence


def kept(evidence: Command) -> str:
    """All that is in the folder's files, and in the store's packed columns."""
    texts = [file.read_bytes() for file in evidence.folder.rglob("*") if file.is_file()]
    with closing(sqlite3.connect(evidence.folder / "evidence.db")) as store:
        texts += [zlib.decompress(raw) for (raw,) in store.execute("SELECT raw FROM answers")]
        texts += [zlib.decompress(raw) for (raw,) in store.execute("SELECT report FROM run_ends WHERE report NOT NULL")]
    return b"\n".join(texts).decode("utf-8", "replace")


def leaked(text: str) -> list[str]:
    return [value for value in SECRETS.values() if value in text or value.replace("%2F", "/") in text]


def test_nothing_that_is_kept_or_shown_holds_a_secret_of_a_redirect(moved: Command) -> None:
    shown = [moved.check("-v", "--format", form).stdout for form in FORMS]
    shown += [moved.check("--update-lock", "--format", "github").stdout]
    shown += [
        moved(*words).stdout
        for words in (
            ("show", "page"),
            ("show", "page", "--json"),
            ("report", "--format", "json"),
            ("history", "page"),
            ("diff", "last-1", "last"),
            ("lock", "--diff"),
            ("cache", "export"),
            ("fix",),
            ("export", "--to", "csl-json"),
        )
    ]
    assert any("/now?a=1&access_token=***&Password=***" in text for text in shown)
    assert [leaked(text) for text in shown] == [[]] * len(shown)
    assert moved("bundle", "last", "-o", "run.zip").returncode == 0
    assert leaked(kept(moved)) == []
    assert "access_token=***" in (moved.folder / "references.lock.json").read_text()


def test_it_has_moved_but_no_fix_is_offered(moved: Command, server: DemoServer) -> None:
    _, report = moved.report()
    assert ("page", "LNK005") in codes_in(report)
    (finding,) = (each for each in report["findings"] if each["code"] == "LNK005")
    assert "cite http" not in finding["suggestion"]
    before = (moved.folder / "references.yaml").read_text()
    assert "LNK005" not in moved("fix", "--accept", "LNK005", "--write").stdout
    assert (moved.folder / "references.yaml").read_text() == before
    server.world = server.world.with_page("/cited", PageFacts(status=301, location="/now")).with_page(
        "/now", PageFacts(body=BODY)
    )
    moved.check("--refresh")
    moved("fix", "--accept", "LNK005", "--write")
    assert yaml.safe_load((moved.folder / "references.yaml").read_text())["references"][0]["URL"].endswith("/now")


def test_another_token_at_every_visit_is_the_same_finding_and_changes_no_lock(
    moved: Command, server: DemoServer
) -> None:
    moved.check("--update-lock")
    _, first = moved.report()
    lock = locked(moved)
    again = QUERY.replace("synthetic", "renewed")
    server.world = server.world.with_page("/cited", PageFacts(status=301, location=f"/now?a=1&{again}")).with_page(
        f"/now?a=1&{again}", PageFacts(body=BODY)
    )
    moved.check("--refresh", "--update-lock")
    _, second = moved.report()
    assert [each["fingerprint"] for each in first["findings"]] == [each["fingerprint"] for each in second["findings"]]
    assert locked(moved) == lock


def locked(evidence: Command) -> dict[str, Any]:
    entries: dict[str, Any] = json.loads((evidence.folder / "references.lock.json").read_text())["identifiers"]
    return entries


def test_what_an_entry_cites_stays_as_it_is_and_is_named(evidence: Command, server: DemoServer) -> None:
    token = SECRETS["token"]
    server.world = server.world.with_page(
        f"/a?token={token}", PageFacts(status=301, location=f"/a/?token={token}")
    ).with_page(f"/a/?token={token}", PageFacts(body=BODY))
    evidence.env["EVIDENCE_ALLOW_PRIVATE"] = "1"
    evidence.write(references(server, f"/a?token={token}"))
    status, report = evidence.report()
    assert (status, codes_in(report)) == (0, [("page", "LNK010")])
    (finding,) = (each for each in report["findings"] if each["code"] == "LNK010")
    assert finding["severity"] == "info"
    assert f"{server.pages_url}/a?token=*** contains what looks like a secret (token)" == finding["message"]
    assert report["references"][0]["identifiers"]["url"] == f"{server.pages_url}/a?token={token}"
    assert report["references"][0]["record"]["custom"]["final-url"] == f"{server.pages_url}/a/?token={token}"
    assert token in (evidence.folder / "references.yaml").read_text()


def test_a_store_of_an_earlier_version_is_exported_without_them(evidence: Command) -> None:
    """Such a store is made here of synthetic rows: this version writes none."""
    target = f"https://example.org/now?{QUERY}"
    page = Page(Identifier(IdKind.URL, CITED), 200, target, (Hop(301, CITED, target),), title="A page")
    made = answer(page.identifier, Found(page), raw=facts(page))
    message = f"{CITED} has moved permanently to {target}"
    entry = {"id": "page", "path": "references.yaml", "identifiers": {"url": CITED}, "title": f"To {target}"}
    custom = {"final-url": target, "redirects": [{"status": 301, "source": CITED, "target": target}]}
    moved = {"code": "LNK005", "path": "references.yaml", "reference": "page", "message": message}
    document = {"version": 1, "references": [entry | {"record": {"custom": custom}}], "findings": [moved]}
    finding_of_it = finding("LNK005", "page", message, fix=f"cite {target}")
    with open_store(evidence.folder / "evidence.db") as store:
        store.begin_run(begun_run("one"))
        store.cache.keep([made], TODAY)
        end_run(store, "one", json.dumps(document).encode(), findings=[finding_of_it])
    done = evidence("cache", "export")
    assert (done.returncode, leaked(done.stdout)) == (0, [])
    assert done.stdout.count("access_token=***") >= 5
    assert CITED in done.stdout
    assert len(leaked(kept(evidence))) == len(SECRETS)
