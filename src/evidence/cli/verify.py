"""`evidence verify`: everything that the audit trail binds, recomputed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click

from evidence.app.sign import signer_roots
from evidence.app.verify import Bundle, VerifySubject, check_bundle, verify, verify_subject
from evidence.audit.events import Event, Flaw, Remark
from evidence.audit.log import LogFile
from evidence.cli.options import files_argument, json_option, lock_option, log_option, store_option
from evidence.cli.output import echo_json, to_stdout
from evidence.cli.settings import configuration_from, files_from
from evidence.cli.trail import places_from
from evidence.library.files import bytes_of, find_libraries
from evidence.library.reader import read_library
from evidence.model.audit import ChainHead
from evidence.model.claims import Claim
from evidence.model.errors import EvidenceError, UsageError
from evidence.model.ports import SystemClock
from evidence.model.references import Waiver
from evidence.model.regex import regex
from evidence.model.report import Exit
from evidence.model.text import one_line
from evidence.storage.lockfile import lock_paths

_HASH = regex(r"[0-9a-f]{12,64}")
_WAIT = 30.0  # seconds for the lock of the log
_MOST_FLAWS = 20  # that are printed
_LARGEST = 2_000_000_000  # bytes of a bundle


@click.command(name="verify")
@files_argument
@log_option
@lock_option
@store_option
@click.option(
    "--allowed-signers",
    metavar="FILE",
    help="File of allowed SSH signers (default: $EVIDENCE_ALLOWED_SIGNERS, git's setting, the configuration).",
)
@click.option(
    "--head", "heads", metavar="HASH", multiple=True, help="Require the event with this hash, as printed in a report."
)
@json_option
@click.pass_context
def command(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Verify the audit trail and everything it binds, and report what has changed since it was recorded.

    Checks the chain of events in the store and in the log; that both are the same; that they contain the head hashes
    in the locks of FILES (default: as for `check`) and in the stored reports; the SHA-256 of reports and raw answers;
    the rows of every run; sign-offs and their signatures; and interrupted edits. Nothing is changed or looked up.

    A FILE that ends in .zip is verified as a bundle; this does not require an audit trail.

    Exit status: 0 verified, 1 changes found, 2 could not be verified.
    """
    if any(file.endswith(".zip") for file in files):
        _verify_bundles(ctx, files, options)
    clock = SystemClock()
    places = places_from(os.environ, options["store"], options["log"])
    roots = signer_roots(os.environ, configuration_from(os.environ), options["allowed_signers"])
    locks = _locks(files, options["lock"])
    heads = [_hash(given) for given in options["heads"]]
    with verify_subject(places.store, LogFile(places.log, clock, _WAIT), locks, clock) as found:
        waivers: list[Waiver] = []
        claims: list[Claim] = []
        unread: list[Remark] = []
        named = _named_files(files)
        for path in find_libraries(named) if named else ():
            try:
                library = read_library(path)
                waivers += library.waivers
                claims += library.claims
            except EvidenceError as error:
                if files:
                    raise UsageError(
                        f"{path} was not verified: it is not a references file",
                        fix="name references files or bundles (.zip); for a filed report, give the audit head it prints"
                        " as --head",
                    ) from error
                unread.append(Remark(f"the waivers and claims of {path} could not be read: {error}"))
        subject = replace(found, roots=roots, waivers=waivers, claims=claims, heads=heads)
        status = _report([*verify(subject), *unread], _subject_lines(subject), subject.head, options)
    ctx.exit(status)


def _verify_bundles(ctx: click.Context, files: tuple[str, ...], options: Mapping[str, Any]) -> NoReturn:
    """Verify bundles, beside the trail if there is one; leaves with the exit status."""
    others = [file for file in files if not file.endswith(".zip")]
    if others:
        raise UsageError(f"{others[0]} is not a bundle", fix="verify bundles and other files separately")
    roots = signer_roots(os.environ, configuration_from(os.environ), options["allowed_signers"])
    trail = _local_trail(options)
    bundles = [Bundle(Path(file), bytes_of(Path(file), _LARGEST)) for file in files]
    results = [item for bundle in bundles for item in check_bundle(bundle, trail, roots, _page)]
    ctx.exit(_report(results, [f"verified: {', '.join(bundle.name for bundle in bundles)}"], None, options))


