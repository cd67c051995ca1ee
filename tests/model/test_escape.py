from __future__ import annotations

import json
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.model.text import json_safe, one_line, plain_ascii


def test_an_escape_sequence_is_shown_not_sent() -> None:
    assert one_line("\x1b]0;title\x07 \x9b2J") == "\\x1b]0;title\\x07 \\x9b2J"


def test_writing_direction_overrides_and_invisible_characters_are_shown() -> None:
    assert one_line("a\u202eb\u200bc\u2066d\ufeffe\u00adf") == "a\\u202eb\\u200bc\\u2066d\\ufeffe\\xadf"
    assert one_line("tag\U000e0041, filler\u3164, joiner\u034f") == "tag\\U000e0041, filler\\u3164, joiner\\u034f"


def test_white_space_is_folded_to_single_spaces() -> None:
    assert one_line(" two\r\n\tlines\u2028and\u00a0a third ") == "two lines and a third"


def test_accents_greek_and_east_asian_text_stay() -> None:
    text = "Mu\u0308ller, \u03b2-endorphin, \u8594\u75ab, \u00b5-opioid, na\u00efve \u2265 3"
    assert one_line(text) == text


@settings(deadline=None)  # the machine may be busy
@given(st.text(st.characters(codec=None)))
def test_nothing_that_controls_or_hides_survives(text: str) -> None:
    output = one_line(text)
    assert not {unicodedata.category(char) for char in output} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    output.encode("utf-8")


@settings(deadline=None)  # the machine may be busy
@given(st.text(st.characters(codec=None)))
def test_escaped_json_means_the_same_and_is_clean(text: str) -> None:
    safe = json_safe(json.dumps([text], ensure_ascii=False, indent=1))
    assert json.loads(safe) == [text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")]
    assert not {unicodedata.category(char) for char in safe.replace("\n", "")} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_json_keeps_what_can_be_seen_as_it_is() -> None:
    assert json_safe('"\u03b2 \u2265 M\u00fcller\u00a0\u8594"') == '"\u03b2 \u2265 M\u00fcller\u00a0\u8594"'
    assert json_safe('"\u202e\U000e0041\ud800"') == '"\\u202e\\udb40\\udc41\\ud800"'


def test_plain_ascii_keeps_names_readable() -> None:
    assert plain_ascii("M\u00fcller\u2019s \u201c449\u2013479\u201d \u2026 \u03b2") == 'Muller\'s "449-479" ... \\u03b2'


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_plain_ascii_is_ascii(text: str) -> None:
    assert plain_ascii(text).isascii()
