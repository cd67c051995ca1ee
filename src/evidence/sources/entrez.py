"""NCBI's E-utilities: Bio.Entrez speaks, our HTTP room carries.

Bio.Entrez knows the parameters (NBK25499), but has no timeout, sends refused requests again at
once, is not thread-safe and puts the key into addresses. So it only composes the request: its
opener is replaced, for the moment of composing, by one that hands the request over. Sending,
pacing, retrying and redacting are `evidence.http.services`' work.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from evidence.http.exchange import Doubt, Exchanger, Reply, Request
from evidence.model.outcomes import Blocked, Unavailable

BASE = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
TOOL = "evidence-tracker"
LANE = "ncbi"
# 3 requests a second, 10 with a key (NLM support KA-05318); the margin is for jitter on the way.
_GAP = 0.37
_GAP_WITH_KEY = 0.11
# Bio.Entrez keeps its opener and its clock in module globals, shared by all threads.
_composing = threading.Lock()


class Entrez:
    """The E-utilities at one address.

    Args:
        services: What sends the requests.
        base: The service's address; `/efetch.fcgi`, `/ecitmatch.cgi` and the like are added.
        email: Sent to NCBI, which writes to it before it blocks anyone; optional.
        api_key: Allows 10 requests a second instead of 3; optional. It travels in the body of a
            POST only, and is taken out of every reason that comes back.
    """

    def __init__(
        self, services: Exchanger, *, base: str = BASE, email: str | None = None, api_key: str | None = None
    ) -> None:
        self.address = base.rstrip("/")
        self._services = services
        self._email = email
        self._key = api_key

    def fetch(self, database: str, ids: Sequence[str], doubt: Doubt) -> Reply | Blocked | Unavailable:
        """The full records as XML (efetch)."""
        return self._ask("efetch", {"db": database, "id": ",".join(ids), "retmode": "xml"}, doubt)

    def summarise(self, database: str, ids: Sequence[str], doubt: Doubt) -> Reply | Blocked | Unavailable:
        """The document summaries as JSON (esummary), at most 500 at once."""
        return self._ask("esummary", {"db": database, "id": ",".join(ids), "retmode": "json"}, doubt)

    def search(self, database: str, term: str, most: int, doubt: Doubt) -> Reply | Blocked | Unavailable:
        """The identifiers that a query finds as JSON (esearch), at most so many, the likeliest first."""
        asked = {"db": database, "term": term, "retmax": str(most), "retmode": "json", "sort": "relevance"}
        return self._ask("esearch", asked, doubt)

    def match_citations(self, lines: Sequence[str], doubt: Doubt) -> Reply | Blocked | Unavailable:
        """The PMIDs of `journal|year|volume|first page|author|key|` lines, as lines of text (ecitmatch)."""
        return self._ask("ecitmatch", {"db": "pubmed", "bdata": "\r".join(lines)}, doubt, suffix="cgi")

    def _ask(
        self, utility: str, parameters: dict[str, str], doubt: Doubt, suffix: str = "fcgi"
    ) -> Reply | Blocked | Unavailable:
        # An empty e-mail is no e-mail, but Bio.Entrez does not warn about it.
        who = {"tool": TOOL, "email": self._email or ""} | ({"api_key": self._key} if self._key else {})
        composed = _composed(utility, parameters | who)
        request = Request(
            url=f"{self.address}/{utility}.{suffix}",
            lane=LANE,
            gap=_GAP_WITH_KEY if self._key else _GAP,
            body=_form(composed),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        return self._redacted(self._services.exchange(request, doubt))

    def _redacted(self, outcome: Reply | Blocked | Unavailable) -> Reply | Blocked | Unavailable:
        """NCBI echoes the key in some of its errors, and a doubt may quote them."""
        match outcome:
            case Blocked(reason, status) if self._key:
                return Blocked(reason.replace(self._key, "***"), status)
            case Unavailable(reason, cause, status) if self._key:
                return Unavailable(reason.replace(self._key, "***"), cause, status)
        return outcome


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What Bio.Entrez takes for the opened reply: the request that it composed."""

    request: Any

    @property
    def headers(self) -> _Envelope:
        """Bio.Entrez asks the headers of a reply whether it is plain text, which it would wrap."""
        return self

    def get_content_subtype(self) -> str:
        """As of `text/xml`."""
        return "xml"


def _composed(utility: str, parameters: dict[str, str]) -> Any:
    """The `urllib` request that Bio.Entrez makes of these parameters; nothing is sent."""
    with _composing:
        entrez = _bio_entrez()
        opener, entrez.urlopen = entrez.urlopen, _Envelope
        # Its own limiter would sleep; slots are the HTTP room's business.
        entrez._open.previous = 0  # noqa: SLF001 - its limiter has no public switch
        try:
            return getattr(entrez, utility)(**parameters).request
        finally:
            entrez.urlopen = opener


def _bio_entrez() -> Any:
    """Bio.Entrez, imported late: a run that the store answers must not pay its 40 ms.

    `Bio.Entrez.Parser` must stay unimported: it creates directories under the user's home.
    """
    if "Bio.Entrez" not in sys.modules:
        # Biopython warns of a pyproject.toml that another package has left in site-packages. The filter
        # stays: `catch_warnings` would undo those that libraries set meanwhile in other threads.
        warnings.filterwarnings("ignore", message="You may be importing Biopython from inside the source tree")
    import Bio.Entrez  # noqa: PLC0415 - see above

    return Bio.Entrez


def _form(composed: Any) -> bytes:
    """The parameters as the body of a POST, also those that Bio.Entrez would have put into the address."""
    query = composed.data.decode("ascii") if composed.data else urlsplit(composed.full_url).query
    return urlencode(parse_qsl(query)).encode("ascii")
