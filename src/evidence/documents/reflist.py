"""A monograph's reference list: found, taken apart into entries, each with its number and its printed text.

A text looks like a reference by a few marks that prose seldom has together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise, zip_longest

from evidence.documents.document import Document, DocumentFormat, Hyperlink, Line, Passage, Span, joined, lines_of
from evidence.documents.identify import Recognised, recognise
from evidence.model.errors import FileError
from evidence.model.identifiers import IdKind
from evidence.model.regex import regex

LONGEST = 12_000
"""Characters; longer texts are not references (but see the author lists of large collaborations)."""
CITES_BY_KEY = regex(r"\[(?:[^\[\]@]{0,60}\s)?-?@[A-Za-z_]")
"""A citation as Pandoc writes it: `[@smith2007]`, `[see @smith2007]`."""
_HEADING = regex(
    r"(?:(?:\d{1,2}|[IVX]{1,4})(?:\.\d{1,2})*[.)]?\s+)?[*_]{0,2}(?:(?:selected|key|cited|full|list\s+of|further|additional|general)\s+)?"
    r"(?:references?(?:\s+(?:list|cited|and\s+notes|section))?|bibliograph(?:y|ie|ía)|works\s+cited|literature(?:\s+cited|\s+references)?"
    r"|sources?(?:\s+cited)?|citations?|reading|literatur(?:verzeichnis)?|quellen(?:verzeichnis)?|r[ée]f[ée]rences(?:\s+bibliographiques)?"
    r"|referencias(?:\s+bibliogr[áa]ficas)?|bibliografia|riferimenti(?:\s+bibliografici)?|refer[êe]ncias(?:\s+bibliogr[áa]ficas)?|endnotes|notes)"
    r"\s*+[*_]{0,2}+\s*+:?\s*+[*_]{0,2}\Z",
    re.IGNORECASE,
)
_NAMES_LIST = regex(
    r"\b(?:references|bibliography|literature|sources)\s*:?\Z|\A\W*(?:references|bibliography)\b", re.IGNORECASE
)
"""What the heading of a reference list ends or begins with: Evidence & References, References and notes on sources."""
_BACK_MATTER = regex(
    r"(?:\d{1,2}[.)]?\s+)?(?:appendi(?:x|ces)\b|acknowledge?ments?\b|supplement(?:ary|al)?\b|figure\s+legends?\b|figures?\Z|tables?\Z|disclaimer\b"
    r"|conflicts?\s+of\s+interest|funding\b|author\s+contributions|abbreviations\b|about\s+|revision\s+history|explore\s+more|related\s+)",
    re.IGNORECASE,
)
_LONGEST_HEADING = 60
_LIKE_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry as printed. `position` counts from 1; `number` is the one printed before it, None without one.

    `passage` is the printed text, verbatim but for line ends, which became spaces; the number is not part of it, but
    `label` ("1.", "[1]"). `blocks` are the first paragraph and the one after the last. `joints` are the places of the
    text where two lines were joined without a blank.
    """

    position: int
    number: int | None
    label: str
    passage: Passage
    links: tuple[Hyperlink, ...]
    blocks: Span
    joints: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The printed text."""
        return self.passage.text

    @property
    def recognised(self) -> Recognised:
        """The identifiers and the date of access that it prints."""
        return recognise(self.text, self.links, self.joints)


@dataclass(frozen=True, slots=True)
class ReferenceList:
    """The list as printed. `span` are offsets in the document's source, from the first entry to the last.

    `heading` is its title as printed, None where it has none; `blocks` the numbers of the paragraphs it takes.
    `left_out` are the paragraphs of its section that look like no reference: a title, a remark; `others` are lists
    under other headings, which are not part of it.
    """

    entries: tuple[ListedEntry, ...]
    span: tuple[int, int]
    blocks: tuple[int, int]
    heading: str | None = None
    left_out: tuple[str, ...] = ()
    others: tuple[ReferenceList, ...] = ()

    def by_number(self) -> dict[int, ListedEntry]:
        """The entries by their numbers; those without one by position. The first of a number that is given twice."""
        return {entry.number or entry.position: entry for entry in reversed(self.entries)}


def find_references(document: Document, *, may_be_all: bool = False) -> ReferenceList | None:
    """The document's reference list, None when there is none.

    Args:
        document: A monograph.
        may_be_all: The document may be nothing but such a list, in which a paragraph that looks like no reference is an
            entry all the same.
    """
    lines = _with_labels(lines_of(document))
    headings = [at for at, line in enumerate(lines) if _is_heading(line)]
    found = [_under_heading(document, lines, at) for at in headings]
    if not any(found):
        found = [_run_in_list(lines), _notes(lines)]
    if not any(found):
        found = [_numbered_list(document, lines), _unnumbered_list(document, lines), _table_list(lines)]
    lists = [listed for listed in found if listed is not None]
    best = max(lists, key=lambda listed: (_number_of_works(listed.entries), listed.span[0]), default=None)
    is_text = bool(headings) or any(line.note for line in lines)
    if best is not None and may_be_all and not is_text and not _is_counted(best):
        texts = [line for line in lines if not line.level]
        groups = list(split(texts, document.form))
        likely = _likely(_entries(groups))
        if likely > _LIKE_ENOUGH * len(groups) and likely >= _likely(best.entries):
            begin = _without_remarks(groups, texts, is_like)[0][0].blocks[0]  # what is before may be a text
            below = [line for line in texts if line.block >= begin]
            return _made(*_without_remarks(groups, below, is_like))
    return replace(best, others=tuple(_beside(best, lists))) if best is not None else None


def required_references(document: Document) -> ReferenceList:
    """The list of a document that may be nothing but such a list.

    Raises:
        FileError: none was found; with the headings of reference lists, and why what follows them is none.
    """
    found = find_references(document, may_be_all=True)
    if found is not None:
        return found
    if CITES_BY_KEY.search(document.source.text):
        fix = "the text uses [@key] citations: import the bibliography that defines these keys"
        raise FileError("no reference list found", path=document.path, fix=fix)
    lines = _with_labels(lines_of(document))
    headings = [at for at, line in enumerate(lines) if _is_heading(line)]
    if not headings:
        fix = "add a heading such as References above the list"
        raise FileError("no reference list found", path=document.path, fix=fix)
    followed = "; ".join(_what_follows(document, lines, at) for at in headings[:_MOST_EXPLAINED])
    fix = (
        "most paragraphs below the heading must contain an identifier (PMID, PMCID, DOI, Set ID, NCT), an address,"
        " or the authors, year, volume and pages of a reference"
    )
    raise FileError(f"no reference list found: {followed}", path=document.path, fix=fix)


_MOST_EXPLAINED = 3


def _what_follows(document: Document, lines: Sequence[Line], heading: int) -> str:
    """Where a heading of reference lists is, and what is below it instead of references."""
    line = lines[heading]
    place = f"line {document.place(line.passage.offset(0)).line}" if document.exact else f"paragraph {line.block + 1}"
    entries = _entries(split(_region(lines, heading), document.form))
    works = sum(is_like(entry.text) or _is_identified(entry) for entry in entries)
    where = f'the heading "{line.text.strip("#*_ :")}" ({place})'
    if not entries:
        return f"{where} is followed by no paragraphs"
    if len(entries) == 1:
        return f"{where} is followed by 1 paragraph, which does not look like a reference"
    looks = "none of which looks like a reference" if works == 0 else f"of which only {works} look like references"
    return f"{where} is followed by {len(entries)} paragraphs, {looks}"


def _beside(best: ReferenceList, lists: Iterable[ReferenceList]) -> Iterator[ReferenceList]:
    """The lists under other headings, as each chapter may have one."""
    for listed in lists:
        if listed.heading and (listed.blocks[1] <= best.blocks[0] or listed.blocks[0] >= best.blocks[1]):
            yield listed


_FEWEST_COUNTED = 4
_LABEL = regex(r"\[\d{1,4}\]|\(\d{1,3}\)|\d{1,3}\.")


def _with_labels(lines: Sequence[Line]) -> list[Line]:
    """The lines, an entry's number that has a line of its own put before the next one's words."""
    made: list[Line] = []
    for line in lines:
        label = made[-1] if made and not (line.row or line.level) else None
        if label and label.opens and not (label.row or label.level) and _LABEL.fullmatch(label.text):
            passage = joined([("", label.passage), (" ", line.passage)])
            shift = len(label.text) + 1
            links = tuple(replace(link, span=(link.span[0] + shift, link.span[1] + shift)) for link in line.links)
            made[-1] = replace(label, passage=passage, links=links)
        else:
            made.append(line)
    return made


def _is_counted(references: ReferenceList) -> bool:
    """Whether the entries are numbered from 1 on: what is beside them is none."""
    numbers = [entry.number for entry in references.entries]
    return len(numbers) >= _FEWEST_COUNTED and numbers == list(range(1, len(numbers) + 1))


def is_list_heading(text: str) -> bool:
    """Whether these words are a heading of reference lists: References, Works cited, Literatur."""
    return len(text) <= _LONGEST_HEADING and _HEADING.match(text) is not None


def _is_heading(line: Line) -> bool:
    """A line of its own that says so, with or without blank lines around it; a heading may say more beside it."""
    if line.note or line.row or not (line.opens or line.text[:1].isupper()):
        return False
    return is_list_heading(line.text) or (line.level > 0 and _NAMES_LIST.search(line.text) is not None)


def _under_heading(document: Document, lines: Sequence[Line], heading: int) -> ReferenceList | None:
    """The list under a heading, if what follows looks like one, or if most of it prints identifiers."""
    region = _region(lines, heading)
    groups = list(split(region, document.form))
    entries, left_out = _without_remarks(groups, region, _may_be_entry)
    unlike = [entry for entry in entries if not (_FULL_NAME.match(entry.text) and _YEAR.search(entry.text))]
    if entries and len(entries) - len(unlike) + _likely_or_linked(unlike) >= _LIKE_ENOUGH * len(entries):
        return _made(entries, left_out, heading=lines[heading].text)
    entries, left_out = _without_remarks(groups, region, _ends_with_identifier)
    if entries and sum(map(_is_identified, entries)) > _LIKE_ENOUGH * (len(entries) + len(left_out)):
        return _made(entries, left_out, heading=lines[heading].text)
    return None


def _region(lines: Sequence[Line], heading: int) -> list[Line]:
    """The lines of a heading's list, without the headings that divide it."""
    end = heading + 1
    while end < len(lines) and (not _ends_list(lines[end]) or _is_part_of_list(lines, heading, end)):
        end += 1
    return [line for line in lines[heading + 1 : end] if not line.level]


