"""The engine: pandoc's citeproc in a process of its own, without network or files, bounded in time and memory."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from evidence.bibliography.styles import INSTALL
from evidence.errors import RenderError

OLDEST = (3, 9)
"""Earlier ones render wrongly or very slowly (jgm/citeproc issue 172)."""

MEMORY_MB = 3000
"""The most that pandoc's heap may take; 10,000 references take 0.6 GB in AMA, twice that in APA."""

READING_MB = 2000
"""The same for reading a bibliography: 10,000 entries with abstracts take 1 GB, 91,000 short ones (20 MB) 2.2 GB."""

SECONDS = 60.0
SECONDS_PER_REFERENCE = 0.05
_VERSION = re.compile(r"pandoc(?:\.exe)?\s+(\d+)\.(\d+)")
_HEAP_EXHAUSTED = 251  # GHC's own status


@dataclass(frozen=True, slots=True)
class PandocRequest:
    """One rendering: CSL-JSON in, a document out.

    `extra` are further arguments of pandoc, `files` further files that these name, by their names; `seconds` is how
    long it may take besides its time per reference.
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
        asked = (
            *(
                "+RTS",
                f"-M{MEMORY_MB}m",
                "-RTS",
                "--sandbox",
                "--data-dir=.",
                "--from=csljson",
                f"--to={request.writer}",
            ),
            *("--citeproc", "--csl=style.csl", "--wrap=none", "--output=-", *request.extra),
        )
        done = _run([str(pandoc), *asked], request.csl_json, folder, seconds)
    if done.returncode == _HEAP_EXHAUSTED:
        raise RenderError(f"pandoc needs more than {MEMORY_MB} MB for this", fix="export fewer references at a time")
    return _output(done)


def _output(done: subprocess.CompletedProcess[bytes]) -> bytes:
    if done.returncode:
        told = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise RenderError(f"pandoc failed: {told[:300] or f'exit status {done.returncode}'}")
    return done.stdout


def read_items(given: bytes, reader: str, pandoc: Path, seconds: float = SECONDS) -> bytes:
    """What pandoc reads from a bibliography (`bibtex`, `biblatex`), as CSL-JSON.

    Macros that expand without end meet the limits of memory and time.

    Raises:
        RenderError: pandoc failed, took too long or too much memory.
    """
    with tempfile.TemporaryDirectory(prefix="evidence-import-") as folder:
        limits = ("+RTS", f"-M{READING_MB}m", "-RTS", "--sandbox", "--data-dir=.")
        asked = [str(pandoc), *limits, f"--from={reader}", "--to=csljson"]
        done = _run(asked, given, Path(folder), seconds, smaller="import the file in parts")
    if done.returncode == _HEAP_EXHAUSTED:
        raise RenderError(f"pandoc needs more than {READING_MB} MB for this", fix="import the file in parts")
    return _output(done)


def built_in(file: str, pandoc: Path) -> bytes:
    """One of the files that pandoc brings, such as `reference.docx`.

    Raises:
        RenderError: as `render`.
    """
    with tempfile.TemporaryDirectory(prefix="evidence-export-") as folder:
        asked = [str(pandoc), "--data-dir=.", "--print-default-data-file", file]
        done = _run(asked, b"", Path(folder), SECONDS)
    if done.returncode:
        raise RenderError(f"pandoc has no {file}")
    return done.stdout


def _run(
    asked: Sequence[str], given: bytes, folder: Path, seconds: float, smaller: str = "export fewer references at a time"
) -> subprocess.CompletedProcess[bytes]:
    env = {"LANG": "C.UTF-8", "HOME": str(folder), "TMPDIR": str(folder)}
    try:
        return subprocess.run(  # noqa: S603 - our own arguments, no shell
            asked, input=given, capture_output=True, timeout=seconds, cwd=folder, env=env, check=False
        )
    except subprocess.TimeoutExpired:
        raise RenderError(f"pandoc did not finish in {seconds:.0f} s", fix=smaller) from None
    except OSError as trouble:
        raise RenderError(f"pandoc cannot be started: {trouble.strerror}") from None


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
        raise RenderError("rendering needs pandoc 3.9 or later, and there is none", fix=INSTALL)
    for place in found:
        if _version(place) >= OLDEST:
            return place
    place = found[0]
    told = ".".join(map(str, _version(place))) or "of unknown version"
    raise RenderError(
        f"pandoc {told} at {place} is too old: before 3.9 it renders some references wrongly or very slowly",
        fix=INSTALL,
    )


@cache
def _version(place: Path) -> tuple[int, ...]:
    with tempfile.TemporaryDirectory(prefix="evidence-export-") as folder:
        done = _run([str(place), "--version"], b"", Path(folder), SECONDS)
    match = _VERSION.match(done.stdout.decode("utf-8", "replace"))
    return (int(match[1]), int(match[2])) if match else ()
