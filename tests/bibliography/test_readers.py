"""Where a reader and not the file is at fault: files written by hand, by their formats' rules, and misread.

A reader that has been mended makes its test fail; then `formats.FORMATS` and the docs can forget it.
"""

import io

import bibtexparser
import nbib
import pytest
import rispy
from bibtexparser import middlewares
from Bio import Medline

from bibliography.readback import pandoc


def bib_title(text):
    return pandoc(f"@article{{x, title = {{{text}}}}}", "bibtex")[0]["title"]


def ris(line):
    return f"TY  - JOUR\n{line}\nER  - \n"


def endnote(elements):
    kind = '<ref-type name="Journal Article">17</ref-type>'
    return f"<xml><records><record>{kind}{elements}</record></records></xml>"


def test_pandoc_takes_the_suffix_of_ris_and_endnote_for_the_given_name():
    misread = [{"family": "King", "given": "Jr", "suffix": "Martin L"}]
    assert pandoc(ris("AU  - King, Martin L, Jr"), "ris")[0]["author"] == misread
    xml = endnote("<contributors><authors><author>King, Martin L, Jr</author></authors></contributors>")
    assert pandoc(xml, "endnotexml")[0]["author"] == misread


def test_pandoc_reads_the_year_alone_of_a_ris_date():
    assert pandoc(ris("PY  - 2013\nDA  - 2013/02/14/"), "ris")[0]["issued"] == {"date-parts": [[2013]]}


def test_pandoc_reads_neither_short_titles_nor_accession_numbers_of_ris():
    assert not {"container-title-short", "PMID", "accessed"} & set(
        pandoc(ris("J2  - Lancet\nAN  - 1\nDB  - PubMed\nY2  - 2025/08//"), "ris")[0]
    )


def test_pandoc_reads_no_markup_and_no_doi_of_endnote():
    xml = endnote(
        '<titles><title><style face="italic">in vivo</style></title></titles>'
        "<electronic-resource-num>10.1/x</electronic-resource-num><isbn>1234-5678</isbn><pages>1-2</pages>"
    )
    [item] = pandoc(xml, "endnotexml")
    assert item["title"] == "in vivo"
    assert "DOI" not in item
    assert (item["ISBN"], item["pages"]) == ("1234-5678", "1-2")


def test_pandoc_takes_apostrophes_of_csl_json_for_quotation_marks():
    [item] = pandoc('[{"id": "a", "type": "book", "title": "O\'Brien\'s 5\' end"}]', "csljson")
    assert (
        item["title"]
        == "O\N{RIGHT SINGLE QUOTATION MARK}Brien\N{LEFT DOUBLE QUOTATION MARK}s 5\N{RIGHT DOUBLE QUOTATION MARK} end"
    )


def test_pandoc_drops_seasons_and_custom_variables_of_csl_json():
    text = '[{"id": "a", "type": "book", "issued": {"date-parts": [[2013]], "season": 1}, "custom": {"setid": "x"}}]'
    [item] = pandoc(text, "csljson")
    assert item["issued"] == {"date-parts": [[2013]]}
    assert not item.get("custom")


def test_pandoc_makes_a_no_break_space_after_abbreviations_in_markdown():
    [item] = pandoc("---\nreferences:\n- id: a\n  type: book\n  title: International ed. in English\n---\n", "markdown")
    assert item["title"] == "International ed.\N{NO-BREAK SPACE}in English"


def test_pandoc_begins_what_follows_a_colon_with_a_capital_in_bibtex():
    assert bib_title("Cathepsin: the proteinase") == "Cathepsin: The proteinase"


def test_pandoc_knows_neither_eid_nor_setid_of_bibtex():
    assert not {"number", "page", "setid"} & set(pandoc("@article{x, eid = {e1}, setid = {y}}", "biblatex")[0])


def test_pandoc_drops_latex_signs_that_it_does_not_know():
    assert bib_title(r"A \textasciigrave{} \textbraceleft{} b").split() == ["A", "b"]


def test_bibtexparsers_decoder_cuts_an_address_at_a_percent_sign():
    text = "@misc{x, url = {https://a.b/c%20d}}"
    [entry] = bibtexparser.parse_string(text, append_middleware=[middlewares.LatexDecodingMiddleware()]).entries
    assert entry["url"] == "https://a.b/c"


def test_bibtexparser_splits_a_body_whose_braces_were_decoded_first():
    stack = [
        middlewares.LatexDecodingMiddleware(),
        middlewares.SeparateCoAuthors(),
        middlewares.SplitNameParts(),
    ]
    [entry] = bibtexparser.parse_string("@misc{x, author = {{LDN Research Trust}}}", append_middleware=stack).entries
    assert entry["author"][0].last == ["Trust"]


def test_bibtexparsers_decoder_does_not_know_the_signs_for_braces_and_carets():
    text = r"@misc{x, title = {\textbraceleft{} \textasciicircum{}}}"
    [entry] = bibtexparser.parse_string(text, append_middleware=[middlewares.LatexDecodingMiddleware()]).entries
    assert entry["title"].split() == ["\N{MODIFIER LETTER CIRCUMFLEX ACCENT}"]


def test_rispy_cuts_an_address_at_a_semicolon_unless_configured_otherwise():
    text = ris("UR  - https://a.b/c;d")
    assert rispy.loads(text)[0]["urls"] == ["https://a.b/c", "d"]
    assert rispy.loads(text, delimiter_tags_mapping={})[0]["urls"] == ["https://a.b/c;d"]


def test_rispy_finds_nothing_after_a_byte_order_mark():
    assert rispy.loads("\ufeff" + ris("TI  - A")) == []


def test_nbib_keeps_the_last_of_several_bodies_and_issns():
    bodies, issns = "CN  - One Group\nCN  - Another Group\n", "IS  - 1234-5678 (Print)\nIS  - 2345-6789 (Print)\n"
    [record] = nbib.read(f"PMID- 1\n{bodies}{issns}")
    assert record["corporate_author"] == "Another Group"
    assert record["print_issn"] == "2345-6789"


def test_nbib_reads_no_general_notes_and_no_location_ids():
    [record] = nbib.read("PMID- 1\nLID - 10.1/x [doi]\nGN  - a note\nOID - DailyMed: x\n")
    assert record == {"pubmed_id": 1}


def test_nbib_stops_at_a_pmid_that_is_no_number():
    with pytest.raises(ValueError, match="invalid literal"):
        nbib.read("PMID- x\n")


def test_medline_keeps_persons_and_bodies_in_two_lists():
    [record] = Medline.parse(io.StringIO("PMID- 1\nFAU - A, B\nCN  - A Group\nFAU - C, D\n"))
    assert (record["FAU"], record["CN"]) == (["A, B", "C, D"], ["A Group"])