_CITES_BACK = regex(r"\W*(?:ibid(?:em)?|idem|id|op\.? ?cit|loc\.? ?cit)\b\.?", re.IGNORECASE)
"""A note that cites the work of an earlier one again."""


def _without_remarks(
    groups: Sequence[Group], lines: Sequence[Line], is_entry: Callable[[str], bool]
) -> tuple[list[ListedEntry], tuple[str, ...]]:
    """The entries without a title before and remarks after them, and without notes that only name one before.

    Beside them: what of these lines is no part of an entry.
    """
    alike = [
        at
        for at, (mark, part) in enumerate(groups)
        if (mark is not None and mark.number is not None) or any(line.row for line in part) or is_entry(_text_of(part))
    ]
    kept = [
        (mark, part)
        for mark, part in (groups[alike[0] : alike[-1] + 1] if alike else [])
        if not _CITES_BACK.match(part[0].text[mark.length if mark else 0 :])
    ]
    taken = {id(line) for _, part in kept for line in part}
    left = [line for line in lines if id(line) not in taken and not line.row]
    return _entries(kept), tuple(_text_of(part) for _, part in groupby(left, key=lambda line: line.block))


def _ends_list(line: Line) -> bool:
    if _is_heading(line) or (line.level and not start_of(line)):
        return True
    short = line.opens and len(line.text) <= _LONGEST_HEADING
    is_other = short and _BACK_MATTER.match(line.text) is not None
    return is_other and not is_like(line.text) and not _TITLE_AND_NUMBER.search(line.text)


