"""The version, and how what is not installed gets installed, in a place that imports nothing of the project."""

import sys
from pathlib import Path

__version__ = "0.1.0"


def how_to_install(extra: str, prefix: str = sys.prefix) -> str:
    """The fix where an extra is missing: from a clone, since no package index holds this project under its name.

    The command is that of the program that made the environment at `prefix`. uv and pipx leave out what an installation
    does not name again, so there it is all extras. Double quotes are quotes in every shell, also in `cmd`.
    """
    every = "all" if extra != "dask" else "all,dask"  # clusters are for few, and bring much
    if Path(prefix, "uv-receipt.toml").exists():
        command = f'uv tool install ".[{every}]"'
    elif Path(prefix, "pipx_metadata.json").exists():
        command = f'pipx install --force ".[{every}]"'
    else:
        command = f'pip install ".[{extra}]"'
    return f"install it from a clone of this project: {command}"
