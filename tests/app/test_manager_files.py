"""Reference managers' files: what they hold arrives, in the form of a library; the items are made up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from evidence.app.import_ import begin, plan
from evidence.app.import_files import ImportFormat, bibtex_items
from evidence.app.import_listing import ImportEntry, read_listing
from evidence.bibliography import variables
from evidence.bibliography.writers import WRITERS
from evidence.library.editor import edit
from evidence.library.files import SourceText
from evidence.library.markdown import to_html
from evidence.library.reader import read_text
from evidence.model.errors import EvidenceError, FileError, RenderError
from evidence.model.references import Library
from factories import HOSTILE_TEXTS, hostile_item, items_of_all_kinds

WITH_PANDOC = [ImportFormat.BIBTEX, ImportFormat.BIBLATEX]
ALL = [
    ImportFormat.RIS,
    ImportFormat.ENDNOTE,
    ImportFormat.NBIB,
    ImportFormat.CSL_JSON,
    ImportFormat.CSL_YAML,
    *WITH_PANDOC,
]


def listed(text: str, kind: ImportFormat) -> list[ImportEntry]:
    if kind in WITH_PANDOC:
        pytest.importorskip("pypandoc", reason="pypandoc_binary is not installed (extra `render`)")
    return list(read_listing(f"made.{kind}", text.encode("utf-8", "replace"), kind).entries)


def library(entries: list[ImportEntry], text: str = "references: []\n") -> tuple[Library, str]:
    listing = read_listing("made", b"TY  - JOUR\nTI  - x\n", ImportFormat.RIS)
    listing = type(listing)(listing.path, listing.sha256, tuple(entries), is_printed=False)
    source = SourceText("references.yaml", text, "")
    edited = edit(source, plan(begin(listing, read_text(source)), None, date(2026, 11, 30)).changes)
    return read_text(SourceText("references.yaml", edited.text, "")), edited.text


@pytest.mark.parametrize("kind", ALL)
def test_what_this_tool_exports_comes_back(kind: ImportFormat) -> None:
    items = items_of_all_kinds()
    found = listed(WRITERS[str(kind)](items), kind)
    assert len(found) == len(items)
    for item, entry in zip(items, found, strict=True):
        for key in ("container-title", "volume", "issue", "PMID", "PMCID"):
            assert to_html(str(entry.fields.get(key, ""))) == variables.text(item, key)
        title = to_html(str(entry.fields["title"])).replace("\u2019", "'").removeprefix("RETRACTED: ")
        assert title == variables.text(item, "title")
        assert entry.accessed == variables.date(item, "accessed")
        assert entry.fields.get("setid", "") == variables.set_id(item)
        assert variables.year(variables.date(item, "issued")) == str(entry.fields.get("issued", ""))[:4]
        names = {name.family or name.literal for name in variables.names(item, "author")}
        written = [name.get("family") or name["literal"] for name in entry.fields.get("author", [])]
        assert {name.removeprefix("van ") for name in written} == names  # RIS knows no particles


@pytest.mark.parametrize("kind", ALL)
def test_the_library_that_comes_of_it_has_no_faults_but_what_is_missing_and_is_made_once(kind: ImportFormat) -> None:
    found = listed(WRITERS[str(kind)](items_of_all_kinds()), kind)
    made, text = library(found)
    assert [fault.message for entry in made.references for fault in entry.faults] == []
    assert library(found, text)[1] == text


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_texts_are_texts_or_one_clear_error(kind: ImportFormat, text: str) -> None:
    try:
        found = listed(WRITERS[str(kind)]([hostile_item(text)]), kind)
    except EvidenceError as error:
        reported = str(error)
    else:
        reported = ""
        made, _ = library(found)
        assert [fault.message for entry in made.references for fault in entry.faults] == []
        assert len(made.references) == len(found) <= 1
    assert "\n" not in reported


def test_a_zotero_export_keeps_what_its_notes_say() -> None:
    text = """[{"id": "http://zotero.org/users/1/items/ABC", "type": "article-journal", "title": "T <i>in vivo</i> *x*",
      "note": "PMID: 123\\nPMCID: PMC99\\nread with care", "author": [{"family": "Smith", "given": "J"}, "A Group"],
      "issued": {"date-parts": [["2007", 4]]}, "accessed": {"date-parts": [[2025, 8, 14]]},
      "journalAbbreviation": "J X",
      "DOI": "https://doi.org/10.1000/X_Y", "foo": "bar", "PMID": "", "volume": 7}]"""
    [entry] = listed(text, ImportFormat.CSL_JSON)
    assert dict(entry.fields) == {
        "type": "article-journal",
        "title": r"T *in vivo* \*x\*",
        "author": [{"family": "Smith", "given": "J"}, {"literal": "A Group"}],
        "issued": "2007-04",
        "container-title-short": "J X",
        "x-foo": "bar",
        "volume": "7",
        "note": "read with care",
        "PMID": "123",
        "PMCID": "PMC99",
        "DOI": "10.1000/x_y",
    }
    assert (str(entry.accessed), entry.key, entry.base) == ("2025-08-14", None, "smith-2007")


def test_an_identifier_that_is_none_is_kept_beside_and_reported() -> None:
    [entry] = listed('[{"id": "a", "title": "T", "DOI": "see the web"}]', ImportFormat.CSL_JSON)
    assert entry.fields["x-DOI"] == "see the web"
    assert "DOI" not in entry.fields
    assert "see the web" in entry.caveats[0]


def test_keys_stay_the_ids_that_documents_cite_by() -> None:
    found = listed("@article{smith:2007+x, title={T}, doi={10.1000/x}}\n@book{7, title={U}}", ImportFormat.BIBTEX)
    made, _ = library(found)
    assert [entry.id for entry in made.references] == ["smith:2007+x", "u"]


def test_titles_of_bibtex_keep_their_capitals_and_their_formulas() -> None:
    [entry] = listed(
        "@article{a, title={Active Crohn's Disease: H$_2$O and {\\'e}t{\\'e}}, langid={english}, doi={10.1000/x}}",
        ImportFormat.BIBLATEX,
    )
    assert entry.fields["title"] == "Active Crohn\u2019s Disease: H~2~O and été"
    assert not {"language", "title-short"} & entry.fields.keys()


def test_a_broken_bibtex_is_reported_with_its_line() -> None:
    with pytest.raises(FileError, match=r"made.bibtex:2:\d+: cannot read this entry .*comma or brace"):
        listed("@article{a, title={x}\n year={2007}}", ImportFormat.BIBTEX)


def test_without_pandoc_one_line_says_what_to_install() -> None:
    def absent() -> Path:
        raise RenderError("rendering requires pandoc 3.9 or later, which was not found", fix="install it")

    with pytest.raises(
        RenderError,
        match=r"reading BibTeX requires pandoc 3.9 or later, which was not found \(install .*\[import\].\)",
    ):
        bibtex_items(SourceText("a.bib", "@book{a,}", ""), "bibtex", absent)


@pytest.mark.parametrize(
    ("kind", "text", "reported"),
    [
        (ImportFormat.CSL_JSON, "[1, 2]", "not a list of CSL-JSON items"),
        (ImportFormat.CSL_JSON, '[{"a": }]', "made.csl-json:1:8: not valid JSON"),
        (ImportFormat.CSL_JSON, "[" * 100_000, "nested too deeply"),
        (ImportFormat.CSL_JSON, '[{"a": ' + "[" * 100 + "]" * 100 + "}]", "nested too deeply"),
        (ImportFormat.ENDNOTE, "<xml><records><record>", "not well-formed XML"),
        (ImportFormat.ENDNOTE, '<!DOCTYPE x [<!ENTITY a "b">]><xml/>', "declares entities"),
        (ImportFormat.RIS, "nothing of the kind", r"no references found \(read as ris\)"),
        (ImportFormat.NBIB, "nothing of the kind", r"no references found \(read as nbib\)"),
        (ImportFormat.CSL_YAML, "a: b", "the file has no references list"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(kind: ImportFormat, text: str, reported: str) -> None:
    with pytest.raises(FileError, match=reported):
        listed(text, kind)


def test_pubmeds_own_export_is_read() -> None:
    text = (
        "\nPMID- 17222320\nOWN - NLM\nIS  - 0002-9270 (Print)\nVI  - 102\nIP  - 4\nDP  - 2007 Apr\n"
        "TI  - Low-dose naltrexone therapy improves active Crohn's\n      disease.\nPG  - 820-8\n"
        "LID - 10.1111/j.1572 [doi]\nFAU - Smith, Jill P\nAU  - Smith JP\nCN  - A Group\nLA  - eng\n"
        "PT  - Journal Article\nTA  - Am J Gastroenterol\nJT  - The American journal of gastroenterology\n"
        "PMC - PMC123456\n\nPMID- 2\nDP  - 2013 Jan-Feb\nTI  - Two months\n"
    )
    first, second = listed(text, ImportFormat.NBIB)
    assert first.fields["title"] == "Low-dose naltrexone therapy improves active Crohn's disease"
    assert first.fields["author"] == [{"family": "Smith", "given": "Jill P"}, {"literal": "A Group"}]
    assert [str(one) for one in first.identifiers] == ["pmid:17222320", "pmcid:PMC123456", "doi:10.1111/j.1572"]
    assert (first.fields["issued"], second.fields["issued"], first.base) == ("2007-04", "2013", "smith-2007")


def test_a_second_import_adds_what_is_lacking_and_changes_nothing_else() -> None:
    entry = "@article{a, title={T}, doi={10.1000/x}, volume={7}}"
    _, text = library(listed(entry, ImportFormat.BIBTEX))
    worked_on = text.replace('volume: "7"', 'volume: "8"   # mended') + "    owner: me\n"
    _, after = library(
        listed(entry.replace("volume", "pmid={5}, issn={1234-5678}, volume"), ImportFormat.BIBTEX), worked_on
    )
    assert after == worked_on.replace("    DOI", '    PMID: "5"\n    DOI').replace(
        "10.1000/x\n", "10.1000/x\n    ISSN: 1234-5678\n"
    )


def test_an_entry_is_looked_for_with_the_initials_that_records_have() -> None:
    entry = "@article{a, title={T of it}, author={Jill P. Smith and Brown, N. A. and Stock, Heather}, year={2007}}"
    [item] = listed(entry, ImportFormat.BIBTEX)
    assert item.text == "Smith JP, Brown NA, Stock H. T of it. 2007"


def test_a_control_character_in_a_date_of_ris_is_no_part_of_its_numbers() -> None:
    (entry,) = listed("TY  - JOUR\nTI  - A title\nPY  - 2025/\x1f08\nER  - \n", ImportFormat.RIS)
    assert entry.fields["issued"] == "2025-08"


@pytest.mark.parametrize("written", ["2025/08/14/10:22:33", "2025/08/14/", "2025/8/14"])
def test_the_day_of_access_of_zoteros_ris_is_read_without_its_time(written: str) -> None:
    [entry] = listed(
        f"TY  - ELEC\nTI  - A page\nUR  - https://example.org/a\nY2  - {written}\nER  - \n", ImportFormat.RIS
    )
    assert (str(entry.accessed), entry.caveats) == ("2025-08-14", ())


def test_a_year_that_zoteros_csl_json_writes_as_a_string_is_read() -> None:
    item = '{"id": "a", "type": "webpage", "title": "A page", "accessed": {"date-parts": [["2025", 8, 14]]}}'
    [entry] = listed(f"[{item}]", ImportFormat.CSL_JSON)
    assert str(entry.accessed) == "2025-08-14"


@pytest.mark.parametrize(
    "note", ["Accessed: 2025-08-14", "Accessed August 14, 2025", "[Online; accessed 14-August-2025]"]
)
def test_an_address_that_bibtex_prints_as_howpublished_is_the_page_and_its_note_gives_the_day(note: str) -> None:
    pytest.importorskip("pypandoc", reason="pypandoc_binary is not installed (extra `render`)")
    entry = f"@misc{{a, title={{A page}}, howpublished={{\\url{{https://example.org/a}}}}, note={{{note}}}}}"
    [page] = listed(entry, ImportFormat.BIBTEX)
    assert [str(one) for one in page.identifiers] == ["url:https://example.org/a"]
    assert (str(page.accessed), page.fields["type"], "publisher" in page.fields) == ("2025-08-14", "webpage", False)
    assert page.fields["note"]


@pytest.mark.parametrize("encoding", ["U", "utf-7", "big5", "idna", "hex"])
def test_xml_in_an_encoding_that_is_not_read_is_refused(encoding: str) -> None:
    with pytest.raises(FileError, match="uses an unsupported encoding"):
        listed(f'<?xml version="1.0" encoding="{encoding}"?><xml><records/></xml>', ImportFormat.ENDNOTE)
