"""Every reference of known documents is read, with its number, its identifiers, its citations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice

import pytest

from acceptance.reference_documents import FORMATS, ReferenceDocument
from evidence.app.import_files import ImportFormat
from evidence.app.import_listing import Listing, read_listing


def read(document: ReferenceDocument) -> Listing:
    return read_listing(f"made.{document.form}", document.data, ImportFormat(document.form))


def letters(text: str) -> str:
    """Its letters and digits alone, in one form."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text))


def faults(document: ReferenceDocument) -> list[str]:
    """What is read otherwise than it was made."""
    listing = read(document)
    found: list[str] = []
    same = (lambda text: " ".join(text.replace("\u2011", "-").split())) if document.exact else letters
    texts = [same(entry.cited_as or "") for entry in listing.entries]
    wanted = [same(entry.text) for entry in document.entries]
    found += [f"no entry: {text}" for text in wanted if text not in texts]
    found += [f"junk: {text}" for text in texts if text not in wanted]
    if texts == wanted:
        for entry, right in zip(listing.entries, document.entries, strict=True):
            identifiers = {str(identifier) for identifier in entry.identifiers}
            broken = set() if document.exact else {str(identifier) for identifier in entry.possible}
            found += [f"wrong identifier: {one} in {right.text}" for one in identifiers - set(right.identifiers)]
            found += [f"no identifier: {one} in {right.text}" for one in set(right.identifiers) - identifiers - broken]
            if right.number is not None and entry.label != str(right.number):
                found.append(f"number {entry.label} for {right.number}")
            if entry.cited.times != right.cited:
                found.append(f"cited {entry.cited.times} times for {right.cited}: {right.text}")
    else:
        found.append(f"{len(texts)} entries for {len(wanted)}")
    found += [f"cites nothing: {marker}" for marker in listing.undefined]
    found += [f"not left out: {text}" for text in document.left_out if not any(text in one for one in listing.left_out)]
    return found


def faulty(documents: Iterable[ReferenceDocument]) -> dict[str, list[str]]:
    """The documents that are read otherwise than they were made."""
    return {document.name: found for document in documents if (found := faults(document))}


@pytest.mark.acceptance
def test_the_documents_are_many_and_each_is_another() -> None:
    names = [document.name for make in FORMATS.values() for document in make()]
    assert len(names) == len(set(names)) > 120


@pytest.mark.acceptance
@pytest.mark.parametrize("form", FORMATS)
def test_each_reference_is_read_with_its_number_its_identifiers_and_its_citations(form: str) -> None:
    assert faulty(FORMATS[form]()) == {}


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_so_it_is_in_a_sample(form: str) -> None:
    assert faulty(islice(FORMATS[form](), 0, None, 5)) == {}
