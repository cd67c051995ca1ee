"""The formats that other tools read, by the names of `evidence export --to`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evidence.bibliography.biblatex import write_biblatex
from evidence.bibliography.bibtex import write_bibtex
from evidence.bibliography.csl_json import write_csl_json
from evidence.bibliography.csl_yaml import write_csl_yaml
from evidence.bibliography.csv_table import write_csv
from evidence.bibliography.endnote import write_endnote
from evidence.bibliography.nbib import write_nbib
from evidence.bibliography.ris import write_ris

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
