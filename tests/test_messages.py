"""What the program says to people: found in the code, in plain words, and on the rules' pages as it is printed."""

from __future__ import annotations

import re
import runpy
from functools import cache
from typing import Any

import pytest

from evidence.app.registry import RULES
from evidence.model.rule import SECTIONS, Rule
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


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_page_of_a_rule_shows_a_message_that_the_code_prints(rule: Rule) -> None:
    message = message_of(rule)
    assert message
    assert any(template.search(message) for template in templates())


# Plain words

DIALECT = {
    "tell of, be told": r"told|tells(?! you\b)|untold",
    "stand, stands": r"stands?(?!-in)|stood",
    "mend": r"mend(?:s|ed|ing)?",
    "behind": r"behind",
    "anew": r"anew",
    "spoken of": r"spoken|speaks? (?:of|for|against)",
    "is no, are no": r"(?<!there )(?:is|are|was|were) no(?! longer\b| more\b)",
    "nobody was asked": r"nobody|anybody|somebody",
    "weather": r"weather",
    "at a person's word": r"(?:at|on) (?:a person's|your|somebody's) word|word of",
    "lie ahead": r"lies? (?:ahead|after|before|outside|elsewhere|anywhere)",
    "goes on, runs out": r"goes on|runs? out|ran out",
    "let stand, let pass": r"let (?:stand|pass|through)",
    "deed, heed, sight": r"deeds?|(?:un)?heeded|sightings?",
    "names no, holds no": r"(?:names|holds|gives|bears|carries) no",
    "for good": r"for good",
    "keeps machines out": r"machines",
    "another's, the record's": r"another's|record's(?! (?:own )?\w)",
    "as good as, as it is": r"as good as|as it stands",
    "unharmed": r"unharmed",
}
"""Words that no sentence of the program uses, by what they are called here."""

EXCEPTIONS = {
    "PubMed holds no such PMID (efetch and esummary agree)": "kept by locks, whose bytes are those of 0.1.0",
    "a challenge page for machines": "kept by locks, as above",
    "update of a kind not told": "kept by stores and locks as the name of a notice's kind",
}
"""Sentences that use such a word all the same, each with the reason."""


@cache
def sentences() -> list[tuple[str, str]]:
    """What people read, with where: messages, help texts, rule pages, README and the first pages of docs/."""
    found = [(message.module, message.text) for message in FOUND["messages"]()]
    pages = ["README.md", "docs/README.md", "docs/commands.md", "docs/rules.md", "docs/faq.md", "docs/file.md"]
    pages += ["docs/configuration.md", "docs/limits.md", "docs/privacy.md", "docs/quarter.md"]
    pages += [f"docs/start-{door}.md" for door in ("word", "pipeline", "print")]
    for page in pages:
        found += [(page, line) for line in (PROJECT / page).read_text("utf-8").splitlines()]
    return found


@pytest.mark.parametrize("words", DIALECT.values(), ids=list(DIALECT))
def test_no_sentence_uses_words_of_a_dialect(words: str) -> None:
    pattern = re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    used = [f"{place}: {text}" for place, text in sentences() if pattern.search(text) and text not in EXCEPTIONS]
    assert used == []


def test_every_exception_is_a_sentence_of_today_with_a_reason() -> None:
    known = {text for _, text in sentences()}
    assert EXCEPTIONS.keys() <= known
    assert all(EXCEPTIONS.values())
