from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from evidence.model.errors import Place
from evidence.model.policy import Policy, Severity
from evidence.model.report import Exit, Input, Mode, Report
from evidence.reports.document import render_json, report_document
from evidence.reports.layout import Sheet, TextSpan, display_width
from evidence.reports.text import TextOptions, render_summary, render_text
from factories import PATH, clean_report, finding_at, golden, sample_report

GOLDEN = Path(__file__).parent / "golden"
COLOUR = re.compile("\x1b\\[[0-9;]*m")


def text(report: Report, *, width: int = 80, color: bool = False, verbose: int = 0, quiet: bool = False) -> str:
    return render_text(report_document(report), TextOptions(width, color, verbose, quiet))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_report_looks_as_agreed(width: int) -> None:
    printed = text(sample_report(), width=width)
    assert printed == golden(GOLDEN / f"report-{width}.txt", printed)


def test_the_full_report_looks_as_agreed() -> None:
    printed = text(sample_report(Mode.STAND_IN, date(2026, 9, 1)), verbose=1)
    assert printed == golden(GOLDEN / "report-verbose.txt", printed)


def test_colours_are_as_agreed() -> None:
    spelled = text(sample_report(), color=True).replace("\x1b", "ESC")
    assert spelled == golden(GOLDEN / "report-80-colour.txt", spelled)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_colours_change_nothing_but_colour(width: int) -> None:
    assert COLOUR.sub("", text(sample_report(), width=width, color=True)) == text(sample_report(), width=width)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_asked_but_for_words_that_cannot_be_broken(width: int) -> None:
    for line in text(sample_report(), width=width, verbose=1).splitlines():
        assert display_width(line) <= width or len(line.split()) <= 2


@pytest.mark.parametrize("color", [False, True])
def test_no_control_character_comes_from_outside(color: bool) -> None:
    output = COLOUR.sub("", text(sample_report(), color=color, verbose=1))
    assert all(char.isprintable() or char == "\n" for char in output)
    assert "A study \\x1b]0;owned\\x07with \\u202ea title\\u202c that is hostile" in output


def test_a_stored_report_gives_the_same_bytes_again() -> None:
    report = sample_report(Mode.OFFLINE)
    stored = json.loads(render_json(report_document(report)))
    for options in (TextOptions(), TextOptions(color=True, verbose=1), TextOptions(60, quiet=True, unicode=False)):
        assert render_text(stored, options) == render_text(report_document(report), options)


def test_a_report_recorded_earlier_keeps_its_messages_under_the_headings_of_today() -> None:
    stored = json.loads(render_json(report_document(sample_report())))
    stored["findings"][0]["message"] = "accessed 2025-08 names no day"
    lines = render_text(stored, TextOptions()).splitlines()
    assert any(line.strip() == "accessed 2025-08 names no day" for line in lines)
    assert "Failed: 2 errors (--fail-on error)" in lines


def test_the_summary_counts_everything() -> None:
    lines = text(sample_report()).splitlines()
    assert lines[-6:] == [
        "1 RETRACTED: retracted-2020",
        "",
        "Failed: 2 errors (--fail-on error)",
        "Also incomplete: 1 look-up failed (`evidence doctor` tests the network)",
        "8 references: 6 checked, 1 not checked, 1 cannot be checked; 2 errors, 4",
        "warnings, 4 infos",
    ]


def test_a_clean_run_says_that_all_was_checked() -> None:
    output = text(clean_report())
    assert "ok       1 reference without findings: passed" in output
    assert output.endswith("1 reference: all checked; 0 errors, 0 warnings, 0 infos\n")


def test_exit_1_names_what_failed_the_run_by_the_policy_in_force() -> None:
    report = sample_report()
    strict = replace(report, run=replace(report.run, policies={PATH: Policy(fail_on=Severity.WARNING)}), unchecked=())
    assert "\nFailed: 2 errors, 4 warnings (--fail-on warning)\n" in text(strict)


def test_an_incomplete_run_is_loud_even_when_quiet() -> None:
    silent = replace(sample_report(), findings=(), exit=Exit.INCOMPLETE)
    output = text(silent, quiet=True)
    assert "NOT CHECKED" in output
    assert "crossref no answer within 75 s" in output
    assert "\nIncomplete: 1 look-up failed (`evidence doctor` tests the network)\n8 references: 6 checked" in output


