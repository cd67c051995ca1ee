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
    def text(variable: str) -> str:
        return variables.text(item, variable)

    kind, code = _KINDS.get(text("type"), _GENERIC)
    yield '<source-app name="evidence">evidence</source-app>'
    yield f"<rec-number>{number}</rec-number>"
    yield f"<ref-type name={quoteattr(kind)}>{code}</ref-type>"
    groups = (("author", "authors"), ("editor", "secondary-authors"), ("translator", "subsidiary-authors"))
    yield _within(
        "contributors",
        *(
            _within(group, *(_element("author", inverted(name)) for name in variables.names(item, role)))
            for role, group in groups
        ),
    )
    yield _within(
        "titles",
        _element("title", text("title")),
        _element("secondary-title", text("container-title")),
        _element("tertiary-title", text("collection-title")),
        _element("short-title", text("title-short")),
        _element("alt-title", text("container-title-short")),
    )
    yield _within(
        "periodical",
        _element("full-title", text("container-title")),
        _element("abbr-1", text("container-title-short")),
    )
    article_number, issue = variables.article_number(item), text("issue")
    first, last = variables.pages(item)
    yield _element("pages", f"{first}-{last}" if last else first or article_number)
    yield _element("volume", text("volume"))
    yield _element("number", issue or ("" if article_number else text("number")))
    yield _element("edition", variables.edition(item))
    yield _within("keywords", *(_element("keyword", word) for word in variables.keywords(item)))
    issued = variables.date(item, "issued")
    yield _within(
        "dates",
        _element("year", variables.year(issued)),
        _within("pub-dates", _element("date", variables.month_and_day(issued))),
    )
    yield _element("pub-location", text("publisher-place"))
    yield _element("publisher", text("publisher"))
    yield _element("orig-pub", text("original-title"))
    yield _element("isbn", ", ".join(filter(None, (text("ISSN"), text("ISBN")))))
    accession, database = variables.accession(item)
    yield _element("accession-num", accession)
    yield _element("call-num", variables.second_accession(item))
    yield _element("electronic-resource-num", text("DOI"))
    yield _element("label", text("id"))
    for name, note in zip(("notes", "research-notes"), variables.notes(item), strict=False):
        yield _element(name, note)
    yield _element("work-type", text("genre"))
    yield _element("remote-database-name", database)
    yield _element("language", text("language"))
    yield _within("urls", _within("related-urls", _element("url", text("URL"))))
    yield _element("access-date", variables.edtf(variables.date(item, "accessed")))
    yield _element("custom2", text("PMCID"))
    # the number of what has an issue too: EndNote has one field for both
    yield _element("custom7", article_number or (text("number") if issue else ""))


def _within(name: str, *elements: str) -> str:
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
