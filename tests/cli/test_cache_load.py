"""The store filled from PubMed's files, and checks that judge by them and open no socket."""

import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from bulk_files import pubmed_file, record, write_md5
from evidence.audit.file_lock import FileLock
from evidence.demo.pubmed import article_xml
from evidence.demo.world import RETRACTED_PUBLICATION
from evidence.model.outcomes import LOADED
from evidence.model.records import NoticeLink
from evidence.storage import maintenance
from factories import open_store, pmid
from processes import AS_OF, codes_in
from servers import page_answer, scripted_web

ENTRY = "- {{id: r{0}, PMID: '{0}'}}\n"


def wants(evidence, *pmids):
    evidence.write("references:\n" + "".join(map(ENTRY.format, pmids)))


def load(evidence, *arguments, day=AS_OF):
    done = evidence("cache", "load", *arguments, "--day", day)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def failed(evidence, *arguments):
    done = evidence("cache", "load", *arguments)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    return line.removeprefix("evidence: error: ").removeprefix(f"{evidence.folder}/")


@pytest.fixture
def files(evidence):
    folder = evidence.folder / "files"
    folder.mkdir()
    return folder


def checked(evidence, *arguments):
    """The exit status, and of each reference how far it was checked."""
    status, report = evidence.report("--offline", *arguments)
    return status, {entry["id"]: entry["check"] for entry in report["references"]}, report


def reasons(report):
    return [item["reason"] for item in report["unchecked"]]


def test_the_bytes_of_wanted_records_are_those_of_efetch_and_no_others_are_stored(evidence, files):
    wants(evidence, 11, 13)
    records = [record(number) for number in range(10, 15)]
    pubmed_file(files, 1, records)
    assert load(evidence, files).startswith("read 1 file: 2 answers\n")
    with open_store(evidence.folder / "evidence.db") as store:
        stored = store.cache.stored(LOADED, [pmid(number) for number in range(10, 15)])
    assert {i.value: found.raw for i, found in stored.items()} == {
        str(number): article_xml(record(number)).strip().encode() for number in (11, 13)
    }


def test_an_offline_check_judges_by_them_and_says_whose_files_up_to_when_and_who_loaded_them(evidence, files):
    wants(evidence, 11, 13)
    links = (NoticeLink("RetractionIn", "J Synth. 2021;13(1):2", pmid="14"),)
    pubmed_file(files, 1, [record(11), record(13, notices=links, publication_types=(RETRACTED_PUBLICATION,))])
    load(evidence, files)
    status, found, report = checked(evidence)
    assert (status, found, reasons(report)) == (1, {"r11": "checked", "r13": "checked"}, [])
    assert ("r13", "RET001") in codes_in(report)
    loaded = {"source": "pubmed", "title": "PubMed", "up_to": "pubmed26n0001", "day": AS_OF, "actor": "tester"}
    assert report["run"]["loaded"] == [loaded]
    said = f"PubMed's files up to pubmed26n0001 of {AS_OF}, loaded by tester"
    for form in ("text", "markdown", "html"):
        assert said in " ".join(evidence.check("--offline", "--format", form).stdout.replace("&#39;", "'").split())


def test_an_online_run_asks_pubmed_itself(evidence, files):
    wants(evidence, 23359310)
    pubmed_file(files, 1, [record(23359310, "Something else altogether")])
    load(evidence, files)
    _, report = evidence.report()
    assert report["references"][0]["record"]["title"].startswith("Low-dose naltrexone")
    assert "loaded" not in report["run"]
    assert checked(evidence)[2]["references"][0]["record"]["title"].startswith("Low-dose naltrexone")


def test_the_last_file_counts_in_whatever_order_the_files_are_named(evidence, files):
    wants(evidence, 11)
    paths = [pubmed_file(files, number, [record(11, f"Version {number}")]) for number in (2, 10, 1)]
    load(evidence, *paths)
    assert checked(evidence)[2]["references"][0]["record"]["title"] == "Version 10"
    load(evidence, pubmed_file(files, 3, [record(11, "Version 3")]))
    assert checked(evidence)[2]["references"][0]["record"]["title"] == "Version 10"


def test_a_deleted_record_is_not_found_until_it_is_there_again(evidence, files):
    wants(evidence, 11)
    pubmed_file(files, 1, [record(11)])
    pubmed_file(files, 2, [record(12)], deleted=[11])
    assert "(1 deleted by PubMed)" in load(evidence, files)
    status, _, report = checked(evidence)
    [entry] = report["references"]
    assert (status, entry["state"]) == (1, "not-found")
    assert "PubMed has deleted this PMID (pubmed26n0002.xml.gz)" in json.dumps(entry)
    assert ("r11", "IDN003") in codes_in(report)
    load(evidence, pubmed_file(files, 3, [record(11, "Back again")]))
    assert checked(evidence)[1] == {"r11": "checked"}


