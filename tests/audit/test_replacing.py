"""Files replaced under the trail: what is left when that fails, or is interrupted."""

import json
from dataclasses import replace

import pytest

from audit.damage import flaws_of
from evidence.cli.trail import Replacement, recover_edits, replace_recorded
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.errors import FileError
from evidence.storage.encoding import digest
from factories import TODAY, open_store

OLD, NEW = b"references: []\n", b"references: [] # put in order\n"
ENTRY = AuditEntry(AuditAction.FIX, "references.yaml", reason="put in order")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "references.yaml"
    path.write_bytes(OLD)
    return path


@pytest.fixture
def opened(tmp_path):
    with open_store(tmp_path / "evidence.db", log=tmp_path / "evidence.log.jsonl") as store:
        yield store


@pytest.fixture
def trail(opened):
    return opened.trail("editor", TODAY)


def events(file):
    return [json.loads(line) for line in (file.parent / "evidence.log.jsonl").read_text().splitlines()]


def replacement(file, write):
    return Replacement(file, digest(OLD), digest(NEW), write)


def test_what_is_announced_comes_before_the_file_is_touched(file, trail):
    observed = []

    def write():
        observed.append((events(file)[-1]["ending"], file.read_bytes()))
        file.write_bytes(NEW)

    replace_recorded(trail, ENTRY, replacement(file, write))
    assert observed == [("begun", OLD)]
    last = events(file)[-1]
    assert (last["ending"], last["before"], last["after"], last["reason"]) == (
        "done",
        digest(OLD),
        digest(NEW),
        "put in order",
    )
    assert flaws_of(file.parent / "evidence.db") == []


def test_an_edit_that_fails_is_noted_with_why(file, trail):
    def write():
        raise FileError("the file is read-only", path="references.yaml")

    with pytest.raises(FileError):
        replace_recorded(trail, ENTRY, replacement(file, write))
    last = events(file)[-1]
    assert (last["ending"], last["after"], last["details"]["why"]) == (
        "failed",
        digest(OLD),
        "references.yaml: the file is read-only",
    )
    assert flaws_of(file.parent / "evidence.db") == []


@pytest.mark.parametrize(
    ("left", "ends"),
    [
        (OLD, ("failed", "was not replaced; run the command again if the change is still wanted")),
        (NEW, ("done", "was replaced as announced; no action needed")),
        (b"something else\n", ("failed", "matches neither its old nor its new content")),
        (None, ("failed", "matches neither its old nor its new content")),
    ],
    ids=["as before", "as announced", "as neither", "gone"],
)
def test_an_interrupted_edit_is_reported_by_verify_and_noted_by_the_next_command(file, trail, capsys, left, ends):
    ending, reported = ends

    def killed():
        if left is None:
            file.unlink()
        else:
            file.write_bytes(left)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_recorded(trail, ENTRY, replacement(file, killed))
    (flaw,) = flaws_of(file.parent / "evidence.db")
    assert flaw.place.endswith("evidence.log.jsonl:2")
    assert reported in flaw.fix
    recover_edits(trail)
    last = events(file)[-1]
    assert (last["ending"], last["details"]["begun"]) == (ending, "2")
    assert reported in last["details"]["recovered"]
    assert reported in capsys.readouterr().err
    assert flaws_of(file.parent / "evidence.db") == []


def test_the_next_edit_settles_the_interrupted_one_first(file, trail, capsys):
    def killed():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_recorded(trail, ENTRY, replacement(file, killed))
    replace_recorded(trail, replace(ENTRY, action=AuditAction.FORMAT), replacement(file, lambda: file.write_bytes(NEW)))
    assert [(event["action"], event["ending"]) for event in events(file)[1:]] == [
        ("fix", "begun"),
        ("fix", "failed"),
        ("format", "begun"),
        ("format", "done"),
    ]
    assert "an earlier `fix` of references.yaml was interrupted" in capsys.readouterr().err
