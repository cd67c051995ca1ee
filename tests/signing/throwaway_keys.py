"""Keys made for one test and thrown away with it; without the program that makes them the test is skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

THEN = "20200101T000000!"


def need(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def ssh_key(folder: Path, name: str = "key", passphrase: str = "") -> Path:
    need("ssh-keygen")
    file = folder / name
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "throw-away", "-f", str(file)], check=True
    )
    return file


def allowed(folder: Path, key: Path, principal: str = "reviewer@example.org", options: str = "") -> Path:
    kind, public, *_ = key.with_suffix(".pub").read_text().split()
    file = folder / "allowed_signers"
    file.write_text(f"{principal} {options} {kind} {public}\n")
    return file


def gpg(home: Path, *arguments: str, given: str = "") -> str:
    done = subprocess.run(
        ["gpg", "--homedir", str(home), "--batch", "--quiet", *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@contextmanager
def gpg_home() -> Iterator[Path]:
    """A keyring of its own, at a path short enough for its agent's socket; the agent is ended with it."""
    need("gpg")
    before = os.environ.get("GNUPGHOME")
    home = Path(tempfile.mkdtemp(prefix="evg", dir="/tmp"))
    os.environ["GNUPGHOME"] = str(home)
    try:
        yield home
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)
        if before is None:
            del os.environ["GNUPGHOME"]
        else:
            os.environ["GNUPGHOME"] = before
        shutil.rmtree(home, ignore_errors=True)


def gpg_key(home: Path, address: str = "reviewer@example.org", *, expires: str = "0", then: bool = False) -> str:
    """Make a key without a passphrase, and its address; `then` makes it in 2020."""
    faked = ["--faked-system-time", THEN] if then else []
    gpg(home, *faked, "--passphrase", "", "--quick-generate-key", f"Reviewer <{address}>", "ed25519", "sign", expires)
    return address
