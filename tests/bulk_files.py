"""Files as NLM and Crossref give them away, made from facts: synthetic."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zipfile
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


NOTICE_COLUMNS = (
    "Record ID",
    "Title",
    "Subject",
    "Institution",
    "Journal",
    "Publisher",
    "Country",
    "Author",
    "URLS",
    "ArticleType",
    "RetractionDate",
    "RetractionDOI",
    "RetractionPubMedID",
    "OriginalPaperDate",
    "OriginalPaperDOI",
    "OriginalPaperPubMedID",
    "RetractionNature",
    "Reason",
    "Paywalled",
    "Notes",
)
"""The columns of Retraction Watch's file."""


def notice(nature: str = "Retraction", pmid: str = "0", doi: str = "unavailable", **more: str) -> dict[str, str]:
    """A row of Retraction Watch's file; `more` by the columns' names."""
    given = {
        "Title": "Effects of examplinib in adults",
        "Journal": "Journal of synthesis",
        "RetractionDate": "3/14/2025 0:00",
        "RetractionDOI": "10.5555/notice",
        "RetractionPubMedID": "0",
        "OriginalPaperDOI": doi,
        "OriginalPaperPubMedID": pmid,
        "RetractionNature": nature,
        "Reason": "+Concerns/Issues about Data;+Investigation by Company/Institution;",
    }
    return given | more


def notice_list(folder: Path, *rows: dict[str, str], name: str = "retraction_watch.csv") -> Path:
    """Retraction Watch's file with these rows; the surname of an author is no sound UTF-8, as in the real one."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, NOTICE_COLUMNS, restval="")
    writer.writeheader()
    writer.writerows({"Record ID": str(number), "Author": "Mu\ufffeller"} | row for number, row in enumerate(rows, 1))
    path = folder / name
    path.write_bytes(text.getvalue().encode().replace("\ufffe".encode(), b"\xfc"))
    return path


def label_list(folder: Path, *labels: tuple[str, int, str]) -> Path:
    """DailyMed's list of labels: Set ID, current version and the day of its upload (MM/DD/YYYY) of each."""
    lines = ["SETID|ZIP_FILE_NAME|UPLOAD_DATE|SPL_VERSION|TITLE"]
    lines += [
        f"{setid.upper()}|x.zip|{day}|{version}|EXAMPLINIB TABLET [SYNTH, INC.]" for setid, version, day in labels
    ]
    path = folder / "dm_spl_zip_files_meta_data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("README.txt", "synthetic")
        archive.writestr("dm_spl_zip_files_meta_data.txt", "\n".join(lines) + "\n")
    return path
