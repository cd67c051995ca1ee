"""Structured Product Labeling (HL7 SPL): the document of one version of a label, read into sections and products.

A section's text is what its tokens are made of (`evidence.matching.tokens`): superscripts and subscripts are marked,
table cells and lines are apart, an image is `[image NAME]`, and an underlined line over another is a fraction. Sections
nested in others belong to the nearest one around them that has a LOINC code of its own. What is not there is left out,
never guessed: labels of 2006 have no product data of today's shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree.ElementTree import Element, ParseError, XMLParser

from evidence.matching.label_sections import ADDRESS, HIGHLIGHTS, PRODUCT_DATA, SectionText
from evidence.matching.tokens import lowered, raised
from evidence.model.identifiers import Identifier, label_version_of
from evidence.model.records import LabelContents, LabelProduct, LabelSection, Strength
from evidence.model.regex import regex

LARGEST = 16_000_000  # bytes of XML; the largest label known has a tenth of it
UNCLASSIFIED = "42229-5"

_NS = "{urn:hl7-org:v3}"
_DEEPEST = 60  # sections, marks or product data within one another; recorded labels have at most 9
_LOINC = regex(r"[0-9]{1,7}-[0-9]")
_NUMBER = regex(r"\s*(?:[0-9]+(?:\.[0-9]+)*\.?|[A-Z]\.|\([ivx0-9]+\))\s+(?=\S)")
_DAY = regex(r"([0-9]{8})(?:[0-9]{2,6}(?:\.[0-9]+)?)?(?:[+-][0-9]{4})?")
_SPACE = regex(r"[\s\ue000-\ue002]+")
_OF_ADDRESS = regex(
    r"(?i:\b(?:manufactured|distributed|marketed|(?:re)?packaged|made|revised|issued|rev)\b|[\u00a9\u00ae]|"
    r"\b(?:inc|llc|ltd|corp|corporation|gmbh|company|co)\b)|\b[A-Z]{2},? [0-9]{5}\b"
)
_LONGEST_ADDRESS = 600  # characters
_COUNTS = regex(r"[^\W_]|[<>=%+/\u2010-\u2015\u2212\u2264\u2265\u00b1-]")
_BLOCKS = frozenset({"paragraph", "list", "item", "table", "thead", "tbody", "tfoot", "tr", "caption", "title", "text"})
_CELLS = frozenset({"td", "th", "footnote"})
_PRODUCTS = frozenset(f"{_NS}{name}" for name in ("manufacturedProduct", "manufacturedMedicine", "partProduct"))

# A line's end, and where underlining begins and ends, until it is clear which underlined lines are fractions.
_UNDERLINED, _END_OF_UNDERLINED, _LINE = "\ue000", "\ue001", "\ue002"
_FRACTION = regex(
    f"{_UNDERLINED}([^{_UNDERLINED}-{_LINE}\n\t]+)(?:{_END_OF_UNDERLINED} *{_LINE}|{_LINE} *{_END_OF_UNDERLINED})"
    f"(?=([^{_LINE}\n\t]*))"
)
_LONGEST_DENOMINATOR = 80  # characters; below a heading, which is underlined as well, a paragraph begins


def read_contents(identifier: Identifier, raw: bytes) -> LabelContents:
    """The contents of a label in the raw bytes of its document.

    Raises:
        ValueError: they are not the document of this version of this label, or are nested too deeply.
    """
    root = document_of(raw)
    if document_version(root) != label_version_of(identifier):
        raise ValueError("the document is of another label or version")
    setid, version = label_version_of(identifier)
    return LabelContents(
        identifier=identifier,
        title=_title(root.find(f"{_NS}title")),
        setid=setid,
        version=version,
        effective=_effective(root),
        sections=tuple(
            LabelSection(section.code, section.title, section.tokens.sha256(), section.tokens.words, section.within)
            for section in _sections(root)
        ),
        products=tuple(dict.fromkeys(_products(root))),
    )


def sections_of(raw: bytes) -> tuple[SectionText, ...]:
    """The sections in the raw bytes of a label's document, with their texts, in the order of `LabelContents.sections`.

    Raises:
        ValueError: they are no such document, or are nested too deeply.
    """
    return _sections(document_of(raw))


def document_of(raw: bytes) -> Element:
    """The root of a label's document; a document type, and so every entity, is refused.

    Raises:
        ValueError: it is none, or too large.
    """
    if len(raw) > LARGEST:
        raise ValueError("the document is too large")
    if b"<!DOCTYPE" in raw or raw[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in raw[:4]:
        raise ValueError("the document has a document type or an unknown encoding")
    parser = XMLParser()  # noqa: S314 - a document type, and so every entity, was refused above
    try:
        parser.feed(raw)
        root: Element = parser.close()
    except (ParseError, LookupError, UnicodeError) as error:
        raise ValueError("the document is not well-formed XML") from error
    if root.tag != f"{_NS}document":
        raise ValueError("this is no label in the form of SPL")
    return root


def document_version(root: Element) -> tuple[str, int] | None:
    """The Set ID, in lower case, and the version that a document says it is of; None where it does not say."""
    setid = _attribute(root, "setId", "root").lower()
    version = _attribute(root, "versionNumber", "value")
    return (setid, int(version)) if setid and re.fullmatch(r"[0-9]{1,7}", version, re.ASCII) else None


def _deeper(depth: int) -> int:
    """One level further in. Raises ValueError where there are too many: what is cut off would be as if it were not."""
    if depth >= _DEEPEST:
        raise ValueError("the document is nested too deeply")
    return depth + 1


# Sections


@dataclass(slots=True)
class _Open:
    """A section being read."""

    code: str
    title: str
    within: str
    texts: list[str]
    items: list[str]


def _sections(root: Element) -> tuple[SectionText, ...]:
    images = {
        media.get("ID", ""): _attribute(media, f"value/{_NS}reference", "value")
        for media in root.iter(f"{_NS}observationMedia")
    }
    found: dict[tuple[str, str, bool], _Open] = {}

    def opened(code: str, title: str, within: str = "") -> _Open:
        key = (code, "" if code else title.casefold(), bool(within))
        return found.setdefault(key, _Open(code, title, within, [], []))

    def read(section: Element, around: tuple[_Open, ...], depth: int) -> None:
        code, title = _code(section), _title(section.find(f"{_NS}title"))
        own = around
        if code:
            outer = next((other.code for other in around if other.code), "")
            inner = opened(code, "", outer if outer != code else "")
            own = (*(other for other in around if other.code and other is not inner), inner)
        elif not around:
            own = (opened("", title or _untitled(section, images)),)
        texts = [] if own is not around and not own[-1].within else [title]
        body = section.find(f"{_NS}text")
        if body is not None:
            texts.append(_text(body, images))
        texts += [_product_data(product) for product in section.findall(f"{_NS}subject")]
        items = list(_items(body, images)) if body is not None else []
        for other in own:
            other.texts += texts
            other.items += items
        highlights = [_text(text, images) for text in section.findall(f"{_NS}excerpt/{_NS}highlight/{_NS}text")]
        if highlights:
            opened("", HIGHLIGHTS).texts.extend(highlights)
        for nested in section.findall(f"{_NS}component/{_NS}section"):
            read(nested, own, _deeper(depth))

    for section in root.findall(f"{_NS}component/{_NS}structuredBody/{_NS}component/{_NS}section"):
        read(section, (), 0)
    made = (
        SectionText(one.code, one.title, "\n".join(filter(str.strip, one.texts)), one.within, tuple(one.items))
        for one in found.values()
    )
    return tuple(section for section in made if section.text)


def _code(section: Element) -> str:
    """The section's own LOINC code; empty where it has none that says what it is about."""
    code = _attribute(section, "code", "code")
    if _LOINC.fullmatch(code) and code != UNCLASSIFIED:
        return code
    return PRODUCT_DATA if section.find(f"{_NS}subject") is not None else ""