def _is_part_of_list(lines: Sequence[Line], heading: int, at: int) -> bool:
    """Whether a heading below that of the list divides it, Trials and Reviews: references follow it too."""
    if not lines[at].level > lines[heading].level > 0 or _BACK_MATTER.match(lines[at].text):
        return False
    following = next((lines[later] for later in range(at + 1, len(lines)) if lines[later].opens), None)
    return following is not None and not following.level and is_like(following.text)


def _numbered_list(document: Document, lines: Sequence[Line]) -> ReferenceList | None:
    """The numbered list, anywhere, whose texts look like references; the longest, and of equals the last."""
    best: ReferenceList | None = None
    at = 0
    while at < len(lines):
        start = start_of(lines[at])
        if start is None or start.number is None or lines[at].note or lines[at].row:
            at += 1
            continue
        groups, after = numbered_chain(lines, at, document.form)
        entries = _entries(groups)
        if _likely(entries) >= max(1, _LIKE_ENOUGH * len(entries)) and (
            best is None or len(entries) >= len(best.entries)
        ):
            best = _made(entries)
        at = max(after, at + 1)
    return best


def _unnumbered_list(document: Document, lines: Sequence[Line]) -> ReferenceList | None:
    """The longest run of paragraphs (or bulleted lines) that look like references."""
    runs: list[list[Group]] = [[]]
    run: list[Group] = []
    for paragraph in _paragraphs(lines, at_openings=True):
        groups = list(split(paragraph, document.form))
        if groups and all(is_like(entry_of(1, group).text) for group in groups) and not paragraph[0].level:
            run += groups
            continue
        runs.append(run)
        run = []
    longest = max([*runs, run], key=len)
    if len(longest) < (1 if len(lines) == sum(len(group) for _, group in longest) else 2):
        return None
    return _made(_entries(longest))


def _table_list(lines: Sequence[Line]) -> ReferenceList | None:
    """The works that tables link or print, where the document has no other list."""
    entries = _entries(_of_rows(lines))
    return _made(entries) if entries and _likely_or_linked(entries) >= _LIKE_ENOUGH * len(entries) else None


def _likely_or_linked(entries: Sequence[ListedEntry]) -> int:
    return sum(is_like(entry.text) or any(_leads_to_a_work(link.address) for link in entry.links) for entry in entries)


def _number_of_works(entries: Sequence[ListedEntry]) -> int:
    """How many look like references, lead to a work or print its identifier; an address alone is none."""
    return sum(
        is_like(entry.text)
        or any(_leads_to_a_work(link.address) for link in entry.links)
        or any(mention.identifier.kind is not IdKind.URL for mention in recognise(entry.text).mentions)
        for entry in entries
    )


def _notes(lines: Sequence[Line]) -> ReferenceList | None:
    """Foot- and endnotes that hold references."""
    groups: list[Group] = []
    for line in lines:
        if line.note and line.item is not None and line.opens:
            groups.append((start_of(line), [line]))
        elif line.note and groups:
            groups[-1][1].append(line)
    if not groups or _likely(_entries(groups)) < _LIKE_ENOUGH * len(groups):
        return None
    return _made(*_without_remarks(groups, [line for _, part in groups for line in part], lambda _: True))


def _likely(entries: Sequence[ListedEntry]) -> int:
    return sum(is_like(entry.text) for entry in entries)


def _made(entries: Sequence[ListedEntry], left_out: tuple[str, ...] = (), heading: str | None = None) -> ReferenceList:
    span = (entries[0].passage.span[0], entries[-1].passage.span[1])
    blocks = (entries[0].blocks[0], entries[-1].blocks[1])
    return ReferenceList(tuple(entries), span, blocks, heading, left_out)


# Whether a text looks like a reference


_SHORTEST = 12
_IDENTIFIER = regex(r"https?://|\bwww\.|\b10\.\d{4,9}/|\bPMID\b|\bPMC\d|\bISBN\b|\bdoi\b", re.IGNORECASE)
_YEAR = regex(r"(?<!\d)(?:1[5-9]|20)\d\d[a-z]?(?![\d%])")
_LOCATOR = regex(
    r"\d{4}[a-z]?(?:\s\w{3,4}(?:\s\d{1,2})?)?;\s?[A-Za-z]{0,6}\.?\s?\d|\b\d{1,4}\s?\([^()]{1,20}\)\s?[:,]\s?\w?\d"
    r"|\b\d{1,4}\s?:\s?[eES]?\d+"
    r"|\bpp?\.\s?\w?\d"
    r"|\bvol(?:\.|ume)\s?\d|,\s\d{1,4}(?:\s?\(\d+\))?,\s[eES]?\d+"
)
PARTICLES = r"(?:(?:van|von|de|der|den|del|della|di|du|da|dos|la|le|el|al|ter|ten|'t|ibn|bin)[\s-]|[dl]['\u2019])"
"""What may be before a family name in small letters; inside a citation there are more, that no list begins with."""
_AUTHOR = regex(
    rf"[\"'\u201c*_]?{PARTICLES}*(?:St\. |\u00d3 )?"
    r"[A-Z\u00c0-\u024f\u0400-\u042f][\w'\u2019\u2010-]{0,60}(?:[ -][A-Z\u00c0-\u024f][\w'\u2019-]{1,60})?"
    r"(?:,\s?(?:[A-Z\u00c0-\u024f]\.?[- ]?){1,4}(?=[,.;:&( ]|$)"
    r"|\s[A-Z\u00c0-\u024f]{1,4}(?=[,.:;( ]|$)|,?\set\sal\b)"
    r"|(?:[A-Z\u00c0-\u024f]\.[- ]?){1,4}\s?[A-Z\u00c0-\u024f][\w'\u2019-]+[,.: ]"
)
_ACCESS = regex(
    r"\b(?:accessed|retrieved|available\s+(?:at|from|online)|cited|prescribing information|in press|epub"
    r"|package insert)\b",
    re.IGNORECASE,
)
_OTHERS = regex(r"\bet al\b|\b\(?eds?\.\)?[,. ]|\bIn:\s")


