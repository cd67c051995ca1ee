import io
import json
import re
import zipfile
from html.parser import HTMLParser

import pytest

from bibliography.readback import engine, printed
from evidence.bibliography.csl import item_of
from evidence.bibliography.render import FORMS, bibliography, engine_json, hanging
from evidence.bibliography.styles import find_style
from factories import SPECIMENS, invented_article, subject_of

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    r"\input{/etc/passwd} $x$ `{=html}`",
    "=cmd|' /C calc'!A0",
    '"}}{\\field{\\*\\fldinst{HYPERLINK "javascript:x"}}}',
    "# heading",
    "1. list",
    "- list",
    "[a](javascript:alert(1)) ![b](http://x.example/b.png)",
    "<http://x.example> @citation [@r1] {=raw}",
    "a\x1b[31mred\x07 b\r\nc\u202ed",
)
EVERY_STYLE = ("ama", "nlm", "apa", "chicago", "bmj", "the-lancet", "the-new-england-journal-of-medicine", "nature")


def hostile_items():
    fields = {"type": "article-journal", "container-title": "J", "issued": {"date-parts": [[2020]]}}
    items = [{"id": text, "title": text, "author": [{"literal": text}], **fields} for text in HOSTILE]
    page = {"id": "p", "type": "webpage", "title": "A page", "URL": "javascript:alert(1)"}
    quoted = {"id": "q", "type": "webpage", "title": "Q", "URL": 'https://x.example/"><script>}}{\\b'}
    return [item_of_clean(item) for item in (*items, page, quoted)]


def item_of_clean(item):
    from evidence.bibliography.csl import cleaned  # noqa: PLC0415 - what item_of does last

    return cleaned(item)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()
        self.links = []
        self.handlers = []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def tags(page):
    parser = Tags()
    parser.feed(page)
    return parser


@pytest.mark.parametrize("style", ["ama", "nlm"])
def test_text_from_strangers_is_only_text_in_html(style):
    page = tags(printed(hostile_items(), style, "html"))
    assert page.seen <= {"html", "head", "meta", "title", "style", "body", "div", "span", "em", "a", "strong", "i"}
    assert page.handlers == []
    assert all(link.startswith(("http://", "https://")) for link in page.links)


def test_an_html_page_needs_nothing_from_elsewhere():
    page = printed([item_of(one) for one in SPECIMENS], "ama", "html")
    assert not re.search(r"<(?:script|link|img|iframe)|@import|url\(", page)


def test_text_from_strangers_is_only_text_in_markdown():
    lines = printed(hostile_items(), "ama", "markdown").splitlines()
    assert len(lines) == len(hostile_items())
    assert all(re.match(r"\d+\. (?!#|-|\d+\.\s)", line) for line in lines)
    assert not re.search(r"(?<!\\)<(?!https?://|/?su[bp]>|/?span)", "\n".join(lines))
    assert not re.search(r"(?<!\\)\]\((?!https?://)", "\n".join(lines))


def test_text_from_strangers_opens_no_field_in_rtf():
    written = printed(hostile_items(), "ama", "rtf")
    fields = re.findall(r'(?<!\\)\{\\field\{\\\*\\fldinst\{HYPERLINK "([^"]*)"\}\}', written)
    assert fields
    assert all(address.startswith(("http://", "https://")) for address in fields)
    bare = re.sub(r"\\[\\{}]", "", written)
    assert bare.count("{") == bare.count("}")


@pytest.mark.parametrize("form", [form for form in FORMS if form != "docx"])
def test_no_control_character_and_no_turned_text_comes_through(form):
    written = printed(hostile_items(), "ama", form)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", written)


def test_text_is_one_reference_a_line():
    assert len(printed(hostile_items(), "apa").splitlines()) == len(hostile_items())


def test_an_address_that_is_not_of_the_web_is_never_printed_as_a_link():
    for form in ("text", "markdown", "html", "rtf"):
        assert "javascript:alert(1)" not in printed(hostile_items()[-2:], "nlm", form)


@pytest.mark.parametrize("style", EVERY_STYLE)
def test_a_retracted_work_is_shown_as_retracted_with_its_notice_in_every_style(style):
    subject = next(one for one in SPECIMENS if one.reference.id == "retracted")
    text = printed([item_of(subject)], style)
    assert "RETRACTED: Effect of an" in text
    assert re.search(r"Retract(?:ed|ion) in: J Invent Med\. 2021(?: Feb 6)?;14\(2\):99\.", text)


@pytest.mark.parametrize("style", ["ama", "nlm", "apa"])
def test_a_retracted_work_is_shown_as_retracted_when_the_entry_is_printed(style):
    subject = next(one for one in SPECIMENS if one.reference.id == "retracted")
    assert "RETRACTED" in printed([item_of(subject, from_record=False)], style)


def test_a_title_that_says_retracted_itself_says_it_once():
    subject = next(one for one in SPECIMENS if one.reference.id == "retracted-by-title")
    assert printed([item_of(subject)], "ama").count("RETRACTED") == 1


def test_a_retracted_work_about_retractions_is_marked_all_the_same():
    retracted = subject_of("a", invented_article(1, title="Retracted studies of sleep."), retracted=True)
    assert "RETRACTED: Retracted studies of sleep." in printed([item_of(retracted)], "ama")


def test_a_title_that_begins_with_dots_keeps_the_stop_after_the_authors():
    dotted = invented_article(1, title='"... nothing beats sleep".', vernacular_title="")
    assert re.search(r"Archer AB\. .… nothing beats sleep", printed([item_of(subject_of("a", dotted))], "ama"))


