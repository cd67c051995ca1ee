"""In a job of GitHub Actions no text of a stranger, whatever command prints it, gives the runner commands.

The runner obeys `::name …::` at the start of a line, after white space, and `##[name]` anywhere (actions/runner,
ActionCommand.cs). The library, the answers and the monograph here are made up.
"""

import json
import re
import shutil
from dataclasses import replace

import click
import pytest

from evidence.app.registry import RULES
from evidence.bibliography.writers import WRITERS
from evidence.cli.formats import FORMS
from evidence.cli.main import COMMANDS, cli
from evidence.demo.server import DemoServer
from evidence.demo.world import synthetic_world
from evidence.reports.github import disarmed
from invariants import unsafe
from processes import Command

ARMED = "::error::owned ##[add-mask]x ::stop-commands::t"
IN_YAML = rf"{ARMED} \e]0;owned\a\e[2J\u009b31m\u202egnp.exe\u2066\u200b"
OBEYED = re.compile(r"(?:^|[\r\n])(?:\s|\x1b\[[0-9;]*m)*::\w|##\[")
OURS = re.compile(r"^::(?:error|warning|notice) (?:file=[^:]*,)?title=[^\n]*$", re.MULTILINE)
TEXT = f"""\
monograph: {{title: "{IN_YAML}", file: monograph.md}}
references:
- id: "{ARMED}"
  type: article-journal
  title: "{IN_YAML}"
  author: [{{literal: "{IN_YAML}"}}]
  container-title: "{IN_YAML}"
  issued: 2013
  PMID: "10000001"
  accessed: 2020-01-01
  owner: "{IN_YAML}"
  cited-as: |
     ::error::owned
     {ARMED}. {ARMED}. 2013;65(2):529-538.
  note: |-
     ::warning::owned
     ##[group]owned
- {{id: "::notice::two", PMID: "99999999", title: "{IN_YAML}", owner: "{IN_YAML}", accessed: 2020-01-01}}
- {{id: plain, PMID: " 10000002", title: "{IN_YAML}", author: [{{literal: "{IN_YAML}"}}], accessed: 2020-01-01}}
"""
WHO = ("--approved-by", f"{ARMED} A", "--requested-by", f"{ARMED} B", "--reason", ARMED)
WAIVED = (*WHO, "--category", "pending-fix", "--until", "9d")
PRINTED = tuple(form for form in FORMS if form != "xlsx")  # a workbook is bytes, for a file
CALLS = {
    "check": [("check", "--offline", "-v"), *(("check", "--offline", "--format", form) for form in PRINTED)],
    "init": [("init", "--name", ARMED, "--email", ARMED), ("init", "--style", "::error::x")],
    "review": [("review", "--to", "::error::x", "--offline"), ("review", "::error::x", "--to", "y", "--offline")],
    "demo": [("demo",)],
    "show": [("show", ARMED), ("show", "::error::none")],
    "export": [("export", "--to", form) for form in WRITERS],
    "import": [
        ("import", "monograph.md", "--no-match"),
        ("import", "monograph.md", "--no-match", "--diff", "-o", "new.yaml"),
        ("import", "mine.ris", "--no-match", "-o", "new.yaml"),
    ],
    "add": [("add", "::error::x"), ("add", "pmid:10000002", "--offline", "--force", "--dry-run")],
    "confirm": [("confirm", "plain", "--accessed", "2026-11-01", "--by", ARMED, "--dry-run"), ("confirm", ARMED)],
    "fix": [("fix",), ("fix", "--accept", "MET001", "--fill"), ("fix", "--write", "copy.yaml")],
    "format": [("format", "--diff"), ("format", "::error::none")],
    "sign": [("check", "--offline"), ("sign", "--role", ARMED, "--meaning", "reviewed", "--yes", "--name", ARMED)],
    "bundle": [("bundle", "-o", "::error::x"), ("bundle", "::error::x", "-o", "y")],
    "report": [("report", "-v"), *(("report", "--format", form) for form in PRINTED)],
    "runs": [("runs",), ("runs", "--json")],
    "history": [("history", ARMED), ("history", ARMED, "--json"), ("history", "::error::x")],
    "diff": [("diff", "-v"), ("diff", "--json"), ("diff", "::error::x")],
    "due": [("due", "--within", "9999d", "--format", form) for form in ("text", "csv", "ics", "json")],
    "waive": [("waive", "IDN003", "::notice::two", *WAIVED, "--dry-run"), ("waive", "IDN003", ARMED, *WAIVED)],
    "waivers": [("waivers",), ("waivers", "--json")],
    "baseline": [("baseline", *WHO, "--dry-run"), ("baseline", *WHO, "--again")],
    "log": [("log", "-v"), ("log", "--format", "json")],
    "verify": [("verify",), ("verify", "--json"), ("verify", "::error::x"), ("verify", "--head", "::error::x")],
    "lock": [("lock",), ("lock", "--diff", "old.lock.json"), ("lock", "--diff", "::error::x"), ("lock", "--rebuild")],
    "rule": [("rule",), ("rule", "::error::x"), *(("rule", rule.code) for rule in RULES[:3])],
    "cache": [
        ("cache", "info"),
        ("cache", "export"),
        ("cache", "backup", "::error::x"),
        ("cache", "prune"),
        ("cache", "load", "::error::x"),
    ],
    "doctor": [("doctor", "--ca-bundle", "::error::x")],
}
SILENT = {"demo", "rule"}
"""What prints no text of strangers."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A job whose every text is hostile, twice checked, with the answers of services that are as hostile."""
    folder = tmp_path_factory.mktemp("finished")
    world = synthetic_world(3)
    articles = [replace(article, title=f"{ARMED} {article.title}") for article in world.articles.values()]
    for article in articles:
        world = world.with_article(article)
    with DemoServer() as server:
        server.world = world
        run = Command(folder, server.addresses)
        run.env["EVIDENCE_ACTOR"] = ARMED
        run.write(TEXT)
        run.write(TEXT.replace("file: monograph.md", ""), "copy.yaml")
        run.write(
            f"# {ARMED}\n\n{ARMED} [1].\n\n## References\n\n1. {ARMED}. A title. J Med. 2013;1(1):1-2.\n",
            "monograph.md",
        )
        run.write(f"TY  - JOUR\nTI  - {ARMED}\nAU  - {ARMED}\nN1  - x\n::error::owned\nER  - \n", "mine.ris")
        run.check("--update-lock")
        shutil.copy(folder / "references.lock.json", folder / "old.lock.json")
        run.check("--refresh", "--update-lock")
        run("check", "--refresh", "--as-of", "2026-11-29")
        for rule in ("ACC001", "IDN003"):
            run("waive", rule, "::notice::two", *WAIVED)
        return folder, server.addresses


