"""YAML as a tree of strings with exact positions, and the notes of what is wrong in such a tree.

YAML's own typing is not wanted (it turns `012345` into 5349 and `no` into False), and composing is
not safe (libyaml's composer overflows the stack on deep nesting, silently keeps repeated keys and
expands aliases without bound), so nodes are built here from the event stream, within
fixed bounds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple, Protocol

import yaml

from evidence.library.fields import nearest
from evidence.library.files import SourceText
from evidence.model.errors import FileError
from evidence.model.references import Fault, FaultKind, Place
from evidence.model.urls import mask_credentials

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # a PyYAML built without libyaml: the same events, six times slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]


DEEPEST = 60
MOST_NODES = 2_000_000
ANCHOR = re.compile(r"&[\w-]+(?:\s+#[^\n]*)*\s*")
_CHARS_PER_NODE = 64  # a long text that is repeated by aliases counts by its length
_LONGEST_PRINTED = 60
_TAG_DIRECTIVE = re.compile(r"(?:\A|[\n\r\x85\u2028\u2029])(%TAG)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_RULE_CODE = re.compile(r"[A-Z]{3}[0-9]{3}")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_FIXES = (
    ("mapping values are not allowed", "put a value that holds ': ' in quotes, or mend the indentation"),
    ("could not find expected ':'", "every line of an entry is 'field: value'; mend the line above too"),
    ("cannot start any token", "indent with spaces, not tabs; put a value that begins with @ % or ` in quotes"),
    ("did not find expected <block end>", "entries of one list need the same indentation"),
    ("did not find expected", "a bracket, brace or quote is not closed, or the indentation is off"),
    ("unexpected end of stream", "a quote is not closed"),
    ("undefined alias", "define the anchor (&name) before it is used, or put a value that begins with * in quotes"),
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
        FileError: no YAML, more than one document, a tag, a key that is no plain word, nesting
            deeper than 60, or more than 2,000,000 nodes with all aliases expanded.
    """
    return _Builder(source).build()


def keys(mapping: MappingNode) -> frozenset[str]:
    """All keys of a mapping."""
    return frozenset(pair.key.value for pair in mapping.pairs)


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
        question = f", did you mean {suggestion}?" if suggestion else ""
        if suggestion in beside:
            question, suggestion = f"; {suggestion} is already there", None
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

    def choice(self, key: str, node: Node, choices: Collection[str], prefix: str = "") -> str | None:
        """One of the choices; None, noted, for any other value. `prefix` is what the message begins with."""
        text = self.text(key, node)
        if text is None or text in choices:
            return text
        message = f"{prefix}{printable(text)} is none of {', '.join(choices)}"
        self.invalid(key, node, message, nearest(text, choices))
        return None

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


def printable(text: str) -> str:
    """Text from a file inside a message: printable, on one line, cut at 60 characters."""
    cut = text if len(text) <= _LONGEST_PRINTED else text[: _LONGEST_PRINTED - 1] + "…"
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)


def is_control(char: str) -> bool:
    """Whether a character is left out of every text that is read."""
    return _CONTROL.match(char) is not None


class _Open:
    """A collection whose end has not been read yet."""

    __slots__ = ("anchor", "height", "is_mapping", "nodes", "size", "start")

    def __init__(self, start: int, anchor: str | None, *, is_mapping: bool) -> None:
        self.start = start
        self.anchor = anchor
        self.is_mapping = is_mapping
        self.nodes: list[Node] = []
        self.size = 1
        self.height = 1


class _Anchored(NamedTuple):
    node: Node
    size: int
    height: int


class _Mark(Protocol):
    """A YAML mark, of libyaml's or of PyYAML's own."""

    index: int


def _index(mark: _Mark | None) -> int:
    return mark.index if mark else 0


def _given(anchor: str | None) -> str:
    return "" if anchor is None else f"&{anchor}"


