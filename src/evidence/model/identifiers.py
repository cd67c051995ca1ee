"""Identifiers: read from what people write, held in one canonical form, printed as addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from evidence.model.regex import regex
from evidence.model.urls import Malformed, invisible_character, is_normal, normalise


class IdKind(StrEnum):
    """Kinds of identifier, in the order in which a reference's own state is decided."""

    SETID = "setid"
    PMID = "pmid"
    PMCID = "pmcid"
    DOI = "doi"
    NCT = "nct"
    URL = "url"
    CONTENTS = "contents"
    """The contents of one version of a label: no entry gives it, a run asks about it (`contents_of`)."""
    NOTICES = "notices"
    """The notices about a work that Retraction Watch lists: as above (`notices_about`)."""


ARTICLES = frozenset({IdKind.PMID, IdKind.PMCID, IdKind.DOI})
"""What articles are identified by."""
LABELS = frozenset({IdKind.SETID})
"""What drug labels are identified by."""
TRIALS = frozenset({IdKind.NCT})
"""What registered trials are identified by."""
PAGES = frozenset({IdKind.URL})
"""What cited pages are identified by."""


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """One identifier in canonical form, e.g. `pmid:23359310`.

    `value` holds: SETID a lower-case UUID; PMID digits without leading zeros; PMCID `PMC` and
    digits; DOI lower-case without resolver; NCT `NCT` and eight digits; URL the normalised address; CONTENTS the
    Set ID, a slash and the number of the version; NOTICES the printed form of the work's PMID or DOI.
    """

    kind: IdKind
    value: str

    def __hash__(self) -> int:
        """By the value alone: it distinguishes identifiers well enough, and an enum's hash is slow."""
        return hash(self.value)

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


def contents_of(setid: Identifier, version: int) -> Identifier:
    """The contents of this version of a label."""
    return Identifier(IdKind.CONTENTS, f"{setid.value}/{version}")


def label_version_of(contents: Identifier) -> tuple[str, int]:
    """The Set ID and the number of the version whose contents these are; raises ValueError for anything else."""
    setid, _, version = contents.value.partition("/")
    return setid, int(version)


def notices_about(work: Identifier) -> Identifier:
    """The notices about this work, which is named by a PMID or a DOI."""
    return Identifier(IdKind.NOTICES, str(work))


def work_of(notices: Identifier) -> Identifier:
    """The work that these notices are about; raises ValueError for anything else."""
    kind, _, value = notices.value.partition(":")
    return Identifier(IdKind(kind), value)


