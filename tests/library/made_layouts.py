"""Libraries in every layout that the reader accepts, made up piece by piece."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

LETTERS = "abcN \u00e9\u03b2\U0001f48a\u202e'\"#:*-&{}[],_\\$@~^!?%|>`"
COMMENTS = ["# a note: [x] \u2192 y", "# \U0001f48a {", "#", "# - id: no"]
TEXT_KEYS = ["title", "publisher", "note", "cited-as", "x-mine", "volume", "owner", "nonsense"]
PLAIN = r"[a-z][a-z\u00e9 ]{0,10}[a-z]"


@dataclass
class Made:
    """A generated file: its text, the keys of each entry, and every comment that stands in it."""

    text: str = ""
    keys: list[list[str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


@dataclass
class _Writer:
    draw: st.DrawFn
    end: str
    made: Made
    anchors: list[str] = field(default_factory=list)

    def maybe_comment(self) -> str:
        """A comment behind something, or nothing."""
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
        """What stands behind `key:` in block style, its line end included."""
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
def libraries(draw: st.DrawFn) -> Made:
    """A library of one to four entries."""
    made = Made()
    writer = _Writer(draw, draw(st.sampled_from(["\n", "\r\n"])), made)
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
def values(draw: st.DrawFn) -> object:
    """A value to be written: text, names, or a small mapping."""
    text = st.text(alphabet=LETTERS + "\t\u2028\x85", min_size=1, max_size=30)
    words = st.sampled_from(
        ["no", "N", "012345", "2025-08", "null", "~", "1e3", "12:30", "a: b", "- x", "---", "=", "é"]
    )
    names = st.lists(st.fixed_dictionaries({"family": text}), min_size=1, max_size=3)
    return draw(st.one_of(text, words, names, st.fixed_dictionaries({"by": text, "date": words})))
