"""Titles in the forms that publishers mark them in, and titles that are only about retractions. All are invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.model import title_marks
from evidence.model.title_marks import NOTICES, STATES, TitleMark, read_title, without_marks

TITLE = "Effects of statins in older adults: a randomised trial"

RETRACTED = (
    "RETRACTED: {}",
    "Retracted: {}",
    "retracted: {}",
    "RETRACTED:{}",
    "RETRACTED ARTICLE: {}",
    "Retracted Article: {}",
    "RETRACTED CHAPTER: {}",
    "Article retracted: {}",
    "This article has been retracted: {}",
    "[Retracted] {}",
    "[RETRACTED]: {}",
    "(Retracted) {}",
    "{{Retracted}} {}",
    "\u3010\u5df2\u64a4\u7a3f\u3011{}",
    "RETRACTED - {}",
    "RETRACTED \u2014 {}",
    "Retracted\u2014{}",
    "RETRACTED--{}",
    "Retracted. {}",
    "RETRACTED {}",
    "RETRACTED/{}",
    "RETRACTED / {}",
    'RETRACTED "{}"',
    '"RETRACTED" {}',
    "*RETRACTED* {}",
    "Retracted and republished: {}",
    "[RETRACTED: {}].",
    "[ARTIGO RETRATADO]: {}",
    "ART\u00cdCULO RETRACTADO: {}",
    "R\u00e9tract\u00e9 : {}",
    "Zur\u00fcckgezogen: {}",
    "{} (RETRACTED)",
    "{} (retracted)",
    "{} [Retracted].",
    "{} [RETRACTED ARTICLE]",
    "{} (Retracted article. See vol. 335, pg. 1, 2016)",
    "{} (RETRACTED ARTICLE. See vol 12 (2010), pg 3)",
    "{} [retracted in J Examples. 2022;99(2):311]",
    "{} (Retraction published 2016, J Examples, 99, 311)",
    "{} - RETRACTED",
    "{} \u2014 Retracted",
    "{}: retracted",
    "{}. RETRACTED.",
    "{} RETRACTED",
    "{}/RETRACTED",
    "{} / Retracted",
    "Statins, a case study: retracted",
    "Statins (RETRACTED): {}",
    "Statins [Retracted]: {}",
    "Statins. RETRACTED ARTICLE. {}",
)
WITHDRAWN = (
    "WITHDRAWN: {}",
    "Withdrawn: {}",
    "withdrawn: {}",
    "[WITHDRAWN] {}",
    "(Withdrawn) {}",
    "WITHDRAWN - {}",
    "WITHDRAWN {}",
    "PUBLISHER WITHDRAWN: {}",
    "Withdrawn as duplicate: {}",
    "WITHDRAWN/{}",
    "This paper has been withdrawn: {}",
    "{} [withdrawn]",
    "{} (WITHDRAWN)",
    "{} - WITHDRAWN",
    "REMOVED: {}",
    "Removed: {}",
    "{} [Removed]",
    "TEMPORARY REMOVAL: {}",
    "Temporary removal: {}",
    "Temporarily removed: {}",
    "OBSOLETE: {}",
    "Obsolete: {}",
    "{} (OBSOLETE)",
)
CONCERN = (
    "Expression of Concern: {}",
    "EXPRESSION OF CONCERN: {}",
    "Editorial Expression of Concern: {}",
    "Editor's Expression of Concern: {}",
    "Expression of concern\u2014{}",
    "[Expression of Concern] {}",
    "{} [Expression of Concern]",
    "{}: Expression of Concern",
)
RETRACTION_NOTICES = (
    "Retraction: {}",
    "Retraction of: {}",
    "Retraction Note: {}",
    "Retraction Note to: {}",
    "Retraction notice to \u201c{}\u201d [J Ex 12 (2010) 1\u20132]",
    "Retraction notice for {}",
    "Retraction statement: {}",
    "Retraction\u2014{}",
    "Retraction for Alder et al., {}",
    "Retraction of the article: {}",
    "Retraction of \u201c{}\u201d",
    "Retraction and replacement: {}",
    "Author's retraction: {}",
    "Statement of Retraction: {}",
    "Statement of Retraction",
    "Retraction of Publication: {}",
    "Notice of Retraction. Alder J. {}",
    "Notice of Retraction and Replacement. {}",
    "Retraction.",
    "{} [Retraction]",
    "{}: Retraction",
    "{} (Retraction of vol 335, pg 1, 2016)",
    "Retractaci\u00f3n: {}",
    "\u64a4\u7a3f\u58f0\u660e\uff1a{}",
)
OTHER_NOTICES = {
    "Withdrawal: {}": TitleMark.WITHDRAWAL_NOTICE,
    "Withdrawal notice to: {}": TitleMark.WITHDRAWAL_NOTICE,
    "Removal notice to {}": TitleMark.WITHDRAWAL_NOTICE,
    "Notice of withdrawal: {}": TitleMark.WITHDRAWAL_NOTICE,
    "Statement of removal: {}": TitleMark.WITHDRAWAL_NOTICE,
    "Expression of Concern": TitleMark.CONCERN_NOTICE,
    "Expression of Concern regarding the article {}": TitleMark.CONCERN_NOTICE,
    "Expression of Concern for Alder et al., {}": TitleMark.CONCERN_NOTICE,
    "Notice of concern: {}": TitleMark.CONCERN_NOTICE,
    "Notice of duplicate publication: {}": TitleMark.OTHER_NOTICE,
    "Partial retraction: {}": TitleMark.OTHER_NOTICE,
}
NOT_MARKED = (
    TITLE,
    "Retracted articles in surgery: a survey",
    "RETRACTED ARTICLES IN MEDLINE: A SURVEY",
    "Retracted? A survey of editors",
    "Retracted tympanic membrane: treatment",
    "Retracted science and the retraction index",
    "Citing retracted papers: RETRACTED science in the press",
    "Citation of (retracted) articles in nursing",
    "Foreskin: retracted or not?",
    "Why papers are retracted: a survey",
    "Retraction of the eyelid: a review",
    "Retraction of lung after intubation",
    "Retraction notices in chemistry: what do they say?",
    "Retractions in orthopaedics: causes",
    "Tissue retraction: forces in laparoscopy",
    "Cord retraction (a case report)",
    "Withdrawn drugs: a review",
    "WITHDRAWN DRUGS: A REVIEW",
    "Withdrawn, retracted, removed: what words mean",
    "Rofecoxib (withdrawn from the market): lessons",
    "Life support withdrawn: ethics",
    "Withdrawal from diazepam",
    "Alcohol withdrawal: a review",
    "Opioids: Withdrawal",
    "Withdrawal: a hidden risk",
    "Withdrawal: the hidden risk of opioids",
    "Withdrawn/relapsed patients: a trial",
    "Retracted/protracted eardrums in children",
    "Notice of withdrawal of approval of new drug applications",
    "Removed teeth: a histological study",
    "Foreign body of the ear (removed)",
    "Removal of foreign bodies: a review",
    "Temporary removal of pacing leads: a series",
    "Obsolete antibiotics: time for a comeback?",
    "Obsolete: why old antibiotics still matter",
    "The periodic health examination: is it obsolete?",
    "Antibiotic certification-obsolete and archaic.",
    "Expression of concern in adolescents: a study",
    "Expression of concern about vaccines among parents",
    "Expressions of concern and retractions in anaesthesia",
    "Notice of privacy practices: a survey",
    "Erratum: what an article that is republished corrected may be called",
)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


@pytest.mark.parametrize(
    ("form", "mark"),
    [
        *((form, TitleMark.RETRACTED) for form in RETRACTED),
        *((form, TitleMark.WITHDRAWN) for form in WITHDRAWN),
        *((form, TitleMark.CONCERN) for form in CONCERN),
    ],
)
def test_a_mark_of_a_state_is_read_and_taken_off(form: str, mark: TitleMark) -> None:
    read = read_title(form.format(TITLE))
    assert read.mark is mark
    assert _letters(read.rest) in {_letters(TITLE), _letters(f"Statins {TITLE}"), "statinsacasestudy"}


@pytest.mark.parametrize(
    ("form", "mark"), [*((form, TitleMark.RETRACTION_NOTICE) for form in RETRACTION_NOTICES), *OTHER_NOTICES.items()]
)
def test_the_title_of_a_notice_is_read_and_stays_its_title(form: str, mark: TitleMark) -> None:
    title = form.format(TITLE)
    read = read_title(title)
    assert (read.mark, read.rest) == (mark, title)


@pytest.mark.parametrize("title", NOT_MARKED)
def test_a_title_that_is_about_such_things_has_no_mark(title: str) -> None:
    assert read_title(title).mark is None
    assert read_title(title).rest == title


def test_of_two_marks_the_gravest_counts_and_both_are_taken_off() -> None:
    read = read_title(f"WITHDRAWN: RETRACTED: {TITLE}")
    assert (read.mark, read.rest) == (TitleMark.RETRACTED, TITLE)


def test_a_text_full_of_such_words_is_read_no_further_than_twenty_of_them() -> None:
    read = read_title("retracted " * 2000 + "RETRACTED")
    assert read.mark is None
    assert len(without_marks("RETRACTED: " * 100, STATES)) == len("RETRACTED: ") * 80


def test_every_mark_is_of_a_state_or_of_a_notice() -> None:
    assert set(TitleMark) == STATES | NOTICES
    assert not STATES & NOTICES


BEFORE, AFTER = "Alder J, Birch K. ", ". J Examples. 2010;5(2):11-9."


@pytest.mark.parametrize("form", [form for form in (*RETRACTED, *WITHDRAWN) if form.count("Statins") == 0])
def test_a_citation_loses_the_mark_and_nothing_else(form: str) -> None:
    form = form.removesuffix(".")
    cut = without_marks(f"{BEFORE}{form.format('Statins in older adults')}{AFTER}", STATES)
    assert _letters(cut) == _letters(f"{BEFORE}Statins in older adults{AFTER}")


@pytest.mark.parametrize(
    "citation",
    [
        "Alder J. Retracted articles in surgery. J Examples. 2010;5:1.",
        "Alder J. Drugs withdrawn from use (withdrawn for safety). J Examples. 2010;5:1.",
        "Alder J. Retraction: a notice. J Examples. 2010;5:1.",
    ],
)
def test_a_citation_without_such_a_mark_stays_as_it_is(citation: str) -> None:
    assert without_marks(citation, STATES) == citation


FORMS = [
    form
    for table in (title_marks._STATE_WORDS, title_marks._UNMISTAKABLE_NOTICES, title_marks._AMBIGUOUS_NOTICES)
    for forms in table.values()
    for form in forms
]


@given(
    st.sampled_from(FORMS).flatmap(
        lambda form: st.from_regex(form, fullmatch=True, alphabet=st.characters(codec="utf-8"))
    )
)
def test_no_words_of_a_mark_lack_what_titles_are_first_searched_for(words: str) -> None:
    """Else a title with these words would be taken for one without marks."""
    assert title_marks._STEM.search(words)