@lru_cache(maxsize=20_000)  # the same text is asked about as a line, a paragraph and an entry
def is_like(text: str) -> bool:
    """Whether it can be a reference: two marks of different kinds, neither too short nor a page long.

    A text that cites by `[@key]` is none, whatever years and pages are in its citations; a post of `[@somebody]`, as
    APA cites it, has its address.
    """
    if not _SHORTEST <= len(text) <= LONGEST or _marks(text) < 2:
        return False
    return not CITES_BY_KEY.search(text) or _IDENTIFIER.search(text) is not None


_REMARK = regex(
    r"\W*(?:this|these|the\s(?:following|above|information|contents?)|all|notes?|see|please|last\s(?:updated|reviewed|revised)|updated"
    r"|revised|reviewed|copyright|\u00a9|disclaimer|adapted|reproduced|prepared|for\s(?:more|further)|it|we|our|abbreviations?|page)\b",
    re.IGNORECASE,
)
_FINITE = regex(r"\b(?:is|are|was|were|has|have|had|should|may|must|can|will)\b")
_PUBLISHED = regex(
    r"\[[^\[\]]{0,40}\b(?:online|internet|database|package insert|website|computer program|software)\b[^\[\]]{0,40}\]"
    r"|\b[A-Z][\w.]{1,60}(?:,\s[A-Z]{2})?:\s[A-Z]\w|\b(?:Inc|Ltd|LLC|GmbH|Corp)\b",
    re.IGNORECASE,
)


def _may_be_entry(text: str) -> bool:
    """Whether a paragraph at the edge of a list under its heading is an entry: one mark, and no remark."""
    if is_like(text):
        return True
    if not _SHORTEST <= len(text) <= LONGEST or _is_remark(text):
        return False
    if _FINITE.search(text):
        return _TITLE_AND_NUMBER.search(text) is not None
    return _marks(text) > 0 or _PUBLISHED.search(text) is not None


_TITLE_AND_NUMBER = regex(
    r"[.?!][\"'\u2019\u201d)\]]{0,3}\s+(?:(?:PMID|PMCID|DOI)\b[\s:]{0,3}\S{3,100}[\s.;,]{0,3}){1,3}\Z", re.IGNORECASE
)
"""The end of "Is it effective? PMID: 10000006", whatever verbs are in the title."""


def _is_remark(text: str) -> bool:
    """Whether it begins as remarks do; but so may a title, All-cause mortality, which its PMID shows."""
    number = _TITLE_AND_NUMBER.search(text)
    return _REMARK.match(text) is not None and not (number and "PM" in number[0].upper())


_MOST_AFTER = 4
_WORD = regex(r"[^\W\d_]{2,}")
_NUMBER_LABEL = regex(
    r"\b(?:PMID|PMCID|DOI|set[\s_-]?id|PubMed(?:\s+ID)?|DailyMed|identifier)\b[\s:.]*\Z", re.IGNORECASE
)


def _ends_with_identifier(text: str) -> bool:
    """Whether a paragraph of a list begins or ends with an identifier or an address, and is no remark.

    At most a day of access follows the last one. A sentence about a page, with a verb, is a remark.
    """
    if len(text) > LONGEST or _is_remark(text):
        return False
    found = recognise(text)
    spans = sorted(mention.span for mention in found.mentions if mention.span is not None)
    if not spans:
        return bool(found.misread)
    is_registered = any(mention.identifier.kind is not IdKind.URL for mention in found.mentions)
    if not is_registered and _FINITE.search(text[: spans[0][0]]):
        return False
    before = _NUMBER_LABEL.sub("", text[: spans[0][0]])
    after = text[max(end for _, end in spans) :]
    return not _WORD.search(before) or len(_WORD.findall(after)) <= _MOST_AFTER


def _is_identified(entry: ListedEntry) -> bool:
    return _ends_with_identifier(entry.text) or any(_leads_to_a_work(link.address) for link in entry.links)


def _marks(text: str) -> int:
    """How many kinds of mark the text shows: identifier, year, volume and page, author's name, wording of access."""
    text = text[:LONGEST]
    found = (_IDENTIFIER.search(text), _YEAR.search(text), _LOCATOR.search(text), _AUTHOR.match(text.lstrip()))
    return sum(mark is not None for mark in (*found, _ACCESS.search(text), _OTHERS.search(text)))


# Where one entry ends and the next begins


_NUMBER = regex(
    r"(?P<label>\[(?P<bracket>\d{1,5})\][.:]?|\((?P<paren>\d{1,4})\)|(?P<dot>\d{1,5})[.)](?![\d(])|\^(?P<caret>\d{1,4})\^"
    r"|(?P<raised>[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]{1,4}))\s*(?=[^\s\d.,;:)]|\d)"
)
_BARE_NUMBER = regex(
    r"(?P<label>(?P<bare>\d{1,4}))(?:\s+|\t)"
    rf"(?=[\"\u201c'\[A-Z\u00c0-\u024f\u0400-\u042f]|{PARTICLES})"
)
_BULLET = regex(r"(?P<label>[-*\u2022\u2023\u25aa\u25cf\u25cb\u25e6\u00b7\u2013\u2014\u2043\u2219\uf0b7])\s+(?=\S)")
_RAISED = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", "0123456789")
_GOES_ON = regex(r"[-\u2013:;,(&]$|\b(?:and|of|the|in|for|with|vol|pp?|no)\.?$", re.IGNORECASE)
_SMALL = regex(r"[a-z\u00df-\u00f6]|https?://|www\.|doi\b|PMC?ID|10\.\d{4}|Accessed|Available|\[cited|Epub")
_GREATEST_STEP = 3
_MOST_LINES = 300  # of one entry: a list of 3,000 authors
_MOST_BETWEEN = 12


@dataclass(frozen=True, slots=True)
class EntryMark:
    """A mark before an entry: its kind, its number (None for a bullet), how it is printed, characters to skip."""

    kind: str
    number: int | None
    label: str
    length: int


Group = tuple[EntryMark | None, list[Line]]


