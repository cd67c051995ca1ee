"""What Crossref's replies are worth, judged before anyone believes them, and how its addresses are made.

Crossref leaves out of a list what it does not hold, and answers 404 with the words "Resource not
found." for a single DOI. Its pace is told in headers (limits changed on 1 December 2025).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from evidence.model import identifiers as ids
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.outcomes import Answer, Blocked, Cause, Found, NotFound, Outcome, Unavailable
from evidence.model.ports import Clock
from evidence.model.records import Article, Author, Journal, NoticeLink, PublicationType
from evidence.sources.http.request import Doubt, Exchanger, Reply, Request
from evidence.sources.spec import Probe, Service, SourceSpec

# What Crossref's replies are worth, judged before anyone believes them, and how its addresses are made.

_LONGEST_ADDRESS = 4000  # characters; beyond 4 KB, servers on the way may refuse
_LONGEST_QUERY = 600  # characters of a citation; what follows is more authors or a note
_NOT_FOUND = b"resource not found"
_INTERVAL = re.compile(r"(\d+(?:\.\d+)?)\s*s?")
_VOLATILE = ("indexed", "reference", "license", "link", "score", "is-referenced-by-count", "funder")
_SLOWEST = 5.0
_HEAD = 2048


def lists(base: str, dois: Iterable[str], email: str | None) -> Iterator[tuple[str, Sequence[str]]]:
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
    asked = ",".join(f"doi:{quote(doi, safe='/:()')}" for doi in dois)
    mailto = f"&mailto={quote(email)}" if email else ""
    return f"{base}/works?rows={len(dois)}{mailto}&filter={asked}"


def single(base: str, doi: str, email: str | None) -> str:
    """The address of one work."""
    mailto = f"?mailto={quote(email)}" if email else ""
    return f"{base}/works/{quote(doi, safe='')}{mailto}"


def search(base: str, printed: str, rows: int, email: str | None) -> str:
    """The address that asks for the works likest to a printed citation, their DOIs alone."""
    text = printed[:_LONGEST_QUERY].encode("utf-8", "replace").decode()
    mailto = f"&mailto={quote(email)}" if email else ""
    return f"{base}/works?rows={rows}&select=DOI{mailto}&query.bibliographic={quote(text, safe='')}"


def fits_filter(doi: str) -> bool:
    """Whether a list can be asked for this DOI; a comma would end it there."""
    return "," not in doi


def rate_limit_gap(headers: Mapping[str, str], gap: float) -> float:
    """The seconds between requests that `x-rate-limit-limit` and `-interval` allow; `gap` when they say nothing."""
    limit = headers.get("x-rate-limit-limit", "").strip()
    interval = _INTERVAL.fullmatch(headers.get("x-rate-limit-interval", "").strip())
    if interval is None or not limit.isdecimal() or int(limit) < 1:
        return gap
    return min(max(float(interval[1]) / int(limit), 0.02), _SLOWEST)


def list_problem(reply: Reply) -> str | None:
    """Why a list cannot be believed; None for a whole one, and for a refusal of its filter (400)."""
    objection = search_problem(reply)
    if objection is not None or reply.status == 400:
        return objection
    message, _ = _message(reply, "work-list")
    if message.get("total-results") != len(message["items"]):
        return f"the list holds {len(message['items'])} of {message.get('total-results')} works"
    return None


def search_problem(reply: Reply) -> str | None:
    """Why a list of search results cannot be believed; None for one of works, and for a refusal (400)."""
    if reply.status == 400:
        return None
    message, objection = _message(reply, "work-list")
    if objection is not None:
        return objection
    items = message.get("items")
    works = isinstance(items, list) and all(isinstance(item, dict) and _doi(item) for item in items)
    return None if works else "schema drift: the list's items are no works"


def single_problem(reply: Reply, doi: str) -> str | None:
    """Why the reply about one DOI cannot be believed; None for its work and for Crossref's own "no"."""
    if is_no(reply):
        return None
    message, objection = _message(reply, "work")
    if objection is not None:
        return objection
    return None if _doi(message) == doi.lower() else "Crossref answered about another DOI"


