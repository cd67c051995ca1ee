"""No command writes over a file of the job that is not its own to write, nor over what somebody else has written."""

import io
import json
import re
import shutil
import zipfile
from itertools import product
from pathlib import Path

import click
import pytest

import evidence.cli
from evidence.bibliography.writers import WRITERS
from evidence.cli.formats import FORMS
from evidence.cli.main import COMMANDS as TABLE
from evidence.cli.main import cli
from evidence.cli.overwriting import REPORTS
from evidence.demo.server import DemoServer
from processes import Command, CommandProcess

CODE = Path(evidence.cli.__file__).parent

LIBRARY = """\
monograph: {title: Naltrexone, file: monograph.md}
references:
- {id: ghost, PMID: "99999999", accessed: 2026-01-01}
"""
FILES = {
    "references.yaml": "references file",
    "waivers.yaml": "waivers file",
    "claims.yaml": "claims file",
    "monograph.md": "monograph",
    "references.lock.json": "lock",
    "evidence.log.jsonl": "audit log",
    "evidence.db": "store",
    "evidence.db-wal": "store",
    "evidence.db-shm": "store",
    "evidence.db-journal": "store",
    "evidence.toml": "configuration",
    "signers": "file of allowed signers",
}
COMMANDS = {
    "check -o": ("check", "--offline", "-o", "{}"),
    "check --format": ("check", "--offline", "--format", "json={}", "--format", "text"),
    "check other": ("check", "other.yaml", "--offline", "-o", "{}"),
    "check --locked": ("check", "--locked", "--format", "html={}"),
    "check --lock": ("check", "--update-lock", "--lock", "{}"),
    "report": ("report", "--output", "{}"),
    "export": ("export", "--to", "ris", "-o", "{}"),
    "export other": ("export", "other.yaml", "--to", "csl-json", "-o", "{}"),
    "due": ("due", "--format", "csv", "-o", "{}"),
    "demo": ("demo", "-o", "{}"),
    "bundle": ("bundle", "--force", "-o", "{}"),
    "cache backup": ("cache", "backup", "{}"),
    "lock": ("lock", "--rebuild", "--lock", "{}"),
    "import": ("import", "new.ris", "--no-match", "--write", "-o", "{}"),
    "add": ("add", "pmid:99999999", "--offline", "--force", "--file", "{}"),
}
OUTPUTS = {
    **{
        f"{name} {form}": (*name.split(), "--format", f"{form}={{}}")
        for name in ("check --offline", "report")
        for form in FORMS
    },
    **{f"export {form}": ("export", "--to", form, "-o", "{}") for form in WRITERS},
    **{f"due {form}": ("due", "--format", form, "-o", "{}") for form in ("text", "csv", "ics", "json")},
    "demo": ("demo", "--format", "json={}"),
    "demo -o": ("demo", "--quiet", "-o", "{}"),
    "bundle": ("bundle", "-o", "{}"),
    "cache backup": ("cache", "backup", "{}"),
    "lock": ("lock", "--rebuild", "--lock", "{}"),
    "check --lock": ("check", "--update-lock", "--lock", "{}"),
    "import": ("import", "new.ris", "--no-match", "--write", "-o", "{}"),
    "add": ("add", "pmid:99999999", "--offline", "--force", "--file", "{}"),
}
"""Every command that writes, in every form."""

OUTPUT_OPTIONS = {"output", "forms", "target"}
FORCED = {"check", "demo", "report", "export", "due", "bundle"}
RULES_OF_THEIR_OWN = {"import", "cache backup"}
"""Of a library that can be read, and of no file that exists."""

OWN = {
    ("lock", "references.lock.json"),
    ("check --lock", "references.lock.json"),
    ("import", "references.yaml"),
    ("add", "references.yaml"),
}
"""What a command is for."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with everything that a job has, after a check."""
    folder = tmp_path_factory.mktemp("finished")
    with DemoServer() as server:
        run = Command(folder, server.addresses)
        run.write(LIBRARY)
        run.write(LIBRARY.replace("ghost", "other").replace("file: monograph.md", ""), "other.yaml")
        run.write("# Naltrexone\n\nNothing is known of it.[@ghost]\n", "monograph.md")
        run.write("waivers: []\n", "waivers.yaml")
        run.write("claims: []\n", "claims.yaml")
        run.write("TY  - JOUR\nTI  - New\nER  - \n", "new.ris")
        run.write('allowed-signers = "signers"\n', "evidence.toml")
        run.write("somebody@example.org ssh-ed25519 AAAA\n", "signers")
        (folder / "below").mkdir()
        assert run.check("--update-lock").returncode == 1
        return folder, server.addresses