def start_of(line: Line) -> EntryMark | None:
    """The mark with which this line begins, if it has one."""
    printed = _NUMBER.match(line.text) or _BARE_NUMBER.match(line.text)
    if line.item is not None and (
        line.item.number is not None or printed is None or not printed["label"].strip("0123456789")
    ):
        number = line.item.number
        doubled = printed is not None and _value(printed) == number  # "1." of the list and of the text
        length = printed.end() if printed is not None and doubled else 0
        return EntryMark("item" if number is not None else "bullet", number, line.item.label, length)
    if printed is not None:
        kind = next(name for name, text in printed.groupdict().items() if name != "label" and text)
        return EntryMark(kind, _value(printed), printed["label"], printed.end())
    bullet = _BULLET.match(line.text)
    return EntryMark("bullet", None, bullet["label"], bullet.end()) if bullet else None


def _value(match: re.Match[str]) -> int:
    group = next(text for name, text in match.groupdict().items() if name != "label" and text)
    return int(group.translate(_RAISED))


def split(lines: Sequence[Line], form: DocumentFormat) -> Iterator[Group]:
    """The entries of a list whose lines these are, each with its mark."""
    beside = [line for line in lines if not line.row]
    if len(beside) < len(lines):
        rows, others = list(_of_rows(lines)), list(split(beside, form))
        yield from max(others, rows, key=lambda groups: _likely_or_linked(_entries(groups)))
        return
    first = next(
        (at for at, line in enumerate(lines[:4]) if (mark := start_of(line)) and mark.number is not None), None
    )
    if first is not None:
        groups, _ = numbered_chain(lines, first, form, _MOST_BETWEEN)
        if len(groups) > 1 or first == 0:
            yield from groups
            return
    marks = [start_of(line) for line in lines]
    if lines and marks[0] is not None and marks[0].kind == "bullet":
        yield from _bulleted(lines, marks, form)
        return
    yield from _unmarked(lines, form)


# Tables: an entry for each row, or for each link of a cell


_ROW_NUMBER = regex(r"\W{0,2}(\d{1,5})\W{0,2}")
_BETWEEN_PRINTED = regex(rf"(?:;|(?<=\)),)\s+(?=[A-Z\u00c0-\u024f]|{PARTICLES})")
_BETWEEN_LINKED = regex(r"\s*(?:[;,/|\n]|\band\b|&)\s*|\s+")
_LONGEST_LINKED = 300


def _of_rows(lines: Sequence[Line]) -> Iterator[Group]:
    """The entries of tables; what is beside the tables is no entry."""
    rows: dict[int, dict[int, list[Line]]] = {}
    for line in lines:
        if line.row:
            rows.setdefault(line.row, {}).setdefault(line.block, []).append(line)
    for cells in rows.values():
        yield from _of_row(list(cells.values()))


def _of_row(cells: Sequence[Sequence[Line]]) -> Iterator[Group]:
    """One entry with the number that its row prints; several where one cell links or prints several works."""
    number = _ROW_NUMBER.fullmatch(cells[0][0].text) if len(cells) > 1 and len(cells[0]) == 1 else None
    mark = EntryMark("row", int(number[1]), cells[0][0].text, 0) if number else None
    rest = cells[1:] if number else cells
    linked = [line for cell in rest for line in _linked_works(cell)]
    whole = [cell for cell in rest if is_like(_text_of(cell))]
    works = [work for cell in whole for work in _printed_works(cell)]
    if len(linked) > 1 or (linked and not whole):
        yield from ((mark if len(linked) == 1 else None, [line]) for line in linked)
    elif len(works) > 1:
        yield from ((None, work) for work in works)
    elif whole:
        yield mark, list(max(whole, key=lambda cell: len(_text_of(cell))))
    elif is_like(". ".join(_text_of(cell) for cell in rest)):
        yield mark, [line for cell in rest for line in cell]  # a column each for authors, title, journal, year
    elif mark is not None and any(_may_be_entry(_text_of(cell)) for cell in rest):
        yield mark, list(max(rest, key=lambda cell: len(_text_of(cell))))


def _text_of(lines: Iterable[Line]) -> str:
    return " ".join(line.text for line in lines)


def _printed_works(cell: Sequence[Line]) -> Iterator[list[Line]]:
    """The works that a cell prints: one for each line, or one for each identifier with a semicolon between them."""
    if len(cell) > 1 and all(is_like(line.text) and _begins_work(line.text) for line in cell):
        yield from ([line] for line in cell)
        return
    ends = [match.end() for match in _BETWEEN_PRINTED.finditer(cell[0].text)] if len(cell) == 1 else []
    parts = [_part(cell[0], *span) for span in pairwise([0, *ends, len(cell[0].text)])]
    if len(parts) > 1 and all(is_like(part.text) and _IDENTIFIER.search(part.text) for part in parts):
        yield from ([part] for part in parts)
    elif _begins_work(_text_of(cell)):
        yield list(cell)


def _part(line: Line, start: int, end: int) -> Line:
    """A part of a line without the marks around it, and the links that are in it."""
    part = line.text[start:end]
    first = start + len(part) - len(part.lstrip(" ;,/|\n"))
    last = max(first, start + len(part.rstrip(" ;,/|\n")))
    links = tuple(
        Hyperlink((max(0, link.span[0] - first), max(0, min(link.span[1], last) - first)), link.address)
        for link in line.links
        if link.span[0] < end and link.span[1] > start
    )
    return replace(line, passage=line.passage.part(first, last), links=links)


def _begins_work(text: str) -> bool:
    """Whether a text begins as a citation does, or names an identifier: no remark on one."""
    return _begins_with_name(text) or _IDENTIFIER.search(text) is not None


def _linked_works(cell: Sequence[Line]) -> Iterator[Line]:
    """The parts of a cell around its links to works that have an identifier of their own, one for each link."""
    for line in cell:
        links = [link for link in line.links if _leads_to_a_work(link.address)]
        if not links or len(line.text) > _LONGEST_LINKED * len(links):
            continue
        ends = [0]
        for before, after in pairwise(links):
            between = _BETWEEN_LINKED.search(line.text, before.span[1], max(before.span[1], after.span[0]))
            ends.append(between.end() if between else after.span[0])
        for (start, end), link in zip(pairwise([*ends, len(line.text)]), links, strict=True):
            yield _part(replace(line, links=(link,)), start, end)


