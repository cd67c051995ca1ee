"""What the program says to people: found in the code, in plain words, and on the rules' pages as it is printed."""

from __future__ import annotations

import re
import runpy
from functools import cache
from typing import Any

import pytest

from evidence.app.registry import RULES
from evidence.model.rule import Rule
from evidence.reports.sarif import SECTIONS
from processes import PROJECT

FOUND = runpy.run_path(str(PROJECT / "docs" / "messages.py"))


@cache
def templates() -> list[re.Pattern[str]]:
    """The messages of the code as patterns, without those of which hardly a word is fixed."""
    texts = {message.text for message in FOUND["messages"]()}
    parts = [(text, re.split(r"\{[^{}]*\}", text)) for text in sorted(texts)]
    fixed = [(text, literal) for text, literal in parts if len(re.findall(r"[A-Za-z]{2,}", " ".join(literal))) > 1]
    return [re.compile(".*?".join(map(re.escape, literal))) for _, literal in fixed]


def message_of(rule: Rule) -> str:
    """The message that a rule's page shows, on one line; empty where it shows none."""
    parts = re.split(rf"^({'|'.join(SECTIONS)}):$", rule.doc, flags=re.MULTILINE)
    sections: dict[str, Any] = dict(zip(parts[1::2], parts[2::2], strict=True))
    return " ".join(sections.get("Message", "").split())


@pytest.mark.parametrize("rule", [rule for rule in RULES if message_of(rule)], ids=lambda rule: rule.code)
def test_the_page_of_a_rule_shows_a_message_that_the_code_prints(rule: Rule) -> None:
    message = message_of(rule)
    assert any(template.search(message) for template in templates())
