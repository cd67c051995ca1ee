"""Rules' own pages inside the HTML report: their docstrings taken apart into titled sections."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evidence.rules import FAMILIES, Rule

_TITLES = ("What it does", "Why is this bad?", "Example", "Use instead", "References")
_SECTION = re.compile(rf"^({'|'.join(map(re.escape, _TITLES))}):?$", re.MULTILINE)
_EXAMPLES = frozenset({"Example", "Use instead"})
_CODE = re.compile(r"- |[\w-]+:(?: |$)")


@dataclass(frozen=True, slots=True)
class RulePageSection:
    """A titled part of a rule's page: words, then lines of code to be shown as they stand."""

    title: str
    words: str
    code: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulePage:
    """A rule as the report explains it."""

    code: str
    name: str
    severity: str
    family: str
    summary: str
    sections: tuple[RulePageSection, ...]


def rule_pages(rules: Iterable[Rule], codes: frozenset[str]) -> tuple[RulePage, ...]:
    """The pages of those rules that the report speaks of."""
    return tuple(_page(rule) for rule in rules if rule.code in codes)


def _page(rule: Rule) -> RulePage:
    summary, *parts = _SECTION.split(rule.doc)
    family = FAMILIES[rule.family]
    sections = tuple(_sections(parts))
    return RulePage(rule.code, rule.name, str(rule.severity), family, " ".join(summary.split()), sections)


def _sections(parts: list[str]) -> Iterator[RulePageSection]:
    for title, body in zip(parts[::2], parts[1::2], strict=True):
        lines = textwrap.dedent(body.strip("\n")).rstrip().splitlines()
        begins = (number for number, line in enumerate(lines) if title in _EXAMPLES and _CODE.match(line))
        code_from = next(begins, len(lines))
        yield RulePageSection(title, " ".join(" ".join(lines[:code_from]).split()), tuple(lines[code_from:]))
