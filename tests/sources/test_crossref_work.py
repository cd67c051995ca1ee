import json
from pathlib import Path

import pytest

from evidence.model.csl import csl_item
from evidence.model.dates import PartialDate
from evidence.model.records import Author, NoticeLink, initials, is_retracted, is_withdrawn
from evidence.sources.crossref import DriftError, article_of, marked, plain
from factories import doi
from fakes import crossref_update, crossref_work

OWN = "10.5555/own"
WAKEFIELD = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "wakefield-1998" / "crossref-works.json"


def article(**fields):
    return article_of(doi(OWN), crossref_work(OWN, **fields))


@pytest.mark.parametrize(
    ("deposited", "text", "html"),
    [
        ("A <i>Salmonella</i> study", "A Salmonella study", "A <i>Salmonella</i> study"),
        ("A <jats:italic>Salmonella</jats:italic> study", "A Salmonella study", "A <i>Salmonella</i> study"),
        ("&lt;i&gt;E. coli&lt;/i&gt; in milk", "E. coli in milk", "<i>E. coli</i> in milk"),
        ("&amp;lt;i&amp;gt;E. coli&amp;lt;/i&amp;gt;", "E. coli", "<i>E. coli</i>"),
        ("H<sub>2</sub>O &amp; salt", "H2O & salt", "H<sub>2</sub>O &amp; salt"),
        ("Risk at p &lt; 0.05 &gt; nothing", "Risk at p < 0.05 > nothing", "Risk at p &lt; 0.05 &gt; nothing"),
        ("Uses of <Lactobacillus> here", "Uses of <Lactobacillus> here", "Uses of &lt;Lactobacillus&gt; here"),
        ("An <i>open tag", "An open tag", "An open tag"),
        ("A title<br/>in\n   lines ", "A title in lines", "A title in lines"),
        (
            '<mml:math xmlns:mml="m">\n <mml:mi>x</mml:mi>\n <mml:mn>2</mml:mn>\n</mml:math> rays',
            "x2 rays",
            "x2 rays",
        ),
        (
            "A <mml:math><mml:mi>\u03b2</mml:mi><mml:annotation>\\beta</mml:annotation></mml:math> ray",
            "A \u03b2 ray",
            "A \u03b2 ray",
        ),
    ],
)
def test_deposited_titles_become_readable(deposited, text, html):
    assert (plain(deposited), marked(deposited)) == (text, html)


@pytest.mark.parametrize(
    ("title", "subtitle", "whole"),
    [
        ("A drug", "A trial", "A drug: A trial"),
        ("A drug: a trial", "A trial", "A drug: a trial"),
        ("Does it work?", "A trial", "Does it work? A trial"),
        ("A drug:", "a trial", "A drug: a trial"),
        ("A drug", "", "A drug"),
    ],
)
def test_a_subtitle_belongs_to_the_title_unless_it_is_there_already(title, subtitle, whole):
    assert article(title=[title], subtitle=[subtitle]).title == whole


def test_a_text_longer_than_any_title_is_drift():
    with pytest.raises(DriftError, match='"title"'):
        article(title=["<tex-math>" * 2001])


def test_a_work_without_a_title_has_an_empty_one():
    assert article(title=[]).title == ""


@pytest.mark.parametrize(
    ("given", "short"),
    [
        ("Jean-Paul", "JP"),
        ("A. J.", "AJ"),
        ("AJ", "AJ"),
        ("A", "A"),
        ("Maria del Carmen", "MdC"),
        ("J.-P.", "JP"),
        ("O\u2019Brian", "OB"),
        ("", ""),
    ],
)
def test_initials_are_made_of_given_names(given, short):
    assert initials(given).upper() == short.upper()


def test_authors_are_people_and_bodies_in_order():
    people = [
        {"family": "M&uuml;ller", "given": "Anna B.", "suffix": "Jr", "sequence": "first"},
        {"name": "The EXAMPLE Study Group"},
        {"given": "Mononym"},
        {"affiliation": []},
    ]
    assert article(author=people).authors == (
        Author(family="M\u00fcller", given="Anna B.", initials="AB", suffix="Jr"),
        Author(collective="The EXAMPLE Study Group"),
        Author(family="Mononym"),
    )


def test_every_year_of_publication_may_be_cited_and_print_comes_first():
    record = article(
        published_print={"date-parts": [[2014, 2]]},
        published_online={"date-parts": [[2013, 12, 30]]},
        issued={"date-parts": [[2013, 12, 30]]},
        created={"date-parts": [[2019]]},
    )
    assert record.years == (2013, 2014)
    assert record.issued == PartialDate(2014, 2)
    assert (record.published_online, record.has_article_date) == (PartialDate(2013, 12, 30), True)


