"""The configuration of a repository with many monographs: `evidence.toml`, or `[tool.evidence]` in pyproject.toml.

TOML is read into the same tree of strings as YAML, so that one reader of policies serves both. `tomllib` reports no
positions, so keys are looked for line by line: a key's place is that of its name, a value's that of its key. A key
inside an inline table has the place of the table's own key.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence.library.confinement import beside_objection, objection, repository_of, up_to_root
from evidence.library.files import SourceText, before_wildcards, read_source
from evidence.library.policy import read_policy
from evidence.library.yaml import (
    USE_ONE_OF_THESE,
    MappingNode,
    Node,
    Notes,
    PairNode,
    ScalarNode,
    SequenceNode,
    pair_of,
    printable,
)
from evidence.model.errors import FileError, Place
from evidence.model.policy import Policy
from evidence.model.regex import regex
from evidence.model.text import relative_path

NAME = "evidence.toml"
PYPROJECT = "pyproject.toml"
KEYS = frozenset(
    [
        *("files", "store", "log", "allowed-signers", "format", "on-incomplete", "select", "ignore", "policy"),
        *("name", "email", "owner"),
    ]
)

_PLACES = ("store", "log", "allowed-signers")
_FOUND = "a configuration file found by search"
_ALLOWED_BY = {
    "store": "use --store or EVIDENCE_STORE",
    "log": "use EVIDENCE_LOG",
    "allowed-signers": "use EVIDENCE_ALLOWED_SIGNERS",
    "format": "use --format",
    "files": "name the files on the command line, or set EVIDENCE_ROOT to a folder that contains them",
}
_TABLE = ("tool", "evidence")
_TABLE_LINE = regex(r"^[^\S\n]*+\[tool\.evidence[\].]", re.MULTILINE)
_HEADER = regex(r"\s*+\[++\s*+([^\]#]++)\]++\s*+(?:#.*)?")
_KEY = regex(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PART = regex(r"[\w-]+|\"[^\"]*\"|'[^']*'")
_DEEP = regex(r"(?<![\w-])(?:(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){32}")
_POSITION = regex(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

KeyPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a repository settles for all its monographs; empty where it settles nothing.

    `files`, `store`, `log`, `allowed_signers` and the files in `formats` are relative to the current directory;
    `formats_at` is the place of each of the formats, `places` that of every other key. `name` is who is responsible for
    the reviews, `email` the address that NCBI is given, `owner` whose the references are that name nobody.
    """

    path: str | None = None
    files: tuple[str, ...] = ()
    store: str | None = None
    log: str | None = None
    allowed_signers: str | None = None
    formats: tuple[str, ...] = ()
    on_incomplete: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    policy: Policy = field(default_factory=Policy)
    name: str | None = None
    email: str | None = None
    owner: str | None = None
    formats_at: tuple[Place, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)


def find_configuration(folder: Path) -> Path | None:
    """The nearest configuration from this folder up to the root of its repository; outside one, only in the folder.

    Raises:
        FileError: a pyproject.toml that may hold it cannot be read; one of them is a link out of the checkout.
    """
    for parent in up_to_root(folder.absolute()):
        for name in (NAME, PYPROJECT):
            path = parent / name
            if not path.is_file():
                continue
            if path.is_symlink() and (wrong := beside_objection(path)):
                fix = "replace the link with the file, or set EVIDENCE_CONFIG to its path"
                raise FileError(wrong, path=relative_path(path, folder), fix=fix)
            if name == NAME or _TABLE_LINE.search(read_source(path).text):
                return path
    return None


