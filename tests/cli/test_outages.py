"""The fault table: every kind of bad answer from every service, lasting and passing. No death, no poison, no hurry."""

from dataclasses import dataclass
from typing import Any

import pytest

from evidence.demo.faults import InjectedFault
from evidence.demo.server import DemoServer
from invariants import (
    CITED_LABEL,
    CITED_TRIAL,
    KEY,
    NO_LABEL,
    NO_TRIAL,
    OTHER_LABEL,
    OTHER_TRIAL,
    sampler,
    violations,
    watched_series,
)

REFERENCES = f"""\
references:
  - {{id: first, PMID: "10000001"}}
  - {{id: second, PMID: "10000002"}}
  - {{id: label, setid: {CITED_LABEL}, accessed: 2026-10-01}}
  - {{id: other-label, setid: {OTHER_LABEL}, accessed: 2026-10-01}}
  - {{id: trial, NCT: {CITED_TRIAL}, accessed: 2026-10-01}}
  - {{id: other-trial, NCT: {OTHER_TRIAL}, accessed: 2026-10-01}}
"""
KINDS = [
    *["429", "429-retry-after", "500", "502", "503", "reset", "hang-up", "truncated", "error-page-200"],
    *["error-xml-200", "proxy-400", "empty-200", "wrong-content"],
]
MAIN_KINDS = ["429", "502", "reset", "truncated", "error-page-200", "empty-200"]


@dataclass(frozen=True)
class Seam:
    """Where requests can be spoilt: the service, part of its path, what is cited for it, whom it silences."""

    service: str
    path: str
    entry: str
    silenced: frozenset
    right: int = 0


SEAMS = {
    "efetch": Seam("eutils", "efetch", "", frozenset({"first", "second"})),
    "esummary": Seam("eutils", "esummary", 'ghost-pmid, PMID: "99999999"', frozenset({"ghost-pmid"}), 1),
    "dailymed": Seam("dailymed", "", "", frozenset({"label", "other-label"})),
    "dailymed-list": Seam("dailymed", "spls.json", f"ghost-label, setid: {NO_LABEL}", frozenset({"ghost-label"}), 1),
    "crossref": Seam(
        "crossref", "", "by-doi, DOI: 10.5555/synthetic.10000006", frozenset({"first", "second", "by-doi"})
    ),
    "trials": Seam("trials", "/studies", "", frozenset({"trial", "other-trial"})),
    "trial-alone": Seam(
        "trials", f"/studies/{NO_TRIAL}", f"ghost-trial, NCT: {NO_TRIAL}", frozenset({"ghost-trial"}), 1
    ),
    "handles": Seam("doi", "", "by-handle, DOI: 10.5281/zenodo.1", frozenset({"by-handle"})),
}
FURTHER_KINDS = [kind for kind in KINDS if kind not in MAIN_KINDS]
LASTING: list[Any] = [
    pytest.param(seam, kind, marks=[pytest.mark.acceptance] * (kind in FURTHER_KINDS))
    for seam in ("efetch", "esummary", "dailymed", "trials", "trial-alone")
    for kind in KINDS
]
LASTING += [(seam, kind) for seam in ("dailymed-list", "crossref", "handles") for kind in MAIN_KINDS]
LASTING += [(seam, "refuse") for seam in ("efetch", "dailymed", "crossref", "handles", "trials")]


@pytest.fixture
def series(tmp_path):
    world, _ = sampler()
    with DemoServer(world) as server:
        yield watched_series(tmp_path, server)


def cite(series, seam):
    """What is cited in a trial of this seam."""
    series.write(REFERENCES + (f"  - {{id: {seam.entry}, accessed: 2026-10-01}}\n" if seam.entry else ""))


def spoil(series, seam, fault, times=None):
    """Let one seam answer so, `times` times or until it is told to stop; requests of other seams stay healthy."""
    left = [times]

    def script(asked):
        if seam.path not in asked.path:
            return None
        if left[0] is not None:
            left[0] -= 1
            if left[0] < 0:
                return None
        return fault if isinstance(fault, InjectedFault) else InjectedFault(fault)

    series.server.faults.script(seam.service, script)


def found(run):
    """The bare identifiers that a run found."""
    lookups = (lookup for reference in run.document["references"] for lookup in reference["lookups"])
    return {lookup["identifier"].partition(":")[2] for lookup in lookups if lookup["state"] == "found"}


@pytest.mark.parametrize(("name", "kind"), LASTING)
def test_lasting_trouble_leaves_its_references_unchecked_and_nothing_else(series, name, kind):
    seam = SEAMS[name]
    cite(series, seam)
    if kind == "refuse":
        series.server.faults.add(seam.service, kind)
    else:
        spoil(series, seam, kind)
    run = series.watch()
    assert violations(series, run) == []
    assert run.exit == 3
    assert {item["reference"] for item in run.document["unchecked"]} == seam.silenced
    series.server.faults.clear()
    series.server.forget()
    healthy = series.watch()
    assert violations(series, healthy) == []
    assert (healthy.exit, healthy.document["unchecked"]) == (seam.right, [])
    asked_again = {id_ for observed in series.server.requests for id_ in observed.ids} & found(run)
    assert asked_again <= (
        {"10.5555/synthetic.10000001", "10.5555/synthetic.10000002"} if name == "crossref" else set()
    )


@pytest.mark.parametrize("name", SEAMS)
@pytest.mark.parametrize("kind", MAIN_KINDS)
def test_passing_trouble_is_waited_for(series, name, kind):
    cite(series, SEAMS[name])
    spoil(series, SEAMS[name], kind, times=2)
    run = series.watch()
    assert violations(series, run) == []
    assert (run.exit, run.document["unchecked"]) == (SEAMS[name].right, [])
    assert run.leapt >= 1.0


@pytest.mark.parametrize("name", SEAMS)
def test_a_slow_answer_is_an_answer(series, name):
    cite(series, SEAMS[name])
    spoil(series, SEAMS[name], InjectedFault("slow", seconds=0.05))
    assert series.watch().document["unchecked"] == []


@pytest.mark.parametrize("name", SEAMS)
def test_an_answer_that_drips_is_cut_at_its_deadline(series, name):
    seam = SEAMS[name]
    cite(series, seam)

    def dripping(asked):
        series.clock.tick = 2.0
        return InjectedFault("drip", seconds=0.002) if seam.path in asked.path else None

    series.server.faults.script(seam.service, dripping)
    run = series.watch()
    assert violations(series, run) == []
    assert run.exit == 3


@pytest.mark.parametrize(("seconds", "tries"), [("2", 4), ("31", 1), ("86400", 1)])
def test_a_request_to_wait_is_obeyed_up_to_half_a_minute(series, seconds, tries):
    series.write(REFERENCES)
    series.server.faults.add("eutils", InjectedFault("429-retry-after", retry_after=seconds))
    run = series.watch()
    assert (run.exit, series.server.count("eutils")) == (3, tries)


def test_the_key_is_asked_with_and_reported_nobody(series):
    series.write(REFERENCES)
    run = series.watch()
    assert {observed.params["api_key"] for observed in series.server.requests if observed.service == "eutils"} == {KEY}
    assert not [observed for observed in series.server.requests if KEY in observed.target]
    assert violations(series, run) == []
