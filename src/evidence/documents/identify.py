"""What a printed reference says of itself: identifiers, ISBNs and the day of access, each with its place.

The wordings of access are those of AMA ("Accessed August 14, 2025."), NLM ("[cited 2025 Aug 14]"), APA ("Retrieved
August 14, 2025, from"), Chicago and Harvard ("(accessed 14 August 2025)", "viewed"), OUP ("(14 August 2025, date last
accessed)").
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from evidence.documents.document import Hyperlink, Passage, Span
from evidence.model import dates, identifiers, urls
from evidence.model.dates import PartialDate
from evidence.model.identifiers import Identifier, IdKind
from evidence.model.regex import regex
from evidence.model.urls import Malformed

LONGEST = 20_000
"""Characters of a reference that are read: of one with 3,000 authors its beginning and its end."""

_HOSTS = r"(?:(?:(?:pubmed\.|pmc\.|www\.)?ncbi|dailymed)\.nlm\.nih|(?:classic\.|beta\.)?clinicaltrials)\.gov/"
_ADDRESS = regex(
    rf"(?:https?://|\bwww\.(?=[\w-]+\.\w)|(?<![\w./@-]){_HOSTS})[^\s<>\"\u201c\u201d\u00ab\u00bb\[\]{{}}|\\^`]+",
    re.IGNORECASE,
)
_DOI = regex(
    r"(?<!\d)(?<!\d\.)10\.[0-9]{4,9}(?:\.[0-9]+)*/"
    r"[^\s<>\"\u201c\u201d\u00ab\u00bb]+",
    re.IGNORECASE,
)
# A DOI made of a Serial Item and Contribution Identifier (ANSI/NISO Z39.56), ISSN(date)volume<page:title>1.0.CO;2-X:
# its angle brackets also as square ones, every mark also percent-encoded.
_SICI_ITEM = (
    r"(?<!\d)(?<!\d\.)10\.[0-9]{4,9}(?:\.[0-9]{1,9})?(?:/|%2F)(?P<named>(?:\(|%28)SICI(?:\)|%29))?"
    r"[0-9]{4}-[0-9]{3}[0-9X](?:\(|%28)(?:[0-9/]|%2F){4,24}(?:\)|%29)"
)
_SICI_SEGMENT = r"[0-9]\.[0-9]\.[A-Z]{2}\s?(?:;|%3B|&#59;)\s?[0-9](?:\s?-(?:[A-Z0-9#](?![A-Z0-9])|%23))?"
_SICI = regex(
    rf"{_SICI_ITEM}[\w:/.+%()*-]{{0,60}}?\s?(?:[<\[]|%3C|%5B|&lt;)[^<>\[\]\"]{{0,90}}?(?:[>\]]|%3E|%5D|&gt;)\s?{_SICI_SEGMENT}",
    re.IGNORECASE,
)
_SICI_STUMP = regex(rf"{_SICI_ITEM}(?P<lacks_contribution>[\w:/.+()*-]{{0,60}}?{_SICI_SEGMENT})?", re.IGNORECASE)
_NAMED_SICI = regex(r"\b10\.[0-9]{4,9}/\(SICI\)", re.IGNORECASE)
_CONTRIBUTION = regex(r"\s?[<\[]\s?\w{0,8}\s?:")
_NOT_MISREAD = r"(?!\d|[a-z]\d|[oil]{1,9}(?:\d|\b))"
_PMID = regex(
    rf"\bPMID\b[\s:;#=.]*+(?<!\d)0*([1-9]\d{{0,7}})(?!\.\d){_NOT_MISREAD}"
    rf"|\bPubMed\s*+(?:ID|No\.?)?\s*+[:#=]\s*+0*([1-9]\d{{3,7}}){_NOT_MISREAD}"
    rf"|\bPubMed\s+(?:ID\s+)?0*([1-9]\d{{5,7}}){_NOT_MISREAD}",
    re.IGNORECASE,
)
_PMCID = regex(
    rf"\bPMCID\s*+[:#=]?\s*+(?:PMC)?\s*+0*([1-9]\d{{2,8}}){_NOT_MISREAD}|\bPMC\s?0*([1-9]\d{{4,8}}){_NOT_MISREAD}",
    re.IGNORECASE,
)
# A number in which a letter O, l or I was typed or read for a digit.
_MISREAD = regex(
    r"(?:(?i:\bPMID\b[\s:;#=.]{0,5}|\bPubMed(?:\s?ID)?\s?[:#=]\s?|\bpubmed\.ncbi\.nlm\.nih\.gov/|\bncbi\.nlm\.nih\.gov/pubmed/))"
    r"(?<![A-Za-z0-9])(?P<pmid>[0-9OoIl]{2,10})(?![A-Za-z0-9])"
    r"|(?i:\bPMCID[\s:#=]{0,4})?(?<![A-Za-z0-9])(?P<pmcid>(?i:PMC)\s?[0-9OoIl]{4,10})(?![A-Za-z0-9])"
)
_SHORT_DOI = regex(r"\bdoi\s*+[:.]?\s*+(10/[a-z][a-z0-9]{2,9})\b", re.IGNORECASE)
_NCT = regex(r"\bNCT(?:\s*+(?:No\.?|number|ID)?\s*+[:#]\s*+(?:NCT)?|[\s-]?)([0-9]{8})(?!\d)", re.IGNORECASE)
_UUID = regex(r"(?<![0-9a-f-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f-])", re.IGNORECASE)
_OF_A_LABEL = regex(r"dailymed|set[\s_-]*ids?|\bSPL\b|fdalabel|prescribing information", re.IGNORECASE)

_GLUED_TO_DOI = regex(
    r"[.;,(\[]{0,9}(?:PMC?ID\s*:|PubMed\s*:|Epub\b|Accessed\b|Published\b|https?://|[\[{])|\)\.(?=[(A-Z])",
    re.IGNORECASE,
)
_GLUED_TO_ADDRESS = regex(r"[.;,)(]{1,9}(?:accessed|retrieved|last\b)|Accessed:?$", re.IGNORECASE)
_PUBLISHERS_ENDS = regex(
    r"(?:/(?:full|abstract|pdf|epdf|html?|meta|summary|references|fulltext|epub)|\.(?:pdf(?:\+html)?|full|abstract|html?"
    r"|(?:full-text|article-(?:info|metrics)|supplementary-material|citation-tools|source)(?:\.pdf)?)|[?#&].*){1,9}$",
    re.IGNORECASE,
)
_PREPRINT_PAGE = regex(
    r"//(?:[\w-]{1,20}\.)?(?:bio|med)rxiv\.org/(?:[\w/]{0,40}/)?(?:early/\d{4}/\d\d/\d\d|cgi/content/\w{4,10})/"
    r"((?:\d{4}\.\d\d\.\d\d\.)?\d{5,8}(?:v\d{1,2})?)(?=[./?#]|$)",
    re.IGNORECASE,
)
_PREPRINTS = "10.1101"
_BROKEN = regex(r"(?<=[A-Za-z]\.)\s(?=\d)[\d.-]+\b|(?<=[A-Za-z])\s(?=\.\d)[\d.-]+\b")
_NAMESPACE = regex(r"\sxmlns(?::\w{1,30})?\s*=\s*(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}')")
_AT_LINE_END = regex(
    r"(?:https?://(?:dx\.)?doi\.org/|doi:\s?)?(?<!\d)(?P<doi>10\.[0-9]{4,9}/[^\s<>\"]{1,100}-)"
    r"(?P<blank>\s{1,3}(?:\d{1,4}\s{1,3})?)?(?P<rest>[a-z0-9][^\s<>\"]{2,100})",
    re.IGNORECASE,
)
_SEARCHES = regex(r"//(?:scholar|www)\.google\.|//[^/]*(?:crossref\.org|worldcat\.org|webofscience)", re.IGNORECASE)

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20)\d\d"
DATE = rf"""(?:
      \d{{4}}-\d{{1,2}}(?:-\d{{1,2}})?(?!\d)
    | {_YEAR}[/.]\d{{1,2}}[/.]\d{{1,2}}(?!\d)
    | \d{{1,2}}[-/. ]\d{{1,2}}[-/. ]{_YEAR}(?!\d)
    | \d{{1,2}}[-/.]{_YEAR}(?!\d)
    | (?:{_DAY}[\s-]+(?:of\s+)?)?{_MONTH},?[\s-]*(?:{_DAY},?\s+)?{_YEAR}(?!\d)
    | {_YEAR},?[\s-]+{_MONTH}(?:[\s-]+{_DAY}(?!\d))?
    | {_YEAR}(?![\d/-])
    )"""
_VERB = (
    r"(?:(?:date\s++)?(?:last\s++)?(?:accessed|viewed|visited|consulted)"
    r"|date\s+of\s+access|access\s+date|retrieved|cited)"
)
_WEEKDAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)?"
_ADDRESS_ACCESSED = r"(?:from|at|through|via)\s*+:?\s*+<?(?:https?://|www\.)[^\s<>]{1,1000}+>?"
_AFTER_VERB = regex(
    rf"\b(?P<verb>{_VERB})\b(?:\s*+[:,(]\s*+|\s++)(?:{_ADDRESS_ACCESSED}\s*+[,;(]?\s*+)?"
    rf"(?:on\s++|in\s++(?=[A-Z]))?{_WEEKDAY}(?P<date>{DATE})",
    re.IGNORECASE | re.VERBOSE,
)
_BEFORE_VERB = regex(rf"(?P<date>{DATE}),?\s*\(?(?:date\s+)?(?:last\s+)?accessed\b", re.IGNORECASE | re.VERBOSE)
_ELSEWHERE = regex(
    rf"\b(?:abgerufen|aufgerufen|zugriff|zuletzt\s+(?:besucht|abgerufen)|consult[ée]e?|consultado|acceso|visitato"
    r"|geraadpleegd|дата\s+обращения)"
    rf"(?:\s*:\s*|\s+)(?:am\s+|le\s+|el\s+|il\s+|op\s+)?(?P<date>{DATE})",
    re.IGNORECASE | re.VERBOSE,
)
_ORDINAL = regex(r"(?<=\d)(?:st|nd|rd|th)\b|\bof\b", re.IGNORECASE)
_PATTERNS = (_AFTER_VERB, _BEFORE_VERB, _ELSEWHERE)
_ACCESSED = "accessed"
_WITHOUT_ACCESSED = (_AFTER_VERB, _ELSEWHERE)  # the dates before that word are the slowest to look for

_ODD = regex(r"&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|[^\x00-\x7f]")
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")


@dataclass(frozen=True, slots=True)
class Accessed:
    """A date of access as printed. `date` is None where the wording leaves it open ("10/11/2008").

    `span` is the date's own, `full_span` that of its verb and the date; `is_after_verb` is True for "accessed August
    2025", not for other orders and languages.
    """

    date: PartialDate | None
    wording: str
    span: Span
    full_span: Span = (0, 0)
    is_after_verb: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """An identifier in a reference; `span` is its place, None when only a link carries it.

    `version` is a preprint's, as printed after its DOI.
    """

    identifier: Identifier
    span: Span | None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Misread:
    """A number as printed that is none: a letter O, l or I is among its digits."""

    kind: IdKind
    text: str


@dataclass(frozen=True, slots=True)
class BrokenDoi:
    """A DOI that a line's end has broken after a hyphen: with the hyphen, or without one that only the break asked for.

    `text` is what is printed, `readings` are the DOIs that it may be.
    """

    text: str
    readings: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a printed reference says of itself. Spans count characters of the reference's text.

    `mentions` are distinct, those of registries before plain addresses. `isbns` have 13 digits and a right check digit.
    `misread` are numbers of which nobody can say what they were meant to be, `broken` DOIs of which two readings are
    possible; they are no mentions.
    """

    mentions: tuple[Mention, ...] = ()
    isbns: tuple[str, ...] = ()
    accessed: Accessed | None = None
    misread: tuple[Misread, ...] = ()
    broken: tuple[BrokenDoi, ...] = ()

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """The identifiers alone."""
        return tuple(mention.identifier for mention in self.mentions)

    def first(self, kind: IdKind) -> Identifier | None:
        """The first identifier of a kind."""
        return next((found for found in self.identifiers if found.kind is kind), None)


