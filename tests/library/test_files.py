from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

from evidence.library.files import LARGEST, find_libraries, move_to, read_source, require_closed, require_name, too_long
from evidence.model.errors import FileError, Place
from processes import make_pipe


def written(path: Path, content: bytes | str = b"references: []\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    path = written(tmp_path / "refs.yml")
    assert find_libraries([path]) == [path]


def test_a_directory_means_the_libraries_in_it_and_below(tmp_path: Path) -> None:
    expected = [
        written(tmp_path / "a" / "naltrexone.references.yaml"),
        written(tmp_path / "a" / "references.yml"),
        written(tmp_path / "references.yaml"),
    ]
    written(tmp_path / "other.yaml")
    written(tmp_path / ".git" / "references.yaml")
    assert find_libraries([tmp_path]) == expected


def test_a_glob_is_expanded_and_its_directories_are_searched(tmp_path: Path) -> None:
    first = written(tmp_path / "one" / "references.yaml")
    second = written(tmp_path / "two.yaml")
    assert find_libraries([f"{tmp_path}/*"]) == [first, second]
    assert find_libraries([f"{tmp_path}/**/*.yaml"]) == [first, second]


def test_a_file_whose_name_has_brackets_is_no_glob(tmp_path: Path) -> None:
    path = written(tmp_path / "[draft].yaml")
    assert find_libraries([path]) == [path]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = written(tmp_path / "references.yaml")
    assert find_libraries([path, tmp_path, f"{tmp_path}/*.yaml"]) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="no folder there is beyond a path but within reach")
def test_a_directory_that_cannot_be_searched_is_an_error_that_names_it(tmp_path: Path) -> None:
    written(tmp_path / "references.yaml")
    folder = tmp_path
    holder = os.open(tmp_path, os.O_RDONLY)
    while len(str(folder)) < os.pathconf(tmp_path, "PC_PATH_MAX"):  # too long a path fails for root too
        folder /= "d" * 200
        os.mkdir(folder.name, dir_fd=holder)
        inner = os.open(folder.name, os.O_RDONLY, dir_fd=holder)
        os.close(holder)
        holder = inner
    os.close(holder)
    with pytest.raises(FileError, match="cannot search this directory") as caught:
        find_libraries([tmp_path])
    assert caught.value.path == folder.as_posix()
    assert caught.value.fix


@pytest.mark.parametrize("missing", ["nothing.yaml", "*.yaml", "empty"])
def test_what_matches_nothing_is_an_error_that_names_it(tmp_path: Path, missing: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileError) as caught:
        find_libraries([tmp_path / missing])
    assert caught.value.path == (tmp_path / missing).as_posix()
    assert caught.value.fix


def test_a_name_that_no_system_takes_is_reported_with_its_reason() -> None:
    with pytest.raises(FileError, match=r"cannot be read|no such file"):  # the latter on Windows
        find_libraries(["x" * 5000])
    with pytest.raises(FileError, match="no file matches this pattern"):
        find_libraries(["x" * 5000 + "*"])  # a name with wildcards need not be one that a file can have


def test_the_hash_is_that_of_the_files_bytes_and_the_mark_is_no_text(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfreferences: []\n"
    source = read_source(written(tmp_path / "a.yaml", content))
    assert source.sha256 == hashlib.sha256(content).hexdigest()
    assert (source.bom, source.text) == (True, "references: []\n")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_and_columns_count_from_one_in_code_points(tmp_path: Path, line_end: str) -> None:
    text = f"\U0001f48a\u00e9 one{line_end}two"
    source = read_source(written(tmp_path / "a.yaml", text))
    assert source.place(3) == Place(source.path, 1, 4)
    assert source.place(text.index("two")) == Place(source.path, 2, 1)


@pytest.mark.parametrize(
    ("content", "line", "column", "part"),
    [
        (b"a: b\nc: \x00", 2, 4, "a NUL"),
        (b"a: \x1b[31m", 1, 4, "U+001B"),
        ("\u00e9: ".encode() + b"\xff", 1, 4, "0xff is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00", 1, 1, "0x89 is not UTF-8"),
        ("a: b".encode("utf-16"), None, None, "UTF-16"),
        ("a: b".encode("utf-32"), None, None, "UTF-32"),
        ("a: b".encode("utf-16-le"), 1, 2, "a NUL"),
    ],
)
def test_what_is_no_utf_8_text_is_refused_where_it_begins(
    tmp_path: Path, content: bytes, line: int | None, column: int | None, part: str
) -> None:
    with pytest.raises(FileError, match="UTF-8") as caught:
        read_source(written(tmp_path / "a.yaml", content))
    assert part in caught.value.what
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_giant_file_is_refused_by_its_size_alone(tmp_path: Path) -> None:
    path = tmp_path / "giant.yaml"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 200_000_000)
    with pytest.raises(FileError, match=r"200\.0 MB \(limit 20 MB\)"):
        read_source(path)


