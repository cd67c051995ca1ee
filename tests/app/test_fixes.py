"""Fixes from findings; records and pages are made up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest

from evidence.app.fix import Fix, changes_of, fixes
from evidence.app.judge import judge_case
from evidence.app.registry import RULE_SET
from evidence.library.editor import Respell, SetFields
from evidence.library.layout import Edit, apply_edits
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, CheckStatus, Found, State
from evidence.model.records import Article, Author, Hop, Journal, Label, Page, Record, SplVersion
from evidence.model.report import Exit, Mode, ReferenceResult, Report, Run
from evidence.rules.case import Case
from evidence.rules.style import Respelling
from factories import library_from

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ARTICLE = Article(
    Identifier(IdKind.PMID, "23359310"),
    "A synthetic trial of *something* in CYP2D6.",
    title_html="A synthetic trial of *something* in CYP<sub>2D6</sub>.",
    authors=(Author("Younger", "Jarred", "J"), Author("N\u00f6or", "N", "N")),
    journal=Journal("Arthritis and rheumatism", "Arthritis Rheum", "Arthritis Rheum"),
    volume="65",
    issue="2",
    pages="529-38",
    years=(2013,),
    also_known_as=(Identifier(IdKind.DOI, "10.5555/a_b<1::c>"), Identifier(IdKind.PMCID, "PMC123")),
)


def found(text: str, *records: Record, fill: bool = False) -> list[Fix]:
    """The fixes for a library whose identifiers are answered by these records, in order."""
    lib = library_from(text)
    waiting = iter(records)
    results, findings = [], []
    for reference in lib.references:
        answers = tuple(
            Answer(identifier, Found(record), "web" if isinstance(record, Page) else "pubmed", "", NOW)
            for identifier, record in zip(reference.identifiers, waiting, strict=False)
        )
        case = Case(reference, lib, lib.policy, NOW.date(), answers)
        findings += judge_case(case, RULE_SET).findings
        record = records[0] if answers else None
        results.append(ReferenceResult(reference, State.FOUND, answers, NOW, None, record, CheckStatus.CHECKED))
    run = Run(
        id="r",
        started=NOW,
        as_of=NOW.date(),
        mode=Mode.OFFLINE,
        actor="a",
        tool_version="0",
        inputs=(),
        policies={},
        finished=NOW,
    )
    report = Report(run, tuple(results), tuple(findings), (), (), Exit.CLEAN)
    return list(fixes(lib, report, fill=fill))


def fields(made: Iterable[Fix], code: str) -> list[dict[str, object]]:
    return [dict(fix.fields) for fix in made if fix.code == code]


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("PMID: pmid:0023359310", {"PMID": "23359310"}),
        ("DOI: https://doi.org/10.1000/x_y", {"DOI": "10.1000/x_y"}),
        (
            "URL: https://www.ncbi.nlm.nih.gov/pubmed/23359310",
            {"URL": "https://pubmed.ncbi.nlm.nih.gov/23359310/"},
        ),
        ("setid: 06FF2D5A-E62B-4FA4-BBDB-01938535BC65", {"setid": "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"}),
    ],
)
def test_identifiers_get_their_own_form(written: str, better: dict[str, str]) -> None:
    made = found(f"references:\n- id: a\n  {written}\n")
    assert fields(made, "IDN002") == [better]
    assert not any(fix.needs_consent for fix in made if fix.code == "IDN002")


def moved(before: str, after: str, status: int = 301) -> list[Fix]:
    address = Identifier(IdKind.URL, before)
    page = Page(address, 200, after, (Hop(status, before, after),))
    return found(f"references:\n- id: a\n  URL: {before}\n  accessed: 2026-11-01\n", page)


def test_a_link_that_has_moved_for_good_is_followed() -> None:
    [fix] = [fix for fix in moved("https://old.example/a#part", "https://new.example/a~b") if fix.code == "LNK005"]
    assert (dict(fix.fields), fix.needs_consent) == ({"URL": r"https://new.example/a\~b#part"}, False)


def test_a_page_that_has_moved_to_a_home_page_needs_a_persons_word() -> None:
    [fix] = [fix for fix in moved("https://old.example/a", "https://new.example/") if fix.code == "LNK005"]
    assert fix.needs_consent


def test_a_temporary_redirect_is_not_followed() -> None:
    assert fields(moved("https://old.example/a", "https://new.example/b", 302), "LNK005") == []


def test_identifiers_that_the_record_names_are_added_and_escaped() -> None:
    made = found('references:\n- id: a\n  PMID: "23359310"\n', ARTICLE)
    assert fields(made, "MET007") == [{"PMCID": "PMC123", "DOI": r"10.5555/a_b<1::c>"}]


def test_an_identifier_that_an_address_carries_is_not_missing() -> None:
    text = 'references:\n- id: a\n  PMID: "23359310"\n  URL: https://doi.org/10.5555/a_b%3C1::c%3E\n'
    assert fields(found(text, ARTICLE), "MET007") == [{"PMCID": "PMC123"}]


def test_nothing_is_added_where_the_record_is_another_works() -> None:
    text = (
        'references:\n- id: a\n  PMID: "23359310"\n  title: On the breeding of herrings in cold seas\n'
        "  author: [{family: Fisher, given: A}]\n  page: 1-2\n  volume: '9'\n"
    )
    made = found(text, ARTICLE, fill=True)
    assert made == []


def test_fields_that_differ_are_taken_from_the_record_at_a_persons_word() -> None:
    text = (
        'references:\n- id: a\n  PMID: "23359310"\n  title: A synthetic trial of something in CYP2D7\n'
        "  author: [{family: Younger, given: J}, {family: Noor, given: N}]\n  volume: '65'\n  page: 529-530\n"
    )
    made = found(text, ARTICLE)
    assert fields(made, "MET001") == [{"title": r"A synthetic trial of \*something\* in CYP~2D6~"}]
    assert fields(made, "MET005") == [{"page": "529-538"}]
    assert all(fix.needs_consent for fix in made if fix.code in {"MET001", "MET005"})
    assert not any({"accessed", "cited-as"} & set(fix.fields) for fix in made)


def test_what_only_the_printed_citation_says_wrongly_is_left_to_people() -> None:
    text = (
        'references:\n- id: a\n  PMID: "23359310"\n'
        "  cited-as: Younger J, N\u00f6or N. A synthetic trial of something in CYP2D6. "
        "Arthritis Rheum. 2013;65(2):529-530.\n"
    )
    assert [fix.code for fix in found(text, ARTICLE)] == ["MET007"]


def test_missing_fields_are_filled_and_present_ones_kept() -> None:
    text = 'references:\n- id: a\n  PMID: "23359310"\n  volume: "65"\n  PMCID: PMC123\n'
    [filled] = fields(found(text, ARTICLE, fill=True), "fill")
    assert "volume" not in filled
    assert filled["author"] == [{"family": "Younger", "given": "Jarred"}, {"family": "N\u00f6or", "given": "N"}]
    assert list(filled) == ["type", "title", "author", "container-title", "issue", "page"]


def test_a_label_is_filled_without_its_version_or_day() -> None:
    setid = Identifier(IdKind.SETID, "06ff2d5a-e62b-4fa4-bbdb-01938535bc65")
    label = Label(setid, "NALTREXONE tablet", (SplVersion(3, date(2026, 1, 1)),), "Acme: labs")
    [filled] = fields(found(f"references:\n- id: a\n  setid: {setid.value}\n", label, fill=True), "fill")
    assert filled == {
        "type": "webpage",
        "title": "NALTREXONE tablet",
        "container-title": "DailyMed",
        "publisher": "Acme: labs",
    }


def test_of_two_fixes_for_one_field_the_first_counts() -> None:
    one, two = (Fix(code, "a", 0, {"PMID": code}, "why") for code in ("IDN002", "IDN005"))
    assert changes_of([one, two]) == [SetFields(0, {"PMID": "IDN002"})]


PRINTED = (
    "Younger J, et al.\u201cA synthetic trial of *something* in CYP2D6.\u201dArthritis Rheum. 2013; 65 (2): 529-38."
)


def test_forms_of_one_citation_are_fixed_together_and_only_at_a_persons_word() -> None:
    made = list(found(f"references:\n- {{id: a, PMID: '23359310', cited-as: '{PRINTED}'}}\n", ARTICLE))
    forms = [fix for fix in made if fix.code.startswith("STY")]
    assert {fix.code for fix in forms} == {"STY002", "STY003", "STY004"}
    assert all(fix.needs_consent for fix in forms)
    [change] = changes_of(forms)
    assert isinstance(change, Respell)
    text = apply_edits(change.text, [Edit(*part) for part in change.parts])
    assert text == (
        "Younger J, N\u00f6or N. A synthetic trial of *something* in CYP2D6. Arthritis Rheum. 2013;65(2):529-38."
    )


def test_of_two_forms_for_the_same_characters_the_first_counts() -> None:
    one = Fix("STY001", "a", 0, {}, "why", True, (Respelling(2, 5, "x"),), "abcdefgh")
    other = Fix("STY002", "a", 0, {}, "why", True, (Respelling(4, 7, "y"), Respelling(0, 1, "z")), "abcdefgh")
    beside = Fix("STY003", "a", 0, {}, "why", True, (Respelling(5, 5, "!"),), "abcdefgh")
    assert changes_of([one, other, beside]) == [Respell(0, "cited-as", "abcdefgh", [(2, 5, "x"), (5, 5, "!")])]


def test_a_form_that_the_entry_ignores_is_left() -> None:
    text = f"references:\n- {{id: a, PMID: '23359310', cited-as: '{PRINTED}', ignore: {{STY003: theirs}}}}\n"
    assert "STY003" not in {fix.code for fix in found(text, ARTICLE)}
