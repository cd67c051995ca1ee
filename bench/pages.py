"""Looking at cited pages on many slow hosts; against link checkers."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from loopback import Served
from measure import Run, figures, run, table
from peers import EVIDENCE, LINKCHECKER, LYCHEE, Peer, environment, of_evidence
from web import RIGHT, Link, links

LATENCY_MS = 100
Verdicts = Mapping[str, str]


def _of_evidence(home: Path) -> Verdicts:
    """`found` is ok, `not-found` is dead, everything else is unknown."""
    words = {"found": "ok", "not-found": "dead"}
    told = json.loads((home / "report.json").read_text(encoding="utf-8"))
    return {one["identifiers"]["url"]: words.get(one["state"], "unknown") for one in told["references"]}


def _of_lychee(home: Path) -> Verdicts:
    """Its timeouts are a state of their own; all other errors are failures."""
    told = json.loads((home / "report.json").read_text(encoding="utf-8"))
    words = {"success_map": "ok", "error_map": "dead", "timeout_map": "unknown"}
    return {
        one["url"]: word for part, word in words.items() for listed in told.get(part, {}).values() for one in listed
    }


def _of_linkchecker(home: Path) -> Verdicts:
    """Valid or not."""
    lines = (home / "stdout").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter=";")
    return {row["urlname"]: "ok" if row["valid"] == "True" else "dead" for row in rows}


@dataclass(frozen=True, slots=True)
class Checker:
    """How to run one: its input, its command, its verdicts, and how many requests it sends at a time."""

    name: str
    input: str
    command: Sequence[str | Path]
    verdicts: Callable[[Path], Verdicts]
    at_once: int
    peer: Peer | None = None


CHECKERS = (
    Checker(
        "evidence",
        "references.yaml",
        [EVIDENCE, "check", "--format", "json", "--output", "report.json", "--store", "evidence.db"],
        _of_evidence,
        100,
    ),
    Checker(
        LYCHEE.name,
        "links.md",
        [LYCHEE.path, "--no-progress", "--verbose", "--format", "json", "--output", "report.json"],
        _of_lychee,
        128,
        LYCHEE,
    ),
    Checker(
        f"{LINKCHECKER.name}, 100 threads",
        "links.html",
        [LINKCHECKER.path, "--check-extern", "--verbose", "--no-status", "--threads=100", "--output=csv/utf-8"],
        _of_linkchecker,
        100,
        LINKCHECKER,
    ),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many links over how many hosts, and whether some are such as a patient checker asks again."""

    links: int
    hosts: int
    troubles: bool


def checks(size: Size, rounds: int, folder: Path, missing: Mapping[Peer, str]) -> str:
    """The table for links of this size: medians of so many rounds, the checkers taking turns."""
    checkers = [checker for checker in CHECKERS if checker.peer not in missing]
    taken: dict[str, list[Run]] = {checker.name: [] for checker in checkers}
    wrong: dict[str, Counter[str]] = {}
    with Served("web.py", str(size.hosts), str(LATENCY_MS), address="127.1.0.1") as web:
        cited = links(size.links, size.hosts, web.port, troubles=size.troubles)
        for _ in range(rounds):
            for checker in checkers:
                home = folder / "checker"
                one = _run(checker, cited, web, home)
                taken[checker.name].append(one)
                wrong[checker.name] = _misjudged(checker.verdicts(home), cited)
    rows = [_row(checker, taken[checker.name], size.links, wrong[checker.name]) for checker in checkers]
    kinds = "with troubles" if size.troubles else "that answer"
    head = [f"{size.links} links {kinds}", "requests", "wall s", "wall / ideal", "CPU s per 1,000", "peak MB"]
    return table([*head, "misjudged"], rows)


def _row(checker: Checker, runs: Sequence[Run], number: int, wrong: Counter[str]) -> list[str]:
    one = figures(runs)
    ideal = max(int(one.requests) for one in runs) * LATENCY_MS / 1000 / checker.at_once
    told = ", ".join(f"{count} {what}" for what, count in wrong.items()) or "none"
    return [
        checker.name,
        one.requests,
        f"{one.wall:.2f}",
        f"{one.wall / ideal:.2f}",
        f"{one.cpu / number * 1000:.2f}",
        f"{one.peak:.0f}",
        told,
    ]


def _run(checker: Checker, cited: Sequence[Link], web: Served, home: Path) -> Run:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    _write(cited, home)
    web.reset()
    # No archive is served here; one that cannot be reached from the machine would cost ten seconds of waiting.
    ours = {"EVIDENCE_ALLOW_PRIVATE": "1", "EVIDENCE_WAYBACK_URL": "http://127.0.0.1:9/wayback"}
    environ = environment(home) if checker.peer else of_evidence(home) | ours
    one = run([*checker.command, checker.input], environ, home)
    return replace(one, requests=str(sum(web.counts().values())))


def _write(cited: Sequence[Link], home: Path) -> None:
    """The links in the form of each checker."""
    entries = (
        f"  - id: page-{at}\n    type: webpage\n    URL: {link.url}\n    accessed: 2026-10-01\n"
        for at, link in enumerate(cited)
    )
    anchors = (f'<p><a href="{link.url}">page</a></p>\n' for link in cited)
    texts = {
        "references.yaml": "references:\n" + "".join(entries),
        "links.md": "".join(f"- [page]({link.url})\n" for link in cited),
        "links.html": f"<!doctype html><title>Links</title>\n{''.join(anchors)}",
    }
    for name, text in texts.items():
        (home / name).write_text(text, encoding="utf-8")


def _misjudged(verdicts: Verdicts, cited: Sequence[Link]) -> Counter[str]:
    """How many of each class got a wrong verdict, or none."""
    told = ((link.kind, verdicts.get(link.url, "missing")) for link in cited)
    return Counter(f"{kind} called {verdict}" for kind, verdict in told if verdict not in RIGHT[kind])
