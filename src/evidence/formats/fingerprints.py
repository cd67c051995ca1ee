"""Identities of findings for tools that want every one of them to be unique."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any


def with_fingerprints(findings: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each finding with an identity that no other of the report has, of 64 hexadecimal digits.

    It is made of the file, of the finding's own fingerprint and, where a file holds the same finding
    twice, of its number among these; so it stays when lines move, comments are added, or entries change
    places.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        key = (finding["path"], finding["fingerprint"])
        text = "\x1f".join((*key, str(seen[key])))
        seen[key] += 1
        yield finding, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
