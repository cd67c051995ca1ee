"""500 random single-byte changes of a bundle, of the unpacked bundle, and of sign-offs in the trail: none missed."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.app.bundle import problems_of
from evidence.audit.events import Break, walk
from evidence.demo.server import DemoServer
from processes import Command, allowed_signers, ssh_key

pytestmark = pytest.mark.acceptance

CHANGES = 500
PAPERS = """\
monograph: {file: naltrexone.md}
references:
- {id: younger, PMID: "23359310"}
- {id: smith, PMID: "17222320"}
- {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2026-11-01}
"""


OWNER = "reviewer@example.org"
"""Whose the key is, by the allowed signers."""


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Command]:
    """Checked, signed by two people, one of them with a key, and bundled."""
    keys = tmp_path / "keys"
    keys.mkdir()
    key = ssh_key(keys)
    folder = tmp_path / "desk"
    folder.mkdir()
    with DemoServer() as server:
        made = Command(folder, server.addresses)
        made.env["EVIDENCE_ALLOWED_SIGNERS"] = str(allowed_signers(keys, key))
        made.write(PAPERS)
        made.write("Naltrexone in low doses.\n", "naltrexone.md")
        assert made.check("--update-lock").returncode == 0
        who = ("sign", "--as-of", made.today, "--yes", "--role")
        assert made(*who, "medical editor", "--meaning", "reviewed", "--name", OWNER, "--key", key).returncode == 0
        assert made(*who, "regulatory affairs", "--meaning", "approved", "--reason", "yearly").returncode == 0
        assert made("bundle", "-o", "run.zip").returncode == 0
        yield made


def changed(data: bytes, chance: random.Random) -> tuple[int, bytes]:
    """The data with one byte otherwise, by one bit or altogether, and where."""
    at = chance.randrange(len(data))
    other = data[at] ^ (1 << chance.randrange(8)) if chance.random() < 0.5 else chance.randrange(256)
    if other == data[at]:
        other ^= 0xFF
    return at, data[:at] + bytes([other]) + data[at + 1 :]


def test_every_changed_byte_of_a_bundle_is_found_and_placed(workplace: Command) -> None:
    data, chance = (workplace.folder / "run.zip").read_bytes(), random.Random(500)
    assert problems_of(data) == []
    for _ in range(CHANGES):
        at, spoilt = changed(data, chance)
        found = problems_of(spoilt)
        assert found, at
        place, _, what = found[0].partition(": ")
        assert place.startswith("byte "), at
        assert what
        assert int(place.split()[1]) <= at, "the place told is the byte, or the beginning of the member that holds it"


def test_the_command_says_so_with_exit_1(workplace: Command) -> None:
    file, chance = workplace.folder / "run.zip", random.Random(501)
    data = file.read_bytes()
    for _ in range(60):
        at, spoilt = changed(data, chance)
        file.write_bytes(spoilt)
        assert workplace("verify", "run.zip").returncode == 1, at


def test_its_own_script_and_sha256sum_find_every_changed_byte_of_what_was_unpacked(
    workplace: Command, tmp_path: Path
) -> None:
    folder, chance = tmp_path / "inspector", random.Random(502)
    with zipfile.ZipFile(workplace.folder / "run.zip") as archive:
        archive.extractall(folder)
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.stat().st_size)
    weights = [file.stat().st_size for file in files]
    for _ in range(CHANGES // 5):
        (file,) = chance.choices(files, weights)
        data = file.read_bytes()
        at, spoilt = changed(data, chance)
        file.write_bytes(spoilt)
        name = file.relative_to(folder).as_posix()
        if file.name != "verify.py":  # a script that was changed is not to be asked about itself
            own = subprocess.run(
                [sys.executable, "-I", "verify.py"], cwd=folder, env={}, capture_output=True, text=True, check=False
            )
            assert (own.returncode, name in own.stdout or file.name == "manifest.sha256") == (1, True), (name, at)
        if shutil.which("sha256sum"):
            summed = subprocess.run(
                ["sha256sum", "-c", "--strict", "manifest.sha256"], cwd=folder, capture_output=True, check=False
            )
            assert summed.returncode == 1, (name, at)
        file.write_bytes(data)


def test_every_changed_byte_of_a_sign_off_in_the_trail_is_found_in_its_line(workplace: Command) -> None:
    log, chance = workplace.folder / "evidence.log.jsonl", random.Random(503)
    lines = log.read_bytes().split(b"\n")
    signed = [number for number, line in enumerate(lines) if b'"action":"sign"' in line]
    assert len(signed) == 2
    for _ in range(CHANGES):
        number = chance.choice(signed)
        at, spoilt = changed(lines[number], chance)
        text = b"\n".join([*lines[:number], spoilt, *lines[number + 1 :]]).decode("utf-8", "backslashreplace")
        broken = [link for link in walk(text.split("\n")[:-1]) if isinstance(link, Break)]
        assert broken, at
        assert broken[0].number == number + 1, at


def test_verify_names_the_line_of_a_changed_sign_off(workplace: Command) -> None:
    log, chance = workplace.folder / "evidence.log.jsonl", random.Random(504)
    data = log.read_bytes()
    begin = data.index(b'"action":"sign"') - 1
    line = data[:begin].count(b"\n") + 1
    end = data.index(b"\n", begin)
    for _ in range(40):
        at, spoilt = changed(data[begin:end], chance)
        log.write_bytes(data[:begin] + spoilt + data[end:])
        done = workplace("verify")
        assert (done.returncode, f"evidence.log.jsonl:{line}: " in done.stdout) == (1, True), (at, done.stdout)
    log.write_bytes(data)
    assert workplace("verify").returncode == 0
