"""The text of citations made comparable: cleaned of markup, identifiers and list numbers, and split into words."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache

from evidence.model.regex import regex

# Cleaning: entities, markup, punctuation, and what in a citation is not bibliography

_ENTITY = regex(r"&([A-Za-z]{2,8});")
_MARKUP = regex(
    r"</?(?:i|b|u|em|strong|su[pb]|span|italic|bold|sc|p|div|br|a|q|cite|font|small|mml:\w+|m\w{1,8})(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_APOSTROPHES = regex("[`\u00b4\u2018\u2019\u201b\u2032\u02bc\u02b9\u02bb]")
_QUOTES = regex("[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033]")
_DASHES = regex("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d\u2043]|&#8211;")
_BOLD = regex(r"\*\*|__")
_INVISIBLE = regex("[\u00ad\u200b-\u200f\u2060\ufeff]")
_LEAD_IN = regex(
    r"^\W*(?:[Ss]ee (?:also|e\.g\.|for example)\b[\s,:]+"
    r"|[Ss]ee:?\s+(?=(?:[^\W\d_][\w'-]* ){0,2}[^\W\d_][\w'-]*[^\W\d_A-Z],? [A-Z]{1,4}[,.]))"
)
_MONTH_NAME = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
MONTHS_ABROAD = (
    r"enero|ene|febrero|marzo|abril|abr|mayo|junio|julio|agosto|ago|septiembre|octubre|noviembre|diciembre|dic"
    r"|janeiro|fevereiro|fev|mar\u00e7o|maio|junho|julho|setembro|set|outubro|out|novembro|dezembro|dez"
    r"|janv(?:ier)?|f\u00e9vr?(?:ier)?|mars|avr(?:il)?|mai|juin|juil(?:let)?|ao\u00fbt|d\u00e9c(?:embre)?"
    r"|Januar|Februar|M\u00e4rz|Juni|Juli|Okt(?:ober)?|Dezember"
    r"|gen(?:naio)?|febbraio|aprile|mag(?:gio)?|giu(?:gno)?|lug(?:lio)?|settembre|ott(?:obre)?|dicembre"
)
"""The names of months in Spanish, Portuguese, French, German and Italian that English does not share."""
_DATED_YEAR = regex(
    rf"\((?:\d{{1,2}}\s+)?(?:{_MONTH_NAME}|(?:{MONTHS_ABROAD})\b)\.?(?:\s+\d{{1,2}})?,?\s+((?:1[6-9]|20)\d\d[a-z]?)\)"
)
_SHORT_YEAR = regex(r"(?<=[A-Za-z.,)] )'(\d\d)(?=[\s.;:]*$|[;:.]\s?\d)")  # "Lancet '79"
_FIRST_SHORT_YEAR = 40
_NUMBERING = regex(
    r"^\s*(?:\{[^{}]{1,80}#\d{1,6}[^{}]{0,40}\}|\[(?:\d{1,4}|[A-Za-z]{1,6}\+?\d\d[a-z]?)\]|\(\d{1,4}\)|\d{1,4}[.)])\s+(?=\D)|^\s*\d{1,3}\s+(?=[A-Z\[\"])"
)

_DAY = (
    r"(?:(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\s?\d{1,2}[-./]\s?(?:19|20)\d\d"
    r"|(?:(?:\d{1,2}(?:st|nd|rd|th|\.)?|[^\W\d_]{2,10}\.?),?\s+){0,4}(?:19|20)\d\d\b(?:,?\s+[^\W\d_]{3,9}\.?\s+\d{1,2}\b)?)"
)
_ACCESSED = (
    r"(?:(?:last\s+|date\s+)?(?:accessed|viewed|visited|consulted)(?:\s+(?:on|at))?|access(?:ed)?\s+date|date\s+of\s+access"
    r"|acesso\s+em|acedido\s+em|consulta(?:do|da|to)?(?:\s+(?:el|em|il))?|fecha\s+de\s+(?:acceso|consulta)|acceso(?:\s+el)?"
    r"|consult\u00e9e?(?:\s+le)?|zugriff(?:\s+am)?|abgerufen(?:\s+am)?|abruf(?:\s+am)?|visitato(?:\s+il)?|geraadpleegd(?:\s+op)?"
    r"|h\u00e4mtad(?:\s+den)?|hentet|bes\u00f8gt|dost\u0119p(?:\s+dnia)?|cit|eri\u015fim(?:\s+tarihi)?"
    r"|\u0434\u0430\u0442\u0430\s+(?:\u043e\u0431\u0440\u0430\u0449\u0435\u043d\u0438\u044f|\u0437\u0432\u0435\u0440\u043d\u0435\u043d\u043d\u044f|\u0434\u043e\u0441\u0442\u0443\u043f\u0430))"
)
_ACCESS_SIGNS = (
    "access view visit consul acess aced acceso zugriff abruf geruf geraad h\u00e4mtad hentet bes\u00f8gt dost\u0119p "
    "cit. cit: eri\u015fim "
    "\u0434\u0430\u0442\u0430"
)
# What is no part of the citation itself, each by the small letters without which it cannot be there.
_CUT = tuple(
    (tuple(signs.split()), regex(pattern, re.IGNORECASE | re.VERBOSE))
    for signs, pattern in (
        ("http www.", r"(?:https?://|www\.)\S+"),
        ("10.", r"\b(?:doi\s*+:?\s*+)?10\.\d{4,9}/\S+"),
        (
            "pmid pmc pubmed",
            r"""(?:PubMed\s++Central\s++|PubMed\s++)?\b(?:PMID|PMCID)\s*+:?\s*+(?:PMC)?\d+(?:\.\d)?
            | \bPMC\d{4,}\b | \bPubMed\s*+:?\s*+\d{5,}""",
        ),
        (
            "nct",
            r"""(?:[(\[]\s*+)?(?:\b(?:Clinical\s++)?Trial\s++Registration\b[\s:,]*+)?
            (?:\bClinical\s?Trials?\.gov\b[\s:,;]*+)?(?:\b(?:registration|registry)\s++)?
            (?:\b(?:identifier|number|ID|No\.?)[\s:,]*+)?\bNCT[\s-]?\d{8}\b(?:\.?\s*+[)\]])?""",
        ),
        (
            "[",
            r"""\[(?:cited|updated|accessed|internet|serial\ online|online|e-?pub|electronic|en\ l\u00ednea|en\ ligne
                |em\ linha|in\ linea|Article\ in|\u0442\u0435\u043a\u0441\u0442
                |\u044d\u043b\u0435\u043a\u0442\u0440\u043e\u043d\u043d)[^\]]*\]
            | \[(?:19|20)\d\d-\d\d?-\d\d?\] | \[(?:J|M|C|D|R|N|EB)(?:/OL)?\]
            | \[(?:s\.\s?[ln]\.(?:\s?[:;,]\s?s\.\s?n\.)?|n\.\s?p\.|n\.\s?pag\.)\]""",
        ),
        (
            _ACCESS_SIGNS,
            rf"[\[(]?\b{_ACCESSED}[.:,]?\s+{_DAY}[\])]?",
        ),
        ("url: online.", r"\bURL:(?=\s) | (?<=[.)]\s)Online\.(?=\s+\w)"),
        (
            "online epub ahead advance",
            rf"""\b(?:(?:First\ )?Published\ (?:online|ahead)|Epub|Online\ ahead\ of\ print|Available\ online
              |Advance(?:d)?\ (?:online|access)(?:\ (?:publication|published)(?:\ (?:online|on))?)?)
            (?:\ ahead\ of\ print|\ of\ print|\ first)?[\s,:]*
            (?:\d{{4}}\s+[A-Z][a-z]{{2,8}}\.?\s*\d{{0,2}}|[A-Z][a-z]{{2,8}}\.?\s+\d{{1,2}},?\s+\d{{4}}
              |\d{{1,2}}\s+[A-Z][a-z]{{2,8}}\.?,?\s+\d{{4}}|\d{{4}}
              |{_MONTH_NAME}\.?\s+\d{{1,2}}\b(?!\s*[-(:])|\d{{1,2}}\s+{_MONTH_NAME}\b)?
            | \(?\bahead[\ -]of[\ -]print\b\)?""",
        ),
        (
            "retrieved available",
            r"""\bRetrieved\s+(?:[A-Z][a-z]+\s+\d{1,2},?\s+\d{4},?\s+)?from\b:?
            | \bAvailable\s+(?:at|from)\b:?""",
        ),
        ("in press", r"\bin\ press\b"),
    )
)
_ELECTRONIC_YEAR = regex(
    r"\b(?:published\s+online|epub|online\s+ahead)\b[^\d]{0,40}(?:\d{1,2},?\s+)?((?:19|20)\d\d)\b", re.IGNORECASE
)


def clean(text: str) -> str:
    """The text without entities, markup, invisible characters; one kind of dash, quote and space."""
    if "&" in text:
        named = _ENTITY.sub(lambda found: found[0] if html.unescape(found[0]) != found[0] else found[0].lower(), text)
        text = html.unescape(html.unescape(named))
    if "<" in text:
        text = _MARKUP.sub("", text)
    if "**" in text or "__" in text:
        text = _BOLD.sub("", text)
    if not text.isascii():
        text = _QUOTES.sub('"', _APOSTROPHES.sub("'", text))
        text = unicodedata.normalize("NFKC", text)
        text = _INVISIBLE.sub("", _DASHES.sub("-", text))
    return " ".join(text.split())


def without_number(text: str) -> str:
    """A cleaned citation without its number in the list, and without "See" before its authors."""
    return _LEAD_IN.sub("", _NUMBERING.sub("", text))


def without_identifiers(text: str) -> str:
    """The text without DOIs, addresses, PMIDs, trials' numbers, carriers, dates of access and electronic publication.

    A month beside the year in its brackets is cut too: "(February 2013)" becomes "(2013)". Errata carry DOIs and
    PMIDs in their titles: the caller looks for the title first and hands in what is around it.
    """
    lowered = text.lower()
    for signs, pattern in _CUT:
        if any(sign in lowered for sign in signs):
            text = pattern.sub(" ", text)
    if "'" in text:
        text = _SHORT_YEAR.sub(_long_year, text)
    return _DATED_YEAR.sub(r"(\1)", text)


def _long_year(found: re.Match[str]) -> str:
    return ("20" if int(found[1]) < _FIRST_SHORT_YEAR else "19") + found[1]


def electronic_year(text: str) -> int | None:
    """The year of electronic publication, where the citation says it ("Published online June 5, 2021")."""
    found = _ELECTRONIC_YEAR.search(text)
    return int(found[1]) if found else None


# Folding: the form that two spellings of one word have in common

_CACHED_WORDS = 1 << 15

# Letters that Unicode does not decompose, and Greek letters by their English names
_LETTERS = {"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u00f0": "d", "\u00fe": "th", "\u00df": "ss", "\u00e6": "ae"}
_LETTERS |= {"\u0153": "oe", "\u0131": "i", "\u0127": "h", "\u014b": "ng", "\u0259": "e"}
_LETTERS |= {
    letter: unicodedata.name(letter).rpartition(" ")[2].lower().replace("lamda", "lambda")
    for letter in map(chr, range(0x3B1, 0x3CA))
}
_TRANSLATION = str.maketrans(_LETTERS)

_AMERICAN = (
    (regex(r"is(?=(?:e[drs]?|ers|ing|ings|able|ations?|ational|ationally|ability)$)"), "iz"),
    (regex(r"ys(?=(?:e[drs]?|ers|ing)$)"), "yz"),
    (regex(r"(?<=[a-z]{2})our"), "or"),
    (regex(r"([tbv])re(?=s?$)"), r"\1er"),
    (regex(r"ogue(?=s?$)"), "og"),
    (regex(r"([ltp])\1(?=(?:ed|ings?|ers?|ous|ation)$)"), r"\1"),
    (regex(r"ogramme(?=s?$)"), "ogram"),
    (regex(r"sulph"), "sulf"),
    (regex(r"(?<=en|.i)ce(?=s?$)"), "se"),
    (regex(r"ageing"), "aging"),
    (regex(r"aluminium"), "aluminum"),
    (regex(r"artefact"), "artifact"),
    (regex(r"grey"), "gray"),
    (regex(r"mould"), "mold"),
    (regex(r"(?<=judg|ledg)e(?=ment)"), ""),
)
_DIGRAPHS = regex(r"[ao]e")
_UMLAUTS = regex(r"(?<=[aou])e")


@lru_cache(_CACHED_WORDS)
def fold(word: str) -> str:
    """A word's letters and digits in lower case, without diacritics, Greek letters spelt out."""
    lowered = word.lower()
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered.translate(_TRANSLATION))
    return "".join(letter for letter in decomposed if letter.isalnum()).translate(_TRANSLATION)


