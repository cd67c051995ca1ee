"""Hypothesis strategies: libraries in every layout; records, outcomes and locks of every shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, State, Unavailable
from evidence.model.records import Article, Label, Page, Trial
from evidence.storage.lock import Lock, LockedFailure, LockedText, LockEntry, Memory, Moment

# Libraries in every layout that the reader accepts, made up piece by piece

LETTERS = "abcN \u00e9\u03b2\U0001f48a\u202e'\"#:*-&{}[],_\\$@~^!?%|>`"
COMMENTS = ["# a note: [x] \u2192 y", "# \U0001f48a {", "#", "# - id: no"]
TEXT_KEYS = ["title", "publisher", "note", "cited-as", "x-mine", "volume", "owner", "nonsense"]
PLAIN = r"[a-z][a-z\u00e9 ]{0,10}[a-z]"


@dataclass
class Layout:
    """A generated file: its text, the keys of each entry, and every comment in it."""

    text: str = ""
    keys: list[list[str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


@dataclass
class _LayoutWriter:
    draw: st.DrawFn
    end: str
    made: Layout
    anchors: list[str] = field(default_factory=list)

    def maybe_comment(self) -> str:
        """A comment after something, or nothing."""
        return self._comment("  ") if self.draw(st.integers(0, 5)) == 0 else ""

    def maybe_lines(self, indent: str) -> str:
        """Blank lines and lines of comment, or nothing."""
        kind = self.draw(st.integers(0, 7))
        if kind == 0:
            return self._comment(indent) + self.end
        return self.end if kind == 1 else ""

    def _comment(self, before: str) -> str:
        number = len(self.made.comments)
        comment = f"{self.draw(st.sampled_from(COMMENTS))} {number}."
        self.made.comments.append(comment)
        return before + comment

    def flow_value(self) -> str:
        """A value inside brackets or braces."""
        kind = self.draw(st.sampled_from(["plain", "single", "double"]))
        if kind == "plain":
            return self.draw(st.from_regex(PLAIN, fullmatch=True))
        return self._quoted(kind)

    def _quoted(self, kind: str) -> str:
        value = self.draw(st.text(alphabet=LETTERS, min_size=1, max_size=12).filter(str.strip))
        if kind == "single":
            return "'" + value.replace("'", "''") + "'"
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def block_value(self, indent: str) -> str:
        """What follows `key:` in block style, its line end included."""
        styles = [self._plain, self._plain, self._in_quotes, self._long, self._block, self._empty, self._list]
        styles += [self._names, self._map, self._anchored, *([self._alias] if self.anchors else [])]
        return self.draw(st.sampled_from(styles))(indent)

    def _word(self) -> str:
        return self.draw(st.from_regex(PLAIN, fullmatch=True))

    def _plain(self, _: str) -> str:
        return f" {self._word()}{self.maybe_comment()}{self.end}"

    def _anchored(self, _: str) -> str:
        self.anchors.append(f"a{len(self.anchors)}")
        return f" &{self.anchors[-1]} {self._word()}{self.maybe_comment()}{self.end}"

    def _alias(self, _: str) -> str:
        return f" *{self.draw(st.sampled_from(self.anchors))}{self.maybe_comment()}{self.end}"

    def _in_quotes(self, _: str) -> str:
        return f" {self._quoted(self.draw(st.sampled_from(['single', 'double'])))}{self.maybe_comment()}{self.end}"

    def _empty(self, _: str) -> str:
        return self.draw(st.sampled_from(["", " ", " ~", " null"])) + self.maybe_comment() + self.end

    def _long(self, indent: str) -> str:
        return f" {self._word()}{self.end}{indent}  {self._word()}{self.maybe_comment()}{self.end}"

    def _block(self, indent: str) -> str:
        header = self.draw(st.sampled_from([">", "|", ">-", "|-", ">+", "|+"]))
        body = "".join(f"{indent}   {self._word()}{self.end}" for _ in range(self.draw(st.integers(1, 3))))
        return f" {header}{self.maybe_comment()}{self.end}{body}" + self.draw(st.sampled_from(["", self.end]))

    def _list(self, _: str) -> str:
        return f" [{', '.join(self.flow_value() for _ in range(2))}]{self.maybe_comment()}{self.end}"

    def _names(self, indent: str) -> str:
        items = "".join(f"{indent}- {{family: {self.flow_value()}}}{self.end}" for _ in range(2))
        return self.maybe_comment() + self.end + items

    def _map(self, indent: str) -> str:
        return f"{self.end}{indent}  year: 2013{self.maybe_comment()}{self.end}"

    def key(self, key: str) -> str:
        """A key, plain or in quotes."""
        return self.draw(st.sampled_from([key, key, key, f"'{key}'", f'"{key}"']))

    def block_entry(self, margin: str, keys: list[str]) -> str:
        gap = self.draw(st.sampled_from([" ", "   ", self.end]))
        inner = margin + " " + (gap if gap != self.end else " ")
        text = f"{margin}-{gap}" + (inner if gap == self.end else "")
        for number, key in enumerate(keys):
            value = f" {self.draw(st.from_regex(PLAIN, fullmatch=True))}{self.end}" if key == "id" else None
            text += (inner if number else "") + self.key(key) + ":" + (value or self.block_value(inner))
            text += self.maybe_lines(inner) if number < len(keys) - 1 else ""
        merge = f"{inner}<<: *base{self.maybe_comment()}{self.end}"
        return text + (merge if self.draw(st.integers(0, 7)) == 0 else "")

    def flow_entry(self, margin: str, keys: list[str]) -> str:
        gap = self.draw(st.sampled_from([" ", self.end + margin + "    "]))
        pairs = f",{gap}".join(f"{self.key(key)}: {self.flow_value()}" for key in keys)
        return f"{margin}- {{{pairs}{self.draw(st.sampled_from(['', ' ', ', ']))}}}{self.maybe_comment()}{self.end}"


@st.composite
def libraries(draw: st.DrawFn) -> Layout:
    """A library of one to four entries."""
    made = Layout()
    writer = _LayoutWriter(draw, draw(st.sampled_from(["\n", "\r\n"])), made)
    margin = draw(st.sampled_from(["", "  ", "    "]))
    text = writer.maybe_lines("") + draw(st.sampled_from(["", "---" + writer.end]))
    text += draw(st.sampled_from(["", f"monograph: {{title: 'x'}}{writer.end}"]))
    text += f"x-base: &base {{type: book, note: merged}}{writer.end}"
    text += f"references:{writer.maybe_comment()}{writer.end}"
    for _ in range(draw(st.integers(1, 4))):
        keys = ["id", *draw(st.lists(st.sampled_from(TEXT_KEYS), max_size=4, unique=True))]
        keys = draw(st.permutations(keys))
        made.keys.append(keys)
        write = draw(st.sampled_from([writer.block_entry, writer.block_entry, writer.flow_entry]))
        text += writer.maybe_lines(margin) + write(margin, keys)
    text += writer.maybe_lines(margin) + draw(st.sampled_from(["", f"policy: {{}}{writer.end}"]))
    made.text = text if draw(st.booleans()) else text.rstrip("\r\n ")
    return made


@st.composite
def written_values(draw: st.DrawFn) -> object:
    """A value to be written: text, names, or a small mapping."""
    text = st.text(alphabet=LETTERS + "\t\u2028\x85", min_size=1, max_size=30)
    words = st.sampled_from(
        ["no", "N", "012345", "2025-08", "null", "~", "1e3", "12:30", "a: b", "- x", "---", "=", "é"]
    )
    names = st.lists(st.fixed_dictionaries({"family": text}), min_size=1, max_size=3)
    return draw(st.one_of(text, words, names, st.fixed_dictionaries({"by": text, "date": words})))


# Records, entries and locks made up at random, in all the shapes that they can have

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
trials = st.from_type(Trial)
pages = st.from_type(Page)
records = st.one_of(articles, labels, trials, pages)

moments = st.builds(
    Moment,
    st.integers(0, 2**52).map(lambda passed: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=passed)),
    st.dates(),
)
# What was never asked is in no lock.
ASKED = [cause for cause in Cause if cause not in (Cause.OFFLINE, Cause.NO_SOURCE, Cause.UNSOURCED, Cause.NO_FILE)]
statuses = st.none() | st.integers(100, 999)
outcomes = st.one_of(
    st.builds(Found, records),
    st.builds(NotFound, st.text(), statuses),
    st.builds(Blocked, st.text(), statuses),
    st.builds(Unavailable, st.text(), st.sampled_from(ASKED), statuses),
)
failures = st.builds(
    LockedFailure, moments, st.sampled_from([State.NOT_FOUND, State.UNAVAILABLE]), st.none() | st.sampled_from(Cause)
)
memories = st.builds(
    Memory,
    st.none() | moments,
    st.lists(failures, max_size=3).map(tuple),
    st.none() | moments,
    st.lists(st.builds(LockedText, st.text(), moments, moments), max_size=3).map(tuple),
)
lock_entries = st.builds(
    LockEntry,
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
    st.lists(lock_entries, max_size=4),
)
