"""Every format with its writer and the readers that prove it.

`cannot` names the fields that a reader does not tell, and why: it has no place for them, or it
reads them wrongly, which `test_readers` shows by minimal examples. All other fields are compared;
`alike` puts both sides in the form in which they must be equal.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from bibliography import bib_readers, canon, readers, tagged_readers
from evidence.bibliography.biblatex import write_biblatex
from evidence.bibliography.bibtex import write_bibtex
from evidence.bibliography.csl_json import write_csl_json
from evidence.bibliography.csl_yaml import write_csl_yaml
from evidence.bibliography.csv_table import write_csv
from evidence.bibliography.endnote import write_endnote
from evidence.bibliography.nbib import write_nbib
from evidence.bibliography.ris import write_ris

NO_PLACE = "has no place for it"


def exactly(_name, value):
    return value


def with_full_pages(name, value):
    return canon.full_pages(value) if name == "page" else value


def as_pandoc_reads(name, value):
    """Apostrophes straight, no-break spaces plain, particles wherever pandoc found them in a name."""
    if isinstance(value, list):
        return [_with_particles_first(person) for person in value]
    return with_full_pages(name, canon.straight(value).replace("\N{NO-BREAK SPACE}", " "))


def _with_particles_first(person):
    """`Silveira, João Brum da` is `da Silveira, João Brum`, `d'Orio` may be `d' Orio`."""
    last, given, suffix = (canon.straight(part) for part in person)
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
    """Suffixes stand behind given names, bodies behind persons."""
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
            Reader("json", readers.json_says),
            Reader(
                "pandoc",
                readers.pandoc_says("csljson"),
                {"setid": _CUSTOM},
                as_pandoc_reads_json,
                retractions_are_in_words=True,
            ),
        ),
    ),
    "csl-yaml": Format(
        write_csl_yaml,
        (
            Reader("evidence", readers.library_says),
            Reader(
                "pandoc",
                readers.pandoc_says("markdown", wrap="---\n{}---\n"),
                {},
                as_pandoc_reads,
                retractions_are_in_words=True,
            ),
        ),
    ),
    "bibtex": Format(
        write_bibtex,
        (
            Reader("bibtexparser", bib_readers.bibtexparser_says, {}, with_full_pages, _THESIS),
            Reader("pybtex", bib_readers.pybtex_says, {}, with_full_pages, _THESIS),
            Reader("pandoc", readers.pandoc_says("bibtex"), _BIB_PANDOC, as_pandoc_reads_bib, _THESIS, _AS_PAGES),
        ),
    ),
    "biblatex": Format(
        write_biblatex,
        (
            Reader("bibtexparser", bib_readers.bibtexparser_says, {}, with_full_pages),
            Reader("pybtex", bib_readers.pybtex_says, {}, with_full_pages),
            Reader("pandoc", readers.pandoc_says("biblatex"), _BIB_PANDOC, as_pandoc_reads_bib),
        ),
    ),
    "ris": Format(
        write_ris,
        (
            Reader("rispy", tagged_readers.rispy_says, {}, with_full_pages),
            Reader(
                "pandoc",
                readers.pandoc_says("ris"),
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
            Reader("Bio.Medline", tagged_readers.medline_says, {}, medline_names),
            Reader(
                "nbib",
                tagged_readers.nbib_says,
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
            Reader("ElementTree", readers.tree_says, {}, with_full_pages),
            Reader(
                "pandoc",
                readers.pandoc_says("endnotexml"),
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
    "csv": Format(write_csv, (Reader("csv", readers.csv_says, {}, cells_of_names),)),
}


def form_of(reader, name, value):
    value = reader.alike(name, value)
    return value if isinstance(value, list) else canon.even(value)


def lost(reader, items, text):
    """Every (number of the item, field, what it was, what came back) that a reader does not give back."""
    found = reader.read(text)
    assert len(found) == len(items)
    for number, (item, after) in enumerate(zip(items, found, strict=True)):
        before = canon.said(item)
        if reader.numbers_are_pages and "number" in before and item["type"] != "report":
            before["page"] = before.get("page", before["number"])
        if reader.retractions_are_in_words and "retraction" in before:
            before["title"] = f"RETRACTED: {before['title']}"
            before["retraction"] = ". ".join(
                filter(None, (canon.in_words(before["retraction"]), before.pop("note", "")))
            )
        for name in filter(lambda name: reader.tells(name, item), canon.FIELDS):
            was, came = before.get(name, ""), after.get(name, "")
            if form_of(reader, name, was) != form_of(reader, name, came):
                yield number, name, was, came
