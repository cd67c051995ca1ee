"""Identifiers as values. Parsing and printing them is `evidence.model.identifiers`' work."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from evidence.model import urls as webaddress
from evidence.model.urls import Malformed

# Identifiers as values. Parsing and printing them is `evidence.identifiers`' work.


class IdKind(StrEnum):
    """Kinds of identifier, in the order in which a reference's own state is decided."""

    SETID = "setid"
    PMID = "pmid"
    PMCID = "pmcid"
    DOI = "doi"
    NCT = "nct"
    URL = "url"


ARTICLES = frozenset({IdKind.PMID, IdKind.PMCID, IdKind.DOI})
"""What articles are identified by."""
LABELS = frozenset({IdKind.SETID})
"""What drug labels are identified by."""
PAGES = frozenset({IdKind.URL})
"""What cited pages are identified by."""


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """One identifier in canonical form, e.g. `pmid:23359310`.

    `value` holds: SETID a lower-case UUID; PMID digits without leading zeros; PMCID `PMC` and
    digits; DOI lower-case without resolver; NCT `NCT` and eight digits; URL the normalised address.
    """

    kind: IdKind
    value: str

    def __hash__(self) -> int:
        """By the value alone: it tells identifiers apart well enough, and an enum's hash is slow."""
        return hash(self.value)

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


# Identifiers: read from what people write, told in one canonical form, printed as addresses.

FIELD_OF: Mapping[IdKind, str] = MappingProxyType(
    {
        IdKind.SETID: "setid",
        IdKind.PMID: "PMID",
        IdKind.PMCID: "PMCID",
        IdKind.DOI: "DOI",
        IdKind.URL: "URL",
    }
)
"""The field of references.yaml that holds an identifier of a kind."""

_NAMES = {
    IdKind.SETID: "DailyMed Set ID",
    IdKind.PMID: "PMID",
    IdKind.PMCID: "PubMed Central number",
    IdKind.DOI: "DOI",
    IdKind.NCT: "ClinicalTrials.gov number",
    IdKind.URL: "web address",
}
_LOOKS_LIKE = {
    IdKind.SETID: "a UUID such as 06ff2d5a-e62b-4fa4-bbdb-01938535bc65",
    IdKind.PMID: "1 to 8 digits",
    IdKind.PMCID: "PMC and digits",
    IdKind.DOI: "10.<registrant>/<name>",
    IdKind.NCT: "NCT and 8 digits",
}
_LONGEST = 1000  # far beyond any identifier in use

_PMID = re.compile(r"(?:(?:pmid|pubmed(?:\s*+id)?)\s*+[:#]?\s*+)?0*([1-9][0-9]{0,7})", re.IGNORECASE)
_PMCID = re.compile(r"(?:pmcid\s*+[:#]?\s*+)?pmc\s*+0*([1-9][0-9]{0,8})(?:\.[0-9]{1,3})?", re.IGNORECASE)
_UUID = re.compile(
    r"(?:urn:uuid:|set\s*+id\s*+[:=]?\s*+)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?",
    re.IGNORECASE,
)
_NCT = re.compile(r"nct\s*([0-9]{8})", re.IGNORECASE)
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+")
_DOI_PREFIX = re.compile(r"(?:doi\s*+[:=]?\s*+|info:doi/|urn:doi:)(?=10\.)", re.IGNORECASE)
_DOI_HOSTS = {"doi.org", "dx.doi.org", "www.doi.org"}
_DOI_RESOLVER = re.compile(r"(?:doi\s*:\s*)?(?:https?://)?(?:dx\.|www\.)?doi\.org/", re.IGNORECASE)
_PROSE_END = ".,;:!?'\">\u201d\u2019\u00bb"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-")
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def parse(kind: IdKind, text: str) -> Identifier | Malformed:
    """Read one identifier of a kind from what a person wrote; Malformed says what is wrong with it.

    Prefixes (`PMID:`, `doi:`), resolver addresses, case, leading zeros, full-width digits and
    trailing punctuation of prose are understood; `is_canonical` tells whether any had to be.
    """
    if kind is IdKind.URL:
        address = webaddress.normalise(text)
        if isinstance(address, Malformed):
            return _elsewhere(kind, text) or address
        return Identifier(kind, address)
    if len(text) > _LONGEST:
        return Malformed(f"{len(text):,} characters are no {_NAMES[kind]}")
    value = _READERS[kind](_cleaned(text))
    if value is not None:
        return Identifier(kind, value)
    carried = from_url(text)
    if carried is not None and carried.kind is kind:
        return carried
    return _elsewhere(kind, text) or _misfit(kind, text)


