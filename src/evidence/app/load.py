"""Filling the store from files that NLM and Crossref give away, for runs that open no socket.

Files are known by their contents. Each is read once, in the order in which they override each other, and what it says
of anything wanted is stored in one transaction with the note that it was read: an interrupted load goes on with the
next file.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from evidence.app.workers import HERE, Workers
from evidence.audit.events import Stamp
from evidence.audit.file_lock import FileLock
from evidence.model.audit import AuditAction, AuditEntry
from evidence.model.errors import FileError, UsageError
from evidence.model.identifiers import Identifier, IdKind, label_version_of, notices_about
from evidence.model.outcomes import LOADED
from evidence.model.ports import Clock, Progress
from evidence.model.records import Article
from evidence.model.references import Library
from evidence.sources import dailymed, pubmed, pubmed_files, retraction_watch, spl
from evidence.sources.http.download import Downloads, is_address, name_in, write_anew
from evidence.sources.label_files import is_label, is_label_list, label_document, listed_labels, stored_label
from evidence.sources.pubmed_files import BrokenFileError, Scan, scan, year_and_number
from evidence.sources.retraction_watch import (
    ListedNotice,
    is_notice_list,
    listed_notices,
    notices_wanted,
    stored_notices,
)
from evidence.storage.loads import FileAnswer, LoadedFiles, gaps_in, is_to_be_searched
from evidence.storage.lockfile import stored_reader
from evidence.storage.store import Store
from evidence.storage.values import LoadedFile

_HEAD, _SHOWN, _STEP = 1 << 16, 2048, 128  # bytes read, those in which a file shows what it is, unpacked at once
_AHEAD = 8
"""Files that other processes scan before their turn."""

_MD5 = re.compile(r"\b[0-9a-f]{32}\b", re.IGNORECASE)
_WANTED_KINDS = frozenset({IdKind.PMID, IdKind.DOI, IdKind.SETID})
_FETCH_AGAIN = "fetch it again"
_NO_KIND = "not a file of a kind that can be loaded"
_KNOWN = (
    "PubMed's files (pubmed26n0001.xml.gz), Retraction Watch's (retraction_watch.csv), "
    "DailyMed's list of labels (dm_spl_zip_files_meta_data.zip), a label's ZIP or XML file"
)


class FileKind(IntEnum):
    """The kinds of file that are read, in the order in which they are."""

    PUBMED = 1
    RETRACTIONS = 2
    LABEL_LIST = 3
    LABEL = 4


@dataclass(frozen=True, slots=True)
class FileToLoad:
    """A file to be read: where it is, its kind, its place among those of its kind, and the day that it is valid for."""

    path: Path
    kind: FileKind
    place: tuple[int, int]
    day: date

    @property
    def name(self) -> str:
        """Its path as messages name it."""
        return self.path.as_posix()


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What is to be loaded: files, folders and addresses, and for whose references.

    `day` is the day for which the files are valid, None: each file's own. A file at an address is not fetched if one of
    its name was loaded and is valid for a day less than `max_age` days ago.
    """

    places: tuple[str, ...]
    libraries: tuple[Library, ...]
    actor: str
    day: date | None = None
    max_age: int = 0


@dataclass(slots=True)
class LoadSummary:
    """What a load did: files that were read, that had been read and that are of no kind; answers; what is missing."""

    read: int = 0
    known: int = 0
    outdated: int = 0
    passed_over: int = 0
    answers: int = 0
    deleted: int = 0
    wanted: int = 0
    gaps: tuple[tuple[LoadedFile, LoadedFile], ...] = ()
    newest: tuple[LoadedFile, ...] = ()
    lacking: tuple[Identifier, ...] = ()
    needed: tuple[LoadedFile, ...] = ()
    without_md5: int = 0


class ReadFile(NamedTuple):
    """A file as it was read, and what it says of what was looked for in it."""

    file: LoadedFile
    answers: Sequence[FileAnswer]


