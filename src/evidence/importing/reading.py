"""A file to be imported, whatever it is, as a listing of entries."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from evidence.errors import FileError
from evidence.importing.items import listed
from evidence.importing.kinds import ImportFormat
from evidence.importing.listed import TELLING, Listing
from evidence.importing.printed import printed_list
from evidence.importing.readers import bib, csl, endnote, nbib, ris
from evidence.library.files import LARGEST, SourceText, decoded
from evidence.monographs.reading import LARGEST_BINARY, parse_document

MOST = 100_000
"""Entries of one file; a library of 20 MB holds fewer."""


_BINARY = frozenset([ImportFormat.DOCX, ImportFormat.PDF])


def largest(kind: ImportFormat | None) -> int:
    """The most bytes that a file of this kind may have, None for one that is not known yet."""
    return LARGEST_BINARY if kind is None or kind in _BINARY else LARGEST


def read_listing(shown: str, data: bytes, kind: ImportFormat) -> Listing:
    """The entries of a file; `shown` is the name under which errors speak of it.

    Raises:
        FileError: it cannot be read, is hostile, or holds no reference list.
        RenderError: its kind needs pandoc, and there is none.
    """
    if len(data) > largest(kind):
        size = f"{len(data) / 1e6:,.1f} MB"
        limit = f"{largest(kind) // 1_000_000} MB"
        raise FileError(f"this has {size}, the limit is {limit}", path=shown, fix="split it into several files")
    if kind.form is not None:
        return printed_list(parse_document(shown, data, kind.form))
    source = decoded(shown, data)
    items = list(islice(_items(source, data, kind), MOST + 1))
    if len(items) > MOST:
        raise FileError(f"this holds more than {MOST:,} references", path=shown, fix="split it into several files")
    entries = tuple(listed(position, item) for position, item in enumerate(items, 1))
    entries = tuple(entry for entry in entries if entry.identifiers or any(key in entry.fields for key in TELLING))
    if not entries:
        raise FileError(f"no reference was found in it, read as {kind}", path=shown, fix="say with --from what it is")
    return Listing(shown, source.sha256, entries, is_printed=False)


def _items(source: SourceText, data: bytes, kind: ImportFormat) -> Iterable[dict[str, object]]:
    match kind:
        case ImportFormat.BIBTEX | ImportFormat.BIBLATEX:
            return bib.bibtex_items(source, str(kind))
        case ImportFormat.RIS:
            return ris.ris_items(source.text)
        case ImportFormat.ENDNOTE:
            return endnote.endnote_items(source.path, data)
        case ImportFormat.NBIB:
            return nbib.nbib_items(source.path, source.text)
        case ImportFormat.CSL_JSON:
            return csl.json_items(source)
        case _:
            return csl.yaml_items(source)
