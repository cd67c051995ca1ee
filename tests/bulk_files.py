"""Files as NLM and Crossref give them away, made from facts: synthetic."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable
from pathlib import Path

from evidence.demo.pubmed import article_set
from evidence.demo.world import ArticleFacts
from evidence.model.records import Author, Journal

JOURNAL = Journal("Journal of synthesis", "J. Synth.", "J Synth", ("1234-5678",))


def record(number: int, title: str = "Effects of examplinib in adults", **facts: object) -> ArticleFacts:
    """A record with this PMID."""
    given = {"authors": (Author(family="Abbott", initials="A"),), "journal": JOURNAL, "pub_date": "2019"}
    return ArticleFacts(pmid=str(number), title=title, **(given | facts))


def pubmed_file(
    folder: Path, number: int, records: Iterable[ArticleFacts] = (), deleted: Iterable[int] = (), year: int = 26
) -> Path:
    """A baseline or update file with its MD5 beside it, its records between those that nobody wants."""
    pmids = "".join(f'<PMID Version="1">{pmid}</PMID>\n' for pmid in deleted)
    deletions = f"<DeleteCitation>\n{pmids}</DeleteCitation>\n" if pmids else ""
    text = article_set(records).replace("</PubmedArticleSet>", f"{deletions}</PubmedArticleSet>")
    path = folder / f"pubmed{year}n{number:04d}.xml.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    write_md5(path)
    return path


def write_md5(path: Path) -> None:
    """The file beside it that names its MD5, as NLM writes it."""
    md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    path.with_name(f"{path.name}.md5").write_text(f"MD5({path.name})= {md5}\n", encoding="ascii")
