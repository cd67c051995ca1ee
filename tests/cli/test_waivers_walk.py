"""Waivers, walked through with the real command against the stand-in, over days."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import PageFacts
from evidence.model.records import NoticeLink
from processes import Command, codes_in

SETID = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
LABEL = f"- id: label\n  setid: {SETID}\n  accessed: 2025-08-20   # read at the desk\n"
PAPER = '- id: younger\n  PMID: "23359310"\n  title: Low-dose naltrexone for the treatment of fibromyalgia\n'
FILE = f"# ours\nreferences:\n{PAPER}{LABEL}# the end\n"
BY = ("--requested-by", "Dana Reyes", "--approved-by", "Kim Ode", "--reason", "only the package changed")
AS = ("--category", "accepted-risk", *BY)


def check(evidence: Command, day: str, *more: str) -> tuple[int, dict[str, Any]]:
    done = evidence("check", "--as-of", day, "--fail-on", "warning", "--format", "json", *more)
    return done.returncode, json.loads(done.stdout)


def waive(evidence: Command, *words: str, day: str = "2026-11-23", until: str = "60d") -> Any:
    return evidence("waive", *AS, "--until", until, "--as-of", day, *words)


def waived(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["reference"], one["code"]) for one in report["waived"]]


def text(evidence: Command, name: str = "references.yaml") -> str:
    return (evidence.folder / name).read_text("utf-8")


@pytest.fixture
def settled(evidence: Command) -> Command:
    """A label whose changed version is waived, checked on 23 November."""
    evidence.write("references:\n" + LABEL + "# the end\n")
    check(evidence, "2026-11-23")
    assert waive(evidence, "SPL002", "label").returncode == 0
    waive(evidence, "ACC001", "label")
    return evidence


def test_a_waived_finding_is_in_the_report_and_fails_no_run(evidence: Command) -> None:
    evidence.write(FILE)
    status, report = check(evidence, "2026-11-23")
    assert status == 1
    assert ("label", "SPL002") in codes_in(report)
    done = waive(evidence, "SPL002", "label")
    assert (done.returncode, done.stdout) == (0, "")
    assert "label: SPL002 label-changed-since-accessed waived until 2027-01-22" in done.stderr
    status, report = check(evidence, "2026-11-23")
    assert waived(report) == [("label", "SPL002")]
    assert ("label", "SPL002") not in codes_in(report)
    assert (report["changes"]["resolved"], len(report["changes"]["waived"])) == ([], 1)
    assert text(evidence).startswith(FILE.removesuffix("# the end\n"))
    assert text(evidence).endswith("# the end\n")


def test_a_dry_run_shows_what_would_be_written_and_writes_nothing(evidence: Command) -> None:
    evidence.write(FILE)
    check(evidence, "2026-11-23")
    output = waive(evidence, "SPL002", "label", "--dry-run")
    assert "+- code: SPL002\n" in output.stdout
    assert text(evidence) == FILE


def test_a_waiver_of_a_changed_label_is_void_the_moment_the_next_version_is_published(
    settled: Command, server: DemoServer
) -> None:
    assert check(settled, "2026-11-24")[0] == 0
    server.world = server.world.with_label_version(SETID, 99, date(2026, 11, 25))
    status, report = check(settled, "2026-11-25")
    assert status == 1
    assert codes_in(report) == [("label", "SPL002"), ("label", "WVR002")]
    assert waived(report) == [("label", "ACC001")]
    [void] = [one for one in report["findings"] if one["code"] == "WVR002"]
    assert "evidence: {finding:" in text(settled).splitlines()[void["line"] - 1]
    assert text(settled).splitlines()[void["line"] - 1][void["column"] - 1] == "{"
    listed = settled("waivers", "--as-of", "2026-11-25", "--json")
    assert [(one["code"], one["standing"]) for one in json.loads(listed.stdout)["waivers"]] == [
        ("SPL002", "void"),
        ("ACC001", "in-force"),
    ]


def test_waiving_again_renews_the_waiver_where_it_is(settled: Command, server: DemoServer) -> None:
    server.world = server.world.with_label_version(SETID, 99, date(2026, 11, 25))
    check(settled, "2026-11-25")
    before = text(settled)
    done = waive(settled, "SPL002", "label", day="2026-11-25")
    assert "waived again until 2027-01-24" in done.stderr
    changed = [one for one, two in zip(text(settled).splitlines(), before.splitlines(), strict=True) if one != two]
    assert [line.split(":")[0].strip() for line in changed] == ["since", "until", "evidence"]
    assert check(settled, "2026-11-26")[0] == 0


def test_a_waiver_survives_reordering_moved_lines_and_unrelated_edits(settled: Command) -> None:
    head, first, second = text(settled).removesuffix("# the end\n").split("- code: ")
    assert head.endswith("waivers:\n")
    settled.write(
        f"# moved\n\nwaivers:\n# the other one first\n- code: {second}\n- code: {first}\n"
        f"policy: {{lock-limit: 7 d}}\nreferences:\n{PAPER}\n"
        f"- accessed: 2025-08-20\n  owner: Kim\n  title: A label\n  setid: {SETID}\n  id: label\n"
    )
    _, report = check(settled, "2026-11-24")
    assert sorted(waived(report)) == [("label", "ACC001"), ("label", "SPL002")]
    assert [code for _, code in codes_in(report) if code.startswith("WVR")] == []


@pytest.mark.parametrize("fault", ["503", "wrong-content"])
def test_an_outage_neither_voids_a_waiver_nor_calls_it_unused_nor_lets_the_run_pass(
    settled: Command, server: DemoServer, fault: str
) -> None:
    server.faults.add("dailymed", fault)
    status, report = check(settled, "2026-11-25")
    assert (status, codes_in(report)) == (3, [])
    assert waived(report) == [("label", "ACC001")]
    server.faults.clear()
    assert check(settled, "2026-11-26")[0] == 0


def test_a_notice_at_one_source_is_still_waived_while_the_other_is_down_and_void_once_there_is_another(
    evidence: Command, server: DemoServer
) -> None:
    def set_notices(*links: NoticeLink) -> None:
        paper = server.world.articles["23359310"]
        server.world = server.world.with_article(replace(paper, notices=links))

    concern = NoticeLink("ExpressionOfConcernIn", "J Synthetic. 2026", "39999999")
    set_notices(concern)
    evidence.write('references:\n- {id: younger, PMID: "23359310", DOI: 10.1002/art.37734}\n')
    check(evidence, "2026-11-23")
    waive(evidence, "RET003", "younger")
    waive(evidence, "RET007", "younger")
    assert {"pubmed", "crossref"} <= set(re.findall(r"(pubmed|crossref): [0-9a-f]{32}", text(evidence)))
    server.faults.add("crossref", "503")
    _, report = check(evidence, "2026-11-24")
    assert ("younger", "RET003") in waived(report)
    assert [code for _, code in codes_in(report)] == []
    server.faults.clear()
    set_notices(concern, NoticeLink("ErratumIn", "J Synthetic. 2026", "39999998"))
    _, report = check(evidence, "2026-11-25")
    found = [code for _, code in codes_in(report)]
    assert {"RET003", "RET006", "WVR002"} <= set(found)
    assert ("younger", "RET003") not in waived(report)


def test_a_waiver_ends_on_its_last_day_and_is_due_before(settled: Command) -> None:
    check(settled, "2027-01-10")
    due = json.loads(settled("due", "--as-of", "2027-01-10", "--format", "json").stdout)["due"]
    [waiver] = [one for one in due if one["kind"] == "waiver"]
    assert (waiver["reference"], waiver["on"], waiver["owner"]) == ("label", "2027-01-22", "Dana Reyes")
    assert waiver["message"] == "2 waivers of SPL002, ACC001 (approved by Kim Ode) expire, the first on 2027-01-22"
    _, report = check(settled, "2027-01-22")
    assert codes_in(report) == []
    assert ("waiver", "2027-01-22") in [(one["kind"], one["on"]) for one in report["due"]]
    status, report = check(settled, "2027-01-23")
    assert status == 1
    assert [code for _, code in codes_in(report)] == ["ACC001", "SPL002", "WVR001", "WVR001"]
    assert report["changes"]["news"] == []  # the findings are back, but nothing has happened


def test_a_retraction_cannot_be_waived_and_its_heading_stays(evidence: Command, server: DemoServer) -> None:
    notice = NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999")
    server.world = server.world.with_retraction("23359310", notice)
    evidence.write("references:\n" + PAPER)
    check(evidence, "2026-11-23")
    done = waive(evidence, "RET001", "younger", until="10d")
    assert done.returncode == 2
    assert "RET001 cannot be waived for any reason" in done.stderr
    assert text(evidence) == "references:\n" + PAPER
    evidence.write("references:\n" + PAPER + "  role: discusses-retraction\n")
    check(evidence, "2026-11-23")
    assert waive(evidence, "RET001", "younger", until="10d").returncode == 0
    evidence("check", "--as-of", "2026-11-23", "--format", "text=told.txt", "--format", "json=told.json")
    report = json.loads(text(evidence, "told.json"))
    assert ("younger", "RET001") in waived(report)
    assert report["references"][0]["retracted"] is True
    assert "RETRACTED" in text(evidence, "told.txt")


def test_locked_and_online_runs_judge_waivers_alike(settled: Command, server: DemoServer) -> None:
    def both(day: str) -> None:
        _, online = check(settled, day, "--update-lock")
        status, locked = check(settled, day, "--locked")
        assert (codes_in(locked), waived(locked)) == (codes_in(online), waived(online))
        assert status == online["summary"]["exit_code"]

    both("2026-11-24")
    server.world = server.world.with_label_version(SETID, 99, date(2026, 11, 25))
    _, before = check(settled, "2026-11-25", "--locked")
    assert waived(before) == [("label", "SPL002"), ("label", "ACC001")]  # the lock has not heard of it
    both("2026-11-25")
    assert ("label", "WVR002") in codes_in(check(settled, "2026-11-25", "--locked")[1])


def test_a_selection_leaves_waivers_of_other_rules_in_peace(settled: Command) -> None:
    status, report = check(settled, "2026-11-24", "--select", "ACC")
    assert (status, codes_in(report), waived(report)) == (0, [], [("label", "ACC001")])
    _, report = check(settled, "2026-11-24", "--ignore", "ACC001")
    assert waived(report) == [("label", "SPL002")]


def test_the_policy_weighs_findings_about_waivers_like_others(settled: Command) -> None:
    settled.write(text(settled) + "policy: {severity: {WVR001: info}}\n")
    _, report = check(settled, "2027-01-23")
    assert {one["severity"] for one in report["findings"] if one["code"] == "WVR001"} == {"info"}


def test_waivers_may_be_in_a_file_beside(evidence: Command) -> None:
    evidence.write(FILE)
    check(evidence, "2026-11-23")
    assert waive(evidence, "SPL002", "label", "--file", "waivers.yaml").returncode == 0
    assert text(evidence) == FILE
    assert text(evidence, "waivers.yaml").startswith("waivers:\n  - code: SPL002\n")
    refused = waive(evidence, "ACC001", "label", "--file", "notes.yaml")
    assert (refused.returncode, "waivers are not read from notes.yaml" in refused.stderr) == (2, True)
    waive(evidence, "ACC001", "label")  # where waivers are already
    before = text(evidence, "waivers.yaml")
    refused = waive(evidence, "ACC001", "label", "--file", "references.yaml", until="30d")  # a waiver stays in its file
    assert refused.returncode == 2
    assert (
        "the waiver of ACC001 is in waivers.yaml, so it is renewed there and not in references.yaml (omit --file)"
        in refused.stderr
    )
    assert (text(evidence), text(evidence, "waivers.yaml")) == (FILE, before)
    assert waive(evidence, "ACC001", "label", "--file", "waivers.yaml").returncode == 0
    status, report = check(evidence, "2027-01-23")
    assert status == 1
    assert [one["path"] for one in report["findings"] if one["code"] == "WVR001"] == ["waivers.yaml"] * 2
    assert [(one["path"], one.get("of")) for one in report["run"]["inputs"]] == [
        ("references.yaml", None),
        ("waivers.yaml", "references.yaml"),
    ]
    assert report["changes"] is not None  # still the same library as before the file came
    html = evidence("check", "--as-of", "2027-01-23", "--format", "html").stdout
    assert html.count('class="monograph"') == 1
    assert evidence("check", "--as-of", "2027-01-23", "-o", "waivers.yaml").returncode == 2  # never overwritten


@pytest.mark.parametrize(
    ("words", "set_notices"),
    [
        (("SPL003", "label"), "SPL003 has no finding for label (there is nothing to waive)"),
        (("SPL002", "labl"), "no reference has the id labl (known ids: younger, label)"),
        (("SPL009", "label"), "unknown rule SPL009"),
        (
            ("SPL002", "label", "--until", "91d"),
            "can be waived for at most 90 days (use --until 2027-02-21 or earlier)",
        ),
        (("SPL002", "label", "--until", "2026-11-22"), "--until 2026-11-22 is before 2026-11-23"),
        (("SPL002", "label", "--approved-by", "dana reyes"), "dana reyes cannot approve a request by Dana Reyes"),
        (("SPL002", "label", "--reason", " "), "--reason must not be empty"),
        (("SPL002", "label", "--file", "notes.yaml"), "waivers are not read from notes.yaml"),
    ],
)
def test_what_cannot_be_waived_is_refused_in_one_line_and_nothing_is_written(
    evidence: Command, words: tuple[str, ...], set_notices: str
) -> None:
    evidence.write(FILE)
    check(evidence, "2026-11-23")
    done = evidence("waive", *AS, "--until", "60d", "--as-of", "2026-11-23", *words)
    assert done.returncode == 2
    assert set_notices in done.stderr
    assert text(evidence) == FILE


def test_who_approves_their_own_waiver_says_so_and_it_is_noted(evidence: Command) -> None:
    evidence.write(FILE)
    check(evidence, "2026-11-23")
    assert waive(evidence, "SPL002", "label", "--approved-by", "Dana Reyes", "--self-approved").returncode == 0
    _, report = check(evidence, "2026-11-23")
    assert ("label", "WVR004") in codes_in(report)
    evidence.write("policy: {self-approval: allowed}\n" + FILE)
    assert waive(evidence, "ACC001", "label", "--approved-by", "Dana Reyes").returncode == 0
    assert [code for _, code in codes_in(check(evidence, "2026-11-23")[1])].count("WVR004") == 1


def test_of_several_findings_one_is_named_or_all_are_waived(evidence: Command) -> None:
    evidence.write('references:\n- {id: a, PMID: "23359310", odd: x, also-odd: y}\n')
    check(evidence, "2026-11-23")
    done = waive(evidence, "REF002", "a", until="30d")
    assert "REF002 has 2 findings for a (use --all, or --finding with one of: " in done.stderr
    name = re.findall(r"([0-9a-f]{8}) \(unknown field odd", done.stderr)[0]
    assert waive(evidence, "unknown-field", "a", "--finding", name, until="30d").returncode == 0
    _, report = check(evidence, "2026-11-23")
    assert [one["message"] for one in report["findings"] if one["code"] == "REF002"] == ["unknown field also-odd"]
    done = waive(evidence, "REF002", "a", "--all", until="30d")
    set_notices = [line.split(" until")[0] for line in done.stderr.splitlines() if line.startswith("a:")]
    assert sorted(set_notices) == ["a: REF002 unknown-field waived", "a: REF002 unknown-field waived again"]
    assert len(waived(check(evidence, "2026-11-23")[1])) == 2


def test_what_is_found_of_the_entire_file_is_waived_by_a_dash(evidence: Command) -> None:
    evidence.write("refs: x\n" + FILE)
    check(evidence, "2026-11-23")
    assert waive(evidence, "REF002", "-", until="30d").returncode == 0
    assert (None, "REF002") in waived(check(evidence, "2026-11-23")[1])


def test_a_stale_look_is_reported(settled: Command) -> None:
    done = waive(settled, "ACC001", "label", day="2026-11-30")
    assert done.returncode == 0
    assert (
        "based on look-ups from 2026-11-23, 7 days ago; for current results run `evidence check` first" in done.stderr
    )


def test_without_a_store_only_what_needs_no_look_up_can_be_waived(evidence: Command) -> None:
    evidence.write(FILE)
    done = waive(evidence, "SPL002", "label")
    assert done.returncode == 2
    assert "no store at evidence.db" in done.stderr
    assert "run `evidence check` first: not all look-ups for it succeeded" in done.stderr
    assert waive(evidence, "ACC001", "label").returncode == 0


def test_fix_leaves_alone_what_is_waived(evidence: Command) -> None:
    evidence.write("references:\n" + PAPER)
    check(evidence, "2026-11-23")
    assert evidence("fix").returncode == 1  # the DOI is missing
    waive(evidence, "MET007", "younger")
    assert evidence("fix").returncode == 0
    assert "nothing to fix" in evidence("fix").stderr


def test_format_keeps_waivers_in_order_in_both_files(evidence: Command) -> None:
    evidence.write("references:\n- id: a\n")
    evidence.write("waivers:\n- {until: 2026-12-23, code: ACC001}   # mine\n", "waivers.yaml")
    assert evidence("format", "--check").returncode == 1
    assert evidence("format").returncode == 0
    assert text(evidence, "waivers.yaml") == "waivers:\n- {code: ACC001, until: 2026-12-23}   # mine\n"
    assert evidence("format", "--check").returncode == 0


INHERITED = """\
references:
- id: younger
  PMID: "23359310"
  title: A title that nobody printed
