"""The command as a user runs it: a process of its own, in a folder of its own, asking the stand-in."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from evidence.cli.main import cli
from evidence.errors import EvidenceError
from evidence.standin.server import StandIn

PROJECT = Path(__file__).resolve().parents[2]
TODAY = "2026-11-23"


class Command:
    """Runs `evidence` in a folder; the services are the stand-in's."""

    today = TODAY

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        self.folder = folder
        self.env = {name: value for name, value in os.environ.items() if not _would_disturb(name)}
        self.env |= {f"EVIDENCE_{name.upper()}_URL": address for name, address in addresses.items()}
        self.env |= {"EVIDENCE_ACTOR": "tester", "PYTHONUTF8": "1"}

    def write(self, text: str, name: str = "references.yaml") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def __call__(self, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "evidence", *map(str, arguments)],
            cwd=self.folder,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def check(self, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        return self("check", "--as-of", self.today, *arguments, **env)

    def report(self, *arguments: str | Path, **env: str) -> tuple[int, dict[str, Any]]:
        done = self.check("--format", "json", *arguments, **env)
        assert done.stderr == ""
        return done.returncode, json.loads(done.stdout)


class Inside(Command):
    """The same command within this process: many times as fast, for what needs no process of its own."""

    def __call__(self, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline=""), io.StringIO()  # some forms are bytes
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update({**self.env, **env})
        try:
            with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = self._status(list(map(str, arguments)), err)
        finally:
            os.environ.clear()
            os.environ.update(before)
        out.seek(0)
        return subprocess.CompletedProcess(list(arguments), status, out.read(), err.getvalue())

    @staticmethod
    def _status(arguments: list[str], err: io.StringIO) -> int:
        try:
            return int(cli.main(arguments, standalone_mode=False) or 0)
        except click.exceptions.Exit as leave:
            return leave.exit_code
        except click.ClickException as wrong:
            err.write(wrong.format_message())
        except EvidenceError as wrong:
            err.write(str(wrong))
        return 2


def _would_disturb(name: str) -> bool:
    return (
        name.startswith(("EVIDENCE_", "NCBI_", "GITHUB_", "GITLAB_"))
        or name.upper().endswith("_PROXY")
        or name in {"NO_COLOR", "COLUMNS"}
    )


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture
def inside(tmp_path: Path, standin: StandIn) -> Inside:
    return Inside(tmp_path, standin.addresses)


@pytest.fixture
def evidence(tmp_path: Path, standin: StandIn) -> Command:
    return Command(tmp_path, standin.addresses)


def codes(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["reference"], finding["code"]) for finding in report["findings"]]