def test_an_incomplete_run_that_is_let_pass_says_so() -> None:
    passed = replace(sample_report(), findings=(), exit=Exit.CLEAN)
    assert "Incomplete: 1 look-up failed (allowed by --on-incomplete warn)\n" in text(passed)


def test_a_file_without_references_was_not_checked() -> None:
    empty = replace(clean_report(), references=(), exit=Exit.INCOMPLETE)
    output = text(empty)
    assert output.endswith("0 references: nothing checked; 0 errors, 0 warnings, 0 infos\n")
    assert "\nIncomplete: no references found\n" in output


def test_what_was_not_checked_is_never_among_what_passed() -> None:
    for mode in Mode:
        [ok] = [line for line in text(sample_report(mode), width=200).splitlines() if line.startswith("   ok ")]
        assert ok.endswith("1 reference without findings: passed")


def test_a_retracted_article_is_marked_wherever_it_is_shown() -> None:
    report = sample_report()
    assert "   article pmid:34000001 · RETRACTED, found, verified 2026-11-23 08:35 UTC" in text(report)
    discussed = replace(report, references=report.references[1:2], findings=(), unchecked=(), exit=Exit.CLEAN)
    assert "   found    1 reference without errors or warnings: retracted-2020 (RETRACTED)\n" in text(discussed)


@pytest.mark.parametrize("quiet", [False, True])
def test_the_demo_server_is_named_in_every_report(quiet: bool) -> None:
    output = text(clean_report(Mode.STAND_IN), quiet=quiet, width=120)
    assert "Checked against the demo server, not the real services" in output
    assert "infos (against the demo server)" in output


def test_an_as_of_date_that_is_not_today_is_reported() -> None:
    assert "Checked as of 2026-09-01; the run itself was on 2026-11-23." in text(sample_report(as_of=date(2026, 9, 1)))
    assert "Judged as of" not in text(sample_report())


def test_offline_and_locked_runs_say_that_no_service_was_asked() -> None:
    assert "nothing was looked up" in text(sample_report(Mode.OFFLINE))
    assert "nothing was looked up" in text(sample_report(Mode.LOCKED))


def test_a_narrowed_selection_is_reported() -> None:
    report = sample_report()
    narrowed = replace(report, run=replace(report.run, select=("ACC", "RET001"), ignore=("STY",)))
    output = text(narrowed, quiet=True)
    assert "Only these rules are shown (--select): ACC, RET001." in output
    assert "These rules are not shown (--ignore): STY." in output


def test_infos_of_one_rule_share_a_line() -> None:
    lines = text(sample_report(), width=120).splitlines()
    assert "   info     ACC004 imprecise-accessed-date · 2 times · charity, label" in lines
    assert sum("ACC004" in line for line in lines) == 1


def test_many_references_are_counted_and_ten_named() -> None:
    report = clean_report()
    [passed] = report.references
    many = tuple(replace(passed, reference=replace(passed.reference, id=f"ref-{n}")) for n in range(1, 31))
    output = text(replace(report, references=many), width=200)
    assert "30 references without findings: ref-1, " in output
    assert "ref-10 and 20 more\n" in output


def test_findings_of_a_repeated_id_are_at_the_entry_that_has_them() -> None:
    report = clean_report()
    [first] = report.references
    second = replace(first, reference=replace(first.reference, place=replace(first.reference.place, line=90)))
    twice = finding_at("REF001", "duplicate-id", Severity.ERROR, ("passed", 90), "the id stands twice")
    output = text(replace(report, references=(first, second), findings=(twice,), exit=Exit.FINDINGS))
    assert f"{PATH}:90:5\n" in output
    assert f"{PATH}:68:5\n" not in output


def test_several_files_are_distinguished() -> None:
    report = sample_report()
    inputs = (*report.run.inputs, Input("other.yaml", "0" * 64))
    policies = {PATH: Policy(), "other.yaml": Policy(fail_on=Severity.WARNING)}
    output = text(replace(report, run=replace(report.run, inputs=inputs, policies=policies)), width=200)
    assert "policy of other.yaml: " in output
    assert f"2 times · {PATH}:charity, {PATH}:label" in output
    assert f"1 reference: {PATH}:by-doi" in output


