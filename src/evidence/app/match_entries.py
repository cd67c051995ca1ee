"""Matching the entries of a file that exists: those without identifier, and articles that have only an address.

What is looked for is what the rules found; what is written of a match is what an import writes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from evidence.app.fix import Fix
from evidence.app.import_ import IDENTIFYING, gain_of, lacking, not_named
from evidence.app.import_files import item_of
from evidence.app.import_listing import citation_of, identifier_values
from evidence.documents.identify import recognise
from evidence.library.scalars import Value
from evidence.model.identifiers import ARTICLES, Identifier, IdKind, names_work
from evidence.model.outcomes import Blocked, Match, Named, Unavailable
from evidence.model.references import Library, Reference
from evidence.model.report import Report
from evidence.rules.reference import missing_identifier, nothing_to_look_up, unidentified_article

_LOOKED_FOR = frozenset({missing_identifier.code, nothing_to_look_up.code, unidentified_article.code})


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """An entry of which no registry's number is known; `index` counts from 0, `code` is the rule that found it, if any.

    `text` is the citation that is matched. `printed` are identifiers of the work that its print or its address names,
    `naming` an address that names a work by a number of its own.
    """

    index: int
    reference: Reference
    code: str
    text: str
    printed: tuple[Identifier, ...]
    naming: Identifier | None


@dataclass(frozen=True, slots=True)
class EntryMatch:
    """What was found of an entry: what is to be written (None: nothing), and what a person must know.

    `unasked` is True where somebody who could not be asked may know more.
    """

    reference: str
    fix: Fix | None
    caveats: tuple[str, ...] = ()
    unasked: bool = False


def open_entries(library: Library, report: Report) -> tuple[OpenEntry, ...]:
    """The entries that have to be matched, by what was found in this library; what is ignored or waived is not.

    Those whose address names a work by a number of its own are among them, whatever was found.
    """
    codes = {
        finding.reference: finding.code
        for finding in report.findings
        if finding.code in _LOOKED_FOR and finding.place.path == library.path
    }
    entries = (
        _open_entry(index, reference, codes.get(reference.id, ""))
        for index, reference in enumerate(library.references)
        if not {identifier.kind for identifier in reference.identifiers} & _known_by(codes.get(reference.id))
    )
    return tuple(entry for entry in entries if entry.code or entry.naming)


def _known_by(code: str | None) -> frozenset[IdKind]:
    """The kinds of identifier that say what a reference is of: of an article that REF009 reports, no label's."""
    return ARTICLES if code == unidentified_article.code else IDENTIFYING


def _open_entry(index: int, reference: Reference, code: str) -> OpenEntry:
    texts = [reference.cited_as or "", *(identifier.value for identifier in reference.identifiers)]
    printed = (identifier for text in texts for identifier in recognise(text).identifiers)
    return OpenEntry(
        index=index,
        reference=reference,
        code=code,
        text=reference.cited_as or citation_of(item_of(reference)),
        printed=tuple(dict.fromkeys(identifier for identifier in printed if identifier.kind in _known_by(code))),
        naming=next((address for address in reference.identifiers if names_work(address.value)), None),
    )


def to_be_matched(entries: Sequence[OpenEntry], named: Mapping[Identifier, Named]) -> list[OpenEntry]:
    """The entries whose citation has to be looked for: neither print nor address says which work it is."""
    return [
        entry
        for entry in entries
        if entry.code
        and entry.text
        and not entry.printed
        and not (entry.naming is not None and isinstance(named.get(entry.naming), Identifier))
    ]


def entry_matches(
    entries: Sequence[OpenEntry], named: Mapping[Identifier, Named], matches: Mapping[int, Match]
) -> Iterator[EntryMatch]:
    """What is written of each entry.

    Args:
        entries: What `open_entries` found.
        named: What was answered about their addresses.
        matches: The matches of those of `to_be_matched`, by their index.
    """
    for entry in entries:
        known = named.get(entry.naming) if entry.naming is not None else None
        match = matches.get(entry.index)
        if entry.code and entry.printed:
            yield _identified(entry, entry.printed, "found in its printed text or address")
        elif entry.naming is not None and isinstance(known, Identifier):
            yield _identified(entry, (known,), f"{entry.naming.value} is {known}")
        elif match is not None:
            matched = _matched(entry, match)
            silent = isinstance(known, Blocked | Unavailable) and matched.fix is None
            yield replace(matched, unasked=matched.unasked or silent)
        elif entry.naming is not None and isinstance(known, Blocked | Unavailable):
            yield EntryMatch(entry.reference.id, None, (not_named(entry.naming, known.reason),), unasked=True)


def _identified(entry: OpenEntry, identifiers: Sequence[Identifier], why: str) -> EntryMatch:
    fields = _lacking(entry.reference, identifier_values(identifiers))
    code = entry.code or unidentified_article.code
    return EntryMatch(entry.reference.id, Fix(code, entry.reference.id, entry.index, fields, why))


def _matched(entry: OpenEntry, match: Match) -> EntryMatch:
    name = entry.reference.id
    gain = gain_of(match, lacking(entry.reference.identifiers))
    fields = _lacking(entry.reference, gain.fields)
    if gain.identifiers and entry.reference.type == "webpage":
        fields["type"] = gain.fields["type"]
    fix = Fix(entry.code, name, entry.index, fields, "; ".join((gain.how, *gain.caveats))) if fields else None
    return EntryMatch(name, fix, gain.caveats, gain.unasked)


def _lacking(reference: Reference, fields: Mapping[str, Value]) -> dict[str, Value]:
    return {key: value for key, value in fields.items() if key not in reference.places}
