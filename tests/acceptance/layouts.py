"""Right citations in the layouts of many styles, with what editors add to them, and "et al." in many languages."""

# ruff: noqa: RUF001 - letters of many scripts

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from acceptance.citations import EN_DASH, Printer, apa, cell, ieee, lancet, nlm
from evidence.matching.locators import doi_of, ranges
from evidence.model.records import Article, Author

# Pieces: names, numbers, journals


def _initials(author: Author, gap: str, mark: str = ".") -> str:
    return gap.join(f"{letter}{mark}" for letter in author.initials if letter.isalpha())


def _bare(author: Author) -> str:
    return author.collective or f"{author.family} {author.initials}".strip()


def _pointed(author: Author) -> str:
    return author.collective or f"{author.family}, {_initials(author, ' ')}".rstrip(", ")


def _close(author: Author) -> str:
    return author.collective or f"{author.family}, {_initials(author, '')}".rstrip(", ")


def _spaced(author: Author) -> str:
    return author.collective or f"{author.family} {_initials(author, ' ')}".strip()


def _initials_first(author: Author) -> str:
    return author.collective or f"{_initials(author, ' ')} {author.family}".strip()


def _given_first(author: Author) -> str:
    return author.collective or f"{author.given or author.initials} {author.family}".strip()


def _given_last(author: Author) -> str:
    return author.collective or f"{author.family}, {author.given or author.initials}".rstrip(", ")


def _capitals(author: Author) -> str:
    return author.collective or f"{author.family.upper()} {_initials(author, ' ', '')}".strip()


def _capitals_pointed(author: Author) -> str:
    return author.collective or f"{author.family.upper()}, {_initials(author, ' ')}".rstrip(", ")


Naming = Callable[[Author], str]


def names(
    article: Article,
    each: Naming,
    between: str = ", ",
    *,
    last: str | None = None,
    most: int = 99,
    others: str = ", et al",
) -> str:
    """The authors, joined; of more than `most` the first ones and `others`."""
    listed = [each(author) for author in article.authors]
    if len(listed) > most:
        return between.join(listed[: min(most, 3)]) + others
    if last is None or len(listed) < 2:
        return between.join(listed)
    return between.join(listed[:-1]) + last + listed[-1]


def _first_given(article: Article, last: str = ", and ") -> str:
    if not article.authors:
        return ""
    first, *rest = article.authors
    listed = [_given_last(first), *(_given_first(author) for author in rest)]
    return listed[0] if not rest else ", ".join(listed[:-1]) + last + listed[-1]


def _title(article: Article) -> str:
    return article.title.removesuffix(".")


def _end(text: str, mark: str = ".") -> str:
    """The text with its mark, unless it ends with one; with a space behind."""
    return f"{text} " if not text or text.endswith((".", "?", "!")) else f"{text}{mark} "


def _year(article: Article) -> str:
    return str(article.issued.year) if article.issued else str(article.years[0]) if article.years else ""


def _pages(article: Article, dash: str = "-") -> str:
    found = ranges(article.pages)
    if len(found) == 1 and article.pages.replace("-", "").isdigit() and found[0][0] != found[0][1]:
        return dash.join(found[0])
    return (article.pages or next(iter(article.elocations), "")).replace("-", dash)


def _short(article: Article) -> str:
    return article.journal.medline_ta or article.journal.title


def _full(article: Article) -> str:
    return article.journal.title or article.journal.medline_ta


def _dotted(article: Article) -> str:
    return article.journal.iso or article.journal.medline_ta


def _front(text: str, behind: str = " ") -> str:
    return f"{text}{behind}" if text else ""


def _with(text: str, before: str = "", behind: str = "") -> str:
    return f"{before}{text}{behind}" if text else ""


def _doi(article: Article, before: str = " doi:") -> str:
    return _with(doi_of(article), before)


def _numbers(article: Article) -> str:
    return article.volume + _with(article.issue, "(", ")")


# Layouts, each after the manual or the journals it is named for


def acm(article: Article) -> str:
    who = names(article, _given_first, last=", and " if len(article.authors) > 2 else " and ")
    where = f"{_full(article)} {article.volume}{_with(article.issue, ', ')} ({_year(article)})"
    return (
        f"{_end(who)}{_year(article)}. {_end(_title(article))}{where}{_with(_pages(article, EN_DASH), ', ')}."
        f"{_doi(article, ' DOI:https://doi.org/')}"
    )


