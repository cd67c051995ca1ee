import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.model.identifiers import Identifier, IdKind
from evidence.model.records import Author, NoticeLink, PublicationType
from evidence.sources.pubmed_xml import SchemaDriftError, deleted_pmids, read_article, split_articles, version_of
from factories import pmid
from fakes import ARTICLE_SET, article_xml

MATHML = 'xmlns:mml="http://www.w3.org/1998/Math/MathML"'


def article(inside="", *, title="<ArticleTitle>A title.</ArticleTitle>", citation="", data="", status="MEDLINE"):
    """A record with these parts of its Article, its MedlineCitation and its PubmedData."""
    return read_article(
        (
            f'<PubmedArticle><MedlineCitation Status="{status}"><PMID Version="1">7</PMID>'
            f"<Article>{title}{inside}</Article>{citation}</MedlineCitation>"
            f"<PubmedData>{data}</PubmedData></PubmedArticle>"
        ).encode()
    )


def titled(markup):
    return article(title=f"<ArticleTitle>{markup}</ArticleTitle>")


def authors(entries, attributes='CompleteYN="Y"'):
    return article(f"<AuthorList {attributes}>{entries}</AuthorList>")


@pytest.mark.parametrize(
    ("markup", "plain", "html"),
    [
        ("Plain.", "Plain.", "Plain."),
        ("The <i>CYP2D6</i> gene.", "The CYP2D6 gene.", "The <i>CYP2D6</i> gene."),
        ("<b><i>H</i><sub>2</sub>O</b> and <u>x</u>.", "H2O and x.", "<b><i>H</i><sub>2</sub>O</b> and <u>x</u>."),
        ("p &lt; 0.05 &amp; more.", "p < 0.05 & more.", "p &lt; 0.05 &amp; more."),
        ("10<sup>-9</sup> M.", "10-9 M.", "10<sup>-9</sup> M."),
        ("Two\n   lines .", "Two lines .", "Two lines ."),
        ("&amp;#382;ena &amp;alpha;.", "žena \u03b1.", "žena \u03b1."),
        ("AT&amp;T; R&amp;D.", "AT&T; R&D.", "AT&amp;T; R&amp;D."),
        ("<em>Unknown</em> markup.", "Unknown markup.", "Unknown markup."),
        ("<i>Only markup</i>", "Only markup", "<i>Only markup</i>"),
    ],
)
def test_a_title_keeps_its_words_and_its_marked_form_its_markup(markup, plain, html):
    found = titled(markup)
    assert (found.title, found.title_html) == (plain, html)


@pytest.mark.parametrize(
    ("formula", "plain", "html"),
    [
        ("<mml:msub><mml:mi>T</mml:mi> <mml:mn>1</mml:mn></mml:msub> ", "T1", "T<sub>1</sub>"),
        ("<mml:msup><mml:mn>10</mml:mn><mml:mrow><mml:mo>-</mml:mo><mml:mn>3</mml:mn></mml:mrow></mml:msup>",
         "10-3", "10<sup>-3</sup>"),
        ("<mml:msubsup><mml:mi>T</mml:mi><mml:mn>2</mml:mn><mml:mo>*</mml:mo></mml:msubsup>",
         "T2*", "T<sub>2</sub><sup>*</sup>"),
        ("<mml:mfrac><mml:mn>1</mml:mn><mml:mn>2</mml:mn></mml:mfrac>", "1/2", "1/2"),
        ("<mml:msqrt><mml:mi>n</mml:mi></mml:msqrt>", "√n", "√n"),
        ("<mml:mi>a</mml:mi><mml:mspace/><mml:mtext> is b</mml:mtext>", "a is b", "a is b"),
        ("<mml:semantics><mml:mi>x</mml:mi><mml:annotation>\\TeX</mml:annotation></mml:semantics>", "x", "x"),
        ("<mml:mi>a</mml:mi><mml:mo>&lt;</mml:mo><mml:mi>b</mml:mi>", "a<b", "a&lt;b"),
    ],
)  # fmt: skip
def test_a_formula_becomes_one_readable_line(formula, plain, html):
    found = titled(f"On <mml:math {MATHML}>{formula}</mml:math> , and more")
    assert (found.title, found.title_html) == (f"On {plain}, and more", f"On {html}, and more")


def test_space_after_a_formula_stays_where_words_follow():
    found = titled(f"Fast <mml:math {MATHML}><mml:mi>T</mml:mi></mml:math> mapping - <mml:math {MATHML}/> x")
    assert found.title.startswith("Fast T mapping -")


def test_a_prefix_that_the_entire_reply_declares_is_known_in_a_single_record():
    assert titled("<mml:math><mml:mi>T</mml:mi></mml:math>").title == "T"


