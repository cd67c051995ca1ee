"""The command under the CPython of Windows, which Wine runs: the same files, findings and exits as on this system.

The interpreter is in the folder `EVIDENCE_WINE`, made by `python tests/acceptance/windows.py FOLDER`. Wine shows
imports, paths, locks, waits and consoles, but not Word, OneDrive or a virus scanner.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from acceptance.windows import environment, evidence, python
from evidence.demo.server import DemoServer
from evidence.demo.world import naltrexone_world
from factories import docx_file
from pdf_files import PdfFile
from servers import html_page, scripted_web

FOLDER = Path(os.environ.get("EVIDENCE_WINE", ""))
pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(shutil.which("wine") is None, reason="Wine is not installed (apt-get install wine wine64)"),
    pytest.mark.skipif(
        not (FOLDER / "python/python.exe").is_file(),
        reason="EVIDENCE_WINE names no folder made by tests/acceptance/windows.py",
    ),
]

LINES = """\
Low-dose naltrexone

It may reduce pain [1], helps in Crohn's disease [2] and was proposed for more [3].

References

1. Younger J, Noor N, McCue R. Low-dose naltrexone for fibromyalgia. Arthritis Rheum. 2013;65:529. PMID: 23359310
2. Smith JP, Stock H. Low-dose naltrexone in Crohn's disease. Am J Gastroenterol. 2007;102:820. PMID: 17222320
3. Brown N, Panksepp J. Low-dose naltrexone. Med Hypotheses. 2009;72(3):333-337. PMID: 19041189
""".splitlines()
FILES = ("word.references.yaml", "text.references.yaml", "pdf.references.yaml")
DAY = ("--as-of", "2026-11-30")
STEPS = (
    ("demo",),
    ("import", "word.docx", "--write", "-o", FILES[0]),
    ("import", "text.txt", "--write", "-o", FILES[1]),
    ("import", "pdf.pdf", "--write", "-o", FILES[2]),
    ("check", *FILES, "--format", "json=check.json", "--format", "html=check.html", "--update-lock", *DAY),
    ("export", FILES[0], "--to", "csl-json", "-o", "list.json"),
    ("export", FILES[0], "--to", "ris", "-o", "list.ris"),
    ("check", FILES[0], "--locked", "--format", "json=locked.json", *DAY),
    ("sign", *FILES, "--role", "reviewer", "--name", "A. Reviewer"),
    ("verify",),
    ("bundle", "-o", "bundle.zip"),
    ("verify", "bundle.zip"),
    ("review", ".", "--to", "2026-Q4", *DAY),
)
_CHANGING = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?Z?( UTC)?|\b[0-9a-f]{8,64}\b|\b\d{8}-?T?\d{6}\S*")


class System:
    """One of the two systems: a folder, and what each step printed and returned."""

    def __init__(self, folder: Path, command: list[str], env: Mapping[str, str]) -> None:
        self.folder, self.command, self.env = folder, command, {**os.environ, **env}
        folder.mkdir()

        def fill(document: Any) -> None:
            for line in LINES:
                document.add_paragraph(line)

        printed = PdfFile()
        printed.column(LINES)
        (folder / "word.docx").write_bytes(docx_file(fill))
        (folder / "text.txt").write_text("\r\n".join(LINES), newline="")
        (folder / "pdf.pdf").write_bytes(printed.bytes())

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        # Wine's console cannot be a file: pipes only.
        command = [*self.command, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.env, input=b"", capture_output=True, timeout=600, check=False
        )

    def run_bundle(self) -> tuple[int, str]:
        """What `verify.py` of the bundle says, without UTF-8 mode and without this package."""
        with zipfile.ZipFile(self.folder / "bundle.zip") as bundle:
            bundle.extractall(self.folder / "unpacked")
        interpreter = self.command[: self.command.index("-X")] if "-X" in self.command else self.command[:1]
        done = subprocess.run(
            [*interpreter, "-I", "verify.py"],
            cwd=self.folder / "unpacked",
            env=self.env,
            input=b"",
            capture_output=True,
            timeout=600,
            check=False,
        )
        assert b"verified, no changes" in done.stdout, done.stdout + done.stderr
        return done.returncode, _steady((done.stdout + done.stderr).decode().replace("\r\n", "\n"))

    def printed(self, *arguments: str) -> tuple[int, str]:
        done = self(*arguments)
        return done.returncode, _steady((done.stdout + done.stderr).decode().replace("\r\n", "\n"))


_HOLDER = """
import ctypes, sys
from ctypes import wintypes

