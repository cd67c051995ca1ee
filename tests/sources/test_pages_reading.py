import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.sources.http.html import charset, clean, content_type, title
from evidence.sources.http.visit import PageAnswer


def page_answer(body: bytes, kind: str = "text/html") -> PageAnswer:
    return PageAnswer("https://www.example.org/", 200, {"content-type": kind}, body)


def test_the_title_is_one_line_of_plain_text():
    body = b"<html><HEAD><Title lang=en>\n  Naltrexone &amp; <b>pain</b> &mdash;\r\n a&nbsp;study </TITLE></head>"
    assert title(page_answer(body)) == "Naltrexone & pain \u2014 a study"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<title>caf\u00e9</title>".encode(), "text/html; charset=utf-8"),
        ("<title>caf\u00e9</title>".encode(), "text/html"),
        ("<title>caf\u00e9</title>".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("<title>caf\u00e9</title>".encode("latin-1"), "text/html"),
        ("<meta charset='iso-8859-1'><title>caf\u00e9</title>".encode("latin-1"), "text/html"),
        ("<title>caf\u00e9</title>".encode("utf-8-sig"), "text/html; charset=iso-8859-1"),
        ("<title>caf\u00e9</title>".encode("utf-16"), "text/html"),
        (b"\xfe\xff" + "<title>caf\u00e9</title>".encode("utf-16-be"), "text/html"),
        ("<title>caf\u00e9</title>".encode(), "text/html; charset=no-such-charset"),
        ("<title>caf\u00e9</title>".encode(), "text/html; charset=rot13"),
        ("<title>caf\u00e9</title>".encode(), "text/html; charset=unicode_escape"),
        ('<?xml version="1.0"?><html><head><title>caf\u00e9</title>'.encode(), "application/xhtml+xml"),
    ],
)
def test_the_title_is_read_in_the_pages_own_encoding(body, kind):
    assert title(page_answer(body, kind)) == "caf\u00e9"


def test_japanese_and_russian_pages_say_their_encoding():
    assert (
        title(page_answer("<title>\u8584\u85ac</title>".encode("shift_jis"), "text/html; charset=Shift_JIS"))
        == "\u8584\u85ac"
    )
    assert (
        title(page_answer("<title>\u0431\u043e\u043b\u044c</title>".encode("koi8-r"), "text/html; charset=KOI8-R"))
        == "\u0431\u043e\u043b\u044c"
    )


def test_a_character_cut_in_half_does_not_change_the_encoding():
    assert charset(page_answer("<title>a</title>\u00e9".encode()[:-1])) == "utf-8"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<title>no end", "application/pdf"),
        (b"%PDF-1.7 <title>x</title>", "application/pdf"),
        (b"<html><body><svg><title>an icon</title></svg></body>", "text/html"),
        (b"<html><p>nothing</p>", "text/html"),
        (b"<title", "text/html"),
        (b"", "text/html"),
    ],
)
def test_a_page_without_a_title_has_none(body, kind):
    assert title(page_answer(body, kind)) == ""


def test_a_title_without_end_is_cut():
    assert len(title(page_answer(b"<title>" + b"word " * 100_000))) <= 300


def test_control_characters_never_survive():
    body = b"<title>a\x1b[31mred\x07 &#27;]0;x&#7; \xc2\x9b31m \xe2\x80\xaeevil</title>"
    reported = title(page_answer(body))
    assert reported == "a[31mred ]0;x 31m evil"


def test_the_media_type_comes_without_parameters():
    assert content_type(page_answer(b"", "Text/HTML; charset=utf-8")) == "text/html"
    assert content_type(PageAnswer("https://www.example.org/", 200)) == ""


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_any_bytes_give_a_clean_title(body, label):
    kind = "text/html; charset=" + label.decode("latin-1")
    reported = title(page_answer(b"<title>" + body, kind))
    assert len(reported) <= 300
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in reported)


@given(st.text(max_size=200), st.integers(1, 50))
def test_cleaning_twice_changes_nothing(text, longest):
    assert clean(clean(text, longest), longest) == clean(text, longest)