def acm_short_names(article: Article) -> str:
    where = f"{_full(article)} {article.volume}{_with(article.issue, ', ')} ({_year(article)})"
    return (
        f"{_end(names(article, _bare))}{_year(article)}. {_end(_title(article))}{where}{_with(_pages(article), ', ')}."
    )


def _gost_tail(article: Article, dash: str, volume: str, issue: str, page: str) -> str:
    parts = [
        _year(article),
        _with(article.volume, f"{volume} ") + _with(article.issue, f", {issue} " if article.volume else f"{issue} "),
    ]
    parts.append(_with(_pages(article, EN_DASH), f"{page} "))
    return f". {dash} ".join(part for part in parts if part) + "."


def gost(article: Article) -> str:
    return (
        f"{_front(names(article, _bare))}{_title(article)} // {_short(article)}. {EN_DASH} "
        f"{_gost_tail(article, EN_DASH, 'Vol.', '№', 'P.')}"
    )


def gost_text(article: Article) -> str:
    who = names(article, _spaced, most=3, others=" [et al.]")
    return f"{_front(who)}{_title(article)} [Текст] // {_full(article)}. — {_gost_tail(article, '—', 'Т.', '№', 'С.')}"


def gost_after_slash(article: Article) -> str:
    who = names(article, _initials_first, most=3, others=" [et al.]")
    return (
        f"{_title(article)}{_with(who, ' / ')} // {_full(article)}. {EN_DASH} "
        f"{_gost_tail(article, EN_DASH, 'Vol.', 'No.', 'P.')}{_doi(article, f' {EN_DASH} DOI: ')}"
    )


def gost_heading_and_slash(article: Article) -> str:
    first = _pointed(article.authors[0]) if article.authors else ""
    who = names(article, _initials_first, most=3, others=" [и др.]")
    return (
        f"{_front(first)}{_title(article)} [Электронный ресурс]{_with(who, ' / ')} // {_full(article)}. "
        f"{EN_DASH} {_gost_tail(article, EN_DASH, 'V.', 'Iss.', 'pp.')}{_doi(article, f' {EN_DASH} DOI: ')}"
    )


def gost_resource(article: Article) -> str:
    return (
        f"{_front(names(article, _spaced))}{_title(article)} [Electronic resource] // {_short(article)}. "
        f"{EN_DASH} {_gost_tail(article, EN_DASH, 'V.', 'N', 'P.')} {EN_DASH}"
        " URL: https://example.org/1 (дата обращения: 02.01.2024)."
    )


def gbt7714(article: Article) -> str:
    located = ", ".join(part for part in (_short(article), _year(article), _numbers(article)) if part)
    return f"{_end(names(article, _bare))}{_title(article)}[J]. {located}{_with(_pages(article), ': ')}."


def gbt7714_capitals(article: Article) -> str:
    located = ", ".join(part for part in (_full(article), _year(article), _numbers(article)) if part)
    who = names(article, _capitals, most=3, others=", et al")
    return (
        f"{_end(who)}{_title(article)}[J/OL]. {located}{_with(_pages(article), ': ')}"
        f"[2024-01-02]. https://example.org/1.{_doi(article, ' DOI:')}"
    )


def gbt7714_spaced(article: Article) -> str:
    located = ", ".join(part for part in (_dotted(article), _year(article), _numbers(article)) if part)
    return (
        f"{_end(names(article, _capitals, most=3, others=', 等'))}{_title(article)} [J]. {located}"
        f"{_with(_pages(article), ':')}."
    )


def harvard(article: Article) -> str:
    who = names(article, _close, last=" and ")
    parts = [
        _full(article),
        _with(article.volume, "vol. "),
        _with(article.issue, "no. "),
        _with(_pages(article), "pp. "),
    ]
    return f"{_front(who)}({_year(article)}) '{_title(article)}', {', '.join(filter(None, parts))}."


def harvard_bare_year(article: Article) -> str:
    who = names(article, _bare, last=" & ")
    parts = [
        _full(article),
        _with(article.volume, "vol. "),
        _with(article.issue, "no. "),
        _with(_pages(article), "pp. "),
    ]
    return (
        f"{_front(who)}{_year(article)}, '{_title(article)}', {', '.join(filter(None, parts))}"
        ", viewed 2 January 2024, <https://example.org/1>."
    )


