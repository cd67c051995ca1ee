from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.library.markdown import escape, from_html, to_html, to_plain, unescape

MARKS = "ab1 \\`*_~^$[]<>@#&;!(){}.-|'\"/\u03b2\u2013"

words = st.text(alphabet="ab1*_~^\\$[]@&;\u03b2", min_size=1, max_size=6)


@st.composite
def rich_texts(draw: st.DrawFn) -> str:
    """Words, some of them in tags, apart from one another."""
    pieces = []
    for word in draw(st.lists(words, max_size=5)):
        tag = draw(st.sampled_from(["", "i", "b", "sub", "sup"]))
        pieces.append(f"<{tag}>{word}</{tag}>" if tag else word)
    return " ".join(pieces)


@given(st.text(alphabet=MARKS) | st.text())
def test_plain_text_that_is_escaped_reads_back_as_itself(text: str) -> None:
    assert to_plain(escape(text)) == text
    assert to_html(escape(text)) == text


@given(rich_texts())
def test_tagged_text_survives_the_way_into_markdown_and_back(rich: str) -> None:
    assert to_html(from_html(rich)) == rich
    assert to_plain(from_html(rich)) == re.sub(r"</?(?:i|b|sub|sup)>", "", rich)


@given(st.text(alphabet=MARKS))
def test_any_markdown_can_be_read(text: str) -> None:
    assert len(to_plain(text)) <= len(text)


@pytest.mark.parametrize(
    ("markdown", "plain", "html"),
    [
        ("*in vivo*", "in vivo", "<i>in vivo</i>"),
        ("_in vivo_ study", "in vivo study", "<i>in vivo</i> study"),
        ("**bold** text", "bold text", "<b>bold</b> text"),
        ("***both***", "both", "<b><i>both</i></b>"),
        ("*a **b** c*", "a b c", "<i>a <b>b</b> c</i>"),
        ("H~2~O at 10^9^", "H2O at 109", "H<sub>2</sub>O at 10<sup>9</sup>"),
        ("x~a\\ b~", "xa b", "x<sub>a b</sub>"),
        (r"CYP2D6\*4 and CYP2C19\*2", "CYP2D6*4 and CYP2C19*2", "CYP2D6*4 and CYP2C19*2"),
        ("R&amp;D &lt; 5", "R&D < 5", "R&D < 5"),
        ("[SPLENDID]{.nocase} trial", "SPLENDID trial", "SPLENDID trial"),
        ("see [the label](https://example.org/)", "see the label", "see the label"),
        ("<i>E coli</i>", "E coli", "<i>E coli</i>"),
        ('<span class="nocase">mRNA</span>', "mRNA", "mRNA"),
        ("~~gone~~", "gone", "gone"),
        ("`code`", "code", "code"),
    ],
)
def test_markup_is_taken_off_or_becomes_a_tag(markdown: str, plain: str, html: str) -> None:
    assert to_plain(markdown) == plain
    assert to_html(markdown) == html


@pytest.mark.parametrize(
    "text",
    [
        "a_b_c",
        "p<0.05",
        "a < b > c",
        "5 * 3 * 2",
        "~20 mg or ~30 mg",
        "CO~2 and more",
        "\\alpha-receptor",
        "$5 or $6",
        "[Article in French]",
        "R&D",
        "a*",
        "***",
        "~~~",
        "`",
    ],
)
def test_what_is_no_markup_stays(text: str) -> None:
    assert to_plain(text) == text
    assert to_html(text) == text


def test_identifiers_lose_their_escapes_only() -> None:
    assert unescape(r"10.1002/a\_b\*c*d*") == "10.1002/a_b*c*d*"


def test_a_tag_without_its_partner_is_dropped() -> None:
    assert from_html("a</i> b") == "a b"


@pytest.mark.parametrize("text", ["*a ", "*", "[", "a_", "`", "<", "&a", "~a", "*_~^", "[a]("])
def test_hostile_markup_is_shown_and_not_lost(text: str) -> None:
    assert len(to_html(text * (20_000 // len(text)))) >= 10_000
