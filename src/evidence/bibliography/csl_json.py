"""CSL-JSON: the items as they are, retractions marked (citationstyles.org, csl-data.json of CSL 1.0.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from evidence.bibliography.variables import clean, marked, with_own_ids


def write_csl_json(items: Sequence[Mapping[str, object]]) -> str:
    """The items as a JSON array in UTF-8, cleaned of control characters, equal ids told apart, and nothing else.

    Zotero, pandoc and every CSL processor read it. What CSL has no variable for (`setid`,
    `retracted`) stands under `custom`, which the CSL schema leaves open; that a paper is retracted is said before its
    title and in its note too, since no processor prints `custom`.
    """
    return json.dumps([_cleaned(marked(item)) for item in with_own_ids(items)], ensure_ascii=False, indent=2) + "\n"


def _cleaned(value: object) -> object:
    match value:
        case str():
            return clean(value)
        case Mapping():
            return {clean(str(key)): _cleaned(part) for key, part in value.items()}
        case Sequence():
            return [_cleaned(part) for part in value]
        case _:
            return value
