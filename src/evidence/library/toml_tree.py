"""TOML as the same tree of strings that YAML is read into, so that one reader serves both.

`tomllib` tells no positions, so keys are looked for line by line: a key's place is that of its name, a
value's that of its key. A key inside an inline table has the place of the table's own key.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from evidence.library.files import SourceText
from evidence.library.nodes import MappingNode, Node, PairNode, ScalarNode, SequenceNode

_HEADER = re.compile(r"\s*+\[++\s*+([^\]#]++)\]++\s*+(?:#.*)?")
_KEY = re.compile(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PART = re.compile(r"[\w-]+|\"[^\"]*\"|'[^']*'")
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

Way = tuple[str, ...]


def read_toml(source: SourceText) -> MappingNode:
    """The file as a tree.

    Raises:
        FileError: it is no TOML; with line and column.
    """
    try:
        return _mapping(tomllib.loads(source.text), (), _places(source.text))
    except ValueError as wrong:  # no TOML, or a number of more than 4,300 digits
        what = _POSITION.sub("", str(wrong))
        raise source.error(f"this is no TOML: {what[:1].lower()}{what[1:]}", _offset(source.text, str(wrong))) from None
    except RecursionError:
        raise source.error("this is nested too deeply", 0) from None


def _offset(text: str, told: str) -> int:
    place = _POSITION.search(told)
    if place is None:
        return 0
    if place[1] is None:
        return max(len(text.rstrip()) - 1, 0)
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: int(place[1]) - 1])) + int(place[2]) - 1


def _places(text: str) -> dict[Way, int]:
    """Where each key is named, by its way from the top."""
    places: dict[Way, int] = {(): 0}
    table: Way = ()
    start = 0
    for line in text.splitlines(keepends=True):
        header, key = _HEADER.fullmatch(line.rstrip("\r\n")), _KEY.match(line)
        if header:
            table = _way(header[1].rstrip())
            _note(places, table, start + line.index("["))
        elif key:
            _note(places, (*table, *_way(key[1])), start + key.start(1))
        start += len(line)
    return places


def _note(places: dict[Way, int], way: Way, offset: int) -> None:
    for length in range(1, len(way) + 1):
        places.setdefault(way[:length], offset)


def _way(dotted: str) -> Way:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _node(value: Any, way: Way, places: dict[Way, int]) -> Node:
    start = _start(way, places)
    match value:
        case dict():
            return _mapping(value, way, places)
        case list():
            return SequenceNode(tuple(_node(item, way, places) for item in value), start, start)
        case bool():
            return ScalarNode(str(value).lower(), start, start, '"')
    return ScalarNode(str(value), start, start, '"')


def _mapping(values: dict[str, Any], way: Way, places: dict[Way, int]) -> MappingNode:
    pairs = []
    for name, value in values.items():
        start = _start((*way, name), places)
        pairs.append(PairNode(ScalarNode(name, start, start), _node(value, (*way, name), places)))
    start = _start(way, places)
    return MappingNode(tuple(pairs), start, start)


def _start(way: Way, places: dict[Way, int]) -> int:
    """The place of the nearest key on the way that has one."""
    return next(places[way[:length]] for length in range(len(way), -1, -1) if way[:length] in places)
