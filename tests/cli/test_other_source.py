"""What people noted of one source does not pass to another that an import puts in its place."""

from __future__ import annotations

import pytest

from evidence.library.reader import read_library

NEW = "11111111-2222-4333-8444-555555555555"
ELDER = "Elder E. A trial of examplinib. J Ex Med. 2019;12(3):45-52. PMID: 91234501"
OTHER = ELDER.replace("91234501", "91234502")
NOTED = """\
    accessed: 2026-03-03
    ignore:
      LNK004: read by a person
    confirmed: {by: Dana, date: 2026-11-01, until: 2027-05-30}
"""


def monograph(entry: str) -> str:
    return f"# M\n\nIt works [1].\n\n## References\n\n1. {entry}\n"


@pytest.fixture
def noted(evidence):
    """A library whose one entry a person has confirmed, ignores and waives."""
    evidence.write(monograph(ELDER), "m.md")
    evidence("import", "m.md", "--no-match", "--write")
    path = evidence.folder / "references.yaml"
    path.write_text(path.read_text().replace('    PMID: "91234501"\n', f'    PMID: "91234501"\n{NOTED}'))
    return path


def test_what_was_noted_of_the_source_before_is_set_aside_and_reported(evidence, noted):
    evidence.write(monograph(OTHER), "m.md")
    done = evidence("import", "m.md", "--no-match", "--write")
    assert done.returncode == 1
    assert "pmid:91234502 " in done.stdout
    assert "pmid:91234501" not in done.stdout
    assert (
        "the source is no longer PMID 91234501: its waivers are void, accessed, confirmed, ignore moved" in done.stdout
    )
    (reference,) = read_library(noted).references
    assert str(reference.identifiers[0]) == "pmid:91234502"
    assert (reference.accessed, reference.confirmed, reference.ignore) == (None, None, {})
    (previous,) = reference.previous
    assert previous.identifier == "pmid:91234501"
    assert previous.noted == {
        "accessed": "2026-03-03",
        "confirmed": {"by": "Dana", "date": "2026-11-01", "until": "2027-05-30"},
        "ignore": {"LNK004": "read by a person"},
    }
    assert evidence("import", "m.md", "--no-match", "--write").returncode == 0


def test_the_old_print_again_offers_what_was_set_aside_and_nothing_comes_back_by_itself(evidence, noted):
    evidence.write(monograph(OTHER), "m.md")
    evidence("import", "m.md", "--no-match", "--write")
    evidence.write(monograph(ELDER), "m.md")
    done = evidence("import", "m.md", "--no-match", "--write")
    assert (
        "x-previous contains accessed, confirmed, ignore for pmid:91234501; restore by hand what still applies"
        in done.stdout
    )
    (reference,) = read_library(noted).references
    assert (reference.accessed, reference.confirmed, reference.ignore) == (None, None, {})
    assert [previous.identifier for previous in reference.previous] == ["pmid:91234501", "pmid:91234502"]


@pytest.mark.parametrize("entry", ['{id: a, PMID: "91234501", accessed: 2026-03-03, cited-as: "X"}', None])
def test_fields_are_set_aside_in_entries_of_either_form(evidence, noted, entry):
    if entry is not None:
        noted.write_text(f"references:\n- {entry.replace('X', ELDER)}  # the first\n")
    evidence.write(monograph(OTHER), "m.md")
    assert evidence("import", "m.md", "--no-match", "--write").returncode == 1
    (reference,) = read_library(noted).references
    assert (reference.accessed, len(reference.previous), reference.faults) == (None, 1, ())


def test_a_day_of_access_that_the_new_print_gives_is_its_own(evidence, noted):
    evidence.write(monograph(f"{OTHER}. Accessed November 4, 2026."), "m.md")
    evidence("import", "m.md", "--no-match", "--write")
    (reference,) = read_library(noted).references
    assert (str(reference.accessed), reference.previous[0].noted["accessed"]) == ("2026-11-04", "2026-03-03")


@pytest.mark.usefixtures("server")
def test_a_waiver_given_for_the_source_before_is_void(evidence):
    label = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
    entry = f"DailyMed. Naltrexone: prescribing information. https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={label}"
    evidence.write(monograph(f"{entry}. Accessed August 12, 2020."), "m.md")
    evidence("import", "m.md", "--no-match", "--write")
    evidence.check()
    waived = evidence(
        *("waive", "ACC001", "dailymed", "--category", "accepted-risk", "--reason", "known", "--until", "30d"),
        *("--as-of", "2026-11-23"),
        *("--requested-by", "Dana", "--approved-by", "Kim"),
    )
    assert waived.returncode == 0, waived.stderr
    assert f'of: "setid:{label}"' in "".join(path.read_text() for path in evidence.folder.glob("*.yaml"))
    evidence.write(monograph(f"{entry.replace(label, NEW)}. Accessed August 12, 2020."), "m.md")
    evidence("import", "m.md", "--no-match", "--write")
    _, report = evidence.report()
    void = [finding for finding in report["findings"] if finding["code"] == "WVR002"]
    assert len(void) == 1
    assert f"given for a different source, setid:{label}" in void[0]["message"]


def test_a_confirmation_names_what_it_is_of_and_is_none_for_another_source(evidence, server):
    page = f"{server.pages_url}/403/one"
    library = evidence.write(
        f"references:\n- {{id: page, type: webpage, title: P, URL: '{page}', accessed: 2026-11-01}}\n"
    )
    evidence.check()
    done = evidence("confirm", "page", "--accessed", "2026-11-10", "--by", "Dana", "--until", "2027-05-30")
    assert done.returncode == 0, done.stderr
    assert f"url:{page}" in library.read_text()
    _, report = evidence.report()
    assert "LNK004" not in {finding["code"] for finding in report["findings"]}
    library.write_text(library.read_text().replace(f"URL: '{page}'", f"URL: '{page}-two'"))
    _, report = evidence.report()
    assert "LNK004" in {finding["code"] for finding in report["findings"]}
