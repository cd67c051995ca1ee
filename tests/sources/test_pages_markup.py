import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.sources.http.html import has_anchor, read_markup
from evidence.sources.http.visit import PageAnswer, unknown_names


def page_answer(body: bytes | str, kind: str = "text/html") -> PageAnswer:
    raw = body.encode() if isinstance(body, str) else body
    return PageAnswer("https://www.example.org/study", 200, {"content-type": kind}, raw)


def main_of(body: bytes | str) -> str:
    return " ".join(read_markup(page_answer(body)).main.split())


def test_the_main_text_is_what_a_reader_reads():
    body = """<!doctype html><html><head><title>Not this</title><style>p{x:y}</style></head><body>
    <header>A site</header><nav><ul><li><a href="/">Menu</a></ul></nav><!-- no <p>comment</p> -->
    <div>It is <b>Given</b> at night.<script>var no = "<p>script</p>";</script></div>
    <aside>See also</aside><select><option>One</select><noscript>Switch it on</noscript>
    <svg><text>drawn</text></svg><footer>Seen 12,034 times</footer></body>"""
    assert main_of(body) == "it is given at night."


def test_a_main_element_with_enough_in_it_is_all_the_text():
    text = "one long sentence follows another here. " * 12
    assert main_of(f"<p>an advertisement</p><main><h1>Study</h1>{text}</main><p>another</p>") == f"study {text}".strip()
    assert main_of("<p>outside</p><main>a little</main>") == "a little outside"


def test_a_page_that_is_all_frame_is_read_all_the_same():
    assert main_of("<header><p>everything is in here</p></header>") == "everything is in here"


def test_a_form_around_the_entire_page_does_not_hide_it():
    assert (
        main_of('<form><input type="hidden" value="c2VjcmV0"><p>the text</p><button>Go</button></form>') == "the text"
    )


def test_what_is_seen_of_the_page_counts_menus_but_no_scripts():
    assert read_markup(page_answer("<nav>ab c</nav><p>de &amp; f</p><script>0123456789</script>")).visible == 6


def test_what_is_no_html_says_nothing():
    assert read_markup(page_answer("<p>text</p>", "application/pdf")).main == ""


@pytest.mark.parametrize("kind", ["text/html; charset=iso-8859-1", "text/html; charset=utf-8", "text/html"])
def test_the_text_is_read_in_the_pages_own_encoding(kind):
    body = "<p>Caf\u00c9</p>".encode("latin-1" if "8859" in kind else "utf-8")
    assert read_markup(page_answer(body, kind)).main.split() == ["caf\u00e9"]


@pytest.mark.parametrize(
    ("tag", "target"),
    [
        ('<meta http-equiv="refresh" content="0; url=/a">', "/a"),
        ("<META HTTP-EQUIV=Refresh CONTENT='5;URL=\"/A?b=1&amp;c=2\"'>", "/A?b=1&c=2"),
        ('<meta content="0;url=/a" http-equiv="refresh">', "/a"),
        ('<meta http-equiv="refresh" content=".5, /a">', "/a"),
        ('<meta http-equiv="refresh" content="6; url=/a">', None),
        ('<meta http-equiv="refresh" content="300">', None),
        ('<noscript><meta http-equiv="refresh" content="0; url=/a"></noscript>', None),
        ('<meta name="refresh" content="0; url=/a">', None),
        ('<meta http-equiv="content-type" content="text/html"><p>refresh</p>', None),
    ],
)
def test_where_a_page_sends_its_readers_on_to(tag, target):
    assert read_markup(page_answer(f"<head>{tag}</head>")).refresh == target


def test_a_page_may_name_its_own_address():
    assert read_markup(page_answer('<LINK REL="canonical" HREF="/Study">')).canonical == "/Study"
    assert read_markup(page_answer('<link rel="icon" href="/x">canonical')).canonical is None


@pytest.mark.parametrize(
    "body",
    ['<p id="harms">', "<a name='harms'>", "<P ID=harms>", '<p class="x"id="harms">', '<h2 id="user-content-harms">'],
)
def test_an_anchor_is_an_id_or_a_name(body):
    assert has_anchor(page_answer(body), "harms")


@pytest.mark.parametrize(
    "body", ['<p data-id="harms">', '<p id="harms2">', '<p class="harms">', '<p id="Harms">', "harms"]
)
def test_nothing_else_is_an_anchor(body):
    assert not has_anchor(page_answer(body), "harms")


@pytest.mark.parametrize(
    "broken", ["<", "<nav", "<nav ", "<!--", "<script>", "<meta http-equiv=", '<a b="', "&", "<p ", "</"]
)
def test_broken_markup_is_read_and_has_no_anchor(broken):
    page = page_answer(broken * (64 * 1024 // len(broken)))
    read_markup(page)
    assert not has_anchor(page, "harms")


@given(
    st.binary(max_size=300), st.sampled_from(["text/html", "text/html; charset=shift_jis", "text/html; charset=utf-16"])
)
def test_any_bytes_can_be_read(body, kind):
    markup = read_markup(page_answer(body, kind))
    assert markup.visible >= 0
    assert has_anchor(page_answer(body, kind), "harms") in {True, False}


def test_only_names_that_were_asked_about_can_be_unknown():
    assert unknown_names([]) == frozenset()
    # RFC 6761 keeps `.invalid` free; a resolver that cannot be asked says nothing, so nothing more is certain here.
    assert unknown_names(["nobody.invalid", "nobody.invalid"]) <= {"nobody.invalid"}