def harvard_cite_them_right(article: Article) -> str:
    who = names(article, _close, last=" and ", most=3, others=" et al.")
    located = ", ".join(filter(None, (_full(article), _numbers(article), _with(_pages(article, EN_DASH), "pp. "))))
    return (
        f"{_front(who)}({_year(article)}) ‘{_title(article)}’, {located}."
        f"{_doi(article, ' Available at: https://doi.org/')}"
    )


def mla(article: Article) -> str:
    people = article.authors
    who = f"{_given_last(people[0])}, et al." if len(people) > 2 else _first_given(article)
    parts = [
        _full(article),
        _with(article.volume, "vol. "),
        _with(article.issue, "no. "),
        _year(article),
        _with(_pages(article, EN_DASH), "pp. "),
    ]
    return (
        f"{_end(who)}“{_end(_title(article)).strip()}” {', '.join(filter(None, parts))}."
        f"{_doi(article, ' doi:')} Accessed 2 Jan. 2024."
    )


def mla_month(article: Article) -> str:
    parts = [
        _full(article),
        _with(article.volume, "vol. "),
        _with(article.issue, "no. "),
        f"June {_year(article)}",
        _with(_pages(article, EN_DASH), "pp. "),
    ]
    return (
        f"{_end(_first_given(article))}“{_end(_title(article)).strip()}” {', '.join(filter(None, parts))}"
        ", https://doi.org/10.5555/x."
    )


def _chicago_place(article: Article, date: str) -> str:
    issue, pages = _with(article.issue, ", no. "), _with(_pages(article, EN_DASH), ": ")
    return f"{_full(article)} {article.volume}{issue} ({date}){pages}"


def chicago_notes(article: Article) -> str:
    where = _chicago_place(article, _year(article))
    return (
        f"{_end(_first_given(article))}“{_end(_title(article)).strip()}” {where}.{_doi(article, ' https://doi.org/')}"
    )


def chicago_notes_month(article: Article) -> str:
    where = _chicago_place(article, f"June {_year(article)}")
    return f"{_end(_first_given(article))}“{_end(_title(article)).strip()}” {where}."


def chicago_footnote(article: Article) -> str:
    who = names(article, _given_first, last=", and " if len(article.authors) > 2 else " and ", most=3, others=" et al.")
    where = _chicago_place(article, _year(article))
    return f"{_front(who, ', ')}“{_title(article)},” {where}."


def ama_published_online(article: Article) -> str:
    return (
        f"{_end(names(article, _bare, most=6, others=', et al'))}{_end(_title(article))}{_short(article)}"
        f". Published online June 5, {_year(article)}.{_doi(article)}"
    )


def ama_published(article: Article) -> str:
    located = f"{_year(article)};{_numbers(article)}{_with(_pages(article), ':')}"
    return (
        f"{_end(names(article, _bare, most=6, others=', et al'))}{_end(_title(article))}{_short(article)}. "
        f"{located}. Published {_year(article)} Jun 5.{_doi(article)}"
    )


def ama_accessed(article: Article) -> str:
    located = f"{_year(article)};{_numbers(article)}{_with(_pages(article), ':')}"
    return (
        f"{_end(names(article, _bare, most=6, others=', et al'))}{_end(_title(article))}{_short(article)}. "
        f"{located}. Accessed January 2, 2024. https://example.org/1"
    )


def vancouver_internet(article: Article) -> str:
    located = f"{_year(article)} Jun 5 [cited 2024 Jan 2];{_numbers(article)}{_with(_pages(article), ':')}"
    return (
        f"{_end(names(article, _bare, most=6, others=', et al'))}{_end(_title(article))}{_short(article)}"
        f" [Internet]. {located}. Available from: https://example.org/1"
    )


def vancouver_internet_bare(article: Article) -> str:
    located = f"{_year(article)} [cited 2 January 2024];{_numbers(article)}{_with(_pages(article), ':')}"
    return (
        f"{_end(names(article, _bare, most=6, others=', et al.'))}{_end(_title(article))}{_short(article)}"
        f" [Internet] {located}. Available at: https://example.org/1 doi: 10.5555/x"
    )


def pubmed(article: Article) -> str:
    located = f"{article.date_text or _year(article)};{_numbers(article)}{_with(_pages(article), ':')}"
    pmid = f"PMID: {article.identifier.value}; PMCID: PMC1234567."
    return (
        f"{_end(names(article, _bare))}{_end(_title(article))}{_short(article)}. {located}."
        f"{_with(doi_of(article), ' doi: ', '.')} Epub {_year(article)} May 26. {pmid}"
    )