@pytest.mark.parametrize(
    ("parts", "date"),
    [
        ([[None]], None),
        ([[]], None),
        ([], None),
        ([[2013]], PartialDate(2013)),
        ([[2013, 2, 30]], PartialDate(2013, 2)),
        ([[2013, 13]], PartialDate(2013)),
        ([[2013, 2, 10**30]], PartialDate(2013, 2)),
        ([["2013", "2"]], PartialDate(2013, 2)),
    ],
)
def test_a_date_is_as_precise_as_it_is_possible(parts, date):
    assert article(issued={"date-parts": parts}).issued == date


@pytest.mark.parametrize("parts", [2013, "2013", [2013], [["spring"]], [[{}]], [[float("inf")]]])
def test_a_date_in_another_shape_is_drift(parts):
    with pytest.raises(DriftError, match='"issued"'):
        article(issued={"date-parts": parts})


def test_the_journal_has_its_long_and_its_short_name_and_the_places_are_read():
    record = article(
        container_title=["Journal of Examples &amp; Tests"],
        short_container_title=["J. Ex. &amp; Tests"],
        ISSN=["1234-5678"],
        volume="12",
        issue="3",
        page="4-9",
        article_number="e17",
        publisher="Example Press",
    )
    assert (record.journal.title, record.journal.iso) == ("Journal of Examples & Tests", "J. Ex. & Tests")
    assert (record.volume, record.issue, record.pages, record.elocations) == ("12", "3", "4-9", ("e17",))
    assert (record.publisher, record.journal.issns) == ("Example Press", ("1234-5678",))


def test_a_chapter_is_part_of_its_book_and_not_of_a_journal():
    record = article(type="book-chapter", container_title=["A Handbook", "Lectures"], editor=[{"family": "Oak"}])
    assert (record.is_book, record.book_title, record.journal.title) == (True, "A Handbook", "")
    item = csl_item(record)
    assert (item["type"], item["container-title"], item["DOI"]) == ("chapter", "A Handbook", OWN)
    assert item["editor"] == [{"family": "Oak"}]


@pytest.mark.parametrize(
    ("reported", "kind"),
    [
        ("journal-article", "article-journal"),
        ("proceedings-article", "paper-conference"),
        ("monograph", "book"),
        ("dissertation", "thesis"),
        ("dataset", "dataset"),
        ("component", "document"),
        ("posted-content", "article"),
    ],
)
def test_crossrefs_types_have_their_csl_names(reported, kind):
    assert csl_item(article(type=reported))["type"] == kind


def test_a_preprint_names_its_published_version_as_an_update():
    relation = {"is-preprint-of": [{"id-type": "doi", "id": "10.5555/Published", "asserted-by": "subject"}]}
    record = article(type="posted-content", subtype="preprint", relation=relation, posted={"date-parts": [[2020, 3]]})
    assert record.notices == (
        NoticeLink("UpdateIn", "", note="the published version of this preprint", doi="10.5555/published"),
    )
    assert csl_item(record)["genre"] == "Preprint"
    assert record.years == (2020,)


def test_a_published_version_is_not_updated_by_its_preprint():
    record = article(relation={"has-preprint": [{"id-type": "doi", "id": "10.5555/pre"}]})
    assert [link.ref_type for link in record.notices] == ["UpdateOf"]


@pytest.mark.parametrize(
    ("relation", "ref_type"),
    [
        ("has-translation", "HasTranslation"),
        ("is-translation-of", "TranslationOf"),
        ("has-version", "HasVersion"),
        ("is-version-of", "VersionOf"),
        ("is-same-as", "SameAs"),
    ],
)
def test_translations_and_versions_are_links_but_none_that_befell_the_work(relation, ref_type):
    [link] = article(relation={relation: [{"id-type": "doi", "id": "10.5555/other"}]}).notices
    assert (link.ref_type, link.doi) == (ref_type, "10.5555/other")


@pytest.mark.parametrize(
    ("kind", "ref_type"),
    [
        ("retraction", "RetractionIn"),
        ("withdrawal", "RetractionIn"),
        ("removal", "RetractionIn"),
        ("expression_of_concern", "ExpressionOfConcernIn"),
        ("expression-of-concern", "ExpressionOfConcernIn"),
        ("correction", "ErratumIn"),
        ("corrigendum", "ErratumIn"),
        ("erratum", "ErratumIn"),
        ("partial_retraction", "ErratumIn"),
        ("new_version", "UpdateIn"),
        ("retraction_and_replacement", "RetractionIn"),
        ("retracted", "RetractionIn"),
        ("article-withdrawn", "RetractionIn"),
        ("partial_retraction_notice", "ErratumIn"),
        ("reinstatement", "ReinstatementIn"),
        ("something_new", "something_new"),
    ],
)
def test_updates_of_a_work_are_reported_in_pubmeds_words(kind, ref_type):
    [link] = article(updated_by=[crossref_update(kind, "10.5555/notice", "retraction-watch")]).notices
    assert (link.ref_type, link.doi, link.told_by) == (ref_type, "10.5555/notice", ("retraction-watch",))
    assert link.date == PartialDate(2021, 5, 4)
    assert is_retracted(article(updated_by=[crossref_update(kind, "10.5555/notice")])) is (ref_type == "RetractionIn")


