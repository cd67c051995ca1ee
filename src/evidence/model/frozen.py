"""`dataclass` for classes of frozen values, quicker to define than the standard library's.

Some two hundred of them are defined before a short run begins. For each, the standard library writes and compiles
`__eq__`, `__hash__` and `__repr__`, which takes as long as all the rest of the definition. Here those three are written
once, for all classes, and do the same. Everything else, the freezing included, is the standard library's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass as standard_dataclass
from dataclasses import fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - to type checkers it is that one
else:

    def dataclass(
        *, frozen: bool = False, eq: bool = True, order: bool = False, **options: bool
    ) -> Callable[[type], type]:
        """As `dataclasses.dataclass`."""

        def defined(cls: type) -> type:
            if not frozen or not eq or order:
                return standard_dataclass(cls, frozen=frozen, eq=eq, order=order, **options)
            own = dict(vars(cls))
            made = standard_dataclass(cls, frozen=True, eq=False, repr=False, **options)
            compared = [each.name for each in fields(made) if each.compare]
            made._compared = attrgetter(*compared or ["__class__"])  # noqa: SLF001 - it is ours
            if own.get("__hash__") is None:  # a class that defines `__eq__` alone has None
                made.__hash__ = _hash
            for name, shared in (("__eq__", _equals), ("__repr__", _representation)):
                if name not in own:
                    setattr(made, name, shared)
            return made

        return defined


def _equals(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    compared = self._compared
    return compared(self) == compared(other)


def _hash(self: Any) -> int:
    return hash(self._compared(self))


@recursive_repr()
def _representation(self: Any) -> str:
    values = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({', '.join(values)})"
