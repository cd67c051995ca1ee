"""`evidence import` of reference lists as people lay them out. The references are invented."""

from __future__ import annotations

import io
import textwrap

import pytest

from evidence.library.reader import read_library
from pdf_files import PdfFile

ALDER = "Alder AB, Birch C. Effects of examplinib on test outcomes. J Ex Med. 2019;12(3):45-52. PMID: 91234501"
VAN_DYKE = "van Dyke D, Elm E. A second trial of examplinib in adults. Ann Test. 2021;7(2):101-110. PMID: 91234502"
FIR = "Fir F, Gorse G, Hazel H. Examplinib in old age. Ann Test. 2022;8(1):11-19. PMID: 91234503"
THREE = (ALDER, VAN_DYKE, FIR)
CITED = "It works [1] and is safe [2,3].\n\n"


def bare(text: str) -> str:
    return text.partition(" PMID")[0]


def table_rows(form: str) -> str:
    return "".join(form.format(number, text) for number, text in enumerate(THREE, 1))


DOCUMENTS = {
    "table.md": f"# M\n\n{CITED}## References\n\n| No. | Reference |\n|---|---|\n" + table_rows("| {} | {} |\n"),
    "table.html": f"<h1>M</h1><p>{CITED}</p><h2>References</h2><table><tr><th>No.</th><th>Reference</th></tr>"
    + table_rows("<tr><td>{}</td><td>{}</td></tr>")
    + "</table>",
    "run-in.txt": f"M\n\n{CITED}References: " + table_rows("{}. {} "),
    "run-in.html": f"<h1>M</h1><p>{CITED}</p><p><b>References:</b> " + table_rows("<b>{}.</b> {} ") + "</p>",
    "no-full-stop.md": f"# M\n\n{CITED}## References\n\n" + table_rows("{} {}\n\n"),
    "left-margin.html": f"<h1>M</h1><p>{CITED}</p><h2>References</h2><div class='csl-bib-body'>"
    + table_rows(
        "<div class='csl-entry'><div class='csl-left-margin'>{} </div><div class='csl-right-inline'>{}</div></div>"
    )
    + "</div>",
    "evidence.md": f"# M\n\n{CITED}## 8. EVIDENCE & REFERENCES\n\n" + table_rows("{}. {}\n") + "\n## CHANGE LOG\n\n"
    "- Fixed the PMID of Alder et al. J Ex Med 2019 (91234500 -> 91234501)\n",
    "sources.md": f"# M\n\n{CITED}## Sources\n\n" + table_rows("{}. {}\n"),
    "literature.md": f"# M\n\n{CITED}## Literature cited\n\n" + table_rows("{}. {}\n"),
    "notes.md": "# M\n\nIt works.[^alder] It is safe.[^dyke][^fir-2022]\n\n"
    f"[^alder]: {ALDER}\n[^dyke]: {VAN_DYKE}\n[^fir-2022]: {FIR}\n",
    "back-arrows.html": "<h1>M</h1><p>It works.<sup>1</sup> It is safe.<sup>2,3</sup></p><section><ol>"
    + "".join(f"<li><p>{text}<a class='footnote-back' href='#r'>↩︎</a></p></li>" for text in THREE)
    + "</ol></section>",
    "wiki.html": "<h1>M</h1><p>It works.<sup>[1]</sup> It is safe.<sup>[2][3]</sup></p>"
    "<h2>References<span class='mw-editsection'>[edit]</span></h2><ol>"
    + "".join(
        f"<li><span class='mw-cite-backlink'>^ <a href='#a'><sup>a</sup></a></span> <span>{text}</span></li>"
        for text in THREE
    )
    + "</ol>",
}


