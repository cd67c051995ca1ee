"""Citations as people and machines spoil them: printed in six styles, each with one to three faults."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from matching_defects import (
    cut_last,
    cut_words,
    issue_wrong,
    last_page,
    letter_in_name,
    letter_in_title,
    middle_missing,
    subtitle_dropped,
    swapped,
    transposed,
    wrong_initial,
)
from matching_prints import STYLES, Printer, ieee
from matching_variants import VARIANTS

from evidence.model.records import Article

SIX_STYLES: dict[str, Printer] = {**STYLES, "ieee": ieee}
Fault = Callable[[Article, Article, random.Random], Article | None]
Misreading = Callable[[str, random.Random], str]


@dataclass(frozen=True, slots=True)
class Noise:
    """One kind of fault: in what is printed, or in how the print was read."""

    name: str
    fault: Fault | None = None
    misreading: Misreading | None = None


def _variant(name: str) -> Fault:
    (variant,) = (variant for variant in VARIANTS if variant.name == name)

    def fault(article: Article, _other: Article, _rng: random.Random) -> Article | None:
        changed = variant.change(article) if variant.change else article
        return None if changed == article else changed

    return fault


def _year_off(article: Article, _other: Article, rng: random.Random) -> Article | None:
    if article.issued is None:
        return None
    year = article.issued.year + rng.choice((-1, 1))
    return None if year in article.years else replace(article, issued=replace(article.issued, year=year), date_text="")


def _no_issue(article: Article, _other: Article, _rng: random.Random) -> Article | None:
    return replace(article, issue="") if article.issue and article.volume else None


def _no_pages(article: Article, _other: Article, _rng: random.Random) -> Article | None:
    return replace(article, pages="", elocations=()) if article.pages else None


def _no_numbers(article: Article, _other: Article, _rng: random.Random) -> Article | None:
    return replace(article, volume="", issue="", pages="", elocations=()) if article.volume else None


def _journal_shortened(article: Article, _other: Article, rng: random.Random) -> Article | None:
    """Word by word, as reference managers do: "Heal. Qual. Life Outcomes"."""
    words = re.sub(r"\s*[(:=].*", "", article.journal.title).split()
    if len(words) < 2:
        return None
    short = " ".join(word if len(word) < 5 else f"{word[: rng.randint(4, 5)]}." for word in words)
    return replace(article, journal=replace(article.journal, title=short, iso=short, medline_ta=short))


def _ocr(text: str, rng: random.Random) -> str:
    """One or two letters read as others that look alike."""
    alike = (("rn", "m"), ("m", "rn"), ("l", "1"), ("i", "l"), ("e", "c"), ("h", "b"), ("ci", "d"), ("u", "ii"))
    for seen, read in rng.sample(alike, 2):
        places = [found.start() for found in re.finditer(rf"(?<=[a-z]){seen}(?=[a-z])", text)]
        if places:
            at = rng.choice(places)
            text = text[:at] + read + text[at + len(seen) :]
    return text


def _hyphenated(text: str, rng: random.Random) -> str:
    """A word broken at the end of a line."""
    places = [found.start() for found in re.finditer(r"(?<=[a-z]{3})(?=[a-z]{4})", text)]
    at = rng.choice(places) if places else 0
    return f"{text[:at]}- {text[at:]}" if at else text


def _ligatures(text: str, _rng: random.Random) -> str:
    return text.replace("ffi", "\ufb03").replace("fi", "\ufb01").replace("fl", "\ufb02")


def _numbered(text: str, rng: random.Random) -> str:
    return rng.choice(("{}. {}", "[{}] {}")).format(rng.randint(1, 250), text)


NOISES = (
    Noise("issue missing", _no_issue),
    Noise("pages missing", _no_pages),
    Noise("volume, issue and pages missing", _no_numbers),
    Noise("year off by one", _year_off),
    Noise("journal shortened word by word", _journal_shortened),
    Noise("full name of the journal", _variant("full name of the journal")),
    Noise("title cut by 2-4 words", cut_words),
    Noise("title cut by its last word", cut_last),
    Noise("subtitle dropped", subtitle_dropped),
    Noise("one letter wrong in the title", letter_in_title),
    Noise("title in capitals", _variant("title in capitals")),
    Noise("British spelling", _variant("British spelling")),
    Noise("et al after one name", _variant("et al after one name")),
    Noise("diacritics of names dropped", _variant("diacritics of names dropped")),
    Noise("diacritics of the title dropped", _variant("diacritics of the title dropped")),
    Noise("one letter wrong in a family name", letter_in_name),
    Noise("one initial wrong", wrong_initial),
    Noise("middle author missing", middle_missing),
    Noise("two neighbours swapped", swapped),
    Noise("issue wrong", issue_wrong),
    Noise("last page wrong", last_page),
    Noise("digits of the page transposed", transposed),
    Noise("OCR: letters misread", misreading=_ocr),
    Noise("OCR: ligatures", misreading=_ligatures),
    Noise("word broken at a line's end", misreading=_hyphenated),
    Noise("numbered", misreading=_numbered),
)


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A citation of `article` as it came out, and what was done to it."""

    article: Article
    style: str
    printed: str
    noises: tuple[str, ...]


def spoilt(article: Article, others: list[Article], rng: random.Random) -> Spoilt:
    """Print the record in one of the six styles with one to three faults."""
    style = rng.choice(list(SIX_STYLES))
    damaged, misreadings, names = article, [], []
    wished = rng.randint(1, 3)
    for noise in rng.sample(NOISES, len(NOISES)):
        if len(names) == wished:
            break
        if noise.misreading is not None:
            misreadings.append(noise.misreading)
        else:
            assert noise.fault is not None
            changed = noise.fault(damaged, rng.choice(others), rng)
            if changed is None:
                continue
            damaged = changed
        names.append(noise.name)
    text = SIX_STYLES[style](damaged)
    for misread in misreadings:
        text = misread(text, rng)
    return Spoilt(article, style, text, tuple(names))
