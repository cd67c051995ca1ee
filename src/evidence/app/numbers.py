"""The numbers that the references of a run have in their monographs, read again from the files that the run judged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evidence.library.reader import read_library
from evidence.model.errors import EvidenceError
from evidence.reports.document import Document, library_inputs


def printed_numbers(document: Document, top: Path | None = None) -> Mapping[tuple[str, str], int]:
    """The number that the monograph prints before a reference, by the path of its file and its id.

    A reference without one is left out, and so are those of a file or a monograph that is not the one which the run
    judged: the report is of that one.

    Args:
        document: A report's document.
        top: The folder below which monographs have to lie, by default the root of their repository.
    """
    digests = {item["path"]: item["sha256"] for item in document["run"]["inputs"]}
    numbers: dict[tuple[str, str], int] = {}
    for item in library_inputs(document):
        try:
            library = read_library(Path(item["path"]), top=top)
            if library.sha256 != item["sha256"] or library.monograph.file is None:
                continue
            from evidence.documents.citations import read_monograph  # noqa: PLC0415 - only for those who name one

            reading = read_monograph(library)
        except EvidenceError:
            continue
        if reading is not None and digests.get(reading.document.path) == reading.document.source.sha256:
            found = {id_: printed.entry.number for id_, printed in reading.printed.items()}
            numbers |= {(library.path, id_): number for id_, number in found.items() if number is not None}
    return numbers
