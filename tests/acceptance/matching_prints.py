"""Citations printed from a record, in the layouts of five families of styles."""

from __future__ import annotations

from collections.abc import Callable

from evidence.compare.locators import ranges
from evidence.model.records import Article, Author

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
    shown = ", ".join(names[:3]) + (", et al" if len(names) > 4 else ", " + names[3] if len(names) == 4 else "")
    pages = f": {article.pages.replace('-', EN_DASH)}" if article.pages else ""
    title = article.title.removesuffix(".")
    return (
        f"{_sentence(shown)}{_sentence(title)}{article.journal.medline_ta} {_year(article)}; {article.volume}{pages}."
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
    """Chicago author-date: forenames, year behind the authors, title in quotation marks."""
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
    shown = f"{names[0]} et al." if len(names) > 6 else _joined(names, ", and " if len(names) > 2 else " and ")
    numbers = (f"vol. {article.volume}", f"no. {article.issue}", f"pp. {_full_pages(article)}")
    held = [text for text, there in zip(numbers, (article.volume, article.issue, article.pages), strict=True) if there]
    journal = article.journal.iso or article.journal.medline_ta
    front = f"{shown}, " if shown else ""
    return f"{front}“{article.title.removesuffix('.')},” {', '.join((journal, *held, _year(article)))}."


def _points(author: Author) -> str:
    return " ".join(f"{letter}." for letter in author.initials if letter.isalpha())


STYLES: dict[str, Printer] = {"nlm": nlm, "lancet": lancet, "apa": apa, "chicago": chicago, "cell": cell}
