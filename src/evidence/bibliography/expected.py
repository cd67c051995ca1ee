"""The references as they would be printed now, one by one, to be compared with a published list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evidence.bibliography.drift import Expected
from evidence.bibliography.rendering import bibliography, in_print_order
from evidence.bibliography.styles import Style
from evidence.errors import RenderError

_NUMBER = re.compile(r"[\[(]?\d{1,6}[\])]?\.?\s+")


def expected(
    items: Sequence[Mapping[str, Any]], style: Style, pandoc: Path, *, keep_order: bool = False
) -> list[Expected]:
    """Each item with its text in this style, without the number that the style may set before it.

    They come in the order given where the style has none of its own, or `keep_order` asks for it.

    Raises:
        RenderError: pandoc failed, or a style prints several lines for one reference.
    """
    printed = bibliography(items, style, "text", pandoc, keep_order=keep_order).decode().splitlines()
    if len(printed) != len(items):
        raise RenderError(f"the style prints {len(printed)} lines for {len(items)} references", fix="choose another")
    items = items if keep_order else in_print_order(items, style, pandoc)
    # A style numbers all of its entries or none: a title that begins with a number is no list.
    numbered = all(_NUMBER.match(line) and _leading(line) == at for at, line in enumerate(printed, 1))
    texts = (_NUMBER.sub("", line, count=1) if numbered else line for line in printed)
    return [Expected(str(item["id"]), text, item) for item, text in zip(items, texts, strict=True)]


def _leading(line: str) -> int:
    found = re.search(r"\d+", line)
    return int(found[0]) if found else 0
