"""Sections of a label's contents as texts, and what differs between two versions of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from evidence.matching.tokens import TokenText, tokenize


@dataclass(frozen=True, eq=False)
class SectionText:
    """A section as it was read: code, title and `within` as in `LabelSection`, its text with that of nested sections.

    `items` are the items of its lists, the outermost ones, each with what is nested in it.
    """

    code: str
    title: str
    text: str
    within: str = ""
    items: tuple[str, ...] = ()

    @cached_property
    def tokens(self) -> TokenText:
        """The tokens of its text."""
        return tokenize(self.text)
