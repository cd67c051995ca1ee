from __future__ import annotations

import docx
import pytest

from evidence.documents.citations import citation_order
from evidence.documents.document import DocumentFormat
from evidence.documents.markers import find_markers
from evidence.documents.reader import parse_document
from evidence.documents.reflist import find_references
from evidence.model.dates import PartialDate
from evidence.model.errors import Place
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.references import IdentifierUse, Library, Name, Reference
from factories import PRINTED_REFERENCES, document_of, docx_file
from word_files import KINDS, NOTES

LIST = "\n\nReferences\n\n" + "\n".join(f"{number}. {text}" for number, text in enumerate(PRINTED_REFERENCES, 1)) + "\n"
PLACE = Place("references.yaml", 1, 1)


def numbers(text: str, form: DocumentFormat = DocumentFormat.TEXT) -> list[tuple[int, ...]]:
    document = document_of(text, form)
    return [marker.numbers for marker in find_markers(document, find_references(document))]


def library(*references: Reference) -> Library:
    return Library("references.yaml", "", references)


def reference(key: str, identifier: Identifier | None = None, **fields: object) -> Reference:
    uses = (IdentifierUse(identifier, identifier.kind, PLACE),) if identifier else ()
    return Reference(key, PLACE, uses=uses, **fields)  # type: ignore[arg-type] - by each test


ALDER = reference("alder", Identifier(IdKind.DOI, "10.1000/jem.2019.0045"))
CEDAR = reference("cedar", Identifier(IdKind.PMID, "91234567"))
ELM = reference("elm", Identifier(IdKind.PMID, "90000001"))
FIR = reference("fir", cited_as=PRINTED_REFERENCES[3])
FOUR = library(ALDER, CEDAR, ELM, FIR)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It works [1]. It is safe [2, 4].", [(1,), (2, 4)]),
        ("It works [1,3-5] and [1\u20133].", [(1, 3, 4, 5), (1, 2, 3)]),
        ("It works [1][2].", [(1,), (2,)]),
        ("It works [refs 1 and 2].", [(1, 2)]),
        ("It works.\u00b9 It is safe.\u00b2\u02d2\u00b3", [(1,), (2, 3)]),
        ("It works\u00b9\u207b\u00b3 well", [(1, 2, 3)]),
        ("Since [2019] the 95% CI [2, 5] and range [5-2].", []),
        (
            "30 kg/m\u00b2, 10\u00b3 cells, R\u00b2 = 1, Ca\u00b2\u207a, \u00b9\u2074C, mg\u00b7L\u207b\u00b9",
            [],
        ),
        ("It works (1). It is safe (2,3), they say (4).", [(1,), (2, 3), (4,)]),
        ("First (1) mix and (2) heat.", []),
    ],
)
def test_numbers_that_cite_are_distinguished_from_numbers_that_do_not(
    text: str, expected: list[tuple[int, ...]]
) -> None:
    assert numbers(text + LIST) == expected


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("It works.^1,2^", DocumentFormat.MARKDOWN),
        ("It works.<sup>1,2</sup>", DocumentFormat.MARKDOWN),
        ("<p>It works.<sup>1</sup><sup>,</sup><sup>2</sup></p>", DocumentFormat.HTML),
        ("<p>It works.<sup>[<a href='#r1'>1</a>,<a href='#r2'>2</a>]</sup></p>", DocumentFormat.HTML),
    ],
)
def test_raised_numbers_of_markup_are_citations(text: str, form: DocumentFormat) -> None:
    assert numbers(text, form) == [(1, 2)]


def test_raised_runs_and_endnotes_of_word_are_citations() -> None:
    def fill(document: docx.document.Document) -> None:
        paragraph = document.add_paragraph("It works.")
        paragraph.add_run("1\u20133").font.superscript = True
        paragraph.add_run(" It weighs 30 kg/m")
        paragraph.add_run("2").font.superscript = True

    document = parse_document("made.docx", docx_file(fill), DocumentFormat.DOCX)
    assert [marker.numbers for marker in find_markers(document, None)] == [(1, 2, 3)]


@pytest.mark.parametrize("kind", sorted(NOTES))
def test_notes_of_word_after_one_another_are_citations_of_their_own(kind: str) -> None:
    entries = ["Alder A. A trial. J Ex. 2001;1:2.", "Birch B. A review. J Ex. 2002;3:4."]
    document = parse_document("made.docx", KINDS[kind](entries), DocumentFormat.DOCX)
    assert [marker.numbers for marker in find_markers(document, find_references(document))] == [(1, 2)]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("It works [@alder; see @cedar-2021, p. 3].", [("alder", "cedar-2021")]),
        ("As @alder said, it works [-@cedar].", [("cedar",), ("alder",)]),
        ("Write to a@example.org.", []),
        ("In code `[@alder]`.", [("alder",)]),
    ],
)
def test_keys_of_pandoc_are_citations(text: str, keys: list[tuple[str, ...]]) -> None:
    document = document_of(text, DocumentFormat.MARKDOWN)
    assert sorted(marker.keys for marker in find_markers(document, None)) == sorted(keys)


