"""What is wrong with an entry or with the file's settings, noted while reading goes on."""

from __future__ import annotations

import re
from collections.abc import Collection

from evidence.library.files import SourceText
from evidence.library.nodes import MappingNode, Node, PairNode, ScalarNode
from evidence.model.references import Fault, FaultKind, Place
from evidence.webaddress import masked

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_RULE_CODE = re.compile(r"[A-Z]{3}[0-9]{3}")
_SHOWN = 60


class Notes:
    """Collects faults; one for each entry, one for the file's own settings."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.faults: list[Fault] = []

    def place(self, node: Node) -> Place:
        """Where a value begins."""
        return self.source.place(node.start)

    def add(self, kind: FaultKind, key: str, node: Node, message: str, suggestion: str | None = None) -> None:
        """Note a fault of the field `key` at `node`."""
        text = node.value if isinstance(node, ScalarNode) else ""
        if kind is FaultKind.MALFORMED_IDENTIFIER:
            text = masked(text)
        self.faults.append(Fault(kind, key, text, self.place(node), message, suggestion))

    def invalid(self, key: str, node: Node, message: str, suggestion: str | None = None) -> None:
        """Note a value that cannot be used."""
        self.add(FaultKind.INVALID_VALUE, key, node, message, suggestion)

    def unknown(
        self, key: str, node: ScalarNode, suggestion: str | None, beside: Collection[str] = frozenset()
    ) -> None:
        """Note a field that means nothing here; shown at its name.

        `beside` are the keys of its mapping: one that is already there is not suggested again.
        """
        asked = f", did you mean {suggestion}?" if suggestion else ""
        if suggestion in beside:
            asked, suggestion = f"; {suggestion} is already there", None
        self.add(FaultKind.UNKNOWN_FIELD, key, node, f"unknown field {printable(key)}{asked}", suggestion)

    def distinct(self, mapping: MappingNode, prefix: str = "") -> list[PairNode]:
        """The pairs of a mapping, each key once; every repetition is noted and left out."""
        first: dict[str, PairNode] = {}
        for pair in mapping.pairs:
            earlier = first.setdefault(pair.key.value, pair)
            if earlier is not pair:
                key = prefix + pair.key.value
                line = self.place(earlier.key).line
                message = f"{printable(key)} stands here again, only line {line} is read"
                self.add(FaultKind.REPEATED_KEY, key, pair.key, message)
        return list(first.values())

    def text(self, key: str, node: Node) -> str | None:
        """A single value as it stands, without control characters; None, noted, when there is none."""
        if not isinstance(node, ScalarNode):
            self.invalid(key, node, f"{printable(key)} must be a single text")
            return None
        if node.is_empty:
            self.invalid(key, node, f"{printable(key)} is empty")
            return None
        return self.clean(key, node)

    def is_rule_code(self, key: str, node: ScalarNode) -> bool:
        """Whether a key is written like a rule's code; noted when it is not."""
        if _RULE_CODE.fullmatch(node.value):
            return True
        upper = node.value.upper()
        meant = upper if _RULE_CODE.fullmatch(upper) else None
        self.invalid(key, node, f"{printable(node.value)} is no rule's code, such as ACC004", meant)
        return False

    def clean(self, key: str, node: ScalarNode) -> str:
        """The value without control characters, which only escapes in double quotes can bring."""
        control = _CONTROL.search(node.value) if node.style == '"' else None
        if control is None:
            return node.value
        self.invalid(key, node, f"{printable(key)} holds the control character U+{ord(control[0]):04X}")
        return _CONTROL.sub("", node.value)


def is_control(char: str) -> bool:
    """Whether a character is left out of every text that is read."""
    return _CONTROL.match(char) is not None


def keys(mapping: MappingNode) -> frozenset[str]:
    """All keys of a mapping."""
    return frozenset(pair.key.value for pair in mapping.pairs)


def printable(text: str) -> str:
    """Text from a file inside a message: printable, on one line, cut at 60 characters."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)
