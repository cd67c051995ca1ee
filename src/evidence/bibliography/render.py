"""Items as a finished bibliography: text, Markdown, HTML, DOCX or RTF, in any CSL style.

The engine is pandoc's citeproc in a process of its own, without network or files, bounded in time and memory.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evidence.bibliography.csl import for_plain_text
from evidence.bibliography.styles import INSTALL, Style, apart, apart_in_docx, apart_in_rtf, patched, prepared
from evidence.model.errors import RenderError
from evidence.model.regex import regex

Item = Mapping[str, Any]

OLDEST = (3, 9)
"""Earlier ones render wrongly or very slowly (jgm/citeproc issue 172)."""

MEMORY_MB = 3000
"""The most that pandoc's heap may take; 10,000 references take 0.6 GB in AMA, twice that in APA."""

READING_MB = 2000
"""The same for reading a bibliography: 10,000 entries with abstracts take 1 GB, 91,000 short ones (20 MB) 2.2 GB."""

SECONDS = 60.0
SECONDS_PER_REFERENCE = 0.05
_VERSION = regex(r"pandoc(?:\.exe)?\s+(\d+)\.(\d+)")
_HEAP_EXHAUSTED = 251  # GHC's own status
_EXPORT_LESS = "export fewer references at a time"
_IMPORT_LESS = "split the file and import the parts"
_ENTRY = regex(r'^<div id="ref-([\w.-]+)"', re.MULTILINE)
_ID = regex(r"[A-Za-z][\w.-]{0,80}", re.ASCII)


@dataclass(frozen=True, slots=True)
class HouseLayout:
    """What a house wants around its lists: a heading, and a Word file whose styles, margins and head a DOCX takes."""

    heading: str | None = None
    reference_doc: bytes | None = None


def bibliography(
    items: Sequence[Item],
    style: Style,
    form: str,
    pandoc: Path,
    *,
    keep_order: bool = False,
    layout: HouseLayout | None = None,
) -> bytes:
    """The bibliography of these items, in their order where the style numbers them or `keep_order` asks for it.

    Raises:
        RenderError: pandoc failed, or the style cannot be used.
    """
    output, layout = FORMS[form], layout or HouseLayout()
    files = output.files(pandoc) if output.files and layout.reference_doc is None else {}
    if output.files and layout.reference_doc is not None:
        files = {NAME: layout.reference_doc}
    by_pandoc = layout.heading is not None and output.heading is None
    request = PandocRequest(
        csl_json=engine_json(items, style, plain=output.is_plain),
        style=patched(style, keep_order=keep_order),
        writer=output.writer,
        references=len(items),
        extra=(*output.extra, *([f"--metadata=reference-section-title={layout.heading}"] if by_pandoc else [])),
        files=files,
    )
    written = output.finish(render(request, pandoc) if items else b"")
    if layout.heading is None or by_pandoc:
        return written
    return f"{output.heading}{layout.heading}\n\n".encode() + written


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


# Running pandoc


@dataclass(frozen=True, slots=True)
class PandocRequest:
    """One rendering: CSL-JSON in, a document out.

    `extra` are further arguments of pandoc, `files` further files that these name, by their names; `seconds` is how
    long it may take in addition to its time per reference.
    """

    csl_json: bytes
    style: bytes
    writer: str
    references: int
    extra: tuple[str, ...] = ()
    files: Mapping[str, bytes] | None = None
    seconds: float = SECONDS


def render(request: PandocRequest, pandoc: Path) -> bytes:
    """What pandoc writes.

    Raises:
        RenderError: pandoc failed, took too long or too much memory.
    """
    seconds = request.seconds + SECONDS_PER_REFERENCE * request.references
    with tempfile.TemporaryDirectory(prefix="evidence-export-") as name:
        folder = Path(name)
        for file, content in {**(request.files or {}), "style.csl": request.style}.items():
            (folder / file).write_bytes(content)
        options = (
            *("--from=csljson", f"--to={request.writer}", "--citeproc", "--csl=style.csl", "--wrap=none", "--output=-"),
            *request.extra,
        )
        return _converted(pandoc, options, request.csl_json, folder, seconds, memory=MEMORY_MB, smaller=_EXPORT_LESS)


