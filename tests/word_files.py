"""Monographs as Word files, one of each kind that people have, written part by part: all facts in them are invented.

`python-docx` writes neither the fields and content controls of reference managers, nor notes and tracked changes; what
is here has their shape as Word, Zotero, EndNote and Mendeley write it.
"""

# ruff: noqa: E501 - markup is easier to read on one line

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from xml.sax.saxutils import escape

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMESPACES = (
    f'xmlns:w="{_W}" xmlns:r="{_R}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml" mc:Ignorable="w14 w15"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OPEN = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_STYLES = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
    '<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/><w:rPr><w:u w:val="single"/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="FootnoteReference"><w:name w:val="footnote reference"/><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
)
_NUMBERING = (
    '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
    '<w:lvlText w:val="%1."/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
)


def run(text: str, properties: str = "") -> str:
    """A run of text."""
    inner = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inner}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def raised(text: str) -> str:
    """A run of superscript."""
    return run(text, '<w:vertAlign w:val="superscript"/>')


def paragraph(*content: str, properties: str = "") -> str:
    """A paragraph of runs and what else may be in one."""
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(content)}</w:p>"


def heading(text: str) -> str:
    """A heading of the first level."""
    return paragraph(run(text), properties='<w:pStyle w:val="Heading1"/>')


def mark(kind: str, data: str = "") -> str:
    """The mark at which a field begins, has its result, or ends."""
    return f'<w:r><w:fldChar w:fldCharType="{kind}"{">" + data + "</w:fldChar>" if data else "/>"}</w:r>'


def instruction(text: str) -> str:
    """A field's instruction."""
    return f'<w:r><w:instrText xml:space="preserve">{escape(text)}</w:instrText></w:r>'


def field(text: str, *result: str) -> str:
    """A field within a paragraph."""
    return mark("begin") + instruction(text) + mark("separate") + "".join(result) + mark("end")


def control(properties: str, *content: str) -> str:
    """A content control, around runs or around paragraphs."""
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{''.join(content)}</w:sdtContent></w:sdt>"


def word_file(
    body: str, *, section: str = "", parts: Sequence[tuple[str, str, str]] = (), links: Iterable[str] = ()
) -> bytes:
    """A DOCX file with this body.

    `parts` are further parts: their kind, their content type without its beginning, their XML without its head; `links`
    are addresses, of the relations rLink1, rLink2 …
    """
    own = [
        ("styles", f"{_OPEN}styles+xml", f"<w:styles {_NAMESPACES}>{_STYLES}</w:styles>"),
        ("numbering", f"{_OPEN}numbering+xml", f"<w:numbering {_NAMESPACES}>{_NUMBERING}</w:numbering>"),
        *((kind, f"{_OPEN}{media}", xml) for kind, media, xml in parts),
    ]
    relation = '<Relationship Id="{}" Type="{}" Target="{}"{}/>'
    relations = [relation.format(f"rId{n}", f"{_R}/{kind}", f"{kind}.xml", "") for n, (kind, _, _) in enumerate(own, 1)]
    relations += [
        relation.format(f"rLink{n}", f"{_R}/hyperlink", escape(link), ' TargetMode="External"')
        for n, link in enumerate(links, 1)
    ]
    types = "".join(f'<Override PartName="/word/{kind}.xml" ContentType="{media}"/>' for kind, media, _ in own)
    package = "http://schemas.openxmlformats.org/package/2006"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="{_OPEN}document.main+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">{relation.format("rId1", f"{_R}/officeDocument", "word/document.xml", "")}</Relationships>',
        "word/document.xml": f"<w:document {_NAMESPACES}><w:body>{body}<w:sectPr>{section}</w:sectPr></w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}/relationships">{"".join(relations)}</Relationships>',
        **{f"word/{kind}.xml": xml for kind, _, xml in own},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 5, 4, 3, 2, 0)), _HEAD + xml)
    return out.getvalue()


Cite = Callable[[Sequence[int]], str]
"""What a citation of these numbers is in a paragraph."""


def _brackets(numbers: Sequence[int]) -> str:
    return f"[{', '.join(map(str, numbers))}]"


_BEFORE = (
    "Examplinib relieves synthetic pain ",
    "It was studied in adults  and in children ",
    "Its label was revised ",
)
_AFTER = " and was well tolerated."