def test_a_translated_title_keeps_its_brackets_and_its_original():
    found = article(
        "<Language>GER</Language><VernacularTitle>Ein <i>Titel</i>.</VernacularTitle>",
        title="<ArticleTitle>[A title].</ArticleTitle>",
    )
    assert (found.title, found.vernacular_title, found.languages) == ("[A title].", "Ein Titel.", ("ger",))


@pytest.mark.parametrize("title", ["<ArticleTitle/>", ""])
def test_a_vernacular_title_alone_is_title_enough(title):
    found = article("<VernacularTitle>Recensie.</VernacularTitle>", title=title)
    assert (found.title, found.vernacular_title) == ("", "Recensie.")


def test_people_bodies_suffixes_and_bare_names_are_distinguished():
    found = authors(
        "<Author><LastName>Alder</LastName><ForeName>Beech C</ForeName><Initials>BC</Initials>"
        "<Suffix>3rd</Suffix></Author>"
        "<Author><CollectiveName>The <i>Dogwood</i> Group</CollectiveName></Author>"
        "<Author><LastName>Elm</LastName></Author>"
    )
    assert found.authors == (
        Author(family="Alder", given="Beech C", initials="BC", suffix="3rd"),
        Author(collective="The Dogwood Group"),
        Author(family="Elm"),
    )
    assert found.authors_complete


def test_a_name_that_an_erratum_corrected_is_left_out():
    found = authors(
        '<Author ValidYN="N"><LastName>Adler</LastName></Author><Author ValidYN="Y"><LastName>Alder</LastName></Author>'
    )
    assert found.authors == (Author(family="Alder"),)


def test_two_persons_of_one_name_are_two_and_a_body_listed_with_its_address_is_one():
    found = authors(
        "<Author><LastName>Li</LastName><Initials>X</Initials></Author>" * 2
        + "<Author><CollectiveName>Elm Group. Electronic address: elm@example.org</CollectiveName></Author>"
        + "<Author><CollectiveName>Elm Group</CollectiveName></Author>"
    )
    assert [a.family or a.collective for a in found.authors] == ["Li", "Li", "Elm Group"]


def test_a_list_that_says_it_is_cut_is_incomplete():
    assert not authors("<Author><LastName>Elm</LastName></Author>", 'CompleteYN="N"').authors_complete


def test_the_three_forms_of_a_journal_and_its_issns():
    found = article(
        "<Journal><ISSN>1111-1111</ISSN><Title>Journal of Trees</Title>"
        "<ISOAbbreviation>J. Trees</ISOAbbreviation></Journal>",
        citation="<MedlineJournalInfo><MedlineTA>J Trees</MedlineTA>"
        "<ISSNLinking>2222-2222</ISSNLinking></MedlineJournalInfo>",
    )
    journal = found.journal
    assert (journal.title, journal.iso, journal.medline_ta) == ("Journal of Trees", "J. Trees", "J Trees")
    assert journal.issns == ("1111-1111", "2222-2222")


def test_pages_are_medlinepgn_and_only_for_want_of_it_start_and_end():
    full = "<Pagination><StartPage>529</StartPage><EndPage>538</EndPage><MedlinePgn>529-38</MedlinePgn></Pagination>"
    assert article(full).pages == "529-38"
    assert article(full.replace("<MedlinePgn>529-38</MedlinePgn>", "")).pages == "529-538"
    assert article("<Pagination><StartPage>e14</StartPage></Pagination>").pages == "e14"
    assert article().pages == ""


def test_identifiers_come_from_elocations_and_the_records_own_list_never_from_what_it_cites():
    found = article(
        '<ELocationID EIdType="pii" ValidYN="Y">CD002020</ELocationID>'
        '<ELocationID EIdType="doi" ValidYN="N">10.1000/wrong</ELocationID>'
        '<ELocationID EIdType="doi" ValidYN="Y">10.1000/OWN</ELocationID>',
        data='<ArticleIdList><ArticleId IdType="pubmed">7</ArticleId><ArticleId IdType="doi">10.1000/own</ArticleId>'
        '<ArticleId IdType="doi">https://doi.org/10.1000/second</ArticleId><ArticleId IdType="pmc">PMC12.1</ArticleId>'
        '<ArticleId IdType="doi">none</ArticleId></ArticleIdList>'
        '<ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.1000/cited</ArticleId>'
        '<ArticleId IdType="pmc">PMC99</ArticleId></ArticleIdList></Reference></ReferenceList>',
    )
    assert found.also_known_as == (
        Identifier(IdKind.DOI, "10.1000/own"),
        Identifier(IdKind.DOI, "10.1000/second"),
        Identifier(IdKind.PMCID, "PMC12"),
    )
    assert found.elocations == ("CD002020",)


