import gzip
import random
import ssl
import threading
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.model.outcomes import Cause
from evidence.sources.http.network import Network, bypasses, with_scheme
from evidence.sources.http.request import Request, pause_before, retry_after
from evidence.sources.http.session import InMemoryPacer, Services
from evidence.sources.http.transport import BodyCutError, BodyTooLargeError, decoded, setback_of
from fakes import NOON, FakeClock
from servers import ok, replying


class TestBodies:
    def test_members_of_gzip_follow_each_other(self):
        wire = gzip.compress(b"one ") + gzip.compress(b"two")
        assert decoded([wire], encoding="gzip", length=len(wire), limit=100) == b"one two"

    @pytest.mark.parametrize("size", [1, 2, 7, 1000])
    def test_chunks_may_break_anywhere(self, size):
        body = random.Random(7).randbytes(3000)
        wire = gzip.compress(body)
        chunks = [wire[start : start + size] for start in range(0, len(wire), size)]
        assert decoded(chunks, encoding="gzip", length=len(wire), limit=3000) == body

    def test_every_cut_of_a_gzip_stream_is_seen(self):
        wire = gzip.compress(b"some text, some text")
        for end in range(1, len(wire)):
            with pytest.raises(BodyCutError):
                decoded([wire[:end]], encoding="gzip", length=None, limit=1000)

    def test_every_flipped_bit_of_a_gzip_body_is_seen(self):
        wire = gzip.compress(b"some text, some text")
        for place in range(10, len(wire)):  # the header's own bytes carry no data
            damaged = bytearray(wire)
            damaged[place] ^= 0x10
            with pytest.raises(BodyCutError):
                decoded([bytes(damaged)], encoding="gzip", length=None, limit=1000)

    @pytest.mark.parametrize("length", [0, 4, 6])
    def test_another_length_than_promised_is_a_cut_body(self, length):
        with pytest.raises(BodyCutError):
            decoded([b"hel", b"lo"], encoding="", length=length, limit=1000)

    def test_the_length_counts_bytes_on_the_wire(self):
        wire = gzip.compress(bytes(1000))
        assert decoded([wire], encoding="gzip", length=len(wire), limit=1000) == bytes(1000)

    @pytest.mark.parametrize("encoding", ["", "gzip"])
    def test_the_limit_itself_is_allowed_and_a_byte_more_is_not(self, encoding):
        def arrived(size: int) -> bytes:
            wire = gzip.compress(bytes(size)) if encoding else bytes(size)
            return decoded([wire], encoding=encoding, length=None, limit=1000)

        assert len(arrived(1000)) == 1000
        with pytest.raises(BodyTooLargeError):
            arrived(1001)

    def test_raw_deflate_is_not_taken_for_gzip(self):
        with pytest.raises(BodyCutError):
            decoded([zlib.compress(b"text")], encoding="gzip", length=None, limit=1000)


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("0", 0),
            ("30", 30),
            (" 7 ", 7),
            ("Mon, 23 Nov 2026 12:00:05 GMT", 5),
            ("Mon, 23 Nov 2026 12:00:05 -0000", 5),
            ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ],
    )
    def test_is_read_as_seconds_or_as_a_date(self, value, seconds):
        assert retry_after(value, NOON) == seconds

    @pytest.mark.parametrize("value", [None, "", "soon", "-5", "nan", "inf", "Mon, 99 Nov 2026 12:00:05 GMT"])
    def test_that_cannot_be_read_is_ignored(self, value):
        assert retry_after(value, NOON) is None

    @given(st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, \d+ Nov \d{1,30} \d+:\d+:\d+ [+-]\d+", fullmatch=True))
    def test_never_fails(self, value):
        seconds = retry_after(value, datetime(2026, 11, 23, tzinfo=UTC))
        assert seconds is None or seconds >= 0

    @given(st.floats(0, 1, exclude_max=True), st.integers(2, 4))
    def test_pauses_double_within_half_either_way(self, jitter, number):
        pause = pause_before(number, 1.0, jitter, None)
        assert 0.5 * 2 ** (number - 2) <= pause <= 1.5 * 2 ** (number - 2)
        assert pause_before(number, 1.0, jitter, 20.0) == 20.0


class TestRedaction:
    NETWORK = Network(
        user_agent="x",
        http_proxy="user:p%40ss/word@proxy.example:3128",
        https_proxy="http://user:open%20sesame@proxy.example:3128",
        secrets=("k&y=1/2", ""),
    )

    @pytest.mark.parametrize(
        "text",
        [
            "wrong k&y=1/2 given",
            "http://x/?q=k%26y%3D1%2F2",
            "http://x/?q=k%26y%3d1/2",
            "the password open sesame",
            "the password open%20sesame",
            "open+sesame",
        ],
    )
    def test_secrets_vanish_in_every_spelling(self, text):
        reported = self.NETWORK.redact(text)
        assert "***" in reported
        assert "y=1" not in reported
        assert "y%3" not in reported
        assert "sesame" not in reported

    @pytest.mark.parametrize(
        ("text", "reported"),
        [
            ("http://user:word@host/x?a=b@c", "http://***@host/x?a=b@c"),
            ("https://user:p@ss@host:1/", "https://***@host:1/"),
            ("https://host/@name", "https://host/@name"),
            ("https://host/?id=1&api_key=abc&x=2", "https://host/?id=1&api_key=***&x=2"),
            ("?API_KEY=abc", "?API_KEY=***"),
            ("q%3Fapi_key%3Dabc", "q%3Fapi_key%3D***"),
            ('{"error":"exceeded","api-key":"abc","count":"5"}', '{"error":"exceeded","api-key":"***","count":"5"}'),
            ("nothing to hide", "nothing to hide"),
        ],
    )
    def test_credentials_and_keys_vanish_without_being_known(self, text, reported):
        assert Network(user_agent="x").redact(text) == reported

    @given(st.text(min_size=6), st.text(), st.text())
    def test_no_secret_survives(self, secret, before, after):
        reported = Network(user_agent="x", secrets=(secret,)).redact(f"{before}{secret}{after}")
        assert secret not in reported or secret in f"{before}***{after}"


class TestProxies:
    @pytest.mark.parametrize(
        ("no_proxy", "host", "port"),
        [
            ("*", "host.example", None),
            ("host.example", "host.example", None),
            ("example", "host.example", 443),
            (".example", "host.example", None),
            ("*.example", "host.example", None),
            ("Host.Example", "HOST.EXAMPLE", None),
            ("other, host.example", "host.example", None),
            ("other host.example", "host.example", None),
            ("host.example:8080", "host.example", 8080),
            ("10.0.0.0/8", "10.1.2.3", None),
            ("127.0.0.1", "127.0.0.1", 8000),
            ("127.0.0.1:8000", "127.0.0.1", 8000),
            ("::1", "::1", None),
            ("[::1]:80", "::1", 80),
            ("fd00::/8", "fd12::1", None),
        ],
    )
    def test_exempted(self, no_proxy, host, port):
        assert bypasses(no_proxy, host, port)

    @pytest.mark.parametrize(
        ("no_proxy", "host", "port"),
        [
            ("", "host.example", None),
            ("host.example", "myhost.example", None),
            ("host.example", "host.example.org", None),
            ("host.example:8080", "host.example", None),
            ("10.0.0.0/8", "11.1.2.3", None),
            ("10.0.0.0/8", "host.example", None),
            ("fd00::/8", "10.1.2.3", None),
            ("127.0.0.1:8000", "127.0.0.1", 8001),
            ("[::1]:80", "::1", 81),
            ("0.1", "10.0.0.1", None),
            (".", "host.example", None),
            ("[nonsense", "::1", None),
        ],
    )
    def test_not_exempted(self, no_proxy, host, port):
        assert not bypasses(no_proxy, host, port)

    def test_a_proxy_without_a_scheme_is_a_plain_one(self):
        assert with_scheme("proxy:3128") == "http://proxy:3128"
        assert with_scheme("socks5h://proxy:1080") == "socks5h://proxy:1080"

    def test_each_scheme_has_its_proxy(self):
        network = Network(user_agent="x", http_proxy="one:1", https_proxy="two:2", no_proxy="local.example")
        assert network.proxy_for("http://host.example/") == "http://one:1"
        assert network.proxy_for("https://host.example/") == "http://two:2"
        assert network.proxy_for("https://local.example/") is None


class TestPacer:
    def test_slots_of_a_bucket_lie_a_gap_apart_and_buckets_do_not_wait_for_each_other(self):
        pacer = InMemoryPacer(FakeClock())
        assert [pacer.reserve("ncbi", 0.5) for _ in range(4)] == [0.0, 0.5, 1.0, 1.5]
        assert pacer.reserve("dailymed", 0.3) == 0.0

    def test_time_that_has_passed_is_not_waited_for_and_not_saved_up(self):
        clock = FakeClock()
        pacer = InMemoryPacer(clock)
        pacer.reserve("ncbi", 1.0)
        clock.sleep(100.0)
        assert [pacer.reserve("ncbi", 1.0) for _ in range(2)] == [0.0, 1.0]

    def test_threads_never_share_a_slot(self):
        pacer = InMemoryPacer(FakeClock())
        slots: list[float] = []
        threads = [
            threading.Thread(target=lambda: slots.extend(pacer.reserve("ncbi", 1.0) for _ in range(50)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(slots) == [float(number) for number in range(400)]


def test_threads_may_share_the_services():
    clock = FakeClock()
    statuses: list[int] = []
    with (
        replying(ok()) as script,
        Services(network=Network(user_agent="x"), clock=clock, pacer=InMemoryPacer(clock)) as services,
    ):

        def ask() -> None:
            request = Request(script.url, "ncbi", 0.0)
            statuses.extend(services.exchange(request, lambda _: None).status for _ in range(10))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [200] * 40
    assert script.connections <= 4


def test_an_untrusted_certificate_is_reported_by_its_type_and_not_tried_again():
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    setback = setback_of(OSError("outer", error))
    assert setback.outcome.cause is Cause.TLS
    assert setback.outcome.reason == "the certificate is not trusted: self-signed certificate"
    assert not setback.again


def test_an_exception_that_wraps_itself_is_reported_all_the_same():
    error = ConnectionResetError("outer")
    error.__cause__ = OSError(error)
    assert setback_of(error).outcome.cause is Cause.PROTOCOL
