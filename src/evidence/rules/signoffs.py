"""SGN: sign-offs that do not hold any more. Judged last, since they look at what all other rules found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from evidence.model.audit import SignOffStatus
from evidence.model.findings import Finding, Violation
from evidence.model.policy import Severity
from evidence.model.references import Place
from evidence.model.rule import Exceptions, Rule, Subject
from evidence.rules.case import LibraryCase
from evidence.rules.rule import library_rule

_SHOWN = 4  # reasons told before the rest is counted


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


def sign_off_findings(whole: LibraryCase) -> Iterator[Finding]:
    """What is wrong with the sign-offs that are told at this file."""
    for standing in whole.sign_offs:
        if standing.void:
            yield _finding(void_sign_off, standing, f"{_called(standing)} is void: {_reasons(standing)}")
        elif standing.overdue and standing.due is not None:
            days = (whole.today - standing.due).days
            told = f"{_called(standing)} is overdue since {standing.due}, {days} day{'' if days == 1 else 's'} ago"
            yield _finding(sign_off_overdue, standing, told)


def _called(standing: SignOffStatus) -> str:
    signed = standing.sign_off
    return f"the sign-off of {signed.as_of} by {signed.name} ({signed.role}, {signed.meaning})"


def _reasons(standing: SignOffStatus) -> str:
    more = len(standing.void) - _SHOWN
    return "; ".join(standing.void[:_SHOWN]) + (f"; and {more} more changes" if more > 0 else "")


def _finding(judged: Rule, standing: SignOffStatus, message: str) -> Finding:
    """About the file, at its beginning; the same as long as it is about the same sign-off."""
    fix = "run evidence check, then evidence sign with the same role and meaning"
    violation = Violation(message, standing.sign_off.attestation, suggestion=fix)
    return judged.finding(violation, None, Place(standing.path, 1, 1))


RULES = (void_sign_off, sign_off_overdue)
"""Judged by `sign_off_findings`."""