def test_types_are_keyed_on_the_ui_which_is_filled_in_for_known_labels():
    found = article(
        "<PublicationTypeList>"
        '<PublicationType UI="D016440">Retraction of Publication</PublicationType>'
        '<PublicationType UI="">Retracted Publication</PublicationType>'
        '<PublicationType UI="">Corrected and Republished Article</PublicationType>'
        "<PublicationType>Comment</PublicationType>"
        '<PublicationType UI="">Something New</PublicationType>'
        "</PublicationTypeList>"
    )
    assert found.publication_types == (
        PublicationType("D016440", "Retraction of Publication"),
        PublicationType("D016441", "Retracted Publication"),
        PublicationType("D016439", "Corrected and Republished Article"),
        PublicationType("D016420", "Comment"),
        PublicationType("", "Something New"),
    )


def test_notices_keep_direction_note_number_and_doi_and_citations_are_none():
    found = article(
        citation="<CommentsCorrectionsList>"
        '<CommentsCorrections RefType="RetractionIn"><RefSource>J Trees. 2020;1:2. doi: 10.1000/NOTICE.</RefSource>'
        '<PMID Version="1">8</PMID></CommentsCorrections>'
        '<CommentsCorrections RefType="ErratumIn"><RefSource>J Trees 1999;3:4</RefSource>'
        "<Note>Dosage error</Note></CommentsCorrections>"
        '<CommentsCorrections RefType="ErratumFor"><RefSource>J Trees. https://doi.org/10.1000/b(1)2.</RefSource></CommentsCorrections>'
        '<CommentsCorrections RefType="Cites"><RefSource>Other</RefSource><PMID>9</PMID></CommentsCorrections>'
        "</CommentsCorrectionsList>"
    )
    assert found.notices == (
        NoticeLink("RetractionIn", "J Trees. 2020;1:2. doi: 10.1000/NOTICE.", "8", "", "10.1000/notice"),
        NoticeLink("ErratumIn", "J Trees 1999;3:4", None, "Dosage error", None),
        NoticeLink("ErratumFor", "J Trees. https://doi.org/10.1000/b(1)2.", None, "", "10.1000/b(1)2"),
    )


def test_trial_numbers_are_those_of_the_registry():
    found = article(
        "<DataBankList><DataBank><DataBankName>ClinicalTrials.gov</DataBankName><AccessionNumberList>"
        "<AccessionNumber>NCT01234567</AccessionNumber><AccessionNumber>nct01234567</AccessionNumber>"
        "</AccessionNumberList></DataBank><DataBank><DataBankName>GENBANK</DataBankName><AccessionNumberList>"
        "<AccessionNumber>U12345</AccessionNumber></AccessionNumberList></DataBank></DataBankList>"
    )
    assert found.trials == ("NCT01234567",)


def test_the_records_status_is_kept():
    assert article(status="In-Process").status == "In-Process"


BOOK = (
    "<PubmedBookArticle><BookDocument><PMID>30</PMID><ArticleIdList>"
    '<ArticleId IdType="bookaccession">NBK1</ArticleId>'
    '<ArticleId IdType="doi">10.1000/Chapter</ArticleId></ArticleIdList>'
    "<Book><Publisher><PublisherName>Tree Press</PublisherName>"
    "<PublisherLocation>Elmwood</PublisherLocation></Publisher>"
    "<BookTitle>The <i>Book</i></BookTitle><PubDate><Year>2020</Year><Month>01</Month></PubDate>"
    '<AuthorList Type="editors"><Author><LastName>Elm</LastName></Author></AuthorList></Book>'
    "{chapter}<Language>eng</Language>{authors}<PublicationType>Review</PublicationType>"
    "<ContributionDate><Year>2021</Year><Month>6</Month><Day>7</Day></ContributionDate>"
    "<DateRevised><Year>2024</Year></DateRevised></BookDocument><PubmedBookData><History>"
    '<PubMedPubDate PubStatus="entrez"><Year>2023</Year></PubMedPubDate></History></PubmedBookData></PubmedBookArticle>'
)


def test_a_chapter_of_the_bookshelf_is_a_record_with_its_book():
    chapter = "<ArticleTitle>Naltrexone</ArticleTitle>"
    people = '<AuthorList Type="authors"><Author><LastName>Alder</LastName></Author></AuthorList>'
    found = read_article(BOOK.format(chapter=chapter, authors=people).encode())
    assert found.is_book
    assert (found.identifier, found.title, found.book_title) == (pmid(30), "Naltrexone", "The Book")
    assert ([a.family for a in found.authors], [e.family for e in found.editors]) == (["Alder"], ["Elm"])
    assert (found.publisher, found.publisher_place) == ("Tree Press", "Elmwood")
    assert (str(found.issued), str(found.published_online), str(found.revised), found.years) == (
        "2020-01",
        "2021-06-07",
        "2024",
        (2020, 2021, 2024),
    )
    assert found.also_known_as == (Identifier(IdKind.DOI, "10.1000/chapter"),)
    assert [t.ui for t in found.publication_types] == ["D016454"]


