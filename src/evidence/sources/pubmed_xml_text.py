"""Text of PubMed XML elements: inline markup and MathML become readable text.

The DTD allows `i b sub sup u` and MathML inside titles, names of bodies and book titles
(pubmed_250101.dtd, entity `%text;`). Reading only an element's first text loses the rest of the
title, so everything goes through `plain_text` and `marked_text`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

_MATHML = "{http://www.w3.org/1998/Math/MathML}"
_KEPT_MARKUP = frozenset({"i", "b", "sub", "sup", "u"})
# TeX and OpenMath twins of the same formula, and invisible layout.
_SKIPPED_MATH = frozenset({"annotation", "annotation-xml", "mphantom"})
_DOUBLY_ESCAPED = re.compile(r"&(?:#\d{2,6}|#x[0-9A-Fa-f]{2,5}|[A-Za-z][A-Za-z0-9]{1,30});")
_SPACE_BEHIND_MATH = re.compile(r"(?<!\s)\s++(?=[,.;:)\]]|[-\u2010-\u2014]\S)")


def plain_text(element: Element | None) -> str:
    """The element's text without markup, entities decoded (also doubly escaped ones), white space single."""
    if element is None:
        return ""
    return _tidied(_decoded(element.text) if not len(element) else "".join(_pieces(element, marked=False)))


def marked_text(element: Element | None) -> str:
    """The element's text as HTML that knows only i, b, sub, sup and u."""
    return "" if element is None else _tidied("".join(_pieces(element, marked=True)))


def _tidied(text: str) -> str:
    return " ".join(text.split())


def _decoded(text: str | None) -> str:
    """NLM holds some titles escaped twice (`&amp;#382;` for ž)."""
    if not text:
        return ""
    return _DOUBLY_ESCAPED.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def _pieces(element: Element, *, marked: bool) -> Iterator[str]:
    yield _written(element.text, marked=marked)
    for child in element:
        tail = _written(child.tail, marked=marked)
        if child.tag == f"{_MATHML}math":
            yield "".join(_formula(child, marked=marked)).strip()
            # NLM's conversion leaves a space behind every formula, also before a comma.
            tail = _SPACE_BEHIND_MATH.sub("", tail, count=1) if _SPACE_BEHIND_MATH.match(tail) else tail
        elif marked and child.tag in _KEPT_MARKUP:
            yield f"<{child.tag}>{''.join(_pieces(child, marked=True))}</{child.tag}>"
        else:
            yield from _pieces(child, marked=marked)
        yield tail


def _written(text: str | None, *, marked: bool) -> str:
    decoded = _decoded(text)
    return html.escape(decoded, quote=False) if marked else decoded


def _formula(element: Element, *, marked: bool) -> Iterator[str]:
    """A formula in one line: sub- and superscripts follow their base, a fraction is `a/b`; white space is layout."""
    name = element.tag.removeprefix(_MATHML)
    if name in _SKIPPED_MATH:
        return
    if name == "mspace":
        yield " "
        return
    if name == "msqrt":
        yield "√"
    parts = ["".join(_formula(child, marked=marked)) for child in element]
    if not parts:
        text = _written(element.text, marked=marked)
        yield text if name == "mtext" else text.strip()
        return
    yield from _laid_out(name, parts, marked=marked)


def _laid_out(name: str, parts: list[str], *, marked: bool) -> Iterator[str]:
    if name == "mfrac":
        yield "/".join(parts)
        return
    scripts = {"msub": ("sub",), "msup": ("sup",), "msubsup": ("sub", "sup")}.get(name, ())
    yield "".join(parts[:1])
    for tag, part in zip(scripts, parts[1:], strict=False):
        yield f"<{tag}>{part}</{tag}>" if marked else part
    yield "".join(parts[1 + len(scripts) :])
