"""PubMed's E-utilities for everyone who is measured: the project's own demo server, also as MEDLINE text.

Addresses are `http://127.0.0.1:PORT/HOST/PATH` for `https://HOST/PATH`; hosts other than NCBI's and Crossref's
answer 404. Run as `python bench/services.py NUMBER`: so many synthetic articles from PMID 10000001 on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from loopback import Counted, Reply, Request, serve
from medline import medline

from evidence.demo import pubmed as eutils
from evidence.demo import services as second_sources
from evidence.demo.http import DemoService, ServerRequest
from evidence.demo.world import FIRST_SYNTHETIC_PMID, ArticleFacts, World, synthetic_article

_EUTILS = "/eutils.ncbi.nlm.nih.gov/entrez/eutils/"
_CROSSREF = "/api.crossref.org/"


class Articles(Mapping[str, ArticleFacts]):
    """So many synthetic articles by PMID, or by DOI where `before` is what a DOI has before it; made when asked for."""

    def __init__(self, number: int, before: str = "") -> None:
        self._number = number
        self._before = before
        self._made = lru_cache(10_000)(synthetic_article)

    def __getitem__(self, key: str) -> ArticleFacts:
        number = key.removeprefix(self._before)
        at = int(number) - FIRST_SYNTHETIC_PMID if number.isdecimal() else -1
        if not key.startswith(self._before) or not 0 <= at < self._number:
            raise KeyError(key)
        return self._made(at)

    def __iter__(self) -> Iterator[str]:
        return (f"{self._before}{FIRST_SYNTHETIC_PMID + at}" for at in range(self._number))

    def __len__(self) -> int:
        return self._number


def lazy_world(number: int) -> World:
    """As `synthetic_world`, in constant memory."""
    world = World(articles=Articles(number))
    vars(world)["by_doi"] = Articles(number, "10.5555/synthetic.")  # what the cached property would work out of all
    return world


def answer_from(world: World, request: Request) -> Reply:
    """The answer of the host that the first part of the path names."""
    if request.target.startswith(_EUTILS):
        asked = _asked(DemoService.EUTILS, "/eutils/" + request.target.removeprefix(_EUTILS), request)
        if asked.params.get("rettype") == "medline":
            wanted = (world.articles[pmid] for pmid in eutils.ids_in(asked) if pmid in world.articles)
            return Reply(body=medline(wanted).encode(), kind="text/plain; charset=UTF-8")
        served = eutils.eutils_reply(world, asked)
    elif request.target.startswith(_CROSSREF):
        served = second_sources.crossref_reply(
            world, _asked(DemoService.CROSSREF, "/crossref/" + request.target.removeprefix(_CROSSREF), request)
        )
    else:
        return Reply(404, b"{}", "application/json")
    return Reply(served.status, served.body, served.content_type)


def _asked(service: DemoService, target: str, request: Request) -> ServerRequest:
    return ServerRequest(service, request.method, target, request.headers, request.body)


def host_of(request: Request) -> str:
    """The host that was meant."""
    return urlsplit(request.target).path.split("/", 2)[1]


def main() -> None:
    """Serve so many articles as the first argument says."""
    world = lazy_world(int(sys.argv[1]))
    serve(Counted(lambda request: answer_from(world, request), host_of, lambda: None), ["127.0.0.1"])


if __name__ == "__main__":
    main()
