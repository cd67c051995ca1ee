"""A bundle verified: its own bytes, its sign-offs' signatures, and what a trail at hand says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.audit.events import Event
from evidence.audit.flaws import Flaw, Remark
from evidence.bundles.contents import PAGE, REPORT
from evidence.bundles.verifying import Opened, harms, opened
from evidence.model.deeds import AuditAction
from evidence.signing.verifying import verified
from evidence.store.encoding import digest
from evidence.verifying.heads import CUT_OFF
from evidence.verifying.signoffs import check_signature
from evidence.verifying.subject import Told

_ANOTHER = "take another copy of the bundle, or make it anew with `evidence bundle`"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle's file: what it is called, and its bytes."""

    path: Path
    data: bytes

    @property
    def shown(self) -> str:
        """The path as it is told."""
        return self.path.as_posix()

    @property
    def sha256(self) -> str:
        """What was printed and noted when it was made."""
        return digest(self.data)


Render = Callable[[Mapping[str, Any]], bytes]
"""A report's document as the page that this version makes of it."""


def check_bundle(bundle: Bundle, trail: Iterable[Event], allowed: Path | None, render: Render) -> Told:
    """Everything that is to be said of a bundle; `trail` are the events at hand, none where no trail is."""
    broken = harms(bundle.data)
    for what in broken:
        place, _, rest = what.partition(": ")
        yield Flaw(f"{bundle.shown} {place}", rest, _ANOTHER)
    if not broken:
        read = opened(bundle.data)
        yield from _signatures(bundle, read, allowed)
        yield from _strange(bundle, read, render)
        yield from _at_hand(bundle, read, list(trail))


def _signatures(bundle: Bundle, read: Opened, allowed: Path | None) -> Told:
    for signed in read.sign_offs:
        known = verified(signed, allowed)
        if known is not None:
            yield from check_signature(f"{bundle.shown} event {signed.sequence}", known)


def _strange(bundle: Bundle, read: Opened, render: Render) -> Told:
    """What no event binds, and another version of the tool may make otherwise: the script, the page."""
    for name in read.strange:
        yield Remark(f"{bundle.shown} {name}: it is not the one that this version puts into bundles; do not rely on it")
    if render(read.report) != read.page:
        yield Remark(f"{bundle.shown} {PAGE}: it is not the page that this version makes of {REPORT}; rely on that one")


def _at_hand(bundle: Bundle, read: Opened, trail: list[Event]) -> Told:
    """Whether the trail at hand notes this bundle, and holds the bundle's chain."""
    yield Remark(f"{bundle.shown}: run {read.run}, events up to {read.head.sequence}, hash {read.head.hash}")
    noted = [event for event in trail if event.action == AuditAction.BUNDLE]
    ours = next((event for event in noted if event.after == bundle.sha256), None)
    same_name = [event for event in noted if event.details.get("bundle") == bundle.path.name]
    if ours is not None:
        yield Remark(f"{bundle.shown}: event {ours.sequence} notes this SHA-256, {bundle.sha256}")
    elif same_name:
        what = f"its SHA-256 is not the one that event {same_name[-1].sequence} notes for a bundle of this name"
        yield Flaw(bundle.shown, what, _ANOTHER)
    else:
        yield Remark(f"{bundle.shown}: no trail here notes it; compare its SHA-256 with the one filed, {bundle.sha256}")
    yield from _goes_as_far(bundle, read, {event.sequence: event.hash for event in trail})


def _goes_as_far(bundle: Bundle, read: Opened, trail: Mapping[int, str]) -> Told:
    """The trail at hand holds what the bundle took from it, where they begin alike; else it was cut or rewritten."""
    number, here = read.head.sequence, trail.get(read.head.sequence)
    if here == read.head.hash or not trail:
        return
    if trail.get(1) != read.first:
        yield Remark(f"{bundle.shown}: the trail here is another one: it begins with another event")
    elif number > max(trail):
        what = f"it holds event {number} of the trail here, which ends with event {max(trail)}: its end was cut off"
        yield Flaw(bundle.shown, what, CUT_OFF)
    else:
        what = f"the trail here has another event {number} than when this was made: it was rewritten"
        yield Flaw(bundle.shown, what, CUT_OFF)
