"""SGN: sign-offs that do not hold any more. Judged last, since they depend on what all other rules found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from evidence.model.audit import SignOffStatus
from evidence.model.errors import Place
from evidence.model.policy import Severity
from evidence.model.rule import Exceptions, Finding, Lookup, Rule, Subject, Violation
from evidence.rules.case import LibraryCase
from evidence.rules.rule import library_rule

_REASONS = 4  # named before the rest is counted
_SIGN_AGAIN = "run `evidence check`, then `evidence sign` with the same role and meaning"

_rule = partial(
    library_rule, raised_to=None, needs=Lookup.NONE, subject=Subject.SIGN_OFFS, exceptions=Exceptions.NOT_WAIVED
)


@_rule("SGN001", "void-sign-off", Severity.WARNING)
def void_sign_off() -> None:
    """The files or findings have changed since they were signed.

    What it does:
        Reports, for the newest sign-off of each role and meaning, what has changed since: the
        references, the waivers, the monograph or what the lock says about the sources (each with its
        SHA-256 then and now), an error or warning that is new or has become more severe, or a
        signature that is not valid. LNK002 does not void a sign-off, since it only says that a page did not
        answer today; nor does a finding that is gone.

    Why it matters:
        The current files are not the ones that were reviewed or approved. To an inspector, approval of a
        different text is not an approval.

    Message:
        the sign-off of 2026-11-23 by A. Editor (editor, approved) is void: references.yaml has changed
        (sha256 was 1f0c29ab34de, is 9ab2e07710cc)

    Example:
        references.yaml is edited after `evidence sign --role editor --meaning approved`.

    What to do:
        Run `evidence check`, review what has changed, then run `evidence sign` again with the same role and
        meaning. The newer sign-off replaces the older one.

    References:
        21 CFR 11.70, signature/record linking.
    """


@_rule("SGN002", "sign-off-overdue", Severity.WARNING)
def sign_off_overdue() -> None:
    """The sign-off is older than the policy allows.

    What it does:
        Reports a sign-off in force that was given more than 365 days ago, or more days ago than
        `policy: sign-off-limit` allows (`none`: no limit).

    Why it matters:
        Nothing that is monitored has changed, but no one has reviewed the monograph for a year either.

    Message:
        the sign-off of 2025-11-23 by A. Editor (editor, approved) is 1 day overdue (due 2026-11-23)

    Example:
        policy:
          sign-off-limit: 180 d

    What to do:
        Run `evidence check`, read the monograph again, then run `evidence sign` with the same role and meaning.

    References:
        ICH E6(R3), 3.11, and 21 CFR 314.81(b)(2) ask for a yearly review of what is known about a drug. No
        evidence supports one interval for every monograph, so the interval is a setting.
    """


@_rule("SGN003", "signer-mismatch", Severity.ERROR)
def signer_mismatch() -> None:
    """The signing key belongs to someone other than the named signer, or the signer may not sign in this role.

    What it does:
        Reports a sign-off with a good signature by a key that belongs to someone else: neither the file of
        allowed signers nor the trusted user ids of the OpenPGP key list the name or address in the sign-off for
        this key. In `Name <address>` only the address is compared. With `policy: sign-off: roles`, it also
        reports a signer who is not listed for the role; without a known key, the name in the sign-off counts.
        Such a sign-off is not in force and does not replace another one.

    Why it matters:
        Otherwise anyone with an allowed key could sign in someone else's name.

    Message:
        the sign-off of 2026-11-23 by B. Boss (editor, approved) has the wrong signer: the key belongs to
        a.editor@example.org, but the sign-off names B. Boss

    Example:
        `evidence sign --name "B. Boss" …  --key ~/.ssh/id_ed25519`, with the key of a.editor@example.org.

    What to do:
        `evidence sign --name "A. Editor <a.editor@example.org>" … --key ~/.ssh/id_ed25519`

    References:
        21 CFR 11.100(a): unique to one individual. ssh-keygen(1), ALLOWED SIGNERS.
    """


@_rule("SGN004", "key-required", Severity.ERROR)
def key_required() -> None:
    """The policy requires a signature by a known key, and this sign-off has none.

    What it does:
        With `policy: sign-off: {require-key: true}`, reports a sign-off without a signature, with a signature by
        an unknown key, or with a signature that is not valid or could not be verified. It is not in force.

    Why it matters:
        Without a key, anyone who can write to the audit trail can use any name.

    Message:
        the sign-off of 2026-11-23 by A. Editor (editor, approved) needs a signature by a known key
        (policy: sign-off: require-key): it has no signature

    Example:
        policy:
          sign-off: {require-key: true}

    What to do:
        Run `evidence sign` again with the same role and meaning and with `--key` or `--gpg`. Set
        EVIDENCE_ALLOWED_SIGNERS to the file of allowed signers.

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
        fix = f"{_SIGN_AGAIN}; for --name, give the key owner's address; for --role, a role in which the owner may sign"
        yield signer_mismatch, f"has the wrong signer: {status.mismatch}", fix
    if status.unkeyed:
        what = f"needs a signature by a known key (policy: sign-off: require-key): {status.unkeyed}"
        yield key_required, what, f"{_SIGN_AGAIN}, with --key or --gpg"
    if status.overdue and status.due is not None and not status.objections:
        days = (today - status.due).days
        message = f"is {days} day{'' if days == 1 else 's'} overdue (due {status.due})"
        yield sign_off_overdue, message, _SIGN_AGAIN
