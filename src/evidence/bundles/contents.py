"""What an inspector needs to verify one run, as the members of a ZIP file. Pure: the same run gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from evidence.bundles.manifest import NAME as MANIFEST
from evidence.bundles.manifest import manifest_of
from evidence.model.signoffs import SignatureKind, SignOff

REPORT, PAGE, ABOUT = "report.json", "report.html", "about.json"
EVENTS, LATER = "events.jsonl", "later.jsonl"
ANSWERS, SIGN_OFFS = "answers/", "sign-offs/"
INSIDE = ("HOWTO.txt", "verify.py")
"""What stands in every bundle as it comes with this version."""

VERSION = 1
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_ENDS = {SignatureKind.SSH: ".sig", SignatureKind.GPG: ".asc"}


@dataclass(frozen=True, slots=True)
class BoundFile:
    """A file that was judged or signed; `data` are its bytes as they were, None when they are not at hand any more."""

    kind: str
    path: str
    sha256: str
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What was answered about an identifier; `raw` is None when there were no bytes to keep, or they were pruned."""

    identifier: str
    source: str
    at: str
    state: str
    sha256: str | None
    raw: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvidence:
    """All that is known of one run. `events` are the lines of the trail from its first event to the one of this run."""

    run: str
    report: bytes
    page: bytes
    events: Sequence[str]
    later: Sequence[str] = ()
    bound: Sequence[BoundFile] = ()
    answers: Sequence[RawAnswer] = ()
    sign_offs: Sequence[SignOff] = field(default_factory=tuple)


def members_of(evidence: RunEvidence) -> dict[str, bytes]:
    """The members of the bundle by name, the manifest of their SHA-256 among them."""
    members = {
        REPORT: evidence.report,
        PAGE: evidence.page,
        EVENTS: _lines(evidence.events),
        LATER: _lines(evidence.later),
    }
    members |= {name: inside(name) for name in INSIDE}
    members |= {ANSWERS + str(one.sha256): one.raw for one in evidence.answers if one.raw is not None}
    for signed in evidence.sign_offs:
        members |= dict(sign_off_members(signed))
    named = dict(_named(evidence.bound))
    members |= {name: one.data for name, one in named.items() if one.data is not None}
    members[ABOUT] = _about(evidence, named)
    return members | {MANIFEST: manifest_of(members)}


def sign_off_members(signed: SignOff) -> Iterator[tuple[str, bytes]]:
    """The attested text, and the signature and public key where there are."""
    stem = text_name(signed).removesuffix(".txt")
    yield text_name(signed), signed.attestation.encode()
    if signed.signature is not None:
        yield stem + _ENDS[signed.signature.kind], signed.signature.text.encode()
        if signed.signature.public_key is not None:
            yield f"{stem}.key.asc", signed.signature.public_key.encode()


def text_name(signed: SignOff) -> str:
    """The member that holds what was attested."""
    return f"{SIGN_OFFS}{signed.sequence:06}.txt"


@cache
def inside(name: str) -> bytes:
    """A file that stands in every bundle as it is."""
    return (files("evidence.bundles") / "inside" / name).read_bytes()


def _named(bound: Iterable[BoundFile]) -> Iterator[tuple[str, BoundFile]]:
    """A plain member name for every bound file: numbered, since names from outside may be anything."""
    for number, one in enumerate(bound, 1):
        yield f"inputs/{number:02}-{_UNSAFE.sub('_', PurePosixPath(one.path).name)[-80:]}", one


def _about(evidence: RunEvidence, named: Mapping[str, BoundFile]) -> bytes:
    present = [(name, one) for name, one in named.items() if one.data is not None]
    absent = [one for one in named.values() if one.data is None]
    why = "its bytes are not those of then any more"
    told: dict[str, Any] = {
        "version": VERSION,
        "run": evidence.run,
        "report-sha256": hashlib.sha256(evidence.report).hexdigest(),
        "events": len(evidence.events),
        "files": [{"member": name, **_file(one)} for name, one in present],
        "absent": [{**_file(one), "why": why} for one in absent],
        "answers": [_answer(one) for one in evidence.answers],
    }
    return (json.dumps(told, indent=1, sort_keys=True) + "\n").encode("ascii")


def _file(one: BoundFile) -> dict[str, str]:
    return {"kind": one.kind, "path": one.path, "sha256": one.sha256}


def _answer(one: RawAnswer) -> dict[str, str | None]:
    kept = one.raw is not None
    told = {"identifier": one.identifier, "source": one.source, "at": one.at, "state": one.state, "sha256": one.sha256}
    return told | {"member": f"{ANSWERS}{one.sha256}" if kept else None}


def _lines(texts: Iterable[str]) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()