def _text(count: int, cite: Cite, properties: str = "") -> str:
    """The text of a monograph that cites its references, one, two or three at a time."""
    body, at = heading("Examplinib"), 1
    while at <= count:
        numbers = range(at, min(at + 1 + at % 3, count + 1))
        body += paragraph(run(_BEFORE[at % 3]), cite(numbers), run(_AFTER), properties=properties)
        at = numbers[-1] + 1
    return body + heading("References")


def plain(entries: Sequence[str]) -> bytes:
    """Citations in the midst of a paragraph's only run, the list as typed."""
    listed = (paragraph(run(f"{n}. {entry}")) for n, entry in enumerate(entries, 1))
    body = _text(len(entries), lambda numbers: run(_brackets(numbers)))
    between = "</w:t></w:r>" + run("").removesuffix("</w:t></w:r>")
    return word_file(body.replace(between, "") + "".join(listed))


def table(entries: Sequence[str]) -> bytes:
    """The list as a table of two columns."""
    cell = "<w:tc><w:tcPr/>{}</w:tc>".format
    rows = (
        f"<w:tr>{cell(paragraph(run(f'{n}.')))}{cell(paragraph(run(entry)))}</w:tr>"
        for n, entry in enumerate(entries, 1)
    )
    body = _text(len(entries), lambda numbers: run(_brackets(numbers)))
    return word_file(
        f"{body}<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/><w:gridCol/></w:tblGrid>{''.join(rows)}</w:tbl>{paragraph()}"
    )


def _in_one_field(text: str, entries: Sequence[str], separator: str = " ") -> list[str]:
    """The paragraphs of a bibliography that is one field from the first of them to the last."""
    lines = [run(f"{n}.{separator}{entry}") for n, entry in enumerate(entries, 1)]
    lines[0] = mark("begin") + instruction(text) + mark("separate") + lines[0]
    return [*map(paragraph, lines), paragraph(mark("end"))]


def content_control(entries: Sequence[str]) -> bytes:
    """Word's own references: citations and the bibliography in content controls with fields."""
    body = _text(
        len(entries),
        lambda numbers: control(
            "<w:citation/>", field(f" CITATION Exa{numbers[0]} \\l 1033 ", run(_brackets(numbers)))
        ),
    )
    listed = control("<w:bibliography/>", *_in_one_field(" BIBLIOGRAPHY ", entries))
    gallery = '<w:docPartObj><w:docPartGallery w:val="Bibliographies"/><w:docPartUnique/></w:docPartObj>'
    return word_file(body + control(gallery, listed) + paragraph())


def zotero(entries: Sequence[str]) -> bytes:
    """Zotero's fields."""

    def cite(numbers: Sequence[int]) -> str:
        items = [{"id": n, "uris": [f"http://zotero.org/users/1/items/EX{n}"]} for n in numbers]
        data = {"citationID": f"c{numbers[0]}", "properties": {"noteIndex": 0}, "citationItems": items}
        return field(f" ADDIN ZOTERO_ITEM CSL_CITATION {json.dumps(data)} ", run(_brackets(numbers)))

    listed = _in_one_field(' ADDIN ZOTERO_BIBL {"uncited":[],"omitted":[]} CSL_BIBLIOGRAPHY ', entries)
    return word_file(_text(len(entries), cite) + "".join(listed))


def endnote(entries: Sequence[str]) -> bytes:
    """EndNote's fields, one within another, with their data."""

    def cite(numbers: Sequence[int]) -> str:
        data = '<w:fldData xml:space="preserve">PEVuZE5vdGU+</w:fldData>'
        inner = mark("begin", data) + instruction(" ADDIN EN.CITE.DATA ") + mark("end")
        result = raised(", ".join(map(str, numbers)))
        return mark("begin", data) + instruction(" ADDIN EN.CITE ") + inner + mark("separate") + result + mark("end")

    return word_file(_text(len(entries), cite) + "".join(_in_one_field(" ADDIN EN.REFLIST ", entries)))


def mendeley(entries: Sequence[str]) -> bytes:
    """Mendeley's content controls, which have tags."""

    def cite(numbers: Sequence[int]) -> str:
        tag = f'<w:tag w:val="MENDELEY_CITATION_v3_{numbers[0]}"/><w:id w:val="{1000 + numbers[0]}"/>'
        return control(tag, run(_brackets(numbers)))

    listed = (paragraph(run(f"{n}. "), run(entry)) for n, entry in enumerate(entries, 1))
    tag = '<w:tag w:val="MENDELEY_BIBLIOGRAPHY"/><w:id w:val="999"/>'
    return word_file(_text(len(entries), cite) + control(tag, *listed) + paragraph())


