"""DailyMed's list of labels and single labels, loaded from files; and a policy for machines without internet."""

import json
import zipfile

from bulk_files import label_list
from evidence.demo.spl import spl_section
from factories import spl_document
from processes import AS_OF, codes_in

LABEL = "06ff2d5a-e62b-4fa4-bbdb-01938535bc65"
GONE = "11111111-2222-4333-8444-555555555555"


def load(evidence, *arguments, day=AS_OF):
    done = evidence("cache", "load", *arguments, "--day", day)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def findings(report):
    return {(item["reference"], item["code"]): item["message"] for item in report["findings"]}


def test_the_list_knows_the_current_version_of_every_label_and_which_are_gone(evidence):
    evidence.write(
        f"references:\n- {{id: pinned, setid: {LABEL}, spl-version: 11, accessed: 2026-11-01}}\n"
        f"- {{id: gone, setid: {GONE}, accessed: 2026-11-01}}\n"
    )
    assert f"DailyMed's file of {AS_OF}" in load(evidence, label_list(evidence.folder, (LABEL, 14, "03/12/2026")))
    status, report = evidence.report("--offline")
    assert (status, report["unchecked"]) == (1, [])
    assert findings(report) == {
        ("pinned", "SPL003"): "version 11 is not in DailyMed's history of this label; the current one is "
        "version 14 (2026-03-12)",
        ("gone", "SPL001"): f"DailyMed lists no label under Set ID {GONE}",
    }


def test_a_newer_version_than_the_one_that_the_list_before_named_is_a_revision(evidence):
    evidence.write(f"references:\n- {{id: one, setid: {LABEL}, accessed: 2026-11-01}}\n")
    load(evidence, label_list(evidence.folder, (LABEL, 14, "03/12/2026")), day="2026-11-20")
    load(evidence, label_list(evidence.folder, (LABEL, 15, "11/21/2026")))
    _, report = evidence.report("--offline")
    assert findings(report)[("one", "SPL002")].startswith(
        "label revised since it was accessed (2026-11-01): version 14 (2026-03-12) then, version 15 (2026-11-21) now"
    )


def test_labels_are_compared_by_section_whether_they_come_as_zip_or_xml(evidence):
    evidence.write(f"references:\n- {{id: one, setid: {LABEL}, accessed: 2026-11-01}}\n")
    load(evidence, label_list(evidence.folder, (LABEL, 1, "03/12/2026")), day="2026-11-20")
    label_list(evidence.folder, (LABEL, 2, "11/21/2026"))
    for version, text in ((1, "Take one tablet."), (2, "Take two tablets.")):
        document = spl_document(spl_section("34068-7", text=text), setid=LABEL, version=version)
        (evidence.folder / f"{version}.xml").write_bytes(document)
    with zipfile.ZipFile(evidence.folder / "label.zip", "w") as archive:
        archive.write(evidence.folder / "2.xml", "x.xml")
    said = load(evidence, "dm_spl_zip_files_meta_data.zip", "1.xml", "label.zip")
    assert said.startswith("read 3 files: 3 answers")
    _, report = evidence.report("--offline")
    assert "no section changed" not in findings(report)[("one", "SPL002")]
    assert "3 files had been read" in load(evidence, "dm_spl_zip_files_meta_data.zip", "1.xml", "label.zip")


def test_a_broken_list_is_one_line(evidence):
    evidence.write(f"references:\n- {{id: one, setid: {LABEL}}}\n")
    label_list(evidence.folder, (LABEL, 2, "11-21-2026"))
    done = evidence("cache", "load", "dm_spl_zip_files_meta_data.zip")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"its line for {LABEL} does not have the form SETID|" in done.stderr


def test_a_list_with_a_line_without_end_is_one_line(evidence):
    evidence.write(f"references:\n- {{id: one, setid: {LABEL}}}\n")
    with zipfile.ZipFile(evidence.folder / "labels.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("labels.txt", "SETID|ZIP_FILE_NAME|UPLOAD_DATE|SPL_VERSION|TITLE\n" + "a" * 3_000_000)
    done = evidence("cache", "load", "labels.zip")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "labels.zip: a line has no end" in done.stderr


WITHOUT_FILE = """\
policy: {offline: POLICY}
references:
- {id: page, URL: "https://example.org/page", accessed: 2026-11-01}
- {id: trial, NCT: NCT00000042}
- {id: paper, DOI: 10.5555/paper}
"""


def test_by_a_policy_what_has_no_file_form_cannot_be_checked_offline_and_every_report_says_so(evidence):
    evidence.write(WITHOUT_FILE.replace("POLICY", "false"))
    status, report = evidence.report("--offline")
    assert (status, len(report["unchecked"]), report["policy_weaker"]) == (3, 3, [])
    evidence.write(WITHOUT_FILE.replace("POLICY", "true"))
    status, report = evidence.report("--offline")
    assert (status, report["unchecked"], codes_in(report)) == (0, [], [])
    assert {entry["check"] for entry in report["references"]} == {"cannot-be-checked"}
    assert report["policy_weaker"] == ["references.yaml:1: offline is true (default: false)"]
    assert json.dumps(report).count("in no file that can be loaded: cannot be checked offline") >= 3
