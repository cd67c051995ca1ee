"""The fault table: every kind of bad answer from every service, lasting and passing. No death, no poison, no hurry."""

from dataclasses import dataclass

import pytest

from evidence.demo.faults import InjectedFault
from evidence.demo.server import DemoServer
from stations import CITED_LABEL, KEY, NO_LABEL, OTHER_LABEL, WatchedStation, sampler, violations

REFERENCES = f"""\
references:
  - {{id: first, PMID: "10000001"}}
  - {{id: second, PMID: "10000002"}}
  - {{id: label, setid: {CITED_LABEL}, accessed: 2026-10-01}}
  - {{id: other-label, setid: {OTHER_LABEL}, accessed: 2026-10-01}}
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
    "handles": Seam("doi", "", "by-handle, DOI: 10.5281/zenodo.1", frozenset({"by-handle"})),
}
LASTING = [(seam, kind) for seam in ("efetch", "esummary", "dailymed") for kind in KINDS]
LASTING += [(seam, kind) for seam in ("dailymed-list", "crossref", "handles") for kind in MAIN_KINDS]
LASTING += [(seam, "refuse") for seam in ("efetch", "dailymed", "crossref", "handles")]


@pytest.fixture
def station(tmp_path):
    world, _ = sampler()
    with DemoServer(world) as server:
        yield WatchedStation(tmp_path, server)


def cite(station, seam):
    """What is cited in a trial of this seam."""
    station.write(REFERENCES + (f"  - {{id: {seam.entry}, accessed: 2026-10-01}}\n" if seam.entry else ""))


def spoil(station, seam, fault, times=None):
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

    station.server.faults.script(seam.service, script)


def found(ran):
    """The bare identifiers that a run found."""
    lookups = (lookup for reference in ran.document["references"] for lookup in reference["lookups"])
    return {lookup["identifier"].partition(":")[2] for lookup in lookups if lookup["state"] == "found"}


@pytest.mark.parametrize(("name", "kind"), LASTING)
def test_lasting_trouble_leaves_its_references_unchecked_and_nothing_else(station, name, kind):
    seam = SEAMS[name]
    cite(station, seam)
    if kind == "refuse":
        station.server.faults.add(seam.service, kind)
    else:
        spoil(station, seam, kind)
    ran = station.run()
    assert violations(station, ran) == []
    assert ran.exit == 3
    assert {item["reference"] for item in ran.document["unchecked"]} == seam.silenced
    station.server.faults.clear()
    station.server.forget()
    healthy = station.run()
    assert violations(station, healthy) == []
    assert (healthy.exit, healthy.document["unchecked"]) == (seam.right, [])
    asked_again = {id_ for observed in station.server.requests for id_ in observed.ids} & found(ran)
    assert asked_again <= (
        {"10.5555/synthetic.10000001", "10.5555/synthetic.10000002"} if name == "crossref" else set()
    )


@pytest.mark.parametrize("name", SEAMS)
@pytest.mark.parametrize("kind", MAIN_KINDS)
def test_passing_trouble_is_waited_for(station, name, kind):
    cite(station, SEAMS[name])
    spoil(station, SEAMS[name], kind, times=2)
    ran = station.run()
    assert violations(station, ran) == []
    assert (ran.exit, ran.document["unchecked"]) == (SEAMS[name].right, [])
    assert ran.leapt >= 1.0


@pytest.mark.parametrize("name", SEAMS)
def test_a_slow_answer_is_an_answer(station, name):
    cite(station, SEAMS[name])
    spoil(station, SEAMS[name], InjectedFault("slow", seconds=0.05))
    assert station.run().document["unchecked"] == []


@pytest.mark.parametrize("name", SEAMS)
def test_an_answer_that_drips_is_cut_at_its_deadline(station, name):
    seam = SEAMS[name]
    cite(station, seam)

    def dripping(asked):
        station.clocks[-1].tick = 2.0
        return InjectedFault("drip", seconds=0.002) if seam.path in asked.path else None

    station.server.faults.script(seam.service, dripping)
    ran = station.run()
    assert violations(station, ran) == []
    assert ran.exit == 3


@pytest.mark.parametrize(("seconds", "tries"), [("2", 4), ("31", 1), ("86400", 1)])
def test_a_request_to_wait_is_obeyed_up_to_half_a_minute(station, seconds, tries):
    station.write(REFERENCES)
    station.server.faults.add("eutils", InjectedFault("429-retry-after", retry_after=seconds))
    ran = station.run()
    assert (ran.exit, station.server.count("eutils")) == (3, tries)


def test_the_key_is_asked_with_and_reported_nobody(station):
    station.write(REFERENCES)
    ran = station.run()
    assert {observed.params["api_key"] for observed in station.server.requests if observed.service == "eutils"} == {KEY}
    assert not [observed for observed in station.server.requests if KEY in observed.target]
    assert violations(station, ran) == []
