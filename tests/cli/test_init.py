"""`evidence init`: the monographs of a folder, and its evidence.toml from options or from a terminal's answers."""

from __future__ import annotations

import tomllib

import pytest

from evidence.cli.settings import settings_from
from factories import printed_entry
from processes import typed

MONOGRAPH = "# Examplinib\n\nIt works [1].\n\n## References\n\n1. {}\n"
ANSWERS = {"name": "Dana Reyes", "email": "d.reyes@example.org", "owner": 'Dana "D" Reyes', "style": "nlm"}


def options(answers):
    return [word for key, text in answers.items() for word in (f"--{key}", text)]


def test_the_monographs_are_found_and_the_answers_written(evidence, server):
    entry = printed_entry(next(iter(server.world.articles.values())))
    evidence.write(MONOGRAPH.format(entry), "one.md")
    evidence.write("# Read me\n\nNothing is cited here.\n", "README.md")
    done = evidence("init", *options(ANSWERS))
    assert done.returncode == 0
    assert done.stdout == "one.md: 1 reference\n"
    assert "next: evidence import one.md --write" in done.stderr
    written = tomllib.loads((evidence.folder / "evidence.toml").read_text())
    assert written.pop("policy") == {"style": "nlm"}
    assert written == {key: ANSWERS[key] for key in ("name", "email", "owner")}


def test_what_is_imported_already_is_said_and_the_configuration_is_in_force(evidence, server):
    entry = printed_entry(next(iter(server.world.articles.values())))
    evidence.write(MONOGRAPH.format(entry), "one.md")
    evidence("import", "one.md", "--no-match", "--write", "-o", "one.references.yaml")
    done = evidence("init", *options(ANSWERS))
    assert done.stdout == "one.md: already imported into one.references.yaml\n"
    assert "next: evidence review --to FOLDER" in done.stderr
    _, report = evidence.report()
    assert {reference["owner"] for reference in report["references"]} == {'Dana "D" Reyes'}
    assert report["run"]["policies"]["one.references.yaml"]["style"] == "nlm"
    assert report["run"]["actor"] == "tester"  # the name is not who ran the command


def test_an_evidence_toml_is_never_replaced_and_answers_are_single_lines(evidence):
    place = evidence.write("# mine\n", "evidence.toml")
    refused = evidence("init", "--name", "D. Reyes")
    assert (refused.returncode, place.read_text()) == (2, "# mine\n")
    assert "evidence.toml exists" in refused.stderr
    place.unlink()
    for wrong in (("--name", "two\nlines"), ("--email", "nobody"), ("--owner", " "), ("--style", "mla")):
        assert evidence("init", *wrong).returncode == 2
    assert not place.exists()


def test_a_terminal_is_asked_the_four_questions(evidence):
    done = typed(evidence, "Dana Reyes\nd.reyes@example.org\n\nMedical Information\n", "init")
    assert done.returncode == 0, done.stderr
    written = tomllib.loads((evidence.folder / "evidence.toml").read_text())
    assert (written["name"], written["owner"]) == ("Dana Reyes", "Medical Information")
    assert written["email"] == "d.reyes@example.org"
    assert written["policy"] == {"style": "ama"}


def test_the_address_of_the_configuration_is_given_to_ncbi_unless_the_environment_names_one(evidence, monkeypatch):
    evidence("init", *options(ANSWERS))
    monkeypatch.chdir(evidence.folder)
    assert settings_from({}).ncbi_email == "d.reyes@example.org"
    assert settings_from({"NCBI_EMAIL": "b.lead@example.org"}).ncbi_email == "b.lead@example.org"


@pytest.mark.parametrize("email", ["nobody", "a@b\u00e9", ""])
def test_an_address_that_cannot_be_sent_is_refused_with_its_line(evidence, email):
    evidence.write(f'name = "D. Reyes"\nemail = "{email}"\n', "evidence.toml")
    refused = evidence("check")
    assert refused.returncode == 2
    assert "evidence.toml:2" in refused.stderr


def test_a_style_may_be_written_in_capitals(evidence):
    assert evidence("init", "--style", "AMA").returncode == 0
    assert tomllib.loads((evidence.folder / "evidence.toml").read_text()) == {"policy": {"style": "ama"}}


def test_a_copy_with_the_findings_is_not_taken_for_a_monograph(evidence, server):
    entry = printed_entry(next(iter(server.world.articles.values())))
    for name in ("one.md", "one.marked.md"):
        evidence.write(MONOGRAPH.format(entry), name)
    assert evidence("init", *options(ANSWERS)).stdout == "one.md: 1 reference\n"
