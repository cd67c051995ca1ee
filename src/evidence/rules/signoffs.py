"""SGN: sign-offs that do not hold any more. Judged last, since they depend on what all other rules found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from evidence.model.policy import Severity
from evidence.model.references import Place
from evidence.model.rule import Exceptions, Finding, Subject, Violation
from evidence.rules.case import LibraryCase
from evidence.rules.rule import library_rule

_REASONS = 4  # named before the rest is counted


_rule = partial(library_rule, subject=Subject.SIGN_OFFS, exceptions=Exceptions.NOT_WAIVED)


@_rule("SGN001", "void-sign-off", Severity.WARNING)
def void_sign_off() -> None:
    """A sign-off whose files or findings are not those that were signed.

    What it does:
        Reports, for the newest sign-off of each role and meaning, what has changed since: the
        references, the waivers, the monograph, what the lock says of the sources (each with its
        SHA-256 then and now), an error or warning that was not signed or was lesser then, or a
        signature that does not hold. LNK002, which says only that a page did not answer today, voids
        nothing; nor does a finding that is gone.

    Why is this bad?
        What was reviewed or approved is not what is there. To an inspector the approval of another
        text is none.

    Example:
        references.yaml is edited after `evidence sign --role editor --meaning approved`.

    Use instead:
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

    Why is this bad?
        Nothing that is watched has changed, but nobody has looked at it for a year either.

    Example:
        policy:
          sign-off-limit: 180 d

    Use instead:
        `evidence check`, read it again, then `evidence sign` with the same role and meaning.

    References:
        ICH E6(R3), 3.11, and 21 CFR 314.81(b)(2) ask for a yearly look at what is known of a drug; no
        evidence supports one interval for all, so it is a setting.
    """


RULES = (void_sign_off, sign_off_overdue)
"""Judged by `sign_off_findings`."""


def sign_off_findings(case: LibraryCase) -> Iterator[Finding]:
    """What is wrong with the sign-offs that are reported at this file.

    A finding is about the file, at its beginning; it is the same as long as it is about the same sign-off.
    """
    for status in case.sign_offs:
        signed = status.sign_off
        subject = f"the sign-off of {signed.as_of} by {signed.name} ({signed.role}, {signed.meaning})"
        if status.void:
            more = len(status.void) - _REASONS
            reasons = "; ".join(status.void[:_REASONS]) + (f"; and {more} more changes" if more > 0 else "")
            judged, message = void_sign_off, f"{subject} is void: {reasons}"
        elif status.overdue and status.due is not None:
            days = (case.today - status.due).days
            judged = sign_off_overdue
            message = f"{subject} is overdue since {status.due}, {days} day{'' if days == 1 else 's'} ago"
        else:
            continue
        fix = "run evidence check, then evidence sign with the same role and meaning"
        violation = Violation(message, signed.attestation, suggestion=fix)
        yield judged.finding(violation, None, Place(status.path, 1, 1))
