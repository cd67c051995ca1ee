"""What a file is, recognised by its contents and by its name."""

from __future__ import annotations

import pytest

from evidence.app.import_files import ImportFormat, kind_of
from evidence.model.errors import FileError


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("m.txt", b"Naltrexone\n", ImportFormat.TEXT),
        ("m.md", b"# Naltrexone\n", ImportFormat.MARKDOWN),
        ("m.htm", b"<p>x", ImportFormat.HTML),
        ("m.docx", b"PK\x03\x04", ImportFormat.DOCX),
        ("scan.txt", b"%PDF-1.7", ImportFormat.PDF),
        ("pubmed-set.txt", b"\nPMID- 17222320\nOWN - NLM\n", ImportFormat.NBIB),
        ("export.txt", b"\xef\xbb\xbfTY  - JOUR\n", ImportFormat.RIS),
        ("export.xml", b"<xml><records/></xml>", ImportFormat.ENDNOTE),
        ("library.bib", b"% made by hand\n@article{a,\n  journal = {J},\n  year = 2007}", ImportFormat.BIBTEX),
        ("library.bib", b"@article{a,\n  journaltitle = {J},\n  date = {2007-04}}", ImportFormat.BIBLATEX),
        ("library.bib", b"@online{a, url = {https://example.org}}", ImportFormat.BIBLATEX),
        ("zotero.json", b'[\n {"id": "x"}]', ImportFormat.CSL_JSON),
        ("other.references.yaml", b"references: []", ImportFormat.CSL_YAML),
        ("-", b'[{"id": "a"}]', ImportFormat.CSL_JSON),
        ("-", b"@book{a, title={x}}", ImportFormat.BIBTEX),
        ("-", b"# ours\nreferences:\n- id: a\n", ImportFormat.CSL_YAML),
        ("-", b"<!doctype html><p>x", ImportFormat.HTML),
        ("-", b"References\n1. x", ImportFormat.TEXT),
        ("README", b"References\n1. x", ImportFormat.TEXT),
    ],
)
def test_a_file_is_known_by_its_beginning_and_its_name(name: str, data: bytes, kind: ImportFormat) -> None:
    assert kind_of(name, data) is kind


def test_what_cannot_be_reported_is_said_with_the_way_out() -> None:
    with pytest.raises(FileError, match=r"slides.parquet: unknown file type .parquet \(use --from"):
        kind_of("slides.parquet", b"anything")
