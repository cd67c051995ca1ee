from __future__ import annotations

import pytest

from evidence.standin.server import StandIn
from lock.stations import Station


@pytest.fixture
def standin():
    with StandIn() as running:
        yield running


@pytest.fixture
def station(tmp_path, standin):
    return Station(tmp_path, standin)
