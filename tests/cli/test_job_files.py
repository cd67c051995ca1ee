"""No command writes over a file of the job that is not its own to write."""

import shutil
from itertools import product

import pytest

from evidence.demo.server import DemoServer
from processes import Command

LIBRARY = """\
monograph: {title: Naltrexone, file: monograph.md}
references:
- {id: ghost, PMID: "99999999", accessed: 2026-01-01}
"""
FILES = {
    "references.yaml": "references file",
    "waivers.yaml": "waivers file",
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
        run.write("TY  - JOUR\nTI  - New\nER  - \n", "new.ris")
        run.write('allowed-signers = "signers"\n', "evidence.toml")
        run.write("somebody@example.org ssh-ed25519 AAAA\n", "signers")
        (folder / "below").mkdir()
        assert run.check("--update-lock").returncode == 1
    return folder


@pytest.fixture
def job(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "job")
    return Command(tmp_path / "job", {})


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


def test_new_files_and_earlier_reports_are_written_as_ever(job):
    job.write("an earlier one", "report.txt")
    assert job("report", "-o", "report.txt").returncode == 0
    assert "IDN003" in (job.folder / "report.txt").read_text()
    assert job("bundle", "-o", "new.zip").returncode == 0
    assert job("cache", "backup", "copy.db").returncode == 0
