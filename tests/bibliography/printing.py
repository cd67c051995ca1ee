"""What the tests of the bibliography share: the engine, and files of what was looked at by eye."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from evidence.bibliography.pandoc import find_pandoc
from evidence.bibliography.rendering import bibliography
from evidence.bibliography.styles import find_style
from evidence.errors import RenderError

GOLDEN = Path(__file__).with_name("golden")


@cache
def engine() -> Path:
    """The pandoc at hand; a test that needs it is skipped where the extra is not installed."""
    try:
        find_style("ama")
        return find_pandoc()
    except RenderError as missing:
        pytest.skip(str(missing))


def printed(items: Sequence[Mapping[str, Any]], style: str, form: str = "text", *, keep_order: bool = False) -> str:
    found = engine()
    return bibliography(items, find_style(style), form, found, keep_order=keep_order).decode()


def is_golden(name: str, text: str) -> bool:
    """Whether this is what the file holds. With REWRITE_GOLDEN=1 the file is written; look at it before it is kept."""
    path = GOLDEN / name
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8") == text
