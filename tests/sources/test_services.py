import gzip
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit

import pytest

from evidence.model.outcomes import Blocked, Cause, Unavailable
from evidence.sources.http.network import Network
from evidence.sources.http.request import Reply, Request, RetryLimits
from evidence.sources.http.session import InMemoryPacer, Services
from fakes import NOON, FakeClock
from servers import (
    ReplyScript,
    answers,
    bad_chunks,
    cut_after,
    cut_chunks,
    drip_body,
    drip_headers,
    empty_reply,
    huge_header,
    many_headers,
    no_http,
    ok,
    replying,
    reset_reply,
    say_nothing,
    zipped,
)

KEY = "0123456789abcdef"
NETWORK = Network(user_agent="evidence-tracker/test", secrets=(KEY,))
LIMITS = RetryLimits()


def believe(_reply: Reply) -> str | None:
    return None


@contextmanager
def asking(*, clock=None, network=NETWORK, limits=LIMITS, jitter: Callable[[], float] = lambda: 0.5):
    clock = clock or FakeClock()
    with Services(network=network, clock=clock, pacer=InMemoryPacer(clock), limits=limits, jitter=jitter) as services:
        yield services


def address_of(script):
    return urlsplit(script.url).netloc


def ask(services: Services, script: ReplyScript, doubt=believe, path="/x", **changes):
    request = Request(url=f"{script.url}{path}", bucket="ncbi", gap=0.0)
    return services.exchange(replace(request, **changes), doubt)


def test_a_get_carries_our_name_and_asks_for_gzip_only():
    with replying(ok(b"hello", x_thing="Yes")) as script, asking() as services:
        reply = ask(services, script, headers={"Accept": "application/json"})
    assert reply.status == 200
    assert reply.body == b"hello"
    assert reply.headers["x-thing"] == "Yes"
    observed = script.requests[0]
    assert observed.method == "GET"
    assert observed.headers["user-agent"] == "evidence-tracker/test"
    assert observed.headers["accept-encoding"] == "gzip"
    assert observed.headers["accept"] == "application/json"


def test_a_body_makes_it_a_post():
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with replying(ok()) as script, asking() as services:
        ask(services, script, body=b"id=1,2", headers=form)
    assert (script.requests[0].method, script.requests[0].body) == ("POST", b"id=1,2")
    assert script.requests[0].headers["content-type"] == form["Content-Type"]


def test_gzip_is_undone():
    with replying(zipped(b"hello " * 1000)) as script, asking() as services:
        assert ask(services, script).body == b"hello " * 1000


def test_an_empty_reply_under_a_gzip_header_is_an_empty_body():
    with replying(ok(b"", content_encoding="gzip")) as script, asking() as services:
        assert ask(services, script).body == b""


def test_one_connection_serves_many_exchanges():
    with replying(ok()) as script, asking() as services:
        for _ in range(5):
            ask(services, script)
    assert (len(script.requests), script.connections) == (5, 1)


def test_cookies_are_refused():
    with replying(ok(set_cookie="sid=1; Path=/")) as script, asking() as services:
        ask(services, script)
        ask(services, script)
    assert "cookie" not in script.requests[1].headers


