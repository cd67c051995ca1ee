"""BibTeX and biblatex: what a LaTeX user finds in the file."""

import re
from textwrap import dedent

import pytest

from evidence.bibliography.formats.bibtex import write_biblatex, write_bibtex
from factories import ARTICLE_ITEM, HOSTILE_TEXTS, LABEL_ITEM, PAGE_ITEM, hostile_item

WRITERS = [write_bibtex, write_biblatex]


def field(name, item, write=write_bibtex):
    """The value of one field as it is in the file; None without it."""
    found = re.search(rf"^  {name} = (.*),$", write([{"id": "x", "type": "article-journal", **item}]), re.MULTILINE)
    return found and found[1]


def title(text, write=write_bibtex):
    return field("title", {"title": text}, write)


def authors(*names):
    return field("author", {"author": list(names)})


def test_an_article_is_an_entry_that_a_person_can_read():
    item = {
        "id": "younger-2013",
        "type": "article-journal",
        "title": "Low-dose naltrexone in <i>McCue</i>'s patients",
        "author": [{"family": "Younger", "given": "Jarred W"}, {"literal": "LDN Group"}],
        "container-title": "Arthritis and rheumatism",
        "container-title-short": "Arthritis Rheum",
        "issued": {"date-parts": [[2013, 2]]},
        "volume": "65",
        "issue": "2",
        "page": "529-538",
        "PMID": "23359310",
        "DOI": "10.1002/art.37734",
    }
    assert write_bibtex([item]) == dedent(
        r"""
        @article{younger-2013,
          author = {Younger, Jarred W and {LDN Group}},
          title = {Low-dose naltrexone in \textit{{McCue}{}}'s patients},
          journal = {Arthritis and rheumatism},
          shortjournal = {Arthritis Rheum},
          year = {2013},
          month = feb,
          number = {2},
          volume = {65},
          pages = {529--538},
          doi = {10.1002/art.37734},
          pmid = {23359310},
        }
        """
    ).lstrip("\n")


@pytest.mark.parametrize("write", WRITERS)
def test_capitals_that_a_style_would_make_small_are_in_braces(write):
    assert title("DNA of Crohn's disease in mRNA at pH 7", write) == "{{DNA} of {Crohn's} disease in {mRNA} at {pH} 7}"
    assert title("Low-dose naltrexone", write) == "{Low-dose naltrexone}"
    assert title("A (R)-ketamine trial: Results", write) == "{A {(R)-ketamine} trial: {Results}}"


def test_no_word_in_braces_begins_with_a_command_which_bibtex_would_not_protect():
    assert title("of %DNA") == r"{of {{\%DNA}}}"


def test_markup_becomes_commands():
    assert title("<i>in vivo</i> H<sub>2</sub>o <b>b</b> 10<sup>9</sup>") == (
        r"{\textit{in vivo} {H}\textsubscript{2}o \textbf{b} 10\textsuperscript{9}}"
    )


def test_what_latex_takes_for_its_own_is_escaped():
    assert title("a & b % c $ d # e _ f ^ g ~ h ` i") == (
        r"{a \& b \% c \$ d \# e \_ f \textasciicircum{} g \textasciitilde{} h \textasciigrave{} i}"
    )
    assert title("a--b ''c'' <<d>>") == "{a-{}-b '{}'c'{}' <{}<d>{}>}"


def test_a_command_in_a_title_is_its_own_text():
    assert title("\\input{/etc/passwd}") == r"{\textbackslash{}input\{/etc/passwd\}}"


def test_braces_that_do_not_balance_cannot_end_the_field():
    assert title("}, evil = {") == r"{\textbraceright{}, evil = \textbraceleft{}}"


@pytest.mark.parametrize("write", WRITERS)
def test_no_value_can_end_its_field(write):
    text = write([hostile_item(text) for text in HOSTILE_TEXTS])
    depth, entries = 0, 0
    for line in text.splitlines():
        entries += depth == 0 and line.startswith("@")
        depth += line.count("{") - line.count("}")
        assert depth in {0, 1}
    assert entries == len(HOSTILE_TEXTS)
    assert set(re.findall(r"(\\[A-Za-z]+)", text)) <= {
        r"\textbackslash",
        r"\textbraceleft",
        r"\textbraceright",
        r"\textasciicircum",
        r"\textasciitilde",
        r"\textasciigrave",
        r"\textbf",
    }


