"""What findings rest on: it changes when a source says something new, and with nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Unavailable
from evidence.model.records import Article, NoticeLink, Page
from evidence.rules.accessed import stale_accessed_date
from evidence.rules.case import Case
from evidence.rules.labels import label_changed_since_accessed
from evidence.rules.links import blocked_link, soft_404
from evidence.rules.retractions import expression_of_concern, published_erratum
from evidence.rules.rule import CaseRule
from evidence.rules.waiver_evidence import TEXT, no_answer_hash
from factories import PMID, URL, answer, article, case, case_about, label, only_finding, reference

CONCERN = NoticeLink("ExpressionOfConcernIn", "J Synthetic. 2026", "39999999")
ERRATUM = NoticeLink("ErratumIn", "J Synthetic. 2026;2:1", "39999998", "a name was misspelt")
COMMENT = NoticeLink("CommentIn", "J Synthetic. 2026;3:1", "39999997")
DOI = Identifier(IdKind.DOI, "10.1000/x")
SILENT = Unavailable("no answer", Cause.TIMEOUT)


def rests(rule: CaseRule, judged: Case) -> dict[str, str]:
    return dict(only_finding(rule, judged).evidence)


def two_sources(pubmed: Article, crossref: Answer) -> Case:
    entry = reference(PMID)
    return replace(case(entry, answer(PMID, Found(pubmed))), learned=(crossref,))


def crossref(*links: NoticeLink) -> Answer:
    return answer(DOI, Found(article(*links, identifier=DOI)))


def changed(*versions: tuple[int, date], accessed: PartialDate = PartialDate(2025, 8)) -> dict[str, str]:  # noqa: B008
    return rests(label_changed_since_accessed, case_about(label(*versions), accessed=accessed))


def test_a_changed_label_rests_on_its_version_in_force() -> None:
    first, second = (2, date(2026, 3, 1)), (1, date(2024, 1, 1))
    assert changed(first, second).keys() == {"dailymed"}
    assert changed(first, second) == changed(first)  # older versions say nothing new
    assert changed((3, date(2026, 4, 1)), first) != changed(first)
    assert changed((2, date(2026, 3, 2))) != changed(first)


def test_a_notice_rests_on_the_notices_of_every_source_that_answered() -> None:
    judged = two_sources(article(CONCERN), crossref())
    reported = rests(expression_of_concern, judged)
    assert reported.keys() == {"pubmed", "crossref"}
    assert reported["crossref"] == no_answer_hash()


def test_a_further_notice_is_new_evidence_and_a_comment_is_none() -> None:
    one = rests(expression_of_concern, case_about(article(CONCERN)))
    assert rests(expression_of_concern, case_about(article(CONCERN, ERRATUM))) != one
    assert rests(expression_of_concern, case_about(article(COMMENT, CONCERN))) == one


def test_the_order_and_the_spacing_of_notices_are_no_evidence() -> None:
    one = rests(published_erratum, case_about(article(ERRATUM, CONCERN)))
    spaced = replace(ERRATUM, note="a  name was\nmisspelt", ref_source="J. Synthetic 2026")
    assert rests(published_erratum, case_about(article(CONCERN, spaced))) == one
    assert rests(published_erratum, case_about(article(CONCERN, replace(ERRATUM, note="the dose")))) != one


def test_a_source_that_is_silent_is_left_out_and_one_that_does_not_hold_the_work_says_nothing() -> None:
    whole = rests(expression_of_concern, two_sources(article(CONCERN), crossref(CONCERN)))
    silent = rests(expression_of_concern, two_sources(article(CONCERN), answer(DOI, SILENT)))
    assert silent == {"pubmed": whole["pubmed"]}
    unheld = rests(expression_of_concern, two_sources(article(CONCERN), answer(DOI, NotFound("not held"))))
    assert unheld == {"pubmed": whole["pubmed"], "crossref": no_answer_hash()}


def test_bibliographic_facts_are_no_evidence_of_a_notice() -> None:
    one = rests(expression_of_concern, case_about(article(CONCERN)))
    assert rests(expression_of_concern, case_about(replace(article(CONCERN), volume="7", title="Another."))) == one


def page(**fields: object) -> Case:
    found = Page(URL, 200, URL.value, **{"fingerprint": "1.40.x", **fields})  # type: ignore[arg-type]
    return case(reference(URL), answer(URL, Found(found)))


def test_a_suspected_error_page_rests_on_its_sign_and_its_text_but_not_on_the_words_in_the_sign() -> None:
    reported = rests(soft_404, page(suspicion="its title says so: Page not found"))
    assert reported.keys() == {"web", TEXT}
    assert rests(soft_404, page(suspicion="its title says so: Error 404 of today")) == reported
    assert rests(soft_404, page(suspicion="it leads to the front page, https://x.example/"))["web"] != reported["web"]


@pytest.mark.parametrize(
    ("outcome", "same"),
    [
        (Blocked("HTTP 429", 429), True),
        (Blocked("a challenge page for machines", 200), True),
        (Blocked("HTTP 451", 451), False),
        (Blocked("private address"), False),
    ],
)
def test_walls_are_alike_whatever_their_status_today_but_a_courts_order_is_not_one(
    outcome: Blocked, *, same: bool
) -> None:
    wall = rests(blocked_link, case(reference(URL), answer(URL, Blocked("HTTP 403", 403))))
    assert (rests(blocked_link, case(reference(URL), answer(URL, outcome))) == wall) is same


def test_what_is_found_in_the_entry_alone_rests_on_its_own_fact() -> None:
    stale = case_about(label((2, date(2026, 3, 1))), accessed=PartialDate(2025, 8))
    assert rests(stale_accessed_date, stale) == {}
