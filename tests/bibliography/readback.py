"""What a bibliography file says to its readers, field by field, and every format with the readers that prove it."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import bibtexparser
import nbib
import pybtex.database
import pytest
import rispy
from bibtexparser import middlewares
from Bio import Medline
from pylatexenc import latex2text, latexwalker
from pylatexenc.macrospec import std_macro

from evidence.bibliography.formats.bibtex import write_biblatex, write_bibtex
from evidence.bibliography.formats.csl import write_csl_json, write_csl_yaml
from evidence.bibliography.formats.csv import write_csv
from evidence.bibliography.formats.endnote import write_endnote
from evidence.bibliography.formats.ris import write_nbib, write_ris
from evidence.bibliography.render import bibliography, find_pandoc
from evidence.bibliography.styles import find_style
from evidence.library.reader import read_text
from evidence.model.errors import RenderError
from factories import golden, source_from

# One form for what an item says and for whatever a reader makes of a file.
# Nothing here uses the writers' own code, so that a mistake there cannot excuse itself.

FIELDS = (
    "title",
    "authors",
    "editors",
    "journal",
    "journal-short",
    "issued",
    "volume",
    "issue",
    "page",
    "number",
    "publisher",
    "place",
    "PMID",
    "PMCID",
    "DOI",
    "setid",
    "URL",
    "accessed",
    "original-title",
    "ISSN",
    "ISBN",
    "edition",
    "version",
    "genre",
    "language",
    "retraction",
    "note",
)
VARIABLE = {
    **{name: name for name in FIELDS},
    "journal": "container-title",
    "journal-short": "container-title-short",
    "place": "publisher-place",
}
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
SEASONS = ["spring", "summer", "autumn", "winter"]


def said(item):
    """The fields of a CSL-JSON item that say something."""
    custom = item["custom"] if isinstance(item.get("custom"), dict) else {}
    found = {name: str(item.get(VARIABLE[name], "")) for name in FIELDS}
    found |= {"authors": people(item.get("author", [])), "editors": people(item.get("editor", []))}
    found |= {"issued": edtf(item.get("issued")), "accessed": edtf(item.get("accessed"))}
    found["setid"] = custom.get("setid", item.get("setid", ""))
    if custom.get("retracted") in (True, "true"):
        notice = custom.get("retraction-notice")
        found["retraction"] = f"RETRACTED: {notice}" if notice else "RETRACTED"
        # CSL says it in the title and in the note as well.
        found["title"] = found["title"].removeprefix("RETRACTED: ")
        found["note"] = found["note"].removeprefix(in_words(found["retraction"])).removeprefix(". ")
    return present(notes_apart(found, item.get("annote", "")))


def in_words(retraction):
    """As it is in a note of CSL, where a colon would make it a variable."""
    word, colon, notice = retraction.partition(": ")
    return f"{word} ({notice})" if colon else word


def notes_apart(found, annotation):
    """Where one note is all there is, a retraction is in it and the item's own note in an annotation."""
    if str(found.get("note", "")).startswith("RETRACTED"):
        return {**found, "retraction": found["note"], "note": annotation}
    return found


def present(found):
    return {name: value for name, value in found.items() if value}


def people(names):
    return [person(name) for name in names]


def person(name):
    """Last name with its particles, given name, suffix; a body has its name in the first place."""
    if "literal" in name:
        return (name["literal"], "", "")
    particles = [name.get("dropping-particle"), name.get("non-dropping-particle")]
    last = " ".join(part for part in [*particles, name.get("family")] if part)
    return (last, name.get("given", ""), name.get("suffix", ""))


def edtf(date):
    if not date:
        return ""
    if not date.get("date-parts"):
        return date.get("literal", "")
    ends = ["-".join(f"{int(n):0{2 if i else 4}}" for i, n in enumerate(parts)) for parts in date["date-parts"]]
    if date.get("season"):
        ends[0] += f"-2{date['season']}"
    return "/".join(ends)


