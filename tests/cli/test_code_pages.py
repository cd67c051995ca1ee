"""Pipes with a code page of Windows: no text fails for a character, and documents are UTF-8 all the same."""

import json

import pytest

CODE_PAGES = ["cp437", "cp1252", "cp932"]
ENTRIES = """\
monograph: {title: "Naltrexon Ω 日本語", file: "mono Ω.md"}
references:
- id: Łukasz-Ω
  PMID: "23359310"
  cited-as: "Łukasz Ω. 日本語の論文. J Ω. 2013;65:529."
- {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2025-08, owner: Ωwner}
"""
MONOGRAPH = """\
# Mono Ω

It may reduce pain [1], “quoted” 日本語 [2].

## References

1. Łukasz Ω, Noor N. Low-dose naltrexone Ω. Arthritis Rheum. 2013;65:529. PMID: 23359310
2. Unbekannt Ω. 日本語. Nowhere. 2001.
"""
WAIVER = (
    *("waive", "SPL002", "label", "--category", "accepted-risk", "--reason", "日本語 Ω", "--until", "2027-01-01"),
    *("--requested-by", "Ł. Ω", "--approved-by", "B. Ω", "--as-of", "2026-11-23"),
)
COMMANDS = [
    ("--help",),
    ("check", "--help"),
    ("check", "-v", "--as-of", "2026-11-23"),
    ("check", "--format", "summary", "--as-of", "2026-11-23"),
    ("check", "fehlt Ω.yaml"),
    ("demo", "references.yaml"),
    ("import", "mono Ω.md"),
    ("import", "mono Ω.md", "--diff"),
    ("import", "fehlt Ω.md"),
    ("show", "Łukasz-Ω"),
    ("show", "fehlt-Ω"),
    ("history", "Łukasz-Ω"),
    ("fix",),
    ("confirm", "Łukasz-Ω", "--by", "Ł. Ω", "--accessed", "2026-11-20"),
    WAIVER,
    ("waivers",),
    ("due",),
    ("log",),
    ("runs",),
    ("sign", "--role", "Ω", "--name", "Łukasz Ω"),
    ("bundle", "-o", "bündel Ω.zip"),
    ("verify", "bündel Ω.zip"),
    ("verify",),
    ("cache", "info"),
    ("doctor",),
    ("init", "--name", "Ł. Ω"),
    ("review", "--to", "Ω-Q4", "--as-of", "2026-11-23"),
]


@pytest.fixture
def folder(evidence):
    evidence.write(ENTRIES)
    evidence.write(MONOGRAPH, "mono Ω.md")
    evidence.env["EVIDENCE_ACTOR"] = "tester Ω"
    return evidence


@pytest.mark.parametrize("page", CODE_PAGES)
def test_no_command_fails_for_a_character_that_the_code_page_lacks(folder, page):
    folder.encoding = page
    for command in COMMANDS:
        done = folder(*command)
        assert "internal error" not in done.stderr, (command, done.stderr)
        assert done.stdout or done.stderr, command


@pytest.mark.parametrize(("page", "printed"), [("cp437", "Ω"), ("cp1252", "\\u03a9"), ("cp932", "Ω")])
def test_a_message_is_legible_and_says_which_character_it_cannot_show(folder, page, printed):
    folder.encoding = page
    assert f"{printed}.yaml: no such file" in folder.check("Ω.yaml").stderr
    folder.check()
    assert f"tester {printed}" in folder("runs").stdout


@pytest.mark.parametrize("page", CODE_PAGES)
def test_documents_are_the_same_bytes_as_in_a_file(folder, page):
    folder.check()
    forms = ("json", "sarif", "junit", "gitlab", "markdown", "csv", "html", "brief")
    folder("report", *(word for form in forms for word in ("--format", f"{form}=out.{form}")))
    folder.encoding = page
    for form in forms:
        folder("report", "--format", form)
        assert folder.bytes == (folder.folder / f"out.{form}").read_bytes(), form
    folder("due", "--format", "csv", "--within", "9999d")
    assert "Ωwner".encode() in folder.bytes
    for command in (
        ("history", "Łukasz-Ω", "--json"),
        ("log", "--format", "json"),
        ("runs", "--json"),
        ("due", "--format", "json"),
    ):
        assert folder(*command).stderr == "", command
        assert "Ω" in json.dumps(json.loads(folder.bytes), ensure_ascii=False), command