class Loader:
    """Reads files into a store; `progress` counts the files.

    `addresses` are those at which PubMed is asked; `downloads` fetches what is named by an address. `workers` scan
    PubMed's files; this process alone writes, in the order of the files.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        progress: Progress,
        addresses: Collection[str] = (),
        *,
        downloads: Downloads | None = None,
        workers: Workers = HERE,
    ) -> None:
        self._store = store
        self._clock = clock
        self._progress = progress
        self._addresses = addresses
        self._downloads = downloads
        self._workers = workers
        self._scans: dict[Path, tuple[frozenset[bytes], Future[Scan]]] = {}
        self._loaded: LoadedFiles = store.loaded

    def load(self, request: LoadRequest) -> LoadSummary:
        """Read what the request names, as far as it is not known yet.

        Raises:
            FileError: a file is broken or of no known kind; what was read before it is kept.
            UsageError: nothing is wanted.
            StoreError: the store cannot be written.
        """
        wanted = self._wanted(request.libraries)
        summary = LoadSummary(wanted=len(wanted))
        files, summary.passed_over = self._files(request, summary)
        load = self._loaded.begin([*wanted, *notices_wanted(wanted)])
        sought = self._loaded.sought(frozenset({IdKind.PMID}))
        known = {file.place: file for file in self._loaded.files(pubmed_files.KIND)}
        self._store.audit.meet()
        try:
            for number, file in enumerate(files):
                self._progress(number, len(files))
                self._scan_ahead(files[number : number + _AHEAD], sought, known)
                match file.kind:
                    case FileKind.PUBMED:
                        read = self._read_pubmed(file, sought, known, summary)
                    case FileKind.RETRACTIONS:
                        read = self._read_retractions(file, wanted, load, summary)
                    case FileKind.LABEL_LIST:
                        read = self._read_label_list(file, wanted, load, summary)
                    case FileKind.LABEL:
                        read = self._read_label(file, wanted, summary)
                if read is not None:
                    loaded = replace(read.file, load=load, actor=request.actor)
                    self._keep(loaded, read.answers)
                    known[file.place] = loaded
                    summary.read += 1
                    summary.answers += len(read.answers)
        finally:
            self._store.audit.mirror()
        self._describe(summary)
        return summary

    # What is wanted, and what is there

    def _wanted(self, libraries: Iterable[Library]) -> frozenset[Identifier]:
        named = {
            identifier
            for library in libraries
            for reference in library.references
            for identifier in reference.identifiers
        }
        wanted = {identifier for identifier in named | self._loaded.identifiers() if identifier.kind in _WANTED_KINDS}
        if not wanted:
            what = "no PMID, DOI or Set ID is wanted: neither a references file here nor the store has any"
            raise UsageError(what, fix="name references files with --for")
        return frozenset(wanted)

    def _files(self, request: LoadRequest, summary: LoadSummary) -> tuple[list[FileToLoad], int]:
        """The files to read in their order, and how many files of folders are of no kind."""
        found: dict[Path, FileToLoad] = {}
        passed_over = 0
        for address in filter(is_address, request.places):
            name_in(address)  # all of them, before any is fetched
        for named in request.places:
            fetched = self._fetched(named, request.max_age) if is_address(named) else Path(named)
            if fetched is None:
                summary.known += 1
                continue
            place = fetched
            if place.is_dir():
                for path in _files_in(place):
                    file = None if path.suffix == ".md5" else self._known(path, request.day)
                    passed_over += file is None and path.suffix != ".md5"
                    found |= {} if file is None else {path.resolve(): file}
            elif (file := self._known(place, request.day)) is not None:
                found[place.resolve()] = file
            elif kind_of(place) is FileKind.PUBMED:
                what = "a file of PubMed's, but its name has no year and number"
                raise FileError(what, path=place.as_posix(), fix="name it as NLM does: pubmed26n0001.xml.gz")
            else:
                raise FileError(_NO_KIND, path=place.as_posix(), fix=f"what can be loaded: {_KNOWN}")
        return sorted(found.values(), key=lambda file: (file.kind, file.place, file.name)), passed_over

    def _fetched(self, address: str, max_age: int) -> Path | None:
        """The file at an address; None where it need not be fetched, by what was loaded under its name."""
        if self._downloads is None:
            raise UsageError(f"{address} is an address, not a file", fix="download it first, then load the file")
        name, today = name_in(address), self._clock.now().astimezone(UTC).date()
        loaded = [file for kind in self._loaded.collections() for file in self._loaded.files(kind) if file.name == name]
        if any((today - file.day).days < max_age for file in loaded):
            return None
        md5 = self._downloads.text(f"{address}.md5") if year_and_number(name) else None
        folder = self._downloads.folder()
        path = folder / name
        with _alone_in(folder):
            if os.path.lexists(path) and (path.is_symlink() or not path.is_file() or kind_of(path) is None):
                what = "there is something else of the name of the file to fetch"
                raise FileError(what, path=path.as_posix(), fix="name another folder with --to")
            if md5 is None or not path.is_file() or _digests(path)[0]["md5"] not in md5.lower():
                path = self._downloads.fetch(address)
            if md5 is not None:
                write_anew(path.with_name(f"{name}.md5"), md5)
        return path

    def _known(self, path: Path, day: date | None) -> FileToLoad | None:
        """The file as it is to be read; None where it is of no kind, or its name does not say when it is to be."""
        kind = kind_of(path)
        if kind is None:
            return None
        place = (0, 0)
        if kind is FileKind.PUBMED:
            numbers = year_and_number(path.name)
            if numbers is None:
                return None
            place = numbers
        today = self._clock.now().astimezone(UTC).date()
        return FileToLoad(path, kind, place, min(day or _day_of(path), today))

    # PubMed's files

    def _read_pubmed(
        self,
        file: FileToLoad,
        sought: Mapping[Identifier, int],
        known: Mapping[tuple[int, int], LoadedFile],
        summary: LoadSummary,
    ) -> ReadFile | None:
        """What a file says of the PMIDs that were not looked for in it yet; None where it need not be read."""
        if any(year > file.place[0] for year, _ in known):
            summary.outdated += 1
            return None
        expected, earlier = _expected_md5(file.path), known.get(file.place)
        pmids = _pmids_in(file, expected, sought, earlier)
        if not pmids:
            summary.known += 1
            return None
        summary.without_md5 += expected is None
        try:
            found = self._scan(file.path, pmids)
        except BrokenFileError as error:
            raise FileError(str(error), path=file.name, fix=_FETCH_AGAIN) from error
        except OSError as error:
            raise _unreadable(file.path, error) from error
        if expected is not None and found.md5 != expected:
            what = f"its MD5 is not the one in {file.path.name}.md5; {_FETCH_AGAIN}"
            raise FileError(what, path=file.name)
        answers = [
            FileAnswer.of(Identifier(IdKind.PMID, pmid), pubmed.NAME, raw, version)
            for pmid, (version, raw) in found.raws.items()
            if found.deleted.get(pmid, 0) < version
        ]
        answers += [
            FileAnswer.of(Identifier(IdKind.PMID, pmid), pubmed.NAME, pubmed.deletion(pmid, file.path.name), version)
            for pmid, version in found.deleted.items()
            if version >= found.raws.get(pmid, (0, b""))[0]
        ]
        summary.deleted += len(found.deleted)
        year, number = file.place
        is_same = earlier is not None and earlier.sha256 == found.sha256
        read = LoadedFile(
            collection=pubmed_files.KIND,
            name=file.path.name,
            sha256=found.sha256,
            md5=found.md5,
            size=found.size,
            day=min(file.day, earlier.day) if earlier is not None and is_same else file.day,
            year=year,
            number=number,
            smallest=found.smallest,
            largest=found.largest,
            records=found.records,
        )
        return ReadFile(read, answers)

    def _scan_ahead(
        self,
        files: Iterable[FileToLoad],
        sought: Mapping[Identifier, int],
        known: Mapping[tuple[int, int], LoadedFile],
    ) -> None:
        """Give the next of PubMed's files to other processes, if there are any."""
        if self._workers.are_here:
            return
        newest = max((year for year, _ in known), default=0)
        for file in files:
            if file.kind is not FileKind.PUBMED or file.path in self._scans or file.place[0] < newest:
                continue
            pmids = _pmids_in(file, _expected_md5(file.path), sought, known.get(file.place))
            if pmids:
                with suppress(BrokenExecutor):  # it will be scanned here
                    self._scans[file.path] = pmids, self._workers.executor.submit(_scanned, file.path, pmids)

    def _scan(self, path: Path, pmids: frozenset[bytes]) -> Scan:
        """The file as it was scanned ahead; else it is scanned here.

        Raises:
            BrokenFileError: it is damaged.
            OSError: it cannot be read.
        """
        for_pmids, future = self._scans.pop(path, (None, None))
        if future is not None and for_pmids == pmids:
            with suppress(BrokenExecutor):
                return future.result()
        return _scanned(path, pmids)

    # Retraction Watch's file

    def _read_retractions(
        self, file: FileToLoad, wanted: Iterable[Identifier], load: int, summary: LoadSummary
    ) -> ReadFile | None:
        """What the file says of every wanted work; None where it is older than one that was read, or is that one."""
        works = [work for work in wanted if work.kind in (IdKind.PMID, IdKind.DOI)]
        unread = self._unread(file, retraction_watch.NAME, notices_wanted(works), load, summary)
        if unread is None:
            return None
        names = self._names_of(works)
        by_name: dict[Identifier, list[Identifier]] = {}
        for work, named in names.items():
            for name in named:
                by_name.setdefault(name, []).append(work)
        notices: dict[Identifier, list[ListedNotice]] = {work: [] for work in works}
        rows = 0
        try:
            with file.path.open("rb") as opened:
                for notice in listed_notices(opened, by_name):
                    rows += 1
                    for work in dict.fromkeys(work for name in notice.works for work in by_name.get(name, ())):
                        notices[work].append(notice)
        except BrokenFileError as error:
            raise FileError(str(error), path=file.name, fix=_FETCH_AGAIN) from error
        except OSError as error:
            raise _unreadable(file.path, error) from error
        answers = [
            FileAnswer.of(notices_about(work), retraction_watch.NAME, stored_notices(work, listed))
            for work, listed in notices.items()
        ]
        return ReadFile(replace(unread, records=rows), answers)

    def _unread(
        self, file: FileToLoad, collection: str, sought: Iterable[Identifier], load: int, summary: LoadSummary
    ) -> LoadedFile | None:
        """A file that replaces the one before it, as it is to be noted.

        None where it is older than the one that was read, or is that one and has nothing to say of what is new.
        """
        digests, size = _digests(file.path)
        earlier = next(iter(self._loaded.files(collection)), None)
        day = file.day
        if earlier is not None and earlier.sha256 == digests["sha256"]:
            identifiers = list(sought)
            known = self._loaded.sought(frozenset(identifier.kind for identifier in identifiers))
            if all(known.get(identifier, load) <= earlier.load for identifier in identifiers):
                summary.known += 1
                return None
            day = min(day, earlier.day)
        elif earlier is not None and earlier.day > day:
            summary.outdated += 1
            return None
        return LoadedFile(collection, file.path.name, digests["sha256"], digests["md5"], size, day)

    # DailyMed's files

    def _read_label_list(
        self, file: FileToLoad, wanted: Iterable[Identifier], load: int, summary: LoadSummary
    ) -> ReadFile | None:
        """The current version of every wanted label; None where the list is older than one that was read."""
        setids = [identifier for identifier in wanted if identifier.kind is IdKind.SETID]
        unread = self._unread(file, dailymed.NAME, setids, load, summary)
        if unread is None:
            return None
        try:
            listed, number = listed_labels(file.path, frozenset(setid.value for setid in setids))
        except BrokenFileError as error:
            raise FileError(str(error), path=file.name, fix=_FETCH_AGAIN) from error
        except OSError as error:
            raise _unreadable(file.path, error) from error
        before = self._store.cache.stored(LOADED, setids)
        answers = [
            FileAnswer.of(
                setid,
                dailymed.NAME,
                stored_label(setid, listed, file.path.name, before[setid].raw if setid in before else None),
            )
            for setid in setids
        ]
        return ReadFile(replace(unread, records=number), answers)

    def _read_label(self, file: FileToLoad, wanted: Collection[Identifier], summary: LoadSummary) -> ReadFile | None:
        """The contents of one version of a label; None where the label is not wanted, or the file was read."""
        digests, size = _digests(file.path)
        read = self._loaded.files(spl.NAME)
        if any(known.sha256 == digests["sha256"] for known in read):
            summary.known += 1
            return None
        try:
            contents, document = label_document(file.path)
        except BrokenFileError as error:
            raise FileError(str(error), path=file.name, fix=_FETCH_AGAIN) from error
        except OSError as error:
            raise _unreadable(file.path, error) from error
        if Identifier(IdKind.SETID, label_version_of(contents)[0]) not in wanted:
            summary.passed_over += 1
            return None
        loaded = LoadedFile(
            collection=spl.NAME,
            name=file.path.name,
            sha256=digests["sha256"],
            md5=digests["md5"],
            size=size,
            day=file.day,
            number=len(read) + 1,
            records=1,
        )
        return ReadFile(loaded, [FileAnswer.of(contents, spl.NAME, document)])

    def _names_of(self, works: Iterable[Identifier]) -> dict[Identifier, tuple[Identifier, ...]]:
        """Each work with its own number, and those that its stored PubMed record gives it."""
        names: dict[Identifier, tuple[Identifier, ...]] = {work: (work,) for work in works}
        pmids = [work for work in names if work.kind is IdKind.PMID]
        for address in (*self._addresses, LOADED):
            for pmid, stored in self._store.cache.stored(address, pmids).items():
                try:
                    record = stored_reader(pubmed.read_stored)(pmid, stored.raw)
                except ValueError:
                    continue
                if isinstance(record, Article):
                    names[pmid] += tuple(name for name in record.also_known_as if name.kind is IdKind.DOI)
        return names

    def _keep(self, file: LoadedFile, answers: Sequence[FileAnswer]) -> None:
        """Store what a file says and that it was read, with an event of the trail, all or nothing."""
        now = self._clock.now()
        details = {
            "collection": file.collection,
            "day": file.day.isoformat(),
            "records": str(file.records),
            "answers": str(len(answers)),
        }
        entry = AuditEntry(AuditAction.LOAD, file.name, after=file.sha256, details=details)
        stamp = Stamp(now, now.astimezone(UTC).date(), file.actor, self._store.tool_version)

        def note(connection: sqlite3.Connection) -> object:
            return self._store.audit.lengthen(connection, entry, stamp)

        self._loaded.keep(file, answers, now, note)

    # What is to be said at the end

    def _describe(self, summary: LoadSummary) -> None:
        """Fill in how far the answers are valid, and what is wanted and was not found."""
        for collection in self._loaded.collections():
            if collection == spl.NAME:  # a version's contents never change, so that no day of theirs counts
                continue
            newest = self._loaded.shelf(collection).newest
            summary.newest += () if newest is None else (newest,)
        files = self._loaded.files(pubmed_files.KIND)
        summary.gaps = tuple(gaps_in(files))
        sought = self._loaded.sought(frozenset({IdKind.PMID}))
        absent = self._loaded.shelf(pubmed_files.KIND).absent(sought)
        summary.lacking = tuple(sorted(absent))
        first = min((file.load for file in files), default=0)
        late = [(int(identifier.value), since) for identifier, since in sought.items() if since > first]
        summary.needed = tuple(
            file for file in files if any(is_to_be_searched(file, pmid, since) for pmid, since in late)
        )