def from_words(text):
    """EDTF of NLM's wording: `2013 Feb 14`, `1979 Jul-Aug`, `1978 Dec-1979 Jan`, `1979 Autumn`; else the text."""
    try:
        return _from_words(text)
    except ValueError:
        return text


def _from_words(text):
    begin, _, end = text.strip().partition("-")
    ends = [_one(begin, "")]
    if end:
        ends.append(_one(end, begin[:4]))
    return "/".join(ends)


def _one(text, year):
    parts = [year] if year and not re.match(r"[0-9]{4}", text) else []
    for word in text.lower().split():
        if word in SEASONS:
            parts.append(str(21 + SEASONS.index(word)))
        elif word[:3] in MONTHS:
            parts.append(f"{1 + MONTHS.index(word[:3]):02}")
        else:
            parts.append(f"{int(word):0{2 if parts else 4}}")
    return "-".join(parts)


def from_slashes(text):
    """EDTF of RIS' `2013/02/14/` and `1979///Jul-Aug`."""
    year, month, day, *rest = text.split("/", 3)
    words = "".join(rest)
    return from_words(f"{year} {words}") if words else "-".join(part for part in (year, month, day) if part)


def full_pages(text):
    """First and last page, the last in full, with a plain hyphen."""
    text = re.sub(r"\s*[\u2010-\u2015]+\s*", "-", text)
    first, dash, last = text.partition("-")
    if dash and first.isdigit() and last.isdigit() and len(last) < len(first):
        return f"{first}-{first[: len(first) - len(last)]}{last}"
    return text


def even(rich):
    """Rich text in one of its many spellings: each letter with its markup, spaces single and bare, no stray tags."""
    out = []
    for text, marks in _marked(rich):
        for letter in text:
            if letter != " " or not out or out[-1][0] != " ":
                out.append((letter, "" if letter.isspace() else marks))
    runs = [(marks, "".join(letter for letter, _ in run)) for marks, run in itertools.groupby(out, lambda one: one[1])]
    return "".join(f"<{marks}>{text}</>" if marks else text for marks, text in runs)


def _marked(rich):
    """The text between tags, with the names of those that are open; a tag without its partner is none."""
    matches = list(re.finditer(r"<(/?)(i|b|sub|sup)>", rich))
    unclosed, paired = [], set()
    for number, match in enumerate(matches):
        if not match[1]:
            unclosed.append(number)
        elif unclosed and matches[unclosed[-1]][2] == match[2]:
            paired |= {unclosed.pop(), number}
    at, opened = 0, []
    for number, match in enumerate(matches):
        yield rich[at : match.start()], "+".join(sorted(set(opened)))
        at = match.end()
        if number in paired and match[1]:
            opened.remove(match[2])
        elif number in paired:
            opened.append(match[2])
    yield rich[at:], "+".join(sorted(set(opened)))


def straight(text):
    """Typographic quotation marks and apostrophes made straight: TeX and Markdown have one sign for both."""
    return text.translate(str.maketrans("\u2018\u2019\u201c\u201d", "''\"\""))


# RIS and NBIB as rispy, Biopython and nbib read them

# RIS


def inverted(text):
    """A person or body of RIS and EndNote: `Last, First, Suffix`; `Body,`; `Body,, with a comma`."""
    if text.endswith(","):
        return (text[:-1], "", "")
    if ",," in text:
        return (text.replace(",,", ",", 1), "", "")
    last, given, suffix = [*text.split(", "), "", ""][:3]
    return (last, given, suffix)


def rispy_says(text):
    records = rispy.loads(text, delimiter_tags_mapping={})
    assert not any("unknown_tag" in record for record in records)
    return [_rispy_record(record) for record in records]


