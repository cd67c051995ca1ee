"""`evidence sign`: a named person attests to what was checked, bound to its bytes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Any

import click

from evidence.app.check import read_libraries
from evidence.app.registry import RULE_SET
from evidence.app.sign import SignerRoots, files_to_bind, signer_roots
from evidence.audit.events import relative_name
from evidence.audit.signatures import gpg_sign, ssh_sign
from evidence.audit.signoffs import (
    attestation,
    details_of,
    mismatch,
    missing_key,
    objection,
    sign_off_of,
    signed_details,
    signed_report,
    signing_summary,
)
from evidence.cli.edit import record_refusal
from evidence.cli.options import Day, files_argument, lock_option, store_option
from evidence.cli.output import echo, echo_lines
from evidence.cli.settings import actor_from, configuration_from, libraries_from, root_from
from evidence.cli.store import open_store, report_of
from evidence.cli.trail import open_trail, places_from, recover_edits
from evidence.model.audit import AuditAction, AuditEntry, Bound, Meaning, Signature, SignedReport, utc_text
from evidence.model.errors import EvidenceError, UsageError
from evidence.model.policy import SignOffPolicy, strictest
from evidence.model.ports import SystemClock
from evidence.model.report import Mode
from evidence.model.text import one_line
from evidence.storage.store import Store
from evidence.storage.values import RunEntry

_CHECK = "run `evidence check` first"
_LONGEST = 200  # characters of a name, a role; a reason may have ten times as many


@dataclass(frozen=True, slots=True)
class _Signing:
    """Who signs what, as whom, for which day."""

    libraries: tuple[str, ...]
    home: Path
    lock: Path | None
    actor: str
    name: str
    role: str
    meaning: Meaning
    reason: str | None
    as_of: date
    policy: SignOffPolicy
    roots: SignerRoots

    def bound(self) -> tuple[Bound, ...]:
        """The files that it binds, as they are now."""
        libraries = read_libraries(self.libraries, top=root_from(os.environ))
        return tuple(
            dict.fromkeys(file for library in libraries for file in files_to_bind(library, self.home, self.lock))
        )

    def names(self, paths: Sequence[str]) -> dict[str, str]:
        """Files as records name them."""
        return {path: relative_name(self.home, Path(path)) for path in paths}

    @property
    def object(self) -> str:
        """What is signed, as the event names it."""
        return ", ".join(self.names(self.libraries).values())


@click.command(name="sign")
@files_argument
@click.option("--role", required=True, metavar="ROLE", help="Your role as signer: medical editor, regulatory affairs …")
@click.option(
    "--meaning",
    type=click.Choice([str(meaning) for meaning in Meaning]),
    required=True,
    help="The meaning of your sign-off.",
)
@click.option("--name", metavar="NAME", help="Your name as it should be printed (default: the actor).")
@click.option("--reason", metavar="TEXT", help="Your reason, in your own words.")
@click.option("--key", metavar="FILE", help="Also sign the attestation with this SSH key (ssh-keygen -Y sign).")
@click.option("--gpg", "gpg_key", metavar="KEYID", help="Also sign the attestation with this OpenPGP key.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation; for scripts.")
@click.option("--as-of", type=Day(), help="Sign for this day (default: today in UTC).")
@click.option(
    "--actor",
    metavar="NAME",
    help="Name of the person who runs this (default: $EVIDENCE_ACTOR, otherwise the user name).",
)
@lock_option
@store_option
def command(files: tuple[str, ...], **options: Any) -> None:
    """Attest that you have reviewed or approve the checked FILES (default: as for `check`).

    Binds your name, role and meaning to the SHA-256 of the references, the waivers, the monograph, the lock and the
    report of the last run over them, as an event of the audit trail. Any later change to these files voids the
    sign-off, and `evidence check` reports it. A newer sign-off with the same role and meaning replaces it.

    A sign-off does not prove who you are. A signature with a key that others know to be yours does: see --key and
    --gpg.
    """
    if options["key"] and options["gpg_key"]:
        raise click.UsageError("use --key or --gpg, not both")
    signing = _signing(files, options)
    try:
        _sign(signing, options)
    except EvidenceError as error:
        details = {"role": signing.role, "meaning": str(signing.meaning), "name": signing.name, "why": str(error)}
        record_refusal(AuditEntry(AuditAction.SIGN, signing.object, reason=signing.reason, details=details))
        raise


def _signing(files: tuple[str, ...], options: Mapping[str, Any]) -> _Signing:
    configuration = configuration_from(os.environ)
    read = libraries_from(files, configuration, os.environ)
    libraries = tuple(library.path for library in read)
    if options["lock"] and len(libraries) > 1:
        raise UsageError(f"--lock {options['lock']} cannot be used for {len(libraries)} references files")
    actor = actor_from(os.environ, options["actor"])
    return _Signing(
        libraries=libraries,
        home=places_from(os.environ, options["store"]).log.parent,
        lock=Path(options["lock"]) if options["lock"] else None,
        actor=actor,
        name=_line("--name", options["name"] or actor, _LONGEST),
        role=_line("--role", options["role"], _LONGEST),
        meaning=Meaning(options["meaning"]),
        reason=_line("--reason", options["reason"], 10 * _LONGEST) if options["reason"] else None,
        as_of=options["as_of"] or SystemClock().now().astimezone(UTC).date(),
        policy=strictest(library.policy.sign_off for library in read),
        roots=signer_roots(os.environ, configuration),
    )


def _line(option: str, given: str, longest: int) -> str:
    text = given.strip()
    if not text or not text.isprintable() or len(text) > longest:
        raise UsageError(f"{option} must be one line of 1 to {longest} characters")
    return text


def _sign(signing: _Signing, options: Mapping[str, Any]) -> None:
    bound = signing.bound()
    report, document = _report_for(signing, bound, options["store"])
    echo_lines([f"{signing.name} ({signing.role}) signs the following as {signing.meaning}, for {signing.as_of}:"])
    echo_lines(signing_summary(document, report, bound))
    if not options["yes"]:
        if not sys.stdin.isatty():
            raise UsageError("no terminal to confirm the sign-off", fix="sign at a terminal, or use --yes")
        if not click.confirm("Do you sign this?", err=True):
            raise UsageError("sign-off cancelled", fix="nothing was signed")
    now = utc_text(SystemClock().now().astimezone(UTC))
    details = details_of(
        name=signing.name, role=signing.role, meaning=signing.meaning, at=now, bound=bound, report=report
    )
    text = attestation(signing.actor, signing.as_of, signing.reason, details)
    signature: Signature | None = None
    if options["key"]:
        signature = ssh_sign(text, str(Path(options["key"]).expanduser()))
    elif options["gpg_key"]:
        signature = gpg_sign(text, options["gpg_key"])
    if signature is not None:
        details = signed_details(details, signature)
    if signing.bound() != bound:
        raise UsageError("a file changed before you confirmed", fix=_CHECK)
    with open_trail(places_from(os.environ, options["store"]), signing.actor, signing.as_of) as trail:
        recover_edits(trail)
        head = trail.note(AuditEntry(AuditAction.SIGN, signing.object, reason=signing.reason, details=details))
    echo_lines(_what_check_will_say(signing, head.sequence, details))
    by = f", key {signature.key}" if signature is not None else ", without a key"
    echo(f"signed: event {head.sequence} of the audit trail{one_line(by)}")
    echo(f"hash {head.hash}")


def _what_check_will_say(signing: _Signing, sequence: int, details: Mapping[str, str]) -> Iterator[str]:
    """Why what was just signed will not be in force."""
    signed = sign_off_of(
        sequence=sequence,
        at=details["signed-at"],
        as_of=signing.as_of,
        actor=signing.actor,
        reason=signing.reason,
        details=details,
    )
    checked = signing.roots.check(signed)
    if why := missing_key(checked, signing.policy):
        required = "the policy requires a signature by a known key"
        yield f"note: this sign-off will not be in force (SGN004): {required}; {why}"
    elif why := mismatch(signed, checked, signing.policy):
        yield f"note: this sign-off will not be in force (SGN003): {why}"


def _report_for(signing: _Signing, bound: Sequence[Bound], store: str | None) -> tuple[SignedReport, Mapping[str, Any]]:
    """The last run's report over exactly these files.

    Raises:
        UsageError: there is none, or it cannot be signed; with what to do.
    """
    with open_store(os.environ, store) as opened:
        run = _last_over(signing, bound, opened)
        if run is None:
            raise UsageError(f"no run has checked exactly {signing.object}", fix=_CHECK)
        if run.finished is None or run.report_sha256 is None:
            raise UsageError(f"the last run over {signing.object} did not finish ({run.id})", fix=_CHECK)
        document = report_of(opened, run)
    names = signing.names([item["path"] for item in document["run"]["inputs"]])
    why_not = objection(document, bound, names, signing.as_of)
    if why_not is not None:
        raise UsageError(why_not, fix=_CHECK)
    return signed_report(document, run.report_sha256, names, RULE_SET.by_code), document


def _last_over(signing: _Signing, bound: Sequence[Bound], store: Store) -> RunEntry | None:
    """The newest run over these references files, and over nothing else but what belongs to them.

    Runs in mode `locked` were taken over from locks; nothing was checked by them.
    """
    wanted, belonging = set(signing.names(signing.libraries).values()), {file.path for file in bound}
    for run in store.last_runs(None):
        judged = set(signing.names([item.path for item in run.inputs]).values())
        if run.mode is not Mode.LOCKED and wanted <= judged <= belonging | wanted:
            return run
    return None
