"""The fixtures that all tests share; no test is timed, since a busy machine is no defect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from evidence.demo.server import DemoServer
from factories import open_store
from fakes import FakeClock
from processes import Command, CommandProcess
from runs import RunSeries

UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", UNTIMED, max_examples=25)
settings.register_profile("thorough", UNTIMED, max_examples=200)  # for `make verify`
settings.load_profile("quick")


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer() as running:
        yield running


@pytest.fixture
def evidence(tmp_path: Path, server: DemoServer) -> Command:
    return Command(tmp_path, server.addresses)


@pytest.fixture
def process(tmp_path: Path, server: DemoServer) -> CommandProcess:
    return CommandProcess(tmp_path, server.addresses)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "evidence.db"


@pytest.fixture
def store(path, clock):
    with open_store(path, clock) as opened:
        yield opened


@pytest.fixture
def series(tmp_path, server):
    return RunSeries(tmp_path, server)
