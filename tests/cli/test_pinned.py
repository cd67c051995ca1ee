"""What others run of ours is pinned, actions by commits and packages by hashes; zizmor audits what they run."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import evidence
from processes import PROJECT, doc_snippets

SECURITY = (PROJECT / "SECURITY.md").read_text(encoding="utf-8")
SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = SETTINGS["project"]["optional-dependencies"]
ZIZMOR = Path(sys.executable).with_name("zizmor")

pytestmark = pytest.mark.skipif(not ZIZMOR.exists(), reason="zizmor is not installed beside this Python (group test)")


def documented(kind):
    """The YAML blocks of all documentation that have such a key at the top."""
    pages = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]
    blocks = (
        block
        for page in pages
        for block in re.findall(r"^```ya?ml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    )
    return [block for block in blocks if re.search(rf"^{kind}:", block, re.MULTILINE)]


@pytest.fixture
def checkout(tmp_path):
    """The action, the hooks, our own workflows and every documented one, where an auditor looks for them."""
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for number, text in enumerate(documented("jobs")):
        (workflows / f"documented-{number}.yml").write_text(text, encoding="utf-8")
    for own in (PROJECT / ".github" / "workflows").glob("*.y*ml"):
        (workflows / own.name).write_bytes(own.read_bytes())
    for number, text in enumerate(documented("repos")):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / ".pre-commit-config.yaml").write_text(text, encoding="utf-8")
    for name in ("action.yml", ".pre-commit-hooks.yaml"):
        (tmp_path / name).write_bytes((PROJECT / name).read_bytes())
    return tmp_path


def audited(folder):
    words = (ZIZMOR, "--offline", "--collect", "all", "--strict-collection", "--persona", "pedantic", "--no-progress")
    return subprocess.run([*words, folder], capture_output=True, text=True, timeout=60, check=False)


def test_an_auditor_finds_nothing_in_what_others_run_of_ours(checkout):
    done = audited(checkout)
    assert done.returncode == 0, done.stdout
    looked_at = set(re.findall(r"completed (\S+)", done.stderr))
    files = {str(path) for path in checkout.rglob("*.y*ml")}
    assert {str(checkout / ".github" / "workflows" / "documented-0.yml"), str(checkout / "action.yml")} <= files
    assert looked_at == files


@pytest.mark.parametrize(
    ("sound", "spoilt", "finding"),
    [
        (r"@[0-9a-f]{40}  # (v\S+)", r"@\1", "unpinned-uses"),
        ("persist-credentials: false", "fetch-depth: 0", "artipacked"),
        (r"permissions: \{\}", "permissions: write-all", "excessive-permissions"),
    ],
)
def test_the_auditor_would_find_what_is_not_pinned_or_too_much(checkout, sound, spoilt, finding):
    (documented_one,) = doc_snippets("yaml", "GitHub Actions")
    text = re.sub(sound, spoilt, documented_one)
    assert text != documented_one
    (checkout / ".github" / "workflows" / "spoilt.yml").write_text(text)
    assert finding in audited(checkout).stdout


def test_actions_are_named_by_a_whole_commit_hash_with_its_version_beside_it():
    (workflow,) = doc_snippets("yaml", "GitHub Actions")
    used = re.findall(r"uses: (\S+?)@(\S+)  # (\S+)", workflow)
    assert len(used) == workflow.count("uses:") > 2
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for _, commit, _ in used)
    assert all(re.fullmatch(r"v\d+\.\d+\.\d+", version) for name, _, version in used if not name.startswith("OWNER/"))


# requirements.txt, which the action installs


def pinned(file="requirements.txt"):
    """(name, version, who asks for it) of every package that the file pins; each has at least one hash."""
    text = (PROJECT / file).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    for entry in entries:
        name, version = re.match(r"([\w.-]+)==([^\s;]+)", entry).groups()
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), name
        asked = re.findall(r"^ +#(?: +via)? +(\S.*)$", entry.replace("# via\n", ""), re.MULTILINE)
        yield canonicalize_name(name), version, {asker.removeprefix("via ").strip() for asker in asked}


def test_what_the_action_installs_is_what_the_package_asks_for():
    project = f"{SETTINGS['project']['name']} (pyproject.toml)"
    asked = {canonicalize_name(r.name): r for r in map(Requirement, SETTINGS["project"]["dependencies"])}
    building = {canonicalize_name(r.name): r for r in map(Requirement, SETTINGS["build-system"]["requires"])}
    pins = list(pinned())
    assert {name for name, _, askers in pins if project in askers} == asked.keys()
    assert building.keys() <= {name for name, _, _ in pins}
    for name, version, askers in pins:
        wanted = (asked | building).get(name)
        assert wanted is None or wanted.specifier.contains(version), f"{name} {version}: run `make requirements`"
        assert name in building or askers, f"nothing asks for {name}: run `make requirements`"
        assert {canonicalize_name(asker) for asker in askers - {project}} <= {other for other, _, _ in pins}


@pytest.mark.parametrize(
    ("file", "asked"),
    [
        (
            "requirements-all.txt",
            [SETTINGS["project"]["dependencies"], *map(EXTRAS.get, ("render", "import", "excel"))],
        ),
        ("requirements-release.txt", [SETTINGS["dependency-groups"]["release"]]),
    ],
)
def test_what_an_image_and_a_release_install_is_pinned_too(file, asked):
    pins = {name: Version(version) for name, version, _ in pinned(file)}
    for requirement in map(
        Requirement, [*(text for texts in asked for text in texts), *SETTINGS["build-system"]["requires"]]
    ):
        version = pins.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in {file}: run `make requirements`"
        assert requirement.specifier.contains(version), f"{requirement.name} {version}: run `make requirements`"


def test_the_lowest_versions_are_those_that_the_advisories_ask_for():
    project = SETTINGS["project"]
    extras = [text for group in project["optional-dependencies"].values() for text in group]
    lowest = {
        canonicalize_name(r.name): Version(bound.version)
        for r in map(Requirement, [*project["dependencies"], *extras])
        for bound in r.specifier
        if bound.operator == ">="
    }
    listed = re.findall(r"^\| ([\w-]+)[^|]*\| ([\d.]+)\b", SECURITY, re.MULTILINE)
    asked = {canonicalize_name(name): Version(version) for name, version in listed if name != "pandoc"}
    assert len(asked) >= 10
    assert {name: lowest.get(name) for name in asked} == asked


def test_no_message_or_page_names_a_package_index_as_where_this_project_is():
    texts = [
        *Path(evidence.__file__).parent.rglob("*.py"),
        *PROJECT.glob("*.md"),
        *(PROJECT / "docs").rglob("*.md"),
        PROJECT / "action.yml",
        PROJECT / ".pre-commit-hooks.yaml",
    ]
    named = re.compile(r"(?:install|add|run|inject|uvx)\s+[^\n]*?\bevidence-tracker\b(?!\[?[\w,]*\]? @ )")
    wrong = [
        f"{path.name}: {found[0]}" for path in texts if path.exists() for found in named.finditer(path.read_text())
    ]
    assert wrong == []