@pytest.mark.parametrize("status", [200, 203, 204, 304, 400, 404, 410, 415])
def test_a_status_that_is_an_answer_is_left_to_the_source(status):
    body = b"" if status in (204, 304) else b"{}"
    with replying(answers(status, body)) as script, asking() as services:
        reply = ask(services, script)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body, len(script.requests)) == (status, body, 1)


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        pytest.param(reset_reply, Cause.PROTOCOL, id="reset"),
        pytest.param(empty_reply, Cause.PROTOCOL, id="hangs up without a word"),
        pytest.param(cut_after(b"part", 100), Cause.PROTOCOL, id="cut body"),
        pytest.param(cut_chunks, Cause.PROTOCOL, id="cut chunks"),
        pytest.param(bad_chunks, Cause.PROTOCOL, id="broken chunks"),
        pytest.param(ok(gzip.compress(b"text" * 99)[:-9], content_encoding="gzip"), Cause.PROTOCOL, id="cut gzip"),
        pytest.param(ok(b"no gzip at all", content_encoding="gzip"), Cause.PROTOCOL, id="damaged gzip"),
        pytest.param(
            ok(zlib.compress(b"text"), content_encoding="deflate"), Cause.PROTOCOL, id="encoding not asked for"
        ),
        pytest.param(huge_header, Cause.PROTOCOL, id="huge header"),
        pytest.param(many_headers, Cause.PROTOCOL, id="too many headers"),
        pytest.param(no_http, Cause.PROTOCOL, id="no HTTP"),
        pytest.param(answers(408), Cause.HTTP, id="408"),
        pytest.param(answers(500), Cause.HTTP, id="500"),
        pytest.param(answers(502, b"<html>Bad Gateway</html>"), Cause.HTTP, id="502"),
        pytest.param(answers(503), Cause.HTTP, id="503"),
    ],
)
class TestPassingTrouble:
    def test_is_tried_again_until_it_passes(self, trouble, cause):
        del cause  # told only when the trouble does not pass
        clock = FakeClock()
        with replying(trouble, trouble, trouble, ok(b"at last")) as script, asking(clock=clock) as services:
            assert ask(services, script).body == b"at last"
        assert clock.sleeps == [1.0, 2.0, 4.0]

    def test_is_unavailable_after_four_tries(self, trouble, cause):
        with replying(trouble) as script, asking() as services:
            outcome = ask(services, script)
        assert isinstance(outcome, Unavailable)
        assert outcome.cause is cause
        assert outcome.reason.endswith(", after 4 attempts")
        assert len(script.requests) == 4


def test_a_silent_server_is_left_after_the_read_timeout():
    with replying(say_nothing) as script, asking(limits=RetryLimits(read=0.02, tries=2)) as services:
        outcome = ask(services, script)
    assert outcome == Unavailable(
        f"no complete response in time, after 2 attempts ({address_of(script)})", Cause.TIMEOUT
    )


@pytest.mark.parametrize("drip", [drip_body, drip_headers])
def test_a_dripping_server_is_cut_at_the_deadline_of_the_entire_request(drip):
    clock = FakeClock(tick=1.0)
    with replying(drip) as script, asking(clock=clock, limits=RetryLimits(request=20.0, tries=1)) as services:
        outcome = ask(services, script)
    assert outcome == Unavailable(f"no complete response in time ({address_of(script)})", Cause.TIMEOUT)
    assert clock.passed < 40


def test_a_decompression_bomb_is_cut_and_not_asked_for_again():
    bomb = gzip.compress(bytes(20_000_000))
    with replying(ok(bomb, content_encoding="gzip")) as script, asking(limits=RetryLimits(body=1_048_576)) as services:
        outcome = ask(services, script)
    assert outcome == Unavailable("the response is larger than 1 MB", Cause.CONTENT)
    assert len(script.requests) == 1


def test_a_plain_body_over_the_limit_is_cut():
    with replying(ok(bytes(200_000))) as script, asking(limits=RetryLimits(body=100_000)) as services:
        assert ask(services, script).cause is Cause.CONTENT


@pytest.mark.parametrize("status", [401, 403, 407, 451])
def test_a_refusal_is_blocked_at_once(status):
    with replying(answers(status, b"no")) as script, asking() as services:
        outcome = ask(services, script)
    assert isinstance(outcome, Blocked)
    assert (outcome.status, len(script.requests)) == (status, 1)


def test_too_many_requests_to_the_last_is_blocked():
    with replying(answers(429)) as script, asking() as services:
        outcome = ask(services, script)
    assert outcome == Blocked("too many requests (429), after 4 attempts", 429)
    assert len(script.requests) == 4


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked", ["20", format_datetime(NOON + timedelta(seconds=20), usegmt=True)])
def test_retry_after_is_obeyed_as_seconds_and_as_a_date(status, asked):
    clock = FakeClock()
    with replying(answers(status, retry_after=asked), ok()) as script, asking(clock=clock) as services:
        assert ask(services, script).status == 200
    assert clock.sleeps == [20.0]


