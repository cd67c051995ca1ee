"""Libraries made up for the tests, read from text without a file."""

from __future__ import annotations

import hashlib
from textwrap import dedent

from evidence.library.files import Source
from evidence.library.reading import read_text
from evidence.model.references import Fault, Library, Reference

PATH = "references.yaml"


def source(text: str) -> Source:
    return Source(PATH, text, hashlib.sha256(text.encode()).hexdigest())


def library(text: str) -> Library:
    return read_text(source(dedent(text)))


def entry(fields: str) -> Reference:
    """The one entry with these fields, its first field on line 2, values from column 5 on."""
    [reference] = library(
        "references:\n"
        + "".join(
            f"  - {line}\n" if n == 0 else f"    {line}\n"
            for n, line in enumerate(dedent(fields).strip("\n").split("\n"))
        )
    ).references
    return reference


def only_fault(fields: str) -> Fault:
    [fault] = entry(fields).faults
    return fault
