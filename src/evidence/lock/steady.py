"""What makes a lock change: only what could change a verdict, so that a quiet day changes no line of an entry.

Cited pages tell something new whenever they are asked (a counter, a session in the address, a teaser),
and a page that has been away for long is away one day longer. Neither is news.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

from evidence.compare.drift import changed, is_another
from evidence.lock.entries import FRESH_ENOUGH, LockEntry
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, Outcome, Unavailable, state_of
from evidence.model.records import Page, Record

_SLIGHT = 0.05  # of a text; the estimate's own error is 0.03


@dataclass(frozen=True, slots=True)
class LockPolicy:
    """From how many days and which time on a failure is settled, and from which share on a text has drifted.

    Once both are reached, another day of the same changes no verdict. `texts` are those of pages that waivers were
    given on (`evidence.checks.waivers`): from which of them a page has drifted is a verdict, too.
    """

    days: int
    span: timedelta
    drifted: float
    texts: tuple[str, ...] = ()


def advanced(old: LockEntry | None, new: LockEntry, terms: LockPolicy) -> LockEntry:
    """The entry to write: the new one when it says something new, else the old one, its date renewed after a week."""
    if old is None:
        return new
    if new.verified.as_of < old.verified.as_of:
        return old  # a stored answer that is older than what another machine has locked
    if new.archived is None and old.outcome == new.outcome:
        new = replace(new, archived=old.archived)  # the archive is often away; the copy is still there
    if not _alike(old, new, terms):
        return new
    if (new.verified.as_of - old.verified.as_of).days < FRESH_ENOUGH:
        return old
    renewed = replace(old, verified=new.verified)
    return renewed if renewed.facts == new.facts and old.memory == new.memory else new


def _alike(old: LockEntry, new: LockEntry, terms: LockPolicy) -> bool:
    if (old.source, old.address, old.remembered, old.archived) != (
        new.source,
        new.address,
        new.remembered,
        new.archived,
    ):
        return False
    match old.outcome, new.outcome:
        case Found(record=before), Found(record=now):
            return _same_record(old, before, now, terms)
        case Blocked(status=before), Blocked(status=now):
            return before == now
        case (NotFound(), NotFound()) | (Unavailable(), Unavailable()):
            lasting = _settled(old, terms) and _settled(new, terms) and _nameless(old.outcome) == _nameless(new.outcome)
            return lasting or (old.outcome, old.memory) == (new.outcome, new.memory)
    return False


def _same_record(old: LockEntry, before: Record, now: Record, terms: LockPolicy) -> bool:
    if isinstance(before, Page) and isinstance(now, Page):
        return _shape(before) == _shape(now) and _same_text(old, before, now, terms)
    return before == now


def _shape(page: Page) -> Page:
    """The page without what differs from visit to visit: its title, and where temporary redirects led."""
    leading = page.moves
    rest = tuple(replace(hop, source="", target="") for hop in page.hops[len(leading) :])
    parts = urlsplit(page.final_url)
    return replace(page, title="", fingerprint="", hops=(*leading, *rest), final_url=f"{parts.netloc}{parts.path}")


def _same_text(entry: LockEntry, before: Page, now: Page, terms: LockPolicy) -> bool:
    """Whether two texts are one for all that is judged by them: hardly changed, and on the same side of every limit."""
    if before.fingerprint == now.fingerprint:
        return True
    if not before.fingerprint or not now.fingerprint:
        return False
    waived = [[is_another(text, page.fingerprint, terms.drifted) for text in terms.texts] for page in (before, now)]
    if waived[0] != waived[1]:
        return False
    share = changed(before.fingerprint, now.fingerprint)
    if share is None:  # too short to be compared, so never judged
        return True
    drifted = _drifted_from(entry, terms)
    return share <= _SLIGHT and drifted(before) == drifted(now)


def _drifted_from(entry: LockEntry, terms: LockPolicy) -> Callable[[Page], list[bool]]:
    def drifted(page: Page) -> list[bool]:
        shares = (changed(text.fingerprint, page.fingerprint) for text in entry.memory.texts)
        return [share is not None and share >= terms.drifted for share in shares]

    return drifted


def _settled(entry: LockEntry, terms: LockPolicy) -> bool:
    """Whether the failure has lasted so long that another day, or another word for it, changes nothing."""
    state, nameless = state_of(entry.outcome), _nameless(entry.outcome)
    same = (one for one in entry.memory.failures if one.state is state)
    days = {one.on.as_of for one in same if not nameless or one.cause is Cause.NO_SUCH_NAME} | {entry.verified.as_of}
    return len(days) >= terms.days and max(days) - min(days) >= terms.span


def _nameless(outcome: Outcome) -> bool:
    return isinstance(outcome, Unavailable) and outcome.cause is Cause.NO_SUCH_NAME
