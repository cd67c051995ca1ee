"""Where files may lie that a checkout names: its configuration and its references files may come from strangers.

What is written lies below the folder of the file that names it or, as what is read, below the root of its repository.
Outside a repository there is no such root, and what is only read may lie anywhere. The user may name another root.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_KERNEL = tuple(map(Path, ("/dev", "/proc", "/sys")))  # where even regular files may keep a reader waiting


def up_to_root(folder: Path) -> Iterator[Path]:
    """An absolute folder and those above it, up to the root of its repository; outside one, the folder alone."""
    parents = [folder, *folder.parents]
    root = next((number for number, parent in enumerate(parents) if (parent / ".git").exists()), 0)
    yield from parents[: root + 1]


def repository_of(folder: Path) -> Path | None:
    """The root of the repository in which a folder lies, resolved; None outside one."""
    *_, top = up_to_root(Path(os.path.realpath(folder)))
    return top if (top / ".git").exists() else None


def objection(given: str | Path, home: Path, top: Path | None, by: str, *, directory: bool = False) -> str | None:
    """Why a file that `by` names, such as "a references file", may be neither read nor written.

    It is where links, `..` and `~` lead that counts.

    Args:
        given: The file, which need not exist.
        home: The folder to which it is relative.
        top: The resolved folder below which it has to lie, None for anywhere.
        by: What names it.
        directory: Whether it may also be a directory, `top` itself among them.

    Returns:
        None for a regular file below `top` and not inside `.git`, or a place where one can be made.
    """
    try:
        resolved = Path(os.path.realpath(home / Path(given).expanduser()))
    except RuntimeError:
        return "this user does not exist"
    except (OSError, ValueError):
        return "this is not a valid file name"
    if top is not None and not (resolved.is_relative_to(top) and (directory or resolved != top)):
        return f"{by} may only refer to files below {top}, not to {resolved}"
    if any(part.lower() == ".git" for part in resolved.parts):
        return f"{by} may not refer to a file inside .git"
    try:
        mode = resolved.stat().st_mode
        is_usable = stat.S_ISREG(mode) or (directory and stat.S_ISDIR(mode))
    except (FileNotFoundError, NotADirectoryError):
        is_usable = True
    except (OSError, ValueError):
        is_usable = False
    if not is_usable or any(resolved.is_relative_to(folder) for folder in _KERNEL):
        return f"this is not a regular file; {by} may only refer to regular files"
    return None


def beside_objection(place: Path) -> str | None:
    """Why a file that a command looks for by its name, and may write, may not be used: a link leads elsewhere."""
    folder = Path(os.path.realpath(place.parent))
    return objection(place.name, folder, repository_of(folder) or folder, "this link")
