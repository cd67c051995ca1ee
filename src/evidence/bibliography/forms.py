"""The last touch to what pandoc writes: one reference a line in text, a list in Markdown, a page of its own in HTML."""

from __future__ import annotations

import re

from evidence.bibliography.groups import apart, apart_in_rtf

_MARGIN = re.compile(r'<span class="csl-left-margin">(.*?) ?</span><span class="csl-right-inline">(.*)</span>$')
_NUMBER = re.compile(r"\d{1,9}\.")
_BLOCK_START = ("#", ">", "+", "-", "=", "~", "|", ":")
_LIST_START = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_PARAGRAPH = re.compile(
    r"^\{\\pard \\ql \\f0 \\sa180 \\li0 \\fi0 (?P<number>(?:\{\\super )?[\[(]?\d{1,6}[\])]?\.?\}?(?= ))?", re.MULTILINE
)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>References</title>
<style>
body { max-width: 46em; margin: 2em auto; padding: 0 1em; font: 1rem/1.5 Georgia, "Times New Roman", serif; }
.csl-entry { margin: 0 0 .6em; clear: left; overflow-wrap: anywhere; }
.csl-left-margin { float: left; min-width: 2.2em; padding-right: .3em; text-align: right; box-sizing: border-box; }
.csl-right-inline { margin-left: 2.5em; }
.hanging-indent > .csl-entry { padding-left: 2em; text-indent: -2em; }
@media print { a { color: inherit; text-decoration: none; } }
</style>
</head>
<body>
%s</body>
</html>
"""


def text(written: bytes) -> bytes:
    """One reference a line, unwrapped."""
    lines = [line.strip() for line in apart(written.decode()).split("\n")]
    return "".join(f"{line}\n" for line in lines if line).encode()


def markdown(written: bytes) -> bytes:
    """A list where the style numbers with `1.`, else paragraphs; none of it HTML but sub- and superscripts."""
    entries = [
        _markdown_entry(line)
        for line in apart(written.decode()).split("\n")
        if line and not line.startswith(("<div", "</div"))
    ]
    gap = "\n" if all(_NUMBER.match(entry) for entry in entries) else "\n\n"
    return (gap.join(entries) + "\n" if entries else "").encode()


def _markdown_entry(line: str) -> str:
    match = _MARGIN.fullmatch(line)
    if match is None:
        return line
    number, entry = match.groups()
    return f"{number} {_no_block(entry)}" if _NUMBER.fullmatch(number) else f"{number} {entry}"


def _no_block(entry: str) -> str:
    """The entry with its first character escaped where it would begin a heading, a quotation or another list."""
    if _LIST_START.match(entry):
        return _LIST_START.sub(r"\1\\\2", entry, count=1)
    return f"\\{entry}" if entry.startswith(_BLOCK_START) else entry


def html_page(written: bytes) -> bytes:
    """A whole page that needs nothing else."""
    return (_PAGE % apart(written.decode())).encode()


def rtf(written: bytes) -> bytes:
    """Hanging indents, with a tab between the number and the entry."""

    def hanging(match: re.Match[str]) -> str:
        number = f"{match['number']}\\tab" if match["number"] else ""
        return f"{{\\pard \\ql \\f0 \\sa120 \\li500 \\fi-500 \\tx500 {number}"

    return _PARAGRAPH.sub(hanging, apart_in_rtf(written.decode())).encode()