def test_an_entire_book_is_titled_by_the_book():
    found = read_article(BOOK.format(chapter="", authors="").encode())
    assert (found.title, found.title_html) == ("The Book", "The <i>Book</i>")
    assert found.authors == ()
    assert [e.family for e in found.editors] == ["Elm"]


def test_a_reply_is_cut_into_articles_and_books_each_with_its_own_pmid():
    body = ARTICLE_SET.format(article_xml(7) + BOOK.format(chapter="", authors="") + article_xml("008")).encode()
    assert [(number, raw[:19], raw[-2:]) for number, raw in split_articles(body)] == [
        ("7", b"<PubmedArticle><Med", b"e>"),
        ("30", b"<PubmedBookArticle>", b"e>"),
        ("8", b"<PubmedArticle><Med", b"e>"),
    ]


def test_a_record_that_the_reply_cuts_off_is_not_among_them():
    body = ARTICLE_SET.format(article_xml(7) + article_xml(8)).encode()
    assert [number for number, _ in split_articles(body[: body.rindex(b"</PubmedArticle>")])] == ["7"]


def test_a_pmid_elsewhere_in_the_record_is_not_taken_for_its_own():
    lost = (
        article_xml(7)
        .replace('<PMID Version="1">7</PMID>', "<Other/>")
        .replace("</Article>", "</Article><PMID>9</PMID>")
    )
    ((number, raw),) = split_articles(ARTICLE_SET.format(lost).encode())
    assert number == ""
    assert version_of(raw) == 1


def test_deleted_pmids_are_those_of_delete_citation_and_delete_document():
    body = ARTICLE_SET.format(
        article_xml(7)
        + '<DeleteCitation><PMID Version="1">8</PMID>\n<PMID Version="1">9</PMID></DeleteCitation>'
        + "<DeleteDocument><PMID>010</PMID></DeleteDocument>"
    )
    assert deleted_pmids(body.encode()) == {"8", "9", "10"}
    assert deleted_pmids(ARTICLE_SET.format(article_xml(7)).encode()) == frozenset()


BILLION = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "no XML",
        "<PubmedArticle>",
        "<PubmedArticle/>",
        "<PubmedBookArticle/>",
        "<PubmedBookArticle><BookDocument/></PubmedBookArticle>",
        "<PubmedBookArticle><BookDocument><PMID>7</PMID></BookDocument></PubmedBookArticle>",
        "<PubmedBookArticle><BookDocument><PMID>7</PMID><Book/></BookDocument></PubmedBookArticle>",
        "<html/>",
        article_xml(7) + article_xml(8),
        article_xml("seven"),
        article_xml(""),
        article_xml(7, "&undefined;"),
        f'<!DOCTYPE x [<!ENTITY a "b">]>{article_xml(7)}',
        f'<!DOCTYPE x [<!ENTITY a0 "ha">{BILLION}]>{article_xml(7, "&a9;")}',
        f'<!DOCTYPE x SYSTEM "file:///etc/passwd">{article_xml(7)}',
        f'<?xml version="1.0"?>{article_xml(7)}',
        article_xml(7, "<mml:math>"),
        article_xml(7, "\x00"),
        "</_>" + article_xml(7) + "<_>",
    ],
)
def test_anything_but_one_complete_record_is_schema_drift(raw):
    with pytest.raises(SchemaDriftError, match=r"^schema drift"):
        read_article(raw.encode())


def test_bytes_that_are_no_utf8_are_schema_drift():
    with pytest.raises(SchemaDriftError):
        read_article(article_xml(7, "M\xfcller").encode("latin-1"))


@given(st.binary(max_size=200))
def test_no_bytes_whatsoever_raise_anything_else(noise):
    for raw in (noise, b"<PubmedArticle>" + noise + b"</PubmedArticle>", article_xml(7).encode()[:150] + noise):
        try:
            read_article(raw)
        except SchemaDriftError as error:
            assert str(error).startswith("schema drift")  # noqa: PT017 - either outcome is right, nothing else
        list(split_articles(noise + raw))


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="&"), max_size=60))
def test_every_text_survives_as_a_title(text):
    assert titled(text.replace("<", "&lt;").replace(">", "&gt;")).title == " ".join(text.split())