def recognise(text: str, links: Iterable[Hyperlink] = (), joints: Iterable[int] = ()) -> Recognised:
    """What a reference's text and its links say.

    A link that is not printed counts when a registry's identifier is in it; a plain address only when the text
    carries nothing else. `joints` are the places where two lines were joined without a blank.
    """
    if len(text) > LONGEST:  # blanks for the middle, so that places stay
        half = LONGEST // 2
        text = text[:half] + " " * (len(text) - LONGEST) + text[-half:]
    passage = plain(_NAMESPACE.sub(lambda match: " " * len(match[0]), text))
    printed = passage.text

    def original(first: int, end: int) -> Span:
        return passage.offset(first), passage.offset(end - 1) + 1

    linked, pages = _linked(links)
    certain = {mention.identifier for mention in linked}
    wanted = frozenset(joints)
    joined = {place for place in range(len(printed)) if passage.offset(place) in wanted} if wanted else set()
    broken = dict(_broken_dois(printed, joined, certain))
    printed = _blanked(printed, broken)
    found: dict[Identifier, Mention] = {}
    for identifier, first, end in _printed(printed):
        version = _version(identifier, printed[first:end])
        found.setdefault(identifier, Mention(identifier, original(first, end), version))
    for mention in linked or (pages[:1] if not found else ()):
        found.setdefault(mention.identifier, mention)
    accessed = find_accessed(printed)
    if accessed is not None:
        accessed = Accessed(accessed.date, accessed.wording, original(*accessed.span))
    mentions = sorted(_without_echoes(found), key=lambda mention: mention.identifier.kind is IdKind.URL)
    # Digits of addresses and DOIs are not ISBNs.
    unlinked = _blanked(
        printed, (match.span() for pattern in (_ADDRESS, _SICI, _DOI) for match in pattern.finditer(printed))
    )
    return Recognised(
        tuple(mentions),
        tuple(identifiers.isbns_in(unlinked)),
        accessed,
        tuple(_misread(printed)),
        tuple(broken.values()),
    )


