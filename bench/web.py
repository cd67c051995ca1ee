"""A web of many loopback hosts with a fixed latency; what an address answers stands in its path.

`python bench/web.py HOSTS MILLISECONDS` (Linux: it needs all of 127.0.0.0/8).
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass

from loopback import Counted, Reply, Request, serve

_PAGE = (
    "<!doctype html><html lang=en><head><title>Page {0}</title></head><body><main><h1>Page {0}</h1>\n"
    + "<p>Words of page {0}, which a monograph could cite, long enough for a page.</p>\n" * 110
    + "</main></body></html>"
)

SHARES = {"404": 0.05, "301ok": 0.03, "301dead": 0.02, "403": 0.02}
"""What of all links is not simply there; the rest is. None of these is asked again by anyone."""
TROUBLES = {"flaky": 0.01, "refused": 0.01, "hang": 0.01}
"""What a patient checker asks again: once 500 then 200, a closed port, a server that never answers."""
RIGHT = {
    "ok": {"ok"},
    "301ok": {"ok"},
    "404": {"dead"},
    "301dead": {"dead"},
    "403": {"unknown"},
    "flaky": {"ok"},
    "refused": {"dead", "unknown"},
    "hang": {"dead", "unknown"},
}
"""Which verdicts are right for each: a wall is no death; of a silent host neither word is held against anyone."""


@dataclass(frozen=True, slots=True)
class Link:
    """A cited address and what it answers."""

    url: str
    kind: str


def addresses(hosts: int) -> list[str]:
    """The loopback addresses of so many hosts."""
    return [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(hosts)]


def links(number: int, hosts: int, port: int, *, troubles: bool) -> list[Link]:
    """So many links over so many hosts, in an order that looks random and is always the same."""
    shares = {**SHARES, **(TROUBLES if troubles else {})}
    kinds = [kind for kind, share in shares.items() for _ in range(round(number * share))]
    kinds += ["ok"] * (number - len(kinds))
    random.Random(7).shuffle(kinds)  # noqa: S311  # an order, no secret
    where = addresses(hosts)
    return [Link(_url(where[at % hosts], port, kind, at), kind) for at, kind in enumerate(kinds)]


def _url(address: str, port: int, kind: str, at: int) -> str:
    """Nothing listens at 127.3.x.x."""
    return f"http://{address.replace('127.1.', '127.3.') if kind == 'refused' else address}:{port}/{kind}/{at}"


class Web:
    """Answers by the first part of the path."""

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._failed: set[str] = set()

    def forget(self) -> None:
        """Let what fails once fail again."""
        self._failed.clear()

    def __call__(self, request: Request) -> Reply:
        """The answer to one request."""
        kind, _, rest = request.target.removeprefix("/").partition("/")
        if kind == "hang":
            return Reply(silent=True)
        if kind == "flaky" and request.target not in self._failed:
            self._failed.add(request.target)
            return Reply(500, b"<title>Error</title>", delay=self._latency)
        if kind.startswith("301"):
            target = f"/{'ok' if kind == '301ok' else '404'}/from/{rest}"
            return Reply(301, b"<title>Moved</title>", location=target, delay=self._latency)
        if kind in ("403", "404") or not rest.removeprefix("from/").isdigit():
            return Reply(403 if kind == "403" else 404, b"<title>No</title>", delay=self._latency)
        return Reply(body=_PAGE.format(rest.removeprefix("from/")).encode(), delay=self._latency)


def main() -> None:
    """Serve."""
    web = Web(int(sys.argv[2]) / 1000)
    serve(Counted(web, lambda _: "pages", web.forget), addresses(int(sys.argv[1])))


if __name__ == "__main__":
    main()