def read_configuration(path: Path, folder: Path, *, trusted: bool = False, top: Path | None = None) -> Configuration:
    """Read a configuration for a command that runs in `folder`.

    `trusted` is whether the user has named it. Any other may have reports written below its own folder, and name
    store, log, allowed signers and references files below the root of its repository; outside one, references files
    anywhere and the rest below its own folder. `top` is the folder below which its references files have to lie, where
    the user names one.

    Raises:
        FileError: no TOML, an unknown key, a value that cannot be used, or a place that it may not name;
            with line and fix.
    """
    source = read_source(Path(relative_path(path, folder)))
    root: Node = read_toml(source)
    if path.name == PYPROJECT:
        for name in _TABLE:
            pair = pair_of(root, name)
            root = pair.value if pair is not None else ScalarNode("", 0, 0)
    notes = Notes(source)
    configuration = _read(root, source.path, notes, _Relocation(path.absolute().parent, folder.absolute()))
    for fault in notes.faults:
        meant = None if fault.suggestion == USE_ONE_OF_THESE else fault.suggestion
        fix = f"write {meant}" if meant and "did you mean" not in fault.message else None
        raise FileError(fault.message, path=source.path, line=fault.place.line, column=fault.place.column, fix=fix)
    if not trusted:
        _require_confined(root, notes, path.absolute().parent, top)
    return configuration


@dataclass(frozen=True, slots=True)
class _Relocation:
    """Turns what is relative to the configuration's folder into what is relative to the current one."""

    home: Path
    folder: Path

    def path(self, given: str) -> str:
        try:
            expanded = Path(given).expanduser()
        except RuntimeError:  # `~name` of nobody here is a name like any other
            expanded = Path(given)
        if self.home == self.folder or expanded.is_absolute():
            return str(expanded)
        return relative_path(self.home / expanded, self.folder)

    def pattern(self, given: str) -> str:
        """As `path`, for what may hold wildcards: those of the folders on the way mean themselves."""
        if self.home == self.folder or not glob.has_magic(given):
            return self.path(given)
        return str(Path(glob.escape(relative_path(self.home, self.folder))) / given)

    def format(self, given: str) -> str:
        form, _, file = given.partition("=")
        return given if file in {"", "-"} else f"{form}={self.path(file)}"


def _require_confined(root: Node, notes: Notes, home: Path, top: Path | None) -> None:
    """Refuse every place outside the checkout that a configuration would have read or written.

    Raises:
        FileError: the first of them, with its line and how to allow it.
    """
    own = Path(os.path.realpath(home))
    repository = repository_of(home)
    readable = top or repository
    for pair in root.pairs if isinstance(root, MappingNode) else ():
        key = pair.key.value
        for node in pair.value.items if isinstance(pair.value, SequenceNode) else (pair.value,):
            given = node.value if isinstance(node, ScalarNode) else ""
            match key:
                case "store" | "log" | "allowed-signers":
                    wrong = objection(given, home, repository or own, _FOUND)
                case "format" if (file := given.partition("=")[2]) not in {"", "-"}:
                    wrong = objection(file, home, own, _FOUND)
                case "files":
                    wrong = objection(before_wildcards(given), home, readable, _FOUND, directory=True)
                case _:
                    continue
            if wrong is not None:
                place = notes.place(node)
                raise FileError(
                    f"{key} {printable(given)}: {wrong}",
                    path=place.path,
                    line=place.line,
                    column=place.column,
                    fix=f"remove it and {_ALLOWED_BY[key]}; if you trust this file, set EVIDENCE_CONFIG to its path",
                )


def _read(root: Node, path: str, notes: Notes, relocation: _Relocation) -> Configuration:
    if not isinstance(root, MappingNode):
        notes.invalid("tool.evidence", root, "tool.evidence is not a table")
        return Configuration()
    found = {pair.key.value: pair.value for pair in notes.known(root, KEYS)}
    places = {key: relocation.path(text) for key in _PLACES if key in found and (text := notes.text(key, found[key]))}
    on_incomplete = None
    if "on-incomplete" in found:
        on_incomplete = notes.choice("on-incomplete", found["on-incomplete"], ("fail", "warn"), "on-incomplete ")
    return Configuration(
        path=path,
        files=_texts("files", found, notes, relocation.pattern),
        store=places.get("store"),
        log=places.get("log"),
        allowed_signers=places.get("allowed-signers"),
        formats=_texts("format", found, notes, relocation.format),
        on_incomplete=on_incomplete,
        select=_texts("select", found, notes),
        ignore=_texts("ignore", found, notes),
        policy=read_policy(found["policy"], notes) if "policy" in found else Policy(),
        name=notes.text("name", found["name"]) if "name" in found else None,
        email=_email(found["email"], notes) if "email" in found else None,
        owner=notes.text("owner", found["owner"]) if "owner" in found else None,
        formats_at=tuple(notes.place(item) for item in _items("format", found)),
        places={key: notes.place(node) for key, node in found.items()},
    )


