"""The reference list that a monograph prints, ready to be imported."""

from __future__ import annotations

from collections import Counter

from evidence.errors import FileError
from evidence.importing.citing import citations
from evidence.importing.heads import name_and_year, type_of
from evidence.importing.listed import CitationCount, Listed, Listing
from evidence.importing.values import identifier_values, verbatim
from evidence.library.naming import base_of
from evidence.library.yaml_text import Value
from evidence.model.identity import IdKind
from evidence.monographs.documents import Document, DocumentFormat
from evidence.monographs.entries import ListedEntry
from evidence.monographs.likeness import CITES_BY_KEY, is_like
from evidence.monographs.listing import find_references, is_list_heading
from evidence.monographs.recognising import Recognised

_LONGEST_TITLE = 200


def printed_list(document: Document) -> Listing:
    """The entries of the monograph's reference list, and how its text cites them.

    Raises:
        FileError: there is no reference list in it.
    """
    found = find_references(document, may_be_all=True)
    if found is None:
        fix = "put a heading such as References above it"
        if CITES_BY_KEY.search(document.source.text):
            fix = "it cites by [@key]: import the bibliography whose keys these are"
        raise FileError("no reference list was found", path=document.path, fix=fix)
    cited = citations(document, found)
    return Listing(
        path=document.path,
        sha256=document.source.sha256,
        entries=tuple(
            listed(entry, cited.by_position.get(entry.position, CitationCount())) for entry in found.proper()
        ),
        is_printed=True,
        title=_title(document, found.blocks[0]),
        has_markers=cited.any_found,
        undefined=cited.undefined,
        by_key=cited.by_key,
    )


def listed(entry: ListedEntry, cited: CitationCount) -> Listed:
    """One printed entry, as it will be imported."""
    recognised = entry.recognised
    name, year = name_and_year(entry.text, recognised)
    kind = type_of(entry.text, recognised)
    fields: dict[str, Value] = {"type": kind} if kind else {}
    fields |= identifier_values(recognised.identifiers)
    if recognised.isbns:
        fields["ISBN"] = recognised.isbns[0]
    doubts = list(_doubts(recognised))
    return Listed(
        position=entry.position,
        label=str(entry.number or entry.position),
        text=entry.text,
        cited_as=verbatim(entry.text) or None,
        fields=fields,
        identifiers=recognised.identifiers,
        accessed=recognised.accessed.date if recognised.accessed else None,
        base=base_of(name, year, recognised.identifiers),
        doubts=tuple(doubts),
        cited=cited,
    )


def _doubts(recognised: Recognised) -> list[str]:
    doubts = []
    if recognised.accessed is not None and recognised.accessed.date is None:
        doubts.append(f"accessed {recognised.accessed.wording} can be read in two ways")
    kinds = Counter(identifier.kind for identifier in recognised.identifiers if identifier.kind is not IdKind.URL)
    for kind, number in kinds.items():
        if number > 1:
            named = ", ".join(one.value for one in recognised.identifiers if one.kind is kind)
            doubts.append(f"prints {number} {kind.upper()}s ({named}), the first is taken")
    return doubts


def _title(document: Document, behind: int) -> str | None:
    """The monograph's title: its first heading, in a plain text its first line if that is short."""
    plain = document.form in {DocumentFormat.TEXT, DocumentFormat.PDF}
    for block in document.blocks[: max(behind, 0)]:
        line = block.text.strip().split("\n")[0].strip()
        if (block.level or plain) and line and not is_list_heading(line):
            title = verbatim(line)
            return title if 0 < len(title) <= _LONGEST_TITLE and not is_like(title) else None
    return None