def ieee_month(article: Article) -> str:
    return ieee(article).removesuffix(f"{_year(article)}.") + f"Jun. {_year(article)}{_doi(article, ', doi: ')}."


def acs(article: Article) -> str:
    located = ", ".join(
        filter(
            None,
            (
                f"**{_year(article)}**",
                f"*{article.volume}*{_with(article.issue, ' (', ')')}"
                if article.volume
                else _with(article.issue, "(", ")"),
                _pages(article, EN_DASH),
            ),
        )
    )
    return f"{_end(names(article, _pointed, '; '))}{_end(_title(article))}*{_dotted(article)}* {located}."


def nature(article: Article) -> str:
    who = names(article, _pointed, last=" & ", most=5, others=" et al.")
    return (
        f"{_end(who) if not who.endswith('.') else who + ' '}{_end(_title(article))}{_dotted(article)} "
        f"{_with(article.volume)}{_with(_pages(article, EN_DASH), ', ')} ({_year(article)})."
    )


def elsevier(article: Article) -> str:
    who = names(article, lambda a: a.collective or f"{_initials(a, '')} {a.family}".strip())
    return (
        f"{_front(who, ', ')}{_title(article)}, {_dotted(article)} {article.volume} ({_year(article)}) "
        f"{_pages(article, EN_DASH)}.{_doi(article, ' https://doi.org/')}"
    )


def elsevier_harvard(article: Article) -> str:
    located = ", ".join(
        filter(
            None, (f"{_dotted(article)} {article.volume}{_with(article.issue, ' (', ')')}", _pages(article, EN_DASH))
        )
    )
    return f"{_front(names(article, _close), ', ')}{_year(article)}. {_end(_title(article))}{located}."


def springer(article: Article) -> str:
    return (
        f"{_front(names(article, _bare))}({_year(article)}) {_end(_title(article))}{_short(article)} "
        f"{_numbers(article)}{_with(_pages(article, EN_DASH), ':')}.{_doi(article, ' https://doi.org/')}"
    )


def lncs(article: Article) -> str:
    located = ", ".join(filter(None, (f"{_dotted(article)} {_numbers(article)}", _pages(article, EN_DASH))))
    return f"{_front(names(article, _close), ': ')}{_end(_title(article))}{located} ({_year(article)})."


def mdpi(article: Article) -> str:
    located = ", ".join(
        filter(None, (f"{_dotted(article)} {_year(article)}", article.volume, _pages(article, EN_DASH)))
    )
    return (
        f"{_end(names(article, _close, '; '))}{_end(_title(article))}{located}{_doi(article, ', doi:')}"
        ". [CrossRef] [PubMed]"
    )


def frontiers(article: Article) -> str:
    located = ", ".join(filter(None, (f"{_dotted(article)} {article.volume}", _pages(article, EN_DASH))))
    return (
        f"{_front(names(article, _pointed, last=', and ', most=6, others=', et al.'))}({_year(article)}). "
        f"{_end(_title(article))}{located}.{_doi(article, ' doi: ')}"
    )


def science(article: Article) -> str:
    located = ", ".join(filter(None, (f"{_dotted(article)} {article.volume}", _pages(article, EN_DASH))))
    return f"{_front(names(article, _initials_first), ', ')}{_end(_title(article))}{located} ({_year(article)})."


def abnt(article: Article) -> str:
    parts = [
        _full(article),
        _with(article.volume, "v. "),
        _with(article.issue, "n. "),
        _with(_pages(article), "p. "),
        _year(article),
    ]
    return f"{_end(names(article, _capitals_pointed, '; '))}{_end(_title(article))}{', '.join(filter(None, parts))}."


def abnt_online(article: Article) -> str:
    parts = [
        _full(article),
        _with(article.volume, "v. "),
        _with(article.issue, "n. "),
        _with(_pages(article), "p. "),
        f"jun. {_year(article)}",
    ]
    who = names(article, _capitals_pointed, "; ", most=3, others="; et al.")
    return (
        f"{_end(who)}{_end(_title(article))}{', '.join(filter(None, parts))}"
        ". Disponível em: <https://example.org/1>. Acesso em: 2 jan. 2024."
    )


