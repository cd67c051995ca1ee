"""PubMed's E-utilities for everyone who is measured: the project's own demo server, also as MEDLINE text.

Addresses are `http://127.0.0.1:PORT/HOST/PATH` for `https://HOST/PATH`; hosts other than NCBI's and Crossref's
answer 404. Run as `python bench/services.py NUMBER`: so many synthetic articles from PMID 10000001 on.
"""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from loopback import Counted, Reply, Request, serve
from medline import medline

from evidence.demo import pubmed as eutils
from evidence.demo import services as second_sources
from evidence.demo.http import DemoService, ServerRequest
from evidence.demo.world import World, synthetic_world

_EUTILS = "/eutils.ncbi.nlm.nih.gov/entrez/eutils/"
_CROSSREF = "/api.crossref.org/"


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
    world = synthetic_world(int(sys.argv[1]))
    serve(Counted(lambda request: answer_from(world, request), host_of, lambda: None), ["127.0.0.1"])


if __name__ == "__main__":
    main()
