"""The words of stored records, as quotes are looked for in them. The records are made up."""

from __future__ import annotations

import json

import pytest

from evidence.matching.tokens import find_quote, tokenize
from evidence.sources import crossref, pubmed_xml

MATH = '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML">'


def record(article: str, beside: str = "") -> bytes:
    return (
        '<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">1</PMID>'
        f"<Article>{article}</Article><MedlineJournalInfo><NlmUniqueID>7505668</NlmUniqueID></MedlineJournalInfo>"
        f"{beside}</MedlineCitation></PubmedArticle>"
    ).encode()


def test_the_labels_of_a_structured_abstract_are_printed_as_pubmed_does() -> None:
    abstract = (
        '<Abstract><AbstractText Label="METHODS">We gave 4.5&#xa0;mg.</AbstractText>'
        "<AbstractText>Pain fell.</AbstractText><CopyrightInformation>(c) Someone</CopyrightInformation></Abstract>"
    )
    text = pubmed_xml.read_text(record(f"<ArticleTitle>A <i>title</i>.</ArticleTitle>{abstract}"))
    assert [(passage.part, passage.text) for passage in text.passages] == [
        ("title", "A title."),
        ("abstract", "METHODS: We gave 4.5 mg. Pain fell."),
    ]


def test_a_record_without_an_abstract_has_a_title_alone() -> None:
    assert [passage.part for passage in pubmed_xml.read_text(record("<ArticleTitle>T</ArticleTitle>")).passages] == [
        "title"
    ]


def test_abstracts_in_other_languages_are_read_too() -> None:
    other = '<OtherAbstract Language="spa"><AbstractText>Un resumen.</AbstractText></OtherAbstract>'
    text = pubmed_xml.read_text(record("<VernacularTitle>Un caso</VernacularTitle>", other))
    assert [(passage.part, passage.text) for passage in text.passages] == [
        ("title", "Un caso"),
        ("abstract", "Un resumen."),
    ]


def test_a_chapter_has_its_abstract_and_its_book_s_title() -> None:
    raw = (
        b"<PubmedBookArticle><BookDocument><PMID>2</PMID><Book><BookTitle>LiverTox</BookTitle></Book>"
        b"<ArticleTitle>Naltrexone</ArticleTitle><Abstract><AbstractText>An antagonist.</AbstractText></Abstract>"
        b"</BookDocument></PubmedBookArticle>"
    )
    assert [passage.text for passage in pubmed_xml.read_text(raw).passages] == [
        "Naltrexone",
        "LiverTox",
        "An antagonist.",
    ]


@pytest.mark.parametrize(
    ("markup", "quote", "lost"),
    [
        ("10<sup>-10</sup> M", "10\u207b\u00b9\u2070 M", False),
        ("10<sup>-10</sup> M", "10-10 M", True),
        ("H<sub>2</sub>O", "H\u2082O", False),
        (
            f"{MATH}<mml:msup><mml:mn>10</mml:mn><mml:mn>5</mml:mn></mml:msup></mml:math> cells",
            "10\u2075 cells",
            False,
        ),
        (
            f"{MATH}<mml:mfrac><mml:mn>1</mml:mn><mml:mn>100</mml:mn></mml:mfrac></mml:math> of it",
            "1/100 of it",
            False,
        ),
    ],
)
def test_superscripts_subscripts_and_fractions_are_read_as_such(markup: str, quote: str, lost: bool) -> None:
    abstract = f"<Abstract><AbstractText>A dose of {markup}.</AbstractText></Abstract>"
    (passage,) = pubmed_xml.read_text(record(abstract)).passages
    place = find_quote(tokenize(f"A dose of {quote}"), tokenize(passage.text))
    assert place is not None
    assert place.marks_lost is lost


def test_what_medline_says_beside_the_fields_is_read() -> None:
    headings = (
        '<MeshHeadingList><MeshHeading><DescriptorName UI="D000818" MajorTopicYN="N">Animals</DescriptorName>'
        '<QualifierName UI="Q000188">drug therapy</QualifierName></MeshHeading></MeshHeadingList>'
    )
    text = pubmed_xml.read_text(record("<ArticleTitle>T</ArticleTitle>", headings))
    assert (text.nlm_id, text.headings) == ("7505668", {"D000818"})


def test_bytes_that_are_no_record_are_refused() -> None:
    with pytest.raises(ValueError, match="schema drift"):
        pubmed_xml.read_text(b"evidence-lock 1\n{}")
    with pytest.raises(ValueError, match="schema drift"):
        crossref.read_text(b"evidence-lock 1\n{}")


def test_the_abstract_that_a_publisher_deposited_with_crossref_is_read() -> None:
    work = {
        "DOI": "10.5555/x",
        "title": ["On H<sub>2</sub>O"],
        "abstract": "<jats:title>Abstract</jats:title><jats:p>At 10<jats:sup>-6</jats:sup> M, p &lt; 0.05.</jats:p>",
    }
    assert [(p.part, p.text) for p in crossref.read_text(json.dumps(work).encode()).passages] == [
        ("title", "On H_2 O"),
        ("abstract", "Abstract At 10^-6 M, p < 0.05."),
    ]


def test_a_work_without_an_abstract_has_a_title_alone() -> None:
    (passage,) = crossref.read_text(b'{"DOI": "10.5555/x", "title": ["A title"]}').passages
    assert (passage.part, passage.text) == ("title", "A title")
