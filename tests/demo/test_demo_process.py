"""A demo server as a process of its own, shared, asked and changed over HTTP."""

from __future__ import annotations

import subprocess
import sys
from urllib.error import HTTPError

import pytest

from evidence.demo.server import DemoServer, DemoServerProcess
from evidence.demo.world import World, synthetic_world
from servers import ask_plainly


def test_another_process_serves_counts_and_obeys() -> None:
    with DemoServerProcess("synthetic:3") as server:
        url = f"{server.environment['EVIDENCE_EUTILS_URL']}/efetch.fcgi?db=pubmed&id="
        assert "<PMID" in ask_plainly(f"{url}10000003").text
        assert [observed["ids"] for observed in server.requests("eutils")] == [["10000003"]]
        assert server.most_in_any_second() == 1

        server.change_world(World(articles=dict(list(synthetic_world(3).articles.items())[:1])))
        assert "<PMID" not in ask_plainly(f"{url}10000003").text
        server.change_faults({"where": "eutils", "kind": "503", "times": 1})
        assert [ask_plainly(f"{url}10000001").status for _ in range(2)] == [503, 200]

        server.change_faults({"where": "dailymed", "kind": "502"})
        server.reset()
        assert server.requests() == []
        assert ask_plainly(f"{server.urls['dailymed']}/services/v2/spls.json").status == 200

        with pytest.raises(HTTPError) as refused:
            server.change_faults({"where": "eutils", "kind": "no-such-weather"})
        refused.value.close()
        assert refused.value.code == 400


def test_a_stand_in_within_a_process_has_no_control_port(server: DemoServer) -> None:
    assert ask_plainly(f"{server.pages_url}/__seen").status == 503
    with pytest.raises(KeyError):
        _ = server.control_url


def test_an_unknown_world_ends_the_process_at_once() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "evidence.demo", "--world", "atlantis"], capture_output=True, text=True, check=False
    )
    assert ended.returncode != 0
    assert "atlantis" in ended.stderr
