"""Reference lists of PDF files are read from where their characters are; the files are synthetic, written here."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from evidence.documents.document import Document, DocumentFormat
from evidence.documents.reader import parse_document
from evidence.documents.reflist import ReferenceList, find_references
from pdf_files import PdfFile

AUTHORS = ("Adler K, Boone L", "van Dyke M", "de Groot P, Lindt A", "Ostrov I", "Zeller B, Quist F, Ray S")
REFERENCES = [
    f"{AUTHORS[number % 5]}. Examplinib for mild synthetic pain in adults of group {number}: a randomised trial."
    f" J Ex Med. {2000 + number};{number + 3}(2):{100 + number}-{110 + number}."
    f" https://doi.org/10.1000/jem.{2000 + number}.{number:04d}"
    for number in range(1, 13)
]
PROSE = (
    "Examplinib is described here in a few sentences that are long enough to fill the lines of a column, so that a"
    " reader sees where one column ends and the next begins, and so that nothing in them looks like a reference."
)


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most so many characters, broken at blanks and after slashes; all but the first indented."""
    lines = [""]
    for word in re.findall(r"\S+?/(?=\S)|\S+\s*|\s+", text):
        if len(lines[-1]) + len(word.rstrip()) > width:
            lines.append(indent)
        lines[-1] += word
    return [line.rstrip() for line in lines]


def read(file: PdfFile) -> tuple[Document, ReferenceList]:
    document = parse_document("made.pdf", file.bytes(), DocumentFormat.PDF)
    found = find_references(document)
    assert found is not None
    return document, found


def texts(found: ReferenceList) -> list[str]:
    return [entry.text for entry in found.entries]


def numbered(references: Sequence[str], width: int, form: str = "{}. ") -> list[str]:
    return [line for number, text in enumerate(references, 1) for line in wrapped(form.format(number) + text, width)]


def in_two_columns(lines: Sequence[str], file: PdfFile, *, per_column: int = 30) -> None:
    for start in range(0, len(lines), 2 * per_column):
        if start:
            file.new_page()
        file.column(lines[start : start + per_column], x=50)
        file.column(lines[start + per_column : start + 2 * per_column], x=310)


@pytest.mark.parametrize("form", ["{}. ", "[{}] ", "{} ", "({}) "])
def test_two_columns_are_read_one_after_the_other(form: str) -> None:
    file = PdfFile()
    in_two_columns([*wrapped(PROSE * 3, 48), "References", *numbered(REFERENCES, 48, form)], file)
    _, found = read(file)
    assert texts(found) == REFERENCES
    assert [entry.number for entry in found.entries] == list(range(1, 13))


def test_entries_without_numbers_begin_at_the_margin_or_after_a_gap() -> None:
    hanging = PdfFile()
    lines = [line for text in REFERENCES for line in wrapped(text, 70, "     ")]
    hanging.column([*wrapped(PROSE, 70), "References", *lines], step=11)
    assert texts(read(hanging)[1]) == REFERENCES
    apart = PdfFile()
    y = apart.column([*wrapped(PROSE, 70), "References"])
    for text in REFERENCES:
        y = apart.column(wrapped(text, 70), y=y) - 4
    assert texts(read(apart)[1]) == REFERENCES


def test_running_heads_feet_and_line_numbers_are_no_part_of_entries() -> None:
    file = PdfFile()
    lines = [*wrapped(PROSE * 2, 70), "References", *numbered(REFERENCES, 70)]
    for page, start in enumerate(range(0, len(lines), 20)):
        if page:
            file.new_page()
        file.write(72, 820, "Writer et al. J Ex Med 2014, 14:1 https://doi.org/10.1000/head.2014.1")
        for at, line in enumerate(lines[start : start + 20]):
            file.write(40, 780 - 20 * at, str(start + at + 1))
            file.write(72, 780 - 20 * at, line)
        file.write(72, 30, f"Page {page + 1} of 3")
    document, found = read(file)
    assert texts(found) == REFERENCES
    assert "10.1000/head" not in document.source.text


