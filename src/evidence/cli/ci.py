"""The CI job that the command runs in, as its environment tells."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from evidence.formats.checkout import Checkout


class Host(StrEnum):
    """Whose CI it is."""

    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True, slots=True)
class Job:
    """The CI job: whose it is (None outside CI), where its checkout is, and where its summary goes."""

    host: Host | None = None
    root: str = ""
    summary: Path | None = None

    def checkout(self, folder: str) -> Checkout:
        """The checkout, seen from the folder in which the command runs; links on the way to either are resolved."""
        here = os.path.realpath(folder)
        return Checkout(folder=here, root=os.path.realpath(self.root) if self.root else here)


def job_from(environ: Mapping[str, str]) -> Job:
    """The job, by the variables that GitHub Actions and GitLab CI set."""
    if environ.get("GITHUB_ACTIONS") == "true":
        summary = environ.get("GITHUB_STEP_SUMMARY")
        return Job(Host.GITHUB, environ.get("GITHUB_WORKSPACE", ""), Path(summary) if summary else None)
    if environ.get("GITLAB_CI") == "true":
        return Job(Host.GITLAB, environ.get("CI_PROJECT_DIR", ""))
    return Job()