def _untitled(section: Element, images: dict[str, str]) -> str:
    """What a section without title and code is called: by the addresses that are all its text, or not at all."""
    body = section.find(f"{_NS}text")
    text = "" if body is None else _text(body, images)
    return ADDRESS if len(text) <= _LONGEST_ADDRESS and _OF_ADDRESS.search(text) else ""


def _title(element: Element | None) -> str:
    """A title on one line, without the number before it."""
    text = " ".join("".join(element.itertext()).split()) if element is not None else ""
    return _NUMBER.sub("", text, count=1)


def _text(element: Element, images: dict[str, str]) -> str:
    """The text of a narrative block, a line for each of its lines."""
    parts: list[str] = []
    _append(element, images, parts, 0)
    marked = _FRACTION.sub(_fraction, "".join(parts))
    text = marked.replace(_UNDERLINED, "").replace(_END_OF_UNDERLINED, "").replace(_LINE, "\n")
    lines = (" ".join(line.split(" ")).strip(" ") for line in text.split("\n"))
    return "\n".join(filter(str.strip, lines))


def _append(element: Element, images: dict[str, str], parts: list[str], depth: int) -> None:
    """The element's text, marks among it, without its tail."""
    name = element.tag.removeprefix(_NS)
    if name == "renderMultiMedia":
        shown = (images.get(name) or name for name in element.get("referencedObject", "").split())
        parts += [f" [image {_SPACE.sub(' ', image)}] " for image in shown]
    inner: list[str] = [_SPACE.sub(" ", element.text)] if element.text else []
    for child in element:
        _append(child, images, inner, _deeper(depth))
        if child.tail:
            inner.append(_SPACE.sub(" ", child.tail))
    if name in ("sup", "sub"):
        text = "".join(inner)
        mark = raised if name == "sup" else lowered
        parts.append(mark(text) if _COUNTS.search(text) else text)  # a raised registered sign is no superscript
    elif name == "br":
        parts.append(_LINE)
    elif name in _BLOCKS:
        parts += ["\n", *inner, "\n"]
    elif name in _CELLS:
        parts += ["\t", *inner, "\t"]
    elif name == "content" and "underline" in element.get("styleCode", "").lower():
        parts += [_UNDERLINED, *inner, _END_OF_UNDERLINED]
    else:
        parts += inner


