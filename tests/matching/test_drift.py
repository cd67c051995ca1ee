from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.matching.simhash import are_alike, changed_share, fingerprint
from evidence.rules.links import DRIFTED
from factories import SentenceWriter


def between(old: list[str], new: list[str]) -> float:
    share = changed_share(fingerprint("\n".join(old)), fingerprint("\n".join(new)))
    assert share is not None
    return share


@pytest.mark.parametrize("words", [300, 1000, 3000])
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.75, 1.0])
def test_the_share_that_was_exchanged_is_reported(words, share):
    writer = SentenceWriter(words)
    texts = [writer.sentences(words) for _ in range(25)]
    reported = [between(text, writer.exchanged(text, share)) for text in texts]
    assert mean(reported) == pytest.approx(share, abs=0.06)
    assert max(abs(one - share) for one in reported) < 0.25


@pytest.mark.parametrize("words", [200, 600, 3000])
def test_exchanging_a_tenth_of_a_page_is_never_taken_for_drift(words):
    writer = SentenceWriter(7)
    texts = [writer.sentences(words) for _ in range(100)]
    assert max(between(text, writer.exchanged(text, 0.1)) for text in texts) < DRIFTED


@pytest.mark.parametrize("words", [200, 600, 3000])
def test_exchanging_half_of_a_page_is_always_drift(words):
    writer = SentenceWriter(8)
    texts = [writer.sentences(words) for _ in range(100)]
    assert min(between(text, writer.exchanged(text, 0.5)) for text in texts) >= DRIFTED


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("you are visitor number 1,204", "you are visitor number 981,337"),
        ("last updated on 3 march 2025 at 14:05 utc", "last updated on 28 september 2026 at 9:30 utc"),
        ("aktualisiert am dienstag, 3. märz 2025", "aktualisiert am freitag, 28. mai 2026"),
        ("viewed 17 times, 3 minutes ago", "viewed 23,519 times, 2 years ago"),
        ("request 8f3a-22bc served in 0.13 s", "request 77d1-90ee served in 2.7 s"),
        ("comments (12)", "comments (340)"),
    ],
)
def test_counters_dates_and_times_change_nothing(then, now):
    text = SentenceWriter(9).sentences(300)
    noisy = [[line for sentence in text for line in (sentence, noise)] for noise in (then, now)]
    assert between(*noisy) == 0.0


def test_white_space_and_the_kind_of_quotation_marks_change_nothing():
    text = SentenceWriter(10).sentences(300)
    old = [f"he said: \u201c{sentence}\u201d it\u2019s so" for sentence in text]
    new = [f'he  said:\t"{sentence}"  it\'s   so' for sentence in text]
    assert between(old, new) == 0.0


def test_the_order_of_its_parts_is_no_change_of_a_page():
    text = SentenceWriter(11).sentences(300)
    assert between(text, text[::-1]) == 0.0


def test_chinese_and_russian_pages_are_compared_too():
    chinese = [f"{chr(0x4E00 + n)}{chr(0x5E00 + n * 7)}{chr(0x6100 + n * 3)}患者服用低剂量。" for n in range(60)]
    russian = [f"пациенты группы {chr(0x430 + n % 32)}{chr(0x430 + n // 2)} принимали препарат." for n in range(60)]
    for text in (chinese, russian):
        assert between(text, text) == 0.0
        assert 0.3 < between(text, text[:30] + [line[::-1] for line in text[30:]]) < 0.7


@pytest.mark.parametrize("text", ["", "404", "too short a text to be compared with anything at all."])
def test_short_texts_are_not_compared(text):
    long = fingerprint("\n".join(SentenceWriter(12).sentences(300)))
    assert changed_share(fingerprint(text), fingerprint(text)) is None
    assert changed_share(long, fingerprint(text)) is None


@pytest.mark.parametrize("broken", ["", "1", "1.40", "1.40.AAAA", "2.40." + "A" * 86, "1.x." + "A" * 86, "1.40.\u00e9"])
def test_what_is_no_fingerprint_of_this_version_is_not_compared(broken):
    assert changed_share(broken, broken) is None
    assert not are_alike(broken, broken)


def test_short_pages_of_one_template_are_alike_and_a_longer_one_is_not():
    error = ["sorry, but nothing could be had here.", "go back to the front page, or search for what you wanted."]
    menu = [f"a long entry of the menu, number {chr(97 + n)}" for n in range(26)]
    assert are_alike(fingerprint("\n".join(menu + error)), fingerprint("\n".join(menu + error)))
    article = SentenceWriter(13).sentences(60)
    assert not are_alike(fingerprint("\n".join(menu * 3 + article)), fingerprint("\n".join(menu * 3 + error)))


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_two_texts_can_be_compared(one, other):
    first, second = fingerprint(one), fingerprint(other)
    assert len(first) < 110
    assert first.isascii()
    assert changed_share(first, second) in {None, changed_share(second, first)}
    assert are_alike(first, second) == are_alike(second, first) or abs(len(one) - len(other)) > 0
