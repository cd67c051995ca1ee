from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evidence.model.urls import Malformed, invisible_character, is_normal, mask_credentials, normalise


def normal(text: str) -> str:
    address = normalise(text)
    assert isinstance(address, str), address
    return address


def refusal(text: str) -> Malformed:
    address = normalise(text)
    assert isinstance(address, Malformed), address
    return address


addresses = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "HTTPS", "https"]),
    st.from_regex(r"[A-Za-z0-9é-]{1,12}(\.[A-Za-z0-9]{1,8}){0,2}", fullmatch=True),
    st.sampled_from(["", ":443", ":80", ":8080"]),
    st.text(max_size=30).map(lambda rest: "/" + rest) | st.just(""),
)


@given(addresses)
@example("https://a.b/%%41%2%35")
@example("http://a.b/x/../../y/./%2e%2E/z?%7e#%c3")
def test_a_normal_address_is_plain_ascii_and_normalises_to_itself(text: str) -> None:
    address = normalise(text)
    if isinstance(address, str):
        assert address.isascii()
        assert address.isprintable()
        assert " " not in address
        assert normalise(address) == address
        assert is_normal(address)


@given(st.text(max_size=60))
def test_no_text_makes_reading_an_address_fail(text: str) -> None:
    reported = normalise(text)
    assert (
        urlsplit(reported).scheme in {"http", "https"} if isinstance(reported, str) else reported.message.isprintable()
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://www.ldnresearchtrust.org", "https://www.ldnresearchtrust.org/"),
        ("HTTPS://Example.ORG:443/A?B#C", "https://example.org/A?B#C"),
        ("http://example.org:80/", "http://example.org/"),
        ("http://example.org:8080", "http://example.org:8080/"),
        ("https://example.org/a/./b/../c", "https://example.org/a/c"),
        ("https://example.org/%7euser/%c3%a9", "https://example.org/~user/%C3%A9"),
        ("https://example.org/caf\u00e9?q=\u00fc", "https://example.org/caf%C3%A9?q=%C3%BC"),
        ("https://m\u00fcnchen.de/", "https://xn--mnchen-3ya.de/"),
        ("https://example.org./", "https://example.org/"),
        ("https://[2001:DB8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("<https://example.org/>", "https://example.org/"),
        ("https://example.org/a%zz", "https://example.org/a%25zz"),
        ("https://example.org/a|b", "https://example.org/a%7Cb"),
    ],
)
def test_an_address_has_one_normal_form(text: str, expected: str) -> None:
    assert normal(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "empty"),
        ("javascript:alert(1)", "not javascript:"),
        ("ftp://example.org/x", "not ftp:"),
        ("mailto:someone@example.org", "not mailto:"),
        ("https://user:secret@example.org/", "user name or password"),
        ("https://good.example\\@evil.example/", "user name or password"),
        ("https://example.org\\x/", "not a valid domain name"),
        ("https://example.org/a b", "a space"),
        ("https://example.org/\u202egpj.exe", "U+202E"),
        ("https://ex\u200bample.org/", "U+200B"),
        ("https://example.org/\x1b[31m", "U+001B"),
        ("https://example.org\n/x", "U+000A"),
        ("https://example.org/a\u00a0b", "U+00A0"),
        ("https:///path", "has no host"),
        ("https://", "has no host"),
        ("https://example.org:99999/", "host or port"),
        ("https://[::1/", "host or port"),
        ("https://[fe80::1%25eth0]/", "has a zone"),
        ("https://-example.org/", "not a valid domain name"),
        ("https://ex%61mple.org/", "not a valid domain name"),
        ("https://" + "a" * 64 + ".org/", "not a valid domain name"),
        ("https://example.org/" + "a" * 9000, "limit 8,000"),
        ("see the web site", "a space"),
        ("website", "not a valid web address"),
    ],
)
def test_what_is_no_web_address_is_refused_with_the_reason(text: str, part: str) -> None:
    assert part in refusal(text).message


def test_a_missing_scheme_is_proposed() -> None:
    assert refusal("www.example.org/x").suggestion == "https://www.example.org/x"


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("https://user:secret@example.org/x", "https://\N{HORIZONTAL ELLIPSIS}@example.org/x"),
        ("HTTP:user:secret@example.org", "HTTP:\N{HORIZONTAL ELLIPSIS}@example.org"),
        ("https://user:se/cr@et@example.org", "https://\N{HORIZONTAL ELLIPSIS}@example.org"),
        ("https://user:secret\uff20example.org", "https://\N{HORIZONTAL ELLIPSIS}@example.org"),
        ("https://exam ple.org/x", "https://exam ple.org/x"),
    ],
)
def test_credentials_are_masked_wherever_they_may_hide(text: str, output: str) -> None:
    assert mask_credentials(text) == output


def test_an_address_without_its_credentials_is_proposed() -> None:
    assert refusal("https://user:secret@example.org/x").suggestion == "https://example.org/x"


@pytest.mark.parametrize("text", ["https://example.org", "https://m\u00fcnchen.de/\u00fc", "http://example.org:8080/A"])
def test_a_lower_case_host_without_default_port_is_well_written(text: str) -> None:
    assert is_normal(text)


@pytest.mark.parametrize(
    "text", ["https://Example.org/", "HTTP://example.org/", "https://example.org:443/", " https://example.org/", "x"]
)
def test_upper_case_default_ports_and_blanks_are_not_well_written(text: str) -> None:
    assert not is_normal(text)


def test_the_first_invisible_character_is_named() -> None:
    assert invisible_character("ab\u200bc\u202e") == "U+200B"
    assert invisible_character("plain text, \u00e9") is None
