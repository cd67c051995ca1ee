"""Regular expressions that are compiled when they are first used.

The modules define hundreds, of which a run uses a few; compiling them all at the start took a fifth of a short run.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import AnyStr, Generic, cast


def regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`, but an error in the expression shows only when it is first used."""
    return cast("re.Pattern[AnyStr]", _Uncompiled(pattern, flags))


class _Uncompiled(Generic[AnyStr]):
    """Has every attribute of the compiled expression; each is kept when first used, and then costs nothing more."""

    def __init__(self, pattern: AnyStr, flags: int) -> None:
        self._pattern: AnyStr = pattern
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[AnyStr]:
        return re.compile(self._pattern, self._flags)

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):  # what `copy` and `pickle` look for is not the compiled expression's
            raise AttributeError(name)
        value = getattr(self._compiled, name)
        setattr(self, name, value)
        return value
