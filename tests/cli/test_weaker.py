"""What a file makes weaker than the defaults is in every report, and what voids a reference is shown all the same."""

from dataclasses import fields, replace

import pytest

from evidence.app.weaker import weaker_policy
from evidence.cli.formats import FORMS, SPREADSHEETS
from evidence.library.policy import _POLICY_FIELDS
from evidence.model.errors import Place
from evidence.model.policy import CacheTtl, HouseStyle, Policy, Severity, WaiverLimits
from evidence.model.records import NoticeLink
from evidence.model.references import Library

GHOST = 'references:\n- {id: ghost, PMID: "99999999"}\n'
PHRASE = "weaker than the default: "

SETTINGS = [
    ("evidence.toml", 'select = ["LNK"]', "select excludes every rule except LNK (default: every rule)"),
    ("evidence.toml", 'ignore = ["IDN003", "LNK"]', "ignore excludes IDN003, LNK (default: none)"),
    ("evidence.toml", 'on-incomplete = "warn"', "on-incomplete is warn (default: fail)"),
    ("evidence.toml", 'files = ["sub"]', "files excludes references.yaml (default: all files in this folder)"),
    ("evidence.toml", "policy.confirm-dead = 99", "confirm-dead is 99 d (default: 1 d)"),
    ("pyproject.toml", "policy.lock-limit = '365 d'", "lock-limit is 365 d (default: 14 d)"),
    ("references.yaml", "policy: {confirm-dead: 99}", "confirm-dead is 99 d (default: 1 d)"),
    ("references.yaml", "policy: {severity: {IDN003: info}}", "severity.IDN003 is info (default: error)"),
    ("references.yaml", "policy: {severity: {RET006: warning}}", "severity.RET006 is warning (default: error)"),
    ("references.yaml", "policy: {severity: {CIT006: info}}", "severity.CIT006 is info (default: warning)"),
    ("references.yaml", "policy: {accessed-limit: {label: none}}", "accessed-limit.label is none (default: 365 d)"),
    ("references.yaml", "policy: {life: {status: 9999 d}}", "life.status is 9999 d (default: 1 d)"),
    ("references.yaml", "policy: {life: {metadata: 31 d}}", "life.metadata is 31 d (default: 30 d)"),
    ("references.yaml", "policy: {lock-limit: 15 d}", "lock-limit is 15 d (default: 14 d)"),
    ("references.yaml", "policy: {claim-limit: {dose: 900 d}}", "claim-limit.dose is 900 d (default: 730 d)"),
    ("references.yaml", "policy: {sign-off-limit: none}", "sign-off-limit is none (default: 365 d)"),
    ("references.yaml", "policy: {waiver-limit: {error: 31 d}}", "waiver-limit.error is 31 d (default: 30 d)"),
    ("references.yaml", "policy: {self-approval: allowed}", "self-approval is allowed (default: refused)"),
    ("references.yaml", "policy: {style: none}", "style is none (default: ama)"),
]


def settled(command, name, text):
    """A checkout of one entry whose file of this name says that on its third line."""
    (command.folder / "sub").mkdir()
    command.write(GHOST, "sub/references.yaml")
    command.write(GHOST + (f"{text}\n" if name == "references.yaml" else ""))
    if name == "evidence.toml":
        command.write(f"\n\n{text}\n", name)
    elif name == "pyproject.toml":
        command.write(f"[tool.evidence]\n\n{text}\n", name)
    return f"{name}:3: "


@pytest.mark.parametrize(("name", "text", "said"), SETTINGS)
def test_each_setting_that_is_weaker_is_said_with_its_place(evidence, name, text, said):
    place = settled(evidence, name, text)
    _, report = evidence.report()
    assert report["policy_weaker"] == [place + said]


@pytest.mark.parametrize(
    "text",
    [
        "policy: {accessed-limit: {label: 30 d, article: 365 d}, life: {metadata: 1 d}, lock-limit: 1 d}",
        "policy: {confirm-dead: 1, coverage: 80 %, fail-on: info, sign-off-limit: 30 d, style: nlm}",
        "policy: {severity: {IDN003: error, ACC004: error}, waiver-limit: {error: 7 d}, self-approval: refused}",
    ],
)
def test_what_is_stricter_or_the_same_is_not(evidence, text):
    settled(evidence, "references.yaml", text)
    assert evidence.report()[1]["policy_weaker"] == []


def test_a_files_own_policy_that_undoes_what_the_configuration_weakens_is_all_there_is(evidence):
    evidence.write(GHOST + "policy: {confirm-dead: 1}\n")
    evidence.write("policy.confirm-dead = 9\n", "evidence.toml")
    assert evidence.report()[1]["policy_weaker"] == []


