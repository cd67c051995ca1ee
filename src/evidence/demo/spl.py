"""Documents of drug labels as DailyMed serves them: SPL's XML, and the ZIP archive of an older version."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from evidence.demo.world import LabelFacts, ProductFacts
from evidence.model.records import SplVersion
from evidence.model.sections import section_name

_ZIPPED_ON = (2026, 11, 20, 0, 0, 0)  # the time in archives, so that the same world gives the same bytes
_TABLETS = ProductFacts("Testol", "TABLET, FILM COATED", "TESTOL HYDROCHLORIDE", "50", "mg")


def label_document(label: LabelFacts, version: SplVersion) -> bytes:
    """The document of a published version, made up where the world does not say what is in it.

    Made-up versions of a label differ in their warnings alone.
    """
    facts = label.contents.get(version.version)
    stated = facts.sections if facts is not None else {}
    sections = stated or {
        "34067-9": ("A drug that this label is about is used in demonstrations.",),
        "34068-7": ("Take one tablet once a day.",),
        "34070-3": ("None.",),
        "43685-7": (f"This section has what was known on {version.published}.",),
        "34069-5": ("Bottles of 30 tablets.",),
    }
    return spl_document(
        *(spl_section(code, text=_narrative(lines)) for code, lines in sections.items()),
        setid=label.setid,
        version=version.version,
        effective=f"{version.published:%Y%m%d}",
        title=label.title,
        products=facts.products if facts is not None and facts.products else (_TABLETS,),
    )


def spl_section(code: str, title: str | None = None, text: str = "", *nested: str) -> str:
    """A section; `text` is markup, `nested` are sections or an `excerpt` within it. No title: its code's name."""
    heading = section_name(code).upper() if title is None else title
    inner = "".join(part if part.startswith("<excerpt") else f"<component>{part}</component>" for part in nested)
    return (
        f'<section><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/>'
        f"{f'<title>{escape(heading)}</title>' if heading else ''}<text>{text}</text>{inner}</section>"
    )


def spl_document(
    *sections: str,
    setid: str,
    version: int,
    effective: str,
    title: str = "TESTOL tablets",
    products: Iterable[ProductFacts] = (_TABLETS,),
) -> bytes:
    """The document of one version of a label."""
    subjects = "".join(map(_product, products))
    data = f'<section><code code="48780-1" codeSystem="2.16.840.1.113883.6.1"/><text/>{subjects}</section>'
    media = (
        '<section><observationMedia ID="MM1"><value mediaType="image/jpeg"><reference value="curve.jpg"/></value>'
        "</observationMedia></section>"
    )
    parts = "".join(f"<component>{section}</component>" for section in (data, *sections, media))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<document xmlns="urn:hl7-org:v3">'
        f'<code code="34391-3" displayName="HUMAN PRESCRIPTION DRUG LABEL"/><title>{escape(title)}</title>'
        f"<effectiveTime value={quoteattr(effective)}/><setId root={quoteattr(setid)}/>"
        f'<versionNumber value="{version}"/>'
        f"<component><structuredBody>{parts}</structuredBody></component></document>\n"
    ).encode()


def zipped(document: bytes, name: str = "label.xml") -> bytes:
    """The archive of a version: its document and an image."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for member, data in ((name, document), ("curve.jpg", b"\xff\xd8\xff\xe0synthetic\xff\xd9")):
            archive.writestr(zipfile.ZipInfo(member, _ZIPPED_ON), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _narrative(lines: Iterable[str]) -> str:
    """Lines as the narrative block of a section; those that begin with `- ` are the items of a list."""

    def parts() -> Iterator[str]:
        for is_item, run in groupby(lines, key=lambda line: line.startswith("- ")):
            if is_item:
                yield f"<list>{''.join(f'<item>{escape(line[2:])}</item>' for line in run)}</list>"
            else:
                yield from (f"<paragraph>{escape(line)}</paragraph>" for line in run)

    return "".join(parts())


def _product(product: ProductFacts) -> str:
    return (
        "<subject><manufacturedProduct><manufacturedProduct>"
        f'<code code="99999-001" codeSystem="2.16.840.1.113883.6.69"/><name>{escape(product.name)}</name>'
        f'<formCode codeSystem="2.16.840.1.113883.3.26.1.1" displayName={quoteattr(product.form)}/>'
        f'<ingredient classCode="ACTIB"><quantity><numerator value={quoteattr(product.amount)} '
        f'unit={quoteattr(product.unit)}/><denominator value="1" unit="1"/></quantity>'
        f"<ingredientSubstance><name>{escape(product.ingredient)}</name></ingredientSubstance></ingredient>"
        "</manufacturedProduct></manufacturedProduct></subject>"
    )
