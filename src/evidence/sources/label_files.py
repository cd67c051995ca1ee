"""DailyMed's files: the list of all current labels, and single labels as they are downloaded.

The list (`dm_spl_zip_files_meta_data.zip`) is one text of `SETID|ZIP_FILE_NAME|UPLOAD_DATE|SPL_VERSION|TITLE`. It names
the current version of every label and no earlier one; versions that earlier lists named are kept beside it. A label is
the ZIP archive of `getFile.cfm`, or the XML document in it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

from evidence.model.identifiers import Identifier, IdKind, contents_of
from evidence.model.records import Label, SplVersion
from evidence.model.regex import regex
from evidence.sources.dailymed import ABSENT, Facts, canonical, newest_first, read_stored
from evidence.sources.pubmed_files import BrokenFileError, lines_in
from evidence.sources.spl import document_in
from evidence.sources.spl_xml import document_of, document_version

_HEADER = "SETID|ZIP_FILE_NAME|UPLOAD_DATE|SPL_VERSION|TITLE"
_DAY = regex(r"(\d{2})/(\d{2})/(\d{4})")
_SPL = b"urn:hl7-org:v3"
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError)


def is_label_list(path: Path) -> bool:
    """Whether this archive holds DailyMed's list of labels."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _list_member(archive) is not None
    except _UNREADABLE:
        return False


def is_label(path: Path, head: bytes) -> bool:
    """Whether a file that begins so is a label's document, or an archive with one."""
    if not head.startswith(b"PK"):
        return _SPL in head and b"<document" in head
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".xml")]
            if len(names) != 1:
                return False
            with archive.open(names[0]) as member:
                return _SPL in member.read(4096)
    except _UNREADABLE:
        return False


def listed_labels(path: Path, wanted: Collection[str]) -> tuple[dict[str, Facts], int]:
    """The wanted labels of the list by Set ID, each with its current version, and how many labels it lists.

    Raises:
        BrokenFileError: it is damaged, or a line of it has another form.
        OSError: it cannot be read.
    """
    found: dict[str, Facts] = {}
    number = 0
    try:
        with zipfile.ZipFile(path) as archive:
            member = _list_member(archive)
            if member is None:
                raise BrokenFileError("it contains no list of labels")
            with archive.open(member) as opened:
                text = io.TextIOWrapper(opened, encoding="utf-8-sig", errors="replace")
                lines = lines_in(text)
                next(lines)
                for line in lines:
                    if line.strip():
                        number += 1
                        setid = line.partition("|")[0].strip().lower()
                        if setid in wanted:
                            found[setid] = _facts(setid, line)
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise BrokenFileError(f"it is damaged ({error})") from error
    if not number:
        raise BrokenFileError("it lists no label")
    return found, number


def _list_member(archive: zipfile.ZipFile) -> str | None:
    for name in archive.namelist():
        if name.lower().endswith(".txt"):
            with archive.open(name) as member:
                if member.read(200).decode("utf-8-sig", "replace").startswith(_HEADER):
                    return name
    return None


def _facts(setid: str, line: str) -> Facts:
    fields = line.rstrip("\r\n").split("|", 4)
    day = _DAY.fullmatch(fields[2].strip()) if len(fields) == 5 else None
    if day is None or not re.fullmatch(r"[1-9]\d{0,6}", fields[3].strip()):
        raise BrokenFileError(f"its line for {setid} does not have the form {_HEADER}")
    try:
        published = date(int(day[3]), int(day[1]), int(day[2]))
    except ValueError:
        raise BrokenFileError(f"its line for {setid} has no valid date") from None
    return Facts(setid, fields[4].strip(), (SplVersion(int(fields[3]), published),))


def stored_label(setid: Identifier, listed: Mapping[str, Facts], file: str, before: bytes | None) -> bytes:
    """What is stored of a label: its current version after those that earlier lists named, or that it is not listed."""
    facts = listed.get(setid.value)
    if facts is None:
        return json.dumps({ABSENT: setid.value, "file": file}, sort_keys=True).encode()
    known = None
    if before is not None:
        try:
            known = read_stored(setid, before)
        except ValueError:
            known = None
    current = facts.versions[0]
    earlier = known.versions if isinstance(known, Label) else ()
    versions = (current, *(version for version in earlier if version.version < current.version))
    return canonical(Facts(facts.setid, facts.title, newest_first(versions)))


def label_document(path: Path) -> tuple[Identifier, bytes]:
    """The label's contents in a file, by the Set ID and version that its document gives.

    Raises:
        BrokenFileError: it is damaged, or its document does not say what it is of.
        OSError: it cannot be read.
    """
    try:
        raw = path.read_bytes()
        document = document_in(raw) if raw.startswith(b"PK") else raw
        named = None if document is None else document_version(document_of(document))
    except ValueError as error:
        raise BrokenFileError(str(error)) from error
    if document is None or named is None:
        raise BrokenFileError("it contains no label document with a Set ID and a version")
    setid, version = named
    return contents_of(Identifier(IdKind.SETID, setid), version), document