def test_a_notice_reported_by_publisher_and_retraction_watch_is_one_notice():
    entries = [
        crossref_update("retraction", "10.5555/N"),
        crossref_update("retraction", "10.5555/n", "retraction-watch"),
    ]
    [link] = article(updated_by=entries).notices
    assert link.told_by == ("publisher", "retraction-watch")
    custom = csl_item(article(updated_by=entries))["custom"]
    assert custom["notices"] == [
        {
            "type": "RetractionIn",
            "DOI": "10.5555/n",
            "note": "retraction",
            "told-by": ["publisher", "retraction-watch"],
            "date": "2021-05-04",
        }
    ]
    assert custom["retracted"] is True


@pytest.mark.parametrize(
    ("kind", "ref_type"),
    [
        ("retraction", "RetractionOf"),
        ("expression_of_concern", "ExpressionOfConcernFor"),
        ("correction", "ErratumFor"),
        ("new_version", "UpdateOf"),
    ],
)
def test_what_a_notice_is_about_never_retracts_the_notice(kind, ref_type):
    record = article(update_to=[crossref_update(kind, "10.5555/paper")], title=["Retracted: a paper"])
    assert [link.ref_type for link in record.notices] == [ref_type]
    assert is_retracted(record) is (kind != "retraction")  # by its title alone, and never a retraction notice


def test_a_work_that_updates_itself_is_no_notice_about_itself():
    assert article(update_to=[crossref_update("retraction", OWN.upper())]).notices == ()


def test_a_cochrane_review_that_was_withdrawn_as_outdated_is_not_retracted():
    own = "10.1002/14651858.cd000001.pub2"
    record = article_of(
        doi(own), crossref_work(own, updated_by=[crossref_update("withdrawal", "10.1002/14651858.cd000001.pub3")])
    )
    assert [link.ref_type for link in record.notices] == ["UpdateIn"]
    assert not is_retracted(record)


def test_a_cochrane_review_that_was_withdrawn_without_a_newer_version_is_withdrawn():
    own = "10.1002/14651858.cd000001.pub2"
    record = article_of(doi(own), crossref_work(own, updated_by=[crossref_update("withdrawal", own)]))
    assert [link.ref_type for link in record.notices] == ["WithdrawalIn"]
    assert (is_retracted(record), is_withdrawn(record)) == (False, True)


@pytest.mark.parametrize(("day", "retracted"), [((2022, 1, 1), False), ((2020, 1, 1), True)])
def test_a_later_reinstatement_ends_a_retraction(day, retracted):
    reinstated = crossref_update("reinstatement", "10.5555/reinstated") | {"updated": {"date-parts": [list(day)]}}
    record = article(updated_by=[crossref_update("retraction", "10.5555/notice"), reinstated])
    assert is_retracted(record) is retracted


def test_a_title_that_says_retracted_is_kept_and_reports_it():
    record = article(title=["RETRACTED: A paper"])
    assert record.title == "RETRACTED: A paper"
    assert is_retracted(record)


def test_a_record_of_another_agency_is_read_as_csl():
    reported = {
        "type": "dataset",
        "id": "https://doi.org/10.5555/own",
        "title": "Data of a trial",
        "author": [{"family": "Alder", "given": "C"}, {"literal": "A Group"}],
        "issued": {"date-parts": [[2020, 1, 2]]},
        "publisher": "A repository",
        "container-title-short": "Repo",
    }
    record = article_of(doi(OWN), reported)
    assert (record.title, record.issued, record.csl_type) == ("Data of a trial", PartialDate(2020, 1, 2), "dataset")
    assert record.authors[1] == Author(collective="A Group")


def test_the_recorded_retracted_paper_of_1998_is_read_completely():
    if not WAKEFIELD.is_file():
        pytest.skip("the recorded reply of Crossref is not on this machine")
    message = json.loads(WAKEFIELD.read_bytes())["message"]
    record = article_of(doi("10.1016/s0140-6736(97)11096-0"), message)
    assert is_retracted(record)
    assert [(link.ref_type, link.doi, link.told_by) for link in record.notices] == [
        ("ErratumIn", "10.1016/s0140-6736(04)15715-2", ("retraction-watch",)),
        ("RetractionIn", "10.1016/s0140-6736(10)60175-4", ("retraction-watch",)),
    ]
    assert (record.journal.title, record.volume, record.issue, record.pages) == ("The Lancet", "351", "9103", "637-641")
    assert (record.years, record.issued) == ((1998,), PartialDate(1998, 2))
    assert len(record.authors) == 13
    assert record.authors[0] == Author("Wakefield", "AJ", "AJ")