def _broken_dois(text: str, joints: set[int], certain: set[Identifier]) -> Iterator[tuple[Span, BrokenDoi]]:
    """The DOIs that go on after a hyphen at a line's end, which no link of the reference confirms.

    The end is a blank in the text, with or without a manuscript's line number after it, or one of the joints.
    """
    for match in _AT_LINE_END.finditer(text):
        blank, rest = match["blank"], identifiers.without_prose_end(match["rest"])
        if not rest or (not blank and match.start("rest") not in joints):
            continue
        prefix = match["doi"].lower()
        readings = [prefix + rest.lower()]
        if prefix[-2:-1].isalpha() and rest[:1].isalpha():
            readings.append(prefix[:-1] + rest.lower())
        dois = tuple(Identifier(IdKind.DOI, reading) for reading in readings)
        if (len(dois) > 1 or blank) and not certain.intersection(dois):
            end = match.start("rest") + len(rest)
            yield (match.start(), end), BrokenDoi(text[match.start("doi") : end], dois)


def _misread(text: str) -> Iterator[Misread]:
    found = ((IdKind(match.lastgroup or ""), match[match.lastgroup or ""]) for match in _MISREAD.finditer(text))
    for kind, number in dict.fromkeys(found):
        if identifiers.misread_letter(number[3:].strip() if kind is IdKind.PMCID else number):
            yield Misread(kind, number)


