"""Where the judged files lie for readers of machine formats: relative to the root of the checkout.

The document holds paths as they were given, relative to the folder in which the command ran. Code
hosts look files up from the root of the repository instead.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checkout:
    """The folder in which the command ran and the root of the checkout, both absolute; empty when unknown."""

    folder: str = ""
    root: str = ""

    def relative(self, path: str) -> str:
        """The path from the root; unchanged when it lies outside or nothing is known of the root."""
        if not self.folder or not self.root:
            return posixpath.normpath(path)
        whole = posixpath.normpath(posixpath.join(self.folder, path))
        root = posixpath.normpath(self.root)
        if not whole.startswith(root.rstrip("/") + "/"):
            return posixpath.normpath(path)
        return posixpath.relpath(whole, root)
