"""EndNote XML: EndNote's own export format, with italics, sub- and superscript as styles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from evidence.bibliography import variables
from evidence.bibliography.formats.ris import inverted
from evidence.bibliography.variables import Item, Tag

_KINDS = {
    "article-journal": ("Journal Article", 17),
    "article-magazine": ("Magazine Article", 19),
    "article-newspaper": ("Newspaper Article", 23),
    "article": ("Electronic Article", 43),
    "review": ("Journal Article", 17),
    "review-book": ("Journal Article", 17),
    "book": ("Book", 6),
    "chapter": ("Book Section", 5),
    "dataset": ("Dataset", 59),
    "entry": ("Encyclopedia", 53),
    "entry-dictionary": ("Dictionary", 52),
    "entry-encyclopedia": ("Encyclopedia", 53),
    "manuscript": ("Manuscript", 36),
    "paper-conference": ("Conference Paper", 47),
    "patent": ("Patent", 25),
    "post-weblog": ("Blog", 56),
    "regulation": ("Government Document", 46),
    "report": ("Report", 27),
    "software": ("Computer Program", 9),
    "standard": ("Standard", 58),
    "thesis": ("Thesis", 32),
    "webpage": ("Web Page", 12),
}
_GENERIC = ("Generic", 13)
_FACES = {"i": "italic", "b": "bold", "sub": "subscript", "sup": "superscript"}
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<xml><records>\n'


def write_endnote(items: Sequence[Mapping[str, object]]) -> str:
    """The items as EndNote XML in UTF-8, elements in the order of EndNote's DTD (RSXML)."""
    records = ("".join(_record(item, number)) for number, item in enumerate(items, 1))
    return _HEAD + "".join(f"<record>{record}</record>\n" for record in records) + "</records></xml>\n"


def _record(item: Item, number: int) -> Iterator[str]:
    kind, code = _KINDS.get(variables.text(item, "type"), _GENERIC)
    yield '<source-app name="evidence">evidence</source-app>'
    yield f"<rec-number>{number}</rec-number>"
    yield f"<ref-type name={quoteattr(kind)}>{code}</ref-type>"
    yield _within("contributors", _contributors(item))
    yield _within("titles", _titles(item))
    yield _within("periodical", _periodical(item))
    yield from _locators(item)
    yield _within("keywords", (_element("keyword", word) for word in variables.keywords(item)))
    yield _within("dates", _dates(item))
    yield _element("pub-location", variables.text(item, "publisher-place"))
    yield _element("publisher", variables.text(item, "publisher"))
    yield _element("orig-pub", variables.text(item, "original-title"))
    yield _element("isbn", ", ".join(filter(None, (variables.text(item, "ISSN"), variables.text(item, "ISBN")))))
    accession, database = variables.accession(item)
    yield _element("accession-num", accession)
    yield _element("call-num", variables.second_accession(item))
    yield _element("electronic-resource-num", variables.text(item, "DOI"))
    yield _element("label", variables.text(item, "id"))
    said = variables.notes(item)
    yield from (_element(name, note) for name, note in zip(("notes", "research-notes"), said, strict=False))
    yield _element("work-type", variables.text(item, "genre"))
    yield _element("remote-database-name", database)
    yield _element("language", variables.text(item, "language"))
    yield _within("urls", [_within("related-urls", [_element("url", variables.text(item, "URL"))])])
    yield _element("access-date", variables.edtf(variables.date(item, "accessed")))
    yield _element("custom2", variables.text(item, "PMCID"))
    yield _element("custom7", variables.article_number(item) or _number_beside_an_issue(item))


def _contributors(item: Item) -> Iterator[str]:
    for role, group in (("author", "authors"), ("editor", "secondary-authors"), ("translator", "subsidiary-authors")):
        yield _within(group, (_element("author", inverted(name)) for name in variables.names(item, role)))


def _titles(item: Item) -> Iterator[str]:
    yield _element("title", variables.text(item, "title"))
    yield _element("secondary-title", variables.text(item, "container-title"))
    yield _element("tertiary-title", variables.text(item, "collection-title"))
    yield _element("short-title", variables.text(item, "title-short"))
    yield _element("alt-title", variables.text(item, "container-title-short"))


def _periodical(item: Item) -> Iterator[str]:
    yield _element("full-title", variables.text(item, "container-title"))
    yield _element("abbr-1", variables.text(item, "container-title-short"))


def _locators(item: Item) -> Iterator[str]:
    number = variables.article_number(item)
    first, last = variables.pages(item)
    yield _element("pages", f"{first}-{last}" if last else first or number)
    yield _element("volume", variables.text(item, "volume"))
    yield _element("number", variables.text(item, "issue") or ("" if number else variables.text(item, "number")))
    yield _element("edition", variables.edition(item))


def _number_beside_an_issue(item: Item) -> str:
    """The number of what has an issue too: EndNote has one field for both."""
    return variables.text(item, "number") if variables.text(item, "issue") else ""


def _dates(item: Item) -> Iterator[str]:
    issued = variables.date(item, "issued")
    yield _element("year", variables.year(issued))
    yield _within("pub-dates", [_element("date", variables.month_and_day(issued))])


def _within(name: str, elements: Iterator[str] | list[str]) -> str:
    inside = "".join(elements)
    return f"<{name}>{inside}</{name}>" if inside else ""


def _element(name: str, rich: str) -> str:
    """An element with its text, in EndNote's style runs where it has markup; none when there is no text."""
    if not rich:
        return ""
    text = "".join(_runs(rich)) if "<" in rich else escape(rich)
    return f"<{name}>{text}</{name}>"


def _runs(rich: str) -> Iterator[str]:
    faces: list[str] = []
    for piece in variables.rich_pieces(rich):
        if isinstance(piece, Tag):
            if piece.closes:
                faces.pop()
            else:
                faces.append(_FACES[piece.name])
        else:
            face = " ".join(faces) or "normal"
            yield f'<style face="{face}" font="default" size="100%">{escape(piece)}</style>'
