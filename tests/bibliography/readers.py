"""Pandoc, the library, JSON, XML and CSV readers, in the words of `canon`."""

import csv
import io
import json
import re
import subprocess
from xml.etree import ElementTree as ET

import pytest

from bibliography import canon
from bibliography.tagged_readers import edition_and_version, inverted
from evidence.library.reading import read_text
from library.reading_text import source


def pandoc(text, form):
    pypandoc = pytest.importorskip("pypandoc", reason="pypandoc_binary is not installed (extra `render`)")
    done = subprocess.run(
        [pypandoc.get_pandoc_path(), "--sandbox", "-f", form, "-t", "csljson"],
        input=text.encode(),
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def pandoc_says(form, *, wrap="{}"):
    return lambda text: [canon.said(item) for item in pandoc(wrap.format(text), form)]


def json_says(text):
    return [canon.said(item) for item in json.loads(text)]


def library_says(text):
    return [canon.said(_csl_of(reference)) for reference in read_text(source(text)).references]


def library_faults(text):
    return [fault for reference in read_text(source(text)).references for fault in reference.faults]


def _csl_of(reference):
    """The reference's variables, dates read by the library's own rules, names of one letter and all."""
    dates = {key: _parts(date) for key in ("issued", "accessed") if (date := getattr(reference, key)) is not None}
    return {**reference.csl, **dates}


def _parts(date):
    ends = [date] if date.until is None else [date, date.until]
    read = [[n for n in (end.year, end.month, end.day) if n is not None] for end in ends]
    return {"date-parts": read, "season": date.season}


# EndNote XML


def tree_says(text):
    return [_endnote_record(record) for record in ET.fromstring(text).iter("record")]  # noqa: S314 - our own


def _endnote_record(record):
    def get(path):
        element = record.find(path)
        return "" if element is None else "".join(element.itertext())

    accession, database = get("accession-num"), get("remote-database-name")
    number = get("custom7")
    report = get("number") if get("ref-type") == "27" else ""
    year, words = get("dates/year"), get("dates/pub-dates/date")
    isbn = get("isbn")
    is_issn = re.match(r"[0-9]{4}-[0-9]{3}[0-9X]\b", isbn)
    found = {
        "title": "".join(_marked(record.find("titles/title"))),
        "authors": [inverted("".join(e.itertext())) for e in record.findall("contributors/authors/author")],
        "editors": [inverted("".join(e.itertext())) for e in record.findall("contributors/secondary-authors/author")],
        "journal": get("titles/secondary-title"),
        "journal-short": get("periodical/abbr-1"),
        "issued": canon.from_words(f"{year} {words}") if year else "",
        "volume": get("volume"),
        "issue": "" if report else get("number"),
        "page": "" if get("pages") == number else get("pages"),
        "number": number or report,
        "publisher": get("publisher"),
        "place": get("pub-location"),
        "PMID": accession if database == "PubMed" else "",
        "PMCID": get("custom2"),
        "DOI": get("electronic-resource-num"),
        "setid": accession if database == "DailyMed" else get("call-num"),
        "URL": get("urls/related-urls/url"),
        "accessed": get("access-date"),
        "original-title": "".join(_marked(record.find("orig-pub"))),
        "ISSN": isbn if is_issn else "",
        "ISBN": "" if is_issn else isbn,
        **edition_and_version(get("edition")),
        "genre": get("work-type"),
        "language": get("language"),
        "note": "".join(_marked(record.find("notes"))),
    }
    return canon.present(canon.notes_apart(found, "".join(_marked(record.find("research-notes")))))


def _marked(element):
    tags = {"italic": "i", "bold": "b", "subscript": "sub", "superscript": "sup"}
    yield (element.text or "") if element is not None else ""
    for style in element if element is not None else ():
        faces = [tags[face] for face in style.get("face").split() if face != "normal"]
        yield "".join(f"<{t}>" for t in faces) + style.text + "".join(f"</{t}>" for t in reversed(faces))


# CSV


def csv_says(text):
    return [_row(row) for row in csv.DictReader(io.StringIO(text, newline=""))]


def _names(cell):
    return next(csv.reader([cell], delimiter=";", skipinitialspace=True), [])


def _row(row):
    cells = {name: re.sub("^'(?='*[=+@\uff1d\uff0b\uff0d\uff20-])", "", cell) for name, cell in row.items()}
    found = {name: cells.get(canon.VARIABLE.get(name, name)) or cells.get(name, "") for name in canon.FIELDS}
    found["title"] = cells["title-with-markup"] or cells["title"]
    found["place"] = cells["publisher-place"]
    found |= {role: [(name, "", "") for name in _names(cells[role])] for role in ("authors", "editors")}
    if cells["retracted"]:
        notice = cells["retraction-notice"]
        found["retraction"] = f"RETRACTED: {notice}" if notice else "RETRACTED"
    return canon.present(found)
