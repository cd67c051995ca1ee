"""Right citations in the layouts of many styles and languages, through `check`. The works are invented."""

from __future__ import annotations

import json

import pytest

from evidence.demo.world import ArticleFacts, World
from evidence.model.records import Author, Journal
from processes import codes_in

JOURNAL = Journal("The journal of winter medicine", "J Winter Med", "J Winter Med")
PEOPLE = [("Gu", "Dan", "D"), ("Liu", "Gang", "G"), ("Tian", "Jie", "J"), ("Zhan", "Qi", "Q"), ("Lu", "Feng", "F")]
AUTHORS = tuple(Author(*names) for names in PEOPLE)
TITLE = "Warm socks for cold feet: a randomized trial of wool [and cotton]"
WORK = ArticleFacts(
    "48000005", f"{TITLE}.", AUTHORS, journal=JOURNAL, pub_date="2021 Jun", volume="90", issue="11", pages="1019-27"
)
NAMED = "Gu D, Liu G, Tian J, Zhan Q, Lu F"


@pytest.fixture
def found(evidence, server):
    def codes(*printed: str) -> list[tuple[str, str]]:
        server.world = World(articles={WORK.pmid: WORK})
        entries = [
            {"id": str(number), "type": "article-journal", "PMID": WORK.pmid, "cited-as": text}
            for number, text in enumerate(printed)
        ]
        evidence.write(json.dumps({"references": entries}))
        return codes_in(evidence.report("--select", "MET", "references.yaml")[1])

    return codes


def test_et_al_in_other_languages_is_no_difference(found):
    forms = ["y cols", "et coll", "e colaboradores", "und Mitarbeiter", "and coworkers", "и др", "ve ark", "i wsp"]
    forms += ["3 more", "et al", "等", "a kol", "és mtsai", "m.fl", "та ін", "e altri", "+ 3 authors", "and associates"]
    assert found(*(f"Gu D, Liu G, {form}. {TITLE}. J Winter Med. 2021;90:1019-1027." for form in forms)) == []
    assert found(f"Gu D, Stranger B, y cols. {TITLE}. J Winter Med. 2021;90:1019-1027.") == [("0", "MET002")]
