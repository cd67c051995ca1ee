"""What a release does, step by step, and the ways to install: each asks the package index, as those who install do."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.utils import canonicalize_name

from evidence.model.version import __version__
from processes import PROJECT, CommandProcess
from word_files import plain

pytestmark = pytest.mark.acceptance

WORKFLOW = PROJECT / ".github" / "workflows" / "release.yml"
ENTRY = "Younger J, Noor N, McCue R, Mackey S. Low-dose naltrexone. Arthritis Rheum. 2013;65(2):529-538. PMID: 23359310"


@pytest.fixture
def clone(tmp_path):
    """This project's files as they are now, without what git ignores, as one commit."""
    folder = tmp_path / "clone"
    words = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    try:
        listed = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("built from a clone, and this is none")
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    for command in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "all")):
        subprocess.run(("git", *command), cwd=folder, check=True)
    return folder


def run(folder, env, *words):
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done.stdout


def test_the_release_builds_checks_describes_and_lists_what_it_would_publish(clone):
    env = {
        **os.environ,
        "GITHUB_REF_NAME": f"v{__version__}",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    job = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["build"]
    steps = [step["run"] for step in job["steps"] if "run" in step]
    assert len(steps) == 6
    for step in steps:
        run(clone, env, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step)
    made = {path.name for path in (clone / "release").iterdir()}
    wheel = f"evidence_tracker-{__version__}-py3-none-any.whl"
    assert made == {
        wheel,
        f"evidence_tracker-{__version__}.tar.gz",
        "constraints.txt",
        "sbom.cdx.json",
        "SHA256SUMS",
    }
    bill = json.loads((clone / "release" / "sbom.cdx.json").read_text(encoding="utf-8"))
    components = {canonicalize_name(component["name"]): component["version"] for component in bill["components"]}
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "evidence-tracker"
    pins = set(re.findall(r"^([\w.-]+)==([^\s;]+)", (clone / "requirements-all.txt").read_text(), re.MULTILINE))
    assert {"pycurl", "biopython", "lxml", "pypandoc-binary", "xlsxwriter"} <= components.keys()
    assert components.items() - pins <= {("evidence-tracker", __version__)}
    run(clone / "release", env, "sha256sum", "--check", "--strict", "SHA256SUMS")
    with zipfile.ZipFile(clone / "release" / wheel) as archive:
        dates = {item.date_time for item in archive.infolist()}
    run(clone, env, "bash", "-ec", f"{steps[2]}\ncmp dist/{wheel} release/{wheel}")
    assert len(dates) == 1


def test_a_tag_that_is_not_the_version_is_not_released(clone):
    job = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["build"]
    compare = next(step["run"] for step in job["steps"] if "tag" in step.get("name", ""))
    for tag, status in ((f"v{__version__}", 0), (f"v{__version__}.1", 1), (f"v{__version__[:-1]}", 1)):
        done = subprocess.run(
            ("sh", "-ec", compare), cwd=clone, env={**os.environ, "GITHUB_REF_NAME": tag}, check=False
        )
        assert done.returncode == status, tag


def size(folder):
    """In MB, without what uv only links to."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


INSTALLERS = {
    "uv": (
        ("tool", "install", "--python", sys.executable, "SPEC"),
        ("tool", "install", "--python", sys.executable, "SPEC"),
    ),
    "pipx": (
        ("install", "--python", sys.executable, "SPEC"),
        ("install", "--force", "--python", sys.executable, "SPEC"),
    ),
}


def tool(name):
    place = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if place is None:
        pytest.skip(f"{name} is not installed (group verify)")
    return place


@pytest.mark.parametrize("name", INSTALLERS)
@pytest.mark.parametrize("spec", [".[all]", ".[import,excel]", "."])
def test_two_commands_from_nothing_to_the_first_finding_on_an_own_word_file(clone, tmp_path, server, name, spec):
    """Or, without the extras, to the line that says what to install; which is then followed, and right."""
    program = tool(name)
    work = tmp_path / "Prüf akten"
    work.mkdir()
    (work / "own.docx").write_bytes(plain([ENTRY, "Ghost A. A ghost. J Ghosts. 2001;1:2. PMID: 99999999"]))
    evidence = CommandProcess(work, server.addresses)
    env = {
        **evidence.env,
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_TOOL_DIR": str(tmp_path / "tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "PIP_NO_CACHE_DIR": "1",
        "PIPX_HOME": str(tmp_path / "tools"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
    }
    first, again = INSTALLERS[name]
    began = time.monotonic()
    run(clone, env, program, *(spec if word == "SPEC" else word for word in first))
    installed = time.monotonic()
    command = str(tmp_path / "bin" / "evidence")
    done = subprocess.run(
        (command, "import", "own.docx", "--write"), cwd=work, env=env, capture_output=True, text=True, check=False
    )
    if spec == ".":
        expected = 'uv tool install ".[all]"' if name == "uv" else 'pipx install --force ".[all]"'
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert expected in done.stderr
        run(clone, env, program, *(".[all]" if word == "SPEC" else word for word in again))
        run(work, env, command, "import", "own.docx", "--write")
    else:
        assert done.returncode == 0, done.stderr
    done = subprocess.run((command, "check"), cwd=work, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "IDN003" in done.stdout
    sys.stdout.write(
        f"\n{name} {spec}: {installed - began:.0f} s to install, {time.monotonic() - installed:.1f} s to the first "
        f"finding, {size(tmp_path / 'tools'):.0f} MB\n"
    )


def test_uvx_runs_the_clone_without_installing_it(clone):
    done = run(
        clone, os.environ, tool("uvx"), "--python", sys.executable, "--from", ".", "evidence", "demo", "references.yaml"
    )
    assert "5 references: all checked" in done
