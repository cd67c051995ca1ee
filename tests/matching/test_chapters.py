"""Chapters of books against how they are cited; the records are made up after those of NLM's Bookshelf."""

import sys
from dataclasses import replace

import pytest

from evidence.matching.compare import compare, compare_fields
from evidence.matching.verdict import Comparison, Field
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Article
from evidence.sources.pubmed_xml import read_article, split_articles
from factories import authors, differing_fields, entry_in_braces, pmid
from processes import PROJECT

BOOKS = PROJECT / "../shared/data/pubmed-hard/books.xml"

CHAPTER = Article(
    pmid(46000020),
    "Naltrexone",
    authors=authors("Singh D", "Saadabadi A"),
    issued=PartialDate(2025, 1),
    published_online=PartialDate(2023, 5, 30),
    years=(2023, 2025),
    is_book=True,
    book_title="StatPearls",
    publisher="StatPearls Publishing",
    publisher_place="Treasure Island (FL)",
)
LONG = replace(CHAPTER, identifier=pmid(46000021), title="Low-dose naltrexone in chronic pain")
LIVER = Article(
    pmid(46000022),
    "Naltrexone",
    issued=PartialDate(2012),
    published_online=PartialDate(2020, 3, 24),
    years=(2012, 2020),
    is_book=True,
    book_title="LiverTox: Clinical and Research Information on Drug-Induced Liver Injury",
    publisher="National Institute of Diabetes and Digestive and Kidney Diseases",
    publisher_place="Bethesda (MD)",
)
MILK = replace(
    LIVER,
    identifier=pmid(46000023),
    issued=PartialDate(2006),
    published_online=PartialDate(2024, 4, 15),
    years=(2006, 2024),
    book_title="Drugs and Lactation Database (LactMed®)",
)
GENE = Article(
    pmid(46000024),
    "Timothy Syndrome",
    authors=authors("Napolitano C", "Priori SG"),
    editors=authors("Adam MP", "Feldman J", "Mirzaa GM"),
    issued=PartialDate(1993),
    published_online=PartialDate(2006, 2, 15),
    revised=PartialDate(2024, 12, 19),
    years=(1993, 2006, 2024, 2025),
    is_book=True,
    book_title="GeneReviews®",
    publisher="University of Washington, Seattle",
    publisher_place="Seattle (WA)",
)
PRINTED = Article(
    Identifier(IdKind.DOI, "10.1000/handbook.9"),
    "Opioid Antagonists in Chronic Pain",
    authors=authors("Smith JA", "Brown M"),
    issued=PartialDate(2018),
    published_online=PartialDate(2017, 12, 1),
    years=(2017, 2018),
    pages="51-59",
    volume="2",
    is_book=True,
    book_title="Handbook of Pain Medicine",
    publisher="Springer",
)
WHOLE = Article(
    pmid(46000025),
    "Rheumatoid Arthritis: National Clinical Guideline",
    authors=authors("National Collaborating Centre"),
    issued=PartialDate(2009, 2),
    years=(2009,),
    is_book=True,
    book_title="Rheumatoid Arthritis: National Clinical Guideline",
    publisher="Royal College of Physicians (UK)",
    publisher_place="London",
)
CHAPTERS = (CHAPTER, LONG, LIVER, MILK, GENE, PRINTED)


