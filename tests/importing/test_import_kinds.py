"""What a file is, told by what stands in it and by its name."""

from __future__ import annotations

import pytest

from evidence.errors import FileError
from evidence.importing.kinds import Kind, kind_of


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("m.txt", b"Naltrexone\n", Kind.TEXT),
        ("m.md", b"# Naltrexone\n", Kind.MARKDOWN),
        ("m.htm", b"<p>x", Kind.HTML),
        ("m.docx", b"PK\x03\x04", Kind.DOCX),
        ("scan.txt", b"%PDF-1.7", Kind.PDF),
        ("pubmed-set.txt", b"\nPMID- 17222320\nOWN - NLM\n", Kind.NBIB),
        ("export.txt", b"\xef\xbb\xbfTY  - JOUR\n", Kind.RIS),
        ("export.xml", b"<xml><records/></xml>", Kind.ENDNOTE),
        ("library.bib", b"% made by hand\n@article{a,\n  journal = {J},\n  year = 2007}", Kind.BIBTEX),
        ("library.bib", b"@article{a,\n  journaltitle = {J},\n  date = {2007-04}}", Kind.BIBLATEX),
        ("library.bib", b"@online{a, url = {https://example.org}}", Kind.BIBLATEX),
        ("zotero.json", b'[\n {"id": "x"}]', Kind.CSL_JSON),
        ("other.references.yaml", b"references: []", Kind.CSL_YAML),
        ("-", b'[{"id": "a"}]', Kind.CSL_JSON),
        ("-", b"@book{a, title={x}}", Kind.BIBTEX),
        ("-", b"# ours\nreferences:\n- id: a\n", Kind.CSL_YAML),
        ("-", b"<!doctype html><p>x", Kind.HTML),
        ("-", b"References\n1. x", Kind.TEXT),
        ("README", b"References\n1. x", Kind.TEXT),
    ],
)
def test_a_file_is_known_by_its_beginning_and_its_name(name: str, data: bytes, kind: Kind) -> None:
    assert kind_of(name, data) is kind


def test_what_cannot_be_told_is_said_with_the_way_out() -> None:
    with pytest.raises(FileError, match=r"slides.pptx: what .pptx is cannot be told \(say --from"):
        kind_of("slides.pptx", b"anything")
