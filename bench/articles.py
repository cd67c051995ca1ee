"""Looking articles up: cold, warm, and with one reference more; against the peers that ask PubMed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loopback import Served
from measure import Figures, Run, figures, run, table, times
from peers import BIBAUDIT, EVIDENCE, PAPER_PREFLIGHT, PYTHON, Peer, of_evidence, redirected

from evidence.demo.world import ArticleFacts, World, references_for, synthetic_world

_FLOOR = Path(__file__).with_name("biopython_floor.py")
_STEPS = ("cold", "warm", "+1")
_HOSTS = {"eutils.ncbi.nlm.nih.gov": "PubMed", "api.crossref.org": "Crossref", "doi.org": "DOI"}


@dataclass(frozen=True, slots=True)
class Tool:
    """How to run one: the form of its input, its command for an input file, its environment.

    `verified` tells from its report how many references it calls right, so that nobody is quick by failing.
    """

    name: str
    form: str
    command: Callable[[Path], Sequence[str | Path]]
    verified: Callable[[Any], int] | None = None
    environ: Callable[[Path, str], dict[str, str]] = redirected
    peer: Peer | None = None


def at_demo_server(home: Path, services: str) -> dict[str, str]:
    """The environment in which all services are the server at this address."""
    hosts = {
        "EUTILS": "eutils.ncbi.nlm.nih.gov/entrez/eutils",
        "DAILYMED": "dailymed.nlm.nih.gov/dailymed",
        "CROSSREF": "api.crossref.org",
        "DOI": "doi.org",
        "WAYBACK": "archive.org/wayback",
    }
    return of_evidence(home) | {f"EVIDENCE_{name}_URL": f"{services}/{path}" for name, path in hosts.items()}


TOOLS = (
    Tool(
        "evidence",
        "yaml",
        lambda path: [EVIDENCE, "check", path, "--format", "json", "--output", "report.json", "--store", "evidence.db"],
        verified=lambda report: sum(one["state"] == "found" for one in report["references"]),
        environ=at_demo_server,
    ),
    Tool(
        BIBAUDIT.name,
        "bib",
        lambda path: [BIBAUDIT.path, "check", path, "--cache-dir", "cache", "--format", "json", "-o", "report.json"],
        verified=lambda report: int(report["summary"]["verdicts"].get("OK", 0)),
        peer=BIBAUDIT,
    ),
    Tool(
        PAPER_PREFLIGHT.name,
        "bib",
        lambda path: [PAPER_PREFLIGHT.path, "check", path, "--format", "json", "-o", "report.json"],
        verified=lambda report: int(report["verification"]["verdicts"]["verified"]),
        peer=PAPER_PREFLIGHT,
    ),
    Tool("biopython, bytes only", "pmids", lambda path: [PYTHON, _FLOOR, path, "raw"]),
    Tool("biopython, parsed", "pmids", lambda path: [PYTHON, _FLOOR, path, "parsed"]),
)


def lookups(number: int, rounds: int, folder: Path, missing: Mapping[Peer, str]) -> str:
    """The table for so many references: medians of so many rounds, in which the tools take turns."""
    inputs = _written(number, folder)
    tools = [tool for tool in TOOLS if tool.peer not in missing]
    taken: dict[tuple[str, str], list[Run]] = {(tool.name, step): [] for tool in tools for step in _STEPS}
    with Served("services.py", str(number + 1)) as services:
        for _ in range(rounds):
            for tool in tools:
                for step, one in _round(tool, inputs[tool.form], services, folder / "tool").items():
                    taken[tool.name, step].append(one)
    told = {key: figures(runs) for key, runs in taken.items() if runs}
    rows = [_row(key, told[key], told) for step in _STEPS for key in told if key[1] == step]
    head = [f"{number} references", "run", "CPU s", "wall s", "requests", "peak MB", "verified", "CPU, evidence = 1"]
    return table(head, rows)


def _row(key: tuple[str, str], one: Figures, told: Mapping[tuple[str, str], Figures]) -> list[str]:
    ours = told["evidence", key[1]]
    return [
        key[0],
        key[1],
        f"{one.cpu:.2f}",
        f"{one.wall:.2f}",
        one.requests,
        f"{one.peak:.0f}",
        one.verified,
        times(one.cpu, ours.cpu),
    ]


def _round(tool: Tool, inputs: tuple[Path, Path], services: Served, home: Path) -> dict[str, Run]:
    """Cold, warm and with one more, from an empty cache; what keeps none runs cold alone."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    environ = tool.environ(home, services.url)
    steps = zip(_STEPS, (inputs[0], inputs[0], inputs[1]), strict=True)
    return {
        step: _counted(tool, path, environ, home, services)
        for step, path in steps
        if step == "cold" or tool.verified is not None
    }


def _told(counts: Mapping[str, int]) -> str:
    """How many requests, and of which hosts."""
    return ", ".join(f"{count} {_HOSTS.get(host, host)}" for host, count in counts.items()) or "0"


def _counted(tool: Tool, path: Path, environ: Mapping[str, str], home: Path, services: Served) -> Run:
    report = home / "report.json"
    report.unlink(missing_ok=True)
    services.reset()
    one = run(tool.command(path), environ, home)
    verified = None
    if tool.verified is not None:
        verified = tool.verified(json.loads(report.read_text(encoding="utf-8")))
    elif one.status:
        raise SystemExit(f"{tool.name} failed: {(home / 'stderr').read_text(encoding='utf-8')}")
    return replace(one, requests=_told(services.counts()), verified=verified)


def _written(number: int, folder: Path) -> dict[str, tuple[Path, Path]]:
    """The input files by form, each with so many references and with one more in the middle; they cite by PMID."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, list[Path]] = {"yaml": [], "bib": [], "pmids": []}
    everything = list(synthetic_world(number + 1).articles.values())
    for cited in (everything[: number // 2] + everything[number // 2 + 1 :], everything):
        world = World(articles={article.pmid: article for article in cited})
        yaml = "".join(line for line in references_for(world).splitlines(True) if not line.startswith("    DOI:"))
        texts = {
            "yaml": yaml,
            "bib": "".join(map(_bibtex, world.articles.values())),
            "pmids": "\n".join(world.articles),
        }
        for form, text in texts.items():
            path = folder / f"references-{len(cited)}.{form}"
            path.write_text(text, encoding="utf-8")
            files[form].append(path)
    return {form: (paths[0], paths[1]) for form, paths in files.items()}


def _bibtex(article: ArticleFacts) -> str:
    fields = {
        "title": article.title.rstrip("."),
        "author": " and ".join(f"{author.family}, {author.given}" for author in article.authors),
        "journal": article.journal.title,
        "year": article.pub_date[:4],
        "volume": article.volume,
        "number": article.issue,
        "pages": article.pages.replace("-", "--"),
        "pmid": article.pmid,
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@article{{k{article.pmid},\n{lines}\n}}\n\n"
