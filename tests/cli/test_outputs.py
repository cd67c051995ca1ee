"""Several reports of one run: where each goes, what is never overwritten, and what a failure leaves."""

import json
import subprocess
import sys
from textwrap import dedent

import pytest

from evidence.cli.formats import Target, targets_of
from evidence.cli.guard import JobFile, JobFileRole, files_beside, guard_outputs
from evidence.cli.output import Output
from evidence.cli.overwriting import GuardedFile
from evidence.model.errors import UsageError
from evidence.reports.document import report_document
from factories import sample_report
from processes import PROJECT

FORMS = ["text", "json", "sarif", "junit", "github", "gitlab", "markdown"]
GHOST = 'references:\n  - {id: ghost, PMID: "99999999"}\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(*forms, output=None):
    written = Output(targets_of(forms, output))
    written.write(report_document(sample_report()), {}, list(map(GuardedFile, written.files)))


def paths(*forms):
    return [file.path for file in Output(targets_of(forms, None)).files]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_one_run_writes_every_format_and_the_same_run_again_gives_the_same_bytes(evidence, server):
    evidence.write(GHOST)
    wanted = [f"--format={form}=first.{form}" for form in FORMS[1:]]
    done = evidence.check(*wanted, "--format", "text")
    assert (done.returncode, done.stderr) == (1, "")
    assert server.count("eutils") == 2
    again = evidence("report", *[word.replace("first.", "again.") for word in wanted], "--format", "text")
    assert "IDN003" in done.stdout == again.stdout
    for form in FORMS[1:]:
        first = (evidence.folder / f"first.{form}").read_bytes()
        assert b"IDN003" in first, form
        assert (evidence.folder / f"again.{form}").read_bytes() == first, form


@pytest.mark.parametrize(
    ("text", "status", "form"), [(GHOST, 1, "sarif"), ("references: []\n", 3, "junit"), (GHOST, 1, "markdown")]
)
def test_the_exit_status_is_the_same_in_every_format(evidence, text, status, form):
    evidence.write(text)
    assert evidence.check("--format", form).returncode == status


def test_the_demo_writes_several_formats_too(evidence):
    done = evidence("demo", "--format", "text", "--format", "gitlab=q.json", PROJECT / "references.yaml")
    assert done.returncode == 0
    assert all("demo server" in issue["description"] for issue in json.loads((evidence.folder / "q.json").read_text()))


@pytest.mark.parametrize(
    ("arguments", "reported"),
    [
        (["--format", "sarrif"], "did you mean sarif"),
        (["--format", "json=hard.yaml"], "would overwrite the references file"),
    ],
)
def test_what_does_not_fit_together_is_refused_before_anything_is_asked(evidence, server, arguments, reported):
    file = evidence.write(GHOST)
    (evidence.folder / "hard.yaml").hardlink_to(file)
    done = evidence.check(*arguments)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert reported in done.stderr
    assert (server.requests, names(evidence.folder)) == ([], ["hard.yaml", "references.yaml"])


def test_where_one_report_cannot_be_written_no_other_is_and_standard_output_stays_empty(folder, capsys):
    write("json=old.json")
    earlier = (folder / "old.json").read_text()
    with pytest.raises(UsageError, match="cannot write /dev/full"):
        write("text", "json=old.json", "sarif=/dev/full")
    assert capsys.readouterr().out == ""
    assert ((folder / "old.json").read_text(), names(folder)) == (earlier, ["old.json"])


def test_nothing_is_written_before_everything_is_rendered(folder, capsys):
    broken = {**report_document(sample_report()), "ignored": [{"no": "finding"}]}
    with pytest.raises(KeyError):
        Output(targets_of(["text", "json=a.json", "sarif=b.sarif"], None)).write(broken, {})
    assert (capsys.readouterr().out, names(folder)) == ("", [])


def test_output_names_the_file_of_the_format_that_has_none():
    assert [(target.form, str(target.path)) for target in targets_of(["sarif=a", "json"], "b")] == [
        ("sarif", "a"),
        ("json", "b"),
    ]
    assert [(target.form, str(target.path)) for target in targets_of([], "b")] == [("text", "b")]


def test_without_options_text_goes_to_standard_output_and_a_dash_is_that_too():
    assert targets_of([], None) == (Target("text"),)
    assert targets_of(["json=-"], None) == targets_of(["json"], "-") == (Target("json"),)


@pytest.mark.parametrize(
    ("forms", "output", "reported"),
    [
        ([""], None, "unknown format: none given"),
        (["sarif="], None, "no file name after sarif="),
        (["text", "json"], None, "text and json cannot share standard output"),
        (["json=a"], "b", "every format has its own file"),
        ([], "", "empty file name"),
    ],
)
def test_formats_and_files_that_contradict_each_other_are_refused(forms, output, reported):
    with pytest.raises(UsageError, match=reported):
        targets_of(forms, output)


@pytest.mark.parametrize(
    ("forms", "reported"),
    [
        (["json=a", "sarif=./a"], "two outputs would be written to the same file"),
        (["json=references.yaml"], "would overwrite"),
        (["json=link.yaml"], "would overwrite"),
        (["json=hard.yaml"], "would overwrite"),
        (["json=evidence.db"], "would overwrite"),
        (["json=evidence.db-wal"], "would overwrite"),
        (["json=nowhere/a"], "its directory does not exist"),
        (["json=."], "is a directory"),
    ],
)
def test_files_that_a_run_reads_and_places_that_cannot_be_written_are_guarded(folder, forms, reported):
    file = folder / "references.yaml"
    file.write_text(GHOST)
    (folder / "link.yaml").symlink_to(file)
    (folder / "hard.yaml").hardlink_to(file)
    with pytest.raises(UsageError, match=reported):
        guard_outputs(
            paths(*forms),
            [*files_beside("references.yaml"), JobFile(folder / "evidence.db", JobFileRole.STORE)],
        )