def _printed(text: str) -> list[tuple[Identifier, int, int]]:
    """The identifiers in a text with their places, in order; of one place in the order of the kinds below."""
    return sorted(_unsorted(text), key=lambda found: (found[1], found[2]))


def _unsorted(text: str) -> Iterator[tuple[Identifier, int, int]]:
    sicis = [match.span() for match in _SICI.finditer(text)]
    taken: list[Span] = []
    for match in _ADDRESS.finditer(text):
        sici = next((span for span in sicis if match.start() <= span[0] < match.end()), None)
        written = _without_glued(identifiers.without_prose_end(match[0]), _GLUED_TO_ADDRESS)
        span = (match.start(), max(match.start() + len(written), sici[1] if sici else 0))
        taken.append(span)
        if sici is None and not _is_sici_stump(unquote(written), text[span[1] : span[1] + 20]):
            yield from ((identifier, *span) for identifier in _of_address(written))
    for first, end in sicis:
        taken.append((first, end))
        yield _sici(text[first:end]), first, end
    for match in _DOI.finditer(text):
        if any(first <= match.start() < end for first, end in sicis):
            continue
        doi, end = _doi(text, match, within=any(a <= match.start() < b for a, b in taken))
        if doi:
            taken.append((match.start(), end))
            yield doi, match.start(), end
    rest = _blanked(text, taken)
    for match in _SHORT_DOI.finditer(rest):
        yield Identifier(IdKind.URL, f"https://doi.org/{match[1].lower().removeprefix('10/')}"), *match.span(1)
    for pattern, kind in ((_PMID, IdKind.PMID), (_PMCID, IdKind.PMCID), (_NCT, IdKind.NCT)):
        for match in pattern.finditer(rest):
            digits = next(group for group in match.groups() if group)
            value = {IdKind.PMID: "", IdKind.PMCID: "PMC", IdKind.NCT: "NCT"}[kind] + digits
            yield Identifier(kind, value), match.start(), match.end()
    if _OF_A_LABEL.search(text):
        yield from ((Identifier(IdKind.SETID, m[0].lower()), *m.span()) for m in _UUID.finditer(rest))


