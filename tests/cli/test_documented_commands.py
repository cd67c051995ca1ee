"""The commands that README and docs/ show are run as they are printed, page by page, against the demo server."""

from __future__ import annotations

import re
import shlex
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from bulk_files import notice_list, pubmed_file, record
from evidence.demo.server import DemoServer
from evidence.demo.world import plain_page
from factories import docx_file
from processes import PROJECT, Command

ELSEWHERE = {
    "commands.md": "generated from the code",
    "messages.md": "generated from the code",
    "performance.md": "its blocks are tables",
    "pipelines.md": "run by test_ci_jobs.py and test_pipelines.py",
    "rules.md": "generated from the code",
    "waivers.md": "run by test_waivers_walk.py",
}
"""The pages whose commands are not run here, and why."""

NOT_HERE = {
    "https://ftp.ncbi": "fetches from NLM; run by test_cache_load.py against a server on loopback",
    "https://gitlab.com": "fetches from Crossref; as above",
    "~/.ssh": "needs a key of the user",
    "confirm --due": "asks at a terminal",
    "lock --diff": "needs a git repository",
    "naltrexone-2026-11.zip": "needs the key of the line before",
}
PAGES = [
    page
    for page in (PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md")))
    if page.name not in ELSEWHERE
]


def commands(page: Path) -> list[str]:
    """The commands of a page: lines of its code blocks that begin with `evidence`, continued lines joined."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    shown = re.findall(r"^(?:    |\$ )?(evidence [^\n]+)$", text, re.MULTILINE)
    return [line for line in shown if not any(mark in line for mark in NOT_HERE)]


def write_monograph(document: Any, library: str) -> None:
    document.add_heading("Low-dose naltrexone", 0)
    document.add_paragraph(
        "It relieves pain [1] and inflammation [2]. It is compounded [3,4]; its label is the drug's [5]."
    )
    document.add_heading("References", 1)
    for number, entry in enumerate(yaml.safe_load(library)["references"], 1):
        document.add_paragraph(f"{number}. {entry['cited-as']}")


def words(line: str, folder: Path) -> list[str]:
    """The arguments of a command as a shell gives them, without comments, patterns replaced by files."""
    given = shlex.split(line, comments=True)[1:]
    return [word for each in given for word in (sorted(p.name for p in folder.glob(each)) if "*" in each else [each])]


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_the_commands_of_a_page_run_as_they_are_printed(evidence: Command, server: DemoServer, page: Path) -> None:
    server.world = server.world.with_page("/", plain_page("LDN Research Trust"))
    evidence.env["EVIDENCE_ALLOW_PRIVATE"] = "1"  # the demo server's page is on this machine
    library = (PROJECT / "references.yaml").read_text("utf-8")
    library = library.replace("https://www.ldnresearchtrust.org", f"{server.pages_url}/")
    for name in ("monograph", "naltrexone", "printed"):
        (evidence.folder / f"{name}.docx").write_bytes(docx_file(partial(write_monograph, library=library)))
    name = "naltrexone.docx" if page.name == "importing.md" else "monograph.docx"
    evidence.write(library.replace("monograph:\n", f"monograph:\n  file: {name}\n"))
    if page.name == "claims.md":  # its own example
        evidence.write(re.findall(r"```yaml\n(claims:.*?)```", page.read_text("utf-8"), re.DOTALL)[0], "claims.yaml")
    if page.name == "offline.md":
        (evidence.folder / "stick").mkdir()
        pubmed_file(evidence.folder / "stick", 1, [record(23359310)])
        notice_list(evidence.folder / "stick")
    evidence("check", "--update-lock")
    evidence("check")
    for line in commands(page):
        asked = ["--yes"] if line.startswith("evidence sign") else []  # what a terminal asks
        done = evidence(*words(line, evidence.folder), *asked)
        assert done.returncode != 2, f"{line}\n{done.stderr}"
        assert "Traceback" not in done.stderr


def test_the_pages_that_are_run_elsewhere_exist() -> None:
    known = {page.name for page in (PROJECT / "docs").glob("*.md")} | {"messages.md"}
    assert ELSEWHERE.keys() <= known
