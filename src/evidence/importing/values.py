"""Values for the fields of an imported entry: verbatim text, identifiers in their own form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from evidence.identifiers import FIELD_OF, url_of
from evidence.library.written import identifier_text
from evidence.library.yaml_text import Value
from evidence.model.identity import Identifier, IdKind

REGISTERED = (IdKind.SETID, IdKind.PMID, IdKind.PMCID, IdKind.DOI)
"""Kinds of which one number is one work; several works may share a page."""

_ODD = re.compile(r"[^\x20-\x7e]")


def verbatim(text: str) -> str:
    """Printed text to the letter, on one line: control characters and what is no character are left out."""
    return _ODD.sub(lambda match: _kept(match[0]), text).strip()


def _kept(char: str) -> str:
    if char in "\t\n\v\f\r\x85":
        return " "
    return "" if unicodedata.category(char) in {"Cc", "Cs"} or ord(char) & 0xFFFE == 0xFFFE else char


def identifier_values(identifiers: Iterable[Identifier]) -> dict[str, Value]:
    """The fields for the first identifier of each kind.

    A label has its page beside its Set ID, as `add` writes it; a trial's number, which has no field, is its page.
    """
    firsts: dict[IdKind, Identifier] = {}
    for identifier in identifiers:
        firsts.setdefault(identifier.kind, identifier)
    page = next((firsts[kind] for kind in (IdKind.URL, IdKind.SETID, IdKind.NCT) if kind in firsts), None)
    values: dict[str, Value] = {
        FIELD_OF[kind]: identifier_text(kind, firsts[kind].value) for kind in REGISTERED if kind in firsts
    }
    if page is not None:
        values["URL"] = identifier_text(IdKind.URL, url_of(page))
    return values