def test_retry_after_never_shortens_the_pause():
    clock = FakeClock()
    with replying(answers(429, retry_after="0"), ok()) as script, asking(clock=clock) as services:
        ask(services, script)
    assert clock.sleeps == [1.0]


@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_longer_than_we_wait_ends_it_at_once(status):
    clock = FakeClock()
    with replying(answers(status, retry_after="3600")) as script, asking(clock=clock) as services:
        outcome = ask(services, script)
    assert outcome == Unavailable(
        f"the service asked us to wait 3600 s ({status}), which is too long", Cause.HTTP, status
    )
    assert (clock.sleeps, len(script.requests)) == ([], 1)


def test_all_tries_together_end_within_the_time_of_an_exchange():
    clock = FakeClock()
    with replying(answers(503, retry_after="30")) as script, asking(clock=clock) as services:
        outcome = ask(services, script)
    assert outcome.reason == "the service returned HTTP 503, after 3 attempts"
    assert clock.passed == 60.0


def test_the_pause_is_jittered_by_half_either_way():
    for jitter, pauses in ((0.0, [0.5, 1.0, 2.0]), (1.0, [1.5, 3.0, 6.0])):
        clock = FakeClock()
        with replying(answers(500)) as script, asking(clock=clock, jitter=lambda value=jitter: value) as services:
            ask(services, script)
        assert clock.sleeps == pauses


def test_a_rejected_reply_is_asked_for_again():
    def doubt(reply: Reply) -> str | None:
        return "an error page dressed as 200" if reply.body.startswith(b"<") else None

    with replying(ok(b"<html>"), ok(b"<html>"), ok(b"data")) as script, asking() as services:
        assert ask(services, script, doubt).body == b"data"
    assert len(script.requests) == 3


def test_a_reply_rejected_to_the_last_is_unavailable_with_the_rejection_as_reason():
    with replying(answers(400, b"proxy_stream()")) as script, asking() as services:
        outcome = ask(services, script, lambda _: "the backend failed")
    assert outcome == Unavailable("the backend failed, after 4 attempts", Cause.CONTENT, 400)


def test_every_try_waits_for_its_slot():
    clock = FakeClock()
    with replying(answers(500), ok()) as script, asking(clock=clock) as services:
        ask(services, script, gap=5.0)
        ask(services, script, gap=5.0)
    assert clock.sleeps == [1.0, 4.0, 5.0]


class TestRedirects:
    def test_are_followed_on_the_same_server(self):
        with replying(answers(302, location="/other?b=1"), ok(b"there")) as script, asking() as services:
            assert ask(services, script).body == b"there"
        assert [observed.path for observed in script.requests] == ["/x", "/other?b=1"]

    def test_keep_method_and_body(self):
        with replying(answers(307, location="/other"), ok()) as script, asking() as services:
            ask(services, script, body=b"id=1")
        assert (script.requests[1].method, script.requests[1].body) == ("POST", b"id=1")

    def test_of_a_post_to_a_page_of_another_method_are_not_followed(self):
        with replying(answers(303, location="/other")) as script, asking() as services:
            assert ask(services, script, body=b"id=1").status == 303

    def test_each_take_a_slot(self):
        clock = FakeClock()
        with replying(answers(302, location="/y"), ok()) as script, asking(clock=clock) as services:
            ask(services, script, gap=3.0)
        assert clock.sleeps == [3.0]

    @pytest.mark.parametrize(
        "target",
        ["http://localhost:{port}/x", "http://127.0.0.1:1/x", "https://127.0.0.1:{port}/x", "ftp://127.0.0.1/"],
    )
    def test_to_another_server_never_carry_the_key(self, target):
        with replying(ok()) as script, asking() as services:
            port = script.url.rpartition(":")[2]
            script.behaviours.insert(0, answers(302, location=target.format(port=port)))
            outcome = ask(services, script, path=f"/x?api_key={KEY}")
        assert outcome == Unavailable("redirected to another server (302)", Cause.HTTP, 302)
        assert len(script.requests) == 1

    @pytest.mark.parametrize("headers", [{}, {"location": "http://[::1/"}])
    def test_without_a_usable_address_are_unavailable(self, headers):
        with replying(answers(301, **headers)) as script, asking() as services:
            assert ask(services, script).status == 301

    def test_in_a_circle_end(self):
        with replying(answers(302, location="/x")) as script, asking() as services:
            outcome = ask(services, script)
        assert outcome == Unavailable("too many redirects", Cause.HTTP)
        assert len(script.requests) == 4