class _Builder:
    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._open: list[_Open] = []
        self._anchors: dict[str, _Anchored | None] = {}
        self._count = 0
        self._root: Node | None = None
        self._documents = 0

    def build(self) -> Node | None:
        for event in self._events():
            if isinstance(event, yaml.ScalarEvent):
                if event.anchor is None and event.tag is None and self._open:
                    self._plain_scalar(event)
                else:
                    self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._finish(event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    raise self._error("a second document begins here", event, "keep one document, remove this '---'")
        return self._root

    def _events(self) -> Iterator[yaml.Event]:
        directive = _TAG_DIRECTIVE.search(self._source.text)
        if directive:  # libyaml compares each with all before it: a million of them would take hours
            raise self._source.error("%TAG directives are not supported", directive.start(1), "remove the line")
        loader = _Loader(self._source.text)
        try:
            while (event := loader.get_event()) is not None:
                yield event
        except yaml.MarkedYAMLError as error:
            problem = error.problem or error.context or "not YAML"
            mark = error.problem_mark or error.context_mark
            fix = next((fix for part, fix in _FIXES if part in problem), None)
            offset = min(mark.index, len(self._source.text)) if mark else 0
            raise self._source.error(f"not YAML: {problem}", offset, fix) from None
        finally:
            loader.dispose()

    def _error(self, what: str, event: yaml.Event, fix: str | None = None) -> FileError:
        return self._source.error(what, _index(event.start_mark), fix)

    def _counted(self, event: yaml.NodeEvent, size: int) -> None:
        self._count += size
        if self._count > MOST_NODES:
            what = f"more than {MOST_NODES:,} values, all aliases expanded"
            raise self._error(what, event, "write the values out, or split the file")

    def _start(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> int:
        """Where the value itself begins, after an anchor; a tag is refused."""
        start = _index(event.start_mark)
        if event.tag is not None:
            raise self._error("tags such as !!str are not supported", event, "remove the tag")
        if event.anchor is None:
            return start
        self._anchors[event.anchor] = None
        anchor = ANCHOR.match(self._source.text, start)
        return min(anchor.end(), _index(event.end_mark)) if anchor and isinstance(event, yaml.ScalarEvent) else start

    def _plain_scalar(self, event: yaml.ScalarEvent) -> None:
        """What `_scalar` does for the many that have neither anchor nor tag, in a third of its time."""
        self._count += 1
        if self._count > MOST_NODES:
            self._counted(event, 0)
        value = event.value
        start, end = event.start_mark, event.end_mark
        node = ScalarNode(value, start.index if start else 0, end.index if end else 0, event.style or None)
        collection = self._open[-1]
        collection.nodes.append(node)
        collection.size += 1 + len(value) // _CHARS_PER_NODE

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        start = self._start(event)
        self._counted(event, 1)
        value = event.value
        node = ScalarNode(value, start, _index(event.end_mark), event.style or None, _given(event.anchor))
        self._add(node, 1 + len(value) // _CHARS_PER_NODE, 0, event.anchor)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        start = self._start(event)
        self._counted(event, 1)
        if len(self._open) >= DEEPEST:
            raise self._error(f"nested deeper than {DEEPEST} levels", event, "no reference needs this")
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        self._open.append(_Open(start, event.anchor, is_mapping=is_mapping))

    def _finish(self, event: yaml.CollectionEndEvent) -> None:
        done = self._open.pop()
        end = _index(event.end_mark)
        node: Node
        if done.is_mapping:
            own, merged = self._pairs(done.nodes)
            node = MappingNode((*own, *merged), done.start, end, _given(done.anchor), len(merged))
        else:
            node = SequenceNode(tuple(done.nodes), done.start, end, _given(done.anchor))
        self._add(node, done.size, done.height, done.anchor)

    def _pairs(self, nodes: list[Node]) -> tuple[list[PairNode], list[PairNode]]:
        """The pairs that a mapping has itself, and those that it merges and lacks."""
        own: list[PairNode] = []
        merged: list[PairNode] = []
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                raise self._source.error("a key must be a plain word", key.start, "put it in quotes")
            if key.value == "<<" and key.style is None:
                for mapping in value.items if isinstance(value, SequenceNode) else (value,):
                    if not isinstance(mapping, MappingNode):
                        fix = "name an anchored mapping: <<: *name"
                        raise self._source.error("'<<' merges mappings only", value.start, fix)
                    merged.extend(mapping.pairs)
            else:
                own.append(PairNode(key, value))
        if not merged:
            return own, merged
        firsts: dict[str, PairNode] = {}
        for pair in merged:
            firsts.setdefault(pair.key.value, pair)
        taken = {pair.key.value for pair in own}
        return own, [pair for key, pair in firsts.items() if key not in taken]

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = event.anchor or ""
        if name not in self._anchors:
            raise self._error(f"undefined alias *{name[:40]}", event, dict(_FIXES)["undefined alias"])
        target = self._anchors[name]
        if target is None:
            raise self._error(f"the alias *{name[:40]} stands inside what it repeats", event, "write the value out")
        if len(self._open) + target.height > DEEPEST:
            raise self._error(f"nested deeper than {DEEPEST} levels, all aliases expanded", event)
        self._counted(event, target.size)
        here = target.node._replace(start=_index(event.start_mark), end=_index(event.end_mark), shared=f"*{name}")
        self._add(here, target.size, target.height, None)

    def _add(self, node: Node, size: int, height: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = _Anchored(node, size, height)
        if self._open:
            collection = self._open[-1]
            collection.nodes.append(node)
            collection.size += size
            collection.height = max(collection.height, height + 1)
        else:
            self._root = node