@lru_cache(_CACHED_WORDS)
def american(folded: str) -> str:
    """A folded word in one spelling for both sides of the Atlantic (leukaemia, tumour, labelled)."""
    if len(folded) < 4 or folded.isdigit():
        return folded
    spelt = _DIGRAPHS.sub("e", folded)
    for pattern, replacement in _AMERICAN:
        spelt = pattern.sub(replacement, spelt)
    return spelt


@lru_cache(_CACHED_WORDS)
def loose(folded: str) -> str:
    """A folded word without the `e` of an umlaut's dots."""
    return _UMLAUTS.sub("", folded)


Spelling = Callable[[str], str] | None
"""How a folded word is spelt before it is compared: `american`, `loose`, or as it is (None)."""

# Words: a text as a sequence of words, compared without regard to the spaces between them

_WORD = regex(r"[^\W_]+")


class JoinedWords:
    """Folded words without the spaces between them, with the way back to word numbers.

    `starts` holds the offset of every word. `firsts` gives the word that begins at an offset, `ends` the number of
    the word after the one that ends at an offset.
    """

    __slots__ = ("ends", "firsts", "starts", "text")

    def __init__(self, keys: Sequence[str]) -> None:
        self.text = "".join(keys)
        self.starts: list[int] = []
        self.firsts: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        at = 0
        for number, key in enumerate(keys):
            self.starts.append(at)
            if key:
                self.firsts[at] = number
                at += len(key)
                self.ends[at] = number + 1

    def match_at(self, number: int, key: str) -> int | None:
        """The number of the word after `key`, if it begins with this word and ends with a word."""
        at = self.starts[number]
        return self.ends.get(at + len(key)) if self.text.startswith(key, at) else None

    def find_all(self, key: str) -> Iterator[tuple[int, int]]:
        """Every place of `key` on word boundaries, as (first word, word after the last)."""
        at = self.text.find(key)
        while at >= 0:
            first, end = self.firsts.get(at), self.ends.get(at + len(key))
            if first is not None and end is not None:
                yield first, end
            at = self.text.find(key, at + 1)


