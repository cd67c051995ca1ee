"""Crossref by DOI, through its REST API; never the publisher's page.

Crossref leaves out of a list what it does not hold, and answers 404 with the words "Resource not found." for a single
DOI. Its headers say how many requests it allows (limits changed on 1 December 2025). Its replies are judged before
anyone believes them, and read strictly: another shape than the documented one is schema drift.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from evidence.matching.tokens import lowered, raised
from evidence.model import identifiers as ids
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.ports import Clock
from evidence.model.records import (
    COCHRANE,
    Article,
    Author,
    Journal,
    NoticeLink,
    PublicationType,
    RecordPassage,
    RecordText,
    initials,
)
from evidence.model.regex import regex
from evidence.sources.http.request import Exchanger, Reply, ReplyProblem, Request, json_object
from evidence.sources.spec import Opener, Probe

NAME = "crossref"
NOT_HELD = "not held by Crossref"
A_DOI = "10.1000/182"
"""The DOI Handbook's own DOI, which shows whether a service answers, whatever it says of it."""

_GAP = 0.2  # seconds between requests until Crossref's own headers say how many it allows
_LONGEST_GAP = 5.0
_ABSENT = "not-held"  # the key of a stored answer that says that Crossref does not hold the DOI
_LONGEST_ADDRESS = 4000  # characters; beyond 4 KB, servers on the way may refuse
_LONGEST_QUERY = 600  # characters of a citation; what follows is more authors or a note
_NOT_FOUND = b"resource not found"
_LIMIT = regex(r"[1-9][0-9]{0,8}")
_INTERVAL = regex(r"(\d+(?:\.\d+)?)\s*s?")
_HEAD = 2048  # bytes in which a web page shows that it is one
_VOLATILE = ("indexed", "reference", "license", "link", "score", "is-referenced-by-count", "funder")


