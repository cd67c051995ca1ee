"""The user's own signing programs, run without a shell, with a time limit, and never with a key on the command line."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidence.errors import SigningError
from evidence.escape import one_line

VERIFYING = 20.0
"""Seconds for a program that asks nobody."""

SIGNING = 120.0
"""Seconds for a program that may ask its owner for a passphrase, or to touch a token."""

_TOLD = 200  # characters of a program's complaint


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """Its last word in one harmless line."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        return one_line(lines[-1].strip())[:_TOLD] if lines else f"exit status {self.status}"


def run(arguments: Sequence[str], given: bytes, seconds: float, environ: Mapping[str, str] | None = None) -> Ended:
    """Run a program; `given` is its standard input, `environ` replaces the environment it is given.

    Raises:
        SigningError: it is not installed, or did not end in time.
    """
    path = shutil.which(arguments[0])
    if path is None:
        raise SigningError(f"{arguments[0]} is not installed", fix="install it, or sign without a key")
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, none of which a shell reads
            [path, *arguments[1:]],
            input=given,
            capture_output=True,
            timeout=seconds,
            check=False,
            env=None if environ is None else dict(environ),
        )
    except subprocess.TimeoutExpired:
        raise SigningError(f"{arguments[0]} did not end within {seconds:.0f} seconds") from None
    except OSError as trouble:
        raise SigningError(f"{arguments[0]} cannot be run: {trouble.strerror or trouble}") from None
    out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    return Ended(done.returncode, out, err)