def _rispy_record(record):
    get = record.get
    number, first = get("custom7", ""), get("start_page", "")
    end = get("end_page")
    notes = get("notes", [])
    database = get("name_of_database")
    is_issn = re.fullmatch(r"[0-9]{4}-[0-9]{3}[0-9X](, .*)?", get("issn", ""))
    found = {
        "title": get("title"),
        "authors": [inverted(name) for name in get("authors", [])],
        "editors": [inverted(name) for name in get("secondary_authors", [])],
        "journal": get("secondary_title"),
        "journal-short": get("alternate_title1"),
        "issued": from_slashes(get("date")) if get("date") else "",
        "volume": get("volume"),
        "issue": get("number"),
        "page": "" if first == number else f"{first}-{end}" if end else first,
        "number": number or get("note"),
        "publisher": get("publisher"),
        "place": get("place_published"),
        "PMID": get("accession_number") if database == "PubMed" else "",
        "PMCID": get("custom2"),
        "DOI": get("doi"),
        "setid": get("accession_number") if database == "DailyMed" else get("call_number"),
        "URL": "".join(get("urls", [])),
        "accessed": from_slashes(get("access_date")) if get("access_date") else "",
        "original-title": get("original_publication"),
        "ISSN": get("issn") if is_issn else "",
        "ISBN": "" if is_issn else get("issn"),
        **edition_and_version(get("edition", "")),
        "genre": get("type_of_work"),
        "language": get("language"),
        "retraction": next((note for note in notes if note.startswith("RETRACTED")), ""),
        "note": next((note for note in notes if not note.startswith("RETRACTED")), ""),
    }
    return present(found)


def edition_and_version(text):
    edition, _, version = (
        re.fullmatch("(.*?)(, |^)version (.*)", text).groups() if "version " in text else (text, 0, "")
    )
    return {"edition": edition, "version": version}


def _named(notes, name):
    return next((note.removeprefix(f"{name}: ") for note in notes if note.startswith(f"{name}: ")), "")


# NBIB


def medline_says(text):
    return [_medline_record(record) for record in Medline.parse(io.StringIO(text, newline="\n"))]


def _medline_record(record):
    get = record.get
    notes = get("GN", [])
    number = next((text.removesuffix(" [pii]") for text in re.findall(r"\S+ \[pii\]", get("LID", ""))), "")
    joined = " ".join
    named = re.compile("(URL|Accessed|Translators|Short title|Version|Genre|Number): |RETRACTED")
    found = {
        "title": get("TI"),
        "authors": [*map(_medline_name, get("FAU", [])), *((body, "", "") for body in get("CN", []))],
        "editors": [_medline_name(name) for name in get("FED", [])],
        "journal": get("JT") or joined(get("BTI", [])),
        "journal-short": get("TA"),
        "issued": from_words(get("DP")) if get("DP") else "",
        "volume": get("VI"),
        "issue": get("IP"),
        "page": "" if get("PG") == number else get("PG"),
        "number": number or _named(notes, "Number"),
        "publisher": joined(get("PB", [])),
        "place": get("PL"),
        "PMID": get("PMID"),
        "PMCID": get("PMC"),
        "DOI": next((aid.removesuffix(" [doi]") for aid in get("AID", []) if aid.endswith(" [doi]")), ""),
        "setid": joined(get("OID", [])).removeprefix("DailyMed: "),
        "URL": _named(notes, "URL"),
        "accessed": _named(notes, "Accessed"),
        "original-title": get("TT"),
        "ISSN": ", ".join(re.findall(r"[0-9]{4}-[0-9X]{4}", get("IS", ""))),
        "ISBN": joined(get("ISBN", [])),
        "edition": joined(get("EN", [])),
        "version": _named(notes, "Version"),
        "genre": _named(notes, "Genre"),
        "language": joined(get("LA", [])),
        "retraction": next((note for note in notes if note.startswith("RETRACTED")), ""),
        "note": next((note for note in notes if not named.match(note)), ""),
    }
    assert bool(found["retraction"]) == ("Retracted Publication" in get("PT", []))
    return present(found)


def _medline_name(text):
    last, _, given = text.partition(", ")
    return (last, given, "")


