"""YAML as a tree of strings with exact positions, and the notes of what is wrong in such a tree.

YAML's own typing is not wanted (it turns `012345` into 5349 and `no` into False), and composing is
not safe (libyaml's composer overflows the stack on deep nesting, silently keeps repeated keys and
expands aliases without bound), so nodes are built here from the event stream, within
fixed bounds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from evidence.library.fields import nearest
from evidence.library.files import SourceText
from evidence.model.errors import Place
from evidence.model.references import Fault, FaultKind
from evidence.model.regex import regex
from evidence.model.urls import mask_credentials

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # a PyYAML built without libyaml: the same events, six times slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]


USE_ONE_OF_THESE = "use one of these values"
"""What to do about a value outside a set, where the message lists the set and none of it is near."""

DEEPEST = 60
MOST_NODES = 2_000_000
MOST_ENTRIES = 20_000
"""Entries of one list; ten times those of the largest monograph."""
ANCHOR = regex(r"&[\w-]+(?:\s+#[^\n]*)*\s*")
_CHARS_PER_NODE = 64  # a long text that is repeated by aliases counts by its length
_LONGEST_PRINTED = 60
_TAG_DIRECTIVE = regex(r"(?:\A|[\n\r\x85\u2028\u2029])(%TAG)")
_CONTROL = regex(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_RULE_CODE = regex(r"[A-Z]{3}[0-9]{3}")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_FIXES = (
    ("mapping values are not allowed", "put a value that contains ': ' in quotes, or fix the indentation"),
    ("could not find expected ':'", "every line of an entry must be 'field: value'; check the line above, too"),
    ("cannot start any token", "indent with spaces, not tabs; put a value that starts with @ % or ` in quotes"),
    ("did not find expected <block end>", "all entries of a list need the same indentation"),
    ("did not find expected", "a bracket, brace or quote is not closed, or the indentation is wrong"),
    ("unexpected end of stream", "a quote is not closed"),
    ("undefined alias", "define the anchor (&name) before it is used, or put a value that starts with * in quotes"),
)


class ScalarNode(NamedTuple):
    """A value, always a string. `start` and `end` delimit its characters in the file, quotes included.

    `shared` is the anchor of the value (`&name`) or the alias that represents it (`*name`);
    empty for most. Lists and mappings have it too.
    """

    value: str
    start: int
    end: int
    style: str | None = None
    shared: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is no text, or an unquoted `~` or `null`."""
        return not self.value.strip() or (self.style is None and self.value in _NULLS)


class SequenceNode(NamedTuple):
    """A list."""

    items: tuple[Node, ...]
    start: int
    end: int
    shared: str = ""


class PairNode(NamedTuple):
    """One `key: value` of a mapping."""

    key: ScalarNode
    value: Node


class MappingNode(NamedTuple):
    """A mapping, in the order of the file; repeated keys are all there.

    The last `merged` pairs belong to other mappings, named by `<<`.
    """

    pairs: tuple[PairNode, ...]
    start: int
    end: int
    shared: str = ""
    merged: int = 0

    @property
    def own(self) -> tuple[PairNode, ...]:
        """The pairs of the mapping itself."""
        return self.pairs[: len(self.pairs) - self.merged]


Node = ScalarNode | SequenceNode | MappingNode


def read_tree(source: SourceText) -> Node | None:
    """The file's one document as a tree; None when there is nothing but comments.

    Raises:
        FileError: no YAML, more than one document, a tag, a key that is not a plain word, nesting
            deeper than 60, a list of more than 20,000 entries, or more than 2,000,000 nodes with all aliases expanded.
    """
    return _Builder(source).build()


def keys(mapping: MappingNode) -> frozenset[str]:
    """All keys of a mapping."""
    return frozenset(pair.key.value for pair in mapping.pairs)


