"""BibTeX and biblatex as bibtexparser and pybtex read them, in the words of `canon`."""

import bibtexparser
import pybtex.database
from bibtexparser import middlewares
from pylatexenc import latex2text, latexwalker
from pylatexenc.macrospec import std_macro

from bibliography import canon

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
    for name in canon.FIELDS:
        places = BIB_PLACES.get(name, [name])
        found.setdefault(name, next((fields[place] for place in places if place in fields), ""))
    found["issued"] = fields.get("date") or _year_month_day(fields)
    if kind in {"report", "techreport"}:
        found |= {"number": found["issue"], "issue": ""}
    if found["number"] and fields.get("pages") == found["number"]:
        found["page"] = ""
    annotation = fields.get("annote") or fields.get("annotation", "")
    return canon.present(canon.notes_apart(found, annotation))


def _year_month_day(fields):
    parts = [fields.get("year", "")]
    if month := fields.get("month"):
        parts.append(f"{1 + canon.MONTHS.index(month[:3].lower()):02}")
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