def test_freshness_stops_before_a_gap(evidence, files):
    wants(evidence, 11, 21)
    load(evidence, pubmed_file(files, 1, [record(11)]), day="2026-11-20")
    load(evidence, pubmed_file(files, 2, [record(12)]), day="2026-11-21")
    said = load(evidence, pubmed_file(files, 4, [record(21)]))
    assert "missing: number 0003; answers are valid up to pubmed26n0002" in said
    assert "PubMed's files up to pubmed26n0002 of 2026-11-21" in said
    status, found, report = checked(evidence)
    assert (status, found) == (3, {"r11": "not-checked", "r21": "checked"})
    assert reasons(report) == [
        "offline, and what was loaded from files up to pubmed26n0002 is 2 days old (life: 1 day)"
    ]
    load(evidence, pubmed_file(files, 3, [record(13)]))
    assert checked(evidence)[:2] == (0, {"r11": "checked", "r21": "checked"})


def test_a_pmid_that_is_in_no_file_cannot_be_checked_here_and_is_not_dead(evidence, files):
    wants(evidence, 11, 999)
    pubmed_file(files, 1, [record(11)])
    assert "not found in the files read: pmid:999" in load(evidence, files)
    status, found, report = checked(evidence)
    assert (status, found) == (0, {"r11": "checked", "r999": "cannot-be-checked"})
    assert codes_in(report) == []
    assert f"in none of PubMed's files up to pubmed26n0001 of {AS_OF}" in json.dumps(report)


def test_while_files_are_missing_nothing_is_said_of_what_they_may_hold(evidence, files):
    wants(evidence, 999)
    load(evidence, pubmed_file(files, 7, [record(11)]))
    status, found, report = checked(evidence)
    assert (status, found) == (3, {"r999": "not-checked"})
    assert reasons(report) == ["offline, and not found in the files of PubMed read so far"]


def test_what_is_added_later_needs_the_file_that_can_hold_it_and_the_updates_since(evidence, files):
    wants(evidence, 11)
    pubmed_file(files, 1, [record(11), record(19)])
    pubmed_file(files, 2, [record(21), record(29)])
    pubmed_file(files, 3, [record(15), record(25)])
    assert load(evidence, files).startswith("read 3 files: 1 answer")
    assert load(evidence, files).startswith("read 0 files: 0 answers; 3 files had been read")
    wants(evidence, 11, 19)
    assert "not looked up" in evidence.check("--offline").stdout or checked(evidence)[0] == 3
    said = load(evidence, pubmed_file(files, 4, [record(31)]))
    assert "to be read again for what was added since: pubmed26n0001.xml.gz, pubmed26n0003.xml.gz" in said
    assert load(evidence, files).startswith("read 2 files: 1 answer; 2 files had been read")
    assert checked(evidence)[:2] == (0, {"r11": "checked", "r19": "checked"})


def test_a_new_years_baseline_replaces_all(evidence, files):
    wants(evidence, 11, 12)
    old = pubmed_file(files, 1, [record(11), record(12)], year=26)
    load(evidence, old, day="2026-11-20")
    load(evidence, pubmed_file(files, 1, [record(11, "New")], year=27))
    assert "1 file from an earlier year not needed" in load(evidence, old)
    _, found, report = checked(evidence)
    assert found == {"r11": "checked", "r12": "not-checked"}
    assert report["references"][0]["record"]["title"] == "New"


def test_a_wrong_md5_is_one_line_and_what_was_read_before_is_kept(evidence, files):
    wants(evidence, 11, 21)
    pubmed_file(files, 1, [record(11)])
    wrong = pubmed_file(files, 2, [record(21)])
    wrong.with_name(f"{wrong.name}.md5").write_text("0" * 32 + f"  {wrong.name}\n", encoding="ascii")
    assert failed(evidence, files) == (
        "files/pubmed26n0002.xml.gz: its MD5 is not the one in pubmed26n0002.xml.gz.md5; fetch it again"
    )
    with open_store(evidence.folder / "evidence.db") as store:
        assert [file.name for file in store.loaded.files("pubmed")] == ["pubmed26n0001.xml.gz"]
        assert list(store.cache.stored(LOADED, [pmid(11), pmid(21)])) == [pmid(11)]
    write_md5(wrong)
    assert load(evidence, files).startswith("read 1 file: 1 answer; 1 file had been read")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda data: data[:-20], "it is cut off"),
        (lambda data: data[:-400] + bytes(50) + data[-350:], "it is damaged"),
        (lambda data: gzip.compress(gzip.decompress(data)[:-30]), "it is not a complete PubmedArticleSet"),
        (lambda _: b"<html>", "not a file of a kind that can be loaded"),
        (lambda _: b"", "not a file of a kind that can be loaded"),
    ],
)
def test_a_broken_file_is_one_line_and_not_counted_as_read(evidence, files, spoil, why):
    wants(evidence, 11)
    path = pubmed_file(files, 1, [record(number, title=os.urandom(20).hex()) for number in range(10, 60)])
    path.write_bytes(spoil(path.read_bytes()))
    path.with_name(f"{path.name}.md5").unlink()
    assert failed(evidence, path).startswith(f"files/pubmed26n0001.xml.gz: {why}")
    with open_store(evidence.folder / "evidence.db") as store:
        assert store.loaded.files("pubmed") == ()
        assert not store.cache.stored(LOADED, [pmid(11)])


