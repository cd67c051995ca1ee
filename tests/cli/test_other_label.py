"""A Set ID of another drug's label, as its users meet it: found, waived only as a false positive, never filled in."""

from __future__ import annotations

from datetime import date

import pytest

from evidence.demo.server import DemoServer
from evidence.demo.world import LabelFacts
from evidence.model.records import SplVersion
from processes import Command, codes_in

SETID = "11111111-2222-4333-8444-555555555555"
WRONG = f"""\
references:
- id: wrong-label
  title: Naltrexone HCl tablets 50 mg, prescribing information
  cited-as: Naltrexone hydrochloride tablets. Prescribing information. Example Labeler; 2023. Accessed November 1, 2026.
  setid: {SETID}
  accessed: 2026-11-01
"""
TERMS = ("--requested-by", "Dana Reyes", "--approved-by", "Kim Ode", "--reason", "looked at", "--until", "7d")


@pytest.fixture
def labels(evidence: Command, server: DemoServer) -> Command:
    title = "METFORMIN HYDROCHLORIDE TABLET [EXAMPLE LABELER INC.]"
    label = LabelFacts(SETID, title, (SplVersion(3, date(2025, 2, 1)),))
    server.world = server.world.with_label(label)
    return evidence


def test_a_label_of_another_drug_is_an_error(labels: Command) -> None:
    labels.write(WRONG)
    status, report = labels.report()
    assert (status, codes_in(report)) == (1, [("wrong-label", "SPL004")])
    title = '"METFORMIN HYDROCHLORIDE TABLET" (EXAMPLE LABELER INC.)'
    message = f"label of a different drug: Set ID {SETID} is {title}; the entry says "
    assert report["findings"][0]["message"].startswith(message)
    labels.write(WRONG.replace("Naltrexone", "Metformin"))
    assert labels.report()[0] == 0
    labels.write(f"references:\n- {{id: shortest, setid: {SETID}, accessed: 2026-11-01}}\n")
    assert labels.report()[0] == 0


def test_it_can_be_waived_only_as_a_false_positive_and_not_be_ignored(labels: Command) -> None:
    labels.write(WRONG + "  ignore: {SPL004: we know}\n")
    status, report = labels.report()
    assert (status, codes_in(report)) == (1, [("wrong-label", "SPL004"), ("wrong-label", "REF006")])
    labels.write(WRONG)
    labels.report()
    refused = labels("waive", "SPL004", "wrong-label", "--category", "accepted-risk", *TERMS, "--as-of", labels.today)
    assert refused.returncode == 2
    assert "SPL004 can only be waived as false-positive, not as accepted-risk" in refused.stderr
    baseline = labels("baseline", "--approved-by", "Kim Ode", "--as-of", labels.today)
    assert baseline.returncode == 1
    assert "not waivable, to be corrected first: SPL004 wrong-label\n" in baseline.stderr
    done = labels("waive", "SPL004", "wrong-label", "--category", "false-positive", *TERMS, "--as-of", labels.today)
    assert done.returncode == 0
    status, report = labels.report()
    assert (status, codes_in(report)) == (0, [])
    text = (labels.folder / "references.yaml").read_text("utf-8").replace("Naltrexone", "Warfarin")
    labels.write(text)
    status, report = labels.report()
    assert codes_in(report) == [("wrong-label", "SPL004"), ("wrong-label", "WVR002")]


def test_nothing_of_another_drugs_label_is_filled_in_or_printed(labels: Command) -> None:
    labels.write("\n".join(line for line in WRONG.splitlines() if "title" not in line) + "\n")
    labels.report()
    labels("fix", "--fill", "--write")
    assert "METFORMIN" not in (labels.folder / "references.yaml").read_text("utf-8")
    exported = labels("export", "--to", "csl-json", "references.yaml", "--as-of", labels.today)
    assert "etformin" not in exported.stdout.lower().replace('metformin hydrochloride tablet" by', "")


def test_a_search_at_dailymed_is_said_to_be_one_and_a_search_for_a_set_id_is_that_label(labels: Command) -> None:
    search = "https://dailymed.nlm.nih.gov/dailymed/search.cfm?labeltype=all&query="
    labels.write(f"references:\n- {{id: search, accessed: 2026-11-01, URL: '{search}naltrexone'}}\n")
    _, report = labels.report("--offline", "--select", "LNK,SPL,REF")
    assert [(one["code"], one["severity"]) for one in report["findings"]] == [("LNK009", "info")]
    labels.write(f"references:\n- {{id: label, accessed: 2026-11-01, URL: '{search}{SETID}'}}\n")
    status, report = labels.report("--select", "LNK,SPL,REF")
    assert (status, report["findings"]) == (0, [])
    assert report["references"][0]["identifiers"]["setid"] == SETID
