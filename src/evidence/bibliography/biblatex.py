"""biblatex: for LaTeX with biber, and for what reads its richer fields (Zotero, JabRef, pandoc)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence.bibliography import bib_entries, latex, variables
from evidence.bibliography.bib_entries import Fields
from evidence.bibliography.variables import Item
from evidence.model.partialdate import PartialDate

_KINDS = {
    **dict.fromkeys(variables.ARTICLE_TYPES, "article"),
    "book": "book",
    "chapter": "incollection",
    "entry": "inreference",
    "entry-dictionary": "inreference",
    "entry-encyclopedia": "inreference",
    "paper-conference": "inproceedings",
    "report": "report",
    "thesis": "thesis",
    "manuscript": "unpublished",
    "pamphlet": "booklet",
    "webpage": "online",
    "post": "online",
    "post-weblog": "online",
    "dataset": "dataset",
    "software": "software",
    "patent": "patent",
    "standard": "standard",
}
_PUBLISHER = {
    **dict.fromkeys(["online", "misc", "software", "standard"], "organization"),
    **dict.fromkeys(["report", "thesis"], "institution"),
}
_BABEL = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "pl": "polish",
    "pt": "portuguese",
    "ru": "russian",
}


def write_biblatex(items: Sequence[Mapping[str, object]]) -> str:
    """The items as a biblatex database in UTF-8.

    Dates are EDTF (biblatex 3.5 and later, with biber), an article number is `eid`.
    """
    return bib_entries.write_entries(items, _kind, _fields)


def _kind(item: Item) -> str:
    kind = variables.text(item, "type")
    if kind == "article" and not variables.text(item, "container-title"):
        return "online"  # a preprint that names no server
    return _KINDS.get(kind, "misc")


def _fields(item: Item) -> Fields:
    kind = _kind(item)
    yield from bib_entries.people_and_titles(item)
    yield from bib_entries.container(item, kind, "journaltitle")
    yield from _issued(item)
    yield from bib_entries.issue_and_number(item, "reportnumber")
    yield from bib_entries.plain_fields(item)
    yield "type", latex.literal(variables.text(item, "genre"))
    yield "pages", latex.page_range(variables.text(item, "page"))
    yield "eid", latex.literal(variables.article_number(item))
    yield _PUBLISHER.get(kind, "publisher"), latex.latex_list_item(variables.text(item, "publisher"))
    yield "location", latex.latex_list_item(variables.text(item, "publisher-place"))
    language = variables.text(item, "language")
    yield "language", latex.latex_list_item(language)
    yield "langid", _BABEL.get(language.lower()[:2], "")
    yield from bib_entries.identifiers_and_notes(item, "annotation")


def _issued(item: Item) -> Fields:
    when = variables.date(item, "issued")
    if isinstance(when, PartialDate):
        yield "date", str(when)
    else:
        yield "year", latex.literal(when or "")