kernel = ctypes.WinDLL("kernel32", use_last_error=True)
kernel.CreateFileW.restype = wintypes.HANDLE
kernel.CreateFileW.argtypes = [wintypes.LPCWSTR, *[wintypes.DWORD] * 2, wintypes.LPVOID, *[wintypes.DWORD] * 2,
                               wintypes.HANDLE]
share, *names = sys.argv[1:]
read_and_write, existing = 0xC0000000, 3
handles = [kernel.CreateFileW(name, read_and_write, int(share), None, existing, 0, None) for name in names]
print("open" if wintypes.HANDLE(-1).value not in handles else ctypes.get_last_error(), flush=True)
sys.stdin.read()
"""


_WITH_AUTHORITY = """
import contextlib, ctypes, hashlib, ssl, sys, winreg
from ctypes import wintypes
from evidence.model.ports import SystemClock
from evidence.sources.http.fetch import Pages
from evidence.sources.http.network import Network
from evidence.sources.http.request import Request, RetryLimits
from evidence.sources.http.transfer import _certificates_of_windows
from evidence.sources.http.transport import Wire, _trusting_the_system

crypt = ctypes.WinDLL("crypt32")
crypt.CertOpenSystemStoreW.restype = wintypes.HANDLE
crypt.CertAddEncodedCertificateToStore.argtypes = [wintypes.HANDLE, wintypes.DWORD, ctypes.c_char_p,
                                                   *[wintypes.DWORD] * 2, ctypes.c_void_p]
crypt.CertCloseStore.argtypes = [wintypes.HANDLE, wintypes.DWORD]
address, pem = sys.argv[1:]
text = open(pem).read()
der = ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERTIFICATE"):])
network = Network("test/1", allow_private=True)

def ask():
    (fetched,) = Pages(network, SystemClock()).fetch([address])
    answer = Wire(network, RetryLimits(), SystemClock()).send(Request(address, "a", 0.0), 10.0)
    return type(fetched.outcome).__name__, type(answer).__name__

by_hash = hashlib.sha1(der).hexdigest().upper()
with contextlib.suppress(FileNotFoundError):  # an earlier test
    winreg.DeleteKey(
        winreg.HKEY_CURRENT_USER, rf"Software\\Microsoft\\SystemCertificates\\Root\\Certificates\\{by_hash}"
    )
print(*ask())
store = crypt.CertOpenSystemStoreW(None, "ROOT")
assert crypt.CertAddEncodedCertificateToStore(store, 1, der, len(der), 3, None)
assert crypt.CertCloseStore(store, 0)
_trusting_the_system.cache_clear()
_certificates_of_windows.cache_clear()
print(*ask())
"""


@contextmanager
def held_open(system: System, share: int, *names: str) -> Iterator[None]:
    """Another program has these files open; `share` is what others may do: 0 nothing, 1 read."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    command = [*python(FOLDER), "-c", _HOLDER, str(share), *names]
    with subprocess.Popen(command, cwd=system.folder, env=system.env, **pipes) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"open"
        try:
            yield
        finally:
            holder.communicate(timeout=60)


