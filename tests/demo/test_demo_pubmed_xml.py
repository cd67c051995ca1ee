"""What the demo server writes as PubMed's XML reads back as the facts that it was written from."""

from __future__ import annotations

from datetime import date

import pytest

from evidence.demo.pubmed import article_set
from evidence.demo.world import RETRACTED_PUBLICATION, ArticleFacts, naltrexone_world, synthetic_world
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Article, Author, Journal, NoticeLink, PublicationType
from evidence.sources.pubmed_xml import read_article, split_articles

RICH = ArticleFacts(
    pmid="10000042",
    title="Effect of <i>CYP2D6</i> on O<sub>2</sub> uptake at p &lt; 0.01.",
    authors=(
        Author(family="Abbott", given="Anna B", initials="AB", suffix="Jr"),
        Author(collective="The Synthetic Trial Group & Friends"),
    ),
    authors_complete=False,
    journal=Journal("Journal of synthesis & test", "J. Synth. Test", "J Synth Test", ("1234-5678", "8765-4321")),
    pub_date="2019 Dec 31",
    article_date=date(2020, 1, 2),
    volume="12",
    issue="3 Suppl 1",
    pages="S1-19",
    elocation="e0042",
    doi="10.5555/(a)<b>&c",
    pmcid="PMC4242",
    publication_types=(PublicationType("D016428", "Journal Article"), RETRACTED_PUBLICATION),
    notices=(NoticeLink("RetractionIn", "J Synth Test. 2021;13(1):2", pmid="10000043", note="see there"),),
    languages=("eng", "ger"),
    vernacular_title="Einfluss von <i>CYP2D6</i>.",
    trials=("NCT00000042",),
    abstract="It was <b>seen</b>.",
)


def read(facts: ArticleFacts) -> Article:
    ((pmid, raw),) = split_articles(article_set([facts]).encode())
    assert pmid == facts.pmid
    return read_article(raw)


def test_every_fact_of_a_rich_record_is_read_back() -> None:
    article = read(RICH)
    assert article.identifier == Identifier(IdKind.PMID, "10000042")
    assert article.title == "Effect of CYP2D6 on O2 uptake at p < 0.01."
    assert "<i>CYP2D6</i>" in article.title_html
    assert article.authors == RICH.authors
    assert not article.authors_complete
    assert (article.journal.title, article.journal.iso, article.journal.medline_ta) == (
        "Journal of synthesis & test",
        "J. Synth. Test",
        "J Synth Test",
    )
    assert set(article.journal.issns) == {"1234-5678", "8765-4321"}
    assert str(article.issued) == "2019-12-31"
    assert str(article.published_online) == "2020-01-02"
    assert set(article.years) == {2019, 2020}
    assert (article.volume, article.issue, article.pages) == ("12", "3 Suppl 1", "S1-19")
    assert "e0042" in article.elocations
    assert Identifier(IdKind.DOI, "10.5555/(a)<b>&c") in article.also_known_as
    assert Identifier(IdKind.PMCID, "PMC4242") in article.also_known_as
    assert article.publication_types == RICH.publication_types
    assert [(link.ref_type, link.pmid, link.note) for link in article.notices] == [
        ("RetractionIn", "10000043", "see there")
    ]
    assert article.languages == ("eng", "ger")
    assert article.vernacular_title == "Einfluss von CYP2D6."
    assert article.trials == ("NCT00000042",)
    assert article.status == "MEDLINE"


@pytest.mark.parametrize(
    ("written", "years"),
    [("2009", {2009}), ("2009 Spring", {2009}), ("1998 Dec-1999 Jan", {1998, 1999}), ("2013 Feb", {2013})],
)
def test_dates_that_lack_a_day_keep_their_form(written: str, years: set[int]) -> None:
    assert set(read(ArticleFacts(pmid="1", title="A title.", pub_date=written)).years) == years


def test_a_doi_can_be_in_the_id_list_alone() -> None:
    facts = ArticleFacts(pmid="1", title="A title.", pub_date="2009", doi="10.5555/1", doi_in_elocation=False)
    assert "EIdType" not in article_set([facts])
    assert read(facts).also_known_as == (Identifier(IdKind.DOI, "10.5555/1"),)


def test_a_record_can_be_served_verbatim() -> None:
    facts = ArticleFacts(pmid="1", xml="<PubmedArticle>as it is</PubmedArticle>")
    assert "<PubmedArticle>as it is</PubmedArticle></PubmedArticleSet>" in article_set([facts])


def test_the_three_naltrexone_articles_say_what_the_monograph_gets_wrong() -> None:
    articles = {pmid: read(facts) for pmid, facts in naltrexone_world().articles.items()}
    assert articles["23359310"].title.endswith("crossover trial assessing daily pain levels.")
    assert len(articles["17222320"].authors) == 6
    assert {doi.value for article in articles.values() for doi in article.also_known_as if doi.kind is IdKind.DOI} == {
        "10.1002/art.37734",
        "10.1111/j.1572-0241.2007.01045.x",
        "10.1016/j.mehy.2008.06.048",
    }
    assert not any(article.notices for article in articles.values())


def test_synthetic_articles_are_all_different() -> None:
    articles = [read(facts) for facts in synthetic_world(300).articles.values()]
    assert [article.identifier.value for article in articles[:2]] == ["10000001", "10000002"]
    assert len({article.title for article in articles}) == 300
    assert len({article.also_known_as for article in articles}) == 300