@pytest.fixture
def job(finished, tmp_path):
    folder, addresses = finished
    shutil.copytree(folder, tmp_path / "job")
    return Command(tmp_path / "job", addresses)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def refuses(job, arguments, output, reported):
    before = contents(job.folder)
    done = job(*(word.format(output) for word in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert reported in done.stderr
    assert contents(job.folder) == before


@pytest.mark.parametrize(("command", "file"), [pair for pair in product(COMMANDS, FILES) if pair not in OWN])
def test_no_command_writes_over_a_file_of_the_job(job, command, file):
    refuses(job, COMMANDS[command], file, f"would overwrite the {FILES[file]}")


@pytest.mark.parametrize("command", ["check -o", "report", "export", "due", "bundle", "lock", "import"])
def test_neither_links_nor_dots_hide_it(job, command):
    (job.folder / "link").symlink_to("monograph.md")
    (job.folder / "hard").hardlink_to(job.folder / "monograph.md")
    (job.folder / "there").symlink_to(".")
    for output in ("link", "hard", "there/monograph.md", "below/../monograph.md", job.folder / "monograph.md"):
        refuses(job, COMMANDS[command], output, "would overwrite the monograph, monograph.md")


def test_what_was_judged_is_kept_when_the_run_is_rendered_elsewhere(job):
    job.check("other.yaml", "--offline")
    (job.folder / "evidence.toml").write_text('files = "references.yaml"\n')
    for command in ("report", "bundle"):
        refuses(job, COMMANDS[command], "other.yaml", "other.yaml would overwrite the file that this run reads")


def test_neither_the_printed_list_nor_the_style_is_overwritten_by_an_export(job):
    job.write("1. A list.\n", "printed.txt")
    job.write("<style/>", "printed.csl")
    for option, file in (("--compare", "printed.txt"), ("--style", "printed.csl")):
        refuses(job, ("export", option, file, "-o", "{}"), file, f"{file} would overwrite the file that this run reads")


@pytest.mark.parametrize("variable", ["EVIDENCE_STORE", "EVIDENCE_LOG"])
@pytest.mark.parametrize("file", ["references.yaml", "monograph.md", "references.lock.json"])
def test_neither_store_nor_log_is_another_file_of_the_job(job, variable, file):
    job.env[variable] = file
    (job.folder / file).write_text("") if file == "monograph.md" else None
    refuses(job, ("check", "--offline"), "", f"{file} would overwrite the")


def archive(**members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as written:
        for name, text in members.items():
            written.writestr(name, text)
    return made.getvalue()


def others(job):
    """What somebody else has written, much like what we write; a report of ours with remarks among it."""
    report = job("report").stdout
    sarif = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "evidence-tracker"}}}]}
    return {
        "notes.txt": b"My notes.\n",
        "pasted.txt": f"Look at this:\n\n{report}".encode(),
        "remarks.txt": f"{report}\nI have called them about the first one.\n".encode(),
        "remarks.md": f"{job('report', '--format', 'markdown').stdout}\nI have called them.\n".encode(),
        "thesis.md": b"## Evidence: what is it?\n",
        "data.json": b'{"version": 1, "tool": {"name": "mine"}, "run": {}, "findings": [], "due": []}\n',
        "list.json": b'[{"check_name": "other/E1"}]\n',
        "merged.sarif": json.dumps({**sarif, "runs": [*sarif["runs"], {"tool": {"driver": {"name": "x"}}}]}).encode(),
        "junit.xml": b'<?xml version="1.0"?><testsuites name="pytest"><!-- name="evidence-tracker" --></testsuites>',
        "page.html": b'<!DOCTYPE html><head><meta name="generator" content="pandoc"><title>References</title></head>',
        "annotations": b"::error title=x::y\necho mine\n",
        "refs.ris": b"TY  - JOUR\nTI  - Mine\nER  - \n",
        "calendar.ics": b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Mine//EN\r\nEND:VCALENDAR\r\n",
        "due.csv": b"on,days,kind,reference,title,owner,path,message\n",
        "paper.docx": archive(document="mine"),
        "binary": bytes(range(256)),
        "deep.json": b"[" * 100_000,
    }


def ways_to(folder, name):
    """Names of one file: its own, links of three kinds, and a way round."""
    (folder / f"link-{name}").symlink_to(name)
    (folder / f"hard-{name}").hardlink_to(folder / name)
    if not (folder / "there").exists():
        (folder / "there").symlink_to(".")
    return name, f"link-{name}", f"hard-{name}", f"there/{name}", f"below/../{name}"


@pytest.mark.parametrize("command", OUTPUTS)
def test_what_somebody_else_has_written_is_never_written_over(job, command):
    job.write("My notes.\n", "notes.txt")
    for output in ways_to(job.folder, "notes.txt"):
        refuses(job, OUTPUTS[command], output, "notes.txt")


@pytest.mark.acceptance
@pytest.mark.parametrize("command", OUTPUTS)
def test_nor_is_what_looks_like_ours(job, command):
    given = others(job)
    for name, data in given.items():
        if command == "check --lock" or (command, name) != ("import", "refs.ris"):
            (job.folder / name).write_bytes(data)
            for output in ways_to(job.folder, name):
                refuses(job, OUTPUTS[command], output, name)


