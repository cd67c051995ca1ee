"""The command and other programs, as processes and within this one, and keys to sign with."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TextIO
from unittest import mock

import pytest

from evidence.cli.main import main
from evidence.model.ports import SystemClock
from factories import TODAY, begun_run, end_run, found_answer, open_store, pmid
from fakes import NOON, LeapingClock, RealClock

# The command in a folder of its own, asking the demo server

PROJECT = Path(__file__).resolve().parents[1]
AS_OF = "2026-11-23"


class Command:
    """`evidence` in a folder, called as its users do but within this process; the services are the demo server's.

    It leaps over its waits: for a turn at a service, and before another try. What it waits for while others work at
    the same time, milliseconds each, it does wait for.
    """

    today = AS_OF
    bytes = b""
    """What it has last written to standard output."""
    encoding = "utf-8"
    """That of standard output and standard error."""
    terminal: TextIO | None = None
    """Where standard output goes in place of what is returned."""

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        self.folder = folder
        self.env = {name: value for name, value in os.environ.items() if not _would_disturb(name)}
        self.env |= {f"EVIDENCE_{name.upper()}_URL": address for name, address in addresses.items()}
        self.env |= {"EVIDENCE_ACTOR": "tester", "PYTHONUTF8": "1"}
        self.clock = LeapingClock(datetime.now(UTC), least=0.05)

    def write(self, text: str, name: str = "references.yaml") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def __call__(self, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        out, err = (
            io.TextIOWrapper(io.BytesIO(), encoding=self.encoding, errors=errors, newline="")
            for errors in ("strict", "backslashreplace")  # as Python opens them
        )
        words = ["evidence", *map(str, arguments)]
        with (
            mock.patch.dict(os.environ, {name: str(value) for name, value in (self.env | env).items()}, clear=True),
            mock.patch.multiple(
                sys, argv=words, stdout=self.terminal or out, stderr=err, stdin=io.TextIOWrapper(io.BytesIO())
            ),
            mock.patch.object(os, "_exit", _end),
            mock.patch.multiple(SystemClock, **{name: _of(self.clock, name) for name in ("now", "monotonic", "sleep")}),
            contextlib.chdir(self.folder),
        ):
            status = _status_of_main()
        self.bytes = out.buffer.getvalue()
        written = [stream.buffer.getvalue().decode(self.encoding, "replace") for stream in (out, err)]
        return subprocess.CompletedProcess(words, status, *written)

    def check(self, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        return self("check", "--as-of", self.today, *arguments, **env)

    def report(self, *arguments: str | Path, **env: str) -> tuple[int, dict[str, Any]]:
        done = self.check("--format", "json", *arguments, **env)
        assert done.stderr == ""
        return done.returncode, json.loads(done.stdout)


class CommandProcess(Command):
    """The same command in a process of its own, for what only a process shows, at some ten times the cost.

    `under` is the command line of the program that starts it.
    """

    under: tuple[str, ...] = ()

    def __call__(self, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.under, sys.executable, "-m", "evidence", *map(str, arguments)],
            cwd=self.folder,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def at_terminal(evidence: Command, *arguments: str | Path, width: int):
    """What a command prints on a terminal of so many columns, line by line."""
    ours, theirs = terminal()
    printed = bytearray()

    def read() -> None:
        with contextlib.suppress(OSError):  # Linux' way to say that the other end is closed
            while part := os.read(ours, 65536):
                printed.extend(part)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with os.fdopen(theirs, "w", encoding="utf-8") as evidence.terminal:
            evidence(*arguments, COLUMNS=str(width), NO_COLOR="1")
    finally:
        evidence.terminal = None
        reader.join()
        os.close(ours)
    assert b"Traceback" not in printed
    return printed.decode().splitlines()


def typed(command: Command, text: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, at a terminal at which this is typed; what it prints goes to pipes."""
    ours, theirs = terminal()
    with subprocess.Popen(
        [sys.executable, "-m", "evidence", *map(str, arguments)],
        cwd=command.folder,
        env=command.env,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(theirs)
        os.write(ours, text.encode())
        out, err = process.communicate(timeout=60)
    os.close(ours)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def terminal() -> tuple[int, int]:
    """The two ends of a terminal, ours and the command's; skips where there is no such thing (Windows)."""
    ends: tuple[int, int] = pytest.importorskip("pty", exc_type=ImportError).openpty()
    return ends


def make_pipe(path: Path) -> None:
    """A named pipe; skips where there is no such thing (Windows)."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(path)


def is_root() -> bool:
    """Whether the user of this process may do everything; nobody is so on Windows."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def bound_by_rights() -> tuple[str, ...]:
    """The command line under which even root may only write what its owner may."""
    if not is_root():
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv (util-linux) to take that away")
    rights = "-dac_override,-dac_read_search"
    return ("setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}")


class _End(BaseException):
    """The end of the command, in place of the end of this process."""


def _end(status: int) -> NoReturn:
    raise _End(status)


def _of(clock: LeapingClock, name: str) -> Callable[..., Any]:
    """What a clock answers in place of another one, as a method of that one's class."""
    return lambda _self, *given: getattr(clock, name)(*given)


def _status_of_main() -> int:
    threshold = gc.get_threshold()
    try:
        main()
    except _End as end:
        return int(end.args[0])
    finally:
        gc.set_threshold(*threshold)


def _would_disturb(name: str) -> bool:
    """Whether a variable changes what the command does: a file of certificates is read anew by each, in 20 ms."""
    return (
        name.startswith(("EVIDENCE_", "NCBI_", "GITHUB_", "GITLAB_"))
        or name.upper().endswith("_PROXY")
        or name in {"NO_COLOR", "COLUMNS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    )


def codes_in(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["reference"], finding["code"]) for finding in report["findings"]]


# Snippets of the documentation

PIPELINES = PROJECT / "docs" / "pipelines.md"


def doc_snippets(kind, heading):
    """The code blocks of a kind under a heading of docs/pipelines.md."""
    text = PIPELINES.read_text(encoding="utf-8")
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    (body,) = (part for part in section if part.startswith(heading))
    return re.findall(rf"^```{kind}\n(.*?)^```$", body, re.DOTALL | re.MULTILINE)


# Several commands at a time


def start(evidence, *arguments, **env):
    """`evidence check` under way in its folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "evidence", "check", "--as-of", AS_OF, *map(str, arguments)],
        cwd=evidence.folder,
        env={**evidence.env, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process, seconds=180):
    """Exit status, standard output and standard error of a process that was started."""
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err


def reported(process):
    status, out, err = finish(process)
    assert err == "", err
    return status, json.loads(out)


def kill(process):
    """As the kernel does when memory runs out: no last words. Whether it was still running."""
    running = process.poll() is None
    if running:
        os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    return running


def rows(path, query, *values):
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        return connection.execute(query, values).fetchall()


def unsound(path):
    """What SQLite itself finds wrong with a store."""
    wrong = [text for (text,) in rows(path, "PRAGMA integrity_check") if text != "ok"]
    return wrong + [str(row) for row in rows(path, "PRAGMA foreign_key_check")]


# Keys made for one test; without the program that makes them the test is skipped

_IN_2020 = "20200101T000000!"


def need_program(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def ssh_key(folder: Path, name: str = "key", passphrase: str = "") -> Path:
    need_program("ssh-keygen")
    file = folder / name
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "throw-away", "-f", str(file)], check=True
    )
    return file


def allowed_signers(folder: Path, key: Path, principal: str = "reviewer@example.org", options: str = "") -> Path:
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
    need_program("gpg")
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
    faked = ["--faked-system-time", _IN_2020] if then else []
    gpg(home, *faked, "--passphrase", "", "--quick-generate-key", f"Reviewer <{address}>", "ed25519", "sign", expires)
    return address


# What a process of its own does with a store: `python processes.py fill|pace|reserve|write STORE ...`, and
# with a folder: `commands FOLDER WORDS ...`


def _report_line(number):
    """To the test that started this, at once."""
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _fill(path, name, rounds):
    """A run with as many groups of answers, kept and observed."""
    with open_store(path, RealClock()) as store:
        store.begin_run(begun_run(name, started=NOON))
        for number in range(int(rounds)):
            answers = [found_answer(pmid(f"{name}{number}{n}")) for n in range(5)]
            store.cache.keep(answers, TODAY)
            store.observe(name, answers, TODAY)
        end_run(store, name)


def _reserve(path, requests, gap):
    """Tell the moment that every request is given, without waiting for it."""
    with open_store(path, RealClock()) as store:
        for _ in range(int(requests)):
            wait = store.pacer.reserve("ncbi", float(gap))
            _report_line(time.time() + wait)


def _pace(path, requests, gap):
    """Wait for every request's moment, and tell when it could be sent."""
    with open_store(path, RealClock()) as store:
        for _ in range(int(requests)):
            time.sleep(store.pacer.reserve("ncbi", float(gap)))
            _report_line(time.time())


def _write_until_killed(path):
    """Tell every number whose record is committed."""
    with open_store(path, RealClock()) as store:
        number = 0
        while True:
            store.cache.keep([found_answer(pmid(number))], TODAY)
            _report_line(number)
            number += 1


def _run_commands(folder, *given):
    """Run each command, given in words, within this one process; tell what came of it and the hashes of all files."""
    command = Command(folder, {})
    command.env = dict(os.environ)
    for words in given:
        done = command(*words.split())
        hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        _report_line(json.dumps([done.returncode, done.stdout, done.stderr, hashes]))


_WORKS = {
    "commands": _run_commands,
    "fill": _fill,
    "pace": _pace,
    "reserve": _reserve,
    "write": _write_until_killed,
}

if __name__ == "__main__":
    _WORKS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
