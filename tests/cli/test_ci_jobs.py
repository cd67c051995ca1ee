"""Inside CI the host is notified beside the text report, and never where another format was asked for."""

import re
from dataclasses import replace

import pytest

from evidence.cli.formats import targets_of
from evidence.cli.output import Output
from evidence.cli.overwriting import GuardedFile
from evidence.model.errors import UsageError
from evidence.model.records import NoticeLink
from evidence.reports.document import report_document
from factories import sample_report

ANNOTATION = re.compile(r"^::error file=(\S+?),line=21,col=13,title=RET001", re.MULTILINE)
HINT = "--format gitlab=gl-code-quality-report.json"


class Job:
    """A CI job in whose checkout a report is written."""

    def __init__(self, folder, environ, capsys):
        self.folder, self.environ, self._capsys = folder, environ, capsys

    def write(self, *forms, annotate=True, printed=None, **env):
        output = Output(targets_of(forms, None), annotate=annotate)
        files = list(map(GuardedFile, output.files))
        output.write(printed or report_document(sample_report()), {**self.environ, **env}, files)
        return self._capsys.readouterr()

    @property
    def summary(self):
        path = self.folder / "summary.md"
        return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.fixture
def github(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    summary = str(tmp_path / "summary.md")
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path), "GITHUB_STEP_SUMMARY": summary}
    return Job(tmp_path, environ, capsys)


@pytest.fixture
def gitlab(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    return Job(tmp_path, {"GITLAB_CI": "true", "CI_PROJECT_DIR": str(tmp_path)}, capsys)


def test_the_command_in_a_github_job_annotates_and_summarises(evidence):
    evidence.write('references:\n  - {id: ghost, PMID: "99999999"}\n')
    summary = evidence.folder / "summary.md"
    done = evidence.check(GITHUB_ACTIONS="true", GITHUB_WORKSPACE=evidence.folder, GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 1
    assert done.stderr.startswith("::error file=references.yaml,line=2,col=23,title=IDN003")
    assert "IDN003" in done.stdout
    assert "::" not in done.stdout
    assert summary.read_text().startswith("## Evidence: failed, 1 error")
    off = evidence.check("--no-annotations", GITHUB_ACTIONS="true")
    assert off.stderr == ""


def test_what_voids_a_reference_is_annotated_and_listed_first(evidence, server):
    server.world = server.world.with_retraction("23359310", NoticeLink("RetractionIn", "J Synthetic. 2026", "39999999"))
    many = "".join(f'  - {{id: r{number}, PMID: "9999990{number}", odd: x}}\n' for number in range(6))
    evidence.write(f'references:\n{many}  - {{id: void, PMID: "23359310"}}\n')
    summary = evidence.folder / "summary.md"
    done = evidence.check(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    titles = re.findall(r"^::(\w+) .*?title=(\w+)", done.stderr, re.MULTILINE)
    assert titles[0] == ("error", "RET001")
    kinds = [kind for kind, _ in titles]
    assert len(kinds) > 10
    assert kinds == sorted(kinds, key=["error", "warning", "notice"].index)
    assert re.findall(r"^- \*\*([A-Z]{3}\d{3})\*\*", summary.read_text(), re.MULTILINE)[0] == "RET001"


def test_github_gets_annotations_on_standard_error_and_a_job_summary_beside_the_text(github):
    out, err = github.write()
    assert ANNOTATION.search(err)[1] == "references.yaml"
    assert "RET001" in out
    assert "::error" not in out
    assert github.summary.startswith("## Evidence: failed")


def test_job_summaries_of_several_steps_follow_each_other(github):
    github.write()
    github.write()
    assert github.summary.count("\n\n## Evidence: failed") == 1


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "gitlab", "markdown"])
def test_nothing_is_added_where_another_format_was_asked_for(github, form):
    out, err = github.write(form)
    assert (err, github.summary) == ("", "")
    assert not out.startswith("::")


def test_annotations_asked_for_by_name_are_reported_once(github):
    out, err = github.write("github")
    assert (err, len(ANNOTATION.findall(out))) == ("", 1)
    assert github.summary
    assert github.write("text", "github=commands.txt").err == ""


def test_the_switch_turns_both_off(github):
    out, err = github.write(annotate=False)
    assert (err, github.summary) == ("", "")
    assert "RET001" in out


def test_files_are_named_from_the_root_of_the_repository(github):
    root = str(github.folder.parent)
    assert ANNOTATION.search(github.write(GITHUB_WORKSPACE=root).err)[1] == f"{github.folder.name}/references.yaml"


def test_text_from_references_is_no_command_to_the_runner(github):
    report = sample_report()
    hostile = replace(report.findings[3], message="::stop-commands::x " * 20 + "##[add-mask]y")
    out, err = github.write(printed=report_document(replace(report, findings=(hostile,), unchecked=())))
    obeyed = [line for line in (out + err).splitlines() if line.strip().startswith("::")]
    assert [line.partition(" ")[0] for line in obeyed] == ["::error", "::notice"]
    assert obeyed[0].startswith("::error file=")
    assert "stop-commands" in out
    assert "##[" not in out


def test_a_job_summary_that_cannot_be_written_leaves_standard_output_empty(github, capsys):
    with pytest.raises(UsageError, match=r"GITHUB_STEP_SUMMARY: cannot write /nowhere/summary\.md"):
        github.write(GITHUB_STEP_SUMMARY="/nowhere/summary.md")
    assert capsys.readouterr().out == ""


def test_the_command_names_the_variable_of_a_job_summary_that_cannot_be_written(evidence):
    evidence.write('references:\n  - {id: ghost, PMID: "99999999"}\n')
    done = evidence.check(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY="/nowhere/summary.md")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: GITHUB_STEP_SUMMARY: cannot write /nowhere/summary.md: No such file or directory (set" in done.stderr


def test_gitlab_is_reported_which_report_it_shows(gitlab):
    assert HINT in gitlab.write().err
    assert gitlab.write(annotate=False).err == ""
    assert gitlab.write("text", "gitlab=q.json").err == ""
    assert gitlab.write("json").err == ""


def test_outside_ci_nothing_is_added(github):
    out, err = github.write(GITHUB_ACTIONS="false")
    assert "RET001" in out
    assert (err, github.summary) == ("", "")