def test_references_with_the_same_id_are_all_printed():
    items = [item_of(subject_of("same", invented_article(n, title=f"Number {n}."))) for n in (1, 2, 3)]
    assert re.findall(r"Number \d", printed(items, "ama")) == ["Number 1", "Number 2", "Number 3"]


def test_a_numeric_style_keeps_the_order_given_and_an_author_date_style_its_own():
    items = [
        item_of(subject_of(name, invented_article(n, title=f"{name}.", authors=()))) for n, name in enumerate("cab", 1)
    ]
    assert re.findall(r"\d\. ([abc])\.", printed(items, "ama")) == ["c", "a", "b"]
    assert [line[0].lower() for line in printed(items, "apa").splitlines()] == ["a", "b", "c"]
    assert [line[0].lower() for line in printed(items, "apa", keep_order=True).splitlines()] == ["c", "a", "b"]


def test_an_empty_library_is_an_empty_bibliography():
    assert printed([], "ama") == printed([], "ama", "markdown") == ""
    assert "</html>" in printed([], "ama", "html")


def test_a_docx_hangs_its_entries_and_keeps_italics_and_links():
    items = [item_of(one) for one in SPECIMENS if one.reference.id in {"one-author", "markup"}]
    made = bibliography(items, find_style("ama"), "docx", engine())
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        body, styles = parts.read("word/document.xml").decode(), parts.read("word/styles.xml").decode()
        links = parts.read("word/_rels/document.xml.rels").decode()
    assert body.count('<w:pStyle w:val="Bibliography" />') == 2
    assert "<w:i />" in body
    assert '<w:vertAlign w:val="subscript" />' in body
    assert 'w:hanging="567"' in styles
    assert "https://doi.org/10.5555/invented.101" in links


def test_a_style_without_paragraph_properties_gets_them():
    style = '<w:style w:type="paragraph" w:styleId="Bibliography"><w:name w:val="Bibliography"/></w:style>'
    assert "w:hanging" in hanging(style)


def test_sub_and_superscripts_that_text_has_no_characters_for_are_on_the_line():
    [reported] = json.loads(
        engine_json([{"id": "a", "title": "K<sub>ATP</sub> H<sub>2</sub>O"}], find_style("ama"), plain=True)
    )
    assert reported["title"] == "KATP H<sub>2</sub>O"


def test_an_incomplete_list_of_authors_ends_in_et_al():
    assert "Archer AB, et al. Effect" in printed(
        [item_of(subject_of("a", invented_article(1, authors_complete=False)))], "nlm"
    )


PERSONS = [{"family": "Mason", "given": "J P", "suffix": "Jr"}, {"family": "Potter", "given": "L"}]
GROUPS = [{"literal": "Alpha & Co Group"}, {"literal": "Beta Group"}]


@pytest.mark.parametrize("style", ["ama", "nlm"])
@pytest.mark.parametrize("form", ["text", "markdown", "html", "rtf"])
def test_groups_follow_a_semicolon_and_persons_after_a_comma(style, form):
    text = printed([{"id": "a", "type": "book", "title": "T", "author": [*PERSONS, *GROUPS]}], style, form)
    assert "Mason JP Jr, Potter L; Alpha &" in text
    assert "Co Group; Beta Group. " in text
    assert not set(text) & {"\ufdd0"}
    assert "\\u64976" not in text


def test_groups_follow_a_semicolon_in_word_too():
    made = bibliography(
        [{"id": "a", "type": "book", "title": "T", "author": [*PERSONS, *GROUPS]}], find_style("ama"), "docx", engine()
    )
    with zipfile.ZipFile(io.BytesIO(made)) as whole:
        body = whole.read("word/document.xml").decode()
    assert "Mason JP Jr, Potter L; Alpha &amp; Co Group; Beta Group." in body


def test_a_person_after_a_group_follows_a_semicolon():
    after = [GROUPS[1], {"family": "Berg", "given": "A", "non-dropping-particle": "van der"}, PERSONS[1]]
    for names, output in ((after, "Beta Group; van der Berg A, Potter L."), (GROUPS[1:], "Beta Group.")):
        text = printed([{"id": "a", "type": "book", "title": "T", "author": names}], "nlm")
        assert text.startswith(f"1. {output}")


def test_an_incomplete_list_of_authors_ends_in_et_al_after_a_comma():
    item = {"id": "a", "type": "book", "title": "T", "author": PERSONS, "custom": {"authors-complete": False}}
    assert printed([item], "ama").startswith("1. Mason JP Jr, Potter L, et al. ")


@pytest.mark.parametrize(
    ("style", "output"), [("ama", "Schlaf im Alter [Sleep in old age]. "), ("nlm", "[Sleep in old age]. ")]
)
def test_the_original_title_of_an_entry_is_printed_as_that_of_a_record(style, output):
    item = {"id": "a", "type": "article-journal", "title": "Sleep in old age", "original-title": "Schlaf im Alter"}
    assert printed([{**item, "language": "de", "volume": "1"}], style).startswith(f"1. {output}")
    assert "[" not in printed([{**item, "language": "en", "volume": "1"}], style)


def test_a_preprint_of_an_entry_is_called_one_in_nlm():
    item = {"id": "a", "type": "article", "title": "Sleep", "container-title": "medRxiv", "DOI": "10.5555/a"}
    assert "Sleep [Preprint]. medRxiv" in printed([item], "nlm")
