"""BibTeX, for LaTeX with classic styles, JabRef, Overleaf and pandoc; biblatex, for LaTeX with biber and for Zotero.

Both are UTF-8 with LaTeX's special characters escaped. One body writes them, and what differs is in two dialects: the
kinds of entries, the names of some fields, and how dates are written.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidence.bibliography import variables
from evidence.bibliography.variables import Item, ItemName, Tag, rich_pieces
from evidence.model.dates import PartialDate
from evidence.model.regex import regex

Fields = Iterator[tuple[str, str]]
_IN_A_BOOK = frozenset(["incollection", "inproceedings", "inreference"])
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


def write_bibtex(items: Sequence[Mapping[str, object]]) -> str:
    """The items as a BibTeX database in UTF-8.

    Dates are `year`, `month` (BibTeX's macros) and `day`; a season or an interval is in `date`
    too, as EDTF. An article number is `eid` and, for the styles that know no `eid`, `pages`.
    """
    return _entries(items, _BIBTEX)


def write_biblatex(items: Sequence[Mapping[str, object]]) -> str:
    """The items as a biblatex database in UTF-8.

    Dates are EDTF (biblatex 3.5 and later, with biber), an article number is `eid`.
    """
    return _entries(items, _BIBLATEX)


class Macro(str):
    """One of BibTeX's own abbreviations (`feb`): the only value that is written without braces."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What BibTeX and biblatex do not have in common.

    `kinds` are the kinds of entries by CSL's types, `preprint` is that of a preprint that names no server;
    `publishers` are the names of the publisher's field by kind; `issued` writes the date of publication.
    """

    kinds: Mapping[str, str]
    preprint: str
    publishers: Mapping[str, str]
    journal: str
    place: str
    annotation: str
    issued: Callable[[Item], Fields]


def _bibtex_date(item: Item) -> Fields:
    when = variables.date(item, "issued")
    if not isinstance(when, PartialDate):
        yield "year", variables.year(when) or literal(when or "")
        if when and when != variables.year(when):
            yield "date", literal(when)
        return
    yield "year", variables.year(when)
    if when.until is None and when.month:
        yield "month", Macro(variables.MONTHS[when.month - 1].lower())
        yield "day", str(when.day or "")
    elif when.until is None or when.until.year == when.year:
        yield "month", literal(variables.month_and_day(when))
    if when.until is not None or when.season:
        yield "date", str(when)


def _biblatex_date(item: Item) -> Fields:
    when = variables.date(item, "issued")
    if isinstance(when, PartialDate):
        yield "date", str(when)
    else:
        yield "year", literal(when or "")


_BIBTEX = _Dialect(
    kinds={
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
    },
    preprint="misc",
    publishers={
        "techreport": "institution",
        "phdthesis": "school",
        "inproceedings": "publisher",
        "misc": "howpublished",
        "booklet": "howpublished",
    },
    journal="journal",
    place="address",
    annotation="annote",
    issued=_bibtex_date,
)
_BIBLATEX = _Dialect(
    kinds={
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
    },
    preprint="online",
    publishers={
        **dict.fromkeys(["online", "misc", "software", "standard"], "organization"),
        **dict.fromkeys(["report", "thesis"], "institution"),
    },
    journal="journaltitle",
    place="location",
    annotation="annotation",
    issued=_biblatex_date,
)


def _entries(items: Sequence[Item], dialect: _Dialect) -> str:
    """One entry to each item, with its key; fields without a value are left out."""
    entries = []
    for item, key in zip(items, citation_keys([variables.text(item, "id") for item in items]), strict=True):
        kind = dialect.kinds.get(variables.text(item, "type"), "misc")
        if variables.text(item, "type") == "article" and not variables.text(item, "container-title"):
            kind = dialect.preprint
        lines = [f"@{kind}{{{key},"]
        for name, value in _fields(item, kind, dialect):
            if value:
                lines.append(f"  {name} = {value if isinstance(value, Macro) else f'{{{value}}}'},")
        entries.append("\n".join([*lines, "}\n"]))
    return "\n".join(entries)


def _fields(item: Item, kind: str, dialect: _Dialect) -> Fields:
    def text(variable: str) -> str:
        return variables.text(item, variable)

    for role in ("author", "editor", "translator"):
        yield role, " and ".join(person(name) for name in variables.names(item, role))
    yield "title", title(text("title"))
    yield "origtitle", title(text("original-title"))
    yield "shorttitle", title(text("title-short"))
    if kind in _IN_A_BOOK:  # a book's title keeps its capitals
        yield "booktitle", title(text("container-title"))
    else:
        yield dialect.journal, rich(text("container-title"))
    yield "shortjournal", rich(text("container-title-short"))
    yield from dialect.issued(item)
    # `number` is the issue; without one, the number of a report or the like.
    article_number = variables.article_number(item)
    issue, number = text("issue"), "" if article_number else text("number")
    yield "number", literal(issue or number)
    if issue:
        yield "reportnumber", literal(number)
    yield "volume", literal(text("volume"))
    yield "series", rich(text("collection-title"))
    yield "edition", literal(text("edition"))
    yield "version", literal(text("version"))
    yield "issn", literal(text("ISSN"))
    yield "isbn", literal(text("ISBN"))
    genre, pages = literal(text("genre")), page_range(text("page"))
    if dialect is _BIBTEX:
        # without a type, styles print @phdthesis as "PhD thesis", which may be wrong
        genre = genre or ("Thesis" if kind == "phdthesis" else "")
        pages = pages or literal(article_number)
    yield "type", genre
    yield "pages", pages
    yield "eid", literal(article_number)
    yield dialect.publishers.get(kind, "publisher"), latex_list_item(text("publisher"))
    yield dialect.place, latex_list_item(text("publisher-place"))
    if dialect is _BIBTEX:
        yield "language", literal(text("language"))
    else:
        yield "language", latex_list_item(text("language"))
        yield "langid", _BABEL.get(text("language").lower()[:2], "")
    yield "doi", address(text("DOI"))
    yield "pmid", literal(text("PMID"))
    yield "pmcid", literal(text("PMCID"))
    yield "setid", literal(variables.set_id(item))
    yield "url", address(text("URL"))
    yield "urldate", literal(variables.edtf(variables.date(item, "accessed")))
    yield "keywords", literal(", ".join(variables.keywords(item)))
    # `note` is printed by the styles, the annotation is not: a retraction takes the first place
    yield from zip(("note", dialect.annotation), map(rich, variables.notes(item)), strict=False)


# Citation keys for LaTeX, made from the references' ids.

_ILLEGAL = regex(r"[^A-Za-z0-9:._-]+")  # what BibTeX, biber or LaTeX would trip over
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l"})


def citation_keys(ids: Sequence[str]) -> list[str]:
    """One key to each id, in order: legal, and unique also for readers that ignore case.

    An id that is a legal key stays as it is. In any other, letters lose their accents and the rest
    becomes `_`; where that meets another key, a piece of the id's SHA-256 follows, so that a key does
    not depend on the order of the references. Of ids that differ in case alone, the first in the
    alphabet stays. An id that is there twice gets a number.
    """
    legal = [_legal(name) for name in ids]
    wanted = Counter(key.casefold() for key in legal)
    unchanged: dict[str, str] = {}
    for name in sorted(ids, reverse=True):
        if name == _legal(name):
            unchanged[name.casefold()] = name
    taken: set[str] = set()
    keys: list[str] = []
    for name, key in zip(ids, legal, strict=True):
        folded = key.casefold()
        if wanted[folded] > 1 and unchanged.get(folded) != name:
            digest = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()
            key = f"{key}-{digest[:6]}"  # noqa: PLW2901 - the same key, made unique
        number, free = 1, key
        while free.casefold() in taken:
            number += 1
            free = f"{key}-{number}"
        taken.add(free.casefold())
        keys.append(free)
    return keys


def _legal(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _ILLEGAL.sub("_", bare) or "item"


# Text with LaTeX's special characters escaped.

_COMMANDS = {"i": r"\textit{", "b": r"\textbf{", "sub": r"\textsubscript{", "sup": r"\textsuperscript{"}
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "`": r"\textasciigrave{}",
    **{char: "\\" + char for char in "{}$&#%_"},
}
_UNBALANCED = {**_ESCAPES, "{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
_SPECIAL = regex(r"[\\^~`{}$&#%_]|(?<=-)-|(?<=')'|(?<=<)<|(?<=>)>|(?<=,),")
_WORD = regex(r"[^ ]+")
_RANGE = regex(r"(?<=[^\W_])[ ]*[-\u2010-\u2015\u2212]+[ ]*(?=[^\W_])")
_AND = regex(r"(?:^|\s)and(?:\s|$)", re.IGNORECASE)
_NOT_IN_ADDRESS = str.maketrans({char: f"%{ord(char):02X}" for char in '{}\\ "'})


def literal(text: str) -> str:
    """Plain text that LaTeX prints as it is."""
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
    word that has another capital (DNA, McCue, Crohn's) is in braces.
    """
    return _rich(text, keep_case=True)


def person(name: ItemName) -> str:
    """A name in the form `von Last, Jr, First`, which alone is not ambiguous; a body in braces."""
    if name.literal:
        return f"{{{literal(name.literal)}}}"
    last = _last_name(name)
    if not (name.given or name.suffix):
        return last if last.startswith("{") else f"{{{last}}}"
    suffix = [_name_part(name.suffix)] if name.suffix else []
    return ", ".join([last, *suffix, _name_part(name.given) or "{}"])


def _last_name(name: ItemName) -> str:
    particle_is_von = name.particle == name.particle.lower()
    family = name.family if particle_is_von else name.last
    text = literal(family)
    if "," in family or _AND.search(family) or any(word[0].islower() for word in family.split()):
        text = f"{{{text}}}"
    return f"{literal(name.particle)} {text}" if name.particle and particle_is_von else text


def _name_part(text: str) -> str:
    return f"{{{literal(text)}}}" if "," in text or _AND.search(text) else literal(text)


def _rich(text: str, *, keep_case: bool) -> str:
    parts = list(rich_pieces(text))
    escapes = _escapes_for("".join(part for part in parts if isinstance(part, str)))
    out: list[str] = []
    starts = True
    for part in parts:
        if isinstance(part, Tag):
            # {} shows pandoc that \textit{{DNA}} is a braced word in italics, and not italics in two braces
            closing = "{}}" if keep_case and out and out[-1].startswith("{") else "}"
            out.append(closing if part.closes else _COMMANDS[part.name])
        elif keep_case:
            out.append(_with_protected_capitals(part, escapes, starts=starts))
            starts = False
        else:
            out.append(_escaped(part, escapes))
    return "".join(out)


def _with_protected_capitals(text: str, escapes: dict[str, str], *, starts: bool) -> str:
    def protected(match: re.Match[str]) -> str:
        word = match[0]
        escaped = _escaped(word, escapes)
        judged = word[1:] if starts and match.start() == 0 else word
        if not any(char.isupper() for char in judged):
            return escaped
        # {\x…} at the outermost level is what BibTeX calls a special character: not protected
        return f"{{{{{escaped}}}}}" if escaped.startswith("\\") else f"{{{escaped}}}"

    return _WORD.sub(protected, text)


def _escapes_for(text: str) -> dict[str, str]:
    depth = 0
    for brace in re.findall(r"[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return _UNBALANCED
    return _UNBALANCED if depth else _ESCAPES


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return _SPECIAL.sub(lambda match: escapes.get(match[0], "{}" + match[0]), text)