def read_items(given: bytes, reader: str, pandoc: Path, seconds: float = SECONDS) -> bytes:
    """What pandoc reads from a bibliography (`bibtex`, `biblatex`), as CSL-JSON.

    Macros that expand without end meet the limits of memory and time.

    Raises:
        RenderError: pandoc failed, took too long or too much memory.
    """
    with tempfile.TemporaryDirectory(prefix="evidence-import-") as folder:
        options = (f"--from={reader}", "--to=csljson")
        return _converted(pandoc, options, given, Path(folder), seconds, memory=READING_MB, smaller=_IMPORT_LESS)


def _converted(
    pandoc: Path, options: Sequence[str], given: bytes, folder: Path, seconds: float, *, memory: int, smaller: str
) -> bytes:
    limits = ("+RTS", f"-M{memory}m", "-RTS", "--sandbox", "--data-dir=.")
    done = _run([str(pandoc), *limits, *options], given, folder, seconds, smaller)
    if done.returncode == _HEAP_EXHAUSTED:
        raise RenderError(f"pandoc needs more than {memory} MB for this", fix=smaller)
    if done.returncode:
        text = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise RenderError(f"pandoc failed: {text[:300] or f'exit status {done.returncode}'}")
    return done.stdout


def built_in(file: str, pandoc: Path) -> bytes:
    """One of the files that pandoc brings, such as `reference.docx`.

    Raises:
        RenderError: as `render`.
    """
    with tempfile.TemporaryDirectory(prefix="evidence-export-") as folder:
        command = [str(pandoc), "--data-dir=.", "--print-default-data-file", file]
        done = _run(command, b"", Path(folder), SECONDS)
    if done.returncode:
        raise RenderError(f"pandoc does not include {file}")
    return done.stdout


def _run(
    command: Sequence[str], given: bytes, folder: Path, seconds: float, smaller: str = _EXPORT_LESS
) -> subprocess.CompletedProcess[bytes]:
    env = {"LANG": "C.UTF-8", "HOME": str(folder), "TMPDIR": str(folder)}
    try:
        return subprocess.run(  # noqa: S603 - our own arguments, no shell
            command, input=given, capture_output=True, timeout=seconds, cwd=folder, env=env, check=False
        )
    except subprocess.TimeoutExpired:
        raise RenderError(f"pandoc did not finish in {seconds:.0f} s", fix=smaller) from None
    except OSError as error:
        raise RenderError(f"pandoc cannot be started: {error.strerror}") from None


def bundled_pandoc() -> Path | None:
    """The pandoc that `pypandoc_binary` brings."""
    spec = find_spec("pypandoc")  # found, not imported: the wrapper itself is not needed
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for name in ("pandoc", "pandoc.exe"):
            place = Path(folder) / "files" / name
            if place.is_file() and os.access(place, os.X_OK):
                return place
    return None


def find_pandoc(path: str | None = None, bundled: Callable[[], Path | None] = bundled_pandoc) -> Path:
    """The bundled pandoc, else the one on this search path (default: the system's).

    Raises:
        RenderError: there is none, or only one that is too old; with what to install.
    """
    on_path = shutil.which("pandoc", path=path)
    found = [place for place in (bundled(), Path(on_path) if on_path else None) if place is not None]
    if not found:
        raise RenderError("rendering requires pandoc 3.9 or later, which was not found", fix=INSTALL)
    for place in found:
        if _version(place) >= OLDEST:
            return place
    place = found[0]
    version = ".".join(map(str, _version(place))) or "(unknown version)"
    raise RenderError(
        f"pandoc {version} at {place} is too old: before 3.9 it renders some references incorrectly or very slowly",
        fix=INSTALL,
    )


@cache
def _version(place: Path) -> tuple[int, ...]:
    with tempfile.TemporaryDirectory(prefix="evidence-export-") as folder:
        done = _run([str(place), "--version"], b"", Path(folder), SECONDS)
    match = _VERSION.match(done.stdout.decode("utf-8", "replace"))
    return (int(match[1]), int(match[2])) if match else ()


# Changes to what pandoc writes: one reference a line in text, a list in Markdown, a page of its own in HTML.

_MARGIN = regex(r'<span class="csl-left-margin">(.*?) ?</span><span class="csl-right-inline">(.*)</span>$')
_NUMBER = regex(r"\d{1,9}\.")
_BLOCK_START = ("#", ">", "+", "-", "=", "~", "|", ":")
_LIST_START = regex(r"(\d{1,9})([.)])(?=\s|$)")
_PARAGRAPH = regex(
    r"^\{\\pard \\ql \\f0 \\sa180 \\li0 \\fi0 (?!\\outlinelevel)"
    r"(?P<number>(?:\{\\super )?[\[(]?\d{1,6}[\])]?\.?\}?(?= ))?",
    re.MULTILINE,
)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="evidence-tracker">
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
    if not _NUMBER.fullmatch(number):
        return f"{number} {entry}"
    # The first character is escaped where it would begin a heading, a quotation or another list.
    if _LIST_START.match(entry):
        entry = _LIST_START.sub(r"\1\\\2", entry, count=1)
    elif entry.startswith(_BLOCK_START):
        entry = f"\\{entry}"
    return f"{number} {entry}"


