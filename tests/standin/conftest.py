"""A stand-in at work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from evidence.standin.server import StandIn


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running
