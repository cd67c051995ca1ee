from __future__ import annotations

import textwrap

import pytest

from evidence.documents.document import DocumentFormat
from evidence.documents.reflist import find_references
from factories import PRINTED_REFERENCES, document_of, listed_entries

BODY = "Examplinib\n\nExamplinib is a test substance. It was approved in 2013 [1,2].\n\n"
TAIL = "\n\nThis information is for educational purposes only.\n\nRelated products\n\nCall 1-800-000-0000 now.\n"
COUNTED = list(enumerate(PRINTED_REFERENCES, 1))


def marked(mark: str) -> str:
    return "\n".join(mark.format(number) + text for number, text in COUNTED)


@pytest.mark.parametrize(
    "heading", ["References\n\n", "REFERENCES:\n", "Literature cited\n\n", "5. Bibliography\n\n", ""]
)
@pytest.mark.parametrize("mark", ["{}. ", "{}) ", "[{}] ", "({}) ", "  {}.\t", "{} ", "{}."])
def test_numbered_lists_are_split_with_and_without_a_heading(mark: str, heading: str) -> None:
    assert listed_entries(BODY + heading + marked(mark) + TAIL) == COUNTED


@pytest.mark.parametrize("mark", ["- ", "\u2022 ", "* ", "\u2013 "])
@pytest.mark.parametrize("form", [DocumentFormat.TEXT, DocumentFormat.MARKDOWN])
def test_bulleted_lists_are_split(mark: str, form: DocumentFormat) -> None:
    text = BODY + "References\n\n" + "\n".join(mark + text for text in PRINTED_REFERENCES) + TAIL
    assert [text for _, text in listed_entries(text, form)] == list(PRINTED_REFERENCES)


@pytest.mark.parametrize("between", ["\n", "\n\n"])
@pytest.mark.parametrize("heading", ["References\n\n", "References\n", ""])
def test_lists_without_marks_are_split_by_line_and_by_paragraph(between: str, heading: str) -> None:
    text = BODY + heading + between.join(PRINTED_REFERENCES) + TAIL
    assert listed_entries(text) == [(None, text) for text in PRINTED_REFERENCES]


def test_a_file_that_is_nothing_but_references_needs_no_heading() -> None:
    assert listed_entries("\n".join(PRINTED_REFERENCES)) == [(None, text) for text in PRINTED_REFERENCES]
    assert listed_entries(PRINTED_REFERENCES[0]) == [(None, PRINTED_REFERENCES[0])]


@pytest.mark.parametrize("mark", ["{}. ", "[{}] "])
@pytest.mark.parametrize("width", [40, 60])
def test_wrapped_lines_are_put_together_again(width: int, mark: str) -> None:
    wrapped = "\n".join(
        textwrap.fill(
            mark.format(number) + text, width, subsequent_indent="    ", break_on_hyphens=False, break_long_words=False
        )
        for number, text in COUNTED
    )
    assert listed_entries(BODY + "References\n\n" + wrapped + TAIL) == COUNTED


def test_a_hanging_indent_marks_entries_without_marks() -> None:
    wrapped = "\n".join(
        textwrap.fill(text, 50, subsequent_indent="    ", break_on_hyphens=False) for text in PRINTED_REFERENCES
    )
    assert listed_entries(BODY + "References\n\n" + wrapped + TAIL) == [(None, text) for text in PRINTED_REFERENCES]


def test_an_address_broken_over_two_lines_is_one_address() -> None:
    text = "References\n\n1. Fir G. Long addresses. 2020. https://example.org/a/\n   long/path. Accessed March 2025.\n"
    assert listed_entries(text) == [
        (1, "Fir G. Long addresses. 2020. https://example.org/a/long/path. Accessed March 2025.")
    ]


def test_a_wrapped_line_that_begins_with_the_next_number_is_no_entry() -> None:
    text = (
        "References\n\n1. Alder AB. Examplinib in 10 adults. J Ex Med. 2019;12(3):\n2. doi:10.1000/1\n"
        "2. Birch C. Another title. Ann Test. 2020;1:2.\n"
    )
    assert [number for number, _ in listed_entries(text)] == [1, 2]


def test_the_line_numbers_of_a_manuscript_are_no_part_of_the_text() -> None:
    lines = ["Introduction", "Examplinib is given to adults who", "were treated before.", "It works.", "References"]
    for number, text in COUNTED:
        lines += textwrap.wrap(f"{number}. {text}", 60, break_on_hyphens=False)
    numbered = "\n".join(f"{number:>4}  {line}" for number, line in enumerate(lines, 1))
    assert listed_entries(numbered) == COUNTED


def test_a_page_break_within_an_entry_does_not_end_the_list() -> None:
    first, second, third, fourth = PRINTED_REFERENCES
    text = f"References\n\n1. {first}\n2. {second[:40]}\n\nPage 7 of 9\n\n{second[40:]}\n3. {third}\n4. {fourth}\n"
    assert [number for number, _ in listed_entries(text)] == [1, 2, 3, 4]


def test_a_list_that_gives_a_number_twice_keeps_both_entries() -> None:
    text = "References\n\n" + "\n".join(
        f"{number}. {text}" for number, text in zip((1, 2, 2, 3), PRINTED_REFERENCES, strict=True)
    )
    assert [number for number, _ in listed_entries(text)] == [1, 2, 2, 3]


def test_numbered_sections_of_the_text_are_no_references() -> None:
    text = "  1. Receptor modulation\n\nIt blocks receptors.\n\n  1. Immune effects\n\nIt restores cells.\n\n"
    assert listed_entries(text) == []
    assert listed_entries(text + marked("  {}. ") + TAIL) == COUNTED