def html_page(written: bytes) -> bytes:
    """A page that needs nothing else."""
    return (_PAGE % apart(written.decode())).encode()


def rtf(written: bytes) -> bytes:
    """Hanging indents, with a tab between the number and the entry."""

    def hanging(match: re.Match[str]) -> str:
        number = f"{match['number']}\\tab" if match["number"] else ""
        return f"{{\\pard \\ql \\f0 \\sa120 \\li500 \\fi-500 \\tx500 {number}"

    return _PARAGRAPH.sub(hanging, apart_in_rtf(written.decode())).encode()


# The layout of the DOCX: pandoc's own reference document, with a hanging indent for bibliographies.

NAME = "reference.docx"
_STYLE = regex(r'<w:style\b[^>]*w:styleId="Bibliography".*?</w:style>', re.DOTALL)
_PROPERTIES = regex(r"<w:pPr\s*/>|<w:pPr>.*?</w:pPr>", re.DOTALL)
_HANGING = (
    '<w:pPr><w:tabs><w:tab w:val="left" w:pos="567"/></w:tabs>'
    '<w:spacing w:before="0" w:after="120"/><w:ind w:left="567" w:hanging="567"/></w:pPr>'
)


_STYLES = "word/styles.xml"
_LARGEST_UNPACKED = 200_000_000  # bytes
_NAMED_BIBLIOGRAPHY = regex(r'<w:name w:val="[Bb]ibliography"')
_BIBLIOGRAPHY = (
    '<w:style w:type="paragraph" w:styleId="Bibliography"><w:name w:val="Bibliography"/>'
    f'<w:basedOn w:val="Normal"/><w:qFormat/>{_HANGING}</w:style>'
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
            new.writestr(part, hanging(content.decode()).encode() if part.filename == _STYLES else content)
    return {NAME: made.getvalue()}


def house_reference(data: bytes) -> bytes | None:
    """A Word file as a reference document; one without a style for bibliographies gets it, with a hanging indent.

    None for what is no Word file.
    """
    made = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as own, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
            if sum(part.file_size for part in own.infolist()) > _LARGEST_UNPACKED or _STYLES not in own.namelist():
                return None
            for part in own.infolist():
                content = own.read(part)
                if part.filename == _STYLES:
                    styles = content.decode("utf-8")
                    if not _NAMED_BIBLIOGRAPHY.search(styles):
                        content = styles.replace("</w:styles>", f"{_BIBLIOGRAPHY}</w:styles>").encode()
                new.writestr(part, content)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError, NotImplementedError):
        return None
    return made.getvalue()


def hanging(styles: str) -> str:
    """The styles part with a hanging indent of 1 cm in the style `Bibliography`."""

    def indented(match: re.Match[str]) -> str:
        style = match[0]
        if _PROPERTIES.search(style):
            return _PROPERTIES.sub(lambda _: _HANGING, style, count=1)
        head, end, rest = style.partition("</w:style>")
        return f"{head}{_HANGING}{end}{rest}"

    return _STYLE.sub(indented, styles, count=1)


# The forms of output.


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """One form of output: pandoc's writer for it, and what is done with what that writes.

    `heading` goes before the words of a heading in a form whose lines are numbered here; None where pandoc sets it.
    """

    writer: str
    finish: Callable[[bytes], bytes]
    extra: tuple[str, ...] = ()
    files: Callable[[Path], Mapping[str, bytes]] | None = None
    is_plain: bool = False
    heading: str | None = None


FORMS: Mapping[str, OutputFormat] = {
    "text": OutputFormat("plain", text, is_plain=True, heading=""),
    "markdown": OutputFormat("gfm", markdown, heading="# "),
    "html": OutputFormat("html", html_page),
    "docx": OutputFormat("docx", apart_in_docx, (f"--reference-doc={NAME}",), reference),
    "rtf": OutputFormat("rtf", rtf, ("--standalone",)),
}
"""The forms that pandoc renders, by the names of `--to`."""
