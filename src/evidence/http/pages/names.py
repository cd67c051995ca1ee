"""Whether the name system says of a host name that it does not exist, or says nothing (RFC 2308, RFC 8020).

libcurl tells both with one error number. `getaddrinfo` tells them apart: EAI_NONAME for "there is no
such name", EAI_AGAIN for a name server that could not be asked, EAI_NODATA for a name without an address.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait

PATIENCE = 15.0
"""Seconds for all names together; what is not known by then counts as nothing said."""

_AT_A_TIME = 16


def unknown_names(hosts: Iterable[str], patience: float = PATIENCE) -> frozenset[str]:
    """Those of these ASCII host names of which the name system says that they do not exist."""
    asked = tuple(dict.fromkeys(hosts))
    if not asked:
        return frozenset()
    pool = ThreadPoolExecutor(max_workers=_AT_A_TIME, thread_name_prefix="names")
    try:
        answers: dict[Future[bool], str] = {pool.submit(_is_unknown, host): host for host in asked}
        done, _ = wait(answers, timeout=patience)
        return frozenset(answers[future] for future in done if future.result())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _is_unknown(host: str) -> bool:
    try:
        # The dot at the end keeps the resolver from trying the name inside our own domain. Bytes, because
        # Python would encode text by an older standard of international names.
        socket.getaddrinfo(host.encode("ascii") + b".", None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return error.errno == socket.EAI_NONAME
    except OSError:
        return False
    return False