def test_prose_with_years_and_addresses_is_no_reference_list() -> None:
    assert (
        listed_entries(
            BODY + "The label was revised in 2024 (see https://example.org/label).\n\nStore at 20 to 25 degrees.\n"
        )
        == []
    )


def test_what_is_around_the_list_is_not_in_it() -> None:
    found = listed_entries("EXPLORE MORE\n\nWant to prescribe?\n\n" + BODY + marked("{}. ") + TAIL)
    assert found == COUNTED


def test_back_matter_after_the_list_is_not_in_it() -> None:
    text = (
        BODY
        + "References\n\n"
        + "\n\n".join(PRINTED_REFERENCES)
        + "\n\nAppendix A\n\nDose tables of 2020; see page 4: doses.\n"
    )
    assert len(listed_entries(text)) == 4


def test_an_entry_knows_its_place_in_the_file() -> None:
    document = document_of(BODY + "References\n\n" + marked("{}. "))
    found = find_references(document)
    assert found is not None
    for entry in found.entries:
        first, behind = entry.passage.span
        assert document.source.text[first:behind] == entry.text
    assert (document.place(found.entries[1].passage.offset(0)).line, found.heading) == (8, "References")


def test_entries_of_a_markdown_file_are_plain_and_know_their_places() -> None:
    text = "## References\n\n1. Alder AB. *Examplinib* in adults\\*. **J Ex Med**. 2019;12(3):45&ndash;52. [doi](https://doi.org/10.1000/1)\n"
    document = document_of(text, DocumentFormat.MARKDOWN)
    found = find_references(document)
    assert found is not None
    (entry,) = found.entries
    assert (entry.number, entry.text) == (1, "Alder AB. Examplinib in adults*. J Ex Med. 2019;12(3):45\u201352. doi")
    assert [str(identifier) for identifier in entry.recognised.identifiers] == ["doi:10.1000/1"]
    for word in ("Examplinib", "adults", "J Ex Med", "2019", "52"):
        assert text.startswith(word, entry.passage.offset(entry.text.index(word)))


def test_lazily_numbered_markdown_lists_are_counted() -> None:
    text = "# References\n\n" + "\n".join(f"1. {text}" for text in PRINTED_REFERENCES)
    assert [text for _, text in listed_entries(text, DocumentFormat.MARKDOWN)] == list(PRINTED_REFERENCES)


def test_markdown_footnotes_are_a_reference_list() -> None:
    text = "It works.[^1] It is safe.[^2]\n\n" + "\n".join(f"[^{number}]: {text}" for number, text in COUNTED[:2])
    assert listed_entries(text, DocumentFormat.MARKDOWN) == COUNTED[:2]


def test_code_and_comments_of_markdown_are_passed_over() -> None:
    text = f"```\n1. {PRINTED_REFERENCES[0]}\n```\n\n<!-- 1. {PRINTED_REFERENCES[1]} -->\n\nText.\n"
    assert listed_entries(text, DocumentFormat.MARKDOWN) == []


def test_html_lists_are_counted_as_browsers_do() -> None:
    items = "".join(f"<li><p>{text}</p></li>\n" for text in PRINTED_REFERENCES)
    page = (
        f"<html><body><nav>1. {PRINTED_REFERENCES[0]}</nav><p>Text.</p><h2>References</h2><ol start='4'>{items}</ol>"
        "<footer>Us, 2020. https://example.org</footer></body></html>"
    )
    assert listed_entries(page, DocumentFormat.HTML) == [(number + 3, text) for number, text in COUNTED]


def test_html_entries_with_printed_numbers_and_line_breaks_are_split() -> None:
    page = "<p>References</p><p>" + "<br>".join(f"{number}. {text}" for number, text in COUNTED) + "</p>"
    assert listed_entries(page, DocumentFormat.HTML) == COUNTED


def test_an_identifier_that_only_a_link_carries_is_found() -> None:
    page = "<h2>References</h2><ol><li>Alder AB. Examplinib. J Ex Med. 2019;1:2. <a href='https://doi.org/10.1000/X'>Link</a></li></ol>"
    found = find_references(document_of(page, DocumentFormat.HTML))
    assert found is not None
    assert [str(identifier) for identifier in found.entries[0].recognised.identifiers] == ["doi:10.1000/x"]


def test_a_post_that_apa_cites_by_its_handle_is_a_reference() -> None:
    post = "National Institutes of Examplinib [@NIEX]. (2019, June 26). A word [Post]. X. https://example.org/1"
    assert [
        text
        for _, text in listed_entries(
            f"It works.\n\nReferences\n\n{PRINTED_REFERENCES[0]}\n\n{post}\n", DocumentFormat.MARKDOWN
        )
    ] == [
        PRINTED_REFERENCES[0],
        post,
    ]


@pytest.mark.parametrize("line", ["References: 1.", "References: 1.5 mg", "Sources: (1.", "Sources 1] x"])
def test_a_heading_with_a_number_and_no_entry_after_it_is_no_list(line: str) -> None:
    assert find_references(document_of(line, DocumentFormat.TEXT)) is None


def test_a_line_of_control_characters_between_two_entries_is_no_entry() -> None:
    first, second, third, *_ = PRINTED_REFERENCES
    text = f"References\n\n{first}\n\n\x06\n\n{second}\n\n{third}"
    assert len(listed_entries(text)) == 3