DOCUMENTS |= {
    "run-in-bare.txt": f"M\n\n{CITED}References  " + table_rows("{} {}  "),
    "run-in-key.md": f"# M\n\n{CITED}**Key references:** " + table_rows("[{}] {}; ").rstrip("; ") + "\n",
    "own-lines.txt": f"M\n\n{CITED}References\n\n" + table_rows("[{}]\n{}\n\n"),
    "buttons.html": f"<h1>M</h1><p>{CITED}</p><h2>References</h2><ol>"
    + table_rows(
        "<li><p>{1}</p><p><a href='#{0}'>Article</a> <a href='#{0}'>PubMed Central</a> <a href='#{0}'>CAS</a></p></li>"
    )
    + "</ol>",
    "lines-apart.html": f"<h1>M</h1><p>{CITED}</p><h2>References</h2><table><tr><td>"
    + "<br>".join(THREE)
    + "</td></tr></table>",
    "semicolons.md": "# M\n\n| Rule | References |\n|---|---|\n| One | " + "; ".join(THREE) + " |\n",
    "hard-lines.md": f"# M\n\n{CITED}**References**\n\n" + table_rows("{}. {}\\\n"),
    "hard-lines.html": f"<h1>M</h1><p>{CITED}</p><p><b>References</b><br>" + table_rows("{}. {}<br>") + "</p>",
}
DOCUMENTS["table-beside.md"] = DOCUMENTS["sources.md"] + "\n| Short | Long |\n|---|---|\n| OR | Odds ratio, 2019 |\n"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_reference_of_a_list_is_an_entry_with_its_number_its_words_and_its_citations(evidence, name):
    evidence.write(DOCUMENTS[name], name)
    done = evidence("import", name, "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [reference.cited_as for reference in library.references] == list(THREE), done.stderr
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    cited = "1x," if CITED.strip() in DOCUMENTS[name] or "It works." in DOCUMENTS[name] else "-"
    assert [(row[0], row[3], row[5]) for row in rows] == [
        (str(number), f"pmid:9123450{number}", cited) for number in (1, 2, 3)
    ]
    assert "left out" not in done.stderr


def test_the_rows_of_a_word_table_are_entries(evidence):
    docx = pytest.importorskip("docx")
    made = docx.Document()
    made.add_paragraph("Examplinib", style="Title")
    made.add_heading("Use", 1)
    made.add_paragraph("It works [1] and is safe [2,3].")
    made.add_heading("References", 1)
    table = made.add_table(rows=0, cols=2)
    for number, text in enumerate(THREE, 1):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = str(number), text
    out = io.BytesIO()
    made.save(out)
    (evidence.folder / "m.docx").write_bytes(out.getvalue())
    evidence("import", "m.docx", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert library.monograph.title == "Examplinib"
    assert [reference.cited_as for reference in library.references] == list(THREE)


def test_each_paragraph_of_a_word_tables_cell_that_prints_a_work_is_an_entry(evidence):
    docx = pytest.importorskip("docx")
    made = docx.Document()
    for rule, works in (("One", THREE[:1]), ("Two", THREE[1:])):
        made.add_heading(rule, 1)
        cells = made.add_table(rows=1, cols=3).rows[0].cells
        cells[0].text, cells[1].text, cells[2].text = f"Do it in 2019, 2020 and {rule}", "1B", works[0]
        for work in works[1:]:
            cells[2].add_paragraph(work)
    out = io.BytesIO()
    made.save(out)
    (evidence.folder / "m.docx").write_bytes(out.getvalue())
    evidence("import", "m.docx", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [reference.cited_as for reference in library.references] == list(THREE)


def test_each_link_of_a_cell_is_an_entry(evidence):
    pubmed = "https://pubmed.ncbi.nlm.nih.gov"
    evidence.write(
        "# Plan\n\n## Evidence base\n\n| Rule | Level | Source |\n|---|---|---|\n"
        f"| One | I | [Alder et al. J Ex Med 2019]({pubmed}/91234501/);"
        f" [Elm et al. Ann Test 2021]({pubmed}/91234502/) |\n"
        f"| Two | II | [Fir et al. Ann Test 2022]({pubmed}/91234503/) |\n",
        "plan.md",
    )
    evidence("import", "plan.md", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [(str(reference.identifiers[0]), reference.cited_as) for reference in library.references] == [
        ("pmid:91234501", "Alder et al. J Ex Med 2019"),
        ("pmid:91234502", "Elm et al. Ann Test 2021"),
        ("pmid:91234503", "Fir et al. Ann Test 2022"),
    ]


def test_entries_of_a_change_log_below_a_table_of_links_are_no_references(evidence):
    pubmed = "https://pubmed.ncbi.nlm.nih.gov"
    evidence.write(
        "# Plan\n\n## 8. EVIDENCE & REFERENCES\n\n| Recommendation | Source |\n|---|---|\n"
        f"| One | [Alder et al. J Ex Med 2019]({pubmed}/91234501/) |\n"
        f"| Two | [Fir et al. Ann Test 2022]({pubmed}/91234503/) |\n\n## CHANGE LOG\n\n**v1.1 (February 2, 2026)**\n"
        "- Fixed PMID for Alder et al. J Ex Med 2019 (91234500 -> 91234501)\n"
        "- Fixed PMID for Fir et al. Ann Test 2022 (91234500 -> 91234503)\n"
        "- Removed unverifiable PMID for Elm et al. Ann Test 2021\n",
        "plan.md",
    )
    evidence("import", "plan.md", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [(str(reference.identifiers[0]), reference.cited_as) for reference in library.references] == [
        ("pmid:91234501", "Alder et al. J Ex Med 2019"),
        ("pmid:91234503", "Fir et al. Ann Test 2022"),
    ]


def test_every_paragraph_under_the_heading_is_an_entry_or_is_named_as_left_out(evidence):
    evidence.write(
        "# M\n\n## References\n\nThese references were collected for the committee.\n\n"
        f"Kern, Inc. Examplix prescribing information.\n\n{ALDER}\n\n{FIR}\n\n"
        "Clinical Reference [database online]. Test Town, FL: Gold Book, Inc.\n\n"
        "The committee has read all of them.\n",
        "m.md",
    )
    done = evidence("import", "m.md", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [(reference.cited_as or "")[:9] for reference in library.references] == [
        "Kern, Inc",
        "Alder AB,",
        "Fir F, Go",
        "Clinical ",
    ]
    for left_out in ("These references were collected", "The committee has read all of them."):
        assert f'left out, does not look like a reference: "{left_out}' in done.stderr


def test_chicago_lists_without_numbers_or_blank_lines_are_taken_apart_by_names(evidence):
    evidence.write(
        "M\n\nIt works (Alder and Birch 2019).\n\nReferences\n"
        "Alder, Anna B., and Carl Birch. 2019. “Effects of Examplinib on Test\n"
        "Outcomes.” Journal of Examples 12 (3): 45-52.\n"
        "Elm, Emma, Dirk van Dyke, and Finn Gorse. 2021. “A Second Trial of Examplinib in\n"
        "Adults.” Annals of Testing 7 (2): e101. https://doi.org/10.1000/test.7\n0280.\n"
        "Fir, Fred, and Gina Hazel. 2022. “Examplinib in Old Age.” Annals of Testing\n8 (1): 11-19.\n",
        "m.txt",
    )
    evidence("import", "m.txt", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [(reference.cited_as or "").split(",")[0] for reference in library.references] == ["Alder", "Elm", "Fir"]
    assert [str(identifier) for identifier in library.references[1].identifiers] == ["doi:10.1000/test.70280"]


def test_a_line_stands_for_the_name_of_the_entry_before_and_accents_do_not_disturb_the_order(evidence):
    entries = [
        "Çelik, Anna B. 2019. “Effects of Examplinib on Test Outcomes in Adults.” Journal of Examples\n12 (3): 45-52.",
        "———. 2020. “More Effects of Examplinib.” Journal of Examples 13 (3): 45-52.",
        "D'Elm, Emma T. 2021. “A Second Trial of Examplinib in Adults.” Annals of Testing 7 (2):\n101-110.",
        "Fir, Fred, and Gina Hazel. 2022. “Examplinib in Old Age.” Annals of Testing 8 (1): 11-19.",
        "Östrov, Ida. 2018. “Examplinib in Pain.” Annals of Testing 3 (1): 11-19.",
    ]
    evidence.write("M\n\nIt works.\n\nReferences\n" + "\n".join(entries), "m.txt")
    evidence("import", "m.txt", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [reference.cited_as for reference in library.references] == [" ".join(text.split()) for text in entries]


def test_wrapped_lines_that_each_read_like_a_reference_are_no_entries(evidence):
    entries = [
        "Alder AB, Birch C, et al. Effects of examplinib in adults (part\n2). J Ex Med 2019; 12: 45-52.",
        "van Dyke D, Elm E, et al. A second trial of examplinib: 12 years\nof reports. Ann Test 2021; 7: 101-110.",
        "Fir F, Gorse G, et al. Examplinib in old age: a review of 2019 and\n2020. Ann Test 2022; 8: 11-19.",
        "Zeller Z, Quist Q, et al. Examplinib in young age, with vitamin D3\n(4000 IU). Ann Test 2023; 9: 21-29.",
    ]
    evidence.write("M\n\nText.\n\nLiteraturverzeichnis\n\n" + "\n".join(entries), "m.txt")
    evidence("import", "m.txt", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [reference.cited_as for reference in library.references] == [" ".join(text.split()) for text in entries]


def test_a_list_under_another_heading_is_named_as_left_out(evidence):
    evidence.write(
        f"# M\n\n## One\n\nIt works [1].\n\n### References\n\n1. {ALDER}\n\n## Two\n\nIt is safe [1,2].\n\n"
        f"### References for Two\n\n1. {VAN_DYKE}\n2. {FIR}\n",
        "m.md",
    )
    done = evidence("import", "m.md", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [reference.cited_as for reference in library.references] == [VAN_DYKE, FIR]
    assert 'references under another heading, "References", are left out (1)' in done.stderr


def test_works_of_one_cell_with_a_number_each_are_entries(evidence):
    evidence.write(
        "# M\n\n| Rule | Evidence |\n|---|---|\n| One | Alder 2019 (PMID: 91234501), van Dyke 2021 (PMID 91234502) |\n"
        "| Two | Fir 2022 (PMID: 91234503) |\n",
        "m.md",
    )
    evidence("import", "m.md", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [str(reference.identifiers[0]) for reference in library.references] == [
        "pmid:91234501",
        "pmid:91234502",
        "pmid:91234503",
    ]


def test_a_notes_next_paragraph_is_part_of_it_and_one_that_cites_back_is_left_out(evidence):
    evidence.write(
        f"# M\n\nIt works.[^1] It is safe.[^2] So it is.[^3]\n\n[^1]: {ALDER}\n\n    See also its appendix.\n\n"
        f"[^2]: {FIR}\n[^3]: Ibid., p. 14.\n",
        "m.md",
    )
    done = evidence("import", "m.md", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [reference.cited_as for reference in library.references] == [f"{ALDER} See also its appendix.", FIR]
    assert 'left out, does not look like a reference: "Ibid., p. 14."' in done.stderr


def test_the_first_and_the_last_entry_of_a_chicago_list_in_markdown_are_entries(evidence):
    entries = [
        "Alder, Anna, and Dora Elm. 2024. “Models.” In Proceedings of Examples. Vol. 23. Wien: EXPR.",
        "Fir, Fred P., and Gina Hazel. 2007. “Examplinib in Old Age.” Annals of Testing 8 (1): 11-19.",
        "Zeller, Zoe. 2013. Examplinib for Everyone. Test Town: Invented Press.",
    ]
    evidence.write("# M\n\nIt works (Alder and Elm 2024).\n\n## References\n\n" + "\n\n".join(entries), "m.md")
    evidence("import", "m.md", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [reference.cited_as for reference in library.references] == entries


def test_arrows_back_to_the_text_are_no_part_of_a_doi_or_an_address(evidence):
    back = "<a href='#r' class='footnote-back' role='doc-backlink'>↩︎</a>"
    evidence.write(
        "<h1>M</h1><p>It works.<sup>1</sup> So it is.<sup>2</sup></p><section role='doc-endnotes'><ol>"
        f"<li><p>{bare(ALDER)} https://doi.org/10.1000/jem.45{back}</p></li>"
        f"<li><p>{bare(FIR)} Available from: https://www.example.org/fir/{back}</p></li></ol></section>",
        "m.html",
    )
    evidence("import", "m.html", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert [[str(one) for one in reference.identifiers] for reference in library.references] == [
        ["doi:10.1000/jem.45"],
        ["url:https://www.example.org/fir/"],
    ]


@pytest.mark.parametrize("between", ["- ", "- 650 ", "-\n   "])
def test_a_doi_that_a_line_breaks_after_a_hyphen_is_left_to_a_person(evidence, between):
    evidence.write(
        f"# M\n\n## References\n\n1. {bare(ALDER)} https://doi.org/10.1000/exam{between}ple.2019.45.\n2. {bare(FIR)}\n",
        "m.md",
    )
    done = evidence("import", "m.md", "--no-match", "--write")
    assert done.returncode == 1
    assert "its DOI is split by a line break: 10.1000/exam-ple.2019.45 or 10.1000/example.2019.45?" in done.stdout
    text = (evidence.folder / "references.yaml").read_text()
    assert "- {DOI: 10.1000/exam-ple.2019.45}\n      - {DOI: 10.1000/example.2019.45}\n" in text
    assert not read_library(evidence.folder / "references.yaml").references[0].identifiers


def test_raised_numbers_that_a_section_explains_are_no_citations(evidence):
    evidence.write(
        "# M\n\nA. Writer^1^, B. Lead^2,3^\n\n^1^ Department of Testing; ^2^ Ward 3; ^3^ Ward 4\n\nIt works.[2]\n\n"
        f"## References\n\n[1] {ALDER}\n\n[2] {FIR}\n",
        "affiliations.md",
    )
    done = evidence("import", "affiliations.md", "--no-match")
    assert "never cited in the text: 1" in done.stderr
    assert "cited, but not in the list" not in done.stderr
    evidence.write(
        "# M\n\nIt works (1). It is safe (2).\n\n| Outcome | OR^1^ |\n|---|---|\n| Pain | 0.5 |\n\n^1^ Odds ratio.\n\n"
        f"## References\n\n1. {ALDER}\n2. {FIR}\n",
        "legend.md",
    )
    done = evidence("import", "legend.md", "--no-match")
    assert [line.split()[5] for line in done.stdout.splitlines()[1:]] == ["1x,", "1x,"]


@pytest.mark.parametrize("name", ["m.md", "m.docx", "m.pdf", "m.html", "m.doc"])
def test_checking_a_document_says_which_two_commands_to_run(evidence, name):
    (evidence.folder / name).write_bytes(b"\xd0\xcf\x11 Alder AB. Effects. 2019;12:45.")
    done = evidence("check", name)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    for command in (f"`evidence import {name} --write`", "`evidence check`"):
        assert command in done.stderr


@pytest.mark.parametrize(
    ("name", "form"), [("m.doc", ".docx"), ("m.pages", ".docx"), ("list.xlsx", ".html or .docx"), ("m.pptx", ".pdf")]
)
def test_files_that_are_not_read_are_refused_with_what_to_save_them_as(evidence, name, form):
    (evidence.folder / name).write_bytes(b"\xd0\xcf\x11")
    done = evidence("import", name)
    assert (done.returncode, f"save it as {form}" in done.stderr) == (2, True), done.stderr


def lines_of(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def imported_pdf(evidence, file: PdfFile) -> list[tuple[str | None, list[str]]]:
    """What is printed of each entry, and its identifiers."""
    (evidence.folder / "m.pdf").write_bytes(file.bytes())
    done = evidence("import", "m.pdf", "--no-match", "--write")
    library = read_library(evidence.folder / "references.yaml")
    assert "compare with the file" not in done.stderr
    return [(reference.cited_as, [str(one) for one in reference.identifiers]) for reference in library.references]


DOI_OF = "https://doi.org/10.1000/jem.{}"
PRINTED = [f"{bare(text)} {DOI_OF.format(number)}" for number, text in enumerate(THREE, 1)]
EXPECTED = [(text, [f"doi:10.1000/jem.{number}"]) for number, text in enumerate(PRINTED, 1)]


def test_running_heads_and_feet_of_a_pdf_are_no_part_of_entries(evidence):
    file = PdfFile()
    head = "Writer et al. Journal of Testing 2014, 14:1 https://doi.org/10.1000/whole"
    file.column([head], y=820)
    file.column(["Examplinib", "It works [1] and is safe [2,3].", "", "References"], y=780)
    rows = [line for number, text in enumerate(PRINTED[:2], 1) for line in lines_of(f"{number}. {text}", 90)]
    file.column(rows, y=700)
    file.column(["Page 1 of 2"], y=30)
    file.new_page()
    file.column([head], y=820)
    file.column(lines_of(f"3. {PRINTED[2]}", 90), y=780)
    file.column(["Page 2 of 2"], y=30)
    assert imported_pdf(evidence, file) == EXPECTED


def test_line_numbers_of_a_manuscript_are_no_part_of_entries_that_go_on_over_pages(evidence):
    rows = ["Examplinib", "It works [1] and is safe [2,3].", "9. References"]
    for number, text in enumerate(PRINTED, 1):
        rows += lines_of(f"{number}. {text}", 60)
    file, height = PdfFile(), 780
    for number, row in enumerate(rows, 100):
        if number == 107:
            file.new_page()
            height = 780
        file.write(40, height, str(number))
        file.write(72, height, row)
        height -= 20
    assert imported_pdf(evidence, file) == EXPECTED


def test_soft_hyphens_that_are_printed_as_hyphens_are_hyphens(evidence):
    file = PdfFile()
    rows = ["Examplinib", "It works [1] and is safe [2].", "References"]
    printed = f"{bare(ALDER)} https://doi.org/10.1000/j.1572-0241.2007"
    rows += [f"1. {printed}".replace("-", "\u00ad"), f"2. {PRINTED[1]}".replace("-", "\u00ad")]
    file.column(rows)
    assert imported_pdf(evidence, file) == [(printed, ["doi:10.1000/j.1572-0241.2007"]), EXPECTED[1]]


def test_a_list_in_two_columns_below_text_in_one_is_read_column_by_column(evidence):
    references = [
        f"Alder A{letter}, Birch C. Effects of examplinib in group {letter}. J Ex Med. 20{number};5:{number}0-9."
        for number, letter in enumerate("BCDEFGHIJKLMNOPQRSTU", 10)
    ]
    file = PdfFile()
    text = lines_of("Examplinib works in adults of each of the groups that were asked to take it by mouth. " * 20, 110)
    below = file.column([*text, "", "References"], y=800)
    rows = [line for number, text in enumerate(references, 1) for line in lines_of(f"{number}. {text}", 48)]
    half = (len(rows) + 1) // 2
    file.column(rows[:half], y=below)
    file.column(rows[half:], x=320, y=below)
    assert [text for text, _ in imported_pdf(evidence, file)] == references


def test_the_rest_of_the_last_entry_at_the_top_of_a_column_is_no_entry(evidence):
    references = [
        f"Alder{letter}, Anna, and Carl Birch. 2019. Effects of examplinib in group {letter} of adults. Journal of"
        f" Examples 12 (3): {number}-99. https://doi.org/10.1000/exam.{number}"
        for number, letter in enumerate("abcdefghijkl", 10)
    ]
    rows = [f"{'    ' if at else ''}{line}" for text in references for at, line in enumerate(lines_of(text, 48))]
    file = PdfFile()
    file.column(["References", *rows[:16]])
    file.column(rows[16:32], x=320)
    file.new_page()
    file.column(rows[32:-2])
    file.column(rows[-2:], x=320)
    assert [text for text, _ in imported_pdf(evidence, file)] == references


def test_a_numbered_list_without_heading_is_found_though_another_section_is_about_references(evidence):
    file = PdfFile()
    prose = lines_of("Examplinib works in adults of each of the groups that were asked to take it by mouth. " * 6, 90)
    file.column(["Examplinib", "", "References", "", *prose], size=10)
    references = [
        f"A. {letter}. Alder and C. Birch, J. Ex. Med. {number}, {number}45 (2019)."
        for number, letter in enumerate("BCDEFGH", 10)
    ]
    rows = [line for number, text in enumerate(references, 1) for line in lines_of(f"[{number}] {text}", 40)]
    file.column(rows, y=500, size=9)
    assert [text for text, _ in imported_pdf(evidence, file)] == references