def nbib_says(text):
    return [_nbib_record(record) for record in nbib.read(text)]


def _nbib_record(record):
    get = record.get
    found = {
        "title": get("title"),
        "authors": [_medline_name(name["author"]) for name in get("authors", [])],
        "journal": get("journal"),
        "journal-short": get("journal_abbreviated"),
        "issued": from_words(get("publication_date")) if get("publication_date") else "",
        "volume": get("journal_volume"),
        "issue": get("journal_issue"),
        "page": get("pages"),
        "place": get("place_of_publication"),
        "PMID": str(get("pubmed_id", "")),
        "PMCID": f"PMC{get('pmcid')}" if "pmcid" in record else "",
        "DOI": get("doi"),
        "original-title": get("transliterated_title"),
        "ISSN": get("undetermined_issn"),
        "language": get("language"),
    }
    return present(found)


# Pandoc, the library, JSON, XML and CSV readers


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
    return lambda text: [said(item) for item in pandoc(wrap.format(text), form)]


def json_says(text):
    return [said(item) for item in json.loads(text)]


def library_says(text):
    return [said(_csl_of(reference)) for reference in read_text(source_from(text)).references]


def library_faults(text):
    return [fault for reference in read_text(source_from(text)).references for fault in reference.faults]


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
        "title": "".join(_marked_in_xml(record.find("titles/title"))),
        "authors": [inverted("".join(e.itertext())) for e in record.findall("contributors/authors/author")],
        "editors": [inverted("".join(e.itertext())) for e in record.findall("contributors/secondary-authors/author")],
        "journal": get("titles/secondary-title"),
        "journal-short": get("periodical/abbr-1"),
        "issued": from_words(f"{year} {words}") if year else "",
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
        "original-title": "".join(_marked_in_xml(record.find("orig-pub"))),
        "ISSN": isbn if is_issn else "",
        "ISBN": "" if is_issn else isbn,
        **edition_and_version(get("edition")),
        "genre": get("work-type"),
        "language": get("language"),
        "note": "".join(_marked_in_xml(record.find("notes"))),
    }
    return present(notes_apart(found, "".join(_marked_in_xml(record.find("research-notes")))))


def _marked_in_xml(element):
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
    found = {name: cells.get(VARIABLE.get(name, name)) or cells.get(name, "") for name in FIELDS}
    found["title"] = cells["title-with-markup"] or cells["title"]
    found["place"] = cells["publisher-place"]
    found |= {role: [(name, "", "") for name in _names(cells[role])] for role in ("authors", "editors")}
    if cells["retracted"]:
        notice = cells["retraction-notice"]
        found["retraction"] = f"RETRACTED: {notice}" if notice else "RETRACTED"
    return present(found)


# BibTeX and biblatex as bibtexparser and pybtex read them

BIB_PLACES = {
    "journal": ["journal", "journaltitle", "booktitle"],
    "journal-short": ["shortjournal"],
    "publisher": ["publisher", "organization", "institution", "school", "howpublished"],
    "place": ["address", "location"],
    "issue": ["number"],
    "number": ["eid"],
    "genre": ["type"],
    "original-title": ["origtitle"],
    "DOI": ["doi"],
    "URL": ["url"],
    "PMID": ["pmid"],
    "PMCID": ["pmcid"],
    "accessed": ["urldate"],
    "ISSN": ["issn"],
    "ISBN": ["isbn"],
    "page": ["pages"],
}


def bib_says(kind, fields, authors, editors):
    """What the fields of an entry say, braces and escapes resolved by the reader."""
    found = {"authors": authors, "editors": editors}
    for name in FIELDS:
        places = BIB_PLACES.get(name, [name])
        found.setdefault(name, next((fields[place] for place in places if place in fields), ""))
    found["issued"] = fields.get("date") or _year_month_day(fields)
    if kind in {"report", "techreport"}:
        found |= {"number": found["issue"], "issue": ""}
    if found["number"] and fields.get("pages") == found["number"]:
        found["page"] = ""
    annotation = fields.get("annote") or fields.get("annotation", "")
    return present(notes_apart(found, annotation))


