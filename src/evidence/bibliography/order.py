"""The order of a bibliography."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from evidence.bibliography.rich import plain

Item = Mapping[str, Any]
T = TypeVar("T", bound=Item)


class Sort(StrEnum):
    """What a bibliography can be sorted by; equal ones stay in the order of the file."""

    CITATION = "citation"
    FILE = "file"
    AUTHOR = "author"
    YEAR = "year"
    TITLE = "title"
    TYPE = "type"
    ID = "id"


def ordered(items: Sequence[T], sort: Sort, cited: Sequence[str] | None = None) -> list[T]:
    """The items in this order.

    Args:
        items: In the order of their files.
        sort: By what.
        cited: The ids in the order of first citation, for `Sort.CITATION`; what is never cited comes after them.
    """
    match sort:
        case Sort.FILE:
            return list(items)
        case Sort.CITATION:
            places = {name: at for at, name in reversed(list(enumerate(cited or ())))}
            return sorted(items, key=lambda item: places.get(str(item.get("id")), len(places)))
    return sorted(items, key=_KEYS[sort])


def _title(item: Item) -> str:
    return _folded(re.sub(r"^\W*(?:(?:an?|the)\s+)?", "", plain(str(item.get("title", ""))), flags=re.IGNORECASE))


def _names(item: Item) -> tuple[tuple[str, str], ...]:
    """The authors' (else the editors') names as they are filed; a work of nobody is filed under its title."""
    people = item.get("author") or item.get("editor") or ()
    filed = ((p.get("family") or p.get("literal", ""), p.get("given", "")) for p in people)
    return tuple((_folded(family), _folded(given)) for family, given in filed) or ((_title(item), ""),)


def _year(item: Item) -> tuple[int, ...]:
    parts = item.get("issued", {}).get("date-parts") or [[9999]]
    return tuple(parts[0])


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


_KEYS: dict[Sort, Callable[[Item], Any]] = {
    Sort.AUTHOR: lambda item: (_names(item), _year(item), _title(item)),
    Sort.YEAR: lambda item: (_year(item), _names(item)),
    Sort.TITLE: _title,
    Sort.TYPE: lambda item: str(item.get("type", "")),
    Sort.ID: lambda item: str(item.get("id", "")),
}
