"""What git says of files of a repository: by plumbing alone, which runs no command that its configuration names."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

_SECONDS = 30
_NO_TRANSPORT = {"GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1"}
"""A repository's own configuration may say by which command git is to fetch an object that is missing in it."""


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """What git answers in this folder, whatever its exit status.

    Raises:
        OSError: there is no git.
        TimeoutExpired: it does not answer.
    """
    command = ["git", "-C", str(folder), *arguments]
    environ = {**os.environ, **_NO_TRANSPORT}
    return subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, env=environ)  # noqa: S603 - git


def merged_sides(folder: Path, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The texts of these files on each side of the merge that made the first of them what it is; nothing without one.

    That is the merge under way, else the last commit that made it another file than its parents have.
    """
    try:
        commits = ["HEAD", "MERGE_HEAD"]
        if git(folder, "rev-parse", "--verify", "--quiet", "MERGE_HEAD").returncode:
            made_by = git(folder, "rev-list", "-1", "--parents", "HEAD", "--", f"./{names[0]}")
            _, *commits = made_by.stdout.decode("ascii", "replace").split() or [""]
        if len(commits) < 2:
            return
        for commit in commits:
            answers = [git(folder, "cat-file", "blob", f"{commit}:./{name}") for name in names]
            if not any(answer.returncode for answer in answers):
                yield tuple(answer.stdout.decode("utf-8", "replace") for answer in answers)
    except (OSError, subprocess.TimeoutExpired):
        return
