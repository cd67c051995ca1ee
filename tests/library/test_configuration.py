from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from evidence.library.config import Configuration, find_configuration, read_configuration
from evidence.library.files import find_libraries
from evidence.model.errors import FileError
from evidence.model.policy import Severity, SourceType

FULL = """\
# what all our monographs share
files = ["monographs/*/references.yaml", "other.yaml"]
store = "evidence.db"
format = ["text", "sarif=evidence.sarif"]
on-incomplete = "warn"
ignore = ["ACC004"]

[policy]
accessed-limit = {webpage = "180 d", label = 90, article = "none"}
life.status = 2
severity = {MET007 = "warning"}
fail-on = "warning"
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def posix(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths as they are written on every system."""
    return tuple(Path(path).as_posix() for path in paths)


def read(folder: Path, text: str, name: str = "evidence.toml") -> Configuration:
    (folder / name).write_text(text, encoding="utf-8")
    return read_configuration(folder / name, Path.cwd())


def test_everything_that_can_be_settled_is_read(repository: Path) -> None:
    found = read(repository, FULL)
    assert posix(found.files) == ("monographs/*/references.yaml", "other.yaml")
    assert (found.store, found.on_incomplete, found.ignore) == ("evidence.db", "warn", ("ACC004",))
    assert found.formats == ("text", "sarif=evidence.sarif")
    limits = {SourceType.WEBPAGE: 180, SourceType.LABEL: 90, SourceType.ARTICLE: None}
    assert found.policy.accessed_limit == limits
    assert (found.policy.lives.status, found.policy.lives.metadata) == (2, 30)
    assert (found.policy.severity, found.policy.fail_on) == ({"MET007": Severity.WARNING}, Severity.WARNING)


def test_a_table_of_pyproject_is_read_alike(repository: Path) -> None:
    text = '[project]\nname = "x"\n\n[tool.evidence]\nfiles = "a.yaml"\n\n[tool.evidence.policy]\nconfirm-dead = 3\n'
    found = read(repository, text, "pyproject.toml")
    assert (found.files, found.policy.confirm_dead) == (("a.yaml",), 3)


def test_paths_are_relative_to_the_file_and_reported_from_the_current_folder(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "evidence.toml").write_text(FULL)
    monkeypatch.chdir(repository / "deep" / "er")
    found = read_configuration(repository / "evidence.toml", Path.cwd())
    assert posix(found.files) == ("../../monographs/*/references.yaml", "../../other.yaml")
    assert posix((found.store or "", found.formats[1])) == ("../../evidence.db", "sarif=../../evidence.sarif")


def test_wildcards_in_the_names_of_folders_mean_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, here = tmp_path / "a[1]", tmp_path / "b"
    home.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    (pattern,) = read(home, 'files = ["*.yaml"]\n').files
    (home / "x.yaml").write_text("")
    assert [path.resolve() for path in find_libraries([pattern])] == [home / "x.yaml"]
    assert posix([pattern]) == ("../a[[]1]/*.yaml",)


def test_the_nearest_configuration_up_to_the_root_of_the_repository_is_found(repository: Path) -> None:
    deep = repository / "deep" / "er"
    (repository.parent / "evidence.toml").write_text("")
    assert find_configuration(deep) is None
    (repository / "evidence.toml").write_text("")
    assert find_configuration(deep) == repository / "evidence.toml"
    (deep.parent / "pyproject.toml").write_text("[tool.evidence]\n")
    assert find_configuration(deep) == deep.parent / "pyproject.toml"
    (deep.parent / "evidence.toml").write_text("")
    assert find_configuration(deep) == deep.parent / "evidence.toml"


def test_a_pyproject_of_something_else_is_passed_over(repository: Path) -> None:
    (repository / "evidence.toml").write_text("")
    (repository / "deep" / "pyproject.toml").write_text("[tool.other]\nnote = '[tool.evidence]'\nbroken =\n")
    assert find_configuration(repository / "deep") == repository / "evidence.toml"


def test_outside_a_repository_only_the_current_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "evidence.toml").write_text("")
    (tmp_path / "below").mkdir()
    assert find_configuration(tmp_path / "below") is None
    assert find_configuration(tmp_path) == tmp_path / "evidence.toml"


@pytest.mark.parametrize(
    ("text", "line", "reported"),
    [
        ('files = ["a"]\nstroe = "x"\n', 2, "unknown field stroe; did you mean store?"),
        ('actor = "somebody"\n', 1, "unknown field actor"),
        ("\n[polcy]\nfail-on = 'error'\n", 2, "unknown field polcy; did you mean policy?"),
        ("[policy]\n\nfail_on = 'error'\n", 3, "unknown field policy.fail_on; did you mean fail-on?"),
        ("[policy]\nlife.state = 1\n", 2, "unknown field policy.life.state"),
        ("[policy]\nfail-on = 'eror'\n", 2, "eror is not one of info, warning, error"),
        ("[policy]\nlife = {status = 'soon'}\n", 2, "soon is not a number of days"),
        ("[policy.severity]\nRET001 = 'info'\n", 2, "RET001 cannot be lowered"),
        ("policy = 3\n", 1, "policy must be a mapping"),
        ("on-incomplete = 'maybe'\n", 1, "on-incomplete maybe is not one of fail, warn"),
        ("files = [{a = 1}]\n", 1, "files must be a single text value"),
        ("store = ''\n", 1, "store is empty"),
        ("store = ['a', 'b']\n", 1, "store must be a single text value"),
        ("store = 0x" + "f" * 5000 + "\n", 1, "not valid TOML"),
        ("x-a = " + "[" * 5000 + "]" * 5000 + "\n", 1, "nested too deeply"),
        ("files = [\n'a'\n'b'\n]\n", 3, "not valid TOML: unclosed array"),
        ("files = [\n", 1, "not valid TOML"),
        ("a = 1\na = 2\n", 2, "not valid TOML"),
    ],
)
def test_what_cannot_be_used_is_an_error_with_its_line(repository: Path, text: str, line: int, reported: str) -> None:
    with pytest.raises(FileError) as wrong:
        read(repository, text)
    assert str(wrong.value).startswith(f"evidence.toml:{line}:")
    assert reported in str(wrong.value)


def test_keys_that_begin_with_x_are_free(repository: Path) -> None:
    assert read(repository, 'x-note = "ours"\n').files == ()