def is_canonical(kind: IdKind, text: str) -> bool:
    """Whether the text is written as it should be; the case of a DOI's letters is free."""
    identifier = parse(kind, text)
    if isinstance(identifier, Malformed):
        return False
    if kind is IdKind.DOI:
        return text.translate(_ASCII_LOWER) == identifier.value
    return _is_canonical_address(text) if kind is IdKind.URL else text == identifier.value


def from_url(text: str) -> Identifier | None:
    """The PMID, PMCID, DOI, Set ID or NCT number that an address of its registry carries; else None."""
    address = webaddress.normalise(text)
    if isinstance(address, Malformed):
        return None
    parts = urlsplit(address)
    reader = _SITES.get((parts.hostname or "").removeprefix("www."))
    return reader(parts.path, dict(_lower_keys(parts.query))) if reader else None


def url_of(identifier: Identifier) -> str:
    """The registry's canonical page of an identifier; a URL is its own."""
    match identifier.kind:
        case IdKind.PMID:
            return f"https://pubmed.ncbi.nlm.nih.gov/{identifier.value}/"
        case IdKind.PMCID:
            return f"https://pmc.ncbi.nlm.nih.gov/articles/{identifier.value}/"
        case IdKind.DOI:
            return f"https://doi.org/{quote(identifier.value, safe='/:;()@!$,*+=')}"
        case IdKind.SETID:
            return f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={identifier.value}"
        case IdKind.NCT:
            return f"https://clinicaltrials.gov/study/{identifier.value}"
        case IdKind.URL:
            return identifier.value


def _cleaned(text: str) -> str:
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return seen.strip()


def _ascii_form(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_DASHES).strip()


def _read_pmid(text: str) -> str | None:
    match = _PMID.fullmatch(_ascii_form(text).rstrip("."))
    return match[1] if match else None


def _read_pmcid(text: str) -> str | None:
    match = _PMCID.fullmatch(_ascii_form(text).rstrip("."))
    return f"PMC{match[1]}" if match else None


def _read_setid(text: str) -> str | None:
    match = _UUID.fullmatch(_ascii_form(text))
    return "-".join(match.groups()).lower() if match else None


def _read_nct(text: str) -> str | None:
    match = _NCT.fullmatch(_ascii_form(text))
    return f"NCT{match[1]}" if match else None


def _read_doi(text: str) -> str | None:
    resolver = _DOI_RESOLVER.match(text)
    if resolver:
        text = unquote(re.split(r"[?#]", text[resolver.end() :], maxsplit=1)[0])
    return _plain_doi(_DOI_PREFIX.sub("", text, count=1))


def _plain_doi(text: str) -> str | None:
    doi = without_prose_end(text)
    if not _DOI.fullmatch(doi) or webaddress.invisible_character(doi):
        return None
    return doi.translate(_ASCII_LOWER)


def without_prose_end(text: str) -> str:
    """An address or DOI without the punctuation of the prose around it; brackets that close what it opens stay."""
    end = len(text)
    while end:
        last = text[end - 1]
        opening = _BRACKETS.get(last)
        unbalanced = opening is not None and text.count(last, 0, end) > text.count(opening, 0, end)
        if last not in _PROSE_END and not unbalanced:
            break
        end -= 1
    return text[:end]


_READERS: Mapping[IdKind, Callable[[str], str | None]] = {
    IdKind.PMID: _read_pmid,
    IdKind.PMCID: _read_pmcid,
    IdKind.SETID: _read_setid,
    IdKind.NCT: _read_nct,
    IdKind.DOI: _read_doi,
}