class Crossref:
    """Crossref as a source; never raises for what the service does.

    Args:
        services: What sends the requests.
        clock: For the time of each answer.
        base: The service's address; `/works` is added.
        email: Sent as `mailto`, for the pool of polite clients; optional.
    """

    def __init__(self, services: Exchanger, clock: Clock, *, base: str, email: str | None = None) -> None:
        self.address = base.rstrip("/")
        self._services = services
        self._clock = clock
        self._email = email
        self._gap = _GAP

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every DOI exactly once: lists first, then alone what the lists left out or cannot be asked."""
        dois: dict[str, None] = {}
        for identifier in identifiers:
            if identifier.kind is IdKind.DOI:
                dois[identifier.value] = None
            else:
                no_source = Unavailable("only DOIs can be looked up in Crossref", Cause.NO_SOURCE)
                yield Answer(identifier, no_source, NAME, self.address, self._clock.now())
        alone = [doi for doi in dois if "," in doi]  # a comma would end the DOI in a list's filter
        for address, part in _lists(self.address, (doi for doi in dois if "," not in doi), self._email):
            reply = self._ask(address, list_problem)
            at = self._clock.now()
            if not isinstance(reply, Reply):
                yield from (self._answer(doi, reply, at) for doi in part)
                continue
            works = {} if reply.status == 400 else works_in(reply)
            yield from (self._found(doi, works[doi.lower()], at) for doi in part if doi.lower() in works)
            alone += [doi for doi in part if doi.lower() not in works]
        for doi in alone:
            mailto = f"?mailto={quote(self._email)}" if self._email else ""
            address = f"{self.address}/works/{quote(doi, safe='')}{mailto}"
            reply = self._ask(address, partial(single_problem, doi=doi))
            at = self._clock.now()
            if not isinstance(reply, Reply):
                yield self._answer(doi, reply, at)
            elif is_not_held(reply):
                yield self._answer(doi, NotFound(NOT_HELD), at, json.dumps({_ABSENT: doi}).encode())
            else:
                yield self._found(doi, work_in(reply), at)

    def _ask(self, address: str, problem_of: ReplyProblem) -> Reply | Blocked | Unavailable:
        request = Request(address, NAME, self._gap, headers={"Accept": "application/json"})
        reply = self._services.exchange(request, problem_of)
        if isinstance(reply, Reply):
            self._gap = rate_limit_gap(reply.headers, self._gap)
        return reply

    def _found(self, doi: str, work: Mapping[str, Any], at: datetime) -> Answer:
        try:
            article = article_of(Identifier(IdKind.DOI, doi), work)
        except ValueError as error:
            return self._answer(doi, Unavailable(str(error), Cause.CONTENT, 200), at)
        return self._answer(doi, Found(article), at, stored_work(work))

    def _answer(self, doi: str, outcome: Outcome, at: datetime, raw: bytes | None = None) -> Answer:
        return Answer(Identifier(IdKind.DOI, doi), outcome, NAME, self.address, at, raw)


def read_stored(identifier: Identifier, raw: bytes) -> Article | NotFound:
    """The record in a stored answer, or the stored fact that Crossref does not hold the DOI.

    Raises:
        ValueError: The bytes are not such an answer.
    """
    stored = json_object(raw)
    if stored is None or not ({"DOI", _ABSENT} & stored.keys()):
        raise ValueError(f"{identifier}: schema drift: this is no work of Crossref's")
    return NotFound(NOT_HELD) if _ABSENT in stored else article_of(identifier, stored)


def read_text(raw: bytes) -> RecordText:
    """The words of a stored work: its titles, and its abstract where the publisher has deposited one.

    Raises:
        ValueError: The bytes are not such an answer.
    """
    stored = json_object(raw)
    if stored is None:
        raise ValueError("schema drift: this is no work of Crossref's")
    titles, abstract = stored.get("title"), stored.get("abstract")
    named = [("title", title) for title in (titles if isinstance(titles, list) else ())] + [("abstract", abstract)]
    texts = [(part, _quotable(text)) for part, text in named if isinstance(text, str)]
    return RecordText(tuple(RecordPassage(part, text) for part, text in texts if text))


# Requests and replies.


def _lists(base: str, dois: Iterable[str], email: str | None) -> Iterator[tuple[str, Sequence[str]]]:
    """The addresses that ask for all of these DOIs in as few lists as fit, each with the DOIs it asks for."""
    part: list[str] = []
    for doi in dois:
        if part and len(_list_address(base, [*part, doi], email)) > _LONGEST_ADDRESS:
            yield _list_address(base, part, email), part
            part = []
        part.append(doi)
    if part:
        yield _list_address(base, part, email), part


def _list_address(base: str, dois: Sequence[str], email: str | None) -> str:
    filters = ",".join(f"doi:{quote(doi, safe='/:()')}" for doi in dois)
    mailto = f"&mailto={quote(email)}" if email else ""
    return f"{base}/works?rows={len(dois)}{mailto}&filter={filters}"


def search_address(base: str, printed: str, rows: int, email: str | None) -> str:
    """The address that asks for the works likest to a printed citation, their DOIs alone."""
    text = printed[:_LONGEST_QUERY].encode("utf-8", "replace").decode()
    mailto = f"&mailto={quote(email)}" if email else ""
    return f"{base}/works?rows={rows}&select=DOI{mailto}&query.bibliographic={quote(text, safe='')}"


def rate_limit_gap(headers: Mapping[str, str], gap: float) -> float:
    """The seconds between requests that `x-rate-limit-limit` and `-interval` allow; `gap` when they say nothing."""
    limit = headers.get("x-rate-limit-limit", "").strip()
    interval = _INTERVAL.fullmatch(headers.get("x-rate-limit-interval", "").strip())
    if interval is None or not _LIMIT.fullmatch(limit):
        return gap
    return min(max(float(interval[1]) / int(limit), 0.02), _LONGEST_GAP)


def list_problem(reply: Reply) -> str | None:
    """Why a list cannot be believed; None for a complete one, and for a refusal of its filter (400)."""
    problem = search_problem(reply)
    if problem is not None or reply.status == 400:
        return problem
    message, _ = _message(reply, "work-list")
    if message.get("total-results") != len(message["items"]):
        return f"the list contains only {len(message['items'])} of {message.get('total-results')} works"
    return None


def search_problem(reply: Reply) -> str | None:
    """Why a list of search results cannot be believed; None for one of works, and for a refusal (400)."""
    if reply.status == 400:
        return None
    message, problem = _message(reply, "work-list")
    if problem is not None:
        return problem
    items = message.get("items")
    works = isinstance(items, list) and all(isinstance(item, dict) and _doi(item) for item in items)
    return None if works else "schema drift: the items of the list are not works"


def single_problem(reply: Reply, doi: str) -> str | None:
    """Why the reply about one DOI cannot be believed; None for its work and for Crossref's own "no"."""
    if is_not_held(reply):
        return None
    message, problem = _message(reply, "work")
    if problem is not None:
        return problem
    return None if _doi(message) == doi.lower() else "Crossref returned a different DOI"