def test_a_name_has_its_particle_suffix_and_body_where_bibtex_looks_for_them():
    assert authors({"family": "King", "given": "Martin L", "suffix": "Jr"}) == "{King, Jr, Martin L}"
    assert authors({"family": "Gogh", "given": "V", "non-dropping-particle": "van"}) == "{van Gogh, V}"
    assert authors({"family": "de la Cruz", "given": "M"}) == "{{de la Cruz}, M}"
    assert authors({"family": "García Márquez", "given": "G"}) == "{García Márquez, G}"
    assert authors({"family": "Plato"}) == "{{Plato}}"
    assert authors({"literal": "Health and Care Board, Ltd"}) == "{{Health and Care Board, Ltd}}"
    assert authors({"family": "King", "suffix": "Jr"}) == "{King, Jr, {}}"


def test_and_in_a_publisher_does_not_make_two_of_it():
    assert field("publisher", {"publisher": "Johnson and Johnson"}) == "{{Johnson and Johnson}}"


def test_addresses_and_dois_are_verbatim():
    assert field("url", PAGE_ITEM) == "{https://www.ldnresearchtrust.org/what_is_low_dose_naltrexone#top}"
    assert field("doi", ARTICLE_ITEM) == "{10.1002/(sici)1097_0258<1661::aid>}"
    assert field("url", {"URL": "https://a.b/{x} \\y"}) == "{https://a.b/%7Bx%7D%20%5Cy}"
    assert field("url", {"URL": "#top"}) == "{#top}"


def test_a_date_is_as_precise_as_it_is_known():
    def dates(parts, **more):
        item = {"issued": {"date-parts": parts, **more}}
        names = ("year", "month", "day", "date")
        return {name: value for name in names if (value := field(name, item))}, field("date", item, write_biblatex)

    assert dates([[2013]]) == ({"year": "{2013}"}, "{2013}")
    assert dates([[2013, 2, 14]]) == ({"year": "{2013}", "month": "feb", "day": "{14}"}, "{2013-02-14}")
    spring = {"year": "{2013}", "month": "{Spring}", "date": "{2013-21}"}
    assert dates([[2013]], season=1) == (spring, "{2013-21}")
    months = {"year": "{1979}", "month": "{Jul-Aug}", "date": "{1979-07/1979-08}"}
    assert dates([[1979, 7], [1979, 8]]) == (months, "{1979-07/1979-08}")
    turn = {"year": "{2012}", "date": "{2012-12/2013-01}"}
    assert dates([[2012, 12], [2013, 1]]) == (turn, "{2012-12/2013-01}")
    assert field("urldate", LABEL_ITEM) == "{2025-08}"


def test_an_article_number_is_no_range():
    item = {"number": "e01234-20"}
    assert field("eid", item) == "{e01234-20}"
    assert field("pages", item) == "{e01234-20}"
    assert field("pages", item, write_biblatex) is None


def test_pages_have_tex_dashes():
    assert field("pages", {"page": "123-5, 128\N{EN DASH}30"}) == "{123--5, 128--30}"


@pytest.mark.parametrize("write", WRITERS)
def test_a_retraction_is_printed_and_the_own_note_kept_beside_it(write):
    assert field("note", ARTICLE_ITEM, write) == "{RETRACTED: Lancet. 2010;375:445}"
    assert field("keywords", ARTICLE_ITEM, write) == "{Retracted Publication}"
    assert r"{A \textit{note}}" in write([ARTICLE_ITEM])
    assert field("note", {"note": "mine"}, write) == "{mine}"


def test_a_label_is_no_journal_article():
    assert write_bibtex([LABEL_ITEM]).startswith("@misc{label,")
    assert field("howpublished", LABEL_ITEM) == r"{Mallinckrodt \& Sons, Inc.}"
    assert field("setid", LABEL_ITEM) == "{06ff2d5a-e62b-4fa4-bbdb-01938535bc65}"
    assert write_biblatex([PAGE_ITEM]).startswith("@online{page,")
