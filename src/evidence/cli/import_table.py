"""What an import found and would write, as a table and a few lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from evidence.escape import one_line
from evidence.formats.columns import columns
from evidence.formats.text_layout import display_width
from evidence.identifiers import FIELD_OF
from evidence.importing.listed import CitationCount, Listing
from evidence.importing.rows import Plan, Row, RowAction
from evidence.model.identity import IdKind

_HEAD = ("No.", "Entry", "Id", "Identifiers", "Accessed", "Cited", "Identified", "To look at")
_LONGEST_IDENTIFIER = 60
_INDENT = " " * 5
_NARROWEST = 40
_MOST_NAMED = 8


def table(plan: Plan, listing: Listing, width: int | None = None) -> list[str]:
    """A line for each entry, below a head; where that is wider than `width`, a few lines for each."""
    rows = [(*_cells(row, listing), "; ".join((*row.doubts, *row.notes))) for row in plan.rows]
    lines = columns([_HEAD, *rows], right=frozenset({0}))
    if width is None or all(display_width(line) <= width for line in lines):
        return lines
    return [line for row in rows for line in _lines(row, max(width, _NARROWEST))]


def _lines(row: tuple[str, ...], width: int) -> Iterator[str]:
    """One entry over several lines, none of them wider than a terminal."""
    label, fate, name, identifiers, *rest = map(one_line, row)
    told = [f"{head.lower()}: {cell}" for head, cell in zip(_HEAD[4:], rest, strict=True) if cell not in {"-", ""}]
    yield from wrap(f"{label}  {name}: {fate}", width, subsequent_indent=_INDENT)
    if identifiers != "-":
        yield from _wrapped(identifiers, width)
    for line in ("; ".join(told[:-1]), told[-1]) if rest[-1] else ("; ".join(told),):
        yield from _wrapped(line, width)


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, width, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False)


def _cells(row: Row, listing: Listing) -> tuple[str, ...]:
    entry = row.listed
    cited = _cited(row, listing)
    told = f"{cited.times}x, {cited.first}" if cited.times else "never" if listing.has_markers else "-"
    accessed = str(entry.accessed) if entry.accessed else "-"
    return entry.label, _fate(row), row.id, _identifiers(row), accessed, told, row.how


def _cited(row: Row, listing: Listing) -> CitationCount:
    return row.listed.cited if row.listed.cited.times else listing.by_key.get(row.id, row.listed.cited)


def _fate(row: Row) -> str:
    return f"{row.fate}: {', '.join(row.fields)}" if row.fate is RowAction.CHANGED else str(row.fate)


def _identifiers(row: Row) -> str:
    """Those of registries, printed, written or there; without any, the page."""
    known = (*row.there, *row.listed.identifiers)
    shown = [str(identifier) for identifier in known if identifier.kind is not IdKind.URL]
    shown += [f"{key.lower()}:{row.fields[key]}" for key in FIELD_OF.values() if key != "URL" and key in row.fields]
    pages = [identifier.value for identifier in known if identifier.kind is IdKind.URL]
    distinct = list(dict.fromkeys(shown)) or pages[:1]
    return ", ".join(_short(one) for one in distinct) or "-"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_IDENTIFIER else f"{text[: _LONGEST_IDENTIFIER - 1]}…"


def summary(plan: Plan, listing: Listing) -> Iterator[str]:
    """How many of which, what the text does not cite, what it cites and the list lacks."""
    counts = [(len(plan.of(fate)), str(fate)) for fate in RowAction]
    told = ", ".join(f"{number} {name}" for number, name in counts if number)
    number = len(plan.rows)
    yield f"{listing.path}: {number} {'reference' if number == 1 else 'references'}: {told}"
    open_rows = [row.listed.label for row in plan.rows if row.doubts]
    if open_rows:
        yield f"a person has to look at {_named(open_rows)}"
    if listing.has_markers:
        never = [row.listed.label for row in plan.rows if not _cited(row, listing).times]
        if never:
            yield f"never cited in the text: {_named(never)}"
    elif listing.has_markers is False:
        yield "the text has no citation markers"
    held = {row.id for row in plan.rows} | set(plan.unprinted)
    undefined = [*listing.undefined, *(f"@{key}" for key in listing.by_key if key not in held)]
    if undefined:
        yield f"cited, but not in the list: {_named(undefined)}"
    if plan.unprinted:
        where = "no longer printed" if listing.is_printed else f"not in {listing.path}"
        yield f"{where}, left as they are: {_named(plan.unprinted)}"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
