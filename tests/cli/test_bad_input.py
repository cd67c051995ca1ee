import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evidence.demo.faults import InjectedFault

# A job that a shell started in the background inherits an ignored SIGINT, and so would its children.
HEEDING_CTRL_C = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)

GOOD = 'references:\n  - {id: younger, PMID: "23359310"}\n'


def refused(done, *reported):
    """Exit 2, nothing on standard output, one line on standard error that names what is wrong."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for text in reported:
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


def test_a_missing_file_is_refused(process):
    refused(process.check("nowhere.yaml"), "nowhere.yaml")


def test_a_binary_file_is_refused(evidence):
    (evidence.folder / "references.yaml").write_bytes(bytes(range(256)) * 20)
    refused(evidence.check(), "references.yaml")


def test_a_huge_file_is_refused_without_reading_it(evidence):
    with (evidence.folder / "references.yaml").open("wb") as file:
        file.truncate(200_000_000)
    refused(evidence.check(), "references.yaml", "20 MB")


def test_a_store_that_is_no_store_is_refused_and_left_alone(process):
    process.write(GOOD)
    (process.folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a database")
    refused(process.check("--store", "photo.jpg"), "photo.jpg")
    assert (process.folder / "photo.jpg").read_bytes() == b"\xff\xd8\xff\xe0 not a database"


def test_an_unknown_rule_is_refused(evidence):
    evidence.write(GOOD)
    refused(evidence.check("--select", "XYZ123"), "XYZ123")


@pytest.mark.parametrize("day", ["2026-02-30", "tomorrow", "9999-12-31"])
def test_an_impossible_day_is_refused(evidence, day):
    evidence.write(GOOD)
    refused(evidence("check", "--as-of", day), day, "evidence check --help")


@pytest.mark.parametrize(
    "arguments", [(), ("chek",), ("check", "--nonsense"), ("check", "--format", "xml"), ("cache",), ("check", "")]
)
def test_a_command_line_that_means_nothing_is_refused_in_one_line(process, arguments):
    refused(process(*arguments))


def test_an_empty_selection_is_refused(evidence):
    evidence.write(GOOD)
    refused(evidence.check("--select", ","), "--select")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EVIDENCE_EUTILS_URL", "http://user:pass0word@127.0.0.1/x"),
        ("EVIDENCE_EUTILS_URL", "ftp://user:pass0word@127.0.0.1/x"),
        ("EVIDENCE_DAILYMED_URL", "http://[::1/pass0word"),
        ("HTTPS_PROXY", "http://user:pass0word@[::1"),
        ("HTTP_PROXY", "http://127.0.0.1:99999/pass0word"),
        ("NCBI_API_KEY", "pass0word\u00e9"),
        ("NCBI_EMAIL", "a@example.org\r\nX: pass0word"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_without_its_value(evidence, name, value):
    evidence.write(GOOD)
    done = evidence.check(**{name: value})
    refused(done, name)
    assert "pass0word" not in done.stderr


def test_a_certificate_file_without_certificates_is_refused(evidence):
    evidence.write(GOOD)
    refused(evidence.check("--ca-bundle", "references.yaml"), "references.yaml", "--ca-bundle")


def test_a_service_address_that_is_none_is_refused(evidence):
    evidence.write(GOOD)
    refused(evidence.check(EVIDENCE_EUTILS_URL="ftp://example.org"), "EVIDENCE_EUTILS_URL")


def test_an_output_folder_that_does_not_exist_is_refused_before_any_work(evidence, server):
    evidence.write(GOOD)
    refused(evidence.check("--output", "no/such/report.txt"), "no/such/report.txt")
    assert server.requests == []


@pytest.mark.parametrize(
    ("entry", "code", "fix"),
    [
        ('- {id: a, PMID: "17222320x"}', "IDN001", "correct the PMID"),
        ("- {id: a, DOI: crohn}", "IDN001", "correct the DOI"),
        ("- {id: a, PMID: PMC1234567}", "IDN001", "PMCID: PMC1234567"),
        ("- {id: a, type: book, ISBN: 978-0-306-40615-1}", "IDN001", "correct the ISBN"),
        ("- {id: a, type: book, cited-as: A book. ISBN 978-0-306-40615-1}", "IDN001", "correct the ISBN"),
        ("- {id: a, PMID: 1}\n  - {id: a, PMID: 2}", "REF001", "give one of the two a different id"),
        ("- {id: a, PMID: 1, PMID: 2}", "REF005", "remove one of the two"),
        (
            "- {id: a, PMID: 1, role: suport}",
            "REF005",
            "use one of background, discusses-retraction, evidence, parent-drug-label",
        ),
        ("- {id: a, PMID: 1, type: xyz}", "REF005", "use one of the CSL types"),
        ("- {id: a, PMID: 1}\npolicy: {fail-on: never}", "REF005", "use one of these values"),
        ("- {id: a, PMID: 1}\npolicy: {style: mine}", "REF005", "use one of these values"),
    ],
)
def test_findings_about_what_is_written_say_what_to_do(evidence, entry, code, fix):
    evidence.write(f"references:\n  {entry}\n")
    found = evidence.report("--select", code)[1]["findings"]
    assert [(finding["code"], finding["suggestion"]) for finding in found] == [(code, fix)]


def test_a_misspelt_references_key_is_named(evidence):
    evidence.write("policy: {fail-on: warning}\nreferenecs:\n  - {id: a, PMID: 1}\n")
    done = evidence.check()
    refused(done, "references.yaml:2:1: unknown field referenecs; did you mean references?")


@pytest.mark.parametrize(
    ("sent", "status", "said"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_ctrl_c_and_sigterm_say_so_and_keep_what_was_answered(evidence, server, sent, status, said):
    evidence.write(GOOD + "  - {id: label, setid: 06ff2d5a-e62b-4fa4-bbdb-01938535bc65, accessed: 2026-11-01}\n")
    server.faults.add("dailymed", InjectedFault("slow", seconds=30))
    running = subprocess.Popen(
        [sys.executable, "-c", HEEDING_CTRL_C, sys.executable, "-m", "evidence", "check", "--as-of", evidence.today],
        cwd=evidence.folder,
        env=evidence.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 20
    while server.count("dailymed") == 0 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.5)
    running.send_signal(sent)
    try:
        out, err = running.communicate(timeout=20)
    finally:
        running.kill()
    assert (running.returncode, out) == (status, "")
    assert err.removeprefix("\n") == f"evidence: {said}; the answers received so far are kept in the store\n"
    assert not (evidence.folder / "evidence.db-wal").exists()  # the store was closed
    server.forget()
    server.faults.clear()
    assert evidence.check().returncode == 0
    assert (server.count("eutils"), server.count("dailymed")) == (0, 1)


def test_output_follows_a_link_and_leaves_a_pipe_a_pipe(evidence):
    evidence.write(GOOD)
    assert evidence.check("--output", "real.txt").returncode == 0
    earlier = (evidence.folder / "real.txt").stat().st_ino
    (evidence.folder / "link.txt").symlink_to("real.txt")
    assert evidence.check("--output", "link.txt").returncode == 0
    assert (evidence.folder / "link.txt").is_symlink()
    assert (evidence.folder / "real.txt").stat().st_ino != earlier
    assert evidence.check("--output", os.devnull).returncode == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_do_not_change_the_status(evidence, closed):
    evidence.write('references:\n  - {id: ghost, PMID: "99999999"}\n')
    command = f"exec {sys.executable} -m evidence check --offline {closed}"
    done = subprocess.run(
        ["sh", "-c", command], cwd=evidence.folder, env=evidence.env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (3, "")


def test_a_references_file_of_more_than_20000_entries_is_refused(evidence):
    evidence.write("references:\n" + "".join(f"- {{id: x{number}, type: webpage}}\n" for number in range(20_001)))
    refused(evidence.check(), "references.yaml:20002:3", "more than 20,000 entries", "split")


def test_a_reference_managers_file_of_more_than_20000_references_is_refused(evidence):
    (evidence.folder / "many.ris").write_text("TY  - JOUR\nTI  - x\nER  - \n" * 20_001)
    refused(evidence("import", "many.ris", "--offline"), "more than 20,000 references")


def test_a_line_like_a_division_that_is_none_is_read(evidence):
    lines = "# A\n\n::: " + "\t" * 60 + "!\n\n## References\n\n1. Smith J. A title of it. J Ex. 2013;1(1):1-2.\n"
    (evidence.folder / "a.md").write_text(lines)
    assert "smith-2013" in evidence("import", "a.md", "--offline", "--no-match").stdout