def test_of_a_folder_other_files_are_passed_over_and_counted(evidence, files):
    wants(evidence, 11)
    (files / "updatefiles").mkdir()
    pubmed_file(files / "updatefiles", 1, [record(11)])
    (files / "notes.txt").write_text("from the stick", encoding="utf-8")
    (files / "one.xml").write_text("<PubmedArticleSet/>", encoding="utf-8")
    assert load(evidence, files).startswith("read 1 file: 1 answer; 2 other files passed over\n")
    assert failed(evidence, files / "notes.txt").startswith("files/notes.txt: not a file of a kind")
    assert "its name has no year and number" in failed(evidence, files / "one.xml")


@pytest.fixture
def web():
    with scripted_web() as played:
        yield played


def test_the_file_at_an_address_is_fetched_with_its_md5_and_read_once(evidence, files, web):
    wants(evidence, 11)
    path = pubmed_file(files, 1, [record(11)])
    web.plays(f"/{path.name}", page_answer(200, path.read_bytes(), "Last-Modified: Sat, 21 Nov 2026 08:00:00 GMT"))
    web.plays(f"/{path.name}.md5", page_answer(200, path.with_name(f"{path.name}.md5").read_bytes()))
    address = f"{web.base}/{path.name}"
    said = evidence("cache", "load", address, "--to", "fetched").stdout
    assert said == "read 1 file: 1 answer\nPubMed's files up to pubmed26n0001 of 2026-11-21\n"
    assert (evidence.folder / "fetched" / path.name).read_bytes() == path.read_bytes()
    assert evidence("cache", "load", address, "--to", "fetched").stdout.startswith(
        "read 0 files: 0 answers; 1 file had"
    )
    assert [asked.rpartition("/")[2] for asked in web.targets()] == [f"{path.name}.md5", path.name, f"{path.name}.md5"]
    evidence("cache", "load", address, "--to", "fetched", "--max-age", "36500")
    assert len(web.asked) == 3
    assert checked(evidence, "--as-of", "2026-11-21")[1] == {"r11": "checked"}


def test_a_file_that_does_not_match_the_md5_of_its_server_is_not_read(evidence, files, web):
    wants(evidence, 11)
    path = pubmed_file(files, 1, [record(11)])
    web.plays(f"/{path.name}", page_answer(200, path.read_bytes()))
    web.plays(f"/{path.name}.md5", page_answer(200, b"MD5(x)= " + b"0" * 32))
    said = failed(evidence, f"{web.base}/{path.name}", "--to", "fetched")
    assert "its MD5 is not the one in pubmed26n0001.xml.gz.md5; fetch it again" in said


def test_an_address_that_cannot_be_fetched_is_one_line_and_no_other_is_asked(evidence, web):
    wants(evidence, 11)
    web.plays("/a.csv", page_answer(404))
    assert failed(evidence, f"{web.base}/a.csv", "--to", "fetched").endswith(
        "cannot be fetched: HTTP 404 (check the address)"
    )
    said = failed(evidence, f"{web.base}/b.csv", f"{web.base}/folder/", "--to", "fetched")
    assert "is not the address of a file" in said
    assert web.targets() == ["/a.csv"]


def test_a_file_of_the_users_is_not_replaced_by_one_that_is_fetched(evidence, files, web):
    wants(evidence, 11)
    before = (evidence.folder / "references.yaml").read_bytes()
    own, path = evidence.folder / "own.txt", pubmed_file(files, 1, [record(11)])
    own.write_text("mine", encoding="utf-8")
    (evidence.folder / path.name).symlink_to(own)
    for name in ("references.yaml", path.name):
        web.plays(f"/{name}", page_answer(200, b"PMID"))
        web.plays(f"/{name}.md5", page_answer(404))
        said = failed(evidence, f"{web.base}/{name}", "--to", ".")
        assert "there is something else of the name of the file to fetch" in said
    (evidence.folder / path.name).unlink()
    (evidence.folder / f"{path.name}.md5").symlink_to(own)
    web.plays(f"/{path.name}", page_answer(200, path.read_bytes()))
    web.plays(f"/{path.name}.md5", page_answer(200, path.with_name(f"{path.name}.md5").read_bytes()))
    assert evidence("cache", "load", f"{web.base}/{path.name}", "--to", ".").returncode == 0
    assert ((evidence.folder / "references.yaml").read_bytes(), own.read_text(encoding="utf-8")) == (before, "mine")