- {{id: nobody, PMID: "99999999"}}
- {{id: gone, setid: 00000000-0000-0000-0000-000000000000, accessed: 2026-11-01}}
- {{id: dead, URL: "{pages}/dead", accessed: 2026-11-01}}
- {{id: silent, URL: "{pages}/silent", accessed: 2026-11-01}}
- {{id: wall, URL: "{pages}/wall", accessed: 2026-11-01}}
- {{id: fine, URL: "{pages}/fine", accessed: 2026-11-01}}
- {{id: undated, URL: "{pages}/fine?2"}}
"""


INFOS = [("younger", "MET007"), ("wall", "LNK004")]


@pytest.fixture
def inherited(evidence: Command, server: DemoServer) -> Command:
    """A file with every sort of defect, also dead, silent and refusing pages, checked once."""
    evidence.env["EVIDENCE_ALLOW_PRIVATE"] = "1"
    world = server.world.without_page("/dead")
    for path, facts in {
        "/silent": PageFacts(status=404, head_status=200),  # a page that contradicts itself is not judged dead
        "/wall": PageFacts(status=403),
        "/fine": PageFacts(body="<title>Fine</title><p>all well</p>"),
        "/fine?2": PageFacts(body="<title>Fine</title><p>all well</p>"),
    }.items():
        world = world.with_page(path, facts)
    server.world = world
    evidence.write(INHERITED.format(pages=server.pages_url))
    assert evidence("check", "--as-of", "2026-11-23").returncode == 1
    return evidence


def test_a_baseline_lets_an_inherited_monograph_pass_the_gate_at_once(inherited: Command) -> None:
    _, before = check(inherited, "2026-11-23")
    done = inherited("baseline", "--approved-by", "Kim Ode", "--as-of", "2026-11-23")
    assert done.returncode == 0
    failing = [finding for finding in before["findings"] if finding["severity"] != "info"]
    assert f"references.yaml: {len(failing)} findings waived until 2027-02-21" in done.stderr
    status, report = check(inherited, "2026-11-23")
    assert (status, codes_in(report)) == (0, INFOS)
    assert sorted([*waived(report), *INFOS]) == sorted(codes_in(before))
    assert {"LNK001", "LNK002", "IDN003", "SPL001", "MET001", "ACC002"} <= {code for _, code in waived(report)}
    assert {one["waiver"]["category"] for one in report["waived"]} == {"pending-fix"}


def test_a_baseline_skips_what_nobody_can_accept_and_says_so(inherited: Command, server: DemoServer) -> None:
    notice = NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999")
    server.world = server.world.with_retraction("23359310", notice)
    check(inherited, "2026-11-24")
    done = inherited("baseline", "--approved-by", "Kim Ode", "--as-of", "2026-11-24")
    assert done.returncode == 1
    assert "references.yaml: not waivable, to be corrected first: RET001 younger\n" in done.stderr
    status, report = check(inherited, "2026-11-24")
    assert (status, codes_in(report)) == (1, [INFOS[0], ("younger", "RET001"), INFOS[1]])


def test_a_baseline_hides_no_info_from_those_who_fail_on_infos(inherited: Command) -> None:
    done = inherited("baseline", "--approved-by", "Kim Ode", "--as-of", "2026-11-23")
    left = (
        "2 infos left as found (LNK004 1, MET007 1); a baseline waives infos only where `policy: fail-on: info` is set"
    )
    assert f"references.yaml: {left}\n" in done.stderr
    failed = inherited("check", "--as-of", "2026-11-23", "--fail-on", "info", "--format", "json")
    assert (failed.returncode, codes_in(json.loads(failed.stdout))) == (1, INFOS)


def test_a_baseline_waives_infos_where_the_file_says_that_they_fail(inherited: Command) -> None:
    inherited.write(text(inherited) + "policy: {fail-on: info}\n")
    done = inherited("baseline", "--approved-by", "Kim Ode", "--as-of", "2026-11-23")
    assert "left as found" not in done.stderr
    assert inherited("check", "--as-of", "2026-11-23").returncode == 0


def test_a_baseline_is_given_once_and_does_not_waive_what_is_new(inherited: Command) -> None:
    inherited("baseline", "--approved-by", "Kim Ode", "--as-of", "2026-11-23")
    inherited.write(text(inherited).replace("id: nobody,", "id: nobody, odd: field,"))
    whole = text(inherited)
    for day in ("2026-11-23", "2026-12-24"):
        done = inherited("baseline", "--approved-by", "Kim Ode", "--as-of", day)
        assert done.returncode == 2
        said = "references.yaml: already has a baseline, from 2026-11-23; add --again to waive the new findings as well"
        assert said in done.stderr
        assert text(inherited) == whole
    assert ("nobody", "REF002") in codes_in(check(inherited, "2026-11-23")[1])
    done = inherited("baseline", "--again", "--approved-by", "Kim Ode", "--as-of", "2026-11-23")
    assert (done.returncode, "1 finding waived" in done.stderr) == (0, True)
    assert check(inherited, "2026-11-23")[0] == 0


def test_a_baseline_of_what_was_never_looked_up_is_refused_and_nothing_is_written(inherited: Command) -> None:
    whole = text(inherited)
    added = [f'- {{id: added-{number}, PMID: "2335930{number}"}}\n' for number in range(6)]
    inherited.write(whole + "".join(added))
    inherited.write("references:\n- {id: book, type: book, title: Synthetic drugs}\n", "b.references.yaml")
    for options in ((), ("--dry-run",)):
        done = inherited("baseline", *options, "--approved-by", "Kim Ode", "b.references.yaml", "references.yaml")
        assert (done.returncode, done.stdout) == (2, "")
        names = "added-0, added-1, added-2, added-3, added-4 … (6)"
        assert (
            f"references.yaml: 6 references were never looked up: {names} (run `evidence check` first)" in done.stderr
        )
    assert text(inherited) == whole + "".join(added)
    assert "waivers" not in text(inherited, "b.references.yaml")
    inherited.write(whole)
    (inherited.folder / "evidence.db").unlink()
    assert inherited("baseline", "--approved-by", "Kim Ode").returncode == 2
    assert text(inherited) == whole


def test_what_a_baseline_cannot_waive_is_listed_by_rule(evidence: Command, server: DemoServer) -> None:
    notice = NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999")
    server.world = server.world.with_retraction("23359310", notice)
    evidence.write("references:\n" + "".join(f'- {{id: r{n}, PMID: "23359310"}}\n' for n in range(1, 8)))
    check(evidence, "2026-11-23")
    done = evidence("baseline", "--approved-by", "Kim Ode", "--as-of", "2026-11-23")
    assert done.returncode == 1
    assert "not waivable, to be corrected first: RET001 r1, r2, r3, r4, r5 … (7)\n" in done.stderr
    assert ("r2", "REF004") in waived(check(evidence, "2026-11-23")[1])


@pytest.mark.parametrize(
    ("words", "set_notices"),
    [
        (("--until", "91d"), "a baseline is limited to 90 days (use --until 2027-02-21 or earlier)"),
        (("--requested-by", "kim ode"), "Kim Ode cannot approve a request by kim ode"),
    ],
)
def test_a_baseline_has_its_limits(inherited: Command, words: tuple[str, ...], set_notices: str) -> None:
    whole = text(inherited)
    done = inherited("baseline", "--approved-by", "Kim Ode", "--as-of", "2026-11-23", *words)
    assert done.returncode == 2
    assert set_notices in done.stderr
    assert text(inherited) == whole


def test_a_baseline_may_be_in_the_file_beside(inherited: Command) -> None:
    whole = text(inherited)
    inherited("baseline", "--approved-by", "Kim Ode", "--as-of", "2026-11-23", "--file", "waivers.yaml")
    assert text(inherited) == whole
    assert check(inherited, "2026-11-23")[0] == 0


def test_what_was_inherited_comes_back_on_the_last_day(inherited: Command) -> None:
    inherited("baseline", "--approved-by", "Kim Ode", "--as-of", "2026-11-23", "--until", "10d")
    assert check(inherited, "2026-12-03", "--select", "ACC002,WVR")[0] == 0
    _, report = check(inherited, "2026-12-04", "--select", "ACC002,WVR001")
    assert ("undated", "ACC002") in codes_in(report)
    assert ("undated", "WVR001") in codes_in(report)


def test_the_runs_list_counts_what_is_waived(settled: Command) -> None:
    check(settled, "2026-11-24")
    [run, *_] = json.loads(settled("runs", "--json").stdout)["runs"]
    assert (run["waived"], run["ignored"], run["warnings"]) == (2, 0, 0)


def test_who_signs_sees_what_is_waived_and_the_record_counts_it(settled: Command) -> None:
    check(settled, "2026-11-24")
    done = settled("sign", "--role", "editor", "--meaning", "approved", "--yes", "--as-of", "2026-11-24")
    assert "0 not checked, 0 cannot be checked, 2 waived" in done.stderr
    assert "waived warning SPL002 label-changed-since-accessed of label: label revised" in done.stderr
    assert "(accepted-risk, approved by Kim Ode, until 2027-01-22: only the package changed)" in done.stderr
    event = json.loads((settled.folder / "evidence.log.jsonl").read_text().splitlines()[-1])
    assert (event["action"], event["details"]["waived"]) == ("sign", "2")


def test_the_history_of_a_reference_says_what_was_waived(settled: Command) -> None:
    check(settled, "2026-11-24")
    assert "~ SPL002 label-changed-since-accessed: waived: label revised" in settled("history", "label").stdout
    last = json.loads(settled("history", "label", "--json").stdout)["events"][-1]
    assert ([one["code"] for one in last["waived"]], last["replaced"]) == (["ACC001", "SPL002"], [])


def test_a_reason_that_nobody_reads_to_its_end_is_refused(settled: Command) -> None:
    done = settled("waive", "SPL002", "label", *AS[:-1], "r" * 2001, "--until", "9d", "--as-of", "2026-11-23")
    assert (done.returncode, "--reason has 2,001 characters (use at most 2,000" in done.stderr) == (2, True)


def notes(evidence: Command) -> list[str]:
    done = evidence("verify", "--json")
    assert done.returncode == 0, done.stdout
    return [remark for remark in json.loads(done.stdout)["remarks"] if "the waiver of" in remark]


def test_a_waiver_written_or_lengthened_by_hand_is_reported_by_verify_for_ever(settled: Command) -> None:
    assert notes(settled) == []
    given = text(settled)
    by_hand = given.replace("2027-01-22", "2027-02-20", 1).replace("Kim Ode", "Lee Boss", 1)
    settled.write(by_hand)
    check(settled, "2026-11-24")
    assert waive(settled, "ACC001", "label").returncode == 0
    (set_notices,) = notes(settled)
    assert re.search(r"SPL002 of label was changed by hand: event \d+ recorded approved-by Kim Ode, until", set_notices)
    settled.write(by_hand.replace("finding: ", "finding: 0", 1).replace("dailymed: ", "dailymed: 0", 1))
    assert any(
        "no event for its approval by Lee Boss: written by hand" in set_notices for set_notices in notes(settled)
    )


def test_the_evidence_of_a_waiver_cannot_be_renewed_by_hand_unseen(settled: Command) -> None:
    given = text(settled)
    (old,) = re.findall(r"dailymed: ([0-9a-f]{32})", given)
    settled.write(given.replace(old, "0" * 32))
    (set_notices,) = notes(settled)
    assert "recorded evidence " in set_notices
    assert f"/dailymed/{old}" in set_notices
