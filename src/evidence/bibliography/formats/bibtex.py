"""Citation keys for LaTeX, made from the references' ids."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from evidence.bibliography import variables
from evidence.bibliography.variables import Item, ItemName, Tag, rich_pieces
from evidence.model.dates import PartialDate

# Citation keys for LaTeX, made from the references' ids.

_ILLEGAL = re.compile(r"[^A-Za-z0-9:._-]+")  # what BibTeX, biber or LaTeX would trip over
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l"})


def citation_keys(ids: Sequence[str]) -> list[str]:
    """One key to each id, in order: legal, and unique also for readers that ignore case.

    An id that is a legal key stays as it is. In any other, letters lose their accents and the rest
    becomes `_`; where that meets another key, a piece of the id's SHA-256 follows, so that a key does
    not depend on the order of the references. Of ids that differ in case alone, the first in the
    alphabet stays. An id that stands there twice gets a number.
    """
    wished = [_legal(written) for written in ids]
    wanted = Counter(key.casefold() for key in wished)
    keepers: dict[str, str] = {}
    for written in sorted(ids, reverse=True):
        if written == _legal(written):
            keepers[written.casefold()] = written
    taken: set[str] = set()
    keys: list[str] = []
    for written, wish in zip(ids, wished, strict=True):
        alone = wanted[wish.casefold()] == 1 or keepers.get(wish.casefold()) == written
        key = _free(wish if alone else f"{wish}-{_fingerprint(written)}", taken)
        taken.add(key.casefold())
        keys.append(key)
    return keys


def _fingerprint(written: str) -> str:
    return hashlib.sha256(written.encode("utf-8", "backslashreplace")).hexdigest()[:6]


def _legal(written: str) -> str:
    decomposed = unicodedata.normalize("NFKD", written.translate(_LETTERS))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _ILLEGAL.sub("_", bare) or "item"


def _free(key: str, taken: set[str]) -> str:
    number, free = 1, key
    while free.casefold() in taken:
        number += 1
        free = f"{key}-{number}"
    return free


# Text for BibTeX and biblatex: UTF-8, with LaTeX's special characters escaped.

_COMMAND_OF_TAG = {"i": r"\textit{", "b": r"\textbf{", "sub": r"\textsubscript{", "sup": r"\textsuperscript{"}
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "`": r"\textasciigrave{}",
    **{char: "\\" + char for char in "{}$&#%_"},
}
_UNBALANCED = {**_ESCAPES, "{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
_SPECIAL = re.compile(r"[\\^~`{}$&#%_]|(?<=-)-|(?<=')'|(?<=<)<|(?<=>)>|(?<=,),")
_WORD = re.compile(r"[^ ]+")
_RANGE = re.compile(r"(?<=[^\W_])[ ]*[-\u2010-\u2015\u2212]+[ ]*(?=[^\W_])")
_AND = re.compile(r"(?:^|\s)and(?:\s|$)", re.IGNORECASE)
_NOT_IN_ADDRESS = str.maketrans({char: f"%{ord(char):02X}" for char in '{}\\ "'})


def literal(text: str) -> str:
    """Plain text that LaTeX prints as it stands."""
    return _escaped(text, _escapes_for(text))


def latex_list_item(text: str) -> str:
    """Plain text for a field that is a list joined by `and` (publishers, places): never cut at its own "and"."""
    return f"{{{literal(text)}}}" if _AND.search(text) else literal(text)


def address(text: str) -> str:
    """A URL or DOI as it is: these fields are verbatim. What no URL may hold is percent-encoded."""
    return text.translate(_NOT_IN_ADDRESS)


def page_range(text: str) -> str:
    """Pages, with TeX's `--` between first and last."""
    return "--".join(literal(part) for part in _RANGE.split(text))


def rich(text: str) -> str:
    r"""CSL-JSON's rich text with `\textit`, `\textbf`, `\textsubscript` and `\textsuperscript`."""
    return _rich(text, keep_case=False)


def title(text: str) -> str:
    """Rich text whose capitals no bibliography style makes small.

    A style in sentence case keeps the first letter of a title and makes all others small; every
    word that has another capital (DNA, McCue, Crohn's) stands in braces.
    """
    return _rich(text, keep_case=True)


def person(name: ItemName) -> str:
    """A name in the form `von Last, Jr, First`, which alone is not ambiguous; a body in braces."""
    if name.literal:
        return f"{{{literal(name.literal)}}}"
    last = _last_name(name)
    if not (name.given or name.suffix):
        return last if last.startswith("{") else f"{{{last}}}"
    parts = [_name_part(name.suffix)] if name.suffix else []
    return ", ".join([last, *parts, _name_part(name.given) or "{}"])


def _last_name(name: ItemName) -> str:
    particle_is_von = name.particle == name.particle.lower()
    family = name.family if particle_is_von else name.last
    said = literal(family)
    if "," in family or _AND.search(family) or any(word[0].islower() for word in family.split()):
        said = f"{{{said}}}"
    return f"{literal(name.particle)} {said}" if name.particle and particle_is_von else said


def _name_part(text: str) -> str:
    return f"{{{literal(text)}}}" if "," in text or _AND.search(text) else literal(text)