def _year_month_day(fields):
    parts = [fields.get("year", "")]
    if month := fields.get("month"):
        parts.append(f"{1 + MONTHS.index(month[:3].lower()):02}")
    if day := fields.get("day"):
        parts.append(f"{int(day):02}")
    return "-".join(parts)


MARKUP = {"textit": "i", "textbf": "b", "textsubscript": "sub", "textsuperscript": "sup"}


class Decoder(latex2text.LatexNodes2Text):
    """pylatexenc, which bibtexparser brings and uses, told of the markup and of what it does not know."""

    def __init__(self):
        context = latex2text.get_default_latex_context_db()
        marked = [latex2text.MacroTextSpec(name, f"<{tag}>%s</{tag}>") for name, tag in MARKUP.items()]
        signs = {"textbraceleft": "{", "textbraceright": "}", "textasciicircum": "^"}
        unknown = [latex2text.MacroTextSpec(name, sign) for name, sign in signs.items()]
        context.add_context_category("ours", prepend=True, macros=[*marked, *unknown])
        super().__init__(latex_context=context, math_mode="verbatim", keep_comments=True)
        self.arguments = latexwalker.get_default_latex_context_db()
        self.arguments.add_context_category("ours", prepend=True, macros=[std_macro(name, "{") for name in MARKUP])

    def latex_to_text(self, latex, **flags):
        return super().latex_to_text(latex, **flags, latex_context=self.arguments)


DECODER = Decoder()


class _TextOnly(middlewares.LatexDecodingMiddleware):
    """The decoder kept away from verbatim fields, where `%` and `_` are themselves."""

    def transform_entry(self, entry, library):
        verbatim = {f.key: f.value for f in entry.fields if f.key in {"url", "doi"}}
        decoded = super().transform_entry(entry, library)
        for one in decoded.fields:
            one.value = verbatim.get(one.key, one.value)
        return decoded


def bibtexparser_says(text):
    stack = [middlewares.SeparateCoAuthors(), middlewares.SplitNameParts(), _TextOnly(decoder=DECODER)]
    library = bibtexparser.parse_string(text, append_middleware=stack)
    assert not library.failed_blocks
    return [_bibtexparser_entry(entry) for entry in library.entries]


def _bibtexparser_entry(entry):
    fields = {f.key: f.value for f in entry.fields}
    people = {role: [_parts_of(name) for name in fields.pop(role, [])] for role in ("author", "editor", "translator")}
    return bib_says(entry.entry_type, fields, people["author"], people["editor"])


def _parts_of(name):
    return decoded([*name.von, *name.last], name.first, name.jr)


def pybtex_says(text):
    entries = pybtex.database.parse_string(text, "bibtex").entries.values()
    return [_pybtex_entry(entry) for entry in entries]


def _pybtex_entry(entry):
    verbatim = {"url", "doi"}
    fields = {key: value if key in verbatim else DECODER.latex_to_text(value) for key, value in entry.fields.items()}
    people = {role: [_pybtex_person(p) for p in entry.persons.get(role, [])] for role in ("author", "editor")}
    return bib_says(entry.type, fields, people["author"], people["editor"])


def _pybtex_person(person):
    given = [*person.first_names, *person.middle_names]
    return decoded([*person.prelast_names, *person.last_names], given, person.lineage_names)


def decoded(*parts):
    return tuple(DECODER.latex_to_text(" ".join(words)) for words in parts)


# Every format with its writer and the readers that prove it. `cannot` names the fields that a reader does not
# tell, and why: it has no place for them, or it reads them wrongly, which `test_readers` shows by minimal
# examples. All other fields are compared; `alike` puts both sides in the form in which they must be equal.

NO_PLACE = "has no place for it"


def exactly(_name, value):
    return value


def with_full_pages(name, value):
    return full_pages(value) if name == "page" else value


