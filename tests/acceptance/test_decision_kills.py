"""`kill -9` while people decide: waiving, confirming, signing, mending, importing, by turns, each in its own process.

After each kill the library is whole and the store sound, and what `evidence verify` finds says what to do; that is done
(a check, which is recorded), and then nothing may be found any more.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

import pytest

from audit.damage import killed_at_random
from evidence.demo.server import DemoServer
from evidence.demo.world import references_for, synthetic_world
from factories import printed_entry
from processes import Command

KILLS = int(os.environ.get("EVIDENCE_DECISION_KILLS", "200"))
ARTICLES = 6
NAMED = ("--requested-by", "Dana Reyes", "--approved-by", "Kim Ode")


class Workplace(Command):
    """A library of a few articles with a wrong volume each, so that there is always something to decide about."""

    def __init__(self, folder, server):
        super().__init__(folder, server.addresses)
        self.articles = list(server.world.articles.values())
        self.write(re.sub(r'volume: "\d+"', 'volume: "99"', references_for(server.world)))

    def id(self, number):
        return f"pmid-{self.articles[number % ARTICLES].pmid}"

    def signing(self, _):
        """Of what was checked last; it edits nothing, and adds one event."""
        return ["sign", "--role", "editor", "--meaning", "reviewed", "--yes", "--as-of", self.today]

    def waiving(self, number):
        """Given or renewed, with another reason each time."""
        how = ("--category", "accepted-risk", "--reason", f"as printed, {number}", "--until", "20d", *NAMED)
        return ["waive", "MET005", self.id(number), "--as-of", self.today, *how]

    def confirming(self, number):
        day = f"2026-11-{number % 20 + 1:02d}"
        return ["confirm", self.id(number), "--accessed", day, "--by", f"Reader {number}"]

    def mending(self, number):
        """There is something to correct again: a person has written a DOI as an address."""
        path = self.folder / "references.yaml"
        doi = self.articles[number % ARTICLES].doi
        path.write_text(path.read_text().replace(f'DOI: "{doi}"', f'DOI: "https://doi.org/{doi}"'))
        return ["fix", "--write"]

    def importing(self, number):
        """The monograph prints its references in other words than before."""
        printed = (f"{at}. {printed_entry(one)} Reprint {number}." for at, one in enumerate(self.articles, 1))
        self.write("As told [1-6].\n\nReferences\n\n" + "\n".join(printed) + "\n", "monograph.txt")
        return ["import", "monograph.txt", "--write", "--no-match"]

    def checking(self, _):
        return ["check", "-q", "--as-of", self.today]


@pytest.fixture
def workplace(tmp_path) -> Iterator[Workplace]:
    with DemoServer(synthetic_world(ARTICLES)) as server:
        made = Workplace(tmp_path, server)
        assert made(*made.checking(0)).returncode == 0
        yield made


def by_turns(workplace, kills, seed):
    actions = [workplace.signing, workplace.waiving, workplace.confirming, workplace.mending, workplace.importing]
    return killed_at_random(workplace, actions, workplace.checking, kills=kills, seed=seed, ends=(0, 1))


def test_a_decision_that_is_killed_is_complete_and_reported(workplace):
    assert by_turns(workplace, 2, seed=5).wrong == []


@pytest.mark.acceptance
def test_decisions_killed_at_random_moments(workplace):
    reported = by_turns(workplace, KILLS, seed=23)
    sys.stdout.write(f"\n{dict(sorted(reported.counts.items()))}\n")
    assert reported.wrong == []
    assert reported.counts["killed"]
    for action in ("waive", "confirm", "fix", "import"):
        assert reported.counts[f"{action}: file replaced"], action