def test_the_last_line_of_a_column_is_no_foot_though_another_page_ends_with_the_same_journal() -> None:
    file = PdfFile()
    file.column(["Examplinib", *wrapped(PROSE, 90), "", "References"], y=760)
    expected = []
    for page in range(6):
        file.new_page()
        for at in range(20):
            number = 20 * page + at + 1
            title = (
                f"{AUTHORS[number % 5]}. Examplinib in group {'abcdef'[page]}{'ghijklmnopqrstuvwxyz'[at]} of adults."
            )
            journal = "J Ex Med" if at == 19 and page in {1, 4} else f"Ann Test {'abcdef'[page]}"
            place = f"{journal}. 2019;{page + 3}(2):{100 + number}-{number + 110}."
            file.column([f"{number}. {title}", place], y=760 - 24 * at)
            expected.append(f"{title} {place}")
    assert texts(read(file)[1]) == expected


def test_a_box_in_other_print_beside_the_list_does_not_end_it() -> None:
    file = PdfFile()
    y = file.column([*wrapped(PROSE, 70), "References", *numbered(REFERENCES[:6], 70)])
    file.write(72, y - 12, "Open access: this box is printed large", 14)
    file.column(
        numbered(REFERENCES, 70)[sum(len(wrapped(f"{n}. {t}", 70)) for n, t in enumerate(REFERENCES[:6], 1)) :],
        y=y - 40,
    )
    file.new_page()
    file.write(72, 760, "Appendix", 14)
    file.column(wrapped(PROSE, 70), y=730)
    assert texts(read(file)[1]) == REFERENCES


def test_a_hyphen_that_the_line_break_asked_for_is_dropped_between_small_letters_only() -> None:
    file = PdfFile()
    file.column(
        [
            "References",
            "1. Adler K. Examplinib for syn-",
            "thetic pain: a placebo-controlled COX-",
            "2 study. J Ex Med. 2001;4(2):101-",
            "111. https://doi.org/10.1000/jem-",
            "a.2001",
            "2. Boone L. Another study of pain. J Ex Med. 2002;5(2):102-112.",
        ]
    )
    first = texts(read(file)[1])[0]
    assert "synthetic pain: a placebo-controlled COX-2 study" in first
    assert first.endswith("101-111. https://doi.org/10.1000/jem-a.2001")


def test_the_address_of_a_link_is_known_where_the_print_breaks_or_hides_it() -> None:
    file = PdfFile()
    file.column(
        [
            "References",
            "1. Adler K. Pain in adults. J Ex Med. 2001;4(2):101-111. CrossRef",
            "2. Boone L. Pain. J Ex Med. 2002;5:1-2.",
        ]
    )
    file.link(70, 744, 560, 758, "https://doi.org/10.1000/jem.2001.0001")
    found = read(file)[1]
    assert [str(identifier) for identifier in found.entries[0].recognised.identifiers] == ["doi:10.1000/jem.2001.0001"]
    assert not found.entries[1].recognised.identifiers


def test_raised_figures_cite_but_not_above_the_abstract() -> None:
    file = PdfFile()
    file.write(72, 780, "K Adler and L Boone")
    file.write(165, 784, "1", 5)
    file.write(72, 750, "Abstract")
    file.write(72, 738, "Pain was reduced")
    file.write(142, 742, "1,2", 5)
    file.column(["References", *numbered(REFERENCES[:2], 70)], y=700)
    document, _ = read(file)
    raised = [block.text[first:end] for block in document.blocks for first, end in block.raised]
    assert raised == ["1,2"]


def test_what_is_doubtful_is_said_with_its_pages() -> None:
    file = PdfFile()
    file.column(["References", *numbered(REFERENCES[:3], 70), "4. see the text beside", "5. as above", "6. again"])
    file.new_page()
    document, _ = read(file)
    assert document.doubts == (
        "3 of 6 entries on page 1 do not look like references",
        "no text on page 2, only images",
    )
