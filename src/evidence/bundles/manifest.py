"""The manifest of a bundle: SHA-256 sums as `sha256sum -c` reads them (GNU coreutils)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

NAME = "manifest.sha256"


def manifest_of(members: Mapping[str, bytes]) -> bytes:
    """A line for every member but the manifest itself, by name."""
    named = sorted(name for name in members if name != NAME)
    return "".join(f"{hashlib.sha256(members[name]).hexdigest()}  {name}\n" for name in named).encode("ascii")


def misfits(members: Mapping[str, bytes]) -> Iterator[str]:
    """What the manifest says otherwise than the members are, a sentence without a full stop each."""
    told = members.get(NAME)
    if told is None:
        yield f"there is no {NAME}"
        return
    expected, written = _sums(manifest_of(members)), _sums(told)
    for name in sorted(expected.keys() | written.keys()):
        if name not in expected:
            yield f"{name} is in {NAME}, but not in the bundle"
        elif name not in written:
            yield f"{name} is in the bundle, but not in {NAME}"
        elif expected[name] != written[name]:
            yield f"{name} does not match its SHA-256 in {NAME}"
    if expected == written and told != manifest_of(members):
        yield f"{NAME} is not written as it was made"


def _sums(text: bytes) -> dict[str, str]:
    lines = text.decode("utf-8", "backslashreplace").splitlines()
    return {line[66:]: line[:64] for line in lines}
