"""What editors and styles add to a citation beside its title: language, kind of publication, notices, carriers.

"(in Chinese, with English abstract)", "Review.", "(abstract P-123)", "[retracted in …]", "[J/OL]": none is its word.
"""

# ruff: noqa: RUF001 - letters of many scripts

from __future__ import annotations

import re

from evidence.matching.text import CleanText
from evidence.model.regex import regex


def _words(text: str) -> frozenset[str]:
    return frozenset(CleanText(text).keys)


_LANGUAGES = _words(
    """
    Afrikaans Albanian Arabic Armenian Azerbaijani Basque Belarusian Bosnian Bulgarian Catalan Chinese Croatian Czech
    Danish Dutch English Estonian Farsi Finnish Flemish French Georgian German Greek Hebrew Hindi Hungarian Icelandic
    Indonesian Italian Japanese Korean Latin Latvian Lithuanian Macedonian Malay Mandarin Norwegian Persian Polish
    Portuguese Romanian Russian Serbian Serbocroatian Croatian Slovak Slovakian Slovene Slovenian Spanish Swedish
    Taiwanese Thai Turkish Ukrainian Urdu Uzbek Vietnamese
    Deutsch Englisch Französisch Russisch Chinesisch Japanisch Spanisch Italienisch anglais français allemand espagnol
    russe chinois japonais italien inglés español francés alemán chino ruso portugués inglese italiano tedesco francese
    spagnolo russo português inglês espanhol francês alemão svenska dansk norsk engelska polsku rusku angielsku русском
    английском украинском китайском англ рус укр Nederlands
    """
)
_PREPOSITIONS = _words("in auf en em på na по на на po")
_OF_LANGUAGE = _words(
    """
    article paper text published original written full abstract abstracts summary summaries available title titled
    language with and from the publisher only translated translation version author's s captions tables figures
    """
)
_KINDS = _words(
    """
    abstract abstracts abstr review reviews minireview metaanalysis metaanalyses analysis letter letters correspondence
    editorial editorials comment comments commentary commentaries report reports series news interview biography video
    audio podcast preprint postprint communication communications article articles paper papers trial trials study
    studies guideline guidelines protocol protocols poster posters presentation presentations lecture lectures
    proceeding proceedings note notes translation transl summary discussion reply replies response responses dataset
    supplement supplements suppl quiz viewpoint perspective perspectives opinion image images statement festschrift
    conference congress meeting tutorial obituary erratum corrigendum retraction retracted correction corrected
    withdrawn reprint chapter thesis dissertation translation
    """
)
_ADJECTIVES = _words(
    """
    a an the full short brief rapid original systematic narrative literature critical invited clinical research
    scientific meeting conference congress poster oral guest cochrane umbrella scoping mini updated peer practice
    technical historical classical comparative multicenter multicentre randomized randomised controlled supplementary
    author authors author's authors' s translated published case position consensus data meta to editor special of
    pilot feasibility preliminary prospective retrospective observational
    """
)
_NOTICES = _words(
    """
    erratum errata corrigendum corrigenda correction corrections corrected retracted retraction retractions withdrawn
    withdrawal removed expression expressions republished reprinted reprint updated update addendum duplicate see
    comment comments commentary
    """
)
_BEFORE_NOTICES = _words("published partial full author publisher in")
_CARRIERS = _words(
    """
    internet online serial electronic epub print web pdf html computer free open full text pubmed medline crossref
    google doi pmid pmc cited accessed viewed consulted updated forthcoming ahead accepted submitted advance
    supplement supplementary suppl press with translated transl línea ligne linha linea текст электронный электронная
    електронний ресурс
    """
)
_BRACKETED = regex(r"\[((?:[^\[\]]|\[[^\[\]]{0,80}\]){1,400})\]|\(((?:[^()]|\([^()]{0,80}\)){1,400})\)")
_TRIAL = regex(
    r"(?:[Tt]he )?(?=[^ ]*[A-Z][^ ]*[A-Z])[\w/-]{2,20}(?: [A-Z]{2,12}| \d{1,3})? (?:[Tt]rial|[Ss]tudy|[Rr]egistry)"
)
_CODE = regex(r"(?:[JMCDRSPNZGA]|DB|CP|EB)(?:/(?:OL|CD|DK|MT))?")
_SENTENCE = regex(r"([^.\d]{3,40}|Abstr(?:act)?s?\.?[^.]{1,20})\.\s{1,2}(?=[^\W\d])", re.IGNORECASE)
_TITLE_END = regex(r"[^\w(\[]{0,16}")
_NUMBERED = regex(
    r"abstr(?:act)?s?\.?\s?(?:(?:no|nr|number)\b\.?|#|n\u00b0)?[\s:#]{0,3}[a-z]{0,5}[-\s.]{0,2}\d[\w./-]{0,12}",
    re.IGNORECASE,
)
_NOTICE_AT_END = regex(
    r"(?<=[\d).\]])[\s;,]{1,3}[\[(]?(?:(?:published|partial|author|publisher)\s)?(?:errat(?:um|a)|corrigend(?:um|a)|corrections?|retract(?:ed|ion)"
    r"|comments?|commentary|expressions?\sof\sconcern|republished|updated?|summary\sfor\spatients|withdrawn|original\sreport)"
    r"\s(?:and\srepublished\s|published\s)?(?:in|on|of|appears?\sin|to|from|for)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_MORE_PAGES = regex(
    r"[\s;,.]{1,3}[\[(]?(?:discussion|disc\.|quiz|(?:author'?s?\s)?reply|passim|contd?|follow(?:ed|ing))\s(?=[\w,;-]{0,6}\d)[\w\s,;-]{1,40}[\])]?",
    re.IGNORECASE,
)
_EPUB = regex(r"\((?:e-?pub|published|online)\b[^()]{0,60}\)", re.IGNORECASE)
_FEW = 3
_MOST = 4


