"""Sentences of a monograph without their citations, and where a claim's text is found among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.documents.citations import MonographReading
from evidence.documents.document import DocumentFormat
from evidence.documents.reader import parse_document
from evidence.documents.sentences import MonographSentences
from factories import document_of, docx_file, library_from

LIST = """

References

1. Alder A. A first title about pain. J Pain. 2013;1(1):1-2.
2. Birch B. A second title about sleep. J Pain. 2013;1(1):3-4.
3. Cedar C. A third title about dosing. J Pain. 2013;1(1):5-6.
"""


def reading(text: str, form: DocumentFormat = DocumentFormat.MARKDOWN) -> MonographReading:
    return MonographReading(document_of(text + LIST, form), library_from("references: []\n"))


def sentences(text: str) -> list[tuple[str, list[str]]]:
    found = reading(text).sentences.sentences
    return [(one.text, [marker.text for marker in one.markers]) for one in found if one.text != "References"]


def place_of(text: str, claim: str) -> tuple[int, int] | None:
    read = reading(text)
    offset = read.sentences.offset_of(claim)
    place = None if offset is None else read.place(offset)
    return place and (place.line, place.column)


def test_a_sentence_has_its_citations_beside_it_wherever_they_are_written() -> None:
    text = (
        "It may [1] reduce *pain* in fibromyalgia [2]. It is given at night.[1,3] It was studied in adults.^1^ "
        "It helps. [3] Nothing else is known."
    )
    assert sentences(text) == [
        ("It may reduce pain in fibromyalgia.", ["[1]", "[2]"]),
        ("It is given at night.", ["[1,3]"]),
        ("It was studied in adults.", ["1"]),
        ("It helps.", ["[3]"]),
        ("Nothing else is known.", []),
    ]


@pytest.mark.parametrize(
    "whole",
    [
        "Doses of 1.5 mg, e.g. Tablets of ANYBRAND, are split.",
        "As Smith et al. Reported, it helps.",
        "See Fig. 2 and Dr. J. Miller for more.",
        "It differs vs. Placebo by 0.5 points.",
    ],
)
def test_an_abbreviation_ends_no_sentence(whole: str) -> None:
    assert [text for text, _ in sentences(whole)] == [whole]


def test_the_reference_list_has_no_sentences_of_the_text() -> None:
    assert place_of("It helps [1].", "A third title about dosing") is None


def test_a_claim_is_found_by_its_words_and_not_by_its_formatting() -> None:
    text = "Storage is simple.\n\n"
    text += "Keep the *Capsules* at 20\u201325 \u00b0C [1], in the \u201coriginal\u201d\ncontainer [2,3]."
    assert place_of(text, 'keep the capsules at 20-25 \u00b0c, in the "original" container') == (3, 1)
    assert place_of(text, "at 20-25 \u00b0C in the original container") == (3, 21)
    assert place_of(text, "Keep the capsules at 20-26 \u00b0C, in the original container") is None
    assert place_of(text, "Keep the tablets at 20-25 \u00b0C, in the original container") is None


def test_a_superscript_that_is_no_citation_is_kept_as_one() -> None:
    text = "It was dead at 10^9^ cells per litre [1]. It rose to 10^2^."
    assert place_of(text, "dead at 10^9 cells per litre") is not None
    assert place_of(text, "dead at 109 cells per litre") is None


def test_the_most_similar_sentence_is_found_where_one_was_edited() -> None:
    text = (
        "Low-dose naltrexone reduces pain in fibromyalgia [1]. It is stored in the dark, and it is kept from children."
    )
    found = reading(text).sentences.most_similar("Low-dose naltrexone may reduce pain in fibromyalgia.")
    assert found is not None
    assert found.text == "Low-dose naltrexone reduces pain in fibromyalgia."
    assert reading(text).sentences.most_similar("Adverse reactions are vivid dreams and headache.") is None


def test_in_a_document_without_lines_the_place_is_its_paragraph() -> None:
    def fill(document) -> None:
        document.add_paragraph("It is kept in the dark.")
        paragraph = document.add_paragraph("It may reduce pain in fibromyalgia")
        paragraph.add_run("1").font.superscript = True
        paragraph.add_run(". It is safe.")

    read = MonographReading(
        parse_document("made.docx", docx_file(fill), DocumentFormat.DOCX),
        library_from("references: [{id: a, PMID: '1'}]\n"),
    )
    offset = read.sentences.offset_of("It may reduce pain in fibromyalgia.")
    assert offset is not None
    assert str(read.place(offset)) == "made.docx, paragraph 2"


def test_a_text_without_sentences_has_none() -> None:
    empty = MonographSentences(document_of("", DocumentFormat.TEXT), (), None)
    assert (empty.sentences, empty.offset_of("It helps a lot."), empty.most_similar("It helps.")) == ((), None, None)


WORDS = st.text("bcdhjk", min_size=3, max_size=9)  # no letters of which an abbreviation is made, such as "fig."
MARKS = st.sampled_from(["", " [1]", "^2^", " [2,3]", "[1-3]"])


@given(st.lists(st.tuples(st.lists(WORDS, min_size=5, max_size=9, unique=True), MARKS, MARKS), min_size=1, max_size=6))
def test_every_sentence_is_found_again_without_its_citations_and_none_with_another_word(
    drawn: list[tuple[list[str], str, str]],
) -> None:
    text = " ".join(
        f"{words[0].title()}{within} {' '.join(words[1:])}{'' if behind.startswith(' ') else '.'}{behind}"
        f"{'.' if behind.startswith(' ') else ''}"
        for words, within, behind in drawn
    )
    read = reading(text)
    for words, _, _ in drawn:
        assert read.sentences.offset_of(" ".join(words)) is not None
        assert read.sentences.offset_of(" ".join([*words[:2], "mmm", *words[3:]])) is None
    found = [one for one in read.sentences.sentences if one.text != "References"]
    assert [one.text.lower().rstrip(".") for one in found] == [" ".join(words) for words, _, _ in drawn]
    assert [len(one.markers) for one in found] == [bool(within) + bool(behind) for _, within, behind in drawn]
