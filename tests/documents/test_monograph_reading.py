from __future__ import annotations

import contextlib
import io
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from evidence.documents.document import Document, DocumentFormat
from evidence.documents.pdf import read_pdf
from evidence.documents.reader import parse_document, read_document
from evidence.documents.reflist import find_references
from evidence.library.files import LARGEST
from evidence.model.errors import FileError
from factories import PRINTED_REFERENCES, document_of, docx_file, with_part_changed

NUMBERED = f'<w:pPr {nsdecls("w")}><w:numPr><w:ilvl w:val="0"/><w:numId w:val="77"/></w:numPr></w:pPr>'
LIST = (
    '<w:abstractNum w:abstractNumId="66"><w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/>'
    '<w:lvlText w:val="[%1]"/></w:lvl></w:abstractNum>'
)


def numbering(text: str) -> str:
    text = text.replace("<w:abstractNum ", LIST + "<w:abstractNum ", 1)
    return text.replace("</w:numbering>", '<w:num w:numId="77"><w:abstractNumId w:val="66"/></w:num></w:numbering>')


def from_word(data: bytes) -> Document:
    return parse_document("made.docx", data, DocumentFormat.DOCX)


def pdf(*lines: str) -> bytes:
    """A one-page PDF file, written by hand."""
    output = "".join(f"({re.sub(r'([()])', chr(92) + chr(92) + r'1', line)}) Tj T*\n" for line in lines)
    stream = f"BT /F1 9 Tf 12 TL 40 800 Td\n{output}ET".encode()
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        out
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)
    )


def test_the_format_is_known_by_the_name_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    for name, form in (
        ("a.TXT", DocumentFormat.TEXT),
        ("a.md", DocumentFormat.MARKDOWN),
        ("a.html", DocumentFormat.HTML),
    ):
        path = tmp_path / name
        path.write_text("Text.")
        assert read_document(path).form is form
    with pytest.raises(FileError, match=r"cannot read \.odt as a monograph; supported: \.txt"):
        read_document(tmp_path / "a.odt")


def test_word_numbers_its_lists_and_the_numbers_are_known() -> None:
    def fill(document: docx.document.Document) -> None:
        document.add_heading("References", 1)
        for text in PRINTED_REFERENCES:
            document.add_paragraph(text)._p.insert(0, parse_xml(NUMBERED))

    document = from_word(with_part_changed(docx_file(fill), "word/numbering.xml", numbering))
    found = find_references(document)
    assert found is not None
    assert [(entry.number, entry.label, entry.text) for entry in found.entries] == [
        (number, f"[{number}]", text) for number, text in enumerate(PRINTED_REFERENCES, 3)
    ]


def test_word_lists_by_style_are_numbered_too() -> None:
    def fill(document: docx.document.Document) -> None:
        for text in PRINTED_REFERENCES:
            document.add_paragraph(text, style="List Number")

    assert [block.item.number for block in from_word(docx_file(fill)).blocks if block.item] == [1, 2, 3, 4]


def test_a_bibliography_in_a_content_control_is_read_and_deleted_text_is_not() -> None:
    control = (
        f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>{PRINTED_REFERENCES[0]}</w:t></w:r>"
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t> in.</w:t></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )

    def fill(document: docx.document.Document) -> None:
        document.element.body.insert(0, parse_xml(control))

    assert [block.text for block in from_word(docx_file(fill)).blocks] == [f"{PRINTED_REFERENCES[0]} in."]


def test_raised_runs_links_and_fields_of_word_are_known() -> None:
    def fill(document: docx.document.Document) -> None:
        paragraph = document.add_paragraph("It works.")
        paragraph.add_run("1,2").font.superscript = True
        field = (
            f'<w:p {nsdecls("w")}><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
            '<w:r><w:instrText> HYPERLINK "https://example.org/a" </w:instrText></w:r>'
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>site</w:t></w:r>'
            '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
        )
        paragraph._p.addnext(parse_xml(field))

    first, second = from_word(docx_file(fill)).blocks
    assert [first.text[a:b] for a, b in first.raised] == ["1,2"]
    assert [(second.text[slice(*link.span)], link.address) for link in second.links] == [
        ("site", "https://example.org/a")
    ]


def test_pdf_files_are_read_line_by_line() -> None:
    lines = ["Examplinib", "It works.", "References"]
    for number, text in enumerate(PRINTED_REFERENCES, 1):
        lines += [f"{number}. {text[:50]}", text[50:]]
    found = find_references(parse_document("made.pdf", pdf(*lines), DocumentFormat.PDF))
    assert found is not None
    assert [entry.number for entry in found.entries] == [1, 2, 3, 4]
    assert [str(entry.recognised.identifiers[0]) for entry in found.entries][:2] == [
        "doi:10.1000/jem.2019.0045",
        "pmid:91234567",
    ]


@pytest.mark.parametrize(
    ("data", "reported"),
    [
        (b"%PDF-1.4 nothing", "cannot be read"),
        (pdf(), "has no text"),
        (pdf("x").replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]"), "cannot be read|holds no text"),
    ],
)
def test_damaged_and_looping_pdf_files_are_one_clear_error_or_read(data: bytes, reported: str) -> None:
    """Some versions of the reader mend what others refuse."""
    with contextlib.suppress(FileError):
        assert parse_document("made.pdf", data, DocumentFormat.PDF).blocks
        return
    with pytest.raises(FileError, match=rf"made.pdf: this PDF ({reported}).*save the monograph as DOCX"):
        parse_document("made.pdf", data, DocumentFormat.PDF)


