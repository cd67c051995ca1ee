"""What `evidence doctor` says of services, of this installation, and of the folder of the store."""

import re
import sys
from pathlib import Path
from unittest import mock

import pytest

from evidence.audit.file_lock import FileLock
from evidence.cli.doctor import synchronising_service
from processes import bound_by_rights


def test_the_doctor_says_what_cannot_be_reached(evidence, server):
    server.faults.add("dailymed", "503")
    done = evidence("doctor")
    assert done.returncode == 3
    assert "ok    PubMed" in done.stdout
    assert "bad   DailyMed" in done.stdout


def test_the_doctor_shows_platform_encodings_extras_and_locks_and_leaves_nothing(evidence):
    done = evidence("doctor")
    assert re.search(r"^ok    platform      \S+, Python 3\.\d+\.\d+, SQLite 3\.", done.stdout, re.MULTILINE)
    assert re.search(r"^ok    encodings     output utf-8, file names utf-8$", done.stdout, re.MULTILINE)
    assert re.search(r"^ok    locks         a second command waits for the first$", done.stdout, re.MULTILINE)
    assert re.search(r"^(?:ok  |note)  \[render\]      formatted bibliographies", done.stdout, re.MULTILINE)
    assert re.search(r"^ok    store folder  not known to be synchronised", done.stdout, re.MULTILINE)
    assert list(evidence.folder.iterdir()) == []


def test_the_doctor_says_that_a_file_system_has_no_locks(evidence):
    with mock.patch.object(FileLock, "acquire", return_value=True):
        done = evidence("doctor")
    assert re.search(r"^note  locks         the file system has no locks", done.stdout, re.MULTILINE)
    assert "keep store and log on a local disk" in done.stdout


def test_a_store_that_is_synchronised_is_offered_a_folder_of_this_user(evidence, tmp_path):
    evidence.folder = tmp_path / "OneDrive - Example GmbH" / "Naltrexon Präparate"
    evidence.folder.mkdir(parents=True)
    done = evidence("doctor", HOME=str(tmp_path), COLUMNS="400", XDG_CONFIG_HOME=str(tmp_path / "mine"))
    assert "synchronised by OneDrive, which" in done.stdout
    of_this_user = "Library/Application Support" if sys.platform == "darwin" else "mine"
    place = tmp_path / of_this_user / "evidence"
    assert f"create the folder {place} and set EVIDENCE_STORE to {place / 'Naltrexon-Präparate.db'}" in done.stdout
    place.mkdir(parents=True)
    elsewhere = evidence("doctor", EVIDENCE_STORE=str(place / "Naltrexon-Präparate.db"))
    assert "not known to be synchronised" in " ".join(elsewhere.stdout.split())


@pytest.mark.parametrize(
    ("folder", "service"),
    [
        ("/home/a/OneDrive/ldn", "OneDrive"),
        ("/home/a/onedrive - Example/ldn", "OneDrive"),
        ("/Users/a/Library/CloudStorage/OneDrive-Personal", "OneDrive"),
        ("/Users/a/Library/CloudStorage/Tresorit/ldn", "a cloud service"),
        ("/Users/a/Library/Mobile Documents/com~apple~CloudDocs/ldn", "iCloud Drive"),
        ("/home/a/iCloudDrive", "iCloud Drive"),
        ("/home/a/Dropbox (Example)/ldn", "Dropbox"),
        ("/mnt/My Drive/ldn", "Google Drive"),
        ("/Users/a/Library/CloudStorage/GoogleDrive-a@example.org/My Drive", "Google Drive"),
        ("/srv/renamed/ldn", "OneDrive"),
        ("/srv/monographs", None),
        ("/srv/dropboxes/ldn", None),
        ("/srv/onedriver", None),
    ],
)
def test_synchronised_folders_are_known_by_their_names_and_by_the_environment(folder, service):
    assert synchronising_service(Path(folder), {"OneDrive": "/srv/renamed", "OneDriveConsumer": ""}) == service


def test_a_folder_that_cannot_be_written_is_said_and_its_locks_are_not_tested(process):
    process.under = bound_by_rights()
    process.folder.chmod(0o555)
    done = process("doctor")
    process.folder.chmod(0o755)
    assert done.returncode == 2
    assert "is not writable" in done.stdout
    assert "note  locks         not tested" in done.stdout
