"""Documents of drug labels as DailyMed serves them: SPL's XML, and the ZIP archive of an older version."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import date
from xml.sax.saxutils import escape, quoteattr

_TITLES = {
    "34066-1": "BOXED WARNING",
    "34067-9": "INDICATIONS AND USAGE",
    "34068-7": "DOSAGE AND ADMINISTRATION",
    "34069-5": "HOW SUPPLIED",
    "34070-3": "CONTRAINDICATIONS",
    "34084-4": "ADVERSE REACTIONS",
    "43685-7": "WARNINGS AND PRECAUTIONS",
    "51945-4": "PACKAGE LABEL",
}
"""What the sections of demo labels are headed, where they say nothing else."""

_ZIPPED_ON = (2026, 11, 20, 0, 0, 0)  # the time in archives, so that the same world gives the same bytes

PRODUCT = """
<subject><manufacturedProduct><manufacturedProduct>
<code code="99999-001" codeSystem="2.16.840.1.113883.6.69"/><name>Testol</name>
<formCode code="C42931" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="TABLET, FILM COATED"/>
<ingredient classCode="ACTIB"><quantity><numerator value="50" unit="mg"/><denominator value="1" unit="1"/></quantity>
<ingredientSubstance><name>TESTOL HYDROCHLORIDE</name></ingredientSubstance></ingredient>
</manufacturedProduct></manufacturedProduct></subject>"""
"""A product as labels of today name it: film-coated tablets of 50 mg."""


def spl_section(code: str, title: str | None = None, text: str = "", *nested: str) -> str:
    """A section; `text` is markup, `nested` are sections or an `excerpt` within it. No title: the code's usual one."""
    heading = _TITLES.get(code, "") if title is None else title
    inner = "".join(part if part.startswith("<excerpt") else f"<component>{part}</component>" for part in nested)
    return (
        f'<section><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/>'
        f"{f'<title>{escape(heading)}</title>' if heading else ''}<text>{text}</text>{inner}</section>"
    )


def spl_document(
    *sections: str, setid: str, version: int, effective: str, title: str = "TESTOL tablets", product: str = PRODUCT
) -> bytes:
    """The document of one version of a label."""
    data = f'<section><code code="48780-1" codeSystem="2.16.840.1.113883.6.1"/><text/>{product}</section>'
    media = (
        '<observationMedia ID="MM1"><value mediaType="image/jpeg"><reference value="curve.jpg"/></value>'
        "</observationMedia>"
    )
    parts = "".join(f"<component>{section}</component>" for section in (data, *sections, f"<section>{media}</section>"))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<document xmlns="urn:hl7-org:v3">'
        f'<code code="34391-3" displayName="HUMAN PRESCRIPTION DRUG LABEL"/><title>{escape(title)}</title>'
        f"<effectiveTime value={quoteattr(effective)}/><setId root={quoteattr(setid)}/>"
        f'<versionNumber value="{version}"/>'
        f"<component><structuredBody>{parts}</structuredBody></component></document>\n"
    ).encode()


def paragraphs(texts: Iterable[str]) -> str:
    """These texts as the narrative block of a section."""
    return "".join(f"<paragraph>{escape(text)}</paragraph>" for text in texts)


def day(given: date) -> str:
    """A day as SPL writes it: `20260312`."""
    return f"{given:%Y%m%d}"


def zipped(document: bytes, name: str = "label.xml") -> bytes:
    """The archive of a version: its document and an image."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in ((name, document), ("curve.jpg", b"\xff\xd8\xff\xe0synthetic\xff\xd9")):
            archive.writestr(zipfile.ZipInfo(member, _ZIPPED_ON), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