def hyperlinks(entries: Sequence[str]) -> bytes:
    """Citations that lead to the list, entries whose addresses are links, one of them a field."""

    def cite(numbers: Sequence[int]) -> str:
        links = (f'<w:hyperlink w:anchor="_ENREF_{n}">{raised(str(n))}</w:hyperlink>' for n in numbers)
        return raised(",").join(links)

    listed, addresses = "", []
    for number, entry in enumerate(entries, 1):
        words, _, pmid = entry.rpartition(" ")
        address = f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"
        addresses.append(address)
        style = '<w:rStyle w:val="Hyperlink"/>'
        link = f'<w:hyperlink r:id="rLink{number}">{run(pmid, style)}</w:hyperlink>'
        if number == 2:
            link = field(f' HYPERLINK "{address}" ', run(pmid, style))
        begin = f'<w:bookmarkStart w:id="{number}" w:name="_ENREF_{number}"/>'
        end = f'<w:bookmarkEnd w:id="{number}"/>'
        listed += paragraph(begin, run(f"{number}. {words} "), link, end)
    return word_file(_text(len(entries), cite) + listed, links=addresses)


def _with_notes(entries: Sequence[str], kind: str) -> bytes:
    def cite(numbers: Sequence[int]) -> str:
        style = '<w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>'
        return "".join(f'<w:r>{style}<w:{kind}Reference w:id="{n + 1}"/></w:r>' for n in numbers)

    mark_of = f"<w:r><w:{kind}Ref/></w:r>"
    special = (("separator", 0), ("continuationSeparator", 1))
    notes = "".join(
        f'<w:{kind} w:type="{name}" w:id="{n}"><w:p><w:r><w:{name}/></w:r></w:p></w:{kind}>' for name, n in special
    )
    notes += "".join(
        f'<w:{kind} w:id="{n + 1}">{paragraph(mark_of, run(f" {e}"))}</w:{kind}>' for n, e in enumerate(entries, 1)
    )
    body = _text(len(entries), cite).removesuffix(heading("References"))
    part = (f"{kind}s", f"{kind}s+xml", f"<w:{kind}s {_NAMESPACES}>{notes}</w:{kind}s>")
    return word_file(body, parts=[part])


def footnotes(entries: Sequence[str]) -> bytes:
    """Each reference in a footnote."""
    return _with_notes(entries, "footnote")


def endnotes(entries: Sequence[str]) -> bytes:
    """Each reference in an endnote."""
    return _with_notes(entries, "endnote")


_WHO = 'w:author="A. Writer" w:date="2026-05-04T03:02:00Z"'


def tracked_changes(entries: Sequence[str]) -> bytes:
    """Inserted, deleted and moved text, also in the list."""

    def cite(numbers: Sequence[int]) -> str:
        if numbers[0] == 1:
            deleted = '<w:r><w:delText xml:space="preserve">(again) </w:delText></w:r>'
            return (
                f'<w:del w:id="901" {_WHO}>{deleted}</w:del><w:ins w:id="902" {_WHO}>{run(_brackets(numbers))}</w:ins>'
            )
        return run(_brackets(numbers))

    listed = ""
    for number, entry in enumerate(entries, 1):
        middle = len(entry) // 2
        content = run(f"{number}. {entry}")
        if number == 2:
            inserted = f'<w:ins w:id="903" {_WHO}>{run(entry[middle : middle + 9])}</w:ins>'
            content = run(f"{number}. {entry[:middle]}") + inserted + run(entry[middle + 9 :])
        if number == 3:
            gone = f'<w:del w:id="904" {_WHO}><w:r><w:delText xml:space="preserve">old </w:delText></w:r></w:del>'
            content = run(f"{number}. {entry[:middle]}") + gone + run(entry[middle:])
        listed += paragraph(content)
    moved = '<w:moveFromRangeStart w:id="905" w:author="A. Writer" w:name="m"/>{}<w:moveFromRangeEnd w:id="905"/>'
    before = paragraph(moved.format(f'<w:moveFrom w:id="906" {_WHO}>{run("Moved away.")}</w:moveFrom>'))
    return word_file(_text(len(entries), cite).replace(heading("References"), before + heading("References")) + listed)


