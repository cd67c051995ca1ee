"""`evidence fix` and `evidence format` on the command line."""

import json
import subprocess
import sys

import pytest

from processes import PROJECT

LIST = """\
references:
- id: younger
  PMID: "PMID: 23359310"   # as printed
  title: Low-dose naltrexone for the treatment of fibromyalgia
  page: 529-540
  accessed: 2025-08
- {id: smith, DOI: "https://doi.org/10.1111/j.1572-0241.2007.01045.x", accessed: 2025-08}
"""
CORRECTED = LIST.replace("PMID: 23359310", "23359310").replace("https://doi.org/", "")


def text_of(evidence):
    return evidence.folder.joinpath("references.yaml").read_text()


@pytest.fixture
def checked(evidence):
    evidence.write(LIST)
    evidence("check")
    return evidence


def test_without_a_store_identifiers_are_fixed_all_the_same(evidence):
    evidence.write(LIST)
    output = evidence("fix")
    assert output.returncode == 1
    assert "no store" in output.stderr
    assert '-  PMID: "PMID: 23359310"   # as printed\n+  PMID: "23359310"   # as printed\n' in output.stdout
    assert text_of(evidence) == LIST
    assert evidence("fix", "--write").returncode == 0
    assert text_of(evidence) == CORRECTED
    assert evidence("fix").returncode == 0
    assert [path.name for path in evidence.folder.iterdir()] == ["references.yaml"]


def test_the_diff_shown_can_be_applied_by_patch(checked):
    output = checked("fix", "--accept", "MET").stdout
    checked("fix", "--accept", "MET", "--write")
    written = text_of(checked)
    checked.write(LIST)
    subprocess.run(["patch", "-s", "references.yaml"], input=output, text=True, cwd=checked.folder, check=True)
    assert text_of(checked) == written != LIST


def test_missing_identifiers_are_added_and_no_service_is_asked(checked, server):
    server.forget()
    assert checked("fix", "--write").returncode == 0
    assert server.requests == []
    assert text_of(checked) == CORRECTED.replace("# as printed\n", "# as printed\n  DOI: 10.1002/art.37734\n")


def test_what_the_record_says_otherwise_needs_a_persons_word(checked):
    checked("fix", "--write")
    before = text_of(checked)
    left = checked("fix")
    assert (left.returncode, left.stdout) == (0, "")
    assert "2 more fixes need your approval (MET001 1, MET005 1)" in left.stderr
    assert checked("fix", "--accept", "locator-mismatch", "--write").returncode == 0
    assert text_of(checked) == before.replace("529-540", "529-538")


def test_the_trail_reports_what_was_fixed_and_what_a_person_accepted(checked):
    assert checked("fix", "--write", "--accept", "MET").returncode == 0
    last = json.loads((checked.folder / "evidence.log.jsonl").read_text().splitlines()[-1])
    assert (last["action"], last["ending"]) == ("fix", "done")
    assert "IDN" in last["details"]["mended"]
    assert "younger (PMID)" in last["details"]["mended"]
    assert "younger (page)" in last["details"]["accepted"]


def test_fields_that_are_missing_are_filled_only_on_request(checked):
    checked("fix", "--write", "--fill")
    text = text_of(checked)
    assert "    - {family: Younger, given: " in text
    assert "{id: smith, type: article-journal, title: " in text
    assert "page: 529-540" in text


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_folded_title_at_the_end_of_the_file_is_fixed_and_the_rest_filled_in_after_it(evidence, end):
    folded = ">\n     Low-dose naltrexone for fibromyalgia"
    evidence.write(f"references:\n- id: a\n  PMID: '23359310'\n  title: {folded}{end}")
    evidence("check", "-q")
    done = evidence("fix", "--accept", "MET001", "--fill", "--write")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    text = text_of(evidence)
    assert "  title: >-\n     Low-dose naltrexone for the treatment of fibromyalgia" in text
    assert "\n  author:\n    - {family: Younger, given: " in text


def test_one_by_one_a_person_takes_leaves_and_stops(checked):
    done = subprocess.run(
        [sys.executable, "-m", "evidence", "fix", "--interactive"],
        cwd=checked.folder,
        env=checked.env,
        input="n\ny\nq\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    text = text_of(checked)
    assert text != LIST
    assert "1 fix written" in done.stderr


def test_only_selected_rules_are_fixed(checked):
    checked("fix", "--write", "--select", "MET007")
    assert text_of(checked) == LIST.replace("# as printed\n", "# as printed\n  DOI: 10.1002/art.37734\n")


def test_accessed_and_cited_as_are_never_touched(checked):
    checked.write(
        LIST.replace("accessed: 2025-08\n", "accessed: 2025-08\n  cited-as: Younger J. Another title. 1999\n")
    )
    checked("check")
    checked("fix", "--write", "--fill", "--accept", "MET,IDN,LNK")
    text = text_of(checked)
    assert text.count("accessed: 2025-08") == 2
    assert "cited-as: Younger J. Another title. 1999\n" in text


def test_what_an_entry_ignores_is_not_fixed(checked):
    checked.write(LIST.replace("  page:", "  ignore: {MET007: none wanted, IDN002: as printed}\n  page:"))
    checked("fix", "--write")
    assert 'PMID: "PMID: 23359310"' in text_of(checked)
    assert "37734" not in text_of(checked)


def test_a_file_that_no_person_can_write_stays(evidence):
    evidence.write(LIST)
    assert evidence("fix", "--write", "--select", "NONSENSE").returncode == 2
    assert text_of(evidence) == LIST


UNORDERED = """\
references:
# about the first
- title: A title   # kept
  # why this number
  PMID: 23359310
  id: first
- {PMID: '17222320', id: second}
"""
ORDERED = """\
references:
# about the first
- id: first
  title: A title   # kept
  # why this number
  PMID: "23359310"
- {id: second, PMID: "17222320"}
"""


def test_keys_are_put_in_order_with_their_comments(evidence):
    evidence.write(UNORDERED)
    assert evidence("format", "--check").returncode == 1
    output = evidence("format", "--diff")
    assert output.returncode == 1
    assert '+- {id: second, PMID: "17222320"}' in output.stdout
    assert text_of(evidence) == UNORDERED
    assert evidence("format").returncode == 0
    assert text_of(evidence) == ORDERED
    assert evidence("format", "--check").returncode == 0


def test_the_projects_own_library_is_in_order(evidence):
    assert evidence("format", "--check", PROJECT / "references.yaml").returncode == 0


def test_a_form_that_is_waived_is_not_fixed_though_all_forms_are_accepted(evidence):
    evidence.write(
        "references:\n"
        "- {id: a, PMID: '1', cited-as: 'Alder A.“A title of it.”J Ex Med. 2019;12(3):45\u201352.'}\n"
        "- {id: b, PMID: '2', cited-as: 'Birch B. Another title. J Ex Med. 2020;13(3):45-52.'}\n"
    )
    evidence.check("--offline")
    people = ("--requested-by", "A. Writer", "--approved-by", "B. Editor", "--as-of", evidence.today)
    named = ("--category", "accepted-risk", "--reason", "as the publisher prints", "--until", "30D")
    assert evidence("waive", "STY001", "a", *named, *people).returncode == 0
    assert evidence("fix", "--accept", "STY", "--write", "--as-of", evidence.today).returncode == 0
    assert "Alder A. A title of it. J Ex Med. 2019;12(3):45\u201352." in text_of(evidence)