def iso690(article: Article) -> str:
    parts = [
        _year(article),
        _with(article.volume, "vol. "),
        _with(article.issue, "no. "),
        _with(_pages(article), "pp. "),
    ]
    return (
        f"{_end(names(article, _capitals_pointed, last=' and '))}{_end(_title(article))}{_end(_full(article))}"
        f"{', '.join(filter(None, parts))}. ISSN 1234-5679."
    )


def iso690_spanish(article: Article) -> str:
    parts = [
        _year(article),
        _with(article.volume, "vol. "),
        _with(article.issue, "núm. "),
        _with(_pages(article), "pp. "),
    ]
    return (
        f"{_end(names(article, _capitals_pointed, last=' y '))}{_end(_title(article))}{_full(article)}"
        f" [en línea]. {', '.join(filter(None, parts))}"
        " [consulta: 2 enero 2024]. Disponible en: https://example.org/1"
    )


def din1505(article: Article) -> str:
    who = names(article, _pointed, " ; ")
    return (
        f"{_front(who, ': ')}{_end(_title(article))}In: {_dotted(article)} {article.volume} ({_year(article)})"
        f"{_with(article.issue, ', Nr. ')}{_with(_pages(article), ', S. ')}"
    )


def german(article: Article) -> str:
    return (
        f"{_front(names(article, _bare, most=3, others=' et al.'), ': ')}{_end(_title(article))}"
        f"{_short(article)} {_year(article)}; {_numbers(article)}{_with(_pages(article, EN_DASH), ': ')}."
    )


def year_last(article: Article) -> str:
    return (
        f"{_front(names(article, _bare), ': ')}{_end(_title(article))}{_short(article)} {article.volume}"
        f"{_with(_pages(article, EN_DASH), ': ')}, {_year(article)}."
    )


def cse(article: Article) -> str:
    return (
        f"{_end(names(article, _bare))}{_year(article)}. {_end(_title(article))}{_end(_short(article))}"
        f"{_numbers(article)}{_with(_pages(article, EN_DASH), ':')}."
    )


def asm(article: Article) -> str:
    return (
        f"{_end(names(article, _bare))}{_year(article)}. {_end(_title(article))}{_short(article)} "
        f"{article.volume}{_with(_pages(article, EN_DASH), ':')}."
    )


def asa(article: Article) -> str:
    return (
        f"{_end(_first_given(article, ' and '))}{_year(article)}. “{_end(_title(article)).strip()}” "
        f"{_full(article)} {_numbers(article)}{_with(_pages(article, EN_DASH), ':')}."
    )


def sist02(article: Article) -> str:
    parts = [
        _year(article),
        _with(article.volume, "vol. "),
        _with(article.issue, "no. "),
        _with(_pages(article), "p. "),
    ]
    return (
        f"{_end(names(article, _bare))}{_end(_title(article))}{_end(_short(article))}{', '.join(filter(None, parts))}."
    )


LAYOUTS: dict[str, Printer] = {
    printer.__name__: printer
    for printer in (
        nlm, lancet, apa, cell, ieee, ieee_month, acm, acm_short_names, gost, gost_text, gost_after_slash,
        gost_heading_and_slash, gost_resource, gbt7714, gbt7714_capitals, gbt7714_spaced, harvard, harvard_bare_year,
        harvard_cite_them_right, mla, mla_month, chicago_notes, chicago_notes_month, chicago_footnote,
        ama_published_online, ama_published, ama_accessed, vancouver_internet, vancouver_internet_bare, pubmed, acs,
        nature, elsevier, elsevier_harvard, springer, lncs, mdpi, frontiers, science, abnt, abnt_online, iso690,
        iso690_spanish, din1505, german, year_last, cse, asm, asa, sist02,
    )
}  # fmt: skip

# Additions: behind the title, behind the journal, at the end


def listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", "|").split("|") if part.strip())