def _email(node: Node, notes: Notes) -> str | None:
    """An address that can be sent in a request, as `NCBI_EMAIL` can."""
    text = notes.text("email", node)
    if text is not None and not (text.isascii() and text.isprintable() and "@" in text):
        notes.invalid("email", node, f"email {printable(text)} is not an email address")
        return None
    return text


def _texts(key: str, found: dict[str, Node], notes: Notes, convert: Callable[[str], str] = str) -> tuple[str, ...]:
    texts = (notes.text(key, item) for item in _items(key, found))
    return tuple(convert(text) for text in texts if text is not None)


def _items(key: str, found: dict[str, Node]) -> tuple[Node, ...]:
    node = found.get(key)
    if node is None:
        return ()
    return tuple(node.items) if isinstance(node, SequenceNode) else (node,)


def read_toml(source: SourceText) -> MappingNode:
    """The file as a tree.

    Raises:
        FileError: it is not TOML; with line and column.
    """
    import tomllib  # noqa: PLC0415 - only those who have a configuration pay for it

    text = source.text
    if deep := _DEEP.search(text):  # tomllib takes time by the square of a key's parts
        raise source.error("a key with more than 32 parts is not a valid setting", deep.start())
    try:
        return _toml_mapping(tomllib.loads(text), (), _key_places(text))
    except ValueError as error:  # no TOML, or a number of more than 4,300 digits
        offset = 0
        if (position := _POSITION.search(str(error))) is None:
            pass
        elif position[1] is None:
            offset = max(len(text.rstrip()) - 1, 0)
        else:
            before = text.splitlines(keepends=True)[: int(position[1]) - 1]
            offset = sum(map(len, before)) + int(position[2]) - 1
        what = _POSITION.sub("", str(error))
        raise source.error(f"not valid TOML: {what[:1].lower()}{what[1:]}", offset) from None
    except RecursionError:
        raise source.error("the file is nested too deeply", 0) from None


def _key_places(text: str) -> dict[KeyPath, int]:
    """Where each key is named, by its path from the top."""
    places: dict[KeyPath, int] = {(): 0}
    table: KeyPath = ()
    start = 0
    for line in text.splitlines(keepends=True):
        header, key = _HEADER.fullmatch(line.rstrip("\r\n")), _KEY.match(line)
        if header:
            path = table = _key_path(header[1].rstrip())
            offset = start + line.index("[")
        elif key:
            path = (*table, *_key_path(key[1]))
            offset = start + key.start(1)
        else:
            path, offset = (), 0
        for length in range(1, len(path) + 1):
            places.setdefault(path[:length], offset)
        start += len(line)
    return places


def _key_path(dotted: str) -> KeyPath:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _toml_node(value: Any, path: KeyPath, places: dict[KeyPath, int]) -> Node:
    start = _place_of(path, places)
    match value:
        case dict():
            return _toml_mapping(value, path, places)
        case list():
            return SequenceNode(tuple(_toml_node(item, path, places) for item in value), start, start)
        case bool():
            return ScalarNode(str(value).lower(), start, start, '"')
    return ScalarNode(str(value), start, start, '"')


def _toml_mapping(values: dict[str, Any], path: KeyPath, places: dict[KeyPath, int]) -> MappingNode:
    pairs = []
    for name, value in values.items():
        start = _place_of((*path, name), places)
        pairs.append(PairNode(ScalarNode(name, start, start), _toml_node(value, (*path, name), places)))
    start = _place_of(path, places)
    return MappingNode(tuple(pairs), start, start)


def _place_of(path: KeyPath, places: dict[KeyPath, int]) -> int:
    """The place of the nearest key on the path that has one."""
    return next(places[path[:length]] for length in range(len(path), -1, -1) if path[:length] in places)
