"""Items made ready for one style: what its manual wants and CSL cannot say, and what pandoc would get wrong.

The items that other tools get stay as they are; only what goes to the engine is changed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from evidence.bibliography.groups import mark_groups as marked_groups
from evidence.bibliography.languages import NAMES
from evidence.bibliography.notices import by_year
from evidence.bibliography.patches import NOTICE, REMARK, SEASON
from evidence.bibliography.rich import plain
from evidence.bibliography.styles import Family, Style
from evidence.bibliography.variables import RETRACTED, marked, own_note

Item = dict[str, Any]

_NOT_PRINTED = ("custom", "keyword")
_HYPHENATED = re.compile(r"(?<=\.)-|(?<=\b[^\W\d_])-(?=[^\W\d_]\b)")
_SUPPLEMENT = re.compile(r"\b(?:Suppl|Supplement|Supp)\b\.?")
_VOLUME_WITH_SUPPLEMENT = re.compile(r"(\S+) (Suppl\b.*)")
_WITH_NUMBER = frozenset({Family.AMA, Family.NLM, Family.APA, Family.CHICAGO})
# AMA 11 and Citing Medicine name a correction in the reference; APA and Chicago do not.
_CORRECTED = {Family.AMA: "Published correction appears in", Family.NLM: "Erratum in:"}
_YEAR_AND_SEASON = re.compile(r"\d{4} ([A-Za-z]+)")
_SEASONS = ("Spring", "Summer", "Autumn", "Winter")
_QUOTED_DOTS = re.compile(r"\W{0,2}\.\.\.")  # behind which pandoc loses the stop after the authors
_WEB = re.compile(r"https?://", re.IGNORECASE)
_ENDS_AN_ADDRESS = re.compile(r"[\s\"\\{}<>^`|]")
_ENDS_A_NUMBER = re.compile(r"[\s\"\\{}]")
_NAMES = ("author", "editor", "translator")
_NUMBERS = ("PMID", "PMCID", "DOI")


def prepared(item: Mapping[str, Any], style: Style) -> Item:
    """One item as the engine is to read it for this style."""
    family = style.family
    ready: Item = {key: value for key, value in item.items() if key not in _NOT_PRINTED}
    custom = item.get("custom") or {}
    _addresses(ready, style.variables)
    if custom.get("retracted"):  # set before the whole title in the end, not before a part of it
        ready["title"] = ready.get("title", "").removeprefix(f"{RETRACTED}: ")
    _titles(ready, family)
    _place_in_volume(ready, family)
    if ready.get("type") == "article":
        _server(ready, family)
    if "setid" in custom and item.get("genre"):
        _label(ready, style)
    _organisation_named_once(ready)
    _people(ready, style, complete=custom.get("authors-complete", True))
    notes = _notes(custom, family)
    remarks = _remarks(item) if family is Family.NLM else []
    if family is Family.NLM:
        _season(ready, custom)
    if custom.get("retracted"):
        ready["title"] = marked({**ready, "custom": custom})["title"]
        ready["note"] = own_note(item)  # what `marked` put there is printed as the notice
    if notes:
        ready[NOTICE] = " ".join(f"{note}." for note in notes)
    if remarks:
        ready[REMARK] = ". ".join(remarks)
    return ready


def _addresses(ready: Item, variables: frozenset[str]) -> None:
    """Only http and https become links, and nothing in them can end the field that a format keeps them in.

    With a number that the style does not print pandoc would make a link of the title.
    """
    for key in _NUMBERS:
        if key not in variables:
            ready.pop(key, None)
    url = ready.pop("URL", "")
    if _WEB.match(url):
        ready["URL"] = _ENDS_AN_ADDRESS.sub(lambda match: quote(match[0]), url)
    for key in _NUMBERS:
        if key in ready:
            ready[key] = _ENDS_A_NUMBER.sub(lambda match: quote(match[0]), ready[key])


def _titles(ready: Item, family: Family) -> None:
    """A translated title stands in brackets (PubMed's own form); AMA and APA put the original before it."""
    original, title = ready.pop("original-title", ""), ready.get("title", "")
    told_in_english = (
        ready.get("language", "").startswith("en") or plain(original).casefold() == plain(title).casefold()
    )
    if original and title and not title.startswith("[") and not told_in_english:
        title = ready["title"] = f"[{title}]"
    if original and title.startswith("[") and family is not Family.NLM:
        ready["title"] = f"{original} {title}"
    elif original and not title:
        ready["title"] = original
    if _QUOTED_DOTS.match(ready.get("title", "")):
        ready["title"] = ready["title"].replace("...", "\N{HORIZONTAL ELLIPSIS}", 1)


def _place_in_volume(ready: Item, family: Family) -> None:
    number = ready.get("number")
    if number and ready.get("type") == "article-journal" and family not in _WITH_NUMBER:
        # Most styles know pages only, where a hyphen would become a dash.
        ready["page"] = ready.pop("number").replace("-", "\N{NON-BREAKING HYPHEN}")
    volume, issue = str(ready.get("volume", "")), str(ready.get("issue", ""))
    if family is Family.AMA:
        if (match := _VOLUME_WITH_SUPPLEMENT.fullmatch(volume)) and not issue:
            ready["volume"], issue = match[1], match[2]
        ready["issue"] = _SUPPLEMENT.sub("suppl", issue).replace("Pt ", "pt ")
    if family is Family.NLM and issue.startswith("Suppl"):
        ready["volume"] = f"{volume} {issue}".strip()
        ready["issue"] = ""
    for key in ("volume", "issue"):
        if not ready.get(key):
            ready.pop(key, None)


def _season(ready: Item, custom: Mapping[str, Any]) -> None:
    """NLM prints the season of an issue (`1977 Fall`), which pandoc drops from a date."""
    match ready.get("issued"):
        case {"date-parts": [[year, *_], *_], "season": int() as season}:
            told = _YEAR_AND_SEASON.fullmatch(custom.get("season", ""))
            ready["issued"] = {"date-parts": [[year]]}
            ready[SEASON] = told[1] if told else _SEASONS[season - 1]


def _server(ready: Item, family: Family) -> None:
    """A preprint is named with its server's short name; APA and Chicago take the server for the publisher."""
    server = ready.pop("container-title-short", "") or ready.get("container-title", "")
    if not server:
        return
    ready["container-title"] = ready["container-title-short"] = server
    if family is Family.NLM:
        ready.setdefault("genre", "Preprint")
    if family in {Family.APA, Family.CHICAGO} and "publisher" not in ready:
        ready["publisher"] = server
        del ready["container-title"], ready["container-title-short"]


def _label(ready: Item, style: Style) -> None:
    """A drug label: revised in a year; where the style has no form for labels, a web page of the company."""
    ready.pop("version", None)  # DailyMed's count of revisions, which no manual wants
    if issued := ready.get("issued", {}).get("date-parts"):
        ready["issued"] = {"date-parts": [[issued[0][0]]]}
    if style.family in {Family.AMA, Family.NLM}:
        return
    company = ready.pop("publisher", "")
    if company:
        ready["author"] = [{"literal": company}]
    if style.family is Family.OTHER:
        ready["type"] = "webpage"
        ready["title"] = f"{ready.get('title', '')} [{ready.pop('genre').lower()}]".strip()


def _organisation_named_once(ready: Item) -> None:
    """A home page that is titled like the organisation behind it: the title alone."""
    match ready.get("author"):
        case [{"literal": literal}] if literal.casefold() == plain(ready.get("title", "")).casefold():
            del ready["author"]
        case [{"literal": literal}] if not ready.get("title") and ready.get("type") == "webpage":
            del ready["author"]
            ready["title"] = literal


def _people(ready: Item, style: Style, *, complete: bool) -> None:
    if not style.has_hyphenated_initials:
        for kind in _NAMES:
            if kind in ready:
                ready[kind] = [_without_hyphen(name) for name in ready[kind]]
    if style.family in {Family.AMA, Family.NLM}:
        ready.update({kind: marked_groups(ready[kind]) for kind in _NAMES if kind in ready})
    if not complete and not style.is_author_date and "author" in ready:
        ready["author"] = [*ready["author"], {"literal": "et al"}]


def _without_hyphen(name: Mapping[str, str]) -> Mapping[str, str]:
    """`S.-Y.` as `S. Y.`: the style wants SY, and pandoc leaves the hyphen."""
    given = name.get("given", "")
    return {**name, "given": _HYPHENATED.sub(" ", given)} if "-" in given else name


def _remarks(item: Mapping[str, Any]) -> list[str]:
    """What NLM prints behind the pages."""
    language = NAMES.get(item.get("language", ""))
    return [*([language] if language else []), *(["Epub ahead of print"] if _is_ahead_of_print(item) else [])]


def _notes(custom: Mapping[str, Any], family: Family) -> list[str]:
    """What stands after the entry, each as a sentence without its stop."""
    printed: Callable[[str], str] = by_year if family is not Family.NLM else str
    if custom.get("retracted"):
        said = "Retraction in" if family is Family.NLM else "Retracted in"
        said = "Retracted and republished in" if custom.get("republished") else said
        where = custom.get("retraction-notice")
        return [f"{said}: {printed(where)}" if where else "Retracted"]
    corrected = [f"{_CORRECTED[family]} {printed(c)}" for c in custom.get("corrections", ()) if family in _CORRECTED]
    return corrected + [f"Expression of concern in: {printed(where)}" for where in custom.get("concerns", ())]


def _is_ahead_of_print(item: Mapping[str, Any]) -> bool:
    in_print = any(item.get(key) for key in ("volume", "issue", "page", "number"))
    return item.get("type") == "article-journal" and bool(item.get("DOI")) and not in_print