def as_pandoc_reads(name, value):
    """Apostrophes straight, no-break spaces plain, particles wherever pandoc found them in a name."""
    if isinstance(value, list):
        return [_with_particles_first(person) for person in value]
    return with_full_pages(name, straight(value).replace("\N{NO-BREAK SPACE}", " "))


def _with_particles_first(person):
    """`Silveira, João Brum da` is `da Silveira, João Brum`, `d'Orio` may be `d' Orio`."""
    last, given, suffix = (straight(part) for part in person)
    match = re.fullmatch(r"(.*?)((?: [^\W\d_A-Z]+)+)", given)
    if match:
        given, last = match[1], match[2] + last
    return ("".join(last.split()), given, suffix)


def as_pandoc_reads_json(name, value):
    """Apostrophes may come back as quotation marks (`O'Brien's 5' end`), seasons do not come back."""
    value = as_pandoc_reads(name, value)
    if name == "issued":
        return re.sub("^([0-9]{4})-2[1-4]$", r"\1", value)
    return value if isinstance(value, list) else value.replace('"', "'")


def as_pandoc_reads_bib(name, value):
    """No grave accents; a capital begins the title and what follows a colon or a full stop."""
    value = as_pandoc_reads(name, value)
    if isinstance(value, list):
        return value
    starts = r"(?:^|[:.?!](?:</[a-z]+>)* )(?:</?[a-z]+>|[^\w<])*\w"
    return re.sub(starts, lambda match: match[0].lower(), value.replace("`", ""))


def medline_names(_name, value):
    """Suffixes follow given names, bodies follow persons."""
    if not isinstance(value, list):
        return value
    people = [(last, f"{given} {suffix}".strip(), "") for last, given, suffix in value if given or suffix]
    return [*people, *sorted(person for person in value if not person[1] and not person[2])]


