"""SGN: sign-offs that do not hold any more. Judged last, since they depend on what all other rules found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from evidence.model.audit import SignOffStatus
from evidence.model.errors import Place
from evidence.model.policy import Severity
from evidence.model.rule import Exceptions, Finding, Rule, Subject, Violation
from evidence.rules.case import LibraryCase
from evidence.rules.rule import library_rule

_REASONS = 4  # named before the rest is counted
_SIGN_AGAIN = "run evidence check, then evidence sign with the same role and meaning"

_rule = partial(library_rule, raised_to=None, subject=Subject.SIGN_OFFS, exceptions=Exceptions.NOT_WAIVED)


@_rule("SGN001", "void-sign-off", Severity.WARNING)
def void_sign_off() -> None:
    """A sign-off whose files or findings are not those that were signed.

    What it does:
        Reports, for the newest sign-off of each role and meaning, what has changed since: the
        references, the waivers, the monograph, what the lock says of the sources (each with its
        SHA-256 then and now), an error or warning that was not signed or was lesser then, or a
        signature that does not hold. LNK002, which says only that a page did not answer today, voids
        nothing; nor does a finding that is gone.

    Why it matters:
        What was reviewed or approved is not what is there. To an inspector the approval of another
        text is none.

    Example:
        references.yaml is edited after `evidence sign --role editor --meaning approved`.

    What to do:
        `evidence check`, look at what has changed, then `evidence sign` again with the same role and
        meaning; the newer sign-off takes the place of the older.

    References:
        21 CFR 11.70, signature/record linking.
    """


@_rule("SGN002", "sign-off-overdue", Severity.WARNING)
def sign_off_overdue() -> None:
    """A sign-off that is older than the policy allows.

    What it does:
        Reports a sign-off in force that was given more than 365 days ago, or the days that
        `policy: sign-off-limit` says (`none`: never).

    Why it matters:
        Nothing that is watched has changed, but nobody has looked at it for a year either.

    Example:
        policy:
          sign-off-limit: 180 d

    What to do:
        `evidence check`, read it again, then `evidence sign` with the same role and meaning.

    References:
        ICH E6(R3), 3.11, and 21 CFR 314.81(b)(2) ask for a yearly look at what is known of a drug; no
        evidence supports one interval for all, so it is a setting.
    """


@_rule("SGN003", "signer-mismatch", Severity.ERROR)
def signer_mismatch() -> None:
    """A sign-off by a key of somebody else than it names, or by somebody who may not sign in its role.

    What it does:
        Reports a sign-off whose good signature is by a key that the allowed signers, or the trusted
        user ids of an OpenPGP key, give to nobody of the name or address that the sign-off states. Of
        `Name <address>` the address is compared. With `policy: sign-off: roles` also reports one
        whose signer is not among those of its role; without a known key that is whoever it names.
        Such a sign-off is not in force, and takes the place of no other.

    Why it matters:
        Whoever has any allowed key could sign in the name of all others.

    Example:
        `evidence sign --name "B. Boss" …  --key ~/.ssh/id_ed25519`, a key of a.editor@example.org.

    What to do:
        `evidence sign --name "A. Editor <a.editor@example.org>" … --key ~/.ssh/id_ed25519`

    References:
        21 CFR 11.100(a): unique to one individual. ssh-keygen(1), ALLOWED SIGNERS.
    """


@_rule("SGN004", "key-required", Severity.ERROR)
def key_required() -> None:
    """A sign-off without the signature by a known key that the policy requires.

    What it does:
        With `policy: sign-off: {require-key: true}`, reports a sign-off that no key signed, whose key
        nobody knows here, or whose signature does not hold or could not be verified. It is not in force.

    Why it matters:
        Whoever can write to the audit trail can give any name.

    Example:
        policy:
          sign-off: {require-key: true}

    What to do:
        `evidence sign` again with the same role and meaning and `--key` or `--gpg`; name the allowed
        signers by EVIDENCE_ALLOWED_SIGNERS.

    References:
        21 CFR 11.70, signature/record linking.
    """


RULES = (void_sign_off, sign_off_overdue, signer_mismatch, key_required)
"""Judged by `sign_off_findings`."""


def sign_off_findings(case: LibraryCase) -> Iterator[Finding]:
    """What is wrong with the sign-offs that are reported at this file.

    A finding is about the file, at its beginning; it is the same as long as it is about the same sign-off.
    """
    for status in case.sign_offs:
        signed = status.sign_off
        subject = f"the sign-off of {signed.as_of} by {signed.name} ({signed.role}, {signed.meaning})"
        for judged, message, fix in _objections(status, case.today):
            violation = Violation(f"{subject} {message}", signed.attestation, suggestion=fix)
            yield judged.finding(violation, None, Place(status.path, 1, 1))


def _objections(status: SignOffStatus, today: date) -> Iterator[tuple[Rule, str, str]]:
    """The rules that a sign-off violates, each with what is wrong and how to go on."""
    if status.void:
        more = len(status.void) - _REASONS
        reasons = "; ".join(status.void[:_REASONS]) + (f"; and {more} more changes" if more > 0 else "")
        yield void_sign_off, f"is void: {reasons}", _SIGN_AGAIN
    if status.mismatch:
        fix = (
            f"{_SIGN_AGAIN}; --name states the address that the key is known by, for a role that its owner may sign in"
        )
        yield signer_mismatch, f"is not by whom it should be: {status.mismatch}", fix
    if status.unkeyed:
        what = f"needs a signature by a known key (policy: sign-off: require-key): {status.unkeyed}"
        yield key_required, what, f"{_SIGN_AGAIN}, and with --key or --gpg"
    if status.overdue and status.due is not None and not status.objections:
        days = (today - status.due).days
        message = f"is overdue since {status.due}, {days} day{'' if days == 1 else 's'} ago"
        yield sign_off_overdue, message, _SIGN_AGAIN