def _fraction(underlined: re.Match[str]) -> str:
    """An underlined line and its end: a fraction's numerator and its bar where a short line is below it."""
    is_fraction = underlined[1].strip() and 0 < len(underlined[2].strip()) <= _LONGEST_DENOMINATOR
    return f"{underlined[1]} / " if is_fraction else f"{underlined[1]}{_LINE}"


def _items(body: Element, images: dict[str, str], depth: int = 0) -> Iterator[str]:
    """The items of the outermost lists in a narrative block."""
    for child in body:
        if child.tag == f"{_NS}list":
            for item in child.findall(f"{_NS}item"):
                yield " ".join(_text(item, images).split())
        else:
            yield from _items(child, images, _deeper(depth))


# Products


def _product_data(element: Element, depth: int = 0) -> str:
    """What elements say of a product: its codes, names and quantities, without how and since when it is marketed."""
    said = [element.get("code"), element.get("value"), element.get("unit"), element.text]
    said += [_product_data(child, _deeper(depth)) for child in element if child.tag != f"{_NS}subjectOf"]
    return " ".join(part.strip() for part in said if part and part.strip())


def _products(root: Element) -> Iterator[LabelProduct]:
    """Every product with a dosage form, in today's shape and in that of 2006."""
    for element in root.iter():
        form = element.find(f"{_NS}formCode") if element.tag in _PRODUCTS else None
        if form is None:
            continue
        strengths = [
            strength
            for ingredient in element
            if ingredient.tag == f"{_NS}activeIngredient"
            or (ingredient.tag == f"{_NS}ingredient" and ingredient.get("classCode", "").startswith("ACTI"))
            if (strength := _strength(ingredient)) is not None
        ]
        yield LabelProduct(_words(element.find(f"{_NS}name")), form.get("displayName", ""), tuple(strengths))


def _strength(ingredient: Element) -> Strength | None:
    quantity = ingredient.find(f"{_NS}quantity")
    if quantity is None:
        return None
    names = (ingredient.find(f"{_NS}{kind}/{_NS}name") for kind in ("ingredientSubstance", "activeIngredientSubstance"))
    return Strength(
        ingredient=next((_words(name) for name in names if name is not None), ""),
        amount=_attribute(quantity, "numerator", "value"),
        unit=_unit(quantity, "numerator"),
        per=_attribute(quantity, "denominator", "value") or "1",
        per_unit=_unit(quantity, "denominator"),
    )


def _unit(quantity: Element, part: str) -> str:
    unit = _attribute(quantity, part, "unit")
    return "" if unit == "1" else unit


def _words(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _attribute(element: Element, path: str, name: str) -> str:
    found = element.find(f"{_NS}{path}")
    return "" if found is None else found.get(name, "").strip()


def _effective(root: Element) -> date | None:
    given = _DAY.fullmatch(_attribute(root, "effectiveTime", "value"))
    try:
        return datetime.strptime(given[1], "%Y%m%d").date() if given else None  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