STRICT = """\
[policy]
fail-on = "warning"
coverage = "80 %"
lock-limit = "1 d"
style = "nlm"
severity = {ACC004 = "error"}
"""
UNDONE = """\
policy:
  fail-on: error
  coverage: 70 %
  lock-limit: 2 d
  style: apa
  severity: {ACC004: warning}
"""


def test_so_is_what_a_file_of_references_undoes_of_a_stricter_configuration(evidence, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(STRICT)
    evidence.write(UNDONE + GHOST)
    assert evidence.report(EVIDENCE_CONFIG=str(own))[1]["policy_weaker"] == [
        "references.yaml:4: lock-limit is 2 d (configured: 1 d)",
        "references.yaml:6: severity.ACC004 is warning (configured: error)",
        "references.yaml:2: fail-on is error (configured: warning)",
        "references.yaml:3: coverage is 70 % (configured: 80 %)",
    ]
    _, report = evidence.report("--fail-on", "error", EVIDENCE_CONFIG=str(own))
    assert not [line for line in report["policy_weaker"] if "fail-on" in line]
    evidence.write(GHOST)
    assert evidence.report(EVIDENCE_CONFIG=str(own))[1]["policy_weaker"] == []


def test_what_the_command_line_says_instead_is_not_the_files_doing(evidence):
    settled(evidence, "evidence.toml", 'select = ["LNK"]\nfiles = ["sub"]\non-incomplete = "warn"')
    given = ("--select", "IDN", "--on-incomplete", "fail", "references.yaml")
    assert evidence.report(*given)[1]["policy_weaker"] == []


def test_every_setting_of_a_policy_is_looked_at():
    """A new setting has to be added here, and to `weaker_policy` where it can weaken anything."""
    never_weaker = {"coverage", "fail-on", "sign-off"}  # none by default, the least by default, only ever stricter
    weakest = Policy(
        accessed_limit=dict.fromkeys(Policy().accessed_limit),
        claim_limit=dict.fromkeys(Policy().claim_limit),
        lives=CacheTtl(99, 99, 99),
        confirm_dead=9,
        lock_limit=99,
        sign_off_limit=None,
        severity={"IDN003": Severity.INFO},
        waiver_limits=WaiverLimits(999, 999, 999, 999),
        self_approval=True,
        style=HouseStyle.NONE,
        offline=True,
        set_at={},
    )
    lines = list(weaker_policy(Library("r.yaml", "", (), policy=weakest), Policy()))
    said = {line.split(": ")[1].split(" is ")[0].split(".")[0] for line in lines}
    assert said | never_weaker == set(_POLICY_FIELDS)
    assert len(lines) == 19
    assert {each.name for each in fields(Policy)} == {
        *(name.replace("-", "_") for name in _POLICY_FIELDS if name not in {"life", "waiver-limit"}),
        *("lives", "waiver_limits", "set_at"),
    }
    placed = replace(weakest, set_at={"policy.confirm-dead": Place("evidence.toml", 7, 1)})
    assert "evidence.toml:7: confirm-dead is 9 d (default: 1 d)" in list(
        weaker_policy(Library("r.yaml", "", (), policy=placed), Policy())
    )


@pytest.mark.parametrize("form", [form for form in FORMS if form not in SPREADSHEETS])
def test_every_format_has_the_line(evidence, form):
    place = settled(evidence, "evidence.toml", "policy.confirm-dead = 99")
    (evidence.folder / "evidence.toml").rename(evidence.folder / "a b.toml")
    written = evidence.check("--format", form, EVIDENCE_CONFIG="a b.toml").stdout
    assert place == "evidence.toml:3: "
    text = "a b.toml:3: confirm-dead is 99 d (default: 1 d)"
    said = f'"{text}"' if form == "json" else PHRASE + text
    assert said in written.replace("`", "").replace("&#34;", '"')
    stored = evidence("report", "--format", form).stdout
    assert said in stored.replace("`", "").replace("&#34;", '"')


def test_so_have_a_quiet_report_and_the_summary_of_a_job(evidence):
    settled(evidence, "evidence.toml", 'on-incomplete = "warn"')
    assert f"{PHRASE}evidence.toml:3: on-incomplete is warn" in evidence.check("--quiet").stdout
    summary = evidence.folder / "summary.md"
    done = evidence.check(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert f"{PHRASE}`evidence.toml:3:` on-incomplete is warn" in summary.read_text()
    assert f"::notice file=evidence.toml,line=3,title=weaker than the default::{PHRASE}" in done.stderr


def test_files_names_what_it_leaves_out_and_what_could_not_be_looked_for(evidence):
    for number in range(9):
        (evidence.folder / f"m{number}").mkdir()
        evidence.write(GHOST, f"m{number}/references.yaml")
    evidence.write('files = ["m[01]"]\n', "evidence.toml")
    [line] = evidence.report()[1]["policy_weaker"]
    named = ", ".join(f"m{number}/references.yaml" for number in range(2, 7))
    assert line == f"evidence.toml:1: files excludes {named} and 2 more (default: all files in this folder)"
    evidence.write('files = ["m*"]\n', "evidence.toml")
    assert evidence.report()[1]["policy_weaker"] == []


def test_what_entries_let_pass_is_one_line(evidence):
    evidence.write(
        'references:\n- id: a\n  title: T\n  type: book\n  ignore: {REF008: "is a book"}\n'
        '- id: b\n  title: U\n  type: book\n  ignore: {REF008: "is a book"}\n'
    )
    assert evidence.report()[1]["policy_weaker"] == [
        "references.yaml:5: ignore suppresses 2 findings: REF008 of a, REF008 of b (default: none)"
    ]


VOID = """\
references:
- {id: retracted, PMID: "23359310"}
- id: another
  PMID: "17222320"
  cited-as: "Miller A, Brown B. Aspirin in the prevention of stroke: a randomized trial. Stroke. 1999;30(1):1-9."
"""
SILENCING = """\
select = ["ACC"]
on-incomplete = "warn"
[policy]
confirm-dead = 999
lock-limit = "99999 d"
life = {status = "99999 d", metadata = "99999 d", page = "99999 d"}
style = "none"
fail-on = "error"
"""


@pytest.fixture
def void(evidence, server):
    """A retracted article, and an identifier of another work."""
    server.world = server.world.with_retraction("23359310", NoticeLink("RetractionIn", "x", pmid="9"))
    evidence.write(VOID)
    return evidence


VOIDED = [("retracted", "RET001", "error"), ("another", "MET006", "error")]


def voided(report):
    found = (item for item in report["findings"] if item["code"] in {"RET001", "RET008", "MET006"})
    return [(item["reference"], item["code"], item["severity"]) for item in found]


def test_nothing_that_a_configuration_says_silences_what_voids_a_reference(void):
    void.write(SILENCING, "evidence.toml")
    status, report = void.report()
    assert (status, voided(report)) == (1, VOIDED)
    assert void.check("--update-lock").returncode == 1
    status, locked = void.report("--locked")
    assert (status, voided(locked)) == (1, VOIDED)
    assert len(report["policy_weaker"]) == 8


@pytest.mark.parametrize("code", ["RET001", "RET008", "MET006"])
def test_nor_lowers_it(void, code):
    void.write(f"[policy]\nseverity = {{{code} = 'warning'}}\n", "evidence.toml")
    done = void.check()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("evidence: error: evidence.toml:2:1: ")
    assert f"{code} cannot be lowered: its findings make the reference invalid" in done.stderr
    void.write(f'ignore = ["{code}"]\n', "evidence.toml")
    done = void.check()
    assert done.stderr.startswith("evidence: error: evidence.toml:1: ignore leaves out ")
    assert done.returncode == 2


def test_nor_does_what_a_references_file_says(void):
    lowered = "policy: {severity: {RET001: info, RET008: info, MET006: info}}\n"
    ignored = VOID.replace('"23359310"', '"23359310", ignore: {RET001: known, RET008: known}').replace(
        "  cited-as", "  ignore: {MET006: known}\n  cited-as"
    )
    void.write(ignored + lowered)
    status, report = void.report()
    assert (status, voided(report)) == (1, VOIDED)
    assert [item["code"] for item in report["findings"]].count("REF005") == 3


def test_a_role_under_which_a_retraction_is_an_info_is_said(void):
    void.write(VOID.replace('"23359310"', '"23359310", role: discusses-retraction'))
    _, report = void.report()
    assert voided(report) == [("retracted", "RET001", "info"), VOIDED[1]]
    assert report["policy_weaker"] == [
        "references.yaml:2: role discusses-retraction lowers RET001 of retracted to info (default: error)"
    ]


def test_a_workbook_has_the_line_on_its_sheet_about_the_run(evidence):
    openpyxl = pytest.importorskip("openpyxl")
    settled(evidence, "evidence.toml", "policy.confirm-dead = 99")
    evidence.check("--format", "xlsx=findings.xlsx")
    sheet = openpyxl.load_workbook(evidence.folder / "findings.xlsx")["Run"]
    cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row]
    assert any("evidence.toml:3: confirm-dead is 99 d (default: 1 d)" in cell for cell in cells), cells
