"""When a registry's "no" may be believed: at once for the unknown, after a second run for what it had.

An identifier that an earlier run found and that is not found now is more often a registry's bad day
than a deletion. It stays unchecked until a second run, at least 24 hours after the first that
missed it, agrees.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from evidence.model.case import Case
from evidence.model.identity import IdKind
from evidence.model.outcomes import Answer, NotFound, Observation, Origin, State, since_found

CONFIRMED_AFTER = timedelta(hours=24)

_REGISTERED = frozenset({IdKind.SETID, IdKind.PMID, IdKind.PMCID, IdKind.DOI})


def not_found_caveat(case: Case, answer: Answer) -> str | None:
    """Why this answer's "not found" is not to be believed yet; None when it is."""
    history = case.history.get(answer.identifier, ())
    return unconfirmed(history, judged_at(answer.at, case.day_of(answer)))


def registry_caveat(case: Case, answer: Answer) -> str | None:
    """As `gone_guard`, for any answer: None unless a registry answers "not found"."""
    if answer.identifier.kind not in _REGISTERED or not isinstance(answer.outcome, NotFound):
        return None
    return not_found_caveat(case, answer)


def unconfirmed(history: Iterable[Observation], now: datetime) -> str | None:
    """Why "not found" now is not confirmed by these earlier observations, oldest first; None when it is."""
    found, after = since_found([seen for seen in history if seen.origin is Origin.NETWORK])
    if found is None:
        return None  # never found: nothing to be gone
    missed = [judged_at(seen.at, seen.as_of) for seen in after if seen.state is State.NOT_FOUND]
    first_missed = min(missed, default=now)
    confirmed_from = first_missed + CONFIRMED_AFTER
    if now >= confirmed_from:
        return None
    return (
        f"found on {found.as_of}, gone since {first_missed:%Y-%m-%d}; "
        f"to be confirmed by a run after {confirmed_from:%Y-%m-%d %H:%M} UTC"
    )


def judged_at(at: datetime, as_of: date) -> datetime:
    """The moment that a run judged for: its real time of day, on its as-of date."""
    return at + timedelta(days=(as_of - at.date()).days)
