"""What must hold of every run whatever the services answer, and a small world with one of everything to try it on."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import date

from evidence.demo.world import LabelFacts, PageFacts, TrialFacts, plain_page, references_for, synthetic_world
from evidence.model.records import SplVersion
from evidence.sources.http.visit import FetchLimits
from factories import TODAY
from runs import RunSeries

KEY = "5eba11ad5eba11ad5eba11ad5eba11ad5eba"
PASSWORD = "s3cr3t-of-the-proxy"  # noqa: S105 - what must not be found anywhere afterwards
SECRETS = (KEY.encode(), PASSWORD.encode())

CITED_LABEL, OTHER_LABEL = "06ff2d5a-e62b-4fa4-bbdb-000000000001", "06ff2d5a-e62b-4fa4-bbdb-000000000002"
NO_LABEL = "06ff2d5a-e62b-4fa4-bbdb-00000000dead"
CITED_TRIAL, OTHER_TRIAL, OLD_NUMBER, NO_TRIAL = "NCT10000001", "NCT10000002", "NCT10000003", "NCT99999999"
GHOSTS = {"ghost-pmid", "ghost-label", "ghost-doi", "ghost-trial", "dead-page"}
_GHOST_ENTRIES = f"""\
  - {{id: in-pmc, PMCID: PMC7}}
  - {{id: by-doi, DOI: 10.5555/synthetic.10000006}}
  - {{id: by-handle, DOI: 10.5281/zenodo.1}}
  - {{id: ghost-doi, DOI: 10.5555/nobody.holds.this}}
  - {{id: ghost-pmid, PMID: "99999999"}}
  - {{id: ghost-label, setid: {NO_LABEL}, accessed: 2026-10-01}}
  - {{id: by-old-number, NCT: {OLD_NUMBER}}}
  - {{id: ghost-trial, NCT: {NO_TRIAL}}}
  - {{id: dead-page, type: webpage, URL: "https://two.example.org/dead", accessed: 2026-10-01}}
