"""Citation keys for LaTeX, made from the references' ids."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_ILLEGAL = re.compile(r"[^A-Za-z0-9:._-]+")  # what BibTeX, biber or LaTeX would trip over
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l"})


def citation_keys(ids: Sequence[str]) -> list[str]:
    """One key to each id, in order: legal, and unique also for readers that ignore case.

    An id that is a legal key stays as it is. In any other, letters lose their accents and the rest
    becomes `_`; where that meets another key, a piece of the id's SHA-256 follows, so that a key does
    not depend on the order of the references. Of ids that differ in case alone, the first in the
    alphabet stays. An id that stands there twice gets a number.
    """
    wished = [_legal(written) for written in ids]
    wanted = Counter(key.casefold() for key in wished)
    keepers: dict[str, str] = {}
    for written in sorted(ids, reverse=True):
        if written == _legal(written):
            keepers[written.casefold()] = written
    taken: set[str] = set()
    keys: list[str] = []
    for written, wish in zip(ids, wished, strict=True):
        alone = wanted[wish.casefold()] == 1 or keepers.get(wish.casefold()) == written
        key = _free(wish if alone else f"{wish}-{_fingerprint(written)}", taken)
        taken.add(key.casefold())
        keys.append(key)
    return keys


def _fingerprint(written: str) -> str:
    return hashlib.sha256(written.encode("utf-8", "backslashreplace")).hexdigest()[:6]


def _legal(written: str) -> str:
    decomposed = unicodedata.normalize("NFKD", written.translate(_LETTERS))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _ILLEGAL.sub("_", bare) or "item"


def _free(key: str, taken: set[str]) -> str:
    number, free = 1, key
    while free.casefold() in taken:
        number += 1
        free = f"{key}-{number}"
    return free