def is_not_held(reply: Reply) -> bool:
    """Whether Crossref says that it does not hold the DOI; a web server's own 404 page does not."""
    return reply.status == 404 and _NOT_FOUND in reply.body[:_HEAD].lower() and b"<html" not in reply.body[:_HEAD]


def _message(reply: Reply, message_type: str) -> tuple[Mapping[str, Any], str | None]:
    """The message of a reply, and why it cannot be believed."""
    if reply.status != 200:
        return {}, f"the service returned HTTP {reply.status}"
    head = reply.body[:_HEAD].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return {}, "the service returned a web page instead of data"
    envelope = json_object(reply.body)
    if envelope is None:
        return {}, "the response is not complete JSON"
    message, status, kind = envelope.get("message"), envelope.get("status"), envelope.get("message-type")
    if status != "ok" or kind != message_type or not isinstance(message, dict):
        status, kind = ("".join(char for char in str(text)[:40] if char.isprintable()) for text in (status, kind))
        return {}, f'the response is not a {message_type}: status "{status}", type "{kind}"'
    return message, None


def works_in(reply: Reply) -> Mapping[str, Mapping[str, Any]]:
    """The works of a believable list by DOI in lower case."""
    message, _ = _message(reply, "work-list")
    return {_doi(item): item for item in message.get("items", ())}


def work_in(reply: Reply) -> Mapping[str, Any]:
    """The work of a believable single reply."""
    return _message(reply, "work")[0]


