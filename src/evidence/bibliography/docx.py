"""The look of the DOCX: pandoc's own reference document, with a hanging indent for bibliographies."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from evidence.bibliography.pandoc import built_in

NAME = "reference.docx"
_STYLE = re.compile(r'<w:style\b[^>]*w:styleId="Bibliography".*?</w:style>', re.DOTALL)
_PROPERTIES = re.compile(r"<w:pPr\s*/>|<w:pPr>.*?</w:pPr>", re.DOTALL)
_HANGING = (
    '<w:pPr><w:tabs><w:tab w:val="left" w:pos="567"/></w:tabs>'
    '<w:spacing w:before="0" w:after="120"/><w:ind w:left="567" w:hanging="567"/></w:pPr>'
)


@cache
def reference(pandoc: Path) -> Mapping[str, bytes]:
    """The reference document, by the name under which pandoc is to find it."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(built_in(NAME, pandoc))) as own,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in own.infolist():
            content = own.read(part)
            new.writestr(part, hanging(content.decode()).encode() if part.filename == "word/styles.xml" else content)
    return {NAME: made.getvalue()}


def hanging(styles: str) -> str:
    """The styles part with a hanging indent of 1 cm in the style `Bibliography`."""
    return _STYLE.sub(lambda style: _with_indent(style[0]), styles, count=1)


def _with_indent(style: str) -> str:
    if _PROPERTIES.search(style):
        return _PROPERTIES.sub(lambda _: _HANGING, style, count=1)
    head, name, rest = style.partition("</w:style>")
    return f"{head}{_HANGING}{name}{rest}"
