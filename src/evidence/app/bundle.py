"""What an inspector needs to verify one run, as one ZIP file: made of it, and taken apart again. Pure.

The same run gives the same bytes, on every machine and on every day. Members are sorted by name, stored without
compression, dated 1980-01-01 (the first day that ZIP knows), readable by all, and carry neither extra fields nor
comments (APPNOTE.TXT 6.3.10). So a bundle is verified by remaking it from its own members: where a byte was changed,
the two differ.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from evidence.audit.events import Break, Event, parse_event, walk
from evidence.audit.signoffs import sign_offs_in
from evidence.model.audit import ActionStatus, AuditAction, SignatureKind, SignOff
from evidence.model.errors import FileError
from evidence.model.regex import regex
from evidence.storage.encoding import digest
from evidence.storage.values import StoredAnswer

VERSION = 1

MANIFEST = "manifest.sha256"
"""SHA-256 sums as `sha256sum -c` reads them (GNU coreutils)."""

REPORT, PAGE, ABOUT = "report.json", "report.html", "about.json"
EVENTS, LATER = "events.jsonl", "later.jsonl"
ANSWERS, SIGN_OFFS = "answers/", "sign-offs/"

INSIDE = ("HOWTO.txt", "verify.py")
"""What is in every bundle as it comes with this version."""

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_UNIX = 3
_HEADER = 30  # bytes before a member's name
_LARGEST = 2_000_000_000  # bytes; beyond, ZIP64 fields would be needed
_UNSAFE = regex(r"[^A-Za-z0-9._-]")
_SUFFIXES = {SignatureKind.SSH: ".sig", SignatureKind.GPG: ".asc"}

Members = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class BoundFile:
    """A file that was judged or signed; `data` are its bytes as they were, None when they are not at hand any more."""

    kind: str
    path: str
    sha256: str
    data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvidence:
    """All that is known of one run. `events` are the lines of the trail from its first event to the one of this run."""

    run: str
    report: bytes
    page: bytes
    events: Sequence[str]
    later: Sequence[str] = ()
    bound: Sequence[BoundFile] = ()
    answers: Sequence[StoredAnswer] = ()
    sign_offs: Sequence[SignOff] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class BundleContents:
    """A bundle as far as it can be read: its run, the last event of its chain, its sign-offs, and whose bytes it has.

    `first` is the hash of its first event, by which chains are distinguished. `differing` are members that are
    to be the same in every bundle of this version, and are not. `page` is the report as HTML, `report` its document.
    """

    run: str
    head: Event
    first: str
    report: Mapping[str, Any]
    page: bytes
    sign_offs: tuple[SignOff, ...]
    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BundleProblem:
    """What is wrong with a ZIP file: the first byte that is not as it should be, from 0, and in which member."""

    offset: int
    what: str


# Making a bundle


def members_of(evidence: RunEvidence) -> dict[str, bytes]:
    """The members of the bundle by name, the manifest of their SHA-256 among them."""
    members = {
        REPORT: evidence.report,
        PAGE: evidence.page,
        EVENTS: _lines(evidence.events),
        LATER: _lines(evidence.later),
    }
    members |= {name: inside(name) for name in INSIDE}
    members |= {ANSWERS + str(answer.sha256): answer.raw for answer in evidence.answers if answer.raw is not None}
    for signed in evidence.sign_offs:
        members |= dict(sign_off_members(signed))
    files, absent = [], []
    for number, bound in enumerate(evidence.bound, 1):
        # Numbered, since names from outside may be anything.
        member = f"inputs/{number:02}-{_UNSAFE.sub('_', PurePosixPath(bound.path).name)[-80:]}"
        described = {"kind": bound.kind, "path": bound.path, "sha256": bound.sha256}
        if bound.data is None:
            absent.append({**described, "why": "the file has changed since the run"})
        else:
            members[member] = bound.data
            files.append({"member": member, **described})
    answers = [
        {
            "identifier": answer.identifier,
            "source": answer.source,
            "at": answer.at,
            "state": answer.state,
            "sha256": answer.sha256,
            "member": None if answer.raw is None else f"{ANSWERS}{answer.sha256}",
        }
        for answer in evidence.answers
    ]
    about: dict[str, Any] = {
        "version": VERSION,
        "run": evidence.run,
        "report-sha256": digest(evidence.report),
        "events": len(evidence.events),
        "files": files,
        "absent": absent,
        "answers": answers,
    }
    members[ABOUT] = (json.dumps(about, indent=1, sort_keys=True) + "\n").encode("ascii")
    return members | {MANIFEST: manifest_of(members)}


def sign_off_members(signed: SignOff) -> Iterator[tuple[str, bytes]]:
    """The attested text, and the signature and public key where there are."""
    stem = text_name(signed).removesuffix(".txt")
    yield text_name(signed), signed.attestation.encode()
    if signed.signature is not None:
        yield stem + _SUFFIXES[signed.signature.kind], signed.signature.text.encode()
        if signed.signature.public_key is not None:
            yield f"{stem}.key.asc", signed.signature.public_key.encode()


def text_name(signed: SignOff) -> str:
    """The member that holds what was attested."""
    return f"{SIGN_OFFS}{signed.sequence:06}.txt"


@cache
def inside(name: str) -> bytes:
    """A file that is in every bundle as it is."""
    return (files("evidence.app") / "bundle_files" / name).read_bytes()


def _lines(texts: Iterable[str]) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()


def manifest_of(members: Mapping[str, bytes]) -> bytes:
    """A line for every member but the manifest itself, by name."""
    named = sorted(name for name in members if name != MANIFEST)
    return "".join(f"{digest(members[name])}  {name}\n" for name in named).encode("ascii")


def zipped(members: Mapping[str, bytes]) -> bytes:
    """The members as a canonical ZIP file.

    Raises:
        FileError: it would be larger than 2 GB.
    """
    if sum(map(len, members.values())) > _LARGEST:
        raise FileError("the bundle would be larger than 2 GB", fix="bundle a run with fewer references")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _FIRST_DAY)
            info.create_system, info.external_attr = _UNIX, _MODE
            archive.writestr(info, members[name])
    return made.getvalue()


def is_about(event: Event, run: str) -> bool:
    """Whether a later event concerns a run: it was signed, or something was done to it, but for bundling it."""
    concerns = event.object == run or event.details.get("run") == run
    made = {AuditAction.BUNDLE, AuditAction.REVIEW}
    return concerns and event.action not in made and event.ending != ActionStatus.BEGUN


# Verifying a bundle


def problems_of(data: bytes) -> list[str]:
    """What is wrong with a bundle's bytes, each as `place: what` without a full stop; empty for a sound one."""
    members = unzipped(data)
    if isinstance(members, BundleProblem):
        return [f"byte {members.offset}: {members.what}"]
    problems = [f"bundle: {what}" for what in misfits(members)]
    for check in (_chain, _report, _answers, _sign_offs):
        try:
            problems += check(members)
        except KeyError as missing:
            problems.append(f"{missing.args[0]}: missing from the bundle")
        except (ValueError, LookupError, TypeError, AttributeError) as wrong:
            problems.append(f"{check.__name__.strip('_')}: {wrong}")
    return problems


