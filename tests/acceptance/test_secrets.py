"""The key and the proxy's password, searched byte by byte in everything that a run prints, keeps or logs."""

import logging
import random
from urllib.parse import quote, urlsplit

import pytest

from evidence.demo.http import ServerReply
from evidence.demo.server import DemoServer
from invariants import CITED_LABEL, KEY, leaked_secrets, sampler, watched_series
from processes import CommandProcess
from servers import echoing

PASSWORD = "pa:ss/wörd&1"  # noqa: S105 - what must not be found anywhere afterwards
SPELLINGS = {KEY, KEY.upper(), PASSWORD, quote(PASSWORD), quote(PASSWORD, safe=""), "pa%3ass%2Fw"}
REFERENCES = f"""\
references:
  - {{id: first, PMID: "10000001"}}
  - {{id: label, setid: {CITED_LABEL}, accessed: 2026-10-01}}
"""


def found_in(evidence, *texts):
    kept = {path.name: path.read_bytes() for path in evidence.folder.rglob("*") if path.is_file()}
    places = {f"output {number}": text.encode() for number, text in enumerate(texts)} | kept
    return [(name, secret) for name, kept in places.items() for secret in SPELLINGS if secret.encode() in kept]


@pytest.fixture
def server():
    with DemoServer(sampler()[0]) as running:
        yield running


@pytest.fixture
def evidence(tmp_path, server):
    command = CommandProcess(tmp_path, server.addresses)
    command.write(REFERENCES)
    command.env |= {"NCBI_API_KEY": KEY, "EVIDENCE_DEBUG": "1"}
    return command


def said(evidence, *commands, **env):
    """All that these commands print, and whether the key or the password is in it or in a file afterwards."""
    done = [evidence(*command, **env) for command in commands]
    return [text for run in done for text in (run.stdout, run.stderr)]


EVERY_COMMAND = [
    ("check", "-v", "--refresh"),
    ("check", "--format", "json", "--output", "report.json"),
    ("show", "first"),
    ("report", "--format", "json"),
    ("cache", "info"),
    ("cache", "export"),
    ("doctor",),
]


def test_a_healthy_run_reveals_the_key_to_nobody(evidence, server):
    assert found_in(evidence, *said(evidence, EVERY_COMMAND[0])) == []
    assert {observed.params.get("api_key") for observed in server.requests if observed.service == "eutils"} == {KEY}


@pytest.mark.acceptance
@pytest.mark.parametrize("seed", range(6))
def test_errors_that_repeat_the_key_are_not_repeated(evidence, server, seed):
    rng = random.Random(seed)
    server.faults.script("eutils", lambda asked: echoing(asked, rng))
    assert found_in(evidence, *said(evidence, *EVERY_COMMAND)) == []


def proxy(server, user="user"):
    port = urlsplit(server.addresses["eutils"]).port
    return f"http://{user}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}"


@pytest.mark.acceptance
@pytest.mark.parametrize("kind", ["healthy", "407", "502", "refuse", "reset", "echo"])
def test_a_proxy_and_its_password(evidence, server, kind):
    answers = {
        "407": lambda _: ServerReply(407, b"who are you?", headers={"Proxy-Authenticate": "Basic"}),
        "echo": lambda asked: ServerReply(
            502, f"{asked.headers} {PASSWORD}".encode(), headers={"X-Login": quote(PASSWORD)}
        ),
    }
    if kind in answers:
        server.faults.script("eutils", answers[kind])
    elif kind != "healthy":
        server.faults.add("eutils", kind)
    address = proxy(server)
    texts = said(evidence, *EVERY_COMMAND, HTTP_PROXY=address, HTTPS_PROXY=address)
    assert found_in(evidence, *texts) == []


@pytest.mark.parametrize("level", [logging.DEBUG])
def test_nothing_secret_is_logged(tmp_path, server, caplog, level):
    rng = random.Random(3)
    series = watched_series(tmp_path, server)
    series.write(REFERENCES)
    with caplog.at_level(level):
        run = series.watch()
        server.faults.script("eutils", lambda asked: echoing(asked, rng))
        worse = series.watch(refresh=True)
    assert caplog.records
    assert [record for record in caplog.records if KEY in record.getMessage() or KEY in str(record.args)] == []
    assert leaked_secrets(series, run) + leaked_secrets(series, worse) == []