@lru_cache(maxsize=4096)
def _leads_to_a_work(address: str) -> bool:
    return any(
        identifier.kind is not IdKind.URL for identifier in recognise("", [Hyperlink((0, 0), address)]).identifiers
    )


# A list within one paragraph: References: 1. … 2. …


_RUN_IN = regex(
    r"[*_]{0,2}(?:(?:selected|key|cited|full)\s+)?(?:references?|sources?|bibliography|literature(?:\s+cited)?|citations?)[*_]{0,2}"
    r"\s*+[:.]?[*_]{0,2}\s*+(?=[\[(]?1(?:[.)\]]|\s+[\"\u201c\[A-Z\u00c0-\u024f]))",
    re.IGNORECASE,
)


def _run_in_list(lines: Sequence[Line]) -> ReferenceList | None:
    """The last paragraph that is a heading and its numbered list in one."""
    best: ReferenceList | None = None
    for paragraph in _paragraphs(lines):
        heading = _RUN_IN.match(paragraph[0].text)
        if heading is None or paragraph[0].row:
            continue
        whole = entry_of(1, (None, paragraph))
        groups = list(_numbered_parts(paragraph[0], whole, heading.end()))
        entries = _entries(groups)
        if len(entries) > 1 and _likely(entries) >= _LIKE_ENOUGH * len(entries):
            best = _made(entries, heading=paragraph[0].text[: heading.end()].strip(" :.*_"))
    return best


def _numbered_parts(line: Line, whole: ListedEntry, start: int) -> Iterator[Group]:
    """The parts of a paragraph from 1 on, each up to the next number of the same form."""
    found: list[re.Match[str]] = []
    form = _NUMBER if _NUMBER.match(whole.text, start) else _BARE_NUMBER
    for match in form.finditer(whole.text, start):
        if _value(match) == len(found) + 1 and (not found or match.lastgroup == found[0].lastgroup):
            before = whole.text[: match.start()].rstrip()
            ends = before.endswith((".", ")", "]", "/", ";", "*", "_")) or before[-1:].isdigit()
            if not found or ends or _IS_ADDRESS.match(before[before.rfind(" ") + 1 :]):
                found.append(match)
    for match, following in zip_longest(found, found[1:]):
        end = following.start() if following else len(whole.text)
        part = whole.text[match.end() : end].rstrip(" ;,")
        passage = whole.passage.part(match.end(), match.end() + len(part)).stripped()
        links = tuple(
            replace(link, span=(max(0, link.span[0] - match.end()), link.span[1] - match.end()))
            for link in whole.links
            if match.end() <= link.span[0] < end
        )
        mark = EntryMark("run-in", _value(match), match["label"], 0)
        yield mark, [replace(line, passage=passage, links=links)]


def numbered_chain(
    lines: Sequence[Line], at: int, form: DocumentFormat, most_between: int = 0
) -> tuple[list[Group], int]:
    """The numbered entries from this line on, and the line after them.

    `most_between` lines of other paragraphs (a page's head and foot) may come within an entry.
    """
    mark = start_of(lines[at])
    assert mark is not None  # noqa: S101 - the caller has found it
    groups: list[Group] = [(mark, [lines[at]])]
    lazy = False  # "1." before every entry, as Markdown allows and word processors leave
    held: list[Line] = []
    at += 1
    while at < len(lines) and len(held) <= most_between:
        line = lines[at]
        found = _next_start(line, groups, lazy=lazy)
        if found is not None:
            lazy = lazy or (len(groups) == 1 and found.number == groups[0][0].number if groups[0][0] else False)
            groups[-1][1].extend(held)
            groups.append((found, [line]))
            held = []
        elif not held and not _breaks_off(line, groups[-1][1], form):
            groups[-1][1].append(line)
        else:
            if line.level:
                break
            held.append(line)  # another paragraph: part of the entry only if the numbers go on after it
        at += 1
    return groups, at - len(held)


def _next_start(line: Line, groups: Sequence[Group], *, lazy: bool) -> EntryMark | None:
    """The mark of this line when it is the next entry's."""
    last = groups[-1][0]
    found = start_of(line)
    if found is None or last is None or found.kind != last.kind or found.number is None or last.number is None:
        return None
    step = found.number - last.number
    if found.kind == "item":
        return found if line.opens and step >= 0 else None
    repeats = step == 0 and (lazy or line.opens or is_like(line.text[found.length :]))
    if not (repeats or 0 < step <= _GREATEST_STEP):
        return None
    rest = line.text[found.length :]
    if line.opens:
        return found
    objections = (_GOES_ON.search(groups[-1][1][-1].text) is not None) + (_SMALL.match(rest) is not None)
    return found if objections == 0 or (objections == 1 and step == 1) else None


def _breaks_off(line: Line, entry: Sequence[Line], form: DocumentFormat) -> bool:
    """Whether a line without a mark is not part of the entry before it: a new paragraph, unless a page ends there."""
    if line.level or len(entry) >= _MOST_LINES:
        return True
    if not line.opens and line.block == entry[-1].block:
        return False
    if form in {DocumentFormat.HTML, DocumentFormat.DOCX, DocumentFormat.MARKDOWN} and line.item is not None:
        return True
    if form is DocumentFormat.PDF and entry[0].item is not None:
        return True  # its layout has shown where each entry ends
    return _SMALL.match(line.text) is None or line.note


def _bulleted(lines: Sequence[Line], marks: Sequence[EntryMark | None], form: DocumentFormat) -> Iterator[Group]:
    group: Group | None = None
    for line, mark in zip(lines, marks, strict=True):
        if mark is not None and mark.kind == "bullet":
            if group:
                yield group
            group = (mark, [line])
        elif group and _breaks_off(line, group[1], form):
            break
        elif group:
            group[1].append(line)
    if group:
        yield group


