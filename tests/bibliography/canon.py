"""What a reference says, field by field: one form for items and for whatever a reader makes of a file.

Nothing here uses the writers' own code, so that a mistake there cannot excuse itself.
"""

import itertools
import re

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
    """As it stands in a note of CSL, where a colon would make it a variable."""
    word, colon, notice = retraction.partition(": ")
    return f"{word} ({notice})" if colon else word


def notes_apart(found, annotation):
    """Where one note is all there is, a retraction stands in it and the item's own note in an annotation."""
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
