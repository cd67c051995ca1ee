import socket
import ssl
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import certifi
import pytest

from evidence.cli.settings import settings_from
from evidence.model.outcomes import Cause
from evidence.sources.http import transport
from evidence.sources.http.fetch import Pages
from evidence.sources.http.network import Network
from evidence.sources.http.request import Reply, Request, RetryLimits, Setback
from evidence.sources.http.transport import Wire
from evidence.sources.http.visit import FetchFailure, GuardRefused, PageAnswer
from fakes import RealClock
from servers import QUICK_LIMITS, ScriptedWeb, html_page, page_answer, scripted_web

CERTIFICATE = Path(__file__).with_name("loopback_certificate.pem")


@pytest.fixture
def web():
    with scripted_web() as played:
        yield played


@contextmanager
def direct(proxy: ScriptedWeb, **network: str):
    """Pages that are told to use this proxy, with nothing routed."""
    yield Pages(
        Network("test/1", http_proxy=f"http://someone:secret@127.0.0.1:{proxy.port}", **network),
        RealClock(),
        limits=QUICK_LIMITS,
    )


def test_a_proxy_is_used_although_it_has_a_private_address(web):
    web.plays("/study", html_page("A study"))
    with direct(web) as pages:
        (fetched,) = pages.fetch(["http://www.example.org/study"])
    assert isinstance(fetched.outcome, PageAnswer)
    assert web.asked[0].target == "http://www.example.org/study"
    assert "proxy-authorization" in web.asked[0].headers


@pytest.mark.parametrize(
    "host", ["localhost", "10.0.0.1", "2130706433", "metadata.google.internal", "wiki.local", "[::1]"]
)
def test_through_a_proxy_names_and_literal_addresses_are_judged_before_the_request(host, web):
    with direct(web) as pages:
        (fetched,) = pages.fetch([f"http://{host}/study"])
    assert isinstance(fetched.outcome, GuardRefused)
    assert web.asked == []


def test_a_proxy_that_wants_a_log_in_is_our_own_trouble(web):
    web.plays("/study", page_answer(407))
    with direct(web) as pages:
        (fetched,) = pages.fetch(["http://www.example.org/study"])
    assert isinstance(fetched.outcome, FetchFailure)
    assert (fetched.outcome.cause, fetched.outcome.status) == (Cause.NETWORK, None)
    assert "secret" not in repr(fetched)


@pytest.mark.parametrize(("status", "cause"), [(407, Cause.NETWORK), (403, Cause.CONNECT), (502, Cause.CONNECT)])
def test_a_proxy_that_opens_no_tunnel_says_nothing_of_the_page(status, cause, web):
    web.plays("443", page_answer(status), method="CONNECT")
    network = Network("test/1", https_proxy=f"http://someone:secret@127.0.0.1:{web.port}")
    (fetched,) = Pages(network, RealClock(), limits=QUICK_LIMITS).fetch(["https://www.example.org/study"])
    assert isinstance(fetched.outcome, FetchFailure)
    assert (fetched.outcome.cause, fetched.outcome.status) == (cause, None)
    assert "secret" not in repr(fetched)


def test_no_proxy_hosts_are_asked_directly_and_past_the_guard(web):
    with direct(web, no_proxy="localtest.example,127.0.0.1") as pages:
        (fetched,) = pages.fetch([f"{web.base}/study"])
    assert fetched.outcome == GuardRefused("private address")
    assert web.asked == []


@pytest.fixture
def secure_web():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with scripted_web(tls=context) as played:
        yield played


def test_a_certificate_that_nobody_vouches_for_is_reported_as_such(secure_web):
    secure_web.plays("/study", html_page("A study"))
    pages = Pages(Network("test/1", allow_private=True), RealClock(), limits=QUICK_LIMITS)
    (fetched,) = pages.fetch([f"https://127.0.0.1:{secure_web.port}/study"])
    assert isinstance(fetched.outcome, FetchFailure)
    assert fetched.outcome.cause is Cause.TLS
    assert fetched.outcome.reason == "the certificate is self-signed"


def test_the_operators_own_authority_is_trusted(secure_web):
    secure_web.plays("/study", html_page("A study"))
    pages = Pages(Network("test/1", ca_bundle=str(CERTIFICATE), allow_private=True), RealClock(), limits=QUICK_LIMITS)
    (fetched,) = pages.fetch([f"https://127.0.0.1:{secure_web.port}/study"])
    assert isinstance(fetched.outcome, PageAnswer)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_services_and_pages_both_trust_the_authority_that_the_environment_names(secure_web, variable, tmp_path):
    environ = {variable: str(CERTIFICATE), "EVIDENCE_ALLOW_PRIVATE": "1", "EVIDENCE_CONFIG": str(tmp_path / "e.toml")}
    (tmp_path / "e.toml").write_text("")
    network = settings_from(environ).network
    secure_web.plays("/study", html_page("A study"), html_page("A study"))
    address = f"https://127.0.0.1:{secure_web.port}/study"
    (fetched,) = Pages(network, RealClock(), limits=QUICK_LIMITS).fetch([address])
    assert isinstance(fetched.outcome, PageAnswer)
    wire = Wire(network, RetryLimits(), RealClock())
    answer = wire.send(Request(address, "ncbi", 0.0), 10.0)
    assert isinstance(answer, Reply)
    assert answer.status == 200