def printed_forms(article: Article) -> list[str]:
    """A chapter as NLM, PubMed, AMA, APA and Chicago print it, with its book after it or before it."""
    title, book, publisher, place = article.title, article.book_title, article.publisher, article.publisher_place
    first, last = article.years[0], article.years[-1]
    updated = (article.revised or article.published_online or PartialDate(last)).year
    names = ", ".join(f"{a.family} {a.initials}" for a in article.authors)
    by = f"{names}. " if names else ""
    inverted = ", & ".join(f"{a.family}, {'. '.join(a.initials)}." for a in article.authors)
    apa = f"{inverted} ({updated}). {title}" if names else f"{title}. ({updated})"
    at = f"{place}: {publisher}" if place else publisher
    editors = "".join(f"{e.family} {e.initials}, " for e in article.editors) + "Feingold KR, et al., editors. "
    forms = [
        f"{by}{title}. [Updated {updated} Mar 24]. In: {book} [Internet]. {at}; {first}-. www.ncbi.nlm.nih.gov/books/x",
        f"{by}{title}. {updated} May 30. In: {book} [Internet]. {at}; {last} Jan\u2013. PMID: 46000020",
        f"{by}{title}. {first} [updated {updated} Jun 1; cited 2026 Nov 1]. In: {editors}{book}. {at}; {first}-{last}.",
        f"{by}{title}. In: {book}. {publisher}; {last}. Accessed November 1, 2026. https://www.ncbi.nlm.nih.gov/books/x/",
        f"{apa}. In {book}. {publisher}. https://www.ncbi.nlm.nih.gov/books/NBK534811/",
        f'{by}"{title}." In {book}. {at}, {last}.',
        f"{by}{title}. {book}. {last}.",
    ]
    if article.identifier.kind is IdKind.PMID:
        forms.append(f"{book} [Internet]. {at}; {first}-. {title}. [Updated {updated} Mar 24].")
    else:
        forms += [
            f"{by}{title}. In: Jones A, ed. {book}. Vol 2. {publisher}; {last}:51-59.",
            f"{inverted} ({last}). {title}. In A. Jones (Ed.), {book} (2nd ed., pp. 51-59). {publisher}.",
        ]
    return forms


def is_found(comparison: Comparison) -> bool:
    return bool(comparison.differences or comparison.wrong)


@pytest.mark.parametrize(("article", "printed"), [(a, form) for a in CHAPTERS for form in printed_forms(a)])
def test_a_chapter_agrees_with_its_own_citation(article, printed):
    comparison = compare(printed, article)
    assert (differing_fields(comparison), comparison.wrong, comparison.too_short) == ([], None, False)
    assert comparison.of(Field.TITLE).agrees


@pytest.mark.parametrize("article", CHAPTERS)
@pytest.mark.parametrize("other", [CHAPTER, LONG, LIVER, GENE])
def test_no_chapter_agrees_with_another_of_its_book_or_of_another_one(article, other):
    if article is other:
        return
    forms = printed_forms(other)
    if article.title == other.title:  # a drug's name in StatPearls and in LiverTox: the book differs
        forms = [form for form in forms if "In" in form]
    assert [form for form in forms if not is_found(compare(form, article))] == []
    same_people = article.authors == other.authors
    if article.title != other.title and not same_people and article is not PRINTED:
        assert [form for form in forms if not compare(form, article).wrong] == []


def test_the_title_of_the_book_is_no_title_of_its_chapter():
    printed = "LiverTox [Internet]. Bethesda (MD): NIDDK; 2012-. Ketoconazole. [Updated 2020 Mar 24]."
    comparison = compare(printed, LIVER)
    assert comparison.wrong is not None
    assert comparison.of(Field.TITLE).printed == "Ketoconazole"
    assert not is_found(compare(printed.replace("Ketoconazole", "Naltrexone"), LIVER))


def test_a_book_without_chapters_is_known_by_its_own_title():
    printed = "National Collaborating Centre. {}. London: Royal College of Physicians (UK); 2009."
    assert not is_found(compare(printed.format(WHOLE.title), WHOLE))
    assert compare(printed.format("Osteoarthritis in Adults, Care and Management"), WHOLE).wrong is not None


def differing(printed: str, article: Article) -> list[str]:
    comparison = compare(printed, article)
    assert comparison.wrong is None
    return differing_fields(comparison)


def test_authors_title_book_and_year_of_a_chapter_are_compared():
    right = "Singh D, Saadabadi A. Low-dose naltrexone in chronic pain. In: StatPearls [Internet]. StatPearls; 2024."
    assert differing(right, LONG) == []
    assert differing(right.replace("Saadabadi A", "Kumar R"), LONG) == ["authors"]
    assert differing(right.replace("in chronic pain", "in chronic disease"), LONG) == ["title"]
    assert differing(right.replace("pain.", "pain and fibromyalgia."), LONG) == ["title"]
    assert differing(right.replace("StatPearls", "Endotext"), LONG) == ["journal"]
    assert differing(right.replace("2024", "2028"), LONG) == ["year"]


