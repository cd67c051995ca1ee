"""What `evidence.toml` settles, and what is stronger than it."""

import json
import re
import subprocess

import pytest

from evidence.cli.settings import files_from, store_from, with_configuration
from evidence.library.config import Configuration
from evidence.model.records import NoticeLink
from processes import codes_in

STALE = "references:\n  - {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2025-08-14}\n"
CONFIGURED = Configuration(
    files=("a.yaml",), store="theirs.db", formats=("json=all.json",), on_incomplete="warn", select=("ACC",)
)


@pytest.fixture
def monographs(evidence):
    subprocess.run(["git", "init", "-q", evidence.folder], check=True)
    (evidence.folder / "one").mkdir()
    (evidence.folder / "two").mkdir()
    evidence.write(STALE, "one/references.yaml")
    evidence.write(STALE + "policy: {accessed-limit: {label: none}}\n", "two/references.yaml")
    evidence.write(
        'files = ["*/references.yaml"]\nstore = "shared.db"\nformat = ["text", "json=all.json"]\n'
        'select = ["ACC"]\n[policy]\naccessed-limit = {label = "30 d"}\nfail-on = "warning"\n',
        "evidence.toml",
    )
    return evidence


@pytest.mark.parametrize("files", ['["one/references.yaml",\n"no/such.yaml"]', '["nothing/*.yaml"]', '"empty"'])
@pytest.mark.parametrize("command", [("check",), ("export",), ("show", "label"), ("waivers",)])
def test_a_configured_file_that_is_missing_is_reported_at_the_line_of_the_configuration(monographs, files, command):
    (monographs.folder / "empty").mkdir()
    monographs.write(f"# all of ours\nfiles = {files}\n", "evidence.toml")
    done = monographs(*command)
    assert done.returncode == 2
    assert re.search(
        r"^evidence: error: evidence\.toml:2:1: files: (no/such\.yaml|nothing/\*\.yaml|empty): no .*"
        r" \(correct the path, or remove it from files\)$",
        done.stderr,
        re.MULTILINE,
    )
    named = monographs.check("no/such.yaml")
    assert "error: no/such.yaml: no such file (check the spelling and the current directory)" in named.stderr


def test_many_monographs_are_checked_by_one_word_and_their_own_policy_is_stronger(monographs):
    monographs.folder /= "one"
    done = monographs.check()
    monographs.folder = monographs.folder.parent
    report = json.loads((monographs.folder / "all.json").read_text())
    assert (done.returncode, done.stderr) == (1, "")
    assert [item["path"] for item in report["run"]["inputs"]] == ["../one/references.yaml", "../two/references.yaml"]
    assert [(finding["path"], finding["code"]) for finding in report["findings"]] == [
        ("../one/references.yaml", "ACC001")
    ]
    assert {policy["fail-on"] for policy in report["run"]["policies"].values()} == {"warning"}
    assert (monographs.folder / "shared.db").exists()
    again = monographs("report", "--format", "json")
    assert json.loads(again.stdout) == report


def test_lock_and_due_obey_the_configuration_as_check_does(evidence):
    (evidence.folder / "one").mkdir()
    evidence.write(STALE, "one/references.yaml")
    evidence.write(
        'files = ["one/references.yaml"]\nstore = "shared.db"\n[policy]\n'
        'accessed-limit = {label = "30 d"}\nlock-limit = "3 d"\n',
        "evidence.toml",
    )
    evidence.check("--update-lock")
    (item,) = json.loads(evidence("due", "--as-of", evidence.today, "--format", "json").stdout)["due"]
    assert (item["path"], item["on"]) == ("one/references.yaml", "2025-09-13")
    assert "(limit: 3 days; 3 days left)" in evidence("lock", "--as-of", evidence.today).stdout
    assert evidence("lock", "--rebuild").stdout.startswith(
        "one/references.lock.json: 3 identifiers"
    )  # and two contents


def test_an_unknown_key_is_one_line_with_its_place(evidence):
    evidence.write(STALE)
    evidence.write("\nstroe = 'x'\n", "evidence.toml")
    done = evidence.check()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "evidence: error: evidence.toml:2:1: unknown field stroe; did you mean store?\n"


def test_an_unknown_format_is_reported_with_the_file(evidence):
    evidence.write("format = 'sarrif'\n", "elsewhere.toml")
    done = evidence("cache", "info", EVIDENCE_CONFIG="elsewhere.toml")
    assert done.returncode == 2
    assert "elsewhere.toml:1:1: format: unknown format: sarrif; did you mean sarif?" in done.stderr


