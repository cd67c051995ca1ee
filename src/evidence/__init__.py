"""Citation and evidence tracker for drug monographs.

`evidence.check(...)` checks references files and returns a `Report`; see `evidence.app.check.check`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evidence.model.version import __version__

if TYPE_CHECKING:
    from evidence.app.check import check
    from evidence.model.errors import EvidenceError
    from evidence.model.report import Report

__all__ = ["EvidenceError", "Report", "__version__", "check"]

_HOMES = {"check": "evidence.app.check", "EvidenceError": "evidence.model.errors", "Report": "evidence.model.report"}


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first used: `evidence --version` needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'evidence' has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - see above

    return getattr(importlib.import_module(_HOMES[name]), name)
