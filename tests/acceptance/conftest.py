"""What the suites over real records share."""

from __future__ import annotations

import pytest

from acceptance.citations import articles
from evidence.model.records import Article


@pytest.fixture(scope="session")
def records() -> list[Article]:
    """Every distinct record of the two files."""
    return articles()
