import signal
import subprocess
import sys
import time

import pytest

from evidence.standin.faults import Fault

# A job that a shell started in the background inherits an ignored SIGINT, and so would its children.
HEEDING_CTRL_C = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)

GOOD = 'references:\n  - {id: younger, PMID: "23359310"}\n'


def refused(done, *told):
    """Exit 2, nothing on standard output, one line on standard error that names what is told."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for text in told:
        assert text in done.stderr


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("references: [\n", "references.yaml:2:1"),
        ("- a\n- b\n", "references.yaml:1:1"),
        ("", "references.yaml"),
        ("title: none\n", "references.yaml"),
        ("references:\n  - just text\n", "references.yaml:2:5"),
        ("references: []\n---\nreferences: []\n", "references.yaml:2:1"),
        ("references: \x00\n", "references.yaml"),
        (
            "a: &a [x, x]\nb: &b [*a, *a]\n" + "".join(f"c{i}: &c{i} [*b, *b]\n" for i in range(3)) + "references: 1\n",
            "references",
        ),
    ],
)
def test_a_file_that_is_no_reference_list_is_refused_in_one_line(evidence, text, place):
    evidence.write(text)
    refused(evidence.check(), place)


def test_a_missing_file_is_refused(evidence):
    refused(evidence.check("nowhere.yaml"), "nowhere.yaml")


def test_a_binary_file_is_refused(evidence):
    (evidence.folder / "references.yaml").write_bytes(bytes(range(256)) * 20)
    refused(evidence.check(), "references.yaml")


def test_a_huge_file_is_refused_without_reading_it(evidence):
    with (evidence.folder / "references.yaml").open("wb") as file:
        file.truncate(200_000_000)
    refused(evidence.check(), "references.yaml", "20 MB")


def test_a_store_that_is_no_store_is_refused_and_left_alone(evidence):
    evidence.write(GOOD)
    (evidence.folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a database")
    refused(evidence.check("--store", "photo.jpg"), "photo.jpg")
    assert (evidence.folder / "photo.jpg").read_bytes() == b"\xff\xd8\xff\xe0 not a database"


def test_an_unknown_rule_is_refused(evidence):
    evidence.write(GOOD)
    refused(evidence.check("--select", "XYZ123"), "XYZ123")


def test_an_impossible_day_is_refused(evidence):
    evidence.write(GOOD)
    done = evidence("check", "--as-of", "2026-02-30")
    assert (done.returncode, done.stdout) == (2, "")
    assert "2026-02-30" in done.stderr


def test_a_service_address_that_is_none_is_refused(evidence):
    evidence.write(GOOD)
    refused(evidence.check(EVIDENCE_EUTILS_URL="ftp://example.org"), "EVIDENCE_EUTILS_URL")


def test_an_output_folder_that_does_not_exist_is_refused_before_any_work(evidence, standin):
    evidence.write(GOOD)
    refused(evidence.check("--output", "no/such/report.txt"), "no/such/report.txt")
    assert standin.requests == []


def test_ctrl_c_says_so_and_keeps_what_was_answered(evidence, standin):
    evidence.write(GOOD + "  - {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2026-11-01}\n")
    standin.faults.add("dailymed", Fault("slow", seconds=30))
    running = subprocess.Popen(
        [sys.executable, "-c", HEEDING_CTRL_C, sys.executable, "-m", "evidence", "check"],
        cwd=evidence.folder,
        env=evidence.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 20
    while standin.count("dailymed") == 0 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    try:
        out, err = running.communicate(timeout=20)
    finally:
        running.kill()
    assert (running.returncode, out) == (130, "")
    assert "interrupted" in err
    standin.forget()
    standin.faults.clear()
    assert evidence.check().returncode == 0
    assert (standin.count("eutils"), standin.count("dailymed")) == (0, 1)