class TestUnreachable:
    def test_a_refused_connection_is_a_connect_failure(self):
        with replying(ok()) as script:
            pass
        with asking() as services:
            outcome = ask(services, script)
        reason = "the connection was refused, or there is no route to the host, after 4 attempts"
        assert outcome == Unavailable(f"{reason} ({address_of(script)})", Cause.CONNECT)

    def test_an_unknown_host_is_a_dns_failure(self):
        with asking() as services:
            outcome = services.exchange(Request("http://no-such-host.invalid/x", "ncbi", 0.0), believe)
        assert outcome == Unavailable(
            "the host name could not be resolved, after 4 attempts (no-such-host.invalid)", Cause.DNS
        )

    def test_https_at_a_plain_server_is_a_tls_failure(self):
        with replying(no_http) as script, asking() as services:
            outcome = services.exchange(Request(script.url.replace("http", "https"), "ncbi", 0.0), believe)
        reason = f"no secure connection could be made, after 4 attempts ({address_of(script)})"
        assert (outcome.cause, outcome.reason) == (Cause.TLS, reason)

    @pytest.mark.parametrize(
        "url", ["http://[::1/x", "http://host:99999/", "nonsense", "gopher://x/", "http://" + "a" * 70]
    )
    def test_an_address_that_cannot_be_used_is_reported_without_being_shown(self, url):
        with asking() as services:
            outcome = services.exchange(Request(f"{url}?api_key={KEY}", "ncbi", 0.0), believe)
        assert isinstance(outcome, Unavailable)
        assert url not in outcome.reason
        assert KEY not in outcome.reason

    def test_a_missing_ca_bundle_is_a_tls_failure_at_once(self):
        network = Network(user_agent="x", ca_bundle="/no/such/bundle.pem")
        with asking(network=network) as services:
            outcome = services.exchange(Request("https://127.0.0.1:1/", "ncbi", 0.0), believe)
        assert outcome == Unavailable("the CA bundle cannot be read", Cause.TLS)


class TestKeepingFailures:
    def test_two_unreachable_exchanges_make_later_ones_fail_at_once_for_the_same_reason(self):
        clock = FakeClock()
        with asking(clock=clock) as services:
            request = Request("http://127.0.0.1:1/x", "ncbi", 0.0)
            first, _, *later = [services.exchange(request, believe) for _ in range(5000)]
        assert set(later) == {first}
        assert clock.passed == 14.0

    def test_other_buckets_are_still_asked(self):
        with replying(ok()) as script, asking() as services:
            for _ in range(3):
                services.exchange(Request("http://127.0.0.1:1/x", "dailymed", 0.0), believe)
            assert ask(services, script).status == 200

    def test_after_a_rest_the_service_is_tried_once_more(self):
        clock = FakeClock()
        with (
            replying(*[answers(503)] * 8, ok()) as script,
            asking(clock=clock, limits=RetryLimits(unwell=2)) as services,
        ):
            assert [ask(services, script).status for _ in range(3)] == [503, 503, 503]
            assert len(script.requests) == 8
            clock.sleep(60.0)
            assert ask(services, script).status == 200

    def test_a_failed_trial_after_the_rest_closes_the_way_again(self):
        clock = FakeClock()
        with replying(answers(503)) as script, asking(clock=clock, limits=RetryLimits(unwell=1)) as services:
            ask(services, script)
            clock.sleep(60.0)
            ask(services, script)
            ask(services, script)
        assert len(script.requests) == 8

    def test_an_answer_in_between_restarts_the_count(self):
        good_after_bad = [answers(503)] * 4 + [ok()]
        with replying(*good_after_bad * 3, ok()) as script, asking(limits=RetryLimits(unwell=2)) as services:
            for _ in range(6):
                ask(services, script)
        assert len(script.requests) == 15

    def test_replies_that_only_their_source_rejects_do_not_count(self):
        with replying(ok()) as script, asking() as services:
            for _ in range(10):
                ask(services, script, lambda _: "odd record")
        assert len(script.requests) == 40