def test_many_files_are_counted_in_the_header() -> None:
    report = clean_report()
    inputs = tuple(Input(f"monograph-{n}.yaml", "0" * 64) for n in range(12))
    many = replace(report, run=replace(report.run, inputs=inputs))
    assert "12 files (-v lists them with their SHA-256)" in text(many)
    assert "monograph-11.yaml" in text(many, verbose=1)


def test_a_terminal_without_unicode_gets_ascii() -> None:
    plain = render_text(report_document(sample_report()), TextOptions(width=80, verbose=1, unicode=False))
    assert plain.isascii()
    assert "449 to 479 days old" in plain


def test_a_long_place_moves_below_its_title() -> None:
    sheet = Sheet(width=40, color=False, unicode=True)
    sheet.rule("an-entry", "a/very/long/path/to/references.yaml:12:5")
    first, second = sheet.text().splitlines()
    assert first.startswith("── an-entry ─")
    assert display_width(first) == 40
    assert second == "   a/very/long/path/to/references.yaml:12:5"


def test_an_address_longer_than_the_line_is_not_broken() -> None:
    address = "https://example.org/" + "a" * 60
    sheet = Sheet(width=40, color=False, unicode=True)
    sheet.add(TextSpan(f"see {address} there"), indent=4)
    assert sheet.text() == f"    see\n    {address}\n    there\n"


def test_east_asian_text_breaks_between_characters_and_counts_two_columns() -> None:
    sheet = Sheet(width=10, color=False, unicode=True)
    sheet.add(TextSpan("\u8594\u75ab\u7642\u6cd5\u7814\u7a76"))
    assert sheet.text() == "\u8594\u75ab\u7642\u6cd5\u7814\n\u7a76\n"
    assert display_width("\u8594e\u0301") == 3


def test_a_clipped_line_fits_and_says_that_it_was_cut() -> None:
    sheet = Sheet(width=12, color=False, unicode=True)
    sheet.clipped(TextSpan("\u8594\u75ab\u7642\u6cd5\u7814\u7a76\u75ab"), indent=2)
    assert sheet.text() == "  \u8594\u75ab\u7642\u6cd5\u2026\n"


def twelve_monographs() -> Report:
    """Twelve files, 54 wrong records in all and two retracted articles, in the third and the ninth file."""
    report = clean_report()
    [passed] = report.references
    paths = [f"monograph-{number:02}.yaml" for number in range(1, 13)]
    wrong = [("MET006", "wrong-record", f"ref-{number}", paths[number % 12]) for number in range(54)]
    retracted = [("RET001", "retracted-publication", f"void-{number}", paths[number]) for number in (2, 8)]
    findings = tuple(
        replace(finding_at(code, name, Severity.ERROR, (reference, 5), "m"), place=Place(path, 5, 5))
        for code, name, reference, path in (*wrong, *retracted)
    )
    references = tuple(
        replace(passed, reference=replace(passed.reference, id=reference, place=Place(path, 5, 5)))
        for _, _, reference, path in (*wrong, *retracted)
    )
    inputs = tuple(Input(path, "0" * 64) for path in paths)
    run = replace(report.run, inputs=inputs, policies=dict.fromkeys(paths, Policy()))
    return replace(report, run=run, references=references, findings=findings, exit=Exit.FINDINGS)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_end_of_a_long_report_names_every_retracted_article_and_its_file(width: int) -> None:
    end = " ".join(text(twelve_monographs(), width=width).splitlines()[-15:])
    for said in ("2 RETRACTED:", "void-2 (monograph-03.yaml)", "void-8 (monograph-09.yaml)", "Failed: 56 errors"):
        assert said in end


def test_many_findings_are_counted_by_rule() -> None:
    lines = text(twelve_monographs()).splitlines()
    assert any(line.startswith("   error    54 \N{MULTIPLICATION SIGN} MET006 wrong-record: ") for line in lines[-15:])
    assert "MET006 wrong-record:" not in text(sample_report())


def test_the_last_line_adds_up() -> None:
    assert text(twelve_monographs()).endswith("56 references: all checked; 56 errors, 0 warnings, 0 infos\n")


def test_the_summary_is_the_end_of_the_report_after_a_line_on_the_run() -> None:
    document = report_document(twelve_monographs())
    first, *rest = render_summary(document, TextOptions()).splitlines()
    assert first == text(twelve_monographs()).splitlines()[0]
    assert text(twelve_monographs()).splitlines()[-len(rest) :] == rest
