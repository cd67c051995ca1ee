"""A bundle looked through: every harm, with the place at which it is. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.audit.chain import Break, walk
from evidence.audit.events import Event, parse_event
from evidence.bundles.canonical import BundleProblem, unzipped
from evidence.bundles.contents import (
    ABOUT,
    ANSWERS,
    EVENTS,
    INSIDE,
    LATER,
    PAGE,
    REPORT,
    inside,
    sign_off_members,
    text_name,
)
from evidence.bundles.manifest import misfits
from evidence.model.deeds import ActionStatus, AuditAction
from evidence.model.signoffs import SignOff
from evidence.signing.reading import sign_offs_in
from evidence.store.encoding import digest

Members = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle as far as it can be read: its run, the last event of its chain, its sign-offs, and whose bytes it has.

    `first` is the hash of its first event, by which a chain is told from another one. `strange` are members that are
    to be the same in every bundle of this version, and are not. `page` is the report as HTML, `report` its document.
    """

    run: str
    head: Event
    first: str
    report: Mapping[str, Any]
    page: bytes
    sign_offs: tuple[SignOff, ...]
    strange: tuple[str, ...]


def harms(data: bytes) -> list[str]:
    """What is wrong with a bundle's bytes, each as `place: what` without a full stop; empty for an unharmed one."""
    members = unzipped(data)
    if isinstance(members, BundleProblem):
        return [f"byte {members.offset}: {members.what}"]
    told = [f"bundle: {what}" for what in misfits(members)]
    for look in (_chain, _report, _answers, _sign_offs):
        try:
            told += look(members)
        except KeyError as missing:
            told.append(f"{missing.args[0]}: it is not in the bundle")
        except (ValueError, LookupError, TypeError, AttributeError) as wrong:
            told.append(f"{look.__name__.strip('_')}: {wrong}")
    return told


def opened(data: bytes) -> Opened:
    """What an unharmed bundle is about; to be asked only when `harms` found nothing."""
    members = unzipped(data)
    assert not isinstance(members, BundleProblem)  # noqa: S101 - said above
    events = [parse_event(line) for line in _text(members, EVENTS)]
    strange = tuple(name for name in INSIDE if members.get(name) != inside(name))
    signed = tuple(_signed(members))
    return Opened(
        run=str(json.loads(members[ABOUT])["run"]),
        head=events[-1],
        first=events[0].hash,
        report=json.loads(members[REPORT]),
        page=members[PAGE],
        sign_offs=signed,
        strange=strange,
    )


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
            yield f"{LATER}:{number}: event {event.sequence} is not in its order"
        last = event.sequence


def _report(members: Members) -> Iterator[str]:
    about, report = json.loads(members[ABOUT]), json.loads(members[REPORT])
    run = report["run"]["id"]
    events = [parse_event(line) for line in _text(members, EVENTS)]
    named = [one.after for one in events if one.action == AuditAction.RUN and one.object == run]
    if digest(members[REPORT]) not in named:
        yield f"{REPORT}: no event of run {run} names its SHA-256"
    if about["run"] != run:
        yield f"{ABOUT}: it is about run {about['run']}, the report about {run}"
    yield from _inputs(members, about, {one["path"]: one["sha256"] for one in report["run"]["inputs"]})


def _inputs(members: Members, about: Mapping[str, Any], judged: Mapping[str, str]) -> Iterator[str]:
    told = {one["path"]: one["sha256"] for one in (*about["files"], *about["absent"])}
    for path, sha256 in judged.items():
        if told.get(path) != sha256:
            yield f"{ABOUT}: it does not tell of {path} as it was judged"
    for one in about["files"]:
        if digest(members[one["member"]]) != one["sha256"]:
            yield f"{one['member']}: it is not the {one['kind']} that was judged or signed"


def _answers(members: Members) -> Iterator[str]:
    for name, raw in members.items():
        if name.startswith(ANSWERS) and digest(raw) != name.removeprefix(ANSWERS):
            yield f"{name}: its SHA-256 is not its name"


def _sign_offs(members: Members) -> Iterator[str]:
    for signed in _signed(members):
        for name, data in sign_off_members(signed):
            if members[name] != data:
                yield f"{name}: it is not what event {signed.sequence} holds"


def _signed(members: Members) -> Iterator[SignOff]:
    """The sign-offs of the run, and those that its report tells: of these the attested text is in the bundle."""
    for signed in sign_offs_in(_text(members, EVENTS), EVENTS):
        if text_name(signed) in members:
            yield signed
    yield from sign_offs_in(_text(members, LATER), LATER)


def is_about(event: Event, run: str) -> bool:
    """Whether a later event concerns a run: it was signed, or something was done to it, but for bundling it."""
    concerns = event.object == run or event.details.get("run") == run
    return concerns and event.action != AuditAction.BUNDLE and event.ending != ActionStatus.BEGUN


def _text(members: Members, name: str) -> list[str]:
    return members[name].decode("utf-8", "backslashreplace").split("\n")[:-1]
