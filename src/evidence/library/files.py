"""Which files to read, their text, and files written completely or not at all.

A text is bounded and decoded, and every offset in it has a line and a column.
"""

from __future__ import annotations

import fnmatch
import glob
import hashlib
import os
import re
import stat
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from evidence.library.confinement import objection, repository_of
from evidence.model.errors import FileError, Place
from evidence.model.references import Library
from evidence.model.regex import regex

LARGEST = 20_000_000  # bytes; a library of 20,000 references is smaller
BOM = b"\xef\xbb\xbf"
_NAME = regex(r"(?:.+\.)?references\.ya?ml")
_DEFAULT = "references.yaml"
_BESIDE = regex(r"(?P<stem>(?:.+\.)?)(?:waivers|claims)\.(?P<ext>ya?ml)")
_LINE_END = regex(r"\r\n|\n|\r")
# What YAML 1.2 calls unprintable, and a byte order mark inside; the positive form compiles ten times slower.
_UNPRINTABLE = regex(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_OTHER_ENCODINGS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_SAVE_AS = "save it as UTF-8"
_ACCESS_DENIED, _SHARING_VIOLATION = 5, 32  # of Windows; the second is a file that another program does not share
_MOMENTS = (0.05, 0.1, 0.2, 0.4, 0.8)  # seconds between attempts
Move = Callable[[Path, Path], object]


@dataclass(frozen=True)
class SourceText:
    """A file's text without its byte order mark; `bom` says whether it had one.

    Offsets count code points of `text`, from 0.
    """

    path: str
    text: str
    sha256: str
    bom: bool = False

    @cached_property
    def line_starts(self) -> list[int]:
        """The offsets at which its lines begin."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def place(self, offset: int) -> Place:
        """Line and column, both from 1, of an offset."""
        line = bisect_right(self.line_starts, offset)
        return Place(self.path, line, offset - self.line_starts[line - 1] + 1)

    def error(self, what: str, offset: int, fix: str | None = None) -> FileError:
        """The error that stops reading this file, at an offset."""
        place = self.place(offset)
        return FileError(what, path=self.path, line=place.line, column=place.column, fix=fix)


def find_libraries(paths: Iterable[str | Path], listed_at: Place | None = None) -> list[Path]:
    """The library files meant by files, directories and globs, each once, in the order given.

    A file is taken whatever its name, a `waivers.yaml` or `claims.yaml` for the library beside it; a directory
    means every `references.yaml` and `*.references.yaml` (or `.yml`) in it and below, hidden directories
    left out. A glob's directories are searched in the same way. `listed_at` is where a configuration lists the paths.

    Raises:
        FileError: a file that does not exist, a directory or glob that holds no library, a directory
            that cannot be searched.
    """
    found: dict[Path, Path] = {}
    for given in paths:
        path = Path(given)
        pattern = path.as_posix()
        if not glob.has_magic(pattern):
            require_name(path)
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            mode = None
        except OSError as error:
            if not glob.has_magic(pattern):  # which Windows refuses to look for as a name
                raise FileError(f"cannot be read: {error.strerror or error}", path=pattern) from None
            mode = None
        if mode is not None and stat.S_ISDIR(mode):
            libraries = _in_directory(path)
            if not libraries:
                raise _missing("no references.yaml in this directory", pattern, listed_at, "name the file")
        elif mode is not None:
            libraries = [_library_beside(path)]
        elif glob.has_magic(pattern):
            matches = sorted(match for match in _matching(path) if match.is_dir() or not str(given).endswith("/"))
            libraries = [file for match in matches for file in (_in_directory(match) if match.is_dir() else [match])]
            if not libraries:
                raise _missing("no file matches this pattern", pattern, listed_at)
        elif pattern == _DEFAULT and listed_at is None and not path.is_symlink():
            if others := sorted(file.name for file in Path().iterdir() if _NAME.fullmatch(file.name)):
                raise FileError(f"no {_DEFAULT} here; this folder has {', '.join(others)}")
            raise FileError(f"no {_DEFAULT} here; start with: evidence import MONOGRAPH.docx --write")
        else:
            raise _missing("no such file", pattern, listed_at)
        if glob.has_magic(pattern) or libraries != [path]:
            _require_inside(before_wildcards(path), libraries)
        for library in libraries:
            found.setdefault(library.resolve(), library)
    return list(found.values())


def _missing(
    what: str, path: str, listed_at: Place | None, fix: str = "check the spelling and the current directory"
) -> FileError:
    """The error of a path that leads to no library, at the line of the configuration that lists it."""
    fix = too_long(Path(path)) or fix
    if listed_at is None:
        return FileError(what, path=path, fix=fix)
    return FileError(
        f"files: {path}: {what}",
        path=listed_at.path,
        line=listed_at.line,
        column=listed_at.column,
        fix="correct the path, or remove it from files",
    )


def before_wildcards(pattern: str | Path) -> Path:
    """The part of a pattern that names one folder, or all of a path without wildcards."""
    parts = Path(pattern).parts
    first = next((number for number, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return Path(*parts[:first])


def _matching(pattern: Path) -> Iterator[Path]:
    """The files and folders that a pattern names, as a shell does; `**` means folders, and follows no link.

    Links to a folder above would otherwise be followed again and again, by every way through them.
    """
    folders = [before_wildcards(pattern)]
    *above, last = pattern.parts[len(folders[0].parts) :]
    for part in above:
        folders = [folder for parent in folders for folder in _named(parent, part) if folder.is_dir()]
    for folder in dict.fromkeys(folders):
        yield from _named(folder, last)


def _named(folder: Path, part: str) -> Iterator[Path]:
    """What one part of a pattern names in a folder."""
    if part == "**":
        for place, inner, names in os.walk(folder):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            yield Path(place)
            yield from (Path(place, name) for name in names if not name.startswith("."))
    elif glob.has_magic(part):
        try:
            names = [entry.name for entry in folder.iterdir()]
        except OSError:  # a file, or a folder that is not for us
            return
        shown = (name for name in names if part.startswith(".") or not name.startswith("."))
        yield from (folder / name for name in fnmatch.filter(shown, part))
    elif os.path.lexists(folder / part):
        yield folder / part


def _require_inside(base: Path, libraries: Iterable[Path]) -> None:
    """Refuse links out of the repository among the files that a search below a folder found.

    Raises:
        FileError: the first of them.
    """
    top = repository_of(base)
    for library in libraries:
        if top is not None and (wrong := objection(library, Path(), top, "a link found by the search")):
            raise FileError(wrong, path=library.as_posix(), fix="name the file on the command line")


def default_libraries() -> tuple[str, ...]:
    """What is meant where no file is named: references.yaml of this folder and each `*.references.yaml` beside it.

    Without any it is references.yaml, which does not exist.

    Raises:
        FileError: one of them is a link out of the repository.
    """
    found = sorted(path.name for ending in ("yaml", "yml") for path in Path().glob(f"*.references.{ending}"))
    named = [_DEFAULT, *found] if os.path.lexists(_DEFAULT) or not found else found
    _require_inside(Path(), (path for path in map(Path, named) if path.is_symlink()))
    return tuple(named)


def is_marked_copy(name: str) -> bool:
    """Whether a file is a monograph with the findings as comments, by the name that the documentation gives it."""
    return Path(name).stem.lower().endswith(".marked")


def _in_directory(directory: Path) -> list[Path]:
    def refuse(error: OSError) -> None:  # a directory skipped in silence would hide its references
        path = Path(error.filename).as_posix()
        fix = "make the directory readable, or name the files"
        raise FileError(f"cannot search this directory: {error.strerror or error}", path=path, fix=fix) from None

    found: list[Path] = []
    for folder, inner, names in os.walk(directory, onerror=refuse):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        found += (Path(folder, name) for name in names if _NAME.fullmatch(name))
    return sorted(found)


def _library_beside(path: Path) -> Path:
    """The library to which a file of waivers or of claims belongs, by its name; any other file itself."""
    named = _BESIDE.fullmatch(path.name)
    names = [f"{named['stem']}references.{named['ext']}", f"{named['stem']}{named['ext']}"] if named else []
    return next((path.with_name(name) for name in names if path.with_name(name).is_file()), path)


def monograph_path(library: Library) -> Path | None:
    """The place that a library names as its monograph's, relative to the library's folder."""
    if (file := library.monograph.file) is None:
        return None
    try:
        return Path(library.path).parent / Path(file).expanduser()
    except RuntimeError:  # `~name` of nobody here is a name like any other
        return Path(library.path).parent / file


def monograph_to_read(library: Library) -> Path | None:
    """As `monograph_path`, for whoever reads it.

    Raises:
        FileError: it lies where a references file may name nothing; with the line that names it.
    """
    path = monograph_path(library)
    if path is None or library.monograph.refusal is None:
        return path
    place = library.monograph.place or Place(library.path, 1, 1)
    fix = "move it there; if you trust this file, set EVIDENCE_ROOT to a folder that contains it"
    what = f"monograph.file {library.monograph.file}: {library.monograph.refusal}"
    raise FileError(what, path=place.path, line=place.line, column=place.column, fix=fix)


def read_source(path: Path, largest: int = LARGEST) -> SourceText:
    """Read one file; its size is checked first, so a giant costs nothing.

    Raises:
        FileError: not readable, no regular file, over `largest` bytes, not UTF-8, or binary.
    """
    return printable(decoded(path.as_posix(), bytes_of(path, largest)))


def bytes_of(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file; its size is checked first, so a giant costs nothing.

    Raises:
        FileError: not readable, no regular file, or more than `largest` bytes.
    """
    name = path.as_posix()
    require_name(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise FileError("this is a directory, not a file", path=name)
        if not stat.S_ISREG(status.st_mode):
            raise FileError("this is not a regular file", path=name, fix="save its content to a regular file")
        if status.st_size <= largest:
            with path.open("rb") as file:
                data = file.read(largest + 1)
            if len(data) <= largest:
                return data
    except OSError as error:
        require_closed(path)
        raise FileError(f"cannot be read: {error.strerror or error}", path=name, fix=too_long(path)) from None
    size = f"{max(status.st_size, largest + 1) / 1e6:,.1f} MB"
    raise FileError(
        f"the file is too large: {size} (limit {largest / 1e6:.0f} MB)", path=name, fix="split it into several files"
    )


def decoded(path: str, data: bytes) -> SourceText:
    """The text of a file's bytes, which are UTF-8 with or without a byte order mark.

    Raises:
        FileError: another encoding.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    bom = data.startswith(BOM)
    body = data[len(BOM) :] if bom else data
    for mark, name in _OTHER_ENCODINGS:
        if body.startswith(mark):
            raise FileError(f"the text is encoded as {name}", path=path, fix=_SAVE_AS)
    try:
        return SourceText(path, body.decode("utf-8"), sha256, bom)
    except UnicodeDecodeError as error:
        valid = SourceText(path, body[: error.start].decode("utf-8"), sha256)
        raise valid.error(f"byte 0x{body[error.start]:02x} is not UTF-8", len(valid.text), _SAVE_AS) from None


def printable(source: SourceText) -> SourceText:
    """The same, if YAML may hold all of its characters.

    Raises:
        FileError: it holds a control character.
    """
    unprintable = _UNPRINTABLE.search(source.text)
    if unprintable:
        what = (
            "a NUL character, so it is not a text file"
            if unprintable[0] == "\0"
            else f"U+{ord(unprintable[0]):04X}, a control character"
        )
        raise source.error(
            f"the file contains {what}", unprintable.start(), "remove it, or save the file as UTF-8 text"
        )
    return source


_DEVICE = regex(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[1-9\u00b9\u00b2\u00b3])", re.IGNORECASE)
_NOT_IN_NAMES = regex(r'[<>:"|?*]')
_LONGEST_PATH = 259  # characters, where long paths are not enabled


def require_name(place: Path, *, windows: bool = sys.platform == "win32") -> None:
    """Refuse a name that `windows` keeps for a device, or that no file can have there; `nul` alone is as /dev/null.

    Source: https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file

    Raises:
        FileError: with what is wrong with the name.
    """
    if not windows:
        return
    name = place.name
    wrong = None
    if _DEVICE.fullmatch(name.partition(".")[0].rstrip(" ")) and name.lower() != "nul":
        wrong = "this is a Windows device name"
    elif name.endswith((".", " ")) and name not in {".", ".."}:
        wrong = "the name ends in a full stop or a space, which Windows drops"
    elif char := _NOT_IN_NAMES.search(name):
        wrong = f"the name contains {char[0]}, which Windows does not allow in names"
    if wrong:
        raise FileError(wrong, path=place.as_posix(), fix="use another name")


def too_long(place: Path, *, windows: bool = sys.platform == "win32") -> str | None:
    """Why a file may not be found on `windows`: a path that is too long for it, unless long paths are enabled."""
    length = len(os.path.abspath(place))  # noqa: PTH100 - pathlib resolves links, or keeps `..`
    if not windows or length <= _LONGEST_PATH:
        return None
    return f"its path has {length} characters, more than Windows opens unless long paths are enabled"


def require_closed(place: Path, rename: Move | None = os.rename if sys.platform == "win32" else None) -> None:
    """Refuse a file that another program keeps others from replacing, as Word and Excel do on Windows.

    To `rename` it to its own name changes nothing, and fails where replacing it would. None: no program can do that.

    Raises:
        FileError: another program has it open.
    """
    if rename is None:
        return
    file = place.resolve()
    try:
        rename(file, file)
    except OSError as error:
        if getattr(error, "winerror", None) == _SHARING_VIOLATION:
            fix = "close it there, for example in Word or Excel, and run the command again"
            raise FileError("another program has it open", path=place.as_posix(), fix=fix) from None


def staged(place: Path, data: bytes) -> Path | None:
    """The bytes in a temporary file beside the place, on the disk, with the mode that the place has or would get.

    A link's target is what is to be replaced; a device or a pipe is written to at once, and None returned.

    Raises:
        OSError: it cannot be written; no temporary file is left.
    """
    require_name(place)
    if place.exists() and not place.is_file():  # by its own name: a pipe that /dev/stdout leads to has no other
        place.write_bytes(data)
        return None
    path = place.resolve()
    import tempfile  # noqa: PLC0415 - 5 ms that only those pay who write

    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    written = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if sys.platform != "win32":  # there a mode says no more than read-only, and such a file cannot be removed
            written.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
    except BaseException:
        written.unlink(missing_ok=True)
        raise
    return written


def move_to(
    place: Path, written: Path, move: Move = Path.replace, sleep: Callable[[float], object] = time.sleep
) -> None:
    """Put what `staged` has written in its place.

    On Windows a virus scanner or a synchronising program has a new file open for a moment: that is waited for.

    Raises:
        FileError: another program has the file open.
        OSError: it cannot be moved. In both cases the old file is as it was.
    """
    for wait in (*_MOMENTS, None):
        try:
            move(written, place.resolve())
        except OSError as error:
            if wait is None or getattr(error, "winerror", None) not in {_ACCESS_DENIED, _SHARING_VIOLATION}:
                require_closed(place)
                raise
            sleep(wait)
        else:
            return


def replace_file(place: Path, data: bytes) -> None:
    """Write beside the place and move there: neither a full disk nor a kill leaves half a file.

    Raises:
        FileError: another program has the file open.
        OSError: the place cannot be written. In both cases the old file is as it was.
    """
    require_closed(place)
    written = staged(place, data)
    if written is None:
        return
    try:
        move_to(place, written)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
