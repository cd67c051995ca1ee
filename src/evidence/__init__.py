"""Citation and evidence tracker for drug monographs."""

from __future__ import annotations

__version__ = "0.1.0"