def stored_work(work: Mapping[str, Any]) -> bytes:
    """The work as it is stored: without its reference list and what changes though the record does not."""
    facts = {name: value for name, value in work.items() if name not in _VOLATILE}
    return json.dumps(facts, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")


def _doi(work: Mapping[str, Any]) -> str:
    doi = work.get("DOI")
    return doi.lower() if isinstance(doi, str) else ""


# One work of Crossref's, or the CSL JSON of another DOI agency, as an article.

_JOURNAL_ARTICLE = PublicationType("D016428", "Journal Article")
_PREPRINT = PublicationType("D000076942", "Preprint")
# Crossref's types (api.crossref.org/types) that CSL calls otherwise.
_CSL_TYPES = {
    "journal-article": "article-journal",
    "proceedings-article": "paper-conference",
    "book-chapter": "chapter",
    "book-part": "chapter",
    "book-section": "chapter",
    "reference-entry": "entry",
    "monograph": "book",
    "edited-book": "book",
    "reference-book": "book",
    "posted-content": "article",
    "dissertation": "thesis",
    "peer-review": "review",
}
_KNOWN_CSL_TYPES = frozenset(
    {"article", "article-journal", "article-magazine", "article-newspaper", "book", "chapter", "dataset", "document"}
    | {"entry", "entry-dictionary", "entry-encyclopedia", "paper-conference", "report", "review", "software"}
    | {"speech", "standard", "thesis", "webpage"}
)
_IN_BOOKS = frozenset({"chapter", "entry", "entry-dictionary", "entry-encyclopedia"})
_PRINTED = ("published-print",)
_ONLINE = ("published-online", "posted")
_OTHER_DATES = ("issued", "published", "published-other")


def article_of(identifier: Identifier, work: Mapping[str, Any]) -> Article:
    """The record.

    Args:
        identifier: The DOI that was asked.
        work: Crossref's message, or a CSL JSON item.

    Raises:
        DriftError: A field is not made as documented. A field that is missing is empty.
    """
    title, crossref_type = _title(work), text(work, "type").lower()
    kind = _CSL_TYPES.get(crossref_type, crossref_type)
    if kind not in _KNOWN_CSL_TYPES:
        kind = "document" if kind else ""
    in_issue = mapping(work, "journal-issue")
    printed = _first(work, *_PRINTED) or _first(in_issue, *_PRINTED)
    online = _first(work, *_ONLINE) or _first(in_issue, *_ONLINE)
    issued = printed or _first(work, *_OTHER_DATES) or online
    is_book = kind == "book" or kind in _IN_BOOKS
    container = text(work, "container-title")
    return Article(
        identifier=identifier,
        title=plain(title),
        title_html=marked(title),
        vernacular_title=text(work, "original-title"),
        authors=authors(work, "author"),
        editors=authors(work, "editor"),
        journal=Journal(issns=texts(work, "ISSN")) if is_book else _journal(work, container),
        issued=issued,
        published_online=online,
        # Every year under which the work may be cited: in print, online, or however else it was published.
        years=tuple(
            sorted(
                {
                    date.year
                    for part in (work, in_issue)
                    for field in (*_PRINTED, *_ONLINE, *_OTHER_DATES)
                    if (date := dated(part, field))
                }
            )
        ),
        has_article_date=online is not None,
        volume=text(work, "volume"),
        issue=text(work, "issue") or text(in_issue, "issue"),
        pages=text(work, "page"),
        elocations=tuple(plain(number) for number in texts(work, "article-number")),
        publication_types=_publication_types(work, kind),
        notices=notices(work, identifier.value),
        is_book=is_book,
        book_title=(container if kind in _IN_BOOKS else plain(title)) if is_book else "",
        publisher=text(work, "publisher"),
        publisher_place=text(work, "publisher-location") or text(work, "publisher-place"),
        csl_type=kind,
    )


def _title(work: Mapping[str, Any]) -> str:
    """The title with its subtitle, unless the title ends with that already; markup and all."""
    title, subtitle = (next(iter(texts(work, field)), "") for field in ("title", "subtitle"))
    if not subtitle or plain(subtitle).casefold() in plain(title).casefold():
        return title
    if not title:
        return subtitle
    joint = " " if plain(title).endswith((":", "?", "!", ".", "\N{EM DASH}")) else ": "
    return f"{title.rstrip()}{joint}{subtitle.lstrip()}"


def _journal(work: Mapping[str, Any], title: str) -> Journal:
    short = text(work, "short-container-title") or text(work, "container-title-short")
    return Journal(title=title, iso="" if short == title else short, issns=texts(work, "ISSN"))


def _publication_types(work: Mapping[str, Any], kind: str) -> tuple[PublicationType, ...]:
    if kind == "article-journal":
        return (_JOURNAL_ARTICLE,)
    is_preprint = text(work, "type") == "posted-content" and text(work, "subtype") in ("preprint", "")
    return (_PREPRINT,) if is_preprint else ()


def _first(work: Mapping[str, Any], *fields: str) -> PartialDate | None:
    return next((date for field in fields if (date := dated(work, field))), None)


# What Crossref says of retractions, concerns, corrections and versions, in the words of PubMed's links.

# NLM files partial retractions as errata too (NLM Technical Bulletin 2016 Sep-Oct).
_CORRECTIONS = ("correction", "corrigendum", "erratum", "addendum", "clarification", "partial_retraction")
_RETRACTIONS = ("retraction", "withdrawal", "removal")
_REINSTATEMENT = "reinstatement"
# What the types that are not documented contain, and which documented one each means; the first counts.
_STEMS = {
    "reinstat": _REINSTATEMENT,
    "partial_retract": "partial_retraction",
    "retract": "retraction",
    "withdraw": "withdrawal",
}
_BEFELL = {
    **dict.fromkeys(_RETRACTIONS, "RetractionIn"),
    **dict.fromkeys(_CORRECTIONS, "ErratumIn"),
    "expression_of_concern": "ExpressionOfConcernIn",
    "new_version": "UpdateIn",
    "new_edition": "UpdateIn",
    _REINSTATEMENT: "ReinstatementIn",
}
_IS_ABOUT = {
    **dict.fromkeys(_RETRACTIONS, "RetractionOf"),
    **dict.fromkeys(_CORRECTIONS, "ErratumFor"),
    "expression_of_concern": "ExpressionOfConcernFor",
    "new_version": "UpdateOf",
    "new_edition": "UpdateOf",
    _REINSTATEMENT: "ReinstatementOf",
}
_RELATIONS = {
    "is-preprint-of": ("UpdateIn", "the published version of this preprint"),
    "has-preprint": ("UpdateOf", "its preprint"),
    "has-translation": ("HasTranslation", "its translation"),
    "is-translation-of": ("TranslationOf", "the work that this translates"),
    "has-version": ("HasVersion", "another version"),
    "is-version-of": ("VersionOf", "another version"),
    "is-same-as": ("SameAs", "the same work"),
}


def notices(work: Mapping[str, Any], own: str) -> tuple[NoticeLink, ...]:
    """The links of a work: what befell it, what it is about, its preprint or published version.

    The same notice reported by the publisher and by Retraction Watch is one link. Of the types that are not
    documented those that name a retraction or a withdrawal are taken for one; others keep their own name, which no
    rule takes for anything.

    Args:
        work: Crossref's message.
        own: The work's DOI in lower case.

    Raises:
        DriftError: Updates or relations are not made as documented.
    """
    links: dict[tuple[str, str], NoticeLink] = {}
    for link in (*_updates(work, own), *_related(work, own)):
        key = (link.ref_type, link.doi or link.note)
        if first := links.get(key):
            told_by = tuple(dict.fromkeys((*first.told_by, *link.told_by)))
            links[key] = replace(first, told_by=told_by, date=first.date or link.date)
        else:
            links[key] = link
    return tuple(links.values())


def _updates(work: Mapping[str, Any], own: str) -> Iterator[NoticeLink]:
    for field, ref_types in (("updated-by", _BEFELL), ("update-to", _IS_ABOUT)):
        for entry in mappings(work, field):
            kind = text(entry, "type").lower().replace("-", "_") or "update of a kind not told"
            documented = _documented(kind)
            ref_type = ref_types.get(documented, kind)
            notice = _parsed_doi(text(entry, "DOI"))
            if field == "updated-by" and documented in ("withdrawal", "removal") and own.startswith(COCHRANE):
                # Cochrane withdraws reviews that are out of date, too: the newer version is named then.
                ref_type = "WithdrawalIn" if notice in (None, own) else "UpdateIn"
            reporter = text(entry, "source").lower()
            link = NoticeLink(
                ref_type=ref_type,
                ref_source="",
                note=kind.replace("_", " "),
                doi=notice,
                told_by=(reporter,) if reporter else (),
                date=dated(entry, "updated"),
            )
            # A paper replaced by its own notice under the same DOI "updates" itself.
            if field == "updated-by" or link.doi != own:
                yield link


def _documented(kind: str) -> str:
    """The documented type that one of another spelling means: `retraction_and_replacement` is a `retraction`."""
    return kind if kind in _BEFELL else next((known for stem, known in _STEMS.items() if stem in kind), kind)


def _related(work: Mapping[str, Any], own: str) -> Iterator[NoticeLink]:
    relations = mapping(work, "relation")
    for name, (ref_type, note) in _RELATIONS.items():
        for entry in mappings(relations, name):
            doi = _parsed_doi(text(entry, "id")) if text(entry, "id-type").lower() == "doi" else None
            if doi and doi != own:
                yield NoticeLink(ref_type, "", note=note, doi=doi)


def _parsed_doi(written: str) -> str | None:
    """The DOI in the project's own form; None when it is none."""
    parsed = ids.parse(IdKind.DOI, written) if written else None
    return parsed.value if isinstance(parsed, Identifier) else None


# Values as Crossref and CSL JSON hold them.

_LONGEST_TEXT = 20_000  # characters; a title full of MathML has a few thousand


class DriftError(ValueError):
    """A message that is not made as documented; its text begins `schema drift`."""

    def __init__(self, field: str) -> None:
        super().__init__(f'schema drift: "{field}" does not have the documented form')


def texts(work: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """The texts of a field, markup and all, the empty ones left out.

    Raises:
        DriftError: It is neither text nor a list of texts, or longer than any such text.
    """
    value = work.get(field)
    entries = value if isinstance(value, list) else [value]
    if any(entry is not None and not isinstance(entry, str) for entry in entries):
        raise DriftError(field)
    if any(len(entry or "") > _LONGEST_TEXT for entry in entries):
        raise DriftError(field)
    return tuple(entry for entry in entries if entry and entry.strip())


def text(work: Mapping[str, Any], field: str) -> str:
    """The first text of a field, plain; numbers as text."""
    value = work.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return plain(next(iter(texts(work, field)), ""))


def mappings(work: Mapping[str, Any], field: str) -> tuple[Mapping[str, Any], ...]:
    """The objects of a field that is a list of them; () when it is missing.

    Raises:
        DriftError: It is anything else.
    """
    value = work.get(field)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise DriftError(field)
    return tuple(value)


def mapping(work: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """The object in a field; empty when it is missing.

    Raises:
        DriftError: It is anything else.
    """
    value = work.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DriftError(field)
    return value


def dated(work: Mapping[str, Any], field: str) -> PartialDate | None:
    """A date given as `date-parts`, as precise as it is possible; None when it says nothing (`[[null]]`).

    Raises:
        DriftError: It is not such a date.
    """
    parts = mapping(work, field).get("date-parts")
    if parts is None:
        return None
    if not isinstance(parts, list) or not all(isinstance(part, list) for part in parts):
        raise DriftError(field)
    try:
        numbers = [int(number) for number in (parts[0] if parts else []) if number is not None]
    except (TypeError, ValueError, OverflowError) as error:
        raise DriftError(field) from error
    if not numbers or not 1 <= numbers[0] <= 9999:
        return None
    year, month, day = (*numbers, 0, 0)[:3]
    if not 1 <= month <= 12:
        return PartialDate(year)
    try:
        date(year, month, day)
    except (ValueError, OverflowError):
        return PartialDate(year, month)
    return PartialDate(year, month, day)


def authors(work: Mapping[str, Any], field: str) -> tuple[Author, ...]:
    """The people and bodies of a field, in order; those without any name are left out."""
    people = []
    for entry in mappings(work, field):
        family, given = text(entry, "family"), text(entry, "given")
        body = text(entry, "name") or text(entry, "literal")
        if family or given:
            particle, suffix = text(entry, "non-dropping-particle"), text(entry, "suffix")
            name = (f"{particle} {family}".strip(), given, initials(given)) if family else (given, "", "")
            people.append(Author(*name, suffix=suffix))
        elif body:
            people.append(Author(collective=body))
    return tuple(people)


# Text as publishers deposit it with Crossref: JATS, HTML and MathML tags, entities escaped once or twice.

_TAG = regex(r"<(/?)\s*(?:[a-z]{2,8}:)?([a-zA-Z][a-zA-Z0-9-]*)(?:\s[^<>]*)?(/?)>")
# Twins of the same formula for other readers: their content would be in the title twice.
_TWIN = regex(
    r"<((?:[a-z]{2,8}:)?(?:annotation|annotation-xml|tex-math))(?:\s[^<>]*)?>.*?</\1\s*>", re.DOTALL | re.IGNORECASE
)
_FORMULA = regex(r"<((?:[a-z]{2,8}:)?math)(?:\s[^<>]*)?>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_LAYOUT = regex(r"(?<=>)\s+|(?<!\s)\s++(?=<)")
_MARKUP = {
    "i": "i",
    "em": "i",
    "italic": "i",
    "b": "b",
    "strong": "b",
    "bold": "b",
    "sub": "sub",
    "inf": "sub",
    "sup": "sup",
    "u": "u",
    "underline": "u",
}
_BREAKS = frozenset({"br", "break", "p", "sec", "title"})
# Anything else in angle brackets may be text: "<Lactobacillus>", "p<q and r>s".
_DROPPED = _BREAKS | frozenset(
    {
        "a",
        "abbrev",
        "alternatives",
        "disp-formula",
        "div",
        "ext-link",
        "fn",
        "font",
        "graphic",
        "inline-formula",
        "inline-graphic",
        "monospace",
        "named-content",
        "roman",
        "sans-serif",
        "sc",
        "scp",
        "small",
        "span",
        "strike",
        "styled-content",
        "text",
        "tt",
        "xref",
    }
    | {"math", "mi", "mn", "mo", "mtext", "mrow", "mstyle", "msub", "msup", "msubsup", "mfrac", "msqrt", "mspace"}
    | {"mfenced", "mover", "munder", "munderover", "mtable", "mtr", "mtd", "semantics", "mpadded", "merror", "mphantom"}
)


_RAISED = regex(r"<sup>([^<>]*)</sup>")
_LOWERED = regex(r"<sub>([^<>]*)</sub>")
_ANY_TAG = regex(r"</?[a-z]+>")


def plain(text: str) -> str:
    """The text without markup, entities decoded, white space single."""
    return " ".join("".join(piece for piece, is_tag in _pieces(text) if not is_tag).split())


def marked(text: str) -> str:
    """The text as HTML that knows only i, b, sub, sup and u; unbalanced tags are left out."""
    pieces = list(_pieces(text))
    opened: list[str] = []
    for tag in (piece for piece, is_tag in pieces if is_tag):
        if not tag.startswith("</"):
            opened.append(tag)
        elif not opened or opened.pop() != f"<{tag[2:]}":
            return html.escape(plain(text), quote=False)
    if opened:
        return html.escape(plain(text), quote=False)
    return " ".join("".join(piece if is_tag else html.escape(piece, quote=False) for piece, is_tag in pieces).split())


def _quotable(text: str) -> str:
    """The text as `evidence.matching.tokens` reads it: superscripts after `^`, subscripts after `_`."""
    written = _RAISED.sub(lambda found: raised(found[1]), _LOWERED.sub(lambda found: lowered(found[1]), marked(text)))
    return " ".join(html.unescape(_ANY_TAG.sub("", written)).split())


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Text, and the retained tags (True), in order."""
    # Some titles are escaped twice: `&amp;lt;i&amp;gt;` is markup all the same.
    text = html.unescape(html.unescape(text))
    text = _FORMULA.sub(lambda formula: _LAYOUT.sub("", _TWIN.sub("", formula[0])), _TWIN.sub("", text))
    at = 0
    for tag in _TAG.finditer(text):
        closing, name, empty = tag[1], tag[2].lower(), tag[3]
        if name not in _MARKUP and name not in _DROPPED:
            continue
        yield text[at : tag.start()], False
        at = tag.end()
        if name in _BREAKS:
            yield " ", False
        elif name in _MARKUP and not empty:
            yield f"<{closing}{_MARKUP[name]}>", True
    yield text[at:], False


OPENER = Opener(
    connect=lambda access: Crossref(
        access.services, access.clock, base=access.addresses[NAME], email=access.settings.ncbi_email
    ),
    read=read_stored,
    read_text=read_text,
    probe=Probe(
        "Crossref",
        lambda _, address: Request(f"{address}/works?filter=doi:{A_DOI}&rows=1", NAME, _GAP),
        b'"message-type"',
    ),
)
