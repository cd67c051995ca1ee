"""The languages of PubMed's records: ISO 639-2 as MEDLINE writes it, BCP 47 for CSL, and the English name for print."""

from __future__ import annotations

_TABLE = """
afr af Afrikaans|alb sq Albanian|ara ar Arabic|arm hy Armenian|aze az Azerbaijani|baq eu Basque|bos bs Bosnian
bul bg Bulgarian|cat ca Catalan|chi zh Chinese|cze cs Czech|dan da Danish|dut nl Dutch|eng en English
epo eo Esperanto|est et Estonian|fin fi Finnish|fre fr French|geo ka Georgian|ger de German
gla gd Scottish Gaelic|gre el Greek|heb he Hebrew|hin hi Hindi|hrv hr Croatian|hun hu Hungarian
ice is Icelandic|ind id Indonesian|ita it Italian|jpn ja Japanese|kin rw Kinyarwanda|kor ko Korean
lat la Latin|lav lv Latvian|lit lt Lithuanian|mac mk Macedonian|mal ml Malayalam|mao mi Maori|may ms Malay
nor no Norwegian|per fa Persian|pol pl Polish|por pt Portuguese|pus ps Pushto|rum ro Romanian|rus ru Russian
san sa Sanskrit|scc sr Serbian|scr hr Croatian|slo sk Slovak|slv sl Slovenian|spa es Spanish|srp sr Serbian
swe sv Swedish|tha th Thai|tur tr Turkish|ukr uk Ukrainian|urd ur Urdu|vie vi Vietnamese|wel cy Welsh
"""
_ROWS = [row.split(" ", 2) for line in _TABLE.split("\n") for row in line.split("|") if row]
TAGS = {code: tag for code, tag, _ in _ROWS}
"""ISO 639-2 (bibliographic) to BCP 47."""

NAMES = {tag: name for _, tag, name in _ROWS}
"""BCP 47 to the language's English name."""


def tag_of(languages: tuple[str, ...]) -> str:
    """The BCP 47 tag of a record's language; empty for English, for several with English, and for unknown ones."""
    return "" if "eng" in languages else next((TAGS[code] for code in languages if code in TAGS), "")
