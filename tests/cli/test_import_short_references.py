"""References of a title and an identifier, or of an identifier alone, as invented monographs print them."""

from __future__ import annotations

import pytest

from evidence.library.reader import read_library
from factories import docx_file

TITLES = (
    "Effects of examplinib on pain",
    "Is testamine safe in old age?",
    "All-cause mortality after examplinib",
    "Examplinib was effective in a second trial",
)
NUMBERS = [f"1000000{number}" for number in range(1, 5)]
SHORT = [
    f"{title.rstrip('?')}{'?' if title.endswith('?') else '.'} PMID: {n}"
    for title, n in zip(TITLES, NUMBERS, strict=True)
]
SETIDS = [f"06ff2d5a-e62b-4fa4-bbdb-01938535bc6{number}" for number in range(1, 5)]
ALONE = {
    "pmid": [f"PMID: {number}" for number in NUMBERS],
    "pmcid": [f"PMC{number}" for number in NUMBERS],
    "doi": [f"10.5555/made.{number}" for number in NUMBERS],
    "doi address": [f"https://doi.org/10.5555/made.{number}" for number in NUMBERS],
    "set id": [f"Examplinib tablets. Set ID {setid}" for setid in SETIDS],
    "trial": [f"A trial of examplinib. ClinicalTrials.gov: NCT{number}" for number in NUMBERS],
    "address": [f"Guidance {number}. https://example.org/{number}" for number in NUMBERS],
    "bare address": [f"https://example.org/{number}" for number in NUMBERS],
}
CITING = "Examplinib is given for pain by many.\n\nSo it was found in several studies."


def numbered(entries: list[str]) -> list[str]:
    return [f"{number}. {entry}" for number, entry in enumerate(entries, 1)]


def text(entries: list[str], gap: str = "\n\n") -> str:
    return f"Examplinib\n\n{CITING}\n\nReferences\n\n{gap.join(entries)}\n"


def html(inner: str) -> str:
    return f"<html><body><h1>Examplinib</h1><p>It works.</p><h2>References</h2>{inner}</body></html>"


def docx(entries: list[str], style: str | None = None) -> bytes:
    def fill(document):
        document.add_heading("Examplinib", 0)
        document.add_paragraph("It works.")
        document.add_heading("References", 1)
        for entry in entries:
            document.add_paragraph(entry, style)

    return docx_file(fill)


DOCUMENTS = {
    "typed.docx": lambda entries: docx(numbered(entries)),
    "list.docx": lambda entries: docx(entries, "List Number"),
    "plain.docx": docx,
    "numbered.txt": lambda entries: text(numbered(entries)),
    "numbered lines.txt": lambda entries: text(numbered(entries), "\n"),
    "plain.txt": text,
    "lines.txt": lambda entries: text(entries, "\n"),
    "bullets.txt": lambda entries: text([f"- {entry}" for entry in entries], "\n"),
    "numbered.md": lambda entries: (
        f"# Examplinib\n\n{CITING}\n\n# References\n\n" + "\n".join(numbered(entries)) + "\n"
    ),
    "plain.md": lambda entries: f"# Examplinib\n\n{CITING}\n\n# References\n\n" + "\n\n".join(entries) + "\n",
    "list.html": lambda entries: html("<ol>" + "".join(f"<li>{entry}</li>" for entry in entries) + "</ol>"),
    "plain.html": lambda entries: html("".join(f"<p>{entry}</p>" for entry in entries)),
}


def save(evidence, name: str, entries: list[str]) -> None:
    made = DOCUMENTS[name](entries)
    (evidence.folder / name).write_bytes(made.encode() if isinstance(made, str) else made)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_title_and_a_pmid_are_a_reference(evidence, name):
    save(evidence, name, SHORT)
    done = evidence("import", name, "--no-match", "--write")
    assert done.returncode == 0, done.stderr
    entries = read_library(evidence.folder / "references.yaml").references
    assert [str(entry.identifiers[0]) for entry in entries] == [f"pmid:{number}" for number in NUMBERS]
    assert [entry.cited_as for entry in entries] == SHORT


@pytest.mark.parametrize("kind", ALONE)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_identifier_alone_is_a_reference(evidence, name, kind):
    save(evidence, name, ALONE[kind])
    done = evidence("import", name, "--no-match", "--write")
    assert done.returncode in {0, 1}, done.stderr
    entries = read_library(evidence.folder / "references.yaml").references
    assert [entry.cited_as for entry in entries] == ALONE[kind]
    assert all(entry.identifiers for entry in entries)


PROSE = {
    "Sources": "The guideline is at https://example.org/guideline for all.\n\nDoses were agreed by the board.",
    "References": "None were used.\n\nThe board has agreed the doses.",
    "Notes": "See https://example.org/a\n\nThe text is at https://example.org/b\n\nIt was written by the board.",
}


@pytest.mark.parametrize("heading", PROSE)
def test_prose_below_a_heading_is_no_list_and_the_message_says_where_and_why(evidence, heading):
    evidence.write(f"# Examplinib\n\nIt works.\n\n## {heading}\n\n{PROSE[heading]}\n", "m.md")
    done = evidence("import", "m.md", "--write")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    number = PROSE[heading].count("\n\n") + 1
    assert f'the heading "{heading}" (line 5) is followed by {number} paragraphs, none of which looks' in done.stderr
    assert "contain an identifier (PMID, PMCID, DOI, Set ID, NCT), an address" in done.stderr
    assert not (evidence.folder / "references.yaml").exists()


def test_too_few_references_below_a_heading_are_counted(evidence):
    prose = [f"The board has agreed dose {letter} for adults." for letter in "abcde"]
    (evidence.folder / "m.docx").write_bytes(docx([*prose, SHORT[0]]))
    done = evidence("import", "m.docx")
    assert done.returncode == 2
    assert 'the heading "References" (paragraph 3) is followed by 6 paragraphs, of which only 1' in done.stderr


def test_a_heading_with_nothing_below_it_is_named(evidence):
    evidence.write("# Examplinib\n\nIt works.\n\n## References\n", "m.md")
    assert 'the heading "References" (line 5) is followed by no paragraphs' in evidence("import", "m.md").stderr


def test_remarks_around_short_references_are_left_out(evidence):
    entries = ["These studies were read by two persons.", *SHORT, "Our pages are at https://example.org."]
    evidence.write(DOCUMENTS["plain.md"](entries), "m.md")
    done = evidence("import", "m.md", "--no-match", "--write")
    assert [entry.cited_as for entry in read_library(evidence.folder / "references.yaml").references] == SHORT
    assert done.stderr.count("left out, ") == 2
