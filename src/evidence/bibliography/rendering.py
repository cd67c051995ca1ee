"""Items as a finished bibliography: text, Markdown, HTML, DOCX or RTF, in any CSL style."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.bibliography import docx, forms
from evidence.bibliography.dialects import prepared
from evidence.bibliography.groups import apart_in_docx
from evidence.bibliography.pandoc import PandocRequest, render
from evidence.bibliography.patches import patched
from evidence.bibliography.rich import for_plain_text
from evidence.bibliography.styles import Style

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """One form of output: pandoc's writer for it, and what is done with what that writes."""

    writer: str
    finish: Callable[[bytes], bytes]
    extra: tuple[str, ...] = ()
    files: Callable[[Path], Mapping[str, bytes]] | None = None
    is_plain: bool = False


FORMS: Mapping[str, OutputFormat] = {
    "text": OutputFormat("plain", forms.text, is_plain=True),
    "markdown": OutputFormat("gfm", forms.markdown),
    "html": OutputFormat("html", forms.html_page),
    "docx": OutputFormat("docx", apart_in_docx, (f"--reference-doc={docx.NAME}",), docx.reference),
    "rtf": OutputFormat("rtf", forms.rtf, ("--standalone",)),
}
"""The forms that pandoc renders, by the names of `--to`."""

_ENTRY = re.compile(r'^<div id="ref-([\w.-]+)"', re.MULTILINE)
_ID = re.compile(r"[A-Za-z][\w.-]{0,80}", re.ASCII)


def bibliography(items: Sequence[Item], style: Style, form: str, pandoc: Path, *, keep_order: bool = False) -> bytes:
    """The bibliography of these items, in their order where the style numbers them or `keep_order` asks for it.

    Raises:
        RenderError: pandoc failed, or the style cannot be used.
    """
    wanted = FORMS[form]
    request = PandocRequest(
        csl_json=engine_json(items, style, plain=wanted.is_plain),
        style=patched(style, keep_order=keep_order),
        writer=wanted.writer,
        references=len(items),
        extra=wanted.extra,
        files=wanted.files(pandoc) if wanted.files else None,
    )
    return wanted.finish(render(request, pandoc) if items else b"")


def in_print_order(items: Sequence[Item], style: Style, pandoc: Path) -> list[Item]:
    """The items in the order that the style itself gives its list.

    Raises:
        RenderError: as `bibliography`.
    """
    if not items or not style.sorts:
        return list(items)
    request = PandocRequest(engine_json(items, style), patched(style, keep_order=False), "html", len(items))
    by_name = dict(zip(_ids(items), items, strict=True))
    return [by_name[name] for name in _ENTRY.findall(render(request, pandoc).decode())]


def engine_json(items: Sequence[Item], style: Style, *, plain: bool = False) -> bytes:
    """The items as the engine reads them for this style, under ids of our own: of equal ids it would keep the last."""
    ready = [prepared(item, style) for item in items]
    for item, name in zip(ready, _ids(items), strict=True):
        item["id"] = name
    if plain:
        ready = [{key: for_plain_text(v) if isinstance(v, str) else v for key, v in item.items()} for item in ready]
    return json.dumps(ready, ensure_ascii=False, separators=(",", ":")).encode()


def _ids(items: Sequence[Item]) -> list[str]:
    """The references' own ids where they are harmless and unique, so that links to an entry can be written."""
    seen: set[str] = set()
    names: list[str] = []
    for at, item in enumerate(items):
        own = str(item.get("id", ""))
        name = own if _ID.fullmatch(own) and own not in seen else f"{at + 1}.entry"
        seen.add(own)
        names.append(name)
    return names
