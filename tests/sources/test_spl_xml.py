"""Documents of labels read into sections and products. Every document here is synthetic."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from evidence.demo.spl import spl_section
from evidence.matching.label_sections import SectionText
from evidence.model.identifiers import Identifier, IdKind, contents_of
from evidence.model.records import LabelProduct, Strength
from evidence.sources.spl_xml import read_contents, sections_of
from factories import LABEL_SETID, spl_document

CONTENTS = contents_of(Identifier(IdKind.SETID, LABEL_SETID), 3)

LONG = " ".join(["It is addictive."] * 9)


def texts(*sections: str) -> list[tuple[str, str, str]]:
    """Code, title and text of each section, white space as single spaces."""
    return [(s.code, s.title, " ".join(s.text.split())) for s in read(*sections)]


def read(*sections: str) -> tuple[SectionText, ...]:
    return tuple(s for s in sections_of(spl_document(*sections)) if s.code != "48780-1")


def body(text: str) -> str:
    """The text of one section with this narrative block."""
    return read(spl_section("34068-7", text=text))[0].text


def test_contents_have_the_sections_by_code_and_the_label_s_own_date() -> None:
    raw = spl_document(
        spl_section("34067-9", "1 INDICATIONS AND USAGE", "<paragraph>For testing.</paragraph>"),
        spl_section("34070-3", "4 CONTRAINDICATIONS", "<paragraph>None known to us.</paragraph>"),
        version=3,
        effective="20240131",
    )

    contents = read_contents(CONTENTS, raw)

    assert (contents.setid, contents.version, contents.effective) == (LABEL_SETID, 3, date(2024, 1, 31))
    assert [(s.code, s.title, s.words, s.within) for s in contents.sections[1:]] == [
        ("34067-9", "", 2, ""),
        ("34070-3", "", 4, ""),
    ]


def test_formatting_changes_no_hash_and_a_word_does() -> None:
    def hashed(text: str) -> str:
        raw = spl_document(spl_section("34068-7", text=text))
        return read_contents(CONTENTS, raw).sections[1].sha256

    plain = hashed("<paragraph>Take 50 mg (one tablet) daily.</paragraph>")
    assert hashed("<list><item>Take  50 mg <content styleCode='bold'>one</content> tablet</item></list>daily") == plain
    assert hashed("<paragraph>Take 5.0 mg (one tablet) daily.</paragraph>") != plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("10<sup>-10</sup>M", "10^-10 M"),
        ("CO<sub>2</sub> retention", "CO_2 retention"),
        ("Testol<sup>®</sup> for you", "Testol® for you"),
        ("<content styleCode='underline'>140 - age</content><br/>72 x creatinine", "140 - age / 72 x creatinine"),
        ("<content styleCode='bold underline'>dose <br/></content>weight<br/>in kg", "dose / weight in kg"),
        ("<content styleCode='underline'>Misuse</content><br/><br/>It is addictive.", "Misuse It is addictive."),
        (f"<content styleCode='underline'>Misuse</content><br/>{LONG}", f"Misuse {LONG}"),
        ("<table><tbody><tr><td>5</td><td>10</td></tr></tbody></table>", "5 10"),
        ("see <renderMultiMedia referencedObject='MM1'/>", "see [image curve.jpg]"),
        ("see <renderMultiMedia referencedObject='MM9'/>", "see [image MM9]"),
    ],
)
def test_what_formatting_means_is_in_the_text(markup: str, text: str) -> None:
    assert " ".join(body(f"<paragraph>{markup}</paragraph>").split()) == text


def test_sections_without_code_belong_to_the_one_around_them() -> None:
    nested = spl_section("42229-5", "2.1 Adults", "<paragraph>One tablet.</paragraph>")

    assert texts(spl_section("34068-7", "2 DOSAGE", "<paragraph>Daily.</paragraph>", nested)) == [
        ("34068-7", "", "Daily. Adults One tablet.")
    ]


def test_a_nested_section_with_a_code_is_also_part_of_the_outermost_one() -> None:
    nested = spl_section("42228-7", "8.1 Pregnancy", "<paragraph>No data.</paragraph>")

    sections = read(spl_section("43684-0", "8 USE IN SPECIFIC POPULATIONS", "", nested))

    assert [(s.code, s.within, s.tokens.tokens) for s in sections] == [
        ("43684-0", "", ("pregnancy", "no", "data")),
        ("42228-7", "43684-0", ("pregnancy", "no", "data")),
    ]


def test_outermost_sections_without_code_go_by_their_title_without_its_number() -> None:
    assert texts(
        spl_section("42229-5", "17.2 Post-Marketing", "<paragraph>Rash.</paragraph>"),
        spl_section("42229-5", "", "<paragraph>Distributed by Acme LLC, Exampleville, NJ 08827</paragraph>"),
        spl_section("42229-5", "", "<paragraph>Keep this leaflet.</paragraph>"),
    ) == [
        ("", "Post-Marketing", "Rash."),
        ("", "labeler and address", "Distributed by Acme LLC, Exampleville, NJ 08827"),
        ("", "", "Keep this leaflet."),
    ]


def test_highlights_are_a_section_of_their_own() -> None:
    highlight = "<excerpt><highlight><text><paragraph>In short (2.1).</paragraph></text></highlight></excerpt>"

    assert texts(spl_section("34068-7", "2 DOSAGE", "<paragraph>At length.</paragraph>", highlight)) == [
        ("34068-7", "", "At length."),
        ("", "highlights", "In short (2.1)."),
    ]


def test_items_of_lists_are_kept_apart() -> None:
    listed = "<list><item>Hepatitis</item><item>Opioids: <list><item>any</item></list></item></list>"

    (section,) = read(spl_section("34070-3", text=listed))

    assert section.items == ("Hepatitis", "Opioids: any")


def test_products_have_form_and_strengths() -> None:
    (product,) = read_contents(CONTENTS, spl_document(spl_section("34067-9", text="Use."))).products

    assert product == LabelProduct("Testol", "TABLET, FILM COATED", (Strength("TESTOL HYDROCHLORIDE", "50", "mg"),))


@pytest.mark.parametrize(("start", "end"), [("<content>", "</content>"), ("<list><item>", "</item></list>")])
def test_what_is_nested_without_end_is_refused_and_not_cut_off(start: str, end: str) -> None:
    raw = spl_document(spl_section("34068-7", text=f"Before {start * 5000}deep{end * 5000} after."))
    for read_it in (sections_of, partial(read_contents, CONTENTS)):
        with pytest.raises(ValueError, match="nested too deeply"):
            read_it(raw)


def test_sections_and_products_nested_without_end_are_refused() -> None:
    nested = f"{'<component><section><text>in</text>' * 100}{'</section></component>' * 100}"
    product = f"<subject><manufacturedProduct>{'<part>' * 100}{'</part>' * 100}</manufacturedProduct></subject>"
    for inner in (nested, product):
        raw = spl_document(spl_section("34068-7", text="Before")).replace(
            b"</text></sec", f"</text>{inner}</sec".encode()
        )
        with pytest.raises(ValueError, match="nested too deeply"):
            read_contents(CONTENTS, raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"<html><body>DailyMed</body></html>",
        b"",
        b"PK\x03\x04",
        spl_document(spl_section("34067-9", text="Use."))[:-20],
        b'<!DOCTYPE document [<!ENTITY a "b">]>' + spl_document(spl_section("34067-9", text="Use.")),
        spl_document(spl_section("34067-9", text="Use."), version=4),
        spl_document(spl_section("34067-9", text="Use."), setid="00000000-0000-4000-8000-000000000000"),
    ],
)
def test_what_is_not_the_document_asked_for_is_no_contents(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"document|label"):
        read_contents(CONTENTS, raw)