def pair_of(node: Node | None, key: str) -> PairNode | None:
    """The pair of this key that is read, which is the first; None for a node that is not a mapping."""
    pairs = node.pairs if isinstance(node, MappingNode) else ()
    return next((pair for pair in pairs if pair.key.value == key), None)


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
            text = mask_credentials(text)
        self.faults.append(Fault(kind, key, text, self.place(node), message, suggestion))

    def invalid(self, key: str, node: Node, message: str, suggestion: str | None = None) -> None:
        """Note a value that cannot be used."""
        self.add(FaultKind.INVALID_VALUE, key, node, message, suggestion)

    def unknown(self, key: str, node: ScalarNode, known: Iterable[str], beside: Collection[str] = frozenset()) -> None:
        """Note a field that means nothing here, at its name, with the `known` field that was probably meant.

        `beside` are the keys of its mapping: one that is already there is not suggested again.
        """
        suggestion = nearest(node.value, known)
        question = f"; did you mean {suggestion}?" if suggestion else ""
        if suggestion in beside:
            question, suggestion = f"; {suggestion} is already present", None
        self.add(FaultKind.UNKNOWN_FIELD, key, node, f"unknown field {printable(key)}{question}", suggestion)

    def known(self, mapping: MappingNode, names: Collection[str], prefix: str = "") -> list[PairNode]:
        """The pairs whose keys are among the names, each key once; others are noted, save those that begin with x-."""
        pairs = self.distinct(mapping, prefix)
        present = keys(mapping)
        for pair in pairs:
            if pair.key.value not in names and not pair.key.value.startswith("x-"):
                self.unknown(prefix + pair.key.value, pair.key, names, present)
        return [pair for pair in pairs if pair.key.value in names]

    def distinct(self, mapping: MappingNode, prefix: str = "") -> list[PairNode]:
        """The pairs of a mapping, each key once; every repetition is noted and left out."""
        first: dict[str, PairNode] = {}
        for pair in mapping.pairs:
            earlier = first.setdefault(pair.key.value, pair)
            if earlier is not pair:
                key = prefix + pair.key.value
                line = self.place(earlier.key).line
                message = f"{printable(key)} appears more than once; only line {line} is used"
                self.add(FaultKind.REPEATED_KEY, key, pair.key, message)
        return list(first.values())

    def text(self, key: str, node: Node) -> str | None:
        """A single value as it is, without control characters; None, noted, when there is none."""
        if not isinstance(node, ScalarNode):
            self.invalid(key, node, f"{printable(key)} must be a single text value")
            return None
        if node.is_empty:
            self.invalid(key, node, f"{printable(key)} is empty")
            return None
        return self.clean(key, node)

    def choice(self, key: str, node: Node, choices: Collection[str], prefix: str = "") -> str | None:
        """One of the choices; None, noted, for any other value. `prefix` is what the message begins with."""
        text = self.text(key, node)
        if text is None or text in choices:
            return text
        message = f"{prefix}{printable(text)} is not one of {', '.join(choices)}"
        self.invalid(key, node, message, nearest(text, choices) or USE_ONE_OF_THESE)
        return None

    def is_rule_code(self, key: str, node: ScalarNode) -> bool:
        """Whether a key is written like a rule's code; noted when it is not."""
        if _RULE_CODE.fullmatch(node.value):
            return True
        upper = node.value.upper()
        meant = upper if _RULE_CODE.fullmatch(upper) else None
        self.invalid(key, node, f"{printable(node.value)} is not a rule code, such as ACC004", meant)
        return False

    def clean(self, key: str, node: ScalarNode) -> str:
        """The value without control characters, which only escapes in double quotes can bring."""
        control = _CONTROL.search(node.value) if node.style == '"' else None
        if control is None:
            return node.value
        self.invalid(key, node, f"{printable(key)} contains the control character U+{ord(control[0]):04X}")
        return _CONTROL.sub("", node.value)


def printable(text: str) -> str:
    """Text from a file inside a message: printable, on one line, cut at 60 characters."""
    cut = text if len(text) <= _LONGEST_PRINTED else text[: _LONGEST_PRINTED - 1] + "…"
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)