AFTER_TITLE = listed(
    """
    (abstract)|(Abstract 123)|(abstract P-123)|[Abstract no. 12]|[abstract #1234]|[abstract]|Abstract 123.
    (Abstr. 45)|[conference abstract]|[meeting abstract]|[poster]|(poster presentation)|(oral presentation)
    (in Chinese)|(in Chinese, with English abstract)|(in Chinese with English abstract)|[in German]|(In Russian)
    (Chinese)|[Chinese]|(article in Spanish)|[Article in German]|[Article in French, German]
    [Article in Chinese; Abstract available in Chinese from the publisher]|(in Japanese; English abstract)
    (German).|[auf Deutsch]|(in French, English summary)|In Polish.|[in press]|[Epub ahead of print]
    [published online ahead of print June 5, 2020]|[review]|(review)|Review.|[Review].|(a review)|[letter]
    (letter)|[letter to the editor]|Letter.|[editorial]|Editorial.|[comment]|[commentary]|[see comments]
    [see comment]|[corrected]|[news]|(author's transl)|[retracted in Inorg Chem. 2022;99(2):311]|[retracted]
    (retracted)|[Retracted: 2022]|[retraction in: Inorg Chem 2022;99:311]|(retracted in 2022)
    [published correction appears in JAMA. 2022;327(2):311]
    [published erratum appears in Lancet 1990 May 5;335(8697):1110]|[Erratum in: N Engl J Med 2000;342(10):748]
    [erratum, J Med 2000;342:748]|(Erratum in J Med 2001;3:4)|[Comment in J Med. 2004;140(5):401-2]
    [Comment in: Ann Intern Med 2004;140:401]|[comment on Lancet 2004;363:1]
    (correction published in BMJ 2004;1:2)|[published correction in BMJ. 2004;328(7430):2]
    [correction appears in N Engl J Med. 2008;358:1]|[expression of concern appears in PLoS One. 2020;15:e1]
    [Internet]|[Electronic resource]|[online]|[serial online]|[J]|[J/OL]|[preprint]|[case report]|(case report)
    [clinical trial]|[meta-analysis]|[free full text]|[research letter]|[brief report]|(Suppl 1)|[supplement]
    [video]|[dataset]|(with discussion)|[discussion 45-6]|(Cochrane Review)|[abstract only]|[full text]
    [English translation]|[translated from Russian]|[Übersetzung]
    """
)
AT_END = listed(
    """
    Review.|Epub 2021 May 26.|Epub ahead of print.|PMCID: PMC1234567.|PMID: 12345678; PMCID: PMC1234567.
    Free PMC article.|Free full text.|[PubMed]|[CrossRef]|[PubMed] [CrossRef] [Google Scholar]
    [DOI] [PubMed] [PMC free article]|[Medline]|[Full Text]|Open access.|(open access)
    (in Chinese, with English abstract)|(in Chinese)|[in Russian]|[Article in German]|German.|English.
    In Japanese.|[retracted in J Med. 2022;99(2):311]|Retracted in: J Med. 2022;99(2):311.
    Retraction in: J Med 2022;99:311.|[published correction appears in JAMA. 2022;327(2):311]
    Erratum in: J Med. 2022;327(2):311.|[Erratum in: J Med 2000;342(10):748]
    Comment in: J Med. 2004;140(5):401-2.|[Comment in J Med 2004;140:401]|Comment on: J Med. 2004;140(5):401-2.
    (abstract P-123)|Abstract 123.|[Abstract no. 12]|Abstract no. 45.|(Suppl 1)|Accessed January 2, 2024.
    [cited 2024 Jan 2].|Available from: https://example.org/1
    Available at: https://example.org/1. Accessed January 2, 2024.|Level of evidence: II.|(Level II evidence)
    Evidence level 1b.|Class III.|ISSN 1234-5679.|discussion 45-6.|; discussion 45-6.|quiz 45, 67.
    Published online 2020 June 5.|[Published online 5 June 2020].
    Retrieved January 2, 2024, from https://example.org/1|Cited by 45.
    Published correction appears in JAMA. 2022;327(2):311.|[letter]|(review)|Zugriff am 02.01.2024.|NCT01234567.
    ClinicalTrials.gov number NCT01234567.|[Accessed 2 Jan 2024]|(accessed 2 January 2024)|[Retracted]
    (Retracted)|[Epub 2021 May 26]|(Epub 2021)|Online ahead of print.|Sponsored by the makers.
    (Evidence grade A)|UI: 12345678|(Ref. 12)|*|**|‡
    """
)
AFTER_JOURNAL = listed(
    """
    [Internet]|[serial online]|(Online)|[online]|[electronic resource]|(Internet)|[Electronic]|[Print]|(Print)
    """
)


def with_addition_after_title(article: Article, addition: str) -> str:
    """Plain NLM with an addition behind the title."""
    title = _title(article)
    sentence = addition[0].isalpha()
    middle = f"{_end(title)}{addition} " if sentence else _end(f"{title} {addition.removesuffix('.')}")
    return _nlm(article, middle)