def _rich(text: str, *, keep_case: bool) -> str:
    parts = list(rich_pieces(text))
    escapes = _escapes_for("".join(part for part in parts if isinstance(part, str)))
    out: list[str] = []
    starts = True
    for part in parts:
        if isinstance(part, Tag):
            # {} tells pandoc that \textit{{DNA}} is a braced word in italics, no italics in two braces
            closing = "{}}" if keep_case and out and out[-1].startswith("{") else "}"
            out.append(closing if part.closes else _COMMAND_OF_TAG[part.name])
        elif keep_case:
            out.append(_with_capitals_kept(part, escapes, starts=starts))
            starts = False
        else:
            out.append(_escaped(part, escapes))
    return "".join(out)


def _with_capitals_kept(text: str, escapes: dict[str, str], *, starts: bool) -> str:
    def kept(match: re.Match[str]) -> str:
        word = match[0]
        said = _escaped(word, escapes)
        judged = word[1:] if starts and match.start() == 0 else word
        if not any(char.isupper() for char in judged):
            return said
        # {\x…} at the outermost level is what BibTeX calls a special character: not protected
        return f"{{{{{said}}}}}" if said.startswith("\\") else f"{{{said}}}"

    return _WORD.sub(kept, text)


def _escapes_for(text: str) -> dict[str, str]:
    depth = 0
    for brace in re.findall(r"[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return _UNBALANCED
    return _UNBALANCED if depth else _ESCAPES


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return _SPECIAL.sub(lambda match: escapes.get(match[0], "{}" + match[0]), text)


# What the entries of BibTeX and biblatex have in common.

Fields = Iterator[tuple[str, str]]
_IN_A_BOOK = frozenset(["incollection", "inproceedings", "inreference"])


class Macro(str):
    """One of BibTeX's own abbreviations (`feb`): the only value that stands without braces."""

    __slots__ = ()


def write_entries(items: Sequence[Item], kind_of: Callable[[Item], str], fields_of: Callable[[Item], Fields]) -> str:
    """One entry to each item, with its key; fields without a value are left out."""
    keys = citation_keys([variables.text(item, "id") for item in items])
    entries = []
    for item, key in zip(items, keys, strict=True):
        lines = [f"@{kind_of(item)}{{{key},"]
        lines += [f"  {name} = {_value(said)}," for name, said in fields_of(item) if said]
        entries.append("\n".join([*lines, "}\n"]))
    return "\n".join(entries)


def _value(said: str) -> str:
    return said if isinstance(said, Macro) else f"{{{said}}}"


def people_and_titles(item: Item) -> Fields:
    """Who wrote what."""
    for role in ("author", "editor", "translator"):
        yield role, " and ".join(person(name) for name in variables.names(item, role))
    yield "title", title(variables.text(item, "title"))
    yield "origtitle", title(variables.text(item, "original-title"))
    yield "shorttitle", title(variables.text(item, "title-short"))


def container(item: Item, kind: str, journal_field: str) -> Fields:
    """The journal, website or book, in full and short; a book's title keeps its capitals."""
    said = variables.text(item, "container-title")
    if kind in _IN_A_BOOK:
        yield "booktitle", title(said)
    else:
        yield journal_field, rich(said)
    yield "shortjournal", rich(variables.text(item, "container-title-short"))


def plain_fields(item: Item) -> Fields:
    """The fields of both formats that hold one variable's text."""
    yield "volume", literal(variables.text(item, "volume"))
    yield "series", rich(variables.text(item, "collection-title"))
    yield "edition", literal(variables.text(item, "edition"))
    yield "version", literal(variables.text(item, "version"))
    yield "issn", literal(variables.text(item, "ISSN"))
    yield "isbn", literal(variables.text(item, "ISBN"))


def identifiers_and_notes(item: Item, annotation: str) -> Fields:
    """Identifiers, address, when it was read, and what must be said of it."""
    yield "doi", address(variables.text(item, "DOI"))
    yield "pmid", literal(variables.text(item, "PMID"))
    yield "pmcid", literal(variables.text(item, "PMCID"))
    yield "setid", literal(variables.set_id(item))
    yield "url", address(variables.text(item, "URL"))
    yield "urldate", literal(variables.edtf(variables.date(item, "accessed")))
    yield "keywords", literal(", ".join(variables.keywords(item)))
    # `note` is printed by the styles, the annotation is not: a retraction takes the first place
    yield from zip(("note", annotation), map(rich, variables.notes(item)), strict=False)


def issue_and_number(item: Item, number_field: str) -> Fields:
    """The issue; without one, the number of a report or the like. `number` is what both formats call it."""
    issue = variables.text(item, "issue")
    own = "" if variables.article_number(item) else variables.text(item, "number")
    yield "number", literal(issue or own)
    if issue and own:
        yield number_field, literal(own)


# biblatex: for LaTeX with biber, and for what reads its richer fields (Zotero, JabRef, pandoc).

_KINDS_BIBLATEX = {
    **dict.fromkeys(variables.ARTICLE_TYPES, "article"),
    "book": "book",
    "chapter": "incollection",
    "entry": "inreference",
    "entry-dictionary": "inreference",
    "entry-encyclopedia": "inreference",
    "paper-conference": "inproceedings",
    "report": "report",
    "thesis": "thesis",
    "manuscript": "unpublished",
    "pamphlet": "booklet",
    "webpage": "online",
    "post": "online",
    "post-weblog": "online",
    "dataset": "dataset",
    "software": "software",
    "patent": "patent",
    "standard": "standard",
}
_PUBLISHER_BIBLATEX = {
    **dict.fromkeys(["online", "misc", "software", "standard"], "organization"),
    **dict.fromkeys(["report", "thesis"], "institution"),
}
_BABEL = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "pl": "polish",
    "pt": "portuguese",
    "ru": "russian",
}


