"""Ids for new entries: the first author and the year, made different from those that are taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator
from string import ascii_lowercase
from urllib.parse import urlsplit

from evidence.model.identity import Identifier
from evidence.model.records import Article, Label, Page, Record

_LETTERS = {"\u00df": "ss", "\u00e6": "ae", "\u00f8": "o", "\u0142": "l", "\u0153": "oe", "\u00f0": "d", "\u00fe": "th"}
_WORD = re.compile(r"[a-z0-9]+")
_LONGEST = 40


def new_id(identifier: Identifier, record: Record | None, taken: Container[str]) -> str:
    """An id such as `smith-2007`, `smith-2007b`, `ldnresearchtrust` or `naltrexone-label`, not among `taken`.

    Args:
        identifier: What the entry was asked for by; names it when its record does not.
        record: What was found; None when nothing was.
        taken: The ids that the file already has.
    """
    base = _base(identifier, record)
    return next(candidate for candidate in _candidates(base) if candidate not in taken)


def base_of(name: str, year: str, identifiers: Iterable[Identifier]) -> str:
    """What an id is made from when there is no record: name and year, else an identifier; empty without any."""
    words = _slug(name)
    if words:
        return "-".join(filter(None, (words, year)))
    first = next(iter(identifiers), None)
    return _base(first, None) if first is not None else ""


class Ids:
    """Ids made different from those that are taken; each is taken once it is given. Linear in their number."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._open: dict[str, Iterator[str]] = {}

    def new(self, base: str) -> str:
        """The base itself, or the next free name made from it."""
        candidates = self._open.setdefault(base, _candidates(base))
        name = next(candidate for candidate in candidates if candidate not in self._taken)
        self._taken.add(name)
        return name


def _base(identifier: Identifier, record: Record | None) -> str:
    match record:
        case Article():
            author = next((a.family or a.collective for a in record.authors), "")
            year = record.issued or record.published_online
            words = (_slug(author) or _slug(record.title, 3), str(year.year) if year else "")
            base = "-".join(filter(None, words)) if words[0] else ""
        case Label(title=title):
            base = f"{_slug(title, 1)}-label"
        case Page() | None:
            host = urlsplit(identifier.value).hostname or ""
            base = _slug(host.removeprefix("www.").rpartition(".")[0] or host, 4)
    return base or _slug(str(identifier), 6)


def _slug(text: str, most: int = 3) -> str:
    lower = "".join(_LETTERS.get(char, char) for char in text.lower())
    ascii_only = unicodedata.normalize("NFKD", lower).encode("ascii", "ignore").decode()
    return "-".join(_WORD.findall(ascii_only.replace("'", ""))[:most])[:_LONGEST].strip("-")


def _candidates(base: str) -> Iterator[str]:
    """The base, then b to z behind it (behind a year without a hyphen), then numbers."""
    yield base
    joint = "" if base[-1:].isdigit() else "-"
    yield from (f"{base}{joint}{letter}" for letter in ascii_lowercase[1:])
    number = 27
    while True:
        yield f"{base}-{number}"
        number += 1
