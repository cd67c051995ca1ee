from __future__ import annotations

from pathlib import Path

import pytest

from evidence.app.sign import files_now, files_to_bind, libraries_named
from evidence.model.audit import Bound, BoundKind
from evidence.model.errors import FileError, LockError
from evidence.model.references import Library, Monograph
from evidence.storage.lock import Lock
from evidence.storage.lockfile import lock_text
from factories import sign_off
from processes import make_pipe


@pytest.fixture
def library(tmp_path: Path) -> Library:
    (tmp_path / "text").mkdir()
    return Library((tmp_path / "text" / "references.yaml").as_posix(), "a" * 64, ())


def test_files_are_named_from_the_folder_of_the_log(library: Library, tmp_path: Path) -> None:
    (tmp_path / "text" / "waivers.yaml").write_text("[]")
    reported = [(one.kind, one.path) for one in files_to_bind(library, tmp_path / "log")]
    assert reported == [
        (BoundKind.REFERENCES, "../text/references.yaml"),
        (BoundKind.WAIVERS, "../text/waivers.yaml"),
    ]


def test_a_lock_is_bound_by_its_bytes_and_by_what_it_says(library: Library, tmp_path: Path) -> None:
    lock = tmp_path / "text" / "references.lock.json"
    lock.write_text(lock_text(Lock()))
    (_, bound) = files_to_bind(library, tmp_path)
    assert (bound.kind, bound.facts is not None) == (BoundKind.LOCK, True)
    lock.write_text("{}")
    with pytest.raises(LockError):
        list(files_to_bind(library, tmp_path))


def test_a_monograph_that_is_named_and_not_there_cannot_be_bound(library: Library, tmp_path: Path) -> None:
    named = Library(library.path, library.sha256, (), Monograph(file="none.docx"))
    with pytest.raises(FileError, match=r"file not found: none\.docx"):
        list(files_to_bind(named, tmp_path))


def test_what_is_no_ordinary_file_is_not_read(tmp_path: Path) -> None:
    make_pipe(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    bound = [Bound(BoundKind.MONOGRAPH, name, "0" * 64) for name in ("pipe", "zero", "none")]
    now = files_now(sign_off(bound=bound), tmp_path)
    assert {one.path: one.sha256 for one in now} == {"pipe": None, "zero": None, "none": None}


def test_a_library_is_known_by_its_place_however_it_is_written(tmp_path: Path) -> None:
    given = (tmp_path / "." / "references.yaml").as_posix()
    assert libraries_named(sign_off(), [given, "other.yaml"], tmp_path) == {"references.yaml": given}
