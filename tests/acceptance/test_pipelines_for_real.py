"""What people paste into their pipelines, run by the tools that it is for: pre-commit, bash, zsh, fish, systemd."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from evidence.demo.server import DemoServer
from processes import PROJECT, CommandProcess, doc_snippets

pytestmark = pytest.mark.acceptance

ARTICLES = 'references:\n- {id: younger, PMID: "23359310"}\n- {id: smith, PMID: "17222320"}\n'
TODAY = f"{datetime.now(UTC):%Y-%m-%d}"  # by which the hooks judge, too
GHOST = 'references:\n- {id: ghost, PMID: "99999999", accessed: 2026-02-30}\n'


@pytest.fixture
def evidence(tmp_path):
    with DemoServer() as running:
        command = CommandProcess(tmp_path, running.addresses)
        command.env["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        yield command


def needs(*tools):
    missing = [
        tool for tool in tools if shutil.which(tool, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") is None
    ]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def run(evidence, *words, **more):
    return subprocess.run(
        words, cwd=evidence.folder, env=evidence.env, capture_output=True, text=True, timeout=900, check=False, **more
    )


def committed(evidence, folder):
    """Make the folder a repository with one commit; its name."""
    evidence.folder = folder
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    for words in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "all")):
        done = run(evidence, "git", *words)
        assert done.returncode == 0, done.stderr
    return run(evidence, "git", "rev-parse", "HEAD").stdout.strip()


def copied(folder):
    """This project's files as they are now, tracked or about to be."""
    words = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    return folder


def commit(evidence, message):
    """Commit all, as a person does, with what the hooks said; it has to pass."""
    assert run(evidence, "git", "add", "-A").returncode == 0
    done = run(evidence, "git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-m", message)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@needs("pre-commit", "git")
@pytest.mark.skipif(not (PROJECT / ".git").exists(), reason="the hooks are installed from a clone, and this is none")
def test_pre_commit_installs_and_runs_the_hook(evidence, tmp_path):
    """Builds the hook's own environment, so it asks the package index."""
    evidence.env |= {"PRE_COMMIT_HOME": str(tmp_path / "cache"), "GIT_CONFIG_GLOBAL": os.devnull}
    hooks, work = copied(tmp_path / "hooks"), tmp_path / "work"
    work.mkdir()
    (reported,) = map(yaml.safe_load, doc_snippets("yaml", "pre-commit"))
    reported["repos"][0] |= {"repo": str(hooks), "rev": committed(evidence, hooks)}
    (work / ".pre-commit-config.yaml").write_text(yaml.safe_dump(reported))
    (work / "references.yaml").write_text(GHOST)
    (work / "other.yaml").write_text("a: 1\n")
    committed(evidence, work)
    failed = run(evidence, "pre-commit", "run", "--all-files")
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "REF005" in failed.stdout
    assert "not checked: no lock and no store: references.yaml" in failed.stdout
    (work / "references.yaml").write_text(GHOST.replace(", accessed: 2026-02-30", ""))
    passed = run(evidence, "pre-commit", "run", "--all-files")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "not checked: no lock and no store: references.yaml" in passed.stdout

    # A project that tracks lock and log: a commit changes neither, here with a store and in a clone without one.
    (work / ".gitignore").write_text("evidence.db*\n")
    (work / "references.yaml").write_text(ARTICLES)
    assert evidence("check", "--update-lock", "--as-of", TODAY).returncode == 0
    assert run(evidence, "pre-commit", "install").returncode == 0
    commit(evidence, "references, lock and log")
    clone = tmp_path / "clone"
    assert run(evidence, "git", "clone", "-q", str(work), str(clone)).returncode == 0
    for folder in (work, clone):
        evidence.folder = folder
        assert run(evidence, "pre-commit", "install").returncode == 0
        (folder / "references.yaml").write_text(ARTICLES + "# a remark\n")
        said = commit(evidence, "a remark")
        assert "judged from the lock file alone" in said
        assert "2 references: all checked; 0 errors" in said
        assert run(evidence, "git", "status", "--porcelain").stdout == ""
    (clone / "references.yaml").write_text(ARTICLES + '- {id: new, PMID: "99999999"}\n')
    assert "not in the lock file" in commit(evidence, "a reference that no lock holds yet")


