"""The real command as a process, several at a time, against a stand-in in this one."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

from cli.conftest import Command

TODAY = "2026-11-23"


def start(evidence, *arguments, **env):
    """`evidence check` under way in its folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "evidence", "check", "--as-of", TODAY, *map(str, arguments)],
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


__all__ = ["TODAY", "Command", "finish", "kill", "reported", "rows", "start", "unsound"]
