"""What the entries of BibTeX and biblatex have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from evidence.bibliography import latex, variables
from evidence.bibliography.citation_keys import citation_keys
from evidence.bibliography.variables import Item

Fields = Iterator[tuple[str, str]]
_IN_A_BOOK = frozenset(["incollection", "inproceedings", "inreference"])


class Macro(str):
    """One of BibTeX's own abbreviations (`feb`): the only value that stands without braces."""

    __slots__ = ()


def write_entries(items: Sequence[Item], kind_of: Callable[[Item], str], fields_of: Callable[[Item], Fields]) -> str:
    """One entry to each item, with its key; fields without a value are left out."""
    keys = citation_keys([variables.text(item, "id") for item in items])
    entries = []
    for item, key in zip(items, keys, strict=True):
        lines = [f"@{kind_of(item)}{{{key},"]
        lines += [f"  {name} = {_value(said)}," for name, said in fields_of(item) if said]
        entries.append("\n".join([*lines, "}\n"]))
    return "\n".join(entries)


def _value(said: str) -> str:
    return said if isinstance(said, Macro) else f"{{{said}}}"


def people_and_titles(item: Item) -> Fields:
    """Who wrote what."""
    for role in ("author", "editor", "translator"):
        yield role, " and ".join(latex.person(name) for name in variables.names(item, role))
    yield "title", latex.title(variables.text(item, "title"))
    yield "origtitle", latex.title(variables.text(item, "original-title"))
    yield "shorttitle", latex.title(variables.text(item, "title-short"))


def container(item: Item, kind: str, journal_field: str) -> Fields:
    """The journal, website or book, in full and short; a book's title keeps its capitals."""
    said = variables.text(item, "container-title")
    if kind in _IN_A_BOOK:
        yield "booktitle", latex.title(said)
    else:
        yield journal_field, latex.rich(said)
    yield "shortjournal", latex.rich(variables.text(item, "container-title-short"))


def plain_fields(item: Item) -> Fields:
    """The fields of both formats that hold one variable's text."""
    yield "volume", latex.literal(variables.text(item, "volume"))
    yield "series", latex.rich(variables.text(item, "collection-title"))
    yield "edition", latex.literal(variables.text(item, "edition"))
    yield "version", latex.literal(variables.text(item, "version"))
    yield "issn", latex.literal(variables.text(item, "ISSN"))
    yield "isbn", latex.literal(variables.text(item, "ISBN"))


def identifiers_and_notes(item: Item, annotation: str) -> Fields:
    """Identifiers, address, when it was read, and what must be said of it."""
    yield "doi", latex.address(variables.text(item, "DOI"))
    yield "pmid", latex.literal(variables.text(item, "PMID"))
    yield "pmcid", latex.literal(variables.text(item, "PMCID"))
    yield "setid", latex.literal(variables.set_id(item))
    yield "url", latex.address(variables.text(item, "URL"))
    yield "urldate", latex.literal(variables.edtf(variables.date(item, "accessed")))
    yield "keywords", latex.literal(", ".join(variables.keywords(item)))
    # `note` is printed by the styles, the annotation is not: a retraction takes the first place
    yield from zip(("note", annotation), map(latex.rich, variables.notes(item)), strict=False)


def issue_and_number(item: Item, number_field: str) -> Fields:
    """The issue; without one, the number of a report or the like. `number` is what both formats call it."""
    issue = variables.text(item, "issue")
    own = "" if variables.article_number(item) else variables.text(item, "number")
    yield "number", latex.literal(issue or own)
    if issue and own:
        yield number_field, latex.literal(own)
