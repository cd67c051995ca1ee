"""The fault table: every kind of bad answer from every service, lasting and passing. No death, no poison, no hurry."""

import pytest

from acceptance.weather import KEY, LABEL, OTHER_LABEL, Station, sampler, violations
from evidence.standin.faults import Fault
from evidence.standin.server import StandIn

REFERENCES = f"""\
references:
  - {{id: first, PMID: "10000001"}}
  - {{id: second, PMID: "10000002"}}
  - {{id: label, setid: {LABEL}, accessed: 2026-10-01}}
  - {{id: other-label, setid: {OTHER_LABEL}, accessed: 2026-10-01}}
"""
GHOST = '  - {id: ghost-pmid, PMID: "99999999"}\n'
KINDS = [
    "429",
    "429-retry-after",
    "500",
    "502",
    "503",
    "reset",
    "hang-up",
    "truncated",
    "error-page-200",
    "error-xml-200",
    "proxy-400",
    "empty-200",
    "wrong-content",
]
PASSING = ["429", "502", "reset", "truncated", "error-page-200", "empty-200"]
SILENCED = {"efetch": {"first", "second"}, "esummary": {"ghost-pmid"}, "dailymed": {"label", "other-label"}}
SEAMS = ["efetch", "esummary", "dailymed"]


@pytest.fixture
def station(tmp_path):
    world, _ = sampler()
    with StandIn(world) as standin:
        yield Station(tmp_path, standin)


def spoil(station, seam, fault, times=None):
    """Let one seam answer so, `times` times or until it is told to stop; requests of other seams stay healthy."""
    left = [times]

    def script(asked):
        if seam not in asked.path and seam != asked.service.told:
            return None
        if left[0] is not None:
            left[0] -= 1
            if left[0] < 0:
                return None
        return fault if isinstance(fault, Fault) else Fault(fault)

    station.standin.faults.script("dailymed" if seam == "dailymed" else "eutils", script)


LASTING = [(seam, kind) for seam in SEAMS for kind in KINDS] + [("efetch", "refuse"), ("dailymed", "refuse")]


@pytest.mark.parametrize(("seam", "kind"), LASTING)
def test_lasting_trouble_leaves_its_references_unchecked_and_nothing_else(station, seam, kind):
    station.write(REFERENCES + (GHOST if seam == "esummary" else ""))
    if kind == "refuse":
        station.standin.faults.add("dailymed" if seam == "dailymed" else "eutils", kind)
    else:
        spoil(station, seam, kind)
    ran = station.run()
    assert violations(station, ran) == []
    assert ran.exit == 3
    assert {item["reference"] for item in ran.shown["unchecked"]} == SILENCED[seam]
    station.standin.faults.clear()
    station.standin.forget()
    healthy = station.run()
    assert violations(station, healthy) == []
    assert (healthy.exit, healthy.shown["unchecked"]) == (1 if seam == "esummary" else 0, [])
    asked = {id_ for ids in station.standin.ids_asked("eutils") + station.standin.ids_asked("dailymed") for id_ in ids}
    assert len(asked) == len(SILENCED[seam])


@pytest.mark.parametrize("seam", SEAMS)
@pytest.mark.parametrize("kind", PASSING)
def test_passing_trouble_is_waited_for(station, seam, kind):
    station.write(REFERENCES + (GHOST if seam == "esummary" else ""))
    spoil(station, seam, kind, times=2)
    ran = station.run()
    assert violations(station, ran) == []
    assert (ran.exit, ran.shown["unchecked"]) == (1 if seam == "esummary" else 0, [])
    assert ran.leapt >= 1.0


@pytest.mark.parametrize("seam", SEAMS)
def test_a_slow_answer_is_an_answer(station, seam):
    station.write(REFERENCES + (GHOST if seam == "esummary" else ""))
    spoil(station, seam, Fault("slow", seconds=0.05))
    assert station.run().shown["unchecked"] == []


@pytest.mark.parametrize("seam", SEAMS)
def test_an_answer_that_drips_is_cut_at_its_deadline(station, seam):
    station.write(REFERENCES + (GHOST if seam == "esummary" else ""))

    def dripping(asked):
        station.clocks[-1].tick = 2.0
        return Fault("drip", seconds=0.002) if seam in (asked.service.told, asked.path[8:].partition(".")[0]) else None

    station.standin.faults.script("dailymed" if seam == "dailymed" else "eutils", dripping)
    ran = station.run()
    assert violations(station, ran) == []
    assert ran.exit == 3


@pytest.mark.parametrize(("seconds", "tries"), [("2", 4), ("31", 1), ("86400", 1)])
def test_a_wish_to_wait_is_obeyed_up_to_half_a_minute(station, seconds, tries):
    station.write(REFERENCES)
    station.standin.faults.add("eutils", Fault("429-retry-after", retry_after=seconds))
    ran = station.run()
    assert (ran.exit, station.standin.count("eutils")) == (3, tries)


def test_the_key_is_asked_with_and_told_nobody(station):
    station.write(REFERENCES)
    ran = station.run()
    assert {seen.params["api_key"] for seen in station.standin.requests if seen.service == "eutils"} == {KEY}
    assert not [seen for seen in station.standin.requests if KEY in seen.target]
    assert violations(station, ran) == []
