"""Rules that are about some kinds of identifier are not asked about references without one; nothing is lost by it."""

from datetime import date

import pytest

from evidence.app.registry import RULE_SET, RULES
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Blocked, Cause, Found, NotFound, Unavailable
from evidence.model.records import Hop, NoticeLink, Page, Trial
from factories import NCT, PMID, SETID, URL, answer, article, case, label, reference

DOI = Identifier(IdKind.DOI, "10.1002/art.37734")
CITED = "Someone E. Another title altogether. J Wrong. 1999;1(1):1-2."
NO_WORDS = (NotFound("no", 404), Blocked("403", 403), Unavailable("silence", Cause.TIMEOUT))
RETRACTED = article(NoticeLink("RetractionIn", "J. 2020;1:1", "1"), NoticeLink("ErratumIn", "J. 2020;1:1", "2"))
MOVED = Page(URL, 200, "https://b.example/", (Hop(301, URL.value, "https://b.example/"),), suspicion="a home page")
FOUND = {
    PMID: Found(RETRACTED),
    DOI: Found(article(NoticeLink("RetractionIn", "J", "1"), identifier=DOI)),
    SETID: Found(label((9, date(2026, 1, 1)), (8, date(2020, 1, 1)))),
    NCT: Found(Trial(NCT, "A trial", "TERMINATED", results_posted=PartialDate(2026, 1, 1))),
    URL: Found(MOVED),
}


def cases():
    for identifier, found in FOUND.items():
        for outcome in (found, *NO_WORDS):
            entry = reference(identifier, cited_as=CITED, spl_version=8, accessed=PartialDate(2025, 8))
            yield case(entry, answer(identifier, outcome))
    yield case(reference(title="nothing else", cited_as=CITED))


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.about], ids=lambda rule: rule.code)
def test_a_rule_has_nothing_to_say_of_a_reference_without_its_kinds(rule):
    strangers = [made for made in cases() if not made.kinds & rule.about]
    assert strangers
    assert [finding for made in strangers for finding in rule.findings(made)] == []


def test_a_page_is_not_compared_with_a_bibliography():
    page = case(reference(URL), answer(URL, FOUND[URL], None))
    codes = {rule.code for rule in RULE_SET.rules_about(page.kinds)}
    assert {"LNK001", "ACC001", "REF003"} <= codes
    assert not {"MET001", "RET001", "SPL001"} & codes


def test_an_article_with_an_address_is_judged_as_both():
    both = case(reference(PMID, URL), answer(PMID, FOUND[PMID]), answer(URL, FOUND[URL]))
    codes = {rule.code for rule in RULE_SET.rules_about(both.kinds)}
    assert {"LNK001", "RET001", "MET001"} <= codes