@pytest.mark.parametrize(
    ("article", "right", "wrong"),
    [
        (CHAPTER, (2015, 2021, 2023, 2025), (1999, 2026)),  # dated anew every year: older editions were cited rightly
        (LIVER, (2012, 2016, 2020), (2011, 2021)),
        (GENE, (1993, 2006, 2025), (1992, 2026)),
        (PRINTED, (2017, 2018), (2016, 2019)),
        (replace(LONG, published_online=None, years=(2026,), issued=PartialDate(2026)), (2026,), (2025, 2027)),
    ],
)
def test_a_year_is_right_from_the_first_to_the_last_of_a_chapter(article, right, wrong):
    names = ", ".join(f"{a.family} {a.initials}" for a in article.authors)
    printed = f"{names}. {article.title}. In: {article.book_title}. {article.publisher}; {{}}."
    assert [year for year in right if differing(printed.format(year), article)] == []
    assert [differing(printed.format(year), article) for year in wrong] == [["year"]] * len(wrong)


def test_the_years_of_access_and_of_an_update_are_told_apart():
    printed = "LiverTox [Internet]. Bethesda (MD): NIDDK; 2012-. Naltrexone. [Updated 2020 Mar 24; cited 2026 Nov 1]."
    assert compare(printed, LIVER).of(Field.YEAR).agrees
    assert not is_found(compare("Naltrexone. In: LiverTox. Bethesda (MD): NIDDK. Accessed 1 Nov 2026.", LIVER))
    assert not is_found(compare("Naltrexone. In: LiverTox. Viewed 2026-11-01.", LIVER))


@pytest.mark.parametrize("numbered", ["Chapter 9 - {}", "9 {}", "Chapter IX. {}", "{}"])
@pytest.mark.parametrize("printed", ["{}", "Chapter 9. {}", "Chapter 9: {}"])
def test_the_number_of_a_chapter_is_printed_or_not(numbered, printed):
    record = replace(PRINTED, title=numbered.format(PRINTED.title))
    title = printed.format(PRINTED.title)
    citation = f"Smith JA, Brown M. {title}. In: Jones A, ed. Handbook of Pain Medicine. Springer; 2018:51-59."
    assert differing(citation, record) == []


def test_the_series_that_crossref_gives_as_the_book_is_no_other_book():
    series = replace(PRINTED, book_title="Lecture Notes in Computer Science")
    assert [form for form in printed_forms(PRINTED) if is_found(compare(form, series))] == []


@pytest.mark.parametrize(
    ("fields", "differing"),
    [
        ("title: Naltrexone, container-title: LiverTox, issued: '2020'", []),
        ("title: Naltrexone, container-title: 'LiverTox [Internet]', issued: '2016'", []),
        ("title: Naltrexone, container-title: StatPearls", ["journal"]),
        ("title: Naltrexone, container-title: LiverTox, issued: '2026'", ["year"]),
        ("title: Ketoconazole", ["title"]),
    ],
)
def test_the_fields_of_an_entry_are_compared_with_the_chapters(fields, differing):
    assert differing_fields(compare_fields(entry_in_braces(f"id: x, PMID: '46000022', {fields}"), LIVER)) == differing


@pytest.mark.acceptance
@pytest.mark.skipif(not BOOKS.exists(), reason="needs the real records of books in ../shared")
def test_real_records_of_books_agree_with_their_own_citations_and_not_with_each_other():
    records = [read_article(raw) for _, raw in split_articles(BOOKS.read_bytes())]
    chapters = [record for record in records if record.title != record.book_title]
    own = [(form, record) for record in chapters for form in printed_forms(record)]
    false = [form for form, record in own if is_found(compare(form, record))]
    others = [(form, b) for a in chapters for b in chapters if a is not b for form in printed_forms(a)]
    missed = [form for form, record in others if not is_found(compare(form, record))]
    counts = f"{len(false)} of {len(own)} own citations false, {len(missed)} of {len(others)} others missed"
    sys.stdout.write(f"\nchapters: {counts}\n")
    assert (false, missed) == ([], [])