def contents_of(data: bytes) -> BundleContents:
    """What a sound bundle is about; to be asked only when `problems_of` found nothing."""
    members = unzipped(data)
    assert not isinstance(members, BundleProblem)  # noqa: S101 - said above
    events = [parse_event(line) for line in _text(members, EVENTS)]
    differing = tuple(name for name in INSIDE if members.get(name) != inside(name))
    signed = tuple(_signed(members))
    return BundleContents(
        run=str(json.loads(members[ABOUT])["run"]),
        head=events[-1],
        first=events[0].hash,
        report=json.loads(members[REPORT]),
        page=members[PAGE],
        sign_offs=signed,
        differing=differing,
    )


def unzipped(data: bytes) -> Members | BundleProblem:
    """The members of a canonical ZIP file, or the first place at which it is none.

    Where a member's own checksum finds it damaged, that is the place; else the first byte at which the file differs
    from one remade.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = _members(archive, len(data))
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError, struct.error) as wrong:
        return BundleProblem(0, f"not a readable ZIP file ({wrong})")
    if isinstance(members, BundleProblem):
        return members
    rebuilt = zipped(members)
    if rebuilt == data:
        return members
    differing = (at for at, (byte, expected) in enumerate(zip(data, rebuilt, strict=False)) if byte != expected)
    at = next(differing, min(len(data), len(rebuilt)))
    where = "a header between files"
    if names != sorted(set(names)):
        where = "the order of the files"
    elif at >= rebuilt.rfind(b"PK\x01\x02"):
        where = "the directory at the end of the ZIP file"
    return BundleProblem(at, f"{where} differs from what `evidence bundle` writes")


def _members(archive: zipfile.ZipFile, size: int) -> dict[str, bytes] | BundleProblem:
    """The members, which stand one after the other; or the first that cannot be read."""
    members: dict[str, bytes] = {}
    begins = 0
    for info in archive.infolist():
        if info.header_offset != begins or info.file_size > size:
            what = f"the directory at the end of the ZIP file is damaged, at {_ascii(info.filename)}"
            return BundleProblem(archive.start_dir, what)
        if info.compress_type != zipfile.ZIP_STORED:
            return BundleProblem(begins, f"{_ascii(info.filename)} is compressed; the files in a bundle are not")
        try:
            members[info.filename] = archive.read(info)
        except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError, struct.error) as wrong:
            return BundleProblem(begins, f"{_ascii(info.filename)} is damaged ({wrong})")
        begins += _HEADER + len(info.filename.encode()) + info.file_size
    return members


def _ascii(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode("ascii")


def misfits(members: Mapping[str, bytes]) -> Iterator[str]:
    """In what the manifest differs from the members, a sentence without a full stop each."""
    manifest = members.get(MANIFEST)
    if manifest is None:
        yield f"{MANIFEST} is missing"
        return
    expected, written = _sums(manifest_of(members)), _sums(manifest)
    for name in sorted(expected.keys() | written.keys()):
        if name not in expected:
            yield f"{name} is in {MANIFEST} but not in the bundle"
        elif name not in written:
            yield f"{name} is in the bundle but not in {MANIFEST}"
        elif expected[name] != written[name]:
            yield f"{name} does not match its SHA-256 in {MANIFEST}"
    if expected == written and manifest != manifest_of(members):
        yield f"{MANIFEST} was rewritten"


def _sums(text: bytes) -> dict[str, str]:
    lines = text.decode("utf-8", "backslashreplace").splitlines()
    return {line[66:]: line[:64] for line in lines}


def _chain(members: Members) -> Iterator[str]:
    last = 0
    for link in walk(_text(members, EVENTS)):
        if isinstance(link, Break):
            yield f"{EVENTS}:{link.number}: {link.what}"
        else:
            last = link.sequence
    for number, line in enumerate(_text(members, LATER), 1):
        try:
            event = parse_event(line)
        except ValueError as wrong:
            yield f"{LATER}:{number}: {wrong}"
            continue
        if event.sequence <= last:
            yield f"{LATER}:{number}: event {event.sequence} is out of order"
        last = event.sequence


def _report(members: Members) -> Iterator[str]:
    about, report = json.loads(members[ABOUT]), json.loads(members[REPORT])
    run = report["run"]["id"]
    events = [parse_event(line) for line in _text(members, EVENTS)]
    named = [event.after for event in events if event.action == AuditAction.RUN and event.object == run]
    if digest(members[REPORT]) not in named:
        yield f"{REPORT}: no event of run {run} contains its SHA-256"
    if about["run"] != run:
        yield f"{ABOUT}: describes run {about['run']}, but the report is for run {run}"
    known = {file["path"]: file["sha256"] for file in (*about["files"], *about["absent"])}
    for judged in report["run"]["inputs"]:
        if known.get(judged["path"]) != judged["sha256"]:
            yield f"{ABOUT}: {judged['path']} is missing, or its SHA-256 differs from the one that was checked"
    for file in about["files"]:
        if digest(members[file["member"]]) != file["sha256"]:
            yield f"{file['member']}: not the {file['kind']} file that was checked or signed"


def _answers(members: Members) -> Iterator[str]:
    for name, raw in members.items():
        if name.startswith(ANSWERS) and digest(raw) != name.removeprefix(ANSWERS):
            yield f"{name}: its SHA-256 does not match its name"


def _sign_offs(members: Members) -> Iterator[str]:
    for signed in _signed(members):
        for name, data in sign_off_members(signed):
            if members[name] != data:
                yield f"{name}: does not match event {signed.sequence}"


def _signed(members: Members) -> Iterator[SignOff]:
    """The sign-offs of the run, and those that its report names: of these the attested text is in the bundle."""
    for signed in sign_offs_in(_text(members, EVENTS), EVENTS):
        if text_name(signed) in members:
            yield signed
    yield from sign_offs_in(_text(members, LATER), LATER)


def _text(members: Members, name: str) -> list[str]:
    return members[name].decode("utf-8", "backslashreplace").split("\n")[:-1]
