"""Quotes measured on real texts: sentences of all recorded labels and of real abstracts, as a person copies them.

A sentence is taken from the text of the XML as a browser shows it, not by the readers that are measured. It has to be
found after changes of formatting, and lost after one change of meaning.
"""

from __future__ import annotations

import gzip
import random
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from citations import FILES, show, wheel

from evidence.matching.anchors import QuoteSource, judge_anchors
from evidence.matching.tokens import find_quote, tokenize
from evidence.model.claims import AnchorState, Claim, ClaimEvidence
from evidence.model.errors import Place
from evidence.model.records import RecordPassage
from evidence.sources.pubmed_xml import read_text, split_articles
from evidence.sources.spl_xml import sections_of
from processes import PROJECT

pytestmark = pytest.mark.acceptance

DAILYMED = PROJECT.parent / "shared" / "data" / "dailymed"
LABELS = [path for path in sorted(DAILYMED.glob("*/**/*.xml")) if b"structuredBody" in path.read_bytes()]
NS = "{urn:hl7-org:v3}"
PLACE = Place("claims.yaml", 1, 1)
OF_EACH_LABEL = 120
OF_EACH_FILE = 1500
FEWEST_WORDS = 6
MOST_WORDS = 60

_END = re.compile(r"(?<=[a-z)\]]\.)\s+(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]{4,}")
_DIGIT = re.compile(r"[0-9]")
_SYMBOL = re.compile(r"[\W_]+")


def sentences(texts: Iterable[str], chance: random.Random, number: int) -> list[str]:
    """So many sentences of these texts, by chance, each once."""
    found = dict.fromkeys(sentence.strip() for text in texts for sentence in _END.split(text))
    long = [sentence for sentence in found if FEWEST_WORDS <= len(_WORD.findall(sentence)) <= MOST_WORDS]
    return chance.sample(long, min(number, len(long)))


def reformatted(sentence: str, chance: random.Random) -> str:
    """The sentence with other white space, dashes, quotation marks, brackets and case, and soft hyphens in words."""
    text = "".join(chance.choice([" ", "  ", "\n", "\u00a0", "\u2009"]) if char == " " else char for char in sentence)
    text = re.sub("[-\u2010-\u2015\u2212]", lambda _: chance.choice("-\u2010\u2011\u2013\u2014\u2212"), text)
    text = re.sub('["\u201c\u201d]', lambda _: chance.choice('"\u201c\u201d\u201e\u00ab'), text)
    text = re.sub("['\u2018\u2019]", lambda _: chance.choice("'\u2018\u2019\u02bc"), text)
    if chance.random() < 0.5:
        text = text.translate(str.maketrans("()[]", "[]()"))
    text = chance.choice([str, str.upper, str.lower, str.title])(text)
    word = chance.choice(list(re.finditer(r"[a-zA-Z]{5,}", text)) or [None])
    if word is not None:
        text = f"{text[: word.start() + 2]}\u00ad{text[word.start() + 2 :]}"
    return chance.choice(["{}", "\u201c{}\u201d", "[{}]", "({})"]).format(text)


def changed(sentence: str, chance: random.Random, words: Sequence[str]) -> str:
    """The sentence with one digit or one word of it replaced, or one word left out."""
    places = list(_DIGIT.finditer(sentence)) if chance.random() < 0.5 else []
    if places:
        place = chance.choice(places)
        new = chance.choice([digit for digit in "0123456789" if digit != place[0]])
    else:
        place = chance.choice(list(_WORD.finditer(sentence)))
        new = chance.choice(["", *(word for word in chance.sample(words, 5) if word.lower() != place[0].lower())])
    return sentence[: place.start()] + new + sentence[place.end() :]


def letters(text: str) -> str:
    """What is left of a text without white space, punctuation and case."""
    return _SYMBOL.sub("", text).casefold()


def is_found(quote: str, passages: tuple[RecordPassage, ...]) -> bool:
    """Whether a claim's quote is found in them, in whichever part."""
    claim = Claim("c", "A sentence.", PLACE, evidence=(ClaimEvidence("source", PLACE, quote=quote),))
    (anchor,) = judge_anchors(claim, {"source": QuoteSource(now=passages)})
    return anchor.state is AnchorState.FOUND