def _pmids_in(
    file: FileToLoad, md5: str | None, sought: Mapping[Identifier, int], earlier: LoadedFile | None
) -> frozenset[bytes]:
    """The PMIDs that are to be looked for in a file: those that were not when it was read, `earlier`."""
    if earlier is None or earlier.size != file.path.stat().st_size or md5 not in (None, earlier.md5):
        return frozenset(identifier.value.encode() for identifier in sought)
    later = (i.value for i, since in sought.items() if is_to_be_searched(earlier, int(i.value), since))
    return frozenset(map(str.encode, later))


def _scanned(path: Path, pmids: frozenset[bytes]) -> Scan:
    with path.open("rb") as opened:
        return scan(opened, pmids)


def kind_of(path: Path) -> FileKind | None:
    """What a file is by its contents; None for any other.

    Raises:
        FileError: it cannot be read.
    """
    try:
        with path.open("rb") as opened:
            head = opened.read(_HEAD)
    except OSError as error:
        raise _unreadable(path, error) from error
    if head.startswith(b"\x1f\x8b"):
        head = _unpacked_head(head)
    if b"<PubmedArticleSet" in head[:_SHOWN]:
        return FileKind.PUBMED
    if is_notice_list(head):
        return FileKind.RETRACTIONS
    if head.startswith(b"PK") and is_label_list(path):
        return FileKind.LABEL_LIST
    if is_label(path, head):
        return FileKind.LABEL
    return None


