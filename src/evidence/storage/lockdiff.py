"""What changed between two locks, as a change log: what matters first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from evidence.matching.simhash import changed_share
from evidence.model.claims import CLAIM_PREFIX, AnchorState
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Found, NotFound, Outcome, Unavailable
from evidence.model.records import (
    Article,
    Label,
    NoticeLink,
    Page,
    Record,
    SplVersion,
    Trial,
    is_retracted,
    is_withdrawn,
    links,
    retractions,
    void_word,
)
from evidence.model.sections import section_name
from evidence.storage.lock import Lock, LockEntry

LOST = ("no-longer-retracted", "no-longer-withdrawn", "notice-removed")
"""Kinds of change by which a lock says less of a work that is void, or may be: nothing else would name them."""

KINDS = (
    *LOST,
    "retracted",
    "withdrawn",
    "concern",
    "notice",
    "service",
    "died",
    "quote-lost",
    "label-revised",
    "trial-status",
    "new-results",
    "drifted",
    "unreachable",
    "blocked",
    "moved",
    "quote-moved",
    "quote-unchecked",
    "suspected",
    "corrected",
    "recovered",
    "quote-found",
    "added",
    "removed",
)
"""Kinds of change, the gravest first."""

_NOT_LISTED = {
    Article: frozenset({"title_html", "notices", "publication_types", "years"}),
    Label: frozenset({"versions"}),
    Trial: frozenset({"status", "why_stopped", "has_results", "results_posted", "updated"}),
}
"""Fields that are no change of their own: those of which `_changed_record` says more, and those nobody judges by."""

_LONGEST = 100  # characters of a value


@dataclass(frozen=True, slots=True)
class LockChange:
    """One change: its kind (of `KINDS`), whose it is, what that is called, and one sentence without a full stop.

    `identifier` is the key of a claim (`claim:fm-pain`) for what became of its quotes.
    """

    kind: str
    identifier: Identifier | str
    title: str
    message: str


def changes(old: Lock, new: Lock, drifted: float) -> list[LockChange]:
    """What changed from one lock to the other; `drifted` is the share of a text from which on it has."""
    found = []
    for identifier in old.entries.keys() | new.entries.keys():
        if identifier.kind is IdKind.CONTENTS:
            continue  # a version's contents never change; which ones are needed follows from the label's own entry
        before, now = old.entries.get(identifier), new.entries.get(identifier)
        title = _title(now) or _title(before)
        found += [LockChange(kind, identifier, title, message) for kind, message in _changes(before, now, drifted)]
    found += _changed_quotes(old, new)
    return sorted(found, key=lambda change: (KINDS.index(change.kind), str(change.identifier), change.message))


def _changed_quotes(old: Lock, new: Lock) -> Iterator[LockChange]:
    """The quotes, looked for in both, of which the one lock says something else than the other."""
    for claim, anchors in new.anchors.items():
        before = {anchor.asked: anchor for anchor in old.anchors.get(claim, ())}
        for number, anchor in enumerate(anchors, 1):
            was = before.get(anchor.asked)
            if was is None or was.state is anchor.state:
                continue
            where = f" in {section_name(anchor.section)}" if anchor.section else ""
            why = f": {anchor.reason}" if anchor.reason else where
            message = f"quote {number} is {_QUOTE_WORDS[anchor.state]}{why}, was {_QUOTE_WORDS[was.state]}"
            yield LockChange(_QUOTE_KINDS[anchor.state], f"{CLAIM_PREFIX}{claim}", "", message)


_QUOTE_WORDS = {
    AnchorState.FOUND: "found",
    AnchorState.MOVED: "found elsewhere",
    AnchorState.LOST: "not found",
    AnchorState.CANNOT_BE_CHECKED: "not to be checked",
}
_QUOTE_KINDS = {
    AnchorState.FOUND: "quote-found",
    AnchorState.MOVED: "quote-moved",
    AnchorState.LOST: "quote-lost",
    AnchorState.CANNOT_BE_CHECKED: "quote-unchecked",
}


def _title(entry: LockEntry | None) -> str:
    match entry:
        case LockEntry(outcome=Found(record=record)) | LockEntry(remembered=Article() as record):
            return record.title
    return ""


def _changes(before: LockEntry | None, now: LockEntry | None, drifted: float) -> Iterator[tuple[str, str]]:
    if before is not None:
        yield from _lost_notices(before, now)
    if now is None:
        yield "removed", "no longer cited"
    elif before is None:
        yield "added", _state(now.outcome)
        yield from _new_notices(None, now.outcome)
    elif before.facts != now.facts:
        if (before.source, before.address) != (now.source, now.address):
            yield "service", f"{now.source} at {_short(now.address)}, was {before.source} at {_short(before.address)}"
        yield from _changed_outcome(before.outcome, now.outcome, now.identifier.kind, drifted)


def _state(outcome: Outcome) -> str:
    match outcome:
        case Found():
            return "found"
        case NotFound(reason=reason):
            return f"not found: {reason}"
        case Blocked(reason=reason):
            return f"blocked: {reason}"
        case Unavailable(reason=reason):
            return f"unreachable: {reason}"


def _lost_notices(before: LockEntry, now: LockEntry | None) -> Iterator[tuple[str, str]]:
    """Retractions, withdrawals and notices that the lock said of a work and no longer does, for whatever reason."""
    was, article = _known_article(before), _known_article(now)
    if was is None:
        return
    why = _why_lost(now, article)
    is_void = article is not None and bool(void_word(article))
    lost: tuple[NoticeLink, ...] = ()
    if is_retracted(was) and not (article and is_retracted(article)):
        lost = retractions(was)
        yield "no-longer-retracted", f"was retracted{_listed(list(lost))}, {why}"
    elif is_withdrawn(was) and not is_void:
        lost = links(was, "WithdrawalIn")
        yield "no-longer-withdrawn", f"was withdrawn{_listed(list(lost))}, {why}"
    kept = article.notices if article else ()
    for link in was.notices:
        is_kept = link in lost or any(_is_one(link, other) for other in kept)
        if not is_kept and (article is not None or link.ref_type == "ExpressionOfConcernIn"):
            yield "notice-removed", f"{link.ref_type}{_listed([link])}, {why}"


def _known_article(entry: LockEntry | None) -> Article | None:
    match entry:
        case LockEntry(outcome=Found(record=Article() as article)) | LockEntry(remembered=Article() as article):
            return article
    return None


def _why_lost(now: LockEntry | None, article: Article | None) -> str:
    if now is None:
        return "and its entry is no longer in the lock"
    if article is None:
        return f"and is now {_state(now.outcome)}"
    if reinstated := links(article, "ReinstatementIn"):
        return f"and is now reinstated{_listed(list(reinstated))}"
    return "and its record no longer shows this"


def _is_one(one: NoticeLink, other: NoticeLink) -> bool:
    """Whether two links are of one notice: its record may have come to name it more fully."""
    if one.ref_type != other.ref_type:
        return False
    shared = [(a, b) for a, b in ((one.pmid, other.pmid), (one.doi, other.doi)) if a and b]
    return all(a == b for a, b in shared) if shared else one.ref_source == other.ref_source


def _new_notices(before: Outcome | None, now: Outcome) -> Iterator[tuple[str, str]]:
    """Retractions, concerns and other notices that a record did not have before."""
    article = _article(now)
    if article is None:
        return
    known = _article(before) if before is not None else None
    new = [link for link in article.notices if known is None or link not in known.notices]
    if is_retracted(article) and not (known and is_retracted(known)):
        notices = [link for link in new if link in links(article, "RetractionIn", "RetractedandRepublishedIn")]
        yield "retracted", f"retracted{_listed(notices)}"
    elif is_withdrawn(article) and not (known and is_withdrawn(known)):
        notices = [link for link in new if link.ref_type == "WithdrawalIn"]
        yield (
            "withdrawn",
            f"withdrawn{_listed(notices)}" if notices else f'withdrawn: the title is "{article.title}"',
        )
    for link in new:
        if link.ref_type == "ExpressionOfConcernIn":
            yield "concern", f"expression of concern{_listed([link])}"
        elif (
            known is not None
            and link.ref_type.endswith("In")
            and not link.ref_type.startswith(("Retract", "Withdrawal"))
        ):
            yield "notice", f"{link.ref_type}{_listed([link])}"


def _article(outcome: Outcome | None) -> Article | None:
    match outcome:
        case Found(record=Article() as article):
            return article
    return None


def _listed(notices: list[NoticeLink]) -> str:
    names = [f"PMID {link.pmid}" if link.pmid else link.doi or link.ref_source for link in notices]
    return f" ({', '.join(name for name in names if name)})" if any(names) else ""


def _changed_outcome(before: Outcome, now: Outcome, kind: IdKind, drifted: float) -> Iterator[tuple[str, str]]:
    match before, now:
        case Found(record=was), Found(record=record):
            yield from _changed_record(was, record, drifted)
        case _, Found():
            yield "recovered", f"found again, was {_state(before)}"
            yield from _new_notices(None, now)
        case _, NotFound():
            if not isinstance(before, NotFound):
                yield "died", f"{'gone' if kind is IdKind.URL else 'no longer registered'}: {now.reason}"
        case _, Blocked():
            if not isinstance(before, Blocked):
                yield "blocked", now.reason
        case _, Unavailable():
            if not isinstance(before, Unavailable):
                yield "unreachable", now.reason


def _changed_record(before: Record, now: Record, drifted: float) -> Iterator[tuple[str, str]]:
    yield from _new_notices(Found(before), Found(now))
    if isinstance(before, Label) and isinstance(now, Label) and before.current != now.current:
        yield "label-revised", f"{_version(now.current)}, was {_version(before.current)}"
    if isinstance(before, Trial) and isinstance(now, Trial):
        yield from _changed_trial(before, now)
    if isinstance(before, Page) and isinstance(now, Page):
        yield from _changed_page(before, now, drifted)
    elif type(before) is not type(now):
        yield "corrected", f"is now a {type(now).__name__.lower()}, was a {type(before).__name__.lower()}"
    else:
        for field in fields(now):
            was, value = getattr(before, field.name), getattr(now, field.name)
            if was != value and field.name not in _NOT_LISTED.get(type(now), ()):
                yield "corrected", f"{field.name.replace('_', ' ')}: {_short(value)}, was {_short(was)}"


def _changed_trial(before: Trial, now: Trial) -> Iterator[tuple[str, str]]:
    if (before.status, before.why_stopped) != (now.status, now.why_stopped):
        reason = f" ({_short(now.why_stopped)})" if now.why_stopped else ""
        yield "trial-status", f"{now.status}{reason}, was {before.status}"
    if before.results_posted != now.results_posted:
        yield "new-results", f"results first posted: {_short(now.results_posted)}, was {_short(before.results_posted)}"


def _changed_page(before: Page, now: Page, drifted: float) -> Iterator[tuple[str, str]]:
    share = changed_share(before.fingerprint, now.fingerprint)
    if share is not None and share >= drifted:
        yield "drifted", f"about {5 * round(20 * share)} % of its text has changed"
    if now.moves and now.moves[-1].target != (before.moves[-1].target if before.moves else ""):
        yield "moved", f"moved permanently to {now.moves[-1].target}"
    if now.suspicion and now.suspicion != before.suspicion:
        yield "suspected", f"suspected to be an error page: {now.suspicion}"
    if before.suspicion and not now.suspicion:
        yield "recovered", "no longer suspected to be an error page"


def _version(version: SplVersion) -> str:
    return f"version {version.version} ({version.published.isoformat()})"


def _short(value: object) -> str:
    match value:
        case "" | None | ():
            return "nothing"
        case tuple():
            text = ", ".join(_plain(part) for part in value)
        case _:
            text = _plain(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _plain(value: object) -> str:
    """A part of a record in words: the parts of a name or a journal that say something, one after the other."""
    names = getattr(value, "__dataclass_fields__", None)
    if names is None or type(value).__str__ is not object.__str__:
        return str(value)
    return " ".join(str(getattr(value, name)) for name in names if isinstance(getattr(value, name), str)).strip()
