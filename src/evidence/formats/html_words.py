"""What the HTML report calls things, and which of them may become links.

Text goes to the page through `one_line` and HTML escaping (the environment of `html` sees to it);
here is what is more than text: addresses that may be followed, and the four tags that a title may hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from evidence.escape import one_line

STATES = {
    "found": "found",
    "not-found": "not found",
    "blocked": "blocked",
    "unavailable": "unavailable",
    "not-checked": "not checked",
}
"""The states in the order of their legend; `blocked` and `unavailable` say nothing about the source."""

SEVERITIES = ("error", "warning", "info")

SOURCES = {
    "pubmed": "PubMed",
    "pmc": "PubMed Central",
    "dailymed": "DailyMed",
    "crossref": "Crossref",
    "doi": "the DOI agencies",
    "web": "the cited page",
    "wayback": "the Wayback Machine",
}

KINDS = {"setid": "label", "pmid": "article", "pmcid": "article", "doi": "article", "nct": "trial", "url": "web page"}

_LABELS = {"setid": "Set ID", "pmid": "PMID", "pmcid": "PMCID", "doi": "DOI", "nct": "Trial", "url": "Address"}
_REGISTRIES = {
    "setid": (
        re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=",
    ),
    "pmid": (re.compile(r"[0-9]{1,9}"), "https://pubmed.ncbi.nlm.nih.gov/"),
    "pmcid": (re.compile(r"PMC[0-9]{1,9}"), "https://pmc.ncbi.nlm.nih.gov/articles/"),
    "doi": (re.compile(r"10\.[0-9]{4,9}/\S+"), "https://doi.org/"),
    "nct": (re.compile(r"NCT[0-9]{8}"), "https://clinicaltrials.gov/study/"),
}
_TAG = re.compile(r"(</?(?:i|b|sub|sup)>)")
_TAGS = {
    "<i>": Markup("<i>"),
    "</i>": Markup("</i>"),
    "<b>": Markup("<b>"),
    "</b>": Markup("</b>"),
    "<sub>": Markup("<sub>"),
    "</sub>": Markup("</sub>"),
    "<sup>": Markup("<sup>"),
    "</sup>": Markup("</sup>"),
}
_ADDRESS = re.compile(r"[\x21-\x7e]+")  # printable ASCII without spaces: all that an address may be made of


@dataclass(frozen=True, slots=True)
class IdentifierLink:
    """An identifier as people know it; `href` is None where following it would not be safe."""

    label: str
    value: str
    href: str | None


def link(kind: str, value: str) -> IdentifierLink:
    """The identifier of this kind (`pmid`, `url` …) with the address at which a reader finds it."""
    return IdentifierLink(
        _LABELS.get(kind, kind), value, web_address(value) if kind == "url" else _registered(kind, value)
    )


def _registered(kind: str, value: str) -> str | None:
    pattern, base = _REGISTRIES.get(kind, (None, ""))
    return base + quote(value, safe="/") if pattern is not None and pattern.fullmatch(value) else None


def web_address(address: str) -> str | None:
    """The address if a reader may be led there: http or https, no credentials, nothing that does not show."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    plain = _ADDRESS.fullmatch(address) and "\\" not in address
    good = plain and parts.scheme in {"http", "https"} and host and "@" not in parts.netloc
    return quote(address, safe="%/:?#[]@!$&'()*+,;=~-._") if good else None


def rich(text: str) -> Markup:
    """Text in which <i>, <b>, <sub> and <sup> are markup, as CSL-JSON has it; unpaired ones are left out."""
    pieces = _TAG.split(one_line(text))
    kept = _paired(pieces)
    shown = (_TAGS[part] if n in kept else escape("" if n % 2 else part) for n, part in enumerate(pieces))
    return Markup("").join(shown)


def _paired(pieces: list[str]) -> set[int]:
    """The numbers of the tags that open and close in order."""
    opened: list[int] = []
    kept: set[int] = set()
    for number in range(1, len(pieces), 2):
        tag = pieces[number]
        if not tag.startswith("</"):
            opened.append(number)
        elif opened and pieces[opened[-1]] == tag.replace("/", ""):
            kept |= {opened.pop(), number}
    return kept


def source_name(source: str) -> str:
    """A source as people call it."""
    return SOURCES.get(source, source)


def joined(words: list[str]) -> str:
    """`PubMed`, `PubMed and Crossref`, `PubMed, Crossref and DailyMed`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def days(number: int | None) -> str:
    """A limit in days, or that there is none."""
    return "no limit" if number is None else f"{number} day" if number == 1 else f"{number} days"


def terms(policy: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The policy in force as (what, value), in plain words."""
    kinds = {"webpage": "web page", "label": "label", "article": "article"}
    limits = (f"{kinds.get(kind, kind)} {days(limit)}" for kind, limit in policy["accessed-limit"].items())
    yield "Accessed dates may be old", ", ".join(limits)
    yield "Asked again after", ", ".join(f"{kind} {days(life)}" for kind, life in policy["life"].items())
    strikes = policy["confirm-dead"]
    dead = "at its first 404 or 410" if strikes == 1 else f"after a 404 or 410 on {strikes} different days"
    yield "A page counts as dead", dead
    yield "The run fails on", policy["fail-on"] if policy["fail-on"] == "error" else f"{policy['fail-on']} and worse"
    if "waiver-limit" in policy:
        limits = (f"{kind} {days(limit)}" for kind, limit in policy["waiver-limit"].items())
        yield "Waivers may run", ", ".join(limits)
        yield "Approving one's own waiver", policy["self-approval"]
    if "sign-off-limit" in policy:
        yield "A sign-off is to be given again after", days(policy["sign-off-limit"])
    if "style" in policy:
        yield "Printed style", policy["style"].upper() if policy["style"] in {"ama", "nlm", "apa"} else policy["style"]
    changed = ", ".join(f"{code} {severity}" for code, severity in policy["severity"].items())
    if changed:
        yield "Severities changed", changed
