"""One wrong thing put into a record before it is printed, and the code under which it must be found."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from evidence.compare.locators import ranges
from evidence.model.records import Article, Author

Damage = Callable[[Article, Article, random.Random], Article | None]


@dataclass(frozen=True, slots=True)
class Defect:
    """A kind of defect. `damage` gives None where the record offers no place for it."""

    name: str
    code: str
    damage: Damage


def _letter(rng: random.Random, not_this: str) -> str:
    return rng.choice([letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter != not_this.lower()])


def _titled(article: Article, title: str) -> Article:
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
    return _titled(article, " ".join(words) + ".")


def _cut(article: Article, count: int) -> Article | None:
    words = _bare(article)
    if len(words) < count + 3 or not all(re.search(r"\w", w) for w in words[-count - 1 :]):
        return None
    return _titled(article, " ".join(words[:-count]).rstrip(",:;") + ".")


def cut_words(article: Article, _other: Article, rng: random.Random) -> Article | None:
    """The title lacks two to four of its last words."""
    return _cut(article, rng.randint(2, 4))


def cut_last(article: Article, _other: Article, _rng: random.Random) -> Article | None:
    """The title lacks its last word."""
    return _cut(article, 1)


def subtitle_dropped(article: Article, _other: Article, _rng: random.Random) -> Article | None:
    """The title ends at its colon."""
    head, colon, rest = article.title.partition(": ")
    return _titled(article, head + ".") if colon and len(head.split()) > 2 and len(rest.split()) > 2 else None


def another_title(article: Article, other: Article, _rng: random.Random) -> Article | None:
    """The title is another work's."""
    return _titled(article, other.title) if len(other.title.split()) > 3 else None


def letter_in_title(article: Article, _other: Article, rng: random.Random) -> Article | None:
    """One letter of a longer word of the title is wrong."""
    words = _bare(article)
    places = [i for i, w in enumerate(words) if re.fullmatch(r"[A-Za-z]{5,}", w)]
    if not places:
        return None
    place = rng.choice(places)
    at = rng.randrange(1, len(words[place]))
    words[place] = words[place][:at] + _letter(rng, words[place][at]) + words[place][at + 1 :]
    return _titled(article, " ".join(words) + ".")


def _people(article: Article) -> bool:
    return bool(article.authors) and all(a.family and a.initials and not a.collective for a in article.authors)


def _with(authors: Sequence[Author], at: int, author: Author) -> tuple[Author, ...]:
    return (*authors[:at], author, *authors[at + 1 :])


def first_author(article: Article, other: Article, _rng: random.Random) -> Article | None:
    """The first author is another work's."""
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
    """The first two authors stand in each other's place."""
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
    """The journal is another work's."""
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