def write_biblatex(items: Sequence[Mapping[str, object]]) -> str:
    """The items as a biblatex database in UTF-8.

    Dates are EDTF (biblatex 3.5 and later, with biber), an article number is `eid`.
    """
    return write_entries(items, _kind_biblatex, _fields_biblatex)


def _kind_biblatex(item: Item) -> str:
    kind = variables.text(item, "type")
    if kind == "article" and not variables.text(item, "container-title"):
        return "online"  # a preprint that names no server
    return _KINDS_BIBLATEX.get(kind, "misc")


def _fields_biblatex(item: Item) -> Fields:
    kind = _kind_biblatex(item)
    yield from people_and_titles(item)
    yield from container(item, kind, "journaltitle")
    yield from _issued_biblatex(item)
    yield from issue_and_number(item, "reportnumber")
    yield from plain_fields(item)
    yield "type", literal(variables.text(item, "genre"))
    yield "pages", page_range(variables.text(item, "page"))
    yield "eid", literal(variables.article_number(item))
    yield _PUBLISHER_BIBLATEX.get(kind, "publisher"), latex_list_item(variables.text(item, "publisher"))
    yield "location", latex_list_item(variables.text(item, "publisher-place"))
    language = variables.text(item, "language")
    yield "language", latex_list_item(language)
    yield "langid", _BABEL.get(language.lower()[:2], "")
    yield from identifiers_and_notes(item, "annotation")


def _issued_biblatex(item: Item) -> Fields:
    when = variables.date(item, "issued")
    if isinstance(when, PartialDate):
        yield "date", str(when)
    else:
        yield "year", literal(when or "")


# BibTeX: for LaTeX with classic styles, JabRef, Overleaf, pandoc.

_KINDS = {
    **dict.fromkeys(variables.ARTICLE_TYPES, "article"),
    "book": "book",
    "chapter": "incollection",
    "entry": "incollection",
    "entry-dictionary": "incollection",
    "entry-encyclopedia": "incollection",
    "paper-conference": "inproceedings",
    "report": "techreport",
    "thesis": "phdthesis",
    "manuscript": "unpublished",
    "pamphlet": "booklet",
}
_PUBLISHER = {
    "techreport": "institution",
    "phdthesis": "school",
    "inproceedings": "publisher",
    "misc": "howpublished",
    "booklet": "howpublished",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def write_bibtex(items: Sequence[Mapping[str, object]]) -> str:
    """The items as a BibTeX database in UTF-8.

    Dates are `year`, `month` (BibTeX's macros) and `day`; a season or an interval stands in `date`
    too, as EDTF. An article number is `eid` and, for the styles that know no `eid`, `pages`.
    """
    return write_entries(items, _kind, _fields)


def _kind(item: Item) -> str:
    kind = variables.text(item, "type")
    if kind == "article" and not variables.text(item, "container-title"):
        return "misc"  # a preprint that names no server
    return _KINDS.get(kind, "misc")


def _fields(item: Item) -> Fields:
    kind = _kind(item)
    yield from people_and_titles(item)
    yield from container(item, kind, "journal")
    yield from _issued(item)
    yield from issue_and_number(item, "reportnumber")
    yield from plain_fields(item)
    # without a type, styles print @phdthesis as "PhD thesis", which nobody said
    yield "type", literal(variables.text(item, "genre")) or ("Thesis" if kind == "phdthesis" else "")
    number = variables.article_number(item)
    yield "pages", page_range(variables.text(item, "page")) or literal(number)
    yield "eid", literal(number)
    yield _PUBLISHER.get(kind, "publisher"), latex_list_item(variables.text(item, "publisher"))
    yield "address", latex_list_item(variables.text(item, "publisher-place"))
    yield "language", literal(variables.text(item, "language"))
    yield from identifiers_and_notes(item, "annote")


def _issued(item: Item) -> Fields:
    when = variables.date(item, "issued")
    if not isinstance(when, PartialDate):
        yield "year", variables.year(when) or literal(when or "")
        if when and when != variables.year(when):
            yield "date", literal(when)
        return
    yield "year", variables.year(when)
    if when.until is None and when.month:
        yield "month", Macro(_MONTHS[when.month - 1])
        yield "day", str(when.day or "")
    elif when.until is None or when.until.year == when.year:
        yield "month", literal(variables.month_and_day(when))
    if when.until is not None or when.season:
        yield "date", str(when)