def is_no(reply: Reply) -> bool:
    """Whether Crossref says that it does not hold the DOI; a web server's own 404 page does not."""
    return reply.status == 404 and _NOT_FOUND in reply.body[:_HEAD].lower() and b"<html" not in reply.body[:_HEAD]


def _message(reply: Reply, message_type: str) -> tuple[Mapping[str, Any], str | None]:
    """The message of a reply, and why it cannot be believed."""
    if reply.status != 200:
        return {}, f"the service answered {reply.status}"
    head = reply.body[:_HEAD].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return {}, "a web page came instead of data"
    told = json_object(reply.body)
    if told is None:
        return {}, "the reply is no complete JSON"
    message = told.get("message")
    if told.get("status") != "ok" or told.get("message-type") != message_type or not isinstance(message, dict):
        return {}, f'no {message_type} but status "{_short(told, "status")}", type "{_short(told, "message-type")}"'
    return message, None


def works_in(reply: Reply) -> Mapping[str, Mapping[str, Any]]:
    """The works of a believable list by DOI in lower case."""
    message, _ = _message(reply, "work-list")
    return {_doi(item): item for item in message.get("items", ())}


def work_in(reply: Reply) -> Mapping[str, Any]:
    """The work of a believable single reply."""
    return _message(reply, "work")[0]


