"""The order in which a monograph cites the references of its library."""

from __future__ import annotations

from evidence.model.references import Library
from evidence.monographs.cited import MonographReading
from evidence.monographs.documents import Document


def citation_order(document: Document, library: Library) -> tuple[str, ...] | None:
    """The ids of the library's references in the order of their first citation in the text.

    `[@id]` names a reference itself. A number stands for the entry of the monograph's own reference list, which is
    matched with the library by identifier and text; without such a list, for the reference at that place of the
    file. Names with years are looked up in both. What is not cited, or cannot be told, is left out.

    Returns:
        The ids, each once; None when the text has no citation at all.
    """
    reading = MonographReading(document, library)
    return reading.order if reading.markers else None
