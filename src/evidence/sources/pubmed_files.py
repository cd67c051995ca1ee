"""PubMed's own files (`pubmed26n0001.xml.gz` …): wanted records are cut out of the bytes, all others are not read.

The baseline of a year has some 1,300 files of 30,000 records, and each day adds a file with what is new, revised or
deleted. They are to be taken in the order of their numbers, and the last file that has a record counts
(https://pubmed.ncbi.nlm.nih.gov/download/). What is cut out of a file are the bytes that efetch sends of a record.
Records of NLM's Bookshelf are not in the files
(https://www.nlm.nih.gov/pubs/techbull/nd16/brief/nd16_data_distrib.html).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, BinaryIO, TextIO

from evidence.model.regex import regex
from evidence.sources.pubmed_xml import version_of

KIND = "pubmed"
"""The collection that these files are, and the source whose answers they hold."""

_NAME = regex(r"(?:pubmed|medline)(\d{2})n(\d{4,5})\.xml(?:\.gz)?", re.IGNORECASE)
_START = b"<PubmedArticle"
_END = b"</PubmedArticle>"
_SET = b"<PubmedArticleSet"
_DELETIONS, _END_OF_DELETIONS = b"<DeleteCitation", b"</DeleteCitation>"
_END_OF_SET = regex(rb"(?:</PubmedArticleSet\s*>|<PubmedArticleSet\s*/>)\s*\Z")
_OWN_PMID = regex(rb"<PubmedArticle[\s>][^<]*<MedlineCitation\b[^<>]*>\s*<PMID\b[^<>]*>\s*0*(\d+)\s*</PMID>")
_DELETED = regex(rb"<PMID\b([^<>]*)>\s*0{0,20}(\d{1,20})\s*</PMID>")
_VERSION = regex(rb'\bVersion="(\d{1,6})"')
_BEFORE_PMID = 2_000  # bytes from the beginning of a record in which its own PMID is
_GZIP = b"\x1f\x8b"
_READ, _UNPACKED = 1 << 17, 1 << 20  # bytes at once
_LONGEST_RECORD = 64_000_000  # bytes; the longest real ones have some 5,000,000
_LONGEST_LINE = 1_000_000  # characters
_TAIL = 64


class BrokenFileError(ValueError):
    """A file that is not, or no longer, what NLM gave out; its text says why, after the name and a colon."""


def lines_in(text: TextIO) -> Iterator[str]:
    """The lines of a file, none of which is held that is longer than any real one.

    Raises:
        BrokenFileError: one is.
    """
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise BrokenFileError("a line has no end")
        yield line


def year_and_number(name: str) -> tuple[int, int] | None:
    """The year (two digits) and the number in a file's name; None for one that NLM would not give it."""
    found = _NAME.fullmatch(name)
    return (int(found[1]), int(found[2])) if found else None


@dataclass(slots=True)
class Scan:
    """What was cut out of a file, and what it is.

    `raws` are the records by PMID, each in its newest version; `deleted` the versions of the PMIDs that it withdraws,
    by PMID. `records` counts all records, whose PMIDs are between `smallest` and `largest`. `md5` and `sha256` are
    those of the file as it is given out.
    """

    raws: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    records: int = 0
    smallest: int = 0
    largest: int = 0
    size: int = 0
    md5: str = ""
    sha256: str = ""

    def add(self, pmid: bytes, raw: bytes) -> None:
        """Count a record; keep its bytes, where they are wanted and of no older version than those at hand."""
        self.records += 1
        self._widen(int(pmid))
        if raw:
            name, version = pmid.decode(), version_of(raw)
            if version >= self.raws.get(name, (0, b""))[0]:
                self.raws[name] = version, raw

    def delete(self, pmids: Iterable[tuple[bytes, bytes]], wanted: Container[bytes]) -> None:
        """Note the wanted ones of the PMIDs that are withdrawn, each given after the attributes of its element."""
        for attributes, pmid in pmids:
            self._widen(int(pmid))
            if pmid in wanted:
                version = _VERSION.search(attributes)
                self.deleted[pmid.decode()] = int(version[1]) if version else 1

    def _widen(self, pmid: int) -> None:
        self.smallest = min(self.smallest or pmid, pmid)
        self.largest = max(self.largest, pmid)


def scan(file: BinaryIO, wanted: Container[bytes]) -> Scan:
    """Cut the records of the wanted PMIDs (digits, as bytes) out of a file, reading it once from beginning to end.

    Memory is that of the wanted records and of one piece of the file.

    Raises:
        BrokenFileError: it is cut off, damaged, or not a PubMed file.
        OSError: it cannot be read.
    """
    found = Scan()
    rest = tail = b""
    for block in _unpacked(file, found):
        buffer = rest + block
        tail = (tail + block)[-_TAIL:]
        rest = buffer[_records_in(buffer, wanted, found) :]
        if len(rest) > _LONGEST_RECORD:
            raise BrokenFileError("a record has no end")
    if not _END_OF_SET.search(tail) or _START + b">" in rest:
        raise BrokenFileError("it is not a complete PubmedArticleSet")
    return found


def _records_in(buffer: bytes, wanted: Container[bytes], found: Scan) -> int:
    """Take what is complete in this piece of a file; the place from which on it is to be looked at again."""
    position = 0
    deletions = buffer.find(_DELETIONS)
    while True:
        start = buffer.find(_START, position)
        if deletions >= 0 and not 0 <= start < deletions:
            end = buffer.find(_END_OF_DELETIONS, deletions)
            if end < 0:
                return deletions
            found.delete(_DELETED.findall(buffer[deletions:end]), wanted)
            position = end
            deletions = buffer.find(_DELETIONS, position)
            continue
        if start < 0:
            return max(position, len(buffer) - _BEFORE_PMID)
        if buffer.startswith(_SET, start):
            position = start + len(_SET)
            continue
        own = _OWN_PMID.match(buffer, start, start + _BEFORE_PMID)
        if own is None:
            if len(buffer) < start + _BEFORE_PMID:
                return start  # the rest of it is in the next piece
            raise BrokenFileError("a record has no PMID of its own")
        position = own.end()
        raw = b""
        if own[1] in wanted:
            end = buffer.find(_END, position)
            if end < 0:
                return start
            position = end + len(_END)
            raw = buffer[start:position]
        found.add(own[1], raw)


def _unpacked(file: BinaryIO, found: Scan) -> Iterator[bytes]:
    """The contents of a file, packed with gzip or not, in pieces; its digests are taken on the way."""
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    unpacker: Any = None
    is_packed: bool | None = None
    ended = False
    while packed := file.read(_READ):
        md5.update(packed)
        sha256.update(packed)
        found.size += len(packed)
        if is_packed is None:
            is_packed = packed.startswith(_GZIP)
        if not is_packed:
            yield packed
            continue
        while packed:
            if unpacker is None:
                unpacker = _inflate().decompressobj(wbits=31)
            try:
                block = unpacker.decompress(packed, _UNPACKED)
            except Exception as error:  # zlib's and isal's own errors have no common class
                raise BrokenFileError(f"it is damaged ({error})") from error
            if block:
                yield block
            packed = unpacker.unconsumed_tail
            if ended := unpacker.eof:
                packed, unpacker = unpacker.unused_data, None
    if is_packed and not ended:
        raise BrokenFileError("it is cut off")
    found.md5, found.sha256 = md5.hexdigest(), sha256.hexdigest()


def _inflate() -> Any:
    """What unpacks gzip: isal where it is installed, three times as fast, else zlib."""
    try:
        return import_module("isal.isal_zlib")
    except ImportError:
        return import_module("zlib")