class Measure:
    """What was counted."""

    def __init__(self) -> None:
        self.asked = self.found = self.changed = 0
        self.missed: list[str] = []
        self.still_found: list[str] = []

    def add(
        self, texts: Sequence[str], passages: tuple[RecordPassage, ...], chance: random.Random, number: int
    ) -> None:
        """Count sentences of one source."""
        words = sorted({word for text in texts for word in _WORD.findall(text)})
        everything = letters(" ".join(texts))
        for sentence in sentences(texts, chance, number):
            self.asked += 1
            quote = reformatted(sentence, chance)
            if is_found(quote, passages):
                self.found += 1
            else:
                self.missed.append(quote)
            other = changed(sentence, chance, words)
            if letters(other) in everything or letters(other) == letters(sentence):
                continue  # the source says that, too
            self.changed += 1
            if any(find_quote(tokenize(other), tokenize(passage.text)) for passage in passages):
                self.still_found.append(other)

    def show(self, what: str) -> None:
        """Print the figures."""
        show(f"{what}: {self.found} of {self.asked} found after changes of formatting ({self.found / self.asked:.2%})")
        show(f"{what}: {self.changed - len(self.still_found)} of {self.changed} lost after one change of meaning")
        for quote in self.missed[:20]:
            show(f"  not found: {quote}")
        for quote in self.still_found[:20]:
            show(f"  found: {quote}")


def blocks(path: Path) -> Iterator[str]:
    """The paragraphs, items and cells of a label, as a browser shows their text: without markup, lines apart."""

    def shown(element: Element) -> str:
        parts = [element.text or ""]
        for child in element:
            apart = "\n" if child.tag in {f"{NS}br", f"{NS}footnote"} else ""
            parts += [apart, "" if child.tag == f"{NS}footnote" else shown(child), child.tail or ""]
        return "".join(parts)

    parts = ("paragraph", "item", "td", "list", "table")
    named = {f"{NS}{part}" for part in parts}
    for element in fromstring(path.read_bytes()).iter():  # noqa: S314 - recorded files
        if element.tag in named and not any(child.tag in named for child in element.iter() if child is not element):
            yield " ".join(shown(element).split())


@pytest.mark.skipif(not LABELS, reason="the recorded labels are not on this machine")
def test_sentences_of_real_labels_are_found_and_changed_ones_are_lost() -> None:
    chance, measure = random.Random(17), Measure()
    for path in LABELS:
        passages = tuple(
            RecordPassage(section.code or section.title, section.text) for section in sections_of(path.read_bytes())
        )
        measure.add([text for text in blocks(path) if text], passages, chance, OF_EACH_LABEL)
    measure.show(f"labels ({len(LABELS)} documents)")
    assert measure.asked >= 1200
    assert measure.found >= 0.995 * measure.asked
    assert measure.changed >= 0.9 * measure.asked
    assert measure.still_found == []


def test_sentences_of_real_abstracts_are_found_and_changed_ones_are_lost() -> None:
    chance, measure = random.Random(17), Measure()
    abstracts = 0
    with zipfile.ZipFile(wheel()) as archive:
        for name in FILES:
            read = 0
            for _, raw in split_articles(gzip.decompress(archive.read(name))):
                if b"<Abstract>" not in raw or chance.random() < 0.7:
                    continue
                shown = fromstring(raw).iterfind("MedlineCitation/Article/Abstract/AbstractText")  # noqa: S314 - recorded files
                texts = [" ".join("".join(part.itertext()).split()) for part in shown]
                measure.add(texts, read_text(raw).passages, chance, 1)
                read += 1
                if read == OF_EACH_FILE:
                    break
            abstracts += read
    measure.show(f"abstracts ({abstracts} records)")
    assert abstracts >= 1000
    assert measure.asked >= 1000
    assert measure.found >= 0.995 * measure.asked
    assert measure.changed >= 0.9 * measure.asked
    assert measure.still_found == []
