"""Citations without a title, printed from real records: "Brown & Panksepp. Med Hypotheses 2009" in all its forms.

A form is who (names, as many and as they are printed), where (journal, year, perhaps volume and page) and how both
are set (a trial's name before or around, brackets). Everything can be combined with everything.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

from evidence.model.records import Article, Author

# Who: what precedes the place; None where the record has not as many authors

Names = Callable[[Article], str | None]


def people(article: Article) -> list[Author]:
    """The authors who are persons; some have one name only."""
    return [author for author in article.authors if author.family and not author.collective]


def _vancouver(author: Author) -> str:
    return f"{author.family} {author.initials}".strip()


def _comma(author: Author) -> str:
    return f"{author.family}, {_points(author)}".removesuffix(", ")


def _points(author: Author) -> str:
    return " ".join(f"{letter}." for letter in author.initials if letter.isalpha())


def _initials_first(author: Author) -> str:
    return f"{author.initials} {author.family}".strip()


def _points_first(author: Author) -> str:
    return f"{_points(author)} {author.family}".strip()


def _family(author: Author) -> str:
    return author.family


def _given_first(author: Author) -> str:
    return f"{author.given or author.initials} {author.family}".strip()


def _pointed(author: Author) -> str:
    return f"{author.family} {_points(author).replace(' ', '')}".strip()


def _inverted_first(article: Article, gap: str) -> str | None:
    known = people(article)
    if len(known) < 2:
        return None
    if "and" in gap:
        return f"{known[0].family}, {known[0].given or known[0].initials}{gap}{_given_first(known[1])}"
    return f"{_comma(known[0])}{gap}{_points_first(known[1])}"


def _list(one: Callable[[Author], str], number: int, gap: str, last: str, end: str = "") -> Names:
    """This many names (of at least as many authors), `last` before the last one, `end` after it."""

    def names(article: Article) -> str | None:
        known = people(article)
        if len(known) < number or (end and len(known) <= number):
            return None
        printed = [one(author) for author in known[:number]]
        return (gap.join(printed[:-1]) + last + printed[-1] if number > 1 else printed[0]) + end

    return names


def _all(one: Callable[[Author], str], gap: str, last: str) -> Names:
    """Every author, of two to eight."""

    def names(article: Article) -> str | None:
        known = people(article)
        if not 2 <= len(known) <= 8 or len(known) != len(article.authors):
            return None
        printed = [one(author) for author in known]
        return gap.join(printed[:-1]) + last + printed[-1]

    return names


WHO: dict[str, Names] = {
    "Brown": _list(_family, 1, "", ""),
    "Brown N": _list(_vancouver, 1, "", ""),
    "Brown, N.": _list(_comma, 1, "", ""),
    "N Brown": _list(_initials_first, 1, "", ""),
    "N. Brown": _list(_points_first, 1, "", ""),
    "Norman Brown": _list(_given_first, 1, "", ""),
    "Brown et al.": _list(_family, 1, "", "", " et al."),
    "Brown et al": _list(_family, 1, "", "", " et al"),
    "Brown, et al.": _list(_family, 1, "", "", ", et al."),
    "Brown *et al.*": _list(_family, 1, "", "", " *et al.*"),
    "Brown and colleagues": _list(_family, 1, "", "", " and colleagues"),
    "Brown and others": _list(_family, 1, "", "", " and others"),
    "Brown et. al.": _list(_family, 1, "", "", " et. al."),
    "Brown ET AL": _list(_family, 1, "", "", " ET AL"),
    "Brown, et al": _list(_family, 1, "", "", ", et al"),
    "Norman Brown et al.": _list(_given_first, 1, "", "", " et al."),
    "Brown N et al": _list(_vancouver, 1, "", "", " et al"),
    "Brown N, et al.": _list(_vancouver, 1, "", "", ", et al."),
    "Brown, N., et al.": _list(_comma, 1, "", "", ", et al."),
    "N. Brown et al.": _list(_points_first, 1, "", "", " et al."),
    "BROWN et al.": _list(lambda author: author.family.upper(), 1, "", "", " et al."),
    "Brown & Panksepp": _list(_family, 2, ", ", " & "),
    "Brown and Panksepp": _list(_family, 2, ", ", " and "),
    "Brown, Panksepp": _list(_family, 2, ", ", ", "),
    "Brown&Panksepp": _list(_family, 2, "&", "&"),
    "Brown \u2013 Panksepp": _list(_family, 2, " \u2013 ", " \u2013 "),
    "Brown N., Panksepp J.": _list(_pointed, 2, ", ", ", "),
    "Brown N., and Panksepp J.": _list(_pointed, 2, ", ", ", and "),
    "Brown, N. and Panksepp, J.": _list(_comma, 2, ", ", " and "),
    "Brown, N.; Panksepp, J.": _list(_comma, 2, "; ", "; "),
    "BROWN N & PANKSEPP J": _list(lambda author: _vancouver(author).upper(), 2, ", ", " & "),
    "Brown, N., J. Panksepp": lambda article: _inverted_first(article, ", "),
    "Brown, Norman, and Jaak Panksepp": lambda article: _inverted_first(article, ", and "),
    "Brown/Panksepp": _list(_family, 2, "/", "/"),
    "Brown N & Panksepp J": _list(_vancouver, 2, ", ", " & "),
    "Brown N and Panksepp J": _list(_vancouver, 2, ", ", " and "),
    "Brown N, Panksepp J": _list(_vancouver, 2, ", ", ", "),
    "Brown N; Panksepp J": _list(_vancouver, 2, "; ", "; "),
    "Brown, N., & Panksepp, J.": _list(_comma, 2, ", ", ", & "),
    "N. Brown and J. Panksepp": _list(_points_first, 2, ", ", " and "),
    "N Brown, J Panksepp": _list(_initials_first, 2, ", ", ", "),
    "Norman Brown and Jaak Panksepp": _list(_given_first, 2, ", ", " and "),
    "Brown, Panksepp & Noor": _list(_family, 3, ", ", " & "),
    "Brown, Panksepp, and Noor": _list(_family, 3, ", ", ", and "),
    "Brown, Panksepp, Noor": _list(_family, 3, ", ", ", "),
    "Brown N, Panksepp J & Noor N": _list(_vancouver, 3, ", ", " & "),
    "Brown N, Panksepp J, Noor N": _list(_vancouver, 3, ", ", ", "),
    "Brown, N., Panksepp, J., & Noor, N.": _list(_comma, 3, ", ", ", & "),
    "Brown N, Panksepp J, Noor N, et al.": _list(_vancouver, 3, ", ", ", ", ", et al."),
    "Brown, Panksepp, et al.": _list(_family, 2, ", ", ", ", ", et al."),
    "Brown, Panksepp & Noor et al": _list(_family, 3, ", ", " & ", " et al"),
    "all: Brown, Panksepp, Noor & Mackey": _all(_family, ", ", " & "),
    "all: Brown N, Panksepp J, Noor N, Mackey S": _all(_vancouver, ", ", ", "),
    "all: N. Brown, J. Panksepp, and N. Noor": _all(_points_first, ", ", ", and "),
}


# Where: the journal's name, in one of its forms, the year, perhaps the numbers

JOURNALS: dict[str, Callable[[Article], str]] = {
    "Med Hypotheses": lambda article: article.journal.medline_ta,
    "Medical hypotheses": lambda article: article.journal.title,
    "Medical Hypotheses": lambda article: _plain_title(article).title(),
    "Med. Hypotheses": lambda article: article.journal.iso or article.journal.medline_ta,
    "MED HYPOTHESES": lambda article: article.journal.medline_ta.upper(),
}


def _plain_title(article: Article) -> str:
    return re.split(r" [:=] ", re.sub(r"\s*\([^)]*\)", "", article.journal.title))[0]


PLACES = (
    " {j} {y}",
    ", {j} {y}",
    ". {j} {y}",
    ". {j}. {y}",
    ". {j}. {y}.",
    ", {j}, {y}",
    ": {j} {y}",
    " - {j} {y}",
    ". *{j}* {y}",
    ", *{j}*, {y}.",
    " in {j} {y}",
    " ({j} {y})",
    " ({j}, {y})",
    " [{j} {y}]",
    " {j} ({y})",
    ", {j} ({y})",
    ". {j} ({y}).",
    " ({y}) {j}",
    " ({y}). {j}.",
    ", {y}, {j}",
    " {y}, {j}",
    " {y} {j}",
    ". {y}. {j}",
    " ({y}a) {j}",
    ", {j} {y}a",
    ". {j} {y};{v}:{p}",
    ". {j}. {y};{v}({i}):{p}.",
    " {j} {y};{v}({i}):{p}.",
    " {j}. {y} {v}: {p}",
    ", {j} {v}, {p} ({y})",
    ", {j} {v}:{p}, {y}",
    " ({y}) {j} {v}:{p}",
    ", {j} {y}, vol. {v}",
    "; {j} {y}",
    " \u2013 {j} \u2013 {y}",
    " | {j} | {y}",
    ", in: {j}, {y}",
    " \u201c{j}\u201d {y}",
    " {y} [{j}]",
    " ({j}) {y}",
    ", {j}, March {y}",
    " ({j}, Mar {y})",
    " {j} {y} Mar",
    ". {j}. {y} Mar 3;{v}({i}):{p}.",
    ". {j}. {y};{v}({i}):{p}. doi:10.1016/j.mehy.2008.06.048. PMID: 19041189.",
    " {y} {j} {v}: {p}",
    ": {j} {v} ({y}) {p}",
    ", {j}, Volume {v}, Issue {i}, {y}, Pages {p}",
    ". {j}. {y};{v}:{p} [PubMed]",
    " (March {y})",
    ", {y} Mar",
    " {y} (PMID 19041189)",
    " ({y}; PMID: 19041189)",
    " {y} doi:10.1016/j.mehy.2008.06.048",
    " {y}",
    ", {y}",
    " ({y})",
    " ({y}b)",
    " {y}a",
    ". {y}.",
)
TRIALS = ("LDN-FM", "ACCORD", "EMPA-REG OUTCOME", "HOPE-3", "Look AHEAD", "CheckMate 067", "4S", "UKPDS 34", "DAPA-HF")

# How: the entire citation is {c}, what is before its place {w}, its place {p}, a trial {t}

SETTINGS = (
    "{c}",
    "({c})",
    "[{c}]",
    "{c}.",
    "See {c}",
    "3. {c}",
    "{t}, {c}",
    "{t}: {c}",
    "{t} ({c})",
    "{t} [{c}]",
    "{t} trial ({c})",
    "{t} trial, {c}",
    "{t} trial: {c}",
    "{t} study. {c}",
    "The {t} trial ({c})",
    "{t} - {c}",
    "{t} trial \u2013 {c}",
    "{t} extension study ({c})",
    "{c} ({t})",
    "{c} [{t}]",
    "{c} ({t} trial)",
    "{c}; {t}",
    "{c}, {t} trial",
    "{c} - {t}",
    "[1] {c}",
    "1) {c}",
    "\u2022 {c}",
    "Study: {c}",
    "RCT ({c})",
    "{t} trial by {c}",
    "{t} study \u2014 {c}",
    "{t}/{c}",
    "{t} trial {c}",
    "{t} Investigators, {c}",
    "{t} Study Group; {c}",
    "Framingham Heart Study ({c})",
    "Low-dose naltrexone in fibromyalgia ({c})",
    "{c} (open-label)",
    "{c} [letter]",
    "{c} (the {t} trial)",
    "{w}; {t} Investigators{p}",
    "{w} for the {t} Study Group{p}",
    "{w} ({t}){p}",
    "{w} [{t}]{p}",
)


@dataclass(frozen=True, slots=True)
class ShortForm:
    """One form of a citation without title."""

    who: str
    journal: str
    place: str
    setting: str

    @property
    def example(self) -> str:
        """The form, with names that stand for all."""
        place = self.place.format(j=self.journal, y="2009", v="72", i="3", p="333-7")
        return self.setting.format(c=self.who + place, w=self.who, p=place, t="LDN-FM")

    def printed(self, article: Article, rng: random.Random) -> str | None:
        """The citation of this record in this form; None where the record lacks what the form prints."""
        names, year = WHO[self.who](article), article.issued.year if article.issued else None
        numbers = {"v": article.volume, "i": article.issue, "p": article.pages}
        if names is None or year is None or any(f"{{{name}}}" in self.place and not numbers[name] for name in numbers):
            return None
        place = self.place.format(j=JOURNALS[self.journal](article), y=year, **numbers)
        if place.startswith(".") and names.endswith("."):
            place = place[1:]
        return self.setting.format(c=names + place, w=names, p=place, t=rng.choice(TRIALS))


SIMPLE = ShortForm("Brown et al.", "Med Hypotheses", " {j} {y}", "{c}")


ONE_UNLIKE = tuple(
    dict.fromkeys(
        (
            *(replace(SIMPLE, who=who) for who in WHO),
            *(replace(SIMPLE, journal=journal) for journal in JOURNALS),
            *(replace(SIMPLE, place=place) for place in PLACES),
            *(replace(SIMPLE, setting=setting) for setting in SETTINGS),
        )
    )
)
"""Every form in which one thing is unlike the simplest one."""


@cache
def every_form() -> tuple[ShortForm, ...]:
    """All forms there are, a few hundred thousand."""
    return tuple(ShortForm(*parts) for parts in product(WHO, JOURNALS, PLACES, SETTINGS))


# Groups: the names under which a body is printed, by its own name and by its acronym

_HEAD_WORDS = ("Study Group", "Investigators", "Group", "Consortium", "Collaborators", "Research Group", "Task Force")
_SMALL = re.compile(r"^(?:the|of|and|for|on|in|to|with|de|del|der|für|la|y|e|et|a|an|behalf|at|by)$", re.IGNORECASE)


def acronyms(body: str) -> list[str]:
    """The acronyms of a body's name: those that it holds itself, else the initials of its words."""
    held = re.findall(r"\b[A-Z][A-Z0-9-]{2,}\b", body)
    if held:
        return list(dict.fromkeys(held))
    every = re.findall(r"(?<![\w])[^\W\d_]+", body)
    words = [word for word in every if not _SMALL.match(word)]
    initials = "".join(word[0].upper() for word in words)
    whole = "".join(word[0].upper() for word in every if word.lower() not in {"the", "and"})
    return [made for made in dict.fromkeys((initials, whole)) if 3 <= len(made) <= 10]