class TestProxies:
    def test_plain_requests_go_through_the_proxy(self):
        with replying(ok(b"by proxy")) as proxy, asking(network=replace(NETWORK, http_proxy=proxy.url)) as services:
            reply = services.exchange(Request("http://service.example/x", "ncbi", 0.0), believe)
        assert reply.body == b"by proxy"
        assert proxy.requests[0].path == "http://service.example/x"

    def test_a_tunnel_is_asked_for_with_the_credentials_and_a_refusal_is_blocked(self):
        with replying(answers(407, proxy_authenticate="Basic")) as proxy:
            address = proxy.url.replace("//", "//user:sesame@")
            with asking(network=replace(NETWORK, https_proxy=address)) as services:
                outcome = services.exchange(Request("https://service.example/x", "ncbi", 0.0), believe)
        assert outcome == Blocked("the proxy requires a login (407)", 407)
        assert (proxy.requests[0].method, proxy.requests[0].path) == ("CONNECT", "service.example:443")
        assert proxy.requests[0].headers["proxy-authorization"].startswith("Basic ")

    def test_a_proxy_that_fails_to_tunnel_is_tried_again(self):
        with replying(answers(502)) as proxy, asking(network=replace(NETWORK, https_proxy=proxy.url)) as services:
            outcome = services.exchange(Request("https://service.example/x", "ncbi", 0.0), believe)
        reason = "the proxy could not be reached, or refused the connection, after 4 attempts"
        assert outcome == Unavailable(f"{reason} ({address_of(proxy)})", Cause.CONNECT)

    def test_exempted_hosts_are_asked_directly(self):
        network = replace(NETWORK, http_proxy="http://127.0.0.1:1", no_proxy="localhost,127.0.0.0/8")
        with replying(ok()) as script, asking(network=network) as services:
            assert ask(services, script).status == 200

    def test_a_dead_proxy_is_a_connect_failure_without_its_password(self):
        network = replace(NETWORK, http_proxy="user:sesame@127.0.0.1:1")
        with asking(network=network) as services:
            outcome = services.exchange(Request("http://service.example/x", "ncbi", 0.0), believe)
        assert outcome.cause is Cause.CONNECT
        assert "sesame" not in outcome.reason


def test_the_environment_decides_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password sesame\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with replying(ok()) as script, asking() as services:
        assert ask(services, script).status == 200
        secure = services.exchange(Request("https://127.0.0.1:1/", "ncbi", 0.0), believe)
    assert "authorization" not in script.requests[0].headers
    assert secure.cause is Cause.CONNECT


def test_a_reason_never_holds_the_key():
    with replying(ok()) as script, asking() as services:
        outcome = ask(services, script, lambda _: f"API key {KEY} is wrong: http://x/?api_key={KEY}&id=1")
    assert KEY not in outcome.reason
    assert "is wrong" in outcome.reason


def test_a_debug_log_never_holds_the_key(caplog):
    with caplog.at_level("DEBUG"), replying(ok()) as script, asking() as services:
        ask(services, script, path=f"/efetch?id=1&api_key={KEY}")
    assert "/efetch" in caplog.text
    assert KEY not in caplog.text
