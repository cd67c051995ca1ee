"""What libcurl's error numbers mean for a page (https://curl.se/libcurl/c/libcurl-errors.html).

By number, never by text: texts change between versions and hold addresses. Numbers are written out
because the names for some of them differ between pycurl's versions.
"""

from __future__ import annotations

from evidence.http.pages.visit import FailedRequest
from evidence.model.outcomes import Cause

CUT_BY_US = 23
COULD_NOT_CONNECT = 7
TIMED_OUT = 28
BAD_ENCODING = 61

_NO_HTTP = FailedRequest("the answer was no proper HTTP", Cause.PROTOCOL, again=False)
_BROKE_OFF = FailedRequest("the connection broke off", Cause.PROTOCOL)
_NO_TLS = FailedRequest("no secure connection came about", Cause.TLS)
_BAD_CERTIFICATE = FailedRequest("the certificate is not trusted", Cause.TLS, again=False)
_OWN_TLS = FailedRequest("our own certificates or TLS settings cannot be used", Cause.NETWORK, again=False)

FAILURES = {
    1: _NO_HTTP,
    3: FailedRequest("not a web address", Cause.PROTOCOL, again=False),
    5: FailedRequest("the name of the proxy could not be resolved", Cause.NETWORK),
    6: FailedRequest("the host name could not be resolved", Cause.DNS),
    COULD_NOT_CONNECT: FailedRequest("the connection was refused or no route leads there", Cause.CONNECT),
    8: _NO_HTTP,
    16: _BROKE_OFF,
    18: _BROKE_OFF,
    CUT_BY_US: FailedRequest("the answer's headers are too large", Cause.PROTOCOL, again=False),
    TIMED_OUT: FailedRequest("no answer came in time", Cause.TIMEOUT),
    35: _NO_TLS,
    51: _BAD_CERTIFICATE,
    52: FailedRequest("the connection was closed without an answer", Cause.PROTOCOL),
    53: _OWN_TLS,
    54: _OWN_TLS,
    55: _BROKE_OFF,
    56: _BROKE_OFF,
    58: _OWN_TLS,
    59: _OWN_TLS,
    60: _BAD_CERTIFICATE,
    BAD_ENCODING: FailedRequest("the answer's compression is damaged", Cause.CONTENT, plainly=True),
    64: _NO_TLS,
    66: _OWN_TLS,
    77: _OWN_TLS,
    80: _NO_TLS,
    82: _OWN_TLS,
    83: _BAD_CERTIFICATE,
    90: _BAD_CERTIFICATE,
    91: _BAD_CERTIFICATE,
    92: _BROKE_OFF,
    95: _BROKE_OFF,
    96: _BROKE_OFF,
    97: FailedRequest("the proxy could not be reached or refused", Cause.NETWORK),
    98: _NO_TLS,
    100: FailedRequest("the answer's headers are too large", Cause.PROTOCOL, again=False),
}
UNKNOWN = FailedRequest("the request failed", Cause.PROTOCOL)

CERTIFICATES = {
    0: "is for another host name",
    1: "is for another host name",  # libcurl compares names itself, before it asks OpenSSL for its word
    9: "is not valid yet",
    10: "has expired",
    18: "is signed by itself",
    19: "is signed by an authority that is not known",
    20: "is signed by an authority that is not known, or comes without its intermediate certificates",
    21: "comes without its intermediate certificates",
    23: "was revoked",
    62: "is for another host name",
    64: "is for another address",
}
"""OpenSSL's verification results (X509_V_ERR_*, openssl/x509_vfy.h) behind error 60."""


def failure(code: int, *, verify_result: int = 0, proxied: bool = False) -> FailedRequest:
    """What a libcurl error means when no headers had come.

    Args:
        code: libcurl's error number.
        verify_result: OpenSSL's word on the certificate (`CURLINFO_SSL_VERIFYRESULT`).
        proxied: whether it was the proxy that we could not connect to.
    """
    if proxied and code == COULD_NOT_CONNECT:
        return FAILURES[97]
    if code == 60 and verify_result in CERTIFICATES:
        return FailedRequest(f"the certificate {CERTIFICATES[verify_result]}", Cause.TLS, again=False)
    return FAILURES.get(code, UNKNOWN)
