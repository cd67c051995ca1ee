"""Names and dates as CSL-JSON, CSL-YAML and pandoc write them."""

from __future__ import annotations

import re

from evidence import dates
from evidence.library import markdown
from evidence.library.nodes import MappingNode, Node, ScalarNode, SequenceNode
from evidence.library.notes import Notes, printable
from evidence.model.partialdate import PartialDate
from evidence.model.references import Name

_NAME_PARTS = ("family", "given", "suffix", "literal", "dropping-particle", "non-dropping-particle")
_NAME_FLAGS = frozenset(["comma-suffix", "static-ordering", "parse-names"])
_DATE_FLAGS = frozenset(["circa", "season"])
_DATE_NUMBERS = ("year", "month", "day")
_NUMBER = re.compile(r"[0-9]{1,4}")


def read_names(key: str, node: Node, notes: Notes) -> tuple[Name, ...]:
    """A list of CSL names; one name alone and plain strings (as bodies) are understood too."""
    if isinstance(node, ScalarNode) and node.is_empty:
        notes.invalid(key, node, f"{key} is empty")
        return ()
    items = node.items if isinstance(node, SequenceNode) else (node,)
    names = (_name(key, item, notes) for item in items)
    return tuple(name for name in names if name is not None)


def _name(key: str, node: Node, notes: Notes) -> Name | None:
    if isinstance(node, ScalarNode):
        literal = notes.text(key, node)
        return Name(literal=markdown.to_plain(literal)) if literal else None
    if not isinstance(node, MappingNode):
        notes.invalid(key, node, f"a name of {key} is a text, or family and given")
        return None
    parts: dict[str, str] = {}
    for pair in notes.distinct(node, f"{key}."):
        part = pair.key.value
        if part in _NAME_PARTS:
            text = notes.text(f"{key}.{part}", pair.value)
            parts[part] = markdown.to_plain(text) if text else ""
        elif part not in _NAME_FLAGS:
            notes.invalid(key, pair.key, f"a name has no {printable(part)}, only {', '.join(_NAME_PARTS)}")
    if not any(parts.get(part) for part in ("family", "given", "literal")):
        notes.invalid(key, node, f"a name of {key} needs family or literal")
        return None
    particles = (parts.get("dropping-particle"), parts.get("non-dropping-particle"))
    return Name(
        family=parts.get("family", ""),
        given=parts.get("given", ""),
        suffix=parts.get("suffix", ""),
        particle=" ".join(particle for particle in particles if particle),
        literal=parts.get("literal", ""),
    )


def read_date(key: str, node: Node, notes: Notes) -> PartialDate | None:
    """An EDTF text, CSL's `date-parts`, pandoc's `{year, month, day}` or a list of one or two of these."""
    try:
        return _date(node)
    except _DateFieldError as fault:
        notes.invalid(key, fault.node, f"{key}: {fault.message}", fault.suggestion)
        return None


def read_day(key: str, node: Node, notes: Notes) -> PartialDate | None:
    """A date that must name its day, such as that of a person's word; noted where it does not."""
    read = read_date(key, node, notes)
    if read is not None and not read.is_exact:
        notes.invalid(key, node, f"{key}: a day is expected, as YYYY-MM-DD")
        return None
    return read


class _DateFieldError(Exception):
    """A date that cannot be read, and the node to show it at."""

    def __init__(self, node: Node, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.node = node
        self.message = message
        self.suggestion = suggestion


def _date(node: Node) -> PartialDate:
    if isinstance(node, ScalarNode):
        return _edtf(node)
    if isinstance(node, SequenceNode):
        return _one_or_two(node, [_date(item) for item in node.items])
    fields = {pair.key.value: pair.value for pair in node.pairs}
    if len(fields) < len(node.pairs):
        raise _DateFieldError(node, "a key is repeated within the date")
    for name in ("literal", "raw"):
        if name in fields:
            raise _free_text(name, fields[name])
    if "edtf" in fields:
        return _date(fields["edtf"])
    unknown = next((name for name in fields if name not in {*_DATE_NUMBERS, *_DATE_FLAGS, "date-parts"}), None)
    if unknown is not None:
        raise _DateFieldError(node, f"a date has no {printable(unknown)}")
    if "date-parts" in fields:
        return _date_parts(fields["date-parts"], fields.get("season"))
    numbers = [fields[name] for name in _DATE_NUMBERS if name in fields]
    if "year" not in fields or ("day" in fields and "month" not in fields):
        raise _DateFieldError(node, dates.EXPECTED)
    return _from_numbers(node, numbers, fields.get("season"))


def _edtf(node: ScalarNode) -> PartialDate:
    try:
        return dates.parse(node.value)
    except dates.DateError as error:
        raise _DateFieldError(node, str(error), error.suggestion) from None


def _free_text(name: str, node: Node) -> _DateFieldError:
    meant = dates.guess(node.value) if isinstance(node, ScalarNode) else None
    asked = f", did you mean {meant}?" if meant else ""
    return _DateFieldError(
        node, f"a {name} date cannot be judged, {dates.EXPECTED}{asked}", str(meant) if meant else None
    )


def _date_parts(node: Node, season: Node | None) -> PartialDate:
    if not isinstance(node, SequenceNode):
        raise _DateFieldError(node, "date-parts is a list of lists, such as [[2025, 8, 14]]")
    read = []
    for part in node.items:
        if not isinstance(part, SequenceNode) or not 1 <= len(part.items) <= 3:
            raise _DateFieldError(part, "date-parts is a list of lists, such as [[2025, 8, 14]]")
        read.append(_from_numbers(part, list(part.items), season))
    return _one_or_two(node, read)


def _one_or_two(node: Node, read: list[PartialDate]) -> PartialDate:
    if len(read) == 1:
        return read[0]
    if len(read) != 2:
        raise _DateFieldError(node, "a date is one date, or the first and last of an interval")
    try:
        return dates.parse(f"{read[0]}/{read[1]}")
    except dates.DateError as error:
        raise _DateFieldError(node, str(error), error.suggestion) from None


def _from_numbers(node: Node, numbers: list[Node], season: Node | None) -> PartialDate:
    read = [_number(number) for number in numbers]
    if season is not None and len(read) == 1:
        read.append(20 + _number(season))
    try:
        return dates.from_parts(*read)
    except dates.DateError as error:
        raise _DateFieldError(numbers[0] if numbers else node, str(error), error.suggestion) from None


def _number(node: Node) -> int:
    if not isinstance(node, ScalarNode) or not _NUMBER.fullmatch(node.value):
        raise _DateFieldError(node, "years, months, days and seasons are numbers")
    return int(node.value)
