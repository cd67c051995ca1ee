"""Imports of real lists, large ones and hostile files, by the whole command. Recorded data are read, not copied."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.test_monographs import made_list
from evidence.library.reader import read_library
from evidence.model.identifiers import IdKind
from evidence.model.references import Library

resource = pytest.importorskip("resource")  # what processes take is not measured on Windows
SHARED = Path(__file__).resolve().parents[2] / "../shared"
LISTS = SHARED / "data/reference-lists"
pytestmark = pytest.mark.acceptance
recorded = pytest.mark.skipif(not SHARED.exists(), reason="needs the recorded data in ../shared")


def command(folder: Path, *arguments: str | Path) -> tuple[subprocess.CompletedProcess[str], float]:
    """The command in a folder, and its CPU seconds with those of the processes that it starts."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("EVIDENCE_", "NCBI_"))}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "evidence", "import", *map(str, arguments)],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def imported(folder: Path, file: Path) -> Library:
    """The library that is written, sound, and accepted by pandoc's citeproc; a second import changes nothing."""
    written = folder / "references.yaml"
    command(folder, file, "--no-match", "--write")
    before = written.read_bytes()
    command(folder, file, "--no-match", "--write")
    assert written.read_bytes() == before
    library = read_library(written)
    assert not library.faults
    assert [fault.message for reference in library.references for fault in reference.faults] == []
    pypandoc = pytest.importorskip("pypandoc", reason="pypandoc_binary is not installed (extra `render`)")
    arguments = ["--citeproc", "--bibliography", str(written)]
    assert pypandoc.convert_text("---\nnocite: '@*'\n---\n", "plain", format="markdown", extra_args=arguments)
    return library


@recorded
def test_the_first_monograph_is_imported_as_its_five_references(tmp_path: Path) -> None:
    shutil.copy(SHARED / "monograph/naltrexone-ldn.txt", tmp_path / "ldn.txt")
    library = imported(tmp_path, Path("ldn.txt"))
    assert (library.monograph.title, library.monograph.file) == ("Naltrexone (LDN)", "ldn.txt")
    found = [(reference.identifiers[0], str(reference.accessed or "")) for reference in library.references]
    assert [(str(identifier), day) for identifier, day in found] == [
        ("pmid:23359310", ""),
        ("pmid:17222320", ""),
        ("pmid:19041189", ""),
        ("url:https://www.ldnresearchtrust.org/", "2025-08"),
        ("setid:06ff2d5a-e62b-4fa4-bbdb-01938535bc65", "2025-08"),
    ]
    text = (tmp_path / "ldn.txt").read_text(encoding="utf-8")
    assert all(reference.cited_as and reference.cited_as in text for reference in library.references)
    written = (tmp_path / "references.yaml").read_text(encoding="utf-8")
    assert not re.search(r"educational|Call your doctor|EXPLORE|Prescribe|Opioid Receptor|1-800", written)


@recorded
@pytest.mark.parametrize("name", ["apa_45refs", "vancouver_35refs"])
def test_every_reference_of_the_real_lists_is_written_with_its_text_and_its_doi(name: str, tmp_path: Path) -> None:
    expected = json.loads((LISTS / name / "expected_phase1_intermediate.json").read_text())["stage3_reference_blocks"]
    resolved = json.loads((LISTS / name / "baseline_phase3_resolved.json").read_text())["stage3_structured"]
    library = imported(tmp_path, (LISTS / name / "input_References.docx").resolve())
    assert [reference.cited_as for reference in library.references] == [block["raw_text"] for block in expected]
    dois = [identifier.value if (identifier := r.first(IdKind.DOI)) else None for r in library.references]
    assert dois == [one["doi"].lower() if one["doi"] else None for one in resolved]