@pytest.mark.usefixtures("folder")
def test_devices_may_be_named_twice():
    guard_outputs(paths("json=/dev/null", "sarif=/dev/null"), files_beside("references.yaml"))
    write("json=/dev/null", "sarif=/dev/null")


def test_files_keep_their_mode_and_links_their_target(folder):
    target = folder / "real.json"
    write("json=real.json")
    earlier = target.read_bytes()
    target.chmod(0o640)
    (folder / "link.json").symlink_to(target)
    write("json=link.json")
    assert (folder / "link.json").is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.read_bytes() == earlier


def fingerprints(folder):
    sarif = json.loads((folder / "out.sarif").read_text())["runs"][0]["results"]
    gitlab = json.loads((folder / "out.gitlab").read_text())
    return (
        sorted((result["ruleId"], result["partialFingerprints"]["evidence/v1"]) for result in sarif),
        sorted((issue["check_name"], issue["fingerprint"]) for issue in gitlab),
    )


def test_fingerprints_stay_when_entries_change_places_and_comments_come_in(evidence):
    entries = [
        '  - id: ghost\n    PMID: "99999999"\n',
        "  - id: label\n    setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65\n    accessed: 2025-08\n",
        '  - id: page\n    URL: "http://10.0.0.1/"\n    accessed: 2025-08\n    ignore: {LNK004: "seen by hand"}\n',
    ]
    wanted = ("--format", "sarif=out.sarif", "--format", "gitlab=out.gitlab")
    evidence.write("references:\n" + "".join(entries))
    evidence.check(*wanted)
    first = fingerprints(evidence.folder)
    moved = [entry.replace("\n", "\n    # a comment, and an empty line\n\n", 1) for entry in reversed(entries)]
    evidence.write("# a new head\n\nreferences:\n\n" + "# between\n".join(moved))
    evidence.check(*wanted)
    assert fingerprints(evidence.folder) == first
    assert len(first[0]) >= 6
    assert len({fingerprint for _, fingerprint in first[0]}) == len(first[0])


def test_formats_that_nobody_asked_for_are_not_imported():
    asked = "import sys, evidence.cli.check; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert "evidence.reports.text" in loaded
    assert {f"evidence.reports.{form}" for form in FORMS[2:]}.isdisjoint(loaded)
    assert "tomllib" not in loaded


def test_a_run_that_opens_no_connection_does_not_load_what_opens_them(folder):
    (folder / "references.yaml").write_text("references:\n  - {id: page, URL: https://charity.example/a}\n")
    script = """
        import os, sys
        os._exit = lambda status: None
        sys.argv = ["evidence", "check", "--offline"]
        from evidence.cli.main import main
        main()
        print("loaded:", *sorted({"pycurl", "certifi", "requests", "Bio"} & set(sys.modules)))
    """
    done = subprocess.run([sys.executable, "-c", dedent(script)], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "loaded:", done.stderr


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_run_that_the_store_answers_loads_nothing_that_it_does_not_need(evidence, server, form):
    evidence.write(
        "references:\n"
        '  - {id: article, PMID: "23359310"}\n'
        "  - {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2026-11-01}\n"
    )
    assert evidence.check().returncode in (0, 1)
    asked = len(server.requests)
    assert asked > 0
    script = f"""
        import os, sys
        os._exit = lambda status: None
        sys.argv = ["evidence", "check", "--as-of", "{evidence.today}", "--format", "{form}"]
        from evidence.cli.main import main
        main()
        costly = {{"requests", "urllib3", "http", "ssl", "Bio", "pycurl", "jinja2", "lxml", "pypandoc", "numpy"}}
        costly |= {{"sqlite_utils", "rapidfuzz", "zipfile", "subprocess", "asyncio", "distributed"}}
        print("loaded:", *sorted(costly & set(sys.modules)))
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(script)],
        capture_output=True,
        text=True,
        check=False,
        cwd=evidence.folder,
        env=evidence.env,
    )
    assert done.stdout.splitlines()[-1] == "loaded:", done.stderr
    assert len(server.requests) == asked


@pytest.mark.usefixtures("server")
def test_a_first_run_builds_its_store_without_numpy(evidence):
    """What sqlite-utils would learn of it nobody needs, and it costs more than all else that the first run loads."""
    evidence.write('references:\n  - {id: article, PMID: "23359310"}\n')
    script = """
        import os, sys
        os._exit = lambda status: None
        sys.argv = ["evidence", "check"]
        from evidence.cli.main import main
        main()
        print("loaded:", *sorted({"numpy", "sqlite_utils"} & sys.modules.keys()))
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(script)],
        capture_output=True,
        text=True,
        check=False,
        cwd=evidence.folder,
        env=evidence.env,
    )
    assert done.stdout.splitlines()[-1] == "loaded: sqlite_utils", done.stderr


def test_the_registry_loads_neither_lock_files_nor_libraries():
    script = "import sys, evidence.app.registry; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "evidence.rules.links" in loaded
    assert {"evidence.storage.lockfile", "evidence.library.reader", "sqlite3", "requests"}.isdisjoint(loaded)
