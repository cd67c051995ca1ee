"""Pandoc reads the same file: as a bibliography, and its strings as the Markdown that we take them for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.library.editor import AddEntries, edit
from evidence.library.files import SourceText
from evidence.library.fill import rich_text
from evidence.library.markdown import escape, from_html

PROJECT = Path(__file__).resolve().parents[2]
pypandoc = pytest.importorskip("pypandoc", reason="pypandoc_binary is not installed (extra `render`)")


def rendered(library: Path) -> str:
    text = "---\nnocite: '@*'\n---\n"
    arguments = ["--citeproc", "--wrap=none", "--bibliography", str(library)]
    return str(pypandoc.convert_text(text, "plain", format="markdown", extra_args=arguments))


def titles(markdown: list[str]) -> list[str]:
    """The titles of a library as pandoc understands them, in CSL-JSON."""
    entries = [{"id": f"r{number}", "type": "book", "title": title} for number, title in enumerate(markdown)]
    text = f"---\nreferences: {json.dumps(entries)}\n---\n"
    by_id = {
        item["id"]: item["title"] for item in json.loads(pypandoc.convert_text(text, "csljson", format="markdown"))
    }
    return [by_id[f"r{number}"] for number in range(len(markdown))]


def test_the_projects_own_library_prints_its_five_references() -> None:
    printed = rendered(PROJECT / "references.yaml")
    assert "Younger, J, N Noor, R McCue, and S Mackey. 2013." in printed
    assert "Low-Dose Naltrexone Therapy Improves Active Crohn\u2019s Disease" in printed
    assert "Med Hypotheses 72 (3): 333\u201337" in printed
    assert "LDN Research Trust. n.d. Accessed August 2025." in printed
    assert "drugInfo.cfm?setid=06ff2d5a-e62b-4fa4-bbdb-01938535bc65" in printed


def test_an_entry_that_pandoc_knows_nothing_of_does_not_stop_it(tmp_path: Path) -> None:
    library = tmp_path / "references.yaml"
    library.write_text(
        "policy: {fail-on: error}\nreferences:\n- id: a\n  PMID: '1'\n  ignore: {ACC004: why}\n"
        "- {id: b, type: book, title: A title, setid: x, cited-as: y}\n",
        encoding="utf-8",
    )
    assert "A Title" in rendered(library)


def test_escaped_text_is_read_by_pandoc_as_it_was() -> None:
    plain = [
        "CYP2D6*4 and CYP2C19*2",
        "costs $5 or $6$",
        "\\alpha and \\beta receptors",
        "a_b _c_ __d__",
        "H~2~O ~~x~~ ^3^ CO~2",
        "[Article in French] [x](y) [@z] @w",
        "p<0.05 <i>x</i> <1661::AID>",
        "R&amp;D &lt;",
        "> quoted",
        "# 1. first - second",
        "`code` and ``` more",
        "a--b --- c...",
        "x^[note]",
        "trailing \\",
        "the \"best\" of 'some' 5' ends",
    ]
    assert titles([escape(text) for text in plain]) == plain


def test_tags_are_read_by_pandoc_as_they_were() -> None:
    rich = [
        "<i>in vivo</i> effects",
        "H<sub>2</sub>O and 10<sup>9</sup> cells",
        "<b>bold</b> x<sub>a b</sub>",
        "the <i>CYP2D6*4</i> allele",
    ]
    assert [title.replace("\u00a0", " ") for title in titles([from_html(text) for text in rich])] == rich


def test_an_entry_written_by_us_is_read_by_pandoc_as_the_record_has_it() -> None:
    title = "No: {CYP2D6}*4 #1 -- \u2018q\u2019 $x$ N, \\alpha @home & <i>E. coli</i>"
    fields = {"id": "a", "type": "book", "title": rich_text(title), "author": [{"family": "N"}], "issued": "2013-02"}
    edited = edit(SourceText("r.yaml", "references: []\n", ""), [AddEntries([fields])])
    [item] = json.loads(pypandoc.convert_text(f"---\n{edited.text}---\n", "csljson", format="markdown"))
    assert item["title"] == title
    assert item["author"] == [{"family": "N"}]
    assert item["issued"] == {"date-parts": [[2013, 2]]}
