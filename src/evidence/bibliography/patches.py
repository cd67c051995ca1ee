"""What is changed in a style after it was read, each change for one reason; the style's file stays as it is.

`docs/bibliography.md` tells what each is for. Every function changes the tree that it is given, a copy of the style's.
"""

from __future__ import annotations

from copy import deepcopy
from xml.etree.ElementTree import Element, SubElement, fromstring, register_namespace, tostring

from evidence.bibliography.styles import CSL, Family, Style

NOTICE = "x-evidence-notice"
"""The variable of an item that every style prints at the end: where the retraction or the correction stands."""

REMARK = "x-evidence-remark"
"""The variable that NLM's style prints behind the pages: the language, or that it is ahead of print."""

SEASON = "x-evidence-season"
"""The variable that NLM's style prints behind the year of a journal's issue."""

_LABEL_FORM = """
<if xmlns="http://purl.org/net/xbiblio/csl" type="document" variable="genre">
  <text variable="genre"/>
  <group delimiter="; ">
    <text variable="publisher"/>
    <date date-parts="year" form="text" variable="issued"/>
  </group>
</if>"""
_HYPHEN_TERM = '<term xmlns="http://purl.org/net/xbiblio/csl" name="page-range-delimiter">-</term>'


def patched(style: Style, *, keep_order: bool) -> bytes:
    """The style as pandoc is to read it; with `keep_order` the list keeps the order in which it is given."""
    root = deepcopy(style.root)
    _name_before_label(root)
    _print_notice(root)
    _without_name_disambiguation(root)
    if style.family is Family.AMA:
        _print_labels(root)
    if style.family is Family.NLM:
        _hyphens_in_ranges(root)
        _print_remark(root)
        _print_season(root)
    if keep_order:
        _without_sorting(root)
    register_namespace("", CSL.strip("{}"))
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _name_before_label(root: Element) -> None:
    """`<names>` with a `<label>` and no `<name>`: pandoc prints the label first (`In, eds.Brunton LL`)."""
    for names in root.iter(f"{CSL}names"):
        if names.find(f"{CSL}label") is not None and names.find(f"{CSL}name") is None:
            names.insert(0, Element(f"{CSL}name"))


def _print_notice(root: Element) -> None:
    """At the end of every entry, whatever the style: no style has a place for retractions."""
    layout = root.find(f"{CSL}bibliography/{CSL}layout")
    if layout is not None:
        SubElement(layout, f"{CSL}text", {"prefix": ". ", "variable": NOTICE})


def _without_name_disambiguation(root: Element) -> None:
    """Only citations in the text need names told apart; looking for them takes time by the square of the list."""
    citation = root.find(f"{CSL}citation")
    if citation is not None:
        for option in ("disambiguate-add-names", "disambiguate-add-givenname"):
            citation.attrib.pop(option, None)


def _print_labels(root: Element) -> None:
    """AMA prints `Drug. Prescribing information. Company; Year. Accessed … URL`; the stock style drops two of them."""
    layout = root.find(f"{CSL}bibliography/{CSL}layout")
    for choose in layout.iter(f"{CSL}choose") if layout is not None else ():
        first = choose.find(f"{CSL}if")
        if first is not None and "book" in (first.get("type") or "").split():
            first.tag = f"{CSL}else-if"
            choose.insert(0, fromstring(_LABEL_FORM))  # noqa: S314 - our own text
            return


def _hyphens_in_ranges(root: Element) -> None:
    """NLM and PubMed write 529-38 and 2013 Feb-Mar with a hyphen; CSL's default is a dash."""
    for terms in root.iterfind(f"{CSL}locale/{CSL}terms"):
        terms.append(fromstring(_HYPHEN_TERM))  # noqa: S314 - our own text
    for part in root.iter(f"{CSL}date-part"):
        part.attrib.setdefault("range-delimiter", "-")


def _print_remark(root: Element) -> None:
    """Behind volume and pages, before DOI and PMID, where Citing Medicine has the language of an article."""
    for macro in root.iterfind(f"{CSL}macro"):
        description = macro.find(f"{CSL}group/{CSL}group")
        if macro.get("name") == "bibliography" and description is not None:
            SubElement(description, f"{CSL}text", {"variable": REMARK})


def _print_season(root: Element) -> None:
    for group in root.iterfind(f"{CSL}macro[@name='date']//{CSL}group"):
        date = group.find(f"{CSL}date")
        if date is not None and date.get("date-parts") is None:
            group.insert(list(group).index(date) + 1, Element(f"{CSL}text", {"variable": SEASON}))
            return


def _without_sorting(root: Element) -> None:
    bibliography = root.find(f"{CSL}bibliography")
    sort = bibliography.find(f"{CSL}sort") if bibliography is not None else None
    if bibliography is not None and sort is not None:
        bibliography.remove(sort)