def existing_comments(entries: Sequence[str]) -> bytes:
    """Two comments of a colleague's, one an answer to the other, around a citation and an entry; and their people."""

    def around(number: int, content: str) -> str:
        reference = f'<w:r><w:commentReference w:id="{number}"/></w:r>'
        return f'<w:commentRangeStart w:id="{number}"/>{content}<w:commentRangeEnd w:id="{number}"/>{reference}'

    def cite(numbers: Sequence[int]) -> str:
        return around(0, run(_brackets(numbers))) if numbers[0] == 1 else run(_brackets(numbers))

    listed = "".join(
        paragraph(around(7, run(f"{n}. {entry}")) if n == 2 else run(f"{n}. {entry}"))
        for n, entry in enumerate(entries, 1)
    )
    said = "".join(
        f'<w:comment w:id="{n}" {_WHO} w:initials="AW"><w:p w14:paraId="0000000{n}">{run(text)}</w:p></w:comment>'
        for n, text in ((0, "Is this still right?"), (7, "Yes: checked in May."))
    )
    extended = '<w15:commentEx w15:paraId="00000000" w15:done="0"/><w15:commentEx w15:paraId="00000007" w15:paraIdParent="00000000" w15:done="1"/>'
    people = '<w15:person w15:author="A. Writer"><w15:presenceInfo w15:providerId="None" w15:userId="A. Writer"/></w15:person>'
    parts = [
        ("comments", "comments+xml", f"<w:comments {_NAMESPACES}>{said}</w:comments>"),
        ("commentsExtended", "commentsExtended+xml", f"<w15:commentsEx {_NAMESPACES}>{extended}</w15:commentsEx>"),
        ("people", "people+xml", f"<w15:people {_NAMESPACES}>{people}</w15:people>"),
    ]
    return word_file(_text(len(entries), cite) + listed, parts=parts)


def two_columns(entries: Sequence[str]) -> bytes:
    """Sections of one and two columns, with breaks within paragraphs and tabs after the numbers."""
    turn = paragraph(properties='<w:sectPr><w:type w:val="continuous"/><w:cols w:num="1"/></w:sectPr>')
    listed = "".join(
        paragraph(f'<w:r><w:t>{n}.</w:t><w:tab/><w:t xml:space="preserve">{escape(entry)}</w:t></w:r>')
        for n, entry in enumerate(entries, 1)
    )
    broken = (
        '<w:r><w:t>Examplinib</w:t><w:br/><w:t xml:space="preserve">is a drug </w:t><w:t>[1]</w:t><w:t>.</w:t></w:r>'
    )
    body = _text(len(entries), lambda numbers: run(_brackets(numbers)))
    body = body.replace(heading("References"), paragraph(broken) + turn + heading("References"))
    return word_file(body + listed, section='<w:type w:val="continuous"/><w:cols w:num="2" w:space="708"/>')


def right_to_left(entries: Sequence[str]) -> bytes:
    """A text in Hebrew, whose list is in English, in paragraphs from right to left."""
    to_left = "<w:bidi/>"
    words = "\u05d4\u05ea\u05e8\u05d5\u05e4\u05d4 \u05e0\u05d1\u05d3\u05e7\u05d4"

    body = _text(len(entries), lambda numbers: run(f"{words} {_brackets(numbers)}", "<w:rtl/>"), to_left)
    listed = (paragraph(run(f"{n}. {entry}"), properties=to_left) for n, entry in enumerate(entries, 1))
    return word_file(body + "".join(listed), section="<w:bidi/>")


def many(entries: Sequence[str]) -> bytes:
    """A long list that Word numbers, cited by superscripts."""
    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    listed = (paragraph(run(entry[:20]), run(entry[20:], "<w:i/>"), properties=numbered) for entry in entries)
    return word_file(_text(len(entries), lambda numbers: raised(",".join(map(str, numbers)))) + "".join(listed))


KINDS: dict[str, Callable[[Sequence[str]], bytes]] = {
    "plain": plain,
    "table": table,
    "content control": content_control,
    "Zotero field": zotero,
    "EndNote field": endnote,
    "Mendeley": mendeley,
    "hyperlinks": hyperlinks,
    "footnotes": footnotes,
    "endnotes": endnotes,
    "tracked changes": tracked_changes,
    "existing comments": existing_comments,
    "two columns": two_columns,
    "right to left": right_to_left,
    "200 references": many,
}
"""One file of each kind, made of the printed entries."""

LONG = "200 references"
"""The kind that is made of two hundred entries."""

NOTES = frozenset({"footnotes", "endnotes"})
"""The kinds whose references are printed in notes."""
