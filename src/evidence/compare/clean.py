"""Making a printed citation plain: entities, markup, dashes, and what is not bibliography at all."""

from __future__ import annotations

import html
import re
import unicodedata

_ENTITY = re.compile(r"&([A-Za-z]{2,8});")
_MARKUP = re.compile(
    r"</?(?:i|b|u|em|strong|su[pb]|span|italic|bold|sc|p|div|br|a|q|cite|font|small|mml:\w+|m\w{1,8})(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_APOSTROPHES = re.compile("[`\u00b4\u2018\u2019\u201b\u2032\u02bc\u02b9\u02bb]")
_QUOTES = re.compile("[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033]")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d\u2043]|&#8211;")
_BOLD = re.compile(r"\*\*|__")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SPACES = re.compile(r"\s+")
_LEAD_IN = re.compile(
    r"^\W*(?:(?:RETRACTED(?: ARTICLE)?|WITHDRAWN)\b\W+|[Ss]ee (?:also|e\.g\.|for example)\b[\s,:]+"
    r"|[Ss]ee:?\s+(?=(?:[^\W\d_][\w'-]* ){0,2}[^\W\d_][\w'-]*[^\W\d_A-Z],? [A-Z]{1,4}[,.]))"
)
_MONTH_NAME = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DATED_YEAR = re.compile(rf"\((?:\d{{1,2}}\s+)?{_MONTH_NAME}\.?(?:\s+\d{{1,2}})?,?\s+((?:1[6-9]|20)\d\d[a-z]?)\)")
_NUMBERING = re.compile(r"^\s*(?:\[\d{1,4}\]|\(\d{1,4}\)|\d{1,4}[.)])\s+(?=\D)|^\s*\d{1,3}\s+(?=[A-Z\[\"])")

_IDENTIFIERS = re.compile(
    rf"""(?:https?://|www\.)\S+
    | \b(?:doi|DOI)\s*+:?\s*+10\.\d{{4,9}}/\S+
    | \b10\.\d{{4,9}}/\S+
    | (?:PubMed\s++Central\s++|PubMed\s++)?\b(?:PMID|PMCID)\s*+:?\s*+(?:PMC)?\d+(?:\.\d)?
    | \bPMC\d{{4,}}\b
    | \bPubMed\s*+:?\s*+\d{{5,}}
    | \[(?:cited|updated|accessed|internet|serial\ online|online|e?pub)[^\]]*\]
    | \b(?:Last\s+)?(?:Date\s+)?accessed(?:\s+(?:on|at))?:?\s+(?:[\w.,]+\s+){{0,3}}\d{{4}}
    | \[Article\ in\ [^\]]*\]
    | \bRetrieved\s+(?:[A-Z][a-z]+\s+\d{{1,2}},?\s+\d{{4}},?\s+)?from\b:?
    | \bAvailable\s+(?:at|from|online)\b:?
    | \b(?:Published\ (?:online|ahead)|Epub|Advance\ online\ publication|Online\ ahead\ of\ print)
      (?:\ ahead\ of\ print|\ of\ print|\ first)?[\s,:]*
      (?:\d{{4}}\s+[A-Z][a-z]{{2,8}}\.?\s*\d{{0,2}}|[A-Z][a-z]{{2,8}}\.?\s+\d{{1,2}},?\s+\d{{4}}
        |\d{{1,2}}\s+[A-Z][a-z]{{2,8}}\.?,?\s+\d{{4}}|\d{{4}}
        |{_MONTH_NAME}\.?\s+\d{{1,2}}\b(?!\s*[-(:])|\d{{1,2}}\s+{_MONTH_NAME}\b)?
    | \(?\bahead[\ -]of[\ -]print\b\)?|\bin\ press\b
    """,
    re.VERBOSE | re.IGNORECASE,
)


_ELECTRONIC_YEAR = re.compile(
    r"\b(?:published\s+online|epub|online\s+ahead)\b[^\d]{0,40}(?:\d{1,2},?\s+)?((?:19|20)\d\d)\b", re.IGNORECASE
)


def electronic_year(text: str) -> int | None:
    """The year of electronic publication, where the citation says it ("Published online June 5, 2021")."""
    found = _ELECTRONIC_YEAR.search(text)
    return int(found[1]) if found else None


def clean(text: str) -> str:
    """The text without entities, markup, invisible characters; one kind of dash, quote and space."""
    if "&" in text:
        named = _ENTITY.sub(lambda found: found[0] if html.unescape(found[0]) != found[0] else found[0].lower(), text)
        text = html.unescape(html.unescape(named))
    if "<" in text:
        text = _MARKUP.sub("", text)
    text = _BOLD.sub("", text)
    if not text.isascii():
        text = _QUOTES.sub('"', _APOSTROPHES.sub("'", text))
        text = unicodedata.normalize("NFKC", text)
        text = _INVISIBLE.sub("", _DASHES.sub("-", text))
    return _SPACES.sub(" ", text).strip()


def without_number(text: str) -> str:
    """A cleaned citation without its number in the list, and without "See" or "RETRACTED:" before its authors."""
    return _LEAD_IN.sub("", _NUMBERING.sub("", text))


def without_identifiers(text: str, keep: tuple[int, int] = (0, 0)) -> str:
    """Cut DOIs, addresses, PMIDs, dates of access and of electronic publication; `keep` is left alone.

    A month beside the year in its brackets goes too: "(February 2013)" is "(2013)".

    Errata carry DOIs and PMIDs in their titles, so the caller looks for the title first.
    """
    first, behind = keep
    if behind:
        return _cut(text[:first]) + text[first:behind] + _cut(text[behind:])
    return _cut(text)


def _cut(text: str) -> str:
    return _DATED_YEAR.sub(r"(\1)", _IDENTIFIERS.sub(" ", text))
