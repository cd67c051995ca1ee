"""How often citations without identifier are matched rightly, wrongly and not at all, by the score's threshold.

Prints the tables of docs/matching.md:  python tests/acceptance/matching_curve.py [citations for each part]
"""

from __future__ import annotations

import random
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from matching_lists import Neighbourhood
from matching_noise import Spoilt, spoilt
from rapidfuzz import fuzz
from real_records import articles

from evidence.compare.choosing import CLEAR, choose
from evidence.compare.fold import fold
from evidence.compare.locators import ranges
from evidence.compare.scoring import score
from evidence.model.matches import Ambiguous, Candidate, Matched, Unmatched
from evidence.model.records import Article

PARTS = ("tuning", "held out")
THRESHOLDS = (0.30, 0.40, 0.45, 0.50, CLEAR, 0.60, 0.65, 0.70, 0.80, 0.90)
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
        shown = f"**{threshold:.2f}**" if threshold == CLEAR else f"{threshold:.2f}"
        yield f"| {shown} | {' | '.join(cells)} |"


def by_name(names: dict[str, list[Tried]]) -> Iterator[str]:
    """What comes of the citations of each style, or with each fault, at the threshold in use."""
    for name, some in sorted(names.items()):
        told = tally(some, CLEAR)
        yield f"| {name} | {len(some)} | {_share(told['right'], some)} | {_share(told['wrong'], some)} |"


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
            if "wrong" in (ending(one, CLEAR), ending(one, CLEAR, absent=True)):
                _show(f"- wrong: {one.spoilt.article.identifier} {one.spoilt.noises} {one.spoilt.printed}")
        for names in _grouped(citations):
            _show("\n| | n | right | wrong |\n|---|---|---|---|")
            for row in by_name(names):
                _show(row)


def _show(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6000)