def test_two_processes_do_not_fetch_into_one_folder_at_the_same_time(evidence, web):
    wants(evidence, 11)
    (evidence.folder / "fetched").mkdir()
    with (evidence.folder / "fetched" / ".lock").open("ab") as file:
        assert FileLock(file).acquire()
        said = failed(evidence, f"{web.base}/a.csv", "--to", "fetched")
    assert "another process is fetching files into this folder" in said


@pytest.mark.skipif(os.name == "nt", reason="Windows has another folder for this")
def test_files_of_addresses_go_to_the_folder_of_the_user(evidence, files, web):
    wants(evidence, 11)
    path = pubmed_file(files, 1, [record(11)])
    web.plays(f"/{path.name}", page_answer(200, path.read_bytes()))
    evidence("cache", "load", f"{web.base}/{path.name}", XDG_CACHE_HOME=str(evidence.folder / "cache"))
    assert (evidence.folder / "cache" / "evidence-tracker" / path.name).is_file()


def test_many_processes_leave_what_one_leaves(evidence, files):
    wants(evidence, *range(10, 40))
    for number in range(1, 12):
        changed = [record(pmid_number, title=f"Version {number}") for pmid_number in range(number, 40, number)]
        pubmed_file(files, number, changed, deleted=[10 + number] if number % 3 == 0 else [])
    said = load(evidence, files, "--store", "one.db")
    command = [sys.executable, "-m", "evidence", "cache", "load", str(files), "--day", AS_OF, "--store", "two.db"]
    done = subprocess.run(
        [*command, "--jobs", "2"], cwd=evidence.folder, env=evidence.env, capture_output=True, text=True, check=True
    )
    assert done.stdout == said
    kept = []
    for name in ("one.db", "two.db"):
        with open_store(evidence.folder / name) as store:
            answers = store.cache.stored(LOADED, [pmid(number) for number in range(10, 40)])
            kept.append({str(identifier): (answer.raw, answer.as_of) for identifier, answer in answers.items()})
            kept.append(list(store.loaded.files("pubmed")))
    assert kept[:2] == kept[2:]


def test_without_anything_wanted_it_says_so(evidence, files):
    assert failed(evidence, pubmed_file(files, 1, [record(11)])) == (
        "no PMID, DOI or Set ID is wanted: neither a references file here nor the store has any "
        "(name references files with --for)"
    )
    evidence.write("references:\n" + ENTRY.format(11), "other.yaml")
    assert load(evidence, files, "--for", "other.yaml").startswith("read 1 file: 1 answer")


def test_every_file_is_in_the_audit_trail_and_verify_compares_them(evidence, files):
    wants(evidence, 11)
    path = pubmed_file(files, 1, [record(11)])
    load(evidence, path)
    [event] = [
        json.loads(line)
        for line in (evidence.folder / "evidence.log.jsonl").read_text(encoding="utf-8").splitlines()
        if '"action":"load"' in line
    ]
    assert (event["object"], event["actor"], len(event["after"])) == (path.name, "tester", 64)
    assert evidence("verify").returncode == 0
    with open_store(evidence.folder / "evidence.db") as store, store.database.write() as connection:
        connection.execute("UPDATE loaded SET sha256 = ?", ("0" * 64,))
    done = evidence("verify")
    assert done.returncode == 1
    assert "pubmed26n0001.xml.gz was not loaded by a recorded command" in done.stdout


def test_what_a_pruning_removed_is_looked_for_again(evidence, files):
    wants(evidence, 11)
    pubmed_file(files, 1, [record(11)])
    load(evidence, files)
    with open_store(evidence.folder / "evidence.db") as store:
        maintenance.prune(store, unused_since=datetime.now(UTC) + timedelta(days=9), actor="tester")
    assert load(evidence, files).startswith("read 1 file: 1 answer")


def test_the_lock_and_the_bundle_know_loaded_answers(evidence, files):
    wants(evidence, 11)
    pubmed_file(files, 1, [record(11)])
    load(evidence, files)
    assert evidence.check("--offline").returncode == 0
    assert evidence("lock", "--rebuild", "--as-of", AS_OF).returncode == 0
    assert evidence.check("--locked").returncode == 0
    assert evidence("bundle", "-o", "bundle.zip").returncode == 0
    assert evidence("verify", "bundle.zip").returncode == 0