def _unpacked_head(head: bytes) -> bytes:
    """The beginning of what is packed, as far as it is sound: where a file is damaged is for its reader to find."""
    unpacker, unpacked = zlib.decompressobj(wbits=31), b""
    for start in range(0, len(head), _STEP):
        try:
            unpacked += unpacker.decompress(head[start : start + _STEP])
        except zlib.error:
            break
        if len(unpacked) >= _SHOWN:
            break
    return unpacked


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """No other process fetches into the folder meanwhile; the kernel ends that when a process dies.

    Raises:
        FileError: one does, or the folder cannot be written.
    """
    try:
        with (folder / ".lock").open("ab") as file:
            lock = FileLock(file)
            if not lock.acquire():
                what = "another process is fetching files into this folder"
                raise FileError(what, path=folder.as_posix(), fix="try again when it has finished, or use another --to")
            try:
                yield
            finally:
                lock.release()
    except OSError as error:
        raise FileError(f"cannot be written: {error.strerror or error}", path=folder.as_posix()) from error


def _files_in(folder: Path) -> Iterator[Path]:
    """Every file in a folder and the folders in it, hidden ones left out, in the order of their names."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _expected_md5(path: Path) -> str | None:
    """The MD5 in the file beside it, in OpenSSL's form or that of md5sum; None where there is none beside it.

    Raises:
        FileError: the file beside it has no MD5.
    """
    beside = path.with_name(f"{path.name}.md5")
    try:
        text = beside.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(beside, error) from error
    found = _MD5.search(text)
    if found is None:
        raise FileError("no MD5 in it", path=beside.as_posix(), fix=_FETCH_AGAIN)
    return found[0].lower()


def _digests(path: Path) -> tuple[dict[str, str], int]:
    """A file's MD5 and SHA-256 by name, and its size."""
    digests = {"md5": hashlib.md5(usedforsecurity=False), "sha256": hashlib.sha256()}
    size = 0
    try:
        with path.open("rb") as opened:
            while block := opened.read(_HEAD):
                size += len(block)
                for digest in digests.values():
                    digest.update(block)
    except OSError as error:
        raise _unreadable(path, error) from error
    return {name: digest.hexdigest() for name, digest in digests.items()}, size


def _day_of(path: Path) -> date:
    """The day on which a file was made: that of its gzip header, else that of its last change, whichever is earlier."""
    changed = path.stat().st_mtime
    with path.open("rb") as opened:
        head = opened.read(8)
    packed = int.from_bytes(head[4:8], "little") if head.startswith(b"\x1f\x8b") and len(head) == 8 else 0
    return datetime.fromtimestamp(min(changed, packed or changed), UTC).date()


def _unreadable(path: Path, error: OSError) -> FileError:
    return FileError(f"cannot be read: {error.strerror or error}", path=path.as_posix())