SUBJECT_HASH = "69cc7227"  # of the certificate's subject: `openssl x509 -hash`, by which OpenSSL looks in a folder


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps certificates in stores, not in a folder")
@pytest.mark.parametrize("named", [False, True])
def test_services_and_pages_both_trust_the_systems_authorities_unless_others_are_named(
    secure_web, tmp_path, monkeypatch, named
):
    (tmp_path / f"{SUBJECT_HASH}.0").write_bytes(CERTIFICATE.read_bytes())
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))  # where OpenSSL looks instead of the system's folder
    transport._trusting_the_system.cache_clear()
    network = Network("test/1", ca_bundle=certifi.where() if named else None, allow_private=True)
    secure_web.plays("/study", html_page("A study"), html_page("A study"))
    address = f"https://127.0.0.1:{secure_web.port}/study"
    (fetched,) = Pages(network, RealClock(), limits=QUICK_LIMITS).fetch([address])
    assert isinstance(fetched.outcome, FetchFailure if named else PageAnswer)
    answer = Wire(network, RetryLimits(), RealClock()).send(Request(address, "ncbi", 0.0), 10.0)
    assert isinstance(answer, Setback if named else Reply)
    transport._trusting_the_system.cache_clear()


@pytest.mark.parametrize(("no_proxy", "direct"), [("", False), ("127.0.0.1", True)])
def test_services_and_pages_both_take_the_proxy_that_the_environment_names(web, no_proxy, direct, tmp_path):
    (tmp_path / "e.toml").write_text("")
    environ = {"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": no_proxy, "EVIDENCE_CONFIG": str(tmp_path / "e.toml")}
    network = settings_from({**environ, "EVIDENCE_ALLOW_PRIVATE": "1"}).network
    web.plays("/study", html_page("A study"), html_page("A study"))
    address = f"http://127.0.0.1:{web.port}/study"
    (fetched,) = Pages(network, RealClock(), limits=QUICK_LIMITS).fetch([address])
    assert isinstance(fetched.outcome, PageAnswer) is direct
    answer = Wire(network, RetryLimits(), RealClock()).send(Request(address, "ncbi", 0.0), 10.0)
    assert isinstance(answer, Reply) is direct
    assert len(web.asked) == 2 * direct


def test_a_certificate_for_another_name_is_reported_as_such(secure_web):
    secure_web.plays("/study", html_page("A study"))
    pages = Pages(Network("test/1", ca_bundle=str(CERTIFICATE), allow_private=True), RealClock(), limits=QUICK_LIMITS)
    (fetched,) = pages.fetch([f"https://localhost:{secure_web.port}/study"])
    assert isinstance(fetched.outcome, FetchFailure)
    assert fetched.outcome.reason == "the certificate is for a different host name"


def test_a_certificate_that_has_expired_is_reported_as_such():
    certificate = CERTIFICATE.with_name("expired_certificate.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with scripted_web(tls=context) as played:
        pages = Pages(
            Network("test/1", ca_bundle=str(certificate), allow_private=True), RealClock(), limits=QUICK_LIMITS
        )
        (fetched,) = pages.fetch([f"https://127.0.0.1:{played.port}/study"])
    assert isinstance(fetched.outcome, FetchFailure)
    assert (fetched.outcome.cause, fetched.outcome.reason) == (Cause.TLS, "the certificate has expired")


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame of HTTP/2 (RFC 9113, 4.1)."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _speak_http2(listener: socket.socket, context: ssl.SSLContext, body: bytes) -> None:
    """Answer one request: whatever is asked, 200 with this body."""
    connection, _ = listener.accept()
    with context.wrap_socket(connection, server_side=True) as secure:
        secure.sendall(_frame(4, 0, 0))  # SETTINGS
        received = b""
        while b"\x01\x25\x00\x00\x00\x01" not in received and b"\x01\x05\x00\x00\x00\x01" not in received:
            received += secure.recv(65536)  # until the HEADERS of stream 1, END_HEADERS and END_STREAM among the flags
        kind = b"\x5f\x09text/html"  # content-type, indexed name 31 without indexing is 0x0f 0x10; 0x5f adds it
        secure.sendall(_frame(4, 1, 0) + _frame(1, 4, 1, b"\x88" + kind) + _frame(0, 1, 1, body))
        with suppress(OSError):
            while secure.recv(65536):
                pass


def test_a_site_that_speaks_http_2_is_seen():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    context.set_alpn_protocols(["h2"])
    body = b"<title>A study in frames</title>"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=_speak_http2, args=(listener, context, body), daemon=True)
        server.start()
        pages = Pages(
            Network("test/1", ca_bundle=str(CERTIFICATE), allow_private=True), RealClock(), limits=QUICK_LIMITS
        )
        (fetched,) = pages.fetch([f"https://127.0.0.1:{listener.getsockname()[1]}/study"])
        server.join(5)
    assert isinstance(fetched.outcome, PageAnswer)
    assert (fetched.outcome.status, fetched.outcome.body, fetched.outcome.complete) == (200, body, True)
    assert fetched.outcome.headers["content-type"] == "text/html"