"""
DEATHS = {"IDN003", "SPL001", "LNK001"}
RETRYING_LIMITS = FetchLimits(connect=1.0, request=0.5, gap=0.001, waits=(0.02, 0.05), longest_wait=0.1)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def unsafe(text):
    """The characters of an output that a terminal may obey, or does not show; colours are ours."""
    output = _COLOURS.sub("", text)
    return sorted(
        {hex(ord(c)) for c in output if c != "\n" and not c.isprintable() and unicodedata.category(c) != "Zs"}
    )


def sampler():
    """A small world with one of everything, and a references.yaml that cites all of it and three that do not exist."""
    world = synthetic_world(6)
    label = "NALTREXONE HYDROCHLORIDE TABLET [EXAMPLE LABS]"
    world = (
        world.with_label(
            LabelFacts(CITED_LABEL, label, (SplVersion(3, date(2025, 2, 1)), SplVersion(2, date(2024, 3, 9))))
        )
        .with_label(LabelFacts(OTHER_LABEL, "OTHER TABLET [EXAMPLE LABS]", (SplVersion(1, date(2023, 5, 4)),)))
        .with_trial(
            TrialFacts(CITED_TRIAL, "A Trial of Examplinib"),
            TrialFacts(OTHER_TRIAL, "Another Trial of Examplinib", aliases=(OLD_NUMBER,)),
        )
        .with_handle("10.5281/zenodo.1", "https://zenodo.example/records/1")
        .with_pmc("PMC7", next(iter(synthetic_world(7).articles.values())))
        .with_page("https://one.example.org/guideline", plain_page("A guideline"))
        .with_page("http://two.example.org/leaflet?id=7", plain_page("A leaflet"))
        .with_page("https://three.example.org/moved", PageFacts(status=302, location="https://three.example.org/here"))
        .with_page("https://three.example.org/here", plain_page("Here"))
        .with_page("https://two.example.org/dead", PageFacts(status=404, body="<title>404 Not Found</title>"))
    )
    pages = {url: page for url, page in world.pages.items() if not url.endswith("/dead")}
    cited = replace(world.without_article("10000006"), pages=pages)
    return world, references_for(cited) + _GHOST_ENTRIES


def watched_series(folder, server, *, key=True):
    """Runs with a proxy that has a password, and with NCBI's key if they are to have one.

    Services on loopback are asked over http, so the proxy is known and never used.
    """
    series = RunSeries(folder, server, first=TODAY, limits=RETRYING_LIMITS)
    series.command.env |= {"HTTPS_PROXY": f"http://user:{PASSWORD}@127.0.0.1:9"}
    series.command.env |= {"NCBI_API_KEY": KEY, "NCBI_EMAIL": "editor@example.org"} if key else {}
    return series


def most_in_any_second(slots):
    slots = sorted(slots)
    return max((sum(1 for other in slots if one <= other < one + 1 - 1e-6) for one in slots), default=0)


def false_deaths(run):
    """Findings and states that call something dead which the world holds.

    A DOI that only a record names may well not be held by Crossref; those that entries give are judged.
    """
    own = {
        (result.reference.id, str(identifier))
        for result in run.report.references
        for identifier in result.reference.identifiers
    }
    codes = [f"{code} on {reference}" for reference, code in run.codes if code in DEATHS and reference not in GHOSTS]
    states = [
        f"{lookup['identifier']} of {reference['id']} is not-found"
        for reference in run.document["references"]
        for lookup in reference["lookups"]
        if lookup["state"] == "not-found" and reference["id"] not in GHOSTS
        if (reference["id"], lookup["identifier"]) in own
    ]
    return codes + states


def wrong_exits(run):
    """Whether the exit status says something else than the run shows."""
    silent = [
        f"{lookup['identifier']} ({lookup['source']}) is {lookup['state']}"
        for reference in run.document["references"]
        for lookup in reference["lookups"]
        if lookup["state"] not in ("found", "not-found") and not lookup["identifier"].startswith("url:")
    ]
    errors = run.document["summary"]["errors"]
    expected = 1 if errors else 3 if run.document["unchecked"] else 0
    lies = [f"exit {run.exit} where {expected} is right"] if run.exit != expected else []
    if silent and not run.document["unchecked"]:
        lies.append(f"nothing is reported as unchecked, but {silent[0]}")
    return lies + wrong_counts(run)


def wrong_counts(run):
    """Whether what was checked, was not and cannot be does not add up, or passes where nothing is said of it."""
    summary = run.document["summary"]
    counts = [summary[key] for key in ("checked", "not_checked", "cannot_be_checked")]
    lies = [f"{counts} of {summary['references']} references"] if sum(counts) != summary["references"] else []
    silent = {item["reference"] for item in run.document["unchecked"]}
    spoken_of = {finding["reference"] for finding in (*run.document["findings"], *run.document["ignored"])}
    for reference in run.document["references"]:
        if (reference["check"] == "not-checked") != (reference["id"] in silent):
            lies.append(f"{reference['id']} is {reference['check']}")
        if reference["check"] == "cannot-be-checked" and reference["id"] not in spoken_of:
            lies.append(f"{reference['id']} cannot be checked, and nothing is said of it")
    return lies


def lost_observations(series, run):
    """Identifiers without an observation, harmed records, a store that is not sound."""
    wanted = {str(i) for result in run.report.references for i in result.reference.identifiers}
    lost = [f"no observation of {identifier}" for identifier in sorted(wanted - run.observed)]
    with closing(sqlite3.connect(series.store_path)) as connection:
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
        ended = connection.execute("SELECT count(*) FROM runs r JOIN run_ends e ON e.run = r.sequence").fetchone()[0]
        begun = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
    lost += [] if sound == "ok" else [f"integrity: {sound}"]
    lost += [] if begun == ended else [f"{begun} runs begun, {ended} ended"]
    return lost + list(run.warnings)


def over_the_rate(series, run):
    """Lanes that were given, or whose service saw, more requests than their pace allows."""
    reported = []
    for (slot, gap), slots in run.slots.items():
        most = most_in_any_second(slots)
        reported += [f"{slot}: {most} slots in a second"] if most > int(1 / gap) + 1 else []
    given = Counter()
    for (slot, _), slots in run.slots.items():
        given[slot] += len(slots)
    requests = series.server.count("eutils")
    reported += [f"{requests} requests to NCBI on {given['ncbi']} slots"] if requests > given["ncbi"] else []
    return reported


def leaked_secrets(series, run):
    """Places in which the key or the proxy's password can be read."""
    places = {path.name: path.read_bytes() for path in series.folder.iterdir() if path.is_file()}
    places["report"] = run.text.encode()
    return [f"a secret in {name}" for name, content in places.items() for secret in SECRETS if secret in content]


def raw_controls(text):
    """Characters that no terminal should be sent: controls but the line break, direction overrides, the unseen."""
    spaces = {"\n"} | {c for c in set(text) if unicodedata.category(c) == "Zs"}
    return sorted({hex(ord(c)) for c in set(text) - spaces if not c.isprintable()})


def violations(series, run):
    """All that must not be, of one run under whatever outages."""
    reported = false_deaths(run) + wrong_exits(run) + lost_observations(series, run)
    reported += over_the_rate(series, run) + leaked_secrets(series, run)
    reported += [f"control characters {raw_controls(run.text)}"] if raw_controls(run.text) else []
    return reported