FIELD_OF: Mapping[IdKind, str] = MappingProxyType(
    {
        IdKind.SETID: "setid",
        IdKind.PMID: "PMID",
        IdKind.PMCID: "PMCID",
        IdKind.DOI: "DOI",
        IdKind.NCT: "NCT",
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
    IdKind.CONTENTS: "version of a label",
    IdKind.NOTICES: "list of notices",
}
_LOOKS_LIKE = {
    IdKind.SETID: "a UUID such as 06ff2d5a-e62b-4fa4-bbdb-01938535bc65",
    IdKind.PMID: "1 to 8 digits",
    IdKind.PMCID: "PMC followed by digits",
    IdKind.DOI: "10.<registrant>/<name>",
    IdKind.CONTENTS: "a Set ID, a slash and the number of a version",
    IdKind.NOTICES: "pmid: or doi: and the number of a work",
    IdKind.NCT: "NCT followed by 8 digits",
}
_REGISTERED = (IdKind.PMID, IdKind.PMCID, IdKind.SETID, IdKind.NCT, IdKind.DOI)
_LONGEST = 1000  # far beyond any identifier in use

_PMID = regex(r"(?:(?:pmid|pubmed(?:\s*+id)?)\s*+[:#]?\s*+)?0*([1-9][0-9]{0,7})", re.IGNORECASE)
_PMCID = regex(r"(?:pmcid\s*+[:#]?\s*+)?pmc\s*+0*([1-9][0-9]{0,8})(?:\.[0-9]{1,3})?", re.IGNORECASE)
_UUID = regex(
    r"(?:urn:uuid:|set\s*+id\s*+[:=]?\s*+)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?",
    re.IGNORECASE,
)
_LABEL_VERSION = regex(r"[1-9][0-9]{0,6}")
_NCT = regex(
    r"(?:clinicaltrials\.gov\s*+(?:identifier|number|id)?\s*+[:#]?\s*+)?(?:nct\s*+[:#]\s*+)?nct[\s-]*+([0-9]{8})",
    re.IGNORECASE,
)
_DOI = regex(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+")
_DOI_PREFIX = regex(r"(?:doi\s*+[:=]?\s*+|info:doi/|urn:doi:)(?=10\.)", re.IGNORECASE)
_DOI_RESOLVER = regex(r"(?:doi\s*:\s*)?(?:https?://)?(?:dx\.|www\.)?doi\.org/", re.IGNORECASE)
_PREPRINT_VERSION = regex(
    r"(10\.(?:1101|64898)/(?:\d{4}\.\d\d\.\d\d\.)?\d{5,8}|10\.48550/arxiv\.\d{4}\.\d{4,5})v([1-9]\d?)(?!\w)"
    r"(?:\.(?:full|abstract|article|supplementary|source)[\w.+-]{0,40})?"
)
_ENCODED_SICI = regex(r"%(?:3C|5B)\S{0,90}%(?:3E|5D)\d\.\d\.[A-Z]{2}(?:;|%3B)\d", re.IGNORECASE)
_SICI_CHECK = regex(r";\d-#$")
_PUBMED_PATH = regex(r"/(?:pubmed/)?0*([1-9][0-9]{0,7})[.,;)]*(?:/|$)")
_PMC_PATH = regex(r"(?:/pmc)?/articles/pmc0*([1-9][0-9]{0,8})(?:\.[0-9]{1,3})?[.,;)]*(?:/|$)", re.IGNORECASE)
_LABEL_SEARCH = regex(r"/dailymed/(?:search|advanced-search|advsearch|searchresults?)\.cfm", re.IGNORECASE)
_SPLS_PATH = regex(r"/spls/([0-9A-Fa-f-]{36})(?:[./]|$)")
_MISREAD_NUMBER = regex(r"(?=[\dOoIl]*[OoIl])(?=[OoIl]*\d)[\dOoIl]{2,10}")
_PROSE_END = ".,;:!?'\">\u201d\u2019\u00bb"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-")
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def parse(kind: IdKind, text: str) -> Identifier | Malformed:
    """Read one identifier of a kind from what a person wrote; Malformed says what is wrong with it.

    Prefixes (`PMID:`, `doi:`), resolver addresses, case, leading zeros, full-width digits and
    trailing punctuation of prose are understood; `is_canonical` says whether any had to be.
    """
    if kind is IdKind.URL:
        address = normalise(text)
        if isinstance(address, Malformed):
            return _misplaced(kind, text) or address
        return Identifier(kind, address)
    if len(text) > _LONGEST:
        return Malformed(f"{len(text):,} characters are too many for a {_NAMES[kind]}")
    value = _read(kind, _visible(text))
    if value is not None:
        return Identifier(kind, value)
    carried = from_url(text)
    if carried is not None and carried.kind is kind:
        return carried
    if misplaced := _misplaced(kind, text):
        return misplaced
    if not text.strip():
        return Malformed(f"the {_NAMES[kind]} is empty")
    if hidden := invisible_character(text.strip()):
        return Malformed(f"the {_NAMES[kind]} contains the invisible character {hidden}")
    if kind is IdKind.PMCID and (bare := _read(IdKind.PMID, _visible(text))):
        return Malformed("a PubMed Central number begins with PMC", f"PMC{bare}")
    if letter := _misread_letter(kind, _visible(text)):
        return Malformed(f"a {_NAMES[kind]} has only digits; check the letter {letter}")
    return Malformed(f"not a valid {_NAMES[kind]}; expected {_LOOKS_LIKE[kind]}")


def is_canonical(kind: IdKind, text: str) -> bool:
    """Whether the text is written as it should be; the case of a DOI's letters is free."""
    identifier = parse(kind, text)
    if isinstance(identifier, Malformed):
        return False
    if kind is IdKind.DOI:
        return text.translate(_ASCII_LOWER) == identifier.value
    if kind is not IdKind.URL:
        return text == identifier.value
    carried, parts = from_url(text), urlsplit(text)
    if carried is None or "version" in _query(parts.query) or (parts.hostname or "").removeprefix("www.") in _MIRRORS:
        # lookup.cfm?setid=…&version=… names a version, which no canonical page does; a mirror is a page of its own.
        return is_normal(text)
    written, canonical = (
        unquote(address.partition("#")[0]).translate(_ASCII_LOWER).rstrip("/") for address in (text, url_of(carried))
    )
    return written == canonical


def from_url(text: str) -> Identifier | None:
    """The PMID, PMCID, DOI, Set ID or NCT number that an address carries; else None.

    It is read from the registries' own pages, PubMed's and PMC's searches for one number, Europe PMC, and any of these
    as seen through a library's proxy.
    """
    address = normalise(text)
    if isinstance(address, Malformed):
        return None
    parts = urlsplit(address)
    site, path, query = _site_of(parts.hostname or ""), parts.path, _query(parts.query)
    if inner := _behind_login(path, query):
        return from_url(inner)
    if site == "ncbi.nlm.nih.gov":
        if path.startswith(("/pubmed", "/m/pubmed")):
            site, path = "pubmed.ncbi.nlm.nih.gov", path.removeprefix("/m")
        elif path.startswith("/pmc"):
            site = "pmc.ncbi.nlm.nih.gov"
        elif path in _ENTREZ_PAGES and query.get("db", "").lower() == "pubmed":
            return _searched(query.get("list_uids", "") or query.get("term", ""))
    value: str | None = None
    match site:
        case "pubmed.ncbi.nlm.nih.gov" | "pubmed.gov":
            kind, found = IdKind.PMID, _PUBMED_PATH.match(path)
            if found is None and path in {"/", "/pubmed", "/pubmed/"}:
                return _searched(query.get("term", "") or query.get("list_uids", ""))
            value = found[1] if found else None
        case "pmc.ncbi.nlm.nih.gov":
            if (by_pmid := _PMID_IN_PMC.match(path)) is not None:
                return Identifier(IdKind.PMID, by_pmid[1])
            if path in {"/", "/pmc", "/pmc/", "/search/"}:
                return _searched(query.get("term", ""))
            kind, found = IdKind.PMCID, _PMC_PATH.match(path)
            value = f"PMC{found[1]}" if found else None
        case "europepmc.org" | "ukpmc.ac.uk":
            return _at_europe_pmc(path, query)
        case "doi.org" | "dx.doi.org":
            kind, value = IdKind.DOI, _plain_doi(unquote(path).removeprefix("/"))
        case "dailymed.nlm.nih.gov":
            found = _SPLS_PATH.search(path)
            # Searching for nothing but a Set ID is a way to cite the label; other searches cite none.
            given = (found[1] if found else "", query.get("setid", ""), query.get("query", ""))
            kind, value = IdKind.SETID, next(filter(None, (_read(IdKind.SETID, text) for text in given)), None)
        case "clinicaltrials.gov" | "classic.clinicaltrials.gov" | "beta.clinicaltrials.gov":
            # A search for a number alone is how many cite the study; `id` and `term` are the site's own names for it.
            texts = (*path.split("/"), query.get("term", ""), query.get("id", ""))
            numbers = (_read(IdKind.NCT, without_prose_end(text)) for text in texts)
            kind, value = IdKind.NCT, next((number for number in numbers if number), None)
        case _:
            return None
    return Identifier(kind, value) if value else None


def is_label_search(address: str) -> bool:
    """Whether a normal address is that of a search at DailyMed, whose results change, and of no label."""
    parts = urlsplit(address)
    at_dailymed = (parts.hostname or "").removeprefix("www.") == "dailymed.nlm.nih.gov"
    return at_dailymed and _LABEL_SEARCH.fullmatch(parts.path) is not None and from_url(address) is None


_SITES = (
    "pubmed.ncbi.nlm.nih.gov",
    "pmc.ncbi.nlm.nih.gov",
    "ncbi.nlm.nih.gov",
    "pubmed.gov",
    "europepmc.org",
    "ukpmc.ac.uk",
    "dx.doi.org",
    "doi.org",
    "dailymed.nlm.nih.gov",
    "clinicaltrials.gov",
)
_MIRRORS = frozenset({"europepmc.org", "ukpmc.ac.uk"})
_ENTREZ_PAGES = frozenset({"/entrez/query.fcgi", "/sites/entrez", "/entrez"})
_PMID_IN_PMC = regex(r"(?:/pmc)?/articles/pmid/0*([1-9][0-9]{0,7})(?:/|$)", re.IGNORECASE)
_EUROPE_PMC = regex(
    r"/(?:articles?|abstract)/(?:(?P<med>med)/0*(?P<pmid>[1-9][0-9]{0,7})|(?:pmc/)?(?:pmc)?0*(?P<pmcid>[1-9][0-9]{0,8}))"
    r"(?:[./;,)]|$)",
    re.IGNORECASE,
)
_TAGGED = regex(
    r"\s*+\"?(?P<text>[^\"\[\]\s]++)\"?\s*+(?:\[(?:uid|pmid|pubmed id|doi|aid|all fields|pmcid)\])?\s*+", re.IGNORECASE
)
_LEAST_PMID = 5  # digits of a search for a number without a tag, which is no year
_EXTERNAL_ID = regex(r"\(?ext_id:\"?0*([1-9][0-9]{0,7})\"?(?: and src:\"?med\"?)?\)?", re.IGNORECASE)


def is_own_page(address: str) -> bool:
    """Whether an address is that of its identifier's own page at the registry, and so says nothing beside it.

    A search, a mirror and a library's proxy are other pages, which may be kept.
    """
    carried = from_url(address)
    if carried is None:
        return False
    parts = urlsplit(address)
    host = (parts.hostname or "").removeprefix("www.")
    is_search = carried.kind in ARTICLES and not _query(parts.query).keys().isdisjoint({"term", "url", "qurl"})
    return host == _site_of(host) and host not in _MIRRORS and not is_search and "/articles/pmid/" not in parts.path


def _site_of(host: str) -> str:
    """The host without `www.` and without the library's proxy through which it is read.

    Proxies make `www-ncbi-nlm-nih-gov.library.example` or `www.ncbi.nlm.nih.gov.ezproxy.example` of it.
    """
    host = host.removeprefix("www.")
    name, _, proxy = host.partition(".")
    dotted = "-".join(part.replace("-", ".") for part in name.split("--")).removeprefix("www.")
    if proxy and dotted in _SITES:
        return dotted
    return next((site for site in _SITES if host.startswith(f"{site}.") and "proxy" in host), host)


def _behind_login(path: str, query: Mapping[str, str]) -> str | None:
    """The address that a proxy's log-in page leads to (`/login?url=https://…`)."""
    target = query.get("url") or query.get("qurl") or ""
    return target if path.rstrip("/").endswith("/login") and target.startswith(("http://", "https://")) else None


def _searched(term: str) -> Identifier | None:
    """The one PMID, PMCID or DOI that a search is for: `44000001`, `44000001[uid]`, `PMC1234567`, `10.1000/x[doi]`."""
    found = _TAGGED.fullmatch(term)
    if found is None:
        return None
    text = found["text"]
    if text.isdecimal() and "[" not in term and len(text.lstrip("0")) < _LEAST_PMID:
        return None
    read = ((kind, _read(kind, text)) for kind in (IdKind.PMID, IdKind.PMCID, IdKind.DOI))
    return next((Identifier(kind, value) for kind, value in read if value), None)


def _at_europe_pmc(path: str, query: Mapping[str, str]) -> Identifier | None:
    found = _EUROPE_PMC.match(path)
    if found is not None and found["pmid"]:
        return Identifier(IdKind.PMID, found["pmid"])
    if found is not None:
        return Identifier(IdKind.PMCID, f"PMC{found['pmcid']}")
    rendered = _read(IdKind.PMCID, query.get("accid", ""))  # the PDF's address
    if rendered:
        return Identifier(IdKind.PMCID, rendered)
    searched = _EXTERNAL_ID.fullmatch(query.get("query", "").strip())
    return Identifier(IdKind.PMID, searched[1]) if searched else None


# Addresses that name a work by a number of their own, which its registry has to be asked about.

_BOOKSHELF_PATH = regex(r"/books/(nbk[1-9][0-9]{0,8})(?:[/.,;)]|$)", re.IGNORECASE)
_SHORT_DOI = regex(r"/?(?:10/)?([a-z][a-z0-9]{2,9})", re.IGNORECASE)
_BARE_SHORT_DOI = regex(r"(?:doi\s*+[:=]?\s*+)?10/([a-z][a-z0-9]{2,9})", re.IGNORECASE)


def names_work(address: str) -> bool:
    """Whether an address names a work by a number of its own, so that its registry can say which one it is."""
    return bookshelf_accession(address) is not None or short_doi(address) is not None


def bookshelf_accession(address: str) -> str | None:
    """The accession of a book or chapter on NCBI's Bookshelf (`NBK430685`), as its address gives it."""
    parts = urlsplit(address)
    found = _BOOKSHELF_PATH.match(parts.path) if _site_of(parts.hostname or "") == "ncbi.nlm.nih.gov" else None
    return found[1].upper() if found else None


def short_doi(text: str) -> str | None:
    """The handle of a short DOI (`10/b6vnmd`) as an address or a field gives it; it is an alias of a DOI."""
    bare = _BARE_SHORT_DOI.fullmatch(text.strip())
    if bare is not None:
        return f"10/{bare[1].lower()}"
    parts = urlsplit(text)
    if _site_of(parts.hostname or "") not in {"doi.org", "dx.doi.org", "shortdoi.org"}:
        return None
    found = _SHORT_DOI.fullmatch(without_prose_end(parts.path).rstrip("/"))
    return f"10/{found[1].lower()}" if found else None


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
        case IdKind.CONTENTS:
            setid, version = label_version_of(identifier)
            return f"https://dailymed.nlm.nih.gov/dailymed/lookup.cfm?setid={setid}&version={version}"
        case IdKind.NOTICES:
            return url_of(work_of(identifier))
        case IdKind.URL:
            return identifier.value


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


def preprint_version(text: str) -> str | None:
    """The version that bioRxiv, medRxiv and arXiv append to a preprint's DOI (`…v2`), which is registered without."""
    found = _PREPRINT_VERSION.search(text.translate(_ASCII_LOWER))
    return found[2] if found else None


def misread_letter(number: str) -> str | None:
    """The first letter of a number that can only be a digit misread: the letter O, l or I; None where there is none."""
    if not _MISREAD_NUMBER.fullmatch(number):
        return None
    return next(letter for letter in number if letter in "OoIl")


# ISBNs are no identifiers of ours: no source is asked about them, and only their check digit can be verified.

_ISBN = regex(
    r"\bISBN(?:-?1[03])?\s*+:?\s*+([0-9][0-9 -]{8,16}[0-9Xx])|(?<![\d-])(97[89](?:[ -]?[0-9]){10})(?![\d-])",
    re.IGNORECASE,
)


def isbns_in(text: str) -> tuple[str, ...]:
    """The distinct ISBNs in a text that have a right check digit, each as 13 digits."""
    written = (match[1] or match[2] for match in _ISBN.finditer(text))
    read = (isbn for isbn in map(isbn13, written) if isbn is not None)
    return tuple(dict.fromkeys(read))


def misprinted_isbn(written: str) -> str | None:
    """The first ISBN of a field whose check digit is wrong; several may be given, with notes such as (hbk)."""
    for part in re.split(r"[,;()]| (?=97[89])", written):
        digits = re.sub(r"[ -]", "", part).upper()
        if re.fullmatch(r"[0-9]{9}(?:[0-9]{3})?[0-9X]", digits) and isbn13(digits) is None:
            return part.strip()
    return None


def misprinted_isbn_in(text: str) -> str | None:
    """The first number that a text calls an ISBN and whose check digit is wrong."""
    written = (match[1] for match in _ISBN.finditer(text) if match[1])
    return next((found for number in written if (found := misprinted_isbn(number.strip()))), None)


def isbn13(written: str) -> str | None:
    """An ISBN of ten or thirteen digits as thirteen; None where its check digit is wrong (ISO 2108)."""
    digits = re.sub(r"[ -]", "", written).upper()
    if re.fullmatch(r"[0-9]{9}[0-9X]", digits):
        weighted = sum((10 - at) * (10 if char == "X" else int(char)) for at, char in enumerate(digits))
        return None if weighted % 11 else "978" + digits[:9] + _check_digit("978" + digits[:9])
    if re.fullmatch(r"97[89][0-9]{10}", digits) and digits[-1] == _check_digit(digits[:12]):
        return digits
    return None


def _check_digit(twelve: str) -> str:
    return str(-sum(int(char) * (3 if at % 2 else 1) for at, char in enumerate(twelve)) % 10)


def _read(kind: IdKind, text: str) -> str | None:
    """The value of a registered identifier in its canonical form; None for what is none of this kind."""
    if kind is IdKind.DOI:
        resolver = _DOI_RESOLVER.match(text)
        if resolver:
            text = text[resolver.end() :]
            text = unquote(text if _SICI_CHECK.search(text) else re.split(r"[?#]", text, maxsplit=1)[0])
        text = _DOI_PREFIX.sub("", text, count=1)
        return _plain_doi(unquote(text) if _ENCODED_SICI.search(text) else text)
    text = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    match kind:
        case IdKind.PMID:
            found = _PMID.fullmatch(text.rstrip("."))
            return found[1] if found else None
        case IdKind.PMCID:
            found = _PMCID.fullmatch(text.rstrip("."))
            return f"PMC{found[1]}" if found else None
        case IdKind.SETID:
            found = _UUID.fullmatch(text)
            return "-".join(found.groups()).lower() if found else None
        case IdKind.NCT:
            found = _NCT.fullmatch(text)
            return f"NCT{found[1]}" if found else None
        case IdKind.CONTENTS:
            label, _, version = text.rpartition("/")
            setid = _read(IdKind.SETID, label)
            return f"{setid}/{int(version)}" if setid and _LABEL_VERSION.fullmatch(version) else None
        case IdKind.NOTICES:
            named, _, number = text.partition(":")
            work = _read(IdKind(named), number) if named in ("pmid", "doi") else None
            return f"{named}:{work}" if work else None
        case IdKind.URL:
            return None


def _visible(text: str) -> str:
    visible = text if text.isascii() else "".join(char for char in text if unicodedata.category(char) != "Cf")
    return visible.strip()


def _plain_doi(text: str) -> str | None:
    doi = without_prose_end(text)
    if not _DOI.fullmatch(doi) or invisible_character(doi):
        return None
    doi = doi.translate(_ASCII_LOWER)
    version = _PREPRINT_VERSION.fullmatch(doi)
    return version[1] if version else doi


def _misplaced(kind: IdKind, text: str) -> Malformed | None:
    """When the text is an identifier of another kind: that it is, and where it belongs."""
    if len(text) > _LONGEST:
        return None
    carried = from_url(text)
    if carried is None:
        excluded = {kind, IdKind.PMID} if kind is IdKind.PMCID else {kind}  # bare digits may be either
        values = ((other, _read(other, _visible(text))) for other in _REGISTERED if other not in excluded)
        carried = next((Identifier(other, value) for other, value in values if value), None)
    if carried is None or carried.kind not in FIELD_OF:
        return None
    suggestion = f"{FIELD_OF[carried.kind]}: {carried.value}"
    return Malformed(f"this is a {_NAMES[carried.kind]}, not a {_NAMES[kind]}", suggestion)


def _misread_letter(kind: IdKind, text: str) -> str | None:
    prefix = {IdKind.PMID: r"(?:pmid\s*+[:#]?\s*+)?", IdKind.PMCID: r"(?:pmcid\s*+[:#]?\s*+)?pmc\s*+"}.get(kind)
    if prefix is None:
        return None
    return misread_letter(re.sub(prefix, "", text, count=1, flags=re.IGNORECASE))


def _query(query: str) -> dict[str, str]:
    """The parameters of an address by their names in lower case."""
    return {key.lower(): value for key, value in parse_qsl(query)}
