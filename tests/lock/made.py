"""Records, entries and locks made up at random, in all the shapes that they can have."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from evidence.lock.entries import Entry, Failure, Lock, Memory, Moment, Text
from evidence.lock.files import text_to_write, write_text
from evidence.model.identity import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, State, Unavailable
from evidence.model.partialdate import PartialDate
from evidence.model.records import Article, Label, Page

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

identifiers = st.builds(Identifier, st.sampled_from(IdKind), st.text(min_size=1, max_size=20))
# Also dates that no calendar has: an authority may print anything.
single_dates = st.builds(
    PartialDate,
    st.integers(0, 9999),
    st.none() | st.integers(0, 13),
    st.none() | st.integers(0, 32),
    st.none() | st.integers(1, 4),
)
partial_dates = single_dates | st.builds(PartialDate, st.integers(1990, 2030), st.integers(1, 12), until=single_dates)
st.register_type_strategy(Identifier, identifiers)
st.register_type_strategy(PartialDate, partial_dates)
st.register_type_strategy(date, st.dates())

articles = st.from_type(Article)
labels = st.from_type(Label).filter(lambda label: label.versions)
pages = st.from_type(Page)
records = st.one_of(articles, labels, pages)

moments = st.builds(
    Moment,
    st.integers(0, 2**52).map(lambda passed: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=passed)),
    st.dates(),
)
# What was never asked is in no lock.
ASKED = [cause for cause in Cause if cause not in (Cause.OFFLINE, Cause.NO_SOURCE)]
statuses = st.none() | st.integers(100, 999)
outcomes = st.one_of(
    st.builds(Found, records),
    st.builds(NotFound, st.text(), statuses),
    st.builds(Blocked, st.text(), statuses),
    st.builds(Unavailable, st.text(), st.sampled_from(ASKED), statuses),
)
failures = st.builds(
    Failure, moments, st.sampled_from([State.NOT_FOUND, State.UNAVAILABLE]), st.none() | st.sampled_from(Cause)
)
memories = st.builds(
    Memory,
    st.none() | moments,
    st.lists(failures, max_size=3).map(tuple),
    st.none() | moments,
    st.lists(st.builds(Text, st.text(), moments, moments), max_size=3).map(tuple),
)
entries = st.builds(
    Entry,
    identifiers,
    st.text(),
    st.text(),
    moments,
    outcomes,
    st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
    st.none() | records,
    st.none() | st.text(),
    memories,
)
locks = st.builds(
    lambda complete, several: Lock(complete, {entry.identifier: entry for entry in several}),
    st.none() | moments,
    st.lists(entries, max_size=4),
)


def write_lock(old, lock):
    """Put a lock in the place of the old one, where no trail is kept; False when no byte would change."""
    text = text_to_write(old, lock, None)
    if text is not None:
        write_text(old, text)
    return text is not None
