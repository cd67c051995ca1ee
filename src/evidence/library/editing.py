"""Changing a library by splicing its text: comments, order and quoting survive, byte for byte.

A change says what is to be different in the tree; an edit says which characters are replaced for it.
After splicing, the text is read again, and what differs must be what was announced, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from evidence.errors import FileError
from evidence.library import nodes
from evidence.library.entry_edits import Obstacle, entry_edits
from evidence.library.files import LARGEST, SourceText
from evidence.library.layout import Layout
from evidence.library.list_edits import REFERENCES, list_edits, new_list_edits
from evidence.library.nodes import Node, read_tree
from evidence.library.rereading import Announced, difference
from evidence.library.respelling import respelling_edits
from evidence.library.splices import Edit, apply_edits, settled
from evidence.library.yaml_text import Value

MOST_CULPRITS = 10
"""Changes that may be left out of many because they cannot be proved; looking for each costs several readings."""


@dataclass(frozen=True, slots=True)
class SetFields:
    """Fields of the entry at `index` (from 0) of a list are to have these values; what it lacks is added.

    Values are what the file is to say: where pandoc reads Markdown, they are escaped already
    (`evidence.library.written`). `within` is the key of the list at the top of the file.
    """

    index: int
    fields: Mapping[str, Value]
    within: str = REFERENCES


@dataclass(frozen=True, slots=True)
class AddEntries:
    """Entries to stand at the end of a list, in this order; a list other than the references' may come into being."""

    entries: Sequence[Mapping[str, Value]]
    within: str = REFERENCES


@dataclass(frozen=True, slots=True)
class Respell:
    """Some characters of one text of the entry at `index` (from 0) are to be others.

    `text` is the field's text as it was read, `parts` the spans of it that are replaced, apart and in order.
    """

    index: int
    key: str
    text: str
    parts: Sequence[tuple[int, int, str]]


Change = SetFields | AddEntries | Respell


@dataclass(frozen=True, slots=True)
class RefusedEdit:
    """A change that cannot be made in this file without touching more; `reason` says why, with its place."""

    change: Change
    reason: FileError


@dataclass(frozen=True, slots=True)
class Edited:
    """A file's text before and after, the edits between the two, and the changes that could not be made."""

    before: SourceText
    text: str
    edits: tuple[Edit, ...] = ()
    refused: tuple[RefusedEdit, ...] = field(default=())

    @property
    def after(self) -> SourceText:
        """The text as it would be read again."""
        return replace(self.before, text=self.text)


def edit(source: SourceText, changes: Iterable[Change]) -> Edited:
    """Work the changes into the text, and prove by reading it again that nothing else has changed.

    Args:
        source: The file as read.
        changes: At most one `SetFields` and one `Respell` for an entry, of other fields, and one `AddEntries` for
            a list.

    Returns:
        The new text with its edits; changes that an alias, a merged mapping or a comment inside a
        value stands against are not made, but returned as `refused`. So are, of several, those few
        that cannot be proved.

    Raises:
        FileError: the file cannot be read, or the result would not be exactly the announced one.
    """
    wanted = list(changes)
    try:
        return _edited(source, wanted)
    except UnprovedError:
        if len(wanted) == 1:
            raise
    culprits = _culprits(source, wanted)
    refused = {id(one.change) for one in culprits}
    edited = _edited(source, [change for change in wanted if id(change) not in refused])
    return replace(edited, refused=(*edited.refused, *culprits))


class UnprovedError(FileError):
    """The text with its edits would not say exactly what was announced, or would not be YAML any more."""


def _edited(source: SourceText, changes: Sequence[Change]) -> Edited:
    work = Editor(source)
    for change in changes:
        work.take(change)
    edits = settled(work.edits)
    text = apply_edits(source.text, edits)
    _prove(source, work.tree, text, work.made)
    return Edited(source, text, tuple(edits), tuple(work.refused))