@pytest.fixture
def job(finished, tmp_path):
    folder, addresses = finished
    shutil.copytree(folder, tmp_path / "job")
    run = Command(tmp_path / "job", addresses)
    run.env |= {"EVIDENCE_ACTOR": ARMED, "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path)}
    return run


def test_every_command_is_tried():
    assert CALLS.keys() == COMMANDS.keys()
    assert {words[1] for words in CALLS["cache"]} == set(cli.get_command(click.Context(cli), "cache").commands)


@pytest.mark.parametrize("command", CALLS)
def test_no_command_prints_what_the_runner_would_obey(job, command):
    printed = ""
    for words in CALLS[command]:
        done = job(*words)
        assert "internal error" not in done.stderr, done.stderr
        printed += done.stdout.removeprefix("\ufeff") + f"\n{done.stderr}\n"  # CSV begins with the mark
    assert OBEYED.findall(OURS.sub("", printed)) == []
    assert unsafe(printed.replace("\r\n", "\n")) == []
    assert "owned" in printed or "::error" in printed or command in SILENT


def test_json_means_the_same_as_elsewhere(job):
    for words in (("report", "--format", "json"), ("export", "--to", "csl-json"), ("waivers", "--json")):
        inside, outside = job(*words).stdout, job(*words, GITHUB_ACTIONS="").stdout
        assert "##[" not in inside
        assert json.loads(inside) == json.loads(outside)
    assert "##[" in outside or "##[" in job("export", "--to", "csl-json", GITHUB_ACTIONS="").stdout


def test_files_are_written_as_they_are_everywhere(job):
    job("export", "--to", "ris", "-o", "inside.ris")
    job("export", "--to", "ris", "-o", "outside.ris", GITHUB_ACTIONS="")
    inside = (job.folder / "inside.ris").read_bytes()
    assert b"##[" in inside
    assert inside == (job.folder / "outside.ris").read_bytes()


def test_a_defect_with_its_trace_is_disarmed_too(job, monkeypatch):
    def fail(*_):
        raise RuntimeError(f"first\n{ARMED}\r{ARMED}\x1b[2J")

    monkeypatch.setattr("evidence.cli.due.configuration_from", fail)
    done = job("due", EVIDENCE_DEBUG="1")
    assert (done.returncode, "Traceback" in done.stderr, "bug" in done.stderr) == (2, True, True)
    assert OBEYED.findall(done.stderr) == []
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    "before",
    ["", " ", "\t", "\r", "x\r", "x\r\n", "\n\n", "\x0b", "\u00a0", "\u2028", "\x85", "#", "\x1b[1;31m", " \x1b[0m "],
)
@pytest.mark.parametrize("command", ["::error::x", "::add-mask::x", "##[error]x", "###[error]x"])
def test_every_beginning_of_a_line_is_known(before, command):
    assert OBEYED.findall(disarmed(f"{before}{command}\n{before}{command}")) == []
    assert disarmed("a::b std::vector #[x] C::D") == "a::b std::vector #[x] C::D"