@pytest.mark.skipif(not (PROJECT / "action.yml").exists(), reason="the action is not part of what is installed")
def test_the_action_installs_itself_and_checks(evidence, tmp_path):
    """Its own shell lines, one step after the other; the first asks the package index."""
    action = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))
    evidence.write(GHOST)
    for module in ("venv", "pip", "json", "hatchling"):
        evidence.write("raise SystemExit('a module of the checkout was run')\n", f"{module}.py")
    (tmp_path / "temp").mkdir()
    inputs = {"FILES": "references.yaml", "FORMATS": "sarif=e.sarif", "ON_INCOMPLETE": "warn"}
    runner = {
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_ACTION_PATH": str(PROJECT),
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_WORKSPACE": str(tmp_path),
    }
    evidence.env |= {**inputs, **runner, "FAIL_ON": "", "ARGUMENTS": "", "PYTHON": sys.executable}
    shell = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
    install, check = (run(evidence, *shell, step["run"]) for step in action["runs"]["steps"])
    assert install.returncode == 0, install.stderr
    assert check.returncode == 1
    assert "::error file=references.yaml,line=2" in check.stderr
    assert json.loads((tmp_path / "e.sarif").read_text())["runs"][0]["results"]
    assert "complete=true\n" in (tmp_path / "output").read_text()


def test_the_gitlab_jobs_lines_check_for_real(evidence):
    evidence.write(GHOST)
    (snippet,) = doc_snippets("yaml", "GitLab")
    job = yaml.safe_load(snippet)["references"]
    evidence.env |= {"GITLAB_CI": "true", "CI_PROJECT_DIR": str(evidence.folder), **job["variables"]}
    script = "\n".join(line for line in job["script"] if not line.startswith("pip install"))
    done = run(evidence, "sh", "-ec", script)
    assert (done.returncode, done.stderr) == (1, "")
    for name in job["artifacts"]["reports"].values():
        assert "IDN003" in (evidence.folder / name).read_text()
    assert (evidence.folder / ".evidence" / "evidence.db").exists()


def test_the_gitlab_template_checks_for_real(evidence):
    """With its defaults, and the package already in the image."""
    evidence.write(GHOST)
    text = (PROJECT / "templates" / "evidence.yml").read_text(encoding="utf-8")
    head, body = text.split("\n---\n")
    inputs = yaml.safe_load(head)["spec"]["inputs"]
    assert set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", body)) == set(inputs)
    for name, about in inputs.items():
        body = body.replace(f"$[[ inputs.{name} ]]", about["default"])
    job = yaml.safe_load(body)["references"]
    variables = {name: value or "" for name, value in job["variables"].items()}
    evidence.env |= {"GITLAB_CI": "true", "CI_PROJECT_DIR": str(evidence.folder), **variables}
    done = run(evidence, "sh", "-ec", "\n".join(job["script"]))
    assert (done.returncode, done.stderr) == (1, "")
    for name in job["artifacts"]["reports"].values():
        assert "IDN003" in (evidence.folder / name).read_text()
    assert (evidence.folder / ".evidence" / "evidence.db").exists()


@needs("systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_units(evidence):
    service, timer = doc_snippets("ini", "A periodic job")
    script = evidence.write("#!/bin/sh\n", "periodic")
    script.chmod(0o755)
    evidence.write(service.replace("/usr/local/bin/evidence-periodic", str(script)), "evidence.service")
    evidence.write(timer, "evidence.timer")
    done = run(evidence, "systemd-analyze", "verify", "--man=no", "./evidence.service", "./evidence.timer")
    wrong = [line for line in done.stderr.splitlines() if "evidence." in line and "evidence_" not in line]
    assert (done.returncode, wrong) == (0, [])


TYPED = [
    ("evidence ch", ["check"]),
    ("evidence check --format sa", ["sarif"]),
    ("evidence check --select acc00", ["ACC001", "ACC002", "ACC003", "ACC004", "ACC005", "ACC006"]),
    ("evidence rule RET00", ["RET001", "RET007"]),
]


@needs("bash")
@pytest.mark.parametrize(("typed", "offered"), TYPED)
def test_bash_completes(evidence, typed, offered):
    (snippet,) = doc_snippets("bash", "Shell completion")
    words = typed.split(" ")
    tab = (
        f"COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; _evidence_completion evidence\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = run(evidence, "bash", "--norc", "-c", f"{snippet}\n{tab}")
    assert done.stderr == ""
    assert set(offered) <= set(done.stdout.split())


@needs("fish")
@pytest.mark.parametrize(("typed", "offered"), TYPED)
def test_fish_completes(evidence, typed, offered):
    (snippet,) = doc_snippets("fish", "Shell completion")
    done = run(evidence, "fish", "--no-config", "-c", f"{snippet}\ncomplete --do-complete '{typed}'")
    assert set(offered) <= {line.split("\t")[0] for line in done.stdout.splitlines()}


@needs("zsh")
def test_zsh_takes_the_completion(evidence):
    (snippet,) = doc_snippets("zsh", "Shell completion")
    done = run(evidence, "zsh", "-f", "-c", f"autoload -Uz compinit && compinit -D\n{snippet}\necho $_comps[evidence]")
    assert (done.stdout, done.stderr) == ("_evidence_completion\n", "")