def _elsewhere(kind: IdKind, text: str) -> Malformed | None:
    """When the text is an identifier of another kind: say so, and where it belongs."""
    if len(text) > _LONGEST:
        return None
    carried = from_url(text)
    if carried is None:
        passed_over = {kind, IdKind.PMID} if kind is IdKind.PMCID else {kind}  # bare digits may be either
        values = ((other, read(_cleaned(text))) for other, read in _READERS.items() if other not in passed_over)
        carried = next((Identifier(other, value) for other, value in values if value), None)
    if carried is None or carried.kind not in FIELD_OF:
        return None
    there = f"{FIELD_OF[carried.kind]}: {carried.value}"
    return Malformed(f"this is a {_NAMES[carried.kind]}, not a {_NAMES[kind]}", there)


def _misfit(kind: IdKind, text: str) -> Malformed:
    if not text.strip():
        return Malformed(f"the {_NAMES[kind]} is empty")
    if hidden := webaddress.invisible_character(text.strip()):
        return Malformed(f"the {_NAMES[kind]} holds the invisible character {hidden}")
    bare = _read_pmid(_cleaned(text)) if kind is IdKind.PMCID else None
    if bare:
        return Malformed("a PubMed Central number begins with PMC", f"PMC{bare}")
    return Malformed(f"this is no {_NAMES[kind]}, which is {_LOOKS_LIKE[kind]}")


def _is_canonical_address(text: str) -> bool:
    carried = from_url(text)
    if carried is None or "version" in dict(_lower_keys(urlsplit(text).query)):
        return webaddress.is_normal(text)  # lookup.cfm?setid=…&version=… names a version, which no canonical page does
    return _loosely(text) == _loosely(url_of(carried))


def _loosely(address: str) -> str:
    return unquote(address.partition("#")[0]).translate(_ASCII_LOWER).rstrip("/")


def _lower_keys(query: str) -> list[tuple[str, str]]:
    return [(key.lower(), value) for key, value in parse_qsl(query)]


def _in_pubmed(path: str, _: Mapping[str, str]) -> Identifier | None:
    match = re.match(r"/(?:pubmed/)?0*([1-9][0-9]{0,7})[.,;)]*(?:/|$)", path)
    return Identifier(IdKind.PMID, match[1]) if match else None


def _in_pmc(path: str, _: Mapping[str, str]) -> Identifier | None:
    match = re.match(r"(?:/pmc)?/articles/pmc0*([1-9][0-9]{0,8})(?:\.[0-9]{1,3})?[.,;)]*(?:/|$)", path, re.IGNORECASE)
    return Identifier(IdKind.PMCID, f"PMC{match[1]}") if match else None


def _in_ncbi(path: str, query: Mapping[str, str]) -> Identifier | None:
    if path.startswith(("/pubmed/", "/m/pubmed/")):
        return _in_pubmed(path.removeprefix("/m"), query)
    if path.startswith("/pmc/"):
        return _in_pmc(path, query)
    number = query.get("list_uids", "")
    if path == "/entrez/query.fcgi" and query.get("db", "").lower() == "pubmed" and _PMID.fullmatch(number):
        return Identifier(IdKind.PMID, number.lstrip("0"))
    return None


def _in_doi(path: str, _: Mapping[str, str]) -> Identifier | None:
    value = _plain_doi(unquote(path).removeprefix("/"))
    return Identifier(IdKind.DOI, value) if value else None


def _in_dailymed(path: str, query: Mapping[str, str]) -> Identifier | None:
    service = re.search(r"/spls/([0-9A-Fa-f-]{36})(?:[./]|$)", path)
    value = _read_setid(service[1] if service else query.get("setid", ""))
    return Identifier(IdKind.SETID, value) if value else None


def _in_trials(path: str, _: Mapping[str, str]) -> Identifier | None:
    found = (_read_nct(segment) for segment in path.split("/"))
    return next((Identifier(IdKind.NCT, value) for value in found if value), None)


_SITES: Mapping[str, Callable[[str, Mapping[str, str]], Identifier | None]] = {
    "pubmed.ncbi.nlm.nih.gov": _in_pubmed,
    "pubmed.gov": _in_pubmed,
    "ncbi.nlm.nih.gov": _in_ncbi,
    "pmc.ncbi.nlm.nih.gov": _in_pmc,
    **dict.fromkeys(sorted(host.removeprefix("www.") for host in _DOI_HOSTS), _in_doi),
    "dailymed.nlm.nih.gov": _in_dailymed,
    "clinicaltrials.gov": _in_trials,
    "classic.clinicaltrials.gov": _in_trials,
}
"""Sites whose addresses carry an identifier, without `www.`."""