def test_importing_takes_time_in_proportion(tmp_path: Path) -> None:
    spent: dict[int, list[float]] = {}
    for size in (1250, 2500, 5000, 10_000):
        printed = made_list(size)
        body = " ".join(f"Told [{number}]." for number in range(1, size + 1))
        text = f"{body}\n\nReferences\n\n" + "\n".join(f"{number}. {one}" for number, one in enumerate(printed, 1))
        (tmp_path / "made.txt").write_text(text, encoding="utf-8")
        output = tmp_path / f"{size}.yaml"
        seconds = []
        for print_of in (text, text, text.replace("in adults", "in young adults")):  # new, again, reprinted
            (tmp_path / "made.txt").write_text(print_of, encoding="utf-8")
            done, cpu = command(tmp_path, "made.txt", "-o", output.name, "--write")
            assert done.returncode == 0, done.stderr
            seconds.append(cpu)
        spent[size] = seconds
        print(f"\n{size:>6} references: new, again, reprinted {[round(s, 1) for s in seconds]} CPU s")  # noqa: T201
        assert len(read_library(output).references) == size
    for large, small in zip(spent[10_000], spent[1250], strict=True):
        assert large < 12 * max(small, 0.8)  # eight times as many; the rest is a busy machine's


REFERENCE = "Smith J. A title of note. J Ex Med. 2007;1(2):3-4. doi:10.1000/x.1"
LOOP = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n"
    b"trailer<</Root 1 0 R/Size 3/Prev 110>>\nstartxref\n110\n%%EOF"
)


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" * 100_000_000)
    return out.getvalue()


def macros() -> bytes:
    chain = "".join(f"@string{{a{n} = a{n - 1} # a{n - 1}}}\n" for n in range(1, 40))
    return f'@string{{a0="xxxxxxxxxxxxxxxx"}}\n{chain}@article{{x, title=a39}}'.encode()


def aliases() -> bytes:
    lines = "".join(f"b{n}: &b{n} [*b{n - 1}, *b{n - 1}]\n" for n in range(1, 40))
    return f"b0: &b0 [x, x]\n{lines}references: []\n".encode()


def hostile() -> Iterator[tuple[str, bytes]]:
    listed = f"References\n\n1. {REFERENCE} ".encode()
    yield "line-of-100-mb.txt", b"x" * 100_000_001
    yield "line-of-19-mb.txt", listed + b"Smith J, " * 2_000_000
    yield "addresses.txt", b"https://" * 2_300_000
    yield "brackets.txt", b"[1] " * 4_700_000
    yield "parentheses.md", b"(" * 19_000_000
    yield "bib-of-100-mb.bib", b"@article{a,title={x}}\n" * 4_800_000
    yield "endless-macros.bib", macros()
    yield "looping-macro.bib", b"@article{t,title={\\def\\a{\\a\\a}\\a},doi={10.1000/x}}"
    yield "braces.bib", b"@article{t,title={" + b"{" * 20_000 + b"}" * 20_000 + b"}}"
    yield "records.ris", b"TY  - JOUR\n" * 1_700_000
    yield "records.nbib", b"PMID- 1\n\n" * 2_000_000
    yield "deep.json", b"[" * 5_000_000
    yield "entities.xml", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><records><record>&a;</record></records></xml>'
    yield "deep.xml", b"<xml><records>" + b"<a>" * 2_000_000
    yield "records.xml", b"<xml><records>" + b"<record/>" * 1_900_000 + b"</records></xml>"
    yield "aliases.yaml", aliases()
    yield "deep.yaml", b"references:\n- id: a\n  x: " + b"[" * 100_000
    yield "zip-bomb.docx", zip_bomb()
    yield "loop.pdf", LOOP
    yield "deep.html", b"<div>" * 3_000_000


def test_hostile_files_cost_bounded_time_and_memory_and_are_one_clear_line(tmp_path: Path) -> None:
    for name, data in hostile():
        (tmp_path / name).write_bytes(data)
        done, cpu = command(tmp_path, name, "--no-match", "--write")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print(f"\n{name:20} {cpu:5.1f} CPU s, {peak} MB at most so far: {done.stderr.strip()[:90]}")  # noqa: T201 - the figures
        assert (done.returncode, done.stdout) in {(2, ""), (0, done.stdout), (1, done.stdout)}
        assert done.returncode in {0, 1} or done.stderr.count("\n") == 1, name
        assert "internal error" not in done.stderr
        (tmp_path / name).unlink()
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 3_000_000
