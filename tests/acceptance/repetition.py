"""Texts that repeat: what makes a reader slow whose work grows faster than what it reads."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass

_CHARACTERS = (*string.punctuation, *" \n\taA1", "\u00e9", "\u00a0", "\u00ad", "\u202e", "\u3000", "\u0130", "e\u0301")
_MARKUP = (
    *(
        "<b>",
        "</b>",
        "<i>x</i>",
        "<sup>1</sup>",
        "<sub>",
        "<span>",
        "<p>",
        "<div>",
        "<td>",
        "<tr><td>x",
        "<li>",
        "<ul><li>",
    ),
    *(
        "<table>",
        "<h1>x</h1>",
        "<a href=x>",
        '<a href="#r1">1</a>',
        "<!--",
        "-->",
        "<!-- x -->",
        "<script>",
        "<![CDATA[",
    ),
    *("</", "<?", "&amp;", "&lt;", "&#1;", "&", "&#x", "<w:r>", "<w:p/>", "<w:t>x</w:t>", "<b><i>", "<br>", "<nobr"),
)
_MARKDOWN = (
    *(
        "**",
        "***",
        "*a* ",
        "**a** ",
        "__",
        "^1^",
        "~a~",
        "`a`",
        "[a](b)",
        "![",
        "[[",
        "](",
        "[a",
        "[^1]",
        "[@a]",
        "[@a; ",
    ),
    *(
        "# a\n",
        "> ",
        "> a\n",
        "- a\n",
        "* ",
        "1. a\n",
        "[1] a\n",
        "[^1]: a\n",
        "[^a]: 1. b\n",
        "```\n",
        "~~~\n",
        "    a\n",
    ),
    *(
        "|a",
        "| a |\n",
        "|-|\n",
        "a\n---\n",
        "a\n===\n",
        "\\",
        "\\[",
        "\\*",
        "$a$",
        "{.a}",
        "<http://a>",
        "a  \n",
        "- - ",
    ),
)
_CITATIONS = (
    *(
        "[1]",
        "[1,2]",
        "[1-3]",
        "[1-",
        "(1)",
        "(2013)",
        "(2013",
        "(Smith 2013)",
        "(Smith et al., 2013; ",
        "1,",
        "1-",
        "1. ",
    ),
    *(
        "Smith J, ",
        "Smith J. ",
        "Smith, J. ",
        "J. Smith, ",
        "et al. ",
        "and ",
        "& ",
        "In: ",
        "A. ",
        "a. ",
        "A.",
        "a-",
        "A-",
    ),
    *(
        "2013;",
        "2013;1(1):1-2. ",
        "2013 Jan 1;",
        "Jan ",
        "12(3)",
        ":e1",
        "Accessed ",
        "Accessed 1 May 2020. ",
        "RETRACTED: ",
    ),
    *(
        "[retracted] ",
        "Suppl 1",
        "doi:",
        "doi:10.1000/a ",
        "10.1000/",
        "10.1000/a-\n",
        "https://",
        "https://e.org/a ",
        "www.",
    ),
    *(
        "https://e.org/a?b=c&",
        "PMID: 1 ",
        "PMID:",
        "PMC1 ",
        "NCT01234567 ",
        "ISBN 9780306406157 ",
        "a@b.c ",
        "e.g. ",
        '"a" ',
    ),
    *(
        "\u201ca\u201d ",
        "'a' ",
        "a'",
        "a: ",
        "a; ",
        "a, ",
        "Ab ",
        "ab cd ",
        "(a",
        "a)",
        "((",
        "{",
        "[a] ",
        "et al ",
        "von ",
    ),
)
_LINES = (
    *(
        "\r\n",
        "\n\n",
        "\n \n",
        "a\n",
        "a\n\n",
        " a\n",
        "      a\n",
        "A\n",
        "1\n",
        "\f",
        "\v",
        "\x85",
        "\u2028",
        "References\n",
    ),
    *(
        "1. Smith J. A title. J Ex. 2013;1:1.\n",
        "Smith J. A title. J Ex. 2013;1:1.\n\n",
        "\\\n",
        "a\\\n",
        "Page 1\n",
        "a-\n",
    ),
)
_FIELDS = (
    *(
        "TY  - JOUR\n",
        "AU  - a\n",
        "ER  - \n",
        "KW  - a\n",
        "N1  - a\n",
        "TI  - a\n",
        "PMID- 1\n",
        "FAU - a\n",
        "GN  - a\n",
    ),
    *(
        "AID - a [doi]\n",
        "<record>",
        "<record></record>",
        '<style face="bold">a</style>',
        "<author>a</author>",
        "<title>",
    ),
    *(
        '{"a":',
        '{"a":1},',
        '"a",',
        "[1,",
        "[[",
        '{"id":"x"},',
        "null,",
        '\\"',
        "\\u0041",
        "a = 1\n",
        "[a]\n",
        "[[a]]\n",
        "a.",
    ),
    *(
        "a.b = 1\n",
        "a = [",
        "'''",
        '"""',
        "a: 1\n",
        "- a\n",
        "- id: x\n",
        "- {id: x, type: webpage}\n",
        "  a: b\n",
        "? a\n",
    ),
    *(
        "&a ",
        "*a ",
        "*a, ",
        "<<: *a\n",
        "a: &a b\n",
        "- [",
        "{a: ",
        "'a': ",
        "# a\n",
        "--- ",
        "%A\n",
        "!a ",
        "|\n ",
        ">\n ",
    ),
    *(
        "@article{b, title={c}}\n",
        "@string{a = b # b}\n",
        "@comment{",
        "title = {",
        "{\\'a}",
        "\\textbf{",
        "a # ",
        "crossref={b},",
    ),
)
UNITS = tuple(dict.fromkeys((*_CHARACTERS, *_MARKUP, *_MARKDOWN, *_CITATIONS, *_LINES, *_FIELDS)))
"""What is repeated, some 290 of them."""

OF_THE_EXAMPLE = 60
"""How many further ones are parts of an example itself: a line, several, a few characters."""

_BORDER = re.compile(rb"\b|(?<=\n)")


@dataclass(frozen=True)
class Repetition:
    """A part that is repeated, after and before the rest of an example."""

    before: bytes
    part: bytes
    after: bytes

    def __str__(self) -> str:
        return f"{self.part[:80]!r} after {self.before[-60:]!r}"

    def text(self, length: int) -> bytes:
        """The part as often as makes this length, in its place."""
        return self.before + self.part * max(1, length // len(self.part)) + self.after


def repetitions(example: bytes, chance: random.Random) -> Iterator[Repetition]:
    """Every unit at some place of the example, or alone; and parts of the example themselves."""
    borders = [0, *(found.start() for found in _BORDER.finditer(example)), len(example)]
    for unit in UNITS:
        at = chance.choice(borders)
        alone = chance.random() < 0.1
        yield Repetition(b"" if alone else example[:at], unit.encode(), b"" if alone else example[at:])
    starts = [0, *(found.end() for found in re.finditer(rb"\n|>|\},", example))]
    for number in range(OF_THE_EXAMPLE):
        begin = chance.choice(starts if number % 2 else borders)
        ends = [
            end for end in (starts if number % 2 else borders) if begin < end <= begin + (2000 if number % 4 else 40)
        ]
        end = chance.choice(ends) if ends else len(example)
        if begin < end:
            yield Repetition(example[:begin], example[begin:end], example[end:])