def cells_of_names(_name, value):
    return [", ".join(part for part in person if part) for person in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Reader:
    name: str
    read: Callable[[str], list[dict]]
    cannot: dict[str, str] = field(default_factory=dict)
    alike: Callable[[str, object], object] = exactly
    cannot_of: dict[str, str] = field(default_factory=dict)
    numbers_are_pages: bool = False
    retractions_are_in_words: bool = False

    def tells(self, name, item):
        return name not in self.cannot and self.cannot_of.get(item["type"]) != name


@dataclass(frozen=True)
class Format:
    write: Callable[[list[dict]], str]
    readers: tuple[Reader, ...]


def no_place(names, **why):
    return dict.fromkeys(names.split(), NO_PLACE) | why


_BIB_PANDOC = no_place("setid", language="only known languages, turned into locales", number="does not read eid")
_THESIS = {"thesis": "genre"}  # BibTeX has PhD and Master's theses only; ours says Thesis for itself
_AS_PAGES = True
_CUSTOM = "drops `custom`"
_SUFFIX_SECOND = "takes `Last, First, Suffix` for `Last, Suffix, First`"

FORMATS = {
    "csl-json": Format(
        write_csl_json,
        (
            Reader("json", json_says),
            Reader(
                "pandoc",
                pandoc_says("csljson"),
                {"setid": _CUSTOM},
                as_pandoc_reads_json,
                retractions_are_in_words=True,
            ),
        ),
    ),
    "csl-yaml": Format(
        write_csl_yaml,
        (
            Reader("evidence", library_says),
            Reader(
                "pandoc",
                pandoc_says("markdown", wrap="---\n{}---\n"),
                {},
                as_pandoc_reads,
                retractions_are_in_words=True,
            ),
        ),
    ),
    "bibtex": Format(
        write_bibtex,
        (
            Reader("bibtexparser", bibtexparser_says, {}, with_full_pages, _THESIS),
            Reader("pybtex", pybtex_says, {}, with_full_pages, _THESIS),
            Reader("pandoc", pandoc_says("bibtex"), _BIB_PANDOC, as_pandoc_reads_bib, _THESIS, _AS_PAGES),
        ),
    ),
    "biblatex": Format(
        write_biblatex,
        (
            Reader("bibtexparser", bibtexparser_says, {}, with_full_pages),
            Reader("pybtex", pybtex_says, {}, with_full_pages),
            Reader("pandoc", pandoc_says("biblatex"), _BIB_PANDOC, as_pandoc_reads_bib),
        ),
    ),
    "ris": Format(
        write_ris,
        (
            Reader("rispy", rispy_says, {}, with_full_pages),
            Reader(
                "pandoc",
                pandoc_says("ris"),
                no_place(
                    "journal-short number place PMID PMCID setid accessed original-title version edition genre"
                    " retraction note ISBN",
                    issued="only the year",
                    authors=_SUFFIX_SECOND,
                    editors=_SUFFIX_SECOND,
                    ISSN="holds the ISBN too",
                ),
                with_full_pages,
                numbers_are_pages=True,
            ),
        ),
    ),
    "nbib": Format(
        write_nbib,
        (
            Reader("Bio.Medline", medline_says, {}, medline_names),
            Reader(
                "nbib",
                nbib_says,
                no_place(
                    "editors number publisher setid URL accessed edition version genre retraction note ISBN",
                    authors="only the last of several bodies, as a text of its own",
                    ISSN="only the last of several",
                ),
                cannot_of={"chapter": "journal"},
                numbers_are_pages=True,
            ),
        ),
    ),
    "endnote": Format(
        write_endnote,
        (
            Reader("ElementTree", tree_says, {}, with_full_pages),
            Reader(
                "pandoc",
                pandoc_says("endnotexml"),
                no_place(
                    "editors journal-short PMID PMCID DOI setid URL accessed original-title edition version genre"
                    " language retraction note",
                    title="drops italics, sub- and superscript",
                    authors=_SUFFIX_SECOND,
                    issued="only the year",
                    issue="calls it number",
                    number="holds the issue",
                    page="calls it pages, which is no CSL variable",
                    ISSN="calls it ISBN",
                    ISBN="holds the ISSN",
                ),
            ),
        ),
    ),
    "csv": Format(write_csv, (Reader("csv", csv_says, {}, cells_of_names),)),
}


def form_of(reader, name, value):
    value = reader.alike(name, value)
    return value if isinstance(value, list) else even(value)


def lost(reader, items, text):
    """Every (number of the item, field, what it was, what came back) that a reader does not give back."""
    found = reader.read(text)
    assert len(found) == len(items)
    for number, (item, after) in enumerate(zip(items, found, strict=True)):
        before = said(item)
        if reader.numbers_are_pages and "number" in before and item["type"] != "report":
            before["page"] = before.get("page", before["number"])
        if reader.retractions_are_in_words and "retraction" in before:
            before["title"] = f"RETRACTED: {before['title']}"
            before["retraction"] = ". ".join(filter(None, (in_words(before["retraction"]), before.pop("note", ""))))
        for name in filter(lambda name: reader.tells(name, item), FIELDS):
            was, came = before.get(name, ""), after.get(name, "")
            if form_of(reader, name, was) != form_of(reader, name, came):
                yield number, name, was, came


# The printing engine, and texts that were read by eye

GOLDEN = Path(__file__).with_name("golden")


@cache
def engine() -> Path:
    """The pandoc at hand; a test that needs it is skipped where the extra is not installed."""
    try:
        find_style("ama")
        return find_pandoc()
    except RenderError as missing:
        pytest.skip(str(missing))


def printed(items: Sequence[Mapping[str, Any]], style: str, form: str = "text", *, keep_order: bool = False) -> str:
    found = engine()
    return bibliography(items, find_style(style), form, found, keep_order=keep_order).decode()


def is_golden(name: str, text: str) -> bool:
    """Whether this is what the file of this name holds (`golden`)."""
    return golden(GOLDEN / name, text) == text
