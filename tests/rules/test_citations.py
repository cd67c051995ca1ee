"""CIT001 to CIT006 on made-up monographs: what is reported, where in the text, and what is not a citation at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from evidence.documents.citations import MonographReading
from evidence.documents.document import DocumentFormat
from evidence.documents.reader import parse_document
from evidence.model.policy import Severity
from evidence.model.references import Library
from evidence.model.rule import Finding
from evidence.rules.case import LibraryCase
from evidence.rules.citations import RULES, citation_findings
from factories import PRINTED_REFERENCES, document_of, docx_file, library_from

IDS = ("alder", "cedar", "elm", "fir")
LIBRARY = (
    "monograph: {file: made.text}\nreferences:\n"
    "- {id: alder, DOI: 10.1000/jem.2019.0045}\n"
    "- {id: cedar, PMID: '91234567'}\n"
    "- {id: elm, PMID: '90000001'}\n"
    "- {id: fir, URL: 'https://example.org/examplinib'}\n"
)
LIST = "References\n\n" + "\n".join(f"{number}. {text}" for number, text in enumerate(PRINTED_REFERENCES, 1)) + "\n"
FILLER = "Examplinib was studied in adults, and what was found is told in the following lines."


def known() -> Library:
    return library_from(LIBRARY)


def found(text: str, form: DocumentFormat = DocumentFormat.TEXT, own: Library | None = None) -> list[Finding]:
    own = own or known()
    return list(citation_findings(LibraryCase(own, date(2026, 11, 23), MonographReading(document_of(text, form), own))))


def codes_and_references(text: str, form: DocumentFormat = DocumentFormat.TEXT) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.reference) for finding in found(text, form)]


def at(finding: Finding) -> tuple[int, int]:
    assert finding.printed is not None
    return finding.printed.line, finding.printed.column


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_of_the_family_is_documented(rule) -> None:
    sections = ("What it does:", "Why it matters:", "Example:", "What to do:", "References:")
    assert all(section in rule.doc for section in sections)


def test_a_text_that_cites_all_in_order_has_no_finding() -> None:
    assert codes_and_references(f"{FILLER} [1] It helps [2,3]. It is known [4].\n\n{LIST}") == []


def test_without_a_monograph_nothing_is_said() -> None:
    assert list(citation_findings(LibraryCase(known(), date(2026, 11, 23)))) == []


@pytest.mark.parametrize(
    ("cited", "column"),
    [("[7]", 2), ("[2, 7]", 5), ("[3-7]", 4)],
)
def test_a_number_beyond_the_list_is_undefined_where_it_is(cited: str, column: int) -> None:
    text = f"{FILLER} [1]\n{FILLER} [2] [3] [4]\n{FILLER}\n{cited} so it is.\n\n{LIST}"
    undefined = [finding for finding in found(text) if finding.code == "CIT001"]
    assert {finding.severity for finding in undefined} == {Severity.ERROR}
    assert (4, column) in [at(finding) for finding in undefined]
    assert all(finding.place.line == 1 for finding in undefined)  # where the library names the monograph


@pytest.mark.parametrize(
    "text",
    [
        "The median age was 25 [41-45] years [1,2,3,4].",
        "The dose was raised to [250] at once [1-4].",
        "The area was 1.73 m\u00b2 and 10\u2079 cells \u00b9\u207b\u2074.",
        "It rose from 3 to 5 (95% CI [12, 14]) in all [1-4].",
    ],
)
def test_numbers_that_are_no_citations_are_not_undefined(text: str) -> None:
    assert [finding.message for finding in found(f"{FILLER} {text}\n\n{LIST}") if finding.code == "CIT001"] == []


def test_a_key_that_no_reference_has_is_undefined() -> None:
    text = f"{FILLER} [@alder; @nobody] See @fig:dose and [@cedar] [@elm] [@fir]. Write to @someone.\n"
    undefined = [finding for finding in found(text, DocumentFormat.MARKDOWN) if finding.code == "CIT001"]
    assert [finding.message.split()[0] for finding in undefined] == ["@nobody", "@someone"]
    assert at(undefined[0])[1] == text.index("@nobody") + 1


def test_a_name_that_no_entry_has_is_undefined_where_all_others_are_known() -> None:
    names = "Alder and Birch (2019) and Elm (2020) and Cedar et al. (2021) say so"
    unnumbered = "References\n\n" + "\n\n".join(PRINTED_REFERENCES) + "\n"
    assert codes_and_references(f"{FILLER} {names}.\n\n{unnumbered}") == []
    undefined = found(f"{FILLER} {names}, as does Stranger (2022).\n\n{unnumbered}")
    assert [(finding.code, finding.message.split(" is ")[0]) for finding in undefined] == [("CIT001", "stranger 2022")]


def test_laws_and_products_are_no_undefined_names() -> None:
    unnumbered = "References\n\n" + "\n\n".join(PRINTED_REFERENCES) + "\n"
    text = f"{FILLER} (Drug Act, 1938) It is sold (Examplin, 2019; Exampla, 2020). {FILLER}\n\n{unnumbered}"
    assert [code for code, _ in codes_and_references(text) if code == "CIT001"] == []


def test_an_entry_that_is_cited_and_tracked_by_nobody_is_a_warning() -> None:
    strange = "5. Larch X. An untracked paper about something else. J Other. 2011;1(1):1-2. doi:10.1000/other.1\n"
    [finding] = found(f"{FILLER} [1] [2] [3] [4] [5]\n\n{LIST}{strange}")
    assert (finding.code, finding.severity) == ("CIT001", Severity.WARNING)
    assert "is not in references.yaml: Larch X." in finding.message
    assert at(finding) == (9, 4)


def test_an_uncited_reference_is_reported_at_its_entry_in_the_list() -> None:
    [finding] = found(f"{FILLER} [1] [2] [4]\n\n{LIST}")
    assert (finding.code, finding.reference, at(finding)) == ("CIT002", "elm", (7, 4))
    assert finding.place.line == 5


def test_a_reference_that_is_not_even_listed_is_reported_at_the_library() -> None:
    own = library_from(LIBRARY + "- {id: gum, PMID: '90000009'}\n")
    [finding] = found(f"{FILLER} [1] [2] [3] [4]\n\n{LIST}", own=own)
    assert (finding.code, finding.reference, finding.printed) == ("CIT002", "gum", None)
    assert "neither cited nor listed" in finding.message


@pytest.mark.parametrize(
    ("cited", "message"),
    [
        ("[2] [1] [3] [4]", "[1] is first cited here, after [2]"),
        ("[1] [3] [4] [2]", "[2] is first cited here, after [4]"),
        ("[1] [2] [4] [1] [3]", "[3] is first cited here, after [4]"),
        ("[4] [1] [2] [3]", "[4] is first cited here, before [1]"),
    ],
)
def test_a_citation_out_of_order_is_reported_once(cited: str, message: str) -> None:
    [finding] = found(f"{FILLER} {cited}\n\n{LIST}")
    assert (finding.code, finding.message) == ("CIT003", message)
    assert at(finding)[1] == len(FILLER) + 2 + cited.rindex(f"[{message[1]}]") + 1


def test_a_list_numbered_by_name_is_reported_once() -> None:
    names = [
        f"{name} A. A study of examplinib number {n}. J Ex. 2020;{n}(1):1-9. PMID: 9000{n:04}"
        for n, name in enumerate(["Abel", "Baker", "Cole", "Dean", "Eads", "Ford", "Gale", "Hill", "Iles", "Jay"], 11)
    ]
    entries = "References\n\n" + "\n".join(f"{number}. {text}" for number, text in enumerate(names, 1)) + "\n"
    own = library_from("references:\n" + "".join(f"- {{id: r{n}, PMID: '9000{n:04}'}}\n" for n in range(11, 21)))
    text = f"{FILLER} [10] [9] [8] [7] [6] [5] [4] [3] [2] [1]\n\n{entries}"
    [finding] = found(text, own=own)
    assert finding.code == "CIT003"
    assert "the list is alphabetical" in finding.message


def test_a_text_without_citations_is_reported_once_with_its_sections() -> None:
    text = f"Overview\n\n{FILLER}\n\n{FILLER}\n\nDosage\n\n{FILLER}\n\n{LIST}\n\nDisclaimer. {FILLER}\n"
    [finding] = found(text)
    assert finding.code == "CIT004"
    assert finding.message == "0 of 3 paragraphs cite a reference (Overview 0 of 2, Dosage 0 of 1)"
    assert at(finding) == (3, 1)


def test_two_entries_of_one_number_are_reported_at_the_second() -> None:
    twice = LIST.replace("4. Fir", "3. Fir")
    doubled = [finding for finding in found(f"{FILLER} [1] [2] [3]\n\n{twice}") if finding.code == "CIT005"]
    assert [(finding.reference, at(finding)) for finding in doubled] == [("fir", (8, 4))]
    assert "made.text:7:4" in doubled[0].message


def test_a_reference_printed_under_two_numbers_is_reported() -> None:
    again = f"5. {PRINTED_REFERENCES[0]}\n"
    doubled = found(f"{FILLER} [1] [2] [3] [4] [5]\n\n{LIST}{again}")
    assert [(finding.code, finding.reference) for finding in doubled] == [("CIT005", "alder")]
    assert doubled[0].message == "entry 5 is the same reference as entry 1"


def test_a_list_numbered_alike_throughout_is_no_duplicate() -> None:
    alike = "\n".join(f"1. {text}" for text in PRINTED_REFERENCES)
    assert [
        code
        for code, _ in codes_and_references(f"{FILLER}\n\nReferences\n\n{alike}\n", DocumentFormat.MARKDOWN)
        if code == "CIT005"
    ] == []


def test_in_a_word_file_the_paragraph_is_reported() -> None:
    def fill(document) -> None:
        document.add_paragraph(FILLER)
        document.add_paragraph(f"{FILLER} [1] [2] [3] [4] [9]")
        document.add_heading("References", 1)
        for number, text in enumerate(PRINTED_REFERENCES, 1):
            document.add_paragraph(f"{number}. {text}")

    own = known()
    reading = MonographReading(parse_document("made.docx", docx_file(fill), DocumentFormat.DOCX), own)
    finding, thin = citation_findings(LibraryCase(own, date(2026, 11, 23), reading))
    assert (thin.code, thin.message) == ("CIT006", "paragraphs with a citation: 1 of 2 (made.docx, paragraph 1)")
    assert finding.message.endswith("(made.docx, paragraph 2)")
    assert at(finding) == (2, len(f"{FILLER} [1] [2] [3] [4] [") + 1)


def test_a_finding_is_the_same_when_lines_move() -> None:
    text = f"{FILLER} [1] [2] [4]\n\n{LIST}"
    moved = f"Contents\n\n{text}"
    prints = [[finding.fingerprint for finding in found(made)] for made in (text, moved)]
    assert prints[0] == prints[1] != []
    places = [[at(finding) for finding in found(made)] for made in (text, moved)]
    assert places[0] != places[1]


def test_an_id_that_occurs_twice_gets_one_finding() -> None:
    own = known()
    own = replace(own, references=(*own.references, own.references[2]))
    assert [f.reference for f in found(f"{FILLER} [1] [2] [4]\n\n{LIST}", own=own) if f.code == "CIT002"] == ["elm"]


def with_policy(coverage: int | None) -> Library:
    own = known()
    return replace(own, policy=replace(own.policy, coverage=coverage))


def thin(text: str, own: Library | None = None, form: DocumentFormat = DocumentFormat.MARKDOWN) -> list[Finding]:
    return [finding for finding in found(text, form, own) if finding.code == "CIT006"]


ALL = "[1] [2] [3] [4]"
SECTIONS = f"# Uses\n\n{FILLER} {ALL}\n\n{FILLER} [1]\n\n{FILLER}\n\n# Storage\n\n{FILLER}\n\n# {LIST}"


def test_a_text_that_does_not_cite_throughout_is_reported_once_by_its_sections() -> None:
    [finding] = thin(SECTIONS)
    assert (finding.severity, finding.reference) == (Severity.INFO, None)
    assert finding.message == "paragraphs with a citation: 2 of 4 (Uses 2 of 3, Storage 0 of 1)"
    assert at(finding) == (7, 1)  # the first that does not


@pytest.mark.parametrize(
    ("wanted", "severity"), [(None, Severity.INFO), (50, None), (51, Severity.WARNING), (100, Severity.WARNING)]
)
def test_less_than_the_policy_asks_for_is_a_warning_and_as_much_is_nothing(wanted, severity) -> None:
    assert [finding.severity for finding in thin(SECTIONS, with_policy(wanted))] == ([severity] if severity else [])


def test_the_coverage_that_is_asked_for_is_in_the_message() -> None:
    [finding] = thin(SECTIONS, with_policy(80))
    assert (
        finding.message
        == "paragraphs with a citation: 2 of 4 (Uses 2 of 3, Storage 0 of 1); required by the policy: 80 %"
    )


def test_a_text_without_citations_is_not_reported_twice() -> None:
    assert thin(SECTIONS.replace(ALL, "").replace("[1]", ""), with_policy(80)) == []


def test_another_sentence_leaves_the_finding_the_same_and_much_less_coverage_does_not() -> None:
    [before], [after] = thin(SECTIONS), thin(SECTIONS.replace("# Storage", f"{FILLER} [2]\n\n# Storage"))
    [thinner] = thin(SECTIONS.replace("# Storage", f"{FILLER}\n\n" * 9 + "# Storage"))
    assert before.message != after.message
    assert before.fingerprint != thinner.fingerprint
    share = [thin(f"{FILLER} {ALL}\n\n" + f"{FILLER}\n\n" * more + LIST) for more in (5, 5)]
    assert len({finding.fingerprint for [finding] in share}) == 1


@pytest.mark.parametrize(
    "part",
    [
        "Updated in March",
        "Prepared for the pharmacies of the example group by its staff",
        "| dose | what was found in the adults who took it |\n|---|---|\n| 1 mg | nothing that was not found before |",
        "Table 1. What was found in adults who took examplinib for a year.",
        "# Acknowledgements\n\nThe authors thank everybody who has read this text before it was printed.",
        "# Abbreviations\n\nLDN, low-dose naltrexone; TLR4, toll-like receptor 4; CNS, central nervous system.",
    ],
)
def test_what_is_no_running_text_is_no_paragraph(part: str) -> None:
    assert thin(f"{FILLER} {ALL}\n\n{part}\n\n# {LIST}") == []


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (
            "It is used in conditions of adults, namely [1]:\n\n- fibromyalgia, long treated\n- Crohn's disease",
            "",
        ),
        (
            "It is used in conditions of adults, namely:\n\n- fibromyalgia [1]\n- Crohn's disease",
            "",
        ),
        (
            "It is used in conditions of adults, namely:\n\n- fibromyalgia, long treated\n- Crohn's disease",
            "paragraphs with a citation: 1 of 3",
        ),
        ("It is used in conditions of adults, namely: [1]\n\n- fibromyalgia, long treated\n- Crohn's disease", ""),
        (f"- {FILLER} [1]\n- {FILLER}\n- {FILLER}", "paragraphs with a citation: 2 of 4"),
        (
            f"It was studied twice, and found to be this:\n\n- {FILLER} [1]\n- {FILLER}",
            "paragraphs with a citation: 3 of 4",
        ),
    ],
)
def test_a_list_cites_with_the_sentence_that_leads_to_it_and_its_sentences_by_themselves(part, message) -> None:
    assert [finding.message for finding in thin(f"{FILLER} {ALL}\n\n{part}\n\n# {LIST}")] == [message] * bool(message)


def test_a_number_that_is_no_citation_is_no_coverage() -> None:
    [finding] = thin(f"{FILLER} {ALL}\n\n{FILLER} The dose was raised to [250] at once.\n\n# {LIST}")
    assert finding.message == "paragraphs with a citation: 1 of 2"


@pytest.mark.parametrize("form", [DocumentFormat.HTML, DocumentFormat.DOCX])
def test_cells_of_a_table_are_no_paragraphs_and_running_text_laid_out_in_one_is(form: DocumentFormat) -> None:
    cell = "What was found in adults who took it for a year."
    long = f"{FILLER} {FILLER} {FILLER}"

    def fill(document) -> None:
        document.add_paragraph(f"{FILLER} {ALL}")
        table = document.add_table(rows=1, cols=2)
        table.rows[0].cells[0].text, table.rows[0].cells[1].text = cell, long
        document.add_heading("References", 1)
        for number, text in enumerate(PRINTED_REFERENCES, 1):
            document.add_paragraph(f"{number}. {text}")

    if form is DocumentFormat.DOCX:
        data = docx_file(fill)
    else:
        items = "".join(f"<li>{text}</li>" for text in PRINTED_REFERENCES)
        table = f"<table><tr><td>{cell}</td><td>{long}</td></tr></table>"
        data = f"<p>{FILLER} {ALL}</p>{table}<h1>References</h1><ol>{items}</ol>".encode()
    own = known()
    reading = MonographReading(parse_document("made", data, form), own)
    [finding] = [
        one for one in citation_findings(LibraryCase(own, date(2026, 11, 23), reading)) if one.code == "CIT006"
    ]
    assert finding.message.startswith("paragraphs with a citation: 1 of 2")


@pytest.mark.parametrize("cited", ["[1]", "[1] and [2]"])
def test_one_or_two_citations_leave_the_others_uncited(cited: str) -> None:
    uncited = [finding.reference for finding in found(f"{FILLER} {cited}\n\n{LIST}") if finding.code == "CIT002"]
    assert uncited == list(IDS)[len(uncited) * -1 :]
    assert len(uncited) == 4 - cited.count("[")
