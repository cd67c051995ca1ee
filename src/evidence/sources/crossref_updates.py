"""What Crossref says of retractions, concerns, corrections and versions, in the words of PubMed's links.

`updated-by` stands on the affected work and says what befell it; each entry is told by the publisher
or by Retraction Watch. `update-to` stands on the notice and says what it is about: who reads it as
"retracted" takes the notice for the paper. Relations tie a preprint to its published version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evidence import identifiers as ids
from evidence.model.identity import Identifier, IdKind
from evidence.model.records import NoticeLink
from evidence.sources.crossref_fields import dated, mapping, mappings, text

# NLM files partial retractions as errata too (NLM Technical Bulletin 2016 Sep-Oct).
_CORRECTIONS = ("correction", "corrigendum", "erratum", "addendum", "clarification", "partial_retraction")
_RETRACTIONS = ("retraction", "withdrawal", "removal")
_BEFELL = {
    **dict.fromkeys(_RETRACTIONS, "RetractionIn"),
    **dict.fromkeys(_CORRECTIONS, "ErratumIn"),
    "expression_of_concern": "ExpressionOfConcernIn",
    "new_version": "UpdateIn",
    "new_edition": "UpdateIn",
}
_IS_ABOUT = {
    **dict.fromkeys(_RETRACTIONS, "RetractionOf"),
    **dict.fromkeys(_CORRECTIONS, "ErratumFor"),
    "expression_of_concern": "ExpressionOfConcernFor",
    "new_version": "UpdateOf",
    "new_edition": "UpdateOf",
}
_RELATIONS = {
    "is-preprint-of": ("UpdateIn", "the published version of this preprint"),
    "has-preprint": ("UpdateOf", "its preprint"),
}
# Cochrane withdraws reviews because they are out of date: nothing is wrong with what they said.
_COCHRANE = "10.1002/14651858."


def notices(work: Mapping[str, Any], own: str) -> tuple[NoticeLink, ...]:
    """The links of a work: what befell it, what it is about, its preprint or published version.

    The same notice told by the publisher and by Retraction Watch is one link. Types that are not
    documented keep their own name, which no rule takes for anything.

    Args:
        work: Crossref's message.
        own: The work's DOI in lower case.

    Raises:
        DriftError: Updates or relations are not made as documented.
    """
    found: dict[tuple[str, str], NoticeLink] = {}
    for link in (*_updated_by(work, own), *_update_to(work, own), *_related(work, own)):
        key = (link.ref_type, link.doi or link.note)
        known = found.get(key)
        found[key] = _joined(known, link) if known else link
    return tuple(found.values())


def _joined(one: NoticeLink, other: NoticeLink) -> NoticeLink:
    """The same notice, told by both."""
    told_by = tuple(dict.fromkeys((*one.told_by, *other.told_by)))
    return NoticeLink(
        one.ref_type, one.ref_source, note=one.note, doi=one.doi, told_by=told_by, date=one.date or other.date
    )


def _updated_by(work: Mapping[str, Any], own: str) -> Iterator[NoticeLink]:
    for entry in mappings(work, "updated-by"):
        kind = _kind(entry)
        ref_type = _BEFELL.get(kind, kind)
        if kind in ("withdrawal", "removal") and own.startswith(_COCHRANE):
            ref_type = "UpdateIn"
        yield _link(ref_type, kind, entry)


def _update_to(work: Mapping[str, Any], own: str) -> Iterator[NoticeLink]:
    for entry in mappings(work, "update-to"):
        kind = _kind(entry)
        link = _link(_IS_ABOUT.get(kind, kind), kind, entry)
        # A paper replaced by its own notice under the same DOI "updates" itself.
        if link.doi != own:
            yield link


def _kind(entry: Mapping[str, Any]) -> str:
    return text(entry, "type").lower().replace("-", "_") or "update of a kind not told"


def _link(ref_type: str, kind: str, entry: Mapping[str, Any]) -> NoticeLink:
    told_by = text(entry, "source").lower()
    return NoticeLink(
        ref_type=ref_type,
        ref_source="",
        note=kind.replace("_", " "),
        doi=_doi(text(entry, "DOI")),
        told_by=(told_by,) if told_by else (),
        date=dated(entry, "updated"),
    )


def _related(work: Mapping[str, Any], own: str) -> Iterator[NoticeLink]:
    relations = mapping(work, "relation")
    for name, (ref_type, note) in _RELATIONS.items():
        for entry in mappings(relations, name):
            doi = _doi(text(entry, "id")) if text(entry, "id-type").lower() == "doi" else None
            if doi and doi != own:
                yield NoticeLink(ref_type, "", note=note, doi=doi)


def _doi(written: str) -> str | None:
    """The DOI in the project's own form; None when it is none."""
    parsed = ids.parse(IdKind.DOI, written) if written else None
    return parsed.value if isinstance(parsed, Identifier) else None