def groups(article: Article) -> Iterator[str]:
    """How the bodies among its authors can be printed."""
    for author in article.authors:
        if author.collective:
            body = author.collective.strip(" †*.")
            yield body
            yield f"The {body}"
            for acronym in acronyms(body):
                yield from (f"{acronym} {head}" for head in _HEAD_WORDS)
                yield f"The {acronym} Study Group"
                yield f"{acronym} trial investigators"
                yield acronym


def group_arrangements(article: Article, name: str) -> Iterator[tuple[Author, ...]]:
    """A group's name alone, before and behind persons, and beside "et al."."""
    persons = [author for author in article.authors if not author.collective]
    yield (Author(collective=name),)
    yield (Author(collective=f"{name} et al"),)
    yield (Author(collective=name), *persons)
    yield (*persons, Author(collective=name))
    if persons:
        yield (Author(collective=name), persons[0], Author(collective="et al"))
        yield (persons[0], Author(collective=f"et al; {name}"))
        yield (persons[0], Author(collective=f"et al. for the {name}"))
        yield (*persons, Author(collective=f"for the {name}"))
        yield (*persons, Author(collective=f"on behalf of the {name}"))


GROUP_PLACES = (
    "{g}. {j} {y}",
    "{g}, {j} {y}",
    "{g} ({j} {y})",
    "{g} {j} {y}",
    "{g} ({y})",
    "{g} {y}",
    "{g} et al. {j} {y}",
    "{g}. {j}. {y};{v}:{p}.",
    "{a}, {g}. {j} {y}",
    "{a} et al; {g}. {j} {y}",
    "{a} et al. for the {g}. {j} {y}",
    "{g}, {a}, et al. {j} {y}",
)


def group_citations(article: Article, name: str) -> Iterator[str]:
    """Citations without a title under a group's name, alone and beside the first author."""
    persons = people(article)
    for place in GROUP_PLACES:
        if persons or "{a}" not in place:
            first = _vancouver(persons[0]) if persons else ""
            year = article.issued.year if article.issued else ""
            numbers = {"v": article.volume, "p": article.pages}
            yield place.format(g=name, a=first, j=article.journal.medline_ta, y=year, **numbers)
