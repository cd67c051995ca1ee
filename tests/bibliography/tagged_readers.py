"""RIS and NBIB as rispy, Biopython and nbib read them, in the words of `canon`."""

import io
import re

import nbib
import rispy
from Bio import Medline

from bibliography import canon

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
        "issued": canon.from_slashes(get("date")) if get("date") else "",
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
        "accessed": canon.from_slashes(get("access_date")) if get("access_date") else "",
        "original-title": get("original_publication"),
        "ISSN": get("issn") if is_issn else "",
        "ISBN": "" if is_issn else get("issn"),
        **edition_and_version(get("edition", "")),
        "genre": get("type_of_work"),
        "language": get("language"),
        "retraction": next((note for note in notes if note.startswith("RETRACTED")), ""),
        "note": next((note for note in notes if not note.startswith("RETRACTED")), ""),
    }
    return canon.present(found)


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
        "issued": canon.from_words(get("DP")) if get("DP") else "",
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
    return canon.present(found)


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
        "issued": canon.from_words(get("publication_date")) if get("publication_date") else "",
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
    return canon.present(found)
