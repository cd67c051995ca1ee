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


@pytest.mark.parametrize(
    "printed",
    [
        (
            f"Dan Gu, Gang Liu, Jie Tian, Qi Zhan, and Feng Lu. 2021. {TITLE}. J Winter Med 90, 11 (2021), "
            "1019\u20131027. DOI:https://doi.org/10.5555/x"
        ),
        f"{NAMED}. 2021. {TITLE}. J Winter Med 90, 11, 1019-1027.",
        f"{NAMED} {TITLE} // J Winter Med. \u2013 2021. \u2013 Vol. 90, \u2116 11. \u2013 P. 1019-1027.",
        (
            f"Gu D., Liu G. et al. {TITLE} [Electronic resource] // J Winter Med. \u2014 2021. \u2014 V. 90, N "
            "11. \u2014 P. 1019\u20131027."
        ),
        (
            f"{TITLE} / D. Gu, G. Liu, J. Tian [et al.] // J Winter Med. \u2013 2021. \u2013 Vol. 90, No. 11. "
            "\u2013 P. 1019\u20131027. \u2013 DOI: 10.5555/x."
        ),
        (
            f"Gu, D. {TITLE} [\u0422\u0435\u043a\u0441\u0442] / D. Gu, G. Liu, J. Tian [\u0438 \u0434\u0440.] "
            "// J Winter Med. \u2014 2021. \u2014 \u0422. 90, \u2116 11. \u2014 \u0421. 1019\u20131027."
        ),
        f"GU D, LIU G, TIAN J, et al. {TITLE}[J]. J Winter Med, 2021, 90(11): 1019-1027.",
        (
            f"GU D, LIU G, TIAN J, \u7b49. {TITLE}[J/OL]. J Winter Med, 2021, 90(11): 1019-1027[2024-01-02]. "
            "https://example.org/1. DOI:10.5555/x."
        ),
        (
            f"Gu, D., Liu, G., Tian, J., Zhan, Q. and Lu, F. (2021) '{TITLE}', J Winter Med, vol. 90, no. 11, "
            "pp. 1019-1027."
        ),
        (
            f"GU, D.; LIU, G.; TIAN, J. et al. {TITLE}. J Winter Med, v. 90, n. 11, p. 1019-1027, jun. 2021. "
            "Dispon\u00edvel em: <https://example.org/1>. Acesso em: 2 jan. 2024."
        ),
        (
            f"GU, D., LIU, G., TIAN, J., ZHAN, Q. y LU, F. {TITLE}. J Winter Med [en l\u00ednea]. 2021, vol. "
            "90, n\u00fam. 11, pp. 1019-1027 [consulta: 2 enero 2024]."
        ),
        (
            f"Gu, D; Liu, G; Tian, J; Zhan, Q und Lu, F, 2021. {TITLE}. In: J Winter Med. 2021. Bd. 90, Nr. 11, "
            "S. 1019-1027."
        ),
        (
            f"{NAMED}. {TITLE}. J Winter Med [Internet]. 2021 Jun 7 [cited 2024 Jan 2];90(11):1019-27. "
            "Available from: https://example.org/1"
        ),
        f"{TITLE}. {NAMED}. J Winter Med. 2021;90(11):1019-1027.",
        (
            f"\u201c{TITLE}\u201d, by Dan Gu, Gang Liu, Jie Tian, Qi Zhan and Feng Lu, J Winter Med, vol. 90, no. 11, "
            "2021, pp. 1019-1027."
        ),
        f"**{TITLE}** {NAMED} _J Winter Med_ 2021;90(11):1019-1027",
        *(
            f"{lead} {NAMED}. {TITLE}. J Winter Med. 2021;90(11):1019-1027."
            for lead in ("Adapted from:", "Ref 3:", "A12.", "**Key reference**", "According to", "(Level 2b)", "New!")
        ),
        f"J Winter Med 2021;90(11):1019-1027. {NAMED}. {TITLE}.",
        f"Reviewed in Gu D, Liu G, et al. {TITLE}. J Winter Med. 2021;90(11):1019-1027.",
        f"{NAMED}. {TITLE} (the WOOL-2 trial). J Winter Med. 2021;90(11):1019-1027.",
        f"{NAMED}. {TITLE} (abstract 123). J Winter Med. 2021;90(11):1019-1027.",
        f"{NAMED}. {TITLE} (in Chinese, with English abstract). J Winter Med. 2021;90(11):1019-1027.",
        f"{NAMED}. {TITLE}. Review. J Winter Med. 2021;90(11):1019-1027.",
        f"{NAMED}. {TITLE} [retracted in J Winter Med. 2022;99(2):311]. J Winter Med. 2021;90(11):1019-1027.",
        f"{NAMED}. {TITLE} [Erratum in: J Winter Med 2022;99:311]. J Winter Med. 2021;90(11):1019-1027.",
    ],
)
def test_a_layout_or_an_addition_is_no_difference_and_hides_none(found, printed):
    assert found(printed) == []
    assert found(printed.replace("1019", "1018").replace("Warm socks", "Wet gloves"))[0][1] in {"MET001", "MET006"}


@pytest.mark.parametrize(
    "names", ["Stranger B, Gu D, Liu G, et al", "Stranger B. Gu D, Liu G, et al", "Stranger B: Gu D, Liu G, et al"]
)
def test_who_is_named_before_the_first_author_is_no_note(found, names):
    assert found(f"{names}. {TITLE}. J Winter Med. 2021;90(11):1019-1027.") == [("0", "MET002")]


def test_strangers_behind_a_title_that_comes_first_are_found(found):
    assert found(f"{TITLE}. Gu D, Stranger B, Foreign C. J Winter Med. 2021;90(11):1019-1027.") == [("0", "MET002")]


def test_another_title_behind_the_place_with_which_a_citation_begins_is_found(found):
    assert found(f"J Winter Med 2021;90(11):1019-1027. {NAMED}. Hot soup against hoarse voices.") == [("0", "MET009")]
