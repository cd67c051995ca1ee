"""BibTeX and BibLaTeX, read by pandoc under limits of time and memory.

Pandoc puts the titles of English entries in sentence case, Crohn's disease included, and takes entries for English
that do not say otherwise; so all are said to be in a language that it leaves alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from evidence.bibliography.pandoc import SECONDS, find_pandoc, read_items
from evidence.errors import FileError, RenderError
from evidence.library.files import SourceText

CslItem = dict[str, object]

SECONDS_PER_MB = 6.0
"""Twice what pandoc takes for the shortest entries (70 s for 20 MB)."""

_INSTALL = "install it with: pip install 'evidence-tracker[import]'"
_LEFT_ALONE = "latin"
_ENTRY = re.compile(
    r"@(?!(?:string|comment|preamble)\b)[A-Za-z]+[ \t\r\n]{0,20}[{(][^\s,{}()=\"]{1,200}[ \t]{0,20},", re.IGNORECASE
)
_LANGUAGE = re.compile(
    r"\b(?:langid|language|hyphenation)\s{0,20}=\s{0,20}(?:\{[^{}\n]{0,60}\}|\"[^\"\n]{0,60}\")\s{0,20},?"
)
_SCRIPT = re.compile(r"\$([_^])(?:\{([^${}]{1,30})\}|([A-Za-z0-9+-]))\$")
_TAGS = {"_": "sub", "^": "sup"}


def bibtex_items(source: SourceText, reader: str, pandoc: Callable[[], Path] = find_pandoc) -> list[CslItem]:
    """The entries as CSL-JSON items.

    Args:
        source: The file's text.
        reader: `bibtex` or `biblatex`.
        pandoc: Finds the engine.

    Raises:
        FileError: pandoc cannot read it, or not within the limits.
        RenderError: there is no pandoc.
    """
    text = _LANGUAGE.sub("", source.text)
    text = _ENTRY.sub(lambda entry: f"{entry[0]} langid={{{_LEFT_ALONE}}},", text)
    engine = _engine(pandoc)
    try:
        data = text.encode("utf-8")
        told = json.loads(read_items(data, reader, engine, SECONDS + SECONDS_PER_MB * len(data) / 1e6))
    except RenderError as error:
        raise _refused(source, error) from None
    return [_mended(item) for item in told]


def _engine(pandoc: Callable[[], Path]) -> Path:
    try:
        return pandoc()
    except RenderError as error:
        what = error.what.replace("rendering needs", "reading BibTeX needs")
        raise RenderError(what, fix=_INSTALL) from None


def _refused(source: SourceText, error: RenderError) -> FileError:
    found = re.search(r"\(line (\d+), column (\d+)\)", error.what)
    if found is None:
        return FileError(error.what, path=source.path, fix=error.fix)
    line, column = map(int, found.groups())
    unexpected = re.search(r"unexpected \S+", error.what[found.end() :])
    what = f"this entry cannot be read ({unexpected[0] if unexpected else 'no BibTeX'})"
    return FileError(what, path=source.path, line=line, column=column, fix="is a comma or a brace missing before it?")


def _mended(item: CslItem) -> CslItem:
    """Without what pandoc made up, and with formulas' sub- and superscripts as CSL-JSON's tags."""
    mended = {key: _scripts(value) if isinstance(value, str) else value for key, value in item.items()}
    mended.pop("language", None)
    if str(mended.get("title", "")).startswith(f"{mended.get('title-short')}:"):
        mended.pop("title-short")  # all before the colon
    return mended


def _scripts(text: str) -> str:
    return _SCRIPT.sub(lambda m: f"<{_TAGS[m[1]]}>{m[2] or m[3]}</{_TAGS[m[1]]}>", text) if "$" in text else text
