"""The Containerfile's steps in an empty Debian root, and `evidence` there for users who have hardly anything.

No container engine runs here: the roots are made by debootstrap, entered by chroot, and need root and Debian's
packages. EVIDENCE_DEBIAN=FOLDER keeps the empty roots for the next time.
"""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from acceptance.containers import built
from processes import PROJECT
from word_files import plain

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("debootstrap") is None,
        reason="needs root and debootstrap (apt-get install debootstrap)",
    ),
    pytest.mark.skipif(not (PROJECT / "src").exists(), reason="built from the sources, and they are not here"),
]

ENTRIES = [
    "Younger J, Noor N, McCue R, Mackey S. Low-dose naltrexone. Arthritis Rheum. 2013;65(2):529-538. PMID: 23359310",
    "Ghost A. A ghost of a study. J Ghosts. 2001;1:2. PMID: 99999999",
]


def size(root):
    files = (path.lstat() for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(each.st_size for each in files) / 1e6


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    if kept := os.environ.get("EVIDENCE_DEBIAN"):
        Path(kept).mkdir(exist_ok=True)
        yield Path(kept)
        return
    folder = tmp_path_factory.mktemp("debian")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module", params=["requirements.txt", "requirements-all.txt"])
def image(request, cache, tmp_path_factory):
    work = tmp_path_factory.mktemp("image")
    made = built(PROJECT / "Containerfile", PROJECT, cache, work, REQUIREMENTS=request.param)
    made.is_whole = request.param == "requirements-all.txt"
    whole, ours = size(made.root), size(made.root / "opt" / "evidence")
    sys.stdout.write(f"\n{request.param}: {whole:.0f} MB, of which {ours:.0f} MB are evidence\n")
    yield made
    shutil.rmtree(work)


def folder_of(image, name, owner, entries=ENTRIES):
    """A folder in the root for a user, with a Word file."""
    place = image.root / "srv" / name
    place.mkdir(parents=True)
    (place / "own.docx").write_bytes(plain(entries))
    (place / "own.md").write_text(
        "# Own\n\nText [1], [2].\n\n## References\n\n" + "".join(f"{n}. {e}\n" for n, e in enumerate(entries, 1))
    )
    for path in (place, *place.iterdir()):
        os.chown(path, owner, owner)
    return f"/srv/{name}"


def test_the_image_has_a_user_without_rights_and_its_store_on_a_volume(image):
    assert image.user == "10001:10001"
    assert image.volumes == ["/store"]
    assert image.env["EVIDENCE_STORE"].startswith("/store/")
    assert "Usage: evidence" in image.run(*image.command).stdout
    refused = image.run("touch", "/opt/evidence/x")
    assert (refused.returncode, image.run("touch", "/store/x").returncode) == (1, 0)
    for absent in ("git", "make", "gcc"):
        assert image.run("sh", "-c", f"command -v {absent}").returncode != 0, absent


def test_it_does_the_main_job_in_the_image(image):
    folder = folder_of(image, "demo", 10001)
    shutil.copy(PROJECT / "references.yaml", image.root / "srv" / "demo" / "references.yaml")
    done = image.run("evidence", "demo", "references.yaml", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "5 references: all checked" in done.stdout


def test_the_store_is_where_the_image_says_and_remembers(image, server):
    folder = folder_of(image, "kept", 10001)
    env = addresses(server)
    assert image.run("evidence", "import", "own.md", "--write", folder=folder, env=env).returncode == 0
    assert image.run("evidence", "check", folder=folder, env=env).returncode == 1
    assert (image.root / "store" / "evidence.db").exists()
    again = image.run("evidence", "check", "--offline", folder=folder, env=env)
    assert "IDN003" in again.stdout
    doctor = image.run("evidence", "doctor", folder=folder, env=env)
    assert re.search(r"^ok    locks", doctor.stdout, re.MULTILINE)


def addresses(server):
    return {f"EVIDENCE_{name.upper()}_URL": address for name, address in server.addresses.items()}


ACCOUNTS = {
    "without HOME": ({}, "10001:10001", "plain"),
    "with a HOME that cannot be written": ({"HOME": "/usr"}, "10001:10001", "home"),
    "with a HOME that is not there": ({"HOME": "/nowhere/at/all"}, "10001:10001", "nowhere"),
    "of a number that no passwd has": ({}, "54321:54321", "nobody"),
    "in a folder with blanks and umlauts": ({}, "54321:54321", "Prüf akten für „LDN“ 2026"),
    "in the C locale": ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "54321:54321", "Präparat C"),
}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_user_without_git_and_make_imports_checks_exports_and_reviews(image, server, account):
    more, user, name = ACCOUNTS[account]
    folder = folder_of(image, name, int(user.split(":")[0]))
    env = {**addresses(server), **more, "EVIDENCE_STORE": "evidence.db"}
    assert "HOME" in more or "HOME" not in image.env
    monograph = "own.docx" if image.is_whole else "own.md"

    def evidence(*words, status=0):
        done = image.run("evidence", *words, folder=folder, env=env, user=user)
        assert done.returncode == status, f"{words}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    evidence("import", monograph, "--write")
    report = json.loads(evidence("check", "--format", "json", status=1).stdout)
    assert {finding["code"] for finding in report["findings"]} >= {"IDN003"}
    evidence("export", "-o", "own.ris")
    evidence("verify")
    if image.is_whole:
        evidence("export", "--style", "ama", "-o", "list.docx")
        evidence("export", "--comments", "own.docx", "-o", "own.marked.docx")
        evidence("review", "--to", "2026-Q4", status=1)
        made = {path.name for path in (image.root / folder[1:] / "2026-Q4").iterdir()}
        assert {"report.html", "brief.html", "findings.xlsx", "summary.txt", "bundle.zip", "monographs"} <= made
    else:
        missing = evidence("review", "--to", "2026-Q4", status=2)
        assert missing.stderr.count("\n") == 1
    left = {path.name for path in (image.root / "usr").iterdir()}
    assert not {".config", ".cache", ".local"} & left
