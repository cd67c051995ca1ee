"""Records as plain JSON values and back, without loss: only what is not a field's default is written.

A field's name is written with hyphens, a date in ISO 8601, a partial date as EDTF, an identifier as it
is printed (`pmid:23359310`). What is read must have exactly the types that the record's fields have.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from evidence.dates import parse
from evidence.model.identity import Identifier, IdKind
from evidence.model.partialdate import PartialDate

T = TypeVar("T")

Plain = Any
"""What JSON can hold."""

_SHOWN = 60


def plain(value: object) -> Plain:
    """A record, or a part of one, as JSON values."""
    match value:
        case None | str() | bool() | int():
            return value
        case date():
            return value.isoformat()
        case Identifier():
            return str(value)
        case PartialDate():
            return str(value) if _reads_back(value) else _by_fields(value)
        case tuple():
            return [plain(part) for part in value]
    return _by_fields(value)


def _by_fields(value: object) -> dict[str, Plain]:
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no plain form")
    written = {}
    for field in fields(value):
        held = getattr(value, field.name)
        if field.default is MISSING or held != field.default:
            written[_key(field)] = plain(held)
    return written


def _reads_back(value: PartialDate) -> bool:
    try:
        return parse(str(value)) == value
    except ValueError:
        return False


def _key(field: Field[Any]) -> str:
    return field.name.replace("_", "-")


def built(kind: type[T], value: Plain, at: str = "") -> T:
    """The record of this kind that was written so; `at` says where it stands, for messages.

    Raises:
        ValueError: a field that is unknown, missing, or of another type.
    """
    made: T = _value(kind, value, at)
    return made


def _value(kind: Any, value: Plain, at: str) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        options = [option for option in get_args(kind) if option is not types.NoneType]
        return None if value is None else _value(options[0], value, at)
    if get_origin(kind) is tuple:
        (part, _) = get_args(kind)
        return tuple(_value(part, one, at) for one in _typed(list, value, at))
    if kind in (str, int, bool):
        return _typed(kind, value, at)
    if kind in _FROM_TEXT and not (kind is PartialDate and isinstance(value, dict)):
        return _FROM_TEXT[kind](_typed(str, value, at))
    return _from_fields(kind, _typed(dict, value, at), at)


def _from_fields(kind: Any, value: Mapping[str, Plain], at: str) -> Any:
    known = _fields(kind)
    unknown = sorted(value.keys() - known.keys())
    if unknown:
        raise ValueError(f"{_at(at)}unknown field {unknown[0][:_SHOWN]!r}")
    given = {}
    for key, (field, hint) in known.items():
        if key in value:
            given[field.name] = _value(hint, value[key], f"{at}.{key}" if at else key)
        elif field.default is MISSING:
            raise ValueError(f"{_at(at)}the field {key!r} is missing")
    return kind(**given)


@cache
def _fields(kind: Any) -> dict[str, tuple[Field[Any], Any]]:
    hints = get_type_hints(kind)
    return {_key(field): (field, hints[field.name]) for field in fields(kind)}


def _typed(kind: type[T], value: Plain, at: str) -> T:
    if type(value) is not kind:
        raise ValueError(f"{_at(at)}{str(value)[:_SHOWN]!r} is no {_NAMES[kind]}")
    return value


_NAMES: Mapping[type, str] = {str: "text", int: "whole number", bool: "true or false", list: "list", dict: "mapping"}


def _at(at: str) -> str:
    return f"{at}: " if at else ""


def identifier(written: str) -> Identifier:
    """The identifier of a printed form; raises ValueError for an unknown kind or an empty value."""
    kind, _, value = written.partition(":")
    if kind not in _KINDS or not value:
        raise ValueError(f"{written[:_SHOWN]!r} is no identifier")
    return Identifier(_KINDS[kind], value)


_KINDS = {str(kind): kind for kind in IdKind}

_FROM_TEXT: Mapping[type, Callable[[str], object]] = {
    date: date.fromisoformat,
    Identifier: identifier,
    PartialDate: parse,
}
