"""The formats that other tools read, by the names of `evidence export --to`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evidence.bibliography.formats.bibtex import write_biblatex, write_bibtex
from evidence.bibliography.formats.csl import write_csl_json, write_csl_yaml
from evidence.bibliography.formats.csv import write_csv
from evidence.bibliography.formats.endnote import write_endnote
from evidence.bibliography.formats.ris import write_nbib, write_ris

Writer = Callable[[Sequence[Mapping[str, Any]]], str]
"""CSL-JSON items as a text of one format. Pure."""

WRITERS: Mapping[str, Writer] = {
    "csl-json": write_csl_json,
    "csl-yaml": write_csl_yaml,
    "bibtex": write_bibtex,
    "biblatex": write_biblatex,
    "ris": write_ris,
    "nbib": write_nbib,
    "endnote": write_endnote,
    "csv": write_csv,
}
