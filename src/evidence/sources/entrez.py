"""NCBI's E-utilities: Bio.Entrez composes requests, `evidence.sources.http` sends them.

Bio.Entrez knows the parameters (NBK25499), but has no timeout, sends refused requests again at once, is not thread-safe
and puts the key into addresses. So it only composes the request: its opener is replaced, for the moment of composing,
by one that hands the request over. Sending, pacing, retrying and redacting are `evidence.sources.http.session`'s work.

Below the requests: what replies are worth, judged before anyone believes them, and how many identifiers are asked for
in few requests.
"""

from __future__ import annotations

import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType, SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from evidence.model.outcomes import Blocked, Cause, Unavailable
from evidence.model.regex import regex
from evidence.sources.http.request import Exchanger, Reply, ReplyProblem, Request, json_object
from evidence.sources.pubmed_xml import deleted_pmids, split_articles, version_of
from evidence.sources.spec import Access

TOOL = "evidence-tracker"
BUCKET = "ncbi"
# 3 requests a second, 10 with a key (NLM support KA-05318); the margin is for jitter on the way.
GAP = 0.37
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

    def __init__(self, services: Exchanger, *, base: str, email: str | None = None, api_key: str | None = None) -> None:
        self.address = base.rstrip("/")
        self._services = services
        self._email = email
        self._key = api_key

    def fetch(self, database: str, ids: Sequence[str], problem_of: ReplyProblem) -> Reply | Blocked | Unavailable:
        """The full records as XML (efetch)."""
        return self._ask("efetch", {"db": database, "id": ",".join(ids), "retmode": "xml"}, problem_of)

    def summarise(self, database: str, ids: Sequence[str], problem_of: ReplyProblem) -> Reply | Blocked | Unavailable:
        """The document summaries as JSON (esummary), at most 500 at once."""
        return self._ask("esummary", {"db": database, "id": ",".join(ids), "retmode": "json"}, problem_of)

    def search(self, database: str, term: str, most: int, problem_of: ReplyProblem) -> Reply | Blocked | Unavailable:
        """The identifiers that a query finds as JSON (esearch), at most so many, the likeliest first."""
        parameters = {"db": database, "term": term, "retmax": str(most), "retmode": "json", "sort": "relevance"}
        return self._ask("esearch", parameters, problem_of)

    def match_citations(self, lines: Sequence[str], problem_of: ReplyProblem) -> Reply | Blocked | Unavailable:
        """The PMIDs of `journal|year|volume|first page|author|key|` lines, as lines of text (ecitmatch)."""
        return self._ask("ecitmatch", {"db": "pubmed", "bdata": "\r".join(lines)}, problem_of, suffix="cgi")

    def _ask(
        self, utility: str, parameters: dict[str, str], problem_of: ReplyProblem, suffix: str = "fcgi"
    ) -> Reply | Blocked | Unavailable:
        # An empty e-mail is not an e-mail, but Bio.Entrez does not warn about it.
        who = {"tool": TOOL, "email": self._email or ""} | ({"api_key": self._key} if self._key else {})
        request = Request(
            url=f"{self.address}/{utility}.{suffix}",
            bucket=BUCKET,
            gap=_GAP_WITH_KEY if self._key else GAP,
            body=_composed(utility, parameters | who),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        match self._services.exchange(request, problem_of):
            # NCBI echoes the key in some of its errors, and a reason may quote them.
            case Blocked(reason, status) if self._key:
                return Blocked(reason.replace(self._key, "***"), status)
            case Unavailable(reason, cause, status) if self._key:
                return Unavailable(reason.replace(self._key, "***"), cause, status)
            case outcome:
                return outcome


def entrez_of(access: Access, name: str) -> Entrez:
    """The E-utilities as the operator has set them, at the address of the source of this name."""
    settings = access.settings
    return Entrez(
        access.services, base=access.addresses[name], email=settings.ncbi_email, api_key=settings.ncbi_api_key
    )


def _composed(utility: str, parameters: dict[str, str]) -> bytes:
    """The body of the POST that Bio.Entrez makes of these parameters; nothing is sent.

    Bio.Entrez is imported late: a run that the store answers must not pay its 40 ms. `Bio.Entrez.Parser` must stay
    unimported: it creates directories under the user's home.
    """
    with _composing:
        if "Bio.Entrez" not in sys.modules:
            # Biopython warns of a pyproject.toml that another package has left in site-packages. The filter
            # stays: `catch_warnings` would undo those that libraries set meanwhile in other threads.
            warnings.filterwarnings("ignore", message="You may be importing Biopython from inside the source tree")
        import Bio.Entrez  # noqa: PLC0415 - see above

        entrez: Any = Bio.Entrez
        # What it takes for the opened reply holds the request; of the headers it asks whether the reply is plain text.
        headers = SimpleNamespace(get_content_subtype=lambda: "xml")
        opener, entrez.urlopen = entrez.urlopen, lambda request: SimpleNamespace(request=request, headers=headers)
        # Its own limiter would sleep; slots are our pacer's business.
        entrez._open.previous = 0  # noqa: SLF001 - its limiter has no public switch
        try:
            request = getattr(entrez, utility)(**parameters).request
        finally:
            entrez.urlopen = opener
    # Some parameters Bio.Entrez would have put into the address.
    query = request.data.decode("ascii") if request.data else urlsplit(request.full_url).query
    return urlencode(parse_qsl(query)).encode("ascii")


# Replies.

_ERROR = regex(rb"<ERROR>(.*?)(?:</ERROR>|\Z)", re.DOTALL)
_END_OF_SET = regex(rb"(?:</PubmedArticleSet\s*>|<PubmedArticleSet\s*/>)\s*\Z")
_NO_CORRECT_IDS = regex(rb"ID[ +]list[ +]is[ +]empty", re.IGNORECASE)
_INVALID_KEY = regex(rb'"error"\s*:\s*"API key\b', re.IGNORECASE)
_MATCH_FIELDS = 6  # journal, year, volume, page, author and key before the answer
_UNKNOWN = "cannot get document summary"
_QUOTED = 160  # characters of an error's text
_HEAD = 2048  # bytes that hold a prolog, or an end


def records_problem(reply: Reply) -> str | None:
    """Why an efetch reply cannot be believed; None for a complete PubmedArticleSet and for a lasting refusal."""
    if _is_lasting_refusal(reply):
        return None
    if problem := _general_problem(reply):
        return problem
    start = reply.body.find(b"<PubmedArticleSet")
    if start < 0:
        return "the response is not a PubmedArticleSet"
    if reply.body.find(b"<!ENTITY", 0, start) >= 0:
        return "the response declares entities"
    return None if _END_OF_SET.search(reply.body[-_HEAD:]) else "the response is cut off"


def summaries_problem(reply: Reply) -> str | None:
    """Why an esummary reply cannot be believed; None for a JSON result and for a lasting refusal."""
    if _is_lasting_refusal(reply):
        return None
    if problem := _general_problem(reply):
        return problem
    content = json_object(reply.body)
    if content is None:
        return "the response is not complete JSON"
    if isinstance(content.get("result"), dict) or _is_refused_batch(content):
        return None
    return f"the response has no summaries; error: {_quoted(str(content.get('error', 'none')))}"


def search_problem(reply: Reply) -> str | None:
    """Why an esearch reply cannot be believed; None for a JSON list of identifiers and for a refused API key."""
    if _is_bad_key(reply):
        return None
    if problem := _general_problem(reply):
        return problem
    found = (json_object(reply.body) or {}).get("esearchresult")
    if not isinstance(found, dict):
        return "the response is not a complete search result"
    if error := found.get("ERROR"):
        return f"the service reports: {_quoted(str(error))}"
    return None if isinstance(found.get("idlist"), list) else "the search result has no list of identifiers"


def found_identifiers(body: bytes) -> tuple[str, ...]:
    """The identifiers of a believable search result, in its order."""
    found = (json_object(body) or {}).get("esearchresult")
    listed = found.get("idlist") if isinstance(found, dict) else None
    return tuple(str(uid) for uid in listed if str(uid).isdecimal()) if isinstance(listed, list) else ()


def matches_problem(reply: Reply) -> str | None:
    """Why an ecitmatch reply cannot be believed; None for lines of fields and for a refused API key.

    It is text, so a page or an error envelope is known by its tags, and anything else by having no line of fields.
    """
    if _is_bad_key(reply):
        return None
    if problem := _general_problem(reply):
        return problem
    lines = reply.body.splitlines()
    return None if any(line.count(b"|") >= _MATCH_FIELDS for line in lines) else "the response is not a list of matches"


def _is_lasting_refusal(reply: Reply) -> bool:
    """Whether the reply is a refusal which asking again would not change."""
    return is_bad_id(reply) or _is_bad_key(reply) or reply.status in (404, 410, 414)


def _is_bad_key(reply: Reply) -> bool:
    head = reply.body[:_HEAD].lstrip()
    return head.startswith(b"{") and _INVALID_KEY.search(head) is not None


def is_bad_id(reply: Reply) -> bool:
    """Whether the entire request is refused because of identifiers in it that are none."""
    head = reply.body[:_HEAD]
    if b'"esummaryresult"' in head:
        return _is_refused_batch(json_object(reply.body) or {})
    # In JSON and in records these words may be somebody's title.
    error = error_text(reply.body).encode() if head.lstrip()[:1] == b"<" else head
    return not head.lstrip().startswith(b"{") and _NO_CORRECT_IDS.search(error) is not None


def _is_refused_batch(content: Mapping[str, Any]) -> bool:
    return "result" not in content and "invalid uid" in str(content.get("esummaryresult", "")).lower()


def _general_problem(reply: Reply) -> str | None:
    body = reply.body
    if not body or body.isspace():
        return "the response is empty"
    if error := error_text(body):
        return f"the service reports: {_quoted(error)}"
    if reply.status != 200:
        return f"the service returned HTTP {reply.status}"
    head = body[:_HEAD].lower()
    return "the service returned a web page instead of data" if b"<html" in head or b"<!doctype html" in head else None


def error_text(body: bytes) -> str:
    """The text of the first ERROR element; inside records `<` is always escaped."""
    match = _ERROR.search(body)
    return match[1].decode("utf-8", "replace").strip() or "an error without a message" if match else ""


def _quoted(text: str) -> str:
    """The beginning of a foreign text, without markup and control characters."""
    bare = re.sub(r"<[^<>]*>", " ", text)
    line = " ".join("".join(char if char.isprintable() else " " for char in bare).split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"


def body_of(outcome: Reply | Blocked | Unavailable) -> bytes | Blocked | Unavailable:
    """The data of a believable reply; else why there is none."""
    if not isinstance(outcome, Reply):
        return outcome
    if _is_bad_key(outcome):
        return Blocked("NCBI says that the API key is not valid: correct or unset NCBI_API_KEY", outcome.status)
    if outcome.status != 200 or is_bad_id(outcome):
        return Unavailable(f"NCBI refused the request (HTTP {outcome.status})", Cause.HTTP, outcome.status)
    return outcome.body


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one efetch reply.

    `raws` by PMID, each in its newest version; `deleted` the PMIDs that the reply calls deleted;
    `nameless` counts records whose PMID is not where it belongs.
    """

    raws: Mapping[str, bytes]
    deleted: frozenset[str]
    nameless: int


def records_in(body: bytes) -> Records:
    """The records of a PubmedArticleSet."""
    raws: dict[str, bytes] = {}
    nameless = 0
    for pmid, raw in split_articles(body):
        if not pmid:
            nameless += 1
        elif pmid not in raws or version_of(raw) >= version_of(raws[pmid]):
            raws[pmid] = raw
    return Records(MappingProxyType(raws), deleted_pmids(body), nameless)


@dataclass(frozen=True, slots=True)
class Summary:
    """One document summary: its fields, or the error in its place."""

    fields: Mapping[str, Any]

    @property
    def is_unknown(self) -> bool:
        """The service's own "no"."""
        return _UNKNOWN in str(self.fields.get("error", ""))

    @property
    def error(self) -> str | None:
        """The error in place of the summary."""
        error = self.fields.get("error")
        return None if error is None else _quoted(str(error))

    def number(self, id_type: str) -> str | None:
        """The document's own number of a type (`pubmed`, `pmcid`, `doi`), as its `articleids` give it."""
        ids = self.fields.get("articleids")
        entries = [entry for entry in ids if isinstance(entry, dict)] if isinstance(ids, list) else []
        values = (str(entry.get("value") or "") for entry in entries if entry.get("idtype") == id_type)
        return next((value for value in values if value), None)


def summaries_in(body: bytes) -> Mapping[str, Summary]:
    """The summaries of an esummary reply by the identifier that was asked."""
    result = (json_object(body) or {}).get("result")
    entries = result.items() if isinstance(result, dict) else ()
    return {uid: Summary(entry) for uid, entry in entries if isinstance(entry, dict) and entry}


# Many identifiers, few requests.

# A lone bad identifier among 500 takes 18 further requests. When a service refuses everything this
# way, the trouble is its own, and more requests do not help.
_MOST_HALVINGS = 20


def in_batches(
    ids: Iterable[str], ask: Callable[[Sequence[str]], Reply | Blocked | Unavailable], size: int
) -> Iterator[tuple[Sequence[str], Reply | Blocked | Unavailable]]:
    """Ask for all identifiers, `size` at a time.

    NCBI refuses an entire request for one identifier that is none. Such a batch is halved until the
    bad one is alone, which is then yielded with its refusal like any other part.

    Yields:
        The identifiers of one request and what came of it; together they cover every identifier once.
    """
    remaining = iter(ids)
    while batch := list(islice(remaining, size)):
        halvings = 0
        parts = [batch]
        while parts:
            part = parts.pop()
            outcome = ask(part)
            if len(part) > 1 and halvings < _MOST_HALVINGS and isinstance(outcome, Reply) and is_bad_id(outcome):
                halvings += 1
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
            else:
                yield part, outcome