def test_formats_that_cannot_share_standard_output_are_reported_with_the_file(evidence):
    evidence.write('\nformat = ["text", "json"]\n', "evidence.toml")
    evidence.write(STALE)
    done = evidence.check()
    assert (done.returncode, done.stdout) == (2, "")
    assert "evidence.toml:2:1: format: text and json cannot share standard output" in done.stderr


def test_options_are_stronger_than_the_configuration():
    given = {"forms": (), "output": None, "select": (), "ignore": (), "on_incomplete": None}
    assert with_configuration(given, CONFIGURED) == {
        **given,
        "forms": ("json=all.json",),
        "select": ("ACC", "RET001", "RET008", "MET006"),
        "on_incomplete": "warn",
    }
    said = {**given, "forms": ("text",), "ignore": ("MET",), "on_incomplete": "fail"}
    assert with_configuration(said, CONFIGURED) == said
    assert with_configuration({**given, "output": "x"}, CONFIGURED)["forms"] == ()
    assert files_from(("mine.yaml",), CONFIGURED) == ("mine.yaml",)
    assert files_from((), CONFIGURED) == ("a.yaml",)
    assert files_from((), Configuration()) == ("references.yaml",)


def test_option_then_environment_then_configuration_name_the_store():
    environ = {"EVIDENCE_STORE": "env.db"}
    assert store_from(environ, "option.db", CONFIGURED).name == "option.db"
    assert store_from(environ, None, CONFIGURED).name == "env.db"
    assert store_from({}, None, CONFIGURED).name == "theirs.db"
    assert store_from({}, None, Configuration()).name == "evidence.db"


@pytest.mark.parametrize("word", ["RET001", "ret", "MET005, retracted-publication"])
def test_a_configuration_cannot_hide_retractions_from_every_run(evidence, word):
    evidence.write(f'ignore = ["{word}"]\n', "evidence.toml")
    evidence.write('references:\n- {id: smith, PMID: "17222320"}\n')
    done = evidence.check()
    assert (done.returncode, "ignore leaves out retractions (RET001)" in done.stderr) == (2, True)
    assert evidence.check("--ignore", "RET001").returncode == 0


@pytest.mark.parametrize("word", ["MET006", "met", "STY, wrong-record"])
def test_a_configuration_cannot_hide_another_work_from_every_run(evidence, word):
    evidence.write(f'ignore = ["{word}"]\n', "evidence.toml")
    evidence.write('references:\n- {id: smith, PMID: "17222320"}\n')
    done = evidence.check()
    assert (done.returncode, "ignore leaves out a rule that invalidates references (MET006)" in done.stderr) == (
        2,
        True,
    )


RETRACTED_AND_ANOTHER_WORK = """\
references:
- {id: retracted, PMID: "23359310"}
- id: another
  PMID: "17222320"
  title: Phantom limb pain after amputation of the lower leg
  author: [{family: Nobody}]
  issued: 1977
  volume: 2
  page: 1-2
"""


def test_what_a_configuration_selects_never_leaves_out_what_voids_a_reference(evidence, server):
    server.world = server.world.with_retraction("23359310", NoticeLink("RetractionIn", "x", pmid="9"))
    evidence.write('select = ["ACC"]\n', "evidence.toml")
    evidence.write(RETRACTED_AND_ANOTHER_WORK)
    status, report = evidence.report()
    assert (status, codes_in(report)) == (1, [("retracted", "RET001"), ("another", "MET006")])
    assert report["run"]["select"] == ["ACC", "MET006", "RET001", "RET008"]
    assert "deselected" not in report["run"]
    assert "deselected" not in evidence.check().stdout


@pytest.mark.parametrize(
    ("word", "left_out", "reported"),
    [
        (
            "ACC",
            ["RET001", "RET008", "MET006"],
            "RET001, RET008 and MET006 were deselected on the command line (--select)",
        ),
        ("RET", ["MET006"], "MET006 was deselected on the command line (--select)"),
        ("wrong-record", ["RET001", "RET008"], "RET001 and RET008 were deselected on the command line (--select)"),
    ],
)
def test_a_command_that_selects_others_says_that_it_leaves_out_what_voids_a_reference(
    evidence, word, left_out, reported
):
    evidence.write('select = ["ACC"]\n', "evidence.toml")
    evidence.write('references:\n- {id: smith, PMID: "17222320"}\n')
    _, report = evidence.report("--select", word)
    assert (report["run"]["select"], report["run"]["deselected"]) == ([word], left_out)
    for form in ("text", "markdown"):
        assert reported in evidence.check("--select", word, "--format", form).stdout
    assert reported.partition(" on the")[0] in evidence.check("--select", word, "--format", "html").stdout
    assert reported in evidence("report").stdout