@pytest.mark.acceptance
@pytest.mark.parametrize("command", OUTPUTS)
def test_no_way_and_no_force_leads_to_a_file_of_the_job(job, command):
    words = OUTPUTS[command] + (("--force",) if command.split()[0] in FORCED else ())
    for file, role in FILES.items():
        if (command, file) in OWN:
            continue
        if (job.folder / file).exists():
            ways = ways_to(job.folder, file)
        else:  # one of SQLite's, that may come into being
            ways = file, f"below/../{file}", job.folder / file
        for output in ways:
            refuses(job, words, output, f"would overwrite the {role}")


@pytest.mark.parametrize("command", ["check --offline json", "report text", "export ris", "due csv", "demo", "bundle"])
def test_force_replaces_a_file_but_neither_what_a_link_leads_to_nor_a_file_of_the_job(job, command):
    job.write("My notes.\n", "notes.txt")
    job.write("", "empty.txt")
    (job.folder / "link").symlink_to("notes.txt")
    (job.folder / "to-empty").symlink_to("empty.txt")
    (job.folder / "nowhere").symlink_to("not-there")
    for output in ("link", "to-empty", "nowhere"):
        for words in (OUTPUTS[command], (*OUTPUTS[command], "--force")):
            refuses(job, words, output, f"{output} ")
    refuses(job, (*OUTPUTS[command], "--force"), "references.yaml", "would overwrite the references file")
    done = job(*(word.format("notes.txt") for word in OUTPUTS[command]), "--force")
    assert done.returncode in {0, 1, 3}
    assert b"My notes" not in (job.folder / "notes.txt").read_bytes()


EARLIER = [name for name in OUTPUTS if name.split()[0] in {"check", "report", "due", "demo", "bundle"}]
REPLACED = [name for name in EARLIER if name not in {"due csv", "check --lock"}]


@pytest.mark.parametrize("command", REPLACED)
def test_the_output_of_yesterday_is_replaced(job, command):
    words = [word.format("out") for word in OUTPUTS[command]]
    for extra in ((), (), ("-q",), ("-q",)) if command.startswith(("check", "report")) else ((), ()):
        assert job(*words, *extra, COLUMNS="40").returncode in {0, 1, 3}
    (job.folder / "latest").symlink_to("out")
    words = [word.format("latest") for word in OUTPUTS[command]]
    before = (job.folder / "out").stat().st_ino
    assert job(*words).returncode in {0, 1, 3}
    assert (job.folder / "latest").is_symlink()
    assert (job.folder / "out").stat().st_ino != before


@pytest.mark.parametrize("command", ["export ris", "export csl-json", "due csv"])
def test_what_bears_no_mark_is_replaced_only_by_force(job, command):
    words = [word.format("out") for word in OUTPUTS[command]]
    assert [job(*words).returncode, job(*words).returncode, job(*words, "--force").returncode] == [0, 2, 0]


def test_an_empty_file_is_written_to(job):
    job.write("", "empty")
    assert job("export", "--to", "ris", "-o", "empty").returncode == 0
    assert (job.folder / "empty").read_text().startswith("TY  - ")


def test_an_output_that_a_configuration_names_cannot_be_forced(job):
    job.write("My notes.\n", "notes.txt")
    (job.folder / "evidence.toml").write_text('format = ["json=notes.txt"]\n')
    refuses(job, ("check", "--offline", "--force"), "", "remove it, or name a file on the command line")


def test_the_name_of_standard_output_is_written_to(finished):
    run = CommandProcess(*finished)
    done = run("report", "--format", "json=/dev/stdout")
    assert (done.returncode, json.loads(done.stdout)["tool"]["name"]) == (0, "evidence-tracker")


def test_no_command_writes_a_file_but_through_the_one_place_that_looks_at_it():
    writes = re.compile(
        r"\.write_(?:text|bytes)\(|\bopen\([^)]*[\"'][wax]b?[\"']|\breplace_file\(|\bmap\(GuardedFile|GuardedFile\("
    )
    found = {
        (path.name, match[0].partition("(")[0])
        for path in CODE.glob("*.py")
        for match in writes.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == {
        ("doctor.py", "open"),  # a file in a folder made for it, to try locks
        ("output.py", "open"),  # a job summary of GitHub Actions is appended to
        ("main.py", "open"),  # /dev/null, for a stream that is closed
        ("guard.py", "map"),  # what may be written
        ("folder.py", "open"),  # in a new folder, whose place was looked at
    }


def test_an_earlier_report_is_known_in_every_format():
    assert tuple(REPORTS) == FORMS


def walked(group, prefix=""):
    names = TABLE if group is cli else group.commands
    for name in names:
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from walked(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", {param.name for param in command.params}


def test_every_command_with_an_output_is_tried_here_and_can_be_forced():
    writing = {name: options for name, options in walked(cli) if options & OUTPUT_OPTIONS}
    assert writing.keys() == FORCED | RULES_OF_THEIR_OWN
    tried = {" ".join(words[: len(name.split())]) for name in writing for words in OUTPUTS.values()}
    assert writing.keys() <= tried
    assert {name for name, options in writing.items() if "force" not in options} == RULES_OF_THEIR_OWN