def _culprits(source: SourceText, changes: Sequence[Change]) -> list[RefusedEdit]:
    """The changes that cannot be proved, found by halving; the last one's error is raised when they are too many."""
    found: list[RefusedEdit] = []
    waiting = [list(changes)]
    while waiting:
        part = waiting.pop()
        try:
            _edited(source, part)
        except UnprovedError as error:
            if len(part) > 1:
                waiting += [part[: len(part) // 2], part[len(part) // 2 :]]
                continue
            found.append(RefusedEdit(part[0], error))
            if len(found) > MOST_CULPRITS:
                raise
    return found


class Editor:
    """A file's tree and the edits that changes need; `edit` proves them, this alone does not.

    Raises:
        FileError: the file cannot be read.
    """

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.tree = read_tree(source)
        self.edits: list[Edit] = []
        self.made: list[SetFields | AddEntries] = []
        self.refused: list[RefusedEdit] = []
        self._layout = Layout(source)
        self._lists: dict[str, nodes.SequenceNode | None] = {}

    def take(self, change: Change) -> list[Edit]:
        """Add the edits of one change, and say which they are; what cannot be made is added to `refused`."""
        try:
            match change:
                case AddEntries():
                    edits = self._added(change)
                case SetFields():
                    edits = self._set(change)
                case Respell():
                    edits = self._respelled(change)
        except Obstacle as obstacle:
            self._refuse(change, obstacle)
            return []
        self.edits += edits
        return settled(edits)

    def _added(self, change: AddEntries) -> list[Edit]:
        into = self._list(change.within)
        if into is not None:
            edits = list_edits(self._layout, self.tree, into, change.entries)
        else:
            edits = new_list_edits(self._layout, self.tree, change.within, change.entries)
        self.made.append(change)
        return edits

    def _entry(self, within: str, index: int) -> Node:
        """The entry of a list that is to be changed."""
        found = self._list(within)
        if found is None:
            raise Obstacle(f"there is no {within} list", 0, "write it first")
        if self._layout.is_repeated(found) or found.shared.startswith("*"):
            raise Obstacle(f"the {within} list is repeated by an alias", found.start, "write it out once")
        return found.items[index]

    def _respelled(self, change: Respell) -> list[Edit]:
        entry = self._entry(REFERENCES, change.index)
        edits, value = respelling_edits(self._layout, entry, change.key, change.text, change.parts)
        self.made.append(SetFields(change.index, {change.key: value}))
        return edits

    def _set(self, change: SetFields) -> list[Edit]:
        edits, obstacles = entry_edits(self._layout, self._entry(change.within, change.index), change.fields)
        for key, obstacle in obstacles.items():
            self._refuse(replace(change, fields={key: change.fields[key]}), obstacle)
        made = {key: value for key, value in change.fields.items() if key not in obstacles}
        self.made.append(replace(change, fields=made))
        return edits

    def _list(self, key: str) -> nodes.SequenceNode | None:
        """The list of this key; None where an own list is still to be written."""
        if key not in self._lists:
            of_references = key == REFERENCES
            self._lists[key] = references_of(self.source, self.tree) if of_references else list_of(self.tree, key)
        return self._lists[key]

    def _refuse(self, change: Change, obstacle: Obstacle) -> None:
        self.refused.append(RefusedEdit(change, self.source.error(obstacle.what, obstacle.offset, obstacle.fix)))


def references_of(source: SourceText, root: Node | None) -> nodes.SequenceNode:
    """The list of references in the tree.

    Raises:
        FileError: there is none.
    """
    found = list_of(root, REFERENCES)
    if found is not None:
        return found
    raise source.error("there is no references list", 0, "the shortest library is 'references: []'")


def list_of(root: Node | None, key: str) -> nodes.SequenceNode | None:
    """The list under this key at the top of the file, if there is one."""
    pairs = root.pairs if isinstance(root, nodes.MappingNode) else ()
    pair = next((pair for pair in pairs if pair.key.value == key), None)
    return pair.value if pair is not None and isinstance(pair.value, nodes.SequenceNode) else None


def _prove(source: SourceText, tree: Node | None, text: str, made: list[SetFields | AddEntries]) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise FileError("the file would grow beyond 20 MB", path=source.path, fix="split it into several files")
    lists = {change.within: Announced() for change in made}
    for change in made:
        if isinstance(change, SetFields):
            fields = lists[change.within].fields
            fields[change.index] = {**fields.get(change.index, {}), **change.fields}
        else:
            lists[change.within].added += change.entries
    fix = "make it by hand; nothing was written"
    try:
        again = read_tree(replace(source, text=text))
    except FileError as error:
        told = f"the edit would break the file ({error.what}, line {error.line})"
        raise UnprovedError(told, path=source.path, fix=fix) from None
    what = difference(tree, again, lists)
    if what is not None:
        raise UnprovedError(f"the edit would change more than it should ({what})", path=source.path, fix=fix)