@pytest.mark.parametrize(
    "text",
    [
        "It works (Alder & Birch, 2019; Cedar et al., 2021).",
        "Alder and Birch (2019) and Cedar et al. (2021) say so.",
        "It works (see Alder and Birch 2019). It is safe (Cedar et al. 2021, p. 4).",
    ],
)
def test_names_with_years_are_citations(text: str) -> None:
    listed = "\n\nReferences\n\n" + "\n".join(PRINTED_REFERENCES)
    assert citation_order(document_of(text + listed), FOUR) == ("alder", "cedar")


def test_the_reference_list_itself_cites_nothing() -> None:
    assert numbers("It works [1]." + LIST.replace("Title", "Title [2]")) == [(1,)]


def test_a_number_like_a_year_cites_when_the_list_has_it() -> None:
    listed = "\n".join(f"{n}. Alder AB. Title {n}. J Ex Med. 2001;1:{n}." for n in range(2010, 2015))
    assert numbers(f"In [2009] it works [2013].\n\nReferences\n\n{listed}\n") == [(2013,)]


def test_a_marker_knows_its_place_in_the_file() -> None:
    text = "# A\n\nIt *really* works.^1^ Safe [2].\n"
    document = document_of(text, DocumentFormat.MARKDOWN)
    found = find_markers(document, None)
    assert [text[slice(*marker.span)] for marker in found] == ["1", "[2]"]


def test_numbers_are_the_entries_of_the_monographs_own_list() -> None:
    assert citation_order(document_of("Safe [3]. Works [1,2]. Told [4]." + LIST), FOUR) == (
        "elm",
        "alder",
        "cedar",
        "fir",
    )
    shuffled = library(FIR, ELM, CEDAR, ALDER)
    assert citation_order(document_of("Safe [3]. Works [1]." + LIST), shuffled) == ("elm", "alder")


def test_without_a_list_numbers_are_places_in_the_file() -> None:
    assert citation_order(document_of("Safe [2]. Works [1]. Lost [9]."), FOUR) == ("cedar", "alder")


def test_keys_are_ids_and_each_is_reported_once() -> None:
    text = document_of("Works [@fir; @unknown]. Again [@alder; @fir].", DocumentFormat.MARKDOWN)
    assert citation_order(text, FOUR) == ("fir", "alder")


def test_a_text_without_citations_has_no_order() -> None:
    assert citation_order(document_of("It works.\n" + LIST), FOUR) is None


def test_names_are_found_in_the_librarys_own_fields() -> None:
    smith = reference("smith", authors=(Name(family="Smith"),), issued=PartialDate(2013))
    twin = (
        reference("a", authors=(Name(family="Twin"),), issued=PartialDate(2013)),
        reference("b", authors=(Name(family="Twin"),), issued=PartialDate(2013)),
    )
    assert citation_order(document_of("It works (Smith, 2013; Twin, 2013)."), library(smith, *twin)) == ("smith",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It works [1, p. 12] and [2; pp. 3-4], as [3, Table 2] and [4, \u00a7 7.1] say.", [(1,), (2,), (3,), (4,)]),
        ("It works [1]-[3] in all.", [(1,), (2, 3)]),
        ("It works [1]\u2013[4] in all.", [(1,), (2, 3, 4)]),
        ("It works [1][2] in all, see [the guide][23] too.", [(1,), (2,)]),
        ("It works [1], p [7, of twelve].", [(1,)]),
    ],
)
def test_places_in_a_source_and_ranges_of_brackets_are_read(text: str, expected: list[tuple[int, ...]]) -> None:
    assert numbers(f"{text}{LIST}") == expected


RAISED_ONCE = (
    "It works in pain.1 It is safe,2,3 as (in children).4 The dose is 4.5 mg, see Fig.2 and version 1.2.1 of it."
)


def test_raised_numbers_of_which_plain_text_keeps_the_digits_are_citations() -> None:
    assert numbers(f"{RAISED_ONCE}{LIST}") == [(1,), (2, 3), (4,)]


def test_digits_after_a_full_stop_are_no_citations_where_the_text_cites_otherwise_or_hardly_ever() -> None:
    assert numbers(f"It works [1]. It is safe,2 and good.3{LIST}") == [(1,)]
    assert numbers(f"It works. It is safe in group.2 So.{LIST}") == []


def test_a_long_run_of_digits_after_a_full_stop_is_no_citation() -> None:
    assert numbers(f"It works.{'12' * 5000}/x and more [1].{LIST}") == [(1,)]
    assert numbers(f"It works.1/2 in mice [1].{LIST}") == [(1,)]