def test_a_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    text = "#" * (LARGEST - 1) + "\n"
    assert len(read_source(written(tmp_path / "large.yaml", text)).text) == LARGEST


def test_a_directory_or_a_pipe_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="a directory"):
        read_source(tmp_path)
    make_pipe(tmp_path / "pipe")
    with pytest.raises(FileError, match="not a regular file"):
        read_source(tmp_path / "pipe")


def test_a_file_that_vanished_is_reported_with_the_systems_reason(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        read_source(tmp_path / "gone.yaml")


def trouble_of_windows(number: int) -> OSError:
    """An error as Windows raises it, with the number that it has there."""
    error = PermissionError(13, "Permission denied")
    error.winerror = number
    return error


def test_a_file_that_another_program_does_not_share_is_refused_by_its_name_as_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "report.xlsx")
    monkeypatch.chdir(tmp_path)

    def refuse(old: Path, new: Path) -> None:
        assert old == new == tmp_path / "report.xlsx"
        raise trouble_of_windows(32)

    with pytest.raises(FileError) as caught:
        require_closed(Path("report.xlsx"), refuse)
    fix = "close it there, for example in Word or Excel, and run the command again"
    said = f"report.xlsx: another program has it open ({fix})"
    assert str(caught.value) == said


def test_other_trouble_is_not_for_that_question(tmp_path: Path) -> None:
    def refuse(*_: Path) -> None:
        raise trouble_of_windows(5)

    require_closed(written(tmp_path / "report.xlsx"), refuse)
    require_closed(tmp_path / "missing", os.rename)
    require_closed(tmp_path / "report.xlsx", os.rename)
    assert (tmp_path / "report.xlsx").is_file()


def test_a_scanner_that_has_the_new_file_open_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    new, place, waits = written(tmp_path / "new", b"new"), written(tmp_path / "old", b"old"), list[float]()

    def move(source: Path, target: Path) -> None:
        if len(waits) < 3:
            raise trouble_of_windows(32)
        source.replace(target)

    move_to(place, new, move, waits.append)
    assert (place.read_bytes(), len(waits), sum(waits) < 2) == (b"new", 3, True)


@pytest.mark.parametrize(("error", "attempts"), [(trouble_of_windows(5), 6), (OSError(28, "No space left"), 1)])
def test_what_does_not_pass_is_raised_after_two_seconds_and_what_cannot_pass_at_once(
    tmp_path: Path, error: OSError, attempts: int
) -> None:
    new, place, waits = written(tmp_path / "new", b"new"), written(tmp_path / "old", b"old"), list[float]()
    tried = []

    def refuse(source: Path, _: Path) -> None:
        tried.append(source)
        raise error

    with pytest.raises(OSError, match=error.strerror):
        move_to(place, new, refuse, waits.append)
    assert (place.read_bytes(), new.read_bytes(), len(tried)) == (b"old", b"new", attempts)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("con.yaml", "this is a Windows device name"),
        ("folder/AUX.html", "this is a Windows device name"),
        ("com1", "this is a Windows device name"),
        ("nul.csv", "this is a Windows device name"),
        ("report.html.", "the name ends in a full stop or a space, which Windows drops"),
        ("report.html ", "the name ends in a full stop or a space, which Windows drops"),
        ("what?.html", "the name contains ?, which Windows does not allow in names"),
    ],
)
def test_names_that_windows_does_not_have_are_refused_there_alone(name: str, wrong: str) -> None:
    with pytest.raises(FileError) as caught:
        require_name(Path(name), windows=True)
    assert str(caught.value) == f"{name}: {wrong} (use another name)"
    require_name(Path(name), windows=False)


@pytest.mark.parametrize("name", ["nul", "console.yaml", "..", "2026-Q4", ".hidden", "com10.csv", "auxiliary"])
def test_other_names_are_not(name: str) -> None:
    require_name(Path(name), windows=True)


def test_a_path_that_is_too_long_for_windows_is_said_to_be(tmp_path: Path) -> None:
    assert too_long(tmp_path / "a", windows=True) is None
    assert too_long(tmp_path / ("a" * 260), windows=False) is None
    root = Path("/").absolute()
    said = too_long(root / ("a" * (271 - len(str(root)))), windows=True)
    assert said == "its path has 271 characters, more than Windows opens unless long paths are enabled"
