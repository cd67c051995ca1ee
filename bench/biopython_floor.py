"""What fetching costs with biopython alone: `python biopython_floor.py FILE raw|parsed`, one PMID a line in FILE.

One POST for 200 identifiers, read as bytes or parsed; no cache, no checking.
"""

from __future__ import annotations

import sys
from pathlib import Path

from Bio import Entrez

BATCH = 200


def main() -> None:
    """Fetch all of them."""
    Entrez.email = "bench@example.org"
    pmids = Path(sys.argv[1]).read_text(encoding="utf-8").split()
    records = 0
    for at in range(0, len(pmids), BATCH):
        with Entrez.efetch(db="pubmed", id=pmids[at : at + BATCH], retmode="xml") as reply:
            if sys.argv[2] == "parsed":
                records += len(Entrez.read(reply)["PubmedArticle"])
            else:
                records += reply.read().count(b"<PubmedArticle>")
    if records != len(pmids):
        raise SystemExit(f"{records} records for {len(pmids)} identifiers")


if __name__ == "__main__":
    main()
