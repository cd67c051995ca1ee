import pytest

from evidence.sources.http.network import BadAddressError, join, parse


@pytest.mark.parametrize(
    "host",
    [
        "-15.0.0.1",
        "1_0.0.0.1",
        "+1.2.3.4",
        "1..2",
        "1.2.3.4.5",
        "256.1.1.1",
        "08.1.1.1",
        "1.2.3.99999999999999999999999",
    ],
)
def test_what_only_looks_like_an_ipv4_address_is_no_address(host):
    for text in (f"http://{host}/", f"https://user@{host}:8443/a?b#c"):
        with pytest.raises(BadAddressError):
            parse(text)
    with pytest.raises(BadAddressError):
        join(parse("https://example.org/"), f"//{host}/")