def _page(report: Mapping[str, Any]) -> bytes:
    from evidence.app.registry import RULES, SOURCE_TITLES  # noqa: PLC0415 - only a bundle's page is remade
    from evidence.reports.document import masked_document  # noqa: PLC0415 - only a bundle's page is remade
    from evidence.reports.html import render_html  # noqa: PLC0415 - only a bundle's page is remade

    return render_html(masked_document(report), RULES, SOURCE_TITLES).encode()


def _local_trail(options: Mapping[str, Any]) -> list[Event]:
    """The events of the trail here, none without one."""
    clock = SystemClock()
    places = places_from(os.environ, options["store"], options["log"])
    if not places.store.exists() and not places.log.exists():
        return []
    try:
        with verify_subject(places.store, LogFile(places.log, clock, _WAIT), (), clock) as subject:
            return list(subject.events.values())
    except UsageError:  # a store from before there were trails; a bundle is verified without one
        return []


def _hash(given: str) -> str:
    """A hash that was read off a report, or enough of its beginning to be no other.

    Raises:
        UsageError: it is too short, or no hash.
    """
    text = given.strip().lower()
    if not _HASH.fullmatch(text):
        raise UsageError(
            f"--head {given} is not a valid hash", fix="use the 64 digits after `audit head`, or at least the first 12"
        )
    return text


def _locks(files: tuple[str, ...], given: str | None) -> list[Path]:
    """The locks beside the files at hand, as far as they exist, or the one that is named."""
    if given is not None:
        return [Path(given)]
    named = _named_files(files)
    locks = dict.fromkeys(lock_paths(path.as_posix() for path in find_libraries(named))) if named else {}
    return [lock for lock in locks if lock.exists()]


def _named_files(files: tuple[str, ...]) -> tuple[str, ...]:
    """The files that are named, else those that would be checked, as far as they exist."""
    if files:
        return files
    checked = files_from((), configuration_from(os.environ))
    return tuple(file for file in checked if any(wild in file for wild in "*?[") or Path(file).exists())


def _report(
    results: Iterable[Flaw | Remark], heading: Iterable[str], head: ChainHead | None, options: Mapping[str, Any]
) -> Exit:
    """Write the results on standard output; returns the exit status."""
    results = list(results)
    flaws = [item for item in results if isinstance(item, Flaw)]
    remarks = [item for item in results if isinstance(item, Remark)]
    if options["as_json"]:
        echo_json(
            {
                "version": 1,
                "audit": None if head is None else {"sequence": head.sequence, "head": head.hash},
                "sound": not flaws,
                "flaws": [{"place": flaw.place, "what": flaw.what, "fix": flaw.fix} for flaw in flaws],
                "remarks": [remark.text for remark in remarks],
            }
        )
    else:
        lines = [*heading, *_result_lines(flaws, remarks)]
        to_stdout("".join(f"{one_line(line)}\n" for line in lines))
    return Exit.FINDINGS if flaws else Exit.CLEAN


def _subject_lines(subject: VerifySubject) -> Iterator[str]:
    parts = []
    if subject.store is not None:
        parts.append(f"{subject.store.name} ({_quantity(len(subject.store.rows), 'event')})")
    if subject.log is not None:
        parts.append(f"{subject.log.name} ({_quantity(len(subject.log.lines), 'event')})")
    parts += [path.as_posix() for path in subject.locks]
    yield f"verified: {', '.join(parts)}"
    if subject.head is not None:
        last = subject.events[subject.head.sequence]
        yield f"head: event {subject.head.sequence}, {last.at:%Y-%m-%d %H:%M:%S} UTC, {subject.head.hash}"


def _result_lines(flaws: list[Flaw], remarks: list[Remark]) -> Iterator[str]:
    if flaws:
        yield f"BROKEN: {_quantity(len(flaws), 'problem')}, earliest first"
    for flaw in flaws[:_MOST_FLAWS]:
        yield f"{flaw.place}: {flaw.what}"
        yield f"  what to do: {flaw.fix}"
    if len(flaws) > _MOST_FLAWS:
        yield f"and {len(flaws) - _MOST_FLAWS} more; for all: --json"
    yield from (f"note: {remark.text}" for remark in remarks)
    if not flaws:
        yield "verified: no changes since it was recorded"


def _quantity(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