def with_addition_at_end(article: Article, addition: str) -> str:
    """Plain NLM with an addition at the end."""
    text = _nlm(article, _end(_title(article)))
    return f"{text.removesuffix('.')}{addition}" if addition.startswith(";") else f"{text} {addition}"


def with_addition_after_journal(article: Article, addition: str) -> str:
    """Plain NLM with an addition behind the journal."""
    return _nlm(article, _end(_title(article)), f" {addition}")


def _nlm(article: Article, title: str, behind: str = "") -> str:
    located = f"{_year(article)};{_numbers(article)}{_with(_pages(article), ':')}"
    return f"{_end(names(article, _bare))}{title}{_short(article)}{behind}. {located}."


# "et al." in many languages, behind the first names

ET_AL = listed(
    """
    et al|et al.|et. al.|et alii|et alia|Et al.|ET AL.|etal|et all.|[et al.]|(et al.)|et coll.|et coll
    et collaborateurs|et autres|y cols.|y cols|y col.|y colaboradores|y otros|y otros autores|e cols.|e col.
    e cols|e colaboradores|e colab.|e outros|e altri|e coll.|e collaboratori|ed altri|e aut.|und Mitarb.
    und Mitarbeiter|u. Mitarb.|u. a.|u.a.|und andere|und weitere|u. a. m.|et al (7 Autoren)|и др.|и др|и соавт.
    и соавторы|с соавт.|та ін.|та ін|та співавт.|і інш.|ve ark.|ve ark|ve diğerleri|ve diğ.|ve arkadaşları
    i wsp.|i wsp|i współpracownicy|i inni|i in.|a kol.|a kolektiv|a spol.|a další|a ďalší|a i.|és mtsai
    és mtsai.|és mts.|és munkatársai|és társai|m.fl.|m. fl.|mfl.|med flera|og medarb.|og andre|o.a.|ja muut|ym.
    jt|ir kt.|un citi|i sur.|i suradnici|i sar.|in sod.|in sodelavci|i dr.|şi colab.|și colab.|si colab.
    și alții|и съавт.|и сор.|κ.ά.|και συν.|e.a.|en anderen|et medarbejdere|dkk.|dkk|và cộng sự|等|等.|等人|ら
    ほか|他|외|외.|ואח'|وآخرون|و همکاران|3 more|and 3 more|and 5 others|and others|and 12 other authors
    and 7 more authors|+ 3 authors|+3 others|+ 5 more|3 others|and colleagues|and associates|and coworkers
    and co-workers|and collaborators|and the others|& others|& colleagues|& al.|& co-workers|plus 4 others
    (+ 4 others)|(12 authors)|[12 authors]|and team|and co-authors|and coauthors|…|...|. . .
    """
)


def with_et_al(article: Article, form: str, number: int) -> str:
    """Plain NLM with the first names and this form for the others."""
    who = ", ".join(_bare(author) for author in article.authors[:number])
    comma = " " if form[0] in "([" or number == 1 else ", "
    front = who + comma + form
    located = f"{_year(article)};{_numbers(article)}{_with(_pages(article), ':')}"
    return f"{_end(front)}{_end(_title(article))}{_short(article)}. {located}."


def with_et_al_and_year(article: Article, form: str, number: int) -> str:
    """APA with the first names and this form for the others."""
    who = ", ".join(_pointed(author) for author in article.authors[:number])
    located = f"{_full(article)}, {_numbers(article)}{_with(_pages(article), ', ')}"
    return f"{who} {form} ({_year(article)}). {_end(_title(article))}{located}."


def with_et_al_after_initials(article: Article, form: str, number: int) -> str:
    """Elsevier's layout with the first names and this form for the others."""
    who = ", ".join(f"{_initials(author, '')} {author.family}".strip() for author in article.authors[:number])
    return f"{who} {form}, {_title(article)}, {_dotted(article)} {article.volume} ({_year(article)}) {_pages(article)}."


def citable(articles: Sequence[Article]) -> list[Article]:
    """Those with title, persons as authors, year, volume and pages: of which every layout can print something."""
    return [
        article
        for article in articles
        if article.title
        and not re.match(r"\[?not available", article.title, re.IGNORECASE)
        and article.authors
        and article.authors[0].family
        and (article.issued or article.years)
        and (article.volume or article.issue)
        and _pages(article)
    ]
