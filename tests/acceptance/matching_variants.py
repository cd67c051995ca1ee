"""One thing of a right citation written otherwise, none of which is a difference."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from matching_prints import STYLES, Printer

from evidence.model.records import Article, Author

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
