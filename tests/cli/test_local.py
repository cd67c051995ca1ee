"""A check without asking anyone: by the lock beside each file, else by the store, and said where there is neither."""

import hashlib
import json

import pytest
import yaml

from processes import PROJECT

HOOKS = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ARTICLES = """\
references:
  - {id: younger, PMID: "23359310"}
  - {id: smith, PMID: "17222320"}
"""
OTHER = """\
references:
  - {id: third, PMID: "23359310"}
  - {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65}
"""


def files(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def tracked(folder):
    """What version control holds of a folder: everything but the store."""
    return {name: digest for name, digest in files(folder).items() if not name.startswith("evidence.db")}


def origins(report):
    return {reference["id"]: reference["from"] for reference in report["references"]}


def unchecked(report):
    return {item["reference"]: item["reason"] for item in report["unchecked"]}


@pytest.fixture
def locked(evidence):
    """A library that was checked and locked once."""
    evidence.write(ARTICLES)
    assert evidence.check("--update-lock").returncode == 0
    return evidence


def test_the_lock_beside_a_file_is_taken_before_the_store_and_nothing_is_written(locked):
    before = tracked(locked.folder)
    status, report = locked.report("--local")
    assert (status, report["run"]["mode"], report["run"]["recorded"]) == (0, "locked", False)
    assert origins(report) == {"younger": "lock", "smith": "lock"}
    assert tracked(locked.folder) == before


def test_in_a_fresh_clone_the_lock_is_enough(locked):
    (locked.folder / "evidence.db").unlink()
    before = files(locked.folder)
    status, report = locked.report("--local", "--no-record", "--on-incomplete", "warn")
    assert (status, report["unchecked"]) == (0, [])
    assert files(locked.folder) == before


def test_without_a_lock_the_store_is_asked(evidence):
    evidence.write(ARTICLES)
    assert evidence.check().returncode == 0
    before = tracked(evidence.folder)
    status, report = evidence.report("--local")
    assert (status, report["run"]["mode"], origins(report)) == (0, "offline", {"younger": "store", "smith": "store"})
    assert tracked(evidence.folder) == before


def test_of_several_files_each_is_judged_by_what_is_beside_it(locked):
    (locked.folder / "other").mkdir()
    locked.write(OTHER, "other/references.yaml")
    assert locked.check("other/references.yaml").returncode in {0, 1}
    before = tracked(locked.folder)
    _, report = locked.report("--local", "references.yaml", "other/references.yaml")
    assert report["run"]["mode"] == "offline"
    assert origins(report) == {"younger": "lock", "smith": "lock", "third": "lock", "label": "store"}
    assert tracked(locked.folder) == before


@pytest.mark.parametrize(("incomplete", "status"), [("warn", 0), ("fail", 3)])
def test_with_neither_it_says_so_and_judges_the_entries_alone(evidence, incomplete, status):
    evidence.write(ARTICLES)
    done = evidence.check("--local", "--on-incomplete", incomplete, "--format", "json")
    assert done.returncode == status
    assert done.stderr == (
        "evidence: not checked: no lock and no store: references.yaml "
        "(`evidence check --update-lock` looks them up and writes a lock)\n"
    )
    reason = "not checked: no lock and no store"
    assert unchecked(json.loads(done.stdout)) == {"younger": reason, "smith": reason}
    assert list(files(evidence.folder)) == ["references.yaml"]
    evidence.write(ARTICLES.replace("23359310", "0"))
    assert evidence.check("--local", "--on-incomplete", incomplete).returncode == 1


def test_a_file_with_a_lock_beside_one_with_neither_is_judged_all_the_same(locked):
    (locked.folder / "evidence.db").unlink()
    (locked.folder / "other").mkdir()
    locked.write(OTHER, "other/references.yaml")
    done = locked.check("--local", "--format", "json", "references.yaml", "other/references.yaml")
    report = json.loads(done.stdout)
    assert "no lock and no store: other/references.yaml (" in done.stderr
    assert origins(report) == {"younger": "lock", "smith": "lock", "third": "lock", "label": None}
    assert unchecked(report) == {"label": "not checked: no lock and no store"}


def test_what_the_lock_does_not_hold_yet_is_not_checked(locked):
    locked.write(ARTICLES + '  - {id: new, PMID: "99999999"}\n')
    status, report = locked.report("--local", "--on-incomplete", "warn")
    assert (status, list(unchecked(report))) == (0, ["new"])
    assert "not in the lock file" in unchecked(report)["new"]


def test_a_lock_that_was_altered_by_hand_stops_it(locked):
    lock = locked.folder / "references.lock.json"
    lock.write_text(lock.read_text().replace("Younger", "Older"))
    done = locked.check("--local")
    assert (done.returncode, "does not match its digest" in done.stderr) == (2, True)


@pytest.mark.parametrize("other", ["--offline", "--locked", "--refresh", "--update-lock"])
def test_another_way_of_looking_contradicts_it(locked, other):
    done = locked.check("--local", other)
    assert (done.returncode, f"--local and {other} cannot be used together" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "hook", [hook for hook in HOOKS if hook["id"] != "evidence-online"], ids=lambda hook: hook["id"]
)
def test_a_hook_leaves_everything_as_it_was_whatever_the_configuration_asks_for(locked, hook):
    locked.write('format = ["text", "sarif=evidence.sarif"]\non-incomplete = "fail"\n', "evidence.toml")
    locked.write(ARTICLES + '  - {id: new, PMID: "99999999"}\n')
    before = tracked(locked.folder)
    program, *words = hook["entry"].split()
    done = locked(*words, "--as-of", locked.today, "references.yaml")
    assert (program, done.returncode, done.stderr) == ("evidence", 0, "")
    assert "3 references: " in done.stdout
    assert hook["verbose"], "what is not checked is to be seen although the hook passes"
    assert tracked(locked.folder) == before
