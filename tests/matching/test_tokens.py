"""Tokens: what counts as the same words, where a quote is found, and what differs between two texts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.matching.tokens import (
    QuotePlace,
    find_quote,
    lowered,
    most_similar,
    nearest_words,
    raised,
    similarity,
    tokenize,
    word_edits,
)

SOURCE = "Patients received 4.5 mg of naltrexone (orally) for 12 weeks; pain fell by 30% (P < .05) against placebo."


def is_found(quote: str, source: str = SOURCE) -> bool:
    return find_quote(tokenize(quote), tokenize(source)) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("white  space\nand\u00a0others", "white space and others"),
        ("anti\u2011inflammatory, 10\u201312 \u2212 2", "anti-inflammatory 10-12 - 2"),
        ("\u201cquoted\u201d (in brackets) [APTT]-adjusted", "quoted in brackets APTT-adjusted"),
        ("CAPITALS", "capitals"),
        ("immuno\u00admodu\u200blatory", "immunomodulatory"),
        ("5 \u00d7 10", "5 x 10"),
        ("5\u00d710", "5 x 10"),
        ("cafe\u0301", "caf\u00e9"),
        ("\ufb01bromyalgia", "fibromyalgia"),
        ("50mg", "50 mg"),
        ("50\u338e", "50 mg"),
        ("10,000", "10000"),
        ("0\u00b705", "0.05"),
        ("1\u00bd tablets", "1 1/2 tablets"),
        ("Crohn\u02bcs disease", "Crohn's disease"),
        ("Humira\u2122 pen", "Humira pen"),
        ("Humira^\u00ae pen", "Humira pen"),
        ("5 \u00b5g", "5 \u03bcg"),
        ("10\u207b\u00b9\u2070 M", f"10{raised('-10')}M"),
        ("H\u2082O", "H_2 O"),
        ("cm\u00b22", "cm^2 2"),
    ],
)
def test_texts_that_differ_in_formatting_alone_have_the_same_tokens(one: str, other: str) -> None:
    assert tokenize(one).tokens == tokenize(other).tokens
    assert tokenize(one).sha256() == tokenize(other).sha256()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.5 mg", "15 mg"),
        ("1.5 mg", "1,5 mg"),
        (".5 mg", "5 mg"),
        ("10\u207b\u00b9\u2070", "10-10"),
        ("10\u00b2", "102"),
        ("1\u00bd", "11/2"),
        ("1/10", "110"),
        ("< 5", "> 5"),
        ("\u2264 5", "< 5"),
        ("\u00b1 5", "+ 5"),
        ("5%", "5"),
        ("mg", "mcg"),
        ("1,500", "500"),
    ],
)
def test_texts_that_differ_in_meaning_have_different_tokens(one: str, other: str) -> None:
    assert tokenize(one).tokens != tokenize(other).tokens


def test_a_quote_is_found_whatever_its_formatting() -> None:
    assert is_found("4.5 mg of Naltrexone orally for 12\nweeks")
    assert is_found("[pain] fell by 30 % (P<.05)")


@pytest.mark.parametrize(
    "quote",
    [
        "5 mg of naltrexone",
        "4.5 mg of naltrexone for 12 weeks",
        "4.5 mg of naltrexone (orally) for 1 weeks",
        "pain fell by 30% (P > .05)",
        "pain fell by 30% (P < 05)",
        "in fell by 30%",
    ],
)
def test_a_quote_with_another_word_number_or_sign_is_lost(quote: str) -> None:
    assert not is_found(quote)


def test_the_end_of_a_number_is_not_a_quote_of_it() -> None:
    assert not is_found("500 mg twice daily with food", "Take 1,500 mg twice daily with food.")
    assert not is_found("5 mg twice daily with food", "Take 0.5 mg twice daily with food.")


def test_a_quote_without_its_superscripts_is_found_and_said_to_lack_them() -> None:
    source = tokenize(f"a concentration of 10{raised('-10')}M per cm{raised('2')}of skin")
    assert find_quote(tokenize("of 10^-10 M per cm\u00b2 of skin"), source) == QuotePlace(2, 14)
    assert find_quote(tokenize("of 10-10 M per cm2 of skin"), source) == QuotePlace(2, 14, marks_lost=True)
    assert find_quote(tokenize("of 10-10 M per cm\u00b2 of skin"), source) == QuotePlace(2, 14, marks_lost=True)


@pytest.mark.parametrize("quote", ["the Cmax of 106 cells", "the C max of 10 6 cells", "the C_max of 106 cells"])
def test_a_quote_may_have_run_together_what_was_raised_or_lowered(quote: str) -> None:
    place = find_quote(tokenize(quote), tokenize(f"for the C{lowered('max')}of 10{raised('6')}cells"))
    assert place is not None
    assert place.marks_lost


def test_what_only_touches_without_a_mark_is_not_run_together() -> None:
    assert not is_found("a dose of 105 mg", "a dose of 10 5 mg")


def test_a_superscript_that_the_source_does_not_have_is_not_found() -> None:
    source = tokenize("a range of 10-10 mg per day")
    assert find_quote(tokenize("range of 10\u207b\u00b9\u2070 mg"), source) is None


def test_a_place_with_the_superscripts_comes_before_one_without() -> None:
    source = tokenize(f"10{raised('2')}cells in one; 102 cells in another")
    place = find_quote(tokenize("102 cells in"), source)
    assert place is not None
    assert source.slice(place.first, place.end) == "102 cells in"
    assert not place.marks_lost


def test_the_text_of_a_place_is_the_source_s_own() -> None:
    source = tokenize("Before. The \u201ccafe\u0301\u201d of  Immuno\u00admodulators \u2212 5 \u00b5g. After")
    place = find_quote(tokenize("caf\u00e9 of immunomodulators - 5 \u03bcg"), source)
    assert place is not None
    assert source.slice(place.first, place.end) == "cafe\u0301\u201d of Immuno\u00admodulators \u2212 5 \u00b5g"
    assert source.text[source.offset(place.first) :].startswith("cafe\u0301")


def test_the_nearest_words_are_those_most_like_the_quote() -> None:
    words, score = nearest_words(tokenize("3.0 mg of naltrexone orally for 12 weeks"), tokenize(SOURCE))
    assert words == "4.5 mg of naltrexone (orally) for 12 weeks"
    assert 0.8 < score < 1


def test_there_are_no_nearest_words_where_nothing_is_alike() -> None:
    assert nearest_words(tokenize("storage at room temperature only"), tokenize(SOURCE)) == ("", 0.0)


def test_the_most_similar_sentence_is_named_from_a_likeness_on() -> None:
    sentences = [tokenize(text) for text in ("Nausea is common.", "LDN reduces pain in some patients.", "Store dry.")]
    wanted = tokenize("LDN reduces pain in most patients.")
    assert most_similar(wanted, sentences) == 1
    assert similarity(wanted, sentences[1]) == pytest.approx(5 / 6)
    assert most_similar(wanted, sentences, 0.9) is None
    assert most_similar(wanted, []) is None


def test_two_texts_are_compared_word_by_word() -> None:
    before = tokenize("Take 50 mg each morning with food. Do not crush.")
    after = tokenize("Take 25 mg each morning with food or water. Do not crush.")
    edits = word_edits(before, after)
    assert [(edit.before, edit.after) for edit in edits if edit.differs] == [("50", "25"), ("", "or water")]
    assert word_edits(before, before)[0].differs is False


def test_changes_with_hardly_a_word_between_them_are_one_place() -> None:
    edits = word_edits(tokenize("take one tablet of 50 mg daily"), tokenize("take two capsules of 25 mg daily"))
    assert [(edit.before, edit.after) for edit in edits if edit.differs] == [("one tablet of 50", "two capsules of 25")]


def test_a_paragraph_that_was_taken_out_or_put_in_is_one_place_although_it_names_what_the_next_one_names() -> None:
    paragraph = "Training: users of delivery systems must complete a program on Testox at 1-800."
    long = tokenize(f"Administration. {paragraph} Delivery systems must be tested with the old device at home.")
    short = tokenize("Administration. Delivery systems must be tested with the new device of the clinic at home.")
    for before, after in ((long, short), (short, long)):
        first, second = (edit for edit in word_edits(before, after) if edit.differs)
        assert f"{first.before}{first.after}." == paragraph
        assert {second.before, second.after} == {"old device", "new device of the clinic"}


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=24).map(" ".join)


@given(WORDS, WORDS)
def test_the_edits_are_the_two_texts_and_begin_and_end_with_what_differs_or_not_in_turn(old: str, new: str) -> None:
    edits = word_edits(tokenize(old), tokenize(new))
    assert " ".join(" ".join(edit.before for edit in edits).split()) == old
    assert " ".join(" ".join(edit.after for edit in edits).split()) == new
    assert all(one.differs is not other.differs for one, other in pairwise(edits))


def test_words_are_counted_without_signs() -> None:
    assert tokenize("pain < 5% \u00b1 2, in 10\u00b2").words == 6


@given(st.text())
def test_every_token_has_its_place_in_the_text(text: str) -> None:
    tokens = tokenize(text)
    offsets = [tokens.offset(number) for number in range(len(tokens))]
    assert offsets == sorted(offsets)
    assert all(tokens.slice(number, number + 1) for number in range(len(tokens)))


@given(st.text(alphabet="ab1.,\u00b2\u2082^_- \u00bd", max_size=30), st.integers(0, 30), st.integers(1, 30))
def test_a_run_of_tokens_is_found_in_its_text(text: str, first: int, length: int) -> None:
    tokens = tokenize(text)
    run = tokens.tokens[first : first + length]
    if run:
        assert (first, first + len(run)) in tokens.joined.find_all(run)
