"""A library's layout put in order: keys of an entry in one order, identifiers in one way of quoting.

Comments go with the key that they are above or after. All else of the layout stays as it is: indentation,
line lengths, block or flow style.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from evidence.library.claims import CLAIMS, claim_rank
from evidence.library.editor import REFERENCES, Edited, list_of, references_of, same_but_order
from evidence.library.fields import IDENTIFIER_FIELDS, rank
from evidence.library.files import SourceText
from evidence.library.layout import Edit, Layout, apply_edits
from evidence.library.reader import WAIVERS, waiver_rank
from evidence.library.scalars import scalar
from evidence.library.yaml import MappingNode, PairNode, ScalarNode, read_tree
from evidence.model.errors import FileError
from evidence.model.regex import regex

_SEPARATOR = regex(r"\s*,\s*")
_BREAK = regex(r"\r\n|\n|\r")
_DASH = regex(r"([ \t]*)-[ \t]+")
_DASH_ALONE = regex(r"(?:\A|[\r\n])[ \t]*-[ \t]*(?:\r\n|\n|\r)\Z")
_LONGEST_DASH = 200  # characters: the line of a dash alone
_COMMENT = regex(r"#[^\r\n]*")
_MARKS = regex(r"[&*]|<<")


_RANKS: Mapping[str, Callable[[str], int]] = {REFERENCES: rank, WAIVERS: waiver_rank, CLAIMS: claim_rank}
"""Where a key belongs in an entry of each list."""


def formatted(source: SourceText, *, read_as_library: bool = True) -> Edited:
    """The file in its own layout, proved to say the same; formatting it again changes nothing.

    `read_as_library` is False for a file of waivers or claims beside one, which has no references.

    Entries with anchors or aliases keep their order of keys: what is repeated must come first. So do
    entries with a comment that belongs to no key.

    Raises:
        FileError: the file cannot be read, or would not say the same.
    """
    tree = read_tree(source)
    layout = Layout(source)
    edits: list[Edit] = []
    references = references_of(source, tree) if read_as_library else None
    for key, ranked in _RANKS.items():
        entries = references if key == REFERENCES else list_of(tree, key)
        for entry in entries.items if entries is not None and not entries.shared.startswith("*") else ():
            if isinstance(entry, MappingNode) and not entry.shared.startswith("*"):
                edits += _entry(layout, entry, ranked)
    edited = Edited(source, apply_edits(source.text, edits), tuple(edits))
    again = read_tree(edited.after)
    if tree is None or again is None or not same_but_order(tree, again):
        fix = "nothing was written; format it by hand"
        raise FileError("formatting would change the content of the file", path=source.path, fix=fix)
    return edited


def _entry(layout: Layout, entry: MappingNode, ranked: Callable[[str], int]) -> list[Edit]:
    quoting = list(_quoting(layout, entry))
    order = sorted(range(len(entry.own)), key=lambda at: ranked(entry.own[at].key.value))
    # Whether something in the entry has an anchor, is an alias, or merges.
    is_shared = entry.shared or any(_MARKS.search(_COMMENT.sub("", gap)) for gap in layout.gaps(entry))
    if order == list(range(len(order))) or entry.merged or is_shared:
        return quoting
    move = _in_flow if layout.is_flow(entry) else _in_block
    moved = move(layout, entry.own, order, quoting)
    return quoting if moved is None else [moved]


def _quoting(layout: Layout, entry: MappingNode) -> Iterator[Edit]:
    """PMIDs in double quotes, other identifiers without, where that is safe."""
    flow = layout.is_flow(entry)
    first = {pair.key.value: pair for pair in reversed(entry.own) if pair.key.value in IDENTIFIER_FIELDS}
    for pair in first.values():
        value = pair.value
        if not isinstance(value, ScalarNode) or pair.key.style == '"':
            continue
        if value.shared or value.is_empty or value.style in {"|", ">"} or not value.value.isprintable():
            continue
        written = scalar(value.value, flow=flow)
        if written != layout.text[value.start : value.end]:
            yield Edit(value.start, value.end, written, f"quotes of {pair.key.value}")


def _text_of(layout: Layout, start: int, end: int, quoting: Sequence[Edit]) -> str:
    """A part of the text with the quoting that falls into it."""
    within = [edit for edit in quoting if start <= edit.start and edit.end <= end]
    moved = (Edit(edit.start - start, edit.end - start, edit.text) for edit in within)
    return apply_edits(layout.text[start:end], moved)


def _in_flow(layout: Layout, pairs: Sequence[PairNode], order: Sequence[int], quoting: Sequence[Edit]) -> Edit | None:
    """The pairs change places, the text between them stays."""
    spans = [(pair.key.start, layout.end(pair.value)) for pair in pairs]
    if layout.text[layout.line_start(spans[0][0]) : spans[0][0]].rstrip().endswith("?"):
        return None
    gaps = [layout.text[spans[at][1] : spans[at + 1][0]] for at in range(len(spans) - 1)]
    if not all(_SEPARATOR.fullmatch(gap) for gap in gaps):
        return None
    texts = [_text_of(layout, *spans[at], quoting) for at in order]
    if any(text.rstrip().endswith(":") for text in texts):
        return None  # an empty value depends on what follows it
    pairs_text = "".join(text + gap for text, gap in zip(texts, [*gaps, ""], strict=True))
    return Edit(spans[0][0], spans[-1][1], pairs_text, "order of keys")


def _in_block(layout: Layout, pairs: Sequence[PairNode], order: Sequence[int], quoting: Sequence[Edit]) -> Edit | None:
    """Complete lines change places: each key's, those of its value, and the comments above it.

    Comments above the key that comes first are now above the entry. None where a pair does not have
    its lines to itself.
    """
    first = pairs[0].key.start
    dash = _dash(layout, first)
    spans = _lines_of(layout, pairs)
    if dash is None or spans is None:
        return None
    at_the_end = spans[-1][1] == len(layout.text)
    if at_the_end and any(layout.is_block_scalar(pair.value) for pair in pairs):
        return None  # whether such a text ends in a line break depends on where the file ends
    indent = " " * layout.column(first)
    texts = [_text_of(layout, *span, quoting) for span in spans]
    texts[0] = indent + texts[0]
    lead = order[0]
    if not lead:
        head, top = "", texts[0].removeprefix(indent)
    else:
        key = pairs[lead].key.start
        head = layout.text[spans[lead][0] : layout.line_start(key)]
        top = _text_of(layout, key, spans[lead][1], quoting)
    start, lead_in, margin = dash
    above = [margin + line.strip() for line in _BREAK.split(head) if line.strip()]
    body = layout.newline.join([lead_in + top, *(texts[at] for at in order[1:])])
    return Edit(start, spans[-1][1], "".join(line + layout.newline for line in above) + body, "order of keys")


def _dash(layout: Layout, first: int) -> tuple[int, str, str] | None:
    """Where the entry's first line of keys begins, the text before its key, and the margin of comments above."""
    line = layout.line_start(first)
    same_line = _DASH.fullmatch(layout.text, line, first)
    if same_line:
        return line, same_line[0], same_line[1]
    before = layout.text[line:first]
    alone = _DASH_ALONE.search(layout.text, max(0, line - _LONGEST_DASH), line)
    return (line, before, before) if alone and not before.strip(" ") else None


def _lines_of(layout: Layout, pairs: Sequence[PairNode]) -> list[tuple[int, int]] | None:
    """For each pair where its lines begin (comments above it included) and end, without the last line break."""
    spans: list[tuple[int, int]] = []
    column = layout.column(pairs[0].key.start)
    at = pairs[0].key.start
    for pair in pairs:
        key = pair.key.start
        line = layout.line_start(key)
        own_line = pair is pairs[0] or (key - line == column and not layout.text[line:key].strip(" "))
        if not own_line or line < at - column or layout.keeps_breaks(pair.value):
            return None
        end = layout.line_end(layout.end(pair.value))
        spans.append((at, end))
        at = layout.after_break(end)
    return spans