class CleanText:
    """A cleaned text and its words. "and" is a word with an empty key: it never matters."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.words: list[str] = _WORD.findall(raw)
        self.keys = ["" if word in {"and", "AND", "And"} else fold(word) for word in self.words]
        self._spelt: dict[Spelling, JoinedWords] = {}

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def starts(self) -> list[int]:
        """Where each word begins."""
        return [match.start() for match in _WORD.finditer(self.raw)]

    @cached_property
    def ends(self) -> list[int]:
        """Where each word ends."""
        return [start + len(word) for start, word in zip(self.starts, self.words, strict=True)]

    @cached_property
    def joined(self) -> JoinedWords:
        """The words joined as folded."""
        return JoinedWords(self.keys)

    def joined_as(self, spelling: Spelling) -> JoinedWords:
        """The words joined in a spelling."""
        if spelling is None:
            return self.joined
        if spelling not in self._spelt:
            self._spelt[spelling] = JoinedWords([spelling(key) for key in self.keys])
        return self._spelt[spelling]

    def before(self, number: int) -> str:
        """The characters between this word and the one before it (or the text's beginning or end)."""
        start = self.ends[number - 1] if number > 0 else 0
        return self.raw[start : self.starts[number]] if number < len(self.words) else self.raw[start:]

    def slice(self, first: int, end: int) -> str:
        """The raw text of the words from `first` to before `end`, with the punctuation between them."""
        return self.raw[self.starts[first] : self.ends[end - 1]] if first < end else ""
