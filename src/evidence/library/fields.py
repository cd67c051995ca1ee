"""The fields an entry may have: CSL 1.0.2's variables and types, and this tool's own."""

from __future__ import annotations

from collections.abc import Iterable

from evidence.model.identifiers import IdKind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NAME_FIELDS = _words(
    """author chair collection-editor compiler composer container-author contributor curator director editor
    editor-translator editorial-director executive-producer guest host illustrator interviewer narrator organizer
    original-author performer producer recipient reviewed-author script-writer series-creator translator"""
)
"""CSL 1.0.2's name variables."""

DATE_FIELDS = frozenset(
    ["accessed", "available-date", "container", "event-date", "issued", "original-date", "submitted"]
)
"""CSL 1.0.2's date variables; `container` is what csl-data.json has beside them."""

TEXT_FIELDS = _words(
    """abstract annote archive archive-place archive_collection archive_location authority call-number chapter-number
    citation-key citation-label citation-number collection-number collection-title container-title
    container-title-short dimensions division edition event event-place event-title first-reference-note-number genre
    ISAN ISBN ISCI ISMN ISRC ISSN ISWC issue journalAbbreviation jurisdiction keyword language locator medium note
    number number-of-pages number-of-volumes original-publisher original-publisher-place original-title page page-first
    part part-number part-title printing printing-number publisher publisher-place references reviewed-genre
    reviewed-title scale section shortTitle source status supplement supplement-number title title-short
    translated-title translated-title-short version volume volume-title volume-title-short year-suffix"""
)
"""CSL 1.0.2's text and number variables; pandoc reads them as Markdown."""

IDENTIFIER_FIELDS = {
    "setid": IdKind.SETID,
    "PMID": IdKind.PMID,
    "PMCID": IdKind.PMCID,
    "DOI": IdKind.DOI,
    "NCT": IdKind.NCT,
    "URL": IdKind.URL,
}
"""The fields that hold identifiers, in the order in which a reference's own state is decided."""

OTHER_CSL_FIELDS = frozenset(["id", "type", "categories", "custom"])
_OWN_ORDER = ("cited-as", "candidates", "role", "limits", "owner", "ignore", "confirmed")
PREVIOUS = "x-previous"
"""What people noted of the source that the entry was of before its identifier changed."""

OWN_FIELDS = frozenset(["spl-version", *_OWN_ORDER])

KNOWN_FIELDS = frozenset({*NAME_FIELDS, *DATE_FIELDS, *TEXT_FIELDS, *IDENTIFIER_FIELDS, *OTHER_CSL_FIELDS, *OWN_FIELDS})

KEY_ORDER = """id type <<
    title title-short original-title translated-title
    author editor translator
    container-title container-title-short collection-title collection-number edition genre
    publisher publisher-place
    issued volume issue page page-first number
    PMID PMCID DOI setid spl-version NCT ISBN ISSN URL
    accessed"""
"""The keys that come first in an entry, in their order; other CSL fields follow, then this tool's own, then x-."""

_RANKS = {key: rank for rank, key in enumerate((*KEY_ORDER.split(), "", *_OWN_ORDER))}


def rank(key: str) -> int:
    """Where a key belongs among the keys of its entry; keys of one rank stay as they are."""
    return _RANKS.get(key, len(_RANKS) if key.startswith("x-") else _RANKS[""])


TYPES = _words(
    """article article-journal article-magazine article-newspaper bill book broadcast chapter classic collection dataset
    document entry entry-dictionary entry-encyclopedia event figure graphic hearing interview legal_case legislation
    manuscript map motion_picture musical_score pamphlet paper-conference patent performance periodical
    personal_communication post post-weblog regulation report review review-book software song speech standard thesis
    treaty webpage"""
)
"""CSL 1.0.2's item types."""

_MEANT = {
    "authors": "author",
    "date": "issued",
    "journal": "container-title",
    "journal-title": "container-title",
    "link": "URL",
    "pages": "page",
    "published": "issued",
    "pubmed": "PMID",
    "set-id": "setid",
    "spl-set-id": "setid",
    "year": "issued",
}
"""What other tools call a field whose name here looks nothing like it."""

_LONGEST_NAME = 40


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None.

    Case, `_` for `-` and up to about a third of wrong letters are forgiven.
    """
    if len(name) > _LONGEST_NAME:
        return None
    choices = {_folded(choice): choice for choice in sorted(known)}
    folded = _folded(name)
    if folded in choices:
        return choices[folded]
    if _MEANT.get(folded) in choices.values():
        return _MEANT[folded]
    from rapidfuzz import process  # noqa: PLC0415 - 20 ms that only misspelt names pay
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - as above

    best = process.extractOne(folded, list(choices), scorer=OSA.normalized_similarity, score_cutoff=0.65)
    return choices[best[0]] if best else None


def _folded(name: str) -> str:
    return name.casefold().replace("_", "-").replace(" ", "-")