def _sici(written: str) -> Identifier:
    """The DOI of a SICI as printed: percent-encoded or with entities, broken by a line's end."""
    plain_text = "".join(html.unescape(unquote(written) if "%" in written else written).split())
    return Identifier(IdKind.DOI, plain_text.lower())


def _blanked(text: str, spans: Iterable[Span]) -> str:
    for first, end in spans:
        text = text[:first] + " " * (end - first) + text[end:]
    return text


def _of_address(written: str) -> Iterator[Identifier]:
    """The identifier that an address carries, and the address itself unless it is that identifier's own page."""
    address = urls.normalise(written if "://" in written else f"https://{written}")
    if isinstance(address, Malformed):
        return
    carried = identifiers.from_url(address)
    label = _UUID.search(address)
    if carried is None and label is not None and _OF_A_LABEL.search(address):
        carried = Identifier(IdKind.SETID, label[0].lower())  # FDALabel and openFDA name labels by their Set ID too
    preprint = _PREPRINT_PAGE.search(address)
    if preprint is not None:
        doi = identifiers.parse(IdKind.DOI, f"{_PREPRINTS}/{preprint[1]}")
        carried = None if isinstance(doi, Malformed) else doi
    if carried is not None:
        yield carried
    if carried is None or (carried == identifiers.from_url(address) and not identifiers.is_own_page(address)):
        yield Identifier(IdKind.URL, address)


def _doi(text: str, match: re.Match[str], *, within: bool) -> tuple[Identifier | None, int]:
    """The DOI that begins here, without what prose, publishers' pages and neighbours append; and its end."""
    written = _without_glued(match[0], _GLUED_TO_DOI)
    if within:
        written = _PUBLISHERS_ENDS.sub("", written)
    elif written == match[0] and not any(char.isdigit() for char in written.partition("/")[2]):
        broken = _BROKEN.match(text, match.end())  # "10.1523/jneurosci. 0300-04.2004": a typesetter's space
        written += broken[0].strip() if broken else ""
        if broken:
            parsed = identifiers.parse(IdKind.DOI, written)
            return (None if isinstance(parsed, Malformed) else parsed), broken.end()
    written = identifiers.without_prose_end(written)
    end = match.start() + len(written)
    if _is_sici_stump(written, text[end : end + 20]):
        return None, end
    parsed = identifiers.parse(IdKind.DOI, unquote(written) if within else written)
    return (None if isinstance(parsed, Malformed) else parsed), end