def without_additions(after_title: str) -> str:
    """What is printed after a title, without the additions that come first in it."""
    start = _TITLE_END.match(after_title)
    at = start.end() if start else 0
    mark, first = after_title[:at].rstrip(), at
    for _ in range(_MOST):
        group = _BRACKETED.match(after_title, at)
        sentence = _SENTENCE.match(after_title, at) if any(end in mark for end in ".?!") or at > first else None
        if group is not None and is_addition(group[0]):
            at = group.end()
        elif sentence is not None and _is_sentence(sentence[1]):
            at = sentence.end()
        else:
            break
        at += len(after_title) - at - len(after_title[at:].lstrip(" .,;:"))
    if at == first:
        return after_title
    return (mark if mark.endswith((".", "?", "!", '"')) else f"{mark}.") + " " + after_title[at:]


def without_notices(after_title: str) -> str:
    """What is printed after a title, without the places of its notices and discussions, which come after its own."""
    shortened = _EPUB.sub("", _MORE_PAGES.sub("", after_title))
    found = _NOTICE_AT_END.search(shortened)
    return shortened[: found.start()] if found and any(map(str.isdigit, shortened[: found.start()])) else shortened


def is_addition(bracketed: str) -> bool:
    """Whether words in their brackets are an addition: "[letter]", "(in Chinese)"."""
    inner = bracketed[1:-1].strip(" .")
    words = [key for key in CleanText(inner).keys if key]
    if (
        _CODE.fullmatch(inner)
        or _TRIAL.fullmatch(inner)
        or (bracketed[0] == "[" and len(words) <= _FEW)
        or _NUMBERED.match(inner)
    ):
        return True
    return bool(words) and (
        _are_a_language(words)
        or _are_a_kind(words)
        or _begins_with(words, _NOTICES, _BEFORE_NOTICES)
        or _begins_with(words, _CARRIERS, _BEFORE_NOTICES)
    )


def _is_sentence(text: str) -> bool:
    """Whether a sentence after the title is nothing but an addition: "Review.", "In Polish.", "Abstract 123."."""
    words = [key for key in CleanText(text).keys if key]
    return _NUMBERED.fullmatch(text.strip()) is not None or _are_a_language(words) or _are_a_kind(words)


def _are_a_language(words: list[str]) -> bool:
    return not _LANGUAGES.isdisjoint(words) and all(word in _LANGUAGES | _PREPOSITIONS | _OF_LANGUAGE for word in words)


def _are_a_kind(words: list[str]) -> bool:
    return not _KINDS.isdisjoint(words) and all(word in _KINDS | _ADJECTIVES or word[0].isdigit() for word in words)


def _begins_with(words: list[str], these: frozenset[str], before: frozenset[str]) -> bool:
    """Whether one of `these` comes first, or after words of `before` alone."""
    found = next((at for at, word in enumerate(words) if word in these), None)
    return found is not None and all(word in before for word in words[:found])