def _unmarked(lines: Sequence[Line], form: DocumentFormat) -> Iterator[Group]:
    """Entries without marks: one per paragraph, one per line, or wrapped lines with a hanging indent."""
    by_paragraph = form in {DocumentFormat.HTML, DocumentFormat.DOCX, DocumentFormat.MARKDOWN}
    group: list[Line] = []
    paragraphs = list(_paragraphs(lines))
    apart = not by_paragraph and any(len(paragraph) > 1 for paragraph in paragraphs) and _is_one_each(paragraphs)
    for paragraph in paragraphs:
        if (by_paragraph and len(paragraph) == 1) or (
            apart and not all(_begins_with_name(line.text) for line in paragraph)
        ):
            starts = {0}
        else:
            starts = _starts(paragraph)
        for at, line in enumerate(paragraph):
            joins = at == 0 and group and _SMALL.match(line.text) is not None and not _are_alike_alone(group, line)
            if at in starts and not (joins and not _begins_with_name(line.text)):
                if group:
                    yield None, group
                group = []
            group.append(line)
    if group:
        yield None, group


_ALONE = regex(
    r"(?P<pmid>PMID\b\W{0,3}\d+)|(?P<pmcid>(?:PMCID\b\W{0,3})?PMC\s?\d+)|(?P<doi>(?:doi\b\W{0,3})?10\.\d{4,9}/\S+)"
    r"|(?P<address>(?:https?://|www\.)\S+)",
    re.IGNORECASE,
)


def _are_alike_alone(before: Sequence[Line], line: Line) -> bool:
    """Whether both are nothing but an identifier of one kind: no work has two, so these are two works."""
    first, second = _ALONE.fullmatch(_text_of(before).rstrip(" .;")), _ALONE.fullmatch(line.text.rstrip(" .;"))
    return first is not None and second is not None and first.lastgroup == second.lastgroup


def _paragraphs(lines: Sequence[Line], *, at_openings: bool = False) -> Iterator[list[Line]]:
    """The lines by the document's paragraphs; if wanted, those within one that open a paragraph apart."""
    held: list[Line] = []
    for line in lines:
        if held and (line.block != held[-1].block or (at_openings and line.opens)):
            yield held
            held = []
        held.append(line)
    if held:
        yield held


_FEW_LINES = 6


def _is_one_each(paragraphs: Sequence[Sequence[Line]]) -> bool:
    """Whether each of these paragraphs of a plain text is one entry, with blank lines between them."""
    short = sum(len(paragraph) <= _FEW_LINES and is_like(_text_of(paragraph)) for paragraph in paragraphs)
    return short >= max(3, 0.8 * len(paragraphs))


def _starts(lines: Sequence[Line]) -> set[int]:
    """The lines of one paragraph with which entries begin."""
    if len(lines) == 1 or _are_entries(lines):
        return set(range(len(lines)))
    indents = {line.indent for line in lines}
    if len(indents) > 1:
        least = min(indents)
        hanging = {at for at, line in enumerate(lines) if line.indent == least}
        if 0 in hanging and len(hanging) > 1:
            return hanging
    width = max(len(line.text) for line in lines)
    by_initials = {at for at in range(1, len(lines)) if _begins_after(lines[at - 1].text, lines[at].text, width)}
    return {0} | (by_initials or set(_by_full_names(lines)))


_ENTRY_END = regex(r"(?:[.\])\d/]|https?://\S+|10\.\d{4,9}/\S+)\Z")


def _are_entries(lines: Sequence[Line]) -> bool:
    """Whether each line of a text is one entry: reads like one and is not cut off, or has its own identifier."""
    if all(_ends_with_identifier(line.text) and not _SMALL.match(line.text) for line in lines):
        return True
    if all(_are_alike_alone(lines[:1], line) for line in lines):
        return True
    most = 0.8 * len(lines)
    return (
        sum(is_like(line.text) for line in lines) >= most
        and sum(_ENTRY_END.search(line.text) is not None for line in lines) >= most
    )


_FULL_NAME = regex(
    rf"{PARTICLES}*"
    r"(?P<family>(?:St\. |[A-Z\u00c0-\u024f][\w'\u2019-]* )?[A-Z\u00c0-\u024f][\w'\u2019-]+)"
    r",\s[A-Z\u00c0-\u024f][\w'\u2019-]+(?:\s[A-Z\u00c0-\u024f][\w'\u2019-]+)?"
    r"(?:\s(?:[A-Z]\.\s?){1,3})?(?=[.,]|\s(?:and|&)\s|(?<=\.)\s?\(?\d{4})"
)
_SAME_NAME = regex(r"(?:[-\u2013-\u2015\u2e3a\u2e3b]{2,6}|_{3,12})[.,]\s")
"""A line for the name of the entry before."""


def _begins_with_name(text: str) -> bool:
    """Whether a text begins with a name as a list prints it: `van Dyke M`, `van Dyke, M.`, `van Dyke, Mary,`."""
    return _AUTHOR.match(text) is not None or _FULL_NAME.match(text) is not None


def _by_full_names(lines: Sequence[Line]) -> Iterator[int]:
    """The lines after a full stop that begin with a name as Chicago prints it, in alphabetical order."""
    last = _FULL_NAME.match(lines[0].text)
    for at, (before, line) in enumerate(pairwise(lines), 1):
        if not before.text.endswith((".", "/", ")", "]")):
            continue
        name = _FULL_NAME.match(line.text)
        if last and name and _is_in_order(last, name):
            last = name
            yield at
        elif _SAME_NAME.match(line.text):
            yield at


def _is_in_order(before: re.Match[str], name: re.Match[str]) -> bool:
    """Whether one name may follow the other in a list: by its particles or without them, by its accents or not."""
    forms = (str.casefold, _without_marks)
    return any(form(before[group]) <= form(name[group]) for group in ("family", 0) for form in forms)


def _without_marks(name: str) -> str:
    return "".join(filter(str.isalpha, unicodedata.normalize("NFKD", name))).casefold()


def _begins_after(before: str, text: str, width: int) -> bool:
    """Whether an entry begins with this line of a wrapped text: the one before ends a sentence, or ends early."""
    if _AUTHOR.match(text) is None or _GOES_ON.search(before):
        return False
    return (
        before.endswith((".", "/", ")", "]"))
        or any(letter == "/" or letter.isdigit() for letter in "".join(before.split()[-1:]))
        or len(before) < 0.75 * width
    )