def is_control(char: str) -> bool:
    """Whether a character is left out of every text that is read."""
    return _CONTROL.match(char) is not None


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been read yet; `height` counts the levels from its deepest value up."""

    start: int
    anchor: str | None
    is_mapping: bool
    nodes: list[Node] = field(default_factory=list)
    size: int = 1
    height: int = 1


class _Builder:
    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int, int] | None] = {}
        self._count = 0
        self._root: Node | None = None

    def build(self) -> Node | None:
        documents = 0
        for event in self._events():
            kind = type(event)
            if kind is yaml.ScalarEvent:
                value = event.value
                size = 1 + len(value) // _CHARS_PER_NODE
                start, end = event.start_mark.index, event.end_mark.index
                if event.anchor is None and event.tag is None and self._open and self._count < MOST_NODES:
                    # As below, for the many that have neither anchor nor tag, in a third of the time.
                    self._count += 1
                    collection = self._open[-1]
                    collection.nodes.append(ScalarNode(value, start, end, event.style or None))
                    collection.size += size
                    continue
                begin = self._begin(event, start, end)
                shared = f"&{event.anchor}" if event.anchor else ""
                self._add(ScalarNode(value, begin, end, event.style or None, shared), size, 0, event.anchor)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                start = event.start_mark.index
                begin = self._begin(event, start, event.end_mark.index)
                if len(self._open) >= DEEPEST:
                    what = f"nested deeper than {DEEPEST} levels"
                    raise self._source.error(what, start, "reduce the nesting")
                self._open.append(_Open(begin, event.anchor, kind is yaml.MappingStartEvent))
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                end = event.end_mark.index
                done = self._open.pop()
                shared = f"&{done.anchor}" if done.anchor else ""
                node: Node
                if done.is_mapping:
                    own, merged = self._pairs(done.nodes)
                    node = MappingNode((*own, *merged), done.start, end, shared, len(merged))
                else:
                    node = SequenceNode(tuple(done.nodes), done.start, end, shared)
                self._add(node, done.size, done.height, done.anchor)
            elif kind is yaml.AliasEvent:
                self._alias(event.anchor or "", event.start_mark.index, event.end_mark.index)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    fix = "remove this '---'; a file may have only one document"
                    raise self._source.error("a second document begins here", event.start_mark.index, fix)
        return self._root

    def _events(self) -> Iterator[Any]:
        """The events of the text; those of PyYAML, whose types say of no attribute that it is there."""
        directive = _TAG_DIRECTIVE.search(self._source.text)
        if directive:  # libyaml compares each with all before it: a million of them would take hours
            raise self._source.error("%TAG directives are not supported", directive.start(1), "remove the line")
        loader = _Loader(self._source.text)
        try:
            yield from iter(loader.get_event, None)
        except yaml.MarkedYAMLError as error:
            problem = error.problem or error.context or "unknown error"
            mark = error.problem_mark or error.context_mark
            fix = next((fix for part, fix in _FIXES if part in problem), None)
            offset = min(mark.index, len(self._source.text)) if mark else 0
            raise self._source.error(f"not valid YAML: {problem}", offset, fix) from None
        finally:
            loader.dispose()

    def _begin(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, start: int, end: int) -> int:
        """Where the value itself begins, after an anchor; a tag is refused, and the node is counted."""
        if event.tag is not None:
            raise self._source.error("tags such as !!str are not supported", start, "remove the tag")
        begin = start
        if event.anchor is not None:
            self._anchors[event.anchor] = None
            anchor = ANCHOR.match(self._source.text, start)
            if anchor and isinstance(event, yaml.ScalarEvent):
                begin = min(anchor.end(), end)
        self._add_to_count(1, start)
        return begin

    def _add_to_count(self, size: int, start: int) -> None:
        self._count += size
        if self._count > MOST_NODES:
            what = f"more than {MOST_NODES:,} values after expanding all aliases"
            raise self._source.error(what, start, "write the values without aliases, or split the file")

    def _pairs(self, nodes: list[Node]) -> tuple[list[PairNode], list[PairNode]]:
        """The pairs that a mapping has itself, and those that it merges and lacks."""
        own: list[PairNode] = []
        merged: dict[str, PairNode] = {}
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                raise self._source.error("a key must be a plain word", key.start, "put it in quotes")
            if key.value != "<<" or key.style is not None:
                own.append(PairNode(key, value))
                continue
            for mapping in value.items if isinstance(value, SequenceNode) else (value,):
                if not isinstance(mapping, MappingNode):
                    fix = "use an anchored mapping: <<: *name"
                    raise self._source.error("'<<' can merge only mappings", value.start, fix)
                for pair in mapping.pairs:
                    merged.setdefault(pair.key.value, pair)
        for pair in own if merged else ():
            merged.pop(pair.key.value, None)
        return own, list(merged.values())

    def _alias(self, name: str, start: int, end: int) -> None:
        if name not in self._anchors:
            raise self._source.error(f"undefined alias *{name[:40]}", start, dict(_FIXES)["undefined alias"])
        target = self._anchors[name]
        if target is None:
            what = f"the alias *{name[:40]} is inside the value that it repeats"
            raise self._source.error(what, start, "write the value in full")
        node, size, height = target
        if len(self._open) + height > DEEPEST:
            raise self._source.error(f"nested deeper than {DEEPEST} levels after expanding all aliases", start)
        self._add_to_count(size, start)
        self._add(node._replace(start=start, end=end, shared=f"*{name}"), size, height, None)

    def _add(self, node: Node, size: int, height: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, size, height)
        if self._open:
            collection = self._open[-1]
            collection.nodes.append(node)
            if not collection.is_mapping and len(collection.nodes) > MOST_ENTRIES:
                what = f"more than {MOST_ENTRIES:,} entries in one list"
                raise self._source.error(what, node.start, "split it into several files")
            collection.size += size
            collection.height = max(collection.height, height + 1)
        else:
            self._root = node