def stored_work(work: Mapping[str, Any]) -> bytes:
    """The work as it is kept: without its reference list and what changes though the record does not."""
    facts = {name: value for name, value in work.items() if name not in _VOLATILE}
    return json.dumps(facts, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")


def json_object(body: bytes) -> Mapping[str, Any] | None:
    """The object that a JSON text is; None when it is anything else."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _doi(work: Mapping[str, Any]) -> str:
    told = work.get("DOI")
    return told.lower() if isinstance(told, str) else ""


def _short(told: Mapping[str, Any], field: str) -> str:
    return "".join(char for char in str(told.get(field))[:40] if char.isprintable())


# Text as publishers deposit it with Crossref: JATS, HTML and MathML tags, entities escaped once or twice.

_TAG = re.compile(r"<(/?)\s*(?:[a-z]{2,8}:)?([a-zA-Z][a-zA-Z0-9-]*)(?:\s[^<>]*)?(/?)>")
# Twins of the same formula for other readers: their content would stand in the title twice.
_TWIN = re.compile(
    r"<((?:[a-z]{2,8}:)?(?:annotation|annotation-xml|tex-math))(?:\s[^<>]*)?>.*?</\1\s*>", re.DOTALL | re.IGNORECASE
)
_FORMULA = re.compile(r"<((?:[a-z]{2,8}:)?math)(?:\s[^<>]*)?>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_LAYOUT = re.compile(r"(?<=>)\s+|(?<!\s)\s++(?=<)")
_KEPT = {
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


def plain(text: str) -> str:
    """The text without markup, entities decoded, white space single."""
    return _tidied("".join(piece for piece, is_tag in _pieces(text) if not is_tag))


def marked(text: str) -> str:
    """The text as HTML that knows only i, b, sub, sup and u; unbalanced tags are left out."""
    pieces = list(_pieces(text))
    if not _is_balanced([piece for piece, is_tag in pieces if is_tag]):
        return html.escape(plain(text), quote=False)
    return _tidied("".join(piece if is_tag else html.escape(piece, quote=False) for piece, is_tag in pieces))


def _tidied(text: str) -> str:
    return " ".join(text.split())


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Text, and the tags that are kept (True), in order."""
    # Some titles are escaped twice: `&amp;lt;i&amp;gt;` is markup all the same.
    text = html.unescape(html.unescape(text))
    text = _FORMULA.sub(lambda formula: _LAYOUT.sub("", _TWIN.sub("", formula[0])), _TWIN.sub("", text))
    at = 0
    for tag in _TAG.finditer(text):
        closing, name, empty = tag[1], tag[2].lower(), tag[3]
        if name not in _KEPT and name not in _DROPPED:
            continue
        yield text[at : tag.start()], False
        at = tag.end()
        if name in _BREAKS:
            yield " ", False
        elif name in _KEPT and not empty:
            yield f"<{closing}{_KEPT[name]}>", True
    yield text[at:], False


def _is_balanced(tags: list[str]) -> bool:
    opened: list[str] = []
    for tag in tags:
        if not tag.startswith("</"):
            opened.append(tag)
        elif not opened or opened.pop() != f"<{tag[2:]}":
            return False
    return not opened


# Values as Crossref and CSL JSON hold them, read strictly: another shape than documented is schema drift.

_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_RUN = 3
_LONGEST_TEXT = 20_000  # characters; a title full of MathML has a few thousand


class DriftError(ValueError):
    """A message that is not made as documented; its text begins `schema drift`."""

    def __init__(self, field: str) -> None:
        super().__init__(f'schema drift: "{field}" is not made as it should be')


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
    """The first text of a field, plain; numbers are told as text."""
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
        DriftError: It is no such date.
    """
    told = mapping(work, field)
    parts = told.get("date-parts")
    if parts is None:
        return None
    if not isinstance(parts, list) or not all(isinstance(part, list) for part in parts):
        raise DriftError(field)
    try:
        numbers = [int(number) for number in (parts[0] if parts else []) if number is not None]
        return _partial(numbers)
    except (TypeError, ValueError, OverflowError) as error:
        raise DriftError(field) from error


def _partial(numbers: list[int]) -> PartialDate | None:
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
    people = (_author(entry) for entry in mappings(work, field))
    return tuple(person for person in people if person != Author())


def _author(entry: Mapping[str, Any]) -> Author:
    family, given = text(entry, "family"), text(entry, "given")
    body = text(entry, "name") or text(entry, "literal")
    if not family and not given:
        return Author(collective=body)
    particle = text(entry, "non-dropping-particle")
    return Author(
        family=f"{particle} {family}".strip() if family else given,
        given=given if family else "",
        initials=initials(given) if family else "",
        suffix=text(entry, "suffix"),
    )


def initials(given: str) -> str:
    """The initials of given names as MEDLINE writes them: `Jean-Paul` JP, `A. J.` AJ, `AJ` AJ, `Yu-Hsiu` YH."""
    return "".join(word if _is_run(word) else word[0].upper() for word in _WORD.findall(given))


def _is_run(word: str) -> bool:
    """Whether a word is initials already, written without spaces."""
    return word.isupper() and len(word) <= _LONGEST_RUN


# What Crossref says of retractions, concerns, corrections and versions, in the words of PubMed's links.

# NLM files partial retractions as errata too (NLM Technical Bulletin 2016 Sep-Oct).
_CORRECTIONS = ("correction", "corrigendum", "erratum", "addendum", "clarification", "partial_retraction")
_RETRACTIONS = ("retraction", "withdrawal", "removal")
_BEFELL = {
    **dict.fromkeys(_RETRACTIONS, "RetractionIn"),
    **dict.fromkeys(_CORRECTIONS, "ErratumIn"),
    "expression_of_concern": "ExpressionOfConcernIn",
    "new_version": "UpdateIn",
    "new_edition": "UpdateIn",
}
_IS_ABOUT = {
    **dict.fromkeys(_RETRACTIONS, "RetractionOf"),
    **dict.fromkeys(_CORRECTIONS, "ErratumFor"),
    "expression_of_concern": "ExpressionOfConcernFor",
    "new_version": "UpdateOf",
    "new_edition": "UpdateOf",
}
_RELATIONS = {
    "is-preprint-of": ("UpdateIn", "the published version of this preprint"),
    "has-preprint": ("UpdateOf", "its preprint"),
}
# Cochrane withdraws reviews because they are out of date: nothing is wrong with what they said.
_COCHRANE = "10.1002/14651858."


def notices(work: Mapping[str, Any], own: str) -> tuple[NoticeLink, ...]:
    """The links of a work: what befell it, what it is about, its preprint or published version.

    The same notice told by the publisher and by Retraction Watch is one link. Types that are not
    documented keep their own name, which no rule takes for anything.

    Args:
        work: Crossref's message.
        own: The work's DOI in lower case.

    Raises:
        DriftError: Updates or relations are not made as documented.
    """
    found: dict[tuple[str, str], NoticeLink] = {}
    for link in (*_updated_by(work, own), *_update_to(work, own), *_related(work, own)):
        key = (link.ref_type, link.doi or link.note)
        known = found.get(key)
        found[key] = _joined(known, link) if known else link
    return tuple(found.values())


def _joined(one: NoticeLink, other: NoticeLink) -> NoticeLink:
    """The same notice, told by both."""
    told_by = tuple(dict.fromkeys((*one.told_by, *other.told_by)))
    return NoticeLink(
        one.ref_type, one.ref_source, note=one.note, doi=one.doi, told_by=told_by, date=one.date or other.date
    )


def _updated_by(work: Mapping[str, Any], own: str) -> Iterator[NoticeLink]:
    for entry in mappings(work, "updated-by"):
        kind = _kind(entry)
        ref_type = _BEFELL.get(kind, kind)
        if kind in ("withdrawal", "removal") and own.startswith(_COCHRANE):
            ref_type = "UpdateIn"
        yield _link(ref_type, kind, entry)


def _update_to(work: Mapping[str, Any], own: str) -> Iterator[NoticeLink]:
    for entry in mappings(work, "update-to"):
        kind = _kind(entry)
        link = _link(_IS_ABOUT.get(kind, kind), kind, entry)
        # A paper replaced by its own notice under the same DOI "updates" itself.
        if link.doi != own:
            yield link


def _kind(entry: Mapping[str, Any]) -> str:
    return text(entry, "type").lower().replace("-", "_") or "update of a kind not told"


def _link(ref_type: str, kind: str, entry: Mapping[str, Any]) -> NoticeLink:
    told_by = text(entry, "source").lower()
    return NoticeLink(
        ref_type=ref_type,
        ref_source="",
        note=kind.replace("_", " "),
        doi=_doi_crossref_updates(text(entry, "DOI")),
        told_by=(told_by,) if told_by else (),
        date=dated(entry, "updated"),
    )


def _related(work: Mapping[str, Any], own: str) -> Iterator[NoticeLink]:
    relations = mapping(work, "relation")
    for name, (ref_type, note) in _RELATIONS.items():
        for entry in mappings(relations, name):
            doi = _doi_crossref_updates(text(entry, "id")) if text(entry, "id-type").lower() == "doi" else None
            if doi and doi != own:
                yield NoticeLink(ref_type, "", note=note, doi=doi)


def _doi_crossref_updates(written: str) -> str | None:
    """The DOI in the project's own form; None when it is none."""
    parsed = ids.parse(IdKind.DOI, written) if written else None
    return parsed.value if isinstance(parsed, Identifier) else None


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
    title, kind = _title(work), _csl_type(work)
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
        years=_years(work, in_issue),
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


def _csl_type(work: Mapping[str, Any]) -> str:
    told = text(work, "type").lower()
    kind = _CSL_TYPES.get(told, told)
    if kind in _KNOWN_CSL_TYPES:
        return kind
    return "document" if kind else ""


def _publication_types(work: Mapping[str, Any], kind: str) -> tuple[PublicationType, ...]:
    if kind == "article-journal":
        return (_JOURNAL_ARTICLE,)
    is_preprint = text(work, "type") == "posted-content" and text(work, "subtype") in ("preprint", "")
    return (_PREPRINT,) if is_preprint else ()


def _journal(work: Mapping[str, Any], title: str) -> Journal:
    short = text(work, "short-container-title") or text(work, "container-title-short")
    return Journal(title=title, iso="" if short == title else short, issns=texts(work, "ISSN"))


def _first(work: Mapping[str, Any], *fields: str) -> PartialDate | None:
    return next((date for field in fields if (date := dated(work, field))), None)


def _years(work: Mapping[str, Any], in_issue: Mapping[str, Any]) -> tuple[int, ...]:
    """Every year under which the work may be cited: in print, online, or however else it was published."""
    fields = (*_PRINTED, *_ONLINE, *_OTHER_DATES)
    dates = [dated(source, field) for source in (work, in_issue) for field in fields]
    return tuple(sorted({date.year for date in dates if date}))


# Crossref by DOI, through its REST API; never the publisher's page.

NAME = "crossref"
SERVICE = Service("crossref", "https://api.crossref.org")
NOT_HELD = "not held by Crossref"
A_DOI = "10.1000/182"
"""The DOI Handbook's own DOI, which shows whether a service answers, whatever it says of it."""

# Seconds between requests until Crossref's own headers tell its pace.
_GAP = 0.2
_ABSENT = "not-held"


class Crossref:
    """Crossref as a source; never raises for weather.

    Args:
        services: What sends the requests.
        clock: For the time of each answer.
        base: The service's address; `/works` is added.
        email: Sent as `mailto`, for the pool of polite clients; optional.
    """

    def __init__(
        self, services: Exchanger, clock: Clock, *, base: str = SERVICE.address, email: str | None = None
    ) -> None:
        self.address = base.rstrip("/")
        self._services = services
        self._clock = clock
        self._email = email
        self._gap = _GAP

    def look_up(self, identifiers: Iterable[Identifier]) -> Iterator[Answer]:
        """Answer every DOI exactly once: lists first, then alone what the lists left out or cannot be asked."""
        wanted: dict[str, None] = {}
        for identifier in identifiers:
            if identifier.kind is IdKind.DOI:
                wanted[identifier.value] = None
            else:
                nobody = Unavailable("Crossref knows DOIs only", Cause.NO_SOURCE)
                yield Answer(identifier, nobody, NAME, self.address, self._clock.now())
        alone = [doi for doi in wanted if not fits_filter(doi)]
        listed = [doi for doi in wanted if fits_filter(doi)]
        for address, dois in lists(self.address, listed, self._email):
            outcome = self._ask(address, list_problem)
            at = self._clock.now()
            if not isinstance(outcome, Reply):
                yield from (self._answer(doi, outcome, at) for doi in dois)
                continue
            works = {} if outcome.status == 400 else works_in(outcome)
            yield from (self._found(doi, works[doi.lower()], at) for doi in dois if doi.lower() in works)
            alone += [doi for doi in dois if doi.lower() not in works]
        yield from map(self._alone, alone)

    def _alone(self, doi: str) -> Answer:
        address = single(self.address, doi, self._email)
        outcome = self._ask(address, lambda reply: single_problem(reply, doi))
        at = self._clock.now()
        if not isinstance(outcome, Reply):
            return self._answer(doi, outcome, at)
        if is_no(outcome):
            return self._answer(doi, NotFound(NOT_HELD), at, json.dumps({_ABSENT: doi}).encode())
        return self._found(doi, work_in(outcome), at)

    def _ask(self, address: str, doubt: Doubt) -> Reply | Blocked | Unavailable:
        request = Request(address, NAME, self._gap, headers={"Accept": "application/json"})
        outcome = self._services.exchange(request, doubt)
        if isinstance(outcome, Reply):
            self._gap = rate_limit_gap(outcome.headers, self._gap)
        return outcome

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
        ValueError: The bytes are no such answer.
    """
    stored = json_object(raw)
    if stored is None or not ({"DOI", _ABSENT} & stored.keys()):
        raise ValueError(f"{identifier}: schema drift: this is no work of Crossref's")
    return NotFound(NOT_HELD) if _ABSENT in stored else article_of(identifier, stored)


CROSSREF = SourceSpec(
    name=NAME,
    title="Crossref",
    service=SERVICE,
    # DOIs that entries give are for the source `doi`, which asks Crossref first. These are the DOIs that records of
    # PubMed and PubMed Central name: Crossref is the second source on retraction.
    also=frozenset({IdKind.DOI}),
    after="pmc",
    connect=lambda access: Crossref(
        access.services, access.clock, base=access.settings.address(SERVICE), email=access.settings.ncbi_email
    ),
    read=read_stored,
    probe=Probe(
        "Crossref",
        lambda settings: Request(f"{settings.address(SERVICE)}/works?filter=doi:{A_DOI}&rows=1", NAME, _GAP),
        b'"message-type"',
    ),
)