# The entry that its lines make


_ADDRESS_GOES_ON = regex(
    r"(?<!\S)(?>\S*?(?:https?://|www\.|10\.\d{4,9}/))\S*[/_=?&%#.-]$|(?<!\S)https?:/{0,2}$|10\.\d{4,9}/$"
)
_IS_ADDRESS = regex(r"(?:doi:\s?|https?://\S{0,200}?)?10\.\d{4,9}(?:/\S|\Z)|https?://\S", re.IGNORECASE)
_WORD_GOES_ON = regex(r"[^\W\d_]-$|\d[-\u2013]$")
_PART_GOES_ON = regex(r"[^\W_]/$|\d;\d{1,4}(?:\([^()]{1,20}\))?:$")
"""The end of a line within "mg/kg" or "2019;12(3):45"."""
_OTHER_PART = regex(r"accessed|pmid|doi(?!\.org)|http", re.IGNORECASE)


def _entries(groups: Iterable[Group]) -> list[ListedEntry]:
    """The entries of the groups; lines of nothing but control characters print nothing and are none."""
    visible = (group for group in groups if any(map(_is_visible, group[1])))
    return [entry_of(position, group) for position, group in enumerate(visible, 1)]


def _is_visible(line: Line) -> bool:
    return not line.text or any(character.isprintable() for character in line.text)


def entry_of(position: int, group: Group) -> ListedEntry:
    """The entry that these lines make."""
    start, lines = group
    skipped = start.length if start else 0
    pieces: list[tuple[str, Passage]] = []
    links: list[Hyperlink] = []
    joints: list[int] = []
    length = 0
    for line in lines:
        passage = line.passage.part(skipped, len(line.text)).stripped() if skipped else line.passage
        shift = len(line.text[skipped:]) - len(line.text[skipped:].lstrip()) + skipped
        separator = _separator(pieces[-1][1].text, passage.text) if pieces else ""
        length += len(separator)
        joints += [length] if pieces and not separator else []
        for link in line.links:
            first, end = (max(0, place - shift) + length for place in link.span)
            links.append(Hyperlink((first, end), link.address))
        pieces.append((separator, passage))
        length += len(passage.text)
        skipped = 0
    passage = _without_backlinks(joined(pieces), links)
    number, label = (start.number, start.label) if start else (None, "")
    blocks = (lines[0].block, lines[-1].block + 1)
    return ListedEntry(position, number, label, passage, tuple(links), blocks, tuple(joints))


_BACK_ARROWS = regex(
    r"(?:[\s\u21a9\u21b5\u2191\u2934\u2b8c\ufe0e\ufe0f]"
    r"|\[(?:PubMed|CrossRef|DOI|PMC free article|Web of Science|Medline|Scopus|Full Text)\]"
    r"|\[?\bGoogle Scholar\]?|\bCrossRef\b){1,100}+\Z",
    re.IGNORECASE,
)
_BUTTONS = regex(
    r"(?:[\s|,;\u00b7]|\b(?:(?:view |full |free )?article|pub ?med(?: central)?|medline|cas|ads|isi|math|mathscinet"
    r"|scopus|web of science|full[ -]?text|abstract|pdf|html|open ?url|link|download|cross ?ref|google(?: scholar)?"
    r"|view(?: in article)?|go to)\b){1,100}+\Z",
    re.IGNORECASE,
)
_LONGEST_BACKLINKS = 100


def _without_backlinks(passage: Passage, links: Sequence[Hyperlink]) -> Passage:
    """Without the arrows that lead back to the text, which some converters print, and buttons that lead elsewhere.

    Article and PubMed are words: as buttons they are links, each of them.
    """
    begin = max(0, len(passage.text) - _LONGEST_BACKLINKS)
    arrows = _BACK_ARROWS.search(passage.text, begin)
    if arrows:
        passage = passage.part(0, arrows.start())
    buttons = _BUTTONS.search(passage.text, begin) if links else None
    if buttons and any(map(str.isalpha, buttons[0])):
        linked = {place for link in links for place in range(*link.span)}
        if all(place in linked for place in range(*buttons.span()) if passage.text[place].isalpha()):
            passage = passage.part(0, buttons.start())
    return passage


_OPEN_SICI = regex(r"10\.\d{4,9}/(?:\(SICI\)|\S*?\d{4}-\d{3}[\dX]\(\d{4})(?!\S*[A-Z]{2};\d)\S*\Z", re.IGNORECASE)
"""A SICI of which a line's end has left the beginning."""
_REST_OF_ADDRESS = regex(r"(?!(?:1[89]|20)\d\d\.?\Z)(?=[a-z0-9]*[\d/_.])[\w./()-]+")
_PART_OF_ADDRESS = regex(
    r"(?!https?:|www\.|doi|pmc?id|(?:pp?|no|vol)\.|(?:1[89]|20)\d\d\b)"
    r"(?:/\S|\.\d|[\w.~-]*[\w~][/_=]\S|(?=[^\s\d]{0,40}\d)[\w-]+[._]\w|\d{3,}\.?(?=\s|\Z))",
    re.IGNORECASE,
)
"""The first word of a line with which an address goes on: `/full`, `edu/~ex`, `8913.118`, `4555`."""


def _separator(before: str, after: str) -> str:
    """What joins two lines of a text that was wrapped: nothing within a word or an address, else a space."""
    last = before[before.rfind(" ") + 1 :][-300:]
    rest = _REST_OF_ADDRESS.fullmatch(after) or _PART_OF_ADDRESS.match(after)
    if _IS_ADDRESS.match(last) and last[-1] not in ".,;)" and rest:
        return ""  # a line's end within an address
    if _WORD_GOES_ON.search(last) or _OPEN_SICI.search(last):
        return ""
    if _ADDRESS_GOES_ON.search(last) and (last[-1] != "." or after[:1].islower() or after[:1].isdigit()):
        return " " if _OTHER_PART.match(after) else ""
    if _PART_GOES_ON.search(last) and not _IDENTIFIER.search(last):
        return ""
    return " "