def test_a_pdf_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(FileError, match="reading this PDF takes more than 0 s"):
        read_pdf("made.pdf", pdf("x"), longest=0.01)


def bomb(size: int, name: str = "word/document.xml") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as part:
        for _ in range(size // 1_000_000):
            part.write(b" " * 1_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("made", "reported"),
    [
        (lambda: b"no archive", "not a valid DOCX file"),
        (lambda: bomb(0), "cannot read this DOCX file"),
        (lambda: bomb(10_000_000), r"implausible compression ratio \(1,0[0-9][0-9] to 1\)"),
        (lambda: bomb(70_000_000), r"unpacks to 70 MB \(limit 60 MB\)"),
        (lambda: bomb(210_000_000, "media/image.png"), r"unpacks to 210 MB \(limit 200 MB\)"),
    ],
)
def test_archives_that_are_no_documents_or_bombs_are_refused(made: Callable[[], bytes], reported: str) -> None:
    with pytest.raises(FileError, match=reported):
        from_word(made())


def test_entities_of_a_word_file_cannot_blow_up() -> None:
    laughs = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    data = with_part_changed(
        docx_file(lambda document: document.add_paragraph("x")),
        "word/document.xml",
        lambda text: re.sub(r"(<\?xml[^>]*\?>)", rf'\1<!DOCTYPE w:document [<!ENTITY e0 "ha">{laughs}]>', text).replace(
            ">x<", ">&e9;<"
        ),
    )
    with contextlib.suppress(FileError):  # refused, or the entity is left out
        assert sum(len(block.text) for block in from_word(data).blocks) < 100


def test_a_text_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(FileError, match=f"limit {LARGEST // 1_000_000} MB"):
        read_document(path)


def test_text_in_another_encoding_is_refused_with_the_place() -> None:
    with pytest.raises(FileError, match=r"made.txt:2:3: byte 0x96 is not UTF-8"):
        parse_document("made.txt", b"a\nbb\x96", DocumentFormat.TEXT)
    with pytest.raises(FileError, match="a NUL"):
        document_of("a\0b")


@pytest.mark.parametrize(
    "declared", ["<meta charset=windows-1252>", "<meta http-equiv='Content-Type' content='text/html; charset=latin-1'>"]
)
def test_a_page_is_read_in_the_encoding_that_it_declares(declared: str) -> None:
    data = f"<head>{declared}</head><p>Caf\xe9</p>".encode("latin-1")
    assert parse_document("a.html", data, DocumentFormat.HTML).blocks[0].text == "Caf\xe9"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "*a " * 10_000,
        "(" * 20_000,
        "<!--" * 5_000,
        "\u200b\u202e" * 10_000,
        " " * 30_000 + "x",
        "1. " * 10_000,
        "[@" * 10_000,
        "http://" * 4_000,
        "10.1000/" * 4_000,
        "a^" * 10_000,
        "<a " * 10_000,
        "1,2-" * 6_000,
        "A, B. " * 6_000,
        "&#38;" * 6_000,
        "References\n" * 2_000,
        "References\n\n" * 2_000,
        "1. Alder AB. 2020.\n\nWord\n\n" * 500,
    ],
    ids=lambda text: repr(text[:6]),
)
@pytest.mark.parametrize("form", [DocumentFormat.TEXT, DocumentFormat.MARKDOWN, DocumentFormat.HTML])
def test_hostile_texts_are_read(text: str, form: DocumentFormat) -> None:
    from evidence.documents.markers import find_markers  # noqa: PLC0415

    document = document_of(text, form)
    find_markers(document, find_references(document))


NOT_ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="libxml2 in lxml's wheel for Windows reads it")


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("<div>" * 2000 + "x", id="deep"),
        pytest.param(f"<p>{'x' * 11_000_000}</p>", id="long", marks=NOT_ON_WINDOWS),
    ],
)
def test_a_page_that_the_reader_gives_up_is_an_error_and_not_an_empty_page(page: str) -> None:
    with pytest.raises(FileError, match=r"made\.html:1: cannot read this HTML"):
        document_of(page, DocumentFormat.HTML)


def test_a_text_with_more_lines_than_any_book_is_refused() -> None:
    with pytest.raises(FileError, match=r"the text has 700,000 lines \(limit 600,000\)"):
        document_of("1\n" * 700_000)


@pytest.mark.acceptance
def test_a_page_of_more_paragraphs_than_any_book_is_refused() -> None:
    with pytest.raises(FileError, match="the document has more than 300,000 paragraphs"):
        document_of("<p>a" * 300_001, DocumentFormat.HTML)


def test_a_paragraph_with_more_marks_than_any_text_has_is_refused() -> None:
    with pytest.raises(FileError, match=r"made\.markdown:1:1: a paragraph has more than 200,000 Markdown marks"):
        document_of("a^" * 500_000, DocumentFormat.MARKDOWN)