def contents(folder: Path) -> dict[str, str]:
    """The files of a folder, hidden ones among them, but for the store and its log."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("evidence.")
    }


def _steady(text: str) -> str:
    """The text without run ids, hashes and times."""
    return _CHANGING.sub("…", text)


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[System, System]]:
    base = tmp_path_factory.mktemp("systems")
    with DemoServer(naltrexone_world()) as server:
        env = {f"EVIDENCE_{name.upper()}_URL": address for name, address in server.addresses.items()}
        env |= {"EVIDENCE_ACTOR": "tester", "COLUMNS": "100"}
        here = System(base / "here", [sys.executable, "-m", "evidence"], env)
        there = System(base / "there", evidence(FOLDER), {**env, **environment(FOLDER)})
        yield here, there


def test_every_step_prints_and_returns_the_same_and_leaves_the_same_files(systems: tuple[System, System]) -> None:
    here, there = systems
    seconds = []
    for step in STEPS:
        expected = here.printed(*step)
        started = time.monotonic()
        assert there.printed(*step) == expected, step
        seconds.append(f"{step[0]} {time.monotonic() - started:.1f} s")
    sys.stdout.write(f"\nunder Wine: {', '.join(seconds)}\n")
    assert here.run_bundle() == there.run_bundle()
    names = sorted(path.relative_to(here.folder).as_posix() for path in here.folder.rglob("*"))
    assert sorted(path.relative_to(there.folder).as_posix() for path in there.folder.rglob("*")) == names
    for name in ("check.json", "locked.json", *FILES, "list.json", "list.ris"):
        texts = [_steady((system.folder / name).read_bytes().decode()) for system in systems]
        assert texts[0] == texts[1], name


def test_two_processes_write_one_log_in_turn(systems: tuple[System, System], tmp_path: Path) -> None:
    there = systems[1]
    (tmp_path / "references.yaml").write_text("references:\n  - id: a\n    PMID: 23359310\n")
    command = [*there.command, "check"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    running = [subprocess.Popen(command, cwd=tmp_path, env=there.env, **pipes) for _ in range(2)]
    outputs = [process.communicate(timeout=600)[0].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0], outputs
    lines = (tmp_path / "evidence.log.jsonl").read_text().splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == list(range(1, len(lines) + 1))
    assert sum(json.loads(line)["action"] == "run" for line in lines) == 4  # two runs, each begun and ended
    there.folder = tmp_path
    assert there("verify").returncode == 0


@pytest.mark.parametrize("share", [pytest.param(0, id="not shared"), pytest.param(1, id="others may read")])
def test_a_file_that_another_program_has_open_is_named_and_nothing_is_lost(
    systems: tuple[System, System], tmp_path: Path, share: int
) -> None:
    there = System(tmp_path / "held", systems[1].command, systems[1].env)
    imported = ("import", "word.docx", "--write", "-o", FILES[0])
    reports = [("check", FILES[0], *DAY, "--format", f"{form}=report.{form}") for form in ("xlsx", "html", "csv")]
    made = [imported, *reports, ("export", FILES[0], "--to", "ris", "-o", "list.ris"), ("bundle", "-o", "bundle.zip")]
    for step in (*made, ("review", FILES[0], "--to", "2026-Q4", *DAY)):
        done = there(*step)
        assert done.returncode in {0, 1}, (step, done.stderr)
    library = there.folder / FILES[0]
    library.write_bytes(library.read_bytes().replace(b"PMID: '17222320'", b"PMID: 'PMID: 17222320'"))
    before, confirmed = contents(there.folder), library.read_text()
    name = re.search(r"- id: (\S+)", confirmed)
    assert name is not None
    steps = {
        "report.xlsx": reports[0],
        "report.html": reports[1],
        "report.csv": reports[2],
        "list.ris": (*made[-2], "--force"),
        "bundle.zip": (*made[-1], "--force"),
        "2026-Q4/findings.xlsx": ("review", FILES[0], "--to", "2026-Q4", "--force", *DAY),
    }
    edits = (
        ("fix", FILES[0], "--write", *DAY),
        ("confirm", f"{FILES[0]}::{name[1]}", "--by", "D. Reyes", "--accessed", "today"),
        ("import", "text.txt", "--write", "--merge", "-o", FILES[0]),
    )
    with held_open(there, share, *steps, FILES[0]) if share else held_open(there, share, *steps):
        for held, step in steps.items():
            refused = there(*step)
            said = refused.stderr.decode().strip()
            assert (refused.returncode, refused.stdout, len(said.splitlines())) == (2, b"", 1), (step, said)
            assert f"{held}: another program has it open (close it there" in said, step
    with held_open(there, share, FILES[0]):
        for step in edits:
            refused = there(*step)
            said = refused.stderr.decode().strip()
            assert (refused.returncode, refused.stdout, len(said.splitlines())) == (2, b"", 1), (step, said)
            assert f"{FILES[0]}: another program has it open (close it there" in said, step
    assert contents(there.folder) == before
    for step in (*edits[:2], *steps.values()):
        done = there(*step)
        assert done.returncode in {0, 1}, (step, done.stderr)
    assert there("verify").returncode == 0


@pytest.mark.parametrize(
    ("place", "folder"),
    [
        pytest.param(r"C:\monographs", "drive_c/monographs", id="another drive"),
        pytest.param(r"\\server\share\monographs", "dosdevices/unc/server/share/monographs", id="a share"),
    ],
)
def test_a_references_file_elsewhere_is_edited_and_recorded_with_its_line_ends(
    systems: tuple[System, System], tmp_path: Path, place: str, folder: str
) -> None:
    there = System(tmp_path / "elsewhere", systems[1].command, systems[1].env)
    drive = FOLDER / "prefix" / folder
    drive.mkdir(parents=True, exist_ok=True)
    library = drive / "a.references.yaml"
    library.write_bytes(b"references:\r\n# kept\r\n- id: a\r\n  PMID: '23359310'\r\n")
    name, shown = f"{place}\\a.references.yaml", f"{place}\\a.references.yaml".replace("\\", "/")
    assert there("check", name, "--format", f"json={place}\\out.json", "--force").returncode in {0, 1}
    assert json.loads((drive / "out.json").read_bytes())["references"][0]["path"] == shown
    done = there("confirm", f"{name}::a", "--by", "D. Reyes", "--accessed", "2026-11-20")
    assert done.returncode == 0, done.stderr
    edited = library.read_bytes()
    assert edited.count(b"\r\n") == edited.count(b"\n") > 4
    assert there("verify").returncode == 0
    done = there("check", name, "--store", f"{place}\\evidence.db", "--format", "text")
    assert done.returncode in {0, 1}, done.stderr
    assert (drive / "evidence.db").is_file()
    done = there("check", f"{place}\\*.references.yaml", "--offline")  # no shell of Windows expands it
    assert done.returncode in {0, 1}, done.stderr
    library.write_bytes(b"references:\r\n- id: [\r\n")
    refused = there("check", name)
    assert (refused.returncode, refused.stderr.startswith(f"evidence: error: {shown}:3:".encode())) == (2, True)


def test_a_device_name_is_refused_as_an_output(systems: tuple[System, System], tmp_path: Path) -> None:
    there = System(tmp_path / "devices", systems[1].command, systems[1].env)
    (there.folder / "references.yaml").write_text("references:\n- id: a\n  PMID: '23359310'\n")
    refused = there("export", "--to", "ris", "-o", "aux.ris")
    assert (refused.returncode, b"aux.ris: this is a Windows device name" in refused.stderr) == (2, True)


def test_an_authority_in_the_store_of_windows_is_trusted_for_services_and_pages(systems: tuple[System, System]) -> None:
    """As a firm's own is, which its proxy signs with."""
    certificate = Path(__file__).parents[1] / "sources/loopback_certificate.pem"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    # A prefix of its own: Wine 8 as Windows 10 refuses what libcurl asks of Schannel there, as an older Windows not.
    env = {**systems[1].env, "WINEPREFIX": str(FOLDER / "older")}
    with scripted_web(tls=context) as web:
        web.plays("/study", html_page("A study"), html_page("A study"))
        address = f"https://127.0.0.1:{web.port}/study"
        command = [*python(FOLDER), "-c", _WITH_AUTHORITY, address, f"Z:{certificate}"]
        done = subprocess.run(command, env=env, input=b"", capture_output=True, timeout=600, check=False)
    assert done.stdout.decode().splitlines() == ["FetchFailure Setback", "PageAnswer Reply"], done.stderr.decode()