def _is_sici_stump(written: str, after: str) -> bool:
    """Whether a DOI is what markup or a line's end has left of a SICI, whose page and title are lost."""
    if _NAMED_SICI.search(written):
        return True
    found = _SICI_STUMP.search(written)
    return found is not None and bool(found["named"] or found["lacks_contribution"] or _CONTRIBUTION.match(after))


def _without_glued(written: str, pattern: re.Pattern[str]) -> str:
    """Without the next words, where there is no space before them."""
    glued = pattern.search(written, 8)
    return identifiers.without_prose_end(written[: glued.start()]) if glued else written


def _linked(links: Iterable[Hyperlink]) -> tuple[list[Mention], list[Mention]]:
    """The identifiers of registries that links carry, and the plain addresses; those of searches are neither."""
    registered: list[Mention] = []
    pages: list[Mention] = []
    for link in links:
        if not link.address.lower().startswith(("http://", "https://")):
            continue
        address = plain(link.address).text
        for identifier, first, end in _printed(address):
            if identifier.kind is not IdKind.URL:
                registered.append(Mention(identifier, None, _version(identifier, address[first:end])))
            elif not _SEARCHES.search(link.address):
                pages.append(Mention(identifier, None))
    return registered, pages


def _version(identifier: Identifier, written: str) -> str | None:
    return identifiers.preprint_version(written) if identifier.kind is IdKind.DOI else None


def _without_echoes(found: dict[Identifier, Mention]) -> Iterator[Mention]:
    """Without addresses that only repeat a DOI or number named beside them, on a publisher's or an index's page.

    Nor is what a line's end has left of a DOI one, where a link has all of it.
    """
    dois = [identifier.value for identifier in found if identifier.kind is IdKind.DOI]
    linked = [mention.identifier.value for mention in found.values() if mention.span is None]
    for identifier, mention in found.items():
        value = identifier.value
        if (
            mention.span
            and identifier.kind is IdKind.DOI
            and any(one != value and one.startswith(value) for one in linked)
        ):
            continue
        address = unquote(identifier.value).lower()
        if identifier.kind is not IdKind.URL or not any(doi in address for doi in dois):
            yield mention


def find_accessed(text: str) -> Accessed | None:
    """The first date of access in a reference; its precision is what is printed, no day is invented."""
    patterns = _PATTERNS if _ACCESSED in text.casefold() else _WITHOUT_ACCESSED
    found = next((match for pattern in patterns if (match := pattern.search(text)) is not None), None)
    if found is None:
        return None
    wording = found["date"].rstrip(" ,")
    start = found.start("date")
    span = (start, start + len(wording))
    plain_wording = _ORDINAL.sub(" ", wording)
    if re.fullmatch(_YEAR, plain_wording):
        date: PartialDate | None = PartialDate(int(plain_wording))
    else:
        date = dates.guess(" ".join(plain_wording.split()))
    full = (found.start(), max(found.end(), span[1]))
    return Accessed(date, wording, span, full, is_after_verb=found.re.pattern == _AFTER_VERB.pattern)


def plain(text: str) -> Passage:
    """The text without what hides identifiers from patterns; its places are those of the original.

    Entities are resolved, characters without width (soft hyphens, joiners, marks of direction) left out.

    Hyphens and full-width letters are written in ASCII: nobody can see the difference in an identifier.
    """
    if not _ODD.search(text):
        return Passage.at(text, 0)
    pieces: list[str] = []
    anchors: list[tuple[int, int]] = []
    length = at = 0
    for match in _ODD.finditer(text):
        visible = _visible(match[0])
        if visible == match[0]:
            continue
        for piece, place in ((text[at : match.start()], at), (visible, match.start())):
            if piece:
                pieces.append(piece)
                anchors.append((length, place))
                length += len(piece)
        at = match.end()
    pieces.append(text[at:])
    anchors.append((length, at))
    return Passage("".join(pieces), tuple(anchors))


def _visible(found: str) -> str:
    if found.startswith("&"):
        return html.unescape(found)
    if unicodedata.category(found) == "Cf":
        return ""
    if found in _DASHES:
        return _DASHES[found]
    return unicodedata.normalize("NFKC", found) if "\uff01" <= found <= "\uff5e" else found
